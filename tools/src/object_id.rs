//! Ids of Jamf's objects as they are compared: by what they mean, not by how an answer writes them. The main type is [`ObjectId`].

use std::fmt;

use serde_json::Value;

/// The id of an object. `7`, `"7"` and `"007"` are one id; a text that is no number, such as a UUID or the id that a directory gave
/// a group, is compared as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectId {
    /// An id of Jamf Pro's own.
    Number(u64),
    /// An id that another system made.
    Text(String),
}

impl ObjectId {
    /// The id that a text spells. `None` where it says that there is no object: nothing, `0` and `-1`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse().ok().filter(|_| is_number) {
            Some(0) => None,
            Some(number) => Some(Self::Number(number)),
            None if text.is_empty() || text == "-1" => None,
            None => Some(Self::Text(text.to_owned())),
        }
    }

    /// The id in a value: a text or a number. `None` as for [`ObjectId::parse`], and for what is no id at all.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    /// The id at a dotted path below a value.
    pub fn at(value: &Value, path: &str) -> Option<Self> {
        path.split('.').try_fold(value, |value, name| value.get(name)).and_then(Self::of)
    }

    /// Whether a value has this id at a dotted path.
    pub fn is_at(&self, value: &Value, path: &str) -> bool {
        Self::at(value, path).as_ref() == Some(self)
    }
}

/// The one spelling in which an id is sent.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spellings_of_one_number_are_one_id() {
        let seven = ObjectId::parse("7").unwrap();
        for value in [json!(7), json!("7"), json!("007"), json!(" 7 ")] {
            assert_eq!(ObjectId::of(&value).as_ref(), Some(&seven), "{value}");
            assert_eq!(ObjectId::of(&value).unwrap().to_string(), "7");
        }
        for value in [json!(70), json!("+7"), json!("7a"), json!("0x7"), json!(-7), json!("７"), json!(7.5)]
        {
            assert_ne!(ObjectId::of(&value), Some(seven.clone()), "{value}");
        }
    }

    #[test]
    fn texts_stay_what_they_are_and_no_object_is_the_same_as_no_other() {
        let text = ObjectId::parse("S-1-5-21-007").unwrap();
        assert_eq!(text.to_string(), "S-1-5-21-007");
        assert_ne!(Some(text), ObjectId::parse("S-1-5-21-7"));
        for value in
            [json!(0), json!("0"), json!("000"), json!(-1), json!("-1"), json!(""), json!(null), json!({})]
        {
            assert_eq!(ObjectId::of(&value), None, "{value}");
        }
        let group = json!({ "group": { "id": "0012" } });
        assert!(ObjectId::parse("12").unwrap().is_at(&group, "group.id"));
        assert!(!ObjectId::parse("12").unwrap().is_at(&group, "group.name"));
    }

    #[test]
    fn a_number_that_is_too_long_is_no_other_one() {
        let long = "9".repeat(30);
        assert_eq!(ObjectId::parse(&long), Some(ObjectId::Text(long.clone())));
    }
}
