//! The catalogue: every action of the Jamf Pro API and the Classic API, declared once, as a value.
//!
//! This crate does no I/O and knows neither the network nor MCP. It says what actions there are, checks arguments
//! against the schema that callers are shown, and lays a checked call out as a [`Request`] for somebody else to send.

pub mod action;
pub mod args;
pub mod catalogue;
pub mod check;
pub mod request;
pub mod rsql;
pub mod schema;
pub mod xml;

pub mod buildings;

pub use action::{Action, Api, Method, Risk, Rows};
pub use catalogue::{Catalogue, Family};
pub use check::{Checked, Problem, Problems};
pub use request::{Body, Request};

/// One line a resource file: the file's name, the toolset it belongs to, and its actions.
pub static TOOLSETS: &[Family] =
    &[Family { name: "buildings", toolset: "organisation", actions: buildings::ACTIONS }];
