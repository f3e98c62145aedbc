//! Configuration profiles, as the Classic API tells them.

use serde_json::{Value, json};

use super::chance::Chance;

const MACOS: [&str; 24] = [
    "Wi-Fi: Corporate",
    "Wi-Fi: Guest",
    "FileVault",
    "Firewall",
    "Passcode",
    "Restrictions",
    "Software Update: Ring 1",
    "Software Update: Ring 2",
    "Software Update: Ring 3",
    "Login Window",
    "Energy Saver",
    "Screen Saver",
    "Privacy: Zoom",
    "Privacy: Terminal",
    "System Extensions",
    "Notifications",
    "Google Chrome Settings",
    "Microsoft AutoUpdate",
    "VPN",
    "Certificate: Root",
    "Dock: Lab",
    "Kerberos SSO",
    "Web Filter",
    "Login Items",
];

const MOBILE: [&str; 17] = [
    "Wi-Fi: Corporate",
    "Wi-Fi: Schools",
    "Passcode",
    "Restrictions: iPad",
    "Restrictions: Kiosk",
    "Home Screen: Cart",
    "Web Clip: Help",
    "Mail",
    "VPN",
    "Certificate: Root",
    "Notifications",
    "Single App Mode",
    "AirPrint",
    "Calendar",
    "Lock Screen Message",
    "Web Filter",
    "Education",
];

/// Ids and names of the macOS profiles on a computer.
pub(crate) fn installed_on(index: usize) -> impl Iterator<Item = (usize, &'static str)> {
    // The Wi-Fi profile fails on thirty Macs.
    let fails = index % 14 == 6;
    MACOS.iter().enumerate().map(|(at, name)| (at + 1, *name)).filter(move |(id, _)| match id {
        1 => !fails,
        7..=9 => index % 3 + 7 == *id,
        21 => (330..370).contains(&index),
        id => !(index + id).is_multiple_of(5),
    })
}

fn payload(name: &str, uuid: &str) -> String {
    // The name is escaped in the property list, as Jamf stores it.
    let name = name.replace('&', "&amp;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist version=\"1\"><dict><key>PayloadUUID</key><string>{uuid}</string>\
         <key>PayloadType</key><string>Configuration</string><key>PayloadOrganization</key><string>Example Organisation</string>\
         <key>PayloadIdentifier</key><string>{uuid}</string><key>PayloadDisplayName</key><string>{name}</string>\
         <key>PayloadVersion</key><integer>1</integer><key>PayloadContent</key><array/></dict></plist>"
    )
}

fn entry(id: usize, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

fn scope(mobile: bool, all: bool, groups: Vec<Value>) -> Value {
    let mut excluded = json!({ "buildings": [], "departments": [], "users": [], "user_groups": [], "network_segments": [], "ibeacons": [] });
    let mut limited = json!({ "users": [], "user_groups": [], "network_segments": [], "ibeacons": [] });
    let mut scope = json!({ "buildings": [], "departments": [], "jss_users": [], "jss_user_groups": [] });
    let (devices, device_groups, all_devices) = if mobile {
        ("mobile_devices", "mobile_device_groups", "all_mobile_devices")
    } else {
        ("computers", "computer_groups", "all_computers")
    };
    if let (Some(scope), Some(excluded)) = (scope.as_object_mut(), excluded.as_object_mut()) {
        scope.insert(all_devices.to_owned(), json!(all));
        scope.insert("all_jss_users".to_owned(), json!(false));
        scope.insert(devices.to_owned(), json!([]));
        scope.insert(device_groups.to_owned(), Value::Array(groups));
        excluded.insert(devices.to_owned(), json!([]));
        excluded.insert(device_groups.to_owned(), json!([]));
        excluded.insert("jss_users".to_owned(), json!([]));
        excluded.insert("jss_user_groups".to_owned(), json!([]));
    }
    if let (Some(scope), limited, excluded) = (scope.as_object_mut(), limited.take(), excluded.take()) {
        scope.insert("limitations".to_owned(), limited);
        scope.insert("exclusions".to_owned(), excluded);
    }
    scope
}

/// 48 macOS profiles; the second half are copies and trials, as everywhere.
pub(crate) fn macos(chance: Chance) -> Vec<Value> {
    (1..=48)
        .map(|id| {
            let base = MACOS.get((id - 1) % MACOS.len()).copied().unwrap_or("Profile");
            let name = match id {
                1..=24 => base.to_owned(),
                25 => "Finance & Legal: Restrictions".to_owned(),
                _ => format!("{base} (copy {})", id - 24),
            };
            let uuid = chance.uuid(id, "profile");
            let groups = match id {
                7..=9 => vec![entry(id + 26, &format!("Update ring {}", id - 6))],
                21 => vec![entry(47, "Education lab")],
                _ => vec![entry(1, "All Managed Clients")],
            };
            json!({
                "general": {
                    "id": id, "name": name, "description": "", "site": { "id": -1, "name": "None" },
                    "category": { "id": 1 + id % 12, "name": super::policies::CATEGORIES.get(id % 12) },
                    "distribution_method": "Install Automatically", "user_removable": false, "level": "computer", "redeploy_on_update": "Newly Assigned",
                    "uuid": uuid, "payloads": payload(&name, &uuid),
                },
                "scope": scope(false, id % 12 == 3, if id % 12 == 3 || id > 40 { Vec::new() } else { groups }),
                "self_service": { "install_button_text": "Install", "self_service_description": "", "force_users_to_view_description": false, "security": { "removal_disallowed": "Never" }, "self_service_icon": {}, "feature_on_main_page": false, "self_service_categories": [], "notification": "Self Service", "notification_subject": "", "notification_message": "" },
            })
        })
        .collect()
}

/// 17 profiles for mobile devices.
pub(crate) fn mobile(chance: Chance) -> Vec<Value> {
    MOBILE
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let uuid = chance.uuid(at + 1000, "profile");
            json!({
                "general": {
                    "id": at + 1, "name": name, "description": "", "level": "Device Level", "site": { "id": -1, "name": "None" },
                    "category": { "id": -1, "name": "No category assigned" }, "uuid": uuid, "deployment_method": "Install Automatically",
                    "redeploy_on_update": "Newly Assigned", "payloads": payload(name, &uuid),
                },
                "scope": scope(true, at == 9, if at == 9 { Vec::new() } else { vec![entry(at % 7 + 1, "Group")] }),
                "self_service": { "self_service_description": "", "security": { "removal_disallowed": "Never" }, "self_service_icon": {}, "feature_on_main_page": false, "self_service_categories": [] },
            })
        })
        .collect()
}
