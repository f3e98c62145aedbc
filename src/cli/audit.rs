//! `audit`: the end of the log, or the proof that it is whole.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{say, say_error};
use crate::audit::{Audit, Logs, file_stem};
use crate::config::Config;
use crate::error::Error;

/// Options of `audit`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
    /// Tenant by its name in the configuration; every log of the state folder by default.
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
    /// Prove that no record was changed, left out, moved or added, in every log of the state folder.
    Verify,
}

/// Show or prove the logs of the state folder, whichever tenants the configuration has. Exit status 1 when one is broken or missing.
pub(super) fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let state = config.state_folder()?;
    let names = names(&Logs::in_folder(&state), config, options);
    if let What::Verify = options.what {
        return Ok(verify(&state, &names));
    }
    for name in names {
        let audit = Audit::existing(&state, &name)?;
        let wrong = |error| Error::Operator(format!("{}: {error}", audit.path().display()));
        let found = match &options.what {
            What::Tail { lines } => audit.tail(*lines).map_err(wrong)?,
            What::Show { text, most } => audit.show(text, *most).map_err(wrong)?,
            What::Verify => Vec::new(),
        };
        if !found.is_empty() {
            say(&found.join("\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The logs that are meant: the one that was named, or every one that is there and those of the configuration.
fn names(logs: &Logs, config: &Config, options: &Options) -> Vec<String> {
    if let Some(name) = &options.tenant {
        return vec![name.clone()];
    }
    let mut names = logs.names();
    if !matches!(options.what, What::Verify) {
        return names;
    }
    let missing = config.tenants.keys().filter(|tenant| !names.contains(&file_stem(tenant))).cloned();
    names.extend(missing.collect::<Vec<_>>());
    names
}

/// Prove each log whole and print which file it is. A log that is not there proves nothing.
fn verify(state: &Path, names: &[String]) -> ExitCode {
    let mut is_whole = !names.is_empty();
    if names.is_empty() {
        let folder = state.join("audit");
        say_error(&Error::Operator(format!(
            "nothing was checked: there is no audit log in {}; set `state` to the folder that has it",
            folder.display()
        )));
    }
    for name in names {
        match proof(state, name) {
            Ok(said) => say(&said),
            Err(wrong) => {
                say_error(&Error::Operator(wrong));
                is_whole = false;
            }
        }
    }
    if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What one log proves to be, with its path; what is wrong with it otherwise.
fn proof(state: &Path, name: &str) -> Result<String, String> {
    let folder = state.join("audit");
    let path = folder.join(format!("{}.jsonl", file_stem(name)));
    if !Logs::in_folder(state).names().contains(&file_stem(name)) {
        return Err(format!("{name}: no log: {} is not there, so nothing was checked", path.display()));
    }
    let audit = Audit::existing(state, name).map_err(|error| format!("{name}: {error}"))?;
    let proof = audit.prove();
    if !proof.broken.is_empty() {
        let places: Vec<String> = proof.broken.iter().map(ToString::to_string).collect();
        return Err(format!("{name}: {} ({})", places.join("\n  "), path.display()));
    }
    let records = proof.report.lines;
    if records == 0 {
        return Err(format!("{name}: no records: {} is empty, so nothing was checked", path.display()));
    }
    let files = match audit.files().len() {
        1 => path.display().to_string(),
        count => format!("{count} files, the last one {}", path.display()),
    };
    let open = match proof.report.open.as_slice() {
        [] => String::new(),
        open => format!("; without an outcome, because their process ended: {}", open.join(", ")),
    };
    Ok(format!("{name}: whole, {records} records ({files}){open}"))
}
