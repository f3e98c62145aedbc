//! What must not be shown: secrets, by the name of a field and by the look of a value, and personal data, by the name and the
//! place of a field. This module knows fields and texts; `answer` applies it.

pub mod personal;
pub mod secrets;
pub mod text;
