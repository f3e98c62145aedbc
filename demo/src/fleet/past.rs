//! What happened to a device: runs of policies, MDM commands, audits, logins, usage. Made from the seed when it is asked for, and
//! stored nowhere; but for the commands that still wait or failed, which a tenant keeps.

use jiff::{Timestamp, ToSpan, tz::Offset};
use serde_json::{Value, json};

use super::{Fleet, computers::Encryption, groups::CHROME_STORY};
use crate::store::set;

/// The policy that the story of four Macs is about.
const CHROME: u64 = 12;

/// Why the Wi-Fi profile fails on thirty Macs: words, domain and code.
const WIFI_ERROR: (&str, &str, i64) = (
    "The payload \"Wi-Fi: Corporate\" could not be installed. The certificate \"Example Organisation Root\" could not be found.",
    "MCWiFiErrorDomain",
    28_001,
);

/// Why an app is not there.
const LICENCE_ERROR: (&str, &str, i64) =
    ("The license for the app \"Keynote\" could not be found.", "MCMDMErrorDomain", 12_065);

/// Commands wait and fail on this many computers, the first ones: the queue is kept in memory.
const MOST_IN_QUEUE: usize = 10_000;

/// One run of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) at: Timestamp,
    pub(crate) failed: bool,
}

/// An MDM command that was answered before anybody was looking.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
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

    fn chance(&self) -> super::Chance {
        super::Chance::new(self.options.seed)
    }

    /// The runs of a policy that a computer is in the scope of, newest first: none on one that is not managed or never reported.
    pub(crate) fn policy_runs(&self, index: usize, policy: u64, frequency: &str) -> Vec<Run> {
        let computer = self.computer(index);
        let (Some(last), Some(noon)) = (computer.checked_in(), computer.reported()) else {
            return Vec::new();
        };
        if !computer.managed() {
            return Vec::new();
        }
        let (word, enrolled) = (format!("policy {policy}"), computer.enrolled());
        if policy == CHROME && !computer.has_chrome() {
            // One tried once and failed; nothing runs "once per computer" a second time. The others never came to it.
            let once = CHROME_STORY.get(1) == Some(&index);
            let at = self.before(last, 24 * 100).max(enrolled);
            return once.then_some(Run { at, failed: true }).into_iter().collect();
        }
        // Those of a day or longer come with the inventory, and none of them on a weekend.
        let (times, hours, base) = match frequency {
            "Ongoing" => (6, 7, last),
            "Once every day" => (10, 24, noon),
            "Once every week" => (6, 24 * 7, noon),
            "Once every month" => (3, 24 * 30, noon),
            _ => return vec![self.once(index, policy, enrolled, last)],
        };
        let run = |time: u64| {
            let place = index.wrapping_mul(31).wrapping_add(usize::try_from(time).unwrap_or_default());
            let most = if base == last { 9_000 } else { 600 };
            let seconds = i64::try_from(self.chance().below(place, &word, most)).unwrap_or_default();
            let at = self.before(base, time * hours);
            let at = at.checked_sub(seconds.seconds()).unwrap_or(at);
            Run { at, failed: self.chance().percent(place, &word, 3) }
        };
        let worked =
            |run: &Run| base == last || Offset::UTC.to_datetime(run.at).weekday().to_monday_one_offset() < 6;
        (0..times).map(run).filter(worked).filter(|run| run.at >= enrolled).collect()
    }

    /// The run of a policy that runs once: soon after the enrollment as a rule, or else later.
    fn once(&self, index: usize, policy: u64, enrolled: Timestamp, last: Timestamp) -> Run {
        let word = format!("policy {policy}");
        let until = u64::try_from(last.as_second() - enrolled.as_second()).unwrap_or_default();
        let soon = self.chance().percent(index, &word, 70);
        let seconds = if soon {
            (300 + self.chance().below(index, &format!("{word} soon"), 6_000)).min(until)
        } else {
            self.chance().below(index, &format!("{word} later"), until)
        };
        let seconds = i64::try_from(seconds).unwrap_or_default();
        let failed = policy != CHROME && self.chance().percent(index, &format!("{word} failed"), 3);
        Run { at: enrolled.checked_add(seconds.seconds()).unwrap_or(enrolled), failed }
    }

    /// MDM commands that a computer answered before anybody was looking.
    pub(crate) fn answered_by_computer(&self, index: usize) -> Vec<Answered> {
        let computer = self.computer(index);
        let Some(last) = computer.contacted().filter(|_| computer.managed()) else { return Vec::new() };
        let mut all = self.answered(index, "computer command", last);
        all.retain(|command| command.at >= computer.enrolled());
        all
    }

    /// MDM commands that a mobile device answered before anybody was looking.
    pub(crate) fn answered_by_mobile(&self, index: usize) -> Vec<Answered> {
        self.answered(index, "mobile command", self.last_heard(index))
    }

    fn answered(&self, index: usize, word: &str, last: Timestamp) -> Vec<Answered> {
        let one = |(at, name): (usize, &&'static str)| {
            let hours = 24 * (at as u64 + 1) + self.chance().below(index + at, word, 20);
            Answered { name, at: self.before(last, hours) }
        };
        COMMANDS.iter().enumerate().map(one).collect()
    }

    /// MDM commands that failed or wait at the start, as the Jamf Pro API lists them: the Wi-Fi profile fails on thirty Macs, and
    /// devices that are away have not answered.
    pub(crate) fn queue(&self) -> Vec<Value> {
        let mut queue = Vec::new();
        for index in 0..self.options.computers.min(MOST_IN_QUEUE) {
            let computer = self.computer(index);
            let mut add = |hours: u64, kind: &str, state: &str, profile: Option<u64>| {
                queue.push(self.queued(&computer.management_id(), "COMPUTER", [kind, state], hours, profile));
            };
            if index % 14 == 6 && computer.managed() {
                let last = self.options.now.as_second() - self.last_seen(index).as_second();
                add(
                    u64::try_from(last / 3600).unwrap_or_default() + 24 * 6,
                    "INSTALL_PROFILE",
                    "ERROR",
                    Some(1),
                );
            }
            if computer.days_silent() > 30 && computer.managed() {
                add(24 * 14, "DEVICE_INFORMATION", "PENDING", None);
                add(24 * 7, "INSTALL_PROFILE", "PENDING", Some(4));
            }
        }
        for (index, device) in self.mobile_devices.iter().enumerate() {
            let id = device.pointer("/general/managementId").and_then(Value::as_str).unwrap_or_default();
            let mut add = |hours: u64, kind: &str, state: &str| {
                queue.push(self.queued(id, "MOBILE_DEVICE", [kind, state], hours, None));
            };
            if index % 17 == 5 {
                let last = self.options.now.as_second() - self.last_heard(index).as_second();
                add(u64::try_from(last / 3600).unwrap_or_default() + 24 * 3, "INSTALL_APPLICATION", "ERROR");
            }
            if index % 23 == 9 {
                add(24 * 7, "DEVICE_INFORMATION", "PENDING");
            }
        }
        queue
    }

    fn queued(
        &self,
        id: &str,
        client: &str,
        [kind, state]: [&str; 2],
        hours: u64,
        profile: Option<u64>,
    ) -> Value {
        let sent = self.before(self.options.now, hours);
        let place = usize::try_from(sent.as_second()).unwrap_or_default();
        let stamp = |moment: Timestamp| moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let mut made = json!({
            "uuid": self.chance().uuid(place, &format!("{id}{kind}")).to_lowercase(), "dateSent": stamp(sent),
            "client": {"managementId": id, "clientType": client}, "commandState": state, "commandType": kind,
        });
        if state == "ERROR" {
            set(&mut made, "dateCompleted", json!(stamp(sent.checked_add(20.minutes()).unwrap_or(sent))));
            let text = if kind == "INSTALL_PROFILE" { WIFI_ERROR } else { LICENCE_ERROR };
            let (text, domain, code) = text;
            set(
                &mut made,
                "commandError",
                json!({"errorCode": code, "errorDomain": domain,
                "errorLocalizedDescription": text, "errorEnglishDescription": text}),
            );
        }
        if let Some(profile) = profile {
            set(&mut made, "profileId", json!(profile));
        }
        made
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
