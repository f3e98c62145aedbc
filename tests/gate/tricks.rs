//! Ways round the gate, each tried on every action that has it, with the default limits and with loosened ones: ids that are lists or
//! paths, other names of a tool, smart groups without criteria, the plan of somebody else, a plan that was applied, arguments that are not
//! those that were approved, devices that are protected, secrets in what is answered.
//!
//! The judge is the tenant's own log, and what the store has kept for the approver.

use std::sync::Arc;

use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::effects::{GroupKind, Targets};
use jamf_pro_tools::{Action, Affects, Catalogue, Method, Risk};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::World;
use super::arguments::arguments;
use super::consequences::named;
use super::every::{changing, enroll_two, world_for, world_with};
use super::sending::request;
use super::straight::Straight;
use super::swaps::{Bench, Setting};
use crate::{State, Store};

/// What an id is not.
fn no_ids() -> Vec<Value> {
    let texts = [
        "1,2",
        "1;2",
        "1 2",
        "1/2",
        "1/../2",
        "../1",
        "..%2f2",
        "%31",
        "01",
        "+1",
        "1.0",
        "1e0",
        "0x1",
        "１",
        "1\u{200b}",
        "1\n",
        "*",
        "",
        "1?x=2",
        "1#",
        "computer:1,computer:2",
        "{id}",
        "null",
    ];
    let others = [json!(["1", "2"]), json!({ "id": "1" }), json!(true), json!(null), json!(-7), json!(1.5)];
    texts.into_iter().map(|text| json!(text)).chain(others).collect()
}

/// The limits that everybody has, and loosened ones.
async fn worlds() -> Vec<(&'static str, Arc<World>)> {
    let mut worlds = Vec::new();
    for (limits, world) in [
        ("default limits", world_with(&changing(), |_| {}).await),
        ("loosened limits", world_for(&changing()).await),
    ] {
        enroll_two(&Store::open(world.state.path()).unwrap());
        worlds.push((limits, Arc::new(world)));
    }
    worlds
}

/// Do something with each of these actions in a few tasks; what they found.
async fn with_each<F>(
    world: &Arc<World>,
    actions: &[&'static Action],
    work: impl Fn(Arc<World>, &'static Action) -> F + Clone + Send + 'static,
) -> Vec<String>
where
    F: Future<Output = Vec<String>> + Send,
{
    let mut workers = tokio::task::JoinSet::new();
    for part in actions.chunks(actions.len().div_ceil(4).max(1)).map(<[_]>::to_vec) {
        let (world, work) = (world.clone(), work.clone());
        workers.spawn(async move {
            let mut found = Vec::new();
            for action in part {
                found.extend(work(world.clone(), action).await);
            }
            found
        });
    }
    workers.join_all().await.concat()
}

fn short(text: &str) -> String {
    text.chars().take(160).collect()
}

/// Keys of paths that are names, in whose place any text may stand: it is encoded.
const NAMES: &[&str] =
    &["username", "guid", "languageId", "sessionId", "idType", "resource", "name", "key", "id_type"];

/// Where the arguments of an action say by an id what it is about: the keys of its path, and devices. Serial numbers, codes and UDIDs are
/// texts that the tenant looks up whole, so that none of them is a list.
fn places(action: &Action) -> Vec<String> {
    let keys = placeholders(action.path).filter(|key| !NAMES.contains(key)).map(|key| format!("/{key}"));
    let by_id = |targets: &&Targets| {
        !matches!(targets, Targets::SerialNumbers(_) | Targets::Code(_) | Targets::Udids(_))
    };
    let devices = action.targets.iter().filter(by_id).flat_map(|targets| targets.paths());
    let devices = devices.map(|path| format!("/{}", path.replace("[]", "/0").replace('.', "/")));
    let command = action.command.map(|_| "/devices/0".to_owned());
    keys.chain(devices).chain(command).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_lists_or_paths_name_nothing() {
    for (limits, world) in worlds().await {
        let wrong = with_each(&world, &changing(), |world, action| async move {
            let given = world.fitting(action).await;
            let mut wrong = Vec::new();
            for place in places(action) {
                for id in no_ids() {
                    let mut given = given.clone();
                    let Some(at) = given.pointer_mut(&place) else { continue };
                    *at = id.clone();
                    let answer = world.call_as(action.name, action.name, given).await;
                    if !answer.is_error {
                        wrong.push(format!("{} with {place} = {id}: {}", action.name, short(&answer.text)));
                    }
                }
            }
            wrong
        })
        .await;
        assert!(wrong.is_empty(), "{limits}: {}\n{}", wrong.len(), wrong.join("\n"));
        let made = |entry: &&String| {
            Catalogue::get().actions().any(|action| {
                super::every::is_of(action, entry) && action.name == "computer_attachment_create"
            })
        };
        let sent: Vec<String> = world.grave().iter().filter(|entry| !made(entry)).cloned().collect();
        assert_eq!(sent, Vec::<String>::new(), "{limits}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_name_of_a_tool_and_no_other_gateway_leads_past_the_gate() {
    for (limits, world) in worlds().await {
        let grave: Vec<&'static Action> = changing()
            .into_iter()
            .filter(|action| action.risk >= Risk::Secret && action.at_least.is_none())
            .collect();
        with_each(&world, &grave, |world, action| async move {
            let given = world.fitting(action).await;
            let name = action.name;
            let names = [
                name.to_uppercase(),
                format!(" {name}"),
                format!("{name} "),
                name.replace('_', "-"),
                format!("jamf.{name}"),
                format!("{name}\u{200b}"),
                format!("{name}\0"),
                format!("call_write/{name}"),
                name.replace('e', "\u{435}"),
                name.to_owned(),
            ];
            for other in names {
                for gateway in ["call_read", "call_write", "call_destructive"] {
                    let arguments = json!({ "name": other, "arguments": given });
                    world.call_as(name, gateway, arguments.clone()).await;
                    world.call_as(name, gateway, json!({ "name": gateway, "arguments": arguments })).await;
                }
                if other != name {
                    let answer = world.call_as(name, &other, given.clone()).await;
                    assert!(answer.is_error, "{other:?}: {}", answer.text);
                }
            }
            Vec::new()
        })
        .await;
        let made = |entry: &&String| entry.contains("/attachments");
        let sent: Vec<String> = world.grave().iter().filter(|entry| !made(entry)).cloned().collect();
        assert_eq!(sent, Vec::<String>::new(), "{limits}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_smart_group_loses_its_criteria_by_any_way() {
    let is_smart = |action: &&'static Action| match action.affects {
        Some(Affects::Group(GroupKind::Smart(_))) => action.method != Method::Delete,
        _ => action.name.contains("smart") && action.risk != Risk::Read && action.method != Method::Delete,
    };
    let actions: Vec<&'static Action> = changing().into_iter().filter(is_smart).collect();
    let with_criteria: Vec<_> = actions
        .into_iter()
        .filter(|action| action.input_schema()["properties"]["body"]["properties"].get("criteria").is_some())
        .collect();
    assert!(
        with_criteria.len() >= 4,
        "{:?}",
        with_criteria.iter().map(|action| action.name).collect::<Vec<_>>()
    );
    for (limits, world) in worlds().await {
        for action in &with_criteria {
            let given = world.fitting(action).await;
            let empty = [
                json!([]),
                json!({}),
                json!(null),
                json!(""),
                json!([{}]),
                json!([null]),
                json!([[]]),
                json!({ "criterion": [] }),
            ];
            let mut calls: Vec<Value> = empty
                .into_iter()
                .map(|none| {
                    let mut given = given.clone();
                    given["body"]["criteria"] = none;
                    given
                })
                .collect();
            let mut without = given.clone();
            without["body"].as_object_mut().unwrap().remove("criteria");
            if action.method == Method::Post || action.method == Method::Put {
                calls.push(without.clone());
            }
            without["clear"] = json!(["criteria"]);
            calls.push(without);
            for call in calls {
                let (name, shown) = (action.name, call["body"]["criteria"].clone());
                let several = json!({ "calls": [
                    { "tool": "building_create", "arguments": { "body": { "name": "Annex" } } },
                    { "tool": name, "arguments": call },
                ], "reason": "because" });
                let by_gateway = json!({ "name": name, "arguments": call });
                for (tool, arguments) in [
                    (name, call.clone()),
                    ("call_write", by_gateway.clone()),
                    ("call_destructive", by_gateway),
                    ("plan_calls", several),
                ] {
                    let answer = world.call_as(name, tool, arguments).await;
                    assert!(answer.is_error, "{limits}: {name} by {tool} with {shown}: {}", answer.text);
                }
            }
        }
        assert_eq!(world.grave(), Vec::<String>::new(), "{limits}");
    }
}

/// Other values than these, one at a time.
fn others(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| others(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(place, value)| others(value, &format!("{at}/{place}"), found));
        }
        Value::String(text) => found.push((at.to_owned(), json!(format!("{text}2")))),
        Value::Number(number) => found.push((at.to_owned(), json!(number.as_i64().unwrap_or(0) + 1))),
        Value::Bool(is) => found.push((at.to_owned(), json!(!is))),
        Value::Null => {}
    }
}

/// Values of one call that are changed, of many.
const CHANGED: usize = 12;

/// One action from its plan to what comes after its application, with everything that somebody tries in between.
async fn misused(bench: &Bench, action: &'static Action) -> Result<bool, String> {
    let world = &bench.world;
    let given = world.fitting(action).await;
    let answer = world.call_as(action.name, action.name, given.clone()).await;
    if !answer.text.contains("waiting for a person") {
        return Ok(false);
    }
    let told: Value = serde_json::from_str(&answer.text).unwrap();
    let plan = json!({ "plan": told["plan"] });
    let began = world.grave().len();
    let is_unsent = |what: &str| match &world.grave()[began..] {
        [] => Ok(()),
        sent => Err(format!("{what}: sent {sent:?}")),
    };
    world.call_as(action.name, "plan_apply", plan.clone()).await;
    is_unsent("before anybody approved it")?;
    if bench.setting.is_critical {
        if world.approve(&told).is_ok() {
            return Err("it was approved in a terminal".to_owned());
        }
    } else {
        match (world.approve(&told), bench.setting.has_default_limits) {
            (Err(why), false) => return Err(why),
            // By the default limits some plans take two people.
            (Err(_), true) => return Ok(false),
            (Ok(plan_record), _) if plan_record.state != State::Approved => return Ok(false),
            (Ok(_), _) => {}
        }
    }
    let state = world.plan(&told).state;
    // Somebody else.
    for tool in ["plan_apply", "plan_status"] {
        let answer = world.call_as("mallory", tool, plan.clone()).await;
        if !answer.is_error {
            return Err(format!("{tool} by somebody else: {}", short(&answer.text)));
        }
    }
    // The same words of somebody else are a plan of their own, or were less than the tool can do.
    let others_call = world.call_as("mallory", action.name, given.clone()).await;
    if !others_call.is_error && !others_call.text.contains("waiting for a person") {
        return Err(format!("the same call of somebody else: {}", short(&others_call.text)));
    }
    is_unsent("of somebody else")?;
    // Other arguments than those that were approved.
    let mut changed = Vec::new();
    others(&given, "", &mut changed);
    changed.retain(|(place, _)| place != "/reason");
    let step = changed.len().div_ceil(CHANGED).max(1);
    for (place, other) in changed.into_iter().step_by(step) {
        let mut given = given.clone();
        *given.pointer_mut(&place).unwrap() = other.clone();
        // A caller of its own, so that open plans do not add up; the plan belongs to the first one.
        let answer = world.call_as(action.name, action.name, given).await;
        let is_plain = action.at_least.is_some_and(|least| least <= Risk::Write);
        if !is_plain {
            is_unsent(&format!("with {place} = {other}: {}", short(&answer.text)))?;
        }
        if world.plan(&told).state != state {
            return Err(format!("with {place} = {other} the plan is {:?}", world.plan(&told).state));
        }
    }
    // Nobody approves with a passkey here: what follows an approval is tried in the suite of approvals.
    if bench.setting.is_critical {
        world.call_as(action.name, "plan_apply", plan.clone()).await;
        return is_unsent("without an approval").map(|()| true);
    }
    let before = world.grave().len();
    let applied = world.call_as(action.name, "plan_apply", plan.clone()).await;
    if world.grave().len() == before {
        // What changed in between by a plain write of our own voids it.
        let is_void = world.plan(&told).state == State::Outdated && before > began;
        return if is_void { Ok(false) } else { Err(format!("it was not sent: {}", short(&applied.text))) };
    }
    // No secret that the approver has is in the answer or in the log.
    let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
    for secret in world.store().show_secrets(told["plan"].as_str().unwrap(), "anna").unwrap_or_default() {
        let value = secret.value.expose_secret();
        if value.len() > 3 && (applied.text.contains(value) || log.contains(value)) {
            return Err(format!("`{}` is in the answer or the log", secret.label));
        }
    }
    // Once more.
    let sent = world.grave().len();
    world.call_as(action.name, "plan_apply", plan.clone()).await;
    let again = world.call_as(action.name, action.name, given).await;
    if world.grave().len() > sent && action.at_least.is_none_or(|least| least > Risk::Write) {
        return Err(format!("it was sent again: {}", short(&again.text)));
    }
    Ok(true)
}

/// All misuses of the plans of every action. Answers how many plans were applied; of critical actions, how many were planned and not sent.
async fn misuse_all(setting: Setting) -> usize {
    let is_meant = |action: &&Action| match setting.is_critical {
        true => action.risk == Risk::Critical,
        false => matches!(action.risk, Risk::Secret | Risk::Destructive),
    };
    let actions: Vec<&'static Action> = changing().into_iter().filter(is_meant).collect();
    let mut workers = tokio::task::JoinSet::new();
    for part in actions.chunks(actions.len().div_ceil(4)).map(<[_]>::to_vec) {
        workers.spawn(async move {
            let mut bench = Bench::open(setting).await;
            let (mut tried, mut wrong) = (0, Vec::new());
            for action in part {
                bench = bench.fresh().await;
                match misused(&bench, action).await {
                    Ok(is_tried) => tried += usize::from(is_tried),
                    Err(why) => wrong.push(format!("{}: {why}", action.name)),
                }
            }
            (tried, wrong)
        });
    }
    let (mut tried, mut wrong) = (0, Vec::new());
    for (some, more) in workers.join_all().await {
        tried += some;
        wrong.extend(more);
    }
    assert!(wrong.is_empty(), "{tried} tried, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    tried
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_for_one_caller_one_call_and_one_time_whatever_the_action() {
    let applied = misuse_all(Setting { is_critical: false, has_default_limits: false }).await;
    assert!(applied > 150, "{applied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_for_one_caller_one_call_and_one_time_with_the_default_limits() {
    let applied = misuse_all(Setting { is_critical: false, has_default_limits: true }).await;
    assert!(applied > 100, "{applied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_critical_plan_is_applied_by_anybody_without_passkeys() {
    for has_default_limits in [false, true] {
        let planned = misuse_all(Setting { is_critical: true, has_default_limits }).await;
        assert!(planned > 60, "{planned}");
    }
}

/// Devices that nobody may touch, as plans name them.
const PROTECTED: [&str; 3] = ["computer:1", "mobile_device:1", "mobile_device:2"];

#[tokio::test(flavor = "multi_thread")]
async fn no_action_affects_a_protected_device() {
    let probe = world_for(&[]).await;
    let straight = Straight::to(&probe.tenant).await;
    let mut serials = Vec::new();
    for (path, at, ids) in [
        ("/api/v4/computers-inventory", "/hardware/serialNumber", &["1"][..]),
        ("/api/v2/mobile-devices", "/serialNumber", &["1", "2"]),
    ] {
        let rows = straight.read(&format!("{path}?page-size=1000&section=GENERAL&section=HARDWARE")).await;
        for id in ids {
            let row = rows["results"].as_array().unwrap().iter().find(|row| row["id"] == *id).unwrap();
            serials.push(row.pointer(at).unwrap().as_str().unwrap().to_owned());
        }
    }
    for (limits, is_loose) in [("default limits", false), ("loosened limits", true)] {
        let protected = serials.clone();
        let world = world_with(&changing(), move |config| {
            if is_loose {
                super::without_limits(config);
                config.gate.restart_devices = 1000;
                config.gate.erase_devices = 20;
                config.gate.lock_devices = 1000;
                config.gate.plans_an_hour = 100_000;
                config.gate.tenant_plans_an_hour = 100_000;
                config.gate.writes_an_hour = 100_000;
            } else {
                config.gate.writes_an_hour = 100_000;
            }
            config.gate.protected_serials = protected;
        })
        .await;
        enroll_two(&Store::open(world.state.path()).unwrap());
        let world = Arc::new(world);
        let wrong = with_each(&world, &changing(), |world, action| async move {
            let straight = Straight::to(&world.tenant).await;
            let mut given = arguments(action, &straight, true).await;
            given["reason"] = json!("a broken Mac");
            let mut plain = given.clone();
            plain.as_object_mut().unwrap().remove("reason");
            let of_call = named(action, &plain, &straight).await;
            let answer = world.call_as(action.name, action.name, given).await;
            let is_protected = |device: &str| PROTECTED.contains(&device);
            if answer.is_error {
                return Vec::new();
            }
            let told: Value = serde_json::from_str(&answer.text).unwrap_or_default();
            if told["plan"].is_null() {
                let touched: Vec<&String> = of_call.iter().filter(|device| is_protected(device)).collect();
                return touched
                    .iter()
                    .map(|device| format!("SENT {} to {device}: {}", action.name, short(&answer.text)))
                    .collect();
            }
            let plan = world.plan(&told).plan;
            let targets = plan.targets.iter().map(|target| format!("{}:{}", target.kind, target.id));
            let effects = plan.basis.effects.iter().flat_map(|effect| effect.devices.clone());
            let all: Vec<String> =
                targets.chain(effects).chain(plan.basis.devices.clone().unwrap_or_default()).collect();
            let mut wrong: Vec<String> = all
                .iter()
                .filter(|device| is_protected(device))
                .map(|device| format!("PLANNED {} for {device}", action.name))
                .collect();
            if plan.reach.devices.is_none() {
                wrong.push(format!("PLANNED {} for any device: {}", action.name, plan.reach.sentence));
            }
            wrong
        })
        .await;
        assert!(wrong.is_empty(), "{limits}: {}\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// A device whose name is one that protects it, in another form of the same letters.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_protects_in_whichever_form_its_letters_are_encoded() {
    let pattern = "Zoë\u{2019}s MacBook*";
    for name in [
        "Zoe\u{308}\u{2019}s MacBook Pro",
        "ZOË'S MACBOOK",
        "Zoë\u{2bc}s\u{a0}MacBook Air",
        "Ｚoë's ＭacＢook",
        "Zoë\u{200b}'s Mac\u{ad}Book 2",
        "\u{202e}Zoë's MacBook",
        "zoë`s macbook",
        "Zoë\u{feff}'s MacBook",
    ] {
        let world = world_with(&[], |config| config.gate.protected_names = vec![pattern.to_owned()]).await;
        let straight = Straight::to(&world.tenant).await;
        let rename = Catalogue::get().find("computer_update").unwrap();
        let given = json!({ "id": "1", "body": { "general": { "name": name } } });
        let (status, said) = straight.send(&request(rename, &given, &straight).await.unwrap()).await;
        assert!(status < 300, "{name:?}: {status} {said}");
        let writes = world.grave().len();
        let mac = straight.read("/api/v4/computers-inventory/1?section=GENERAL&section=HARDWARE").await;
        let serial = mac["hardware"]["serialNumber"].as_str().unwrap();
        let (management_id, udid) = (&mac["general"]["managementId"], &mac["udid"]);
        for (tool, arguments) in [
            ("device_restart", json!({ "devices": [serial], "body": {} })),
            ("device_restart", json!({ "devices": [name], "body": {} })),
            ("device_restart", json!({ "devices": [management_id], "body": {} })),
            ("computer_erase", json!({ "id": "1", "body": {} })),
            ("computer_update", json!({ "id": "1", "body": { "general": { "assetTag": "x" } } })),
            ("blank_push_send", json!({ "body": { "clientManagementIds": [management_id] } })),
            ("mdm_profile_renew", json!({ "body": { "udids": [udid] } })),
            ("computer_filevault_get", json!({ "id": "1", "reason": "because" })),
            (
                "plan_calls",
                json!({ "calls": [
                { "tool": "building_create", "arguments": { "body": { "name": "Annex" } } },
                { "tool": "device_restart", "arguments": { "devices": [serial], "body": {} } },
            ], "reason": "because" }),
            ),
        ] {
            let answer = world.call(tool, arguments).await;
            assert!(
                answer.is_error && !answer.text.contains("waiting for"),
                "{name:?} {tool}: {}",
                answer.text
            );
            let is_by_name = answer.text.contains("gate.protected_names");
            assert!(is_by_name || answer.text.contains("no device"), "{name:?} {tool}: {}", answer.text);
        }
        assert_eq!(world.grave().len(), writes, "{name:?}");
    }
}
