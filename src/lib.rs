//! jamf-pro-mcp: gives AI agents the actions of Jamf Pro as typed tools, with a gate in front of them.
//!
//! The library is the server; `main.rs` is its command line. `ARCHITECTURE.md` shows the map.

pub mod approvals;
pub mod audit;
pub mod builtin;
pub mod call;
pub mod canonical;
pub mod cli;
pub mod config;
pub mod context;
mod database;
pub mod error;
pub mod fleet;
pub mod gate;
pub mod http;
pub mod jobs;
pub mod mcp;
pub mod os_user;
pub mod payloads;
pub mod pipeline;
pub mod plan;
pub mod privacy;
pub mod query;
pub mod readback;
pub mod registry;
pub mod render;
pub mod sanitize;
mod state_dir;
pub mod store;
pub mod vault;
