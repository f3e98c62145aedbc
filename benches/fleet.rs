//! What questions take that are answered from what is kept of a large tenant, once it is loaded.

use std::process::Command;
use std::time::Instant;

use jamf_pro_mcp::config::{Config, FleetConfig, SecretSource, TenantConfig};
use jamf_pro_mcp::fleet::groups::{Criterion, GroupKind};
use jamf_pro_mcp::fleet::refresh::Fleet;
use jamf_pro_mcp::fleet::store::Store;
use jamf_pro_mcp::fleet::view::{Needs, View};
use jamf_pro_mcp::pipeline::Pipeline;
use jamf_pro_tools::object_id::ObjectId;

use super::processes::{SERVER, Tenant, memory};

/// The parts that the questions need.
const PARTS: [&str; 14] = [
    "computers",
    "applications",
    "group_members",
    "mobile_devices",
    "users",
    "groups",
    "policies",
    "profiles",
    "apps",
    "patches",
    "restricted_software",
    "prestages",
    "scripts",
    "extension_attributes",
];

/// Smart groups that are evaluated by themselves.
const SLOWEST: usize = 3;

/// Questions are asked so many times; the middle counts.
const TIMES: usize = 5;

pub(crate) fn run(computers: usize) {
    let tenant = Tenant::start(computers);
    let state = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let loaded = Command::new(SERVER)
        .args(["fleet", "refresh", "--json"])
        .args(PARTS)
        .envs(tenant.environment.clone())
        .env("JAMF_PRO_MCP_STATE", state.path())
        .output()
        .unwrap();
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    println!(
        "load of {} parts of {computers} computers: {:.0} s",
        PARTS.len(),
        begun.elapsed().as_secs_f64()
    );
    let value = |at: usize| tenant.environment[at].1.clone();
    let mut config = Config { state: Some(state.path().to_owned()), ..Config::default() };
    let settings = TenantConfig {
        url: value(0),
        client_id: value(1),
        secret: SecretSource::Known(value(2).into()),
        label: None,
        ca_file: None,
    };
    // The name of a tenant that the environment alone configures.
    config.tenants.insert("default".to_owned(), settings);
    let calls = Pipeline::new(&config).unwrap();
    let reader = calls.tenants().next().unwrap();
    let fleet = Fleet::open(&FleetConfig::default(), state.path(), reader).unwrap().unwrap();
    let store = fleet.store();
    let process = std::process::id();
    let before = memory(process, "VmHWM");
    ask("versions of applications by the number of computers", || {
        let sql = "SELECT name, version, count(*) AS computers FROM computer_applications GROUP BY name, version ORDER BY computers DESC LIMIT 20";
        store.select(sql, &[]).unwrap().len()
    });
    ask("computers that have a version of Chrome", || {
        let sql = "SELECT computer_id FROM computer_applications WHERE name = 'Google Chrome.app'";
        store.select(sql, &[]).unwrap().len()
    });
    ask("computers without encryption, by department", || {
        let sql = "SELECT department, count(*) FROM computers WHERE filevault = 0 GROUP BY department";
        store.select(sql, &[]).unwrap().len()
    });
    let devices = Needs::default().devices(GroupKind::Computer);
    ask("whom every policy is for", || {
        let view = read(store, &devices.clone().scopes());
        let policies: Vec<_> = view.objects().filter(|object| object.kind == "policy").collect();
        view.devices_in_scopes(&policies).value().unwrap().devices.len()
    });
    ask("what refers to each computer group", || {
        let view = read(store, &Needs::default().groups(GroupKind::Computer).references());
        let groups = view.groups(GroupKind::Computer);
        groups.map(|group| view.referring_to("computer_group", &group.id, &group.name).exact.len()).sum()
    });
    ask("every smart group evaluated beside Jamf's members", || {
        let view = read(store, &devices.clone().criteria(GroupKind::Computer));
        let smart = view.groups(GroupKind::Computer).filter(|group| group.is_smart);
        smart.filter(|group| view.calibration(GroupKind::Computer, &group.id).value().is_some()).count()
    });
    for (id, name, criteria) in slowest_groups(store) {
        let needs = Needs::default().facts(GroupKind::Computer, &criteria);
        ask(&format!("smart group {name} evaluated by itself"), || {
            read(store, &needs).calibration(GroupKind::Computer, &id).value().map_or(0, |_| 1)
        });
    }
    println!("memory for these questions: {:.0} MiB", memory(process, "VmHWM") - before);
}

/// The smart groups that take longest by themselves, each with its criteria.
fn slowest_groups(store: &Store) -> Vec<(ObjectId, String, Vec<Criterion>)> {
    let view = read(store, &Needs::default().devices(GroupKind::Computer).criteria(GroupKind::Computer));
    let mut timed: Vec<_> = view
        .groups(GroupKind::Computer)
        .filter(|group| group.is_smart && view.calibration(GroupKind::Computer, &group.id).value().is_some())
        .filter_map(|group| {
            let begun = Instant::now();
            drop(view.calibration(GroupKind::Computer, &group.id));
            let criteria = group.criteria.clone().value()?;
            Some((begun.elapsed(), (group.id.clone(), group.name.clone(), criteria)))
        })
        .collect();
    timed.sort_by_key(|(taken, _)| std::cmp::Reverse(*taken));
    timed.into_iter().take(SLOWEST).map(|(_, group)| group).collect()
}

fn read(store: &Store, needs: &Needs) -> View {
    View::read(store, needs).unwrap()
}

/// Ask a question some times; the first one meets a file that nothing of is in memory.
fn ask(what: &str, question: impl Fn() -> usize) {
    let mut times: Vec<f64> = Vec::new();
    let mut found = 0;
    for _ in 0..TIMES {
        let begun = Instant::now();
        found = question();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    assert!(found > 0, "{what}: nothing was found");
    let first = times[0];
    times.sort_by(f64::total_cmp);
    println!("{what}: {:.0} ms ({first:.0} ms the first time), {found} found", times[TIMES / 2]);
}
