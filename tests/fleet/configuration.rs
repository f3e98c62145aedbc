//! The configuration as a file, and what differs between two of them: for people who look after a tenant for years.

use super::processes::command;
use super::*;

struct Said {
    status: i32,
    out: String,
    err: String,
}

async fn run(world: &World, arguments: &[&str]) -> Said {
    let output = command(world, arguments).output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { status: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[tokio::test]
async fn a_snapshot_has_every_object_and_no_secret_and_a_difference_says_what_a_person_changed() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let secret = "correct-horse-battery";
    let text = format!("#!/bin/sh\nADMIN_PASSWORD=\"{secret}\"\n");
    world.ok("script_create", json!({ "body": { "name": "secret.sh", "scriptContents": text } })).await;
    let file = |name: &str| world.state.path().join(name).to_str().unwrap().to_owned();
    let (before, after) = (file("before.json"), file("after.json"));
    let said = run(&world, &["config", "snapshot", &before]).await;
    assert_eq!(said.status, 0, "{}", said.err);
    let written = std::fs::read_to_string(&before).unwrap();
    assert!(!written.contains(secret) && written.contains("secret.sh"), "no secret is in it");
    let whole: Json = serde_json::from_str(&written).unwrap();
    let policies = world.ok("policy_list", json!({ "fields": ["id", "name"], "all": true })).await;
    let named = |rows: &Json| -> Vec<String> {
        let mut all: Vec<String> =
            rows.as_array().unwrap().iter().map(|row| format!("{} {}", row["id"], row["name"])).collect();
        all.sort();
        all
    };
    assert_eq!(named(&whole["objects"]["policy"]), named(&policies["rows"]));
    assert!(whole["missing"].as_object().unwrap().is_empty(), "{}", whole["missing"]);
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&before).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "names of people are in it");
    }

    let same = run(&world, &["config", "diff", &before]).await;
    assert_eq!(same.status, 0, "{}{}", same.out, same.err);
    assert!(same.out.contains("No differences."), "{}", same.out);

    let body = json!({ "general": { "name": "Fresh", "enabled": false } });
    let id = world.ok("policy_create", json!({ "body": body })).await["id"].as_str().unwrap().to_owned();
    assert_eq!(run(&world, &["config", "snapshot", &after]).await.status, 0);
    let body = json!({ "general": { "name": "Fresher", "frequency": "Once every week" } });
    world.ok("policy_update", json!({ "id": id, "body": body })).await;
    world.ok("department_create", json!({ "body": { "name": "Brand new" } })).await;
    let files = run(&world, &["config", "diff", &before, &after]).await;
    assert_eq!(files.status, 1, "{}", files.err);
    assert!(files.out.contains(&format!("+ policy \"Fresh\" ({id})")), "{}", files.out);
    assert!(files.out.contains("1 added, 0 removed, 0 changed."), "{}", files.out);
    let now = run(&world, &["config", "diff", &after]).await;
    assert_eq!(now.status, 1, "{}", now.err);
    for line in [
        &format!("~ policy \"Fresher\" ({id})"),
        "name: \"Fresh\" → \"Fresher\"",
        "frequency: \"Once per computer\" → \"Once every week\"",
        "+ department \"Brand new\"",
        "1 added, 0 removed, 1 changed.",
    ] {
        assert!(now.out.contains(line), "{line}: {}", now.out);
    }
    assert!(now.out.lines().count() < 15, "nothing else differs: {}", now.out);
}

#[tokio::test]
async fn what_could_not_be_read_or_compared_is_not_called_the_same() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let file = world.state.path().join("whole.json").to_str().unwrap().to_owned();
    assert_eq!(run(&world, &["config", "snapshot", &file]).await.status, 0);
    let again = run(&world, &["config", "snapshot", &file]).await;
    assert!(again.status == 2 && again.err.contains("--force"), "{}", again.err);
    world.faults("403@/JSSResource/printers");
    let lacking = run(&world, &["config", "diff", &file]).await;
    assert_eq!(lacking.status, 2, "{}", lacking.out);
    assert!(lacking.out.contains("Not compared: printer"), "{}", lacking.out);
    let wrong = run(&world, &["config", "diff", &file, "no such file"]).await;
    assert!(wrong.status == 2 && wrong.err.contains("cannot be read"), "{}", wrong.err);
}
