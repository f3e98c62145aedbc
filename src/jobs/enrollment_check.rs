//! Why a device enrolls, or not, when it is set up: what Apple, the PreStage enrollments and the inventory say of its serial number.

use futures::future::join_all;
use futures::{FutureExt, join};
use jamf_pro_tools::{Checked, rsql};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{Conclusion, Job, Report, Work, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text::clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("enrollment_check", "enrollment")
        .title("Why a device does not enroll")
        .about("Check a serial number: is it in Apple Business Manager, in which ADE instance and PreStage, has Apple its profile, is it enrolled, and why not at set-up.")
        .asked(&["serial number missing in Automated Device Enrollment", "Mac skips enrollment in Setup Assistant", "why does a new Mac not enroll", "is a serial number assigned in Apple Business Manager", "device shows no Remote Management screen"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.uses(&[
    "device_enrollment_list",
    "device_enrollment_device_list",
    "device_enrollment_sync_latest_get",
    "computer_prestage_assignments_get",
    "computer_prestage_list",
    "mobile_device_prestage_assignments_get",
    "mobile_device_prestage_list",
    "computer_list",
    "mobile_device_list",
]);

/// Arguments of `enrollment_check`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Serial number of the device, whole.
    #[schemars(length(min = 5, max = 40))]
    serial_number: String,
}

/// The kinds of PreStage enrollments: the action that says which serial numbers are assigned, that which lists them, and their noun.
const PRESTAGES: [(&str, &str, &str); 2] = [
    ("computer_prestage_assignments_get", "computer_prestage_list", "computer PreStage"),
    ("mobile_device_prestage_assignments_get", "mobile_device_prestage_list", "mobile device PreStage"),
];

/// What is known of a serial number.
#[derive(Default)]
struct Known {
    instances: u64,
    /// What the instance says of it that Apple has assigned it to.
    at_apple: Option<AtApple>,
    /// Names of PreStages that it is assigned to, with their nouns.
    prestages: Vec<String>,
    /// Records of it in inventory.
    records: Vec<Value>,
    gaps: Vec<String>,
}

/// A device in an Automated Device Enrollment instance.
struct AtApple {
    instance: String,
    token_ends: String,
    sync: String,
    row: Value,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let serial = arguments.text("serial_number").unwrap_or_default().trim().to_uppercase();
    let (apple, computers, mobile_devices, records) = join!(
        at_apple(work, &serial),
        prestage(work, &serial, PRESTAGES.first()),
        prestage(work, &serial, PRESTAGES.last()),
        records(work, &serial),
    );
    let mut known = Known::default();
    for part in [apple, computers, mobile_devices, records] {
        known.instances += part.instances;
        known.at_apple = known.at_apple.or(part.at_apple);
        known.prestages.extend(part.prestages);
        known.records.extend(part.records);
        known.gaps.extend(part.gaps);
    }
    if let (Some(apple), true) = (&known.at_apple, known.prestages.is_empty()) {
        let id = text_at(&apple.row, "prestageId");
        if !matches!(id.as_str(), "" | "-1" | "0") {
            known.prestages.push(format!("PreStage with id {id}, as {} says", apple.instance));
        }
    }
    Ok(report(&clean(&serial), known))
}

async fn at_apple(work: &Work<'_>, serial: &str) -> Known {
    let mut known = Known::default();
    let fields = ["id", "name", "tokenExpirationDate"];
    let instances = match work.rows("device_enrollment_list", json!({}), &fields).await {
        Ok(instances) => instances,
        Err(error) => {
            known.gaps.push(format!("Automated Device Enrollment instances: {error}"));
            return known;
        }
    };
    known.gaps.extend(instances.notes);
    known.instances = instances.rows.len() as u64;
    let fields = [
        "serialNumber",
        "deviceEnrollmentProgramInstanceId",
        "prestageId",
        "profileStatus",
        "profileAssignTime",
        "profilePushTime",
        "deviceAssignedDate",
    ];
    let asked = instances.rows.iter().map(|instance| async move {
        let arguments = json!({ "id": text_at(instance, "id") });
        (instance, work.rows("device_enrollment_device_list", arguments, &fields).await)
    });
    for (instance, devices) in join_all(asked).await {
        let (id, name) = (text_at(instance, "id"), text_at(instance, "name"));
        let devices = match devices {
            Ok(devices) => devices,
            Err(error) => {
                known.gaps.push(format!("devices of {name}: {error}"));
                continue;
            }
        };
        known.gaps.extend(devices.notes);
        let is_here = |row: &Value| {
            let owner = text_at(row, "deviceEnrollmentProgramInstanceId");
            text_at(row, "serialNumber").eq_ignore_ascii_case(serial) && (owner.is_empty() || owner == id)
        };
        if let Some(row) = devices.rows.into_iter().find(is_here) {
            let sync =
                work.send("device_enrollment_sync_latest_get", json!({ "id": id }), &["syncState"]).await;
            let sync = sync.map_err(|error| known.gaps.push(format!("last sync of {name}: {error}")));
            let sync = sync.map(|sync| text_at(&sync, "syncState")).unwrap_or_default();
            let token_ends = text_at(instance, "tokenExpirationDate");
            known.at_apple = Some(AtApple { instance: name, token_ends, sync, row });
        }
    }
    known
}

async fn prestage(work: &Work<'_>, serial: &str, kind: Option<&(&str, &str, &str)>) -> Known {
    let mut known = Known::default();
    let Some((assignments, list, noun)) = kind else { return known };
    let assigned = match work.send(assignments, json!({}), &[]).await {
        Ok(assigned) => assigned,
        Err(error) => {
            known.gaps.push(format!("assignments of every {noun}: {error}"));
            return known;
        }
    };
    let by_serial = assigned.get("serialsByPrestageId").and_then(Value::as_object);
    let mut ids = by_serial.into_iter().flatten().filter(|(known, _)| known.eq_ignore_ascii_case(serial));
    let Some(id) = ids.next().and_then(|(_, id)| id.as_str()) else { return known };
    let names = work.rows(list, json!({}), &["id", "displayName"]).await;
    let name = match names {
        Ok(names) => {
            names.rows.iter().find(|row| text_at(row, "id") == id).map(|row| text_at(row, "displayName"))
        }
        Err(error) => {
            known.gaps.push(format!("names of every {noun}: {error}"));
            None
        }
    };
    known.prestages.push(format!("{noun} `{}` (id {id})", name.unwrap_or_default()));
    known
}

async fn records(work: &Work<'_>, serial: &str) -> Known {
    let mut known = Known::default();
    let kinds = [
        (
            "computer_list",
            "hardware.serialNumber",
            json!(["GENERAL", "HARDWARE"]),
            [
                "id",
                "general.name",
                "general.remoteManagement.managed",
                "general.lastEnrolledDate",
                "general.enrollmentMethod.objectType",
                "general.enrollmentMethod.objectName",
                "general.enrolledViaAutomatedDeviceEnrollment",
            ]
            .as_slice(),
        ),
        (
            "mobile_device_list",
            "serialNumber",
            json!(["GENERAL", "HARDWARE"]),
            [
                "mobileDeviceId",
                "general.displayName",
                "general.managed",
                "general.lastEnrolledDate",
                "general.enrollmentMethodPrestage.profileName",
            ]
            .as_slice(),
        ),
    ];
    for (list, field, sections, fields) in kinds {
        let filter = rsql::compare(field, "==", serial).to_string();
        match work.rows(list, json!({ "filter": filter, "section": sections }), fields).await {
            Ok(found) => {
                known.records.extend(found.rows);
                known.gaps.extend(found.notes);
            }
            Err(error) => known.gaps.push(format!("records of the serial number ({list}): {error}")),
        }
    }
    known
}

/// One step of an enrollment: whether it is done, and how that is known.
fn step(name: &str, is_done: Option<bool>, evidence: impl Into<String>) -> Map<String, Value> {
    let result = match is_done {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    };
    let row = json!({ "step": name, "result": result, "evidence": evidence.into() });
    row.as_object().cloned().unwrap_or_default()
}

fn report(serial: &str, known: Known) -> Report {
    let has_gap = |what: &str| known.gaps.iter().any(|gap| gap.contains(what));
    let mut rows = Vec::new();
    match &known.at_apple {
        Some(apple) => rows.extend(steps_at_apple(apple)),
        None => rows.push(step(
            "Apple assigned it to this server",
            (!has_gap("devices of") && !has_gap("instances")).then_some(false),
            format!("none of the {} Automated Device Enrollment instances lists it", known.instances),
        )),
    }
    rows.push(match known.prestages.as_slice() {
        [] => step(
            "assigned to a PreStage",
            (!has_gap("assignments")).then_some(false),
            "no PreStage has this serial number",
        ),
        names => step("assigned to a PreStage", Some(true), names.join(", ")),
    });
    let is_managed = |row: &Value| {
        text_at(row, "general.remoteManagement.managed") == "true"
            || text_at(row, "general.managed") == "true"
    };
    let evidence = |row: &Value| {
        let (kind, id) = match text_at(row, "mobileDeviceId") {
            id if id.is_empty() => ("computer", text_at(row, "id")),
            id => ("mobile_device", id),
        };
        // The object of a way other than a PreStage is the person who enrolled it.
        let kind_of_way = text_at(row, "general.enrollmentMethod.objectType");
        let is_prestage = kind_of_way.to_lowercase().contains("prestage");
        let name =
            if is_prestage { text_at(row, "general.enrollmentMethod.objectName") } else { String::new() };
        let way = [kind_of_way, name, text_at(row, "general.enrollmentMethodPrestage.profileName")];
        let way: Vec<String> = way.into_iter().filter(|text| !text.is_empty()).collect();
        format!(
            "{kind}:{id}, {}, enrolled {} by {}",
            if is_managed(row) { "managed" } else { "not managed" },
            text_at(row, "general.lastEnrolledDate").get(..10).unwrap_or("at an unknown time"),
            if way.is_empty() { "an unknown way".to_owned() } else { way.join(" ") }
        )
    };
    let is_enrolled = match known.records.is_empty() {
        true => (!has_gap("records of")).then_some(false),
        false => Some(known.records.iter().any(is_managed)),
    };
    let told: Vec<String> = known.records.iter().map(evidence).collect();
    let told = if told.is_empty() { "no record in inventory".to_owned() } else { told.join("; ") };
    rows.push(step("enrolled", is_enrolled, told));
    let (answer, next) = verdict(serial, &known, is_enrolled);
    let report = Report::new(answer).rows(rows).next(next);
    let report = match known.records.len() {
        0 | 1 => report,
        several => report.note(format!("{several} records have this serial number")),
    };
    known.gaps.into_iter().fold(report, Report::partial)
}

fn steps_at_apple(apple: &AtApple) -> Vec<Map<String, Value>> {
    let field = |name: &str| text_at(&apple.row, name);
    let date = |name: &str| field(name).get(..10).unwrap_or("unknown").to_owned();
    let status = field("profileStatus");
    vec![
        step(
            "Apple assigned it to this server",
            Some(true),
            format!("{}, since {}", apple.instance, date("deviceAssignedDate")),
        ),
        step(
            "Apple has its PreStage profile",
            Some(matches!(status.as_str(), "ASSIGNED" | "PUSHED")),
            match status.as_str() {
                "PUSHED" => {
                    format!("PUSHED: the device fetched it at its set-up, {}", date("profilePushTime"))
                }
                "ASSIGNED" => {
                    format!("ASSIGNED since {}: the device has not fetched it yet", date("profileAssignTime"))
                }
                "" => "no status".to_owned(),
                other => format!("{other}: no profile is assigned at Apple"),
            },
        ),
        step(
            "the instance is in sync",
            (!apple.sync.is_empty()).then(|| apple.sync == "IN_SYNC"),
            format!(
                "{}; its token ends {}",
                if apple.sync.is_empty() { "unknown" } else { &apple.sync },
                apple.token_ends
            ),
        ),
    ]
}

/// The answer, and the step that follows from it.
fn verdict(serial: &str, known: &Known, is_enrolled: Option<bool>) -> (String, &'static str) {
    let status = known.at_apple.as_ref().map(|apple| text_at(&apple.row, "profileStatus"));
    let has_gap = |what: &str| known.gaps.iter().any(|gap| gap.contains(what));
    if is_enrolled == Some(true) {
        return (
            format!("{serial} is enrolled and managed."),
            "`device_report` with the serial number has its state",
        );
    }
    match (&known.at_apple, status.as_deref(), known.prestages.is_empty()) {
        (None, _, _) if has_gap("devices of") || has_gap("instances") => (
            format!(
                "It is not known whether Apple assigned {serial} to this server: not every instance could be read."
            ),
            "ask again; or look it up in Apple Business Manager",
        ),
        (None, _, true) => (
            format!(
                "{serial} is not enrolled, and Apple has not assigned it to this server, so set-up cannot enroll it."
            ),
            "assign it to this server in Apple Business or School Manager (or add it there by Apple Configurator), wait for the sync, then assign a PreStage",
        ),
        (None, _, false) => (
            format!(
                "{serial} is in a PreStage, but no instance lists it: Apple may have released it, or assigned it to another server."
            ),
            "look it up in Apple Business Manager: is it assigned to this server?",
        ),
        (Some(_), _, true) => (
            format!(
                "{serial} is in Apple Business Manager and assigned to this server, but to no PreStage: set-up does not enroll it."
            ),
            "assign it with `computer_prestage_scope_add` or `mobile_device_prestage_scope_add`, then set it up, or erase it first",
        ),
        (Some(apple), Some("ASSIGNED"), false) if apple.sync == "IN_SYNC" => (
            format!(
                "{serial} is ready: its PreStage profile waits at Apple, and it enrolls when it is set up. It has not been set up since."
            ),
            "where it was set up already: erase it, or run `sudo profiles renew -type enrollment` on a Mac; it needs Internet in Setup Assistant",
        ),
        (Some(_), Some("EMPTY" | "REMOVED"), false) => (
            format!(
                "{serial} is in a PreStage, but Apple has no profile for it yet: set-up does not enroll it."
            ),
            "wait for the next sync; where the token has expired or the sync fails, renew it first",
        ),
        (Some(_), Some("PUSHED"), false) => (
            format!(
                "{serial} fetched its PreStage profile, but is not enrolled now: its record was deleted, or enrollment was interrupted."
            ),
            "run `sudo profiles renew -type enrollment` on it, or erase it",
        ),
        (Some(_), _, false) => (
            format!(
                "{serial} is in a PreStage, but its instance is not in sync with Apple, so what Apple has may be older."
            ),
            "`expiring` shows its token; `device_enrollment_sync_list` the state of the syncs",
        ),
    }
}
