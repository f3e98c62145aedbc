//! The functions that take bytes from outside, each with what must hold of its result. `fuzz_targets/` gives them to libFuzzer;
//! `tests/fuzz.rs` compiles this file too and gives them the seeds, changed at random.

use std::path::Path;

use jamf_pro_mcp::mcp::message as messages;
use jamf_pro_mcp::payloads::Payload;
use jamf_pro_mcp::privacy::Redaction;
use jamf_pro_mcp::query::question::Question;
use jamf_pro_mcp::query::repair::repair_conditions;
use jamf_pro_mcp::sanitize::text as cleaned;
use jamf_pro_tools::{Action, Body, Catalogue, Rows, classic as classics, rsql as filters, xml as documents};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// A filter that is read is written as the same filter.
pub fn rsql(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(filter) = filters::parse(text) else { return };
    assert_eq!(filters::parse(&filter.to_string()).as_ref(), Ok(&filter), "{filter}");
}

/// A body that is laid out as XML can be read, and has the root that the action names.
pub fn xml(data: &[u8]) {
    let _ = std::str::from_utf8(data).map(documents::parse);
    let Some((action, arguments)) = call(data, |action| action.method != jamf_pro_tools::Method::Get) else {
        return;
    };
    let Ok(checked) = action.check(arguments) else { return };
    let Ok(request) = action.request(&checked) else { return };
    if let Body::Xml(text) = request.body {
        documents::parse(&text).expect("our own XML can be read");
    }
}

/// What is made of an answer of the Classic API has the grammar of JSON; its texts are passed on unread, half a surrogate pair too.
pub fn classic(data: &[u8]) {
    for rows in [Rows::None, Rows::Paged, Rows::Whole] {
        if let Ok(text) = classics::normalized(data, rows) {
            serde_json::from_str::<&RawValue>(&text).expect("what is made of an answer is JSON");
        }
    }
}

/// A payload that is read and can be written is read again as the same one, with no entity in it.
pub fn payload(data: &[u8]) {
    let read = match (Payload::parse(data), std::str::from_utf8(data)) {
        (Ok(read), _) => read,
        (Err(_), Ok(text)) => match Payload::from_json(text, None) {
            Ok(read) => read,
            Err(_) => return,
        },
        _ => return,
    };
    let _ = read.view();
    let Ok(text) = read.text() else { return };
    let again = Payload::parse(text.as_bytes()).expect("our own payload can be read");
    assert_eq!(read.differences(&again), Vec::<String>::new(), "{text}");
}

/// Bytes of a client are a message, or an error that can be answered with.
pub fn message(data: &[u8]) {
    match messages::parse(data) {
        Ok(Some(message)) => {
            let _ = (messages::request_id(&message), messages::cancelled_id(&message));
            serde_json::to_string(&message).expect("a message can be written");
        }
        Ok(None) => {}
        Err(fault) => {
            let body = fault.body();
            assert!(body["error"]["code"].is_i64() && body["error"]["message"].is_string(), "{body}");
        }
    }
}

/// Arguments that were checked are taken again as they are.
pub fn arguments(data: &[u8]) {
    let Some((action, arguments)) = call(data, |_| true) else { return };
    let Ok(checked) = action.check(arguments) else { return };
    let again = action.check(checked.arguments().clone());
    let again = again.map_err(|problems| format!("{}: {problems}", action.name)).expect("taken again");
    assert_eq!(again.arguments(), checked.arguments(), "{}", action.name);
    let _ = action.request(&checked);
}

/// Conditions are refused, or judge any row.
pub fn filter(data: &[u8]) {
    let Some((action, mut arguments)) = call(data, |action| action.rows != Rows::None) else { return };
    let row =
        arguments.shift_remove("row").unwrap_or_else(|| json!({ "id": "1", "general": { "name": "x" } }));
    repair_conditions(&mut arguments);
    let Ok(checked) = action.check(arguments) else { return };
    let Ok(redaction) = Redaction::open(jamf_pro_mcp::config::Redaction::Full, Path::new("")) else { return };
    let Ok(question) =
        Question::of(action, &checked, &redaction, Some("11.30.2"), jiff::Timestamp::UNIX_EPOCH)
    else {
        return;
    };
    if let Some(sent) = &question.filter {
        filters::parse(sent).expect("what Jamf is asked is a filter");
    }
    if let Some(row_filter) = &question.row_filter {
        row_filter.takes(&row);
    }
    let _ = question.arguments(action, checked);
}

/// Text of the tenant is cleaned once and for all, and JSON stays JSON.
pub fn text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let clean = cleaned::clean(text);
    assert_eq!(cleaned::clean(&clean), clean);
    if serde_json::from_str::<Value>(text).is_ok() {
        for (from, most) in [(0, usize::MAX), (0, 8), (3, 5)] {
            let (cut, _) = cleaned::json_from(text, from, most);
            serde_json::from_str::<Value>(&cut).expect("JSON stays JSON");
        }
    }
}

/// A call: the name of an action, a line break, and its arguments as JSON. A name that is none picks one of those wanted.
fn call(data: &[u8], wanted: impl Fn(&Action) -> bool) -> Option<(&'static Action, Map<String, Value>)> {
    let (name, arguments) = std::str::from_utf8(data).ok()?.split_once('\n')?;
    let catalogue = Catalogue::get();
    let picked = || {
        let sum = name.bytes().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let fitting: Vec<_> = catalogue.actions().filter(|action| wanted(action)).collect();
        fitting.get(sum.checked_rem(fitting.len())?).copied()
    };
    let action = catalogue.find(name).filter(|action| wanted(action)).or_else(picked)?;
    let arguments: Map<String, Value> = serde_json::from_str(arguments).ok()?;
    Some((action, arguments))
}
