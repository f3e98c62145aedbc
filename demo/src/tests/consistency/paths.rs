//! What a path names is what its answer is about: no id of something else.

use serde_json::Value;

use super::{field, rows};
use crate::{Options, shapes, store::id_text, tests::client::Client};

/// `computer-prestages` as `computerPrestage`.
fn noun(family: &str) -> String {
    let mut made = String::new();
    for (at, word) in family.trim_end_matches('s').split('-').enumerate() {
        let mut letters = word.chars();
        match letters.next().filter(|_| at > 0) {
            Some(first) => made.extend(first.to_uppercase().chain(letters)),
            None => made.push_str(word),
        }
    }
    made
}

/// Whether a field such as `prestageId` names one of `computer-prestages`.
fn is_id_of(field: &str, family: &str) -> bool {
    let Some(stem) = field.strip_suffix("Id").filter(|stem| stem.len() > 3) else { return false };
    noun(family).to_lowercase().ends_with(&stem.to_lowercase())
}

fn look(value: &Value, family: &str, id: &str, path: &str, wrong: &mut Vec<String>, seen: &mut usize) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| look(item, family, id, path, wrong, seen)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_management = ["clientManagementId", "managementId"].contains(&name.as_str());
                let is_own = is_id_of(name, family) || (is_management && shapes::is_uuid(id));
                if is_own && (value.is_string() || value.is_number()) {
                    *seen += 1;
                    if !id_text(value).eq_ignore_ascii_case(id) {
                        wrong.push(format!("{path}: {name} is {value}"));
                    }
                }
                look(value, family, id, path, wrong, seen);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn an_id_of_a_path_is_the_id_of_its_answer() {
    let lifetime = std::time::Duration::from_secs(600);
    let client = Client::new(Options { token_lifetime: lifetime, ..Options::default() }).await;
    let computers = client.get("/api/v4/computers-inventory?section=GENERAL&page-size=5").await.json;
    let management_id = field(&rows(&computers["results"])[3]["general"], "managementId").to_owned();
    let (mut wrong, mut seen, mut read) = (Vec::new(), 0, 0);
    for (template, _) in shapes::answers().filter(|(template, _)| template.matches("{}").count() == 1) {
        let Some((list, rest)) = template.split_once("/{}") else { continue };
        let family = list.rsplit('/').next().unwrap_or_default();
        let all = client.get(&format!("{list}?page-size=3")).await.json;
        let all = if all.is_array() { rows(&all) } else { rows(&all["results"]) };
        let names = ["id", "planUuid", "uuid", "languageCode", "mobileDeviceId", "groupId", "sessionId"];
        let last = all.last().and_then(|row| names.iter().find_map(|name| row.get(*name))).map(id_text);
        let of_device = ["local-admin-password", "ddm"].contains(&family);
        let id = if of_device { management_id.clone() } else { last.unwrap_or_else(|| "2".to_owned()) };
        let path = format!("{list}/{id}{rest}");
        let got = client.get(&path).await;
        if got.status != 200 || got.json.is_null() {
            continue;
        }
        read += 1;
        look(&got.json, family, &id, &path, &mut wrong, &mut seen);
        if rest.is_empty()
            && let Some(own) = got.json.get("id")
            && id_text(own) != id
        {
            wrong.push(format!("{path}: id is {own}"));
        }
    }
    assert!(read > 150 && seen > 15, "{read} {seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(client.get(&format!("/api/v2/local-admin-password/{nobody}/accounts")).await.status, 404);
}
