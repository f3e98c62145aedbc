//! Which actions are about the same objects: the read of what a call changes, the read that shows what it left behind, the creation
//! of what it deletes. Where an action declares nothing else, its path says it.

use crate::action::{Action, Answer, Api, Method, Risk, Rows};
use crate::catalogue::Catalogue;
use crate::classic;

/// What a call does to the object that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It reads, or answers with a test or an export.
    Read,
    /// It creates an object.
    Create,
    /// It changes an object, or replaces it.
    Change,
    /// It deletes an object, or several.
    Delete,
    /// It does something with an object that stays as it is: a command, a retry, a recalculation.
    Act,
}

/// The end of a path that deletes several objects by their ids.
const SEVERAL: &str = "/delete-multiple";

impl Action {
    /// It deletes the objects that its body names by their ids.
    pub fn deletes_several(&self) -> bool {
        self.method == Method::Post && self.path.ends_with(SEVERAL)
    }

    /// What a call does to its object, by method and path.
    pub fn effect(&self) -> Effect {
        match self.method {
            Method::Get => Effect::Read,
            Method::Put | Method::Patch => Effect::Change,
            Method::Delete => Effect::Delete,
            Method::Post if self.deletes_several() => Effect::Delete,
            Method::Post if self.is_creation() => Effect::Create,
            Method::Post => Effect::Act,
        }
    }

    /// Whether there is an action on one object below the path that this one sends to.
    fn is_creation(&self) -> bool {
        if self.creates {
            return true;
        }
        let of_one = |other: &Action| {
            let below = other.path.strip_prefix(self.path).and_then(|rest| rest.strip_prefix('/'));
            below.is_some_and(|key| key.starts_with('{') && key.ends_with('}') && !key.contains('/'))
        };
        self.path.ends_with("/0") || Catalogue::get().actions().any(of_one)
    }
}

impl Catalogue {
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
        let several = || action.path.strip_suffix(SEVERAL).map(|base| format!("{base}/{{id}}"));
        let ends = || action.path.rmatch_indices('/').filter_map(|(at, _)| action.path.get(..at));
        self.object_at(action.path)
            .or_else(|| several().and_then(|path| self.object_at(&path)))
            .or_else(|| ends().filter(|part| part.contains('{')).find_map(|part| self.object_at(part)))
    }

    /// The read of the Classic API that shows what a write left behind, and by which of its paths.
    pub fn read_after(&self, action: &Action) -> Option<(&'static Action, &'static str)> {
        let family = action.path.split('/').nth(2).filter(|_| action.api() == Api::Classic)?;
        let own = match action.path.strip_suffix("/0") {
            Some(path) => format!("{path}/{{id}}"),
            None => action.path.to_owned(),
        };
        let by_id = format!("/JSSResource/{family}/id/{{id}}");
        let reads = |path: &str| {
            let actions = self.actions().chain(classic::READERS);
            let actions = actions.filter(|action| action.method == Method::Get);
            let mut found = actions.flat_map(|action| action.paths().map(move |known| (action, known)));
            found.find(|(_, known)| *known == path)
        };
        reads(&own).or_else(|| reads(&by_id))
    }

    /// The read that shows whether a write was done whose outcome is unknown: the declared one, else the read at the longest part of
    /// the path that has any, else the first list of the resource file.
    pub fn settled_by(&self, action: &Action) -> Option<&'static Action> {
        let is_read = |read: &Action| {
            read.method == Method::Get && read.risk == Risk::Read && read.answer == Answer::Json
        };
        let ends = action.path.rmatch_indices('/').filter_map(|(at, _)| action.path.get(..at));
        let mut parts = std::iter::once(action.path).chain(ends);
        let at_path = |path: &str| self.actions().find(|read| is_read(read) && read.path == path);
        let of_family = || {
            let mut actions = self.family(action)?.actions.iter();
            actions.find(|read| is_read(read) && read.rows != Rows::None)
        };
        let declared = action.read_by.or(action.reads_before).and_then(|name| self.find(name));
        declared.or_else(|| parts.find_map(at_path)).or_else(of_family)
    }

    /// The action that creates anew what another one deletes; `None` where several could have created it.
    pub fn created_by(&self, delete: &Action) -> Option<&'static Action> {
        if let Some(declared) = delete.created_by {
            return self.find(declared);
        }
        let keyed = delete.path.rsplit_once('/').filter(|(_, key)| key.starts_with('{'));
        let base = keyed.map_or(delete.path, |(base, _)| base);
        let of_classic = format!("{base}/0");
        let is_at = |path: &str| path == base || path == of_classic;
        let sends = |action: &&Action| action.method == Method::Post && is_at(action.path);
        let mut all = self.actions().filter(sends);
        // What has no key is a setting, which the same path creates.
        let found = all.next().filter(|action| keyed.is_none() || action.effect() == Effect::Create);
        found.filter(|_| all.next().is_none())
    }

    /// For an action that deletes several objects by their ids, the one that deletes one of them.
    pub fn deletes_one(&self, several: &Action) -> Option<&'static Action> {
        let base = several.path.strip_suffix(SEVERAL).filter(|_| several.deletes_several())?;
        let is_of_one = |action: &&Action| {
            let key = action.path.strip_prefix(base).and_then(|rest| rest.strip_prefix("/{"));
            action.method == Method::Delete && key.is_some_and(|key| !key.contains('/'))
        };
        self.actions().find(is_of_one)
    }

    /// The list whose rows an export writes into a file.
    pub fn list_of(&self, export: &Action) -> Option<&'static Action> {
        let lists = |action: &&Action| action.method == Method::Get && action.rows != Rows::None;
        let declared = export.read_by.and_then(|name| self.find(name));
        let base = || export.path.strip_suffix("/export");
        let at_base = || base().and_then(|base| self.actions().find(|list| list.path == base && lists(list)));
        declared.or_else(at_base).filter(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> &'static Action {
        Catalogue::get().find(name).unwrap()
    }

    fn names(found: Option<&'static Action>) -> Option<&'static str> {
        found.map(|action| action.name)
    }

    /// Names say what paths and declarations say.
    #[test]
    fn what_an_action_does_to_its_object_fits_its_name() {
        for action in Catalogue::get().actions().filter(|action| action.method == Method::Post) {
            // A secret of an API client, a panel, an attachment and a session are parts of another object.
            let is_part = action.path.contains('}') && !action.creates;
            let named = action.name.ends_with("_create");
            let is_singleton =
                Catalogue::get().read_before(action).is_some_and(|get| get.path == action.path);
            assert!(
                !named || action.effect() == Effect::Create || is_part || is_singleton,
                "{} {:?}",
                action.name,
                action.effect()
            );
            let several = action.name.ends_with("_several") || action.name.ends_with("_scope_remove");
            assert_eq!(several, action.effect() == Effect::Delete, "{}", action.name);
        }
        assert_eq!(find("patch_policy_create").effect(), Effect::Create);
        assert_eq!(find("app_installer_deployment_version_update").effect(), Effect::Act);
        assert_eq!(find("device_lock").effect(), Effect::Act);
    }

    #[test]
    fn a_read_settles_what_a_write_did() {
        let settled = |name: &str| names(Catalogue::get().settled_by(find(name)));
        assert_eq!(settled("building_create"), Some("building_list"));
        assert_eq!(settled("building_update"), Some("building_get"));
        assert_eq!(settled("building_delete_several"), Some("building_list"));
        assert_eq!(settled("policy_create"), Some("policy_list"));
        assert_eq!(settled("site_create"), Some("site_list"));
        assert_eq!(settled("device_lock"), Some("mdm_command_list"));
        assert_eq!(settled("mdm_command_flush_group"), Some("mdm_command_list"));
        assert_eq!(settled("computer_prestage_scope_add"), Some("computer_prestage_scope_get"));
    }

    #[test]
    fn what_is_deleted_is_created_by_one_action() {
        let created = |name: &str| names(Catalogue::get().created_by(find(name)));
        assert_eq!(created("building_delete"), Some("building_create"));
        assert_eq!(created("policy_delete"), Some("policy_create"));
        assert_eq!(created("account_group_delete"), Some("account_group_create"));
        assert_eq!(created("patch_policy_delete"), Some("patch_policy_create"));
        assert_eq!(created("cloud_distribution_point_delete"), Some("cloud_distribution_point_create"));
        // A group of users may have been a smart or a static one.
        assert_eq!(created("user_group_delete"), None);
    }

    #[test]
    fn what_goes_for_several_objects_goes_for_one() {
        for action in Catalogue::get().actions().filter(|action| action.name.ends_with("_delete_several")) {
            let one = action.name.strip_suffix("_several").and_then(|name| Catalogue::get().find(name));
            assert_eq!(names(Catalogue::get().deletes_one(action)), names(one), "{}", action.name);
        }
        let lists = |name: &str| names(Catalogue::get().list_of(find(name)));
        assert_eq!(lists("building_export"), Some("building_list"));
        assert_eq!(lists("patch_title_report_export"), Some("patch_title_report_list"));
    }

    #[test]
    fn declared_reads_are_there() {
        for action in Catalogue::get().actions() {
            for name in [action.reads_before, action.read_by, action.created_by].into_iter().flatten() {
                assert_eq!(find(name).name, name, "{}", action.name);
            }
        }
    }
}
