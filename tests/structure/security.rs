//! `SECURITY.md`: what it says to hold names the tests that hold it, and the tests are there.

use std::path::Path;

/// The parts of the document whose items are claims.
const CLAIMS: &str = "\n## What holds\n";
const END_OF_CLAIMS: &str = "\n## What does not hold\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    std::fs::read_to_string(root().join("SECURITY.md")).unwrap()
}

/// Tests that a text names, as `path::name` between backticks.
fn named(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::"))
}

#[test]
fn every_test_that_the_security_page_names_is_there() {
    let document = document();
    let mut count = 0;
    for (path, name) in named(&document) {
        count += 1;
        let source = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        let marks: &[&str] = &["#[test]", "#[tokio::test]", "#[tokio::test("];
        let is_there = match Path::new(path).extension().and_then(|end| end.to_str()) {
            Some("mjs") => source.contains(&format!("test(\"{name}\"")),
            _ => source
                .split(&format!("fn {name}("))
                .next()
                .filter(|before| before.len() < source.len())
                .is_some_and(
                    // The mark stands directly before the function, or a few attributes before it.
                    |before| {
                        before
                            .lines()
                            .rev()
                            .take(6)
                            .any(|line| marks.iter().any(|mark| line.trim().starts_with(mark)))
                    },
                ),
        };
        assert!(is_there, "SECURITY.md names `{path}::{name}`, and there is no such test");
    }
    assert!(count > 50, "SECURITY.md names only {count} tests");
}

#[test]
fn every_claim_of_the_security_page_names_its_test() {
    let document = document();
    let (_, claims) = document.split_once(CLAIMS).unwrap();
    let (claims, _) = claims.split_once(END_OF_CLAIMS).unwrap();
    for claim in claims.split("\n- ").skip(1) {
        let claim = claim.split("\n\n").next().unwrap_or_default();
        assert!(named(claim).next().is_some(), "SECURITY.md claims this without a test: {claim}");
    }
}

/// What no test can hold is said in words.
#[test]
fn the_security_page_says_what_a_program_of_the_same_user_can_do_and_that_a_policy_runs_later() {
    let document = document();
    let (_, open) = document.split_once(END_OF_CLAIMS).unwrap();
    for said in [
        "A policy runs later",
        "JAMF_PRO_MCP_STATE",
        "as the same user",
        "recovery",
        "All agents of one user",
    ] {
        assert!(open.contains(said), "SECURITY.md does not say: {said}");
    }
}
