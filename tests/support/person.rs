//! A person at a terminal, who reads what is shown and types what is asked for.

use jamf_pro_mcp::approvals::quorum::{Decision, decide};
use jamf_pro_mcp::config::GateConfig;
use jamf_pro_mcp::store::{Means, Store, Verdict};

/// The person approves a plan.
pub(crate) fn approve(store: &Store, gate: &GateConfig, plan: &str) {
    let filed = store.plan(plan).unwrap().unwrap();
    let decision = Decision {
        means: Means::Terminal,
        credential: "terminal:anna".to_owned(),
        approver: "anna".to_owned(),
        verdict: Verdict::Approve,
        typed: filed.plan.typed.expected.clone(),
        note: None,
        proof: None,
        hash: filed.plan.hash.clone(),
        answers: std::collections::BTreeMap::new(),
    };
    decide(store, gate, plan, decision).unwrap();
}
