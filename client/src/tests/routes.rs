//! Which of an action's paths a tenant is asked at.

use super::*;

const NEW: &str = "/api/v3/computer-groups/smart-groups";
const OLD: &str = "/api/v2/computer-groups/smart-groups";

/// A tenant of this version, or one that does not say, which has only the older path.
async fn old_tenant(version: Option<&'static str>) -> Fake {
    Fake::start(move |seen| async move {
        match (seen.path.as_str(), version) {
            ("/api/v1/jamf-pro-version", Some(version)) => json_of(200, &json!({ "version": version })),
            (path, _) if path.starts_with(OLD) => {
                json_of(200, &json!({"totalCount": 1, "results": [{"id": "1", "name": "a"}]}))
            }
            _ => json_of(404, &json!({"httpStatus": 404, "errors": []})),
        }
    })
    .await
}

fn whole() -> Walk {
    Walk { offset: 0, page_size: 100, all: false, budget: 10_000 }
}

#[tokio::test]
async fn a_known_version_decides_and_is_asked_once() {
    let fake = old_tenant(Some("11.27.1-t1700000000")).await;
    let tenant = fake.tenant();
    for _ in 0..2 {
        let listing = list(&tenant, "smart_computer_group_list", json!({}), &whole()).await.unwrap();
        assert_eq!((listing.rows.len(), listing.older_path), (1, Some(OLD)));
    }
    assert_eq!((fake.count(&format!("GET {NEW}")), fake.count("GET /api/v1/jamf-pro-version")), (0, 1));
    assert_eq!(tenant.version(&call()).await.unwrap(), "11.27.1");
}

#[tokio::test]
async fn a_list_finds_its_older_path_and_keeps_to_it() {
    let fake = old_tenant(None).await;
    let tenant = fake.tenant();
    for _ in 0..2 {
        let listing = list(&tenant, "smart_computer_group_list", json!({}), &whole()).await.unwrap();
        assert_eq!((listing.rows.len(), listing.older_path), (1, Some(OLD)));
    }
    assert_eq!(fake.count(&format!("GET {NEW}")), 1);
}

#[tokio::test]
async fn nothing_but_a_list_probes() {
    let fake = old_tenant(None).await;
    let tenant = fake.tenant();
    let error = send_to(&tenant, "smart_computer_group_delete", json!({"id": "1"})).await.unwrap_err();
    assert!(matches!(&error, Error::Jamf(error) if error.status == 404), "{error}");
    assert!(fake.requests().iter().all(|seen| !seen.path.starts_with(OLD)));
}

#[tokio::test]
async fn privileges_are_read_over_all_sites() {
    let fake = Fake::start(|_| async {
        json_of(
            200,
            &json!({"account": {"privilegesBySite": {"-1": ["Read Buildings", "Read Sites"], "2": ["Read Buildings"]}}}),
        )
    })
    .await;
    assert_eq!(fake.tenant().privileges(&call()).await.unwrap(), ["Read Buildings", "Read Sites"]);
}

#[tokio::test]
async fn a_version_is_asked_anew_after_a_while_and_paths_follow_it() {
    let version = Arc::new(Mutex::new("11.27.1"));
    let told = version.clone();
    let fake = Fake::start(move |seen| {
        let version = *told.lock().unwrap();
        async move {
            let rows = json!({"totalCount": 1, "results": [{"id": "1", "name": "a"}]});
            match (seen.path.as_str(), version) {
                ("/api/v1/jamf-pro-version", "") => json_of(500, &json!({})),
                ("/api/v1/jamf-pro-version", version) => json_of(200, &json!({ "version": version })),
                (OLD, "11.27.1") | (NEW, "11.30.0") | (NEW, "") => json_of(200, &rows),
                _ => json_of(404, &json!({"httpStatus": 404, "errors": []})),
            }
        }
    })
    .await;
    let tenant = fake.tenant_with(send::Patience { version: Duration::ZERO, ..send::Patience::default() });
    let path = async || {
        let listing = list(&tenant, "smart_computer_group_list", json!({}), &whole()).await.unwrap();
        listing.older_path
    };
    assert_eq!(path().await, Some(OLD));
    *version.lock().unwrap() = "11.30.0";
    assert_eq!(path().await, None);
    assert_eq!(tenant.known_version().as_deref(), Some("11.30.0"));
    // A tenant that does not say any more is taken to be what it was.
    *version.lock().unwrap() = "";
    assert_eq!((path().await, tenant.version(&call()).await.unwrap().as_str()), (None, "11.30.0"));
}

#[tokio::test]
async fn a_tenant_that_is_away_is_not_asked_for_more_than_its_version() {
    let fake = Fake::start(|_| async { page(503, "<html></html>") }).await;
    let error = list(&fake.tenant(), "smart_computer_group_list", json!({}), &whole()).await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!((fake.count("GET /api/v1/jamf-pro-version"), fake.count(&format!("GET {NEW}"))), (3, 0));
}

#[tokio::test]
async fn who_waits_for_a_version_does_so_until_its_own_deadline() {
    let fake = Fake::start(|_| std::future::pending()).await;
    let tenant = fake.tenant();
    let first = tenant.clone();
    let asking = tokio::spawn(async move { first.version(&call()).await });
    until(|| fake.count("GET /api/v1/jamf-pro-version") == 1).await;
    let short = Call { deadline: Instant::now() + Duration::from_millis(50), ..call() };
    let error = tenant.version(&short).await.unwrap_err();
    assert!(error.to_string().contains("version") && !asking.is_finished(), "{error}");
    asking.abort();
}
