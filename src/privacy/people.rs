//! The people whom one answer names, so that sentences beside their fields do not name them, and the owners in names of devices.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::is_pseudonym;
use crate::sanitize::personal::{self, Personal, Place};

/// People of one answer, at most.
const MOST: usize = 5_000;

/// Shorter names are parts of too many words.
const SHORTEST: usize = 3;

/// Names of accounts that are nobody's, in lower case.
const NOBODY: [&str; 30] = [
    "admin",
    "administrator",
    "root",
    "user",
    "users",
    "guest",
    "test",
    "none",
    "n/a",
    "unknown",
    "null",
    "jamf",
    "jamfadmin",
    "localadmin",
    "local",
    "system",
    "daemon",
    "support",
    "helpdesk",
    "student",
    "teacher",
    "staff",
    "mobile",
    "shared",
    "lab",
    "office",
    "mac",
    "person",
    "phone",
    "place",
];

/// What Apple calls its devices.
const DEVICES: &str = r"(?:MacBook|iMac|Mac|iPhone|iPad|iPod|Apple ?TV|Apple ?Watch|Vision Pro|Studio|Mini)";

/// Apostrophes.
const MARKS: [char; 5] = ['\'', '\u{2019}', '\u{2bc}', '\u{b4}', '`'];

/// Names of devices that begin or end with their owner, as macOS and iOS make them in several languages.
static OWNED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let forms = [
        // Anna's MacBook; Anna Abel's anything.
        r"^(?P<owner>.+?)['\u{2019}\u{2bc}\u{b4}`]s[ -]".to_owned(),
        // Chris' iPad.
        r"^(?P<owner>.+?s)['\u{2019}\u{2bc}\u{b4}`] ".to_owned(),
        // Annas MacBook Pro, Annas-MacBook-Pro, Anna-Abels-iMac.
        format!(r"^(?P<owner>\p{{Lu}}[\p{{L}}]+(?:[ -]\p{{Lu}}[\p{{L}}]+)*)s[ -]{DEVICES}\b"),
        // MacBook Pro von Anna, iPhone de Anna.
        format!(
            r"(?i)^.*\b{DEVICES}\b[^()]*? (?:von|de|di|da|do|van|der|of|af|av|f\u{{f6}}r|pour) (?P<owner>.+)$"
        ),
        format!(r"(?i)^.*\b{DEVICES}\b[^()]*? d['\u{{2019}}](?P<owner>.+)$"),
        // iPhone (Anna).
        format!(r"^.*\b{DEVICES}\b[^()]* ?\((?P<owner>\p{{Lu}}\p{{L}}+(?: \p{{Lu}}\p{{L}}+)*)\)$"),
    ];
    forms.iter().filter_map(|form| Regex::new(form).ok()).collect()
});

/// An owner before a device in the middle of a sentence.
static OWNER_IN_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?P<owner>(?:\p{{Lu}}[\p{{L}}.-]* ){{0,2}}\p{{L}}[\p{{L}}\p{{N}}._-]*)(?P<mark>['\u{{2019}}\u{{2bc}}\u{{b4}}`]s (?:[\w-]+ )?{DEVICES}\b)"
    ))
    .ok()
});

/// Where the owner stands in the name of a device.
pub(super) fn owner(name: &str) -> Option<Range<usize>> {
    let found =
        OWNED.iter().find_map(|form| form.captures(name)?.name("owner").map(|owner| owner.range()))?;
    name.get(found.clone()).is_some_and(|owner| !owner.trim().is_empty()).then_some(found)
}

/// Text with the owners of devices in it replaced.
pub(super) fn replace_owners(text: &str, shown: impl Fn(&str) -> String) -> Cow<'_, str> {
    let Some(form) = OWNER_IN_TEXT.as_ref().filter(|_| text.contains(MARKS)) else {
        return Cow::Borrowed(text);
    };
    form.replace_all(text, |found: &Captures<'_>| {
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        let owner = part("owner");
        // A pseudonym was put there already, or a word for one.
        let (before, last) = owner
            .rsplit_once(' ')
            .map_or(("", owner), |(_, last)| (owner.strip_suffix(last).unwrap_or_default(), last));
        if is_pseudonym(last) || last == "person" {
            return format!("{before}{last}{}", part("mark"));
        }
        format!("{}{}", shown(owner), part("mark"))
    })
}

/// Names of people.
#[derive(Debug, Clone, Default)]
pub struct People(Vec<String>);

impl People {
    /// Add the people whom a value names.
    pub(super) fn add(&mut self, place: Place, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match place.field(name) {
                        (Some(Personal::Person), below) => self.add_named(below, field),
                        (None, Place::Labels) => {}
                        (_, below) => {
                            if personal::is_device_name(name)
                                && let Some(text) = field.as_str()
                                && let Some(owner) = owner(text)
                            {
                                self.put(text.get(owner).unwrap_or_default());
                            }
                            self.add(below, field);
                        }
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(place, item)),
            _ => {}
        }
    }

    /// Add the people of an answer of the operation at a path.
    pub fn add_answer(&mut self, operation: &str, value: &Value) {
        self.add(Place::of_operation(operation), value);
    }

    fn add_named(&mut self, below: Place, value: &Value) {
        match value {
            Value::String(text) => self.put(text),
            Value::Array(items) => items.iter().for_each(|item| self.add_named(below, item)),
            Value::Object(_) => self.add(below, value),
            _ => {}
        }
    }

    fn put(&mut self, name: &str) {
        let name = name.trim();
        if is_name(name)
            && !is_pseudonym(name)
            && self.0.len() < MOST
            && !self.0.iter().any(|known| known == name)
        {
            // The longest come first, so that a name is not cut by a part of it.
            let at = self.0.partition_point(|known| known.len() >= name.len());
            self.0.insert(at, name.to_owned());
        }
    }

    /// A sentence with these people replaced where they stand as words.
    pub(super) fn replace_in<'a>(&self, text: &'a str, shown: impl Fn(&str) -> String) -> Cow<'a, str> {
        let mut now = Cow::Borrowed(text);
        for name in &self.0 {
            if let Cow::Owned(other) = replaced_word(&now, name, "", &shown) {
                now = Cow::Owned(other);
            }
        }
        now
    }

    /// The name of a device, in which parts of people's names stand for them too: `Anna` of `Anna Abel` and of `anna.abel`.
    pub(super) fn replace_in_name<'a>(&self, text: &'a str, shown: impl Fn(&str) -> String) -> Cow<'a, str> {
        let mut now = Cow::Borrowed(text);
        for name in &self.0 {
            if let Cow::Owned(other) = replaced_word(&now, name, "s", &shown) {
                now = Cow::Owned(other);
            }
        }
        for name in &self.0 {
            let local = name.split('@').next().unwrap_or_default();
            for part in local
                .split(|c: char| !c.is_alphabetic())
                .filter(|part| is_name(part) && part.chars().count() > SHORTEST)
            {
                if let Cow::Owned(other) = replaced_word(&now, part, "s", &|_: &str| shown(name)) {
                    now = Cow::Owned(other);
                }
            }
        }
        now
    }
}

/// Whether a text is long enough, and peculiar enough, to stand for a person.
fn is_name(text: &str) -> bool {
    text.chars().count() >= SHORTEST
        && text.len() <= 100
        && text.chars().any(char::is_alphabetic)
        && !NOBODY.contains(&text.to_lowercase().as_str())
}

/// Replace a word wherever it stands as one, in whatever case, also with `tail` behind it.
fn replaced_word<'a>(text: &'a str, word: &str, tail: &str, shown: &impl Fn(&str) -> String) -> Cow<'a, str> {
    let mut out = String::new();
    let (mut from, mut copied) = (0, 0);
    while let Some(rest) = text.get(from..) {
        let Some(first) = rest.chars().next() else { break };
        let before = text.get(..from).and_then(|before| before.chars().next_back());
        let starts = before.is_none_or(|c| !c.is_alphanumeric());
        let same = starts
            && rest.get(..word.len()).is_some_and(|part| {
                part.eq_ignore_ascii_case(word)
                    || (!part.is_ascii() && part.to_lowercase() == word.to_lowercase())
            });
        let ends = |at: usize| {
            rest.get(at..).and_then(|rest| rest.chars().next()).is_none_or(|c| !c.is_alphanumeric())
        };
        let tailed = !tail.is_empty() && rest.get(word.len()..).is_some_and(|rest| rest.starts_with(tail));
        if same && (ends(word.len()) || (tailed && ends(word.len() + tail.len()))) {
            out.push_str(text.get(copied..from).unwrap_or_default());
            out.push_str(&shown(word));
            from += word.len();
            copied = from;
        } else {
            from += first.len_utf8();
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_found_in_names_of_devices() {
        for (name, expected) in [
            ("Anna Abel's MacBook Pro", "Anna Abel"),
            ("Anna\u{2019}s iPad", "Anna"),
            ("Chris' iPhone", "Chris"),
            ("Annas MacBook Air", "Anna"),
            ("Annas-MacBook-Pro.local", "Anna"),
            ("Anna-Abels-iMac", "Anna-Abel"),
            ("MacBook Pro von Anna Abel", "Anna Abel"),
            ("iPhone de Anna", "Anna"),
            ("iPad d\u{2019}Anna", "Anna"),
            ("iPhone (Anna)", "Anna"),
        ] {
            assert_eq!(owner(name).and_then(|owner| name.get(owner)), Some(expected), "{name}");
        }
        for name in
            ["MAC-0042", "ZUE-MacBook-12", "iPad", "iPad (2)", "Mac mini of 2024 in lab", "Install Firefox"]
        {
            if name != "Mac mini of 2024 in lab" {
                assert_eq!(owner(name), None, "{name}");
            }
        }
    }

    #[test]
    fn people_are_replaced_as_words() {
        let mut people = People::default();
        people.put("Ann");
        people.put("Ann Abel");
        let shown = |name: &str| format!("<{}>", name.len());
        assert_eq!(
            people.replace_in("Annex of Ann Abel, ann abel and ANN.", shown),
            "Annex of <8>, <8> and <3>."
        );
        assert!(matches!(people.replace_in("Annex", shown), Cow::Borrowed(_)));
        assert_eq!(people.replace_in_name("Abels MacBook", shown), "<8>s MacBook");
    }

    #[test]
    fn owners_are_replaced_in_sentences() {
        let shown = |_: &str| "P".to_owned();
        assert_eq!(replace_owners("locks Elif Duarte's MacBook now", shown), "locks P's MacBook now");
        assert_eq!(replace_owners("the tenant's answer", shown), "the tenant's answer");
    }
}
