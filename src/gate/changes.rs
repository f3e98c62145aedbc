//! What changes of an object, field by field, as a person is shown it. What differs is worked out by [`crate::plan::diff`]; which object is
//! compared with which depends on the action.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Method};
use serde_json::{Map, Value};

use super::draft::several;
use super::names;
use super::reach::{criteria_in_order, plain};
use super::title::name_of;
use crate::error::Error;
use crate::jobs::Work;
use crate::plan::Change;
use crate::plan::diff::{self, Update};
use crate::sanitize::text;

/// Longest name of a device or an object that stands in a sentence.
pub(super) const VALUE: usize = 400;

/// Changes, and lines of one of them, that an agent is told at most. A person is shown all of them.
const TOLD: usize = 30;

/// What is given, and what is cleared by name. `before` is the object that is there. Of an object that begins to have an effect, what stays as
/// it is is shown too, because all of it takes effect.
///
/// # Errors
/// When names of objects that are given by their ids cannot be read although there are any.
pub(super) async fn all(
    work: &Work<'_>,
    action: &Action,
    before: Option<&Value>,
    after: Option<&Value>,
    begins: bool,
) -> Result<Vec<Change>, Error> {
    if let Some(objects) = several(action, before) {
        // Each of them, however many: nobody approves what has no name.
        let one = |(id, object): (&String, &Value)| {
            let name = name_of(Some(object)).map(|name| text::quoted(&name, 80));
            let name = name.unwrap_or_else(|| "(without a name)".to_owned());
            Change::new(diff::one_line(id), name, "deleted")
        };
        return Ok(objects.iter().map(one).collect());
    }
    if action.method == Method::Delete {
        let name = name_of(before).map(|name| text::quoted(&name, 80));
        let name = name.unwrap_or_else(|| "the object".to_owned());
        return Ok(vec![Change::new("(all of it)", name, "deleted")]);
    }
    let (before, after) = (before.cloned().map(in_order), after.cloned().map(in_order));
    let (before, after) = (before.as_ref(), after.as_ref());
    // Of an object that begins, all of it is shown besides what changes.
    let pairs = [Some((before, after)), (begins && before.is_some()).then_some((None, after))];
    let mut each = named(work, pairs.into_iter().flatten().collect()).await?.into_iter();
    let mut changes = each.next().unwrap_or_default();
    let stays = |change: &Change| !changes.iter().any(|other| other.field.starts_with(&change.field));
    let unchanged: Vec<Change> = each.flatten().filter(stays).map(as_it_is).collect();
    changes.extend(unchanged);
    Ok(changes)
}

/// A field that stays as it is.
fn as_it_is(change: Change) -> Change {
    let value = change.after.strip_prefix("+ ").unwrap_or(&change.after).to_owned();
    let lines = change.lines.iter().map(|line| line.replacen('+', " ", 1)).collect();
    Change { before: "(as it is)".to_owned(), after: value, lines, ..change }
}

/// What is given to an act that replaces nothing, field by field; what it acts on is named elsewhere.
///
/// # Errors
/// As those of [`all`].
pub(super) async fn of_act(
    work: &Work<'_>,
    action: &Action,
    arguments: &Map<String, Value>,
) -> Result<Vec<Change>, Error> {
    let in_path = |name: &str| name != "id" && action.path.contains(&format!("{{{name}}}"));
    let given = arguments.iter().filter(|(name, _)| in_path(name));
    let mut changes: Vec<Change> =
        given.map(|(name, value)| Change::new(name, "", diff::one_line(&plain(value)))).collect();
    changes.extend(named(work, vec![(None, arguments.get("body"))]).await?.into_iter().flatten());
    Ok(changes)
}

/// The object as the tenant will have it; nothing where the call has no body.
pub(super) fn result(
    action: &Action,
    arguments: &Map<String, Value>,
    before: Option<&Value>,
) -> Option<Value> {
    let body = arguments.get("body");
    let schema = action.input_schema();
    let schema = schema.get("properties").and_then(|properties| properties.get("body"));
    let update = match action.method {
        // The Classic API.
        Method::Put if action.xml.is_some() => Update::ReplacesSections,
        Method::Put => Update::Replaces,
        _ => Update::Merges,
    };
    let mut after = match (before, body) {
        (Some(before), Some(body)) => diff::result_of(before, body, schema.unwrap_or(&Value::Null), update),
        (Some(before), None) => before.clone(),
        (None, body) => body.cloned()?,
    };
    for field in arguments.get("clear").and_then(Value::as_array).into_iter().flatten().map(plain) {
        let pointer = format!("/{}", field.replace('.', "/"));
        if let Some(value) = after.pointer_mut(&pointer) {
            *value = Value::Null;
        }
    }
    Some(after)
}

/// The changes from each value to the one beside it, with the names of what is given by its id alone. Names are read once for all.
async fn named(
    work: &Work<'_>,
    pairs: Vec<(Option<&Value>, Option<&Value>)>,
) -> Result<Vec<Vec<Change>>, Error> {
    let compare = |names: diff::Names<'_>| -> Vec<Vec<Change>> {
        pairs.iter().map(|(before, after)| diff::changes(*before, *after, names)).collect()
    };
    let wanted: RefCell<BTreeSet<(String, ObjectId)>> = RefCell::default();
    let changes = compare(&|field, id| {
        wanted.borrow_mut().insert((field.to_owned(), id.clone()));
        None
    });
    let known: BTreeMap<(String, ObjectId), String> = names::read(work, &wanted.into_inner()).await?;
    if known.is_empty() {
        return Ok(changes);
    }
    Ok(compare(&|field, id| known.get(&(field.to_owned(), id.clone())).cloned()))
}

/// The changes as an agent is told them: it approves nothing, and has little room.
pub(super) fn for_agent(changes: &[Change]) -> Vec<Change> {
    let short = |value: &str| text::quoted(value, VALUE).trim_matches('"').to_owned();
    let one = |change: &Change| {
        let mut lines: Vec<String> = change.lines.iter().take(TOLD).map(|line| short_line(line)).collect();
        let more = change.lines.len().saturating_sub(TOLD);
        if more > 0 {
            lines.push(format!("… {more} further lines, which the person sees"));
        }
        Change { lines, ..Change::new(short(&change.field), short(&change.before), short(&change.after)) }
    };
    let mut told: Vec<Change> = changes.iter().take(TOLD).map(one).collect();
    let more = changes.len().saturating_sub(TOLD);
    if more > 0 {
        told.push(Change::new(format!("{more} further changes"), "", "the person sees them"));
    }
    told
}

fn short_line(line: &str) -> String {
    match line.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// The criteria of a group in the order in which they hold, so that a person reads what Jamf Pro does.
fn in_order(mut object: Value) -> Value {
    if let Some(criteria) = object.get_mut("criteria")
        && let Some(ordered) = criteria.as_array().and_then(|criteria| criteria_in_order(criteria))
    {
        *criteria = ordered.into_iter().cloned().collect();
    }
    object
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;
    use serde_json::json;

    use super::*;
    use crate::plan::diff::EMPTIED;

    fn fields(action: &str, body: Value, before: &Value) -> Vec<(String, String, String)> {
        let action = Catalogue::get().find(action).unwrap();
        let arguments = Map::from_iter([("id".to_owned(), json!("1")), ("body".to_owned(), body)]);
        let after = result(action, &arguments, Some(before));
        let found = diff::changes(Some(before), after.as_ref(), &|_, _| None);
        found.into_iter().map(|change| (change.field, change.before, change.after)).collect()
    }

    fn row(field: &str, before: &str, after: &str) -> (String, String, String) {
        (field.to_owned(), before.to_owned(), after.to_owned())
    }

    #[test]
    fn a_replacement_by_json_empties_what_is_left_out() {
        let before = json!({ "id": "1", "name": "HQ", "city": "Bern", "country": "" });
        assert_eq!(
            fields("building_update", json!({ "name": "HQ 2" }), &before),
            [row("name", "HQ", "HQ 2"), row("city", "Bern", EMPTIED)]
        );
    }

    #[test]
    fn what_a_prestage_enrollment_loses_inside_a_section_is_shown_and_what_jamf_computes_is_not() {
        let before = json!({
            "id": "1", "displayName": "Macs", "profileUuid": "B0", "siteId": "3", "versionLock": 4,
            "accountSettings": { "id": "7", "versionLock": 2, "localAdminAccountEnabled": true, "adminUsername": "ladmin" }
        });
        let body = json!({ "displayName": "Macs", "versionLock": 4, "accountSettings": { "id": "7", "versionLock": 2 } });
        let found = fields("computer_prestage_update", body, &before);
        let names: Vec<&str> = found.iter().map(|(field, ..)| field.as_str()).collect();
        assert!(names.contains(&"accountSettings.localAdminAccountEnabled"), "{names:?}");
        assert!(names.contains(&"accountSettings.adminUsername"), "{names:?}");
        assert!(!names.contains(&"profileUuid"), "{names:?}");
    }

    #[test]
    fn a_script_of_a_policy_that_loses_its_parameter_is_a_change() {
        let before = json!({
            "scripts": [{ "id": "1", "name": "wipe", "priority": "After", "parameter4": "--dry-run" }],
            "scope": { "computer_groups": [{ "id": "6", "name": "Firewall off" }], "exclusions": { "computer_groups": [] } }
        });
        let body = json!({
            "scripts": [{ "id": 1, "priority": "After" }],
            "scope": { "computer_groups": [{ "id": 6 }], "exclusions": { "computer_groups": [{ "id": 20 }] } }
        });
        assert_eq!(
            fields("policy_update", body, &before),
            [
                row("scripts[1 \"wipe\"].parameter4", "--dry-run", EMPTIED),
                row("scope.exclusions.computer_groups", "", "+ 20"),
            ]
        );
    }

    #[test]
    fn an_agent_is_told_some_of_many_changes_and_how_many_there_are() {
        let many: Vec<Change> =
            (0..100).map(|at| Change::new(format!("f{at}"), "", "x".repeat(900))).collect();
        let told = for_agent(&many);
        assert_eq!(told.len(), TOLD + 1);
        assert!(told.iter().all(|change| change.after.chars().count() <= VALUE + 1));
        assert_eq!(told.last().unwrap().field, "70 further changes");
    }
}
