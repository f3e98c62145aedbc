//! Settings: objects that exist once, are read and replaced. A setting is a declaration.

use http::Method;
use serde_json::Value;

use super::{Context, Reply};
use crate::exchange::Answer;

/// One setting.
struct Setting {
    version: &'static str,
    path: &'static str,
    /// The noun of its privileges.
    noun: &'static str,
    /// The fields and their values before anybody writes, as JSON.
    fields: &'static [(&'static str, &'static str)],
    /// Fields that a write does not change.
    fixed: &'static [&'static str],
}

static SETTINGS: &[Setting] = &[Setting {
    version: "v1",
    path: "policy-properties",
    noun: "Policies",
    fields: &[("policiesRequireNetworkStateChange", "false"), ("allowNetworkStateChangeTriggers", "true")],
    fixed: &["policiesRequireNetworkStateChange"],
}];

/// The path of a setting, where there is one.
pub(crate) fn known(path: &str) -> Option<&'static str> {
    SETTINGS.iter().map(|setting| setting.path).find(|own| *own == path)
}

/// Answer a path of one of the settings.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let parts = call.parts();
    let [version, path] = parts.as_slice() else { return Err(Answer::no_path()) };
    let found = SETTINGS.iter().find(|s| s.version == *version && s.path == *path);
    let setting = found.ok_or_else(Answer::no_path)?;
    let writes = match call.method {
        Method::GET => false,
        Method::PUT => true,
        _ => return Err(Answer::no_path()),
    };
    context.needs(&[&format!("{} {}", if writes { "Update" } else { "Read" }, setting.noun)])?;
    let body = if writes { call.object()? } else { Value::Null };
    let value = context.store.settings.entry(setting.path).or_insert_with(|| {
        let parsed = setting
            .fields
            .iter()
            .map(|(n, v)| ((*n).to_owned(), serde_json::from_str(v).unwrap_or_default()));
        parsed.collect()
    });
    for (name, _) in setting.fields.iter().filter(|(name, _)| !setting.fixed.contains(name)) {
        if let Some(given) = body.get(*name) {
            value.insert((*name).to_owned(), given.clone());
        }
    }
    Ok(Answer::ok(&Value::Object(value.clone())))
}
