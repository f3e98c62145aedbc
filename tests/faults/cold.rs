//! A cold question to a slow tenant with many devices: on every interface the answer, or how far the load is, comes before a client gives the
//! call up.

use std::time::{Duration, Instant};

use jamf_pro_demo::Options;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::http::{Served, answered, call};
use crate::setup::Setup;

/// Clients give a call up after a minute, some earlier.
const LONGEST: Duration = Duration::from_secs(40);

/// A question that needs devices and nearly the whole configuration.
const QUESTION: &str = "unused_objects";

/// The text of an answer: what was asked for, or how far it is.
fn text_of(answer: &Value) -> String {
    assert!(!answer["result"]["isError"].as_bool().unwrap_or_default(), "{answer}");
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn is_still_loading(text: &str) -> bool {
    let answer: Value = serde_json::from_str(text).unwrap();
    match answer["not_yet"].as_str() {
        Some(progress) => {
            assert!(progress.contains("read") && progress.contains("ask again"), "{progress}");
            true
        }
        None => {
            assert!(answer["answer"].is_string(), "{answer}");
            false
        }
    }
}

#[tokio::test]
async fn a_cold_question_never_times_out() {
    let mut setup = Setup::of(Options { computers: 3000, ..Options::default() }).await;
    setup.set("JAMF_PRO_MCP_TOOLSETS", "all");
    setup.tenant.faults().set("slow=1200ms@/JSSResource/policies/id/,slow=300ms".parse().unwrap());
    let served = Served::start(&mut setup, &[]).await;
    let began = Instant::now();
    let in_time = |what: &str| assert!(began.elapsed() < LONGEST, "{what}: {:?}", began.elapsed());

    let stdio = async {
        let (failed, text) = setup.stdio().await.call(QUESTION, json!({})).await;
        in_time("stdio");
        assert!(!failed, "{text}");
        is_still_loading(&text)
    };
    let streamable = async {
        let sent = served.post_modern(call(7, QUESTION, json!({})), json!({})).send().await.unwrap();
        let answer = answered(sent, 7).await;
        in_time("Streamable HTTP");
        is_still_loading(&text_of(&answer))
    };
    let in_session = async {
        let session = served.session("2025-11-25").await;
        let answer = served.call_in(&session, QUESTION, json!({})).await;
        in_time("Streamable HTTP with a session");
        is_still_loading(&text_of(&answer))
    };
    let sse = async {
        let (mut events, endpoint) = served.sse().await;
        served.to_sse(&endpoint, &call(7, QUESTION, json!({}))).await;
        let answer = events.message(7).await;
        in_time("HTTP+SSE");
        is_still_loading(&text_of(&answer))
    };
    let shell = async {
        let printed = setup.call(QUESTION, json!({})).await;
        in_time("call");
        assert!(printed.success, "{printed:?}");
        is_still_loading(&printed.stdout)
    };
    // A person who asks in SQL waits, and sees how far it is.
    let query = async {
        let mut child = setup.command(&["query", "SELECT count(*) FROM object_references"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = tokio::time::timeout(LONGEST, lines.next_line()).await.unwrap().unwrap().unwrap();
        assert!(line.contains("rows read"), "{line}");
    };
    // A list waits less for what it only has besides.
    let list = async {
        let listed = setup.call("policy_list", json!({ "page_size": 5 })).await;
        in_time("a list");
        let answer = listed.json();
        assert_eq!(answer["shown"], 5, "{answer}");
        let has_columns = answer["rows"][0].get("enabled").is_some();
        assert!(has_columns || answer["notes"].to_string().contains("ask again"), "{answer}");
        has_columns
    };
    let (stdio, streamable, in_session, sse, shell, (), _) =
        tokio::join!(stdio, streamable, in_session, sse, shell, query, list);
    assert!(
        [stdio, streamable, in_session, sse, shell].contains(&true),
        "the tenant is too fast for this test: nobody had to wait"
    );
}
