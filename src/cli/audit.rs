//! `audit`: the end of the log, or the proof that it is whole.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{say, say_error};
use crate::audit::Audit;
use crate::config::Config;
use crate::error::Error;

/// Options of `audit`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
    /// Tenant by its name in the configuration; all of them by default.
    #[arg(long, value_name = "NAME", global = true)]
    tenant: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the last records.
    Tail {
        /// How many.
        #[arg(default_value_t = 20)]
        lines: usize,
    },
    /// Print the records that hold a text: an id of a call, plan or device, a tool, a name.
    Show {
        /// The text, letter by letter.
        text: String,
        /// How many, the last ones.
        #[arg(long, default_value_t = 200)]
        most: usize,
    },
    /// Prove that no record was changed, left out, moved or added.
    Verify,
}

/// Show or prove the logs. Exit status 1 when one is broken.
pub(super) fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let state = config.state_folder()?;
    let mut names: Vec<String> = match &options.tenant {
        Some(name) => vec![name.clone()],
        None => config.tenants.keys().cloned().collect(),
    };
    if names.is_empty() {
        names.push("demo".to_owned());
    }
    let mut code = ExitCode::SUCCESS;
    for name in names {
        let audit = Audit::open(&state, &name)?;
        let wrong = |error| Error::Operator(format!("{}: {error}", audit.path().display()));
        let found = match &options.what {
            What::Tail { lines } => audit.tail(*lines).map_err(wrong)?,
            What::Show { text, most } => audit.show(text, *most).map_err(wrong)?,
            What::Verify => Vec::new(),
        };
        if !found.is_empty() {
            say(&found.join("\n"));
        }
        match &options.what {
            What::Tail { .. } | What::Show { .. } => {}
            What::Verify => match audit.verify() {
                Ok(report) if report.open.is_empty() => {
                    say(&format!("{name}: whole, {} records", report.lines))
                }
                Ok(report) => say(&format!(
                    "{name}: whole, {} records; without an outcome, because their process ended: {}",
                    report.lines,
                    report.open.join(", ")
                )),
                Err(broken) => {
                    say_error(&Error::Operator(format!("{name}: {broken} ({})", audit.path().display())));
                    code = ExitCode::FAILURE;
                }
            },
        }
    }
    Ok(code)
}
