//! What people and interfaces are given of a stored plan: its view, with the line of its state, and what it takes to decide on it. The plan
//! itself stays inside.

use jamf_pro_client::outcome::Outcome;
use jiff::Timestamp;

use super::{PlanRecord, State};
use crate::plan::view::{Badge, PlanRow, PlanView, StateLine, Tone};

impl PlanRecord {
    /// The plan for a person, as it stands now.
    pub fn view(&self) -> PlanView {
        self.plan.view(self.state_line())
    }

    /// The plan in a list.
    pub fn row(&self) -> PlanRow {
        self.plan.row(self.state_line())
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.plan.id
    }

    /// Its hash: what approvals are bound to.
    pub fn hash(&self) -> &str {
        &self.plan.hash
    }

    /// The tenant, by its name in the configuration.
    pub fn tenant(&self) -> &str {
        &self.plan.tenant
    }

    /// When it was made.
    pub fn made(&self) -> Timestamp {
        self.plan.made
    }

    /// Whether a person typed what approves it.
    ///
    /// # Errors
    /// What they are asked to type, for the person.
    pub fn check_typed(&self, typed: &str) -> Result<(), String> {
        let confirmation = &self.plan.confirmation;
        let wrong = || format!("That is not {}. Look again at what you are about to do.", confirmation.what);
        confirmation.matches(typed).then_some(()).ok_or_else(wrong)
    }

    /// The secrets that a person can give with the approval, by their place in the arguments.
    pub fn asks(&self) -> &[String] {
        &self.plan.asks
    }

    /// Whether what people approve can be carried out without the caller: a window waits for calls.
    pub fn can_run(&self) -> bool {
        self.plan.window.is_none()
    }

    /// What a person must know of the process that is to carry it out; nothing where one runs.
    pub fn notice(&self, is_served: bool) -> Option<String> {
        let tenant = &self.plan.tenant;
        match self.state {
            _ if is_served || !self.can_run() => None,
            State::Waiting => Some(format!(
                "No server for tenant {tenant} runs at the moment. What you approve and run is carried out when one starts."
            )),
            State::Approved | State::Interrupted if self.runs => Some(format!(
                "No server for tenant {tenant} runs at the moment. The plan is carried out when one starts, until it expires."
            )),
            _ => None,
        }
    }

    /// Which tenant it is for, as the store knows tenants.
    pub fn tenant_key(&self) -> String {
        self.plan.tenant_key()
    }

    /// Whether the person who approved it can approve it once more, because nobody else can.
    pub fn takes_second(&self) -> bool {
        self.plan.second_minutes.is_some()
    }

    /// Whether it is a window, which is never carried out itself.
    pub fn is_window(&self) -> bool {
        self.plan.window.is_some()
    }

    /// The window that let it through.
    pub fn by_window(&self) -> Option<&str> {
        self.plan.by_window.as_deref()
    }

    /// How it stands, in words.
    pub fn state_line(&self) -> StateLine {
        let (word, tone) = self.state.word();
        let (sentence, until) = self.state_sentence();
        StateLine { badge: Badge::new(word, tone), sentence, until }
    }

    fn state_sentence(&self) -> (String, Option<Timestamp>) {
        let plan = &self.plan;
        let expires = Some(self.expires);
        match self.state {
            State::Waiting => {
                let mut names: Vec<&str> =
                    self.approvals_that_hold().map(|approval| approval.approver.as_str()).collect();
                names.dedup();
                let sentence = match (names.as_slice(), plan.approvals_needed) {
                    ([], 0 | 1) => "It waits for a person to approve it.".to_owned(),
                    ([], needed) => format!("It waits for {needed} people to approve it."),
                    (names, _) => {
                        let second = plan.second_minutes.map_or_else(String::new, |minutes| {
                            format!(", or for a second approval {minutes} minutes after the first")
                        });
                        format!("{} approved it; it waits for another person{second}.", names.join(" and "))
                    }
                };
                (sentence, expires)
            }
            State::Approved if self.ready.is_some_and(|ready| ready > Timestamp::now()) => {
                let then = if self.runs { "; it is carried out then" } else { "" };
                (format!("It is approved, and waits for its delay{then}."), self.ready)
            }
            State::Approved if self.runs => {
                ("It is approved. A server carries it out by itself.".to_owned(), None)
            }
            State::Approved => match &plan.window {
                Some(window) => (
                    format!(
                        "Open: {} of {} used. What fits it is sent without asking you again.",
                        self.used, window.at_most
                    ),
                    expires,
                ),
                None => {
                    ("It is approved. The client can apply it now; tell it to go on.".to_owned(), expires)
                }
            },
            State::Rejected => (Outcome::NotSent.close("A person rejected it"), None),
            State::Applying => ("It is being carried out.".to_owned(), None),
            State::Interrupted => (
                "The process that carried it out ended in between. The steps say what was sent.".to_owned(),
                expires,
            ),
            State::Abandoned => {
                ("The process that carried it out ended in between, and its time is over.".to_owned(), None)
            }
            State::Unknown => ("What came of a part of it is not known.".to_owned(), None),
            State::Applied => ("It was carried out.".to_owned(), None),
            State::Partial => ("A part of it was carried out.".to_owned(), None),
            State::Failed => ("It was tried, and nothing came of it.".to_owned(), None),
            State::Expired => (Outcome::NotSent.close("Nobody approved or applied it in time"), None),
            State::Outdated => ("What it was made for has changed, so it no longer holds.".to_owned(), None),
        }
    }
}

impl State {
    /// The state in a word or two, for people.
    pub const fn word(self) -> (&'static str, Tone) {
        match self {
            Self::Waiting => ("Waiting for approval", Tone::Warning),
            Self::Approved => ("Approved", Tone::Good),
            Self::Rejected => ("Rejected", Tone::Plain),
            Self::Applying => ("Being carried out", Tone::Plain),
            Self::Interrupted => ("Interrupted", Tone::Danger),
            Self::Abandoned => ("Stopped half-way", Tone::Danger),
            Self::Unknown => ("Outcome not known", Tone::Danger),
            Self::Applied => ("Done", Tone::Good),
            Self::Partial => ("Done in part", Tone::Danger),
            Self::Failed => ("Failed", Tone::Danger),
            Self::Expired => ("Expired", Tone::Plain),
            Self::Outdated => ("No longer holds", Tone::Plain),
        }
    }
}
