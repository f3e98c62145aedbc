//! What a tenant says of itself: the paths that can be read, out of the documents that it serves of its two APIs, JSON of the
//! one and YAML of the other. Fetched once for a version of Jamf Pro, and kept on disk in the little that is needed of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;
use jamf_pro_client::{Call, Reader};
use jamf_pro_tools::action::{Answer, get};
use jamf_pro_tools::args::Nothing;
use jamf_pro_tools::check::nearest;
use jamf_pro_tools::patterns::is_id;
use jamf_pro_tools::{Action, Api, Body, Method, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::sanitize::text;
use crate::state_dir;

static SCHEMA: Action =
    get::<Nothing>("api_document_get", "/api/schema").about("Get the tenant's own API document.");

/// The same for the Classic API, whose document lies outside of both APIs; the request has its path.
static CLASSIC_SCHEMA: Action = get::<Nothing>("classic_document_get", "/api/schema")
    .about("Get the tenant's own document of the Classic API.")
    .answers(Answer::Text);

/// Where a tenant serves its document of the Classic API.
const CLASSIC_DOCUMENT: &str = "/classicapi/doc/swagger.yaml";

/// How long a document is taken to be right of a tenant that does not say its version.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What one tenant can be asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Document {
    /// The version of Jamf Pro that it is of.
    pub(super) version: String,
    reads: Vec<ReadPath>,
}

/// One path that can be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReadPath {
    /// From the tenant's root, with `{placeholders}`.
    pub(super) path: String,
    /// Names that its query takes.
    pub(super) query: Vec<String>,
}

/// What is read of OpenAPI 3, and of Swagger 2.
#[derive(Deserialize)]
struct OpenApi {
    #[serde(default)]
    servers: Vec<Server>,
    #[serde(rename = "basePath")]
    base_path: Option<String>,
    paths: IndexMap<String, PathItem>,
}

#[derive(Deserialize)]
struct Server {
    url: String,
}

#[derive(Deserialize)]
struct PathItem {
    get: Option<Operation>,
    #[serde(default)]
    parameters: Vec<Value>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(default)]
    parameters: Vec<Value>,
}

impl Document {
    /// The document of an API of a tenant: as it is kept, or anew when the tenant has another version now.
    ///
    /// # Errors
    /// When none is kept and the tenant gives none that can be read.
    pub(super) async fn of(tenant: &Reader, api: Api, state: &Path, call: &Call) -> Result<Self, Error> {
        let (action, at, name) = match api {
            Api::Pro => (&SCHEMA, SCHEMA.path, "document"),
            Api::Classic => (&CLASSIC_SCHEMA, CLASSIC_DOCUMENT, "classic-document"),
        };
        let path = state_dir::memory_path(state, name, &[tenant.address()]);
        let version = tenant.version(call).await.ok();
        let kept = read_cached(&path);
        let is_current = |kept: &Self| match &version {
            Some(version) => *version == kept.version,
            // A tenant that does not say its version may have another one than it had.
            None => age(&path) < LIFETIME,
        };
        if let Some(kept) = kept.clone().filter(is_current) {
            return Ok(kept);
        }
        let request = Request {
            action: action.name,
            method: Method::Get,
            path: at.to_owned(),
            older: Vec::new(),
            query: Vec::new(),
            body: Body::Empty,
        };
        let reply = match (tenant.read(action, &request, call).await, kept) {
            (Ok(reply), _) => reply,
            // An older document is better than none.
            (Err(_), Some(kept)) if version.is_none() => return Ok(kept),
            (Err(error), _) => return Err(error.into()),
        };
        let document = Self::read(api, &reply.body, version.unwrap_or_default()).ok_or_else(|| {
            Error::unreachable(format!("the document that the tenant serves at {at} cannot be read"))
        })?;
        document.keep(&path);
        Ok(document)
    }

    fn read(api: Api, body: &[u8], version: String) -> Option<Self> {
        let (document, root): (OpenApi, _) = match api {
            Api::Pro => (serde_json::from_slice(body).ok()?, "/api"),
            Api::Classic => (serde_saphyr::from_slice(body).ok()?, "/JSSResource"),
        };
        let server = document.servers.first().map(|server| server.url.as_str());
        let base = document.base_path.as_deref().or(server).unwrap_or(root);
        // A server is a path, or a whole address of which the path counts.
        let base = match base.split_once("://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
            None => base,
        };
        let base = base.trim_end_matches('/');
        let reads = document.paths.iter().filter_map(|(path, item)| {
            let operation = item.get.as_ref()?;
            let query = item.parameters.iter().chain(&operation.parameters).filter_map(query_name).collect();
            Some(ReadPath { path: format!("{base}{path}"), query })
        });
        let own = |read: &ReadPath| read.path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        Some(Self { version, reads: reads.filter(own).collect() })
    }

    fn keep(&self, path: &Path) {
        let written = serde_json::to_string(self).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|text| state_dir::write(path, text.as_bytes())) {
            tracing::warn!(path = %path.display(), %error, "the tenant's document could not be kept");
        }
    }

    /// The path that these segments are; what is literal wins over what is a placeholder.
    pub(super) fn find(&self, segments: &[String]) -> Option<&ReadPath> {
        let fits = |read: &&ReadPath| {
            let mut template = read.path.trim_matches('/').split('/');
            let same = segments
                .iter()
                .all(|segment| template.next().is_some_and(|word| word == segment || is_placeholder(word)));
            same && template.next().is_none()
        };
        self.reads.iter().filter(fits).min_by_key(|read| read.path.matches('{').count())
    }

    /// The path most like this one.
    pub(super) fn nearest(&self, path: &str) -> Option<&str> {
        nearest(path, self.reads.iter().map(|read| read.path.as_str()))
    }
}

/// How long ago a file was written; for ever when that is not known.
fn age(path: &Path) -> Duration {
    let written = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    written.ok().and_then(|written| written.elapsed().ok()).unwrap_or(Duration::MAX)
}

fn read_cached(path: &PathBuf) -> Option<Document> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// The name of a query parameter, which stands there or is referred to.
fn query_name(parameter: &Value) -> Option<String> {
    let text = |key| parameter.get(key).and_then(Value::as_str);
    match (text("name"), text("in"), text("$ref")) {
        (Some(name), Some("query"), _) => Some(name.to_owned()),
        (None, _, Some(reference)) => reference.rsplit('/').next().map(str::to_owned),
        _ => None,
    }
}

fn is_placeholder(word: &str) -> bool {
    word.starts_with('{') && word.ends_with('}')
}

/// Refuse a number in another spelling where the path wants an id: the tenant would read `01` as 1.
pub(super) fn ids(read: &ReadPath, segments: &[String]) -> Result<(), Error> {
    let mut before = "";
    for (word, segment) in read.path.trim_matches('/').split('/').zip(segments) {
        let name = word.to_ascii_lowercase();
        let wants_id = is_placeholder(word) && (name.ends_with("id}") || before == "id");
        before = word;
        let is_number =
            segment.chars().all(|c| c.is_numeric() || c.is_whitespace() || matches!(c, '+' | '-'));
        if wants_id && is_number && segment != "-1" && !is_id(segment) {
            return Err(Error::caller(format!(
                "{} is no id as Jamf writes it: digits only, without leading zeros, sign or blanks",
                text::quoted(segment, 60)
            )));
        }
    }
    Ok(())
}

/// The path as it is sent: the template's own segments, and the caller's where it has placeholders, encoded.
pub(super) fn filled_path(read: &ReadPath, segments: &[String]) -> String {
    let template = read.path.trim_matches('/').split('/');
    template.zip(segments).fold(String::new(), |mut path, (word, segment)| {
        path.push('/');
        if is_placeholder(word) {
            path.extend(utf8_percent_encode(segment, ENCODED));
        } else {
            path.push_str(word);
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        let body = json!({
            "servers": [{ "url": "https://example.jamfcloud.com/api" }],
            "paths": {
                "/v1/things": { "get": { "parameters": [{ "$ref": "#/components/parameters/page-size" }, { "name": "id", "in": "path" }] }, "post": {} },
                "/v1/things/{id}": { "get": {}, "parameters": [{ "name": "deep", "in": "query" }] },
                "/v1/things/newest": { "get": {} },
                "/v1/commands": { "post": {} },
            }
        });
        Document::read(Api::Pro, body.to_string().as_bytes(), "11.40.0".to_owned()).unwrap()
    }

    fn segments(path: &str) -> Vec<String> {
        path.trim_matches('/').split('/').map(str::to_owned).collect()
    }

    #[test]
    fn only_what_can_be_read_is_found() {
        let document = document();
        let find = |path: &str| document.find(&segments(path)).map(|read| read.path.clone());
        assert_eq!(find("/api/v1/things").as_deref(), Some("/api/v1/things"));
        assert_eq!(find("/api/v1/things/7").as_deref(), Some("/api/v1/things/{id}"));
        assert_eq!(find("/api/v1/things/newest").as_deref(), Some("/api/v1/things/newest"));
        assert!(find("/api/v1/commands").is_none() && find("/api/v1/things/7/more").is_none());
        assert_eq!(document.find(&segments("/api/v1/things")).unwrap().query, ["page-size"]);
        assert_eq!(document.find(&segments("/api/v1/things/7")).unwrap().query, ["deep"]);
        assert_eq!(document.nearest("/api/v1/thing"), Some("/api/v1/things"));
    }

    #[test]
    fn the_classic_document_is_yaml() {
        let body = "swagger: '2.0'\nbasePath: /JSSResource/\npaths:\n  /things:\n    get:\n      parameters: []\n  /things/id/{id}:\n    \
                    get:\n      parameters:\n        - {name: id, in: path, required: true}\n    delete: {}\n";
        let read = |body: &str| Document::read(Api::Classic, body.as_bytes(), String::new());
        let document = read(body).unwrap();
        let found = document.find(&segments("/JSSResource/things/id/7")).unwrap();
        assert_eq!((found.path.as_str(), found.query.len()), ("/JSSResource/things/id/{id}", 0));
        let laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned()
            + &('b'..='k')
                .zip('a'..)
                .map(|(to, of)| format!("{to}: &{to} [{}]\n", vec![format!("*{of}"); 9].join(",")))
                .collect::<String>();
        assert!(read(&(laughs + "paths: {}\n")).is_none(), "what grows without end is not read");
        assert!(read("paths: [").is_none() && read("<html>").is_none());
    }

    #[test]
    fn jamfs_own_classic_document_is_read() {
        let Some(folder) = std::env::var_os("JAMF_SPEC_DIR") else {
            return eprintln!("skipped: JAMF_SPEC_DIR is not set");
        };
        // It is kept as JSON there, which is YAML too.
        let body = std::fs::read(Path::new(&folder).join("classic-openapi.json")).unwrap();
        let document = Document::read(Api::Classic, &body, String::new()).unwrap();
        assert!(document.reads.len() > 150, "{}", document.reads.len());
        assert!(document.find(&segments("/JSSResource/policies/id/7")).is_some());
    }

    #[test]
    fn an_id_has_one_spelling() {
        let document = document();
        let judged = |path: &str| {
            let given = segments(path);
            ids(document.find(&given).unwrap(), &given)
        };
        for good in ["0", "-1", "7", "70", "a01", "01-a"] {
            assert!(judged(&format!("/api/v1/things/{good}")).is_ok(), "{good}");
        }
        for bad in ["07", "+7", " 7", "7 ", "-7", "７", "00"] {
            assert!(judged(&format!("/api/v1/things/{bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_cannot_leave_their_segment() {
        let document = document();
        let given = segments("/api/v1/things/a b;c=d");
        assert_eq!(filled_path(document.find(&given).unwrap(), &given), "/api/v1/things/a%20b%3Bc%3Dd");
    }
}
