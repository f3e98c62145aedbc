//! Projection while parsing: the wanted fields of each row, straight from the bytes of a page.
//!
//! A page of a few thousand computers is megabytes of JSON of which a reader wants a few fields. Building a tree of it costs
//! ten times the time and fifty times the memory of walking it once, so nothing here builds one: wanted names are a trie,
//! everything else is skipped where it stands, and scalars are copied as they were written, so that no number loses a digit.

mod cursor;
mod emit;
mod page;

use crate::digest_key::DigestKey;
use cursor::Cursor;
use emit::Emit;
pub use page::{Page, Sink, page};

/// Which fields of a row are wanted, and which must never be shown.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    root: Node,
    every: bool,
    hidden: Vec<HiddenField>,
    paths: Vec<String>,
    /// (path on the wire, name to answer with)
    renamed: Vec<(String, String)>,
    /// Digests stand in the place of what is hidden.
    digests: Option<DigestKey>,
}

/// A field that must never be shown.
#[derive(Debug, Clone)]
struct HiddenField {
    /// The dotted path that its place ends with; `None` where it is hidden anywhere.
    parent: Option<String>,
    name: String,
}

impl HiddenField {
    /// By a bare name or a dotted path.
    fn of(field: &str) -> Self {
        match field.rsplit_once('.') {
            Some((parent, name)) => Self { parent: Some(parent.to_owned()), name: name.to_owned() },
            None => Self { parent: None, name: field.to_owned() },
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Node {
    /// Name on the wire.
    name: String,
    /// Name to answer with.
    shown: String,
    /// The same as a key of JSON, with its colon.
    key: String,
    /// Index among the wanted paths, for the end of one.
    leaf: Option<usize>,
    children: Vec<Node>,
    /// The lengths that names of children have, a bit each: most names that are not wanted have another one.
    lengths: u64,
}

/// What was found of the wanted fields over many rows.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    present: Vec<bool>,
    /// Wanted top-level objects: (name, was ever something other than null).
    sections: Vec<(String, bool)>,
}

impl Tally {
    fn note_section(&mut self, shown: &str) {
        if let Some((_, seen)) = self.sections.iter_mut().find(|(name, _)| name == shown) {
            *seen = true;
        }
    }
}

impl Projection {
    /// The fields in `wanted` (dotted paths; a path into an array applies to each element; none, or `*`, means every
    /// field), without those in `hidden` (dotted paths, or bare names that are hidden anywhere). `renamed` is (name now,
    /// name then) for tenants that answer with the older name.
    pub fn new(wanted: &[&str], hidden: &[&str], renamed: &[(&str, &str)]) -> Self {
        let mut projection = Self {
            every: wanted.is_empty() || wanted.contains(&"*"),
            hidden: hidden.iter().map(|field| HiddenField::of(field)).collect(),
            renamed: renamed
                .iter()
                .map(|(now, then)| ((*then).to_owned(), now.rsplit('.').next().unwrap_or(now).to_owned()))
                .collect(),
            ..Self::default()
        };
        if !projection.every {
            for (index, path) in wanted.iter().enumerate() {
                let then = renamed.iter().find(|(now, _)| now == path).map_or(*path, |(_, then)| *then);
                projection.root.insert(then, path, index);
                projection.paths.push((*path).to_owned());
            }
        }
        projection
    }

    /// All fields as they are on the wire, with digests in the place of those in `hidden`.
    pub(crate) fn with_digests(hidden: &[&str], key: &DigestKey) -> Self {
        Self { digests: Some(key.clone()), ..Self::new(&[], hidden, &[]) }
    }

    /// An empty tally for this projection.
    pub fn tally(&self) -> Tally {
        let sections =
            self.root.children.iter().filter(|child| child.leaf.is_none() || !child.children.is_empty());
        Tally {
            present: vec![false; self.paths.len()],
            sections: sections.map(|child| (child.shown.clone(), false)).collect(),
        }
    }

    /// Wanted fields that no row had.
    pub fn absent(&self, tally: &Tally) -> Vec<String> {
        self.paths
            .iter()
            .zip(&tally.present)
            .filter(|(path, present)| {
                let section = path.split('.').next().unwrap_or_default();
                let null = tally.sections.iter().any(|(name, seen)| name == section && !seen);
                !**present && !null
            })
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// Wanted top-level objects that were null, or missing, in every row.
    pub fn null_sections(&self, tally: &Tally) -> Vec<String> {
        tally.sections.iter().filter(|(_, seen)| !seen).map(|(name, _)| name.clone()).collect()
    }

    /// Project one JSON value.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn object(&self, body: &[u8], tally: &mut Tally) -> Result<String, serde_json::Error> {
        let mut out = String::with_capacity(body.len().min(64 * 1024));
        let mut cursor = Cursor::of(body)?;
        Emit::new(self, &mut out, tally).row(&mut cursor)?;
        cursor.end()?;
        Ok(out)
    }

    /// The name to answer with of a field of an object that is wanted whole.
    fn name_of<'n>(&'n self, path: &str, name: &'n str) -> &'n str {
        let renamed = self.renamed.iter().find(|(then, _)| match then.rsplit_once('.') {
            Some((parent, last)) => parent == path && last == name,
            None => path.is_empty() && then == name,
        });
        renamed.map_or(name, |(_, now)| now)
    }

    fn hides(&self, path: &str, name: &str) -> bool {
        !self.hidden.is_empty()
            && self.hidden.iter().any(|hidden| {
                hidden.name.eq_ignore_ascii_case(name)
                    && hidden.parent.as_ref().is_none_or(|parent| ends_with(path, parent))
            })
    }
}

/// Whether a dotted path is this one, or ends with it: rows are wrapped in some answers.
fn ends_with(path: &str, end: &str) -> bool {
    let Some(start) = path.len().checked_sub(end.len()) else { return false };
    path.get(start..).is_some_and(|last| last.eq_ignore_ascii_case(end))
        && (start == 0 || path.get(..start).is_some_and(|before| before.ends_with('.')))
}

/// The bit of a name's length; names of 63 bytes and more share one.
fn length_bit(name: &str) -> u64 {
    1 << name.len().min(63)
}

impl Node {
    /// The child of this name on the wire.
    fn child(&self, name: &str) -> Option<&Self> {
        let possible = self.lengths & length_bit(name) != 0;
        possible.then(|| self.children.iter().find(|child| child.name == name)).flatten()
    }

    fn insert(&mut self, wire: &str, shown: &str, index: usize) {
        let (name, below) = wire.split_once('.').map_or((wire, None), |(name, below)| (name, Some(below)));
        let (shown, shown_below) = shown.split_once('.').map_or((shown, ""), |(name, below)| (name, below));
        let at = self.children.iter().position(|child| child.name == name).unwrap_or_else(|| {
            self.children.push(Node {
                name: name.to_owned(),
                shown: shown.to_owned(),
                key: format!("{}:", serde_json::Value::from(shown)),
                ..Node::default()
            });
            self.children.len() - 1
        });
        self.lengths |= length_bit(name);
        let Some(child) = self.children.get_mut(at) else { return };
        match below {
            Some(below) => child.insert(below, shown_below, index),
            None => child.leaf = Some(index),
        }
    }
}

impl Node {
    /// Note that the field is there, and which of the fields below it are, where they are wanted besides the whole.
    fn note_presence(&self, raw: &str, tally: &mut Tally) {
        if let Some(seen) = self.leaf.and_then(|index| tally.present.get_mut(index)) {
            *seen = true;
        }
        if self.children.iter().any(|child| !child.is_present(tally))
            && let Ok(value) = serde_json::from_str(raw)
        {
            self.note_below(&value, tally);
        }
    }

    fn is_present(&self, tally: &Tally) -> bool {
        self.leaf.is_none_or(|index| tally.present.get(index).is_some_and(|seen| *seen))
            && self.children.iter().all(|child| child.is_present(tally))
    }

    fn note_below(&self, value: &serde_json::Value, tally: &mut Tally) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| self.note_below(item, tally)),
            serde_json::Value::Object(fields) => {
                for (child, value) in
                    self.children.iter().filter_map(|child| Some((child, fields.get(&child.name)?)))
                {
                    if let Some(seen) = child.leaf.and_then(|index| tally.present.get_mut(index)) {
                        *seen = true;
                    }
                    child.note_below(value, tally);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn project(wanted: &[&str], hidden: &[&str], value: &Value) -> Value {
        let projection = Projection::new(wanted, hidden, &[]);
        let pretty = serde_json::to_vec_pretty(value).unwrap();
        serde_json::from_str(&projection.object(&pretty, &mut projection.tally()).unwrap()).unwrap()
    }

    #[test]
    fn wanted_fields_are_kept_in_their_places() {
        let row = json!({
            "id": "1", "general": { "name": "a", "site": { "id": "-1", "name": "None" } }, "hardware": null,
            "applications": [{ "name": "x", "version": "1" }, { "name": "y", "version": "2" }]
        });
        assert_eq!(
            project(&["id", "general.name", "applications.name", "hardware.model"], &[], &row),
            json!({ "id": "1", "general": { "name": "a" }, "hardware": null, "applications": [{ "name": "x" }, { "name": "y" }] })
        );
        assert_eq!(
            project(&["general.site"], &[], &row),
            json!({ "general": { "site": { "id": "-1", "name": "None" } } })
        );
        assert_eq!(project(&[], &[], &row), row);
        assert_eq!(project(&["*"], &[], &row), row);
    }

    #[test]
    fn hidden_fields_are_gone_wherever_they_stand() {
        let row = json!({
            "general": { "airPlayPassword": "p", "name": "a" }, "ios": { "unlockToken": "t" }, "AIRPLAYPASSWORD": 1,
            "list": [{ "deep": { "airplaypassword": "q", "unlockToken": "kept" } }]
        });
        assert_eq!(
            project(&[], &["airPlayPassword", "ios.unlockToken"], &row),
            json!({ "general": { "name": "a" }, "ios": {}, "list": [{ "deep": { "unlockToken": "kept" } }] })
        );
        assert_eq!(
            project(&["general.airPlayPassword", "general.name"], &["airPlayPassword"], &row),
            json!({ "general": { "name": "a" } })
        );
    }

    #[test]
    fn a_digest_stands_in_the_place_of_what_is_hidden() {
        let key = DigestKey::new([1; 32]);
        let projection = Projection::with_digests(&["password", "general.payloads"], &key);
        let digested = |row: &Value| -> Value {
            let text = projection.object(row.to_string().as_bytes(), &mut projection.tally()).unwrap();
            serde_json::from_str(&text).unwrap()
        };
        let row = |password: &str| {
            json!({
                "name": "a", "password": password, "list": [{ "Password": null, "port": 1.5 }],
                "results": [{ "general": { "payloads": { "pin": 1 } } }], "payloads": "shown"
            })
        };
        let (one, other) = (digested(&row("first")), digested(&row("second")));
        assert!(one["password"].as_str().unwrap().starts_with("digest:"), "{one}");
        assert!(one["results"][0]["general"]["payloads"].is_string(), "{one}");
        assert_ne!(one["password"], other["password"]);
        assert_eq!(one["results"], other["results"]);
        let rest = json!([one["name"], one["list"], one["payloads"]]);
        assert_eq!(rest, json!(["a", [{ "Password": null, "port": 1.5 }], "shown"]));
    }

    #[test]
    fn numbers_keep_every_digit() {
        let body = br#"{"n": 123456789012345678901234567890123456789, "f": 1.10, "e": 1e400}"#;
        let projection = Projection::new(&[], &[], &[]);
        assert_eq!(
            projection.object(body, &mut projection.tally()).unwrap(),
            r#"{"n":123456789012345678901234567890123456789,"f":1.10,"e":1e400}"#
        );
    }

    #[test]
    fn older_names_are_answered_as_the_new_ones() {
        let projection = Projection::new(
            &["general.lastCheckIn"],
            &[],
            &[("general.lastCheckIn", "general.lastContactTime")],
        );
        let body = br#"{"general":{"lastContactTime":"t","name":"x"}}"#;
        assert_eq!(
            projection.object(body, &mut projection.tally()).unwrap(),
            r#"{"general":{"lastCheckIn":"t"}}"#
        );
        for wanted in [&["*"][..], &["general"]] {
            let whole = Projection::new(wanted, &[], &[("general.lastCheckIn", "general.lastContactTime")]);
            assert_eq!(
                whole.object(body, &mut whole.tally()).unwrap(),
                r#"{"general":{"lastCheckIn":"t","name":"x"}}"#
            );
        }
    }

    #[test]
    fn a_field_of_an_object_that_is_wanted_whole_is_there() {
        let projection = Projection::new(
            &["general.name", "general", "general.nme", "hardware", "hardware.model"],
            &[],
            &[],
        );
        let mut tally = projection.tally();
        let row = r#"{"general":{"name":"x"},"hardware":null}"#;
        assert_eq!(projection.object(row.as_bytes(), &mut tally).unwrap(), row);
        assert_eq!(projection.absent(&tally), ["general.nme"]);
        assert_eq!(projection.null_sections(&tally), ["hardware"]);
    }

    #[test]
    fn what_was_not_there_is_told() {
        let projection = Projection::new(&["id", "general.name", "general.nme", "hardware.model"], &[], &[]);
        let mut tally = projection.tally();
        projection.object(br#"{"id":1,"general":{"name":"x"},"hardware":null}"#, &mut tally).unwrap();
        assert_eq!(projection.absent(&tally), ["general.nme"]);
        assert_eq!(projection.null_sections(&tally), ["hardware"]);
    }

    fn rows(body: &str, wanted: &[&str], most: usize) -> (Page, Vec<String>, Vec<Option<String>>) {
        let projection = Projection::new(wanted, &[], &[]);
        let (mut rows, mut ids) = (Vec::new(), Vec::new());
        let mut sink = |row: &str, id: Option<&str>| {
            rows.push(row.to_owned());
            ids.push(id.map(str::to_owned));
            rows.len() < most
        };
        let page = page(body.as_bytes(), &projection, &mut projection.tally(), &mut sink).unwrap();
        (page, rows, ids)
    }

    #[test]
    fn lists_are_found_in_every_form() {
        let (found, taken, ids) = rows(
            r#"{"totalCount": 9, "results": [{"id":"1","n":1},{"id":"2","n":2}], "other": [1]}"#,
            &["n"],
            9,
        );
        assert_eq!(found, Page { total: Some(9), rows: 2, has_rows: true });
        assert_eq!(taken, [r#"{"n":1}"#, r#"{"n":2}"#]);
        assert_eq!(ids, [Some("\"1\"".to_owned()), Some("\"2\"".to_owned())]);
        let (found, taken, ids) = rows(r#"{"size":1,"policies":[{"id":7,"name":"x"}]}"#, &["id"], 9);
        assert_eq!((found.rows, taken, ids), (1, vec![r#"{"id":7}"#.to_owned()], vec![Some("7".to_owned())]));
        assert_eq!(rows("[1,2,3]", &[], 9).1, ["1", "2", "3"]);
        assert_eq!(rows("[1,2,3]", &[], 2).0, Page { total: None, rows: 3, has_rows: true });
        assert!(!rows(r#"{"message":"x"}"#, &[], 9).0.has_rows);
        let sites_first = r#"{"sites":[],"results":[{"id":"1"}],"totalCount":1}"#;
        assert_eq!(rows(sites_first, &[], 9).0, Page { total: Some(1), rows: 1, has_rows: true });
        assert!(
            !rows(r#"{"errors":[],"warnings":[]}"#, &[], 9).0.has_rows,
            "which is the list is not guessed"
        );
    }

    #[test]
    fn a_body_cut_off_is_an_error() {
        let projection = Projection::new(&[], &[], &[]);
        let mut sink = |_: &str, _: Option<&str>| true;
        for body in [r#"{"totalCount":2,"results":[{"id":"1"},{"i"#, "", "<html>", "[1,2", "[1] x"] {
            assert!(
                page(body.as_bytes(), &projection, &mut projection.tally(), &mut sink).is_err(),
                "{body}"
            );
        }
        assert!(projection.object("[".repeat(100_000).as_bytes(), &mut projection.tally()).is_err());
    }

    #[test]
    fn what_is_not_wanted_must_have_an_end_too() {
        let projection = Projection::new(&["a"], &[], &[]);
        let project = |body: &str| projection.object(body.as_bytes(), &mut projection.tally());
        for rest in [
            "",
            "}",
            "1",
            "\"b\"",
            "\"b\":",
            "\"b\":[}",
            "\"b\":{]}",
            "\"b\":\"}",
            "\"b\":\"\\\"}",
            "\"b\":[1}",
        ] {
            assert!(project(&format!(r#"{{"a":1,{rest}"#)).is_err(), "after the last that is wanted: {rest}");
            assert!(
                project(&format!(r#"{{{rest},"a":1}}"#)).is_err(),
                "before the first that is wanted: {rest}"
            );
        }
        let deep = |depth: usize| format!(r#"{{"b":{}{},"a":1}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(project(&deep(90)).unwrap(), r#"{"a":1}"#);
        assert!(project(&deep(200_000)).is_err());
        for value in [r#""\\""#, r#""\"}""#, r#""[{""#, "[[],{}]", r#"{"c":[{"d":"]"}]}"#, "-1.5e3", "null"] {
            let body = format!(r#"{{ "b" : {value} , "a" : 1 , "c" : {value} }}"#);
            assert_eq!(project(&body).unwrap(), r#"{"a":1}"#, "{value}");
        }
    }

    #[test]
    fn what_is_wanted_must_be_json() {
        let projection = Projection::new(&["a"], &[], &[]);
        let project = |body: &str| projection.object(body.as_bytes(), &mut projection.tally());
        for value in [
            "tru",
            "01",
            "1 2",
            "\"\\x\"",
            "{\"b\" 1}",
            "{\"b\":1,}",
            "{,}",
            "[1,]",
            "[,]",
            "[1 2]",
            "{1:2}",
            "'x'",
        ] {
            assert!(project(&format!(r#"{{"a":{value}}}"#)).is_err(), "{value}");
        }
        assert_eq!(project(r#"{"\u0061":"\u00fc"}"#).unwrap(), r#"{"a":"\u00fc"}"#, "a key is what it says");
    }

    #[test]
    fn a_row_has_its_id_wherever_it_stands() {
        let (_, taken, ids) =
            rows(r#"[{"n":1,"x":{"id":"9"},"id":"1"},{"id":null,"uuid":"u","n":2},{"n":3}]"#, &["n"], 9);
        assert_eq!(taken, [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#]);
        assert_eq!(ids, [Some("\"1\"".to_owned()), Some("\"u\"".to_owned()), None]);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[abc]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// The same by way of a tree.
    fn naive(value: &Value, paths: &[&str]) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| naive(item, paths)).collect(),
            Value::Object(map) => {
                let kept = map.iter().filter_map(|(key, value)| {
                    if paths.iter().any(|path| path == key) {
                        return Some((key.clone(), value.clone()));
                    }
                    let below: Vec<&str> = paths
                        .iter()
                        .filter_map(|path| path.strip_prefix(key.as_str())?.strip_prefix('.'))
                        .collect();
                    (!below.is_empty()).then(|| (key.clone(), naive(value, &below)))
                });
                Value::Object(kept.collect())
            }
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn it_does_what_a_tree_would(value in value(), paths in prop::collection::vec("[abc](\\.[abc]){0,2}", 1..4)) {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            prop_assert_eq!(project(&paths, &[], &value), naive(&value, &paths));
            prop_assert_eq!(project(&[], &[], &value), value);
        }

        #[test]
        fn rows_are_what_a_tree_has(values in prop::collection::vec(value(), 0..4), before in value(), after in value()) {
            let body = json!({ "totalCount": values.len(), "before": { "b": before }, "results": values, "z": { "a": after } });
            let (page, taken, _) = rows(&body.to_string(), &["a", "b.c"], usize::MAX);
            prop_assert_eq!(page, Page { total: Some(values.len() as u64), rows: values.len() as u64, has_rows: true });
            let taken: Vec<Value> = taken.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
            prop_assert_eq!(taken, values.iter().map(|row| naive(row, &["a", "b.c"])).collect::<Vec<_>>());
        }
    }
}
