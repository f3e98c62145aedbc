//! Every action that changes something, at a tenant that fails on the way: what is said of a change is never more, nor less, than what
//! the tenant has, and the request is sent once.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jamf_pro_client::outcome::Outcome;
use jamf_pro_client::{Call, ClientConfig, DigestKey, Writer as Client};
use jamf_pro_demo::{Options, Tenant};
use jamf_pro_tools::{Action, Body, Catalogue, Method, Request, Risk};
use secrecy::SecretString;
use tokio::task::JoinSet;

use crate::arguments::{arguments, table};
use crate::proxy::{Proxy, Reply, Seen, is_of_token};
use crate::sending::{UPLOADED, request};
use crate::straight::Straight;

/// What becomes of a write.
type Fault = (&'static str, fn() -> Reply);

const FAULTS: &[Fault] = &[
    ("503 before it is read", || Reply::Instead(503, "text/html", "<html>maintenance</html>".to_owned())),
    ("reset before it is read", || Reply::Reset),
    ("reset after it was carried out", || Reply::ResetAfterwards),
    ("500 after it was carried out", || Reply::Afterwards(500, "application/json", "{}".to_owned())),
];

/// Actions that share a tenant: making one takes longer than a request.
const BY_TENANT: usize = 12;

/// Whether a request changes something; a token is nothing that changes.
fn is_write(seen: &Seen) -> bool {
    seen.method != "GET" && !is_of_token(&seen.path)
}

/// A tenant of its own, and a client straight at it.
async fn fresh() -> (Tenant, Straight) {
    let options = Options { computers: 12, token_lifetime: Duration::from_secs(3600), ..Options::default() };
    let tenant = Tenant::start(options).await.unwrap();
    let straight = Straight::to(&tenant).await;
    (tenant, straight)
}

/// A request that fits what the tenant has now, after what must be there was made.
async fn prepared(action: &Action, straight: &Straight) -> Result<Request, String> {
    if let Some(earlier) = table()["before"].get(action.name).and_then(|name| name.as_str()) {
        let earlier = Catalogue::get().find(earlier).unwrap();
        let given = arguments(earlier, straight, false).await;
        straight.send(&request(earlier, &given, straight).await?).await;
    }
    let given = arguments(action, straight, false).await;
    request(action, &given, straight).await
}

/// Some actions with every fault, on a tenant of their own: the complaints, and how often the tenant carried an action out.
async fn tried(actions: &[&'static Action], folder: &Arc<Path>) -> (Vec<String>, usize) {
    let (mut tenant, mut straight) = fresh().await;
    let (mut complaints, mut done) = (Vec::new(), 0);
    for action in actions {
        for (word, fault) in FAULTS {
            let mut request = prepared(action, &straight).await;
            if request.is_err() {
                // What it is about was deleted by an earlier one.
                (tenant, straight) = fresh().await;
                request = prepared(action, &straight).await;
            }
            let request = request.unwrap_or_else(|why| panic!("{}: {why}", action.name));
            if let Body::Upload { path, .. } | Body::File { path, .. } = &request.body {
                std::fs::write(folder.join(path), UPLOADED).unwrap();
            }
            let (complaint, carried_out) = struck(&tenant, action, &request, *fault, folder).await;
            complaints.extend(complaint.map(|complaint| format!("{}, {word}: {complaint}", action.name)));
            done += usize::from(carried_out);
        }
    }
    (complaints, done)
}

/// One request that is struck by a fault: the complaint, if there is one, and whether the tenant carried it out.
async fn struck(
    tenant: &Tenant,
    action: &'static Action,
    request: &Request,
    fault: fn() -> Reply,
    folder: &Arc<Path>,
) -> (Option<String>, bool) {
    let proxy = Proxy::start(&tenant.url()).await;
    let config = ClientConfig {
        name: "demo".to_owned(),
        label: None,
        url: proxy.url.clone(),
        client_id: tenant.client_id().to_owned(),
        credentials: Arc::new(SecretString::from(tenant.client_secret().to_owned())),
        ca_file: None,
        digest_key: DigestKey::new([7; 32]),
    };
    let client = Client::new(&config).unwrap();
    let call = Call { files: Some(folder.clone()), ..Call::new("test", Duration::from_secs(60)) };
    tenant.log().clear();
    proxy.script(move |seen| if is_write(seen) { fault() } else { Reply::Pass });
    let answer = client.send(action, request, &call).await;
    let outcome = call.tracker.outcome();

    let entries = tenant.log().entries().into_iter();
    let is_done = entries
        .filter(|entry| entry.method != "GET" && !is_of_token(&entry.path))
        .any(|entry| entry.status.is_some_and(|status| (200..300).contains(&status)));
    let sent = proxy.seen().iter().filter(|seen| is_write(seen)).count();
    let is_untrue = match outcome {
        Outcome::NotSent | Outcome::Failed => is_done,
        outcome => outcome.is_success() && !is_done,
    };
    let is_wrong = is_untrue || sent != 1 || (answer.is_ok() && !is_done);
    let said = answer.map_or_else(|error| error.to_string(), |_| "a success".to_owned());
    let complaint = format!("sent {sent} times, carried out: {is_done}, the outcome is {outcome}: {said}");
    (is_wrong.then_some(complaint), is_done)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_a_write_is_true_whatever_fails_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let files: Arc<Path> = Arc::from(folder.path().canonicalize().unwrap());
    let writes: Vec<&'static Action> = Catalogue::get()
        .actions()
        .filter(|action| action.method != Method::Get && action.risk > Risk::Read)
        .collect();
    let mut workers = JoinSet::new();
    for part in writes.chunks(BY_TENANT).map(<[_]>::to_vec) {
        let files = files.clone();
        workers.spawn(async move { tried(&part, &files).await });
    }
    let (wrong, done): (Vec<_>, Vec<_>) = workers.join_all().await.into_iter().unzip();
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    // Most were carried out: what one of them changes in the tenant stands in the way of few others.
    let done = done.iter().sum::<usize>();
    assert!(done * 10 >= writes.len() * 2 * 8, "{done} of {} were carried out", writes.len() * 2);
}
