//! Filters, read and applied as the simulated tenant's own: not shared with the server that is tested against it.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Test { field: String, operator: String, values: Vec<String> },
}

impl Filter {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let mut at = 0;
        let filter = any(&tokens, &mut at)?;
        (at == tokens.len()).then_some(filter)
    }

    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Test { field, .. } => vec![field],
        }
    }

    pub(crate) fn matches(&self, look_up: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(look_up)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(look_up)),
            Self::Test { field, operator, values } => test(&look_up(field), operator, values),
        }
    }
}

fn test(value: &Value, operator: &str, values: &[String]) -> bool {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let first = values.first().map(String::as_str).unwrap_or_default();
    let order = || if value.is_null() || text.is_empty() { None } else { Some(compare(&text, first)) };
    match operator {
        "==" => like(&text, first),
        "!=" => !like(&text, first),
        "<" | "=lt=" => order() == Some(Ordering::Less),
        ">" | "=gt=" => order() == Some(Ordering::Greater),
        "<=" | "=le=" => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        ">=" | "=ge=" => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        "=in=" => values.iter().any(|value| like(&text, value)),
        "=out=" => !values.iter().any(|value| like(&text, value)),
        _ => false,
    }
}

/// Numbers as numbers, times as times, everything else as text without regard to case.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    if let (Ok(left), Ok(right)) = (left.parse::<f64>(), right.parse::<f64>()) {
        return left.total_cmp(&right);
    }
    if let (Ok(left), Ok(right)) = (left.parse::<Timestamp>(), right.parse::<Timestamp>()) {
        return left.cmp(&right);
    }
    left.to_lowercase().cmp(&right.to_lowercase())
}

/// Equal but for case, with `*` for anything.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Operator(String),
    Word(String),
    Quoted(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ';' => tokens.push(Token::And),
            ',' => tokens.push(Token::Or),
            '"' | '\'' => {
                let mut value = String::new();
                loop {
                    match chars.next()? {
                        '\\' => value.push(chars.next()?),
                        end if end == c => break,
                        other => value.push(other),
                    }
                }
                tokens.push(Token::Quoted(value));
            }
            '=' | '!' | '<' | '>' => {
                let mut operator = c.to_string();
                let named = c == '=' && chars.peek().is_some_and(char::is_ascii_lowercase);
                while let Some(next) = chars.peek().copied() {
                    if next == '=' {
                        operator.push(next);
                        chars.next();
                        break;
                    }
                    if !(named && next.is_ascii_lowercase()) {
                        break;
                    }
                    operator.push(next);
                    chars.next();
                }
                tokens.push(Token::Operator(operator));
            }
            first => {
                let mut word = first.to_string();
                while let Some(next) = chars.peek().copied() {
                    if next.is_whitespace() || "\"'();,<>=!~".contains(next) {
                        break;
                    }
                    word.push(next);
                    chars.next();
                }
                tokens.push(match word.as_str() {
                    "and" => Token::And,
                    "or" => Token::Or,
                    _ => Token::Word(word),
                });
            }
        }
    }
    Some(tokens)
}

fn any(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    let mut parts = vec![all(tokens, at)?];
    while tokens.get(*at) == Some(&Token::Or) {
        *at += 1;
        parts.push(all(tokens, at)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
}

fn all(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    let mut parts = vec![one(tokens, at)?];
    while tokens.get(*at) == Some(&Token::And) {
        *at += 1;
        parts.push(one(tokens, at)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
}

fn one(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    if tokens.get(*at) == Some(&Token::Open) {
        *at += 1;
        let inner = any(tokens, at)?;
        if tokens.get(*at) != Some(&Token::Close) {
            return None;
        }
        *at += 1;
        return Some(inner);
    }
    let Some(Token::Word(field)) = tokens.get(*at) else { return None };
    let Some(Token::Operator(operator)) = tokens.get(*at + 1) else { return None };
    *at += 2;
    let mut values = Vec::new();
    if tokens.get(*at) == Some(&Token::Open) {
        while tokens.get(*at) != Some(&Token::Close) {
            *at += 1;
            values.push(value(tokens, at)?);
        }
        *at += 1;
    } else {
        values.push(value(tokens, at)?);
    }
    Some(Filter::Test { field: field.clone(), operator: operator.clone(), values })
}

fn value(tokens: &[Token], at: &mut usize) -> Option<String> {
    let (Some(Token::Word(value)) | Some(Token::Quoted(value))) = tokens.get(*at) else { return None };
    *at += 1;
    Some(value.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(filter: &str) -> bool {
        let row =
            json!({ "id": "7", "name": "Lab; \"one\"", "seen": "2026-01-02T00:00:00.000Z", "none": null });
        Filter::parse(filter).unwrap().matches(&|field| row.get(field).cloned().unwrap_or(Value::Null))
    }

    #[test]
    fn filters_are_applied() {
        for yes in [
            "id==7",
            "name==\"lab*\"",
            "name==\"Lab; \\\"one\\\"\"",
            "id>6;id<=7",
            "id==1,id==7",
            "(id==1,id==7);name==*one*",
            "id=in=(1,7)",
            "id=out=(1,2)",
            "seen<2026-02-01T00:00:00Z",
            "seen=gt=2025-12-31T23:00:00Z",
            "id!=8 and name==Lab*",
            "none==\"\"",
        ] {
            assert!(matches(yes), "{yes}");
        }
        for no in ["id==70", "name==one", "id>7", "none<5", "id=in=(1,2)", "name==*two*"] {
            assert!(!matches(no), "{no}");
        }
        for malformed in ["", "id", "id==", "id==(1", "(id==1", "id==1)", "id==\"1", "==1"] {
            assert!(Filter::parse(malformed).is_none(), "{malformed}");
        }
    }
}
