//! Addresses lie in the network segments of the buildings that the devices are in.

use std::{collections::HashMap, net::Ipv4Addr};

use serde_json::Value;

use super::{Rule, Told, field, world};

fn address(text: &str) -> Option<u32> {
    text.parse::<Ipv4Addr>().ok().map(u32::from)
}

/// The building that the narrowest segment around an address puts a device in; empty where it leaves it alone.
fn building(segments: &[Value], at: u32) -> Option<&str> {
    let bounds = |segment: &Value| {
        Some((address(field(segment, "starting_address"))?, address(field(segment, "ending_address"))?))
    };
    let around = segments.iter().filter_map(|segment| {
        let (from, to) = bounds(segment)?;
        (from <= at && at <= to).then_some((to - from, segment))
    });
    let (_, segment) = around.min_by_key(|(width, _)| *width)?;
    Some(if segment["override_buildings"] == true { field(segment, "building") } else { "" })
}

#[tokio::test]
async fn a_device_is_in_the_building_of_its_network() {
    let world = world().await;
    let mut rule = Rule::default();
    let segments = world.list("networksegments");
    let names: HashMap<&str, &str> =
        world.list("buildings").iter().map(|own| (field(own, "id"), field(own, "name"))).collect();
    for segment in segments {
        let building = field(segment, "building");
        rule.holds(building.is_empty() || names.values().any(|name| *name == building), || {
            format!("{building} is no building")
        });
    }
    let mut in_a_building = 0;
    let mut look = |told: &Told, at: &str, own: &str| {
        let Some(at) = address(told.text(at)) else {
            rule.holds(told.text(at).is_empty(), || format!("{told}: {}", told.text(at)));
            return;
        };
        let Some(told_by_network) = building(segments, at) else {
            rule.holds(false, || format!("{told}: no segment around {}", Ipv4Addr::from(at)));
            return;
        };
        let own = names.get(told.text(own)).copied().unwrap_or_default();
        in_a_building += usize::from(!told_by_network.is_empty());
        rule.holds(told_by_network.is_empty() || told_by_network == own, || {
            format!("{told}: {} is in {told_by_network:?}, the record says {own:?}", Ipv4Addr::from(at))
        });
    };
    for computer in &world.computers {
        look(computer, "/general/lastIpAddress", "/userAndLocation/buildingId");
    }
    for device in &world.devices {
        look(device, "/general/ipAddress", "/userAndLocation/buildingId");
    }
    rule.holds(in_a_building > 150, || format!("{in_a_building} devices in buildings"));
    let mut seen: HashMap<&str, &Told> = HashMap::new();
    for computer in
        world.computers.iter().filter(|computer| computer.text("/general/lastIpAddress").starts_with("10."))
    {
        let other = seen.insert(computer.text("/general/lastIpAddress"), computer);
        rule.holds(other.is_none(), || format!("{computer} has the address of {}", other.unwrap()));
    }
}

#[tokio::test]
async fn a_department_and_a_building_are_those_that_there_are() {
    let world = world().await;
    let mut rule = Rule::default();
    let has =
        |family: &str, id: &str| id == "-1" || world.list(family).iter().any(|own| field(own, "id") == id);
    let mut without = 0;
    for device in world.computers.iter().chain(&world.devices) {
        let (department, building) =
            (device.text("/userAndLocation/departmentId"), device.text("/userAndLocation/buildingId"));
        rule.holds(has("departments", department), || format!("{device}: department {department}"));
        rule.holds(has("buildings", building), || format!("{device}: building {building}"));
        let owner = device.text("/userAndLocation/username");
        without += usize::from(!owner.is_empty() && department == "-1");
    }
    rule.holds((5..40).contains(&without), || format!("{without} people without a department of Jamf"));
}
