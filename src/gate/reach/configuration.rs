//! What a tenant has configured, as plans show it: what has a scope, what refers to what, which smart groups there are. All of it comes
//! from the fleet, where each object is as old as its age says.

use std::collections::BTreeSet;

use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

use crate::fleet::groups::{Criterion, GroupKind, in_order};
use crate::fleet::known::{Known, Reasons};
use crate::fleet::references;
use crate::fleet::scope::{Entry, Role};
use crate::fleet::view::{GroupRow, ScopedObject, View};
use crate::gate::fleet::Kind;
use crate::plan::Reference;
use crate::sanitize::text;

/// What a smart group is called where it refers to another.
pub(super) const SMART_GROUP: &str = "smart group";

/// Longest name in a plan, in characters.
const NAME: usize = 80;

/// How plans call the kinds of objects.
const NOUNS: &[(&str, &str)] = &[
    ("policy", "policy"),
    ("macos_profile", "profile"),
    ("mobile_profile", "profile"),
    ("mac_app", "app"),
    ("mobile_device_app", "app"),
    ("app_installer", "app installer deployment"),
    ("ebook", "book"),
    ("restricted_software", "restricted software title"),
    ("patch_policy", "patch policy"),
    ("patch_title", "patch title"),
    ("computer_prestage", "PreStage enrollment"),
    ("mobile_device_prestage", "PreStage enrollment"),
    ("volume_purchasing_assignment", "license assignment"),
    ("volume_purchasing_invitation", "license invitation"),
    ("computer_group", SMART_GROUP),
    ("mobile_device_group", SMART_GROUP),
    ("user_group", "smart user group"),
    ("class", "class"),
];

/// How plans call a kind of objects.
pub(super) fn noun(kind: &str) -> &str {
    NOUNS.iter().find(|(own, _)| *own == kind).map_or(kind, |(_, noun)| noun)
}

/// How plans call the role of an entry of a scope.
fn word(role: Role) -> &'static str {
    match role {
        Role::Target => "scope",
        Role::Limitation => "limitation",
        Role::Exclusion => "exclusion",
    }
}

/// How plans call the role of a reference.
fn word_of(role: references::Role) -> &'static str {
    match role {
        references::Role::InScope(role) => word(role),
        references::Role::EnrollsWith => "names it",
        role => role.words(),
    }
}

/// A reference by an object, as plans show it.
pub(super) fn reference(kind: &str, id: &ObjectId, name: &str, how: &str) -> Reference {
    Reference {
        kind: noun(kind).to_owned(),
        id: id.to_string(),
        name: text::clean(name).chars().take(NAME).collect(),
        how: how.to_owned(),
    }
}

/// A reference by a group.
pub(super) fn reference_by_group(group: &GroupRow, how: &str) -> Reference {
    reference(group_kind(group.kind), &group.id, &group.name, how)
}

/// The kind of groups of a kind, as references call it.
pub(super) fn group_kind(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Computer => "computer_group",
        GroupKind::MobileDevice => "mobile_device_group",
        GroupKind::User => "user_group",
    }
}

/// What has a scope and can come to devices of a kind.
pub(super) fn objects<'v>(view: &'v View, kind: &Kind) -> impl Iterator<Item = &'v ScopedObject> {
    let kind = kind.groups_of;
    view.objects().filter(move |object| object.devices().contains(&kind))
}

/// The references of objects by entries of their scopes, one an object and role.
pub(super) fn references_by<'v>(
    objects: impl Iterator<Item = &'v ScopedObject>,
    is_named: impl Fn(&Entry) -> bool,
) -> Vec<Reference> {
    let mut found = Vec::new();
    for object in objects {
        let entries = object.deployment.scope.entries.iter().filter(|entry| is_named(entry));
        let roles: BTreeSet<Role> = entries.map(|entry| entry.role).collect();
        found.extend(
            roles.into_iter().map(|role| reference(object.kind, &object.id, &object.name, word(role))),
        );
    }
    found
}

/// The id of nothing, for what is known by its name alone: Jamf writes 0 for none.
pub(super) const NO_ID: ObjectId = ObjectId::Number(0);

/// What else refers to an object, directly or through groups that build on it.
pub(super) fn referring(view: &View, kind: &str, id: &ObjectId, name: &str) -> Vec<Reference> {
    let uses = view.referring_to(kind, id, name).exact.into_iter();
    // A group in a circle refers to itself through the others.
    let others = uses.filter(|one| one.by.kind != kind || one.by.id != *id);
    others.map(|one| reference(one.by.kind, &one.by.id, &one.by.name, word_of(one.reference.role))).collect()
}

/// The objects of one kind with a scope that refer to an object.
pub(super) fn scoped_users<'v>(
    view: &'v View,
    by_kind: &'static str,
    kind: &str,
    id: &ObjectId,
) -> Vec<&'v ScopedObject> {
    let uses = view.referring_to(kind, id, "").exact.into_iter();
    let by: BTreeSet<&ObjectId> = uses.filter(|one| one.by.kind == by_kind).map(|one| &one.by.id).collect();
    view.objects().filter(|object| object.kind == by_kind && by.contains(&object.id)).collect()
}

/// The smart groups of a kind.
pub(super) fn smart_groups(view: &View, kind: GroupKind) -> impl Iterator<Item = &GroupRow> {
    view.groups(kind).filter(|group| group.is_smart)
}

/// Whether the criteria of a group ask for any of these; of criteria that are not known that counts as true.
pub(super) fn asks_for_any(group: &GroupRow, names: &[&str]) -> bool {
    let Known::Known(criteria) = &group.criteria else { return true };
    let is_named =
        |one: &Criterion| names.iter().any(|name| !name.is_empty() && name.eq_ignore_ascii_case(&one.name));
    criteria.iter().any(is_named)
}

/// What could not be read of what has a scope.
pub(super) fn unread(view: &View) -> Vec<String> {
    texts(view.unread_objects().as_ref())
}

/// Reasons, one text each.
pub(super) fn texts(reasons: Option<&Reasons>) -> Vec<String> {
    reasons.into_iter().flat_map(Reasons::iter).map(str::to_owned).collect()
}

/// Criteria as a call gives them, in the order in which Jamf Pro takes them. `None` where that is anybody's guess.
pub(in crate::gate) fn criteria_in_order(criteria: &[Value]) -> Option<Vec<&Value>> {
    let read: Vec<Criterion> = criteria.iter().map(Criterion::read).collect();
    let place = |one: &Criterion| read.iter().position(|own| std::ptr::eq(own, one));
    in_order(&read)?.into_iter().map(|one| criteria.get(place(one)?)).collect()
}
