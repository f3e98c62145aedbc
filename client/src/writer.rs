//! The handle that changes one tenant: [`Writer`] sends every action, those that reveal secrets too.

use std::sync::Arc;

use jamf_pro_tools::{Action, Method, Request, Risk};

use crate::config::ClientConfig;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::retry::Failure;
use crate::{Call, FieldSelection, Listing, Reader, Reply, Through, Walk, pages, send, version};

/// Sends every action to one tenant. It cannot be cloned: there is one a tenant, in the one place that decides what is sent.
pub struct Writer(pub(crate) Arc<send::Client>);

impl Writer {
    /// A client for one tenant. Nothing is sent yet.
    ///
    /// # Errors
    /// When the base URL, the certificate authority or another setting is wrong.
    pub fn new(config: &ClientConfig) -> Result<Self, Error> {
        Ok(Self(send::Client::new(config, send::Patience::default())?))
    }

    /// The handle that reads the same tenant by the same client.
    pub fn reader(&self) -> Reader {
        Reader(self.0.clone())
    }

    /// Send one call and take its whole answer.
    ///
    /// A read is given up when the caller gives up or at its deadline. A write is given up only before it leaves: once it has,
    /// this future should be left to end, in a task of its own, for its outcome to be known.
    ///
    /// # Errors
    /// As [`Error`] says; a write whose outcome is not known is [`Error::Unknown`].
    pub async fn send(
        &self,
        action: &'static Action,
        request: &Request,
        call: &Call,
    ) -> Result<Reply, Error> {
        let is_write = action.risk > Risk::Read && action.method != Method::Get;
        let pending = is_write.then(|| call.tracker.begin());
        let sent = version::send(&self.0, action, request, call, send::Manner::default()).await;
        if let Some(pending) = pending {
            pending.settle(outcome_of(&sent, call));
        }
        sent.map_err(Error::from)
    }

    /// Walk the rows of a list, as [`Reader::list_through`] does, of an action that reveals secrets.
    ///
    /// # Errors
    /// Only when not one page came; later failures are in [`Listing::failed`].
    pub async fn list_through(
        &self,
        action: &'static Action,
        request: &Request,
        projection: &FieldSelection,
        walk: &Walk,
        through: &Through,
        call: &Call,
    ) -> Result<Listing, Error> {
        pages::walk(&self.0, action, request, projection, walk, Some(through), call).await
    }
}

/// What became of a write, by how its request ended.
fn outcome_of(sent: &Result<Reply, send::FailedAttempt>, call: &Call) -> Outcome {
    let failed_attempt = match sent {
        Ok(reply) if reply.incomplete.is_some() => return Outcome::Unconfirmed,
        Ok(_) => return Outcome::Done,
        Err(failed_attempt) => failed_attempt,
    };
    // An upload that was stopped because the file changed never became a whole request.
    let is_broken_off = call.seal.as_ref().is_some_and(|sealed| sealed.has_changed());
    match (&failed_attempt.error, failed_attempt.failure) {
        (Error::Unknown { .. }, _) if is_broken_off => Outcome::NotSent,
        (Error::Unknown { .. }, _) => Outcome::Unknown,
        (_, Failure::NotSent | Failure::Resting | Failure::NoConnection) => Outcome::NotSent,
        _ => Outcome::Failed,
    }
}
