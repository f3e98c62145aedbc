//! What is said of rows that Jamf found: [`Guard`] leaves those out that it found by what no row shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::row_filter::{RowFilter, Tree};

/// Tells rows that Jamf found by what they show from those that it found by what is left out of them, such as a credential in a name.
/// Nothing reports the latter: they count as not read.
#[derive(Debug, Clone)]
pub struct Guard {
    conditions: RowFilter,
    beside: Arc<AtomicU64>,
}

impl Guard {
    /// Of conditions that must all hold; none of none.
    pub(super) fn of(conditions: Vec<Tree>) -> Option<Self> {
        let conditions = if conditions.is_empty() { None } else { RowFilter::new(Tree::All(conditions)) };
        conditions.map(|conditions| Self { conditions, beside: Arc::default() })
    }

    /// A row as it is shown.
    pub(super) fn look_at(&self, row: &Value) {
        if !self.conditions.takes(row) {
            self.beside.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many rows do not meet by what they show what Jamf was asked.
    pub fn beside(&self) -> u64 {
        self.beside.load(Ordering::Relaxed)
    }
}
