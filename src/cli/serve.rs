//! `serve`: MCP on standard input and output, or over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rmcp::ServiceExt;
use rmcp::transport::stdio_pipes;
use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::audit::Logs;
use crate::config::{Config, Overrides, RiskClass, file_of, load};
use crate::error::Error;
use crate::http::approvals::{self, Page};
use crate::http::{self, Access, Settings, Tokens};
use crate::mcp::Handler;
use crate::mcp::stdio::StdioTransport;
use crate::mcp::unconfigured::Unconfigured;
use crate::pipeline::Pipeline;
use crate::store::Store;

const DEFAULT_ADDRESS: &str = "127.0.0.1:8723";

/// How often the tenant is asked what the API role may do.
const ROLE_IS_ASKED: Duration = Duration::from_secs(600);

/// How long the end may take in all: answers to the calls under way, then streams, writes that nobody waits for, and what is left to copy.
const END: Duration = Duration::from_secs(25);

/// How often the configuration file is looked at.
const FILE_IS_LOOKED_AT: Duration = Duration::from_secs(2);

/// Options of `serve`.
#[derive(Debug, Default, Args)]
pub(super) struct Options {
    /// Serve over HTTP on this address instead of standard input and output.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_ADDRESS)]
    http: Option<String>,
    /// Transport by its name; `sse` is HTTP, which has the older SSE endpoints beside the newer one.
    #[arg(long, value_name = "NAME")]
    transport: Option<Transport>,
    /// Do not serve the older SSE endpoints.
    #[arg(long)]
    no_legacy_sse: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Transport {
    Stdio,
    Http,
    Sse,
}

impl Options {
    /// What these options say of the configuration.
    pub(super) fn override_config(&self, overrides: &mut Overrides) {
        match (&self.http, self.transport) {
            (Some(address), _) => overrides.values.push(("/http/listen", json!(address))),
            (None, Some(Transport::Stdio)) => overrides.values.push(("/http/listen", json!(null))),
            _ => {}
        }
        if self.no_legacy_sse {
            overrides.values.push(("/http/legacy_sse", json!(false)));
        }
    }

    fn address(&self, config: &Config) -> Option<String> {
        match (&config.http.listen, self.transport) {
            (Some(address), _) => Some(address.clone()),
            (None, Some(Transport::Http | Transport::Sse)) => Some(DEFAULT_ADDRESS.to_owned()),
            _ => None,
        }
    }
}

/// Serve until the client leaves or the process is told to end.
pub(super) async fn run(config: &Config, overrides: Overrides, options: &Options) -> Result<ExitCode, Error> {
    for tenant in config.tenants.values() {
        if let Some(warning) = tenant.secret.warning() {
            tracing::warn!("{warning}");
        }
    }
    let address = options.address(config);
    if config.tenants.is_empty() && address.is_none() {
        return unconfigured(&overrides).await;
    }
    let config = &allowed_without_credential(config, address.is_some());
    let calls = Pipeline::new(config)?;
    let shutdown = CancellationToken::new();
    end_on_signal(shutdown.clone());
    let deadline = AbortOnDropHandle::new(tokio::spawn(deadline(shutdown.clone())));
    let file = ConfigFile::new(&overrides);
    let background = AbortOnDropHandle::new(tokio::spawn(keep_current(calls.clone(), overrides, file)));
    let fleets = calls.fleets().clone();
    tokio::spawn(async move { fleets.start().await });
    let store = calls.gate().store().clone();
    let logs = calls.logs().clone();
    let named = approvals::under_name(config, &store, &logs)?;
    let runner = tokio::spawn(run_approved(calls.clone(), config.needs_approvals(), shutdown.clone()));
    let page = tokio::spawn(approvals_page(config.clone(), store, logs, shutdown.clone()));
    let result = match address {
        Some(address) => over_http(config, calls.clone(), &address, named, shutdown.clone()).await,
        None => over_stdio(calls.clone(), shutdown.clone()).await,
    };
    drop(background);
    shutdown.cancel();
    if let Err(error) = runner.await {
        tracing::error!(%error, "approved plans are carried out by this server no longer");
    }
    if let Err(error) = page.await {
        tracing::error!(%error, "the approvals page failed");
    }
    tokio::select! {
        () = calls.close() => {}
        _ = deadline => tracing::warn!(
            "not all had ended after {} s: the audit log has the intent of each change, and its outcome where it is known",
            END.as_secs()
        ),
    }
    result.map(|()| ExitCode::SUCCESS)
}

/// Serve without a tenant: a client that starts this program shows what to do, where an exit would only be a failure to connect.
async fn unconfigured(overrides: &Overrides) -> Result<ExitCode, Error> {
    tracing::warn!("no tenant is configured: the one tool that is served says what to do");
    let program =
        std::env::current_exe().map_or_else(|_| "jamf-pro-mcp".to_owned(), |path| path.display().to_string());
    let file = file_of(overrides)
        .map_or_else(|| "a configuration file".to_owned(), |path| path.display().to_string());
    let shutdown = CancellationToken::new();
    end_on_signal(shutdown.clone());
    let handler = Unconfigured::new(&program, &file);
    let transport = StdioTransport::new(stdio_pipes(), shutdown, || {});
    match handler.serve(transport).await {
        Ok(running) => {
            let ended = running.waiting().await;
            ended.map_err(|error| Error::internal(format!("the session failed unexpectedly: {error}")))?;
        }
        Err(error) => tracing::debug!(%error, "the client left before its session began"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Answers when the time for the end is over.
async fn deadline(shutdown: CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(END).await;
}

/// The configuration that is served: where callers show no token, nothing but reads is allowed.
fn allowed_without_credential(config: &Config, over_http: bool) -> Config {
    let mut config = config.clone();
    if over_http && config.http.open {
        tracing::warn!(
            "`http.open` is set: every user of this machine can read the tenant over HTTP; nothing but reads is possible"
        );
        config.allow.retain(|class| *class == RiskClass::Read);
    }
    config
}

/// Carry out what people approve to be run, where anything takes an approval.
async fn run_approved(calls: Pipeline, is_needed: bool, shutdown: CancellationToken) {
    if is_needed {
        calls.run_approved(shutdown).await;
    }
}

/// The approvals page beside what is served. A page that cannot be served is said, and stops nothing else: the gate refuses then.
async fn approvals_page(config: Config, store: Store, logs: Logs, shutdown: CancellationToken) {
    if let Err(error) = approvals::serve(&config, store, logs, shutdown).await {
        tracing::error!(%error, "the approvals page is not served");
    }
}

/// The configuration file, and what it held when it was last looked at. Its time tells nothing for certain: a file that is written while it
/// is read has the same one before and after, where the clock of the file system is coarse.
struct ConfigFile {
    path: Option<PathBuf>,
    seen: Option<Vec<u8>>,
}

impl ConfigFile {
    /// The first look finds it changed.
    fn new(overrides: &Overrides) -> Self {
        Self { path: file_of(overrides), seen: None }
    }

    /// Whether it was changed since this was last asked. A file that is away for a moment, as editors do it, is none.
    fn has_changed(&mut self) -> bool {
        let Some(now) = self.path.as_ref().and_then(|path| std::fs::read(path).ok()) else { return false };
        let changed = self.seen.as_ref() != Some(&now);
        self.seen = Some(now);
        changed
    }
}

/// Follow the API role, whose privileges an administrator may change, and the configuration file.
async fn keep_current(calls: Pipeline, overrides: Overrides, mut file: ConfigFile) {
    // Beside each other: a tenant that does not answer holds up no change of the file.
    let role = async {
        let mut role = every(ROLE_IS_ASKED);
        loop {
            role.tick().await;
            calls.refresh_privileges().await;
        }
    };
    let look = async {
        let mut look = every(FILE_IS_LOOKED_AT);
        let mut hangups = hangups();
        // What was changed while the server started.
        if file.has_changed() {
            let _ = reread(&calls, &overrides)
                .inspect_err(|error| tracing::error!(%error, "the configuration changed and is not right"));
        }
        loop {
            tokio::select! {
                _ = look.tick() => if file.has_changed() { say_reread(reread(&calls, &overrides)) },
                () = hangup(&mut hangups) => {
                    file.has_changed();
                    say_reread(reread(&calls, &overrides));
                }
            }
        }
    };
    tokio::join!(role, look);
}

/// A clock that does not make up for ticks that were missed.
fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

fn reread(calls: &Pipeline, overrides: &Overrides) -> Result<(), Error> {
    load(overrides).and_then(|newer| calls.narrow(&newer))
}

fn say_reread(result: Result<(), Error>) {
    match result {
        Ok(()) => tracing::info!(
            "the configuration was read again: what lists other tools or allows less holds from now on, everything else from the next start"
        ),
        Err(error) => {
            tracing::error!(%error, "the configuration was read again and is not right; everything stays as it was")
        }
    }
}

async fn over_http(
    config: &Config,
    calls: Pipeline,
    address: &str,
    page: Option<Arc<Page>>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let listen: SocketAddr = address.replace("localhost:", "127.0.0.1:").parse().map_err(|_| {
        Error::operator(format!(
            "`{address}` is no address to listen on; an address and a port, such as {DEFAULT_ADDRESS}"
        ))
    })?;
    let access = match config.http.open {
        true => Access::Open,
        false => Access::Tokens(Tokens::open(&config.http, &config.state_folder()?).await?),
    };
    let mut settings = Settings::new(&config.http, listen, access)?.with_store(calls.gate().store().clone());
    if let Some(page) = page {
        settings = settings.with_page(page);
    }
    http::serve(calls, settings, shutdown).await
}

async fn over_stdio(calls: Pipeline, shutdown: CancellationToken) -> Result<(), Error> {
    let handler = Handler::new(calls.clone(), "stdio");
    handler.announce_changes();
    let transport = StdioTransport::new(stdio_pipes(), shutdown, move || calls.end_waiting());
    match handler.serve(transport).await {
        Ok(running) => {
            let ended = running.waiting().await;
            ended
                .map(|_| ())
                .map_err(|error| Error::internal(format!("the session failed unexpectedly: {error}")))
        }
        // A client that leaves before it has said anything is no fault of ours.
        Err(error) => {
            tracing::debug!(%error, "the client left before its session began");
            Ok(())
        }
    }
}

/// The first signal ends the process in order; a second one ends it at once.
fn end_on_signal(shutdown: CancellationToken) {
    tokio::spawn(async move {
        signal().await;
        shutdown.cancel();
        tracing::info!("ending; once more to end at once");
        signal().await;
        #[expect(clippy::exit, reason = "asked for twice: nothing is waited for any more")]
        std::process::exit(130);
    });
}

/// Answers each time that the process is asked to read its configuration again. A terminal that closes asks for that too; the end of a
/// process is the end of its input, or another signal.
async fn hangup(hangups: &mut Option<Hangups>) {
    #[cfg(unix)]
    if let Some(hangups) = hangups
        && hangups.recv().await.is_some()
    {
        return;
    }
    std::future::pending().await
}

#[cfg(unix)]
type Hangups = tokio::signal::unix::Signal;
#[cfg(not(unix))]
type Hangups = std::convert::Infallible;

/// Takes the signal from now on: by itself it would end the process.
fn hangups() -> Option<Hangups> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup())
            .inspect_err(|error| tracing::warn!(%error, "SIGHUP cannot be waited for"))
            .ok()
    }
    #[cfg(not(unix))]
    None
}

/// Waits for the user or the system to ask for an end.
pub(super) async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be waited for");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
