//! Receipts of packages: what policies that install something left on the computers that they ran on.

use std::collections::HashMap;

use serde_json::Value;

use super::{Fleet, computers::Computer, groups::Group};
use crate::store::id_text;

/// A policy that installs packages.
#[derive(Debug)]
pub(super) struct Installer {
    policy: u64,
    frequency: String,
    /// File names.
    packages: Vec<String>,
    all: bool,
    targets: Entries,
    exclusions: Entries,
}

/// Ids of what a part of a scope names.
#[derive(Debug, Default)]
struct Entries {
    computers: Vec<String>,
    groups: Vec<String>,
    buildings: Vec<String>,
    departments: Vec<String>,
}

impl Entries {
    fn read(scope: &Value) -> Self {
        let ids = |name: &str| {
            let rows = scope.get(name).and_then(Value::as_array).into_iter().flatten();
            rows.filter_map(|row| row.get("id").map(id_text)).collect()
        };
        Self {
            computers: ids("computers"),
            groups: ids("computer_groups"),
            buildings: ids("buildings"),
            departments: ids("departments"),
        }
    }

    fn name(&self, computer: &Computer, groups: &[Group]) -> bool {
        let place = |place: Option<usize>| place.map_or_else(|| "-1".to_owned(), |at| (at + 1).to_string());
        let in_group =
            |id: &String| groups.iter().any(|group| group.id.to_string() == *id && group.has(computer));
        self.computers.contains(&Computer::id(computer.index).to_string())
            || (!self.buildings.is_empty() && self.buildings.contains(&place(computer.building())))
            || (!self.departments.is_empty() && self.departments.contains(&place(computer.department())))
            || self.groups.iter().any(in_group)
    }
}

/// The policies that install something, of all of them.
pub(super) fn installers(policies: &[Value], packages: &[Value]) -> Vec<Installer> {
    let files: HashMap<String, &str> = packages
        .iter()
        .filter_map(|package| Some((id_text(package.get("id")?), package.get("fileName")?.as_str()?)))
        .collect();
    let read = |policy: &Value| {
        let general = policy.get("general")?;
        let scope = policy.get("scope")?;
        let rows = policy.pointer("/package_configuration/packages")?.as_array()?;
        let named = rows.iter().filter_map(|row| files.get(&id_text(row.get("id")?)));
        let packages: Vec<String> = named.map(|file| (*file).to_owned()).collect();
        let on = general.get("enabled").and_then(Value::as_bool).unwrap_or_default();
        (on && !packages.is_empty()).then(|| Installer {
            policy: general.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0),
            frequency: general.get("frequency").and_then(Value::as_str).unwrap_or_default().to_owned(),
            packages,
            all: scope.get("all_computers").and_then(Value::as_bool).unwrap_or_default(),
            targets: Entries::read(scope),
            exclusions: scope.get("exclusions").map(Entries::read).unwrap_or_default(),
        })
    };
    policies.iter().filter_map(read).collect()
}

impl Fleet {
    /// File names of the packages that policies installed on a computer, each once.
    pub(super) fn receipts(&self, computer: &Computer) -> Vec<Value> {
        let mut all = indexmap::IndexSet::new();
        for installer in &self.installers {
            let reached = (installer.all || installer.targets.name(computer, &self.groups))
                && !installer.exclusions.name(computer, &self.groups);
            let done = || {
                let runs = self.policy_runs(computer.index, installer.policy, &installer.frequency);
                runs.iter().any(|run| !run.failed)
            };
            if reached && done() {
                all.extend(installer.packages.iter().map(String::as_str));
            }
        }
        all.into_iter().map(Value::from).collect()
    }
}
