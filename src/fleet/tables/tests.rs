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
