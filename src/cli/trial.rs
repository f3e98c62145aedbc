//! `try`: clients are given the simulated tenant, and a person some questions to ask.

use std::process::ExitCode;

use clap::Args;

use super::clients::{self, Choice, Entry};
use super::{say, setup};
use crate::error::Error;

/// Options of `try`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jamf-pro-mcp try\n  jamf-pro-mcp try --client claude-code --dry-run")]
pub(super) struct Options {
    #[command(flatten)]
    choice: Choice,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Connect the clients with the simulated tenant.
pub(super) fn run(options: &Options) -> Result<ExitCode, Error> {
    let entry = Entry::of_this_program(&["serve", "--demo"])?;
    let chosen = clients::choose(&options.choice)?;
    if chosen.is_empty() {
        say("No client was changed.");
        return Ok(ExitCode::SUCCESS);
    }
    let is_right = clients::connect(&chosen, &entry, options.dry_run)?;
    if let Some(warning) = entry.warning() {
        setup::mind(&warning);
    }
    if !options.dry_run {
        setup::ask_now("The simulated tenant has 420 Macs. Ask in the client:");
        say(
            "`jamf-pro-mcp setup` connects your tenant instead, and `jamf-pro-mcp setup undo` takes the entries out.",
        );
    }
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
