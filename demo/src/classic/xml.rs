//! XML of the Classic API to JSON and back. Reading keeps only what a shape knows; writing takes any value.

use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};

use super::shape::Shape;
use crate::exchange::escape;

/// Read a body; `None` when it is not XML with this root.
pub(super) fn read(text: &str, root: &str, shape: &Shape) -> Option<Value> {
    let document = Document::parse(text).ok()?;
    let element = document.root_element();
    element.has_tag_name(root).then(|| value(element, shape))
}

fn content(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect()
}

fn value(node: Node<'_, '_>, shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!(content(node)),
        Shape::Number => json!(content(node).trim().parse::<i64>().unwrap_or(0)),
        Shape::Flag => json!(content(node).trim().eq_ignore_ascii_case("true")),
        Shape::Choice(words) => {
            let given = content(node);
            let known = words.iter().find(|w| **w == given.trim());
            json!(known.or_else(|| words.first()))
        }
        Shape::List(item) => {
            let items = node.children().filter(|n| n.is_element() && !n.has_tag_name("size"));
            items.map(|n| value(n, item)).collect()
        }
        Shape::Object(fields) => object(node, fields),
    }
}

fn object(node: Node<'_, '_>, fields: &[(&str, Shape)]) -> Value {
    let mut made = Map::new();
    let scope = node.has_tag_name("scope");
    let mut narrowed = false;
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        let Some((known, shape)) = fields.iter().find(|(f, _)| *f == name) else { continue };
        let narrows = matches!(name, "limitations" | "exclusions");
        // A target after what narrows it is out of order, and is not taken.
        if scope && narrowed && !narrows {
            continue;
        }
        narrowed |= narrows;
        made.insert((*known).to_owned(), value(child, shape));
    }
    Value::Object(made)
}

/// Entities of a text decoded, as the server does once too often with payloads.
pub(super) fn decoded_again(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    plain.replace("&amp;", "&")
}

/// A whole document.
pub(super) fn write(root: &str, value: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    element(&mut out, root, value);
    out
}

fn element(out: &mut String, name: &str, value: &Value) {
    let text = match value {
        Value::Array(rows) => {
            out.push_str(&format!("<{name}><size>{}</size>", rows.len()));
            rows.iter().for_each(|row| element(out, item(name), row));
            out.push_str(&format!("</{name}>"));
            return;
        }
        Value::Object(fields) => {
            out.push_str(&format!("<{name}>"));
            fields.iter().for_each(|(field, value)| element(out, field, value));
            out.push_str(&format!("</{name}>"));
            return;
        }
        Value::Null => String::new(),
        Value::String(text) => escape(&text.replace(|c: char| c.is_control() && !"\t\n\r".contains(c), "")),
        other => other.to_string(),
    };
    out.push_str(&if text.is_empty() { format!("<{name}/>") } else { format!("<{name}>{text}</{name}>") });
}

/// The name of one item of a list.
fn item(list: &str) -> &str {
    match list {
        "policies" => "policy",
        "categories" | "self_service_categories" => "category",
        "directory_bindings" => "binding",
        "jss_users" => "user",
        "jss_user_groups" => "user_group",
        "no_execute_on" => "day",
        other => other.strip_suffix('s').unwrap_or(other),
    }
}
