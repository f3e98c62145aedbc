//! The encoder: JSON of a documented body type to the XML that the Classic API takes, in schema order; and a reader for
//! the XML that it answers.
//!
//! Order matters because the Classic API drops what comes out of order, without a word. A list says the name of its
//! elements with `x-item` in its schema.

use quick_xml::Reader;
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Map, Value};

use crate::check::Problem;

/// Deepest nesting that is read.
const DEPTH: usize = 64;

/// Schema key of a list: the name of the element that each entry becomes.
pub(crate) const ITEM: &str = "x-item";

/// Write a checked value as a document with the root element `root`.
///
/// # Errors
/// When a text holds a character that XML cannot carry, or the schema does not say how to write a list.
pub fn encode(root: &str, schema: &Map<String, Value>, value: &Value) -> Result<String, Problem> {
    let mut writer = Writer::new(Vec::new());
    let mut encoder = Encoder { writer: &mut writer };
    encoder.element(root, schema, value, "body")?;
    let text = String::from_utf8(writer.into_inner())
        .map_err(|error| Problem::new("body", format!("is not UTF-8 once written: {error}")))?;
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}"))
}

struct Encoder<'a> {
    writer: &'a mut Writer<Vec<u8>>,
}

impl Encoder<'_> {
    fn element(
        &mut self,
        name: &str,
        schema: &Map<String, Value>,
        value: &Value,
        path: &str,
    ) -> Result<(), Problem> {
        self.event(Event::Start(BytesStart::new(name)), path)?;
        match value {
            Value::Object(map) => self.children(schema, map, path)?,
            Value::Array(items) => {
                let item = schema.get(ITEM).and_then(Value::as_str);
                let item = item
                    .ok_or_else(|| Problem::new(path, "is a list that the schema has no element name for"))?;
                let empty = Map::new();
                let below = schema.get("items").and_then(Value::as_object).unwrap_or(&empty);
                for (at, entry) in items.iter().enumerate() {
                    self.element(item, below, entry, &format!("{path}[{at}]"))?;
                }
            }
            Value::Null => {}
            Value::String(text) => self.text(text, path)?,
            Value::Bool(flag) => self.text(if *flag { "true" } else { "false" }, path)?,
            Value::Number(number) => self.text(&number.to_string(), path)?,
        }
        self.event(Event::End(BytesEnd::new(name)), path)
    }

    /// Properties in the order of the schema, whatever order the caller gave them in.
    fn children(
        &mut self,
        schema: &Map<String, Value>,
        map: &Map<String, Value>,
        path: &str,
    ) -> Result<(), Problem> {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
        for (name, property) in properties {
            if let (Some(value), Some(property)) = (map.get(name), property.as_object()) {
                self.element(name, property, value, &format!("{path}.{name}"))?;
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str, path: &str) -> Result<(), Problem> {
        if let Some(odd) = text.chars().find(|c| !is_xml(*c)) {
            let code = u32::from(odd);
            return Err(Problem::new(
                path,
                format!("has the character U+{code:04X}, which the Classic API cannot carry"),
            ));
        }
        // A bare carriage return would be read back as a line feed.
        for (at, part) in text.split('\r').enumerate() {
            if at > 0 {
                self.event(Event::GeneralRef(quick_xml::events::BytesRef::new("#13")), path)?;
            }
            if !part.is_empty() {
                self.event(Event::Text(BytesText::new(part)), path)?;
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, path: &str) -> Result<(), Problem> {
        self.writer
            .write_event(event)
            .map_err(|error| Problem::new(path, format!("cannot be written: {error}")))
    }
}

/// The characters of XML 1.0.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not XML that can be read: {0}")]
pub struct ParseError(String);

/// An element: its name, its text, and its children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Name as written.
    pub name: String,
    /// All text directly inside it.
    pub text: String,
    /// Elements directly inside it, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Read a document. Document type declarations and entities that XML does not define itself are refused.
///
/// # Errors
/// When it is malformed, nested too deeply, or has a document type declaration.
pub fn parse(text: &str) -> Result<Element, ParseError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|error| ParseError(error.to_string()))? {
            Event::Start(start) => {
                if open.len() > DEPTH {
                    return Err(ParseError("it is nested too deeply".to_owned()));
                }
                open.push(Element { name: name_of(&start), ..Element::default() });
            }
            Event::Empty(start) => close(&mut open, Element { name: name_of(&start), ..Element::default() })?,
            Event::End(_) => {
                let element = open.pop().filter(|_| !open.is_empty()).ok_or_else(unbalanced_error)?;
                close(&mut open, element)?;
            }
            Event::Text(text) => append(&mut open, &text.xml10_content()),
            Event::CData(data) => append(&mut open, &data.xml10_content()),
            Event::GeneralRef(reference) => append(&mut open, &resolve(&reference)?),
            Event::DocType(_) => return Err(ParseError("it has a document type declaration".to_owned())),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) => {
            let root = document.children.into_iter().next();
            root.ok_or_else(|| ParseError("it has no element".to_owned()))
        }
        _ => Err(unbalanced_error()),
    }
}

fn unbalanced_error() -> ParseError {
    ParseError("an element is not closed".to_owned())
}

fn name_of(start: &BytesStart<'_>) -> String {
    start.name().as_ref().to_owned()
}

fn close(open: &mut [Element], element: Element) -> Result<(), ParseError> {
    open.last_mut().ok_or_else(unbalanced_error)?.children.push(element);
    Ok(())
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, ParseError> {
    if let Some(c) = reference.resolve_char_ref().map_err(|error| ParseError(error.to_string()))? {
        return Ok(c.to_string());
    }
    let name: &str = reference.as_ref();
    quick_xml::escape::resolve_predefined_entity(name)
        .map(str::to_owned)
        .ok_or_else(|| ParseError(format!("it uses the entity {name}, which is not one of XML's own")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn schema() -> Map<String, Value> {
        let schema = json!({
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "enabled": { "type": "boolean" },
                "count": { "type": "integer" },
                "packages": {
                    "type": "array", "x-item": "package",
                    "items": { "type": "object", "properties": { "id": { "type": "integer" }, "name": { "type": "string" } } }
                }
            }
        });
        schema.as_object().unwrap().clone()
    }

    #[test]
    fn elements_come_in_schema_order() {
        let value = json!({ "packages": [{ "name": "b", "id": 2 }, { "id": 3 }], "count": 1, "enabled": true, "name": "a" });
        assert_eq!(
            encode("policy", &schema(), &value).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><policy><name>a</name><enabled>true</enabled><count>1</count>\
             <packages><package><id>2</id><name>b</name></package><package><id>3</id></package></packages></policy>"
        );
    }

    #[test]
    fn null_and_empty_lists_empty_an_element() {
        let value = json!({ "name": null, "packages": [] });
        let text = encode("policy", &schema(), &value).unwrap();
        assert!(text.ends_with("<policy><name></name><packages></packages></policy>"), "{text}");
    }

    #[test]
    fn what_xml_cannot_carry_is_refused_by_path() {
        for odd in ["\u{0}", "\u{1}", "\u{b}", "\u{fffe}", "\u{1b}[0m"] {
            let problem = encode("policy", &schema(), &json!({ "packages": [{ "name": odd }] })).unwrap_err();
            assert_eq!(problem.path, "body.packages[0].name", "{problem}");
        }
    }

    #[test]
    fn declarations_and_entities_are_inert() {
        let laughs = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
        let file = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><x>&a;</x>";
        for text in [laughs, file, "<x>&a;</x>", "<x>", "</x>", "", "x", "<a></b>"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"<a>".repeat(100_000)).is_err());
    }

    #[test]
    fn answers_are_read() {
        let policy =
            parse("<?xml version=\"1.0\"?><policy><id>42</id><name>a &amp; b</name><x/></policy>").unwrap();
        assert_eq!(policy.child("id").unwrap().text, "42");
        assert_eq!(policy.child("name").unwrap().text, "a & b");
    }

    proptest! {
        #[test]
        fn any_text_arrives_or_is_refused(text in any::<String>()) {
            let value = json!({ "name": text });
            match encode("policy", &schema(), &value) {
                Ok(document) => {
                    let tree = roxmltree::Document::parse(&document).unwrap();
                    let name = tree.root_element().first_element_child().unwrap();
                    prop_assert_eq!(name.text().unwrap_or_default(), &text);
                    prop_assert_eq!(tree.descendants().filter(|node| node.is_element()).count(), 2);
                    let read = parse(&document).unwrap();
                    prop_assert_eq!(&read.child("name").unwrap().text, &text);
                }
                Err(_) => prop_assert!(text.chars().any(|c| !is_xml(c))),
            }
        }

        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
