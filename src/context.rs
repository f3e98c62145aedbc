//! What a call brings along on its way through the server: what the client needs for its requests, and what keeps personal data from the
//! caller.

use std::sync::Arc;

use jamf_pro_client::{Call, Step};

use crate::fleet::access::FleetAccess;
use crate::fleet::load::{Listener, Watch};
use crate::fleet::tenants::Fleets;
use crate::sanitize::personal::Privacy;

/// What a call brings along.
#[derive(Clone)]
pub struct CallContext {
    /// For the client: whose it is, until when, and how it is given up.
    pub client: Call,
    /// Keeps personal data of what is read from the caller; `None` where everything is shown.
    pub privacy: Option<Arc<dyn Privacy>>,
    /// What is known of the tenants.
    pub fleets: Fleets,
    /// What the caller may see of it.
    pub access: FleetAccess,
}

impl CallContext {
    /// The same with another call for the client.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Call) -> Call) -> Self {
        Self { client: change(self.client), ..self }
    }

    /// How loads of the fleet tell this call of their progress and learn that it was given up.
    pub fn watch(&self) -> Watch {
        let progress = self.client.progress.clone().map(|tell| -> Listener {
            Arc::new(move |progress| {
                tell(Step { done: progress.read, total: progress.total, what: progress.source });
            })
        });
        Watch { cancelled: self.client.cancelled.clone(), progress }
    }
}
