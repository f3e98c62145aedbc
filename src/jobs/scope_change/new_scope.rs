//! The scope of a copy: that of the original, entries that the caller names, or none.

use jamf_pro_tools::Checked;
use serde_json::{Map, Value, json};

use super::super::Work;
use super::super::classic_objects::{self, Kind, Object};
use super::{EntryChange, Scope, ThingIds, name_of};
use crate::error::Error;
use crate::sanitize::text;

/// What the answer says of a scope that is the original's.
const COPIED: &str = "copied";

/// What a copy has as its scope.
pub(in super::super) struct ScopeOfCopy {
    /// What is written; nothing for a copy without a scope.
    pub(in super::super) written: Option<Value>,
    /// The same in a word, for the answer.
    pub(in super::super) word: &'static str,
}

/// The scope of a copy of an object, by `with_scope` and `scope`. `copied` is the scope of the original in the form in which it is written.
///
/// # Errors
/// When both are given, or a thing is not found.
pub(in super::super) async fn scope_of_copy(
    work: &Work<'_>,
    kind: &'static Kind,
    arguments: &Checked,
    copied: Option<Value>,
) -> Result<ScopeOfCopy, Error> {
    let entries = arguments.arguments().get("scope").and_then(Value::as_array);
    let Some(entries) = entries.filter(|entries| !entries.is_empty()) else {
        let is_copied = arguments.flag("with_scope");
        let word = if is_copied { COPIED } else { "none yet" };
        return Ok(ScopeOfCopy { written: copied.filter(|_| is_copied), word });
    };
    if arguments.flag("with_scope") {
        return Err(Error::caller(
            "give `with_scope` to copy the scope, or `scope` for another one, one of the two",
        ));
    }
    let schema: Map<String, Value> = classic_objects::schema_of(kind.create, "scope");
    let changes: Vec<EntryChange> =
        entries.iter().map(|entry| EntryChange::new(kind, &schema, true, entry)).collect::<Result<_, _>>()?;
    let mut scope = Scope { read: json!({}), written: json!({}) };
    let mut known = ThingIds::look_up(work, &changes, &scope).await?;
    for change in &changes {
        scope.add(&mut known, change).await?;
    }
    Ok(ScopeOfCopy { written: Some(scope.written), word: "as given" })
}

/// Refuse a copy of a scope that would lack what cannot be written: without a limitation or an exclusion it is wider. `left` is what of the
/// original is not in the copy; what is left out of a scope that is not copied is not said.
///
/// # Errors
/// What would be lost.
pub(in super::super) fn must_be_whole(
    original: &Object,
    scope: &ScopeOfCopy,
    left: &mut Vec<String>,
) -> Result<(), Error> {
    let (lost, others): (Vec<String>, Vec<String>) =
        std::mem::take(left).into_iter().partition(|path| classic_objects::is_of_scope(path));
    *left = others;
    if scope.word == COPIED && !lost.is_empty() {
        return Err(would_lose(&original.value, &lost));
    }
    Ok(())
}

/// Says which entries of a scope cannot be written back.
pub(super) fn would_lose(object: &Value, lost: &[String]) -> Error {
    let named = |path: &String| {
        let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
        match object.pointer(&pointer).map(name_of).filter(|name| !name.is_empty()) {
            Some(name) => format!("`{path}` ({})", text::quoted(&name, 60)),
            None => format!("`{path}`"),
        }
    };
    let lost: Vec<String> = lost.iter().take(20).map(named).collect();
    Error::caller(format!(
        "the scope holds what this server cannot write back and would lose: {}",
        lost.join(", ")
    ))
    .hint("change it in Jamf Pro, or remove these entries there first")
}
