//! The same call again: a host that gave up waiting repeats it, and must not do it twice.

use jamf_pro_client::Reader;
use jamf_pro_client::outcome::{NOT_REPEATED, Outcome};
use jamf_pro_tools::Risk;
use serde_json::{Value, json};

use super::Pipeline;
use super::check::CheckedCall;
use super::execute::{Finished, PreparedCall};
use super::respond::Response;
use crate::call::Caller;
use crate::error::{Error, Kind};
use crate::store::{PriorCall, RunningCall};

impl Pipeline {
    /// The answer to a call that failed before it was sent, because the tenant did not answer what it was to be judged by: the
    /// outcome of the same call a moment ago, where there was one.
    pub(super) async fn or_repeated(
        &self,
        error: Error,
        tenant: &Reader,
        caller: &Caller,
        key: &str,
    ) -> Result<Response, Error> {
        let seconds = self.0.gate.settings().repeat_seconds;
        let is_of_tenant = matches!(error.kind(), Kind::Jamf(_) | Kind::Unreachable | Kind::Busy);
        if seconds == 0 || !is_of_tenant {
            return Err(error);
        }
        let (tenant, who, key) = (tenant.key(), caller.who.to_string(), key.to_owned());
        let earlier =
            self.0.gate.store().run(move |store| store.earlier_call(&tenant, &who, &key, seconds)).await;
        match earlier {
            Ok(Some((outcome, at))) => repeated_response(&outcome, &at.to_string()),
            Ok(None) => Err(error),
            Err(failure) => {
                tracing::error!(error = %failure, "whether a call is a repetition could not be read");
                Err(error)
            }
        }
    }

    /// A call that changes something without a plan. Made again within the window it is answered with the first one's outcome.
    pub(super) async fn run_once(
        &self,
        permitted: PreparedCall,
        risk: Risk,
        call: &CheckedCall<'_>,
        before: Option<Value>,
    ) -> Result<Response, Error> {
        let resolved = &call.resolved;
        let seconds = self.0.gate.settings().repeat_seconds;
        let (tenant, who, key) = (resolved.tenant.key(), resolved.caller.who.to_string(), call.key.clone());
        let store = self.0.gate.store().clone();
        let mut begun = None;
        if seconds > 0 {
            match store.run(move |store| store.begin_call(&tenant, &who, &key, seconds)).await? {
                PriorCall::None(first) => begun = Some(first),
                PriorCall::Running => return Err(still_running()),
                PriorCall::Unknown => return Err(unknown_outcome()),
                PriorCall::Done { outcome, at } => return repeated_response(&outcome, &at.to_string()),
            }
        }
        let held = self.0.gate.admit_write(resolved.tenant, resolved.caller).await;
        self.record_refusal(held, resolved, call.checked.arguments()).await?;
        let record = call.record(risk);
        let pipeline = self.clone();
        let begun = begun.map(RunningCall::mark_sent);
        let work = async move {
            let finished = pipeline.execute_recorded(permitted, record, before).await;
            if let Some(begun) = begun {
                let kept = stored_outcome(&finished);
                if let Err(error) = store.run(move |_| begun.end(kept.as_deref())).await {
                    tracing::error!(%error, "the outcome of a call could not be kept for its repetition");
                    tokio::spawn(store.keep_settling());
                }
            }
            finished.result
        };
        self.run_detached(work, resolved.waiting).await
    }
}

/// What is kept of a call: nothing where nothing was done, so that it can be tried again.
fn stored_outcome(finished: &Finished) -> Option<String> {
    match &finished.result {
        Ok(Response::Fields(fields)) => Some(json!({ "ok": true, "fields": fields }).to_string()),
        Ok(Response::Text(text)) => Some(json!({ "ok": true, "text": text }).to_string()),
        Err(_) if finished.outcome.is_repeatable() => None,
        Err(error) => Some(json!({ "ok": false, "text": error.to_string() }).to_string()),
    }
}

fn still_running() -> Error {
    let busy = Error::busy(
        format!("the same call is under way already; {NOT_REPEATED}"),
        std::time::Duration::from_secs(10),
    );
    busy.with_outcome(Outcome::Unknown)
}

fn unknown_outcome() -> Error {
    Error::unknown(format!(
        "the same call was made a moment ago by a process that ended before its outcome was known; {NOT_REPEATED}"
    ))
    .hint("read whether it was applied before you repeat it")
}

/// The first one's outcome, marked so.
fn repeated_response(outcome: &str, at: &str) -> Result<Response, Error> {
    let kept: Value = serde_json::from_str(outcome).unwrap_or_default();
    let text = kept.get("text").and_then(Value::as_str).unwrap_or_default();
    let mark = format!("this is the outcome of the same call at {at}; {NOT_REPEATED}");
    if kept.get("ok") != Some(&Value::Bool(true)) {
        return Err(Error::unknown(format!("{text}\n({mark})")));
    }
    Ok(match kept.get("fields") {
        Some(Value::Object(fields)) => {
            let mut fields = fields.clone();
            fields.insert("repeated".to_owned(), json!(mark));
            Response::Fields(fields)
        }
        _ => Response::Text(format!("{text}\n({mark})")),
    })
}
