//! Every write of the Classic API comes back as it was sent.

use super::*;

#[tokio::test]
async fn text_with_ampersands_and_angles_survives_every_save() {
    let world = world().await;
    let new = |payload: Value| json!({ "kind": "macos_profile", "new_name": "New", "payload": payload.to_string() });
    let secret = json!([{ "PayloadType": "com.apple.wifi.managed", "Password": "hunter2" }]);
    let refused = world.job("profile_create", new(secret)).await.unwrap_err();
    assert!(refused.contains("is a secret") && !refused.contains("hunter2"), "{refused}");
    let outside = json!({ "kind": "macos_profile", "new_name": "New", "file": "../secret" });
    assert!(world.job("profile_create", outside).await.unwrap_err().contains("not inside the folder"));

    for kind in ["macos_profile", "mobile_profile"] {
        let payload =
            json!([{ "PayloadType": "com.example.app", "Title": "R&D <b> a&amp;b", "<&>": ["]]>", "&lt;"] }]);
        let arguments = json!({ "kind": kind, "new_name": "R&D Wi-Fi <5G>", "payload": payload.to_string() });
        let made = world.job("profile_create", arguments).await.unwrap();
        assert_eq!(made["payload"]["verdict"], "as sent", "{made}");
        let id = made["object"]["id"].as_str().unwrap();
        let payload = async || {
            world.ok("profile_payload_get", json!({ "kind": kind, "id": id })).await["payload"].clone()
        };
        let before = payload().await;
        assert_eq!(before["PayloadContent"][0]["Title"], "R&D <b> a&amp;b");
        assert_eq!(before["PayloadContent"][0]["<&>"], json!(["]]>", "&lt;"]));
        assert_eq!(before["PayloadDisplayName"], "R&D Wi-Fi <5G>");
        let add = json!([{ "place": "exclusions", "type": "building", "id": "1" }]);
        for (job, arguments) in [
            ("scope_change", json!({ "kind": kind, "id": id, "add": add })),
            (&*format!("{kind}_rename"), json!({ "id": id, "new_name": "R&D <6G>" })),
            (&*format!("{kind}_rename"), json!({ "id": id, "new_name": "R&D <7G>" })),
        ] {
            let done = world.job(job, arguments).await.unwrap();
            assert_eq!(done["result"], "done", "{job}: {done}");
            assert_eq!(payload().await, before, "{job}");
        }
        let mut next = before.clone();
        next["PayloadContent"][0]["Title"] = json!("Legal & Finance");
        let arguments = json!({ "kind": kind, "id": id, "payload": next.to_string() });
        let replaced = world.job("profile_replace", arguments).await.unwrap();
        assert_eq!(replaced["payload"]["verdict"], "as sent", "{replaced}");
        let copy = json!({ "id": id, "new_name": "Copy & <x>" });
        let copy = world.job(&format!("{kind}_clone"), copy).await.unwrap();
        assert_eq!(copy["payload"]["verdict"], "as sent", "{copy}");
        assert_eq!(payload().await["PayloadContent"][0]["Title"], "Legal & Finance");
    }
    // One that Jamf has had for long.
    let named = "Finance & Legal: Restrictions";
    let id = json!({ "kind": "macos_profile", "name": named });
    let before = world.ok("profile_payload_get", id).await;
    let renamed = world.job("macos_profile_rename", json!({ "name": named, "new_name": "x" })).await.unwrap();
    let id = json!({ "kind": "macos_profile", "id": renamed["object"]["id"] });
    assert_eq!(world.ok("profile_payload_get", id).await["payload"], before["payload"]);
}

/// A body with every plain field of a schema; references to other objects are left out, and lists as far as they may be.
fn every_plain_field(schema: &Value, name: &str, word: &str) -> Option<Value> {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    if let Some(values) = schema["enum"].as_array() {
        return values.last().cloned();
    }
    Some(match (schema["type"].as_str().unwrap(), name) {
        // Each of two actions has parts of its own, places must be there, and a kind of device is what it is.
        (_, "disk_encryption" | "building" | "department" | "os_type") => return None,
        ("object", _) => {
            let properties = schema["properties"].as_object().unwrap();
            let required = |name: &String| {
                name == "body" || schema["required"].as_array().is_some_and(|all| all.contains(&json!(name)))
            };
            let wanted = properties.iter().filter(|(name, property)| {
                required(name) || (!properties.contains_key("id") && property["type"] != "array")
            });
            let fields: serde_json::Map<String, Value> = wanted
                .filter_map(|(name, property)| Some((name.clone(), every_plain_field(property, name, word)?)))
                .collect();
            return (!fields.is_empty()).then_some(Value::Object(fields));
        }
        ("array", _) => json!([every_plain_field(&schema["items"], "", word)?]),
        (_, "allow_deferral_minutes") => json!(2880),
        ("integer", _) => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        ("number", _) => json!(1.5),
        ("boolean", _) => json!(true),
        _ if pattern.contains("Fa-f") => json!("01234567-89ab-cdef-0123-456789abcdef"),
        _ if pattern.contains("{4}-") => json!("2026-01-31"),
        _ if !pattern.is_empty() => json!("1"),
        (_, "expiration_date" | "activation_date") => json!("2027-01-31 08:00:00"),
        (_, "allow_deferral_until_utc") => json!("2027-01-31T08:00:00Z"),
        (_, "no_user_logged_in" | "user_logged_in") => json!("Restart immediately"),
        _ => {
            let most = schema["maxLength"].as_u64().unwrap_or(60) as usize;
            json!(format!("{word} {name} & <co>").chars().take(most).collect::<String>())
        }
    })
}

/// Fields that real tenants have and Jamf's document, which the simulated tenant is made of, has not.
const UNDOCUMENTED: &[&str] = &[
    "mac_app_create: `general.deployment_type`",
    "mac_app_create: `vpp.",
    "provisioning_profile_create: `general.profile.",
];

#[tokio::test]
async fn every_write_comes_back_as_it_was_sent() {
    let world = world().await;
    let mut told = Vec::new();
    let creates =
        Catalogue::get().actions().filter(|action| action.xml.is_some() && action.path.ends_with("/0"));
    for create in creates {
        let mut id = Value::Null;
        let update = Catalogue::get()
            .find(&create.name.replace("_create", "_update"))
            .filter(|action| action.xml.is_some());
        for (action, word) in
            std::iter::once((create, "First")).chain(update.map(|action| (action, "Second")))
        {
            let schema = Value::Object(action.input_schema());
            let mut arguments = every_plain_field(&schema, "", &format!("{word} {}", create.name)).unwrap();
            if action.path.contains("{id}") {
                arguments["id"] = id.clone();
            }
            let checked = action.check(arguments.as_object().unwrap().clone());
            let checked = checked.unwrap_or_else(|problems| panic!("{}: {problems}", action.name));
            let request =
                action.request(&checked).unwrap_or_else(|problems| panic!("{}: {problems}", action.name));
            let call = world.calls.own_call().client;
            let reply = match world.reached.send(action, &request, &call).await {
                Ok(reply) => reply,
                Err(error) => {
                    told.push(format!("{}: {error}", action.name));
                    break;
                }
            };
            id = readback::id_in(&reply.body).map_or(id, Value::from);
            match readback::after(&world.reached.reader(), action, &checked, &reply, &call).await {
                Some(ReadBack::Compared(comparison)) => told.extend(
                    comparison.differences.iter().map(|difference| format!("{}: {difference}", action.name)),
                ),
                other => told.push(format!("{}: {other:?}", action.name)),
            }
        }
    }
    told.retain(|told| {
        !UNDOCUMENTED.iter().any(|known| told.replace("_update", "_create").starts_with(known))
    });
    assert!(told.is_empty(), "{}:\n{}", told.len(), told.join("\n"));
}
