//! The setup of these tests itself: what the proxy passes, answers and logs.

use std::time::Duration;

use serde_json::json;

use crate::proxy::Reply;
use crate::setup::Setup;

#[tokio::test]
async fn the_binary_reaches_the_tenant_through_the_proxy_and_back() {
    let mut setup = Setup::start().await;
    let answer = setup.ok("computer_list", json!({ "page_size": 1 })).await;
    assert_eq!(answer["total"], 420, "{answer}");
    let entries = setup.tenant.log().entries();
    assert_eq!(
        setup.proxy.count("GET", "/api/v"),
        entries.iter().filter(|entry| entry.method == "GET" && entry.path.starts_with("/api/v")).count()
    );

    setup.proxy.script(|seen| match seen.path.contains("/buildings") {
        true => Reply::Instead(404, "application/json", r#"{"httpStatus":404,"errors":[]}"#.to_owned()),
        false => Reply::Slow(Duration::from_millis(1)),
    });
    let mut session = setup.stdio().await;
    assert!(session.call("building_get", json!({ "id": "1" })).await.0);
    assert!(!session.call("department_get", json!({ "id": "1" })).await.0);
    assert!(session.others.is_empty());
    assert!(setup.proxy.seen().iter().any(|seen| seen.status == 404 && seen.body.is_empty()));

    setup.proxy.script(|seen| match seen.method.as_str() {
        "POST" if seen.path == "/api/v1/buildings" => Reply::Afterwards(500, "text/plain", "no".to_owned()),
        _ => Reply::Pass,
    });
    setup.fails("building_create", json!({ "body": { "name": "Annex" } })).await;
    assert!(setup.state().join("audit").exists() || setup.state().read_dir().unwrap().next().is_some());
    setup.proxy.script(|_| Reply::Hang);
    let hanging = tokio::time::timeout(Duration::from_secs(1), setup.ok("building_list", json!({})));
    assert!(hanging.await.is_err());
    setup.unset("JAMF_PRO_URL");
    assert!(!setup.run(&["call", "building_get", r#"{"id":"1"}"#]).await.success);
    setup.set("JAMF_PRO_URL", &setup.tenant.url());
    setup.ok("building_list", json!({})).await;
}
