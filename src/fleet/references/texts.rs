//! Names in texts: scripts and profiles that call a policy by its custom event, or that have the name of a group or the file name of a
//! package in them. Such a reference is a guess, and is marked as one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jamf_pro_tools::object_id::ObjectId;
use regex::Regex;

use super::{EVENT, Reference, Role, Strength};

/// Something that texts can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its kind, such as `computer_group`, `package` or `policy`.
    pub kind: &'static str,
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// The text by which it is named: its name, its file name, or the custom event of a policy.
    pub text: String,
}

/// What to look for in texts.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<Named>);

/// Names that are shorter are words of any text.
const SHORTEST: usize = 4;

/// A call of policies by an event, such as `/usr/local/bin/jamf policy -event "install-chrome"`, or by their id.
static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let value = r#"(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'|&;()<>`]+))"#;
    Regex::new(&format!(r"\bpolicy\b[^\n|&;]*?[\s]--?(event|trigger|id)[=\s]+{value}")).ok()
});

impl Names {
    /// Names to look for. Those that are empty or shorter than four characters are only looked for in calls of policies.
    pub fn new(names: impl IntoIterator<Item = Named>) -> Self {
        Self(names.into_iter().filter(|named| !named.text.trim().is_empty()).collect())
    }

    /// What a text refers to.
    pub(in crate::fleet) fn in_text(&self, text: &str) -> Vec<Reference> {
        let mut found = BTreeSet::new();
        for called in CALL.iter().flat_map(|call| call.captures_iter(text)) {
            let how = called.get(1).map_or("", |how| how.as_str());
            let values = [2, 3, 4].into_iter().find_map(|at| called.get(at));
            let value = values.map_or("", |value| value.as_str());
            if how == "id" {
                found.extend(self.policy(value));
            } else {
                found.extend(self.event(value));
            }
        }
        let long = self.0.iter().filter(|named| named.text.chars().count() >= SHORTEST);
        found.extend(long.filter(|named| stands_in(text, &named.text)).map(reference));
        found.into_iter().collect()
    }

    /// The policies that a custom event runs; the event itself where there are none, because a policy for it can come.
    fn event(&self, event: &str) -> Vec<Reference> {
        let is_variable = event.contains('$');
        let runs = |named: &&Named| named.kind == "policy" && named.text == event;
        let found: Vec<Reference> = self.0.iter().filter(runs).map(reference).collect();
        if !found.is_empty() || is_variable {
            return found;
        }
        vec![Reference {
            role: Role::NamedInText,
            kind: EVENT,
            id: None,
            name: event.to_owned(),
            strength: Strength::Text,
        }]
    }

    fn policy(&self, id: &str) -> Option<Reference> {
        let id = ObjectId::parse(id).filter(|id| matches!(id, ObjectId::Number(_)))?;
        let named = self.0.iter().find(|named| named.kind == "policy" && named.id == id);
        let name = named.map(|named| named.name.clone()).unwrap_or_default();
        Some(Reference {
            role: Role::NamedInText,
            kind: "policy",
            id: Some(id),
            name,
            strength: Strength::Text,
        })
    }
}

fn reference(named: &Named) -> Reference {
    Reference {
        role: Role::NamedInText,
        kind: named.kind,
        id: Some(named.id.clone()),
        name: named.name.clone(),
        strength: Strength::Text,
    }
}

/// Whether a name stands in a text by itself, and not as a part of a longer word.
fn stands_in(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || ['-', '_'].contains(&c);
    text.match_indices(name).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}
