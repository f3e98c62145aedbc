//! What this server writes at the tenant is known in the fleet before the age of a part is over.

use jamf_pro_mcp::config::RiskClass;
use jamf_pro_mcp::fleet::readiness::Readiness;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::processes::{command, fleet_of_binary, output};
use super::*;

async fn fleet_of(world: &World) -> Fleet {
    world.calls.fleets().of(world.calls.tenants().next().unwrap()).await.unwrap().unwrap()
}

async fn load(fleet: &Fleet, parts: &[&str]) {
    for name in parts {
        assert!(fleet.refresh(part(name), ANEW, &Watch::default()).await.unwrap().is_complete(), "{name}");
    }
}

/// Wait until a statement answers this one text; it fails by the time of the test.
async fn eventually(fleet: &Fleet, sql: &str, expected: &str) {
    let expected = [[Value::Text(expected.to_owned())]];
    for _ in 0..400 {
        if select(fleet, sql) == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{sql}: {:?}", select(fleet, sql));
}

async fn read_again(fleet: &Fleet, name: &str) {
    for _ in 0..400 {
        let status = fleet.store().status_of(part(name)).unwrap();
        if status.sources.iter().all(|source| source.outdated_objects == 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{name}: {:?}", fleet.store().status_of(part(name)).unwrap());
}

#[tokio::test]
async fn an_object_that_is_read_by_itself_is_new_after_each_write() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    load(&fleet, &["policies"]).await;
    let policies = number(&fleet, "SELECT count(*) FROM policies");
    let body = json!({ "general": { "name": "Fresh", "enabled": false } });
    let created = world.ok("policy_create", json!({ "body": body })).await;
    let id = created["id"].as_str().unwrap().to_owned();
    let name = format!("SELECT name FROM policies WHERE id = '{id}'");
    eventually(&fleet, &name, "Fresh").await;
    world.tenant.log().clear();
    let body = json!({ "general": { "name": "Renamed" } });
    world.ok("policy_update", json!({ "id": id, "body": body })).await;
    eventually(&fleet, &name, "Renamed").await;
    let path = format!("/JSSResource/policies/id/{id}");
    let of_others = |entry: &&jamf_pro_demo::LogEntry| {
        entry.method == "GET" && entry.path.starts_with("/JSSResource/policies/id/") && entry.path != path
    };
    assert_eq!(world.tenant.log().entries().iter().filter(of_others).count(), 0, "no other policy is read");
    read_again(&fleet, "policies").await;
    assert_eq!(number(&fleet, "SELECT count(*) FROM policies"), policies + 1);
    world.ok("policy_delete", json!({ "id": id })).await;
    assert_eq!(select(&fleet, &name), Vec::<Vec<Value>>::new(), "it is gone at once");
    assert_eq!(number(&fleet, "SELECT count(*) FROM policies"), policies);
    let status = fleet.store().status_of(part("policies")).unwrap();
    assert!(status.is_complete() && status.objects() == policies as u64, "{status:?}");
}

#[tokio::test]
async fn an_object_of_a_list_is_asked_for_by_its_id() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    load(&fleet, &["departments"]).await;
    let as_of = fleet.store().status_of(part("departments")).unwrap().as_of().map(str::to_owned);
    world.tenant.log().clear();
    let created = world.ok("department_create", json!({ "body": { "name": "Fresh" } })).await;
    let id = created["answer"]["id"].as_str().unwrap().to_owned();
    eventually(&fleet, &format!("SELECT name FROM departments WHERE id = '{id}'"), "Fresh").await;
    read_again(&fleet, "departments").await;
    let entries = world.tenant.log().entries();
    let lists: Vec<_> =
        entries.iter().filter(|entry| entry.path == "/api/v1/departments" && entry.method == "GET").collect();
    assert_eq!(lists.len(), 1, "{lists:?}");
    let status = fleet.store().status_of(part("departments")).unwrap();
    assert_eq!(status.as_of().map(str::to_owned), as_of, "the others are as old as they were");
}

#[tokio::test]
async fn what_cannot_be_named_is_read_by_the_next_question() {
    let world = world_of(Options { computers: 30, ..Options::default() }, |config| {
        config.allow.push(RiskClass::Device);
    })
    .await;
    let fleet = fleet_of(&world).await;
    load(&fleet, &["mdm_commands", "policies"]).await;
    let ids = select(&fleet, "SELECT DISTINCT management_id FROM mdm_commands LIMIT 1");
    let Value::Text(id) = &ids[0][0] else { panic!("{ids:?}") };
    let commands = number(&fleet, "SELECT count(*) FROM mdm_commands");
    world.tenant.log().clear();
    world.ok("certificate_list_request", json!({ "devices": [id] })).await;
    let status = fleet.store().status_of(part("mdm_commands")).unwrap();
    assert!(status.sources[0].is_outdated, "{status:?}");
    assert_eq!(world.sent("GET", "/api/v2/mdm/commands"), 0, "nobody asked yet");
    let (parts, watch) = ([part("mdm_commands"), part("policies")], Watch::default());
    let question = || fleet.ready(&parts, None, HOUR, &watch);
    assert!(matches!(question().await.unwrap(), Readiness::Ready(_)));
    assert_eq!(number(&fleet, "SELECT count(*) FROM mdm_commands"), commands + 1);
    let sent = world.tenant.log().entries().len();
    assert!(matches!(question().await.unwrap(), Readiness::Ready(_)));
    assert_eq!(world.tenant.log().entries().len(), sent);
}

#[tokio::test]
async fn a_load_that_began_before_a_write_does_not_undo_it() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    load(&fleet, &["categories"]).await;
    world.tenant.log().clear();
    // The tenant answers from what it has before the writes, and the answer takes its time.
    world.faults("slow-body=3s@/api/v1/categories");
    let loading = fleet.clone();
    let task =
        tokio::spawn(async move { loading.refresh(part("categories"), ANEW, &Watch::default()).await });
    while world.tenant.log().count_at("/api/v1/categories") == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.faults("");
    world.ok("category_delete", json!({ "id": "1" })).await;
    world.ok("category_update", json!({ "id": "2", "body": { "name": "Renamed", "priority": 9 } })).await;
    assert!(!task.is_finished(), "the load ended before the writes: this test shows nothing");
    assert!(task.await.unwrap().unwrap().is_complete());
    assert_eq!(number(&fleet, "SELECT count(*) FROM categories WHERE id = '1'"), 0);
    eventually(&fleet, "SELECT name FROM categories WHERE id = '2'", "Renamed").await;
}

#[tokio::test]
async fn a_write_whose_outcome_is_not_known_is_read_again() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    load(&fleet, &["categories"]).await;
    world.faults("write-504*1");
    let failed = world.fails("category_delete", json!({ "id": "1" })).await;
    assert!(failed.contains("may have been made"), "{failed}");
    world.faults("");
    read_again(&fleet, "categories").await;
    let there = raw(&world, "/api/v1/categories").await.iter().any(|category| category["id"] == "1");
    assert_eq!(number(&fleet, "SELECT count(*) FROM categories WHERE id = '1'"), i64::from(there));
    assert!(fleet.store().status_of(part("categories")).unwrap().sources[0].changed_at.is_some());
}

#[tokio::test]
async fn the_file_has_what_a_server_wrote_and_other_processes_read_it() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let (is_done, answer) = output(&world, &["fleet", "refresh", "policies", "scripts", "--json"]).await;
    assert!(is_done, "{answer}");
    let fleet = fleet_of_binary(&world);
    let mut server = command(&world, &["serve"]).stdin(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
    let mut output = BufReader::new(output).lines();
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let mut ask = async |id: u64, method: &str, parameters: Json| {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters });
        input.write_all(format!("{request}\n").as_bytes()).await.unwrap();
        if id == 1 {
            let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            input.write_all(format!("{ready}\n").as_bytes()).await.unwrap();
        }
        loop {
            let line = output.next_line().await.unwrap().unwrap();
            let answer: Json = serde_json::from_str(&line).unwrap();
            if answer["id"] == id {
                return answer["result"].clone();
            }
        }
    };
    ask(1, "initialize", hello).await;
    let body = json!({ "general": { "name": "Fresh", "enabled": false } });
    let call = json!({ "name": "policy_create", "arguments": { "body": body } });
    let created = ask(2, "tools/call", call).await;
    let created: Json = serde_json::from_str(created["content"][0]["text"].as_str().unwrap()).unwrap();
    let id = created["id"].as_str().unwrap();
    let name = format!("SELECT name FROM policies WHERE id = '{id}'");
    eventually(&fleet, &name, "Fresh").await;
    let call = json!({ "name": "policy_rename", "arguments": { "id": id, "new_name": "Renamed by a job" } });
    let renamed = ask(3, "tools/call", call).await;
    assert_ne!(renamed["isError"], true, "{renamed}");
    eventually(&fleet, &name, "Renamed by a job").await;
    let call = json!({ "name": "policy_delete", "arguments": { "id": id } });
    let deleted = ask(4, "tools/call", call).await;
    assert_ne!(deleted["isError"], true, "{deleted}");
    assert_eq!(number(&fleet, &format!("SELECT count(*) FROM policies WHERE id = '{id}'")), 0);
}
