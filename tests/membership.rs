//! The fleet's own evaluation of groups and its references, beside what the simulated tenant says by itself. The tenant shares no code
//! with the server, so that a mistake in one of them shows.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

#[path = "membership/groups.rs"]
mod groups;
#[path = "membership/records.rs"]
mod records;
#[path = "membership/references.rs"]
mod references;
#[path = "membership/scopes.rs"]
mod scopes;
#[path = "support/straight.rs"]
mod straight;
#[path = "membership/view.rs"]
mod view;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod world;
