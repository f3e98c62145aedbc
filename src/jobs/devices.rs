//! Devices by whatever is known of them: serial number, name, user, UDID, management id, asset tag.

use std::collections::BTreeMap;

use futures::FutureExt;
use jamf_pro_tools::check::is_id;
use jamf_pro_tools::{Action, Checked, devices, rsql};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{Job, Work, text_at};
use crate::error::Error;
use crate::sanitize::personal::Privacy;
use crate::sanitize::secrets;
use crate::tenant::{Call, Tenant};

/// Candidates that are shown, at most.
const MOST: usize = 25;

/// Actions that looking a device up takes.
pub(super) const LOOKUP: &[&str] = &["computer_list", "mobile_device_list"];

/// `device_find`.
pub(super) const FIND: Job = Job::new::<Find>("device_find", "devices", |work, arguments| find(work, arguments).boxed())
    .about("Find a computer or mobile device by serial number, name, user, e-mail, UDID, management id or asset tag; answers its ids, or the candidates.")
    .uses(LOOKUP)
    .core();

/// Arguments of `device_find`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Find {
    /// What is known of it, whole; `*` stands for anything. Without a match, devices that contain it are answered.
    #[schemars(length(min = 2, max = 200))]
    query: String,
    /// What the query is; anything by default.
    by: Option<By>,
    /// Which kind of device; both by default.
    kind: Option<Kind>,
}

/// What a device is known by.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum By {
    /// Serial number.
    SerialNumber,
    /// Name of the device.
    Name,
    /// User name of its user.
    Username,
    /// E-mail address of its user.
    Email,
    /// UDID.
    Udid,
    /// Management id.
    ManagementId,
    /// Asset tag.
    AssetTag,
}

/// Kinds of devices.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
pub(super) enum Kind {
    /// A Mac.
    Computer,
    /// An iPhone, iPad, Apple TV and the like.
    MobileDevice,
}

/// One kind of device: where it is listed, what it is known by, which facts of it are told.
struct Inventory {
    kind: &'static str,
    list: &'static str,
    sections: &'static [&'static str],
    /// (what it is known by, the field that Jamf filters on)
    keys: &'static [(&'static str, &'static str)],
    /// (name in the answer, field)
    facts: &'static [(&'static str, &'static str)],
}

static COMPUTERS: Inventory = Inventory {
    kind: "computer",
    list: "computer_list",
    sections: &["GENERAL", "HARDWARE", "USER_AND_LOCATION", "OPERATING_SYSTEM"],
    keys: &[
        ("serial_number", "hardware.serialNumber"),
        ("name", "general.name"),
        ("username", "userAndLocation.username"),
        ("email", "userAndLocation.email"),
        ("udid", "udid"),
        ("management_id", "general.managementId"),
        ("asset_tag", "general.assetTag"),
    ],
    facts: &[
        ("id", "id"),
        ("name", "general.name"),
        ("serialNumber", "hardware.serialNumber"),
        ("model", "hardware.model"),
        ("osVersion", "operatingSystem.version"),
        ("udid", "udid"),
        ("managementId", "general.managementId"),
        ("assetTag", "general.assetTag"),
        ("username", "userAndLocation.username"),
        ("email", "userAndLocation.email"),
        ("lastContact", "general.lastCheckIn"),
    ],
};

static MOBILE_DEVICES: Inventory = Inventory {
    kind: "mobile_device",
    list: "mobile_device_list",
    sections: &["GENERAL", "HARDWARE", "USER_AND_LOCATION"],
    keys: &[
        ("serial_number", "serialNumber"),
        ("name", "displayName"),
        ("username", "username"),
        ("email", "emailAddress"),
        ("udid", "udid"),
        ("management_id", "managementId"),
        ("asset_tag", "assetTag"),
    ],
    facts: &[
        ("id", "mobileDeviceId"),
        ("name", "general.displayName"),
        ("serialNumber", "hardware.serialNumber"),
        ("model", "hardware.model"),
        ("osVersion", "general.osVersion"),
        ("udid", "general.udid"),
        ("managementId", "general.managementId"),
        ("assetTag", "general.assetTag"),
        ("username", "userAndLocation.username"),
        ("email", "userAndLocation.emailAddress"),
        ("lastContact", "general.lastInventoryUpdateDate"),
    ],
};

/// A device, with the facts that tell it from others.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    /// `computer` or `mobile_device`.
    pub(crate) kind: &'static str,
    /// Facts by name; those that the tenant does not have are left out.
    pub(crate) facts: Value,
}

impl Device {
    pub(crate) fn fact(&self, name: &str) -> String {
        text_at(&self.facts, name)
    }

    /// As an answer shows it.
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({ "kind": self.kind });
        if let (Some(shown), Some(facts)) = (shown.as_object_mut(), self.facts.as_object()) {
            shown.extend(facts.clone());
        }
        shown
    }
}

async fn find(work: &Work<'_>, arguments: &Checked) -> Result<Value, Error> {
    let query = arguments.text("query").unwrap_or_default().trim();
    let (by, kind) = (arguments.text("by"), arguments.text("kind"));
    may_search(work, query, by)?;
    let mut notes = Vec::new();
    let mut devices = search(work, query, by, kind, &mut notes).await?;
    let mut exact = !query.contains('*');
    if devices.is_empty() && exact && !by.is_some_and(|by| is_kept_back(work, by)) {
        exact = false;
        let near = ["serial_number", "name", "username", "asset_tag"];
        for key in by.map_or(near.to_vec(), |by| vec![by]) {
            if is_kept_back(work, key) {
                continue;
            }
            devices.extend(search(work, &format!("*{query}*"), Some(key), kind, &mut notes).await?);
        }
        devices.dedup_by_key(|device| (device.kind, device.fact("id")));
    }
    let total = devices.len();
    notes.push(match (total, exact) {
        (0, _) => "no device in inventory matches; a device that never enrolled, or was deleted, is not there".to_owned(),
        (1, true) => "one device matches".to_owned(),
        (_, true) => "several devices match: ask which one is meant before anything is changed".to_owned(),
        (_, false) => "nothing matches exactly; these contain the query: ask which one is meant before anything is changed".to_owned(),
    });
    if total > MOST {
        notes.push(format!("{MOST} of {total} are shown; ask for more of the name"));
    }
    let shown: Vec<Value> = devices.iter().take(MOST).map(Device::shown).collect();
    let covers = match kind {
        Some("computer") => "computers in inventory",
        Some(_) => "mobile devices in inventory",
        None => "computers and mobile devices in inventory",
    };
    Ok(
        json!({ "total": total, "exact": exact && total > 0, "covers": covers, "notes": notes, "devices": shown }),
    )
}

async fn search(
    work: &Work<'_>,
    query: &str,
    by: Option<&str>,
    kind: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Vec<Device>, Error> {
    let mut devices = Vec::new();
    for inventory in [&COMPUTERS, &MOBILE_DEVICES] {
        if kind.is_some_and(|kind| kind != inventory.kind) {
            continue;
        }
        let whole = !query.contains('*');
        let keys: Vec<&(&str, &str)> = inventory
            .keys
            .iter()
            .filter(|(key, _)| by.is_none_or(|by| by == *key))
            .filter(|(key, _)| !is_kept_back(work, key) || (whole && !leaves_out(work)))
            .collect();
        let parts = keys.iter().flat_map(|(key, field)| {
            // Serial numbers are written in capitals; the tenant may compare them as they are.
            let capitals = Some(query.to_uppercase()).filter(|text| *key == "serial_number" && text != query);
            let either = [Some(query.to_owned()), capitals].into_iter().flatten();
            either.map(move |text| rsql::compare(field, "==", &text))
        });
        let filter = rsql::Expression::Or(parts.collect()).to_string();
        let found = listed(work, inventory, &filter, notes).await?;
        devices.extend(found.into_iter().filter(|device| is_found(work, device, &keys, query)));
    }
    Ok(devices)
}

/// What a device is known by that says who its user is.
const PERSONAL: [&str; 2] = ["username", "email"];

/// Whether a key is kept back from the caller, who may then ask for a whole value at most.
fn is_kept_back(work: &Work<'_>, key: &str) -> bool {
    work.privacy().is_some() && PERSONAL.contains(&key)
}

fn leaves_out(work: &Work<'_>) -> bool {
    work.privacy().is_some_and(Privacy::leaves_out)
}

/// Refuse to search for a part of a personal field: letter by letter it would tell the whole.
fn may_search(work: &Work<'_>, query: &str, by: Option<&str>) -> Result<(), Error> {
    let Some(by) = by.filter(|by| is_kept_back(work, by)) else { return Ok(()) };
    let why = match (leaves_out(work), query.contains('*')) {
        (true, _) => {
            "is left out of answers, and nothing is found by it. Search by serial number, name or asset tag"
        }
        (false, true) => "is a pseudonym in answers, and only a whole value finds it, without `*`",
        (false, false) => return Ok(()),
    };
    Err(Error::Arguments(format!("`by` {by} is personal (`redaction`): it {why}. Nothing was sent")))
}

/// Whether a device is found by what its caller is shown of it: Jamf has looked at what is left out, too.
fn is_found(work: &Work<'_>, device: &Device, keys: &[&(&str, &str)], query: &str) -> bool {
    let mut shown = match work.privacy() {
        Some(privacy) => privacy.shown("", &device.facts),
        None => device.facts.clone(),
    };
    secrets::leave_out(&mut shown);
    if shown == device.facts {
        return true;
    }
    let whole = !query.contains('*');
    keys.iter().any(|(key, _)| {
        let name = fact_of(key);
        let (told, real) = (text_at(&shown, name), device.fact(name));
        if is_kept_back(work, key) {
            return whole && real.eq_ignore_ascii_case(query);
        }
        // A whole name that somebody knows finds the device, a part of it only what is shown.
        let text = match work.privacy() {
            Some(privacy) if whole && *key == "name" => {
                return told == privacy.name_of_device(query) || told == real && matches(&told, query);
            }
            _ => told,
        };
        matches(&text, query)
    })
}

/// The fact that a key looks at.
fn fact_of(key: &str) -> &str {
    match key {
        "serial_number" => "serialNumber",
        "management_id" => "managementId",
        "asset_tag" => "assetTag",
        other => other,
    }
}

/// Whether a text is a query, in whatever case; `*` stands for anything.
fn matches(text: &str, query: &str) -> bool {
    let (text, query) = (text.to_lowercase(), query.to_lowercase());
    let mut parts = query.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = query.contains('*').then(|| query.rsplit('*').next().unwrap_or_default()) else {
        return rest.is_empty();
    };
    let middle: Vec<&str> = parts.collect();
    for part in middle.iter().take(middle.len().saturating_sub(1)) {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

async fn listed(
    work: &Work<'_>,
    inventory: &Inventory,
    filter: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<Device>, Error> {
    let fields: Vec<&str> = inventory.facts.iter().map(|(_, field)| *field).collect();
    let arguments = json!({ "filter": filter, "section": inventory.sections });
    let found = work.rows(inventory.list, arguments, &fields).await?;
    notes.extend(found.notes);
    let device = |row: &Value| {
        let facts = inventory.facts.iter().map(|(name, field)| (*name, text_at(row, field)));
        let facts =
            facts.filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), json!(text)));
        Device { kind: inventory.kind, facts: facts.collect() }
    };
    Ok(found.rows.iter().map(device).collect())
}

/// The one device that a word means: `computer:7`, `mobile_device:7`, or what `device_find` finds exactly one for.
pub(crate) async fn only(work: &Work<'_>, word: &str) -> Result<Device, Error> {
    let mut notes = Vec::new();
    let found = match word.split_once(':') {
        Some(("computer", id)) => by_id(work, &COMPUTERS, "id", id, &mut notes).await?,
        Some(("mobile_device", id)) => by_id(work, &MOBILE_DEVICES, "mobileDeviceId", id, &mut notes).await?,
        _ if word.contains('*') => {
            return Err(Error::Arguments(format!(
                "`{}` may be many devices; one is wanted",
                shortened(word)
            )));
        }
        _ => search(work, word, None, None, &mut notes).await?,
    };
    if let Some(incomplete) = notes.iter().find(|note| note.starts_with("INCOMPLETE")) {
        return Err(Error::Unreachable {
            message: format!("the device could not be looked up for certain: {incomplete}"),
            retry_after: None,
        });
    }
    match found.as_slice() {
        [device] => Ok(device.clone()),
        [] => Err(Error::Arguments(format!(
            "no device is known by `{}`; nothing was changed. Look for it with `device_find`",
            shortened(word)
        ))),
        several => {
            let candidates: Vec<String> = several
                .iter()
                .take(MOST)
                .map(|device| {
                    format!(
                        "{}:{} ({}, {})",
                        device.kind,
                        device.fact("id"),
                        device.fact("name"),
                        device.fact("serialNumber")
                    )
                })
                .collect();
            Err(Error::Arguments(format!(
                "`{}` is {} devices; nothing was changed. Ask which one is meant, and name it by one of: {}",
                shortened(word),
                several.len(),
                candidates.join("; ")
            )))
        }
    }
}

async fn by_id(
    work: &Work<'_>,
    inventory: &Inventory,
    field: &str,
    id: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<Device>, Error> {
    if !is_id(id) {
        return Err(Error::Arguments(format!(
            "`{}:…` takes an id as Jamf writes it: digits only, without leading zeros, sign or blanks; nothing was changed",
            inventory.kind
        )));
    }
    listed(work, inventory, &rsql::compare(field, "==", id).to_string(), notes).await
}

fn shortened(word: &str) -> String {
    crate::answer::clean::text(word).chars().take(60).collect()
}

/// Look up the devices that a call names by something else than their management ids.
///
/// # Errors
/// When a word means no device, or several.
pub async fn looked_up(
    action: &'static Action,
    arguments: Checked,
    tenant: &Tenant,
    call: &Call,
) -> Result<Checked, Error> {
    let words = devices::named(action, &arguments);
    if words.is_empty() {
        return Ok(arguments);
    }
    let work = Work::reading(tenant, call, LOOKUP);
    let mut ids = BTreeMap::new();
    for word in words {
        let device = only(&work, &word).await?;
        let id = device.fact("managementId");
        if id.is_empty() {
            return Err(Error::Arguments(format!(
                "`{}` is a device without a management id: it is not managed, and no command reaches it. Nothing was sent",
                shortened(&word)
            )));
        }
        ids.insert(word, id);
    }
    Ok(arguments.with_devices(action, &ids))
}
