//! Notices that a plan waits, at an address that answers as it is told: `approvals.notify`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::routing::post;
use jamf_pro_mcp::config::Redaction;

use super::*;

/// A web address that takes notices, and the bodies that it took.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<String>>>);

impl Receiver {
    /// `refusals` are the first requests that it answers with an error.
    async fn start(refusals: usize) -> (Self, String) {
        let receiver = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/services/CANARY-HOOK", listener.local_addr().unwrap());
        let taken = receiver.clone();
        let take = async move |body: String| {
            let mut bodies = taken.0.lock().unwrap_or_else(PoisonError::into_inner);
            bodies.push(body);
            if bodies.len() <= refusals { StatusCode::BAD_GATEWAY } else { StatusCode::OK }
        };
        let router = axum::Router::new().route("/services/CANARY-HOOK", post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, address)
    }

    fn bodies(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn notified(address: &str, change: impl FnOnce(&mut Config)) -> World {
    world_of(|config| {
        config.approvals.notify = Some(SecretSource::Known(address.to_owned().into()));
        config.approvals.name = Some("mcp.example.com".to_owned());
        change(config);
    })
    .await
}

fn lock(mac: &Value) -> Value {
    json!({ "devices": [mac["general"]["managementId"]], "body": { "message": "CANARY-MESSAGE" } })
}

#[tokio::test]
async fn a_plan_that_waits_is_told_with_its_title_and_a_link_and_nothing_else_of_it() {
    let (receiver, address) = Receiver::start(0).await;
    let world = notified(&address, |_| {}).await;
    let mac = world.mac().await;
    let told = world.waits("device_lock", lock(&mac)).await;
    // The same call again is the same plan.
    world.waits("device_lock", lock(&mac)).await;
    world.calls.gate().wait_for_notices().await;
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let notice: Value = serde_json::from_str(&bodies[0]).unwrap();
    let plan = &world.plan(&told).plan;
    let link = format!("https://mcp.example.com/approvals#/plans/{}", plan.id);
    let expected = json!({
        "tenant": "prod", "title": plan.title, "risk": "destructive", "plan": plan.id, "link": link,
        "text": format!("A plan waits for approval: {} (destructive, tenant prod)\n{link}", plan.title),
    });
    assert_eq!(notice, expected);
    assert!(!bodies[0].contains("CANARY"), "{bodies:?}");
}

#[tokio::test]
async fn a_notice_names_nobody_where_redaction_is_set() {
    let (receiver, address) = Receiver::start(0).await;
    let world = notified(&address, |config| config.redaction = Redaction::Pseudonymous).await;
    let mac = world.mac().await;
    let told = world.waits("device_lock", lock(&mac)).await;
    world.calls.gate().wait_for_notices().await;
    let notice: Value = serde_json::from_str(&receiver.bodies()[0]).unwrap();
    let title = world.plan(&told).plan.title;
    assert_ne!(notice["title"], json!(title));
    assert!(notice["title"].as_str().unwrap().contains("Lock"), "{notice}");
    let owner = title.replace("Lock ", "");
    assert!(!notice.to_string().contains(&owner), "{notice}");
}

#[tokio::test]
async fn a_notice_is_tried_again_and_an_address_that_is_away_holds_up_no_plan() {
    let (receiver, address) = Receiver::start(1).await;
    let world = notified(&address, |_| {}).await;
    world.waits("device_lock", lock(&world.mac().await)).await;
    world.calls.gate().wait_for_notices().await;
    assert_eq!(receiver.bodies().len(), 2);

    // An address that takes the connection and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = notified(&format!("http://{}/", silent.local_addr().unwrap()), |_| {}).await;
    let mac = world.mac().await;
    let before = Instant::now();
    let told = world.waits("device_lock", lock(&mac)).await;
    assert!(before.elapsed() < Duration::from_secs(4), "the plan waits for no notice");
    world.approve(&told).unwrap();
    world.ok("device_lock", lock(&mac)).await;
    assert!(world.grave().iter().any(|call| call.contains("mdm/commands")), "{:?}", world.grave());
}
