//! The request for a token: what lasts is said at once with its cure, what passes is tried again.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_a_token_endpoint_is_said_at_once_and_both_paths_are_tried_again() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        if is_token(seen) { Reply::Instead(404, "text/html", NOT_FOUND.to_owned()) } else { Reply::Pass }
    });
    let mut session = setup.stdio().await;
    let asked = tokens(&setup);
    let (failed, said) = session.call("building_get", json!({ "id": "1" })).await;
    assert!(failed && said.contains("no token endpoint") && said.contains("check the url"), "{said}");
    assert!(tokens(&setup) <= asked + 2, "asked {} times", tokens(&setup) - asked);
    // The endpoint comes back, at the path that is asked first.
    setup.proxy.script(|_| Reply::Pass);
    loop {
        let (failed, said) = session.call("building_get", json!({ "id": "1" })).await;
        if !failed {
            break;
        }
        assert!(said.contains("no token endpoint"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lasts_is_said_at_once_with_its_cure() {
    let table: [(&str, Reply, &[&str]); 8] = [
        (
            "sign-in page",
            Reply::Instead(200, "text/html", LOGIN.to_owned()),
            &["sign-in page", "Jamf Pro Login", "url"],
        ),
        ("not json", Reply::Instead(200, "text/plain", "It works!".to_owned()), &["not JSON", "url"]),
        ("no token", Reply::Instead(200, "application/json", "{}".to_owned()), &["access_token", "url"]),
        (
            "credentials",
            Reply::Instead(401, "application/json", r#"{"error":"invalid_client"}"#.to_owned()),
            &["refused the credentials", "invalid_client", "enabled"],
        ),
        (
            "disabled",
            Reply::Instead(403, "application/json", r#"{"error":"unauthorized_client"}"#.to_owned()),
            &["refused the credentials", "enabled"],
        ),
        (
            "firewall",
            Reply::Instead(
                403,
                "text/html",
                "<html><head><title>Attention Required! | Cloudflare</title></head></html>".to_owned(),
            ),
            &["firewall"],
        ),
        (
            "redirect",
            Reply::With(302, vec![("location", "https://sso.example/login?x=1".to_owned())], String::new()),
            &["redirect to \"sso.example\"", "url"],
        ),
        ("gone", Reply::Instead(410, "text/html", NOT_FOUND.to_owned()), &["410", "url"]),
    ];
    for (name, reply, words) in table {
        let setup = Setup::start().await;
        setup.proxy.script(move |seen| if is_token(seen) { reply.clone() } else { Reply::Pass });
        let said = setup.fails("building_get", json!({ "id": "1" })).await;
        for word in words {
            assert!(said.contains(word), "{name}: no `{word}` in: {said}");
        }
        assert_eq!(tokens(&setup), 1, "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again() {
    for status in [503, 429, 500] {
        let setup = Setup::start().await;
        let left = Arc::new(AtomicUsize::new(2));
        setup.proxy.script(move |seen| {
            let is_next = is_token(seen)
                && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
            if is_next {
                Reply::Instead(status, "text/html", "<html></html>".to_owned())
            } else {
                Reply::Pass
            }
        });
        let building = setup.ok("building_get", json!({ "id": "1" })).await;
        assert_eq!((building["id"].as_str(), tokens(&setup)), (Some("1"), 3), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_answers_with_a_token_are_taken() {
    let setup = Setup::start().await;
    let token = {
        // A token that the tenant knows.
        let answer = reqwest_token(&setup).await;
        answer["access_token"].as_str().unwrap().to_owned()
    };
    for rest in [
        "",
        r#","expires_in":"1799""#,
        r#","expires_in":0"#,
        r#","expires_in":1e30"#,
        r#","expires_in":null"#,
    ] {
        let body = format!("\u{feff}{{\"access_token\":\"{token}\"{rest}}}");
        setup.proxy.script(move |seen| match seen.path.as_str() {
            // The token serves each of these.
            "/api/v1/auth/invalidate-token" => Reply::Instead(204, "text/plain", String::new()),
            path if path.contains("/oauth/token") => Reply::Instead(200, "application/json", body.clone()),
            _ => Reply::Pass,
        });
        let building = setup.ok("building_get", json!({ "id": "1" })).await;
        assert_eq!(building["id"], "1", "{rest}");
    }
}

async fn reqwest_token(setup: &Setup) -> Value {
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        setup.tenant.client_id(),
        setup.tenant.client_secret()
    );
    let request = crate::http::client()
        .post(format!("{}/api/v1/oauth/token", setup.proxy.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn client_ids_are_trimmed() {
    let mut setup = Setup::start().await;
    let id = format!("  {}\n", setup.tenant.client_id());
    setup.set("JAMF_PRO_CLIENT_ID", &id);
    setup.ok("building_get", json!({ "id": "1" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_said_at_once_with_ca_file() {
    let (setup, secured) = over_tls(json!({})).await;
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains("certificate") && said.contains("ca_file"), "{said}");
    assert_eq!(secured.connections(), 1, "{said}");
    let said = diagnosed(&setup).await;
    assert!(said.contains("certificate") && said.contains("ca_file"), "{said}");
    let (setup, _secured) = over_tls(json!({ "ca_file": "authority" })).await;
    setup.ok("building_get", json!({ "id": "1" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_not_blamed_on_its_authority() {
    let (setup, secured) = over_tls(json!({ "ca_file": "authority" })).await;
    let path = setup.state().join("config.json");
    let text = std::fs::read_to_string(&path).unwrap().replace("localhost", "127.0.0.1");
    std::fs::write(&path, text).unwrap();
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains("another name") && !said.contains("ca_file"), "{said}");
    assert_eq!(secured.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_to_a_port_without_tls_and_the_reverse_are_said_at_once() {
    let mut setup = Setup::start().await;
    let (port, count) = answering(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    setup.set("JAMF_PRO_URL", &format!("https://127.0.0.1:{port}"));
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains("does not speak TLS"), "{said}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    // An alert of TLS, which is what a port with TLS answers to plain text.
    let (port, count) = answering(b"\x15\x03\x01\x00\x02\x02\x46").await;
    setup.set("JAMF_PRO_URL", &format!("http://127.0.0.1:{port}"));
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains("https://"), "{said}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let nginx = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\ncontent-length: 71\r\n\r\n<html><h1>The plain HTTP request was sent to HTTPS port</h1></html>     ";
    let (port, _) = answering(nginx).await;
    setup.set("JAMF_PRO_URL", &format!("http://127.0.0.1:{port}"));
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains("https://"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_are_named() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_URL", "https://tenant.example");
    let closed = closed_port().await;
    setup.set("HTTPS_PROXY", &format!("http://user:hunter2@127.0.0.1:{closed}"));
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains(&format!("the proxy http://127.0.0.1:{closed} is not reachable")), "{said}");
    assert!(said.contains("HTTPS_PROXY") && !said.contains("hunter2"), "{said}");
    let (port, count) =
        answering(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
    setup.set("HTTPS_PROXY", &format!("http://127.0.0.1:{port}"));
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains("407") && said.contains(&format!("http://127.0.0.1:{port}")), "{said}");
    assert_eq!(count.load(Ordering::SeqCst), 1, "{said}");
    let said = diagnosed(&setup).await;
    assert!(said.contains("407"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_no_url_stops_the_start() {
    let mut setup = Setup::start().await;
    for value in ["not a url", "${PROXY}", "socks5://127.0.0.1:1"] {
        setup.set("HTTPS_PROXY", value);
        let said = setup.fails("building_get", json!({ "id": "1" })).await;
        assert!(said.contains("HTTPS_PROXY"), "{value}: {said}");
    }
    assert!(setup.proxy.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_sees_what_answers() {
    let pages: [(u16, &str, &str); 3] = [
        (404, NOT_FOUND, "404"),
        (200, LOGIN, "sign-in page"),
        (503, "<html><head><title>Maintenance</title></head></html>", "503"),
    ];
    for (status, page, word) in pages {
        let setup = Setup::start().await;
        setup.proxy.script(move |_| Reply::Instead(status, "text/html", page.to_owned()));
        let said = diagnosed(&setup).await;
        assert!(said.contains(word), "{said}");
    }
    // A tenant that is well but for one part.
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        if seen.path.starts_with("/api/v1/jamf-pro-version") {
            Reply::Instead(500, "application/json", "{}".to_owned())
        } else {
            Reply::Pass
        }
    });
    let printed = setup.run(&["doctor"]).await;
    assert!(
        !printed.success && printed.stdout.contains("✓") && printed.stdout.contains("500"),
        "{printed:?}"
    );
}
