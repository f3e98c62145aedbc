//! The Wi-Fi profile fails on thirty Macs: they have no root certificate, because an old group keeps it from them.

use std::collections::BTreeSet;

use crate::tests::configuration::{Mac, names, rows, told};

#[tokio::test]
async fn the_wifi_profile_fails_where_the_certificate_is_missing() {
    let told = told().await;
    let failed: BTreeSet<&str> = told
        .results("/api/v2/mdm/commands")
        .iter()
        .filter(|command| command["commandState"] == "ERROR" && command["profileId"] == 1)
        .map(|command| {
            let text = command["commandError"]["errorEnglishDescription"].as_str().unwrap();
            assert!(text.contains("\"Example Organization Root\" could not be found"), "{text}");
            told.by_management_id(command["client"]["managementId"].as_str().unwrap()).unwrap().id.as_str()
        })
        .collect();
    assert_eq!(failed.len(), 30);
    let trusts = |mac: &Mac| {
        rows(mac.at("/certificates")).iter().any(|own| own["commonName"] == "Example Organization Root")
    };
    let profiles = &told.classic["osxconfigurationprofiles"];
    let root = profiles.iter().find(|profile| profile["general"]["name"] == "Certificate: Root").unwrap();
    for mac in &told.macs {
        let id = root["general"]["id"].as_u64().unwrap();
        assert_eq!(trusts(mac), mac.profiles().contains(&id), "{}", mac.id);
        if failed.contains(mac.id.as_str()) {
            assert!(!trusts(mac) && names(&root["scope"]["exclusions"], mac), "{}", mac.id);
            assert!(!mac.profiles().contains(&1), "{}", mac.id);
            // The script that looks for the certificate says the same.
            let joined = rows(&mac.history["policy_logs"])
                .iter()
                .filter(|log| log["policy_name"] == "Enroll in Wi-Fi");
            assert!(joined.into_iter().all(|log| log["status"] == "Failed"), "{}", mac.id);
        }
    }
}
