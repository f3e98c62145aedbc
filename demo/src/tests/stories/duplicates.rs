//! Two records share a serial number after a logic board was swapped, and some Macs share a name.

use std::collections::HashMap;

use serde_json::Value;

use super::{computers, days_since, moment};
use crate::{Options, tests::client::Client};

const SECTIONS: [&str; 5] = ["GENERAL", "HARDWARE", "USER_AND_LOCATION", "PURCHASING", "OPERATING_SYSTEM"];

/// Records that have the same text at a pointer, more than one of them.
fn shared<'r>(all: &'r [Value], pointer: &str) -> HashMap<&'r str, Vec<&'r Value>> {
    let mut by: HashMap<&str, Vec<&Value>> = HashMap::new();
    for record in all {
        by.entry(record.pointer(pointer).unwrap().as_str().unwrap()).or_default().push(record);
    }
    by.retain(|_, records| records.len() > 1);
    by
}

#[tokio::test]
async fn of_two_records_with_one_serial_number_the_older_one_has_gone_silent() {
    let client = Client::new(Options::default()).await;
    let all = computers(&client, "id>0", &SECTIONS).await;
    let by_serial = shared(&all, "/hardware/serialNumber");
    assert_eq!(by_serial.len(), 2);
    for (serial, mut records) in by_serial {
        let found = computers(&client, &format!("hardware.serialNumber=={serial}"), &SECTIONS).await;
        assert_eq!((found.len(), records.len()), (2, 2), "{serial}");
        records.sort_by_key(|record| moment(&record["general"]["lastEnrolledDate"]));
        let [old, new] = records[..] else { unreachable!() };
        // It is one Mac, bought once and used by one person; the logic board is what is new.
        for same in ["/hardware/model", "/userAndLocation/username", "/purchasing/poDate", "/general/name"] {
            assert_eq!(old.pointer(same), new.pointer(same), "{serial}: {same}");
        }
        for other in ["/udid", "/hardware/macAddress", "/general/managementId"] {
            assert_ne!(old.pointer(other), new.pointer(other), "{serial}: {other}");
        }
        // The old record ends before the new one begins.
        let ended = moment(&old["general"]["lastContact"]);
        assert!(ended < moment(&new["general"]["lastEnrolledDate"]), "{serial}");
        assert!(
            days_since(&old["general"]["lastContact"]) > 30
                && days_since(&new["general"]["lastContact"]) < 14
        );
    }
}

#[tokio::test]
async fn a_name_may_be_that_of_several_macs() {
    let client = Client::new(Options::default()).await;
    let all = computers(&client, "id>0", &SECTIONS).await;
    let by_name = shared(&all, "/general/name");
    assert!((4..30).contains(&by_name.len()), "{}", by_name.len());
    let of_different_people = by_name.values().filter(|records| {
        let user = |record: &&Value| record["userAndLocation"]["username"].clone();
        user(&records[0]) != user(&records[1])
    });
    assert!(of_different_people.count() > 2);
    // People, policies, macOS and nobody name Macs: there is no one form.
    let share = |what: &dyn Fn(&str) -> bool| {
        let named = all.iter().filter(|record| what(record["general"]["name"].as_str().unwrap()));
        named.count()
    };
    for (form, at_least, count) in [
        ("by a typographic apostrophe", 80, share(&|name| name.contains('\u{2019}'))),
        ("by a straight one", 8, share(&|name| name.contains('\''))),
        ("by an asset number", 80, share(&|name| name.starts_with("EXO-"))),
        ("by the serial number", 15, share(&|name| name.starts_with("ZZ"))),
        ("like a host", 30, share(&|name| name.contains("-mb") || name.contains("-imac"))),
        ("as it was set up", 1, share(&|name| name == "Setup's Mac")),
        ("with a letter and its mark apart", 1, share(&|name| name.contains('\u{308}'))),
    ] {
        assert!(count >= at_least, "{form}: {count}");
    }
}
