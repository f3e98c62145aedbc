//! An iPad of a cart is in Lost Mode.

use super::{DEVICES, days_since, only};
use crate::{
    Options,
    tests::{classic::json_of, client::Client},
};

#[tokio::test]
async fn the_lost_ipad_is_an_ipad_of_a_cart_in_lost_mode() {
    let client = Client::new(Options::default()).await;
    let sections =
        ["GENERAL", "HARDWARE", "USER_AND_LOCATION", "SECURITY", "GROUPS", "EXTENSION_ATTRIBUTES", "NETWORK"];
    let mut query = vec![("filter", "lostModeEnabled==true")];
    query.extend(sections.map(|section| ("section", section)));
    let found = client.list(DEVICES, &query).await.json;
    let ipad = only(found["results"].as_array().unwrap().clone());
    assert!(ipad["hardware"]["model"].as_str().unwrap().starts_with("iPad"), "{ipad}");
    assert!(ipad["general"]["displayName"].as_str().unwrap().contains("iPad"));
    assert_eq!(
        (&ipad["general"]["sharedIpad"], &ipad["userAndLocation"]["username"]),
        (&true.into(), &"".into())
    );
    assert_eq!(ipad["general"]["supervised"], true, "Lost Mode needs it");
    let security = &ipad["security"];
    for field in ["lostModeMessage", "lostModePhoneNumber", "lostModeFootnote"] {
        assert!(!security[field].as_str().unwrap().is_empty(), "{field}");
    }
    assert!(
        ipad["network"]["phoneNumber"] == "" && days_since(&ipad["general"]["lastInventoryUpdateDate"]) >= 5
    );

    // Its cart, by the attribute and by the groups.
    let cart = ipad["extensionAttributes"][0]["value"][0].as_str().unwrap();
    let groups: Vec<&str> =
        ipad["groups"].as_array().unwrap().iter().map(|group| group["groupName"].as_str().unwrap()).collect();
    for wanted in ["All Managed iPads", "Lost", cart] {
        assert!(groups.contains(&wanted), "{wanted}: {groups:?}");
    }
    assert!(!groups.iter().any(|group| group.contains("iPhone")), "{groups:?}");
    let lost = json_of(&client, "/JSSResource/mobiledevicegroups/name/Lost").await.json;
    let members = lost["mobile_device_group"]["mobile_devices"].as_array().unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0]["serial_number"], ipad["hardware"]["serialNumber"]);

    let id = ipad["mobileDeviceId"].as_str().unwrap();
    let classic =
        json_of(&client, &format!("/JSSResource/mobiledevices/id/{id}")).await.json["mobile_device"].take();
    assert_eq!(classic["security_object"]["lost_mode_enabled"], "Enabled");
    assert_eq!(classic["security_object"]["lost_mode_message"], security["lostModeMessage"]);
}
