//! The tenant's state in a file: the seed and the size of the fleet, and what was changed since. Everything else is made anew from the
//! seed, relative to the day, so that a fleet does not age while nobody looks.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, TryLockError},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    classic::Flushed,
    recalculation::SavedRecalculation,
    store::{Attachment, Collection, Object, Store},
};

const FORMAT: &str = "jamf-pro-demo state";
const VERSION: u32 = 1;

/// What a file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Document {
    format: String,
    version: u32,
    seed: u64,
    computers: usize,
    saved: Timestamp,
    families: BTreeMap<String, Family>,
    computer_records: Devices,
    mobile_device_records: Devices,
    settings: BTreeMap<String, Map<String, Value>>,
    singles: BTreeMap<String, Value>,
    histories: BTreeMap<String, Vec<Value>>,
    attachments: Vec<SavedAttachment>,
    last_attachment: u64,
    /// Commands that were sent, as they are listed.
    queued: Vec<Value>,
    /// Commands that the fleet began with and that are gone, by their UUIDs.
    flushed_commands: Vec<String>,
    sent: BTreeMap<String, Timestamp>,
    commands: Vec<Value>,
    flushed: Flushed,
    /// Smart groups and devices that wait to be judged again.
    #[serde(default)]
    waiting: Vec<SavedRecalculation>,
}

/// What was changed in a family.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Family {
    last: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
    /// In the order of their creation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objects: Vec<SavedObject>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedObject {
    id: String,
    created: bool,
    value: Value,
    history: Vec<Value>,
}

/// What was changed in an inventory, by ids.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Devices {
    pub(crate) created: Vec<String>,
    pub(crate) written: BTreeMap<String, Value>,
    pub(crate) deleted: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedAttachment {
    device: String,
    id: String,
    name: String,
    content_type: String,
    /// Base64.
    bytes: String,
}

/// A birth that every node has heard of.
pub(crate) fn long_ago() -> Instant {
    let now = Instant::now();
    now.checked_sub(Duration::from_secs(24 * 3600)).unwrap_or(now)
}

impl Family {
    fn of(family: &Collection) -> Option<Self> {
        let changed = family.objects.iter().filter(|(_, object)| object.is_changed());
        let objects: Vec<SavedObject> = changed
            .map(|(id, object)| SavedObject {
                id: id.clone(),
                created: object.born.is_some(),
                value: object.value.clone(),
                history: object.history.clone(),
            })
            .collect();
        let removed = family.removed.clone();
        (!objects.is_empty() || !removed.is_empty()).then_some(Self { last: family.last, removed, objects })
    }

    /// Put back what was changed; this is a family that nobody has changed yet.
    pub(crate) fn restore(self, family: &mut Collection) {
        for id in self.removed {
            family.remove(&id);
        }
        for kept in self.objects {
            if kept.created {
                family.objects.insert(kept.id, Object::born(kept.value, long_ago(), kept.history));
            } else if let Some(object) = family.object(&kept.id) {
                (object.value, object.history) = (kept.value, kept.history);
            }
        }
        family.last = family.last.max(self.last);
    }
}

impl Document {
    /// The state of a store.
    fn of(store: &Store) -> Self {
        // Without a rest, so that anyone who adds a field thinks of it here.
        let Store {
            fleet,
            computers,
            mobile_devices,
            families,
            // Nobody has written them.
            late: _,
            listed: _,
            awaited,
            settings,
            singles,
            histories,
            attachments,
            last_attachment,
            queued,
            queued_at_first,
            sent,
            commands,
            flushed,
            waiting,
        } = store;
        let kept = families.iter().filter_map(|(name, family)| Some((name.clone(), Family::of(family)?)));
        let is_sent = |command: &&Value| uuid(command).is_some_and(|uuid| sent.contains_key(uuid));
        let (own, others): (Vec<&Value>, Vec<&Value>) = queued.iter().partition(is_sent);
        let mut flushed_commands = Vec::new();
        if others.len() < *queued_at_first {
            let there: Vec<&str> = others.iter().filter_map(|command| uuid(command)).collect();
            let at_first = fleet.queue();
            let gone = at_first.iter().filter_map(uuid).filter(|uuid| !there.contains(uuid));
            flushed_commands = gone.map(str::to_owned).collect();
        }
        let file = |((device, id), file): (&(String, String), &Attachment)| SavedAttachment {
            device: device.clone(),
            id: id.clone(),
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            bytes: BASE64_STANDARD.encode(&file.bytes),
        };
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            seed: fleet.options().seed,
            computers: fleet.options().computers,
            saved: Timestamp::now(),
            families: kept.chain(awaited.clone()).collect(),
            computer_records: computers.saved(),
            mobile_device_records: mobile_devices.saved(),
            settings: settings.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect(),
            singles: sorted(singles),
            histories: sorted(histories),
            attachments: attachments.iter().map(file).collect(),
            last_attachment: *last_attachment,
            queued: own.into_iter().cloned().collect(),
            flushed_commands,
            sent: sorted(sent),
            commands: commands.clone(),
            flushed: flushed.clone(),
            waiting: waiting.iter().map(|waiting| waiting.saved(store)).collect(),
        }
    }

    /// Put it into a store that nobody has changed yet.
    fn restore(self, store: &mut Store) {
        for (name, kept) in self.families {
            match store.families.get_mut(&name) {
                Some(family) => kept.restore(family),
                None => {
                    store.awaited.insert(name, kept);
                }
            }
        }
        store.computers.restore(self.computer_records);
        store.mobile_devices.restore(self.mobile_device_records);
        for (path, value) in self.settings {
            if let Some(path) = crate::pro::settings::known(&path) {
                store.settings.insert(path, value);
            }
        }
        store.singles = self.singles.into_iter().collect();
        store.histories = self.histories.into_iter().collect();
        for file in self.attachments {
            let bytes = BASE64_STANDARD.decode(&file.bytes).unwrap_or_default();
            let attachment = Attachment { name: file.name, content_type: file.content_type, bytes };
            store.attachments.insert((file.device, file.id), attachment);
        }
        store.last_attachment = self.last_attachment;
        store.queued.retain(|command| {
            !uuid(command).is_some_and(|uuid| self.flushed_commands.iter().any(|gone| gone == uuid))
        });
        store.queued.extend(self.queued);
        store.sent = self.sent.into_iter().collect();
        store.commands = self.commands;
        store.flushed = self.flushed;
        for waiting in self.waiting {
            waiting.restore(store);
        }
    }
}

fn uuid(command: &Value) -> Option<&str> {
    command.get("uuid")?.as_str()
}

fn sorted<T: Clone>(map: &HashMap<String, T>) -> BTreeMap<String, T> {
    map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It cannot be read or written.
    #[error("the state of the simulated tenant cannot be kept in {file}: {1}", file = .0.display())]
    Unusable(PathBuf, std::io::Error),
    /// It is something else, or not whole.
    #[error(
        "{file} is damaged, or no state of a simulated tenant ({1}); it was left as it is: name another file",
        file = .0.display()
    )]
    Foreign(PathBuf, String),
    /// A later version wrote it.
    #[error("{file} was written by a newer version of this program; it was left as it is", file = .0.display())]
    Newer(PathBuf),
    /// It is of another fleet than the one that is asked for.
    #[error(
        "{file} is of seed {1} and {2} computers; leave `--seed` and `--computers` out, or name another file",
        file = .0.display()
    )]
    Other(PathBuf, u64, usize),
    /// Another process has it.
    #[error("another simulated tenant keeps its state in {file}", file = .0.display())]
    Taken(PathBuf),
}

/// Seed and number of computers of the state in a file; `None` where there is no file yet.
///
/// # Errors
/// The file is not such a state, or cannot be read.
pub fn saved_fleet(path: &Path) -> Result<Option<(u64, usize)>, StateFileError> {
    Ok(read(path)?.map(|document| (document.seed, document.computers)))
}

fn read(path: &Path) -> Result<Option<Document>, StateFileError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StateFileError::Unusable(path.to_owned(), error)),
    };
    let foreign = |why: String| StateFileError::Foreign(path.to_owned(), why);
    let value: Value = serde_json::from_slice(&text).map_err(|error| foreign(error.to_string()))?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(foreign(format!("its `format` is not `{FORMAT}`")));
    }
    if value.get("version").and_then(Value::as_u64).is_some_and(|version| version > u64::from(VERSION)) {
        return Err(StateFileError::Newer(path.to_owned()));
    }
    serde_json::from_value(value).map(Some).map_err(|error| foreign(error.to_string()))
}

/// The file of a running tenant; nobody else has it until this is dropped.
#[derive(Debug)]
pub(crate) struct Keeper {
    path: PathBuf,
    /// Held while a state is written, so that states are written in their order.
    writing: Mutex<()>,
    _lock: File,
}

impl Keeper {
    /// Take a file over, and put what it holds into a store that nobody has changed yet.
    pub(crate) fn open(path: &Path, store: &mut Store) -> Result<Self, StateFileError> {
        let unusable = |error| StateFileError::Unusable(path.to_owned(), error);
        let beside = beside(path).map_err(unusable)?;
        // A foreign file is reported before anything is put beside it.
        read(path)?;
        let lock = File::create(beside).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateFileError::Taken(path.to_owned()),
            TryLockError::Error(error) => unusable(error),
        })?;
        if let Some(document) = read(path)? {
            let of = store.fleet.options();
            if (document.seed, document.computers) != (of.seed, of.computers) {
                return Err(StateFileError::Other(path.to_owned(), document.seed, document.computers));
            }
            document.restore(store);
        }
        let keeper = Self { path: path.to_owned(), writing: Mutex::default(), _lock: lock };
        keeper.write(&Document::of(store)).map_err(unusable)?;
        Ok(keeper)
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Keep the state of a store that is held by a lock; it is let go before the file is written.
    pub(crate) fn keep(&self, store: impl std::ops::Deref<Target = Store>) {
        let document = Document::of(&store);
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        drop(store);
        if let Err(error) = self.write(&document) {
            tracing::error!(%error, path = %self.path.display(), "the state of the simulated tenant was not kept");
        }
        drop(writing);
    }

    /// Put a whole file in the place of the one before.
    fn write(&self, document: &Document) -> std::io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        serde_json::to_writer(std::io::BufWriter::new(file.as_file_mut()), document)?;
        file.as_file_mut().write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// The lock beside a file.
fn beside(path: &Path) -> std::io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| std::io::Error::other("it has no name"))?;
    let mut name = name.to_owned();
    name.push(".lock");
    Ok(path.with_file_name(name))
}
