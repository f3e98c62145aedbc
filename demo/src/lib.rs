//! The simulated tenant: real HTTP on loopback that answers as a Jamf Pro server does, with a fictional fleet.
//!
//! It is for trying the server without a tenant and for testing it against one that is harder than a real one:
//! faults are switchable. It is not a mock of the server that uses it, and knows nothing of that server.
//!
//! ```no_run
//! # async fn start() -> std::io::Result<()> {
//! use jamf_pro_demo::{Options, Tenant};
//! let tenant = Tenant::start(Options { faults: "429*2".parse().unwrap_or_default(), ..Options::default() }).await?;
//! assert!(tenant.url().starts_with("http://127.0.0.1:"));
//! # Ok(())
//! # }
//! ```

pub mod fleet;

mod absent;
mod answering;
mod auth;
mod bodies;
mod changes;
mod classic;
mod control;
mod criteria;
mod effects;
mod enrollment;
mod exchange;
mod faults;
mod filters;
mod inventory;
mod log;
mod options;
mod paging;
mod privileges;
mod pro;
mod recalculation;
mod rsql;
mod serve;
mod shapes;
mod state_file;
mod store;
mod world;

pub use absent::ABSENT;
pub use faults::{
    Charset, Fault, FaultDeclaration, FaultKind, FaultSwitches, Faults, KNOWN, RetryAfter, UnknownFault,
};
pub use log::{LogEntry, RequestLog};
pub use options::Options;
pub use serve::Tenant;
pub use state_file::{StateFileError, saved_fleet};

#[cfg(test)]
mod tests;
