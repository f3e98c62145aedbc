//! The directories behind the tenant, and who is in which of their groups: of LDAP servers, and of cloud identity providers, whose
//! servers are numbered from 1001. Both APIs tell the same groups.

use serde_json::{Value, json};

use super::{
    computers::LEAVER,
    people::{DEPARTMENTS, PEOPLE, Person},
};

/// A group of a directory.
pub(crate) struct Group {
    /// The id that scopes show: a number on an LDAP server, a text on the others.
    pub(crate) id: String,
    pub(crate) uuid: String,
    pub(crate) name: &'static str,
    pub(crate) server: u32,
}

/// The LDAP server of the organization, and the one of the schools, which knows nobody else.
pub(crate) const STAFF: u32 = 1;
pub(crate) const SCHOOLS: u32 = 2;

/// Somebody works there without being staff. Only one of them has a Mac.
const CONTRACTORS: std::ops::Range<usize> = 330..346;
const CONTRACTOR_WITH_A_MAC: usize = super::groups::CHROME_STORY[2];

/// Place of the departments among the groups of the first server.
const DEPARTMENTS_FROM: usize = 20;

/// Every group.
pub(crate) fn groups() -> Vec<Group> {
    const NAMED: [(&str, &str, &str, u32); 8] = [
        ("1", "5b0d6f0e-93c4-4be2-8a57-0f1e2d3c4b5a", "All staff", STAFF),
        ("2", "c1a7e2d4-55b9-4a0f-9d63-6e8f7a9b0c1d", "VPN users", STAFF),
        ("1", "7f3e9a51-2b6c-4d8e-a1f0-3c5d7e9f1b2d", "Schools staff", SCHOOLS),
        ("2", "e9d8c7b6-a594-4837-8261-504132231405", "Pupils", SCHOOLS),
        ("0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f", "", "Contractors", 1001),
        ("5be2e5a8-60b5-4b1c-8a0e-3d1f7c2b9a44", "", "Design Team", 1001),
        ("00g1emaKYZTWRYYRRTSK", "", "Field Engineers", 1002),
        ("01tuee744837sjz", "", "Teachers", 1003),
    ];
    let named = NAMED.iter().map(|(id, uuid, name, server)| Group {
        id: (*id).to_owned(),
        uuid: if uuid.is_empty() { *id } else { *uuid }.to_owned(),
        name,
        server: *server,
    });
    let of_departments = DEPARTMENTS.iter().enumerate().map(|(at, name)| Group {
        id: (DEPARTMENTS_FROM + at).to_string(),
        uuid: crate::shapes::uuid(at, "directory department"),
        name,
        server: STAFF,
    });
    named.chain(of_departments).collect()
}

/// Whether somebody, by the place among the people of the fleet, is in a group of a directory.
pub(crate) fn member(group: &str, index: usize, of: &Person) -> bool {
    if index == LEAVER || index >= PEOPLE {
        return false;
    }
    let contractor = CONTRACTORS.contains(&index) || index == CONTRACTOR_WITH_A_MAC;
    let in_schools = of.building == 4;
    match group {
        "All staff" => !contractor,
        "VPN users" => !contractor && !index.is_multiple_of(3),
        "Contractors" => contractor,
        "Schools staff" | "Teachers" => in_schools,
        "Design Team" => of.department == Some(8),
        "Field Engineers" => of.building == 5,
        name => of.department.and_then(|at| DEPARTMENTS.get(at)) == Some(&name),
    }
}

/// Whether a server knows somebody.
pub(crate) fn knows(server: u32, index: usize, of: &Person) -> bool {
    index != LEAVER && (server != SCHOOLS || of.building == 4)
}

/// The id that the directory gave a group, as the Classic API answers it: a number, or a text.
pub(crate) fn group_id(name: &str) -> Option<Value> {
    let group = groups().into_iter().find(|group| group.name == name)?;
    Some(group.id.parse::<u64>().map_or_else(|_| json!(group.id), |number| json!(number)))
}
