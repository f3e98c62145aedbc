//! A home folder of its own, and the program in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

#[path = "../support/binary.rs"]
mod binary;

pub(crate) struct Home(TempDir);

pub(crate) struct Said {
    pub(crate) status: i32,
    /// Standard output and standard error.
    pub(crate) text: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Write a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.here(&binary::under_test());
        command.args(arguments);
        command
    }

    /// Any program in this home, without the settings of the person who runs the tests.
    pub(crate) fn here(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("HOME", self.0.path()).current_dir(self.0.path());
        for variable in std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()) {
            if variable.starts_with("JAMF_PRO_") || variable.starts_with("XDG_") {
                command.env_remove(variable);
            }
        }
        command.env_remove("CLAUDE_CONFIG_DIR").env_remove("CODEX_HOME");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    /// Run a command with a text on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that reads nothing may be over already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        Said { status: status.code().unwrap_or(-1), text }
    }
}

/// The path of the program as an entry has it.
pub(crate) fn program() -> String {
    binary::under_test().canonicalize().unwrap().display().to_string()
}

/// Every file below a folder, with its text.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), std::fs::read(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}
