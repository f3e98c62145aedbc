//! `report`: the fleet overview, and the report on a device, as one HTML file that needs no network. It makes the calls that `call` would make,
//! by the same way, so that it shows what they may show.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use super::terminal;
use super::{INTERRUPTED, call, query, say};
use crate::config::Config;
use crate::error::Error;
use crate::mcp::apps::{self, Answered, Report};
use crate::pipeline::{Pipeline, Waiting, registry};
use crate::registry::Tool;
use crate::render::place;
use crate::state_dir;

/// Options of `report`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// A device to report on besides: serial number, name, user, e-mail or management id.
    device: Option<String>,
    /// File to write.
    #[arg(long, short, value_name = "FILE", default_value = "jamf-report.html")]
    output: PathBuf,
    /// Write over a file that is there.
    #[arg(long)]
    overwrite: bool,
    /// The tenant, when there are several.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  jamf-pro-mcp report
  jamf-pro-mcp report ZZ3FF0F672 --output farid.html --overwrite
  jamf-pro-mcp report --demo";

/// Make the calls and write their answers.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    // Said before a fleet is read for it.
    if options.output.exists() && !options.overwrite {
        return Err(is_there(&options.output));
    }
    let calls = Pipeline::new(config)?;
    let waiting = Waiting { progress: call::progress_line(), ..Waiting::default() };
    let made = tokio::select! {
        made = make(&calls, options, &waiting) => made,
        () = super::serve::signal() => {
            waiting.cancelled.cancel();
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    calls.close().await;
    terminal::wipe_progress();
    write(&options.output, &apps::report(&made?), options.overwrite)?;
    let path = std::path::absolute(&options.output).unwrap_or_else(|_| options.output.clone());
    say(&format!(
        "The report is in {}. Open it in a browser. It has names of devices and of people in it.",
        path.display()
    ));
    Ok(ExitCode::SUCCESS)
}

async fn make(calls: &Pipeline, options: &Options, waiting: &Waiting) -> Result<Report, Error> {
    let tenant = query::tenant(calls, options.tenant.as_deref())?;
    let mut wanted = vec![("fleet_overview", Map::new())];
    if let Some(device) = &options.device {
        wanted.push(("device_report", Map::from_iter([("device".to_owned(), json!(device))])));
    }
    let mut answers = Vec::new();
    for (tool, mut arguments) in wanted {
        if calls.tenants().count() > 1 {
            arguments.insert("tenant".to_owned(), Value::from(tenant.name()));
        }
        let answer = calls.call(tool, arguments, &call::caller(), waiting).await;
        if answer.is_error {
            return Err(call::for_person(calls, tool).unwrap_or_else(|| Error::operator(answer.text)));
        }
        let app = registry().find(tool).and_then(Tool::app);
        let app = app.ok_or_else(|| Error::internal(format!("{tool} has no page")))?;
        answers.push(Answered::new(app, answer.text));
    }
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
    Ok(Report {
        heading: format!("Report on {} at {}, {now}", place::name(tenant), tenant.address()),
        answers,
    })
}

/// Write the whole file or nothing; it holds what is known of people, so that it is its owner's alone.
fn write(path: &Path, text: &str, overwrite: bool) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        Error::operator(format!("the report cannot be written to {}: {error}", path.display()))
    };
    let mut file = state_dir::beside(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if overwrite {
        return file.persist(path).map(drop).map_err(|error| failed(error.error));
    }
    file.persist_noclobber(path).map(drop).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => is_there(path),
        _ => failed(error.error),
    })
}

fn is_there(path: &Path) -> Error {
    Error::operator(format!("{} is there already", path.display()))
        .hint("add --overwrite, or name another file by --output")
}
