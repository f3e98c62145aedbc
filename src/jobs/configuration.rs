//! The configuration of the tenant as the fleet knows it, for the work of one call.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Instant;

use jamf_pro_tools::Checked;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Work, question};
use crate::error::Error;
use crate::fleet::access::{FleetReader, Patience};
use crate::fleet::background::WAIT;
use crate::fleet::groups::GroupKind;
use crate::fleet::parts::{Class, Part};
use crate::fleet::readiness::Readiness;
use crate::fleet::scope::{Entry, EntryKind};
use crate::fleet::view::{Needs, View};

/// Criteria can ask for parts that nothing else needs, so that a view is read again when they are loaded; so many times at most.
const ROUNDS: usize = 4;

impl Work<'_> {
    /// Everything that has a scope, groups with their criteria, and who refers to whom: the lists of what there is are read anew, unless the
    /// work takes older ones, and each object is as old as its age says. Read once for the work.
    ///
    /// # Errors
    /// When the fleet is off, fails, or is not loaded in time; it goes on loading then. What the tenant does not answer is no error: it
    /// is unknown in the view.
    pub(crate) async fn configuration(&self) -> Result<&View, Error> {
        self.configuration.get_or_try_init(|| Box::pin(self.read_configuration())).await
    }

    /// What a question needs of the fleet, as old as the call allows, for a job that reports. The answer of the call where it is still
    /// loaded when the call has waited long enough.
    ///
    /// # Errors
    /// When the fleet is off or fails. What the tenant does not answer is no error: it is unknown in the view.
    pub(super) async fn view(
        &self,
        needs: &Needs,
        arguments: &Checked,
    ) -> Result<Result<View, Value>, Error> {
        let fleet = self.call.fleets.of(self.tenant).await?.ok_or_else(question::is_off)?;
        let (patience, began, watch) =
            (Patience::of(arguments, question::WAIT), Instant::now(), self.call.watch());
        let statuses = self.reader.get().map(FleetReader::statuses).unwrap_or_default();
        let mut ready: BTreeSet<&str> = statuses.iter().map(|status| status.part.name).collect();
        for _ in 0..ROUNDS {
            let own = needs.clone();
            let view = fleet.store().run(move |store| View::read(store, &own)).await?;
            let parts: Vec<&'static Part> =
                view.parts().into_iter().filter(|part| !ready.contains(part.name)).collect();
            if parts.is_empty() {
                self.meet_people(&view);
                return Ok(Ok(view));
            }
            ready.extend(parts.iter().map(|part| part.name));
            let wait = patience.wait.saturating_sub(began.elapsed());
            if let Readiness::NotYet(progress) = fleet.ready(&parts, patience.max_age, wait, &watch).await? {
                return Ok(Err(patience.not_yet(&progress)));
            }
        }
        Err(Error::internal("the parts of the fleet that a view rests on do not end"))
    }

    /// Whether what was worked out may rest on lists that were read earlier.
    pub(crate) fn rests_on_earlier_lists(&self) -> bool {
        let Some(view) = self.configuration.get().filter(|_| !self.list_age.is_zero()) else { return false };
        let of_configuration = view.rests_on().filter(|status| status.part.class == Class::Configuration);
        let mut tried = of_configuration.flat_map(|status| &status.sources).map(|source| &source.tried_at);
        let moment = |tried: &Option<String>| tried.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        tried.any(|tried| moment(tried).is_none_or(|at| at < self.began))
    }

    /// Whether it was asked for in vain because the fleet is off.
    pub(crate) fn lacks_fleet(&self) -> bool {
        self.lacks_fleet.load(Ordering::Relaxed)
    }

    /// When the oldest of it was read, to the minute; `None` where nobody asked for it.
    pub(crate) fn configuration_as_of(&self) -> Option<String> {
        let statuses = self.configuration.get()?.rests_on();
        let of_configuration = statuses.filter(|status| status.part.class == Class::Configuration);
        let oldest = of_configuration.filter_map(|status| status.as_of()).min()?;
        // `2026-11-29T07:41:11Z`
        Some(format!("{} UTC", oldest.get(..16)?.replace('T', " ")))
    }

    async fn read_configuration(&self) -> Result<View, Error> {
        let Some(fleet) = self.call.fleets.of(self.tenant).await? else {
            self.lacks_fleet.store(true, Ordering::Relaxed);
            return Err(Error::operator(
                "what this would reach cannot be worked out: the fleet is off (`fleet.storage` is `off`)",
            )
            .hint("set `fleet.storage` to `memory` or `disk`"));
        };
        let watch = self.call.watch();
        let mut ready: BTreeSet<&str> = BTreeSet::new();
        for _ in 0..ROUNDS {
            let view = fleet.store().run(|store| View::read(store, &needs())).await?;
            let parts: Vec<&'static Part> =
                view.parts().into_iter().filter(|part| !ready.contains(part.name)).collect();
            if parts.is_empty() {
                self.meet_people(&view);
                return Ok(view);
            }
            ready.extend(parts.iter().map(|part| part.name));
            let (configuration, others): (Vec<_>, Vec<_>) =
                parts.into_iter().partition(|part| part.class == Class::Configuration);
            let (lists, rest) = tokio::try_join!(
                fleet.ready_listed(&configuration, self.list_age, WAIT, &watch),
                fleet.ready(&others, None, WAIT, &watch),
            )?;
            for readiness in [lists, rest] {
                if let Readiness::NotYet(progress) = readiness {
                    return Err(Error::unreachable(format!(
                        "what this would reach is not known yet: {progress}"
                    )));
                }
            }
        }
        Err(Error::internal("the parts of the fleet that a view rests on do not end"))
    }

    /// Who is named in a scope is named in no sentence of the answer.
    fn meet_people(&self, view: &View) {
        let Some(privacy) = self.privacy() else { return };
        let is_person = |entry: &&Entry| matches!(entry.kind, EntryKind::User | EntryKind::DirectoryUser);
        let entries = view.objects().flat_map(|object| &object.deployment.scope.entries).filter(is_person);
        let names: Vec<Value> = entries.map(|entry| json!({ "name": entry.name })).collect();
        privacy.meet("/JSSResource/policies/id/{id}", &json!({ "scope": { "jss_users": names } }));
    }
}

/// What the effect of a call can depend on.
fn needs() -> Needs {
    let groups = Needs::default().groups(GroupKind::Computer).groups(GroupKind::MobileDevice);
    groups.scopes().references_of(REFERRING)
}

/// Kinds of objects that bring something to devices by what they refer to, or have a text that can call policies.
const REFERRING: &[&str] = &[
    "policy",
    "macos_profile",
    "mobile_profile",
    "mac_app",
    "mobile_device_app",
    "app_installer",
    "ebook",
    "restricted_software",
    "patch_policy",
    "patch_title",
    "computer_prestage",
    "mobile_device_prestage",
    "volume_purchasing_assignment",
    "volume_purchasing_invitation",
    "computer_group",
    "mobile_device_group",
    "user_group",
    "class",
    "script",
    "computer_extension_attribute",
];
