//! Criteria of smart groups over the inventory, as far as they can be told here. What cannot is unknown, never false.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::gate::fleet::FleetDevice;
use crate::jobs::text_at;

/// Whether the criteria hold for a device; `None` when that cannot be told. Names of criteria that could not be evaluated are
/// added to `unsure`.
pub(super) fn holds(criteria: &[Value], device: &FleetDevice, unsure: &mut BTreeSet<String>) -> Option<bool> {
    let Some(criteria) = in_order(criteria) else {
        return unknown("the order of the criteria".to_owned(), unsure);
    };
    // Conjunctions bind as Jamf Pro writes them: from left to right, parentheses first.
    let mut stack: Vec<(Option<bool>, bool)> = Vec::new();
    let mut so_far: Option<Option<bool>> = None;
    for criterion in criteria {
        let or = text_at(criterion, "andOr").eq_ignore_ascii_case("or");
        let on = |name: &str| criterion.get(name) == Some(&Value::Bool(true));
        let mut value = one(criterion, device, unsure);
        if on("openingParen") {
            stack.push((so_far.unwrap_or(Some(true)), or && so_far.is_some()));
            so_far = Some(value);
        } else {
            so_far = Some(match so_far {
                None => value,
                Some(before) => join(before, value, or),
            });
        }
        if on("closingParen")
            && let Some((before, or)) = stack.pop()
        {
            value = so_far.unwrap_or(None);
            so_far = Some(join(before, value, or));
        }
    }
    // No criteria at all is every device.
    so_far.unwrap_or(Some(true))
}

/// Criteria in the order in which Jamf Pro takes them, which is that of their `priority` and not that of the list. `None` when two
/// have the same one, or only some have one: then the order is anybody's guess.
pub(in crate::gate) fn in_order(criteria: &[Value]) -> Option<Vec<&Value>> {
    let priority = |criterion: &Value| match criterion.get("priority") {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    if criteria.iter().all(|criterion| criterion.get("priority").is_none_or(Value::is_null)) {
        return Some(criteria.iter().collect());
    }
    let mut ordered = BTreeMap::new();
    for criterion in criteria {
        if ordered.insert(priority(criterion)?, criterion).is_some() {
            return None;
        }
    }
    Some(ordered.into_values().collect())
}

fn join(left: Option<bool>, right: Option<bool>, or: bool) -> Option<bool> {
    match (or, left, right) {
        (true, Some(true), _) | (true, _, Some(true)) => Some(true),
        (false, Some(false), _) | (false, _, Some(false)) => Some(false),
        (true, Some(false), Some(false)) => Some(false),
        (false, Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn one(criterion: &Value, device: &FleetDevice, unsure: &mut BTreeSet<String>) -> Option<bool> {
    let (name, kind, value) =
        (text_at(criterion, "name"), text_at(criterion, "searchType"), text_at(criterion, "value"));
    let there = match name.as_str() {
        "Computer Group" | "Mobile Device Group" => {
            let is_in = device.groups.iter().any(|(_, group)| *group == value);
            return match kind.as_str() {
                "member of" => Some(is_in),
                "not member of" => Some(!is_in),
                _ => unknown(name, unsure),
            };
        }
        "Computer Name" | "Display Name" => &device.target.name,
        "Serial Number" => &device.target.serial,
        "Model" => &device.target.model,
        "Username" => &device.target.owner,
        _ => return unknown(name, unsure),
    };
    compare(criterion, there).or_else(|| unknown(name, unsure))
}

/// Whether a criterion holds for a value of what it looks at; `None` when that cannot be told.
pub(super) fn compare(criterion: &Value, there: &str) -> Option<bool> {
    let (there, value) = (there.to_lowercase(), text_at(criterion, "value").to_lowercase());
    match text_at(criterion, "searchType").as_str() {
        "is" => Some(there == value),
        "is not" => Some(there != value),
        "like" => Some(there.contains(&value)),
        "not like" => Some(!there.contains(&value)),
        _ => None,
    }
}

fn unknown(name: String, unsure: &mut BTreeSet<String>) -> Option<bool> {
    unsure.insert(crate::sanitize::text::clean(&name).chars().take(60).collect());
    None
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::object_id::ObjectId;
    use serde_json::json;

    use super::*;
    use crate::plan::Target;

    fn mac() -> FleetDevice {
        FleetDevice {
            target: Target {
                kind: "computer".to_owned(),
                id: "1".to_owned(),
                management_id: String::new(),
                name: "LAB-1".to_owned(),
                serial: "C02".to_owned(),
                owner: "anna".to_owned(),
                model: "Mac mini".to_owned(),
                last_contact: String::new(),
            },
            site: String::new(),
            groups: vec![(ObjectId::parse("1"), "Lab".to_owned())],
            building: None,
            department: None,
        }
    }

    fn told(criteria: Value) -> (Option<bool>, usize) {
        let mut unsure = BTreeSet::new();
        let holds = holds(criteria.as_array().unwrap(), &mac(), &mut unsure);
        (holds, unsure.len())
    }

    fn is(name: &str, value: &str, and_or: &str) -> Value {
        json!({ "name": name, "searchType": "is", "value": value, "andOr": and_or })
    }

    #[test]
    fn known_criteria_are_evaluated_and_unknown_ones_are_not_false() {
        assert_eq!(told(json!([])), (Some(true), 0), "no criteria are every device");
        assert_eq!(told(json!([is("Computer Name", "lab-1", "and")])), (Some(true), 0));
        assert_eq!(
            told(json!([{ "name": "Computer Group", "searchType": "not member of", "value": "Lab" }])),
            (Some(false), 0)
        );
        assert_eq!(told(json!([is("Boot Drive", "x", "and")])), (None, 1));
        assert_eq!(told(json!([is("Boot Drive", "x", "and"), is("Model", "iMac", "and")])), (Some(false), 1));
        assert_eq!(
            told(json!([is("Boot Drive", "x", "and"), is("Model", "Mac mini", "or")])),
            (Some(true), 1)
        );
    }

    #[test]
    fn criteria_go_by_their_priority_and_not_by_their_place() {
        let at = |mut criterion: Value, priority: i64| {
            criterion["priority"] = json!(priority);
            criterion
        };
        let (other, model) = (is("Serial Number", "other", "and"), is("Model", "Mac mini", "or"));
        let name = is("Computer Name", "lab-2", "and");
        // other OR mini AND lab-2 is false; mini AND other ... is what the list alone would say.
        assert_eq!(
            told(json!([at(model.clone(), 1), at(name.clone(), 2), at(other.clone(), 0)])),
            (Some(false), 0)
        );
        assert_eq!(
            told(json!([at(other.clone(), 0), at(name.clone(), 1), at(model.clone(), 2)])),
            (Some(true), 0)
        );
        assert_eq!(
            told(json!([at(model.clone(), 2), at(other.clone(), 0), at(name.clone(), 1)])),
            (Some(true), 0)
        );
        assert_eq!(told(json!([at(model.clone(), 1), at(other.clone(), 1)])), (None, 1), "a guess");
        assert_eq!(told(json!([at(model, 1), other])), (None, 1), "a guess");
    }

    #[test]
    fn parentheses_go_first() {
        let mut open = is("Model", "iMac", "and");
        open["openingParen"] = json!(true);
        let mut close = is("Username", "anna", "or");
        close["closingParen"] = json!(true);
        assert_eq!(told(json!([is("Serial Number", "C02", "and"), open, close])), (Some(true), 0));
        assert_eq!(
            told(json!([
                is("Serial Number", "other", "and"),
                is("Model", "iMac", "and"),
                is("Username", "anna", "or")
            ])),
            (Some(true), 0)
        );
    }
}
