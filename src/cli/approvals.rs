//! `approvals`: plans in a terminal: list, show, approve, reject; the first passkey; releasing a hold.
//!
//! A person decides here, so it asks in a terminal and takes nothing from arguments that would decide.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::terminal::Layout;
use super::{enroll, say, say_json, typed};
use crate::approvals::passkeys::{Passkeys, RECOVERY_LASTS, counts_from, recovery_begins};
use crate::approvals::quorum::{self, Decision};
use crate::approvals::records;
use crate::audit::{Logs, Record};
use crate::config::Config;
use crate::error::Error;
use crate::os_user;
use crate::plan::view::{Item, Tone};
use crate::sanitize::text;
use crate::store::{Approver, Filter, Hold, Means, PlanRecord, State, Store, Verdict};

/// Options of `approvals`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the plans that wait, or all.
    List {
        /// Those that are over too.
        #[arg(long)]
        all: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a plan, all of it.
    Show {
        /// Id of the plan, or the beginning of it.
        plan: String,
        /// Show the secrets that it has for you; they are erased when you say that you have them.
        #[arg(long)]
        secret: bool,
        /// As JSON, without the secrets.
        #[arg(long, conflicts_with = "secret")]
        json: bool,
    },
    /// Approve a plan: it is shown, and you type what it asks for.
    Approve {
        /// Id of the plan, or the beginning of it.
        plan: String,
        /// Have a running server carry it out at once, instead of the client that asked.
        #[arg(long)]
        run: bool,
    },
    /// Reject a plan.
    Reject {
        /// Id of the plan, or the beginning of it.
        plan: String,
        /// Why, for the person who asked.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Print a code for enrolling the first passkey on the approvals page.
    #[command(alias = "enrol")]
    Enroll {
        /// The account that calls of this person come from: the name of their token in `http.tokens`. Without it, the user of this machine.
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
    },
    /// Begin anew without the passkeys that there are, 24 hours after it was announced: for when too few people have theirs.
    Recover {
        /// The account that calls of the person come from who enrolls the first passkey then; see `enroll`.
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
    },
    /// Print who has a passkey.
    Approvers {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Release a tenant that is on hold.
    Release {
        /// The tenant, by its name in the configuration.
        tenant: String,
    },
}

/// Do it.
pub(super) fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    // Copies of what is written down go out in the background.
    let runtime = super::runtime(1)?;
    let inside = runtime.enter();
    let desk = Desk { config, store: Store::open(&config.state_folder()?)?, logs: Logs::start(config)? };
    let done = desk.run(options);
    drop(inside);
    runtime.block_on(desk.logs.wait_for_delivery());
    done.map(|()| ExitCode::SUCCESS)
}

/// Where decisions are made: the store, and the logs that they go into.
pub(super) struct Desk<'a> {
    pub(super) config: &'a Config,
    pub(super) store: Store,
    pub(super) logs: Logs,
}

impl Desk<'_> {
    fn run(&self, options: &Options) -> Result<(), Error> {
        match &options.what {
            What::List { all, json } => self.list(*all, *json),
            What::Show { plan, json: true, .. } => self.show_json(plan),
            What::Show { plan, secret, .. } => self.show(plan, *secret),
            What::Approve { plan, run } => self.decide(plan, Verdict::Approve, None, *run).map(drop),
            What::Reject { plan, note } => self.decide(plan, Verdict::Reject, note.clone(), false).map(drop),
            What::Enroll { account } => self.enroll(account.as_deref().unwrap_or(os_user::principal())),
            What::Recover { account } => self.recover(account.as_deref().unwrap_or(os_user::principal())),
            What::Approvers { json } => self.approvers(*json),
            What::Release { tenant } => self.release(tenant),
        }
    }

    fn list(&self, all: bool, as_json: bool) -> Result<(), Error> {
        let (holds, kept) = (self.store.holds()?, self.store.unconfirmed_secrets()?);
        let plans = self.store.plans(&Filter { open: !all, ..Filter::default() })?;
        if as_json {
            let hold = |hold: &Hold| json!({ "tenant": hold.tenant, "since": hold.since, "why": hold.why });
            let kept = kept
                .iter()
                .map(|(plan, count, since)| json!({ "plan": plan, "count": count, "since": since }));
            say_json(&json!({
                "plans": plans.iter().map(summary).collect::<Value>(),
                "holds": holds.iter().map(hold).collect::<Value>(),
                "secrets_kept": kept.collect::<Value>(),
            }));
            return Ok(());
        }
        for hold in holds {
            say(&format!("ON HOLD: {} since {}: {}", hold.tenant, hold.since, hold.why));
        }
        for (plan, count, since) in kept {
            say(&format!(
                "SECRETS KEPT: {count} of plan {plan} since {since}, until somebody confirms to have them"
            ));
        }
        if plans.is_empty() {
            say("no plan waits");
            return Ok(());
        }
        let header = ["plan", "state", "what", "asked by", "risk", "tenant", "expires"].map(str::to_owned);
        let rows = plans.iter().map(|plan_record| {
            let row = plan_record.row();
            vec![
                row.id.chars().take(8).collect::<String>(),
                row.state.badge.text,
                row.title,
                row.asked_by,
                row.risk.text,
                row.tenant,
                plan_record.expires.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            ]
        });
        say(&Layout::stdout().table(&header, &rows.collect::<Vec<_>>()));
        Ok(())
    }

    fn show(&self, id: &str, secret: bool) -> Result<(), Error> {
        let plan_record = self.find(id)?;
        say(&plan_text(&plan_record, plan_record.state == State::Waiting));
        for secret in self.store.secrets_of(plan_record.id())? {
            let shown = match &secret.shown {
                Some((at, to)) => format!("shown to {to} at {at}"),
                None => "not shown yet (--secret)".to_owned(),
            };
            let kept = if secret.is_kept { "kept until somebody confirms to have it" } else { "erased" };
            say(&format!("secret: {} of {}, {shown}, {kept}", secret.label, secret.device));
        }
        if secret { self.reveal(&plan_record) } else { Ok(()) }
    }

    /// The same as JSON. What is typed to approve it is said only while it waits.
    fn show_json(&self, id: &str) -> Result<(), Error> {
        let plan_record = self.find(id)?;
        let mut view = json!(plan_record.view());
        if plan_record.state != State::Waiting
            && let Value::Object(view) = &mut view
        {
            view.remove("to_approve");
        }
        let secrets = self.store.secrets_of(plan_record.id())?;
        let secrets = secrets.iter().map(|secret| {
            let shown = secret.shown.as_ref().map(|(at, to)| json!({ "at": at, "to": to }));
            json!({ "what": secret.label, "device": secret.device, "shown": shown, "kept": secret.is_kept })
        });
        say_json(&json!({
            "plan": summary(&plan_record),
            "view": view,
            "decisions": plan_record.approvals,
            "steps": plan_record.steps,
            "secrets": secrets.collect::<Value>(),
        }));
        Ok(())
    }

    /// Show the secrets of a plan, and erase them when the person says that they have them.
    pub(super) fn reveal(&self, plan_record: &PlanRecord) -> Result<(), Error> {
        terminal()?;
        // While passkeys decide, anyone who can run this need not be who approved.
        quorum::may_decide(Means::Terminal, plan_record, &Passkeys::of(&self.store)?, &self.config.gate)
            .map_err(|_| {
                Error::not_allowed(
                    "the secrets of this plan are shown on the approvals page, to the person who approved it",
                )
            })?;
        let who = os_user::principal();
        self.note(plan_record, "secret shown", &format!("to {who} in a terminal"))?;
        let secrets = self.store.show_secrets(plan_record.id(), who)?;
        if secrets.is_empty() {
            say("no secret is left to show");
            return Ok(());
        }
        for secret in &secrets {
            let value = text::visible(secret.value.expose_secret());
            say(&format!("{} of {}: {value}", secret.label, secret.device));
        }
        if ask("When you have them, type `have` to erase them (Enter keeps them): ")? != "have" {
            say("kept; show them again with the same command");
            return Ok(());
        }
        self.note(plan_record, "secret erased", &format!("{who} has them"))?;
        let ids: Vec<String> = secrets.into_iter().map(|secret| secret.id).collect();
        self.store.erase_secrets(plan_record.id(), &ids)?;
        say("erased");
        Ok(())
    }

    /// Show a plan and decide on it; whether the person did.
    pub(super) fn decide(
        &self,
        id: &str,
        verdict: Verdict,
        note: Option<String>,
        runs: bool,
    ) -> Result<bool, Error> {
        terminal()?;
        let plan_record = self.find(id)?;
        say(&plan_text(&plan_record, verdict == Verdict::Approve && plan_record.state == State::Waiting));
        let mut decision = Decision {
            means: Means::Terminal,
            credential: format!("terminal:{}", os_user::principal()),
            approver: os_user::principal().to_owned(),
            verdict,
            runs: runs && plan_record.can_run(),
            typed: String::new(),
            note,
            proof: None,
            hash: plan_record.hash().to_owned(),
            answers: BTreeMap::new(),
        };
        if verdict == Verdict::Approve {
            quorum::may_decide(
                Means::Terminal,
                &plan_record,
                &Passkeys::of(&self.store)?,
                &self.config.gate,
            )?;
            decision.typed = ask("Type it here (nothing to leave the plan as it is): ")?;
            if decision.typed.trim().is_empty() {
                say("left as it is");
                return Ok(false);
            }
            for place in plan_record.asks() {
                let value = typed::ask_hidden(&format!("{place} (nothing to leave it out): "))?;
                if !value.expose_secret().is_empty() {
                    decision.answers.insert(place.clone(), value);
                }
            }
        }
        // What is not on record does not count, so it is written down first.
        self.note(
            &plan_record,
            if verdict == Verdict::Approve { "approved" } else { "rejected" },
            "in a terminal",
        )?;
        let plan_record = quorum::decide(&self.store, &self.config.gate, plan_record.id(), decision)?;
        say(&plan_record.state_line().sentence);
        if let Some(notice) = plan_record.notice(self.store.is_served(&plan_record.tenant_key())?) {
            say(&notice);
        }
        Ok(true)
    }

    fn enroll(&self, account: &str) -> Result<(), Error> {
        let code = self.first_code(account)?;
        say(&enroll::instructions(self.config, &code)?);
        Ok(())
    }

    /// A code for enrolling the first passkey.
    ///
    /// # Errors
    /// When nobody can read it, and when there is a passkey.
    pub(super) fn first_code(&self, account: &str) -> Result<String, Error> {
        terminal()?;
        if !self.store.approvers()?.is_empty() {
            return Err(enroll::not_the_first(self.config));
        }
        records::refuse_missing_approvers(&self.logs, &self.store)?;
        let account = text::line(account);
        self.note_everywhere("enrollment code made", &format!("for the first passkey, of {account}"))?;
        self.store.new_enrollment_code(&account)
    }

    fn approvers(&self, as_json: bool) -> Result<(), Error> {
        let approvers = self.store.all_approvers()?;
        let recovery = self.store.recovery(Timestamp::now() - RECOVERY_LASTS)?;
        if as_json {
            let one = |own: &Approver| {
                json!({
                    "name": own.name, "account": own.principal, "enrolled": own.enrolled, "used": own.used,
                    "counts_from": counts_from(own), "removed": own.removed,
                })
            };
            let recovery = recovery.map(|own| {
                json!({ "announced_by": own.who, "announced": own.announced, "begins": recovery_begins(&own) })
            });
            say_json(
                &json!({ "approvers": approvers.iter().map(one).collect::<Value>(), "recovery": recovery }),
            );
            return Ok(());
        }
        if approvers.is_empty() {
            say("nobody has a passkey; begin with `jamf-pro-mcp approvals enroll`");
        }
        if let Some(recovery) = recovery {
            say(&format!(
                "RECOVERY: {} announced at {} that all passkeys are taken away from {} on; cancel it on the approvals page",
                recovery.who,
                recovery.announced,
                recovery_begins(&recovery)
            ));
        }
        for approver in approvers {
            let used = approver.used.map_or_else(|| "never".to_owned(), |used| used.to_string());
            let state = match (approver.removed, counts_from(&approver)) {
                (Some(_), _) => ", taken away".to_owned(),
                (None, from) if from > Timestamp::now() => format!(", counts from {from} on"),
                (None, _) => String::new(),
            };
            let account = match approver.principal.as_deref() {
                None => "account not known",
                Some("") => "makes no calls",
                Some(account) => account,
            };
            say(&format!("{}: {account}, enrolled {}, used {used}{state}", approver.name, approver.enrolled));
        }
        Ok(())
    }

    fn release(&self, tenant: &str) -> Result<(), Error> {
        terminal()?;
        if Passkeys::of(&self.store)?.is_any() {
            return Err(Error::not_allowed("a passkey is enrolled, and from then on only passkeys count")
                .hint("release it on the approvals page"));
        }
        let held = self.store.holds()?;
        let mut fitting = held.iter().filter(|hold| hold.tenant == tenant || hold.name() == tenant);
        let hold = match (fitting.next(), fitting.next()) {
            (Some(hold), None) => hold,
            (Some(_), Some(_)) => {
                return Err(Error::caller(format!("several tenants called `{tenant}` are on hold"))
                    .hint("give the whole of one, as `approvals list` has it"));
            }
            (None, _) => return Err(Error::caller(format!("`{tenant}` is not on hold"))),
        };
        say(&format!("{} is on hold since {}: {}", hold.tenant, hold.since, hold.why));
        if ask("To release it, type its name: ")?.trim() != tenant {
            say("left as it is");
            return Ok(());
        }
        let audit = self.logs.of(hold.name())?;
        let released = record(hold.name(), "hold", "released", "in a terminal");
        audit.record(&Record { address: hold.address().to_owned(), ..released })?;
        self.store.release(&hold.tenant, os_user::principal())?;
        say("released");
        Ok(())
    }

    /// The plan of this id, or the only one whose id begins so.
    fn find(&self, id: &str) -> Result<PlanRecord, Error> {
        if let Some(plan_record) = self.store.plan(id)? {
            return Ok(plan_record);
        }
        let all = self.store.plans(&Filter { most: 1_000, ..Filter::default() })?;
        let mut fitting =
            all.into_iter().filter(|plan_record| id.len() >= 4 && plan_record.id().starts_with(id));
        match (fitting.next(), fitting.next()) {
            (Some(plan_record), None) => Ok(plan_record),
            (Some(_), Some(_)) => {
                Err(Error::caller(format!("several plans begin with `{id}`")).hint("give more of it"))
            }
            _ => Err(Error::caller(format!("there is no plan `{id}`"))),
        }
    }

    fn note(&self, plan_record: &PlanRecord, phase: &str, how: &str) -> Result<(), Error> {
        let record = Record {
            transport: "cli".to_owned(),
            ..records::of_decision(plan_record, os_user::principal(), phase, how.to_owned())
        };
        self.logs.of(plan_record.tenant())?.record(&record)
    }

    pub(super) fn note_everywhere(&self, phase: &str, how: &str) -> Result<(), Error> {
        for audit in self.logs.all()? {
            audit.record(&record(audit.tenant(), "approvers", phase, how))?;
        }
        Ok(())
    }
}

pub(super) fn record(tenant: &str, tool: &str, phase: &str, how: &str) -> Record {
    Record {
        who: os_user::principal().to_owned(),
        transport: "cli".to_owned(),
        call: uuid::Uuid::new_v4().to_string(),
        tenant: tenant.to_owned(),
        tool: tool.to_owned(),
        phase: phase.to_owned(),
        result: Some(how.to_owned()),
        ..Record::default()
    }
}

/// A plan in a few facts.
fn summary(plan_record: &PlanRecord) -> Value {
    let mut row = json!(plan_record.row());
    if let Value::Object(row) = &mut row {
        row.insert("expires".to_owned(), json!(plan_record.expires));
    }
    row
}

/// A plan for people, every line of it.
/// What is typed to approve it is said only to somebody who may.
fn plan_text(plan_record: &PlanRecord, says_how_to_approve: bool) -> String {
    let layout = Layout::stdout();
    let view = plan_record.view();
    let mut lines = vec![
        layout.strong(&layout.wrap("", &view.title)),
        String::new(),
        layout.wrap("", &format!("{}. Tenant: {}", view.risk.text, view.tenant)),
        layout.wrap("", &format!("{}: {}", view.state.badge.text, view.state.sentence)),
    ];
    if let Some(until) = view.state.until {
        lines.push(format!("until {}", until.strftime("%Y-%m-%d %H:%M UTC")));
    }
    let is_waiting = plan_record.state == State::Waiting;
    for section in view.sections.iter().chain(Some(&view.to_approve).filter(|_| says_how_to_approve)) {
        lines.extend([String::new(), layout.strong(&section.heading)]);
        let items = section.items.iter().flat_map(|item| {
            let tone = if let Item::Text { tone, .. } = item { *tone } else { Tone::Plain };
            item.lines().into_iter().map(move |line| layout.paint(tone, &layout.wrap("  ", &line)))
        });
        lines.extend(items);
    }
    let said = plan_record.approvals.iter().map(|said| {
        let verb = if said.verdict == Verdict::Approve { "approved" } else { "rejected" };
        format!(
            "{} {verb} it by {} at {}",
            said.approver,
            said.means.as_str(),
            said.at.strftime("%Y-%m-%d %H:%M UTC")
        )
    });
    let steps = plan_record.steps.iter().filter(|_| !is_waiting && plan_record.state != State::Approved).map(
        |step| {
            let detail = text::line(step.detail.as_deref().unwrap_or_default());
            format!("{}: {} {detail}", step.target, step.state.outcome())
        },
    );
    for (heading, some) in [("Decisions", said.collect::<Vec<_>>()), ("Steps", steps.collect())] {
        if !some.is_empty() {
            lines.extend([String::new(), layout.strong(heading)]);
            lines.extend(some.iter().map(|line| layout.wrap("  ", line)));
        }
    }
    lines.join("\n")
}

/// Decisions are made by somebody at a terminal.
pub(super) fn terminal() -> Result<(), Error> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Error::not_allowed("this asks a person").hint("run it in a terminal"))
}

pub(super) fn ask(question: &str) -> Result<String, Error> {
    let wrong = |error: std::io::Error| Error::operator(format!("the terminal cannot be read: {error}"));
    let mut out = std::io::stdout();
    out.write_all(question.as_bytes()).and_then(|()| out.flush()).map_err(wrong)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(wrong)?;
    Ok(line.trim().to_owned())
}
