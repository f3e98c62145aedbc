//! The HTML pages that the Classic API answers for errors, whatever the client accepts.

use http::StatusCode;

use crate::exchange::Answer;

/// Any error.
pub(super) fn error(status: StatusCode, words: &str) -> Answer {
    Answer::page(status, words)
}

/// 404.
pub(super) fn not_found() -> Answer {
    error(StatusCode::NOT_FOUND, "The server has not found anything matching the request URI")
}

/// 409 with the one reason that is told.
pub(super) fn conflict(reason: &str) -> Answer {
    error(StatusCode::CONFLICT, &format!("Error: {reason}"))
}
