//! The catalogue: every action of the Jamf Pro API and the Classic API, declared once, as a value.
//!
//! This crate does no I/O and knows neither the network nor MCP. It says what actions there are, checks arguments
//! against the schema that callers are shown, and lays a checked call out as a [`Request`] for somebody else to send.

pub mod action;
pub mod args;
pub mod catalogue;
pub mod check;
pub mod devices;
pub mod exclusions;
pub mod request;
pub mod rsql;
pub mod schema;
pub mod xml;

pub mod buildings;
pub mod categories;
pub mod computer_groups;
pub mod computers;
pub mod configuration_profiles;
pub mod departments;
pub mod groups;
pub mod mobile_device_groups;
pub mod mobile_devices;
pub mod policies;
pub mod scripts;
pub mod users;

pub use action::{Action, Api, Method, Risk, Rows};
pub use catalogue::{Catalogue, Family};
pub use check::{Checked, Problem, Problems};
pub use request::{Body, Request};

/// One line a resource file: the file's name, the toolset it belongs to, and its actions.
pub static TOOLSETS: &[Family] = &[
    Family { name: "computers", toolset: "devices", actions: computers::ACTIONS },
    Family { name: "mobile_devices", toolset: "devices", actions: mobile_devices::ACTIONS },
    Family { name: "computer_groups", toolset: "groups", actions: computer_groups::ACTIONS },
    Family { name: "mobile_device_groups", toolset: "groups", actions: mobile_device_groups::ACTIONS },
    Family { name: "groups", toolset: "groups", actions: groups::ACTIONS },
    Family { name: "users", toolset: "organisation", actions: users::ACTIONS },
    Family { name: "buildings", toolset: "organisation", actions: buildings::ACTIONS },
    Family { name: "departments", toolset: "organisation", actions: departments::ACTIONS },
    Family { name: "categories", toolset: "organisation", actions: categories::ACTIONS },
    Family { name: "policies", toolset: "configuration", actions: policies::ACTIONS },
    Family { name: "scripts", toolset: "configuration", actions: scripts::ACTIONS },
    Family {
        name: "configuration_profiles",
        toolset: "configuration",
        actions: configuration_profiles::ACTIONS,
    },
];
