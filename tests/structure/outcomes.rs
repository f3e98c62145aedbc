//! What became of a call is said in one place, `client/src/outcome.rs`: no other text of the server says it in words of its own.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{root, written};

/// The place that has the words.
const PLACE: &str = "client/src/outcome.rs";

/// Where else such words stand: (file, words, why).
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("src/render/items.rs", "not sent", "the name of a field of Jamf's, in words")];

/// Verbs that say what became of a call.
const DONE: &[&str] = &["sent", "changed", "done", "made", "deleted", "applied", "created", "carried out"];

/// The words that say what became of a call.
fn phrases() -> Vec<String> {
    let mut all = vec!["not sent".to_owned(), "do not repeat".to_owned()];
    for done in DONE {
        for before in ["nothing was", "nothing has been", "may have been", "was not", "were not"] {
            all.push(format!("{before} {done}"));
        }
    }
    // Of the audit log "was not written" is said, too.
    all.extend(["nothing was written", "nothing was approved"].map(str::to_owned));
    all
}

/// The text of a file without its comments and tests, in small letters, with each blank and each break of a text as one space.
fn plain_text(text: &str) -> String {
    let mut said = String::new();
    for line in text.lines() {
        if line == "#[cfg(test)]" {
            break;
        }
        let line = line.trim();
        if !["//", "/*", "* "].iter().any(|comment| line.starts_with(comment)) {
            said.push_str(line.strip_suffix('\\').unwrap_or(line));
            said.push(' ');
        }
    }
    said.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_became_of_a_call_is_said_in_one_place() {
    let mut files: Vec<PathBuf> = Vec::new();
    ["src", "client/src"].iter().for_each(|folder| written(&root().join(folder), &mut files));
    assert!(files.len() > 100, "only {} files were found", files.len());
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for file in files {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if name == PLACE || name.contains("/tests") {
            continue;
        }
        let said = plain_text(&std::fs::read_to_string(&file).unwrap());
        for phrase in phrases().into_iter().filter(|phrase| said.contains(phrase)) {
            match EXCEPTIONS.iter().find(|(file, words, _)| *file == name && *words == phrase) {
                Some(exception) => drop(used.insert(exception)),
                None => wrong.push(format!("{name} says \"{phrase}\": take the words from {PLACE}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused: Vec<_> = EXCEPTIONS.iter().filter(|exception| !used.contains(exception)).collect();
    assert!(unused.is_empty(), "not needed in EXCEPTIONS: {unused:?}");
}
