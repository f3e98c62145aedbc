//! `fleet`: what is kept of each tenant, with its age; reading it anew; forgetting it.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::{Args, Subcommand};
use jamf_pro_client::Reader;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::terminal::{self, Layout};
use super::{say, say_json};
use crate::config::Config;
use crate::error::Error;
use crate::fleet::load::{Progress, Watch};
use crate::fleet::parts::{PARTS, Part};
use crate::fleet::refresh::Fleet;
use crate::fleet::store::PartStatus;
use crate::pipeline::Pipeline;

/// Options of `fleet`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
    /// The tenant, when there are several; all of them by default.
    #[arg(long, value_name = "NAME", global = true)]
    tenant: Option<String>,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show how old and how complete each part is.
    Status,
    /// Read the lists of parts anew from the tenant, and what is new, changed or too old in them; those that were interrupted go on.
    Refresh {
        /// Parts such as `computers`; all of them by default.
        #[arg(value_name = "PART", value_parser = part)]
        parts: Vec<&'static Part>,
        /// Read everything that is older than this many minutes; 0 reads all of it anew.
        #[arg(long, value_name = "MINUTES")]
        max_age: Option<u64>,
    },
    /// Delete what is kept.
    Clear,
}

fn part(name: &str) -> Result<&'static Part, String> {
    let names = || PARTS.iter().map(|part| part.name).collect::<Vec<_>>().join(", ");
    Part::find(name).ok_or_else(|| format!("there is no such part; parts are {}", names()))
}

/// Carry out the command. Exit status 1 when a part that was to be read is not complete.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let calls = Pipeline::new(config)?;
    let tenants = tenants(&calls, options.tenant.as_deref())?;
    let done = match &options.command {
        Command::Status => status(&fleets(&calls, &tenants).await?, options.json),
        Command::Refresh { parts, max_age } => {
            let parts = if parts.is_empty() { PARTS.iter().collect() } else { parts.clone() };
            let max_age = max_age.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
            refresh(&fleets(&calls, &tenants).await?, &parts, max_age, options.json).await
        }
        Command::Clear => {
            let mut cleared = Vec::new();
            for tenant in tenants {
                calls.fleets().clear(tenant).await?;
                if !options.json {
                    say(&format!("{}: deleted", tenant.name()));
                }
                cleared.push(tenant.name());
            }
            if options.json {
                say_json(&json!({ "cleared": cleared }));
            }
            Ok(ExitCode::SUCCESS)
        }
    };
    calls.close().await;
    done
}

/// The tenant of a name, or all of them.
fn tenants<'a>(calls: &'a Pipeline, wanted: Option<&str>) -> Result<Vec<&'a Reader>, Error> {
    let is_wanted = |tenant: &&Reader| wanted.is_none_or(|wanted| tenant.name() == wanted);
    let tenants: Vec<&Reader> = calls.tenants().filter(is_wanted).collect();
    if tenants.is_empty() {
        let names = calls.tenants().map(Reader::name).collect::<Vec<_>>().join(", ");
        let wanted = wanted.unwrap_or_default();
        return Err(Error::caller(format!("there is no tenant {wanted:?}; tenants are {names}")));
    }
    Ok(tenants)
}

type Fleets = BTreeMap<String, Fleet>;

async fn fleets(calls: &Pipeline, tenants: &[&Reader]) -> Result<Fleets, Error> {
    let mut fleets = Fleets::new();
    for tenant in tenants {
        let fleet = calls.fleets().of(tenant).await?;
        let fleet = fleet.ok_or_else(|| Error::operator("the fleet is off: `fleet.storage` is `off`"))?;
        fleets.insert(tenant.name().to_owned(), fleet);
    }
    Ok(fleets)
}

fn status(fleets: &Fleets, as_json: bool) -> Result<ExitCode, Error> {
    let mut all = Vec::new();
    for (name, fleet) in fleets {
        all.extend(fleet.store().status()?.into_iter().map(|status| (name.as_str(), status)));
    }
    show(&all, as_json);
    Ok(ExitCode::SUCCESS)
}

async fn refresh(
    fleets: &Fleets,
    parts: &[&'static Part],
    max_age: Option<Duration>,
    as_json: bool,
) -> Result<ExitCode, Error> {
    let watch = Watch { progress: Some(listener()), ..Watch::default() };
    let cancelled = watch.cancelled.clone();
    tokio::spawn(async move {
        super::serve::signal().await;
        cancelled.cancel();
    });
    let mut all = Vec::new();
    for (name, fleet) in fleets {
        // At the same time: the fleet has a number of places at the tenant, and a short list takes one alone.
        let watch = &watch;
        let loads = parts.iter().map(async |part| match max_age {
            Some(max_age) => fleet.refresh(part, max_age, watch).await,
            None => fleet.refresh_lists(part, watch).await,
        });
        let loaded = futures::future::try_join_all(loads).await?;
        all.extend(loaded.into_iter().map(|status| (name.as_str(), status)));
    }
    terminal::wipe_progress();
    show(&all, as_json);
    let is_complete = all.iter().all(|(_, status)| status.is_complete());
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the progress: one line that changes in a terminal, elsewhere a line when a tenth more is read.
pub(super) fn listener() -> crate::fleet::load::Listener {
    let is_terminal = std::io::stderr().is_terminal();
    let last_report: Mutex<(&'static str, u64)> = Mutex::new(("", 0));
    Arc::new(move |progress: Progress| {
        let Progress { source, read, total, is_elsewhere } = progress;
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        let by = if is_elsewhere { " (another process reads them)" } else { "" };
        let line = format!("{source}: {read}{of} rows read{by}");
        let mut last = last_report.lock().unwrap_or_else(PoisonError::into_inner);
        let tenth = total.filter(|total| *total > 0).map_or(0, |total| read.saturating_mul(10) / total);
        if is_terminal {
            terminal::show_progress(&line);
        } else if *last != (source, tenth) {
            *last = (source, tenth);
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    })
}

fn show(all: &[(&str, PartStatus)], as_json: bool) {
    if as_json {
        let rows: Value = all.iter().map(|(tenant, status)| row(tenant, status)).collect();
        say_json(&rows);
        return;
    }
    let header = ["tenant", "part", "objects", "age", "complete", "missing"].map(str::to_owned);
    let rows = all.iter().map(|(tenant, status)| {
        vec![
            (*tenant).to_owned(),
            status.part.name.to_owned(),
            status.objects().to_string(),
            status.as_of().map_or("-".to_owned(), age),
            if status.is_complete() { "yes" } else { "no" }.to_owned(),
            status.missing().join("; "),
        ]
    });
    say(&Layout::stdout().table(&header, &rows.collect::<Vec<_>>()));
}

fn row(tenant: &str, status: &PartStatus) -> Value {
    json!({
        "tenant": tenant,
        "part": status.part.name,
        "as_of": status.as_of(),
        "complete": status.is_complete(),
        "objects": status.objects(),
        "missing": status.missing(),
    })
}

/// How long ago a moment is, in the largest unit.
pub(super) fn age(moment: &str) -> String {
    let Ok(moment) = moment.parse::<Timestamp>() else { return moment.to_owned() };
    let seconds = Timestamp::now().duration_since(moment).as_secs().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
