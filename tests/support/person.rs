//! A person at a terminal, who reads what is shown and types what is asked for.

use jamf_pro_mcp::approvals::quorum::{Decision, decide};
use jamf_pro_mcp::config::GateConfig;
use jamf_pro_mcp::store::{Means, Store, Verdict};

/// The person approves a plan.
pub(crate) fn approve(store: &Store, gate: &GateConfig, plan: &str) {
    let plan_record = store.plan(plan).unwrap().unwrap();
    let decision = Decision {
        means: Means::Terminal,
        credential: "terminal:anna".to_owned(),
        approver: "anna".to_owned(),
        verdict: Verdict::Approve,
        runs: false,
        typed: plan_record.plan.confirmation.expected.clone(),
        note: None,
        proof: None,
        hash: plan_record.plan.hash.clone(),
        answers: std::collections::BTreeMap::new(),
    };
    decide(store, gate, plan, decision).unwrap();
}
