//! What is refused whatever is allowed and no matter who approves, because no plan could tell what it does.

use jamf_pro_tools::{Action, Affects, Effect, GroupKind, Risk};
use serde_json::{Map, Value};

use super::reach::criteria_in_order;
use crate::error::Error;

/// Refuse a call whose arguments mean something that nobody means.
///
/// # Errors
/// Why, and what to do instead.
pub(super) fn refuse_always(action: &Action, arguments: &Map<String, Value>) -> Result<(), Error> {
    let refused = |why: &str| {
        Err(Error::not_allowed(format!(
            "`{}` is refused: {why}. No setting or approval changes that",
            action.name
        )))
    };
    if action.risk == Risk::Secret && is_true(arguments.get("save")) {
        return refused("secrets are shown to a person and not saved into a folder");
    }
    for (name, value) in arguments {
        // One id is one object. A list of them in its place would be another operation, judged by nobody.
        let listed =
            |text: &str| text.contains([',', ';', ' ', '*']) && (name == "id" || name.ends_with("Id"));
        if value.as_str().is_some_and(listed) {
            return refused("a list of ids was given where one is wanted");
        }
    }
    let Some(body) = arguments.get("body") else { return Ok(()) };
    if is_smart_group(action, body) {
        let criteria = body.get("criteria").and_then(Value::as_array);
        let replaces =
            action.effect() == Effect::Create || body.get("criteria").is_some() || is_replaced_whole(action);
        if replaces
            && criteria.is_none_or(|criteria| criteria.is_empty() || criteria.iter().all(says_nothing))
        {
            return refused("a smart group without criteria has every device in it");
        }
        if criteria.is_some_and(|criteria| criteria_in_order(criteria).is_none()) {
            return refused(
                "two of its criteria have the same `priority`, or only some have one, and their order decides who is in the group",
            );
        }
    }
    let all = |scope: &Value| {
        ["all_computers", "all_mobile_devices", "all_jss_users"].iter().any(|name| is_true(scope.get(*name)))
    };
    let narrower = |scope: &Value| {
        ["computers", "computer_groups", "buildings", "departments", "mobile_devices", "mobile_device_groups"]
            .iter()
            .any(|name| scope.get(*name).and_then(Value::as_array).is_some_and(|list| !list.is_empty()))
    };
    if let Some(scope) = body.get("scope").filter(|scope| scope.is_object())
        && all(scope)
        && narrower(scope)
    {
        return refused(
            "the scope has all devices and groups or devices besides, and Jamf drops the latter without a word",
        )
        .map_err(|error| error.hint("give the one or the other"));
    }
    let command = body.pointer("/files_processes/run_command").and_then(Value::as_str);
    if command.is_some_and(|command| !command.trim().is_empty()) {
        return refused("it runs a command of free text as root")
            .map_err(|error| error.hint("use a script, which is kept, shown and referred to"));
    }
    Ok(())
}

fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(|value| {
        value == true || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
    })
}

fn is_smart_group(action: &Action, body: &Value) -> bool {
    let by_action = match action.affects {
        Some(Affects::Group(GroupKind::Smart(_))) => true,
        Some(Affects::Group(GroupKind::Any)) => body.get("criteria").is_some(),
        _ => false,
    };
    by_action || is_true(body.get("is_smart"))
}

fn is_replaced_whole(action: &Action) -> bool {
    action.method == jamf_pro_tools::Method::Put
}

/// A criterion without a name matches nothing in particular.
fn says_nothing(criterion: &Value) -> bool {
    criterion.get("name").and_then(Value::as_str).is_none_or(|name| name.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;
    use serde_json::json;

    use super::*;

    fn refusal_of(tool: &str, arguments: Value) -> Option<String> {
        let action = Catalogue::get().find(tool).unwrap();
        refuse_always(action, arguments.as_object().unwrap()).err().map(|error| error.to_string())
    }

    #[test]
    fn a_smart_group_without_criteria_is_refused() {
        for tool in
            ["smart_computer_group_create", "smart_computer_group_update", "smart_mobile_group_update"]
        {
            for body in [
                json!({ "name": "x" }),
                json!({ "name": "x", "criteria": [] }),
                json!({ "name": "x", "criteria": [{ "name": " " }] }),
            ] {
                let said = refusal_of(tool, json!({ "id": "1", "body": body })).unwrap();
                assert!(said.contains("every device"), "{tool}: {said}");
            }
            let fine = json!({ "id": "1", "body": { "name": "x", "criteria": [{ "name": "Model", "value": "x" }] } });
            assert_eq!(refusal_of(tool, fine), None, "{tool}");
        }
        assert!(refusal_of("group_update", json!({ "id": "1", "body": { "criteria": [] } })).is_some());
        assert!(refusal_of("group_update", json!({ "id": "1", "body": { "groupName": "x" } })).is_none());
    }

    #[test]
    fn criteria_whose_order_is_a_guess_are_refused() {
        let criterion = |priority: Value| json!({ "name": "Model", "value": "x", "priority": priority });
        let body = |one: Value, other: Value| json!({ "id": "1", "body": { "name": "x", "criteria": [criterion(one), criterion(other)] } });
        let tool = "smart_computer_group_update";
        assert!(refusal_of(tool, body(json!(0), json!(0))).unwrap().contains("priority"));
        assert!(refusal_of(tool, body(json!(0), Value::Null)).unwrap().contains("priority"));
        assert_eq!(refusal_of(tool, body(json!(1), json!(0))), None);
    }

    #[test]
    fn a_scope_that_would_widen_to_all_is_refused() {
        let scope = json!({ "all_computers": true, "computer_groups": [{ "id": 1 }] });
        assert!(
            refusal_of("policy_update", json!({ "id": "1", "body": { "scope": scope } }))
                .unwrap()
                .contains("drops")
        );
        let all = json!({ "all_computers": true, "computer_groups": [] });
        assert!(refusal_of("policy_update", json!({ "id": "1", "body": { "scope": all } })).is_none());
    }

    #[test]
    fn a_command_of_free_text_is_refused() {
        let body = json!({ "general": { "name": "x" }, "files_processes": { "run_command": "rm -rf /" } });
        assert!(refusal_of("policy_create", json!({ "body": body })).unwrap().contains("free text"));
        let body = json!({ "general": { "name": "x" }, "files_processes": { "run_command": " " } });
        assert!(refusal_of("policy_create", json!({ "body": body })).is_none());
    }

    #[test]
    fn secrets_are_not_saved_into_a_folder() {
        let arguments = json!({ "clientManagementId": "x", "username": "admin", "save": true });
        assert!(refusal_of("local_admin_password_audit_list", arguments).unwrap().contains("not saved"));
        assert!(refusal_of("building_list", json!({ "save": true })).is_none());
    }

    #[test]
    fn a_list_of_ids_is_refused() {
        for ids in ["1,2,3", "1;2", "1 2", "*"] {
            assert!(
                refusal_of("computer_erase", json!({ "id": ids, "body": {} }))
                    .unwrap()
                    .contains("list of ids"),
                "{ids}"
            );
        }
        assert!(refusal_of("computer_erase", json!({ "id": "1", "body": {} })).is_none());
    }
}
