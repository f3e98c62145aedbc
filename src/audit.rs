//! The audit log: append-only, HMAC-chained JSON Lines, one file for all processes of the user.
