//! From what the tenant answered to an error that says what to do.
//!
//! The Jamf Pro API answers errors as JSON, the Classic API as HTML pages, and what stands in front of a tenant answers HTML
//! of its own, sometimes with status 200. All of it becomes one kind of error here.

use bytes::Bytes;
use jamf_pro_tools::action::Answer;
use jamf_pro_tools::{Action, Api, Catalogue, Method, Risk, classic};
use serde::Deserialize;

use crate::error::{Error, JamfError, Message, quoted};
use crate::outcome::Outcome;
use crate::page::{self, Origin, Page};

/// Longest piece of the tenant's own words that is passed on.
const QUOTED: usize = 300;

/// An error body of the Jamf Pro API. Every part is optional, whatever the document says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    errors: Vec<ErrorEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorEntry {
    code: Option<String>,
    field: Option<String>,
    description: Option<String>,
}

/// A page with a status of success: something in front of the tenant answered, or the tenant's own pages came.
pub(crate) fn page_instead_of_answer(status: u16, page: &Page, read: bool) -> Error {
    let name = page.name();
    let (cause, hint) = match page.origin {
        Origin::Firewall => (
            "a firewall or filter in front of Jamf Pro refused the request",
            "tell the person who runs the network or Jamf Pro; trying again will not help",
        ),
        _ => (
            "the tenant is starting, under maintenance, or something in front of it (a sign-in, a portal of the network) answered",
            "try again in a few minutes; if it lasts, tell the person who runs Jamf Pro",
        ),
    };
    let text = format!(
        "{name} came instead of data (status {status}): {cause}. This says nothing about what you asked for"
    );
    let message = Message { text, hint: Some(hint.into()) };
    if read { Error::Unreachable { message, retry_after: None } } else { Error::Unknown { message } }
}

/// The answer as it goes on from here: what the Classic API answers looks like what the Jamf Pro API would. What cannot be
/// read stays as it is, for its reader to complain of.
pub(crate) fn in_one_shape(action: &Action, media_type: String, body: Bytes) -> (String, Bytes) {
    let classic = action.api() == Api::Classic && action.answer == Answer::Json;
    if !classic || body.iter().all(u8::is_ascii_whitespace) {
        return (media_type, body);
    }
    match classic::normalized(&body, action.rows) {
        Ok(text) => ("application/json".to_owned(), Bytes::from(text)),
        Err(error) => {
            tracing::debug!(action = action.name, %error, "an answer of the Classic API is neither JSON nor XML");
            (media_type, body)
        }
    }
}

/// Whether a 401 says that the token is bad, and not that the caller may not.
pub(crate) fn says_invalid_token(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("INVALID_TOKEN")
}

/// Whether an action changes nothing: a test or an export does not, whatever its method.
pub(crate) fn is_read(action: &Action) -> bool {
    action.method == Method::Get || action.risk == Risk::Read
}

/// The error for an answer that is not a success.
pub(crate) fn error(action: &Action, status: u16, media_type: &str, body: &[u8]) -> Error {
    let read = is_read(action);
    let page = Page::of(media_type, body);
    // A page of the Classic API is its answer; any other page comes from elsewhere.
    let foreign = page.as_ref().filter(|page| page.origin != Origin::ClassicApi);
    let (code, field, said) = match (&page, foreign) {
        (_, Some(_)) => (None, None, None),
        (Some(_), None) => (None, None, page::reason(body)),
        (None, None) => parts_of(body),
    };
    let explanation =
        said.as_deref().map(|said| format!(" Jamf says: {}.", quoted(said, QUOTED))).unwrap_or_default();
    let explanation = foreign.map_or(explanation, Page::explain);
    let about =
        field.as_deref().map(|field| format!(" It is about {}.", quoted(field, 80))).unwrap_or_default();
    let (text, hint) = match status {
        401 if says_invalid_token(body) => return token_refusal(),
        401 | 403 if foreign.is_some() => firewall_refusal(status, &explanation),
        401 | 403 => privilege_refusal(action, status),
        502..=504 | 520..=530 => return unavailable(action, status, &explanation),
        // A proxy's own codes above 504 say as little about what became of a write as a 504 does.
        408 | 500 | 505.. if !read => {
            return unknown_outcome(action, &format!("the tenant answered {status}.{explanation}"));
        }
        400 if action.method == Method::Delete && action.api() == Api::Classic => {
            let what = format!(
                "the Classic API answered 400, as it does to some deletes that were done.{explanation}"
            );
            return unknown_outcome(action, &what);
        }
        400 | 421 if foreign.is_some() => (
            format!(
                "the address of the request was refused ({status}).{explanation} Some web servers refuse characters such as / or % in it"
            ),
            "where the call names an object by its name, use its id",
        ),
        400 | 422 => (
            format!("Jamf refused the request ({status}) as malformed or not allowed.{about}{explanation}"),
            "correct it and call again",
        ),
        404 => (
            format!(
                "not found (404): no such object, or this tenant does not have this operation.{explanation}"
            ),
            "check the id with the matching list tool",
        ),
        408 => (format!("the tenant gave up waiting for the request (408).{explanation}"), "try again"),
        409 if code.as_deref() == Some("OPTIMISTIC_LOCK_FAILED") => (
            "somebody changed the object in the meantime (409)".to_owned(),
            "read it again and repeat the change with its current versionLock",
        ),
        409 => (
            format!(
                "conflict (409): usually a name that exists already, a missing required field, or an object that is in use.{about}{explanation}"
            ),
            "",
        ),
        413 => (format!("too large for the tenant (413).{explanation}"), "send less at once"),
        429 => ("the tenant asks for fewer requests (429)".to_owned(), "wait a moment and call again"),
        500 => (
            format!("the tenant failed (500).{explanation} When no reason is given it is often the input"),
            "check ids and filters",
        ),
        _ => (format!("the tenant answered {status}.{about}{explanation}"), ""),
    };
    let hint = (!hint.is_empty()).then(|| hint.into());
    Error::Jamf(JamfError { status, code, field, message: Message { text, hint } })
}

/// A page of something in front of the tenant refused the request; the API role has no part in it.
fn firewall_refusal(status: u16, explained: &str) -> (String, &'static str) {
    let text = format!(
        "not permitted ({status}).{explained} This is not the API role: its privileges do not matter here"
    );
    (text, "the person who runs the network or Jamf Pro can fix that")
}

/// A new token was refused like the one before it, so the next one would be too.
fn token_refusal() -> Error {
    Error::operator(
        "not permitted (401): the tenant refuses even a new token (INVALID_TOKEN). The API client may be disabled, its role may lack what \
         this takes, or something in front of the tenant removes the Authorization header",
    )
    .hint("`jamf-pro-mcp doctor` tells more")
}

/// A refusal: the worst that a model can do with a missing privilege is to look for another way.
fn privilege_refusal(action: &Action, status: u16) -> (String, &'static str) {
    let names = action.all_privileges().collect::<Vec<_>>().join(", ");
    let needs = match (names.as_str(), action.privileges_worked_out || !action.also_needs.is_empty()) {
        ("", _) => "Jamf does not document which privilege this takes".to_owned(),
        (names, false) => format!("it takes {names}"),
        (names, true) => format!("it most likely takes {names}"),
    };
    // Some tenants answer 401 without a reason to a token that is not good any more, the Classic API to a missing privilege.
    let (cause, cure) = if status == 401 {
        (
            "the API role that this server uses lacks a privilege, or the tenant does not accept the API client's token",
            "an administrator can add the privilege to the API role in Jamf Pro, or see whether the API client is enabled and its \
             credentials \
             are right (`jamf-pro-mcp doctor`)",
        )
    } else {
        (
            "the API role that this server uses lacks a privilege",
            "an administrator can add the privilege to the API role in Jamf Pro",
        )
    };
    (format!("not permitted ({status}): {cause}; {needs}"), cure)
}

/// 502, 503, 504 and what an edge answers in their place: for a read a passing state, for a write an unknown outcome.
fn unavailable(action: &Action, status: u16, quoted: &str) -> Error {
    if !is_read(action) {
        return unknown_outcome(
            action,
            &format!("the tenant, or a gateway in front of it, answered {status}.{quoted}"),
        );
    }
    let hint = if matches!(status, 504 | 524) {
        "for a list, ask for a smaller page_size or fewer fields; otherwise try again in a few minutes"
    } else {
        "try again in a few minutes"
    };
    Error::unreachable(format!(
        "the tenant is not available right now ({status}): it is starting, under maintenance or overloaded.{quoted}"
    ))
    .hint(hint)
}

/// A write left, and nobody knows whether it was done.
pub(crate) fn unknown_outcome(action: &Action, what: &str) -> Error {
    let settle = Catalogue::get()
        .settled_by(action)
        .map_or_else(|| "read the object again".to_owned(), |read| format!("call `{}`", read.name));
    let text = Outcome::Unknown.close(&format!("the outcome is unknown: {what}"));
    Error::Unknown { message: Message { text, hint: Some(format!("to see it, {settle}").into()) } }
}

fn parts_of(body: &[u8]) -> (Option<String>, Option<String>, Option<String>) {
    let Ok(body) = serde_json::from_slice::<ErrorBody>(body) else { return (None, None, None) };
    let descriptions: Vec<String> = body
        .errors
        .iter()
        .filter_map(|entry| match (&entry.field, &entry.description) {
            (Some(field), Some(text)) => Some(format!("{field}: {text}")),
            (None, Some(text)) => Some(text.clone()),
            (field, None) => entry.code.clone().or_else(|| field.clone()),
        })
        .collect();
    let first = body.errors.into_iter().next().unwrap_or_default();
    let safe = |text: Option<String>| text.map(|text| text.chars().take(80).collect());
    (safe(first.code), safe(first.field), (!descriptions.is_empty()).then(|| descriptions.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tool: &str, status: u16, body: &str) -> Error {
        let media_type = if body.trim_start().starts_with('<') { "text/html" } else { "application/json" };
        error(Catalogue::get().find(tool).unwrap(), status, media_type, body.as_bytes())
    }

    #[test]
    fn jamfs_own_words_are_passed_on_short() {
        let body = r#"{"httpStatus":400,"errors":[{"code":"INVALID_FIELD","field":"name","description":"bad name","id":"0"}]}"#;
        let Error::Jamf(error) = of("building_create", 400, body) else { panic!("a refusal") };
        assert_eq!((error.code.as_deref(), error.field.as_deref()), (Some("INVALID_FIELD"), Some("name")));
        assert!(error.message.text.contains("bad name"), "{}", error.message);
        let long = format!(r#"{{"errors":[{{"description":"{}"}}]}}"#, "x".repeat(5000));
        assert!(of("building_list", 400, &long).to_string().len() < 700);
    }

    #[test]
    fn null_and_missing_parts_are_borne() {
        for body in [
            r#"{"httpStatus":401,"errors":[{"code":null,"field":null,"description":null}]}"#,
            r#"{"errors":[]}"#,
            "{}",
            "",
            "[",
            "null",
        ] {
            for status in [400, 404, 409, 418, 500, 503] {
                assert!(!of("building_list", status, body).to_string().is_empty(), "{status} {body}");
            }
        }
    }

    #[test]
    fn a_missing_privilege_is_a_stop_sign_that_names_it() {
        let text = of("building_list", 403, r#"{"httpStatus":403,"errors":[{"code":"INVALID_PRIVILEGE"}]}"#)
            .to_string();
        assert!(text.contains("Read Buildings") && text.contains("not permitted"), "{text}");
    }

    #[test]
    fn classic_pages_give_their_reason() {
        let page = "<html><head><title>Status page</title></head><body><p>Conflict</p><p>Error: Duplicate name</p>\
                    <p>You can get technical details <a href=\"x\">here</a>.</p></body></html>";
        let text = of("building_create", 409, page).to_string();
        assert!(text.contains("Conflict") || text.contains("Duplicate name"), "{text}");
    }

    #[test]
    fn pages_of_gateways_are_no_answers() {
        let page = "<!DOCTYPE html><html><head><title>503 Service &lt;b&gt;</title></head></html>";
        assert!(matches!(of("building_list", 503, page), Error::Unreachable { .. }));
        assert!(matches!(of("building_create", 503, page), Error::Unknown { .. }));
    }

    #[test]
    fn an_unknown_outcome_names_the_read_that_settles_it() {
        let text = of("building_update", 504, "").to_string();
        assert!(text.contains("`building_get`") && text.contains("may have been made"), "{text}");
    }
}
