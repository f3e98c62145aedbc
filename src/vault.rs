//! Secrets on their way to a person, which no model sees: generated before a write (`generate`), captured from the answer to one
//! (`capture`), and kept before a deletion (`keep`). The store holds them until the person confirms to have them.

pub(crate) mod capture;
pub(crate) mod generate;
pub(crate) mod keep;

use futures::future::BoxFuture;
use serde_json::Value;

use crate::error::Error;

/// The actions with which the vault reads secrets of the tenant.
pub(crate) const READS: &[&str] = &[
    "computer_filevault_get",
    "computer_recovery_lock_get",
    "computer_lock_pin_get",
    "mobile_device_detail_get",
];

/// Reads secrets of one tenant for a person.
pub(crate) trait SecretReader: Sync {
    /// What an action answers, with its secrets. Errors as the tenant answers.
    fn reveal<'a>(&'a self, action: &'static str, arguments: Value) -> BoxFuture<'a, Result<Value, Error>>;

    /// The privileges of the API role. Errors when the tenant does not say.
    fn privileges(&self) -> BoxFuture<'_, Result<Vec<String>, Error>>;
}

/// The text at a dotted place of an answer; empty where there is none.
fn text_in(answer: &Value, place: &str) -> String {
    let pointer = format!("/{}", place.replace('.', "/"));
    match answer.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::{Catalogue, Risk};

    use super::*;

    #[test]
    fn the_vault_reads_with_actions_that_there_are() {
        for name in READS {
            let action = Catalogue::get().find(name).unwrap();
            assert!(action.risk == Risk::Secret || !action.hides.is_empty(), "{name}");
        }
    }
}
