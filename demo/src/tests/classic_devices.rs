//! Devices in the Classic API: their groups, commands, histories and flushes; and its traps besides those of policies.

use serde_json::{Value, json};

use super::{
    classic::{json_of, send},
    client::Client,
};
use crate::Options;

async fn client() -> Client {
    Client::new(Options { computers: 420, ..Options::default() }).await
}

/// Create; the answer is the id.
async fn made(client: &Client, family: &str, xml: &str) -> String {
    let got = send(client, "POST", &format!("/JSSResource/{family}/id/0"), xml).await;
    assert_eq!(got.status, 201, "{}", got.text);
    got.text.split_once("<id>").unwrap().1.split_once("</id>").unwrap().0.to_owned()
}

#[tokio::test]
async fn members_of_a_static_group_change_all_at_once_or_not_at_all() {
    let client = client().await;
    let group = "<computer_group><name>zz lab</name><is_smart>false</is_smart><computers><computer><id>1</id></computer>\
                 </computers></computer_group>";
    let id = made(&client, "computergroups", group).await;
    let path = format!("/JSSResource/computergroups/id/{id}");
    let members = async || {
        let group = json_of(&client, &path).await.json["computer_group"].clone();
        group["computers"].as_array().unwrap().iter().map(|m| m["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(members().await, [1]);
    let change = async |inside: &str| {
        send(&client, "PUT", &path, &format!("<computer_group>{inside}</computer_group>")).await.status
    };
    let one = |id: u32| format!("<computer><id>{id}</id></computer>");
    let both = format!("<computer_additions>{}{}</computer_additions>", one(2), one(987_654));
    assert_eq!(change(&both).await, 409);
    assert_eq!(members().await, [1], "one unknown computer rejects all");
    let added = format!("<computer_additions>{}{}</computer_additions>", one(2), one(3));
    assert_eq!(change(&added).await, 201);
    assert_eq!(members().await, [1, 2, 3]);
    let absent = format!("<computer_deletions>{}{}</computer_deletions>", one(1), one(7));
    assert_eq!(change(&absent).await, 409, "who is no member cannot be removed");
    assert_eq!(change(&format!("<computer_deletions>{}</computer_deletions>", one(1))).await, 201);
    assert_eq!(members().await, [2, 3]);
    let pro = client.get(&format!("/api/v3/computer-groups/static-groups/{id}")).await.json;
    assert_eq!(pro["name"], "zz lab");
    let xml = client.get(&path).await.text;
    assert!(xml.contains("<computers><size>2</size><computer>") && !xml.contains("additions"), "{xml}");
}

#[tokio::test]
async fn members_of_a_group_of_users_change_all_at_once_too() {
    let client = Client::small().await;
    let members = async || {
        let group = json_of(&client, "/JSSResource/usergroups/id/1").await.json["user_group"].clone();
        group["users"].as_array().unwrap().iter().map(|m| m["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let change = async |inside: &str| {
        let xml = format!("<user_group>{inside}</user_group>");
        send(&client, "PUT", "/JSSResource/usergroups/id/1", &xml).await.status
    };
    let user = |id: u32| format!("<user><id>{id}</id></user>");
    assert_eq!(change(&format!("<user_additions>{}{}</user_additions>", user(2), user(3))).await, 201);
    assert_eq!(change(&format!("<user_additions>{}{}</user_additions>", user(4), user(98_765))).await, 409);
    assert_eq!(change(&format!("<user_deletions>{}{}</user_deletions>", user(2), user(5))).await, 409);
    assert_eq!(change(&format!("<user_deletions>{}</user_deletions>", user(2))).await, 201);
    assert_eq!(members().await, [3]);
    let name = "<name>zz</name>";
    assert_eq!(change(name).await, 201);
    assert_eq!(members().await, [3], "another change leaves the members");
}

#[tokio::test]
async fn a_smart_group_without_criteria_holds_everybody() {
    let client = Client::small().await;
    let id = made(
        &client,
        "computergroups",
        "<computer_group><name>zz all</name><is_smart>true</is_smart></computer_group>",
    )
    .await;
    let all = json_of(&client, &format!("/JSSResource/computergroups/id/{id}")).await.json;
    assert_eq!(all["computer_group"]["computers"].as_array().unwrap().len(), 5);
    let criterion = "<criterion><name>Serial Number</name><priority>0</priority><and_or>and</and_or>\
                     <search_type>is</search_type><value>none</value></criterion>";
    let narrow = format!("<computer_group><criteria>{criterion}</criteria></computer_group>");
    send(&client, "PUT", &format!("/JSSResource/computergroups/id/{id}"), &narrow).await;
    let none = json_of(&client, &format!("/JSSResource/computergroups/id/{id}")).await.json;
    assert_eq!(none["computer_group"]["computers"], json!([]));
    assert_eq!(none["computer_group"]["criteria"][0]["value"], "none");
}

#[tokio::test]
async fn commands_are_recorded_with_those_of_the_other_api() {
    let client = client().await;
    let sent =
        send(&client, "POST", "/JSSResource/computercommands/command/EnableRemoteDesktop/id/1,2", "").await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    assert!(sent.kind.starts_with("application/xml") && sent.text.matches("<command_uuid>").count() == 2);
    let list =
        client.list("/api/v2/mdm/commands", &[("filter", "command==ENABLE_REMOTE_DESKTOP")]).await.json;
    assert_eq!(list["totalCount"], 2);
    let wallpaper = "<mobile_device_command><general><command>Wallpaper</command><wallpaper_setting>1</wallpaper_setting>\
                     </general><mobile_devices><mobile_device><id>1</id></mobile_device></mobile_devices></mobile_device_command>";
    assert_eq!(
        send(&client, "POST", "/JSSResource/mobiledevicecommands/command", wallpaper).await.status,
        201
    );
    for path in [
        "command/UpdateInventory/id/1",
        "command/DeviceName/zz%20iPad/id/1",
        "command/ScheduleOSUpdate/2/26.2/id/1",
    ] {
        let path = format!("/JSSResource/mobiledevicecommands/{path}");
        assert_eq!(send(&client, "POST", &path, "").await.status, 201, "{path}");
    }
    let gone = send(&client, "POST", "/JSSResource/computercommands/command/EraseDevice/id/1", "").await;
    assert_eq!(gone.status, 400, "removed from the Classic API");
    let unknown =
        send(&client, "POST", "/JSSResource/computercommands/command/EnableRemoteDesktop/id/1,999999", "")
            .await;
    assert_eq!(unknown.status, 404);
    let after =
        client.list("/api/v2/mdm/commands", &[("filter", "command==ENABLE_REMOTE_DESKTOP")]).await.json;
    assert_eq!(after["totalCount"], 2, "all or none");
}

/// A part of the history of a device.
async fn past(client: &Client, family: &str, id: &str, pointer: &str) -> Vec<Value> {
    let got = json_of(client, &format!("/JSSResource/{family}/id/{id}")).await;
    got.json.pointer(pointer).unwrap_or_else(|| panic!("{pointer}: {}", got.text)).as_array().unwrap().clone()
}

#[tokio::test]
async fn flushed_commands_are_gone() {
    let client = client().await;
    let failed = "/computer_history/commands/failed";
    // The seventh computer is one of those that the Wi-Fi profile fails on.
    let id = "7";
    assert_eq!(past(&client, "computerhistory", id, failed).await.len(), 1);
    send(&client, "POST", &format!("/JSSResource/computercommands/command/EnableRemoteDesktop/id/{id}"), "")
        .await;
    let pending = "/computer_history/commands/pending";
    assert_eq!(past(&client, "computerhistory", id, pending).await[0]["name"], "Enable Remote Desktop");
    let plain =
        client.delete(&format!("/JSSResource/commandflush/computers/id/{id}/status/Pending+Failed")).await;
    assert_eq!(plain.status, 400, "a plus must be encoded");
    let flushed =
        client.delete(&format!("/JSSResource/commandflush/computers/id/{id}/status/Pending%2BFailed")).await;
    assert_eq!(flushed.status, 201, "{}", flushed.text);
    assert!(past(&client, "computerhistory", id, failed).await.is_empty());
    assert!(past(&client, "computerhistory", id, pending).await.is_empty());
    let list =
        client.list("/api/v2/mdm/commands", &[("filter", "command==ENABLE_REMOTE_DESKTOP")]).await.json;
    assert_eq!(list["totalCount"], 0);
    assert!(!past(&client, "computerhistory", id, "/computer_history/commands/completed").await.is_empty());
    let body = "<commandflush><status>Pending</status><mobile_devices><mobile_device><id>1</id></mobile_device></mobile_devices></commandflush>";
    send(&client, "POST", "/JSSResource/mobiledevicecommands/command/UpdateInventory/id/1", "").await;
    assert_eq!(send(&client, "DELETE", "/JSSResource/commandflush", body).await.status, 201);
    assert!(
        past(&client, "mobiledevicehistory", "1", "/mobile_device_history/management_commands/pending")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn flushed_policy_logs_are_gone() {
    let client = client().await;
    let logs = async |id: &str| past(&client, "computerhistory", id, "/computer_history/policy_logs").await;
    let before = logs("1").await;
    let of = |logs: &[Value], policy: u64| logs.iter().filter(|l| l["policy_id"] == policy).count();
    assert!(of(&before, 1) > 5, "{before:?}");
    let entry = &before[0];
    assert!(entry["date_time_epoch"].as_i64().unwrap() > 1_700_000_000_000);
    assert!(
        entry["date_time_utc"].as_str().unwrap().ends_with("+0000")
            && entry["date_time"].as_str().unwrap().contains(" at ")
    );
    let body = "<logflush><log>policy</log><log_id>1</log_id><interval>Zero Days</interval><computers><computer><id>2</id></computer></computers></logflush>";
    assert_eq!(send(&client, "DELETE", "/JSSResource/logflush", body).await.status, 201);
    assert!(logs("2").await.is_empty(), "with computers the policy is not looked at");
    assert_eq!(logs("1").await, before);
    assert_eq!(client.delete("/JSSResource/logflush/policy/id/1/interval/Three+Days").await.status, 201);
    let some = logs("1").await;
    assert!(of(&some, 1) > 0 && of(&some, 1) < of(&before, 1));
    assert_eq!(client.delete("/JSSResource/logflush/policy/id/1/interval/Zero%20Days").await.status, 201);
    let after = logs("1").await;
    assert_eq!(of(&after, 1), 0);
    assert_eq!(after.len(), before.len() - of(&before, 1), "no other log");
    assert_eq!(client.delete("/JSSResource/logflush/policy/id/1/interval/Often").await.status, 400);
    assert_eq!(client.delete("/JSSResource/logflush/policies/interval/Zero%20Days").await.status, 201);
    assert!(logs("1").await.is_empty());
}

#[tokio::test]
async fn the_story_of_the_missing_browser_can_be_told() {
    let client = client().await;
    // Ids have gaps: computers 200 to 203, counted from 0.
    let all =
        client.list("/api/v4/computers-inventory", &[("page-size", "420"), ("sort", "id:asc")]).await.json;
    let id = |index: usize| all["results"][index]["id"].as_str().unwrap().to_owned();
    let chrome = async |index: usize| {
        let logs = past(&client, "computerhistory", &id(index), "/computer_history/policy_logs").await;
        logs.into_iter().filter(|log| log["policy_name"] == "Install Chrome").collect::<Vec<_>>()
    };
    assert!(chrome(200).await.is_empty() && chrome(202).await.is_empty() && chrome(203).await.is_empty());
    let failed = chrome(201).await;
    assert_eq!((failed.len(), &failed[0]["status"]), (1, &json!("Failed")));
    assert_eq!(chrome(50).await.len(), 1);
    let management = json_of(&client, &format!("/JSSResource/computermanagement/id/{}", id(200))).await.json;
    let policies = management["computer_management"]["policies"].as_array().unwrap();
    assert!(policies.iter().all(|policy| policy["name"] != "Install Chrome"), "excluded");
    let groups = management["computer_management"]["smart_groups"].to_string();
    assert!(groups.contains("Browser exceptions"), "{groups}");
}

#[tokio::test]
async fn a_mobile_device_is_found_by_all_its_names_and_changes_in_both_apis() {
    let client = client().await;
    let device = json_of(&client, "/JSSResource/mobiledevices/id/1").await.json["mobile_device"].clone();
    for (key, field) in [
        ("serialnumber", "serial_number"),
        ("udid", "udid"),
        ("macaddress", "wifi_mac_address"),
        ("name", "name"),
    ] {
        let value = device["general"][field].as_str().unwrap().replace(' ', "%20").replace('\'', "%27");
        let found = json_of(&client, &format!("/JSSResource/mobiledevices/{key}/{value}")).await;
        assert_eq!(found.json["mobile_device"]["general"]["id"], 1, "{key} {value}: {}", found.text);
    }
    let change = "<mobile_device><general><asset_tag>zz1</asset_tag></general><location><username>zz</username>\
                  <department>Finance</department></location><extension_attributes><extension_attribute><id>1</id>\
                  <value>Cart 99</value></extension_attribute></extension_attributes></mobile_device>";
    assert_eq!(send(&client, "PUT", "/JSSResource/mobiledevices/id/1", change).await.status, 201);
    let pro = client.get("/api/v2/mobile-devices/1/detail").await.json;
    assert_eq!(pro["assetTag"], "zz1");
    let subset = json_of(&client, "/JSSResource/mobiledevices/id/1/subset/Location&General").await.json;
    assert_eq!(subset["mobile_device"].as_object().unwrap().len(), 2);
    assert_eq!(subset["mobile_device"]["location"]["department"], "Finance");
    let attributes =
        json_of(&client, "/JSSResource/mobiledevices/id/1/subset/ExtensionAttributes").await.json;
    assert_eq!(attributes["mobile_device"]["extension_attributes"][0]["value"], "Cart 99");
    let matches = json_of(&client, "/JSSResource/mobiledevices/match/Cart*").await.json;
    assert!(matches["mobile_devices"].as_array().unwrap().len() > 5);
    let nothing = json_of(&client, "/JSSResource/mobiledevices/id/1/subset/Nonsense").await;
    assert_eq!((nothing.status, &nothing.json["mobile_device"]), (200, &json!({})));
    assert_eq!(client.delete("/JSSResource/mobiledevices/id/1,2").await.status, 200);
    for id in ["1", "2"] {
        assert_eq!(client.get(&format!("/JSSResource/mobiledevices/id/{id}")).await.status, 404);
    }
}

#[tokio::test]
async fn a_list_of_ids_deletes_all_of_them() {
    let client = Client::small().await;
    let before = json_of(&client, "/JSSResource/printers").await.json["printers"].as_array().unwrap().len();
    assert_eq!(client.delete("/JSSResource/printers/id/1,9999").await.status, 404);
    assert_eq!(client.delete("/JSSResource/printers/id/1,2,3").await.status, 200);
    let after = json_of(&client, "/JSSResource/printers").await.json["printers"].as_array().unwrap().len();
    assert_eq!(after, before - 3);
}

#[tokio::test]
async fn lists_and_dates_are_as_uneven_as_the_real_ones() {
    let client = Client::small().await;
    let restricted = json_of(&client, "/JSSResource/restrictedsoftware").await.json;
    assert!(restricted["restricted_software"].is_array(), "{restricted}");
    let class = json_of(&client, "/JSSResource/classes/id/1").await.json;
    assert!(
        class["class"]["meeting_times"]["meeting_time"].is_object(),
        "a single entry is no list: {class}"
    );
    let class = json_of(&client, "/JSSResource/classes/id/2").await.json;
    assert!(class["class"]["meeting_times"]["meeting_time"].is_array());
    let invitations = json_of(&client, "/JSSResource/computerinvitations").await.text;
    let number = invitations.split_once("\"invitation\":").unwrap().1.split_once(',').unwrap().0;
    assert!(number.len() > 30 && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
    let by_number = json_of(&client, &format!("/JSSResource/computerinvitations/invitation/{number}")).await;
    assert_eq!(by_number.json["computer_invitation"]["id"], 1);
    let policy = "<policy><general><name>zz window</name><date_time_limitations><activation_date>2026-11-20 15:04:05</activation_date>\
                  <no_execute_on><day>Sun</day></no_execute_on></date_time_limitations></general></policy>";
    let id = made(&client, "policies", policy).await;
    let policy = json_of(&client, &format!("/JSSResource/policies/id/{id}")).await.json["policy"].clone();
    assert_eq!(policy["general"]["category"], json!({"id": -1, "name": "No category assigned"}));
    assert_eq!(policy["general"]["site"], json!({"id": -1, "name": "None"}));
    let window = &policy["general"]["date_time_limitations"];
    assert_eq!(window["activation_date_utc"], "2026-11-20T15:04:05.000+0000");
    assert!(window["activation_date_epoch"].is_number());
    assert_eq!(window["no_execute_on"], json!({"day": "Sun"}));
    let xml = client.get("/JSSResource/printers").await.text;
    assert!(xml.contains("<printers><size>5</size><printer><id>1</id>"), "{xml}");
}

#[tokio::test]
async fn what_lacks_or_refers_to_nothing_is_refused_one_reason_at_a_time() {
    let client = Client::small().await;
    for (family, xml, words) in [
        ("webhooks", "<webhook/>", "Name is required"),
        ("webhooks", "<webhook><name>zz</name></webhook>", "Event is required"),
        ("webhooks", "<webhook><name>zz</name><event>ComputerAdded</event></webhook>", "Url is required"),
        (
            "networksegments",
            "<network_segment><name>zz</name></network_segment>",
            "Starting address is required",
        ),
        ("printers", "<printer><name>follow me</name></printer>", "Duplicate name"),
        (
            "restrictedsoftware",
            "<restricted_software><general><name>zz</name></general><scope><computers><computer><id>98765</id>\
          </computer></computers></scope></restricted_software>",
            "Unable to match computer",
        ),
        (
            "policies",
            "<policy><general><name>zz</name><category><name>Nowhere</name></category></general></policy>",
            "Unable to match category",
        ),
        (
            "policies",
            "<policy><general><name>zz</name></general><scripts><script><id>98765</id></script></scripts></policy>",
            "Unable to match script",
        ),
    ] {
        let got = send(&client, "POST", &format!("/JSSResource/{family}/id/0"), xml).await;
        assert_eq!(got.status, 409, "{xml}: {}", got.text);
        assert!(
            got.kind.starts_with("text/html") && got.text.contains(&format!("<p>Error: {words}</p>")),
            "{}",
            got.text
        );
    }
}

#[tokio::test]
async fn odd_values_become_the_first_word_everywhere() {
    let client = Client::small().await;
    let hook = "<webhook><name>zz</name><url>https://x.example.org</url><event>ComputerAdded</event><content_type>text/csv</content_type>\
                <wrong>1</wrong></webhook>";
    let id = made(&client, "webhooks", hook).await;
    let hook = json_of(&client, &format!("/JSSResource/webhooks/id/{id}")).await.json["webhook"].clone();
    assert_eq!((&hook["content_type"], &hook["wrong"]), (&json!("text/xml"), &json!(null)));
    let policy = "<policy><general><name>zz</name></general><self_service><self_service_categories><category><id>1</id></category>\
                  </self_service_categories></self_service><scope><limitations/><all_computers>true</all_computers></scope></policy>";
    let id = made(&client, "policies", policy).await;
    let policy = json_of(&client, &format!("/JSSResource/policies/id/{id}")).await.json["policy"].clone();
    assert_eq!(
        policy["scope"]["all_computers"], false,
        "too late in the scope, and a scope too late in the policy"
    );
    assert_eq!(
        policy["self_service"]["self_service_categories"],
        json!([]),
        "without display_in it is not kept"
    );
}

#[tokio::test]
async fn a_missing_privilege_is_an_html_401_with_a_good_token() {
    let client = Client::new(Options {
        computers: 5,
        privileges: Some(vec!["Read Printers".to_owned()]),
        ..Options::default()
    })
    .await;
    assert_eq!(client.get("/JSSResource/printers").await.status, 200);
    let refused = client.get("/JSSResource/webhooks").await;
    assert_eq!(refused.status, 401);
    assert!(refused.kind.starts_with("text/html") && !refused.text.contains("INVALID_TOKEN"));
    assert_eq!(client.delete("/JSSResource/printers/id/1").await.status, 401);
    assert_eq!(client.get("/api/v1/auth").await.status, 200);
}

#[tokio::test]
async fn files_are_attached_to_what_is_there() {
    let client = Client::small().await;
    let upload = async |path: &str| {
        let body = "--zz\r\nContent-Disposition: form-data; name=\"name\"; filename=\"a.png\"\r\n\r\nx\r\n--zz--\r\n";
        let request = client
            .request("POST", path)
            .header("content-type", "multipart/form-data; boundary=zz")
            .body(body);
        client.send(request).await.status
    };
    assert_eq!(upload("/JSSResource/fileuploads/policies/id/1").await, 201);
    assert_eq!(upload("/JSSResource/fileuploads/computers/id/1").await, 201);
    assert_eq!(upload("/JSSResource/fileuploads/policies/id/98765").await, 404);
    assert_eq!(upload("/JSSResource/fileuploads/nonsense/id/1").await, 400);
}

#[tokio::test]
async fn a_payload_with_escapes_is_broken_by_any_save_and_stays_so() {
    let client = Client::small().await;
    let path = "/JSSResource/osxconfigurationprofiles/id/25";
    let payload = async || {
        let profile = json_of(&client, path).await.json["os_x_configuration_profile"]["general"].clone();
        profile["payloads"].as_str().unwrap().to_owned()
    };
    let rename = async |name: &str| {
        let xml = format!(
            "<os_x_configuration_profile><general><name>{name}</name></general></os_x_configuration_profile>"
        );
        send(&client, "PUT", path, &xml).await.status
    };
    assert!(payload().await.contains("Finance &amp; Legal"));
    assert_eq!(rename("zz once").await, 201);
    assert!(payload().await.contains("Finance & Legal"), "not even a change of the name leaves it alone");
    assert_eq!(rename("zz twice").await, 409);
    let plain =
        "<os_x_configuration_profile><general><name>zz plain</name></general></os_x_configuration_profile>";
    for _ in 0..2 {
        assert_eq!(
            send(&client, "PUT", "/JSSResource/osxconfigurationprofiles/id/2", plain).await.status,
            201
        );
    }
}

#[tokio::test]
async fn a_delete_may_be_done_and_denied() {
    let client = Client::small().await;
    client.tenant.faults().set("delete-400@/JSSResource/ebooks".parse().unwrap());
    let denied = client.delete("/JSSResource/ebooks/id/1").await;
    assert!(denied.status == 400 && denied.kind.starts_with("text/html"), "{}", denied.text);
    assert_eq!(client.get("/JSSResource/ebooks/id/1").await.status, 404);
    assert_eq!(client.delete("/JSSResource/printers/id/1").await.status, 200);
}
