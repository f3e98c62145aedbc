//! The structure of the source: which module may import which, which package may depend on which, and how long a file may be.
//! `structure/imports.rs` reads the paths.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "structure/imports.rs"]
mod imports;
#[path = "structure/names.rs"]
mod names;
#[path = "structure/outcomes.rs"]
mod outcomes;
#[path = "structure/secrets.rs"]
mod secrets;
#[path = "structure/security.rs"]
mod security;
#[path = "structure/views.rs"]
mod views;
#[path = "structure/writers.rs"]
mod writers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use imports::{Package, Path as Import};

/// The modules of `src/`, top first. A module imports only from levels below its own.
const LEVELS: &[&[&str]] = &[
    &["cli"],
    &["http"],
    &["mcp"],
    &["pipeline"],
    &["gate", "builtin"],
    &["jobs"],
    &["vault"],
    &["approvals", "context"],
    &["fleet", "registry", "render"],
    &["store", "audit", "query"],
    &["plan", "payloads"],
    &["readback", "privacy"],
    &["config", "canonical", "database", "os_user"],
    &["error", "state_dir"],
    &["sanitize", "call"],
];

/// Imports between two modules of one level that are allowed: importer, imported.
const WITHIN_A_LEVEL: &[(&str, &str)] = &[];

/// The packages of the workspace with the packages of the workspace that each may depend on, tests included.
const PACKAGES: &[(&str, &[&str])] = &[
    ("jamf-pro-mcp", &["jamf-pro-client", "jamf-pro-demo", "jamf-pro-tools"]),
    ("jamf-pro-client", &["jamf-pro-demo", "jamf-pro-tools"]),
    ("jamf-pro-demo", &[]),
    ("jamf-pro-tools", &[]),
];

/// The most lines that a file has.
const LONGEST: usize = 600;

/// The folders whose files are counted.
const COUNTED: &[&str] =
    &["src", "client/src", "demo/src", "demo/tests", "tools/src", "tools/tests", "tests"];

/// The kinds of files that people write and read.
const WRITTEN: &[&str] = &["rs", "js", "mjs", "ts", "css", "html", "py", "sh"];

/// Lists of declarations, which may be longer.
const DECLARATIONS: &[&str] =
    &["tools/src/computers.rs", "tools/src/mdm_commands.rs", "tools/src/policies.rs"];

/// Files that are too long, with the most lines that each may have. This list only gets shorter, and its numbers smaller.
const TOO_LONG: &[(&str, usize)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&module))
}

#[test]
fn a_module_imports_only_from_levels_below_its_own() {
    let package = Package::read(&root().join("src/lib.rs"));
    let listed: BTreeSet<&str> = LEVELS.concat().into_iter().collect();
    assert_eq!(listed.len(), LEVELS.concat().len(), "LEVELS names a module twice");
    let modules: BTreeSet<&str> = package.top_modules();
    assert_eq!(modules, listed, "left: the modules of src/; right: LEVELS in {}", file!());

    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    for import in package.imports() {
        let Import { file, from, to, .. } = &import;
        let Some(above) = level(from).filter(|_| from != to) else { continue };
        let Some(below) = level(to) else {
            wrong.insert(format!("{file}: the path `{to}` names no module of src/: name what is imported"));
            continue;
        };
        let allowed = WITHIN_A_LEVEL.iter().find(|pair| **pair == (from.as_str(), to.as_str()));
        used.extend(allowed.copied());
        if below < above || (below == above && allowed.is_none()) {
            wrong.insert(format!("{file}: `{from}` imports `{to}`, which is not below it"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
    let unused: Vec<_> = WITHIN_A_LEVEL.iter().filter(|pair| !used.contains(*pair)).collect();
    assert!(unused.is_empty(), "not needed in WITHIN_A_LEVEL: {unused:?}");
}

#[test]
fn no_module_gives_out_what_another_one_declares() {
    let mut wrong = BTreeSet::new();
    for library in ["src/lib.rs", "client/src/lib.rs", "demo/src/lib.rs", "tools/src/lib.rs"] {
        let library = root().join(library);
        if !library.exists() {
            continue;
        }
        for import in Package::read(&library).imports() {
            let leaves = import.from != import.to;
            if import.is_given_out && !import.from.is_empty() && (leaves || import.is_from_the_root) {
                wrong.insert(format!("{}: `pub use` of `{}`", import.file, import.to));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn packages_depend_one_way() {
    let answer = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    let allowed: BTreeMap<&str, &[&str]> = PACKAGES.iter().copied().collect();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let allowed = allowed.get(name).unwrap_or_else(|| panic!("PACKAGES does not name {name}"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let other = dependency["name"].as_str().unwrap();
            let is_ours = PACKAGES.iter().any(|(package, _)| *package == other);
            assert!(!is_ours || allowed.contains(&other), "{name} depends on {other}");
        }
    }
}

/// The files below a folder that people write.
fn written(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // What the clients' own package managers install is not written here.
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name != "node_modules" && !name.starts_with('.') {
                written(&path, found);
            }
        } else if path.extension().is_some_and(|kind| WRITTEN.iter().any(|written| kind == *written)) {
            found.push(path);
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut files = Vec::new();
    COUNTED.iter().for_each(|folder| written(&root().join(folder), &mut files));
    assert!(files.len() > 100, "only {} files were found", files.len());

    let mut wrong = Vec::new();
    let mut needed = BTreeSet::new();
    for file in files {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if lines <= LONGEST {
            continue;
        }
        let most = TOO_LONG.iter().find(|(listed, _)| *listed == name).map(|(_, most)| *most);
        if !DECLARATIONS.contains(&name.as_str()) && lines > most.unwrap_or(LONGEST) {
            wrong.push(format!("{name} has {lines} lines; {} are the most", most.unwrap_or(LONGEST)));
        }
        needed.insert(name);
    }
    let listed = DECLARATIONS.iter().chain(TOO_LONG.iter().map(|(name, _)| name));
    wrong.extend(
        listed
            .filter(|name| !needed.contains(**name))
            .map(|name| format!("{name} is not too long: take it off the list in {}", file!())),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
