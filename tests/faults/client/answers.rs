//! What is said of answers that are none, and of calls that get none.

use super::*;

/// A page in the place of an answer.
fn page(status: u16, title: &str, body: &str) -> Reply {
    let text = format!("<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>");
    Reply::Instead(status, "text/html;charset=utf-8", text)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_pages_of_a_tenant_that_is_away_are_maintenance() {
    let table = [
        (
            page(400, "HTTP Status 400 – Bad Request", "<p><b>Message</b> Invalid URI</p>"),
            &["400", "its id"][..],
            false,
        ),
        (page(401, "401 Authorization Required", ""), &["401", "in front of Jamf Pro"], false),
        (
            page(403, "403 Forbidden", "<p>Request blocked by the web application firewall</p>"),
            &["403", "firewall"],
            false,
        ),
        (page(404, "404 Not Found", "<center>nginx</center>"), &["404", "not found"], false),
        (page(408, "408 Request Time-out", ""), &["408"], false),
        (page(421, "421 Misdirected Request", ""), &["421"], false),
        (
            page(
                200,
                "Request Rejected",
                "The requested URL was rejected. Please consult with your administrator.",
            ),
            &["firewall"],
            false,
        ),
        (page(503, "Service Unavailable", ""), &["503", "maintenance"], true),
        (page(502, "Bad Gateway", ""), &["502", "maintenance"], true),
        (page(504, "Gateway Time-out", ""), &["504", "maintenance"], true),
        (page(200, "Jamf Pro Login", ""), &["sign-in page", "maintenance"], true),
    ];
    for (reply, words, is_maintenance) in table {
        let setup = Setup::start().await;
        let name = format!("{reply:?}");
        setup.proxy.script(move |seen| {
            if seen.path.starts_with("/api/v1/buildings/") { reply.clone() } else { Reply::Pass }
        });
        let said = setup.fails("building_get", json!({ "id": "1" })).await;
        for word in words {
            assert!(said.contains(word), "{name}: no `{word}` in: {said}");
        }
        assert_eq!(said.contains("maintenance"), is_maintenance, "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firewall_that_refuses_a_write_leaves_nothing_unknown() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        if seen.method == "POST" && seen.path.starts_with("/api/v1/buildings") {
            page(403, "Access Denied", "<p>Your request was blocked.</p>")
        } else {
            Reply::Pass
        }
    });
    let said = setup.fails("building_create", json!({ "body": { "name": "North" } })).await;
    assert!(
        said.contains("firewall") && said.contains("Nothing was changed") && !said.contains("unknown"),
        "{said}"
    );
    assert!(!said.contains("lacks a privilege"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_gets_one_more_try_with_a_new_token_and_a_write_does_not() {
    let unauthorized =
        || Reply::Instead(401, "application/json", r#"{"httpStatus":401,"errors":[]}"#.to_owned());
    let setup = Setup::start().await;
    let first = Arc::new(AtomicUsize::new(1));
    setup.proxy.script(move |seen| {
        let is_next = seen.path.starts_with("/api/v1/buildings")
            && first.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_next { unauthorized() } else { Reply::Pass }
    });
    assert_eq!(setup.ok("building_get", json!({ "id": "1" })).await["id"], "1");
    assert_eq!((setup.proxy.count("GET", "/api/v1/buildings/1"), tokens(&setup)), (2, 2));
    let setup = Setup::start().await;
    setup.proxy.script(
        move |seen| if seen.method == "POST" && !is_token(seen) { unauthorized() } else { Reply::Pass },
    );
    let said = setup.fails("building_create", json!({ "body": { "name": "North" } })).await;
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 1);
    assert!(
        said.contains("lacks a privilege") && said.contains("token") && said.contains("credentials"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_lacks_a_privilege_does_not_cost_a_token_a_call() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        if seen.path.starts_with("/api/v1/buildings") {
            Reply::Instead(401, "application/json", "{}".to_owned())
        } else {
            Reply::Pass
        }
    });
    let mut session = setup.stdio().await;
    let (failed, _) = session.call("building_get", json!({ "id": "1" })).await;
    let after = tokens(&setup);
    for _ in 0..3 {
        assert!(session.call("building_get", json!({ "id": "1" })).await.0);
    }
    assert!(failed && tokens(&setup) == after, "{} more tokens", tokens(&setup) - after);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_to_a_tenant_that_is_away_says_what_it_answered() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| if is_token(seen) { Reply::Pass } else { page(503, "Maintenance", "") });
    for (tool, arguments) in [
        ("computer_list", json!({})),
        ("device_find", json!({ "query": "anna" })),
        ("policy_list", json!({})),
    ] {
        let said = setup.fails(tool, arguments).await;
        assert!(said.contains("503") && said.contains("maintenance"), "{tool}: {said}");
        assert!(!said.contains("nothing was sent") && !said.contains("next"), "{tool}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_left_alone_says_why() {
    let setup = Setup::start().await;
    let mut session = setup.stdio().await;
    assert!(!session.call("building_get", json!({ "id": "1" })).await.0);
    setup.proxy.script(|_| page(503, "Maintenance", ""));
    let before = setup.proxy.count("GET", "/");
    let mut asked = before;
    // Calls are sent until it is plain that the tenant is away. What the server asks on its own at the start counts too.
    let said = loop {
        let (failed, said) = session.call("building_get", json!({ "id": "1" })).await;
        let now = setup.proxy.count("GET", "/");
        assert!(failed && said.contains("503"), "{said}");
        if now == asked {
            break said;
        }
        asked = now;
    };
    assert!(asked >= before + 5 && said.contains("left alone"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_write_is_sent_again_when_the_tenant_says_when() {
    let setup = Setup::start().await;
    let first = Arc::new(AtomicUsize::new(1));
    setup.proxy.script(move |seen| {
        let is_next = seen.path.starts_with("/api/v1/buildings")
            && first.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_next {
            Reply::With(429, vec![("retry-after", "1".to_owned())], String::new())
        } else {
            Reply::Pass
        }
    });
    setup.ok("building_create", json!({ "body": { "name": "North" } })).await;
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 2);
    // Without a time, and after anything but a 429, once is all.
    for reply in [
        Reply::Instead(429, "application/json", "{}".to_owned()),
        Reply::With(503, vec![("retry-after", "1".to_owned())], String::new()),
    ] {
        let setup = Setup::start().await;
        setup.proxy.script(move |seen| {
            if seen.method == "POST" && !is_token(seen) { reply.clone() } else { Reply::Pass }
        });
        setup.fails("building_create", json!({ "body": { "name": "North" } })).await;
        assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_before_the_text_is_no_part_of_it() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        let body = "\u{feff}{\"id\":\"1\",\"name\":\"Büro\"}".to_owned();
        if seen.path.starts_with("/api/v1/buildings/1") {
            Reply::Instead(200, "application/json; charset=utf-8", body)
        } else {
            Reply::Pass
        }
    });
    assert_eq!(setup.ok("building_get", json!({ "id": "1" })).await["name"], "Büro");
}

/// A connection that carries nothing any more, as after a laptop slept, is noticed and replaced.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_went_silent_is_replaced() {
    let (setup, secured) = over_tls(json!({ "ca_file": "authority" })).await;
    let mut session = setup.stdio().await;
    assert!(!session.call("building_get", json!({ "id": "1" })).await.0);
    let before = secured.connections();
    secured.silence();
    let (failed, said) = session.call("building_get", json!({ "id": "1" })).await;
    assert!(!failed, "{said}");
    assert!(secured.connections() > before);
}
