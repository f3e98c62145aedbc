//! What is known of a tool stands on its declaration: no module of the server or the client decides by a tool's name. A name in a
//! text of its own is a call of that tool, which only these places make.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jamf_pro_mcp::pipeline::registry;
use jamf_pro_mcp::registry::Tool;

use super::{root, written};

/// Where reads are called by their names: (folder or file, why).
const READERS: &[(&str, &str)] = &[
    ("src/jobs/", "a job calls the actions that its declaration lists"),
    ("src/fleet/", "the fleet is loaded by the actions that its parts list"),
    ("src/gate/", "the gate reads what refers to an object, and whom that affects"),
    ("src/mcp/completion.rs", "values that complete an argument are read"),
    ("src/mcp/resources.rs", "a resource is an object that an action reads"),
    ("src/pipeline/follow_up.rs", "the states of commands are read"),
];

/// Where other tools stand by their names: (folder or file, tool or nothing for any, why).
const OTHERS: &[(&str, &str, &str)] = &[
    ("src/cli/recipes.rs", "", "a recipe names the tools that an agent is given"),
    ("src/jobs/", "", "a job declares its name and lists the actions that it calls"),
    ("src/builtin/", "", "a built-in declares its name"),
    ("src/mcp.rs", "find_tools", "the instructions of the server say which built-ins lead to other tools"),
    ("src/mcp.rs", "call_read", "the same instructions"),
    ("src/mcp.rs", "call_write", "the instructions say it too"),
    ("src/mcp.rs", "call_destructive", "the instructions say this too"),
    ("src/mcp/prompts.rs", "stale_devices", "a prompt is called like the job that it begins with"),
    ("src/mcp/prompts.rs", "update_ring", "another prompt is called like its job"),
    ("src/mcp/prompts.rs", "stolen_device", "a third prompt is called like its job"),
    ("src/cli/report.rs", "", "a report makes the calls whose answers it shows"),
    ("src/cli/tour.rs", "", "the tour makes the calls of an agent"),
    ("src/plan.rs", "plan_window", "a standing approval is a plan of this built-in"),
    (
        "src/gate/draft.rs",
        "group_update",
        "the job that changes members is planned by the write that it makes",
    ),
    ("src/gate/draft.rs", "group_members_change", "the same job"),
];

/// Tests on a part of a name, as they stand in the source.
const PARTS: &[&str] = &["ends_with(", "starts_with(", "contains(", "strip_suffix(", "strip_prefix("];

/// Tests on a part of something that has no tool's name: (file, its text, why).
const NOT_TOOLS: &[(&str, &str, &str)] = &[
    ("src/gate/call_devices.rs", "name.ends_with(\"[]\")", "a field of the arguments"),
    ("src/gate/refuse.rs", "name.ends_with(\"Id\")", "an argument"),
    ("src/audit/logs.rs", "name.strip_suffix(\".jsonl\")", "a file"),
    ("src/audit/logs.rs", "name.strip_suffix(\".head\")", "a file"),
    ("src/builtin/api_get/document.rs", "name.ends_with(\"id}\")", "a part of a path"),
];

/// The source of the server and the client without comments and tests, as one line a file.
fn sources() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = Vec::new();
    ["src", "client/src"].iter().for_each(|folder| written(&root().join(folder), &mut files));
    assert!(files.len() > 100, "only {} files were found", files.len());
    let mut sources = Vec::new();
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if name.contains("/tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").map(str::trim);
        let code: Vec<&str> = lines.filter(|line| !line.starts_with("//")).collect();
        sources.push((name, code.join("\n")));
    }
    sources
}

#[test]
fn tools_stand_by_their_names_only_where_they_are_called() {
    let (mut wrong, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (file, code) in sources() {
        for tool in registry().all() {
            if !code.contains(&format!("\"{}\"", tool.name())) {
                continue;
            }
            let is_read =
                matches!(tool, Tool::Action(action) if action.method == jamf_pro_tools::Method::Get);
            let reader = READERS.iter().find(|(place, _)| is_read && file.starts_with(place));
            let other = OTHERS.iter().find(|(place, name, _)| {
                file.starts_with(place) && (name.is_empty() || *name == tool.name())
            });
            match (reader, other) {
                (None, None) => drop(wrong.insert(format!(
                    "{file} has the name `{}`: declare on the tool what is known of it",
                    tool.name()
                ))),
                (reader, other) => used.extend(reader.map(|one| one.1).or(other.map(|one| one.2))),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
    let reasons = READERS.iter().map(|one| one.1).chain(OTHERS.iter().map(|one| one.2));
    let unused: Vec<&str> = reasons.filter(|reason| !used.contains(reason)).collect();
    assert!(unused.is_empty(), "not needed in READERS or OTHERS: {unused:?}");
}

#[test]
fn nothing_goes_by_a_part_of_a_tools_name() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for (file, code) in sources() {
        // A call may stand on the next line.
        let code = code.replace("\n.", ".");
        for part in PARTS {
            for holder in ["name", "name()", "tool"] {
                let test = format!("{holder}.{part}\"");
                for (at, _) in code.match_indices(&test) {
                    let end = code[at..].find(')').filter(|_| holder != "name()").map_or(60, |end| end + 1);
                    let found: String = code[at..].chars().take(end).collect();
                    match NOT_TOOLS.iter().find(|one| one.0 == file && found.starts_with(one.1)) {
                        Some(exception) => drop(used.insert(exception)),
                        None => wrong.push(format!("{file}: `{found}`: declare it on the tool")),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused: Vec<_> = NOT_TOOLS.iter().filter(|exception| !used.contains(exception)).collect();
    assert!(unused.is_empty(), "not needed in NOT_TOOLS: {unused:?}");
}
