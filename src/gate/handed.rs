//! Secrets that the tenant hands out once, in its answer to a write: they are kept for the person who approved it. An API client whose
//! new secret nobody has is a program that is locked out.

use jamf_pro_tools::Action;
use secrecy::SecretString;
use serde_json::Value;

use crate::jobs::text_at;

/// (tool, place in the answer, what it is called when it is shown)
const HANDED_OUT: &[(&str, &str, &str)] = &[
    ("api_integration_credentials_create", "clientId", "client id"),
    ("api_integration_credentials_create", "clientSecret", "client secret"),
    ("sso_failover_generate", "failoverUrl", "failover URL"),
];

/// What an answer hands out, with what each is called.
pub(crate) fn out_of(action: &Action, answer: &[u8]) -> Vec<(&'static str, SecretString)> {
    let of_tool = |(tool, _, _): &&(&str, &str, &str)| *tool == action.name;
    let mut places = HANDED_OUT.iter().filter(of_tool).peekable();
    if places.peek().is_none() {
        return Vec::new();
    }
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return Vec::new() };
    places
        .map(|(_, place, label)| (*label, text_at(&answer, place)))
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
    fn what_is_handed_out_is_hidden_from_the_answer_and_kept() {
        for (tool, place, _) in HANDED_OUT {
            let action = Catalogue::get().find(tool).unwrap();
            assert_ne!(action.method, Method::Get, "{tool}");
            assert!(action.hides.contains(place) || *place == "clientId", "{tool} {place}");
        }
        let action = Catalogue::get().find("api_integration_credentials_create").unwrap();
        let found = out_of(action, br#"{ "clientId": "ab", "clientSecret": "cd" }"#);
        let told: Vec<(&str, &str)> =
            found.iter().map(|(label, secret)| (*label, secret.expose_secret())).collect();
        assert_eq!(told, [("client id", "ab"), ("client secret", "cd")]);
        assert!(out_of(Catalogue::get().find("building_create").unwrap(), b"{ \"code\": \"x\" }").is_empty());
        assert!(out_of(action, b"<html>").is_empty());
    }
}
