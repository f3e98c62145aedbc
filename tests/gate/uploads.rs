//! Files: planned by what is in them, and sent as they were approved or not at all.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{World, find_id, serial, without_limits, world_of};

async fn world(folder: &Path) -> World {
    world_of(|config| {
        config.files = Some(folder.to_owned());
        without_limits(config);
        config.gate.plans_an_hour = 100;
        config.gate.tenant_plans_an_hour = 100;
    })
    .await
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn package(folder: &Path, fill: u8) {
    let mut bytes = b"xar!".to_vec();
    bytes.resize(300_000, fill);
    fs::write(folder.join("App.pkg"), bytes).unwrap();
}

/// A package that policies install.
async fn used(world: &World) -> String {
    let policies = world.ok("policy_list", json!({ "page_size": 200 })).await;
    for policy in policies["rows"].as_array().unwrap() {
        let whole = world.ok("policy_get", json!({ "id": policy["id"].to_string().trim_matches('"') })).await;
        let first = &whole["package_configuration"]["packages"][0]["id"];
        if whole["general"]["enabled"] == true && !first.is_null() {
            return first.to_string().trim_matches('"').to_owned();
        }
    }
    String::new()
}

fn uploads(world: &World) -> Vec<(Option<u16>, usize)> {
    let entries = world.tenant.log().entries();
    let uploads = entries.iter().filter(|entry| entry.method == "POST" && entry.path.ends_with("/upload"));
    uploads.map(|entry| (entry.status, entry.bytes)).collect()
}

#[tokio::test]
async fn a_package_that_policies_install_is_planned_by_its_content() {
    let folder = folder();
    let world = world(folder.path()).await;
    let id = used(&world).await;
    package(folder.path(), 1);
    let arguments = json!({ "id": id, "file": "App.pkg" });
    let told = world.waits("package_upload", arguments.clone()).await;
    let plan = world.plan(&told).plan;
    let shown: Vec<&str> = plan.changes.iter().map(|change| change.after.as_str()).collect();
    assert!(shown[0].contains("300000 bytes, an installer package"), "{shown:?}");
    assert!(shown[1].len() == 64, "{shown:?}");
    assert!(plan.references.iter().any(|reference| reference.kind == "policy"), "{:?}", plan.references);
    assert_eq!(uploads(&world), []);
    world.approve(&told).unwrap();
    // As long, and another one.
    package(folder.path(), 2);
    let said = world.refusal("package_upload", arguments.clone()).await;
    assert!(said.contains("the file, has changed"), "{said}");
    assert_eq!(uploads(&world), []);
    package(folder.path(), 1);
    let told = world.waits("package_upload", arguments.clone()).await;
    world.approve(&told).unwrap();
    world.ok("package_upload", arguments).await;
    let sent = uploads(&world);
    assert!(matches!(sent.as_slice(), [(Some(201), bytes)] if *bytes > 300_000), "{sent:?}");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_does_not_arrive() {
    let folder = folder();
    let world = world(folder.path()).await;
    let made = world.ok("package_create", json!({ "body": { "packageName": "New", "fileName": "App.pkg", "categoryId": "-1", "priority": 9, "fillUserTemplate": false, "rebootRequired": false, "osInstall": false, "suppressUpdates": false, "suppressFromDock": false, "suppressEula": false, "suppressRegistration": false } })).await;
    let id = find_id(&made);
    package(folder.path(), 1);
    // What is configured is known by now, so that the lists are read for what is sent alone.
    let upload = json!({ "name": "package_upload", "arguments": { "id": id, "file": "App.pkg" } });
    world.ok("preview_change", upload).await;
    // Nobody uses it: a plain write. The file is looked at before what uses it is read, which takes a while, and is swapped meanwhile.
    let slow = "slow=1500ms@/api/v3/patch-software-title-configurations";
    world.tenant.faults().set(slow.parse().unwrap());
    world.tenant.log().clear();
    let write = async { world.call("package_upload", json!({ "id": id, "file": "App.pkg" })).await };
    let swap = async {
        let asked =
            || world.tenant.log().entries().iter().any(|entry| entry.path.contains("patch-software-title"));
        while !asked() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        package(folder.path(), 2);
    };
    let (answer, ()) = tokio::join!(write, swap);
    assert!(
        answer.is_error && answer.text.contains("another one than when it was looked at"),
        "{}",
        answer.text
    );
    let arrived = uploads(&world);
    assert!(arrived.iter().all(|(status, bytes)| status.is_none() && *bytes == 0), "{arrived:?}");
}

#[tokio::test]
async fn what_lies_outside_the_folder_is_not_looked_at() {
    let (folder, outside) = (folder(), folder());
    package(outside.path(), 1);
    let world = world(folder.path()).await;
    let id = used(&world).await;
    let mut names = vec!["../App.pkg".to_owned(), outside.path().join("App.pkg").display().to_string()];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path().join("App.pkg"), folder.path().join("link.pkg")).unwrap();
        names.push("link.pkg".to_owned());
    }
    for name in names {
        let said = world.refusal("package_upload", json!({ "id": id, "file": name })).await;
        assert!(said.contains("folder"), "{name}: {said}");
    }
    assert_eq!(uploads(&world), []);
}

#[tokio::test]
async fn a_table_of_inventory_is_planned_by_the_devices_in_it() {
    let folder = folder();
    let world = world(folder.path()).await;
    let macs = world.macs(2).await;
    let rows: Vec<String> = macs.iter().map(|mac| format!("{},Computer,anna", serial(mac))).collect();
    let text = format!("Serial Number,Device Type,Username\n{}\nZZNEW,Computer,ben\n", rows.join("\n"));
    fs::write(folder.path().join("people.csv"), text).unwrap();
    let arguments = json!({ "file": "people.csv" });
    let told = world.waits("inventory_preload_csv_upload", arguments.clone()).await;
    let plan = world.plan(&told).plan;
    let rows = plan.changes.iter().find(|change| change.field == "rows").unwrap();
    assert_eq!(rows.after, "3");
    assert_eq!(plan.reach.devices, Some(2), "{:?}", plan.reach);
    let whole = serde_json::to_string(&plan).unwrap();
    assert!(!whole.contains("anna"), "names are nobody's business here: {whole}");
    world.approve(&told).unwrap();
    let done: Value = world.ok("inventory_preload_csv_upload", arguments).await;
    assert!(done.get("plan").is_some(), "{done}");
}

/// A file that belongs to something in force is planned as a change of it; an attachment is not.
#[tokio::test]
async fn a_file_is_judged_by_the_object_that_it_belongs_to() {
    let folder = folder();
    let world = world(folder.path()).await;
    fs::write(folder.path().join("File.bin"), b"content").unwrap();
    let upload = |resource: &str, id: &str| json!({ "resource": resource, "idType": "id", "id": id, "file": "File.bin" });
    let printers = world.ok("printer_list", json!({})).await;
    let printer = printers["rows"][0]["id"].to_string().trim_matches('"').to_owned();
    let policy = json!({ "body": {
        "general": { "name": "Printer on the third floor", "enabled": true },
        "scope": { "computer_groups": [{ "id": 1 }] },
        "printers": [{ "id": printer.parse::<u32>().unwrap(), "action": "install" }],
    } });
    world.through("policy_create", policy).await;
    let told = world.waits("file_upload", upload("printers", &printer)).await;
    let plan = world.plan(&told).plan;
    let installs = |found: &jamf_pro_mcp::plan::Reference| found.name == "Printer on the third floor";
    let id = plan.references.iter().find(|found| installs(found)).map(|found| found.id.clone());
    let id = id.unwrap_or_else(|| panic!("{:?}", plan.references));
    assert!(plan.reach.devices.is_none_or(|devices| devices > 0), "{}", plan.reach.sentence);
    let told = world.waits("file_upload", upload("policies", &id)).await;
    assert!(world.plan(&told).plan.reach.devices.is_some_and(|devices| devices > 0));
    let attached = world.ok("file_upload", upload("mobiledevices", "1")).await;
    assert!(!attached.to_string().contains("waiting for a person"), "{attached}");
}

/// The distribution point has one file of a name, whichever package it is uploaded for.
#[tokio::test]
async fn a_file_of_the_name_of_another_package_is_that_packages_file_too() {
    let folder = folder();
    let world = world(folder.path()).await;
    let used = world.ok("package_get", json!({ "id": used(&world).await })).await;
    let name = used["fileName"].as_str().unwrap();
    let body = json!({
        "packageName": "Harmless", "fileName": name, "categoryId": "-1", "priority": 9, "fillUserTemplate": false,
        "rebootRequired": false, "osInstall": false, "suppressUpdates": false, "suppressFromDock": false,
        "suppressEula": false, "suppressRegistration": false,
    });
    // Its record takes a plan for the same reason as its file does.
    let told = world.waits("package_create", json!({ "body": body })).await;
    let plan = world.plan(&told).plan;
    assert!(plan.references.iter().any(|reference| reference.kind == "policy"), "{:?}", plan.references);
    let made = world.through("package_create", json!({ "body": body })).await;
    package(folder.path(), 3);
    let upload = json!({ "id": find_id(&made), "file": "App.pkg" });
    let told = world.waits("package_upload", upload).await;
    let plan = world.plan(&told).plan;
    assert!(plan.references.iter().any(|reference| reference.kind == "policy"), "{:?}", plan.references);
}
