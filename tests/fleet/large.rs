//! Measured: a large tenant, and one that is slow. Both take minutes and run on request only; their figures are in `docs/performance.md`.

use jamf_pro_mcp::config::RiskClass;

use super::processes::{command, row};
use super::*;

/// The parts that the commonest questions need.
const COMMON: [&str; 7] = [
    "computers",
    "applications",
    "computer_local_users",
    "group_members",
    "mobile_devices",
    "users",
    "groups",
];

/// Most memory that a process has had, in KiB.
fn most_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What a refresh by the binary took.
struct Figures {
    answer: Json,
    seconds: f64,
    requests: usize,
    /// In KiB, beyond what the process has when its first request comes.
    memory: u64,
}

async fn refresh(world: &World, parts: &[&str]) -> Figures {
    world.tenant.log().clear();
    let began = std::time::Instant::now();
    let arguments: Vec<&str> =
        ["fleet", "refresh", "--json"].into_iter().chain(parts.iter().copied()).collect();
    let child = command(world, &arguments).spawn().unwrap();
    let process = child.id().unwrap();
    let measure = tokio::spawn(async move {
        let (mut first, mut most) = (0, 0);
        while let Some(memory) = most_memory(process) {
            first = if first == 0 && began.elapsed() > Duration::from_millis(300) { memory } else { first };
            most = memory;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        most.saturating_sub(first)
    });
    let output = child.wait_with_output().await.unwrap();
    let answer: Json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    Figures {
        answer,
        seconds: began.elapsed().as_secs_f64(),
        requests: sent(world),
        memory: measure.await.unwrap(),
    }
}

fn megabytes(world: &World) -> u64 {
    let folder = world.state.path().join("state").join("fleet").read_dir().unwrap();
    folder.flatten().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum::<u64>() / 1_000_000
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "20,000 computers take minutes"]
async fn the_commonest_parts_of_a_large_fleet_take_at_most_400_requests_and_100_mebibytes() {
    let world = tenant(Options { computers: 20_000, ..Options::default() }).await;
    let Figures { answer, seconds, requests, memory } = refresh(&world, &COMMON).await;
    for name in COMMON {
        let row = row(&answer, name);
        println!("{name}: {} objects", row["objects"]);
        assert!(row["complete"] == true, "{row}");
    }
    println!(
        "{requests} requests, {seconds:.0} s, {} MiB of memory, {} MB on disk",
        memory / 1024,
        megabytes(&world)
    );
    let fleet = processes::fleet_of_binary(&world);
    println!("{} links of applications", number(&fleet, "SELECT count(*) FROM computer_applications"));
    assert!(requests <= 400, "{requests}");
    assert!(memory <= 100 * 1024, "{memory} KiB");
}

/// Create objects until the tenant has 300 policies, 250 groups and 150 profiles.
async fn enlarge(world: &World) {
    let (url, token, http) = (world.tenant.url(), token(world).await, http());
    let post = async |path: &str, kind: &str, body: String| {
        let request =
            http.post(format!("{url}{path}")).bearer_auth(&token).header("content-type", kind).body(body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    };
    for number in 0..205 {
        let policy = format!("<policy><general><name>Policy number {number}</name></general></policy>");
        post("/JSSResource/policies/id/0", "application/xml", policy).await;
    }
    for number in 0..168 {
        let group = json!({ "name": format!("Group number {number}"), "criteria": [] });
        post("/api/v3/computer-groups/smart-groups", "application/json", group.to_string()).await;
    }
    for number in 0..85 {
        let payloads = "&lt;plist version=\"1.0\"&gt;&lt;dict&gt;&lt;key&gt;PayloadContent&lt;/key&gt;&lt;array/&gt;&lt;/dict&gt;&lt;/plist&gt;";
        let profile = format!(
            "<os_x_configuration_profile><general><name>Profile number {number}</name><payloads>{payloads}</payloads></general></os_x_configuration_profile>"
        );
        post("/JSSResource/osxconfigurationprofiles/id/0", "application/xml", profile).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "each of some 750 requests takes 300 ms"]
async fn the_configuration_of_a_slow_tenant_is_loaded_within_a_minute() {
    let world = tenant(Options::default()).await;
    enlarge(&world).await;
    world.faults("slow=300ms");
    let parts = PARTS.iter().filter(|part| part.class == Class::Configuration);
    let names: Vec<&str> = parts.clone().map(|part| part.name).collect();
    let first = refresh(&world, &names).await;
    for name in &names {
        let row = row(&first.answer, name);
        println!("{name}: {} objects", row["objects"]);
        assert!(row["complete"] == true, "{row}");
    }
    let again = refresh(&world, &names).await;
    for (what, figures) in [("first", &first), ("again", &again)] {
        println!(
            "{what}: {} requests, {:.1} s, {} MiB",
            figures.requests,
            figures.seconds,
            figures.memory / 1024
        );
    }
    let lists: usize = parts.map(|part| part.sources.len()).sum();
    assert!(again.requests <= lists, "{} requests for {lists} lists", again.requests);
    assert!(first.seconds < 60.0, "{} s", first.seconds);
}

/// How long a call takes until it is answered with a plan and not with how far the load is: the seconds of each answer.
#[expect(clippy::print_stdout, reason = "it measures, and prints what it saw")]
async fn seconds_to_a_plan(world: &World, tool: &str, arguments: Json) -> Vec<f64> {
    let mut seconds = Vec::new();
    loop {
        world.tenant.log().clear();
        let (began, began_at) = (std::time::Instant::now(), jiff::Timestamp::now());
        let answer = world.call(tool, arguments.clone()).await;
        seconds.push(began.elapsed().as_secs_f64());
        for entry in world.tenant.log().entries() {
            let at = entry.at.duration_since(began_at).as_millis();
            println!("  {at:>6} ms {} {}", entry.method, entry.path);
        }
        println!("{} requests", sent(world));
        if !answer.text.contains("ask again") {
            assert!(answer.text.contains("waiting for a person"), "{tool}: {}", answer.text);
            return seconds;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "each of some 800 requests takes 300 ms"]
async fn a_plan_at_a_slow_tenant_is_answered_before_its_caller_gives_up() {
    let world = world_of(Options::default(), |config| config.allow.push(RiskClass::Destructive)).await;
    enlarge(&world).await;
    let groups =
        world.ok("static_computer_group_list", json!({ "all": true, "fields": ["id", "name"] })).await;
    let groups = groups["rows"].as_array().unwrap().clone();
    let macs =
        world.ok("computer_list", json!({ "page_size": 3, "fields": ["hardware.serialNumber"] })).await;
    let serial = |at: usize| macs["rows"][at]["hardware"]["serialNumber"].clone();
    world.faults("slow=300ms");
    let group =
        |at: usize| json!({ "group": groups[at]["name"], "kind": "computer", "add": [serial(0), serial(1)] });
    let general = json!({ "frequency": "Once every week", "trigger_checkin": "true" });
    let policy = json!({ "id": "1", "body": { "general": general } });
    let cold = seconds_to_a_plan(&world, "group_members_change", group(0)).await;
    let loaded = seconds_to_a_plan(&world, "group_members_change", group(1)).await;
    let next = seconds_to_a_plan(&world, "group_members_change", group(2)).await;
    let of_policy = seconds_to_a_plan(&world, "policy_update", policy).await;
    for (what, seconds) in
        [("cold", &cold), ("loaded", &loaded), ("the next", &next), ("of a policy", &of_policy)]
    {
        println!("{what}: answered after {seconds:.1?} s");
    }
    assert!(cold.iter().all(|seconds| *seconds < 40.0), "{cold:?}");
    assert_eq!([loaded.len(), next.len(), of_policy.len()], [1, 1, 1], "the load goes on while nobody asks");
    assert!(loaded[0] < 5.0 && next[0] < 2.0 && of_policy[0] < 2.0, "{loaded:?} {next:?} {of_policy:?}");
}
