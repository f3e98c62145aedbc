//! `preview_change`: a call goes as far as the gate, which tells what it would do. Nothing of it is sent or recorded.

use jamf_pro_client::Reader;
use jamf_pro_client::outcome::Outcome;
use jamf_pro_tools::Risk;
use serde_json::{Map, Value, json};

use super::check::CheckedCall;
use super::execute::lay_out;
use super::resolve::{Origin, Purpose, ResolvedCall};
use super::respond::Response;
use super::{Pipeline, Waiting};
use crate::audit::Audit;
use crate::call::Caller;
use crate::error::{Error, Kind};
use crate::registry::Tool;

impl Pipeline {
    /// What a call of a tool would do.
    ///
    /// # Errors
    /// When the arguments are not right, or what it would do cannot be read. A refusal is an answer.
    pub(super) async fn preview(
        &self,
        tool: Tool,
        arguments: Map<String, Value>,
        (tenant, audit): (&Reader, &Audit),
        (caller, waiting): (&Caller, &Waiting),
        purpose: Purpose,
    ) -> Result<Response, Error> {
        if tool.risk() == Risk::Read {
            return Err(Error::caller(format!("`{}` changes nothing: call it", tool.name())));
        }
        let call =
            self.resolved(tool, arguments, (tenant, audit), (caller, waiting), purpose, Origin::Caller);
        let told = match self.effect(call).await {
            Ok(told) => told,
            Err(error) if error.kind() == Kind::NotAllowed => Map::from_iter([
                ("verdict".to_owned(), json!("would be refused")),
                ("why".to_owned(), json!(error.to_string())),
            ]),
            Err(error) => return Err(error),
        };
        let mut answer = Map::from_iter([
            ("preview".to_owned(), json!(Outcome::NotSent.close("this is a preview, and no plan was made"))),
            ("tool".to_owned(), json!(tool.name())),
        ]);
        answer.extend(told);
        let redaction = self.0.limits.redaction();
        Ok(Response::of_value(redaction.redact_facts(Value::Object(answer))))
    }

    async fn effect(&self, call: ResolvedCall<'_>) -> Result<Map<String, Value>, Error> {
        let gate = &self.0.gate;
        gate.judge(call.tool, &call.surface, call.tenant.name())?;
        gate.check_writes_possible(call.tenant.name(), call.purpose.ticket.as_deref())?;
        let mut call = CheckedCall::new(call, &self.0.limits)?;
        call.look_up_names().await?;
        // What cannot be sent as it is would be refused.
        lay_out(call.resolved.tool, call.checked.clone(), &self.0.limits, None)?;
        Box::pin(gate.preview(call.ask())).await
    }
}
