//! The Classic API.

use serde_json::json;

use super::client::{Client, Got};

pub(super) async fn send(client: &Client, method: &str, path: &str, xml: &str) -> Got {
    let request = client.request(method, path).header("content-type", "application/xml");
    client.send(request.header("accept", "application/json").body(xml.to_owned())).await
}

pub(super) async fn json_of(client: &Client, path: &str) -> Got {
    client.send(client.request("GET", path).header("accept", "application/json")).await
}

/// Create a policy; the answer is its id.
async fn policy(client: &Client, inside: &str) -> String {
    let got = send(client, "POST", "/JSSResource/policies/id/0", &format!("<policy>{inside}</policy>")).await;
    assert_eq!(got.status, 201, "{}", got.text);
    assert!(got.kind.starts_with("application/xml"), "{}", got.kind);
    let (_, rest) = got.text.split_once("<policy><id>").unwrap();
    rest.split_once("</id></policy>").unwrap().0.to_owned()
}

#[tokio::test]
async fn unknown_and_odd_is_dropped_and_defaulted_without_a_word() {
    let client = Client::small().await;
    let general = "<general><id>99999</id><name>zz A &amp; B</name><shade>red</shade>\
                   <frequency>Twice per fortnight</frequency><enabled>true</enabled></general><nonsense/>";
    let id = policy(&client, general).await;
    assert_ne!(id, "99999");
    let got = json_of(&client, &format!("/JSSResource/policies/id/{id}")).await.json;
    let general = &got["policy"]["general"];
    assert_eq!((&general["name"], &general["frequency"]), (&json!("zz A & B"), &json!("Once per computer")));
    assert_eq!((&general["shade"], &got["policy"]["nonsense"]), (&json!(null), &json!(null)));
    assert_eq!(general["id"].to_string(), id);
    let xml = client.get(&format!("/JSSResource/policies/id/{id}")).await;
    assert!(xml.kind.starts_with("application/xml") && xml.text.contains("<name>zz A &amp; B</name>"));
    let by_name = json_of(&client, "/JSSResource/policies/name/zz%20A%20%26%20B").await;
    assert_eq!(by_name.json["policy"]["general"]["id"].to_string(), id);
    let subset = json_of(&client, &format!("/JSSResource/policies/id/{id}/subset/General&Scope")).await.json;
    assert_eq!(subset["policy"].as_object().unwrap().len(), 2);
    let list = json_of(&client, "/JSSResource/policies").await.json;
    assert!(list["policies"].as_array().unwrap().iter().any(|p| crate::store::id_text(&p["id"]) == id));
}

#[tokio::test]
async fn a_put_merges_general_and_replaces_a_scope_whole() {
    let client = Client::small().await;
    let building = client.create("/api/v1/buildings", json!({"name": "zz Tower"})).await;
    let department = client.create("/api/v1/departments", json!({"name": "zz Sky"})).await;
    let scope = format!(
        "<scope><buildings><building><id>{building}</id></building></buildings>\
         <departments><department><name>zz Sky</name></department></departments></scope>"
    );
    let id =
        policy(&client, &format!("<general><name>zz merge</name><enabled>true</enabled></general>{scope}"))
            .await;
    let path = format!("/JSSResource/policies/id/{id}");
    let scoped = json_of(&client, &path).await.json["policy"]["scope"].clone();
    assert_eq!(scoped["buildings"][0]["name"], "zz Tower");
    assert_eq!(scoped["departments"][0]["id"].to_string(), department);
    let change = "<policy><general><frequency>Ongoing</frequency></general><scope><departments><department>\
                  <name>zz Sky</name></department></departments></scope></policy>";
    assert_eq!(send(&client, "PUT", &path, change).await.status, 201);
    let after = json_of(&client, &path).await.json["policy"].clone();
    assert_eq!((&after["general"]["name"], &after["general"]["enabled"]), (&json!("zz merge"), &json!(true)));
    assert_eq!(
        (&after["general"]["frequency"], &after["scope"]["buildings"]),
        (&json!("Ongoing"), &json!([]))
    );
    assert_eq!(after["scope"]["departments"][0]["name"], "zz Sky");
    let all = "<policy><scope><all_computers>true</all_computers><departments><department><name>zz Sky</name>\
               </department></departments></scope></policy>";
    assert_eq!(send(&client, "PUT", &path, all).await.status, 201);
    let wide = json_of(&client, &path).await.json["policy"]["scope"].clone();
    assert_eq!((&wide["all_computers"], &wide["departments"]), (&json!(true), &json!([])));
    let disordered = "<policy><scope><exclusions/><departments><department><name>zz Sky</name></department>\
                      </departments></scope></policy>";
    assert_eq!(send(&client, "PUT", &path, disordered).await.status, 201);
    assert_eq!(json_of(&client, &path).await.json["policy"]["scope"]["departments"], json!([]));
    assert_eq!(client.delete(&path).await.status, 200);
    assert_eq!(client.get(&path).await.status, 404);
}

#[tokio::test]
async fn errors_are_html_pages() {
    let client = Client::small().await;
    policy(&client, "<general><name>zz twin</name></general>").await;
    let new = "/JSSResource/policies/id/0";
    let missing_group = "<policy><general><name>zz x</name></general><scope><exclusions><computer_groups>\
                         <computer_group><name>zz nowhere</name></computer_group></computer_groups></exclusions></scope></policy>";
    for (xml, status, words) in [
        ("<policy><general><name>ZZ Twin</name></general></policy>", 409, "<p>Error: Duplicate name</p>"),
        (
            "<policy><general><enabled>true</enabled></general></policy>",
            409,
            "<p>Error: Name is required</p>",
        ),
        (missing_group, 409, "<p>Error: Unable to match excluded computer group</p>"),
        ("<policy><general>", 400, "<p>"),
        ("<script/>", 400, "<p>"),
    ] {
        let got = send(&client, "POST", new, xml).await;
        assert_eq!(got.status, status, "{xml}");
        assert!(got.kind.starts_with("text/html") && got.text.contains(words), "{}", got.text);
    }
    assert_eq!(client.write("POST", new, json!({"policy": {}})).await.status, 415);
    let absent = json_of(&client, "/JSSResource/policies/id/987654").await;
    assert_eq!(absent.status, 404);
    assert!(absent.text.contains("<p>"));
}

#[tokio::test]
async fn profiles_have_their_own_roots_and_lose_a_level_of_escapes() {
    let client = Client::small().await;
    for (path, root) in [
        ("osxconfigurationprofiles", "os_x_configuration_profile"),
        ("mobiledeviceconfigurationprofiles", "configuration_profile"),
    ] {
        let xml = format!(
            "<{root}><general><name>zz Wi-Fi</name><payloads>&lt;string&gt;a &amp;amp; b&lt;/string&gt;</payloads>\
             </general></{root}>"
        );
        let made = send(&client, "POST", &format!("/JSSResource/{path}/id/0"), &xml).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let got = json_of(&client, &format!("/JSSResource/{path}/name/zz%20Wi-Fi")).await.json;
        assert_eq!(got[root]["general"]["payloads"], "<string>a & b</string>");
        let list = json_of(&client, &format!("/JSSResource/{path}")).await.json;
        assert!(list[format!("{root}s")].is_array(), "{list}");
    }
}

#[tokio::test]
async fn other_spellings_of_an_id_are_the_same_id() {
    let client = Client::small().await;
    let id = policy(&client, "<general><name>zz spelled</name></general>").await;
    let wanted = json_of(&client, &format!("/JSSResource/policies/id/{id}")).await.json;
    for spelling in [format!("0{id}"), format!("+{id}"), format!("%2B{id}")] {
        let got = json_of(&client, &format!("/JSSResource/policies/id/{spelling}")).await;
        assert_eq!(got.json, wanted, "{spelling}");
    }
    assert_eq!(json_of(&client, &format!("/JSSResource/policies/name/0{id}")).await.status, 404);
    let script = client.get("/api/v1/scripts/1").await.json;
    assert_eq!((&script["id"], client.get("/api/v1/scripts/01").await.json), (&json!("1"), script.clone()));
}
