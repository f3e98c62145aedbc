//! The pages under `docs/` and `packaging/`: what they point to is there, what they quote is what the program says, and samples can be read.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The pages of the project, by their places.
fn pages() -> Vec<String> {
    let mut found: Vec<String> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"]
        .into_iter()
        .map(str::to_owned)
        .collect();
    for folder in ["docs", "packaging"] {
        for entry in root().join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "md") {
                found.push(format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap()));
            }
        }
    }
    found
}

#[test]
fn every_link_leads_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut lost = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let folder = Path::new(&page).parent().unwrap();
        for found in link.captures_iter(&read(&page)) {
            let target = found.get(1).unwrap().as_str();
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let path =
                if path.is_empty() { page.clone() } else { folder.join(path).to_str().unwrap().to_owned() };
            if !root().join(&path).exists() {
                lost.push(format!("{page}: {target}"));
            } else if !heading.is_empty()
                && path.ends_with(".md")
                && !headings(&path).contains(&heading.to_owned())
            {
                lost.push(format!("{page}: {target}: no such heading"));
            }
        }
    }
    assert!(seen > 50, "{seen} links");
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// The names under which GitHub finds the headings of a page.
fn headings(path: &str) -> Vec<String> {
    let text = read(path);
    let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
    let name = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == ' ' || *c == '_');
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    lines.map(name).collect()
}

/// The texts of the program's source, without the tests.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "js") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text.split("\nmod tests {").next().unwrap_or_default().to_owned()));
        }
    }
}

#[test]
fn the_messages_that_are_explained_are_those_of_the_program() {
    let mut all = Vec::new();
    ["src", "client/src", "tools/src", "pages"]
        .iter()
        .for_each(|folder| sources(&root().join(folder), &mut all));
    let quoted = regex::Regex::new("`([^`]+)`").unwrap();
    let page = read("docs/troubleshooting.md");
    let mut unknown = Vec::new();
    let mut seen = 0;
    // The first table is about what clients show.
    let own = page.split("## It does not start").nth(1).unwrap();
    for row in own.lines().filter(|line| line.starts_with("| `")) {
        let first = row.split(" | ").next().unwrap();
        for message in quoted.captures_iter(first) {
            // Between the parts is what differs from case to case. A part that ends in a variable of the source is cut there.
            for part in
                message.get(1).unwrap().as_str().split('…').map(str::trim).filter(|part| !part.is_empty())
            {
                seen += 1;
                if !all.iter().any(|(_, text)| plain(text).contains(part)) {
                    unknown.push(part.to_owned());
                }
            }
        }
    }
    assert!(seen > 25, "{seen} messages");
    assert!(unknown.is_empty(), "the program says none of these:\n{}", unknown.join("\n"));
}

/// A source as its messages read: literals that go on in the next line joined, marks of code left out.
fn plain(source: &str) -> String {
    let joined = regex::Regex::new(r"\\\n\s*").unwrap().replace_all(source, "").into_owned();
    joined.replace('`', "")
}

/// The blocks of a page in one language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    page.split(open.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

#[test]
fn samples_of_clients_are_json_with_an_absolute_path_and_serve() {
    let page = read("docs/clients.md");
    let samples = blocks(&page, "json");
    assert!(samples.len() >= 5, "{}", samples.len());
    for sample in samples {
        let value: Value = serde_json::from_str(sample).unwrap_or_else(|error| panic!("{error}: {sample}"));
        let servers = ["mcpServers", "servers", "context_servers"].iter().find_map(|key| value.get(key));
        let server = servers.and_then(|servers| servers.get("jamf")).unwrap_or_else(|| panic!("{sample}"));
        let command = server["command"].as_str().unwrap();
        assert!(command.starts_with('/') || ["npx", "docker"].contains(&command), "{command}");
        assert!(server["args"].as_array().unwrap().contains(&"serve".into()), "{sample}");
        for variable in server.get("env").and_then(Value::as_object).into_iter().flat_map(|env| env.keys()) {
            let known = jamf_pro_mcp::config::environment_names();
            assert!(known.contains(variable), "{variable}");
        }
    }
}

#[test]
fn the_sample_of_a_deployment_is_a_configuration() {
    let page = read("docs/deployment.md");
    let samples = blocks(&page, "json");
    assert_eq!(samples.len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    std::fs::write(&file, samples.first().unwrap()).unwrap();
    let overrides = jamf_pro_mcp::config::Overrides { file: Some(file), values: Vec::new() };
    let config = jamf_pro_mcp::config::load(&overrides).unwrap();
    assert_eq!((config.tenants.len(), config.http.tokens.len()), (1, 2));
}
