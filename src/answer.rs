//! What a call is answered with: rows, objects, files and errors as text that fits.

pub mod clean;
