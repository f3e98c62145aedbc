//! What comes from a client as bytes, on every transport: a JSON-RPC message, or an error to answer with.
//!
//! The SDK drops bytes that are no JSON without a word, and a client that waits for an answer waits for ever. [`parse`] says what is
//! wrong instead, with the id of the request wherever that can be read.

use bytes::Bytes;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorCode, ErrorData, JsonRpcMessage, RequestId,
    ServerJsonRpcMessage,
};
use serde_json::{Value, json};

/// Longest id that is answered with; a longer one is no id that a client made.
const LONGEST_ID: usize = 256;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Why bytes are no message: a JSON-RPC error.
#[derive(Debug, PartialEq)]
pub struct Fault {
    code: i32,
    message: String,
    id: Value,
}

impl Fault {
    /// An error of JSON-RPC with the id of its request, if that is known.
    pub fn new(code: i32, message: impl Into<String>, id: Option<&RequestId>) -> Self {
        let id = id.and_then(|id| serde_json::to_value(id).ok()).unwrap_or(Value::Null);
        Self { code, message: message.into(), id }
    }

    /// The error as it is sent.
    pub fn body(&self) -> Value {
        json!({ "jsonrpc": "2.0", "id": self.id, "error": { "code": self.code, "message": self.message } })
    }

    /// An error with an id as it is in JSON.
    pub fn with_id(self, id: Value) -> Self {
        Self { id, ..self }
    }

    fn parse(message: impl Into<String>, id: Value) -> Self {
        Self { code: -32700, message: message.into(), id }
    }

    fn request(message: impl Into<String>, id: Value) -> Self {
        Self { code: -32600, message: message.into(), id }
    }
}

/// The error as a message of the SDK, which has no id where the request's is not known.
impl From<Fault> for ServerJsonRpcMessage {
    fn from(fault: Fault) -> Self {
        let error = ErrorData::new(ErrorCode(fault.code), fault.message, None);
        Self::error(error, serde_json::from_value(fault.id).ok())
    }
}

/// The bytes without the byte order mark that some clients send.
pub fn without_mark(bytes: Bytes) -> Bytes {
    if bytes.starts_with(MARK) { bytes.slice(MARK.len()..) } else { bytes }
}

/// Read one message; `None` for a notification that is none of the protocol's, which nobody answers.
///
/// # Errors
/// With the error to answer with.
pub fn parse(bytes: &[u8]) -> Result<Option<ClientJsonRpcMessage>, Fault> {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let error = match serde_json::from_slice(bytes) {
        Ok(message) => return Ok(Some(message)),
        Err(error) => error,
    };
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let id = serde_json::from_str(&String::from_utf8_lossy(bytes)).map(|value| id_of(&value));
        Fault::parse("the message is not UTF-8", id.unwrap_or_default())
    })?;
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(_)) => {
            Err(Fault::request("batches are not served: send each message by itself", Value::Null))
        }
        Ok(value) if value.get("id").is_none() && value.get("method").is_some_and(Value::is_string) => {
            Ok(None)
        }
        Ok(value) => {
            let wanted = "the message is no JSON-RPC request: it needs \"jsonrpc\": \"2.0\", an id that is text or a whole number, and a method";
            Err(Fault::request(wanted, id_of(&value)))
        }
        Err(_) => match serde_json::from_str::<Value>(&without_half_pairs(text)) {
            Ok(value) => Err(Fault::parse(
                "the message has half of a surrogate pair (\\ud800 to \\udfff alone), which is no character. Send the \
                 text without it",
                id_of(&value),
            )),
            Err(_) => Err(Fault::parse(format!("the message is no JSON: {error}"), Value::Null)),
        },
    }
}

/// The id of a request that waits for its answer.
pub fn request_id(message: &ClientJsonRpcMessage) -> Option<&RequestId> {
    match message {
        // A subscription is answered when it ends.
        JsonRpcMessage::Request(request) => {
            (!matches!(request.request, ClientRequest::SubscriptionsListenRequest(_))).then_some(&request.id)
        }
        _ => None,
    }
}

/// The id of the request that a client gives up.
pub fn cancelled_id(message: &ClientJsonRpcMessage) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Notification(notification) => match &notification.notification {
            ClientNotification::CancelledNotification(cancelled) => cancelled.params.request_id.as_ref(),
            _ => None,
        },
        _ => None,
    }
}

fn id_of(value: &Value) -> Value {
    match value.get("id") {
        Some(Value::String(id)) if id.len() <= LONGEST_ID => json!(id),
        Some(Value::Number(id)) if id.is_i64() || id.is_u64() => json!(id),
        _ => Value::Null,
    }
}

/// The text with the replacement character for each escape that is half of a pair.
fn without_half_pairs(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.push('\u{fffd}');
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            (Some(_), _) => 6,
            // The character after the backslash is part of the escape, whatever it is.
            (None, _) => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (escape, after) = escape.split_at(length.min(escape.len()));
        whole.push_str(escape);
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// The UTF-16 unit that an escape at the beginning of a text stands for.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &[u8]) -> Value {
        parse(text).unwrap_err().body()
    }

    #[test]
    fn broken_json_is_a_parse_error_with_the_id_where_it_can_be_read() {
        let half = fault(br#"{"jsonrpc":"2.0","id":"a1","method":"tools/call","params":{"name":"x\ud83d"}}"#);
        assert_eq!((&half["error"]["code"], &half["id"]), (&json!(-32700), &json!("a1")), "{half}");
        let other =
            fault(br#"{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"\udc00\ud800\\ud800"}}"#);
        assert_eq!((&other["error"]["code"], &other["id"]), (&json!(-32700), &json!(7)), "{other}");
        let bytes = fault(b"{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"\xff\"}");
        assert_eq!((&bytes["error"]["code"], &bytes["id"]), (&json!(-32700), &json!(8)), "{bytes}");
        for text in ["{", "nonsense", "\"\\ud83d", "{\"id\":1,}", "\u{feff}{", "\\", "\"\\"] {
            let fault = fault(text.as_bytes());
            assert_eq!(
                (&fault["error"]["code"], &fault["id"]),
                (&json!(-32700), &Value::Null),
                "{text}: {fault}"
            );
        }
    }

    #[test]
    fn json_that_is_no_message_is_an_invalid_request() {
        for (text, id) in [
            ("[]", Value::Null),
            ("{}", Value::Null),
            ("7", Value::Null),
            (r#"{"jsonrpc":"2.0","id":3}"#, json!(3)),
            (r#"{"jsonrpc":"1.0","id":"x","method":"ping"}"#, json!("x")),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, Value::Null),
        ] {
            let fault = fault(text.as_bytes());
            assert_eq!((&fault["error"]["code"], &fault["id"]), (&json!(-32600), &id), "{text}: {fault}");
        }
    }

    #[test]
    fn whole_pairs_escapes_and_foreign_notifications_are_no_fault() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\ud83d\ude00"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud83d"}}"#,
            "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
        ] {
            assert!(parse(text.as_bytes()).unwrap().is_some(), "{text}");
        }
        assert!(parse(br#"{"method":"$/setTrace"}"#).is_ok());
    }
}
