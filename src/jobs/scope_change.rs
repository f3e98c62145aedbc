//! Scope as an operation: what is added or taken out changes, and nothing else does.
//!
//! Jamf replaces a scope whole, so the present one is read, changed, written in full and read back.

use std::sync::Arc;

use futures::FutureExt;
use jamf_pro_tools::args::Id;
use jamf_pro_tools::contradictions::EVERYTHING;
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::patterns::is_id;
use jamf_pro_tools::{Checked, Risk};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::classic_objects::{self, Change, Kind};
use super::{Conclusion, Job, Work, text_at};
use crate::canonical::canonical;
use crate::error::Error;
use crate::fleet::scope::EntryKind;
use crate::registry::ToolDeclaration;
use crate::sanitize::text;

mod new_scope;
mod thing_ids;

use new_scope::would_lose;
pub(super) use new_scope::{ScopeOfCopy, must_be_whole, scope_of_copy};
use thing_ids::ThingIds;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("scope_change", "configuration")
        .title("Change a scope")
        .plan_title("Change the scope of {object}")
        .about("Add targets, limitations and exclusions to the scope of a policy, profile, app, ebook or restricted software, or remove them. The rest stays.")
        .asked(&["add a group to a scope", "exclude a department from a profile", "more targets for a policy"])
        .risk(Risk::Destructive),
    |work, arguments| run(work, arguments).boxed(),
)
.uses(&[
        "policy_list", "policy_get", "policy_update",
        "macos_profile_list", "macos_profile_get", "macos_profile_update",
        "mobile_profile_list", "mobile_profile_get", "mobile_profile_update",
        "mac_app_list", "mac_app_get", "mac_app_update",
        "mobile_device_app_list", "mobile_device_app_get", "mobile_device_app_update",
        "restricted_software_list", "restricted_software_get", "restricted_software_update",
        "ebook_list", "ebook_details_get", "ebook_update",
        "computer_list", "mobile_device_list", "computer_group_list", "mobile_device_group_list",
        "building_list", "department_list", "network_segment_list", "ibeacon_list", "user_list", "user_group_list", "class_list",
        "ldap_group_list",
    ]);

/// Arguments of `scope_change`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// What has the scope.
    kind: Scoped,
    /// Its id, digits only.
    id: Option<Id>,
    /// Its exact name, instead of the id.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// What to add; what is there already stays.
    #[schemars(length(max = 200))]
    add: Option<Vec<Entry>>,
    /// What to take out.
    #[schemars(length(max = 200))]
    remove: Option<Vec<Entry>>,
}

/// Kinds of objects that have a scope.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Scoped {
    Policy,
    MacosProfile,
    MobileProfile,
    MacApp,
    MobileDeviceApp,
    RestrictedSoftware,
    Ebook,
}

/// One entry of a scope.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
pub(super) struct Entry {
    /// Which part of the scope.
    place: Place,
    /// What it is: `user` and `user_group` are of the directory, `jss_user` and `jss_user_group` of Jamf Pro.
    r#type: Sort,
    /// Its id, digits only; of a `user_group` the id that the directory gave it.
    id: Option<EntryId>,
    /// Its exact name; of a device its serial number too.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
}

/// Id of an entry. Directories give their groups numbers, UUIDs or other texts.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "read by its schema alone")]
struct EntryId(
    #[schemars(regex(pattern = r"^(0|[1-9][0-9]{0,18}|[0-9A-Za-z_.:-]*[A-Za-z_.:-][0-9A-Za-z_.:-]*)$"))]
    String,
);

/// Parts of a scope.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Place {
    Targets,
    Limitations,
    Exclusions,
}

/// What a scope holds.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Sort {
    Computer,
    ComputerGroup,
    MobileDevice,
    MobileDeviceGroup,
    Building,
    Department,
    User,
    UserGroup,
    NetworkSegment,
    Ibeacon,
    JssUser,
    JssUserGroup,
    Class,
}

/// One sort of entries: what they name, and the action that lists what there is, with the field of the name.
struct EntrySort {
    sort: &'static str,
    kind: EntryKind,
    found_in: Option<(&'static str, &'static str)>,
}

impl EntrySort {
    /// The list of a scope that holds them.
    fn list(&self) -> &'static str {
        self.kind.list().unwrap_or_default()
    }
}

static SORTS: &[EntrySort] = &[
    EntrySort { sort: "computer", kind: EntryKind::Computer, found_in: None },
    EntrySort {
        sort: "computer_group",
        kind: EntryKind::ComputerGroup,
        found_in: Some(("computer_group_list", "name")),
    },
    EntrySort { sort: "mobile_device", kind: EntryKind::MobileDevice, found_in: None },
    EntrySort {
        sort: "mobile_device_group",
        kind: EntryKind::MobileDeviceGroup,
        found_in: Some(("mobile_device_group_list", "name")),
    },
    EntrySort { sort: "building", kind: EntryKind::Building, found_in: Some(("building_list", "name")) },
    EntrySort {
        sort: "department",
        kind: EntryKind::Department,
        found_in: Some(("department_list", "name")),
    },
    EntrySort { sort: "user", kind: EntryKind::DirectoryUser, found_in: None },
    EntrySort { sort: "user_group", kind: EntryKind::DirectoryGroup, found_in: None },
    EntrySort {
        sort: "network_segment",
        kind: EntryKind::NetworkSegment,
        found_in: Some(("network_segment_list", "name")),
    },
    EntrySort { sort: "ibeacon", kind: EntryKind::Ibeacon, found_in: Some(("ibeacon_list", "name")) },
    EntrySort { sort: "jss_user", kind: EntryKind::User, found_in: Some(("user_list", "username")) },
    EntrySort {
        sort: "jss_user_group",
        kind: EntryKind::UserGroup,
        found_in: Some(("user_group_list", "name")),
    },
    EntrySort { sort: "class", kind: EntryKind::Class, found_in: Some(("class_list", "name")) },
];

fn kind_of(word: &str) -> Result<&'static Kind, Error> {
    let kinds = [
        &classic_objects::POLICY,
        &classic_objects::MACOS_PROFILE,
        &classic_objects::MOBILE_PROFILE,
        &classic_objects::MAC_APP,
        &classic_objects::MOBILE_DEVICE_APP,
        &classic_objects::RESTRICTED_SOFTWARE,
        &classic_objects::EBOOK,
    ];
    let found = kinds.into_iter().find(|kind| kind.word == word);
    found.ok_or_else(|| Error::internal(format!("{word} is no kind with a scope")))
}

/// What is said of entries that need no change.
const LEFT_ALONE: &str = "already so: what was to be added is there, or what was to be taken out is not";

/// What the report on a change of scope says beside the object as it is then.
struct ChangedEntries {
    change: Change,
    changed: Vec<Value>,
    unchanged: Vec<Value>,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let kind = kind_of(arguments.text("kind").unwrap_or_default())?;
    let entries = |name: &str| -> Vec<Value> {
        arguments.arguments().get(name).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (add, remove) = (entries("add"), entries("remove"));
    if add.is_empty() && remove.is_empty() {
        return Err(Error::caller("give entries to `add` or to `remove`"));
    }
    let schema = classic_objects::schema_of(kind.update, "scope");
    let mut changes = Vec::new();
    for (is_addition, entry) in
        add.iter().map(|entry| (true, entry)).chain(remove.iter().map(|entry| (false, entry)))
    {
        changes.push(EntryChange::new(kind, &schema, is_addition, entry)?);
    }
    let before = classic_objects::find(work, kind, arguments).await?;
    let (mut scope, lost) = Scope::of(&before.value, &schema)?;
    if !lost.is_empty() {
        return Err(would_lose(&before.value, &lost));
    }
    let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
    let mut known = ThingIds::look_up(work, &changes, &scope).await?;
    for change in &changes {
        let done =
            if change.is_addition { scope.add(&mut known, change).await? } else { scope.remove(change)? };
        if done { changed.push(change.describe()) } else { unchanged.push(change.describe()) }
    }
    if changed.is_empty() {
        return Ok(Conclusion::Answer(
            json!({ "result": "unchanged", "object": before.describe(), "unchanged": unchanged, "notes": [LEFT_ALONE] }),
        ));
    }
    let change = Change { before, body: json!({ "scope": scope.written }) };
    let write = change.write(work)?.explain_with(explain_conflict);
    let entries = ChangedEntries { change, changed, unchanged };
    Ok(write.report_with(entries, |work, entries, answer| report(work, entries, answer).boxed()))
}

async fn report(work: &Work<'_>, entries: Arc<ChangedEntries>, answer: Value) -> Result<Value, Error> {
    let ChangedEntries { change, changed, unchanged } = entries.as_ref();
    let written = change.outcome(work, &answer).await;
    let mut answer = written.describe();
    answer.insert("changed".to_owned(), json!(changed));
    if !unchanged.is_empty() {
        answer.insert("unchanged".to_owned(), json!(unchanged));
        answer.insert("notes".to_owned(), json!([LEFT_ALONE]));
    }
    if let Some(scope) = written.after.value.get("scope") {
        answer.insert("scope".to_owned(), scope.clone());
    }
    Ok(Value::Object(answer))
}

/// A scope that cannot be saved, with what is most often the reason.
fn explain_conflict(error: Error) -> Error {
    if !error.is_status(409) {
        return error;
    }
    let message = format!(
        "{} A scope cannot be saved while it names something that was deleted, here or before",
        error.message()
    );
    error
        .with_message(message)
        .hint("if Jamf says that it is unable to match an entry, take that entry out in the same call")
}

/// One entry that is to come or to go.
struct EntryChange {
    is_addition: bool,
    place: String,
    sort: &'static EntrySort,
    id: Option<String>,
    name: Option<String>,
    /// Entries of the list are told by a name, and not by an id.
    is_by_name: bool,
}

impl EntryChange {
    fn new(
        kind: &Kind,
        schema: &Map<String, Value>,
        is_addition: bool,
        entry: &Value,
    ) -> Result<Self, Error> {
        let (place, sort) = (text_at(entry, "place"), text_at(entry, "type"));
        let sort = SORTS.iter().find(|known| known.sort == sort);
        let sort = sort.ok_or_else(|| Error::internal("an entry of no known type"))?;
        let of = |name: &str| Some(text_at(entry, name)).filter(|text| !text.is_empty());
        let (id, name) = (of("id"), of("name"));
        if let Some(id) = id.as_ref().filter(|id| sort.sort != "user_group" && !is_id(id)) {
            return Err(Error::caller(format!(
                "{} is no id of a `{}`: ids of Jamf Pro are digits only",
                text::quoted(id, 60),
                sort.sort
            )));
        }
        if id.is_some() == name.is_some() {
            return Err(Error::caller(format!(
                "give each entry by its `id` or by its `name`, one of the two; one `{}` has {}",
                sort.sort,
                if id.is_some() { "both" } else { "neither" }
            )));
        }
        let lists = lists_of(schema, &place);
        let Some(list) = lists.get(sort.list()).and_then(Value::as_object) else {
            let known = SORTS.iter().filter(|sort| lists.contains_key(sort.list())).map(|sort| sort.sort);
            return Err(Error::caller(format!(
                "the {place} of a {} take no `{}`; they take: {}",
                kind.noun,
                sort.sort,
                known.collect::<Vec<_>>().join(", ")
            )));
        };
        let fields = list.get("items").and_then(|items| items.get("properties")).and_then(Value::as_object);
        let is_by_name = fields.is_some_and(|fields| fields.contains_key("name"));
        if sort.sort == "user" && is_addition && name.is_none() {
            return Err(Error::caller(format!("a `{}` of the directory is added by its `name`", sort.sort)));
        }
        Ok(Self { is_addition, place, sort, id, name, is_by_name })
    }

    fn describe(&self) -> Value {
        let mut shown = json!({ "place": self.place, "type": self.sort.sort });
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("done".to_owned(), json!(if self.is_addition { "add" } else { "remove" }));
            fields.extend(self.id.as_ref().map(|id| ("id".to_owned(), json!(id))));
            fields.extend(self.name.as_ref().map(|name| ("name".to_owned(), json!(text::clean(name)))));
        }
        shown
    }

    /// Which of the entries it means: those with its id or exactly its name; where none has that, those whose name is another
    /// form of it.
    fn among(&self, entries: &[Value]) -> Vec<usize> {
        let at = |is: &dyn Fn(&Value) -> bool| {
            let found = entries.iter().enumerate().filter(|(_, entry)| is(entry));
            found.map(|(at, _)| at).collect::<Vec<usize>>()
        };
        match (&self.id, &self.name) {
            (Some(id), _) => at(&|entry| {
                // Ids of directory groups are texts, in either case.
                let own = text_at(entry, "id");
                own.eq_ignore_ascii_case(id)
                    || ObjectId::parse(id).is_some_and(|id| ObjectId::parse(&own) == Some(id))
            }),
            (None, Some(name)) => {
                let exact = at(&|entry| name_of(entry) == *name);
                let form = canonical(name);
                if exact.is_empty() { at(&|entry| canonical(&name_of(entry)) == form) } else { exact }
            }
            (None, None) => Vec::new(),
        }
    }

    /// Directory groups among the limitations of a policy, which Jamf keeps in two places.
    fn is_in_two_places(&self) -> bool {
        self.place == "limitations" && self.sort.sort == "user_group"
    }
}

/// The name of an entry, which is all of it where entries are texts.
fn name_of(entry: &Value) -> String {
    entry.as_str().map_or_else(|| text_at(entry, "name"), str::to_owned)
}

/// The lists of a part of a scope.
fn lists_of(schema: &Map<String, Value>, place: &str) -> Map<String, Value> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let part = match place {
        "targets" => properties,
        place => properties
            .and_then(|properties| properties.get(place))
            .and_then(|part| part.get("properties"))
            .and_then(Value::as_object),
    };
    let lists = part.into_iter().flatten().filter(|(_, list)| list.get("type") == Some(&json!("array")));
    lists.map(|(name, list)| (name.clone(), list.clone())).collect()
}

/// A scope: as it was read, with names, and as it is written.
struct Scope {
    read: Value,
    written: Value,
}

impl Scope {
    fn of(object: &Value, schema: &Map<String, Value>) -> Result<(Self, Vec<String>), Error> {
        let read = object.get("scope").filter(|scope| scope.is_object()).cloned().ok_or_else(|| {
            Error::unreachable(
                "the tenant does not tell the present scope, so it cannot be changed without losing it",
            )
        })?;
        let mut lost = Vec::new();
        let written = classic_objects::fit(schema, &read, "scope", &mut lost);
        Ok((Self { read, written: written.unwrap_or_else(|| json!({})) }, lost))
    }

    fn path(change: &EntryChange) -> String {
        match change.place.as_str() {
            "targets" => format!("/{}", change.sort.list()),
            place => format!("/{place}/{}", change.sort.list()),
        }
    }

    /// The entries of a list as they were read, which are as many as are written and in the same order.
    fn entries(&self, path: &str) -> Vec<Value> {
        self.read.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    fn has(&self, change: &EntryChange) -> bool {
        !change.among(&self.entries(&Self::path(change))).is_empty()
            || (change.is_in_two_places() && !change.among(&self.entries(SECOND_PLACE)).is_empty())
    }

    async fn add(&mut self, known: &mut ThingIds<'_>, change: &EntryChange) -> Result<bool, Error> {
        for (everything, lists) in EVERYTHING {
            if change.place == "targets"
                && lists.contains(&change.sort.list())
                && self.read.get(everything).is_some_and(|all| *all == json!(true) || *all == json!("true"))
            {
                return Err(Error::caller(format!(
                    "the scope has `{everything}`: beside it Jamf drops every list of targets, without a word, so adding a {} would change \
                     nothing",
                    change.sort.sort
                ))
                .hint(format!(
                    "turn `{everything}` off first to narrow the scope, or add to the exclusions what it is to spare"
                )));
            }
        }
        if self.has(change) {
            return Ok(false);
        }
        let entry = match (&change.id, &change.name) {
            (Some(id), _) if change.is_by_name => {
                json!({ "id": id, "name": self.name_of_group(known.work, id).await? })
            }
            (Some(id), _) => json!({ "id": id }),
            (None, Some(name)) if change.is_by_name => json!({ "name": name }),
            (None, name) => {
                json!({ "id": known.id_of(change.sort, name.as_deref().unwrap_or_default()).await? })
            }
        };
        let is_there = |other: &Value| match change.is_by_name {
            true => name_of(other) == name_of(&entry),
            false => ObjectId::at(other, "id") == ObjectId::at(&entry, "id"),
        };
        if self.entries(&Self::path(change)).iter().any(is_there) {
            return Ok(false);
        }
        if change.is_in_two_places() && !self.entries(SECOND_PLACE).is_empty() {
            let name = json!(name_of(&entry));
            for scope in [&mut self.read, &mut self.written] {
                if let Some(names) = scope.pointer_mut(SECOND_PLACE).and_then(Value::as_array_mut) {
                    names.push(name.clone());
                }
            }
        }
        let written = if change.is_by_name { json!({ "name": name_of(&entry) }) } else { entry.clone() };
        push(&mut self.read, change, entry);
        push(&mut self.written, change, written);
        Ok(true)
    }

    /// The name of a directory group of which the caller gives the id; Jamf takes the name alone.
    async fn name_of_group(&self, work: &Work<'_>, id: &str) -> Result<String, Error> {
        let has_id = |entry: &Value| text_at(entry, "id").eq_ignore_ascii_case(id);
        let places = ["/limitations/user_groups", "/exclusions/user_groups"];
        let here = places.iter().flat_map(|place| self.entries(place)).find(has_id);
        if let Some(name) = here.map(|entry| name_of(&entry)).filter(|name| !name.is_empty()) {
            return Ok(name);
        }
        let unknown = |why: &str| {
            Error::caller(format!(
                "Jamf takes directory groups by name, and the name of {} {why}",
                text::quoted(id, 60)
            ))
            .hint("give its `name`")
        };
        let found = work.rows("ldap_group_list", json!({}), &["id", "uuid", "name"]).await;
        let found = found.map_err(|error| unknown(&format!("could not be read ({error})")))?;
        let is_it = |row: &&Value| {
            text_at(row, "uuid").eq_ignore_ascii_case(id) || text_at(row, "id").eq_ignore_ascii_case(id)
        };
        let mut names: Vec<String> =
            found.rows.iter().filter(is_it).map(|row| text_at(row, "name")).collect();
        names.sort();
        names.dedup();
        match names.as_slice() {
            [name] if !name.is_empty() => Ok(name.clone()),
            [] => Err(unknown("is in no directory that `ldap_group_list` lists")),
            _ => Err(unknown("is not clear: several directories have this id")),
        }
    }

    fn remove(&mut self, change: &EntryChange) -> Result<bool, Error> {
        let path = Self::path(change);
        let entries = self.entries(&path);
        let gone = change.among(&entries);
        let names: Vec<String> = gone.iter().filter_map(|at| entries.get(*at)).map(name_of).collect();
        let is_gone = |at: &usize| gone.contains(at);
        let stays = |name: &String| {
            entries.iter().enumerate().any(|(at, entry)| !is_gone(&at) && name_of(entry) == *name)
        };
        if let Some(name) = names.iter().find(|name| change.is_by_name && stays(name)) {
            return Err(Error::caller(format!(
                "two entries have the name {}, and Jamf takes them by name, so one cannot be removed without the other",
                text::quoted(name, 60)
            )).hint("give the `name` to remove both, or change it in Jamf Pro"));
        }
        if names.iter().any(|name| names.first() != Some(name)) && change.id.is_none() {
            return Err(Error::caller(format!(
                "several entries are forms of the name {}: {}",
                text::quoted(change.name.as_deref().unwrap_or_default(), 60),
                names.iter().map(|name| text::quoted(name, 60)).collect::<Vec<_>>().join(", ")
            ))
            .hint("give one of them exactly"));
        }
        let mut removed = take_out(&mut self.read, &path, &gone);
        take_out(&mut self.written, &path, &gone);
        if change.is_in_two_places() {
            let second = self.entries(SECOND_PLACE);
            let mut also = change.among(&second);
            also.extend(
                (0..second.len())
                    .filter(|at| second.get(*at).is_some_and(|entry| names.contains(&name_of(entry)))),
            );
            removed |= take_out(&mut self.read, SECOND_PLACE, &also);
            take_out(&mut self.written, SECOND_PLACE, &also);
        }
        Ok(removed)
    }
}

/// Where Jamf keeps the directory groups of a policy's limitations besides.
const SECOND_PLACE: &str = "/limit_to_users/user_groups";

/// Remove the entries at these places of a list; whether there were any.
fn take_out(scope: &mut Value, path: &str, gone: &[usize]) -> bool {
    let Some(list) = scope.pointer_mut(path).and_then(Value::as_array_mut) else { return false };
    let before = list.len();
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    list.len() < before
}

/// Put an entry into its list, which is made where there is none.
fn push(scope: &mut Value, change: &EntryChange, entry: Value) {
    let mut part = scope.as_object_mut();
    if change.place != "targets" {
        part = part.and_then(|scope| {
            let place = scope.entry(change.place.clone()).or_insert_with(|| json!({}));
            if !place.is_object() {
                *place = json!({});
            }
            place.as_object_mut()
        });
    }
    let list = part.and_then(|part| {
        let list = part.entry(change.sort.list().to_owned()).or_insert_with(|| json!([]));
        if !list.is_array() {
            *list = json!([]);
        }
        list.as_array_mut()
    });
    if let Some(list) = list {
        list.push(entry);
    }
}
