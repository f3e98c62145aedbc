//! Policies, scripts, packages and categories.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chance::Chance;
use super::computers::{Computer, stamp};
use super::groups::Group;

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

/// Policies of the demo fleet.
const POLICIES: usize = 95;
/// The one that the Chrome story is about.
const CHROME: usize = 12;

const TASKS: [(&str, &str); 24] = [
    ("Update Inventory", "Once every day"),
    ("Install Rosetta", "Once per computer"),
    ("Install Microsoft Office", "Once per computer"),
    ("Install Slack", "Once per computer"),
    ("Install Zoom", "Once per computer"),
    ("Rename Computer", "Once per computer"),
    ("Rotate Local Admin Password", "Once every week"),
    ("Check Disk Space", "Once every day"),
    ("Flush DNS Cache", "Ongoing"),
    ("Repair Permissions", "Ongoing"),
    ("Install Printer Drivers", "Once per computer"),
    ("Install Chrome", "Once per computer"),
    ("Set Time Zone", "Once per computer"),
    ("Remove Old Java", "Once per computer"),
    ("Install Xcode", "Once per computer"),
    ("Install Figma", "Once per computer"),
    ("Deploy Root Certificate", "Once per computer"),
    ("Collect Logs", "Ongoing"),
    ("Restart Reminder", "Once every week"),
    ("Enable FileVault", "Once per computer"),
    ("Update Firefox", "Once every day"),
    ("Update Zoom", "Once every week"),
    ("Enroll in Wi-Fi", "Once per user per computer"),
    ("Welcome Screen", "Once per user"),
];

fn entry(id: usize, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

pub(crate) fn categories() -> Vec<Value> {
    CATEGORIES
        .iter()
        .enumerate()
        .map(
            |(index, name)| json!({ "id": (index + 1).to_string(), "name": name, "priority": 5 + index % 6 }),
        )
        .collect()
}

pub(crate) fn scripts() -> Vec<Value> {
    (1..=60)
        .map(|id: usize| {
            let (task, _) = TASKS.get(id % TASKS.len()).copied().unwrap_or(TASKS[0]);
            let (name, contents) = match id {
                7 => ("mount-share.sh".to_owned(), "#!/bin/zsh\n# Mounts the old share.\nPASSWORD='CANARY-SCRIPT-hunter2'\nmount_smbfs \"//svc:$PASSWORD@files.example.org/it\" /Volumes/it\n".to_owned()),
                8 => ("bootstrap.sh".to_owned(), "#!/bin/zsh\n# Calls another script of this server by its file name.\n/usr/local/jamf-scripts/helper-only.sh \"$4\"\n".to_owned()),
                9 => ("helper-only.sh".to_owned(), "#!/bin/zsh\necho \"helper for $1\"\n".to_owned()),
                _ => (format!("{}-{id}.sh", task.to_lowercase().replace(' ', "-")), format!("#!/bin/zsh\n# {task}\nset -eu\necho \"{task}: starting on $(scutil --get ComputerName)\"\nexit 0\n")),
            };
            let category = id % 12;
            json!({
                "id": id.to_string(), "name": name, "info": task, "notes": if id == 8 { "Needs helper-only.sh" } else { "" },
                "priority": (if id.is_multiple_of(3) { "BEFORE" } else { "AFTER" }), "categoryId": (category + 1).to_string(), "categoryName": CATEGORIES.get(category),
                "parameter4": if id.is_multiple_of(4) { "Mode" } else { "" }, "parameter5": "", "parameter6": "", "parameter7": "", "parameter8": "",
                "parameter9": "", "parameter10": "", "parameter11": "", "osRequirements": "", "scriptContents": contents,
            })
        })
        .collect()
}

pub(crate) fn packages() -> Vec<Value> {
    (1..=80)
        .map(|id: usize| {
            let (task, _) = TASKS.get(id % TASKS.len()).copied().unwrap_or(TASKS[0]);
            let name = format!("{}-{}.{}.pkg", task.replace("Install ", "").replace(' ', ""), 1 + id / 24, id % 9);
            json!({
                "id": id.to_string(), "packageName": name, "fileName": name, "categoryId": "1", "info": "", "notes": "", "priority": 10,
                "osRequirements": "", "fillUserTemplate": false, "indexed": false, "fillExistingUsers": false, "swu": false, "rebootRequired": false,
                "cloudTransferStatus": if id == 44 { "PENDING" } else { "READY" },
            })
        })
        .collect()
}

/// The full objects of the Classic API.
pub(crate) fn policies(now: Timestamp, chance: Chance, groups: &[Group]) -> Vec<Value> {
    let target = |index| {
        let computer = Computer::new(chance, now, index);
        json!({ "id": Computer::id(index), "name": computer.name(), "udid": computer.udid() })
    };
    let twelve: Vec<Value> = (0..12).map(target).collect();
    (1..=POLICIES).map(|id| policy(now, groups, &twelve, id)).collect()
}

fn policy(now: Timestamp, groups: &[Group], twelve: &[Value], id: usize) -> Value {
    let (task, frequency) = TASKS.get((id - 1) % TASKS.len()).copied().unwrap_or(TASKS[0]);
    let name = match id {
        _ if id <= TASKS.len() => task.to_owned(),
        // Two of the same name but for its case.
        26 => "install rosetta".to_owned(),
        _ => format!("{task} {}", 1 + (id - 1) / TASKS.len()),
    };
    let disabled = id % 8 == 5 && id > 4;
    let category = (id * 5) % 12;
    json!({
        "general": general(now, id, &name, frequency, !disabled, category),
        "scope": scope(groups, twelve, id),
        "self_service": {
            "use_for_self_service": id % 6 == 4, "self_service_display_name": name, "install_button_text": "Install", "reinstall_button_text": "Reinstall",
            "self_service_description": "", "force_users_to_view_description": false, "self_service_icon": {}, "feature_on_main_page": false, "self_service_categories": [],
        },
        "package_configuration": {
            "packages": if task.starts_with("Install") { json!([{ "id": id % 55 + 1, "name": packages().get(id % 55).and_then(|package| package.get("packageName").cloned()), "action": "Install", "fut": false, "feu": false }]) } else { json!([]) },
            "distribution_point": "default",
        },
        "scripts": if task.starts_with("Install") { json!([]) } else { json!([{ "id": (id - 1) % 52 + 1, "name": scripts().get((id - 1) % 52).and_then(|script| script.get("name").cloned()), "priority": "After", "parameter4": "", "parameter5": "", "parameter6": "", "parameter7": "", "parameter8": "", "parameter9": "", "parameter10": "", "parameter11": "" }]) },
        "printers": [],
        "dock_items": [],
        "account_maintenance": {
            "accounts": if id == 7 { json!([{ "action": "Reset", "username": "ladmin", "realname": "", "password": "CANARY-POLICY-password", "password_sha256": "CANARY-POLICY-hash" }]) } else { json!([]) },
            "directory_bindings": [],
            "management_account": { "action": "doNotChange" },
            "open_firmware_efi_password": { "of_mode": "none", "of_password_sha256": "CANARY-FIRMWARE-hash" },
        },
        "reboot": {
            "message": "This computer will restart.", "startup_disk": "Current Startup Disk", "specify_startup": "", "no_user_logged_in": "Do not restart",
            "user_logged_in": "Do not restart", "minutes_until_reboot": 5, "start_reboot_timer_immediately": false, "file_vault_2_reboot": false,
        },
        "maintenance": { "recon": id.is_multiple_of(3), "reset_name": false, "install_all_cached_packages": false, "heal": false, "prebindings": false, "permissions": false, "byhost": false, "system_cache": false, "user_cache": false, "verify": false },
        "files_processes": { "search_by_path": "", "delete_file": false, "locate_file": "", "update_locate_database": false, "spotlight_search": "", "search_for_process": "", "kill_process": false, "run_command": if id == 9 { "dscacheutil -flushcache" } else { "" } },
        "user_interaction": { "message_start": "", "allow_users_to_defer": false, "allow_deferral_until_utc": "", "allow_deferral_minutes": 0, "message_finish": "" },
        "disk_encryption": { "action": "none" },
    })
}

fn general(now: Timestamp, id: usize, name: &str, frequency: &str, enabled: bool, category: usize) -> Value {
    // One ran out half a year ago and nobody noticed.
    let expired = id == 18;
    json!({
        "id": id, "name": name, "enabled": enabled, "trigger": "EVENT", "trigger_checkin": id % 6 != 4, "trigger_enrollment_complete": id % 9 == 2,
        "trigger_login": false, "trigger_network_state_changed": false, "trigger_startup": id % 17 == 1, "trigger_other": if id % 10 == 3 { format!("event-{id}") } else { String::new() },
        "frequency": frequency, "retry_event": "none", "retry_attempts": -1, "notify_on_each_failed_retry": false, "location_user_only": false,
        "target_drive": "/", "offline": false,
        "category": { "id": category + 1, "name": CATEGORIES.get(category) },
        "date_time_limitations": {
            "activation_date": if expired { stamp(now, 220, 0).get(..19).map(|date| date.replace('T', " ")) } else { Some(String::new()) },
            "activation_date_epoch": 0, "activation_date_utc": "",
            "expiration_date": if expired { stamp(now, 180, 0).get(..19).map(|date| date.replace('T', " ")) } else { Some(String::new()) },
            "expiration_date_epoch": 0, "expiration_date_utc": "", "no_execute_on": [], "no_execute_start": "", "no_execute_end": "",
        },
        "network_limitations": { "minimum_network_connection": "No Minimum", "any_ip_address": true, "network_segments": [] },
        "override_default_settings": { "target_drive": "default", "distribution_point": "", "force_afp_smb": false, "sus": "default" },
        "network_requirements": "Any",
        "site": { "id": -1, "name": "None" },
    })
}

fn scope(groups: &[Group], twelve: &[Value], id: usize) -> Value {
    let named = |id: usize| {
        entry(
            id,
            groups.iter().find(|group| group.id == id).map_or("Kiosks 2019", |group| group.name.as_str()),
        )
    };
    let all = [1, 17, 20].contains(&id);
    let unscoped = id > 86;
    let targets = match id {
        _ if all || unscoped => Vec::new(),
        CHROME => vec![named(1), named(8)],
        21 | 22 => (33..=35).map(named).collect(),
        _ => vec![named(1 + id % 40)],
    };
    let exclusions = match id {
        CHROME => vec![named(7)],
        // Refers to a group that is gone.
        30 => vec![entry(9_001, "Kiosks 2019")],
        _ if id % 7 == 1 => vec![named(46)],
        _ => Vec::new(),
    };
    let limited = if id == CHROME { json!([{ "id": 1, "name": "All staff" }]) } else { json!([]) };
    json!({
        "all_computers": all,
        "computers": if id == 40 { twelve.to_vec() } else { Vec::new() },
        "computer_groups": targets,
        "buildings": if id == 41 { vec![entry(1, "Harbour House"), entry(2, "Harbour Annex")] } else { Vec::new() },
        "departments": [],
        "limit_to_users": { "user_groups": [] },
        "limitations": { "users": [], "user_groups": limited, "network_segments": [], "ibeacons": [] },
        "exclusions": { "computers": [], "computer_groups": exclusions, "buildings": [], "departments": [], "users": [], "user_groups": [], "network_segments": [], "ibeacons": [] },
    })
}
