//! Entries in the files of clients: written, written again, taken out; and files that are left alone.

use serde_json::Value;

use crate::home::{Home, files, program};

/// A file of each client that some people have: (client, file on Linux, text).
const FILES: [(&str, &str, &str); 8] = [
    (
        "claude-desktop",
        ".config/Claude/claude_desktop_config.json",
        "{\n  \"globalShortcut\": \"\",\n  \"mcpServers\": {\n    \"files\": { \"command\": \"npx\", \"args\": [\"-y\", \"files\"] }\n  }\n}",
    ),
    (
        "claude-code",
        ".claude.json",
        "{\n  \"numStartups\": 12,\n  \"projects\": {\"/a\": {\"mcpServers\": {}}},\n  \"oauth\": \"hunter2-oauth\"\n}\n",
    ),
    (
        "codex",
        ".codex/config.toml",
        "# models\nmodel = \"o\" # best\n\n[mcp_servers.docs]\ncommand = \"docs\"\n\n[mcp_servers.docs.env]\nKEY = \"hunter2-codex\"\n\n[tui]\nnotifications = true\n",
    ),
    (
        "gemini",
        ".gemini/settings.json",
        "{\n\t// mine\n\t\"theme\": \"Dark\",\n\t\"mcpServers\": {\n\t\t\"a\": { \"env\": { \"KEY\": \"hunter2-gemini\" } },\n\t},\n}\n",
    ),
    ("cursor", ".cursor/mcp.json", "{\"mcpServers\":{\"a\":{\"url\":\"https://x\"}}}"),
    (
        "vscode",
        ".config/Code/User/mcp.json",
        "{\r\n  \"inputs\": [], // asked for\r\n  \"servers\": {\r\n    \"a\": {\"type\": \"http\"}\r\n  }\r\n}\r\n",
    ),
    ("windsurf", ".codeium/windsurf/mcp_config.json", "{}\n"),
    (
        "zed",
        ".config/zed/settings.json",
        "// Zed settings\n//\n{\n  \"theme\": {\n    \"mode\": \"system\", // or not\n  },\n  \"vim_mode\": true,\n}\n",
    ),
];

/// The servers of a file, however the client calls them. Comments are left out line by line: these files have none inside a text.
fn servers(text: &str) -> Value {
    if !text.trim_start().starts_with(['{', '/']) {
        let text: toml_edit::DocumentMut = text.parse().unwrap();
        let own = &text["mcp_servers"]["jamf"];
        let arguments: Vec<_> =
            own["args"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        return serde_json::json!({ "jamf": { "command": own["command"].as_str().unwrap(), "args": arguments } });
    }
    let lines = text.lines().map(|line| {
        let comment = line.find("// ").or_else(|| line.ends_with("//").then(|| line.len() - 2));
        comment.map_or(line, |at| line.split_at(at).0)
    });
    let plain: String = lines.collect::<Vec<_>>().join("\n");
    let plain = regex::Regex::new(r",(\s*[}\]])").unwrap().replace_all(&plain, "$1").into_owned();
    let value: Value = serde_json::from_str(&plain).unwrap_or_else(|error| panic!("{error}\n{plain}"));
    ["mcpServers", "servers", "context_servers"].iter().find_map(|name| value.get(name).cloned()).unwrap()
}

#[test]
fn every_client_gets_the_entry_and_keeps_what_it_had() {
    let home = Home::new();
    for (_, file, text) in FILES {
        home.write(file, text);
    }
    let before = files(&home.path("."));
    let dry = home.run(&["try", "--client", "all", "--dry-run"]);
    assert_eq!((dry.status, files(&home.path("."))), (0, before.clone()), "{}", dry.text);
    assert!(dry.text.contains("+") && dry.text.contains("--demo"), "{}", dry.text);
    assert!(!dry.text.contains("hunter2"), "{}", dry.text);

    let said = home.run(&["try", "--client", "all"]);
    assert_eq!(said.status, 0, "{}", said.text);
    assert!(said.text.contains("- Which Macs") && said.text.contains("cargo install"), "{}", said.text);
    for (client, file, text) in FILES {
        let after = home.read(file);
        let own = servers(&after)["jamf"].clone();
        assert_eq!(own["command"], program(), "{client}");
        assert_eq!(own["args"], serde_json::json!(["serve", "--demo"]), "{client}");
        // A line is as it was, but for a comma behind it or a bracket that was closed on it.
        for line in text.lines().map(str::trim).filter(|line| line.len() > 2 && !line.ends_with('}')) {
            assert!(after.contains(line.trim_end_matches(',')), "{client}: {line:?} is not in\n{after}");
        }
        assert_eq!(home.read(&format!("{file}.before-jamf-pro-mcp")), text, "{client}");
        assert!(said.text.contains(home.path(file).to_str().unwrap()), "{client}: {}", said.text);
    }
    let typed = servers(&home.read(".config/Code/User/mcp.json"));
    assert_eq!(typed["jamf"]["type"], "stdio");

    let again = home.run(&["try", "--client", "all"]);
    assert!(again.status == 0 && again.text.matches("has the entry already").count() == 8, "{}", again.text);
    for (client, file, text) in FILES {
        assert_eq!(home.read(&format!("{file}.before-jamf-pro-mcp")), text, "{client}");
    }

    let undone = home.run(&["setup", "undo"]);
    assert_eq!(undone.status, 0, "{}", undone.text);
    for (client, file, text) in FILES {
        let squeezed =
            |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect::<String>();
        let after = squeezed(&home.read(file));
        let (with, without) =
            (after.clone(), after.replace("\"mcpServers\":{}", "").replace("\"context_servers\":{}", ""));
        assert!(
            [with, without].contains(&squeezed(&text.replace("\"mcpServers\": {}", "")))
                || after == squeezed(text),
            "{client}: {after}"
        );
    }
    assert_eq!(home.read(".codex/config.toml"), FILES[2].2);
    let nothing = home.run(&["setup", "undo"]);
    assert!(nothing.status == 0 && nothing.text.contains("No client has"), "{}", nothing.text);
}

#[test]
fn a_client_that_is_not_there_is_written_only_by_its_name() {
    let home = Home::new();
    let asked = home.run(&["try"]);
    assert!(asked.status == 1 && asked.text.contains("--client NAME"), "{}", asked.text);
    let none = home.run(&["try", "--client", "all"]);
    assert!(none.text.contains("No client") && files(&home.path(".")).is_empty(), "{}", none.text);
    let unknown = home.run(&["try", "--client", "emacs"]);
    assert!(unknown.status == 2 && unknown.text.contains("claude-code"), "{}", unknown.text);
    let named = home.run(&["try", "--client", "claude-code", "--client", "codex"]);
    assert_eq!(named.status, 0, "{}", named.text);
    assert_eq!(servers(&home.read(".claude.json"))["jamf"]["type"], "stdio");
    assert!(home.read(".codex/config.toml").contains("tool_timeout_sec"));
    assert_eq!(files(&home.path(".")).len(), 2, "a new file has nothing before it");
}

#[test]
fn files_that_are_not_understood_or_not_ours_are_left_alone() {
    let home = Home::new();
    let broken = "{\"mcpServers\": {\"a\": {\"env\": {\"KEY\": \"hunter2\"}}";
    home.write(".cursor/mcp.json", broken);
    let others = "{\"mcpServers\":{\"jamf\":{\"command\":\"/opt/other/jamf\"}}}";
    home.write(".gemini/settings.json", others);
    home.write(".codex/config.toml", "key = \"hunter2\n");
    home.write(".claude.json", "{}");
    let before = files(&home.path("."));
    let said = home.run(&["try", "--client", "cursor", "--client", "gemini", "--client", "codex"]);
    assert_eq!((said.status, files(&home.path("."))), (1, before), "{}", said.text);
    assert!(said.text.contains("left alone") && !said.text.contains("hunter2"), "{}", said.text);
    assert!(said.text.contains("is no JSON") && said.text.contains("another program"), "{}", said.text);
    // The others are written all the same.
    assert_eq!(home.run(&["try", "--client", "all"]).status, 1);
    assert!(home.read(".claude.json").contains("--demo"));
    let undone = home.run(&["setup", "undo"]);
    assert_eq!(undone.status, 1, "{}", undone.text);
    assert!(!home.read(".claude.json").contains("--demo"));
    assert_eq!(home.read(".gemini/settings.json"), others);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_of_a_file_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let real = home.write("dotfiles/claude.json", "{\"a\":1}");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, home.path(".claude.json")).unwrap();
    let said = home.run(&["try", "--client", "all"]);
    assert_eq!(said.status, 0, "{}", said.text);
    assert!(home.path(".claude.json").symlink_metadata().unwrap().is_symlink());
    let mode = |name: &str| home.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("dotfiles/claude.json"), 0o640);
    assert_eq!(mode("dotfiles/claude.json.before-jamf-pro-mcp"), 0o640);
    assert!(home.read("dotfiles/claude.json").contains("--demo"));
}
