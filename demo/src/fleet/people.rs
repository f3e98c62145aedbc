//! The people of the fleet, and the places they belong to.

use serde_json::{Value, json};

use super::chance::Chance;
use super::computers::LEAVER;

const GIVEN: [&str; 40] = [
    "Anna", "Ben", "Carla", "David", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kofi", "Lena",
    "Mateo", "Nora", "Omar", "Priya", "Quentin", "Rosa", "Sven", "Tara", "Umar", "Vera", "Wei", "Ximena",
    "Yusuf", "Zoe", "Amélie", "Björn", "Chiara", "Diego", "Esther", "Finn", "Gül", "Hana", "Ivan", "Jin",
    "Kaya", "Liam", "Mio", "Noa",
];
const FAMILY: [&str; 38] = [
    "Abel",
    "Bauer",
    "Costa",
    "Duarte",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zeman",
    "O'Neill",
    "Müller",
    "Nkosi",
    "Park",
    "Reyes",
    "Sato",
    "Thapa",
    "Virtanen",
    "Wright",
    "Young",
    "Zhang",
    "Ahmed",
];

/// People that the demo fleet has; a larger fleet has as many in proportion.
pub(crate) const PEOPLE: usize = 380;

/// Somebody who has devices.
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) realname: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) position: &'static str,
    /// The department of Jamf, where the one of the directory is one.
    pub(crate) department: Option<usize>,
    pub(crate) directory_department: &'static str,
    pub(crate) building: usize,
}

impl Person {
    /// The name of an account on a Mac. One directory tells users by it, the other by the name with the domain at its end; Macs
    /// and what logs in on them know nothing else.
    pub(crate) fn account(&self) -> &str {
        self.username.split('@').next().unwrap_or_default()
    }
}

/// The position of somebody who is not there any more.
const LEFT: &str = "Left the company";

/// Departments of the directory that are none of Jamf's.
const UNMATCHED: [&str; 3] = ["R&D Platform", "Brand & Clients", "Facilities"];

/// The department of somebody; nothing where the directory has one that Jamf does not.
pub(crate) fn department(chance: Chance, index: usize) -> Option<usize> {
    (index % 41 != 13).then(|| usize::try_from(chance.below(index, "department", 12)).unwrap_or_default())
}

/// The place of the engineers among the departments.
pub(crate) const ENGINEERING: usize = 7;

pub(crate) const DEPARTMENTS: [&str; 14] = [
    "Executive",
    "Finance",
    "Human Resources",
    "Legal",
    "Marketing",
    "Sales",
    "Customer Care",
    "Engineering",
    "Design",
    "Information Technology",
    "Operations",
    "Research",
    "Education Lab",
    "People & Culture (formerly HR)",
];

pub(crate) const BUILDINGS: [(&str, &str, &str); 6] = [
    ("Harbour House", "1 Quay Street", "Lisbon"),
    ("Harbour Annex", "3 Quay Street", "Lisbon"),
    ("Northlight", "88 Kanal Road", "Malmö"),
    ("Foundry", "12 Iron Lane", "Leeds"),
    ("Cedar Building", "400 Cedar Avenue", "Toronto"),
    ("Field Office", "5 Station Square", "Graz"),
];

const POSITIONS: [&str; 8] =
    ["Analyst", "Engineer", "Manager", "Designer", "Director", "Specialist", "Coordinator", "Researcher"];

pub(crate) fn person(chance: Chance, index: usize) -> Person {
    // Two people have the same name; the second one's short name tells them apart.
    let named = if index == 77 { 76 } else { index };
    let given = chance.one(named, "given", &GIVEN).copied().unwrap_or("Anna");
    let family = chance.one(named, "family", &FAMILY).copied().unwrap_or("Abel");
    let plain: String = format!("{given}.{family}")
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_alphabetic() || *c == '.')
        .collect();
    let username =
        if index < PEOPLE / 2 { format!("{plain}{index}") } else { format!("{plain}{index}@example.org") };
    let department = department(chance, index);
    Person {
        email: format!("{plain}{index}@example.org"),
        realname: format!("{given} {family}"),
        username,
        phone: format!("+1 555 01{:02} {:03}", index % 100, chance.below(index, "phone", 1000)),
        position: match index {
            LEAVER => LEFT,
            _ => chance.one(index, "position", &POSITIONS).copied().unwrap_or("Analyst"),
        },
        department,
        directory_department: department
            .and_then(|own| DEPARTMENTS.get(own))
            .or_else(|| chance.one(index, "unmatched", &UNMATCHED))
            .copied()
            .unwrap_or_default(),
        building: usize::try_from(chance.below(index, "building", 6)).unwrap_or_default(),
    }
}

/// Users as the Jamf Pro API lists them.
pub(crate) fn users(chance: Chance) -> Vec<Value> {
    (0..PEOPLE)
        .map(|index| {
            let person = person(chance, index);
            json!({
                "id": (index + 1).to_string(),
                "username": person.username,
                "realname": person.realname,
                "email": person.email,
                "phone": person.phone,
                "position": person.position,
                "managedAppleId": "",
                "enableCustomPhotoUrl": false,
                "customPhotoUrl": "",
                "ldapServerId": "-1",
            })
        })
        .collect()
}

pub(crate) fn buildings() -> Vec<Value> {
    let building = |(index, (name, street, city)): (usize, &(&str, &str, &str))| {
        json!({
            "id": (index + 1).to_string(), "name": name, "streetAddress1": street, "streetAddress2": "", "city": city,
            "stateProvince": "", "zipPostalCode": format!("{}", 1000 + index * 111), "country": ""
        })
    };
    BUILDINGS.iter().enumerate().map(building).collect()
}

pub(crate) fn departments() -> Vec<Value> {
    DEPARTMENTS
        .iter()
        .enumerate()
        .map(|(index, name)| json!({ "id": (index + 1).to_string(), "name": name }))
        .collect()
}
