//! Receipts of packages: what policies that install something left on the computers that they ran on.

use serde_json::Value;

use super::Fleet;

/// The policies that install something, of all of them.
pub(super) fn installers(policies: &[Value]) -> Vec<Value> {
    policies.iter().filter(|policy| packages(policy).next().is_some()).cloned().collect()
}

/// Names of the packages of a policy, which are their file names.
fn packages(policy: &Value) -> impl Iterator<Item = &str> {
    let rows = policy.pointer("/package_configuration/packages").and_then(Value::as_array);
    rows.into_iter().flatten().filter_map(|row| row.get("name")?.as_str())
}

impl Fleet {
    /// File names of the packages that policies installed on a computer, each once.
    pub(super) fn receipts(&self, index: usize) -> Vec<Value> {
        let scopes: Vec<&Value> = self.installers.iter().filter_map(|policy| policy.get("scope")).collect();
        let mut all = indexmap::IndexSet::new();
        for (policy, is_in) in self.installers.iter().zip(self.in_scope(index, &scopes)) {
            if is_in && self.policy_runs(index, policy).iter().any(|run| !run.failed) {
                all.extend(packages(policy));
            }
        }
        all.into_iter().map(Value::from).collect()
    }
}
