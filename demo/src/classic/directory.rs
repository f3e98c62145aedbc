//! Accounts and their groups, lookups in LDAP servers, and the titles of patch sources: what does not go by id and name alone.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply, objects, pages, render, text, type_of};
use crate::{
    classic::facts::{Operation, is_change},
    exchange::Answer,
    fleet::{
        directory::{self as fleet_directory, Group},
        short_name,
    },
    store::id_text,
};

/// Answer a path of the accounts: users and groups have keys of their own.
pub(super) fn accounts(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let rows = |family: &str| -> Vec<Value> {
        let all = context.store.objects(family, context.sight).into_iter();
        all.map(|account| json!({"id": account.get("id"), "name": account.get("name")})).collect()
    };
    match parts {
        [_] => {
            let both = json!({"users": rows("account_users"), "groups": rows("account_groups")});
            Ok(render(context.call, type_of(operation)?, &both))
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

/// The members that a body makes of a static group of users: additions and deletions all at once, or not at all.
pub(super) fn members(
    context: &Context<'_>,
    before: Option<&Value>,
    given: &mut Value,
) -> Result<(), Answer> {
    let users = context.store.objects("users", context.sight);
    let listed = |name: &str| -> Result<Vec<Value>, Answer> {
        let rows = given.get(name).and_then(Value::as_array).into_iter().flatten();
        let found = rows.map(|row| {
            let id = row.get("id").map(id_text).filter(|id| id != "0");
            let same = |user: &&&Value| match &id {
                Some(id) => user.get("id").map(id_text).as_ref() == Some(id),
                None => text(user, "username").eq_ignore_ascii_case(text(row, "username")),
            };
            let user = users.iter().find(same).ok_or_else(|| pages::unmatched("user"))?;
            let id: u64 = user.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
            Ok(json!({"id": id, "username": text(user, "username"), "full_name": text(user, "realname"),
                "phone_number": text(user, "phone"), "email_address": text(user, "email")}))
        });
        found.collect()
    };
    let before = before.and_then(|group| group.get("users")?.as_array()).cloned().unwrap_or_default();
    let mut own = if given.get("users").is_some() { listed("users")? } else { before };
    let (additions, deletions) = (listed("user_additions")?, listed("user_deletions")?);
    let id = |user: &Value| user.get("id").map(id_text);
    if deletions.iter().any(|gone| !own.iter().any(|user| id(user) == id(gone))) {
        return Err(pages::unmatched("user"));
    }
    own.retain(|user| !deletions.iter().any(|gone| id(gone) == id(user)));
    for new in additions {
        if !own.iter().any(|user| id(user) == id(&new)) {
            own.push(new);
        }
    }
    if let Some(fields) = given.as_object_mut() {
        fields.retain(|name, _| !is_change(name));
        fields.insert("users".to_owned(), Value::Array(own));
    }
    Ok(())
}

/// Look somebody or a group up in a directory, which knows some of the users and has groups of its own.
pub(super) fn search(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    let [_, _, id, rest @ ..] = parts else { return Err(pages::not_found()) };
    let servers = context.store.objects("ldapservers", context.sight);
    let there = |s: &&Value| s.pointer("/connection/id").map(id_text).as_deref() == Some(*id);
    servers.into_iter().find(there).ok_or_else(pages::not_found)?;
    let server: u32 = id.parse().unwrap_or_default();
    let fleet = &context.store.fleet;
    let users = context.store.objects("users", context.sight).into_iter();
    let users: Vec<&Value> =
        users.filter(|user| fleet.is_in_directory(server, &short_name(text(user, "username")))).collect();
    let like = |user: &&Value, wanted: &str| {
        let name = text(user, "username").to_lowercase();
        let wanted = wanted.to_lowercase();
        name == wanted || name.split('@').next() == Some(wanted.as_str()) || wanted == "*"
    };
    let groups: Vec<Group> =
        fleet_directory::groups().into_iter().filter(|group| group.server == server).collect();
    let named = |wanted: &str| {
        let wanted = wanted.to_owned();
        groups.iter().filter(move |group| wanted == "*" || group.name.eq_ignore_ascii_case(&wanted))
    };
    let rows: Value = match rest {
        ["user", wanted] => users
            .into_iter()
            .filter(|user| like(user, wanted))
            .map(|user| {
                let number = user.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
                json!({"username": text(user, "username"), "uuid": crate::shapes::uuid(number, "directory user"),
                    "realname": text(user, "realname"), "email_address": text(user, "email"), "phone": text(user, "phone"),
                    "position": text(user, "position"), "department": "", "building": "", "room": ""})
            })
            .collect(),
        ["group", wanted] => {
            named(wanted).map(|group| json!({"groupname": group.name, "uuid": group.uuid})).collect()
        }
        ["group", group, "user", wanted] => {
            let Some(group) = named(group).next() else { return Ok(render(context.call, of, &json!([]))) };
            let member = |user: &Value| fleet.in_directory(group.name, &short_name(text(user, "username")));
            let found = users.into_iter().filter(|user| like(user, wanted));
            found
                .map(|user| {
                    json!({"username": text(user, "username"), "is_member": if member(user) { "Yes" } else { "No" }})
                })
                .collect()
        }
        _ => return Err(pages::not_found()),
    };
    Ok(render(context.call, of, &rows))
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
    Ok(render(context.call, of, &json!({"available_titles": rows})))
}
