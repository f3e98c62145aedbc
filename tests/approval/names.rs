//! Devices by whatever they are called, tenants that look like others, and plans that are over, at the built binary.

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::store::{State, Store};
use serde_json::{Value, json};

use super::{Host, approve, binary, text};

/// What a device is called: everything that finds it, and everything that only looks like that.
struct Called {
    finds: Vec<String>,
    looks_like: Vec<String>,
}

fn called(mac: &Value) -> Called {
    let text = |pointer: &str| mac.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (serial, id) = (text("/hardware/serialNumber"), text("/id"));
    let finds = vec![
        serial.clone(),
        serial.to_lowercase(),
        format!(" {serial} "),
        text("/udid"),
        text("/udid").to_lowercase(),
        text("/general/managementId"),
        text("/general/managementId").to_uppercase(),
        text("/general/assetTag"),
        text("/general/name"),
        format!("computer:{id}"),
        text("/hardware/macAddress"),
    ];
    let wide: String =
        serial.chars().map(|letter| char::from_u32(u32::from(letter) + 0xfee0).unwrap()).collect();
    let looks_like = vec![
        wide,
        format!("{serial}\u{200b}"),
        serial.replace('Z', "\u{396}"),
        format!("{serial},{serial}"),
        format!("computer:0{id}"),
        format!("computer:{id}.0"),
        format!("COMPUTER:{id}"),
        format!("{}*", &serial[..4]),
    ];
    Called { finds: finds.into_iter().filter(|word| !word.trim().is_empty()).collect(), looks_like }
}

async fn macs(tenant: &Tenant, state: &std::path::Path) -> Vec<Value> {
    let mut host = Host::start(tenant, state, "2025-06-18", false).await;
    let fields = [
        "id",
        "udid",
        "general.name",
        "general.assetTag",
        "general.managementId",
        "hardware.serialNumber",
        "hardware.macAddress",
    ];
    let answer = host.call("computer_list", json!({ "page_size": 20, "fields": fields }), None).await;
    let rows: Value = serde_json::from_str(&text(&answer)).unwrap();
    let managed = |row: &&Value| row["general"]["managementId"].as_str().is_some_and(|id| !id.is_empty());
    rows["rows"].as_array().unwrap().iter().filter(managed).cloned().collect()
}

fn sent(tenant: &Tenant) -> Vec<String> {
    let entries = tenant.log().entries();
    let writes = entries.iter().filter(|entry| entry.method != "GET" && !entry.path.contains("oauth"));
    writes.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protected_device_is_out_of_reach_by_whatever_it_is_called() {
    let tenant = Tenant::start(Options { computers: 20, ..Options::default() }).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let macs = macs(&tenant, state.path()).await;
    let (mac, other) = (&macs[0], &macs[1]);
    let serial = mac["hardware"]["serialNumber"].as_str().unwrap();
    let mut command = binary(&tenant, state.path());
    command.env("JAMF_PRO_MCP_GATE_PROTECTED_SERIALS", serial.to_lowercase());
    command.env("JAMF_PRO_MCP_GATE_DEVICES", "100").env("JAMF_PRO_MCP_GATE_GRAVE_DEVICES", "100");
    let mut host = Host::of(command, "2025-11-25", true, "t").await;
    let called = called(mac);
    let (mut refused, mut unknown) = (0, 0);
    for word in called.finds.iter().chain(&called.looks_like) {
        let calls = [
            ("device_lock", json!({ "devices": [word], "body": {} })),
            ("device_lock", json!({ "devices": [other["hardware"]["serialNumber"], word], "body": {} })),
            ("blank_push_send", json!({ "body": { "clientManagementIds": [word] } })),
            ("extension_attribute_set", json!({ "device": word, "attribute": "Asset Owner", "value": "x" })),
            (
                "call_destructive",
                json!({ "name": "device_erase", "arguments": { "devices": [word], "body": {} } }),
            ),
            (
                "plan_window",
                json!({ "tools": ["device_restart"], "arguments": { "body": {} }, "devices": [word], "minutes": 5, "reason": "because" }),
            ),
        ];
        for (tool, arguments) in calls {
            let answer = host.call(tool, arguments, Some(serial)).await;
            let said = text(&answer);
            refused += usize::from(said.contains("protected"));
            unknown += usize::from(!said.contains("protected"));
            assert!(!said.contains("waiting for a person"), "{tool} {word:?} was planned: {said}");
        }
    }
    // By its Jamf id, which other paths take alone.
    for (tool, arguments) in [
        ("computer_erase", json!({ "id": mac["id"], "body": {} })),
        ("computer_delete", json!({ "id": mac["id"] })),
        ("computer_update", json!({ "id": mac["id"], "body": { "general": { "assetTag": "x" } } })),
        ("computer_filevault_get", json!({ "id": mac["id"], "reason": "because I say so" })),
        ("patch_policy_log_retry", json!({ "id": "1", "body": { "deviceIds": [mac["id"]] } })),
        (
            "managed_software_update_plan_create",
            json!({ "body": { "devices": [{ "deviceId": mac["id"], "objectType": "COMPUTER" }],
                "config": { "updateAction": "DOWNLOAD_INSTALL_RESTART", "versionType": "LATEST_ANY" } } }),
        ),
    ] {
        let said = text(&host.call(tool, arguments, Some(serial)).await);
        assert!(said.contains("protected"), "{tool}: {said}");
    }
    assert_eq!(sent(&tenant), Vec::<String>::new());
    assert!(refused > 30, "{refused} were told to be protected, {unknown} something else");
    // Another device is none of this.
    let lock = json!({ "devices": [other["hardware"]["serialNumber"]], "body": {} });
    let mut plain = Host::start(&tenant, state.path(), "2025-11-25", false).await;
    assert!(text(&plain.call("device_lock", lock, None).await).contains("waiting for a person"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_over_or_of_another_tenant_is_not_applied() {
    let options = || Options { computers: 10, ..Options::default() };
    let (tenant, lab) = (Tenant::start(options()).await.unwrap(), Tenant::start(options()).await.unwrap());
    let state = tempfile::tempdir().unwrap();
    let of = |tenant: &Tenant| {
        json!({ "url": tenant.url(), "client_id": tenant.client_id(),
            "secret": { "env": if tenant.url() == lab.url() { "LAB_SECRET" } else { "PROD_SECRET" } } })
    };
    let config = json!({
        "tenants": { "prod": of(&tenant), "lab": of(&lab) },
        "allow": ["read", "device", "write", "destructive"],
    });
    let file = state.path().join("two.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let mut command = binary(&tenant, state.path());
    for name in ["JAMF_PRO_URL", "JAMF_PRO_CLIENT_ID", "JAMF_PRO_CLIENT_SECRET", "JAMF_PRO_MCP_ALLOW"] {
        command.env_remove(name);
    }
    command.env("PROD_SECRET", tenant.client_secret()).env("LAB_SECRET", lab.client_secret());
    command.env("JAMF_PRO_MCP_CONFIG", &file);
    let mut host = Host::of(command, "2025-11-25", false, "t").await;
    let erase = |tenant: &str| json!({ "id": "1", "body": {}, "tenant": tenant });
    let told = text(&host.call("computer_erase", erase("lab"), None).await);
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}"));
    let plan = told["plan"].as_str().unwrap().to_owned();
    let store = Store::open(state.path()).unwrap();
    approve(&store, &plan);
    // The same device of the other tenant, and names that look like the one that was approved.
    for other in ["prod", "Lab", "lab ", "l\u{430}b", "ｌab", ""] {
        let said = text(&host.call("computer_erase", erase(other), None).await);
        assert!(!said.contains("\"result\":\"done\""), "{other:?}: {said}");
    }
    assert_eq!((sent(&tenant), sent(&lab)), (Vec::new(), Vec::new()));
    // Its time is over.
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    connection.execute("UPDATE plans SET expires = made - 1 WHERE id = ?1", [&plan]).unwrap();
    for (tool, arguments) in [("plan_apply", json!({ "plan": plan })), ("computer_erase", erase("lab"))] {
        let said = text(&host.call(tool, arguments, None).await);
        assert!(!said.contains("\"result\":\"done\""), "{tool}: {said}");
    }
    assert_eq!((sent(&tenant), sent(&lab)), (Vec::new(), Vec::new()));
    assert_eq!(store.plan(&plan).unwrap().unwrap().state, State::Expired);
    // What was approved goes, at the tenant that it was approved for.
    let told = text(&host.call("computer_erase", erase("lab"), None).await);
    let told: Value = serde_json::from_str(&told).unwrap();
    approve(&store, told["plan"].as_str().unwrap());
    host.call("computer_erase", erase("lab"), None).await;
    assert_eq!((sent(&tenant).len(), sent(&lab).len()), (0, 1));
}
