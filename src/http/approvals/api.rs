//! What the page's script asks for. Reading takes a session, every decision a signature.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::announce::Deed;
use super::people::{MOST_NAME, checked_account, checked_name};
use super::{Collector, OpenQuestion, Page, Receipt, plan_view};
use crate::approvals::passkeys::{Passkeys, check_counts, counts_from};
use crate::approvals::quorum::{Decision, check_approver, decide};
use crate::approvals::{Key, SignedStatement, Statement, Word};
use crate::error::{Error, Kind};
use crate::sanitize::text;
use crate::store::{Approver, Filter, Hold, Means, PlanRecord, Store, Verdict};

/// Longest reason.
const MOST_REASON: usize = 500;

/// Plans that are listed, those that are over included.
const LISTED: u32 = 50;

/// A failure as the script reads it.
pub(super) struct Refusal(StatusCode, String);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            Kind::Caller => StatusCode::BAD_REQUEST,
            Kind::NotAllowed => StatusCode::FORBIDDEN,
            Kind::Operator => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        tracing::debug!(%error, "the approvals page refused something");
        Self(status, error.to_string())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), "this is not what the approvals page sends".to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

pub(super) type Answer = Result<Json<Value>, Refusal>;
pub(super) type JsonBody<T> = Result<Json<T>, JsonRejection>;

/// Proof that a person signed in.
pub(super) struct Session {
    credential: String,
}

impl FromRequestParts<Arc<Page>> for Session {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, page: &Arc<Page>) -> Result<Self, Refusal> {
        // Whose passkey was taken away sees nothing from then on.
        let credential = token(parts).and_then(|token| page.sessions.get(token));
        let approvers = page.store.run(Store::approvers).await?;
        credential
            .filter(|credential| approvers.iter().any(|approver| approver.credential == *credential))
            .map(|credential| Self { credential })
            .ok_or_else(|| Refusal(StatusCode::UNAUTHORIZED, "sign in with your passkey first".to_owned()))
    }
}

fn token(parts: &Parts) -> Option<&str> {
    parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether anybody can approve yet. Says nothing else to who has not signed in.
pub(super) async fn state(State(page): State<Arc<Page>>) -> Answer {
    let enrolled = !page.store.run(Store::approvers).await?.is_empty();
    Ok(Json(json!({ "enrolled": enrolled })))
}

/// What a browser answers with a passkey.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyAnswer {
    pub(super) question: String,
    pub(super) credential: Value,
}

pub(super) fn too_late() -> Refusal {
    Error::caller("this question was answered already, or waited too long").hint("begin again").into()
}

/// Something that a person wants to say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementRequest {
    word: Word,
    #[serde(default)]
    of: String,
    #[serde(default)]
    hash: String,
    #[serde(default)]
    typed: String,
    /// Secrets that the plan asks for, by their place in the arguments.
    #[serde(default)]
    answers: BTreeMap<String, SecretString>,
}

/// What takes a passkey that counts: a new one looks and stops things, for a day.
fn must_count(word: Word) -> bool {
    !matches!(word, Word::SignIn | Word::Reject | Word::Show | Word::Cancel)
}

/// Ask for a signature under what a person wants to say. What is not possible is told before, not after.
pub(super) async fn ask_for_signature(
    State(page): State<Arc<Page>>,
    session: Result<Session, Refusal>,
    request: JsonBody<StatementRequest>,
) -> Answer {
    let Json(say) = request?;
    let approvers = page.store.run(Store::approvers).await?;
    let person = match say.word {
        Word::SignIn => None,
        _ => Some(owner(&approvers, &session?.credential)?),
    };
    if let Some(person) = person.filter(|_| must_count(say.word)) {
        check_counts(person)?;
    }
    let mut statement = Statement {
        word: say.word,
        of: say.of,
        hash: say.hash,
        typed: say.typed.trim().to_owned(),
        secrets_mark: Statement::secrets_mark(&say.answers, &page.store)?,
        at: Timestamp::now(),
    };
    match say.word {
        Word::SignIn => {
            statement = Statement {
                of: String::new(),
                hash: String::new(),
                typed: String::new(),
                secrets_mark: String::new(),
                ..statement
            }
        }
        Word::Approve | Word::ApproveAndRun | Word::Reject => page.can_say(person, &statement).await?,
        Word::Show => {
            page.plan_record(&statement.of).await?;
        }
        Word::Invite => {
            statement.of = checked_name(&statement.of)?;
            statement.typed = checked_account(&statement.typed)?;
        }
        Word::Remove => {
            let known = page.store.run(Passkeys::of).await?;
            page.can_be_removed(&known, &statement.of)?;
        }
        Word::Confirm => {
            if let Some(person) = person {
                page.change_for(person, &approvers, &statement).await?;
            }
        }
        Word::Cancel => {}
        Word::Release => {
            page.hold_of(&statement.of).await?;
        }
    }
    let (options, question) = page.site.ask(statement, &keys(&approvers))?;
    let questions = if say.word == Word::SignIn { &page.sign_ins } else { &page.questions };
    let question = questions.put(OpenQuestion { question, answers: say.answers });
    Ok(Json(json!({ "question": question, "options": options })))
}

/// Do what was signed.
pub(super) async fn carry_out(State(page): State<Arc<Page>>, answer: JsonBody<PasskeyAnswer>) -> Answer {
    let Json(answer) = answer?;
    let open_question = page
        .questions
        .take(&answer.question)
        .or_else(|| page.sign_ins.take(&answer.question))
        .ok_or_else(too_late)?;
    let signed = page.site.verify_signature(open_question.question, answer.credential)?;
    let approvers = page.store.run(Store::approvers).await?;
    let person = owner(&approvers, &signed.credential)?.clone();
    let (credential, counter) = (signed.credential.clone(), signed.counter);
    if !page.store.run(move |store| store.note_use(&credential, counter)).await? {
        return Err(Error::not_allowed(
            "the passkey's counter has not gone up, as that of a copied passkey does not",
        )
        .hint("remove it and enroll a new one")
        .into());
    }
    if must_count(signed.proof.statement.word) {
        check_counts(&person)?;
    }
    match signed.proof.statement.word {
        Word::SignIn => {
            let session = page.sessions.put(signed.credential);
            Ok(Json(json!({ "session": session, "name": person.name })))
        }
        Word::Approve | Word::ApproveAndRun | Word::Reject => {
            page.decide(&person, signed, open_question.answers).await
        }
        Word::Show => page.show(&person, &signed).await,
        Word::Invite | Word::Remove => page.change(&person, &approvers, &signed).await,
        Word::Confirm => page.confirm(&person, &approvers, &signed).await,
        Word::Cancel => page.cancel(&person, &signed).await,
        Word::Release => page.release(&person, &signed).await,
    }
}

/// The plans, those that wait and those that are over, and who can approve.
pub(super) async fn plans(State(page): State<Arc<Page>>, session: Session) -> Answer {
    let filter = Filter { most: LISTED, ..Filter::default() };
    let (plan_record, approvers, holds) =
        page.store.run(move |store| Ok((store.plans(&filter)?, store.approvers()?, store.holds()?))).await?;
    let holds: Vec<Value> = holds
        .iter()
        .map(|hold| json!({ "tenant": hold.tenant, "name": hold.name(), "since": hold.since, "why": hold.why }))
        .collect();
    let people: Vec<Value> = approvers
        .iter()
        .map(|approver| {
            let is_you = approver.credential == session.credential;
            json!({
                "credential": approver.credential, "name": approver.name, "enrolled": approver.enrolled, "used": approver.used,
                "is_you": is_you, "account": approver.principal,
                "counts_from": Some(counts_from(approver)).filter(|from| *from > Timestamp::now()),
            })
        })
        .collect();
    let (changes, recovery) = page.changes(&session.credential, &approvers).await?;
    Ok(Json(
        json!({ "waiting_changes": changes, "recovery": recovery, "plans": plan_record.iter().map(plan_view::row).collect::<Vec<_>>(), "people": people, "holds": holds, "accounts": page.accounts }),
    ))
}

/// One plan.
pub(super) async fn plan(State(page): State<Arc<Page>>, _session: Session, Path(id): Path<String>) -> Answer {
    let plan_record = page.plan_record(&id).await?;
    Ok(Json(page.store.run(move |store| plan_view::whole(&plan_record, store)).await?))
}

/// A person has the secrets that were shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptConfirmation {
    receipt: String,
}

/// Erase secrets that were shown, for the person who says to have them.
pub(super) async fn confirm_receipt(
    State(page): State<Arc<Page>>,
    _session: Session,
    confirmation: JsonBody<ReceiptConfirmation>,
) -> Answer {
    let Json(confirmation) = confirmation?;
    let receipt = page.receipts.take(&confirmation.receipt).ok_or_else(|| {
        Error::caller("this was confirmed already, or is too old").hint("show the secrets again")
    })?;
    let plan_record = page.plan_record(&receipt.plan_id).await?;
    let sentence =
        format!("has the secrets of the plan, {} in number; they are erased", receipt.secrets.len());
    page.record_decision(
        &plan_record,
        &Deed {
            who: &receipt.name,
            credential: &receipt.credential,
            what: "secrets erased",
            fingerprint: None,
            sentence,
        },
    )?;
    page.store.run(move |store| store.erase_secrets(&receipt.plan_id, &receipt.secrets)).await?;
    Ok(Json(page.store.run(move |store| plan_view::whole(&plan_record, store)).await?))
}

/// The right to see what comes of a plan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Collection {
    token: String,
}

/// The secrets that came of a plan, for the person who had it run.
pub(super) async fn collect(
    State(page): State<Arc<Page>>,
    session: Session,
    collection: JsonBody<Collection>,
) -> Answer {
    let Json(collection) = collection?;
    let refused = || Error::not_allowed("the secrets of a plan are shown to the person who approved it");
    let collector = page
        .collectors
        .get(&collection.token)
        .filter(|collector| collector.credential == session.credential)
        .ok_or_else(refused)?;
    let plan_record = page.plan_record(&collector.plan_id).await?;
    if !plan_record.approvals_that_hold().any(|approval| approval.approver == collector.name) {
        return Err(refused().into());
    }
    page.show_to(plan_record, &collector.name, &collector.credential).await
}

/// End a session.
pub(super) async fn sign_out(State(page): State<Arc<Page>>, parts: Parts) -> Answer {
    if let Some(token) = token(&parts) {
        page.sessions.take(token);
    }
    Ok(Json(json!({})))
}

impl Page {
    async fn plan_record(&self, id: &str) -> Result<PlanRecord, Error> {
        let id = id.to_owned();
        let found = self.store.run(move |store| store.plan(&id)).await?;
        found.ok_or_else(|| Error::caller("there is no such plan; it may have been cleared away"))
    }

    async fn can_say(&self, person: Option<&Approver>, statement: &Statement) -> Result<(), Error> {
        let plan_record = self.plan_record(&statement.of).await?;
        let known = self.store.run(Passkeys::of).await?;
        plan_view::can_be_decided(&plan_record, &known, &self.gate)?;
        if statement.hash != plan_record.hash() {
            return Err(Error::not_allowed("the plan is not the one that was shown").hint("look at it again"));
        }
        match statement.word {
            Word::Approve | Word::ApproveAndRun => {
                if let Some(person) = person {
                    check_approver(&person.name, &plan_record, &known)?;
                }
                plan_record.check_typed(&statement.typed).map_err(Error::caller)
            }
            Word::Reject if statement.typed.chars().count() > MOST_REASON => {
                Err(Error::caller(format!("the reason is longer than {MOST_REASON} characters")))
            }
            _ => Ok(()),
        }
    }

    async fn decide(
        &self,
        person: &Approver,
        signed: SignedStatement,
        answers: BTreeMap<String, SecretString>,
    ) -> Answer {
        let Statement { word, of, hash, typed, .. } = signed.proof.statement.clone();
        let verdict = if word == Word::Reject { Verdict::Reject } else { Verdict::Approve };
        let runs = word == Word::ApproveAndRun;
        let note = (verdict == Verdict::Reject && !typed.is_empty()).then(|| text::line(&typed));
        let plan_record = self.plan_record(&of).await?;
        let (phase, sentence) = match (&note, verdict) {
            (Some(note), _) => ("rejected", format!("with a passkey on the approvals page: {note}")),
            (None, Verdict::Reject) => ("rejected", "with a passkey on the approvals page".to_owned()),
            (None, Verdict::Approve) => {
                let typed = text::quoted(&typed, MOST_NAME);
                let runs = if runs { ", to be run at once" } else { "" };
                ("approved", format!("with a passkey on the approvals page, having typed {typed}{runs}"))
            }
        };
        self.record_decision(
            &plan_record,
            &Deed {
                who: &person.name,
                credential: &signed.credential,
                what: phase,
                fingerprint: None,
                sentence,
            },
        )?;
        let proof =
            serde_json::to_string(&signed.proof).map_err(|error| Error::internal(error.to_string()))?;
        // What comes of it is shown to who had it run, in the same tab.
        let collector = runs.then(|| Collector {
            plan_id: of.clone(),
            name: person.name.clone(),
            credential: signed.credential.clone(),
        });
        let decision = Decision {
            means: Means::Passkey,
            credential: signed.credential,
            approver: person.name.clone(),
            verdict,
            runs,
            typed,
            note,
            proof: Some(proof),
            hash,
            answers,
        };
        let gate = self.gate.clone();
        let whole = self
            .store
            .run(move |store| {
                let plan_record = decide(store, &gate, &of, decision)?;
                plan_view::whole(&plan_record, store)
            })
            .await?;
        let mut whole = whole;
        if let (Some(collector), Some(fields)) = (collector, whole.as_object_mut()) {
            fields.insert("collect".to_owned(), json!(self.collectors.put(collector)));
        }
        Ok(Json(whole))
    }

    /// The secrets of a plan go to who approved it. They are erased when that person says to have them, with the receipt that goes along.
    async fn show(&self, person: &Approver, signed: &SignedStatement) -> Answer {
        let plan_record = self.plan_record(&signed.proof.statement.of).await?;
        // What a window let through was approved by the person who approved the window.
        let approved_by = |plan_record: &PlanRecord| {
            plan_record.approvals_that_hold().any(|approval| approval.approver == person.name)
        };
        let approved = match plan_record.by_window() {
            Some(window) => approved_by(&self.plan_record(window).await?),
            None => approved_by(&plan_record),
        };
        if !approved {
            return Err(
                Error::not_allowed("the secrets of a plan are shown to the person who approved it").into()
            );
        }
        self.show_to(plan_record, &person.name, &signed.credential).await
    }

    /// Show the secrets of a plan to a person who may see them.
    async fn show_to(&self, plan_record: PlanRecord, name: &str, credential: &str) -> Answer {
        let sentence = "sees the secrets of the plan".to_owned();
        self.record_decision(
            &plan_record,
            &Deed { who: name, credential, what: "secrets shown", fingerprint: None, sentence },
        )?;
        let (id, to) = (plan_record.id().to_owned(), name.to_owned());
        let secrets = self.store.run(move |store| store.show_secrets(&id, &to)).await?;
        let receipt = self.receipts.put(Receipt {
            plan_id: plan_record.id().to_owned(),
            secrets: secrets.iter().map(|secret| secret.id.clone()).collect(),
            name: name.to_owned(),
            credential: credential.to_owned(),
        });
        let secrets: Vec<Value> = secrets
            .iter()
            .map(|secret| json!({ "label": secret.label, "device": secret.device, "value": secret.value.expose_secret() }))
            .collect();
        Ok(Json(json!({ "secrets": secrets, "receipt": receipt })))
    }

    async fn hold_of(&self, tenant: &str) -> Result<Hold, Error> {
        let holds = self.store.run(Store::holds).await?;
        holds
            .into_iter()
            .find(|hold| hold.tenant == tenant)
            .ok_or_else(|| Error::caller("this tenant is not on hold any more"))
    }

    /// A tenant is released by anyone who has a passkey.
    async fn release(&self, person: &Approver, signed: &SignedStatement) -> Answer {
        let hold = self.hold_of(&signed.proof.statement.of).await?;
        self.record_release(&hold, &person.name, &signed.credential)?;
        let name = person.name.clone();
        let released = self.store.run(move |store| store.release(&hold.tenant, &name)).await?;
        Ok(Json(json!({ "released": released })))
    }
}

pub(super) fn owner<'a>(approvers: &'a [Approver], credential: &str) -> Result<&'a Approver, Error> {
    approvers
        .iter()
        .find(|approver| approver.credential == credential)
        .ok_or_else(|| Error::not_allowed("this passkey is not enrolled here any more"))
}

pub(super) fn keys(approvers: &[Approver]) -> Vec<Key> {
    approvers.iter().map(Key::from).collect()
}
