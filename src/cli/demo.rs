//! `demo` and `--demo`: the simulated tenant, alone on a port or inside this process.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jamf_pro_demo::{Faults, Tenant, UnknownFault};

use super::say;
use crate::config::{SecretSource, TenantConfig};
use crate::error::Error;

/// What the simulated tenant is like; for `demo` and for `--demo`.
#[derive(Debug, Args)]
pub(super) struct Simulated {
    /// Computers of the simulated tenant.
    #[arg(long, value_name = "COMPUTERS", default_value_t = 420, global = true)]
    fleet: usize,
    /// Faults of the simulated tenant, such as `429=2*3,slow=500ms`.
    #[arg(long, value_name = "FAULT,…", default_value = "", global = true)]
    faults: String,
    /// Version of Jamf Pro that the simulated tenant plays.
    #[arg(long, value_name = "VERSION", default_value = "11.32.0", global = true)]
    jamf_version: String,
}

/// How long devices of the simulated tenant take to answer a command.
const ANSWERS: Duration = Duration::from_secs(2);

/// Options of `demo`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Port on loopback; 0 takes a free one.
    #[arg(long, default_value_t = 8725)]
    port: u16,
}

impl Simulated {
    /// Start the tenant.
    pub(super) async fn start(&self, port: u16) -> Result<Tenant, Error> {
        let faults: Faults =
            self.faults.parse().map_err(|error: UnknownFault| Error::Operator(error.to_string()))?;
        let options = jamf_pro_demo::Options {
            computers: self.fleet.clamp(1, 200_000),
            port,
            faults,
            version: self.jamf_version.clone(),
            answers: Some(ANSWERS),
            ..jamf_pro_demo::Options::default()
        };
        Tenant::start(options).await.map_err(|error| {
            Error::Operator(format!("the simulated tenant cannot be started on port {port}: {error}"))
        })
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

/// Run the tenant alone until it is told to end.
pub(super) async fn run(simulated: &Simulated, options: &Options) -> Result<ExitCode, Error> {
    let tenant = simulated.start(options.port).await?;
    say(&format!(
        "JAMF_PRO_URL={}\nJAMF_PRO_CLIENT_ID={}\nJAMF_PRO_CLIENT_SECRET={}\nDEMO_USER={}\nDEMO_PASSWORD={}",
        tenant.url(),
        tenant.client_id(),
        tenant.client_secret(),
        tenant.user(),
        tenant.password()
    ));
    tenant.stopped().await;
    Ok(ExitCode::SUCCESS)
}
