//! What changes at the tenant between two reads, and what is under way there.

use jamf_pro_demo::Options;
use jamf_pro_mcp::config::FleetStorage;
use jamf_pro_mcp::fleet::load::Watch;
use jamf_pro_mcp::fleet::tables::Value;

use crate::{ANEW, fleet, http, number, part, raw, select, tenant, token};

#[tokio::test]
async fn a_second_refresh_of_applications_asks_for_what_changed() {
    let world = tenant(Options { computers: 510, ..Options::default() }).await;
    let fleet = fleet(&world, FleetStorage::Memory);
    let path = "/api/v4/computers-inventory";
    for name in ["computers", "applications"] {
        fleet.refresh(part(name), ANEW, &Watch::default()).await.unwrap();
    }
    let whole = world.tenant.log().count_at(path);
    let count = "SELECT count(*) FROM computer_applications";
    let applications = number(&fleet, count);
    assert!(whole == 2 + 3 && applications > 510, "{whole} pages, {applications} applications");
    let newest = "SELECT max(last_inventory) FROM computers";
    world.tenant.log().clear();
    let status = fleet.refresh(part("applications"), ANEW, &Watch::default()).await.unwrap();
    let entries = world.tenant.log().entries();
    let queries: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.path.starts_with(path))
        .map(|entry| entry.path.as_str())
        .collect();
    assert_eq!(queries.len(), 1, "{queries:?}");
    assert!(status.is_complete() && status.objects() == 510, "{status:?}");
    assert_eq!(number(&fleet, count), applications);
    assert!(select(&fleet, newest)[0][0] != Value::Null);

    // A computer that is deleted takes its applications along.
    let own = number(&fleet, "SELECT count(*) FROM computer_applications WHERE computer_id = '5'");
    let request = http().delete(format!("{}/api/v1/computers-inventory/5", world.tenant.url()));
    let request = request.bearer_auth(token(&world).await);
    assert!(request.send().await.unwrap().status().is_success() && own > 0);
    for name in ["computers", "applications"] {
        fleet.refresh(part(name), ANEW, &Watch::default()).await.unwrap();
    }
    assert_eq!(number(&fleet, count), applications - own);
}

#[tokio::test]
async fn devices_are_named_beside_what_is_under_way() {
    let world = tenant(Options { computers: 60, ..Options::default() }).await;
    let fleet = fleet(&world, FleetStorage::Memory);
    for name in ["computers", "mobile_devices", "mdm_commands", "update_plans", "patch_devices"] {
        let status = fleet.refresh(part(name), ANEW, &Watch::default()).await.unwrap();
        assert!(status.is_complete(), "{name}: {:?}", status.missing());
    }
    let named = "SELECT count(*) FROM mdm_commands JOIN computers USING (management_id)
                 WHERE device_id = computers.id AND device_name = computers.name";
    let of_computers =
        "SELECT count(*) FROM mdm_commands WHERE management_id IN (SELECT management_id FROM computers)";
    assert!(number(&fleet, named) > 10 && number(&fleet, named) == number(&fleet, of_computers));
    assert_eq!(number(&fleet, "SELECT count(*) FROM update_plans WHERE device_name IS NULL"), 0);
    let path = "/api/v3/patch-software-title-configurations/1/patch-report";
    let reported = raw(&world, path).await.len() as i64;
    assert_eq!(number(&fleet, "SELECT count(*) FROM patch_devices WHERE patch_title_id = '1'"), reported);
}
