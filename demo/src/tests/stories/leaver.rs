//! Somebody left three weeks ago: a Mac, an iPad and a phone are still theirs, and the keys of the Mac are at hand. Somebody with the
//! same name stays.

use serde_json::json;

use super::{DEVICES, attribute, computers, days_since, only};
use crate::{
    Options,
    tests::{classic::json_of, client::Client},
};

#[tokio::test]
async fn what_a_leaver_had_is_found_by_the_name_and_can_be_taken_over() {
    let client = Client::new(Options::default()).await;
    let sections = [
        "GENERAL",
        "HARDWARE",
        "USER_AND_LOCATION",
        "DISK_ENCRYPTION",
        "LOCAL_USER_ACCOUNTS",
        "EXTENSION_ATTRIBUTES",
    ];
    let mac = only(computers(&client, "userAndLocation.position==\"Left the company\"", &sections).await);
    let place = &mac["userAndLocation"];
    let (username, realname) = (place["username"].as_str().unwrap(), place["realname"].as_str().unwrap());

    // Two people have the name, and one of them is still here: the user name tells them apart.
    let users = client.list("/api/v1/users", &[("page-size", "2000")]).await.json;
    let named: Vec<_> =
        users["results"].as_array().unwrap().iter().filter(|user| user["realname"] == realname).collect();
    let left = |user: &&serde_json::Value| user["position"] == "Left the company";
    assert_eq!((named.len(), named.iter().filter(|user| left(user)).count()), (2, 1), "{named:#?}");
    assert_eq!(named.iter().find(|user| left(user)).unwrap()["username"], username);
    let other = named.iter().find(|user| !left(user)).unwrap()["username"].as_str().unwrap();
    let theirs = computers(&client, &format!("userAndLocation.username==\"{other}\""), &["GENERAL"]).await;
    assert_eq!(theirs.len(), 1, "{other} has a Mac too");

    // The directory knows the one who stays.
    let looked_up = async |name: &str| {
        let path = format!("/JSSResource/ldapservers/id/1/user/{name}");
        json_of(&client, &path).await.json["ldap_users"].as_array().unwrap().len()
    };
    assert_eq!((looked_up(username).await, looked_up(other).await), (0, 1));

    // Three devices, none of which was heard of since.
    let filter = format!("username==\"{username}\"");
    let query = [("filter", filter.as_str()), ("section", "GENERAL"), ("section", "HARDWARE")];
    let devices = client.list(DEVICES, &query).await.json;
    let mut models: Vec<&str> = devices["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["hardware"]["model"].as_str().unwrap().split(' ').next().unwrap())
        .collect();
    models.sort_unstable();
    assert_eq!(models, ["iPad", "iPhone"]);
    for device in devices["results"].as_array().unwrap() {
        assert!((20..30).contains(&days_since(&device["general"]["lastInventoryUpdateDate"])), "{device}");
        assert_eq!(device["general"]["managed"], true);
    }
    let silent = days_since(&mac["general"]["lastCheckIn"]);
    assert!((20..30).contains(&silent), "{silent} days");
    assert_eq!(mac["general"]["remoteManagement"]["managed"], true);

    // The disk is encrypted for the account of the one who left, and the key is there; so is the local admin's password.
    let account = username.split('@').next().unwrap();
    assert_eq!(mac["diskEncryption"]["fileVault2EnabledUserNames"], json!([account]));
    assert_eq!(mac["diskEncryption"]["individualRecoveryKeyValidityStatus"], "VALID");
    let id = mac["id"].as_str().unwrap();
    let key = client.get(&format!("/api/v4/computers-inventory/{id}/filevault")).await.json;
    assert!(key["personalRecoveryKey"].as_str().is_some_and(|key| !key.is_empty()), "{key}");
    let management_id = mac["general"]["managementId"].as_str().unwrap();
    let accounts = client.get(&format!("/api/v2/local-admin-password/{management_id}/accounts")).await.json;
    let managed: Vec<&str> =
        accounts["results"].as_array().unwrap().iter().map(|own| own["username"].as_str().unwrap()).collect();
    let locals = mac["localUserAccounts"].as_array().unwrap();
    let admin = locals.iter().find(|own| own["admin"] == true && own["username"] != account).unwrap();
    assert!(managed.contains(&admin["username"].as_str().unwrap()), "{managed:?} {admin}");
    assert_eq!(attribute(&mac, "Admin Accounts").split(", ").next(), admin["username"].as_str());

    // The Classic API says the same.
    let classic = json_of(&client, &format!("/JSSResource/computers/id/{id}/subset/Location")).await.json;
    assert_eq!(classic["computer"]["location"]["position"], "Left the company");
    assert_eq!(classic["computer"]["location"]["username"], username);
}
