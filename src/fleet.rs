//! The fleet: what is known here of a tenant's devices and configuration, with its age.
//!
//! A [`Part`](parts::Part) is the unit that is loaded, has an age, and is complete or not. [`tables`] declares as data what becomes of
//! Jamf's answers, and a [`Store`](store::Store) keeps the rows of one tenant. Questions that join several lists, and the gate where it
//! judges whom a call affects, read from here instead of from the tenant. [`Fleet`](refresh::Fleet) brings parts up to date, once for all
//! processes that ask at the same time; [`Fleet::ready`](refresh::Fleet::ready) has them loaded in the background while a question waits, and
//! [`Fleets`](tenants::Fleets) has the fleet of each tenant of a process.
//!
//! What follows from it is worked out by pure functions, each answer [known or unknown](known::Known): [who is in a group](groups::Groups),
//! [who is in a scope](scope::Scope), and [what refers to what](references::of_object). A [`View`](view::View) hands the rows of a store
//! to these functions. [Questions in SQL](sql::Question) read the tables as views; a
//! [`FleetReader`](access::FleetReader) answers those of one call.

pub mod access;
pub mod background;
pub mod changes;
pub mod configuration;
pub mod groups;
pub mod joins;
pub mod known;
pub mod load;
pub mod parts;
pub mod readiness;
pub mod references;
pub mod refresh;
pub mod scope;
pub mod sql;
pub mod store;
pub mod tables;
pub mod tenants;
pub mod view;
