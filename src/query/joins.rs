//! Columns of a list that come from the fleet: which of them a question needs, and how the rows of the list get them. The main type is
//! [`Joins`]. What is answered, asked about and grouped by does not differ between these columns and the fields that Jamf answers.

use std::collections::HashMap;
use std::sync::Arc;

use jamf_pro_tools::Action;
use jamf_pro_tools::joins::{Join, JoinedColumn, JoinedKind};
use serde_json::{Map, Value, json};

use super::question::{Question, Reader};
use super::row_filter::RowFilter;

/// The columns of the fleet that a question needs, and what is known of them once they were read.
#[derive(Debug, Clone, Default)]
pub struct Joins {
    needed: Vec<Needed>,
    /// The age of each part of the fleet that they come from.
    pub as_of: Map<String, Value>,
    /// What a reader must know of them.
    pub notes: Vec<String>,
}

/// Rows of the fleet of which a question needs columns.
#[derive(Debug, Clone)]
pub struct Needed {
    /// The join.
    pub join: &'static Join,
    /// Its columns that are needed.
    pub columns: Vec<&'static JoinedColumn>,
    /// The caller asks for one of them, so that there is no answer without it.
    pub is_required: bool,
    rows: Option<Arc<JoinedValues>>,
}

/// Rows of the fleet.
#[derive(Debug, Default)]
pub struct JoinedValues {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The values of each row, by its id.
    pub rows: HashMap<String, Vec<Value>>,
    /// All of them were read.
    pub is_complete: bool,
}

impl Joins {
    /// The columns that are needed for an answer with these fields (none for all of them), of which `read` are read and `asked` are named by
    /// the caller. They leave `read`, and the ids by which they join are read in their place. The name of an id that is answered goes
    /// beside it.
    pub(super) fn among(
        action: &'static Action,
        fields: &mut Vec<String>,
        read: &mut Vec<String>,
        asked: &[String],
    ) -> Self {
        let is_everything = read.is_empty();
        let has = |paths: &[String], path: &str| paths.iter().any(|known| known == path);
        for join in action.joins.iter().filter(|join| join.is_name && !is_everything) {
            let Some(at) = fields.iter().position(|field| field == join.id) else { continue };
            for column in join.columns.iter().filter(|column| !has(fields, column.path)).collect::<Vec<_>>() {
                fields.insert(at + 1, column.path.to_owned());
                read.push(column.path.to_owned());
            }
        }
        let needed = action.joins.iter().filter_map(|join| {
            let is_needed =
                |column: &&JoinedColumn| is_everything || has(read, column.path) || has(asked, column.path);
            let columns: Vec<&'static JoinedColumn> = join.columns.iter().filter(is_needed).collect();
            let is_required = columns.iter().any(|column| has(asked, column.path));
            (!columns.is_empty()).then_some(Needed { join, columns, is_required, rows: None })
        });
        let needed: Vec<Needed> = needed.collect();
        read.retain(|path| action.joined(path).is_none());
        if !is_everything {
            for one in &needed {
                if !has(read, one.join.id) {
                    read.push(one.join.id.to_owned());
                }
            }
        }
        Self { needed, ..Self::default() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.needed.is_empty()
    }

    /// What is needed.
    pub fn needed(&self) -> &[Needed] {
        &self.needed
    }

    /// Take the rows that were read, one of each that is needed and was read.
    pub fn take(&mut self, rows: Vec<(&'static Join, JoinedValues)>) {
        for (join, values) in rows {
            let values = Arc::new(values);
            for one in self.needed.iter_mut().filter(|one| one.join == join) {
                one.rows = Some(values.clone());
            }
        }
    }

    /// The paths of columns that were not read.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let unread = self.needed.iter().filter(|one| one.rows.is_none());
        unread.flat_map(|one| &one.columns).map(|column| column.path)
    }

    /// Put the columns into a row of the list.
    pub(super) fn add_to(&self, row: &mut Value) {
        for one in &self.needed {
            let Some(values) = &one.rows else { continue };
            let Some(id) = id_at(row, one.join.id) else { continue };
            let found = values.rows.get(&id);
            for column in &one.columns {
                let at = values.columns.iter().position(|name| name == column.column);
                let value = at.and_then(|at| found?.get(at));
                insert(row, column.path, answered_value(column.kind, value, values.is_complete));
            }
        }
    }
}

impl Reader<'_> {
    /// The columns of the fleet that are needed. What the caller names there must be; default ones can be missing.
    pub(super) fn joins(&self, question: &mut Question) {
        let mut asked: Vec<String> = Vec::new();
        asked.extend(question.row_filter.iter().flat_map(RowFilter::paths).map(str::to_owned));
        if question.is_named {
            // Groups have their fields read, and under names of their own in their rows.
            asked.extend(question.read.iter().cloned());
        }
        let Question { fields, read, .. } = question;
        let is_grouped = question.groups.is_some();
        let mut no_fields = Vec::new();
        let fields = if is_grouped { &mut no_fields } else { fields };
        question.joins = Joins::among(self.action, fields, read, &asked);
    }
}

/// A value of the fleet as a row of a list shows it.
fn answered_value(kind: JoinedKind, value: Option<&Value>, is_complete: bool) -> Value {
    match (kind, value) {
        (JoinedKind::Flag, Some(Value::Number(number))) => json!(number.as_i64() != Some(0)),
        (JoinedKind::Count, None) if is_complete => json!(0),
        (_, Some(value)) => value.clone(),
        (_, None) => Value::Null,
    }
}

/// The id at a dotted path of a row.
fn id_at(row: &Value, path: &str) -> Option<String> {
    match path.split('.').try_fold(row, |here, name| here.get(name))? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Put a value at a dotted path, where the object is that has it.
fn insert(row: &mut Value, path: &str, value: Value) {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut parents = parent.split('.').filter(|name| !name.is_empty());
    let parent = parents.try_fold(row, |here, name| here.get_mut(name));
    if let Some(fields) = parent.and_then(Value::as_object_mut) {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    fn paths(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_what_a_question_needs_is_joined() {
        let action = Catalogue::get().find("policy_list").unwrap();
        let joins = |fields: &[&str], asked: &[&str]| {
            let (mut fields, mut read) = (paths(fields), paths(fields));
            let joins = Joins::among(action, &mut fields, &mut read, &paths(asked));
            (joins, read)
        };
        let (none, read) = joins(&["id", "name"], &[]);
        assert!(none.is_empty() && read == ["id", "name"]);
        let (defaults, read) = joins(&["name", "enabled"], &[]);
        assert_eq!(read, ["name", "id"], "the id by which rows join is read");
        assert!(defaults.needed().iter().all(|one| !one.is_required));
        let (asked, _) = joins(&["name"], &["frequency"]);
        assert!(asked.needed()[0].is_required && asked.needed()[0].columns[0].path == "frequency");
        let (everything, read) = joins(&[], &[]);
        assert!(read.is_empty() && everything.needed()[0].columns.len() > 8);
    }

    #[test]
    fn a_row_gets_its_columns_and_a_count_of_nothing_is_zero_only_where_all_is_known() {
        let action = Catalogue::get().find("script_list").unwrap();
        let join = &action.joins[0];
        let row = |id: &str, is_complete: bool| {
            let (mut fields, mut read) = (paths(&["used_by"]), paths(&["used_by"]));
            let mut joins = Joins::among(action, &mut fields, &mut read, &[]);
            let rows = HashMap::from([("7".to_owned(), vec![json!(3)])]);
            joins.take(vec![(join, JoinedValues { columns: paths(&["used_by"]), rows, is_complete })]);
            let mut row = json!({ "id": id });
            joins.add_to(&mut row);
            row["used_by"].clone()
        };
        assert_eq!([row("7", true), row("8", true), row("8", false)], [json!(3), json!(0), Value::Null]);
    }

    #[test]
    fn the_name_of_an_id_is_answered_beside_it() {
        let action = Catalogue::get().find("computer_list").unwrap();
        let mut fields = paths(&["id", "userAndLocation.departmentId", "general.name"]);
        let mut read = fields.clone();
        let joins = Joins::among(action, &mut fields, &mut read, &[]);
        assert_eq!(fields[2], "userAndLocation.department");
        assert_eq!(read, ["id", "userAndLocation.departmentId", "general.name"]);
        assert_eq!(joins.needed().len(), 1);
        let mut row = json!({ "userAndLocation": {} });
        insert(&mut row, "userAndLocation.department", json!("Design"));
        insert(&mut row, "nowhere.department", json!("Design"));
        assert_eq!(row, json!({ "userAndLocation": { "department": "Design" } }));
    }
}
