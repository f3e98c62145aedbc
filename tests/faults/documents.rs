//! The tenant's own documents of its APIs, when it does not say its version: they are read anew after a while, and an older one stays where
//! there is no newer one.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::proxy::Reply;
use crate::setup::Setup;

/// Let what is kept of the tenant's document be two hours old.
fn age(setup: &Setup) {
    let kept = std::fs::read_dir(setup.state()).unwrap().filter_map(Result::ok);
    let kept: Vec<_> =
        kept.filter(|entry| entry.file_name().to_string_lossy().starts_with("document-")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let file = std::fs::File::options().write(true).open(kept[0].path()).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(7200)).unwrap();
}

#[tokio::test]
async fn the_document_of_a_tenant_that_hides_its_version_is_read_anew_after_a_while() {
    let setup = Setup::start().await;
    let hidden = |path: &str| path.contains("jamf-pro-version");
    let refused =
        || Reply::Instead(403, "application/json", json!({ "httpStatus": 403, "errors": [] }).to_string());
    setup.proxy.script(move |seen| if hidden(&seen.path) { refused() } else { Reply::Pass });
    let desks = json!({ "path": "/api/v1/lending-desks" });
    let documents = || setup.proxy.count("GET", "/api/schema");
    for (is_old, wanted) in [(false, 1), (false, 1), (true, 2), (false, 2)] {
        if is_old {
            age(&setup);
        }
        let answer = setup.ok("api_get", desks.clone()).await;
        assert!(!answer["results"].as_array().unwrap().is_empty(), "{answer}");
        assert_eq!(documents(), wanted);
    }
    // One that cannot be read anew stays.
    age(&setup);
    setup.proxy.script(move |seen| {
        let is_away = seen.path.contains("/api/schema");
        if hidden(&seen.path) || is_away { refused() } else { Reply::Pass }
    });
    let answer = setup.ok("api_get", desks).await;
    assert!(!answer["results"].as_array().unwrap().is_empty(), "{answer}");
    assert_eq!(documents(), 3);
}
