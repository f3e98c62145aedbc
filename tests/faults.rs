//! Faults of tenants, disks and callers, provoked from outside the built binary: what it says, what it sends and what is left
//! on disk. `JAMF_PRO_MCP_BINARY` runs the same tests against another build.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/arguments.rs"]
mod arguments;
#[path = "support/binary.rs"]
mod binary;
#[path = "support/callers.rs"]
mod callers;
#[path = "support/http.rs"]
mod http;
#[path = "support/person.rs"]
mod person;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/sending.rs"]
mod sending;
#[path = "support/setup.rs"]
mod setup;
#[path = "support/straight.rs"]
mod straight;
#[path = "support/tls.rs"]
mod tls;

#[path = "faults/answers.rs"]
mod answers;
#[path = "faults/approvals.rs"]
mod approvals;
#[path = "faults/audit_log.rs"]
mod audit_log;
#[path = "faults/client.rs"]
mod client;
#[path = "faults/cold.rs"]
mod cold;
#[path = "faults/copies.rs"]
mod copies;
#[path = "faults/dates.rs"]
mod dates;
#[path = "faults/documents.rs"]
mod documents;
#[path = "faults/ending.rs"]
mod ending;
#[path = "faults/every_write.rs"]
mod every_write;
#[path = "faults/identity.rs"]
mod identity;
#[path = "faults/ids.rs"]
mod ids;
#[path = "faults/lookups.rs"]
mod lookups;
#[path = "faults/messages.rs"]
mod messages;
#[path = "faults/notes.rs"]
mod notes;
#[path = "faults/notices.rs"]
mod notices;
#[path = "faults/outages.rs"]
mod outages;
#[path = "faults/outcome.rs"]
mod outcome;
#[path = "faults/panics.rs"]
mod panics;
#[path = "faults/permissions.rs"]
mod permissions;
#[path = "faults/questions.rs"]
mod questions;
#[path = "faults/redaction.rs"]
mod redaction;
#[path = "faults/scopes.rs"]
mod scopes;
#[path = "faults/sessions.rs"]
mod sessions;
#[path = "faults/settings.rs"]
mod settings;
#[path = "faults/setup_works.rs"]
mod setup_works;
#[path = "faults/soak.rs"]
mod soak;
#[path = "faults/spellings.rs"]
mod spellings;
