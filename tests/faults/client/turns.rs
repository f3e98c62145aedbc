//! Turns at the tenant: connections share it evenly, no matter who they belong to.

use std::time::Duration;

use super::*;
use crate::http::{Served, answered, call};

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_with_many_reads_does_not_hold_up_another_connection() {
    let mut setup = Setup::start().await;
    let served = Served::start(&mut setup, &[]).await;
    let (bot, person) = (served.session("2025-11-25").await, served.session("2025-11-25").await);
    served.call_in(&person, "building_get", json!({ "id": "1" })).await;
    setup.proxy.script(|_| Reply::Slow(Duration::from_millis(200)));
    let done = Arc::new(AtomicUsize::new(0));
    let reads: Vec<_> = (0..60)
        .map(|number| {
            let request = served.in_session(&bot, &call(100 + number, "building_get", json!({ "id": "1" })));
            let done = done.clone();
            tokio::spawn(async move {
                let answer = answered(request.send().await.unwrap(), 100 + number).await;
                assert!(answer["result"]["isError"] != true, "{answer}");
                done.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    // The bot is at work when the person asks.
    while done.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let answer = served.call_in(&person, "building_get", json!({ "id": "2" })).await;
    let before = done.load(Ordering::SeqCst);
    assert!(answer["result"]["isError"] != true, "{answer}");
    assert!(before < 30, "{before} reads of the bot came first");
    for read in reads {
        read.await.unwrap();
    }
}
