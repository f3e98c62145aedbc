//! Sessions over HTTP: they outlive idle hours, restarts and kills, belong to anyone who began them, and fill no memory.

use std::time::Duration;

use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{PATIENCE, Served, answered, call, initialize, initialized};
use crate::setup::Setup;

const WITH_SESSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

fn is_answered(answer: &Value) -> bool {
    answer["result"]["content"][0]["text"].as_str().is_some_and(|text| text.contains("\"total\""))
}

#[tokio::test]
async fn a_session_goes_on_after_a_restart_and_after_a_kill() {
    let mut setup = Setup::start().await;
    let mut served = Served::start(&mut setup, &[]).await;
    let mut sessions = Vec::new();
    for revision in WITH_SESSIONS {
        sessions.push(served.session(revision).await);
    }
    for signal in ["TERM", "KILL"] {
        served.signal(signal).await;
        served.ended().await;
        served = Served::start(&mut setup, &[]).await;
        for session in &sessions {
            let answer = served.call_in(session, "building_list", json!({})).await;
            assert!(is_answered(&answer), "{signal}: {answer}");
        }
    }
    // Many at once, as clients come back.
    served.signal("KILL").await;
    served.ended().await;
    served = Served::start(&mut setup, &[]).await;
    let calls = (100..112).map(async |id| {
        let answer =
            served.in_session(&sessions[0], &call(id, "building_list", json!({}))).send().await.unwrap();
        answered(answer, id).await
    });
    for answer in futures::future::join_all(calls).await {
        assert!(is_answered(&answer), "{answer}");
    }
}

#[tokio::test]
async fn an_idle_session_goes_from_memory_and_comes_back_with_its_client() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_HTTP_SESSION_IDLE_SECONDS", "1");
    let served = Served::start(&mut setup, &[]).await;
    let idle = served.session("2025-11-25").await;
    let listening = served.session("2025-11-25").await;
    let mut stream = served.stream(&listening).await;
    tokio::time::sleep(Duration::from_millis(1_800)).await;
    assert!(is_answered(&served.call_in(&idle, "building_list", json!({})).await));
    // One whose client listens is not idle: its stream is still open, and is the one that news come by.
    assert!(is_answered(&served.call_in(&listening, "building_list", json!({})).await));
    let more = tokio::time::timeout(Duration::from_millis(300), stream.next()).await;
    assert!(more.is_err(), "the stream ended: {more:?}");
}

#[tokio::test]
async fn a_session_that_its_client_ended_is_gone_for_good() {
    let mut setup = Setup::start().await;
    let mut served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let delete = async |served: &Served, session: &str| {
        let request = served.request(Method::DELETE, "/mcp").header("mcp-session-id", session);
        request.send().await.unwrap().status()
    };
    let ask = async |served: &Served| {
        served.in_session(&session, &call(2, "building_list", json!({}))).send().await.unwrap().status()
    };
    assert_eq!(delete(&served, "00000000-0000-4000-8000-000000000000").await, StatusCode::NOT_FOUND);
    assert_eq!(delete(&served, &session).await, StatusCode::ACCEPTED);
    assert_eq!(delete(&served, &session).await, StatusCode::NOT_FOUND);
    assert_eq!(ask(&served).await, StatusCode::NOT_FOUND);
    served.signal("KILL").await;
    served.ended().await;
    served = Served::start(&mut setup, &[]).await;
    assert_eq!(ask(&served).await, StatusCode::NOT_FOUND);
    assert_eq!(delete(&served, &session).await, StatusCode::NOT_FOUND);
    // What is made up is no session either.
    for made_up in ["x", "", "../../etc", "00000000-0000-4000-8000-000000000000"] {
        let answer = served.in_session(made_up, &call(2, "building_list", json!({}))).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{made_up}: {}", answer.status());
    }
}

fn resident_kilobytes(served: &Served) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.child.id().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Whatever revisions the header and the body name, what is begun and abandoned takes no memory and no one's place.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn abandoned_sessions_fill_no_memory_and_shut_nobody_out() {
    let mut setup = Setup::start().await;
    let served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let mut stream = served.stream(&session).await;
    assert!(is_answered(&served.call_in(&session, "building_list", json!({})).await));
    let before = resident_kilobytes(&served);
    let revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28", "2099-01-01"];
    let pairs = revisions.iter().flat_map(|header| revisions.iter().map(move |body| (Some(*header), *body)));
    let pairs: Vec<_> = pairs.chain(revisions.iter().map(|body| (None, *body))).collect();
    let mut large = initialize("2025-11-25");
    large["params"]["clientInfo"]["name"] = json!("x".repeat(500_000));
    let forged = pairs.iter().cycle().take(6_000).map(|(header, body)| {
        let mut request = served.post(&initialize(body));
        if let Some(header) = header {
            request = request.header("mcp-protocol-version", *header);
        }
        request
    });
    let large = (0..300).map(|_| served.post(&large));
    let statuses = futures::stream::iter(forged.chain(large))
        .map(async |request: reqwest::RequestBuilder| request.send().await.unwrap().status())
        .buffer_unordered(16);
    let statuses: Vec<StatusCode> = statuses.collect().await;
    assert!(statuses.iter().any(|status| *status == 200) && statuses.iter().any(|status| *status == 400));
    let after = resident_kilobytes(&served);
    assert!(after * 2 <= before * 3, "{before} kB before and {after} kB after");
    // A client that was there before is there still, with its stream, and a new one gets in.
    assert!(is_answered(&served.call_in(&session, "building_list", json!({})).await));
    let ended = tokio::time::timeout(Duration::from_millis(300), stream.next()).await;
    assert!(ended.is_err(), "the stream ended: {ended:?}");
    let new = served.session("2025-06-18").await;
    assert!(is_answered(&served.call_in(&new, "building_list", json!({})).await));
    assert!(!served.log().contains("ERROR"), "{}", served.log());
}

/// A client that opens more sessions than fit has all of them; only a call that is under way keeps its place.
#[tokio::test]
async fn more_sessions_than_fit_in_memory_all_work() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_HTTP_MAX_SESSIONS", "3");
    let served = Served::start(&mut setup, &[]).await;
    let mut sessions = Vec::new();
    for _ in 0..8 {
        sessions.push(served.session("2025-11-25").await);
    }
    let (events, _) = served.sse().await;
    for session in &sessions {
        assert!(is_answered(&served.call_in(session, "building_list", json!({})).await));
    }
    drop(events);
}

async fn closed(mut stream: TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    // A reset is an end too.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await.unwrap();
    said
}

#[tokio::test]
async fn half_a_request_is_not_waited_for_for_ever() {
    let mut setup = Setup::start().await;
    let served = Served::start(&mut setup, &[]).await;
    let address = served.base.strip_prefix("http://").unwrap().to_owned();
    let open = async |said: &str| {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        stream
    };
    let silent = open("").await;
    let version = open("PRI * HT").await;
    let head = open("POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Half:").await;
    let body = open(&format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nAccept: application/json, \
         text/event-stream\r\nContent-Length: 100\r\n\r\n{{",
        served.token
    ))
    .await;
    let ended = async { tokio::join!(closed(silent), closed(version), closed(head), closed(body)) };
    let (silent, version, _, body) = ended.await;
    assert!(silent.is_empty() && version.is_empty());
    assert!(body.is_empty() || body.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&body));
}

#[tokio::test]
async fn connections_that_ask_for_nothing_keep_nobody_out() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_HTTP_MAX_CONNECTIONS", "8");
    let served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let _stream = served.stream(&session).await;
    let address = served.base.strip_prefix("http://").unwrap().to_owned();
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    assert!(is_answered(&served.call_in(&session, "building_list", json!({})).await));
    closed(silent.remove(0)).await;
    let ready = served.in_session(&session, &initialized()).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::ACCEPTED);
}
