//! Why a policy ran on a computer or did not, and what a policy does.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::explain::{self, Check, Outcome};
use super::objects::{self, Object};
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work, devices, text_at};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::scope::Role;
use crate::fleet::view::{Needs, ScopedObject, View};
use crate::registry::ToolDeclaration;
use crate::sanitize::text as clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("explain_policy", "configuration")
        .about("Explain why a policy ran or did not run on a Mac: every check in order with its evidence. Without a device: what the policy does, when, and on how many Macs.")
        .asked(&["why did this policy not run on that Mac", "why does this Mac not get the policy", "what does a policy do, and when", "why did a policy not run on a Mac", "why does this Mac not get an installer", "policy skipped a computer"])
        .core(),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(&["policies", "policy_scripts", "policy_packages", "groups", "scoped_objects", "computers", "mobile_devices", "group_members"])
.uses(&["computer_list", "mobile_device_list", "computer_history_get"]);

/// Arguments of `explain_policy`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name or id of the policy.
    #[schemars(length(min = 1, max = 255))]
    policy: String,
    /// The Mac: serial number, name, user or `computer:7`.
    #[schemars(length(min = 2, max = 200))]
    device: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Kinds of objects whose texts can call a policy by its event.
const CALLERS: &[&str] =
    &["policy", "script", "computer_extension_attribute", "macos_profile", "mobile_profile"];

/// Days without a check-in from which it is worth a word.
const LONG_AWAY: i64 = 7;

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let all = work.objects(&["policies"]).await?;
    let word = arguments.text("policy").unwrap_or_default();
    let policy = objects::only(&all, Some("policy"), word, "policy")?;
    let facts =
        work.ask_one("SELECT * FROM policies WHERE id = ?1", vec![json!(policy.id.to_string())]).await?;
    let needs = Needs::default().devices(GroupKind::Computer).scopes().references_of(CALLERS);
    let view = match work.view(&needs, arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let object = explain::object(&view, "policy", &policy.id)?;
    let found = Found { work, arguments, policy, facts: &facts, view: &view, object };
    let report = match arguments.text("device") {
        Some(device) => found.on_device(device).await?,
        None => found.alone().await?,
    };
    Ok(Conclusion::Report(report.resting_on_view(&view)))
}

/// The policy that is explained.
struct Found<'a> {
    work: &'a Work<'a>,
    arguments: &'a Checked,
    policy: &'a Object,
    facts: &'a Map<String, Value>,
    view: &'a View,
    object: &'a ScopedObject,
}

/// An entry of the log of a policy on one computer.
pub(super) struct Log {
    pub(super) at: Timestamp,
    pub(super) is_failed: bool,
}

impl Found<'_> {
    fn name(&self) -> String {
        format!("{} (id {})", clean::quoted(&self.policy.name, 120), self.policy.id)
    }

    async fn on_device(&self, word: &str) -> Result<Report, Error> {
        let device = devices::only(self.work, word).await?;
        if device.kind != "computer" {
            return Err(Error::caller("policies run on computers only, and this is a mobile device")
                .hint("`explain_profile` explains a configuration profile on it"));
        }
        let own = explain::facts_of(self.work, &device).await?;
        let row = explain::row_of(self.view, &device)?;
        let logs = self.logs(&device.fact("id")).await;
        let mut checks = vec![self.enabled()];
        checks.extend(self.dates());
        checks.push(explain::managed(&own));
        checks.extend(explain::site(text(self.facts, "site"), &own));
        checks.extend(explain::scope_checks(self.work, self.arguments, self.view, self.object, row).await?);
        checks.push(self.trigger());
        match &logs {
            Ok(logs) => checks.extend(self.log(logs)),
            Err(error) => checks.push(Check::new(
                "log",
                Outcome::Undecided,
                format!("the log of the Mac could not be read: {error}"),
            )),
        }
        checks.push(self.check_in(&own, logs.as_ref().is_ok_and(|logs| !logs.is_empty())));
        let last = logs.as_ref().ok().and_then(|logs| logs.first());
        let mut report = Report::new(self.verdict(&checks, last, &explain::device_in_words(&own)))
            .rows(checks.iter().map(Check::row));
        if let Ok(logs) = &logs {
            report = report.number("log_entries", logs.len());
        }
        if let Err(error) = &logs {
            report = report.partial(format!("policy logs of the Mac: {error}"));
        }
        if self.object.deployment.scope.with_role(Role::Limitation).next().is_some() {
            report = report.note("a limitation is decided on the Mac when the policy is about to run; Jamf keeps no record of it");
        }
        Ok(self.with_next(report, &checks))
    }

    /// The log entries of the policy on a computer, the newest first, read from the tenant now.
    async fn logs(&self, computer: &str) -> Result<Vec<Log>, Error> {
        let arguments = json!({ "id": computer, "subset": "PolicyLogs" });
        let history = self.work.send("computer_history_get", arguments, &[]).await?;
        Ok(logs_of(&history, &self.policy.id))
    }

    fn enabled(&self) -> Check {
        match self.object.deployment.is_enabled {
            true => Check::new("enabled", Outcome::Passes, "the policy is switched on"),
            false => Check::new("enabled", Outcome::Blocks, "the policy is switched off"),
        }
    }

    /// The dates from and until which it runs.
    fn dates(&self) -> Option<Check> {
        let now = Timestamp::now();
        let moment = |column: &str| text(self.facts, column).parse::<Timestamp>().ok();
        let (starts, expires) = (moment("starts_at"), moment("expires_at"));
        let check = match (starts, expires) {
            (Some(starts), _) if starts > now => {
                Check::new("dates", Outcome::Blocks, format!("it starts at {}", minute(starts)))
            }
            (_, Some(expires)) if expires <= now => {
                Check::new("dates", Outcome::Blocks, format!("it expired at {}", minute(expires)))
            }
            (Some(starts), _) => {
                Check::new("dates", Outcome::Passes, format!("it runs since {}", minute(starts)))
            }
            (None, Some(expires)) => {
                Check::new("dates", Outcome::Passes, format!("it expires at {}", minute(expires)))
            }
            (None, None) => return None,
        };
        Some(check)
    }

    /// By what it runs.
    fn trigger(&self) -> Check {
        let triggers = self.triggers();
        let event = text(self.facts, "custom_event");
        if triggers.is_empty() {
            return Check::new("trigger", Outcome::Blocks, "it has no trigger: nothing starts it");
        }
        let is_only = |word: &str| triggers.len() == 1 && triggers.iter().any(|own| own.contains(word));
        if is_only("custom event") {
            let callers = self.callers(event);
            return match callers.is_empty() {
                true => Check::new(
                    "trigger",
                    Outcome::Blocks,
                    format!(
                        "it runs only at the custom event {}, and no script, policy, extension attribute or profile that was read calls it",
                        clean::quoted(event, 80)
                    ),
                ),
                false => Check::new(
                    "trigger",
                    Outcome::Note,
                    format!(
                        "it runs only at the custom event {}, which {} call",
                        clean::quoted(event, 80),
                        callers.join(", ")
                    ),
                ),
            };
        }
        if is_only("Self Service") {
            return Check::new(
                "trigger",
                Outcome::Note,
                "it runs only when the user starts it in Self Service",
            );
        }
        Check::new("trigger", Outcome::Passes, format!("it runs at {}", triggers.join(", ")))
    }

    fn callers(&self, event: &str) -> Vec<String> {
        let callers = self.view.callers_of_event(event);
        callers
            .iter()
            .take(5)
            .map(|(kind, name)| format!("the {} {}", objects::words(kind), clean::quoted(name, 80)))
            .collect()
    }

    /// The triggers in words.
    fn triggers(&self) -> Vec<String> {
        triggers(self.facts)
    }

    /// What its log and its frequency mean for the next run.
    fn log(&self, logs: &[Log]) -> Option<Check> {
        let frequency = text(self.facts, "frequency");
        let retries = self.facts.get("retry_attempts").and_then(Value::as_i64).unwrap_or_default();
        let Some(last) = logs.first() else {
            return Some(Check::new(
                "log",
                Outcome::Passes,
                format!("no log entry on this Mac; frequency {frequency}"),
            ));
        };
        let what = format!("{} at {}", if last.is_failed { "failed" } else { "completed" }, minute(last.at));
        let age = Timestamp::now().as_second() - last.at.as_second();
        let days = match frequency {
            "Once every day" => Some(1),
            "Once every week" => Some(7),
            "Once every month" => Some(30),
            _ => None,
        };
        let check = match frequency {
            "Once per computer" if last.is_failed && retries > 0 => Check::new(
                "log",
                Outcome::Note,
                format!("it {what}; frequency {frequency}, tried again up to {retries} times"),
            ),
            "Once per computer" if last.is_failed => Check::new(
                "log",
                Outcome::Blocks,
                format!(
                    "it {what}, and with the frequency {frequency} and no retry it is not tried again until its log on this Mac is flushed"
                ),
            ),
            "Once per computer" => Check::new(
                "log",
                Outcome::Blocks,
                format!(
                    "it {what}; with the frequency {frequency} it does not run again until its log on this Mac is flushed"
                ),
            ),
            "Once per user" | "Once per user per computer" => Check::new(
                "log",
                Outcome::Note,
                format!("it {what}; with the frequency {frequency} it does not run again for the same user"),
            ),
            _ if days.is_some_and(|days| age < days * 86_400) => Check::new(
                "log",
                Outcome::Note,
                format!("it {what}; with the frequency {frequency} it is not due again yet"),
            ),
            _ => Check::new("log", Outcome::Passes, format!("it {what}; frequency {frequency}")),
        };
        Some(check)
    }

    /// When the Mac last checked in.
    fn check_in(&self, own: &Map<String, Value>, has_run: bool) -> Check {
        let Ok(last) = text(own, "last_check_in").parse::<Timestamp>() else {
            return Check::new("last check-in", Outcome::Blocks, "the Mac has never checked in");
        };
        let days = (Timestamp::now().as_second() - last.as_second()) / 86_400;
        let starts = text(self.facts, "starts_at").parse::<Timestamp>().ok();
        if let Some(starts) = starts.filter(|starts| last < *starts) {
            return Check::new(
                "last check-in",
                Outcome::Blocks,
                format!(
                    "the Mac last checked in at {}, {days} days ago and before the policy started at {}: it never had the chance",
                    minute(last),
                    minute(starts)
                ),
            );
        }
        let outcome = match days >= LONG_AWAY {
            true if !has_run => Outcome::Note,
            _ => Outcome::Passes,
        };
        Check::new("last check-in", outcome, format!("{}, {days} days ago", minute(last)))
    }

    fn verdict(&self, checks: &[Check], last: Option<&Log>, device: &str) -> String {
        let name = self.name();
        let blocks = explain::first(checks, Outcome::Blocks);
        match (last.filter(|log| !log.is_failed), blocks) {
            (Some(log), Some(check)) if check.name == "log" => {
                format!(
                    "{name} ran on {device}: it completed at {}, and does not run again ({}).",
                    minute(log.at),
                    text(self.facts, "frequency")
                )
            }
            (Some(log), Some(check)) => format!(
                "{name} ran on {device}, last at {}. It would not run now ({}): {}.",
                minute(log.at),
                check.name,
                check.evidence
            ),
            (Some(log), None) => format!("{name} ran on {device}, last completed at {}.", minute(log.at)),
            (None, Some(check)) => {
                let mut also: Vec<&str> = checks
                    .iter()
                    .filter(|other| other.outcome == Outcome::Blocks && other.name != check.name)
                    .map(|other| other.name)
                    .collect();
                also.dedup();
                let also = if also.is_empty() {
                    String::new()
                } else {
                    format!(" It would also fail at: {}.", also.join(", "))
                };
                format!("{name} does not run on {device} ({}): {}.{also}", check.name, check.evidence)
            }
            (None, None) => match explain::first(checks, Outcome::Undecided) {
                Some(check) => format!(
                    "Nothing that can be decided here keeps {name} from {device}. Undecided ({}): {}.",
                    check.name, check.evidence
                ),
                None => {
                    let notes: Vec<&str> = checks
                        .iter()
                        .filter(|check| check.outcome == Outcome::Note)
                        .map(|check| check.evidence.as_str())
                        .collect();
                    let notes =
                        if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
                    format!("Nothing keeps {name} from running on {device}{notes}.")
                }
            },
        }
    }

    /// What a person does about the first reason.
    fn with_next(&self, report: Report, checks: &[Check]) -> Report {
        let first =
            explain::first(checks, Outcome::Blocks).or_else(|| explain::first(checks, Outcome::Undecided));
        match first.map(|check| check.name) {
            Some("exclusions") => report.next("correct the value or the group that excludes it; `explain_membership` has every criterion of the group"),
            Some("log") => report.next("find out why it failed in the policy log of the Mac in Jamf Pro, then `policy_log_flush` lets it run again"),
            Some("limitation") => report.next("compare the user who is logged in with the directory group; `device_find` has the user of the Mac"),
            Some("last check-in") => report.next("find the Mac: it has to check in first"),
            Some("targets") => report.next("`effective_scope` lists who gets the policy; `scope_change` adds a target"),
            _ => report,
        }
    }

    /// What the policy does, when, and on how many computers.
    async fn alone(&self) -> Result<Report, Error> {
        let id = vec![json!(self.policy.id.to_string())];
        let scripts = self.work.ask("SELECT * FROM policy_scripts WHERE policy_id = ?1", id.clone()).await?;
        let packages = self.work.ask("SELECT * FROM policy_packages WHERE policy_id = ?1", id).await?;
        let mut rows = Vec::new();
        rows.extend(packages.iter().map(|row| {
            part(
                "package",
                format!(
                    "{} {} (id {})",
                    text(row, "action"),
                    clean::quoted(text(row, "name"), 120),
                    text(row, "package_id")
                ),
            )
        }));
        rows.extend(scripts.iter().map(|row| part("script", script(row))));
        if !text(self.facts, "command").is_empty() {
            rows.push(part("command", clean::quoted(text(self.facts, "command"), 300)));
        }
        for (column, what) in [("reboots", "restarts the Mac"), ("updates_inventory", "updates inventory")] {
            if explain::is(self.facts, column) == Some(true) {
                rows.push(part("also", what.to_owned()));
            }
        }
        rows.extend(self.triggers().into_iter().map(|trigger| part("trigger", trigger)));
        rows.extend(
            self.callers(text(self.facts, "custom_event"))
                .into_iter()
                .map(|caller| part("called by", caller)),
        );
        for entry in &self.object.deployment.scope.entries {
            rows.push(part(entry.role.word(), explain::entry_in_words(entry)));
        }
        let report = Report::new(self.summary(scripts.len(), packages.len())).rows(rows);
        let report = self.with_reach(report).await?;
        Ok(report.next("`explain_policy` with `device` says why it runs on one Mac or not; `policy_results` reads what became of it"))
    }

    fn summary(&self, scripts: usize, packages: usize) -> String {
        let blocks = [Some(self.enabled()), self.dates()]
            .into_iter()
            .flatten()
            .find(|check| check.outcome == Outcome::Blocks);
        let state = match blocks {
            Some(check) => format!("does nothing: {}", check.evidence),
            None => "is in force".to_owned(),
        };
        let mut does = Vec::new();
        if packages > 0 {
            does.push(objects::counted(packages, "package"));
        }
        if scripts > 0 {
            does.push(objects::counted(scripts, "script"));
        }
        let does = if does.is_empty() { "no package or script".to_owned() } else { does.join(" and ") };
        let reach = match self.reach() {
            Ok((devices, 0)) if self.object.deployment.scope.narrowings().is_none() => {
                format!("{devices} Macs")
            }
            Ok((devices, 0)) => format!("at most {devices} Macs"),
            Ok((devices, unknown)) => format!("{devices} Macs, and perhaps {unknown} more"),
            Err(why) => format!("an unknown number of Macs ({why})"),
        };
        let triggers = self.triggers();
        let when = if triggers.is_empty() { "no trigger".to_owned() } else { triggers.join(", ") };
        format!(
            "{} {state}. It has {does}, runs at {when}, {}, for {reach}.",
            self.name(),
            text(self.facts, "frequency")
        )
    }

    /// The devices that it can come to, and those of which it is not known.
    fn reach(&self) -> Result<(usize, usize), String> {
        match self.view.devices_in_scope("policy", &self.policy.id) {
            Known::Known(affected) => Ok((affected.devices.len(), affected.unknown.len())),
            Known::Unknown(reasons) => Err(reasons.to_string()),
        }
    }

    async fn with_reach(&self, report: Report) -> Result<Report, Error> {
        let mut report = report;
        if let Ok((devices, unknown)) = self.reach() {
            report = report.number("computers_at_most", devices);
            if unknown > 0 {
                report = report.number("computers_unknown", unknown);
            }
        }
        if let Known::Known(affected) = self.view.devices_in_scope("policy", &self.policy.id) {
            let unmanaged = explain::unmanaged(self.work, &affected).await?;
            if unmanaged > 0 {
                report = report
                    .number("not_managed", unmanaged)
                    .note("Macs that Jamf Pro does not manage are in its scope and run nothing");
            }
        }
        if let Known::Known(all) = self.view.devices(GroupKind::Computer) {
            report = report.number("computers", all.len());
        }
        if let Some(reasons) = self.object.deployment.scope.narrowings() {
            report = report.note(reasons.to_string());
        }
        for note in self.object.deployment.scope.notes() {
            report = report.note(note);
        }
        Ok(report)
    }
}

/// The entries of a policy in the history of a computer, the newest first.
pub(super) fn logs_of(history: &Value, policy: &ObjectId) -> Vec<Log> {
    let rows = history.get("policy_logs").and_then(Value::as_array).into_iter().flatten();
    let log = |row: &Value| {
        let at = text_at(row, "date_time").parse::<Timestamp>().ok()?;
        Some(Log { at, is_failed: text_at(row, "status") != "Completed" })
    };
    let own = rows.filter(|row| ObjectId::at(row, "policy_id").as_ref() == Some(policy));
    let mut logs: Vec<Log> = own.filter_map(log).collect();
    logs.sort_by_key(|log| std::cmp::Reverse(log.at));
    logs
}

/// The triggers of a policy in words.
pub(super) fn triggers(policy: &Map<String, Value>) -> Vec<String> {
    let mut found: Vec<String> = [
        ("on_check_in", "check-in"),
        ("on_login", "login"),
        ("on_startup", "startup"),
        ("on_enrollment", "enrollment"),
        ("on_network_change", "network change"),
        ("self_service", "Self Service"),
    ]
    .iter()
    .filter(|(column, _)| count_of(policy, column) == 1)
    .map(|(_, word)| (*word).to_owned())
    .collect();
    let event = text(policy, "custom_event");
    if !event.is_empty() {
        found.push(format!("custom event {}", clean::quoted(event, 80)));
    }
    found
}

fn part(part: &str, what: String) -> Map<String, Value> {
    Map::from_iter([("part".to_owned(), json!(part)), ("what".to_owned(), json!(what))])
}

fn script(row: &Map<String, Value>) -> String {
    let values = (4..=11).filter_map(|number| {
        let value = text(row, &format!("p{number}"));
        (!value.is_empty()).then(|| format!("${number} {}", clean::quoted(value, 60)))
    });
    let values: Vec<String> = values.collect();
    let with = if values.is_empty() { String::new() } else { format!(" with {}", values.join(", ")) };
    format!(
        "{} (id {}), {}{with}",
        clean::quoted(text(row, "name"), 120),
        text(row, "script_id"),
        text(row, "when_run")
    )
}

/// A moment to the minute.
pub(super) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}
