//! What an answer with a success says of each item: Jamf accepts a request for several devices and lists in the body those that
//! it did nothing for.
//!
//! Jamf has no one form for this. Failures stand in fields of their own (`errorUuids`, `udidsNotProcessed`, `errors`), in a
//! field of each item (`status`, `success`, `error`), in a map of items to words, or an item that was sent is missing from the
//! answer. [`Items::read`] knows these forms, and not the single operations, so that it also sees what a later version adds.

use std::collections::BTreeMap;

use jamf_pro_client::JamfError;
use jamf_pro_client::outcome::Outcome;
use jamf_pro_tools::{Action, Api, Method};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::sanitize::text;

/// Items that are named in one answer.
const NAMED: usize = 100;

/// What the caller called the things that the request names by ids.
pub type Names = BTreeMap<String, String>;

/// What came of the items of one request, some of which failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items {
    /// Items that were done.
    pub done: usize,
    /// All items that were sent; 0 where the request does not name them one by one.
    pub of: usize,
    /// The items that failed, as the caller named them, with the reason.
    pub failed: Vec<(String, String)>,
}

impl Items {
    /// Read an answer to a write. `None` when it says of no item that it failed.
    pub fn read(action: &Action, arguments: &Map<String, Value>, body: &[u8], names: &Names) -> Option<Self> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let sent = sent_lists(arguments);
        let mut found = ItemTally::default();
        found.missing(action, arguments, &answer);
        found.look(action, &answer, 0);
        if found.failed.is_empty() && !found.is_none {
            return None;
        }
        found.failed.dedup();
        let covers = |list: &&Vec<Vec<String>>| {
            list.iter().filter(|item| found.failed.iter().any(|(id, _)| item.contains(id))).count()
        };
        let list = sent.iter().max_by_key(covers).filter(|list| covers(list) > 0 || sent.len() == 1);
        let failed = found.failed.len();
        let of = match list {
            Some(list) => list.len().max(failed),
            None if found.done > 0 => found.done + failed,
            // A request for one object by its id in the path.
            None if failed == 1 && sent.is_empty() && arguments.contains_key("id") => 1,
            None => 0,
        };
        let done = if found.is_none { 0 } else { of.saturating_sub(failed) };
        let name = |id: String| names.get(&id).cloned().unwrap_or(id);
        let failed = found.failed.into_iter().map(|(id, why)| (name(id), why)).collect();
        Some(Self { done, of, failed })
    }

    /// What became of the request.
    pub fn outcome(&self) -> Outcome {
        match (self.done, self.of, self.failed.is_empty()) {
            (0, 0, false) => Outcome::PartlyDone { done: 0, of: 0 },
            (0, ..) => Outcome::Failed,
            (done, of, _) => Outcome::PartlyDone { done, of },
        }
    }

    /// The items that failed, each with its reason, for an answer.
    pub fn failures(&self) -> Value {
        let item =
            |(item, why): &(String, String)| json!({ "item": text::clean(item), "why": text::clean(why) });
        let mut shown: Vec<Value> = self.failed.iter().take(NAMED).map(item).collect();
        if let Some(more) = self.failed.len().checked_sub(NAMED).filter(|more| *more > 0) {
            shown.push(json!(format!("and {more} more")));
        }
        Value::Array(shown)
    }

    /// The error of a request of which nothing was done, though it was answered with a success.
    pub fn error(&self, status: u16) -> Error {
        let lines: Vec<String> = self
            .failed
            .iter()
            .take(NAMED)
            .map(|(item, why)| format!("- {}: {}", text::clean(item), text::clean(why)))
            .collect();
        let count = if self.of > 0 { format!("none of the {} items", self.of) } else { "no item".to_owned() };
        let message =
            format!("Jamf accepted the request ({status}) and did it for {count}:\n{}", lines.join("\n"));
        let message = message.trim_end_matches(['\n', ':']).to_owned();
        Error::jamf(JamfError { status, code: None, field: None, message: message.into() })
    }

    /// Put the items into an answer.
    pub fn mark(&self, frame: &mut Map<String, Value>) {
        frame.insert("result".to_owned(), json!(self.outcome().to_string()));
        frame.insert("failed".to_owned(), self.failures());
    }
}

#[derive(Debug, Default)]
struct ItemTally {
    done: usize,
    failed: Vec<(String, String)>,
    /// The answer has no item at all, where each one that was done would have one.
    is_none: bool,
}

impl ItemTally {
    /// Answers that name what was done: what was sent and is not there was not done.
    fn missing(&mut self, action: &Action, arguments: &Map<String, Value>, answer: &Value) {
        let body = arguments.get("body").unwrap_or(&Value::Null);
        let texts = |list: &Value, pointer: &str| -> Vec<String> {
            let items = list.as_array().into_iter().flatten();
            items.filter_map(|item| word(item.pointer(pointer)?)).collect()
        };
        let field = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
        if action.method == Method::Post && action.path.contains("/managed-software-updates/plans") {
            let Some(plans) = answer.get("plans") else { return };
            let made = texts(plans, "/device/deviceId");
            let sent = texts(&field(body, "devices"), "/deviceId");
            let left = sent.into_iter().filter(|id| !made.contains(id));
            self.failed.extend(left.map(|id| (id, "no update plan was made for it".to_owned())));
            self.is_none = plans.as_array().is_some_and(Vec::is_empty);
            self.done += made.len();
        } else if action.path.ends_with("/mdm/commands") {
            self.is_none = answer.as_array().is_some_and(Vec::is_empty);
        } else if action.path.contains("-prestages/{id}/scope") {
            let Some(assignments) = answer.get("assignments") else { return };
            let assigned = texts(assignments, "/serialNumber");
            let takes_out = action.path.ends_with("/delete-multiple");
            let sent = texts(&field(body, "serialNumbers"), "");
            for serial in sent {
                match (assigned.contains(&serial), takes_out) {
                    (true, true) => self.failed.push((serial, "it is still in the scope".to_owned())),
                    (false, false) => self.failed.push((serial, "it is not in the scope".to_owned())),
                    _ => self.done += 1,
                }
            }
        }
    }

    fn look(&mut self, action: &Action, value: &Value, depth: usize) {
        match value {
            Value::Array(items) if judges_items(action) => {
                for item in items {
                    self.judge(item);
                }
            }
            Value::Object(fields) if depth < 3 => {
                for (name, value) in fields {
                    if is_list_of_failures(name) {
                        self.all_of(value, &phrase(name));
                    } else if judges_items(action) && is_map_of_words(value) {
                        self.map(value);
                    } else if value.is_object() || judges_items(action) {
                        self.look(action, value, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// Everything in a field that names failures.
    fn all_of(&mut self, value: &Value, why: &str) {
        match value {
            Value::Array(items) => {
                for item in items {
                    let reason = item.as_object().and_then(reason).unwrap_or_else(|| why.to_owned());
                    self.failed.push((name_of(item), reason));
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(reason) => self.failed.push((name.clone(), reason.clone())),
                        value => self.all_of(value, why),
                    }
                }
            }
            _ => {}
        }
    }

    /// One item of a list, by what its own fields say.
    fn judge(&mut self, item: &Value) {
        let Some(fields) = item.as_object() else { return };
        match verdict(fields) {
            Some(true) => self.done += 1,
            Some(false) => {
                let why = reason(fields).unwrap_or_else(|| "it failed".to_owned());
                self.failed.push((name_of(item), why));
            }
            None => {}
        }
    }

    /// Items as names of fields, with a word each.
    fn map(&mut self, value: &Value) {
        for (name, word) in value.as_object().into_iter().flatten() {
            let word = word.as_str().unwrap_or_default();
            match is_failure(word) {
                Some(true) => self.failed.push((name.clone(), word.to_owned())),
                _ => self.done += 1,
            }
        }
    }
}

/// Answers to `PUT` and `PATCH` repeat the object, whose lists have states of their own.
fn judges_items(action: &Action) -> bool {
    action.method == Method::Post || action.method == Method::Delete || action.api() == Api::Classic
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a field lists what failed: `errors`, `errorUuids`, `udidsNotProcessed`, `failed_devices`.
fn is_list_of_failures(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "error",
        "failed",
        "failure",
        "failing",
        "notprocessed",
        "unprocessed",
        "notfound",
        "notsent",
        "rejected",
        "skipped",
    ];
    const NOUNS: [&str; 18] = [
        "",
        "s",
        "ids",
        "uuids",
        "udids",
        "devices",
        "serials",
        "serialnumbers",
        "items",
        "users",
        "computers",
        "mobiledevices",
        "managementids",
        "clientmanagementids",
        "deviceids",
        "groups",
        "commands",
        "results",
    ];
    let plain = plain(name);
    let begins = |word: &str| plain.strip_prefix(word).is_some_and(|rest| NOUNS.contains(&rest));
    let ends = |word: &str| {
        let stem = plain.strip_suffix('s').unwrap_or(&plain);
        stem.strip_suffix(word).is_some_and(|noun| NOUNS.contains(&noun))
            || plain.strip_suffix(word).is_some_and(|noun| NOUNS.contains(&noun))
    };
    WORDS.iter().any(|word| begins(word) || ends(word))
}

/// What a field that lists failures says of each, where the item itself says nothing.
fn phrase(name: &str) -> String {
    let plain = plain(name);
    let words = [
        ("notprocessed", "not processed"),
        ("unprocessed", "not processed"),
        ("notfound", "not found"),
        ("notsent", "not sent"),
        ("rejected", "rejected"),
        ("skipped", "skipped"),
    ];
    let word = words.iter().find(|(word, _)| plain.contains(word)).map_or("it failed", |(_, said)| said);
    format!("{word} (`{}`)", text::clean(name))
}

/// What the fields of an item say of it.
fn verdict(fields: &Map<String, Value>) -> Option<bool> {
    let mut verdict = None;
    for (name, value) in fields {
        let said = match (plain(name).as_str(), value) {
            ("success" | "succeeded" | "ok" | "accepted" | "processed" | "issuccess", Value::Bool(is)) => {
                Some(*is)
            }
            ("error" | "errors" | "errormessage" | "failurereason", value) if !is_empty(value) => Some(false),
            ("status" | "result" | "state" | "outcome" | "commandstatus", Value::String(text)) => {
                is_failure(text).map(|fails| !fails)
            }
            ("status" | "httpstatus" | "statuscode" | "code", Value::Number(number)) => match number.as_u64()
            {
                Some(200..=299) => Some(true),
                Some(400..=599) => Some(false),
                _ => None,
            },
            ("planid" | "commanduuid", value) => Some(!is_empty(value)),
            _ => None,
        };
        match said {
            Some(false) => return Some(false),
            said => verdict = verdict.or(said),
        }
    }
    verdict
}

/// Whether a word for a state says that something failed; `None` for a word that says neither.
fn is_failure(word: &str) -> Option<bool> {
    const FAILS: [&str; 17] = [
        "fail",
        "error",
        "reject",
        "invalid",
        "denied",
        "refused",
        "unable",
        "cannot",
        "couldnot",
        "notfound",
        "notsupported",
        "unsupported",
        "notsent",
        "notprocessed",
        "notallowed",
        "notmanaged",
        "skipped",
    ];
    const PASSES: [&str; 15] = [
        "success",
        "succeeded",
        "successful",
        "ok",
        "done",
        "commandsent",
        "sent",
        "queued",
        "pending",
        "accepted",
        "created",
        "completed",
        "inprogress",
        "scheduled",
        "processed",
    ];
    let plain = plain(word);
    match () {
        () if FAILS.iter().any(|part| plain.contains(part)) => Some(true),
        () if PASSES.contains(&plain.as_str()) => Some(false),
        () => None,
    }
}

fn is_map_of_words(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| {
        let words = || fields.values().map(|value| value.as_str().and_then(is_failure));
        !fields.is_empty() && words().all(|word| word.is_some())
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// The reason that an item gives.
fn reason(fields: &Map<String, Value>) -> Option<String> {
    [
        "reason",
        "description",
        "message",
        "errorMessage",
        "error",
        "failureReason",
        "errors",
        "status",
        "result",
        "state",
        "code",
    ]
    .iter()
    .filter_map(|name| fields.get(*name))
    .find(|value| !is_empty(value))
    .map(|value| word(value).unwrap_or_else(|| value.to_string()))
}

/// The word by which an item is known.
fn name_of(item: &Value) -> String {
    if let Some(word) = word(item) {
        return word;
    }
    const NAMES: [&str; 16] = [
        "serialNumber",
        "serial_number",
        "managementId",
        "clientManagementId",
        "udid",
        "uuid",
        "deviceId",
        "device_id",
        "device",
        "computer_id",
        "group",
        "groupId",
        "id",
        "name",
        "username",
        "field",
    ];
    let found = NAMES.iter().find_map(|name| {
        let value = item.get(*name)?;
        word(value).or_else(|| value.is_object().then(|| name_of(value)))
    });
    found.unwrap_or_else(|| "an item that the answer does not name".to_owned())
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The lists among the arguments, each item by all of its words.
fn sent_lists(arguments: &Map<String, Value>) -> Vec<Vec<Vec<String>>> {
    let mut lists = Vec::new();
    for value in arguments.values() {
        gather(value, &mut lists);
    }
    lists
}

fn gather(value: &Value, lists: &mut Vec<Vec<Vec<String>>>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let words = |item: &Value| match item {
                Value::Object(fields) => fields.values().filter_map(word).collect(),
                item => word(item).into_iter().collect(),
            };
            lists.push(items.iter().map(words).collect());
        }
        Value::Object(fields) => fields.values().for_each(|value| gather(value, lists)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    fn of(tool: &str, arguments: Value, answer: Value) -> Option<(usize, usize, Vec<String>)> {
        let action = Catalogue::get().find(tool).unwrap();
        let names = Names::from([("m-1".to_owned(), "C02ONE".to_owned())]);
        let items =
            Items::read(action, arguments.as_object().unwrap(), answer.to_string().as_bytes(), &names)?;
        Some((
            items.done,
            items.of,
            items.failed.into_iter().map(|(item, why)| format!("{item}: {why}")).collect(),
        ))
    }

    #[test]
    fn each_form_of_a_partial_failure_is_read() {
        let one = |text: &str| vec![text.to_owned()];
        let push = |ids: &[&str]| json!({ "body": { "clientManagementIds": ids } });
        assert_eq!(
            of("blank_push_send", push(&["m-1", "m-2", "m-3"]), json!({ "errorUuids": ["m-1"] })),
            Some((2, 3, one("C02ONE: it failed (`errorUuids`)")))
        );
        assert_eq!(of("blank_push_send", push(&["m-1"]), json!({ "errorUuids": [] })), None);
        assert_eq!(
            of(
                "mdm_profile_renew",
                json!({ "body": { "udids": ["u1"] } }),
                json!({ "udidsNotProcessed": { "udids": ["u1"] } })
            ),
            Some((0, 1, one("u1: not processed (`udidsNotProcessed`)")))
        );
        assert_eq!(
            of(
                "mdm_profile_renew",
                json!({ "body": { "udids": ["u1"] } }),
                json!({ "udidsNotProcessed": { "udids": [] } })
            ),
            None
        );
        let deployed = json!({ "queuedCommands": [{ "device": 1, "commandUuid": "x" }], "errors": [{ "device": 2, "reason": "not supported" }] });
        assert_eq!(
            of("package_deploy", json!({ "body": { "devices": [1, 2] } }), deployed.clone()),
            Some((1, 2, one("2: not supported")))
        );
        // Of a group nobody sent its members.
        assert_eq!(
            of("package_deploy", json!({ "body": { "groupId": "7" } }), deployed),
            Some((1, 2, one("2: not supported")))
        );
        let devices = json!({ "body": { "devices": [{ "objectType": "COMPUTER", "deviceId": "1" }, { "objectType": "COMPUTER", "deviceId": "2" }] } });
        assert_eq!(
            of(
                "managed_software_update_plan_create",
                devices.clone(),
                json!({ "plans": [{ "device": { "deviceId": "1" }, "planId": "p" }] })
            ),
            Some((1, 2, one("2: no update plan was made for it")))
        );
        assert_eq!(of("managed_software_update_plan_create", devices, json!({ "plans": [] })).unwrap().0, 0);
        let classic = json!({ "mobile_devices": [{ "id": "1", "status": "Command sent" }, { "id": "2", "status": "Unable to send command" }] });
        assert_eq!(
            of("blank_push_send", push(&["1", "2"]), classic),
            Some((1, 2, one("2: Unable to send command")))
        );
        assert_eq!(
            of("blank_push_send", push(&["a", "b"]), json!({ "devices": { "a": "SUCCESS", "b": "FAILED" } })),
            Some((1, 2, one("b: FAILED")))
        );
        assert_eq!(
            of(
                "blank_push_send",
                push(&["a", "b"]),
                json!([{ "id": "a", "success": true }, { "id": "b", "success": false, "message": "no" }])
            ),
            Some((1, 2, one("b: no")))
        );
    }

    #[test]
    fn states_of_an_object_that_was_changed_are_no_failures() {
        for answer in [
            json!({ "certificates": [{ "status": "FAILED" }], "failedLoginAttempts": 3, "failedMessage": "x" }),
            json!({ "gsxKeystore": { "errorMessage": "x" }, "errors": [] }),
        ] {
            assert_eq!(of("building_update", json!({ "id": "1" }), answer), None);
        }
    }

    #[test]
    fn nothing_done_is_an_error_that_names_the_items() {
        let items = Items { done: 0, of: 1, failed: vec![("C02ONE".to_owned(), "not processed".to_owned())] };
        let said = items.error(202).with_outcome(items.outcome()).to_string();
        assert!(said.contains("none of the 1 items") && said.contains("- C02ONE: not processed"), "{said}");
        assert!(said.ends_with("Nothing was changed."), "{said}");
    }
}
