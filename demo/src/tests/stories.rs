//! Stories that an admin can find out over the API alone, from what it says about a device, a person or a policy.

mod chrome;
mod duplicates;
mod leaver;
mod lost;
mod stolen;
mod unused;
mod wifi;
mod yesterday;

use serde_json::Value;

use super::client::Client;

const COMPUTERS: &str = "/api/v4/computers-inventory";
const DEVICES: &str = "/api/v2/mobile-devices/detail";

/// The computers that a filter finds, with these sections.
async fn computers(client: &Client, filter: &str, sections: &[&str]) -> Vec<Value> {
    let mut query = vec![("page-size", "2000"), ("filter", filter)];
    query.extend(sections.iter().map(|section| ("section", *section)));
    let got = client.list(COMPUTERS, &query).await;
    assert_eq!(got.status, 200, "{filter}: {}", got.text);
    got.json["results"].as_array().unwrap().clone()
}

/// The one that there is.
fn only(mut all: Vec<Value>) -> Value {
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// The value of an extension attribute of a record.
fn attribute<'r>(record: &'r Value, name: &str) -> &'r str {
    let rows = record["extensionAttributes"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap();
    row["values"][0].as_str().unwrap_or_default()
}

fn moment(text: &Value) -> jiff::Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

/// Whole days from a moment until now.
fn days_since(text: &Value) -> i64 {
    jiff::Timestamp::now().duration_since(moment(text)).as_hours() / 24
}

/// The names of the groups of a device.
async fn groups_of(client: &Client, id: &str) -> Vec<String> {
    let got =
        client.list(COMPUTERS, &[("filter", &format!("id=={id}")), ("section", "GROUP_MEMBERSHIPS")]).await;
    let rows = got.json["results"][0]["groupMemberships"].as_array().unwrap().clone();
    rows.iter().map(|row| row["groupName"].as_str().unwrap().to_owned()).collect()
}
