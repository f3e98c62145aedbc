//! Who is in a group. A smart group without criteria holds every device; criteria that this does not know hold none.

use serde_json::Value;

use super::{Context, inventory, smart};
use crate::{
    inventory::Kind,
    recalculation::{self, RecalculationTarget},
    store::id_text,
};

/// The ids of the members of a group.
pub(crate) fn members(context: &Context<'_>, kind: Kind, group: &Value) -> Vec<String> {
    let list = |name: &str| group.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if smart(group) && list("criteria").is_empty() {
        return everyone(context, kind);
    }
    let inventory = inventory(context, kind);
    let there = |id: &String| inventory.find(id, context.sight).is_some();
    list("members").iter().map(id_text).filter(there).collect()
}

fn everyone(context: &Context<'_>, kind: Kind) -> Vec<String> {
    let inventory = inventory(context, kind);
    inventory.rows(context.sight).into_iter().map(|at| inventory.id(at).to_owned()).collect()
}

/// The ids that criteria choose now.
pub(crate) fn members_by_criteria(context: &Context<'_>, kind: Kind, criteria: &Value) -> Vec<String> {
    let rows = criteria.as_array().map(Vec::as_slice).unwrap_or_default();
    recalculation::chosen(context.store, context.sight, kind, rows)
}

/// The members of a smart group whose criteria were just written: those of before where it follows later.
pub(crate) fn following(
    context: &Context<'_>,
    kind: Kind,
    criteria: &Value,
    before: Option<&Value>,
) -> Vec<String> {
    if context.shared.recalculation().is_zero() {
        return members_by_criteria(context, kind, criteria);
    }
    before.map(|group| members(context, kind, group)).unwrap_or_default()
}

/// Let a smart group follow its criteria when it is time.
pub(crate) fn follow(context: &mut Context<'_>, kind: Kind, id: &str) {
    let delay = context.shared.recalculation();
    if !delay.is_zero() {
        recalculation::later(context.store, kind, RecalculationTarget::Group(id.to_owned()), delay);
    }
}
