//! A write to the record of one device: which smart groups it moves the device into or out of, and what follows from that.
//!
//! A group can matter only where the truth of one of its criteria changes that looks at a field that changes. Where that cannot be
//! told it matters. What names no criterion, no place and no person moves nothing.

use std::collections::BTreeMap;

use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Impact, configuration, or_unknown, plain};
use crate::error::Error;
use crate::fleet::groups::{Criterion, is_true_of};
use crate::fleet::known::Known;
use crate::fleet::scope::{Entry, EntryKind};
use crate::fleet::view::{GroupRow, View};
use crate::gate::changes::VALUE;
use crate::gate::fleet::{COMPUTER, FleetDevice, Kind};
use crate::jobs::{Work, text_at};
use crate::plan::{Change, Reference};
use crate::render;
use crate::sanitize::text;

/// Groups that a plan names one by one.
const NAMED: usize = 12;

/// Where a record has a field, and what is in the names of the criteria that look at it: computers, mobile devices, words.
///
/// Criteria carry the names of the web console as text, and Jamf lists them nowhere. So a word that is in a name is enough, without
/// spaces and case: a group too many costs a question, one too few would let something through.
const FIELDS: &[(&str, &str, &[&str])] = &[
    ("general.name", "name", &["computername", "displayname", "devicename"]),
    ("general.lastIpAddress", "", &["ipaddress", "reportedip"]),
    ("general.barcode1", "", &["barcode"]),
    ("general.barcode2", "", &["barcode"]),
    ("general.assetTag", "assetTag", &["assettag"]),
    ("", "timeZone", &["timezone"]),
    ("userAndLocation.username", "location.username", &["username"]),
    ("userAndLocation.realname", "location.realName", &["fullname", "realname"]),
    ("userAndLocation.email", "location.emailAddress", &["email"]),
    ("userAndLocation.position", "location.position", &["position"]),
    ("userAndLocation.phone", "location.phoneNumber", &["phone"]),
    ("userAndLocation.departmentId", "location.departmentId", &["department"]),
    ("userAndLocation.buildingId", "location.buildingId", &["building"]),
    ("userAndLocation.room", "location.room", &["room"]),
];

/// The same for everything of the section `purchasing`: whichever of its fields it is.
const PURCHASING: &[&str] =
    &["ponumber", "podate", "purchas", "vendor", "warranty", "applecare", "lease", "expectancy", "price"];

/// Fields whose value is the id of something that criteria call by its name.
const PLACES: &[(&str, &str)] = &[("department", "department_list"), ("building", "building_list")];

/// What a write to a record comes to.
pub(in crate::gate) struct RecordImpact {
    pub(in crate::gate) impact: Impact,
    pub(in crate::gate) changes: Vec<Change>,
    /// What the judgement rests on: the fields as they are, and the criteria of the groups.
    pub(in crate::gate) basis: Value,
}

/// One field that gets another value.
struct Field {
    path: String,
    /// What is in the names of criteria that look at it; nothing where any criterion may.
    names: Option<Vec<String>>,
    before: String,
    after: String,
    /// The values as criteria would compare them, where they can.
    comparable: Option<(String, String)>,
}

impl Field {
    /// Whether a criterion of this name may look at it.
    fn is_named(&self, criterion: &str) -> bool {
        let criterion = plain_words(criterion);
        self.names.as_ref().is_none_or(|names| names.iter().any(|name| criterion.contains(name.as_str())))
    }

    /// Whether a criterion that looks at it is as true afterwards as before.
    fn leaves(&self, kind: &Kind, criterion: &Criterion, now: Timestamp) -> bool {
        self.names.is_some()
            && self.comparable.as_ref().is_some_and(|(before, after)| {
                let truth = |value: &str| is_true_of(kind.groups_of, criterion, value, now).value();
                truth(before).is_some_and(|was| truth(after) == Some(was))
            })
    }
}

/// What follows for one device.
///
/// # Errors
/// When what it takes to know cannot be read.
pub(in crate::gate) async fn impact_of_record(
    work: &Work<'_>,
    kind: &'static Kind,
    arguments: &Map<String, Value>,
    record: &Value,
    device: &FleetDevice,
) -> Result<RecordImpact, Error> {
    let fields = fields(work, kind, arguments, record).await?;
    let quoted = |text: &str| text::quoted(&text::visible(text), VALUE).trim_matches('"').to_owned();
    let change = |field: &Field| {
        let hidden = |text: &str| {
            let named = render::redacted(&json!({ field.path.clone(): text }));
            quoted(&text_at_key(&named, &field.path))
        };
        Change::new(&field.path, hidden(&field.before), hidden(&field.after))
    };
    let changes: Vec<Change> = fields.iter().map(change).collect();
    let was: Map<String, Value> =
        fields.iter().map(|field| (field.path.clone(), json!(field.before))).collect();
    if fields.is_empty() {
        let impact = Impact { is_harmless: true, ..Impact::on(kind.alone()) };
        return Ok(RecordImpact { impact, changes, basis: json!({ "was": was }) });
    }
    let judged = impact_of_fields(work, kind, arguments, device, &fields).await;
    let (impact, groups) = or_unknown(work, judged, |why| (Impact::unknown(why), Vec::new()))?;
    Ok(RecordImpact { impact, changes, basis: json!({ "was": was, "groups": groups }) })
}

/// What follows when fields of one device change, and the criteria of the groups that may move the device.
async fn impact_of_fields(
    work: &Work<'_>,
    kind: &'static Kind,
    arguments: &Map<String, Value>,
    device: &FleetDevice,
    fields: &[Field],
) -> Result<(Impact, Vec<Value>), Error> {
    let mut impact = Impact::on(kind.alone());
    let view = work.configuration().await?;
    let now = Timestamp::now();
    let may_move = |group: &&GroupRow| fields.iter().any(|field| may_move(kind, group, field, now));
    let matter: Vec<&GroupRow> = configuration::smart_groups(view, kind.groups_of).filter(may_move).collect();
    if let Some(unread) = view.unread_groups(kind.groups_of) {
        impact
            .not_checked
            .push(format!("which smart groups it enters or leaves, for they cannot be read: {unread}"));
    }
    let people: Vec<&str> = fields
        .iter()
        .filter(|field| field.is_named("username"))
        .flat_map(|field| [field.before.as_str(), field.after.as_str()])
        .collect();
    let place = fields.iter().any(|field| field.is_named("building") || field.is_named("department"));
    let mut references = Vec::new();
    if !matter.is_empty() || !people.is_empty() || place {
        let found = matter.iter().flat_map(|group| {
            let own = configuration::group_kind(group.kind);
            configuration::referring(view, own, &group.id, &group.name)
        });
        references.extend(found.filter(|found| found.kind != configuration::SMART_GROUP));
        references.extend(scoped_to(view, kind, arguments, device, &people));
        impact.not_checked.extend(configuration::unread(view));
    }
    references.sort();
    references.dedup();
    // A group that moves and that nothing refers to is seen by nobody.
    impact.is_harmless = references.is_empty() && impact.not_checked.is_empty();
    if !impact.is_harmless {
        let name = |group: &&GroupRow| text::quoted(&group.name, 80);
        for group in matter.iter().take(NAMED) {
            impact.warnings.push(format!("the device may enter or leave the smart group {}", name(group)));
        }
        if matter.len() > NAMED {
            impact.warnings.push(format!("and {} more smart groups", matter.len() - NAMED));
        }
        if references.iter().any(|reference| reference.how == "exclusion") {
            impact.warnings.push(
                "one of them is an exclusion group: devices that leave it will get what it kept them from"
                    .to_owned(),
            );
        }
    }
    impact.references = references;
    let criteria: Vec<Value> =
        matter.iter().map(|group| json!([group.id.to_string(), format!("{:?}", group.criteria)])).collect();
    Ok((impact, criteria))
}

fn text_at_key(value: &Value, key: &str) -> String {
    value.get(key).map(plain).unwrap_or_default()
}

/// Whether a group may have another membership when a field changes.
fn may_move(kind: &Kind, group: &GroupRow, field: &Field, now: Timestamp) -> bool {
    let Known::Known(criteria) = &group.criteria else { return true };
    criteria.iter().any(|criterion| field.is_named(&criterion.name) && !field.leaves(kind, criterion, now))
}

/// What is scoped to the place that the device leaves or enters, or to people.
fn scoped_to(
    view: &View,
    kind: &'static Kind,
    arguments: &Map<String, Value>,
    device: &FleetDevice,
    people: &[&str],
) -> Vec<Reference> {
    let mut after = device.clone();
    let body = arguments.get("body").cloned().unwrap_or_default();
    let section = if kind.name == COMPUTER.name { "userAndLocation" } else { "location" };
    let cleared = |name: &str| {
        let list = arguments.get("clear").and_then(Value::as_array).into_iter().flatten();
        list.into_iter().any(|path| plain(path).ends_with(name))
    };
    for (name, place) in [("buildingId", &mut after.building), ("departmentId", &mut after.department)] {
        if let Some(given) = body.pointer(&format!("/{section}/{name}")) {
            *place = ObjectId::of(given);
        } else if cleared(name) {
            *place = None;
        }
    }
    let is_place = |entry: &Entry| matches!(entry.kind, EntryKind::Building | EntryKind::Department);
    let moves = |entry: &Entry| {
        let is_named = |device: &FleetDevice| device.ask(|device| device.is_named_by(entry));
        is_place(entry) && is_named(device) != is_named(&after)
    };
    let names_them = |entry: &Entry| !people.is_empty() && entry.depends_on_user(people);
    configuration::references_by(configuration::objects(view, kind), |entry| {
        moves(entry) || names_them(entry)
    })
}

/// The fields that get another value than they have.
async fn fields(
    work: &Work<'_>,
    kind: &'static Kind,
    arguments: &Map<String, Value>,
    record: &Value,
) -> Result<Vec<Field>, Error> {
    let body = arguments.get("body").cloned().unwrap_or_default();
    let mut given = Vec::new();
    leaves(&body, "", &mut given);
    for path in arguments.get("clear").and_then(Value::as_array).into_iter().flatten().map(plain) {
        given.push((path.trim_start_matches("body.").to_owned(), Value::Null));
    }
    let known = attributes(record);
    let mut fields = Vec::new();
    for (path, value) in given {
        let last = path.rsplit('.').next().unwrap_or_default();
        if last == "extensionAttributes" || last == "updatedExtensionAttributes" {
            for item in value.as_array().into_iter().flatten() {
                fields.extend(attribute(work, kind, item, &known).await?);
            }
            continue;
        }
        let (before, after) =
            (text_at(record, &path), if value.is_null() { String::new() } else { plain(&value) });
        // What the record does not have at all is not known to be empty.
        let is_there = path.split('.').try_fold(record, |value, name| value.get(name)).is_some();
        if is_there && before == after {
            continue;
        }
        let names = names(kind, &path);
        // Where several fields share their words, a criterion may look at another one of them.
        let shared = ["purchasing.", "barcode"].iter().any(|part| path.contains(part));
        let mut comparable = (!shared && is_there).then(|| (before.clone(), after.clone()));
        if let Some((_, list)) =
            names.filter(|_| is_there).and_then(|names| PLACES.iter().find(|(name, _)| names.contains(name)))
        {
            comparable = places(work, list, &before, &after).await?;
        }
        fields.push(Field {
            path,
            names: names.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            before,
            after,
            comparable,
        });
    }
    Ok(fields)
}

/// What criteria call a field of a record.
fn names(kind: &Kind, path: &str) -> Option<&'static [&'static str]> {
    let computer = kind.name == COMPUTER.name;
    // Mobile devices have their purchasing below their platform.
    let path = ["ios.", "tvos.", "watchOs.", "visionOs."]
        .iter()
        .find_map(|platform| path.strip_prefix(platform))
        .filter(|_| !computer)
        .unwrap_or(path);
    let of = |(of_computers, of_mobile, _): &&(&str, &str, &[&str])| {
        let place = if computer { of_computers } else { of_mobile };
        !place.is_empty() && *place == path
    };
    let purchasing = path.starts_with("purchasing.").then_some(PURCHASING);
    FIELDS.iter().find(of).map(|(_, _, names)| *names).or(purchasing)
}

/// Letters and digits only, in lower case.
fn plain_words(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Names of two places by their ids; an id that stands for none has no name.
async fn places(
    work: &Work<'_>,
    list: &str,
    before: &str,
    after: &str,
) -> Result<Option<(String, String)>, Error> {
    let found = match work.rows(list, json!({}), &["id", "name"]).await {
        Ok(found) => found,
        Err(error) if error.is_of_jamf() => return Ok(None),
        Err(error) => return Err(error),
    };
    super::whole(&found)?;
    let name = |id: &str| match ObjectId::parse(id) {
        None => Some(String::new()),
        Some(id) => found.rows.iter().find(|row| id.is_at(row, "id")).map(|row| text_at(row, "name")),
    };
    Ok(name(before).zip(name(after)))
}

/// One extension attribute that gets another value. Which one it is, is told by its id or by its name.
async fn attribute(
    work: &Work<'_>,
    kind: &'static Kind,
    item: &Value,
    known: &Attributes,
) -> Result<Option<Field>, Error> {
    let (id, name) = (ObjectId::at(item, "definitionId"), text_at(item, "name"));
    let there = known.get(&id).cloned().or_else(|| known.values().find(|(known, _)| *known == name).cloned());
    let name = match (&there, name.is_empty()) {
        (_, false) => Some(name),
        (Some((name, _)), true) => Some(name.clone()),
        (None, true) => name_of(work, kind, id.as_ref()).await?,
    };
    let is_there = there.is_some();
    let before = there.map(|(_, values)| values).unwrap_or_default();
    let after = values(item);
    if is_there && name.is_some() && before == after {
        return Ok(None);
    }
    let one = |values: &[String]| match values {
        [] => Some(String::new()),
        [one] => Some(one.clone()),
        _ => None,
    };
    Ok(Some(Field {
        path: format!(
            "extension attribute {}",
            name.clone().or_else(|| id.map(|id| id.to_string())).unwrap_or_default()
        ),
        names: name.map(|name| vec![plain_words(&name)]),
        comparable: one(&before).zip(one(&after)).filter(|_| is_there),
        before: before.join(", "),
        after: after.join(", "),
    }))
}

async fn name_of(work: &Work<'_>, kind: &Kind, id: Option<&ObjectId>) -> Result<Option<String>, Error> {
    let Some(id) = id else { return Ok(None) };
    let list = if kind.name == COMPUTER.name {
        "computer_extension_attribute_list"
    } else {
        "mobile_device_extension_attribute_list"
    };
    let found = match work.rows(list, json!({}), &["id", "name"]).await {
        Ok(found) => found,
        Err(error) if error.is_of_jamf() => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(found.rows.iter().find(|row| id.is_at(row, "id")).map(|row| text_at(row, "name")))
}

fn values(item: &Value) -> Vec<String> {
    match item.get("values").or_else(|| item.get("value")) {
        Some(Value::Array(values)) => values.iter().map(plain).filter(|value| !value.is_empty()).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![plain(one)],
    }
}

/// Extension attributes by their id: name and values.
type Attributes = BTreeMap<Option<ObjectId>, (String, Vec<String>)>;

/// The extension attributes of a record, in whatever section they are shown.
fn attributes(record: &Value) -> Attributes {
    let mut found = BTreeMap::new();
    let Some(map) = record.as_object() else { return found };
    for (name, below) in map {
        match below {
            Value::Array(list) if name == "extensionAttributes" => {
                for item in list {
                    let id = ObjectId::at(item, "definitionId").or_else(|| ObjectId::at(item, "id"));
                    found.insert(id, (text_at(item, "name"), values(item)));
                }
            }
            below => found.extend(attributes(below)),
        }
    }
    found
}

/// Everything that is given, by its dotted path; lists are one thing.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(value, &path, found);
            }
        }
        value => found.push((path.to_owned(), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;
    use crate::fleet::groups::GroupKind;
    use crate::gate::fleet::MOBILE_DEVICE;

    fn group(name: &str, kind: &str, value: &str) -> GroupRow {
        let criteria = json!({ "criteria": [
            { "name": "Model", "searchType": "is", "value": "x" },
            { "name": name, "searchType": kind, "value": value },
        ] });
        GroupRow {
            kind: GroupKind::Computer,
            id: ObjectId::Number(1),
            name: "Group".to_owned(),
            is_smart: true,
            criteria: Known::Known(Criterion::read_all(&criteria)),
            counted: None,
        }
    }

    fn may_move(group: &GroupRow, field: &Field) -> bool {
        super::may_move(&COMPUTER, group, field, Timestamp::now())
    }

    fn field(names: &[&str], before: &str, after: &str) -> Field {
        Field {
            path: "x".to_owned(),
            names: Some(names.iter().map(|name| plain_words(name)).collect()),
            before: before.to_owned(),
            after: after.to_owned(),
            comparable: Some((before.to_owned(), after.to_owned())),
        }
    }

    #[test]
    fn a_group_matters_where_the_truth_of_a_criterion_changes_or_cannot_be_told() {
        let ring = |before, after| field(&["Update Ring"], before, after);
        let one = group("Update Ring", "is", "Ring 1");
        assert!(may_move(&one, &ring("Ring 2", "Ring 1")) && may_move(&one, &ring("Ring 1", "")));
        assert!(!may_move(&one, &ring("Ring 2", "Ring 3")), "it is in neither before nor after");
        assert!(may_move(&group("update ring", "resembles", "R"), &ring("Ring 2", "Ring 3")), "who knows");
        assert!(!may_move(&group("update ring", "matches regex", "R"), &ring("Ring 2", "Ring 3")), "in both");
        assert!(!may_move(&group("Asset Tag", "is", "7"), &ring("Ring 2", "Ring 1")));
        let any = Field { names: None, ..ring("a", "b") };
        assert!(may_move(&one, &any), "nobody knows what it is called");
    }

    #[test]
    fn every_field_of_both_records_is_known_or_may_be_any() {
        let unknown = |tool: &str, kind: &'static Kind| {
            let schema = Value::Object(Catalogue::get().find(tool).unwrap().input_schema());
            fn paths(schema: &Value, path: &str, found: &mut Vec<String>) {
                match schema.get("properties").and_then(Value::as_object) {
                    Some(properties) => {
                        for (name, below) in properties {
                            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                            paths(below, &path, found);
                        }
                    }
                    None => found.push(path.to_owned()),
                }
            }
            let mut found = Vec::new();
            paths(&schema["properties"]["body"], "", &mut found);
            found.retain(|path| !path.ends_with("xtensionAttributes") && names(kind, path).is_none());
            found
        };
        assert_eq!(
            unknown("computer_update", &COMPUTER),
            [
                "udid",
                "hardware.networkAdapterType",
                "hardware.macAddress",
                "hardware.altNetworkAdapterType",
                "hardware.altMacAddress"
            ]
        );
        assert_eq!(unknown("mobile_device_update", &MOBILE_DEVICE), ["enforceName"]);
    }

    #[test]
    fn attributes_are_found_in_every_section() {
        let record = json!({
            "extensionAttributes": [{ "definitionId": "1", "name": "Ring", "values": ["a"] }],
            "general": { "extensionAttributes": [{ "definitionId": "2", "name": "Lab", "values": [] }] },
        });
        let found = attributes(&record);
        let known = |id: &str| found[&ObjectId::parse(id)].clone();
        assert_eq!(known("1"), ("Ring".to_owned(), vec!["a".to_owned()]));
        assert_eq!(known("2"), ("Lab".to_owned(), Vec::new()));
    }
}
