//! MDM commands of the days before the start, which a tenant keeps: most were acknowledged, and the others wait or failed for a reason that their device tells.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::{Computer, Fleet, profiles};
use crate::store::set;

/// Why the Wi-Fi profile fails without the root certificate: words, domain and code.
const WIFI_ERROR: Error = (
    "The payload \"Wi-Fi: Corporate\" could not be installed. The certificate \"Example Organization Root\" could not be found.",
    "MCWiFiErrorDomain",
    28_001,
);

/// Why an app is not there.
const LICENSE_ERROR: Error =
    ("The license for the app \"Keynote\" could not be found.", "MCMDMErrorDomain", 12_065);

/// What a command says that is sent to a device in the wrong state.
const STATE_ERROR: Error =
    ("The request is not allowed in the current state of the device.", "MCMDMErrorDomain", 12);

type Error = (&'static str, &'static str, i64);

/// Commands wait and fail on this many computers, the first ones: the queue is kept in memory.
const MOST_IN_QUEUE: usize = 20_000;

/// The state of a command that was carried out.
const ACKNOWLEDGED: &str = "ACKNOWLEDGED";

/// Licenses of Keynote that are missing on iPads.
const WITHOUT_LICENSE: usize = 10;

/// A command before it was sent.
#[derive(Default)]
struct SentCommand<'a> {
    kind: &'a str,
    state: &'a str,
    hours: i64,
    error: Option<Error>,
    profile: Option<usize>,
}

impl Fleet {
    /// MDM commands that were acknowledged, failed or wait, as the Jamf Pro API lists them.
    pub(crate) fn queue(&self) -> Vec<Value> {
        let mut queue = Vec::new();
        let mut erased = false;
        for index in 0..self.options.computers.min(MOST_IN_QUEUE) {
            let computer = self.computer(index);
            if !computer.managed() {
                continue;
            }
            for sent in self.commands_for(index, &computer) {
                queue.push(self.command_row(&computer.management_id(), "COMPUTER", &sent));
            }
            // Somebody wanted it gone half a year ago.
            if !erased && computer.days_silent() > 200 {
                erased = true;
                let erase = SentCommand {
                    kind: "ERASE_DEVICE",
                    state: "PENDING",
                    hours: 24 * 183,
                    ..SentCommand::default()
                };
                queue.push(self.command_row(&computer.management_id(), "COMPUTER", &erase));
            }
        }
        let without = self.without_license();
        for (index, device) in self.mobile_devices.iter().enumerate() {
            let text = |at: &str| device.pointer(at).and_then(Value::as_str).unwrap_or_default();
            let mut add = |sent: &SentCommand<'_>| {
                queue.push(self.command_row(text("/general/managementId"), "MOBILE_DEVICE", sent));
            };
            let hours = self.hours_silent(index);
            if without.contains(&index) {
                let error = Some(LICENSE_ERROR);
                add(&SentCommand {
                    kind: "INSTALL_APPLICATION",
                    state: "ERROR",
                    hours: hours + 24 * 3,
                    error,
                    profile: None,
                });
            }
            if is_away(hours) {
                add(&SentCommand {
                    kind: "DEVICE_INFORMATION",
                    state: "PENDING",
                    hours: 24 * 7,
                    ..SentCommand::default()
                });
            } else {
                add(&acknowledged_command(index, hours));
            }
        }
        queue
    }

    /// Hours since a mobile device was last heard of.
    fn hours_silent(&self, index: usize) -> i64 {
        (self.options.now.as_second() - self.last_heard(index).as_second()) / 3_600
    }

    /// The mobile devices that got no license of the app that licenses are short of.
    pub(super) fn without_license(&self) -> Vec<usize> {
        let is_ipad = |record: &Value| {
            let model = record.pointer("/hardware/model").and_then(Value::as_str);
            model.is_some_and(|model| model.starts_with("iPad"))
        };
        let all = self.mobile_devices.iter().enumerate();
        let without = all.filter(|(index, record)| {
            index % 7 == 5 && is_ipad(record) && !is_away(self.hours_silent(*index))
        });
        without.map(|(index, _)| index).take(WITHOUT_LICENSE).collect()
    }

    fn commands_for(&self, index: usize, computer: &Computer) -> Vec<SentCommand<'static>> {
        let mut all = Vec::new();
        let last = (self.options.now.as_second() - self.last_seen(index).as_second()) / 3_600;
        let scopes: Vec<&Value> = self
            .profiles
            .iter()
            .filter(|profile| {
                let id = profile.pointer("/general/id").and_then(Value::as_u64);
                [profiles::WIFI, profiles::WAITING, profiles::ROOT]
                    .iter()
                    .any(|own| id == u64::try_from(*own).ok())
            })
            .filter_map(|profile| profile.get("scope"))
            .collect();
        let in_scope = self.in_scope(index, &scopes);
        let is_in = |at: usize| in_scope.get(at).copied().unwrap_or_default();
        let inventoried = !computer.never_inventoried();
        let has_root = is_in(2);
        if is_in(0) && inventoried && !has_root {
            let (error, profile) = (Some(WIFI_ERROR), Some(profiles::WIFI));
            all.push(SentCommand {
                kind: "INSTALL_PROFILE",
                state: "ERROR",
                hours: last + 24 * 6,
                error,
                profile,
            });
        }
        if profiles::is_away(computer) {
            all.push(SentCommand {
                kind: "DEVICE_INFORMATION",
                state: "PENDING",
                hours: 24 * 14,
                ..SentCommand::default()
            });
            if is_in(1) {
                let profile = Some(profiles::WAITING);
                all.push(SentCommand {
                    kind: "INSTALL_PROFILE",
                    state: "PENDING",
                    hours: 24 * 7,
                    profile,
                    error: None,
                });
            }
        } else if index % 53 == 24 && inventoried {
            let error = Some(STATE_ERROR);
            all.push(SentCommand {
                kind: "SETTINGS",
                state: "ERROR",
                hours: last + 24 * 4,
                error,
                profile: None,
            });
        } else if index % 29 == 12 && inventoried {
            // Asleep, but awake enough to say so.
            all.push(SentCommand {
                kind: "INSTALLED_APPLICATION_LIST",
                state: "NOT_NOW",
                hours: last + 9,
                ..SentCommand::default()
            });
        } else if inventoried && index.is_multiple_of(3) {
            all.push(acknowledged_command(index, last));
        }
        all
    }

    fn command_row(&self, id: &str, client: &str, sent: &SentCommand<'_>) -> Value {
        let at = self.options.now.checked_sub(sent.hours.hours()).unwrap_or(self.options.now);
        let place = usize::try_from(sent.hours).unwrap_or_default();
        let stamp = |moment: Timestamp| moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let mut made = json!({
            "uuid": self.chance().uuid(place, &format!("{id}{}", sent.kind)).to_lowercase(), "dateSent": stamp(at),
            "client": {"managementId": id, "clientType": client}, "commandState": sent.state, "commandType": sent.kind,
        });
        if let Some((text, domain, code)) = sent.error {
            set(&mut made, "dateCompleted", json!(stamp(at.checked_add(20.minutes()).unwrap_or(at))));
            let error = json!({"errorCode": code, "errorDomain": domain, "errorLocalizedDescription": text,
                "errorEnglishDescription": text});
            set(&mut made, "commandError", error);
        }
        if sent.state == ACKNOWLEDGED {
            set(&mut made, "dateCompleted", json!(stamp(at.checked_add(2.minutes()).unwrap_or(at))));
        }
        if let Some(profile) = sent.profile {
            set(&mut made, "profileId", json!(profile));
        }
        made
    }
}

/// A command that a device carried out before it was last heard of, so many hours ago.
fn acknowledged_command(index: usize, last: i64) -> SentCommand<'static> {
    let kinds = ["DECLARATIVE_MANAGEMENT", "DEVICE_INFORMATION", "PROFILE_LIST", "SECURITY_INFO"];
    let place = |of: usize| index.checked_rem(of).unwrap_or_default();
    let kind = kinds.get(place(kinds.len())).copied().unwrap_or("DEVICE_INFORMATION");
    let hours = last + 1 + i64::try_from(place(19)).unwrap_or_default();
    SentCommand { kind, state: ACKNOWLEDGED, hours, ..SentCommand::default() }
}

/// Whether somebody would say that a device has been away for long.
fn is_away(hours: i64) -> bool {
    hours / 24 > 14
}
