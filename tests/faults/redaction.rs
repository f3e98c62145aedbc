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

/// A script whose text, notes and parameters hold a credential each.
async fn with_credentials(setup: &Setup) {
    let body = json!({
        "name": "Bind", "scriptContents": "#!/bin/sh\nBIND_PASSWORD=\"Zanzibar-77-Quokka\"\necho bound\n", "notes": "api_key='Zanzibar-77-Quokka'",
        "info": "curl https://svc:Zanzibar-77-Quokka@files.example.org/x", "priority": "AFTER",
    });
    setup.ok("script_create", json!({ "body": body })).await;
}

fn ids(answer: &Value) -> Vec<String> {
    answer["rows"].as_array().unwrap().iter().map(|row| row["id"].to_string()).collect()
}

#[tokio::test]
async fn a_credential_cannot_be_found_out_by_conditions() {
    let setup = Setup::start().await;
    with_credentials(&setup).await;
    for field in ["scriptContents", "notes", "info"] {
        for condition in [
            json!({ "where": [[field, "contains", "Zanzibar"]] }),
            json!({ "where": [[field, "contains", "Quokka"]] }),
            json!({ "filter": format!("{field}==\"*Zanzibar-77*\"") }),
            json!({ "where": [["name", "eq", "Bind"], [field, "contains", "Zanzibar"]] }),
        ] {
            let mut arguments = condition.clone();
            arguments["fields"] = json!(["id"]);
            let answer = setup.ok("script_list", arguments).await;
            assert_eq!(ids(&answer), [""; 0], "{condition}: {answer}");
        }
        let sorted = setup.fails("script_list", json!({ "sort": [format!("{field}:asc")] })).await;
        assert!(sorted.contains(field) && sorted.contains("sort"), "{sorted}");
    }
    // What is shown can be asked about.
    let shown = setup
        .ok(
            "script_list",
            json!({ "fields": ["id"], "where": [["scriptContents", "contains", "BIND_PASSWORD"]] }),
        )
        .await;
    assert_eq!(ids(&shown).len(), 1, "{shown}");
    let asked: Vec<String> = setup.proxy.seen().into_iter().map(|seen| seen.path).collect();
    let reveals = |path: &&String| {
        path.contains("Zanzibar")
            || ["scriptContents:", "notes:", "info:"].iter().any(|field| path.contains(field))
    };
    assert_eq!(asked.iter().find(reveals), None);
}

/// Whatever is guessed of a credential in a name, the answer is the same, right or wrong.
#[tokio::test]
async fn a_credential_in_a_name_cannot_be_found_out_by_conditions() {
    let setup = Setup::start().await;
    for number in 0..3 {
        let body = json!({ "name": format!("Bind {number} password=Zanzibar77Quokka"), "priority": "AFTER" });
        setup.ok("script_create", json!({ "body": body })).await;
    }
    let answered = async |condition: &Value, guess: &str| {
        let condition = condition.to_string().replace("GUESS", guess);
        let mut arguments: Value = serde_json::from_str(&condition).unwrap();
        arguments["fields"] = json!(["id"]);
        let mut answer = setup.call("script_list", arguments).await.text().replace(guess, "GUESS");
        if let Some(at) = answer.find("\"as_of\"") {
            answer.replace_range(at..at + "\"as_of\":\"2026-01-01T00:00:00Z\"".len(), "");
        }
        answer
    };
    for condition in [
        json!({ "where": [["name", "contains", "GUESS"]] }),
        json!({ "where": [["name", "starts_with", "Bind 1 password=GUESS"]] }),
        json!({ "where": [["name", "ends_with", "GUESS"]] }),
        json!({ "where": [["name", "eq", "Bind 1 password=GUESS"]] }),
        json!({ "where": [["name", "in", "Bind 1 password=GUESS", "x"]] }),
        json!({ "filter": "name==*GUESS*" }),
        json!({ "filter": "name==*GUESS*,id==1" }),
        json!({ "filter": "name==*GUESS*;priority==AFTER" }),
        json!({ "where": [["name", "contains", "GUESS"], ["categoryName", "eq", "None"]] }),
        json!({ "where": [["name", "contains", "GUESS"]], "page_size": 1, "page": 1 }),
        json!({ "where": [["name", "contains", "GUESS"]], "all": true }),
    ] {
        let (right, wrong) =
            (answered(&condition, "Zanzibar77Quokka").await, answered(&condition, "Zanzibar77Quakka").await);
        assert_eq!(right, wrong, "{condition}");
    }
    // What is shown of it finds it.
    let shown = setup
        .ok("script_list", json!({ "fields": ["id"], "where": [["name", "starts_with", "Bind 1"]] }))
        .await;
    assert_eq!(ids(&shown).len(), 1, "{shown}");
    let shown = setup.ok("script_list", json!({ "fields": ["id"], "filter": "name==*assword*" })).await;
    assert_eq!(ids(&shown).len(), 3, "{shown}");
}

#[tokio::test]
async fn a_secret_field_is_not_sorted_or_filtered_by() {
    let setup = Setup::start().await;
    for (tool, arguments) in [
        ("mobile_device_list", json!({ "sort": ["airPlayPassword"] })),
        ("mobile_device_list", json!({ "sort": ["displayName:asc,airPlayPassword:desc"] })),
        ("distribution_point_list", json!({ "sort": ["readWritePassword:asc"] })),
        ("account_list", json!({ "sort": ["password"] })),
        ("computer_list", json!({ "sort": ["diskEncryption.personalRecoveryKey"] })),
        ("computer_list", json!({ "where": [["diskEncryption.personalRecoveryKey", "starts_with", "A"]] })),
        ("computer_list", json!({ "filter": "security.unlockToken==a*" })),
    ] {
        let printed = setup.call(tool, arguments.clone()).await;
        assert!(!printed.success, "{tool} {arguments}: {printed:?}");
    }
    let lists = setup.proxy.seen().into_iter().filter(|seen| {
        let path = seen.path.to_lowercase();
        path.contains("sort=") || path.contains("filter=")
    });
    assert_eq!(lists.count(), 0, "nothing of it reached Jamf");
}

/// A user of the fleet with the device: (user name, name of the device, serial number).
async fn somebody(setup: &Setup) -> (String, String, String) {
    let fields = json!(["general.name", "hardware.serialNumber", "userAndLocation.username"]);
    let answer = setup.ok("computer_list", json!({ "fields": fields, "page_size": 200 })).await;
    let row = answer["rows"].as_array().unwrap().iter().find(|row| {
        row["general"]["name"].as_str().unwrap().contains("'s ")
            && row["userAndLocation"]["username"].as_str().unwrap_or_default().len() > 6
    });
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = row.unwrap();
    (
        text(&row["userAndLocation"]["username"]),
        text(&row["general"]["name"]),
        text(&row["hardware"]["serialNumber"]),
    )
}

#[tokio::test]
async fn nobody_is_found_letter_by_letter() {
    let mut setup = Setup::start().await;
    let (user, device, serial) = somebody(&setup).await;
    let owner = device.split("'s ").next().unwrap().to_owned();
    let part = format!("{}*", &user[..4]);
    for mode in ["pseudonymous", "aggregate"] {
        setup.set("JAMF_PRO_MCP_REDACTION", mode);
        let before = setup.proxy.seen().len();
        for (tool, arguments) in [
            ("device_find", json!({ "query": part, "by": "username" })),
            ("device_find", json!({ "query": part, "by": "email" })),
            ("device_find", json!({ "query": user, "by": "username" })),
            ("computer_list", json!({ "where": [["userAndLocation.username", "eq", user]] })),
            ("computer_list", json!({ "filter": format!("userAndLocation.username=in=({user})") })),
            ("computer_list", json!({ "sort": ["userAndLocation.username:asc"] })),
            ("computer_list", json!({ "sort": ["general.lastIpAddress"] })),
            ("computer_list", json!({ "sort": ["general.name:desc"] })),
            ("computer_list", json!({ "where": [["userAndLocation.username", "contains", &user[..4]]] })),
            ("computer_list", json!({ "where": [["userAndLocation.realname", "gt", "M"]] })),
            ("computer_list", json!({ "where": [["hardware.macAddress", "starts_with", "00"]] })),
            ("computer_list", json!({ "filter": format!("userAndLocation.username=={part}") })),
            ("mobile_device_list", json!({ "sort": ["emailAddress"] })),
            ("mobile_device_list", json!({ "where": [["wifiMacAddress", "starts_with", "0"]] })),
        ] {
            let printed = setup.call(tool, arguments.clone()).await;
            assert!(!printed.success, "{mode} {tool} {arguments}: {printed:?}");
            assert!(!printed.text().contains(&serial), "{mode} {tool} {arguments}: {printed:?}");
        }
        let asked: Vec<String> = setup.proxy.seen().into_iter().skip(before).map(|seen| seen.path).collect();
        assert!(
            asked.iter().all(|path| !path.contains("inventory") && !path.contains("mobile-devices")),
            "{mode}: {asked:?}"
        );
        // By whatever else it is searched for, what is not shown finds nothing.
        for query in [part.clone(), format!("{}*", &owner[..3]), user[..5].to_owned(), owner.clone()] {
            let answer = setup.ok("device_find", json!({ "query": query })).await;
            assert!(!answer["devices"].to_string().contains(&serial), "{mode} {query}: {answer}");
        }
        let named = setup
            .ok("computer_list", json!({ "fields": ["hardware.serialNumber"], "where": [["general.name", "starts_with", &owner[..3]]], "page_size": 500 }))
            .await;
        assert!(!named["rows"].to_string().contains(&serial), "{mode}: {named}");
        let found = setup.ok("device_find", json!({ "query": serial })).await;
        assert_eq!(found["total"], 1, "{found}");
        assert!(!found.to_string().contains(&owner) && !found.to_string().contains(&user), "{mode}: {found}");
        let whole = setup.ok("device_find", json!({ "query": device })).await;
        assert!(whole["devices"].to_string().contains(&serial), "who knows the whole name finds it: {whole}");
    }
}

#[tokio::test]
async fn errors_and_plans_name_nobody() {
    let mut setup = Setup::start().await;
    let fields = json!([
        "general.name",
        "userAndLocation.username",
        "userAndLocation.realname",
        "general.managementId",
        "hardware.serialNumber"
    ]);
    let answer = setup.ok("computer_list", json!({ "fields": fields, "page_size": 400 })).await;
    let rows = answer["rows"].as_array().unwrap();
    let text =
        |row: &Value, section: &str, field: &str| row[section][field].as_str().unwrap_or_default().to_owned();
    let user_of = |row: &Value| text(row, "userAndLocation", "username");
    let mobile = setup
        .ok("mobile_device_list", json!({ "fields": ["userAndLocation.username"], "page_size": 500 }))
        .await;
    let mobile: Vec<String> = mobile["rows"].as_array().unwrap().iter().map(user_of).collect();
    let several = rows
        .iter()
        .find(|row| {
            user_of(row).len() > 6
                && mobile.contains(&user_of(row))
                && text(row, "general", "name").contains("'s ")
        })
        .unwrap();
    let (user, owner) =
        (user_of(several), text(several, "general", "name").split("'s ").next().unwrap().to_owned());
    let serial = text(several, "hardware", "serialNumber");
    setup.set("JAMF_PRO_MCP_REDACTION", "pseudonymous");
    setup.set("JAMF_PRO_MCP_ALLOW", "read,write,device,destructive");
    for (tool, arguments) in [
        ("group_membership_check", json!({ "device": user, "group": "All Managed Clients" })),
        ("device_restart", json!({ "devices": [user], "body": {}, "reason": "A test of errors" })),
    ] {
        let printed = setup.call(tool, arguments).await;
        assert!(!printed.success && printed.text().contains("no device is known by"), "{tool}: {printed:?}");
        assert!(!printed.text().contains(&owner), "{tool}: {printed:?}");
    }
    let printed = setup
        .call("device_restart", json!({ "devices": [serial], "body": {}, "reason": "A test of plans" }))
        .await;
    assert!(printed.text().contains("waiting for a person"), "{printed:?}");
    assert!(!printed.text().contains(&owner) && !printed.text().contains(&user), "{printed:?}");
    let status = setup.call("plan_status", json!({})).await;
    assert!(status.stdout.contains(&serial), "{status:?}");
    assert!(!status.text().contains(&owner) && !status.text().contains(&user), "{status:?}");
    // The person who decides sees who it is.
    let shown = setup.run(&["approvals", "list"]).await.text()
        + &setup.run(&["approvals", "show", &plan_in(&status.stdout)]).await.text();
    assert!(shown.contains(&owner), "{shown}");
}

fn plan_in(status: &str) -> String {
    let status: Value = serde_json::from_str(status).unwrap();
    status["plans"][0]["plan"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn prompts_and_completion_offer_nobody() {
    let mut setup = Setup::start().await;
    let (user, device, _) = somebody(&setup).await;
    let owner = device.split("'s ").next().unwrap().to_owned();
    for mode in ["pseudonymous", "aggregate"] {
        setup.set("JAMF_PRO_MCP_REDACTION", mode);
        let mut session = setup.stdio().await;
        let prompt = session
            .ask("prompts/get", json!({ "name": "offboarding", "arguments": { "person": user } }))
            .await
            .to_string();
        assert!(!prompt.contains(&user), "{mode}: {prompt}");
        let prompt = session
            .ask("prompts/get", json!({ "name": "stolen_device", "arguments": { "device": device } }))
            .await
            .to_string();
        assert!(
            prompt.contains("MacBook") || prompt.contains("iMac") || prompt.contains("Mac"),
            "{mode}: {prompt}"
        );
        assert!(!prompt.contains(&owner), "{mode}: {prompt}");
        for (prompt, argument, typed) in
            [("offboarding", "person", &user[..3]), ("stolen_device", "device", &owner[..3])]
        {
            let asked = json!({ "ref": { "type": "ref/prompt", "name": prompt }, "argument": { "name": argument, "value": typed } });
            let offered = session.ask("completion/complete", asked).await;
            let offered = offered["result"]["completion"]["values"].to_string();
            assert!(!offered.contains(&user) && !offered.contains(&owner), "{mode}: {offered}");
        }
    }
}

#[tokio::test]
async fn files_without_people_are_answered_and_others_are_refused_before_they_are_asked_for() {
    let mut setup = Setup::start().await;
    let folder = setup.state().join("files");
    std::fs::create_dir(&folder).unwrap();
    setup.set("JAMF_PRO_MCP_FILES", folder.to_str().unwrap());
    setup.set("JAMF_PRO_MCP_REDACTION", "aggregate");
    for (tool, arguments) in [
        ("script_download", json!({ "id": "1" })),
        ("certificate_authority_active_pem_download", json!({})),
        ("device_enrollment_public_key_download", json!({})),
    ] {
        let printed = setup.call(tool, arguments).await;
        assert!(!printed.text().contains("`redaction`"), "{tool}: {printed:?}");
    }
    assert!(setup.call("script_download", json!({ "id": "1" })).await.success);
    let before = setup.proxy.seen().len();
    for (tool, arguments, hint) in [
        ("building_history_export", json!({ "id": "1" }), Some("building_history_list")),
        ("computer_attachment_get", json!({ "id": "1", "attachmentId": "1" }), None),
    ] {
        let refused = setup.fails(tool, arguments).await;
        assert!(refused.contains("`redaction`"), "{tool}: {refused}");
        assert_eq!(refused.contains("csv"), hint.is_some(), "{tool}: {refused}");
        assert!(refused.contains(hint.unwrap_or_default()), "{tool}: {refused}");
    }
    let asked: Vec<String> = setup
        .proxy
        .seen()
        .into_iter()
        .skip(before)
        .map(|seen| seen.path)
        .filter(|path| !path.contains("oauth"))
        .collect();
    assert!(asked.iter().all(|path| !path.contains("export") && !path.contains("attachments")), "{asked:?}");
}

#[tokio::test]
async fn secrets_that_no_document_knows_are_left_out() {
    let setup = Setup::start().await;
    let planted = json!({ "policy": {
        "general": { "id": 1, "name": "Local admin" },
        "account_maintenance": {
            "accounts": [{ "action": "Create", "username": "svc", "passwordSha256": "SECRET-1", "hint": "SECRET-2", "password_min_length": 8 }],
            "management_account": { "managed_password_sha256": "SECRET-3", "managed_password_length": 20 },
            "open_firmware_efi_password": { "of_mode": "none", "of_password_sha256": "SECRET-4" },
        },
        "extra": { "clientSecret": "SECRET-5", "refreshToken": "SECRET-6", "serviceToken": "SECRET-7", "encodedToken": "SECRET-8",
            "personalRecoveryKey": "SECRET-9", "ssh_password_sha256": "SECRET-10", "encryption_key": "SECRET-11" },
        "kept": { "institutional_recovery_key": "Not Present", "recoveryLockPasswordType": "RANDOM", "tokenExpirationDate": "2027-01-01", "passwordSet": true },
    } });
    let webhook = json!({ "webhook": { "id": 1, "name": "Chat", "enabled": true, "event": "ComputerAdded",
        "url": "https://chat.example.com:8443/hooks/T0AAAA1111/B0BBBB2222/SECRET-12-a1b2c3d4e5?room=5&sig=SECRET-13" } });
    setup.proxy.script(move |seen| match seen.path.split('?').next().unwrap() {
        "/JSSResource/policies/id/1" => Reply::Instead(200, "application/json", planted.to_string()),
        "/JSSResource/webhooks/id/1" => Reply::Instead(200, "application/json", webhook.to_string()),
        _ => Reply::Pass,
    });
    let policy = setup.call("policy_get", json!({ "id": "1", "fields": ["*"] })).await.stdout;
    assert!(!policy.contains("SECRET-"), "{policy}");
    for kept in [
        "\"password_min_length\":8",
        "\"managed_password_length\":20",
        "Not Present",
        "RANDOM",
        "2027-01-01",
        "\"passwordSet\":true",
    ] {
        assert!(policy.contains(kept), "{kept} is missing in {policy}");
    }
    let webhook = setup.call("webhook_get", json!({ "id": "1" })).await.stdout;
    assert!(
        !webhook.contains("SECRET-") && webhook.contains("https://chat.example.com:8443/hooks/"),
        "{webhook}"
    );
}
