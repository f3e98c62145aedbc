//! Answers in the shapes of both APIs.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

pub(crate) fn ok(value: &Value) -> Response {
    json(StatusCode::OK, value)
}

pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// An error of the Jamf Pro API.
pub(crate) fn error(status: StatusCode, code: &str, field: Option<&str>, description: &str) -> Response {
    let errors = json!([{ "code": code, "field": field, "description": description, "id": "0" }]);
    json(status, &json!({ "httpStatus": status.as_u16(), "errors": errors }))
}

pub(crate) fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "INVALID_ID", Some("id"), "Resource does not exist")
}

pub(crate) fn bad_request(field: &str, description: &str) -> Response {
    error(StatusCode::BAD_REQUEST, "INVALID_FIELD", Some(field), description)
}

/// A created object of the Jamf Pro API.
pub(crate) fn created(path: &str, id: &str) -> Response {
    json(StatusCode::CREATED, &json!({ "id": id, "href": format!("{path}/{id}") }))
}

/// An error page of the Classic API.
pub(crate) fn classic_page(status: StatusCode, reason: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<html><head>\n<title>Status page</title>\n</head>\n<body style=\"font-family: sans-serif;\">\n<p style=\"font-size: 1.2em;font-weight: bold;\
         margin: 1em 0px;\">{title}</p>\n<p>{reason}</p>\n<p>You can get technical details <a href=\"http://www.w3.org/\">here</a>.<br>\nPlease \
         continue your visit at our <a href=\"/\">home page</a>.\n</p>\n</body>\n</html>"
    );
    html(status, &page)
}

pub(crate) fn html(status: StatusCode, page: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html;charset=UTF-8")], page.to_owned()).into_response()
}

pub(crate) fn xml(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/xml;charset=UTF-8")], text).into_response()
}

pub(crate) fn text(media_type: &'static str, name: &str, text: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, media_type)], text).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

pub(crate) fn bytes(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
