//! Devices by whatever is known of them: serial number, name, user, UDID, management id, asset tag.

use std::collections::BTreeMap;

use futures::FutureExt;
use jamf_pro_client::Reader;
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Checked, devices, rsql};
use schemars::JsonSchema;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::{Conclusion, Job, Work, text_at};
use crate::canonical::{canonical, with_gaps, with_wildcards};
use crate::context::CallContext;
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::personal::Privacy;
use crate::sanitize::secrets;

mod lookup;

pub(crate) use lookup::{Meaning, each, meanings, only};

/// Candidates that are shown, at most.
const MOST: usize = 25;

/// Actions that looking a device up takes.
pub(super) const LOOKUP: &[&str] = &["computer_list", "mobile_device_list"];

/// `device_find`.
pub(super) static FIND: Job = Job::new(
    ToolDeclaration::new::<Find>("device_find", "devices")
        .about("Find a computer or mobile device by serial number, name, user name or full name, e-mail, UDID, management id or asset tag; answers its ids, or the candidates.")
        .asked(&["whose iPad is this", "look a device up by its serial number", "find a Mac by a person's name"])
        .core(),
    |work, arguments| find(work, arguments).map(|found| found.map(Conclusion::Answer)).boxed(),
)
.uses(LOOKUP);

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
    /// Full name of its user.
    RealName,
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
    /// The field that Jamf filters its ids on.
    id: &'static str,
    /// (what it is known by, the field that Jamf filters on)
    keys: &'static [(&'static str, &'static str)],
    /// (name in the answer, field)
    facts: &'static [(&'static str, &'static str)],
}

static COMPUTERS: Inventory = Inventory {
    kind: "computer",
    list: "computer_list",
    sections: &["GENERAL", "HARDWARE", "USER_AND_LOCATION", "OPERATING_SYSTEM"],
    id: "id",
    keys: &[
        ("serial_number", "hardware.serialNumber"),
        ("name", "general.name"),
        ("username", "userAndLocation.username"),
        ("real_name", "userAndLocation.realname"),
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
        ("realName", "userAndLocation.realname"),
        ("email", "userAndLocation.email"),
        ("lastContact", "general.lastCheckIn"),
    ],
};

static MOBILE_DEVICES: Inventory = Inventory {
    kind: "mobile_device",
    list: "mobile_device_list",
    sections: &["GENERAL", "HARDWARE", "USER_AND_LOCATION"],
    id: "mobileDeviceId",
    keys: &[
        ("serial_number", "serialNumber"),
        ("name", "displayName"),
        ("username", "username"),
        ("real_name", "fullName"),
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
        ("realName", "userAndLocation.realName"),
        ("email", "userAndLocation.emailAddress"),
        ("lastContact", "general.lastInventoryUpdateDate"),
    ],
};

/// What a device is known by, and the name of that fact in an answer.
const KEYS: &[(&str, &str)] = &[
    ("serial_number", "serialNumber"),
    ("name", "name"),
    ("username", "username"),
    ("real_name", "realName"),
    ("email", "email"),
    ("udid", "udid"),
    ("management_id", "managementId"),
    ("asset_tag", "assetTag"),
];

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

    /// What it is known by: all, or one key.
    fn texts<'a>(&'a self, by: Option<&'a str>) -> impl Iterator<Item = String> + 'a {
        KEYS.iter()
            .filter(move |(key, _)| by.is_none_or(|by| by == *key))
            .map(move |(_, fact)| self.fact(fact))
    }

    /// Whether it is known by a form of this text.
    fn has_name(&self, text: &str, by: Option<&str>) -> bool {
        let form = canonical(text);
        self.texts(by).any(|known| canonical(&known) == form)
    }

    /// Whether what it is known by contains a form of this text.
    fn contains(&self, text: &str, by: Option<&str>) -> bool {
        let form = canonical(text);
        self.texts(by).any(|known| canonical(&known).contains(&form))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && ObjectId::parse(&self.fact("id")) == ObjectId::parse(&other.fact("id"))
    }

    /// As an answer shows it.
    pub(super) fn describe(&self) -> Value {
        let mut shown = json!({ "kind": self.kind });
        if let (Some(shown), Some(facts)) = (shown.as_object_mut(), self.facts.as_object()) {
            shown.extend(facts.clone());
        }
        shown
    }
}

/// Devices, each once, and what must be said about them.
#[derive(Default)]
struct Matches {
    devices: Vec<Device>,
    /// Why a list was read in part; what was read of it is there.
    notes: Vec<String>,
    /// Lists that could not be read at all.
    unread: Vec<Unread>,
}

/// A kind of device whose list could not be read.
struct Unread {
    kind: &'static str,
    error: Error,
}

impl Matches {
    fn keep(&mut self, devices: impl Iterator<Item = Device>) {
        for device in devices {
            if !self.devices.iter().any(|known| known.is(&device)) {
                self.devices.push(device);
            }
        }
    }
}

async fn find(work: &Work<'_>, arguments: &Checked) -> Result<Value, Error> {
    let query = arguments.text("query").unwrap_or_default().trim();
    let (by, kind) = (arguments.text("by"), arguments.text("kind"));
    may_search(work, by)?;
    let mut exact = !query.contains('*');
    let mut found = search(work, &Question { by, kind, ..Question::of(query) }).await?;
    if found.devices.is_empty() && exact {
        if let Some(forms) = with_wildcards(&compose(query)) {
            let same = |device: &Device| device.has_name(query, by);
            found = search(work, &Question { by, kind, texts: vec![forms], ..Question::of(query) }).await?;
            found.devices.retain(same);
        }
        if found.devices.is_empty() && by.is_none_or(|by| by == "name") {
            let texts = vec![with_gaps(&compose(query))];
            let only = Some(["name"].as_slice());
            found = search(work, &Question { by, kind, texts, only, ..Question::of(query) }).await?;
            found.devices.retain(|device| device.has_name(query, Some("name")));
        }
        if found.devices.is_empty() {
            exact = false;
            let parts = [Some(query.to_owned()), with_wildcards(&compose(query))];
            let texts = parts.into_iter().flatten().map(|text| format!("*{text}*").replace("**", "*"));
            let pattern = format!("*{query}*");
            let question = Question { by, kind, texts: texts.collect(), ..Question::of(&pattern) };
            let near = ["serial_number", "name", "username", "real_name", "email", "asset_tag"];
            let question = Question { only: by.is_none().then_some(near.as_slice()), ..question };
            found = search(work, &question).await?;
            if with_wildcards(query).is_some() {
                found.devices.retain(|device| device.contains(query, by));
            }
        }
    }
    if found.unread.len() == kinds(kind).count()
        && let Some(unread) = found.unread.pop()
    {
        return Err(unread.error);
    }
    Ok(answer(work, found, exact, by, kind))
}

/// The answer of `device_find`.
fn answer(work: &Work<'_>, found: Matches, exact: bool, by: Option<&str>, kind: Option<&str>) -> Value {
    let total = found.devices.len();
    let mut notes = found.notes;
    let missed: Vec<Value> = found
        .unread
        .iter()
        .map(|unread| json!({ "kind": unread.kind, "why": unread.error.to_string() }))
        .collect();
    for unread in &found.unread {
        notes.push(format!(
            "INCOMPLETE: the {}s could not be searched: {}",
            unread.kind.replace('_', " "),
            unread.error
        ));
    }
    notes.push(match (total, exact) {
        (0, _) if missed.is_empty() => "no device in inventory matches; a device that never enrolled, or was deleted, is not there".to_owned(),
        (0, _) => "no device matches among those that could be searched".to_owned(),
        (1, true) => "one device matches".to_owned(),
        (_, true) => "several devices match: ask which one is meant before anything is changed".to_owned(),
        (_, false) => "nothing matches exactly; these contain the query: ask which one is meant before anything is changed".to_owned(),
    });
    if total > MOST {
        notes.push(format!("{MOST} of {total} are shown; ask for more of the name"));
    }
    let read: Vec<&Inventory> =
        kinds(kind).filter(|one| found.unread.iter().all(|unread| unread.kind != one.kind)).collect();
    let covers: Vec<String> = read.iter().map(|one| format!("{}s", one.kind.replace('_', " "))).collect();
    let keys: Vec<&str> =
        KEYS.iter().map(|(key, _)| *key).filter(|key| by.is_none_or(|by| by == *key)).collect();
    let keys: Vec<&str> = keys.into_iter().filter(|key| !is_kept_back(work, key)).collect();
    let mut shown = json!({
        "total": total, "exact": exact && total > 0, "covers": format!("{} in inventory", covers.join(" and ")),
        "searched": { "fields": keys, "kinds": read.iter().map(|one| one.kind).collect::<Vec<_>>() },
        "notes": notes, "devices": found.devices.iter().take(MOST).map(Device::describe).collect::<Vec<_>>(),
    });
    if let (false, Some(shown)) = (missed.is_empty(), shown.as_object_mut()) {
        shown.insert("not_searched".to_owned(), json!(missed));
    }
    shown
}

fn kinds(kind: Option<&str>) -> impl Iterator<Item = &'static Inventory> {
    [&COMPUTERS, &MOBILE_DEVICES].into_iter().filter(move |one| kind.is_none_or(|kind| kind == one.kind))
}

/// Accents as one character each, as most programs write them.
fn compose(text: &str) -> String {
    text.nfc().collect()
}

/// What is looked for.
struct Question<'a> {
    /// What is wanted, as the caller may see it.
    pattern: String,
    /// Texts of which a field has one; `*` stands for anything.
    texts: Vec<String>,
    by: Option<&'a str>,
    kind: Option<&'a str>,
    /// The keys that are looked at; all when there are none.
    only: Option<&'a [&'a str]>,
}

impl<'a> Question<'a> {
    fn of(query: &str) -> Self {
        Self { pattern: query.to_owned(), texts: vec![query.to_owned()], by: None, kind: None, only: None }
    }
}

async fn search(work: &Work<'_>, question: &Question<'_>) -> Result<Matches, Error> {
    let mut found = Matches::default();
    for inventory in kinds(question.kind) {
        let mut keys = open_keys(work, inventory);
        keys.retain(|(key, _)| {
            question.by.is_none_or(|by| by == *key) && question.only.is_none_or(|only| only.contains(key))
        });
        let mut parts = Vec::new();
        for (key, field) in &keys {
            for text in &question.texts {
                parts.push(rsql::compare(field, "==", text));
                // Serial numbers are written in capitals; the tenant may compare them as they are.
                if *key == "serial_number" && text.to_uppercase() != *text {
                    parts.push(rsql::compare(field, "==", &text.to_uppercase()));
                }
            }
        }
        if parts.is_empty() {
            continue;
        }
        let filter = rsql::Expression::Or(parts).to_string();
        match list_devices(work, inventory, &filter, &mut found.notes).await {
            Ok(devices) => {
                let is_found = |device: &Device| is_found(work, device, &keys, &question.pattern);
                found.keep(devices.into_iter().filter(is_found));
            }
            Err(error) => found.unread.push(Unread { kind: inventory.kind, error }),
        }
    }
    Ok(found)
}

/// What a device is known by that says who its user is.
const PERSONAL: [&str; 3] = ["username", "real_name", "email"];

/// Whether a key is kept back from the caller, for whom nothing is found by it then: anyone who could try out names would learn them.
fn is_kept_back(work: &Work<'_>, key: &str) -> bool {
    work.privacy().is_some() && PERSONAL.contains(&key)
}

/// Refuse to search by what is kept back, with the way to ask.
fn may_search(work: &Work<'_>, by: Option<&str>) -> Result<(), Error> {
    let Some(by) = by.filter(|by| is_kept_back(work, by)) else { return Ok(()) };
    let why = if work.privacy().is_some_and(Privacy::leaves_out) {
        "is not shown, and nothing is found by it. Search by serial number, name or asset tag"
    } else {
        "is a pseudonym in answers, and no real value finds it. Search by serial number, name or asset tag, or ask `computer_list` or \
         `mobile_device_list` with `where` for the pseudonym"
    };
    Err(Error::caller(format!("`by` {by} is personal (`redaction`): it {why}")))
}

/// Whether a device is found by what its caller is shown of it: Jamf has looked at what is left out, too.
fn is_found(work: &Work<'_>, device: &Device, keys: &[&(&str, &str)], query: &str) -> bool {
    let mut shown = match work.privacy() {
        Some(privacy) => privacy.redacted("", &device.facts),
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
    KEYS.iter().find(|(known, _)| *known == key).map_or(key, |(_, fact)| fact)
}

/// Whether a text is a form of a query; `*` stands for anything.
fn matches(text: &str, query: &str) -> bool {
    let (text, query) = (canonical(text), canonical(query));
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

/// The keys of a kind that may be asked for: none that is kept back.
fn open_keys(work: &Work<'_>, inventory: &'static Inventory) -> Vec<&'static (&'static str, &'static str)> {
    inventory.keys.iter().filter(|(key, _)| !is_kept_back(work, key)).collect()
}

async fn list_devices(
    work: &Work<'_>,
    inventory: &'static Inventory,
    filter: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<Device>, Error> {
    let fields: Vec<&str> = inventory.facts.iter().map(|(_, field)| *field).collect();
    let arguments = json!({ "filter": filter, "section": inventory.sections });
    let found = work.rows(inventory.list, arguments, &fields).await?;
    notes.extend(found.notes);
    Ok(found.rows.iter().map(|row| device(inventory, row)).collect())
}

/// The device of a row of its list.
fn device(inventory: &'static Inventory, row: &Value) -> Device {
    let facts = inventory.facts.iter().map(|(name, field)| (*name, text_at(row, field)));
    let facts = facts.filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), json!(text)));
    Device { kind: inventory.kind, facts: facts.collect() }
}

fn shorten(word: &str) -> String {
    crate::sanitize::text::clean(word).chars().take(60).collect()
}

/// Look up the devices that a call names by something else than their management ids.
///
/// # Errors
/// When a word means no device, or several.
pub async fn look_up(
    action: &'static Action,
    arguments: Checked,
    tenant: &Reader,
    call: &CallContext,
) -> Result<Checked, Error> {
    let words = devices::named_devices(action, &arguments);
    if words.is_empty() {
        return Ok(arguments);
    }
    let work = Work::reading(tenant, call, LOOKUP);
    let mut ids = BTreeMap::new();
    let devices = each(&work, &words).await?;
    for (word, device) in words.into_iter().zip(devices) {
        let id = device.fact("managementId");
        if id.is_empty() {
            return Err(Error::caller(format!(
                "`{}` is a device without a management id: it is not managed, and no command reaches it",
                shorten(&word)
            )));
        }
        ids.insert(word, id);
    }
    Ok(arguments.with_devices(action, &ids))
}
