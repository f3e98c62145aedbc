//! Limits of the operator and who may approve: caps, protected devices, the sandbox, the kill switch, tickets, passkeys.

use super::every::pass_a_day;
use super::*;

/// Approval of a plan as it stands in the store when a passkey gave it.
fn by_passkey(plan_record: &PlanRecord, credential: &str, approver: &str, proof: Option<&str>) -> Decision {
    Decision {
        means: Means::Passkey,
        credential: credential.to_owned(),
        approver: approver.to_owned(),
        verdict: Verdict::Approve,
        runs: false,
        typed: plan_record.plan.confirmation.expected.clone(),
        note: None,
        proof: proof.map(str::to_owned),
        hash: plan_record.plan.hash.clone(),
        answers: std::collections::BTreeMap::new(),
    }
}

#[tokio::test]
async fn caps_protected_devices_the_sandbox_and_the_kill_switch_hold() {
    let world = world().await;
    let macs = world.macs(6).await;
    let all: Vec<String> = macs.iter().map(serial).collect();
    for (tool, setting) in [("device_lock", "gate.lock_devices"), ("device_erase", "gate.erase_devices")] {
        let refused = world.refusal(tool, json!({ "devices": all, "body": {} })).await;
        assert!(refused.contains(setting) && refused.contains("further calls"), "{refused}");
    }
    std::fs::write(world.state.path().join("STOP"), "").unwrap();
    for (tool, arguments) in
        [("device_lock", lock(&macs[0])), ("building_create", json!({ "body": { "name": "x" } }))]
    {
        let refused = world.refusal(tool, arguments).await;
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
            let refused = world.refusal("device_restart", json!({ "devices": [device], "body": {} })).await;
            assert!(refused.contains(setting) || refused.contains("devices;"), "{setting}: {refused}");
        }
        let refused = world.refusal("computer_erase", json!({ "id": id, "body": {} })).await;
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
    let refused = world.refusal("computer_filevault_get", arguments.clone()).await;
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
    // One row for each secret, as a person reads it.
    let key = secrets[0].value.expose_secret();
    assert!(
        secrets[0].label.to_lowercase().contains("recovery key") && key.len() > 8,
        "{}",
        secrets[0].label
    );
    assert!(!shown.to_string().contains(key));
    let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
    assert!(!log.contains(key));
}

#[tokio::test]
async fn a_policy_that_is_off_is_a_write_and_one_that_is_on_is_planned() {
    let world = world_of(without_limits).await;
    let off = json!({ "body": { "general": { "name": "Quiet", "enabled": false } } });
    let made = world.ok("policy_create", off).await;
    assert!(made.get("plan").is_none(), "{made}");
    let scoped =
        json!({ "general": { "name": "Scoped", "enabled": false }, "scope": { "all_computers": true } });
    let made = world.ok("policy_create", json!({ "body": scoped })).await;
    assert!(made.get("plan").is_none(), "{made}");
    assert_eq!(world.grave().len(), 2);
    for body in [
        json!({ "general": { "name": "Loud" } }),
        json!({ "general": { "name": "Loud", "enabled": true }, "scope": { "all_computers": true } }),
        json!({ "general": { "name": "Loud", "enabled": true }, "scope": { "computer_groups": [{ "id": 1 }] } }),
    ] {
        let told = world.waits("policy_create", json!({ "body": body })).await;
        assert!(told["reach"].as_str().unwrap().contains("affect"), "{told}");
    }
    // Switching on what was made quietly is judged by what it does then.
    let on = json!({ "id": find_id(&made), "body": { "general": { "enabled": true } } });
    let told = world.waits("policy_update", on).await;
    assert!(told["warnings"].to_string().contains("ALL computers"), "{told}");
    assert_eq!(world.grave().len(), 2);
    let small = world_of(|_| {}).await;
    let all = json!({ "general": { "name": "Loud", "enabled": true }, "scope": { "all_computers": true } });
    let refused = small.refusal("policy_create", json!({ "body": all })).await;
    assert!(refused.contains("gate.hard_percent"), "{refused}");
}

#[tokio::test]
async fn hard_refusals_hold_whatever_is_allowed() {
    let world = world_of(without_limits).await;
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
        let refused = world.refusal(tool, arguments).await;
        assert!(refused.contains(why), "{tool}: {refused}");
    }
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn critical_takes_passkeys_of_two_people_and_a_shell_cannot_make_them() {
    let world = world_of(|config| config.gate.critical = vec!["account_delete".to_owned()]).await;
    let refused = world.refusal("account_create", json!({ "body": { "username": "mallory" } })).await;
    assert!(refused.contains("gate.critical"), "{refused}");
    let refused = world.refusal("account_delete", json!({ "id": "1" })).await;
    assert!(refused.contains("approvals enroll"), "{refused}");
    // Somebody with a shell writes into the store what a page would have written.
    let store = Store::open(world.state.path()).unwrap();
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code, None).unwrap();
    let by = Voucher::Passkey { credential: "k1".to_owned(), proof: "forged".to_owned() };
    store.enroll("k2", "Carol", b"key", 0, &by, None).unwrap();
    let told = world.refusal("account_delete", json!({ "id": "1" })).await;
    assert!(told.contains("one is enrolled") && told.contains("counts from"), "{told}");
    pass_a_day(&store);
    let told = world.waits("account_delete", json!({ "id": "1" })).await;
    let plan_record = world.plan(&told);
    for (credential, approver) in [("k1", "Bob"), ("k2", "Carol")] {
        let decision = by_passkey(&plan_record, credential, approver, Some("forged"));
        decide(&store, &world.config.gate, &plan_record.plan.id, decision).unwrap();
    }
    assert_eq!(world.plan(&told).state, State::Approved, "the row says so");
    let refused = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("has not the approvals"), "{refused}");
    // With a passkey enrolled the terminal does not bypass it.
    let mac = world.mac().await;
    let told = world.waits("device_lock", lock(&mac)).await;
    assert!(world.approve(&told).unwrap_err().contains("only passkeys count"));
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn the_person_who_asks_is_not_among_those_who_approve_it() {
    let world = world_of(|config| config.gate.critical = vec!["account_delete".to_owned()]).await;
    let mac = world.mac().await;
    let store = Store::open(world.state.path()).unwrap();
    // The calls of these tests come from `model`.
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code, Some("model")).unwrap();
    let by = Voucher::Passkey { credential: "k1".to_owned(), proof: "signed".to_owned() };
    let erase = json!({ "id": mac["id"], "body": {} });
    let alone = world.plan(&world.waits("computer_erase", erase.clone()).await);
    assert!(alone.plan.takes_other_person);
    let say = |plan_record: &PlanRecord, credential: &str, approver: &str| {
        let decision = by_passkey(plan_record, credential, approver, None);
        decide(&store, &world.config.gate, &plan_record.plan.id, decision).map_err(|error| error.to_string())
    };
    store.enroll("k2", "Carol", b"key", 0, &by, Some("")).unwrap();
    // Carol's passkey is new, so Bob is still the only person who can approve it.
    assert!(say(&alone, "k2", "Carol").unwrap_err().contains("counts from"));
    pass_a_day(&store);
    let told = say(&alone, "k1", "Bob").unwrap_err();
    assert!(told.contains("you asked for this (model)") && told.contains("carol"), "{told}");
    assert_eq!(say(&alone, "k2", "Carol").unwrap().state, State::Approved);
    let locked = world.plan(&world.waits("device_lock", lock(&mac)).await);
    assert!(!locked.plan.takes_other_person);
    assert_eq!(say(&locked, "k1", "Bob").unwrap().state, State::Approved);

    let told = world.refusal("account_delete", json!({ "id": "1" })).await;
    assert!(told.contains("the person who asked (model) does not count, which leaves 1"), "{told}");
    assert!(
        told.contains("another person invited") && told.contains("gate.critical_delay_minutes"),
        "{told}"
    );
    store.enroll("k3", "Dave", b"key", 0, &by, None).unwrap();
    pass_a_day(&store);
    let critical = world.plan(&world.waits("account_delete", json!({ "id": "1" })).await);
    assert!(say(&critical, "k1", "Bob").unwrap_err().contains("two other people"));
    assert_eq!(say(&critical, "k2", "Carol").unwrap().state, State::Waiting);
    assert_eq!(say(&critical, "k3", "Dave").unwrap().state, State::Approved);
}

#[tokio::test]
async fn passkeys_that_are_taken_out_of_the_store_leave_no_weaker_way_and_no_room_for_a_first_one() {
    let world = world().await;
    let mac = world.mac().await;
    let store = Store::open(world.state.path()).unwrap();
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code, None).unwrap();
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
        runs: false,
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
async fn a_ticket_is_asked_for_where_the_configuration_says_so() {
    let world = world_of(|config| config.gate.ticket = Some("CHG####".to_owned())).await;
    let body = json!({ "body": { "name": "Annex" } });
    assert!(world.refusal("building_create", body.clone()).await.contains("ticket"));
    assert!(world.refusal("building_create", with(&body, "ticket", json!("yes"))).await.contains("numbered"));
    world.ok("building_create", with(&body, "ticket", json!("CHG0042"))).await;
    let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
    assert!(log.contains("CHG0042"));
}

/// With the limits that people get.
#[tokio::test]
async fn an_unknown_effect_takes_a_second_approval_and_many_devices_their_number() {
    let world = world().await;
    let of_group = |group: u32| {
        let general = json!({ "name": "Inventory", "enabled": true, "frequency": "Ongoing" });
        json!({ "body": { "general": general, "scope": { "computer_groups": [{ "id": group }] } } })
    };
    for (group, devices) in [(8, 9), (16, 89)] {
        let told = world.waits("policy_create", of_group(group)).await;
        let plan = world.plan(&told).plan;
        assert_eq!((plan.reach.devices, plan.approvals_needed), (Some(devices), 1), "{told}");
        let is_number = plan.confirmation.expected == devices.to_string();
        assert_eq!(is_number, devices > 50, "{:?}", plan.confirmation);
    }

    // Criteria that only Jamf Pro can evaluate: nobody knows whom they take in.
    let criteria = json!([{ "name": "Boot Drive Percentage Full", "priority": 0, "andOr": "and", "searchType": "more than", "value": "1" }]);
    let body = json!({ "name": "macOS 14", "criteria": criteria });
    let told = world.waits("smart_computer_group_update", json!({ "id": "16", "body": body })).await;
    let wide = world.plan(&told).plan;
    assert_eq!((wide.reach.devices, wide.approvals_needed, wide.second_minutes), (None, 2, Some(60)));
    assert!(told["approvals"].as_str().unwrap().contains("60 minutes later"), "{told}");
    world.approve(&told).unwrap();
    let early = world.call("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(early.text.contains("waiting for a person"), "{}", early.text);
    let again = world.approve(&told).unwrap_err();
    assert!(again.contains("counts from"), "{again}");
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn a_preview_tells_what_a_call_would_do_and_makes_and_sends_nothing() {
    let world = world().await;
    let mac = world.mac().await;
    let preview = async |name: &str, arguments: Value| {
        world.ok("preview_change", json!({ "name": name, "arguments": arguments })).await
    };
    let sent = preview("building_create", json!({ "body": { "name": "Annex" } })).await;
    assert_eq!(sent["verdict"], "would be sent at once", "{sent}");
    let locked = preview("device_lock", lock(&mac)).await;
    assert!(locked["verdict"].as_str().unwrap().contains("plan: it takes one approval"), "{locked}");
    assert_eq!(locked["targets"][0]["serial"], json!(serial(&mac)), "{locked}");
    let all = json!({ "general": { "name": "Loud", "enabled": true }, "scope": { "all_computers": true } });
    let refused = preview("policy_create", json!({ "body": all })).await;
    assert_eq!(refused["verdict"], "would be refused");
    assert!(refused["why"].as_str().unwrap().contains("gate.hard_percent"), "{refused}");
    let wrong = json!({ "name": "building_create", "arguments": { "body": {} } });
    assert!(world.refusal("preview_change", wrong).await.contains("name"));
    let read = json!({ "name": "building_list", "arguments": {} });
    assert!(world.refusal("preview_change", read).await.contains("changes nothing"));
    assert_eq!(world.grave(), Vec::<String>::new());
    let open = world.ok("plan_status", json!({})).await;
    assert_eq!(open["open"], 0, "{open}");
}
