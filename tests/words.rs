//! The language of the project: words that are not used in code, comments, texts and documents, because there is a plain one for each.
//! `words/replaced.txt` lists them with the word to use; `words/left.txt` lists where they still stand, and only gets shorter.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regex::{Regex, RegexBuilder};

/// The folders and files whose language is read.
const READ: &[&str] = &[
    "src",
    "client/src",
    "demo/src",
    "tools/src",
    "tests",
    "docs",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
];

/// The kinds of files that are read.
const KINDS: &[&str] = &["rs", "md", "js", "html"];

/// One word that is not used.
struct Replaced {
    name: String,
    pattern: Regex,
    by: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The lines of a list that are no comments, split at tabs.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

fn replaced() -> Vec<Replaced> {
    lines(include_str!("words/replaced.txt"))
        .map(|line| {
            let [pattern, by] = line[..] else { panic!("{line:?} is no word and its replacement") };
            let regex =
                RegexBuilder::new(&format!(r"\b(?:{pattern})\b")).case_insensitive(true).build().unwrap();
            Replaced { name: pattern.to_owned(), pattern: regex, by: by.to_owned() }
        })
        .collect()
}

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_file() {
        found.push(path.to_owned());
        return;
    }
    for entry in path.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_foreign = name == "node_modules" || name.starts_with('.');
        let is_read =
            path.is_dir() || path.extension().is_some_and(|kind| KINDS.iter().any(|read| kind == *read));
        if !is_foreign && is_read {
            files(&path, found);
        }
    }
}

/// How often each word stands in each file, and the first line that has it.
fn found() -> BTreeMap<(String, String), (usize, String)> {
    let words = replaced();
    let mut paths = Vec::new();
    READ.iter().for_each(|folder| files(&root().join(folder), &mut paths));
    assert!(paths.len() > 200, "only {} files were read", paths.len());
    let mut found = BTreeMap::new();
    for path in paths {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if name == "tests/words.rs" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, line) in text.lines().enumerate() {
            for word in &words {
                let count = word.pattern.find_iter(line).count();
                if count > 0 {
                    let place = || (0, format!("line {}: {} ({})", at + 1, line.trim(), word.by));
                    found.entry((name.clone(), word.name.clone())).or_insert_with(place).0 += count;
                }
            }
        }
    }
    found
}

#[test]
fn no_word_stands_where_a_plain_one_does() {
    let found = found();
    let left: BTreeMap<(String, String), usize> = lines(include_str!("words/left.txt"))
        .map(|line| {
            let [file, word, count] = line[..] else { panic!("{line:?} is no file, word and number") };
            ((file.to_owned(), word.to_owned()), count.parse().unwrap())
        })
        .collect();
    if std::env::var_os("WORDS_UPDATE").is_some() {
        let mut text = String::from(HEAD);
        for ((file, word), (count, _)) in &found {
            // The list only gets shorter.
            if let Some(most) = left.get(&(file.clone(), word.clone())) {
                writeln!(text, "{file}\t{word}\t{}", count.min(most)).unwrap();
            }
        }
        std::fs::write(root().join("tests/words/left.txt"), text).unwrap();
    }
    let mut wrong = String::new();
    for ((file, word), (count, place)) in &found {
        let most = left.get(&(file.clone(), word.clone())).copied().unwrap_or_default();
        if *count > most {
            writeln!(wrong, "{file}: `{word}` stands {count} times, {most} are the most; {place}").unwrap();
        }
    }
    for ((file, word), most) in &left {
        let count = found.get(&(file.clone(), word.clone())).map_or(0, |(count, _)| *count);
        if count < *most {
            writeln!(wrong, "{file}: `{word}` stands {count} times: write that into tests/words/left.txt instead of {most} (WORDS_UPDATE=1 does)").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The head of the list of words that are left.
const HEAD: &str = "# Where words of replaced.txt still stand: file, word, how often. This list only gets shorter, and its numbers smaller.\n";
