//! Objects of the configuration by kind, and by name or id, over the tables of the fleet. The main type is [`Object`].

use jamf_pro_tools::check::nearest;
use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Map, Value};

use super::Work;
use super::question::text;
use crate::canonical::canonical;
use crate::error::Error;
use crate::sanitize::text as clean;

/// An object of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// Its kind, such as `computer_group`.
    pub(super) kind: String,
    /// Its Jamf id.
    pub(super) id: ObjectId,
    /// Its name.
    pub(super) name: String,
}

/// Tables with objects: the table, and its columns for the kind, the id and the name.
const TABLES: &[(&str, &str)] = &[
    ("policies", "'policy', id, name"),
    ("profiles", "kind, id, name"),
    ("groups", "CASE kind WHEN 'mobile' THEN 'mobile_device_group' ELSE kind || '_group' END, id, name"),
    ("scripts", "'script', id, name"),
    ("packages", "'package', id, name"),
    (
        "extension_attributes",
        "CASE kind WHEN 'mobile' THEN 'mobile_device' ELSE kind END || '_extension_attribute', id, name",
    ),
    ("prestages", "CASE kind WHEN 'mobile' THEN 'mobile_device' ELSE kind END || '_prestage', id, name"),
    ("apps", "kind, id, name"),
    ("patch_policies", "'patch_policy', id, name"),
    ("patch_titles", "'patch_title', id, name"),
    ("restricted_software", "'restricted_software', id, name"),
    ("ebooks", "'ebook', id, name"),
    ("categories", "'category', id, name"),
    ("buildings", "'building', id, name"),
    ("departments", "'department', id, name"),
    ("sites", "'site', id, name"),
    ("network_segments", "'network_segment', id, name"),
    ("searches", "CASE kind WHEN 'mobile' THEN 'mobile_device' ELSE kind END || '_search', id, name"),
    ("volume_purchasing", "kind, id, name"),
    ("classes", "'class', id, name"),
    ("printers", "'printer', id, name"),
    ("webhooks", "'webhook', id, name"),
    ("directory_servers", "'directory_server', id, name"),
    ("api_roles", "'api_role', id, name"),
    ("api_clients", "'api_client', id, name"),
    ("accounts", "'account', id, username"),
    ("account_groups", "'account_group', id, name"),
];

/// All tables with objects, and those that say how objects refer to others and what texts they have.
pub(super) const EVERYTHING: &[&str] = &[
    "policies",
    "profiles",
    "groups",
    "scripts",
    "packages",
    "extension_attributes",
    "prestages",
    "apps",
    "patch_policies",
    "patch_titles",
    "restricted_software",
    "ebooks",
    "categories",
    "buildings",
    "departments",
    "sites",
    "network_segments",
    "searches",
    "volume_purchasing",
    "classes",
    "printers",
    "webhooks",
    "directory_servers",
    "api_roles",
    "api_clients",
    "accounts",
    "account_groups",
    "policy_scripts",
    "profile_settings",
    "group_criteria",
    "scoped_objects",
    "object_references",
];

/// Selects that one statement joins; SQLite is told to refuse more than twenty.
const JOINED: usize = 15;

impl Object {
    /// Such as `computer group "Pilot" (id 48)`.
    pub(super) fn describe(&self) -> String {
        format!("{} {} (id {})", words(&self.kind), clean::quoted(&self.name, 120), self.id)
    }
}

/// A kind as people write it.
pub(super) fn words(kind: &str) -> String {
    match kind {
        "macos_profile" => "macOS profile".to_owned(),
        "mobile_profile" => "mobile device profile".to_owned(),
        "mac_app" => "Mac app".to_owned(),
        "app_installer" => "App Installer".to_owned(),
        "computer_prestage" => "computer PreStage".to_owned(),
        "mobile_device_prestage" => "mobile device PreStage".to_owned(),
        "api_role" => "API role".to_owned(),
        "api_client" => "API client".to_owned(),
        kind => kind.replace('_', " "),
    }
}

/// The same of several.
pub(super) fn plural(kind: &str) -> String {
    let one = words(kind);
    match one.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if one.ends_with("software") => one,
        None if one.ends_with(['s', 'h']) => format!("{one}es"),
        None => format!("{one}s"),
    }
}

/// `1 policy` or `2 policies`.
pub(super) fn counted(count: usize, kind: &str) -> String {
    format!("{count} {}", if count == 1 { words(kind) } else { plural(kind) })
}

impl Work<'_> {
    /// The objects of these tables.
    ///
    /// # Errors
    /// As [`Work::ask`].
    pub(super) async fn objects(&self, tables: &[&str]) -> Result<Vec<Object>, Error> {
        let selects: Vec<String> = TABLES
            .iter()
            .filter(|(table, _)| tables.contains(table))
            .map(|(table, columns)| format!("SELECT {columns} FROM {table}"))
            .collect();
        let mut found = Vec::new();
        for some in selects.chunks(JOINED) {
            let sql = format!(
                "WITH all_of (kind, id, name) AS ({}) SELECT * FROM all_of",
                some.join(" UNION ALL ")
            );
            found.extend(self.ask(sql, Vec::new()).await?.iter().filter_map(object));
        }
        Ok(found)
    }
}

fn object(row: &Map<String, Value>) -> Option<Object> {
    Some(Object {
        kind: text(row, "kind").to_owned(),
        id: ObjectId::parse(text(row, "id"))?,
        name: text(row, "name").to_owned(),
    })
}

/// The objects that a word means: those with exactly this name, else those with a form of it, else the one with this id.
pub(super) fn matching<'a>(objects: &'a [Object], kind: Option<&str>, word: &str) -> Vec<&'a Object> {
    let word = word.trim();
    let of_kind = || objects.iter().filter(|object| kind.is_none_or(|kind| object.kind == kind));
    let exact: Vec<&Object> = of_kind().filter(|object| object.name == word).collect();
    if !exact.is_empty() {
        return exact;
    }
    let form = canonical(word);
    let same: Vec<&Object> = of_kind().filter(|object| canonical(&object.name) == form).collect();
    if !same.is_empty() {
        return same;
    }
    let id = ObjectId::parse(word).filter(|_| kind.is_some());
    of_kind().filter(|object| id.as_ref() == Some(&object.id)).collect()
}

/// The one object that a word means.
///
/// # Errors
/// The candidates where there are several, and the nearest names where there is none.
pub(super) fn only<'a>(
    objects: &'a [Object],
    kind: Option<&str>,
    word: &str,
    what: &str,
) -> Result<&'a Object, Error> {
    match matching(objects, kind, word).as_slice() {
        [one] => Ok(one),
        [] => Err(not_found(objects, kind, word, what)),
        several => Err(Error::caller(format!("{} is {} objects", clean::quoted(word, 120), several.len()))
            .hint(format!(
                "ask which one is meant, and name it by its kind and id: {}",
                list(several.iter().copied())
            ))),
    }
}

/// There is no such object: how many were looked at, and the nearest names.
pub(super) fn not_found(objects: &[Object], kind: Option<&str>, word: &str, what: &str) -> Error {
    let of_kind: Vec<&Object> =
        objects.iter().filter(|object| kind.is_none_or(|kind| object.kind == kind)).collect();
    let form = canonical(word);
    let contain: Vec<&Object> =
        of_kind.iter().copied().filter(|object| canonical(&object.name).contains(&form)).take(5).collect();
    let near = if contain.is_empty() {
        let name = nearest(word, of_kind.iter().map(|object| object.name.as_str()));
        of_kind.iter().copied().filter(|object| Some(object.name.as_str()) == name).take(1).collect()
    } else {
        contain
    };
    let error = Error::caller(format!(
        "no {what} has the name{} {}; {} were looked at",
        if kind.is_some() { " or id" } else { "" },
        clean::quoted(word, 120),
        of_kind.len()
    ));
    if near.is_empty() { error } else { error.hint(format!("near to it: {}", list(near.into_iter()))) }
}

fn list<'a>(objects: impl Iterator<Item = &'a Object>) -> String {
    objects.take(10).map(Object::describe).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, id: u64, name: &str) -> Object {
        Object { kind: kind.to_owned(), id: ObjectId::Number(id), name: name.to_owned() }
    }

    #[test]
    fn a_word_is_a_name_before_it_is_a_form_of_one_or_an_id() {
        let objects = [
            object("policy", 2, "Install Rosetta"),
            object("policy", 26, "install rosetta"),
            object("script", 26, "2"),
        ];
        let ids = |kind, word| {
            matching(&objects, kind, word).iter().map(|object| object.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids(None, "install rosetta"), ["26"]);
        assert_eq!(ids(None, "INSTALL ROSETTA"), ["2", "26"]);
        assert_eq!(ids(Some("policy"), "2"), ["2"]);
        assert_eq!(ids(None, "2"), ["26"], "a name");
        assert!(ids(None, "26").is_empty(), "an id means nothing without a kind");
    }

    #[test]
    fn every_table_of_objects_is_among_all_of_them() {
        let tables: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
        assert!(EVERYTHING.starts_with(&tables));
    }

    #[test]
    fn kinds_have_a_plural() {
        assert_eq!(counted(2, "policy"), "2 policies");
        assert_eq!(counted(1, "macos_profile"), "1 macOS profile");
        assert_eq!(counted(3, "computer_search"), "3 computer searches");
    }
}
