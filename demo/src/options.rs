//! What a simulated tenant is started with. No behavior.

use std::{path::PathBuf, time::Duration};

use crate::faults::Faults;

/// How the tenant is made and how it behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of computers; everything else is in proportion.
    pub computers: usize,
    /// The same seed makes the same fleet.
    pub seed: u64,
    /// Port on loopback; 0 takes any free one.
    pub port: u16,
    /// How long a token lives; `expires_in` says one second less.
    pub token_lifetime: Duration,
    /// The version of Jamf Pro that it plays; older ones lack the newer paths.
    pub version: String,
    /// The privileges of the API role by their names; `None` is all of them.
    pub privileges: Option<Vec<String>>,
    /// Faults that are on from the start.
    pub faults: Faults,
    /// How long a created object stays invisible to a client that does not send the node cookie back.
    pub node_lag: Duration,
    /// How long a smart group takes to follow a change of its criteria or of a device.
    pub recalculation: Duration,
    /// How long a device takes to answer a command; `None`: none ever does.
    pub answers: Option<Duration>,
    /// The file that keeps what is changed, for the next start; `None`: it is forgotten.
    pub state: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            computers: 420,
            seed: 1,
            port: 0,
            token_lifetime: Duration::from_secs(60),
            version: "11.32.0".to_owned(),
            privileges: None,
            faults: Faults::default(),
            node_lag: Duration::ZERO,
            recalculation: Duration::ZERO,
            answers: None,
            state: None,
        }
    }
}

/// Major and minor of a version of Jamf Pro, for comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl Version {
    /// Read `11.30.2` or `11.30.2-t1787580540993`; what cannot be read is 0.
    pub(crate) fn read(text: &str) -> Self {
        let mut numbers = text.split(['.', '-']).map(|n| n.parse().unwrap_or(0));
        Self(numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(Version::read("11.9.2") < Version(11, 30));
        assert!(Version::read("11.30.0-t178") >= Version(11, 30));
        assert!(Version::read("10.50.0") < Version(11, 0));
    }
}
