//! The simulated tenant: real HTTP on loopback that answers as a Jamf Pro server does, with a fictional fleet.
//!
//! It is for trying the server without a tenant and for testing it against one that is harder than a real one: faults are
//! switchable, limits are real, and it remembers what reached it. It is not a mock of the server that uses it, and knows
//! nothing of that server.

#![expect(
    clippy::indexing_slicing,
    reason = "JSON values are read by name, which gives null where there is nothing; what is written to is our own objects"
)]
#![expect(clippy::result_large_err, reason = "the error of a check is the answer that is sent")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

mod answer;
mod auth;
mod classic;
mod faults;
pub mod fleet;
mod log;
mod pro;
mod rows;
mod rsql;
mod server;
mod store;

pub use faults::{Fault, FaultError, Faults};
pub use log::{Entry, RequestLog};

/// Client id of the one API client that the simulated tenant knows.
pub const CLIENT_ID: &str = "00000000-demo-4000-a000-000000000000";

/// Its secret. It opens nothing but the simulated tenant.
pub const CLIENT_SECRET: &str = "demo-secret-that-opens-nothing-real";

/// What kind of tenant to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of computers; mobile devices are in proportion.
    pub computers: usize,
    /// Seed of the fleet.
    pub seed: u64,
    /// Port on loopback; 0 takes a free one.
    pub port: u16,
    /// How long an access token lives.
    pub token_lifetime: Duration,
    /// Version of Jamf Pro that it claims and behaves as.
    pub version: String,
    /// Privileges of the API role; `None` for all.
    pub privileges: Option<Vec<String>>,
    /// Faults that are on from the start.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            computers: 420,
            seed: 1,
            port: 0,
            token_lifetime: Duration::from_secs(60),
            version: "11.32.0".to_owned(),
            privileges: None,
            faults: Faults::default(),
        }
    }
}

/// A running simulated tenant; it ends when this is dropped.
pub struct Tenant {
    address: SocketAddr,
    state: Arc<server::State>,
    ended: CancellationToken,
    _stop: DropGuard,
}

impl Tenant {
    /// Start it on loopback.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(server::State::new(options));
        let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
        let app = server::app(state.clone());
        let (stopping, done) = (stop.clone(), ended.clone());
        tokio::spawn(async move {
            tokio::select! {
                result = axum::serve(listener, app) => if let Err(error) = result {
                    tracing::warn!(%error, "the simulated tenant stopped");
                },
                () = stopping.cancelled() => {}
            }
            done.cancel();
        });
        Ok(Self { address, state, ended, _stop: stop.drop_guard() })
    }

    /// Its base URL, such as `http://127.0.0.1:49152`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Client id that it accepts.
    pub fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// Client secret that it accepts.
    pub fn client_secret(&self) -> &'static str {
        CLIENT_SECRET
    }

    /// Replace the faults while it runs.
    pub fn set_faults(&self, faults: Faults) {
        self.state.faults.replace(faults);
    }

    /// What reached it.
    pub fn log(&self) -> &RequestLog {
        &self.state.log
    }

    /// Make all tokens that were given out invalid, as a restart would.
    pub fn forget_tokens(&self) {
        self.state.tokens.forget();
    }

    /// Wait until it has ended by itself.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}
