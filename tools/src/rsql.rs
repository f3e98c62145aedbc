//! RSQL as Jamf takes it: parsed to be checked, built from parts, never concatenated.
//!
//! `;` and `and` join more tightly than `,` and `or`. A value is quoted when it holds a space or a reserved character; `*` in
//! a value is Jamf's wildcard and cannot be escaped, so a value that must match a star literally cannot be built.

use std::fmt;

/// Deepest nesting of parentheses.
const DEPTH: usize = 32;

/// Characters that end a bare word, or that only a quoted value can hold.
const RESERVED: &str = "\"'();,<>=!~ \t\n\r";

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// All of them.
    And(Vec<Expression>),
    /// Any of them.
    Or(Vec<Expression>),
    /// One comparison.
    Comparison {
        /// Field, as a dotted path.
        selector: String,
        /// Operator as written, such as `==` or `=in=`.
        operator: String,
        /// One value, or several in parentheses.
        values: Vec<String>,
        /// Values stand in parentheses.
        is_list: bool,
    },
}

/// Why a filter is not RSQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {at}; a filter looks like name==\"Lab*\";id>5")]
pub struct ParseError {
    /// Position in characters, from 1.
    pub at: usize,
    /// What is wrong.
    pub message: &'static str,
}

/// Parse a filter.
///
/// # Errors
/// With the position of what is wrong.
pub fn parse(text: &str) -> Result<Expression, ParseError> {
    let mut parser = Parser { text, at: 0 };
    let expression = parser.or(0)?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error("more is there than one filter takes"));
    }
    Ok(expression)
}

/// One comparison of a field with a value that is taken literally.
///
/// # Errors
/// When the value holds a `*`, which Jamf would take as a wildcard.
pub fn equals(selector: &str, value: &str) -> Result<Expression, ParseError> {
    if let Some(at) = value.chars().position(|c| c == '*') {
        return Err(ParseError {
            at: at + 1,
            message: "a star in a value is a wildcard and cannot be meant literally",
        });
    }
    Ok(compare(selector, "==", value))
}

/// One comparison; a `*` in the value is a wildcard.
pub fn compare(selector: &str, operator: &str, value: &str) -> Expression {
    Expression::Comparison {
        selector: selector.to_owned(),
        operator: operator.to_owned(),
        values: vec![value.to_owned()],
        is_list: false,
    }
}

/// What a condition of `where` compares, when RSQL can say it: neither emptiness nor a star that is meant literally.
pub fn condition(selector: &str, comparison: &str, values: &[&str]) -> Option<Expression> {
    if values.iter().any(|value| value.contains('*')) {
        return None;
    }
    let single = || values.first().copied().filter(|_| values.len() == 1);
    let operator = match comparison {
        "eq" => "==",
        "ne" => "!=",
        "lt" => "<",
        "le" => "<=",
        "gt" => ">",
        "ge" => ">=",
        "contains" => return Some(compare(selector, "==", &format!("*{}*", single()?))),
        "starts_with" => return Some(compare(selector, "==", &format!("{}*", single()?))),
        "ends_with" => return Some(compare(selector, "==", &format!("*{}", single()?))),
        "in" | "not_in" => {
            return (!values.is_empty()).then(|| Expression::Comparison {
                selector: selector.to_owned(),
                operator: if comparison == "in" { "=in=" } else { "=out=" }.to_owned(),
                values: values.iter().map(|value| (*value).to_owned()).collect(),
                is_list: true,
            });
        }
        _ => return None,
    };
    Some(compare(selector, operator, single()?))
}

impl Expression {
    /// Several filters that must all hold, as one; none when there are none.
    pub fn all(mut parts: Vec<Self>) -> Option<Self> {
        if parts.len() < 2 { parts.pop() } else { Some(Self::And(parts)) }
    }

    /// The conditions that must all hold, each by itself.
    pub fn conjuncts(self) -> Vec<Self> {
        match self {
            Self::And(parts) => parts.into_iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }

    /// Every comparison in it, in order.
    pub fn comparisons_mut(&mut self) -> Vec<&mut Self> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter_mut().flat_map(Self::comparisons_mut).collect(),
            Self::Comparison { .. } => vec![self],
        }
    }

    /// The fields it asks about, in order, each as often as it is asked about.
    pub fn selectors(&self) -> Vec<&str> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::selectors).collect(),
            Self::Comparison { selector, .. } => vec![selector],
        }
    }

    /// The same filter with other field names.
    #[must_use]
    pub fn with_names(&self, name: &impl Fn(&str) -> String) -> Self {
        match self {
            Self::And(parts) => Self::And(parts.iter().map(|part| part.with_names(name)).collect()),
            Self::Or(parts) => Self::Or(parts.iter().map(|part| part.with_names(name)).collect()),
            Self::Comparison { selector, operator, values, is_list: listed } => Self::Comparison {
                selector: name(selector),
                operator: operator.clone(),
                values: values.clone(),
                is_list: *listed,
            },
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => join(f, parts, ",", |_| false),
            // An alternative inside a conjunction needs its parentheses.
            Self::And(parts) => join(f, parts, ";", |part| matches!(part, Self::Or(_))),
            Self::Comparison { selector, operator, values, is_list: listed } => {
                write!(f, "{selector}{operator}")?;
                if !listed {
                    return values.iter().try_for_each(|value| write_value(f, value));
                }
                f.write_str("(")?;
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        f.write_str(",")?;
                    }
                    write_value(f, value)?;
                }
                f.write_str(")")
            }
        }
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expression],
    between: &str,
    parenthesised: impl Fn(&Expression) -> bool,
) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        // A group inside a group of the same kind keeps its parentheses, so that what is written is what was parsed.
        let same = matches!((between, part), (",", Expression::Or(_)) | (";", Expression::And(_)));
        if same || parenthesised(part) { write!(f, "({part})")? } else { write!(f, "{part}")? }
    }
    Ok(())
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    let bare = !value.is_empty()
        && !value.contains(|c: char| RESERVED.contains(c) || c == '\\' || c.is_whitespace());
    if bare {
        return f.write_str(value);
    }
    f.write_str("\"")?;
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn error(&self, message: &'static str) -> ParseError {
        let before = self.text.get(..self.at).unwrap_or_default();
        ParseError { at: before.chars().count() + 1, message }
    }

    fn or(&mut self, depth: usize) -> Result<Expression, ParseError> {
        let mut parts = vec![self.and(depth)?];
        while self.take_joint(',', "or") {
            parts.push(self.and(depth)?);
        }
        Ok(single(parts, Expression::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Expression, ParseError> {
        let mut parts = vec![self.constraint(depth)?];
        while self.take_joint(';', "and") {
            parts.push(self.constraint(depth)?);
        }
        Ok(single(parts, Expression::And))
    }

    /// Whether a joining sign or word comes next; it is taken when it does.
    fn take_joint(&mut self, sign: char, word: &str) -> bool {
        self.skip_space();
        let rest = self.rest();
        if rest.starts_with(sign) {
            self.at += 1;
            return true;
        }
        let is_word = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && rest
                .get(word.len()..)
                .is_some_and(|after| after.starts_with(|c: char| c.is_whitespace() || c == '('));
        if is_word {
            self.at += word.len();
        }
        is_word
    }

    fn constraint(&mut self, depth: usize) -> Result<Expression, ParseError> {
        self.skip_space();
        if self.peek() != Some('(') {
            return self.comparison();
        }
        if depth >= DEPTH {
            return Err(self.error("the parentheses are nested too deeply"));
        }
        self.at += 1;
        let inner = self.or(depth + 1)?;
        self.skip_space();
        if self.peek() != Some(')') {
            return Err(self.error("a closing parenthesis is missing"));
        }
        self.at += 1;
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Expression, ParseError> {
        let selector = self.word();
        if selector.is_empty() {
            return Err(self.error("a field name is missing"));
        }
        self.skip_space();
        let operator = self.operator()?;
        self.skip_space();
        let listed = self.peek() == Some('(');
        let values = if listed { self.values()? } else { vec![self.value()?] };
        if matches!(operator, "=in=" | "=out=") && !listed {
            return Err(self.error("=in= and =out= take values in parentheses"));
        }
        Ok(Expression::Comparison {
            selector: selector.to_owned(),
            operator: operator.to_owned(),
            values,
            is_list: listed,
        })
    }

    fn operator(&mut self) -> Result<&'a str, ParseError> {
        let rest = self.rest();
        let plain = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|sign| rest.starts_with(sign));
        let length = match plain {
            Some(sign) => sign.len(),
            None => {
                let named = rest.strip_prefix('=').and_then(|named| {
                    let name = named.split_once('=').map(|(name, _)| name)?;
                    let valid =
                        (1..=20).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase());
                    valid.then_some(name.len() + 2)
                });
                named.ok_or_else(|| {
                    self.error("an operator such as ==, !=, <, >=, =in= or =out= is missing")
                })?
            }
        };
        self.at += length;
        Ok(rest.get(..length).unwrap_or_default())
    }

    fn values(&mut self) -> Result<Vec<String>, ParseError> {
        let mut values = Vec::new();
        loop {
            self.at += 1;
            self.skip_space();
            values.push(self.value()?);
            self.skip_space();
            match self.peek() {
                Some(',') => {}
                Some(')') => break,
                _ => return Err(self.error("a closing parenthesis is missing after the values")),
            }
        }
        self.at += 1;
        Ok(values)
    }

    fn value(&mut self) -> Result<String, ParseError> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted_text(quote),
            _ => {
                let word = self.word();
                if word.is_empty() {
                    return Err(
                        self.error("a value is missing; put it in quotes when it has spaces or signs")
                    );
                }
                Ok(word.to_owned())
            }
        }
    }

    fn quoted_text(&mut self, quote: char) -> Result<String, ParseError> {
        let mut value = String::new();
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            if !escaped && c == quote {
                self.at += offset + c.len_utf8();
                return Ok(value);
            }
            escaped = !escaped && c == '\\';
            if !escaped {
                value.push(c);
            }
        }
        Err(self.error("a quote is not closed"))
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| RESERVED.contains(c) || c.is_whitespace()).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
}

fn single(mut parts: Vec<Expression>, several: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            several(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn again(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    #[test]
    fn filters_are_read_and_written_back() {
        for text in [
            "name==\"Lab*\";id>5",
            "a==1,b==2;c!=3",
            "(a==1,b==2);c!=3",
            "id=in=(1,2,\"x y\")",
            "general.lastCheckIn<2026-01-01T00:00:00Z",
            "a=lt=5;b=ge=7",
            "name==\"say \\\"hi\\\" \\\\ there\"",
        ] {
            let first = again(text);
            assert_eq!(again(&first), first, "{text}");
        }
        assert_eq!(again("a == 1 and b=='x y' or c==3"), "a==1;b==\"x y\",c==3");
        assert_eq!(again("(a==1 or b==2) and c==3"), "(a==1,b==2);c==3");
    }

    #[test]
    fn malformed_filters_are_located() {
        for (text, at) in [
            ("", 1),
            ("name", 5),
            ("name=x", 5),
            ("name==", 7),
            ("name==\"x", 7),
            ("a==1;", 6),
            ("(a==1", 6),
            ("a==1)", 5),
            ("a==x y", 6),
            ("id=in=5", 8),
            ("id=in=(5", 9),
            ("==5", 1),
        ] {
            assert_eq!(parse(text).unwrap_err().at, at, "{text}: {:?}", parse(text));
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }

    #[test]
    fn values_are_quoted_when_built() {
        assert_eq!(equals("name", "x\",id==\"1").unwrap().to_string(), "name==\"x\\\",id==\\\"1\"");
        assert!(equals("name", "a*b").is_err());
    }

    #[test]
    fn conditions_are_said_in_rsql_where_it_can_say_them() {
        let comparison_of = |comparison, values: &[&str]| {
            condition("name", comparison, values).map(|filter| filter.to_string())
        };
        assert_eq!(comparison_of("eq", &["a \"b\";id>0"]).unwrap(), r#"name=="a \"b\";id>0""#);
        assert_eq!(comparison_of("contains", &["lab"]).unwrap(), "name==*lab*");
        assert_eq!(comparison_of("starts_with", &["lab 1"]).unwrap(), "name==\"lab 1*\"");
        assert_eq!(comparison_of("not_in", &["a", "b,c"]).unwrap(), "name=out=(a,\"b,c\")");
        assert_eq!(comparison_of("eq", &["5*"]), None, "a star would be a wildcard");
        assert_eq!(comparison_of("eq", &["a", "b"]), None);
        assert_eq!(comparison_of("is_empty", &[]), None);
    }

    #[test]
    fn what_must_all_hold_comes_apart_and_together() {
        let parts = parse("a==1;(b==2;c==3);(d==4,e==5)").unwrap().conjuncts();
        assert_eq!(parts.len(), 4);
        assert_eq!(Expression::all(parts).unwrap().to_string(), "a==1;b==2;c==3;(d==4,e==5)");
        assert_eq!(Expression::all(Vec::new()), None);
    }

    #[test]
    fn selectors_are_found_and_renamed() {
        let filter = parse("(a==1,b.c==2);a!=3").unwrap();
        assert_eq!(filter.selectors(), ["a", "b.c", "a"]);
        let upper = |name: &str| name.to_uppercase();
        assert_eq!(filter.with_names(&upper).to_string(), "(A==1,B.C==2);A!=3");
    }

    fn expression() -> impl Strategy<Value = Expression> {
        let comparison = (
            "[a-z][a-zA-Z0-9.]{0,12}",
            prop::sample::select(vec!["==", "!=", "<", ">=", "=lt="]),
            any::<String>(),
        )
            .prop_map(|(selector, operator, value)| compare(&selector, operator, &value));
        comparison.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
                prop::collection::vec(inner, 2..4).prop_map(Expression::Or),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(filter in expression()) {
            prop_assert_eq!(parse(&filter.to_string()).unwrap(), filter);
        }

        #[test]
        fn no_text_breaks_the_parser(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
