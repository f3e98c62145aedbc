//! What a policy does on the computers that run it: anyone who approves that it runs, approves this.

use serde_json::{Map, Value};

use super::{has_any, items, plain};
use crate::jobs::text_at;
use crate::plan::Content;
use crate::sanitize::text;

/// Longest name or command that is shown.
const LONGEST: usize = 200;

/// Sections of a policy that say when and for whom, or that a plan lists one by one.
const DESCRIBED: &[&str] =
    &["general", "scope", "self_service", "scripts", "package_configuration", "user_interaction"];

/// What it runs, installs and sets, in words. `content` has the names of scripts and packages.
pub(in crate::gate) fn describe(policy: &Value, content: &[Content]) -> Vec<String> {
    let empty = Map::new();
    let sections = policy.as_object().unwrap_or(&empty);
    let packages = sections.get("package_configuration").and_then(Value::as_object).unwrap_or(&empty);
    let mut told: Vec<String> = items(sections, "scripts")
        .map(|script| format!("runs script {}{}", name_of(script, "script_get", content), parameters(script)))
        .collect();
    told.extend(items(packages, "packages").map(|package| {
        let action = text_at(package, "action");
        let how = if action.is_empty() { String::new() } else { format!(" ({})", text::quoted(&action, 40)) };
        format!("package {}{how}", name_of(package, "package_get", content))
    }));
    let command = text_at(policy, "files_processes.run_command");
    if !command.is_empty() {
        told.push(format!("runs the command {}", text::quoted(&command, LONGEST)));
    }
    let others: Vec<&str> = sections
        .iter()
        .filter(|(name, section)| !DESCRIBED.contains(&name.as_str()) && has_any(section))
        .map(|(name, _)| name.as_str())
        .collect();
    if !others.is_empty() {
        told.push(format!("also: settings in {}", text::clean(&others.join(", ")).replace('_', " ")));
    }
    told
}

/// The parameters that a script is given.
fn parameters(script: &Value) -> String {
    let given: Vec<String> = (4..=11).map(|at| text_at(script, &format!("parameter{at}"))).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    if given.is_empty() {
        return String::new();
    }
    format!(", parameters: {}", text::line(&given.join(", ")))
}

/// A script or a package by its id, and by its name where that is known.
fn name_of(object: &Value, reader: &str, content: &[Content]) -> String {
    let id = object.get("id").map(plain).unwrap_or_default();
    let known = content.iter().find(|one| one.reader == reader && one.id == id);
    let name = known.map_or_else(|| text_at(object, "name"), |one| one.name.clone());
    let id: String = text::clean(&id).chars().take(40).collect();
    if name.is_empty() {
        format!("with the id {id}")
    } else {
        format!("{} ({id})", text::quoted(&name, LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_that_a_policy_does_is_named() {
        let policy = json!({
            "general": { "name": "Setup", "enabled": true },
            "scripts": [{ "id": 61, "name": "wipe", "parameter4": "--all", "parameter5": "" }, { "id": 2 }],
            "package_configuration": { "packages": [{ "id": 3, "name": "Office", "action": "Install" }] },
            "files_processes": { "run_command": "id" },
            "maintenance": { "recon": true },
            "reboot": { "message": "" },
        });
        let content = [Content {
            reader: "script_get".to_owned(),
            kind: "script".to_owned(),
            id: "2".to_owned(),
            name: "Rename".to_owned(),
            about: String::new(),
            digest: String::new(),
            lines: Vec::new(),
        }];
        assert_eq!(
            describe(&policy, &content),
            [
                "runs script \"wipe\" (61), parameters: --all",
                "runs script \"Rename\" (2)",
                "package \"Office\" (3) (\"Install\")",
                "runs the command \"id\"",
                "also: settings in maintenance",
            ]
        );
        assert!(describe(&json!({ "general": {}, "scripts": [] }), &[]).is_empty());
    }
}
