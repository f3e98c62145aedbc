//! Of a computer that never reported, nothing is known that only a report could tell.

use serde_json::{Value, json};

use super::{Rule, field, rows, world};

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(says_nothing),
        Value::Object(fields) => fields.values().all(says_nothing),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(flag) => !flag,
    }
}

#[tokio::test]
async fn a_computer_that_never_reported_has_no_facts_and_no_past() {
    let world = world().await;
    let mut rule = Rule::default();
    let silent: Vec<_> = world.computers.iter().filter(|computer| computer.is_silent()).collect();
    assert_eq!(silent.len(), 5);
    for computer in silent {
        for name in [
            "/applications",
            "/storage",
            "/configurationProfiles",
            "/printers",
            "/services",
            "/localUserAccounts",
            "/certificates",
            "/packageReceipts",
            "/softwareUpdates",
            "/operatingSystem/version",
            "/operatingSystem/build",
            "/operatingSystem/name",
            "/hardware/model",
            "/hardware/batteryCapacityPercent",
            "/hardware/totalRamMegabytes",
            "/security/firewallEnabled",
            "/security/xprotectVersion",
            "/diskEncryption/fileVault2Enabled",
            "/diskEncryption/fileVault2EnabledUserNames",
            "/diskEncryption/diskEncryptionConfigurationName",
            "/general/lastCheckIn",
            "/general/lastContact",
            "/general/lastIpAddress",
            "/general/lastReportedIpV4",
            "/general/jamfBinaryVersion",
            "/general/mdmProfileExpiration",
            "/general/lastLoggedInUsernameBinary",
            "/general/lastLoggedInUsernameBinaryTimestamp",
        ] {
            rule.holds(says_nothing(computer.at(name)), || {
                format!("{computer}: {name} {}", computer.at(name))
            });
        }
        for attribute in
            computer.rows("/extensionAttributes").iter().filter(|row| row["inputType"] == "SCRIPT")
        {
            rule.holds(says_nothing(&attribute["values"]), || {
                format!("{computer}: {} is {}", field(attribute, "name"), attribute["values"])
            });
        }
        for name in ["/policy_logs", "/computer_usage_logs", "/commands/completed", "/commands/failed"] {
            let log = computer.past.pointer(name).unwrap_or(&Value::Null);
            rule.holds(rows(log).is_empty(), || format!("{computer}: {} entries of {name}", rows(log).len()));
        }
        let classic = |pointer: &str| computer.classic.pointer(pointer).cloned().unwrap_or(json!(null));
        for name in ["/general/report_date", "/general/last_contact_time", "/hardware/os_version"] {
            rule.holds(says_nothing(&classic(name)), || format!("{computer}: {name} {}", classic(name)));
        }
    }
}
