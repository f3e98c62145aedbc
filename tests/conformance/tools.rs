//! The suite's tools.

use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, CreateMessageRequestParams,
    ElicitRequestParams, ProgressNotificationParam, ProtocolVersion, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use crate::{Fixture, PNG, log, rounds, typed};

/// A WAV file of one sample.
const WAV: &str = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==";

const PLAIN: [&str; 25] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_error_handling",
    "test_tool_with_progress",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_logging_tool",
    "test_trigger_tool_change",
    "test_trigger_prompt_change",
    "test_reconnection",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_tampered_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_capabilities",
    "test_mrtr_unrelated",
];

pub(crate) fn all() -> Result<Vec<Tool>, ErrorData> {
    let tool = |name: &str, schema: Value| json!({ "name": name, "description": format!("Fixture {name}"), "inputSchema": schema });
    let one = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string", "description": name } }, "required": [name] });
    let mut tools: Vec<Value> =
        PLAIN.iter().map(|name| tool(name, json!({ "type": "object", "properties": {} }))).collect();
    tools.push(tool("test_sampling", one("prompt")));
    tools.push(tool("test_elicitation", one("message")));
    let header = json!({ "type": "object", "properties": { "region": { "type": "string", "description": "Region", "x-mcp-header": "Region" } } });
    tools.push(tool("test_custom_headers", header));
    tools.push(tool(
        "json_schema_2020_12_tool",
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "$defs": { "address": { "$anchor": "addressDef", "type": "object", "properties": { "street": { "type": "string" }, "city": { "type": "string" } } } },
            "properties": {
                "name": { "type": "string" }, "address": { "$ref": "#/$defs/address" }, "contactMethod": { "type": "string", "enum": ["phone", "email"] },
                "phone": { "type": "string" }, "email": { "type": "string" }
            },
            "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
            "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
            "then": { "required": ["phone"] }, "else": { "required": ["email"] }, "additionalProperties": false
        }),
    ));
    typed(Value::Array(tools))
}

pub(crate) fn text(text: &str) -> Result<CallToolResponse, ErrorData> {
    result(json!([{ "type": "text", "text": text }]))
}

fn result(content: Value) -> Result<CallToolResponse, ErrorData> {
    Ok(typed::<CallToolResult>(json!({ "resultType": "complete", "content": content, "isError": false }))?
        .into())
}

pub(crate) async fn call(
    fixture: &Fixture,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let capabilities = context.client_capabilities();
    if let Some(response) = rounds::call(fixture, &request, capabilities.as_ref())? {
        return Ok(response);
    }
    let argument = |name: &str| {
        request
            .arguments
            .as_ref()
            .and_then(|arguments| arguments.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let modern = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
    let image = json!({ "type": "image", "data": PNG, "mimeType": "image/png" });
    match request.name.as_ref() {
        "test_simple_text" => text("This is a simple text response for testing."),
        "test_image_content" => result(json!([image])),
        "test_audio_content" => result(json!([{ "type": "audio", "data": WAV, "mimeType": "audio/wav" }])),
        "test_embedded_resource" => result(
            json!([{ "type": "resource", "resource": { "uri": "test://embedded-resource", "mimeType": "text/plain", "text": "This is an embedded resource content." } }]),
        ),
        "test_multiple_content_types" => result(json!([
            { "type": "text", "text": "Multiple content types test:" }, image,
            { "type": "resource", "resource": { "uri": "test://mixed-content-resource", "mimeType": "application/json", "text": "{\"test\":\"data\",\"value\":123}" } },
        ])),
        "test_error_handling" => {
            let content =
                json!([{ "type": "text", "text": "This tool intentionally returns an error for testing" }]);
            Ok(typed::<CallToolResult>(
                json!({ "resultType": "complete", "content": content, "isError": true }),
            )?
            .into())
        }
        "test_tool_with_logging" => {
            for line in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                log(&context, line).await;
            }
            text("Logged three times.")
        }
        "test_tool_with_progress" => {
            for step in [0.0, 50.0, 100.0] {
                if let Some(token) = context.meta.get_progress_token() {
                    let step = ProgressNotificationParam::new(token, step).with_total(100.0);
                    // A client that has gone needs no progress.
                    let _ = context.peer.notify_progress(step).await;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            text("Progressed.")
        }
        "test_missing_capability" => {
            let sampling = capabilities.is_some_and(|capabilities| capabilities.sampling.is_some());
            if sampling {
                text("There is sampling.")
            } else {
                Err(ErrorData::missing_required_client_capability(typed::<ClientCapabilities>(
                    json!({ "sampling": {} }),
                )?))
            }
        }
        "test_streaming_elicitation" => Ok(rounds::ask(
            vec![("user_name", rounds::elicit("What is your name?", "name", "string"))],
            None,
        )?
        .into()),
        "test_logging_tool" => {
            if !modern {
                log(&context, "logged").await;
            }
            text("Done.")
        }
        "test_trigger_tool_change" => {
            fixture.0.listeners.announce_change_of_tools();
            tokio::time::sleep(Duration::from_millis(50)).await;
            text("Announced.")
        }
        "test_sampling" => sampled(&context, &argument("prompt")).await,
        "test_elicitation" => {
            let properties = json!({ "username": { "type": "string", "description": "User's response" }, "email": { "type": "string", "description": "User's email address" } });
            elicited(&context, "User response", &argument("message"), properties, &["username", "email"])
                .await
        }
        "test_elicitation_sep1034_defaults" => {
            let properties = json!({
                "name": { "type": "string", "default": "John Doe" }, "age": { "type": "integer", "default": 30 }, "score": { "type": "number", "default": 95.5 },
                "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" }, "verified": { "type": "boolean", "default": true },
            });
            elicited(&context, "Elicitation completed", "Defaults", properties, &[]).await
        }
        "test_elicitation_sep1330_enums" => {
            let titled = |key: &str| json!([{ "const": "value1", "title": format!("First {key}") }, { "const": "value2", "title": format!("Second {key}") }, { "const": "value3", "title": format!("Third {key}") }]);
            let properties = json!({
                "untitledSingle": { "type": "string", "enum": ["option1", "option2", "option3"] },
                "titledSingle": { "type": "string", "oneOf": titled("Option") },
                "legacyEnum": { "type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"] },
                "untitledMulti": { "type": "array", "items": { "type": "string", "enum": ["option1", "option2", "option3"] } },
                "titledMulti": { "type": "array", "items": { "anyOf": titled("Choice") } },
            });
            elicited(&context, "Elicitation completed", "Choices", properties, &[]).await
        }
        "test_custom_headers"
        | "json_schema_2020_12_tool"
        | "test_reconnection"
        | "test_trigger_prompt_change"
        | "test_mrtr_unrelated" => text("ok"),
        other => Err(ErrorData::invalid_params(format!("no tool {other}"), None)),
    }
}

async fn sampled(context: &RequestContext<RoleServer>, prompt: &str) -> Result<CallToolResponse, ErrorData> {
    let params: CreateMessageRequestParams = typed(
        json!({ "messages": [{ "role": "user", "content": { "type": "text", "text": prompt } }], "maxTokens": 100 }),
    )?;
    let answer = context
        .peer
        .create_message(params)
        .await
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    let answer = serde_json::to_value(answer).unwrap_or_default();
    text(&format!(
        "LLM response: {}",
        answer.pointer("/content/text").and_then(Value::as_str).unwrap_or_default()
    ))
}

async fn elicited(
    context: &RequestContext<RoleServer>,
    said: &str,
    message: &str,
    properties: Value,
    required: &[&str],
) -> Result<CallToolResponse, ErrorData> {
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    let params: ElicitRequestParams =
        typed(json!({ "mode": "form", "message": message, "requestedSchema": schema }))?;
    let answer = context
        .peer
        .create_elicitation(params)
        .await
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    let answer = serde_json::to_value(answer).unwrap_or_default();
    text(&format!(
        "{said}: action={}, content={}",
        answer.get("action").and_then(Value::as_str).unwrap_or_default(),
        answer.get("content").unwrap_or(&Value::Null)
    ))
}
