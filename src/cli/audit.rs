//! `audit`: the end of the log, or the proof that it is whole.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use serde_json::{Value, json};

use super::terminal::Layout;
use super::{TRIALS, say, say_error, say_json};
use crate::audit::{Audit, Logs, Record};
use crate::config::Config;
use crate::error::Error;
use crate::state_dir::file_stem;

/// Options of `audit`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
    /// Tenant by its name in the configuration; every log of the state folder by default, that of `--demo` too.
    #[arg(long, value_name = "NAME", global = true)]
    tenant: Option<String>,
    /// The records as they stand in the log, a line of JSON each, which is the default when standard output is not a terminal; the proof as one
    /// JSON object.
    #[arg(long, global = true)]
    json: bool,
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
        /// The text, exactly as it is.
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
    Logs::take_over_former(config)?;
    let logs = logs(&config.state_folder()?, config, options);
    if let What::Verify = options.what {
        return Ok(verify(&config.state_folder()?, &logs, options.json));
    }
    for (folder, name) in logs {
        let audit = Audit::existing(&folder, &name)?;
        let wrong = |error| Error::operator(format!("{}: {error}", audit.path().display()));
        let found = match &options.what {
            What::Tail { lines } => audit.tail(*lines).map_err(wrong)?,
            What::Show { text, most } => audit.show(text, *most).map_err(wrong)?,
            What::Verify => Vec::new(),
        };
        let layout = Layout::stdout();
        match found.as_slice() {
            [] => {}
            lines if options.json || !layout.is_for_person() => say(&lines.join("\n")),
            lines => say(&table(lines, layout)),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Records as a table: when, who, what, to what, and what became of it. A line that is no record is said to be none.
pub(super) fn table(lines: &[String], layout: Layout) -> String {
    let header = ["time (UTC)", "who", "tool", "on", "phase", "what became of it"].map(str::to_owned);
    let mut rows = Vec::new();
    for line in lines {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        let at = value.get("time").and_then(Value::as_str).unwrap_or_default();
        let at = at
            .parse::<Timestamp>()
            .map_or_else(|_| at.to_owned(), |at| at.strftime("%m-%d %H:%M:%S").to_string());
        let Ok(record) = serde_json::from_value::<Record>(value) else {
            rows.push(vec![at, String::new(), "(a line that is no record)".to_owned()]);
            continue;
        };
        let became = [record.outcome, record.result].into_iter().flatten().collect::<Vec<_>>().join(": ");
        rows.push(vec![at, record.who, record.tool, record.targets.join(", "), record.phase, became]);
    }
    layout.table(&header, &rows)
}

/// A log: the folder that it is in, and its name.
type Log = (PathBuf, String);

/// The logs that are meant, by the names of their files: the one that was named, or every one that is there and those of the configuration.
fn logs(state: &Path, config: &Config, options: &Options) -> Vec<Log> {
    let of_trials = state.join(TRIALS);
    let is_meant = |name: &String| {
        options.tenant.as_ref().is_none_or(|tenant| tenant == name || file_stem(tenant) == *name)
    };
    let in_folder = |folder: &Path| -> Vec<Log> {
        let names = Logs::in_folder(folder).names().into_iter().filter(is_meant);
        names.map(|name| (folder.to_owned(), name)).collect()
    };
    let mut logs = in_folder(state);
    let of_trials = in_folder(&of_trials);
    let expected: Vec<String> = match (&options.tenant, &options.what) {
        (Some(tenant), _) if logs.is_empty() && of_trials.is_empty() => vec![file_stem(tenant)],
        (None, What::Verify) => config.tenants.keys().map(|tenant| file_stem(tenant)).collect(),
        _ => Vec::new(),
    };
    let missing = expected.into_iter().filter(|stem| !logs.iter().any(|(_, name)| name == stem));
    logs.extend(missing.map(|stem| (state.to_owned(), stem)).collect::<Vec<_>>());
    logs.extend(of_trials);
    logs
}

/// Prove each log whole and print which file it is. A log that is not there proves nothing.
fn verify(state: &Path, logs: &[Log], as_json: bool) -> ExitCode {
    if logs.is_empty() {
        let folder = state.join("audit");
        say_error(
            &Error::operator(format!("nothing was checked: there is no audit log in {}", folder.display()))
                .hint("set `state` to the folder that has it"),
        );
    }
    let proofs: Vec<_> = logs.iter().map(|(folder, name)| (name, proof(folder, name))).collect();
    let is_whole = !logs.is_empty() && proofs.iter().all(|(_, proof)| proof.is_ok());
    if as_json {
        let each = proofs.iter().map(|(name, proof)| match proof {
            Ok(whole) => json!({
                "log": name, "whole": true, "records": whole.records, "files": whole.files, "open": whole.open,
            }),
            Err(why) => json!({ "log": name, "whole": false, "why": why }),
        });
        say_json(&json!({ "whole": is_whole, "logs": each.collect::<Value>() }));
    } else {
        for (_, proof) in proofs {
            match proof {
                Ok(whole) => say(&whole.line()),
                Err(wrong) => say_error(&Error::operator(wrong)),
            }
        }
    }
    if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A log that is whole.
struct Whole {
    name: String,
    records: u64,
    /// Its files, the oldest first.
    files: Vec<PathBuf>,
    /// Calls without an outcome.
    open: Vec<String>,
}

impl Whole {
    fn line(&self) -> String {
        let last = self.files.last().map(|path| path.display().to_string()).unwrap_or_default();
        let files = match self.files.len() {
            1 => last,
            count => format!("{count} files, the last one {last}"),
        };
        let open = match self.open.as_slice() {
            [] => String::new(),
            open => format!("; without an outcome, because their process ended: {}", open.join(", ")),
        };
        format!("{}: whole, {} records ({files}){open}", self.name, self.records)
    }
}

/// What one log proves to be; what is wrong with it otherwise.
fn proof(state: &Path, name: &str) -> Result<Whole, String> {
    let folder = state.join("audit");
    let path = folder.join(format!("{name}.jsonl"));
    if !Logs::in_folder(state).names().iter().any(|known| known == name) {
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
    Ok(Whole { name: name.to_owned(), records, files: audit.files(), open: proof.report.open })
}
