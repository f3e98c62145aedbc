//! Ranks tools by how well they answer a question. It knows them as entries of texts and phrases, and nothing of the registry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::wants::{self, Doing, Wants};
use super::words;

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

/// What a word counts that is not the question's own but means the same, or is spelled almost as one of it.
const WIDENED: f64 = 0.5;

/// What most questions are about is listed by default, and is preferred a little.
const CORE: f64 = 1.2;

/// A job answers a whole question, for which others take several calls.
const JOB: f64 = 1.15;

/// How much more a tool counts when a question says the same as one of its phrases.
const PHRASE: f64 = 0.8;

/// How much a long phrase is held against its likeness, and how much a long question: who says more than the phrase has said it all the same.
const LONG_PHRASE: f64 = 1.2;
const LONG_QUESTION: f64 = 0.8;

/// A question seldom wants a tool that changes something, and a request seldom one that only reads.
const OTHER_KIND: f64 = 0.65;

/// What changes something counts less, too, where a question has no verb that says what is wanted: most such questions ask.
const PROBABLY_OTHER_KIND: f64 = 0.85;

/// How much more a tool counts that does what a verb of the question says: creates, changes or deletes.
const SAME_VERB: f64 = 1.25;

/// Who speaks of Macs seldom wants a tool for mobile devices, and who speaks of iPads one for computers.
const OTHER_DEVICE: f64 = 0.75;

/// How much more a tool counts when the question has all words of its name.
const WHOLE_NAME: f64 = 0.5;

/// Who asks for several wants a list.
const SEVERAL: f64 = 1.15;

/// A tool that the question has the name of is meant.
const NAMED: f64 = 1_000.0;

/// Notes share all words with the histories that they are written into.
const NOTES: f64 = 0.5;

/// So many answers stand as they rank. After them, what is of a resource that the answer has already gives way to others, by as much for each.
const AS_RANKED: usize = 5;
const SAME_RESOURCE: f64 = 0.9;

/// Shorter words are not looked for in another spelling: too many words are almost like them.
const LEAST_TYPO: usize = 5;

/// Words as long as this may have two letters wrong, shorter ones one.
const LONG: usize = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
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

/// A tool as the search sees it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// The texts of its fields, without those of its phrases.
    pub(super) texts: Vec<(Field, String)>,
    /// Phrases in which administrators ask for it.
    pub(super) phrases: Vec<&'static str>,
    pub(super) is_job: bool,
    pub(super) is_core: bool,
    pub(super) only_reads: bool,
    /// Its answer is a secret: asked for like a read, guarded like a change.
    pub(super) is_secret: bool,
    pub(super) is_list: bool,
    pub(super) is_note: bool,
}

/// Words with what each counts.
type Weights = BTreeMap<String, f64>;

#[derive(Debug)]
struct Document {
    entry: Entry,
    /// The words of its name.
    name: Vec<String>,
    /// Which devices it is for alone.
    device: Device,
    /// What it does, where it changes something.
    doing: BTreeSet<Doing>,
    /// Weighted count of each word, length taken into account.
    words: HashMap<String, f64>,
    phrases: Vec<Phrase>,
}

#[derive(Debug)]
struct Phrase {
    /// Its words, those that mean the same among them.
    words: Weights,
    /// How long it is as a vector of the words' rarity.
    length: f64,
}

/// Which kind of device somebody speaks of, or a tool is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Device {
    Computer,
    Mobile,
    Any,
}

impl Device {
    /// The one kind that words name; [`Device::Any`] where they name none or both.
    fn of(words: &[String]) -> Self {
        let computer = words.iter().any(|word| words::means_computer(word));
        let mobile = words.iter().any(|word| words::means_mobile(word));
        match (computer, mobile) {
            (true, false) => Self::Computer,
            (false, true) => Self::Mobile,
            _ => Self::Any,
        }
    }

    fn is_other_than(self, other: Self) -> bool {
        self != Self::Any && other != Self::Any && self != other
    }
}

#[derive(Debug)]
pub(super) struct Ranking {
    documents: Vec<Document>,
    /// In how many documents a word stands.
    spread: HashMap<String, f64>,
}

impl Ranking {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        let mut asked: HashMap<&str, Vec<(&str, Vec<String>)>> = HashMap::new();
        for entry in &entries {
            let words = entry.phrases.iter().flat_map(|phrase| telling(phrase)).collect();
            asked.entry(resource(entry.name)).or_default().push((entry.name, words));
        }
        let texts: Vec<(Entry, BTreeMap<Field, Vec<String>>)> = entries
            .into_iter()
            .map(|entry| {
                let mut fields: BTreeMap<Field, Vec<String>> = BTreeMap::new();
                for (field, text) in &entry.texts {
                    fields.insert(*field, telling(text).collect());
                }
                for (name, words) in asked.get(resource(entry.name)).into_iter().flatten() {
                    let field = if *name == entry.name { Field::Asked } else { Field::AskedOfOthers };
                    fields.entry(field).or_default().extend(words.iter().cloned());
                }
                (entry, fields)
            })
            .collect();
        let mut total: BTreeMap<Field, usize> = BTreeMap::new();
        for (field, words) in texts.iter().flat_map(|(_, fields)| fields) {
            *total.entry(*field).or_default() += words.len();
        }
        let count = number(texts.len().max(1));
        let mut spread: HashMap<String, f64> = HashMap::new();
        let mut documents = Vec::with_capacity(texts.len());
        for (entry, fields) in texts {
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
            let (device, doing) = (Device::of(&name), wants::done_by(&name));
            documents.push(Document { entry, name, device, doing, words: weighted, phrases: Vec::new() });
        }
        let mut ranking = Self { documents, spread };
        let phrases: Vec<Vec<Phrase>> =
            ranking.documents.iter().map(|document| ranking.phrases(&document.entry)).collect();
        for (document, phrases) in ranking.documents.iter_mut().zip(phrases) {
            document.phrases = phrases;
        }
        ranking
    }

    fn phrases(&self, entry: &Entry) -> Vec<Phrase> {
        let of = |phrase: &&str| {
            let words = widened(&words::of(phrase));
            Phrase { length: self.length(&words), words }
        };
        entry.phrases.iter().map(of).collect()
    }

    /// How many tools are ranked.
    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    /// The names of the tools that fit a question best and how well they do, the best first.
    pub(super) fn search(&self, question: &str, most: usize) -> Vec<(&'static str, f64)> {
        let question = Question::new(question, self);
        let mut hits: Vec<(&'static str, f64)> = self
            .documents
            .iter()
            .map(|document| (document.entry.name, self.score(document, &question)))
            .filter(|(_, score)| *score > 0.0)
            .collect();
        sort(&mut hits);
        let mut of_resource: HashMap<&str, f64> = HashMap::new();
        for (at, (name, score)) in hits.iter_mut().enumerate() {
            let factor = of_resource.entry(resource(name)).or_insert(1.0);
            if at >= AS_RANKED {
                *score *= *factor;
            }
            *factor *= SAME_RESOURCE;
        }
        if let Some(rest) = hits.get_mut(AS_RANKED..) {
            sort(rest);
        }
        hits.truncate(most);
        hits
    }

    /// How seldom a word is.
    fn rarity(&self, word: &str) -> f64 {
        let spread = self.spread.get(word).copied().unwrap_or_default();
        (1.0 + (number(self.documents.len()) - spread + 0.5) / (spread + 0.5)).ln()
    }

    fn length(&self, words: &Weights) -> f64 {
        words.iter().map(|(word, weight)| (weight * self.rarity(word)).powi(2)).sum::<f64>().sqrt()
    }

    /// How much a question says the same as the phrase of a tool that is most like it: from 0 to about 1, by the angle between them.
    fn likeness(&self, document: &Document, question: &Question) -> f64 {
        let of_phrase = |phrase: &Phrase| {
            let common = phrase
                .words
                .iter()
                .filter_map(|(word, weight)| Some((word, weight * question.words.get(word)?)));
            let both = common.map(|(word, weight)| weight * self.rarity(word).powi(2)).sum::<f64>();
            let lengths = phrase.length.powf(LONG_PHRASE) * question.length.powf(LONG_QUESTION);
            if both > 0.0 { both / lengths } else { 0.0 }
        };
        document.phrases.iter().map(of_phrase).fold(0.0, f64::max)
    }

    fn score(&self, document: &Document, question: &Question) -> f64 {
        let entry = &document.entry;
        let mut score = 0.0;
        for (word, weight) in &question.words {
            let Some(count) = document.words.get(word) else { continue };
            score += weight * self.rarity(word) * count * (SATURATION + 1.0) / (count + SATURATION);
        }
        let common = document.name.iter().filter(|word| question.words.contains_key(*word)).count();
        score *= 1.0 + WHOLE_NAME * number(common) / number(document.name.len().max(1));
        score *= 1.0 + PHRASE * self.likeness(document, question);
        if entry.is_job {
            score *= JOB;
        }
        if question.named.iter().any(|named| named == entry.name) {
            score += NAMED;
        }
        if entry.is_core {
            score *= CORE;
        }
        if !entry.is_secret {
            score *= match (question.wants, entry.only_reads) {
                (Wants::Answer, false) | (Wants::Change, true) => OTHER_KIND,
                (Wants::Unclear, false) => PROBABLY_OTHER_KIND,
                _ => 1.0,
            };
            if !entry.only_reads && !document.doing.is_disjoint(&question.doing) {
                score *= SAME_VERB;
            }
        }
        if document.device.is_other_than(question.device) {
            score *= OTHER_DEVICE;
        }
        if question.is_plural && entry.is_list {
            score *= SEVERAL;
        }
        if entry.is_note && !question.words.contains_key("note") {
            score *= NOTES;
        }
        score
    }

    /// Words of the tools that are spelled almost as one that none of them has.
    fn spelled_like<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        let most = if word.len() >= LONG { 2 } else { 1 };
        let is_typo = word.len() >= LEAST_TYPO && !self.spread.contains_key(word);
        let known = is_typo.then(|| self.spread.keys().map(String::as_str)).into_iter().flatten();
        known.filter(move |known| {
            known.chars().next() == word.chars().next()
                && known.len().abs_diff(word.len()) <= most
                && strsim::osa_distance(known, word) <= most
        })
    }
}

struct Question {
    /// Each word with what it counts.
    words: Weights,
    /// How long it is as a vector of the words' rarity.
    length: f64,
    device: Device,
    wants: Wants,
    /// What its verbs say is to be done.
    doing: BTreeSet<Doing>,
    /// It asks for several things at once.
    is_plural: bool,
    /// Words that may be the names of tools.
    named: Vec<String>,
}

impl Question {
    fn new(text: &str, ranking: &Ranking) -> Self {
        let all = words::of(text);
        let mut words = widened(&all);
        for word in all.iter().filter(|word| !words::is_empty(word)) {
            for known in ranking.spelled_like(word) {
                words.entry(known.to_owned()).or_insert(WIDENED);
            }
        }
        let named = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase).collect();
        Self {
            length: ranking.length(&words),
            words,
            device: Device::of(&all),
            wants: wants::wants(text),
            doing: wants::doing(&all),
            is_plural: all.iter().any(|word| wants::means_several(word)),
            named,
        }
    }
}

/// The words of a text that say something.
fn telling(text: &str) -> impl Iterator<Item = String> {
    words::of(text).into_iter().filter(|word| !words::is_empty(word))
}

/// The words of a text that say something, and those that mean the same.
fn widened(all: &[String]) -> Weights {
    let mut words: Weights =
        all.iter().filter(|word| !words::is_empty(word)).map(|word| (word.clone(), 1.0)).collect();
    for word in words::alike(all) {
        words.entry(word.to_owned()).or_insert(WIDENED);
    }
    words
}

/// The best first.
fn sort(hits: &mut [(&str, f64)]) {
    hits.sort_by(|left, right| right.1.total_cmp(&left.1).then_with(|| left.0.cmp(right.0)));
}

/// The resource that a tool is about: its name without the last word, which is the verb.
fn resource(name: &str) -> &str {
    name.rsplit_once('_').map_or(name, |(resource, _)| resource)
}

#[expect(clippy::as_conversions, reason = "counts of words are far below what a double says exactly")]
fn number(count: usize) -> f64 {
    count as f64
}
