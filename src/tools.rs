//! What a client can call: an action of the catalogue, a job that makes several calls and answers one question, or one of the
//! server's own tools.
//!
//! Everything that lists, allows, describes or starts a tool speaks of a [`Tool`]; only `calls` tells the kinds apart.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use jamf_pro_tools::check::nearest;
use jamf_pro_tools::{Action, Catalogue, Checked, Method, Problems, Risk};
use serde_json::{Map, Value};

use crate::jobs::{self, Job};
use crate::own::{self, Own};

/// Something that can be called by its name.
#[derive(Debug, Clone, Copy)]
pub enum Tool {
    /// One operation of Jamf Pro.
    Action(&'static Action),
    /// Several calls behind one question.
    Job(&'static Job),
    /// Something of the server itself.
    Own(&'static Own),
}

static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| {
    let mut tools: Vec<Tool> = Catalogue::get().actions().map(Tool::Action).collect();
    tools.extend(jobs::JOBS.iter().map(Tool::Job));
    tools.extend(own::OWN.iter().map(Tool::Own));
    tools.sort_by_key(|tool| tool.name());
    tools
});

impl Tool {
    /// Every tool, sorted by name.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TOOLS.iter().copied()
    }

    /// The tool of this name, or the one that had it before.
    pub fn find(name: &str) -> Option<Self> {
        match TOOLS.binary_search_by_key(&name, |tool| tool.name()) {
            Ok(at) => TOOLS.get(at).copied(),
            Err(_) => Catalogue::get().find(name).map(Self::Action),
        }
    }

    /// The name that is most like this one, when any is.
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, TOOLS.iter().map(|tool| tool.name()))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Action(action) => action.name,
            Self::Job(job) => job.name,
            Self::Own(own) => own.name,
        }
    }

    /// What it is for.
    pub fn about(self) -> &'static str {
        match self {
            Self::Action(action) => action.about,
            Self::Job(job) => job.about,
            Self::Own(own) => own.about,
        }
    }

    /// Title for people.
    pub fn title(self) -> String {
        jamf_pro_tools::title(self.name())
    }

    /// The most that a call can do.
    pub fn risk(self) -> Risk {
        match self {
            Self::Action(action) => action.risk,
            Self::Job(job) => job.risk,
            Self::Own(own) => own.risk,
        }
    }

    /// The least that a call can do; the gate judges each between this and [`Tool::risk`].
    pub fn least(self) -> Risk {
        match self {
            Self::Action(action) => action.at_least.unwrap_or(action.risk),
            Self::Job(job) => job.least(),
            Self::Own(own) => own.risk,
        }
    }

    /// The classes that a call can be of: its least and its most, or those of the tools that it stands for.
    pub fn risks(self) -> Vec<Risk> {
        match self {
            Self::Own(own) if !own.classes.is_empty() => own.classes.to_vec(),
            Self::Own(own) => own.passes_on().map_or_else(|| vec![own.risk], <[Risk]>::to_vec),
            Self::Action(_) | Self::Job(_) if self.least() == self.risk() => vec![self.risk()],
            Self::Action(_) | Self::Job(_) => vec![self.least(), self.risk()],
        }
    }

    /// Reads or changes a tenant, which its caller names where there are several.
    pub fn is_of_tenant(self) -> bool {
        match self {
            Self::Action(_) | Self::Job(_) => true,
            // The call that it passes on names its tenant itself.
            Self::Own(own) => own.of_tenant,
        }
    }

    /// Belongs to the default toolset.
    pub fn is_core(self) -> bool {
        match self {
            Self::Action(action) => action.core,
            Self::Job(job) => job.core,
            Self::Own(own) => own.core,
        }
    }

    /// The toolset and the resource file that it belongs to.
    pub fn family(self) -> (&'static str, &'static str) {
        match self {
            Self::Action(action) => {
                Catalogue::get().family(action).map_or(("", ""), |family| (family.toolset, family.name))
            }
            Self::Job(job) => (job.toolset, jobs::FAMILY),
            Self::Own(_) => (own::FAMILY, own::FAMILY),
        }
    }

    /// The privileges that it takes; of a job those of every action that it may call.
    pub fn privileges(self) -> Vec<&'static str> {
        match self {
            Self::Action(action) => action.all_privileges().collect(),
            Self::Job(job) => {
                job.actions().flat_map(Action::all_privileges).collect::<BTreeSet<_>>().into_iter().collect()
            }
            Self::Own(_) => Vec::new(),
        }
    }

    /// Some of its privileges were worked out and are not Jamf's word.
    pub fn privileges_are_worked_out(self) -> bool {
        let of = |action: &Action| action.privileges_worked_out || !action.also_needs.is_empty();
        match self {
            Self::Action(action) => of(action),
            Self::Job(job) => job.actions().any(of),
            Self::Own(_) => false,
        }
    }

    /// The schema that callers are shown and that [`Tool::check`] enforces.
    pub fn input_schema(self) -> Arc<Map<String, Value>> {
        match self {
            Self::Action(action) => action.input_schema(),
            Self::Job(job) => job.input_schema(),
            Self::Own(own) => own.input_schema(),
        }
    }

    /// Check arguments against the schema.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn check(self, arguments: Map<String, Value>) -> Result<Checked, Problems> {
        match self {
            Self::Action(action) => action.check(arguments),
            Self::Job(_) | Self::Own(_) => Checked::new(&self.input_schema(), arguments),
        }
    }

    /// Changes nothing, whatever it reveals.
    pub fn only_reads(self) -> bool {
        match self {
            Self::Action(action) => {
                action.risk == Risk::Read || (action.risk == Risk::Secret && action.method == Method::Get)
            }
            Self::Job(_) | Self::Own(_) => self.risk() == Risk::Read,
        }
    }

    /// A second call with the same arguments changes nothing more.
    pub fn is_idempotent(self) -> bool {
        match self {
            Self::Action(action) => {
                self.only_reads() || matches!(action.method, Method::Put | Method::Delete)
            }
            // Jobs say what is to be, not what is to be added.
            Self::Job(_) => true,
            Self::Own(own) => own.risk == Risk::Read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_found_by_its_own_name() {
        let names: BTreeSet<&str> = Tool::all().map(Tool::name).collect();
        assert_eq!(names.len(), Tool::all().len(), "names are unique over actions and jobs");
        for tool in Tool::all() {
            assert_eq!(Tool::find(tool.name()).map(Tool::name), Some(tool.name()));
            assert!(
                !tool.privileges().is_empty()
                    || matches!(tool, Tool::Action(action) if action.needs_no_privilege)
                    || matches!(tool, Tool::Own(_))
            );
        }
        assert!(Tool::find("no_such_tool").is_none());
        assert_eq!(Tool::nearest("devicefind"), Some("device_find"));
    }
}
