//! What people approve to be run is carried out by a server of its own accord: by one of several processes, once, also when one is killed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use jamf_pro_mcp::approvals::quorum::{Decision, decide};
use jamf_pro_mcp::store::{Means, PlanRecord, State, StepState, Verdict};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::{World, lock, serial, world};
use crate::binary;

const PATIENCE: Duration = Duration::from_secs(60);

/// A server at the tenant and the state folder of this world, as a client starts it.
pub(super) fn serve(world: &World) -> Child {
    let secret = world.state.path().join("secret");
    std::fs::write(&secret, world.tenant.client_secret()).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let config = json!({
        "tenants": { "demo": {
            "url": world.tenant.url(), "client_id": world.tenant.client_id(), "secret": { "file": secret }, "label": "prod",
        } },
        "allow": ["read", "device", "write", "secret", "destructive"],
        "gate": { "plans_an_hour": 1000, "tenant_plans_an_hour": 1000 },
        "approvals": { "page": false },
        "state": world.state.path(),
    });
    let file = world.state.path().join("config.json");
    std::fs::write(&file, config.to_string()).unwrap();
    Command::new(binary::under_test())
        .args(["serve", "--config", file.to_str().unwrap()])
        .env_remove("JAMF_PRO_MCP_STATE")
        .env("HOME", world.state.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

pub(super) fn approve(world: &World, told: &Value, runs: bool) -> PlanRecord {
    let plan_record = world.plan(told);
    let decision = Decision {
        means: Means::Terminal,
        credential: "terminal:anna".to_owned(),
        approver: "anna".to_owned(),
        verdict: Verdict::Approve,
        runs,
        typed: plan_record.plan.confirmation.expected.clone(),
        note: None,
        proof: None,
        hash: plan_record.plan.hash.clone(),
        answers: std::collections::BTreeMap::new(),
    };
    decide(world.store(), &world.config.gate, &plan_record.plan.id, decision).unwrap()
}

/// The plan once it is over, or as it is when that takes too long.
pub(super) async fn when_over(world: &World, told: &Value) -> PlanRecord {
    let began = Instant::now();
    loop {
        let plan_record = world.plan(told);
        if !plan_record.state.is_open() || began.elapsed() > PATIENCE {
            return plan_record;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn commands(world: &World) -> usize {
    world.grave().iter().filter(|request| request.contains("/mdm/commands")).count()
}

#[tokio::test]
async fn one_of_two_servers_carries_out_what_is_approved_to_be_run_and_the_caller_is_told_once() {
    let world = world().await;
    let mac = world.mac().await;
    let _servers = [serve(&world), serve(&world)];
    let told = world.waits("device_lock", lock(&mac)).await;
    approve(&world, &told, true);
    let over = when_over(&world, &told).await;
    assert_eq!((over.state, commands(&world)), (State::Applied, 1), "{:?}", over.outcome);
    // The same call is answered with what came of it, and sends nothing.
    let answer = world.ok("device_lock", lock(&mac)).await;
    assert_eq!(answer["plan"], told["plan"], "{answer}");
    assert_eq!(answer["result"], "applied", "{answer}");
    assert_eq!(commands(&world), 1);
    // After that it is a new wish.
    let again = world.waits("device_lock", lock(&mac)).await;
    assert_ne!(again["plan"], told["plan"]);
    // What is approved without *run* waits for its caller.
    approve(&world, &again, false);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!((world.plan(&again).state, commands(&world)), (State::Approved, 1));
    world.ok("plan_apply", json!({ "plan": again["plan"] })).await;
    assert_eq!(commands(&world), 2);
}

#[tokio::test]
async fn plan_status_and_plan_apply_tell_what_came_of_it() {
    let world = world().await;
    let macs = world.macs(2).await;
    let _server = serve(&world);
    for (mac, tool) in macs.iter().zip(["plan_status", "plan_apply"]) {
        let told = world.waits("device_lock", lock(mac)).await;
        approve(&world, &told, true);
        when_over(&world, &told).await;
        let answer = world.ok(tool, json!({ "plan": told["plan"] })).await;
        assert_eq!(answer["result"], "applied", "{tool}: {answer}");
        assert_eq!(answer["steps"][0]["state"], "done", "{tool}: {answer}");
        // It was told: the same call is a new wish.
        world.waits("device_lock", lock(mac)).await;
    }
    assert_eq!(commands(&world), 2);
}

/// `GATE_KILLS` says how often; the nightly workflow kills 50 times.
#[tokio::test]
async fn a_plan_whose_server_is_killed_at_any_moment_is_finished_by_another_and_nothing_is_sent_twice() {
    let kills: u64 = std::env::var("GATE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let mut in_the_middle = 0;
    for round in 0..kills {
        let world = world().await;
        let macs = world.macs(6).await;
        let serials: Vec<String> = macs.iter().map(serial).collect();
        let told = world.waits("device_restart", json!({ "devices": serials, "body": {} })).await;
        world.tenant.faults().set("slow=40ms".parse().unwrap());
        approve(&world, &told, true);
        let mut first = serve(&world);
        // Before anything is sent, or after some of the commands.
        let began = Instant::now();
        while (commands(&world) as u64) < round % 5 && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(round * 37 % 90)).await;
        first.kill().await.unwrap();
        let was = world.plan(&told);
        in_the_middle += u64::from(was.state == State::Interrupted);
        world.tenant.faults().set("".parse().unwrap());
        let _second = serve(&world);
        let over = when_over(&world, &told).await;
        assert!(matches!(over.state, State::Applied | State::Unknown), "round {round}: {over:?}");
        let count = |state: StepState| over.steps.iter().filter(|step| step.state == state).count();
        let (done, unknown) = (count(StepState::Done), count(StepState::Sent));
        assert_eq!(done + unknown, 6, "nothing is lost: round {round}: {:?}", over.steps);
        assert!(unknown <= 1, "one step at a time: round {round}: {:?}", over.steps);
        let sent = commands(&world);
        assert!(
            sent >= done && sent <= done + unknown,
            "nothing twice: round {round}: {sent} of {:?}",
            over.steps
        );
        // The log has each beginning, and the outcome.
        let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
        let of =
            |phase: &str| log.lines().filter(|line| line.contains(&format!("\"phase\":\"{phase}\""))).count();
        assert!(of("intent") >= 1 && of("outcome") >= 1, "round {round}: {log}");
        assert!(log.lines().all(|line| !line.contains("\"phase\":\"refused\"")), "round {round}: {log}");
    }
    assert!(kills < 3 || in_the_middle > 0, "no server was killed while it carried out a plan");
}
