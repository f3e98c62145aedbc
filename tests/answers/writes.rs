//! What is written comes back as the tenant has it, and what was never shown is never written over.

use super::*;

#[tokio::test]
async fn a_password_in_a_script_is_not_shown_and_not_written_over() {
    let world = world_of(Options::default(), |config| config.allow.push(RiskClass::Destructive)).await;
    let contents = "#!/bin/sh\nADMIN_PASSWORD=\"correct horse battery\"\ncurl -u \"admin:$ADMIN_PASSWORD\" https://svc:hunter2hunter2@files.example.org/x\n";
    let body = json!({ "name": "Old habits", "scriptContents": contents });
    let made = world.ok("script_create", json!({ "body": body })).await;
    let id = made["answer"]["id"].as_str().unwrap();
    let text = world.call("script_get", json!({ "id": id })).await.text;
    assert!(text.contains("ADMIN_PASSWORD") && text.contains("files.example.org"), "{text}");
    assert!(!text.contains("correct horse") && !text.contains("hunter2"), "{text}");
    let part = world.call("script_download", json!({ "id": id, "text_from": 35 })).await.text;
    assert!(!part.contains("horse") && part.contains("files.example.org"), "no part of it: {part}");
    // Anyone who changes what they were shown and writes it back would lose it.
    let shown: Value = serde_json::from_str(&text).unwrap();
    let body = json!({ "name": "Old habits", "scriptContents": shown["scriptContents"] });
    let said = world.fails("script_update", json!({ "id": id, "body": body })).await;
    assert!(said.contains("never shown"), "{said}");
    assert_eq!(world.sent("PUT", "/api/v1/scripts"), 0);
}

#[tokio::test]
async fn a_change_is_read_back_and_told_as_the_tenant_has_it() {
    let world = world_of(Options::default(), |config| config.allow.push(RiskClass::Write)).await;
    let made = world.ok("building_create", json!({ "body": { "name": "Annex", "city": "Bern" } })).await;
    let id = made["answer"]["id"].clone();
    world.tenant.log().clear();
    let done = world
        .ok("building_update", json!({ "id": id, "body": { "name": "Annex 2", "city": "Basel" } }))
        .await;
    assert_eq!(done["read_back"]["verdict"], "as sent", "{done}");
    let last = world.tenant.log().entries().pop().unwrap();
    assert_eq!(last.method, "GET", "it was read after it was written");
    // What cannot be read back is not taken for what was sent.
    world.faults(&format!("500*9@/api/v1/buildings/{}", id.as_str().unwrap()));
    let said = world
        .call("building_update", json!({ "id": id, "body": { "name": "Annex 2", "city": "Bern" } }))
        .await;
    assert!(said.is_error || said.text.contains("not read back"), "{}", said.text);
}
