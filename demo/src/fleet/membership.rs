//! Who is in which group at the start, and what each device is as far as scopes ask.

use std::{cell::RefCell, collections::HashSet, num::NonZero};

use serde_json::{Value, json};

use super::{
    Computer, ComputerSection, Fleet, directory,
    groups::{self, Group, Members},
    people::{self, BUILDINGS, DEPARTMENTS},
    scopes::DeviceFacts,
    short_name,
};
use crate::{
    criteria::{Subject, choose},
    inventory::{Kind, SECTIONS},
    store::{id_text, set},
};

/// The name of a building or department of the start.
fn place(family: &str, id: &str) -> String {
    let at = id.parse::<usize>().ok().and_then(|id| id.checked_sub(1));
    let name = at.and_then(|at| match family {
        "buildings" => BUILDINGS.get(at).map(|(name, ..)| *name),
        _ => DEPARTMENTS.get(at).copied(),
    });
    name.unwrap_or_default().to_owned()
}

/// The ids of the groups that scopes name anywhere.
fn named_groups(scopes: &[&Value]) -> HashSet<String> {
    let mut ids = HashSet::new();
    for scope in scopes {
        for list in ["", "/exclusions", "/untold"] {
            let rows = scope.pointer(&format!("{list}/computer_groups")).and_then(Value::as_array);
            ids.extend(rows.into_iter().flatten().filter_map(|row| row.get("id").map(id_text)));
        }
    }
    ids
}

fn decide(
    groups: &[Group],
    at: usize,
    computer: &Computer,
    subject: &Subject<'_>,
    known: &RefCell<Vec<Option<bool>>>,
) -> bool {
    if let Some(known) = known.borrow().get(at).copied().flatten() {
        return known;
    }
    let Some(group) = groups.get(at) else { return false };
    let keep =
        |is_in: bool| known.borrow_mut().get_mut(at).into_iter().for_each(|place| *place = Some(is_in));
    // A group that is asked for by one of its own criteria holds nobody.
    keep(false);
    let named = |name: &str| {
        let found = groups.iter().position(|group| group.name == name);
        found.is_some_and(|at| decide(groups, at, computer, subject, known))
    };
    let is_in = match group.members {
        Members::Chosen => choose(&group.criteria, subject, &named),
        Members::Fixed(has) => has(computer),
        Members::Every(many, first) => computer.index % many == first,
    };
    keep(is_in);
    is_in
}

impl Fleet {
    /// Which of the groups a computer is in, worked out.
    pub(super) fn evaluate_groups(&self, index: usize) -> Vec<bool> {
        let computer = self.computer(index);
        self.with_subject(index, &|subject| {
            let known = RefCell::new(vec![None; self.groups.len()]);
            (0..self.groups.len()).map(|at| decide(&self.groups, at, &computer, subject, &known)).collect()
        })
    }

    /// Which of the groups that scopes name a computer is in: known, or worked out for these alone.
    fn in_groups_of(&self, index: usize, scopes: &[&Value]) -> HashSet<String> {
        let known = self.memberships.get().and_then(|all| all.get(index));
        let wanted = named_groups(scopes);
        let places =
            self.groups.iter().enumerate().filter(|(_, group)| wanted.contains(&group.id.to_string()));
        let places: Vec<usize> = places.map(|(at, _)| at).collect();
        let is_in = |at: usize, decided: &dyn Fn(usize) -> bool| {
            known.map_or_else(|| decided(at), |own| own.get(at).copied().unwrap_or_default())
        };
        let computer = self.computer(index);
        let own = self.with_subject(index, &|subject| {
            let decisions = RefCell::new(vec![None; self.groups.len()]);
            let decided = |at| decide(&self.groups, at, &computer, subject, &decisions);
            places.iter().copied().filter(|at| is_in(*at, &decided)).collect::<Vec<usize>>()
        });
        own.into_iter().filter_map(|at| self.groups.get(at)).map(|group| group.id.to_string()).collect()
    }

    fn with_subject<T>(&self, index: usize, then: &dyn Fn(&Subject<'_>) -> T) -> T {
        let computer = self.computer(index);
        let part = |name: &str| {
            let section =
                SECTIONS.iter().find(|(_, property, _)| *property == name).map(|(.., section)| *section);
            // Profiles, certificates and receipts follow from scopes, which follow from groups.
            match section {
                Some(
                    ComputerSection::ConfigurationProfiles
                    | ComputerSection::Certificates
                    | ComputerSection::PackageReceipts,
                )
                | None => Value::Null,
                Some(section) => computer.section(section, Vec::new()),
            }
        };
        let applications = || {
            let all = computer.application_versions(|_| true);
            all.map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
        };
        then(&Subject::new(Kind::Computers, self.options.now, &part, &applications, &place))
    }

    /// Which of the groups each computer is in, worked out once.
    pub(crate) fn memberships(&self) -> &[Vec<bool>] {
        self.memberships.get_or_init(|| self.of_each(|index| self.evaluate_groups(index)))
    }

    /// Something of every computer, by as many threads as there are processors.
    fn of_each<T: Send>(&self, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let count = self.options.computers;
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(count / 500 + 1);
        let share = count.div_ceil(threads).max(1);
        let make = &make;
        std::thread::scope(|scope| {
            let parts = (0..threads).map(|part| (part * share).min(count)..((part + 1) * share).min(count));
            let parts: Vec<_> =
                parts.map(|part| scope.spawn(move || part.map(make).collect::<Vec<T>>())).collect();
            parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
        })
    }

    /// Which of the groups a computer is in.
    pub(super) fn in_groups(&self, index: usize) -> Vec<bool> {
        let known = self.memberships.get().and_then(|all| all.get(index));
        known.cloned().unwrap_or_else(|| self.evaluate_groups(index))
    }

    /// The computers that the criteria of each saved search choose at the start.
    pub(super) fn found(&self, searches: &[Vec<Value>]) -> Vec<Vec<usize>> {
        let chosen = |index: usize| -> Vec<bool> {
            let is_in = self.in_groups(index);
            let named = |name: &str| {
                let at = self.groups.iter().position(|group| group.name == name);
                at.and_then(|at| is_in.get(at).copied()).unwrap_or_default()
            };
            self.with_subject(index, &|subject| {
                searches.iter().map(|criteria| choose(criteria, subject, &named)).collect()
            })
        };
        let all = self.of_each(chosen);
        let of_search = |search: usize| {
            let chosen = all.iter().enumerate().filter(|(_, own)| own.get(search) == Some(&true));
            chosen.map(|(index, _)| index).collect()
        };
        (0..searches.len()).map(of_search).collect()
    }

    /// Computer groups as the store keeps them.
    pub(super) fn computer_groups(&self) -> Vec<Value> {
        let shown = |(at, group): (usize, &Group)| {
            let members = self.memberships().iter().enumerate();
            let members = members.filter(|(_, own)| own.get(at).copied().unwrap_or_default());
            let members: Vec<String> = members.map(|(index, _)| Computer::id(index).to_string()).collect();
            json!({
                "id": group.id.to_string(), "name": group.name, "description": group.description, "siteId": "-1",
                "isSmart": group.smart(), "criteria": group.criteria, "members": members,
            })
        };
        self.groups.iter().enumerate().map(shown).collect()
    }

    /// The computers in a group at the start, by their places in the fleet.
    pub(crate) fn members_of(&self, group: &str) -> Vec<usize> {
        let Some(at) = self.groups.iter().position(|own| own.name == group) else { return Vec::new() };
        let members = self.memberships().iter().enumerate();
        let members = members.filter(|(_, own)| own.get(at).copied().unwrap_or_default());
        members.map(|(index, _)| index).collect()
    }

    /// Mobile device groups with their members, which are told their groups.
    pub(super) fn mobile_device_groups(&mut self) -> Vec<Value> {
        let mut all = groups::mobile_device_groups();
        for (index, record) in self.mobile_devices.iter_mut().enumerate() {
            let mut own = Vec::new();
            for group in &mut all {
                if !in_mobile_group(group, index, record, self.options.now) {
                    continue;
                }
                own.push(json!({
                    "groupId": group.get("id"), "groupName": group.get("name"), "groupDescription": "",
                    "smart": group.get("isSmart"),
                }));
                let id = record.get("mobileDeviceId").cloned().unwrap_or_default();
                group
                    .get_mut("members")
                    .and_then(Value::as_array_mut)
                    .into_iter()
                    .for_each(|m| m.push(id.clone()));
            }
            set(record, "groups", Value::Array(own));
        }
        all
    }

    /// What a computer is, as far as the scopes of the start ask.
    pub(crate) fn in_scope(&self, index: usize, scopes: &[&Value]) -> Vec<bool> {
        let computer = self.computer(index);
        let place = computer.section(ComputerSection::UserAndLocation, Vec::new());
        let general = computer.section(ComputerSection::General, Vec::new());
        let text =
            |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let user = short_name(&text(&place, "username"));
        let member = |group: &str| self.in_directory(group, &user);
        // The one user group with members has those of the directory group of its name.
        let in_user_group = |group: &str| group == "Contractors" && member(group);
        let segment = |name: &str| self.segment(name);
        let device = DeviceFacts {
            id: Computer::id(index).to_string(),
            groups: self.in_groups_of(index, scopes),
            building: text(&place, "buildingId"),
            department: text(&place, "departmentId"),
            address: text(&general, "lastReportedIpV4"),
            in_directory: &member,
            in_user_group: &in_user_group,
            segment: &segment,
            user: user.clone(),
        };
        scopes.iter().map(|scope| device.is_in(scope)).collect()
    }

    /// Whether somebody, by the short name, is in a group of a directory.
    pub(crate) fn in_directory(&self, group: &str, user: &str) -> bool {
        let Some(index) = self.people.get(user).copied() else { return false };
        directory::member(group, index, &people::person(self.chance(), index))
    }

    /// Whether a directory server knows somebody, by the short name.
    pub(crate) fn is_in_directory(&self, server: u32, user: &str) -> bool {
        let Some(index) = self.people.get(user).copied() else { return false };
        directory::knows(server, index, &people::person(self.chance(), index))
    }

    pub(super) fn segment(&self, name: &str) -> Option<(String, String)> {
        let all = super::classic::segments();
        let found = all.iter().find(|segment| segment.get("name") == Some(&json!(name)))?;
        let own = |field: &str| found.get(field).map(id_text).unwrap_or_default();
        Some((own("starting_address"), own("ending_address")))
    }

    /// A computer of the world's tables by what it is, the first one that is.
    pub(crate) fn computer_that_is(&self, what: &str) -> Option<usize> {
        let is_it = |index: &usize| {
            let computer = self.computer(*index);
            if !computer.managed() || computer.days_silent() > 7 || computer.never_inventoried() {
                return false;
            }
            let of = |section, at: &str| {
                computer.section(section, Vec::new()).pointer(at).cloned().unwrap_or_default()
            };
            let silicon = of(ComputerSection::Hardware, "/appleSilicon") == true;
            let escrowed = of(ComputerSection::Security, "/bootstrapTokenEscrowedStatus") == "ESCROWED";
            let free = of(ComputerSection::Storage, "/bootDriveAvailableSpaceMegabytes")
                .as_i64()
                .unwrap_or_default();
            let behind = computer.os_version().starts_with("15.") && silicon;
            match what {
                "without-token" => behind && !escrowed && free > 40_000,
                "full" => behind && escrowed && free < 10_000,
                "behind" => behind && escrowed && free > 40_000,
                _ => false,
            }
        };
        (0..self.options.computers).find(is_it)
    }

    /// The same of mobile devices.
    pub(crate) fn device_that_is(&self, what: &str) -> Option<usize> {
        let text = |record: &Value, at: &str| record.pointer(at).map(id_text).unwrap_or_default();
        self.mobile_devices.iter().position(|record| {
            let current =
                text(record, "/general/osVersion") == "26.1" && text(record, "/deviceType") == "iOS";
            what == "current" && current && text(record, "/general/supervised") == "true"
        })
    }

    /// `person:@21` with the user name of the person at that place.
    pub(super) fn expand_person(&self, text: &str) -> String {
        let place = text.split_once(":@").and_then(|(kind, at)| Some((kind, at.parse::<usize>().ok()?)));
        match place {
            Some((kind, at)) => format!("{kind}:{}", people::person(self.chance(), at).username),
            None => text.to_owned(),
        }
    }

    /// The id of what a list of a scope names.
    pub(super) fn named(&self, list: &str, name: &str) -> Option<Value> {
        let number = |at: usize| json!(at + 1);
        let of = |family: &str| self.collections.get(family).map(Vec::as_slice).unwrap_or_default();
        let position =
            |rows: &[Value]| rows.iter().position(|row| row.get("name") == Some(&json!(name))).map(number);
        match list {
            "computer_groups" => {
                self.groups.iter().find(|group| group.name == name).map(|group| json!(group.id))
            }
            "mobile_device_groups" => position(of("mobile_device_groups")),
            "buildings" => position(of("buildings")),
            "categories" => position(of("categories")),
            "departments" => position(of("departments")),
            "network_segments" => position(&super::classic::segments()),
            "jss_user_groups" => position(&super::classic::user_groups(self)),
            "jss_users" => self.people.get(&short_name(name)).copied().map(number),
            "user_groups" => directory::group_id(name),
            _ => None,
        }
    }
}

fn in_mobile_group(group: &Value, index: usize, record: &Value, now: jiff::Timestamp) -> bool {
    if group.get("isSmart") != Some(&json!(true)) {
        let name = group.get("name").and_then(Value::as_str).unwrap_or_default();
        return groups::in_cart(index, name);
    }
    let part = |name: &str| record.get(name).cloned().unwrap_or_default();
    let criteria = group.get("criteria").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let subject = Subject::new(Kind::MobileDevices, now, &part, &Vec::new, &place);
    choose(criteria, &subject, &|_| false)
}
