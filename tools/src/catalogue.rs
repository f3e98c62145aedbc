//! All actions, by name.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::{Map, Value};

use crate::TOOLSETS;
use crate::action::{Action, Answer, Method, Risk, Rows};
use crate::schema::{self, Compiled};

/// The actions of one resource file.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Name of the resource file.
    pub name: &'static str,
    /// Toolset that its actions belong to.
    pub toolset: &'static str,
    /// The actions, in the order of the file.
    pub actions: &'static [Action],
}

#[derive(Debug)]
struct Entry {
    action: &'static Action,
    family: &'static Family,
    compiled: OnceLock<Compiled>,
}

/// Every action that the binary knows.
#[derive(Debug)]
pub struct Catalogue {
    entries: BTreeMap<&'static str, Entry>,
    aliases: BTreeMap<&'static str, &'static str>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue { entries: BTreeMap::new(), aliases: BTreeMap::new() };
    for family in TOOLSETS {
        for action in family.actions {
            for alias in action.aliases {
                catalogue.aliases.insert(alias, action.name);
            }
            catalogue.entries.insert(action.name, Entry { action, family, compiled: OnceLock::new() });
        }
    }
    catalogue
});

impl Catalogue {
    /// The one catalogue. Schemas are made when they are first asked for.
    pub fn get() -> &'static Self {
        &CATALOGUE
    }

    /// All actions, sorted by name.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = &'static Action> + '_ {
        self.entries.values().map(|entry| entry.action)
    }

    /// The action of this name, or the one that had it before.
    pub fn find(&self, name: &str) -> Option<&'static Action> {
        let name = self.aliases.get(name).copied().unwrap_or(name);
        self.entries.get(name).map(|entry| entry.action)
    }

    /// The resource file that an action is declared in; `None` for an action that is not of this catalogue.
    pub fn family(&self, action: &Action) -> Option<&'static Family> {
        self.entries.get(action.name).map(|entry| entry.family)
    }

    /// The action that reads one object at this path, as it is now.
    fn object_at(&self, path: &str) -> Option<&'static Action> {
        let is_read = |other: &&Action| {
            other.method == Method::Get
                && other.path == path
                && other.risk == Risk::Read
                && other.answer == Answer::Json
                && other.rows == Rows::None
        };
        self.actions().find(is_read)
    }

    /// The action that reads what a call of another one changes, deletes or acts on, before the call is made: the declared one,
    /// else the read at the same path, else (for several objects at once) the read of one of them, else the read at the longest
    /// part of the path that has any.
    pub fn read_before(&self, action: &Action) -> Option<&'static Action> {
        if let Some(declared) = action.reads_before {
            return self.find(declared);
        }
        let several = || action.path.strip_suffix("/delete-multiple").map(|base| format!("{base}/{{id}}"));
        let ends = || action.path.rmatch_indices('/').filter_map(|(at, _)| action.path.get(..at));
        self.object_at(action.path)
            .or_else(|| several().and_then(|path| self.object_at(&path)))
            .or_else(|| ends().filter(|part| part.contains('{')).find_map(|part| self.object_at(part)))
    }

    /// The name that is most like this one, when any is.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        crate::check::nearest(name, self.entries.keys().copied())
    }
}

impl Action {
    /// Its schemas; made once for the actions of the catalogue.
    pub(crate) fn compiled(&self) -> Compiled {
        match CATALOGUE.entries.get(self.name) {
            Some(entry) if std::ptr::eq(entry.action, self) => {
                entry.compiled.get_or_init(|| schema::compile(self)).clone()
            }
            _ => schema::compile(self),
        }
    }

    /// The schema that callers are shown and that [`Action::check`] enforces.
    pub fn input_schema(&self) -> Arc<Map<String, Value>> {
        self.compiled().published
    }

    /// The same schema with the rules that fields keep among each other, as `x-…` keys: what [`Action::check`] enforces.
    pub fn checked_schema(&self) -> Arc<Map<String, Value>> {
        self.compiled().checked
    }
}
