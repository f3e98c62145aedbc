//! Personal data and secrets: what answers, errors, plans and files show under each setting of `redaction`, and what cannot be asked.

use serde_json::{Value, json};

use crate::proxy::Reply;
use crate::setup::Setup;

/// People, addresses and numbers of the answers below. None of them may come through.
const PRIVATE: &[&str] = &[
    "nora.nym",
    "Nora Nym",
    "otto.olm",
    "pia.pohl",
    "Quentin Quast",
    "rosa.rau",
    "+49 30 5550",
    "10.77.88.99",
    "00:1B:63:84:45:E6",
    "00-1B-63-84-45-E7",
    "48.137",
    "11.575",
    "519.5",
    "Wing 7",
    "Head of Sales",
    "if found call her",
];

/// Answers by the paths that they are served at, with the tools that read them.
fn answers() -> Vec<(&'static str, &'static str, Value)> {
    let scope = json!({
        "all_computers": false, "computers": [{ "id": 1, "name": "Nora Nym's MacBook Pro", "udid": "U1" }],
        "jss_users": [{ "id": 3, "name": "nora.nym" }], "jss_user_groups": [{ "id": 1, "name": "Staff" }],
        "limit_to_users": { "user_groups": ["Leads"], "users": ["otto.olm"] },
        "limitations": { "users": [{ "id": 4, "name": "otto.olm" }], "user_groups": [{ "name": "Leads" }] },
        "exclusions": { "users": [{ "name": "pia.pohl" }], "jss_users": [{ "id": 5, "name": "rosa.rau" }], "user_groups": [] },
    });
    vec![
        (
            "class_get",
            "/JSSResource/classes/id/1",
            json!({ "class": {
            "id": 1, "name": "Physics 9b", "students": ["nora.nym", "otto.olm"], "teachers": ["pia.pohl"], "student_ids": [], "teacher_ids": [3],
            "mobile_devices": [{ "name": "iPad von Nora Nym", "udid": "U2", "wifi_mac_address": "00:1B:63:84:45:E6" }],
        } }),
        ),
        (
            "policy_get",
            "/JSSResource/policies/id/1",
            json!({ "policy": {
            "general": { "id": 1, "name": "Deploy", "enabled": true }, "scope": scope,
        } }),
        ),
        (
            "macos_profile_get",
            "/JSSResource/osxconfigurationprofiles/id/1",
            json!({ "os_x_configuration_profile": {
            "general": { "id": 1, "name": "Wi-Fi" }, "scope": scope,
        } }),
        ),
        (
            "mobile_profile_get",
            "/JSSResource/mobiledeviceconfigurationprofiles/id/1",
            json!({ "configuration_profile": {
            "general": { "id": 1, "name": "Wi-Fi" }, "scope": scope,
        } }),
        ),
        (
            "computer_search_get",
            "/JSSResource/advancedcomputersearches/id/1",
            json!({ "advanced_computer_search": {
            "id": 1, "name": "All", "criteria": [{ "name": "Username", "search_type": "is", "value": "rosa.rau" }],
            "computers": [{
                "id": 1, "name": "Nora\u{2019}s MacBook", "udid": "U1", "Computer_Name": "Nora Nym\u{2019}s MacBook", "Username": "nora.nym",
                "Last_Reported_IP_Address": "10.77.88.99", "MAC_Address": "00:1B:63:84:45:E6", "Alternate_MAC_Address": "00-1B-63-84-45-E7",
                "FileVault_2_User": "otto.olm", "Last_Logged_in_User": "otto.olm", "MDM_Capable_Users": "pia.pohl", "Managed_By": "rosa.rau",
                "Purchasing_Contact": "Quentin Quast", "Phone_Number": "+49 30 5550", "Room": "Wing 7", "Position": "Head of Sales",
            }],
        } }),
        ),
        (
            "mobile_device_record_get",
            "/JSSResource/mobiledevices/id/1",
            json!({ "mobile_device": {
            "general": {
                "id": 1, "name": "iPhone de Nora", "display_name": "Nora Nym's iPhone", "serial_number": "S1", "phone_number": "+49 30 5550",
                "ip_address": "10.77.88.99", "wifi_mac_address": "00:1B:63:84:45:E6",
            },
            "location": {
                "username": "nora.nym", "realname": "Nora Nym", "real_name": "Nora Nym", "email_address": "nora.nym@example.org",
                "phone": "+49 30 5550", "phone_number": "+49 30 5550", "position": "Head of Sales", "room": "Wing 7",
            },
            "purchasing": { "purchasing_contact": "Quentin Quast", "purchasing_account": "Quentin Quast" },
            "security": {
                "lost_mode_enabled": "true", "lost_mode_phone": "+49 30 5550", "lost_mode_footnote": "if found call her",
                "lost_location_latitude": 48.137, "lost_location_longitude": 11.575, "lost_location_altitude": "519.5",
            },
            "extension_attributes": [
                { "id": 1, "name": "Assigned User", "type": "String", "value": "rosa.rau" },
                { "id": 2, "name": "Remark", "type": "String", "value": "handed to nora.nym on Monday" },
            ],
        } }),
        ),
        (
            "computer_history_get",
            "/JSSResource/computerhistory/id/1",
            json!({ "computer_history": {
            "general": { "id": 1, "name": "Nora Nym's MacBook Pro", "mac_address": "00:1B:63:84:45:E6" },
            "computer_usage_logs": [{ "event": "login", "username": "nora.nym", "date_time": "2026-01-01 10:00:00" }],
            "user_location": [{ "username": "otto.olm", "full_name": "Quentin Quast", "room": "Wing 7", "position": "Head of Sales" }],
        } }),
        ),
    ]
}

/// A tenant that answers these, and a server that redacts.
async fn redacting(mode: &str) -> Setup {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_REDACTION", mode);
    setup.proxy.script(|seen| {
        let path = seen.path.split('?').next().unwrap();
        match answers().into_iter().find(|(_, known, _)| seen.method == "GET" && path == *known) {
            Some((_, _, body)) => Reply::Instead(200, "application/json", body.to_string()),
            None => Reply::Pass,
        }
    });
    setup
}

fn private_in(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    PRIVATE.iter().copied().filter(|private| text.contains(&private.to_lowercase())).collect()
}

#[tokio::test]
async fn people_are_kept_back_wherever_an_answer_names_them() {
    for mode in ["pseudonymous", "aggregate"] {
        let setup = redacting(mode).await;
        for (tool, path, _) in answers() {
            let printed = setup.call(tool, json!({ "id": "1", "fields": ["*"] })).await;
            assert!(printed.success && setup.proxy.count("GET", path) > 0, "{mode} {tool}: {printed:?}");
            let found = private_in(&printed.stdout);
            assert!(found.is_empty(), "{mode} {tool} shows {found:?}: {}", printed.stdout);
        }
        // What is nobody's is answered all the same.
        let policy = setup.ok("policy_get", json!({ "id": "1", "fields": ["*"] })).await.to_string();
        for kept in ["Deploy", "Leads", "Staff", "MacBook Pro"] {
            assert!(policy.contains(kept), "{mode}: {kept} is missing in {policy}");
        }
    }
}

#[tokio::test]
async fn one_person_has_one_pseudonym_in_both_apis() {
    let setup = redacting("pseudonymous").await;
    let class = setup.ok("class_get", json!({ "id": "1", "fields": ["students"] })).await.to_string();
    let record =
        setup.ok("mobile_device_record_get", json!({ "id": "1", "fields": ["*"] })).await.to_string();
    let at = class.find("person-").unwrap();
    let first = &class[at..at + "person-".len() + 12];
    assert!(record.contains(first), "{first} is not in {record}");
}

#[tokio::test]
async fn resources_are_redacted_as_tools_are() {
    for mode in ["pseudonymous", "aggregate"] {
        let setup = redacting(mode).await;
        let mut session = setup.stdio().await;
        for uri in ["jamf://policies/1", "jamf://macos-profiles/1", "jamf://mobile-profiles/1"] {
            let answer = session.ask("resources/read", json!({ "uri": uri })).await.to_string();
            assert!(answer.contains("Deploy") || answer.contains("Wi-Fi"), "{answer}");
            let found = private_in(&answer);
            assert!(found.is_empty(), "{mode} {uri} shows {found:?}: {answer}");
        }
    }
}
