//! The directories: both APIs tell the same groups, and each server knows its own people alone.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{patient, rows, told};
use crate::{
    store::id_text,
    tests::{classic::json_of, client::Client},
};

async fn lookup(client: &Client, path: &str, list: &str) -> Vec<Value> {
    let found = json_of(client, &format!("/JSSResource/ldapservers/id/{path}")).await.json;
    found[list].as_array().unwrap_or_else(|| panic!("{path}: {found}")).clone()
}

#[tokio::test]
async fn both_apis_tell_the_same_groups_and_servers() {
    let (client, told) = (patient().await, told().await);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for server in told.results("/api/v1/ldap/servers") {
        let id = id_text(&server["id"]);
        let classic = json_of(&client, &format!("/JSSResource/ldapservers/id/{id}")).await.json;
        assert_eq!(classic["ldap_server"]["connection"]["name"], server["name"]);
        let groups = lookup(&client, &format!("{id}/group/*"), "ldap_groups").await;
        let classic: BTreeSet<(String, String)> =
            groups.iter().map(|group| (text(&group["groupname"]), text(&group["uuid"]))).collect();
        let of_server = |group: &&Value| id_text(&group["ldapServerId"]) == id;
        let pro: BTreeSet<(String, String)> = told
            .results("/api/v1/ldap/groups")
            .iter()
            .filter(of_server)
            .map(|group| (text(&group["name"]), text(&group["uuid"])))
            .collect();
        assert_eq!(classic, pro);
        assert!(!pro.is_empty() && pro.iter().all(|(_, uuid)| uuid.len() == 36), "{pro:?}");
    }
    assert!(told.results("/api/v1/ldap/groups").iter().any(|group| group["name"] == "All staff"));
}

#[tokio::test]
async fn a_group_has_members_and_others() {
    let (client, told) = (patient().await, told().await);
    let rows_of = lookup(&client, "1/group/All%20staff/user/*", "ldap_users").await;
    let members = rows_of.iter().filter(|row| row["is_member"] == "Yes").count();
    assert!(members > 300 && members < rows_of.len(), "{members} of {}", rows_of.len());
    // The directory has everybody but the one who left.
    assert_eq!(rows_of.len() + 1, told.results("/api/v1/users").len());
    let schools = lookup(&client, "2/user/*", "ldap_users").await;
    assert!(!schools.is_empty() && schools.len() < rows_of.len() / 2, "{}", schools.len());
    let elsewhere = json_of(&client, "/JSSResource/ldapservers/id/2/group/All%20staff/user/*").await.json;
    assert!(rows(&elsewhere["ldap_users"]).is_empty(), "{elsewhere}");
}
