//! Computer inventory: versions 4, 3 and 1 of it, attachments, secrets and device commands.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Context, Reply};
use crate::{
    exchange::{Answer, Call},
    filters,
    fleet::HANDOVER,
    inventory::{Kind, SECTIONS},
    options::Version,
    paging::{CEILING, PageQuery},
    store::{Attachment, id_text, merge},
};

/// The sections that a PATCH may touch.
static WRITABLE: &[&str] = &[
    "udid",
    "general",
    "purchasing",
    "userAndLocation",
    "hardware",
    "operatingSystem",
    "extensionAttributes",
];

/// Answer a path of computer inventory.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let parts = call.parts();
    let [version, family, rest @ ..] = parts.as_slice() else { return Err(Answer::no_path()) };
    let modern = served(context, version, family)?;
    match (call.method.as_str(), *family, rest) {
        ("GET", "computers-inventory", []) => list(context, modern),
        ("POST", "computers-inventory", []) => create(context),
        ("GET", "computers-inventory", ["filevault"]) => filevault_of_all(context),
        ("GET", "computers-inventory", [id]) => {
            let wanted = sections(call)?;
            read(context, id, &wanted, modern)
        }
        ("DELETE", "computers-inventory", [id]) => delete(context, id),
        ("GET", "computers-inventory-detail", [id]) => read(context, id, &every_section(), modern),
        ("PATCH", "computers-inventory-detail", [id]) => update(context, id),
        ("POST", "computers-inventory", [id, "attachments"]) => attach(context, id),
        ("GET" | "DELETE", "computers-inventory", [id, "attachments", file]) => attachment(context, id, file),
        ("GET", "computers-inventory", [id, "filevault"]) => {
            secret(context, id, "View Disk Encryption Recovery Key", |id, s| with_id(id, s.get("filevault")))
        }
        ("GET", "computers-inventory", [id, "view-device-lock-pin"]) => {
            secret(context, id, "View Computer Device Lock Pin", |_, s| {
                Some(json!({"pin": s.get("deviceLockPin")?}))
            })
        }
        ("GET", "computers-inventory", [id, "view-recovery-lock-password"]) => {
            secret(context, id, "View Recovery Lock", |_, s| {
                Some(json!({"recoveryLockPassword": s.get("recoveryLockPassword")?}))
            })
        }
        ("POST", _, [id, "erase"]) => {
            command(context, id, "Send Computer Remote Wipe Command", "ERASE_DEVICE")
        }
        ("POST", _, [id, "remove-mdm-profile"]) => {
            command(context, id, "Send Computer Unmanage Command", "REMOVE_MDM_PROFILE")
        }
        _ => Err(Answer::no_path()),
    }
}

/// Whether the tenant serves this version of the path, and if so whether in the names of version 4.
fn served(context: &Context<'_>, version: &str, family: &str) -> Result<bool, Answer> {
    let since = match (version, family) {
        ("v4", "computers-inventory" | "computers-inventory-detail") => Version(11, 30),
        ("v3", "computers-inventory" | "computers-inventory-detail") => Version(11, 20),
        ("v2", "computers-inventory" | "computers-inventory-detail") => Version(11, 12),
        ("v1", _) => Version(10, 25),
        _ => return Err(Answer::no_path()),
    };
    context.since(since.0, since.1)?;
    Ok(version == "v4")
}

fn every_section() -> Vec<&'static str> {
    SECTIONS.iter().map(|(_, property, _)| *property).chain(FIRST.map(|(_, property)| property)).collect()
}

/// Sections that only version 1 has. Inventory collection leaves them out here, so they are empty.
const FIRST: [(&str, &str); 2] = [("PLUGINS", "plugins"), ("FONTS", "fonts")];

/// Whether a call is one of version 1.
fn is_first(call: &Call) -> bool {
    call.segments.first().is_some_and(|version| version == "v1")
}

/// The properties of the sections that are asked for; GENERAL alone when none is.
fn sections(call: &Call) -> Result<Vec<&'static str>, Answer> {
    let asked = call.parameters("section");
    if asked.is_empty() {
        return Ok(vec!["general"]);
    }
    let first = is_first(call).then_some(FIRST.iter()).into_iter().flatten();
    let all = SECTIONS.iter().map(|(name, property, _)| (*name, *property)).chain(first.copied());
    let property = |name: &str| all.clone().find(|(n, _)| *n == name).map(|(_, p)| p);
    let found = asked
        .into_iter()
        .map(|name| property(name).ok_or_else(|| Answer::bad_field("section", "Unknown section")));
    found.collect()
}

/// A record with the names and the sections of the versions before 4.
fn in_older_names(call: &Call, wanted: &[&str], mut record: Value) -> Value {
    if is_first(call)
        && let Some(sections) = record.as_object_mut()
    {
        for (_, property) in FIRST {
            let empty = if wanted.contains(&property) { json!([]) } else { Value::Null };
            sections.insert(property.to_owned(), empty);
        }
    }
    if let Some(general) = record.get_mut("general").and_then(Value::as_object_mut) {
        let check_in = general.shift_remove("lastCheckIn").unwrap_or_default();
        general.shift_remove("lastContact");
        general.insert("lastContactTime".to_owned(), check_in);
        let address = general.get("lastReportedIpV4").cloned().unwrap_or_default();
        general.insert("lastReportedIp".to_owned(), address);
    }
    record
}

fn list(context: &Context<'_>, modern: bool) -> Reply {
    context.needs(&["Read Computers"])?;
    let wanted = sections(context.call)?;
    // It sorts by what it filters by.
    let filters = filters::of(context.call);
    let is_known = |word: &&str| {
        let field = word.split(':').next().unwrap_or_default();
        filters.is_some_and(|filters| filters.has(field))
    };
    if let Some(word) = context.call.parameters("sort").iter().find(|word| !is_known(word)) {
        return Err(Answer::bad_field(word, "The field cannot be sorted by"));
    }
    let query = PageQuery::read(context.call, CEILING)?;
    let (store, sight) = (&*context.store, context.sight);
    let (rows, total) = store.computers.page(&store.fleet, &query, sight);
    let record = |at: usize| {
        let record = in_its_groups(context, store.computers.record(&store.fleet, at, &wanted));
        if modern { record } else { in_older_names(context.call, &wanted, record) }
    };
    let results: Vec<Value> = rows.into_iter().map(record).collect();
    Ok(Answer::ok(&json!({"totalCount": total, "results": results})))
}

/// Members come and go; the record has the groups as they are now.
fn in_its_groups(context: &Context<'_>, mut record: Value) -> Value {
    let id = record.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(memberships) = record.get_mut("groupMemberships").filter(|memberships| memberships.is_array())
    {
        *memberships = super::groups::of_computer(context, &id);
    }
    record
}

fn find(context: &Context<'_>, id: &str) -> Result<usize, Answer> {
    context.store.computers.find(id, context.sight).ok_or_else(|| Answer::no_such(id))
}

fn read(context: &Context<'_>, id: &str, wanted: &[&str], modern: bool) -> Reply {
    context.needs(&["Read Computers"])?;
    let at = find(context, id)?;
    let record = in_its_groups(context, context.store.computers.record(&context.store.fleet, at, wanted));
    Ok(Answer::ok(&if modern { record } else { in_older_names(context.call, wanted, record) }))
}

fn create(context: &mut Context<'_>) -> Reply {
    context.needs(&["Create Computers"])?;
    let mut record = context.call.object()?;
    if record.pointer("/general/name").and_then(Value::as_str).is_none_or(str::is_empty) {
        let text = "The field is required";
        return Err(Answer::error(StatusCode::BAD_REQUEST, "REQUIRED", text, Some("general.name")));
    }
    if let Some(general) = record.get_mut("general").and_then(Value::as_object_mut) {
        // A create says whether a computer is capable; inventory says for whom too.
        if let Some(capable) = general.get("mdmCapable").and_then(Value::as_bool) {
            general.insert("mdmCapable".to_owned(), json!({"capable": capable, "capableUsers": []}));
        }
    }
    let id = context.store.computers.create(&context.store.fleet, &record);
    Ok(context.created(&id))
}

fn update(context: &mut Context<'_>, id: &str) -> Reply {
    context.needs(&["Update Computers"])?;
    let at = find(context, id)?;
    let mut patch = context.call.object()?;
    if let Some(fields) = patch.as_object_mut() {
        fields.retain(|name, _| WRITABLE.contains(&name.as_str()));
        if let Some(general) = fields.get_mut("general").and_then(Value::as_object_mut) {
            in_inventory_names(context, general);
        }
        for (name, section) in fields.iter_mut() {
            let given = if name == "extensionAttributes" {
                Some(section)
            } else {
                section.get_mut("extensionAttributes")
            };
            if let Some(given) = given {
                let mut now = context.store.computers.part(&context.store.fleet, at, name);
                if let Some(inner) = now.get_mut("extensionAttributes") {
                    now = inner.take();
                }
                *given = attributes_over(now, given);
            }
        }
    }
    context.store.computers.write(&context.store.fleet, at, &patch);
    Ok(Answer::no_content())
}

/// What a PATCH calls `managed` and `siteId` is read back as remote management and a site.
fn in_inventory_names(context: &Context<'_>, general: &mut Map<String, Value>) {
    if let Some(managed) = general.shift_remove("managed") {
        general.insert("remoteManagement".to_owned(), json!({"managed": managed}));
    }
    if let Some(id) = general.shift_remove("siteId") {
        let sites = context.store.objects("sites", context.sight);
        let name =
            sites.iter().find(|s| s.get("id").map(id_text) == Some(id_text(&id))).and_then(|s| s.get("name"));
        let name = name.cloned().unwrap_or_else(|| json!("None"));
        general.insert("site".to_owned(), json!({"id": id_text(&id), "name": name}));
    }
}

/// Extension attributes with those that were given laid over them by their definition.
fn attributes_over(now: Value, given: &Value) -> Value {
    let mut rows = if let Value::Array(rows) = now { rows } else { Vec::new() };
    for new in given.as_array().map(Vec::as_slice).unwrap_or_default() {
        let same = |row: &&mut Value| row.get("definitionId") == new.get("definitionId");
        match rows.iter_mut().find(same) {
            Some(row) => merge(row, new),
            None => rows.push(new.clone()),
        }
    }
    Value::Array(rows)
}

fn delete(context: &mut Context<'_>, id: &str) -> Reply {
    context.needs(&["Delete Computers"])?;
    let at = find(context, id)?;
    context.store.computers.delete(at);
    Ok(Answer::no_content())
}

fn with_id(id: &str, part: Option<&Value>) -> Option<Value> {
    let mut part = part.filter(|p| p.is_object())?.clone();
    part.as_object_mut()?.entry("computerId").or_insert_with(|| json!(id));
    Some(part)
}

fn secret(
    context: &Context<'_>,
    id: &str,
    privilege: &str,
    pick: impl Fn(&str, &Value) -> Option<Value>,
) -> Reply {
    context.needs(&[privilege])?;
    let at = find(context, id)?;
    let store = &*context.store;
    let secrets =
        if store.computers.is_rendered(at) { store.fleet.computer_secrets(at) } else { Value::Null };
    pick(id, &secrets).map(|part| Answer::ok(&part)).ok_or_else(|| Answer::no_such(id))
}

fn filevault_of_all(context: &Context<'_>) -> Reply {
    context.needs(&["View Disk Encryption Recovery Key"])?;
    let query = PageQuery::read(context.call, CEILING)?;
    let store = &*context.store;
    let key = |at: usize| with_id(store.computers.id(at), store.fleet.computer_secrets(at).get("filevault"));
    let keys: Vec<Value> = {
        let rows = store.computers.rows(context.sight).into_iter();
        rows.filter(|at| store.computers.is_rendered(*at)).filter_map(key).collect()
    };
    let page: Vec<&Value> =
        keys.iter().skip(query.page.saturating_mul(query.size)).take(query.size).collect();
    Ok(Answer::ok(&json!({"totalCount": keys.len(), "results": page})))
}

fn command(context: &mut Context<'_>, id: &str, privilege: &str, name: &str) -> Reply {
    context.needs(&[privilege])?;
    let at = find(context, id)?;
    let body: Value = serde_json::from_slice(&context.call.body).unwrap_or_default();
    let pin = body.get("pin").and_then(Value::as_str);
    if pin.is_some_and(|pin| pin.chars().count() != 6) {
        return Err(Answer::bad_field("pin", "The PIN must have 6 characters"));
    }
    let general = context.store.computers.part(&context.store.fleet, at, "general");
    let of = general.get("managementId").and_then(Value::as_str).unwrap_or_default();
    let uuid = context.store.send([name, name], id, of, Kind::Computers);
    Ok(Answer::ok(&json!({"deviceId": id, "commandUuid": uuid})))
}

fn attach(context: &mut Context<'_>, id: &str) -> Reply {
    context.needs(&["Update Computers"])?;
    let at = find(context, id)?;
    let file = uploaded(context.call).ok_or_else(|| Answer::bad_field("file", "The field is required"))?;
    let store = &mut *context.store;
    store.last_attachment += 1;
    let new = store.last_attachment.to_string();
    let row =
        json!({"id": new, "name": file.name, "fileType": file.content_type, "sizeBytes": file.bytes.len()});
    let mut rows = store.computers.part(&store.fleet, at, "attachments");
    match rows.as_array_mut() {
        Some(rows) => rows.push(row),
        None => rows = json!([row]),
    }
    store.computers.replace(&store.fleet, at, "attachments", rows);
    store.attachments.insert((id.to_owned(), new.clone()), file);
    Ok(context.created(&new))
}

fn attachment(context: &mut Context<'_>, id: &str, file: &str) -> Reply {
    let reads = context.call.method == http::Method::GET;
    context.needs(&[if reads { "Read Computers" } else { "Update Computers" }])?;
    let at = find(context, id)?;
    let key = (id.to_owned(), file.to_owned());
    let store = &mut *context.store;
    let mut rows = store.computers.part(&store.fleet, at, "attachments");
    let is_it = |row: &&Value| row.get("id").and_then(Value::as_str) == Some(file);
    let row = rows.as_array().into_iter().flatten().find(is_it).ok_or_else(|| Answer::no_such(file))?;
    let first_name = row.get("name").map(id_text).unwrap_or_default();
    if reads {
        // What is listed and was not uploaded was there at the start.
        let (name, bytes) = match store.attachments.get(&key) {
            Some(found) => (found.name.escape_default().to_string(), found.bytes.clone()),
            None => (first_name, HANDOVER.as_bytes().to_vec()),
        };
        let name = format!("attachment; filename=\"{name}\"");
        return Ok(
            Answer::of(StatusCode::OK, "application/octet-stream", bytes).with("content-disposition", name)
        );
    }
    store.attachments.remove(&key);
    if let Some(rows) = rows.as_array_mut() {
        rows.retain(|row| row.get("id").and_then(Value::as_str) != Some(file));
    }
    store.computers.replace(&store.fleet, at, "attachments", rows);
    Ok(Answer::no_content())
}

/// The part `file` of a multipart body.
fn uploaded(call: &Call) -> Option<Attachment> {
    let kind = call.header("content-type");
    let boundary = kind.split_once("boundary=")?.1.split(';').next()?.trim().trim_matches('"');
    let mark = format!("--{boundary}");
    let start = position(&call.body, mark.as_bytes())?;
    let body = call.body.get(start..)?;
    let head_end = position(body, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(body.get(..head_end)?).into_owned();
    if !head.contains("name=\"file\"") {
        return None;
    }
    let rest = body.get(head_end + 4..)?;
    let end = position(rest, format!("\r\n{mark}").as_bytes())?;
    let name =
        head.split_once("filename=\"").and_then(|(_, r)| r.split_once('"')).map_or("file", |(name, _)| name);
    let content_type = head
        .lines()
        .find_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case("content-type")))
        .map_or("application/octet-stream", |(_, v)| v.trim());
    Some(Attachment {
        name: name.to_owned(),
        content_type: content_type.to_owned(),
        bytes: rest.get(..end)?.to_vec(),
    })
}

fn position(body: &[u8], mark: &[u8]) -> Option<usize> {
    body.windows(mark.len()).position(|window| window == mark)
}
