//! The catalogue against Jamf's own documents: mock servers let unknown names pass, this does not.
//!
//! The documents are not part of the project. They are looked for in the folder that `JAMF_SPEC_DIR` names, or beside a
//! checkout; without them these tests say so and pass. A tenant serves its own at `/api/schema`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it left out"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::exclusions::EXCLUDED;
use jamf_pro_tools::{Action, Api, Catalogue, Risk};
use serde_json::Value;

/// Paths whose operations are all to be declared, by what they begin with; `{}` stands for any placeholder.
const FAMILIES: &[(&str, &str)] = &[
    ("pro", "/v4/computers-inventory"),
    ("pro", "/v1/buildings"),
    ("pro", "/v1/departments"),
    ("pro", "/v1/categories"),
    ("pro", "/v1/scripts"),
    ("pro", "/v1/computer-groups"),
    ("pro", "/v3/computer-groups"),
    ("pro", "/v1/smart-computer-groups"),
    ("pro", "/v1/devices"),
    ("pro", "/v2/groups"),
    ("pro", "/v1/users"),
    ("pro", "/v1/static-user-groups"),
    ("pro", "/v2/mobile-devices"),
    ("pro", "/v1/mobile-devices"),
    ("pro", "/v2/mobile-device-groups"),
    ("pro", "/v1/smart-mobile-device-groups"),
    ("pro", "/v1/policy-properties"),
    ("classic", "/policies"),
];

/// Body fields that Jamf takes and its Classic document leaves out.
const UNDOCUMENTED: &[(&str, &str)] = &[
    ("policy", "reboot"),
    ("policy", "maintenance.prebindings"),
    ("policy", "scope.limitations.users.name"),
];

/// Privileges that differ from the document on purpose.
const PRIVILEGES: &[(&str, &str)] = &[];

/// Risks that differ from the first judgement of the register, with the reason.
const RISKS: &[(&str, &str)] = &[
    ("policy_create", "Destructive as in the register; Write while disabled and unscoped"),
    ("user_delete", "licences assigned to the user are taken back"),
];

fn folder() -> Option<PathBuf> {
    let named = std::env::var("JAMF_SPEC_DIR").ok().map(PathBuf::from);
    let folder =
        named.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec")));
    if folder.join("operations.json").exists() {
        return Some(folder);
    }
    println!("skipped: Jamf's API documents are not in {}; set JAMF_SPEC_DIR", folder.display());
    None
}

fn read(folder: &std::path::Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// A path with its placeholders emptied, so that their names do not matter.
fn shape(path: &str) -> String {
    let mut out = path.trim_start_matches("/api").trim_start_matches("/JSSResource").to_owned();
    for name in placeholders(path) {
        out = out.replace(&format!("{{{name}}}"), "{}");
    }
    // The Classic API creates at id 0.
    if out.ends_with("/id/0") { out.replace("/id/0", "/id/{}") } else { out }
}

fn api(action: &Action) -> &'static str {
    if action.api() == Api::Classic { "classic" } else { "pro" }
}

fn operations(folder: &std::path::Path) -> Vec<Value> {
    read(folder, "operations.json").as_array().unwrap().clone()
}

fn row<'a>(operations: &'a [Value], api: &str, method: &str, path: &str) -> Option<&'a Value> {
    operations.iter().find(|row| {
        row["api"] == api && row["method"] == method && shape(row["path"].as_str().unwrap()) == shape(path)
    })
}

#[test]
fn every_path_and_query_name_is_known() {
    let Some(folder) = folder() else { return };
    let operations = operations(&folder);
    for action in Catalogue::get().actions() {
        for path in action.paths().chain(action.older().map(|older| older.path)) {
            let row = row(&operations, api(action), action.method.as_str(), path);
            assert!(
                row.is_some(),
                "{}: {} {path} is not in the document",
                action.name,
                action.method.as_str()
            );
        }
        let row = row(&operations, api(action), action.method.as_str(), action.path).unwrap();
        let known: BTreeSet<&str> = row["query_params"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let keys: Vec<&str> = action.paths().flat_map(placeholders).collect();
        for name in action.input_schema()["properties"].as_object().unwrap().keys() {
            let ours = jamf_pro_tools::args::RESERVED.contains(&name.as_str())
                || name == "body"
                || keys.contains(&name.as_str());
            let upload = action.file_argument() == Some(name.as_str());
            let own_paging =
                action.rows == jamf_pro_tools::Rows::Whole && matches!(name.as_str(), "page" | "page_size");
            let wire = if name == "page_size" { "page-size" } else { name };
            assert!(
                ours || upload || own_paging || known.contains(wire),
                "{}: the query name {wire} is unknown; known: {known:?}",
                action.name
            );
        }
    }
}

#[test]
fn every_current_operation_is_declared_or_excluded() {
    let Some(folder) = folder() else { return };
    let mut declared: BTreeSet<(String, String, String)> = BTreeSet::new();
    for action in Catalogue::get().actions() {
        for path in action.paths() {
            declared.insert((api(action).to_owned(), action.method.as_str().to_owned(), shape(path)));
        }
    }
    let mut missing = Vec::new();
    for row in operations(&folder).iter().filter(|row| row["current"] == true) {
        let (api, method, path) =
            (row["api"].as_str().unwrap(), row["method"].as_str().unwrap(), row["path"].as_str().unwrap());
        let in_family = FAMILIES.iter().any(|(family_api, prefix)| {
            *family_api == api
                && path
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '-']))
        });
        let covered = row["pro_coverage"] == "full";
        let full = format!("{}{path}", if api == "pro" { "/api" } else { "/JSSResource" });
        let excluded = EXCLUDED.iter().any(|excluded| excluded.method == method && excluded.path == full);
        if in_family
            && !covered
            && !excluded
            && !declared.contains(&(api.to_owned(), method.to_owned(), shape(path)))
        {
            missing.push(format!("{api} {method} {path}"));
        }
    }
    assert!(missing.is_empty(), "not declared and not excluded:\n{}", missing.join("\n"));
}

#[test]
fn exclusions_are_operations_and_have_reasons() {
    let Some(folder) = folder() else { return };
    let operations = operations(&folder);
    assert!(EXCLUDED.len() <= 40);
    for excluded in EXCLUDED {
        let api = if excluded.path.starts_with("/api") { "pro" } else { "classic" };
        assert!(row(&operations, api, excluded.method, excluded.path).is_some(), "{}", excluded.path);
        assert!(excluded.reason.len() > 10);
        let declared = Catalogue::get()
            .actions()
            .any(|action| action.method.as_str() == excluded.method && action.path == excluded.path);
        assert!(!declared, "{} is declared all the same", excluded.path);
    }
}

#[test]
fn documented_privileges_are_the_documents() {
    let Some(folder) = folder() else { return };
    let operations = operations(&folder);
    for action in Catalogue::get().actions() {
        let row = row(&operations, api(action), action.method.as_str(), action.path).unwrap();
        let documented: Vec<&str> =
            row["required_privileges"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        if action.privileges_worked_out || action.needs_no_privilege {
            assert!(documented.is_empty(), "{}: the document names {documented:?}", action.name);
        } else if !PRIVILEGES.iter().any(|(name, _)| *name == action.name) {
            assert_eq!(documented, action.privileges, "{}", action.name);
        }
    }
}

#[test]
fn every_body_property_is_known() {
    let Some(folder) = folder() else { return };
    let operations = operations(&folder);
    let pro = read(&folder, "jamf-pro-openapi-11.30.2.json");
    let classic = read(&folder, "classic-openapi-gateway-11.26.0.json");
    for action in Catalogue::get().actions() {
        let schema = action.input_schema();
        let Some(body) = schema["properties"].get("body") else { continue };
        match action.xml {
            Some(root) => {
                known(action.name, root, &classic, &classic["components"]["schemas"][root], body, "")
            }
            None => {
                let row = row(&operations, "pro", action.method.as_str(), action.path).unwrap();
                let name = row["body_schema_ref"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{} has no documented body", action.name));
                known(action.name, name, &pro, &pro["components"]["schemas"][name], body, "");
            }
        }
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolved(document, document.pointer(reference.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

/// The Classic document wraps the entries of a list in an object that names the element.
fn entry<'a>(document: &'a Value, items: &'a Value) -> &'a Value {
    let items = resolved(document, items);
    let inner = items["properties"].as_object().and_then(|properties| {
        properties.iter().find(|(name, _)| *name != "size" && !name.starts_with("leave_"))
    });
    match inner {
        Some((_, inner))
            if items["properties"].get("size").is_some()
                || items["properties"].as_object().is_some_and(|properties| properties.len() == 1) =>
        {
            resolved(document, inner)
        }
        _ => items,
    }
}

fn known(tool: &str, root: &str, document: &Value, theirs: &Value, ours: &Value, path: &str) {
    let theirs = resolved(document, theirs);
    for (name, property) in ours["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if UNDOCUMENTED
            .iter()
            .any(|(of, field)| *of == root && (below == *field || below.starts_with(&format!("{field}."))))
        {
            continue;
        }
        let parts = theirs["allOf"].as_array().into_iter().flatten().map(|part| resolved(document, part));
        let their = std::iter::once(theirs).chain(parts).find_map(|part| part["properties"].get(name));
        let their = their.unwrap_or_else(|| {
            panic!(
                "{tool}: {below} is not in {root}; known: {:?}",
                theirs["properties"].as_object().map(|map| map.keys().collect::<Vec<_>>())
            )
        });
        let their = resolved(document, their);
        if property["type"] == "array" {
            let list = if their["type"] == "array" { &their["items"] } else { their };
            let item = if their["type"] == "array"
                && document["components"]["schemas"].get("ComputerInventoryV4").is_some()
            {
                resolved(document, list)
            } else {
                entry_of(document, list)
            };
            known(tool, root, document, item, &property["items"], &below);
        } else {
            if let (Some(values), Some(theirs)) = (property["enum"].as_array(), their["enum"].as_array()) {
                for value in values {
                    assert!(
                        theirs.contains(value),
                        "{tool}: {below} takes {value}, which is not one of {theirs:?}"
                    );
                }
            }
            known(tool, root, document, their, property, &below);
        }
    }
}

fn entry_of<'a>(document: &'a Value, list: &'a Value) -> &'a Value {
    let inner = entry(document, list);
    if inner["type"] == "array" { resolved(document, &inner["items"]) } else { inner }
}

/// The register of risks is a first judgement; where the catalogue differs it says why.
#[test]
fn risks_follow_the_register_or_say_why_not() {
    let Some(folder) = folder() else { return };
    let path = folder.join("../reference/risk-register.tsv");
    let Ok(register) = std::fs::read_to_string(&path) else {
        println!("skipped: no risk register at {}", path.display());
        return;
    };
    for line in register.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [api_name, method, path, class, ..] = cells.as_slice() else { continue };
        let declared = Catalogue::get().actions().find(|action| {
            api(action) == *api_name
                && action.method.as_str() == *method
                && action.paths().any(|declared| shape(declared) == shape(path))
        });
        let Some(action) = declared else { continue };
        let expected = match *class {
            "Critical" => Risk::Critical,
            "Destructive" => Risk::Destructive,
            "Secret" => Risk::Secret,
            "Device" => Risk::Device,
            "Secret-field" => {
                assert!(!action.hides.is_empty(), "{} hides nothing", action.name);
                continue;
            }
            _ => Risk::Write,
        };
        let explained = RISKS.iter().any(|(name, _)| *name == action.name);
        assert!(
            action.risk >= expected || explained,
            "{}: {} in the register, {} here",
            action.name,
            class,
            action.risk.as_str()
        );
    }
}
