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
    assert!(fake.seen().iter().all(|seen| !seen.path.starts_with(OLD)));
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
