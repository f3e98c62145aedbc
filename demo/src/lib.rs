//! The simulated tenant: real HTTP on loopback that answers as a Jamf Pro server does, with a fictional fleet.
//!
//! It is for trying the server without a tenant and for testing it against one that is harder than a real one:
//! faults are switchable. It is not a mock of the server that uses it, and knows nothing of that server.

pub mod fleet;
