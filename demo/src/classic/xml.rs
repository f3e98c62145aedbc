//! XML of the Classic API to JSON and back. Reading keeps only what a shape knows, in its order; writing goes by the shape.

use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};

use super::facts::Shape;
use crate::{exchange::escape, store::id_text};

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
            let known = words.iter().find(|w| *w == given.trim());
            json!(known.or_else(|| words.first()))
        }
        Shape::List(list) => {
            let name = node.tag_name().name();
            let known = [list.item.as_str(), name.strip_suffix('s').unwrap_or(name)];
            let items = node.children().filter(|n| n.is_element() && known.contains(&n.tag_name().name()));
            items.map(|n| value(n, &list.shape)).collect()
        }
        Shape::Object(fields) => object(node, fields),
    }
}

/// The step of the order that an element belongs to, where a server minds the order.
fn step(parent: &str, name: &str) -> Option<u8> {
    match (parent, name) {
        ("scope", "limitations") => Some(1),
        ("scope", "exclusions") => Some(2),
        ("scope", _) => Some(0),
        ("policy" | "os_x_configuration_profile" | "configuration_profile", name) => Some(match name {
            "general" => 0,
            "scope" => 1,
            _ => 2,
        }),
        _ => None,
    }
}

fn object(node: Node<'_, '_>, fields: &[(String, Shape)]) -> Value {
    let mut made = Map::new();
    let mut reached = 0;
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        let Some((_, shape)) = fields.iter().find(|(field, _)| field == name) else { continue };
        if let Some(step) = step(node.tag_name().name(), name) {
            // What comes too late is not taken.
            if step < reached {
                continue;
            }
            reached = step;
        }
        made.insert(name.to_owned(), value(child, shape));
    }
    Value::Object(made)
}

/// Entities of a text decoded, as the server does once too often with payloads.
pub(super) fn decoded_again(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    plain.replace("&amp;", "&")
}

/// Sections of character data written as other text is, as the server does when it writes a property list anew.
pub(super) fn without_sections(text: &str) -> String {
    let mut parts = text.split("<![CDATA[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("]]>") {
            Some((section, rest)) => out.extend([escape(section).as_str(), rest]),
            None => out.extend(["<![CDATA[", part]),
        }
    }
    out
}

/// Whether a text has an ampersand that begins no entity.
pub(super) fn has_bare_ampersand(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        let name = rest.split_once(';').map_or("", |(name, _)| name);
        name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
    })
}

/// A whole document.
pub(super) fn write(root: &str, value: &Value, shape: &Shape) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    element(&mut out, root, value, Some(shape));
    out
}

fn element(out: &mut String, name: &str, value: &Value, shape: Option<&Shape>) {
    let text = match value {
        Value::Array(rows) => {
            let list = if let Some(Shape::List(list)) = shape { Some(list) } else { None };
            let item = list.map_or_else(|| name.strip_suffix('s').unwrap_or(name), |list| list.item.as_str());
            out.push_str(&format!("<{name}>"));
            if !list.is_some_and(|list| list.wrapped) {
                out.push_str(&format!("<size>{}</size>", rows.len()));
            }
            rows.iter().for_each(|row| element(out, item, row, list.map(|list| &list.shape)));
            out.push_str(&format!("</{name}>"));
            return;
        }
        Value::Object(fields) => {
            out.push_str(&format!("<{name}>"));
            for (field, value) in in_order(fields, shape) {
                element(out, field, value, shape.and_then(|shape| shape.field(field)));
            }
            out.push_str(&format!("</{name}>"));
            return;
        }
        Value::Null => String::new(),
        Value::String(text) => escape(&text.replace(|c: char| c.is_control() && !"\t\n\r".contains(c), "")),
        other => other.to_string(),
    };
    out.push_str(&if text.is_empty() { format!("<{name}/>") } else { format!("<{name}>{text}</{name}>") });
}

/// The fields as the shape orders them, then those that it does not know.
fn in_order<'v>(fields: &'v Map<String, Value>, shape: Option<&Shape>) -> Vec<(&'v String, &'v Value)> {
    let names: Vec<&str> = shape.into_iter().flat_map(Shape::names).collect();
    let known = names.iter().filter_map(|name| fields.get_key_value(*name));
    let others = fields.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    known.chain(others).collect()
}

/// The same value as JSON: ids are numbers however long, and some lists keep the name of their elements.
pub(super) fn write_json(root: &str, value: &Value, shape: &Shape) -> String {
    let mut out = format!("{{{}:", json!(root));
    in_json(&mut out, value, Some(shape));
    out.push('}');
    out
}

fn in_json(out: &mut String, value: &Value, shape: Option<&Shape>) {
    match (value, shape) {
        (Value::Array(rows), Some(Shape::List(list))) if list.wrapped => {
            if rows.is_empty() {
                out.push_str("{}");
                return;
            }
            out.push_str(&format!("{{{}:", json!(list.item)));
            match rows.as_slice() {
                [only] => in_json(out, only, Some(&list.shape)),
                _ => array(out, rows, Some(&list.shape)),
            }
            out.push('}');
        }
        (Value::Array(rows), shape) => {
            let shape = if let Some(Shape::List(list)) = shape { Some(&list.shape) } else { None };
            array(out, rows, shape);
        }
        (Value::Object(fields), shape) => {
            out.push('{');
            for (at, (name, value)) in in_order(fields, shape).into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&format!("{}:", json!(name)));
                in_json(out, value, shape.and_then(|shape| shape.field(name)));
            }
            out.push('}');
        }
        (Value::String(text), Some(Shape::Number)) if is_number(text) => out.push_str(text),
        (value, _) => out.push_str(&value.to_string()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
}

fn array(out: &mut String, rows: &[Value], shape: Option<&Shape>) {
    out.push('[');
    for (at, row) in rows.iter().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        in_json(out, row, shape);
    }
    out.push(']');
}

/// What a write answers: an element of the root with ids in it.
pub(super) fn outcome(root: &str, ids: &[String]) -> String {
    let ids: String = ids.iter().map(|id| format!("<id>{}</id>", escape(&id_text(&json!(id))))).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root}>{ids}</{root}>")
}
