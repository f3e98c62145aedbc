//! Why a configuration profile is on a device or is not, and how many devices have it.

use std::collections::BTreeSet;

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::explain::{self, Check, Outcome};
use super::explain_policy::minute;
use super::objects::{self, Object};
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work, devices};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::view::{DeviceRow, Needs, ScopedObject, View};
use crate::registry::ToolDeclaration;
use crate::sanitize::text as clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("explain_profile", "configuration")
        .about("Explain why a configuration profile is or is not on a device: scope, installation, and its MDM commands with their errors. Without a device: in scope, installed, failed and why.")
        .asked(&["why is a configuration profile not on this Mac", "why does the Wi-Fi or VPN profile not install", "profile failed with an error", "why does a Mac not have a profile", "profile is missing on a device", "Wi-Fi or VPN settings did not arrive"])
        .core(),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(&[
    "profiles",
    "groups",
    "scoped_objects",
    "computers",
    "mobile_devices",
    "group_members",
    "computer_profiles",
    "mobile_device_profiles",
    "mdm_commands",
])
.uses(&["computer_list", "mobile_device_list"]);

/// Arguments of `explain_profile`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name or id of the profile.
    #[schemars(length(min = 1, max = 255))]
    profile: String,
    /// Where the name is not enough.
    kind: Option<Kind>,
    /// The device: serial number, name, user, `computer:7` or `mobile_device:7`.
    #[schemars(length(min = 2, max = 200))]
    device: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Kinds of configuration profiles.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Kind {
    MacosProfile,
    MobileProfile,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let device = match arguments.text("device") {
        Some(word) => Some(devices::only(work, word).await?),
        None => None,
    };
    let kind = match (&device, arguments.text("kind")) {
        (_, Some(kind)) => Some(kind),
        (Some(device), None) if device.kind == "computer" => Some("macos_profile"),
        (Some(_), None) => Some("mobile_profile"),
        (None, None) => None,
    };
    let all = work.objects(&["profiles"]).await?;
    let word = arguments.text("profile").unwrap_or_default();
    let profile = objects::only(&all, kind, word, "configuration profile")?;
    let needs = Needs::default().devices(GroupKind::Computer).devices(GroupKind::MobileDevice).scopes();
    let view = match work.view(&needs, arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let object = explain::object(&view, &profile.kind, &profile.id)?;
    let facts = work
        .ask_one(
            "SELECT * FROM profiles WHERE id = ?1 AND kind = ?2",
            vec![json!(profile.id.to_string()), json!(profile.kind)],
        )
        .await?;
    let found = Found { work, arguments, profile, facts: &facts, view: &view, object };
    let report = match &device {
        Some(device) => found.on_device(device).await?,
        None => found.alone().await?,
    };
    Ok(Conclusion::Report(report.resting_on_view(&view)))
}

/// The profile that is explained.
struct Found<'a> {
    work: &'a Work<'a>,
    arguments: &'a Checked,
    profile: &'a Object,
    facts: &'a Map<String, Value>,
    view: &'a View,
    object: &'a ScopedObject,
}

impl Found<'_> {
    fn name(&self) -> String {
        format!("The profile {} (id {})", clean::quoted(&self.profile.name, 120), self.profile.id)
    }

    fn is_of_macs(&self) -> bool {
        self.profile.kind == "macos_profile"
    }

    async fn on_device(&self, device: &devices::Device) -> Result<Report, Error> {
        if (device.kind == "computer") != self.is_of_macs() {
            return Err(Error::caller(format!(
                "{} is for {}, and the device is a {}",
                clean::quoted(&self.profile.name, 120),
                if self.is_of_macs() { "computers" } else { "mobile devices" },
                device.kind.replace('_', " ")
            )));
        }
        let own = explain::facts_of(self.work, device).await?;
        let row = explain::row_of(self.view, device)?;
        let installed = self.installed(row).await?;
        let commands = self.commands(row).await?;
        let mut checks = vec![explain::managed(&own)];
        checks.extend(self.mdm(&own));
        checks.extend(explain::site(text(self.facts, "site"), &own));
        checks.extend(explain::scope_checks(self.work, self.arguments, self.view, self.object, row).await?);
        if text(self.facts, "level").eq_ignore_ascii_case("user") {
            checks.push(Check::new(
                "level",
                Outcome::Note,
                "it is a profile of the user level: only the MDM-enabled user of the Mac gets it",
            ));
        }
        if self.object.deployment.is_only_offered {
            checks.push(Check::new(
                "distribution",
                Outcome::Note,
                "it is in Self Service: it comes when the user installs it",
            ));
        }
        checks.push(match &installed {
            Some(at) if at.is_empty() => {
                Check::new("installed", Outcome::Note, "inventory has it on the device")
            }
            Some(at) => {
                Check::new("installed", Outcome::Note, format!("inventory has it on the device since {at}"))
            }
            None => Check::new(
                "installed",
                Outcome::Note,
                format!("the inventory of {} does not have it", day(text(&own, "last_inventory"))),
            ),
        });
        checks.push(command(&commands, &own));
        let shown = commands
            .iter()
            .skip(1)
            .take(3)
            .map(|row| Check::new("earlier command", Outcome::Note, in_words(row)));
        checks.extend(shown.collect::<Vec<_>>());
        let report = Report::new(self.verdict(&checks, installed.as_deref(), &own))
            .number("commands_30_days", commands.len())
            .rows(checks.iter().map(Check::row));
        Ok(self.with_next(report, &checks, installed.is_some()))
    }

    /// When the profile was installed on a device, by its inventory; an empty text where it is there and that is not said.
    async fn installed(&self, device: &DeviceRow) -> Result<Option<String>, Error> {
        let (id, profile) = (json!(device.id.to_string()), json!(self.profile.id.to_string()));
        let rows = match self.is_of_macs() {
            true => {
                let sql = "SELECT installed_at FROM computer_profiles WHERE computer_id = ?1 AND (profile_id = ?2 OR (profile_id IS NULL AND name = ?3))";
                self.work.ask(sql, vec![id, profile, json!(self.profile.name)]).await?
            }
            // Inventory of mobile devices has no ids of profiles.
            false => {
                let sql =
                    "SELECT installed_at FROM mobile_device_profiles WHERE device_id = ?1 AND name = ?2";
                self.work.ask(sql, vec![id, json!(self.profile.name)]).await?
            }
        };
        Ok(rows
            .first()
            .map(|row| day(text(row, "installed_at")).to_owned())
            .map(|at| if at == "unknown date" { String::new() } else { at }))
    }

    /// The MDM commands about the profile to a device, the newest first.
    async fn commands(&self, device: &DeviceRow) -> Result<Vec<Map<String, Value>>, Error> {
        let sql = "SELECT command, state, sent_at, completed_at, error_text, error_code FROM mdm_commands
             WHERE profile_id = ?1 AND lower(management_id) = lower(?2) ORDER BY sent_at DESC";
        self.work.ask(sql, vec![json!(self.profile.id.to_string()), json!(device.management_id)]).await
    }

    /// What keeps MDM commands from a device.
    fn mdm(&self, own: &Map<String, Value>) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Some(false) = explain::is(own, "mdm_capable") {
            checks.push(Check::new(
                "MDM",
                Outcome::Blocks,
                "the Mac has no working MDM enrollment (it is not MDM capable)",
            ));
        }
        if let Some(false) = explain::is(own, "user_approved_mdm") {
            checks.push(Check::new(
                "MDM",
                Outcome::Note,
                "MDM is not approved by the user: macOS refuses some payloads",
            ));
        }
        let expires = text(own, "mdm_profile_expires").parse::<Timestamp>().ok();
        if let Some(expires) = expires.filter(|expires| *expires <= Timestamp::now()) {
            checks.push(Check::new(
                "MDM",
                Outcome::Blocks,
                format!("the MDM profile expired at {}", minute(expires)),
            ));
        }
        if checks.is_empty() && self.is_of_macs() {
            checks.push(Check::new("MDM", Outcome::Passes, "the Mac takes MDM commands"));
        }
        checks
    }

    fn verdict(&self, checks: &[Check], installed: Option<&str>, own: &Map<String, Value>) -> String {
        let (name, device) = (self.name(), explain::device_in_words(own));
        let blocks = explain::first(checks, Outcome::Blocks);
        match (installed, blocks) {
            (Some(at), blocks) => {
                let since = if at.is_empty() { String::new() } else { format!(" since {at}") };
                let but = blocks
                    .map(|check| format!(" It should not stay there ({}): {}.", check.name, check.evidence))
                    .unwrap_or_default();
                format!("{name} is on {device}{since}.{but}")
            }
            (None, Some(check)) => format!("{name} is not on {device} ({}): {}.", check.name, check.evidence),
            (None, None) => {
                let rest = match explain::first(checks, Outcome::Undecided) {
                    Some(check) => format!("undecided ({}): {}", check.name, check.evidence),
                    None => {
                        let command = checks
                            .iter()
                            .find(|check| check.name == "command")
                            .map(|check| check.evidence.as_str());
                        format!("it is in scope, and {}", command.unwrap_or("no command is known"))
                    }
                };
                format!("{name} is not on {device}: {rest}.")
            }
        }
    }

    fn with_next(&self, report: Report, checks: &[Check], is_installed: bool) -> Report {
        let blocks = explain::first(checks, Outcome::Blocks).map(|check| check.name);
        match blocks {
            Some("command") => report.next("correct what the error names; another profile may have to bring it: `explain_profile` of that one. Then `mdm_command_flush_computers` for the failed commands lets Jamf send it again"),
            Some("exclusions") => report.next("`explain_membership` has every criterion of the group that excludes it"),
            Some("targets") => report.next("`effective_scope` lists who gets the profile"),
            _ if !is_installed => report.next("`device_find` has the last contact of the device; `blank_push_send` asks it to fetch its commands"),
            _ => report,
        }
    }

    /// How many devices are in scope, have it, and failed.
    async fn alone(&self) -> Result<Report, Error> {
        let installed = self.installed_anywhere().await?;
        let results = self.last_results().await?;
        let sum = |is: &dyn Fn(&Map<String, Value>) -> bool| -> u64 {
            results.iter().filter(|row| is(row)).map(|row| count_of(row, "devices")).sum()
        };
        let failed = sum(&is_failed);
        let pending = sum(&|row| text(row, "state").eq_ignore_ascii_case("PENDING"));
        let reach = match self.view.devices_in_scope(&self.profile.kind, &self.profile.id) {
            Known::Known(affected) => affected,
            Known::Unknown(reasons) => {
                return Err(Error::unreachable(format!("who is in its scope is not known: {reasons}")));
            }
        };
        let without = reach.devices.iter().filter(|(_, id)| !installed.contains(&id.to_string())).count();
        let outside = installed.len().saturating_sub(reach.devices.len() - without);
        let devices = if self.is_of_macs() { "Macs" } else { "mobile devices" };
        let is_offered = self.object.deployment.is_only_offered;
        let offered = if is_offered { ", where users install it from Self Service" } else { "" };
        let most = if self.object.deployment.scope.narrowings().is_some() { "at most " } else { "" };
        let answer = format!(
            "{} is for {most}{} {devices}{offered}; {} have it, {without} in its scope do not. The last command failed on {failed}.",
            self.name(),
            reach.devices.len(),
            installed.len(),
        );
        let entries = self.object.deployment.scope.entries.iter().take(8).map(|entry| {
            Map::from_iter([(entry.role.word().to_owned(), json!(explain::entry_in_words(entry)))])
        });
        let mut report = Report::new(answer)
            .number("in_scope_at_most", reach.devices.len())
            .number("installed", installed.len())
            .number("in_scope_without_it", without)
            .number("failed", failed)
            .number("pending", pending)
            .rows(results)
            .rows(entries);
        for (name, count) in [("scope_unknown", reach.unknown.len()), ("installed_outside_scope", outside)] {
            if count > 0 {
                report = report.number(name, count);
            }
        }
        if let Some(reasons) = self.object.deployment.scope.narrowings() {
            report = report.note(reasons.to_string());
        }
        if !self.is_of_macs() {
            report = report.note("inventory of mobile devices names profiles without ids: another profile of the same name counts too");
        }
        Ok(report
            .note("MDM commands of the last 30 days were looked at; `installed` is by the last inventory of each device")
            .next("`explain_profile` with `device` says why one device does not have it"))
    }

    /// The ids of the devices whose inventory has it.
    async fn installed_anywhere(&self) -> Result<BTreeSet<String>, Error> {
        let name = json!(self.profile.name);
        let rows = match self.is_of_macs() {
            true => {
                let sql = "SELECT computer_id AS id FROM computer_profiles WHERE profile_id = ?1 OR (profile_id IS NULL AND name = ?2)";
                self.work.ask(sql, vec![json!(self.profile.id.to_string()), name]).await?
            }
            false => {
                let sql = "SELECT device_id AS id FROM mobile_device_profiles WHERE name = ?1";
                self.work.ask(sql, vec![name]).await?
            }
        };
        Ok(rows.iter().map(|row| text(row, "id").to_owned()).collect())
    }

    /// What the newest command about it came to on each device, counted by state and error.
    async fn last_results(&self) -> Result<Vec<Map<String, Value>>, Error> {
        let sql = "WITH last AS (SELECT device_name, state, error_text,
                 row_number() OVER (PARTITION BY management_id ORDER BY sent_at DESC) AS place
                 FROM mdm_commands WHERE profile_id = ?1 AND (upper(ifnull(device_kind, '')) LIKE 'COMPUTER%') = ?2)
             SELECT state, error_text AS error, count(*) AS devices, min(device_name) AS device_name
             FROM last WHERE place = 1 GROUP BY state, error_text ORDER BY error_text IS NULL, devices DESC";
        self.work.ask(sql, vec![json!(self.profile.id.to_string()), json!(self.is_of_macs())]).await
    }
}

/// Whether a row of results is of commands that failed.
fn is_failed(row: &Map<String, Value>) -> bool {
    !text(row, "error").is_empty() || text(row, "state").eq_ignore_ascii_case("ERROR")
}

/// What the newest command about the profile came to.
fn command(commands: &[Map<String, Value>], own: &Map<String, Value>) -> Check {
    let Some(last) = commands.first() else {
        return Check::new("command", Outcome::Note, "no MDM command about it in the last 30 days");
    };
    let words = in_words(last);
    let is_failed = !text(last, "error_text").is_empty() || text(last, "state").eq_ignore_ascii_case("ERROR");
    match is_failed {
        true => Check::new("command", Outcome::Blocks, words),
        false if text(last, "state").eq_ignore_ascii_case("PENDING") => Check::new(
            "command",
            Outcome::Note,
            format!("{words}; the device was last in contact at {}", day(text(own, "last_contact"))),
        ),
        false => Check::new("command", Outcome::Note, words),
    }
}

/// A command in words, with its error.
fn in_words(row: &Map<String, Value>) -> String {
    let error = text(row, "error_text");
    let command = text(row, "command").replace('_', " ").to_lowercase();
    let sent = day(text(row, "sent_at"));
    match error.is_empty() {
        true => format!("the command `{command}` of {sent} is {}", text(row, "state").to_lowercase()),
        false => {
            format!("the command `{command}` of {sent} failed: {}", clean::line(error).trim_end_matches('.'))
        }
    }
}

/// A moment to the minute, in words where there is none.
fn day(moment: &str) -> String {
    moment.parse::<Timestamp>().map_or_else(|_| "unknown date".to_owned(), minute)
}
