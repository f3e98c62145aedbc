//! Groups of the directories: of an LDAP server, which numbers them, and of cloud identity providers, which have texts of their
//! own for ids.

use serde_json::{Value, json};

use super::{Context, Reply};
use crate::exchange::Answer;

/// Id, name, and the server that the group is on.
const GROUPS: &[(&str, &str, u32)] = &[
    ("1", "All staff", 1),
    ("0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f", "Contractors", 1001),
    ("5be2e5a8-60b5-4b1c-8a0e-3d1f7c2b9a44", "Design Team", 1001),
    ("00g1emaKYZTWRYYRRTSK", "Field Engineers", 1002),
    ("01tuee744837sjz", "Teachers", 1003),
];

/// The id that the directory gave a group, as the Classic API answers it: a number, or a text.
pub(crate) fn group_id(name: &str) -> Option<Value> {
    let (id, ..) = GROUPS.iter().find(|(_, known, _)| *known == name)?;
    Some(id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number)))
}

/// The groups whose names contain a text.
pub(crate) fn groups(context: &Context<'_>) -> Reply {
    context.needs(&["Read LDAP Servers"])?;
    let wanted = context.call.parameter("q").unwrap_or_default().to_lowercase();
    let found = GROUPS.iter().filter(|(_, name, _)| name.to_lowercase().contains(&wanted));
    let row = |(id, name, server): &(&str, &str, u32)| json!({ "id": id, "uuid": id, "ldapServerId": server, "name": name, "distinguishedName": format!("cn={name}") });
    let rows: Vec<Value> = found.map(row).collect();
    Ok(Answer::ok(&json!({ "totalCount": rows.len(), "results": rows })))
}
