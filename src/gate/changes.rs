//! What changes of an object, field by field, as a person is shown it.

use jamf_pro_tools::{Action, Method};
use serde_json::{Map, Value, json};

use super::draft::{name_of, several};
use super::reach::{criteria_in_order, plain};
use crate::jobs::text_at;
use crate::plan::Change;
use crate::render;
use crate::sanitize::text;

/// Longest value of a field that a plan shows.
pub(super) const VALUE: usize = 400;

/// Characters that are shown before the place where two long values begin to differ.
const CONTEXT: usize = 60;

/// Changes that a plan shows at most.
const CHANGES: usize = 60;

/// What is given, and what is cleared by name.
pub(super) fn all(action: &Action, arguments: &Map<String, Value>, before: Option<&Value>) -> Vec<Change> {
    let mut changes = of_body(action, arguments.get("body"), before);
    for field in arguments.get("clear").and_then(Value::as_array).into_iter().flatten().map(plain) {
        let there = before.map(|before| text_at(before, &field)).unwrap_or_default();
        changes.push(Change { field, before: text::quoted(&there, VALUE), after: "(cleared)".to_owned() });
    }
    changes
}

/// What is given to an act that replaces nothing, field by field; what it acts on is named elsewhere.
pub(super) fn of_act(action: &Action, arguments: &Map<String, Value>) -> Vec<Change> {
    let in_path = |name: &str| name != "id" && action.path.contains(&format!("{{{name}}}"));
    let mut changes: Vec<Change> = arguments
        .iter()
        .filter(|(name, _)| in_path(name))
        .map(|(name, value)| Change {
            field: name.clone(),
            before: String::new(),
            after: render_value(value),
        })
        .collect();
    if let Some(body) = arguments.get("body") {
        compare(&render::redacted(body), None, "", &mut changes);
    }
    changes
}

/// Field by field what is given and differs from what is there.
fn of_body(action: &Action, body: Option<&Value>, before: Option<&Value>) -> Vec<Change> {
    let mut found = Vec::new();
    if let Some(objects) = several(action, before) {
        // Each of them, however many: nobody approves what has no name.
        let one = |(id, object): (&String, &Value)| Change {
            field: render_value(&json!(id)),
            before: name_of(Some(object)).unwrap_or_else(|| "(without a name)".to_owned()),
            after: "deleted".to_owned(),
        };
        return objects.iter().map(one).collect();
    }
    if action.method == Method::Delete {
        let name = name_of(before).unwrap_or_else(|| "the object".to_owned());
        return vec![Change { field: "(all of it)".to_owned(), before: name, after: "deleted".to_owned() }];
    }
    let Some(body) = body else { return found };
    let shown_of = |object: &Value| in_order(render::redacted(object));
    compare(&shown_of(body), before.map(shown_of).as_ref(), "", &mut found);
    if action.method == Method::Put
        && action.xml.is_none()
        && let (Some(before), Some(given)) = (before.and_then(Value::as_object), body.as_object())
    {
        let kept =
            |value: &Value| !value.is_null() && value != "" && value != &json!([]) && value != &json!({});
        for (name, value) in before
            .iter()
            .filter(|(name, value)| name.as_str() != "id" && !given.contains_key(*name) && kept(value))
        {
            found.push(Change {
                field: name.clone(),
                before: render_value(&render::redacted(value)),
                after: "(left out: cleared)".to_owned(),
            });
        }
    }
    found
}

/// As many as a plan shows, with a line that counts the others. All of them are bound by digests.
pub(super) fn at_most(changes: &[Change]) -> Vec<Change> {
    let mut changes = changes.to_vec();
    let more = changes.len().saturating_sub(CHANGES);
    changes.truncate(CHANGES);
    if more > 0 {
        changes.push(Change {
            field: format!("{more} further fields"),
            before: String::new(),
            after: "not shown".to_owned(),
        });
    }
    changes
}

/// The criteria of a group in the order in which they hold, so that a person reads what Jamf Pro does.
fn in_order(mut object: Value) -> Value {
    if let Some(criteria) = object.get_mut("criteria")
        && let Some(ordered) = criteria.as_array().and_then(|criteria| criteria_in_order(criteria))
    {
        *criteria = ordered.into_iter().cloned().collect();
    }
    object
}

fn compare(given: &Value, before: Option<&Value>, path: &str, found: &mut Vec<Change>) {
    match given {
        Value::Object(map) => {
            for (name, value) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(value, before.and_then(|before| before.get(name)), &path, found);
            }
        }
        _ if before.is_some_and(|before| says_the_same(given, before)) => {}
        _ => {
            let (before, after) = match before {
                Some(before) => render_both(before, given),
                None => (String::new(), render_value(given)),
            };
            found.push(Change { field: path.to_owned(), before, after });
        }
    }
}

/// Whether what is given says nothing new: a list refers to the same things in the same order, by id alone or by more.
fn says_the_same(given: &Value, before: &Value) -> bool {
    match (given, before) {
        (Value::Array(given), Value::Array(before)) => {
            given.len() == before.len()
                && given.iter().zip(before).all(|(given, before)| says_the_same(given, before))
        }
        (Value::Object(given), Value::Object(before)) => given
            .iter()
            .all(|(name, value)| before.get(name).is_some_and(|before| says_the_same(value, before))),
        _ => plain(given) == plain(before),
    }
}

/// Two values as they are shown beside each other: of long ones the part where they begin to differ.
pub(super) fn render_both(before: &Value, after: &Value) -> (String, String) {
    let (one, other) = (plain(before), plain(after));
    if one.chars().count().max(other.chars().count()) <= VALUE {
        return (render_value(before), render_value(after));
    }
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(CONTEXT);
    let part = |text: &str| {
        let part: String = text.chars().skip(from).collect();
        let part = render_value(&json!(part));
        if from > 0 { format!("(from character {from}) …{part}") } else { part }
    };
    (part(&one), part(&other))
}

pub(super) fn render_value(value: &Value) -> String {
    text::quoted(&text::visible(&plain(value)), VALUE).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    #[test]
    fn changes_are_what_differs_and_what_a_replacement_clears() {
        let put = Catalogue::get().find("building_update").unwrap();
        let before = json!({ "id": "1", "name": "HQ", "city": "Bern", "country": "" });
        let found = of_body(put, Some(&json!({ "name": "HQ 2" })), Some(&before));
        let told: Vec<(&str, &str, &str)> = found
            .iter()
            .map(|change| (change.field.as_str(), change.before.as_str(), change.after.as_str()))
            .collect();
        assert_eq!(told, [("name", "HQ", "HQ 2"), ("city", "Bern", "(left out: cleared)")]);
    }

    #[test]
    fn of_long_values_the_part_is_shown_that_differs() {
        let long = |end: &str| json!(format!("{}{end}", "x".repeat(2_000)));
        let (before, after) = render_both(&long("echo old"), &long("rm -rf /"));
        assert!(before.ends_with("echo old") && after.ends_with("rm -rf /"), "{before} {after}");
        assert!(after.starts_with("(from character 1940)") && after.len() < 200, "{after}");
    }

    #[test]
    fn a_target_that_stays_is_no_change() {
        let put = Catalogue::get().find("policy_update").unwrap();
        let before = json!({ "scope": { "computer_groups": [{ "id": "6", "name": "Firewall off" }], "exclusions": { "computer_groups": [] } } });
        let given = json!({ "scope": { "computer_groups": [{ "id": 6 }], "exclusions": { "computer_groups": [{ "id": 20 }] } } });
        let found = of_body(put, Some(&given), Some(&before));
        let fields: Vec<&str> = found.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["scope.exclusions.computer_groups"]);
    }
}
