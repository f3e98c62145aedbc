//! A call laid out for the wire: pure data, made from checked arguments, sent by somebody else.
//!
//! The caller's own JSON is laid out: names in the path go into the path, `body` into the body, the rest into the query.
//! Nothing is deserialized and serialized again, so nothing is lost on the way.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::action::{Action, Method, Rows, placeholders};
use crate::args::RESERVED;
use crate::check::{Checked, Problem, Problems};
use crate::contradictions;
use crate::devices;
use crate::rsql;
use crate::schema;
use crate::xml;

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Our vocabulary for paging, and the wire's.
const WIRE_NAMES: &[(&str, &str)] = &[("page_size", "page-size")];

/// What is to be sent. The path begins at the tenant's root, is percent-encoded and has exactly the segments of the
/// action's template; the query's values are not encoded yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The action it is a call of.
    pub action: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Percent-encoded path, such as `/api/v1/buildings/7`.
    pub path: String,
    /// The same call at the action's older paths, the newest first.
    pub older: Vec<OlderRequest>,
    /// Query pairs in order; a name may repeat.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// A call as a tenant takes it that is too old for the action's own path.
#[derive(Debug, Clone, PartialEq)]
pub struct OlderRequest {
    /// First version of Jamf Pro that has the path after this one.
    pub before: &'static str,
    /// The template, for telling which path was taken.
    pub template: &'static str,
    /// Percent-encoded path.
    pub path: String,
    /// Query pairs with the field names of that time.
    pub query: Vec<(String, String)>,
}

/// Body of a [`Request`].
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// `application/json`.
    Json(Value),
    /// `application/merge-patch+json`.
    MergePatch(Value),
    /// `application/xml`, a whole document.
    Xml(String),
    /// `multipart/form-data` with one file; `path` is the caller's own word and is not yet known to be allowed.
    Upload {
        /// Multipart field.
        field: &'static str,
        /// The file that the caller names.
        path: String,
    },
    /// One file that is the whole body; `path` is the caller's own word and is not yet known to be allowed.
    File {
        /// Its media type.
        media_type: &'static str,
        /// The file that the caller names.
        path: String,
    },
}

impl Action {
    /// The argument that names a local file to send.
    pub fn file_argument(&self) -> Option<&'static str> {
        self.upload.or(self.file_body).map(|(argument, _)| argument)
    }

    /// Lay checked arguments out as a request.
    ///
    /// # Errors
    /// When they cannot be sent as they are: no path fits the keys given, a value has no place in a path, the filter is
    /// malformed or asks about a hidden field, the body cannot be written.
    pub fn request(&self, arguments: &Checked) -> Result<Request, Problems> {
        let given = arguments.arguments();
        let mut problems = devices::unresolved_devices(self, arguments);
        let template = self.route(given).map_err(|problem| problems.push(problem)).ok();
        let path = template.and_then(|template| collect(fill(template, given), &mut problems));
        let query = collect(self.query(given), &mut problems);
        let body = collect(self.body(given), &mut problems);
        let (Some(path), Some(query), Some(body), true) = (path, query, body, problems.is_empty()) else {
            return Err(Problems(problems));
        };
        let mut older = Vec::new();
        for at in self.older() {
            let path = fill(at.path, given).map_err(Problems::from)?;
            older.push(OlderRequest {
                before: at.before,
                template: at.path,
                path,
                query: self.older_query(&query),
            });
        }
        Ok(Request { action: self.name, method: self.method, path, older, query, body })
    }

    /// The path whose placeholders are exactly the path arguments given.
    fn route(&self, given: &Map<String, Value>) -> Result<&'static str, Problem> {
        let mut keys: Vec<&str> =
            self.paths().flat_map(placeholders).filter(|key| given.contains_key(*key)).collect();
        keys.sort_unstable();
        keys.dedup();
        let fits = |path: &&str| {
            let mut wanted: Vec<&str> = placeholders(path).collect();
            wanted.sort_unstable();
            wanted == keys
        };
        self.paths().find(fits).ok_or_else(|| {
            let sets: Vec<String> =
                self.paths().map(|path| problem_text(&placeholders(path).collect::<Vec<_>>())).collect();
            let given = if keys.is_empty() { "nothing".to_owned() } else { problem_text(&keys) };
            Problem::new("", format!("give one of: {}; given: {given}", sets.join(", or ")))
        })
    }

    fn query(&self, given: &Map<String, Value>) -> Result<Vec<(String, String)>, Problem> {
        let keys: Vec<&str> = self.paths().flat_map(placeholders).collect();
        let upload = self.file_argument();
        let mut query = Vec::new();
        for (name, value) in given {
            let name = name.as_str();
            let ours = self.rows == Rows::Whole && matches!(name, "page" | "page_size");
            if ours
                || name == "body"
                || RESERVED.contains(&name)
                || keys.contains(&name)
                || upload == Some(name)
            {
                continue;
            }
            if name == "filter" {
                self.check_filter(value.as_str().unwrap_or_default())?;
            }
            let wire = WIRE_NAMES.iter().find(|(own, _)| *own == name).map_or(name, |(_, wire)| *wire);
            match value {
                // Jamf's document says that `sort` repeats; its servers and all clients join it by commas.
                Value::Array(items) if name == "sort" => {
                    items.iter().try_for_each(|item| self.check_sort(item))?;
                    let joined = items.iter().map(plain).collect::<Vec<_>>().join(",");
                    query.push((wire.to_owned(), joined));
                }
                Value::Array(items) => query.extend(items.iter().map(|item| (wire.to_owned(), plain(item)))),
                single => query.push((wire.to_owned(), plain(single))),
            }
        }
        Ok(query)
    }

    /// A filter that is not understood would come back as an empty list, and one on a hidden field would answer, row by
    /// row, what the field is hidden for.
    fn check_filter(&self, filter: &str) -> Result<(), Problem> {
        let expression = rsql::parse(filter).map_err(|error| {
            Problem::new("filter", error.to_string()).with_value(&Value::String(filter.to_owned()))
        })?;
        match expression.selectors().into_iter().find_map(|selector| self.hidden_field(selector)) {
            Some(field) => {
                Err(Problem::new("filter", format!("`{field}` is a secret and cannot be filtered on")))
            }
            None => Ok(()),
        }
    }

    /// The order of rows by a hidden field would answer what the field is hidden for.
    fn check_sort(&self, item: &Value) -> Result<(), Problem> {
        let fields = plain(item);
        let mut names = fields.split(',').map(|part| part.split(':').next().unwrap_or_default().trim());
        match names.find_map(|name| self.hidden_field(name)) {
            Some(field) => {
                Err(Problem::new("sort", format!("`{field}` is a secret and cannot be sorted by")))
            }
            None => Ok(()),
        }
    }

    /// The secret of the answer that a dotted path leads to, if it leads to one.
    pub fn hidden_field(&self, path: &str) -> Option<&'static str> {
        let part = |hidden: &str| path.split('.').any(|name| name.eq_ignore_ascii_case(hidden));
        let below = |hidden: &str| {
            path.get(..hidden.len()).is_some_and(|start| start.eq_ignore_ascii_case(hidden))
                && path.get(hidden.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.hides.iter().copied().find(|hidden| part(hidden) || below(hidden))
    }

    fn body(&self, given: &Map<String, Value>) -> Result<Body, Problem> {
        if let Some((argument, field)) = self.upload {
            let path = given.get(argument).and_then(Value::as_str).unwrap_or_default();
            return Ok(Body::Upload { field, path: path.to_owned() });
        }
        if let Some((argument, media_type)) = self.file_body {
            let path = given.get(argument).and_then(Value::as_str).unwrap_or_default();
            return Ok(Body::File { media_type, path: path.to_owned() });
        }
        if let Some(kind) = self.command {
            return command(kind, given).map(Body::Json);
        }
        let Some(body) = self.body_to_send(given)? else { return Ok(Body::Empty) };
        match self.xml {
            Some(root) => {
                contradictions::none_in(&body)?;
                xml::encode(root, &self.body_schema(), &body).map(Body::Xml)
            }
            None if self.merge_patch => Ok(Body::MergePatch(body)),
            None => Ok(Body::Json(body)),
        }
    }

    /// The body with the fields that are cleared as null; `None` when there is nothing to send.
    ///
    /// # Errors
    /// When a field is cleared that cannot be, or that the body sets.
    pub fn body_to_send(&self, given: &Map<String, Value>) -> Result<Option<Value>, Problem> {
        let mut body = given.get("body").cloned();
        if let Some(cleared) = given.get("clear").and_then(Value::as_array) {
            let known = schema::clearable(&self.compiled_schema().checked);
            let body = body.get_or_insert_with(|| Value::Object(Map::new()));
            for path in cleared.iter().filter_map(Value::as_str) {
                clear(body, path, &known)?;
            }
        }
        Ok(body)
    }

    /// The schema of the body, with what no caller may give and the names of elements; the order is that of the XML.
    pub fn body_schema(&self) -> Map<String, Value> {
        let internal = self.compiled_schema().internal;
        let schema = internal.get("properties").and_then(|properties| properties.get("body"));
        schema.and_then(Value::as_object).cloned().unwrap_or_default()
    }

    fn older_query(&self, query: &[(String, String)]) -> Vec<(String, String)> {
        let then = |field: &str| {
            self.renamed.iter().find(|(now, _)| *now == field).map_or(field, |(_, then)| *then).to_owned()
        };
        let renamed = |(name, value): &(String, String)| {
            let value = match name.as_str() {
                "filter" => rsql::parse(value)
                    .map_or_else(|_| value.clone(), |filter| filter.with_names(&then).to_string()),
                "sort" => {
                    let part = |part: &str| match part.split_once(':') {
                        Some((field, direction)) => format!("{}:{direction}", then(field)),
                        None => then(part),
                    };
                    value.split(',').map(part).collect::<Vec<_>>().join(",")
                }
                _ => value.clone(),
            };
            (name.clone(), value)
        };
        query.iter().map(renamed).collect()
    }
}

/// The body of `POST /v2/mdm/commands`.
fn command(kind: &str, given: &Map<String, Value>) -> Result<Value, Problem> {
    let devices = given.get("devices").and_then(Value::as_array).into_iter().flatten();
    let targets: Vec<Value> = devices.map(|id| json!({ "managementId": id })).collect();
    if targets.is_empty() {
        return Err(Problem::new("devices", "names no device"));
    }
    let mut data = Map::from_iter([("commandType".to_owned(), Value::from(kind))]);
    if let Some(Value::Object(body)) = given.get("body") {
        data.extend(body.clone());
    }
    Ok(json!({ "clientData": targets, "commandData": data }))
}

fn collect<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn problem_text(names: &[&str]) -> String {
    match names {
        [] => "none of the keys".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and "),
    }
}

/// Puts encoded values into a template. Whatever the values hold, the result has exactly the template's segments. A list
/// is joined by commas, as the Classic API takes one; an id is never a list.
fn fill(template: &str, given: &Map<String, Value>) -> Result<String, Problem> {
    let mut path = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        path.push_str(before);
        let value = match given.get(name) {
            Some(Value::Array(items)) => items.iter().map(plain).collect::<Vec<_>>().join(","),
            single => single.map(plain).unwrap_or_default(),
        };
        let refused = match value.as_str() {
            "" => Some("is empty"),
            "." | ".." => Some("means another path"),
            text if text.chars().any(char::is_control) => Some("has control characters"),
            _ => None,
        };
        if let Some(reason) = refused {
            let problem = Problem::new(name, format!("cannot be part of a path: it {reason}"));
            return Err(problem.with_value(&Value::String(value)));
        }
        path.extend(utf8_percent_encode(&value, ENCODED));
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

/// A scalar as the wire writes it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Sets the field at a path of the body to null, which clears it.
fn clear(body: &mut Value, path: &str, known: &[String]) -> Result<(), Problem> {
    if !known.iter().any(|field| field == path) {
        let nearest = crate::check::nearest(path, known.iter().map(String::as_str));
        let mut problem =
            Problem::new("clear", "names a field that cannot be cleared; paths begin with `body.`");
        problem.nearest = nearest.map(str::to_owned);
        return Err(problem.with_value(&Value::String(path.to_owned())));
    }
    let mut at = body;
    let mut names = path.split('.').skip(1).peekable();
    while let Some(name) = names.next() {
        let Some(map) = at.as_object_mut() else {
            return Err(Problem::new(
                "clear",
                format!("`{path}` lies inside something that the body already sets"),
            ));
        };
        if names.peek().is_none() {
            if map.get(name).is_some_and(|value| !value.is_null()) {
                return Err(Problem::new(
                    "clear",
                    format!("`{path}` is set in the body and cleared at once"),
                ));
            }
            map.insert(name.to_owned(), Value::Null);
            return Ok(());
        }
        at = map.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;
    use crate::action::{delete, get, patch};
    use crate::args::{Arguments, ById, List, Update};

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "read by its schema alone")]
    struct Place {
        /// Name.
        name: String,
        /// City.
        city: Option<String>,
        /// Address.
        address: Option<Address>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "read by its schema alone")]
    struct Address {
        /// Street.
        street: Option<String>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "read by its schema alone")]
    struct Key {
        /// Id.
        id: Option<String>,
        /// Name.
        name: Option<String>,
        /// Part.
        subset: Option<String>,
    }
    impl Arguments for Key {}

    fn request(action: &Action, arguments: Value) -> Result<Request, String> {
        let checked =
            action.check(arguments.as_object().unwrap().clone()).map_err(|problems| problems.to_string())?;
        action.request(&checked).map_err(|problems| problems.to_string())
    }

    const KEYED: Action = get::<Key>("thing_get", "/JSSResource/things/id/{id}")
        .also(&["/JSSResource/things/name/{name}", "/JSSResource/things/id/{id}/subset/{subset}"]);

    #[test]
    fn a_path_keeps_its_segments_whatever_is_put_into_it() {
        let path = |name: &str| request(&KEYED, json!({ "name": name })).map(|request| request.path);
        assert_eq!(path("../../v1/auth").unwrap(), "/JSSResource/things/name/..%2F..%2Fv1%2Fauth");
        assert_eq!(path("%2e%2e/x").unwrap(), "/JSSResource/things/name/%252e%252e%2Fx");
        assert_eq!(path("7?x=1#f").unwrap(), "/JSSResource/things/name/7%3Fx%3D1%23f");
        assert_eq!(path("7\\..\\x").unwrap(), "/JSSResource/things/name/7%5C..%5Cx");
        assert_eq!(path("a+b&c;é").unwrap(), "/JSSResource/things/name/a%2Bb%26c%3B%C3%A9");
        for refused in ["", ".", "..", "7\n8", "7\t8", "\u{7f}", "\u{85}"] {
            assert!(path(refused).unwrap_err().contains("cannot be part of a path"), "{refused:?}");
        }
    }

    #[test]
    fn digits_are_asked_for_where_ids_are() {
        let get = get::<ById>("building_get", "/api/v1/buildings/{id}");
        assert_eq!(request(&get, json!({ "id": 7 })).unwrap().path, "/api/v1/buildings/7");
        for bad in ["../../x", "1?y=z", "1,2,3", "-1", "1/", "%31"] {
            assert!(
                request(&get, json!({ "id": bad })).unwrap_err().contains("`id`: must be an id"),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_keys_given_choose_the_path() {
        let path = |arguments| request(&KEYED, arguments).map(|request| request.path);
        assert_eq!(path(json!({ "id": "7" })).unwrap(), "/JSSResource/things/id/7");
        assert_eq!(
            path(json!({ "id": "7", "subset": "General" })).unwrap(),
            "/JSSResource/things/id/7/subset/General"
        );
        let said = "- give one of: `id`, or `name`, or `id` and `subset`; given: ";
        assert_eq!(path(json!({})).unwrap_err(), format!("{said}nothing"));
        assert_eq!(path(json!({ "id": "7", "name": "x" })).unwrap_err(), format!("{said}`id` and `name`"));
        assert_eq!(path(json!({ "subset": "x" })).unwrap_err(), format!("{said}`subset`"));
    }

    #[test]
    fn lists_travel_in_the_words_of_the_wire() {
        let list = get::<List>("building_list", "/api/v1/buildings").filters(&["name"]);
        let arguments = json!({
            "page": 2, "page_size": 50, "sort": ["name:asc", "id:desc"], "filter": "name==\"a;b\"", "fields": ["id"],
            "format": "csv", "all": true
        });
        let query = request(&list, arguments).unwrap().query;
        let expected =
            [("page", "2"), ("page-size", "50"), ("sort", "name:asc,id:desc"), ("filter", "name==\"a;b\"")];
        assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn malformed_filters_and_filters_on_secrets_do_not_leave() {
        let list = get::<List>("device_list", "/api/v2/mobile-devices/detail").hides(&["airPlayPassword"]);
        assert!(request(&list, json!({ "filter": "name=x" })).unwrap_err().contains("`filter`"));
        let refused =
            request(&list, json!({ "filter": "(name==x,general.airplaypassword==a*)" })).unwrap_err();
        assert!(refused.contains("is a secret"), "{refused}");
    }

    #[test]
    fn fields_can_be_cleared() {
        let update = patch::<Update<Place>>("place_update", "/api/v1/places/{id}");
        let arguments =
            json!({ "id": "7", "body": { "name": "x" }, "clear": ["body.city", "body.address.street"] });
        let expected = json!({ "name": "x", "city": null, "address": { "street": null } });
        assert_eq!(request(&update, arguments).unwrap().body, Body::Json(expected));
        let twice = json!({ "id": "7", "body": { "name": "x", "city": "y" }, "clear": ["body.city"] });
        assert!(request(&update, twice).unwrap_err().contains("cleared at once"));
        let required = json!({ "id": "7", "body": { "name": "x" }, "clear": ["body.name"] });
        assert!(request(&update, required).unwrap_err().contains("cannot be cleared"));
    }

    #[test]
    fn older_paths_take_the_names_of_their_time() {
        let list = get::<List>("computer_list", "/api/v4/computers-inventory")
            .before(&[("11.30", "/api/v3/computers-inventory")])
            .renamed(&[("general.lastCheckIn", "general.lastContactTime")]);
        let arguments = json!({ "filter": "general.lastCheckIn<2026-01-01T00:00:00Z", "sort": ["general.lastCheckIn:desc"] });
        let request = request(&list, arguments).unwrap();
        let older = &request.older[0];
        assert_eq!((older.before, older.path.as_str()), ("11.30", "/api/v3/computers-inventory"));
        assert_eq!(older.query[1].1, "general.lastContactTime:desc");
        assert!(older.query[0].1.starts_with("general.lastContactTime<"), "{:?}", older.query);
    }

    #[test]
    fn a_delete_has_no_body() {
        let delete = delete::<ById>("building_delete", "/api/v1/buildings/{id}");
        assert_eq!(request(&delete, json!({ "id": "7" })).unwrap().body, Body::Empty);
    }
}
