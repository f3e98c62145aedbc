//! A panic in the work of one call ends as an error of that call, so that its outcome is recorded and told like any other.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use crate::error::Error;

/// The result of the work. A panic in it is [`Error::Internal`], without an outcome: who knows what was sent adds it.
pub(super) async fn caught<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    // What the work shares with others is behind locks that are read whether they are poisoned or not.
    let result = AssertUnwindSafe(work).catch_unwind().await;
    result.unwrap_or_else(|_| Err(Error::Internal("the call failed unexpectedly".to_owned())))
}
