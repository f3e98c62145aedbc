//! One place that gets copies, and sending one record there.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use tokio::net::UdpSocket;

use crate::config::{AuditConfig, SecretSource};
use crate::error::Error;

/// How long one delivery may take, finding the address included.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an address of a name is good.
const ADDRESS_LASTS: Duration = Duration::from_secs(60);

/// Syslog's number for the facility "log audit" (13) and the severity "notice" (5).
const PRIORITY: u32 = 13 * 8 + 5;

/// Why a record did not arrive.
#[derive(Debug)]
pub(super) enum Failure {
    /// The place is not there, or takes nothing at all.
    Away(String),
    /// It answered to this record, with no.
    Refused(String),
}

/// Where copies go.
pub(super) enum Place {
    /// A syslog server, by its host and port.
    Syslog { address: String, socket: Option<(UdpSocket, SocketAddr, Instant)> },
    /// A web address.
    Webhook { address: String, token: Option<SecretSource>, client: reqwest::Client },
}

impl Place {
    /// The places of the configuration.
    pub(super) fn all(config: &AuditConfig) -> Result<Vec<Self>, Error> {
        let mut places = Vec::new();
        places.extend(config.syslog.clone().map(|address| Self::Syslog { address, socket: None }));
        if let Some(address) = config.webhook.clone() {
            places.push(Self::Webhook { address, token: config.webhook_token.clone(), client: client()? });
        }
        Ok(places)
    }

    /// The name of its cursor: another address is another place, which gets what is written from then on.
    pub(super) fn name(&self) -> String {
        let (kind, address) = match self {
            Self::Syslog { address, .. } => ("syslog", address),
            Self::Webhook { address, .. } => ("webhook", address),
        };
        let mark: String = crate::plan::digest(&[address.as_str()]).chars().take(12).collect();
        format!("{kind}-{mark}")
    }

    /// Send one record.
    pub(super) async fn send(&mut self, line: &str) -> Result<(), Failure> {
        let sent = async {
            match self {
                Self::Syslog { address, socket } => to_syslog(address, socket, line).await,
                Self::Webhook { address, token, client } => {
                    to_webhook(client, address, token.as_ref(), line).await
                }
            }
        };
        let sent = tokio::time::timeout(PATIENCE, sent).await;
        sent.unwrap_or_else(|_| {
            Err(Failure::Away(format!("nothing came of it within {} s", PATIENCE.as_secs())))
        })
    }
}

fn client() -> Result<reqwest::Client, Error> {
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("jamf-pro-mcp/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Error::operator(format!("the HTTP client cannot be set up: {error}")))
}

async fn to_webhook(
    client: &reqwest::Client,
    address: &str,
    token: Option<&SecretSource>,
    line: &str,
) -> Result<(), Failure> {
    let mut request = client.post(address).header("content-type", "application/json").body(line.to_owned());
    if let Some(source) = token {
        let token = source.read().await.map_err(|error| Failure::Away(error.to_string()))?;
        request = request.bearer_auth(token.expose_secret());
    }
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Failure::Refused(format!("it answered {}", answer.status()))),
        Err(error) => Err(Failure::Away(error.without_url().to_string())),
    }
}

/// One datagram in the form of RFC 5424.
async fn to_syslog(
    address: &str,
    socket: &mut Option<(UdpSocket, SocketAddr, Instant)>,
    line: &str,
) -> Result<(), Failure> {
    let away = |error: std::io::Error| Failure::Away(error.to_string());
    let (from, to, since) = match socket.take().filter(|(_, _, since)| since.elapsed() < ADDRESS_LASTS) {
        Some(known) => known,
        None => {
            let found = tokio::net::lookup_host(address).await.map_err(away)?.next();
            let to = found.ok_or_else(|| Failure::Away(format!("`{address}` has no address")))?;
            let any = if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
            (UdpSocket::bind(any).await.map_err(away)?, to, Instant::now())
        }
    };
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
    let message = format!("<{PRIORITY}>1 {time} - jamf-pro-mcp {} audit - {line}", std::process::id());
    // A record may be longer than a datagram can be.
    let sent = from.send_to(message.as_bytes(), to).await;
    sent.map_err(|error| Failure::Refused(error.to_string()))?;
    *socket = Some((from, to, since));
    Ok(())
}
