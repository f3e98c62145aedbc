//! One request as the handlers see it, and the answers in Jamf's shapes. No sockets, no faults.

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::bodies::Fault;

/// A request, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path as sent, still percent-encoded.
    pub(crate) path: String,
    /// The segments after `/api` or `/JSSResource`, decoded one by one, so a `%2F` stays inside its segment.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Take a request apart; `path` begins with `/`.
    pub(crate) fn new(method: Method, path: &str, query: &str, headers: HeaderMap, body: Bytes) -> Self {
        let classic = path.starts_with("/JSSResource/");
        let mut segments: Vec<String> = Vec::new();
        for segment in path.split('/').skip(2).filter(|s| !s.is_empty()).map(decode) {
            let is_id = segments.last().is_some_and(|before| !classic || before == "id");
            segments.push(parsed(&segment).filter(|_| is_id).unwrap_or(segment));
        }
        Self { method, path: path.to_owned(), segments, query: form(query), headers, body }
    }

    /// The segments as a slice pattern wants them.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The last value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every value of a query parameter that may be repeated, comma-joined values taken apart.
    pub(crate) fn parameters(&self, name: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(n, _)| n == name);
        values.flat_map(|(_, v)| v.split(',')).map(str::trim).filter(|v| !v.is_empty()).collect()
    }

    /// A header as text, empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The body as a JSON object, or the 400 that Jamf answers.
    pub(crate) fn object(&self) -> Result<Value, Answer> {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(value) if value.is_object() => Ok(value),
            _ => Err(Answer::error(
                StatusCode::BAD_REQUEST,
                "INVALID_JSON",
                "The body is not a JSON object",
                None,
            )),
        }
    }
}

/// A number of another spelling, `01` or `+1`, as the tenant's Java parses it: every spelling names the same object.
fn parsed(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = all.then(|| digits.parse::<u64>().ok()).flatten()?.to_string();
    (number != text).then_some(number)
}

/// Percent-decoded text, replacement characters where it is not UTF-8.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The pairs of a query or of a form body.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|p| !p.is_empty());
    pairs.map(|p| p.split_once('=').unwrap_or((p, ""))).map(|(n, v)| (plus(n), plus(v))).collect()
}

fn plus(text: &str) -> String {
    decode(&text.replace('+', " "))
}

/// What goes back to the client.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A body of any media type.
    pub(crate) fn of(status: StatusCode, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: Some(content_type.to_owned()), headers: Vec::new(), body: body.into() }
    }

    /// A status without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, headers: Vec::new(), body: Vec::new() }
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// JSON with a status of its own.
    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::of(status, "application/json", value.to_string())
    }

    /// JSON with 200.
    pub(crate) fn ok(value: &Value) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// 201 with the new id and its address.
    pub(crate) fn created(id: &str, href: &str) -> Self {
        Self::json(StatusCode::CREATED, &json!({"id": id, "href": href}))
    }

    /// An error in the shape of the Jamf Pro API.
    pub(crate) fn error(status: StatusCode, code: &str, description: &str, field: Option<&str>) -> Self {
        let error = json!({"code": code, "description": description, "id": "0", "field": field});
        Self::json(status, &json!({"httpStatus": status.as_u16(), "errors": [error]}))
    }

    /// 400 with everything that is wrong with a body.
    pub(crate) fn faulty(faults: &[Fault]) -> Self {
        let error = |fault: &Fault| {
            let field = Some(fault.field.as_str()).filter(|field| !field.is_empty());
            json!({"code": fault.code, "description": fault.description, "id": "0", "field": field})
        };
        let errors: Vec<Value> = faults.iter().map(error).collect();
        Self::json(StatusCode::BAD_REQUEST, &json!({"httpStatus": 400, "errors": errors}))
    }

    /// A status with an empty list of errors, as Jamf answers when it has nothing to say.
    pub(crate) fn silent_error(status: StatusCode) -> Self {
        Self::json(status, &json!({"httpStatus": status.as_u16(), "errors": []}))
    }

    /// 404 for an id that is not there.
    pub(crate) fn no_such(id: &str) -> Self {
        let text = format!("The object with id {id} does not exist");
        Self::error(StatusCode::NOT_FOUND, "INVALID_ID", &text, Some("id"))
    }

    /// 404 for a path that the tenant does not have.
    pub(crate) fn no_path() -> Self {
        Self::error(StatusCode::NOT_FOUND, "NOT_FOUND", "The requested resource was not found", None)
    }

    /// 400 about one field.
    pub(crate) fn bad_field(field: &str, description: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, "INVALID_FIELD", description, Some(field))
    }

    /// 401 for a token that is missing, unknown or past its time.
    pub(crate) fn invalid_token() -> Self {
        Self::error(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", "Unauthorized", None)
    }

    /// The HTML page that the Classic API answers for an error; the useful words are in a `<p>`.
    pub(crate) fn page(status: StatusCode, words: &str) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let body = format!(
            "<html>\n<head>\n   <title>Status page</title>\n</head>\n<body style=\"font-family: sans-serif;\">\n\
             <p style=\"font-size: 1.2em;font-weight: bold;margin: 1em 0px;\">{title}</p>\n<p>{}</p>\n\
             <p>You can get technical details <a href=\"#\">here</a>.<br>\nPlease continue your visit at our home \
             page.\n</p>\n</body>\n</html>\n",
            escape(words)
        );
        Self::of(status, "text/html;charset=UTF-8", body)
    }

    /// The same answer with another status.
    pub(crate) fn of_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same answer with one header more.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Text for an element of HTML or XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
