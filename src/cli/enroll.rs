//! How the first passkey is enrolled: what `approvals enroll` tells a person, and the page that `setup` serves until it is done.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::approvals::{Desk, ask};
use super::{say, serve};
use crate::audit::Logs;
use crate::config::Config;
use crate::error::Error;
use crate::http::approvals;
use crate::os_user;
use crate::store::Store;

/// How often it is looked whether somebody enrolled.
const LOOKS_AGAIN: Duration = Duration::from_secs(1);

/// How long a code holds.
const HOLDS: Duration = Duration::from_secs(600);

/// How the end of `setup` went with the first passkey.
pub(super) enum Enrollment {
    /// Somebody has one.
    Done,
    /// Nobody has one yet; the command that makes a code, and the page, for later.
    Later(String),
}

/// Have the person at this terminal enroll the first passkey: the page is served until that is done, or until the person goes on without.
///
/// # Errors
/// When the store cannot be used, and when there is no page.
pub(super) async fn enroll_first(config: &Config, has_person: bool) -> Result<Enrollment, Error> {
    let (store, logs) = (Store::open(&config.state_folder()?)?, Logs::start(config)?);
    if !store.approvers()?.is_empty() {
        return Ok(Enrollment::Done);
    }
    let page = page(config)?;
    let later =
        || Enrollment::Later(format!("`jamf-pro-mcp approvals enroll` makes its code, and {page} takes it"));
    if !has_person || !config.approvals.page {
        return Ok(later());
    }
    say("");
    if ask("Enroll the passkey with which you approve plans now? Enter for yes, n for later: ")?
        .starts_with(['n', 'N'])
    {
        return Ok(later());
    }
    let desk = Desk { config, store: store.clone(), logs: logs.clone() };
    let code = desk.first_code(os_user::principal())?;
    let end = CancellationToken::new();
    let served = {
        let (config, store, logs, end) = (config.clone(), store.clone(), logs.clone(), end.clone());
        AbortOnDropHandle::new(tokio::spawn(async move { approvals::serve(&config, store, logs, end).await }))
    };
    say(&format!(
        "Open {page} and type the code {}. It holds for ten minutes; Ctrl-C goes on without.",
        in_groups(&code)
    ));
    let is_enrolled = tokio::select! {
        is_enrolled = wait_for_first(&store) => is_enrolled?,
        () = serve::signal() => false,
    };
    // The browser still asks the page what became of it.
    if is_enrolled {
        tokio::time::sleep(LOOKS_AGAIN).await;
    }
    end.cancel();
    let _ = served.await;
    logs.wait_for_delivery().await;
    Ok(if is_enrolled { Enrollment::Done } else { later() })
}

/// Whether somebody enrolled while the code held.
async fn wait_for_first(store: &Store) -> Result<bool, Error> {
    let enrolled = async {
        while store.approvers()?.is_empty() {
            tokio::time::sleep(LOOKS_AGAIN).await;
        }
        Ok::<_, Error>(true)
    };
    tokio::time::timeout(HOLDS, enrolled).await.unwrap_or(Ok(false))
}

/// The code, and what to do with it.
///
/// # Errors
/// When there is no page to type it on.
pub(super) fn instructions(config: &Config, code: &str) -> Result<String, Error> {
    let page = page(config)?;
    Ok(format!(
        "Code:  {}\n\n1. Have a server running that allows something secret, destructive or critical: a client starts one, or\n   \
         `jamf-pro-mcp serve --http --allow read,destructive` does.\n2. Open {page} and type the code. It holds for ten minutes, once;\n   \
         five wrong ones end it.\n\nFrom then on plans are approved with passkeys, and no longer in a terminal or by the client, unless the \
         configuration\nsays otherwise.",
        in_groups(code)
    ))
}

/// Why there is no code.
pub(super) fn not_the_first(config: &Config) -> Error {
    let page = page(config).unwrap_or_else(|_| "the approvals page".to_owned());
    Error::not_allowed(format!(
        "a passkey is enrolled already, and who has it invites others: sign in at {page} and open People"
    ))
}

fn page(config: &Config) -> Result<String, Error> {
    config.approvals.where_people_find_it().ok_or_else(|| {
        Error::operator(
            "there is no page to enroll on: `approvals.page` is false and `approvals.name` is not set",
        )
    })
}

/// In groups that can be read out.
fn in_groups(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_out_in_groups_and_says_where_it_goes() {
        let mut config = Config::default();
        let text = instructions(&config, "ABCDEFGHJKLM").unwrap();
        assert!(
            text.contains("ABCD EFGH JKLM") && text.contains("http://localhost:8724/approvals"),
            "{text}"
        );
        config.approvals.page = false;
        assert!(instructions(&config, "ABCDEFGHJKLM").is_err());
        config.approvals.name = Some("mcp.example.com".to_owned());
        assert!(not_the_first(&config).to_string().contains("https://mcp.example.com/approvals"));
    }
}
