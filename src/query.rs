//! Questions about rows: the fields of an answer, and conditions on them.
//!
//! [`question::Question`] says which part of a question Jamf is asked and which is judged here. [`row_filter`] judges rows,
//! `compare` values; [`groups`] counts rows.

pub mod attributes;
mod compare;
mod conditions;
pub mod fields;
pub mod groups;
pub mod guard;
pub mod joins;
mod problem;
mod quantity;
pub mod question;
pub mod repair;
pub mod row_filter;
pub mod shape;
pub mod when;
