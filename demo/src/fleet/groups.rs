//! Computer groups and mobile device groups, with the relations between them that make stories.

use indexmap::IndexSet;
use serde_json::{Value, json};

use super::computers::Computer;
use super::mobile_devices;
use super::people::DEPARTMENTS;
use crate::store::set;

/// Four Macs without Chrome, each for another reason: an exclusion by a stale attribute, an old failure under "once per
/// computer", a limitation to people, and one that is away.
pub(crate) const CHROME_STORY: [usize; 4] = [200, 201, 202, CHROME_AWAY];
pub(crate) const CHROME_AWAY: usize = 203;

pub(crate) const SITES: [&str; 3] = ["Headquarters", "Schools", "Field"];

/// A computer group of the demo fleet. Who is in a smart one follows from its criteria.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: usize,
    pub(crate) name: String,
    pub(crate) description: &'static str,
    pub(crate) criteria: Vec<Value>,
    pub(crate) members: Members,
}

/// Who is in a group.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Members {
    Chosen,
    Fixed(fn(&Computer) -> bool),
    /// Every so many computers, beginning with one.
    Every(usize, usize),
}

impl Group {
    pub(crate) fn smart(&self) -> bool {
        matches!(self.members, Members::Chosen)
    }
}

pub(crate) fn site(index: usize) -> Value {
    match index % 12 {
        0..=7 => json!({ "id": "-1", "name": "None" }),
        8 | 9 => json!({ "id": "1", "name": SITES[0] }),
        10 => json!({ "id": "2", "name": SITES[1] }),
        _ => json!({ "id": "3", "name": SITES[2] }),
    }
}

fn criterion(name: &str, operator: &str, value: &str) -> Value {
    json!({ "name": name, "priority": 0, "andOr": "and", "searchType": operator, "value": value, "openingParen": false, "closingParen": false })
}

/// Criteria that all have to be true, or any of them.
fn any_of(word: &str, rows: &[(&str, &str, &str)]) -> Vec<Value> {
    let row = |(priority, (name, operator, value)): (usize, &(&str, &str, &str))| {
        let mut row = criterion(name, operator, value);
        set(&mut row, "priority", json!(priority));
        set(&mut row, "andOr", json!(if priority == 0 { "and" } else { word }));
        row
    };
    rows.iter().enumerate().map(row).collect()
}

struct Builder(Vec<Group>);

impl Builder {
    fn smart(&mut self, name: impl Into<String>, criteria: Vec<Value>) {
        self.add(name.into(), "", criteria, Members::Chosen);
    }

    fn fixed(&mut self, name: impl Into<String>, description: &'static str, members: Members) {
        self.add(name.into(), description, Vec::new(), members);
    }

    fn add(&mut self, name: String, description: &'static str, criteria: Vec<Value>, members: Members) {
        self.0.push(Group { id: self.0.len() + 1, name, description, criteria, members });
    }
}

/// 45 smart and 22 static computer groups.
pub(crate) fn computer_groups() -> Vec<Group> {
    let mut groups = Builder(Vec::new());
    let managed = [("Operating System", "not like", "Server"), ("Managed", "is", "Managed")];
    groups.smart("All Managed Clients", any_of("and", &managed));
    for (name, criterion, operator, value) in [
        ("Not checked in for 30 days", "Last Check-in", "more than x days ago", "30"),
        ("Not checked in for 180 days", "Last Check-in", "more than x days ago", "180"),
        ("FileVault off", "FileVault 2 Status", "is", "No Partitions Encrypted"),
        ("FileVault key invalid", "FileVault 2 Individual Key Validation", "is", "Invalid"),
        ("Firewall off", "Firewall Enabled", "is", "Disabled"),
        ("Browser exceptions", "Browser Exception", "is not", ""),
        ("Google Chrome missing", "Application Title", "does not have", "Google Chrome.app"),
    ] {
        groups.smart(name, any_of("and", &[(criterion, operator, value)]));
    }
    // A smart group without criteria has every computer in it.
    groups.smart("Leased Macs (returned)", Vec::new());
    groups.smart("Circle A", vec![criterion("Computer Group", "member of", "Circle B")]);
    groups.smart("Circle B", vec![criterion("Computer Group", "member of", "Circle A")]);
    groups.smart("Legacy kiosks", vec![criterion("Computer Group", "member of", "Kiosks 2019")]);
    let either = [
        ("Computer Group", "member of", "Not checked in for 30 days"),
        ("Computer Group", "member of", "FileVault off"),
    ];
    groups.smart("Stale or unencrypted", any_of("or", &either));
    for major in ["12", "13", "14", "15", "26"] {
        let version = ("Operating System Version", "like", &*format!("{major}."));
        groups.smart(format!("macOS {major}"), any_of("and", &[version]));
    }
    for name in DEPARTMENTS {
        groups.smart(format!("Department: {name}"), vec![criterion("Department", "is", name)]);
    }
    for ring in 1..=3 {
        let criteria = vec![criterion("Update Ring", "is", &format!("Ring {ring}"))];
        groups.smart(format!("Update ring {ring}"), criteria);
    }
    while groups.0.len() < 45 {
        let number = groups.0.len() - 34;
        let criteria = vec![criterion("Computer Name", "like", "zz-test")];
        groups.smart(format!("Test {number} (do not use)"), criteria);
    }
    groups.fixed(
        "Executives (protected)",
        "Never act on these without asking the chief of staff.",
        Members::Fixed(|computer| computer.department() == Some(0)),
    );
    groups.fixed(
        "Education lab",
        "The forty lab Macs.",
        Members::Fixed(|computer| (330..370).contains(&computer.index)),
    );
    groups.fixed("Pilot", "Volunteers who get changes first.", Members::Every(35, 7));
    groups.fixed(
        "MCP Sandbox",
        "Macs that experiments are allowed on.",
        Members::Fixed(|computer| (370..375).contains(&computer.index)),
    );
    groups.fixed("Build servers", "", Members::Every(83, 40));
    for number in 1..=17 {
        let members = Members::Every(17, number - 1);
        match number {
            2 => groups.fixed("Video suite", "Licensed for Final Cut Pro.", Members::Every(VIDEO.0, VIDEO.1)),
            // Forgotten after a migration; one exclusion still names it, and the Wi-Fi of its Macs suffers.
            7 => groups.fixed(OLD, "", Members::Every(14, 6)),
            _ => groups.fixed(format!("Rollout wave {number}"), "", members),
        }
    }
    groups.0
}

/// The Macs of the video suite: every so many, beginning with one.
pub(crate) const VIDEO: (usize, usize) = (42, 3);

/// The group that keeps the root certificate from thirty Macs.
pub(crate) const OLD: &str = "zz_OLD \u{2013} DO NOT DELETE";

/// 15 mobile device groups, smart ones first; the static ones hold the iPads of the cart that they are named after.
pub(crate) fn mobile_device_groups() -> Vec<Value> {
    let group = |number: usize, name: &str, smart: bool, criteria: Vec<Value>| json!({ "id": number.to_string(), "name": name, "description": "", "siteId": "-1", "isSmart": smart, "criteria": criteria, "members": [] });
    let chosen = [
        ("All Managed iPads", "Model", "like", "iPad"),
        ("All Managed iPhones", "Model", "like", "iPhone"),
        ("All Apple TVs", "Model", "like", "Apple TV"),
        ("Lost", "Lost Mode", "is", "Enabled"),
        ("No inventory for 14 days", "Last Inventory Update", "more than x days ago", "14"),
        ("Not supervised", "Supervised", "is", "Not Supervised"),
        ("Without passcode", "Passcode Status", "is", "Passcode Not Present"),
    ];
    let chosen = chosen.iter().zip(1..).map(|((name, field, operator, value), number)| {
        group(number, name, true, any_of("and", &[(field, operator, value)]))
    });
    let carts = (8..=15).map(|number| group(number, &format!("Cart {}", number - 7), false, Vec::new()));
    chosen.chain(carts).collect()
}

/// Whether a mobile device stands in the cart of a name.
pub(crate) fn in_cart(index: usize, name: &str) -> bool {
    mobile_devices::cart(index).is_some_and(|cart| name == format!("Cart {cart}"))
}

/// PreStage enrollments by name, with the locks that a write has to echo, and the serial numbers that are assigned to each.
pub(super) fn prestages(names: &[&str], serials: &[IndexSet<String>]) -> Vec<Value> {
    let prestage = |(index, name): (usize, &&str)| {
        let part = || json!({ "id": (index + 1).to_string(), "versionLock": 0 });
        json!({
            "id": (index + 1).to_string(), "displayName": name, "mandatory": true, "mdmRemovable": index == 2,
            "defaultPrestage": index == 0, "enrollmentSiteId": "-1", "siteId": "-1", "versionLock": 0,
            "locationInformation": part(), "purchasingInformation": part(),
            "scopeLock": 0, "serials": serials.get(index),
        })
    };
    names.iter().enumerate().map(prestage).collect()
}
