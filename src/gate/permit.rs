//! A [`Permit`] lets one call through that is not a read. It alone has the handle that changes anything at a tenant or reveals a secret of
//! one: the gate makes it, and sending consumes it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use indexmap::IndexMap;
use jamf_pro_client::{
    self as client, Call, DigestKey, FieldSelection, Listing, Reader, Reply, Through, Walk, Writer,
};
use jamf_pro_tools::{Action, Catalogue, Request, Risk};
use serde_json::Value;

use crate::config::Config;
use crate::context::CallContext;
use crate::error::Error;
use crate::registry::Tool;
use crate::vault::{self, SecretReader};

/// What permits are made of: the writer of each tenant, by the tenant's name. Cloning is free.
#[derive(Clone)]
pub struct Permits(Arc<BTreeMap<String, Writer>>);

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permits").finish_non_exhaustive()
    }
}

impl Permits {
    /// A client for each tenant of a configuration: the readers, in its order, and the writers. Nothing is sent yet. `digest_key` is the key
    /// of the digests that readers put in the place of secrets.
    ///
    /// # Errors
    /// When the settings of a tenant cannot work.
    pub fn connect(
        config: &Config,
        digest_key: &DigestKey,
    ) -> Result<(IndexMap<String, Reader>, Self), Error> {
        let (mut readers, mut writers) = (IndexMap::new(), BTreeMap::new());
        for (name, settings) in &config.tenants {
            let writer = Writer::new(&settings.client(name, digest_key.clone()))?;
            readers.insert(name.clone(), writer.reader());
            writers.insert(name.clone(), writer);
        }
        Ok((readers, Self(Arc::new(writers))))
    }

    /// A permit for one call of a tool, judged to have this risk.
    pub(super) fn issue(&self, tenant: &str, tool: Tool, risk: Risk) -> Permit {
        Permit { permits: self.clone(), tenant: tenant.to_owned(), tool, risk }
    }

    fn writer(&self, tenant: &str) -> Result<&Writer, client::Error> {
        let unknown = || client::Error::Internal(format!("there is no tenant {tenant}"));
        self.0.get(tenant).ok_or_else(unknown)
    }
}

/// Lets one call of one tool go to one tenant.
#[derive(Debug)]
#[must_use = "what the gate permitted is sent by its permit"]
pub struct Permit {
    permits: Permits,
    tenant: String,
    tool: Tool,
    risk: Risk,
}

impl Permit {
    /// The tool that was judged: of a job whose one write was judged, the action that writes.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// The risk that the call was judged to have.
    pub fn risk(&self) -> Risk {
        self.risk
    }

    /// Send the one request that it is for, and take its whole answer.
    ///
    /// # Errors
    /// When it is for another action, and as the tenant answers.
    pub async fn send(
        self,
        action: &'static Action,
        request: &Request,
        call: &Call,
    ) -> Result<Reply, client::Error> {
        self.must_cover(action, request)?;
        self.permits.writer(&self.tenant)?.send(action, request, call).await
    }

    /// Walk the one list that it is for.
    ///
    /// # Errors
    /// When it is for another action, and when not one page came.
    pub async fn list_through(
        self,
        action: &'static Action,
        request: &Request,
        projection: &FieldSelection,
        walk: &Walk,
        through: &Through,
        call: &Call,
    ) -> Result<Listing, client::Error> {
        self.must_cover(action, request)?;
        let writer = self.permits.writer(&self.tenant)?;
        writer.list_through(action, request, projection, walk, through, call).await
    }

    /// An action may be sent by the permit of its own tool, or of a job that names it.
    fn must_cover(&self, action: &Action, request: &Request) -> Result<(), client::Error> {
        let covers = match self.tool {
            Tool::Action(permitted) => permitted.name == action.name,
            Tool::Job(job) => job.uses.contains(&action.name),
            Tool::Builtin(_) => false,
        };
        if covers && request.action == action.name {
            return Ok(());
        }
        let message = format!("a permit for {} was used to send {}", self.tool.name(), action.name);
        Err(client::Error::Internal(message))
    }

    /// Reads the secrets that this call takes along or that are lost by it, for the vault.
    pub(super) fn secrets<'a>(&'a self, call: &'a CallContext) -> PermittedSecrets<'a> {
        PermittedSecrets { permit: self, call }
    }
}

/// Reads secrets for the vault, directly before a permitted call.
pub(super) struct PermittedSecrets<'a> {
    permit: &'a Permit,
    call: &'a CallContext,
}

impl PermittedSecrets<'_> {
    async fn read(&self, name: &str, arguments: Value) -> Result<Value, Error> {
        let action = Catalogue::get().find(name).filter(|action| vault::reads().contains(&action.name));
        let action = action.ok_or_else(|| Error::internal(format!("the vault may not call {name}")))?;
        let wrong = |problems: jamf_pro_tools::Problems| Error::internal(problems.to_string());
        let checked = action.check(arguments.as_object().cloned().unwrap_or_default()).map_err(wrong)?;
        let request = action.request(&checked).map_err(wrong)?;
        let writer = self.permit.permits.writer(&self.permit.tenant)?;
        let reply = writer.send(action, &request, &self.call.client).await?;
        serde_json::from_slice(&reply.body)
            .map_err(|_| Error::unreachable(format!("the answer of {} cannot be read", action.name)))
    }
}

impl SecretReader for PermittedSecrets<'_> {
    fn reveal<'a>(&'a self, action: &'static str, arguments: Value) -> BoxFuture<'a, Result<Value, Error>> {
        Box::pin(self.read(action, arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::registry;

    #[test]
    fn a_permit_covers_its_own_tool_alone() {
        let permits = Permits(Arc::default());
        let find = |name: &str| Catalogue::get().find(name).unwrap();
        let request = |name: &str| {
            let action = find(name);
            let checked = action.check(serde_json::json!({ "id": "1" }).as_object().unwrap().clone());
            action.request(&checked.unwrap()).unwrap()
        };
        let permit = |tool: &str| {
            let tool = registry().find(tool).unwrap();
            permits.issue("demo", tool, tool.risk())
        };
        let covers =
            |tool: &str, action: &str| permit(tool).must_cover(find(action), &request(action)).is_ok();
        assert!(covers("building_delete", "building_delete"));
        assert!(!covers("building_delete", "department_delete"));
        assert!(!covers("plan_apply", "building_delete"));
        let other =
            permit("building_delete").must_cover(find("building_delete"), &request("department_delete"));
        assert!(other.unwrap_err().to_string().contains("a permit for building_delete"));
        let job = registry().find("policy_enable").unwrap();
        let Tool::Job(declaration) = job else { panic!("{} is a job", job.name()) };
        for action in Catalogue::get().actions().filter(|action| action.risk > Risk::Read) {
            let request = Request { action: action.name, ..request("building_delete") };
            let is_covered = permit("policy_enable").must_cover(action, &request).is_ok();
            assert_eq!(is_covered, declaration.uses.contains(&action.name), "{}", action.name);
        }
    }
}
