//! `try`, `setup` and `secret` as people start them: a home of its own, with real files of clients.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

#[path = "setup/clients.rs"]
mod clients;
#[path = "setup/home.rs"]
mod home;
#[path = "setup/secrets.rs"]
mod secrets;
#[path = "setup/tenant.rs"]
mod tenant;
