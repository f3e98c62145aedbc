//! Every action of the catalogue, sent straight to a simulated tenant with arguments that fit it: it succeeds, and what the tenant
//! answers is valid by Jamf's own document.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/arguments.rs"]
mod arguments;
#[path = "support/document.rs"]
mod document;
#[path = "support/sending.rs"]
mod sending;
#[path = "support/straight.rs"]
mod straight;

use std::sync::Arc;
use std::time::Duration;

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_tools::{Action, Catalogue, Method};
use serde_json::Value;
use tokio::task::JoinSet;

use arguments::{arguments, table};
use document::Documents;
use sending::request;
use straight::Straight;

/// A tenant whose tokens outlive a test, with as few computers as a test needs.
fn small() -> Options {
    Options { computers: 12, token_lifetime: Duration::from_secs(3600), ..Options::default() }
}

/// Actions that do not succeed here, with the status, and why.
const OTHERWISE: &[(&str, u16, &str)] = &[];

/// The action that makes what another one is about, where a fresh tenant has none.
fn before(action: &Action) -> Option<&'static Action> {
    let name = table()["before"].get(action.name)?.as_str().unwrap().to_owned();
    Some(Catalogue::get().find(&name).unwrap())
}

/// One action on a tenant, with arguments that fit it: the complaint, if there is one.
async fn tried(
    action: &'static Action,
    given: &Value,
    straight: &Straight,
    documents: Option<&Documents>,
) -> Option<String> {
    let request = match request(action, given, straight).await {
        Ok(request) => request,
        Err(problem) => return Some(format!("NOT SENT: {problem}")),
    };
    let (status, text) = straight.send(&request).await;
    let otherwise = OTHERWISE.iter().find(|(name, _, _)| *name == action.name);
    let right = otherwise.map_or((200..300).contains(&status), |(_, wanted, _)| status == *wanted);
    if !right {
        let short: String = text.chars().filter(|letter| *letter != '\n').take(300).collect();
        let body: String = format!("{:?}", request.body).chars().take(200).collect();
        return Some(format!("{} {} {}: {short} :: {body}", status, action.method.as_str(), request.path));
    }
    let fault = documents?.fault(
        action.method.as_str(),
        action.path,
        status,
        &serde_json::from_str(&text).unwrap_or_default(),
    );
    fault.map(|fault| format!("INVALID {fault}"))
}

/// One action with the least and with the most that it takes, each on a tenant of its own unless it only reads.
async fn complaints(
    action: &'static Action,
    reading: &Straight,
    documents: Option<&Documents>,
) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut least = Value::Null;
    for everything in [false, true] {
        let own = match action.method == Method::Get && before(action).is_none() {
            true => None,
            false => Some(Tenant::start(small()).await.unwrap()),
        };
        let fresh = match &own {
            Some(own) => Some(Straight::to(own).await),
            None => None,
        };
        let straight = fresh.as_ref().unwrap_or(reading);
        if let Some(earlier) = before(action) {
            let given = arguments(earlier, straight, false).await;
            let (status, text) = straight.send(&request(earlier, &given, straight).await.unwrap()).await;
            assert!(status < 300, "{}: {text}", earlier.name);
        }
        let given = arguments(action, straight, everything).await;
        if given == least {
            break;
        }
        let complaint = tried(action, &given, straight, documents).await;
        complaints.extend(complaint.map(|complaint| {
            format!(
                "{} with {}: {complaint}",
                action.name,
                if everything { "everything" } else { "the least" }
            )
        }));
        least = given;
    }
    complaints
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_succeeds_and_is_answered_as_jamfs_document_says() {
    let documents = Arc::new(Documents::open());
    let shared = Tenant::start(small()).await.unwrap();
    let reading = Arc::new(Straight::to(&shared).await);
    let actions: Vec<&'static Action> = Catalogue::get().actions().collect();
    let mut workers = JoinSet::new();
    for part in actions.chunks(actions.len().div_ceil(4)).map(<[_]>::to_vec) {
        let (documents, reading) = (documents.clone(), reading.clone());
        workers.spawn(async move {
            let mut wrong = Vec::new();
            for action in part {
                wrong.extend(complaints(action, &reading, documents.as_ref().as_ref()).await);
            }
            wrong
        });
    }
    let wrong = workers.join_all().await.concat();
    assert!(wrong.is_empty(), "{} of {} actions:\n{}", wrong.len(), actions.len(), wrong.join("\n"));
}
