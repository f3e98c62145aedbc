//! The server of an installation that has no tenant yet: one tool that says in the chat what to do. Without it a client would only say that it
//! could not connect, and the reason would stand where nobody looks.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;

/// The name of the one tool.
pub const TOOL: &str = "setup_help";

const INSTRUCTIONS: &str = "\
No Jamf Pro tenant is configured for this server, so nothing of Jamf Pro can be read or changed yet. Call setup_help and tell the person \
what it answers; only they can do it.";

/// Answers every client alike.
#[derive(Debug, Clone)]
pub struct Unconfigured {
    help: Arc<str>,
}

impl Unconfigured {
    /// `program` is the path of this program, and `file` that of the configuration file that was looked for.
    pub fn new(program: &str, file: &str) -> Self {
        let help = format!(
            "jamf-pro-mcp runs, and no Jamf Pro tenant is configured. Tell the person to do one of these in a terminal, then to restart this \
             client:\n\
             - Connect a tenant: `{program} setup` asks for the address and an API client, tests them, and writes {file}.\n\
             - Try it first: `{program} try` connects this client to a simulated tenant.\n\
             - Or write the url, client_id and secret of the tenant into {file}. Variables that are exported in a shell do not reach a client that \
             was started from the Dock or the Start menu.\n\
             `{program} doctor` says what is still wrong."
        );
        Self { help: help.into() }
    }

    fn tool() -> Tool {
        let schema = json!({ "type": "object", "properties": {}, "additionalProperties": false });
        let schema = schema.as_object().cloned().unwrap_or_default();
        let about = "Say what the person must do so that this server can reach Jamf Pro: no tenant is configured yet.";
        Tool::new(TOOL, about, Arc::new(schema))
            .with_title("How to connect Jamf Pro")
            .with_annotations(ToolAnnotations::new().read_only(true).open_world(false))
    }
}

impl ServerHandler for Unconfigured {
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new("jamf-pro-mcp", env!("CARGO_PKG_VERSION")).with_title("Jamf Pro");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(about)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![Self::tool()]))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        (name == TOOL).then(Self::tool)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if request.name != TOOL {
            let why = format!("there is one tool, {TOOL}: no Jamf Pro tenant is configured");
            return Err(ErrorData::invalid_params(why, None));
        }
        Ok(CallToolResult::success(vec![ContentBlock::text(self.help.to_string())]).into())
    }
}
