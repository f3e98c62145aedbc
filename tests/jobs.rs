//! Jobs against the simulated tenant, and devices named by what is at hand.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/ungated.rs"]
mod ungated;

use std::sync::Arc;

use jamf_pro_client::{DigestKey, Writer};
use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, ToolResult, Waiting};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use ungated::run_ungated;

struct World {
    tenant: Tenant,
    calls: Pipeline,
    reached: Writer,
    _state: TempDir,
}

async fn world() -> World {
    world_of(|_| {}).await
}

async fn world_of(change: impl FnOnce(&mut Config)) -> World {
    let tenant = Tenant::start(Options::default()).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut config = Config { state: Some(state.path().to_owned()), ..Config::default() };
    config.allow.extend([RiskClass::Write, RiskClass::Device]);
    let settings = TenantConfig {
        url: tenant.url(),
        client_id: tenant.client_id().to_owned(),
        secret: SecretSource::Known(tenant.client_secret().into()),
        label: None,
        ca_file: None,
    };
    let reached = Writer::new(&settings.client("demo", DigestKey::new([7; 32]))).unwrap();
    config.tenants.insert("demo".to_owned(), settings);
    change(&mut config);
    World { calls: Pipeline::new(&config).unwrap(), tenant, reached, _state: state }
}

impl World {
    async fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        let caller = Caller { who: Arc::from("tester"), client: None, transport: "cli", session: None };
        self.calls.call(tool, arguments.as_object().unwrap().clone(), &caller, &Waiting::default()).await
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

    /// Past the gate, which refuses it until a person approves.
    async fn ungated(&self, job: &str, arguments: Value) -> Result<Value, String> {
        run_ungated(&self.reached, &self.calls.own_call(), job, arguments).await
    }

    fn writes(&self) -> Vec<String> {
        let entries = self.tenant.log().entries();
        let writes = entries.iter().filter(|entry| entry.method != "GET" && !entry.path.contains("oauth"));
        writes.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    }

    async fn computer(&self) -> Value {
        self.ok("computer_list", json!({ "page_size": 1, "page": 7, "fields": ["id", "udid", "general", "hardware", "userAndLocation"] }))
            .await["rows"][0]
            .clone()
    }
}

#[tokio::test]
async fn a_device_is_found_by_whatever_is_known_of_it() {
    let world = world().await;
    let computer = world.computer().await;
    let at = |pointer: &str| computer.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    for query in [
        at("/hardware/serialNumber"),
        at("/hardware/serialNumber").to_lowercase(),
        at("/general/name"),
        at("/general/managementId"),
        at("/udid"),
    ] {
        let found = world.ok("device_find", json!({ "query": query })).await;
        assert_eq!(found["total"], 1, "{query}: {found}");
        assert_eq!((&found["devices"][0]["id"], &found["exact"]), (&computer["id"], &json!(true)), "{query}");
    }
    let of_user =
        world.ok("device_find", json!({ "query": at("/userAndLocation/username"), "by": "username" })).await;
    assert!(of_user["devices"].as_array().unwrap().iter().any(|device| device["id"] == computer["id"]));
    let serial = at("/hardware/serialNumber");
    let part = world.ok("device_find", json!({ "query": serial[2..] })).await;
    assert!(part["exact"] == false && part["total"].as_u64().unwrap() >= 1, "{part}");
    let nobody = world.ok("device_find", json!({ "query": "no \"such\" device" })).await;
    assert!(
        nobody["total"] == 0 && nobody["notes"].to_string().contains("no device in inventory"),
        "{nobody}"
    );
    let elsewhere = world.ok("device_find", json!({ "query": serial, "kind": "mobile_device" })).await;
    assert_eq!(
        (&elsewhere["total"], &elsewhere["covers"]),
        (&json!(0), &json!("mobile devices in inventory"))
    );
}

#[tokio::test]
async fn two_devices_with_one_serial_number_are_candidates_and_nothing_is_guessed() {
    let world = world().await;
    let all =
        world.ok("computer_list", json!({ "all": true, "fields": ["id", "hardware.serialNumber"] })).await;
    let serials: Vec<&str> = all["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["hardware"]["serialNumber"].as_str().unwrap())
        .collect();
    let twice =
        serials.iter().find(|serial| serials.iter().filter(|other| other == serial).count() == 2).unwrap();
    let found = world.ok("device_find", json!({ "query": twice })).await;
    assert!(found["total"] == 2 && found["notes"].to_string().contains("ask which one"), "{found}");
    let said = world.refusal("group_membership_check", json!({ "device": twice, "group": "x" })).await;
    assert!(said.contains("2 devices") && said.matches("computer:").count() == 2, "{said}");
    world.tenant.log().clear();
    world.refusal("blank_push_send", json!({ "body": { "clientManagementIds": [twice] } })).await;
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_command_reaches_the_management_id_of_the_device_that_is_named() {
    let world = world().await;
    let computer = world.computer().await;
    let id = &computer["id"];
    let device = format!("computer:{}", id.as_str().unwrap());
    let said = world
        .ok("security_info_request", json!({ "devices": [device, computer["hardware"]["serialNumber"]] }))
        .await;
    assert!(said.to_string().contains("queued") || said["result"].is_string(), "{said}");
    let management_id = computer["general"]["managementId"].as_str().unwrap();
    let filter = format!("clientManagementId=={management_id}");
    let queued = world.ok("mdm_command_list", json!({ "filter": filter, "fields": ["*"] })).await;
    assert_eq!(queued["rows"][0]["commandType"], "SECURITY_INFO", "{queued}");
    for (device, word) in
        [("computer:999999", "no device"), ("computer:x", "digits"), ("C02*", "one is wanted")]
    {
        let said = world.refusal("security_info_request", json!({ "devices": [device] })).await;
        assert!(said.contains(word), "{device}: {said}");
    }
}

#[tokio::test]
async fn being_in_no_such_group_is_not_the_same_as_not_being_in_it() {
    let world = world().await;
    let computer = world.computer().await;
    let device = &computer["hardware"]["serialNumber"];
    let groups = world.ok("group_membership_check", json!({ "device": device })).await;
    let mine = groups["groups"][0]["name"].as_str().unwrap();
    let inside = world.ok("group_membership_check", json!({ "device": device, "group": mine })).await;
    assert_eq!(inside["member"], true);
    let every = world.ok("computer_group_list", json!({ "page_size": 200 })).await;
    let other =
        every["rows"].as_array().unwrap().iter().find(|group| {
            groups["groups"].as_array().unwrap().iter().all(|own| own["name"] != group["name"])
        });
    let outside = world
        .ok("group_membership_check", json!({ "device": device, "group": other.unwrap()["name"] }))
        .await;
    assert_eq!(outside["member"], false);
    let said =
        world.refusal("group_membership_check", json!({ "device": device, "group": "No such group" })).await;
    assert!(said.contains("there is no computer group"), "{said}");
    let ipads = world.ok("mobile_device_list", json!({ "page_size": 1 })).await;
    let ipad = format!("mobile_device:{}", ipads["rows"][0]["mobileDeviceId"].as_str().unwrap());
    assert!(world.ok("group_membership_check", json!({ "device": ipad })).await["groups"].is_array());
}

#[tokio::test]
async fn one_extension_attribute_is_set_and_read_back() {
    let world = world().await;
    let computer = world.computer().await;
    let device = format!("computer:{}", computer["id"].as_str().unwrap());
    let set =
        |attribute: &str, value: &str| json!({ "device": device, "attribute": attribute, "value": value });
    let done = world.ok("extension_attribute_set", set("Local Notes", "by the desk")).await;
    assert_eq!((&done["result"], &done["after"]), (&json!("done"), &json!(["by the desk"])), "{done}");
    let cleared = world.ok("extension_attribute_set", set("Local Notes", "")).await;
    assert_eq!(cleared["after"], json!([]), "{cleared}");
    world.tenant.log().clear();
    assert!(
        world
            .refusal("extension_attribute_set", set("Update Ring", "Ring 9"))
            .await
            .contains("Ring 1, Ring 2, Ring 3")
    );
    assert!(world.refusal("extension_attribute_set", set("Battery Cycles", "3")).await.contains("SCRIPT"));
    assert!(
        world.refusal("extension_attribute_set", set("update ring", "Ring 1")).await.contains("exact name")
    );
    assert_eq!(world.writes(), Vec::<String>::new());
    let ipads = world.ok("mobile_device_list", json!({ "page_size": 1 })).await;
    let ipad = format!("mobile_device:{}", ipads["rows"][0]["mobileDeviceId"].as_str().unwrap());
    let done = world
        .ok("extension_attribute_set", json!({ "device": ipad, "attribute": "Cart", "value": "Cart 9" }))
        .await;
    assert_eq!(done["after"], json!(["Cart 9"]), "{done}");
}

#[tokio::test]
async fn members_come_and_go_without_touching_the_others() {
    let world = world().await;
    let groups =
        world.ok("group_list", json!({ "all": true, "filter": "isSmart==false", "fields": ["*"] })).await;
    let rows = groups["rows"].as_array().unwrap();
    let group = rows
        .iter()
        .find(|group| group["groupType"] == "COMPUTER" && group["membershipCount"].as_u64().unwrap() > 2)
        .unwrap();
    let name = group["groupName"].as_str().unwrap();
    let change = |add: Value, remove: Value| json!({ "kind": "computer", "group": name, "add": add, "remove": remove });
    assert!(
        world.refusal("group_members_change", change(json!(["x"]), json!([]))).await.contains("person"),
        "the gate refuses it"
    );

    let mut outside = Value::Null;
    for page in 0..40 {
        let row = world.ok("computer_list", json!({ "page_size": 1, "page": page, "fields": ["id"] })).await
            ["rows"][0]
            .clone();
        let device = format!("computer:{}", row["id"].as_str().unwrap());
        if world.ok("group_membership_check", json!({ "device": device, "group": name })).await["member"]
            == false
        {
            outside = json!(device);
            break;
        }
    }
    let before = group["membershipCount"].as_u64().unwrap();
    let added = world.ungated("group_members_change", change(json!([outside]), json!([]))).await.unwrap();
    assert_eq!(
        (&added["members_before"], &added["members_after"]),
        (&json!(before), &json!(before + 1)),
        "{added}"
    );
    assert_eq!(
        world.ok("group_membership_check", json!({ "device": outside, "group": name })).await["member"],
        true
    );
    let removed = world.ungated("group_members_change", change(json!([]), json!([outside]))).await.unwrap();
    assert_eq!(removed["members_after"], before, "{removed}");
    let smart = world
        .ok("group_list", json!({ "filter": "isSmart==true;groupType==COMPUTER", "fields": ["*"] }))
        .await;
    let smart = json!({ "kind": "computer", "group": smart["rows"][0]["groupName"], "add": [outside] });
    assert!(world.ungated("group_members_change", smart).await.unwrap_err().contains("smart group"));
    assert!(
        world
            .ungated("group_members_change", change(json!([outside]), json!([outside])))
            .await
            .unwrap_err()
            .contains("in `add` and in `remove`")
    );
}

#[tokio::test]
async fn a_job_that_is_given_up_stops() {
    let world = world().await;
    world.tenant.faults().set("slow=5s".parse().unwrap());
    let caller = Caller { who: Arc::from("tester"), client: None, transport: "cli", session: None };
    let cancelled = CancellationToken::new();
    let waiting = Waiting { cancelled: cancelled.clone(), ..Waiting::default() };
    let arguments = json!({ "query": "x-1" }).as_object().unwrap().clone();
    let call = world.calls.call("device_find", arguments, &caller, &waiting);
    let (answer, ()) = tokio::join!(call, async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        cancelled.cancel();
    });
    assert!(answer.is_error, "{}", answer.text);
}

#[tokio::test]
async fn a_pasted_list_becomes_a_static_group_and_says_who_is_not_in_it() {
    let world = world().await;
    let fields = ["id", "hardware.serialNumber", "general.remoteManagement.managed"];
    let list = world.ok("computer_list", json!({ "fields": fields, "page_size": 300 })).await;
    let serials = |managed: bool| {
        let rows = list["rows"].as_array().unwrap().iter();
        let fitting = rows.filter(move |row| row["general"]["remoteManagement"]["managed"] == managed);
        fitting.map(|row| row["hardware"]["serialNumber"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (managed, others) = (serials(true), serials(false));
    let phones =
        world.ok("mobile_device_list", json!({ "fields": ["hardware.serialNumber"], "page_size": 1 })).await;
    let phone = phones["rows"][0]["hardware"]["serialNumber"].as_str().unwrap();
    let (first, second, unmanaged) = (&managed[3], &managed[9], &others[0]);
    let pasted = format!("{first}\n\"{second}\", {first};NOSUCHSERIAL\r\n{unmanaged}\t{phone}\n");
    let arguments = json!({ "kind": "computer", "name": "Pasted", "devices": pasted });
    let found = world.ok("static_group_from_list", arguments.clone()).await;
    assert_eq!(found["members"], 2, "{found}");
    assert_eq!(found["not_found"], json!(["NOSUCHSERIAL"]), "{found}");
    assert_eq!(found["other_kind"], json!([phone]), "{found}");
    assert_eq!(found["not_managed"].as_array().map(Vec::len), Some(1), "{found}");
    let sql =
        "SELECT c.serial_number FROM group_members m JOIN groups g ON g.id = m.group_id AND g.kind = m.kind
               JOIN computers c ON c.id = m.device_id WHERE g.name = 'Pasted' ORDER BY 1";
    let members = world.ok("fleet_query", json!({ "sql": sql, "refresh": true })).await;
    let mut expected = [json!([first]), json!([second])];
    expected.sort_by_key(Value::to_string);
    assert_eq!(members["rows"], json!(expected));

    let again = world.refusal("static_group_from_list", arguments).await;
    assert!(again.contains("group with the name \"Pasted\" already") || again.contains("already"), "{again}");
    let nobody = json!({ "kind": "computer", "name": "Nobody", "devices": "NOSUCHSERIAL" });
    let refusal = world.refusal("static_group_from_list", nobody).await;
    assert!(refusal.contains("NOSUCHSERIAL") && refusal.contains("not found"), "{refusal}");
}
