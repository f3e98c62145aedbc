//! The one place that decides whether a call may go out.
