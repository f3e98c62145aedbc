//! What a plan says: everything that a person needs to decide, worked out by the server and never by the model.
//!
//! It is data; `gate/draft.rs` works it out, `store/plans.rs` keeps it, and the terminal, the client's question and the approvals
//! page show it. Text in it that came out of the tenant is cleaned before it gets here.

pub(crate) mod diff;
pub mod reach;
pub mod view;

use jamf_pro_tools::Risk;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub use reach::{DeviceEffect, EffectDevices, EffectReach, KindReach, Reach};

/// Devices that a plan shows one by one at most; all of them are in the store and are bound by the hash.
pub const SAMPLE: usize = 20;

/// Name of the tool that asks for a window. The store finds windows among the plans by it.
pub const WINDOW_TOOL: &str = "plan_window";

/// A call that waits for approval, as a person is shown it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// 128 random bits.
    pub id: String,
    /// Over tool, tenant, caller, exact arguments, targets and what was found: what approvals are bound to. Lower-case hex.
    pub hash: String,
    /// Tenant by its name in the configuration.
    pub tenant: String,
    /// Its base URL: two of one name are two.
    #[serde(default)]
    pub tenant_url: String,
    /// The word for people that the configuration gives the tenant, such as `prod`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_label: Option<String>,
    /// The tool.
    pub tool: String,
    /// What is done, to what: a sentence with a verb and a name.
    pub title: String,
    /// What the tool does.
    pub about: String,
    /// Risk class that this call was judged to have: `write`, `secret`, `destructive` or `critical`.
    pub risk: String,
    /// Who asked: the caller, its client, how it reached the server.
    #[serde(rename = "asked_by")]
    pub requester: Requester,
    /// The caller's own words for why. Written by a model: not to be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Number of the change ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The arguments, secrets left out.
    pub arguments: Value,
    /// Devices that are acted on directly.
    pub targets: Vec<Target>,
    /// How many devices it reaches, directly or through what it changes.
    pub reach: Reach,
    /// What was there when it was made, beyond what is shown field by field: when it is another thing, the plan no longer holds.
    #[serde(rename = "found", default, skip_serializing_if = "Basis::is_nothing")]
    pub basis: Basis,
    /// What changes, where that is known.
    pub changes: Vec<Change>,
    /// What refers to the object that is changed or deleted.
    pub references: Vec<Reference>,
    /// What could not be checked; never empty without having been looked at.
    pub not_checked: Vec<String>,
    /// Things a person should see before anything else.
    pub warnings: Vec<String>,
    /// Whether it can be undone.
    pub undo: Undo,
    /// Data or a device is lost by it.
    #[serde(default)]
    pub is_loss: bool,
    /// Secrets that the person can give with the approval, by their place in the arguments, such as `body.password`. What is left
    /// empty is not sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
    /// What a person types to approve.
    #[serde(rename = "typed")]
    pub confirmation: Confirmation,
    /// How many approvals it takes, by different people.
    pub approvals_needed: u32,
    /// Where only one person can approve: minutes between their first and their second approval, which stands for that of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_minutes: Option<u32>,
    /// Where two people have passkeys, the one who asked cannot approve it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_other_person: bool,
    /// Minutes to wait after the last approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_minutes: Option<u32>,
    /// The copy that it puts back, where it undoes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// What it lets through without asking again, where it is a window and never sent itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// The window that approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_window: Option<String>,
    /// The calls that it is for in their order, where it is for several: each a plan without an id and a hash of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Plan>,
    /// When it was made.
    pub made: Timestamp,
    /// When it can no longer be approved or applied.
    pub expires: Timestamp,
}

/// Who asked for a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// The operating system's user on stdio and the command line, the token's principal on HTTP.
    pub who: String,
    /// Name and version that the client gives itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// `stdio`, `http`, `sse` or `cli`.
    pub transport: String,
}

/// A device that is acted on.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// `computer` or `mobile_device`.
    pub kind: String,
    /// Jamf id.
    pub id: String,
    /// What commands address it by; empty when it is not managed.
    pub management_id: String,
    /// Name of the device.
    pub name: String,
    /// Serial number.
    pub serial: String,
    /// Its user, or empty.
    pub owner: String,
    /// That person's full name, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub full_name: String,
    /// Name of the department, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub department: String,
    /// What else a person should know of it before it is erased, locked or deleted, each a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// Model, or empty.
    pub model: String,
    /// Last contact as the tenant says it, or empty when there was none.
    pub last_contact: String,
}

impl Target {
    /// The device as people call it: its name and serial number.
    pub fn label(&self) -> String {
        match (self.name.as_str(), self.serial.as_str()) {
            ("", "") => format!("the device with the Jamf id {}", self.id),
            (name, "") => format!("{name} (Jamf id {})", self.id),
            ("", serial) => serial.to_owned(),
            (name, serial) if name == serial => serial.to_owned(),
            (name, serial) => format!("{name} ({serial})"),
        }
    }

    /// The device in words.
    pub fn describe(&self) -> String {
        format!("{} {} ({})", self.kind.replace('_', " "), self.serial, self.name)
    }

    /// Whether it is the same device with the same owner; the time of its last contact does not matter.
    pub fn is_same_device(&self, other: &Self) -> bool {
        (&self.kind, &self.id, &self.management_id, &self.serial, &self.owner, &self.name)
            == (&other.kind, &other.id, &other.management_id, &other.serial, &other.owner, &other.name)
    }
}

/// What a plan is based on: the object and the devices as they were when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Basis {
    /// Digest of the whole object as it is, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The devices that it reaches through what it changes, as `computer:12`, sorted; `None` when that cannot be worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<String>>,
    /// What it does to which devices, where a scope says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectDevices>,
    /// Some of them, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<String>,
    /// What the call makes run or installs, as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Content>,
    /// What a write would change under this plan, as `script_get 61`, sorted: the object of the call, its content, groups of its scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refers_to: Vec<String>,
    /// Of the payload that is sent: a mark that only the store can make, because there may be a password in it that could be guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

/// An object that a call makes run or installs: a script, a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The action that reads it.
    pub reader: String,
    /// Kind of object, such as `script`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name; empty where there is no such object.
    pub name: String,
    /// What is in it, in one line: how many lines and their hash, the file of a package.
    pub about: String,
    /// Digest of the whole object.
    pub digest: String,
    /// Its text, where it has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

impl Basis {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A window of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The tools.
    pub tools: Vec<String>,
    /// Until when at the latest.
    pub until: Timestamp,
    /// How long from its approval; 0 for until its latest end, as windows had it before.
    #[serde(default)]
    pub minutes: u32,
    /// Devices in all, or reads of secrets.
    pub at_most: u32,
    /// Each device once.
    pub once: bool,
}

impl Window {
    /// When it ends that was approved then.
    pub fn ends(&self, approved: Timestamp) -> Timestamp {
        match self.minutes {
            0 => self.until,
            minutes => approved
                .checked_add(SignedDuration::from_mins(i64::from(minutes)))
                .map_or(self.until, |end| end.min(self.until)),
        }
    }
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which field.
    pub field: String,
    /// As it is.
    pub before: String,
    /// As it will be.
    pub after: String,
    /// A text of several lines, or a long one, line by line: `+` what comes, `-` what goes. Then `before` and `after` say how much there is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

impl Change {
    /// A change of a field in one line.
    pub(crate) fn new(field: impl Into<String>, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { field: field.into(), before: before.into(), after: after.into(), lines: Vec::new() }
    }
}

/// An object that refers to the one that is changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// Kind of object, such as `policy`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it refers: `scope`, `exclusion`, `criterion`, `runs it`.
    pub how: String,
}

/// Whether a call can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// It can, by this server.
    pub possible: bool,
    /// What comes back, and what does not.
    pub note: String,
}

/// What a person types to approve, so that a click is not enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// What it is: "the serial number", "the number of devices", "the id".
    pub what: String,
    /// The right text.
    pub expected: String,
}

impl Confirmation {
    /// Whether somebody typed it. Spaces around and case do not matter.
    pub fn matches(&self, text: &str) -> bool {
        text.trim().eq_ignore_ascii_case(self.expected.trim()) && !self.expected.trim().is_empty()
    }
}

impl Plan {
    /// Risk class by its name.
    pub fn risk(&self) -> Risk {
        [Risk::Read, Risk::Device, Risk::Write, Risk::Secret, Risk::Destructive]
            .into_iter()
            .find(|risk| risk.as_str() == self.risk)
            .unwrap_or(Risk::Critical)
    }

    /// Which tenant it is for, as [`Reader::key`](jamf_pro_client::Reader::key) says it.
    pub fn tenant_key(&self) -> String {
        jamf_pro_client::key(&self.tenant, &self.tenant_url)
    }

    /// The devices that are shown one by one; [`Plan::targets`] has all of them.
    pub fn sample(&self) -> &[Target] {
        self.targets.get(..SAMPLE.min(self.targets.len())).unwrap_or_default()
    }

    /// The same with its hash.
    #[must_use]
    pub fn sealed(self, exact: &Value) -> Self {
        Self { hash: self.digest(exact), ..self }
    }

    /// Hash over what approvals are bound to: everything but the hash itself.
    pub fn digest(&self, exact: &Value) -> String {
        let unsigned = Self { hash: String::new(), ..self.clone() };
        let whole = serde_json::to_value(&unsigned).unwrap_or_default();
        digest(&[&canonical(&whole), &canonical(exact)])
    }
}

/// SHA-256 over texts, each with its length, as lower-case hex.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// JSON text that is the same for the same value, in whatever order its members came.
pub fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut members: Vec<(&String, &Value)> = map.iter().collect();
                members.sort_by_key(|(name, _)| name.as_str());
                let sorted = members.into_iter().map(|(name, value)| (name.clone(), sorted(value)));
                Value::Object(sorted.collect::<Map<_, _>>())
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_of_members_does_not_matter_and_anything_else_does() {
        let hash = |value: Value| digest(&[&canonical(&value)]);
        assert_eq!(
            hash(json!({ "a": 1, "b": { "c": 2, "d": 3 } })),
            hash(json!({ "b": { "d": 3, "c": 2 }, "a": 1 }))
        );
        assert_ne!(hash(json!({ "a": [1, 2] })), hash(json!({ "a": [2, 1] })));
        assert_ne!(hash(json!({ "a": "1" })), hash(json!({ "a": 1 })));
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn nothing_typed_is_never_right() {
        let typed = Confirmation { what: "the serial number".to_owned(), expected: "C02XX".to_owned() };
        assert!(typed.matches(" c02xx ") && !typed.matches("C02X") && !typed.matches(""));
        assert!(!Confirmation { expected: String::new(), ..typed }.matches(""));
    }
}
