//! Two records share a serial number after a logic board was swapped.

use std::collections::HashMap;

use serde_json::Value;

use crate::{Options, tests::client::Client};

#[tokio::test]
async fn a_serial_number_that_two_records_have_is_found_twice() {
    let client = Client::new(Options::default()).await;
    let path = "/api/v4/computers-inventory?section=HARDWARE&page-size=2000";
    let all = client.get(path).await.json["results"].as_array().unwrap().clone();
    let mut by_serial: HashMap<&str, Vec<&Value>> = HashMap::new();
    for record in &all {
        by_serial.entry(record["hardware"]["serialNumber"].as_str().unwrap()).or_default().push(record);
    }
    by_serial.retain(|_, records| records.len() > 1);
    assert_eq!(by_serial.len(), 2);
    for (serial, records) in by_serial {
        assert_eq!(records.len(), 2, "{serial}");
        assert_ne!(records[0]["udid"], records[1]["udid"], "{serial}");
        let filter = format!("hardware.serialNumber=={serial}");
        let found = client.list("/api/v4/computers-inventory", &[("filter", &filter)]).await.json;
        assert_eq!(found["totalCount"], 2, "{serial}");
    }
}
