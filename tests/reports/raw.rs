//! What the tenant says by itself, read straight from its API.

use serde_json::Value;

use crate::straight::Straight;
use crate::world::World;

/// The raw answers of a tenant.
pub(crate) struct Raw(Straight);

impl Raw {
    pub(crate) async fn of(world: &World) -> Self {
        Self(Straight::to(&world.tenant).await)
    }

    /// All rows of a list of the Jamf Pro API.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = self.0.read(&format!("{path}{joint}page-size=2000")).await;
        // A few lists have no pages.
        let rows = if page.is_array() { &page } else { &page["results"] };
        rows.as_array().unwrap_or_else(|| panic!("{path} answers {page}")).clone()
    }

    /// What a path answers.
    pub(crate) async fn all_of(&self, path: &str) -> Value {
        self.0.read(path).await
    }

    /// An object of the Classic API.
    pub(crate) async fn classic(&self, path: &str) -> Value {
        let answer = self.0.read(&format!("/JSSResource/{path}")).await;
        answer
            .as_object()
            .and_then(|map| map.values().next().cloned())
            .unwrap_or_else(|| panic!("{path} answers {answer}"))
    }

    /// All objects of a list of the Classic API, each whole.
    pub(crate) async fn objects(&self, family: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for row in self.classic(family).await.as_array().unwrap() {
            found.push(self.classic(&format!("{family}/id/{}", row["id"])).await);
        }
        found
    }
}

/// Rows at a pointer, each without the name of its kind around it.
pub(crate) fn rows<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let list = value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let inner = |row: &'a Value| {
        let only = row.as_object().filter(|map| map.len() == 1).and_then(|map| map.values().next());
        only.filter(|inner| inner.is_object()).unwrap_or(row)
    };
    list.iter().map(inner).collect()
}

/// An id as text.
pub(crate) fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The ids of the rows of a report that have these fields.
pub(crate) fn ids(report: &Value, fields: &[(&str, &str)]) -> std::collections::BTreeSet<String> {
    let is_it = |row: &&Value| fields.iter().all(|(name, value)| row[*name] == *value);
    report["rows"].as_array().into_iter().flatten().filter(is_it).map(|row| id(&row["id"])).collect()
}
