//! Configuration profiles with their payloads: shown, made, replaced, copied and renamed.
//!
//! The payload goes from file or JSON to the tenant, and back as JSON, without its secrets ever being in an answer.

use std::sync::Arc;

use futures::FutureExt;
use jamf_pro_client as client;
use jamf_pro_tools::args::Id;
use jamf_pro_tools::{Checked, Risk};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::classic_objects::{self, Kind, MACOS_PROFILE, MOBILE_PROFILE, Object};
use super::scope_change::{self, Entry, ScopeOfCopy};
use super::{Conclusion, Job, Work, text_at};
use crate::error::Error;
use crate::payloads::{LARGEST, Payload};
use crate::registry::ToolDeclaration;

pub(super) static PAYLOAD_GET: Job = Job::new(
    ToolDeclaration::new::<Which>("profile_payload_get", "configuration")
        .about("Show the payload of a configuration profile as JSON: every setting, with passwords, keys and long data left out and marked `$kept`.")
        .asked(&["settings inside a profile", "what does a profile configure"]),
    |work, arguments| show(work, arguments).map(|found| found.map(Conclusion::Answer)).boxed(),
)
.uses(&["macos_profile_list", "macos_profile_get", "mobile_profile_list", "mobile_profile_get"]);

pub(super) static CREATE: Job = Job::new(
    ToolDeclaration::new::<New>("profile_create", "configuration")
        .about("Create a configuration profile from JSON or from a .mobileconfig file of the folder for files. It has no scope yet: scope_change adds targets.")
        .asked(&["upload a mobileconfig", "new Wi-Fi or VPN profile"])
        .risk(Risk::Destructive),
    |work, arguments| create(work, arguments).boxed(),
)
.uses(&[
        "macos_profile_list", "macos_profile_get", "macos_profile_create",
        "mobile_profile_list", "mobile_profile_get", "mobile_profile_create",
    ]);

pub(super) static REPLACE: Job = Job::new(
    ToolDeclaration::new::<Next>("profile_replace", "configuration")
        .about("Replace the payload of a configuration profile by JSON or a .mobileconfig file. Devices take it as the same profile; what is marked `$kept` stays.")
        .asked(&["change the settings inside a profile", "new certificate in a profile"])
        .risk(Risk::Destructive),
    |work, arguments| replace(work, arguments).boxed(),
)
.uses(&[
        "macos_profile_list", "macos_profile_get", "macos_profile_update",
        "mobile_profile_list", "mobile_profile_get", "mobile_profile_update",
    ]);

pub(super) static MACOS_CLONE: Job = Job::new(
    ToolDeclaration::new::<CloneArguments>("macos_profile_clone", "configuration")
        .title("Clone a macOS profile as a new profile")
        .about("Copy a configuration profile for computers under a new name, payload and secrets included; without a scope, or with the one that is given or copied.")
        .asked(&["copy a Mac profile"])
        .risk(Risk::Destructive),
    |work, arguments| clone(work, arguments, &MACOS_PROFILE).boxed(),
)
.uses(&[
        "macos_profile_list", "macos_profile_get", "macos_profile_create",
        "computer_list", "mobile_device_list", "computer_group_list", "mobile_device_group_list", "building_list", "department_list",
        "network_segment_list", "ibeacon_list", "user_list", "user_group_list", "class_list", "ldap_group_list",
    ]);

pub(super) static MOBILE_CLONE: Job = Job::new(
    ToolDeclaration::new::<CloneArguments>("mobile_profile_clone", "configuration")
        .title("Clone a mobile device profile as a new profile")
        .about("Copy a configuration profile for mobile devices under a new name, payload and secrets included; without a scope, or with the one that is given or copied.")
        .asked(&["copy an iPad profile"])
        .risk(Risk::Destructive),
    |work, arguments| clone(work, arguments, &MOBILE_PROFILE).boxed(),
)
.uses(&[
        "mobile_profile_list", "mobile_profile_get", "mobile_profile_create",
        "computer_list", "mobile_device_list", "computer_group_list", "mobile_device_group_list", "building_list", "department_list",
        "network_segment_list", "ibeacon_list", "user_list", "user_group_list", "class_list", "ldap_group_list",
    ]);

pub(super) static MACOS_RENAME: Job = Job::new(
    ToolDeclaration::new::<NewName>("macos_profile_rename", "configuration")
        .title("Rename a macOS profile")
        .about("Give a configuration profile for computers another name. Jamf may send it again to the computers that have it.")
        .asked(&["another name for a Mac profile"])
        .risk(Risk::Destructive),
    |work, arguments| classic_objects::rename(work, &MACOS_PROFILE, arguments).boxed(),
)
.uses(&["macos_profile_list", "macos_profile_get", "macos_profile_update"]);

pub(super) static MOBILE_RENAME: Job = Job::new(
    ToolDeclaration::new::<NewName>("mobile_profile_rename", "configuration")
        .title("Rename a mobile device profile")
        .about("Give a configuration profile for mobile devices another name. Jamf may send it again to the devices that have it.")
        .asked(&["another name for an iPad profile"])
        .risk(Risk::Destructive),
    |work, arguments| classic_objects::rename(work, &MOBILE_PROFILE, arguments).boxed(),
)
.uses(&["mobile_profile_list", "mobile_profile_get", "mobile_profile_update"]);

/// Kinds of configuration profiles.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Profiles {
    MacosProfile,
    MobileProfile,
}

/// Arguments of `profile_payload_get`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Which {
    /// Which kind of profile.
    kind: Profiles,
    /// Id of the profile, digits only.
    id: Option<Id>,
    /// Exact name of the profile, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
}

/// How a profile reaches devices.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
enum Distribution {
    #[schemars(rename = "Install Automatically")]
    InstallAutomatically,
    #[schemars(rename = "Make Available in Self Service")]
    SelfService,
}

/// Whom a profile applies to.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Level {
    Device,
    User,
}

/// Who gets a profile again when it changes.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
enum Redeploy {
    #[schemars(rename = "Newly Assigned")]
    NewlyAssigned,
    All,
}

/// Arguments of `profile_create`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct New {
    /// Which kind of profile.
    kind: Profiles,
    /// Its name; no other profile of the kind may have it.
    #[schemars(length(min = 1, max = 255))]
    new_name: String,
    /// JSON text of the payloads: a list of objects with `PayloadType`, or a whole profile. Without secrets: those come by file.
    #[schemars(length(min = 2, max = 500000))]
    payload: Option<String>,
    /// Unsigned .mobileconfig file in the folder for files, instead of `payload`.
    #[schemars(length(min = 1, max = 255))]
    file: Option<String>,
    /// Description.
    #[schemars(length(max = 2000))]
    description: Option<String>,
    /// Exact name of its category.
    #[schemars(length(min = 1, max = 255))]
    category: Option<String>,
    /// Exact name of its site.
    #[schemars(length(min = 1, max = 255))]
    site: Option<String>,
    /// How it reaches devices; installed automatically when left out.
    distribution: Option<Distribution>,
    /// Whom it applies to; the device when left out.
    level: Option<Level>,
}

/// Arguments of `profile_replace`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Next {
    /// Which kind of profile.
    kind: Profiles,
    /// Id of the profile, digits only.
    id: Option<Id>,
    /// Exact name of the profile, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// JSON text of the payloads, as profile_payload_get shows them; `{"$kept": true}` keeps the present value.
    #[schemars(length(min = 2, max = 500000))]
    payload: Option<String>,
    /// Unsigned .mobileconfig file in the folder for files, instead of `payload`.
    #[schemars(length(min = 1, max = 255))]
    file: Option<String>,
    /// Which devices get it now; as it is set when left out.
    redeploy: Option<Redeploy>,
}

/// Arguments of `macos_profile_clone` and `mobile_profile_clone`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct CloneArguments {
    /// Id of the profile, digits only.
    id: Option<Id>,
    /// Exact name of the profile, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// Name of the copy; no other profile of the kind may have it.
    #[schemars(length(min = 1, max = 255))]
    new_name: String,
    /// Copy the scope too; the copy has no scope otherwise.
    with_scope: Option<bool>,
    /// Entries of the scope of the copy, instead of those of the original.
    #[schemars(length(max = 200))]
    scope: Option<Vec<Entry>>,
}

/// Arguments of `macos_profile_rename` and `mobile_profile_rename`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct NewName {
    /// Id of the profile, digits only.
    id: Option<Id>,
    /// Exact name of the profile, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// The name that it gets; no other profile of the kind may have it.
    #[schemars(length(min = 1, max = 255))]
    new_name: String,
}

fn kind_of(arguments: &Checked) -> &'static Kind {
    if arguments.text("kind") == Some(MOBILE_PROFILE.word) { &MOBILE_PROFILE } else { &MACOS_PROFILE }
}

/// The payload of a profile, with its secrets; `None` where it has none.
async fn present(work: &Work<'_>, profile: &Object) -> Result<Option<Payload>, Error> {
    let whole = work.reveal(profile.kind.get, json!({ "id": profile.id })).await?;
    let text = text_at(&whole, "general.payloads");
    if text.is_empty() {
        return Ok(None);
    }
    let payload = Payload::parse(text.as_bytes()).map_err(|error| {
        Error::unreachable(format!(
            "the payload of `{}` cannot be read; it may have been broken when it was saved: {error}",
            crate::sanitize::text::clean(&profile.name)
        ))
    })?;
    Ok(Some(payload))
}

/// The payload that the caller gives, as JSON or as a file.
async fn payload_of(
    work: &Work<'_>,
    arguments: &Checked,
    current: Option<&Payload>,
) -> Result<Payload, Error> {
    match (arguments.text("payload"), arguments.text("file")) {
        (Some(json), None) => Payload::from_json(json, current),
        (None, Some(file)) => Payload::parse(&client::whole(file, LARGEST, &work.call.client).await?),
        _ => Err(Error::caller("give the payload as `payload` or as `file`, one of the two")),
    }
}

async fn show(work: &Work<'_>, arguments: &Checked) -> Result<Value, Error> {
    let profile = classic_objects::find(work, kind_of(arguments), arguments).await?;
    let Some(payload) = present(work, &profile).await? else {
        return Ok(json!({ "object": profile.describe(), "payload": null, "notes": ["it has no payload"] }));
    };
    let notes =
        vec!["`$kept` marks what is not shown; profile_replace takes this JSON back, and what is marked stays as it is".to_owned()];
    Ok(json!({ "object": profile.describe(), "payload": payload.view(), "notes": notes }))
}

async fn create(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let kind = kind_of(arguments);
    let name = arguments.text("new_name").unwrap_or_default();
    let payload = payload_of(work, arguments, None).await?;
    let user = arguments.text("level") == Some("user");
    let payload = payload.of_profile(name, Some(if user { "User" } else { "System" }), None)?;
    classic_objects::must_be_new(work, kind, name).await?;
    let level = level(kind, user);
    let way = if kind.word == MACOS_PROFILE.word { "distribution_method" } else { "deployment_method" };
    let mut general = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("level".to_owned(), json!(level)),
        (way.to_owned(), json!(arguments.text("distribution").unwrap_or("Install Automatically"))),
    ]);
    general.extend(arguments.text("description").map(|text| ("description".to_owned(), json!(text))));
    for reference in ["site", "category"] {
        let named = arguments.text(reference).map(|name| (reference.to_owned(), json!({ "name": name })));
        general.extend(named);
    }
    let added = Map::from_iter([("scope".to_owned(), json!("none yet; scope_change adds targets"))]);
    create_from(
        work,
        json!({ "general": general }),
        NewProfile { kind, name: name.to_owned(), payload, added },
    )
}

/// The word for whom a profile applies to, which is another one for each kind.
fn level(kind: &Kind, user: bool) -> &'static str {
    match (kind.word == MACOS_PROFILE.word, user) {
        (true, false) => "computer",
        (true, true) => "user",
        (false, false) => "System",
        (false, true) => "User",
    }
}

/// What the report on a new profile says beside its payload as it was read back.
struct NewProfile {
    kind: &'static Kind,
    name: String,
    payload: Payload,
    /// What else is said of it.
    added: Map<String, Value>,
}

/// The write that creates a profile; its report says what the tenant has of the payload.
fn create_from(work: &Work<'_>, body: Value, new: NewProfile) -> Result<Conclusion, Error> {
    let write = work.write(new.kind.create, json!({ "body": body }))?.with_payload(&new.payload, None)?;
    Ok(write.report_with(new, |work, new, answer| report_creation(work, new, answer).boxed()))
}

async fn report_creation(work: &Work<'_>, new: Arc<NewProfile>, answer: Value) -> Result<Value, Error> {
    let id = text_at(&answer, "id");
    let mut shown = Map::new();
    shown.insert("result".to_owned(), json!("created"));
    shown.insert("object".to_owned(), json!({ "kind": new.kind.word, "id": id, "name": new.name }));
    shown.insert("read_back".to_owned(), answer.get("read_back").cloned().unwrap_or_default());
    shown.insert("payload".to_owned(), compare_saved(work, new.kind, &id, &new.payload).await);
    shown.extend(new.added.clone());
    Ok(Value::Object(shown))
}

/// Whether the tenant has the payload that it was sent. Jamf writes it anew, so settings are compared and not text.
async fn compare_saved(work: &Work<'_>, kind: &'static Kind, id: &str, sent: &Payload) -> Value {
    let later = work.later();
    let work_later = work.reading_back(&later);
    let now = match classic_objects::by_id(&work_later, kind, id).await {
        Ok(profile) => present(&work_later, &profile).await,
        Err(error) => Err(error),
    };
    match work.read_back(now) {
        Ok(Some(now)) => match sent.differences(&now) {
            none if none.is_empty() => json!({ "verdict": "as sent" }),
            differences => json!({ "verdict": "not as sent", "differences": differences }),
        },
        Ok(None) => json!({ "verdict": "not as sent", "differences": ["the profile has no payload"] }),
        Err(why) => classic_objects::not_read_back(&why),
    }
}

/// What the report on a replaced payload says beside the payload as it was read back.
struct PayloadReplacement {
    before: Object,
    payload: Payload,
    /// Paths of the settings that change, where the one before could be read.
    changes: Option<Vec<String>>,
}

async fn replace(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let kind = kind_of(arguments);
    let before = classic_objects::find(work, kind, arguments).await?;
    // One that cannot be read is replaced whole; then there is nothing to keep.
    let current = present(work, &before).await.unwrap_or_default();
    let payload = payload_of(work, arguments, current.as_ref()).await?;
    let payload = payload.of_profile(&before.name, None, current.as_ref())?;
    let changes = current.as_ref().map(|current| payload.differences(current));
    if changes.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Conclusion::Answer(
            json!({ "result": "unchanged", "object": before.describe(), "notes": ["the profile has this payload already"] }),
        ));
    }
    let redeploy = arguments.text("redeploy").map(|word| ("redeploy_on_update".to_owned(), json!(word)));
    let general: Map<String, Value> = redeploy.into_iter().collect();
    let arguments = json!({ "id": before.id, "body": { "general": general } });
    let write = work.write(kind.update, arguments)?.with_payload(&payload, current.as_ref())?;
    let replaced = PayloadReplacement { before, payload, changes };
    Ok(write
        .report_with(replaced, |work, replaced, answer| report_replacement(work, replaced, answer).boxed()))
}

async fn report_replacement(
    work: &Work<'_>,
    replaced: Arc<PayloadReplacement>,
    answer: Value,
) -> Result<Value, Error> {
    let PayloadReplacement { before, payload, changes } = replaced.as_ref();
    let mut shown = json!({
        "result": "done", "object": before.describe(), "read_back": answer.get("read_back"),
        "payload": compare_saved(work, before.kind, &before.id, payload).await,
    });
    if let (Some(shown), Some(changes)) = (shown.as_object_mut(), changes) {
        // Said as before against after, which is in the opposite order of sent against kept.
        let paths = changes.iter().filter_map(|line| line.split('`').nth(1)).collect::<Vec<_>>();
        shown.insert("changed".to_owned(), json!(paths));
    }
    Ok(shown)
}

async fn clone(work: &Work<'_>, arguments: &Checked, kind: &'static Kind) -> Result<Conclusion, Error> {
    let name = arguments.text("new_name").unwrap_or_default();
    let original = classic_objects::find(work, kind, arguments).await?;
    classic_objects::must_be_new(work, kind, name).await?;
    let payload = present(work, &original).await?.ok_or_else(|| {
        Error::caller(format!("the {} has no payload, so there is nothing to copy", kind.noun))
    })?;
    let payload = payload.as_copy().of_profile(name, None, None)?;
    let mut left = Vec::new();
    let schema = classic_objects::schema_of(kind.create, "");
    let mut body = classic_objects::fit(&schema, &original.value, "", &mut left).unwrap_or_else(|| json!({}));
    if let Some(general) = body.get_mut("general").and_then(Value::as_object_mut) {
        general.insert("name".to_owned(), json!(name));
        // It is read in other words than it is written in.
        let user = text_at(&original.value, "general.level").to_lowercase().contains("user");
        general.insert("level".to_owned(), json!(level(kind, user)));
        left.retain(|path| path != "general.level");
    }
    let copied = body.as_object_mut().and_then(|sections| sections.shift_remove("scope"));
    let scope = scope_change::scope_of_copy(work, kind, arguments, copied).await?;
    scope_change::must_be_whole(&original, &scope, &mut left)?;
    let ScopeOfCopy { written, word } = scope;
    if let (Some(sections), Some(written)) = (body.as_object_mut(), written) {
        sections.insert("scope".to_owned(), written);
    }
    let mut added =
        Map::from_iter([("copy_of".to_owned(), original.describe()), ("scope".to_owned(), json!(word))]);
    if !left.is_empty() {
        added.insert("not_copied".to_owned(), json!(left));
    }
    create_from(work, body, NewProfile { kind, name: name.to_owned(), payload, added })
}
