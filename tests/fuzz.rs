//! Gives the fuzz targets their seeds, as they are and changed, so that the targets compile, take their seeds and hold for some
//! thousand inputs in each run of the tests. The nightly workflow lets libFuzzer look further.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[expect(unreachable_pub, reason = "the same file is a library in fuzz/")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

type Target = fn(&[u8]);

/// The targets by name.
const TARGETS: &[(&str, Target)] = &[
    ("arguments", targets::arguments),
    ("classic", targets::classic),
    ("filter", targets::filter),
    ("message", targets::message),
    ("payload", targets::payload),
    ("rsql", targets::rsql),
    ("text", targets::text),
    ("xml", targets::xml),
];

fn fuzz() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = fuzz().join("seeds").join(target);
    let seeds = folder.read_dir().unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    seeds.collect()
}

#[test]
fn every_target_is_declared_once_and_has_seeds() {
    let folder = fuzz().join("fuzz_targets").read_dir().unwrap();
    let files: BTreeSet<String> = folder
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let nightly = std::fs::read_to_string(fuzz().join("../.github/workflows/nightly.yml")).unwrap();
    assert_eq!(files, TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect());
    for (name, _) in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
        assert!(
            nightly.contains(&format!("          - {name}\n")),
            "the nightly workflow does not run {name}"
        );
        assert!(seeds(name).len() > 1, "{name} has too few seeds");
    }
}

/// What may become of a seed: bytes removed, put in another's place, put in, or taken from another seed.
#[derive(Debug, Clone)]
enum Change {
    Remove(Index, u8),
    Put(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Splice(Index, Index, Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let odd = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        proptest::sample::select(
            [
                "\"", "{", "}", "[", "]", ",", ";", "<", "&", "*", "\u{0}", "\\ud800", "-1", "1e999", "null",
                "\u{202e}", "é", "(("
            ]
            .map(|text| text.as_bytes().to_vec())
            .to_vec()
        ),
    ];
    let change = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<Index>(), odd.clone()).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        (any::<Index>(), odd).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), any::<Index>(), any::<Index>())
            .prop_map(|(at, seed, from)| Change::Splice(at, seed, from)),
    ];
    proptest::collection::vec(change, 0..6)
}

fn changed(seeds: &[Vec<u8>], first: &Index, changes: &[Change]) -> Vec<u8> {
    let mut bytes = first.get(seeds).clone();
    for change in changes {
        let place = |at: &Index| at.index(bytes.len() + 1);
        match change {
            Change::Remove(at, length) => {
                let start = place(at);
                let end = (start + usize::from(length % 16)).min(bytes.len());
                bytes.drain(start..end);
            }
            Change::Put(at, new) => {
                let start = place(at);
                let end = (start + new.len()).min(bytes.len());
                bytes.splice(start..end, new.iter().copied());
            }
            Change::Insert(at, new) => {
                let start = place(at);
                bytes.splice(start..start, new.iter().copied());
            }
            Change::Splice(at, seed, from) => {
                let start = place(at);
                let other = seed.get(seeds);
                bytes.truncate(start);
                bytes.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
    }
    bytes
}

fn hold(target: &str) {
    let run = TARGETS.iter().find(|(name, _)| *name == target).expect("a target").1;
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| run(seed));
    let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(first in any::<Index>(), changes in changes())| {
        let bytes = changed(&seeds, &first, &changes);
        let held = std::panic::catch_unwind(|| run(&bytes));
        prop_assert!(held.is_ok(), "{:?}", String::from_utf8_lossy(&bytes));
    });
}

#[test]
fn arguments() {
    hold("arguments");
}

#[test]
fn classic() {
    hold("classic");
}

#[test]
fn filter() {
    hold("filter");
}

#[test]
fn message() {
    hold("message");
}

#[test]
fn payload() {
    hold("payload");
}

#[test]
fn rsql() {
    hold("rsql");
}

#[test]
fn text() {
    hold("text");
}

#[test]
fn xml() {
    hold("xml");
}
