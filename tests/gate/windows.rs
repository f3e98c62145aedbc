//! One approval for several calls, and for nothing else.

use jamf_pro_mcp::os_user;
use jamf_pro_mcp::pipeline::{Pipeline, Waiting};
use jamf_pro_mcp::store::Verdict;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::plans::escrowed;
use super::{World, caller, serial, world_of};

async fn world() -> World {
    world_of(|config| config.gate.restart_devices = 25).await
}

fn window(macs: &[Value], most: u32) -> Value {
    let serials: Vec<String> = macs.iter().map(serial).collect();
    json!({
        "tools": ["device_restart"], "arguments": { "body": {} }, "devices": serials, "minutes": 60,
        "at_most": most, "reason": "The lab is refreshed today",
    })
}

fn restart(mac: &Value) -> Value {
    json!({ "devices": [serial(mac)], "body": {} })
}

async fn open(world: &World, wish: Value) -> Value {
    let told = world.waits("plan_window", wish).await;
    world.approve(&told).unwrap();
    told
}

#[tokio::test]
async fn one_approval_lets_the_command_through_for_each_device_once() {
    let world = world().await;
    let macs = world.macs(4).await;
    let told = world.waits("plan_window", window(&macs[..3], 3)).await;
    let plan = world.plan(&told).plan;
    assert_eq!(plan.targets.len(), 3);
    assert!(plan.title == "Restart 3 Macs for 60 minutes", "{}", plan.title);
    assert!(plan.changes.iter().any(|change| change.after == "device_restart"), "{:?}", plan.changes);
    // Nobody approved it yet: a call is a plan of its own.
    world.waits("device_restart", restart(&macs[0])).await;
    assert_eq!(world.grave(), Vec::<String>::new());
    world.approve(&told).unwrap();

    let done = world.ok("device_restart", restart(&macs[1])).await;
    assert!(done["plan"].is_string() && done.get("approvals").is_none(), "{done}");
    assert_eq!(world.grave().len(), 1);
    // For the same device a person is asked again.
    world.waits("device_restart", restart(&macs[1])).await;
    // Other arguments, another command, another device, another caller: nothing of it goes.
    let loud = json!({ "devices": [serial(&macs[2])], "body": { "notifyUser": true } });
    world.waits("device_restart", loud).await;
    world.waits("device_shut_down", json!({ "devices": [serial(&macs[2])] })).await;
    world.waits("device_restart", restart(&macs[3])).await;
    let answer = world.call_as("somebody else", "device_restart", restart(&macs[2])).await;
    assert!(answer.text.contains("waiting for a person"), "{}", answer.text);
    assert_eq!(world.grave().len(), 1);

    world.ok("device_restart", restart(&macs[2])).await;
    // What waited before the window was opened is let through as well.
    let done = world.ok("device_restart", restart(&macs[0])).await;
    assert!(done.get("approvals").is_none(), "{done}");
    assert_eq!(world.grave().len(), 3);
    let status = world.ok("plan_status", json!({ "plan": told["plan"] })).await;
    assert_eq!((&status["window"]["used"], &status["window"]["at_most"]), (&json!(3), &json!(3)), "{status}");
    let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
    assert!(log.contains(&format!("window {}", told["plan"].as_str().unwrap())), "the log says by what");
}

#[tokio::test]
async fn its_number_is_over_when_it_is_over_also_for_two_at_once() {
    let world = world().await;
    let macs = world.macs(6).await;
    open(&world, window(&macs, 2)).await;
    let other = Pipeline::new(&world.config).unwrap();
    let calls = macs.iter().enumerate().map(|(at, mac)| {
        let calls = if at % 2 == 0 { world.calls.clone() } else { other.clone() };
        let arguments = restart(mac).as_object().unwrap().clone();
        async move { calls.call("device_restart", arguments, &caller("model"), &Waiting::default()).await }
    });
    futures::future::join_all(calls).await;
    assert_eq!(world.grave().len(), 2, "{:?}", world.grave());
}

#[tokio::test]
async fn a_person_closes_it_and_so_do_the_kill_switch_protection_and_a_hold() {
    let world = world().await;
    let macs = world.macs(3).await;
    let told = open(&world, window(&macs, 3)).await;
    world.ok("device_restart", restart(&macs[0])).await;

    let stop = world.state.path().join("STOP");
    std::fs::write(&stop, "").unwrap();
    assert!(world.refusal("device_restart", restart(&macs[1])).await.contains("kill switch"));
    std::fs::remove_file(stop).unwrap();
    world.store().hold(&world.plan(&told).plan.tenant_key(), "somebody looks").unwrap();
    assert!(world.refusal("device_restart", restart(&macs[1])).await.contains("on hold"));
    let mut kept = world.config.clone();
    kept.gate.protected_serials = vec![serial(&macs[2])];
    let narrower = Pipeline::new(&kept).unwrap();
    let arguments = restart(&macs[2]).as_object().unwrap().clone();
    let answer = narrower.call("device_restart", arguments, &caller("model"), &Waiting::default()).await;
    assert!(answer.is_error && answer.text.contains("protected"), "{}", answer.text);

    let plan_record = world.plan(&told);
    world.store().release(&plan_record.plan.tenant_key(), "anna").unwrap();
    world.say(&plan_record, Verdict::Reject, "").unwrap();
    // What it had let through before is not sent any more either.
    for mac in &macs[1..] {
        let answer = world.call("device_restart", restart(mac)).await;
        assert!(answer.is_error || answer.text.contains("waiting for a person"), "{}", answer.text);
    }
    assert_eq!(world.grave().len(), 1);
}

#[tokio::test]
async fn a_device_that_changed_hands_is_asked_about() {
    let world = world().await;
    let macs = world.macs(2).await;
    open(&world, window(&macs, 2)).await;
    let body = json!({ "userAndLocation": { "username": "ceo" } });
    world.through("computer_update", json!({ "id": macs[0]["id"], "body": body })).await;
    let before = world.grave().len();
    world.waits("device_restart", restart(&macs[0])).await;
    assert_eq!(world.grave().len(), before);
    world.ok("device_restart", restart(&macs[1])).await;
    assert_eq!(world.grave().len(), before + 1);
}

#[tokio::test]
async fn a_window_that_was_changed_in_the_store_opens_nothing() {
    let world = world().await;
    let macs = world.macs(2).await;
    let told = open(&world, window(&macs[..1], 1)).await;
    let store = rusqlite::Connection::open(world.store().path()).unwrap();
    let (id, plan): (String, String) = store
        .query_row("SELECT id, plan FROM plans WHERE id = ?1", [told["plan"].as_str().unwrap()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    // A shell adds a device and a higher number.
    let mut plan: Value = serde_json::from_str(&plan).unwrap();
    plan["window"]["at_most"] = json!(100);
    let mut target = plan["targets"][0].clone();
    target["id"] = macs[1]["id"].clone();
    target["serial"] = json!(serial(&macs[1]));
    target["management_id"] = macs[1]["general"]["managementId"].clone();
    target["name"] = macs[1]["general"]["name"].clone();
    plan["targets"].as_array_mut().unwrap().push(target);
    store.execute("UPDATE plans SET plan = ?2 WHERE id = ?1", [&id, &plan.to_string()]).unwrap();
    for mac in &macs {
        let answer = world.call("device_restart", restart(mac)).await;
        assert!(answer.is_error || answer.text.contains("waiting for a person"), "{}", answer.text);
    }
    assert_eq!(world.grave(), Vec::<String>::new());
}

/// The same window as one that waits, but for its time, approved as every plan is.
fn until(world: &World, told: &Value, until: Timestamp) -> String {
    let plan_record = world.plan(told);
    let mut plan = plan_record.plan.clone();
    plan.id = format!("{:032x}", until.as_millisecond());
    plan.window.as_mut().unwrap().until = until;
    plan.window.as_mut().unwrap().minutes = 0;
    plan.expires = until;
    plan.hash = plan.digest(&plan_record.exact);
    world.store().file_plan(&plan, &plan_record.exact, &plan.id, &[]).unwrap();
    let typed = plan.confirmation.expected.clone();
    world.say(&world.store().plan(&plan.id).unwrap().unwrap(), Verdict::Approve, &typed).unwrap();
    plan.id
}

#[tokio::test]
async fn its_time_runs_out_while_it_is_used_and_nobody_with_a_shell_lengthens_it() {
    let world = world().await;
    let macs = world.macs(3).await;
    let told = world.waits("plan_window", window(&macs, 3)).await;
    let end = Timestamp::now() + SignedDuration::from_secs(12);
    let id = until(&world, &told, end);
    world.ok("device_restart", restart(&macs[0])).await;
    assert_eq!(world.grave().len(), 1);
    tokio::time::sleep(end.duration_since(Timestamp::now()).try_into().unwrap()).await;
    world.waits("device_restart", restart(&macs[1])).await;
    // A shell makes it longer, in the row and in the plan.
    let store = rusqlite::Connection::open(world.store().path()).unwrap();
    let text: String =
        store.query_row("SELECT plan FROM plans WHERE id = ?1", [&id], |row| row.get(0)).unwrap();
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    let mut plan: Value = serde_json::from_str(&text).unwrap();
    for change in ["row", "plan"] {
        if change == "plan" {
            plan["window"]["until"] = json!(later.to_string());
            plan["expires"] = json!(later.to_string());
        }
        store
            .execute(
                "UPDATE plans SET plan = ?2, expires = ?3, state = 'approved' WHERE id = ?1",
                rusqlite::params![&id, plan.to_string(), later.as_millisecond()],
            )
            .unwrap();
        let answer = world.call("device_restart", restart(&macs[1])).await;
        assert!(answer.is_error || answer.text.contains("waiting for a person"), "{change}: {}", answer.text);
    }
    assert_eq!(world.grave().len(), 1);
}

#[tokio::test]
async fn its_time_begins_with_its_approval_as_that_was_given() {
    let world = world().await;
    let macs = world.macs(2).await;
    let told = world.waits("plan_window", window(&macs, 2)).await;
    let asked = world.plan(&told);
    let opened = world.approve(&told).unwrap();
    let open = opened.expires.duration_since(Timestamp::now()).as_secs();
    assert!((59 * 60..=60 * 60).contains(&open), "{open} s");
    assert!(opened.expires > asked.expires, "what is approved late is open as long");
    world.ok("device_restart", restart(&macs[0])).await;
    // Approved more than an hour ago, whatever the row says of its end.
    let store = rusqlite::Connection::open(world.store().path()).unwrap();
    let ago = Timestamp::now() - SignedDuration::from_mins(61);
    store.execute("UPDATE approvals SET at = ?1", [ago.as_millisecond()]).unwrap();
    world.waits("device_restart", restart(&macs[1])).await;
    assert_eq!(world.grave().len(), 1);
}

#[tokio::test]
async fn a_window_of_one_tenant_opens_nothing_at_another() {
    let world = world().await;
    let macs = world.macs(1).await;
    open(&world, window(&macs, 1)).await;
    // The same devices at a tenant of the same name and another address.
    let other = jamf_pro_demo::Tenant::start(jamf_pro_demo::Options::default()).await.unwrap();
    let mut config = world.config.clone();
    config.tenants.get_mut("demo").unwrap().url = other.url();
    config.tenants.get_mut("demo").unwrap().secret =
        jamf_pro_mcp::config::SecretSource::Known(other.client_secret().into());
    let calls = Pipeline::new(&config).unwrap();
    let arguments = restart(&macs[0]).as_object().unwrap().clone();
    let answer = calls.call("device_restart", arguments, &caller("model"), &Waiting::default()).await;
    assert!(answer.text.contains("waiting for a person"), "{}", answer.text);
    assert!(other.log().entries().iter().all(|entry| entry.method == "GET" || entry.path.contains("oauth")));
}

#[tokio::test]
async fn what_no_window_is_opened_for() {
    let world = world_of(|config| {
        config.gate.critical = vec!["account_delete".to_owned()];
        config.gate.restart_devices = 2;
    })
    .await;
    let macs = world.macs(3).await;
    let with = |name: &str, value: Value| {
        let mut wish = window(&macs[..1], 1);
        wish[name] = value;
        wish
    };
    for (wish, why) in [
        (with("tools", json!(["account_delete"])), "no window is opened"),
        (with("tools", json!(["policy_delete"])), "no window is opened"),
        (with("tools", json!(["building_create"])), "no window is opened"),
        (with("tools", json!(["device_restart", "device_lock"])), "no window is opened"),
        (with("tools", json!(["no_such_tool"])), "there is no tool"),
        (with("minutes", json!(241)), "from 1 to 240"),
        (with("arguments", json!({ "body": { "nonsense": 1 } })), "nonsense"),
        (with("devices", json!(["nobody has this one"])), "nobody has this one"),
        (window(&macs, 3), "gate.restart_devices"),
    ] {
        let said = world.refusal("plan_window", wish.clone()).await;
        assert!(said.contains(why), "{wish}: {said}");
    }
    // An erase has a smaller cap, which a window does not widen.
    let erase = json!({ "tools": ["device_erase"], "arguments": { "body": {} }, "minutes": 5, "reason": "The lab is handed back",
        "devices": macs.iter().take(2).map(serial).collect::<Vec<_>>() });
    assert!(world.refusal("plan_window", erase).await.contains("gate.erase_devices"));
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn secrets_of_one_device_are_shown_to_the_person_for_a_short_time() {
    let world =
        world_of(|config| (config.gate.plans_an_hour, config.gate.tenant_plans_an_hour) = (100, 100)).await;
    let (mac, key) = escrowed(&world).await.unwrap();
    let other = world.macs(30).await.into_iter().find(|other| other["id"] != mac["id"]).unwrap();
    let macs = [mac, other];
    world.tenant.log().clear();
    let wish = |devices: Value, minutes: u32| {
        json!({ "tools": ["computer_filevault_get", "computer_recovery_lock_get"], "devices": devices, "minutes": minutes,
            "at_most": 2, "reason": "The user is locked out and on the phone" })
    };
    let two = json!([serial(&macs[0]), serial(&macs[1])]);
    assert!(world.refusal("plan_window", wish(two, 10)).await.contains("exactly one device"));
    assert!(world.refusal("plan_window", wish(json!([serial(&macs[0])]), 31)).await.contains("from 1 to 30"));
    open(&world, wish(json!([serial(&macs[0])]), 10)).await;
    let read = |mac: &Value| json!({ "id": mac["id"], "reason": "The user is locked out" });
    let shown = world.call("computer_recovery_lock_get", read(&macs[0])).await;
    assert!(!shown.text.contains("waiting for a person"), "{}", shown.text);
    let shown = world.ok("computer_filevault_get", read(&macs[0])).await;
    assert!(shown["result"].as_str().unwrap().contains("shown to the approver, and not to you"), "{shown}");
    assert!(!shown.to_string().contains(&key));
    let kept = world.store().show_secrets(shown["plan"].as_str().unwrap(), "anna").unwrap();
    assert!(kept.iter().any(|secret| secret.value.expose_secret().contains(&key)));
    let before = world.grave().len();
    assert_eq!(before, 2);
    // The third time, and another device, a person is asked.
    world.waits("computer_filevault_get", read(&macs[0])).await;
    world.waits("computer_filevault_get", read(&macs[1])).await;
    assert_eq!(world.grave().len(), before);
}

#[tokio::test]
async fn a_group_is_its_members_as_of_now() {
    let world = world_of(|config| config.gate.restart_devices = 500).await;
    let wish = json!({ "tools": ["device_restart"], "arguments": { "body": {} }, "group": "Firewall off", "minutes": 30,
        "at_most": 1, "reason": "They must restart" });
    let told = world.waits("plan_window", wish).await;
    let plan = world.plan(&told).plan;
    assert!(plan.targets.len() > 1, "{}", plan.title);
    assert!(plan.title.contains("Firewall off"), "{}", plan.title);
}

/// What an earlier version planned was judged by other rules, so that a person is asked anew. The record stays its owner's, whom that
/// version knew by the name alone.
#[tokio::test]
async fn a_window_of_an_older_store_opens_nothing_and_stays_its_owners() {
    let Some(name) = os_user::former_name() else { return };
    let world = world().await;
    let macs = world.macs(2).await;
    let told = world.call_as(name, "plan_window", window(&macs, 2)).await;
    let told: Value = serde_json::from_str(&told.text).unwrap();
    world.approve(&told).unwrap();
    let disk = rusqlite::Connection::open(world.state.path().join("store/jamf-pro-mcp.sqlite")).unwrap();
    disk.execute_batch("ALTER TABLE holds DROP COLUMN mark; DROP TABLE writes; DROP TABLE servers; ALTER TABLE plans DROP COLUMN runs; \
         ALTER TABLE plans DROP COLUMN is_untold; ALTER TABLE approvers DROP COLUMN principal; \
         DROP TABLE approver_changes; DROP TABLE recovery; PRAGMA user_version = 4",
    )
        .unwrap();
    drop(disk);
    let newer = Pipeline::new(&world.config).unwrap();
    let call = async |who: &str, tool: &str, arguments: Value| {
        let arguments = arguments.as_object().unwrap().clone();
        newer.call(tool, arguments, &caller(who), &Waiting::default()).await.text
    };
    for who in ["somebody else", os_user::principal()] {
        let text = call(who, "device_restart", restart(&macs[0])).await;
        assert!(text.contains("waiting for a person"), "{text}");
    }
    assert_eq!(world.grave().len(), 0);
    let status = json!({ "plan": told["plan"] });
    let owner = call(os_user::principal(), "plan_status", status.clone()).await;
    assert!(owner.contains("outdated"), "{owner}");
    let other = call("somebody else", "plan_status", status).await;
    assert!(!other.contains("outdated"), "{other}");
}
