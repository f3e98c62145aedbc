//! A server before the simulated tenant, for tests of the whole path from a tool's arguments to its answer.

use std::sync::Arc;

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, ToolResult, Waiting};
use serde_json::Value;
use tempfile::TempDir;

/// A simulated tenant and a server that calls it.
pub(crate) struct World {
    pub(crate) tenant: Tenant,
    pub(crate) calls: Pipeline,
    pub(crate) state: TempDir,
}

pub(crate) async fn world_of(options: Options, change: impl FnOnce(&mut Config)) -> World {
    let tenant = Tenant::start(options).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut config = Config {
        state: Some(state.path().to_owned()),
        toolsets: vec!["all".to_owned()],
        ..Config::default()
    };
    config.allow.push(RiskClass::Write);
    config.tenants.insert("demo".to_owned(), reached(&tenant));
    change(&mut config);
    World { calls: Pipeline::new(&config).unwrap(), tenant, state }
}

pub(crate) fn reached(tenant: &Tenant) -> TenantConfig {
    TenantConfig {
        url: tenant.url(),
        client_id: tenant.client_id().to_owned(),
        secret: SecretSource::Known(tenant.client_secret().into()),
        label: None,
        ca_file: None,
    }
}

pub(crate) async fn world() -> World {
    world_of(Options::default(), |_| {}).await
}

pub(crate) fn caller(who: &str) -> Caller {
    Caller { who: Arc::from(who), client: None, transport: "cli", session: None }
}

impl World {
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        self.calls
            .call(tool, arguments.as_object().unwrap().clone(), &caller("tester"), &Waiting::default())
            .await
    }

    pub(crate) async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.call(tool, arguments).await;
        assert!(!answer.is_error, "{tool}: {}", answer.text);
        serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{tool}: not JSON: {}", answer.text))
    }

    pub(crate) async fn fails(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        assert!(answer.is_error, "{tool}: {}", answer.text);
        answer.text
    }

    pub(crate) fn faults(&self, text: &str) {
        self.tenant.faults().set(text.parse().unwrap());
    }

    /// How often a path was asked for since the log was cleared.
    pub(crate) fn sent(&self, method: &str, path: &str) -> usize {
        self.tenant
            .log()
            .entries()
            .iter()
            .filter(|entry| entry.method == method && entry.path.starts_with(path))
            .count()
    }
}
