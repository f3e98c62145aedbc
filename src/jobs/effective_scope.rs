//! Who gets an object now: its targets less its exclusions.

use std::collections::BTreeSet;

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::explain;
use super::objects;
use super::question::{Reading, percent, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::{Known, Reasons};
use crate::fleet::scope::{Affected, Entry, EntryKind, Role};
use crate::fleet::view::{Needs, ScopedObject, View};
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("effective_scope", "configuration")
        .about("Work out which devices an object with a scope comes to now: targets less exclusions, how many by each target, at most how many where limitations narrow it, and what is unknown.")
        .asked(&["who effectively gets this policy or profile", "who is in scope after exclusions", "who gets a policy in the end", "how many devices does a scope reach"]),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(&[
    "policies",
    "profiles",
    "apps",
    "prestages",
    "patch_policies",
    "restricted_software",
    "ebooks",
    "groups",
    "scoped_objects",
    "computers",
    "mobile_devices",
    "group_members",
]);

/// Arguments of `effective_scope`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name or id of the object.
    #[schemars(length(min = 1, max = 255))]
    object: String,
    /// Where the name is not enough; needed with an id.
    kind: Option<Kind>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Kinds of objects with a scope.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Kind {
    Policy,
    MacosProfile,
    MobileProfile,
    MacApp,
    MobileDeviceApp,
    AppInstaller,
    PatchPolicy,
    RestrictedSoftware,
    Ebook,
    ComputerPrestage,
    MobileDevicePrestage,
}

/// The tables of these kinds.
const TABLES: &[&str] =
    &["policies", "profiles", "apps", "prestages", "patch_policies", "restricted_software", "ebooks"];

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let all = work.objects(TABLES).await?;
    let word = arguments.text("object").unwrap_or_default();
    let named = objects::only(&all, arguments.text("kind"), word, "object with a scope")?;
    let needs = Needs::default().devices(GroupKind::Computer).devices(GroupKind::MobileDevice).scopes();
    let view = match work.view(&needs, arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let object = explain::object(&view, &named.kind, &named.id)?;
    let affected = match view.devices_in_scope(&named.kind, &named.id) {
        Known::Known(affected) => affected,
        Known::Unknown(reasons) => {
            let report = Report::new(format!("Who gets the {} is not known: {reasons}.", named.describe()));
            return Ok(Conclusion::Report(report.partial(reasons.to_string()).resting_on_view(&view)));
        }
    };
    let rows = devices(work, object, &affected).await?;
    let unmanaged = explain::unmanaged(work, &affected).await?;
    let known: usize =
        object.devices().iter().filter_map(|kind| view.devices(*kind).value()).map(|all| all.len()).sum();
    let report = Report::new(verdict(&named.describe(), object, &affected, known))
        .number("devices_at_most", affected.devices.len())
        .number("devices_unknown", affected.unknown.len())
        .number("devices_known", known)
        .number("not_managed", unmanaged)
        .rows(entries(&view, object))
        .rows(rows)
        .resting_on_view(&view);
    let report = match unmanaged {
        0 => report,
        some => report.note(format!(
            "{some} of these devices are not managed by Jamf Pro, so that nothing reaches them"
        )),
    };
    Ok(Conclusion::Report(with_notes(report, object, &affected)))
}

fn verdict(name: &str, object: &ScopedObject, affected: &Affected, known: usize) -> String {
    let count = affected.devices.len();
    let share = percent(count as u64, known as u64);
    let unknown = match affected.unknown.len() {
        0 => String::new(),
        some => format!(" Of {some} more it is not known."),
    };
    if !object.deployment.is_enabled {
        return format!("The {name} is switched off: nobody gets it. Switched on, its scope would decide.");
    }
    if !object.is_in_force(jiff::Timestamp::now()) {
        return format!(
            "The {name} is not in force (its dates are over or have not begun). Its scope holds {count} devices.{unknown}"
        );
    }
    if object.deployment.scope.with_role(Role::Target).next().is_none() {
        let unless = if object.deployment.scope.may_hide_users {
            ", unless it has Jamf users or user groups as targets, which Jamf's API does not say"
        } else {
            ""
        };
        return format!("The {name} names no targets: it comes to no device{unless}.");
    }
    let how = match (object.deployment.scope.narrowings().is_some(), object.deployment.is_only_offered) {
        (true, true) => "is offered in Self Service to at most",
        (false, true) => "is offered in Self Service to",
        (true, false) => "comes to at most",
        (false, false) => "comes to",
    };
    format!("The {name} {how} {count} of {known} devices ({share}).{unknown}")
}

/// The entries of the scope, the first of them, with how many devices each target or exclusion names. Whom a directory or a network names,
/// nobody knows here.
fn entries(view: &View, object: &ScopedObject) -> Vec<Map<String, Value>> {
    let all = &object.deployment.scope.entries;
    let mut counts = vec![0_usize; all.len()];
    for device in object.devices().iter().filter_map(|kind| view.devices(*kind).value()).flatten() {
        for (count, (_, is_named)) in counts.iter_mut().zip(view.entries_for(object, device)) {
            *count += usize::from(is_named.is_true());
        }
    }
    let is_counted = |entry: &Entry| {
        let of_the_moment = [
            EntryKind::DirectoryUser,
            EntryKind::DirectoryGroup,
            EntryKind::NetworkSegment,
            EntryKind::Ibeacon,
        ];
        entry.role != Role::Limitation && !of_the_moment.contains(&entry.kind)
    };
    let shown = all.iter().zip(counts).take(12);
    shown
        .map(|(entry, count)| {
            Map::from_iter([
                (entry.role.word().to_owned(), json!(explain::entry_in_words(entry))),
                ("devices".to_owned(), json!(is_counted(entry).then_some(count))),
            ])
        })
        .collect()
}

/// The devices, those that were last in contact first.
async fn devices(
    work: &Work<'_>,
    object: &ScopedObject,
    affected: &Affected,
) -> Result<Vec<Map<String, Value>>, Error> {
    let mut rows = Vec::new();
    for kind in object.devices() {
        let ids: BTreeSet<String> =
            affected.devices.iter().filter(|(own, _)| own == kind).map(|(_, id)| id.to_string()).collect();
        let sql = match kind {
            GroupKind::Computer => {
                "SELECT id, name, serial_number, username, department, last_check_in AS last_seen, CASE managed WHEN 0 THEN 0 END AS managed FROM computers ORDER BY last_check_in DESC"
            }
            _ => {
                "SELECT id, name, serial_number, username, department, last_inventory AS last_seen, CASE managed WHEN 0 THEN 0 END AS managed FROM mobile_devices ORDER BY last_inventory DESC"
            }
        };
        let is_affected = |row: &Map<String, Value>| ids.contains(text(row, "id"));
        rows.extend(work.ask(sql, Vec::new()).await?.into_iter().filter(is_affected));
    }
    Ok(rows)
}

fn with_notes(report: Report, object: &ScopedObject, affected: &Affected) -> Report {
    let mut report = report;
    if let Some(reasons) = object.deployment.scope.narrowings() {
        report = report.note(reasons.to_string());
    }
    for note in object.deployment.scope.notes() {
        report = report.note(note);
    }
    if let Some(reasons) = affected.unknown.values().cloned().reduce(Reasons::and) {
        report = report.note(format!("not known of some: {reasons}"));
    }
    report.note("`last_seen` is the last check-in of computers and the last inventory of mobile devices")
}
