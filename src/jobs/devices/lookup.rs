//! Words looked up: which device each of them means, many in few requests.

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::patterns::is_id;
use jamf_pro_tools::rsql;

use super::{
    Device, Inventory, MOST, Matches, Unread, compose, is_found, kinds, list_devices, open_keys, shorten,
};
use crate::canonical::{with_gaps, with_wildcards};
use crate::error::{Error, Kind};
use crate::jobs::Work;

/// The one device that a word means: `computer:7`, `mobile_device:7`, or what `device_find` finds exactly one for.
pub(crate) async fn only(work: &Work<'_>, word: &str) -> Result<Device, Error> {
    let mut found = each(work, &[word.to_owned()]).await?;
    found.pop().ok_or_else(|| Error::internal("a device was lost"))
}

/// What a word means.
#[derive(Debug, Clone)]
pub(crate) enum Meaning {
    /// This device.
    One(Device),
    /// No device.
    Nothing,
    /// Several devices.
    Several(Vec<Device>),
}

/// The one device that each word means, in their order.
pub(crate) async fn each(work: &Work<'_>, words: &[String]) -> Result<Vec<Device>, Error> {
    let mut devices = Vec::new();
    let mut missing = Vec::new();
    for (word, meaning) in words.iter().zip(meanings(work, words).await?) {
        match meaning {
            Meaning::One(device) => devices.push(device),
            Meaning::Nothing => missing.push(word),
            Meaning::Several(several) => return Err(several_devices(word, &several)),
        }
    }
    if missing.is_empty() {
        return Ok(devices);
    }
    let shown: Vec<String> = missing.iter().take(MOST).map(|word| format!("`{}`", shorten(word))).collect();
    Err(Error::caller(format!("no device is known by {}", shown.join(", ")))
        .hint("look for it with `device_find`"))
}

/// What each word means, in their order: all of them are looked for together, each kind in one request as long as the filter fits into
/// an address.
///
/// # Errors
/// When a word cannot be one of a device, or the devices could not be read whole and something else may be meant.
pub(crate) async fn meanings(work: &Work<'_>, words: &[String]) -> Result<Vec<Meaning>, Error> {
    for word in words {
        if let Some(("computer" | "mobile_device", id)) = word.split_once(':') {
            if !is_id(id) {
                return Err(Error::caller(format!(
                    "`{}` takes an id as Jamf writes it: digits only, without leading zeros, sign or blanks",
                    shorten(word)
                )));
            }
        } else if word.contains('*') {
            return Err(Error::caller(format!("`{}` may be many devices; one is wanted", shorten(word))));
        }
    }
    let mut found = search_in_batches(work, words, filters).await?;
    let wider: [(Filters, CanFind); 2] = [
        (filters_of_forms, |word| with_wildcards(word).is_some()),
        (filters_of_scattered, |word| !word.contains(':')),
    ];
    for (filters, can_find) in wider {
        let is_unknown = |word: &&String| can_find(word) && found.of(work, word).is_empty();
        let unknown: Vec<String> = words.iter().filter(is_unknown).cloned().collect();
        if unknown.is_empty() {
            continue;
        }
        let more = search_in_batches(work, &unknown, filters).await?;
        found.notes.extend(more.notes);
        found.unread.extend(more.unread);
        found.keep(more.devices.into_iter());
    }
    words.iter().map(|word| found.meaning(work, word)).collect()
}

fn several_devices(word: &str, several: &[Device]) -> Error {
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
    Error::caller(format!("`{}` is {} devices", shorten(word), several.len()))
        .hint(format!("ask which one is meant, and name it by one of: {}", candidates.join("; ")))
}

impl Matches {
    /// What a word means. What was not read whole leaves nothing and no name certain.
    fn meaning(&self, work: &Work<'_>, word: &String) -> Result<Meaning, Error> {
        Ok(match self.of(work, word).as_slice() {
            [] => {
                self.must_be_sure(None)?;
                Meaning::Nothing
            }
            [device] => {
                self.must_be_sure(Some((word, *device)))?;
                Meaning::One((*device).clone())
            }
            several => Meaning::Several(several.iter().map(|device| (*device).clone()).collect()),
        })
    }

    /// The devices that a word means: by its id; else those that have exactly this text; else those that have a form of it.
    fn of(&self, work: &Work<'_>, word: &str) -> Vec<&Device> {
        if let Some((kind @ ("computer" | "mobile_device"), id)) = word.split_once(':') {
            let id = ObjectId::parse(id);
            let has_it = |device: &&Device| {
                device.kind == kind && id.is_some() && ObjectId::parse(&device.fact("id")) == id
            };
            return self.devices.iter().filter(has_it).collect();
        }
        let is_seen = |device: &Device| {
            let keys: Vec<_> =
                kinds(Some(device.kind)).flat_map(|inventory| open_keys(work, inventory)).collect();
            is_found(work, device, &keys, word)
        };
        let by = |is: &dyn Fn(&Device) -> bool| {
            self.devices.iter().filter(|device| is(device) && is_seen(device)).collect::<Vec<_>>()
        };
        let exact = by(&|device| device.texts(None).any(|text| text.eq_ignore_ascii_case(word)));
        if exact.is_empty() { by(&|device| device.has_name(word, None)) } else { exact }
    }

    /// Refuse what another device could be meant by, in a list that was not read whole. A serial number, UDID or id is of one
    /// device alone.
    fn must_be_sure(&self, device: Option<(&String, &Device)>) -> Result<(), Error> {
        let alone = device.is_some_and(|(word, device)| {
            word.split_once(':').is_some_and(|(kind, _)| kind == device.kind)
                || ["serialNumber", "udid", "managementId"]
                    .iter()
                    .any(|fact| device.fact(fact).eq_ignore_ascii_case(word))
        });
        if alone {
            return Ok(());
        }
        let incomplete = self.notes.iter().find(|note| note.starts_with("INCOMPLETE"));
        let unread = self.unread.first().map(|unread| {
            format!("the {}s could not be read: {}", unread.kind.replace('_', " "), unread.error)
        });
        match unread.as_ref().or(incomplete) {
            Some(why) => {
                Err(Error::unreachable(format!("the device could not be looked up for certain: {why}")))
            }
            None => Ok(()),
        }
    }
}

/// Longest filter of one request, in bytes as they stand in the address: servers take some 8,000 in all.
const LONGEST: usize = 5_000;

/// Whether a filter can find a word.
type CanFind = fn(&str) -> bool;

/// What finds some words among the devices of a kind.
type Filters = fn(&Work<'_>, &'static Inventory, &[String]) -> Option<rsql::Expression>;

/// The devices that words find, each kind in as few requests as fit.
async fn search_in_batches(work: &Work<'_>, words: &[String], filters: Filters) -> Result<Matches, Error> {
    let searches = kinds(None).map(|inventory| search_inventory(work, inventory, words, filters));
    let mut found = Matches::default();
    for of_kind in futures::future::try_join_all(searches).await? {
        found.notes.extend(of_kind.notes);
        found.unread.extend(of_kind.unread);
        found.keep(of_kind.devices.into_iter());
    }
    Ok(found)
}

/// The same among the devices of one kind.
async fn search_inventory(
    work: &Work<'_>,
    inventory: &'static Inventory,
    words: &[String],
    filters: Filters,
) -> Result<Matches, Error> {
    let mut found = Matches::default();
    let mut rest = words;
    while !rest.is_empty() {
        let mut count = rest.len();
        let mut filter = filters(work, inventory, rest);
        while let Some(length) = filter.as_ref().map(|filter| length_in_address(&filter.to_string()))
            && length > LONGEST
            && count > 1
        {
            count = (count * LONGEST / length).clamp(1, count - 1);
            filter = filters(work, inventory, rest.get(..count).unwrap_or_default());
        }
        rest = rest.get(count..).unwrap_or_default();
        let Some(filter) = filter else { continue };
        match list_devices(work, inventory, &filter.to_string(), &mut found.notes).await {
            Ok(devices) => found.keep(devices.into_iter()),
            Err(error) if matches!(error.kind(), Kind::Jamf(_) | Kind::Unreachable) => {
                found.unread.push(Unread { kind: inventory.kind, error });
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn length_in_address(text: &str) -> usize {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { 1 } else { 3 }).sum()
}

/// Every key that has one of these texts, and the devices that are named by their Jamf ids.
fn filters(work: &Work<'_>, inventory: &'static Inventory, words: &[String]) -> Option<rsql::Expression> {
    let (mut ids, mut texts): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for word in words {
        match word.split_once(':') {
            Some((kind @ ("computer" | "mobile_device"), id)) => {
                ids.extend(Some(id).filter(|_| kind == inventory.kind));
            }
            _ => texts.push(word),
        }
    }
    let mut parts = Vec::new();
    parts.extend(rsql::condition(inventory.id, "in", &ids));
    for (key, field) in open_keys(work, inventory) {
        let fitting: Vec<String> = texts
            .iter()
            .filter(|text| may_be(key, text))
            .map(|text| if *key == "serial_number" { text.to_uppercase() } else { (*text).to_owned() })
            .collect();
        let mut fitting: Vec<&str> = fitting.iter().map(String::as_str).collect();
        if *key == "serial_number" {
            // The tenant may compare as they are written.
            fitting.extend(texts.iter().filter(|text| may_be(key, text) && text.to_uppercase() != **text));
        }
        parts.extend(rsql::condition(field, "in", &fitting));
    }
    (!parts.is_empty()).then_some(rsql::Expression::Or(parts))
}

/// Names that are another form of one of these texts.
fn filters_of_forms(
    work: &Work<'_>,
    inventory: &'static Inventory,
    words: &[String],
) -> Option<rsql::Expression> {
    let forms: Vec<String> = words.iter().filter_map(|word| with_wildcards(&compose(word))).collect();
    let mut parts = Vec::new();
    for (key, field) in open_keys(work, inventory) {
        if ["name", "username", "real_name", "asset_tag"].contains(key) {
            parts.extend(forms.iter().map(|form| rsql::compare(field, "==", form)));
        }
    }
    (!parts.is_empty()).then_some(rsql::Expression::Or(parts))
}

/// Names that an answer shows as one of these texts, with characters in them that it leaves out.
fn filters_of_scattered(
    _work: &Work<'_>,
    inventory: &'static Inventory,
    words: &[String],
) -> Option<rsql::Expression> {
    let (_, field) = inventory.keys.iter().find(|(key, _)| *key == "name")?;
    let names = words.iter().map(|word| rsql::compare(field, "==", &with_gaps(&compose(word))));
    Some(rsql::Expression::Or(names.collect()))
}

/// Whether a text can be what a device is known by: asking for the rest would make the address long for nothing.
fn may_be(key: &str, text: &str) -> bool {
    match key {
        "email" => text.contains('@'),
        "udid" | "management_id" => {
            text.len() >= 20 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        }
        "serial_number" => !text.contains(char::is_whitespace),
        _ => true,
    }
}
