//! Text as people compare it. A Mac is called `Dan’s MacBook Pro` with a typographic apostrophe, and people type a straight one;
//! one program writes an accent as a character of its own, another composes it. [`canonical`] brings such forms of one text
//! together, and [`with_wildcards`] asks a tenant, which may compare characters exactly, for all of them.

use unicode_normalization::UnicodeNormalization;

use crate::sanitize::text::clean;

/// The form in which texts are compared: without regard to case, to the form of quotes, dashes and spaces, to how accents and
/// ligatures are encoded, to characters without width, and to whatever else answers leave out of a text.
pub fn canonical(text: &str) -> String {
    let text = &*clean(text);
    if text.is_ascii() {
        return text.to_ascii_lowercase().replace('`', "'");
    }
    let mut form = normalized(text);
    // A character can decompose into one that has another form in turn.
    for _ in 0..3 {
        let next = normalized(&form);
        if next == form {
            break;
        }
        form = next;
    }
    form
}

fn normalized(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !is_without_width(*c)).map(plain).nfkc().collect();
    plain.to_lowercase().replace('ς', "σ").nfkc().collect()
}

/// A filter value with Jamf's wildcard in the place of each character that has other forms, so that it finds every form of
/// the text and perhaps more; none when the text has one form only. The rows that it finds must be compared again.
pub fn with_wildcards(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !has_forms(c) {
            out.push(c);
        } else if !out.ends_with('*') {
            out.push('*');
        }
    }
    (out != text).then_some(out)
}

/// A filter value that finds every text that an answer shows as this one, and more: Jamf's wildcard stands wherever characters may be that
/// answers leave out. The rows that it finds must be compared again.
pub fn with_gaps(text: &str) -> String {
    let mut out = "*".to_owned();
    for c in text.chars().filter(|c| !has_forms(*c) && *c != '*') {
        out.push(c);
        out.push('*');
    }
    out
}

/// Whether people and programs write a character in several forms.
fn has_forms(c: char) -> bool {
    !c.is_ascii() || matches!(c, '\'' | '"' | '`' | '-' | ' ' | '\t')
}

/// The keyboard's form of a quote, a dash or a space.
fn plain(c: char) -> char {
    match c {
        '\u{60}'
        | '\u{b4}'
        | '\u{2b9}'..='\u{2bd}'
        | '\u{2c8}'
        | '\u{2018}'..='\u{201b}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{ff07}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{ff02}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        c if c.is_whitespace() && !c.is_ascii() => ' ',
        c => c,
    }
}

/// Characters that nobody sees and that answers show all the same: they join others, or choose a form of them.
fn is_without_width(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_of_one_text_are_the_same() {
        for (one, other) in [
            ("Dan\u{2019}s MacBook Pro", "dan's macbook pro"),
            ("Dan`s iPad", "Dan\u{b4}s iPad"),
            ("LAB\u{2011}08 \u{2013} Mac", "lab-08 - mac"),
            ("iPad\u{a0}de\u{202f}Zoe\u{308}", "iPad de Zoë"),
            ("Jose\u{301}", "JOSÉ"),
            ("\u{201c}Demo\u{201d}", "\"demo\""),
            ("o\u{fb03}ce", "office"),
            ("Lab\u{200b}Mac", "LabMac"),
            ("Lab\u{202e}Mac", "LabMac"),
            ("\u{2066}Lab\u{7}Mac\u{2069}", "LabMac"),
            ("Lab\u{7}Mac", "LabMac"),
            ("ΟΔΟΣ", "οδος"),
            ("ＭＡＣ 1", "mac 1"),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
        }
        for (one, other) in [("José", "Jose"), ("a b", "ab"), ("a-b", "a b"), ("Lab 1", "Lab 2")] {
            assert_ne!(canonical(one), canonical(other), "{one} {other}");
        }
    }

    #[test]
    fn a_tenant_is_asked_for_every_form() {
        assert_eq!(with_wildcards("Dan's Mac").as_deref(), Some("Dan*s*Mac"));
        assert_eq!(with_wildcards("Zoë - 1").as_deref(), Some("Zo*1"), "one wildcard for several characters");
        assert_eq!(with_wildcards("ZZA4389E67"), None);
        assert_eq!(with_gaps("Zoë's 1"), "*Z*o*s*1*");
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own(text in any::<String>()) {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
