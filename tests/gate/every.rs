//! Every grave action, one by one: with arguments that fit it is planned, and once approved it sends what was planned and nothing else.

use jamf_pro_demo::Options;
use jamf_pro_mcp::config::Config;
use jamf_pro_mcp::store::{Store, Voucher};
use jamf_pro_tools::{Action, Catalogue, Risk};
use serde_json::{Value, json};

use super::arguments::{arguments, table};
use super::straight::Straight;
use super::{World, without_limits, world_at};

/// What nobody is asked about: files with a key that cannot be shown once.
const REFUSED: &[&str] = &["mobile_device_enrollment_profile_download", "supervision_identity_download"];

fn grave(risks: &[Risk]) -> Vec<&'static Action> {
    let mut found: Vec<_> =
        Catalogue::get().actions().filter(|action| risks.contains(&action.risk)).collect();
    // What takes away comes last, and devices after what is done to them.
    let takes = ["delete", "erase", "unmanage", "remove"];
    found.sort_by_key(|action| {
        let words = |words: &[&str]| words.iter().any(|word| action.name.contains(word));
        let last = ["computer_delete", "mobile_device_delete"].contains(&action.name);
        // A part goes before what it is part of, and what others name after those.
        (
            words(&takes),
            !words(&["_remove", "manifest", "vpp_"]),
            words(&["group_delete", "user_delete"]),
            last,
        )
    });
    found
}

/// A small tenant, with these critical actions allowed and no limit in the way.
pub(super) async fn world_for(names: &[&'static Action]) -> World {
    world_with(names, |config| {
        without_limits(config);
        config.gate.restart_devices = 1000;
        config.gate.erase_devices = 20;
        config.gate.lock_devices = 1000;
        without_rates(config);
    })
    .await
}

/// A small tenant with the default limits, and these critical actions allowed. Only the number of calls within a time is not limited, because
/// a suite makes more of them than a person.
pub(super) async fn world_with_default_limits(names: &[&'static Action]) -> World {
    world_with(names, without_rates).await
}

fn without_rates(config: &mut Config) {
    config.gate.plans_an_hour = 100_000;
    config.gate.tenant_plans_an_hour = 100_000;
    config.gate.secrets_a_day = 100_000;
    config.gate.writes_an_hour = 100_000;
}

/// A small tenant, with these critical actions allowed.
pub(super) async fn world_with(names: &[&'static Action], change: impl FnOnce(&mut Config)) -> World {
    let critical = names.iter().filter(|action| action.risk == Risk::Critical);
    let names: Vec<String> = critical.map(|action| action.name.to_owned()).collect();
    let options = Options { computers: 40, ..Options::default() };
    let world = world_at(options, |config| {
        config.gate.critical = names;
        change(config);
        config.files = config.state.as_ref().map(|state| state.join("files"));
    })
    .await;
    let files = world.state.path().join("files");
    std::fs::create_dir_all(&files).unwrap();
    std::fs::write(files.join("1"), "Serial Number,Username\nZZNOBODY,anna\n").unwrap();
    world
}

/// Two people with a passkey each, so that what takes two can be planned.
pub(super) fn enroll_two(store: &Store) {
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code, None).unwrap();
    let by = Voucher::Passkey { credential: "k1".to_owned(), proof: "signed".to_owned() };
    store.enroll("k2", "Carol", b"key", 0, &by, None).unwrap();
    pass_a_day(store);
}

/// A new passkey counts after a day.
pub(super) fn pass_a_day(store: &Store) {
    let rows = rusqlite::Connection::open(store.path()).unwrap();
    rows.execute("UPDATE approvers SET enrolled = enrolled - 24 * 3600000", []).unwrap();
}

/// Every action that is not a read.
pub(super) fn changing() -> Vec<&'static Action> {
    Catalogue::get().actions().filter(|action| action.risk != Risk::Read).collect()
}

/// A tenant as it is at its start, with two people, for each action: the same one as long as nothing of it was changed.
#[derive(Default)]
pub(super) struct FreshWorlds(Option<World>);

impl FreshWorlds {
    pub(super) async fn take(&mut self) -> World {
        if let Some(world) = self.0.take() {
            return world;
        }
        let world = world_for(&changing()).await;
        enroll_two(&Store::open(world.state.path()).unwrap());
        world
    }

    pub(super) fn give_back(&mut self, world: World) {
        let sent = world.tenant.log().entries_after(0, usize::MAX);
        let is_changed = sent.iter().any(|entry| entry.method != "GET" && !entry.path.contains("oauth"));
        self.0 = (!is_changed).then_some(world);
    }
}

impl World {
    /// Arguments that fit an action, with a reason for what is asked of a person.
    pub(super) async fn fitting(&self, action: &'static Action) -> Value {
        let straight = Straight::to(&self.tenant).await;
        if let Some(earlier) = table()["before"].get(action.name) {
            let earlier = Catalogue::get().find(earlier.as_str().unwrap()).unwrap();
            let given = arguments(earlier, &straight, false).await;
            self.ok(earlier.name, given).await;
        }
        let mut given = arguments(action, &straight, true).await;
        given["reason"] = json!("a broken Mac");
        given
    }
}

/// Whether a request is the one of an action.
pub(super) fn is_of(action: &Action, entry: &str) -> bool {
    let (method, path) = entry.split_once(' ').unwrap();
    let path = path.split('?').next().unwrap();
    let (mut template, mut parts) = (action.path.split('/'), path.split('/'));
    let fits = loop {
        match (template.next(), parts.next()) {
            (None, None) => break true,
            (Some(one), Some(other)) if one.starts_with('{') || one == other => {}
            _ => break false,
        }
    };
    method.eq_ignore_ascii_case(action.method.as_str()) && fits
}

#[tokio::test]
async fn every_grave_action_is_planned_and_sends_what_was_approved() {
    let actions = grave(&[Risk::Secret, Risk::Destructive]);
    let world = world_for(&[]).await;
    let (mut sent, mut wrong) = (0, Vec::new());
    for action in actions {
        let given = world.fitting(action).await;
        let before = world.grave().len();
        let answer = world.call_as(action.name, action.name, given.clone()).await;
        let short: String = answer.text.chars().take(300).collect();
        if REFUSED.contains(&action.name) {
            assert!(answer.is_error && answer.text.contains("is refused"), "{}: {short}", action.name);
            continue;
        }
        if !answer.text.contains("waiting for a person") {
            let harmless = action.at_least.is_some_and(|least| least <= Risk::Write) && !answer.is_error;
            if !harmless {
                wrong.push(format!("NOT PLANNED {}: {short}", action.name));
            }
            continue;
        }
        assert_eq!(world.grave().len(), before, "{} was sent before anybody approved it", action.name);
        let told: Value = serde_json::from_str(&answer.text).unwrap();
        if let Err(error) = world.approve(&told) {
            wrong.push(format!("NOT APPROVED {}: {error}", action.name));
            continue;
        }
        let applied = world.call_as(action.name, action.name, given.clone()).await;
        let after = world.grave();
        let of_call = &after[before..];
        let short: String = applied.text.chars().take(300).collect();
        // What is lost with a record is read for the person before it goes.
        let reads = ["/filevault", "/view-"];
        let is_of_call = |entry: &&String| {
            action.name != "computer_delete" || !reads.iter().any(|part| entry.contains(part))
        };
        let of_call: Vec<&String> = of_call.iter().filter(is_of_call).collect();
        if of_call.is_empty() || !of_call.iter().all(|entry| is_of(action, entry)) {
            wrong.push(format!("SENT {}: {of_call:?}: {short}", action.name));
        } else {
            sent += 1;
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(sent > 200, "{sent}");
}

#[tokio::test]
async fn every_critical_action_is_planned_and_waits_for_passkeys() {
    let actions = grave(&[Risk::Critical]);
    let world = world_for(&actions).await;
    enroll_two(&Store::open(world.state.path()).unwrap());
    let mut wrong = Vec::new();
    for action in &actions {
        let given = world.fitting(action).await;
        let answer = world.call_as(action.name, action.name, given).await;
        let short: String = answer.text.chars().take(300).collect();
        if !answer.text.contains("waiting for a person") {
            wrong.push(format!("NOT PLANNED {}: {short}", action.name));
            continue;
        }
        let told: Value = serde_json::from_str(&answer.text).unwrap();
        let plan = world.plan(&told).plan;
        if world.approve(&told).is_ok() || plan.title.is_empty() {
            wrong.push(format!("APPROVED BY A SHELL {}", action.name));
        }
        let again = world.call_as(action.name, "plan_apply", json!({ "plan": plan.id })).await;
        assert!(again.text.contains("waiting for a person"), "{}: {}", action.name, again.text);
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn a_package_for_a_group_goes_to_its_members_as_they_were_approved() {
    let world = world_for(&grave(&[Risk::Critical])).await;
    enroll_two(&Store::open(world.state.path()).unwrap());
    let mac = world.mac().await;
    let group = mac["groupMemberships"][0]["groupId"].as_str().unwrap();
    let manifest = json!({
        "url": "https://example.org/app.pkg", "hash": "00", "hashType": "SHA256", "bundleId": "org.example.app",
        "bundleVersion": "1", "title": "App", "sizeInBytes": 1,
    });
    let deploy = json!({ "body": { "manifest": manifest, "groupId": group } });
    let plan_record = world.plan(&world.waits("package_deploy", deploy).await);
    let devices = plan_record.exact["body"]["devices"].as_array().unwrap();
    assert!(plan_record.exact["body"].get("groupId").is_none(), "{}", plan_record.exact);
    assert_eq!(devices.len(), plan_record.plan.targets.len());
    let id: u64 = mac["id"].as_str().unwrap().parse().unwrap();
    assert!(devices.contains(&json!(id)));
}
