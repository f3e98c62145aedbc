//! What a call makes run or installs: the scripts, packages and other objects that it leads to, as they are now. Anyone who approves the call
//! approves them, so they are bound by their digests and shown. The main function is [`read`].

use std::collections::BTreeSet;
use std::fmt;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Catalogue, Method};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::call_devices::values_at;
use crate::error::Error;
use crate::jobs::{Work, text_at};
use crate::plan::{Content, canonical, digest};
use crate::sanitize::{secrets, text};

/// Fields of an object whose text runs.
const TEXTS: &[&str] = &["scriptContents", "script_contents"];

/// Lists of groups in a scope, and the actions that read such a group, which may be of either sort.
const GROUPS: &[(&str, &[&str])] = &[
    ("computer_groups", &["smart_computer_group_get", "static_computer_group_get"]),
    ("mobile_device_groups", &["smart_mobile_group_get", "static_mobile_group_get"]),
    ("user_groups", &["user_group_get"]),
];

/// Fields with which Jamf Pro says what the file of a package has in it.
const HASHES: &[&str] = &["hashValue", "sha512", "sha256", "md5", "hash_value"];

/// Objects that are read at once.
const AT_ONCE: usize = 5;

/// An object by the action that reads it.
pub(super) type Key = (&'static str, ObjectId);

/// The objects that a call makes run or installs, each once, in the order of the declaration, and after them what they lead to themselves: a
/// policy to its scripts. `after` is the object as the tenant will have it. `in_force` are objects that come into force without being named.
///
/// # Errors
/// When one of them cannot be read; one that is not there is said to be missing.
pub(super) async fn read(
    work: &Work<'_>,
    action: &Action,
    arguments: &Map<String, Value>,
    after: Option<&Value>,
    in_force: &[Key],
) -> Result<Vec<Content>, Error> {
    let mut whole = arguments.clone();
    if let Some(after) = after {
        whole.insert("body".to_owned(), after.clone());
    }
    let mut next = named_in(&whole, action.runs);
    next.extend(in_force.iter().cloned());
    let (mut once, mut content) = (BTreeSet::new(), Vec::new());
    while !next.is_empty() {
        next.retain(|key| once.insert(key.clone()));
        let reads: Vec<BoxFuture<'_, Result<Reading, Error>>> =
            std::mem::take(&mut next).into_iter().map(|key| read_one(work, key).boxed()).collect();
        let found: Vec<Reading> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        for (reader, one, object) in found {
            content.push(one);
            let whole = object.map(|object| Map::from_iter([("body".to_owned(), object)]));
            next.extend(whole.iter().flat_map(|whole| named_in(whole, runs_of(reader))));
        }
    }
    Ok(content)
}

/// The objects that stand at these places.
fn named_in(whole: &Map<String, Value>, runs: &[(&'static str, &'static str)]) -> Vec<Key> {
    // Jamf Pro says that there is none by these.
    let is_there = |id: &ObjectId| !matches!(id.to_string().as_str(), "0" | "-1");
    let at = |(path, reader): &(&'static str, &'static str)| {
        let ids = values_at(whole, path).into_iter().filter_map(ObjectId::of).filter(is_there);
        ids.map(|id| (*reader, id)).collect::<Vec<_>>()
    };
    runs.iter().flat_map(at).collect()
}

/// What an object makes run or installs that an action reads: the declaration of the action that changes it says where that stands.
fn runs_of(reader: &str) -> &'static [(&'static str, &'static str)] {
    let Some(get) = Catalogue::get().find(reader) else { return &[] };
    let changes =
        |action: &&Action| action.path == get.path && matches!(action.method, Method::Put | Method::Patch);
    Catalogue::get().actions().find(changes).map_or(&[], |action| action.runs)
}

/// What was read: by which action, what a plan says of it, and the object itself where it is there.
type Reading = (&'static str, Content, Option<Value>);

async fn read_one(work: &Work<'_>, (reader, id): Key) -> Result<Reading, Error> {
    let kind = reader.strip_suffix("_get").unwrap_or(reader).replace('_', " ");
    let (object, digested) = match work.send_and_digest(reader, json!({ "id": id.to_string() })).await {
        Ok(read) => read,
        Err(error) if error.is_status(404) => {
            let gone = Content {
                reader: reader.to_owned(),
                kind,
                id: id.to_string(),
                name: String::new(),
                about: "there is no such object".to_owned(),
                digest: String::new(),
                lines: Vec::new(),
            };
            return Ok((reader, gone, None));
        }
        Err(error) => return Err(error),
    };
    let name = ["name", "general.name", "packageName", "displayName", "titleName"]
        .iter()
        .map(|field| text_at(&object, field));
    let script = TEXTS.iter().map(|field| text_at(&object, field)).find(|text| !text.is_empty());
    let about = match (&script, reader) {
        (Some(script), _) => {
            format!("{} lines, SHA-256 {}", script.lines().count(), hex::encode(Sha256::digest(script)))
        }
        (None, "package_get") => package(&object),
        (None, _) => String::new(),
    };
    let lines = script.iter().flat_map(|script| {
        let shown = secrets::left_out(script).into_owned();
        shown.lines().map(|line| text::visible(line).into_owned()).collect::<Vec<_>>()
    });
    let content = Content {
        reader: reader.to_owned(),
        kind,
        id: id.to_string(),
        name: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
        about,
        digest: digest(&[&canonical(&digested)]),
        lines: lines.collect(),
    };
    Ok((reader, content, Some(object)))
}

/// The file of a package, by its name and its hash.
fn package(object: &Value) -> String {
    let file = text_at(object, "fileName");
    let hash = HASHES.iter().map(|field| text_at(object, field)).find(|hash| !hash.is_empty());
    match hash {
        Some(hash) => format!("file {file}, hash {hash}"),
        None => format!("file {file}; CONTENT UNKNOWN: Jamf Pro has no hash of it"),
    }
}

/// An object as open plans refer to it: `script_get 61`.
pub(super) fn key(reader: &str, id: impl fmt::Display) -> String {
    format!("{reader} {id}")
}

/// What a plan refers to: what the call is about, what it makes run, and the groups in the scope of the object. Sorted.
pub(super) fn refers_to(about: Vec<String>, content: &[Content], after: Option<&Value>) -> Vec<String> {
    let groups = GROUPS.iter().flat_map(|(list, readers)| {
        let places = [format!("/scope/{list}"), format!("/scope/exclusions/{list}")];
        let ids: Vec<ObjectId> = places
            .iter()
            .filter_map(|place| after?.pointer(place)?.as_array())
            .flatten()
            .filter_map(|entry| ObjectId::at(entry, "id"))
            .collect();
        readers.iter().flat_map(move |reader| ids.iter().map(|id| key(reader, id)).collect::<Vec<_>>())
    });
    let content = content.iter().map(|one| key(&one.reader, &one.id));
    let all: BTreeSet<String> = about.into_iter().chain(content).chain(groups).collect();
    all.into_iter().collect()
}
