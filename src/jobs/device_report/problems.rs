//! What is wrong with one device, the gravest first, each with what to do about it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Facts;
use crate::jobs::device_rows::{counted, problem};
use crate::jobs::question::text;

/// Days without contact from which a device counts as silent.
const SILENT_DAYS: i64 = 30;

/// Days before its end in which an MDM profile counts as about to expire.
const EXPIRES_SOON_DAYS: i64 = 30;

/// A start disk that is fuller than this leaves no room for an update.
const FULL_PERCENT: i64 = 95;

/// The rows of all problems.
pub(super) fn problems(facts: &Facts) -> Vec<Map<String, Value>> {
    let mut found = Vec::new();
    management(facts, &mut found);
    match facts.is_computer {
        true => protection_of_computer(&facts.record, &mut found),
        false => protection_of_mobile_device(&facts.record, &mut found),
    }
    activity(facts, &mut found);
    storage(&facts.record, &mut found);
    found
}

fn flag(record: &Map<String, Value>, column: &str) -> Option<bool> {
    record.get(column).and_then(Value::as_i64).map(|value| value != 0)
}

/// Whole days since a moment of the record; negative before it.
fn days_since(record: &Map<String, Value>, column: &str) -> Option<i64> {
    let at: Timestamp = text(record, column).parse().ok()?;
    Some((Timestamp::now().as_second() - at.as_second()).div_euclid(86_400))
}

fn management(facts: &Facts, found: &mut Vec<Map<String, Value>>) {
    let record = &facts.record;
    if flag(record, "lost_mode") == Some(true) {
        found.push(problem("Lost Mode is on", "when it is back: `lost_mode_disable`"));
    }
    if flag(record, "managed") == Some(false) {
        found.push(problem(
            "not managed: no policy, profile or command reaches it",
            "enroll it again, or delete the record",
        ));
    }
    if facts.twins > 0 {
        found.push(problem(
            format!("{} with the same serial number", counted(facts.twins, "other record")),
            "find out which record is the present one (last check-in), and delete the other one",
        ));
    }
    if text(record, "last_inventory").is_empty() {
        found.push(problem(
            "it never sent an inventory: nothing below is known",
            "enroll it again, or delete the record",
        ));
        return;
    }
    let clock = if facts.is_computer { "last_check_in" } else { "last_contact" };
    match days_since(record, clock) {
        Some(days) if days > SILENT_DAYS => {
            let words = if facts.is_computer { "no check-in" } else { "no contact" };
            found.push(problem(
                format!("{words} for {days} days"),
                "ask its user to start it and connect it; commands wait until then",
            ));
        }
        _ => match days_since(record, "last_inventory") {
            Some(days) if days > SILENT_DAYS => {
                found.push(problem(
                    format!("no inventory for {days} days, so facts below may be old"),
                    "have it send inventory",
                ));
            }
            _ => {}
        },
    }
    match days_since(record, "mdm_profile_expires") {
        Some(days) if days >= 0 => found.push(problem(
            format!("its MDM profile expired {days} days ago: no MDM command reaches it"),
            "enroll it again (`profiles renew -type enrollment` on the Mac)",
        )),
        Some(days) if days >= -EXPIRES_SOON_DAYS => found.push(problem(
            format!("its MDM profile expires in {} days", -days),
            "`mdm_profile_renew` while it is still in contact",
        )),
        _ => {}
    }
    if flag(record, "user_approved_mdm") == Some(false) {
        found.push(problem(
            "MDM is not user-approved: some profiles do not install",
            "the user approves the profile in System Settings, or enroll it by Automated Device Enrollment",
        ));
    }
}

fn protection_of_computer(record: &Map<String, Value>, found: &mut Vec<Map<String, Value>>) {
    let is = |column: &str, value: &str| text(record, column) == value;
    let has_disk_encrypted = matches!(text(record, "filevault_status"), "BOOT_ENCRYPTED" | "ALL_ENCRYPTED");
    if is("filevault_status", "NOT_ENCRYPTED") || is("filevault_status", "SOME_ENCRYPTED") {
        found.push(problem("FileVault is off", "scope the FileVault profile or policy to it"));
    }
    if has_disk_encrypted && is("filevault_key_valid", "INVALID") {
        found.push(problem(
            "its FileVault recovery key is invalid",
            "issue a new individual recovery key by a policy",
        ));
    }
    if has_disk_encrypted
        && flag(record, "institutional_key") != Some(true)
        && !is("filevault_key_valid", "INVALID")
        && !is("filevault_key_valid", "VALID")
    {
        found.push(problem(
            "no valid FileVault recovery key is known to Jamf",
            "`computer_filevault_get` shows whether one is escrowed; else issue a new one",
        ));
    }
    if is("bootstrap_token_escrowed", "NOT_ESCROWED") {
        found.push(problem(
            "its bootstrap token is not escrowed: updates and erases by MDM can fail",
            "a secure token user runs `profiles install -type bootstraptoken`",
        ));
    }
    if is("sip", "DISABLED") {
        found.push(problem(
            "System Integrity Protection is disabled",
            "find out why; enable it in recoveryOS with `csrutil enable`",
        ));
    }
    if is("gatekeeper", "DISABLED") {
        found.push(problem("Gatekeeper is disabled", "enforce it by a profile"));
    }
    if flag(record, "firewall") == Some(false) {
        found.push(problem("its firewall is off", "enforce it by a profile"));
    }
    if is("battery_health", "SERVICE_RECOMMENDED") {
        found.push(problem("its battery needs service", ""));
    }
}

fn protection_of_mobile_device(record: &Map<String, Value>, found: &mut Vec<Map<String, Value>>) {
    if flag(record, "jailbreak") == Some(true) {
        found.push(problem("it is reported as jailbroken", "take it from its user and erase it"));
    }
    if flag(record, "passcode_present") == Some(false) && text(record, "type") != "tvOS" {
        found.push(problem("it has no passcode", "enforce one by a profile, where it belongs to one person"));
    } else if flag(record, "passcode_compliant") == Some(false) {
        found.push(problem("its passcode does not comply with its profiles", ""));
    }
    if flag(record, "supervised") == Some(false) {
        found.push(problem(
            "not supervised: Lost Mode and restrictions do not work",
            "enroll it by Automated Device Enrollment",
        ));
    }
}

/// What failed or waits on it.
fn activity(facts: &Facts, found: &mut Vec<Map<String, Value>>) {
    let failed: Vec<&Map<String, Value>> =
        facts.commands.iter().filter(|row| matches!(text(row, "state"), "ERROR" | "FAILED")).collect();
    if let Some(latest) = failed.first() {
        found.push(problem(
            format!(
                "{} failed in 30 days; latest {}: {}",
                counted(failed.len() as u64, "MDM command"),
                text(latest, "command"),
                text(latest, "error")
            ),
            "cure the cause, then `mdm_command_flush_computers` and send it again",
        ));
    }
    let waiting = facts.commands.len() - failed.len();
    let is_old = |row: &&Map<String, Value>| days_since(row, "sent_at").is_some_and(|days| days > 7);
    if facts.commands.iter().filter(|row| text(row, "state") == "PENDING").any(|row| is_old(&row)) {
        found.push(problem(
            format!("{} wait, the oldest for more than a week", counted(waiting as u64, "MDM command")),
            "they are carried out when it is in contact; a device that is and does not answer gets `blank_push_send`",
        ));
    }
    if let Some(policies) = facts.policies.as_ref().filter(|policies| !policies.is_empty()) {
        let names: Vec<&str> = policies.iter().take(3).map(|row| text(row, "policy")).collect();
        found.push(problem(
            format!("{} failed at the last run: {}", policies_of(policies.len()), names.join(", ")),
            "`explain_policy` says what holds one up",
        ));
    }
    for plan in facts.plans.iter().filter(|plan| text(plan, "state") == "PlanFailed") {
        found.push(problem(
            format!("an update plan failed: {}", text(plan, "errors")),
            "`update_plan_status` has the cure",
        ));
    }
}

fn storage(record: &Map<String, Value>, found: &mut Vec<Map<String, Value>>) {
    let used = |column: &str| record.get(column).and_then(Value::as_i64);
    if let Some(percent) =
        used("boot_used_percent").or_else(|| used("used_percent")).filter(|used| *used >= FULL_PERCENT)
    {
        found.push(problem(format!("its disk is {percent} % full"), "free space before any update"));
    }
}

fn policies_of(count: usize) -> String {
    if count == 1 { "1 policy".to_owned() } else { format!("{count} policies") }
}
