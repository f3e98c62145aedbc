//! Passwords of local administrators: each look is recorded, and a while later the device has another one.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Context, Reply, others};
use crate::{
    exchange::Answer,
    paging::{CEILING, PageQuery},
    shapes,
    store::{Sight, set},
    world,
};

/// Where the tenant keeps what was looked at, and where its settings are.
const SEEN: &str = "local-admin-password/seen";
const SETTINGS: &str = "/api/v2/local-admin-password/settings";

/// Who looks at passwords here.
const VIEWER: &str = "jamf-pro-mcp (simulated)";

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
        (&Method::GET, [id, "account", name, "history"] | [id, "account", name, _, "history"]) => {
            history(context, &account(id, name))
        }
        (&Method::GET, [id, "accounts"]) => accounts(context, &account(id, &"")),
        (&Method::GET, [id, "history"]) => events(context, &account(id, &"")),
        (&Method::GET, ["pending-rotations"]) => pending(context),
        _ => others::answer(context),
    }
}

/// The settings say how many seconds after a look.
fn rotation(context: &mut Context<'_>) -> SignedDuration {
    let settings = others::singleton(context, SETTINGS);
    let seconds = settings.get("passwordRotationTime").and_then(Value::as_i64).unwrap_or(3600);
    SignedDuration::from_secs(seconds.clamp(1, 10 * 365 * 24 * 3600))
}

/// The place of its computer.
fn exists(context: &Context<'_>, account: &Account) -> Result<usize, Answer> {
    let everything = Sight { pinned: true, ..context.sight };
    let found =
        context.store.computers.by_management_id(&context.store.fleet, &account.management_id, everything);
    found.ok_or_else(|| Answer::no_such(&account.management_id))
}

/// The accounts that the tenant made on each computer.
fn accounts_of(context: &Context<'_>, account: &Account) -> Vec<Value> {
    let rows = world::rows(&context.store.fleet, "local-admin-password/{}/accounts").unwrap_or_default();
    let of_device = |mut row: Value| {
        set(&mut row, "clientManagementId", json!(account.management_id));
        row
    };
    rows.into_iter().map(of_device).collect()
}

fn accounts(context: &Context<'_>, account: &Account) -> Reply {
    context.needs(&["View Local Admin Password"])?;
    exists(context, account)?;
    let rows = accounts_of(context, account);
    Ok(PageQuery::read(context.call, CEILING)?.answer(rows.iter().collect()))
}

/// When a computer got its first passwords.
fn first_password_date(context: &Context<'_>, at: usize) -> Value {
    let general = context.store.computers.part(&context.store.fleet, at, "general");
    general.get("lastEnrolledDate").cloned().unwrap_or_default()
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The passwords of an account, the newest first, without the passwords themselves.
fn history(context: &mut Context<'_>, account: &Account) -> Reply {
    context.needs(&["View Local Admin Password Audit History"])?;
    let at = exists(context, account)?;
    let due = rotation(context);
    let all = passwords(context, account);
    let expires =
        |views: &[Timestamp]| views.first().and_then(|first| first.checked_add(due).ok()).map(moment);
    let mut made = first_password_date(context, at);
    let mut rows = Vec::new();
    for views in &all {
        rows.push(json!({
            "createdDate": made, "dateLastSeen": views.last().copied().map(moment), "expirationTime": expires(views),
            "rotationStatus": if views.is_empty() { "COMPLETED" } else { "VIEWED" },
        }));
        made = json!(expires(views));
    }
    rows.reverse();
    Ok(PageQuery::read(context.call, CEILING)?.answer(rows.iter().collect()))
}

/// What happened to the passwords of a computer, the newest first.
fn events(context: &mut Context<'_>, account: &Account) -> Reply {
    context.needs(&["View Local Admin Password Audit History"])?;
    let at = exists(context, account)?;
    let made = first_password_date(context, at);
    let mut rows = Vec::new();
    for known in accounts_of(context, account) {
        let text = |name: &str| known.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let own = Account { management_id: account.management_id.clone(), name: text("username") };
        let event = |kind: &str, at: Value, by: Option<&str>| json!({"username": own.name, "eventType": kind, "eventTime": at, "viewedBy": by, "userSource": text("userSource")});
        rows.push(event("COMPLETED", made.clone(), None));
        for view in passwords(context, &own).concat() {
            rows.push(event("VIEWED", json!(moment(view)), Some(VIEWER)));
        }
    }
    rows.sort_by_key(|row| {
        std::cmp::Reverse(row.get("eventTime").and_then(Value::as_str).map(str::to_owned))
    });
    Ok(PageQuery::read(context.call, CEILING)?.answer(rows.iter().collect()))
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
    let row = |(at, views): (usize, &Vec<Timestamp>)| {
        let expires = views.first().and_then(|first| first.checked_add(due).ok());
        let audits = views.iter().rev().map(|at| json!({"viewedBy": VIEWER, "dateSeen": moment(*at)}));
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
