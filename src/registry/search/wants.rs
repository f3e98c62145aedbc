//! What the author of a question wants: to be told something, or to have something done, and what.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::words::{Phrase, of};

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

/// Verbs, and words that stand for verbs, of requests for something new.
const CREATING: &str = "create add new make build introduce define register upload import set invent need want put deploy install roll \
    distribute offer give provide hand get connect open start launch prepare write attach assign publish invite \
    generate request order book enter record store plan";

/// The same of requests that want to be rid of something.
const DELETING: &str = "delete remove erase wipe drop discard scrap retire kill ditch throw trash purge rid tidy clear cancel flush \
    revoke withdraw close stop decommission clean uninstall disconnect unassign take off out empty reset forget sold \
    recycle gone pull dump cease abolish eliminate lift";

/// The same of requests that want something otherwise.
const CHANGING: &str = "update change edit modify rename replace swap move correct fix adjust set switch turn extend widen exclude \
    include limit should must become renew rotate retarget exempt assign reassign give put pull allow let take keep \
    wrong enable disable new hand another longer shorter instead more few strict stop open";

/// Words in the names of tools that say what they do. `change` is said of what does all of it, to members and to scopes.
const IN_NAMES: [(Doing, &str); 3] = [
    (Doing::Create, "create upload add clone change"),
    (Doing::Delete, "delete remove unmanage clear erase revoke flush change"),
    (Doing::Change, "update replace rename set change enable disable"),
];

static ASKING_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(ASKING).into_iter().collect());
static POLITE_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(POLITE).into_iter().collect());
static DOING_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(DOING).into_iter().collect());
static SEVERAL_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(SEVERAL).into_iter().collect());
static DOING_IN_PHRASES: LazyLock<Vec<Phrase>> =
    LazyLock::new(|| DOING_PHRASES.iter().map(|phrase| Phrase::new(phrase)).collect());
static SAID: LazyLock<[(Doing, HashSet<String>); 3]> = LazyLock::new(|| {
    [(Doing::Create, CREATING), (Doing::Delete, DELETING), (Doing::Change, CHANGING)].map(with_words)
});
static NAMED: LazyLock<[(Doing, HashSet<String>); 3]> = LazyLock::new(|| IN_NAMES.map(with_words));

fn with_words((doing, words): (Doing, &str)) -> (Doing, HashSet<String>) {
    (doing, of(words).into_iter().collect())
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

/// What a request wants to have done, or a tool does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    Create,
    Change,
    Delete,
}

/// All that the words of a text may want to have done.
pub(super) fn doing(words: &[String]) -> BTreeSet<Doing> {
    whose_words(&SAID, words)
}

/// What a tool does, by the words of its name.
pub(super) fn done_by(name: &[String]) -> BTreeSet<Doing> {
    whose_words(&NAMED, name)
}

fn whose_words(table: &[(Doing, HashSet<String>); 3], words: &[String]) -> BTreeSet<Doing> {
    let has = |known: &HashSet<String>| words.iter().any(|word| known.contains(word));
    table.iter().filter(|(_, known)| has(known)).map(|(doing, _)| *doing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_verbs_of_a_request_are_what_tools_do() {
        for (asked, tool) in [
            ("scrap the old group", "static_computer_group_delete"),
            ("we need another building", "building_create"),
            ("the office has to be renamed", "building_update"),
            ("take it out of the scope", "scope_change"),
        ] {
            assert!(!doing(&of(asked)).is_disjoint(&done_by(&of(tool))), "{asked}");
        }
        assert!(done_by(&of("building_list")).is_empty() && doing(&of("which groups are there")).is_empty());
    }
}
