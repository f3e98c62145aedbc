//! The configuration: what it holds, where it is read from, and the JSON Schema of itself.

mod approvals;
mod audit;
mod document;
mod fleet;
mod former;
mod gate;
mod keychain;
mod load;
mod origins;
mod secret;
mod text;
mod values;

pub use approvals::ApprovalsConfig;
pub(crate) use approvals::PAGE_LOCK;
pub use audit::AuditConfig;
pub use document::markdown;
pub use fleet::{FleetConfig, FleetStorage};
pub use gate::{GateConfig, Platform};
pub(crate) use keychain::{clear as clear_keychain, write as write_keychain};
pub use load::{Overrides, environment_names, file_of, load};
pub use origins::Setting;
pub(crate) use secret::refuse_mark;
pub use secret::secret_in_file;

use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use values::PathText;

/// Everything that can be configured. Precedence: defaults < file < environment < flags.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Base URL of the tenant, such as `https://example.jamfcloud.com`. Short for one entry of `tenants`.
    pub url: Option<String>,
    /// Client id of the API client.
    pub client_id: Option<String>,
    /// Where the client secret is found.
    pub secret: Option<SecretSource>,
    /// A word for people, such as `prod` or `test`, for the tenant of `url`.
    pub label: Option<String>,
    /// PEM file with a further certificate authority to trust, for the tenant of `url`.
    #[schemars(with = "Option<PathText>")]
    pub ca_file: Option<PathBuf>,
    /// Tenants by name, when there is more than one. A tool then takes a `tenant` argument.
    pub tenants: IndexMap<String, TenantConfig>,
    /// Risk classes that may be called: `read`, `device`, `write`; and `secret`, `destructive`, `critical`, which take a person's approval.
    pub allow: Vec<RiskClass>,
    /// Toolsets that are listed; `core` by default, `all` for everything.
    pub toolsets: Vec<String>,
    /// Further tools that are listed, by name or pattern such as `building_*`.
    pub tools: Vec<String>,
    /// Tools that are never offered, by name or pattern. Wins over everything.
    pub exclude_tools: Vec<String>,
    /// The HTTP server.
    pub http: HttpConfig,
    /// The gate: who may approve what, how much at once, what is never touched.
    pub gate: GateConfig,
    /// The page on which people approve plans with passkeys.
    pub approvals: ApprovalsConfig,
    /// The audit log: how it is cut into files, and where copies of it go.
    pub audit: AuditConfig,
    /// What is known of a tenant's devices and configuration: where it is kept, and for how long.
    pub fleet: FleetConfig,
    /// Longest answer to a call, in characters.
    #[schemars(range(min = 2_000, max = 100_000))]
    pub answer_characters: usize,
    /// What callers see of personal data.
    pub redaction: Redaction,
    /// Folder that files are uploaded from and downloads are saved to; without it neither is possible.
    #[schemars(with = "Option<PathText>")]
    pub files: Option<PathBuf>,
    /// Folder for the audit log and what the server remembers; a folder of the user's by default.
    #[schemars(with = "Option<PathText>")]
    pub state: Option<PathBuf>,
    /// Logging.
    pub log: LogConfig,
    /// The file that it was read from; `None` where there is none.
    #[serde(skip)]
    #[schemars(skip)]
    pub file: Option<PathBuf>,
    /// What is worth a warning in it. It is read before the log begins.
    #[serde(skip)]
    #[schemars(skip)]
    pub warnings: Vec<String>,
    /// The settings that something sets, with where each comes from.
    #[serde(skip)]
    #[schemars(skip)]
    pub settings: Vec<Setting>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: None,
            client_id: None,
            secret: None,
            label: None,
            ca_file: None,
            tenants: IndexMap::new(),
            allow: vec![RiskClass::Read],
            toolsets: vec!["core".to_owned()],
            tools: Vec::new(),
            exclude_tools: Vec::new(),
            http: HttpConfig::default(),
            gate: GateConfig::default(),
            approvals: ApprovalsConfig::default(),
            audit: AuditConfig::default(),
            fleet: FleetConfig::default(),
            answer_characters: 40_000,
            redaction: Redaction::Full,
            files: None,
            state: None,
            log: LogConfig::default(),
            file: None,
            warnings: Vec::new(),
            settings: Vec::new(),
        }
    }
}

impl Config {
    /// What a running server takes of a configuration that was read again: other tools may be listed, and fewer be allowed.
    /// What would allow more, or change anything else, waits for the next start.
    #[must_use]
    pub fn narrowed(&self, newer: &Self) -> Self {
        let mut narrowed = self.clone();
        narrowed.allow.retain(|class| newer.allow.contains(class));
        narrowed.exclude_tools.extend(newer.exclude_tools.iter().cloned());
        narrowed.exclude_tools.sort_unstable();
        narrowed.exclude_tools.dedup();
        narrowed.gate = self.gate.narrowed(&newer.gate);
        narrowed.toolsets.clone_from(&newer.toolsets);
        narrowed.tools.clone_from(&newer.tools);
        narrowed
    }

    /// The folder for the audit log and what the server remembers: the configured one, or one of the user's.
    ///
    /// # Errors
    /// When the user has no home folder.
    pub fn state_folder(&self) -> Result<PathBuf, Error> {
        use etcetera::BaseStrategy;
        if let Some(folder) = &self.state {
            return Ok(folder.clone());
        }
        let base = etcetera::choose_base_strategy().map_err(|error| {
            Error::operator(format!("no folder for the server's state: {error}")).hint("set `state`")
        })?;
        Ok(base.state_dir().unwrap_or_else(|| base.data_dir()).join("jamf-pro-mcp"))
    }
}

/// One tenant.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantConfig {
    /// Base URL; `https` unless it is loopback.
    pub url: String,
    /// Client id of the API client.
    pub client_id: String,
    /// Where the client secret is found.
    pub secret: SecretSource,
    /// A word for people, such as `prod` or `test`; shown with every answer where there are several tenants.
    #[serde(default)]
    pub label: Option<String>,
    /// PEM file with a further certificate authority to trust.
    #[serde(default)]
    #[schemars(with = "Option<PathText>")]
    pub ca_file: Option<PathBuf>,
}

/// Where a secret is found. It is never written into the configuration itself as plain text on a command line.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// Environment variable of this name.
    Env(String),
    /// First line of this file, which only its owner should be able to read.
    File(#[schemars(with = "PathText")] PathBuf),
    /// Entry of the operating system's keychain, by account name (service `jamf-pro-mcp`).
    Keychain(String),
    /// Standard output of a command, given as program and arguments; no shell is involved.
    Command(Vec<String>),
    /// Known in memory only: the simulated tenant's own secret. Cannot be configured.
    #[serde(skip)]
    #[schemars(skip)]
    Known(secrecy::SecretString),
}

/// A risk class that the configuration can switch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of the classes; see `Risk` of the catalogue")]
pub enum RiskClass {
    Read,
    Device,
    Write,
    Secret,
    Destructive,
    Critical,
}

/// What callers see of personal data: names of people, user names, e-mail addresses, phone numbers, network addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Redaction {
    /// Everything.
    #[default]
    Full,
    /// Pseudonyms that stay the same, so that answers still fit together.
    Pseudonymous,
    /// None of it.
    Aggregate,
}

/// The HTTP server: Streamable HTTP on `/mcp`, the older HTTP+SSE on `/sse` and `/messages`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Address to listen on, such as `127.0.0.1:8723`.
    pub listen: Option<String>,
    /// Bearer tokens, one a caller: anyone who shows a token is its principal. Without any, one is made in the state folder.
    pub tokens: Vec<TokenConfig>,
    /// The older setting for a single token, whose principal is `bearer`: where it is found. Use `tokens`.
    pub token: Option<SecretSource>,
    /// Ask callers for no token, on loopback alone, for clients that cannot send a header. Then only reads are possible.
    pub open: bool,
    /// Host names that requests may name, beside loopback.
    pub allowed_hosts: Vec<String>,
    /// Origins that browsers may call from, such as `http://localhost:6274`; none by default.
    pub allowed_origins: Vec<String>,
    /// Serve the older HTTP+SSE transport too.
    pub legacy_sse: bool,
    /// Most sessions in memory at once, over both transports. One more takes the place of the idlest one, which is restored when its client
    /// comes back.
    pub max_sessions: usize,
    /// How long a session stays in memory after its last call, unless its client listens; it is restored when its client comes back.
    pub session_idle_seconds: u64,
    /// Most connections at once.
    pub max_connections: usize,
    /// Largest request body, in bytes.
    pub max_body: usize,
}

/// The bearer token of one caller.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// Name of the principal: letters, digits, `.`, `_`, `@` and `-`. Plans and the audit log have it.
    #[schemars(regex(pattern = "^[A-Za-z0-9._@-]{1,64}$"))]
    pub name: String,
    /// File whose first line is the token, of 32 characters or more. It is read again when it changes.
    #[schemars(with = "PathText")]
    pub file: PathBuf,
}

impl HttpConfig {
    /// Settings that contradict each other, or would make two callers one, stop the start.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let wrong = |text: String| Err(Error::operator(text));
        if self.max_sessions == 0 || self.max_body < 1024 {
            return wrong(
                "`http.max_sessions` must be at least 1 and `http.max_body` at least 1024".to_owned(),
            );
        }
        if self.session_idle_seconds == 0 || self.max_connections == 0 {
            return wrong(
                "`http.session_idle_seconds` and `http.max_connections` must be at least 1".to_owned(),
            );
        }
        if self.open && (self.token.is_some() || !self.tokens.is_empty()) {
            return wrong(
                "`http.open` asks callers for no token, and `http.tokens` or `http.token` has one: leave one of them out"
                    .to_owned(),
            );
        }
        let mut names: Vec<&str> = self.token.iter().map(|_| "bearer").collect();
        for TokenConfig { name, .. } in &self.tokens {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '-');
            if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
                return wrong(format!(
                    "`http.tokens` has the name {name:?}; a name has 1 to 64 letters, digits, `.`, `_`, `@` or `-`"
                ));
            }
            if names.contains(&name.as_str()) {
                return wrong(format!(
                    "`http.tokens` has the name `{name}` twice; two callers of one name would share their plans and approvals"
                ));
            }
            names.push(name);
        }
        Ok(())
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: None,
            tokens: Vec::new(),
            token: None,
            open: false,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            legacy_sse: true,
            max_sessions: 256,
            session_idle_seconds: 300,
            max_connections: 1024,
            max_body: 4 * 1024 * 1024,
        }
    }
}

/// Logging, by `tracing`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Filter in the manner of `RUST_LOG`, such as `info` or `jamf_pro_mcp=debug`.
    pub filter: Option<String>,
    /// File to log to instead of standard error.
    #[schemars(with = "Option<PathText>")]
    pub file: Option<PathBuf>,
}
