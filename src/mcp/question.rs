//! Asking the person at the client about a plan (MCP elicitation), on every revision of the protocol.
//!
//! Before 2026-07-28 the server asks the client while the call waits; from then on it answers that input is required, and the
//! client calls again with the answer and the sealed state. What is bound in the seal is the plan, the tool and its exact
//! arguments. The person types what the plan asks for: a client that accepts everything by itself approves nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jamf_pro_client::outcome::Outcome;
use jiff::{Timestamp, Unit};
use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequestParams, ElicitRequest, ElicitRequestParams, ElicitationSchema, InputRequest,
    InputRequiredResult, ProtocolVersion, RequestStateCodec, SealOptions,
};
use rmcp::service::{ElicitationError, RequestContext};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approvals::{passkeys, quorum};
use crate::call::Caller;
use crate::pipeline::Pipeline;
use crate::plan::view::{Item, PlanView};
use crate::plan::{canonical, digest};
use crate::store::{Means, PlanRecord, State, Store, Verdict};

/// How long a person may think.
const PATIENCE: Duration = Duration::from_secs(300);

/// The question among the inputs of a call.
const KEY: &str = "approval";

/// Longest question, and most lines of one: what dialogues of clients show whole. What is longer is not asked there.
const LONGEST: usize = 1_500;
const MOST_LINES: usize = 30;

/// What the person types.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "Approval of a plan")]
struct Confirmation {
    /// What the message asks for; nothing to leave it.
    typed: String,
}
rmcp::elicit_safe!(Confirmation);

/// How a question went.
pub(super) enum QuestionResult {
    /// Nobody can be asked here, or nobody answered: the plan goes on waiting.
    Nobody,
    /// The client is to ask, and call again.
    Later(Box<InputRequiredResult>),
    /// It was approved: the call is made again.
    Approved,
    /// It was not, for this reason.
    Refused(String),
}

/// Asks about plans, and knows the seal of the state that a client carries between two calls.
pub(super) struct Questions {
    /// Without a key there is no question that a client asks later.
    codec: Option<RequestStateCodec>,
}

impl Questions {
    /// With a key of the store: the answer may reach another process of this store, or this one after a restart.
    pub(super) fn new(store: &Store) -> Self {
        let key = store.mark("the key of request states", b"");
        Self { codec: key.ok().and_then(|key| RequestStateCodec::try_new(key.into_bytes()).ok()) }
    }

    /// Ask about a plan, if a person can be asked by this client and such an answer counts.
    pub(super) async fn ask(
        &self,
        calls: &Pipeline,
        plan_record: &PlanRecord,
        request: &CallToolRequestParams,
        caller: &Caller,
        context: &RequestContext<RoleServer>,
    ) -> QuestionResult {
        if plan_record.state != State::Waiting || !counts(calls, plan_record) {
            return QuestionResult::Nobody;
        }
        let capabilities = context.client_capabilities();
        let form = capabilities
            .as_ref()
            .and_then(|capabilities| capabilities.elicitation.as_ref())
            .is_some_and(|elicitation| elicitation.form.is_some() || elicitation.url.is_none());
        if !form {
            return QuestionResult::Nobody;
        }
        // What does not fit is decided where it is seen whole: on the page or in a terminal.
        let until = plan_record.expires.min(Timestamp::now() + PATIENCE);
        let Some(question) = question(&plan_record.view(), until) else { return QuestionResult::Nobody };
        if context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28) {
            return self.ask_later(plan_record, question, request, caller);
        }
        let began = Instant::now();
        match context.peer.elicit_with_timeout::<Confirmation>(question, Some(PATIENCE)).await {
            Ok(Some(answer)) => approve(calls, plan_record, &answer.typed, caller, began.elapsed()).await,
            Ok(None) | Err(ElicitationError::UserCancelled) => QuestionResult::Nobody,
            Err(ElicitationError::UserDeclined) => reject(calls, plan_record, caller).await,
            Err(error) => {
                tracing::debug!(%error, "the client could not ask");
                QuestionResult::Nobody
            }
        }
    }

    fn ask_later(
        &self,
        plan_record: &PlanRecord,
        question: String,
        request: &CallToolRequestParams,
        caller: &Caller,
    ) -> QuestionResult {
        let schema = ElicitationSchema::builder().required_string("typed").build();
        let (Ok(schema), Some(codec)) = (schema, &self.codec) else { return QuestionResult::Nobody };
        let ask = ElicitRequest::new(ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: question,
            requested_schema: schema,
        });
        let bound = seal_binding(request, caller);
        // With when it is asked: the plan may be older than the question.
        let content = format!("{} {}", plan_record.id(), Timestamp::now());
        let state = codec.seal_with(
            content.as_bytes(),
            &SealOptions::new().associated_data(bound.as_bytes()).ttl(PATIENCE),
        );
        let requests = BTreeMap::from([(KEY.to_owned(), InputRequest::Elicitation(ask))]);
        QuestionResult::Later(Box::new(InputRequiredResult::new(Some(requests), Some(state))))
    }

    /// What the person answered, when a call comes with an answer.
    pub(super) async fn take_answer(
        &self,
        calls: &Pipeline,
        request: &CallToolRequestParams,
        caller: &Caller,
    ) -> Option<QuestionResult> {
        let (state, answers) = (request.request_state.as_ref()?, request.input_responses.as_ref()?);
        let Ok(id) = self.codec.as_ref()?.open_with(state, seal_binding(request, caller).as_bytes()) else {
            return Some(QuestionResult::Refused(
                Outcome::NotSent.close("the state of the call is not one that was given out for it"),
            ));
        };
        let content = String::from_utf8_lossy(&id).into_owned();
        let (id, asked_at) = content.split_once(' ').unwrap_or((content.as_str(), ""));
        let Ok(plan_record) = calls.gate().plan_of(id, &caller.who).await else {
            return Some(QuestionResult::Nobody);
        };
        if plan_record.state != State::Waiting {
            // Given out once, used once: whatever the plan is now, the call tells.
            return Some(QuestionResult::Nobody);
        }
        let answer = serde_json::to_value(answers.get(KEY)?).ok()?;
        let asked_at = asked_at.parse().unwrap_or(plan_record.made());
        let took = asked_at.duration_until(Timestamp::now());
        let took = Duration::try_from(took).unwrap_or_default();
        let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Some(match text("/action").as_deref() {
            Some("accept") => {
                approve(calls, &plan_record, &text("/content/typed").unwrap_or_default(), caller, took).await
            }
            Some("decline") => reject(calls, &plan_record, caller).await,
            _ => QuestionResult::Nobody,
        })
    }
}

/// Whether an answer would count at all.
fn counts(calls: &Pipeline, plan_record: &PlanRecord) -> bool {
    let known = passkeys::Passkeys::of(calls.gate().store());
    known.is_ok_and(|known| {
        quorum::may_decide(Means::Elicitation, plan_record, &known, &calls.gate().settings()).is_ok()
    })
}

/// What the seal is bound to: who calls which tool with which arguments.
fn seal_binding(request: &CallToolRequestParams, caller: &Caller) -> String {
    let arguments = Value::Object(request.arguments.clone().unwrap_or_default());
    digest(&[&caller.who, &request.name, &canonical(&arguments)])
}

async fn approve(
    calls: &Pipeline,
    plan_record: &PlanRecord,
    typed: &str,
    caller: &Caller,
    took: Duration,
) -> QuestionResult {
    if typed.trim().is_empty() {
        return QuestionResult::Nobody;
    }
    match calls.decide_at_client(plan_record, Verdict::Approve, typed, caller, took).await {
        Ok(()) => QuestionResult::Approved,
        Err(error) => QuestionResult::Refused(super::add_advice(error.to_string(), Some(&error))),
    }
}

async fn reject(calls: &Pipeline, plan_record: &PlanRecord, caller: &Caller) -> QuestionResult {
    match calls.decide_at_client(plan_record, Verdict::Reject, "", caller, Duration::ZERO).await {
        Ok(()) => QuestionResult::Refused(format!(
            "{} {}",
            Outcome::NotSent.close("a person rejected it"),
            super::NO_DETOUR
        )),
        Err(error) => QuestionResult::Refused(super::add_advice(error.to_string(), Some(&error))),
    }
}

/// The whole view in a few lines; nothing when something would be left out, or a dialogue would not show it as what it is.
fn question(view: &PlanView, until: Timestamp) -> Option<String> {
    let mut lines = view.for_dialogue()?;
    let until = until.round(Unit::Second).unwrap_or(until);
    lines.extend(view.to_approve.items.iter().flat_map(Item::lines));
    lines.push(format!("Answers after {until} approve nothing."));
    let question = lines.join("\n");
    (lines.len() <= MOST_LINES && question.chars().count() <= LONGEST).then_some(question)
}
