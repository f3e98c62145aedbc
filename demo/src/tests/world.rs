//! What every read answers: nothing that was made up from the name of a field, and objects that a list names can be read.

use serde_json::Value;

use super::client::Client;
use crate::{Options, shapes, store::id_text};

/// Every text of a value with the name of its field.
fn texts<'v>(value: &'v Value, name: &'v str, found: &mut Vec<(&'v str, &'v str)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| texts(field, name, found)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, name, found)),
        Value::String(text) => found.push((name, text)),
        _ => {}
    }
}

/// `macAddress` as `mac address`.
fn words(name: &str) -> String {
    let mut made = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() || letter == '_' {
            made.push(' ');
        }
        made.extend(letter.to_lowercase().filter(|letter| *letter != '_'));
    }
    made
}

/// `Serial number 1` in a field `serialNumber`, or a text that says that it is simulated.
fn is_made_up(name: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let stem = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let numbered = stem.len() < text.len() && stem.ends_with(' ');
    (numbered && stem.trim() == words(name).trim_end_matches('s')) || text.contains("of the simulated tenant")
}

/// The first id of the list at a path.
async fn first_id(client: &Client, path: &str) -> Option<String> {
    let list = client.get(path).await.json;
    let rows = list.as_array().or_else(|| list["results"].as_array())?;
    let row = rows.first()?;
    ["id", "planUuid", "uuid", "languageCode", "mobileDeviceId", "groupId"]
        .iter()
        .find_map(|name| row.get(*name))
        .map(id_text)
}

#[tokio::test]
async fn no_answer_is_made_up_from_the_names_of_its_fields() {
    let lifetime = std::time::Duration::from_secs(600);
    let client = Client::new(Options { token_lifetime: lifetime, ..Options::default() }).await;
    let (mut made_up, mut read) = (Vec::new(), 0);
    for (template, _) in shapes::answers() {
        let mut path = String::new();
        for segment in template.split('/').filter(|segment| !segment.is_empty()) {
            let word = if segment == "{}" {
                first_id(&client, &path).await.unwrap_or_else(|| "1".to_owned())
            } else {
                segment.to_owned()
            };
            path = format!("{path}/{word}");
        }
        let got = client.get(&path).await;
        if got.status != 200 || got.json.is_null() {
            continue;
        }
        read += 1;
        let mut found = Vec::new();
        texts(&got.json, "", &mut found);
        let wrong = found.iter().find(|(name, text)| is_made_up(name, text));
        made_up.extend(wrong.map(|(name, text)| format!("{path}: {name} is {text:?}")));
    }
    assert!(read > 330, "{read} answers were read");
    assert!(made_up.is_empty(), "{} of {read}: {made_up:#?}", made_up.len());
}

#[tokio::test]
async fn every_object_of_a_list_can_be_read_by_its_id() {
    let client = Client::new(Options::default()).await;
    let mut missing = Vec::new();
    for (template, _) in shapes::answers() {
        let Some(list) = template.strip_suffix("/{}").filter(|list| !list.contains("{}")) else { continue };
        let Some(id) = first_id(&client, list).await else { continue };
        let got = client.get(&format!("{list}/{id}")).await;
        if got.status != 200 {
            missing.push(format!("{list}/{id}: {}", got.status));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[tokio::test]
async fn a_user_signs_in_with_a_password_as_older_scripts_do() {
    let client = Client::small().await;
    let sign_in = |user: String, password: String| {
        client
            .http
            .post(format!("{}/api/v1/auth/token", client.tenant.url()))
            .basic_auth(user, Some(password))
            .send()
    };
    let (user, password) = (client.tenant.user().to_owned(), client.tenant.password().to_owned());
    assert_eq!(sign_in(user.clone(), "wrong".to_owned()).await.unwrap().status(), 401);
    let session: Value = sign_in(user, password).await.unwrap().json().await.unwrap();
    assert!(session["expires"].as_str().unwrap().ends_with('Z'), "{session}");
    let with = |token: &str, method: &str, path: &str| {
        let url = format!("{}{path}", client.tenant.url());
        client.http.request(method.parse().unwrap(), url).bearer_auth(token)
    };
    let token = session["token"].as_str().unwrap();
    assert_eq!(client.send(with(token, "GET", "/api/v1/buildings")).await.status, 200);
    let renewed = client.send(with(token, "POST", "/api/v1/auth/keep-alive")).await.json;
    assert_eq!(client.send(with(token, "GET", "/api/v1/buildings")).await.status, 401, "it was renewed");
    let token = renewed["token"].as_str().unwrap();
    assert_eq!(client.send(with(token, "POST", "/api/v1/auth/invalidate-token")).await.status, 204);
    assert_eq!(client.send(with(token, "GET", "/api/v1/buildings")).await.status, 401);
    // These are open.
    for path in ["/", "/healthCheck.html", "/api/schema"] {
        let got = client.http.get(format!("{}{path}", client.tenant.url())).send().await.unwrap();
        assert_eq!(got.status(), 200, "{path}");
    }
}
