//! The fixture of the MCP conformance suite: the product's own HTTP stack around the tools, prompts and resources that the
//! suite calls by name. Usage: `conformance-fixture 127.0.0.1:PORT`.
#![expect(
    deprecated,
    reason = "the suite tests logging, sampling and roots, which the protocol has deprecated"
)]

use std::sync::Arc;
use std::time::Duration;

use jamf_pro_mcp::config::HttpConfig;
use jamf_pro_mcp::http::{Access, Drain, Settings, router, run};
use jamf_pro_mcp::mcp::listeners::Listeners;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
    CompletionInfo, CustomRequest, CustomResult, ErrorCode, GetPromptRequestParams, GetPromptResponse,
    Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    LoggingLevel, LoggingMessageNotificationParam, PaginatedRequestParams, ReadResourceRequestParams,
    ReadResourceResponse, RequestStateCodec, ServerCapabilities, ServerConfig, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

mod rounds;
mod tools;

/// A red pixel.
pub(crate) const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

#[derive(Clone)]
pub(crate) struct Fixture(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) listeners: Listeners,
    pub(crate) states: RequestStateCodec,
}

/// A value of one of the SDK's types, written as the JSON that it is on the wire.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value)
        .map_err(|error| ErrorData::internal_error(format!("the fixture is malformed: {error}"), None))
}

impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_completions()
            .enable_logging()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("conformance-fixture", env!("CARGO_PKG_VERSION")))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()?)
            .with_ttl_ms(1_000)
            .with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().ok()?.into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        tools::call(self, request, context).await
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let argument = |name: &str| json!({ "name": name, "description": name, "required": true });
        let prompts = typed(json!([
            { "name": "test_simple_prompt", "description": "A prompt without arguments" },
            { "name": "test_prompt_with_arguments", "description": "A prompt with arguments", "arguments": [argument("arg1"), argument("arg2")] },
            { "name": "test_prompt_with_embedded_resource", "description": "A prompt with a resource", "arguments": [argument("resourceUri")] },
            { "name": "test_prompt_with_image", "description": "A prompt with an image" },
            { "name": "test_input_required_result_prompt", "description": "A prompt that asks back" },
        ]))?;
        Ok(ListPromptsResult::with_all_items(prompts)
            .with_ttl_ms(1_000)
            .with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let argument = |name: &str| {
            request
                .arguments
                .as_ref()
                .and_then(|arguments| arguments.get(name))
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let user = |content: Value| json!({ "role": "user", "content": content });
        let text = |text: &str| user(json!({ "type": "text", "text": text }));
        let messages = match request.name.as_str() {
            "test_simple_prompt" => json!([text("This is a simple prompt for testing.")]),
            "test_prompt_with_arguments" => json!([text(&format!(
                "Prompt with arguments: arg1='{}', arg2='{}'",
                argument("arg1"),
                argument("arg2")
            ))]),
            "test_prompt_with_embedded_resource" => json!([
                user(
                    json!({ "type": "resource", "resource": { "uri": argument("resourceUri"), "mimeType": "text/plain", "text": "Embedded resource content for testing." } })
                ),
                text("Please process the embedded resource above."),
            ]),
            "test_prompt_with_image" => json!([
                user(json!({ "type": "image", "data": PNG, "mimeType": "image/png" })),
                text("Please analyze the image above.")
            ]),
            "test_input_required_result_prompt" => {
                match rounds::answered(request.input_responses.as_ref(), "user_context", "context") {
                    Some(context) => json!([text(&format!("Context: {context}"))]),
                    None => {
                        return Ok(rounds::ask(
                            vec![(
                                "user_context",
                                rounds::elicit("What context should the prompt use?", "context", "string"),
                            )],
                            None,
                        )?
                        .into());
                    }
                }
            }
            other => return Err(ErrorData::invalid_params(format!("no prompt {other}"), None)),
        };
        Ok(typed::<rmcp::model::GetPromptResult>(json!({ "resultType": "complete", "messages": messages }))?
            .into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resource = |uri: &str, media_type: &str| json!({ "uri": uri, "name": uri, "description": uri, "mimeType": media_type });
        let resources = typed(json!([
            resource("test://static-text", "text/plain"),
            resource("test://static-binary", "image/png"),
            resource("test://watched-resource", "text/plain")
        ]))?;
        Ok(ListResourcesResult::with_all_items(resources)
            .with_ttl_ms(1_000)
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = typed(
            json!([{ "uriTemplate": "test://template/{id}/data", "name": "template", "description": "A template", "mimeType": "application/json" }]),
        )?;
        Ok(ListResourceTemplatesResult::with_all_items(templates)
            .with_ttl_ms(1_000)
            .with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri.as_str();
        let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
        let contents = match (uri, id) {
            ("test://static-text", _) => {
                json!({ "uri": uri, "mimeType": "text/plain", "text": "This is the content of the static text resource." })
            }
            ("test://static-binary", _) => json!({ "uri": uri, "mimeType": "image/png", "blob": PNG }),
            ("test://watched-resource", _) => {
                json!({ "uri": uri, "mimeType": "text/plain", "text": "watched" })
            }
            (_, Some(id)) => {
                let text = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") })
                    .to_string();
                json!({ "uri": uri, "mimeType": "application/json", "text": text })
            }
            _ => {
                return Err(ErrorData::resource_not_found("Resource not found", Some(json!({ "uri": uri }))));
            }
        };
        let result = json!({ "resultType": "complete", "contents": [contents], "ttlMs": 1_000, "cacheScope": "private" });
        Ok(typed::<rmcp::model::ReadResourceResult>(result)?.into())
    }

    async fn subscribe(
        &self,
        _: SubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(
        &self,
        _: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let values = ["paris", "park", "party"].map(str::to_owned).to_vec();
        let info = CompletionInfo::with_all_values(values)
            .map_err(|error| ErrorData::internal_error(error, None))?;
        Ok(CompleteResult::new(info))
    }

    async fn set_level(
        &self,
        _: SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let parts = context.extensions.get::<http::request::Parts>();
        let id = parts.and_then(|parts| parts.headers.get("mcp-session-id")).and_then(|id| id.to_str().ok());
        self.0.listeners.add_peer(id.unwrap_or_default().into(), context.peer);
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let _listening = self.0.listeners.add_sink(context.sink().clone());
        context.cancelled().await;
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None))
    }
}

/// A log message to the client, for clients that still take them.
pub(crate) async fn log(context: &RequestContext<RoleServer>, text: &str) {
    // A client that has gone needs no log.
    let _ = context
        .peer
        .notify_logging_message(LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(text)))
        .await;
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address: std::net::SocketAddr = std::env::args()
        .nth(1)
        .ok_or_else(|| anyhow::anyhow!("usage: conformance-fixture ADDRESS"))?
        .parse()?;
    let fixture = Fixture(Arc::new(Inner {
        listeners: Listeners::default(),
        states: RequestStateCodec::new(*b"a key of the fixture, 32 bytes.."),
    }));
    // The suite sends no token, and plays a page of this very address.
    let allowed_origins = ["localhost", "127.0.0.1"].map(|host| format!("http://{host}:{}", address.port()));
    let config = HttpConfig { allowed_origins: allowed_origins.to_vec(), ..HttpConfig::default() };
    let settings = Settings::new(&config, address, Access::Open)?;
    let (over_http, over_sse) = (fixture.clone(), fixture);
    let app = router(move || over_http.clone(), move || over_sse.clone(), &settings, &Drain::default())?;
    run(TcpListener::bind(address).await?, app, CancellationToken::new()).await;
    Ok(())
}
