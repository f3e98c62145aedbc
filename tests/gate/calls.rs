//! Plans for several calls: judged one by one, approved as one, sent in their order, and ended by the first that is not done.

use std::time::{Duration, Instant};

use jamf_pro_mcp::plan::view::{Badge, StateLine, Tone};
use jamf_pro_mcp::store::StepState;
use serde_json::{Value, json};

use super::runs::{approve, serve, when_over};
use super::*;

fn building(name: &str) -> Value {
    json!({ "tool": "building_create", "arguments": { "body": { "name": name } } })
}

fn restart(mac: &Value) -> Value {
    json!({ "tool": "device_restart", "arguments": { "devices": [serial(mac)], "body": {} } })
}

fn several(calls: &[Value]) -> Value {
    json!({ "calls": calls, "reason": "the new office" })
}

/// A policy for these computers.
fn policy(name: &str, computers: &[u32]) -> Value {
    let computers: Vec<Value> = computers.iter().map(|id| json!({ "id": id })).collect();
    let body = json!({ "general": { "name": name, "enabled": true }, "scope": { "computers": computers } });
    json!({ "tool": "policy_create", "arguments": { "body": body } })
}

fn states(plan_record: &PlanRecord) -> Vec<StepState> {
    plan_record.steps.iter().map(|step| step.state).collect()
}

/// What a person sees of a plan, as text.
fn shown(plan_record: &PlanRecord) -> Vec<(String, String)> {
    let state = StateLine { badge: Badge::new("waits", Tone::Plain), sentence: String::new(), until: None };
    let sections = plan_record.plan.view(state).sections.into_iter();
    sections
        .map(|section| {
            let lines: Vec<String> = section.items.iter().flat_map(|item| item.lines()).collect();
            (section.heading, lines.join("\n"))
        })
        .collect()
}

#[tokio::test]
async fn several_calls_are_approved_as_one_and_sent_once_in_their_order() {
    let world = world_of(without_limits).await;
    let mac = world.mac().await;
    let calls = several(&[building("Annex"), restart(&mac), policy("Welcome", &[2])]);
    let told = world.waits("plan_calls", calls.clone()).await;
    assert_eq!(world.grave(), Vec::<String>::new());
    assert_eq!(told["calls"].as_array().unwrap().len(), 3, "{told}");
    let plan_record = world.plan(&told);
    let plan = &plan_record.plan;
    assert_eq!((plan.risk.as_str(), plan.approvals_needed), ("destructive", 1));
    assert!(plan.title.starts_with("Make 3 calls: "), "{}", plan.title);
    assert_eq!(plan.reach.devices, Some(2), "{}", plan.reach.sentence);
    // One view, with each call and all of it in its place.
    let view = shown(&plan_record);
    let section =
        |number: &str| view.iter().find(|(heading, _)| heading.starts_with(number)).unwrap().clone();
    assert!(section("1. ").1.contains("Annex"), "{view:?}");
    assert!(section("2. ").0.contains(&serial(&mac)) && section("2. ").1.contains(&serial(&mac)), "{view:?}");
    assert!(section("3. ").0.contains("Welcome"), "{view:?}");
    let places: Vec<usize> = ["1. ", "2. ", "3. "]
        .map(|number| view.iter().position(|(heading, _)| heading.starts_with(number)).unwrap())
        .into();
    assert!(places.is_sorted(), "{view:?}");

    // The same calls again make no second plan; other ones are another plan.
    assert_eq!(world.waits("plan_calls", calls.clone()).await["plan"], told["plan"]);
    let other = several(&[building("Annex"), restart(&mac), policy("Welcome", &[3])]);
    assert_ne!(world.waits("plan_calls", other).await["plan"], told["plan"]);
    let reversed = several(&[policy("Welcome", &[2]), restart(&mac), building("Annex")]);
    assert_ne!(world.waits("plan_calls", reversed).await["plan"], told["plan"]);
    let foreign = world.call_as("mallory", "plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(foreign.is_error, "{}", foreign.text);
    world.waits("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(world.grave(), Vec::<String>::new());

    world.approve(&told).unwrap();
    // A part of it by itself is another call, which nobody approved.
    world.waits("device_restart", restart(&mac)["arguments"].clone()).await;
    assert_eq!(world.grave(), Vec::<String>::new());
    let done = world.ok("plan_calls", calls.clone()).await;
    let sent = world.grave();
    let is_right = ["/buildings", "/mdm/commands", "/JSSResource/policies"];
    assert_eq!(sent.len(), 3, "{sent:?} {done}");
    assert!(sent.iter().zip(is_right).all(|(entry, path)| entry.contains(path)), "{sent:?}");
    let over = world.plan(&told);
    assert_eq!((over.state, states(&over)), (State::Applied, vec![StepState::Done; 3]), "{:?}", over.steps);
    assert!(over.steps[1].detail.as_deref().unwrap().contains("the device"), "{:?}", over.steps);
    // It was for once.
    assert_eq!(world.ok("plan_apply", json!({ "plan": told["plan"] })).await["result"], "applied");
    assert_eq!(world.grave().len(), 3);
    let log = Audit::open(world.state.path(), "demo").unwrap().tail(100).unwrap().join("\n");
    assert!(log.contains("plan_calls") && log.contains(&plan.hash) && log.contains("Annex"), "{log}");
}

#[tokio::test]
async fn the_first_call_that_is_not_done_ends_it_and_each_says_what_came_of_it() {
    let world = world_of(without_limits).await;
    let mac = world.mac().await;
    let taken = world.ok("building_list", json!({ "page_size": 1 })).await["rows"][0]["name"].clone();
    let calls = several(&[building("Annex"), building(taken.as_str().unwrap()), restart(&mac)]);
    let told = world.waits("plan_calls", calls.clone()).await;
    world.approve(&told).unwrap();
    let done = world.ok("plan_calls", calls).await;
    assert!(done["result"].as_str().unwrap().contains("partly done: 1 of 3"), "{done}");
    assert_eq!(world.grave().len(), 2, "{:?}", world.grave());
    let over = world.plan(&told);
    assert_eq!(
        (over.state, states(&over)),
        (State::Partial, vec![StepState::Done, StepState::Failed, StepState::NotSent])
    );
    let details: Vec<&str> = over.steps.iter().map(|step| step.detail.as_deref().unwrap()).collect();
    assert!(details[2].contains("a call before it failed"), "{details:?}");
    assert!(over.steps[0].target.starts_with("1. Create the building “Annex”"), "{:?}", over.steps);
    let log = Audit::open(world.state.path(), "demo").unwrap().tail(100).unwrap().join("\n");
    assert!(log.contains("partly done: 1 of 3"), "{log}");

    // Where the first fails, nothing was done, and that is an error.
    let calls = several(&[building(taken.as_str().unwrap()), restart(&mac)]);
    let told = world.waits("plan_calls", calls.clone()).await;
    world.approve(&told).unwrap();
    let failed = world.refusal("plan_calls", calls).await;
    assert!(failed.contains("none of its 2 steps was done"), "{failed}");
    assert_eq!(world.plan(&told).state, State::Failed);
}

#[tokio::test]
async fn what_is_refused_for_one_call_is_refused_for_all() {
    let first = world_of(without_limits).await;
    let macs = first.macs(2).await;
    let protected = serial(&macs[1]);
    let world = world_of(|config| {
        without_limits(config);
        config.gate.restart_devices = 1;
        config.gate.protected_serials = vec![protected];
    })
    .await;
    let update =
        |body: Value| json!({ "tool": "smart_computer_group_create", "arguments": { "body": body } });
    for (call, words) in [
        (restart(&macs[1]), "gate.protected_serials"),
        (
            json!({ "tool": "device_lock", "arguments": { "devices": [serial(&macs[0])], "body": {} } }),
            "no secrets",
        ),
        (json!({ "tool": "computer_filevault_get", "arguments": { "id": "1" } }), "no secrets"),
        (json!({ "tool": "account_delete", "arguments": { "id": "1" } }), "gate.critical"),
        (update(json!({ "name": "All", "criteria": [] })), "criteria"),
        (json!({ "tool": "building_list", "arguments": {} }), "by itself"),
        (json!({ "tool": "plan_apply", "arguments": { "plan": "x" } }), "by itself"),
        (
            json!({ "tool": "call_destructive", "arguments": { "name": "device_erase", "arguments": {} } }),
            "by itself",
        ),
        (json!({ "tool": "bulding_create", "arguments": {} }), "did you mean"),
        (json!({ "tool": "building_create", "arguments": { "body": { "nam": "x" } } }), "nam"),
    ] {
        let said = world.refusal("plan_calls", several(&[building("Annex"), call])).await;
        assert!(said.contains("call 2 (`") && said.contains(words), "{words}: {said}");
    }
    // Each alone is within the cap, and both are not.
    let one = restart(&macs[0]);
    let other = json!({ "tool": "device_restart", "arguments": { "devices": [serial(&first.macs(3).await[2])], "body": {} } });
    world.waits("plan_calls", several(&[building("Annex"), one.clone()])).await;
    let said = world.refusal("plan_calls", several(&[one, other])).await;
    assert!(said.contains("gate.restart_devices"), "{said}");
    assert!(
        world.call("plan_calls", several(&[building("Annex")])).await.is_error,
        "one call is no plan for several"
    );
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn limits_count_all_calls_together_and_the_gravest_rule_is_that_of_all() {
    let options = Options { computers: 40, ..Options::default() };
    let world = world_at(options, |config| {
        config.gate.hard_percent = 10;
        config.gate.two_people = vec!["policy_*".to_owned()];
    })
    .await;
    every::enroll_two(world.store());
    let (one, other) = (policy("First", &[1, 2, 3]), policy("Second", &[5, 6, 7]));
    for call in [&one, &other] {
        world.waits("policy_create", call["arguments"].clone()).await;
        let told = world.waits("plan_calls", several(&[building("Annex"), call.clone()])).await;
        assert_eq!(world.plan(&told).plan.approvals_needed, 2, "{told}");
    }
    let said = world.refusal("plan_calls", several(&[one, other])).await;
    assert!(said.contains("gate.hard_percent"), "{said}");
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn no_call_is_about_what_another_one_creates_or_changes() {
    let world = world_of(without_limits).await;
    let text = json!({ "name": "Greeting", "scriptContents": "echo hello\n" });
    let script = find_id(&world.ok("script_create", json!({ "body": text })).await);
    let writes = world.grave().len();
    let number: u32 = script.parse().unwrap();
    let runs = |id: u32| {
        let body = json!({
            "general": { "name": "Greet", "enabled": true }, "scope": { "computers": [{ "id": 2 }] }, "scripts": [{ "id": id }]
        });
        json!({ "tool": "policy_create", "arguments": { "body": body } })
    };
    let change = json!({ "tool": "script_update", "arguments": {
        "id": script, "body": { "name": "Greeting", "scriptContents": "rm -rf /Users" }
    } });
    let create = json!({ "tool": "script_create", "arguments": { "body": { "name": "New", "scriptContents": "rm" } } });
    let mac = world.mac().await;
    let owner = json!({ "tool": "computer_update", "arguments": {
        "id": mac["id"], "body": { "userAndLocation": { "username": "somebody.else" } }
    } });
    for (calls, words) in [
        ([change.clone(), runs(number)], "about the same"),
        ([runs(number), change], "about the same"),
        ([create.clone(), runs(number + 1)], "what another call of the same plan creates"),
        (
            [create, json!({ "tool": "script_delete", "arguments": { "id": (number + 1).to_string() } })],
            "what another call",
        ),
        ([owner, restart(&mac)], "about the same"),
    ] {
        let said = world.refusal("plan_calls", several(&calls)).await;
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(world.grave().len(), writes);
}

#[tokio::test]
async fn what_somebody_else_changed_of_any_call_voids_all_of_them() {
    let world = world_of(without_limits).await;
    let text = json!({ "name": "Greeting", "scriptContents": "echo hello\n" });
    let script = find_id(&world.ok("script_create", json!({ "body": text })).await);
    let body = json!({
        "general": { "name": "Greet", "enabled": true }, "scope": { "computers": [{ "id": 2 }] },
        "scripts": [{ "id": script.parse::<u32>().unwrap() }]
    });
    let calls =
        several(&[building("Annex"), json!({ "tool": "policy_create", "arguments": { "body": body } })]);
    let told = world.waits("plan_calls", calls).await;
    // The script takes a plan from now on, as for a plan of one call.
    let other = json!({ "id": script, "body": { "name": "Greeting", "scriptContents": "rm -rf /Users" } });
    let waits = world.waits("script_update", other.clone()).await;
    assert!(waits["warnings"].to_string().contains(told["plan"].as_str().unwrap()), "{waits}");
    world.approve(&told).unwrap();
    let straight = Straight::to(&world.tenant).await;
    let path = format!("{}/api/v1/scripts/{script}", straight.base);
    let request =
        straight.http.put(path).header("content-type", "application/json").body(other["body"].to_string());
    assert_eq!(straight.sent(request).await.0, 200);
    let writes = world.grave().len();
    let said = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(said.contains("a script, a package or something else") && said.contains("call 2"), "{said}");
    assert_eq!(world.grave().len(), writes);
    assert_eq!(world.plan(&told).state, State::Outdated);
}

#[tokio::test]
async fn what_was_rejected_among_several_is_not_asked_for_by_itself() {
    let world = world().await;
    let macs = world.macs(2).await;
    let told = world.waits("plan_calls", several(&[building("Annex"), restart(&macs[0])])).await;
    world.say(&world.plan(&told), Verdict::Reject, "").unwrap();
    let alone = world.refusal("device_restart", restart(&macs[0])["arguments"].clone()).await;
    assert!(alone.contains("a person rejected `device_restart`"), "{alone}");
    let again = several(&[building("Tower"), restart(&macs[0])]);
    assert!(world.refusal("plan_calls", again).await.contains("a person rejected"));
    world.waits("plan_calls", several(&[building("Tower"), restart(&macs[1])])).await;
    // The other way around.
    let told = world.waits("device_restart", restart(&macs[1])["arguments"].clone()).await;
    world.say(&world.plan(&told), Verdict::Reject, "").unwrap();
    let again = several(&[building("Villa"), restart(&macs[1])]);
    assert!(world.refusal("plan_calls", again).await.contains("a person rejected"));
    assert_eq!(world.grave(), Vec::<String>::new());
}

#[tokio::test]
async fn a_call_whose_object_changes_while_the_calls_before_it_are_sent_is_not_sent() {
    let world = world_of(without_limits).await;
    let group = world.ok("static_computer_group_list", json!({})).await["rows"][0].clone();
    let mac = world.mac().await;
    // The members of the group are the scope of the policy, which the first call changes.
    let number: u32 = row_id(&group).parse().unwrap();
    let is_in =
        mac["groupMemberships"].as_array().unwrap().iter().any(|one| one["groupId"] == row_id(&group));
    let direction = if is_in { "remove" } else { "add" };
    let members = json!({ "tool": "group_members_change", "arguments": {
        "kind": "computer", "group": group["name"], (direction): [serial(&mac)]
    } });
    let body = json!({ "general": { "name": "Scoped", "enabled": true }, "scope": { "computer_groups": [{ "id": number }] } });
    let scoped = json!({ "tool": "policy_create", "arguments": { "body": body } });
    let told = world.waits("plan_calls", several(&[members, scoped])).await;
    world.approve(&told).unwrap();
    world.call("plan_apply", json!({ "plan": told["plan"] })).await;
    let over = world.plan(&told);
    assert_eq!(states(&over), [StepState::Done, StepState::NotSent], "{:?}", over.steps);
    assert_eq!(over.state, State::Partial);
    assert!(!world.grave().iter().any(|entry| entry.contains("JSSResource/policies")), "{:?}", world.grave());
}

/// A server that carries out several calls is killed at any moment: another one goes on where what was sent is known to be done, and sends
/// nothing more where it is not.
#[tokio::test]
async fn several_calls_whose_server_is_killed_are_finished_or_ended_and_nothing_is_sent_twice() {
    const PATIENCE: Duration = Duration::from_secs(60);
    let mut in_the_middle = 0;
    for round in 0..3_u64 {
        let world = world_of(without_limits).await;
        let calls: Vec<Value> = (0..5)
            .map(|at| if at == 0 { policy("Welcome", &[2]) } else { building(&format!("House {at}")) })
            .collect();
        let told = world.waits("plan_calls", several(&calls)).await;
        world.tenant.faults().set("slow=40ms".parse().unwrap());
        approve(&world, &told, true);
        let mut first = serve(&world);
        let began = Instant::now();
        while (world.grave().len() as u64) < round + 1 && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(round * 37 % 90)).await;
        first.kill().await.unwrap();
        let was = world.plan(&told);
        in_the_middle += u64::from(was.state == State::Interrupted);
        world.tenant.faults().set("".parse().unwrap());
        let _second = serve(&world);
        let over = when_over(&world, &told).await;
        let count = |state: StepState| over.steps.iter().filter(|step| step.state == state).count();
        let (done, unknown, not_sent) =
            (count(StepState::Done), count(StepState::Sent), count(StepState::NotSent));
        assert_eq!(done + unknown + not_sent, 5, "round {round}: {:?}", over.steps);
        match unknown {
            0 => assert_eq!((over.state, done), (State::Applied, 5), "round {round}: {:?}", over.steps),
            1 => assert_eq!(over.state, State::Unknown, "round {round}: {:?}", over.steps),
            _ => panic!("one step at a time: round {round}: {:?}", over.steps),
        }
        // What follows on a step of which nothing is known is not sent.
        let first_open = over.steps.iter().position(|step| step.state != StepState::Done).unwrap_or(5);
        assert!(
            over.steps.iter().skip(first_open + 1).all(|step| step.state == StepState::NotSent),
            "round {round}: {:?}",
            over.steps
        );
        let sent = world.grave().len();
        assert!(
            sent >= done && sent <= done + unknown,
            "nothing twice: round {round}: {sent} of {:?}",
            over.steps
        );
    }
    assert!(in_the_middle > 0, "no server was killed while it carried out a plan");
}
