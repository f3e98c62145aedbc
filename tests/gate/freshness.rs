//! How old what the gate judges by may be: lists of the last minute serve a plan that waits, and never a call that is sent or refused.

use jamf_pro_mcp::config::Config;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::straight::Straight;
use super::{State, World, find_id, serial, without_limits, world_of};

/// Make all lists older that the fleet of a world read.
pub(crate) fn let_two_minutes_pass(world: &World) {
    let folder = world.state.path().join("fleet").read_dir().unwrap();
    let files = folder.flatten().map(|file| file.path());
    for file in files.filter(|path| path.extension().is_some_and(|kind| kind == "sqlite")) {
        let sql = "UPDATE fleet_sources SET tried_at = strftime('%Y-%m-%dT%H:%M:%fZ', tried_at, '-2 minutes')
                   WHERE tried_at IS NOT NULL";
        Connection::open(file).unwrap().execute(sql, []).unwrap();
    }
}

/// A policy that somebody else makes in Jamf Pro, which runs a script on one Mac.
async fn made_by_others(world: &World, script: &str, mac: &Value) -> String {
    let others = Straight::to(&world.tenant).await;
    let policy = format!(
        "<policy><general><name>Made by others</name><enabled>true</enabled></general><scope><computers><computer><id>{}</id></computer>\
         </computers></scope><scripts><script><id>{script}</id></script></scripts></policy>",
        mac["id"].as_str().unwrap()
    );
    let create = others.http.post(format!("{}/JSSResource/policies/id/0", others.base));
    let (status, text) = others.sent(create.header("content-type", "application/xml").body(policy)).await;
    assert_eq!(status, 201, "{text}");
    let id = text.split_once("<id>").and_then(|(_, rest)| rest.split_once("</id>")).unwrap().0;
    id.to_owned()
}

async fn script(world: &World, name: &str) -> String {
    let body = json!({ "name": name, "scriptContents": "echo hello\n" });
    find_id(&world.ok("script_create", json!({ "body": body })).await)
}

fn changed(script: &str, name: &str) -> Value {
    json!({ "id": script, "body": { "name": name, "scriptContents": "echo bye\n" } })
}

fn policy(name: &str, script: &str, mac: &Value) -> Value {
    let id: u32 = mac["id"].as_str().unwrap().parse().unwrap();
    json!({ "body": {
        "general": { "name": name, "enabled": true, "trigger_checkin": true },
        "scope": { "computers": [{ "id": id }] },
        "scripts": [{ "id": script.parse::<u32>().unwrap() }]
    } })
}

/// Have the gate read what is configured, for something else.
async fn load(world: &World) {
    let delete = json!({ "name": "smart_computer_group_delete", "arguments": { "id": "1" } });
    world.ok("preview_change", delete).await;
}

/// How often the list of the policies was read.
fn lists(world: &World) -> usize {
    let entries = world.tenant.log().entries();
    entries.iter().filter(|entry| entry.method == "GET" && entry.path == "/JSSResource/policies").count()
}

fn is_by_others(told: &Value) -> bool {
    told.to_string().contains("Made by others")
}

async fn freshness(change: impl FnOnce(&mut Config)) -> World {
    world_of(|config| {
        without_limits(config);
        change(config);
    })
    .await
}

#[tokio::test]
async fn lists_of_the_last_minute_serve_a_plan_and_what_others_did_since_voids_it() {
    let world = freshness(|_| {}).await;
    let (script, mac) = (script(&world, "Greeting").await, world.mac().await);
    world.through("policy_create", policy("Greet", &script, &mac)).await;
    load(&world).await;
    let before = lists(&world);
    made_by_others(&world, &script, &mac).await;
    let told = world.waits("script_update", changed(&script, "Greeting")).await;
    assert_eq!(lists(&world), before, "the plan is made by the lists that were read a moment ago");
    let plan = world.plan(&told).plan;
    assert!(!plan.references.iter().any(|reference| reference.name == "Made by others"));
    world.approve(&told).unwrap();
    let writes = world.grave().len();
    let refused = world.refusal("plan_apply", json!({ "plan": told["plan"] })).await;
    assert!(refused.contains("what refers to it has changed"), "{refused}");
    assert_eq!(world.grave().len(), writes);
    assert_eq!(world.plan(&told).state, State::Outdated);
    // The next plan has what is there, and is carried out.
    let told = world.waits("script_update", changed(&script, "Greeting")).await;
    assert!(is_by_others(&serde_json::to_value(world.plan(&told).plan).unwrap()), "{told}");
    world.approve(&told).unwrap();
    world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(world.grave().len(), writes + 1);
}

#[tokio::test]
async fn lists_that_are_older_than_a_minute_are_read_again_for_a_plan() {
    let world = freshness(|_| {}).await;
    let (script, mac) = (script(&world, "Greeting").await, world.mac().await);
    world.through("policy_create", policy("Greet", &script, &mac)).await;
    load(&world).await;
    made_by_others(&world, &script, &mac).await;
    let_two_minutes_pass(&world);
    let told = world.waits("script_update", changed(&script, "Greeting")).await;
    assert!(is_by_others(&serde_json::to_value(world.plan(&told).plan).unwrap()), "{told}");
}

#[tokio::test]
async fn what_is_sent_without_a_plan_is_judged_by_lists_of_this_moment() {
    let world = freshness(|_| {}).await;
    let (used, free) = (script(&world, "Greeting").await, script(&world, "Free").await);
    let mac = world.mac().await;
    // What was read for the call itself is of this moment.
    world.ok("script_update", changed(&free, "Free")).await;
    assert_eq!(lists(&world), 1);
    load(&world).await;
    let preview = json!({ "name": "script_update", "arguments": changed(&used, "Greeting") });
    let told = world.ok("preview_change", preview).await;
    assert_eq!(told["verdict"], "would be sent at once", "{told}");
    made_by_others(&world, &used, &mac).await;
    let writes = world.grave().len();
    let told = world.waits("script_update", changed(&used, "Greeting")).await;
    assert!(is_by_others(&serde_json::to_value(world.plan(&told).plan).unwrap()), "{told}");
    assert_eq!(world.grave().len(), writes, "a policy runs it by now, so a person decides");
    // What nothing runs goes at once, as the lists of this moment say.
    let before = lists(&world);
    let again = json!({ "id": free, "body": { "name": "Free", "scriptContents": "echo again\n" } });
    world.ok("script_update", again).await;
    assert_eq!(world.grave().len(), writes + 1);
    assert!(lists(&world) > before);
}

#[tokio::test]
async fn a_refusal_is_judged_by_lists_of_this_moment() {
    let protected = world_of(|_| {}).await.mac().await;
    let world = freshness(|config| config.gate.protected_serials = vec![serial(&protected)]).await;
    let script = script(&world, "Greeting").await;
    let others = made_by_others(&world, &script, &protected).await;
    load(&world).await;
    let refused = world.refusal("script_update", changed(&script, "Greeting")).await;
    assert!(refused.contains("protected"), "{refused}");
    // Somebody deletes the policy in Jamf Pro, and nobody has to wait until the lists are old.
    let straight = Straight::to(&world.tenant).await;
    let delete = straight.http.delete(format!("{}/JSSResource/policies/id/{others}", straight.base));
    assert_eq!(straight.sent(delete).await.0, 200);
    let writes = world.grave().len();
    let done = world.ok("script_update", changed(&script, "Greeting")).await;
    assert!(done.get("plan").is_none(), "{done}");
    assert_eq!(world.grave().len(), writes + 1);
}
