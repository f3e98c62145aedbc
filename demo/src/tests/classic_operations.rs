//! Every operation of the Classic API: each read answers with its root, each object is made, read, changed and deleted.

use jiff::{SignedDuration, Timestamp};
use roxmltree::Document;
use serde_json::Value;

use super::{
    classic::{json_of, send},
    client::Client,
};
use crate::{
    Options,
    classic::{full_body, operations},
    store::id_text,
};

async fn client() -> Client {
    Client::new(Options { computers: 60, ..Options::default() }).await
}

/// The only array in an answer: the rows of a list.
fn rows(json: &Value) -> &[Value] {
    let root = json.as_object().and_then(|fields| fields.values().next());
    root.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A path of something that is there.
pub(super) async fn real(client: &Client, template: &str) -> String {
    let family = template.split('/').nth(1).unwrap();
    let fixed = match template {
        "/accounts/userid/{}" | "/accounts/groupid/{}" | "/patchpolicies/id/{}" => Some("1"),
        "/accounts/username/{}" => Some("helpdesk"),
        "/accounts/groupname/{}" => Some("Helpdesk"),
        "/allowedfileextensions/extension/{}" => Some("pkg"),
        "/ldapservers/id/{}/user/{}" => Some("1|*"),
        "/ldapservers/id/{}/group/{}" => Some("1|All staff"),
        "/ldapservers/id/{}/group/{}/user/{}" => Some("1|All staff|*"),
        "/mobiledeviceapplications/bundleid/{}/version/{}" => Some("com.apple.Keynote|14.4"),
        "/mobiledeviceapplications/bundleid/{}" => Some("com.apple.Keynote"),
        "/mobiledevices/match/{}" | "/computers/match/{}" | "/computers/match/name/{}" => Some("*"),
        "/computerhardwaresoftwarereports/id/{}/{}_{}/subset/{}" => Some("1|Software"),
        "/patchavailabletitles/sourceid/{}" => Some("1"),
        "/patchpolicies/id/{}/subset/{}" => Some("1|General"),
        "/patchpolicies/softwaretitleconfig/id/{}" | "/patchreports/patchsoftwaretitleid/{}" => Some("1"),
        "/patchreports/patchsoftwaretitleid/{}/version/{}" | "/patches/id/{}/version/{}" => Some("1|145.0"),
        "/policies/category/{}" => Some("Browsers"),
        "/policies/createdBy/{}" => Some("jss"),
        _ => None,
    };
    let values: Vec<String> = match (fixed, family) {
        _ if !template.contains("{}") => Vec::new(),
        (Some(fixed), _) => fixed.split('|').map(str::to_owned).collect(),
        (None, "computerapplications") => vec!["Google Chrome.app".to_owned(), "*".to_owned()],
        (None, "computercommands" | "mobiledevicecommands") => {
            let command = if family == "computercommands" { "EnableRemoteDesktop" } else { "DeviceLocation" };
            let sent =
                send(client, "POST", &format!("/JSSResource/{family}/command/{command}/id/1"), "").await;
            assert_eq!(sent.status, 201, "{}", sent.text);
            let list = json_of(client, &format!("/JSSResource/{family}")).await.json;
            match template.contains("uuid") || template.contains("status") {
                true => vec![rows(&list)[0]["uuid"].as_str().unwrap().to_owned()],
                false => vec![command.to_owned()],
            }
        }
        (None, f) if f.starts_with("computer") && !rows_family(f) => device(client, true, template).await,
        (None, "mobiledevicehistory" | "mobiledevices") => device(client, false, template).await,
        _ => object(client, family, template).await,
    };
    let mut values = values.into_iter();
    let mut path = String::new();
    for word in template.split('/').skip(1) {
        path.push('/');
        let value = match word {
            "{}" => values.next().unwrap_or_else(|| "General".to_owned()),
            "{}_{}" => {
                let day = |ago: i64| {
                    (Timestamp::now() - SignedDuration::from_hours(24 * ago)).strftime("%Y-%m-%d").to_string()
                };
                format!("{}_{}", day(30), day(0))
            }
            word => word.to_owned(),
        };
        path += &value.replace('%', "%25").replace(' ', "%20").replace('/', "%2F").replace('#', "%23");
    }
    format!("/JSSResource{path}")
}

/// Families of computers that are lists of objects.
fn rows_family(family: &str) -> bool {
    ["computergroups", "computerinvitations", "computerextensionattributes", "computerreports"]
        .contains(&family)
}

async fn device(client: &Client, computer: bool, template: &str) -> Vec<String> {
    let record = match computer {
        true => client.get("/api/v4/computers-inventory/1?section=HARDWARE").await.json,
        false => json_of(client, "/JSSResource/mobiledevices/id/1").await.json["mobile_device"].clone(),
    };
    let detail = client.get("/api/v4/computers-inventory-detail/1").await.json;
    let own = |computers: &str, mobile: &str| {
        let found = if computer { detail.pointer(computers) } else { record.pointer(mobile) };
        found.map(id_text).unwrap_or_default()
    };
    let first = match template.split('/').nth(2).unwrap_or_default() {
        "name" => own("/general/name", "/general/name"),
        "serialnumber" => own("/hardware/serialNumber", "/general/serial_number"),
        "macaddress" => own("/hardware/macAddress", "/general/wifi_mac_address"),
        "udid" => own("/udid", "/general/udid"),
        _ => "1".to_owned(),
    };
    let second = if template.contains("patchfilter") {
        "Chrome"
    } else if template.contains("username") {
        "anna"
    } else {
        "General"
    };
    vec![first, second.to_owned()]
}

async fn object(client: &Client, family: &str, template: &str) -> Vec<String> {
    let list = json_of(client, &format!("/JSSResource/{family}")).await;
    assert_eq!(list.status, 200, "{family}: {}", list.text);
    let row = rows(&list.json).first().unwrap_or_else(|| panic!("{family} has nothing")).clone();
    let key = template.split('/').nth(2).unwrap_or_default();
    if ["computerinvitations", "mobiledeviceinvitations"].contains(&family) && key != "id" {
        // Longer than any number that JSON readers keep.
        let xml = client.get(&format!("/JSSResource/{family}")).await.text;
        let number = xml.split_once("<invitation>").unwrap().1.split_once('<').unwrap().0;
        return vec![number.to_owned()];
    }
    let full = json_of(client, &format!("/JSSResource/{family}/id/{}", id_text(&row["id"]))).await.json;
    let object = full.as_object().map(|fields| fields.values().next().unwrap().clone()).unwrap_or_default();
    let found = [&row[key], &object[key], &object["general"][key], &object["connection"][key]]
        .into_iter()
        .find(|v| !v.is_null());
    found.map(|value| vec![id_text(value)]).unwrap_or_default()
}

#[tokio::test]
async fn every_read_answers_with_its_root_in_both_forms() {
    let client = client().await;
    let mut wrong = Vec::new();
    for (method, template, root) in operations() {
        if method != "GET" {
            continue;
        }
        let root = root.unwrap();
        let path = real(&client, template).await;
        let json = json_of(&client, &path).await;
        let xml = client.get(&path).await;
        let in_json =
            json.json.as_object().is_some_and(|fields| fields.len() == 1 && fields.contains_key(root));
        let in_xml =
            Document::parse(&xml.text).is_ok_and(|document| document.root_element().has_tag_name(root));
        if json.status != 200 || xml.status != 200 || !in_json || !in_xml {
            let text: String = json.text.chars().take(200).collect();
            wrong.push(format!("{path} ({root}): {} {} {text}", json.status, xml.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The least that a new object of a family must have.
fn least(family: &str, root: &str, name: &str) -> String {
    let inside = match family {
        "accounts" | "buildings" | "categories" | "classes" | "departments" | "sites" | "scripts"
        | "users" => {
            format!("<name>{name}</name>")
        }
        "allowedfileextensions" => "<extension>zz</extension>".to_owned(),
        "computerinvitations" | "mobiledeviceinvitations" => {
            "<invitation_type>URL</invitation_type>".to_owned()
        }
        "computergroups" | "mobiledevicegroups" | "usergroups" => {
            format!("<name>{name}</name><is_smart>false</is_smart>")
        }
        "distributionpoints" => format!(
            "<name>{name}</name><share_name>s</share_name><read_only_username>r</read_only_username><read_write_username>w</read_write_username>"
        ),
        "dockitems" => format!("<name>{name}</name><type>App</type><path>/Applications/X.app</path>"),
        "healthcarelistenerrule" => format!(
            "<name>{name}</name><adt_message>A01</adt_message><adt_message_field>PV1</adt_message_field>"
        ),
        "ibeacons" => format!("<name>{name}</name><uuid>E2C56DB5-0000-4000-A000-000000000009</uuid>"),
        "ldapservers" => format!("<connection><name>{name}</name></connection>"),
        "networksegments" => format!(
            "<name>{name}</name><starting_address>10.0.0.1</starting_address><ending_address>10.0.0.9</ending_address>"
        ),
        "packages" => format!("<name>{name}</name><filename>zz.pkg</filename>"),
        "peripherals" => "<general><type>Display</type></general>".to_owned(),
        "softwareupdateservers" => format!("<name>{name}</name><ip_address>10.0.0.1</ip_address>"),
        "vppaccounts" => format!("<name>{name}</name><service_token>dG9rZW4=</service_token>"),
        "webhooks" => {
            format!("<name>{name}</name><url>https://hooks.example.org</url><event>ComputerAdded</event>")
        }
        "patchsoftwaretitles" => "<name_id>0C4</name_id><source_id>1</source_id>".to_owned(),
        "computers" | "mobiledevices" => format!(
            "<general><name>{name}</name><serial_number>ZZ9</serial_number><udid>zz-9</udid></general>"
        ),
        "ebooks"
        | "licensedsoftware"
        | "macapplications"
        | "mobiledeviceapplications"
        | "mobiledeviceconfigurationprofiles"
        | "mobiledeviceenrollmentprofiles"
        | "mobiledeviceprovisioningprofiles"
        | "osxconfigurationprofiles"
        | "patchpolicies"
        | "policies"
        | "restrictedsoftware"
        | "vppassignments"
        | "vppinvitations" => format!("<general><name>{name}</name></general>"),
        _ => format!("<name>{name}</name>"),
    };
    format!("<{root}>{inside}</{root}>")
}

#[tokio::test]
async fn every_object_is_made_read_changed_and_deleted() {
    let client = client().await;
    let all = operations();
    let has = |method: &str, template: &str| all.iter().any(|(m, t, _)| *m == method && *t == template);
    let mut asked = 0;
    for (_, template, root) in all.iter().filter(|(method, ..)| *method == "POST") {
        let family = template.split('/').nth(1).unwrap();
        if ["computercommands", "mobiledevicecommands", "fileuploads"].contains(&family) {
            continue;
        }
        asked += 1;
        let root = root.unwrap();
        let made = send(
            &client,
            "POST",
            &format!("/JSSResource{}", template.replace("{}", "0")),
            &least(family, root, "zz one"),
        )
        .await;
        assert_eq!(made.status, 201, "{template}: {}", made.text);
        let document = Document::parse(&made.text).unwrap();
        assert!(document.root_element().has_tag_name(root), "{template}: {}", made.text);
        let id = document.root_element().first_element_child().unwrap().text().unwrap().to_owned();
        let is_object = has("GET", template) && !template.contains("softwaretitleconfig");
        let by_id = if is_object { (*template).to_owned() } else { format!("/{family}/id/{{}}") };
        let path = format!("/JSSResource{}", by_id.replace("{}", &id));
        let read = json_of(&client, &path).await;
        assert_eq!(read.status, 200, "{path}: {}", read.text);
        let object = &read.json[root];
        let own = [&object["id"], &object["general"]["id"], &object["connection"]["id"]];
        assert!(own.iter().any(|own| own.is_number() && id_text(own) == id), "{path}: {object}");
        if has("PUT", &by_id) {
            let changed = send(&client, "PUT", &path, &least(family, root, "zz two")).await;
            assert_eq!(changed.status, 201, "{path}: {}", changed.text);
            let read = json_of(&client, &path).await.json;
            let name = ["name", "device_name"].iter().find_map(|name| {
                let object = &read[root];
                [&object[name], &object["general"][name], &object["connection"][name]]
                    .into_iter()
                    .find(|v| v.is_string())
            });
            assert!(
                ["peripherals", "patchsoftwaretitles"].contains(&family)
                    || name == Some(&Value::from("zz two")),
                "{path}: {read}"
            );
            let partial = send(&client, "PUT", &path, &format!("<{root}/>")).await;
            assert_eq!(partial.status, 201, "{path}: {}", partial.text);
            assert_eq!(json_of(&client, &path).await.json, read, "an empty change changes nothing: {path}");
        }
        if has("DELETE", &by_id) {
            assert_eq!(client.delete(&path).await.status, 200, "{path}");
            assert_eq!(client.get(&path).await.status, 404, "{path}");
        }
    }
    assert_eq!(asked, 55);
}

/// What is filled in, worked out, or never shown, whatever is sent.
static OWN_WAYS: &[&str] = &[
    "id",
    "site",
    "category",
    "scope",
    "invitation",
    "software_title_configuration_id",
    "computers",
    "service_token",
    "read_only_password",
    "read_write_password",
    "http_password",
    "self_service_categories",
    "packages",
    "scripts",
    "printers",
    "dock_items",
    "directory_bindings",
    "building",
    "department",
];

/// Every element of what was sent that is not in what was read.
fn lost(sent: &Value, read: &Value, place: &str, out: &mut Vec<String>) {
    match (sent, read) {
        (Value::Object(sent), Value::Object(_)) => {
            for (name, value) in sent.iter().filter(|(name, _)| !OWN_WAYS.contains(&name.as_str())) {
                lost(value, &read[name], &format!("{place}.{name}"), out);
            }
        }
        (Value::Array(sent), Value::Array(read)) if sent.len() == read.len() => {
            sent.iter().zip(read).for_each(|(sent, read)| lost(sent, read, place, out));
        }
        (sent, read) if sent == read => {}
        _ => out.push(format!("{place}: sent {sent}, read {read}")),
    }
}

#[tokio::test]
async fn every_element_of_an_object_lasts() {
    let client = client().await;
    let mut missing = Vec::new();
    for (method, template, root) in operations() {
        let family = template.split('/').nth(1).unwrap();
        // Records that both APIs keep have fields that only one of them shows.
        let shared = [
            "advancedmobiledevicesearches",
            "computers",
            "mobiledevices",
            "patchsoftwaretitles",
            "users",
            "packages",
            "distributionpoints",
            "vppaccounts",
            "scripts",
        ];
        let shared =
            shared.contains(&family) || family.ends_with("groups") || family.contains("extensionattributes");
        if method != "POST"
            || shared
            || ["computercommands", "mobiledevicecommands", "fileuploads"].contains(&family)
        {
            continue;
        }
        let (sent, xml) = full_body(template).unwrap();
        let made = send(&client, "POST", &format!("/JSSResource{}", template.replace("{}", "0")), &xml).await;
        assert_eq!(made.status, 201, "{template}: {}", made.text);
        let id = made.text.split_once("<id>").unwrap().1.split_once("</id>").unwrap().0;
        let by_id = if family == "patchpolicies" { "/patchpolicies/id/{}" } else { template };
        let read = json_of(&client, &format!("/JSSResource{}", by_id.replace("{}", id))).await.json;
        lost(&sent, &read[root.unwrap()], template, &mut missing);
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[tokio::test]
async fn settings_last_and_are_the_same_in_both_apis() {
    let client = client().await;
    for (path, root, change, field, value) in [
        (
            "activationcode",
            "activation_code",
            "<organization_name>zz</organization_name>",
            "organization_name",
            "zz",
        ),
        (
            "computerinventorycollection",
            "computer_inventory_collection",
            "<printers>false</printers>",
            "printers",
            "false",
        ),
        (
            "gsxconnection",
            "gsx_connection",
            "<username>zz@example.org</username>",
            "username",
            "zz@example.org",
        ),
        ("smtpserver", "smtp_server", "<host>zz.example.org</host>", "host", "zz.example.org"),
        (
            "computercheckin",
            "computer_check_in",
            "<check_in_frequency>30</check_in_frequency>",
            "check_in_frequency",
            "30",
        ),
    ] {
        let path = format!("/JSSResource/{path}");
        let got = send(&client, "PUT", &path, &format!("<{root}>{change}</{root}>")).await;
        assert_eq!(got.status, 201, "{path}: {}", got.text);
        let read = json_of(&client, &path).await.json;
        assert_eq!(id_text(&read[root][field]), value, "{read}");
    }
    assert_eq!(client.get("/api/v3/check-in").await.json["checkInFrequency"], 30);
    assert_eq!(client.get("/api/v2/smtp-server").await.json["connectionSettings"]["host"], "zz.example.org");
}

#[tokio::test]
async fn objects_of_both_apis_are_the_same() {
    let client = client().await;
    let made = send(&client, "POST", "/JSSResource/scripts/id/0", "<script><name>zz</name><category>Security</category>\
        <priority>Before</priority><script_contents>#!/bin/sh</script_contents><parameters><parameter4>Mode</parameter4></parameters></script>").await;
    assert_eq!(made.status, 201, "{}", made.text);
    let list = client.list("/api/v1/scripts", &[("filter", "name==\"zz\"")]).await.json;
    let script = &list["results"][0];
    assert_eq!(
        (&script["priority"], &script["categoryName"], &script["parameter4"]),
        (&"BEFORE".into(), &"Security".into(), &"Mode".into())
    );
    let id = client.create("/api/v1/buildings", serde_json::json!({"name": "zz Tower"})).await;
    let read = json_of(&client, "/JSSResource/buildings/name/zz%20tower").await.json;
    assert_eq!(read["building"]["id"].to_string(), id);
    let user = json_of(&client, "/JSSResource/users/id/3").await.json["user"].clone();
    let same = client.get("/api/v1/users/3").await.json;
    assert_eq!((&user["name"], &user["email"]), (&same["username"], &same["email"]));
    let by_mail = format!("/JSSResource/users/email/{}", user["email"].as_str().unwrap());
    assert!(json_of(&client, &by_mail).await.text.contains(user["name"].as_str().unwrap()));
    send(
        &client,
        "POST",
        "/JSSResource/usergroups/id/0",
        "<user_group><name>zz</name><is_smart>false</is_smart></user_group>",
    )
    .await;
    assert!(client.get("/api/v1/static-user-groups").await.text.contains("\"zz\""));
}
