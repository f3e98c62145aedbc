//! Which tenant an answer is of, said in one place for every kind of answer.

use std::borrow::Cow;

use jamf_pro_client::Reader;
use serde_json::json;

/// A tenant as people know it: its name and its label, such as `production (prod)`.
pub fn name(tenant: &Reader) -> String {
    match tenant.label() {
        Some(label) => format!("{} ({label})", tenant.name()),
        None => tenant.name().to_owned(),
    }
}

/// An answer that says which tenant it is of: as the first field of an object, as the first line of anything else.
pub fn with_tenant<'a>(text: &'a str, place: &str) -> Cow<'a, str> {
    let Some(rest) = text.strip_prefix('{').filter(|_| text.ends_with('}')) else {
        return format!("[tenant: {place}]\n{text}").into();
    };
    if rest.starts_with("\"tenant\":") {
        return text.into();
    }
    let comma = if rest.starts_with('}') { "" } else { "," };
    format!("{{\"tenant\":{}{comma}{rest}", json!(place)).into()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_kind_of_answer_says_where_it_is_from() {
        let of = |text: &str| with_tenant(text, "a \"b\" (prod)").into_owned();
        let parsed: Value = serde_json::from_str(&of(r#"{"total":1,"rows":[]}"#)).unwrap();
        assert_eq!(parsed, json!({ "tenant": "a \"b\" (prod)", "total": 1, "rows": [] }));
        assert_eq!(serde_json::from_str::<Value>(&of("{}")).unwrap(), json!({ "tenant": "a \"b\" (prod)" }));
        assert_eq!(
            of("# total 1, shown 1\nid\n1\n"),
            "[tenant: a \"b\" (prod)]\n# total 1, shown 1\nid\n1\n"
        );
        assert_eq!(of(&of("{}")), of("{}"), "said once");
        assert!(of("{broken").starts_with("[tenant: "));
    }
}
