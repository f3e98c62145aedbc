//! `approvals enroll`: a code with which the first person enrols a passkey on the approvals page.

use std::process::ExitCode;

use super::say;
use crate::config::Config;
use crate::error::Error;
use crate::store::Store;

/// Print a code, while there is no passkey yet. Later ones are invited by who has one.
pub(super) fn run(config: &Config) -> Result<ExitCode, Error> {
    let store = Store::open(&config.state_folder()?)?;
    let address = config.approvals.address();
    if !store.approvers()?.is_empty() {
        return Err(Error::NotAllowed(format!(
            "a passkey is enrolled, so the next one is invited with it: sign in at {address} and open People"
        )));
    }
    if !config.approvals.page && config.approvals.name.is_none() {
        return Err(Error::Operator(
            "there is no page to enrol on: `approvals.page` is false and `approvals.name` is not set".to_owned(),
        ));
    }
    let code = spaced(&store.new_enrolment_code()?);
    let elsewhere = config.approvals.name.as_deref().map(|name| format!("\n      or https://{name}/approvals")).unwrap_or_default();
    say(&format!(
        "Code:  {code}\n\n  1. Have a server running that allows something destructive, critical or secret; a client starts one, or\n     \
         `jamf-pro-mcp serve --http --allow read,destructive`.\n  2. Open {address}{elsewhere}\n     \
         and type the code. It holds for ten minutes, once, and five wrong ones end it.\n\nFrom then on plans are approved \
         with passkeys, and no longer in a terminal or by the client, unless the configuration says otherwise."
    ));
    Ok(ExitCode::SUCCESS)
}

/// In groups that can be read out.
fn spaced(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_out_in_groups() {
        assert_eq!(spaced("ABCDEFGHJKLM"), "ABCD EFGH JKLM");
    }

    #[test]
    fn a_code_is_given_until_there_is_a_passkey() {
        let state = tempfile::tempdir().unwrap();
        let config = Config { state: Some(state.path().to_owned()), ..Config::default() };
        assert!(run(&config).is_ok());
        let store = Store::open(state.path()).unwrap();
        assert!(store.has_enrolment_code().unwrap());
        assert!(store.enrol("a", "Ada", b"key", 0, &crate::store::Voucher::Code).unwrap());
        assert!(run(&config).unwrap_err().to_string().contains("People"));
    }
}
