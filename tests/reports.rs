//! Jobs that answer a question over the fleet, beside what the raw answers of the simulated tenant say.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

#[path = "reports/configuration.rs"]
mod configuration;
#[path = "reports/explain.rs"]
mod explain;
#[path = "reports/raw.rs"]
mod raw;
#[path = "reports/references.rs"]
mod references;
#[path = "support/straight.rs"]
mod straight;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod world;
