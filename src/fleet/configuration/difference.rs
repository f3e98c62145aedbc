//! The differences between two configurations, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Configuration, ConfiguredObject};
use crate::plan::diff;
use crate::sanitize::text;

/// Fields whose change is told by that of another one.
const TOLD_ELSEWHERE: &[&str] = &["digest", "payload_types", "targets", "runs_command", "looks_like_secret"];

/// What differs between two configurations.
#[derive(Debug, Default, Serialize)]
pub struct Difference {
    added: usize,
    removed: usize,
    changed: usize,
    /// One paragraph an object that differs.
    objects: Vec<String>,
    /// Kinds that were not compared, or not wholly, and why.
    gaps: Vec<String>,
}

impl Difference {
    /// Whether nothing differs of what was compared.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether everything was compared.
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for object in &self.objects {
            writeln!(f, "{object}\n")?;
        }
        match self.is_empty() {
            true => writeln!(f, "No differences.")?,
            false => {
                writeln!(f, "{} added, {} removed, {} changed.", self.added, self.removed, self.changed)?;
            }
        }
        for gap in &self.gaps {
            writeln!(f, "Not compared: {gap}")?;
        }
        Ok(())
    }
}

/// Compare two configurations. Objects of one tenant are the same where they have the same id, those of two tenants where they have the
/// same name.
pub fn compare(before: &Configuration, after: &Configuration) -> Difference {
    let is_one_tenant = before.tenant.address == after.tenant.address;
    let mut difference = Difference::default();
    let nouns: BTreeSet<&String> = before.objects.keys().chain(after.objects.keys()).collect();
    for noun in nouns {
        let (Some(old), Some(new)) = (before.objects.get(noun), after.objects.get(noun)) else { continue };
        let names = Names { before: Lookup::of(before), after: Lookup::of(after), is_one_tenant };
        of_kind(noun, &keyed(old, is_one_tenant), &keyed(new, is_one_tenant), &names, &mut difference);
    }
    for (configuration, which) in [(before, "the first"), (after, "the second")] {
        for (noun, why) in &configuration.missing {
            difference.gaps.push(format!("{noun} ({which} lacks some: {})", why.join("; ")));
        }
    }
    difference
}

/// Objects by what makes them the same in both configurations. Of several of one name each has its place among them.
fn keyed(objects: &[ConfiguredObject], is_one_tenant: bool) -> BTreeMap<(String, usize), &ConfiguredObject> {
    let mut found = BTreeMap::new();
    for object in objects {
        let key = if is_one_tenant { object.id.clone() } else { object.name.clone() };
        let place = (0..).find(|place| !found.contains_key(&(key.clone(), *place))).unwrap_or_default();
        found.insert((key, place), object);
    }
    found
}

/// Names of the objects that ids in fields stand for.
struct Lookup(BTreeMap<(&'static str, String), String>);

/// Fields that have the id of an object, and the kind of that object.
const IDS: &[(&str, &str)] = &[
    ("site_id", "site"),
    ("category_id", "category"),
    ("group_id", "computer group"),
    ("patch_title_id", "patch title"),
    ("directory_server_id", "directory server"),
];

/// Fields that have an id which means something in its own tenant alone.
const OWN_IDS: &[&str] = &["client_id", "enrollment_customization_id", "location_id", "software_title_id"];

impl Lookup {
    fn of(configuration: &Configuration) -> Self {
        let of_kind = |(_, noun): &(&str, &'static str)| {
            let objects = configuration.objects.get(*noun).map(Vec::as_slice).unwrap_or_default();
            let noun = *noun;
            objects
                .iter()
                .map(move |object| ((noun, object.id.clone()), object.name.clone()))
                .collect::<Vec<_>>()
        };
        Self(IDS.iter().flat_map(of_kind).collect())
    }

    fn name(&self, field: &str, id: &str) -> Option<&str> {
        let (_, noun) = IDS.iter().find(|(known, _)| *known == field)?;
        self.0.get(&(noun, id.to_owned())).map(String::as_str)
    }
}

struct Names {
    before: Lookup,
    after: Lookup,
    is_one_tenant: bool,
}

type Keyed<'a> = BTreeMap<(String, usize), &'a ConfiguredObject>;

fn of_kind(noun: &str, before: &Keyed<'_>, after: &Keyed<'_>, names: &Names, difference: &mut Difference) {
    let title = |object: &ConfiguredObject| {
        format!("{noun} \"{}\" ({})", text::line(&object.name), text::line(&object.id))
    };
    for (key, object) in after {
        let Some(old) = before.get(key) else {
            difference.added += 1;
            difference.objects.push(format!("+ {}", title(object)));
            continue;
        };
        let lines = changes(old, object, names);
        if !lines.is_empty() {
            difference.changed += 1;
            difference.objects.push(format!("~ {}\n{}", title(object), lines.join("\n")));
        }
    }
    for (_, object) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
        difference.removed += 1;
        difference.objects.push(format!("- {}", title(object)));
    }
}

/// The lines of what differs between two states of an object.
fn changes(before: &ConfiguredObject, after: &ConfiguredObject, names: &Names) -> Vec<String> {
    let mut lines = Vec::new();
    if before.name != after.name {
        lines.push(format!("    name: {} → {}", quoted(&before.name), quoted(&after.name)));
    }
    let fields: BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).collect();
    let mut is_told = false;
    for name in fields.iter().filter(|name| !TOLD_ELSEWHERE.contains(&name.as_str())) {
        let told = field(name, before.fields.get(*name), after.fields.get(*name), names);
        is_told |= !told.is_empty();
        lines.extend(told);
    }
    // A credential that is left out of a text shows in the digest of the text alone.
    if before.fields.get("digest") != after.fields.get("digest") && !is_told {
        lines.push("    text: another credential, which is not shown".to_owned());
    }
    let lists: BTreeSet<&String> = before.lists.keys().chain(after.lists.keys()).collect();
    for name in lists {
        let of = |object: &ConfiguredObject| -> Vec<String> {
            object.lists.get(name).into_iter().flatten().map(|row| entry(name, row, names)).collect()
        };
        lines.extend(entries(&list_words(name), &of(before), &of(after)));
    }
    lines
}

fn field(name: &str, before: Option<&Value>, after: Option<&Value>, names: &Names) -> Vec<String> {
    let is_id = IDS.iter().any(|(known, _)| *known == name);
    if OWN_IDS.contains(&name) && !names.is_one_tenant {
        return Vec::new();
    }
    let shown = |value: Option<&Value>, lookup: &Lookup| match value {
        None => "none".to_owned(),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(Value::String(id)) if is_id => match lookup.name(name, id) {
            Some(known) => quoted(known),
            None => id.clone(),
        },
        Some(Value::String(text)) => quoted(text),
        Some(other) => other.to_string(),
    };
    let (old, new) = (shown(before, &names.before), shown(after, &names.after));
    // The same id is another object elsewhere.
    let is_same = if is_id && !names.is_one_tenant { old == new } else { before == after };
    if is_same {
        return Vec::new();
    }
    let change = diff::change(name, before, after);
    if change.lines.is_empty() {
        return vec![format!("    {}: {old} → {new}", words(name))];
    }
    let mut lines = vec![format!("    {}:", words(name))];
    lines.extend(change.lines.iter().map(|line| format!("        {line}")));
    lines
}

/// What was added to a list and removed from it; where nothing was, its order.
fn entries(list: &str, before: &[String], after: &[String]) -> Vec<String> {
    let mut left: Vec<&String> = before.iter().collect();
    let mut lines = Vec::new();
    for entry in after {
        match left.iter().position(|known| *known == entry) {
            Some(at) => {
                left.remove(at);
            }
            None => lines.push(format!("    + {list}: {entry}")),
        }
    }
    lines.extend(left.into_iter().map(|entry| format!("    - {list}: {entry}")));
    lines
}

/// What a list is called for one of its entries.
fn list_words(name: &str) -> String {
    match name {
        "policy_scripts" => "script".to_owned(),
        "policy_packages" => "package".to_owned(),
        "profile_settings" => "setting".to_owned(),
        "group_criteria" | "search_criteria" => "criterion".to_owned(),
        "api_role_privileges" => "privilege".to_owned(),
        other => words(other),
    }
}

/// An entry of a list in a line.
fn entry(list: &str, row: &Map<String, Value>, names: &Names) -> String {
    let of = |name: &str| match row.get(name) {
        Some(Value::String(text)) => text::line(text),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let line = match list {
        "scope" => {
            format!("{} {} {}", of("role"), words(&of("type")), words_of_all(&of("type"), &of("name")))
        }
        "policy_scripts" => {
            let parameters = (4..=11).map(|number| (number, of(&format!("p{number}"))));
            let parameters: Vec<String> = parameters
                .filter(|(_, value)| !value.is_empty())
                .map(|(number, value)| format!("${number} {}", quoted(&value)))
                .collect();
            format!("{} ({}) {}", of("name"), of("when_run"), parameters.join(", "))
        }
        "policy_packages" => format!("{} ({})", of("name"), of("action")),
        "profile_settings" => format!("{} {} = {}", of("payload_type"), of("key"), of("value")),
        "group_criteria" | "search_criteria" => {
            let open = if row.get("open_paren") == Some(&Value::Bool(true)) { "(" } else { "" };
            let close = if row.get("close_paren") == Some(&Value::Bool(true)) { ")" } else { "" };
            let position = row.get("position").and_then(Value::as_i64).unwrap_or_default() + 1;
            let joined = if position > 1 { of("and_or") } else { String::new() };
            format!("{position}. {joined} {open}{} {} {}{close}", of("name"), of("operator"), of("value"))
        }
        "api_role_privileges" => of("privilege"),
        _ => row
            .values()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
    };
    // Ids are those of one tenant; two objects of one name in a scope are told apart by them.
    let id = of("entry_id");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if list == "scope" && names.is_one_tenant && !id.is_empty() { format!("{line} ({id})") } else { line }
}

/// Everybody is called by the switch of the scope.
fn words_of_all(kind: &str, name: &str) -> String {
    if kind == "all" {
        words(name.trim_start_matches("all_").trim_start_matches("jss_"))
    } else {
        name.to_owned()
    }
}

/// The name of a column, or of a kind, in words.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", text::line(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Origin;
    use super::*;

    fn configuration(address: &str, objects: Value) -> Configuration {
        let tenant = Origin { name: "test".to_owned(), address: address.to_owned() };
        Configuration {
            format: 1,
            tenant,
            made_at: String::new(),
            as_of: BTreeMap::new(),
            missing: BTreeMap::new(),
            objects: serde_json::from_value(objects).unwrap(),
        }
    }

    fn policy(id: &str, name: &str, fields: Value, scope: Value) -> Value {
        json!({ "id": id, "name": name, "fields": fields, "lists": { "scope": scope } })
    }

    fn target(kind: &str, id: &str, name: &str) -> Value {
        json!({ "role": "target", "type": kind, "entry_id": id, "name": name })
    }

    #[test]
    fn a_person_reads_what_was_added_removed_and_changed() {
        let before = configuration(
            "a",
            json!({ "policy": [
                policy("1", "Chrome", json!({ "enabled": true, "command": "one" }), json!([target("computer_group", "7", "Lab")])),
                policy("2", "Old", json!({}), json!([])),
            ] }),
        );
        let after = configuration(
            "a",
            json!({ "policy": [
                policy("1", "Chrome 2", json!({ "enabled": false, "command": "one\ntwo" }), json!([
                    target("computer_group", "7", "Lab"), { "role": "exclusion", "type": "building", "entry_id": "3", "name": "HQ" }])),
                policy("3", "New", json!({}), json!([])),
            ] }),
        );
        let difference = compare(&before, &after);
        assert!(!difference.is_empty() && difference.is_whole());
        assert_eq!(
            difference.to_string(),
            "~ policy \"Chrome 2\" (1)\n    name: \"Chrome\" → \"Chrome 2\"\n    command:\n        - one\n        + one\n        + two\n    \
             enabled: yes → no\n    + scope: exclusion building HQ (3)\n\n+ policy \"New\" (3)\n\n- policy \"Old\" (2)\n\n\
             1 added, 1 removed, 1 changed.\n"
        );
        assert!(compare(&after, &after).is_empty());
    }

    #[test]
    fn objects_of_two_tenants_are_the_same_by_their_names() {
        let fields = |site: &str| json!({ "site_id": site });
        let of = |address: &str, id: &str, site: &str| {
            let group = target("computer_group", id, "Lab");
            configuration(
                address,
                json!({ "policy": [policy(id, "Chrome", fields(site), json!([group]))], "site": [{ "id": site, "name": "Berlin" }] }),
            )
        };
        assert!(compare(&of("a", "1", "4"), &of("b", "9", "5")).is_empty());
        let difference = compare(&of("a", "1", "4"), &of("a", "9", "5"));
        assert_eq!((difference.added, difference.removed), (2, 2), "{difference}");
    }

    #[test]
    fn what_was_not_read_is_not_called_the_same() {
        let whole = configuration("a", json!({ "policy": [] }));
        let mut lacking = whole.clone();
        lacking.missing.insert("printer".to_owned(), vec!["printers: not permitted".to_owned()]);
        let difference = compare(&whole, &lacking);
        assert!(difference.is_empty() && !difference.is_whole());
        assert!(
            difference
                .to_string()
                .contains("Not compared: printer (the second lacks some: printers: not permitted)")
        );
    }

    #[test]
    fn another_credential_shows_in_the_digest_alone() {
        let script = |digest: &str| {
            let fields = json!({ "text": "echo [credential left out by jamf-pro-mcp]", "digest": digest });
            configuration("a", json!({ "script": [{ "id": "1", "name": "a.sh", "fields": fields }] }))
        };
        let text = compare(&script("one"), &script("two")).to_string();
        assert!(text.contains("another credential, which is not shown"), "{text}");
    }
}
