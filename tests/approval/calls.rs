//! Several calls as one plan at the built binary: nothing is sent before a person approved all of them, and a client's dialogue, which would
//! not show all of them, is no way to do so.

use jamf_pro_mcp::store::Store;
use serde_json::{Value, json};

use super::{Host, approve, serials, text, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_calls_wait_for_a_person_and_are_sent_in_their_order() {
    for revision in ["2025-11-25", "2026-07-28"] {
        let (tenant, state) = world().await;
        let mut host = Host::start(&tenant, state.path(), revision, true).await;
        let serials = serials(&mut host, 2).await;
        let restart = |serial: &str| json!({ "tool": "device_restart", "arguments": { "devices": [serial], "body": {} } });
        let building = json!({ "tool": "building_create", "arguments": { "body": { "name": "Annex" } } });
        let calls =
            json!({ "calls": [restart(&serials[0]), building, restart(&serials[1])], "reason": "the move" });
        let sent = || -> Vec<String> {
            let entries = tenant.log().entries();
            let writes =
                entries.iter().filter(|entry| entry.method != "GET" && !entry.path.contains("oauth"));
            writes.map(|entry| entry.path.clone()).collect()
        };
        // The person at the client types whatever would be asked for.
        let told = text(&host.call("plan_calls", calls.clone(), Some(&serials[0])).await);
        let told: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}"));
        assert!(told["result"].as_str().unwrap().contains("waiting for a person"), "{told}");
        assert_eq!(sent(), Vec::<String>::new());
        approve(&Store::open(state.path()).unwrap(), told["plan"].as_str().unwrap());
        let done = text(&host.call("plan_calls", calls.clone(), None).await);
        let done: Value = serde_json::from_str(&done).unwrap_or_else(|_| panic!("{done}"));
        let steps = done["steps"].as_array().unwrap();
        assert!(steps.len() == 3 && steps.iter().all(|step| step["state"] == "done"), "{done}");
        let paths = sent();
        let is_right = ["/mdm/commands", "/buildings", "/mdm/commands"];
        assert!(
            paths.len() == 3 && paths.iter().zip(is_right).all(|(path, part)| path.contains(part)),
            "{paths:?}"
        );
        // Once more is another wish.
        let again = text(&host.call("plan_calls", calls, None).await);
        assert!(again.contains("waiting for a person"), "{again}");
        assert_eq!(sent().len(), 3);
    }
}
