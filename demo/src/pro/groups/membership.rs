//! Who is in a group. A smart group without criteria holds every device; criteria that this does not know hold none.

use jiff::Timestamp;
use serde_json::Value;

use super::{Context, inventory, smart, text};
use crate::{inventory::Kind, paging::PageQuery, rsql::Filter, store::id_text};

/// Criteria by the names of the Jamf Pro interface, with the field of computers and of mobile devices behind them.
static CRITERIA: &[(&str, &str, &str)] = &[
    ("Computer Name", "general.name", ""),
    ("Display Name", "", "displayName"),
    ("Serial Number", "hardware.serialNumber", "serialNumber"),
    ("Model", "hardware.model", "model"),
    ("Model Identifier", "hardware.modelIdentifier", "modelIdentifier"),
    ("Operating System", "operatingSystem.name", ""),
    ("Operating System Version", "operatingSystem.version", ""),
    ("OS Version", "", "osVersion"),
    ("Username", "userAndLocation.username", "username"),
    ("Asset Tag", "general.assetTag", "assetTag"),
    ("Last Check-in", "general.lastCheckIn", ""),
    ("Last Inventory Update", "general.reportDate", "lastInventoryUpdateDate"),
];

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
pub(crate) fn recalculated(context: &Context<'_>, kind: Kind, criteria: &Value) -> Vec<String> {
    let rows = criteria.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut written = String::new();
    for (at, row) in rows.iter().enumerate() {
        let flag = |name: &str| row.get(name).and_then(Value::as_bool).unwrap_or_default();
        if at > 0 {
            written.push_str(if text(row, "andOr").eq_ignore_ascii_case("or") { "," } else { ";" });
        }
        written.push_str(if flag("openingParen") { "(" } else { "" });
        let Some(test) = test(kind, row) else { return Vec::new() };
        written.push_str(&test);
        written.push_str(if flag("closingParen") { ")" } else { "" });
    }
    let inventory = inventory(context, kind);
    let filter = Filter::read(&written).ok();
    if filter.is_none() {
        return Vec::new();
    }
    let query = PageQuery { page: 0, size: usize::MAX, sort: Vec::new(), filter };
    let (rows, _) = inventory.page(&context.store.fleet, &query, context.sight);
    rows.into_iter().map(|at| inventory.id(at).to_owned()).collect()
}

/// One criterion as a filter.
fn test(kind: Kind, row: &Value) -> Option<String> {
    let (_, computer, mobile) = CRITERIA.iter().find(|(name, _, _)| *name == text(row, "name"))?;
    let field = if kind == Kind::Computers { computer } else { mobile };
    let value = text(row, "value");
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"").replace('*', "\\*");
    let days_ago = |days: i64| {
        Timestamp::from_second(Timestamp::now().as_second().saturating_sub(days.saturating_mul(86_400))).ok()
    };
    let moment = || value.parse().ok().and_then(days_ago);
    let test = match text(row, "searchType") {
        "is" => format!("==\"{quoted}\""),
        "is not" => format!("!=\"{quoted}\""),
        "like" => format!("==\"*{quoted}*\""),
        "not like" => format!("!=\"*{quoted}*\""),
        "more than x days ago" => format!("<{}", moment()?),
        "less than x days ago" => format!(">{}", moment()?),
        _ => return None,
    };
    (!field.is_empty()).then(|| format!("{field}{test}"))
}
