//! The HTML pages that the Classic API answers for errors, whatever the client accepts.

use http::StatusCode;

use crate::exchange::Answer;

/// Any error.
pub(super) fn error(status: StatusCode, words: &str) -> Answer {
    Answer::page(status, words)
}

/// 400.
pub(super) fn bad_request() -> Answer {
    error(StatusCode::BAD_REQUEST, "The request could not be understood by the server")
}

/// 401 for a privilege that the role lacks; the token is good all the same.
pub(super) fn not_allowed() -> Answer {
    error(StatusCode::UNAUTHORIZED, "The request requires user authentication")
}

/// 404.
pub(super) fn not_found() -> Answer {
    error(StatusCode::NOT_FOUND, "The server has not found anything matching the request URI")
}

/// 409 with the one reason that is told.
pub(super) fn conflict(reason: &str) -> Answer {
    error(StatusCode::CONFLICT, &format!("Error: {reason}"))
}

/// 409 for a reference to what is not there.
pub(super) fn unmatched(noun: &str) -> Answer {
    conflict(&format!("Unable to match {noun}"))
}
