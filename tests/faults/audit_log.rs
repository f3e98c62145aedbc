//! The audit log holds any text, goes on after any damage, and shows the damage for ever.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::setup::Setup;

/// The tail that is read first when a record is appended.
const PIECE: usize = 64 * 1024;

fn log(setup: &Setup) -> PathBuf {
    setup.state().join("audit/default.jsonl")
}

fn lines(setup: &Setup) -> Vec<String> {
    let bytes = std::fs::read(log(setup)).unwrap();
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

fn records(setup: &Setup) -> Vec<Value> {
    lines(setup).iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn add(setup: &Setup, bytes: &[u8]) {
    std::fs::OpenOptions::new().append(true).open(log(setup)).unwrap().write_all(bytes).unwrap();
}

fn keep_lines(setup: &Setup, most: usize) {
    let kept: Vec<String> = lines(setup).into_iter().take(most).map(|line| line + "\n").collect();
    std::fs::write(log(setup), kept.concat()).unwrap();
}

async fn create(setup: &Setup, name: &str) {
    setup.ok("building_create", json!({ "body": { "name": name } })).await;
}

/// How many bytes of a character stand before this place; 0 at the beginning of one.
fn inside(bytes: &[u8], place: usize) -> usize {
    (0..4).find(|back| bytes[place - back] & 0xC0 != 0x80).unwrap()
}

#[tokio::test]
async fn characters_of_every_length_are_written_past_64_kib_wherever_the_tail_begins() {
    for (character, length) in [("ü", 2), ("あ", 3), ("😀", 4)] {
        let setup = Setup::start().await;
        let mut session = setup.stdio().await;
        let mut seen = BTreeSet::new();
        for number in 0..200 {
            // A refusal is one record, so that the tail moves by other numbers of bytes too.
            let refused = session.call("policy_delete", json!({ "id": "1".repeat(number % 9 + 1) })).await;
            assert!(
                refused.0 && !refused.1.contains("audit log"),
                "{character}, call {number}: {}",
                refused.1
            );
            let body = json!({ "name": format!("Gebäude {number}"), "streetAddress1": character.repeat(1_900 - 7 * number) });
            let (failed, said) = session.call("building_create", json!({ "body": body })).await;
            assert!(!failed, "{character}, call {number}: {said}");
            let bytes = std::fs::read(log(&setup)).unwrap();
            if bytes.len() > PIECE {
                seen.insert(inside(&bytes, bytes.len() - PIECE));
            }
            if seen.len() == length {
                break;
            }
        }
        assert_eq!(seen.len(), length, "the tail began at every place of a character");
        let proof = setup.run(&["audit", "verify"]).await;
        assert!(proof.success && proof.stdout.contains("whole"), "{proof:?}");
    }
}

#[tokio::test]
async fn a_line_that_was_cut_short_anywhere_keeps_nothing_from_being_written_or_read() {
    let long = "ü".repeat(PIECE);
    let tails: [&[u8]; 9] = [
        br#"{"seq":3,"who":"tester"#,
        b"{\"seq\":3,\"who\":\"Geb\xc3",
        b"{\"seq\":3,\"who\":\"\xe3\x81",
        b"{\"seq\":3,\"who\":\"\xe3",
        b"{\"seq\":3,\"who\":\"\xf0\x9f\x98",
        b"\xff\xfe\n\x80",
        b"\0\0\0\0",
        b"   ",
        &long.as_bytes()[..long.len() - 1],
    ];
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,write,destructive");
    let serials = setup.serials(tails.len()).await;
    for (number, tail) in tails.iter().enumerate() {
        create(&setup, &format!("Before {number}")).await;
        add(&setup, tail);
        create(&setup, &format!("After {number}")).await;
        let shown = setup.run(&["audit", "show", &format!("After {number}")]).await;
        assert!(shown.success && shown.stdout.lines().count() == 2, "{number}: {shown:?}");
        let tail = setup.run(&["audit", "tail", "3"]).await;
        assert!(tail.success && tail.stdout.contains("After"), "{number}: {tail:?}");
        // Who may approve is read out of the log.
        let plan = setup.ok("device_restart", json!({ "devices": [serials[number]], "body": {} })).await;
        assert!(plan["result"].as_str().unwrap().contains("waiting"), "{number}: {plan}");
    }
    let proof = setup.run(&["audit", "verify"]).await;
    assert!(!proof.success && proof.text().contains("written only in part"), "{proof:?}");
    let counted: Vec<u64> = records(&setup).iter().filter_map(|record| record["seq"].as_u64()).collect();
    assert!(counted.windows(2).all(|pair| pair[1] == pair[0] + 1), "one chain: {counted:?}");
}

#[tokio::test]
async fn records_that_were_cut_off_stay_visible_whatever_is_written_afterwards() {
    let setup = Setup::start().await;
    for name in ["A", "B", "C"] {
        create(&setup, name).await;
    }
    assert!(setup.run(&["audit", "verify"]).await.success);
    keep_lines(&setup, 2);
    create(&setup, "D").await;
    let says_so = |text: &str| text.contains("the head says 6 records, the file has 2");
    for name in ["E", "F"] {
        let proof = setup.run(&["audit", "verify"]).await;
        assert!(!proof.success && says_so(&proof.text()), "{proof:?}");
        create(&setup, name).await;
    }
    let damaged: Vec<Value> =
        records(&setup).into_iter().filter(|record| record["phase"] == "damaged").collect();
    assert_eq!(damaged.len(), 1, "it is recorded once: {damaged:?}");
    assert_eq!(damaged[0]["seq"], 7, "no number is given twice");

    // What says so cannot be cut off either.
    keep_lines(&setup, 2);
    create(&setup, "G").await;
    let proof = setup.run(&["audit", "verify"]).await;
    assert!(!proof.success && proof.text().contains("the file has 2"), "{proof:?}");
}

#[tokio::test]
async fn what_else_is_done_to_the_end_of_a_log_is_recorded_before_it_goes_on() {
    type Change = fn(&Setup);
    let changes: [(&str, Change, &str); 5] = [
        ("all lines gone", |setup| std::fs::remove_file(log(setup)).unwrap(), "the file has 0"),
        ("emptied", |setup| std::fs::write(log(setup), "").unwrap(), "the file has 0"),
        (
            "the last record changed",
            |setup| {
                let text = std::fs::read_to_string(log(setup)).unwrap();
                let last = text.lines().last().unwrap().to_owned();
                std::fs::write(log(setup), text.replace(&last, &last.replace("Annex", "Other"))).unwrap();
            },
            "the file has 3",
        ),
        (
            "a record added",
            |setup| {
                let last = lines(setup).pop().unwrap().replace("\"seq\":4", "\"seq\":5");
                add(setup, format!("{last}\n").as_bytes());
            },
            "not written by this server",
        ),
        (
            "the head gone",
            |setup| std::fs::remove_file(setup.state().join("audit/default.head")).unwrap(),
            "the head",
        ),
    ];
    for (name, change, says) in changes {
        let setup = Setup::start().await;
        create(&setup, "First").await;
        create(&setup, "Annex").await;
        change(&setup);
        create(&setup, "Third").await;
        let proof = setup.run(&["audit", "verify"]).await;
        assert!(!proof.success && proof.text().contains(says), "{name}: {proof:?}");
        let damaged = records(&setup).iter().filter(|record| record["phase"] == "damaged").count();
        assert_eq!(damaged, 1, "{name}");
    }
}

#[tokio::test]
async fn a_log_is_proven_wherever_it_is_and_nothing_proven_is_no_success() {
    let mut setup = Setup::start().await;
    let nothing = setup.run(&["audit", "verify"]).await;
    assert!(!nothing.success && nothing.text().contains("no log"), "{nothing:?}");
    for name in ["JAMF_PRO_URL", "JAMF_PRO_CLIENT_ID", "JAMF_PRO_CLIENT_SECRET"] {
        setup.unset(name);
    }
    let nothing = setup.run(&["audit", "verify"]).await;
    assert!(!nothing.success && nothing.text().contains("nothing was checked"), "{nothing:?}");
    let path = setup.state().join("audit").display().to_string();
    assert!(nothing.text().contains(&path), "{nothing:?}");
    assert!(!setup.state().join("audit").exists(), "proving makes nothing");

    setup.set("JAMF_PRO_URL", &setup.proxy.url.clone());
    setup.set("JAMF_PRO_CLIENT_ID", setup.tenant.client_id().to_owned().as_str());
    setup.set("JAMF_PRO_CLIENT_SECRET", setup.tenant.client_secret().to_owned().as_str());
    create(&setup, "First").await;
    create(&setup, "Second").await;
    for name in ["JAMF_PRO_URL", "JAMF_PRO_CLIENT_ID", "JAMF_PRO_CLIENT_SECRET"] {
        setup.unset(name);
    }
    let whole = setup.run(&["audit", "verify"]).await;
    let path = log(&setup).display().to_string();
    assert!(whole.success && whole.text().contains("4 records") && whole.text().contains(&path), "{whole:?}");
    let other = setup.run(&["audit", "verify", "--tenant", "other"]).await;
    assert!(!other.success && other.text().contains("no log"), "{other:?}");

    let text = std::fs::read_to_string(log(&setup)).unwrap();
    std::fs::write(log(&setup), text.replace("First", "Other")).unwrap();
    let forged = setup.run(&["audit", "verify"]).await;
    assert!(!forged.success && forged.text().contains(&path), "{forged:?}");
    std::fs::remove_file(log(&setup)).unwrap();
    let gone = setup.run(&["audit", "verify"]).await;
    assert!(!gone.success && gone.text().contains("default"), "the head alone shows it: {gone:?}");
}

/// Several tenants by these names, all at the simulated one.
fn name_tenants(setup: &mut Setup, names: &[&str]) {
    let secret = setup.state().join("secret");
    std::fs::write(&secret, setup.tenant.client_secret()).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let tenant = json!({ "url": setup.proxy.url, "client_id": setup.tenant.client_id(), "secret": { "file": secret } });
    let tenants: Value = names.iter().map(|name| ((*name).to_owned(), tenant.clone())).collect();
    let config = setup.state().join("config.json");
    std::fs::write(&config, json!({ "tenants": tenants }).to_string()).unwrap();
    for name in ["JAMF_PRO_URL", "JAMF_PRO_CLIENT_ID", "JAMF_PRO_CLIENT_SECRET"] {
        setup.unset(name);
    }
    setup.set("JAMF_PRO_MCP_CONFIG", config.to_str().unwrap());
}

#[tokio::test]
async fn tenants_whose_names_differ_in_special_characters_have_logs_of_their_own() {
    let mut setup = Setup::start().await;
    let names = ["B_ro", "Büro", "Bäro", "a b", "a.b"];
    name_tenants(&mut setup, &names);
    for (number, name) in names.iter().enumerate() {
        let body = json!({ "name": format!("Annex {number}") });
        setup.ok("building_create", json!({ "tenant": name, "body": body })).await;
    }
    let files = std::fs::read_dir(setup.state().join("audit")).unwrap();
    let files = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
    let files: Vec<PathBuf> = files.collect();
    assert_eq!(files.len(), names.len(), "{files:?}");
    assert!(
        files.iter().any(|file| file.ends_with("B_ro.jsonl")),
        "a plain name is the name of its file: {files:?}"
    );
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let tenants: BTreeSet<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["tenant"].to_string())
            .collect();
        assert_eq!((text.lines().count(), tenants.len()), (2, 1), "{text}");
    }
    let proof = setup.run(&["audit", "verify"]).await;
    assert!(proof.success && proof.text().matches("whole, 2 records").count() == names.len(), "{proof:?}");
    let one = setup.run(&["audit", "tail", "--tenant", "Büro"]).await;
    assert!(one.success && one.text().contains("Annex 1") && one.text().lines().count() == 2, "{one:?}");
}
