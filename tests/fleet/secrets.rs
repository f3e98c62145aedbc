//! No secret of the tenant is kept: a canary stands wherever people write one, in the words in which they do.

use super::*;

/// Sends a request of the Jamf Pro API as another administrator would. Answers the status.
async fn pro(world: &World, path: &str, body: Json) -> u16 {
    let request = http().post(format!("{}{path}", world.tenant.url())).bearer_auth(token(world).await);
    let request = request.header("content-type", "application/json").body(body.to_string());
    request.send().await.unwrap().status().as_u16()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A profile with a secret by its name, one in an inner dictionary, and one in a text.
fn payload(of: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict>\
         <key>PayloadType</key><string>com.example.canary</string><key>SSID_STR</key><string>Planted</string>\
         <key>Password</key><string>CANARY-{of}-payload</string>\
         <key>Proxy</key><dict><key>ProxyPassword</key><string>CANARY-{of}-inner-payload</string></dict>\
         <key>Arguments</key><array><string>token=CANARY-{of}-payload-text</string></array>\
         </dict></array></dict></plist>"
    )
}

#[tokio::test]
async fn no_secret_of_the_tenant_is_kept() {
    let world = tenant(Options { computers: 60, ..Options::default() }).await;
    let criterion = |of: &str| {
        let value = format!("password=CANARY-criterion-of-{of}");
        json!({ "name": "Canary", "priority": 0, "andOr": "and", "searchType": "like", "value": value })
    };
    let criteria = |of: &str| {
        format!(
            "<criteria><criterion><name>Canary</name><priority>0</priority><and_or>and</and_or><search_type>like</search_type>\
             <value>password=CANARY-criterion-of-{of}</value></criterion></criteria>"
        )
    };
    let script = "#!/bin/sh\nexport PASSWORD=CANARY-in-a-script\nbind\n";
    let attribute = "#!/bin/sh\ncurl -u x 'https://admin:CANARY-attribute@example.org/'\n";
    for (path, body) in [
        ("/api/v1/scripts", json!({ "name": "Planted", "priority": "AFTER", "scriptContents": script })),
        (
            "/api/v3/computer-groups/smart-groups",
            json!({ "name": "Planted", "siteId": "-1", "criteria": [criterion("computers")] }),
        ),
        (
            "/api/v2/mobile-device-groups/smart-groups",
            json!({ "groupName": "Planted", "siteId": "-1", "criteria": [criterion("mobile-devices")] }),
        ),
        (
            "/api/v1/advanced-mobile-device-searches",
            json!({ "name": "Planted", "siteId": "-1", "displayFields": [], "criteria": [criterion("a-mobile-search")] }),
        ),
        (
            "/api/v1/computer-extension-attributes",
            json!({ "name": "Planted", "enabled": true, "dataType": "STRING", "inputType": "SCRIPT",
                "inventoryDisplayType": "GENERAL", "scriptContents": attribute }),
        ),
        (
            "/api/v1/accounts",
            json!({ "username": "planted", "realname": "Planted", "email": "planted@example.org", "accessLevel": "FullAccess",
                "privilegeLevel": "ADMINISTRATOR", "accountStatus": "Enabled", "plainPassword": "CANARY-of-an-account" }),
        ),
    ] {
        let status = pro(&world, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status}");
    }
    let parameters = "<id>1</id><priority>After</priority><parameter4>token=CANARY-parameter</parameter4>";
    let profile = |of: &str| {
        format!("<general><name>Planted</name><payloads>{}</payloads></general>", escaped(&payload(of)))
    };
    for (path, body) in [
        (
            "policies",
            format!(
                "<policy><general><name>Planted</name></general><scripts><script>{parameters}</script></scripts><files_processes>\
                 <run_command>/usr/local/bin/bind --password \"CANARY-in-a-command\"</run_command></files_processes></policy>"
            ),
        ),
        (
            "osxconfigurationprofiles",
            format!("<os_x_configuration_profile>{}</os_x_configuration_profile>", profile("macos")),
        ),
        (
            "mobiledeviceconfigurationprofiles",
            format!("<configuration_profile>{}</configuration_profile>", profile("mobile")),
        ),
        (
            "webhooks",
            "<webhook><name>Planted</name><enabled>true</enabled><event>ComputerAdded</event><content_type>application/json</content_type>\
             <url>https://hook:CANARY-user@hooks.example.org/CANARY-path1234?token=CANARY-query</url>\
             <authentication_type>BASIC</authentication_type><username>hook</username><password>CANARY-of-a-webhook</password></webhook>"
                .to_owned(),
        ),
        (
            "usergroups",
            format!("<user_group><name>Planted</name><is_smart>true</is_smart>{}</user_group>", criteria("users")),
        ),
        (
            "advancedcomputersearches",
            format!("<advanced_computer_search><name>Planted</name>{}</advanced_computer_search>", criteria("a-search")),
        ),
        (
            "advancedusersearches",
            format!("<advanced_user_search><name>Planted</name>{}</advanced_user_search>", criteria("a-user-search")),
        ),
    ] {
        let status = classic(&world, "POST", &format!("/JSSResource/{path}/id/0"), &body).await;
        assert_eq!(status, 201, "{path}");
    }
    let fleet = fleet(&world, FleetStorage::Disk);
    for part in PARTS {
        let status = fleet.refresh(part, ANEW, &Watch::default()).await.unwrap();
        assert!(status.is_complete(), "{}: {:?}", part.name, status.missing());
    }
    // What is beside each secret is there.
    for (count, what) in [
        (1, "scripts WHERE text LIKE '%export PASSWORD=%'"),
        (1, "extension_attributes WHERE text LIKE '%https://admin:%'"),
        (1, "policies WHERE command LIKE '/usr/local/bin/bind --password%'"),
        (1, "policy_scripts WHERE p4 LIKE 'token=%'"),
        (3, "group_criteria WHERE name = 'Canary' AND value LIKE 'password=%'"),
        (3, "search_criteria WHERE name = 'Canary' AND value LIKE 'password=%'"),
        (2, "profile_settings WHERE payload_type = 'com.example.canary' AND value = 'Planted'"),
        (
            2,
            "profile_settings WHERE payload_type = 'com.example.canary' AND key = 'Arguments' AND value LIKE '%token=%'",
        ),
        (1, "webhooks WHERE name = 'Planted' AND host = 'hooks.example.org'"),
        (1, "accounts WHERE username = 'planted'"),
    ] {
        assert_eq!(number(&fleet, &format!("SELECT count(*) FROM {what}")), count, "{what}");
    }
    let folder = world.state.path().join("fleet");
    let bytes: Vec<u8> =
        folder.read_dir().unwrap().flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let kept = String::from_utf8_lossy(&bytes);
    assert!(kept.contains("MacBook"));
    assert!(!kept.contains(world.tenant.client_secret()));
    let leaks: std::collections::BTreeSet<String> = kept
        .match_indices("CANARY-")
        .map(|(at, _)| {
            let canary = kept[at..].chars();
            canary.take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
        })
        .collect();
    assert!(leaks.is_empty(), "{leaks:?}");
}
