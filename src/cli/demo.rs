//! `demo` and `--demo`: the simulated tenant, alone on a port or inside this process.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use jamf_pro_demo::{Faults, KNOWN, Tenant, UnknownFault};

use super::{say, tour};
use crate::config::{SecretSource, TenantConfig};
use crate::error::Error;

/// What the simulated tenant is like; for `demo` and for `--demo`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Simulated tenant")]
pub(super) struct TenantOptions {
    /// Computers of the simulated tenant [default: 420]; everything else is in proportion.
    #[arg(long, alias = "fleet", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=200_000), global = true)]
    computers: Option<u32>,
    /// Seed of the simulated tenant [default: 1]: the same seed makes the same fleet.
    #[arg(long, value_name = "NUMBER", global = true)]
    seed: Option<u64>,
    /// File that keeps what is changed in the simulated tenant, for the next start.
    #[arg(long, value_name = "FILE", global = true)]
    state: Option<PathBuf>,
    /// Faults of the simulated tenant, such as `429=2*3,slow=500ms`; `jamf-pro-mcp demo --help` lists them.
    #[arg(long, value_name = "FAULT,…", global = true)]
    faults: Option<String>,
    /// Version of Jamf Pro that the simulated tenant plays [default: 11.32.0].
    #[arg(long, value_name = "VERSION", global = true)]
    jamf_version: Option<String>,
}

/// Computers of the simulated tenant where nothing else is said.
const COMPUTERS: usize = 420;

/// How long devices of the simulated tenant take to answer a command.
const ANSWERS: Duration = Duration::from_secs(2);

/// Options of `demo`.
#[derive(Debug, Args)]
#[command(after_long_help = faults_help())]
pub(super) struct Options {
    /// Port on loopback; 0 takes a free one.
    #[arg(long, default_value_t = 8725)]
    port: u16,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take a tour of five minutes: questions and their answers, a plan that you reject, one that you approve, the audit log.
    Tour,
}

/// Every fault, a line each.
fn faults_help() -> String {
    let lines = KNOWN.iter().map(|known| format!("  {:<24} {}", known.form(), known.what));
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!(
        "Faults, for --faults and for the control page; the value behind `=` is the one that stands for none:\n{lines}\n\
         Each may end with `*COUNT`, for so many requests, and then `@/PATH`, for paths that begin so.\n\n\
         The page at DEMO_CONTROL shows what reaches the tenant, and switches faults while it runs."
    )
}

impl TenantOptions {
    /// Whether anything is said of the simulated tenant.
    pub(super) fn is_given(&self) -> bool {
        let Self { computers, seed, state, faults, jamf_version } = self;
        computers.is_some() || seed.is_some() || state.is_some() || faults.is_some() || jamf_version.is_some()
    }

    /// Start the tenant.
    pub(super) async fn start(&self, port: u16) -> Result<Tenant, Error> {
        let faults = self.faults.as_deref().unwrap_or_default();
        let faults: Faults =
            faults.parse().map_err(|error: UnknownFault| Error::operator(error.to_string()))?;
        let before = self.state.as_deref().map(jamf_pro_demo::saved_fleet).transpose();
        let before = before.map_err(|error| Error::operator(error.to_string()))?.flatten();
        let usual = jamf_pro_demo::Options::default();
        let (seed, computers) = before.unwrap_or((usual.seed, COMPUTERS));
        let options = jamf_pro_demo::Options {
            computers: self.computers.and_then(|computers| computers.try_into().ok()).unwrap_or(computers),
            seed: self.seed.unwrap_or(seed),
            port,
            faults,
            version: self.jamf_version.clone().unwrap_or(usual.version),
            answers: Some(ANSWERS),
            state: self.state.clone(),
            ..jamf_pro_demo::Options::default()
        };
        let tenant = Tenant::start(options).await;
        tenant.map_err(|error| Error::operator(format!("the simulated tenant cannot be started: {error}")))
    }
}

/// How a client reaches a simulated tenant.
pub(super) fn tenant_config(tenant: &Tenant) -> TenantConfig {
    TenantConfig {
        url: tenant.url(),
        client_id: tenant.client_id().to_owned(),
        secret: SecretSource::Known(tenant.client_secret().into()),
        label: Some("simulated".to_owned()),
        ca_file: None,
    }
}

/// Run the tenant alone until it is told to end, or take the tour.
pub(super) async fn run(simulated: &TenantOptions, options: &Options) -> Result<ExitCode, Error> {
    if let Some(What::Tour) = options.what {
        return tour::run(simulated).await;
    }
    let tenant = simulated.start(options.port).await?;
    say(&format!(
        "JAMF_PRO_URL={}\nJAMF_PRO_CLIENT_ID={}\nJAMF_PRO_CLIENT_SECRET={}\nDEMO_USER={}\nDEMO_PASSWORD={}\nDEMO_CONTROL={}",
        tenant.url(),
        tenant.client_id(),
        tenant.client_secret(),
        tenant.user(),
        tenant.password(),
        tenant.control_url()
    ));
    if std::io::stdout().is_terminal() {
        let _ = writeln!(
            std::io::stderr(),
            "\nThe simulated tenant runs until ctrl-c. Open DEMO_CONTROL in a browser to see what reaches it and to switch faults;\n\
             set the first three lines in another terminal to use it as a tenant: `jamf-pro-mcp call computer_list`."
        );
    }
    tenant.stopped().await;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_fault() {
        let documentation = include_str!("../../docs/demo.md");
        for known in KNOWN {
            let row = format!("| `{}` | {} |", known.form(), known.what);
            assert!(documentation.contains(&row), "docs/demo.md lacks\n{row}");
        }
    }
}
