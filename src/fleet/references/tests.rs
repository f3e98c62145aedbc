//! References of objects of both APIs.

use serde_json::json;

use super::*;

fn id(number: u64) -> ObjectId {
    ObjectId::Number(number)
}

fn names() -> Names {
    let named = |kind, number: u64, name: &str, text: &str| Named {
        kind,
        id: id(number),
        name: name.to_owned(),
        text: text.to_owned(),
    };
    Names::new([
        named("policy", 31, "Setup: Chrome", "setup-chrome"),
        named("policy", 32, "Setup: Chrome (old)", "setup-chrome"),
        named("policy", 33, "Short", "go"),
        named("policy", 34, "No event", ""),
        named("computer_group", 47, "Pilot", "Pilot"),
        named("computer_group", 48, "Lab", "Lab"),
        named("package", 11, "Chrome", "GoogleChrome-142.pkg"),
    ])
}

/// References as `role kind id name`.
fn found(kind: &str, object: &Value) -> Vec<String> {
    let told = |reference: &Reference| {
        let id = reference.id.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        format!("{} {} {id} {}", reference.role.words(), reference.kind, reference.name).trim_end().to_owned()
    };
    of_object(kind, object, &names()).iter().map(told).collect()
}

#[test]
fn a_policy_refers_to_whom_it_is_for_and_to_what_it_runs() {
    let policy = json!({
        "general": { "id": "12", "name": "x", "category": { "id": "2", "name": "Browsers" }, "site": { "id": "-1", "name": "None" } },
        "scope": {
            "all_computers": false,
            "computer_groups": [{ "id": "1", "name": "All" }],
            "limit_to_users": { "user_groups": ["Staff"] },
            "limitations": { "user_groups": [{ "id": "5", "name": "Staff" }] },
            "exclusions": { "buildings": [{ "id": 3, "name": "Berlin" }] },
        },
        "package_configuration": { "packages": [{ "id": "11", "name": "c.pkg" }], "distribution_point": "default" },
        "scripts": [{ "id": "14", "name": "c.sh" }, { "script": { "id": 15, "name": "d.sh" } }],
        "printers": [],
        "disk_encryption": { "disk_encryption_configuration_id": "0" },
        "self_service": { "self_service_categories": [{ "id": "-1", "name": "No category assigned" }] },
        "files_processes": { "run_command": "jamf policy -event setup-chrome" },
    });
    assert_eq!(
        found("policy", &policy),
        [
            "target computer_group 1 All",
            "limitation directory_group 5 Staff",
            "exclusion building 3 Berlin",
            "runs script 14 c.sh",
            "runs script 15 d.sh",
            "installs package 11 c.pkg",
            "belongs to category 2 Browsers",
            "named in a text policy 31 Setup: Chrome",
            "named in a text policy 32 Setup: Chrome (old)",
        ]
    );
}

#[test]
fn criteria_refer_to_groups_places_and_attributes() {
    let row = |name: &str, operator: &str, value: &str| json!({ "name": name, "searchType": operator, "value": value });
    let group = json!({ "id": "3", "name": "x", "criteria": [
        row("Computer Group", "member of", "Pilot"),
        row("Department", "is", "Sales"),
        row("Building", "like", "Berl"),
        row("Update Ring", "is", "Ring 1"),
        row("Patch Reporting: Firefox", "less than", "145"),
        row("Operating System Version", "less than", "15.7"),
        row("Department", "is not", ""),
    ] });
    assert_eq!(
        found("computer_group", &group),
        [
            "criterion building - Berl",
            "criterion computer_extension_attribute - Update Ring",
            "criterion computer_group - Pilot",
            "criterion department - Sales",
            "criterion patch_title - Firefox",
        ]
    );
    let strengths: Vec<Strength> =
        of_object("computer_group", &group, &names()).iter().map(|reference| reference.strength).collect();
    assert_eq!(
        strengths.iter().filter(|strength| **strength == Strength::Text).count(),
        1,
        "a part of a name"
    );
    let mobile =
        json!({ "criteria": [row("Mobile Device Group", "member of", "Cart 1"), row("Cart", "is", "x")] });
    assert_eq!(
        found("mobile_device_group", &mobile),
        ["criterion mobile_device_extension_attribute - Cart", "criterion mobile_device_group - Cart 1"]
    );
}

#[test]
fn objects_of_the_pro_api_refer_by_ids() {
    let prestage = json!({
        "id": "1", "siteId": "-1", "enrollmentCustomizationId": "1", "deviceEnrollmentProgramInstanceId": "2",
        "customPackageIds": ["1"], "prestageInstalledProfileIds": ["3", "4"], "customPackageDistributionPointId": "-1",
        "locationInformation": { "departmentId": "5", "buildingId": "-1" },
        "assignments": [{ "serialNumber": "C02ABC" }],
    });
    assert_eq!(
        found("computer_prestage", &prestage),
        [
            "target serial_number - C02ABC",
            "installs macos_profile 3",
            "installs macos_profile 4",
            "installs package 1",
            "enrolls with device_enrollment 2",
            "enrolls with enrollment_customization 1",
            "uses department 5",
        ]
    );
    let installer = json!({ "id": "1", "smartGroupId": "26", "categoryId": "17", "siteId": "-1" });
    assert_eq!(found("app_installer", &installer), ["target computer_group 26", "belongs to category 17"]);
    let title = json!({ "id": "1", "categoryId": "2", "packages": [{ "packageId": "7", "version": "1" }] });
    assert_eq!(found("patch_title", &title), ["installs package 7", "belongs to category 2"]);
}

#[test]
fn texts_name_events_groups_and_files() {
    let script = |text: &str| json!({ "id": "9", "name": "x.sh", "scriptContents": text });
    let of = |text: &str| found("script", &script(text));
    let both = ["named in a text policy 31 Setup: Chrome", "named in a text policy 32 Setup: Chrome (old)"]
        .as_slice();
    for text in [
        "/usr/local/bin/jamf policy -event setup-chrome",
        "jamf policy -event \"setup-chrome\" -verbose",
        "jamf policy -verbose --trigger 'setup-chrome'; exit 0",
        "jamf policy -event=setup-chrome | tee log",
        "events=(setup-name setup-chrome)",
        "<string>setup-chrome</string>",
    ] {
        assert_eq!(of(text), both, "{text}");
    }
    assert_eq!(of("jamf policy -event go"), ["named in a text policy 33 Short"]);
    assert_eq!(of("ready, set, go"), [""; 0], "a short word names nothing");
    assert_eq!(of("jamf policy -id 33"), ["named in a text policy 33 Short"]);
    assert_eq!(of("jamf policy -id 99"), ["named in a text policy 99"]);
    assert_eq!(of("jamf policy -event setup-slack"), ["named in a text custom_event - setup-slack"]);
    for text in [
        "jamf policy -event \"$EVENT\"",
        "jamf policy",
        "not-setup-chrome",
        "setup-chrome-2",
        "Pilots",
        "Lab",
    ] {
        assert_eq!(of(text), [""; 0], "{text}");
    }
    assert_eq!(of("group=\"Pilot\""), ["named in a text computer_group 47 Pilot"]);
    assert_eq!(
        of("installer -pkg /Library/Caches/GoogleChrome-142.pkg"),
        ["named in a text package 11 Chrome"]
    );
    let policy = json!({ "general": { "id": 31 }, "files_processes": { "run_command": "jamf policy -event setup-chrome" } });
    assert_eq!(found("policy", &policy), ["named in a text policy 32 Setup: Chrome (old)"], "not itself");
    assert!(of_object("script", &script("Pilot"), &names()).iter().all(|one| one.strength == Strength::Text));
}

#[test]
fn each_kind_is_declared_once() {
    let mut all: Vec<&str> = kinds().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    assert!(found("no such kind", &json!({ "scope": { "computers": [{ "id": 1 }] } })).is_empty());
}
