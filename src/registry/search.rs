//! Finds tools by what somebody wants to do, without a network and without a model.
//!
//! Every tool is a small document of several fields: its name and title, what it is for, phrases in which administrators ask for it, its family,
//! its path, its privileges, and the names and words of its arguments and filters; the phrases of the other tools of the same resource count a
//! little. [`ranking`] ranks them by BM25 over the weighted fields, and by the phrase of each that is most like the question. Words that mean one
//! thing are one word (`words/same.txt`), in questions and in texts alike; what else admins say is widened by what it means to Jamf
//! (`words/alike.rs`), and a word that no tool has by those that are spelled almost so. [`wants`] tells whether something is asked or to be done,
//! and what. The phrases are on the actions and jobs, and more of them by area in `phrases/`. `evals/` measures how well that does.

use std::collections::{BTreeSet, HashMap};

use jamf_pro_tools::effects::A_NOTE;
use jamf_pro_tools::{Risk, Rows};
use serde_json::{Map, Value};

use super::{Registry, Tool};
use ranking::{Entry, Field, Ranking};

pub(super) mod phrases;
mod ranking;
mod wants;
mod words;

/// A tool that was found, and how well it fits.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// The tool.
    pub tool: Tool,
    /// Higher fits better; says nothing across questions.
    pub score: f64,
}

/// The ranking of all tools of a registry.
#[derive(Debug)]
pub(super) struct Index {
    tools: HashMap<&'static str, Tool>,
    ranking: Ranking,
}

impl Index {
    pub(super) fn new(registry: &Registry) -> Self {
        let tools: Vec<Tool> = registry.all().filter(|tool| !matches!(tool, Tool::Builtin(_))).collect();
        let ranking = Ranking::new(tools.iter().map(|tool| entry(*tool)).collect());
        Self { tools: tools.iter().map(|tool| (tool.name(), *tool)).collect(), ranking }
    }

    /// How many tools are searched.
    pub(super) fn len(&self) -> usize {
        self.ranking.len()
    }

    /// The tools that fit a question best, the best first.
    pub(super) fn search(&self, question: &str, most: usize) -> Vec<Hit> {
        let hits = self.ranking.search(question, most).into_iter();
        hits.filter_map(|(name, score)| Some(Hit { tool: *self.tools.get(name)?, score })).collect()
    }
}

/// A tool as it is ranked.
fn entry(tool: Tool) -> Entry {
    let (toolset, family) = tool.family();
    let mut arguments = BTreeSet::new();
    names_of(&tool.input_schema(), &mut arguments);
    let mut paths: Vec<&str> = Vec::new();
    if let Tool::Action(action) = tool {
        paths.extend(action.paths());
        arguments.extend(action.filters.iter().chain(action.brief).map(|field| (*field).to_owned()));
    }
    Entry {
        name: tool.name(),
        texts: vec![
            (Field::Name, tool.name().to_owned()),
            (Field::Title, tool.title()),
            (Field::About, tool.about().to_owned()),
            (Field::Family, format!("{toolset} {family}")),
            (Field::Path, paths.join(" ")),
            (Field::Privileges, tool.privileges().join(" ")),
            (Field::Arguments, arguments.into_iter().collect::<Vec<_>>().join(" ")),
        ],
        phrases: tool.asked(),
        is_job: matches!(tool, Tool::Job(_)),
        is_core: tool.is_core(),
        only_reads: tool.only_reads(),
        is_secret: tool.risk() == Risk::Secret,
        is_list: matches!(tool, Tool::Action(action) if action.rows != Rows::None),
        is_note: matches!(tool, Tool::Action(action) if action.affects == Some(A_NOTE)),
    }
}

/// Names of all properties of a schema, and the words that they can be, however deep.
fn names_of(schema: &Map<String, Value>, names: &mut BTreeSet<String>) {
    let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    names.extend(words.map(str::to_owned));
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        names.insert(name.clone());
        if let Some(property) = property.as_object() {
            names_of(property, names);
        }
    }
    if let Some(items) = schema.get("items").and_then(Value::as_object) {
        names_of(items, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::registry;

    fn first(question: &str) -> Vec<&'static str> {
        registry().search(question, 5).iter().map(|hit| hit.tool.name()).collect()
    }

    #[test]
    fn a_tool_is_found_by_its_own_name() {
        for tool in registry().all().filter(|tool| !matches!(tool, Tool::Builtin(_))) {
            let question = format!("the arguments of {}?", tool.name());
            assert_eq!(first(&question).first(), Some(&tool.name()));
        }
    }

    #[test]
    fn the_words_of_admins_lead_to_jamfs() {
        assert!(first("wipe an iPad").contains(&"mobile_device_erase"));
        assert!(first("LAPS password").contains(&"local_admin_password_get"));
        // In either spelling.
        for question in ["vpp licences", "vpp licenses"] {
            assert!(first(question).iter().any(|name| name.starts_with("volume_purchasing")), "{question}");
        }
    }

    #[test]
    fn a_misspelled_word_is_read() {
        assert!(first("filevaut recovery key of a Mac").contains(&"computer_filevault_get"));
        assert!(first("restrat the iPads").contains(&"device_restart"));
    }

    #[test]
    fn programs_stand_for_apps() {
        assert_eq!(first("block Roblox").first(), first("block an app").first());
    }

    #[test]
    fn who_speaks_of_one_kind_of_device_gets_its_tools() {
        assert!(first("smart group of MacBooks").iter().all(|name| !name.contains("mobile")));
        assert!(first("smart group of iPads").iter().all(|name| !name.contains("computer")));
    }

    #[test]
    fn nonsense_finds_nothing() {
        assert!(
            registry().search("xyzzy", 5).is_empty()
                && registry().search("", 5).is_empty()
                && registry().search("the of a", 5).is_empty()
        );
    }
}
