//! Copies of audit records elsewhere: an outage and a restart lose nothing, and nothing holds up the rest.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::setup::Setup;

/// A web address that takes records, and refuses those with a word in them.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<Value>>>);

impl Receiver {
    async fn serve(&self, listener: tokio::net::TcpListener, refused: &'static str) {
        let all = self.clone();
        let take = async move |body: String| {
            if body.contains(refused) {
                return StatusCode::BAD_REQUEST;
            }
            all.0.lock().unwrap().push(serde_json::from_str(&body).unwrap());
            StatusCode::OK
        };
        let router = axum::Router::new().route("/audit", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
    }

    fn took(&self) -> Vec<u64> {
        self.0.lock().unwrap().iter().map(|record| record["seq"].as_u64().unwrap()).collect()
    }
}

async fn create(setup: &Setup, name: &str) {
    setup.ok("building_create", json!({ "body": { "name": name } })).await;
}

#[tokio::test]
async fn records_of_an_outage_arrive_after_a_restart() {
    let mut setup = Setup::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    setup.set("JAMF_PRO_MCP_AUDIT_WEBHOOK", &format!("http://{address}/audit"));
    for name in ["A", "Gebäude", "C"] {
        create(&setup, name).await;
    }
    let receiver = Receiver::default();
    receiver.serve(tokio::net::TcpListener::bind(address).await.unwrap(), "nothing of the kind").await;
    create(&setup, "D").await;
    assert_eq!(receiver.took(), [1, 2, 3, 4, 5, 6, 7, 8]);
    create(&setup, "E").await;
    assert_eq!(receiver.took().len(), 10, "each once");
    assert!(setup.run(&["audit", "verify"]).await.success);
}

#[tokio::test]
async fn a_record_or_a_place_that_takes_nothing_holds_up_no_other() {
    let mut setup = Setup::start().await;
    let syslog = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let receiver = Receiver::default();
    receiver.serve(listener, "Poison").await;
    setup.set("JAMF_PRO_MCP_AUDIT_WEBHOOK", &format!("http://{address}/audit"));
    setup.set("JAMF_PRO_MCP_AUDIT_SYSLOG", &syslog.local_addr().unwrap().to_string());
    for name in ["A", "Poison", "C", "D"] {
        create(&setup, name).await;
    }
    // The outcome tells no name: intents and outcomes alike have the arguments.
    let took = receiver.took();
    assert!(took.starts_with(&[1, 2]) && took.ends_with(&[7, 8]) && !took.contains(&3), "{took:?}");
    let mut buffer = vec![0; 65_536];
    for seq in 1..=8 {
        let copied = tokio::time::timeout(std::time::Duration::from_secs(20), syslog.recv(&mut buffer)).await;
        let length = copied.unwrap().unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        assert!(text.contains(&format!("\"seq\":{seq},")), "{text}");
    }
}
