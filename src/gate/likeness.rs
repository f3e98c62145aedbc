//! Whether two plans are about the same: what a person rejected is not asked for again with other words.

use serde_json::Value;

use super::application::arguments_of;
use super::calls::stored_calls;
use crate::plan::Plan;

/// Arguments that say what is done, or why, and not to what.
const NO_OBJECT: &[&str] = &["body", "reason", "ticket"];

/// The calls that a plan is for, each with its exact arguments: itself, where it is for one.
pub(super) fn each_call<'a>(plan: &'a Plan, exact: &Value) -> Vec<(&'a Plan, Value)> {
    if plan.calls.is_empty() {
        return vec![(plan, exact.clone())];
    }
    plan.calls.iter().zip(stored_calls(exact)).map(|(call, stored)| (call, stored.exact)).collect()
}

/// Whether two plans are of one tool.
pub(super) fn is_of_the_same_tool(one: &Plan, other: &Plan) -> bool {
    // A window is about the tools that it lets through.
    let lets_through =
        |plan: &Plan| plan.window.as_ref().map(|window| window.tools.clone()).unwrap_or_default();
    let (ones, others) = (lets_through(one), lets_through(other));
    one.tool == other.tool && (ones.is_empty() || ones.iter().any(|tool| others.contains(tool)))
}

/// Whether two plans of one tool are about the same: a device that both name, or the same object.
pub(super) fn is_about_the_same(one: (&Plan, &Value), other: (&Plan, &Value)) -> bool {
    if one.0.targets.is_empty() && other.0.targets.is_empty() {
        return object(one.1) == object(other.1);
    }
    let other = &other.0.targets;
    one.0
        .targets
        .iter()
        .any(|target| other.iter().any(|same| (&same.kind, &same.id) == (&target.kind, &target.id)))
}

/// The object that a call is about: the arguments beside its body, or the name in the body where something new is made.
fn object(exact: &Value) -> Vec<(String, Value)> {
    let called = arguments_of(exact);
    let beside = called.iter().filter(|(name, _)| !NO_OBJECT.contains(&name.as_str()));
    let beside: Vec<_> = beside.map(|(name, value)| (name.clone(), value.clone())).collect();
    if !beside.is_empty() {
        return beside;
    }
    let body = called.get("body");
    let name = ["/name", "/displayName", "/general/name"].iter().find_map(|path| body?.pointer(path));
    name.into_iter().map(|name| ("name".to_owned(), name.clone())).collect()
}
