//! Questions that once got a wrong answer without a word. Each is answered rightly now, or refused with the way to ask.

use super::*;

async fn ids(world: &World, tool: &str, arguments: Value) -> BTreeSet<String> {
    let answer = world.ok(tool, arguments).await;
    assert!(answer["total"].is_u64() && answer["next"].is_null(), "{answer}");
    let key = if tool == "mobile_device_list" { "mobileDeviceId" } else { "id" };
    column(&answer, key).into_iter().collect()
}

#[tokio::test]
async fn two_conditions_on_applications_are_about_one_application() {
    let world = world().await;
    let has = |app: &Value, name: &str, before: u64| {
        app["name"] == name && numbers_before(app["version"].as_str().unwrap_or_default(), before)
    };
    let asked = json!({
        "where": [["applications.name", "eq", "Google Chrome.app"], ["applications.version", "lt", "140"]],
        "fields": ["id"], "all": true
    });
    let found = ids(&world, "computer_list", asked).await;
    let mut expected = BTreeSet::new();
    let mut page = 0;
    loop {
        let asked = json!({ "fields": ["id", "applications.name", "applications.version"], "page_size": 1, "page": page });
        let rows = world.ok("computer_list", asked).await;
        for row in rows["rows"].as_array().unwrap() {
            let mut applications = row["applications"].as_array().into_iter().flatten();
            if applications.any(|app| has(app, "Google Chrome.app", 140)) {
                expected.insert(row["id"].as_str().unwrap().to_owned());
            }
        }
        page += 1;
        if rows["next"].is_null() {
            break;
        }
    }
    assert!(!expected.is_empty() && expected.len() < 420, "{}", expected.len());
    assert_eq!(found, expected);
}

fn numbers_before(version: &str, before: u64) -> bool {
    let first = version.split('.').next().and_then(|first| first.parse::<u64>().ok());
    first.is_some_and(|first| first < before)
}

#[tokio::test]
async fn values_in_one_text_and_values_without_their_attribute_are_refused() {
    let world = world().await;
    let refused = world.fails("computer_list", json!({ "where": [["id", "in", "2,3"]] })).await;
    assert!(refused.contains("each value by itself"), "{refused}");
    assert_eq!(ids(&world, "computer_list", json!({ "where": [["id", "in", "2", "3"]] })).await.len(), 2);
    for condition in [
        json!(["extensionAttributes.values", "gt", "300"]),
        json!(["extensionAttributes.values", "eq", "Normal"]),
    ] {
        let refused = world.fails("computer_list", json!({ "where": [condition] })).await;
        assert!(refused.contains("any extension attribute") && refused.contains("`ea.NAME`"), "{refused}");
    }
}

#[tokio::test]
async fn devices_of_a_group_are_found_by_its_name() {
    let world = world().await;
    let groups = world.ok("smart_mobile_group_list", json!({ "fields": ["groupId", "groupName"] })).await;
    let mut found = 0;
    for group in groups["rows"].as_array().unwrap() {
        let members =
            world.ok("smart_mobile_group_members", json!({ "id": group["groupId"], "page_size": 1 })).await;
        for (field, value) in [("groups.groupName", &group["groupName"]), ("groupId", &group["groupId"])] {
            let asked = json!({ "where": [[field, "eq", value]], "fields": ["mobileDeviceId"], "all": true });
            let devices = world.ok("mobile_device_list", asked).await;
            assert_eq!(devices["total"], members["total"], "{group}: {devices}");
            assert!(
                devices["coverage"].get("filter").is_none(),
                "no document says how Jamf compares it: {devices}"
            );
            found += devices["total"].as_u64().unwrap();
        }
    }
    assert!(found > 2);
}

#[tokio::test]
async fn rows_without_a_value_are_counted_whatever_the_condition() {
    let world = world().await;
    let asked = |condition: Value| json!({ "where": [condition], "fields": ["id"], "all": true });
    let never = ids(&world, "computer_list", asked(json!(["general.lastCheckIn", "is_empty"]))).await;
    assert!(!never.is_empty(), "the tenant has Macs that never checked in");
    let before = world.ok("computer_list", asked(json!(["general.lastCheckIn", "lt", "2030-01-01"]))).await;
    assert_eq!(before["no_value"], json!({ "general.lastCheckIn": never.len() }), "{before}");
    assert!(notes(&before).contains("is_empty finds them"), "{before}");
    for (operator, value, place) in
        [("eq", "false", "are not among these"), ("ne", "true", "are among these")]
    {
        let flag = "security.autoLoginDisabled";
        let answer = world.ok("computer_list", asked(json!([flag, operator, value]))).await;
        assert!(answer["no_value"][flag].as_u64().is_some_and(|count| count > 0), "{answer}");
        assert!(notes(&answer).contains(place), "{operator}: {answer}");
    }
}

#[tokio::test]
async fn an_answer_says_what_its_shape_hides() {
    let world = world().await;
    let named = world
        .ok(
            "computer_application_get",
            json!({ "application": "Google Chrome.app", "fields": ["unique_computers.id"] }),
        )
        .await;
    assert!(notes(&named).contains("once more"), "{named}");
    let nobody = world.ok("computer_application_get", json!({ "application": "Nobody has it.app" })).await;
    assert!(notes(&nobody).contains("no computer has an application of this name"), "{nobody}");
    assert!(!notes(&nobody).contains("there is no field"), "{nobody}");

    let groups =
        world.ok("computer_group_list", json!({ "where": [["criteria", "starts_with", "none:"]] })).await;
    let empty = &groups["rows"][0];
    let group = world.ok("smart_computer_group_get", json!({ "id": empty["id"] })).await;
    assert!(notes(&group).contains("has every computer in it"), "{group}");
    let other = json!({ "where": [["criteria", "contains", " like "], ["smartGroup", "eq", "true"]] });
    let other = world.ok("computer_group_list", other).await["rows"][0]["id"].clone();
    assert!(world.ok("smart_computer_group_get", json!({ "id": other })).await.get("notes").is_none());

    let management = world.ok("computer_management_get", json!({ "id": "12", "subset": "Policies" })).await;
    assert!(notes(&management).contains("limitations are left out"), "{management}");
}

#[tokio::test]
async fn the_elements_of_a_list_are_said_to_be_all_of_them() {
    let world = world().await;
    let about = json!({ "where": [["applications.name", "eq", "Google Chrome.app"]], "page_size": 1 });
    let with = |fields: Value| {
        let mut asked = about.clone();
        asked["fields"] = fields;
        asked
    };
    let shown = world.ok("computer_list", with(json!(["id", "applications.version"]))).await;
    assert!(shown["rows"][0]["applications"].as_array().unwrap().len() > 1);
    assert!(notes(&shown).contains("`applications` has all its elements"), "{shown}");
    let others = world.ok("computer_list", with(json!(["id"]))).await;
    assert!(!notes(&others).contains("all its elements"), "{others}");
}

#[tokio::test]
async fn the_ids_of_update_plans_are_those_that_other_tools_take() {
    let world = world().await;
    let plans = world.ok("managed_software_update_plan_list", json!({ "all": true })).await;
    let ids = column(&plans, "planUuid");
    assert!(!ids.is_empty() && ids.iter().all(|id| !id.is_empty()), "{plans}");
    for id in &ids {
        let plan = world.ok("managed_software_update_plan_get", json!({ "id": id })).await;
        assert_eq!(plan["planUuid"], json!(id), "{plan}");
        world.ok("managed_software_update_plan_events_get", json!({ "id": id })).await;
    }
}
