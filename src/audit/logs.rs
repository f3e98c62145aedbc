//! All logs in one state folder: those of this process's tenants, and those of the user's other processes.
//!
//! What is decided about one tenant goes into its log, and who may decide into all of them, wherever that is said: on the approvals page
//! or in a terminal. Copies go where the configuration says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::sink::Sink;
use super::{Audit, file_stem};
use crate::config::Config;
use crate::error::Error;
use crate::store::{Approver, Store};

/// The logs of a state folder.
#[derive(Debug, Clone)]
pub struct Logs {
    state: PathBuf,
    /// Tenants of this process, by their names.
    tenants: Vec<String>,
    megabytes: u32,
    sink: Option<Sink>,
}

impl Logs {
    /// The logs as a configuration has them kept. Copies are delivered in the background, so this is called within a runtime.
    ///
    /// # Errors
    /// When there is no state folder, or copies cannot go where they are to go.
    pub fn start(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            tenants: config.tenants.keys().cloned().collect(),
            megabytes: config.audit.max_megabytes,
            sink: Sink::start(&config.audit)?,
            ..Self::in_folder(&config.state_folder()?)
        })
    }

    /// The logs that are in a folder, for reading.
    pub fn in_folder(state: &Path) -> Self {
        Self { state: state.to_owned(), tenants: Vec::new(), megabytes: 0, sink: None }
    }

    /// The state folder.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The log of a tenant, whichever process has the tenant.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn of(&self, tenant: &str) -> Result<Audit, Error> {
        Ok(Audit::open(&self.state, tenant)?.kept_as(self.megabytes, self.sink.clone()))
    }

    /// Every log of the folder, and those of the tenants that have none yet.
    ///
    /// # Errors
    /// When one cannot be made or read.
    pub fn all(&self) -> Result<Vec<Audit>, Error> {
        let known: Vec<String> = self.tenants.iter().map(|tenant| file_stem(tenant)).collect();
        let others = self.names().into_iter().filter(|name| !known.contains(name));
        self.tenants.iter().cloned().chain(others).map(|tenant| self.of(&tenant)).collect()
    }

    /// The logs that are there, by the names of their files, which are those of their tenants as far as a file can have them. A log of
    /// which there is only the head, or only what was put aside, is one too: the rest of it is missing.
    pub fn names(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.state.join("audit")).into_iter().flatten().flatten();
        let names: BTreeSet<String> = files
            .filter_map(|file| {
                let name = file.file_name().into_string().ok()?;
                let stem = name.strip_suffix(".jsonl").or_else(|| name.strip_suffix(".head"))?;
                // What was put aside has a number after another point.
                Some(stem.split_once('.').map_or(stem, |(tenant, _)| tenant).to_owned())
            })
            .collect();
        names.into_iter().collect()
    }

    /// Whether a passkey is on record as it is now: enrolled on the page, and not removed. A row in the store alone can be written by
    /// whoever can write files.
    ///
    /// # Errors
    /// When it is not.
    pub fn vouch(&self, approver: &Approver) -> Result<(), Error> {
        let unread = |error| Error::Operator(format!("the audit log cannot be read: {error}"));
        let (mut enrolled, mut removed) = (false, false);
        for audit in self.all()? {
            for record in audit.proven(&approver.credential).map_err(unread)? {
                let of = |name: &str| record.arguments.get(name).and_then(serde_json::Value::as_str);
                if record.tool == "approvers" && of("passkey") == Some(&approver.credential) {
                    enrolled |=
                        record.phase == "enrolled" && of("fingerprint") == Some(&approver.fingerprint());
                    removed |= record.phase == "removed";
                }
            }
        }
        if enrolled && !removed {
            return Ok(());
        }
        Err(Error::NotAllowed(format!(
            "the audit log has no enrolment of the passkey of {} as it is in the store; somebody may have written it there. Look at \
             `jamf-pro-mcp approvals approvers`; whoever has a passkey that counts can invite them anew",
            approver.name
        )))
    }

    /// Whether any log tells of a passkey, whoever wrote that: who takes the rows of passkeys out of the store does not bring the weaker
    /// ways of approving back.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub fn tell_of_passkeys(&self) -> Result<bool, Error> {
        Ok(!self.enrolments()?.is_empty())
    }

    /// Check that every passkey that the logs have as enrolled and not removed is in the store: a code from a terminal enrols the first
    /// passkey, and somebody may have made room for a first one.
    ///
    /// # Errors
    /// When one is gone, or a log cannot be read.
    pub fn nobody_is_gone(&self, store: &Store) -> Result<(), Error> {
        let there = store.all_approvers()?;
        let is_there = |credential: &String| there.iter().any(|approver| approver.credential == *credential);
        let gone: Vec<String> =
            self.enrolments()?.into_iter().filter(|(key, _)| !is_there(key)).map(|(_, name)| name).collect();
        if gone.is_empty() {
            return Ok(());
        }
        Err(Error::NotAllowed(format!(
            "the audit log has passkeys that are not in the store any more (of {}): somebody may have taken them out, to enrol their own \
             as the first. Nothing was enrolled. Look at `jamf-pro-mcp audit show enrolled`; where the store was lost, move the folder \
             `audit` out of {} first, and keep it",
            gone.join(", "),
            self.state.display()
        )))
    }

    /// Passkeys that any log has as enrolled and not removed: the credential, whose it is.
    fn enrolments(&self) -> Result<BTreeMap<String, String>, Error> {
        let unread = |error| Error::Operator(format!("the audit log cannot be read: {error}"));
        let (mut standing, mut removed) = (BTreeMap::new(), BTreeSet::new());
        for audit in self.all()? {
            for record in audit.told("\"tool\":\"approvers\"").map_err(unread)? {
                let credential = record.arguments.get("passkey").and_then(serde_json::Value::as_str);
                let Some(credential) = credential.filter(|_| record.tool == "approvers") else { continue };
                match record.phase.as_str() {
                    "enrolled" => {
                        standing.insert(credential.to_owned(), record.who);
                    }
                    "removed" => {
                        removed.insert(credential.to_owned());
                    }
                    _ => {}
                }
            }
        }
        standing.retain(|credential, _| !removed.contains(credential));
        Ok(standing)
    }

    /// Wait until copies of what was written before are delivered, or cannot be.
    pub async fn delivered(&self) {
        if let Some(sink) = &self.sink {
            sink.delivered().await;
        }
    }
}
