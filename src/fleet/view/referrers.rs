//! Who refers to an object: by what Jamf keeps, and by texts that have its name.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;

use super::coverage::Coverage;
use super::{ObjectKey, Referring, ScopedObject, View};
use crate::error::Error;
use crate::fleet::known::{Known, Reasons};
use crate::fleet::parts::PARTS;
use crate::fleet::references::{
    Graph, NEVER_READ, Named, Names, PATCH_TITLE, Reference, Referrer, Role, Strength, Use, has_scope,
    kind_of,
};
use crate::fleet::scope::Affected;
use crate::fleet::store::Snapshot;

/// What refers to an object.
#[derive(Debug, Default)]
pub struct Referrers<'a> {
    /// Objects that refer to it, directly or through groups that build on it, each with its role.
    pub exact: Vec<Use<'a>>,
    /// Objects with a text that has its name, or that calls it. The name can mean something else.
    pub texts: Vec<(&'a Referrer, Reference)>,
    /// Why there may be more of them.
    pub unread: Option<Reasons>,
}

impl Referrers<'_> {
    /// What can refer to objects and is in no API, so that it is never read.
    pub fn never_read(&self) -> &'static [&'static str] {
        NEVER_READ
    }
}

/// All references, and the texts that can name objects.
#[derive(Debug, Default)]
pub(super) struct References {
    graph: Graph,
    referring: Option<Referring>,
    texts: Vec<(Referrer, String)>,
    /// Texts by which objects are named: by kind and id.
    names: BTreeMap<(&'static str, ObjectId), Vec<String>>,
}

/// Tables with texts: the kind of what has the text, and a statement for its id, its name and the text.
const TEXTS: &[(&str, &str)] = &[
    ("script", "SELECT id, name, text FROM scripts WHERE text IS NOT NULL"),
    ("policy", "SELECT id, name, command FROM policies WHERE command IS NOT NULL"),
    (
        "computer_extension_attribute",
        "SELECT id, name, text FROM extension_attributes WHERE kind = 'computer' AND text IS NOT NULL",
    ),
    (
        "macos_profile",
        "SELECT profile_id, (SELECT name FROM profiles WHERE profiles.id = profile_id AND profiles.kind = 'macos_profile'),
             group_concat(value, char(10)) FROM profile_settings WHERE kind = 'macos_profile' GROUP BY profile_id",
    ),
    (
        "mobile_profile",
        "SELECT profile_id, (SELECT name FROM profiles WHERE profiles.id = profile_id AND profiles.kind = 'mobile_profile'),
             group_concat(value, char(10)) FROM profile_settings WHERE kind = 'mobile_profile' GROUP BY profile_id",
    ),
];

/// Texts by which objects are named besides their names: the kind, and a statement for the id and the text.
const NAMES: &[(&str, &str)] = &[
    ("policy", "SELECT id, custom_event FROM policies WHERE custom_event IS NOT NULL"),
    ("package", "SELECT id, file_name FROM packages WHERE file_name IS NOT NULL"),
];

impl References {
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        coverage: &mut Coverage,
        referring: Referring,
    ) -> Result<Self, Error> {
        let sources = referring_sources().filter(|(_, kind)| referring.has(kind));
        sources.for_each(|(source, _)| coverage.rest_on(source));
        let mut objects: BTreeMap<(&'static str, ObjectId), Referrer> = BTreeMap::new();
        let sql = "SELECT from_kind, from_id, from_name, to_kind, to_id, to_name, role, strength FROM object_references ORDER BY rowid";
        snapshot.each(sql, &[], |row| {
            let word = |at: usize| row.text(at).as_deref().and_then(kind_of);
            let id = |at: usize| row.text(at).as_deref().and_then(ObjectId::parse);
            let (Some(kind), Some(from), Some(to)) = (word(0), id(1), word(3)) else { return };
            let role = row.text(6).as_deref().and_then(Role::of_words);
            let strength = row.text(7).as_deref().and_then(Strength::of_word);
            let Some((role, strength)) = role.zip(strength).filter(|_| referring.has(kind)) else { return };
            let object = objects.entry((kind, from.clone())).or_insert_with(|| Referrer {
                kind,
                id: from,
                name: row.owned(2),
                references: Vec::new(),
            });
            // Calls in texts are found with the names that objects have now.
            if role != Role::NamedInText {
                object.references.push(Reference { role, kind: to, id: id(4), name: row.owned(5), strength });
            }
        })?;
        let mut texts = Vec::new();
        for (kind, sql) in TEXTS.iter().filter(|(kind, _)| referring.has(kind)) {
            snapshot.each(sql, &[], |row| {
                let Some(id) = row.text(0).as_deref().and_then(ObjectId::parse) else { return };
                let object = Referrer { kind, id, name: row.owned(1), references: Vec::new() };
                texts.push((object, row.owned(2)));
            })?;
        }
        let mut names = BTreeMap::<_, Vec<String>>::new();
        for (kind, sql) in NAMES {
            snapshot.each(sql, &[], |row| {
                let Some(id) = row.text(0).as_deref().and_then(ObjectId::parse) else { return };
                names.entry((*kind, id)).or_default().push(row.owned(1));
            })?;
        }
        let graph = Graph::new(objects.into_values());
        Ok(Self { graph, referring: Some(referring), texts, names })
    }
}

/// The sources of objects that refer to others, each with the kind of its objects.
fn referring_sources() -> impl Iterator<Item = (&'static str, &'static str)> {
    let sources = PARTS.iter().flat_map(|part| part.sources);
    sources.filter_map(|source| Some((source.name, source.referrer?)))
}

impl View {
    /// What refers to an object, by its id and its name: directly, and through groups that build on it. An object of an unknown kind
    /// has nothing that refers to it.
    pub fn referring_to(&self, kind: &str, id: &ObjectId, name: &str) -> Referrers<'_> {
        let unread =
            self.unread_referrers(&|kind| self.references.referring.is_some_and(|all| all.has(kind)));
        let Some(kind) = kind_of(kind) else { return Referrers { unread, ..Referrers::default() } };
        let exact = self.references.graph.uses(kind, id, name);
        Referrers { exact, texts: self.texts_with(kind, id, name), unread }
    }

    /// The objects whose texts name each of some objects, in their order, read once for all of them: kind, id and name. What an object has
    /// of itself in its text counts for nothing.
    pub fn named_in_texts(&self, objects: &[(&'static str, ObjectId, &str)]) -> Vec<Vec<&Referrer>> {
        let mut places: BTreeMap<(&str, &ObjectId), usize> = BTreeMap::new();
        let mut named = Vec::new();
        for (at, (kind, id, name)) in objects.iter().enumerate() {
            places.insert((kind, id), at);
            named.extend(self.texts_of(kind, id, name));
        }
        let names = Names::new(named);
        let mut found = vec![Vec::new(); objects.len()];
        for (object, text) in &self.references.texts {
            let mut by: BTreeSet<usize> = BTreeSet::new();
            for reference in names.in_text(text) {
                let Some(id) = reference.id.as_ref() else { continue };
                let is_itself = object.kind == reference.kind && object.id == *id;
                by.extend(places.get(&(reference.kind, id)).filter(|_| !is_itself));
            }
            for at in by {
                if let Some(own) = found.get_mut(at) {
                    own.push(object);
                }
            }
        }
        found
    }

    /// The texts by which an object is named in others.
    fn texts_of(&self, kind: &'static str, id: &ObjectId, name: &str) -> Vec<Named> {
        let own = self.references.names.get(&(kind, id.clone())).into_iter().flatten();
        // A policy is called by its event or its id; its name is a sentence for people.
        let called = (kind != "policy").then_some(name);
        let texts = own.map(String::as_str).chain(called);
        texts
            .map(|text| Named { kind, id: id.clone(), name: name.to_owned(), text: text.to_owned() })
            .collect()
    }

    /// What calls a custom event in a text: a script, a command of a policy, an extension attribute or a profile, each with its kind and name.
    pub fn callers_of_event(&self, event: &str) -> Vec<(&'static str, &str)> {
        let policy =
            Named { kind: "policy", id: ObjectId::Number(0), name: String::new(), text: event.to_owned() };
        let (id, names) = (policy.id.clone(), Names::new([policy]));
        let is_called = |text: &str| {
            names.in_text(text).iter().any(|one| one.kind == "policy" && one.id.as_ref() == Some(&id))
        };
        let texts = self.references.texts.iter().filter(|(_, text)| is_called(text));
        texts.map(|(object, _)| (object.kind, object.name.as_str())).collect()
    }

    /// The devices that an object comes to, or matters for, through whatever refers to it: a package through the policies and the PreStage
    /// enrollments that install it and through the patch policies of its title, a building through the scopes that name it. What only
    /// files it, such as a category, counts for nothing. Unknown where something that can lead to devices could not be read.
    pub fn devices_through(&self, kind: &str, id: &ObjectId, name: &str) -> Known<Affected> {
        let leads = |kind: &str| has_scope(kind) || kind.ends_with("_group") || kind == PATCH_TITLE;
        if let Some(reasons) = self.unread_referrers(&leads) {
            return Known::Unknown(reasons);
        }
        let mut objects: BTreeMap<ObjectKey, &ScopedObject> = BTreeMap::new();
        let mut waiting: Vec<(&str, &ObjectId, &str)> = vec![(kind, id, name)];
        let mut seen = BTreeSet::new();
        while let Some((kind, id, name)) = waiting.pop() {
            let Some(kind) = kind_of(kind).filter(|kind| seen.insert((*kind, id))) else { continue };
            let uses = self.references.graph.uses(kind, id, name).into_iter();
            for one in uses.filter(|one| one.reference.role != Role::BelongsTo) {
                if one.by.kind == PATCH_TITLE {
                    waiting.push((PATCH_TITLE, &one.by.id, &one.by.name));
                } else if has_scope(one.by.kind) {
                    match self.object(one.by.kind, &one.by.id) {
                        Known::Known(object) => {
                            objects.insert((object.kind, object.id.clone()), object);
                        }
                        Known::Unknown(reasons) => return Known::Unknown(reasons),
                    }
                }
            }
        }
        let objects: Vec<&ScopedObject> = objects.into_values().collect();
        self.devices_in_scopes(&objects)
    }

    /// Why there may be more of these kinds that refer to objects.
    pub fn unread_references_of(&self, kinds: &[&str]) -> Option<Reasons> {
        self.unread_referrers(&|kind| kinds.contains(&kind))
    }

    fn unread_referrers(&self, is_wanted: &dyn Fn(&str) -> bool) -> Option<Reasons> {
        let sources = referring_sources().filter(|(_, kind)| is_wanted(kind));
        let gaps = sources.filter_map(|(source, _)| self.coverage.whole(source).reasons().cloned());
        gaps.reduce(Reasons::and)
    }

    /// The texts that name an object or call it.
    fn texts_with(&self, kind: &'static str, id: &ObjectId, name: &str) -> Vec<(&Referrer, Reference)> {
        let names = Names::new(self.texts_of(kind, id, name));
        let mut found = Vec::new();
        for (object, text) in &self.references.texts {
            if object.kind == kind && object.id == *id {
                continue;
            }
            let in_text = names.in_text(text).into_iter();
            let is_it = |one: &Reference| one.kind == kind && one.id.as_ref() == Some(id);
            found.extend(in_text.filter(is_it).map(|reference| (object, reference)));
        }
        found
    }
}
