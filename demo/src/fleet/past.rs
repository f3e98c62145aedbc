//! What happened to a device: MDM commands that it answered, audits, logins, usage. Made from the seed when it is asked for, and
//! stored nowhere.

use jiff::{Timestamp, ToSpan};

use super::{Fleet, computers::Encryption};

/// An MDM command that was answered before anybody was looking.
#[derive(Debug, Clone)]
pub(crate) struct AnsweredCommand {
    pub(crate) name: &'static str,
    pub(crate) at: Timestamp,
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

    /// When a computer checked in last, but for what it did since; when it was enrolled, where it never did.
    pub(crate) fn last_seen(&self, index: usize) -> Timestamp {
        let computer = self.computer(index);
        computer.checked_in().unwrap_or_else(|| computer.enrolled())
    }

    /// When a mobile device was last heard of.
    pub(crate) fn last_heard(&self, index: usize) -> Timestamp {
        let device = self.mobile_devices.get(index);
        let last = device.and_then(|d| d.pointer("/general/lastInventoryUpdateDate")?.as_str()?.parse().ok());
        last.unwrap_or(self.options.now)
    }

    pub(super) fn chance(&self) -> super::Chance {
        super::Chance::new(self.options.seed)
    }

    /// MDM commands that a computer answered before anybody was looking.
    pub(crate) fn answered_by_computer(&self, index: usize) -> Vec<AnsweredCommand> {
        let computer = self.computer(index);
        let Some(last) = computer.contacted().filter(|_| computer.managed()) else { return Vec::new() };
        let mut all = self.answered(index, "computer command", last);
        all.retain(|command| command.at >= computer.enrolled());
        all
    }

    /// MDM commands that a mobile device answered before anybody was looking.
    pub(crate) fn answered_by_mobile(&self, index: usize) -> Vec<AnsweredCommand> {
        self.answered(index, "mobile command", self.last_heard(index))
    }

    fn answered(&self, index: usize, word: &str, last: Timestamp) -> Vec<AnsweredCommand> {
        let one = |(at, name): (usize, &&'static str)| {
            let hours = 24 * (at as u64 + 1) + self.chance().below(index + at, word, 20);
            AnsweredCommand { name, at: self.before(last, hours) }
        };
        COMMANDS.iter().enumerate().map(one).collect()
    }

    /// Who looked at what of a computer, newest first: nobody before there was a record, and at no key that is not there.
    pub(crate) fn audits_of_computer(&self, index: usize) -> Vec<Event> {
        let computer = self.computer(index);
        let last = computer.contacted().unwrap_or(self.options.now);
        let mut all = self.audits(index, last);
        let has_key = matches!(computer.encryption(), Encryption::Valid | Encryption::InvalidKey);
        all.retain(|event| event.at >= computer.entered() && (has_key || !event.what.contains("Key")));
        all
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
        let computer = self.computer(index);
        let Some(last) = computer.logged_in() else { return Vec::new() };
        let event = |at: u64| Event {
            at: self.before(last, at * 9),
            what: if at % 2 == 1 { "logout" } else { "login" }.to_owned(),
            who: who.to_owned(),
        };
        (0..8).map(event).filter(|event| event.at >= computer.enrolled()).collect()
    }

    /// A number of minutes that an application was open, or in front.
    pub(crate) fn minutes(&self, index: usize, word: &str, day: usize) -> u64 {
        self.chance().below(index.wrapping_mul(367).wrapping_add(day), word, 240)
    }
}
