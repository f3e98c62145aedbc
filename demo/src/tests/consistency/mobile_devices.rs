//! iPads, iPhones and Apple TVs are what their names, groups and carts say.

use std::collections::{HashMap, HashSet};

use super::{Rule, numbers, world};

#[tokio::test]
async fn a_mobile_device_is_what_it_is_called() {
    let world = world().await;
    let mut rule = Rule::default();
    let mut builds: HashMap<(&str, Vec<u64>), HashSet<&str>> = HashMap::new();
    for device in &world.devices {
        let (name, model) = (device.text("/general/displayName"), device.text("/hardware/model"));
        let identifier = device.text("/hardware/modelIdentifier");
        for word in ["iPad", "iPhone", "Apple TV"] {
            rule.holds(!name.contains(word) || model.starts_with(word), || format!("{device} is a {model}"));
            let start = word.replace(' ', "");
            rule.holds(model.starts_with(word) == identifier.starts_with(&start), || {
                format!("{device}: {model} is {identifier}")
            });
        }
        let tv = model.starts_with("Apple TV");
        rule.holds(tv == (device.text("/deviceType") == "tvOS"), || format!("{device}: {model}"));
        rule.holds(tv == device.at("/hardware/batteryLevel").is_null(), || format!("{device}: a battery"));
        let (capacity, free, used) = (
            device.at("/hardware/capacityMb").as_i64().unwrap_or(0),
            device.at("/hardware/availableSpaceMb").as_i64().unwrap_or(-1),
            device.at("/hardware/usedSpacePercentage").as_i64().unwrap_or(-1),
        );
        rule.holds(0 <= free && free < capacity && (100 - free * 100 / capacity - used).abs() <= 1, || {
            format!("{device}: {free} of {capacity} are free, {used} % are used")
        });
        let phone = model.starts_with("iPhone");
        let number = !device.text("/network/phoneNumber").is_empty();
        rule.holds(phone || !number, || format!("{device}: a {model} with a phone number"));
        rule.holds(!phone || !device.text("/network/imei").is_empty(), || format!("{device}: no IMEI"));
        let version = device.text("/general/osVersion");
        let kind = if tv { "tvOS" } else { "iOS" };
        builds.entry((kind, numbers(version))).or_default().insert(device.text("/general/osBuild"));
        let lost = device.at("/security/lostModeEnabled") == true;
        let supervised = device.at("/general/supervised") == true;
        rule.holds(!lost || supervised, || format!("{device}: in Lost Mode without supervision"));
        rule.holds(name.contains("(lost)") == lost, || format!("{device}: in Lost Mode {lost}"));
        let cart = device.rows("/extensionAttributes")[0]["value"][0].as_str().unwrap_or_default().to_owned();
        let shared = device.at("/general/sharedIpad") == true;
        rule.holds(shared != cart.is_empty(), || format!("{device}: shared {shared}, cart {cart:?}"));
        let groups: Vec<&str> =
            device.rows("/groups").iter().filter_map(|group| group["groupName"].as_str()).collect();
        let carts: Vec<&&str> = groups.iter().filter(|group| group.starts_with("Cart ")).collect();
        rule.holds(carts.first().map_or(cart.is_empty(), |group| **group == cart) && carts.len() < 2, || {
            format!("{device}: in {carts:?}, the attribute says {cart:?}")
        });
    }
    for (version, builds) in builds {
        rule.holds(builds.len() == 1, || format!("{version:?} has the builds {builds:?}"));
    }
}
