//! After a write: what is kept of the tenant's devices and configuration learns of it, whatever became of the write.

use std::time::Duration;

use jamf_pro_client::Reader;
use jamf_pro_client::outcome::Outcome;

use super::Pipeline;
use crate::error::Error;
use crate::fleet::changes::Write;
use crate::fleet::tenants::Fleets;

/// How long the outcome of a write waits for the fleet. Noting goes on after it.
const PATIENCE: Duration = Duration::from_secs(2);

impl Pipeline {
    /// Note in the fleet what these writes changed or may have changed. What fails here changes nothing of the outcome.
    pub(super) async fn note_changes(&self, tenant: Reader, writes: Vec<Write>, outcome: Outcome) {
        if outcome.is_repeatable() || writes.is_empty() {
            return;
        }
        let is_certain = matches!(outcome, Outcome::Done | Outcome::Unconfirmed);
        let fleets = self.fleets().clone();
        let noting = self.0.writes.spawn(async move {
            if let Err(error) = note(&fleets, &tenant, &writes, is_certain).await {
                tracing::warn!(%error, "the fleet could not note what was changed; it is as old as its age says");
            }
        });
        let _ = tokio::time::timeout(PATIENCE, noting).await;
    }
}

async fn note(fleets: &Fleets, tenant: &Reader, writes: &[Write], is_certain: bool) -> Result<(), Error> {
    if writes.iter().all(|write| write.changes(is_certain, None).is_empty()) {
        return Ok(());
    }
    match fleets.kept(tenant).await? {
        Some(fleet) => fleet.note_writes(writes.to_vec(), is_certain).await,
        None => Ok(()),
    }
}
