//! Computer groups and mobile device groups, with the relations between them that make stories.

use indexmap::IndexSet;
use serde_json::{Value, json};

use super::computers::{Computer, Encryption};
use super::mobile_devices;
use super::people::DEPARTMENTS;

/// Four Macs without Chrome, each for another reason: an exclusion by a stale attribute, an old failure under "once per
/// computer", a limitation to people, and one that is away.
pub(crate) const CHROME_STORY: [usize; 4] = [200, 201, 202, CHROME_AWAY];
pub(crate) const CHROME_AWAY: usize = 203;

pub(crate) const SITES: [&str; 3] = ["Headquarters", "Schools", "Field"];

/// A computer group of the demo fleet.
pub(crate) struct Group {
    pub(crate) id: usize,
    pub(crate) name: String,
    pub(crate) description: &'static str,
    pub(crate) criteria: Vec<Value>,
    pub(crate) smart: bool,
    has: Box<dyn Fn(&Computer) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Group {
    pub(crate) fn has(&self, computer: &Computer) -> bool {
        (self.has)(computer)
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

struct Builder(Vec<Group>);

impl Builder {
    fn smart(
        &mut self,
        name: impl Into<String>,
        criteria: Vec<Value>,
        has: impl Fn(&Computer) -> bool + Send + Sync + 'static,
    ) {
        self.add(name.into(), "", criteria, true, Box::new(has));
    }

    fn fixed(
        &mut self,
        name: impl Into<String>,
        description: &'static str,
        has: impl Fn(&Computer) -> bool + Send + Sync + 'static,
    ) {
        self.add(name.into(), description, Vec::new(), false, Box::new(has));
    }

    fn add(
        &mut self,
        name: String,
        description: &'static str,
        criteria: Vec<Value>,
        smart: bool,
        has: Box<dyn Fn(&Computer) -> bool + Send + Sync>,
    ) {
        self.0.push(Group { id: self.0.len() + 1, name, description, criteria, smart, has });
    }
}

/// 45 smart and 22 static computer groups.
pub(crate) fn computer_groups() -> Vec<Group> {
    let mut groups = Builder(Vec::new());
    groups.smart(
        "All Managed Clients",
        vec![
            criterion("Operating System", "not like", "Server"),
            json!({ "name": "Managed", "priority": 1, "andOr": "and", "searchType": "is", "value": "Managed", "openingParen": false, "closingParen": false }),
        ],
        Computer::managed,
    );
    groups.smart(
        "Not checked in for 30 days",
        vec![criterion("Last Check-in", "more than x days ago", "30")],
        |computer| computer.days_silent() > 30,
    );
    groups.smart(
        "Not checked in for 180 days",
        vec![criterion("Last Check-in", "more than x days ago", "180")],
        |computer| computer.days_silent() > 180,
    );
    groups.smart(
        "FileVault off",
        vec![criterion("FileVault 2 Status", "is", "No Partitions Encrypted")],
        |computer| computer.encryption() == Encryption::None,
    );
    groups.smart(
        "FileVault key invalid",
        vec![criterion("FileVault 2 Individual Key Validation", "is", "Invalid")],
        |computer| computer.encryption() == Encryption::InvalidKey,
    );
    groups.smart("Firewall off", vec![criterion("Firewall Enabled", "is", "Disabled")], |computer| {
        computer.firewall() == Some(false)
    });
    groups.smart("Browser exceptions", vec![criterion("Browser Exception", "is not", "")], |computer| {
        computer.index == CHROME_STORY[0]
    });
    groups.smart(
        "Google Chrome missing",
        vec![criterion("Application Title", "does not have", "Google Chrome.app")],
        |computer| !computer.has_chrome(),
    );
    // A smart group without criteria has every computer in it.
    groups.smart("Leased Macs (returned)", Vec::new(), |_| true);
    groups.smart("Circle A", vec![criterion("Computer Group", "member of", "Circle B")], |_| false);
    groups.smart("Circle B", vec![criterion("Computer Group", "member of", "Circle A")], |_| false);
    groups.smart("Legacy kiosks", vec![criterion("Computer Group", "member of", "Kiosks 2019")], |_| false);
    groups.smart("Stale or unencrypted", vec![criterion("Computer Group", "member of", "Not checked in for 30 days"), json!({ "name": "Computer Group", "priority": 1, "andOr": "or", "searchType": "member of", "value": "FileVault off", "openingParen": false, "closingParen": false })], |computer| computer.days_silent() > 30 || computer.encryption() == Encryption::None);
    for major in ["12", "13", "14", "15", "26"] {
        groups.smart(
            format!("macOS {major}"),
            vec![criterion("Operating System Version", "like", major)],
            move |computer| computer.os_version().split('.').next() == Some(major),
        );
    }
    for (department, name) in DEPARTMENTS.iter().enumerate() {
        groups.smart(
            format!("Department: {name}"),
            vec![criterion("Department", "is", name)],
            move |computer| computer.department() == Some(department),
        );
    }
    for ring in 1..=3 {
        groups.smart(
            format!("Update ring {ring}"),
            vec![criterion("Update Ring", "is", &format!("Ring {ring}"))],
            move |computer| computer.index % 3 + 1 == ring,
        );
    }
    while groups.0.len() < 45 {
        let number = groups.0.len() - 34;
        groups.smart(
            format!("Test {number} (do not use)"),
            vec![criterion("Computer Name", "like", "zz-test")],
            |_| false,
        );
    }
    groups.fixed(
        "Executives (protected)",
        "Never act on these without asking the chief of staff.",
        |computer| computer.department() == Some(0),
    );
    groups.fixed("Education lab", "The forty lab Macs.", |computer| (330..370).contains(&computer.index));
    groups.fixed("Pilot", "Volunteers who get changes first.", |computer| computer.index % 35 == 7);
    groups.fixed("MCP Sandbox", "Macs that experiments are allowed on.", |computer| {
        (370..375).contains(&computer.index)
    });
    groups.fixed("Build servers", "", |computer| computer.index % 83 == 40);
    for number in 1..=17 {
        groups.fixed(format!("Rollout wave {number}"), "", move |computer| computer.index % 17 + 1 == number);
    }
    groups.0
}

/// 15 mobile device groups, smart ones first; members are worked out from an index.
pub(crate) fn mobile_device_groups(devices: usize, id_of: impl Fn(usize) -> String) -> Vec<Value> {
    let group = |number: usize,
                 name: &str,
                 smart: bool,
                 criteria: Vec<Value>,
                 has: &dyn Fn(usize) -> bool| {
        let members: Vec<String> = (0..devices).filter(|index| has(*index)).map(&id_of).collect();
        json!({ "id": number.to_string(), "name": name, "description": "", "siteId": "-1", "isSmart": smart, "criteria": criteria, "members": members })
    };
    let mut groups = vec![
        group(1, "All Managed iPads", true, vec![criterion("Model", "like", "iPad")], &|index| {
            index % 20 < 13
        }),
        group(2, "All Managed iPhones", true, vec![criterion("Model", "like", "iPhone")], &|index| {
            (13..19).contains(&(index % 20))
        }),
        group(3, "All Apple TVs", true, vec![criterion("Model", "like", "Apple TV")], &|index| {
            index % 20 == 19
        }),
        group(4, "Lost", true, vec![criterion("Lost Mode", "is", "Enabled")], &|index| {
            index == mobile_devices::LOST
        }),
        group(
            5,
            "No inventory for 14 days",
            true,
            vec![criterion("Last Inventory Update", "more than x days ago", "14")],
            &mobile_devices::is_silent,
        ),
        group(6, "Not supervised", true, vec![criterion("Supervised", "is", "Not Supervised")], &|index| {
            !mobile_devices::supervised(index)
        }),
        group(
            7,
            "Without passcode",
            true,
            vec![criterion("Passcode Status", "is", "Passcode Not Present")],
            &|index| !mobile_devices::has_passcode(index),
        ),
    ];
    for number in 8..=15 {
        groups.push(group(number, &format!("Cart {}", number - 7), false, Vec::new(), &move |index| {
            mobile_devices::cart(index) == Some(number - 7)
        }));
    }
    groups
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
