//! One request on the wire and its answer: how it is built, how it is waited for, and what breaks.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use jamf_pro_tools::action::Answer;
use jamf_pro_tools::{Api, Body, Method};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::error::Error;
use crate::page::Page;
use crate::retry::{self, Failure};
use crate::send::{Client, FailedAttempt, Outgoing};
use crate::token::Token;
use crate::{Call, Reply, charset, disposition, reply, transport, upload};

/// Largest answer that is taken, after decompression.
const LARGEST: usize = 32 * 1024 * 1024;

/// Room that is made for an answer before it comes, at most.
const ROOM: u64 = 1024 * 1024;

/// An answer as it came.
pub(crate) struct RawAnswer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Why the body is not whole, where its status is all that counts.
    incomplete: Option<String>,
}

/// The request of a call with a token.
pub(crate) async fn build(
    client: &Client,
    out: &Outgoing<'_>,
    url: &Url,
    call: &Call,
    token: &Token,
) -> Result<reqwest::Request, Error> {
    let method = match out.action.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let accept = match (out.action.answer, out.action.api(), out.is_read()) {
        (Answer::Json, Api::Classic, false) => "application/xml",
        (Answer::Json, ..) => "application/json",
        _ => "*/*",
    };
    let mut request = client.http.get()?.request(method, url.clone()).header(ACCEPT, accept);
    if out.is_read()
        && let Some(cookie) = client.nodes.cookie(&call.caller)
    {
        request = request.header(COOKIE, cookie);
    }
    request = match out.body {
        Body::Empty => request,
        Body::Json(value) => request.header(CONTENT_TYPE, "application/json").body(value.to_string()),
        Body::MergePatch(value) => {
            request.header(CONTENT_TYPE, "application/merge-patch+json").body(value.to_string())
        }
        Body::Xml(text) => request.header(CONTENT_TYPE, "application/xml").body(text.clone()),
        Body::Upload { field, path } => request.multipart(upload::form(field, path, call).await?),
        Body::File { media_type, path } => {
            let (body, length) = upload::stream(path, call).await?;
            request.header(CONTENT_TYPE, *media_type).header(CONTENT_LENGTH, length).body(body)
        }
    };
    let mut request = request
        .build()
        .map_err(|error| Error::Internal(format!("the request cannot be built: {}", error.without_url())))?;
    request.headers_mut().insert(http::header::AUTHORIZATION, bearer(&token.secret)?);
    Ok(request)
}

pub(crate) fn bearer(secret: &SecretString) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", secret.expose_secret()))
        .map_err(|_| Error::operator("the tenant gave a token that no header can hold"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Send and read the whole answer, up to the largest that is taken.
pub(crate) async fn exchange(
    client: &Client,
    out: &Outgoing<'_>,
    request: reqwest::Request,
) -> Result<RawAnswer, FailedAttempt> {
    let begun = Instant::now();
    let silent = || FailedAttempt { failure: Failure::Slow, ..late(out, begun.elapsed()) };
    let until = begun + out.patience(client);
    let http = client.http.get().map_err(FailedAttempt::not_sent)?;
    let response = timeout_at(until, http.execute(request)).await.map_err(|_| silent())?;
    let mut response = response.map_err(|error| connection_failure(client, out, &error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    // Room for all of it at once, where it says how long it is; a lie costs little.
    let announced = response.content_length().unwrap_or_default().min(ROOM);
    let mut body = client.spare.take(usize::try_from(announced).unwrap_or_default());
    let mut incomplete = None;
    // The status has come: what a tenant answered to a write does not become unknown because the rest does not come.
    let is_settled = !out.is_read() && status.is_success();
    loop {
        let silence = Instant::now() + client.patience.silence;
        let until = if out.is_read() { silence } else { silence.min(until) };
        let (failed_attempt, why) = match timeout_at(until, response.chunk()).await {
            Err(_) => (silent(), "the rest of the answer did not come in time".to_owned()),
            Ok(Err(error)) => {
                (connection_failure(client, out, &error), transport::fault(&error, &client.route).cause)
            }
            Ok(Ok(None)) => break,
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() > LARGEST => {
                (too_large(out), "the answer is larger than this server takes (32 MB)".to_owned())
            }
            Ok(Ok(Some(chunk))) => {
                body.extend_from_slice(&chunk);
                continue;
            }
        };
        if !is_settled {
            return Err(failed_attempt);
        }
        incomplete = Some(why);
        break;
    }
    let body = body.freeze();
    // Files are taken as they are; everything else is text.
    let is_file = status.is_success() && matches!(out.action.answer, Answer::File);
    let body = if is_file { body } else { charset::utf8(headers.get(CONTENT_TYPE), body) };
    Ok(RawAnswer { status, headers, body, incomplete })
}

fn too_large(out: &Outgoing<'_>) -> FailedAttempt {
    let message = "the answer is larger than this server takes (32 MB)";
    let error = if out.is_read() {
        Error::unreachable(message).hint("ask for less: a smaller page_size, fewer sections")
    } else {
        reply::unknown_outcome(out.action, message)
    };
    FailedAttempt { failure: Failure::Status(413), error, hint: None }
}

/// No whole answer came in this time.
pub(crate) fn late(out: &Outgoing<'_>, waited: Duration) -> FailedAttempt {
    let seconds = waited.as_secs_f64().round();
    let error = if out.is_read() {
        Error::unreachable(format!("the tenant did not answer within {seconds} s"))
            .hint("ask for less (a smaller page_size, fewer fields, a filter) or try again")
    } else {
        reply::unknown_outcome(out.action, &format!("the tenant did not answer within {seconds} s."))
    };
    FailedAttempt { failure: Failure::Interrupted, error, hint: None }
}

/// No whole answer came. Only what certainly did not leave counts as not sent.
fn connection_failure(client: &Client, out: &Outgoing<'_>, error: &reqwest::Error) -> FailedAttempt {
    let fault = transport::fault(error, &client.route);
    let failure = match (fault.is_sent, fault.is_lasting) {
        (true, _) => Failure::Interrupted,
        (false, true) => Failure::NotSent,
        (false, false) => Failure::NoConnection,
    };
    let error = if fault.is_sent && !out.is_read() {
        reply::unknown_outcome(out.action, &format!("{}.", fault.cause))
    } else {
        fault.error()
    };
    FailedAttempt { failure, error, hint: None }
}

/// What an answer means.
pub(crate) fn read(
    client: &Client,
    out: &Outgoing<'_>,
    call: &Call,
    answer: RawAnswer,
) -> Result<Reply, FailedAttempt> {
    let RawAnswer { status, headers, body, incomplete } = answer;
    let code = status.as_u16();
    let media_type = media_type(&headers);
    let failed = |error| FailedAttempt { failure: Failure::Status(code), error, hint: None };
    if status.is_redirection() {
        return Err(failed(Error::operator(format!(
            "the tenant answered {code}, a redirect, which is not followed: the address is probably not the tenant's own, or a login stands in front of it"
        ))));
    }
    if !status.is_success() {
        let error = reply::error(out.action, code, &media_type, &body);
        return Err(FailedAttempt { hint: retry::hint(&headers), ..failed(error) });
    }
    let expects_page = matches!(out.action.answer, Answer::File);
    if !expects_page && let Some(page) = Page::of(&media_type, &body) {
        return Err(failed(reply::page_instead_of_answer(code, &page, out.is_read())));
    }
    if !out.is_read() {
        client.nodes.remember(&call.caller, &headers);
    }
    let (media_type, body) = reply::in_one_shape(out.action, media_type, body);
    let file_name = disposition::file_name(&headers);
    Ok(Reply { status: code, media_type, file_name, body, incomplete, older_path: None })
}

/// The media type without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
