//! Finds tools by what somebody wants to do, without a network and without a model.
//!
//! Every tool is a small document of several fields: its name and title, what it is for, phrases in which administrators ask for it, its family, its path, its privileges, and the
//! names and words of its arguments and filters; the phrases of the other tools of the same resource count a little. They are ranked by BM25 over the weighted fields. The words of the question are widened by
//! what admins call things (in `words.rs`). `evals/` measures how well that does.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jamf_pro_tools::effects::A_NOTE;
use jamf_pro_tools::{Risk, Rows};
use serde_json::{Map, Value};

use super::{Registry, Tool};
use words::Wants;

mod words;

/// How much a word counts by where it stands, and how much a long field is held against its words. Arguments are long
/// where a tool can do much.
const FIELDS: [(Field, f64, f64); 9] = [
    (Field::Name, 3.0, 0.6),
    (Field::Title, 1.5, 0.6),
    (Field::About, 1.6, 0.6),
    (Field::Asked, 2.4, 0.3),
    (Field::AskedOfOthers, 0.6, 0.3),
    (Field::Family, 1.0, 0.6),
    (Field::Path, 0.6, 0.6),
    (Field::Privileges, 0.5, 0.6),
    (Field::Arguments, 0.3, 0.3),
];

/// How soon more of the same word stops counting.
const SATURATION: f64 = 1.2;

/// What a word counts that is not the question's own but means the same.
const WIDENED: f64 = 0.75;

/// What most questions are about is listed by default, and is preferred a little.
const CORE: f64 = 1.3;

/// A job answers a whole question, for which others take several calls.
const JOB: f64 = 1.15;

/// How much more a tool counts when a question says the same as one of its phrases.
const PHRASE: f64 = 0.5;

/// A question seldom wants a tool that changes something, and a request seldom one that only reads.
const OTHER_KIND: f64 = 0.7;

/// What changes something counts less, too, where a question has no verb that says what is wanted: most such questions ask.
const PROBABLY_OTHER_KIND: f64 = 0.85;

/// How much more a tool counts when the question has all words of its name.
const WHOLE_NAME: f64 = 0.5;

/// Who asks for several wants a list.
const SEVERAL: f64 = 1.15;

/// A tool that the question has the name of is meant.
const NAMED: f64 = 1_000.0;

/// Notes share all words with the histories that they are written into.
const NOTES: f64 = 0.5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Name,
    Title,
    About,
    Asked,
    /// The phrases of the other tools of the same resource: who asks for one of them says what the resource is called.
    AskedOfOthers,
    Family,
    Path,
    Privileges,
    Arguments,
}

/// A tool that was found, and how well it fits.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// The tool.
    pub tool: Tool,
    /// Higher fits better; says nothing across questions.
    pub score: f64,
}

#[derive(Debug)]
struct Document {
    tool: Tool,
    /// The words of its name.
    name: Vec<String>,
    /// Weighted count of each word, length taken into account.
    words: HashMap<String, f64>,
    /// The different words of each phrase.
    phrases: Vec<BTreeSet<String>>,
}

#[derive(Debug)]
pub(super) struct Index {
    documents: Vec<Document>,
    /// In how many documents a word stands.
    spread: HashMap<String, f64>,
}

impl Index {
    pub(super) fn new(registry: &Registry) -> Self {
        let tools: Vec<Tool> = registry.all().filter(|tool| !matches!(tool, Tool::Builtin(_))).collect();
        let mut by_resource: HashMap<&str, Vec<(&str, String)>> = HashMap::new();
        for tool in &tools {
            by_resource.entry(resource(*tool)).or_default().push((tool.name(), phrases(*tool)));
        }
        let others = |tool: Tool| -> String {
            let all = by_resource.get(resource(tool)).map(Vec::as_slice).unwrap_or_default();
            let others = all.iter().filter(|(name, _)| *name != tool.name());
            others.map(|(_, phrases)| phrases.as_str()).collect::<Vec<_>>().join(" ")
        };
        let texts: Vec<(Tool, BTreeMap<Field, Vec<String>>)> =
            tools.iter().map(|tool| (*tool, fields(*tool, &others(*tool)))).collect();
        let mut total: BTreeMap<Field, usize> = BTreeMap::new();
        for (field, words) in texts.iter().flat_map(|(_, fields)| fields) {
            *total.entry(*field).or_default() += words.len();
        }
        let count = number(texts.len().max(1));
        let mut spread: HashMap<String, f64> = HashMap::new();
        let mut documents = Vec::with_capacity(texts.len());
        for (tool, fields) in texts {
            let mut weighted: HashMap<String, f64> = HashMap::new();
            for (field, weight, long) in FIELDS {
                let words = fields.get(&field).map(Vec::as_slice).unwrap_or_default();
                let average = number(total.get(&field).copied().unwrap_or_default()).max(1.0) / count;
                let length = 1.0 - long + long * number(words.len()) / average;
                for word in words {
                    *weighted.entry(word.clone()).or_default() += weight / length;
                }
            }
            for word in weighted.keys() {
                *spread.entry(word.clone()).or_default() += 1.0;
            }
            let name = fields.get(&Field::Name).cloned().unwrap_or_default();
            let phrases = tool
                .asked()
                .iter()
                .map(|phrase| words::of(phrase).into_iter().filter(|word| !words::is_empty(word)).collect());
            documents.push(Document { tool, name, words: weighted, phrases: phrases.collect() });
        }
        Self { documents, spread }
    }

    /// How many tools are searched.
    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    /// The tools that fit a question best, the best first.
    pub(super) fn search(&self, question: &str, most: usize) -> Vec<Hit> {
        let question = Question::new(question);
        let mut hits: Vec<Hit> = self
            .documents
            .iter()
            .map(|document| Hit { tool: document.tool, score: self.score(document, &question) })
            .filter(|hit| hit.score > 0.0)
            .collect();
        hits.sort_by(|left, right| {
            right.score.total_cmp(&left.score).then_with(|| left.tool.name().cmp(right.tool.name()))
        });
        hits.truncate(most);
        hits
    }

    /// How seldom a word is.
    fn rarity(&self, word: &str) -> f64 {
        let spread = self.spread.get(word).copied().unwrap_or_default();
        (1.0 + (number(self.documents.len()) - spread + 0.5) / (spread + 0.5)).ln()
    }

    /// How much a question says the same as the phrase of a tool that is most like it: from 0 to about 1, by the angle between them.
    fn likeness(&self, document: &Document, question: &Question) -> f64 {
        let length = |words: &mut dyn Iterator<Item = &String>| {
            words.map(|word| self.rarity(word).powi(2)).sum::<f64>().sqrt()
        };
        let mut own = question.words.iter().filter(|(_, weight)| **weight >= 1.0).map(|(word, _)| word);
        let of_question = length(&mut own);
        let of_phrase = |phrase: &BTreeSet<String>| {
            let common = phrase.iter().filter_map(|word| Some((word, question.words.get(word)?)));
            let both = common.map(|(word, weight)| weight * self.rarity(word).powi(2)).sum::<f64>();
            if both > 0.0 { both / (length(&mut phrase.iter()) * of_question) } else { 0.0 }
        };
        if of_question > 0.0 { document.phrases.iter().map(of_phrase).fold(0.0, f64::max) } else { 0.0 }
    }

    fn score(&self, document: &Document, question: &Question) -> f64 {
        let mut score = 0.0;
        for (word, weight) in &question.words {
            let Some(count) = document.words.get(word) else { continue };
            score += weight * self.rarity(word) * count * (SATURATION + 1.0) / (count + SATURATION);
        }
        let common = document.name.iter().filter(|word| question.words.contains_key(*word)).count();
        score *= 1.0 + WHOLE_NAME * number(common) / number(document.name.len().max(1));
        score *= 1.0 + PHRASE * self.likeness(document, question);
        if matches!(document.tool, Tool::Job(_)) {
            score *= JOB;
        }
        let name = document.tool.name();
        if question.named.iter().any(|named| named == name) {
            score += NAMED;
        }
        if document.tool.is_core() {
            score *= CORE;
        }
        if document.tool.risk() != Risk::Secret {
            score *= match (question.wants, document.tool.only_reads()) {
                (Wants::Answer, false) | (Wants::Change, true) => OTHER_KIND,
                (Wants::Unclear, false) => PROBABLY_OTHER_KIND,
                _ => 1.0,
            };
        }
        if question.is_plural && lists(document.tool) {
            score *= SEVERAL;
        }
        let is_note = matches!(document.tool, Tool::Action(action) if action.affects == Some(A_NOTE));
        if is_note && !question.words.contains_key("note") {
            score *= NOTES;
        }
        score
    }
}

#[expect(clippy::as_conversions, reason = "counts of words are far below what a double says exactly")]
fn number(count: usize) -> f64 {
    count as f64
}

fn lists(tool: Tool) -> bool {
    matches!(tool, Tool::Action(action) if action.rows != Rows::None)
}

struct Question {
    /// Each word with what it counts.
    words: BTreeMap<String, f64>,
    wants: Wants,
    /// It asks for several things at once.
    is_plural: bool,
    /// Words that may be the names of tools.
    named: Vec<String>,
}

impl Question {
    fn new(text: &str) -> Self {
        let all = words::of(text);
        let mut words: BTreeMap<String, f64> = BTreeMap::new();
        for word in all.iter().filter(|word| !words::is_empty(word)) {
            words.insert(word.clone(), 1.0);
        }
        for word in words::alike(&all) {
            let weight = words.entry(word.to_owned()).or_insert(WIDENED);
            *weight = weight.max(WIDENED);
        }
        let named = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase).collect();
        let several = all.iter().any(|word| words::means_several(word));
        Self { words, is_plural: several, wants: words::wants(text), named }
    }
}

/// The resource that a tool is about: its name without the last word, which is the verb.
fn resource(tool: Tool) -> &'static str {
    let name = tool.name();
    name.rsplit_once('_').map_or(name, |(resource, _)| resource)
}

/// The phrases in which administrators ask for a tool.
fn phrases(tool: Tool) -> String {
    tool.asked().join(" ")
}

/// The words of a tool, by where they stand; `others` are the phrases of the other tools of its resource.
fn fields(tool: Tool, others: &str) -> BTreeMap<Field, Vec<String>> {
    let (toolset, family) = tool.family();
    let mut arguments = BTreeSet::new();
    names_of(&tool.input_schema(), &mut arguments);
    let mut paths: Vec<&str> = Vec::new();
    if let Tool::Action(action) = tool {
        paths.extend(action.paths());
        arguments.extend(action.filters.iter().chain(action.brief).map(|field| (*field).to_owned()));
    }
    let texts = [
        (Field::Name, tool.name().to_owned()),
        (Field::Title, tool.title()),
        (Field::About, tool.about().to_owned()),
        (Field::Asked, phrases(tool)),
        (Field::AskedOfOthers, others.to_owned()),
        (Field::Family, format!("{toolset} {family}")),
        (Field::Path, paths.join(" ")),
        (Field::Privileges, tool.privileges().join(" ")),
        (Field::Arguments, arguments.into_iter().collect::<Vec<_>>().join(" ")),
    ];
    texts
        .into_iter()
        .map(|(field, text)| {
            (field, words::of(&text).into_iter().filter(|word| !words::is_empty(word)).collect())
        })
        .collect()
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
    fn nonsense_finds_nothing() {
        assert!(
            registry().search("xyzzy", 5).is_empty()
                && registry().search("", 5).is_empty()
                && registry().search("the of a", 5).is_empty()
        );
    }
}
