//! Bodies and answers of the Classic API: what goes out as XML comes back as what it was, whatever it was.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/fitting.rs"]
#[expect(dead_code, reason = "shared with tests that make whole calls")]
mod fitting;

use jamf_pro_tools::difference::compare;
use jamf_pro_tools::{Action, Catalogue, Rows, classic, xml};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use fitting::fitting;

fn bodies() -> impl Iterator<Item = (&'static Action, &'static str, Map<String, Value>)> {
    let actions = Catalogue::get().actions();
    actions.filter_map(|action| Some((action, action.xml?, action.body_schema())))
}

fn normal(document: &str) -> Value {
    serde_json::from_str(&classic::normalized(document.as_bytes(), Rows::None).unwrap()).unwrap()
}

/// Entries without any field say nothing, and come back as nothing.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().all(says_nothing),
        Value::Array(items) => items.iter().all(says_nothing),
        Value::String(text) => text.is_empty(),
        other => other.is_null(),
    }
}

#[test]
fn any_value_of_any_body_type_survives_the_way_there_and_back() {
    for (action, root, schema) in bodies() {
        let mut roll = 3;
        for _ in 0..60 {
            let body = fitting(&schema, &mut roll);
            let document = xml::encode(root, &schema, &body).unwrap();
            let comparison = compare(&body, &normal(&document), &[]);
            assert!(
                comparison.differences.is_empty(),
                "{}: {:?}\n{body}\n{document}",
                action.name,
                comparison.differences
            );
        }
    }
}

/// Changes one scalar, the one that the number falls on; tells whether there was any.
fn changed(value: &mut Value, at: &mut usize) -> bool {
    match value {
        Value::Object(map) => map.values_mut().any(|value| changed(value, at)),
        Value::Array(items) => items.iter_mut().any(|value| changed(value, at)),
        scalar if *at == 0 => {
            *scalar = match &*scalar {
                Value::Bool(flag) => json!(!*flag),
                Value::Number(number) => json!(number.as_f64().unwrap() + 17.0),
                other => json!(format!("{}x", other.as_str().unwrap_or_default())),
            };
            true
        }
        _ => {
            *at -= 1;
            false
        }
    }
}

#[test]
fn no_change_on_the_way_stays_unseen() {
    for (action, root, schema) in bodies() {
        let mut roll = 5;
        for round in 0..40 {
            let body = fitting(&schema, &mut roll);
            let kept = normal(&xml::encode(root, &schema, &body).unwrap());
            let mut other = body.clone();
            if changed(&mut other, &mut (round * 3)) {
                let comparison = compare(&other, &kept, &[]);
                assert!(!comparison.differences.is_empty(), "{}: {other}\n{kept}", action.name);
            }
        }
    }
}

/// Whatever order a caller gives, elements come in the order of the schema, and each list in its own words.
#[test]
fn elements_come_in_the_order_of_the_schema() {
    for (action, root, schema) in bodies() {
        let mut roll = 9;
        for _ in 0..10 {
            let Value::Object(body) = fitting(&schema, &mut roll) else { unreachable!() };
            let backwards: Map<String, Value> = body.into_iter().rev().collect();
            let document = xml::encode(root, &schema, &Value::Object(backwards)).unwrap();
            let tree = roxmltree::Document::parse(&document).unwrap();
            assert_eq!(tree.root_element().tag_name().name(), root);
            in_order(action.name, tree.root_element(), &schema);
        }
    }
}

fn in_order(tool: &str, node: roxmltree::Node<'_, '_>, schema: &Map<String, Value>) {
    if let Some(item) = schema.get("x-item").and_then(Value::as_str) {
        for child in node.children().filter(roxmltree::Node::is_element) {
            assert_eq!(child.tag_name().name(), item, "{tool}");
            in_order(tool, child, schema["items"].as_object().unwrap());
        }
        return;
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let places: Vec<usize> = node
        .children()
        .filter(roxmltree::Node::is_element)
        .map(|child| {
            let name = child.tag_name().name();
            in_order(tool, child, properties[name].as_object().unwrap());
            properties.keys().position(|known| known == name).unwrap()
        })
        .collect();
    assert!(places.is_sorted(), "{tool}: {places:?}");
}

/// Puts a text into every place that takes any text.
fn filled(schema: &Map<String, Value>, text: &str) -> Option<Value> {
    match schema["type"].as_str().unwrap() {
        "object" => {
            let below = schema["properties"].as_object().unwrap().iter();
            let fields: Map<String, Value> = below
                .filter_map(|(name, property)| {
                    Some((name.clone(), filled(property.as_object().unwrap(), text)?))
                })
                .collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        "array" => Some(json!([filled(schema["items"].as_object().unwrap(), text)?])),
        "string" if schema.get("enum").is_none() && schema.get("pattern").is_none() => Some(json!(text)),
        _ => None,
    }
}

fn elements(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|value| 1 + elements(value)).sum(),
        Value::Array(items) => items.iter().map(|value| 1 + elements(value)).sum(),
        _ => 0,
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "</name>",
        "<evil/>",
        "&amp;",
        "&#0;",
        "&#x0;",
        "&lol;",
        "<?xml?>",
        "<!DOCTYPE x>",
        "\"",
        "'",
        "&",
        "<",
        ">",
        "\r",
        "\n",
        "\t",
        " ",
        "\u{0}",
        "\u{b}",
        "\u{fffe}",
        "\u{1f600}",
        "é",
        "x",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_arrives_as_it_was_or_is_refused_and_never_means_anything_else(text in hostile()) {
        for (action, root, schema) in bodies() {
            let Some(body) = filled(&schema, &text) else { continue };
            let Ok(document) = xml::encode(root, &schema, &body) else {
                let odd = |c: char| c < ' ' && !"\t\n\r".contains(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
                prop_assert!(text.contains(odd), "{}: {text:?} is refused", action.name);
                continue;
            };
            let tree = roxmltree::Document::parse(&document).unwrap();
            let inside = tree.root_element().descendants().skip(1);
            prop_assert_eq!(inside.clone().filter(|node| node.is_element()).count(), elements(&body), "{}", action.name);
            prop_assert!(inside.clone().all(|node| node.is_element() || node.is_text()), "{}", action.name);
            let kept = normal(&document);
            let comparison = compare(&body, &kept, &[]);
            prop_assert!(comparison.differences.is_empty() || says_nothing(&body), "{}: {:?}", action.name, comparison.differences);
        }
    }

    #[test]
    fn no_answer_breaks_the_reader(text in hostile(), name in "(computers|users|size|id|x_utc|x_epoch|x)") {
        let _ = classic::normalized(text.as_bytes(), Rows::None);
        for value in [json!(text), json!({ "size": text }), json!([{ "size": 1 }, { "computer": text }, null, 7])] {
            let body = json!({ "root": { name.clone(): value.clone(), "x_utc": value } }).to_string();
            for rows in [Rows::None, Rows::Whole] {
                let normal = classic::normalized(body.as_bytes(), rows).unwrap();
                prop_assert!(serde_json::from_str::<Value>(&normal).is_ok(), "{normal}");
            }
        }
    }
}

/// A word that Jamf does not know it would replace by its default: "Once per day" by "Once per computer".
#[test]
fn words_are_checked_before_they_are_sent_and_the_right_ones_named() {
    let action = Catalogue::get().find("policy_update").unwrap();
    for word in ["Once per day", "daily", "", "Twice per fortnight"] {
        let body = json!({ "general": { "frequency": word } });
        let problems = action.check(json!({ "id": "1", "body": body }).as_object().unwrap().clone());
        let said = problems.unwrap_err().to_string();
        assert!(said.contains("Once every day") && !said.contains("did you mean"), "{said}");
    }
    let body = json!({ "general": { "frequency": "once every day" } });
    let checked = action.check(json!({ "id": "1", "body": body }).as_object().unwrap().clone()).unwrap();
    assert_eq!(checked.arguments()["body"]["general"]["frequency"], "Once every day");
    let typo = json!({ "id": "1", "body": { "general": { "frequency": "Ongonig" } } });
    let said = action.check(typo.as_object().unwrap().clone()).unwrap_err().to_string();
    assert!(said.contains("did you mean `Ongoing`"), "{said}");
}

#[test]
fn entities_in_answers_are_inert() {
    let laughs =
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><policy><name>&b;</name></policy>";
    let file = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><policy><name>&a;</name></policy>";
    let remote = "<!DOCTYPE policy SYSTEM \"https://example.com/x.dtd\"><policy/>";
    for document in [laughs, file, remote, "<policy><name>&a;</name></policy>"] {
        assert!(classic::normalized(document.as_bytes(), Rows::None).is_err(), "{document}");
    }
    let deep = format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000));
    assert!(classic::normalized(deep.as_bytes(), Rows::None).is_err());
}
