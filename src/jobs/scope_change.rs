//! Scope as an operation: what is added or taken out changes, and nothing else does.
//!
//! Jamf replaces a scope whole, so the present one is read, changed, written in full and read back.

use futures::FutureExt;
use jamf_pro_tools::args::Id;
use jamf_pro_tools::contradictions::EVERYTHING;
use jamf_pro_tools::{Checked, Risk};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::classic_objects::{self, Kind};
use super::{Job, Work, devices, text_at};
use crate::answer::clean;
use crate::error::Error;

pub(super) const JOB: Job = Job::new::<Arguments>("scope_change", "configuration", |work, arguments| run(work, arguments).boxed())
    .about("Add to the scope of a policy, profile, app, ebook or restricted software, or take out of it: targets, limitations, exclusions. The rest of it stays.")
    .risk(Risk::Destructive)
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
struct Entry {
    /// Which part of the scope.
    place: Place,
    /// What it is: `user` and `user_group` are of the directory, `jss_user` and `jss_user_group` of Jamf Pro.
    r#type: Sort,
    /// Its id, digits only.
    id: Option<Id>,
    /// Its exact name; of a device its serial number too.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
}

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

/// One sort of entries: the list that holds them, and the action that lists what there is, with the field of the name.
struct Listed {
    sort: &'static str,
    list: &'static str,
    found_in: Option<(&'static str, &'static str)>,
}

static SORTS: &[Listed] = &[
    Listed { sort: "computer", list: "computers", found_in: None },
    Listed {
        sort: "computer_group",
        list: "computer_groups",
        found_in: Some(("computer_group_list", "name")),
    },
    Listed { sort: "mobile_device", list: "mobile_devices", found_in: None },
    Listed {
        sort: "mobile_device_group",
        list: "mobile_device_groups",
        found_in: Some(("mobile_device_group_list", "name")),
    },
    Listed { sort: "building", list: "buildings", found_in: Some(("building_list", "name")) },
    Listed { sort: "department", list: "departments", found_in: Some(("department_list", "name")) },
    Listed { sort: "user", list: "users", found_in: None },
    Listed { sort: "user_group", list: "user_groups", found_in: None },
    Listed {
        sort: "network_segment",
        list: "network_segments",
        found_in: Some(("network_segment_list", "name")),
    },
    Listed { sort: "ibeacon", list: "ibeacons", found_in: Some(("ibeacon_list", "name")) },
    Listed { sort: "jss_user", list: "jss_users", found_in: Some(("user_list", "username")) },
    Listed { sort: "jss_user_group", list: "jss_user_groups", found_in: Some(("user_group_list", "name")) },
    Listed { sort: "class", list: "classes", found_in: Some(("class_list", "name")) },
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
    found.ok_or_else(|| Error::Internal(format!("{word} is no kind with a scope")))
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Value, Error> {
    let kind = kind_of(arguments.text("kind").unwrap_or_default())?;
    let entries = |name: &str| -> Vec<Value> {
        arguments.arguments().get(name).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (add, remove) = (entries("add"), entries("remove"));
    if add.is_empty() && remove.is_empty() {
        return Err(Error::Arguments("give entries to `add` or to `remove`".to_owned()));
    }
    let schema = classic_objects::schema_of(kind.update, "scope");
    let mut wishes = Vec::new();
    for (adds, entry) in
        add.iter().map(|entry| (true, entry)).chain(remove.iter().map(|entry| (false, entry)))
    {
        wishes.push(Wish::new(kind, &schema, adds, entry)?);
    }
    let before = classic_objects::named(work, kind, arguments).await?;
    let (mut scope, lost) = Scope::of(&before.value, &schema)?;
    if !lost.is_empty() {
        return Err(Error::Arguments(format!(
            "the scope holds {}, which this server does not know how to write and would lose; nothing was changed. Change it in Jamf Pro",
            lost.join(", ")
        )));
    }
    let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
    for wish in &wishes {
        let done = if wish.adds { scope.add(work, wish).await? } else { scope.remove(wish) };
        if done { changed.push(wish.shown()) } else { unchanged.push(wish.shown()) }
    }
    let left_alone = "already so: what was to be added is there, or what was to be taken out is not";
    if changed.is_empty() {
        return Ok(
            json!({ "result": "unchanged", "object": before.shown(), "unchanged": unchanged, "notes": [left_alone] }),
        );
    }
    let written =
        classic_objects::change(work, &before, json!({ "scope": scope.written })).await.map_err(explained)?;
    let mut answer = written.shown();
    answer.insert("changed".to_owned(), json!(changed));
    if !unchanged.is_empty() {
        answer.insert("unchanged".to_owned(), json!(unchanged));
        answer.insert("notes".to_owned(), json!([left_alone]));
    }
    answer.insert("scope".to_owned(), written.after.value.get("scope").cloned().unwrap_or_default());
    Ok(Value::Object(answer))
}

/// A scope that cannot be saved, with what is most often the reason.
fn explained(error: Error) -> Error {
    match error {
        Error::Jamf(mut error) if error.status == 409 => {
            error.message.push_str(
                " A scope cannot be saved while it names something that was deleted, here or before: if Jamf says that it is unable to match \
                 one, take that entry out in the same call.",
            );
            Error::Jamf(error)
        }
        other => other,
    }
}

/// One entry that is to come or to go.
struct Wish {
    adds: bool,
    place: String,
    sort: &'static Listed,
    id: Option<String>,
    name: Option<String>,
    /// Entries of the list are told by a name, and not by an id.
    by_name: bool,
}

impl Wish {
    fn new(kind: &Kind, schema: &Map<String, Value>, adds: bool, entry: &Value) -> Result<Self, Error> {
        let (place, sort) = (text_at(entry, "place"), text_at(entry, "type"));
        let sort = SORTS.iter().find(|known| known.sort == sort);
        let sort = sort.ok_or_else(|| Error::Internal("an entry of no known type".to_owned()))?;
        let of = |name: &str| Some(text_at(entry, name)).filter(|text| !text.is_empty());
        let (id, name) = (of("id"), of("name"));
        if id.is_some() == name.is_some() {
            return Err(Error::Arguments(format!(
                "give each entry by its `id` or by its `name`, one of the two; one `{}` has {}",
                sort.sort,
                if id.is_some() { "both" } else { "neither" }
            )));
        }
        let lists = lists_of(schema, &place);
        let Some(list) = lists.get(sort.list).and_then(Value::as_object) else {
            let known = SORTS.iter().filter(|sort| lists.contains_key(sort.list)).map(|sort| sort.sort);
            return Err(Error::Arguments(format!(
                "the {place} of a {} take no `{}`; they take: {}. Nothing was changed",
                kind.noun,
                sort.sort,
                known.collect::<Vec<_>>().join(", ")
            )));
        };
        let fields = list.get("items").and_then(|items| items.get("properties")).and_then(Value::as_object);
        let by_name = fields.is_some_and(|fields| fields.contains_key("name"));
        if by_name && adds && name.is_none() && fields.is_some_and(|fields| !fields.contains_key("id")) {
            return Err(Error::Arguments(format!(
                "a `{}` of the directory is added by its `name`",
                sort.sort
            )));
        }
        Ok(Self { adds, place, sort, id, name, by_name })
    }

    fn shown(&self) -> Value {
        let mut shown = json!({ "place": self.place, "type": self.sort.sort });
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("done".to_owned(), json!(if self.adds { "add" } else { "remove" }));
            fields.extend(self.id.as_ref().map(|id| ("id".to_owned(), json!(id))));
            fields.extend(self.name.as_ref().map(|name| ("name".to_owned(), json!(clean::text(name)))));
        }
        shown
    }

    fn is(&self, entry: &Value) -> bool {
        let same = |wanted: &Option<String>, field: &str| {
            wanted.as_ref().is_some_and(|wanted| text_at(entry, field) == *wanted)
        };
        same(&self.id, "id") || same(&self.name, "name")
    }
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
            Error::Unreachable {
                message: "the tenant does not tell the present scope, so it cannot be changed without losing it; nothing was changed".to_owned(),
                retry_after: None,
            }
        })?;
        let mut lost = Vec::new();
        let written = classic_objects::fitted(schema, &read, "scope", &mut lost);
        Ok((Self { read, written: written.unwrap_or_else(|| json!({})) }, lost))
    }

    fn path(wish: &Wish) -> String {
        match wish.place.as_str() {
            "targets" => format!("/{}", wish.sort.list),
            place => format!("/{place}/{}", wish.sort.list),
        }
    }

    fn has(&self, wish: &Wish) -> bool {
        let entries = self.read.pointer(&Self::path(wish)).and_then(Value::as_array);
        entries.into_iter().flatten().any(|entry| wish.is(entry))
    }

    async fn add(&mut self, work: &Work<'_>, wish: &Wish) -> Result<bool, Error> {
        for (everything, lists) in EVERYTHING {
            if wish.place == "targets"
                && lists.contains(&wish.sort.list)
                && self.read.get(everything) == Some(&json!(true))
            {
                return Err(Error::Arguments(format!(
                    "the scope has `{everything}`: beside it Jamf drops every list of targets, without a word, so adding a {} would change \
                     nothing. To narrow the scope first turn `{everything}` off; to spare some, add them to the exclusions. Nothing was changed",
                    wish.sort.sort
                )));
            }
        }
        if self.has(wish) {
            return Ok(false);
        }
        let entry = match (&wish.id, &wish.name) {
            (Some(id), _) => json!({ "id": id }),
            (None, Some(name)) if wish.by_name => json!({ "name": name }),
            (None, name) => {
                json!({ "id": id_of(work, wish.sort, name.as_deref().unwrap_or_default()).await? })
            }
        };
        let there = |list: &Value| {
            list.as_array()
                .into_iter()
                .flatten()
                .any(|other| text_at(other, "id") == text_at(&entry, "id") && entry.get("id").is_some())
        };
        if self.written.pointer(&Self::path(wish)).is_some_and(there) {
            return Ok(false);
        }
        self.push(wish, entry);
        // Jamf keeps the directory groups of a policy's limitations in two places.
        if wish.place == "limitations"
            && wish.sort.sort == "user_group"
            && let Some(name) = &wish.name
            && let Some(names) =
                self.written.pointer_mut("/limit_to_users/user_groups").and_then(Value::as_array_mut)
        {
            names.push(json!(name));
        }
        Ok(true)
    }

    fn remove(&mut self, wish: &Wish) -> bool {
        let path = Self::path(wish);
        let entries = self.read.pointer(&path).and_then(Value::as_array).cloned().unwrap_or_default();
        let gone: Vec<&Value> = entries.iter().filter(|entry| wish.is(entry)).collect();
        if gone.is_empty() {
            return false;
        }
        let is_gone = |entry: &Value| {
            gone.iter().any(|gone| match text_at(entry, "id") {
                id if id.is_empty() => text_at(gone, "name") == text_at(entry, "name"),
                id => text_at(gone, "id") == id,
            })
        };
        if let Some(list) = self.written.pointer_mut(&path).and_then(Value::as_array_mut) {
            list.retain(|entry| !is_gone(entry));
        }
        if wish.place == "limitations"
            && wish.sort.sort == "user_group"
            && let Some(names) =
                self.written.pointer_mut("/limit_to_users/user_groups").and_then(Value::as_array_mut)
        {
            names.retain(|name| {
                !gone.iter().any(|gone| text_at(gone, "name") == name.as_str().unwrap_or_default())
            });
        }
        true
    }

    /// Put an entry into its list as it is written, which is made where there is none.
    fn push(&mut self, wish: &Wish, entry: Value) {
        let mut part = self.written.as_object_mut();
        if wish.place != "targets" {
            part = part.and_then(|scope| {
                scope.entry(wish.place.clone()).or_insert_with(|| json!({})).as_object_mut()
            });
        }
        let list = part.and_then(|part| {
            part.entry(wish.sort.list.to_owned()).or_insert_with(|| json!([])).as_array_mut()
        });
        if let Some(list) = list {
            list.push(entry);
        }
    }
}

/// The id of what a caller names.
async fn id_of(work: &Work<'_>, sort: &Listed, name: &str) -> Result<String, Error> {
    if let Some((list, field)) = sort.found_in {
        return classic_objects::only_id(work, list, field, name, &sort.sort.replace('_', " ")).await;
    }
    let device = devices::only(work, name).await?;
    if device.kind != sort.sort {
        return Err(Error::Arguments(format!(
            "`{}` is a {}, not a {}; nothing was changed",
            clean::text(name),
            device.kind.replace('_', " "),
            sort.sort.replace('_', " ")
        )));
    }
    Ok(device.fact("id"))
}
