//! What a call brings along on its way through the server: what the client needs for its requests, and what keeps personal data from the
//! caller.

use std::sync::Arc;

use jamf_pro_client::Call;

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
}

impl CallContext {
    /// The same with another call for the client.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Call) -> Call) -> Self {
        Self { client: change(self.client), ..self }
    }
}
