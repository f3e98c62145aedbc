//! What the tenant always does as a real one does, and as no mock does: one test for each.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    classic::{json_of, send},
    client::{Client, column},
};
use crate::{
    Options,
    answering::{Manner, manner},
    shapes,
};

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[tokio::test]
async fn an_id_with_leading_zeros_is_the_number() {
    let client = Client::small().await;
    for (path, with_zeros) in [
        ("/api/v1/buildings/1", "/api/v1/buildings/01"),
        ("/api/v4/computers-inventory/1", "/api/v4/computers-inventory/0001"),
        ("/JSSResource/policies/id/7", "/JSSResource/policies/id/007"),
        ("/JSSResource/computers/id/1", "/JSSResource/computers/id/%2B1"),
    ] {
        let (plain, other) = (json_of(&client, path).await, json_of(&client, with_zeros).await);
        assert_eq!((plain.status, other.status, &plain.json), (200, 200, &other.json), "{with_zeros}");
    }
    // A name is a text.
    assert_eq!(json_of(&client, "/JSSResource/categories/name/007").await.status, 404);
}

#[tokio::test]
async fn names_have_curly_apostrophes_and_letters_with_their_marks_apart() {
    let client = Client::new(Options::default()).await;
    let all = client.get("/api/v4/computers-inventory?section=GENERAL&page-size=2000").await;
    let names = column(&all, "/general/name");
    let apart = names.iter().find(|name| name.contains('\u{308}')).unwrap();
    assert!(names.iter().filter(|name| name.contains('\u{2019}')).count() > 50);
    let exactly = format!("general.name==\"{apart}\"");
    let composed = exactly.replace("e\u{308}", "\u{eb}");
    assert_ne!(exactly, composed);
    for (filter, count) in [(exactly, 1), (composed, 0)] {
        let found = client.list("/api/v4/computers-inventory", &[("filter", &filter)]).await;
        assert_eq!(found.json["totalCount"], count, "{filter}");
    }
}

#[tokio::test]
async fn scopes_name_directory_groups_by_uuid_and_users_and_hide_some_targets() {
    let client = Client::new(Options::default()).await;
    let (mut by_uuid, mut users, mut hidden) = (0, 0, Vec::new());
    let told = client.control("GET", "scopes?family=policies", None).await.json["scopes"].clone();
    for scope in rows(&told) {
        let id = scope["id"].as_str().map_or_else(|| scope["id"].to_string(), str::to_owned);
        let got = json_of(&client, &format!("/JSSResource/policies/id/{id}")).await;
        assert!(!got.text.contains("untold"), "{id}");
        let policy = &got.json["policy"];
        let lists = [&policy["scope"], &policy["scope"]["limitations"], &policy["scope"]["exclusions"]];
        for list in lists {
            let groups = rows(&list["user_groups"]).iter();
            by_uuid += groups.filter(|group| group["id"].as_str().is_some_and(shapes::is_uuid)).count();
            users += rows(&list["users"]).len() + rows(&list["jss_users"]).len();
        }
        let targets =
            ["computers", "computer_groups", "buildings", "departments", "jss_users", "jss_user_groups"];
        let has_targets = targets.iter().any(|list| !rows(&policy["scope"][list]).is_empty())
            || policy["scope"]["all_computers"] == true;
        if !has_targets && !rows(&scope["computers"]).is_empty() {
            hidden.push(policy["general"]["name"].as_str().unwrap().to_owned());
        }
    }
    for row in rows(
        &json_of(&client, "/JSSResource/osxconfigurationprofiles").await.json["os_x_configuration_profiles"],
    ) {
        let path = format!("/JSSResource/osxconfigurationprofiles/id/{}", row["id"]);
        let profile = json_of(&client, &path).await.json["os_x_configuration_profile"].clone();
        let excluded = &profile["scope"]["exclusions"];
        users += rows(&excluded["users"])
            .iter()
            .filter(|user| user["name"].as_str().is_some_and(|name| !name.is_empty()))
            .count();
        users += rows(&excluded["jss_users"])
            .iter()
            .filter(|user| user["id"].as_u64().is_some_and(|id| id < 9_000))
            .count();
    }
    assert!(by_uuid > 0 && users == 2, "{by_uuid} {users}");
    assert_eq!(hidden, ["Remove Munki Leftovers"]);
}

#[tokio::test]
async fn moments_have_fractions_of_seconds() {
    let client = Client::small().await;
    let created = client.create("/api/v1/buildings", json!({"name": "zz"})).await;
    let history = client.get(&format!("/api/v1/buildings/{created}/history")).await.json;
    let date = history["results"][0]["date"].as_str().unwrap();
    assert_eq!((date.len(), date.ends_with('Z'), &date[19..20]), (24, true, "."), "{date}");
    let all = client.get("/api/v4/computers-inventory?section=GENERAL&page-size=100").await;
    assert!(column(&all, "/general/lastCheckIn").iter().any(|moment| !moment.ends_with(".000Z")));
}

#[tokio::test]
async fn the_classic_api_drops_what_it_does_not_keep_and_answers_201() {
    let client = Client::small().await;
    for (family, root, inside, pointer) in [
        ("categories", "category", "<name>zz</name><color>red</color><priority>many</priority>", "/color"),
        (
            "computergroups",
            "computer_group",
            "<name>zz</name><is_smart>false</is_smart><owner>me</owner>",
            "/owner",
        ),
        (
            "osxconfigurationprofiles",
            "os_x_configuration_profile",
            "<general><name>zz</name><level>moon</level></general><x/>",
            "/x",
        ),
        (
            "macapplications",
            "mac_application",
            "<general><name>zz</name><stars>5</stars></general>",
            "/general/stars",
        ),
    ] {
        let path = format!("/JSSResource/{family}/id/0");
        let made = send(&client, "POST", &path, &format!("<{root}>{inside}</{root}>")).await;
        assert_eq!(made.status, 201, "{family}: {}", made.text);
        let id = made.text.split_once("<id>").unwrap().1.split_once('<').unwrap().0.to_owned();
        let read = json_of(&client, &format!("/JSSResource/{family}/id/{id}")).await.json;
        assert!(read[root].pointer(pointer).is_none(), "{family}: {read}");
    }
    let profiles = json_of(&client, "/JSSResource/osxconfigurationprofiles/name/zz").await.json;
    let level = profiles["os_x_configuration_profile"]["general"]["level"].clone();
    assert_ne!(level, "moon");
    let before = json_of(&client, "/JSSResource/policies/id/1").await.json;
    let change = "<policy><general><frequency>Whenever</frequency><motto>x</motto></general></policy>";
    assert_eq!(send(&client, "PUT", "/JSSResource/policies/id/1", change).await.status, 201);
    let after = json_of(&client, "/JSSResource/policies/id/1").await.json;
    assert_eq!(before["policy"]["scope"], after["policy"]["scope"]);
    assert!(after["policy"]["general"].get("motto").is_none());
}

#[tokio::test]
async fn a_sleeping_device_says_not_now_twice_before_it_carries_a_command_out() {
    let after = Duration::from_millis(120);
    let client = Client::new(Options { computers: 60, answers: Some(after), ..Options::default() }).await;
    let all = client.get("/api/v4/computers-inventory?section=GENERAL&page-size=100").await;
    let ids = column(&all, "/general/managementId");
    let id = ids.iter().find(|id| manner(id) == Manner::Later).unwrap();
    let body =
        json!({"clientData": [{"managementId": id}], "commandData": {"commandType": "RESTART_DEVICE"}});
    let sent = client.write("POST", "/api/v2/mdm/commands", body).await;
    let filter = format!("uuid=={}", sent.json[0]["id"].as_str().unwrap());
    let mut states: Vec<String> = Vec::new();
    for _ in 0..400 {
        let got = client.list("/api/v2/mdm/commands", &[("filter", &filter)]).await;
        let state = got.json["results"][0]["commandState"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state);
        }
        if states.last().is_some_and(|state| state == "ACKNOWLEDGED") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(states, ["PENDING", "NOT_NOW", "PENDING", "NOT_NOW", "ACKNOWLEDGED"]);
}
