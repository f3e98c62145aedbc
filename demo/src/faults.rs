//! Faults that can be switched on: one, a few times or always, for all paths or for some.

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 401 with `INVALID_TOKEN`, although the token is good.
    InvalidToken,
    /// A web page with 401, which in the Classic API means "not allowed".
    NotAllowedPage,
    /// 403 with `INVALID_PRIVILEGE`.
    Forbidden,
    /// 429, with this `Retry-After`.
    TooMany(Option<String>),
    /// 500 with no reason.
    Failure,
    /// 503 with a maintenance page.
    Maintenance,
    /// 504 with a page of the edge, for lists of more rows a page than this.
    EdgeTimeout(u64),
    /// Answers come after so long.
    Slow(Duration),
    /// Answers never come.
    Hang,
    /// The connection ends in the middle of the body.
    CutOff,
    /// 200 with a login page.
    LoginPage,
    /// The token endpoint refuses the credentials.
    WrongSecret,
    /// A write is done, and then answered 504.
    AppliedThenTimeout,
    /// One device is broken: 500 for the page of mobile devices unless `exception-handling` is `LENIENT`.
    BrokenDevice,
}

#[derive(Debug, Clone)]
struct Switch {
    fault: Fault,
    left: Option<u32>,
    path: Option<String>,
}

/// Faults to switch on. Written as `FAULT[=VALUE][*TIMES][@PATH]`, several joined by commas, such as
/// `429=2*3,504=200@/api/v4/computers-inventory`.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<Switch>);

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }
}

/// A fault that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown fault `{0}`; known: invalid-token, not-allowed, 403, 429[=SECONDS or an HTTP date], 500, 503, 504=ROWS, slow=MILLISECONDS, \
     hang, cut-off, login-page, wrong-secret, applied-504, broken-device; each with *TIMES and @PATH if wanted"
)]
pub struct FaultError(String);

impl FromStr for Faults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn parse(text: &str) -> Result<Switch, FaultError> {
    let unknown = || FaultError(text.to_owned());
    let (rest, path) =
        text.split_once('@').map_or((text, None), |(rest, path)| (rest, Some(path.to_owned())));
    let (rest, left) = match rest.rsplit_once('*') {
        Some((rest, times)) => (rest, Some(times.parse().map_err(|_| unknown())?)),
        None => (rest, None),
    };
    let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value)));
    let number = || value.and_then(|value| value.parse::<u64>().ok());
    let fault = match name {
        "invalid-token" => Fault::InvalidToken,
        "not-allowed" => Fault::NotAllowedPage,
        "403" => Fault::Forbidden,
        // A date has a comma of its own, which stands as `;` here.
        "429" => Fault::TooMany(value.map(|value| value.replace(';', ","))),
        "500" => Fault::Failure,
        "503" => Fault::Maintenance,
        "504" => Fault::EdgeTimeout(number().unwrap_or(0)),
        "slow" => Fault::Slow(Duration::from_millis(number().ok_or_else(unknown)?)),
        "hang" => Fault::Hang,
        "cut-off" => Fault::CutOff,
        "login-page" => Fault::LoginPage,
        "wrong-secret" => Fault::WrongSecret,
        "applied-504" => Fault::AppliedThenTimeout,
        "broken-device" => Fault::BrokenDevice,
        _ => return Err(unknown()),
    };
    Ok(Switch { fault, left, path })
}

/// The switches of a running tenant.
#[derive(Debug)]
pub(crate) struct Switches(Mutex<Vec<Switch>>);

impl Switches {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Mutex::new(faults.0))
    }

    pub(crate) fn replace(&self, faults: Faults) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = faults.0;
    }

    /// The first fault that is on for a path and of a kind; one of its times is used up.
    pub(crate) fn strike(&self, path: &str, kind: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut switches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let switch = switches.iter_mut().find(|switch| {
            switch.left != Some(0)
                && switch.path.as_ref().is_none_or(|prefix| path.starts_with(prefix))
                && kind(&switch.fault)
        })?;
        if let Some(left) = &mut switch.left {
            *left -= 1;
        }
        Some(switch.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_as_words() {
        let faults: Faults = "429=2*3, 504=200@/api/v4, slow=50".parse().unwrap();
        let switches = Switches::new(faults);
        assert_eq!(
            switches.strike("/x", |fault| matches!(fault, Fault::TooMany(_))),
            Some(Fault::TooMany(Some("2".to_owned())))
        );
        assert!(switches.strike("/x", |fault| matches!(fault, Fault::EdgeTimeout(_))).is_none());
        assert!(switches.strike("/api/v4/y", |fault| matches!(fault, Fault::EdgeTimeout(200))).is_some());
        (0..2).for_each(|_| {
            assert!(switches.strike("/x", |fault| matches!(fault, Fault::TooMany(_))).is_some())
        });
        assert!(switches.strike("/x", |fault| matches!(fault, Fault::TooMany(_))).is_none(), "used up");
        assert!(
            "nonsense".parse::<Faults>().is_err()
                && "slow".parse::<Faults>().is_err()
                && "500*x".parse::<Faults>().is_err()
        );
    }
}
