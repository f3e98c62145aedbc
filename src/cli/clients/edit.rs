//! The text of a client's file with our entry in it, or without it. Everything else of the text stays as it is: comments, order, spaces.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstLeafNode, CstNode, CstObject, CstObjectProp, CstRootNode};
use toml_edit::visit_mut::{VisitMut, visit_value_mut};
use toml_edit::{Array, DocumentMut, Formatted, Item, Table, TableLike, Value, value};

use super::{Entry, NAME, Started};
use crate::cli::settings_file::Edited;

/// What a text of a file stands in, and where in it the servers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, with comments and trailing commas where a client takes them; whether an entry says that it is of the type `stdio`.
    Json {
        /// The object that holds the servers.
        servers: &'static str,
        /// An entry says its type.
        has_type: bool,
    },
    /// TOML, with a table of servers.
    Toml {
        /// The table that holds the servers.
        servers: &'static str,
    },
}

/// Put the entry in.
///
/// # Errors
/// Why the text is left as it is; the reason quotes nothing of the text.
pub(super) fn with_entry(format: Format, text: &str, entry: &Entry) -> Result<Edited, String> {
    match format {
        Format::Json { servers, has_type } => json_with(text, servers, has_type, entry),
        Format::Toml { servers } => toml_with(text, servers, entry),
    }
}

/// Take the entry out, where it starts this program.
///
/// # Errors
/// Why the text is left as it is; the reason quotes nothing of the text.
pub(super) fn without_entry(format: Format, text: &str) -> Result<Edited, String> {
    match format {
        Format::Json { servers, .. } => json_without(text, servers),
        Format::Toml { servers } => toml_without(text, servers),
    }
}

/// The entries that start this program, directly or by another one that has its name as an argument.
///
/// # Errors
/// Why the text cannot be read; the reason quotes nothing of it.
pub(super) fn entries(format: Format, text: &str) -> Result<Vec<Started>, String> {
    let mut found = Vec::new();
    let mut add = |name: String, command: Option<String>, arguments: Vec<String>| {
        let Some(command) = command else { return };
        let is_direct = is_ours(&command);
        if is_direct || arguments.iter().any(|argument| argument.contains("jamf-pro-mcp")) {
            found.push(Started { name, command, arguments, is_direct });
        }
    };
    match format {
        Format::Json { servers, .. } => {
            let root = json(text.trim_start_matches('\u{feff}'))?;
            let servers = if root.value().is_none() { None } else { servers_of(&root, servers)? };
            for entry in servers.iter().flat_map(CstObject::properties) {
                let arguments =
                    entry.object_value().and_then(|own| own.get("args")).and_then(|own| arguments_of(&own));
                let name = entry.decoded_name().unwrap_or_default();
                add(name, command_of(&entry), arguments.unwrap_or_default());
            }
        }
        Format::Toml { servers } => {
            let document = toml(text)?;
            for (name, entry) in
                document.get(servers).and_then(Item::as_table_like).iter().flat_map(|own| own.iter())
            {
                let entry = entry.as_table_like();
                let command = entry.and_then(|own| own.get("command")?.as_str()).map(str::to_owned);
                let arguments = entry.and_then(|own| own.get("args")?.as_array());
                let arguments = arguments.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                add(name.to_owned(), command, arguments.collect());
            }
        }
    }
    Ok(found)
}

/// The text with every value and comment that is not ours left out, so that a difference can be shown: other entries hold secrets.
pub(super) fn masked(format: Format, text: &str) -> String {
    let masked = match format {
        Format::Json { .. } => json(text).map(|root| {
            root.children().into_iter().for_each(mask);
            root.to_string()
        }),
        Format::Toml { .. } => toml(text).map(|mut document| {
            Mask.visit_document_mut(&mut document);
            let text = document.to_string();
            let lines = text.split('\n').map(|line| match line.split_once('#') {
                Some((before, _)) => format!("{before}# …"),
                None => line.to_owned(),
            });
            lines.collect::<Vec<_>>().join("\n")
        }),
    };
    masked.unwrap_or_default()
}

/// Whether a command is this program, by the name of its file.
fn is_ours(command: &str) -> bool {
    let name = command.rsplit(['/', '\\']).next().unwrap_or_default();
    matches!(name, "jamf-pro-mcp" | "jamf-pro-mcp.exe")
}

const NOT_OURS: &str = "has an entry `jamf` that starts another program; rename that one, or take it out";

/// A text as JSON, with comments and trailing commas.
///
/// # Errors
/// Where it is none; the reason quotes nothing of the text.
pub(in crate::cli) fn json(text: &str) -> Result<CstRootNode, String> {
    let strict = ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    CstRootNode::parse(text, &strict)
        .map_err(|error| format!("is no JSON: {} on line {}", error.kind(), error.line_display()))
}

/// A property that stands once. A client reads the last of two, and a person the first.
///
/// # Errors
/// When it stands twice.
pub(in crate::cli) fn once(object: &CstObject, name: &str) -> Result<Option<CstObjectProp>, String> {
    let mut found = object.properties().into_iter().filter(|own| own.decoded_name().as_deref() == Some(name));
    match (found.next(), found.next()) {
        (found, None) => Ok(found),
        _ => Err(format!("has `{name}` twice")),
    }
}

fn servers_of(root: &CstRootNode, name: &str) -> Result<Option<CstObject>, String> {
    let object = root.object_value().ok_or("has something else than an object in it")?;
    match once(&object, name)? {
        None => Ok(None),
        Some(servers) => {
            Ok(Some(servers.object_value().ok_or_else(|| format!("has a `{name}` that is no object"))?))
        }
    }
}

fn command_of(entry: &CstObjectProp) -> Option<String> {
    let command = entry.object_value()?.get("command")?.value()?;
    command.as_string_lit()?.decoded_value().ok()
}

/// The arguments of an entry; `None` where they are no list of texts.
fn arguments_of(property: &CstObjectProp) -> Option<Vec<String>> {
    let text = |argument: &CstNode| argument.as_string_lit()?.decoded_value().ok();
    property.array_value()?.elements().iter().map(text).collect()
}

fn json_with(text: &str, name: &str, has_type: bool, entry: &Entry) -> Result<Edited, String> {
    let root = json(text)?;
    if root.value().is_none() {
        root.set_value(CstInputValue::Object(Vec::new()));
    }
    let servers = match servers_of(&root, name)? {
        Some(servers) => servers,
        None => {
            let object = root.object_value().ok_or("has something else than an object in it")?;
            let servers = object.append(name, CstInputValue::Object(Vec::new()));
            servers.object_value().ok_or("could not be changed")?
        }
    };
    let command = CstInputValue::String(entry.command.clone());
    let arguments =
        CstInputValue::Array(entry.arguments.iter().map(|argument| argument.as_str().into()).collect());
    let Some(own) = once(&servers, NAME)? else {
        let mut fields = vec![("command".to_owned(), command), ("args".to_owned(), arguments)];
        if has_type {
            fields.insert(0, ("type".to_owned(), "stdio".into()));
        }
        servers.append(NAME, CstInputValue::Object(fields));
        return Ok(Edited::Added(ended(root.to_string())));
    };
    let ours = own.object_value().filter(|_| command_of(&own).is_some_and(|command| is_ours(&command)));
    let ours = ours.ok_or(NOT_OURS)?;
    let known = once(&ours, "args")?.and_then(|arguments| arguments_of(&arguments));
    if command_of(&own).as_deref() == Some(&entry.command) && known.as_deref() == Some(&entry.arguments) {
        return Ok(Edited::Same);
    }
    for (field, value) in [("command", command), ("args", arguments)] {
        match once(&ours, field)? {
            Some(there) => there.set_value(value),
            None => drop(ours.append(field, value)),
        }
    }
    Ok(Edited::Changed(root.to_string()))
}

fn json_without(text: &str, name: &str) -> Result<Edited, String> {
    let root = json(text)?;
    if root.value().is_none() {
        return Ok(Edited::NotThere(Vec::new()));
    }
    let Some(servers) = servers_of(&root, name)? else { return Ok(Edited::NotThere(Vec::new())) };
    let starts_this = |entry: &CstObjectProp| command_of(entry).is_some_and(|command| is_ours(&command));
    match once(&servers, NAME)?.filter(starts_this) {
        Some(own) => {
            own.remove();
            Ok(Edited::Removed(root.to_string()))
        }
        None => {
            let others = servers.properties().into_iter().filter(starts_this);
            Ok(Edited::NotThere(others.filter_map(|other| other.decoded_name()).collect()))
        }
    }
}

/// Leave out the values below a node, but for those of our entry.
fn mask(node: CstNode) {
    if let Some(property) = node.as_object_prop() {
        if property.decoded_name().as_deref() != Some(NAME)
            && let Some(value) = property.value()
        {
            mask(value);
        }
        return;
    }
    match &node {
        CstNode::Leaf(CstLeafNode::StringLit(text)) => text.set_raw_value("\"…\"".to_owned()),
        CstNode::Leaf(CstLeafNode::Comment(comment)) => comment.set_raw_value("// …".to_owned()),
        CstNode::Leaf(CstLeafNode::NumberLit(number)) => number.set_raw_value("0".to_owned()),
        _ => node.children().into_iter().for_each(mask),
    }
}

/// A new file ends with an end of line.
fn ended(text: String) -> String {
    if text.ends_with('\n') || text.contains('\n') && text.trim_end() != text { text } else { text + "\n" }
}

fn toml(text: &str) -> Result<DocumentMut, String> {
    text.parse::<DocumentMut>().map_err(|error| {
        let line = error
            .span()
            .map(|span| text.get(..span.start).map_or(0, |before| before.matches('\n').count()) + 1);
        let line = line.map(|line| format!(" (line {line})")).unwrap_or_default();
        format!("is no TOML{line}")
    })
}

fn starts_this(entry: &Item) -> bool {
    entry.as_table_like().and_then(|own| own.get("command")?.as_str()).is_some_and(is_ours)
}

fn toml_with(text: &str, name: &str, entry: &Entry) -> Result<Edited, String> {
    let mut document = toml(text)?;
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let servers = document.entry(name).or_insert(Item::Table(implicit));
    let servers: &mut dyn TableLike =
        servers.as_table_like_mut().ok_or_else(|| format!("has a `{name}` that is no table"))?;
    let arguments = Array::from_iter(entry.arguments.iter().map(String::as_str));
    let Some(own) = servers.get_mut(NAME) else {
        let mut own = Table::new();
        own.insert("command", value(&entry.command));
        own.insert("args", value(arguments));
        own.insert("tool_timeout_sec", value(120));
        servers.insert(NAME, Item::Table(own));
        return Ok(Edited::Added(document.to_string()));
    };
    if !starts_this(own) {
        return Err(NOT_OURS.to_owned());
    }
    let own = own.as_table_like_mut().ok_or(NOT_OURS)?;
    let known = own.get("args").and_then(Item::as_array);
    let known: Option<Vec<&str>> = known.and_then(|known| known.iter().map(Value::as_str).collect());
    let wanted: Vec<&str> = entry.arguments.iter().map(String::as_str).collect();
    if own.get("command").and_then(Item::as_str) == Some(&entry.command) && known == Some(wanted) {
        return Ok(Edited::Same);
    }
    for (field, new) in [("command", value(&entry.command)), ("args", value(arguments))] {
        set(own, field, new);
    }
    Ok(Edited::Changed(document.to_string()))
}

/// Set a value, and keep the comment behind it.
fn set(table: &mut dyn TableLike, field: &str, mut new: Item) {
    let before = table.get(field).and_then(Item::as_value).map(|before| before.decor().clone());
    if let (Some(decor), Some(new)) = (before, new.as_value_mut()) {
        *new.decor_mut() = decor;
    }
    table.insert(field, new);
}

fn toml_without(text: &str, name: &str) -> Result<Edited, String> {
    let mut document = toml(text)?;
    let Some(servers) = document.get_mut(name) else { return Ok(Edited::NotThere(Vec::new())) };
    let servers = servers.as_table_like_mut().ok_or_else(|| format!("has a `{name}` that is no table"))?;
    if servers.get(NAME).is_some_and(starts_this) {
        servers.remove(NAME);
        return Ok(Edited::Removed(document.to_string()));
    }
    let others = servers.iter().filter(|(_, entry)| starts_this(entry)).map(|(name, _)| name.to_owned());
    Ok(Edited::NotThere(others.collect()))
}

struct Mask;

impl VisitMut for Mask {
    fn visit_table_like_kv_mut(&mut self, key: toml_edit::KeyMut<'_>, node: &mut Item) {
        if key.get() != NAME {
            self.visit_item_mut(node);
        }
    }

    fn visit_value_mut(&mut self, node: &mut Value) {
        let decor = node.decor().clone();
        match node {
            Value::InlineTable(_) | Value::Array(_) => return visit_value_mut(self, node),
            _ => *node = Value::String(Formatted::new("…".to_owned())),
        }
        *node.decor_mut() = decor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MCP: Format = Format::Json { servers: "mcpServers", has_type: false };
    const TOML: Format = Format::Toml { servers: "mcp_servers" };

    fn entry() -> Entry {
        Entry { command: "/opt/bin/jamf-pro-mcp".to_owned(), arguments: vec!["serve".to_owned()] }
    }

    fn added(format: Format, text: &str) -> String {
        match with_entry(format, text, &entry()) {
            Ok(Edited::Added(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    fn removed(format: Format, text: &str) -> String {
        match without_entry(format, text) {
            Ok(Edited::Removed(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_new_file_has_the_entry_alone() {
        let expected = "{\n  \"mcpServers\": {\n    \"jamf\": {\n      \"command\": \"/opt/bin/jamf-pro-mcp\",\n      \"args\": [\"serve\"]\n    }\n  }\n}\n";
        for nothing in ["", "\n", "{}", "{}\n"] {
            assert_eq!(added(MCP, nothing).trim_end(), expected.trim_end(), "{nothing:?}");
        }
        assert_eq!(added(MCP, ""), expected);
        let typed = Format::Json { servers: "servers", has_type: true };
        assert!(added(typed, "").contains("\"type\": \"stdio\",\n      \"command\""));
        assert_eq!(
            added(TOML, ""),
            "[mcp_servers.jamf]\ncommand = \"/opt/bin/jamf-pro-mcp\"\nargs = [\"serve\"]\ntool_timeout_sec = 120\n"
        );
    }

    #[test]
    fn everything_else_of_json_stays_and_comes_back() {
        for text in [
            "{\n    // how it looks\n    \"theme\": \"dark\", /* not light */\n    \"mcpServers\": {\n        \"other\": {\"command\": \"x\", \"env\": {\"KEY\": \"1.0\"}}, // mine\n    },\n    \"z\": 1.50, \"a\": [ 1,2 ]\n}\n",
            "{\"mcpServers\":{\"other\":{\"command\":\"x\"}},\"b\":null}",
            "\u{20}{ \"b\" : 1 }\r\n",
            "{\r\n\t\"mcpServers\": {\r\n\t\t\"other\": {}\r\n\t}\r\n}\r\n",
        ] {
            let with = added(MCP, text);
            assert!(json(&with).is_ok(), "{with}");
            for part in
                ["// how it looks", "/* not light */", "// mine", "1.50", "[ 1,2 ]", "\"KEY\": \"1.0\""]
            {
                assert_eq!(with.contains(part), text.contains(part), "{part} in\n{with}");
            }
            assert_eq!(with.contains('\r'), text.contains('\r'), "{with:?}");
            assert_eq!(with_entry(MCP, &with, &entry()), Ok(Edited::Same));
            let (without, before) = (removed(MCP, &with), json(text).unwrap().to_string());
            let plain =
                |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect::<String>();
            let without = plain(&without).replace("\"mcpServers\":{}", "");
            assert_eq!(without, plain(&before), "{with}");
        }
    }

    #[test]
    fn everything_else_of_toml_stays_and_comes_back() {
        let text = "# mine\nmodel = \"o\" # best\n\n[mcp_servers.other]\ncommand = 'x' # why\nargs = [\n  \"-y\",\n]\n\n[mcp_servers.other.env]\nKEY = \"v\"\n\n[tui]\nx = 1 # last\n# end\n";
        let with = added(TOML, text);
        assert_eq!(with_entry(TOML, &with, &entry()), Ok(Edited::Same));
        for line in text.lines() {
            assert!(with.lines().any(|own| own == line), "{line:?} in\n{with}");
        }
        assert_eq!(removed(TOML, &with), text);
        let inline = "mcp_servers = { other = { command = \"x\" } }\n";
        assert!(toml(&added(TOML, inline)).unwrap()["mcp_servers"]["jamf"]["command"].is_str());
    }

    #[test]
    fn an_entry_of_ours_keeps_what_a_person_added_to_it() {
        let text = "{\"mcpServers\":{\"jamf\":{\"command\":\"C:\\\\old\\\\jamf-pro-mcp.exe\",\"args\":[\"serve\",\"--demo\"],\"env\":{\"A\":\"b\"}}}}";
        let Ok(Edited::Changed(changed)) = with_entry(MCP, text, &entry()) else { panic!() };
        assert!(
            changed.contains("\"env\":{\"A\":\"b\"}")
                && changed.contains("\"command\":\"/opt/bin/jamf-pro-mcp\""),
            "{changed}"
        );
        assert!(!changed.contains("--demo"), "{changed}");
        let text = "[mcp_servers.jamf]\ncommand = \"/old/jamf-pro-mcp\" # where\nenv = { A = \"b\" }\n";
        let Ok(Edited::Changed(changed)) = with_entry(TOML, text, &entry()) else { panic!() };
        assert!(changed.contains("# where") && changed.contains("env = { A = \"b\" }"), "{changed}");
    }

    #[test]
    fn what_is_not_ours_or_not_understood_is_left_alone() {
        for (format, text) in [
            (MCP, "{\"mcpServers\":{\"jamf\":{\"command\":\"npx\"}}}"),
            (MCP, "{\"mcpServers\":{\"jamf\":{\"url\":\"https://mcp.example.com\"}}}"),
            (MCP, "{\"mcpServers\":[]}"),
            (MCP, "[]"),
            (MCP, "{\"mcpServers\":{},\"mcpServers\":{}}"),
            (MCP, "{\"mcpServers\":{\"other\":{\"env\":{\"KEY\":\"hunter2\"}}"),
            (MCP, "{'mcpServers':{}}"),
            (TOML, "mcp_servers = 1"),
            (TOML, "KEY = \"hunter2\" x\n"),
            (TOML, "[mcp_servers.jamf]\ncommand = \"npx\"\n"),
        ] {
            let why = with_entry(format, text, &entry()).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
        let other = "{\"mcpServers\":{\"jamf-test\":{\"command\":\"/opt/bin/jamf-pro-mcp\"},\"jamf\":{\"command\":\"npx\"}}}";
        assert_eq!(without_entry(MCP, other), Ok(Edited::NotThere(vec!["jamf-test".to_owned()])));
        assert!(
            is_ours("/a/jamf-pro-mcp")
                && is_ours("C:\\a\\jamf-pro-mcp.exe")
                && !is_ours("/a/not-jamf-pro-mcp")
        );
    }

    #[test]
    fn a_difference_shows_no_value_of_other_entries() {
        let text = "{ // hunter2\n\"mcpServers\":{\"o\":{\"env\":{\"KEY\":\"hunter2\"},\"pin\":4711},\"jamf\":{\"command\":\"c\"}}}";
        let shown = masked(MCP, text);
        assert!(
            !shown.contains("hunter2") && !shown.contains("4711") && shown.contains("\"command\":\"c\""),
            "{shown}"
        );
        let text = "# hunter2\na = \"hunter2\" # hunter2\nb = [\"hunter2\"]\nc = { d = 4711 }\n[mcp_servers.jamf]\ncommand = \"c\"\n";
        let shown = masked(TOML, text);
        assert!(
            !shown.contains("hunter2") && !shown.contains("4711") && shown.contains("command = \"c\""),
            "{shown}"
        );
    }
}
