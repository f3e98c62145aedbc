//! Reads a path that the tenant's own document knows and the catalogue does not yet: for tenants newer than this build.
//!
//! It does not bypass the catalogue. It can do nothing but GET; what a tool reads, and what is left out of the catalogue on
//! purpose, it refuses; so it does whatever looks like a secret, in the path as in the answer.

use jamf_pro_client::{FieldSelection, Reply};
use jamf_pro_tools::action::{Answer, get};
use jamf_pro_tools::args::Nothing;
use jamf_pro_tools::{Action, Body, Method, Request};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::gateway::Anything;
use super::{Builtin, BuiltinAnswer, BuiltinCall};
use crate::error::Error;
use crate::registry::{SERVER, ToolDeclaration};
use crate::render;
use crate::sanitize::text;

mod document;
mod known;

use document::{Document, ReadPath};
use known::Verdict;

/// Largest answer that is looked through.
const LARGEST: usize = 4 * 1024 * 1024;

/// Rows a page when the caller does not say.
const PAGE: &str = "20";

pub(super) static API_GET: Builtin = Builtin::new(
    ToolDeclaration::new::<Arguments>("api_get", SERVER)
        .about("Read a path of the Jamf Pro API or the Classic API that no tool has, on a tenant newer than this server. Only what the \
         tenant's own documents have; look with find_tools first.")
        .core(),
    |call| Box::pin(run(call)),
)
.of_tenant();

/// The operation as the tenant's client knows it; the path of a call is in its request.
static ANY: Action = get::<Nothing>("api_get", "/api/schema").answers(Answer::Json);

/// The same of the Classic API, whose answers come in their own shape.
static ANY_CLASSIC: Action = get::<Nothing>("api_get", "/JSSResource/any").answers(Answer::Json);

/// What to read.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Path with its values filled in, such as `/api/v1/things/7` or `/JSSResource/things/id/7`.
    #[schemars(length(min = 2, max = 500))]
    path: String,
    /// Query, such as `{"page-size": 5}`.
    query: Option<Anything>,
    /// Dotted paths to answer with; all by default.
    #[schemars(length(max = 100))]
    fields: Option<Vec<String>>,
}

async fn run(builtin_call: &BuiltinCall<'_>) -> Result<BuiltinAnswer, Error> {
    let (tenant, call) = builtin_call.tenant()?;
    let given = builtin_call.arguments.text("path").unwrap_or_default();
    let segments = segments(given)?;
    let action = if segments.first().is_some_and(|root| root == "JSSResource") { &ANY_CLASSIC } else { &ANY };
    let document = Document::of(tenant, action.api(), builtin_call.state, call).await?;
    let read = document.find(&segments).ok_or_else(|| no_such(given, &document))?;
    document::ids(read, &segments)?;
    let hidden = match known::verdict(read) {
        Verdict::Unknown(hidden) => hidden,
        verdict => return Err(refusal(read, &verdict)),
    };
    let query = query(read, builtin_call.arguments.arguments().get("query").and_then(Value::as_object))?;
    let request = Request {
        action: action.name,
        method: Method::Get,
        path: document::filled_path(read, &segments),
        older: Vec::new(),
        query,
        body: Body::Empty,
    };
    let reply = tenant.read(action, &request, call).await?;
    let fields =
        builtin_call.arguments.list("fields").unwrap_or_default().into_iter().map(str::to_owned).collect();
    answer(builtin_call, (action, &read.path, reply), &FieldSelection { fields, hidden })
        .map(BuiltinAnswer::Text)
}

/// The answer, without whatever is called like a secret.
fn answer(
    builtin_call: &BuiltinCall<'_>,
    (action, path, reply): (&'static Action, &str, Reply),
    wanted: &FieldSelection,
) -> Result<String, Error> {
    let whole =
        |reply: &Reply| render::object(action, builtin_call.arguments, wanted, reply, builtin_call.limits);
    if reply.body.len() > LARGEST {
        return Err(Error::caller(
            "the answer is too large to be looked through for secrets, and is not shown",
        )
        .hint("ask for fewer rows with `page-size` in `query`"));
    }
    if reply.body.is_empty() {
        return whole(&reply);
    }
    let value: Value = serde_json::from_slice(&reply.body).map_err(|_| {
        Error::caller(format!(
            "this path answers {} and not JSON, which api_get does not show",
            text::quoted(&reply.media_type, 60)
        ))
    })?;
    let mut value = render::redacted(&value);
    builtin_call.limits.redaction().apply(path, &mut value);
    let body = value.to_string().into();
    whole(&Reply { body, ..reply })
}

/// The segments of a path that is nothing but a path. `/v1/…` is taken for `/api/v1/…`, as Jamf's document writes it.
fn segments(path: &str) -> Result<Vec<String>, Error> {
    let wrong = |why: &str| {
        Err(Error::caller(format!(
            "`path` must be a path such as `/api/v1/things/7` or `/JSSResource/things/id/7`: {why}"
        )))
    };
    let mut segments: Vec<String> = path.trim().trim_matches('/').split('/').map(str::to_owned).collect();
    if path.chars().any(|c| c.is_control() || matches!(c, '?' | '#' | '%' | '\\' | '{' | '}')) {
        return wrong(
            "it has a character that no path has; the query belongs into `query`, values stand as they are",
        );
    }
    if path.contains("://") || segments.iter().any(|segment| matches!(segment.trim(), "" | "." | "..")) {
        return wrong("it has an empty segment or one that means another path");
    }
    match segments.first().map(String::as_str) {
        Some("api" | "JSSResource") => {}
        _ => segments.insert(0, "api".to_owned()),
    }
    Ok(segments)
}

/// Names that are not passed on: what a path answers is looked through for secrets here, and Jamf would find and order rows by them.
const TELLING: [&str; 3] = ["filter", "search", "sort"];

/// The query, each name one that the document has for this path: others would be left unread without a word.
fn query(read: &ReadPath, given: Option<&Map<String, Value>>) -> Result<Vec<(String, String)>, Error> {
    let mut query = Vec::new();
    for (name, value) in given.into_iter().flatten() {
        let name = if name == "page_size" { "page-size" } else { name };
        if TELLING.contains(&name) {
            return Err(Error::caller(format!(
                "`query.{name}` is not passed on: it would reveal what is left out of answers"
            ))
            .hint("read the rows, with `fields`, and choose from them"));
        }
        if !read.query.iter().any(|known| known == name) {
            let known = read.query.iter().map(String::as_str).filter(|known| !TELLING.contains(known));
            let known = known.collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none".to_owned() } else { known };
            return Err(Error::caller(format!(
                "`query.{}` is not known for this path; known: {known}",
                text::quoted(name, 60).trim_matches('"')
            )));
        }
        let values = match value {
            Value::Array(values) => values.as_slice(),
            single => std::slice::from_ref(single),
        };
        for value in values {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Null => continue,
                Value::Array(_) | Value::Object(_) => {
                    return Err(Error::caller(format!(
                        "`query.{name}` must be text, a number, true or false, or a list of these"
                    )));
                }
            };
            query.push((name.to_owned(), text));
        }
    }
    let pages = read.query.iter().any(|name| name == "page-size");
    if pages && !query.iter().any(|(name, _)| name == "page-size") {
        query.push(("page-size".to_owned(), PAGE.to_owned()));
    }
    Ok(query)
}

fn no_such(given: &str, document: &Document) -> Error {
    let nearest = document.nearest(given).map(|path| format!("; did you mean `{path}`?"));
    let nearest = nearest.unwrap_or_else(|| ".".to_owned());
    Error::caller(format!(
        "this tenant's document, of Jamf Pro {}, has no GET of {}{nearest} find_tools searches the tools",
        document.version,
        text::quoted(given, 100)
    ))
}

fn refusal(read: &ReadPath, verdict: &Verdict) -> Error {
    let path = &read.path;
    match verdict {
        Verdict::Tool(name) => Error::caller(format!("`{path}` has a tool of its own"))
            .hint(format!("call `{name}`, by call_read if it is not listed")),
        Verdict::Excluded(reason) => Error::not_allowed(format!(
            "`{path}` is left out of this server on purpose: {reason}. No setting changes that"
        )),
        Verdict::Secret | Verdict::Unknown(_) => Error::not_allowed(format!(
            "`{path}` looks as if it revealed a secret, and api_get never reads such a path. No setting changes that"
        ))
        .hint("tell the person what you wanted to know"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_nothing_but_a_path() {
        assert_eq!(segments("/api/v1/things/7").unwrap(), ["api", "v1", "things", "7"]);
        assert_eq!(segments("v1/things").unwrap(), ["api", "v1", "things"]);
        for bad in [
            "/api/v1/../v1/auth",
            "/api//v1",
            "https://evil.example/api/v1/things",
            "/api/v1/things?x=1",
            "/api/v1/%2e%2e/auth",
            "/api/v1/things#x",
            "/api/v1/a\u{0}b",
            "/api/v1/things/{id}",
            "",
            "/",
        ] {
            assert!(segments(bad).is_err(), "{bad}");
        }
        assert_eq!(segments("/JSSResource/things/").unwrap(), ["JSSResource", "things"]);
    }

    #[test]
    fn a_query_is_loosely_typed_and_known() {
        let read = ReadPath { path: String::new(), query: vec!["section".into(), "page-size".into()] };
        let of = |given: Value| query(&read, given.as_object());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            of(json!({ "section": ["A", "B"], "page_size": 5 })).unwrap(),
            [pair("section", "A"), pair("section", "B"), pair("page-size", "5")]
        );
        assert_eq!(of(json!({})).unwrap(), [pair("page-size", "20")]);
        assert!(of(json!({ "size": "x" })).unwrap_err().to_string().contains("known: section, page-size"));
        assert!(of(json!({ "filter": "x" })).unwrap_err().to_string().contains("is not passed on"));
        assert!(of(json!({ "section": { "a": 1 } })).is_err());
    }
}
