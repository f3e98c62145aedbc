//! The Classic API without its traps: what is written is read back, scopes change in one place, copies are harmless.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "classic/copies.rs"]
mod copies;
#[path = "support/straight.rs"]
mod straight;
#[path = "support/ungated.rs"]
mod ungated;
#[path = "classic/writes.rs"]
mod writes;

use std::sync::Arc;

use jamf_pro_client::{DigestKey, Writer};
use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, Waiting};
use jamf_pro_mcp::readback::{self, ReadBack};
use jamf_pro_tools::{Body, Catalogue, Checked};
use serde_json::{Value, json};
use straight::Straight;
use tempfile::TempDir;
use ungated::run_ungated;

struct World {
    tenant: Tenant,
    calls: Pipeline,
    reached: Writer,
    files: TempDir,
    _state: TempDir,
}

async fn world() -> World {
    let tenant = Tenant::start(Options::default()).await.unwrap();
    let (state, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut config = Config {
        state: Some(state.path().to_owned()),
        files: Some(files.path().to_owned()),
        ..Config::default()
    };
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
    World { calls: Pipeline::new(&config).unwrap(), tenant, reached, files, _state: state }
}

impl World {
    async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let caller = Caller { who: Arc::from("tester"), client: None, transport: "cli", session: None };
        let arguments = arguments.as_object().unwrap().clone();
        let answer = self.calls.call(tool, arguments, &caller, &Waiting::default()).await;
        assert!(!answer.is_error, "{tool}: {}", answer.text);
        serde_json::from_str(&answer.text).unwrap()
    }

    /// Past the gate, which refuses it until a person approves.
    async fn job(&self, job: &str, arguments: Value) -> Result<Value, String> {
        let call = self
            .calls
            .own_call()
            .map(|call| jamf_pro_client::Call { files: Some(Arc::from(self.files.path())), ..call });
        run_ungated(&self.reached, &call, job, arguments).await
    }

    fn writes(&self) -> Vec<String> {
        let entries = self.tenant.log().entries();
        let writes = entries.iter().filter(|entry| entry.method != "GET" && !entry.path.contains("oauth"));
        writes.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    }
}

#[tokio::test]
async fn answers_of_both_apis_look_alike() {
    let world = world().await;
    let list = world.ok("policy_list", json!({ "page_size": 2 })).await;
    assert_eq!(list["rows"][0]["id"], "1", "{list}");
    let policy = world.ok("policy_get", json!({ "id": "40" })).await;
    assert_eq!(policy["general"]["id"], "40", "{policy}");
    assert_eq!(policy["scope"]["computers"].as_array().unwrap().len(), 12, "{policy}");
    let dates = &policy["general"]["date_time_limitations"];
    assert!(dates.get("activation_date_epoch").is_none() && dates["activation_date"].is_null(), "{dates}");
    let one =
        world.ok("policy_get", json!({ "id": "40", "fields": ["general.id", "scope.computers.name"] })).await;
    assert_eq!(one["scope"]["computers"][11]["name"], policy["scope"]["computers"][11]["name"], "{one}");
    for printer in world.ok("printer_list", json!({})).await["rows"].as_array().unwrap() {
        assert!(printer["id"].is_string() && printer.as_object().unwrap().len() == 2, "{printer}");
    }
}

#[tokio::test]
async fn a_write_is_read_back_and_told_as_it_is() {
    let world = world().await;
    let made = world
        .ok("printer_create", json!({ "body": { "name": "Hall & <Co> ]]> 👩‍💻", "location": "Hall" } }))
        .await;
    assert_eq!(made["read_back"]["verdict"], "as sent", "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(world.ok("printer_get", json!({ "id": id })).await["name"], "Hall & <Co> ]]> 👩‍💻");

    // The same call, with what the wire should never carry: a word of no list, and an element of no schema.
    let action = Catalogue::get().find("policy_update").unwrap();
    let body = json!({ "general": { "frequency": "Once every day" }, "maintenance": { "recon": true } });
    let checked: Checked =
        action.check(json!({ "id": "1", "body": body }).as_object().unwrap().clone()).unwrap();
    let mut request = action.request(&checked).unwrap();
    request.body = Body::Xml(
        "<policy><general><frequency>Once per day</frequency></general><maintenanse><recon>true</recon></maintenanse></policy>".to_owned(),
    );
    let call = world.calls.own_call().client;
    let reply = world.reached.send(action, &request, &call).await.unwrap();
    let read_back = readback::after(&world.reached.reader(), action, &checked, &reply, &call).await.unwrap();
    let told = read_back.to_json().to_string();
    assert!(
        read_back.differs()
            && told.contains("`general.frequency` is now")
            && told.contains("maintenance.recon"),
        "{told}"
    );
    // A section out of its order is not lost in silence either.
    let body = json!({ "general": { "enabled": false }, "maintenance": { "recon": true } });
    let checked = action.check(json!({ "id": "2", "body": body }).as_object().unwrap().clone()).unwrap();
    let mut request = action.request(&checked).unwrap();
    request.body = Body::Xml("<policy><maintenance><recon>true</recon></maintenance><general><enabled>false</enabled></general></policy>".to_owned());
    let reply = world.reached.send(action, &request, &call).await.unwrap();
    let disordered = readback::after(&world.reached.reader(), action, &checked, &reply, &call).await.unwrap();
    assert!(disordered.differs(), "{}", disordered.to_json());

    let mut answer = serde_json::Map::new();
    read_back.mark(&mut answer);
    assert_eq!(answer["result"], "accepted, but not as it was sent");
}

#[tokio::test]
async fn what_cannot_be_read_back_is_said() {
    let world = world().await;
    let action = Catalogue::get().find("printer_create").unwrap();
    let checked = action.check(json!({ "body": { "name": "x" } }).as_object().unwrap().clone()).unwrap();
    let reply = jamf_pro_client::Reply {
        incomplete: None,
        status: 201,
        media_type: String::new(),
        file_name: None,
        body: "{\"id\":\"999999\"}".into(),
        older_path: None,
    };
    let call = world.calls.own_call().client;
    let read_back = readback::after(&world.reached.reader(), action, &checked, &reply, &call).await.unwrap();
    let ReadBack::NotRead(why) = read_back else { unreachable!() };
    assert!(why.contains("not visible yet"), "{why}");
}

/// Everything but one list.
fn without(object: &Value, list: &str) -> String {
    let mut object = object.clone();
    *object.pointer_mut(list).unwrap() = json!([]);
    object.to_string()
}

#[tokio::test]
async fn one_exclusion_more_leaves_all_else_as_it_was() {
    let world = world().await;
    let before = world.ok("policy_get", json!({ "id": "40", "fields": ["*"] })).await;
    let groups = world.ok("computer_group_list", json!({ "page_size": 30 })).await;
    let group = &groups["rows"][19];
    let wish = json!([{ "place": "exclusions", "type": "computer_group", "name": group["name"] }]);
    world.tenant.log().clear();
    let done = world.job("scope_change", json!({ "kind": "policy", "id": "40", "add": wish })).await.unwrap();
    assert_eq!(
        (&done["result"], &done["read_back"]["verdict"]),
        (&json!("done"), &json!("as sent")),
        "{done}"
    );
    assert_eq!(world.writes(), ["PUT /JSSResource/policies/id/40"]);
    let after = world.ok("policy_get", json!({ "id": "40", "fields": ["*"] })).await;
    let list = "/scope/exclusions/computer_groups";
    assert_eq!(without(&before, list), without(&after, list));
    let more = after.pointer(list).unwrap().as_array().unwrap();
    assert_eq!(more.len(), before.pointer(list).unwrap().as_array().unwrap().len() + 1);
    assert_eq!(more.last().unwrap()["id"], group["id"]);

    world.tenant.log().clear();
    let again =
        world.job("scope_change", json!({ "kind": "policy", "id": "40", "add": wish })).await.unwrap();
    assert_eq!((again["result"].as_str(), world.writes().len()), (Some("unchanged"), 0), "{again}");
    let back =
        world.job("scope_change", json!({ "kind": "policy", "id": "40", "remove": wish })).await.unwrap();
    assert_eq!(back["result"], "done", "{back}");
    assert_eq!(before, world.ok("policy_get", json!({ "id": "40", "fields": ["*"] })).await);
}

/// Names in a scope are what the tenant knows the ids by at the time.
fn without_names(object: &Value) -> Value {
    fn bare(value: &Value) -> Value {
        match value {
            Value::Object(fields) if fields.contains_key("id") => fields["id"].clone(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), bare(value))).collect(),
            Value::Array(entries) => entries.iter().map(bare).collect(),
            other => other.clone(),
        }
    }
    let mut object = object.clone();
    object["scope"] = bare(&object["scope"]);
    object
}

#[tokio::test]
async fn every_kind_that_has_a_scope_can_have_it_changed() {
    let world = world().await;
    for (kind, get) in [
        ("policy", "policy_get"),
        ("macos_profile", "macos_profile_get"),
        ("mobile_profile", "mobile_profile_get"),
        ("mac_app", "mac_app_get"),
        ("mobile_device_app", "mobile_device_app_get"),
        ("restricted_software", "restricted_software_get"),
        ("ebook", "ebook_details_get"),
    ] {
        let before = world.ok(get, json!({ "id": "2", "fields": ["*"] })).await;
        let change = json!({ "kind": kind, "id": "2", "add": [
            { "place": "exclusions", "type": "building", "id": "2" }, { "place": "exclusions", "type": "department", "id": "3" },
        ] });
        let done = world.job("scope_change", change).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(done["result"], "done", "{kind}: {done}");
        let after = world.ok(get, json!({ "id": "2", "fields": ["*"] })).await;
        let excluded = |object: &Value| object["scope"]["exclusions"]["buildings"].as_array().unwrap().len();
        assert_eq!(excluded(&after), excluded(&before) + 1, "{kind}");
        let back = json!({ "kind": kind, "id": "2", "remove": [
            { "place": "exclusions", "type": "building", "id": "2" }, { "place": "exclusions", "type": "department", "id": "3" },
        ] });
        world.job("scope_change", back).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let again = world.ok(get, json!({ "id": "2", "fields": ["*"] })).await;
        assert_eq!(without_names(&before), without_names(&again), "{kind}");
    }
}

#[tokio::test]
async fn a_scope_that_would_lose_something_is_refused_with_the_reason() {
    let world = world().await;
    let change = |id: &str, entry: Value| json!({ "kind": "policy", "id": id, "add": [entry] });
    world.tenant.log().clear();
    for (id, entry, said) in [
        ("1", json!({ "place": "targets", "type": "computer_group", "id": "3" }), "all_computers"),
        ("2", json!({ "place": "targets", "type": "mobile_device", "id": "3" }), "take no `mobile_device`"),
        ("2", json!({ "place": "limitations", "type": "building", "id": "3" }), "take no `building`"),
        ("2", json!({ "place": "exclusions", "type": "building" }), "neither"),
        (
            "2",
            json!({ "place": "exclusions", "type": "building", "name": "No such place" }),
            "there is no building",
        ),
        ("2", json!({ "place": "exclusions", "type": "user", "id": "3" }), "by its `name`"),
    ] {
        let refused = world.job("scope_change", change(id, entry)).await.unwrap_err();
        assert!(refused.contains(said), "{said}: {refused}");
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    // What can be added is: a directory user and group, and exclusions beside all computers.
    for (id, entry) in [
        ("2", json!({ "place": "limitations", "type": "user", "name": "a.b" })),
        ("2", json!({ "place": "exclusions", "type": "user_group", "name": "Staff & Co" })),
        ("1", json!({ "place": "exclusions", "type": "computer_group", "id": "3" })),
        ("2", json!({ "place": "targets", "type": "computer", "name": "computer:9" })),
    ] {
        let done = world.job("scope_change", change(id, entry)).await.unwrap();
        assert_eq!(done["result"], "done", "{done}");
    }
}

#[tokio::test]
async fn a_scope_that_names_what_is_gone_is_mended_in_one_call() {
    let world = world().await;
    let add = json!([{ "place": "exclusions", "type": "building", "id": "1" }]);
    let refused =
        world.job("scope_change", json!({ "kind": "policy", "id": "30", "add": add })).await.unwrap_err();
    assert!(
        refused.contains("Unable to match excluded computer group") && refused.contains("in the same call"),
        "{refused}"
    );
    let gone = json!([{ "place": "exclusions", "type": "computer_group", "name": "Kiosks 2019" }]);
    let done = world
        .job("scope_change", json!({ "kind": "policy", "id": "30", "add": add, "remove": gone }))
        .await
        .unwrap();
    assert_eq!(
        (&done["result"], &done["scope"]["exclusions"]["computer_groups"]),
        (&json!("done"), &json!([])),
        "{done}"
    );
}

#[tokio::test]
async fn what_is_added_is_found_by_its_exact_name() {
    let world = world().await;
    let first = async |list: &str, field: &str| {
        let rows = world.ok(list, json!({ "page_size": 3, "fields": ["*"] })).await;
        rows["rows"][1][field].clone()
    };
    let segment = json!({ "place": "exclusions", "type": "network_segment", "name": first("network_segment_list", "name").await });
    let department =
        json!({ "place": "targets", "type": "department", "name": first("department_list", "name").await });
    let user =
        json!({ "place": "exclusions", "type": "jss_user", "name": first("user_list", "username").await });
    let group = json!({ "place": "exclusions", "type": "mobile_device_group", "name": first("mobile_device_group_list", "name").await });
    let ipad =
        world.ok("mobile_device_list", json!({ "page_size": 1, "fields": ["hardware.serialNumber"] })).await;
    let ipad = json!({ "place": "targets", "type": "mobile_device", "name": ipad["rows"][0]["hardware"]["serialNumber"] });
    for (kind, entries) in [
        ("macos_profile", json!([segment, department, user])),
        ("mobile_profile", json!([segment, department, user, group, ipad])),
    ] {
        let change = json!({ "kind": kind, "id": "7", "add": entries });
        let done = world.job("scope_change", change).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(
            (&done["result"], done["changed"].as_array().unwrap().len()),
            (&json!("done"), entries.as_array().unwrap().len()),
            "{done}"
        );
        let back = json!({ "kind": kind, "id": "7", "remove": done["changed"].as_array().unwrap().iter().filter(|entry| entry["type"] != "mobile_device").map(|entry| {
            json!({ "place": entry["place"], "type": entry["type"], "name": entry["name"] })
        }).filter(|entry| entry["type"] != "jss_user").collect::<Vec<_>>() });
        let undone = world.job("scope_change", back).await.unwrap();
        assert_eq!(undone["result"], "done", "{undone}");
    }
}

#[tokio::test]
async fn a_copy_of_a_policy_is_off_and_for_nobody_unless_told() {
    let world = world().await;
    let original = world.ok("policy_get", json!({ "id": "12", "fields": ["*"] })).await;
    let copy = |name: &str, more: Value| {
        let mut arguments = json!({ "id": "12", "new_name": name });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let made = world.job("policy_clone", copy("Copy of Chrome", json!({}))).await.unwrap();
    assert_eq!(
        (&made["result"], &made["read_back"]["verdict"]),
        (&json!("created"), &json!("as sent")),
        "{made}"
    );
    let new = world.ok("policy_get", json!({ "id": made["object"]["id"], "fields": ["*"] })).await;
    assert_eq!(
        (&new["general"]["enabled"], &new["scope"]["all_computers"]),
        (&json!(false), &json!(false)),
        "{new}"
    );
    assert_eq!(new["scope"]["computer_groups"], json!([]));
    assert_eq!(new["package_configuration"]["packages"], original["package_configuration"]["packages"]);
    for same in ["scripts", "maintenance", "files_processes", "reboot"] {
        assert_eq!(new[same], original[same], "{same}");
    }
    assert_eq!(new["general"]["frequency"], original["general"]["frequency"]);
    let whole = world
        .job("policy_clone", copy("Second copy", json!({ "with_scope": true, "enabled": true })))
        .await
        .unwrap();
    let whole = world.ok("policy_get", json!({ "id": whole["object"]["id"], "fields": ["*"] })).await;
    assert_eq!((&whole["scope"], &whole["general"]["enabled"]), (&original["scope"], &json!(true)));
    let taken = world.job("policy_clone", copy("copy of chrome", json!({}))).await.unwrap_err();
    assert!(taken.contains("is taken"), "{taken}");
    // The one whose accounts have passwords: they are not seen, and not copied.
    let accounts = world.job("policy_clone", json!({ "id": "7", "new_name": "Accounts" })).await.unwrap();
    assert!(accounts["notes"].to_string().contains("without their passwords"), "{accounts}");
    assert!(!accounts.to_string().contains("CANARY"), "{accounts}");
}

#[tokio::test]
async fn policies_are_switched_and_renamed_and_nothing_else_moves() {
    let world = world().await;
    let before = world.ok("policy_get", json!({ "id": "12", "fields": ["*"] })).await;
    let name = before["general"]["name"].clone();
    let off = world.job("policy_disable", json!({ "name": name })).await.unwrap();
    assert_eq!((&off["result"], &off["enabled"]), (&json!("done"), &json!(false)), "{off}");
    assert_eq!(world.job("policy_disable", json!({ "id": "12" })).await.unwrap()["result"], "unchanged");
    assert_eq!(world.job("policy_enable", json!({ "id": "12" })).await.unwrap()["enabled"], true);
    let renamed =
        world.job("policy_rename", json!({ "id": "12", "new_name": "Chrome / Beta" })).await.unwrap();
    assert_eq!((&renamed["result"], &renamed["was"]), (&json!("done"), &name), "{renamed}");
    let back =
        world.job("policy_rename", json!({ "name": "Chrome / Beta", "new_name": name })).await.unwrap();
    assert_eq!(back["result"], "done", "{back}");
    assert_eq!(before, world.ok("policy_get", json!({ "id": "12", "fields": ["*"] })).await);
    let taken =
        world.job("policy_rename", json!({ "id": "12", "new_name": "Install Rosetta" })).await.unwrap_err();
    assert!(taken.contains("is taken"), "{taken}");
    let two =
        world.job("policy_rename", json!({ "name": "No such policy", "new_name": "x" })).await.unwrap_err();
    assert!(two.contains("there is no policy"), "{two}");
}

const WIFI: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.wifi.managed</string>
<key>SSID_STR</key><string>Office "5G" > 2G</string><key>Password</key><string>CANARY-wifi-password</string></dict></array></dict></plist>"#;

#[tokio::test]
async fn a_profile_comes_from_a_file_or_from_json_and_its_secrets_stay_unseen() {
    let world = world().await;
    std::fs::write(world.files.path().join("wifi.mobileconfig"), WIFI).unwrap();
    for kind in ["macos_profile", "mobile_profile"] {
        let new = json!({ "kind": kind, "new_name": "Office Wi-Fi", "file": "wifi.mobileconfig", "category": "Network" });
        let made = world.job("profile_create", new.clone()).await.unwrap();
        assert_eq!(made["payload"]["verdict"], "as sent", "{made}");
        assert_eq!(made["read_back"]["verdict"], "as sent", "{made}");
        assert!(world.job("profile_create", new).await.unwrap_err().contains("is taken"));
        let id = &made["object"]["id"];
        let shown = world.ok("profile_payload_get", json!({ "kind": kind, "id": id })).await;
        let wifi = &shown["payload"]["PayloadContent"][0];
        assert_eq!(
            (&wifi["SSID_STR"], &wifi["Password"]),
            (&json!("Office \"5G\" > 2G"), &json!({ "$kept": "a secret" }))
        );
        let profile = world.ok(&format!("{kind}_get"), json!({ "id": id, "fields": ["*"] })).await;
        assert!(!format!("{made}{shown}{profile}").contains("CANARY"), "{profile}");
        let (targets, all) = if kind == "macos_profile" {
            ("computers", "all_computers")
        } else {
            ("mobile_devices", "all_mobile_devices")
        };
        assert_eq!((&profile["scope"][targets], &profile["scope"][all]), (&json!([]), &json!(false)));

        // Changed by somebody who never saw the password.
        let mut next = shown["payload"].clone();
        next["PayloadContent"][0]["SSID_STR"] = json!("Office");
        next["PayloadContent"][0]["AutoJoin"] = json!(true);
        let replaced = world
            .job("profile_replace", json!({ "kind": kind, "name": "Office Wi-Fi", "payload": next.to_string(), "redeploy": "All" }))
            .await
            .unwrap();
        assert_eq!(
            (&replaced["result"], &replaced["payload"]["verdict"]),
            (&json!("done"), &json!("as sent")),
            "{replaced}"
        );
        let again = world.ok("profile_payload_get", json!({ "kind": kind, "id": id })).await;
        for same in ["PayloadUUID", "PayloadIdentifier"] {
            assert_eq!(again["payload"][same], shown["payload"][same], "{same}");
            assert_eq!(
                again["payload"]["PayloadContent"][0][same], shown["payload"]["PayloadContent"][0][same],
                "{same}"
            );
        }
        assert_eq!(again["payload"]["PayloadContent"][0]["SSID_STR"], "Office");
        let unchanged = json!({ "kind": kind, "id": id, "payload": again["payload"].to_string() });
        assert_eq!(world.job("profile_replace", unchanged).await.unwrap()["result"], "unchanged");

        let copy =
            world.job(&format!("{kind}_clone"), json!({ "id": id, "new_name": "Copy" })).await.unwrap();
        assert_eq!(
            (&copy["result"], &copy["payload"]["verdict"]),
            (&json!("created"), &json!("as sent")),
            "{copy}"
        );
        let copied = world.ok("profile_payload_get", json!({ "kind": kind, "name": "Copy" })).await;
        assert_ne!(
            copied["payload"]["PayloadContent"][0]["PayloadUUID"],
            again["payload"]["PayloadContent"][0]["PayloadUUID"]
        );
        let renamed = world
            .job(&format!("{kind}_rename"), json!({ "name": "Copy", "new_name": "Renamed" }))
            .await
            .unwrap();
        assert_eq!(renamed["result"], "done", "{renamed}");
        assert!(!format!("{replaced}{copy}{copied}{renamed}").contains("CANARY"));
    }
}

#[tokio::test]
async fn users_of_jamf_pro_are_targets_and_exclusions_of_policies() {
    let world = world().await;
    let user = world.ok("user_list", json!({ "page_size": 1 })).await["rows"][0].clone();
    let group = world.ok("user_group_list", json!({ "page_size": 1 })).await["rows"][0].clone();
    let add = json!([
        { "place": "targets", "type": "jss_user", "id": user["id"] },
        { "place": "exclusions", "type": "jss_user_group", "name": group["name"] },
    ]);
    world.job("scope_change", json!({ "kind": "policy", "id": "40", "add": add })).await.unwrap();
    let scope = world.ok("policy_get", json!({ "id": "40" })).await["scope"].clone();
    assert_eq!(scope["jss_users"][0]["id"], user["id"], "{scope}");
    assert_eq!(scope["exclusions"]["jss_user_groups"][0]["id"], group["id"], "{scope}");
}
