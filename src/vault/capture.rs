//! Secrets that the tenant answers once, to a write: they are kept for the person who approved it. An API client whose new secret nobody
//! has is a program that is locked out.

use jamf_pro_tools::Action;
use secrecy::SecretString;
use serde_json::Value;

use super::text_in;
use crate::sanitize::secrets;

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

/// The secrets in the answer of an action that shows them, one by one, with what each is called. Where none is called like a secret, all
/// of the answer is one.
pub(crate) fn fields_of(answer: &str) -> Vec<(String, SecretString)> {
    let mut found = Vec::new();
    if let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(answer) {
        let secret = |(name, value): &(&String, &Value)| secrets::is_secret(name, value);
        found.extend(fields.iter().filter(secret).map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (label_of(name), SecretString::from(text))
        }));
    }
    if found.is_empty() {
        found.push(("Answer".to_owned(), SecretString::from(answer.to_owned())));
    }
    found
}

/// `personalRecoveryKey` as `Personal recovery key`.
fn label_of(field: &str) -> String {
    let mut label = String::new();
    for letter in field.chars() {
        match letter {
            letter if label.is_empty() => label.extend(letter.to_uppercase()),
            letter if letter.is_uppercase() => {
                label.push(' ');
                label.extend(letter.to_lowercase());
            }
            '_' => label.push(' '),
            letter => label.push(letter),
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_person_gets_one_row_for_each_secret_and_nothing_that_is_none() {
        let rows = |answer: &str| -> Vec<(String, String)> {
            let found = fields_of(answer).into_iter();
            found.map(|(label, secret)| (label, secret.expose_secret().to_owned())).collect()
        };
        let key = r#"{ "computerId": "5", "name": "Farid's MacBook", "personalRecoveryKey": "ABCD-1234", "x": null }"#;
        assert_eq!(rows(key), [("Personal recovery key".to_owned(), "ABCD-1234".to_owned())]);
        assert_eq!(rows(r#"{"password":"pw|1"}"#), [("Password".to_owned(), "pw|1".to_owned())]);
        assert_eq!(rows("[1, 2]"), [("Answer".to_owned(), "[1, 2]".to_owned())]);
    }

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
