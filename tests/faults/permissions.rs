//! Files that another user of the machine could change are not relied on, as `ssh` does not.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::setup::Setup;

fn set(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn what_others_can_change_is_refused_with_the_command_that_mends_it() {
    let setup = Setup::start().await;
    let create = |name: &str| json!({ "body": { "name": name } });
    setup.ok("building_create", create("First")).await;
    let state = setup.state().to_owned();
    let cases = [
        (state.clone(), 0o777, "chmod 700"),
        (state.join("store"), 0o770, "chmod 700"),
        (state.join("audit"), 0o707, "chmod 700"),
        (state.join("audit/key"), 0o644, "chmod 600"),
        (state.join("store/key"), 0o640, "chmod 600"),
        (state.join("store/jamf-pro-mcp.sqlite"), 0o666, "chmod 600"),
    ];
    for (number, (path, open, fix)) in cases.iter().enumerate() {
        let before = mode(path);
        set(path, *open);
        let said = setup.fails("building_create", create(&format!("Open {number}"))).await;
        let name = path.display().to_string();
        assert!(said.contains(fix) && said.contains(&name), "{name} {open:o}: {said}");
        set(path, before);
    }
    // Of another user.
    if std::os::unix::fs::chown(state.join("store"), Some(65_534), None).is_ok() {
        let said = setup.fails("building_create", create("Foreign")).await;
        assert!(said.contains("another user") && said.contains("chown"), "{said}");
        std::os::unix::fs::chown(state.join("store"), Some(0), None).unwrap();
    }
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 1);
    setup.ok("building_create", create("Second")).await;
}

#[tokio::test]
async fn what_is_made_is_closed_and_what_was_left_open_is_closed() {
    let setup = Setup::start().await;
    setup.ok("building_create", json!({ "body": { "name": "First" } })).await;
    set(&setup.state().join("store"), 0o755);
    set(&setup.state().join("audit/default.head"), 0o644);
    setup.ok("building_create", json!({ "body": { "name": "Second" } })).await;
    let mut open = Vec::new();
    let mut folders = vec![setup.state().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if mode(&path) & 0o077 != 0 {
                open.push(format!("{} {:o}", path.display(), mode(&path)));
            }
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn a_secret_that_others_can_change_is_not_used() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("secret");
    std::fs::write(&file, setup.tenant.client_secret()).unwrap();
    setup.unset("JAMF_PRO_CLIENT_SECRET");
    setup.set("JAMF_PRO_CLIENT_SECRET_FILE", file.to_str().unwrap());
    set(&file, 0o600);
    setup.ok("building_list", json!({})).await;
    set(&file, 0o622);
    let said = setup.fails("building_list", json!({})).await;
    assert!(said.contains("chmod 600"), "{said}");
}
