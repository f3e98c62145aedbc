//! `setup`: connects a tenant and clients in one go, from an address to a first question; and takes the clients' entries out again.
//!
//! No secret is an argument, is shown, or is written anywhere but into the keychain or a file of its own.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jamf_pro_client::AdminSession;
use secrecy::SecretString;
use serde_json::json;

use super::approvals::{ask, terminal};
use super::clients::{self, Choice, Entry};
use super::enroll::{self, Enrollment};
use super::recipes::{Recipe, Rights};
use super::terminal::Layout;
use super::{WAITS, doctor, say, secret};
use crate::config::{self, Overrides, secret_in_file};
use crate::error::Error;
use crate::plan::view::Tone;
use configuration::Configuration;
use request::Request;
use tenant::Tenant;

mod configuration;
mod request;
mod tenant;

/// How often a secret that is not taken may be typed again.
const ATTEMPTS: usize = 3;

/// Questions that a fleet can be asked.
const QUESTIONS: [&str; 4] = [
    "Which Macs have not checked in for 30 days, and whose are they?",
    "Which Macs are not encrypted, by department?",
    "Why does a Mac that I name not get Google Chrome?",
    "What would happen if a Mac that I name was locked?",
];

/// Options of `setup`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  jamf-pro-mcp setup\n  jamf-pro-mcp setup --url example.jamfcloud.com --recipe observer --admin dana\n  \
                  jamf-pro-mcp setup --url example.jamfcloud.com --recipe observer --client-id ID --secret-file PATH --client all\n\n\
                  A secret is typed, read from standard input or from a file; it is never an argument. Exit status 3: the request for an API client is \
                  written, and waits for a person."
)]
pub(super) struct Options {
    /// Address of the tenant, such as example.jamfcloud.com.
    #[arg(long)]
    url: Option<String>,
    /// What the agent is for.
    #[arg(long, value_enum)]
    recipe: Option<Recipe>,
    /// The group of devices that an author's changes are held to, by name.
    #[arg(long, value_name = "GROUP")]
    sandbox: Option<String>,
    /// Make the API role and the API client by signing in once with this local account; its password is asked for and not kept.
    #[arg(long, value_name = "USER", conflicts_with = "client_id")]
    admin: Option<String>,
    /// PEM file of a certificate authority to trust beside those of the system, such as that of a company that inspects TLS.
    #[arg(long, value_name = "PATH")]
    ca_file: Option<PathBuf>,
    /// Client id of an API client that is there.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// File with the client secret on its first line. Without it the secret is asked for.
    #[arg(long = "secret-file", value_name = "PATH", requires = "client_id")]
    file: Option<PathBuf>,
    /// Where the request for an API client is written.
    #[arg(long, value_name = "PATH", default_value = "jamf-pro-mcp-request.md")]
    request: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Show what would be made and written, and make and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take the entries of this program out of the files of clients, and say what is left.
    Undo {
        #[command(flatten)]
        choice: Choice,
        /// Show what would be written, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Do it.
pub(super) async fn run(overrides: &Overrides, options: &Options) -> Result<ExitCode, Error> {
    let file = config::file_of(overrides).ok_or_else(|| {
        Error::operator("the folder for the configuration is not known; name a file with --config")
    })?;
    if let Some(What::Undo { choice, dry_run }) = &options.what {
        let is_right = clients::disconnect(choice, *dry_run)?;
        if !dry_run {
            tell_left(&file);
        }
        return Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let is_usual = overrides.file.is_none();
    Setup { options, file, is_usual, has_person: terminal().is_ok() }.run(overrides).await
}

/// What `undo` does not remove.
fn tell_left(file: &std::path::Path) {
    let layout = Layout::stdout();
    if file.exists() {
        let text = format!(
            "{} stays, with what it names: the client secret (`jamf-pro-mcp secret clear` removes it), and the state folder with the audit log. The API \
             client stays in Jamf Pro until somebody deletes it there.",
            file.display()
        );
        say(&layout.wrap("Left: ", &text));
    }
}

/// What a person can ask now.
pub(super) fn ask_now(heading: &str) {
    let layout = Layout::stdout();
    say(&format!("\n{}", layout.strong(heading)));
    QUESTIONS.iter().for_each(|question| say(&layout.wrap("  - ", question)));
    say("");
}

/// Say that something is right.
fn tell(text: &str) {
    let layout = Layout::stdout();
    say(&layout.wrap(&layout.paint(Tone::Good, "✓ "), text));
}

/// Say what somebody should know or do.
pub(super) fn mind(text: &str) {
    let layout = Layout::stdout();
    say(&layout.wrap(&layout.paint(Tone::Warning, "! "), text));
}

struct Setup<'a> {
    options: &'a Options,
    /// The configuration file.
    file: PathBuf,
    /// It is where every client looks for it.
    is_usual: bool,
    has_person: bool,
}

/// The credentials of an API client.
struct Credentials {
    client_id: String,
    secret: SecretString,
}

impl Setup<'_> {
    async fn run(&self, overrides: &Overrides) -> Result<ExitCode, Error> {
        let before = Configuration::read(&self.file)?;
        let ca_file = self.options.ca_file.as_ref().map(std::path::absolute).transpose();
        let ca_file =
            ca_file.map_err(|error| Error::operator(format!("--ca-file cannot be used: {error}")))?;
        let before = Configuration { ca_file: ca_file.or(before.ca_file), ..before };
        let tenant = self.address(&before).await?;
        let recipe = self.recipe()?;
        let mut rights = recipe.rights()?;
        let sandbox = self.sandbox(recipe)?;
        let (name, about) = recipe.words();
        let role = format!("jamf-pro-mcp {name}");
        let request = |rights: &Rights| {
            Request { url: tenant.url(), recipe: (&name, &about), name: &role, rights }.page()
        };
        if self.options.dry_run {
            if self.options.client_id.is_none() {
                say(&request(&rights));
            }
            let client_id = self.options.client_id.as_deref().unwrap_or("CLIENT-ID");
            let source = tenant::usual_place(&self.file, &tenant).0;
            self.configure(&tenant, client_id, &source, &rights, sandbox.as_deref())?;
            let is_right = self.connect()?;
            return Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let credentials = match (&self.options.admin, &self.options.client_id) {
            (Some(user), _) => self.make(&tenant, user, &role, &mut rights).await?,
            (None, Some(client_id)) => {
                let secret = match &self.options.file {
                    Some(path) => secret_in_file(path)?,
                    None => secret::read("Client secret (it is not shown): ")?,
                };
                Credentials { client_id: client_id.trim().to_owned(), secret }
            }
            (None, None) => {
                self.write_request(&request(&rights))?;
                match self.paste()? {
                    Some(credentials) => credentials,
                    None => return Ok(ExitCode::from(WAITS)),
                }
            }
        };
        let credentials = self.accepted(&tenant, credentials, &rights).await?;
        let (source, why) = tenant::keep(&self.file, &tenant, &credentials.secret)?;
        tell(&format!("The client secret is in {source}{why}."));
        self.configure(&tenant, &credentials.client_id, &source, &rights, sandbox.as_deref())?;
        let is_right = self.connect()?;
        let config = config::load(overrides)?;
        for variable in ["JAMF_PRO_URL", "JAMF_PRO_CLIENT_ID", "JAMF_PRO_CLIENT_SECRET"] {
            if std::env::var_os(variable).is_some_and(|value| !value.is_empty()) {
                mind(&format!(
                    "{variable} is set in this shell and wins over the configuration file; unset it."
                ));
            }
        }
        say(&format!("\n{}", Layout::stdout().strong("jamf-pro-mcp doctor")));
        let checked = doctor::run(Ok(&config), overrides, &doctor::Options::default()).await?;
        if config.needs_approvals() {
            match enroll::enroll_first(&config, self.has_person).await? {
                Enrollment::Done => tell("A passkey is enrolled: what is graver than a read waits for it."),
                Enrollment::Later(how) => mind(&format!(
                    "What is graver than a read waits for a person, and nobody has a passkey yet: {how}."
                )),
            }
        }
        ask_now("Ask in the client:");
        Ok(if is_right { checked } else { ExitCode::FAILURE })
    }

    async fn address(&self, before: &Configuration) -> Result<Tenant, Error> {
        let mut given = self.options.url.clone();
        loop {
            let url = match given.take() {
                Some(url) => url,
                None if self.has_person => ask("Jamf Pro address, such as example.jamfcloud.com: ")?,
                None => {
                    return Err(
                        Error::operator("the address of the tenant is needed").hint("give it with --url")
                    );
                }
            };
            match Tenant::find(&url, before.ca_file.clone()).await {
                Ok((tenant, said)) => {
                    tell(&said);
                    if let Some(other) = before.url.as_deref().filter(|other| tenant.is_another(other)) {
                        self.confirm_other(other)?;
                    }
                    return Ok(tenant);
                }
                Err(error) if self.has_person && self.options.url.is_none() => mind(&error.to_string()),
                Err(error) => return Err(error),
            }
        }
    }

    fn confirm_other(&self, other: &str) -> Result<(), Error> {
        let text =
            format!("{} has another tenant, {other}; it takes the place of that one.", self.file.display());
        mind(&text);
        if !self.has_person || self.options.dry_run || ask("Type yes to go on: ")? == "yes" {
            return Ok(());
        }
        Err(Error::not_allowed("left as it is").hint("`--config FILE` writes another file"))
    }

    fn recipe(&self) -> Result<Recipe, Error> {
        if let Some(recipe) = self.options.recipe {
            return Ok(recipe);
        }
        let layout = Layout::stdout();
        if !self.has_person {
            return Err(Error::operator("what the agent is for is needed").hint("give it with --recipe"));
        }
        say("\nWhat is the agent for?");
        for (at, recipe) in Recipe::ALL.iter().enumerate() {
            let (name, about) = recipe.words();
            say(&layout.wrap(&format!("  {}  {name:<10}", at + 1), &about));
        }
        loop {
            let answer = ask("Number (Enter for 1): ")?;
            let number = if answer.is_empty() { Ok(1) } else { answer.parse::<usize>() };
            let chosen = number.ok().and_then(|number| Recipe::ALL.get(number.checked_sub(1)?).copied());
            let named = Recipe::ALL.into_iter().find(|recipe| recipe.words().0 == answer);
            if let Some(recipe) = chosen.or(named) {
                return Ok(recipe);
            }
        }
    }

    fn sandbox(&self, recipe: Recipe) -> Result<Option<String>, Error> {
        match &self.options.sandbox {
            Some(group) => return Ok(Some(group.clone())),
            None if !recipe.needs_sandbox() => return Ok(None),
            None if !self.has_person => {
                return Err(Error::operator("an author's changes are held to a group of devices")
                    .hint("name it with --sandbox"));
            }
            None => {}
        }
        loop {
            let group = ask("The group of devices that changes are held to, by name: ")?;
            if !group.is_empty() {
                return Ok(Some(group));
            }
        }
    }

    fn write_request(&self, page: &str) -> Result<(), Error> {
        let path = &self.options.request;
        let written = std::fs::write(path, page);
        written.map_err(|error| Error::operator(format!("{} cannot be written: {error}", path.display())))?;
        tell(&format!(
            "{} asks for the API client: send it to somebody who may make API roles. With a local account of an administrator `--admin USER` makes it \
             here.",
            path.display()
        ));
        Ok(())
    }

    /// What a person got; `None` where it comes later.
    fn paste(&self) -> Result<Option<Credentials>, Error> {
        let client_id =
            if self.has_person { ask("Client ID (Enter to go on later): ")? } else { String::new() };
        if client_id.is_empty() {
            say("When you have both, run this again with `--client-id ID`.");
            return Ok(None);
        }
        let secret = secret::read("Client secret (it is not shown): ")?;
        Ok(Some(Credentials { client_id, secret }))
    }

    /// Make the role and the client, with an account that is forgotten afterwards.
    async fn make(
        &self,
        tenant: &Tenant,
        user: &str,
        name: &str,
        rights: &mut Rights,
    ) -> Result<Credentials, Error> {
        let password = secret::read(&format!("Password of {user} (not shown, not kept): "))?;
        let session =
            AdminSession::sign_in(&tenant.config("", SecretString::default()), user, &password).await?;
        drop(password);
        let made = Self::make_in(&session, name, rights).await;
        let is_ended = session.close().await;
        let credentials = made?;
        tell(&format!(
            "{user} is signed out again{}.",
            if is_ended { "" } else { ", by the end of the token" }
        ));
        Ok(credentials)
    }

    async fn make_in(session: &AdminSession, name: &str, rights: &mut Rights) -> Result<Credentials, Error> {
        let known = session.privilege_names().await?;
        let (kept, unknown): (Vec<String>, Vec<String>) =
            rights.privileges.iter().cloned().partition(|name| known.contains(name));
        if !unknown.is_empty() {
            mind(&format!(
                "This version of Jamf Pro does not have these privileges, so they are left out: {}.",
                unknown.join(", ")
            ));
        }
        rights.privileges = kept.iter().cloned().collect();
        let name = session.free_name(name).await?;
        session.create_role(&name, &kept).await?;
        tell(&format!("The API role `{name}` has {} privileges.", kept.len()));
        let (client_id, secret) = session.create_client(&name, &name).await.map_err(|error| {
            let error = Error::from(error);
            let text = format!("{}; the API role `{name}` is made and stays", error.message());
            error.with_message(text)
        })?;
        tell(&format!("The API client `{name}` has the client id {client_id}."));
        Ok(Credentials { client_id, secret })
    }

    /// Credentials that the tenant takes. A person may type others, where these were typed.
    async fn accepted(
        &self,
        tenant: &Tenant,
        given: Credentials,
        rights: &Rights,
    ) -> Result<Credentials, Error> {
        let mut credentials = given;
        let can_retype = self.has_person && self.options.admin.is_none() && self.options.file.is_none();
        for attempt in 1.. {
            let config = tenant.config(&credentials.client_id, credentials.secret.clone());
            match tenant::test(&config, rights).await {
                Ok(said) => {
                    said.into_iter()
                        .for_each(|(is_good, text)| if is_good { tell(&text) } else { mind(&text) });
                    break;
                }
                Err(error) if can_retype && attempt < ATTEMPTS => {
                    mind(&error.to_string());
                    let client_id = ask(&format!("Client ID (Enter for {}): ", credentials.client_id))?;
                    if !client_id.is_empty() {
                        credentials.client_id = client_id;
                    }
                    credentials.secret = secret::read("Client secret (it is not shown): ")?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(credentials)
    }

    fn configure(
        &self,
        tenant: &Tenant,
        client_id: &str,
        source: &config::SecretSource,
        rights: &Rights,
        sandbox: Option<&str>,
    ) -> Result<(), Error> {
        let mut settings = configuration::settings(tenant.url(), client_id, source, rights, sandbox);
        settings.extend(tenant.ca_file().map(|file| ("ca_file", json!(file))));
        configuration::write(&self.file, &settings, self.options.dry_run)
    }

    /// The clients; true where every file is as it should be.
    fn connect(&self) -> Result<bool, Error> {
        let file = self.file.display().to_string();
        let arguments = if self.is_usual { vec!["serve"] } else { vec!["serve", "--config", &file] };
        let entry = Entry::of_this_program(&arguments)?;
        if !self.has_person && self.options.choice.is_empty() {
            mind("No client was named: `--client NAME` or `--client all` writes their entries.");
            return Ok(true);
        }
        let chosen = clients::choose(&self.options.choice)?;
        let is_right = clients::connect(&chosen, &entry, self.options.dry_run)?;
        if let Some(warning) = entry.warning().filter(|_| !chosen.is_empty()) {
            mind(&warning);
        }
        Ok(is_right)
    }
}
