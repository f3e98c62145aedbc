use serde_json::json;

use super::*;

/// A body with these fields, which are all that it takes.
fn schema(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), schema(value))).collect();
            json!({ "type": "object", "properties": fields })
        }
        Value::Array(items) => json!({ "type": "array", "items": items.first().map(schema) }),
        _ => json!({ "type": "string" }),
    }
}

fn rows(found: &[Change]) -> Vec<(&str, &str, &str)> {
    found
        .iter()
        .map(|change| (change.field.as_str(), change.before.as_str(), change.after.as_str()))
        .collect()
}

fn changes_of(before: &Value, given: &Value, takes: &Value, update: Update) -> Vec<Change> {
    let after = result_of(before, given, &schema(takes), update);
    changes(Some(before), Some(&after), &|_, _| None)
}

#[test]
fn what_a_replacement_empties_is_a_change_at_every_depth() {
    let before = json!({
        "id": "1", "name": "HQ", "city": "Bern", "country": "", "siteName": "Berlin",
        "account": { "id": "7", "admin": true, "hidden": false, "user": "ladmin", "lock": 3 }
    });
    let takes = json!({ "name": "", "city": "", "country": "", "account": { "admin": "", "hidden": "", "user": "" } });
    let given = json!({ "name": "HQ 2", "account": { "admin": true } });
    let found = changes_of(&before, &given, &takes, Update::Replaces);
    assert_eq!(
        rows(&found),
        [("account.user", "ladmin", EMPTIED), ("name", "HQ", "HQ 2"), ("city", "Bern", EMPTIED)],
        "what the tenant computes, and what was never set, is no change"
    );
    assert_eq!(rows(&changes_of(&before, &given, &takes, Update::Merges)), [("name", "HQ", "HQ 2")]);
}

#[test]
fn a_section_that_is_given_replaces_the_one_that_is_there_and_the_others_stay() {
    let before = json!({
        "general": { "name": "Chrome", "enabled": true },
        "scope": { "computer_groups": [{ "id": 6, "name": "Pilot" }], "exclusions": { "buildings": [{ "id": 1, "name": "HQ" }] } },
        "scripts": [{ "id": 3, "name": "open.sh" }],
    });
    let given = json!({ "general": { "name": "Chrome 2" }, "scope": { "computer_groups": [{ "id": 6 }] } });
    assert_eq!(
        rows(&changes_of(&before, &given, &before, Update::ReplacesSections)),
        [("scope.exclusions.buildings", "1 \"HQ\"", TAKEN_OUT), ("general.name", "Chrome", "Chrome 2")]
    );
}

#[test]
fn an_entry_that_loses_a_field_changes() {
    let before =
        json!({ "scripts": [{ "id": 1, "name": "wipe", "parameter4": "--dry-run", "priority": "After" }] });
    let takes = json!({ "scripts": [{ "id": "", "name": "", "parameter4": "", "priority": "" }] });
    let given = json!({ "scripts": [{ "id": "1" }, { "id": 61 }] });
    assert_eq!(
        rows(&changes_of(&before, &given, &takes, Update::Merges)),
        [
            ("scripts[1 \"wipe\"].parameter4", "--dry-run", EMPTIED),
            ("scripts[1 \"wipe\"].priority", "After", EMPTIED),
            ("scripts", "", "+ 61"),
        ]
    );
    let given = json!({ "scripts": [] });
    let [one] = changes_of(&before, &given, &takes, Update::Merges).try_into().unwrap();
    assert_eq!(one.before, "1 \"wipe\" (parameter4: --dry-run, priority: After)");
    assert_eq!(one.after, TAKEN_OUT);
}

#[test]
fn entries_of_a_scope_have_no_order_and_other_lists_have_one() {
    let scope = |ids: [u32; 2]| json!({ "scope": { "computer_groups": ids.map(|id| json!({ "id": id, "name": "G" })) } });
    assert!(changes_of(&scope([1, 2]), &scope([2, 1]), &scope([1, 2]), Update::Merges).is_empty());
    let steps = |names: [&str; 2]| json!({ "steps": names });
    let found = changes_of(&steps(["a", "b"]), &steps(["b", "a"]), &steps(["", ""]), Update::Merges);
    assert_eq!(rows(&found), [("steps", "in the order a, b", "in the order b, a")]);
}

#[test]
fn criteria_are_compared_in_their_order() {
    let criterion = |name: &str, value: &str| json!({ "name": name, "and_or": "and", "value": value });
    let before =
        json!({ "criteria": [criterion("Model", "Air"), criterion("Model", "Pro"), criterion("Site", "x")] });
    let given = json!({ "criteria": [criterion("Model", "Air"), criterion("Model", "Mini"), criterion("Site", "x")] });
    assert_eq!(
        rows(&changes_of(&before, &given, &before, Update::Merges)),
        [("criteria[1].value", "Pro", "Mini")]
    );
    let fewer = json!({ "criteria": [criterion("Model", "Pro"), criterion("Site", "x")] });
    let found = changes_of(&before, &fewer, &before, Update::Merges);
    assert_eq!(rows(&found), [("criteria", "\"Model\" (and_or: and, value: Air)", TAKEN_OUT)]);
}

#[test]
fn the_order_of_changes_is_that_of_their_danger_and_none_is_left_out() {
    let ids: Vec<Value> = (0..200).map(|id| json!({ "id": id })).collect();
    let before = json!({ "general": { "enabled": false, "trigger": "EVENT", "notes": "x" }, "scripts": [], "scope": {} });
    let given = json!({
        "general": { "notes": "y", "trigger": "CHECKIN", "enabled": true },
        "scope": { "exclusions": { "computers": ids } },
        "scripts": [{ "id": 61 }]
    });
    let found = changes_of(&before, &given, &given, Update::Merges);
    let fields: Vec<&str> = found.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields.get(..2), Some(&["general.enabled", "scripts"][..]));
    assert_eq!(fields.iter().filter(|field| field.ends_with("computers")).count(), 200);
    assert_eq!(fields.get(202..), Some(&["general.trigger", "general.notes"][..]));
}

#[test]
fn long_texts_are_told_line_by_line() {
    let script = |line: &str| {
        (0..20)
            .map(|at| if at == 10 { format!("{line}\n") } else { format!("echo {at}\n") })
            .collect::<String>()
    };
    let change =
        change("scriptContents", Some(&json!(script("exit"))), Some(&json!(script("rm -rf /\u{202e}"))));
    assert_eq!((change.before.as_str(), change.after.as_str()), ("(20 lines)", "(20 lines)"));
    assert_eq!(
        change.lines,
        [
            "  … 7 unchanged lines",
            "  echo 7",
            "  echo 8",
            "  echo 9",
            "- exit",
            "+ rm -rf /\\u{202e}",
            "  echo 11",
            "  echo 12",
            "  echo 13",
            "  … 6 unchanged lines",
        ]
    );
}

#[test]
fn what_the_caller_gives_is_shown_and_credentials_of_the_tenant_are_not() {
    let text = |password: &str| json!(format!("#!/bin/sh\nexport PASSWORD='{password}'\necho done\n"));
    let found = change("scriptContents", Some(&text("Zebra-9-Tr0ub4dor")), Some(&text("Given-7-Elsewhere")));
    let told = found.lines.join("\n");
    assert!(told.contains("Given-7-Elsewhere") && !told.contains("Tr0ub4dor"), "{told}");
    // A change of what is hidden is a change.
    let found = change("adminPassword", Some(&json!("old")), Some(&json!("(a secret)")));
    assert_eq!((found.before.as_str(), found.after.as_str()), ("(a secret) (another secret)", "(a secret)"));
    let flag = change("bootstrapTokenAllowed", Some(&json!(false)), Some(&json!(true)));
    assert_eq!((flag.before.as_str(), flag.after.as_str()), ("false", "true"));
}

#[test]
fn names_stand_beside_ids() {
    let names = |field: &str, id: &ObjectId| {
        (field == "departmentId" || field == "scripts").then(|| format!("Name {id}"))
    };
    let (before, after) =
        (json!({ "departmentId": "3" }), json!({ "departmentId": "2", "scripts": [{ "id": 9 }] }));
    let found = changes(Some(&before), Some(&after), &names);
    assert_eq!(
        rows(&found),
        [("scripts", "", "+ 9 \"Name 9\""), ("departmentId", "3 \"Name 3\"", "2 \"Name 2\"")]
    );
}

#[test]
fn a_section_that_is_replaced_loses_what_no_call_can_say() {
    let before = json!({
        "self_service": { "button": "Install", "again": "Reinstall", "icon": { "id": 7, "uri": "x" }, "start": "a", "start_utc": "b" },
        "general": { "uuid": "A", "priority": 3 },
    });
    let given =
        json!({ "self_service": { "button": "Get", "icon": { "id": 7 }, "start": "a" }, "general": {} });
    let takes = json!({ "self_service": { "button": "", "icon": { "id": 0 }, "start": "" } });
    assert_eq!(
        rows(&changes_of(&before, &given, &takes, Update::ReplacesSections)),
        [("self_service.button", "Install", "Get"), ("self_service.again", "Reinstall", EMPTIED)],
        "what the tenant makes of another field is no change"
    );
}

#[test]
fn an_object_that_is_given_by_its_id_is_called_by_its_name() {
    let names = |field: &str, id: &ObjectId| (field == "site").then(|| format!("Site {id}"));
    let of = |id: &str| json!({ "site": { "id": id } });
    let found = changes(Some(&of("1")), Some(&of("2")), &names);
    assert_eq!(rows(&found), [("site.id", "1 \"Site 1\"", "2 \"Site 2\"")]);
}
