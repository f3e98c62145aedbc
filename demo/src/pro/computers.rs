//! Computer inventory, versions 1 to 4, and what is done to computers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::needs;
use crate::answer;
use crate::fleet::ComputerSection;
use crate::rows::{at, order, range};
use crate::server::{Ask, State};
use crate::store::{Computers, merge};

const FILTERS: &[&str] = &[
    "general.name",
    "udid",
    "id",
    "general.assetTag",
    "general.barcode1",
    "general.barcode2",
    "general.enrolledViaAutomatedDeviceEnrollment",
    "general.lastIpAddress",
    "general.itunesStoreAccountActive",
    "general.jamfBinaryVersion",
    "general.lastCheckIn",
    "general.lastContact",
    "general.lastEnrolledDate",
    "general.lastCloudBackupDate",
    "general.reportDate",
    "general.lastReportedIp",
    "general.lastReportedIpV4",
    "general.lastReportedIpV6",
    "general.managementId",
    "general.remoteManagement.managed",
    "general.mdmCapable.capable",
    "general.mdmCertificateExpiration",
    "general.platform",
    "general.supervised",
    "general.userApprovedMdm",
    "general.declarativeDeviceManagementEnabled",
    "general.lastLoggedInUsernameSelfService",
    "general.lastLoggedInUsernameSelfServiceTimestamp",
    "general.lastLoggedInUsernameBinary",
    "general.lastLoggedInUsernameBinaryTimestamp",
    "general.lastLoggedInUsernameMdm",
    "general.lastLoggedInUsernameMdmTimestamp",
    "hardware.bleCapable",
    "hardware.macAddress",
    "hardware.make",
    "hardware.model",
    "hardware.modelIdentifier",
    "hardware.serialNumber",
    "hardware.supportsIosAppInstalls",
    "hardware.appleSilicon",
    "operatingSystem.activeDirectoryStatus",
    "operatingSystem.fileVault2Status",
    "operatingSystem.build",
    "operatingSystem.supplementalBuildVersion",
    "operatingSystem.rapidSecurityResponse",
    "operatingSystem.name",
    "operatingSystem.version",
    "security.activationLockEnabled",
    "security.recoveryLockEnabled",
    "security.firewallEnabled",
    "userAndLocation.buildingId",
    "userAndLocation.departmentId",
    "userAndLocation.email",
    "userAndLocation.realname",
    "userAndLocation.phone",
    "userAndLocation.position",
    "userAndLocation.room",
    "userAndLocation.username",
    "diskEncryption.fileVault2Enabled",
    "purchasing.appleCareId",
    "purchasing.lifeExpectancy",
    "purchasing.purchased",
    "purchasing.leased",
    "purchasing.vendor",
    "purchasing.warrantyDate",
    "general.awaitingConfiguration",
    "security.lockdownModeEnabled",
];

/// Versions before 4 had one time where 4 has two.
const RENAMED: (&str, &str) = ("lastContactTime", "lastCheckIn");

/// Which computer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    Fleet(usize),
    Created(usize),
}

/// An order of all computers, and the edition that it was worked out from.
type Ordered = (u64, Arc<Vec<usize>>);

/// Orders that were worked out before, by what they are ordered by.
#[derive(Debug, Default)]
pub(crate) struct Orders(Mutex<HashMap<String, Ordered>>);

pub(crate) fn answer(ask: &Ask<'_>) -> Option<Response> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    let ["api", version @ ("v1" | "v2" | "v3" | "v4"), rest @ ..] = segments.as_slice() else { return None };
    if !matches!(rest.first(), Some(&("computers-inventory" | "computers-inventory-detail"))) {
        return None;
    }
    if *version == "v4" && ask.state.is_before("11.30") || *version == "v3" && ask.state.is_before("11.23") {
        return Some(answer::error(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            None,
            "The requested resource does not exist",
        ));
    }
    let old = *version != "v4";
    Some(match (ask.method, rest) {
        ("GET", ["computers-inventory"]) => guarded(ask, "Read Computers", || list(ask, old)),
        ("POST", ["computers-inventory"]) if !old => guarded(ask, "Create Computers", || create(ask)),
        ("GET", ["computers-inventory", "filevault"]) => {
            guarded(ask, "View Disk Encryption Recovery Key", || all_keys(ask))
        }
        ("GET", ["computers-inventory", id]) => guarded(ask, "Read Computers", || one(ask, id, old, false)),
        ("GET", ["computers-inventory-detail", id]) => {
            guarded(ask, "Read Computers", || one(ask, id, old, true))
        }
        ("PATCH", ["computers-inventory-detail", id]) => guarded(ask, "Update Computers", || change(ask, id)),
        ("DELETE", ["computers-inventory", id]) => guarded(ask, "Delete Computers", || delete(ask, id)),
        ("POST", ["computers-inventory", id, "erase"]) => {
            guarded(ask, "Send Computer Remote Wipe Command", || command(ask, id, "ERASE_DEVICE"))
        }
        ("POST", ["computers-inventory", id, "remove-mdm-profile"]) => {
            guarded(ask, "Send Computer Unmanage Command", || command(ask, id, "REMOVE_PROFILE"))
        }
        ("GET", ["computers-inventory", id, "filevault"]) => {
            guarded(ask, "View Disk Encryption Recovery Key", || secret(ask, id, "filevault"))
        }
        ("GET", ["computers-inventory", id, "view-device-lock-pin"]) => {
            guarded(ask, "View Computer Device Lock Pin", || secret(ask, id, "deviceLockPin"))
        }
        ("GET", ["computers-inventory", id, "view-recovery-lock-password"]) => {
            guarded(ask, "View Recovery Lock", || secret(ask, id, "recoveryLockPassword"))
        }
        ("POST", ["computers-inventory", id, "attachments"]) => {
            guarded(ask, "Update Computers", || attach(ask, id))
        }
        ("GET", ["computers-inventory", id, "attachments", attachment]) => {
            guarded(ask, "Read Computers", || attachment_bytes(ask, id, attachment))
        }
        ("DELETE", ["computers-inventory", id, "attachments", attachment]) => {
            guarded(ask, "Update Computers", || detach(ask, id, attachment))
        }
        _ => answer::not_found(),
    })
}

fn guarded(ask: &Ask<'_>, privilege: &str, then: impl FnOnce() -> Response) -> Response {
    needs(ask, privilege).map_or_else(|response| response, |()| then())
}

fn find(ask: &Ask<'_>, id: &str) -> Option<Which> {
    let store = ask.state.store();
    if let Some(at) = store.computers.created.iter().position(|(created, _)| created == id) {
        return Some(Which::Created(at));
    }
    let index = ask.state.fleet.computer_index(id)?;
    (!store.computers.deleted.contains(&index)).then_some(Which::Fleet(index))
}

/// One section of a computer, changes included.
fn section(
    state: &State,
    computers: &Computers,
    which: &Which,
    key: &str,
    section: ComputerSection,
) -> Value {
    match which {
        Which::Fleet(index) => {
            let mut value = state.fleet.computer_section(*index, section);
            if let Some(change) = computers.changed.get(index).and_then(|change| change.get(key)) {
                merge(&mut value, change);
            }
            value
        }
        Which::Created(at) => {
            computers.created.get(*at).and_then(|(_, record)| record.get(key)).cloned().unwrap_or(Value::Null)
        }
    }
}

fn ids(state: &State, computers: &Computers, which: &Which) -> (String, String) {
    match which {
        Which::Fleet(index) => state.fleet.computer_ids(*index).unwrap_or_default(),
        Which::Created(at) => computers
            .created
            .get(*at)
            .map(|(id, record)| (id.clone(), record["udid"].as_str().unwrap_or_default().to_owned()))
            .unwrap_or_default(),
    }
}

/// A record with some sections; the others are null.
fn record(
    state: &State,
    computers: &Computers,
    which: &Which,
    wanted: &[ComputerSection],
    old: bool,
) -> Value {
    let (id, udid) = ids(state, computers, which);
    let mut map = Map::new();
    map.insert("id".to_owned(), json!(id));
    map.insert("udid".to_owned(), json!(udid));
    for (_, key, kind) in ComputerSection::ALL {
        let mut value =
            if wanted.contains(&kind) { section(state, computers, which, key, kind) } else { Value::Null };
        if old && kind == ComputerSection::General {
            rename(&mut value);
        }
        map.insert(key.to_owned(), value);
    }
    Value::Object(map)
}

fn rename(general: &mut Value) {
    if let Some(map) = general.as_object_mut() {
        let value = map.shift_remove(RENAMED.1).unwrap_or(Value::Null);
        map.shift_remove("lastContact");
        map.insert(RENAMED.0.to_owned(), value);
    }
}

/// The value of a field that lists are filtered and ordered by.
fn field(state: &State, computers: &Computers, which: &Which, path: &str) -> Value {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    if rest.is_empty() {
        let (id, udid) = ids(state, computers, which);
        return json!(if first == "udid" { udid } else { id });
    }
    let rest = if rest == RENAMED.0 { RENAMED.1 } else { rest };
    let Some((_, key, kind)) = ComputerSection::ALL.iter().find(|(_, key, _)| *key == first) else {
        return Value::Null;
    };
    at(&section(state, computers, which, key, *kind), rest)
}

fn sections(ask: &Ask<'_>) -> Result<Vec<ComputerSection>, Response> {
    let named = ask.query.all("section");
    if named.is_empty() {
        return Ok(vec![ComputerSection::General]);
    }
    let find = |name: &str| {
        ComputerSection::ALL.iter().find(|(section, ..)| *section == name).map(|(.., kind)| *kind)
    };
    named
        .into_iter()
        .map(|name| find(name).ok_or_else(|| answer::bad_request("section", "unknown section")))
        .collect()
}

fn list(ask: &Ask<'_>, old: bool) -> Response {
    let mut fields = FILTERS.to_vec();
    if old {
        fields.push("general.lastContactTime");
        fields.retain(|field| !matches!(*field, "general.lastCheckIn" | "general.lastContact"));
    }
    let (wanted, filter) = match (sections(ask), ask.query.filter(&fields)) {
        (Ok(wanted), Ok(filter)) => (wanted, filter),
        (Err(response), _) | (_, Err(response)) => return response,
    };
    let state = ask.state;
    let store = state.store();
    let computers = &store.computers;
    let order = ordered(state, computers, &ask.query.sort());
    let which = |at: &usize| {
        if *at < state.fleet.computers() {
            Which::Fleet(*at)
        } else {
            Which::Created(*at - state.fleet.computers())
        }
    };
    let kept: Vec<Which> = match &filter {
        Some(filter) => order
            .iter()
            .map(which)
            .filter(|which| filter.matches(&|path| field(state, computers, which, path)))
            .collect(),
        None => {
            let (first, size) = range(&ask.query, 2000);
            let rows: Vec<Value> = order
                .iter()
                .skip(first)
                .take(size)
                .map(|at| record(state, computers, &which(at), &wanted, old))
                .collect();
            return answer::ok(&json!({ "totalCount": order.len(), "results": rows }));
        }
    };
    let (first, size) = range(&ask.query, 2000);
    let rows: Vec<Value> = kept
        .iter()
        .skip(first)
        .take(size)
        .map(|which| record(state, computers, which, &wanted, old))
        .collect();
    answer::ok(&json!({ "totalCount": kept.len(), "results": rows }))
}

/// All computers in an order; worked out once for each order and edition.
fn ordered(state: &State, computers: &Computers, sort: &[(String, bool)]) -> Arc<Vec<usize>> {
    let name = format!("{sort:?}");
    let mut orders = state.orders.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((edition, order)) = orders.get(&name)
        && *edition == computers.edition
    {
        return order.clone();
    }
    let all = state.fleet.computers() + computers.created.len();
    let mut indices: Vec<usize> = (0..all).filter(|index| !computers.deleted.contains(index)).collect();
    let standard = [("general.name".to_owned(), false)];
    for (path, descending) in if sort.is_empty() { &standard } else { sort }.iter().rev() {
        // The fleet is in the order of its ids.
        if path == "id" {
            if *descending {
                indices.reverse();
            }
            continue;
        }
        let key = |at: &usize| {
            let which = if *at < state.fleet.computers() {
                Which::Fleet(*at)
            } else {
                Which::Created(*at - state.fleet.computers())
            };
            field(state, computers, &which, path)
        };
        let mut keyed: Vec<(Value, usize)> = indices.iter().map(|at| (key(at), *at)).collect();
        keyed.sort_by(
            |left, right| if *descending { order(&right.0, &left.0) } else { order(&left.0, &right.0) },
        );
        indices = keyed.into_iter().map(|(_, at)| at).collect();
    }
    let order = Arc::new(indices);
    orders.insert(name, (computers.edition, order.clone()));
    order
}

fn one(ask: &Ask<'_>, id: &str, old: bool, whole: bool) -> Response {
    let wanted =
        if whole { Ok(ComputerSection::ALL.iter().map(|(.., kind)| *kind).collect()) } else { sections(ask) };
    match (find(ask, id), wanted) {
        (Some(which), Ok(wanted)) => {
            answer::ok(&record(ask.state, &ask.state.store().computers, &which, &wanted, old))
        }
        (None, _) => answer::not_found(),
        (_, Err(response)) => response,
    }
}

fn create(ask: &Ask<'_>) -> Response {
    let body = match ask.json() {
        Ok(body) => body,
        Err(response) => return response,
    };
    if body.pointer("/general/name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return answer::bad_request("general.name", "must not be empty");
    }
    let mut store = ask.state.store();
    let id = store.new_id().to_string();
    store.computers.created.push((id.clone(), body));
    store.computers.edition += 1;
    answer::created("/api/v4/computers-inventory", &id)
}

fn change(ask: &Ask<'_>, id: &str) -> Response {
    let (which, body) = match (find(ask, id), ask.json()) {
        (Some(which), Ok(body)) => (which, body),
        (None, _) => return answer::not_found(),
        (_, Err(response)) => return response,
    };
    let mut store = ask.state.store();
    store.computers.edition += 1;
    match which {
        Which::Fleet(index) => {
            merge(store.computers.changed.entry(index).or_insert_with(|| json!({})), &body)
        }
        Which::Created(at) => {
            if let Some((_, record)) = store.computers.created.get_mut(at) {
                merge(record, &body);
            }
        }
    }
    answer::empty(StatusCode::NO_CONTENT)
}

fn delete(ask: &Ask<'_>, id: &str) -> Response {
    let Some(which) = find(ask, id) else { return answer::not_found() };
    let mut store = ask.state.store();
    store.computers.edition += 1;
    match which {
        Which::Fleet(index) => {
            store.computers.deleted.insert(index);
        }
        Which::Created(at) => {
            store.computers.created.remove(at);
        }
    }
    answer::empty(StatusCode::NO_CONTENT)
}

fn command(ask: &Ask<'_>, id: &str, what: &str) -> Response {
    if find(ask, id).is_none() {
        return answer::not_found();
    }
    ask.state.store().commands.push((id.to_owned(), what.to_owned()));
    answer::ok(&json!({ "deviceId": id, "commandUuid": format!("00000000-0000-4000-a000-{:012}", id) }))
}

fn secret(ask: &Ask<'_>, id: &str, name: &str) -> Response {
    let Some(Which::Fleet(index)) = find(ask, id) else { return answer::not_found() };
    let secrets = ask.state.fleet.computer_secrets(index);
    match name {
        "filevault" => answer::ok(&secrets["filevault"]),
        "deviceLockPin" => answer::ok(&json!({ "pin": secrets["deviceLockPin"] })),
        _ => answer::ok(&json!({ "recoveryLockPassword": secrets["recoveryLockPassword"] })),
    }
}

fn all_keys(ask: &Ask<'_>) -> Response {
    let (first, size) = range(&ask.query, 2000);
    let keys = (0..ask.state.fleet.computers())
        .skip(first)
        .take(size)
        .map(|index| ask.state.fleet.computer_secrets(index)["filevault"].clone());
    answer::ok(&json!({ "totalCount": ask.state.fleet.computers(), "results": keys.collect::<Vec<_>>() }))
}

fn attach(ask: &Ask<'_>, id: &str) -> Response {
    if find(ask, id).is_none() {
        return answer::not_found();
    }
    let Some((name, bytes)) = file_of(ask.headers, ask.body) else {
        return answer::bad_request("file", "a file is required");
    };
    let mut store = ask.state.store();
    let attachment = store.new_id().to_string();
    store.attachments.push((id.to_owned(), attachment.clone(), name, bytes));
    answer::created(&format!("/api/v4/computers-inventory/{id}/attachments"), &attachment)
}

fn attachment_bytes(ask: &Ask<'_>, id: &str, attachment: &str) -> Response {
    let store = ask.state.store();
    let found =
        store.attachments.iter().find(|(computer, number, ..)| computer == id && number == attachment);
    found.map_or_else(answer::not_found, |(_, _, name, bytes)| answer::bytes(name, bytes.clone()))
}

fn detach(ask: &Ask<'_>, id: &str, attachment: &str) -> Response {
    let mut store = ask.state.store();
    let before = store.attachments.len();
    store.attachments.retain(|(computer, number, ..)| !(computer == id && number == attachment));
    if store.attachments.len() < before { answer::empty(StatusCode::NO_CONTENT) } else { answer::not_found() }
}

/// The field `file` of a multipart body: (file name, bytes).
fn file_of(headers: &HeaderMap, body: &[u8]) -> Option<(String, Vec<u8>)> {
    let media_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = format!("--{}", media_type.split("boundary=").nth(1)?.trim_matches('"'));
    let head_end = position(body, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(body.get(..head_end)?).into_owned();
    if !head.starts_with(&boundary) || !head.contains("name=\"file\"") {
        return None;
    }
    let name = head.split("filename=\"").nth(1)?.split('"').next()?.to_owned();
    let content = body.get(head_end + 4..)?;
    let end = position(content, format!("\r\n{boundary}").as_bytes())?;
    Some((name, content.get(..end)?.to_vec()))
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
