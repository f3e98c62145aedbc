//! What every read of both APIs answers: nothing that was made up from the name of a field, no value outside an enum, and rows where a
//! tenant in use has some.

use serde_json::Value;

use super::{
    classic::json_of,
    classic_operations::real,
    client::{Client, Got},
};
use crate::{ABSENT, Options, classic, shapes, store::id_text};

/// Paths that do not answer 200 to a plain read, with what they answer and why.
const OTHERWISE: &[(&str, u16, &str)] = &[
    ("/api/v1/health-check", 204, "it says only that the tenant is well"),
    ("/api/v1/jamf-connect", 204, "it says only that the tenant can be reached"),
    ("/api/v1/self-service-plus/feature-toggle/enabled", 204, "204 is the answer"),
    ("/api/v1/pki/digicert/trust-lifecycle-manager/{}/privilege-check", 204, "204 is the answer"),
    ("/api/v1/mdm/commands", 400, "it wants UUIDs or a device"),
];

/// Keys that stand in no list above them: the end of a template, and `PATH#POINTER` of what fits, or the word itself.
const KEYS: &[(&str, &str)] = &[
    ("/api/v1/ddm/{}", "/api/v4/computers-inventory#/results/2/general/managementId"),
    ("/status-items/{}", "device.operating-system.version"),
    ("/api/v2/local-admin-password/{}", "/api/v4/computers-inventory#/results/2/general/managementId"),
    ("/local-admin-password/{}/account/{}", "jamfadmin"),
    ("/computers-inventory/{}/attachments/{}", "1"),
    ("/static-group-membership/{}", "/api/v2/mobile-device-groups/static-groups#/results/0/groupId"),
    (
        "/update-statuses/computers/{}",
        "/api/v1/managed-software-updates/update-statuses#/results/0/device/deviceId",
    ),
    ("/cloud-ldaps/defaults/{}", "GOOGLE"),
    ("/user/preferences/{}", "columns"),
    ("/user/preferences/settings/{}", "columns"),
];

/// Paths that want a query.
const QUERIES: &[(&str, &str)] = &[
    ("/api/v1/advanced-mobile-device-searches/choices", "?criteria=Model"),
    ("/api/v2/mdm/commands", "?filter=dateSent>=2000-01-01T00:00:00Z&page-size=2000"),
];

/// Values that real tenants answer and that Jamf's document leaves out of an enum. The list of commands filters on the profile that a
/// command installs.
const BEYOND_ENUM: &[&str] = &["INSTALL_PROFILE", "INSTALL_APPLICATION"];

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
    (numbered && stem.trim() == words(name).trim_end_matches('s'))
        || text.contains("of the simulated tenant")
        || text.starts_with("com.example.app")
        || text.trim() == "simulated"
        || text.contains("c2ltdwxhdgvk")
}

/// Whether a list holds an empty text, as one does that was made up; the values of an extension attribute may be empty.
fn has_empty_entry(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| *item == "" || has_empty_entry(item)),
        Value::Object(fields) => {
            fields.iter().any(|(name, field)| name != "values" && has_empty_entry(field))
        }
        _ => false,
    }
}

/// Whether there are texts, and nothing stands in any of them: nobody would keep such an object.
fn says_nothing(value: &Value) -> bool {
    let mut found = Vec::new();
    texts(value, "", &mut found);
    let told = found.iter().filter(|(name, _)| *name != "id" && !name.ends_with("Time"));
    told.clone().count() > 0 && told.clone().all(|(_, text)| text.is_empty())
}

/// No row and no field.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => {
            fields.iter().all(|(name, field)| name == "totalCount" || name == "size" || is_empty(field))
        }
        _ => false,
    }
}

fn rows(answer: &Value) -> &[Value] {
    let list = match answer {
        Value::Object(fields) => {
            fields.get("results").or_else(|| fields.values().find(|field| field.is_array()))
        }
        list => Some(list),
    };
    list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// What the objects of a list are called by, in the order of the list.
async fn ids(client: &Client, path: &str) -> Vec<String> {
    let id = |row: &Value| match row {
        Value::String(text) => Some(text.clone()),
        row => [
            "id",
            "planUuid",
            "uuid",
            "languageCode",
            "mobileDeviceId",
            "groupPlatformId",
            "groupId",
            "sessionId",
            "fileName",
        ]
        .iter()
        .find_map(|name| row.get(*name))
        .map(id_text),
    };
    let list = client.get(path).await;
    if list.status == 200 { rows(&list.json).iter().filter_map(id).collect() } else { Vec::new() }
}

/// The paths that a template stands for: with the first key that there is everywhere, or with every key in the place of the last one.
async fn paths(client: &Client, template: &str) -> Vec<String> {
    let mut paths = vec![String::new()];
    let mut before = String::new();
    let last = template.rfind("{}");
    for word in template.split('/').filter(|word| !word.is_empty()) {
        before = format!("{before}/{word}");
        if word != "{}" {
            paths.iter_mut().for_each(|path| *path = format!("{path}/{word}"));
            continue;
        }
        let path = paths.first().cloned().unwrap_or_default();
        let known = KEYS.iter().find(|(end, _)| before.ends_with(end));
        let mut found = match known.map(|(_, value)| value.split_once('#').ok_or(value)) {
            Some(Ok((list, pointer))) => vec![id_text(client.get(list).await.json.pointer(pointer).unwrap())],
            Some(Err(word)) => vec![(*word).to_owned()],
            None => ids(client, &path).await,
        };
        // Another object of the last list may have what the first one lacks.
        if last.is_some_and(|last| last + 2 != before.len()) {
            found.truncate(1);
        }
        if found.is_empty() {
            found.push("1".to_owned());
        }
        found.truncate(40);
        paths = found.iter().map(|id| format!("{path}/{}", id.replace(' ', "%20"))).collect();
    }
    paths
}

/// What is wrong with what a path answers.
fn faults(template: &str, path: &str, got: &Got, misfits: Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    texts(&got.json, "", &mut found);
    if got.json.is_null() {
        found.push(("", &got.text));
    }
    let made_up = found.iter().find(|(name, text)| is_made_up(name, text));
    let mut wrong: Vec<String> =
        made_up.map(|(name, text)| format!("{path}: {name} is {text:?}")).into_iter().collect();
    wrong.extend(misfits.first().map(|misfit| format!("{path}: {misfit}")));
    if template.starts_with("/api/") && has_empty_entry(&got.json) {
        wrong.push(format!("{path}: an empty text in a list"));
    }
    if template.starts_with("/api/") && rows(&got.json).iter().any(says_nothing) {
        wrong.push(format!("{path}: all texts of a row are empty"));
    }
    wrong
}

#[tokio::test]
async fn every_read_of_the_jamf_pro_api_answers_what_a_tenant_in_use_would() {
    let lifetime = std::time::Duration::from_secs(600);
    let client = Client::new(Options { token_lifetime: lifetime, ..Options::default() }).await;
    let (mut wrong, mut read, mut empty) = (Vec::new(), 0, Vec::new());
    for (template, shape) in shapes::answers() {
        let expected =
            OTHERWISE.iter().find(|(known, _, _)| *known == template).map_or(200, |(_, status, _)| *status);
        let mut is_filled = false;
        for path in paths(&client, template).await {
            let query = QUERIES.iter().find(|(known, _)| *known == template).map_or("", |(_, query)| query);
            let path = path + query;
            let got = client.get(&path).await;
            if got.status != expected {
                wrong.push(format!(
                    "{path}: {} {}",
                    got.status,
                    got.text.chars().take(120).collect::<String>()
                ));
            }
            let mut misfits = Vec::new();
            shapes::misfits(shape, &got.json, "", &mut misfits);
            misfits.retain(|misfit| {
                !BEYOND_ENUM.iter().any(|value| misfit.contains(&format!("{value:?} is none")))
            });
            wrong.extend(faults(template, &path, &got, misfits));
            let is_file = got.json.is_null() && !got.kind.contains("json") && !got.text.is_empty();
            is_filled = expected != 200 || is_file || !(is_empty(&got.json) || says_nothing(&got.json));
            read += 1;
            if is_filled {
                break;
            }
        }
        if !is_filled {
            empty.push(template.to_owned());
        }
    }
    assert!(read > 430, "{read} answers were read");
    assert!(wrong.is_empty(), "{} of {read}: {wrong:#?}", wrong.len());
    assert_eq!(empty, absent("/api/"), "{empty:#?}");
}

/// What is empty on purpose, by the beginning of the path.
fn absent(beginning: &str) -> Vec<String> {
    let known = ABSENT.iter().filter(|(path, _)| path.starts_with(beginning));
    known.map(|(path, _)| (*path).to_owned()).collect()
}

#[tokio::test]
async fn every_read_of_the_classic_api_answers_what_a_tenant_in_use_would() {
    let lifetime = std::time::Duration::from_secs(600);
    let client = Client::new(Options { computers: 60, token_lifetime: lifetime, ..Options::default() }).await;
    let (mut wrong, mut read, mut empty) = (Vec::new(), 0, Vec::new());
    for (method, template, _) in classic::operations() {
        if method != "GET" {
            continue;
        }
        let path = real(&client, template).await;
        let got = json_of(&client, &path).await;
        if got.status != 200 {
            wrong.push(format!("{path}: {}", got.status));
        }
        let template = template.to_owned();
        wrong.extend(faults(
            &format!("/JSSResource{template}"),
            &path,
            &got,
            classic::misfits(&template, &got.json),
        ));
        if is_empty(&got.json) || says_nothing(&got.json) {
            empty.push(format!("/JSSResource{template}"));
        }
        read += 1;
    }
    assert!(read > 230, "{read} answers were read");
    assert!(wrong.is_empty(), "{} of {read}: {wrong:#?}", wrong.len());
    assert_eq!(empty, absent("/JSSResource/"), "{empty:#?}");
}
