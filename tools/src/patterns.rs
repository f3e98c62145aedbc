//! Patterns of texts that schemas use, each with the function that checks it and what fits it in words.

/// Whether a text matches a pattern.
type Matcher = fn(&str) -> bool;

/// How an id is described to anyone who gave something else.
const ID: &str = "an id as Jamf writes it: digits only, without leading zeros, sign or blanks";

/// Patterns that schemas use, with the function that checks each and what fits it in words. A schema with any other pattern
/// fails a test.
pub(crate) const PATTERNS: &[(&str, Matcher, &str)] = &[
    (r"^(0|[1-9][0-9]{0,18})$", is_id, ID),
    (
        r"^(-1|0|[1-9][0-9]{0,18})$",
        |text| text == "-1" || is_id(text),
        "an id as Jamf writes it, digits only without leading zeros, plus sign or blanks; or -1 for none",
    ),
    (
        r"^(-2|-1|0|[1-9][0-9]{0,18})$",
        |text| matches!(text, "-1" | "-2") || is_id(text),
        "an id as Jamf writes it, digits only without leading zeros, plus sign or blanks; or -1 or -2",
    ),
    (r"^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$", is_uuid, "a UUID with its hyphens"),
    (
        r"^([0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|0|[1-9][0-9]{0,18})$",
        |text| is_uuid(text) || is_id(text),
        "a UUID with its hyphens, or an id as Jamf writes it: digits only, without leading zeros, sign or blanks",
    ),
    (
        r"^(0|[1-9][0-9]{0,18}|[0-9A-Za-z_.:-]*[A-Za-z_.:-][0-9A-Za-z_.:-]*)$",
        |text| is_id(text) || is_text_id(text),
        "an id: digits only, without leading zeros, sign or blanks; or the text that a directory gave a group",
    ),
    (
        r"^[A-Za-z0-9+/]*={0,2}$",
        |text| {
            text.trim_end_matches('=')
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
                && text.len() - text.trim_end_matches('=').len() <= 2
        },
        "Base64",
    ),
    (
        r"^(-1|[0-9]{1,5})$",
        |text| text == "-1" || text.parse::<u16>().is_ok(),
        "a number from 0 to 65535, or -1 for any",
    ),
    (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$",
        |text| {
            text.is_empty() || text.split_once(' ').is_some_and(|(day, time)| is_date(day) && is_time(time))
        },
        "a time of the server such as 2026-01-31 08:00:00",
    ),
    (r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", is_date, "a day such as 2026-01-31"),
    (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$",
        is_timestamp,
        "a moment such as 2026-01-31T10:20:30Z",
    ),
];

/// Whether a text is an id in its one spelling: ASCII digits without leading zeros. `01`, `+1` and ` 1` are not, though Jamf
/// would read each of them as 1.
pub fn is_id(text: &str) -> bool {
    let digits = text.as_bytes();
    (1..=19).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && (digits.len() == 1 || digits.first() != Some(&b'0'))
}

/// Whether a text is an id as directories make them: letters, digits and a few signs, and not digits only.
fn is_text_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
        && text.bytes().any(|byte| !byte.is_ascii_digit())
}

/// Whether a text is a UUID with its hyphens, which is what management ids and platform ids are.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2026-01-31`, a day that the calendar has.
fn is_date(text: &str) -> bool {
    let form = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(form) && text.parse::<jiff::civil::Date>().is_ok()
}

/// `08:00:00`, up to `23:59:59`.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let two = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [hour, minute, second] if parts.iter().all(two) => *hour < "24" && *minute < "60" && *second < "60",
        _ => false,
    }
}

/// `2026-01-31T10:20:30Z`, with or without a fraction, in UTC or with an offset, on a day that the calendar has.
fn is_timestamp(text: &str) -> bool {
    let digits = |text: &str, pattern: &[u8]| {
        text.len() == pattern.len()
            && text
                .bytes()
                .zip(pattern)
                .all(|(byte, wanted)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == *wanted })
    };
    let Some((head, rest)) = text.split_at_checked(19) else { return false };
    let zone = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (fraction, zone) = rest.split_at(zone);
    let fraction = fraction.is_empty()
        || fraction.strip_prefix('.').is_some_and(|digits| {
            (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
    digits(head, b"0000-00-00T00:00:00")
        && fraction
        && (zone == "Z" || digits(zone, b"+00:00") || digits(zone, b"-00:00"))
        && text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_what_they_say() {
        let of = |name: &str| PATTERNS.iter().find(|(pattern, _, _)| pattern.contains(name)).unwrap().1;
        let uuid = of("A-Fa-f");
        assert!(uuid("01234567-89ab-CDEF-0123-456789abcdef"));
        assert!(!uuid("01234567-89ab-CDEF-0123-456789abcdeg"));
        assert!(!uuid("0123456789abCDEF0123456789abcdef"));
        assert!(is_date("2026-01-31") && !is_date("2026-1-31") && !is_date("31.01.2026"));
        assert!(!is_date("2026-13-01") && !is_date("2026-00-10") && !is_date("2026-01-32"));
        assert!(is_date("2028-02-29") && !is_date("2026-02-29") && !is_date("2026-02-31"));
        for good in ["2026-01-31T10:20:30Z", "2026-01-31T10:20:30.123Z", "2026-01-31T10:20:30+02:00"] {
            assert!(is_timestamp(good), "{good}");
        }
        for bad in [
            "2026-01-31",
            "2026-01-31T10:20:30",
            "2026-01-31 10:20:30Z",
            "2026-01-31T10:20:30.Z",
            "2026-01-31T10:20:30é",
            "2026-02-31T10:20:30Z",
            "2026-01-31T25:20:30Z",
        ] {
            assert!(!is_timestamp(bad), "{bad}");
        }
        assert!(of("^(-1|0")("-1") && !of("^(-1|0")("-2") && of("^(-2|")("-2") && !of("^(0|")("-1"));
        for good in ["0", "1", "10", "9223372036854775807"] {
            assert!(is_id(good) && of("^(-1|0")(good), "{good}");
        }
        for bad in
            ["", "01", "00", "+1", "-0", " 1", "1 ", "1\n", "１", "١", "1,2", "1.0", "10000000000000000000"]
        {
            assert!(!is_id(bad) && !of("^(-1|0")(bad) && !of("^(-2|")(bad), "{bad:?}");
        }
    }
}
