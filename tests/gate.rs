//! The gate, driven as a hostile model would: nothing grave reaches the tenant without an approval that fits it.
//!
//! The judge is the simulated tenant's own log of what it was asked.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/arguments.rs"]
mod arguments;
#[path = "support/binary.rs"]
mod binary;
#[path = "gate/calls.rs"]
mod calls;
#[path = "gate/configuration.rs"]
mod configuration;
#[path = "gate/consequences.rs"]
mod consequences;
#[path = "gate/content.rs"]
mod content;
#[path = "gate/effects.rs"]
mod effects;
#[path = "gate/every.rs"]
mod every;
#[path = "gate/flush.rs"]
mod flush;
#[path = "gate/freshness.rs"]
mod freshness;
#[path = "gate/kinds.rs"]
mod kinds;
#[path = "gate/limits.rs"]
mod limits;
#[path = "gate/notices.rs"]
mod notices;
#[path = "gate/plans.rs"]
mod plans;
#[path = "gate/profiles.rs"]
mod profiles;
#[path = "gate/reach.rs"]
mod reach;
#[path = "gate/records.rs"]
mod records;
#[path = "gate/runs.rs"]
mod runs;
#[path = "support/sending.rs"]
mod sending;
#[path = "support/straight.rs"]
mod straight;
#[path = "gate/swaps.rs"]
mod swaps;
#[path = "gate/tricks.rs"]
mod tricks;
#[path = "gate/uploads.rs"]
mod uploads;
#[path = "gate/verdicts.rs"]
mod verdicts;
#[path = "gate/windows.rs"]
mod windows;

use std::sync::Arc;

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::approvals::quorum::{Decision, decide};
use jamf_pro_mcp::audit::Audit;
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, GateConfig, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, ToolResult, Waiting, registry};
use jamf_pro_mcp::store::{Filter, Means, PlanRecord, State, Store, Verdict, Voucher};
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

/// As wide as the settings can be: one approval for anything.
fn without_limits(config: &mut Config) {
    config.gate.hard_percent = 100;
    config.gate.second_approval_above = None;
    config.gate.type_number_above = u32::MAX;
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

    async fn refusal(&self, tool: &str, arguments: Value) -> String {
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

    fn plan(&self, told: &Value) -> PlanRecord {
        self.store().plan(told["plan"].as_str().unwrap()).unwrap().unwrap()
    }

    /// A person at a terminal, who reads what is shown and types what is asked for.
    fn approve(&self, told: &Value) -> Result<PlanRecord, String> {
        let plan_record = self.plan(told);
        self.say(&plan_record, Verdict::Approve, &plan_record.plan.confirmation.expected)
    }

    fn say(&self, plan_record: &PlanRecord, verdict: Verdict, typed: &str) -> Result<PlanRecord, String> {
        let decision = Decision {
            means: Means::Terminal,
            credential: "terminal:anna".to_owned(),
            approver: "anna".to_owned(),
            verdict,
            runs: false,
            typed: typed.to_owned(),
            note: None,
            proof: None,
            hash: plan_record.plan.hash.clone(),
            answers: std::collections::BTreeMap::new(),
        };
        decide(self.store(), &self.config.gate, &plan_record.plan.id, decision)
            .map_err(|error| error.to_string())
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

    /// The id of a policy.
    async fn policy_id(&self, name: &str) -> String {
        let found = self.ok("policy_list", json!({ "where": [["name", "eq", name]] })).await;
        row_id(&found["rows"][0])
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
    let plan_record = world.plan(&told);
    let plan = &plan_record.plan;
    assert_eq!(plan.confirmation.expected, serial(&mac));
    assert_eq!((plan.targets.len(), plan.targets[0].serial.clone()), (1, serial(&mac)));
    assert!(plan.reach.sentence.contains("affects 1 of 414 computers"), "{}", plan.reach.sentence);
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
    let plan_record = world.plan(&told);
    assert_eq!(plan_record.state, State::Applied);
    assert!(plan_record.steps[0].upstream.is_some(), "{:?}", plan_record.steps);

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
        without_limits(config);
        config.gate.restart_devices = 1000;
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
    // Nobody uses these objects or a file of such a name, has such a serial number, or is scoped to a group that is only now made.
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
    let made = ["smart-groups", "static-groups", "/packages", "/mobiledevices/id/0"];
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
    let refused = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("the devices have changed"), "{refused}");
    assert_eq!(world.grave().len(), before);
    assert_eq!(world.plan(&told).state, State::Outdated);
}

#[tokio::test]
async fn what_a_person_rejects_or_types_wrong_is_not_sent() {
    let world = world().await;
    let mac = world.mac().await;
    let told = world.waits("device_lock", lock(&mac)).await;
    let plan_record = world.plan(&told);
    for typed in ["", "yes", "1", &serial(&mac)[1..]] {
        assert!(world.say(&plan_record, Verdict::Approve, typed).is_err(), "{typed}");
    }
    world.say(&plan_record, Verdict::Reject, "").unwrap();
    let over = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(over["result"].as_str().unwrap().contains("rejected"), "{over}");
    assert!(world.approve(&told).is_err());
    let again = world.refusal("device_lock", lock(&mac)).await;
    assert!(again.contains("rejected this very call"), "{again}");
    assert_eq!(world.grave(), Vec::<String>::new());
}

/// The id of a row of a list, whether it is a text or a number.
fn row_id(row: &Value) -> String {
    row["id"].to_string().trim_matches('"').to_owned()
}

fn find_id(answer: &Value) -> String {
    let text = answer.to_string();
    let at = text.find("\"id\":\"").unwrap() + 6;
    text[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_reach_of_a_change_is_told_and_what_was_not_checked() {
    let world = world_of(without_limits).await;
    let scripts = world.ok("script_list", json!({ "all": true, "fields": ["id", "name"] })).await;
    let mut used = 0;
    for script in scripts["rows"].as_array().unwrap().iter().take(12) {
        let told = world.ok("script_delete", json!({ "id": script["id"] })).await;
        if told.get("plan").is_some() {
            let plan_record = world.plan(&told);
            used += 1;
            assert!(plan_record.plan.references.iter().all(|reference| reference.kind == "policy"));
            assert!(plan_record.plan.reach.sentence.contains("polic"), "{}", plan_record.plan.reach.sentence);
        }
    }
    assert!(used > 0);
    let groups = world.ok("smart_computer_group_list", json!({ "all": true })).await;
    let group =
        groups["rows"].as_array().unwrap().iter().find(|group| group["name"] == "Firewall off").unwrap();
    let told = world.waits("smart_computer_group_delete", json!({ "id": group["id"] })).await;
    let plan_record = world.plan(&told);
    assert!(
        plan_record.plan.references.iter().any(|reference| reference.kind == "policy"),
        "{:?}",
        plan_record.plan.references
    );
    assert!(plan_record.plan.not_checked.iter().any(|what| what.contains("webhooks")));
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
    assert!(told["reach"].as_str().unwrap().contains("no known device"), "{told}");
    world.approve(&told).unwrap();
    world.ok("policy_create", policy).await;
    // Now its criteria: everybody comes in, and that is refused as too much.
    let all = json!([{ "name": "Computer Name", "priority": 0, "andOr": "and", "searchType": "is not", "value": "no such Mac" }]);
    let before = world.grave().len();
    let refused = world
        .refusal(
            "smart_computer_group_update",
            json!({ "id": group, "body": { "name": "Box", "criteria": all } }),
        )
        .await;
    assert!(refused.contains("gate.hard_percent") && refused.contains("414"), "{refused}");
    // Criteria that only Jamf Pro can evaluate may let anybody in: that takes a second approval.
    let unknown = json!([{ "name": "Boot Drive Percentage Full", "priority": 0, "andOr": "and", "searchType": "more than", "value": "1" }]);
    let told = world
        .waits(
            "smart_computer_group_update",
            json!({ "id": group, "body": { "name": "Box", "criteria": unknown } }),
        )
        .await;
    let plan = world.plan(&told).plan;
    assert_eq!(
        (plan.reach.devices, plan.approvals_needed, plan.second_minutes),
        (None, 2, Some(60)),
        "{told}"
    );
    assert_eq!(world.grave().len(), before);
}

// What an approval is for: the object as it was shown, the devices as they were shown, and the truth about what was sent.
