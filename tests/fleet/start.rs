//! What a server does about fleets at its start, at the binary.

use super::processes::{command, configure, fleet_of_binary, output};
use super::*;

/// A server that runs until its input ends, which the caller holds.
fn serve(world: &World) -> tokio::process::Child {
    command(world, &["serve"]).stdin(Stdio::piped()).spawn().unwrap()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}");
}

#[tokio::test]
async fn a_server_loads_the_parts_that_are_to_be_warm() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    configure(&world, &json!({ "warm": ["sites", "policies"] }));
    let _server = serve(&world);
    let fleet = fleet_of_binary(&world);
    let is_complete = |name: &str| fleet.store().status_of(part(name)).unwrap().is_complete();
    until("they were not loaded", || is_complete("sites") && is_complete("policies")).await;
    assert!(!is_complete("scripts"));
}

#[tokio::test]
async fn a_part_that_there_is_not_stops_the_start() {
    let world = tenant(Options { computers: 10, ..Options::default() }).await;
    configure(&world, &json!({ "warm": ["computer"] }));
    let (is_done, said) = output(&world, &["serve"]).await;
    let said = said.to_string();
    assert!(
        !is_done && said.contains("`fleet.warm` has `computer`, which is no part of the fleet"),
        "{said}"
    );
    assert!(said.contains("mobile_devices"), "{said}");
    configure(&world, &json!({ "warm": ["computers"], "storage": "off" }));
    let (is_done, said) = output(&world, &["serve"]).await;
    assert!(!is_done && said.to_string().contains("`fleet.storage` is `off`"), "{said}");
}

#[tokio::test]
async fn what_is_kept_of_a_tenant_is_deleted_when_it_left_the_configuration() {
    let world = tenant(Options { computers: 10, ..Options::default() }).await;
    configure(&world, &json!({ "tenants": ["second"] }));
    let (is_done, said) = output(&world, &["fleet", "refresh", "sites"]).await;
    assert!(is_done, "{said}");
    let folder = world.state.path().join("state").join("fleet");
    let count = |name: &str| {
        let files = folder.read_dir().unwrap().flatten();
        files.filter(|file| file.file_name().to_string_lossy().starts_with(name)).count()
    };
    assert!(count("demo") > 0 && count("second") > 0);
    let server = serve(&world);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(count("second") > 0, "the configuration has it");
    drop(server);
    configure(&world, &json!({}));
    let _server = serve(&world);
    until("it was not deleted", || count("second") == 0).await;
    assert!(count("demo") > 0);
}

/// The files of the fleet.
fn files(world: &World) -> usize {
    let folder = world.state.path().join("state").join("fleet");
    folder.read_dir().map_or(0, |files| files.flatten().count())
}

/// Keep something on the disk, and then say that nothing is kept there.
async fn keep_no_longer(world: &World, storage: &str) {
    configure(world, &json!({}));
    let (is_done, said) = output(world, &["fleet", "refresh", "sites"]).await;
    assert!(is_done && files(world) > 0, "{said}");
    configure(world, &json!({ "storage": storage }));
}

#[tokio::test]
async fn where_the_configuration_keeps_nothing_on_the_disk_any_more_the_file_is_deleted() {
    let world = tenant(Options { computers: 10, ..Options::default() }).await;
    let files = || files(&world);
    for storage in ["memory", "off"] {
        keep_no_longer(&world, storage).await;
        let _server = serve(&world);
        until("it was not deleted", || files() == 0).await;
    }
}

#[tokio::test]
async fn what_is_kept_can_be_cleared_whatever_the_configuration_says_now() {
    let world = tenant(Options { computers: 10, ..Options::default() }).await;
    let files = || files(&world);
    for storage in ["memory", "off"] {
        keep_no_longer(&world, storage).await;
        for _ in 0..2 {
            let (is_done, said) = output(&world, &["fleet", "clear"]).await;
            assert!(is_done && said.to_string().contains("demo: deleted"), "{storage}: {said}");
            assert_eq!(files(), 0, "{storage}");
        }
    }
}
