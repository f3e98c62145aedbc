//! When a call is sent again, and after how long. This is the only layer that does so.
//!
//! Only what certainly did not leave, and only reads after that: a few times, and until the end of an outage where the call was
//! answered something before it, whether it walks over pages or asks for many objects. A write whose bytes have left is not sent twice: a gateway's
//! timeout says nothing about whether it was done. The exception is a 429 that says when to come back: it was given before the
//! request was looked at.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// Times that one call is sent at most, unless it is worth more.
pub(crate) const ATTEMPTS: u32 = 3;

/// Longest wait asked for by a server that is waited here; for longer ones the caller is told to come back.
pub(crate) const LONGEST_HINT: Duration = Duration::from_secs(30);

/// Longest wait asked for that is believed.
const A_DAY: Duration = Duration::from_secs(86_400);

const LONGEST: Duration = Duration::from_secs(8);

/// The same where an outage is waited out: the end of it should be noticed soon.
const LONGEST_PATIENT: Duration = Duration::from_secs(4);

/// How long an outage is waited out by a call that was answered before it, if half of the time that is left is not less.
pub(crate) const PATIENT: Duration = Duration::from_secs(30);

/// How one attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing left: no token, no place.
    NotSent,
    /// Nothing left: the tenant is left alone for a while after others failed.
    Resting,
    /// Nothing left: the tenant could not be connected to.
    NoConnection,
    /// It left and no whole answer came back.
    Interrupted,
    /// It left and no answer came in time, neither from the tenant nor from what stands in front of it.
    Slow,
    /// An answer of this status.
    Status(u16),
}

/// One attempt that failed, and what bears on whether there is another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) failure: Failure,
    pub(crate) is_read: bool,
    /// Counts from 1.
    pub(crate) number: u32,
    /// How long the server, or the circuit, asks to wait.
    pub(crate) hint: Option<Duration>,
    /// Worth more than the usual number of attempts, and there is time for them.
    pub(crate) is_patient: bool,
}

impl Attempt {
    /// Whether the call may be sent again.
    pub(crate) fn may_repeat(&self) -> bool {
        if self.number >= ATTEMPTS && !self.is_patient {
            return false;
        }
        match self.failure {
            Failure::NotSent | Failure::NoConnection => true,
            // Anyone who does not wait for the end of an outage hears of it at once.
            Failure::Resting => self.is_patient,
            // A server that says when to come back did not look at the request: that is the one refusal that a write may wait out.
            Failure::Status(429) if !self.is_read => self.hint.is_some(),
            _ if !self.is_read => false,
            Failure::Interrupted | Failure::Slow => true,
            Failure::Status(408 | 429 | 502 | 503 | 504 | 520..=524) => true,
            // Jamf answers 500 to some malformed requests too, so once is enough.
            Failure::Status(500) => self.number == 1,
            Failure::Status(_) => false,
        }
    }

    /// How long to wait before the next attempt: full jitter, and no less than the server asked for.
    pub(crate) fn delay(&self) -> Duration {
        let base = if self.failure == Failure::Status(429) {
            Duration::from_secs(1)
        } else {
            Duration::from_millis(250)
        };
        let longest = if self.is_patient { LONGEST_PATIENT } else { LONGEST };
        let most =
            base.saturating_mul(2u32.saturating_pow(self.number.saturating_sub(1).min(16))).min(longest);
        let jitter = Duration::from_secs_f64(most.as_secs_f64() * fastrand::f64());
        jitter.max(self.hint.unwrap_or_default())
    }
}

/// `Retry-After` in either of its forms, held to what is sensible.
pub(crate) fn hint(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wanted = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).unwrap_or_default(),
    };
    Some(wanted.min(A_DAY))
}

/// A quota shared by all calls to one tenant, so that an outage is not answered by three times the load.
pub(crate) struct Quota(Mutex<u32>);

impl Quota {
    const WHOLE: u32 = 500;
    const TRANSIENT: u32 = 14;
    const THROTTLED: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Self::WHOLE))
    }

    /// Take what one more attempt costs after one that failed, if it is there.
    pub(crate) fn take(&self, failed: &Attempt) -> bool {
        let cost = match failed.failure {
            // Nothing is sent to a tenant that is left alone, however many calls wait for it.
            Failure::Resting => 0,
            // Who waits for the end of an outage has a bound in time. The requests of one fan-out would share the quota among them, and
            // the first that gets none ends them all.
            _ if failed.is_patient => 0,
            Failure::Status(429) => Self::THROTTLED,
            _ => Self::TRANSIENT,
        };
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
    pub(crate) fn give(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_add(1).min(Self::WHOLE);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn attempt(failure: Failure, is_read: bool, number: u32) -> Attempt {
        Attempt { failure, is_read, number, hint: None, is_patient: false }
    }

    #[test]
    fn writes_are_repeated_only_when_nothing_left() {
        for failure in [
            Failure::Interrupted,
            Failure::Slow,
            Failure::Resting,
            Failure::Status(429),
            Failure::Status(500),
            Failure::Status(502),
            Failure::Status(503),
            Failure::Status(504),
        ] {
            let hint = Some(Duration::from_secs(2));
            assert!(!attempt(failure, false, 1).may_repeat(), "{failure:?}");
            let hinted = Attempt { hint, ..attempt(failure, false, 1) }.may_repeat();
            assert_eq!(hinted, failure == Failure::Status(429), "{failure:?}");
        }
        assert!(attempt(Failure::NotSent, false, 1).may_repeat());
        assert!(!attempt(Failure::NotSent, false, ATTEMPTS).may_repeat());
    }

    #[test]
    fn reads_are_repeated_when_it_can_help() {
        for status in [408, 429, 500, 502, 503, 504, 522] {
            assert!(attempt(Failure::Status(status), true, 1).may_repeat(), "{status}");
        }
        for status in [400, 401, 403, 404, 409, 413, 421, 422, 501] {
            assert!(!attempt(Failure::Status(status), true, 1).may_repeat(), "{status}");
        }
        assert!(!attempt(Failure::Status(500), true, 2).may_repeat());
        assert!(attempt(Failure::Interrupted, true, 2).may_repeat());
    }

    #[test]
    fn what_is_worth_it_is_repeated_longer() {
        let patient = |failure, number| Attempt { is_patient: true, ..attempt(failure, true, number) };
        assert!(patient(Failure::NoConnection, 20).may_repeat());
        assert!(patient(Failure::Resting, 20).may_repeat());
        assert!(!patient(Failure::Status(500), 2).may_repeat());
        assert!(patient(Failure::NoConnection, 20).delay() <= LONGEST_PATIENT);
    }

    #[test]
    fn waits_grow_are_spread_and_heed_the_server() {
        for number in 1..10 {
            assert!(attempt(Failure::Interrupted, true, number).delay() <= LONGEST);
        }
        assert!(attempt(Failure::Interrupted, true, 1).delay() <= Duration::from_millis(250));
        let hint = Some(Duration::from_secs(7));
        let hinted = Attempt { hint, ..attempt(Failure::Status(429), true, 1) };
        assert!(hinted.delay() >= Duration::from_secs(7));
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
        let failed = attempt(Failure::Interrupted, true, 1);
        let taken = (0..1000).filter(|_| quota.take(&failed)).count();
        assert_eq!(taken, 35);
        assert!(quota.take(&Attempt { is_patient: true, ..failed }));
        (0..14).for_each(|_| quota.give());
        assert!(quota.take(&failed));
    }
}
