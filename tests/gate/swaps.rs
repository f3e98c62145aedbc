//! Between a plan and its application somebody else changes what the call is about: then the plan is void, and nothing is sent.
//!
//! Each action that takes a plan is tried with everything of it that can be changed behind the back of the person who approves: the
//! object that it is about, what it makes run or installs, the devices that it names. The change goes to the tenant directly; the judge is
//! the tenant's own log.

use std::collections::BTreeSet;

use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::{Action, Catalogue, Method, Risk};
use serde_json::{Value, json};

use super::World;
use super::arguments::arguments;
use super::consequences::named;
use super::every::{changing, enroll_two, world_for, world_with_default_limits};
use super::sending::request;
use super::straight::Straight;
use crate::{PlanRecord, State, Store};

/// One change of a tenant by somebody else.
struct Swap {
    /// The action that makes it.
    by: &'static Action,
    /// Its arguments.
    given: Value,
}

/// Actions whose object nobody swaps here, and why.
const OTHERWISE: &[(&str, &str)] = &[
    ("enrollment_access_management_settings_update", "the simulated tenant answers to it and keeps nothing"),
    ("jamf_protect_", "the settings of Jamf Protect say when it synchronized last, and change by themselves"),
    ("local_admin_password_set", "a password is set, whatever it was, and no answer tells it"),
    ("mdm_renewal_details_update", "what is known of a renewal changes by itself; the device is bound"),
];

/// What came of a plan when something of it was changed.
enum Found {
    /// It takes no plan with these arguments, so there is nothing between a plan and its application.
    NoPlan,
    /// It was void.
    Void,
    /// The tenant did not take the change, or is as it was.
    NotSwapped(String),
    /// It was not void.
    Hole(String),
}

fn find(name: &str) -> &'static Action {
    Catalogue::get().find(name).unwrap()
}

/// The action that changes the object at a path.
fn writer_at(path: &str) -> Option<&'static Action> {
    let writes = |action: &&Action| {
        action.path == path && matches!(action.method, Method::Put | Method::Patch) && action.upload.is_none()
    };
    // Some settings are replaced by what creates them.
    let sets = |action: &&Action| {
        let get = Catalogue::get().read_before(action);
        action.path == path && action.method == Method::Post && get.is_some_and(|get| get.path == path)
    };
    Catalogue::get().actions().find(writes).or_else(|| Catalogue::get().actions().find(sets))
}

/// Other words wherever arguments have some that were made for a test, and the other of two values.
fn otherwise(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("zz ") => *text = text.replace("zz ", "yy "),
        Value::Bool(is) => *is = !*is,
        Value::Array(items) => items.iter_mut().for_each(otherwise),
        // Everything and something besides is refused.
        Value::Object(fields) => {
            fields
                .iter_mut()
                .filter(|(name, _)| !name.starts_with("all_"))
                .for_each(|(_, value)| otherwise(value));
        }
        _ => {}
    }
}

/// A change of the object at the path of another action, whose keys are those of a call.
async fn change_of(path: &str, keys: &Value, straight: &Straight) -> Option<Swap> {
    let by = writer_at(path)?;
    let mut given = arguments(by, straight, true).await;
    for key in placeholders(path) {
        given[key] = keys.get(key)?.clone();
    }
    otherwise(&mut given["body"]);
    Some(Swap { by, given })
}

/// Another owner of each of these devices.
fn other_owners(devices: &BTreeSet<String>) -> Vec<Swap> {
    let of = |device: &String| {
        let (kind, id) = device.split_once(':')?;
        let (action, section) = match kind {
            "computer" => ("computer_update", "userAndLocation"),
            "mobile_device" => ("mobile_device_update", "location"),
            _ => return None,
        };
        let given = json!({ "id": id, "body": { section: { "username": "somebody.else" } } });
        Some(Swap { by: find(action), given })
    };
    devices.iter().filter_map(of).collect()
}

/// The devices that a call names, by their Jamf ids.
async fn devices_of(action: &'static Action, given: &Value, straight: &Straight) -> BTreeSet<String> {
    let mut plain = given.clone();
    plain.as_object_mut().unwrap().remove("reason");
    let found = named(action, &plain, straight).await;
    let management_ids: BTreeSet<&str> =
        found.iter().filter_map(|one| one.strip_prefix("management:")).collect();
    let mut devices = BTreeSet::new();
    for (kind, path, at) in [
        ("computer", "/api/v4/computers-inventory", "/general/managementId"),
        ("mobile_device", "/api/v2/mobile-devices", "/managementId"),
    ] {
        let rows = straight.read(&format!("{path}?page-size=1000")).await;
        let is_named = |row: &&Value| {
            let management_id = row.pointer(at).and_then(Value::as_str).unwrap_or_default();
            management_ids.contains(management_id)
                || found.contains(&format!("{kind}:{}", row["id"].as_str().unwrap()))
        };
        let rows = rows["results"].as_array().unwrap().iter().filter(is_named);
        devices.extend(rows.map(|row| format!("{kind}:{}", row["id"].as_str().unwrap())));
    }
    devices
}

/// The object of a call as somebody else changes it, with what it is called.
async fn object_swap(action: &'static Action, given: &Value, straight: &Straight) -> Option<(String, Swap)> {
    if OTHERWISE.iter().any(|(name, _)| action.name.starts_with(name)) {
        return None;
    }
    let before = Catalogue::get().read_before(action);
    if let Some(get) = before.filter(|get| writer_at(get.path).is_some()) {
        let ids = given.pointer("/body/ids").and_then(Value::as_array).cloned();
        let keys = match ids.filter(|_| action.deletes_several()) {
            Some(ids) => json!({ "id": ids[0] }),
            None => given.clone(),
        };
        return change_of(get.path, &keys, straight).await.map(|swap| ("the object".to_owned(), swap));
    }
    if let Some(swap) = change_of(action.path, given, straight).await {
        return Some(("the object, by the same tool".to_owned(), swap));
    }
    let parts = action.path.rmatch_indices('/').filter_map(|(at, _)| action.path.get(..at));
    for part in parts.filter(|part| part.matches('/').count() > 2) {
        if let Some(swap) = change_of(part, given, straight).await {
            return Some((format!("the settings at {part}"), swap));
        }
    }
    None
}

/// Everything of a call that somebody else can change, each with its name.
async fn swaps(action: &'static Action, given: &Value, straight: &Straight) -> Vec<(String, Vec<Swap>)> {
    let object = object_swap(action, given, straight).await;
    let mut found: Vec<(String, Vec<Swap>)> =
        object.into_iter().map(|(name, swap)| (name, vec![swap])).collect();
    for (path, reader) in action.runs {
        let pointer = format!("/{}", path.replace("[]", "/0").replace('.', "/"));
        let id = given.pointer(&pointer).map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        let Some(id) = id.filter(|id| !["-1", "0"].contains(&id.as_str())) else { continue };
        let swap = change_of(find(reader).path, &json!({ "id": id }), straight).await;
        found.extend(swap.map(|swap| (format!("what it runs, {reader} {id}"), vec![swap])));
    }
    let owners = other_owners(&devices_of(action, given, straight).await);
    if !owners.is_empty() {
        found.push(("the owner of the device".to_owned(), owners));
    }
    found
}

/// What a plan is compared by when it is applied.
fn is_compared(one: &PlanRecord, other: &PlanRecord) -> bool {
    let of = |record: &PlanRecord| {
        let plan = &record.plan;
        let targets: Vec<_> =
            plan.targets.iter().map(|one| (one.id.clone(), one.owner.clone(), one.name.clone())).collect();
        json!([
            targets,
            record.exact,
            plan.basis.object,
            plan.basis.payload,
            plan.basis.content,
            plan.basis.devices,
            plan.changes,
            plan.references,
            plan.risk
        ])
    };
    of(one) != of(other)
}

/// One world, with what goes straight to its tenant.
pub(super) struct Bench {
    pub(super) world: World,
    straight: Straight,
    pub(super) setting: Setting,
}

/// What a world allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// Critical actions are allowed, and two people have passkeys. In other worlds plans can be approved in a terminal.
    pub(super) is_critical: bool,
    /// The limits are those that a new configuration has.
    pub(super) has_default_limits: bool,
}

impl Bench {
    pub(super) async fn open(setting: Setting) -> Self {
        let critical = if setting.is_critical { changing() } else { Vec::new() };
        let world = match setting.has_default_limits {
            true => world_with_default_limits(&critical).await,
            false => world_for(&critical).await,
        };
        if setting.is_critical {
            enroll_two(&Store::open(world.state.path()).unwrap());
        }
        let straight = Straight::to(&world.tenant).await;
        Self { world, straight, setting }
    }

    /// A bench whose tenant is as at its start: this one, where nothing of it was changed.
    pub(super) async fn fresh(self) -> Self {
        let sent = self.world.tenant.log().entries_after(0, usize::MAX);
        let is_changed = sent.iter().any(|entry| entry.method != "GET" && !entry.path.contains("oauth"));
        if is_changed { Self::open(self.setting).await } else { self }
    }

    async fn control(&self, method: &str, what: &str) -> Value {
        let url = format!("{}/{what}", self.world.tenant.control_url());
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let answer = self.straight.http.request(method, url).send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    /// Make the change; why it was none.
    async fn make(&self, swap: &[Swap]) -> Result<(), String> {
        self.control("POST", "checkpoints/planned").await;
        for Swap { by, given } in swap {
            let made = request(by, given, &self.straight)
                .await
                .map_err(|problem| format!("{}: {problem}", by.name))?;
            let (status, text) = self.straight.send(&made).await;
            if status >= 300 {
                return Err(format!("{}: {status} {}", by.name, text.chars().take(200).collect::<String>()));
            }
        }
        let changes = self.control("GET", "checkpoints/planned/changes").await;
        if changes["changes"].as_array().unwrap().is_empty() {
            Err("nothing differs".to_owned())
        } else {
            Ok(())
        }
    }

    fn writes(&self) -> usize {
        self.world.grave().len()
    }

    /// A plan for an action, a change behind its back, its application.
    async fn tried(&self, action: &'static Action, at: usize) -> Option<(String, Found)> {
        let (world, who) = (&self.world, format!("{} {at}", action.name));
        let given = world.fitting(action).await;
        let (name, swap) = swaps(action, &given, &self.straight).await.into_iter().nth(at)?;
        let answer = world.call_as(&who, action.name, given.clone()).await;
        let short = |text: &str| text.chars().take(240).collect::<String>();
        if !answer.text.contains("waiting for a person") {
            return Some((name, Found::NoPlan));
        }
        let told: Value = serde_json::from_str(&answer.text).unwrap();
        let plan_record = world.plan(&told);
        // By the default limits some plans take two people.
        let is_approved = !self.setting.is_critical
            && match world.approve(&told) {
                Ok(plan_record) => plan_record.state == State::Approved,
                Err(why) => {
                    assert!(self.setting.has_default_limits, "{}: {why}", action.name);
                    false
                }
            };
        if !is_approved {
            world.store().outdate_plan(&plan_record.plan.id, "another one is made").unwrap();
        }
        if let Err(why) = self.make(&swap).await {
            return Some((name, Found::NotSwapped(why)));
        }
        let before = self.writes();
        let (tool, arguments) =
            if is_approved { ("plan_apply", json!({ "plan": told["plan"] })) } else { (action.name, given) };
        let answer = world.call_as(&who, tool, arguments).await;
        if self.writes() > before {
            return Some((
                name,
                Found::Hole(format!("SENT {:?}: {}", &world.grave()[before..], short(&answer.text))),
            ));
        }
        let is_void = match is_approved {
            true => answer.is_error && world.plan(&told).state == State::Outdated,
            false => {
                answer.is_error
                    || serde_json::from_str::<Value>(&answer.text).is_ok_and(|told| {
                        told["plan"].is_string() && is_compared(&plan_record, &world.plan(&told))
                    })
            }
        };
        let found =
            if is_void { Found::Void } else { Found::Hole(format!("NOT VOID: {}", short(&answer.text))) };
        Some((name, found))
    }
}

/// Every swap of each of these actions.
async fn all_tried(actions: Vec<&'static Action>, setting: Setting) -> Vec<(&'static str, String, Found)> {
    let mut bench = Bench::open(setting).await;
    let mut found = Vec::new();
    for action in actions {
        for at in 0.. {
            bench = bench.fresh().await;
            let Some((swap, what)) = bench.tried(action, at).await else { break };
            found.push((action.name, swap, what));
        }
    }
    found
}

async fn in_threads(actions: Vec<&'static Action>, setting: Setting) -> Vec<(&'static str, String, Found)> {
    let mut workers = tokio::task::JoinSet::new();
    for part in actions.chunks(actions.len().div_ceil(4)).map(<[_]>::to_vec) {
        workers.spawn(all_tried(part, setting));
    }
    workers.join_all().await.into_iter().flatten().collect()
}

/// Every swap of every action that takes a plan. Answers how many were void.
async fn try_all(has_default_limits: bool) -> usize {
    let (critical, others): (Vec<&'static Action>, Vec<&'static Action>) =
        changing().into_iter().partition(|action| action.risk == Risk::Critical);
    let others: Vec<_> = others.into_iter().filter(|action| action.risk >= Risk::Secret).collect();
    let mut tried = in_threads(others, Setting { is_critical: false, has_default_limits }).await;
    tried.extend(in_threads(critical, Setting { is_critical: true, has_default_limits }).await);
    let (mut void, mut wrong) = (0, Vec::new());
    for (action, swap, found) in &tried {
        match found {
            Found::NoPlan => {}
            Found::Void => void += 1,
            Found::NotSwapped(why) => wrong.push(format!("NOT SWAPPED {action}, {swap}: {why}")),
            Found::Hole(what) => wrong.push(format!("HOLE {action}, {swap}: {what}")),
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{void} void, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    void
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_behind_the_back_of_an_approval_voids_it_for_every_action() {
    let void = try_all(false).await;
    assert!(void > 280, "{void}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_behind_the_back_of_an_approval_voids_it_with_the_default_limits() {
    let void = try_all(true).await;
    assert!(void > 200, "{void}");
}
