//! The approvals page: where people see plans, and approve or reject them with a passkey.
//!
//! One process of the user serves it at `http://localhost` ([`serve`]); where the HTTP server has a name and TLS in front of it, it
//! is there too, for phones ([`Page::router`]). Nothing is shown to who has not signed in with a passkey, and signing in lets see,
//! not approve: every decision is a signature of its own over the plan and what was typed. It decides nothing itself; `gate` does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware;
use axum::response::Redirect;
use axum::routing::{get, post};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::approvals::{Enrollment, Pages, Question, Site};
use crate::audit::Logs;
use crate::config::{Config, GateConfig};
use crate::error::Error;
use crate::os_user;
use crate::store::Store;

mod announce;
mod api;
mod changes;
mod invitations;
mod origin;
mod owner;
mod people;
mod plan_view;
#[cfg(test)]
mod tests;
mod token_store;

use invitations::{Invitation, Invitations};
use token_store::TokenStore;

/// How long a question waits for its passkey.
const QUESTION_LASTS: Duration = Duration::from_secs(180);

/// How long a person who has signed in sees plans.
const SESSION_LASTS: Duration = Duration::from_secs(4 * 3600);

/// Most questions and most sessions at once.
const MOST: usize = 64;

/// Largest thing that the page's script sends: an answer of a passkey.
const MOST_BYTES: usize = 64 * 1024;

/// The page under one name, and what waits for an answer there.
pub struct Page {
    site: Site,
    store: Store,
    logs: Logs,
    gate: GateConfig,
    /// Where what is signed counts.
    pages: Pages,
    /// Accounts that calls come from here, to be picked where a person is invited.
    accounts: Vec<String>,
    questions: TokenStore<OpenQuestion>,
    /// Apart from the others: anybody may begin to sign in, and must not push out what people who have are about to sign.
    sign_ins: TokenStore<OpenQuestion>,
    enrollments: TokenStore<OpenEnrollment>,
    sessions: TokenStore<String>,
    invitations: Invitations,
    receipts: TokenStore<Receipt>,
    collectors: TokenStore<Collector>,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page").field("site", &self.site).finish_non_exhaustive()
    }
}

/// A statement that waits for its signature, and secrets that were typed along.
#[derive(Clone)]
struct OpenQuestion {
    question: Question,
    answers: BTreeMap<String, SecretString>,
}

/// Secrets that were shown to a person, who has not confirmed to have them.
#[derive(Clone)]
struct Receipt {
    plan_id: String,
    secrets: Vec<String>,
    name: String,
    credential: String,
}

/// A person who approved a plan to be run at once: the secrets that come of it are shown in the same tab without another signature.
#[derive(Clone)]
struct Collector {
    plan_id: String,
    name: String,
    credential: String,
}

/// A passkey that waits to be made.
#[derive(Clone)]
struct OpenEnrollment {
    enrollment: Enrollment,
    invitation: Invitation,
}

impl Page {
    /// The page at a site.
    pub fn new(site: Site, store: Store, logs: Logs, config: &Config) -> Arc<Self> {
        let tokens = config.http.tokens.iter().map(|token| token.name.clone());
        let accounts = Some(os_user::principal().to_owned()).into_iter().chain(tokens).collect();
        Arc::new(Self {
            site,
            store,
            logs,
            gate: config.gate.clone(),
            pages: Pages::new(&config.approvals),
            accounts,
            questions: TokenStore::new(QUESTION_LASTS, MOST),
            sign_ins: TokenStore::new(QUESTION_LASTS, MOST),
            enrollments: TokenStore::new(QUESTION_LASTS, MOST),
            sessions: TokenStore::new(SESSION_LASTS, MOST),
            invitations: Invitations::default(),
            receipts: TokenStore::new(SESSION_LASTS, MOST),
            collectors: TokenStore::new(SESSION_LASTS, MOST),
        })
    }

    /// Its routes, guarded, below `/approvals`.
    pub fn router(self: Arc<Self>) -> Router {
        let api = Router::new()
            .route("/state", get(api::state))
            .route("/enroll", post(people::enroll))
            .route("/enrolled", post(people::finish_enrollment))
            .route("/say", post(api::ask_for_signature))
            .route("/said", post(api::carry_out))
            .route("/have", post(api::confirm_receipt))
            .route("/collect", post(api::collect))
            .route("/plans", get(api::plans))
            .route("/plans/{id}", get(api::plan))
            .route("/sign-out", post(api::sign_out));
        let assets = ASSETS.iter().fold(Router::new(), |router, (path, kind, text)| {
            router.route(path, get(|| async { ([(header::CONTENT_TYPE, *kind)], *text) }))
        });
        assets
            .nest("/approvals/api", api)
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(self.clone())
            .layer(middleware::from_fn_with_state(self, origin::guard))
    }

    /// Where it is, such as `https://mcp.example.com`.
    pub fn origin(&self) -> &str {
        self.site.origin()
    }
}

/// The files of the page: path, kind, content.
const ASSETS: &[(&str, &str, &str)] = &[
    ("/approvals", "text/html; charset=utf-8", include_str!("approvals/page.html")),
    ("/approvals/page.css", "text/css; charset=utf-8", include_str!("../../pages/style.css")),
    ("/approvals/page.js", SCRIPT, include_str!("approvals/page.js")),
    ("/approvals/decision.js", SCRIPT, include_str!("approvals/decision.js")),
    ("/approvals/parts.js", SCRIPT, include_str!("approvals/parts.js")),
    ("/approvals/plan.js", SCRIPT, include_str!("approvals/plan.js")),
    ("/approvals/server.js", SCRIPT, include_str!("approvals/server.js")),
    ("/approvals/element.js", SCRIPT, include_str!("../../pages/element.js")),
    ("/approvals/icon.svg", "image/svg+xml", include_str!("../../pages/icon.svg")),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page under the name that the HTTP server has over TLS, where the configuration gives it one.
///
/// # Errors
/// When the name is none that passkeys can belong to.
pub fn under_name(config: &Config, store: &Store, logs: &Logs) -> Result<Option<Arc<Page>>, Error> {
    let Some(name) = config.approvals.name.as_deref().filter(|_| config.needs_approvals()) else {
        return Ok(None);
    };
    let site = Site::under_name(name)?;
    Ok(Some(Page::new(site, store.clone(), logs.clone(), config)))
}

/// Serve the page on this machine, whenever it falls to this process, until `shutdown` fires. Returns at once where the
/// configuration has no page, or nothing to approve.
///
/// # Errors
/// When the configuration is not right.
pub async fn serve(
    config: &Config,
    store: Store,
    logs: Logs,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    if !config.approvals.page || !config.needs_approvals() {
        return Ok(());
    }
    let port = config.approvals.port;
    let page = Page::new(Site::on_this_machine(port)?, store, logs.clone(), config);
    let router =
        Router::new().route("/", get(|| async { Redirect::temporary("/approvals") })).merge(page.router());
    owner::serve_when_elected(logs.state(), port, router, shutdown).await;
    Ok(())
}
