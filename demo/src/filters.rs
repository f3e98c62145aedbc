//! What each operation of the Jamf Pro API filters by (`demo/world/filters.tsv`), from Jamf's documents. An operation that is not there
//! takes no filter and says nothing when it is given one.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    exchange::{Answer, Call},
    rsql::Filter,
    shapes,
};

/// A field of a filter.
#[derive(Debug)]
struct Field {
    name: &'static str,
    /// Where its value is in a row, when that is under another name.
    path: Option<&'static str>,
    /// Only before and after: equality is refused.
    is_range: bool,
}

/// What an operation takes.
#[derive(Debug)]
pub(crate) struct Filters {
    /// The operators; none is all.
    operators: Vec<&'static str>,
    fields: Vec<Field>,
}

static TABLE: LazyLock<HashMap<&'static str, Filters>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut columns = line.split('\t');
        let (operation, operators, fields) = (columns.next()?, columns.next()?, columns.next()?);
        let field = |word: &'static str| {
            let (word, is_range) = word.strip_suffix('<').map_or((word, false), |word| (word, true));
            let (name, path) = word.split_once('=').map_or((word, None), |(name, path)| (name, Some(path)));
            Field { name, path, is_range }
        };
        let operators = operators.split(' ').filter(|operator| *operator != "*").collect();
        Some((operation, Filters { operators, fields: fields.split(' ').map(field).collect() }))
    };
    include_str!("../world/filters.tsv").lines().filter_map(line).collect()
});

/// What the operation of a call takes; none where it takes no filter.
pub(crate) fn of(call: &Call) -> Option<&'static Filters> {
    let method = call.method.as_str();
    let (template, _) = shapes::operation(method, &call.parts())?;
    TABLE.get(format!("{method} {template}").as_str())
}

impl Filters {
    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether a field is one of them.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// Where the value of a field is in a row, when that is under another name.
    pub(crate) fn path(&self, name: &str) -> Option<&'static str> {
        self.field(name)?.path
    }

    /// The filter in the names of the rows, or the refusal of what the operation does not filter by.
    pub(crate) fn settle(&self, mut filter: Filter) -> Result<Filter, Answer> {
        for (name, operator) in filter.tests() {
            let Some(field) = self.field(name) else {
                return Err(Answer::bad_field(name, "The field cannot be used in a filter"));
            };
            let is_known = self.operators.is_empty() || self.operators.contains(&operator);
            let is_order = ["<", "<=", ">", ">="].contains(&operator);
            if !is_known || (field.is_range && !is_order) {
                let words = format!("The operator {operator} cannot be used with the field");
                return Err(Answer::bad_field(name, &words));
            }
        }
        filter.rename(&|name| self.path(name));
        Ok(filter)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Fields that Jamf filters by and that no row tells.
    const UNTOLD: [&str; 15] = [
        "active",
        "airPlayPassword",
        "general.awaitingConfiguration",
        "groupId",
        "groupName",
        "imei2",
        "languages",
        "locales",
        "network",
        "profileIdentifier",
        "security.lockdownModeEnabled",
        "status",
        "updated",
        "validAfter",
        "version",
    ];

    fn is_in(shape: &'static Value, path: &str) -> bool {
        let mut shape = shape;
        for name in path.split('.') {
            match shapes::fields(shape).and_then(|fields| fields.get(name)) {
                Some(field) => shape = field,
                None => return false,
            }
        }
        true
    }

    #[test]
    fn every_field_is_one_of_its_rows() {
        let (mut read, mut unknown) = (0, BTreeSet::new());
        for (operation, filters) in &*TABLE {
            let (method, template) = operation.split_once(' ').unwrap();
            let shape = &shapes::exactly(method, template).unwrap_or_else(|| panic!("{operation}")).1;
            let Some((_, row)) = shapes::rows(shape) else {
                assert!(template.contains("export"), "{operation} is no list");
                continue;
            };
            // The rows of mobile devices have their fields in sections, the filters do not.
            let sections = shapes::fields(row).unwrap().values();
            let sections: Vec<&'static Value> = match template.starts_with("/api/v2/mobile-devices") {
                true => sections.filter(|section| shapes::fields(section).is_some()).collect(),
                false => Vec::new(),
            };
            for field in &filters.fields {
                read += 1;
                let path = field.path.unwrap_or(field.name);
                // Older versions show a record of the newest in names of their own.
                let is_told = is_in(row, path)
                    || is_in(row, field.name)
                    || sections.iter().any(|section| is_in(section, path));
                if !is_told && !UNTOLD.contains(&path) {
                    unknown.insert(format!("{operation}: {path}"));
                }
            }
        }
        assert!(read > 900 && TABLE.len() > 95, "{read} of {}", TABLE.len());
        assert!(unknown.is_empty(), "{unknown:#?}");
    }
}
