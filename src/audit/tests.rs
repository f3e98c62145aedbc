//! What the audit log promises.

use serde_json::json;

use super::proof::file_name;
use super::*;
use crate::error::Kind;

fn record(number: usize) -> Record {
    Record {
        who: "tester".to_owned(),
        client: None,
        transport: "cli".to_owned(),
        call: format!("call-{number}"),
        tenant: "default".to_owned(),
        tool: "building_create".to_owned(),
        risk: "write".to_owned(),
        phase: "outcome".to_owned(),
        arguments: json!({ "body": { "name": format!("B{number}") } }),
        result: Some("201".to_owned()),
        ..Record::default()
    }
}

fn log_with(lines: usize) -> (tempfile::TempDir, Audit) {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path(), "default").unwrap();
    (0..lines).for_each(|number| audit.record(&record(number)).unwrap());
    (folder, audit)
}

fn edit(audit: &Audit, change: impl Fn(&mut Vec<String>)) {
    let mut lines: Vec<String> =
        std::fs::read_to_string(audit.path()).unwrap().lines().map(str::to_owned).collect();
    change(&mut lines);
    std::fs::write(audit.path(), lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_whole_log_is_proven() {
    let (_folder, audit) = log_with(20);
    assert_eq!(audit.verify().unwrap(), Report { lines: 20, open: Vec::new() });
    assert_eq!(audit.tail(3).unwrap().len(), 3);
    let (_folder, nothing) = log_with(0);
    assert_eq!(nothing.verify().unwrap().lines, 0);
}

#[test]
fn the_chain_goes_on_from_file_to_file() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit { largest: 2_000, ..Audit::open(folder.path(), "default").unwrap() };
    (0..30).for_each(|number| audit.record(&record(number)).unwrap());
    let files = audit.files();
    assert!(files.len() > 3, "{files:?}");
    assert_eq!(audit.verify().unwrap().lines, 30);
    assert_eq!(audit.tail(25).unwrap().len(), 25);
    assert_eq!(audit.show("\"B7\"", 10).unwrap().len(), 1);
    // A file that is taken away leaves a hole, and so do lines out of it.
    let text = std::fs::read_to_string(&files[1]).unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    assert_eq!(audit.verify().unwrap_err().line, 1);
    std::fs::write(&files[1], text.lines().skip(1).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let broken = audit.verify().unwrap_err();
    assert!(broken.line == 1 && broken.to_string().contains(&file_name(&files[1])), "{broken}");
    std::fs::remove_file(audit.path()).unwrap();
    std::fs::write(&files[1], text).unwrap();
    assert!(audit.verify().is_err(), "the last file is missing");
}

#[test]
fn every_change_is_found_and_located() {
    type Change = fn(&mut Vec<String>);
    let cases: [(&str, u64, Change); 6] = [
        ("changed", 5, |lines| lines[4] = lines[4].replace("B4", "B9")),
        ("left out", 5, |lines| {
            lines.remove(4);
        }),
        ("moved", 5, |lines| lines.swap(4, 5)),
        ("added", 6, |lines| lines.insert(5, lines[4].clone())),
        ("cut off", 18, |lines| lines.truncate(17)),
        ("garbage", 3, |lines| lines[2] = "{}".to_owned()),
    ];
    for (what, line, change) in cases {
        let (_folder, audit) = log_with(20);
        edit(&audit, change);
        assert_eq!(audit.verify().unwrap_err().line, line, "{what}");
    }
    let (_folder, audit) = log_with(5);
    std::fs::remove_file(audit.path()).unwrap();
    assert!(audit.verify().is_err(), "all of it gone");
}

#[test]
fn an_intent_without_an_outcome_is_told() {
    let (_folder, audit) = log_with(0);
    audit.record(&Record { phase: "intent".to_owned(), ..record(1) }).unwrap();
    audit.record(&Record { phase: "intent".to_owned(), ..record(2) }).unwrap();
    audit.record(&record(2)).unwrap();
    assert_eq!(audit.verify().unwrap().open, ["call-1"]);
}

#[test]
fn a_crash_between_line_and_head_is_borne() {
    let (_folder, audit) = log_with(3);
    let head = std::fs::read(audit.head_path()).unwrap();
    audit.record(&record(3)).unwrap();
    std::fs::write(audit.head_path(), head).unwrap();
    assert_eq!(audit.verify().unwrap().lines, 4);
    audit.record(&record(4)).unwrap();
    assert_eq!(audit.verify().unwrap().lines, 5);
}

#[test]
fn writers_make_one_chain() {
    let (folder, audit) = log_with(0);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let folder = folder.path();
            scope.spawn(move || {
                let audit = Audit::open(folder, "default").unwrap();
                (0..25).for_each(|number| audit.record(&record(writer * 100 + number)).unwrap());
            });
        }
    });
    assert_eq!(audit.verify().unwrap().lines, 200);
}

#[test]
fn a_record_with_any_number_is_proven_as_it_was_written() {
    let (_folder, audit) = log_with(0);
    let mut numbers = fastrand::Rng::with_seed(7);
    for number in 0..50 {
        let floats: Vec<f64> =
            (0..100).map(|_| f64::from_bits(numbers.u64(..0x7fe0_0000_0000_0000))).collect();
        audit.record(&Record { arguments: json!({ "floats": floats }), ..record(number) }).unwrap();
    }
    assert_eq!(audit.verify().unwrap().lines, 50);
}

#[test]
fn a_process_that_ended_anywhere_in_a_record_is_no_damage() {
    let (_folder, audit) = log_with(3);
    let whole = std::fs::read(audit.path()).unwrap();
    let head = std::fs::read(audit.head_path()).unwrap();
    audit.record(&record(3)).unwrap();
    let more = std::fs::read(audit.path()).unwrap();
    for length in whole.len()..=more.len() {
        std::fs::write(audit.path(), &more[..length]).unwrap();
        std::fs::write(audit.head_path(), &head).unwrap();
        audit.record(&record(4)).unwrap();
        let text = std::fs::read_to_string(audit.path()).unwrap();
        assert!(!text.contains("damaged"), "cut at {length}");
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let is_whole = length + 1 >= more.len();
        assert_eq!(last["seq"], if is_whole { 5 } else { 4 }, "cut at {length}");
    }
    // The very first record, before there is a head.
    let (_folder, audit) = log_with(1);
    std::fs::remove_file(audit.head_path()).unwrap();
    audit.record(&record(1)).unwrap();
    assert_eq!(audit.verify().unwrap().lines, 2);
}

#[test]
fn every_place_at_which_a_log_is_not_whole_is_found() {
    let (_folder, audit) = log_with(20);
    edit(&audit, |lines| {
        lines[4] = lines[4].replace("B4", "B9");
        lines[9] = "{}".to_owned();
        lines.remove(14);
    });
    let places: Vec<u64> = audit.prove().broken.iter().map(|broken| broken.line).collect();
    assert_eq!(places, [5, 10, 11, 15]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, audit) = log_with(1);
    for path in [audit.path().to_owned(), audit.head_path(), folder.path().join("audit/key")] {
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses() {
    let (_folder, audit) = log_with(1);
    std::fs::remove_file(audit.path()).unwrap();
    std::os::unix::fs::symlink("/dev/full", audit.path()).unwrap();
    assert_eq!(audit.record(&record(2)).unwrap_err().kind(), Kind::Operator);
}
