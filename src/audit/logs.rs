//! All logs in one state folder: those of this process's tenants, and those of the user's other processes.
//!
//! Decisions about one tenant go into its log; enrollments and removals of approvers go into all of them. Copies go where the
//! configuration says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Audit;
use super::former;
use super::sink::Sink;
use crate::config::Config;
use crate::error::Error;
use crate::state_dir::file_stem;

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
        Self::take_over_former(config)?;
        Ok(Self {
            tenants: config.tenants.keys().cloned().collect(),
            megabytes: config.audit.max_megabytes,
            sink: Sink::start(&config.audit)?,
            ..Self::in_folder(&config.state_folder()?)
        })
    }

    /// Give the logs that the first edition kept under other names the names that they have now.
    ///
    /// # Errors
    /// When a log cannot be read or renamed.
    pub fn take_over_former(config: &Config) -> Result<(), Error> {
        let state = config.state_folder()?;
        config.tenants.keys().try_for_each(|tenant| former::take_over(&state, tenant))
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
        Ok(Audit::open(&self.state, tenant)?.with_limits(self.megabytes, self.sink.clone()))
    }

    /// Every log of the folder, and those of the tenants that have none yet.
    ///
    /// # Errors
    /// When one cannot be made or read.
    pub fn all(&self) -> Result<Vec<Audit>, Error> {
        let known: Vec<String> = self.tenants.iter().map(|tenant| file_stem(tenant)).collect();
        let others = self.names().into_iter().filter(|name| !known.contains(name));
        let others = others.map(|stem| {
            Ok(Audit::of_file(&self.state, &stem)?.with_limits(self.megabytes, self.sink.clone()))
        });
        self.tenants.iter().map(|tenant| self.of(tenant)).chain(others).collect()
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

    /// Wait until copies of what was written before are delivered, or cannot be.
    pub async fn wait_for_delivery(&self) {
        if let Some(sink) = &self.sink {
            sink.wait_for_delivery().await;
        }
    }
}
