//! What copies elsewhere promise.

use std::sync::Mutex;

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::audit::Record;
use crate::config::SecretSource;

type Refuses = Box<dyn Fn(&Value) -> bool + Send>;

/// A web address that answers as it is told, and what it took.
#[derive(Clone)]
struct Receiver {
    took: Arc<Mutex<Vec<u64>>>,
    refuses: Arc<Mutex<Refuses>>,
    address: String,
}

impl Receiver {
    async fn start(refuses: impl Fn(&Value) -> bool + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            took: Arc::default(),
            refuses: Arc::new(Mutex::new(Box::new(refuses))),
            address: format!("http://{}/audit", listener.local_addr().unwrap()),
        };
        let all = receiver.clone();
        let take = async move |headers: HeaderMap, body: String| {
            assert_eq!(headers.get("authorization").unwrap(), "Bearer CANARY");
            let record: Value = serde_json::from_str(&body).unwrap();
            if (all.refuses.lock().unwrap())(&record) {
                return StatusCode::INTERNAL_SERVER_ERROR;
            }
            all.took.lock().unwrap().push(record["seq"].as_u64().unwrap());
            StatusCode::OK
        };
        let router = axum::Router::new().route("/audit", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    fn config(&self) -> AuditConfig {
        AuditConfig {
            webhook: Some(self.address.clone()),
            webhook_token: Some(SecretSource::Known("CANARY".into())),
            ..AuditConfig::default()
        }
    }

    fn took(&self) -> Vec<u64> {
        self.took.lock().unwrap().clone()
    }
}

fn record(number: usize) -> Record {
    Record { tool: format!("tool-{number}"), arguments: json!({ "name": "Büro" }), ..Record::default() }
}

fn log(folder: &std::path::Path, config: &AuditConfig) -> (Audit, Sink) {
    let sink = Sink::start(config).unwrap().unwrap();
    (Audit::open(folder, "default").unwrap().with_limits(0, Some(sink.clone())), sink)
}

#[tokio::test]
async fn records_arrive_in_order_though_the_place_refuses_for_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let first = Mutex::new(true);
    let receiver = Receiver::start(move |_| std::mem::replace(&mut *first.lock().unwrap(), false)).await;
    let (log, sink) = log(folder.path(), &receiver.config());
    (0..1).for_each(|number| log.record(&record(number)).unwrap());
    sink.wait_for_delivery().await;
    (1..5).for_each(|number| log.record(&record(number)).unwrap());
    sink.wait_for_delivery().await;
    assert_eq!(receiver.took(), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn what_was_written_while_the_place_was_away_arrives_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| false).await;
    // Before there was a place.
    Audit::open(folder.path(), "default").unwrap().record(&record(0)).unwrap();
    *receiver.refuses.lock().unwrap() = Box::new(|_| true);
    let (first, sink) = log(folder.path(), &receiver.config());
    let largest = Audit { largest: 1_000, ..first };
    (1..9).for_each(|number| largest.record(&record(number)).unwrap());
    assert!(largest.files().len() > 2);
    sink.wait_for_delivery().await;
    assert!(receiver.took().is_empty());
    drop((largest, sink));

    *receiver.refuses.lock().unwrap() = Box::new(|_| false);
    let (second, sink) = log(folder.path(), &receiver.config());
    sink.wait_for_delivery().await;
    assert_eq!(receiver.took(), [2, 3, 4, 5, 6, 7, 8, 9]);
    second.record(&record(9)).unwrap();
    sink.wait_for_delivery().await;
    assert_eq!(receiver.took().last(), Some(&10));
}

#[tokio::test]
async fn records_that_are_refused_hold_up_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|record| record["tool"] == "tool-1" || record["tool"] == "tool-2").await;
    let (log, sink) = log(folder.path(), &receiver.config());
    (0..4).for_each(|number| log.record(&record(number)).unwrap());
    sink.wait_for_delivery().await;
    assert_eq!(receiver.took(), [1, 4]);
    log.record(&record(4)).unwrap();
    sink.wait_for_delivery().await;
    assert_eq!(receiver.took(), [1, 4, 5]);
    // It is not forgotten either.
    *receiver.refuses.lock().unwrap() = Box::new(|_| false);
    drop((log, sink));
    let (_log, sink) = self::log(folder.path(), &receiver.config());
    sink.wait_for_delivery().await;
    assert_eq!(receiver.took(), [1, 4, 5, 2, 3]);
}

#[tokio::test]
async fn a_place_that_is_away_holds_up_no_other_and_forged_lines_move_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let away = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let config = AuditConfig {
        syslog: Some(server.local_addr().unwrap().to_string()),
        webhook: Some(format!("http://{away}/")),
        ..AuditConfig::default()
    };
    let (log, sink) = log(folder.path(), &config);
    log.record(&record(0)).unwrap();
    let mut buffer = [0; 2_000];
    let length = server.recv(&mut buffer).await.unwrap();
    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(text.starts_with("<109>1 20") && text.contains("\"seq\":1,"), "{text}");
    // The webhook has had its tries by then, and nothing is lost.
    sink.wait_for_delivery().await;
    let forged = std::fs::read_to_string(log.path()).unwrap().replace("\"seq\":1,", "\"seq\":900,");
    let whole = std::fs::read_to_string(log.path()).unwrap();
    std::fs::write(log.path(), whole + &forged).unwrap();
    log.record(&record(1)).unwrap();
    let length = server.recv(&mut buffer).await.unwrap();
    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(text.contains("\"phase\":\"damaged\""), "{text}");
    let length = server.recv(&mut buffer).await.unwrap();
    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(text.contains("tool-1"), "{text}");
    assert!(Sink::start(&AuditConfig::default()).unwrap().is_none());
}
