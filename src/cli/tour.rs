//! `demo tour`: five minutes in the terminal with the simulated tenant. Everything that it shows comes from a call that it makes then.
//!
//! Where no person is at a terminal it prints the first answers and ends: what comes after them asks a person.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::approvals::{self, Desk};
use super::demo::{self, TenantOptions};
use super::terminal::{self, Layout};
use super::{audit, call, say};
use crate::audit::Logs;
use crate::call::Caller;
use crate::config::{Config, RiskClass};
use crate::error::Error;
use crate::pipeline::{Pipeline, ToolResult, Waiting};
use crate::plan::view::Tone;
use crate::store::Verdict;

/// A Mac of the simulated tenant with its story.
struct Mac {
    serial: String,
    name: String,
    id: String,
}

/// What the tour walks with.
struct Tour {
    config: Config,
    calls: Pipeline,
    layout: Layout,
    caller: Caller,
    /// Whether a person is there to go on, approve and reject.
    is_attended: bool,
}

/// Take the tour. What the server keeps for it is deleted at its end.
pub(super) async fn run(simulated: &TenantOptions) -> Result<ExitCode, Error> {
    let state = tempfile::tempdir()
        .map_err(|error| Error::operator(format!("a folder for the tour cannot be made: {error}")))?;
    let tenant = simulated.start(0).await?;
    let mut config = Config { state: Some(state.path().to_owned()), ..Config::default() };
    config.allow.push(RiskClass::Destructive);
    config.approvals.page = false;
    config.tenants.insert("demo".to_owned(), demo::tenant_config(&tenant));
    let layout = Layout::stdout();
    let caller = call::caller();
    let is_attended = approvals::terminal().is_ok();
    let tour = Tour { calls: Pipeline::new(&config)?, config, layout, caller, is_attended };
    let done = tour.walk().await;
    tour.calls.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

impl Tour {
    async fn walk(&self) -> Result<(), Error> {
        self.tell(
            "This is a simulated Jamf Pro with realistic, untidy devices. What an agent asks in a chat, this tour asks here: each answer below \
             comes from the call above it, made now. Nothing leaves this computer.",
        );
        self.show("1. What does my fleet look like?", "fleet_overview", json!({})).await?;
        self.pause()?;
        self.show("2. Which devices are silent, and whose are they?", "stale_devices", json!({ "days": 30 }))
            .await?;
        self.pause()?;
        let mac = self
            .find(
                "SELECT serial_number, name, id FROM computers WHERE managed = 1 AND username IS NOT NULL AND NOT EXISTS (SELECT 1 FROM \
                 computer_applications WHERE computer_id = computers.id AND name = 'Google Chrome.app') ORDER BY last_check_in DESC LIMIT 1",
            )
            .await?;
        let question = format!("3. Why does “{}” have no Chrome?", mac.name);
        let arguments = json!({ "policy": "Install Chrome", "device": mac.serial });
        self.show(&question, "explain_policy", arguments).await?;
        self.pause()?;
        let sql = "SELECT ifnull(department, '(none)') AS department, count(*) AS macs, sum(filevault = 0) AS not_encrypted, \
                   sum(filevault IS NULL) AS not_reported FROM computers WHERE managed = 1 GROUP BY 1 ORDER BY 3 DESC, 2 DESC";
        self.show("4. Where is encryption missing, by department?", "fleet_query", json!({ "sql": sql }))
            .await?;
        if !self.is_attended {
            self.tell(
                "In a terminal the tour goes on: an erase that you reject, a lock that you approve, and the audit log of both. \
                 What to ask besides is in docs/questions.md.",
            );
            return Ok(());
        }
        self.pause()?;
        self.rejection(&mac).await?;
        self.pause()?;
        self.approval().await?;
        self.pause()?;
        self.records()
    }

    /// An agent asks for something grave, and the person says no.
    async fn rejection(&self, mac: &Mac) -> Result<(), Error> {
        self.head("5. The agent wants to erase a Mac. You say no.");
        let arguments = json!({ "id": mac.id, "reason": "It has no Chrome, and a fresh start would help." });
        let plan = self.plan("computer_erase", &arguments).await?;
        self.tell("The call is a plan now, and waits for you. This is what you are shown:");
        let desk = self.desk()?;
        let why = "No: ask the user first.".to_owned();
        desk.decide(&plan, Verdict::Reject, Some(why), false)?;
        self.tell("You rejected it. The agent tries again:");
        let again = self.call("computer_erase", &arguments).await?;
        self.quote(&again.text);
        Ok(())
    }

    /// An agent asks for a lock, and the person approves it.
    async fn approval(&self) -> Result<(), Error> {
        self.head("6. A MacBook was stolen. You approve the lock.");
        let mac = self
            .find(
                "SELECT serial_number, name, id FROM computers WHERE managed = 1 AND model LIKE 'MacBook%' AND username IS NOT NULL \
                 ORDER BY last_check_in DESC LIMIT 1",
            )
            .await?;
        let arguments = json!({
            "devices": [mac.serial],
            "body": { "message": "This Mac is lost. Please call +1 555 0100." },
            "reason": "Stolen from a car this morning.",
        });
        let plan = self.plan("device_lock", &arguments).await?;
        let desk = self.desk()?;
        loop {
            self.tell(&format!("The plan waits. To approve it, type the serial number {}.", mac.serial));
            match desk.decide(&plan, Verdict::Approve, None, false) {
                Ok(true) => break,
                Ok(false) => {
                    self.tell("Left as it is; the plan expires by itself.");
                    return Ok(());
                }
                Err(error) => self.quote(&error.to_string()),
            }
        }
        self.tell("The agent calls the tool again, and now it is sent, once:");
        let sent = self.call("device_lock", &arguments).await?;
        self.answer(&sent.text, "device_lock", &arguments);
        self.tell("The PIN that opens the Mac goes to you, never to the agent:");
        match self.calls.gate().store().plan(&plan)? {
            Some(plan_record) => desk.reveal(&plan_record),
            None => Err(Error::internal("the plan of the tour is gone")),
        }
    }

    /// What was written down.
    fn records(&self) -> Result<(), Error> {
        self.head("7. All of it is in the audit log.");
        let log = self.calls.logs().of("demo")?;
        let wrong = |error: std::io::Error| Error::operator(format!("{}: {error}", log.path().display()));
        say(&audit::table(&log.tail(20).map_err(wrong)?, self.layout));
        let proof = log.prove();
        self.tell(&match proof.broken.is_empty() {
            true => format!(
                "`jamf-pro-mcp audit verify` proves that none of its {} records was changed, left out or moved.",
                proof.report.lines
            ),
            false => "The log is damaged.".to_owned(),
        });
        self.tell(
            "That was the tour; what the server kept for it is deleted now. Next: `jamf-pro-mcp try` connects a client such as Claude to this simulated tenant, \
             `jamf-pro-mcp setup` to your own.",
        );
        Ok(())
    }

    /// Make a call and show it with its answer.
    async fn show(&self, question: &str, tool: &'static str, arguments: Value) -> Result<(), Error> {
        self.head(question);
        let again = format!("jamf-pro-mcp call {tool} {} --demo", terminal::for_shell(&arguments));
        say(&self.layout.paint(Tone::Soft, &self.layout.wrap("$ ", &again)));
        say("");
        let answer = self.call(tool, &arguments).await?;
        self.answer(&answer.text, tool, &arguments);
        Ok(())
    }

    fn answer(&self, text: &str, tool: &str, arguments: &Value) {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let again = format!("jamf-pro-mcp call {tool}");
        say(self.layout.answer(text, &again, &arguments).as_deref().unwrap_or(text));
    }

    async fn call(&self, tool: &str, arguments: &Value) -> Result<ToolResult, Error> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        Ok(self.calls.call(tool, arguments, &self.caller, &Waiting::default()).await)
    }

    /// Make a call that takes a plan; the id of the plan.
    async fn plan(&self, tool: &'static str, arguments: &Value) -> Result<String, Error> {
        say(&self.layout.paint(Tone::Soft, &self.layout.wrap("agent> ", &format!("{tool} {arguments}"))));
        let answer = self.call(tool, arguments).await?;
        let told: Map<String, Value> = serde_json::from_str(&answer.text).unwrap_or_default();
        match told.get("plan").and_then(Value::as_str) {
            Some(plan) => Ok(plan.to_owned()),
            None => Err(Error::internal(format!("`{tool}` did not become a plan: {}", answer.text))),
        }
    }

    /// A Mac by a statement over the fleet.
    async fn find(&self, sql: &str) -> Result<Mac, Error> {
        let answer = self.call("fleet_query", &json!({ "sql": sql })).await?;
        let value: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let at = |column: usize| value.pointer(&format!("/rows/0/{column}")).and_then(Value::as_str);
        match (at(0), at(1), at(2)) {
            (Some(serial), Some(name), Some(id)) => {
                Ok(Mac { serial: serial.to_owned(), name: name.to_owned(), id: id.to_owned() })
            }
            _ => Err(Error::operator(format!("the simulated tenant has no such Mac: {}", answer.text))
                .hint("take the tour with the usual number of computers")),
        }
    }

    fn desk(&self) -> Result<Desk<'_>, Error> {
        let logs: Logs = self.calls.logs().clone();
        Ok(Desk { config: &self.config, store: self.calls.gate().store().clone(), logs })
    }

    fn head(&self, text: &str) {
        say(&format!("\n{}\n", self.layout.strong(&self.layout.wrap("", text))));
    }

    fn tell(&self, text: &str) {
        say(&format!("\n{}", self.layout.wrap("", text)));
    }

    fn quote(&self, text: &str) {
        say(&format!("\n{}", self.layout.paint(Tone::Warning, &self.layout.wrap("  > ", text))));
    }

    /// Wait for the person to go on.
    fn pause(&self) -> Result<(), Error> {
        if self.is_attended {
            approvals::ask("\nEnter goes on (ctrl-c ends the tour) ")?;
        }
        Ok(())
    }
}
