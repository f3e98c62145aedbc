//! The gate, driven as a hostile model would: nothing grave reaches the tenant without an approval that fits it.
//!
//! The judge is the simulated tenant's own log of what it was asked.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/arguments.rs"]
mod arguments;
#[path = "gate/every.rs"]
mod every;
#[path = "gate/flush.rs"]
mod flush;
#[path = "gate/profiles.rs"]
mod profiles;
#[path = "gate/reach.rs"]
mod reach;
#[path = "gate/records.rs"]
mod records;
#[path = "support/straight.rs"]
mod straight;
#[path = "gate/uploads.rs"]
mod uploads;
#[path = "gate/windows.rs"]
mod windows;

use std::sync::Arc;

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::approvals::quorum::{Decision, decide};
use jamf_pro_mcp::audit::Audit;
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, GateConfig, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, ToolResult, Waiting, registry};
use jamf_pro_mcp::store::{Filed, Filter, Means, State, Store, Verdict, Voucher};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;

use arguments::{made, resolve};
use straight::Straight;

struct World {
    tenant: Tenant,
    config: Config,
    calls: Pipeline,
    state: TempDir,
}

async fn world() -> World {
    world_of(|_| {}).await
}

async fn world_of(change: impl FnOnce(&mut Config)) -> World {
    world_at(Options::default(), change).await
}

async fn world_at(options: Options, change: impl FnOnce(&mut Config)) -> World {
    let tenant = Tenant::start(options).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut config = Config { state: Some(state.path().to_owned()), ..Config::default() };
    config.allow = vec![
        RiskClass::Read,
        RiskClass::Device,
        RiskClass::Write,
        RiskClass::Secret,
        RiskClass::Destructive,
        RiskClass::Critical,
    ];
    config.gate.repeat_seconds = 0;
    let settings = TenantConfig {
        url: tenant.url(),
        client_id: tenant.client_id().to_owned(),
        secret: SecretSource::Known(tenant.client_secret().into()),
        label: Some("prod".to_owned()),
        ca_file: None,
    };
    config.tenants.insert("demo".to_owned(), settings);
    change(&mut config);
    World { calls: Pipeline::new(&config).unwrap(), tenant, config, state }
}

fn caller(who: &str) -> Caller {
    Caller { who: Arc::from(who), client: Some("hostile 1.0".to_owned()), transport: "stdio", session: None }
}

impl World {
    async fn call_as(&self, who: &str, tool: &str, arguments: Value) -> ToolResult {
        self.calls.call(tool, arguments.as_object().unwrap().clone(), &caller(who), &Waiting::default()).await
    }

    async fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        self.call_as("model", tool, arguments).await
    }

    async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.call(tool, arguments).await;
        assert!(!answer.is_error, "{tool}: {}", answer.text);
        serde_json::from_str(&answer.text).unwrap()
    }

    async fn refused(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        assert!(answer.is_error, "{tool}: {}", answer.text);
        answer.text
    }

    /// What changed anything, or revealed a secret, as the tenant saw it.
    fn grave(&self) -> Vec<String> {
        let secret = ["/filevault", "/view-", "/password", "/audit", "/failover"];
        let entries = self.tenant.log().entries();
        let grave = entries.iter().filter(|entry| {
            let writes = entry.method != "GET" && !entry.path.contains("oauth");
            writes || secret.iter().any(|part| entry.path.contains(part))
        });
        grave.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    }

    fn store(&self) -> &Store {
        self.calls.gate().store()
    }

    fn plan(&self, told: &Value) -> Filed {
        self.store().plan(told["plan"].as_str().unwrap()).unwrap().unwrap()
    }

    /// A person at a terminal, who reads what is shown and types what is asked for.
    fn approve(&self, told: &Value) -> Result<Filed, String> {
        let filed = self.plan(told);
        self.say(&filed, Verdict::Approve, &filed.plan.typed.expected)
    }

    fn say(&self, filed: &Filed, verdict: Verdict, typed: &str) -> Result<Filed, String> {
        let decision = Decision {
            means: Means::Terminal,
            credential: "terminal:anna".to_owned(),
            approver: "anna".to_owned(),
            verdict,
            typed: typed.to_owned(),
            note: None,
            proof: None,
            hash: filed.plan.hash.clone(),
            answers: std::collections::BTreeMap::new(),
        };
        decide(self.store(), &self.config.gate, &filed.plan.id, decision).map_err(|error| error.to_string())
    }

    /// Managed Macs, each with id, management id, serial number and name.
    async fn macs(&self, count: usize) -> Vec<Value> {
        let fields =
            ["id", "general.name", "general.managementId", "hardware.serialNumber", "groupMemberships"];
        let found = self.ok("computer_list", json!({ "page_size": 40, "fields": fields })).await;
        let rows = found["rows"].as_array().unwrap();
        let managed = |row: &&Value| row["general"]["managementId"].as_str().is_some_and(|id| !id.is_empty());
        rows.iter().filter(managed).take(count).cloned().collect()
    }

    async fn mac(&self) -> Value {
        self.macs(1).await.remove(0)
    }

    /// A call that is made in any case: with a person's approval where it takes one.
    async fn through(&self, tool: &str, arguments: Value) -> Value {
        let told = self.ok(tool, arguments.clone()).await;
        if !told["result"].as_str().is_some_and(|result| result.contains("waiting for a person")) {
            return told;
        }
        self.approve(&told).unwrap();
        self.ok(tool, arguments).await
    }

    async fn waits(&self, tool: &str, arguments: Value) -> Value {
        let told = self.ok(tool, arguments).await;
        assert!(told["result"].as_str().unwrap().contains("waiting for a person"), "{told}");
        told
    }
}

fn serial(mac: &Value) -> String {
    mac["hardware"]["serialNumber"].as_str().unwrap().to_owned()
}

fn lock(mac: &Value) -> Value {
    json!({ "devices": [serial(mac)], "body": { "message": "Bring it back" } })
}

#[tokio::test]
async fn a_grave_call_is_planned_approved_by_a_person_and_applied_once() {
    let world = world().await;
    let mac = world.mac().await;
    let told = world.waits("device_lock", lock(&mac)).await;
    assert_eq!(world.grave(), Vec::<String>::new());
    let filed = world.plan(&told);
    let plan = &filed.plan;
    assert_eq!(plan.typed.expected, serial(&mac));
    assert_eq!((plan.targets.len(), plan.targets[0].serial.clone()), (1, serial(&mac)));
    assert!(plan.reach.sentence.contains("affects 1 of 420 computers"), "{}", plan.reach.sentence);
    assert!(!plan.not_checked.is_empty() && !plan.undo.possible);
    assert_eq!(plan.tenant_label.as_deref(), Some("prod"));

    // Asking again, and again, changes nothing and makes no second plan.
    let again = world.waits("device_lock", lock(&mac)).await;
    assert_eq!(again["plan"], told["plan"]);
    let applied = world.waits("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(applied["plan"], told["plan"]);
    assert_eq!(world.grave(), Vec::<String>::new());

    assert_eq!(world.approve(&told).unwrap().state, State::Approved);
    let done = world.ok("device_lock", lock(&mac)).await;
    assert_eq!(world.grave().len(), 1, "{done}");
    let filed = world.plan(&told);
    assert_eq!(filed.state, State::Applied);
    assert!(filed.steps[0].upstream.is_some(), "{:?}", filed.steps);

    // It was for once.
    let over = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(over["result"], "applied");
    let next = world.waits("device_lock", lock(&mac)).await;
    assert_ne!(next["plan"], told["plan"]);
    assert_eq!(world.grave().len(), 1);

    // The PIN was made here, is in no answer and no log, and the person sees it once.
    let secrets = world.store().show_secrets(&plan.id, "anna").unwrap();
    let pin = secrets[0].value.expose_secret().to_owned();
    assert!(pin.len() == 6 && !done.to_string().contains(&pin), "{done}");
    let audit = Audit::open(world.state.path(), "demo").unwrap();
    let log = audit.tail(100).unwrap().join("\n");
    assert!(
        !log.contains(&pin)
            && log.contains(&plan.hash)
            && log.contains("anna approve by terminal")
            && log.contains(&serial(&mac))
    );
    assert!(audit.verify().unwrap().open.is_empty());
}

#[tokio::test]
async fn every_grave_tool_called_with_everything_it_can_be_called_with_sends_nothing() {
    let world = world_of(|config| {
        config.gate.critical = registry()
            .all()
            .filter(|tool| tool.risk() == jamf_pro_tools::Risk::Critical)
            .map(|tool| tool.name().to_owned())
            .collect();
        config.gate.share_percent = 100;
        config.gate.devices = 1000;
    })
    .await;
    let mut tried = 0;
    for tool in registry().all().filter(|tool| tool.risk() >= jamf_pro_tools::Risk::Secret) {
        let schema = tool.input_schema();
        let mut arguments = made(tool.name(), &Value::Object((*schema).clone()), true);
        resolve(&mut arguments, &Straight::to(&world.tenant).await).await;
        for arguments in [
            arguments.clone(),
            with(&arguments, "confirm", json!(true)),
            with(&arguments, "reason", json!("the boss said so")),
        ] {
            world.call_as(tool.name(), tool.name(), arguments.clone()).await;
            tried += 1;
        }
        for gateway in ["call_read", "call_write", "call_destructive"] {
            let arguments = json!({ "name": tool.name(), "arguments": arguments });
            world.call_as(tool.name(), gateway, arguments).await;
        }
    }
    assert!(tried > 600, "{tried}");
    // What the gate judged to be less than its tool can do may have gone; nothing else.
    // Nobody uses these objects, has such a serial number, or is scoped to a group that is only now made.
    let allowed = [
        "/api/v1/buildings",
        "/JSSResource/policies",
        "/api/v1/departments",
        "/api/v1/scripts",
        "/JSSResource/directorybindings/id/1",
        "/JSSResource/diskencryptionconfigurations/id/1",
        "/JSSResource/printers/id/1",
        "/api/v1/dock-items/1",
        "POST /api/v2/inventory-preload/records",
        "/JSSResource/ibeacons/id/1",
    ];
    let made = ["smart-groups", "static-groups"];
    let is_allowed = |entry: &String| {
        allowed.iter().any(|path| entry.contains(path))
            || (entry.starts_with("POST ") && made.iter().any(|path| entry.ends_with(path)))
    };
    let grave: Vec<String> = world.grave().into_iter().filter(|entry| !is_allowed(entry)).collect();
    assert_eq!(grave, Vec::<String>::new());
}

/// Arguments that a schema takes, made up.
fn with(arguments: &Value, name: &str, value: Value) -> Value {
    let mut arguments = arguments.clone();
    arguments[name] = value;
    arguments
}

#[tokio::test]
async fn an_approval_is_for_one_call_of_one_caller_and_nothing_like_it() {
    let world = world().await;
    let macs = world.macs(2).await;
    let told = world.waits("device_restart", json!({ "devices": [serial(&macs[0])], "body": {} })).await;
    world.approve(&told).unwrap();
    // Other arguments, another device, another tool, another caller.
    for (tool, arguments) in [
        ("device_restart", json!({ "devices": [serial(&macs[1])], "body": {} })),
        ("device_restart", json!({ "devices": [serial(&macs[0]), serial(&macs[1])], "body": {} })),
        ("device_restart", json!({ "devices": [serial(&macs[0])], "body": { "notifyUser": true } })),
        ("device_shut_down", json!({ "devices": [serial(&macs[0])] })),
    ] {
        let other = world.waits(tool, arguments).await;
        assert_ne!(other["plan"], told["plan"]);
    }
    let foreign = world.call_as("mallory", "plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(
        foreign.is_error && foreign.text.contains("no plan of this id that you asked for"),
        "{}",
        foreign.text
    );
    let foreign = world.call_as("mallory", "plan_status", json!({ "plan": told["plan"] })).await;
    assert!(foreign.is_error);
    let same = json!({ "devices": [serial(&macs[0])], "body": {} });
    let foreign = world.call_as("mallory", "device_restart", same).await;
    assert!(foreign.text.contains("waiting for a person"), "{}", foreign.text);
    assert_eq!(world.grave(), Vec::<String>::new());
    let done = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(world.grave().len(), 1, "{done}");
}

#[tokio::test]
async fn two_who_apply_the_same_plan_at_once_send_it_once() {
    let world = world().await;
    let mac = world.mac().await;
    let told = world.waits("device_restart", json!({ "devices": [serial(&mac)], "body": {} })).await;
    world.approve(&told).unwrap();
    let other = Pipeline::new(&world.config).unwrap();
    let apply = |calls: Pipeline| {
        let arguments = json!({ "plan": told["plan"] }).as_object().unwrap().clone();
        async move { calls.call("plan_apply", arguments, &caller("model"), &Waiting::default()).await }
    };
    let answers = futures::future::join_all([
        apply(world.calls.clone()),
        apply(other.clone()),
        apply(world.calls.clone()),
        apply(other),
    ])
    .await;
    assert_eq!(world.grave().len(), 1, "{:?}", answers.iter().map(|answer| &answer.text).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_plan_whose_targets_drifted_is_not_applied() {
    let world = world().await;
    let mac = world.mac().await;
    let told = world.waits("device_restart", json!({ "devices": [serial(&mac)], "body": {} })).await;
    world.approve(&told).unwrap();
    // The device goes to somebody else in between.
    let id = mac["id"].clone();
    world
        .through("computer_update", json!({ "id": id, "body": { "userAndLocation": { "username": "ceo" } } }))
        .await;
    let before = world.grave().len();
    let refused = world.refused("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("the devices have changed"), "{refused}");
    assert_eq!(world.grave().len(), before);
    assert_eq!(world.plan(&told).state, State::Outdated);
}

#[tokio::test]
async fn what_a_person_rejects_or_types_wrong_is_not_sent() {
    let world = world().await;
    let mac = world.mac().await;
    let told = world.waits("device_lock", lock(&mac)).await;
    let filed = world.plan(&told);
    for typed in ["", "yes", "1", &serial(&mac)[1..]] {
        assert!(world.say(&filed, Verdict::Approve, typed).is_err(), "{typed}");
    }
    world.say(&filed, Verdict::Reject, "").unwrap();
    let over = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(over["result"].as_str().unwrap().contains("rejected"), "{over}");
    assert!(world.approve(&told).is_err());
    let again = world.refused("device_lock", lock(&mac)).await;
    assert!(again.contains("rejected this very call"), "{again}");
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn caps_protected_devices_the_sandbox_and_the_kill_switch_hold() {
    let world = world().await;
    let macs = world.macs(3).await;
    let all: Vec<String> = macs.iter().map(serial).collect();
    let refused = world.refused("device_lock", json!({ "devices": all, "body": {} })).await;
    assert!(refused.contains("gate.grave_devices"), "{refused}");
    std::fs::write(world.state.path().join("STOP"), "").unwrap();
    for (tool, arguments) in
        [("device_lock", lock(&macs[0])), ("building_create", json!({ "body": { "name": "x" } }))]
    {
        let refused = world.refused(tool, arguments).await;
        assert!(refused.contains("kill switch"), "{refused}");
    }
    world.ok("building_list", json!({})).await;

    let name = macs[0]["general"]["name"].as_str().unwrap().to_owned();
    let group = macs[0]["groupMemberships"][0]["groupName"].as_str().unwrap().to_owned();
    let cases: [(&str, GateConfig); 4] = [
        (
            "gate.protected_serials",
            GateConfig { protected_serials: vec![serial(&macs[0])], ..GateConfig::default() },
        ),
        ("gate.protected_groups", GateConfig { protected_groups: vec![group], ..GateConfig::default() }),
        (
            "gate.protected_names",
            GateConfig { protected_names: vec![format!("{}*", &name[..4])], ..GateConfig::default() },
        ),
        ("gate.sandbox", GateConfig { sandbox: Some("Sandbox".to_owned()), ..GateConfig::default() }),
    ];
    for (setting, gate) in cases {
        let world = world_of(|config| config.gate = gate).await;
        // By whatever it is called.
        let id = macs[0]["id"].as_str().unwrap();
        for device in [
            serial(&macs[0]),
            name.clone(),
            format!("computer:{id}"),
            macs[0]["general"]["managementId"].as_str().unwrap().to_owned(),
        ] {
            let refused = world.refused("device_restart", json!({ "devices": [device], "body": {} })).await;
            assert!(refused.contains(setting) || refused.contains("devices;"), "{setting}: {refused}");
        }
        let refused = world.refused("computer_erase", json!({ "id": id, "body": {} })).await;
        assert!(refused.contains(setting), "{refused}");
        assert_eq!(world.grave(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn too_many_plans_an_hour_wait_for_a_person() {
    let world = world_of(|config| config.gate.plans_an_hour = 1).await;
    let macs = world.macs(2).await;
    for (at, mac) in macs.iter().enumerate() {
        let told = world.waits("device_restart", json!({ "devices": [serial(mac)], "body": {} })).await;
        world.approve(&told).unwrap();
        let answer = world.call("plan_apply", json!({ "plan": told["plan"] })).await;
        assert_eq!(answer.is_error, at == 1, "{}", answer.text);
    }
    assert_eq!(world.grave().len(), 1);
    let held = world.store().holds().unwrap();
    assert!(world.store().release(&held[0].tenant, "anna").unwrap());
    let again = Pipeline::new(&world.config).unwrap();
    let arguments = json!({ "devices": [serial(&macs[1])], "body": {} }).as_object().unwrap().clone();
    let answer = again.call("device_restart", arguments, &caller("model"), &Waiting::default()).await;
    assert!(!answer.is_error, "{}", answer.text);
    assert_eq!(world.grave().len(), 2);
}

#[tokio::test]
async fn secrets_go_to_the_person_and_never_through_the_model() {
    let world = world().await;
    let mac = world.mac().await;
    let arguments = json!({ "id": mac["id"] });
    let refused = world.refused("computer_filevault_get", arguments.clone()).await;
    assert!(refused.contains("reason"), "{refused}");
    let arguments = with(&arguments, "reason", json!("the user forgot the password"));
    let told = world.waits("computer_filevault_get", arguments.clone()).await;
    assert_eq!(world.grave(), Vec::<String>::new());
    assert_eq!(world.plan(&told).plan.reason.as_deref(), Some("the user forgot the password"));
    world.approve(&told).unwrap();
    let shown = world.ok("computer_filevault_get", arguments).await;
    assert!(shown["result"].as_str().unwrap().contains("shown to the approver, and not to you"), "{shown}");
    assert_eq!(world.grave().len(), 1);
    let secrets = world.store().show_secrets(told["plan"].as_str().unwrap(), "anna").unwrap();
    let text = secrets[0].value.expose_secret();
    let key: Value = serde_json::from_str(text).unwrap();
    let key = key["personalRecoveryKey"].as_str().unwrap();
    assert!(!shown.to_string().contains(key));
    let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
    assert!(!log.contains(key));
}

#[tokio::test]
async fn a_policy_that_is_off_and_unscoped_is_a_write_and_anything_else_is_planned() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let off = json!({ "body": { "general": { "name": "Quiet", "enabled": false } } });
    let made = world.ok("policy_create", off).await;
    assert!(made.get("plan").is_none(), "{made}");
    assert_eq!(world.grave().len(), 1);
    for body in [
        json!({ "general": { "name": "Loud" } }),
        json!({ "general": { "name": "Loud", "enabled": false }, "scope": { "all_computers": true } }),
        json!({ "general": { "name": "Loud", "enabled": true }, "scope": { "computer_groups": [{ "id": 1 }] } }),
    ] {
        let told = world.waits("policy_create", json!({ "body": body })).await;
        assert!(told["reach"].as_str().unwrap().contains("affects"), "{told}");
    }
    assert_eq!(world.grave().len(), 1);
    // Turning on what was made quietly is judged by what it does then.
    let small = world_of(|_| {}).await;
    let all = json!({ "general": { "name": "Loud", "enabled": true }, "scope": { "all_computers": true } });
    let refused = small.refused("policy_create", json!({ "body": all })).await;
    assert!(refused.contains("gate.share_percent"), "{refused}");
}

#[tokio::test]
async fn hard_refusals_hold_whatever_is_allowed() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    for (tool, arguments, why) in [
        (
            "smart_computer_group_create",
            json!({ "body": { "name": "x", "criteria": [{ "name": " ", "priority": 0, "andOr": "and", "searchType": "is", "value": "x" }] } }),
            "every device",
        ),
        (
            "policy_create",
            json!({ "body": { "general": { "name": "x" }, "files_processes": { "run_command": "id" } } }),
            "free text",
        ),
        (
            "policy_create",
            json!({ "body": { "general": { "name": "x" }, "scope": { "all_computers": true, "computer_groups": [{ "id": 1 }] } } }),
            "drops",
        ),
        ("computer_erase", json!({ "id": "1,2,3", "body": {} }), "must be an id"),
        ("device_lock", json!({ "devices": ["computer:1,2,3"], "body": {} }), "digits only"),
    ] {
        let refused = world.refused(tool, arguments).await;
        assert!(refused.contains(why), "{tool}: {refused}");
    }
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn critical_takes_passkeys_of_two_people_and_a_shell_cannot_make_them() {
    let world = world_of(|config| config.gate.critical = vec!["account_delete".to_owned()]).await;
    let refused = world.refused("account_create", json!({ "body": { "username": "mallory" } })).await;
    assert!(refused.contains("gate.critical"), "{refused}");
    let refused = world.refused("account_delete", json!({ "id": "1" })).await;
    assert!(refused.contains("approvals enroll"), "{refused}");
    // Somebody with a shell writes into the store what a page would have written.
    let store = Store::open(world.state.path()).unwrap();
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code).unwrap();
    let by = Voucher::Passkey { credential: "k1".to_owned(), proof: "forged".to_owned() };
    store.enroll("k2", "Carol", b"key", 0, &by).unwrap();
    let told = world.waits("account_delete", json!({ "id": "1" })).await;
    let filed = world.plan(&told);
    for (credential, approver) in [("k1", "Bob"), ("k2", "Carol")] {
        let decision = Decision {
            means: Means::Passkey,
            credential: credential.to_owned(),
            approver: approver.to_owned(),
            verdict: Verdict::Approve,
            typed: filed.plan.typed.expected.clone(),
            note: None,
            proof: Some("forged".to_owned()),
            hash: filed.plan.hash.clone(),
            answers: std::collections::BTreeMap::new(),
        };
        decide(&store, &world.config.gate, &filed.plan.id, decision).unwrap();
    }
    assert_eq!(world.plan(&told).state, State::Approved, "the row says so");
    let refused = world.refused("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("has not the approvals"), "{refused}");
    // With a passkey enrolled the terminal does not bypass it.
    let mac = world.mac().await;
    let told = world.waits("device_lock", lock(&mac)).await;
    assert!(world.approve(&told).unwrap_err().contains("only passkeys count"));
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn passkeys_that_are_taken_out_of_the_store_leave_no_weaker_way_and_no_room_for_a_first_one() {
    let world = world().await;
    let mac = world.mac().await;
    let store = Store::open(world.state.path()).unwrap();
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code).unwrap();
    let audit = Audit::open(world.state.path(), "demo").unwrap();
    let enrolled = jamf_pro_mcp::audit::Record {
        who: "Bob".to_owned(),
        tool: "approvers".to_owned(),
        phase: "enrolled".to_owned(),
        arguments: json!({ "passkey": "k1" }),
        ..Default::default()
    };
    audit.record(&enrolled).unwrap();
    let told = world.waits("device_lock", lock(&mac)).await;
    assert!(world.approve(&told).unwrap_err().contains("only passkeys count"));
    let rows = rusqlite::Connection::open(world.store().path()).unwrap();
    rows.execute("DELETE FROM approvers", []).unwrap();
    assert!(world.approve(&told).unwrap_err().contains("only passkeys count"), "it was seen before");
    // Another process, which never saw them: the log tells.
    let fresh = Store::open(world.state.path()).unwrap();
    let decision = Decision {
        means: Means::Terminal,
        credential: "terminal:anna".to_owned(),
        approver: "anna".to_owned(),
        verdict: Verdict::Approve,
        typed: serial(&mac),
        note: None,
        proof: None,
        hash: world.plan(&told).plan.hash,
        answers: std::collections::BTreeMap::new(),
    };
    let id = told["plan"].as_str().unwrap();
    let refused = decide(&fresh, &world.config.gate, id, decision).unwrap_err().to_string();
    assert!(refused.contains("only passkeys count"), "{refused}");
    let logs = jamf_pro_mcp::audit::Logs::in_folder(world.state.path());
    let refused =
        jamf_pro_mcp::approvals::records::refuse_missing_approvers(&logs, &fresh).unwrap_err().to_string();
    assert!(refused.contains("of Bob"), "{refused}");
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn a_plan_changed_in_the_store_is_not_applied() {
    let world = world().await;
    let macs = world.macs(2).await;
    let told = world.waits("device_restart", json!({ "devices": [serial(&macs[0])], "body": {} })).await;
    world.approve(&told).unwrap();
    let raw = rusqlite::Connection::open(world.store().path()).unwrap();
    let other = macs[1]["general"]["managementId"].as_str().unwrap();
    raw.execute("UPDATE plans SET exact = json_set(exact, '$.devices[0]', ?1)", [other]).unwrap();
    let refused = world.refused("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("changed"), "{refused}");
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn a_repeated_call_is_answered_with_the_first_ones_outcome() {
    let world = world_of(|config| config.gate.repeat_seconds = 60).await;
    let body = json!({ "body": { "name": "Annex" } });
    let first = world.ok("building_create", body.clone()).await;
    let second = world.ok("building_create", body.clone()).await;
    assert!(second["repeated"].as_str().unwrap().contains("NOT made a second time"), "{second}");
    assert_eq!(first["answer"], second["answer"]);
    assert_eq!(world.grave().len(), 1);
    // Another wish in between makes it a new one.
    let id = find_id(&first);
    world.through("building_delete", json!({ "id": id })).await;
    world.ok("building_create", body).await;
    assert_eq!(world.grave().len(), 3);
}

fn find_id(answer: &Value) -> String {
    let text = answer.to_string();
    let at = text.find("\"id\":\"").unwrap() + 6;
    text[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_ticket_is_asked_for_where_the_configuration_says_so() {
    let world = world_of(|config| config.gate.ticket = Some("CHG####".to_owned())).await;
    let body = json!({ "body": { "name": "Annex" } });
    assert!(world.refused("building_create", body.clone()).await.contains("ticket"));
    assert!(world.refused("building_create", with(&body, "ticket", json!("yes"))).await.contains("numbered"));
    world.ok("building_create", with(&body, "ticket", json!("CHG0042"))).await;
    let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
    assert!(log.contains("CHG0042"));
}

#[tokio::test]
async fn a_plan_that_was_broken_off_goes_on_with_what_is_left_and_repeats_nothing() {
    let world = world().await;
    let macs = world.macs(4).await;
    let devices: Vec<String> = macs.iter().map(serial).collect();
    let told = world.waits("device_restart", json!({ "devices": devices, "body": {} })).await;
    assert_eq!(world.plan(&told).plan.typed.expected, "4");
    world.approve(&told).unwrap();
    // A process took it, sent one and was about to send the second when it was killed.
    let dead = Store::open(world.state.path()).unwrap();
    let filed = world.plan(&told);
    assert!(dead.claim(&filed.plan.id, &filed.plan.hash).unwrap());
    use jamf_pro_mcp::store::StepState;
    dead.note_step(&filed.plan.id, 0, StepState::Done, Some("accepted"), Some("u1")).unwrap();
    dead.note_step(&filed.plan.id, 1, StepState::Sent, None, None).unwrap();
    let busy = world.refused("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(busy.contains("being applied right now"), "{busy}");
    drop(dead);
    let status = world.ok("plan_status", json!({ "plan": told["plan"] })).await;
    assert!(status["result"].as_str().unwrap().contains("interrupted"), "{status}");
    let done = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(world.grave().len(), 2, "{done}");
    let filed = world.plan(&told);
    assert_eq!(filed.state, State::Unknown, "of the second it is not known");
    let states: Vec<StepState> = filed.steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [StepState::Done, StepState::Sent, StepState::Done, StepState::Done]);
}

#[tokio::test]
async fn plans_are_listed_to_their_caller_alone() {
    let world = world().await;
    let mac = world.mac().await;
    world.waits("device_lock", lock(&mac)).await;
    assert_eq!(world.ok("plan_status", json!({})).await["open"], 1);
    let others = world.call_as("mallory", "plan_status", json!({})).await;
    assert!(others.text.contains("\"open\":0"), "{}", others.text);
    assert_eq!(world.store().plans(&Filter { open: true, ..Filter::default() }).unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_changed_or_deleted_is_put_back_by_a_plan() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let made = world.ok("building_create", json!({ "body": { "name": "Annex", "city": "Bern" } })).await;
    let id = find_id(&made);
    world.ok("building_update", json!({ "id": id, "body": { "name": "Annex 2" } })).await;
    let copies = world.ok("undo_list", json!({})).await;
    assert_eq!(copies["copies"][0]["tool"], "building_update", "{copies}");
    let copy = copies["copies"][0]["copy"].clone();
    let writes = world.grave().len();
    let told = world.waits("undo_apply", json!({ "copy": copy })).await;
    assert_eq!(world.grave().len(), writes, "a write that undoes is planned too");
    world.approve(&told).unwrap();
    world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    let back = world.ok("building_get", json!({ "id": id })).await;
    assert_eq!((&back["name"], &back["city"]), (&json!("Annex"), &json!("Bern")), "{back}");
    assert!(world.refused("undo_apply", json!({ "copy": copy })).await.contains("already"));

    world.through("building_delete", json!({ "id": id })).await;
    let copies = world.ok("undo_list", json!({ "limit": 1 })).await;
    let told = world.waits("undo_apply", json!({ "copy": copies["copies"][0]["copy"] })).await;
    world.approve(&told).unwrap();
    let anew = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    let back = world.ok("building_get", json!({ "id": find_id(&anew) })).await;
    assert_eq!((&back["name"], &back["city"]), (&json!("Annex"), &json!("Bern")), "{back}");
}

#[tokio::test]
async fn the_reach_of_a_change_is_told_and_what_was_not_checked() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let scripts = world.ok("script_list", json!({ "all": true, "fields": ["id", "name"] })).await;
    let mut used = 0;
    for script in scripts["rows"].as_array().unwrap().iter().take(12) {
        let told = world.ok("script_delete", json!({ "id": script["id"] })).await;
        if told.get("plan").is_some() {
            let filed = world.plan(&told);
            used += 1;
            assert!(filed.plan.references.iter().all(|reference| reference.kind == "policy"));
            assert!(filed.plan.reach.sentence.contains("polic"), "{}", filed.plan.reach.sentence);
        }
    }
    assert!(used > 0);
    let groups = world.ok("smart_computer_group_list", json!({ "all": true })).await;
    let group =
        groups["rows"].as_array().unwrap().iter().find(|group| group["name"] == "Firewall off").unwrap();
    let told = world.waits("smart_computer_group_delete", json!({ "id": group["id"] })).await;
    let filed = world.plan(&told);
    assert!(
        filed.plan.references.iter().any(|reference| reference.kind == "policy"),
        "{:?}",
        filed.plan.references
    );
    assert!(filed.plan.not_checked.iter().any(|what| what.contains("webhooks")));
}

#[tokio::test]
async fn a_chain_of_harmless_writes_is_judged_by_what_it_adds_up_to() {
    let world = world().await;
    // A group nobody is in, in the scope of a policy that is on: nothing happens yet, and it is planned all the same.
    let never = json!([{ "name": "Computer Name", "priority": 0, "andOr": "and", "searchType": "is", "value": "no such Mac" }]);
    let made = world
        .ok("smart_computer_group_create", json!({ "body": { "name": "Box", "criteria": never } }))
        .await;
    let group = find_id(&made);
    let scope = json!({ "computer_groups": [{ "id": group.parse::<u32>().unwrap() }] });
    let policy = json!({ "body": { "general": { "name": "Chain", "enabled": true }, "scope": scope } });
    let told = world.waits("policy_create", policy.clone()).await;
    assert!(told["reach"].as_str().unwrap().contains("no device"), "{told}");
    world.approve(&told).unwrap();
    world.ok("policy_create", policy).await;
    // Now its criteria: everybody comes in, and that is refused as too much.
    let all = json!([{ "name": "Computer Name", "priority": 0, "andOr": "and", "searchType": "is not", "value": "no such Mac" }]);
    let before = world.grave().len();
    let refused = world
        .refused(
            "smart_computer_group_update",
            json!({ "id": group, "body": { "name": "Box", "criteria": all } }),
        )
        .await;
    assert!(refused.contains("gate.share_percent") && refused.contains("420"), "{refused}");
    // Criteria that only Jamf Pro can evaluate may let anybody in.
    let unknown = json!([{ "name": "Boot Drive Percentage Full", "priority": 0, "andOr": "and", "searchType": "more than", "value": "1" }]);
    let refused = world
        .refused(
            "smart_computer_group_update",
            json!({ "id": group, "body": { "name": "Box", "criteria": unknown } }),
        )
        .await;
    assert!(refused.contains("any number of devices"), "{refused}");
    assert_eq!(world.grave().len(), before);
}

#[tokio::test]
async fn a_job_is_planned_as_the_one_write_that_it_would_make() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let policies = world.ok("policy_list", json!({ "page_size": 200 })).await;
    let mut off = None;
    for policy in policies["rows"].as_array().unwrap() {
        let whole = world.ok("policy_get", json!({ "id": policy["id"].to_string().trim_matches('"') })).await;
        if whole["general"]["enabled"] == false
            && whole["scope"]["computer_groups"].as_array().is_some_and(|list| !list.is_empty())
        {
            off = Some(whole);
            break;
        }
    }
    let id = off.unwrap()["general"]["id"].to_string().trim_matches('"').to_owned();
    let told = world.waits("policy_enable", json!({ "id": id })).await;
    let plan = world.plan(&told).plan;
    // The person is told what was called and what is sent for it.
    assert_eq!(plan.tool, "policy_enable");
    assert!(plan.summary.starts_with("Policy enable"), "{}", plan.summary);
    assert!(plan.arguments["policy_update"]["body"]["general"]["enabled"] == true, "{}", plan.arguments);
    assert_eq!(plan.changes[0].field, "general.enabled");
    assert_eq!((plan.changes[0].before.as_str(), plan.changes[0].after.as_str()), ("false", "true"));
    assert!(plan.reach.devices.unwrap() > 0, "{:?}", plan.reach);
    assert_eq!(world.grave(), Vec::<String>::new());
    world.approve(&told).unwrap();
    world.ok("policy_enable", json!({ "id": id })).await;
    assert_eq!(world.grave().len(), 1);
    assert_eq!(world.ok("policy_get", json!({ "id": id })).await["general"]["enabled"], true);
    // The log of a policy says who runs it again.
    let told =
        world.ok("policy_log_flush", json!({ "log": "policy", "id": id, "interval": "Zero+Days" })).await;
    assert!(told["warnings"].to_string().contains("may run it again"), "{told}");
}

// What an approval is for: the object as it was shown, the devices as they were shown, and the truth about what was sent.

#[tokio::test]
async fn what_a_policy_runs_cannot_be_changed_under_an_approval() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let scripts = world.ok("script_list", json!({ "all": true, "fields": ["id", "name"] })).await;
    let script = |at: usize| scripts["rows"][at]["id"].as_str().unwrap().parse::<u32>().unwrap();
    let (shown, other) = (script(0), script(1));
    let quiet = json!({ "general": { "name": "Quiet", "enabled": false }, "scripts": [{ "id": shown }] });
    let id = find_id(&world.ok("policy_create", json!({ "body": quiet })).await);
    let on = json!({ "id": id, "body": { "general": { "enabled": true }, "scope": { "computers": [{ "id": 2 }] } } });
    let told = world.waits("policy_update", on.clone()).await;
    assert!(told["warnings"].to_string().contains(&format!("runs the script {shown}")), "{told}");
    world.approve(&told).unwrap();
    // It is still quiet, so this takes no plan.
    let swap = json!({ "id": id, "body": { "scripts": [{ "id": other }] } });
    assert!(world.ok("policy_update", swap).await.get("plan").is_none());
    let refused = world.refused("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("the object has changed"), "{refused}");
    assert_eq!(world.plan(&told).state, State::Outdated);
    assert_eq!(world.ok("policy_get", json!({ "id": id })).await["general"]["enabled"], false);
    // A new plan shows what it runs now.
    let anew = world.waits("policy_update", on).await;
    assert_ne!(world.plan(&anew).plan.hash, world.plan(&told).plan.hash);
    assert!(anew["warnings"].to_string().contains(&format!("runs the script {other}")), "{anew}");
}

#[tokio::test]
async fn as_many_other_devices_are_not_the_devices_that_were_approved() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let macs = world.macs(2).await;
    let building = find_id(&world.ok("building_create", json!({ "body": { "name": "Annex" } })).await);
    let moves = |mac: &Value, to: &str| {
        let body = json!({ "userAndLocation": { "buildingId": to } });
        let arguments = json!({ "id": mac["id"], "body": body });
        let world = &world;
        async move { world.through("computer_update", arguments).await }
    };
    moves(&macs[0], &building).await;
    let scope = json!({ "buildings": [{ "id": building.parse::<u32>().unwrap() }] });
    let policy = json!({ "body": { "general": { "name": "Annex only", "enabled": true }, "scope": scope } });
    let told = world.waits("policy_create", policy.clone()).await;
    assert!(told["reach"].as_str().unwrap().contains("up to 1 of"), "{told}");
    assert!(told["reaches"].to_string().contains(&serial(&macs[0])), "{told}");
    world.approve(&told).unwrap();
    moves(&macs[0], "-1").await;
    moves(&macs[1], &building).await;
    let before = world.grave().len();
    let refused = world.refused("policy_create", policy).await;
    assert!(refused.contains("it reaches devices that it did not reach"), "{refused}");
    assert_eq!(world.grave().len(), before);
}

#[tokio::test]
async fn several_that_are_deleted_at_once_are_named_and_counted() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let mut ids = Vec::new();
    for name in ["First", "Second"] {
        ids.push(find_id(
            &world.ok("category_create", json!({ "body": { "name": name, "priority": 9 } })).await,
        ));
    }
    let told = world.waits("category_delete_several", json!({ "body": { "ids": ids } })).await;
    let plan = world.plan(&told).plan;
    let changes: Vec<String> = plan
        .changes
        .iter()
        .map(|change| format!("{} {} {}", change.field, change.before, change.after))
        .collect();
    assert_eq!(
        changes,
        ids.iter()
            .zip(["First", "Second"])
            .map(|(id, name)| format!("{id} \"{name}\" deleted"))
            .collect::<Vec<_>>()
    );
    assert_eq!((plan.typed.what.as_str(), plan.typed.expected.as_str()), ("the number of objects", "2"));
    assert!(plan.summary.contains("2 objects"), "{}", plan.summary);
    world.approve(&told).unwrap();
    world.ok("category_delete_several", json!({ "body": { "ids": ids } })).await;
    // Each of them can be put back by itself.
    let copies = world.ok("undo_list", json!({})).await;
    let objects: Vec<&str> =
        copies["copies"].as_array().unwrap().iter().map(|copy| copy["object"].as_str().unwrap()).collect();
    assert!(
        ["First", "Second"].iter().all(|name| objects.iter().any(|object| object.contains(name))),
        "{copies}"
    );
    let first = copies["copies"]
        .as_array()
        .unwrap()
        .iter()
        .find(|copy| copy["object"].as_str().unwrap().contains("First"));
    let told = world.waits("undo_apply", json!({ "copy": first.unwrap()["copy"] })).await;
    world.approve(&told).unwrap();
    let anew = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    let back = world.ok("category_get", json!({ "id": find_id(&anew) })).await;
    assert_eq!((&back["name"], &back["priority"]), (&json!("First"), &json!(9)), "{back}");
}

#[tokio::test]
async fn a_plan_that_was_broken_off_is_never_said_to_have_sent_nothing() {
    use jamf_pro_mcp::store::StepState;
    let world = world().await;
    let macs = world.macs(2).await;
    let restart = json!({ "devices": macs.iter().map(serial).collect::<Vec<_>>(), "body": {} });
    let told = world.waits("device_restart", restart.clone()).await;
    world.approve(&told).unwrap();
    let dead = Store::open(world.state.path()).unwrap();
    let filed = world.plan(&told);
    assert!(dead.claim(&filed.plan.id, &filed.plan.hash).unwrap());
    dead.note_step(&filed.plan.id, 0, StepState::Sent, None, None).unwrap();
    drop(dead);
    let owner = json!({ "id": macs[1]["id"], "body": { "userAndLocation": { "username": "ceo" } } });
    world.through("computer_update", owner).await;
    let refused = world.refused("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(
        refused.contains("1 unknown")
            && refused.contains("1 not sent")
            && refused.contains("the devices have changed"),
        "{refused}"
    );
    assert!(!refused.to_lowercase().contains("nothing was sent"), "{refused}");
    assert_eq!(world.plan(&told).state, State::Interrupted);
    // When its time is over it is closed, and a new plan says that the first may have been carried out.
    let raw = rusqlite::Connection::open(world.store().path()).unwrap();
    raw.execute("UPDATE plans SET expires = 1", []).unwrap();
    assert_eq!(world.plan(&told).state, State::BrokenOff);
    let status = world.ok("plan_status", json!({ "plan": told["plan"] })).await;
    assert!(status["result"].as_str().unwrap().contains("ended in between"), "{status}");
    let anew = world.waits("device_restart", restart).await;
    assert_ne!(anew["plan"], told["plan"]);
    assert!(anew["warnings"].to_string().contains("may have been made"), "{anew}");
}

#[tokio::test]
async fn a_job_that_takes_no_plan_sends_the_write_that_was_judged_and_keeps_a_copy() {
    let world = world().await;
    let quiet = json!({ "body": { "general": { "name": "Quiet", "enabled": false } } });
    let id = find_id(&world.ok("policy_create", quiet).await);
    world.ok("policy_rename", json!({ "id": id, "new_name": "Quieter" })).await;
    assert_eq!(world.ok("policy_get", json!({ "id": id })).await["general"]["name"], "Quieter");
    let copies = world.ok("undo_list", json!({})).await;
    assert_eq!(copies["copies"][0]["tool"], "policy_update", "{copies}");
}

#[tokio::test]
async fn a_write_that_takes_no_plan_goes_only_while_the_object_is_as_it_was_judged() {
    let world = world().await;
    let quiet = json!({ "body": { "general": { "name": "Quiet", "enabled": false } } });
    let id = find_id(&world.ok("policy_create", quiet).await);
    // The first call has read the policy and reads the fleet, slowly, while the second one changes the policy.
    world.tenant.faults().set("slow=3s*1@/api/v".parse().unwrap());
    let first = world.call("policy_update", json!({ "id": id, "body": { "general": { "name": "First" } } }));
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(800)).await;
        let body = json!({ "general": { "name": "Another" } });
        world.ok("policy_update", json!({ "id": id, "body": body })).await
    };
    let (first, _) = futures::join!(first, second);
    assert!(first.is_error && first.text.contains("changed by somebody else just now"), "{}", first.text);
    let policy = world.ok("policy_get", json!({ "id": id })).await;
    assert_eq!(policy["general"]["name"], "Another");
}

#[tokio::test]
async fn a_plan_whose_intent_cannot_be_written_down_stays_approved() {
    let world = world().await;
    let told =
        world.waits("device_restart", json!({ "devices": [serial(&world.mac().await)], "body": {} })).await;
    world.approve(&told).unwrap();
    let log = world.state.path().join("audit/demo.jsonl");
    let aside = log.with_extension("aside");
    std::fs::rename(&log, &aside).unwrap();
    std::fs::create_dir(&log).unwrap();
    world.refused("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!((world.plan(&told).state, world.grave()), (State::Approved, Vec::new()));
    std::fs::remove_dir(&log).unwrap();
    std::fs::rename(&aside, &log).unwrap();
    world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!((world.plan(&told).state, world.grave().len()), (State::Applied, 1));
}

/// A Mac whose FileVault key the tenant has.
async fn escrowed(world: &World) -> Option<(Value, String)> {
    for mac in world.macs(30).await {
        let arguments = json!({ "id": mac["id"], "reason": "to know it" });
        let told = world.waits("computer_filevault_get", arguments.clone()).await;
        world.approve(&told).unwrap();
        world.call("computer_filevault_get", arguments).await;
        let shown = world.store().show_secrets(told["plan"].as_str().unwrap(), "anna").unwrap();
        if let Some(secret) = shown.first() {
            let key: Value = serde_json::from_str(secret.value.expose_secret()).unwrap();
            return Some((mac, key["personalRecoveryKey"].as_str().unwrap().to_owned()));
        }
    }
    None
}

#[tokio::test]
async fn the_filevault_key_of_a_record_is_kept_for_the_person_before_it_is_deleted() {
    let world = world_of(|config| config.gate.plans_an_hour = 100).await;
    let (mac, key) = escrowed(&world).await.unwrap();
    world.tenant.log().clear();
    let arguments = json!({ "id": mac["id"] });
    let told = world.waits("computer_delete", arguments.clone()).await;
    assert!(told["warnings"].to_string().contains("FileVault recovery key"), "{told}");
    assert_eq!(world.grave(), Vec::<String>::new(), "nothing is revealed before somebody approved");
    world.approve(&told).unwrap();
    let done = world.ok("computer_delete", arguments).await;
    assert!(done["secrets"].as_str().unwrap().contains("kept for the approver"), "{done}");
    assert!(!done.to_string().contains(&key));
    let asked = world.grave();
    let at = |part: &str| asked.iter().position(|line| line.contains(part));
    assert!(at("/filevault").unwrap() < at("DELETE").unwrap(), "{asked:?}");
    let kept = world.store().show_secrets(told["plan"].as_str().unwrap(), "anna").unwrap();
    assert!(
        kept.iter()
            .any(|secret| secret.label == "FileVault recovery key" && secret.value.expose_secret() == key)
    );
}

#[tokio::test]
async fn a_record_whose_key_cannot_be_kept_is_deleted_only_where_that_was_said() {
    // The role may not see the key: the plan says that it is lost, and the person decides.
    let may = ["Read Computers", "Delete Computers", "Read Mobile Devices"];
    let options = Options { privileges: Some(may.map(str::to_owned).to_vec()), ..Options::default() };
    let world = world_at(options, |_| {}).await;
    let arguments = json!({ "id": world.mac().await["id"] });
    let told = world.waits("computer_delete", arguments.clone()).await;
    assert!(told["warnings"].to_string().contains("LOST with the record"), "{told}");
    world.approve(&told).unwrap();
    world.ok("computer_delete", arguments).await;
    // The tenant does not answer with it although the role may see it: nothing is deleted.
    let world = world_of(|_| {}).await;
    let id = world.mac().await["id"].as_str().unwrap().to_owned();
    let arguments = json!({ "id": id });
    let told = world.waits("computer_delete", arguments.clone()).await;
    world.approve(&told).unwrap();
    world.tenant.faults().set(format!("403@/api/v4/computers-inventory/{id}/filevault").parse().unwrap());
    let answer = world.call("computer_delete", arguments).await;
    assert!(answer.is_error && answer.text.contains("Nothing was sent"), "{}", answer.text);
    let deleted = world.tenant.log().entries().iter().any(|entry| entry.method == "DELETE");
    assert!(!deleted);
}
