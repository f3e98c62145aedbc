//! The quorum of a plan: by which means it may be approved, how many people it takes, and whether they approved it.
//!
//! Every way of approving comes through [`decide`]: the approvals page, the terminal, the client's question. What it takes is verified once
//! more by [`verify`] at the moment of applying, from the store, because others can write there too. Who the people are is in
//! [`Passkeys`].

use std::collections::BTreeMap;

use jamf_pro_tools::Risk;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::passkeys::{Passkeys, check_counts, counts_from};
use super::{Statement, standing};
use crate::config::GateConfig;
use crate::error::Error;
use crate::plan::Plan;
use crate::registry::exposure::matches;
use crate::store::{Approval, ApprovalResult, Approver, Means, PlanRecord, State, Store, Verdict};

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
    /// Whether an approval wants the plan to be carried out at once.
    pub runs: bool,
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

/// What approvals a plan takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Different people who must approve it.
    pub people: u32,
    /// Where only one person can approve: minutes between their two approvals, of which the second stands for that of another.
    pub second_minutes: Option<u32>,
    /// Minutes between the last approval and the moment when it can be applied.
    pub delay_minutes: Option<u32>,
}

/// What approvals a plan takes. What is critical and what `gate.two_people` names takes two people; for what is critical the settings can have
/// one and a delay instead. What affects more devices than `gate.second_approval_above`, or nobody knows how many (`devices` is `None`), takes
/// two people, or one twice where nobody else can approve. `names` are the tool that was called and the one that is sent.
pub fn requirement(risk: Risk, names: &[&str], devices: Option<u64>, settings: &GateConfig) -> Requirement {
    let one = Requirement { people: 1, second_minutes: None, delay_minutes: None };
    if settings.two_people.iter().any(|pattern| names.iter().any(|name| matches(pattern, name))) {
        return Requirement { people: 2, ..one };
    }
    if risk == Risk::Critical {
        return match settings.critical_delay_minutes {
            None => Requirement { people: 2, ..one },
            delay_minutes => Requirement { delay_minutes, ..one },
        };
    }
    let is_wide = |most| devices.is_none_or(|devices| devices > u64::from(most));
    if settings.second_approval_above.is_some_and(is_wide) {
        return Requirement { people: 2, second_minutes: Some(settings.second_approval_minutes), ..one };
    }
    one
}

/// The approvals that a plan takes, in words.
pub fn describe_requirement(plan: &Plan) -> String {
    match (plan.approvals_needed, plan.second_minutes, plan.delay_minutes) {
        (0 | 1, _, None) if plan.takes_other_person => {
            "one approval, of another person than asked where two have passkeys".to_owned()
        }
        (0 | 1, _, None) => "one approval".to_owned(),
        (0 | 1, _, Some(minutes)) => {
            format!("one approval, and {minutes} minutes after it in which anybody can reject it")
        }
        (needed, None, _) => format!("approvals by {needed} different people"),
        (_, Some(minutes), _) => format!(
            "two approvals, by two people or, where nobody else can approve, by the same person again {minutes} minutes later"
        ),
    }
}

/// Whether these approvals, each with the time at which it was given, are what the plan takes.
fn is_reached(plan: &Plan, approvals: &[(&Approval, Timestamp)], passkeys: &Passkeys) -> bool {
    let counted: Vec<_> = approvals
        .iter()
        .filter(|(approval, _)| {
            !(takes_others(plan, passkeys) && passkeys.is_asker(&approval.approver, plan))
        })
        .collect();
    let people = passkeys.people(counted.iter().map(|(approval, _)| approval.approver.as_str()));
    if plan.approvals_needed <= 1 && takes_others(plan, passkeys) {
        // One of any two people is not the asker.
        return people > 1
            || counted.iter().any(|(approval, _)| !passkeys.may_be_asker(&approval.approver, plan));
    }
    if people >= usize::try_from(plan.approvals_needed.max(1)).unwrap_or(usize::MAX) {
        return true;
    }
    let Some(minutes) = second_minutes(plan, passkeys) else { return false };
    let times = || counted.iter().map(|(_, at)| *at);
    let (first, last) = (times().min().unwrap_or(Timestamp::MAX), times().max().unwrap_or(Timestamp::MAX));
    last.duration_since(first) >= SignedDuration::from_mins(i64::from(minutes))
}

/// Whether the approval of the person who asked does not count: for what takes two people or another person, where there are two.
fn takes_others(plan: &Plan, passkeys: &Passkeys) -> bool {
    (plan.approvals_needed > 1 || plan.takes_other_person) && passkeys.owners().len() > 1
}

/// After how many minutes the same person can approve a plan once more, because nobody else can.
fn second_minutes(plan: &Plan, passkeys: &Passkeys) -> Option<u32> {
    plan.second_minutes.filter(|_| passkeys.owners().len() <= 1 || passkeys.others(plan).len() <= 1)
}

/// Whether there are enough people who could approve a plan.
///
/// # Errors
/// What is missing, with what to do about it.
pub fn check_reachable(store: &Store, settings: &GateConfig, plan: &Plan) -> Result<(), Error> {
    let passkeys = Passkeys::of(store)?;
    let (owners, others) = (passkeys.owners(), passkeys.others(plan));
    let weaker = [Means::Terminal, Means::Elicitation]
        .into_iter()
        .any(|means| may(means, plan, &passkeys, settings).is_ok());
    let needed = usize::try_from(plan.approvals_needed).unwrap_or(usize::MAX);
    let is_one_enough = needed <= 1 || plan.second_minutes.is_some();
    if others.len() >= needed.max(1) || (is_one_enough && (weaker || !owners.is_empty())) {
        return Ok(());
    }
    let delay = if plan.risk() == Risk::Critical { ", or set `gate.critical_delay_minutes`" } else { "" };
    let how = match (owners.len(), others.len()) {
        (0, _) => "nobody who could approve it is reachable: enroll a passkey, beginning with `jamf-pro-mcp approvals enroll` in a \
                   terminal"
            .to_owned(),
        (1, _) => format!(
            "it takes two people with passkeys of their own, and one is enrolled: have that person invite another on the approvals \
             page{delay}"
        ),
        (_, fit) => format!(
            "it takes two people with passkeys, and the approval of the person who asked ({}) does not count, which leaves {fit}: have \
             another person invited on the approvals page{delay}",
            plan.requester.who
        ),
    };
    let soonest = passkeys.enrolled().map(counts_from).filter(|from| *from > Timestamp::now()).min();
    let soon = soonest.map(|from| format!(". A passkey that was enrolled counts from {from} on"));
    Err(Error::not_allowed(format!("`{}` is refused: {how}{}", plan.tool, soon.unwrap_or_default())))
}

/// Whether a person may approve a plan with a passkey, by who asked for it.
///
/// # Errors
/// That the person asked for it, with who can approve it.
pub fn check_approver(approver: &str, plan_record: &PlanRecord, passkeys: &Passkeys) -> Result<(), Error> {
    let plan = &plan_record.plan;
    if !takes_others(plan, passkeys) || !passkeys.is_asker(approver, plan) {
        return Ok(());
    }
    let people = if plan.approvals_needed > 1 { "two other people" } else { "another person" };
    Err(Error::not_allowed(format!(
        "you asked for this ({}), and it takes the approval of {people}; of those who have a passkey: {}",
        plan.requester.who,
        passkeys.others(plan).into_iter().collect::<Vec<_>>().join(", ")
    )))
}

/// Whether this way of approving may approve this plan.
///
/// # Errors
/// Why not, for the person.
pub fn may(means: Means, plan: &Plan, passkeys: &Passkeys, settings: &GateConfig) -> Result<(), Error> {
    let refused = |why: &str| {
        Err(Error::not_allowed(format!("this plan cannot be approved by {}: {why}", means.as_str())))
    };
    let (setting, name) = match means {
        Means::Passkey if passkeys.counting().next().is_some() => return Ok(()),
        Means::Passkey => return refused("no passkey is enrolled"),
        Means::Terminal => (settings.terminal, "gate.terminal"),
        Means::Elicitation => (settings.elicitation, "gate.elicitation"),
    };
    // Anyone who can run this program can set any option for a process of their own: none brings a weaker way back.
    if passkeys.is_any() {
        return refused(
            "a passkey is enrolled, and from then on only passkeys count; approve it on the approvals page",
        );
    }
    if plan.risk() == Risk::Critical {
        return refused("what is critical takes passkeys; enroll them with `jamf-pro-mcp approvals enroll`");
    }
    if means == Means::Elicitation && plan.approvals_needed > 1 {
        return refused("it takes a second approval, which the client cannot ask for");
    }
    match setting {
        Some(false) => refused(&format!("`{name}` in the configuration says so")),
        Some(true) | None => Ok(()),
    }
}

/// The same for a plan as the store has it.
///
/// # Errors
/// Why not, for the person.
pub fn may_decide(
    means: Means,
    plan_record: &PlanRecord,
    passkeys: &Passkeys,
    settings: &GateConfig,
) -> Result<(), Error> {
    may(means, &plan_record.plan, passkeys, settings)
}

/// Take what somebody says to a plan. Returns the plan as it is then.
///
/// # Errors
/// Why it does not count.
pub fn decide(
    store: &Store,
    settings: &GateConfig,
    id: &str,
    decision: Decision,
) -> Result<PlanRecord, Error> {
    let plan_record = store.plan(id)?.ok_or_else(|| Error::caller("there is no plan of this id"))?;
    let refused = |why: &str| Err(Error::not_allowed(format!("{why}. The decision does not count")));
    if !plan_record.is_whole() || decision.hash != plan_record.plan.hash {
        return refused("the plan is not the one that was shown");
    }
    if !matches!(plan_record.state, State::Waiting | State::Approved) {
        return refused(&format!("the plan is {}", plan_record.state.as_str()));
    }
    let passkeys = Passkeys::of(store)?;
    if decision.verdict == Verdict::Approve {
        may(decision.means, &plan_record.plan, &passkeys, settings)?;
        if let Some(approver) = passkeys.enrolled().find(|known| known.credential == decision.credential) {
            check_counts(approver)?;
        }
        check_approver(&decision.approver, &plan_record, &passkeys)?;
        if !plan_record.plan.confirmation.matches(&decision.typed) {
            return refused(&format!("what was typed is not {}", plan_record.plan.confirmation.what));
        }
        if let Some(place) = decision.answers.keys().find(|place| !plan_record.plan.asks.contains(place)) {
            return refused(&format!("the plan does not ask for `{place}`"));
        }
    }
    let approval = Approval {
        means: decision.means,
        credential: decision.credential,
        approver: decision.approver,
        verdict: decision.verdict,
        runs: decision.runs && decision.verdict == Verdict::Approve,
        note: decision.note,
        proof: decision.proof,
        hash: decision.hash,
        at: Timestamp::now(),
    };
    let second_after = second_minutes(&plan_record.plan, &passkeys);
    match store.write_approval(&plan_record, &approval, &decision.answers, second_after, |approvals| {
        let times: Vec<_> = approvals.iter().map(|approval| (approval, approval.at)).collect();
        is_reached(&plan_record.plan, &times, &passkeys)
    })? {
        ApprovalResult::Yes => store.plan(id)?.ok_or_else(|| Error::internal("the plan is gone")),
        ApprovalResult::Over => refused("the plan is over"),
        ApprovalResult::Twice => refused("this has been said already; another person must approve it too"),
        ApprovalResult::TooSoon(at) => {
            refused(&format!("nobody else can approve it, and your second approval counts from {at} on"))
        }
    }
}

/// Whether a plan has what it takes to be applied now, whatever its row says.
///
/// # Errors
/// What is missing, worded for the caller.
pub fn verify(
    store: &Store,
    settings: &GateConfig,
    plan_record: &PlanRecord,
    proof: Proof<'_>,
) -> Result<(), Error> {
    let refused =
        |why: &str| Err(Error::not_allowed(format!("plan {} is not applied: {why}", plan_record.plan.id)));
    if !plan_record.is_whole() {
        return refused("it was changed after it was made");
    }
    if plan_record.approvals.iter().any(|approval| approval.verdict == Verdict::Reject) {
        return refused("a person rejected it");
    }
    if let Some(id) = &plan_record.plan.by_window {
        let window = store.plan(id)?.filter(|window| window.plan.by_window.is_none());
        let Some(window) =
            window.filter(|window| standing::approves(window, &plan_record.plan, &plan_record.exact))
        else {
            return refused("the window that it was filed under does not let it through, or is closed");
        };
        if plan_record.expires <= Timestamp::now() {
            return refused("it expired");
        }
        return verify(store, settings, &window, proof);
    }
    let passkeys = Passkeys::of(store)?;
    let (mut held, mut why) = (Vec::new(), String::new());
    for approval in plan_record.approvals_that_hold() {
        match verify_approval(approval, plan_record, &passkeys, settings, proof) {
            Ok(statement) => held.push((approval, statement.map_or(approval.at, |statement| statement.at))),
            Err(error) => why = format!(": {error}"),
        }
    }
    if !is_reached(&plan_record.plan, &held, &passkeys) {
        return refused(&format!("it has not the approvals that it takes{why}"));
    }
    if plan_record.ready.is_none() && plan_record.plan.delay_minutes.is_some() {
        return refused("its delay has not begun");
    }
    // By what was signed: the row's own time can be written by anyone who can write rows.
    let latest = held.iter().map(|(_, at)| *at).max().unwrap_or(Timestamp::MAX);
    let waited = plan_record.plan.delay_minutes.is_none_or(|minutes| {
        Timestamp::now().duration_since(latest) >= SignedDuration::from_mins(i64::from(minutes))
    });
    if !waited {
        return refused("its delay is not over");
    }
    if plan_record.expires <= Timestamp::now() {
        return refused("it expired");
    }
    if plan_record.plan.window.as_ref().is_some_and(|window| window.ends(latest) <= Timestamp::now()) {
        return refused("the time of the window is over");
    }
    Ok(())
}

/// What was signed with an approval that still holds; nothing where its means take no signature.
fn verify_approval(
    approval: &Approval,
    plan_record: &PlanRecord,
    passkeys: &Passkeys,
    settings: &GateConfig,
    proof: Proof<'_>,
) -> Result<Option<Statement>, Error> {
    may(approval.means, &plan_record.plan, passkeys, settings)?;
    if approval.means != Means::Passkey {
        return Ok(None);
    }
    let owner = passkeys
        .counting()
        .find(|approver| approver.credential == approval.credential && approver.name == approval.approver);
    let owner = owner.ok_or_else(|| {
        Error::not_allowed(format!("the passkey that {} approved it with does not count", approval.approver))
    })?;
    proof(owner, approval, &plan_record.plan).map(Some)
}

/// The secrets that were typed with the approvals of a plan, by their place in the arguments: what an approval that holds was given
/// with, and nothing that was put in its place afterwards.
///
/// # Errors
/// When they are others.
pub fn answers(
    store: &Store,
    settings: &GateConfig,
    plan_record: &PlanRecord,
    proof: Proof<'_>,
) -> Result<BTreeMap<String, SecretString>, Error> {
    if plan_record.plan.asks.is_empty() {
        return Ok(BTreeMap::new());
    }
    let answers = store.answers(&plan_record.plan.id)?;
    let (given, passkeys) = (Statement::secrets_mark(&answers, store)?, Passkeys::of(store)?);
    let fits = plan_record
        .approvals_that_hold()
        .filter_map(|approval| verify_approval(approval, plan_record, &passkeys, settings, proof).ok())
        .any(|statement| statement.is_none_or(|statement| statement.secrets_mark == given));
    if fits {
        return Ok(answers);
    }
    Err(Error::not_allowed(format!(
        "plan {} is not applied: the secrets that were typed with its approval are not those that were signed for",
        plan_record.plan.id
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_grow_with_what_is_affected_and_nothing_is_refused_for_its_number() {
        let usual = GateConfig::default();
        let needs = |risk, tool: &str, devices, settings: &GateConfig| {
            let Requirement { people, second_minutes, delay_minutes } =
                requirement(risk, &[tool], devices, settings);
            (people, second_minutes, delay_minutes)
        };
        let alone = GateConfig { critical_delay_minutes: Some(60), ..GateConfig::default() };
        assert_eq!(needs(Risk::Critical, "account_delete", Some(0), &usual), (2, None, None));
        assert_eq!(needs(Risk::Critical, "account_delete", Some(0), &alone), (1, None, Some(60)));
        for risk in [Risk::Secret, Risk::Write, Risk::Device, Risk::Destructive] {
            for settings in [&usual, &alone] {
                assert_eq!(needs(risk, "policy_update", Some(500), settings), (1, None, None));
                assert_eq!(needs(risk, "policy_update", Some(501), settings), (2, Some(60), None));
                assert_eq!(needs(risk, "policy_update", None, settings), (2, Some(60), None));
            }
        }
        let never = GateConfig { second_approval_above: None, ..GateConfig::default() };
        assert_eq!(needs(Risk::Destructive, "policy_update", None, &never), (1, None, None));
        let strict = GateConfig { two_people: vec!["*_erase".to_owned()], ..alone };
        assert_eq!(needs(Risk::Destructive, "computer_erase", Some(1), &strict), (2, None, None));
        assert_eq!(needs(Risk::Destructive, "device_lock", Some(1), &strict), (1, None, None));
    }
}
