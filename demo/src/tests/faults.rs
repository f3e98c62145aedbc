//! Faults and the log.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::Client;
use crate::{Fault, FaultDeclaration, FaultKind, KNOWN, Options, RetryAfter};

const PATH: &str = "/api/v1/buildings";

/// Faults that answer in the tenant's place, with the status and some words of the body.
const INSTEAD: [(&str, u16, &str); 10] = [
    ("401", 401, "INVALID_TOKEN"),
    ("403", 403, "INVALID_PRIVILEGE"),
    ("firewall", 403, "<h1>Sorry, you have been blocked</h1>"),
    ("429", 429, "TOO_MANY"),
    ("500", 500, "\"errors\":[]"),
    ("503", 503, "<html>"),
    ("504-large", 504, "<html>"),
    ("login-page", 200, "Login"),
    ("token-expired", 401, "INVALID_TOKEN"),
    ("rate-limit=0", 429, "TOO_MANY"),
];

#[tokio::test]
async fn each_fault_answers_as_the_real_thing() {
    let mut client = Client::small().await;
    let path = format!("{PATH}?page-size=600");
    for (text, status, words) in INSTEAD {
        client.tenant.faults().add(format!("{text}*1").parse::<Fault>().unwrap());
        let got = client.get(&path).await;
        assert_eq!(got.status, status, "{text}");
        assert!(got.text.contains(words), "{text}: {}", got.text);
        client.token = client.fresh_token("/api/v1/oauth/token").await;
        assert_eq!(client.get(&path).await.status, 200, "{text} is over");
    }
}

/// A fault that is known and that nothing here sees would go unnoticed.
#[tokio::test]
async fn every_fault_is_seen_over_http() {
    for known in KNOWN {
        if INSTEAD.iter().any(|(text, ..)| text.split('=').next() == Some(known.name)) {
            continue;
        }
        let client = Client::small().await;
        client.tenant.faults().set(seen_best(known).parse().unwrap());
        see(&client, known.name).await;
    }
}

/// A fault with a value that shows in little time.
fn seen_best(known: &FaultDeclaration) -> String {
    match known.name {
        "slow" => "slow=300ms".to_owned(),
        "slow-body" => "slow-body=400ms".to_owned(),
        "recalculation" => "recalculation=300ms".to_owned(),
        "hang" => format!("hang@{PATH}"),
        name => name.to_owned(),
    }
}

async fn see(client: &Client, name: &str) {
    let created = || client.write("POST", PATH, json!({"name": "zz made"}));
    let found =
        async || client.list(PATH, &[("filter", "name==\"zz made\"")]).await.json["totalCount"].clone();
    let answer = async || client.request("GET", PATH).send().await.unwrap();
    let start = Instant::now();
    match name {
        "classic-401" => {
            assert_eq!(client.get(PATH).await.status, 200);
            let classic = client.get("/JSSResource/policies").await;
            assert_eq!(classic.status, 401);
            assert!(classic.text.contains("<p>") && !classic.text.contains("INVALID_TOKEN"));
        }
        "slow" => {
            answer().await;
            assert!(start.elapsed() >= Duration::from_millis(300));
        }
        "slow-body" => {
            let answer = answer().await;
            let (headers, length) = (start.elapsed(), answer.content_length());
            let body = answer.bytes().await.unwrap();
            assert!(headers < start.elapsed() / 2 && start.elapsed() >= Duration::from_millis(200));
            assert_eq!(length, Some(body.len() as u64));
            assert!(serde_json::from_slice::<Value>(&body).is_ok());
        }
        "hang" => {
            assert!(client.request("GET", PATH).timeout(Duration::from_millis(100)).send().await.is_err());
        }
        "cut" => {
            let answer = answer().await;
            assert_eq!(answer.status(), 200);
            assert!(answer.bytes().await.is_err());
        }
        "truncated" => {
            let body = answer().await.bytes().await.unwrap();
            assert!(body.starts_with(b"{") && serde_json::from_slice::<Value>(&body).is_err());
        }
        "content-type" => {
            let got = client.get(PATH).await;
            assert_eq!(got.kind, "text/html");
            assert!(got.json["results"].is_array());
            client.tenant.faults().set("content-type=none".parse().unwrap());
            assert!(!answer().await.headers().contains_key("content-type"));
        }
        "charset" => see_charsets(client).await,
        "clock" => see_clock(client).await,
        "wrong-secret" => {
            assert!(client.fresh_token("/api/v1/oauth/token").await.is_empty());
            assert_eq!(client.get(PATH).await.status, 200);
        }
        "node-lag" => {
            assert_eq!(created().await.status, 201);
            assert_eq!(found().await, 0);
            let pinned = client.request("GET", PATH).header("cookie", "jpro-ingress=demo-node-1");
            assert!(client.send(pinned.query(&[("page-size", "2000")])).await.text.contains("zz made"));
        }
        "recalculation" => {
            let criteria = json!([{"name": "Managed", "priority": 0, "andOr": "and", "searchType": "is", "value": "Managed"}]);
            let body = json!({"name": "zz later", "criteria": criteria});
            let id = client.create("/api/v3/computer-groups/smart-groups", body).await;
            let members = format!("/api/v3/computer-groups/smart-group-membership/{id}");
            assert_eq!(client.get(&members).await.json["members"], json!([]));
            tokio::time::sleep(Duration::from_millis(400)).await;
            assert_eq!(client.get(&members).await.json["members"].as_array().unwrap().len(), 5);
        }
        "write-504" | "write-500" => {
            let got = created().await;
            assert_eq!(got.status.to_string(), name.trim_start_matches("write-"));
            assert_eq!(found().await, 1, "{name}");
        }
        "delete-400" => {
            let building = "/JSSResource/buildings/id/2";
            assert_eq!(client.get(building).await.status, 200);
            assert_eq!(client.delete(building).await.status, 400);
            assert_eq!(client.get(building).await.status, 404);
        }
        "broken-device" => {
            let client = Client::new(Options::default()).await;
            client.tenant.faults().set(name.parse().unwrap());
            assert_eq!(client.get("/api/v2/mobile-devices/detail").await.status, 500);
        }
        "updates-off" => {
            let updates = "/api/v1/managed-software-updates/plans";
            let got = client.get(updates).await;
            assert_eq!((got.status, &got.json["httpStatus"]), (503, &json!(503)));
            assert_eq!(client.get(&format!("{updates}/feature-toggle")).await.status, 200);
        }
        other => panic!("nothing sees {other}"),
    }
}

async fn see_charsets(client: &Client) {
    client.tenant.faults().clear();
    let name = "Zoé’s Mac";
    client.create(PATH, json!({ "name": name })).await;
    let body = async |charset: &str| {
        client.tenant.faults().set(format!("charset={charset}").parse().unwrap());
        let request = client.request("GET", PATH).query(&[("sort", "id:desc"), ("page-size", "1")]);
        let answer = request.send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.bytes().await.unwrap().to_vec())
    };
    let (kind, bytes) = body("bom").await;
    assert_eq!(kind, "application/json;charset=UTF-8");
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("\u{feff}{") && text.contains(name), "{text}");
    let (kind, bytes) = body("utf-16").await;
    assert_eq!(kind, "application/json;charset=UTF-16");
    let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    assert!(String::from_utf16(&units).unwrap().contains(name));
    let (kind, bytes) = body("iso-8859-1").await;
    assert_eq!(kind, "application/json;charset=ISO-8859-1");
    assert!(bytes.windows(10).any(|some| some == b"Zo\xe9?s Mac\""), "{bytes:?}");
}

async fn see_clock(client: &Client) {
    client.tenant.faults().set("clock=-2h".parse().unwrap());
    let two_hours = |at: Timestamp| (Timestamp::now().duration_since(at).as_secs() - 7200).abs() <= 70;
    let answer = client.request("GET", PATH).send().await.unwrap();
    let date = answer.headers()["date"].to_str().unwrap();
    let date = jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", date).unwrap();
    assert!(two_hours(jiff::tz::TimeZone::UTC.to_timestamp(date).unwrap()), "{date}");
    let sign_in = client.http.post(format!("{}/api/v1/auth/token", client.tenant.url()));
    let sign_in = sign_in.basic_auth(client.tenant.user(), Some(client.tenant.password()));
    let session: Value = sign_in.send().await.unwrap().json().await.unwrap();
    assert!(two_hours(session["expires"].as_str().unwrap().parse().unwrap()), "{session}");
}

#[tokio::test]
async fn a_rate_limit_lets_some_through() {
    let client = Client::small().await;
    client.tenant.faults().set("rate-limit=3".parse().unwrap());
    let answers = futures::future::join_all((0..10).map(|_| client.get(PATH))).await;
    assert_eq!(answers.iter().filter(|got| got.status == 200).count(), 3);
    assert!(answers.iter().all(|got| [200, 429].contains(&got.status)));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(client.get(PATH).await.status, 200);
}

#[tokio::test]
async fn updates_can_be_turned_off_as_an_administrator_does() {
    let client = Client::small().await;
    let updates = "/api/v1/managed-software-updates/plans";
    let toggle = format!("{updates}/feature-toggle");
    assert_eq!(client.get(updates).await.status, 200);
    assert_eq!(client.write("PUT", &toggle, json!({"toggle": false})).await.status, 200);
    assert_eq!(client.get(updates).await.status, 503);
    assert_eq!(client.write("PUT", &toggle, json!({"toggle": true})).await.status, 200);
    assert_eq!(client.get(updates).await.status, 200);
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
async fn faults_with_counts_follow_one_another() {
    let client = Client::small().await;
    client.tenant.faults().set("429*2,503*1".parse().unwrap());
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.get(PATH).await.status);
    }
    assert_eq!(statuses, [429, 429, 503, 200]);
}
