use std::collections::BTreeSet;

use jamf_pro_tools::Catalogue;

use serde_json::json;

use super::*;
use crate::fleet::parts::{PARTS, Source};
use crate::fleet::references;
use crate::sanitize::personal::Place;
use crate::sanitize::secrets;

fn sources() -> impl Iterator<Item = &'static Source> {
    PARTS.iter().flat_map(|part| part.sources)
}

/// Each column that Jamf's answers fill: table, column, its source, and its paths from an object.
fn origins() -> Vec<(&'static Table, &'static Column, &'static Source, Vec<String>)> {
    let mut origins = Vec::new();
    for table in tables() {
        for fill in table.fills {
            let source = sources()
                .find(|source| source.name == fill.source)
                .unwrap_or_else(|| panic!("{}", fill.source));
            origins.extend(table.columns.iter().map(|column| (table, column, source, column.fields(fill))));
        }
    }
    origins
}

#[test]
fn names_are_unique_and_every_source_fills_a_table() {
    let unique =
        |names: Vec<&str>| assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    unique(PARTS.iter().map(|part| part.name).collect());
    unique(sources().map(|source| source.name).collect());
    unique(tables().map(|table| table.name).chain(VIEWS.iter().map(|view| view.name)).collect());
    tables().for_each(|table| unique(table.columns.iter().map(|column| column.name).collect()));
    for source in sources() {
        assert!(filled_by(source.name).next().is_some(), "{} fills nothing", source.name);
    }
    assert!(tables().all(|table| table.key().any(Column::is_id)));
    assert!(tables().filter(|table| table.is_shared).all(|table| table.key().count() == 1));
}

#[test]
fn what_is_personal_is_what_is_personal_anywhere() {
    for (table, column, source, fields) in origins() {
        let path = Catalogue::get().find(source.list).unwrap().path;
        for field in fields.iter().filter(|field| !field.is_empty()) {
            let kind = Place::of_operation(path).at(field);
            if matches!(column.from, Origin::Path(_)) && kind.is_some() {
                assert_eq!(column.personal, kind, "{}.{} from {field}", table.name, column.name);
            }
        }
    }
}

#[test]
fn no_column_holds_a_secret() {
    for (table, column, source, fields) in origins() {
        for field in fields {
            let last = field.rsplit('.').next().unwrap_or_default();
            let is_said = column.kind == Kind::Boolean || !secrets::holds_a_secret(last);
            assert!(is_said, "{}.{} from {field}", table.name, column.name);
            let hidden = Catalogue::get().find(source.list).unwrap().hides;
            assert!(!hidden.contains(&last), "{}.{} from {field}", table.name, column.name);
        }
    }
}

#[test]
fn every_kind_that_refers_to_others_is_read_whole_with_its_references() {
    let kinds: BTreeSet<&str> = references::kinds().collect();
    let read: BTreeSet<&str> = sources().filter_map(|source| source.referrer).collect();
    assert_eq!(kinds, read);
    for source in sources() {
        let has = |table: &str| filled_by(source.name).any(|(own, _)| own.name == table);
        assert_eq!(has("object_references"), source.referrer.is_some(), "{}", source.name);
        let is_scoped = source.referrer.is_some_and(references::has_scope);
        assert_eq!((has("scope_entries"), has("scoped_objects")), (is_scoped, is_scoped), "{}", source.name);
        // A list has no scopes.
        assert!(!is_scoped || source.read.is_some(), "{}", source.name);
    }
}

#[test]
fn what_an_object_refers_to_is_a_row_each() {
    let policy = json!({
        "id": "1", "general": { "name": "Install", "enabled": true, "category": { "id": "4", "name": "Apps" } },
        "scope": { "computer_groups": [{ "id": "9", "name": "Lab" }] }, "scripts": [{ "id": "7", "name": "prepare" }],
        "files_processes": { "run_command": "jamf policy -event next" },
    });
    let rows: Vec<String> = rows("policies", "object_references", &policy)
        .into_iter()
        .map(|row| {
            let text =
                |value: &Value| if let Value::Text(text) = value { text.clone() } else { "-".to_owned() };
            row.iter().map(text).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(
        rows,
        [
            "policy 1 Install computer_group 9 Lab target exact",
            "policy 1 Install script 7 prepare runs exact",
            "policy 1 Install category 4 Apps belongs to exact",
            "policy 1 Install custom_event - next named in a text text",
        ]
    );
    let scoped = row("policies", "scoped_objects", &policy);
    assert_eq!(
        scoped[2..5],
        [
            ("name", Value::Text("Install".to_owned())),
            ("enabled", Value::Integer(1)),
            ("only_offered", Value::Integer(0)),
        ]
    );
}

/// The row that an object of a source makes in a table.
fn row(source: &str, table: &str, object: &serde_json::Value) -> Vec<(&'static str, Value)> {
    let columns = tables().find(|one| one.name == table).unwrap().columns;
    columns.iter().map(|column| column.name).zip(rows(source, table, object).remove(0)).collect()
}

fn rows(source: &str, table: &str, object: &serde_json::Value) -> Vec<Vec<Value>> {
    let source = sources().find(|one| one.name == source).unwrap();
    let mut object = object.clone();
    source.lay_out(&mut object);
    let (table, fill) = filled_by(source.name).find(|(one, _)| one.name == table).unwrap();
    let names = Names::default();
    let object = Object { owner: source.owner("1"), json: &object, read_at: "", names: &names };
    table.rows(fill, &object)
}

#[test]
fn a_credential_in_a_text_is_left_out_and_noted() {
    let with = serde_json::json!({ "scriptContents": "curl -u admin --password 'hunter2hunter2'" });
    let without = serde_json::json!({ "scriptContents": "echo hello" });
    let (with, without) = (row("scripts", "scripts", &with), row("scripts", "scripts", &without));
    assert!(!format!("{with:?}").contains("hunter2"), "{with:?}");
    let of =
        |row: &[(&str, Value)], name: &str| row.iter().find(|(column, _)| *column == name).unwrap().1.clone();
    assert_eq!(of(&with, "looks_like_secret"), Value::Integer(1));
    assert_eq!(of(&without, "looks_like_secret"), Value::Integer(0));
    assert_eq!(of(&without, "text"), Value::Text("echo hello".to_owned()));
    assert_ne!(of(&with, "digest"), of(&without, "digest"));
    let policy = serde_json::json!({ "scripts": [{ "id": "3", "parameter4": "password=hunter2hunter2", "parameter5": "" }] });
    let script = row("policies", "policy_scripts", &policy);
    assert!(!format!("{script:?}").contains("hunter2") && of(&script, "p4") != Value::Null, "{script:?}");
    assert_eq!(of(&script, "p5"), Value::Null);
}
