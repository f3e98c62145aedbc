//! Checks that explain why something comes to a device or does not: their rows, and those of a scope. The main type is [`Check`].

use jamf_pro_tools::Checked;
use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Map, Value, json};

use super::Work;
use super::devices::Device;
use super::question::text;
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::scope::{Affected, Entry, EntryKind, Role};
use crate::fleet::view::{CriterionCheck, DeviceRow, Needs, ScopedObject, View};
use crate::sanitize::text as clean;

/// What a check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It keeps nothing away.
    Passes,
    /// It keeps the object from the device.
    Blocks,
    /// It cannot be decided here.
    Undecided,
    /// It decides nothing, and is worth knowing.
    Note,
}

/// One check, in the order in which they are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) outcome: Outcome,
    /// What was found, in words that stand after a colon.
    pub(super) evidence: String,
}

impl Check {
    pub(super) fn new(name: &'static str, outcome: Outcome, evidence: impl Into<String>) -> Self {
        Self { name, outcome, evidence: evidence.into() }
    }

    pub(super) fn row(&self) -> Map<String, Value> {
        let outcome = match self.outcome {
            Outcome::Passes => "passes",
            Outcome::Blocks => "blocks",
            Outcome::Undecided => "undecided",
            Outcome::Note => "note",
        };
        Map::from_iter([
            ("check".to_owned(), json!(self.name)),
            ("result".to_owned(), json!(outcome)),
            ("evidence".to_owned(), json!(self.evidence)),
        ])
    }
}

/// The first check with an outcome.
pub(super) fn first(checks: &[Check], outcome: Outcome) -> Option<&Check> {
    checks.iter().find(|check| check.outcome == outcome)
}

/// The kind of group that holds a device.
pub(super) fn group_kind(device: &Device) -> GroupKind {
    if device.kind == "computer" { GroupKind::Computer } else { GroupKind::MobileDevice }
}

/// A device of a view.
///
/// # Errors
/// When the fleet does not have it yet.
pub(super) fn row_of<'a>(view: &'a View, device: &Device) -> Result<&'a DeviceRow, Error> {
    let id = ObjectId::parse(&device.fact("id"));
    let row = id.and_then(|id| view.device(group_kind(device), &id));
    row.ok_or_else(|| {
        Error::caller("the device is newer than what is known of the fleet")
            .hint("ask again with `refresh: true`")
    })
}

/// An entry of a scope in words, such as `computer group "Pilot"`.
pub(super) fn entry_in_words(entry: &Entry) -> String {
    match (&entry.kind, &entry.id, entry.name.is_empty()) {
        (EntryKind::All(GroupKind::Computer), ..) => "all computers".to_owned(),
        (EntryKind::All(GroupKind::MobileDevice), ..) => "all mobile devices".to_owned(),
        (EntryKind::All(GroupKind::User), ..) => "all users".to_owned(),
        (kind, Some(id), true) => format!("{} with id {id}", kind.word().replace('_', " ")),
        (kind, ..) => format!("{} {}", kind.word().replace('_', " "), clean::quoted(&entry.name, 80)),
    }
}

/// Entries in words, the first of them.
pub(super) fn entries_in_words<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let words: Vec<String> = entries.map(entry_in_words).collect();
    let shown: Vec<&str> = words.iter().take(6).map(String::as_str).collect();
    match words.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The checks of a scope for a device: targets, exclusions and limitations.
///
/// # Errors
/// When the fleet cannot be read.
pub(super) async fn scope_checks(
    work: &Work<'_>,
    arguments: &Checked,
    view: &View,
    object: &ScopedObject,
    device: &DeviceRow,
) -> Result<Vec<Check>, Error> {
    let entries = view.entries_for(object, device);
    let mut checks = vec![targets(object, &entries)];
    checks.extend(exclusions(work, arguments, view, device, &entries).await?);
    for entry in object.deployment.scope.with_role(Role::Limitation) {
        checks.push(Check::new("limitation", Outcome::Undecided, limitation(entry)));
    }
    Ok(checks)
}

fn targets(object: &ScopedObject, entries: &[(&Entry, Known<bool>)]) -> Check {
    let of = |is: &dyn Fn(&Known<bool>) -> bool| {
        entries
            .iter()
            .filter(|(entry, known)| entry.role == Role::Target && is(known))
            .map(|(entry, _)| *entry)
            .collect::<Vec<_>>()
    };
    let (named, unknown) = (of(&Known::is_true), of(&|known| known.reasons().is_some()));
    let all = || object.deployment.scope.with_role(Role::Target);
    let (outcome, evidence) = if !named.is_empty() {
        (Outcome::Passes, format!("a target names the device: {}", entries_in_words(named.into_iter())))
    } else if !unknown.is_empty() {
        let reasons = entries
            .iter()
            .filter(|(entry, _)| entry.role == Role::Target)
            .filter_map(|(_, known)| known.reasons());
        let reasons: Vec<String> = reasons.map(ToString::to_string).take(3).collect();
        (Outcome::Undecided, reasons.join("; "))
    } else if all().next().is_some() {
        (Outcome::Blocks, format!("no target names the device; the targets are {}", entries_in_words(all())))
    } else if object.deployment.scope.may_hide_users {
        (
            Outcome::Undecided,
            "the scope names no targets, and Jamf's API does not say which users and user groups are targets"
                .to_owned(),
        )
    } else {
        (Outcome::Blocks, "the scope has no targets: nobody gets it".to_owned())
    };
    Check::new("targets", outcome, evidence)
}

async fn exclusions(
    work: &Work<'_>,
    arguments: &Checked,
    view: &View,
    device: &DeviceRow,
    entries: &[(&Entry, Known<bool>)],
) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    let mut passed = 0;
    for (entry, known) in entries.iter().filter(|(entry, _)| entry.role == Role::Exclusion) {
        match known {
            Known::Known(false) => passed += 1,
            Known::Known(true) => {
                let why = why_in(work, arguments, view, device, entry).await?;
                checks.push(Check::new(
                    "exclusions",
                    Outcome::Blocks,
                    format!("the device is excluded by the {}{why}", entry_in_words(entry)),
                ));
            }
            Known::Unknown(reasons) => checks.push(Check::new(
                "exclusions",
                Outcome::Undecided,
                format!("the {} may exclude it: {reasons}", entry_in_words(entry)),
            )),
        }
    }
    if checks.is_empty() {
        let evidence = match passed {
            0 => "there are none".to_owned(),
            passed => format!("none of the {passed} exclusions names the device"),
        };
        checks.push(Check::new("exclusions", Outcome::Passes, evidence));
    }
    Ok(checks)
}

/// Why a device is in the group of an entry: its criteria that are met, for a smart group.
async fn why_in(
    work: &Work<'_>,
    arguments: &Checked,
    view: &View,
    device: &DeviceRow,
    entry: &Entry,
) -> Result<String, Error> {
    let kind = match entry.kind {
        EntryKind::ComputerGroup => GroupKind::Computer,
        EntryKind::MobileDeviceGroup => GroupKind::MobileDevice,
        _ => return Ok(String::new()),
    };
    let group = view.groups(kind).find(|group| entry.names(Some(&group.id), &group.name));
    let Some(group) = group else { return Ok(String::new()) };
    if !group.is_smart {
        return Ok(", a static group that it is in".to_owned());
    }
    let Known::Known(criteria) = &group.criteria else { return Ok(String::new()) };
    let needs = Needs::default().facts(kind, criteria);
    let Ok(view) = work.view(&needs, arguments).await? else {
        return Ok(format!(", a smart group; `explain_membership` says why it is in it ({})", group.name));
    };
    let Some(device) = view.device(kind, &device.id) else { return Ok(String::new()) };
    let Known::Known((checks, _)) = view.explain_membership(device, &group.id) else {
        return Ok(String::new());
    };
    let met = checks.iter().filter(|check| check.is_met.is_true());
    let met: Vec<String> = met.map(|check| criterion_in_words(work, check)).take(3).collect();
    Ok(if met.is_empty() { String::new() } else { format!(", because {}", met.join(" and ")) })
}

/// A criterion with the value of the device: `Browser Exception is not "" (value: 2024-03-01)`.
pub(super) fn criterion_in_words(work: &Work<'_>, check: &CriterionCheck) -> String {
    let own = &check.criterion;
    let asked = format!("{} {} {}", own.name, own.operator, clean::quoted(&own.value, 80));
    match shown_values(work, check) {
        Some(values) => format!("{asked} (value: {values})"),
        None => asked,
    }
}

/// The values of a device that a criterion asks for, the first of many. Not where personal data are kept from the caller: a value can
/// be anything.
pub(super) fn shown_values(work: &Work<'_>, check: &CriterionCheck) -> Option<String> {
    if work.privacy().is_some() {
        return None;
    }
    let Known::Known(values) = &check.values else { return None };
    let own = check.criterion.value.to_lowercase();
    // Of the applications of a Mac those that have to do with the criterion.
    let mut known: Vec<&str> = values.iter().flatten().map(String::as_str).collect();
    if known.len() > 3 {
        known.retain(|value| value.to_lowercase().contains(&own) || own.contains(&value.to_lowercase()));
    }
    match (values.len(), known.as_slice()) {
        (_, []) if values.len() > 3 => Some(format!("none of {} values is like it", values.len())),
        (_, []) => Some("not reported".to_owned()),
        (_, some) => {
            let is_of_words = own.chars().any(char::is_alphabetic);
            let shown = some.iter().take(3).map(|value| match *value {
                // A boolean, which a criterion calls `Enabled` or `Managed`.
                "1" if is_of_words => "yes".to_owned(),
                "0" if is_of_words => "no".to_owned(),
                value => clean::quoted(value, 80),
            });
            Some(shown.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Why a limitation cannot be decided.
fn limitation(entry: &Entry) -> String {
    let why = match entry.kind {
        EntryKind::DirectoryUser | EntryKind::DirectoryGroup => {
            "it goes by the person who is logged in to the Mac, not by User and Location, and the directory decides it at that moment"
        }
        EntryKind::NetworkSegment => "it goes by the network that the device is in at that moment",
        EntryKind::Ibeacon => "it goes by the place of the device at that moment",
        _ => "it goes by the person who uses the device at that moment",
    };
    format!("it is limited to the {}: {why}", entry_in_words(entry))
}

/// What is known of a device beside what scopes ask for. The columns of both kinds have the same names.
///
/// # Errors
/// As [`Work::ask`].
pub(super) async fn facts_of(work: &Work<'_>, device: &Device) -> Result<Map<String, Value>, Error> {
    let sql = match device.kind {
        "computer" => {
            "SELECT name, serial_number, managed, mdm_capable, user_approved_mdm, site_name, mdm_profile_expires, last_check_in, last_contact,
                 last_inventory, days_since(last_check_in) AS days FROM computers WHERE id = ?1"
        }
        _ => {
            "SELECT name, serial_number, managed, NULL AS mdm_capable, NULL AS user_approved_mdm, site_name, mdm_profile_expires,
                 NULL AS last_check_in, last_contact, last_inventory, days_since(last_inventory) AS days FROM mobile_devices WHERE id = ?1"
        }
    };
    work.ask_one(sql, vec![json!(device.fact("id"))]).await
}

/// How many of some devices Jamf does not manage.
///
/// # Errors
/// As [`Work::ask`].
pub(super) async fn unmanaged(work: &Work<'_>, affected: &Affected) -> Result<usize, Error> {
    let sql = "SELECT 'computer' AS kind, id FROM computers WHERE managed = 0 UNION ALL SELECT 'mobile', id FROM mobile_devices WHERE managed = 0";
    let rows = work.ask(sql, Vec::new()).await?;
    let is_affected = |row: &&Map<String, Value>| {
        let kind =
            if text(row, "kind") == "computer" { GroupKind::Computer } else { GroupKind::MobileDevice };
        ObjectId::parse(text(row, "id")).is_some_and(|id| affected.devices.contains(&(kind, id)))
    };
    Ok(rows.iter().filter(is_affected).count())
}

/// Such as `Anna's MacBook (ZZ123)`.
pub(super) fn device_in_words(facts: &Map<String, Value>) -> String {
    format!("{} ({})", clean::quoted(text(facts, "name"), 80), text(facts, "serial_number"))
}

/// Whether a column of a row is 1; `None` where nothing is reported.
pub(super) fn is(row: &Map<String, Value>, column: &str) -> Option<bool> {
    row.get(column).and_then(Value::as_i64).map(|number| number != 0)
}

/// An object with a scope, as the view has it.
pub(super) fn object<'v>(view: &'v View, kind: &str, id: &ObjectId) -> Result<&'v ScopedObject, Error> {
    match view.object(kind, id) {
        Known::Known(object) => Ok(object),
        Known::Unknown(reasons) => Err(Error::unreachable(reasons.to_string())),
    }
}

/// Whether Jamf manages the device.
pub(super) fn managed(facts: &Map<String, Value>) -> Check {
    match is(facts, "managed") {
        Some(true) => Check::new("managed", Outcome::Passes, "Jamf Pro manages the device"),
        Some(false) => Check::new("managed", Outcome::Blocks, "Jamf Pro does not manage the device"),
        None => {
            Check::new("managed", Outcome::Undecided, "whether Jamf Pro manages the device is not reported")
        }
    }
}

/// Whether an object of a site is for the site of the device.
pub(super) fn site(site: &str, facts: &Map<String, Value>) -> Option<Check> {
    let none = |name: &str| name.is_empty() || name.eq_ignore_ascii_case("none");
    if none(site) {
        return None;
    }
    let own = text(facts, "site_name");
    let (outcome, evidence) = if own.eq_ignore_ascii_case(site) {
        (Outcome::Passes, format!("both are in the site {}", clean::quoted(site, 80)))
    } else {
        let own = if none(own) { "no site".to_owned() } else { clean::quoted(own, 80) };
        (Outcome::Blocks, format!("it belongs to the site {}, the device to {own}", clean::quoted(site, 80)))
    };
    Some(Check::new("site", outcome, evidence))
}
