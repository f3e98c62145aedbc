//! A group that asks for something holds exactly the devices that it finds, and a saved search too.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{Rule, Told, World, field, rows, world};
use crate::store::id_text;

/// What a criterion looks at: texts of which one is enough, or a moment.
enum Fact {
    Texts(Vec<String>),
    Moment(Option<i64>),
}

fn text(text: &str) -> Fact {
    Fact::Texts(vec![text.to_owned()])
}

fn flag(value: &Value, yes: &str, no: &str) -> Fact {
    text(value.as_bool().map_or("", |flag| if flag { yes } else { no }))
}

/// `BOOT_ENCRYPTED` as the interface has it.
fn file_vault(status: &str) -> &'static str {
    match status {
        "NOT_ENCRYPTED" => "No Partitions Encrypted",
        "BOOT_ENCRYPTED" => "Boot Partitions Encrypted",
        "ALL_ENCRYPTED" => "All Partitions Encrypted",
        "SOME_ENCRYPTED" => "Some Partitions Encrypted",
        _ => "N/A",
    }
}

/// What a criterion of a name looks at in a device; nothing where this does not know it.
fn fact(world: &World, told: &Told, members: &Members, name: &str) -> Option<Fact> {
    let named = |family: &str, id: &str| {
        let found = world.list(family).iter().find(|own| field(own, "id") == id);
        found.map(|own| field(own, "name")).unwrap_or_default()
    };
    Some(match name {
        "Computer Name" => text(told.text("/general/name")),
        "Operating System" => text(told.text("/operatingSystem/name")),
        "Operating System Version" => text(told.text("/operatingSystem/version")),
        "Managed" => flag(told.at("/general/remoteManagement/managed"), "Managed", "Unmanaged"),
        "Last Check-in" => Fact::Moment(told.moment("/general/lastCheckIn")),
        "FileVault 2 Status" => text(file_vault(told.text("/operatingSystem/fileVault2Status"))),
        "FileVault 2 Individual Key Validation" => {
            let status = told.text("/diskEncryption/individualRecoveryKeyValidityStatus");
            text(
                &[status.get(..1).unwrap_or_default(), &status.get(1..).unwrap_or_default().to_lowercase()]
                    .concat(),
            )
        }
        "Firewall Enabled" => flag(told.at("/security/firewallEnabled"), "Enabled", "Disabled"),
        "Department" => text(named("departments", told.text("/userAndLocation/departmentId"))),
        "Building" => text(named("buildings", told.text("/userAndLocation/buildingId"))),
        "Application Title" => {
            Fact::Texts(told.rows("/applications").iter().map(|app| field(app, "name").to_owned()).collect())
        }
        "Computer Group" | "Mobile Device Group" => {
            let own = members.iter().filter(|(_, ids)| ids.contains(&told.id));
            Fact::Texts(own.map(|(name, _)| name.clone()).collect())
        }
        "Model" => text(told.text("/hardware/model")),
        "Lost Mode" => flag(told.at("/security/lostModeEnabled"), "Enabled", "Disabled"),
        "Last Inventory Update" => Fact::Moment(
            told.moment("/general/lastInventoryUpdateDate").or_else(|| told.moment("/general/reportDate")),
        ),
        "Supervised" => flag(told.at("/general/supervised"), "Supervised", "Not Supervised"),
        "Passcode Status" => {
            flag(told.at("/security/passcodePresent"), "Passcode Present", "Passcode Not Present")
        }
        attribute => {
            let row = told.rows("/extensionAttributes").iter().find(|row| field(row, "name") == attribute)?;
            text(row["values"][0].as_str().unwrap_or_default())
        }
    })
}

/// Whether a fact meets a criterion; nothing where this does not know the operator.
fn meets(now: i64, fact: &Fact, operator: &str, value: &str) -> Option<bool> {
    let wanted = value.to_lowercase();
    let days = || value.parse::<i64>().unwrap_or(0) * 24 * 60 * 60 * 1000;
    let texts: Vec<String> = match fact {
        Fact::Texts(texts) => texts.iter().map(|own| own.to_lowercase()).collect(),
        Fact::Moment(at) => {
            return match operator {
                "more than x days ago" => Some(at.is_some_and(|at| at < now - days())),
                "less than x days ago" => Some(at.is_some_and(|at| at > now - days())),
                _ => None,
            };
        }
    };
    let is = texts.contains(&wanted);
    let like = texts.iter().any(|own| own.contains(&wanted));
    Some(match operator {
        "is" | "has" | "member of" => is,
        "is not" | "does not have" | "not member of" => !is,
        "like" => like,
        "not like" => !like,
        _ => return None,
    })
}

type Members = HashMap<String, BTreeSet<String>>;

/// The ids of the devices that criteria find; nothing where this does not know one of them.
fn found(world: &World, all: &[Told], members: &Members, criteria: &[Value]) -> Option<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    for told in all {
        let mut holds = true;
        for (at, criterion) in criteria.iter().enumerate() {
            let part = |names: [&'static str; 2]| {
                names
                    .iter()
                    .map(|name| field(criterion, name))
                    .find(|own| !own.is_empty())
                    .unwrap_or_default()
            };
            let fact = fact(world, told, members, field(criterion, "name"))?;
            let meets =
                meets(world.now, &fact, part(["search_type", "searchType"]), field(criterion, "value"))?;
            holds = match part(["and_or", "andOr"]) {
                _ if at == 0 => meets,
                "or" => holds || meets,
                _ => holds && meets,
            };
        }
        if holds {
            ids.insert(told.id.clone());
        }
    }
    Some(ids)
}

fn ids(list: &Value) -> BTreeSet<String> {
    rows(list).iter().map(|row| id_text(&row["id"])).collect()
}

fn compare(rule: &mut Rule, name: &str, told: &BTreeSet<String>, found: Option<&BTreeSet<String>>) {
    let differ = |found: &BTreeSet<String>| {
        let (more, less): (Vec<_>, Vec<_>) =
            (told.difference(found).take(5).collect(), found.difference(told).take(5).collect());
        format!("{name}: {} members, {} are found: not {more:?}, but {less:?}", told.len(), found.len())
    };
    rule.holds(found == Some(told), || found.map_or(format!("{name}: criteria unknown here"), differ));
}

#[tokio::test]
async fn smart_groups_hold_what_their_criteria_find() {
    let world = world().await;
    let mut rule = Rule::default();
    for (family, list, all, key) in [
        ("computergroups", "computers", &world.computers, "/groupMemberships"),
        ("mobiledevicegroups", "mobile_devices", &world.devices, "/groups"),
    ] {
        let groups = world.list(family);
        let members: Members =
            groups.iter().map(|group| (field(group, "name").to_owned(), ids(&group[list]))).collect();
        for group in groups {
            let (name, own) = (field(group, "name"), ids(&group[list]));
            if group["is_smart"] == true {
                let found = found(world, all, &members, rows(&group["criteria"]));
                compare(&mut rule, name, &own, found.as_ref());
            }
            // The records of the devices say the same.
            let id = id_text(&group["id"]);
            let in_it = |told: &&Told| told.rows(key).iter().any(|row| id_text(&row["groupId"]) == id);
            let told: BTreeSet<String> = all.iter().filter(in_it).map(|told| told.id.clone()).collect();
            compare(&mut rule, &format!("{name} by its members"), &told, Some(&own));
        }
    }
}

#[tokio::test]
async fn a_saved_search_has_what_its_criteria_find() {
    let world = world().await;
    let mut rule = Rule::default();
    for search in world.list("advancedcomputersearches") {
        let found = found(world, &world.computers, &Members::new(), rows(&search["criteria"]));
        compare(&mut rule, field(search, "name"), &ids(&search["computers"]), found.as_ref());
    }
}
