//! A panic in the middle of a call: the plan that is applied is not held for ever, and what is said of it is what was sent.
//! No input of the binary is known to cause one, so the server runs here and what it reports its progress to panics.

use std::sync::Arc;

use jamf_pro_client::Step;
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, GateConfig, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, ToolResult, Waiting};
use jamf_pro_mcp::store::{State, StepState};
use serde_json::{Value, json};

use crate::person;
use crate::setup::Setup;

fn served(setup: &Setup) -> Pipeline {
    let mut config = Config { state: Some(setup.state().to_owned()), ..Config::default() };
    config.allow = vec![RiskClass::Read, RiskClass::Device, RiskClass::Write, RiskClass::Destructive];
    let settings = TenantConfig {
        url: setup.proxy.url.clone(),
        client_id: setup.tenant.client_id().to_owned(),
        secret: SecretSource::Known(setup.tenant.client_secret().into()),
        label: None,
        ca_file: None,
    };
    config.tenants.insert("default".to_owned(), settings);
    Pipeline::new(&config).unwrap()
}

async fn call(calls: &Pipeline, tool: &str, arguments: &Value, waiting: &Waiting) -> ToolResult {
    let caller = Caller { who: Arc::from("model"), client: None, transport: "stdio", session: None };
    calls.call(tool, arguments.as_object().unwrap().clone(), &caller, waiting).await
}

/// Panics when a call reports that so many devices are done.
fn panics_at(devices: u64) -> Waiting {
    let progress = move |step: Step| assert!(step.what != "targets" || step.done < devices, "provoked");
    Waiting { progress: Some(Arc::new(progress)), ..Waiting::default() }
}

#[tokio::test]
async fn a_plan_whose_work_panics_says_what_was_done_and_can_be_gone_on_with() {
    let setup = Setup::start().await;
    let serials = setup.serials(3).await;
    let calls = served(&setup);
    let arguments = json!({ "devices": serials, "reason": "test", "body": {} });
    let told = call(&calls, "device_restart", &arguments, &Waiting::default()).await;
    let told: Value = serde_json::from_str(&told.text).unwrap();
    let plan = told["plan"].as_str().unwrap();
    let store = calls.gate().store();
    person::approve(store, &GateConfig::default(), plan);
    let answer = call(&calls, "device_restart", &arguments, &panics_at(2)).await;
    assert!(answer.is_error, "{}", answer.text);
    assert!(answer.text.contains("A part of the change was made."), "{}", answer.text);
    let plan_record = store.plan(plan).unwrap().unwrap();
    let states: Vec<StepState> = plan_record.steps.iter().map(|step| step.state).collect();
    assert_eq!(plan_record.state, State::Interrupted);
    assert_eq!(states, [StepState::Done, StepState::Done, StepState::Waiting]);
    let log = std::fs::read_to_string(setup.state().join("audit/default.jsonl")).unwrap();
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!((&last["phase"], &last["outcome"]), (&json!("outcome"), &json!("partly done: 2 of 3")));
    let answer = call(&calls, "device_restart", &arguments, &Waiting::default()).await;
    assert!(!answer.is_error, "{}", answer.text);
    assert_eq!(store.plan(plan).unwrap().unwrap().state, State::Applied);
    assert_eq!(setup.proxy.count("POST", "/api/v2/mdm/commands"), 3);
}
