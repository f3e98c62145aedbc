//! The configuration of a tenant as one document, for a file that people keep and compare: every object with its fields and what belongs to
//! it, as the tables of statements have it, so without secrets. The main function is [`read`].

mod difference;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::access::FleetReader;
use super::parts::Part;
use super::sql::{self, Bounds, SqlTable};
use super::store::PartStatus;
use super::tables::Kind;
use crate::error::{Error, Kind as ErrorKind};

pub use difference::{Difference, compare};

/// The form of the document. A later one is another number.
const FORMAT: u32 = 1;

/// What a document may hold of one table.
const BOUNDS: Bounds = Bounds { rows: 1_000_000, characters: 1 << 30, time: Duration::from_secs(120) };

/// Objects of one kind.
struct Objects {
    /// What people call one of them, such as `policy`.
    noun: &'static str,
    /// The table that has one row of each.
    table: &'static str,
    /// The value of the column `kind` of theirs, where the table has objects of several kinds.
    kind: Option<&'static str>,
    /// The value of `object_kind` in their scopes, where they have some.
    scoped_as: Option<&'static str>,
    /// Tables of what belongs to them, each with the column that has their id.
    lists: &'static [(&'static str, &'static str)],
}

const fn of(noun: &'static str, table: &'static str) -> Objects {
    Objects { noun, table, kind: None, scoped_as: None, lists: &[] }
}

impl Objects {
    const fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    const fn scoped(mut self, kind: &'static str) -> Self {
        self.scoped_as = Some(kind);
        self
    }

    const fn with(mut self, lists: &'static [(&'static str, &'static str)]) -> Self {
        self.lists = lists;
        self
    }
}

const CRITERIA: &[(&str, &str)] = &[("group_criteria", "group_id")];
const CRITERIA_OF_SEARCH: &[(&str, &str)] = &[("search_criteria", "search_id")];
const SETTINGS: &[(&str, &str)] = &[("profile_settings", "profile_id")];

/// All objects, in the order of a document.
static OBJECTS: &[Objects] = &[
    of("policy", "policies")
        .scoped("policy")
        .with(&[("policy_scripts", "policy_id"), ("policy_packages", "policy_id")]),
    of("macOS profile", "profiles").kind("macos_profile").scoped("macos_profile").with(SETTINGS),
    of("mobile device profile", "profiles").kind("mobile_profile").scoped("mobile_profile").with(SETTINGS),
    of("computer group", "groups").kind("computer").with(CRITERIA),
    of("mobile device group", "groups").kind("mobile").with(CRITERIA),
    of("user group", "groups").kind("user").with(CRITERIA),
    of("script", "scripts"),
    of("package", "packages"),
    of("computer extension attribute", "extension_attributes").kind("computer"),
    of("mobile device extension attribute", "extension_attributes").kind("mobile"),
    of("user extension attribute", "extension_attributes").kind("user"),
    of("category", "categories"),
    of("building", "buildings"),
    of("department", "departments"),
    of("site", "sites"),
    of("network segment", "network_segments"),
    of("computer PreStage", "prestages").kind("computer"),
    of("mobile device PreStage", "prestages").kind("mobile"),
    of("Mac app", "apps").kind("mac_app").scoped("mac_app"),
    of("mobile device app", "apps").kind("mobile_device_app").scoped("mobile_device_app"),
    of("App Installer", "apps").kind("app_installer").scoped("app_installer"),
    of("patch title", "patch_titles"),
    of("patch policy", "patch_policies").scoped("patch_policy"),
    of("restricted software", "restricted_software").scoped("restricted_software"),
    of("book", "ebooks").scoped("ebook"),
    of("volume purchasing assignment", "volume_purchasing")
        .kind("volume_purchasing_assignment")
        .scoped("volume_purchasing_assignment"),
    of("volume purchasing invitation", "volume_purchasing")
        .kind("volume_purchasing_invitation")
        .scoped("volume_purchasing_invitation"),
    of("computer search", "searches").kind("computer").with(CRITERIA_OF_SEARCH),
    of("mobile device search", "searches").kind("mobile").with(CRITERIA_OF_SEARCH),
    of("user search", "searches").kind("user").with(CRITERIA_OF_SEARCH),
    of("class", "classes"),
    of("printer", "printers"),
    of("webhook", "webhooks"),
    of("directory server", "directory_servers"),
    of("API role", "api_roles").with(&[("api_role_privileges", "api_role_id")]),
    of("API client", "api_clients"),
    of("account", "accounts"),
    of("account group", "account_groups"),
];

/// Columns that are no configuration: when the row was read, which object it belongs to, and what changes by itself.
const LEFT_OUT: &[&str] = &["read_at", "kind", "object_kind", "members", "transfer_status"];

/// The configuration of a tenant at a moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Configuration {
    /// The form of the document.
    pub format: u32,
    /// Which tenant it is of.
    pub tenant: Origin,
    /// When the document was made, in UTC.
    pub made_at: String,
    /// When the oldest of each part was read.
    pub as_of: BTreeMap<String, Option<String>>,
    /// Kinds of objects that are not whole, and why: nothing can be said of what is not among them.
    pub missing: BTreeMap<String, Vec<String>>,
    /// The objects by their kinds, in words.
    pub objects: BTreeMap<String, Vec<ConfiguredObject>>,
}

/// The tenant of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its name in the configuration of this program.
    pub name: String,
    /// Its address.
    pub address: String,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfiguredObject {
    /// Its id.
    pub id: String,
    /// Its name; its id where it has none.
    pub name: String,
    /// Its other fields, without those that have no value.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// What belongs to it, such as its scope, by the name of the list.
    #[serde(default)]
    pub lists: BTreeMap<String, Vec<Map<String, Value>>>,
}

/// The parts that fill the tables of a kind.
fn parts(objects: &Objects) -> Vec<&'static Part> {
    sql::sql_table(objects.table).map(|table| table.parts.clone()).unwrap_or_default()
}

/// Read the configuration of a tenant through what is kept of it, none of it older than `max_age`.
///
/// # Errors
/// When the store fails, or nobody waits any more. What could not be read, or is not allowed, is in `missing`.
pub async fn read(
    reader: &FleetReader,
    max_age: Option<Duration>,
    tenant: Origin,
) -> Result<Configuration, Error> {
    let mut configuration = Configuration {
        format: FORMAT,
        tenant,
        made_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        as_of: BTreeMap::new(),
        missing: BTreeMap::new(),
        objects: BTreeMap::new(),
    };
    let prepares =
        OBJECTS.iter().map(|objects| reader.prepare_columns(objects.noun, parts(objects), max_age));
    let prepared = futures::future::join_all(prepares).await;
    for (objects, prepared) in OBJECTS.iter().zip(prepared) {
        let noun = objects.noun.to_owned();
        match prepared {
            Ok(None) => {}
            Ok(Some(progress)) => {
                configuration.missing.insert(noun, vec![progress.to_string()]);
                continue;
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotAllowed) => {
                configuration.missing.insert(noun, vec![error.to_string()]);
                continue;
            }
            Err(error) => return Err(error),
        }
        let names: Vec<&str> = parts(objects).iter().map(|part| part.name).collect();
        let of_kind: Vec<PartStatus> =
            reader.statuses().into_iter().filter(|status| names.contains(&status.part.name)).collect();
        let gaps: Vec<String> = of_kind.iter().flat_map(PartStatus::missing).collect();
        if !gaps.is_empty() {
            configuration.missing.insert(noun.clone(), gaps);
        }
        for status in &of_kind {
            configuration.as_of.insert(status.part.name.to_owned(), status.as_of().map(str::to_owned));
        }
        configuration.objects.insert(noun, objects_of(reader, objects).await?);
    }
    Ok(configuration)
}

/// The objects of a kind, by their names.
async fn objects_of(reader: &FleetReader, objects: &Objects) -> Result<Vec<ConfiguredObject>, Error> {
    let (condition, parameters) = match objects.kind {
        Some(kind) => ("WHERE kind = ?1", vec![json!(kind)]),
        None => ("", Vec::new()),
    };
    let rows = rows(reader, objects.table, condition, parameters.clone()).await?;
    let mut found: BTreeMap<String, ConfiguredObject> = BTreeMap::new();
    for mut row in rows {
        let mut take = |name: &str| match row.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let Some(id) = take("id") else { continue };
        let name = take("name").or_else(|| take("username")).unwrap_or_else(|| id.clone());
        let object = ConfiguredObject { id: id.clone(), name, fields: row, lists: BTreeMap::new() };
        found.insert(id, object);
    }
    for (table, owner) in objects.lists {
        let has_kind = sql::sql_table(table).is_some_and(|table| has_column(table, "kind"));
        let condition = if has_kind { condition } else { "" };
        let parameters = if has_kind { parameters.clone() } else { Vec::new() };
        add_list(&mut found, table, owner, self::rows(reader, table, condition, parameters).await?);
    }
    if let Some(kind) = objects.scoped_as {
        let entries =
            self::rows(reader, "scope_entries", "WHERE object_kind = ?1", vec![json!(kind)]).await?;
        add_list(&mut found, "scope", "object_id", entries);
    }
    let mut found: Vec<ConfiguredObject> = found.into_values().collect();
    found.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    Ok(found)
}

fn has_column(table: &SqlTable, name: &str) -> bool {
    table.columns.iter().any(|column| column.name == name)
}

/// Give each row to the object whose id it has.
fn add_list(
    objects: &mut BTreeMap<String, ConfiguredObject>,
    list: &str,
    owner: &str,
    rows: Vec<Map<String, Value>>,
) {
    for mut row in rows {
        let id = row.remove(owner);
        let object = id.as_ref().and_then(Value::as_str).and_then(|id| objects.get_mut(id));
        if let Some(object) = object {
            object.lists.entry(list.to_owned()).or_default().push(row);
        }
    }
}

/// The rows of a table, in an order that does not depend on when they were read, without columns that have no value.
async fn rows(
    reader: &FleetReader,
    table: &str,
    condition: &str,
    parameters: Vec<Value>,
) -> Result<Vec<Map<String, Value>>, Error> {
    let known = sql::sql_table(table).ok_or_else(|| Error::internal(format!("there is no table {table}")))?;
    let columns: Vec<_> = known.columns.iter().filter(|column| !LEFT_OUT.contains(&column.name)).collect();
    let names = columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {names} FROM {table} {condition} ORDER BY {names}");
    let answer = reader.answer_prepared(&sql, parameters, BOUNDS).await?;
    if answer.has_more {
        return Err(Error::internal(format!("{table} does not fit into a file")));
    }
    let row = |values: Vec<Value>| {
        let values = columns.iter().zip(values).filter(|(_, value)| !value.is_null());
        values.map(|(column, value)| (column.name.to_owned(), written_value(column.kind, value))).collect()
    };
    Ok(answer.rows.into_iter().map(row).collect())
}

fn written_value(kind: Kind, value: Value) -> Value {
    match (kind, value.as_i64()) {
        (Kind::Boolean, Some(number)) => json!(number != 0),
        _ => value,
    }
}

/// A document as it was written.
///
/// # Errors
/// When it is no document of this form.
pub fn parse(text: &str) -> Result<Configuration, Error> {
    let wrong = |why: String| Error::caller(format!("this is no snapshot of a configuration: {why}"));
    let configuration: Configuration =
        serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    match configuration.format {
        FORMAT => Ok(configuration),
        other => Err(wrong(format!("its format is {other}, and this program reads {FORMAT}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::parts::{Class, PARTS};
    use crate::fleet::tables::{filled_by, tables};

    /// A new table of the configuration must not be forgotten here.
    #[test]
    fn every_object_of_the_configuration_is_in_a_document() {
        let known: Vec<&str> = OBJECTS
            .iter()
            .flat_map(|objects| {
                let lists = objects.lists.iter().map(|(table, _)| *table);
                lists.chain([objects.table]).chain(objects.scoped_as.map(|_| "scope_entries"))
            })
            .collect();
        // Where objects refer to is in their fields and scopes; groups on the platform are the same groups; members of user groups and
        // when something takes effect are no configuration of their own.
        let elsewhere = ["object_references", "scoped_objects", "platform_groups", "user_group_members"];
        for part in PARTS.iter().filter(|part| part.class == Class::Configuration) {
            for (table, _) in part.sources.iter().flat_map(|source| filled_by(source.name)) {
                assert!(
                    known.contains(&table.name) || elsewhere.contains(&table.name),
                    "{} is in no document",
                    table.name
                );
            }
        }
        assert!(known.iter().all(|name| tables().any(|table| table.name == *name)));
    }

    #[test]
    fn a_document_of_another_form_is_refused() {
        assert!(parse("{}").unwrap_err().to_string().contains("no snapshot"));
        let other = json!({ "format": 2, "tenant": { "name": "a", "address": "b" }, "made_at": "", "as_of": {}, "missing": {}, "objects": {} });
        assert!(parse(&other.to_string()).unwrap_err().to_string().contains("its format is 2"));
    }
}
