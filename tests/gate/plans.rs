//! Plans from the call to the end: what they stand for, what they are judged by again before they are applied, and what of them is put back.

use super::*;

#[tokio::test]
async fn a_plan_changed_in_the_store_is_not_applied() {
    let world = world().await;
    let macs = world.macs(2).await;
    let told = world.waits("device_restart", json!({ "devices": [serial(&macs[0])], "body": {} })).await;
    world.approve(&told).unwrap();
    let raw = rusqlite::Connection::open(world.store().path()).unwrap();
    let other = macs[1]["general"]["managementId"].as_str().unwrap();
    raw.execute("UPDATE plans SET exact = json_set(exact, '$.devices[0]', ?1)", [other]).unwrap();
    let refused = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
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

#[tokio::test]
async fn a_plan_that_was_broken_off_goes_on_with_what_is_left_and_repeats_nothing() {
    let world = world().await;
    let macs = world.macs(4).await;
    let devices: Vec<String> = macs.iter().map(serial).collect();
    let told = world.waits("device_restart", json!({ "devices": devices, "body": {} })).await;
    assert_eq!(world.plan(&told).plan.confirmation.expected, "4");
    world.approve(&told).unwrap();
    // A process took it, sent one and was about to send the second when it was killed.
    let dead = Store::open(world.state.path()).unwrap();
    let plan_record = world.plan(&told);
    assert!(dead.claim(&plan_record.plan.id, &plan_record.plan.hash).unwrap());
    use jamf_pro_mcp::store::StepState;
    dead.note_step(&plan_record.plan.id, 0, StepState::Done, Some("accepted"), Some("u1")).unwrap();
    dead.note_step(&plan_record.plan.id, 1, StepState::Sent, None, None).unwrap();
    let busy = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(busy.contains("being applied right now"), "{busy}");
    drop(dead);
    let status = world.ok("plan_status", json!({ "plan": told["plan"] })).await;
    assert!(status["result"].as_str().unwrap().contains("interrupted"), "{status}");
    let done = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(world.grave().len(), 2, "{done}");
    let plan_record = world.plan(&told);
    assert_eq!(plan_record.state, State::Unknown, "of the second it is not known");
    let states: Vec<StepState> = plan_record.steps.iter().map(|step| step.state).collect();
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
    let world = world_of(without_limits).await;
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
    assert!(world.refusal("undo_apply", json!({ "copy": copy })).await.contains("already"));

    world.through("building_delete", json!({ "id": id })).await;
    let copies = world.ok("undo_list", json!({ "limit": 1 })).await;
    let told = world.waits("undo_apply", json!({ "copy": copies["copies"][0]["copy"] })).await;
    world.approve(&told).unwrap();
    let anew = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    let back = world.ok("building_get", json!({ "id": find_id(&anew) })).await;
    assert_eq!((&back["name"], &back["city"]), (&json!("Annex"), &json!("Bern")), "{back}");
}

#[tokio::test]
async fn a_job_is_planned_as_the_one_write_that_it_would_make() {
    let world = world_of(without_limits).await;
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
    assert!(plan.title.starts_with("Enable the policy “"), "{}", plan.title);
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

#[tokio::test]
async fn what_a_policy_runs_cannot_be_changed_under_an_approval() {
    let world = world_of(without_limits).await;
    let scripts = world.ok("script_list", json!({ "all": true, "fields": ["id", "name"] })).await;
    let script = |at: usize| scripts["rows"][at]["id"].as_str().unwrap().parse::<u32>().unwrap();
    let (shown, other) = (script(0), script(1));
    let quiet = json!({ "general": { "name": "Quiet", "enabled": false }, "scripts": [{ "id": shown }] });
    let id = find_id(&world.ok("policy_create", json!({ "body": quiet })).await);
    let on = json!({ "id": id, "body": { "general": { "enabled": true }, "scope": { "computers": [{ "id": 2 }] } } });
    let told = world.waits("policy_update", on.clone()).await;
    assert!(told["warnings"].to_string().contains("runs script"), "{told}");
    assert_eq!(told["runs_or_installs"][0]["id"], shown.to_string(), "{told}");
    world.approve(&told).unwrap();
    // It is still quiet, and takes a plan because one is open.
    let swap = json!({ "id": id, "body": { "scripts": [{ "id": other }] } });
    let waits = world.waits("policy_update", swap.clone()).await;
    assert!(waits["warnings"].to_string().contains(told["plan"].as_str().unwrap()), "{waits}");
    world.through("policy_update", swap).await;
    let refused = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("the object has changed"), "{refused}");
    assert_eq!(world.plan(&told).state, State::Outdated);
    assert_eq!(world.ok("policy_get", json!({ "id": id })).await["general"]["enabled"], false);
    // A new plan shows what it runs now.
    let anew = world.waits("policy_update", on).await;
    assert_ne!(world.plan(&anew).plan.hash, world.plan(&told).plan.hash);
    assert_eq!(anew["runs_or_installs"][0]["id"], other.to_string(), "{anew}");
}

#[tokio::test]
async fn a_secret_that_somebody_else_changed_in_between_voids_the_plan() {
    let world = world_of(without_limits).await;
    let policies = world.ok("policy_list", json!({ "all": true, "fields": ["id"] })).await;
    let mut found = None;
    for policy in policies["rows"].as_array().unwrap() {
        let id = policy["id"].to_string().trim_matches('"').to_owned();
        let whole = world.ok("policy_get", json!({ "id": id })).await;
        let has_targets = whole["scope"]["computer_groups"].as_array().is_some_and(|list| !list.is_empty());
        if has_targets && whole["general"]["enabled"] == true {
            found = Some(id);
            break;
        }
    }
    let change = json!({ "id": found.unwrap(), "body": { "general": { "frequency": "Once every day" } } });
    let told = world.waits("policy_update", change.clone()).await;
    assert!(!world.plan(&told).exact.to_string().contains("digest:"));
    assert!(!told.to_string().contains("digest:"), "{told}");
    world.approve(&told).unwrap();
    // A field that no answer shows.
    let straight = Straight::to(&world.tenant).await;
    let body = "<policy><account_maintenance><open_firmware_efi_password><of_password_sha256>another</of_password_sha256>\
                </open_firmware_efi_password></account_maintenance></policy>";
    let path = format!("{}/JSSResource/policies/id/{}", straight.base, change["id"].as_str().unwrap());
    let request = straight.http.put(path).header("content-type", "application/xml").body(body);
    let (status, answer) = straight.sent(request).await;
    assert_eq!(status, 201, "{answer}");
    let before = world.grave().len();
    let refused = world.refusal("policy_update", change).await;
    assert!(refused.contains("the object has changed"), "{refused}");
    assert_eq!(world.grave().len(), before);
}

#[tokio::test]
async fn as_many_other_devices_are_not_the_devices_that_were_approved() {
    let world = world_of(without_limits).await;
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
    let refused = world.refusal("policy_create", policy).await;
    assert!(refused.contains("it reaches devices that it did not reach"), "{refused}");
    assert_eq!(world.grave().len(), before);
}

#[tokio::test]
async fn several_that_are_deleted_at_once_are_named_and_counted() {
    let world = world_of(without_limits).await;
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
    assert_eq!(
        (plan.confirmation.what.as_str(), plan.confirmation.expected.as_str()),
        ("the number of objects", "2")
    );
    assert_eq!(plan.title, "Delete 2 categories: “First”, “Second”");
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
async fn a_plan_that_was_broken_off_after_its_last_step_is_ended_and_nothing_is_sent_or_judged_again() {
    use jamf_pro_mcp::store::StepState;
    for (last, over) in [(StepState::Done, State::Applied), (StepState::Sent, State::Unknown)] {
        let world = world().await;
        let building = world.ok("building_list", json!({ "page_size": 1 })).await["rows"][0].clone();
        let told = world.waits("building_delete", json!({ "id": building["id"] })).await;
        world.approve(&told).unwrap();
        // A process took it and deleted the building, and was killed before it could note that this was all.
        let dead = Store::open(world.state.path()).unwrap();
        let plan_record = world.plan(&told);
        assert!(dead.claim(&plan_record.plan.id, &plan_record.plan.hash).unwrap());
        dead.note_step(&plan_record.plan.id, 0, last, Some("accepted"), None).unwrap();
        drop(dead);
        let straight = Straight::to(&world.tenant).await;
        let path = format!("{}/api/v1/buildings/{}", straight.base, building["id"].as_str().unwrap());
        assert_eq!(straight.sent(straight.http.delete(path)).await.0, 204);
        let writes = world.grave().len();
        let status = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
        assert_eq!(world.plan(&told).state, over, "{status}");
        assert_eq!(world.grave().len(), writes);
        let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
        let outcomes = log.lines().filter(|line| line.contains("\"phase\":\"outcome\""));
        assert_eq!(outcomes.filter(|line| line.contains(&plan_record.plan.id)).count(), 1, "{log}");
    }
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
    let plan_record = world.plan(&told);
    assert!(dead.claim(&plan_record.plan.id, &plan_record.plan.hash).unwrap());
    dead.note_step(&plan_record.plan.id, 0, StepState::Sent, None, None).unwrap();
    drop(dead);
    let owner = json!({ "id": macs[1]["id"], "body": { "userAndLocation": { "username": "ceo" } } });
    world.through("computer_update", owner).await;
    let refused = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
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
    assert_eq!(world.plan(&told).state, State::Abandoned);
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
    world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!((world.plan(&told).state, world.grave()), (State::Approved, Vec::new()));
    std::fs::remove_dir(&log).unwrap();
    std::fs::rename(&aside, &log).unwrap();
    world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!((world.plan(&told).state, world.grave().len()), (State::Applied, 1));
}

/// A Mac whose FileVault key the tenant has.
pub(crate) async fn escrowed(world: &World) -> Option<(Value, String)> {
    for mac in world.macs(30).await {
        let arguments = json!({ "id": mac["id"], "reason": "to know it" });
        let told = world.waits("computer_filevault_get", arguments.clone()).await;
        world.approve(&told).unwrap();
        world.call("computer_filevault_get", arguments).await;
        let shown = world.store().show_secrets(told["plan"].as_str().unwrap(), "anna").unwrap();
        if let Some(secret) = shown.first() {
            return Some((mac, secret.value.expose_secret().to_owned()));
        }
    }
    None
}

#[tokio::test]
async fn the_filevault_key_of_a_record_is_kept_for_the_person_before_it_is_deleted() {
    let world =
        world_of(|config| (config.gate.plans_an_hour, config.gate.tenant_plans_an_hour) = (100, 100)).await;
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
