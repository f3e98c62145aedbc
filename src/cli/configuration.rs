//! `config`: the configuration of a tenant as a file, and what differs between two of them, for people who look after a tenant for years.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use jamf_pro_client::Reader;
use serde_json::json;

use super::{fleet, query, say, say_error, say_json, terminal, world};
use crate::builtin::fleet_query::tool;
use crate::config::{Config, Overrides};
use crate::error::Error;
use crate::fleet::access::{FleetReader, Patience};
use crate::fleet::configuration::{self, Configuration, Origin};
use crate::fleet::load::Watch;
use crate::pipeline::Pipeline;
use crate::state_dir;

/// How long a snapshot waits for what it reads.
const WAIT: Duration = Duration::from_secs(3600);

/// What could not be compared says nothing of whether it is the same.
pub(super) const NOT_COMPARED: u8 = 2;

/// Options of `config`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
    /// The tenant, when there are several.
    #[arg(long, value_name = "NAME", global = true)]
    tenant: Option<String>,
    /// Oldest that what is read from the tenant may be, in minutes; 0 reads it anew.
    #[arg(long, value_name = "MINUTES", global = true, default_value_t = 0)]
    max_age: u64,
    /// As JSON; a snapshot is JSON in any case.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the settings of this program with where each comes from, the tenants and the state folder. No secret is shown: there is none.
    Show,
    /// Write the configuration of the tenant into a file: policies, profiles, groups, scripts and the rest, without secrets.
    Snapshot {
        /// The file, which must be new; `-` is standard output.
        file: PathBuf,
        /// Write over a file that there is.
        #[arg(long)]
        force: bool,
    },
    /// Say what differs between two snapshots, or between one and the tenant now. Exit status 0: nothing, 1: something, 2: not everything
    /// could be compared.
    Diff {
        /// The earlier snapshot.
        before: PathBuf,
        /// The later one; without it, the tenant as it is now.
        after: Option<PathBuf>,
    },
}

impl Options {
    /// Whether it takes no tenant.
    pub(super) fn is_about_files(&self) -> bool {
        matches!(self.command, Command::Diff { after: Some(_), .. })
    }
}

/// Carry out the command.
pub(super) async fn run(config: &Config, overrides: &Overrides, options: &Options) -> ExitCode {
    let done = match &options.command {
        Command::Show => world::show(config, overrides, options.json),
        Command::Snapshot { file, force } => snapshot(config, options, file, *force).await,
        Command::Diff { before, after } => diff(config, options, before, after.as_deref()).await,
    };
    done.unwrap_or_else(|error| {
        say_error(&error);
        ExitCode::from(NOT_COMPARED)
    })
}

async fn snapshot(config: &Config, options: &Options, file: &Path, force: bool) -> Result<ExitCode, Error> {
    let is_printed = file == Path::new("-");
    if !is_printed && !force && file.exists() {
        return Err(Error::caller(format!("{} is there already", file.display()))
            .hint("name another file, or add `--force`"));
    }
    let found = read(config, options).await?;
    let text = serde_json::to_string_pretty(&found).map_err(|error| Error::internal(error.to_string()))?;
    if is_printed {
        say(&text);
    } else {
        state_dir::write(file, format!("{text}\n").as_bytes())
            .map_err(|error| Error::operator(format!("{} cannot be written: {error}", file.display())))?;
    }
    let objects: usize = found.objects.values().map(Vec::len).sum();
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "{objects} objects of {} kinds", found.objects.len());
    for (noun, why) in &found.missing {
        let _ = writeln!(err, "INCOMPLETE: {noun}: {}", why.join("; "));
    }
    Ok(if found.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(NOT_COMPARED) })
}

async fn diff(
    config: &Config,
    options: &Options,
    before: &Path,
    after: Option<&Path>,
) -> Result<ExitCode, Error> {
    let before = open(before)?;
    let after = match after {
        Some(file) => open(file)?,
        None => read(config, options).await?,
    };
    let difference = configuration::compare(&before, &after);
    if options.json {
        let side = |own: &Configuration| json!({ "tenant": own.tenant.name, "made_at": own.made_at });
        say_json(&json!({ "before": side(&before), "after": side(&after), "difference": difference }));
    } else {
        say(&format!(
            "From {} ({}) to {} ({}).\n\n{difference}",
            before.tenant.name, before.made_at, after.tenant.name, after.made_at
        ));
    }
    Ok(match (difference.is_empty(), difference.is_whole()) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::SUCCESS,
        (true, false) => ExitCode::from(NOT_COMPARED),
    })
}

fn open(file: &Path) -> Result<Configuration, Error> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::caller(format!("{} cannot be read: {error}", file.display())))?;
    configuration::parse(&text)
}

/// The configuration of the tenant now.
async fn read(config: &Config, options: &Options) -> Result<Configuration, Error> {
    let calls = Pipeline::new(config)?;
    let watch = Watch { progress: Some(fleet::listener()), ..Watch::default() };
    let cancelled = watch.cancelled.clone();
    tokio::spawn(async move {
        super::serve::signal().await;
        cancelled.cancel();
    });
    let found = read_through(&calls, options, watch).await;
    calls.close().await;
    terminal::wipe_progress();
    found
}

async fn read_through(calls: &Pipeline, options: &Options, watch: Watch) -> Result<Configuration, Error> {
    calls.surface().admit(tool())?;
    let tenant: &Reader = query::tenant(calls, options.tenant.as_deref())?;
    let origin = Origin { name: tenant.name().to_owned(), address: tenant.address().to_owned() };
    let fleet = calls.fleets().of(tenant).await?;
    let fleet = fleet.ok_or_else(|| Error::operator("the fleet is off: `fleet.storage` is `off`"))?;
    let max_age = Some(Duration::from_secs(options.max_age.saturating_mul(60)));
    let reader = FleetReader::new(fleet, calls.access(), Patience { max_age, wait: WAIT }, watch);
    configuration::read(&reader, max_age, origin).await
}
