//! Reading the configuration: defaults, then the file, then the environment, then flags.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde_json::{Map, Value, json};

use super::origins::Origins;
use super::text::{decode, placeholder};
use super::{Config, SecretSource, TenantConfig, former, values};
use crate::error::Error;

/// The variable that names the configuration file.
const CONFIG: &str = "JAMF_PRO_MCP_CONFIG";

/// What the names of all variables of this server begin with, but for those of the tenant.
const PREFIX: &str = "JAMF_PRO_MCP_";

/// Names the binary that the tests run; it is no setting.
const BINARY: &str = "JAMF_PRO_MCP_BINARY";

/// What the command line says of the configuration.
#[derive(Debug, Default)]
pub struct Overrides {
    /// The file to read, when it is not the usual one.
    pub file: Option<PathBuf>,
    /// Values by their place, such as `("/http/listen", "127.0.0.1:8723")`.
    pub values: Vec<(&'static str, Value)>,
}

/// How the text of an environment variable becomes a value.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    /// Several, separated by commas.
    List,
    Number,
    YesNo,
    /// A secret: the variable itself, or with `_FILE` a file.
    Secret,
    /// Bearer tokens: `name=file`, separated by commas.
    Tokens,
}

/// Every option that an environment variable can set: (variable, place, kind).
const ENVIRONMENT: &[(&str, &str, Kind)] = &[
    ("JAMF_PRO_URL", "/url", Kind::Text),
    ("JAMF_PRO_CLIENT_ID", "/client_id", Kind::Text),
    ("JAMF_PRO_CLIENT_SECRET", "/secret", Kind::Secret),
    ("JAMF_PRO_MCP_LABEL", "/label", Kind::Text),
    ("JAMF_PRO_MCP_CA_FILE", "/ca_file", Kind::Text),
    ("JAMF_PRO_MCP_ALLOW", "/allow", Kind::List),
    ("JAMF_PRO_MCP_TOOLSETS", "/toolsets", Kind::List),
    ("JAMF_PRO_MCP_TOOLS", "/tools", Kind::List),
    ("JAMF_PRO_MCP_EXCLUDE_TOOLS", "/exclude_tools", Kind::List),
    ("JAMF_PRO_MCP_HTTP_LISTEN", "/http/listen", Kind::Text),
    ("JAMF_PRO_MCP_HTTP_TOKENS", "/http/tokens", Kind::Tokens),
    ("JAMF_PRO_MCP_HTTP_TOKEN", "/http/token", Kind::Secret),
    ("JAMF_PRO_MCP_HTTP_OPEN", "/http/open", Kind::YesNo),
    ("JAMF_PRO_MCP_HTTP_ALLOWED_HOSTS", "/http/allowed_hosts", Kind::List),
    ("JAMF_PRO_MCP_HTTP_ALLOWED_ORIGINS", "/http/allowed_origins", Kind::List),
    ("JAMF_PRO_MCP_HTTP_LEGACY_SSE", "/http/legacy_sse", Kind::YesNo),
    ("JAMF_PRO_MCP_HTTP_MAX_SESSIONS", "/http/max_sessions", Kind::Number),
    ("JAMF_PRO_MCP_HTTP_SESSION_IDLE_SECONDS", "/http/session_idle_seconds", Kind::Number),
    ("JAMF_PRO_MCP_HTTP_MAX_CONNECTIONS", "/http/max_connections", Kind::Number),
    ("JAMF_PRO_MCP_HTTP_MAX_BODY", "/http/max_body", Kind::Number),
    ("JAMF_PRO_MCP_GATE_CRITICAL", "/gate/critical", Kind::List),
    ("JAMF_PRO_MCP_GATE_ELICITATION", "/gate/elicitation", Kind::YesNo),
    ("JAMF_PRO_MCP_GATE_TERMINAL", "/gate/terminal", Kind::YesNo),
    ("JAMF_PRO_MCP_GATE_CRITICAL_DELAY_MINUTES", "/gate/critical_delay_minutes", Kind::Number),
    ("JAMF_PRO_MCP_GATE_PLAN_MINUTES", "/gate/plan_minutes", Kind::Number),
    ("JAMF_PRO_MCP_GATE_WINDOW_MINUTES", "/gate/window_minutes", Kind::Number),
    ("JAMF_PRO_MCP_GATE_GRANT_MINUTES", "/gate/grant_minutes", Kind::Number),
    ("JAMF_PRO_MCP_GATE_TWO_PEOPLE", "/gate/two_people", Kind::List),
    ("JAMF_PRO_MCP_GATE_TYPE_NUMBER_ABOVE", "/gate/type_number_above", Kind::Number),
    ("JAMF_PRO_MCP_GATE_SECOND_APPROVAL_ABOVE", "/gate/second_approval_above", Kind::Number),
    ("JAMF_PRO_MCP_GATE_SECOND_APPROVAL_MINUTES", "/gate/second_approval_minutes", Kind::Number),
    ("JAMF_PRO_MCP_GATE_HARD_PERCENT", "/gate/hard_percent", Kind::Number),
    ("JAMF_PRO_MCP_GATE_ERASE_DEVICES", "/gate/erase_devices", Kind::Number),
    ("JAMF_PRO_MCP_GATE_LOCK_DEVICES", "/gate/lock_devices", Kind::Number),
    ("JAMF_PRO_MCP_GATE_RESTART_DEVICES", "/gate/restart_devices", Kind::Number),
    ("JAMF_PRO_MCP_GATE_HARMLESS_DEVICES", "/gate/harmless_devices", Kind::Number),
    ("JAMF_PRO_MCP_GATE_PLANS_AN_HOUR", "/gate/plans_an_hour", Kind::Number),
    ("JAMF_PRO_MCP_GATE_TENANT_PLANS_AN_HOUR", "/gate/tenant_plans_an_hour", Kind::Number),
    ("JAMF_PRO_MCP_GATE_SECRETS_A_DAY", "/gate/secrets_a_day", Kind::Number),
    ("JAMF_PRO_MCP_GATE_WRITES_AN_HOUR", "/gate/writes_an_hour", Kind::Number),
    ("JAMF_PRO_MCP_GATE_PLATFORM", "/gate/platform", Kind::Text),
    ("JAMF_PRO_MCP_GATE_PROTECTED_SERIALS", "/gate/protected_serials", Kind::List),
    ("JAMF_PRO_MCP_GATE_PROTECTED_GROUPS", "/gate/protected_groups", Kind::List),
    ("JAMF_PRO_MCP_GATE_PROTECTED_SITES", "/gate/protected_sites", Kind::List),
    ("JAMF_PRO_MCP_GATE_PROTECTED_NAMES", "/gate/protected_names", Kind::List),
    ("JAMF_PRO_MCP_GATE_SANDBOX", "/gate/sandbox", Kind::Text),
    ("JAMF_PRO_MCP_GATE_PINNED_TENANT", "/gate/pinned_tenant", Kind::Text),
    ("JAMF_PRO_MCP_GATE_TICKET", "/gate/ticket", Kind::Text),
    ("JAMF_PRO_MCP_GATE_KILL_SWITCH", "/gate/kill_switch", Kind::Text),
    ("JAMF_PRO_MCP_GATE_REPEAT_SECONDS", "/gate/repeat_seconds", Kind::Number),
    ("JAMF_PRO_MCP_GATE_KEEP_DAYS", "/gate/keep_days", Kind::Number),
    ("JAMF_PRO_MCP_APPROVALS_PAGE", "/approvals/page", Kind::YesNo),
    ("JAMF_PRO_MCP_APPROVALS_PORT", "/approvals/port", Kind::Number),
    ("JAMF_PRO_MCP_APPROVALS_NAME", "/approvals/name", Kind::Text),
    ("JAMF_PRO_MCP_APPROVALS_NOTIFY", "/approvals/notify", Kind::Secret),
    ("JAMF_PRO_MCP_FLEET_STORAGE", "/fleet/storage", Kind::Text),
    ("JAMF_PRO_MCP_FLEET_KEEP_DAYS", "/fleet/keep_days", Kind::Number),
    ("JAMF_PRO_MCP_FLEET_WARM", "/fleet/warm", Kind::List),
    ("JAMF_PRO_MCP_AUDIT_MAX_MEGABYTES", "/audit/max_megabytes", Kind::Number),
    ("JAMF_PRO_MCP_AUDIT_SYSLOG", "/audit/syslog", Kind::Text),
    ("JAMF_PRO_MCP_AUDIT_WEBHOOK", "/audit/webhook", Kind::Text),
    ("JAMF_PRO_MCP_AUDIT_WEBHOOK_TOKEN", "/audit/webhook_token", Kind::Secret),
    ("JAMF_PRO_MCP_ANSWER_CHARACTERS", "/answer_characters", Kind::Number),
    ("JAMF_PRO_MCP_REDACTION", "/redaction", Kind::Text),
    ("JAMF_PRO_MCP_FILES", "/files", Kind::Text),
    ("JAMF_PRO_MCP_STATE", "/state", Kind::Text),
    ("JAMF_PRO_MCP_LOG_FILTER", "/log/filter", Kind::Text),
    ("JAMF_PRO_MCP_LOG_FILE", "/log/file", Kind::Text),
];

/// The names of all environment variables that are read, for the help.
pub fn environment_names() -> Vec<String> {
    let mut names: Vec<String> = vec![CONFIG.to_owned()];
    for (name, _, kind) in ENVIRONMENT.iter().copied() {
        names.push(name.to_owned());
        if matches!(kind, Kind::Secret) {
            names.push(format!("{name}_FILE"));
        }
    }
    names.sort_unstable();
    names
}

/// The variable that sets a setting, where one does.
pub(super) fn variable_of(setting: &str) -> Option<&'static str> {
    let place = format!("/{}", setting.split('[').next().unwrap_or_default().replace('.', "/"));
    ENVIRONMENT.iter().find(|(_, known, _)| *known == place).map(|(name, _, _)| *name)
}

/// Read the configuration.
///
/// # Errors
/// With the place, what is wrong there, and the nearest right name.
pub fn load(overrides: &Overrides) -> Result<Config, Error> {
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && value.to_str().is_none() {
            return Err(Error::operator(format!("the environment variable {name} is not text")));
        }
    }
    let mut config = load_with(overrides, &variable)?;
    config.file = file_of(overrides).and_then(|path| path.canonicalize().ok());
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    refuse_unknown(&names.collect::<Vec<_>>(), &config)?;
    Ok(config)
}

/// A variable of the environment. Hosts pass an empty one for what a person left out, so that is the same as none.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A misspelled variable would leave a setting as it is by default, such as a protected group unprotected.
fn refuse_unknown(names: &[String], config: &Config) -> Result<(), Error> {
    let known = environment_names();
    let sources = config.tenants.values().map(|tenant| Some(&tenant.secret));
    let sources = sources.chain(other_secrets(config)).flatten();
    let own: Vec<&str> = sources
        .filter_map(|source| match source {
            SecretSource::Env(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    for name in names.iter().filter(|name| name.starts_with(PREFIX)) {
        let is_former = former::VARIABLES.iter().any(|(former, ..)| former == name);
        if known.contains(name) || is_former || own.contains(&name.as_str()) || name == BINARY {
            continue;
        }
        let meant = jamf_pro_tools::check::nearest(name, known.iter().map(String::as_str));
        let meant = meant.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(Error::operator(format!(
            "there is no setting for the environment variable {name}{meant}"
        )));
    }
    Ok(())
}

/// Where secrets are found beside those of tenants.
fn other_secrets(config: &Config) -> [Option<&SecretSource>; 3] {
    [config.http.token.as_ref(), config.audit.webhook_token.as_ref(), config.approvals.notify.as_ref()]
}

fn load_with(overrides: &Overrides, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, Error> {
    let environment: &dyn Fn(&str) -> Option<String> =
        &|name| environment(name).filter(|value| !value.trim().is_empty());
    let mut warnings = Vec::new();
    let mut value = file(overrides, environment, &mut warnings)?;
    let mut origins = Origins::default();
    origins.add_file(&value, "the configuration file");
    // What the environment says wins over the file, also under an old name.
    let mut former = json!({});
    for (name, place, is_number) in former::VARIABLES.iter().copied() {
        let kind = if is_number { Kind::Number } else { Kind::YesNo };
        if let Some(set) = from_environment(name, kind, environment)? {
            origins.add(place, &set, &format!("the environment variable {name}"));
            put(&mut former, place, set);
        }
    }
    former::rename(&mut former, &mut warnings)?;
    if let Some(gate) = former.get("gate").and_then(Value::as_object) {
        gate.iter().for_each(|(name, set)| put(&mut value, &format!("/gate/{name}"), set.clone()));
    }
    for (name, place, kind) in ENVIRONMENT.iter().copied() {
        if let Some(set) = from_environment(name, kind, environment)? {
            origins.add(place, &set, &format!("the environment variable {name}"));
            put(&mut value, place, set);
        }
    }
    for (place, set) in &overrides.values {
        origins.add(place, set, "the command line");
        put(&mut value, place, set.clone());
    }
    values::check(&mut value)?;
    let mut config: Config = serde_json::from_value(value)
        .map_err(|error| Error::operator(format!("the configuration is not right: {}", explain(&error))))?;
    finish(&mut config)?;
    config.warnings = warnings;
    config.settings = origins.into_settings();
    for name in other_secrets(&config)
        .into_iter()
        .flatten()
        .chain(config.tenants.values().map(|tenant| &tenant.secret))
    {
        if let SecretSource::Env(name) = name
            && let Some(secret) = environment(name)
        {
            super::secret::refuse_mark(secret.trim())
                .map_err(|why| Error::operator(format!("the environment variable {name} {why}")))?;
        }
    }
    Ok(config)
}

/// The file that the configuration is read from, whether it is there or not.
pub fn file_of(overrides: &Overrides) -> Option<PathBuf> {
    place(overrides, &variable).ok().flatten().map(|(path, _)| path)
}

/// The file, and whether it must be there.
fn place(
    overrides: &Overrides,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<(PathBuf, bool)>, Error> {
    let flag = overrides.file.as_ref().map(|path| ("--config", path.to_string_lossy().into_owned()));
    let named = flag
        .or_else(|| environment(CONFIG).filter(|path| !path.trim().is_empty()).map(|path| (CONFIG, path)));
    if let Some((name, path)) = named {
        let path = match placeholder(&path) {
            Some(mark) => Err(format!("holds `{mark}`, which nobody replaced; write the path itself")),
            None => values::absolute(path.trim()),
        };
        return path
            .map(|path| Some((path, true)))
            .map_err(|why| Error::operator(format!("the configuration file in {name} {why}")));
    }
    let Ok(base) = etcetera::choose_base_strategy() else { return Ok(None) };
    Ok(Some((base.config_dir().join("jamf-pro-mcp").join("config.json"), false)))
}

/// The file's content, checked on its own so that a mistake in it is told with its line.
fn file(
    overrides: &Overrides,
    environment: &dyn Fn(&str) -> Option<String>,
    warnings: &mut Vec<String>,
) -> Result<Value, Error> {
    let Some((path, must)) = place(overrides, environment)? else { return Ok(json!({})) };
    let wrong =
        |why: &str| Error::operator(format!("the configuration file {} is not right: {why}", path.display()));
    let text = match std::fs::read(&path) {
        Ok(bytes) => decode(bytes).map_err(wrong)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must => return Ok(json!({})),
        Err(error) => {
            return Err(Error::operator(format!(
                "the configuration file {} cannot be read: {error}",
                path.display()
            )));
        }
    };
    let mut value: Value = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    // Before anything that would print what it found.
    values::check(&mut value).map_err(|error| wrong(&error.to_string()))?;
    former::rename(&mut value, warnings)?;
    // Without an old setting the mistake is told with its line.
    let text = if warnings.is_empty() { text } else { value.to_string() };
    parse(&text).map_err(|why| wrong(&why))?;
    warnings.extend(warning_of_others(&path));
    Ok(value)
}

fn parse(text: &str) -> Result<Config, String> {
    serde_json::from_str::<Config>(text).map_err(|error| explain(&error))
}

/// serde's message with the nearest right name, where it is about a name that is not known.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let Some((given, expected)) = text
        .split_once("unknown field `")
        .or_else(|| text.split_once("unknown variant `"))
        .and_then(|(_, rest)| rest.split_once('`'))
    else {
        return text;
    };
    let known = expected.split('`').skip(1).step_by(2);
    match jamf_pro_tools::check::nearest(given, known) {
        Some(nearest) => format!("{text}; did you mean `{nearest}`?"),
        None => text,
    }
}

fn from_environment(
    name: &str,
    kind: Kind,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Value>, Error> {
    if matches!(kind, Kind::Secret) {
        let file = environment(&format!("{name}_FILE")).map(|path| json!({ "file": path }));
        return Ok(file.or_else(|| environment(name).map(|_| json!({ "env": name }))));
    }
    let Some(text) = environment(name) else { return Ok(None) };
    let wrong = |what: &str| Error::operator(format!("the environment variable {name} must be {what}"));
    Ok(Some(match kind {
        Kind::List => {
            let items: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
            if items.is_empty() {
                return Err(wrong("a list with something in it; to set nothing, leave it out"));
            }
            json!(items)
        }
        Kind::Number => json!(text.trim().parse::<u64>().map_err(|_| wrong("a whole number"))?),
        Kind::YesNo => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => json!(true),
            "false" | "0" | "no" | "off" => json!(false),
            _ => return Err(wrong("true or false")),
        },
        Kind::Tokens => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            let token = |part: &str| {
                let (name, file) = part.split_once('=')?;
                Some(json!({ "name": name.trim(), "file": file.trim() }))
            };
            json!(parts.map(token).collect::<Option<Vec<_>>>().ok_or_else(|| wrong(
                "names and files, such as anna=/etc/jamf-pro-mcp/anna,ben=/etc/jamf-pro-mcp/ben"
            ))?)
        }
        Kind::Text | Kind::Secret => json!(text),
    }))
}

/// Sets the value at a place, making what it lies in.
pub(super) fn put(value: &mut Value, place: &str, set: Value) {
    let mut at = value;
    for name in place.split('/').skip(1) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(map) = at.as_object_mut() else { return };
        at = map.entry(name.to_owned()).or_insert(Value::Null);
    }
    *at = set;
}

fn finish(config: &mut Config) -> Result<(), Error> {
    let (label, ca_file) = (config.label.take(), config.ca_file.take());
    match (config.url.take(), config.client_id.take(), config.secret.take()) {
        (None, None, None) if label.is_some() || ca_file.is_some() => {
            return Err(Error::operator(
                "`label` and `ca_file` are for the tenant of `url`, and there is no `url`; for `tenants` they belong under each of them",
            ));
        }
        (None, None, None) => {}
        (Some(url), Some(client_id), Some(secret)) => {
            let tenant = TenantConfig { url, client_id, secret, label, ca_file };
            config.tenants.shift_insert(0, "default".to_owned(), tenant);
        }
        (url, client_id, secret) => {
            let missing = [
                (url.is_none(), "url (JAMF_PRO_URL)"),
                (client_id.is_none(), "client_id (JAMF_PRO_CLIENT_ID)"),
                (secret.is_none(), "secret (JAMF_PRO_CLIENT_SECRET or JAMF_PRO_CLIENT_SECRET_FILE)"),
            ];
            let missing: Vec<&str> =
                missing.into_iter().filter(|(missing, _)| *missing).map(|(_, name)| name).collect();
            return Err(Error::operator(format!(
                "a tenant needs url, client_id and secret; missing: {}",
                missing.join(", ")
            )));
        }
    }
    if !(2_000..=100_000).contains(&config.answer_characters) {
        return Err(Error::operator(format!(
            "`answer_characters` is {}; it must be from 2000 to 100000",
            config.answer_characters
        )));
    }
    config.http.check()?;
    config.gate.check()?;
    config.approvals.check()?;
    config.audit.check()?;
    config.fleet.check()?;
    for (name, tenant) in &config.tenants {
        let holds_secret = url::Url::parse(&tenant.url).is_ok_and(|url| {
            !url.username().is_empty()
                || url.password().is_some()
                || url.query().is_some()
                || url.fragment().is_some()
        });
        if holds_secret || tenant.url.contains(['@', '?', '#']) {
            return Err(Error::operator(format!(
                "the url of the tenant `{name}` holds a user name, a password, a query or a fragment, which end up in logs"
            ))
            .hint("give the address alone, and the credentials of an API client by `client_id` and `secret`"));
        }
        if let Some(file) = tenant.ca_file.as_ref().filter(|file| !file.is_file()) {
            return Err(Error::operator(format!(
                "`ca_file` of the tenant `{name}` is {}, which is not a file",
                file.display()
            )));
        }
    }
    if let Some(files) = config.files.as_ref().filter(|files| !files.is_dir()) {
        return Err(Error::operator(format!("`files` is {}, which is not a folder", files.display())));
    }
    Ok(())
}

/// Anyone who can write the file can point the server at another tenant, or allow more.
#[cfg(unix)]
fn warning_of_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let is_open = std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o022 != 0);
    is_open
        .then(|| format!("{} can be written by other users of this machine; `chmod go-w` it", path.display()))
}

#[cfg(not(unix))]
fn warning_of_others(_path: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::{RiskClass, SecretSource};

    fn load_from(
        text: &str,
        environment: &[(&str, &str)],
        values: Vec<(&'static str, Value)>,
    ) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, text).unwrap();
        let environment: HashMap<&str, &str> = environment.iter().copied().collect();
        load_with(&Overrides { file: Some(path), values }, &|name| {
            environment.get(name).map(|value| (*value).to_owned())
        })
        .map_err(|error| error.to_string())
    }

    const TENANT: &str = r#""url": "https://a.example", "client_id": "c", "secret": { "env": "S" }"#;

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let text = format!(
            "{{ {TENANT}, \"toolsets\": [\"file\"], \"answer_characters\": 5000, \"http\": {{ \"max_sessions\": 7 }} }}"
        );
        let environment = [
            ("JAMF_PRO_MCP_TOOLSETS", "env, other"),
            ("JAMF_PRO_URL", "https://b.example"),
            ("JAMF_PRO_MCP_HTTP_LEGACY_SSE", "no"),
        ];
        let config = load_from(
            &text,
            &environment,
            vec![("/toolsets", json!(["flag"])), ("/http/listen", json!("127.0.0.1:1"))],
        )
        .unwrap();
        assert_eq!(config.toolsets, ["flag"]);
        assert_eq!(config.answer_characters, 5000);
        assert_eq!(config.tenants["default"].url, "https://b.example");
        assert_eq!(
            (config.http.max_sessions, config.http.legacy_sse, config.http.listen.as_deref()),
            (7, false, Some("127.0.0.1:1"))
        );
        assert_eq!(config.allow, [RiskClass::Read]);
        let config = load_from(&text, &environment, Vec::new()).unwrap();
        assert_eq!(config.toolsets, ["env", "other"]);
    }

    #[test]
    fn a_file_named_for_a_secret_wins_over_the_secret_itself() {
        let environment = [
            ("JAMF_PRO_URL", "x"),
            ("JAMF_PRO_CLIENT_ID", "y"),
            ("JAMF_PRO_CLIENT_SECRET", "canary"),
            ("JAMF_PRO_CLIENT_SECRET_FILE", "/f"),
        ];
        let config = load_from("{}", &environment, Vec::new()).unwrap();
        assert!(matches!(config.tenants["default"].secret, SecretSource::File(_)));
        assert!(!format!("{config:?}").contains("canary"));
    }

    #[test]
    fn mistakes_are_told_with_the_right_name_and_the_place() {
        let of = |text: &str| load_from(text, &[], Vec::new()).unwrap_err();
        let unknown = of("{\n  \"toolset\": []\n}");
        assert!(unknown.contains("did you mean `toolsets`") && unknown.contains("line 2"), "{unknown}");
        assert!(of("{ \"http\": { \"listn\": \"x\" } }").contains("did you mean `listen`"));
        assert!(of("{ \"allow\": [\"raed\"] }").contains("did you mean `read`"));
        assert!(of("{ \"allow\": \"read\" }").contains("line 1"));
        assert!(of("{").contains("EOF"));
        assert!(of("{ \"url\": \"x\" }").contains("client_id (JAMF_PRO_CLIENT_ID)"));
        assert!(of("{ \"answer_characters\": 5 }").contains("from 2000 to 100000"));
        assert!(of("{ \"files\": \"/no/such/folder\" }").contains("not a folder"));
        assert!(
            of("{ \"secret\": \"plain text\" }").contains("secret")
                || !of("{ \"secret\": \"plain text\" }").is_empty()
        );
        let missing =
            load_with(&Overrides { file: Some("/no/such/file".into()), values: Vec::new() }, &|_| None)
                .unwrap_err();
        assert!(missing.to_string().contains("/no/such/file"));
    }

    #[test]
    fn numbers_and_choices_of_the_environment_are_checked() {
        assert!(
            load_from("{}", &[("JAMF_PRO_MCP_HTTP_MAX_BODY", "many")], Vec::new())
                .unwrap_err()
                .contains("JAMF_PRO_MCP_HTTP_MAX_BODY")
        );
        assert!(
            load_from("{}", &[("JAMF_PRO_MCP_HTTP_LEGACY_SSE", "maybe")], Vec::new())
                .unwrap_err()
                .contains("true or false")
        );
    }

    /// Every option but the tenants has an environment variable.
    #[test]
    fn no_option_is_forgotten() {
        let schema = schemars::schema_for!(Config).to_value();
        let named =
            |place: &str| ENVIRONMENT.iter().any(|(_, known, _)| *known == place) || place == "/tenants";
        for key in schema["properties"].as_object().unwrap().keys() {
            let below = match key.as_str() {
                "http" => &schema["$defs"]["HttpConfig"]["properties"],
                "log" => &schema["$defs"]["LogConfig"]["properties"],
                "gate" => &schema["$defs"]["GateConfig"]["properties"],
                "approvals" => &schema["$defs"]["ApprovalsConfig"]["properties"],
                "fleet" => &schema["$defs"]["FleetConfig"]["properties"],
                "audit" => &schema["$defs"]["AuditConfig"]["properties"],
                _ => &Value::Null,
            };
            match below.as_object() {
                Some(below) => {
                    below.keys().for_each(|name| assert!(named(&format!("/{key}/{name}")), "/{key}/{name}"))
                }
                None => assert!(named(&format!("/{key}")), "/{key}"),
            }
        }
    }
}
