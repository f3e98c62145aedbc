//! What reaches a client beside its answers: news of the list of tools, and progress; and a question that another process is answered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Events, Served, call, modern};
use crate::proxy::Reply;
use crate::setup::Setup;

const CHANGED: &str = "notifications/tools/list_changed";

#[tokio::test]
async fn a_changed_list_of_tools_reaches_clients_of_every_transport_over_http() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("config.json");
    let configure = |toolsets: &str| {
        let text = json!({ "toolsets": [toolsets] }).to_string();
        std::fs::write(&file, text).unwrap();
    };
    configure("core");
    let mut served = Served::start(&mut setup, &["--config", file.to_str().unwrap()]).await;
    let session = served.session("2025-11-25").await;
    let mut stream = served.stream(&session).await;
    let (mut sse, _) = served.sse().await;
    let listen = json!({ "jsonrpc": "2.0", "id": 5, "method": "subscriptions/listen",
        "params": { "notifications": { "toolsListChanged": true } } });
    let listened = served.post_modern(listen.clone(), json!({})).send().await.unwrap();
    let mut listened = Events::of(listened);
    // It is subscribed when that has been acknowledged.
    listened.notified("notifications/subscriptions/acknowledged").await;
    let leaving = served.post_modern(listen, json!({})).send().await.unwrap();
    let mut leaving = Events::of(leaving);
    leaving.notified("notifications/subscriptions/acknowledged").await;
    drop(leaving);
    configure("devices");
    stream.notified(CHANGED).await;
    sse.notified(CHANGED).await;
    listened.notified(CHANGED).await;
    drop((stream, sse, listened));
    // The file is looked at again after all of them have left.
    configure("core");
    served.logged("the configuration was read again").await;
    served.call_in(&session, "building_list", json!({})).await;
    served.signal("TERM").await;
    assert!(served.ended().await.success());
    assert!(!served.log().contains("ERROR"), "{}", served.log());
}

/// A client that says several times that its session has begun is one client.
#[tokio::test]
async fn a_client_is_notified_once_of_one_change() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("config.json");
    std::fs::write(&file, json!({ "toolsets": ["core"] }).to_string()).unwrap();
    let served = Served::start(&mut setup, &["--config", file.to_str().unwrap()]).await;
    let (mut events, endpoint) = served.sse().await;
    for _ in 0..20 {
        served.to_sse(&endpoint, &crate::http::initialized()).await;
    }
    std::fs::write(&file, json!({ "toolsets": ["devices"] }).to_string()).unwrap();
    events.notified(CHANGED).await;
    served.to_sse(&endpoint, &json!({ "jsonrpc": "2.0", "id": 9, "method": "ping" })).await;
    events.others.clear();
    events.message(9).await;
    assert!(events.others.is_empty(), "{:?}", events.others);
}

/// A write goes on when its call was cancelled; its progress is nobody's any more.
#[tokio::test]
async fn progress_stops_when_its_call_is_cancelled() {
    let mut setup = Setup::start().await;
    setup.proxy.script(|seen| match seen.method.as_str() {
        "POST" if seen.path == "/api/v1/buildings" => Reply::Slow(Duration::from_secs(5)),
        _ => Reply::Pass,
    });
    let is_written = |setup: &Setup| {
        setup
            .proxy
            .seen()
            .iter()
            .any(|seen| seen.method == "POST" && seen.path == "/api/v1/buildings" && seen.status > 0)
    };
    let write = |name: &str| {
        let mut write = call(7, "building_create", json!({ "body": { "name": name } }));
        write["params"]["_meta"] = json!({ "progressToken": "p" });
        write
    };
    let cancel =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 7 } });
    let is_progress = |message: &Value| message["method"] == "notifications/progress";

    let mut session = setup.stdio().await;
    session.send(&write("Over stdio")).await;
    while !is_progress(&session.receive().await) {}
    session.send(&cancel).await;
    session.ask("ping", json!({})).await;
    session.others.clear();
    while !is_written(&setup) {
        session.ask("ping", json!({})).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let late = session.others.iter().filter(|message| is_progress(message)).count();
    assert_eq!(late, 0, "stdio: {:?}", session.others);

    let written = setup.proxy.count("POST", "/api/v1/buildings");
    let served = Served::start(&mut setup, &[]).await;
    let (mut events, endpoint) = served.sse().await;
    served.to_sse(&endpoint, &write("Over SSE")).await;
    while !is_progress(&events.next().await.unwrap()) {}
    served.to_sse(&endpoint, &cancel).await;
    let ping = |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    served.to_sse(&endpoint, &ping(100)).await;
    events.message(100).await;
    events.others.clear();
    for id in 101.. {
        let posts = setup
            .proxy
            .seen()
            .into_iter()
            .filter(|seen| seen.method == "POST" && seen.path == "/api/v1/buildings");
        if posts.skip(written).any(|seen| seen.status > 0) {
            break;
        }
        served.to_sse(&endpoint, &ping(id)).await;
        events.message(id).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let late = events.others.iter().filter(|message| is_progress(message)).count();
    assert_eq!(late, 0, "SSE: {:?}", events.others);
}

/// The process that asked a person may have ended, or another one of the same store may get the answer.
#[tokio::test]
async fn an_answer_to_a_question_counts_at_another_process_of_the_store() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,secret,destructive,critical");
    setup.set("USER", "anna");
    let rows = setup
        .ok(
            "computer_list",
            json!({ "page_size": 60, "fields": ["hardware.serialNumber", "general.managementId"] }),
        )
        .await;
    let managed = |row: &&Value| row["general"]["managementId"].as_str().is_some_and(|id| !id.is_empty());
    let row = rows["rows"].as_array().unwrap().iter().find(managed).unwrap().clone();
    let serial = row["hardware"]["serialNumber"].as_str().unwrap().to_owned();
    let commands = |setup: &Setup| {
        let posts = setup.proxy.seen().into_iter().filter(|seen| seen.method == "POST");
        posts.filter(|seen| seen.path.contains("/mdm/commands")).count()
    };
    let restart = call(7, "device_restart", json!({ "devices": [serial], "body": {} }));
    let elicits = json!({ "elicitation": {} });

    let mut asker = setup.stdio_modern();
    let asked = asker.ask_whole(modern(restart.clone(), elicits.clone())).await;
    let state = asked["result"]["requestState"].clone();
    assert!(state.is_string(), "{asked}");
    drop(asker);
    let mut again = restart;
    again["params"]["requestState"] = state;
    again["params"]["inputResponses"] =
        json!({ "approval": { "action": "accept", "content": { "typed": serial } } });
    let mut other = setup.stdio_modern();
    let answer = other.ask_whole(modern(again, elicits)).await;
    assert_eq!(commands(&setup), 1, "{answer}");
}

/// Progress of a call in a session comes in the stream of its answer.
#[tokio::test]
async fn progress_in_a_session_over_http_stops_when_its_call_is_cancelled() {
    let mut setup = Setup::start().await;
    setup.proxy.script(|seen| match seen.method.as_str() {
        "POST" if seen.path == "/api/v1/buildings" => Reply::Slow(Duration::from_secs(6)),
        _ => Reply::Pass,
    });
    let served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let mut write = call(7, "building_create", json!({ "body": { "name": "In a session" } }));
    write["params"]["_meta"] = json!({ "progressToken": "p" });
    let is_progress = |message: &Value| message["method"] == "notifications/progress";
    let mut events = Events::of(served.in_session(&session, &write).send().await.unwrap());
    while !is_progress(&events.next().await.unwrap()) {}
    let cancel =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 7 } });
    assert_eq!(served.in_session(&session, &cancel).send().await.unwrap().status(), 202);
    // The write goes on, with a beat a second that nobody hears.
    let is_written = || {
        let seen = setup.proxy.seen();
        seen.iter().any(|seen| seen.method == "POST" && seen.path == "/api/v1/buildings" && seen.status > 0)
    };
    let later = tokio::spawn(async move {
        let mut later = 0;
        while let Some(message) = events.next().await {
            later += usize::from(is_progress(&message));
        }
        later
    });
    while !is_written() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    served.request(reqwest::Method::DELETE, "/mcp").header("mcp-session-id", &session).send().await.unwrap();
    let later = tokio::time::timeout(crate::http::PATIENCE, later).await.unwrap().unwrap();
    // One may have been on its way.
    assert!(later <= 1, "{later} after the call was cancelled");
}

/// The time of a file tells nothing for certain: a clock may be coarse, and programs set it.
#[tokio::test]
async fn a_changed_configuration_is_noticed_whatever_its_time_says() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("config.json");
    let configure = |text: &str, time: std::time::SystemTime| {
        std::fs::write(&file, text).unwrap();
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    };
    let time = std::time::SystemTime::now() - Duration::from_secs(60);
    configure(&json!({ "toolsets": ["core"] }).to_string(), time);
    let served = Served::start(&mut setup, &["--config", file.to_str().unwrap()]).await;
    let session = served.session("2025-11-25").await;
    let mut stream = served.stream(&session).await;
    served.call_in(&session, "building_list", json!({})).await;
    // Read while it is half written, and whole a moment later.
    configure("{ \"toolsets\":", time);
    served.logged("is not right").await;
    configure(&json!({ "toolsets": ["devices"] }).to_string(), time);
    stream.notified(CHANGED).await;
}
