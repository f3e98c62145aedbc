//! Prints requests of every action of the Jamf Pro API, one JSON object a line: arguments that fit the action's schema, laid
//! out for the wire. `tests/document/run` shows them to an independent validator of Jamf's document.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for tests: it fails by panicking and prints what it makes"
)]

#[path = "../tests/support/fitting.rs"]
mod fitting;

use jamf_pro_tools::{Api, Body, Catalogue};
use serde_json::{Value, json};

/// Requests for each action.
const ROUNDS: u64 = 4;

fn main() {
    for action in Catalogue::get().actions().filter(|action| action.api() == Api::Pro) {
        let schema = action.checked_schema();
        for round in 0..ROUNDS {
            let mut roll = round * 7919 + 3;
            let checked =
                action.check(fitting::arguments(action, &schema, &mut roll)).expect("arguments that fit");
            let request = match action.request(&fitting::looked_up(action, &checked)) {
                Ok(request) => request,
                // Empty names and the like have no place in a path; other rounds have better ones.
                Err(_) if round + 1 < ROUNDS => continue,
                Err(problems) => panic!("{}: {problems}", action.name),
            };
            let (media_type, body) = match request.body {
                Body::Empty => (None, Value::Null),
                Body::Json(body) => (Some("application/json"), body),
                Body::MergePatch(body) => (Some("application/merge-patch+json"), body),
                Body::Xml(text) => (Some("application/xml"), json!(text)),
                Body::Upload { field, .. } => (Some("multipart/form-data"), json!(field)),
                Body::File { media_type, .. } => (Some(media_type), json!("file")),
            };
            println!(
                "{}",
                json!({
                    "tool": action.name, "method": request.method.as_str(), "template": action.path, "path": request.path,
                    "query": request.query, "media_type": media_type, "body": body, "secrets": action.secrets().map(|(place, _)| place).collect::<Vec<_>>(),
                })
            );
        }
    }
}
