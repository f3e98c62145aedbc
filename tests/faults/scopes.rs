//! A scope is written as it was read, with the change: no entry is lost on the way, or the call is refused.

use serde_json::{Value, json};

use crate::proxy::Reply;
use crate::setup::Setup;

/// An object with a scope: the word of `scope_change`, the path, and the root element.
const KINDS: &[(&str, &str, &str)] = &[
    ("policy", "policies", "policy"),
    ("macos_profile", "osxconfigurationprofiles", "os_x_configuration_profile"),
    ("mobile_profile", "mobiledeviceconfigurationprofiles", "configuration_profile"),
    ("mac_app", "macapplications", "mac_application"),
    ("mobile_device_app", "mobiledeviceapplications", "mobile_device_application"),
    ("restricted_software", "restrictedsoftware", "restricted_software"),
    ("ebook", "ebooks", "ebook"),
];

/// The tenant answers an object with this scope, and says of each write that it was done.
fn answers(setup: &Setup, (path, root): (&'static str, &'static str), scope: Value) {
    let object =
        json!({ root: { "general": { "id": 40, "name": "Odd", "enabled": false }, "scope": scope } });
    setup.proxy.script(move |seen| {
        let one = format!("/JSSResource/{path}/id/");
        match (seen.method.as_str(), seen.path.starts_with(&one)) {
            ("GET", true) => Reply::Instead(200, "application/json", object.to_string()),
            ("PUT" | "POST", true) => {
                Reply::Instead(201, "application/xml", format!("<{root}><id>40</id></{root}>"))
            }
            _ => Reply::Pass,
        }
    });
}

/// The scopes that were sent.
fn sent(setup: &Setup) -> Vec<String> {
    let writes =
        setup.proxy.seen().into_iter().filter(|seen| ["PUT", "POST"].contains(&seen.method.as_str()));
    let bodies = writes.filter(|seen| seen.path.contains("/JSSResource/"));
    bodies
        .filter_map(|seen| {
            let text = String::from_utf8(seen.body.to_vec()).unwrap();
            let (_, rest) = text.split_once("<scope>")?;
            Some(rest.split_once("</scope>").unwrap().0.to_owned())
        })
        .collect()
}

fn writes(setup: &Setup) -> usize {
    setup
        .proxy
        .seen()
        .iter()
        .filter(|seen| seen.path.contains("/JSSResource/") && seen.method != "GET")
        .count()
}

/// Exclude a building besides.
fn exclusion(kind: &str) -> Value {
    json!({ "kind": kind, "id": "40", "add": [{ "place": "exclusions", "type": "building", "id": "1" }] })
}

#[tokio::test]
async fn every_entry_that_was_read_is_written() {
    let setup = Setup::start().await;
    let scope = json!({
        "all_computers": false,
        "all_jss_users": false,
        "limitations": {
            "users": [{ "id": 9, "name": "mia" }, { "id": -1, "name": "noah" }, { "name": "R&D <bot>" }],
            "user_groups": [
                { "id": -1, "name": "Old LDAP" }, { "id": 0, "name": "Staff" },
                { "id": "0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f", "name": "Contractors" },
                { "id": 12, "name": "Twelve" }, { "name": "Name alone" }, { "id": 12, "name": "Twelve" },
            ],
            "network_segments": [{ "id": 2, "name": "HQ", "uid": "x" }],
            "ibeacons": [{ "id": 7, "name": "Desk" }],
        },
        "exclusions": {
            "computers": [{ "id": 5, "name": "Mac", "udid": "U" }],
            "computer_groups": [{ "id": 6, "name": "Kiosks" }],
            "buildings": [], "departments": [{ "id": 8, "name": "Legal" }],
            "users": [{ "name": "mia" }],
            "user_groups": [{ "id": "00g1emaKYZTWRYYRRTSK", "name": "Field Engineers" }],
            "network_segments": [{ "id": 2, "name": "HQ" }], "ibeacons": [{ "id": 7, "name": "Desk" }],
            "jss_users": [{ "id": 3, "name": "ann" }], "jss_user_groups": [{ "id": 4, "name": "Teachers" }],
        },
    });
    answers(&setup, ("policies", "policy"), scope);
    let written = |building: &str| {
        format!(
            "<all_computers>false</all_computers>\
             <limitations><users><user><name>mia</name></user><user><name>noah</name></user><user><name>R&amp;D &lt;bot&gt;</name></user></users>\
             <user_groups><user_group><name>Old LDAP</name></user_group><user_group><name>Staff</name></user_group>\
             <user_group><name>Contractors</name></user_group><user_group><name>Twelve</name></user_group>\
             <user_group><name>Name alone</name></user_group><user_group><name>Twelve</name></user_group></user_groups>\
             <network_segments><network_segment><id>2</id></network_segment></network_segments>\
             <ibeacons><ibeacon><id>7</id></ibeacon></ibeacons></limitations>\
             <exclusions><computers><computer><id>5</id></computer></computers>\
             <computer_groups><computer_group><id>6</id></computer_group></computer_groups>{building}\
             <departments><department><id>8</id></department></departments><users><user><name>mia</name></user></users>\
             <user_groups><user_group><name>Field Engineers</name></user_group></user_groups>\
             <network_segments><network_segment><id>2</id></network_segment></network_segments>\
             <ibeacons><ibeacon><id>7</id></ibeacon></ibeacons><jss_users><user><id>3</id></user></jss_users>\
             <jss_user_groups><user_group><id>4</id></user_group></jss_user_groups></exclusions>"
        )
    };
    setup.ok("scope_change", exclusion("policy")).await;
    assert_eq!(sent(&setup), [written("<buildings><building><id>1</id></building></buildings>")]);
    setup.ok("policy_clone", json!({ "id": "40", "new_name": "Copy of odd", "with_scope": true })).await;
    assert_eq!(sent(&setup)[1], written(""));
}

#[tokio::test]
async fn what_cannot_be_written_back_is_refused_by_its_place() {
    let setup = Setup::start().await;
    for (scope, place) in [
        (json!({ "computers": [{ "name": "Mac without an id" }] }), "scope.computers[0]"),
        (
            json!({ "computer_groups": [{ "id": 1, "name": "a" }, { "id": -1, "name": "Gone" }] }),
            "scope.computer_groups[1]",
        ),
        (json!({ "buildings": [{ "id": 0, "name": "Gone" }] }), "scope.buildings[0]"),
        (json!({ "departments": [{ "id": 1, "name": "a" }, {}] }), "scope.departments[1]"),
        (
            json!({ "limitations": { "user_groups": [{ "id": "0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f" }] } }),
            "scope.limitations.user_groups[0]",
        ),
        (
            json!({ "limitations": { "network_segments": [{ "id": 3, "name": "x", "vlan": "7" }] } }),
            "scope.limitations.network_segments[0].vlan",
        ),
        (json!({ "limitations": { "times": [{ "id": 3 }] } }), "scope.limitations.times"),
        (
            json!({ "exclusions": { "user_groups": [{ "id": 5, "name": "x", "nested": true }] } }),
            "scope.exclusions.user_groups[0].nested",
        ),
        (json!({ "exclusions": { "jss_users": [{ "name": "ann" }] } }), "scope.exclusions.jss_users[0]"),
        (json!({ "all_tvs": true }), "scope.all_tvs"),
        (json!({ "mode": "none" }), "scope.mode"),
        (json!({ "computers": "every one" }), "scope.computers[0]"),
        (
            json!({ "limit_to_users": { "user_groups": [{ "id": 4, "name": "x" }] } }),
            "scope.limit_to_users.user_groups[0]",
        ),
        (json!({ "exclusions": "all of Legal" }), "scope.exclusions"),
    ] {
        answers(&setup, ("policies", "policy"), scope.clone());
        for (tool, arguments) in [
            ("scope_change", exclusion("policy")),
            ("policy_clone", json!({ "id": "40", "new_name": "Copy of odd", "with_scope": true })),
        ] {
            let said = setup.fails(tool, arguments).await;
            assert!(
                said.contains(&format!("`{place}`")) && said.contains("Nothing was sent"),
                "{tool} {scope}: {said}"
            );
        }
    }
    assert_eq!(writes(&setup), 0);
    // Without the scope there is nothing to lose.
    setup.ok("policy_clone", json!({ "id": "40", "new_name": "Copy of odd" })).await;
    assert_eq!((writes(&setup), sent(&setup)), (1, Vec::new()));
}

#[tokio::test]
async fn every_kind_keeps_limitations_by_their_names() {
    for (kind, path, root) in KINDS {
        let setup = Setup::start().await;
        let mut scope = json!({
            "limitations": { "user_groups": [{ "id": -1, "name": "Old LDAP" }, { "id": "5be2e5a8-60b5-4b1c-8a0e-3d1f7c2b9a44", "name": "Design Team" }] },
            "exclusions": { "users": [{ "id": 4, "name": "mia" }] },
        });
        if *kind == "restricted_software" {
            scope.as_object_mut().unwrap().shift_remove("limitations");
        }
        answers(&setup, (path, root), scope);
        setup.ok("scope_change", exclusion(kind)).await;
        let limited = "<limitations><user_groups><user_group><name>Old LDAP</name></user_group><user_group><name>Design Team</name>\
                       </user_group></user_groups></limitations>";
        let written = sent(&setup);
        assert_eq!(written.len(), 1, "{kind}");
        assert!(*kind == "restricted_software" || written[0].starts_with(limited), "{kind}: {written:?}");
        assert!(
            written[0].ends_with("</exclusions>")
                && written[0].contains("<user><name>mia</name></user>")
                && written[0].contains("<buildings><building><id>1</id></building></buildings>"),
            "{kind}: {written:?}"
        );
    }
}

#[tokio::test]
async fn groups_of_cloud_directories_come_and_go_by_name_and_by_id() {
    let setup = Setup::start().await;
    let made = setup
        .ok("policy_create", json!({ "body": { "general": { "name": "Cloud", "enabled": false } } }))
        .await;
    let id = made["id"].as_str().unwrap().to_owned();
    let change = |list: &str, place: &str, entry: Value| {
        let mut entry = entry;
        entry["place"] = json!(place);
        entry["type"] = json!("user_group");
        json!({ "kind": "policy", "id": id, list: [entry] })
    };
    let scope = async || setup.ok("policy_get", json!({ "id": id })).await["scope"].clone();
    let groups = |scope: &Value, place: &str| -> Vec<(String, String)> {
        let list = scope[place]["user_groups"].as_array().cloned().unwrap_or_default();
        list.iter()
            .map(|one| (one["id"].as_str().unwrap().to_owned(), one["name"].as_str().unwrap().to_owned()))
            .collect()
    };
    let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    let contractors = pair("0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f", "Contractors");
    let design = pair("5be2e5a8-60b5-4b1c-8a0e-3d1f7c2b9a44", "Design Team");
    let field = pair("00g1emaKYZTWRYYRRTSK", "Field Engineers");

    setup.ok("scope_change", change("add", "limitations", json!({ "name": "Contractors" }))).await;
    setup.ok("scope_change", change("add", "limitations", json!({ "id": design.0 }))).await;
    setup.ok("scope_change", change("add", "exclusions", json!({ "id": field.0 }))).await;
    let there = scope().await;
    assert_eq!(groups(&there, "limitations"), [contractors.clone(), design.clone()]);
    assert_eq!(groups(&there, "exclusions").as_slice(), std::slice::from_ref(&field));
    let again = setup.ok("scope_change", change("add", "limitations", json!({ "id": contractors.0 }))).await;
    assert_eq!(again["result"], "unchanged");

    let excluded = json!({ "kind": "policy", "id": id, "add": [{ "place": "exclusions", "type": "building", "id": "1" }] });
    setup.ok("scope_change", excluded).await;
    setup
        .ok("scope_change", change("remove", "limitations", json!({ "id": contractors.0.to_uppercase() })))
        .await;
    assert_eq!(groups(&scope().await, "limitations").as_slice(), std::slice::from_ref(&design));
    setup.ok("policy_rename", json!({ "id": id, "new_name": "Cloud limits" })).await;
    let copy =
        setup.ok("policy_clone", json!({ "id": id, "new_name": "Cloud copy", "with_scope": true })).await;
    let copied = setup.ok("policy_get", json!({ "id": copy["object"]["id"] })).await;
    assert_eq!(copied["scope"], scope().await);
    setup.ok("scope_change", change("remove", "limitations", json!({ "name": "Design Team" }))).await;
    let left = scope().await;
    assert_eq!((groups(&left, "limitations"), groups(&left, "exclusions")), (Vec::new(), vec![field]));

    let said = setup
        .fails(
            "scope_change",
            change("add", "limitations", json!({ "id": "11111111-1111-4111-8111-111111111111" })),
        )
        .await;
    assert!(said.contains("give its `name`"), "{said}");
}

#[tokio::test]
async fn one_of_two_groups_with_one_name_is_not_removed_alone() {
    let setup = Setup::start().await;
    let groups = json!([{ "id": 12, "name": "Staff" }, { "id": "0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f", "name": "Staff" }, { "id": 3, "name": "Legal" }]);
    answers(&setup, ("policies", "policy"), json!({ "limitations": { "user_groups": groups } }));
    let remove = |entry: Value| {
        let mut entry = entry;
        entry["place"] = json!("limitations");
        entry["type"] = json!("user_group");
        json!({ "kind": "policy", "id": "40", "remove": [entry] })
    };
    let said = setup.fails("scope_change", remove(json!({ "id": "12" }))).await;
    assert!(said.contains("two entries have the name \"Staff\"") && writes(&setup) == 0, "{said}");
    setup.ok("scope_change", remove(json!({ "id": "3" }))).await;
    setup.ok("scope_change", remove(json!({ "name": "Staff" }))).await;
    assert_eq!(
        sent(&setup),
        [
            "<limitations><user_groups>\
             <user_group><name>Staff</name></user_group><user_group><name>Staff</name></user_group></user_groups></limitations>",
            "<limitations><user_groups>\
             <user_group><name>Legal</name></user_group></user_groups></limitations>",
        ]
    );
}

#[tokio::test]
async fn a_name_on_the_keyboard_finds_the_object_with_a_typographic_one() {
    let setup = Setup::start().await;
    let name = "Mia\u{2019}s Lab \u{2013} Zo\u{eb}";
    let made =
        setup.ok("policy_create", json!({ "body": { "general": { "name": name, "enabled": false } } })).await;
    let renamed = setup
        .ok("policy_rename", json!({ "name": "Mia's Lab - Zoe\u{308}", "new_name": "Mia\u{2019}s Room" }))
        .await;
    assert_eq!((&renamed["object"]["id"], &renamed["was"]), (&made["id"], &json!(name)));
}

#[tokio::test]
async fn names_and_settings_with_ampersands_are_kept_in_profiles() {
    let setup = Setup::start().await;
    let payload = json!([{ "PayloadType": "com.example.app", "Title": "R&D <b> a&amp;b" }]);
    let arguments =
        json!({ "kind": "macos_profile", "new_name": "R&D Wi-Fi", "payload": payload.to_string() });
    let made = setup.ok("profile_create", arguments).await;
    assert_eq!(made["payload"]["verdict"], "as sent", "{made}");
    // A tenant that un-escapes once too often and one that does not are sent the same.
    let body = setup
        .proxy
        .seen()
        .into_iter()
        .find(|seen| seen.method == "POST" && seen.path.contains("profiles/id/"))
        .unwrap()
        .body;
    let body = String::from_utf8(body.to_vec()).unwrap();
    let (_, rest) = body.split_once("<payloads>").unwrap();
    let sent = rest
        .split_once("</payloads>")
        .unwrap()
        .0
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    assert!(sent.contains("R&]]><![CDATA[D <b> a&]]><![CDATA[amp;b"), "{sent}");
    let id = json!({ "kind": "macos_profile", "id": made["object"]["id"] });
    let shown = setup.ok("profile_payload_get", id).await;
    assert_eq!(shown["payload"]["PayloadContent"][0]["Title"], "R&D <b> a&amp;b");
    assert_eq!(shown["payload"]["PayloadDisplayName"], "R&D Wi-Fi");
}

#[tokio::test]
async fn a_copy_says_what_it_cannot_copy() {
    let setup = Setup::start().await;
    let policy = |id: u32, name: &str, point: &str| {
        let general = json!({ "id": id, "name": name, "enabled": false, "frequency": "Ongoing" });
        let packages = json!({ "packages": [], "distribution_point": point });
        json!({ "policy": { "general": general, "scope": {}, "package_configuration": packages } })
            .to_string()
    };
    let (original, copy) = (policy(40, "Odd", "Berlin"), policy(41, "Copy of odd", "default"));
    setup.proxy.script(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/JSSResource/policies/id/40") => Reply::Instead(200, "application/json", original.clone()),
        ("GET", "/JSSResource/policies/id/41") => Reply::Instead(200, "application/json", copy.clone()),
        ("POST", path) if path.starts_with("/JSSResource/policies/") => {
            Reply::Instead(201, "application/xml", "<policy><id>41</id></policy>".to_owned())
        }
        _ => Reply::Pass,
    });
    let made = setup.ok("policy_clone", json!({ "id": "40", "new_name": "Copy of odd" })).await;
    assert_eq!(made["not_copied"], json!(["package_configuration.distribution_point"]), "{made}");
}
