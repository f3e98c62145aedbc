//! Objects that a list names can be read, and older ways of signing in.

use serde_json::Value;

use super::{classic::json_of, client::Client};
use crate::{Options, shapes, store::id_text};

/// Fields that an object is read by.
const IDS: [&str; 7] = ["id", "planUuid", "uuid", "languageCode", "mobileDeviceId", "groupId", "sessionId"];

/// Longer than a test.
const LONG: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Rows of a list that are looked at one by one.
const MOST: usize = 25;

/// A word of a path, with what is no letter or digit escaped.
fn escaped(word: &str) -> String {
    percent_encoding::utf8_percent_encode(word, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn every_object_of_a_list_can_be_read_by_its_id() {
    let client = Client::new(Options { token_lifetime: LONG, ..Options::default() }).await;
    let (mut missing, mut read) = (Vec::new(), 0);
    for (template, _) in shapes::answers() {
        let Some(list) = template.strip_suffix("/{}").filter(|list| !list.contains("{}")) else { continue };
        let got = client.get(&format!("{list}?page-size={MOST}")).await.json;
        let rows = got.as_array().or_else(|| got["results"].as_array());
        for row in rows.into_iter().flatten().take(MOST) {
            let Some(id) = IDS.iter().find_map(|name| row.get(*name)).map(id_text) else { continue };
            let one = format!("{list}/{}", escaped(&id));
            let got = client.get(&one).await;
            read += 1;
            if got.status != 200 {
                missing.push(format!("{one}: {}", got.status));
            }
        }
    }
    assert!(read > 400, "{read}");
    assert!(missing.is_empty(), "{} of {read}: {missing:#?}", missing.len());
}

#[tokio::test]
async fn every_object_of_a_classic_list_can_be_read_by_its_id_and_by_its_name() {
    let client = Client::new(Options { token_lifetime: LONG, ..Options::default() }).await;
    let operations = crate::classic::operations();
    let has = |path: &str| operations.iter().any(|(method, own, _)| *method == "GET" && *own == path);
    let (mut missing, mut read) = (Vec::new(), 0);
    for (_, list, _) in
        operations.iter().filter(|(method, own, _)| *method == "GET" && own.matches('/').count() == 1)
    {
        let got = json_of(&client, &format!("/JSSResource{list}")).await.json;
        let all = got.as_object().and_then(|fields| fields.values().next()).and_then(Value::as_array);
        for row in all.into_iter().flatten().take(MOST) {
            for key in ["id", "name"] {
                let Some(own) = row.get(key).map(id_text) else { continue };
                // Commands have a number and a UUID, and are asked for by the latter.
                if !has(&format!("{list}/{key}/{{}}")) || list.ends_with("commands") {
                    continue;
                }
                let one = format!("/JSSResource{list}/{key}/{}", escaped(&own));
                let got = json_of(&client, &one).await;
                read += 1;
                if got.status != 200 {
                    missing.push(format!("{one}: {}", got.status));
                }
            }
        }
    }
    assert!(read > 400, "{read}");
    assert!(missing.is_empty(), "{} of {read}: {missing:#?}", missing.len());
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

#[tokio::test]
async fn every_object_of_a_list_has_a_name_where_it_has_a_field_for_one() {
    let client = Client::new(Options::default()).await;
    let (mut unnamed, mut named) = (Vec::new(), 0);
    for (template, shape) in shapes::answers().filter(|(template, _)| !template.contains("{}")) {
        let Some((_, row)) = shapes::rows(shape) else { continue };
        let fields = ["name", "displayName", "titleName", "packageName"];
        let Some(field) =
            fields.iter().find(|field| shapes::fields(row).is_some_and(|row| row.contains_key(**field)))
        else {
            continue;
        };
        let got = client.get(&format!("{template}?page-size=50")).await.json;
        let rows = got.as_array().or_else(|| got["results"].as_array());
        for row in rows.into_iter().flatten() {
            named += 1;
            if row[field].as_str().is_some_and(str::is_empty) {
                unnamed.push(format!("{template}: {row}"));
            }
        }
    }
    assert!(named > 400, "{named}");
    let first: Vec<String> = unnamed.iter().take(10).map(|row| row.chars().take(120).collect()).collect();
    assert!(unnamed.is_empty(), "{} of {named}: {first:#?}", unnamed.len());
}
