//! What `--version` says of a build, and what the build script finds out for it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[path = "support/binary.rs"]
mod binary;
#[path = "../build.rs"]
#[expect(dead_code, reason = "only cargo calls its main function")]
mod build;

fn said(arguments: &[&str]) -> String {
    let output = Command::new(binary::under_test()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_version_names_the_build() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(said(&["-V"]), format!("jamf-pro-mcp {version}\n"));
    let long = said(&["--version"]);
    let known = long.strip_prefix(&format!("jamf-pro-mcp {version} (")).unwrap_or_else(|| panic!("{long}"));
    assert!(known.trim_end().ends_with(')'), "{long}");
    assert!(known.contains(std::env::consts::ARCH), "{long}");
    assert!(known.contains(std::env::consts::OS) || known.contains("apple-darwin"), "{long}");
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity =
        ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git")
        .env_remove("GIT_DIR")
        .arg("-C")
        .arg(folder)
        .args(identity)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_commit_is_that_of_the_clone_itself_and_of_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path();
    assert_eq!(build::commit(clone), None, "an archive has no commit");
    git(clone, &["init", "-q"]);
    assert_eq!(build::commit(clone), None, "a clone without a commit has none");
    git(clone, &["commit", "-q", "--allow-empty", "-m", "first", "--date", "2026-01-02T03:04:05Z"]);
    let commit = build::commit(clone).unwrap();
    let (hash, day) = commit.split_once(' ').unwrap();
    assert!(hash.len() == 12 && hash.chars().all(|digit| digit.is_ascii_hexdigit()), "{commit}");
    assert_eq!(day.len(), "2026-01-02".len(), "{commit}");

    let unpacked = clone.join("jamf-pro-mcp-0.1.0");
    std::fs::create_dir(&unpacked).unwrap();
    assert_eq!(build::commit(&unpacked), None, "the clone around an archive is another project");
}

#[test]
fn what_is_not_known_is_left_out() {
    assert_eq!(build::line("1.2.3", None, "x86_64-pc-windows-msvc", true), "1.2.3 (x86_64-pc-windows-msvc)");
    assert_eq!(
        build::line("1.2.3", Some("0123456789ab 2026-01-02"), "aarch64-apple-darwin", false),
        "1.2.3 (0123456789ab 2026-01-02, aarch64-apple-darwin, not optimized)"
    );
}
