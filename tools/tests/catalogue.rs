//! Rules over the whole catalogue. A new action is held to all of them by being declared.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/fitting.rs"]
mod fitting;

use std::collections::{BTreeSet, HashMap, HashSet};

use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::args::RESERVED;
use jamf_pro_tools::{Action, Body, Catalogue, Method, Risk, Rows};
use serde_json::{Value, json};

/// Schemas may be larger than [`SMALL`] for these, whose bodies are what they are.
const LARGE_SCHEMAS: &[&str] = &[
    "computer_create",
    "computer_prestage_create",
    "computer_prestage_update",
    "computer_update",
    "device_settings_set",
    "ebook_create",
    "ebook_update",
    "enrollment_language_update",
    "enrollment_settings_update",
    "google_idp_create",
    "google_idp_update",
    "macos_profile_create",
    "macos_profile_update",
    "ldap_server_create",
    "ldap_server_update",
    "mobile_device_prestage_create",
    "mobile_device_prestage_update",
    "mobile_device_update",
    "mobile_profile_create",
    "mobile_profile_update",
    "mac_app_create",
    "mac_app_update",
    "mobile_device_app_create",
    "mobile_device_app_update",
    "mobile_device_prestage_create",
    "mobile_device_prestage_update",
    "mobile_device_update",
    "patch_policy_create",
    "patch_policy_update",
    "policy_create",
    "policy_update",
    "sso_settings_update",
];
const SMALL: usize = 4 * 1024;
const LARGE: usize = 16 * 1024;
/// A policy has more sections than anything else, and its scope has every list there is.
const POLICIES: usize = 18 * 1024;

/// Fields that have the name of a secret and are none, with what they are.
const NO_SECRETS: &[(&str, &str, &str)] =
    &[("enrollment_language_update", "password", "label of a field on the enrollment pages")];

fn actions() -> impl Iterator<Item = &'static Action> {
    Catalogue::get().actions()
}

#[test]
fn names_mean_one_thing() {
    let declared: usize = jamf_pro_tools::TOOLSETS.iter().map(|family| family.actions.len()).sum();
    assert_eq!(declared, Catalogue::get().actions().len(), "two actions have one name");
    let mut names = HashSet::new();
    for action in actions() {
        for name in std::iter::once(&action.name).chain(action.aliases) {
            assert!(names.insert(*name), "{name} is there twice");
        }
    }
}

#[test]
fn every_placeholder_is_an_argument() {
    for action in actions() {
        let schema = action.input_schema();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for path in action.paths().chain(action.older().map(|older| older.path)) {
            for name in placeholders(path) {
                assert!(
                    schema["properties"].get(name).is_some(),
                    "{}: {{{name}}} is no argument",
                    action.name
                );
                assert!(
                    !action.also.is_empty() || required.contains(&name),
                    "{}: {{{name}}} is not required",
                    action.name
                );
            }
        }
    }
}

#[test]
fn descriptions_are_well_formed() {
    for action in actions() {
        let (name, about) = (action.name, action.about);
        assert!((20..=200).contains(&about.chars().count()), "{name}: {} characters", about.chars().count());
        assert!(about.ends_with('.') && about.starts_with(char::is_uppercase), "{name}: {about}");
        let verb = about.split(' ').next().unwrap();
        assert!(
            verb.chars().all(char::is_alphabetic) && !["The", "A", "This", "An"].contains(&verb),
            "{name}: begins with a verb: {about}"
        );
    }
}

/// People choose by the title: it is a short sentence that begins with a verb, and no two actions have the same.
#[test]
fn titles_are_unique_and_in_sentence_case() {
    const NAMES: &[&str] = &[
        "App",
        "Apple",
        "Assist",
        "Automated",
        "Connect",
        "Device",
        "Dock",
        "Enrollment",
        "Entra",
        "Google",
        "Installer",
        "Installers",
        "Jamf",
        "Mac",
        "Management",
        "Parent",
        "Protect",
        "Remote",
        "Return",
        "Screen",
        "Self",
        "Service",
        "Service+",
        "Shared",
        "Teacher",
        "Time",
        "Tomcat",
        "Venafi",
    ];
    let mut titles = HashMap::new();
    for action in actions() {
        let title = action.shown_title();
        let other = titles.insert(title.to_lowercase(), action.name);
        assert_eq!(other, None, "{}: {title}", action.name);
        assert!(
            (6..=80).contains(&title.chars().count()) && !title.ends_with('.'),
            "{}: {title}",
            action.name
        );
        for (at, word) in title.split(' ').enumerate() {
            let capital = word.starts_with(char::is_uppercase);
            let inner = word.chars().skip(1).any(char::is_uppercase);
            let fine = if at == 0 { capital } else { !capital || inner || NAMES.contains(&word) };
            assert!(fine || word == "Pro", "{}: {title}", action.name);
        }
    }
}

/// The search reads them; a phrase that two tools have tells them not apart.
#[test]
fn phrases_of_administrators_are_short_and_lead_to_one_tool() {
    let mut phrases = HashMap::new();
    for action in actions() {
        for phrase in action.asked {
            let other = phrases.insert(phrase.to_lowercase(), action.name);
            assert_eq!(other, None, "{}: {phrase}", action.name);
            let words = phrase.split(' ').count();
            assert!((1..=12).contains(&words) && phrase.len() <= 70, "{}: {phrase}", action.name);
            assert!(!phrase.ends_with(['.', '?']), "{}: {phrase}", action.name);
        }
    }
    let with = actions().filter(|action| !action.asked.is_empty()).count();
    assert!(with >= 300, "{with}");
}

#[test]
fn privileges_are_said_in_jamfs_words() {
    let verbs = [
        "Create", "Read", "Update", "Edit", "Delete", "Send", "View", "Unmanage", "Dismiss", "Jamf",
        "Enroll", "Flush", "Access",
    ];
    for action in actions() {
        for privilege in action.all_privileges() {
            assert!(verbs.contains(&privilege.split(' ').next().unwrap()), "{}: {privilege}", action.name);
        }
        assert!(
            action.privileges.is_empty() == action.needs_no_privilege,
            "{} names its privileges, or says that it needs none",
            action.name
        );
    }
}

#[test]
fn risk_fits_the_method() {
    for action in actions() {
        match action.method {
            Method::Get => assert!(
                matches!(action.risk, Risk::Read | Risk::Secret),
                "{}: a GET is a read or reveals a secret",
                action.name
            ),
            Method::Delete => assert!(action.risk >= Risk::Write, "{}", action.name),
            _ => {}
        }
        if let Some(least) = action.at_least {
            assert!(least < action.risk, "{}: the least is below the most", action.name);
        }
    }
}

#[test]
fn lists_answer_briefly_and_filter_on_what_is_shown() {
    for action in actions().filter(|action| action.rows != Rows::None) {
        let single = ["computer_groups_of", "smart_computer_group_members"];
        assert!(
            !action.brief.is_empty() || single.contains(&action.name),
            "{} has no default fields",
            action.name
        );
        for hidden in action.hides {
            assert!(
                !action.filters.iter().any(|field| field.eq_ignore_ascii_case(hidden)),
                "{} filters on the hidden {hidden}",
                action.name
            );
        }
    }
}

#[test]
fn schemas_are_what_every_client_takes() {
    for action in actions() {
        let schema = action.input_schema();
        assert_eq!(schema["type"], "object", "{}", action.name);
        portable(action.name, &Value::Object(schema.clone()));
        let size = serde_json::to_string(&schema).unwrap().len();
        let most = match action.name {
            "policy_create" | "policy_update" => POLICIES,
            name if LARGE_SCHEMAS.contains(&name) => LARGE,
            _ => SMALL,
        };
        assert!(size <= most, "{}: the schema has {size} characters", action.name);
    }
}

fn portable(place: &str, schema: &Value) {
    const KNOWN: [&str; 13] = [
        "type",
        "description",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "pattern",
        "minItems",
    ];
    let map = schema.as_object().unwrap_or_else(|| panic!("{place} is no schema object"));
    for key in map.keys() {
        assert!(KNOWN.contains(&key.as_str()) || key == "maxItems", "{place} has {key}");
    }
    let kind = map["type"].as_str().unwrap_or_else(|| panic!("{place} has not one type"));
    match kind {
        "object" => {
            assert_eq!(map.get("additionalProperties"), Some(&json!(false)), "{place}");
            let properties = map["properties"].as_object().unwrap();
            for (name, property) in properties {
                let below = format!("{place}.{name}");
                let valid =
                    name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
                assert!(valid, "{below} has a name that clients refuse");
                let described = property["description"]
                    .as_str()
                    .is_some_and(|text| text.len() > 2 && !text.contains('\n'));
                assert!(described, "{below} is not documented");
                portable(&below, property);
            }
            for name in map.get("required").and_then(Value::as_array).into_iter().flatten() {
                assert!(properties.contains_key(name.as_str().unwrap()), "{place} requires {name}");
            }
        }
        "array" => portable(&format!("{place}[]"), &map["items"]),
        "string" => {
            if let Some(values) = map.get("enum") {
                assert!(values.as_array().unwrap().iter().all(Value::is_string), "{place}");
            }
        }
        "integer" => {
            if let Some(values) = map.get("enum") {
                assert!(values.as_array().unwrap().iter().all(Value::is_i64), "{place}");
            }
        }
        "number" | "boolean" => {}
        other => panic!("{place} has the type {other}"),
    }
}

#[test]
fn reserved_names_are_never_jamfs() {
    for action in actions() {
        let schema = action.input_schema();
        for name in
            schema["properties"].as_object().unwrap().keys().filter(|name| RESERVED.contains(&name.as_str()))
        {
            let ours = match name.as_str() {
                "fields" => action.method == Method::Get,
                "where" | "format" | "all" | "save" | "group_by" | "at_least" => action.rows != Rows::None,
                "max_age" | "refresh" => !action.joins.is_empty(),
                "text_from" => action.method == Method::Get && action.rows == Rows::None,
                "clear" => matches!(action.method, Method::Put | Method::Patch),
                "devices" => action.command.is_some(),
                _ => false,
            };
            assert!(ours, "{}: {name}", action.name);
        }
    }
}

#[test]
fn secrets_are_in_no_schema() {
    for action in actions() {
        let schema = Value::Object(action.input_schema());
        for name in properties(&schema).into_iter().map(|name| name.to_lowercase()) {
            let secret = [
                "password",
                "pin",
                "unlocktoken",
                "managed_password",
                "of_password",
                "airplaypassword",
                "secret",
            ]
            .contains(&name.as_str());
            let none = NO_SECRETS.iter().any(|(tool, field, _)| *tool == action.name && *field == name);
            assert!(!secret || none, "{} takes {name}", action.name);
        }
    }
}

/// Names of all properties, however deep.
fn properties(schema: &Value) -> Vec<String> {
    let below = schema["properties"].as_object().into_iter().flatten();
    let mut names: Vec<String> = below
        .flat_map(|(name, property)| std::iter::once(name.clone()).chain(properties(property)))
        .collect();
    if schema.get("items").is_some() {
        names.extend(properties(&schema["items"]));
    }
    names
}

#[test]
fn older_paths_come_newest_first_and_take_the_same_keys() {
    for action in actions() {
        let wanted: BTreeSet<&str> = placeholders(action.path).collect();
        let number =
            |version: &str| version.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
        let mut last = None;
        for older in action.older() {
            assert_eq!(
                placeholders(older.path).collect::<BTreeSet<_>>(),
                wanted,
                "{}: {}",
                action.name,
                older.path
            );
            assert!(last.is_none_or(|last: Vec<u32>| number(older.before) < last), "{}", action.name);
            last = Some(number(older.before));
        }
    }
}

/// One file a tool, so that a change of what a model sees is a change that a reviewer sees.
#[test]
fn every_tool_has_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    for action in actions() {
        let shown = json!({
            "name": action.name,
            "title": action.shown_title(),
            "asked": action.asked,
            "about": action.about,
            "call": format!("{} {}", action.method.as_str(), action.path),
            "also": action.also,
            "older": action.older().map(|older| format!("before {}: {}", older.before, older.path)).collect::<Vec<_>>(),
            "risk": action.risk.as_str(),
            "at_least": action.at_least.map(Risk::as_str),
            "privileges": action.all_privileges().collect::<Vec<_>>(),
            "brief": action.brief,
            "hides": action.hides,
            "core": action.core,
            "schema": action.input_schema(),
        });
        insta::assert_snapshot!(action.name, serde_json::to_string_pretty(&shown).unwrap());
    }
}

/// Everything that is not a plain read, on one page.
#[test]
fn the_table_of_risks_has_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    let mut table = String::new();
    for action in actions().filter(|action| action.risk != Risk::Read) {
        let least =
            action.at_least.map(|least| format!(" (at least {})", least.as_str())).unwrap_or_default();
        table.push_str(&format!("{:<42} {}{least}\n", action.name, action.risk.as_str()));
    }
    insta::assert_snapshot!("_risks", table);
}

/// Every field of a schema reaches the request.
#[test]
fn nothing_that_is_taken_is_lost() {
    let mut reached: HashMap<&str, HashSet<String>> = HashMap::new();
    for action in actions() {
        let schema = action.checked_schema();
        let mut roll = 11;
        for _ in 0..80 {
            let checked = action.check(fitting::arguments(action, &schema, &mut roll)).unwrap();
            let Ok(request) = action.request(&fitting::looked_up(action, &checked)) else { continue };
            let text = format!("{} {:?} {:?}", request.path, request.query, request.body);
            for (name, value) in checked.arguments() {
                let wire = if name == "page_size" { "page-size" } else { name };
                let key =
                    action.paths().any(|path| placeholders(path).any(|placeholder| placeholder == name));
                let upload = action.file_argument() == Some(name.as_str());
                let there = text.contains(wire)
                    || key
                    || upload
                    || name == "body"
                    || RESERVED.contains(&name.as_str());
                let empty = value.as_array().is_some_and(Vec::is_empty);
                let own = action.rows == Rows::Whole && matches!(name.as_str(), "page" | "page_size");
                assert!(there || own || empty, "{}: {name} is lost", action.name);
                reached.entry(action.name).or_default().insert(name.clone());
            }
        }
        let never: Vec<&String> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| *name != "clear" && !reached[action.name].contains(*name))
            .collect();
        assert!(never.is_empty(), "{}: {never:?} never went out", action.name);
    }
}

/// What a write can set it can clear, although no schema has a null in it.
#[test]
fn every_optional_field_of_a_change_can_be_cleared() {
    for action in actions().filter(|action| matches!(action.method, Method::Put | Method::Patch)) {
        let schema = action.checked_schema();
        let Some(body) = schema["properties"].get("body").filter(|body| body["type"] == "object") else {
            continue;
        };
        let required = body["required"].as_array().cloned().unwrap_or_default();
        let never_empty =
            |name: &str| body["properties"][name]["minItems"].as_u64().is_some_and(|least| least > 0);
        let fields = body["properties"].as_object().unwrap().keys();
        for name in fields.filter(|name| !required.contains(&json!(name)) && !never_empty(name)) {
            let mut roll = 5;
            let mut arguments = fitting::arguments(action, &schema, &mut roll);
            arguments["body"].as_object_mut().unwrap().shift_remove(name.as_str());
            arguments.insert("clear".to_owned(), json!([format!("body.{name}")]));
            let checked =
                action.check(arguments).unwrap_or_else(|problems| panic!("{}: {problems}", action.name));
            let request = action
                .request(&fitting::looked_up(action, &checked))
                .unwrap_or_else(|problems| panic!("{}: {problems}", action.name));
            let cleared = match request.body {
                Body::Json(body) | Body::MergePatch(body) => body.get(name) == Some(&Value::Null),
                Body::Xml(text) => {
                    text.contains(&format!("<{name}/>")) || text.contains(&format!("<{name}></{name}>"))
                }
                _ => false,
            };
            assert!(cleared, "{}: {name} is not cleared", action.name);
        }
    }
}

/// The body that is sent is the body that was given, whole.
#[test]
fn bodies_arrive_as_they_were_given() {
    for action in actions().filter(|action| action.xml.is_none()) {
        let schema = action.checked_schema();
        let mut roll = 23;
        for _ in 0..10 {
            let arguments = fitting::arguments(action, &schema, &mut roll);
            let checked = fitting::looked_up(action, &action.check(arguments).unwrap());
            let Ok(request) = action.request(&checked) else { continue };
            let given = checked.arguments().get("body").cloned();
            match (request.body, given) {
                (Body::Json(sent), given) if action.command.is_some() => {
                    let given = given.unwrap_or_else(|| json!({}));
                    assert_eq!(
                        sent["clientData"][0]["managementId"],
                        fitting::MANAGEMENT_ID,
                        "{}",
                        action.name
                    );
                    for (name, value) in given.as_object().unwrap() {
                        assert_eq!(&sent["commandData"][name], value, "{}", action.name);
                    }
                    assert_eq!(
                        sent["commandData"].as_object().unwrap().len(),
                        given.as_object().unwrap().len() + 1
                    );
                }
                (Body::Json(sent) | Body::MergePatch(sent), Some(given)) => {
                    assert_eq!(sent, given, "{}", action.name)
                }
                (Body::Empty, None) | (Body::Upload { .. } | Body::File { .. }, _) => {}
                (sent, given) => panic!("{}: {given:?} became {sent:?}", action.name),
            }
        }
    }
}
