//! Secrets that the tenant answers once, to a write: they are kept for the person who approved it. An API client whose new secret nobody
//! has is a program that is locked out.

use jamf_pro_tools::Action;
use secrecy::SecretString;
use serde_json::Value;

use super::text_in;

/// (tool, place in the answer, what it is called when it is shown)
const ANSWERED: &[(&str, &str, &str)] = &[
    ("api_integration_credentials_create", "clientId", "client id"),
    ("api_integration_credentials_create", "clientSecret", "client secret"),
    ("sso_failover_generate", "failoverUrl", "failover URL"),
];

/// The secrets in an answer, with what each is called.
pub(crate) fn secrets_in(action: &Action, answer: &[u8]) -> Vec<(&'static str, SecretString)> {
    let of_tool = |(tool, _, _): &&(&str, &str, &str)| *tool == action.name;
    let mut places = ANSWERED.iter().filter(of_tool).peekable();
    if places.peek().is_none() {
        return Vec::new();
    }
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return Vec::new() };
    places
        .map(|(_, place, label)| (*label, text_in(&answer, place)))
        .filter(|(_, secret)| !secret.is_empty())
        .map(|(label, secret)| (label, SecretString::from(secret)))
        .collect()
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::{Catalogue, Method};
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn secrets_of_an_answer_are_hidden_from_it_and_kept() {
        for (tool, place, _) in ANSWERED {
            let action = Catalogue::get().find(tool).unwrap();
            assert_ne!(action.method, Method::Get, "{tool}");
            assert!(action.hides.contains(place) || *place == "clientId", "{tool} {place}");
        }
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
