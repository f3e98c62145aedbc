//! Jobs that answer a question over the fleet. Their figures and names are compared with those that these tests compute from raw answers
//! of the simulated tenant, which they read without the server.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

#[path = "reports/configuration.rs"]
mod configuration;
#[path = "reports/devices.rs"]
mod devices;
#[path = "reports/explain.rs"]
mod explain;
#[path = "reports/fleet.rs"]
mod fleet;
#[path = "reports/length.rs"]
mod length;
#[path = "reports/management.rs"]
mod management;
#[path = "reports/raw.rs"]
mod raw;
#[path = "reports/references.rs"]
mod references;
#[path = "support/straight.rs"]
mod straight;
#[path = "reports/updates.rs"]
mod updates;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod world;

use std::collections::BTreeSet;

use serde_json::Value;

use straight::Straight;

/// The rows of all pages of a list of the Jamf Pro API.
async fn all(tenant: &Straight, path: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    for page in 0.. {
        let join = if path.contains('?') { '&' } else { '?' };
        let answer = tenant.read(&format!("{path}{join}page={page}&page-size=500")).await;
        rows.extend(answer["results"].as_array().unwrap().iter().cloned());
        if rows.len() as u64 >= answer["totalCount"].as_u64().unwrap() {
            break;
        }
    }
    rows
}

/// All computers with these sections.
async fn computers(tenant: &Straight, sections: &[&str]) -> Vec<Value> {
    let sections: Vec<String> = sections.iter().map(|section| format!("section={section}")).collect();
    all(tenant, &format!("/api/v4/computers-inventory?{}", sections.join("&"))).await
}

fn is_managed(computer: &Value) -> bool {
    computer["general"]["remoteManagement"]["managed"] == true
}

/// Days since a moment that the tenant wrote; `None` where it wrote none.
fn days_since(moment: &Value) -> Option<f64> {
    let at: jiff::Timestamp = moment.as_str()?.parse().ok()?;
    Some(jiff::Timestamp::now().duration_since(at).as_secs_f64() / 86_400.0)
}

/// The values of a column of the rows of a report.
fn column(report: &Value, name: &str) -> BTreeSet<String> {
    report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row[name].as_str().map(str::to_owned))
        .collect()
}

fn serial(computer: &Value) -> String {
    computer["hardware"]["serialNumber"].as_str().unwrap().to_owned()
}

/// Whether a report says that something could not be read, in its answer too.
fn is_partial(report: &Value, what: &str) -> bool {
    let partial = report["partial"].to_string();
    partial.contains(what) && report["answer"].as_str().unwrap().contains("INCOMPLETE")
}
