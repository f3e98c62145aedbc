//! Updates, API clients, content, patches and enrollment name what is there, and fit the devices.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{patient, rows, told};
use crate::store::id_text;

#[tokio::test]
async fn update_plans_fit_their_devices_and_can_be_read() {
    let (client, told) = (patient().await, told().await);
    let plans = told.results("/api/v1/managed-software-updates/plans");
    let (mut reasons, mut declared) = (HashSet::new(), 0);
    for plan in plans {
        let uuid = plan["planUuid"].as_str().unwrap();
        let base = format!("/api/v1/managed-software-updates/plans/{uuid}");
        assert_eq!(client.get(&base).await.json["planUuid"], uuid);
        let events = client.get(&format!("{base}/events")).await.json["events"].as_str().unwrap().to_owned();
        let events: Vec<Value> = serde_json::from_str(&events).unwrap();
        assert!(events.iter().all(|event| event["planUuid"] == uuid) && events.len() > 2, "{events:?}");
        let declarations = client.get(&format!("{base}/declarations")).await.json;
        let ddm = plan["status"]["state"].as_str().unwrap().starts_with("DDM");
        assert_eq!(!rows(&declarations["declarations"]).is_empty(), ddm, "{plan} {declarations}");
        declared += usize::from(ddm);
        if plan["device"]["objectType"] != "COMPUTER" {
            let devices = told.results("/api/v2/mobile-devices/detail");
            let device = devices.iter().find(|device| device["mobileDeviceId"] == plan["device"]["deviceId"]);
            assert_eq!(device.unwrap()["general"]["osVersion"], "26.1", "{plan}");
            continue;
        }
        let mac = told.macs.iter().find(|mac| mac.id == id_text(&plan["device"]["deviceId"])).unwrap();
        let href = plan["device"]["href"].as_str().unwrap();
        assert_eq!(client.get(&format!("/api{href}")).await.status, 200, "{href}");
        assert_eq!(mac.at("/general/remoteManagement/managed"), &json!(true));
        for reason in rows(&plan["status"]["errorReasons"]) {
            reasons.insert(reason.as_str().unwrap());
            let fits = match reason.as_str().unwrap() {
                "APPLE_SILICON_NO_ESCROW_KEY" => {
                    mac.at("/hardware/appleSilicon") == &json!(true)
                        && mac.text("/security/bootstrapTokenEscrowedStatus") == "NOT_ESCROWED"
                }
                "NO_DISK_SPACE" => {
                    mac.at("/storage/bootDriveAvailableSpaceMegabytes").as_i64().unwrap() < 15_000
                }
                "EXISTING_PLAN_FOR_DEVICE_IN_PROGRESS" => plans.iter().any(|other| {
                    other["device"]["deviceId"] == plan["device"]["deviceId"]
                        && other["status"]["state"] == "DDMPlanScheduled"
                }),
                _ => false,
            };
            assert!(fits, "{plan}: {reason}");
        }
        let path = format!("/api/v1/managed-software-updates/update-statuses/computers/{}", mac.id);
        let statuses = client.get(&path).await.json;
        assert!(!rows(&statuses["results"]).is_empty(), "{path}");
        assert!(
            rows(&statuses["results"]).iter().all(|row| row["device"]["deviceId"] == *mac.id),
            "{statuses}"
        );
        let groups = mac.groups();
        let path = format!(
            "/api/v1/managed-software-updates/plans/group/{}?group-type=COMPUTER_GROUP",
            groups.iter().next().unwrap()
        );
        let of_group = client.get(&path).await.json;
        assert!(rows(&of_group["results"]).iter().any(|row| row["planUuid"] == uuid), "{path}: {of_group}");
    }
    assert_eq!((reasons.len(), declared), (3, 1), "{reasons:?}");
}

#[tokio::test]
async fn api_clients_have_roles_with_privileges_that_there_are() {
    let told = told().await;
    let privileges: HashSet<&str> = rows(&told.pro["/api/v1/api-role-privileges"]["privileges"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let roles = told.results("/api/v1/api-roles");
    for role in roles {
        for privilege in rows(&role["privileges"]) {
            assert!(privileges.contains(privilege.as_str().unwrap()), "{}: {privilege}", role["displayName"]);
        }
    }
    let clients = told.results("/api/v1/api-integrations");
    assert!(clients.len() >= 6);
    for client in clients {
        for scope in rows(&client["authorizationScopes"]) {
            assert!(roles.iter().any(|role| role["displayName"] == *scope), "{client}");
        }
    }
}

#[tokio::test]
async fn an_attribute_tells_the_groups_and_searches_that_ask_for_it() {
    let (client, told) = (patient().await, told().await);
    let mut dependents = 0;
    for attribute in told.results("/api/v1/computer-extension-attributes") {
        let path =
            format!("/api/v1/computer-extension-attributes/{}/data-dependency", id_text(&attribute["id"]));
        let got = client.get(&path).await.json;
        let mut told_names: Vec<&str> =
            rows(&got["results"]).iter().filter_map(|row| row["identifiableName"].as_str()).collect();
        let both = told.classic["computergroups"].iter().chain(&told.classic["advancedcomputersearches"]);
        let asks =
            |object: &&Value| rows(&object["criteria"]).iter().any(|row| row["name"] == attribute["name"]);
        let mut wanted: Vec<&str> =
            both.filter(asks).map(|object| object["name"].as_str().unwrap()).collect();
        told_names.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(told_names, wanted, "{}", attribute["name"]);
        dependents += wanted.len();
    }
    assert!(dependents >= 4, "{dependents}");
}

#[tokio::test]
async fn what_names_a_package_a_profile_or_a_policy_names_one_that_is_there() {
    let told = told().await;
    let named = |path: &str, id: &Value| {
        told.named(path, "packageName", id).unwrap_or_else(|| panic!("no package {id}")).to_owned()
    };
    for prestage in told.results("/api/v3/computer-prestages") {
        for id in rows(&prestage["customPackageIds"]) {
            named("/api/v1/packages", id);
        }
        for id in rows(&prestage["prestageInstalledProfileIds"]) {
            let there = |profile: &Value| id_text(&profile["general"]["id"]) == id_text(id);
            assert!(told.classic["osxconfigurationprofiles"].iter().any(there), "{prestage}");
        }
    }
    for title in told.results("/api/v2/patch-software-title-configurations") {
        for package in rows(&title["packages"]) {
            assert_eq!(
                named("/api/v1/packages", &package["packageId"]),
                package["displayName"].as_str().unwrap()
            );
        }
    }
    for item in rows(&told.pro["/api/v1/onboarding"]["onboardingItems"]) {
        let family = match item["selfServiceEntityType"].as_str().unwrap() {
            "OS_X_POLICY" => "policies",
            "OS_X_MAC_APP" => "macapplications",
            other => panic!("the test does not know {other}"),
        };
        let there = |object: &Value| id_text(&object["general"]["id"]) == id_text(&item["entityId"]);
        let found = told.classic[family].iter().find(|object| there(object)).unwrap();
        assert_eq!(found["general"]["name"], item["entityName"]);
    }
}

#[tokio::test]
async fn licenses_are_short_for_the_app_that_fails_for_them() {
    let told = told().await;
    let failing = told.results("/api/v2/mdm/commands").iter().filter(|command| {
        command["commandError"]["errorEnglishDescription"]
            .as_str()
            .is_some_and(|text| text.contains("license"))
    });
    let failing = failing.count() as i64;
    let content = &told.results("/api/v1/volume-purchasing-locations")[0]["content"];
    let keynote =
        rows(content).iter().find(|row| row["name"] == "Keynote" && row["contentType"] == "IOS_APP").unwrap();
    let number = |name: &str| keynote[name].as_i64().unwrap();
    assert_eq!(number("licenseCountTotal"), number("licenseCountInUse"));
    assert_eq!(number("licenseCountReported") - number("licenseCountTotal"), failing, "{keynote}");
    let sum = |name: &str| rows(content).iter().filter_map(|row| row[name].as_i64()).sum::<i64>();
    let location = &told.results("/api/v1/volume-purchasing-locations")[0];
    assert_eq!(location["totalPurchasedLicenses"], sum("licenseCountTotal"));
    assert_eq!(location["totalUsedLicenses"], sum("licenseCountInUse"));
}

#[tokio::test]
async fn one_token_of_automated_enrollment_ends_soon() {
    let told = told().await;
    let now = jiff::Timestamp::now();
    let days = |row: &Value| {
        let day = format!("{}T00:00:00Z", row["tokenExpirationDate"].as_str().unwrap().get(..10).unwrap());
        let at: jiff::Timestamp = day.parse().unwrap();
        (at.as_second() - now.as_second()) / 86_400
    };
    let days: Vec<i64> = told.results("/api/v1/device-enrollments").iter().map(days).collect();
    assert!(
        days.iter().any(|days| (17..=19).contains(days)) && days.iter().all(|days| *days > 0),
        "{days:?}"
    );
}
