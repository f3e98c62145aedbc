//! Notices that a plan waits, sent to a web address that the configuration names: an incoming webhook of Slack, or any other that takes a
//! POST of JSON. The main type is [`Notices`].
//!
//! A notice has the tenant, the title, the risk and a link to the page, and nothing else of a plan. It goes out in the background, with few
//! tries: no plan waits for it, and none is held up or lost where the address does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::config::{Config, SecretSource};
use crate::error::Error;
use crate::plan::Plan;

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it is waited before each further try.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(3)];

/// How long a process that ends waits for notices that are on their way.
const LEAVING: Duration = Duration::from_secs(5);

/// Where notices go. Cloning is free.
#[derive(Debug, Clone)]
pub struct Notices(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: SecretSource,
    /// The approvals page as people find it.
    page: Option<String>,
    /// Titles name people, which `redaction` keeps from places outside.
    shows_titles: bool,
    client: reqwest::Client,
    tasks: TaskTracker,
    is_failing: AtomicBool,
}

impl Notices {
    /// What the configuration has in `approvals.notify`; `None` where it has nothing.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(config: &Config) -> Result<Option<Self>, Error> {
        let Some(address) = config.approvals.notify.clone() else { return Ok(None) };
        // Fails when a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("jamf-pro-mcp/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| Error::operator(format!("the HTTP client cannot be set up: {error}")))?;
        Ok(Some(Self(Arc::new(Inner {
            address,
            page: config.approvals.address_for_notices(),
            shows_titles: config.redaction == crate::config::Redaction::Full,
            client,
            tasks: TaskTracker::new(),
            is_failing: AtomicBool::new(false),
        }))))
    }

    /// Tell that a plan waits. `kind` is what stands in the place of its title where `redaction` keeps names from places outside.
    pub fn tell(&self, plan: &Plan, kind: &str) {
        let title = if self.0.shows_titles { plan.title.as_str() } else { kind };
        let notice = notice(plan, title, self.0.page.as_deref());
        let inner = self.0.clone();
        self.0.tasks.spawn(async move { inner.deliver(&notice).await });
    }

    /// Wait for what is on its way, for a short time.
    pub async fn wait_for_delivery(&self) {
        self.0.tasks.close();
        // What is not delivered by then is lost: the plan is on the page all the same.
        let _ = tokio::time::timeout(LEAVING, self.0.tasks.wait()).await;
        self.0.tasks.reopen();
    }
}

impl Inner {
    async fn deliver(&self, notice: &Value) {
        let mut sent = self.send(notice).await;
        for pause in PAUSES {
            if sent.is_ok() {
                break;
            }
            tokio::time::sleep(pause).await;
            sent = self.send(notice).await;
        }
        match sent {
            Ok(()) if self.is_failing.swap(false, Ordering::Relaxed) => {
                tracing::info!("notices of `approvals.notify` arrive again");
            }
            Ok(()) => {}
            Err(why) if !self.is_failing.swap(true, Ordering::Relaxed) => {
                tracing::error!(
                    "the notice that a plan waits did not arrive at the address of `approvals.notify`: {why}. Plans wait on the approvals \
                     page as before; this is not logged again until a notice arrives"
                );
            }
            Err(_) => {}
        }
    }

    async fn send(&self, notice: &Value) -> Result<(), String> {
        let address = self.address.read().await.map_err(|error| error.to_string())?;
        let address = usable(address.expose_secret()).ok_or(
            "it is no address with https, or with http on loopback, without a user name and a password",
        )?;
        let request = self.client.post(address).header("content-type", "application/json");
        match request.body(notice.to_string()).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status())),
            // The address is a secret.
            Err(error) => Err(error.without_url().to_string()),
        }
    }
}

/// The address, where it is one that keeps what is sent from others.
fn usable(address: &str) -> Option<url::Url> {
    let url = url::Url::parse(address).ok()?;
    let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    (is_private && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// What is sent. Slack shows `text` and passes the rest over.
fn notice(plan: &Plan, title: &str, page: Option<&str>) -> Value {
    let tenant = plan.tenant_label.as_deref().unwrap_or(&plan.tenant);
    let link = page.map(|page| format!("{page}#/plans/{}", plan.id));
    let line = format!("A plan waits for approval: {} ({}, tenant {})", title, plan.risk, tenant);
    let place = link.as_deref().unwrap_or("`jamf-pro-mcp approvals list` in a terminal shows it");
    json!({
        "text": format!("{}\n{place}", for_slack(&line)),
        "tenant": tenant, "title": title, "risk": plan.risk, "plan": plan.id, "link": link,
    })
}

/// A text that came from a tenant, so that it names nobody's channel and is no link.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("://", ":/ /")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_what_is_sent_from_others() {
        for address in ["https://hooks.slack.com/services/T/B/x", "http://127.0.0.1:9/x", "http://[::1]:9/"] {
            assert!(usable(address).is_some(), "{address}");
        }
        for address in ["http://example.com/", "https://a:b@example.com/", "ftp://example.com/", "x", ""] {
            assert!(usable(address).is_none(), "{address}");
        }
    }

    #[test]
    fn the_name_of_a_device_is_no_link_and_calls_nobody() {
        assert_eq!(for_slack("Lock <!channel> & http://evil"), "Lock &lt;!channel&gt; &amp; http:/ /evil");
    }
}
