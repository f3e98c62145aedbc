//! Columns that lists have from the fleet: they are what the objects themselves say, with their age; nothing is answered without a word when
//! they are not there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jamf_pro_mcp::config::FleetStorage;

use super::straight::Straight;
use super::*;

async fn small(change: impl FnOnce(&mut jamf_pro_mcp::config::Config)) -> World {
    world_of(Options { computers: 40, ..Options::default() }, change).await
}

fn rows(answer: &Value) -> &Vec<Value> {
    answer["rows"].as_array().unwrap()
}

/// The row of an id.
fn row<'a>(answer: &'a Value, id: &str) -> &'a Value {
    rows(answer).iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no {id} in {answer}"))
}

/// All policies as the tenant has them, by their ids.
async fn policies(world: &World) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let listed = world.ok("policy_list", json!({ "fields": ["id"], "all": true })).await;
    for id in column(&listed, "id") {
        let policy = world.ok("policy_get", json!({ "id": id })).await;
        found.insert(id, policy);
    }
    found
}

#[tokio::test]
async fn a_list_of_policies_says_what_each_does() {
    let world = small(|_| {}).await;
    let answer = world.ok("policy_list", json!({ "all": true })).await;
    assert!(answer["fleet_as_of"]["policies"].is_string(), "{answer}");
    let whole = policies(&world).await;
    assert_eq!(rows(&answer).len(), whole.len());
    for row in rows(&answer) {
        let policy = &whole[row["id"].as_str().unwrap()];
        let general = &policy["general"];
        assert_eq!(row["name"], general["name"]);
        assert_eq!(row["enabled"], general["enabled"], "{row}");
        assert_eq!(row["frequency"], general["frequency"]);
        let triggers = row["triggers"].as_str().unwrap_or_default();
        assert_eq!(triggers.contains("check-in"), general["trigger_checkin"] == true, "{row} {general}");
        for script in policy["scripts"].as_array().into_iter().flatten() {
            assert!(row["runs"].as_str().unwrap().contains(script["name"].as_str().unwrap()), "{row}");
        }
        let scope = row["scope"].as_str().unwrap();
        assert_eq!(scope.starts_with("all computers"), policy["scope"]["all_computers"] == true, "{row}");
        for group in policy["scope"]["computer_groups"].as_array().into_iter().flatten().take(1) {
            assert!(
                scope.contains(group["name"].as_str().unwrap()) || scope.contains("more"),
                "{row} {group}"
            );
        }
        let excluded = &policy["scope"]["exclusions"]["computer_groups"];
        let has_exclusion = excluded.as_array().is_some_and(|groups| !groups.is_empty());
        assert!(!has_exclusion || scope.contains("; without "), "{row}");
    }
    // Every question over rows can be asked about these columns too.
    let off: Vec<&str> = whole
        .iter()
        .filter(|(_, policy)| policy["general"]["enabled"] == false)
        .map(|(id, _)| id.as_str())
        .collect();
    assert!(!off.is_empty() && off.len() < whole.len());
    let disabled = json!({ "where": [["enabled", "eq", "false"]], "fields": ["id"], "all": true });
    let mut found = column(&world.ok("policy_list", disabled).await, "id");
    found.sort();
    assert_eq!(found, off);
    let counted = world.ok("policy_list", json!({ "group_by": ["enabled"] })).await;
    let of_off = rows(&counted).iter().find(|row| row["enabled"] == false).unwrap();
    assert_eq!(of_off["count"], json!(off.len()), "{counted}");
    let csv = world.call("policy_list", json!({ "fields": ["name", "enabled"], "format": "csv" })).await;
    assert!(csv.text.contains("name,enabled") && csv.text.contains(",true"), "{}", csv.text);
}

#[tokio::test]
async fn a_count_of_uses_is_what_the_users_say() {
    let world = small(|_| {}).await;
    let mut users: BTreeMap<String, usize> = BTreeMap::new();
    for policy in policies(&world).await.values() {
        let scripts = policy["scripts"].as_array().into_iter().flatten();
        let ids: BTreeSet<&str> = scripts.filter_map(|script| script["id"].as_str()).collect();
        ids.into_iter().for_each(|id| *users.entry(id.to_owned()).or_default() += 1);
    }
    let listed = world.ok("script_list", json!({ "all": true })).await;
    for row in rows(&listed) {
        let used = users.get(row["id"].as_str().unwrap()).copied().unwrap_or_default();
        assert_eq!(row["used_by"], json!(used), "{row}");
    }
    let unused = world.ok("script_list", json!({ "where": [["used_by", "eq", "0"]], "all": true })).await;
    assert!(!rows(&unused).is_empty() && rows(&unused).len() < rows(&listed).len(), "{unused}");

    // A criterion names a group and has no id of it.
    for (group, criterion, operator, value) in
        [("Inner", "Serial Number", "is", "none"), ("Outer", "Computer Group", "member of", "Inner")]
    {
        let criterion = json!({ "name": criterion, "priority": 0, "andOr": "and", "searchType": operator, "value": value });
        let body = json!({ "name": group, "criteria": [criterion] });
        world.ok("smart_computer_group_create", json!({ "body": body })).await;
    }
    let groups = world.ok("smart_computer_group_list", json!({ "all": true })).await;
    let of = |name: &str| rows(&groups).iter().find(|row| row["name"] == name).unwrap();
    assert_eq!((&of("Inner")["used_by"], &of("Outer")["used_by"]), (&json!(1), &json!(0)), "{groups}");
    assert_eq!(of("Outer")["criteria"], "Computer Group member of Inner", "{groups}");
}

#[tokio::test]
async fn what_this_server_writes_is_in_the_next_list() {
    let world = small(|_| {}).await;
    let before = world.ok("script_list", json!({ "all": true })).await;
    let script = world.ok("script_create", json!({ "body": { "name": "fresh.sh" } })).await;
    let script = script["answer"]["id"].as_str().unwrap().to_owned();
    let after = world.ok("script_list", json!({ "all": true })).await;
    assert_eq!(rows(&after).len(), rows(&before).len() + 1);
    assert_eq!(row(&after, &script)["used_by"], 0);
    let body = json!({ "general": { "name": "Fresh", "enabled": false }, "scripts": [{ "id": script }] });
    let policy = world.ok("policy_create", json!({ "body": body })).await["id"].as_str().unwrap().to_owned();
    assert_eq!(row(&world.ok("script_list", json!({ "all": true })).await, &script)["used_by"], 1);
    let listed = world.ok("policy_list", json!({ "all": true })).await;
    assert_eq!(row(&listed, &policy)["runs"], "script fresh.sh", "{}", row(&listed, &policy));
    assert_eq!(row(&listed, &policy)["scope"], "no target named");
    world
        .ok(
            "policy_update",
            json!({ "id": policy, "body": { "general": { "frequency": "Once every week" } } }),
        )
        .await;
    let listed = world.ok("policy_list", json!({ "all": true })).await;
    assert_eq!(row(&listed, &policy)["frequency"], "Once every week");
    world.ok("policy_delete", json!({ "id": policy })).await;
    assert_eq!(row(&world.ok("script_list", json!({ "all": true })).await, &script)["used_by"], 0);
}

#[tokio::test]
async fn what_is_not_there_in_time_is_said_and_asked_for_it_is_no_answer() {
    let world = small(|_| {}).await;
    world.faults("slow=3s@/JSSResource/policies/id/");
    let began = Instant::now();
    let answer = world.ok("policy_list", json!({})).await;
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    assert!(rows(&answer).len() > 10 && rows(&answer)[0].get("enabled").is_none(), "{answer}");
    assert!(notes(&answer).contains("`enabled`") && notes(&answer).contains("policies read"), "{answer}");
    let asked = world.ok("policy_list", json!({ "where": [["enabled", "eq", "false"]] })).await;
    assert!(began.elapsed() < Duration::from_secs(80), "{:?}", began.elapsed());
    assert!(asked["not_yet"].as_str().unwrap().contains("ask again"), "{asked}");
    // Who asks for nothing of the fleet does not wait for it.
    let plain = world.ok("policy_list", json!({ "fields": ["id", "name"] })).await;
    assert!(plain.get("notes").is_none(), "{plain}");
}

#[tokio::test]
async fn what_is_excluded_off_or_not_readable_is_in_no_list() {
    let excluded = small(|config| config.exclude_tools = vec!["policy_get".to_owned()]).await;
    let answer = excluded.ok("policy_list", json!({})).await;
    assert!(
        rows(&answer)[0].get("enabled").is_none() && notes(&answer).contains("`exclude_tools`"),
        "{answer}"
    );
    let asked = json!({ "where": [["enabled", "eq", "false"]] });
    let refused = excluded.fails("policy_list", asked.clone()).await;
    assert!(refused.contains("`exclude_tools`") && refused.contains("policy_get"), "{refused}");
    assert_eq!(excluded.sent("GET", "/JSSResource/policies/id/"), 0);

    let off = small(|config| config.fleet.storage = FleetStorage::Off).await;
    let answer = off.ok("policy_list", json!({})).await;
    assert!(!rows(&answer).is_empty() && notes(&answer).contains("the fleet is off"), "{answer}");
    assert!(off.fails("policy_list", asked).await.contains("the fleet is off"));

    let forbidden = small(|_| {}).await;
    forbidden.faults("403@/JSSResource/policies/id/");
    let answer = forbidden.ok("script_list", json!({})).await;
    assert!(
        rows(&answer).iter().all(|row| row["used_by"].is_null()),
        "nothing is known to be unused: {answer}"
    );
    assert!(notes(&answer).contains("INCOMPLETE") && notes(&answer).contains("policies"), "{answer}");
}

#[tokio::test]
async fn columns_name_nobody_where_the_configuration_redacts() {
    let world = small(|config| config.redaction = Redaction::Pseudonymous).await;
    let users = small(|_| {}).await.ok("user_list", json!({ "fields": ["username"], "all": true })).await;
    let body = json!({ "general": { "name": "For one", "enabled": false },
        "scope": { "limitations": { "users": [{ "name": column(&users, "username")[0] }] } } });
    world.ok("policy_create", json!({ "body": body })).await;
    let listed = world.ok("policy_list", json!({ "all": true })).await;
    let policy = rows(&listed).iter().find(|row| row["name"] == "For one").unwrap();
    assert_eq!(policy["scope"], "no target named; limited to 1 directory user", "{policy}");
    let groups = world.ok("smart_computer_group_list", json!({ "all": true })).await.to_string();
    for username in column(&users, "username").iter().filter(|name| name.len() > 4) {
        assert!(
            !listed.to_string().contains(username.as_str()) && !groups.contains(username.as_str()),
            "{username}"
        );
    }
}

#[tokio::test]
async fn ids_are_answered_with_what_they_name() {
    let world = small(|_| {}).await;
    let names = async |tool: &str| -> BTreeMap<String, String> {
        let listed = world.ok(tool, json!({ "fields": ["id", "name"], "all": true })).await;
        column(&listed, "id").into_iter().zip(column(&listed, "name")).collect()
    };
    let (categories, departments) = (names("category_list").await, names("department_list").await);
    let packages = world.ok("package_list", json!({ "fields": ["id", "categoryId"], "all": true })).await;
    assert!(rows(&packages).iter().any(|row| row["category"].is_string()), "{packages}");
    for row in rows(&packages) {
        let expected = categories.get(row["categoryId"].as_str().unwrap());
        assert_eq!(row["category"].as_str(), expected.map(String::as_str), "{row}");
    }
    let fields = json!({ "fields": ["userAndLocation.departmentId"], "all": true });
    let computers = world.ok("computer_list", fields).await;
    let mut named = 0;
    for row in rows(&computers) {
        let of_user = &row["userAndLocation"];
        let expected = of_user["departmentId"].as_str().and_then(|id| departments.get(id));
        assert_eq!(of_user["department"].as_str(), expected.map(String::as_str), "{row}");
        named += usize::from(expected.is_some());
    }
    assert!(named > 5, "{computers}");
    let grouped = world.ok("computer_list", json!({ "group_by": ["userAndLocation.department"] })).await;
    let total: u64 = rows(&grouped).iter().filter_map(|row| row["count"].as_u64()).sum();
    assert_eq!(json!(total), grouped["rows_counted"], "{grouped}");
    assert!(rows(&grouped).len() > 2, "{grouped}");
}

#[tokio::test]
async fn a_smart_group_without_criteria_says_that_everything_is_in_it() {
    let world = small(|_| {}).await;
    let fields = json!({ "fields": ["id", "name", "criteria", "smartGroup"], "all": true });
    let groups = world.ok("computer_group_list", fields).await;
    let mut empty = 0;
    for row in rows(&groups).iter().filter(|row| row["smartGroup"] == true) {
        let id = &row["id"];
        let whole = world.ok("smart_computer_group_get", json!({ "id": id })).await;
        // What is said of it comes beside the object.
        let criteria = whole.get("object").unwrap_or(&whole)["criteria"].as_array().unwrap();
        let line = row["criteria"].as_str().unwrap();
        match criteria.first() {
            None => {
                assert_eq!(line, "none: every computer is in it", "{row}");
                empty += 1;
            }
            Some(first) => assert!(line.contains(first["name"].as_str().unwrap()), "{row} {whole}"),
        }
    }
    assert!(empty > 0, "the tenant has no smart group without criteria");
}

/// What somebody changes in Jamf Pro is in the columns once the caller asks for data of that moment.
#[tokio::test]
async fn a_list_reads_its_columns_anew_where_the_caller_asks_for_newer_ones() {
    let world = small(|_| {}).await;
    let listed = |more: &[(&str, Value)]| {
        let mut arguments = json!({ "fields": ["id", "name", "frequency", "enabled"], "all": true });
        for (name, value) in more {
            arguments[name] = value.clone();
        }
        arguments
    };
    let first = world.ok("policy_list", listed(&[])).await;
    let was = row(&first, "1")["enabled"].as_bool().unwrap();
    // Another program than this server changes it.
    let straight = Straight::to(&world.tenant).await;
    let changed = format!("<policy><general><enabled>{}</enabled></general></policy>", !was);
    let request = straight.http.put(format!("{}/JSSResource/policies/id/1", straight.base)).body(changed);
    let (status, said) = straight.sent(request.header("content-type", "application/xml")).await;
    assert!(status < 300, "{status} {said}");
    let policy = straight.read("/JSSResource/policies/id/1").await;
    assert_eq!(policy["policy"]["general"]["enabled"], json!(!was), "{policy}");
    let kept = world.ok("policy_list", listed(&[("max_age", json!(60))])).await;
    assert_eq!(row(&kept, "1")["enabled"], json!(was), "it is as old as its age says: {kept}");
    for newer in [("refresh", json!(true)), ("max_age", json!(0))] {
        let anew = world.ok("policy_list", listed(std::slice::from_ref(&newer))).await;
        assert_eq!(row(&anew, "1")["enabled"], json!(!was), "{newer:?}: {anew}");
    }
    // A list that has nothing of the fleet has no age.
    let refused = world.call("category_list", json!({ "refresh": true })).await;
    assert!(refused.is_error && refused.text.contains("refresh"), "{}", refused.text);
}
