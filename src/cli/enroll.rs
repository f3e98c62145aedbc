//! What `approvals enroll` tells a person: how the first passkey is enrolled, and how those after it are.

use crate::config::Config;
use crate::error::Error;

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
