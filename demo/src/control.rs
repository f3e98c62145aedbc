//! What people and tests control the tenant with: a page, and below its address the JSON that the page is made of.
//!
//! It is on the tenant's own port, at an address that only who started the tenant knows. Loopback is no boundary: any page in a
//! browser can send requests to it. So requests must name the tenant as it names itself, which defeats DNS rebinding, and those that a
//! browser says to come from elsewhere are refused.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::body::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    auth::Grant,
    changes, classic,
    exchange::{Answer, Call},
    faults::{Faults, KNOWN, UnknownFault},
    fleet::Fleet,
    inventory::Kind,
    pro,
    serve::Shared,
    store::{Sight, Store, id_text},
};

/// What every address of the control begins with.
pub(crate) const ROOT: &str = "/__demo";

/// Checkpoints at once.
const MOST_CHECKPOINTS: usize = 16;

/// Requests and commands that one answer has, the latest ones.
const MOST_ROWS: usize = 500;

/// Nothing but the page's own script and style, no frame around it, no text that becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The secret part of the address, and the states that were put aside.
#[derive(Debug)]
pub(crate) struct Control {
    secret: String,
    checkpoints: Mutex<BTreeMap<String, Store>>,
}

impl Default for Control {
    fn default() -> Self {
        Self { secret: uuid::Uuid::new_v4().simple().to_string(), checkpoints: Mutex::default() }
    }
}

impl Control {
    /// The path of the page, without a slash at its end.
    pub(crate) fn prefix(&self) -> String {
        format!("{ROOT}/{}", self.secret)
    }

    fn checkpoints(&self) -> MutexGuard<'_, BTreeMap<String, Store>> {
        self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answer a path below [`ROOT`].
pub(crate) fn answer(shared: &Shared, call: &Call) -> Answer {
    let answer = route(shared, call);
    HEADERS.into_iter().fold(answer, |answer, (name, value)| answer.with(name, value))
}

fn route(shared: &Shared, call: &Call) -> Answer {
    if let Err(refusal) = refuse_foreign_host(shared, call) {
        return refusal;
    }
    let parts = call.parts();
    let Some((secret, rest)) = parts.split_first().filter(|(secret, _)| **secret == shared.control.secret)
    else {
        return refusal(
            StatusCode::NOT_FOUND,
            "the control is at the address that `demo` printed as DEMO_CONTROL",
        );
    };
    let asset = |kind: &str, text: &str| Answer::of(StatusCode::OK, kind, text);
    match (call.method.as_str(), rest) {
        ("GET", []) if !call.path.ends_with('/') => {
            Answer::empty(StatusCode::PERMANENT_REDIRECT).with("location", format!("{ROOT}/{secret}/"))
        }
        ("GET", []) => asset("text/html; charset=utf-8", include_str!("control/page.html")),
        ("GET", ["page.css"]) => asset("text/css; charset=utf-8", STYLE),
        ("GET", ["page.js"]) => asset("text/javascript; charset=utf-8", include_str!("control/page.js")),
        ("GET", ["element.js"]) => {
            asset("text/javascript; charset=utf-8", include_str!("../../pages/element.js"))
        }
        ("GET", ["icon.svg"]) => asset("image/svg+xml", include_str!("../../pages/icon.svg")),
        _ if is_foreign(shared, call) => refusal(
            StatusCode::FORBIDDEN,
            "only the control page itself, or what is no browser, can ask for this",
        ),
        (_, rest) => api(shared, call, rest).unwrap_or_else(|refusal| refusal),
    }
}

/// The style of the pages of this program, and what this page has besides.
const STYLE: &str = concat!(include_str!("../../pages/style.css"), include_str!("control/page.css"));

fn refusal(status: StatusCode, why: &str) -> Answer {
    Answer::json(status, &json!({ "error": why }))
}

/// The names that the tenant has: anyone who comes by another was brought here by a foreign page.
fn own_hosts(shared: &Shared) -> [String; 2] {
    let port = shared.url.rsplit(':').next().unwrap_or_default();
    [format!("127.0.0.1:{port}"), format!("localhost:{port}")]
}

fn refuse_foreign_host(shared: &Shared, call: &Call) -> Result<(), Answer> {
    let hosts: Vec<_> = call.headers.get_all("host").iter().collect();
    let own = own_hosts(shared);
    match hosts.as_slice() {
        [host] if own.iter().any(|own| own.as_bytes() == host.as_bytes()) => Ok(()),
        _ => Err(refusal(
            StatusCode::FORBIDDEN,
            &format!("the control is at {} and under no other name", shared.url),
        )),
    }
}

/// Whether a browser sent it for another page than the control page.
fn is_foreign(shared: &Shared, call: &Call) -> bool {
    let origin = call.headers.get("origin");
    let is_own = |origin: &http::HeaderValue| {
        own_hosts(shared).iter().any(|host| format!("http://{host}").as_bytes() == origin.as_bytes())
    };
    origin.is_some_and(|origin| !is_own(origin))
        || call.headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

fn api(shared: &Shared, call: &Call, rest: &[&str]) -> Result<Answer, Answer> {
    Ok(match (call.method.as_str(), rest) {
        ("GET", ["state"]) => Answer::ok(&state(shared, call)),
        ("GET", ["faults"]) => Answer::ok(&faults(shared)),
        ("PUT" | "POST", ["faults"]) => {
            let wanted = parse_faults(&call.body).map_err(|why| refusal(StatusCode::BAD_REQUEST, &why))?;
            shared.faults.set(wanted);
            Answer::ok(&faults(shared))
        }
        ("DELETE", ["faults"]) => {
            shared.faults.clear();
            Answer::no_content()
        }
        ("GET", ["requests"]) => Answer::ok(&requests(shared, call)),
        ("DELETE", ["requests"]) => {
            shared.log.clear();
            Answer::no_content()
        }
        ("GET", ["tokens"]) => Answer::ok(&json!({ "tokens": shared.auth.tokens() })),
        ("DELETE", ["tokens"]) => {
            shared.auth.forget_all();
            Answer::no_content()
        }
        ("GET", ["commands"]) => {
            Answer::ok(&json!({ "commands": commands(&mut shared.store(), shared, usize::MAX) }))
        }
        ("GET", ["memberships"]) => Answer::ok(&memberships(shared, call)),
        ("GET", ["scopes"]) => Answer::ok(&scopes(shared, call)),
        ("POST", ["reset"]) => {
            let options = shared.store().fleet.options().clone();
            let fresh = Store::new(Fleet::generate(&options));
            replace_state(shared, fresh);
            Answer::no_content()
        }
        (_, ["checkpoints", rest @ ..]) => return checkpoints(shared, &call.method, rest),
        _ => return Err(refusal(StatusCode::NOT_FOUND, "the control has no such path, or not this method")),
    })
}

/// Put a whole state in the place of the one that is there.
fn replace_state(shared: &Shared, state: Store) {
    let mut store = shared.store();
    *store = state;
    shared.keep(store);
}

fn checkpoints(shared: &Shared, method: &Method, rest: &[&str]) -> Result<Answer, Answer> {
    let missing = |name: &str| refusal(StatusCode::NOT_FOUND, &format!("there is no checkpoint `{name}`"));
    match (method.as_str(), rest) {
        ("GET", []) => {
            let names: Vec<String> = shared.control.checkpoints().keys().cloned().collect();
            Ok(Answer::ok(&json!({ "checkpoints": names })))
        }
        ("POST", [name]) => {
            let is_name = |letter: char| letter.is_alphanumeric() || " -_.".contains(letter);
            if name.is_empty() || name.chars().count() > 60 || !name.chars().all(is_name) {
                let why = "a checkpoint is named by up to 60 letters, digits, spaces and -_.";
                return Err(refusal(StatusCode::BAD_REQUEST, why));
            }
            let mut checkpoints = shared.control.checkpoints();
            if checkpoints.len() >= MOST_CHECKPOINTS && !checkpoints.contains_key(*name) {
                let why = format!("there are {MOST_CHECKPOINTS} checkpoints; delete one first");
                return Err(refusal(StatusCode::CONFLICT, &why));
            }
            let state = shared.store().clone();
            checkpoints.insert((*name).to_owned(), state);
            Ok(Answer::json(StatusCode::CREATED, &json!({ "name": name })))
        }
        ("POST", [name, "restore"]) => {
            let state = shared.control.checkpoints().get(*name).cloned().ok_or_else(|| missing(name))?;
            replace_state(shared, state);
            Ok(Answer::no_content())
        }
        ("GET", [name, "changes"]) => {
            let state = shared.control.checkpoints().get(*name).cloned().ok_or_else(|| missing(name))?;
            Ok(Answer::ok(&json!({ "changes": changes::between(&state, &shared.store()) })))
        }
        ("DELETE", [name]) => {
            shared.control.checkpoints().remove(*name).ok_or_else(|| missing(name))?;
            Ok(Answer::no_content())
        }
        _ => Err(refusal(StatusCode::NOT_FOUND, "the control has no such path, or not this method")),
    }
}

/// What the page shows.
fn state(shared: &Shared, call: &Call) -> Value {
    let (commands, seed, computers, devices) = {
        let mut store = shared.store();
        let commands = commands(&mut store, shared, MOST_ROWS);
        let fleet = &store.fleet;
        (commands, fleet.options().seed, fleet.computers(), fleet.mobile_devices())
    };
    let names: Vec<String> = shared.control.checkpoints().keys().cloned().collect();
    json!({
        "url": shared.url, "version": shared.version_text, "seed": seed, "computers": computers,
        "mobileDevices": devices, "stateFile": shared.state_file(), "faults": faults(shared),
        "requests": requests(shared, call), "tokens": shared.auth.tokens(), "commands": commands,
        "checkpoints": names,
    })
}

/// The faults that are on, and all that are known.
fn faults(shared: &Shared) -> Value {
    let on: Vec<String> = shared.faults.current().0.iter().map(ToString::to_string).collect();
    let known =
        KNOWN.iter().map(|known| json!({"name": known.name, "value": known.value, "what": known.what}));
    json!({ "faults": on, "known": known.collect::<Vec<_>>() })
}

/// `{"faults": ["429=2*3", …]}`, or the text that `--faults` takes.
fn parse_faults(body: &Bytes) -> Result<Faults, String> {
    let text = String::from_utf8_lossy(body);
    let Ok(json) = serde_json::from_str::<Value>(&text) else {
        return text.parse().map_err(|error: UnknownFault| error.to_string());
    };
    let names = json.get("faults").and_then(Value::as_array).ok_or("`faults` is not a list")?;
    let parsed = names.iter().map(|name| name.as_str().unwrap_or_default().parse());
    parsed.collect::<Result<_, UnknownFault>>().map(Faults).map_err(|error| error.to_string())
}

/// The requests behind the number `after`, the latest ones, and what was counted.
fn requests(shared: &Shared, call: &Call) -> Value {
    let after = call.parameter("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    json!({
        "entries": shared.log.entries_after(after, MOST_ROWS),
        "count": shared.log.count(),
        "tokenRequests": shared.log.token_requests(),
        "mostAtOnce": shared.log.most_at_once(),
    })
}

/// Commands that were sent since the start, the latest first, with what the devices have answered.
fn commands(store: &mut Store, shared: &Shared, most: usize) -> Vec<Value> {
    shared.settle(store);
    let state = |sent: &Value| {
        let queued = store.queued.iter().find(|queued| queued.get("uuid") == sent.get("uuid"));
        queued.and_then(|queued| queued.get("commandState")).cloned().unwrap_or_default()
    };
    let shown = |sent: &Value| {
        let mut sent = sent.clone();
        let state = state(&sent);
        crate::store::set(&mut sent, "state", state);
        sent
    };
    store.commands.iter().rev().take(most).map(shown).collect()
}

/// Everything, created objects included.
const EVERYTHING: Sight = Sight { lag: std::time::Duration::ZERO, pinned: true };

/// The members of every group of devices, as the tenant has them now.
fn memberships(shared: &Shared, call: &Call) -> Value {
    let mut store = shared.store();
    let context = pro::Context {
        store: &mut store,
        call,
        shared,
        sight: EVERYTHING,
        grant: Grant::of_tenant(),
        broken: false,
    };
    let of = |kind: Kind, family: &str| -> Vec<Value> {
        let groups = context.store.objects(family, EVERYTHING);
        let shown = |group: &&Value| {
            json!({
                "id": group.get("id").map(id_text), "name": group.get("name"), "isSmart": group.get("isSmart"),
                "members": pro::groups::members(&context, kind, group),
            })
        };
        groups.iter().map(shown).collect()
    };
    json!({
        "computers": of(Kind::Computers, "computer_groups"),
        "mobileDevices": of(Kind::MobileDevices, "mobile_device_groups"),
    })
}

/// The devices in the scope of what is scoped; `family` and `id` choose.
fn scopes(shared: &Shared, call: &Call) -> Value {
    let mut store = shared.store();
    let context =
        classic::Context { store: &mut store, call, grant: Grant::of_tenant(), shared, sight: EVERYTHING };
    classic::scopes(&context, call.parameter("family"), call.parameter("id"))
}
