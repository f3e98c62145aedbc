//! `call`: one call from the shell, on the same path as a client's, through the same gate.

use std::io::{IsTerminal, Read};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use jamf_pro_client::{Progress, Step};
use jamf_pro_tools::Risk;
use serde_json::{Map, Value};

use super::approvals::{self, Desk};
use super::terminal::{self, Layout};
use super::{INTERRUPTED, WAITS, say, say_error, tools};
use crate::call::Caller;
use crate::config::Config;
use crate::error::Error;
use crate::os_user;
use crate::pipeline::{Pipeline, ToolResult, Waiting};
use crate::registry::exposure::Bar;
use crate::store::{State, Verdict};

/// Options of `call`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true, after_help = EXAMPLES)]
pub(super) struct Options {
    /// The tool.
    tool: Option<String>,
    /// Its arguments as a JSON object; `-` reads them from standard input.
    #[arg(default_value = "{}")]
    arguments: String,
    /// Print the answer as it is; the default when standard output is not a terminal.
    #[arg(long)]
    json: bool,
    /// Print help; behind the name of a tool, what the tool does and its arguments.
    #[arg(long, short)]
    help: bool,
}

const EXAMPLES: &str = "\
Examples:
  jamf-pro-mcp call computer_list
  jamf-pro-mcp call computer_list '{\"group_by\": [\"operatingSystem.version:major\"]}'
  jamf-pro-mcp call stale_devices '{\"days\": 60}' --json
  jamf-pro-mcp call device_lock --help

Exit status: 0 done, 1 failed, 2 the command line is wrong, 3 a plan waits for a person, 130 interrupted.";

/// Make the call and print its answer.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let Some(tool) = &options.tool else {
        return Err(Error::caller("which tool? `jamf-pro-mcp tools` lists them"));
    };
    let arguments = arguments(&options.arguments)?;
    let calls = Pipeline::new(config)?;
    let waiting = Waiting { progress: progress_line(), ..Waiting::default() };
    tokio::select! {
        done = make(config, &calls, tool, &arguments, options, &waiting) => {
            calls.close().await;
            done
        }
        () = super::serve::signal() => {
            waiting.cancelled.cancel();
            // A second signal waits for no write either.
            tokio::select! {
                () = calls.end_writes() => {}
                () = super::serve::signal() => {}
            }
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

/// Whether help on a tool, or on the command, is asked for instead of a call.
pub(super) fn help(options: &Options, config: &Config) -> Option<Result<ExitCode, Error>> {
    options.help.then(|| match &options.tool {
        Some(tool) => tools::describe(config, tool),
        None => {
            let mut command = super::command_line();
            // Options of every command are among those of each from then on.
            command.build();
            let help = command.find_subcommand_mut("call").map(|call| call.render_long_help());
            say(&help.map(|help| help.to_string()).unwrap_or_default());
            Ok(ExitCode::SUCCESS)
        }
    })
}

/// The person who calls.
pub(super) fn caller() -> Caller {
    Caller { who: Arc::from(os_user::principal()), client: None, transport: "cli", session: None }
}

async fn make(
    config: &Config,
    calls: &Pipeline,
    tool: &str,
    arguments: &Map<String, Value>,
    options: &Options,
    waiting: &Waiting,
) -> Result<ExitCode, Error> {
    let caller = caller();
    let answer = calls.call(tool, arguments.clone(), &caller, waiting).await;
    terminal::wipe_progress();
    let Some(plan_record) = waiting.plan_record.get().filter(|plan| plan.state == State::Waiting) else {
        return Ok(show(&answer, calls, tool, arguments, options));
    };
    if options.json || approvals::terminal().is_err() {
        say(&answer.text);
        return Ok(ExitCode::from(WAITS));
    }
    // A person is there, who can decide now where a terminal counts.
    let desk = Desk { config, store: calls.gate().store().clone(), logs: calls.logs().clone() };
    if !desk.decide(plan_record.id(), Verdict::Approve, None, false)? {
        return Ok(ExitCode::from(WAITS));
    }
    let again = Waiting {
        cancelled: waiting.cancelled.clone(),
        progress: waiting.progress.clone(),
        ..Waiting::default()
    };
    let answer = calls.call(tool, arguments.clone(), &caller, &again).await;
    terminal::wipe_progress();
    let code = show(&answer, calls, tool, arguments, options);
    if desk.store.secrets_of(plan_record.id())?.iter().any(|secret| secret.is_kept) {
        desk.reveal(plan_record)?;
    }
    Ok(code)
}

/// Print an answer: laid out for a person, as it is for a program. The exit status.
fn show(
    answer: &ToolResult,
    calls: &Pipeline,
    tool: &str,
    arguments: &Map<String, Value>,
    options: &Options,
) -> ExitCode {
    let layout = Layout::stdout();
    if answer.is_error {
        say_error(&for_person(calls, tool).unwrap_or_else(|| Error::operator(answer.text.clone())));
        return ExitCode::FAILURE;
    }
    let again = format!("jamf-pro-mcp call {tool}");
    let laid_out =
        (!options.json && layout.is_for_person()).then(|| layout.answer(&answer.text, &again, arguments));
    say(laid_out.flatten().as_deref().unwrap_or(&answer.text));
    ExitCode::SUCCESS
}

/// What a person can do about a tool that the configuration bars; a model is told to ask the person.
pub(super) fn for_person(calls: &Pipeline, tool: &str) -> Option<Error> {
    let surface = calls.surface();
    let (_, barred) = surface.barred_tools().find(|(name, _)| *name == tool)?;
    match barred {
        Bar::Risk(risk) => {
            let allowed = Risk::ALL.into_iter().filter(|own| *own == risk || surface.admits(*own));
            let allowed = allowed.map(Risk::as_str).collect::<Vec<_>>().join(",");
            let why = format!("`{tool}` is of risk class `{}`, which is not allowed", risk.as_str());
            Some(
                Error::not_allowed(why)
                    .hint(format!("add `--allow {allowed}`, or to `allow` in the configuration file")),
            )
        }
        Bar::Excluded => Some(
            Error::not_allowed(format!("`{tool}` is named by `exclude_tools`"))
                .hint("take it out of `exclude_tools` in the configuration file"),
        ),
        Bar::Privilege => None,
    }
}

/// A line on standard error that says how far a call is, while a person waits.
pub(super) fn progress_line() -> Option<Progress> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let last = Mutex::new(String::new());
    Some(Arc::new(move |step: Step| {
        let of = step.total.map(|total| format!(" of {total}")).unwrap_or_default();
        let line = format!("{}: {}{of}", step.what, step.done);
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != line {
            terminal::show_progress(&line);
            *last = line;
        }
    }))
}

fn arguments(text: &str) -> Result<Map<String, Value>, Error> {
    let text = if text == "-" {
        let mut read = String::new();
        std::io::stdin()
            .read_to_string(&mut read)
            .map_err(|error| Error::caller(format!("standard input cannot be read: {error}")))?;
        read
    } else {
        text.to_owned()
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::caller("the arguments must be a JSON object, such as '{\"page_size\": 5}'")),
        Err(error) => Err(Error::caller(format!("the arguments are not JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_an_object() {
        assert!(arguments("{\"a\":1}").is_ok());
        assert!(arguments("[1]").is_err() && arguments("{").is_err());
    }
}
