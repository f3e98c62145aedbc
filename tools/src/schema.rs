//! From a type's schema to the one dialect that every client takes.
//!
//! Clients refuse, drop or misread much of what JSON Schema can say: references, combinators at the top, unions with
//! null, lists of types, formats of a programming language. What schemars makes of a type is rewritten here, in one
//! place, to what all of them take: an object with typed properties, inlined, with nothing further allowed.

use std::sync::Arc;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::action::{Action, Answer, Method, Rows, placeholders};
use crate::rules;

/// Keys that only this crate reads; callers never see them.
const INTERNAL: &str = "x-";

/// What a call of an action is checked against and written by.
#[derive(Debug, Clone)]
pub(crate) struct CompiledSchema {
    /// What callers see, with the rules of [`crate::rules`], by which arguments are checked.
    pub(crate) checked: Arc<Map<String, Value>>,
    /// The same with the `x-…` keys and the arguments that no caller may give; the XML encoder reads it.
    pub(crate) internal: Arc<Map<String, Value>>,
    /// A body that is left out is an empty one.
    pub(crate) fills_body: bool,
    /// Some of the arguments name devices.
    pub(crate) names_devices: bool,
}

/// The portable schema of any type.
pub fn portable<T: JsonSchema>() -> Map<String, Value> {
    let mut schema = generate(T::json_schema);
    strip_internal(&mut schema);
    schema
}

/// An action's schema as callers see it: portable, without what is ours alone.
pub(crate) fn published(action: &Action) -> Map<String, Value> {
    let mut schema = whole(action);
    hide_secrets(action, &mut schema);
    if may_leave_out_body(&schema) {
        make_body_optional(&mut schema);
    }
    strip_internal(&mut schema);
    schema
}

/// What a call of an action takes.
pub(crate) fn compile(action: &Action) -> CompiledSchema {
    let mut internal = whole(action);
    let mut checked = internal.clone();
    hide_secrets(action, &mut checked);
    let fills_body = may_leave_out_body(&checked);
    if fills_body {
        make_body_optional(&mut checked);
        make_body_optional(&mut internal);
    }
    if fills_body && matches!(action.method, Method::Put | Method::Patch) {
        checked.insert(rules::SOME.to_owned(), json!(["body", "clear"]));
    }
    let names_devices = names_devices(&internal);
    CompiledSchema { checked: Arc::new(checked), internal: Arc::new(internal), fills_body, names_devices }
}

/// An action's schema with all that is ours in it.
fn whole(action: &Action) -> Map<String, Value> {
    let mut schema = generate(action.schema);
    add_own_arguments(action, &mut schema);
    relax_path_arguments(action, &mut schema);
    schema
}

fn hide_secrets(action: &Action, schema: &mut Map<String, Value>) {
    for (path, _) in action.secrets() {
        remove(schema, path);
    }
}

fn make_body_optional(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name != "body");
    }
}

/// Whether a body that is required could be empty: none of its fields is required, by name or by a rule.
fn may_leave_out_body(schema: &Map<String, Value>) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    if !required.is_some_and(|names| names.iter().any(|name| name == "body")) {
        return false;
    }
    let body = schema.get("properties").and_then(|properties| properties.get("body"));
    body.and_then(Value::as_object).is_some_and(|body| {
        let requires = body.get("required").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
        body.get("type").is_some_and(|kind| kind == "object") && !requires && !rules::asks_for_a_field(body)
    })
}

fn names_devices(schema: &Map<String, Value>) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let mut below = properties.chain(schema.get("items")).filter_map(Value::as_object);
    schema.contains_key("x-device") || below.any(names_devices)
}

fn generate(schema: fn(&mut SchemaGenerator) -> Schema) -> Map<String, Value> {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    let mut root = match schema(&mut generator).to_value() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    root.remove("description");
    rewrite(&mut root);
    if !root.contains_key("properties") {
        root.insert("properties".to_owned(), json!({}));
        root.insert("additionalProperties".to_owned(), json!(false));
    }
    root
}

/// Rewrites one schema and everything below it.
fn rewrite(schema: &mut Map<String, Value>) {
    schema.retain(|key, _| !matches!(key.as_str(), "$schema" | "$defs" | "title" | "format"));
    drop_null(schema);
    fold_enum(schema);
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            rewrite(property);
        }
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        rewrite(items);
    }
}

/// `["string", "null"]`, `anyOf: […, null]` and a `null` among the values all say "optional"; so does not being required.
fn drop_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if types.len() == 1 {
            let only = types.remove(0);
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(mut options)) = schema.remove("anyOf") else { return };
    options.retain(|option| option.get("type").is_none_or(|kind| kind != "null"));
    match (options.pop(), options.is_empty()) {
        (Some(Value::Object(only)), true) => {
            // What is said of the use is nearer than what is said of the type.
            for (key, value) in only {
                schema.entry(key).or_insert(value);
            }
            drop_null(schema);
        }
        (last, _) => {
            options.extend(last);
            schema.insert("anyOf".to_owned(), Value::Array(options));
        }
    }
}

/// schemars says an enum with documented values as `oneOf` constants; clients want a plain list.
fn fold_enum(schema: &mut Map<String, Value>) {
    let Some(Value::Array(options)) = schema.get("oneOf") else { return };
    let mut values = Vec::new();
    for option in options {
        match (option.get("const"), option.get("enum").and_then(Value::as_array)) {
            (Some(constant), _) => values.push(constant.clone()),
            (None, Some(several)) => values.extend(several.iter().cloned()),
            (None, None) => return,
        }
    }
    schema.remove("oneOf");
    schema.insert("type".to_owned(), json!("string"));
    schema.insert("enum".to_owned(), Value::Array(values));
}

fn strip_internal(schema: &mut Map<String, Value>) {
    schema.retain(|key, _| !key.starts_with(INTERNAL));
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            strip_internal(property);
        }
    }
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        strip_internal(items);
    }
}

/// Removes the property at a dotted path, through arrays too.
fn remove(schema: &mut Map<String, Value>, path: &str) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        remove(items, path);
        return;
    }
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    match rest {
        Some(rest) => {
            if let Some(Value::Object(property)) = properties.get_mut(first) {
                remove(property, rest);
            }
        }
        None => {
            properties.shift_remove(first);
            if let Some(Value::Array(required)) = schema.get_mut("required") {
                required.retain(|name| name != first);
            }
        }
    }
}

/// Fields that the description of a filter names, at most; the others are in the answer to a wrong one.
const NAMED_FIELDS: usize = 8;

/// How a condition of `where` compares.
pub const COMPARISONS: [&str; 13] = [
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "contains",
    "starts_with",
    "ends_with",
    "in",
    "not_in",
    "is_empty",
    "not_empty",
];

/// Arguments that are ours and not Jamf's, by kind of action: said once, here, for all of them.
fn add_own_arguments(action: &Action, schema: &mut Map<String, Value>) {
    let clearable = clearable(schema);
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let reads = action.method == Method::Get && action.answer == Answer::Json;
    describe_filter_and_sort(action, properties);
    if reads {
        let text = match action.brief {
            [] => "Dotted paths; default all.".to_owned(),
            brief => format!("Such as {}; `*` is all.", brief.get(..3).unwrap_or(brief).join(", ")),
        };
        properties.insert(
            "fields".to_owned(),
            json!({ "type": "array", "description": text, "items": { "type": "string" } }),
        );
    }
    if action.rows != Rows::None {
        add_list_arguments(properties);
        if !action.joins.is_empty() {
            add_age_arguments(properties);
        }
    } else if action.method == Method::Get && action.answer != Answer::File {
        properties.insert(
            "text_from".to_owned(),
            json!({ "type": "integer", "minimum": 0, "description": "Where texts begin." }),
        );
    }
    if matches!(action.method, Method::Put | Method::Patch) && !clearable.is_empty() {
        properties.insert(
            "clear".to_owned(),
            json!({
                "type": "array",
                "description": "Optional fields of the body to clear, as dotted paths such as `body.name`.",
                "items": { "type": "string", "minLength": 1, "maxLength": 200 },
                "maxItems": 100,
            }),
        );
    }
}

/// What every list takes: which rows, how they are written, and where to.
fn add_list_arguments(properties: &mut Map<String, Value>) {
    // Some lists have a limit of their own.
    let most = properties.get("page_size").and_then(|size| size.get("maximum")).cloned();
    let own = [
        ("page", json!({ "type": "integer", "minimum": 0, "description": "From 0." })),
        (
            "page_size",
            json!({ "type": "integer", "minimum": 1, "maximum": most.unwrap_or(json!(2000)), "description": "Rows." }),
        ),
        (
            "where",
            // A condition is a list because the schema of an object would cost three times as much in every list.
            json!({
                "type": "array",
                "description": "Each [field, op, value]; op: eq ne lt gt contains in is_empty …",
                "items": { "type": "array", "items": { "type": "string" } },
            }),
        ),
        ("format", json!({ "type": "string", "enum": ["json", "csv"], "description": "Default json." })),
        ("all", json!({ "type": "boolean", "description": "All that fit." })),
        ("save", json!({ "type": "boolean", "description": "To a file." })),
        (
            "group_by",
            json!({
                "type": "array",
                "description": "Count by, also `x:month`.",
                "items": { "type": "string" },
            }),
        ),
        ("at_least", json!({ "type": "integer", "description": "Of a group." })),
    ];
    for (name, schema) in own {
        properties.insert(name.to_owned(), schema);
    }
}

/// How old the columns may be that a list has from the fleet.
fn add_age_arguments(properties: &mut Map<String, Value>) {
    let own = [
        ("max_age", json!({ "type": "integer", "minimum": 0, "maximum": 20160, "description": "Minutes." })),
        ("refresh", json!({ "type": "boolean", "description": "Kept columns anew." })),
    ];
    for (name, schema) in own {
        properties.insert(name.to_owned(), schema);
    }
}

/// Which fields Jamf filters on and sorts by.
fn describe_filter_and_sort(action: &Action, properties: &mut Map<String, Value>) {
    let named = |fields: &[&str]| {
        let more = fields.len().saturating_sub(NAMED_FIELDS);
        let named = fields.get(..NAMED_FIELDS).unwrap_or(fields).join(", ");
        if more == 0 { named } else { format!("{named} and {more} more") }
    };
    if let Some(Value::Object(filter)) = properties.get_mut("filter")
        && !action.filters.is_empty()
    {
        let text =
            format!("RSQL, such as `{}==\"x*\"`. Fastest on {}.", example(action), named(action.filters));
        filter.insert("description".to_owned(), Value::String(text));
    }
    if let Some(Value::Object(sort)) = properties.get_mut("sort")
        && let Some(first) = action.sorts.first()
    {
        let text = format!("Such as `{first}:asc`. Fields: {}.", named(action.sorts));
        sort.insert("description".to_owned(), Value::String(text));
    }
}

fn example(action: &Action) -> &'static str {
    let textual = action.filters.iter().find(|field| field.ends_with("ame"));
    textual.or(action.filters.first()).copied().unwrap_or("name")
}

/// Dotted paths, from `body`, of the optional fields of a JSON body: those that `clear` may name.
pub(crate) fn clearable(schema: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(body) =
        schema.get("properties").and_then(|properties| properties.get("body")).and_then(Value::as_object)
    {
        collect_optional(body, "body", &mut found);
    }
    found
}

fn collect_optional(schema: &Map<String, Value>, path: &str, found: &mut Vec<String>) {
    let required = schema.get("required").and_then(Value::as_array);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, property) in properties {
        let below = format!("{path}.{name}");
        if let Some(property) = property.as_object() {
            collect_optional(property, &below, found);
        }
        // A list that must have an entry when it is given cannot be cleared: a smart group without criteria has everybody in it.
        let never_empty = property.get("minItems").and_then(Value::as_u64).is_some_and(|least| least > 0);
        if !never_empty && !required.is_some_and(|required| required.iter().any(|entry| entry == name)) {
            found.push(below);
        }
    }
}

/// Where several paths lead to the same object, no single key is required; the router of paths says which may go together.
fn relax_path_arguments(action: &Action, schema: &mut Map<String, Value>) {
    if action.also.is_empty() {
        return;
    }
    let keys: Vec<&str> = action.paths().flat_map(placeholders).collect();
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !keys.iter().any(|key| name == key));
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    /// What it may be.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "UPPERCASE")]
    #[expect(dead_code, reason = "read by its schema alone")]
    enum Kind {
        /// The first.
        First,
        /// The second.
        Second,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "read by its schema alone")]
    struct Inner {
        /// Depth
        /// in metres.
        depth: Option<f64>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "read by its schema alone")]
    struct Outer {
        /// One.
        kind: Option<Kind>,
        /// Two.
        #[schemars(extend("x-item" = "inner"))]
        inner: Option<Vec<Inner>>,
        /// Three.
        only: Option<Inner>,
        /// Four.
        count: u32,
    }

    #[test]
    fn what_schemars_says_becomes_portable() {
        let schema = Value::Object(portable::<Outer>());
        let expected = json!({
            "type": "object",
            "properties": {
                "kind": { "description": "One.", "type": "string", "enum": ["FIRST", "SECOND"] },
                "inner": { "description": "Two.", "type": "array", "items": {
                    "type": "object", "additionalProperties": false,
                    "properties": { "depth": { "description": "Depth in metres.", "type": "number" } }
                } },
                "only": { "description": "Three.", "type": "object", "additionalProperties": false,
                    "properties": { "depth": { "description": "Depth in metres.", "type": "number" } } },
                "count": { "description": "Four.", "type": "integer", "minimum": 0 }
            },
            "required": ["count"],
            "additionalProperties": false
        });
        assert_eq!(schema, expected, "{schema:#}");
    }

    #[test]
    fn every_secret_is_a_field_and_is_not_shown() {
        for action in crate::Catalogue::get().actions() {
            let compiled = compile(action);
            for (path, _) in action.secrets() {
                let there = |schema: &Map<String, Value>| {
                    let mut cut = schema.clone();
                    remove(&mut cut, path);
                    cut != *schema
                };
                assert!(there(&compiled.internal), "{}: there is no {path}", action.name);
                assert!(!there(&published(action)), "{}: {path} is shown", action.name);
                assert!(!there(&compiled.checked), "{}: {path} is taken", action.name);
            }
        }
    }

    #[test]
    fn secrets_are_removed_through_arrays() {
        let mut schema = portable::<Outer>();
        remove(&mut schema, "inner.depth");
        remove(&mut schema, "count");
        assert_eq!(
            Value::Object(schema.clone()).pointer("/properties/inner/items/properties"),
            Some(&json!({}))
        );
        assert_eq!(schema.get("required"), Some(&json!([])));
    }
}
