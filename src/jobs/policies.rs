//! Policies copied, switched on and off, and renamed, without touching the rest of them.

use std::sync::Arc;

use futures::FutureExt;
use jamf_pro_tools::args::Id;
use jamf_pro_tools::{Checked, Risk};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::classic_objects::{self, Change, Object, POLICY};
use super::scope_change::{self, Entry, ScopeOfCopy};
use super::{Conclusion, Job, Work, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;

/// Fields that Jamf works out of others.
const BY_ITSELF: &[&str] = &["general.trigger"];

/// What must be said of a copy that has local accounts.
const PASSWORDS: &str = "its local accounts are copied without their passwords, which nobody can read: set them in Jamf Pro before it is switched on";

const CHANGES: &[&str] = &["policy_list", "policy_get", "policy_update"];

pub(super) static CLONE: Job = Job::new(
    ToolDeclaration::new::<CloneArguments>("policy_clone", "configuration")
        .title("Clone a policy as a new policy")
        .about("Copy a policy under a new name: disabled, and without a scope or with the one that is given or copied. Passwords in it are not copied.")
        .asked(&["copy a policy", "duplicate a policy for a test"])
        .risk(Risk::Destructive),
    |work, arguments| clone(work, arguments).boxed(),
)
.uses(&[
        "policy_list", "policy_get", "policy_create",
        "computer_list", "mobile_device_list", "computer_group_list", "mobile_device_group_list", "building_list", "department_list",
        "network_segment_list", "ibeacon_list", "user_list", "user_group_list", "class_list", "ldap_group_list",
    ]);

pub(super) static ENABLE: Job = Job::new(
    ToolDeclaration::new::<Which>("policy_enable", "configuration")
        .title("Enable a policy")
        .about("Switch a policy on: the computers in its scope run it at its triggers. Nothing else of it changes.")
        .asked(&["switch a policy on", "let a policy run again"])
        .risk(Risk::Destructive),
    |work, arguments| switch(work, arguments, true).boxed(),
)
.uses(CHANGES);

pub(super) static DISABLE: Job = Job::new(
    ToolDeclaration::new::<Which>("policy_disable", "configuration")
        .title("Disable a policy")
        .about("Switch a policy off: no computer runs it any more, and what it did stays. Nothing else of it changes.")
        .asked(&["switch a policy off", "pause a policy", "stop a policy from running"])
        .risk(Risk::Destructive),
    |work, arguments| switch(work, arguments, false).boxed(),
)
.uses(CHANGES);

pub(super) static RENAME: Job = Job::new(
    ToolDeclaration::new::<NewName>("policy_rename", "configuration")
        .title("Rename a policy")
        .about("Give a policy another name. Nothing else of it changes.")
        .asked(&["give a policy another name"])
        .risk(Risk::Destructive),
    |work, arguments| rename(work, arguments).boxed(),
)
.uses(CHANGES);

/// Arguments of `policy_enable` and `policy_disable`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Which {
    /// Id of the policy, digits only.
    id: Option<Id>,
    /// Exact name of the policy, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
}

/// Arguments of `policy_rename`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct NewName {
    /// Id of the policy, digits only.
    id: Option<Id>,
    /// Exact name of the policy, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// The name that it gets; no other policy may have it.
    #[schemars(length(min = 1, max = 255))]
    new_name: String,
}

/// Arguments of `policy_clone`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct CloneArguments {
    /// Id of the policy, digits only.
    id: Option<Id>,
    /// Exact name of the policy, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// Name of the copy; no other policy may have it.
    #[schemars(length(min = 1, max = 255))]
    new_name: String,
    /// Copy the scope too; the copy has no scope otherwise.
    with_scope: Option<bool>,
    /// Entries of the scope of the copy, instead of those of the original.
    #[schemars(length(max = 200))]
    scope: Option<Vec<Entry>>,
    /// Switch the copy on, if the policy itself is on.
    enabled: Option<bool>,
}

async fn switch(work: &Work<'_>, arguments: &Checked, on: bool) -> Result<Conclusion, Error> {
    let before = classic_objects::find(work, &POLICY, arguments).await?;
    if before.value.pointer("/general/enabled") == Some(&json!(on)) {
        let word = if on { "on" } else { "off" };
        return Ok(Conclusion::Answer(
            json!({ "result": "unchanged", "object": before.describe(), "notes": [format!("it is {word} already")] }),
        ));
    }
    let change = Change { before, body: json!({ "general": { "enabled": on } }) };
    Ok(change
        .write(work)?
        .report_with(change, |work, change, answer| report_switch(work, change, answer).boxed()))
}

async fn report_switch(work: &Work<'_>, change: Arc<Change>, answer: Value) -> Result<Value, Error> {
    let changed = change.outcome(work, &answer).await;
    let mut answer = changed.describe();
    if let Some(enabled) = changed.after.value.pointer("/general/enabled") {
        answer.insert("enabled".to_owned(), enabled.clone());
    }
    Ok(Value::Object(answer))
}

async fn rename(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    classic_objects::rename(work, &POLICY, arguments).await
}

/// What the report on a copy says.
struct PolicyCopy {
    original: Object,
    name: String,
    body: Value,
    left: Vec<String>,
    scope: &'static str,
}

async fn clone(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let name = arguments.text("new_name").unwrap_or_default();
    let original = classic_objects::find(work, &POLICY, arguments).await?;
    classic_objects::must_be_new(work, &POLICY, name).await?;
    let (mut body, mut left) = copy_of(&original.value, name, arguments);
    let copied = body.as_object_mut().and_then(|sections| sections.shift_remove("scope"));
    let scope = scope_change::scope_of_copy(work, &POLICY, arguments, copied).await?;
    scope_change::must_be_whole(&original, &scope, &mut left)?;
    let ScopeOfCopy { written, word } = scope;
    if let (Some(sections), Some(written)) = (body.as_object_mut(), written) {
        sections.insert("scope".to_owned(), written);
    }
    let write = work.write(POLICY.create, json!({ "body": body }))?;
    let copied = PolicyCopy { original, name: name.to_owned(), body, left, scope: word };
    Ok(write.report_with(copied, |_, copied, answer| {
        futures::future::ready(Ok(report_copy(&copied, &answer))).boxed()
    }))
}

fn report_copy(copied: &PolicyCopy, answer: &Value) -> Value {
    let PolicyCopy { original, name, body, left, scope } = copied;
    let mut shown = json!({
        "result": "created", "object": { "kind": POLICY.word, "id": text_at(answer, "id"), "name": name },
        "copy_of": original.describe(), "enabled": body.pointer("/general/enabled"),
        "scope": scope,
        "read_back": answer.get("read_back"),
    });
    if let Some(shown) = shown.as_object_mut() {
        if !left.is_empty() {
            shown.insert("not_copied".to_owned(), json!(left));
        }
        if body.pointer("/account_maintenance/accounts").is_some() {
            shown.insert("notes".to_owned(), json!([PASSWORDS]));
        }
    }
    shown
}

/// The body of a copy, and what of the original is not in it.
fn copy_of(original: &Value, name: &str, arguments: &Checked) -> (Value, Vec<String>) {
    let mut left = Vec::new();
    let schema = classic_objects::schema_of(POLICY.create, "");
    let mut body = classic_objects::fit(&schema, original, "", &mut left).unwrap_or_else(|| json!({}));
    let Some(sections) = body.as_object_mut() else { return (body, left) };
    // Without an action it does nothing, and its parts belong to one action or the other.
    if sections.get("disk_encryption").is_some_and(|part| part.get("action").is_none()) {
        sections.shift_remove("disk_encryption");
    }
    if let Some(general) = sections.get_mut("general").and_then(Value::as_object_mut) {
        let enabled = arguments.flag("enabled") && general.get("enabled") == Some(&json!(true));
        general.insert("name".to_owned(), json!(name));
        general.insert("enabled".to_owned(), json!(enabled));
        if let Some(limits) = general.get_mut("date_time_limitations").and_then(Value::as_object_mut) {
            // They are told in UTC and written in the time of the server, which nobody tells.
            for date in ["activation_date", "expiration_date"] {
                if limits.shift_remove(date).is_some() {
                    left.push(format!("general.date_time_limitations.{date}"));
                }
            }
        }
    }
    left.retain(|path| !BY_ITSELF.contains(&path.as_str()));
    (body, left)
}
