//! Patch management agrees with the inventory.

use std::collections::HashMap;

use super::client::Client;
use crate::Options;

#[tokio::test]
async fn a_title_counts_what_the_computers_have() {
    let client = Client::new(Options::default()).await;
    let inventory =
        client.get("/api/v4/computers-inventory?section=APPLICATIONS&section=GENERAL&page-size=500").await;
    let computers = inventory.json["results"].as_array().unwrap();
    for (title, application) in [("1", "Firefox.app"), ("2", "Google Chrome.app"), ("3", "zoom.us.app")] {
        let mut installed: HashMap<&str, u64> = HashMap::new();
        for computer in computers {
            let applications = computer["applications"].as_array().into_iter().flatten();
            if let Some(found) = applications.into_iter().find(|found| found["name"] == application) {
                *installed.entry(found["version"].as_str().unwrap()).or_default() += 1;
            }
        }
        let base = format!("/api/v2/patch-software-title-configurations/{title}");
        let summary = client.get(&format!("{base}/patch-summary")).await.json;
        let latest = summary["latestVersion"].as_str().unwrap();
        let current = installed.get(latest).copied().unwrap_or(0);
        let total: u64 = installed.values().sum();
        assert!(total > 100, "{application}: {installed:?}");
        assert_eq!(summary["upToDate"], current, "{summary} {installed:?}");
        assert_eq!(summary["outOfDate"], total - current, "{summary} {installed:?}");
        let versions = client.get(&format!("{base}/patch-summary/versions")).await.json;
        for row in versions.as_array().unwrap() {
            let version = row["version"].as_str().unwrap();
            assert_eq!(row["onVersion"], installed.remove(version).unwrap_or(0), "{application} {row}");
        }
        assert!(installed.is_empty(), "versions that the title does not know: {installed:?}");
        let report = client.get(&format!("{base}/patch-report?page-size=2000")).await.json;
        assert_eq!(report["totalCount"], total);
        let definitions = client.get(&format!("{base}/definitions")).await.json;
        assert_eq!(definitions["results"][0]["version"], latest);
    }
}
