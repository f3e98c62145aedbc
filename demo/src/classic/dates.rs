//! The three forms of a date in the Classic API: words, milliseconds, and UTC.

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use serde_json::{Map, Value, json};

use super::facts::Shape;

/// `2026-11-20 15:04:05`.
pub(super) fn plain(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026/11/20 at 3:04 PM`, as logs have it.
pub(super) fn spoken(moment: Timestamp) -> String {
    moment.strftime("%Y/%m/%d at %-I:%M %p").to_string()
}

/// `2026-11-20T15:04:05.000+0000`.
pub(super) fn utc(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// Put all three forms of a date into an object; no moment leaves them empty.
pub(super) fn set_at(object: &mut Map<String, Value>, name: &str, moment: Option<Timestamp>) {
    object.insert(name.to_owned(), json!(moment.map(plain).unwrap_or_default()));
    object.insert(format!("{name}_epoch"), json!(moment.map_or(0, Timestamp::as_millisecond)));
    object.insert(format!("{name}_utc"), json!(moment.map(utc).unwrap_or_default()));
}

/// The three forms as a log has them.
pub(super) fn logged(name: &str, moment: Timestamp) -> [(String, Value); 3] {
    [
        (name.to_owned(), json!(spoken(moment))),
        (format!("{name}_epoch"), json!(moment.as_millisecond())),
        (format!("{name}_utc"), json!(utc(moment))),
    ]
}

/// A moment in any of the forms, ISO 8601 among them.
pub(super) fn read(value: &Value) -> Option<Timestamp> {
    if let Some(number) = value.as_i64() {
        return (number > 0).then(|| Timestamp::from_millisecond(number).ok()).flatten();
    }
    let text = value.as_str()?.trim();
    let day = || text.get(..10).filter(|_| text.len() == 10).map(|day| format!("{day}T00:00:00"));
    let local = |text: &str| Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse()
        .ok()
        .or_else(|| text.strip_suffix("+0000").and_then(|t| format!("{t}Z").parse().ok()))
        .or_else(|| local(&text.replace(' ', "T")))
        .or_else(|| local(&day()?))
}

/// Make the three forms of every date agree with the one that was written.
pub(super) fn agree(value: &mut Value, shape: &Shape) {
    match (value, shape) {
        (Value::Array(rows), Shape::List(list)) => rows.iter_mut().for_each(|row| agree(row, &list.shape)),
        (Value::Object(fields), Shape::Object(_)) => {
            let stems: Vec<&str> = shape.names().filter_map(|name| name.strip_suffix("_utc")).collect();
            for stem in stems {
                agree_on(fields, shape, stem);
            }
            for (name, value) in fields.iter_mut() {
                shape.field(name).into_iter().for_each(|shape| agree(value, shape));
            }
        }
        _ => {}
    }
}

fn agree_on(fields: &mut Map<String, Value>, shape: &Shape, stem: &str) {
    let forms = [stem.to_owned(), format!("{stem}_epoch"), format!("{stem}_utc")];
    let given: Vec<&Value> = forms.iter().filter_map(|form| fields.get(form)).collect();
    if given.is_empty() {
        return;
    }
    let mut made = Map::new();
    set_at(&mut made, stem, given.iter().find_map(|form| read(form)));
    made.retain(|name, _| shape.field(name).is_some());
    fields.append(&mut made);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_makes_the_others() {
        let field = |name: &str| (name.to_owned(), Shape::Text);
        let shape = Shape::Object(["sent", "sent_epoch", "sent_utc"].map(field).to_vec());
        let moment: Timestamp = "2026-11-20T15:04:05Z".parse().unwrap();
        for written in [
            json!({"sent": "2026-11-20 15:04:05"}),
            json!({"sent": "", "sent_epoch": moment.as_millisecond()}),
            json!({"sent_utc": "2026-11-20T15:04:05.000+0000"}),
        ] {
            let mut value = written;
            agree(&mut value, &shape);
            assert_eq!(value["sent"], "2026-11-20 15:04:05", "{value}");
            assert_eq!(value["sent_epoch"], moment.as_millisecond());
            assert_eq!(value["sent_utc"], "2026-11-20T15:04:05.000+0000");
        }
        let mut cleared = json!({"sent": ""});
        agree(&mut cleared, &shape);
        assert_eq!(cleared, json!({"sent": "", "sent_epoch": 0, "sent_utc": ""}));
    }
}
