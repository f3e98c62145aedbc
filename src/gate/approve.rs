//! Who may approve what, and whether what was approved still stands when a plan is applied.
//!
//! Every way of approving comes through [`decide`]: the terminal, the client's question, the approvals page. What it lets
//! through is judged once more by [`stands`] at the moment of applying, from the store, because others can write there too.

use std::collections::BTreeMap;

use jamf_pro_tools::Risk;
use jiff::Timestamp;
use secrecy::SecretString;

use super::window;
use crate::approvals::{Statement, records};
use crate::audit::Logs;
use crate::config::GateConfig;
use crate::error::Error;
use crate::plan::Plan;
use crate::store::{Approval, Approver, Filed, Means, State, Store, Took, Verdict, people};

/// Checks the proof of an approval by passkey against the passkey's public key and the hash of the plan; answers what was signed.
pub type Proof<'a> = &'a dyn Fn(&Approver, &Approval, &Plan) -> Result<Statement, Error>;

/// What somebody says to a plan.
#[derive(Debug)]
pub struct Decision {
    /// How they say it.
    pub means: Means,
    /// Id of the passkey, or what stands for it.
    pub credential: String,
    /// The person.
    pub approver: String,
    /// What they say.
    pub verdict: Verdict,
    /// What they typed: the serial number, the number of devices, the id.
    pub typed: String,
    /// In their words.
    pub note: Option<String>,
    /// What proves it.
    pub proof: Option<String>,
    /// Hash of the plan that they were shown.
    pub hash: String,
    /// Secrets that the plan asks for, by their place in the arguments.
    pub answers: BTreeMap<String, SecretString>,
}

/// The passkeys that there ever were, as far as anything here remembers them. Taking the last one away does not bring the weaker ways
/// of approving back, nor does taking their rows out of the store.
#[derive(Debug)]
pub struct Known {
    approvers: Vec<Approver>,
    ever: bool,
}

impl Known {
    /// What the store, the audit logs beside it and this process know.
    ///
    /// # Errors
    /// When the store or a log cannot be read.
    pub fn of(store: &Store) -> Result<Self, Error> {
        let approvers = store.all_approvers()?;
        // The logs are long, and are asked only where nothing else tells.
        let ever = !approvers.is_empty()
            || store.saw_passkeys()
            || records::has_enrollments(&Logs::in_folder(store.state_folder()))?;
        Ok(Self { approvers, ever })
    }

    /// Whether somebody ever had one.
    pub fn is_any(&self) -> bool {
        self.ever
    }

    /// The passkeys that count.
    pub fn counting(&self) -> impl Iterator<Item = &Approver> {
        self.approvers.iter().filter(|approver| approver.removed.is_none())
    }
}

/// Whether this way of approving may approve this plan.
///
/// # Errors
/// Why not, for the person.
pub fn may(means: Means, plan: &Plan, known: &Known, settings: &GateConfig) -> Result<(), Error> {
    let refused = |why: &str| {
        Err(Error::not_allowed(format!("this plan cannot be approved by {}: {why}", means.as_str())))
    };
    let (setting, name) = match means {
        Means::Passkey if known.counting().next().is_some() => return Ok(()),
        Means::Passkey => return refused("no passkey is enrolled"),
        Means::Terminal => (settings.terminal, "gate.terminal"),
        Means::Elicitation => (settings.elicitation, "gate.elicitation"),
    };
    // Anyone who can run this program can set any option for a process of their own: none brings a weaker way back.
    if known.ever {
        return refused(
            "a passkey is enrolled, and from then on only passkeys count; approve it on the approvals page",
        );
    }
    if plan.risk() == Risk::Critical {
        return refused("what is critical takes passkeys; enroll them with `jamf-pro-mcp approvals enroll`");
    }
    match setting {
        Some(false) => refused(&format!("`{name}` in the configuration says so")),
        Some(true) | None => Ok(()),
    }
}

/// Take what somebody says to a plan. Returns the plan as it is then.
///
/// # Errors
/// Why it does not count.
pub fn decide(store: &Store, settings: &GateConfig, id: &str, decision: Decision) -> Result<Filed, Error> {
    let filed = store.plan(id)?.ok_or_else(|| Error::caller("there is no plan of this id"))?;
    let refused = |why: &str| Err(Error::not_allowed(format!("{why}. The decision does not count")));
    if !filed.is_whole() || decision.hash != filed.plan.hash {
        return refused("the plan is not the one that was shown");
    }
    if !matches!(filed.state, State::Waiting | State::Approved) {
        return refused(&format!("the plan is {}", filed.state.as_str()));
    }
    if decision.verdict == Verdict::Approve {
        may(decision.means, &filed.plan, &Known::of(store)?, settings)?;
        if !filed.plan.typed.matches(&decision.typed) {
            return refused(&format!("what was typed is not {}", filed.plan.typed.what));
        }
        if let Some(place) = decision.answers.keys().find(|place| !filed.plan.asks.contains(place)) {
            return refused(&format!("the plan does not ask for `{place}`"));
        }
    }
    let approval = Approval {
        means: decision.means,
        credential: decision.credential,
        approver: decision.approver,
        verdict: decision.verdict,
        note: decision.note,
        proof: decision.proof,
        hash: decision.hash,
        at: Timestamp::now(),
    };
    match store.put_approval(&filed, &approval, &decision.answers)? {
        Took::Yes => store.plan(id)?.ok_or_else(|| Error::internal("the plan is gone")),
        Took::Over => refused("the plan is over"),
        Took::Twice => refused("this has been said already; another person must approve it too"),
    }
}

/// Whether a plan has what it takes to be applied now, whatever its row says.
///
/// # Errors
/// What is missing, worded for the caller.
pub fn stands(store: &Store, settings: &GateConfig, filed: &Filed, proof: Proof<'_>) -> Result<(), Error> {
    let refused =
        |why: &str| Err(Error::not_allowed(format!("plan {} is not applied: {why}", filed.plan.id)));
    if !filed.is_whole() {
        return refused("it was changed after it was made");
    }
    if filed.approvals.iter().any(|approval| approval.verdict == Verdict::Reject) {
        return refused("a person rejected it");
    }
    if let Some(id) = &filed.plan.by_window {
        let window = store.plan(id)?.filter(|window| window.plan.by_window.is_none());
        let Some(window) = window.filter(|window| window::approves(window, &filed.plan, &filed.exact)) else {
            return refused("the window that it was filed under does not let it through, or is closed");
        };
        if filed.expires <= Timestamp::now() {
            return refused("it expired");
        }
        return stands(store, settings, &window, proof);
    }
    let known = Known::of(store)?;
    let (mut held, mut why) = (Vec::new(), String::new());
    for approval in filed.approvals_that_hold() {
        match said(approval, filed, &known, settings, proof) {
            Ok(statement) => held.push((approval, statement.map_or(approval.at, |statement| statement.at))),
            Err(error) => why = format!(": {error}"),
        }
    }
    if people(held.iter().map(|(approval, _)| *approval)) < filed.plan.approvals_needed.max(1) {
        return refused(&format!("it has not the approvals that it takes{why}"));
    }
    if filed.ready.is_none() && filed.plan.delay_minutes.is_some() {
        return refused("its delay has not begun");
    }
    // By what was signed: the row's own time can be written by anyone who can write rows.
    let latest = held.iter().map(|(_, at)| *at).max().unwrap_or(Timestamp::MAX);
    let waited = filed.plan.delay_minutes.is_none_or(|minutes| {
        Timestamp::now().duration_since(latest) >= jiff::SignedDuration::from_mins(i64::from(minutes))
    });
    if !waited {
        return refused("its delay is not over");
    }
    if filed.expires <= Timestamp::now() {
        return refused("it expired");
    }
    if filed.plan.window.as_ref().is_some_and(|window| window.ends(latest) <= Timestamp::now()) {
        return refused("the time of the window is over");
    }
    Ok(())
}

/// What was signed with an approval that still holds; nothing where its means take no signature.
fn said(
    approval: &Approval,
    filed: &Filed,
    known: &Known,
    settings: &GateConfig,
    proof: Proof<'_>,
) -> Result<Option<Statement>, Error> {
    may(approval.means, &filed.plan, known, settings)?;
    if approval.means != Means::Passkey {
        return Ok(None);
    }
    let owner = known
        .counting()
        .find(|approver| approver.credential == approval.credential && approver.name == approval.approver);
    let owner = owner.ok_or_else(|| {
        Error::not_allowed(format!("the passkey that {} approved it with does not count", approval.approver))
    })?;
    proof(owner, approval, &filed.plan).map(Some)
}

/// The secrets that were typed with the approvals of a plan, by their place in the arguments: what an approval that holds was given
/// with, and nothing that was put in its place afterwards.
///
/// # Errors
/// When they are others.
pub fn answers(
    store: &Store,
    settings: &GateConfig,
    filed: &Filed,
    proof: Proof<'_>,
) -> Result<BTreeMap<String, SecretString>, Error> {
    if filed.plan.asks.is_empty() {
        return Ok(BTreeMap::new());
    }
    let answers = store.answers(&filed.plan.id)?;
    let (given, known) = (Statement::given(&answers, store)?, Known::of(store)?);
    let fits = filed
        .approvals_that_hold()
        .filter_map(|approval| said(approval, filed, &known, settings, proof).ok())
        .any(|statement| statement.is_none_or(|statement| statement.given == given));
    if fits {
        return Ok(answers);
    }
    Err(Error::not_allowed(format!(
        "plan {} is not applied: the secrets that were typed with its approval are not those that were signed for",
        filed.plan.id
    )))
}
