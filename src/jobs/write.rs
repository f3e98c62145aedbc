//! The one write that a job comes to, with how the job reports on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use jamf_pro_client::Reader;
use jamf_pro_tools::configuration_profiles::PAYLOAD;
use jamf_pro_tools::{Action, Checked};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Conclusion, Work};
use crate::context::CallContext;
use crate::error::Error;
use crate::payloads::{self, Payload, Settings};

/// A function that reports on a write, given what the job knows and what the tenant answered.
type ReportOf<K> = for<'a> fn(&'a Work<'a>, Arc<K>, Value) -> BoxFuture<'a, Result<Value, Error>>;

/// How a job reports on its write, given what the tenant answered to it.
type ReportOfWrite =
    Arc<dyn for<'a> Fn(&'a Work<'a>, Value) -> BoxFuture<'a, Result<Value, Error>> + Send + Sync>;

/// The one write that a job comes to, with how it reports on it.
#[derive(Clone)]
pub struct Write {
    pub(crate) action: &'static Action,
    pub(crate) checked: Checked,
    /// The payload that goes with it, which is no argument.
    pub(crate) payload: Option<PayloadText>,
    /// Fields of the tenant's answer that the report looks at; all where there are none.
    pub(super) fields: &'static [&'static str],
    pub(super) explain: Option<fn(Error) -> Error>,
    pub(super) report: ReportOfWrite,
    /// What was read for it.
    pub(super) read: BTreeMap<&'static str, u64>,
}

/// A payload as it is sent, and as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct PayloadText {
    text: SecretString,
    pub(crate) settings: Settings,
}

impl std::fmt::Debug for Write {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Write").field("action", &self.action.name).finish_non_exhaustive()
    }
}

impl Write {
    /// The same with a payload; `current` is the one that it replaces.
    pub(super) fn with_payload(
        mut self,
        payload: &Payload,
        current: Option<&Payload>,
    ) -> Result<Self, Error> {
        let text = SecretString::from(payload.text()?);
        self.payload = Some(PayloadText { text, settings: Settings::of(payload, current) });
        Ok(self)
    }

    /// The arguments as they are sent: with the payload that goes with it, or with the present one where Jamf would break it.
    ///
    /// # Errors
    /// When the present payload cannot be read; nothing has been sent.
    pub(super) async fn arguments_to_send(
        &self,
        tenant: &Reader,
        call: &CallContext,
    ) -> Result<Checked, Error> {
        let checked = match &self.payload {
            Some(payload) => {
                let text = payload.text.expose_secret();
                self.checked.clone().with_secret(PAYLOAD, &mut || Value::from(text))
            }
            None => self.checked.clone(),
        };
        let along = payloads::before(tenant, self.action, &checked, &call.client).await?;
        Ok(along.unwrap_or(checked))
    }

    /// The same with the arguments as they were judged.
    pub(crate) fn with_arguments(self, checked: Checked) -> Self {
        Self { checked, ..self }
    }

    /// The same, reading these fields of the answer alone.
    pub(super) fn reading(self, fields: &'static [&'static str]) -> Self {
        Self { fields, ..self }
    }

    /// The same with words for what is most often the reason of an error.
    pub(super) fn explain_with(self, explain: fn(Error) -> Error) -> Self {
        Self { explain: Some(explain), ..self }
    }

    /// The write as the conclusion of a job. `report` is given what the job knows, and what the tenant answered.
    pub(super) fn report_with<K: Send + Sync + 'static>(self, known: K, report: ReportOf<K>) -> Conclusion {
        let known = Arc::new(known);
        Conclusion::Write(Self {
            report: Arc::new(move |work, answer| report(work, Arc::clone(&known), answer)),
            ..self
        })
    }
}

impl Work<'_> {
    /// A write that a job comes to. Its report is the answer of the tenant, until [`Write::report_with`] says another one.
    pub(super) fn write(&self, action: &str, arguments: Value) -> Result<Write, Error> {
        let (action, checked) = self.checked(action, arguments)?;
        Ok(Write {
            action,
            checked,
            payload: None,
            fields: &[],
            explain: None,
            report: Arc::new(|_, answer| futures::future::ready(Ok(answer)).boxed()),
            read: BTreeMap::new(),
        })
    }
}
