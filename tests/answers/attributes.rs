//! Extension attributes as fields of lists.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::notes;
use super::world::{World, world};

/// The text of an extension attribute in each record, as Jamf answers it.
async fn attribute(world: &World, name: &str) -> BTreeMap<String, Option<String>> {
    let sections =
        ["extensionAttributes", "general", "hardware", "operatingSystem", "purchasing", "userAndLocation"];
    let list = |section: &str| match section {
        "extensionAttributes" => section.to_owned(),
        _ => format!("{section}.extensionAttributes"),
    };
    let fields: Vec<String> = std::iter::once("id".to_owned()).chain(sections.map(list)).collect();
    let mut found = BTreeMap::new();
    let mut next = json!({ "page": 0, "page_size": 20 });
    while let Some(page) = next.as_object() {
        let mut arguments = page.clone();
        arguments.insert("fields".to_owned(), json!(fields));
        let answer = world.ok("computer_list", Value::Object(arguments)).await;
        for row in answer["rows"].as_array().unwrap() {
            let lists = sections.map(|section| row.pointer(&format!("/{}", list(section).replace('.', "/"))));
            let attributes = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
            let value = attributes
                .filter(|attribute| attribute["name"] == name)
                .find_map(|attribute| attribute["values"][0].as_str().map(str::to_owned));
            found.insert(row["id"].as_str().unwrap().to_owned(), value);
        }
        next = answer["next"].clone();
    }
    found
}

#[tokio::test]
async fn an_extension_attribute_is_a_field_by_its_name() {
    let world = world().await;
    let known = attribute(&world, "Uptime Days").await;
    let over = |value: &&Option<String>| {
        value.as_ref().and_then(|value| value.parse::<f64>().ok()).is_some_and(|days| days > 30.0)
    };
    let expected = known.values().filter(over).count();
    assert!(expected > 0 && expected < known.len(), "{expected}");
    let arguments = json!({ "where": [["ea.\"uptime days\"", "gt", "30"]], "fields": ["id", "ea.Uptime Days"], "all": true });
    let answer = world.ok("computer_list", arguments).await;
    assert_eq!(answer["total"], expected, "{answer}");
    for row in answer["rows"].as_array().unwrap() {
        let id = row["id"].as_str().unwrap();
        assert_eq!(row["ea"]["Uptime Days"].as_str(), known[id].as_deref(), "{row}");
        assert_eq!(row.as_object().unwrap().len(), 2, "nothing else is answered: {row}");
    }

    let known = attribute(&world, "Update Ring").await;
    let mut expected: BTreeMap<Option<String>, u64> = BTreeMap::new();
    for value in known.into_values() {
        *expected.entry(value.filter(|value| !value.is_empty())).or_default() += 1;
    }
    let answer = world.ok("computer_list", json!({ "group_by": ["ea.Update Ring"] })).await;
    let counted =
        answer["rows"].as_array().unwrap().iter().map(|group| {
            (group["ea.Update Ring"].as_str().map(str::to_owned), group["count"].as_u64().unwrap())
        });
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), expected);

    let answer = world.ok("computer_list", json!({ "where": [["ea.Uptme Days", "gt", "30"]] })).await;
    assert!(notes(&answer).contains("proves nothing about it; there are Uptime Days"), "{answer}");
    let wrong = world.fails("building_list", json!({ "fields": ["ea.Uptime Days"] })).await;
    assert!(wrong.contains("no field `ea.Uptime Days`"), "{wrong}");

    // Devices have them in other lists.
    let mobile = world.ok("mobile_device_list", json!({ "group_by": ["ea.Asset Checked"] })).await;
    assert!(notes(&mobile).contains("extension attribute"), "{mobile}");
}
