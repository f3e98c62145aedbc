//! Managed software updates below the list of plans: the events and declarations of a plan, and plans and statuses of some devices.

use serde_json::{Value, json};

use super::{Context, groups};
use crate::{inventory::Kind, shapes, store::id_text, world};

const PLANS: &str = "managed-software-updates/plans";
const STATUSES: &str = "managed-software-updates/update-statuses";

/// The rows of a list that is about some plans or devices, where the path is one.
pub(crate) fn rows(context: &Context<'_>, template: &str, path: &str) -> Option<Vec<Value>> {
    let (_, part) = template.split_once("/managed-software-updates/")?;
    let last = path.rsplit('/').next().unwrap_or_default();
    let device = |kind: &'static str| move |row: &Value| is_of(row, kind, &|id| id == last);
    let members = |family: &str, kind| {
        let found = context.store.objects(family, context.sight).into_iter();
        let mut found = found.filter(|group| group.get("id").map(id_text).as_deref() == Some(last));
        found.next().map(|group| groups::members(context, kind, group)).unwrap_or_default()
    };
    let of = |family: &str, kind: Kind, object: &'static str| {
        let ids = members(family, kind);
        move |row: &Value| is_of(row, object, &|id| ids.iter().any(|own| own == id))
    };
    let computers = of("computer_groups", Kind::Computers, "COMPUTER");
    let mobiles = of("mobile_device_groups", Kind::MobileDevices, "MOBILE_DEVICE");
    Some(match part {
        "plans/{}/declarations" => declarations(&plan(context, path)?),
        "plans/group/{}" if context.call.parameter("group-type") == Some("MOBILE_DEVICE_GROUP") => {
            chosen(context, PLANS, &mobiles)
        }
        "plans/group/{}" => chosen(context, PLANS, &computers),
        "update-statuses/computers/{}" => chosen(context, STATUSES, &device("COMPUTER")),
        "update-statuses/mobile-devices/{}" => chosen(context, STATUSES, &device("MOBILE_DEVICE")),
        "update-statuses/computer-groups/{}" => chosen(context, STATUSES, &computers),
        "update-statuses/mobile-device-groups/{}" => chosen(context, STATUSES, &mobiles),
        _ => return None,
    })
}

/// Whether a path that looks like an object is the list of the plans of a group.
pub(crate) fn is_list(template: &str) -> bool {
    template.ends_with("/managed-software-updates/plans/group/{}")
}

/// What exists once below a plan, where the path is one.
pub(crate) fn single(context: &Context<'_>, template: &str, path: &str) -> Option<Value> {
    if !template.ends_with("/plans/{}/events") {
        return None;
    }
    Some(json!({ "events": Value::Array(events(&plan(context, path)?)).to_string() }))
}

fn is_of(row: &Value, kind: &str, wanted: &dyn Fn(&str) -> bool) -> bool {
    let device = |name: &str| row.pointer(&format!("/device/{name}")).map(id_text).unwrap_or_default();
    device("objectType") == kind && wanted(&device("deviceId"))
}

/// Everything that is listed at a path now, or was at the start.
fn all(context: &Context<'_>, path: &str) -> Vec<Value> {
    let key = format!("api/{path}");
    match context.store.has_family(&key) {
        true => context.store.objects(&key, context.sight).into_iter().cloned().collect(),
        false => world::rows(&context.store.fleet, path).unwrap_or_default(),
    }
}

fn chosen(context: &Context<'_>, path: &str, wanted: &dyn Fn(&Value) -> bool) -> Vec<Value> {
    all(context, path).into_iter().filter(|row| wanted(row)).collect()
}

fn plan(context: &Context<'_>, path: &str) -> Option<Value> {
    let (_, rest) = path.split_once("/plans/")?;
    let uuid = rest.split('/').next()?;
    all(context, PLANS).into_iter().find(|plan| text(plan, "/planUuid").eq_ignore_ascii_case(uuid))
}

fn text<'v>(value: &'v Value, at: &str) -> &'v str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

/// What happened to a plan, as far as its state says.
fn events(plan: &Value) -> Vec<Value> {
    let (uuid, state) = (text(plan, "/planUuid"), text(plan, "/status/state"));
    let errors = plan.pointer("/status/errorReasons").cloned().unwrap_or_default();
    let mut names = vec!["PlanCreated"];
    match state {
        "PlanFailed" => names.extend(["PlanRejected", "PlanFailed"]),
        "DDMPlanScheduled" => names.extend(["PlanAccepted", "SchedulingDDM", "DDMPlanScheduled"]),
        "PlanCompleted" => {
            names.extend(["PlanAccepted", "SchedulingMDM", "InstallationVerified", "PlanCompleted"])
        }
        _ => {}
    }
    let event = |(at, name): (usize, &&str)| {
        let epoch = world::milliseconds("-2d").saturating_add(i64::try_from(at).unwrap_or_default() * 41_000);
        json!({
            "type": name, "id": shapes::uuid(at, uuid), "planUuid": uuid, "eventReceivedEpoch": epoch,
            "errorReasons": if name.ends_with("Failed") || name.ends_with("Rejected") { errors.clone() } else { json!([]) },
        })
    };
    names.iter().enumerate().map(event).collect()
}

/// What a device is told to hold to, for a plan that is carried out so.
fn declarations(plan: &Value) -> Vec<Value> {
    if !text(plan, "/status/state").contains("DDM") {
        return Vec::new();
    }
    let uuid = text(plan, "/planUuid");
    let configuration = shapes::uuid(1, uuid);
    let enforced = json!({
        "Type": "com.apple.configuration.softwareupdate.enforcement.specific", "Identifier": configuration, "ServerToken": shapes::uuid(2, uuid),
        "Payload": {"TargetOSVersion": text(plan, "/specificVersion"), "TargetBuildVersion": text(plan, "/buildVersion"),
            "TargetLocalDateTime": text(plan, "/forceInstallLocalDateTime")},
    });
    let activation = json!({
        "Type": "com.apple.activation.simple", "Identifier": shapes::uuid(3, uuid), "ServerToken": shapes::uuid(4, uuid),
        "Payload": {"StandardConfigurations": [configuration]},
    });
    let row = |group: &str, declaration: &Value| json!({"uuid": declaration.get("Identifier"), "payloadJson": declaration.to_string(), "type": declaration.get("Type"), "group": group});
    vec![row("CONFIGURATION", &enforced), row("ACTIVATION", &activation)]
}
