//! Messages that are none, clients that accept less, and probes.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http::{Served, call, client, initialize};
use crate::setup::Setup;

const HALF: &str = r#"{"jsonrpc":"2.0","id":41,"method":"tools/call","params":{"name":"device_find","arguments":{"query":"\ud83d"}}}"#;

#[tokio::test]
async fn what_is_no_message_is_answered_as_json_rpc_has_it_over_stdio() {
    let setup = Setup::start().await;
    let mut session = setup.stdio().await;
    for (text, id, code) in [
        (HALF, json!(41), -32700),
        ("{\"jsonrpc\":\"2.0\",\"id\":5,", Value::Null, -32700),
        ("nonsense", Value::Null, -32700),
        ("[]", Value::Null, -32600),
        (r#"{"id":7,"method":"ping"}"#, json!(7), -32600),
    ] {
        session.write(text).await;
        let answer = session.receive().await;
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)), "{text}: {answer}");
    }
    // Blank lines and notifications of other protocols are nothing to answer.
    session.write("").await;
    session.write(r#"{"jsonrpc":"2.0","method":"$/setTrace"}"#).await;
    assert!(session.ask("ping", json!({})).await["result"].is_object());
    assert!(session.others.is_empty(), "{:?}", session.others);
}

#[tokio::test]
async fn what_is_no_message_is_answered_as_json_rpc_has_it_over_http() {
    let mut setup = Setup::start().await;
    let served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let (_events, endpoint) = served.sse().await;
    for (text, id, code) in [
        (HALF, json!(41), -32700),
        ("{", Value::Null, -32700),
        ("", Value::Null, -32700),
        ("[]", Value::Null, -32600),
        (r#"{"id":"x","method":"ping"}"#, json!("x"), -32600),
    ] {
        for request in [
            served.in_session(&session, &json!({})),
            served.post(&json!({})),
            served.request(Method::POST, &endpoint),
        ] {
            let request = request.header("content-type", "application/json").body(text);
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
            assert_eq!(status, StatusCode::BAD_REQUEST, "{text}: {body}");
            assert_eq!((&body["id"], &body["error"]["code"]), (&id, &json!(code)), "{text}: {body}");
        }
    }
}

/// A client may say that it takes anything, one of the two forms, or nothing: it gets a form that it takes.
#[tokio::test]
async fn a_client_gets_the_form_that_it_accepts() {
    let mut setup = Setup::start().await;
    let served = Served::start(&mut setup, &[]).await;
    let session = served.session("2025-11-25").await;
    let list = call(7, "building_list", json!({ "page_size": 2 }));
    let plain = |body: &Value| {
        served.request(Method::POST, "/mcp").header("content-type", "application/json").body(body.to_string())
    };
    for (accept, wanted) in [
        (None, ""),
        (Some("*/*"), ""),
        (Some("application/json"), "application/json"),
        (Some("text/event-stream"), "text/event-stream"),
        (Some("application/json;q=0.9, text/event-stream;q=0.1"), ""),
        (Some("text/html, */*;q=0.1"), ""),
    ] {
        let in_session = plain(&list).header("mcp-session-id", &session);
        let modern = plain(&crate::http::modern(list.clone(), json!({})))
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", "building_list");
        for mut request in [plain(&initialize("2025-11-25")), in_session, modern] {
            if let Some(accept) = accept {
                request = request.header("accept", accept);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{accept:?}");
            let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
            assert!(kind.starts_with(wanted), "{accept:?}: {kind}");
            let text = answer.text().await.unwrap();
            let json = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(&text);
            assert!(serde_json::from_str::<Value>(json).unwrap()["result"].is_object(), "{accept:?}: {text}");
        }
    }
    let refused = plain(&list).header("accept", "text/html").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::NOT_ACCEPTABLE);
}

/// Probes come from load balancers, which name whatever address they reach, and have no token.
#[tokio::test]
async fn probes_are_answered_whatever_they_name_and_give_nothing_away() {
    let mut setup = Setup::start().await;
    let served = Served::start(&mut setup, &[]).await;
    let ask = async |path: &str, host: &str| {
        let answer =
            client().get(format!("{}{path}", served.base)).header("host", host).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for path in ["/healthz", "/livez", "/readyz"] {
        assert_eq!(ask(path, "10.1.2.3:8080").await, (200, "ok".to_owned()), "{path}");
    }
    assert_eq!(ask("/mcp", "10.1.2.3:8080").await.0, 403);
    // Somebody else holds the store, as a full disk would.
    let store = setup.state().join("store/jamf-pro-mcp.sqlite");
    let connection = rusqlite::Connection::open(store).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let until = async |wanted: u16| {
        loop {
            let (status, text) = ask("/readyz", "10.1.2.3").await;
            if status == wanted {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let text = tokio::time::timeout(crate::http::PATIENCE, until(503)).await.unwrap();
    assert_eq!(text, "not ready");
    assert_eq!(ask("/healthz", "x").await.0, 503);
    assert_eq!(ask("/livez", "x").await.0, 200);
    connection.execute_batch("ROLLBACK").unwrap();
    tokio::time::timeout(crate::http::PATIENCE, until(200)).await.unwrap();
}
