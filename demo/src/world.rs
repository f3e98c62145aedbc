//! What the families without a handler of their own hold at the start, as an administrator would have it: `demo/world/*.json`.
//!
//! A key is the path of a family without `/api` and without the version, `{}` in the place of ids. A list holds the objects of a
//! collection or the rows of an answer; an object is an object that exists once, or what every object below such a path has.
//! Texts may stand for moments and for things of the fleet, so that everything stays relative to now and to the seed:
//!
//! - `@now-3d`, `@now+19d-5h`: a moment; `@day-3d`: a day; `@epoch-3d`: milliseconds; `@seconds-3d`: seconds
//! - `@local+6d`: a day at six in the evening of a device
//! - `@computer:12:name`: `id`, `name`, `serial`, `udid`, `managementId`, `username`, `realname`, `email`, `ip`, `href` of a computer, by its place or by what
//!   it is: `without-token`, `full`, `behind`
//! - `@device:4:name`: `id`, `name`, `serial`, `udid`, `managementId`, `href` of a mobile device, by its place or
//!   `current`
//! - `@licenses:mac:Keynote.app:used`: licenses of an app, or `@licenses:used` of all
//! - `@uuid:a word`: an identifier that stays the same

use std::sync::LazyLock;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::fleet::{ComputerSection, Fleet, app_installers, policies};

/// The files, each a table of families by their paths.
const FILES: [&str; 4] = [
    include_str!("../world/people.json"),
    include_str!("../world/devices.json"),
    include_str!("../world/software.json"),
    include_str!("../world/settings.json"),
];

static WORLD: LazyLock<IndexMap<String, Value>> = LazyLock::new(|| {
    // A test reads the files; a broken one leaves its families empty.
    FILES
        .iter()
        .flat_map(|text| serde_json::from_str::<IndexMap<String, Value>>(text).unwrap_or_default())
        .collect()
});

/// When this process first looked: what nobody changes reads the same each time.
static STARTED: LazyLock<Timestamp> = LazyLock::new(Timestamp::now);

/// The objects of a collection or the rows of a list; none where the family is not described.
pub(crate) fn rows(fleet: &Fleet, path: &str) -> Option<Vec<Value>> {
    let known = policies::files(path).or_else(|| app_installers::rows(fleet, path));
    if known.is_some() {
        return known;
    }
    let rows = WORLD.get(path)?.as_array()?;
    Some(rows.iter().map(|row| resolve(row, fleet)).collect())
}

/// The fields of something that exists once, or that all objects below a path have.
pub(crate) fn object(fleet: &Fleet, path: &str) -> Option<Value> {
    let known = app_installers::object(fleet, path);
    if known.is_some() {
        return known;
    }
    let object = WORLD.get(path).filter(|value| !value.is_array())?;
    Some(resolve(object, fleet))
}

/// The path of a template as the tables name it: without `api` and the version.
pub(crate) fn key(template: &str) -> String {
    let is_version = |word: &str| word.len() == 2 && word.starts_with('v');
    let words = template.split('/').filter(|word| !word.is_empty() && *word != "api" && !is_version(word));
    words.collect::<Vec<_>>().join("/")
}

/// A moment so long before or after the start, such as `-3d`, as Jamf writes it.
pub(crate) fn moment(offset: &str) -> Value {
    let at = duration(offset).and_then(|offset| STARTED.checked_add(offset).ok());
    Form::Moment.render(at.unwrap_or(*STARTED))
}

/// The same in milliseconds.
pub(crate) fn milliseconds(offset: &str) -> i64 {
    let at = duration(offset).and_then(|offset| STARTED.checked_add(offset).ok());
    at.unwrap_or(*STARTED).as_millisecond()
}

/// What administrators did to something before anybody was looking, oldest first, as rows of its history.
pub(crate) fn past(path: &str) -> Vec<Value> {
    const PEOPLE: [&str; 3] = ["it-admin", "helpdesk", "auditor"];
    const NOTES: [&str; 3] = ["Edited", "Edited", "Viewed"];
    let chance = path.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let row = |at: usize| {
        let days = 400 - i64::try_from(at * 97 + chance % 90).unwrap_or_default();
        let at_night = i64::try_from((chance / 7 + at * 11) % 600).unwrap_or_default();
        let ago = SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(at_night);
        let date = Form::Moment.render(STARTED.checked_sub(ago).unwrap_or(*STARTED));
        let note =
            if at == 0 { "Created" } else { NOTES.get((chance + at) % NOTES.len()).unwrap_or(&"Edited") };
        let who = if at == 0 {
            PEOPLE[0]
        } else {
            PEOPLE.get((chance / 3 + at) % PEOPLE.len()).unwrap_or(&PEOPLE[0])
        };
        json!({"id": at + 1, "username": who, "date": date, "note": note, "details": ""})
    };
    let mut rows: Vec<Value> = (0..1 + chance % 3).map(row).collect();
    for (at, (ago, who, note, details)) in yesterday(path).iter().enumerate() {
        let id = rows.len() + at + 1;
        rows.push(json!({"id": id, "username": who, "date": moment(ago), "note": note, "details": details}));
    }
    rows
}

/// What was done in the last day: a script and a PreStage were edited, the script by somebody who seldom does.
fn yesterday(path: &str) -> &'static [(&'static str, &'static str, &'static str, &'static str)] {
    let words: Vec<&str> = path.split('/').filter(|word| *word != "api").collect();
    match words.as_slice() {
        ["scripts", "20"] => {
            &[("-19h", "helpdesk", "Edited", "Script contents changed; parameter 4 is 14 now, was 30")]
        }
        ["mobile-device-prestages", "1"] => &[
            ("-17h", "it-admin", "Edited", "Scope changed"),
            ("-16h", "it-admin", "Edited", "Support phone number changed"),
        ],
        ["buildings", "2"] => &[("-21h", "it-admin", "Edited", "Street address changed")],
        _ => &[],
    }
}

fn resolve(value: &Value, fleet: &Fleet) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(reference) => value_of(reference, fleet).unwrap_or_else(|| value.clone()),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| resolve(item, fleet)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), resolve(field, fleet)));
            Value::Object(fields.collect::<Map<String, Value>>())
        }
        _ => value.clone(),
    }
}

/// What a text stands for; nothing where it is a plain text that begins with `@`.
fn value_of(reference: &str, fleet: &Fleet) -> Option<Value> {
    for (word, form) in [
        ("local", Form::Evening),
        ("now", Form::Moment),
        ("day", Form::Day),
        ("epoch", Form::Milliseconds),
        ("seconds", Form::Seconds),
    ] {
        if let Some(offset) = reference.strip_prefix(word) {
            return Some(form.render(STARTED.checked_add(duration(offset)?).ok()?));
        }
    }
    let (kind, rest) = reference.split_once(':')?;
    match kind {
        "licenses" => fleet.licenses(rest).map(|count| json!(count)),
        "uuid" => Some(json!(crate::shapes::uuid(0, rest))),
        "computer" => {
            let (index, field) = rest.split_once(':')?;
            computer(fleet, index.parse().ok().or_else(|| fleet.computer_that_is(index))?, field)
        }
        "device" => {
            let (index, field) = rest.split_once(':')?;
            let index: usize = index.parse().ok().or_else(|| fleet.device_that_is(index))?;
            let record = fleet.mobile_device(index % fleet.mobile_devices().max(1))?;
            if field == "href" {
                let id = record.get("mobileDeviceId")?.as_str()?;
                return Some(json!(format!("/v2/mobile-devices/{id}")));
            }
            let pointer = match field {
                "id" => "/mobileDeviceId",
                "name" => "/general/displayName",
                "serial" => "/hardware/serialNumber",
                "udid" => "/general/udid",
                _ => "/general/managementId",
            };
            record.pointer(pointer).cloned()
        }
        _ => None,
    }
}

fn computer(fleet: &Fleet, index: usize, field: &str) -> Option<Value> {
    let index = index % fleet.computers().max(1);
    let part = |section, name: &str| fleet.computer_section(index, section).get(name).cloned();
    match field {
        "id" => Some(json!(fleet.computer_ids(index)?.0)),
        "href" => Some(json!(format!("/v3/computers-inventory/{}", fleet.computer_ids(index)?.0))),
        "udid" => Some(json!(fleet.computer_ids(index)?.1)),
        "serial" => part(ComputerSection::Hardware, "serialNumber"),
        "name" => part(ComputerSection::General, "name"),
        "managementId" => part(ComputerSection::General, "managementId"),
        "entered" => part(ComputerSection::General, "lastEnrolledDate"),
        "model" => part(ComputerSection::Hardware, "model"),
        "bought" => {
            let day = part(ComputerSection::Purchasing, "poDate")?;
            Some(json!(format!("{}T10:30:00.000Z", day.as_str()?)))
        }
        "ip" => part(ComputerSection::General, "lastReportedIpV4"),
        "username" | "realname" | "email" => part(ComputerSection::UserAndLocation, field),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Form {
    Moment,
    Evening,
    Day,
    Milliseconds,
    Seconds,
}

impl Form {
    fn render(self, at: Timestamp) -> Value {
        match self {
            Self::Moment => json!(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()),
            Self::Evening => json!(at.strftime("%Y-%m-%dT18:00:00").to_string()),
            Self::Day => json!(at.strftime("%Y-%m-%d").to_string()),
            Self::Milliseconds => json!(at.as_millisecond()),
            Self::Seconds => json!(at.as_second()),
        }
    }
}

/// `-3d5h` or `+19d-20m` as a duration.
fn duration(text: &str) -> Option<SignedDuration> {
    let (mut total, mut sign, mut number) = (SignedDuration::ZERO, 1, String::new());
    for letter in text.chars() {
        match letter {
            '+' => sign = 1,
            '-' => sign = -1,
            '0'..='9' => number.push(letter),
            'd' | 'h' | 'm' => {
                let minutes = match letter {
                    'd' => 24 * 60,
                    'h' => 60,
                    _ => 1,
                };
                let count: i64 = std::mem::take(&mut number).parse().ok()?;
                total = total.checked_add(SignedDuration::from_mins(sign * count * minutes))?;
            }
            _ => return None,
        }
    }
    number.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    fn all() -> IndexMap<String, Value> {
        let mut all = IndexMap::new();
        for text in FILES {
            let table: IndexMap<String, Value> = serde_json::from_str(text).unwrap();
            for (path, value) in table {
                assert!(all.insert(path.clone(), value).is_none(), "{path} stands twice");
            }
        }
        all
    }

    #[test]
    fn every_text_that_stands_for_something_is_read() {
        let fleet = Fleet::generate(&crate::fleet::FleetOptions {
            computers: 420,
            seed: 1,
            now: "2026-11-24T12:00:00Z".parse().unwrap(),
        });
        fn unread(value: &Value, path: &str) {
            match value {
                Value::String(text) => assert!(!text.starts_with('@'), "{path}: {text}"),
                Value::Array(items) => items.iter().for_each(|item| unread(item, path)),
                Value::Object(fields) => fields.values().for_each(|field| unread(field, path)),
                _ => {}
            }
        }
        for (path, value) in all() {
            unread(&resolve(&value, &fleet), &path);
        }
        assert_eq!(duration("+19d-5h"), Some(SignedDuration::from_hours(19 * 24 - 5)));
        assert_eq!(duration("-3"), None);
    }

    /// A misspelled path or field would never be seen.
    #[test]
    fn every_path_and_field_is_one_of_jamfs() {
        let mut known: IndexMap<String, Vec<&'static Value>> = IndexMap::new();
        for (template, shape) in shapes::answers() {
            known.entry(key(template)).or_default().push(shape);
        }
        let mut unknown = Vec::new();
        for (path, value) in all() {
            let templated: Vec<&str> = path
                .split('/')
                .map(|word| if word.bytes().all(|byte| byte.is_ascii_digit()) { "{}" } else { word })
                .collect();
            let template = templated.join("/");
            let mut shapes: Vec<&'static Value> = known.get(&template).cloned().unwrap_or_default();
            shapes.extend(known.get(&format!("{template}/{{}}")).into_iter().flatten());
            if shapes.is_empty() {
                unknown.push(path.clone());
            }
            match &value {
                Value::Array(rows) => rows.iter().for_each(|row| look(row, &shapes, &path, &mut unknown)),
                one => look(one, &shapes, &path, &mut unknown),
            }
        }
        assert!(unknown.is_empty(), "no paths or fields of Jamf's document: {unknown:#?}");
    }

    fn look(row: &Value, shapes: &[&'static Value], path: &str, unknown: &mut Vec<String>) {
        let Value::Object(row) = row else { return };
        let mut fields: Vec<&'static Map<String, Value>> = Vec::new();
        for shape in shapes {
            let items = shape.as_array().and_then(|items| shapes::fields(items.first()?));
            let rows = shapes::rows(shape).and_then(|(_, row)| shapes::fields(row));
            fields.extend(items.into_iter().chain(rows).chain(shapes::fields(shape)));
        }
        for (name, value) in row {
            let of: Vec<&'static Value> =
                fields.iter().filter_map(|fields| fields.get(name).or_else(|| fields.get("*"))).collect();
            let place = format!("{path}.{name}");
            // A field that is written only is null where it is read.
            if of.is_empty() && !value.is_null() {
                unknown.push(place);
                continue;
            }
            match value {
                Value::Array(items) => items.iter().for_each(|item| look(item, &of, &place, unknown)),
                one => look(one, &of, &place, unknown),
            }
        }
    }
}
