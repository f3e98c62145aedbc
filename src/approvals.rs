//! Passkeys: proof that a person said a thing, which nobody can say in their place.
//!
//! What is signed is a hash over the whole statement: the word, the plan and its hash, what was typed, and when. So a proof is good for one
//! statement alone, and stays good to be proven again: the gate does so before it applies a plan, and an approval that somebody
//! wrote straight into the store is none. Only public keys are ever held.
//!
//! This file signs and proves. `quorum` says who may approve a plan and how many people it takes; asking is the approvals page's.

pub mod notices;
pub mod passkeys;
pub mod quorum;
pub mod records;
pub mod standing;

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    Credential, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::config::ApprovalsConfig;
use crate::error::Error;
use crate::plan::{Plan, digest};
use crate::store::{Approval, Approver, Store};

/// Set apart from any other use of the same hash, and from later forms of it.
const FORM: &str = "jamf-pro-mcp statement 2";

/// What can be said with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Let me see what waits.
    SignIn,
    /// Let this plan be applied.
    Approve,
    /// Let this plan be carried out at once, and show me the secrets that come of it.
    ApproveAndRun,
    /// Do not let this plan be applied.
    Reject,
    /// Show me this secret, once.
    Show,
    /// Let this person enroll a passkey.
    Invite,
    /// Take this passkey out.
    Remove,
    /// Release this tenant, which is on hold.
    Release,
    /// Make this change of who may approve, which another person asked for.
    Confirm,
    /// Drop this change of who may approve, or the recovery.
    Cancel,
}

impl Word {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Approve => "approve",
            Self::ApproveAndRun => "approve_and_run",
            Self::Reject => "reject",
            Self::Show => "show",
            Self::Invite => "invite",
            Self::Remove => "remove",
            Self::Release => "release",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
        }
    }
}

/// What somebody says. All of it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What is said.
    pub word: Word,
    /// Of what: the id of a plan, a secret or a passkey; the name of a person; empty for signing in.
    #[serde(default)]
    pub of: String,
    /// Hash of the plan as it was shown; empty where there is none.
    #[serde(default)]
    pub hash: String,
    /// What was typed: the serial number or count that approves, the reason that rejects.
    #[serde(default)]
    pub typed: String,
    /// Hash over secrets that were given along; empty where there are none. Stored proofs have it under the name `given`.
    #[serde(default, rename = "given")]
    pub secrets_mark: String,
    /// When the server asked for the signature.
    pub at: Timestamp,
}

impl Statement {
    /// Bytes to sign: different for every statement, every time it is asked for, and every site.
    fn challenge(&self, nonce: &str, origin: &str) -> Vec<u8> {
        let (word, at) = (self.word.as_str(), self.at.to_string());
        digest(&[FORM, origin, nonce, word, &self.of, &self.hash, &self.typed, &self.secrets_mark, &at])
            .into_bytes()
    }

    /// What [`Statement::secrets_mark`] is for secrets by their place in the arguments: a mark that takes the store's key, because six digits
    /// could be guessed from a hash.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn secrets_mark(secrets: &BTreeMap<String, SecretString>, store: &Store) -> Result<String, Error> {
        if secrets.is_empty() {
            return Ok(String::new());
        }
        let parts: Vec<[&str; 2]> =
            secrets.iter().map(|(place, value)| [place.as_str(), value.expose_secret()]).collect();
        let text =
            Zeroizing::new(serde_json::to_vec(&parts).map_err(|error| Error::internal(error.to_string()))?);
        store.mark("given", &text)
    }
}

/// A page that passkeys belong to. A passkey that was made for one site does not work for another.
pub struct Site {
    origin: String,
    webauthn: Webauthn,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// A passkey as the store keeps it.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its id, in base64url without padding.
    pub credential: String,
    /// Public key and what else was found out at enrollment; holds nothing secret and is never changed.
    pub public: Vec<u8>,
    /// Signatures that it had made when last used; 0 for passkeys that do not count.
    pub counter: u32,
}

/// An enrollment that was asked for.
#[derive(Debug, Clone)]
pub struct Enrollment(PasskeyRegistration);

/// A statement that a passkey was asked to sign.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is to be signed.
    pub statement: Statement,
    nonce: String,
    state: PasskeyAuthentication,
}

/// A statement that was signed.
#[derive(Debug, Clone)]
pub struct SignedStatement {
    /// Which passkey signed.
    pub credential: String,
    /// Its counter from now on.
    pub counter: u32,
    /// What proves it, to be kept and to be proven again.
    pub proof: Proof,
}

/// What proves a statement, no matter who looks at it and whenever.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// What was said.
    pub statement: Statement,
    /// Where.
    pub origin: String,
    nonce: String,
    assertion: Value,
}

impl Site {
    /// The page on this machine.
    ///
    /// # Errors
    /// Never with a port that is a number; the type does not say so.
    pub fn on_this_machine(port: u16) -> Result<Self, Error> {
        Self::new("localhost", format!("http://localhost:{port}"))
    }

    /// The page under a name that is served over TLS, such as `mcp.example.com` or `mcp.example.com:8443`.
    ///
    /// # Errors
    /// When it is no host name.
    pub fn under_name(name: &str) -> Result<Self, Error> {
        let host = name.split_once(':').map_or(name, |(host, _)| host);
        Self::new(host, format!("https://{name}"))
    }

    fn new(host: &str, origin: String) -> Result<Self, Error> {
        let wrong = || {
            Error::operator(format!(
                "`{host}` cannot be the site of the approvals page: passkeys need a host name, not an address"
            ))
        };
        let url = Url::parse(&origin).map_err(|_| wrong())?;
        let webauthn = WebauthnBuilder::new(host, &url)
            .and_then(|builder| builder.rp_name("jamf-pro-mcp approvals").build())
            .map_err(|_| wrong())?;
        Ok(Self { origin: url.origin().ascii_serialization(), webauthn })
    }

    /// Where the page is, such as `http://localhost:8724`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Ask for a new passkey of a person. Answers what the browser is to be given.
    ///
    /// # Errors
    /// When a key in the store is damaged.
    pub fn enroll(&self, person: &str, known: &[Key]) -> Result<(Value, Enrollment), Error> {
        let known: Vec<Passkey> = known.iter().map(Key::read).collect::<Result<_, _>>()?;
        let known = known.iter().map(|key| key.cred_id().clone()).collect();
        let (options, state) = self
            .webauthn
            .start_passkey_registration(Uuid::new_v4(), person, person, Some(known))
            .map_err(|error| Error::internal(format!("no passkey can be asked for: {error}")))?;
        let options = serde_json::to_value(options).map_err(|error| Error::internal(error.to_string()))?;
        Ok((options, Enrollment(state)))
    }

    /// The passkey that the browser made.
    ///
    /// # Errors
    /// When it is not what was asked for.
    pub fn key_of(&self, enrollment: &Enrollment, credential: Value) -> Result<Key, Error> {
        let credential: RegisterPublicKeyCredential = read(credential)?;
        let passkey = self
            .webauthn
            .finish_passkey_registration(&credential, &enrollment.0)
            .map_err(|error| passkey_refusal(&error))?;
        let public = serde_json::to_vec(&passkey).map_err(|error| Error::internal(error.to_string()))?;
        let counter = Credential::from(passkey.clone()).counter;
        Ok(Key { credential: text_of(&passkey)?, public, counter })
    }

    /// Ask for a statement, signed with any of these passkeys. Answers what the browser is to be given.
    ///
    /// # Errors
    /// When there is no passkey, or one in the store is damaged.
    pub fn ask(&self, statement: Statement, keys: &[Key]) -> Result<(Value, Question), Error> {
        let nonce = Uuid::new_v4().simple().to_string();
        let challenge = statement.challenge(&nonce, &self.origin);
        let (mut options, state) = self.question(keys, &challenge)?;
        options
            .pointer_mut("/publicKey/challenge")
            .map(|place| *place = base64url(&challenge))
            .ok_or_else(library_error)?;
        Ok((options, Question { statement, nonce, state }))
    }

    /// The statement as it was signed.
    ///
    /// # Errors
    /// When it was not: by none of the passkeys, for another statement or site, without the person having been verified, or with
    /// a counter that went back, which a copied passkey does.
    pub fn verify_signature(&self, question: Question, assertion: Value) -> Result<SignedStatement, Error> {
        let credential: PublicKeyCredential = read(assertion.clone())?;
        let result = self
            .webauthn
            .finish_passkey_authentication(&credential, &question.state)
            .map_err(|error| passkey_refusal(&error))?;
        if !result.user_verified() {
            return Err(passkey_refusal(&WebauthnError::UserNotVerified));
        }
        Ok(SignedStatement {
            credential: base64url(result.cred_id()).as_str().unwrap_or_default().to_owned(),
            counter: result.counter(),
            proof: Proof {
                statement: question.statement,
                origin: self.origin.clone(),
                nonce: question.nonce,
                assertion,
            },
        })
    }

    /// The library makes its challenges at random; ours is put in their place, because it says what is signed.
    fn question(&self, keys: &[Key], challenge: &[u8]) -> Result<(Value, PasskeyAuthentication), Error> {
        let keys: Vec<Passkey> = keys.iter().map(Key::read).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(Error::not_allowed(
                "no passkey is enrolled; `jamf-pro-mcp approvals enroll` in a terminal gives a code for the first",
            ));
        }
        let (options, state) =
            self.webauthn.start_passkey_authentication(&keys).map_err(|error| passkey_refusal(&error))?;
        let mut state = serde_json::to_value(state).map_err(|_| library_error())?;
        state
            .pointer_mut("/ast/challenge")
            .map(|place| *place = base64url(challenge))
            .ok_or_else(library_error)?;
        let state = serde_json::from_value(state).map_err(|_| library_error())?;
        Ok((serde_json::to_value(options).map_err(|_| library_error())?, state))
    }
}

impl Proof {
    /// Prove once more that the passkey signed the statement, on the page that the proof names. Whether that page was ours is for
    /// [`Pages::prove`] to say.
    ///
    /// # Errors
    /// When it did not.
    pub fn prove(&self, key: &Key) -> Result<(), Error> {
        let site = self.site()?;
        // The counter has moved on since; that it did not go back was seen when the statement was made.
        let key = Key { counter: 0, ..key.clone() };
        let challenge = self.statement.challenge(&self.nonce, &site.origin);
        let (_, state) = site.question(std::slice::from_ref(&key), &challenge)?;
        site.verify_signature(
            Question { statement: self.statement.clone(), nonce: self.nonce.clone(), state },
            self.assertion.clone(),
        )
        .map(|_| ())
    }

    fn site(&self) -> Result<Site, Error> {
        let unknown = || Error::not_allowed(format!("{:?} is no page of passkeys", self.origin));
        if let Some(port) = self.origin.strip_prefix("http://localhost:") {
            return Site::on_this_machine(port.parse().map_err(|_| unknown())?);
        }
        self.origin.strip_prefix("https://").map_or_else(|| Err(unknown()), Site::under_name)
    }
}

impl From<&Approver> for Key {
    fn from(approver: &Approver) -> Self {
        Self {
            credential: approver.credential.clone(),
            public: approver.public_key.clone(),
            counter: approver.counter,
        }
    }
}

impl Key {
    fn read(&self) -> Result<Passkey, Error> {
        let passkey: Passkey = serde_json::from_slice(&self.public).map_err(|_| {
            Error::operator(format!("the passkey {} in the store is damaged", self.credential))
        })?;
        let mut credential = Credential::from(passkey);
        credential.counter = self.counter;
        Ok(Passkey::from(credential))
    }
}

/// The pages on which approvals count, by the configuration: those of other ports and names were not ours.
#[derive(Debug, Clone)]
pub struct Pages {
    origins: Vec<String>,
}

impl Pages {
    /// The pages of a configuration.
    pub fn new(config: &ApprovalsConfig) -> Self {
        let here = Site::on_this_machine(config.port);
        let named = config.name.as_deref().map(Site::under_name);
        let sites = [Some(here), named].into_iter().flatten().flatten();
        Self { origins: sites.map(|site| site.origin).collect() }
    }

    /// What was said with an approval by passkey, when it is what it claims to be: signed by this person's passkey on one of the
    /// pages, for exactly this plan, with what had to be typed.
    ///
    /// # Errors
    /// When it is not.
    pub fn prove(&self, approver: &Approver, approval: &Approval, plan: &Plan) -> Result<Statement, Error> {
        let holds = |statement: &Statement| {
            matches!(statement.word, Word::Approve | Word::ApproveAndRun)
                && statement.of == plan.id
                && statement.hash == plan.hash
                && statement.at >= plan.made
                && plan.confirmation.matches(&statement.typed)
        };
        let statement = approval.proof.as_deref().and_then(|proof| self.statement(approver, proof));
        statement.filter(holds).ok_or_else(|| {
            Error::not_allowed(format!("the passkey of {} did not sign an approval of it", approver.name))
        })
    }

    /// What a kept proof says, when it was signed by this person's passkey on one of the pages.
    pub fn statement(&self, approver: &Approver, proof: &str) -> Option<Statement> {
        let proof: Proof = serde_json::from_str(proof).ok()?;
        let holds = self.origins.contains(&proof.origin) && proof.prove(&Key::from(approver)).is_ok();
        holds.then_some(proof.statement)
    }
}

fn text_of(passkey: &Passkey) -> Result<String, Error> {
    base64url(passkey.cred_id()).as_str().map(str::to_owned).ok_or_else(library_error)
}

/// Base64url without padding, in the manner of the browser.
fn base64url(bytes: &[u8]) -> Value {
    Value::String(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes))
}

fn read<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, Error> {
    serde_json::from_value(answer)
        .map_err(|_| Error::caller("this is not what a browser answers with a passkey"))
}

fn library_error() -> Error {
    Error::internal("the passkey library keeps its state in another form than this version expects")
}

fn passkey_refusal(error: &WebauthnError) -> Error {
    let why = match error {
        WebauthnError::CredentialNotFound => "this passkey is not enrolled here",
        WebauthnError::MismatchedChallenge => "it answers another question",
        WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash => "it was made for another site",
        WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => {
            "it did not verify the person; a PIN, a fingerprint or a face is needed"
        }
        WebauthnError::CredentialPossibleCompromise => {
            "its counter went back, as that of a copied passkey does; remove it and enroll a new one"
        }
        _ => "it could not be proven",
    };
    Error::not_allowed(format!("the passkey's answer is refused: {why}"))
}

#[cfg(test)]
pub(crate) mod authenticator;
#[cfg(test)]
mod tests;
