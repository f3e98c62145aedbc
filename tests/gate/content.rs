//! What a plan runs or installs: shown, bound, and not changed by a plain write while somebody looks at the plan.

use serde_json::{Value, json};

use super::{State, Straight, Verdict, Voucher, World, find_id, without_limits, world_of};

async fn world() -> World {
    world_of(without_limits).await
}

/// A script that nothing refers to.
async fn script(world: &World, text: &str) -> String {
    let body = json!({ "name": "Greeting", "scriptContents": text, "parameter4": "whom" });
    find_id(&world.ok("script_create", json!({ "body": body })).await)
}

fn policy(script: &str) -> Value {
    json!({ "body": {
        "general": { "name": "Greet", "enabled": true, "frequency": "Ongoing", "trigger_checkin": true },
        "scope": { "computers": [{ "id": 2 }] },
        "scripts": [{ "id": script.parse::<u32>().unwrap(), "parameter4": "Anna" }]
    } })
}

#[tokio::test]
async fn the_script_of_a_plan_is_shown_and_no_plain_write_changes_it_before_the_decision() {
    let world = world().await;
    let script = script(&world, "#!/bin/sh\necho hello\n").await;
    let told = world.waits("policy_create", policy(&script)).await;
    let plan = world.plan(&told).plan;
    let [content] = plan.basis.content.as_slice() else { panic!("{:?}", plan.basis) };
    assert_eq!((content.kind.as_str(), content.name.as_str()), ("script", "Greeting"));
    assert_eq!(content.lines, ["#!/bin/sh", "echo hello"]);
    // As `shasum -a 256` says it.
    let sum = "bfdeaeb08cffb6a36438bcd12dda25417e3cdd36f1e7e482a2849d539225288b";
    assert_eq!(content.about, format!("2 lines, SHA-256 {sum}"));
    assert!(told["runs_or_installs"].to_string().contains("Greeting"), "{told}");
    world.approve(&told).unwrap();

    let swap = json!({ "id": script, "body": { "name": "Greeting", "scriptContents": "rm -rf /Users" } });
    let writes = world.grave().len();
    let waits = world.waits("script_update", swap.clone()).await;
    assert!(waits["warnings"].to_string().contains(told["plan"].as_str().unwrap()), "{waits}");
    assert_eq!(world.grave().len(), writes);
    let done = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(done["result"], "created or accepted", "{done}");
}

#[tokio::test]
async fn a_plain_write_passes_again_when_the_plan_was_rejected() {
    let world = world().await;
    let script = script(&world, "echo hello\n").await;
    let told = world.waits("policy_create", policy(&script)).await;
    let plan_record = world.plan(&told);
    world.say(&plan_record, Verdict::Reject, "").unwrap();
    let change = json!({ "id": script, "body": { "name": "Greeting", "scriptContents": "echo bye\n" } });
    let done = world.ok("script_update", change).await;
    assert!(done.get("plan").is_none(), "{done}");
}

#[tokio::test]
async fn content_that_somebody_else_changed_voids_the_plan() {
    let world = world().await;
    let script = script(&world, "echo hello\n").await;
    let told = world.waits("policy_create", policy(&script)).await;
    world.approve(&told).unwrap();
    let straight = Straight::to(&world.tenant).await;
    let path = format!("{}/api/v1/scripts/{script}", straight.base);
    let body = json!({ "name": "Greeting", "scriptContents": "rm -rf /Users" }).to_string();
    let request = straight.http.put(path).header("content-type", "application/json").body(body);
    assert_eq!(straight.sent(request).await.0, 200);
    let writes = world.grave().len();
    let refused = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("a script, a package or something else"), "{refused}");
    assert_eq!(world.grave().len(), writes);
    assert_eq!(world.plan(&told).state, State::Outdated);
}

#[tokio::test]
async fn whatever_a_policy_or_a_prestage_enrollment_uses_takes_a_plan_while_one_is_open() {
    let world = world_of(|config| {
        without_limits(config);
        config.gate.plans_an_hour = 100;
        config.gate.tenant_plans_an_hour = 100;
    })
    .await;
    let file = |name: &str| {
        json!({
            "packageName": "Agent", "fileName": name, "categoryId": "-1", "priority": 10, "fillUserTemplate": false,
            "rebootRequired": false, "osInstall": false, "suppressUpdates": false, "suppressFromDock": false,
            "suppressEula": false, "suppressRegistration": false
        })
    };
    let package = find_id(&world.ok("package_create", json!({ "body": file("agent.pkg") })).await);
    let number = |id: &str| id.parse::<u32>().unwrap();
    let body = json!({
        "general": { "name": "Agent", "enabled": true },
        "scope": { "computers": [{ "id": 2 }] },
        "package_configuration": { "packages": [{ "id": number(&package), "action": "Install" }] }
    });
    let told = world.waits("policy_create", json!({ "body": body })).await;
    let plan = world.plan(&told).plan;
    assert!(plan.basis.content[0].about.contains("CONTENT UNKNOWN"), "{:?}", plan.basis.content);
    let other = json!({ "id": package, "body": file("evil.pkg") });
    let waits = world.waits("package_update", other).await;
    assert!(waits["warnings"].to_string().contains(told["plan"].as_str().unwrap()), "{waits}");

    // The whole PreStage stands behind a serial number that is added to it.
    let prestages = world.ok("computer_prestage_list", json!({})).await;
    let id = find_id(&prestages["rows"][0]);
    let serial = super::serial(&world.mac().await);
    let scope = world.ok("computer_prestage_scope_get", json!({ "id": id })).await;
    let lock = scope["versionLock"].clone();
    let add = json!({ "id": id, "body": { "serialNumbers": [serial], "versionLock": lock } });
    let told = world.waits("computer_prestage_scope_add", add).await;
    let plan = world.plan(&told).plan;
    assert!(plan.basis.refers_to.contains(&format!("computer_prestage_get {id}")), "{:?}", plan.basis);
}

#[tokio::test]
async fn a_policy_that_is_off_is_edited_freely_and_switching_it_on_shows_all_of_it() {
    let world = world().await;
    let script = script(&world, "echo hello\n").await;
    let mut quiet = policy(&script);
    quiet["body"]["general"]["enabled"] = json!(false);
    let id = find_id(&world.ok("policy_create", quiet).await);
    let edit = json!({ "id": id, "body": { "general": { "frequency": "Once every day" } } });
    assert!(world.ok("policy_update", edit).await.get("plan").is_none());
    let on = json!({ "id": id, "body": { "general": { "enabled": true } } });
    let told = world.waits("policy_update", on).await;
    let plan = world.plan(&told).plan;
    let row = |field: &str| plan.changes.iter().find(|change| change.field == field).cloned().unwrap();
    assert_eq!(
        (row("general.enabled").before.as_str(), row("general.enabled").after.as_str()),
        ("false", "true")
    );
    assert_eq!(row("general.frequency").after, "Once every day");
    assert_eq!(row("general.frequency").before, "(as it is)");
    assert!(row("scripts").after.contains("Greeting"), "{:?}", row("scripts"));
    assert!(row("scope.computers").after.contains('2'));
    assert_eq!(plan.basis.content.len(), 1);
    // A deletion of what has targets takes a plan, off or not.
    world.waits("policy_delete", json!({ "id": id })).await;
}

#[tokio::test]
async fn members_that_enter_or_leave_a_group_are_named_with_the_direction() {
    let world = world().await;
    let groups = world.ok("static_computer_group_list", json!({})).await;
    let group = groups["rows"][0]["name"].as_str().unwrap().to_owned();
    let mac = world.mac().await;
    let serial = super::serial(&mac);
    let call = |direction: &str| json!({ "kind": "computer", "group": group, (direction): [serial] });
    for (direction, words, sign) in [("add", "Add 1 Mac to", "+ "), ("remove", "Remove 1 Mac from", "- ")] {
        let told = world.waits("group_members_change", call(direction)).await;
        let plan = world.plan(&told).plan;
        assert_eq!(plan.title, format!("{words} group “{group}”"));
        let [change] = plan.changes.as_slice() else { panic!("{:?}", plan.changes) };
        assert!(change.after.starts_with(sign), "{change:?}");
        assert!(format!("{} {}", change.before, change.after).contains(&serial), "{change:?}");
        assert!(plan.undo.possible);
    }
}

#[tokio::test]
async fn what_a_policy_without_named_targets_uses_may_reach_any_device() {
    let world = world().await;
    let used = script(&world, "echo hello\n").await;
    let other = json!({ "body": { "name": "Silence", "scriptContents": "echo\n" } });
    let quiet = find_id(&world.ok("script_create", other).await);
    for (name, script, is_on) in [("Greet whom Jamf may know", &used, true), ("Greet nobody", &quiet, false)]
    {
        let mut body = policy(script);
        body["body"]["general"]["name"] = json!(name);
        body["body"]["general"]["enabled"] = json!(is_on);
        body["body"].as_object_mut().unwrap().remove("scope");
        world.through("policy_create", body).await;
    }
    let change = |script: &str, name: &str| json!({ "id": script, "body": { "name": name, "scriptContents": "echo bye" } });
    let told = world.waits("script_update", change(&used, "Greeting")).await;
    let plan = world.plan(&told).plan;
    assert_eq!(plan.reach.devices, None, "{}", plan.reach.sentence);
    assert!(plan.not_checked.iter().any(|why| why.contains("names no targets")), "{:?}", plan.not_checked);
    // As the change of the policy itself is judged, which says which script it runs.
    let id = world.policy_id("Greet whom Jamf may know").await;
    let often = json!({ "id": id, "body": { "general": { "frequency": "Once every week" } } });
    let of_policy = world.plan(&world.waits("policy_update", often).await).plan;
    assert_eq!(of_policy.reach.devices, plan.reach.devices);
    // A policy that is off runs nothing on anybody.
    let told = world.waits("script_update", change(&quiet, "Silence")).await;
    assert_eq!(world.plan(&told).plan.reach.devices, Some(0));
}

/// What patch policies, network segments and logs of policies go by is judged in the same way.
#[tokio::test]
async fn a_policy_without_named_targets_may_run_again_anywhere_when_its_log_is_forgotten() {
    let world = world_of(|config| {
        without_limits(config);
        config.gate.critical = vec!["policy_log_flush_computers".to_owned()];
        config.gate.critical_delay_minutes = Some(5);
    })
    .await;
    let script = script(&world, "echo hello\n").await;
    let mac = world.mac().await;
    let number: u32 = mac["id"].as_str().unwrap().parse().unwrap();
    let flush = json!({ "body": {
        "log": "policy", "log_id": 1, "interval": "Zero Days", "computers": [{ "id": number }]
    } });
    for (name, is_on) in [("Greet whom Jamf may know", true), ("Greet nobody", false)] {
        let mut body = policy(&script);
        body["body"]["general"] = json!({ "name": name, "enabled": is_on, "trigger_checkin": true, "frequency": "Once per computer" });
        body["body"].as_object_mut().unwrap().remove("scope");
        world.through("policy_create", body).await;
    }
    world.store().enroll("k1", "Bob", b"key", 0, &Voucher::Code, None).unwrap();
    let plan = world.plan(&world.waits("policy_log_flush_computers", flush).await).plan;
    let may_run = |name: &str| plan.changes.iter().any(|change| change.field.contains(name));
    assert!(may_run("Greet whom Jamf may know") && !may_run("Greet nobody"), "{:?}", plan.changes);
    assert!(plan.not_checked.iter().any(|why| why.contains("names no targets")), "{:?}", plan.not_checked);
}
