//! The catalogue against Jamf's own documents: mock servers let unknown names pass, this does not.
//!
//! The documents are not part of the project. They are looked for in the folder that `JAMF_SPEC_DIR` names, or beside a
//! checkout; without them these tests say so and pass, unless `JAMF_SPEC_DIR` is set: then their absence is an error. A tenant
//! serves its own at `/api/schema`.

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

/// Most operations of each API that may be left out. Of the Classic API it is above all what the Jamf Pro API has too.
const LEFT_OUT: [(&str, usize); 2] = [("pro", 40), ("classic", 50)];

/// Root elements that the Classic document has under another name.
const ROOTS: &[(&str, &str)] = &[("configuration_profile", "mobile_device_configuration_profile")];

/// Body fields that Jamf takes and its Classic document leaves out.
const UNDOCUMENTED: &[(&str, &str)] = &[
    // Tenants keep and answer them.
    ("policy", "scope.jss_users"),
    ("policy", "scope.jss_user_groups"),
    ("policy", "scope.exclusions.jss_users"),
    ("policy", "scope.exclusions.jss_user_groups"),
    ("policy", "reboot"),
    ("policy", "maintenance.prebindings"),
    ("policy", "scope.limitations.users.name"),
    // As real tenants answer, and as Jamf's own Terraform provider sends.
    ("mac_application", "general.deployment_type"),
    ("mac_application", "vpp"),
    // The file itself, without which a profile is but a name.
    ("mobile_device_provisioning_profile", "general.profile"),
    // Said in words: kinds of device that a flush takes besides mobile devices.
    ("commandflush", "computers"),
    // Of a command that is sent; the document has the answer under this root.
    ("mobile_device_command", "general.wallpaper_setting"),
    ("mobile_device_command", "general.wallpaper_id"),
    // A menu without choices is none.
    ("user_extension_attribute", "input_type.popup_choices"),
    // The document has a list under this root, and the parts of one entry of it.
    ("healthcare_listener", "name"),
    ("healthcare_listener", "enabled"),
    ("healthcare_listener", "port"),
    ("healthcare_listener", "single_ips"),
    ("healthcare_listener", "range_ips"),
    ("healthcare_listener_rule", "mdm_command_additional_data"),
    // As real tenants answer, and as Jamf's own Terraform provider sends.
    ("mac_application", "general.deployment_type"),
    ("mac_application", "vpp"),
    // The file itself, without which a profile is but a name.
    ("mobile_device_provisioning_profile", "general.profile"),
    // A map by day of the week, which the document says by example.
    ("ParentApp", "restrictedTimes"),
    // A map by the names of the screens of Setup Assistant, which the document does not list.
    ("PostComputerPrestageV3", "skipSetupItems"),
    ("PutComputerPrestageV3", "skipSetupItems"),
    ("MobileDevicePrestageV3", "skipSetupItems"),
    ("PutMobileDevicePrestageV3", "skipSetupItems"),
];

/// Privileges that differ from the document on purpose.
const PRIVILEGES: &[(&str, &str)] = &[];

/// Risks that differ from the first judgement of the register, with the reason.
const RISKS: &[(&str, &str)] = &[
    ("policy_create", "Destructive as in the register; Write while disabled and unscoped"),
    ("user_delete", "licences assigned to the user are taken back"),
    ("mobile_device_inventory_update", "one harmless command, by its name"),
];

/// Older paths that are not used, with the reason.
const OLDER: &[(&str, &str)] = &[
    ("computer_create", "the names of its body changed"),
    ("mobile_device_prestage_create", "it requires fields that the older body does not have"),
    ("mobile_device_prestage_update", "it requires fields that the older body does not have"),
];

/// The folder with Jamf's documents; a folder that `JAMF_SPEC_DIR` names must have them.
fn folder() -> Option<PathBuf> {
    let named = std::env::var("JAMF_SPEC_DIR").ok().map(PathBuf::from);
    let is_named = named.is_some();
    let folder =
        named.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec")));
    if folder.join("operations.json").exists() {
        return Some(folder);
    }
    assert!(!is_named, "JAMF_SPEC_DIR names {}, which has no operations.json", folder.display());
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
    match out.strip_suffix("id/0") {
        Some(family) => format!("{family}id/{{}}"),
        None => out,
    }
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

/// A tenant that is too old for the newest path of an operation is served at the path of its time.
#[test]
fn every_older_path_is_named() {
    let Some(folder) = folder() else { return };
    let operations = operations(&folder);
    let seen = |row: &Value| {
        let parts = row["first_seen"].as_str().unwrap_or_default().split('.');
        parts.map(|part| part.parse::<u32>().unwrap_or_default()).collect::<Vec<_>>()
    };
    let mut missing = Vec::new();
    for older in operations.iter().filter(|row| row["api"] == "pro" && row["superseded_by"].is_string()) {
        let method = older["method"].as_str().unwrap();
        let path = older["path"].as_str().unwrap();
        let Some(newest) = row(&operations, "pro", method, older["superseded_by"].as_str().unwrap()) else {
            continue;
        };
        let named = |action: &&Action| {
            api(action) == "pro"
                && action.method.as_str() == method
                && shape(action.path) == shape(newest["path"].as_str().unwrap())
        };
        let Some(action) = Catalogue::get().actions().find(named) else { continue };
        // Every tenant that has the older path has the newest one too, or has one in between that is named.
        let there = action.older().any(|known| shape(known.path) == shape(path));
        let between = action.older().any(|known| {
            row(&operations, "pro", method, known.path).is_some_and(|known| seen(known) <= seen(older))
        });
        let left_out = OLDER.iter().any(|(name, _)| *name == action.name);
        if !there && !between && !left_out && seen(newest) > seen(older) {
            missing.push(format!("{}: {method} {path}", action.name));
        }
    }
    assert!(missing.is_empty(), "older paths that no action names:\n{}", missing.join("\n"));
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
        let covered = row["pro_coverage"] == "full";
        let full = format!("{}{path}", if api == "pro" { "/api" } else { "/JSSResource" });
        let excluded = EXCLUDED.iter().any(|excluded| excluded.method == method && excluded.path == full);
        if !covered && !excluded && !declared.contains(&(api.to_owned(), method.to_owned(), shape(path))) {
            missing.push(format!("{api} {method} {path}"));
        }
    }
    assert!(missing.is_empty(), "not declared and not excluded:\n{}", missing.join("\n"));
}

#[test]
fn exclusions_are_operations_and_have_reasons() {
    let Some(folder) = folder() else { return };
    let operations = operations(&folder);
    let api_of = |path: &str| if path.starts_with("/api") { "pro" } else { "classic" };
    for (api, most) in LEFT_OUT {
        let count = EXCLUDED.iter().filter(|excluded| api_of(excluded.path) == api).count();
        assert!(count <= most, "{count} operations of {api} are left out");
    }
    for excluded in EXCLUDED {
        let api = api_of(excluded.path);
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
    let pro = [
        "jamf-pro-openapi-11.30.2.json",
        "jamf-pro-openapi-11.32.0-additions.json",
        "jamf-pro-app-installers.json",
    ]
    .map(|name| read(&folder, name));
    let classic = read(&folder, "classic-openapi-gateway-11.26.0.json");
    for action in Catalogue::get().actions() {
        let schema = action.input_schema();
        let Some(body) = schema["properties"].get("body") else { continue };
        if let Some(root) = action.xml {
            let root =
                ROOTS.iter().find(|(sent, _)| *sent == root).map_or(root, |(_, documented)| documented);
            known(action.name, root, &classic, &classic["components"]["schemas"][root], body, "");
            continue;
        }
        let (document, theirs) =
            body_of(&pro, action).unwrap_or_else(|| panic!("{} has no documented body", action.name));
        let name = theirs["$ref"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or(action.name);
        if theirs["type"] == "array" {
            known(action.name, name, document, &theirs["items"], &body["items"], "");
        } else {
            known(action.name, name, document, theirs, body, "");
        }
    }
}

/// What the document says of an action's body, and the document; of an MDM command its own part.
fn body_of<'a>(documents: &'a [Value], action: &Action) -> Option<(&'a Value, &'a Value)> {
    let method = action.method.as_str().to_lowercase();
    let paths = documents.iter().flat_map(|document| {
        document["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .map(move |(path, operations)| (document, path, operations))
    });
    let mut found = paths.filter(|(_, path, _)| shape(path) == shape(action.path));
    let (document, content) = found.find_map(|(document, _, operations)| {
        Some((document, operations[&method]["requestBody"]["content"].as_object()?))
    })?;
    let body = &content.values().next()?["schema"];
    let Some(kind) = action.command else { return Some((document, body)) };
    let data = &resolved(document, body)["properties"]["commandData"];
    let reference = data["discriminator"]["mapping"][kind].as_str()?;
    Some((document, document.pointer(reference.trim_start_matches('#'))?))
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

/// A property of a schema or of a part of it, however deep the parts are nested.
fn property_of<'a>(document: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    let schema = resolved(document, schema);
    let mut parts = schema["allOf"].as_array().into_iter().flatten();
    schema["properties"].get(name).or_else(|| parts.find_map(|part| property_of(document, part, name)))
}

fn known(tool: &str, root: &str, document: &Value, theirs: &Value, ours: &Value, path: &str) {
    let theirs = resolved(document, theirs);
    if theirs.get("additionalProperties").is_some_and(Value::is_object) && theirs.get("properties").is_none()
    {
        // A map: the names are the caller's.
        return;
    }
    for (name, property) in ours["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if UNDOCUMENTED
            .iter()
            .any(|(of, field)| *of == root && (below == *field || below.starts_with(&format!("{field}."))))
        {
            continue;
        }
        let their = property_of(document, theirs, name).unwrap_or_else(|| {
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
            assert!(
                their["format"] != "byte"
                    || property["pattern"].as_str().is_some_and(|pattern| pattern.contains("+/")),
                "{tool}: {below} is bytes in {root}; use `Base64`"
            );
            let dated = matches!(their["format"].as_str(), Some("date" | "date-time"));
            assert!(
                !dated || property["pattern"].as_str().is_some_and(|pattern| pattern.contains("{4}-")),
                "{tool}: {below} is a {} in {root}; use `Date` or `Timestamp`",
                their["format"]
            );
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
