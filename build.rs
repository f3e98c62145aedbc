//! Says what is built, for `--version`: the commit, where it is known, the target, and whether it is optimized.
//!
//! The commit is known of an optimized build from a clone, and of any build that is told it by `JAMF_PRO_BUILD_COMMIT`. A build without
//! optimization does not ask: each commit would compile the server anew.

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Names the commit where there is no clone, as in a container.
const COMMIT: &str = "JAMF_PRO_BUILD_COMMIT";

fn main() -> std::io::Result<()> {
    let said = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let package = said("CARGO_MANIFEST_DIR").unwrap_or_default();
    let package = Path::new(&package);
    let is_optimized = said("PROFILE").as_deref() == Some("release");
    let mut out = std::io::stdout().lock();
    writeln!(out, "cargo::rerun-if-changed=build.rs\ncargo::rerun-if-env-changed={COMMIT}")?;
    let commit = said(COMMIT).or_else(|| if is_optimized { commit(package) } else { None });
    if is_optimized {
        for file in ["HEAD", "logs/HEAD"] {
            if let Some(path) = git(package, &["rev-parse", "--git-path", file])
                && package.join(&path).exists()
            {
                writeln!(out, "cargo::rerun-if-changed={path}")?;
            }
        }
    }
    let version = said("CARGO_PKG_VERSION").unwrap_or_default();
    let target = said("TARGET").unwrap_or_default();
    writeln!(
        out,
        "cargo::rustc-env=JAMF_PRO_BUILD={}",
        line(&version, commit.as_deref(), &target, is_optimized)
    )
}

/// The version, and in parentheses what is known of the build.
pub(crate) fn line(version: &str, commit: Option<&str>, target: &str, is_optimized: bool) -> String {
    let known = [commit, Some(target), (!is_optimized).then_some("not optimized")];
    let known: Vec<&str> = known.into_iter().flatten().collect();
    format!("{version} ({})", known.join(", "))
}

/// The commit of the clone that this folder is, with its day. A folder that lies inside of another clone, as an unpacked archive may, is none.
pub(crate) fn commit(folder: &Path) -> Option<String> {
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != folder.canonicalize().ok()? {
        return None;
    }
    git(folder, &["log", "-1", "--format=%h %cs", "--abbrev=12"])
}

/// What git answers, when it is there and succeeds.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let answer =
        Command::new("git").env_remove("GIT_DIR").arg("-C").arg(folder).args(arguments).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    (answer.status.success() && !text.is_empty()).then_some(text)
}
