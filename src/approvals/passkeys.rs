//! The people who can approve with a passkey: who is one person, and who asked for a plan. The main type is [`Passkeys`].
//!
//! A person is known by the name of their passkeys and by the account that their own calls come from, which was stated when they were
//! enrolled: the user of the operating system, or the principal of a token. Passkeys of one name are one person, and so are names of one
//! account. An approver whom an earlier version enrolled has no account here: nobody knows whether that person asked for a plan, so the
//! approval counts like that of another person, but for what takes another person than asked it counts together with a second one alone.
//!
//! The first passkey counts at once, and each further one a day after its enrollment: a person who enrolled one in secret has
//! nothing of it before somebody can look. Where two people have passkeys, adding and removing one takes both.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::records;
use crate::audit::Logs;
use crate::error::Error;
use crate::os_user;
use crate::plan::Plan;
use crate::store::{Approver, Recovery, Store, Voucher};

/// How long a new passkey does not count, and how long a recovery is announced before it can be carried out.
pub const DELAY: SignedDuration = SignedDuration::from_hours(24);

/// How long a change of who may approve waits for the second person.
pub const CHANGE_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// How long after its announcement a recovery can be carried out.
pub const RECOVERY_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// From when on a passkey counts.
pub fn counts_from(approver: &Approver) -> Timestamp {
    match approver.voucher {
        Voucher::Code => approver.enrolled,
        Voucher::Passkey { .. } => approver.enrolled.saturating_add(DELAY).unwrap_or(Timestamp::MAX),
    }
}

/// From when on a recovery can be carried out.
pub fn recovery_begins(recovery: &Recovery) -> Timestamp {
    recovery.announced.saturating_add(DELAY).unwrap_or(Timestamp::MAX)
}

/// Whether a passkey counts yet.
///
/// # Errors
/// From when on it does.
pub fn check_counts(approver: &Approver) -> Result<(), Error> {
    let from = counts_from(approver);
    if from <= Timestamp::now() {
        return Ok(());
    }
    Err(Error::not_allowed(format!(
        "this passkey of {} was enrolled at {} and counts from {from} on: a new passkey waits for 24 hours. Until then it can look, reject \
         and cancel",
        approver.name, approver.enrolled
    )))
}

/// The passkeys that there ever were, as far as anything here remembers them. Taking the last one away does not bring the weaker ways
/// of approving back, nor does taking their rows out of the store.
#[derive(Debug)]
pub struct Passkeys {
    approvers: Vec<Approver>,
    ever: bool,
}

impl Passkeys {
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
        let now = Timestamp::now();
        self.enrolled().filter(move |approver| counts_from(approver) <= now)
    }

    /// The same with those that do not count yet.
    pub fn enrolled(&self) -> impl Iterator<Item = &Approver> {
        self.approvers.iter().filter(|approver| approver.removed.is_none())
    }

    /// The people whose passkeys count, each by one name.
    pub fn owners(&self) -> BTreeSet<String> {
        self.counting().map(|approver| self.person(&approver.name)).collect()
    }

    /// The people who can approve a plan and did not ask for it, as far as that is known.
    pub fn others(&self, plan: &Plan) -> BTreeSet<String> {
        let others = self.counting().filter(|approver| !self.is_asker(&approver.name, plan));
        others.map(|approver| self.person(&approver.name)).collect()
    }

    /// How many different people these names are.
    pub fn people<'a>(&self, names: impl Iterator<Item = &'a str>) -> usize {
        names.map(|name| self.person(name)).collect::<BTreeSet<_>>().len()
    }

    /// Whether the person of this name asked for a plan.
    pub fn is_asker(&self, name: &str, plan: &Plan) -> bool {
        self.accounts(name).any(|account| is_account_of(account, &plan.requester.who))
    }

    /// The same where it may be so: the account of the person is not known, nor is whose account asked.
    pub fn may_be_asker(&self, name: &str, plan: &Plan) -> bool {
        let is_bound = |approver: &Approver| is_bound(approver, &plan.requester.who);
        self.is_asker(name, plan)
            || (!self.counting().any(is_bound)
                && self.of_name(name).all(|approver| approver.principal.is_none()))
    }

    /// The first name that the person of this name has a passkey under.
    fn person(&self, name: &str) -> String {
        let accounts: BTreeSet<&str> = self.accounts(name).collect();
        let is_same = |approver: &&Approver| {
            is_same_name(&approver.name, name)
                || approver.principal.as_deref().is_some_and(|account| accounts.contains(account))
        };
        self.counting().find(is_same).map_or(name, |approver| &approver.name).trim().to_lowercase()
    }

    fn of_name<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Approver> {
        self.counting().filter(move |approver| is_same_name(&approver.name, name))
    }

    /// The accounts that calls of the person of this name come from, as far as they are known.
    fn accounts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.of_name(name)
            .filter_map(|approver| approver.principal.as_deref())
            .filter(|account| !account.is_empty())
    }
}

fn is_same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn is_account_of(account: &str, who: &str) -> bool {
    account == who || os_user::has_name(who, account)
}

fn is_bound(approver: &Approver, who: &str) -> bool {
    approver.principal.as_deref().is_some_and(|account| is_account_of(account, who))
}
