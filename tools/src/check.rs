//! The walker: checks arguments against a schema of our portable dialect, and coerces where models slip.
//!
//! What it takes is what the schema says, after a few repairs that lose nothing: `7` for `"7"` and back, `"x"` for `["x"]`,
//! JSON in a string for an object, an enum value in other letters. All problems are found in one pass, so that a model can
//! put them right in one step.

use serde_json::{Map, Number, Value};

use crate::action::Action;
use crate::patterns::PATTERNS;
use crate::rules;

mod problem;

use problem::shorten;
pub use problem::{Problem, Problems};

/// Arguments that have been through the walker.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked(Map<String, Value>);

impl Checked {
    /// The arguments, coerced.
    pub fn arguments(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn arguments_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// The string argument of this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The whole-number argument of this name, when it is not negative and not above `u32::MAX`.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.0.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
    }

    /// The yes-or-no argument of this name; absent is no.
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The strings of the list argument of this name; one string with commas counts as several.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let items = self.0.get(name)?.as_array()?;
        let parts = items.iter().filter_map(Value::as_str).flat_map(|item| item.split(','));
        Some(parts.map(str::trim).filter(|part| !part.is_empty()).collect())
    }

    /// The texts of the list argument of this name, each whole: names of devices and groups may hold commas. Empty where it is left
    /// out.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

impl Checked {
    /// The same arguments with one of the server's own making; without it when there is none.
    #[must_use]
    pub fn with_argument(mut self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.0.insert(name.to_owned(), value),
            None => self.0.shift_remove(name),
        };
        self
    }

    /// The same arguments with a secret in its place, a dotted path as in [`Action::secret`]. Through a list it goes into every
    /// item, made anew for each; what it lies in must be there, or be the body itself.
    #[must_use]
    pub fn with_secret(&self, place: &str, make: &mut dyn FnMut() -> Value) -> Self {
        let mut arguments = self.clone();
        let path: Vec<&str> = place.split('.').collect();
        if path.first() == Some(&"body") && path.len() > 1 {
            arguments.0.entry("body").or_insert_with(|| Value::Object(Map::new()));
        }
        if let Some((first, rest)) = path.split_first()
            && let Some(value) = arguments.0.get_mut(*first)
        {
            put_secret(value, rest, make);
        }
        arguments
    }

    /// Check arguments against any schema of the portable dialect.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn new(schema: &Map<String, Value>, arguments: Map<String, Value>) -> Result<Self, Problems> {
        check_against(schema, arguments).map(Self)
    }
}

impl Action {
    /// Check arguments against the schema that callers are shown, and the rules that fields keep among each other. A body that
    /// may be left out is then there, empty.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn check(&self, arguments: Map<String, Value>) -> Result<Checked, Problems> {
        let compiled = self.compiled_schema();
        let mut checked = check_against(&compiled.checked, arguments)?;
        if compiled.fills_body {
            checked.entry("body").or_insert_with(|| Value::Object(Map::new()));
        }
        Ok(Checked(checked))
    }
}

fn put_secret(value: &mut Value, path: &[&str], make: &mut dyn FnMut() -> Value) {
    match (value, path) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| put_secret(item, path, make)),
        (Value::Object(map), [name]) => {
            map.insert((*name).to_owned(), make());
        }
        (Value::Object(map), [name, rest @ ..]) => {
            if let Some(below) = map.get_mut(*name) {
                put_secret(below, rest, make);
            }
        }
        _ => {}
    }
}

/// Check arguments against any schema of the portable dialect, and coerce them.
///
/// # Errors
/// Every problem at once.
pub fn check_against(
    schema: &Map<String, Value>,
    arguments: Map<String, Value>,
) -> Result<Map<String, Value>, Problems> {
    let mut walker = Walker { problems: Vec::new() };
    let Value::Object(checked) = walker.value(schema, Value::Object(arguments), "") else {
        return Err(Problems(walker.problems));
    };
    if walker.problems.is_empty() { Ok(checked) } else { Err(Problems(walker.problems)) }
}

struct Walker {
    problems: Vec<Problem>,
}

impl Walker {
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn value(&mut self, schema: &Map<String, Value>, value: Value, path: &str) -> Value {
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        let value = coerce(kind, value);
        let before = self.problems.len();
        let checked = self.convert(schema, kind, value, path);
        // What is wrong by itself is told first: a rule about it would only repeat that.
        if self.problems.len() == before {
            self.problems.extend(rules::broken_rule(schema, &checked, path));
        }
        checked
    }

    fn convert(&mut self, schema: &Map<String, Value>, kind: &str, value: Value, path: &str) -> Value {
        match (kind, value) {
            ("object", Value::Object(map)) => Value::Object(self.object(schema, map, path)),
            ("array", Value::Array(items)) => Value::Array(self.array(schema, items, path)),
            ("string", Value::String(text)) => Value::String(self.string(schema, text, path)),
            ("integer" | "number", Value::Number(number)) => {
                self.bounds(schema, &number, path);
                Value::Number(number)
            }
            ("boolean", Value::Bool(flag)) => Value::Bool(flag),
            // A word that Jamf fixes may be `true`, which a model gives as what it looks like.
            ("string", Value::Bool(flag)) if schema.contains_key("enum") => {
                Value::String(self.string(schema, flag.to_string(), path))
            }
            (kind, other) => {
                self.problem(
                    Problem::new(path, format!("must be {}", type_in_words(kind))).with_value(&other),
                );
                other
            }
        }
    }

    fn object(
        &mut self,
        schema: &Map<String, Value>,
        map: Map<String, Value>,
        path: &str,
    ) -> Map<String, Value> {
        // An object of which nothing is said is checked by anyone who takes it on.
        if !schema.contains_key("properties") && !schema.contains_key("additionalProperties") {
            return map;
        }
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        for name in &required {
            if map.get(*name).is_none_or(Value::is_null) {
                self.problem(Problem::new(&join(path, name), "is required"));
            }
        }
        let mut checked = Map::new();
        for (name, value) in map {
            let below = join(path, &name);
            match properties.get(&name).and_then(Value::as_object) {
                // A model that has nothing to say says null; for an optional field that is the same as leaving it out.
                Some(_) if value.is_null() => {}
                Some(property) => {
                    let value = self.value(property, value, &below);
                    checked.insert(name, value);
                }
                None => {
                    let message = match properties.len() {
                        0 => "is not known here; nothing is taken".to_owned(),
                        1..=30 => format!("is not known; known: {}", names(properties)),
                        _ => "is not known".to_owned(),
                    };
                    let nearest = nearest(&name, properties.keys().map(String::as_str));
                    self.problem(Problem::new(&shorten(&below), message).nearest(nearest));
                }
            }
        }
        checked
    }

    fn array(&mut self, schema: &Map<String, Value>, items: Vec<Value>, path: &str) -> Vec<Value> {
        let count = items.len() as u64;
        if let Some(least) = integer_of(schema, "minItems").filter(|least| count < *least) {
            self.problem(Problem::new(path, format!("needs at least {least} entries, has {count}")));
        }
        if let Some(most) = integer_of(schema, "maxItems").filter(|most| count > *most) {
            self.problem(Problem::new(path, format!("takes at most {most} entries, has {count}")));
            return Vec::new();
        }
        let empty = Map::new();
        let item = schema.get("items").and_then(Value::as_object).unwrap_or(&empty);
        items
            .into_iter()
            .enumerate()
            .map(|(at, value)| self.value(item, value, &format!("{path}[{at}]")))
            .collect()
    }

    fn string(&mut self, schema: &Map<String, Value>, text: String, path: &str) -> String {
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return self.one_of(values, text, path);
        }
        let length = text.chars().count() as u64;
        let given = Value::String(text);
        if let Some(least) = integer_of(schema, "minLength").filter(|least| length < *least) {
            self.problem(Problem::new(path, format!("needs at least {least} characters")).with_value(&given));
        }
        if let Some(most) = integer_of(schema, "maxLength").filter(|most| length > *most) {
            self.problem(
                Problem::new(path, format!("takes at most {most} characters, has {length}"))
                    .with_value(&given),
            );
        }
        let Value::String(text) = given else { return String::new() };
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            let known = PATTERNS.iter().find(|(known, _, _)| *known == pattern);
            if !known.is_some_and(|(_, matches, _)| matches(&text)) {
                let given = Value::String(text.clone());
                let fitting = known.map_or(pattern, |(_, _, words)| words);
                self.problem(Problem::new(path, format!("must be {fitting}")).with_value(&given));
            }
        }
        text
    }

    fn one_of(&mut self, values: &[Value], text: String, path: &str) -> String {
        let known: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        if known.contains(&text.as_str()) {
            return text;
        }
        let folded = fold(&text);
        let mut alike = known.iter().filter(|value| fold(value) == folded);
        if let (Some(only), None) = (alike.next(), alike.next()) {
            return (*only).to_owned();
        }
        let message = if known.len() <= 40 {
            format!("must be one of {}", known.join(", "))
        } else {
            format!("is none of the {} values that are known", known.len())
        };
        // Of words that are all alike the wrong one would be taken: "Once per day" is not "Once per user".
        let nearest = nearest(&text, known.iter().copied()).filter(|nearest| {
            known.iter().all(|other| other == nearest || !is_as_near(&text, nearest, other))
        });
        let given = Value::String(text.clone());
        self.problem(Problem::new(path, message).with_value(&given).nearest(nearest));
        text
    }

    fn bounds(&mut self, schema: &Map<String, Value>, number: &Number, path: &str) {
        let given = Value::Number(number.clone());
        if let Some(least) =
            schema.get("minimum").and_then(Value::as_number).filter(|least| less(number, least))
        {
            self.problem(Problem::new(path, format!("must be at least {least}")).with_value(&given));
        }
        if let Some(most) = schema.get("maximum").and_then(Value::as_number).filter(|most| less(most, number))
        {
            self.problem(Problem::new(path, format!("must be at most {most}")).with_value(&given));
        }
        if let Some(values) =
            schema.get("enum").and_then(Value::as_array).filter(|values| !values.contains(&given))
        {
            let known = values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
            self.problem(Problem::new(path, format!("must be one of {known}")).with_value(&given));
        }
    }
}

/// Repairs that lose nothing; anything else is left for the check to refuse.
fn coerce(kind: &str, value: Value) -> Value {
    match (kind, value) {
        ("string", Value::Number(number)) if !number.is_f64() => Value::String(number.to_string()),
        ("string", Value::Bool(flag)) => Value::String(flag.to_string()),
        ("integer", Value::String(text)) => match integer(&text) {
            Some(number) => Value::Number(number),
            None => Value::String(text),
        },
        ("integer", Value::Number(number)) => {
            whole(&number).map_or_else(|| Value::String(number.to_string()), Value::Number)
        }
        ("number", Value::String(text)) => match text.trim().parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) => Value::Number(integer(text.trim()).unwrap_or(number)),
            None => Value::String(text),
        },
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text),
        },
        ("object", Value::String(text)) => match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(map)) => Value::Object(map),
            _ => Value::String(text),
        },
        ("array", Value::String(text)) => match serde_json::from_str::<Value>(&text) {
            Ok(Value::Array(items)) => Value::Array(items),
            _ => Value::Array(vec![Value::String(text)]),
        },
        ("array", value @ (Value::Number(_) | Value::Bool(_) | Value::Object(_))) => {
            Value::Array(vec![value])
        }
        (_, value) => value,
    }
}

/// The digits of a whole number, with an optional minus sign. Leading zeros and blanks are not taken away: many whole numbers
/// are ids, and an id has one spelling.
fn integer(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
}

/// `7` and `7.0` are whole; `7.5` is not, nor is what a double cannot say exactly.
fn whole(number: &Number) -> Option<Number> {
    if !number.is_f64() {
        return Some(number.clone());
    }
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)?;
    format!("{float:.0}").parse::<i64>().ok().map(Number::from)
}

fn less(left: &Number, right: &Number) -> bool {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left < right,
        _ => matches!((left.as_f64(), right.as_f64()), (Some(left), Some(right)) if left < right),
    }
}

fn integer_of(schema: &Map<String, Value>, key: &str) -> Option<u64> {
    schema.get(key).and_then(Value::as_u64)
}

fn type_in_words(kind: &str) -> &'static str {
    match kind {
        "object" => "an object",
        "array" => "a list",
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        _ => "of a kind that the schema does not say",
    }
}

fn names(properties: &Map<String, Value>) -> String {
    properties.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Letters and digits in lower case: what is left of a name when spelling habits are taken away.
fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The known name that is most like the one given, when it is like it at all.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(&name.chars().take(200).collect::<String>());
    known
        .map(|candidate| (strsim::jaro_winkler(&folded, &fold(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// Whether a name is about as like one candidate as it is like another.
fn is_as_near(name: &str, one: &str, other: &str) -> bool {
    let folded = fold(&name.chars().take(200).collect::<String>());
    let likeness = |candidate: &str| strsim::jaro_winkler(&folded, &fold(candidate));
    likeness(one) - likeness(other) < 0.1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Map<String, Value> {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": { "type": "string", "pattern": "^(0|[1-9][0-9]{0,18})$" },
                "count": { "type": "integer", "minimum": 1, "maximum": 10 },
                "ratio": { "type": "number" },
                "on": { "type": "boolean" },
                "kind": { "type": "string", "enum": ["AT_REBOOT", "AFTER"] },
                "fixed": { "type": "string", "enum": ["true"] },
                "names": { "type": "array", "items": { "type": "string", "maxLength": 3 }, "maxItems": 2 },
                "body": {
                    "type": "object",
                    "properties": { "name": { "type": "string", "minLength": 1 } },
                    "required": ["name"],
                    "additionalProperties": false
                }
            },
            "required": ["id"],
            "additionalProperties": false
        });
        schema.as_object().unwrap().clone()
    }

    fn checked(arguments: Value) -> Result<Value, Problems> {
        check_against(&schema(), arguments.as_object().unwrap().clone()).map(Value::Object)
    }

    #[test]
    fn slips_are_repaired() {
        let given = json!({
            "id": 7, "count": "3", "ratio": "0.5", "on": "True", "kind": "at reboot", "fixed": true, "names": "abc",
            "body": "{\"name\": \"x\"}"
        });
        let expected = json!({
            "id": "7", "count": 3, "ratio": 0.5, "on": true, "kind": "AT_REBOOT", "fixed": "true",
            "names": ["abc"], "body": { "name": "x" }
        });
        assert_eq!(checked(given).unwrap(), expected);
        assert_eq!(
            checked(json!({ "id": "7", "count": 3.0, "on": null })).unwrap(),
            json!({ "id": "7", "count": 3 })
        );
    }

    #[test]
    fn nothing_is_coerced_with_loss() {
        for bad in [
            json!({ "id": 7.5 }),
            json!({ "id": true }),
            json!({ "id": "7", "count": "7.5" }),
            json!({ "id": "7", "count": 7.5 }),
            json!({ "id": "7", "count": "1e1" }),
            json!({ "id": "7", "ratio": "1e400" }),
            json!({ "id": "7", "ratio": "NaN" }),
            json!({ "id": "7", "count": "07" }),
            json!({ "id": "7", "count": " 7" }),
            json!({ "id": "7", "count": "+7" }),
            json!({ "id": "7", "count": "７" }),
            json!({ "id": "7", "on": 1 }),
            json!({ "id": "7", "on": "yes" }),
            json!({ "id": "7", "fixed": false }),
            json!({ "id": "7", "body": "[]" }),
            json!({ "id": ["7"] }),
        ] {
            assert!(checked(bad.clone()).is_err(), "{bad}");
        }
        let long = check_against(
            &schema(),
            json!({ "id": 9_223_372_036_854_775_807_i64 }).as_object().unwrap().clone(),
        );
        assert_eq!(long.unwrap()["id"], "9223372036854775807");
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let problems = checked(json!({
            "identity": 1, "count": 11, "kind": "AFTR", "names": ["abcd", 1, 2], "body": { "nam": "" }
        }))
        .unwrap_err();
        assert_eq!(
            problems.to_string(),
            "- `id`: is required\n\
             - `identity`: is not known; known: id, count, ratio, on, kind, fixed, names, body; did you mean `id`?\n\
             - `count`: must be at most 10 (given: 11)\n\
             - `kind`: must be one of AT_REBOOT, AFTER; did you mean `AFTER`? (given: \"AFTR\")\n\
             - `names`: takes at most 2 entries, has 3\n\
             - `body.name`: is required\n\
             - `body.nam`: is not known; known: name; did you mean `name`?"
        );
    }

    #[test]
    fn long_and_odd_values_are_quoted_short() {
        let problems = checked(json!({ "id": "x\n".repeat(1000) })).unwrap_err();
        let text = problems.to_string();
        assert!(text.len() < 200 && !text.contains("\n\n"), "{text}");
    }
}
