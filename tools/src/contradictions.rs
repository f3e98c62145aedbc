//! Bodies that say two things at once, of which the Classic API would silently keep one.

use serde_json::{Map, Value};

use crate::check::Problem;

/// What stands for everything in a scope, and the lists that it makes meaningless.
pub const EVERYTHING: &[(&str, &[&str])] = &[
    ("all_computers", &["computers", "computer_groups", "buildings", "departments"]),
    ("all_mobile_devices", &["mobile_devices", "mobile_device_groups", "buildings", "departments"]),
    ("all_jss_users", &["jss_users", "jss_user_groups"]),
];

/// Refuse a body that contradicts itself.
///
/// # Errors
/// With the reason, and what to leave out.
pub(crate) fn none_in(body: &Value) -> Result<(), Problem> {
    let scope = body.get("scope").and_then(Value::as_object);
    let encryption = body.get("disk_encryption").and_then(Value::as_object);
    scope.map_or(Ok(()), scope_is_one_thing)?;
    encryption.map_or(Ok(()), encryption_is_one_thing)
}

fn scope_is_one_thing(scope: &Map<String, Value>) -> Result<(), Problem> {
    for (everything, lists) in EVERYTHING {
        let filled =
            |list: &&&str| scope.get(**list).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        // Buildings and departments narrow either kind of device where both are named.
        let whole = |name: &str| scope.get(name).and_then(Value::as_bool).unwrap_or_default();
        if let (true, Some(list)) = (whole(everything), lists.iter().find(filled)) {
            return Err(Problem::new(
                &format!("body.scope.{list}"),
                format!(
                    "contradicts `{everything}`: with it Jamf drops every list of targets, without a word. Leave one of the two out; \
                     to spare some, use `exclusions`"
                ),
            ));
        }
    }
    Ok(())
}

fn encryption_is_one_thing(encryption: &Map<String, Value>) -> Result<(), Problem> {
    let given = |name: &str| encryption.get(name).is_some_and(|value| !value.is_null());
    let action = encryption.get("action").and_then(Value::as_str);
    let odd = match action {
        Some("apply") => ["remediate_key_type", "remediate_disk_encryption_configuration_id"]
            .into_iter()
            .find(|name| given(name)),
        Some("remediate") => {
            ["disk_encryption_configuration_id", "auth_restart"].into_iter().find(|name| given(name))
        }
        _ => None,
    };
    match odd {
        Some(name) => Err(Problem::new(
            &format!("body.disk_encryption.{name}"),
            "belongs to the other action: to apply and to remediate exclude each other",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_and_a_part_of_it_exclude_each_other() {
        let refused =
            |scope: Value| none_in(&json!({ "scope": scope })).map_err(|problem| problem.to_string());
        let said = refused(json!({ "all_computers": true, "computer_groups": [{ "id": 1 }] })).unwrap_err();
        assert!(said.contains("`body.scope.computer_groups`: contradicts `all_computers`"), "{said}");
        assert!(refused(json!({ "all_jss_users": true, "jss_users": [{ "id": 1 }] })).is_err());
        for good in [
            json!({ "all_computers": true, "computer_groups": [], "exclusions": { "computer_groups": [{ "id": 1 }] } }),
            json!({ "all_computers": false, "computer_groups": [{ "id": 1 }] }),
        ] {
            assert!(refused(good).is_ok());
        }
    }

    #[test]
    fn other_pairs_exclude_each_other_too() {
        let refused = |body: Value| none_in(&body).is_err();
        assert!(refused(
            json!({ "disk_encryption": { "action": "apply", "remediate_key_type": "Individual" } })
        ));
        assert!(!refused(
            json!({ "disk_encryption": { "action": "remediate", "remediate_key_type": "Individual" } })
        ));
    }
}
