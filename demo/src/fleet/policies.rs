//! Policies, scripts and packages of `demo/world/`, and categories. A policy names its packages, scripts and groups, so that what it
//! says is what it does.

use std::sync::LazyLock;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fleet, computers::Computer, scopes};
use crate::store::set;

pub(crate) const CATEGORIES: [&str; 20] = [
    "Applications",
    "Browsers",
    "Enrollment",
    "Inventory",
    "Legacy",
    "Maintenance",
    "Network",
    "Printers",
    "Productivity",
    "Security",
    "Self Service",
    "Updates",
    "Education",
    "Testing",
    "Utilities",
    "Configuration",
    "Developer Tools",
    "Design",
    "Communication",
    "Unused",
];

/// The policy that the story of four Macs is about.
pub(crate) const CHROME: u64 = 12;

/// A policy as its file describes it. Days are days before now.
#[derive(Debug, Deserialize)]
pub(super) struct Declaration {
    pub(super) name: String,
    category: String,
    frequency: String,
    /// `check-in`, `enrollment`, `startup`, `login`, `self-service`, `event:` with a name.
    pub(super) on: Vec<String>,
    packages: Vec<String>,
    /// A script with its parameters, the fourth one first.
    scripts: Vec<Vec<String>>,
    targets: Vec<String>,
    #[serde(default)]
    limits: Vec<String>,
    #[serde(default)]
    excludes: Vec<String>,
    /// Targets that the API does not tell.
    #[serde(default)]
    people: Vec<String>,
    #[serde(default = "yes")]
    enabled: bool,
    /// How often a failure is tried again at the next check-in.
    #[serde(default)]
    retry: i64,
    /// Since when it is there.
    #[serde(default = "long_ago")]
    pub(super) since: i64,
    activation: Option<i64>,
    expiration: Option<i64>,
    #[serde(default)]
    window: Window,
    /// The hour that it usually runs at.
    pub(super) hour: Option<i64>,
    #[serde(default)]
    recon: bool,
    #[serde(default)]
    command: String,
    /// It resets the password of the local administrator.
    #[serde(default)]
    ladmin: bool,
    /// It fails where the root certificate is missing.
    #[serde(default)]
    pub(super) needs_root: bool,
}

/// When a policy must not run.
#[derive(Debug, Default, Deserialize)]
struct Window {
    start: String,
    end: String,
    days: Vec<String>,
}

fn yes() -> bool {
    true
}

fn long_ago() -> i64 {
    400
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    size: u64,
    category: String,
    info: String,
    md5: String,
    sha3512: String,
    #[serde(default)]
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Script {
    name: String,
    category: String,
    info: String,
    notes: String,
    priority: String,
    parameters: IndexMap<String, String>,
    body: Vec<String>,
}

// A test reads the files; a broken one leaves its family empty.
pub(super) static POLICIES: LazyLock<Vec<Declaration>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../world/policies.json")).unwrap_or_default());
static PACKAGES: LazyLock<Vec<Package>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../world/packages.json")).unwrap_or_default());
static SCRIPTS: LazyLock<Vec<Script>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../world/scripts.json")).unwrap_or_default());

pub(crate) fn categories() -> Vec<Value> {
    CATEGORIES
        .iter()
        .enumerate()
        .map(
            |(index, name)| json!({ "id": (index + 1).to_string(), "name": name, "priority": 5 + index % 6 }),
        )
        .collect()
}

pub(crate) fn category_id(name: &str) -> usize {
    CATEGORIES.iter().position(|own| *own == name).map_or(1, |at| at + 1)
}

pub(crate) fn scripts() -> Vec<Value> {
    let made = |(at, script): (usize, &Script)| {
        let mut made = json!({
            "id": (at + 1).to_string(), "name": script.name, "info": script.info, "notes": script.notes, "priority": script.priority,
            "categoryId": category_id(&script.category).to_string(), "categoryName": script.category,
        });
        for number in 4..=11 {
            let label = script.parameters.get(&number.to_string()).map_or("", String::as_str);
            set(&mut made, &format!("parameter{number}"), json!(label));
        }
        set(&mut made, "osRequirements", json!(""));
        set(&mut made, "scriptContents", json!(script.body.join("\n") + "\n"));
        made
    };
    SCRIPTS.iter().enumerate().map(made).collect()
}

pub(crate) fn packages() -> Vec<Value> {
    let made = |(at, package): (usize, &Package)| {
        json!({
            "id": (at + 1).to_string(), "packageName": package.name, "fileName": package.name,
            "categoryId": category_id(&package.category).to_string(), "info": package.info, "notes": "", "priority": 10,
            "osRequirements": "", "fillUserTemplate": false, "indexed": false, "fillExistingUsers": false, "swu": false, "rebootRequired": false,
            "size": package.size.to_string(), "md5": package.md5, "sha256": null, "sha3512": package.sha3512, "hashType": "MD5", "hashValue": package.md5,
            "cloudTransferStatus": status(package),
        })
    };
    PACKAGES.iter().enumerate().map(made).collect()
}

fn status(package: &Package) -> &str {
    package.status.as_deref().unwrap_or("READY")
}

/// The files of the packages in the cloud, as the distribution point lists them, or as the service behind it does.
pub(crate) fn files(path: &str) -> Option<Vec<Value>> {
    let row = |(at, package): (usize, &Package)| match path {
        "cloud-distribution-point/files" => json!({
            "id": (at + 1).to_string(), "inventoryId": "1", "type": "PACKAGE", "fileName": package.name,
            "fileObjectId": (at + 1).to_string(), "category": package.category, "status": status(package),
        }),
        _ => json!({
            "fileName": package.name, "length": package.size, "md5": package.md5, "region": "eu-central-1", "sha3": package.sha3512,
        }),
    };
    ["cloud-distribution-point/files", "jcds/files"]
        .contains(&path)
        .then(|| PACKAGES.iter().enumerate().map(row).collect())
}

/// The full objects of the Classic API.
pub(crate) fn policies(fleet: &Fleet) -> Vec<Value> {
    (1..).zip(POLICIES.iter()).map(|(id, of)| policy(fleet, id, of)).collect()
}

fn package(name: &str) -> Value {
    let id = PACKAGES.iter().position(|package| package.name == name).map_or(0, |at| at + 1);
    json!({ "id": id, "name": name, "action": "Install", "fut": false, "feu": false })
}

fn script(words: &[String]) -> Value {
    let name = words.first().map_or("", String::as_str);
    let found = SCRIPTS.iter().position(|script| script.name == name);
    let before = found.and_then(|at| SCRIPTS.get(at)).is_some_and(|script| script.priority == "BEFORE");
    let mut made = json!({
        "id": found.map_or(0, |at| at + 1), "name": name, "priority": if before { "Before" } else { "After" },
    });
    for number in 4..=11 {
        let value = words.get(number - 3).map_or("", String::as_str);
        set(&mut made, &format!("parameter{number}"), json!(value));
    }
    made
}

fn policy(fleet: &Fleet, id: usize, of: &Declaration) -> Value {
    let packages: Vec<Value> = of.packages.iter().map(|name| package(name)).collect();
    let scripts: Vec<Value> = of.scripts.iter().map(|words| script(words)).collect();
    json!({
        "general": general(fleet.options.now, id, of),
        "scope": scope(fleet, of),
        "self_service": {
            "use_for_self_service": of.is_on("self-service"), "self_service_display_name": of.name, "install_button_text": "Install", "reinstall_button_text": "Reinstall",
            "self_service_description": "", "force_users_to_view_description": false, "self_service_icon": {}, "feature_on_main_page": false, "self_service_categories": [],
        },
        "package_configuration": { "packages": packages, "distribution_point": "default" },
        "scripts": scripts,
        "printers": [],
        "dock_items": [],
        "account_maintenance": {
            "accounts": if of.ladmin { json!([{ "action": "Reset", "username": "ladmin", "realname": "", "password": "CANARY-POLICY-password", "password_sha256": "CANARY-POLICY-hash" }]) } else { json!([]) },
            "directory_bindings": [],
            "management_account": { "action": "doNotChange" },
            "open_firmware_efi_password": { "of_mode": "none", "of_password_sha256": "CANARY-FIRMWARE-hash" },
        },
        "reboot": {
            "message": "This computer will restart.", "startup_disk": "Current Startup Disk", "specify_startup": "", "no_user_logged_in": "Do not restart",
            "user_logged_in": "Do not restart", "minutes_until_reboot": 5, "start_reboot_timer_immediately": false, "file_vault_2_reboot": false,
        },
        "maintenance": { "recon": of.recon, "reset_name": false, "install_all_cached_packages": false, "heal": false, "prebindings": false, "permissions": false, "byhost": false, "system_cache": false, "user_cache": false, "verify": false },
        "files_processes": { "search_by_path": "", "delete_file": false, "locate_file": "", "update_locate_database": false, "spotlight_search": "", "search_for_process": "", "kill_process": false, "run_command": of.command },
        "user_interaction": { "message_start": "", "allow_users_to_defer": false, "allow_deferral_until_utc": "", "allow_deferral_minutes": 0, "message_finish": "" },
        "disk_encryption": { "action": "none" },
    })
}

impl Declaration {
    pub(super) fn is_on(&self, what: &str) -> bool {
        self.on.iter().any(|own| own == what)
    }

    /// The custom event that it is called by.
    pub(super) fn event(&self) -> &str {
        self.on.iter().find_map(|own| own.strip_prefix("event:")).unwrap_or_default()
    }
}

fn general(now: Timestamp, id: usize, of: &Declaration) -> Value {
    let retries = if of.retry > 0 { of.retry } else { -1 };
    let mut made = json!({
        "id": id, "name": of.name, "enabled": of.enabled, "trigger_checkin": of.is_on("check-in"),
        "trigger_enrollment_complete": of.is_on("enrollment"), "trigger_login": of.is_on("login"), "trigger_logout": false,
        "trigger_network_state_changed": of.is_on("network"), "trigger_startup": of.is_on("startup"), "trigger_other": of.event(),
        "frequency": of.frequency, "retry_event": if of.retry > 0 { "check-in" } else { "none" }, "retry_attempts": retries,
        "notify_on_each_failed_retry": false, "location_user_only": false, "target_drive": "/", "offline": false,
        "category": { "id": category_id(&of.category), "name": of.category },
        "date_time_limitations": limitations(now, of),
        "network_limitations": { "minimum_network_connection": "No Minimum", "any_ip_address": true, "network_segments": [] },
        "override_default_settings": { "target_drive": "default", "distribution_point": "", "force_afp_smb": false, "sus": "default" },
        "network_requirements": "Any",
        "site": { "id": -1, "name": "None" },
    });
    let trigger = trigger(&made);
    set(&mut made, "trigger", json!(trigger));
    made
}

/// The one word for the triggers of a policy.
pub(crate) fn trigger(general: &Value) -> &'static str {
    let is_on = |name: &str| general.get(name).and_then(Value::as_bool).unwrap_or_default();
    let events = [
        "trigger_startup",
        "trigger_login",
        "trigger_logout",
        "trigger_network_state_changed",
        "trigger_enrollment_complete",
    ];
    let named = general.get("trigger_other").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    match () {
        () if is_on("trigger_checkin") => "CHECKIN",
        () if named || events.iter().any(|event| is_on(event)) => "EVENT",
        () => "USER_INITIATED",
    }
}

/// Whether the time of a policy is over, or has not come.
pub(crate) fn is_over(policy: &Value, now: Timestamp) -> bool {
    let (first, last) = lifetime(policy);
    first.is_some_and(|first| now < first) || last.is_some_and(|last| now > last)
}

/// When a policy begins and ends to run, where that is limited.
pub(crate) fn lifetime(policy: &Value) -> (Option<Timestamp>, Option<Timestamp>) {
    let moment = |name: &str| {
        let epoch = policy.pointer(&format!("/general/date_time_limitations/{name}_date_epoch"))?;
        let epoch = epoch.as_i64().or_else(|| epoch.as_str()?.parse().ok()).filter(|epoch| *epoch > 0)?;
        Timestamp::from_millisecond(epoch).ok()
    };
    (moment("activation"), moment("expiration"))
}

fn limitations(now: Timestamp, of: &Declaration) -> Value {
    let mut made = json!({});
    for (name, days) in [("activation_date", of.activation), ("expiration_date", of.expiration)] {
        let at = days.and_then(|days| now.checked_sub(SignedDuration::from_hours(24 * days)).ok());
        let written = |form: &str| at.map(|at| at.strftime(form).to_string()).unwrap_or_default();
        set(&mut made, name, json!(written("%Y-%m-%d %H:%M:%S")));
        set(&mut made, &format!("{name}_epoch"), json!(at.map_or(0, |at| at.as_second() * 1000)));
        set(&mut made, &format!("{name}_utc"), json!(written("%Y-%m-%dT%H:%M:%S.000+0000")));
    }
    set(&mut made, "no_execute_on", json!(of.window.days));
    set(&mut made, "no_execute_start", json!(of.window.start));
    set(&mut made, "no_execute_end", json!(of.window.end));
    made
}

fn scope(fleet: &Fleet, of: &Declaration) -> Value {
    let find = |list: &str, name: &str| fleet.named(list, name);
    let parts = [&*of.targets, &*of.limits, &*of.excludes];
    let mut made = scopes::build(false, parts, &find);
    // The directory groups of the limitations stand there a second time, by their names alone.
    let groups = made.pointer("/limitations/user_groups").and_then(Value::as_array).into_iter().flatten();
    let groups: Vec<Value> = groups.filter_map(|group| group.get("name").cloned()).collect();
    set(&mut made, "limit_to_users", json!({ "user_groups": groups }));
    if of.targets.iter().any(|target| target == "twelve") {
        let target = |index| {
            let computer = fleet.computer(index);
            json!({ "id": Computer::id(index), "name": computer.name(), "udid": computer.udid() })
        };
        let twelve: Vec<Value> = (0..fleet.computers().min(12)).map(target).collect();
        set(&mut made, "computers", json!(twelve));
    }
    if !of.people.is_empty() {
        let untold = scopes::build(false, [&*of.people, &[], &[]], &find);
        set(&mut made, "untold", untold);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_and_name_each_other() {
        assert_eq!((POLICIES.len(), PACKAGES.len(), SCRIPTS.len()), (95, 80, 60));
        for policy in POLICIES.iter() {
            assert!(CATEGORIES.contains(&policy.category.as_str()), "{}", policy.name);
            for name in &policy.packages {
                assert_ne!(package(name)["id"], 0, "{}: {name}", policy.name);
            }
            for words in &policy.scripts {
                assert_ne!(script(words)["id"], 0, "{}: {words:?}", policy.name);
            }
        }
        assert_eq!(POLICIES[usize::try_from(CHROME).unwrap() - 1].name, "Install Chrome");
    }

    #[test]
    fn the_one_word_follows_from_the_triggers() {
        let general = |names: &[&str], other: &str| {
            let mut made = json!({ "trigger_other": other });
            names.iter().for_each(|name| set(&mut made, name, json!(true)));
            trigger(&made)
        };
        assert_eq!(general(&["trigger_checkin", "trigger_login"], ""), "CHECKIN");
        assert_eq!(general(&["trigger_login"], ""), "EVENT");
        assert_eq!(general(&[], "setup-chrome"), "EVENT");
        assert_eq!(general(&[], ""), "USER_INITIATED");
    }
}
