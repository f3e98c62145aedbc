//! Patch titles through the older families of the Classic API, which tell what the Jamf Pro API tells.

use serde_json::{Value, json};

use super::{
    classic::{json_of, send},
    client::Client,
};
use crate::{Options, store::id_text};

const API: &str = "/api/v2/patch-software-title-configurations";

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[tokio::test]
async fn the_older_families_count_what_the_newer_ones_count() {
    let client = Client::new(Options { computers: 60, ..Options::default() }).await;
    let titles = json_of(&client, "/JSSResource/patchsoftwaretitles").await.json;
    let titles = rows(&titles["patch_software_titles"]);
    let named = json_of(&client, "/JSSResource/patches").await.json;
    let offered = json_of(&client, "/JSSResource/patchavailabletitles/sourceid/1").await.json;
    let offered = rows(&offered["patch_available_titles"]["available_titles"]);
    assert_eq!(titles.len(), 3);
    assert_eq!(titles, rows(&named["patch_management_software_titles"]));
    for title in titles {
        let id = &title["id"];
        let newer = client.get(&format!("{API}/{id}/patch-summary/versions")).await.json;
        let installed = client.get(&format!("{API}/{id}/patch-report?page-size=100")).await.json;
        let detail = json_of(&client, &format!("/JSSResource/patchsoftwaretitles/id/{id}")).await.json;
        let report =
            json_of(&client, &format!("/JSSResource/patchreports/patchsoftwaretitleid/{id}")).await.json;
        let software = json_of(&client, &format!("/JSSResource/patches/id/{id}")).await.json;
        let report = &report["patch_report"];
        let own = offered.iter().find(|own| own["name_id"] == title["name_id"]).unwrap();
        assert_eq!((&own["app_name"], &own["current_version"]), (&title["name"], &newer[0]["version"]));
        assert_eq!(report["total_computers"], installed["totalCount"], "{title}");
        for (at, version) in rows(&newer).iter().enumerate() {
            let name = version["version"].as_str().unwrap();
            assert_eq!(detail["patch_software_title"]["versions"][at]["software_version"], name);
            assert_eq!(
                rows(&report["versions"][at]["computers"]).len() as u64,
                version["onVersion"].as_u64().unwrap()
            );
            assert_eq!(software["software_title"]["versions"][at]["size"], version["onVersion"]);
            let path = format!("/JSSResource/patchreports/patchsoftwaretitleid/{id}/version/{name}");
            let one = json_of(&client, &path).await.json;
            assert_eq!(rows(&one["patch_report"]["versions"]).len(), 1, "{one}");
            assert_eq!(one["patch_report"]["versions"][0], report["versions"][at]);
        }
        let name = title["name"].as_str().unwrap().replace(' ', "%20");
        let by_name = json_of(&client, &format!("/JSSResource/patches/name/{name}")).await.json;
        assert_eq!(by_name, software);
    }
    assert_eq!(json_of(&client, "/JSSResource/patches/id/999").await.status, 404);
}

#[tokio::test]
async fn a_package_is_bound_to_a_version() {
    let client = Client::small().await;
    let path = "/JSSResource/patchsoftwaretitles/id/1";
    let version =
        json_of(&client, path).await.json["patch_software_title"]["versions"][0]["software_version"].clone();
    let package = client.get("/api/v1/packages?page-size=1").await.json["results"][0].clone();
    let bind = |id: &str| {
        format!(
            "<patch_software_title><versions><version><software_version>{}</software_version><package><id>{id}</id></package>\
             </version></versions></patch_software_title>",
            version.as_str().unwrap()
        )
    };
    let bound = send(&client, "PUT", path, &bind(package["id"].as_str().unwrap())).await;
    assert_eq!(bound.status, 201, "{}", bound.text);
    let title = client.get(&format!("{API}/1")).await.json;
    let row = &title["packages"][0];
    assert_eq!((&row["packageId"], &row["version"]), (&package["id"], &version));
    let shown = json_of(&client, path).await.json["patch_software_title"]["versions"][0]["package"].clone();
    assert_eq!(id_text(&shown["id"]), package["id"].as_str().unwrap());
    assert_eq!(send(&client, "PUT", path, &bind("99999")).await.status, 409);
    let offered = json_of(&client, "/JSSResource/patchavailabletitles/sourceid/1").await.json;
    let list = json_of(&client, "/JSSResource/patchsoftwaretitles").await.json;
    let titles = rows(&list["patch_software_titles"]);
    let name = offered["patch_available_titles"]["available_titles"]
        .as_array()
        .and_then(|all| all.iter().find(|title| titles.iter().all(|own| own["name"] != title["app_name"])))
        .map(|title| title["name_id"].as_str().unwrap().to_owned())
        .unwrap();
    let new = format!(
        "<patch_software_title><name_id>{name}</name_id><source_id>1</source_id></patch_software_title>"
    );
    let made = send(&client, "POST", "/JSSResource/patchsoftwaretitles/id/0", &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let list = json_of(&client, "/JSSResource/patchsoftwaretitles").await.json;
    let own = rows(&list["patch_software_titles"])
        .iter()
        .find(|title| title["name_id"] == json!(name))
        .unwrap()
        .clone();
    let own = format!("/JSSResource/patchsoftwaretitles/id/{}", own["id"]);
    assert_eq!(json_of(&client, &own).await.status, 200);
    assert_eq!(client.delete(&own).await.status, 200);
    assert_eq!(json_of(&client, &own).await.status, 404);
}

#[tokio::test]
async fn policies_of_a_title_searches_and_rights_are_there_by_their_older_paths() {
    let client = Client::small().await;
    let policies = json_of(&client, "/JSSResource/patchpolicies").await.json["patch_policies"].clone();
    assert!(!rows(&policies).is_empty());
    for policy in rows(&policies) {
        let path = format!("/JSSResource/patchpolicies/id/{}", policy["id"]);
        let one = json_of(&client, &path).await.json["patch_policy"].clone();
        let title = format!(
            "/JSSResource/patchpolicies/softwaretitleconfig/id/{}",
            one["software_title_configuration_id"]
        );
        let of_title = json_of(&client, &title).await.json;
        assert!(rows(&of_title["patch_policies"]).contains(policy), "{title}: {of_title}");
    }
    let searches = json_of(&client, "/JSSResource/savedsearches").await.json["saved_searches"].clone();
    assert!(rows(&searches).iter().all(|search| search["type"] == "Computers") && rows(&searches).len() > 1);
    let who = json_of(&client, "/JSSResource/jssuser").await.json["user"].clone();
    assert_eq!((&who["version"], &who["product"]), (&json!("11.32.0"), &json!("Jamf Pro")));
    assert!(rows(&who["privileges"]).contains(&json!("Read Policies")));
}
