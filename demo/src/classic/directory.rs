//! Accounts and their groups, lookups in LDAP servers, and the titles of patch sources: what does not go by id and name alone.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply, objects, pages, references, shown, text, type_of};
use crate::{classic::facts::Operation, store::id_text};

/// Answer a path of the accounts: users and groups have keys of their own.
pub(super) fn accounts(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let rows = |family: &str| -> Vec<Value> {
        let all = context.store.objects(family, context.sight).into_iter();
        all.map(|account| json!({"id": account.get("id"), "name": account.get("name")})).collect()
    };
    match parts {
        [_] => {
            let both = json!({"users": rows("account_users"), "groups": rows("account_groups")});
            Ok(shown(context.call, type_of(operation)?, &both))
        }
        [_, key, value] => {
            let (family, key) = match *key {
                "userid" => ("account_users", "id"),
                "username" => ("account_users", "name"),
                "groupid" => ("account_groups", "id"),
                _ => ("account_groups", "name"),
            };
            objects::answer(context, operation, &[family, key, value])
        }
        _ => Err(pages::not_found()),
    }
}

/// Look somebody or a group up in a directory: it has the users of the fleet, and the groups of its departments.
pub(super) fn search(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    let [_, _, id, rest @ ..] = parts else { return Err(pages::not_found()) };
    let servers = context.store.objects("ldapservers", context.sight);
    let there = |s: &&Value| s.pointer("/connection/id").map(id_text).as_deref() == Some(*id);
    servers.into_iter().find(there).ok_or_else(pages::not_found)?;
    let users = context.store.objects("users", context.sight);
    let like = |user: &&Value, wanted: &str| {
        let name = text(user, "username").to_lowercase();
        let wanted = wanted.to_lowercase();
        name == wanted || name.split('@').next() == Some(wanted.as_str()) || wanted == "*"
    };
    let rows: Value = match rest {
        ["user", wanted] => users
            .into_iter()
            .filter(|user| like(user, wanted))
            .map(|user| {
                json!({"username": text(user, "username"), "uuid": format!("ldap-{}", user.get("id").map(id_text).unwrap_or_default()),
                    "realname": text(user, "realname"), "email_address": text(user, "email"), "phone": text(user, "phone"),
                    "position": text(user, "position"), "department": "", "building": "", "room": ""})
            })
            .collect(),
        ["group", wanted] => {
            let groups = context.store.objects("departments", context.sight).into_iter();
            let all = groups.map(references::name_of).chain(["All staff"]);
            let same = |name: &&str| *wanted == "*" || name.eq_ignore_ascii_case(wanted);
            all.filter(same).map(|name| json!({"groupname": name, "uuid": format!("group-{}", name.len())})).collect()
        }
        ["group", group, "user", wanted] => {
            let member = |user: &Value| {
                let number: usize = user.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
                group.eq_ignore_ascii_case("All staff") || (number + group.len()).is_multiple_of(3)
            };
            let found = users.into_iter().filter(|user| like(user, wanted));
            found
                .map(|user| {
                    json!({"username": text(user, "username"), "is_member": if member(user) { "Yes" } else { "No" }})
                })
                .collect()
        }
        _ => return Err(pages::not_found()),
    };
    Ok(shown(context.call, of, &rows))
}

/// Titles that a source of patches offers, by the id of the source.
pub(super) fn patch_titles(
    context: &mut Context<'_>,
    operation: &'static Operation,
    parts: &[&str],
) -> Reply {
    let of = type_of(operation)?;
    let [_, _, id] = parts else { return Err(pages::not_found()) };
    let there = ["patchinternalsources", "patchexternalsources"].iter().any(|family| {
        let sources = context.store.objects(family, context.sight);
        sources.into_iter().any(|source| source.get("id").map(id_text).as_deref() == Some(*id))
    });
    if !there {
        return Err(pages::error(StatusCode::NOT_FOUND, "The patch source was not found"));
    }
    let titles = context.store.objects("patchavailabletitles", context.sight);
    let rows: Vec<Value> = titles
        .into_iter()
        .filter(|t| t.get("source").map(id_text).as_deref() == Some(*id))
        .cloned()
        .collect();
    let row = |mut title: Value| {
        if let Some(fields) = title.as_object_mut() {
            fields.retain(|name, _| !["id", "source"].contains(&name.as_str()));
        }
        title
    };
    let rows: Vec<Value> = rows.into_iter().map(row).collect();
    Ok(shown(context.call, of, &json!({"available_titles": rows})))
}
