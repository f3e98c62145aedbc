use std::collections::BTreeSet;

use jamf_pro_tools::Catalogue;

use super::*;
use crate::fleet::parts::{PARTS, Source};
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

/// The row that an object of a source makes in a table.
fn row(source: &str, table: &str, object: &serde_json::Value) -> Vec<(&'static str, Value)> {
    let source = sources().find(|one| one.name == source).unwrap();
    let mut object = object.clone();
    if let Some(prepare) = source.prepare {
        prepare(&mut object);
    }
    let (table, fill) = filled_by(source.name).find(|(one, _)| one.name == table).unwrap();
    let names = Names::default();
    let object = Object { kind: source.kind, id: "1", json: &object, read_at: "", names: &names };
    let row = table.rows(fill, &object).remove(0);
    table.columns.iter().map(|column| column.name).zip(row).collect()
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
