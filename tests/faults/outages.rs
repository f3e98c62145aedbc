//! An outage of ten seconds in the middle of a call that has read much: the call waits for its end. A call that was not answered yet is
//! told soon.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::proxy::{Reply, Seen};
use crate::setup::Setup;

const OUTAGE: Duration = Duration::from_secs(10);

/// From the request of this number on, of those that are meant, the tenant is away for the time of an outage.
fn away_from(setup: &Setup, number: usize, is_meant: fn(&Seen) -> bool) {
    let state = Arc::new(Mutex::new((0, None::<Instant>)));
    setup.proxy.script(move |seen| {
        let mut state = state.lock().unwrap();
        state.0 += usize::from(is_meant(seen));
        if state.0 >= number && state.1.is_none() {
            state.1 = Some(Instant::now());
        }
        match state.1 {
            Some(begun) if begun.elapsed() < OUTAGE => Reply::Instead(503, "text/plain", "away".to_owned()),
            _ => Reply::Pass,
        }
    });
}

#[tokio::test]
async fn a_walk_waits_for_the_end_of_an_outage_and_a_first_question_does_not() {
    let setup = Setup::start().await;
    let arguments = json!({ "all": true, "fields": ["id"] });
    away_from(&setup, 3, |seen| seen.path.contains("/computers-inventory"));
    let listed = setup.ok("computer_list", arguments.clone()).await;
    assert_eq!(listed["rows"].as_array().unwrap().len(), 420, "{}", listed["coverage"]);
    away_from(&setup, 1, |seen| seen.path.contains("/computers-inventory"));
    let begun = Instant::now();
    let said = setup.fails("computer_list", arguments).await;
    assert!(begun.elapsed() < OUTAGE && said.contains("503"), "{said}");
}
