//! Whether a path that a tenant's document has is one for `api_get`: neither a tool's, nor left out on purpose, nor a secret's.
//!
//! Versions of a path are one thing here: `/api/v1/things` is an older form of what `/api/v2/things` reads. So a tool stands for
//! the older forms of its path, and what is hidden or refused in one form is in all of them.

use std::collections::HashMap;
use std::sync::LazyLock;

use jamf_pro_tools::exclusions::EXCLUDED;
use jamf_pro_tools::{Action, Catalogue, Method, Risk};

use super::document::ReadPath;
use crate::sanitize::secrets::is_secret_path;

/// What is to be done about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A tool reads it.
    Tool(&'static str),
    /// It is left out of the catalogue for this reason.
    Excluded(&'static str),
    /// It looks as if it revealed a secret.
    Secret,
    /// Nobody knows it; these fields are hidden in its answer, as in that of its older form.
    Unknown(&'static [&'static str]),
}

/// The tools that read, by the unversioned shape of their paths.
static TOOLS: LazyLock<HashMap<String, Vec<(u32, &'static Action)>>> = LazyLock::new(|| {
    let mut tools: HashMap<String, Vec<(u32, &'static Action)>> = HashMap::new();
    for action in Catalogue::get().actions().filter(|action| action.method == Method::Get) {
        for path in action.paths().chain(action.older().map(|older| older.path)) {
            let (shape, version) = shape(path);
            tools.entry(shape).or_default().push((version, action));
        }
    }
    tools
});

/// What is to be done about a path of the tenant's document.
pub(super) fn verdict(read: &ReadPath) -> Verdict {
    let (shape, version) = shape(&read.path);
    let excluded =
        EXCLUDED.iter().find(|excluded| excluded.method == "GET" && self::shape(excluded.path).0 == shape);
    if let Some(excluded) = excluded {
        return Verdict::Excluded(excluded.reason);
    }
    let tools = TOOLS.get(&shape).map(Vec::as_slice).unwrap_or_default();
    let newest = tools.iter().max_by_key(|(version, _)| *version);
    match newest {
        Some((known, action)) if version <= *known => Verdict::Tool(action.name),
        Some((_, action)) if action.risk != Risk::Read => Verdict::Secret,
        _ if is_secret_path(&read.path) => Verdict::Secret,
        Some((_, action)) => Verdict::Unknown(action.hides),
        None => Verdict::Unknown(&[]),
    }
}

/// A path without its version and the names of its placeholders, and its version.
fn shape(path: &str) -> (String, u32) {
    let mut version = 0;
    let mut shape = String::with_capacity(path.len());
    for word in path.trim_matches('/').split('/') {
        match word.strip_prefix('v').and_then(|number| number.parse().ok()) {
            Some(number) => version = number,
            None if word == "preview" => {}
            None => {
                shape.push('/');
                shape.push_str(if word.starts_with('{') { "{}" } else { word });
            }
        }
    }
    (shape, version)
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Api;

    use super::*;

    fn of(path: &str) -> Verdict {
        verdict(&ReadPath { path: path.to_owned(), query: Vec::new() })
    }

    #[test]
    fn what_a_tool_reads_is_left_to_it_in_every_older_form() {
        assert_eq!(of("/api/v1/buildings/{buildingId}"), Verdict::Tool("building_get"));
        assert_eq!(of("/api/v1/computers-inventory"), Verdict::Tool("computer_list"));
        assert_eq!(of("/api/v9/buildings"), Verdict::Unknown(&[]));
        assert_eq!(of("/JSSResource/policies/name/{name}"), Verdict::Tool("policy_get"));
        assert_eq!(of("/JSSResource/lendinglockers"), Verdict::Unknown(&[]));
    }

    #[test]
    fn what_is_left_out_stays_out_in_every_form() {
        for version in ["v1", "v3", "v4", "v5"] {
            let verdict = of(&format!("/api/{version}/computers-inventory/filevault"));
            assert!(matches!(verdict, Verdict::Excluded(_)), "{version}: {verdict:?}");
        }
        assert!(matches!(of("/api/v1/auth"), Verdict::Excluded(_)));
    }

    #[test]
    fn what_looks_like_a_secret_is_one() {
        for path in [
            "/api/v9/computers-inventory/{id}/filevault",
            "/api/v9/computers-inventory/{id}/view-device-lock-pin",
            "/api/v1/things/{id}/recovery-code",
            "/api/v1/things/{id}/api-key",
            "/api/v3/local-admin-password/{clientManagementId}/accounts",
            "/api/v1/things/{id}/private-half",
            "/api/v1/oauth2/device-tokens",
        ] {
            assert_eq!(of(path), Verdict::Secret, "{path}");
        }
        assert_eq!(of("/api/v1/spinning-keyboards"), Verdict::Unknown(&[]));
    }

    #[test]
    fn a_newer_form_hides_what_the_older_one_hides() {
        let hiding = Catalogue::get()
            .actions()
            .find(|action| {
                action.method == Method::Get
                    && action.risk == Risk::Read
                    && !action.hides.is_empty()
                    && !is_secret_path(action.path)
                    && action.api() == Api::Pro
            })
            .unwrap();
        let (shape, _) = shape(hiding.path);
        let newer = shape.replacen("/api/", "/api/v99/", 1);
        assert_eq!(of(&newer), Verdict::Unknown(hiding.hides), "{newer}");
    }
}
