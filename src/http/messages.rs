//! Messages over Streamable HTTP, before and after the SDK: what is no message is answered as JSON-RPC has it, a client that accepts
//! less than the protocol asks for gets what it accepts, and nothing new begins while the server ends.

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use jamf_pro_client::outcome::Outcome;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, JsonRpcMessage, RequestId};
use serde_json::Value;

use super::drain::Drain;
use crate::mcp::message::{self, Fault};

/// Largest `initialize`: its parameters stay in memory for as long as their session.
const LARGEST_INITIALIZE: usize = 64 * 1024;

/// JSON-RPC's code for what a server cannot do now.
const NOT_NOW: i32 = -32000;

const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// What the check of messages needs to know.
#[derive(Clone)]
pub(super) struct Checks {
    pub(super) drain: Drain,
    pub(super) largest: usize,
}

/// Which of the two forms of an answer a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Accepts {
    takes_json: bool,
    takes_events: bool,
}

impl Accepts {
    /// Both where nothing is said, as HTTP has it.
    fn of(headers: &HeaderMap) -> Self {
        let mut ranges =
            headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        if ranges.peek().is_none() {
            return Self { takes_json: true, takes_events: true };
        }
        let mut accepts = Self { takes_json: false, takes_events: false };
        for range in ranges.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let is_refused = parts
                .filter_map(|part| part.split_once('='))
                .any(|(key, weight)| key.eq_ignore_ascii_case("q") && weight.parse::<f32>() == Ok(0.0));
            if is_refused {
                continue;
            }
            accepts.takes_json |= matches!(name.as_str(), "*/*" | "application/*" | JSON);
            accepts.takes_events |= matches!(name.as_str(), "*/*" | "text/*" | EVENTS);
        }
        accepts
    }
}

/// Checks a request to the endpoint before the SDK sees it.
pub(super) async fn check(State(checks): State<Checks>, mut request: Request, next: Next) -> Response {
    let accepts = Accepts::of(request.headers());
    if request.method() == Method::GET && accepts.takes_events {
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(EVENTS));
    }
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    if !accepts.takes_json && !accepts.takes_events {
        return (StatusCode::NOT_ACCEPTABLE, "answers are application/json or text/event-stream")
            .into_response();
    }
    if !is_json(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json").into_response();
    }
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, checks.largest).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the request body is too large, or did not come in time")
            .into_response();
    };
    let bytes = message::without_mark(bytes);
    let message = match message::parse(&bytes) {
        Ok(Some(message)) => message,
        Ok(None) => return StatusCode::ACCEPTED.into_response(),
        Err(fault) => return answer(StatusCode::BAD_REQUEST, &fault),
    };
    if let Some(refused) = refusal(&message, bytes.len(), &checks.drain) {
        return refused;
    }
    let id = message::request_id(&message).cloned();
    let is_subscription = id.is_none() && matches!(message, JsonRpcMessage::Request(_));
    if is_subscription && !accepts.takes_events {
        return (StatusCode::NOT_ACCEPTABLE, "a subscription is answered with text/event-stream")
            .into_response();
    }
    drop(message);
    parts.headers.insert(header::ACCEPT, BOTH);
    let call = id.as_ref().map(|_| checks.drain.call());
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    let response = match &id {
        Some(id) if !accepts.takes_events && is_of(&response, EVENTS) => one_answer(response, id).await,
        Some(_) if !accepts.takes_json && is_of(&response, JSON) => one_event(response).await,
        _ => response,
    };
    match call {
        // The call is under way until all of its answer is on its way. What has a length is whole.
        Some(call) if response.body().size_hint().exact().is_none() => response.map(|body| {
            Body::from_stream(body.into_data_stream().inspect(move |_| {
                let _call = &call;
            }))
        }),
        _ => response,
    }
}

/// What is not begun: anything while the server ends, and an `initialize` that would stay in memory.
pub(super) fn refusal(message: &ClientJsonRpcMessage, length: usize, drain: &Drain) -> Option<Response> {
    let JsonRpcMessage::Request(request) = message else { return None };
    if matches!(request.request, ClientRequest::InitializeRequest(_)) && length > LARGEST_INITIALIZE {
        let fault = Fault::new(-32600, "the parameters of initialize are too large", Some(&request.id));
        return Some(answer(StatusCode::BAD_REQUEST, &fault));
    }
    if drain.has_begun() && !matches!(request.request, ClientRequest::PingRequest(_)) {
        let text = format!("{} Try again in a few seconds.", Outcome::NotSent.close("this server is ending"));
        let fault = Fault::new(NOT_NOW, text, Some(&request.id));
        let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, &fault);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        return Some(response);
    }
    None
}

/// An error of JSON-RPC as a response.
pub(super) fn answer(status: StatusCode, fault: &Fault) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], fault.body().to_string()).into_response()
}

/// Whether the body of a request says that it is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON)
}

fn is_of(response: &Response, kind: &str) -> bool {
    let named = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    named.is_some_and(|named| named.starts_with(kind))
}

/// The answer out of a stream of events, for a client that takes no stream. What comes before it has no reader.
async fn one_answer(response: Response, id: &RequestId) -> Response {
    let (mut parts, body) = response.into_parts();
    let id = serde_json::to_value(id).unwrap_or_default();
    let Some(text) = answer_in(body.into_data_stream(), &id).await else {
        let text = "the call ended without an answer; if it changes anything, read before you repeat it";
        let fault = Fault::new(-32603, text, None).with_id(id);
        return answer(StatusCode::INTERNAL_SERVER_ERROR, &fault);
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    Response::from_parts(parts, Body::from(text))
}

async fn answer_in<E>(
    mut events: impl Stream<Item = Result<Bytes, E>> + Unpin,
    id: &Value,
) -> Option<String> {
    let mut line = Vec::new();
    while let Some(Ok(part)) = events.next().await {
        for byte in part {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let message =
                line.strip_prefix(b"data:").and_then(|data| serde_json::from_slice::<Value>(data).ok());
            if let Some(message) = message
                && message.get("id") == Some(id)
                && message.get("method").is_none()
            {
                return Some(message.to_string());
            }
            line.clear();
        }
    }
    None
}

/// A JSON answer as the one event of a stream, for a client that takes nothing else.
async fn one_event(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENTS));
    parts.headers.remove(header::CONTENT_LENGTH);
    // JSON text holds no raw line break, so that one `data:` line carries it.
    Response::from_parts(parts, Body::from([b"data: ", &*bytes, b"\n\n"].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(values: &[&'static str]) -> (bool, bool) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT, HeaderValue::from_static(value));
        }
        let accepts = Accepts::of(&headers);
        (accepts.takes_json, accepts.takes_events)
    }

    #[test]
    fn accepted_types_are_read_as_http_has_them() {
        for (values, expected) in [
            (&[][..], (true, true)),
            (&["*/*"][..], (true, true)),
            (&["application/json"][..], (true, false)),
            (&["Text/Event-Stream;q=0.5"][..], (false, true)),
            (&["application/*", "text/*"][..], (true, true)),
            (&["application/json;q=0, */*;q=0.1"][..], (true, true)),
            (&["text/html, */*;q=0"][..], (false, false)),
            (&["application/xml"][..], (false, false)),
        ] {
            assert_eq!(accepts(values), expected, "{values:?}");
        }
    }
}
