//! What is asked of a tenant outside of calls: whether its API answers at all, and that it forgets a token.

use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, DATE};
use tokio::time::{timeout, timeout_at};

use crate::error::Error;
use crate::exchange::{bearer, media_type};
use crate::page::{Origin, Page};
use crate::send::Client;
use crate::{Call, charset, transport};

/// Where a tenant says that it is well; takes no token.
pub(crate) const HEALTH: &str = "/api/v1/health-check";

/// What a tenant answered to its health check.
#[derive(Debug)]
pub struct Health {
    /// Seconds by which the tenant's clock is ahead of ours; `None` where its answer has no date.
    pub skew: Option<i64>,
    /// Why the answer is not that of a tenant that is well, if it is not.
    pub fault: Option<Error>,
}

/// Ask a tenant whether it is well.
///
/// # Errors
/// When no answer came.
pub(crate) async fn check(client: &Client, call: &Call) -> Result<Health, Error> {
    let url = client.address.join(HEALTH, &[])?;
    let http = client.http.get()?;
    let exchange = async {
        let mut response = http.get(url).send().await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > 64 * 1024 {
                break;
            }
        }
        Ok::<_, reqwest::Error>((response.status().as_u16(), response.headers().clone(), body.freeze()))
    };
    let patience = client.patience.silence;
    let late = |_| {
        Error::unreachable(format!("the tenant did not answer within {} s", patience.as_secs()))
            .hint("try again")
    };
    let deadline = call.deadline.min(tokio::time::Instant::now() + patience);
    let answered = timeout_at(deadline, exchange).await.map_err(late)?;
    let (status, headers, body) =
        answered.map_err(|error| transport::fault(&error, &client.route).error())?;
    let body = charset::utf8(headers.get(CONTENT_TYPE), body);
    let page = Page::of(&media_type(&headers), &body);
    Ok(Health { skew: skew(&headers), fault: fault(&client.route.host, status, page.as_ref()) })
}

/// Why this is not the answer of a tenant that is well.
fn fault(host: &str, status: u16, page: Option<&Page>) -> Option<Error> {
    let explained = page.map(Page::explain).unwrap_or_default();
    let (message, hint) = match (status, page) {
        (200..=299, None) => return None,
        (200..=299, Some(page)) => {
            let (cause, hint) = match page.origin {
                Origin::SignIn => (
                    "The tenant's url is not that of its API, or a sign-in stands in front of it",
                    Some("check the url"),
                ),
                Origin::Firewall => ("A firewall or filter refuses requests to it", None),
                Origin::ClassicApi | Origin::Other => (
                    "The tenant's url is not that of a Jamf Pro tenant, or Jamf Pro is starting",
                    Some("check the url"),
                ),
            };
            (format!("{host} answered its health check with {}. {cause}", page.name()), hint)
        }
        (300..=399, _) => (
            format!(
                "{host} answered its health check with a redirect ({status}): the tenant's url is probably not its own, or a sign-in \
                 stands in front of it"
            ),
            Some("check the url"),
        ),
        (404 | 405, _) => (
            format!(
                "{host} has no health check ({status}).{explained} The tenant's url is probably not that of a Jamf Pro tenant"
            ),
            Some("check the url"),
        ),
        (408 | 429 | 500.., _) => {
            let message = format!(
                "the tenant is not available right now ({status}): it is starting, under maintenance or overloaded.{explained}"
            );
            return Some(Error::unreachable(message).hint("try again in a few minutes"));
        }
        _ => (
            format!("{host} refused its health check ({status}).{explained}"),
            Some("check the tenant's url and what stands in front of it"),
        ),
    };
    let error = Error::operator(message);
    Some(match hint {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// How far the tenant's clock is from ours, in seconds; positive when it is ahead.
fn skew(headers: &HeaderMap) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(match date.duration_since(SystemTime::now()) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX),
        Err(behind) => -i64::try_from(behind.duration().as_secs()).unwrap_or(i64::MAX),
    })
}

/// A token that nobody needs any more is a risk until it ends by itself.
pub(crate) async fn give_token_back(client: &Client) {
    let Some(token) = client.tokens.take() else { return };
    let url = client.address.join("/api/v1/auth/invalidate-token", &[]);
    let (Ok(url), Ok(bearer), Ok(http)) = (url, bearer(&token.secret), client.http.get()) else {
        return;
    };
    let request = http.post(url).header(http::header::AUTHORIZATION, bearer).send();
    match timeout(Duration::from_secs(2), request).await {
        Ok(Ok(response)) => tracing::debug!(status = response.status().as_u16(), "gave the token back"),
        _ => tracing::debug!("the token could not be given back; it ends by itself"),
    }
}
