//! The filter language of the Jamf Pro API: parsing, and matching against keys. Knows no field and no record.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Test(Test),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) field: String,
    op: Op,
    values: Vec<Operand>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Out,
}

impl Op {
    fn render(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "=in=",
            Self::Out => "=out=",
        }
    }
}

/// A value of the filter; more than one part means wildcards between them.
#[derive(Debug, Clone, PartialEq)]
struct Operand {
    parts: Vec<String>,
}

/// A field's value, ready to compare and to sort.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Key {
    Null,
    Flag(bool),
    Number(f64),
    Date(Timestamp),
    /// Lower case: Jamf compares text without regard to case.
    Text(String),
}

impl Key {
    /// The key of a value; ids that are digits compare as numbers, texts that are moments as moments.
    pub(crate) fn of(field: &str, value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(0.0)),
            Value::String(text) => Self::text(field, text),
            other => Self::Text(other.to_string()),
        }
    }

    fn text(field: &str, text: &str) -> Self {
        if is_id(field)
            && let Ok(number) = text.parse::<i32>()
        {
            return Self::Number(f64::from(number));
        }
        moment(text).map_or_else(|| Self::Text(text.to_lowercase()), Self::Date)
    }

    /// Order of two keys; nulls first, unlike kinds by their text.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.render().cmp(&other.render()),
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Date(date) => date.to_string().to_lowercase(),
            Self::Text(text) => text.clone(),
        }
    }
}

fn is_id(field: &str) -> bool {
    let last = field.rsplit('.').next().unwrap_or(field);
    last == "id" || last.ends_with("Id")
}

/// A moment or a day written as Jamf writes them.
fn moment(text: &str) -> Option<Timestamp> {
    let looks = text.len() >= 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    if !looks {
        return None;
    }
    if text.len() == 10 {
        return format!("{text}T00:00:00Z").parse().ok();
    }
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

impl Filter {
    /// Read a filter; `Err` is where it stops making sense.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text: text.chars().collect(), at: 0, depth: 0 };
        let filter = reader.any()?;
        reader.space();
        if reader.peek().is_some() {
            return Err(reader.error("the end"));
        }
        Ok(filter)
    }

    /// Every field that it names, with the operator in its short form.
    pub(crate) fn tests(&self) -> Vec<(&str, &'static str)> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Test(test) => vec![(test.field.as_str(), test.op.render())],
        }
    }

    /// Every field that it names.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Test(test) => vec![test.field.as_str()],
        }
    }

    /// Give every field the name that `rename` gives it.
    pub(crate) fn rename(&mut self, rename: &impl Fn(&str) -> Option<&'static str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().for_each(|p| p.rename(rename)),
            Self::Test(test) => {
                if let Some(name) = rename(&test.field) {
                    name.clone_into(&mut test.field);
                }
            }
        }
    }

    /// Whether a record matches, `key` giving its keys by field.
    pub(crate) fn matches<'k>(&self, key: &impl Fn(&str) -> std::borrow::Cow<'k, Key>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|p| p.matches(key)),
            Self::Any(parts) => parts.iter().any(|p| p.matches(key)),
            Self::Test(test) => test.matches(&key(&test.field)),
        }
    }
}

impl Test {
    fn matches(&self, key: &Key) -> bool {
        let equal = |operand: &Operand| operand.equals(&self.field, key);
        let order = || self.values.first().map(|v| key.order(&v.key(&self.field, key)));
        let known = *key != Key::Null;
        match self.op {
            Op::Equal => self.values.first().is_some_and(equal),
            Op::NotEqual => !self.values.first().is_some_and(equal),
            Op::In => self.values.iter().any(equal),
            Op::Out => !self.values.iter().any(equal),
            Op::Less => known && order().is_some_and(Ordering::is_lt),
            Op::LessOrEqual => known && order().is_some_and(Ordering::is_le),
            Op::Greater => known && order().is_some_and(Ordering::is_gt),
            Op::GreaterOrEqual => known && order().is_some_and(Ordering::is_ge),
        }
    }
}

impl Operand {
    /// The value as a key that compares with `like`: a number with a number.
    fn key(&self, field: &str, like: &Key) -> Key {
        let text = self.parts.join("*");
        match like {
            Key::Number(_) => text.parse().map_or_else(|_| Key::text(field, &text), Key::Number),
            _ => Key::text(field, &text),
        }
    }

    fn equals(&self, field: &str, key: &Key) -> bool {
        match (self.parts.as_slice(), key) {
            ([_], _) => key.order(&self.key(field, key)).is_eq(),
            (_, Key::Null) => false,
            (parts, _) => glob(parts, &key.render()),
        }
    }
}

/// Whether `text` is the parts with anything between them.
fn glob(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return false };
    let (first, last) = (first.to_lowercase(), last.to_lowercase());
    let Some(rest) = text.strip_prefix(first.as_str()) else { return false };
    let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
    for part in middle {
        let part = part.to_lowercase();
        let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
        rest = after;
    }
    true
}

/// How deep parentheses may nest.
const DEEPEST: usize = 32;

struct Reader {
    text: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn error(&self, wanted: &str) -> String {
        format!("expected {wanted} at character {}", self.at + 1)
    }

    /// Take `word` if it stands here on its own.
    fn word(&mut self, word: &str) -> bool {
        let end = self.at + word.chars().count();
        let here: String = self.text.get(self.at..end).unwrap_or_default().iter().collect();
        let alone = self.text.get(end).is_none_or(|c| c.is_whitespace() || *c == '(');
        let found = here.eq_ignore_ascii_case(word) && alone;
        if found {
            self.at = end;
        }
        found
    }

    fn joined(&mut self, mark: char, word: &str) -> bool {
        self.space();
        if self.peek() == Some(mark) {
            self.at += 1;
            return true;
        }
        self.word(word)
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        while self.joined(',', "or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.term()?];
        while self.joined(';', "and") {
            parts.push(self.term()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn term(&mut self) -> Result<Filter, String> {
        self.space();
        if self.peek() != Some('(') {
            return self.test().map(Filter::Test);
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("parentheses nest too deep".to_owned());
        }
        let filter = self.any()?;
        self.space();
        if self.next() != Some(')') {
            return Err(self.error("`)`"));
        }
        self.depth -= 1;
        Ok(filter)
    }

    fn test(&mut self) -> Result<Test, String> {
        let field = self.plain();
        if field.is_empty() {
            return Err(self.error("a field"));
        }
        self.space();
        let op = self.op()?;
        self.space();
        let values = match op {
            Op::In | Op::Out => self.list()?,
            _ => vec![self.operand()?],
        };
        Ok(Test { field, op, values })
    }

    fn op(&mut self) -> Result<Op, String> {
        let start = self.at;
        let first = self.next();
        if first == Some('=') {
            while self.peek().is_some_and(|c| c.is_ascii_lowercase()) {
                self.at += 1;
            }
        }
        self.at += usize::from(self.peek() == Some('='));
        let op: String = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        Ok(match op.as_str() {
            "==" => Op::Equal,
            "!=" => Op::NotEqual,
            "<" | "=lt=" => Op::Less,
            "<=" | "=le=" => Op::LessOrEqual,
            ">" | "=gt=" => Op::Greater,
            ">=" | "=ge=" => Op::GreaterOrEqual,
            "=in=" => Op::In,
            "=out=" => Op::Out,
            _ => return Err(self.error("an operator")),
        })
    }

    fn list(&mut self) -> Result<Vec<Operand>, String> {
        if self.next() != Some('(') {
            return Err(self.error("`(`"));
        }
        let mut values = Vec::new();
        loop {
            self.space();
            values.push(self.operand()?);
            self.space();
            match self.next() {
                Some(',') => {}
                Some(')') => return Ok(values),
                _ => return Err(self.error("`,` or `)`")),
            }
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => {
                let text = self.plain();
                if text.is_empty() {
                    return Err(self.error("a value"));
                }
                Ok(Operand { parts: text.split('*').map(str::to_owned).collect() })
            }
        }
    }

    fn plain(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace() && !"\"'();,=!~<>".contains(c)) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn quoted(&mut self, quote: char) -> Result<Operand, String> {
        self.at += 1;
        let mut parts = vec![];
        let mut part = String::new();
        loop {
            match self.next() {
                None => return Err(self.error("a closing quote")),
                Some('\\') => part.extend(self.next()),
                Some('*') => parts.push(std::mem::take(&mut part)),
                Some(c) if c == quote => {
                    parts.push(part);
                    return Ok(Operand { parts });
                }
                Some(c) => part.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    fn matches(filter: &str, record: &Value) -> bool {
        let filter = Filter::read(filter).unwrap();
        filter.matches(&|field: &str| Cow::Owned(Key::of(field, record.get(field).unwrap_or(&Value::Null))))
    }

    #[test]
    fn operators_compare() {
        let mac = json!({"id": "9", "name": "Lab Mac 7", "seen": "2026-03-01T10:00:00Z", "priority": 10, "managed": true, "gone": null});
        let yes = [
            "name==\"Lab Mac 7\"",
            "name=='lab mac 7'",
            "name==\"*mac*\"",
            "name==Lab*",
            "id<10",
            "id=lt=10",
            "id>=9;id<=9",
            "id=in=(1,9)",
            "priority>9",
            "priority==10",
            "id=out=(1,2)",
            "seen>2026-02-28T23:00:00Z",
            "seen<2026-03-01T10:00:00.001Z",
            "managed==true",
            "id==1,id==9",
            "id==1 or id==9",
            "(id==1,id==9);managed==true",
            "id==9 and managed!=false",
            "gone!=x",
        ];
        for filter in yes {
            assert!(matches(filter, &mac), "{filter}");
        }
        let no =
            ["id>10", "name==Lab", "name!=\"*Mac*\"", "id==9;id==1", "seen<2026-02-28", "gone<5", "gone==*"];
        for filter in no {
            assert!(!matches(filter, &mac), "{filter}");
        }
    }

    #[test]
    fn quotes_hold_what_would_be_syntax() {
        let mac = json!({"name": "a \"b\", (c); \\d *"});
        assert!(matches(r#"name=="a \"b\", (c); \\d \*""#, &mac));
        assert!(!matches(r#"name=="a \"b\", (c); \\d""#, &mac));
    }

    #[test]
    fn nonsense_is_refused() {
        for filter in
            ["", "name", "name==", "name=x=1", "(id==1", "id==1)", "id==\"1", "id=in=1", "id==1 id==2", "=="]
        {
            assert!(Filter::read(filter).is_err(), "{filter}");
        }
        assert!(Filter::read(&"(".repeat(5000)).is_err());
    }
}
