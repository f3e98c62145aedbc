//! Words as the search compares them, and what admins call things.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use alike::ALIKE;

mod alike;

/// Names with a capital in the middle that are one word all the same.
const WHOLE: [&str; 17] = [
    "FileVault",
    "fileVault",
    "iPhone",
    "iPad",
    "iMac",
    "iPadOS",
    "iOS",
    "macOS",
    "tvOS",
    "watchOS",
    "MacBook",
    "PreStage",
    "AirPlay",
    "TeamViewer",
    "DigiCert",
    "eSIM",
    "LaunchDaemon",
];

/// The words of a text in their plain form: lower case, `camelCase` and `snake_case` taken apart, endings cut.
pub(super) fn of(text: &str) -> Vec<String> {
    let text = WHOLE.iter().fold(text.to_owned(), |text, name| text.replace(name, &name.to_lowercase()));
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for c in text.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if (begins || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(plain(&std::mem::take(&mut word)));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(plain(&word));
    }
    words
}

/// A word without its endings, or the one that stands for all that mean the same.
fn plain(word: &str) -> String {
    let stem = stem(word);
    SAME_WORDS.get(&stem).cloned().unwrap_or(stem)
}

/// A word without its endings: `policies`, `policy`; `erasing`, `erased`, `erase`; `enrollments`, `enroll`. It need not be
/// a word any more, it only has to be the same for all of them.
fn stem(word: &str) -> String {
    if word.len() <= 3 || !word.is_ascii() {
        return word.to_owned();
    }
    let mut word = one(word);
    // Either spelling is the American one.
    if let Some(rest) = word.strip_suffix("isation") {
        word = format!("{rest}ization");
    }
    for (ending, least) in [("ship", 8), ("ment", 8), ("ation", 10), ("ing", 6), ("ed", 5)] {
        if word.len() >= least
            && let Some(rest) = word.strip_suffix(ending)
        {
            word = without_double_letter(rest).to_owned();
            break;
        }
    }
    match word.strip_suffix('e') {
        Some(rest) if rest.len() > 2 => rest.to_owned(),
        _ => word,
    }
}

/// One of them instead of several.
fn one(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies") {
        return format!("{rest}y");
    }
    let hissing = ["sses", "xes", "ches", "shes", "uses"].iter().any(|ending| word.ends_with(ending));
    let alone = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) || word == "ios";
    match word.strip_suffix('s') {
        Some(rest) if hissing => rest.strip_suffix('e').unwrap_or(rest).to_owned(),
        Some(rest) if !alone => rest.to_owned(),
        _ => word.to_owned(),
    }
}

/// `stopp` of `stopped` is `stop`; `install` keeps its two.
fn without_double_letter(word: &str) -> &str {
    let doubled = ["bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt"].iter().any(|pair| word.ends_with(pair));
    if doubled { word.get(..word.len() - 1).unwrap_or(word) } else { word }
}

/// Words that say nothing about what is wanted.
const EMPTY: &str = "a an the this that these those of on in to at by for from with without and or not no is are be was were am \
    do does did has have had can could should would will may must it its i me my we us our you your they them their he she his \
    her which who whom whose what when where why how please want need would like there any some all every each only just also \
    than then now today right so as if it s t re get show tell list give let many much one jamf pro still yet already something \
    everything anything about into out up off over before after new make last week month day year ago use used put turn switch take let run call keep went going happen long often \
    somebody someone anybody anyone nobody everybody everyone everywhere anywhere somewhere thing stuff really actually again \
    since until ago hour minute morning evening night tonight tomorrow yesterday weekend monday tuesday wednesday thursday friday \
    saturday sunday january february march april june july august september october november december next previous \
    because while during between through via per around almost even ever never always maybe other another same different \
    need want got gets getting going come came goes try tried think know say said see seen look looking believe guess seem \
    boss please thanks hey hi hello help";

/// Lines of words that mean one thing; British spelling is among them.
const SAME: &str = include_str!("words/same.txt");

static SAME_WORDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let first = line.split(' ').next().map(stem).unwrap_or_default();
        line.split(' ').map(move |word| (stem(word), first.clone()))
    };
    SAME.lines().filter(|text| !text.starts_with('#')).flat_map(line).collect()
});
static EMPTY_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(EMPTY).into_iter().collect());
/// What is said, and the words that mean it.
type Meaning = (Phrase, Vec<String>);

/// All meanings, by the first word of what is said.
static ALIKE_WORDS: LazyLock<HashMap<String, Vec<Meaning>>> = LazyLock::new(|| {
    let mut by_first: HashMap<String, Vec<Meaning>> = HashMap::new();
    for (said, means) in ALIKE {
        let (said, means) =
            (Phrase::new(said), of(means).into_iter().filter(|word| !is_empty(word)).collect());
        by_first.entry(said.first_word()).or_default().push((said, means));
    }
    by_first
});
static COMPUTER_WORDS: LazyLock<HashSet<String>> =
    LazyLock::new(|| of("computer macOS").into_iter().collect());
static MOBILE_WORDS: LazyLock<HashSet<String>> =
    LazyLock::new(|| of("mobile iOS iPadOS tvOS").into_iter().collect());

/// Whether a word, in its plain form, says nothing: numbers neither, which are versions, rooms and days.
pub(super) fn is_empty(word: &str) -> bool {
    EMPTY_WORDS.contains(word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words that mean the same as some of these, which are the words of a whole question in order.
pub(super) fn alike(words: &[String]) -> impl Iterator<Item = &'static str> {
    let said =
        words.iter().collect::<HashSet<_>>().into_iter().filter_map(|word| ALIKE_WORDS.get(word)).flatten();
    said.filter(|(said, _)| said.is_in(words)).flat_map(|(_, meant)| meant.iter().map(String::as_str))
}

/// Whether a word says that computers are meant.
pub(super) fn means_computer(word: &str) -> bool {
    COMPUTER_WORDS.contains(word)
}

/// Whether a word says that mobile devices are meant.
pub(super) fn means_mobile(word: &str) -> bool {
    MOBILE_WORDS.contains(word)
}

/// How many words may stand where a phrase has `…`.
const BETWEEN: usize = 5;

/// Words that follow each other, in parts that may have others between them.
pub(super) struct Phrase(Vec<Vec<String>>);

impl Phrase {
    pub(super) fn new(text: &str) -> Self {
        Self(text.split('…').map(of).collect())
    }

    fn first_word(&self) -> String {
        self.0.iter().flatten().next().cloned().unwrap_or_default()
    }

    pub(super) fn is_in(&self, words: &[String]) -> bool {
        let Some((first, others)) = self.0.split_first() else { return false };
        (0..words.len()).any(|at| {
            let begins =
                |part: &[String], at: usize| words.get(at..).is_some_and(|rest| rest.starts_with(part));
            let mut end = at + first.len();
            begins(first, at)
                && others.iter().all(|part| {
                    let found = (end..=end + BETWEEN).find(|at| begins(part, *at));
                    end = found.unwrap_or(end) + part.len();
                    found.is_some()
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        for forms in [
            "policy policies",
            "erase erased erasing erases",
            "enroll enrolled enrollment enrollments",
            "update updates updating updated",
            "stop stopped stopping",
            "install installed installation installing",
            "category categories",
            "class classes",
            "status",
        ] {
            let stems: Vec<String> = of(forms);
            assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{forms}: {stems:?}");
        }
        assert_eq!(of("userAndLocation.lastCheckIn"), of("user and location last check in"));
        assert_eq!(of("iOS-Geräte, FileVault"), ["ios", "geräte", "filevault"]);
    }

    #[test]
    fn phrases_are_found_where_they_stand() {
        let means = |question: &str, word: &str| alike(&of(question)).any(|meant| meant == word);
        assert!(means("they have not checked in", "contact"));
        assert!(!means("in the check", "contact"));
        assert!(means("remove a Mac from the pilot group", "member"));
        assert!(!means("remove a building that nobody of us needs any more from a group", "member"));
        assert_eq!(alike(&[]).count(), 0);
    }
}
