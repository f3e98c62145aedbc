//! Something was changed in the last day, and the histories say what and by whom.

use jiff::Timestamp;

use crate::tests::configuration::{patient, rows, told};

#[tokio::test]
async fn the_histories_tell_what_was_changed_in_the_last_day() {
    let (client, told) = (patient().await, told().await);
    let scripts = told
        .results("/api/v1/scripts")
        .iter()
        .map(|script| format!("/api/v1/scripts/{}", script["id"].as_str().unwrap()));
    let prestages = (1..=3).map(|id| format!("/api/v3/mobile-device-prestages/{id}"));
    let mut found = Vec::new();
    for path in scripts.chain(prestages) {
        let history = client.get(&format!("{path}/history?page-size=100")).await;
        for row in rows(&history.json["results"]) {
            let at: Timestamp = row["date"].as_str().unwrap().parse().unwrap();
            if Timestamp::now().as_second() - at.as_second() < 86_400 {
                found.push((
                    path.clone(),
                    row["username"].as_str().unwrap().to_owned(),
                    row["details"].as_str().unwrap().to_owned(),
                ));
            }
        }
    }
    let script = found.iter().find(|(path, ..)| path.contains("scripts"));
    let (path, who, what) = script.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(who, "helpdesk");
    let name = client.get(path).await.json["name"].as_str().unwrap().to_owned();
    assert!(name == "restart-reminder.sh" && what.contains("14"), "{name}: {what}");
    assert!(found.iter().any(|(path, ..)| path.contains("prestages")), "{found:?}");
    assert!(found.len() < 6, "{found:?}");
}
