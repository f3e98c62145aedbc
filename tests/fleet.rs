//! The fleet from its tenant to its tables: what is kept is what the tenant answers, read by another program; several processes share one
//! read; a process that is killed leaves what the next one goes on with.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "fleet/background.rs"]
mod background;
#[path = "support/binary.rs"]
mod binary;
#[path = "fleet/changes.rs"]
mod changes;
#[path = "fleet/configuration.rs"]
mod configuration;
#[path = "fleet/large.rs"]
mod large;
#[path = "fleet/processes.rs"]
mod processes;
#[path = "fleet/questions.rs"]
mod questions;
#[path = "fleet/secrets.rs"]
mod secrets;
#[path = "fleet/start.rs"]
mod start;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod world;
#[path = "fleet/writes.rs"]
mod writes;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jamf_pro_demo::Options;
use jamf_pro_mcp::config::{FleetConfig, FleetStorage};
use jamf_pro_mcp::fleet::load::Watch;
use jamf_pro_mcp::fleet::parts::{Class, PARTS, Part};
use jamf_pro_mcp::fleet::refresh::Fleet;
use jamf_pro_mcp::fleet::tables::Value;
use serde_json::{Value as Json, json};
use tokio::process::Command;

use world::{World, world_of};

const ANEW: Duration = Duration::ZERO;
const HOUR: Duration = Duration::from_secs(3600);

async fn tenant(options: Options) -> World {
    world_of(options, |_| {}).await
}

fn fleet(world: &World, storage: FleetStorage) -> Fleet {
    let config = FleetConfig { storage, ..FleetConfig::default() };
    Fleet::open(&config, world.state.path(), world.calls.tenants().next().unwrap()).unwrap().unwrap()
}

fn part(name: &str) -> &'static Part {
    Part::find(name).unwrap()
}

fn select(fleet: &Fleet, sql: &str) -> Vec<Vec<Value>> {
    fleet.store().select(sql, &[]).unwrap()
}

fn number(fleet: &Fleet, sql: &str) -> i64 {
    match select(fleet, sql)[0][0] {
        Value::Integer(number) => number,
        ref other => panic!("{sql}: {other:?}"),
    }
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A token of a client of its own.
async fn token(world: &World) -> String {
    let (url, id, secret) = (world.tenant.url(), world.tenant.client_id(), world.tenant.client_secret());
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let request = http().post(format!("{url}/api/v1/oauth/token")).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer: Json = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// What the tenant itself answers, read without the client: the rows of all pages.
async fn raw(world: &World, path: &str) -> Vec<Json> {
    let (url, token) = (world.tenant.url(), token(world).await);
    let mut rows = Vec::new();
    for page in 0.. {
        let join = if path.contains('?') { '&' } else { '?' };
        let request = http().get(format!("{url}{path}{join}page={page}&page-size=200")).bearer_auth(&token);
        let answer: Json =
            serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        let found = answer["results"].as_array().unwrap();
        rows.extend(found.iter().cloned());
        if rows.len() as u64 >= answer["totalCount"].as_u64().unwrap() {
            return rows;
        }
    }
    rows
}

fn text(json: &Json) -> Value {
    match json.as_str().map(str::trim) {
        None | Some("" | "-1" | "Not Available") => Value::Null,
        Some(text) => Value::Text(text.to_owned()),
    }
}

fn flag(json: &Json) -> Value {
    json.as_bool().map_or(Value::Null, |is| Value::Integer(i64::from(is)))
}

fn whole(json: &Json) -> Value {
    json.as_i64().filter(|number| *number != -1).map_or(Value::Null, Value::Integer)
}

#[tokio::test]
async fn computers_are_kept_as_the_tenant_has_them() {
    let world = tenant(Options { computers: 60, ..Options::default() }).await;
    let fleet = fleet(&world, FleetStorage::Memory);
    for name in
        ["computers", "applications", "computer_local_users", "group_members", "mobile_devices", "users"]
    {
        let status = fleet.refresh(part(name), ANEW, &Watch::default()).await.unwrap();
        assert!(status.is_complete() && status.as_of().is_some(), "{name}: {:?}", status.missing());
    }
    let sections = [
        "GENERAL",
        "HARDWARE",
        "SECURITY",
        "STORAGE",
        "USER_AND_LOCATION",
        "APPLICATIONS",
        "LOCAL_USER_ACCOUNTS",
        "GROUP_MEMBERSHIPS",
    ];
    let path = format!(
        "/api/v4/computers-inventory?{}",
        sections.map(|section| format!("section={section}")).join("&")
    );
    let computers = raw(&world, &path).await;
    let mut kept: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let sql = "SELECT id, name, serial_number, supervised, last_check_in, boot_free_mb, ram_mb, username, department_id, sip, site_id FROM computers";
    for mut row in select(&fleet, sql) {
        let Value::Text(id) = row.remove(0) else { panic!() };
        kept.insert(id, row);
    }
    assert_eq!(kept.len(), computers.len());
    let mut of_tenant = (0, 0, 0);
    for computer in &computers {
        let (general, hardware) = (&computer["general"], &computer["hardware"]);
        let moment = general["lastCheckIn"].as_str().map(|moment| format!("{}Z", &moment[..19]));
        let expected = [
            text(&general["name"]),
            text(&hardware["serialNumber"]),
            flag(&general["supervised"]),
            moment.map_or(Value::Null, Value::Text),
            whole(&computer["storage"]["bootDriveAvailableSpaceMegabytes"]),
            whole(&hardware["totalRamMegabytes"]),
            text(&computer["userAndLocation"]["username"]),
            text(&computer["userAndLocation"]["departmentId"]),
            text(&computer["security"]["sipStatus"]),
            text(&general["site"]["id"]),
        ];
        assert_eq!(kept[computer["id"].as_str().unwrap()], expected, "{}", computer["id"]);
        let count = |list: &str| computer[list].as_array().map_or(0, Vec::len) as i64;
        of_tenant.0 += count("applications");
        of_tenant.1 += count("localUserAccounts");
        of_tenant.2 += count("groupMemberships");
    }
    let counted = (
        number(&fleet, "SELECT count(*) FROM computer_applications"),
        number(&fleet, "SELECT count(*) FROM computer_local_users"),
        number(&fleet, "SELECT count(*) FROM group_members WHERE kind = 'computer'"),
    );
    assert_eq!(counted, of_tenant);
    let departments: BTreeMap<String, Json> = raw(&world, "/api/v1/departments")
        .await
        .into_iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row["name"].clone()))
        .collect();
    for row in select(
        &fleet,
        "SELECT DISTINCT department_id, department FROM computers WHERE department_id IS NOT NULL",
    ) {
        let Value::Text(id) = &row[0] else { panic!() };
        assert_eq!(row[1], text(&departments[id]));
    }
    let devices = raw(&world, "/api/v2/mobile-devices/detail?section=GENERAL&section=HARDWARE").await;
    for device in &devices {
        let sql = format!(
            "SELECT name, serial_number, os_version FROM mobile_devices WHERE id = '{}'",
            device["mobileDeviceId"].as_str().unwrap()
        );
        let expected = [
            &device["general"]["displayName"],
            &device["hardware"]["serialNumber"],
            &device["general"]["osVersion"],
        ];
        assert_eq!(select(&fleet, &sql), [expected.map(text)]);
    }
    assert_eq!(number(&fleet, "SELECT count(*) FROM users"), raw(&world, "/api/v1/users").await.len() as i64);
}

#[tokio::test]
async fn what_is_not_permitted_is_missing_with_the_reason_and_the_rest_is_there() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    world.faults("403@/api/v2/mobile-devices");
    let fleet = fleet(&world, FleetStorage::Memory);
    let status = fleet.refresh(part("group_members"), HOUR, &Watch::default()).await.unwrap();
    let missing = status.missing().join("; ");
    assert!(
        !status.is_complete()
            && missing.contains("mobile device groups")
            && missing.contains("Read Mobile Devices"),
        "{missing}"
    );
    assert!(number(&fleet, "SELECT count(*) FROM group_members") > 0);
    // It is not tried again until it is due, or asked for.
    let sent = world.tenant.log().count();
    fleet.refresh(part("group_members"), HOUR, &Watch::default()).await.unwrap();
    assert_eq!(world.tenant.log().count(), sent);
    world.faults("");
    let status = fleet.refresh(part("group_members"), ANEW, &Watch::default()).await.unwrap();
    assert!(status.is_complete(), "{:?}", status.missing());
}

#[tokio::test]
async fn older_tenants_are_read_by_their_own_paths() {
    for version in ["10.49.0", "11.25.0"] {
        let world =
            tenant(Options { computers: 30, version: version.to_owned(), ..Options::default() }).await;
        let fleet = fleet(&world, FleetStorage::Memory);
        let status = fleet.refresh(part("computers"), ANEW, &Watch::default()).await.unwrap();
        assert!(status.is_complete(), "{version}: {:?}", status.missing());
        let seen = number(&fleet, "SELECT count(last_check_in) FROM computers");
        assert!(seen > 20 && number(&fleet, "SELECT count(*) FROM computers") == 30, "{version}: {seen}");
        for part in PARTS {
            let status = fleet.refresh(part, ANEW, &Watch::default()).await.unwrap();
            let missing = status.missing().join("; ");
            assert!(
                status.is_complete() || missing.contains(&format!("Jamf Pro {version}")),
                "{}: {missing}",
                part.name
            );
        }
    }
}

#[tokio::test]
async fn a_load_that_is_given_up_goes_on_where_it_was() {
    let world = tenant(Options { computers: 510, ..Options::default() }).await;
    let fleet = fleet(&world, FleetStorage::Disk);
    let watch = Watch::default();
    let (cancelled, read) = (watch.cancelled.clone(), Arc::new(AtomicU64::new(0)));
    let noted = read.clone();
    let watch = Watch {
        progress: Some(Arc::new(move |progress| {
            noted.store(progress.read, Ordering::Relaxed);
            if progress.read > 0 {
                cancelled.cancel();
            }
        })),
        ..watch
    };
    fleet.refresh(part("computers"), HOUR, &watch).await.unwrap_err();
    assert_eq!(read.load(Ordering::Relaxed), 500);
    let status = fleet.store().status_of(part("computers")).unwrap();
    assert!(!status.is_complete() && status.as_of().is_none());
    assert_eq!(status.missing(), ["computers: 500 of 510 rows read so far"]);
    world.tenant.log().clear();
    assert!(fleet.refresh(part("computers"), HOUR, &Watch::default()).await.unwrap().is_complete());
    assert_eq!(
        world.tenant.log().count_at("/api/v4/computers-inventory"),
        1,
        "the first page is not read again"
    );
    assert_eq!(number(&fleet, "SELECT count(*) FROM computers"), 510);
}

/// Requests that were sent, besides those for tokens and the version.
fn sent(world: &World) -> usize {
    let entries = world.tenant.log().entries();
    let is_own = |path: &str| {
        path.contains("/oauth/") || path.ends_with("/invalidate-token") || path.ends_with("/jamf-pro-version")
    };
    entries.iter().filter(|entry| !is_own(&entry.path)).count()
}

async fn configuration(fleet: &Fleet) {
    for part in PARTS.iter().filter(|part| part.class == Class::Configuration) {
        let status = fleet.refresh_lists(part, &Watch::default()).await.unwrap();
        assert!(status.is_complete(), "{}: {:?}", part.name, status.missing());
    }
}

#[tokio::test]
async fn the_configuration_is_read_once_and_then_only_what_changed() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet(&world, FleetStorage::Disk);
    configuration(&fleet).await;
    let policies = number(&fleet, "SELECT count(*) FROM policies");
    assert!(sent(&world) as i64 > policies && policies > 50, "{policies}");
    let categories = select(&fleet, "SELECT id, category FROM packages ORDER BY id");
    assert!(categories.iter().any(|row| matches!(row[1], Value::Text(_))), "{categories:?}");
    world.tenant.log().clear();
    world.faults("slow=3ms");
    configuration(&fleet).await;
    world.faults("");
    let lists: usize =
        PARTS.iter().filter(|part| part.class == Class::Configuration).map(|part| part.sources.len()).sum();
    // The names of categories beside packages are those that were read with the categories a moment ago.
    assert_eq!(sent(&world), lists);
    assert_eq!(select(&fleet, "SELECT id, category FROM packages ORDER BY id"), categories);

    let change = "<policy><general><name>Another name</name></general></policy>";
    assert_eq!(classic(&world, "PUT", "/JSSResource/policies/id/3", change).await, 201);
    assert_eq!(classic(&world, "DELETE", "/JSSResource/policies/id/4", "").await, 200);
    world.tenant.log().clear();
    fleet.refresh_lists(part("policies"), &Watch::default()).await.unwrap();
    assert_eq!(sent(&world), 2, "the list and what was changed");
    assert_eq!(number(&fleet, "SELECT count(*) FROM policies"), policies - 1);
    assert_eq!(
        select(&fleet, "SELECT name FROM policies WHERE id = '3'"),
        [[Value::Text("Another name".to_owned())]]
    );
    assert_eq!(
        number(&fleet, "SELECT count(*) FROM scope_entries WHERE object_kind = 'policy' AND object_id = '4'"),
        0
    );

    // The list does not show everything: what must be of this moment is read object by object.
    let is_on = || number(&fleet, "SELECT enabled FROM policies WHERE id = '3'");
    let was = is_on();
    let change = format!("<policy><general><enabled>{}</enabled></general></policy>", was == 0);
    assert_eq!(classic(&world, "PUT", "/JSSResource/policies/id/3", &change).await, 201);
    fleet.refresh_lists(part("policies"), &Watch::default()).await.unwrap();
    assert_eq!(is_on(), was);
    fleet.refresh(part("policies"), ANEW, &Watch::default()).await.unwrap();
    assert_eq!(is_on(), 1 - was);
}

/// Sends a request of the Classic API as another administrator would. Answers the status.
async fn classic(world: &World, method: &str, path: &str, body: &str) -> u16 {
    let request = http().request(method.parse().unwrap(), format!("{}{path}", world.tenant.url()));
    let request = request.bearer_auth(token(world).await).header("content-type", "application/xml");
    request.body(body.to_owned()).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_configuration_is_kept_as_the_tenant_has_it() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet(&world, FleetStorage::Memory);
    configuration(&fleet).await;
    for id in ["1", "2", "7", "20"] {
        let policy = world.ok("policy_get", json!({ "id": id })).await;
        let general = &policy["general"];
        let sql = format!(
            "SELECT name, enabled, frequency, trigger, on_check_in, custom_event, category FROM policies WHERE id = '{id}'"
        );
        let expected = [
            text(&general["name"]),
            flag(&general["enabled"]),
            text(&general["frequency"]),
            text(&general["trigger"]),
            flag(&general["trigger_checkin"]),
            text(&general["trigger_other"]),
            text(&general["category"]["name"]),
        ];
        assert_eq!(select(&fleet, &sql), [expected]);
        let sql = format!("SELECT script_id FROM policy_scripts WHERE policy_id = '{id}' ORDER BY rowid");
        let scripts: Vec<_> =
            policy["scripts"].as_array().unwrap().iter().map(|script| vec![text(&script["id"])]).collect();
        assert_eq!(select(&fleet, &sql), scripts);
        let sql = format!(
            "SELECT entry_id, name FROM scope_entries WHERE object_kind = 'policy' AND object_id = '{id}'
             AND type = 'computer_group' AND role = 'exclusion' ORDER BY rowid"
        );
        let excluded = policy["scope"]["exclusions"]["computer_groups"].as_array().unwrap();
        let excluded: Vec<_> =
            excluded.iter().map(|group| vec![text(&group["id"]), text(&group["name"])]).collect();
        assert_eq!(select(&fleet, &sql), excluded);
    }
    let groups = raw(&world, "/api/v3/computer-groups/smart-groups").await;
    assert_eq!(
        number(&fleet, "SELECT count(*) FROM groups WHERE kind = 'computer' AND smart"),
        groups.len() as i64
    );
    for group in groups.iter().take(10) {
        let id = group["id"].as_str().unwrap();
        let read = world.ok("smart_computer_group_get", json!({ "id": id })).await;
        let sql = format!(
            "SELECT position, name, operator, value FROM group_criteria WHERE kind = 'computer' AND group_id = '{id}' ORDER BY position"
        );
        let criteria = &read.get("object").unwrap_or(&read)["criteria"];
        let expected = criteria.as_array().unwrap().iter().map(|criterion| {
            vec![
                whole(&criterion["priority"]),
                text(&criterion["name"]),
                text(&criterion["searchType"]),
                Value::Text(criterion["value"].as_str().unwrap().to_owned()),
            ]
        });
        let expected: Vec<_> = expected.collect();
        assert_eq!(select(&fleet, &sql), expected, "{}", group["name"]);
        let sql = format!("SELECT members FROM groups WHERE kind = 'computer' AND id = '{id}'");
        assert_eq!(select(&fleet, &sql), [[whole(&group["membershipCount"])]]);
    }
    for table in [
        "profiles",
        "profile_settings",
        "scripts",
        "packages",
        "extension_attributes",
        "prestages",
        "apps",
        "patch_titles",
        "restricted_software",
        "searches",
        "search_criteria",
        "user_group_members",
        "platform_groups",
        "object_references",
        "scoped_objects",
        "ebooks",
        "volume_purchasing",
        "classes",
        "printers",
        "webhooks",
        "directory_servers",
        "api_roles",
        "api_role_privileges",
        "api_clients",
        "accounts",
        "account_groups",
    ] {
        assert!(number(&fleet, &format!("SELECT count(*) FROM {table}")) > 0, "{table}");
    }
    let scripts = raw(&world, "/api/v1/scripts").await;
    assert_eq!(number(&fleet, "SELECT count(*) FROM scripts"), scripts.len() as i64);
}

#[tokio::test]
async fn wherever_a_load_ends_what_it_left_is_consistent_and_not_taken_for_the_whole() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet(&world, FleetStorage::Disk);
    let asked = json!({ "page_size": 1, "fields": ["id"] });
    let all = world.ok("policy_list", asked).await["total"].as_u64().unwrap();
    // So that a fast machine does not come to the end of nearly every load.
    world.faults("slow=5ms@/JSSResource/policies/id/");
    let (mut unfinished, mut finished) = (0, 0);
    for round in 0..40 {
        let loading = fleet.clone();
        let task =
            tokio::spawn(async move { loading.refresh(part("policies"), HOUR, &Watch::default()).await });
        tokio::time::sleep(Duration::from_millis(3 + round * 13 % 250)).await;
        task.abort();
        let _ = task.await;
        let status = fleet.store().status_of(part("policies")).unwrap();
        let difference =
            "SELECT (SELECT count(*) FROM policies) - (SELECT rows FROM fleet_parts WHERE part = 'policies')";
        assert_eq!(number(&fleet, difference), 0);
        let strays = "SELECT count(*) FROM scope_entries WHERE object_id NOT IN (SELECT id FROM policies)";
        assert_eq!(number(&fleet, strays), 0);
        if status.is_complete() {
            assert_eq!(status.objects(), all);
            finished += 1;
            fleet.store().clear().unwrap();
        } else {
            assert!(status.as_of().is_none() && status.missing().len() == 1, "{status:?}");
            unfinished += 1;
        }
    }
    assert!(unfinished > 10, "{unfinished} loads were interrupted and {finished} were not");
    let status = fleet.refresh(part("policies"), HOUR, &Watch::default()).await.unwrap();
    assert!(status.is_complete() && status.objects() == all, "{status:?}");
}
