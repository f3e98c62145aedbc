//! The MCP clients of this machine: which are there, and the entry that starts this program in the file of each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use etcetera::BaseStrategy;

use super::approvals::{ask, terminal};
use super::settings_file::{self, Done, Edited, change};
use super::terminal::Layout;
use crate::error::Error;
use crate::plan::view::Tone;
use edit::Format;
pub(super) use edit::{json, once};

mod edit;

/// The name of our entry. It is short: clients put it before the name of each tool, and some refuse long names.
const NAME: &str = "jamf";

/// Every client that is there.
const ALL: &str = "all";

/// A client whose file is known.
#[derive(Debug)]
pub(super) struct Client {
    /// The name for `--client`.
    name: &'static str,
    title: &'static str,
    format: Format,
    /// What makes it read its file again.
    restart: &'static str,
    place: fn(&Folders) -> Place,
}

/// Where a client has its things.
struct Place {
    /// It is there when one of these is.
    signs: Vec<PathBuf>,
    file: PathBuf,
}

impl Place {
    /// A client that has its file in a folder of its own.
    fn in_folder(folder: PathBuf, file: &str) -> Self {
        Self { file: folder.join(file), signs: vec![folder] }
    }
}

/// Where programs keep settings of this user.
struct Folders {
    home: PathBuf,
    /// `~/.config`; on Windows `%APPDATA%`.
    config: PathBuf,
    /// Settings of programs with a window: on macOS `~/Library/Application Support`, otherwise as above.
    application: PathBuf,
}

const MCP_SERVERS: Format = Format::Json { servers: "mcpServers", has_type: false };

/// The clients, in the order in which they are listed.
static CLIENTS: [Client; 8] = [
    Client {
        name: "claude-desktop",
        title: "Claude Desktop",
        format: MCP_SERVERS,
        restart: "quit the app (not only its window) and open it again",
        place: |folders| Place::in_folder(claude_desktop(folders), "claude_desktop_config.json"),
    },
    Client {
        name: "claude-code",
        title: "Claude Code",
        format: Format::Json { servers: "mcpServers", has_type: true },
        restart: "start a new session, or type /mcp",
        place: |folders| match named_folder("CLAUDE_CONFIG_DIR") {
            Some(folder) => Place::in_folder(folder, ".claude.json"),
            None => {
                let file = folders.home.join(".claude.json");
                Place { signs: vec![file.clone(), folders.home.join(".claude")], file }
            }
        },
    },
    Client {
        name: "codex",
        title: "Codex CLI",
        format: Format::Toml { servers: "mcp_servers" },
        restart: "start a new session",
        place: |folders| {
            Place::in_folder(
                named_folder("CODEX_HOME").unwrap_or_else(|| folders.home.join(".codex")),
                "config.toml",
            )
        },
    },
    Client {
        name: "gemini",
        title: "Gemini CLI",
        format: MCP_SERVERS,
        restart: "start a new session, in a folder that it trusts",
        place: |folders| Place::in_folder(folders.home.join(".gemini"), "settings.json"),
    },
    Client {
        name: "cursor",
        title: "Cursor",
        format: MCP_SERVERS,
        restart: "restart Cursor",
        place: |folders| Place::in_folder(folders.home.join(".cursor"), "mcp.json"),
    },
    Client {
        name: "vscode",
        title: "VS Code",
        format: Format::Json { servers: "servers", has_type: true },
        restart: "run `MCP: List Servers`, and start `jamf`",
        place: |folders| {
            let folder = folders.application.join("Code");
            Place { file: folder.join("User").join("mcp.json"), signs: vec![folder] }
        },
    },
    Client {
        name: "windsurf",
        title: "Windsurf",
        format: MCP_SERVERS,
        restart: "press Refresh in the list of MCP servers",
        place: |folders| Place::in_folder(folders.home.join(".codeium").join("windsurf"), "mcp_config.json"),
    },
    Client {
        name: "zed",
        title: "Zed",
        format: Format::Json { servers: "context_servers", has_type: false },
        restart: "nothing: it reads the file at once",
        place: |folders| {
            Place::in_folder(folders.config.join(if cfg!(windows) { "Zed" } else { "zed" }), "settings.json")
        },
    },
];

/// Which clients a command is for.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// A client, or `all` for those that are on this machine; may be repeated. Without it a person is asked.
    #[arg(long = "client", value_name = "NAME", value_parser = PossibleValuesParser::new(names()))]
    clients: Vec<String>,
}

impl Choice {
    /// No client is named.
    pub(super) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }
}

/// What starts this program in a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Absolute path of the program.
    pub(super) command: String,
    /// What it is started with.
    pub(super) arguments: Vec<String>,
}

impl Entry {
    /// This program with some arguments.
    ///
    /// # Errors
    /// When the system does not say where this program is.
    pub(super) fn of_this_program(arguments: &[&str]) -> Result<Self, Error> {
        let command = program()?.to_string_lossy().into_owned();
        Ok(Self { command, arguments: arguments.iter().map(|&argument| argument.to_owned()).collect() })
    }

    /// A warning, where the program will not stay where it is.
    pub(super) fn warning(&self) -> Option<String> {
        let parts: Vec<&str> = self.command.split(['/', '\\']).collect();
        let is_build = parts
            .iter()
            .position(|part| *part == "target")
            .is_some_and(|at| parts.iter().skip(at).any(|part| matches!(*part, "debug" | "release")));
        let is_npx = parts.contains(&"_npx");
        let why = match (is_build, is_npx) {
            (true, _) => {
                "is in the target folder of a build, which the next `cargo clean` empties; `cargo install --path .` puts it where it stays"
            }
            (_, true) => {
                "is in the cache of npx, which is emptied now and then; `npm install --global jamf-pro-mcp` puts it where it stays"
            }
            _ => return None,
        };
        Some(format!("{} {why}. Then run this again.", self.command))
    }
}

/// The names for `--client`.
fn names() -> Vec<&'static str> {
    CLIENTS.iter().map(|client| client.name).chain([ALL]).collect()
}

/// Where this program is. A link in the PATH that leads to it is better than the place itself, which the next version may not have.
pub(super) fn program() -> Result<PathBuf, Error> {
    let unknown =
        |error: std::io::Error| Error::operator(format!("the path of this program is not known: {error}"));
    let own = std::env::current_exe().map_err(unknown)?;
    // On Windows it would get a prefix that not every client takes.
    let own = if cfg!(windows) { own } else { own.canonicalize().map_err(unknown)? };
    let name = own.file_name().unwrap_or_default().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut links =
        std::env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(&name));
    Ok(links.find(|link| link.canonicalize().is_ok_and(|place| place == own)).unwrap_or(own))
}

impl Folders {
    fn of_this_user() -> Result<Self, Error> {
        let unknown = || Error::operator("the home folder of this user is not known; set HOME");
        let base = etcetera::choose_base_strategy().map_err(|_| unknown())?;
        let (home, config) = (base.home_dir().to_owned(), base.config_dir());
        let application =
            if cfg!(target_os = "macos") { home.join("Library/Application Support") } else { config.clone() };
        Ok(Self { home, config, application })
    }
}

fn named_folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute())
}

/// The folder of Claude Desktop. On Windows the app from its installer of today has one of its own.
fn claude_desktop(folders: &Folders) -> PathBuf {
    let packaged = std::env::var_os("LOCALAPPDATA").filter(|_| cfg!(windows)).and_then(|local| {
        let mut packages = Path::new(&local).join("Packages").read_dir().ok()?.flatten();
        let claude = packages.find(|folder| folder.file_name().to_string_lossy().starts_with("Claude_"))?;
        Some(claude.path().join("LocalCache").join("Roaming").join("Claude"))
    });
    packaged.unwrap_or_else(|| folders.application.join("Claude"))
}

/// The clients that a command is for: those that are named, or those that a person chooses in a terminal.
///
/// # Errors
/// When none is named and nobody can be asked.
pub(super) fn choose(choice: &Choice) -> Result<Vec<&'static Client>, Error> {
    let folders = Folders::of_this_user()?;
    let is_there = |client: &&Client| (client.place)(&folders).signs.iter().any(|sign| sign.exists());
    let found: Vec<&Client> = CLIENTS.iter().filter(is_there).collect();
    let named: BTreeSet<&str> = choice.clients.iter().map(String::as_str).collect();
    if !named.is_empty() {
        let is_meant = |client: &&Client| {
            named.contains(client.name)
                || named.contains(ALL) && found.iter().any(|found| found.name == client.name)
        };
        return Ok(CLIENTS.iter().filter(is_meant).collect());
    }
    if terminal().is_err() {
        let here: Vec<&str> = found.iter().map(|client| client.name).collect();
        let here = if here.is_empty() { "none that is known here".to_owned() } else { here.join(", ") };
        return Err(Error::operator("nobody can be asked which clients to connect")
            .hint(format!("name them with `--client NAME` or `--client all`; on this machine: {here}")));
    }
    ask_which(&found)
}

/// An entry in the file of a client that starts this program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Started {
    /// Its name in the file.
    pub(super) name: String,
    pub(super) command: String,
    pub(super) arguments: Vec<String>,
    /// The command is this program, and no other that starts it, such as npx.
    pub(super) is_direct: bool,
}

/// A client that is on this machine, with the entries that start this program.
pub(super) struct Installed {
    pub(super) title: &'static str,
    pub(super) file: PathBuf,
    /// Or why the file cannot be read.
    pub(super) entries: Result<Vec<Started>, String>,
}

/// The clients that are on this machine, with their entries that start this program.
///
/// # Errors
/// When the home folder is not known.
pub(super) fn started() -> Result<Vec<Installed>, Error> {
    let folders = Folders::of_this_user()?;
    let of = |client: &Client| {
        let Place { signs, file } = (client.place)(&folders);
        if !file.exists() && !signs.iter().any(|sign| sign.exists()) {
            return None;
        }
        let entries = settings_file::read(&file)
            .and_then(|text| edit::entries(client.format, text.as_deref().unwrap_or_default()));
        Some(Installed { title: client.title, file, entries })
    };
    Ok(CLIENTS.iter().filter_map(of).collect())
}

fn ask_which(found: &[&'static Client]) -> Result<Vec<&'static Client>, Error> {
    let layout = Layout::stdout();
    if found.is_empty() {
        let names = names().join(", ");
        super::say(&layout.wrap("", &format!("No MCP client was found on this machine. `--client NAME` writes the file of one all the same: {names}.")));
        return Ok(Vec::new());
    }
    super::say("Clients on this machine:");
    for (at, client) in found.iter().enumerate() {
        super::say(&format!("  {}  {}", at + 1, client.title));
    }
    loop {
        let answer = ask("Which ones? Enter for all, numbers such as 1,2, or 0 for none: ")?;
        if answer.is_empty() {
            return Ok(found.to_vec());
        }
        let numbers = answer.split([',', ' ']).filter(|part| !part.is_empty()).map(str::parse::<usize>);
        match numbers.collect::<Result<Vec<usize>, _>>() {
            Ok(numbers) if numbers == [0] => return Ok(Vec::new()),
            Ok(numbers) if numbers.iter().all(|number| (1..=found.len()).contains(number)) => {
                let chosen = found.iter().enumerate().filter(|(at, _)| numbers.contains(&(at + 1)));
                return Ok(chosen.map(|(_, client)| *client).collect());
            }
            _ => super::say(&format!("Numbers from 1 to {}, please.", found.len())),
        }
    }
}

/// Write the entry into the file of each client, or show what would change, and say how each one reads it. True where every file is as it
/// should be.
///
/// # Errors
/// When the home folder is not known.
pub(super) fn connect(clients: &[&Client], entry: &Entry, is_dry: bool) -> Result<bool, Error> {
    let folders = Folders::of_this_user()?;
    let layout = Layout::stdout();
    let mut is_right = true;
    for client in clients {
        let path = (client.place)(&folders).file;
        let done = change(&path, is_dry, &|text| edit::masked(client.format, text), &|text| {
            edit::with_entry(client.format, text, entry)
        });
        let path = path.display();
        let done = match done {
            Ok(done) => done,
            Err(why) => {
                is_right = false;
                let text = format!("{}: left alone, {path} {why}", client.title);
                super::say(&layout.wrap(&layout.paint(Tone::Danger, "✗ "), &text));
                continue;
            }
        };
        let what = match (&done.edited, is_dry) {
            (Edited::Same, _) => "has the entry already",
            (Edited::Added(_), false) => "has the entry `jamf` now",
            (Edited::Added(_), true) => "would get the entry `jamf`",
            (_, false) => "has the entry `jamf` in its new form",
            (_, true) => "would get the entry `jamf` in its new form",
        };
        let backup =
            done.backup.map(|backup| format!("; as it was before: {}", backup.display())).unwrap_or_default();
        let restart = if is_dry { String::new() } else { format!(". Then: {}", client.restart) };
        let text = format!("{}: {path} {what}{backup}{restart}.", client.title);
        super::say(&layout.wrap(&layout.paint(Tone::Good, "✓ "), &text));
        if let Some(shown) = done.shown {
            super::say(&shown);
        }
    }
    Ok(is_right)
}

/// Take the entries out of the files of all clients, and say what is left. True where nothing of ours is left in a file.
///
/// # Errors
/// When the home folder is not known.
pub(super) fn disconnect(choice: &Choice, is_dry: bool) -> Result<bool, Error> {
    let folders = Folders::of_this_user()?;
    let layout = Layout::stdout();
    let named = |client: &&Client| {
        choice.clients.is_empty() || choice.clients.iter().any(|name| name == client.name || name == ALL)
    };
    let (mut is_right, mut is_any) = (true, false);
    for client in CLIENTS.iter().filter(named) {
        let path = (client.place)(&folders).file;
        if !path.exists() {
            continue;
        }
        let done = change(&path, is_dry, &|text| edit::masked(client.format, text), &|text| {
            edit::without_entry(client.format, text)
        });
        let path = path.display();
        let (tone, text) = match &done {
            Err(why) => {
                is_right = false;
                (Tone::Danger, format!("{}: left alone, {path} {why}", client.title))
            }
            Ok(done) => match &done.edited {
                Edited::NotThere(others) if others.is_empty() => continue,
                Edited::NotThere(others) => (
                    Tone::Warning,
                    format!(
                        "{}: {path} has entries under other names that start this program, which stay: {}",
                        client.title,
                        others.join(", ")
                    ),
                ),
                _ if is_dry => {
                    (Tone::Good, format!("{}: the entry `jamf` would be removed from {path}", client.title))
                }
                _ => {
                    let left = match &done.backup {
                        Some(backup) => {
                            format!("; {} is left, the file as it was before the entry", backup.display())
                        }
                        None => String::new(),
                    };
                    (
                        Tone::Good,
                        format!(
                            "{}: the entry `jamf` is no longer in {path}{left}. Then: {}",
                            client.title, client.restart
                        ),
                    )
                }
            },
        };
        is_any = true;
        let sign = match tone {
            Tone::Danger => "✗ ",
            Tone::Warning => "! ",
            _ => "✓ ",
        };
        super::say(&layout.wrap(&layout.paint(tone, sign), &text));
        if let Ok(Done { shown: Some(shown), .. }) = done {
            super::say(&shown);
        }
    }
    if !is_any {
        super::say("No client has an entry `jamf` that starts this program.");
    }
    Ok(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_will_not_stay_is_warned_about() {
        let at = |command: &str| Entry { command: command.to_owned(), arguments: Vec::new() }.warning();
        assert!(at("/srv/you/jamf/target/debug/jamf-pro-mcp").unwrap().contains("cargo install"));
        assert!(at("/srv/you/jamf/target/x86_64-unknown-linux-musl/release/jamf-pro-mcp").is_some());
        assert!(at("/srv/you/.npm/_npx/1/node_modules/jamf-pro-mcp").unwrap().contains("npm install"));
        for stays in
            ["/opt/homebrew/bin/jamf-pro-mcp", "/srv/target/bin/jamf-pro-mcp", "/srv/release/jamf-pro-mcp"]
        {
            assert_eq!(at(stays), None);
        }
    }

    #[test]
    fn the_documentation_has_the_file_of_every_client() {
        let documentation = include_str!("../../docs/clients.md");
        let home = PathBuf::from("~");
        let folders = Folders { config: home.join(".config"), application: home.join(".config"), home };
        for client in &CLIENTS {
            let file = (client.place)(&folders).file.display().to_string();
            let row = documentation.lines().find(|line| line.starts_with(&format!("| {} |", client.title)));
            let row = row.unwrap_or_else(|| panic!("no row of {}", client.title));
            if std::env::var_os("CLAUDE_CONFIG_DIR").is_none() && std::env::var_os("CODEX_HOME").is_none() {
                assert!(row.contains(&format!("`{file}`")), "{file} in {row}");
            }
        }
    }
}
