//! Passwords of local administrators: who looks at one is told of, and a while later the device has another one.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Context, Reply, others};
use crate::{
    exchange::Answer,
    paging::{CEILING, PageQuery},
    shapes,
    store::{Sight, set},
};

/// Where the tenant keeps what was looked at, and where its settings are.
const SEEN: &str = "local-admin-password/seen";
const SETTINGS: &str = "/api/v2/local-admin-password/settings";

/// An account of a computer.
struct Account {
    management_id: String,
    name: String,
}

/// Answer a path below `local-admin-password`.
pub(super) fn answer(context: &mut Context<'_>, rest: &[&str]) -> Reply {
    let account =
        |id: &&str, name: &&str| Account { management_id: id.to_lowercase(), name: (*name).to_owned() };
    match (&context.call.method, rest) {
        (&Method::GET, [id, "account", name, "password"] | [id, "account", name, _, "password"]) => {
            view(context, &account(id, name))
        }
        (&Method::GET, [id, "account", name, "audit"] | [id, "account", name, _, "audit"]) => {
            audit(context, &account(id, name))
        }
        (&Method::GET, [id, "accounts"]) => {
            exists(context, &account(id, &""))?;
            others::answer(context)
        }
        (&Method::GET, ["pending-rotations"]) => pending(context),
        _ => others::answer(context),
    }
}

/// The settings say how many seconds after a look.
fn rotation(context: &mut Context<'_>) -> SignedDuration {
    let settings = others::kept(context, SETTINGS);
    let seconds = settings.get("passwordRotationTime").and_then(Value::as_i64).unwrap_or(3600);
    SignedDuration::from_secs(seconds.clamp(1, 10 * 365 * 24 * 3600))
}

fn exists(context: &Context<'_>, account: &Account) -> Result<(), Answer> {
    let everything = Sight { pinned: true, ..context.sight };
    let found =
        context.store.computers.by_management_id(&context.store.fleet, &account.management_id, everything);
    found.map(|_| ()).ok_or_else(|| Answer::no_such(&account.management_id))
}

/// The passwords that an account has had since the start, the latest last: `[{"views": [moment, …]}]`. One that was looked at so long
/// ago that it is due has another one behind it.
fn passwords(context: &mut Context<'_>, account: &Account) -> Vec<Vec<Timestamp>> {
    let due = rotation(context);
    let kept = context.store.singles.get(SEEN).and_then(|seen| seen.pointer(&place(account)));
    let views = |kept: &Value| serde_json::from_value(kept.clone()).unwrap_or_default();
    let mut all: Vec<Vec<Timestamp>> = kept.map(views).unwrap_or_default();
    let first = all.last().and_then(|views| views.first());
    if first.is_none_or(|first| Timestamp::now().duration_since(*first) >= due) {
        all.push(Vec::new());
    }
    all
}

/// Where the account is in what was looked at.
fn place(account: &Account) -> String {
    let name = account.name.replace('~', "~0").replace('/', "~1");
    format!("/{}/{name}", account.management_id)
}

/// The password of a number; it begins as all secrets here do.
fn password(account: &Account, number: usize) -> String {
    format!("CANARY-{}", shapes::uuid(number, &format!("laps {} {}", account.management_id, account.name)))
}

fn view(context: &mut Context<'_>, account: &Account) -> Reply {
    context.needs(&["View Local Admin Password"])?;
    exists(context, account)?;
    let mut all = passwords(context, account);
    if let Some(views) = all.last_mut() {
        views.push(Timestamp::now());
    }
    let number = all.len();
    let seen = context.store.singles.entry(SEEN.to_owned()).or_insert_with(|| json!({}));
    let mut of_device = seen.get(&account.management_id).cloned().unwrap_or_else(|| json!({}));
    set(&mut of_device, &account.name, json!(all));
    set(seen, &account.management_id, of_device);
    Ok(Answer::ok(&json!({ "password": password(account, number) })))
}

fn audit(context: &mut Context<'_>, account: &Account) -> Reply {
    context.needs(&["View Local Admin Password Audit History"])?;
    exists(context, account)?;
    let due = rotation(context);
    let all = passwords(context, account);
    let moment = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let row = |(at, views): (usize, &Vec<Timestamp>)| {
        let expires = views.first().and_then(|first| first.checked_add(due).ok());
        let audits = views
            .iter()
            .rev()
            .map(|at| json!({"viewedBy": "jamf-pro-mcp (simulated)", "dateSeen": moment(*at)}));
        json!({
            "password": password(account, at + 1), "dateLastSeen": views.last().map(|at| moment(*at)),
            "expirationTime": expires.map(moment), "audits": audits.collect::<Vec<_>>(),
        })
    };
    let seen = all.iter().enumerate().filter(|(_, views)| !views.is_empty());
    let mut rows: Vec<Value> = seen.map(row).collect();
    rows.reverse();
    Ok(PageQuery::read(context.call, CEILING)?.answer(rows.iter().collect()))
}

/// Passwords that were looked at and are not due yet.
fn pending(context: &mut Context<'_>) -> Reply {
    context.needs(&["View Local Admin Password"])?;
    let due = rotation(context);
    let seen = context.store.singles.get(SEEN).cloned().unwrap_or_default();
    let mut rows = Vec::new();
    for (device, accounts) in seen.as_object().into_iter().flatten() {
        for (name, passwords) in accounts.as_object().into_iter().flatten() {
            let views = passwords.as_array().and_then(|all| all.last()).and_then(|views| views.get(0));
            let first: Option<Timestamp> = views.and_then(|view| serde_json::from_value(view.clone()).ok());
            let Some(first) = first.filter(|first| Timestamp::now().duration_since(*first) < due) else {
                continue;
            };
            rows.push(json!({
                "lapsUser": {
                    "clientManagementId": device, "guid": shapes::uuid(0, &format!("laps account {name}")),
                    "username": name, "userSource": "MDM",
                },
                "createdDate": first.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            }));
        }
    }
    Ok(PageQuery::read(context.call, CEILING)?.answer(rows.iter().collect()))
}
