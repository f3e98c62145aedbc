//! All actions, by name.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::{Map, Value};

use crate::TOOLSETS;
use crate::action::Action;
use crate::schema::{self, CompiledSchema};

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
    compiled: OnceLock<CompiledSchema>,
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
    /// The one catalogue. What a call takes is worked out at the first call.
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

    /// The name that is most like this one, when any is.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        crate::check::nearest(name, self.entries.keys().copied())
    }
}

impl Action {
    /// What a call of it takes; made once for the actions of the catalogue.
    pub(crate) fn compiled_schema(&self) -> CompiledSchema {
        match CATALOGUE.entries.get(self.name) {
            Some(entry) if std::ptr::eq(entry.action, self) => {
                entry.compiled.get_or_init(|| schema::compile(self)).clone()
            }
            _ => schema::compile(self),
        }
    }

    /// The schema that callers are shown and that [`Action::check`] enforces. It is made anew each time: most actions are shown and never
    /// called, and who shows them keeps what is shown.
    pub fn input_schema(&self) -> Map<String, Value> {
        schema::published(self)
    }

    /// The same schema with the rules that fields keep among each other, as `x-…` keys: what [`Action::check`] enforces.
    pub fn checked_schema(&self) -> Arc<Map<String, Value>> {
        self.compiled_schema().checked
    }
}
