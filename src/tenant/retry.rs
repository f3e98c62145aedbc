//! When a call is sent again, and after how long. This is the only layer that does so.
//!
//! Only what certainly did not leave, and only reads after that. A write whose bytes have left is never sent twice: a
//! gateway's timeout says nothing about whether it was done.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// Times that one call is sent at most.
pub(super) const ATTEMPTS: u32 = 3;

/// Longest wait asked for by a server that is waited here; for longer ones the caller is told to come back.
pub(super) const LONGEST_HINT: Duration = Duration::from_secs(30);

/// Longest wait asked for that is believed.
const A_DAY: Duration = Duration::from_secs(86_400);

const LONGEST: Duration = Duration::from_secs(8);

/// How one attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing left: no token, no place.
    NotSent,
    /// Nothing left: the tenant could not be connected to.
    NoConnection,
    /// It left and no whole answer came back.
    Interrupted,
    /// It left and no answer came in time, neither from the tenant nor from what stands in front of it.
    Slow,
    /// An answer of this status.
    Status(u16),
}

/// Whether a call that failed so may be sent again. `attempt` counts from 1.
pub(super) fn may_repeat(failure: Failure, read: bool, attempt: u32) -> bool {
    if attempt >= ATTEMPTS {
        return false;
    }
    match failure {
        Failure::NotSent | Failure::NoConnection => true,
        _ if !read => false,
        Failure::Interrupted | Failure::Slow | Failure::Status(408 | 429 | 502 | 503 | 504) => true,
        // Jamf answers 500 to some malformed requests too, so once is enough.
        Failure::Status(500) => attempt == 1,
        Failure::Status(_) => false,
    }
}

/// How long to wait before the next attempt: full jitter, and no less than the server asked for.
pub(super) fn delay(failure: Failure, attempt: u32, hint: Option<Duration>) -> Duration {
    let base =
        if failure == Failure::Status(429) { Duration::from_secs(1) } else { Duration::from_millis(250) };
    let most = base.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1).min(16))).min(LONGEST);
    let jitter = Duration::from_secs_f64(most.as_secs_f64() * fastrand::f64());
    jitter.max(hint.unwrap_or_default())
}

/// `Retry-After` in either of its forms, held to what is sensible.
pub(super) fn hint(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wanted = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).unwrap_or_default(),
    };
    Some(wanted.min(A_DAY))
}

/// A quota shared by all calls to one tenant, so that an outage is not answered by three times the load.
pub(super) struct Quota(Mutex<u32>);

impl Quota {
    const WHOLE: u32 = 500;
    const TRANSIENT: u32 = 14;
    const THROTTLED: u32 = 5;

    pub(super) fn new() -> Self {
        Self(Mutex::new(Self::WHOLE))
    }

    /// Take what one more attempt costs, if it is there.
    pub(super) fn take(&self, failure: Failure) -> bool {
        let cost = if failure == Failure::Status(429) { Self::THROTTLED } else { Self::TRANSIENT };
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match left.checked_sub(cost) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        }
    }

    /// A call went well.
    pub(super) fn give(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_add(1).min(Self::WHOLE);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn writes_are_repeated_only_when_nothing_left() {
        for failure in [
            Failure::Interrupted,
            Failure::Slow,
            Failure::Status(429),
            Failure::Status(500),
            Failure::Status(502),
            Failure::Status(503),
            Failure::Status(504),
        ] {
            assert!(!may_repeat(failure, false, 1), "{failure:?}");
        }
        assert!(may_repeat(Failure::NotSent, false, 1));
        assert!(!may_repeat(Failure::NotSent, false, ATTEMPTS));
    }

    #[test]
    fn reads_are_repeated_when_it_can_help() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(may_repeat(Failure::Status(status), true, 1), "{status}");
        }
        for status in [400, 401, 403, 404, 409, 413, 422, 501] {
            assert!(!may_repeat(Failure::Status(status), true, 1), "{status}");
        }
        assert!(!may_repeat(Failure::Status(500), true, 2));
        assert!(may_repeat(Failure::Interrupted, true, 2));
    }

    #[test]
    fn waits_grow_are_spread_and_heed_the_server() {
        for attempt in 1..10 {
            assert!(delay(Failure::Interrupted, attempt, None) <= LONGEST);
        }
        assert!(delay(Failure::Interrupted, 1, None) <= Duration::from_millis(250));
        assert!(delay(Failure::Status(429), 1, Some(Duration::from_secs(7))) >= Duration::from_secs(7));
    }

    #[test]
    fn hints_are_understood_in_both_forms_and_bounded() {
        let of =
            |text: &str| hint(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(text).unwrap())]));
        assert_eq!(of("5"), Some(Duration::from_secs(5)));
        assert_eq!(of("1000000000"), Some(A_DAY));
        assert_eq!(of("-5"), None);
        assert_eq!(of("soon"), None);
        assert_eq!(of("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(10));
        assert!((Duration::from_secs(8)..=Duration::from_secs(10)).contains(&of(&later).unwrap()));
        assert_eq!(hint(&HeaderMap::new()), None);
    }

    #[test]
    fn the_quota_runs_dry_and_fills_again() {
        let quota = Quota::new();
        let taken = (0..1000).filter(|_| quota.take(Failure::Interrupted)).count();
        assert_eq!(taken, 35);
        (0..14).for_each(|_| quota.give());
        assert!(quota.take(Failure::Interrupted));
    }
}
