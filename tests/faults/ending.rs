//! The end of the process: calls under way are answered to their callers, whatever ends it.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::http::{Served, answered, call, client, initialize, initialized};
use crate::proxy::Reply;
use crate::setup::Setup;

/// A tenant that takes its time with each new building.
async fn slow_setup(seconds: u64) -> Setup {
    let setup = Setup::start().await;
    setup.proxy.script(move |seen| match seen.method.as_str() {
        "POST" if seen.path == "/api/v1/buildings" => Reply::Slow(Duration::from_secs(seconds)),
        _ => Reply::Pass,
    });
    setup
}

fn write(id: u64, name: &str) -> Value {
    call(id, "building_create", json!({ "body": { "name": name } }))
}

/// Waits until so many writes have reached the tenant.
async fn sent(setup: &Setup, count: usize) {
    while setup.proxy.count("POST", "/api/v1/buildings") < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_created(answer: &Value) -> bool {
    answer["result"]["isError"] != true
        && answer["result"]["content"][0]["text"].as_str().is_some_and(|text| text.contains("\"id\""))
}

#[tokio::test]
async fn a_write_under_way_is_answered_on_every_transport_before_the_server_ends() {
    let mut setup = slow_setup(4).await;
    let mut served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let abandoned = served.post(&initialize("2025-11-25")).send().await.unwrap();
    assert_eq!(abandoned.status(), 200);
    let mut listening = served.stream(&session).await;
    let (mut events, endpoint) = served.sse().await;
    let older = served.in_session(&session, &write(7, "Older")).send();
    let newer = served.post_modern(write(8, "Newer"), json!({})).send();
    served.to_sse(&endpoint, &write(9, "Oldest")).await;
    let ends = async {
        sent(&setup, 3).await;
        served.signal("TERM").await;
        served.logged("ending").await;
        let ready = served.client.get(format!("{}/healthz", served.base)).send().await.unwrap().status();
        let new = served.post(&initialize("2025-11-25")).send().await.unwrap().status();
        let more =
            served.in_session(&session, &call(5, "building_list", json!({}))).send().await.unwrap().status();
        (ready, new, more)
    };
    let (older, newer, oldest, statuses) = tokio::join!(
        async { answered(older.await.unwrap(), 7).await },
        async { answered(newer.await.unwrap(), 8).await },
        events.message(9),
        ends
    );
    for answer in [older, newer, oldest] {
        assert!(is_created(&answer), "{answer}");
    }
    assert_eq!((statuses.0.as_u16(), statuses.1.as_u16(), statuses.2.as_u16()), (503, 503, 503));
    assert!(listening.next().await.is_none() && events.next().await.is_none(), "streams end");
    assert!(served.ended().await.success());
    let log = served.log();
    // What is said before it listens is about the settings of these tests.
    let (_, log) = log.split_once("listening on").unwrap();
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
}

#[tokio::test]
async fn a_write_under_way_is_answered_on_standard_output_when_the_input_ends_or_a_signal_comes() {
    for by_signal in [false, true] {
        let setup = slow_setup(7).await;
        let mut command = setup.command(&["serve"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = [initialize("2025-11-25"), initialized(), write(7, "Annex")];
        let text: String = said.iter().map(|message| format!("{message}\n")).collect();
        input.write_all(text.as_bytes()).await.unwrap();
        if by_signal {
            sent(&setup, 1).await;
            let id = child.id().unwrap().to_string();
            tokio::process::Command::new("kill").args(["-s", "TERM", &id]).status().await.unwrap();
        } else {
            // At once, as `printf … | jamf-pro-mcp serve` does it.
            drop(input);
        }
        let mut answers = Vec::new();
        while let Some(line) = output.next_line().await.unwrap() {
            answers.push(serde_json::from_str::<Value>(&line).unwrap());
        }
        let answer = answers.iter().find(|answer| answer["id"] == 7);
        assert!(answer.is_some_and(is_created), "by a signal: {by_signal}: {answers:?}");
        assert!(child.wait().await.unwrap().success());
    }
}

/// Nobody reads standard error any more: the process is asked to end all the same, and ends.
#[tokio::test]
async fn a_process_whose_log_nobody_reads_ends_when_it_is_asked_to() {
    let setup = Setup::start().await;
    let mut child = setup.command(&["serve", "--http", "127.0.0.1:0", "--log", "debug"]).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line = log.next_line().await.unwrap().unwrap();
        if let Some((_, address)) = line.split_once("listening on http://") {
            break address.split('/').next().unwrap().to_owned();
        }
    };
    drop(log);
    // It is up, and waits for signals.
    assert_eq!(client().get(format!("http://{address}/healthz")).send().await.unwrap().status(), 200);
    let id = child.id().unwrap().to_string();
    tokio::process::Command::new("kill").args(["-s", "TERM", &id]).status().await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), child.wait()).await;
    assert!(ended.unwrap().unwrap().success());
}

/// A write that takes longer than the end may is said to be unknown, and one answer comes all the same.
#[tokio::test]
async fn what_takes_longer_than_the_end_may_is_answered_that_it_does() {
    let mut setup = slow_setup(60).await;
    let mut served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let older = served.in_session(&session, &write(7, "Older")).send();
    let ends = async {
        sent(&setup, 1).await;
        served.signal("TERM").await;
    };
    let (answer, ()) = tokio::join!(async { answered(older.await.unwrap(), 7).await }, ends);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(answer["result"]["isError"] == true && text.contains("read before you repeat"), "{answer}");
    assert!(served.ended().await.success());
}

#[tokio::test]
async fn a_hangup_reads_the_configuration_again_and_ends_nothing() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("config.json");
    std::fs::write(&file, json!({ "toolsets": ["core"] }).to_string()).unwrap();
    let mut served = Served::start(&mut setup, &["--config", file.to_str().unwrap()]).await;
    let session = served.session("2025-11-25").await;
    served.signal("HUP").await;
    served.logged("the configuration was read again").await;
    let answer = served.call_in(&session, "building_list", json!({})).await;
    assert!(answer["result"].is_object(), "{answer}");
    served.signal("TERM").await;
    assert!(served.ended().await.success());
}
