//! What the configuration keeps out of reach, and what is remembered of which tenant: for calls that take a plan and calls that take
//! none.
//!
//! The judge is the simulated tenant's own log of what it was asked.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/person.rs"]
mod person;

use std::path::Path;
use std::sync::Arc;

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, GateConfig, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, ToolResult, Waiting};
use jamf_pro_mcp::store::{CountedPlan, Store};
use serde_json::{Value, json};

/// One server before a tenant of its own; several can share a state folder.
struct Server {
    tenant: Tenant,
    config: Config,
    calls: Pipeline,
}

/// As wide as the settings can be: one approval for anything.
fn without_limits(config: &mut Config) {
    config.gate.hard_percent = 100;
    config.gate.second_approval_above = None;
    config.gate.type_number_above = u32::MAX;
}

async fn server(state: &Path, change: impl FnOnce(&mut Config)) -> Server {
    let tenant = Tenant::start(Options::default()).await.unwrap();
    let mut config = Config { state: Some(state.to_owned()), ..Config::default() };
    config.allow = vec![RiskClass::Read, RiskClass::Device, RiskClass::Write, RiskClass::Destructive];
    config.gate.repeat_seconds = 0;
    let settings = TenantConfig {
        url: tenant.url(),
        client_id: tenant.client_id().to_owned(),
        secret: SecretSource::Known(tenant.client_secret().into()),
        label: None,
        ca_file: None,
    };
    config.tenants.insert("default".to_owned(), settings);
    change(&mut config);
    Server { calls: Pipeline::new(&config).unwrap(), tenant, config }
}

impl Server {
    async fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        let caller = Caller { who: Arc::from("model"), client: None, transport: "stdio", session: None };
        self.calls.call(tool, arguments.as_object().unwrap().clone(), &caller, &Waiting::default()).await
    }

    async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.call(tool, arguments).await;
        assert!(!answer.is_error, "{tool}: {}", answer.text);
        serde_json::from_str(&answer.text).unwrap()
    }

    async fn refusal(&self, tool: &str, arguments: Value) -> String {
        let before = self.writes();
        let answer = self.call(tool, arguments).await;
        assert!(answer.is_error, "{tool}: {}", answer.text);
        assert_eq!(self.writes(), before, "{tool}");
        answer.text
    }

    fn writes(&self) -> Vec<String> {
        let entries = self.tenant.log().entries();
        let writes = entries.iter().filter(|entry| entry.method != "GET" && !entry.path.contains("oauth"));
        writes.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    }

    fn store(&self) -> &Store {
        self.calls.gate().store()
    }

    /// A person at a terminal, who reads what is shown and types what is asked for.
    fn approve(&self, told: &Value) {
        person::approve(self.store(), &self.config.gate, told["plan"].as_str().unwrap());
    }

    /// Managed Macs.
    async fn macs(&self, count: usize) -> Vec<Value> {
        let fields = [
            "id",
            "udid",
            "general.name",
            "general.managementId",
            "hardware.serialNumber",
            "groupMemberships",
        ];
        let found = self.ok("computer_list", json!({ "page_size": 60, "fields": fields })).await;
        let rows = found["rows"].as_array().unwrap();
        let managed = |row: &&Value| row["general"]["managementId"].as_str().is_some_and(|id| !id.is_empty());
        rows.iter().filter(managed).take(count).cloned().collect()
    }
}

fn serial(mac: &Value) -> String {
    mac["hardware"]["serialNumber"].as_str().unwrap().to_owned()
}

fn push(serials: impl IntoIterator<Item = String>) -> Value {
    json!({ "body": { "clientManagementIds": serials.into_iter().collect::<Vec<_>>() } })
}

fn serials(macs: &[Value]) -> Vec<String> {
    macs.iter().map(serial).collect()
}

#[tokio::test]
async fn a_plan_approved_for_one_tenant_is_not_applied_at_another_of_the_same_name() {
    let state = tempfile::tempdir().unwrap();
    let (first, second) = (server(state.path(), |_| {}).await, server(state.path(), |_| {}).await);
    let mac = first.macs(1).await.remove(0);
    let lock = json!({ "devices": [serial(&mac)], "body": { "message": "Bring it back" } });
    let told = first.ok("device_lock", lock.clone()).await;
    first.approve(&told);

    let said = second.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(said.contains(&first.tenant.url()) && said.contains(&second.tenant.url()), "{said}");
    // The same call there is another one, which nobody approved.
    let other = second.ok("device_lock", lock.clone()).await;
    assert_ne!(other["plan"], told["plan"]);
    assert_eq!(second.writes(), Vec::<String>::new());

    first.ok("device_lock", lock).await;
    assert_eq!((first.writes().len(), second.writes().len()), (1, 0));
}

#[tokio::test]
async fn what_is_remembered_of_one_tenant_says_nothing_of_another_of_the_same_name() {
    let state = tempfile::tempdir().unwrap();
    let window = |config: &mut Config| config.gate.repeat_seconds = 120;
    let (first, second) = (server(state.path(), window).await, server(state.path(), window).await);
    let category = json!({ "body": { "name": "Lab", "priority": 9 } });
    first.ok("category_create", category.clone()).await;
    let there = second.ok("category_create", category).await;
    assert!(there.get("repeated").is_none(), "{there}");
    assert_eq!((first.writes().len(), second.writes().len()), (1, 1));

    // Copies and holds too.
    first.ok("category_update", json!({ "id": "1", "body": { "name": "Other", "priority": 9 } })).await;
    assert_eq!(first.ok("undo_list", json!({})).await["shown"], 1);
    assert_eq!(second.ok("undo_list", json!({})).await["shown"], 0);
    let key = |server: &Server| server.calls.tenants().next().unwrap().key();
    let settings = GateConfig { tenant_plans_an_hour: 1, ..GateConfig::default() };
    let admit = |server: &Server, id: &str| {
        let plan = CountedPlan { tenant: &key(server), who: "anna", id, is_secret: false, devices: 1 };
        server.store().admit(&plan, &settings).unwrap()
    };
    for plan in ["a", "b"] {
        admit(&first, plan);
    }
    let holds = first.store().holds().unwrap();
    assert_eq!((holds.len(), holds[0].name(), holds[0].tenant.clone()), (1, "default", key(&first)));
    assert!(admit(&second, "c").is_none());

    // Both write into the log of that name, and each line says where.
    let (_, audit) = first.calls.audits().next().unwrap();
    let log = audit.tail(100).unwrap().join("\n");
    assert!(log.contains(&first.tenant.url()) && log.contains(&second.tenant.url()), "{log}");
    audit.verify().unwrap();
}

#[tokio::test]
async fn a_plain_write_neither_unmanages_nor_moves_to_another_site() {
    let state = tempfile::tempdir().unwrap();
    let server = server(state.path(), |_| {}).await;
    let mac = server.macs(1).await.remove(0);
    let said = server
        .refusal("computer_update", json!({ "id": mac["id"], "body": { "general": { "managed": false } } }))
        .await;
    assert!(said.contains("managed"), "{said}");
    // Nor does it move a device into another site, out of what holds for the one where it is.
    let site = json!({ "id": mac["id"], "body": { "general": { "siteId": "2" } } });
    assert!(server.refusal("computer_update", site).await.contains("siteId"));
    let site = json!({ "id": "1", "body": { "siteId": "2" } });
    assert!(server.refusal("mobile_device_update", site).await.contains("siteId"));
}

#[tokio::test]
async fn protected_devices_are_out_of_reach_of_harmless_calls_too() {
    let state = tempfile::tempdir().unwrap();
    let macs = server(state.path(), |_| {}).await.macs(2).await;
    let name = macs[0]["general"]["name"].as_str().unwrap().to_owned();
    let server = server(state.path(), |config| config.gate.protected_names = vec![name]).await;
    let id = &macs[0]["id"];
    let said = server.refusal("blank_push_send", push(serials(&macs))).await;
    assert!(said.contains("gate.protected_names"), "{said}");
    for (tool, arguments) in [
        ("computer_update", json!({ "id": id, "body": { "general": { "name": "Nobody" } } })),
        ("computer_update", json!({ "id": id, "body": { "userAndLocation": { "buildingId": "2" } } })),
        (
            "extension_attribute_set",
            json!({ "device": serial(&macs[0]), "attribute": "Update Ring", "value": "Ring 1" }),
        ),
        ("ddm_sync", json!({ "clientManagementId": macs[0]["general"]["managementId"] })),
        ("mdm_profile_renew", json!({ "body": { "udids": [macs[0]["udid"]] } })),
        (
            "inventory_preload_record_create",
            json!({ "body": { "serialNumber": serial(&macs[0]), "deviceType": "Computer" } }),
        ),
        ("app_config_reinstall", json!({ "body": { "reinstallCode": "x" } })),
    ] {
        let said = server.refusal(tool, arguments).await;
        assert!(said.contains("protected"), "{tool}: {said}");
    }
    server.ok("blank_push_send", push([serial(&macs[1])])).await;
    server
        .ok("computer_update", json!({ "id": macs[1]["id"], "body": { "general": { "assetTag": "A 7" } } }))
        .await;
}

#[tokio::test]
async fn harmless_calls_are_capped_and_stay_in_the_sandbox() {
    let state = tempfile::tempdir().unwrap();
    let first = server(state.path(), |config| config.gate.harmless_devices = 25).await;
    let macs = first.macs(30).await;
    let said = first.refusal("blank_push_send", push(serials(&macs))).await;
    assert!(said.contains("gate.harmless_devices"), "{said}");
    first.ok("blank_push_send", push(serials(&macs[..25]))).await;

    let sandboxed = server(state.path(), |config| config.gate.sandbox = Some("Sandbox".to_owned())).await;
    let said = sandboxed.refusal("blank_push_send", push([serial(&macs[0])])).await;
    assert!(said.contains("gate.sandbox"), "{said}");
    // Nor is there a second group of that name, for devices that somebody would like to have in it.
    for tool in ["static_mobile_group_create", "static_computer_group_create"] {
        let name = if tool.contains("mobile") { "groupName" } else { "name" };
        let said = sandboxed
            .refusal(tool, json!({ "body": { name: " sandbox", "siteId": "-1", "assignments": [] } }))
            .await;
        assert!(said.contains("gate.sandbox"), "{tool}: {said}");
    }
}

#[tokio::test]
async fn a_group_that_protects_is_changed_by_nobody_here() {
    let state = tempfile::tempdir().unwrap();
    let first = server(state.path(), |_| {}).await;
    let groups = first.ok("static_computer_group_list", json!({ "all": true })).await;
    let group = &groups["rows"][0];
    let name = group["name"].as_str().unwrap().to_owned();
    let everything = |config: &mut Config| {
        config.gate.protected_groups = vec![name.clone()];
        without_limits(config);
    };
    let server = server(state.path(), everything).await;
    for (tool, arguments) in [
        (
            "static_computer_group_update",
            json!({ "id": group["id"], "body": { "name": "Nothing", "assignments": [] } }),
        ),
        ("static_computer_group_delete", json!({ "id": group["id"] })),
    ] {
        let said = server.refusal(tool, arguments).await;
        assert!(said.contains("gate.protected_groups"), "{tool}: {said}");
    }
}

#[tokio::test]
async fn a_group_that_nothing_read_refers_to_reaches_whoever_moves() {
    let state = tempfile::tempdir().unwrap();
    let server = server(state.path(), without_limits).await;
    let macs = server.macs(3).await;
    let body = json!({ "body": { "name": "Unused", "assignments": [macs[0]["id"]] } });
    let made = server.ok("static_computer_group_create", body).await;
    let found = server.ok("static_computer_group_list", json!({ "all": true })).await;
    let row = found["rows"].as_array().unwrap().iter().find(|row| row["name"] == "Unused");
    let id = row.unwrap_or_else(|| panic!("{made}"))["id"].clone();
    let change =
        json!({ "id": id, "body": { "name": "Unused", "assignments": [macs[1]["id"], macs[2]["id"]] } });
    let told = server.ok("static_computer_group_update", change).await;
    let plan = server.store().plan(told["plan"].as_str().unwrap()).unwrap().unwrap().plan;
    // One leaves and two enter, and books, apps and webhooks that were not read may follow that.
    assert_eq!(plan.reach.devices, Some(3), "{}", plan.reach.sentence);
    assert!(plan.references.is_empty() && !plan.not_checked.is_empty());
}

#[tokio::test]
async fn a_configuration_that_is_read_again_narrows_the_gate() {
    let state = tempfile::tempdir().unwrap();
    let server = server(state.path(), |_| {}).await;
    let macs = server.macs(2).await;
    server.ok("blank_push_send", push(serials(&macs))).await;
    let mut newer = server.config.clone();
    newer.gate.harmless_devices = 1;
    newer.gate.protected_serials = vec![serial(&macs[0])];
    server.calls.narrow(&newer).unwrap();
    assert!(server.refusal("blank_push_send", push(serials(&macs))).await.contains("gate.harmless_devices"));
    let one = push([serial(&macs[0])]);
    assert!(server.refusal("blank_push_send", one.clone()).await.contains("gate.protected_serials"));

    // What was taken back stays until the next start, and a tenant can be pinned, a sandbox set, at any time.
    server.calls.narrow(&server.config).unwrap();
    assert!(server.refusal("blank_push_send", one).await.contains("gate.protected_serials"));
    newer.gate.sandbox = Some("Sandbox".to_owned());
    server.calls.narrow(&newer).unwrap();
    assert!(server.refusal("blank_push_send", push([serial(&macs[1])])).await.contains("gate.sandbox"));
    newer.gate.pinned_tenant = Some("another".to_owned());
    server.calls.narrow(&newer).unwrap();
    assert!(
        server
            .refusal("category_create", json!({ "body": { "name": "x", "priority": 9 } }))
            .await
            .contains("pinned")
    );
}
