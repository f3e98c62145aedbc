use super::*;

const WIFI: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadUUID</key><string>TOP</string><key>PayloadIdentifier</key><string>top.id</string>
<key>PayloadDisplayName</key><string>Wi-Fi</string><key>PayloadVersion</key><integer>1</integer><key>PayloadEnabled</key><true/>
<key>PayloadContent</key><array>
<dict><key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer><key>PayloadUUID</key><string>ONE</string><key>PayloadIdentifier</key><string>one.id</string>
<key>SSID_STR</key><string>Office</string><key>Password</key><string>CANARY-psk</string><key>AutoJoin</key><true/>
<key>EAPClientConfiguration</key><dict><key>UserPassword</key><string>CANARY-eap</string></dict></dict>
<dict><key>PayloadType</key><string>com.apple.security.pkcs12</string><key>PayloadVersion</key><integer>1</integer><key>PayloadUUID</key><string>TWO</string><key>PayloadContent</key><data>Q0FOQVJZ</data></dict>
</array></dict></plist>"#;

fn wifi() -> Payload {
    Payload::parse(WIFI.as_bytes()).unwrap()
}

#[test]
fn a_payload_is_shown_without_its_secrets() {
    let shown = wifi().view();
    assert!(!shown.to_string().contains("CANARY"), "{shown}");
    let inner = &shown["PayloadContent"];
    assert_eq!((&inner[0]["SSID_STR"], &inner[0]["AutoJoin"]), (&json!("Office"), &json!(true)));
    assert_eq!(inner[0]["Password"], json!({ "$kept": "a secret" }));
    assert_eq!(inner[1]["PayloadContent"], json!({ "$kept": "6 bytes" }));
}

#[test]
fn what_is_shown_can_be_sent_back_and_keeps_its_secrets() {
    let current = wifi();
    let mut shown = current.view();
    shown["PayloadContent"][0]["SSID_STR"] = json!("Office 5G");
    let changed = Payload::from_json(&shown.to_string(), Some(&current)).unwrap();
    let changed = changed.of_profile("Wi-Fi", None, Some(&current)).unwrap();
    let text = changed.text().unwrap();
    assert!(
        text.contains("CANARY-psk") && text.contains("CANARY-eap") && text.contains("Q0FOQVJZ"),
        "{text}"
    );
    assert_eq!(Payload::parse(text.as_bytes()).unwrap(), changed);
    let differences = changed.differences(&current);
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(differences[0].contains("SSID_STR"), "{differences:?}");
}

#[test]
fn a_new_version_is_the_same_profile_to_a_device() {
    let current = wifi();
    let payload = r#"[{ "PayloadType": "com.apple.wifi.managed", "SSID_STR": "New" }, { "PayloadType": "com.apple.dock" }]"#;
    let next = Payload::from_json(payload, Some(&current)).unwrap();
    let next = next.of_profile("Other name", Some("System"), Some(&current)).unwrap();
    let shown = next.view();
    assert_eq!((&shown["PayloadUUID"], &shown["PayloadIdentifier"]), (&json!("TOP"), &json!("top.id")));
    assert_eq!(
        (&shown["PayloadContent"][0]["PayloadUUID"], &shown["PayloadContent"][0]["PayloadIdentifier"]),
        (&json!("ONE"), &json!("one.id"))
    );
    assert_eq!(shown["PayloadContent"][1]["PayloadVersion"], 1);
    let copy = current.clone().as_copy().of_profile("Copy", None, None).unwrap().view();
    assert!(copy["PayloadUUID"] != "TOP" && copy["PayloadContent"][0]["PayloadUUID"] != "ONE", "{copy}");
}

#[test]
fn secrets_and_what_breaks_are_refused_by_their_places() {
    let refused = |payload: Value, current: Option<&Payload>| {
        Payload::from_json(&payload.to_string(), current)
            .and_then(|payload| payload.of_profile("x", None, current))
            .and_then(|payload| payload.text())
            .unwrap_err()
            .to_string()
    };
    let current = wifi();
    let wifi = |more: Value| {
        let mut payload = json!({ "PayloadType": "com.apple.wifi.managed" });
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        payload
    };
    assert!(
        refused(wifi(json!({ "Password": "hunter2" })), None)
            .contains("`payload.PayloadContent[0].Password` is a secret")
    );
    assert!(!refused(wifi(json!({ "Password": "hunter2" })), None).contains("hunter2"));
    assert!(refused(wifi(json!({ "SSID_STR": "R\u{1}" })), None).contains("`PayloadContent[0].SSID_STR`"));
    assert!(refused(wifi(json!({ "x": null })), None).contains("null"));
    assert!(
        refused(wifi(json!({ "x": { "$kept": true } })), Some(&current)).contains("nothing in that place")
    );
    assert!(refused(wifi(json!({ "x": { "$data": "!" } })), None).contains("Base64"));
    assert!(refused(json!({ "SSID_STR": "x" }), None).contains("PayloadType"));
    assert!(refused(json!("x"), None).contains("no payload"));
}

#[test]
fn only_plain_property_lists_are_read() {
    for (bytes, said) in [
            (&b"\x30\x82\x01"[..], "signed"),
            (&b"bplist00"[..], "binary"),
            (&b"<plist version=\"1.0\"><array/></plist>"[..], "no dictionary"),
            (&b"<plist><dict><key>a</key></dict></plist>"[..], "no property list"),
            (&b"<!DOCTYPE plist [<!ENTITY a \"b\">]><plist version=\"1.0\"><dict><key>a</key><string>&a;</string></dict></plist>"[..], "entities"),
            (&b"hello"[..], "no property list"),
        ] {
            let error = Payload::parse(bytes).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
    let deep = format!("<plist>{}", "<array>".repeat(100_000));
    assert!(Payload::parse(deep.as_bytes()).unwrap_err().to_string().contains("deeply"));
}

#[test]
fn ampersands_and_angles_survive_being_unescaped_once_more() {
    let texts = [
        "R&D <5G>",
        "a&amp;b",
        "&",
        "]]>",
        "<![CDATA[x]]>",
        "a && b < c > \"d\" 'e'",
        "&lt;p&gt;&#38;",
        "&quot",
    ];
    let settings: Map<String, Value> =
        texts.iter().map(|text| ((*text).to_owned(), json!([text, { "Note": text }]))).collect();
    let payload = json!([{ "PayloadType": "x.y", "Settings": settings }]);
    let made =
        Payload::from_json(&payload.to_string(), None).unwrap().of_profile("R&D <x>", None, None).unwrap();
    assert!(made.has_entities());
    let text = made.text().unwrap();
    let again = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    let again = again.replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(text, again, "nothing in it can be un-escaped");
    assert_eq!(Payload::parse(text.as_bytes()).unwrap(), made);
    assert_eq!(made.differences(&Payload::parse(text.as_bytes()).unwrap()), Vec::<String>::new());
}

#[test]
fn sections_of_character_data_are_read() {
    let file = "<plist><dict><key>PayloadContent</key><array/><key>N</key><string>a<![CDATA[ & <b> ]]>c</string></dict></plist>";
    assert_eq!(Payload::parse(file.as_bytes()).unwrap().view()["N"], "a & <b> c");
}

#[test]
fn numbers_dates_and_quotes_survive() {
    let payload = json!([{ "PayloadType": "x.y", "n": 18446744073709551615_u64, "m": -5, "r": 1.5, "d": { "$date": "2026-01-31T10:20:30Z" },
            "b": { "$data": "AAEC" }, "q": "it's > \"that\" 👩‍💻" }]);
    let made = Payload::from_json(&payload.to_string(), None).unwrap().of_profile("x", None, None).unwrap();
    let text = made.text().unwrap();
    assert!(!text.contains('&'), "{text}");
    assert_eq!(Payload::parse(text.as_bytes()).unwrap(), made);
}
