//! Which node of a clustered tenant a caller's reads go to: those that follow its own write go to the node that took it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

/// How long a caller's reads stay on the node that took its write; nodes agree after a minute.
const STICKY: Duration = Duration::from_secs(60);

/// Cookies that pin a node.
const NODE_COOKIES: [&str; 3] = ["jpro-ingress", "APBALANCEID", "JSESSIONID"];

/// The nodes that took the latest writes, by caller.
#[derive(Default)]
pub(crate) struct Nodes(Mutex<HashMap<Arc<str>, (HeaderValue, Instant)>>);

impl Nodes {
    /// The cookie that leads a caller's read to the node of its latest write; none leaves the choice to the balancer.
    pub(crate) fn cookie(&self, caller: &Arc<str>) -> Option<HeaderValue> {
        let mut nodes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.retain(|_, (_, until)| *until > Instant::now());
        nodes.get(caller).map(|(cookie, _)| cookie.clone())
    }

    /// Remember the node that answered a write.
    pub(crate) fn remember(&self, caller: &Arc<str>, headers: &HeaderMap) {
        let pairs: Vec<&str> = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .filter(|pair| NODE_COOKIES.iter().any(|name| pair.trim().split('=').next() == Some(name)))
            .map(str::trim)
            .collect();
        if let Ok(mut cookie) = HeaderValue::from_str(&pairs.join("; "))
            && !pairs.is_empty()
        {
            cookie.set_sensitive(true);
            let mut nodes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            nodes.insert(caller.clone(), (cookie, Instant::now() + STICKY));
        }
    }
}
