//! Groups of the directories, looked up by a part of their names.

use serde_json::{Value, json};

use super::{Context, Reply};
use crate::{exchange::Answer, fleet::directory};

/// The groups whose names contain a text.
pub(crate) fn groups(context: &Context<'_>) -> Reply {
    context.needs(&["Read LDAP Servers"])?;
    let wanted = context.call.parameter("q").unwrap_or_default().to_lowercase();
    let found = directory::groups().into_iter().filter(|group| group.name.to_lowercase().contains(&wanted));
    let row = |group: directory::Group| json!({ "id": group.id, "uuid": group.uuid, "ldapServerId": group.server, "name": group.name, "distinguishedName": format!("CN={},OU=Groups,DC=example,DC=org", group.name) });
    let rows: Vec<Value> = found.map(row).collect();
    Ok(Answer::ok(&json!({ "totalCount": rows.len(), "results": rows })))
}
