//! Copies of the records for somewhere else: a syslog server, a web address. Only a copy elsewhere proves that a log was not
//! replaced as a whole.
//!
//! A record is written to the file first and does not wait for its copies; what cannot be delivered is told in our own log.

use std::net::UdpSocket;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

use crate::config::{AuditConfig, SecretSource};
use crate::error::Error;

/// Records that may wait for delivery.
const WAITING: usize = 10_000;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a process that ends waits for what is not delivered yet.
const LEAVING: Duration = Duration::from_secs(20);

/// Deliveries of one record, at most.
const TRIES: u32 = 4;

/// Syslog's number for the facility "log audit" (13) and the severity "notice" (5).
const PRIORITY: u32 = 13 * 8 + 5;

/// Where copies go. Cloning is free.
#[derive(Debug, Clone)]
pub struct Sink(Sender<Letter>);

/// What is handed over.
#[derive(Debug)]
enum Letter {
    /// A record.
    Record(String),
    /// Who waits until all before it are delivered.
    Until(oneshot::Sender<()>),
}

impl Sink {
    /// A sink for the places of the configuration; `None` when there are none. Deliveries run in the background.
    ///
    /// # Errors
    /// When a place cannot be used at all.
    pub fn start(config: &AuditConfig) -> Result<Option<Self>, Error> {
        if config.syslog.is_none() && config.webhook.is_none() {
            return Ok(None);
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Ok(None) };
        let (sender, receiver) = mpsc::channel(WAITING);
        let places = Places {
            syslog: config.syslog.clone(),
            webhook: config.webhook.clone(),
            token: config.webhook_token.clone(),
            client: client()?,
        };
        runtime.spawn(places.deliver(receiver));
        Ok(Some(Self(sender)))
    }

    /// Hand a record over.
    pub(super) fn send(&self, line: &str) {
        if self.0.try_send(Letter::Record(line.to_owned())).is_err() {
            tracing::error!("an audit record was not copied: too many wait for delivery");
        }
    }

    /// Wait until what was handed over before is delivered, or given up.
    pub(super) async fn delivered(&self) {
        let (done, all) = oneshot::channel();
        let delivered = async { self.0.send(Letter::Until(done)).await.is_ok() && all.await.is_ok() };
        if !tokio::time::timeout(LEAVING, delivered).await.unwrap_or(false) {
            tracing::error!("audit records were not copied before the end; they are in the log");
        }
    }
}

fn client() -> Result<reqwest::Client, Error> {
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("jamf-pro-mcp/", env!("CARGO_PKG_VERSION")))
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Error::Operator(format!("the HTTP client cannot be set up: {error}")))
}

struct Places {
    syslog: Option<String>,
    webhook: Option<String>,
    token: Option<SecretSource>,
    client: reqwest::Client,
}

impl Places {
    async fn deliver(self, mut letters: Receiver<Letter>) {
        while let Some(letter) = letters.recv().await {
            let line = match letter {
                Letter::Record(line) => line,
                Letter::Until(waits) => {
                    // Whoever waited may be gone.
                    let _ = waits.send(());
                    continue;
                }
            };
            if let Some(address) = &self.syslog
                && let Err(error) = to_syslog(address, &line)
            {
                tracing::error!(%error, "an audit record did not go to syslog");
            }
            if let Some(address) = &self.webhook {
                self.to_webhook(address, &line).await;
            }
        }
    }

    async fn to_webhook(&self, address: &str, line: &str) {
        let token = match &self.token {
            Some(source) => match source.read().await {
                Ok(token) => Some(token),
                Err(error) => return tracing::error!(%error, "an audit record did not go to the webhook"),
            },
            None => None,
        };
        for tried in 1..=TRIES {
            let mut request =
                self.client.post(address).header("content-type", "application/json").body(line.to_owned());
            if let Some(token) = &token {
                request = request.bearer_auth(token.expose_secret());
            }
            let why = match request.send().await {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => format!("it answered {}", answer.status()),
                Err(error) => error.without_url().to_string(),
            };
            if tried == TRIES {
                tracing::error!(why, "an audit record did not go to the webhook");
            } else {
                tokio::time::sleep(Duration::from_secs(1 << tried)).await;
            }
        }
    }
}

/// One datagram in the form of RFC 5424.
fn to_syslog(address: &str, line: &str) -> std::io::Result<()> {
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
    let message = format!("<{PRIORITY}>1 {time} - jamf-pro-mcp {} audit - {line}", std::process::id());
    let any = if address.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" };
    UdpSocket::bind(any)?.send_to(message.as_bytes(), address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::http::{HeaderMap, StatusCode};

    use super::*;

    #[tokio::test]
    async fn records_arrive_at_the_webhook_in_order_though_it_is_away_for_a_moment() {
        type Seen = Arc<Mutex<Vec<(String, String)>>>;
        let seen = Seen::default();
        let take = {
            let seen = seen.clone();
            async move |headers: HeaderMap, body: String| {
                let mut seen = seen.lock().unwrap();
                let token = headers.get("authorization").unwrap().to_str().unwrap().to_owned();
                seen.push((token, body));
                if seen.len() == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/audit", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/audit", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let config = AuditConfig {
            webhook: Some(address),
            webhook_token: Some(SecretSource::Known("CANARY".into())),
            ..AuditConfig::default()
        };
        let sink = Sink::start(&config).unwrap().unwrap();
        sink.send("{\"seq\":1}");
        sink.send("{\"seq\":2}");
        sink.delivered().await;
        let bodies: Vec<String> = seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
        assert_eq!(bodies, ["{\"seq\":1}", "{\"seq\":1}", "{\"seq\":2}"], "refused once, then taken");
        assert!(seen.lock().unwrap().iter().all(|(token, _)| token == "Bearer CANARY"));
    }

    #[tokio::test]
    async fn records_arrive_at_syslog() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        server.set_read_timeout(Some(PATIENCE)).unwrap();
        let config =
            AuditConfig { syslog: Some(server.local_addr().unwrap().to_string()), ..AuditConfig::default() };
        let sink = Sink::start(&config).unwrap().unwrap();
        sink.send("{\"seq\":1}");
        let mut buffer = [0; 500];
        let length =
            tokio::task::spawn_blocking(move || server.recv(&mut buffer).map(|length| (buffer, length)))
                .await
                .unwrap()
                .unwrap();
        let text = String::from_utf8_lossy(&length.0[..length.1]).into_owned();
        assert!(text.starts_with("<109>1 20") && text.ends_with("{\"seq\":1}"), "{text}");
        assert!(Sink::start(&AuditConfig::default()).unwrap().is_none());
    }
}
