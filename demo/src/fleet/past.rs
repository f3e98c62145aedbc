//! What happened to a device: runs of policies, MDM commands, audits, logins, reports. Made from the seed when it is asked for,
//! and stored nowhere.

use jiff::{Timestamp, ToSpan};

use super::{Fleet, groups::CHROME_STORY};

/// The policy that the story of four Macs is about.
const CHROME: u64 = 12;

/// Why the Wi-Fi profile fails on thirty Macs.
const WIFI_ERROR: &str = "The payload \"Wi-Fi: Corporate\" could not be installed. The certificate \"Example Organisation Root\" could not be found. <MCWiFiErrorDomain:28001>";

/// One run of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) at: Timestamp,
    pub(crate) failed: bool,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Failed,
    Completed,
}

/// An MDM command that was sent before anybody was looking.
#[derive(Debug, Clone)]
pub(crate) struct PastCommand {
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) issued: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) status: &'static str,
}

/// Something that somebody did.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) at: Timestamp,
    pub(crate) what: String,
    pub(crate) who: String,
}

const COMMANDS: [&str; 6] = [
    "Install Configuration Profile - Restrictions",
    "Device Information",
    "Security Info",
    "Profile List",
    "Declarative Management",
    "Installed Application List",
];

impl Fleet {
    fn before(&self, last: Timestamp, hours: u64) -> Timestamp {
        let hours = i64::try_from(hours).unwrap_or_default();
        last.checked_sub(hours.hours()).unwrap_or(last)
    }

    /// When a computer was last seen, but for what it did since.
    pub(crate) fn last_seen(&self, index: usize) -> Timestamp {
        let days = u64::try_from(self.computer(index).days_silent()).unwrap_or_default();
        self.before(self.options.now, days * 24 + self.chance().below(index, "past seen", 5))
    }

    /// When a mobile device was last heard of.
    pub(crate) fn last_heard(&self, index: usize) -> Timestamp {
        let device = self.mobile_devices.get(index);
        let last = device.and_then(|d| d.pointer("/general/lastInventoryUpdateDate")?.as_str()?.parse().ok());
        last.unwrap_or(self.options.now)
    }

    fn chance(&self) -> super::Chance {
        super::Chance::new(self.options.seed)
    }

    /// The runs of a policy that a computer is in the scope of, newest first.
    pub(crate) fn policy_runs(&self, index: usize, policy: u64, frequency: &str) -> Vec<Run> {
        let last = self.last_seen(index);
        if policy == CHROME && CHROME_STORY.contains(&index) {
            // One tried once and failed; nothing runs "once per computer" a second time. The others never came to it.
            let once = CHROME_STORY.get(1) == Some(&index);
            return once.then(|| Run { at: self.before(last, 24 * 100), failed: true }).into_iter().collect();
        }
        let word = format!("policy {policy}");
        let (times, every) = match frequency {
            "Ongoing" => (6, 7),
            "Once every day" => (10, 24),
            "Once every week" => (6, 24 * 7),
            "Once every month" => (3, 24 * 30),
            _ => (1, 24 * (20 + self.chance().below(index, &word, 180))),
        };
        let run = |time: u64| {
            let place = index.wrapping_mul(31).wrapping_add(usize::try_from(time).unwrap_or_default());
            let first = if times == 1 { every } else { time * every };
            Run {
                at: self.before(last, first + self.chance().below(place, &word, 3)),
                failed: self.chance().percent(place, &word, 3),
            }
        };
        (0..times).map(run).collect()
    }

    /// MDM commands of a computer before anybody was looking.
    pub(crate) fn computer_past_commands(&self, index: usize) -> Vec<PastCommand> {
        let last = self.last_seen(index);
        let mut all = self.completed(index, "computer command", last);
        if index % 14 == 6 {
            all.push(PastCommand {
                name: "Install Configuration Profile - Wi-Fi: Corporate".to_owned(),
                state: State::Failed,
                issued: self.before(last, 24 * 6),
                ended: self.before(last, 24 * 5),
                status: WIFI_ERROR,
            });
        }
        if self.computer(index).days_silent() > 30 {
            all.extend(self.waiting(&["Device Information", "Install Configuration Profile - Firewall"]));
        }
        all
    }

    /// MDM commands of a mobile device before anybody was looking.
    pub(crate) fn mobile_past_commands(&self, index: usize) -> Vec<PastCommand> {
        let last = self.last_heard(index);
        let mut all = self.completed(index, "mobile command", last);
        if index % 17 == 5 {
            all.push(PastCommand {
                name: "Install App - Keynote".to_owned(),
                state: State::Failed,
                issued: self.before(last, 24 * 3),
                ended: self.before(last, 24 * 2),
                status: "The license for the app \"Keynote\" could not be found. <MCMDMErrorDomain:12065>",
            });
        }
        if index % 23 == 9 {
            all.extend(self.waiting(&["Update Inventory"]));
        }
        all
    }

    fn completed(&self, index: usize, word: &str, last: Timestamp) -> Vec<PastCommand> {
        let one = |(at, name): (usize, &&str)| {
            let hours = 24 * (at as u64 + 1) + self.chance().below(index + at, word, 20);
            let issued = self.before(last, hours);
            PastCommand {
                name: (*name).to_owned(),
                state: State::Completed,
                issued,
                ended: issued.checked_add(3.minutes()).unwrap_or(issued),
                status: "",
            }
        };
        COMMANDS.iter().enumerate().map(one).collect()
    }

    fn waiting<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = PastCommand> + 'a {
        names.iter().zip(1_u64..).map(|(name, at)| PastCommand {
            name: (*name).to_owned(),
            state: State::Pending,
            issued: self.before(self.options.now, 24 * 7 * at),
            ended: self.before(self.options.now, 20 * at),
            status: "The device has not answered yet",
        })
    }

    /// Who looked at what of a device, newest first.
    pub(crate) fn audits(&self, index: usize, last: Timestamp) -> Vec<Event> {
        let events =
            ["Viewed FileVault Personal Recovery Key", "Edited User and Location", "Viewed inventory"];
        let people = ["it-admin", "helpdesk", "auditor"];
        let event = |(at, what): (usize, &&str)| Event {
            at: self.before(last, 24 * 9 * (at as u64 + 1)),
            what: (*what).to_owned(),
            who: people.get((index + at) % people.len()).copied().unwrap_or_default().to_owned(),
        };
        let from = usize::from(!index.is_multiple_of(4));
        events.iter().enumerate().skip(from).map(event).collect()
    }

    /// Logins and logouts on a computer, newest first.
    pub(crate) fn usage(&self, index: usize, who: &str) -> Vec<Event> {
        let last = self.last_seen(index);
        let event = |at: u64| Event {
            at: self.before(last, at * 9 + 1),
            what: if at % 2 == 1 { "login" } else { "logout" }.to_owned(),
            who: who.to_owned(),
        };
        (0..8).map(event).collect()
    }

    /// A number of minutes that an application was open, or in front.
    pub(crate) fn minutes(&self, index: usize, word: &str, day: usize) -> u64 {
        self.chance().below(index.wrapping_mul(367).wrapping_add(day), word, 240)
    }
}
