//! Conditions in forms that models write and the schema does not have.

use jamf_pro_tools::schema::COMPARISONS;
use serde_json::{Map, Value, json};

/// `where` as models write it: a list of `[field, op, value]`, which is what the schema says; objects with these names; or a
/// single condition.
pub fn repair_conditions(arguments: &mut Map<String, Value>) {
    let Some(given) = arguments.get_mut("where") else { return };
    if let Value::String(text) = given
        && let Ok(parsed @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(text)
    {
        *given = parsed;
    }
    if given.is_object() {
        *given = json!([given]);
    }
    let Value::Array(conditions) = given else { return };
    let is_one = conditions.get(1).and_then(Value::as_str).is_some_and(|op| COMPARISONS.contains(&op));
    if is_one {
        *given = json!([conditions]);
    }
    let Value::Array(conditions) = given else { return };
    for condition in conditions {
        if let Value::Array(words) = condition
            && let [_, op, Value::Array(_)] = words.as_slice()
            && op.as_str().is_some_and(|op| matches!(op, "in" | "not_in"))
            && let Some(Value::Array(values)) = words.pop()
        {
            words.extend(values);
            continue;
        }
        let Value::Object(named) = condition else { continue };
        let (Some(field), Some(op)) = (named.get("field"), named.get("op")) else { continue };
        if named.keys().any(|name| !matches!(name.as_str(), "field" | "op" | "value" | "values")) {
            continue;
        }
        let mut list = vec![field.clone(), op.clone()];
        match named.get("value").or_else(|| named.get("values")) {
            Some(Value::Array(values)) => list.extend(values.iter().cloned()),
            Some(Value::Null) | None => {}
            Some(value) => list.push(value.clone()),
        }
        *condition = Value::Array(list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_in_every_form_that_models_write() {
        let of = |given: Value| {
            let mut arguments = json!({ "where": given }).as_object().unwrap().clone();
            repair_conditions(&mut arguments);
            arguments.remove("where").unwrap()
        };
        let one = json!([["name", "eq", "x"]]);
        assert_eq!(of(one.clone()), one);
        assert_eq!(of(json!(["name", "eq", "x"])), one);
        assert_eq!(of(json!({ "field": "name", "op": "eq", "value": "x" })), one);
        assert_eq!(of(json!([{ "field": "name", "op": "eq", "value": ["x"] }])), one);
        assert_eq!(of(json!("[{\"field\":\"name\",\"op\":\"eq\",\"value\":\"x\"}]")), one);
        assert_eq!(
            of(json!([{ "field": "a", "op": "is_empty" }, ["b", "lt", 5]])),
            json!([["a", "is_empty"], ["b", "lt", 5]])
        );
        let other = json!([{ "field": "a", "operator": "eq" }]);
        assert_eq!(of(other.clone()), other, "what is not known is left for the check to refuse");
    }
}
