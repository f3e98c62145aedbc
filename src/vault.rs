//! Secrets on their way to a person, which no model sees: generated before a write (`generate`), captured from the answer to one
//! (`capture`), and kept before a deletion (`keep`). The store holds them until the person confirms to have them.

pub(crate) mod capture;
pub(crate) mod generate;
pub(crate) mod keep;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use futures::future::BoxFuture;
use jamf_pro_tools::{Action, Catalogue, DeviceKind, RecordSecret};
use serde_json::{Value, json};

use crate::error::Error;
use crate::plan::Target;

/// The actions with which the vault reads secrets of the tenant: those that actions declare.
pub(crate) fn reads() -> &'static [&'static str] {
    static READS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let secrets = Catalogue::get().actions().flat_map(Action::record_secrets);
        secrets.map(|secret| secret.read_by).collect::<BTreeSet<_>>().into_iter().collect()
    });
    &READS
}

/// Reads secrets of one tenant for a person.
pub(crate) trait SecretReader: Sync {
    /// What an action answers, with its secrets. Errors as the tenant answers.
    fn reveal<'a>(&'a self, action: &'static str, arguments: Value) -> BoxFuture<'a, Result<Value, Error>>;
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

/// A secret in the record of a device; empty where the record has none, or is of another kind.
///
/// # Errors
/// As the tenant answers.
async fn in_record(
    reader: &dyn SecretReader,
    secret: RecordSecret,
    target: &Target,
) -> Result<String, Error> {
    let kind = match secret.kind {
        DeviceKind::Computer => "computer",
        DeviceKind::MobileDevice => "mobile_device",
    };
    if target.kind != kind {
        return Ok(String::new());
    }
    let record = reader.reveal(secret.read_by, json!({ "id": target.id })).await?;
    let values = secret.places.iter().map(|place| text_in(&record, place));
    Ok(values.into_iter().find(|value| !value.is_empty()).unwrap_or_default())
}
