//! In which words administrators ask for the tools: more of them than stand on the tools themselves, as text by area. They are read at the first search.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A line with the name of a tool, and below it, indented, its phrases.
const TEXTS: [&str; 8] = [
    include_str!("phrases/apps.txt"),
    include_str!("phrases/configuration.txt"),
    include_str!("phrases/devices.txt"),
    include_str!("phrases/enrollment.txt"),
    include_str!("phrases/people.txt"),
    include_str!("phrases/reports.txt"),
    include_str!("phrases/server.txt"),
    include_str!("phrases/updates.txt"),
];

static BY_TOOL: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut by_tool: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut tool = "";
    for line in TEXTS.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty()) {
        match line.strip_prefix("  ") {
            Some(phrase) => by_tool.entry(tool).or_default().push(phrase),
            None => tool = line,
        }
    }
    by_tool
});

/// The phrases of a tool that do not stand on itself.
pub(in crate::registry) fn of(tool: &str) -> &'static [&'static str] {
    BY_TOOL.get(tool).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pipeline::registry;

    #[test]
    fn phrases_are_of_tools_and_stand_once() {
        assert!(BY_TOOL.len() > 500, "{}", BY_TOOL.len());
        for (name, phrases) in BY_TOOL.iter() {
            assert_eq!(registry().find(name).map(crate::registry::Tool::name), Some(*name));
            assert!(!phrases.is_empty(), "{name}");
        }
        for tool in registry().all() {
            let phrases = tool.asked();
            let different: BTreeSet<String> = phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
            assert_eq!(different.len(), phrases.len(), "{}: {phrases:?}", tool.name());
        }
    }
}
