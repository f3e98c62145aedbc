//! What each list filters by: every field of Jamf's documents, by every operator, and nothing else.

use serde_json::json;

use super::client::{Client, column};
use crate::Options;

#[tokio::test]
async fn a_field_that_jamf_does_not_filter_by_is_refused() {
    let client = Client::small().await;
    for (path, filter) in [
        ("/api/v1/buildings", "id==1"),
        ("/api/v1/categories", "id==1"),
        ("/api/v1/users", "title==x"),
        ("/api/v1/accounts", "secret==x"),
        ("/api/v2/patch-policies", "name==x"),
        ("/api/v1/api-roles", "privileges==x"),
        ("/api/v1/scripts/1/history", "who==x"),
        ("/api/v3/check-in/history", "status==x"),
        ("/api/v4/computers-inventory", "general.lastContactTime>2020-01-01T00:00:00Z"),
        ("/api/v2/mobile-devices/detail", "name==x"),
        ("/api/v2/groups", "membershipCount>1"),
        ("/api/v3/computer-groups/smart-groups", "description==x"),
        ("/api/v2/mdm/commands", "commandState==PENDING"),
    ] {
        let got = client.list(path, &[("filter", filter)]).await;
        let field = filter.split(['=', '>']).next().unwrap();
        let told = (got.status, &got.json["errors"][0]["code"], &got.json["errors"][0]["field"]);
        assert_eq!(told, (400, &json!("INVALID_FIELD"), &json!(field)), "{path}: {}", got.text);
    }
    for (path, filter) in [
        ("/api/v2/mdm/commands", "dateSent==2020-01-01T00:00:00Z"),
        ("/api/v2/inventory-preload/records", "serialNumber=out=(x)"),
        ("/api/v2/inventory-preload/records", "serialNumber>=x"),
    ] {
        assert_eq!(client.list(path, &[("filter", filter)]).await.status, 400, "{path} {filter}");
    }
    let nonsense = client.list("/api/v1/buildings", &[("filter", "name=~x")]).await;
    assert_eq!((nonsense.status, &nonsense.json["errors"][0]["code"]), (400, &json!("INVALID_FILTER")));
}

#[tokio::test]
async fn a_list_that_takes_no_filter_says_nothing_when_it_is_given_one() {
    let client = Client::small().await;
    for path in ["/api/v2/mobile-devices", "/api/v1/sites", "/api/v3/computer-prestages"] {
        let plain = client.get(path).await;
        let filtered = client.list(path, &[("filter", "name==nothing")]).await;
        assert_eq!((filtered.status, &filtered.json), (200, &plain.json), "{path}");
    }
}

#[tokio::test]
async fn every_operator_chooses_and_older_names_hold() {
    let client = Client::new(Options { computers: 30, ..Options::default() }).await;
    let count = async |path: &str, filter: &str| {
        let got = client.list(path, &[("filter", filter), ("page-size", "1")]).await;
        assert_eq!(got.status, 200, "{filter}: {}", got.text);
        got.json["totalCount"].as_u64().unwrap()
    };
    let computers = "/api/v4/computers-inventory";
    for (filter, wanted) in [
        ("id==3", 1),
        ("id!=3", 29),
        ("id<3", 2),
        ("id=le=3", 3),
        ("id=in=(1,2,3)", 3),
        ("id=out=(1,2,3)", 27),
        ("id==3,id==4", 2),
        ("(id==3 or id==4) and id>3", 1),
        ("general.name==\"*\"", 30),
    ] {
        assert_eq!(count(computers, filter).await, wanted, "{filter}");
    }
    let moment = "2000-01-01T00:00:00Z";
    let newer = count(computers, &format!("general.lastCheckIn>{moment}")).await;
    let older = count("/api/v3/computers-inventory", &format!("general.lastContactTime>{moment}")).await;
    assert!(newer > 20 && newer == older, "{newer} {older}");
    let renewed = count(computers, &format!("general.mdmCertificateExpiration>{moment}")).await;
    assert!(renewed > 10, "{renewed}");
    let smart = count("/api/v2/groups", "isSmart==true").await;
    let of_macs = client.get("/api/v3/computer-groups/smart-groups?page-size=1").await.json;
    let of_devices = client.get("/api/v2/mobile-device-groups/smart-groups?page-size=1").await.json;
    let both = of_macs["totalCount"].as_u64().unwrap() + of_devices["totalCount"].as_u64().unwrap();
    assert_eq!(smart, both);
    let plans = "/api/v1/managed-software-updates/plans";
    let failed = count(plans, "state==PlanFailed").await;
    assert!(failed > 0 && failed < count(plans, "planUuid!=x").await, "{failed}");
}

#[tokio::test]
async fn an_export_reads_filter_and_page_in_its_body() {
    let client = Client::small().await;
    let names = client.get("/api/v1/buildings?sort=name:asc").await;
    let names = column(&names, "/name");
    let body = json!({"pageSize": 2, "page": 0, "sort": ["name:desc"], "fields": [{"fieldName": "name"}]});
    let export = client.write("POST", "/api/v1/buildings/export", body).await;
    let lines: Vec<&str> = export.text.lines().collect();
    assert_eq!(lines, ["name", names[names.len() - 1].as_str(), names[names.len() - 2].as_str()]);
    let one = json!({"filter": format!("name==\"{}\"", names[0])});
    let export = client.write("POST", "/api/v1/buildings/export", one).await;
    assert_eq!(export.text.lines().count(), 2, "{}", export.text);
    let packages = client.write("POST", "/api/v1/packages/export", json!({"filter": "id==1"})).await;
    assert_eq!(packages.text.lines().count(), 2, "{}", packages.text);
    let unknown = client.write("POST", "/api/v1/packages/export", json!({"filter": "size==1"})).await;
    assert_eq!(unknown.status, 400);
}
