//! Logs: on standard error or into a file, never on standard output, which belongs to the protocol.

use std::fs::OpenOptions;

use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::error::Error;

/// The SDK is silent: it logs session ids and whole messages, and an error for each client that leaves while a stream is open. What
/// is wrong with a request is logged by `http`.
const FILTER: &str = "warn,rmcp=off,jamf_pro_mcp=info,jamf_pro_demo=warn";

/// Begin logging as the configuration says.
pub(super) fn start(config: &Config) -> Result<(), Error> {
    let text = config.log.filter.as_deref().unwrap_or(FILTER);
    let filter = EnvFilter::try_new(text)
        .map_err(|error| Error::operator(format!("`log.filter` is `{text}`: {error}")))?;
    // However much is asked for, the SDK's own lines may hold what is said in a session.
    let filter = match "rmcp=off".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    // A line that cannot be written is dropped: to say so on a standard error that nobody reads any more would end whichever task logs.
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_target(false).log_internal_errors(false);
    let started = match &config.log.file {
        Some(path) => {
            let mut options = OpenOptions::new();
            options.create(true).append(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path).map_err(|error| {
                Error::operator(format!("the log file {} cannot be written: {error}", path.display()))
            })?;
            subscriber.with_ansi(false).with_writer(std::sync::Mutex::new(file)).try_init()
        }
        None => {
            let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            subscriber.with_ansi(terminal).with_writer(std::io::stderr).try_init()
        }
    };
    started.map_err(|error| Error::internal(format!("logging cannot be started: {error}")))
}
