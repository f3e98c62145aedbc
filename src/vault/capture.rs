//! Secrets that the tenant answers once, to a write: they are kept for the person who approved it. An API client whose new secret nobody
//! has is a program that is locked out.

use jamf_pro_tools::Action;
use secrecy::SecretString;
use serde_json::Value;

use super::text_in;

/// The secrets in an answer, with what each is called.
pub(crate) fn secrets_in(action: &Action, answer: &[u8]) -> Vec<(&'static str, SecretString)> {
    if action.gives_secret.is_empty() {
        return Vec::new();
    }
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return Vec::new() };
    let texts = action.gives_secret.iter().map(|(field, label)| (*label, text_in(&answer, field)));
    texts
        .filter(|(_, secret)| !secret.is_empty())
        .map(|(label, secret)| (label, SecretString::from(secret)))
        .collect()
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn secrets_of_an_answer_are_kept_with_their_labels() {
        let action = Catalogue::get().find("api_integration_credentials_create").unwrap();
        let found = secrets_in(action, br#"{ "clientId": "ab", "clientSecret": "cd" }"#);
        let texts: Vec<(&str, &str)> =
            found.iter().map(|(label, secret)| (*label, secret.expose_secret())).collect();
        assert_eq!(texts, [("client id", "ab"), ("client secret", "cd")]);
        assert!(
            secrets_in(Catalogue::get().find("building_create").unwrap(), b"{ \"code\": \"x\" }").is_empty()
        );
        assert!(secrets_in(action, b"<html>").is_empty());
    }
}
