//! Words as the search compares them, and what admins call things.

use std::collections::HashSet;
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
            words.push(stem(&std::mem::take(&mut word)));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(stem(&word));
    }
    words
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
    everything anything about into out up off over before after new make last week month day year ago use used put turn switch take let run call keep went going happen long often";

/// First words of a question that asks to be told something.
const ASKING: &str = "which who whom whose what when where why how is are was were do does did has have had can could should show \
    list tell see look count check whether find report";

/// Words before the verb of a request that say nothing of what is wanted.
const POLITE: &str = "please just also now let us lets we i you want need would like to can could must should have help me how do";

/// First words of what asks to have something done.
const DOING: &str = "create new add make delete remove erase wipe lock unlock send set change update edit rename disable enable turn \
    switch put assign upload import install deploy push restart reboot shut renew rotate reset retry flush clear log sign take start \
    stop play force connect merge attach redeploy reinstall refresh revoke move cancel resend let allow block skip unmanage test \
    ask collect generate regenerate reclaim dismiss write replace clone copy exclude scope run rerun recalculate sync \
    enforce schedule swap bind join invite distribute publish secure freeze ban prohibit prevent kill throw discard drop purge roll \
    call trigger";

/// Phrases of what asks to have something done without a verb of doing at its beginning.
const DOING_PHRASES: &[&str] = &[
    "get rid",
    "no longer need",
    "gave up",
    "give up",
    "throw out",
    "throw away",
    "moves to",
    "moved to",
    "is wrong",
    "should live",
    "should be",
    "must be",
    "has a new",
    "gets another",
    "needs another",
];

/// Words of what asks for more than one.
const SEVERAL: &str = "which all list every any many find";

static EMPTY_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(EMPTY).into_iter().collect());
static ASKING_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(ASKING).into_iter().collect());
static POLITE_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(POLITE).into_iter().collect());
static DOING_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(DOING).into_iter().collect());
static SEVERAL_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(SEVERAL).into_iter().collect());
static DOING_IN_PHRASES: LazyLock<Vec<Phrase>> =
    LazyLock::new(|| DOING_PHRASES.iter().map(|phrase| Phrase::new(phrase)).collect());
static ALIKE_WORDS: LazyLock<Vec<(Phrase, Vec<String>)>> = LazyLock::new(|| {
    let meant = |meant| of(meant).into_iter().filter(|word| !is_empty(word)).collect();
    ALIKE.iter().map(|(said, means)| (Phrase::new(said), meant(means))).collect()
});

/// Whether a word, in its plain form, says nothing.
pub(super) fn is_empty(word: &str) -> bool {
    EMPTY_WORDS.contains(word)
}

/// What somebody wants of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// To be told something.
    Answer,
    /// To have something done.
    Change,
    /// The words do not say it: `Apple TVs`, `people cannot sign in`.
    Unclear,
}

/// What the author of a question wants: a change where one of its clauses begins with a verb of doing, an answer where it begins with
/// a word of asking.
pub(super) fn wants(text: &str) -> Wants {
    let separated =
        text.replace([',', ';', ':', '.', '!', '?'], "\n").replace(" and ", "\n").replace(" then ", "\n");
    let begins_with_doing = |clause: &str| {
        let words = of(clause);
        let rest = words.iter().skip_while(|word| POLITE_WORDS.contains(*word)).collect::<Vec<_>>();
        // Who says "give me" asks.
        let is_for_me = matches!(rest.as_slice(), [give, me, ..] if *give == "giv" && ["me", "us"].contains(&me.as_str()));
        rest.first().is_some_and(|first| DOING_WORDS.contains(*first)) && !is_for_me
    };
    if separated.lines().any(begins_with_doing) {
        return Wants::Change;
    }
    let words = of(text);
    match words.first() {
        Some(first) if ASKING_WORDS.contains(first) => Wants::Answer,
        _ if DOING_IN_PHRASES.iter().any(|phrase| phrase.is_in(&words)) => Wants::Change,
        _ => Wants::Unclear,
    }
}

/// Whether a text with this word in it asks for more than one thing.
pub(super) fn means_several(word: &str) -> bool {
    SEVERAL_WORDS.contains(word)
}

/// Words that mean the same as some of these, which are the words of a whole question in order.
pub(super) fn alike(words: &[String]) -> impl Iterator<Item = &'static str> {
    ALIKE_WORDS
        .iter()
        .filter(|(said, _)| said.is_in(words))
        .flat_map(|(_, meant)| meant.iter().map(String::as_str))
}

/// How many words may stand where a phrase has `…`.
const BETWEEN: usize = 5;

/// Words that follow each other, in parts that may have others between them.
struct Phrase(Vec<Vec<String>>);

impl Phrase {
    fn new(text: &str) -> Self {
        Self(text.split('…').map(of).collect())
    }

    fn is_in(&self, words: &[String]) -> bool {
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
    fn a_question_says_whether_something_is_to_be_done() {
        for text in [
            "wipe the iPad",
            "new password, update the profile",
            "please restart them",
            "we want to block an app",
            "the server moves to another name",
        ] {
            assert_eq!(wants(text), Wants::Change, "{text}");
        }
        for text in ["which Macs are encrypted", "did the lock arrive", "how many iPads are there"] {
            assert_eq!(wants(text), Wants::Answer, "{text}");
        }
        for text in ["Apple TVs", "people cannot sign in", "give me the serial numbers", ""] {
            assert_eq!(wants(text), Wants::Unclear, "{text}");
        }
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
