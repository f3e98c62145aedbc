//! Several processes at one file: they share a read, and one that is killed leaves what the next one goes on with.

use super::*;

/// The configuration of a binary at a tenant, with a state folder of its own.
pub(crate) fn configure(world: &World, fleet: &Json) {
    let secret = world.state.path().join("secret");
    std::fs::write(&secret, world.tenant.client_secret()).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let tenant = |name: &str| {
        (
            name.to_owned(),
            json!({
                "url": world.tenant.url(), "client_id": world.tenant.client_id(), "secret": { "file": secret },
            }),
        )
    };
    let mut names = vec!["demo"];
    names.extend(fleet["tenants"].as_array().into_iter().flatten().filter_map(Json::as_str));
    let mut settings = fleet.clone();
    settings.as_object_mut().unwrap().remove("tenants");
    let config = json!({
        "tenants": names.into_iter().map(tenant).collect::<serde_json::Map<_, _>>(),
        "allow": ["read", "write"], "toolsets": ["all"], "fleet": settings,
        "state": world.state.path().join("state"),
    });
    std::fs::write(world.state.path().join("config.json"), config.to_string()).unwrap();
}

/// `jamf-pro-mcp …` at a tenant.
pub(crate) fn command(world: &World, arguments: &[&str]) -> Command {
    let file = world.state.path().join("config.json");
    if !file.exists() {
        configure(world, &json!({}));
    }
    let mut command = Command::new(binary::under_test());
    command.args(["--config", file.to_str().unwrap()]).args(arguments);
    command
        .env_remove("JAMF_PRO_MCP_STATE")
        .env("HOME", world.state.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.kill_on_drop(true);
    command
}

pub(crate) async fn output(world: &World, arguments: &[&str]) -> (bool, Json) {
    let output = command(world, arguments).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), serde_json::from_str(&said).unwrap_or(json!(said + &errors)))
}

/// The fleet in the file that the binary uses.
pub(crate) fn fleet_of_binary(world: &World) -> Fleet {
    let reader = world.calls.tenants().next().unwrap();
    Fleet::open(&FleetConfig::default(), &world.state.path().join("state"), reader).unwrap().unwrap()
}

pub(crate) fn row<'a>(answer: &'a Json, part: &str) -> &'a Json {
    answer.as_array().unwrap_or_else(|| panic!("{answer}")).iter().find(|row| row["part"] == part).unwrap()
}

#[tokio::test]
async fn ten_processes_share_one_read() {
    let world = tenant(Options { computers: 510, ..Options::default() }).await;
    world.faults("slow=300ms@/api/v4/computers-inventory");
    let arguments = ["fleet", "refresh", "computers", "--max-age", "10", "--json"];
    let answers = futures::future::join_all((0..10).map(|_| output(&world, &arguments))).await;
    for (is_done, answer) in answers {
        assert!(is_done && row(&answer, "computers")["objects"] == 510, "{answer}");
    }
    assert_eq!(world.tenant.log().count_at("/api/v4/computers-inventory"), 2, "two pages, read once");
}

#[tokio::test]
async fn what_a_killed_process_leaves_is_not_taken_for_the_whole() {
    let world = tenant(Options { computers: 510, ..Options::default() }).await;
    world.faults("slow=400ms@/api/v4/computers-inventory");
    let mut child = command(&world, &["fleet", "refresh", "computers"]).spawn().unwrap();
    while world.tenant.log().count_at("/api/v4/computers-inventory") < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().await.unwrap();
    world.faults("");
    let (_, status) = output(&world, &["fleet", "status", "--json"]).await;
    let computers = row(&status, "computers");
    assert!(computers["complete"] == false && computers["as_of"].is_null(), "{computers}");
    assert!(computers["missing"][0].as_str().unwrap().contains("of 510 rows read so far"), "{computers}");
    world.tenant.log().clear();
    let (is_done, answer) = output(&world, &["fleet", "refresh", "computers", "--json"]).await;
    assert!(is_done && row(&answer, "computers")["objects"] == 510, "{answer}");
    assert_eq!(
        world.tenant.log().count_at("/api/v4/computers-inventory"),
        1,
        "it goes on with the second page"
    );
    let (is_done, _) = output(&world, &["fleet", "clear"]).await;
    let (_, status) = output(&world, &["fleet", "status", "--json"]).await;
    assert!(is_done && row(&status, "computers")["objects"] == 0, "{status}");
}

/// Kill a process in the middle of a load, `FLEET_KILLS` times or five.
#[tokio::test]
async fn a_process_that_is_killed_at_any_moment_leaves_nothing_that_looks_whole() {
    let kills = std::env::var("FLEET_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5_u64);
    let world = tenant(Options { computers: 510, ..Options::default() }).await;
    let all = [("computers", 510), ("policies", raw_policies(&world).await)];
    let fleet = fleet_of_binary(&world);
    let (mut in_the_middle, mut after_the_end) = (0, 0);
    for round in 0..kills {
        world.faults("slow=10ms");
        world.tenant.log().clear();
        let mut child = command(&world, &["fleet", "refresh", "computers", "policies"]).spawn().unwrap();
        // The version of the tenant, the token, and then a few of the rows.
        while world.tenant.log().entries().len() < 3 && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(round * 97 % 400)).await;
        child.kill().await.unwrap();
        world.faults("");
        for (name, objects) in all {
            let status = fleet.store().status_of(part(name)).unwrap();
            let table = number(&fleet, &format!("SELECT count(*) FROM {name}"));
            assert_eq!(table, status.objects() as i64, "{name}");
            if status.is_complete() {
                assert_eq!(status.objects(), objects, "{name}");
                after_the_end += 1;
            } else {
                assert!(status.as_of().is_none() && status.missing().len() == 1, "{status:?}");
                in_the_middle += 1;
            }
        }
        let (is_done, answer) =
            output(&world, &["fleet", "refresh", "computers", "policies", "--json"]).await;
        assert!(is_done, "{answer}");
        for (name, objects) in all {
            assert_eq!(row(&answer, name)["objects"], objects, "{name}");
        }
        fleet.store().clear().unwrap();
    }
    println!("{in_the_middle} parts in the middle, {after_the_end} after their end");
    assert!(in_the_middle >= kills, "{in_the_middle} of {kills} kills came in the middle of a part");
}

async fn raw_policies(world: &World) -> u64 {
    world.ok("policy_list", json!({ "page_size": 1 })).await["total"].as_u64().unwrap()
}
