//! Mobile devices.

use serde_json::{Value, json};

use super::client::{Client, column};
use crate::{
    Fault, FaultKind, Options, Tenant,
    fleet::{Fleet, FleetOptions},
    store::Store,
};

/// A tenant with two devices of our own beside the fleet's; the answer is their ids.
async fn two_more() -> (Client, Vec<String>) {
    let fleet = FleetOptions { computers: 5, seed: 1, now: jiff::Timestamp::now() };
    let mut store = Store::new(Fleet::generate(&fleet));
    let device = |name: &str| {
        json!({"deviceType": "iOS", "general": {"displayName": name, "managed": true, "managementId": format!("{name}-m")},
            "hardware": {"serialNumber": format!("ZZ{name}")}, "userAndLocation": {"username": "zz"}})
    };
    let ids = ["zzPad1", "zzPad2"].map(|name| store.mobile_devices.create(&store.fleet, &device(name)));
    let tenant = Tenant::start_with(Options::default(), store).await.unwrap();
    let client = Client::of(tenant).await;
    // A created device is born at once: without a lag everybody sees it.
    (client, ids.to_vec())
}

const DETAIL: &str = "/api/v2/mobile-devices/detail";

#[tokio::test]
async fn the_short_list_ignores_a_filter_and_the_detailed_one_does_not() {
    let (client, ids) = two_more().await;
    let all = client.get("/api/v2/mobile-devices").await.json["totalCount"].clone();
    let filtered = client.list("/api/v2/mobile-devices", &[("filter", "serialNumber==ZZzzPad1")]).await;
    assert_eq!(filtered.json["totalCount"], all);
    let detailed = client.list(DETAIL, &[("filter", "serialNumber==ZZzzPad1")]).await;
    assert_eq!(column(&detailed, "/mobileDeviceId"), [ids[0].as_str()]);
    assert_eq!(detailed.json["results"][0]["hardware"], Value::Null);
    let sections = client.list(DETAIL, &[("filter", "displayName==zzPad2"), ("section", "HARDWARE")]).await;
    assert_eq!(column(&sections, "/hardware/serialNumber"), ["ZZzzPad2"]);
    assert_eq!(client.list(DETAIL, &[("filter", "shade==red")]).await.status, 400);
}

#[tokio::test]
async fn one_broken_device_spoils_a_strict_page() {
    let (client, _) = two_more().await;
    client.tenant.faults().add(Fault::from(FaultKind::BrokenDevice));
    let strict = client.list(DETAIL, &[("filter", "displayName==zzPad*")]).await;
    assert_eq!(strict.status, 500);
    let lenient =
        client.list(DETAIL, &[("filter", "displayName==zzPad*"), ("exception-handling", "LENIENT")]).await;
    assert_eq!((lenient.status, &lenient.json["results"][0]["general"]), (200, &Value::Null));
}

#[tokio::test]
async fn a_device_is_changed_erased_and_unmanaged() {
    let (client, ids) = two_more().await;
    let path = format!("/api/v2/mobile-devices/{}", ids[0]);
    let patched = client.write("PATCH", &path, json!({"name": "zz new", "location": {"room": "7"}})).await;
    assert_eq!((patched.status, &patched.json["location"]["room"]), (200, &json!("7")));
    let short = client.get(&path).await.json;
    assert_eq!(
        (&short["name"], &short["type"], &short["id"]),
        (&json!("zz new"), &json!("ios"), &json!(ids[0]))
    );
    let detail = client.get(&format!("{path}/detail")).await.json;
    assert_eq!((&detail["serialNumber"], &detail["managed"]), (&json!("ZZzzPad1"), &json!(true)));
    assert_eq!(
        client.write("POST", &format!("{path}/erase"), json!({})).await.json["deviceId"],
        json!(ids[0])
    );
    assert_eq!(client.write("POST", &format!("{path}/unmanage"), json!({})).await.status, 200);
    assert_eq!(client.get(&format!("{path}/detail")).await.json["managed"], false);
    let unknown = client.write("POST", "/api/v2/mobile-devices/0/unmanage", json!({})).await;
    assert_eq!((unknown.status, &unknown.json["errors"]), (500, &json!([])));
    assert_eq!(client.get(&format!("{path}/paired-devices")).await.json["totalCount"], 0);
}

#[tokio::test]
async fn mobile_static_groups_take_additions_and_removals() {
    let (client, ids) = two_more().await;
    let groups = "/api/v2/mobile-device-groups/static-groups";
    let rows = json!([{"mobileDeviceId": ids[0], "selected": true}]);
    let misleading = client.write("POST", groups, json!({"groupName": "zz pads", "assignments": rows})).await;
    assert_eq!(
        (misleading.status, &misleading.json["errors"][0]["code"]),
        (403, &json!("INVALID_PRIVILEGE"))
    );
    let body = json!({"groupName": "zz pads", "siteId": "-1", "assignments": rows});
    let group = client.create(groups, body).await;
    let more = json!({"groupName": "zz pads", "siteId": "-1", "assignments": [{"mobileDeviceId": ids[1], "selected": true}]});
    assert_eq!(client.write("PATCH", &format!("{groups}/{group}"), more).await.status, 200);
    let path = format!("/api/v2/mobile-device-groups/static-group-membership/{group}");
    let members = client.list(&path, &[("sort", "displayName:desc")]).await;
    assert_eq!(column(&members, "/displayName"), ["zzPad2", "zzPad1"]);
}
