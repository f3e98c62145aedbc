//! `config_review`, `policy_triggers`, `script_parameters`, `policy_results`, `access_review` and `what_changed`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::raw::{Raw, id, ids, rows};
use crate::world::{world, world_of};

fn name(object: &Value) -> String {
    object.pointer("/general/name").or_else(|| object.get("name")).unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_review_counts_what_the_raw_answers_have() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let report = world.ok("config_review", json!({})).await;
    let number = |finding: &str| report["numbers"][finding].as_u64().unwrap();
    let policies = raw.objects("policies").await;
    let groups = raw.objects("computergroups").await;
    let of = async |finding: &str| world.ok("config_review", json!({ "finding": finding })).await;

    let secret = raw
        .all("/api/v1/scripts")
        .await
        .into_iter()
        .filter(|script| script["scriptContents"].as_str().unwrap().contains("PASSWORD='"));
    let secret: BTreeSet<String> = secret.map(|script| id(&script["id"])).collect();
    assert!(
        ids(&of("unsafe_script").await, &[("kind", "script")]).is_superset(&secret) && !secret.is_empty(),
        "{report}"
    );
    assert!(report["answer"].as_str().unwrap().contains("The worst: the script"), "{report}");

    let empty: BTreeSet<String> = groups
        .iter()
        .filter(|group| group["is_smart"] == true && rows(group, "/criteria").is_empty())
        .map(|group| id(&group["id"]))
        .collect();
    let found = of("smart_group_without_criteria").await;
    assert_eq!(ids(&found, &[("kind", "computer_group")]), empty, "{found}");
    assert!(!empty.is_empty() && found["rows"][0]["detail"].as_str().unwrap().contains("420"), "{found}");

    let circles: Vec<String> =
        of("groups_in_a_circle").await["rows"].as_array().unwrap().iter().map(name).collect();
    assert_eq!(circles, ["Circle A", "Circle B"]);

    let known: BTreeSet<String> = groups.iter().map(name).collect();
    let gone = of("names_what_is_gone").await;
    let asks: BTreeSet<String> = groups
        .iter()
        .filter(|group| {
            rows(group, "/criteria")
                .iter()
                .any(|one| one["name"] == "Computer Group" && !known.contains(one["value"].as_str().unwrap()))
        })
        .map(name)
        .collect();
    let excludes: BTreeSet<String> = policies
        .iter()
        .filter(|policy| {
            rows(policy, "/scope/exclusions/computer_groups")
                .iter()
                .any(|group| !known.contains(group["name"].as_str().unwrap()))
        })
        .map(name)
        .collect();
    let told: BTreeSet<String> = gone["rows"].as_array().unwrap().iter().map(name).collect();
    assert!(
        !asks.is_empty() && !excludes.is_empty() && told.is_superset(&asks) && told.is_superset(&excludes),
        "{gone}"
    );

    let off = policies.iter().filter(|policy| policy["general"]["enabled"] == false).count();
    let unscoped = policies.iter().filter(|policy| {
        let lists = ["computers", "computer_groups", "buildings", "departments"];
        policy["general"]["enabled"] == true
            && policy["scope"]["all_computers"] == false
            && lists.iter().all(|list| rows(policy, &format!("/scope/{list}")).is_empty())
    });
    let unscoped: BTreeSet<String> = unscoped.map(|policy| id(&policy["general"]["id"])).collect();
    assert!(number("switched_off") >= off as u64 && off > 5, "{report}");
    let found = ids(&of("no_targets").await, &[("kind", "policy")]);
    assert!(found == unscoped && unscoped.len() > 5, "{found:?} {unscoped:?}");
    let now = jiff::Timestamp::now().as_millisecond();
    let expired = policies.iter().filter(|policy| {
        let epoch = &policy["general"]["date_time_limitations"]["expiration_date_epoch"];
        let at: i64 = id(epoch).parse().unwrap_or_default();
        policy["general"]["enabled"] == true && at > 0 && at < now
    });
    let expired: BTreeSet<String> = expired.map(|policy| id(&policy["general"]["id"])).collect();
    assert!(
        ids(&of("expired").await, &[("kind", "policy")]) == expired && !expired.is_empty(),
        "{expired:?}"
    );
    let doubled = of("doubled").await["rows"].to_string();
    for name in ["Install Chrome (copy)", "Copy of Update Zoom", "install rosetta"] {
        assert!(doubled.contains(name), "{name}: {doubled}");
    }
}

#[tokio::test]
async fn a_review_of_what_could_not_be_read_is_partial_and_calls_nothing_gone() {
    let world = world_of(jamf_pro_demo::Options::default(), |_| {}).await;
    world.faults("403@/api/v1/scripts");
    let report = world.ok("config_review", json!({ "finding": "names_what_is_gone" })).await;
    let partial = report["partial"].to_string();
    assert!(
        partial.contains("names of scripts were not compared") && partial.contains("scripts: "),
        "{report}"
    );
    assert!(!report["rows"].to_string().contains("names the script"), "{report}");
}

#[tokio::test]
async fn events_have_the_policies_that_run_at_them_and_what_calls_them() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for policy in raw.objects("policies").await {
        let event = policy["general"]["trigger_other"].as_str().unwrap();
        if !event.is_empty() {
            events.entry(event.to_owned()).or_default().push(name(&policy));
        }
    }
    let report = world.ok("policy_triggers", json!({})).await;
    let row = |event: &str| {
        report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["event"] == event)
            .unwrap_or_else(|| panic!("{event}: {report}"))
    };
    for (event, policies) in &events {
        assert!(
            policies.iter().all(|policy| row(event)["policies"].as_str().unwrap().contains(policy)),
            "{event}: {report}"
        );
    }
    assert!(row("setup-chrome")["called_by"].as_str().unwrap().contains("Setup Manager"), "{report}");
    assert_eq!(row("reset-su")["problem"], "nothing that was read calls it");
    // What scripts call, by their raw texts, and no policy answers.
    let mut unanswered = 0;
    for script in raw.all("/api/v1/scripts").await {
        let text = script["scriptContents"].as_str().unwrap();
        for part in text.split(" policy -event ").skip(1) {
            let event = part.split_whitespace().next().unwrap().trim_matches('"');
            if !events.contains_key(event) && !event.contains('$') {
                assert_eq!(row(event)["problem"], "no policy runs at it", "{report}");
                assert!(
                    row(event)["called_by"].as_str().unwrap().contains(script["name"].as_str().unwrap()),
                    "{report}"
                );
                unanswered += 1;
            }
        }
    }
    assert!(unanswered > 0);
    let one = world.ok("policy_triggers", json!({ "event": "no-such-event" })).await;
    assert!(one["answer"].as_str().unwrap().starts_with("No policy runs at"), "{one}");
}

#[tokio::test]
async fn a_script_shows_its_parameters_by_policy() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let script =
        raw.all("/api/v1/scripts").await.into_iter().find(|script| script["name"] == "quit-app.sh").unwrap();
    let report = world.ok("script_parameters", json!({ "script": "quit-app.sh" })).await;
    let label = format!("$4 {}", script["parameter4"].as_str().unwrap());
    let mut compared = 0;
    for policy in raw.objects("policies").await {
        for run in rows(&policy, "/scripts").into_iter().filter(|run| id(&run["id"]) == id(&script["id"])) {
            let own = id(&policy["general"]["id"]);
            let row = report["rows"]
                .as_array()
                .unwrap()
                .iter()
                .find(|row| row["policy_id"] == own.as_str())
                .unwrap();
            assert_eq!(
                row[&label].as_str().unwrap_or_default(),
                run["parameter4"].as_str().unwrap(),
                "{report}"
            );
            compared += 1;
        }
    }
    assert!(compared > 2 && report["numbers"]["policies"] == compared, "{report}");
    world.faults("500@/api/v1/scripts/");
    let report = world.ok("script_parameters", json!({ "script": "quit-app.sh" })).await;
    assert!(report["partial"].to_string().contains("labels"), "{report}");
}

#[tokio::test]
async fn results_of_a_policy_are_those_of_the_histories_and_a_sample_says_so() {
    let world =
        world_of(jamf_pro_demo::Options { computers: 60, ..jamf_pro_demo::Options::default() }, |_| {}).await;
    let raw = Raw::of(&world).await;
    let report = world.ok("policy_results", json!({ "policy": "Enroll in Wi-Fi", "sample": 200 })).await;
    let (mut completed, mut failed, mut none) = (0, 0, 0);
    for mac in raw.all("/api/v4/computers-inventory?section=GENERAL").await {
        if mac["general"]["remoteManagement"]["managed"] != true {
            continue;
        }
        let history = raw.classic(&format!("computerhistory/id/{}", id(&mac["id"]))).await;
        let log = rows(&history, "/policy_logs")
            .into_iter()
            .filter(|log| log["policy_name"] == "Enroll in Wi-Fi")
            .max_by_key(|log| id(&log["date_time_epoch"]).parse::<i64>().unwrap());
        match log.map(|log| log["status"].as_str().unwrap()) {
            Some("Completed") => completed += 1,
            Some(_) => failed += 1,
            None => none += 1,
        }
    }
    let numbers = &report["numbers"];
    assert_eq!(
        (&numbers["completed"], &numbers["failed"], &numbers["no_entry"]),
        (&json!(completed), &json!(failed), &json!(none)),
        "{report}"
    );
    assert!(completed > 10 && failed > 0, "{completed} completed, {failed} failed, {none} without");
    assert!(!report["answer"].as_str().unwrap().contains("sample"), "{report}");
    let report = world.ok("policy_results", json!({ "policy": "Enroll in Wi-Fi", "sample": 5 })).await;
    assert!(
        report["numbers"]["read"] == 5 && report["answer"].as_str().unwrap().contains("a sample"),
        "{report}"
    );
    world.faults("500@/JSSResource/computerhistory");
    let report = world.ok("policy_results", json!({ "policy": "Enroll in Wi-Fi", "sample": 5 })).await;
    assert!(report["partial"].to_string().contains("histories of 5 Macs"), "{report}");
    assert!(report["numbers"]["read"] == 0 && report["numbers"]["failed"] == 0, "{report}");
}

#[tokio::test]
async fn access_has_the_clients_with_most_power_first() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let roles: BTreeMap<String, Vec<String>> = raw
        .all("/api/v1/api-roles")
        .await
        .iter()
        .map(|role| {
            let privileges = role["privileges"]
                .as_array()
                .unwrap()
                .iter()
                .map(|own| own.as_str().unwrap().to_owned())
                .collect();
            (role["displayName"].as_str().unwrap().to_owned(), privileges)
        })
        .collect();
    let report = world.ok("access_review", json!({})).await;
    let clients = raw.all("/api/v1/api-integrations").await;
    assert_eq!(report["numbers"]["api_clients"], clients.len(), "{report}");
    for client in &clients {
        let own: BTreeSet<&String> = client["authorizationScopes"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|role| &roles[role.as_str().unwrap()])
            .collect();
        let row = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["kind"] == "api_client" && id(&row["id"]) == id(&client["id"]))
            .unwrap();
        assert_eq!(row["privileges"], own.len(), "{}: {report}", client["displayName"]);
        let erases = own.iter().any(|own| own.contains("Wipe"));
        assert!(!erases || row["grave"].as_str().unwrap().contains("erases"), "{row}");
    }
    for group in raw.all("/api/v1/account-groups").await {
        let row = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["kind"] == "account_group" && row["name"] == group["name"])
            .unwrap();
        let whole = raw.all_of(&format!("/api/v1/account-groups/{}", id(&group["id"]))).await;
        assert_eq!(row["accounts"], rows(&whole, "/members").len(), "{report}");
        assert_eq!(row["privileges"], rows(&whole, "/privileges").len(), "{report}");
    }
    let grave: Vec<u64> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "api_client" && row["enabled"] == 1)
        .map(|row| row["grave_count"].as_u64().unwrap_or_default())
        .collect();
    assert!(grave.is_sorted_by(|one, other| one >= other) && grave[0] > 0, "{report}");
    world.faults("403@/api/v1/api-roles");
    let report = world.ok("access_review", json!({ "refresh": true })).await;
    assert!(report["partial"].to_string().contains("API roles"), "{report}");
}

#[tokio::test]
async fn changes_of_the_last_day_are_those_of_the_histories() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let mut expected = BTreeSet::new();
    for script in raw.all("/api/v1/scripts").await {
        for entry in raw.all(&format!("/api/v1/scripts/{}/history", id(&script["id"]))).await {
            if entry["date"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap() > since {
                expected.insert((name(&script), entry["username"].as_str().unwrap().to_owned()));
            }
        }
    }
    let report = world.ok("what_changed", json!({ "days": 1 })).await;
    let found: BTreeSet<(String, String)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "script")
        .map(|row| (name(row), row["username"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(found, expected, "{report}");
    assert!(expected.contains(&("restart-reminder.sh".to_owned(), "helpdesk".to_owned())), "{expected:?}");
    assert!(report["rows"].to_string().contains("mobile_device_prestage"), "{report}");
    assert!(report["notes"].to_string().contains("policies, configuration profiles"), "{report}");
    assert_eq!(report["partial"], Value::Null, "{report}");
    world.faults("500@/api/v1/packages/");
    let report = world.ok("what_changed", json!({ "days": 1 })).await;
    assert!(report["partial"].to_string().contains("package_history_list"), "{report}");
}
