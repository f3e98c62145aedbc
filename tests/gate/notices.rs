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

/// The lines that were logged, for a test that asks how often something was.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// How many lines have these words.
    fn with(&self, words: &str) -> usize {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).unwrap().lines().filter(|line| line.contains(words)).count()
    }
}

#[tokio::test]
async fn an_address_that_fails_is_logged_once_and_again_only_after_a_notice_arrived() {
    let lines = Lines::default();
    let log = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
    // The tasks of this test run on its own thread.
    let _logged = tracing::subscriber::set_default(subscriber);
    // Three tries for each of the first three plans.
    let (receiver, address) = Receiver::start(9).await;
    let world = notified(&address, |_| {}).await;
    let (failed, arrives) = ("did not arrive at the address of `approvals.notify`", "arrive again");
    let macs = world.macs(5).await;
    for some in [&macs[..2], &macs[2..3]] {
        for mac in some {
            let before = Instant::now();
            world.waits("device_lock", lock(mac)).await;
            assert!(before.elapsed() < Duration::from_secs(4), "the plan waits for no notice");
        }
        world.calls.gate().wait_for_notices().await;
        assert_eq!((lines.with(failed), lines.with(arrives)), (1, 0));
    }
    assert_eq!(receiver.bodies().len(), 9);
    world.waits("device_lock", lock(&macs[3])).await;
    world.calls.gate().wait_for_notices().await;
    assert_eq!((lines.with(failed), lines.with(arrives)), (1, 1));
    assert_eq!(lines.with("CANARY-HOOK"), 0, "the address is a secret");

    // An address that cannot be read at all holds up no plan either.
    let world = world_of(|config| {
        let missing = config.state.as_ref().unwrap().join("no such file");
        config.approvals.notify = Some(SecretSource::File(missing));
    })
    .await;
    for mac in &macs[..2] {
        world.waits("device_lock", lock(mac)).await;
    }
    world.calls.gate().wait_for_notices().await;
    assert_eq!(lines.with(failed), 2);
}
