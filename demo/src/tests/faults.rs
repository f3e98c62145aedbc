//! Faults and the log.

use std::time::Duration;

use serde_json::json;

use super::client::Client;
use crate::{Fault, FaultKind, RetryAfter};

const PATH: &str = "/api/v1/buildings";

#[tokio::test]
async fn each_fault_answers_as_the_real_thing() {
    let client = Client::small().await;
    let faults = client.tenant.faults();
    for (text, status, words) in [
        ("401*1", 401, "INVALID_TOKEN"),
        ("403*1", 403, "INVALID_PRIVILEGE"),
        ("429*1", 429, "TOO_MANY"),
        ("500*1", 500, "\"errors\":[]"),
        ("503*1", 503, "<html>"),
        ("login-page*1", 200, "Login"),
    ] {
        faults.add(text.parse::<Fault>().unwrap());
        let got = client.get(PATH).await;
        assert_eq!(got.status, status, "{text}");
        assert!(got.text.contains(words), "{text}: {}", got.text);
        assert_eq!(client.get(PATH).await.status, 200, "{text} is over");
    }
    faults.add("classic-401*1".parse::<Fault>().unwrap());
    assert_eq!(client.get(PATH).await.status, 200);
    let classic = client.get("/JSSResource/policies").await;
    assert_eq!(classic.status, 401);
    assert!(classic.text.contains("<p>") && !classic.text.contains("INVALID_TOKEN"));
}

#[tokio::test]
async fn an_expired_token_stays_expired() {
    let mut client = Client::small().await;
    client.tenant.faults().add(Fault::from(FaultKind::TokenExpired).times(1));
    assert_eq!(client.get(PATH).await.status, 401);
    assert_eq!(client.get(PATH).await.status, 401);
    client.token = client.fresh_token("/api/v1/oauth/token").await;
    assert_eq!(client.get(PATH).await.status, 200);
}

#[tokio::test]
async fn retry_after_comes_in_three_forms() {
    let client = Client::small().await;
    for (after, wanted) in [(RetryAfter::None, ""), (RetryAfter::Seconds(7), "7"), (RetryAfter::Date, "GMT")]
    {
        client.tenant.faults().add(Fault::from(FaultKind::TooManyRequests(after)).times(1));
        let got = client.request("GET", PATH).send().await.unwrap();
        let header = got.headers().get("retry-after").map_or("", |v| v.to_str().unwrap());
        assert!(header.ends_with(wanted) && header.is_empty() == wanted.is_empty(), "{header}");
    }
}

#[tokio::test]
async fn large_pages_time_out_at_the_edge() {
    let client = Client::small().await;
    client.tenant.faults().set("504-large=200".parse().unwrap());
    assert_eq!(client.get(&format!("{PATH}?page-size=200")).await.status, 200);
    let got = client.get(&format!("{PATH}?page-size=201")).await;
    assert_eq!((got.status, got.kind.as_str()), (504, "text/html"));
}

#[tokio::test]
async fn a_write_can_be_applied_and_lost() {
    let client = Client::small().await;
    client.tenant.faults().add(Fault::from(FaultKind::WriteThenTimeout).times(1).at(PATH));
    assert_eq!(client.write("POST", PATH, json!({"name": "zz ghost"})).await.status, 504);
    let found = client.list(PATH, &[("filter", "name==\"zz ghost\"")]).await;
    assert_eq!(found.json["totalCount"], 1);
}

#[tokio::test]
async fn the_connection_can_break_in_the_body() {
    let client = Client::small().await;
    client.tenant.faults().set("cut*1".parse().unwrap());
    let answer = client.request("GET", PATH).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn a_client_that_hangs_up_is_logged_as_such() {
    let client = Client::small().await;
    client.tenant.faults().set(format!("hang@{PATH}").parse().unwrap());
    let request = client.request("GET", PATH).timeout(Duration::from_millis(100));
    assert!(request.send().await.is_err());
    for _ in 0..200 {
        if client.tenant.log().entries().iter().any(|e| e.path == PATH && e.hung_up) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not logged: {:?}", client.tenant.log().entries());
}

#[tokio::test]
async fn the_log_counts_tokens_and_what_was_at_work_at_once() {
    let client = Client::small().await;
    client.tenant.faults().set(format!("slow=200ms@{PATH}").parse().unwrap());
    futures::future::join_all((0..7).map(|_| client.get(PATH))).await;
    let log = client.tenant.log();
    assert_eq!((log.token_requests(), log.count_at(PATH), log.most_at_once()), (1, 7, 7));
    assert!(log.entries().iter().all(|e| e.status == Some(200)));
}

#[tokio::test]
async fn the_switches_are_there_over_http() {
    let client = Client::small().await;
    let set = client.write("PUT", "/__demo/faults", json!({"faults": ["429=2*1", "wrong-secret"]})).await;
    assert_eq!((set.status, &set.json), (200, &json!({"faults": ["429=2*1", "wrong-secret"]})));
    assert_eq!(client.get(PATH).await.status, 429);
    assert!(client.fresh_token("/api/v1/oauth/token").await.is_empty());
    assert_eq!(client.get("/__demo/faults").await.json, json!({"faults": ["wrong-secret"]}));
    assert_eq!(client.write("PUT", "/__demo/faults", json!({"faults": ["nonsense"]})).await.status, 400);
    let log = client.get("/__demo/log").await.json;
    assert_eq!((&log["count"], &log["tokenRequests"]), (&json!(3), &json!(2)));
    assert_eq!(client.delete("/__demo/log").await.status, 204);
    assert_eq!(client.get("/__demo/log").await.json["count"], 0);
}

#[tokio::test]
async fn faults_with_counts_follow_one_another() {
    let client = Client::small().await;
    client.tenant.faults().set("429*2,503*1".parse().unwrap());
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.get(PATH).await.status);
    }
    assert_eq!(statuses, [429, 429, 503, 200]);
}
