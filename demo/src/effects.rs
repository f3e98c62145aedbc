//! What the faults that are on make of a request: answers in the place of the tenant's own, and bodies that arrive late, broken or
//! in a wrong writing.

use std::{future::pending, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures::{Stream, StreamExt};
use http::{Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};

use crate::{
    auth::forbidden,
    exchange::{Answer, Call},
    faults::{Charset, FaultKind, RetryAfter},
    serve::{LOGIN_PAGE, Shared, route},
};

/// An answer, and how it gets to the client.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    delivery: Delivery,
    /// How far the clock of the tenant is ahead.
    skew: SignedDuration,
    /// The faults that hit the request, by their names.
    pub(crate) struck: Vec<&'static str>,
}

#[derive(Debug)]
enum Delivery {
    Whole,
    /// The connection breaks in the middle of the body.
    Cut,
    /// The body takes this long.
    Slow(Duration),
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self { answer, delivery: Delivery::Whole, skew: SignedDuration::ZERO, struck: Vec::new() }
    }
}

/// Answer through the faults that are on.
pub(crate) async fn answer(shared: Arc<Shared>, call: Call) -> Outcome {
    let mut struck = Vec::new();
    for fault in shared.faults.take(&call.path, |kind| matches!(kind, FaultKind::Slow(_) | FaultKind::Hang)) {
        struck.push(fault.name());
        let wait = async {
            match fault {
                FaultKind::Slow(time) => tokio::time::sleep(time).await,
                _ => pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = shared.stop.cancelled() => return Answer::empty(StatusCode::SERVICE_UNAVAILABLE).into(),
        }
    }
    let mut skew = SignedDuration::ZERO;
    for clock in shared.faults.take(&call.path, |kind| matches!(kind, FaultKind::Clock(_))) {
        struck.push(clock.name());
        if let FaultKind::Clock(ahead) = clock {
            skew = ahead;
        }
    }
    if let Some((name, answer)) = instead(&shared, &call) {
        struck.push(name);
        return Outcome { skew, struck, ..answer.into() };
    }
    let lost = loss(&shared, &call);
    let bodies = shared.faults.take(&call.path, |kind| {
        use FaultKind::{ContentType, Cut, SlowBody, Truncated};
        matches!(kind, Cut | Truncated | SlowBody(_) | ContentType(_) | FaultKind::Charset(_))
    });
    let worker = Arc::clone(&shared);
    let answer = tokio::task::spawn_blocking(move || route(&worker, &call, skew)).await;
    let mut answer = answer.unwrap_or_else(|_| Answer::silent_error(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some((name, lost)) = lost.filter(|_| answer.status.is_success()) {
        struck.push(name);
        answer = lost;
    }
    struck.extend(bodies.iter().map(FaultKind::name));
    let mut outcome = Outcome { skew, struck, ..answer.into() };
    bodies.into_iter().for_each(|kind| outcome.spoil(kind));
    outcome
}

/// Whether a fault hits this request; its count goes down.
pub(crate) fn has_fault(shared: &Shared, call: &Call, wants: impl Fn(&FaultKind) -> bool) -> bool {
    !shared.faults.take(&call.path, wants).is_empty()
}

/// What is said of a write in the place of its success.
fn loss(shared: &Shared, call: &Call) -> Option<(&'static str, Answer)> {
    let is_write = !matches!(call.method, Method::GET | Method::HEAD) && !call.path.contains("/oauth/token");
    let is_classic = call.path.starts_with("/JSSResource/");
    let lost = shared.faults.take_first(&call.path, |kind| match kind {
        FaultKind::WriteThenTimeout | FaultKind::WriteThenError => is_write,
        FaultKind::DeleteThenBadRequest => is_classic && call.method == Method::DELETE,
        _ => false,
    })?;
    let name = lost.name();
    Some((
        name,
        match lost {
            FaultKind::DeleteThenBadRequest => {
                Answer::page(StatusCode::BAD_REQUEST, "The request could not be understood")
            }
            FaultKind::WriteThenError if is_classic => Answer::page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The server has encountered an unexpected condition",
            ),
            FaultKind::WriteThenError => Answer::silent_error(StatusCode::INTERNAL_SERVER_ERROR),
            _ => edge(StatusCode::GATEWAY_TIMEOUT, "504 Gateway Time-out"),
        },
    ))
}

/// The answer of a fault that comes before anything is done.
fn instead(shared: &Shared, call: &Call) -> Option<(&'static str, Answer)> {
    let size = call.parameter("page-size").and_then(|s| s.parse().ok()).unwrap_or(100_usize);
    let classic = call.path.starts_with("/JSSResource");
    let fault = shared.faults.take_first(&call.path, |kind| match kind {
        FaultKind::LargePage(above) => size > *above,
        FaultKind::ClassicNotAllowed => classic,
        FaultKind::TokenExpired
        | FaultKind::Unauthorized
        | FaultKind::Forbidden
        | FaultKind::Firewall
        | FaultKind::TooManyRequests(_)
        | FaultKind::EmptyError
        | FaultKind::Maintenance
        | FaultKind::LoginPage => true,
        FaultKind::RateLimit(most) => shared.faults.exceeds(*most),
        FaultKind::UpdatesOff => needs_updates(call),
        _ => false,
    })?;
    let name = fault.name();
    Some((
        name,
        match fault {
            FaultKind::TokenExpired => {
                shared.auth.forget(call);
                Answer::invalid_token()
            }
            FaultKind::Unauthorized => Answer::invalid_token(),
            FaultKind::ClassicNotAllowed => {
                Answer::page(StatusCode::UNAUTHORIZED, "The request requires user authentication")
            }
            FaultKind::Forbidden => forbidden(classic),
            FaultKind::Firewall => firewall(),
            FaultKind::TooManyRequests(after) => too_many(after),
            FaultKind::RateLimit(_) => too_many(RetryAfter::Seconds(1)),
            FaultKind::UpdatesOff => updates_off(),
            FaultKind::Maintenance => {
                edge(StatusCode::SERVICE_UNAVAILABLE, "Jamf Pro is down for maintenance")
            }
            FaultKind::LargePage(_) => edge(StatusCode::GATEWAY_TIMEOUT, "504 Gateway Time-out"),
            FaultKind::LoginPage => Answer::of(StatusCode::OK, "text/html;charset=UTF-8", LOGIN_PAGE),
            _ => Answer::silent_error(StatusCode::INTERNAL_SERVER_ERROR),
        },
    ))
}

fn too_many(after: RetryAfter) -> Answer {
    let answer = Answer::error(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", "Too many requests", None);
    match after {
        RetryAfter::None => answer,
        RetryAfter::Seconds(seconds) => answer.with("retry-after", seconds.to_string()),
        RetryAfter::Date => {
            let soon = Timestamp::from_second(Timestamp::now().as_second() + 1).unwrap_or_default();
            answer.with("retry-after", http_date(soon))
        }
    }
}

/// A page of what stands in front of the server.
pub(crate) fn edge(status: StatusCode, title: &str) -> Answer {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::of(status, "text/html", body)
}

/// What a web application firewall answers in the place of a server.
fn firewall() -> Answer {
    let body = "<!DOCTYPE html>\n<html>\n<head><title>Attention Required!</title></head>\n<body>\n<h1>Sorry, you have been blocked</h1>\n\
                <p>This website is using a security service to protect itself from online attacks. The action you just performed triggered the \
                security solution.</p>\n<p>Ray ID: 00000000000de100</p>\n</body>\n</html>\n";
    Answer::of(StatusCode::FORBIDDEN, "text/html; charset=UTF-8", body).with("server", "simulated-firewall")
}

/// Whether a call needs the feature toggle of software updates.
pub(crate) fn needs_updates(call: &Call) -> bool {
    let has = |word: &str| call.segments.iter().any(|segment| segment == word);
    has("managed-software-updates") && !has("feature-toggle")
}

/// What plans of software updates answer while their feature toggle is off.
pub(crate) fn updates_off() -> Answer {
    let words = "The Managed Software Updates feature is turned off";
    Answer::error(StatusCode::SERVICE_UNAVAILABLE, "FEATURE_TOGGLED_OFF", words, None)
}

fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

impl Outcome {
    /// Spoil the body, or what is said of it.
    fn spoil(&mut self, kind: FaultKind) {
        let body = &mut self.answer.body;
        match kind {
            FaultKind::Cut => self.delivery = Delivery::Cut,
            FaultKind::SlowBody(time) => self.delivery = Delivery::Slow(time),
            FaultKind::Truncated => body.truncate(body.len() / 2),
            FaultKind::ContentType(kind) => self.answer.content_type = kind,
            FaultKind::Charset(charset) => self.rewrite(charset),
            _ => {}
        }
    }

    /// Put a text into another writing; what is no text stays.
    fn rewrite(&mut self, charset: Charset) {
        let Ok(text) = std::str::from_utf8(&self.answer.body) else { return };
        let (name, body) = match charset {
            Charset::Bom => ("UTF-8", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
            Charset::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                ("UTF-16", units.flat_map(u16::to_be_bytes).collect())
            }
            Charset::Latin1 => {
                ("ISO-8859-1", text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect())
            }
        };
        self.answer.body = body;
        if let Some(kind) = &mut self.answer.content_type {
            let bare = kind.split(';').next().unwrap_or_default();
            *kind = format!("{bare};charset={name}");
        }
    }

    /// As the socket takes it.
    pub(crate) fn response(self) -> Response {
        let Self { answer, delivery, skew, struck: _ } = self;
        let mut response = Response::builder().status(answer.status);
        if let Some(kind) = &answer.content_type {
            response = response.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in &answer.headers {
            response = response.header(*name, value);
        }
        if !skew.is_zero() {
            let at = Timestamp::now().checked_add(skew).unwrap_or(Timestamp::MAX);
            response = response.header(header::DATE, http_date(at));
        }
        let body = match delivery {
            Delivery::Whole => Body::from(answer.body),
            Delivery::Cut => {
                response = response.header(header::CONTENT_LENGTH, answer.body.len().max(2));
                Body::from_stream(cut(&answer.body))
            }
            Delivery::Slow(time) => {
                response = response.header(header::CONTENT_LENGTH, answer.body.len());
                Body::from_stream(trickle(answer.body, time))
            }
        };
        response.body(body).unwrap_or_default()
    }
}

/// Half of a body and the end of the connection.
fn cut(body: &[u8]) -> impl Stream<Item = std::io::Result<Bytes>> + use<> {
    let half = body.get(..body.len() / 2).unwrap_or_default().to_vec();
    let broken = futures::stream::once(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    futures::stream::iter([Ok(Bytes::from(half))]).chain(broken)
}

/// A body in pieces, each after a pause.
fn trickle(body: Vec<u8>, over: Duration) -> impl Stream<Item = std::io::Result<Bytes>> {
    const PIECES: usize = 20;
    let length = body.len().div_ceil(PIECES).max(1);
    let pieces: Vec<Bytes> = body.chunks(length).map(Bytes::copy_from_slice).collect();
    let pause = over / u32::try_from(pieces.len().max(1)).unwrap_or(1);
    futures::stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_put_into_another_writing() {
        let written = |charset| {
            let mut outcome = Outcome::from(Answer::of(StatusCode::OK, "text/plain;x=y", "Zoé ☃"));
            outcome.rewrite(charset);
            (outcome.answer.content_type.unwrap(), outcome.answer.body)
        };
        let (kind, body) = written(Charset::Latin1);
        assert_eq!(
            (kind.as_str(), body.as_slice()),
            ("text/plain;charset=ISO-8859-1", b"Zo\xe9 ?".as_slice())
        );
        let (_, body) = written(Charset::Utf16);
        assert_eq!(body.get(..4), Some([0xfe, 0xff, 0, b'Z'].as_slice()));
        let (_, body) = written(Charset::Bom);
        assert_eq!(body.get(..4), Some([0xef, 0xbb, 0xbf, b'Z'].as_slice()));
    }
}
