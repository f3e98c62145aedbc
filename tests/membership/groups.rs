//! Criteria, evaluated by the fleet and by the tenant itself.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::fleet::groups::calibration::Calibration;
use jamf_pro_mcp::fleet::groups::{Group, GroupKind, Groups, Members};
use jamf_pro_mcp::fleet::known::Known;
use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::records::World;
use crate::straight::Straight;

const SMART: &str = "/api/v3/computer-groups/smart-groups";

async fn tenant() -> (Tenant, Straight) {
    let tenant = Tenant::start(Options { computers: 60, ..Options::default() }).await.unwrap();
    let straight = Straight::to(&tenant).await;
    (tenant, straight)
}

/// The members that the tenant has for criteria, by a smart group that is made for it.
async fn members(straight: &Straight, criteria: &[Value], number: usize) -> BTreeSet<ObjectId> {
    let body = json!({ "name": format!("zz compared {number}"), "criteria": criteria });
    let (status, text) = straight
        .sent(
            straight
                .http
                .post(format!("{}{SMART}", straight.base))
                .header("content-type", "application/json")
                .body(body.to_string()),
        )
        .await;
    assert_eq!(status, 201, "{text}");
    let id = serde_json::from_str::<Value>(&text).unwrap()["id"].as_str().unwrap().to_owned();
    let members = straight.read(&format!("/api/v3/computer-groups/smart-group-membership/{id}")).await;
    let (status, _) = straight.sent(straight.http.delete(format!("{}{SMART}/{id}", straight.base))).await;
    assert_eq!(status, 204);
    members["members"].as_array().unwrap().iter().filter_map(ObjectId::of).collect()
}

/// What the fleet says of each record for criteria.
fn evaluated(world: &World, criteria: &[Value], now: Timestamp) -> Vec<Known<bool>> {
    let asked = ObjectId::Text("asked".to_owned());
    let group = Group {
        kind: world.kind,
        id: asked.clone(),
        name: "zz asked".to_owned(),
        members: Members::Criteria(jamf_pro_mcp::fleet::groups::Criterion::read_all(
            &json!({ "criteria": criteria }),
        )),
    };
    let groups = Groups::new(world.groups.iter().cloned().chain([group]));
    world.records.iter().map(|(_, _, record)| groups.of(world.kind, record, now).is_in(&asked)).collect()
}

#[tokio::test]
async fn smart_groups_of_the_tenant_have_the_members_that_it_says() {
    let (_tenant, straight) = tenant().await;
    let mut unknown: BTreeMap<String, String> = BTreeMap::new();
    for world in [World::of_computers(&straight).await, World::of_mobile_devices(&straight).await] {
        let groups = Groups::new(world.groups.clone());
        let now = Timestamp::now();
        for group in &world.groups {
            let judged: Vec<Known<bool>> = world
                .records
                .iter()
                .map(|(_, _, record)| groups.of(world.kind, record, now).is_in(&group.id))
                .collect();
            let all = world.records.iter().zip(judged).map(|((id, _, _), is)| (id, is));
            let name_of = |id: &ObjectId| {
                let own = world.records.iter().find(|(own, _, _)| own == id);
                own.map(|(_, name, _)| name.clone()).unwrap_or_default()
            };
            let calibration = Calibration::new(all, name_of, &world.members[&group.id]);
            assert!(
                calibration.missing.is_empty() && calibration.extra.is_empty(),
                "{}: {calibration}",
                group.name
            );
            if let Some(reasons) = calibration.reasons {
                unknown.insert(group.name.clone(), reasons.to_string());
            } else {
                assert!(calibration.agreed >= world.records.len(), "{}", group.name);
            }
        }
        assert!(world.groups.len() > 10);
    }
    // Circles, a group that is gone, and what devices do not report: everything else is decided.
    for (group, reason) in [
        ("Circle A", "in a circle"),
        ("Circle B", "in a circle"),
        ("Legacy kiosks", "no group has that name"),
        ("Not checked in for 30 days", "nothing is reported"),
        ("All Managed Clients", "nothing is reported"),
    ] {
        assert!(unknown.get(group).is_some_and(|reasons| reasons.contains(reason)), "{group}: {unknown:?}");
    }
    let reasons = ["in a circle", "no group has that name", "nothing is reported"];
    for (group, own) in &unknown {
        assert!(
            own.split("; ").all(|own| reasons.iter().any(|reason| own.contains(reason))),
            "{group}: {own}"
        );
    }
    assert!(unknown.len() < 10, "{unknown:?}");
}

/// What criteria of a name compare with, and how: taken from what the records say.
struct CriterionKind {
    name: &'static str,
    column: &'static str,
    operators: &'static [&'static str],
    /// Words of Jamf Pro in the place of what the record says.
    words: &'static [&'static str],
}

const TEXT: &[&str] = &["is", "is not", "like", "not like", "matches regex", "does not match regex"];
const ORDER: &[&str] = &[
    "is",
    "is not",
    "greater than",
    "more than",
    "less than",
    "greater than or equal",
    "less than or equal",
    "like",
];
const DATE: &[&str] = &[
    "before (yyyy-mm-dd)",
    "after (yyyy-mm-dd)",
    "more than x days ago",
    "less than x days ago",
    "in more than x days",
    "in less than x days",
];
const ROW: &[&str] = &["is", "is not", "has", "does not have", "like", "not like", "matches regex"];
const WORD: &[&str] = &["is", "is not"];

const fn criterion_kind(
    name: &'static str,
    column: &'static str,
    operators: &'static [&'static str],
) -> CriterionKind {
    CriterionKind { name, column, operators, words: &[] }
}

const fn criterion_of_words(name: &'static str, words: &'static [&'static str]) -> CriterionKind {
    CriterionKind { name, column: "name", operators: WORD, words }
}

static ASKED: &[CriterionKind] = &[
    criterion_kind("Computer Name", "name", TEXT),
    criterion_kind("Asset Tag", "asset_tag", TEXT),
    criterion_kind("Serial Number", "serial_number", TEXT),
    criterion_kind("Model", "model", TEXT),
    criterion_kind("Model Identifier", "model_identifier", TEXT),
    criterion_kind("Username", "username", TEXT),
    criterion_kind("Email Address", "email", TEXT),
    criterion_kind("Position", "position", TEXT),
    criterion_kind("Department", "department", TEXT),
    criterion_kind("Building", "building", TEXT),
    criterion_kind("Operating System", "os_name", TEXT),
    criterion_kind("Operating System Build", "os_build", TEXT),
    criterion_kind("Operating System Version", "os_version", ORDER),
    criterion_kind("Total RAM MB", "ram_mb", ORDER),
    criterion_kind("Boot Drive Available MB", "boot_free_mb", ORDER),
    criterion_kind("Last Check-in", "last_check_in", DATE),
    criterion_kind("Last Inventory Update", "last_inventory", DATE),
    criterion_kind("MDM Profile Expiration Date", "mdm_profile_expires", DATE),
    criterion_kind("Application Title", "name", ROW),
    criterion_kind("Application Version", "version", ROW),
    criterion_kind("Profile Name", "name", ROW),
    criterion_kind("Certificate Name", "common_name", ROW),
    criterion_of_words("Managed", &["Managed", "Unmanaged"]),
    criterion_of_words("Supervised", &["Supervised", "Not Supervised"]),
    criterion_of_words("Apple Silicon", &["Yes", "No"]),
    criterion_of_words("Firewall Enabled", &["Enabled", "Disabled"]),
    criterion_of_words("FileVault 2 Status", &["No Partitions Encrypted", "All Partitions Encrypted"]),
    criterion_of_words("System Integrity Protection", &["Enabled", "Disabled"]),
    criterion_of_words("Update Ring", &["Ring 1", "ring 2", ""]),
    CriterionKind {
        name: "Computer Group",
        column: "name",
        operators: &["member of", "not member of"],
        words: &[
            "Pilot",
            "FileVault off",
            "Update ring 1",
            "Leased Macs (returned)",
            "Stale or unencrypted",
            "Circle A",
        ],
    },
];

/// A criterion: which, its operator, which of the values, a part of it, whether `or` joins it, and whether the case is another.
type CriterionChoice = (usize, usize, usize, bool, bool, bool);

fn criterion(
    world: &World,
    (which, operator, value, is_part, is_or, is_upper): CriterionChoice,
    priority: usize,
) -> Value {
    let asked = &ASKED[which % ASKED.len()];
    let operator = asked.operators[operator % asked.operators.len()];
    let none = BTreeSet::new();
    let said = world.said.get(asked.column).unwrap_or(&none);
    let mut wanted = match asked.words {
        [] => said.iter().nth(value % said.len().max(1)).cloned().unwrap_or_default(),
        words => words[value % words.len()].to_owned(),
    };
    match operator {
        "before (yyyy-mm-dd)" | "after (yyyy-mm-dd)" => wanted.truncate(10),
        _ if operator.contains("x days") => wanted = (value % 200).to_string(),
        "matches regex" | "does not match regex" => {
            wanted = format!("^{}", regex_of(&wanted.chars().take(4).collect::<String>()));
        }
        "like" | "not like" if is_part => wanted = wanted.chars().skip(1).take(4).collect(),
        _ => {}
    }
    if is_upper && asked.words.is_empty() && !operator.contains("regex") {
        wanted = wanted.to_uppercase();
    }
    json!({
        "name": asked.name, "priority": priority, "andOr": if is_or && priority > 0 { "or" } else { "and" },
        "searchType": operator, "value": wanted, "openingParen": false, "closingParen": false,
    })
}

/// A text as a regular expression that matches it.
fn regex_of(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_string()
            } else {
                format!("[{c}]").replace("[^]", ".").replace("[]]", ".")
            }
        })
        .collect()
}

fn criterion_choices() -> impl Strategy<Value = (Vec<CriterionChoice>, Option<(usize, usize)>)> {
    let one = (0..ASKED.len(), 0..16_usize, 0..5_000_usize, any::<bool>(), any::<bool>(), any::<bool>());
    (prop::collection::vec(one, 1..5), prop::option::of((0..4_usize, 0..4_usize)))
}

#[test]
fn what_is_known_of_any_criteria_is_what_the_tenant_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (_tenant, straight) = runtime.block_on(tenant());
    let world = runtime.block_on(World::of_computers(&straight));
    let mut runner = TestRunner::new(Config {
        cases: 80,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    });
    let (decided, asked) = (std::cell::Cell::new(0_usize), std::cell::Cell::new(0_usize));
    let judged = runner.run(&criterion_choices(), |(picked, parentheses)| {
        let mut criteria: Vec<Value> =
            picked.into_iter().enumerate().map(|(at, one)| criterion(&world, one, at)).collect();
        if let Some((one, other)) = parentheses {
            let (from, to) = (one.min(other) % criteria.len(), one.max(other) % criteria.len());
            criteria[from.min(to)]["openingParen"] = json!(true);
            criteria[from.max(to)]["closingParen"] = json!(true);
        }
        // The clock goes on while the tenant is asked: what turns between the two moments is nobody's mistake.
        let before = evaluated(&world, &criteria, Timestamp::now());
        let members = runtime.block_on(members(&straight, &criteria, asked.get()));
        let after = evaluated(&world, &criteria, Timestamp::now());
        for (((id, name, _), before), after) in world.records.iter().zip(before).zip(after) {
            asked.set(asked.get() + 1);
            if let (Known::Known(is_in), true) = (&before, before == after) {
                decided.set(decided.get() + 1);
                prop_assert_eq!(*is_in, members.contains(id), "{} ({}) and {:?}", name, id, criteria);
            }
        }
        Ok(())
    });
    judged.unwrap_or_else(|error| panic!("{error}"));
    let share = decided.get() * 100 / asked.get();
    assert!(share >= 70, "only {share} of 100 are decided");
}

/// What has no rule that Jamf leaves open: always reported facts, one word between all criteria, no versions of applications.
#[tokio::test]
async fn what_has_one_reading_is_never_unknown() {
    let (_tenant, straight) = tenant().await;
    let world = World::of_computers(&straight).await;
    let row = |name: &str, operator: &str, value: &str, word: &str| json!({ "name": name, "searchType": operator, "value": value, "andOr": word });
    let name = world.said["name"].iter().next().unwrap();
    let serial = world.said["serial_number"].iter().next().unwrap();
    let cases = [
        vec![row("Computer Name", "is", name, "and")],
        vec![row("Serial Number", "is not", serial, "and"), row("Managed", "is", "Managed", "and")],
        vec![
            row("Application Title", "has", "Slack.app", "and"),
            row("Application Title", "does not have", "Zoom.us.app", "and"),
        ],
        vec![row("Asset Tag", "is", "", "and"), row("Asset Tag", "is not", "x", "or")],
        vec![
            row("Operating System Version", "greater than", "15.6", "and"),
            row("Username", "is", "x", "or"),
            row("Room", "is not", "", "or"),
        ],
        vec![
            row("Computer Group", "member of", "Pilot", "and"),
            row("Computer Group", "not member of", "FileVault off", "and"),
        ],
        vec![row("Last Check-in", "less than x days ago", "7", "and")],
        vec![row("Update Ring", "is", "Ring 1", "and")],
        vec![],
    ];
    for (number, mut criteria) in cases.into_iter().enumerate() {
        for (priority, row) in criteria.iter_mut().enumerate() {
            row["priority"] = json!(priority);
        }
        let own = members(&straight, &criteria, number).await;
        let judged = evaluated(&world, &criteria, Timestamp::now());
        for ((id, name, _), is_in) in world.records.iter().zip(judged) {
            assert_eq!(is_in, Known::Known(own.contains(id)), "{name} and {criteria:?}");
        }
    }
    assert_eq!(world.kind, GroupKind::Computer);
}
