//! Who refers to an object: directly, or through groups whose criteria ask for it. The main type is [`Graph`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jamf_pro_tools::object_id::ObjectId;

use super::{Reference, Role};

/// An object with what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    /// Its kind, such as `policy`.
    pub kind: &'static str,
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// One way in which an object refers to the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use<'a> {
    /// The object that refers.
    pub by: &'a Referrer,
    /// How it does.
    pub reference: &'a Reference,
    /// The group by which it does, where it does not refer to the object itself.
    pub through: Option<&'a Referrer>,
}

/// Objects of a tenant, to be asked which of them refer to one.
#[derive(Debug, Default)]
pub struct Graph {
    objects: Vec<Referrer>,
    /// Places of referring objects by what they refer to: by id, and by name in lower case where they say no id.
    by_id: BTreeMap<(&'static str, ObjectId), Vec<(usize, usize)>>,
    by_name: BTreeMap<(&'static str, String), Vec<(usize, usize)>>,
}

impl Graph {
    /// Index objects.
    pub fn new(objects: impl IntoIterator<Item = Referrer>) -> Self {
        let mut graph = Self { objects: objects.into_iter().collect(), ..Self::default() };
        for (at, object) in graph.objects.iter().enumerate() {
            for (place, reference) in object.references.iter().enumerate() {
                let index = match &reference.id {
                    Some(id) => graph.by_id.entry((reference.kind, id.clone())).or_default(),
                    None => graph.by_name.entry((reference.kind, reference.name.to_lowercase())).or_default(),
                };
                index.push((at, place));
            }
        }
        graph
    }

    /// The objects that refer to one, each with how it does. A criterion of a group leads on to what refers to that group; each group is
    /// followed once, so that circles end.
    pub fn uses(&self, kind: &'static str, id: &ObjectId, name: &str) -> Vec<Use<'_>> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([(kind, id.clone())]);
        let mut waiting: VecDeque<(Option<&Referrer>, &'static str, &ObjectId, &str)> =
            VecDeque::from([(None, kind, id, name)]);
        while let Some((through, kind, id, name)) = waiting.pop_front() {
            for (by, reference) in self.referring(kind, id, name) {
                found.push(Use { by, reference, through });
                let is_group = by.kind.ends_with("_group") && reference.role == Role::Criterion;
                if is_group && seen.insert((by.kind, by.id.clone())) {
                    waiting.push_back((Some(by), by.kind, &by.id, &by.name));
                }
            }
        }
        found
    }

    fn referring(&self, kind: &'static str, id: &ObjectId, name: &str) -> Vec<(&Referrer, &Reference)> {
        let by_id = self.by_id.get(&(kind, id.clone())).into_iter().flatten();
        let by_name = self.by_name.get(&(kind, name.to_lowercase())).into_iter().flatten();
        let pair = |(at, place): &(usize, usize)| {
            let object = self.objects.get(*at)?;
            Some((object, object.references.get(*place)?))
        };
        by_id.chain(by_name.filter(|_| !name.is_empty())).filter_map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fleet::references::{Names, of_object};

    fn id(number: u64) -> ObjectId {
        ObjectId::Number(number)
    }

    fn object(kind: &'static str, number: u64, name: &str, value: &Value) -> Referrer {
        let references = of_object(kind, value, &Names::default());
        Referrer { kind, id: id(number), name: name.to_owned(), references }
    }

    fn group(number: u64, name: &str, asks_for: &str) -> Referrer {
        let criteria = json!({ "criteria": [{ "name": "Computer Group", "searchType": "member of", "value": asks_for }] });
        object("computer_group", number, name, &criteria)
    }

    fn policy(number: u64, group: u64) -> Referrer {
        let scope = json!({ "scope": { "computer_groups": [{ "id": group, "name": "x" }] } });
        object("policy", number, "Policy", &scope)
    }

    fn uses_of(graph: &Graph, number: u64, name: &str) -> Vec<String> {
        let uses = graph.uses("computer_group", &id(number), name);
        let told = uses.iter().map(|one| {
            let through = one.through.map(|group| format!(" through {}", group.name)).unwrap_or_default();
            format!("{} {} {}{through}", one.by.kind, one.by.id, one.reference.role.words())
        });
        told.collect()
    }

    #[test]
    fn groups_lead_on_to_what_refers_to_them() {
        let graph = Graph::new([
            group(2, "Wide", "pilot"),
            group(3, "Wider", "Wide"),
            policy(12, 1),
            policy(13, 3),
            policy(14, 9),
        ]);
        assert_eq!(
            uses_of(&graph, 1, "Pilot"),
            [
                "policy 12 target",
                "computer_group 2 criterion",
                "computer_group 3 criterion through Wide",
                "policy 13 target through Wider",
            ]
        );
        assert_eq!(uses_of(&graph, 3, "Wider"), ["policy 13 target"]);
        assert_eq!(uses_of(&graph, 7, "x"), [""; 0], "an id is compared before a name");
    }

    #[test]
    fn circles_end() {
        let graph = Graph::new([group(1, "A", "B"), group(2, "B", "A"), policy(12, 2)]);
        assert_eq!(
            uses_of(&graph, 1, "A"),
            [
                "computer_group 2 criterion",
                "policy 12 target through B",
                "computer_group 1 criterion through B"
            ]
        );
    }
}
