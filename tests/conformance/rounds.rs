//! Results that ask back (`InputRequiredResult`), which replace requests of the server from 2026-07-28 on.

use std::collections::BTreeMap;
use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientCapabilities, InputRequest, InputRequiredResult,
    InputResponses, SealOptions,
};
use serde_json::{Value, json};

use crate::{Fixture, tools, typed};

/// Asks for one value.
pub(crate) fn elicit(message: &str, field: &str, kind: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { field: { "type": kind } }, "required": [field] });
    json!({ "method": "elicitation/create", "params": { "mode": "form", "message": message, "requestedSchema": schema } })
}

fn sample(text: &str, tokens: u32) -> Value {
    json!({ "method": "sampling/createMessage", "params": { "messages": [{ "role": "user", "content": { "type": "text", "text": text } }], "maxTokens": tokens } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

/// A result that asks for these.
pub(crate) fn ask(
    requests: Vec<(&str, Value)>,
    state: Option<String>,
) -> Result<InputRequiredResult, ErrorData> {
    let requests = requests
        .into_iter()
        .map(|(key, request)| Ok((key.to_owned(), typed::<InputRequest>(request)?)))
        .collect::<Result<BTreeMap<_, _>, ErrorData>>()?;
    Ok(InputRequiredResult::new(Some(requests), state))
}

/// What was answered to a request for one value.
pub(crate) fn answered(responses: Option<&InputResponses>, key: &str, field: &str) -> Option<String> {
    let answer = responses?.get(key)?;
    let content = answer.get("content")?.get(field)?;
    Some(content.as_str().map_or_else(|| content.to_string(), str::to_owned))
}

fn seal(fixture: &Fixture, tool: &str, step: &str) -> String {
    let options = SealOptions::new().associated_data(tool.as_bytes()).ttl(Duration::from_secs(300));
    fixture.0.states.seal_with(step.as_bytes(), &options)
}

/// The step that a state is of; one that was tampered with is an error.
fn opened(fixture: &Fixture, tool: &str, state: &str) -> Result<String, ErrorData> {
    let opened = fixture.0.states.open_with(state, tool.as_bytes());
    let bytes = opened.map_err(|error| ErrorData::invalid_params(format!("requestState: {error}"), None))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The tools that ask back.
pub(crate) fn call(
    fixture: &Fixture,
    request: &CallToolRequestParams,
    capabilities: Option<&ClientCapabilities>,
) -> Result<Option<CallToolResponse>, ErrorData> {
    let responses = request.input_responses.as_ref();
    let has = |key: &str| responses.is_some_and(|responses| responses.contains_key(key));
    let tool = request.name.as_ref();
    let step = match &request.request_state {
        Some(state) => Some(opened(fixture, tool, state)?),
        None => None,
    };
    let response: CallToolResponse = match tool {
        "test_input_required_result_elicitation" => match answered(responses, "user_name", "name") {
            Some(name) => tools::text(&format!("Hello, {name}!"))?,
            None => ask(vec![("user_name", elicit("What is your name?", "name", "string"))], None)?.into(),
        },
        "test_input_required_result_sampling" => {
            match responses.and_then(|responses| responses.get("capital_question")) {
                Some(answer) => tools::text(&format!(
                    "Answer: {}",
                    answer.pointer("/content/text").and_then(Value::as_str).unwrap_or_default()
                ))?,
                None => ask(vec![("capital_question", sample("What is the capital of France?", 100))], None)?
                    .into(),
            }
        }
        "test_input_required_result_list_roots" => {
            match responses.and_then(|responses| responses.get("client_roots")) {
                Some(answer) => tools::text(&format!("Roots: {answer}"))?,
                None => ask(vec![("client_roots", roots())], None)?.into(),
            }
        }
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => {
            match (has("confirm"), step) {
                (true, Some(_)) => tools::text("state-ok")?,
                _ => ask(
                    vec![("confirm", elicit("Please confirm", "ok", "boolean"))],
                    Some(seal(fixture, tool, "asked")),
                )?
                .into(),
            }
        }
        "test_input_required_result_multiple_inputs" => {
            if has("user_name") && has("greeting") && has("client_roots") && step.is_some() {
                tools::text("all there")?
            } else {
                let requests = vec![
                    ("user_name", elicit("What is your name?", "name", "string")),
                    ("greeting", sample("Generate a greeting", 50)),
                    ("client_roots", roots()),
                ];
                ask(requests, Some(seal(fixture, tool, "asked")))?.into()
            }
        }
        "test_input_required_result_multi_round" => match step.as_deref() {
            Some("one") if has("step1") => ask(
                vec![("step2", elicit("Step 2: What is your favorite color?", "color", "string"))],
                Some(seal(fixture, tool, "two")),
            )?
            .into(),
            Some("two") if has("step2") => tools::text("done")?,
            _ => ask(
                vec![("step1", elicit("Step 1: What is your name?", "name", "string"))],
                Some(seal(fixture, tool, "one")),
            )?
            .into(),
        },
        "test_input_required_result_capabilities" => {
            let mut requests = Vec::new();
            if capabilities.is_some_and(|capabilities| capabilities.elicitation.is_some()) {
                requests.push(("user_name", elicit("What is your name?", "name", "string")));
            }
            if capabilities.is_some_and(|capabilities| capabilities.sampling.is_some()) {
                requests.push(("greeting", sample("Generate a greeting", 50)));
            }
            match requests.is_empty() || responses.is_some() {
                true => tools::text("nothing to ask")?,
                false => ask(requests, None)?.into(),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(response))
}
