//! `approvals`: who approves plans, from a terminal.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::enroll;
use crate::config::Config;
use crate::error::Error;

/// Options of `approvals`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Approvals,
}

#[derive(Debug, Subcommand)]
enum Approvals {
    /// Print a code with which the first passkey is enrolled on the approvals page.
    #[command(alias = "enrol")]
    Enroll,
}

/// Do what is asked for.
pub(super) fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    match options.command {
        Approvals::Enroll => enroll::run(config),
    }
}
