//! Copies of the records for somewhere else: a syslog server, a web address. Only a copy elsewhere proves that a log was not
//! replaced as a whole.
//!
//! A record is written to the file first and does not wait for its copies; what cannot be delivered is told in our own log.

use std::net::UdpSocket;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::config::{AuditConfig, SecretSource};
use crate::error::Error;

/// Records that may wait for delivery.
const WAITING: usize = 10_000;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Deliveries of one record, at most.
const TRIES: u32 = 4;

/// Syslog's number for the facility "log audit" (13) and the severity "notice" (5).
const PRIORITY: u32 = 13 * 8 + 5;

/// Where copies go. Cloning is free.
#[derive(Debug, Clone)]
pub struct Sink(Sender<String>);

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
        if self.0.try_send(line.to_owned()).is_err() {
            tracing::error!("an audit record was not copied: too many wait for delivery");
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
    async fn deliver(self, mut records: Receiver<String>) {
        while let Some(line) = records.recv().await {
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
    use super::*;

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
