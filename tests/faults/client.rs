//! Faults between the server and its tenant: what is said of them, how often a request is sent for them, and what goes on when
//! they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::proxy::{Reply, Seen};
use crate::setup::{Printed, Setup};
use crate::tls::Secured;

#[path = "client/answers.rs"]
mod answers;
#[path = "client/diagnosis.rs"]
mod diagnosis;
#[path = "client/signing_in.rs"]
mod signing_in;
#[path = "client/turns.rs"]
mod turns;
#[path = "client/walks.rs"]
mod walks;

const LOGIN: &str =
    "<!DOCTYPE html><html><head><title>Jamf Pro Login</title></head><body><form></form></body></html>";
const NOT_FOUND: &str = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>";

fn is_token(seen: &Seen) -> bool {
    seen.path.contains("/oauth/token")
}

/// Requests for a token that were made so far.
fn tokens(setup: &Setup) -> usize {
    setup.proxy.seen().iter().filter(|seen| is_token(seen)).count()
}

/// A tenant over TLS: the setup asks it by a configuration file with these further settings of the tenant.
async fn over_tls(settings: Value) -> (Setup, Secured) {
    let mut setup = Setup::start().await;
    let secured = Secured::start(&setup.proxy, setup.state()).await;
    let mut tenant = json!({
        "url": secured.url,
        "client_id": setup.tenant.client_id(),
        "secret": { "env": "SECRET" },
    });
    for (name, value) in settings.as_object().unwrap() {
        let value = if value == "authority" { json!(secured.authority) } else { value.clone() };
        tenant[name] = value;
    }
    let path = setup.state().join("config.json");
    std::fs::write(&path, json!({ "tenants": { "t": tenant } }).to_string()).unwrap();
    setup.set("JAMF_PRO_MCP_CONFIG", path.to_str().unwrap());
    let secret = setup.tenant.client_secret().to_owned();
    setup.set("SECRET", &secret);
    for name in ["JAMF_PRO_URL", "JAMF_PRO_CLIENT_ID", "JAMF_PRO_CLIENT_SECRET"] {
        setup.unset(name);
    }
    (setup, secured)
}

/// A port where each connection is answered these bytes, with how many connections came.
async fn answering(bytes: &'static [u8]) -> (u16, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = vec![0; 16 * 1024];
                let _ = socket.read(&mut buffer).await;
                let _ = socket.write_all(bytes).await;
                let _ = socket.shutdown().await;
                while matches!(socket.read(&mut buffer).await, Ok(1..)) {}
            });
        }
    });
    (port, count)
}

/// A port where nobody listens.
async fn closed_port() -> u16 {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// `doctor` fails, and does not say of the address that it is well.
async fn diagnosed(setup: &Setup) -> String {
    let Printed { success, stdout, stderr, .. } = setup.run(&["doctor"]).await;
    let said = format!("{stdout}{stderr}");
    assert!(!success, "{said}");
    assert!(!said.lines().any(|line| line.contains('✓') && line.contains(" address:")), "{said}");
    said
}
