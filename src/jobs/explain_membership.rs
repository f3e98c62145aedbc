//! Why a device is in a group or is not: each criterion with the value of the device, beside what Jamf says.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::explain::{self, shown_values};
use super::objects;
use super::question::Reading;
use super::{Conclusion, Job, Report, Work, devices};
use crate::error::Error;
use crate::fleet::groups::{GroupKind, group_criterion};
use crate::fleet::known::Known;
use crate::fleet::view::{CriterionCheck, DeviceRow, GroupRow, Needs};
use crate::registry::ToolDeclaration;
use crate::sanitize::text as clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("explain_membership", "groups")
        .about("Explain why a device is or is not in a group: each criterion with the device's value, nested groups, and what Jamf itself says. Without a group: the groups that the device is in.")
        .asked(&["why is this Mac in a smart group", "which criterion keeps a device out of a group", "is this device in that group, and why", "why is a device in a smart group", "why is a Mac not in a group"])
        .core(),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(&["groups", "group_members", "computers", "mobile_devices"])
.uses(&["computer_list", "mobile_device_list"]);

/// Arguments of `explain_membership`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// The device: serial number, name, user, `computer:7` or `mobile_device:7`.
    #[schemars(length(min = 2, max = 200))]
    device: String,
    /// Name or id of the group.
    #[schemars(length(min = 1, max = 255))]
    group: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let device = devices::only(work, arguments.text("device").unwrap_or_default()).await?;
    let kind = explain::group_kind(&device);
    let own = explain::facts_of(work, &device).await?;
    let name = explain::device_in_words(&own);
    let Some(word) = arguments.text("group") else {
        return groups(work, &device, &name).await.map(Conclusion::Report);
    };
    let all = work.objects(&["groups"]).await?;
    let kind_word = if kind == GroupKind::Computer { "computer_group" } else { "mobile_device_group" };
    let group = objects::only(&all, Some(kind_word), word, &objects::words(kind_word))?;
    // The criteria say which facts are needed.
    let needs = Needs::default().devices(kind);
    let view = match work.view(&needs, arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let view = match view.group(kind, &group.id).and_then(|group| group.criteria.clone()) {
        Known::Unknown(_) => view,
        Known::Known(criteria) => match work.view(&needs.facts(kind, &criteria), arguments).await? {
            Ok(view) => view,
            Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
        },
    };
    let row = explain::row_of(&view, &device)?;
    let group = match view.group(kind, &group.id) {
        Known::Known(group) => group,
        Known::Unknown(reasons) => return Err(Error::unreachable(reasons.to_string())),
    };
    let said = view.membership(row, &group.id);
    let report = match group.is_smart {
        false => Report::new(static_verdict(group, &name, &said)),
        true => smart(work, group, row, &name, &said, view.explain_membership(row, &group.id)),
    };
    let asks_for_itself = view.building_on(kind, &group.name).iter().any(|other| other.id == group.id);
    let report = match asks_for_itself {
        true => report.note(
            "the group asks for itself in a circle through its nested groups: nobody enters it by them",
        ),
        false => report,
    };
    Ok(Conclusion::Report(report.resting_on_view(&view)))
}

/// The groups that a device is in.
async fn groups(work: &Work<'_>, device: &devices::Device, name: &str) -> Result<Report, Error> {
    let kind = if device.kind == "computer" { "computer" } else { "mobile" };
    let rows = work
        .ask(
            "SELECT g.id, g.name, g.smart, g.members FROM group_members m JOIN groups g ON g.id = m.group_id AND g.kind = m.kind
             WHERE m.device_id = ?1 AND m.kind = ?2 ORDER BY g.smart DESC, lower(g.name)",
            vec![json!(device.fact("id")), json!(kind)],
        )
        .await?;
    let smart = rows.iter().filter(|row| explain::is(row, "smart") == Some(true)).count();
    let answer =
        format!("{name} is in {} groups: {smart} smart and {} static ones.", rows.len(), rows.len() - smart);
    Ok(Report::new(answer)
        .number("smart", smart)
        .number("static", rows.len() - smart)
        .rows(rows)
        .next("with `group` it says why the device is in it or not"))
}

fn static_verdict(group: &GroupRow, name: &str, said: &Known<bool>) -> String {
    let group = clean::quoted(&group.name, 120);
    match said {
        Known::Known(true) => format!("{name} is in {group}, a static group: somebody put it there."),
        Known::Known(false) => format!("{name} is not in {group}, a static group: nobody put it there."),
        Known::Unknown(reasons) => {
            format!("Whether {name} is in the static group {group} is not known: {reasons}.")
        }
    }
}

fn smart(
    work: &Work<'_>,
    group: &GroupRow,
    device: &DeviceRow,
    name: &str,
    said: &Known<bool>,
    explained: Known<(Vec<CriterionCheck>, Known<bool>)>,
) -> Report {
    let title = format!("{} (id {})", clean::quoted(&group.name, 120), group.id);
    let is = |known: &Known<bool>| match known {
        Known::Known(true) => "is in",
        Known::Known(false) => "is not in",
        Known::Unknown(_) => "may be in",
    };
    let (checks, evaluated) = match explained {
        Known::Known(explained) => explained,
        Known::Unknown(reasons) => {
            return Report::new(format!(
                "By Jamf, {name} {} {title}. Why cannot be worked out here: {reasons}.",
                is(said)
            ));
        }
    };
    if checks.is_empty() {
        return Report::new(format!(
            "{name} {} {title}: the group has no criteria, and a smart group without criteria has every device in it.",
            is(said)
        ));
    }
    let deciding = |is: bool| checks.iter().filter(move |check| check.is_met == Known::Known(is));
    let in_words = |checks: Vec<&CriterionCheck>| {
        checks
            .iter()
            .take(3)
            .map(|check| explain::criterion_in_words(work, check))
            .collect::<Vec<_>>()
            .join("; ")
    };
    let why = match &evaluated {
        Known::Known(true) => format!("met: {}", in_words(deciding(true).collect())),
        Known::Known(false) => format!("not met: {}", in_words(deciding(false).collect())),
        Known::Unknown(reasons) => format!("not decided here: {reasons}"),
    };
    let mut report = Report::new(format!("By Jamf, {name} {} {title}; {why}.", is(said)));
    let count = |is: bool| deciding(is).count();
    report = report
        .number("criteria", checks.len())
        .number("met", count(true))
        .number("not_met", count(false))
        .rows(checks.iter().map(|check| row(work, device.kind, check)));
    let unknown = checks.len() - count(true) - count(false);
    if unknown > 0 {
        report = report.number("unknown", unknown);
    }
    match (said, &evaluated) {
        (Known::Known(said), Known::Known(own)) if said != own => {
            report = report.note(format!(
                "the criteria as they are known here {} the device, and Jamf says the opposite: Jamf works membership out when the device sends inventory or the group is saved, so that one of the two is older",
                if *own { "choose" } else { "do not choose" }
            ));
        }
        (Known::Unknown(reasons), _) => {
            report = report.note(format!("Jamf's own answer is not known: {reasons}"))
        }
        _ => {}
    }
    if work.privacy().is_some() {
        report = report.note("values of the device are left out, because personal data are kept back here");
    }
    let nested =
        checks.iter().find(|check| check.criterion.name.eq_ignore_ascii_case(group_criterion(device.kind)));
    match nested {
        Some(check) => report.next(format!(
            "`explain_membership` of the same device with `group` {} explains the nested group",
            clean::quoted(&check.criterion.value, 120)
        )),
        None => report,
    }
}

fn row(work: &Work<'_>, kind: GroupKind, check: &CriterionCheck) -> Map<String, Value> {
    let own = &check.criterion;
    let join = if own.is_or { "or" } else { "and" };
    let open = if own.opens { "(" } else { "" };
    let close = if own.closes { ")" } else { "" };
    let (met, reason) = match &check.is_met {
        Known::Known(true) => ("yes", None),
        Known::Known(false) => ("no", None),
        Known::Unknown(reasons) => ("unknown", Some(reasons.to_string())),
    };
    let value =
        if own.name.eq_ignore_ascii_case(group_criterion(kind)) { None } else { shown_values(work, check) };
    Map::from_iter([
        ("join".to_owned(), json!(join)),
        (
            "criterion".to_owned(),
            json!(format!("{open}{} {} {}{close}", own.name, own.operator, clean::quoted(&own.value, 120))),
        ),
        ("met".to_owned(), json!(met)),
        ("value_of_device".to_owned(), json!(value)),
        ("reason".to_owned(), json!(reason)),
    ])
}
