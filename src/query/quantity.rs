//! Numbers that are written with a unit or a currency: `$3,999.00`, `87 %`, `8 GB`.

/// A number with its unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    /// The number, of bytes where the unit counts bytes.
    pub(super) number: f64,
    /// The unit in lower case, `b` for every unit of bytes; empty for a bare number.
    pub(super) unit: String,
    /// Written in another way than a bare number: with a unit, a currency, or separators of thousands.
    pub(super) is_decorated: bool,
}

/// Units of bytes, and how many each is.
const BYTES: [(&str, f64); 13] = [
    ("b", 1.0),
    ("byte", 1.0),
    ("bytes", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("pb", 1e15),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
    ("pib", 1_125_899_906_842_624.0),
];

/// Longest unit, in characters.
const LONGEST_UNIT: usize = 12;

impl Quantity {
    /// The number that a text is as a whole; none where there is anything else in it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let first = text.find(|c: char| c.is_ascii_digit())?;
        let last = text.rfind(|c: char| c.is_ascii_digit())?;
        let before = text.get(..first)?;
        let digits = text.get(first..=last)?;
        let after = text.get(last + 1..)?.trim();
        let (sign, before) = sign_of(before)?;
        let (digits, point) = if before.ends_with('.') { (digits, true) } else { (digits, false) };
        let before = before.strip_suffix('.').unwrap_or(before);
        let currency = currency(before.trim())?;
        let (number, has_thousands) = number(digits, point)?;
        let unit = match (currency, unit(after)?) {
            (currency, unit) if currency.is_empty() => unit,
            (currency, unit) if unit.is_empty() => currency,
            _ => return None,
        };
        let factor = BYTES.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let is_decorated = has_thousands || !unit.is_empty();
        let unit = if factor.is_some() { "b".to_owned() } else { unit };
        Some(Self { number: sign * number * factor.unwrap_or(1.0), unit, is_decorated })
    }
}

fn sign_of(before: &str) -> Option<(f64, &str)> {
    let trimmed = before.trim_start();
    if let Some(rest) = trimmed.strip_prefix(['-', '\u{2212}']) {
        return Some((-1.0, rest));
    }
    if let Some(rest) = trimmed.strip_suffix('-') {
        return Some((-1.0, rest));
    }
    Some((1.0, trimmed.strip_prefix('+').unwrap_or(trimmed)))
}

/// A sign such as `$`, or three letters such as `USD`; empty for none.
fn currency(text: &str) -> Option<String> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Some(String::new()),
        (Some(sign), None) if !sign.is_alphanumeric() && !sign.is_ascii_punctuation() || sign == '$' => {
            Some(sign.to_string())
        }
        _ if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            Some(text.to_ascii_lowercase())
        }
        _ => None,
    }
}

/// One word, or a sign such as `%`; empty for none.
fn unit(text: &str) -> Option<String> {
    let is_word =
        text.chars().all(|c| c.is_alphabetic() || matches!(c, '%' | '°' | '/' | '"' | '$' | '€' | '£' | '¥'));
    let letters = text.strip_prefix('°').map_or(text, str::trim_start);
    (is_word || letters.len() < text.len() && letters.chars().all(char::is_alphabetic))
        .then(|| text.to_lowercase())
        .filter(|unit| unit.chars().count() <= LONGEST_UNIT)
        .map(|unit| match unit.strip_suffix('s') {
            Some(one) if one.chars().count() > 2 => one.to_owned(),
            _ => unit,
        })
}

/// The number that digits with separators are, and whether there were separators of thousands.
fn number(digits: &str, point: bool) -> Option<(f64, bool)> {
    let plain: String =
        digits.chars().filter(|c| !matches!(c, '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' | ' ')).collect();
    let is_grouped = plain.len() < digits.len();
    if is_grouped && !has_groups_of_three(&digits.replace(['\u{2019}', '\u{a0}', '\u{202f}', ' '], "'"), '\'')
    {
        return None;
    }
    let (commas, dots) = (plain.matches(',').count(), plain.matches('.').count());
    let last = |sign: char| plain.rfind(sign);
    let (text, has_thousands) = match (commas, dots) {
        (0, 0 | 1) => (plain.clone(), false),
        (0, _) => (has_groups_of_three(&plain, '.').then(|| plain.replace('.', ""))?, true),
        (_, 0) if has_groups_of_three(&plain, ',') => (plain.replace(',', ""), true),
        (1, 0) => (plain.replace(',', "."), true),
        (_, 0) => return None,
        (_, 1) if last(',') < last('.') => {
            let (whole, rest) = plain.split_once('.')?;
            (has_groups_of_three(whole, ',').then(|| format!("{}.{rest}", whole.replace(',', "")))?, true)
        }
        (1, _) => {
            let (whole, rest) = plain.split_once(',')?;
            (has_groups_of_three(whole, '.').then(|| format!("{}.{rest}", whole.replace('.', "")))?, true)
        }
        _ => return None,
    };
    let text = if point { format!(".{text}") } else { text };
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some((number, has_thousands || is_grouped))
}

fn has_groups_of_three(text: &str, separator: char) -> bool {
    let mut groups = text.split(separator);
    let first = groups.next().map_or(0, str::len);
    (1..=3).contains(&first)
        && groups.all(|group| group.split(['.', ',']).next().is_some_and(|group| group.len() == 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_units() {
        for (text, number, unit) in [
            ("7", 7.0, ""),
            ("-3.5", -3.5, ""),
            (".5", 0.5, ""),
            ("$3,999.00", 3999.0, "$"),
            ("3.999,00 €", 3999.0, "€"),
            ("USD 1,299", 1299.0, "usd"),
            ("CHF 1'299.50", 1299.5, "chf"),
            ("1 299,50 €", 1299.5, "€"),
            ("-$5", -5.0, "$"),
            ("87 %", 87.0, "%"),
            ("87%", 87.0, "%"),
            ("8 GB", 8e9, "b"),
            ("512MB", 512e6, "b"),
            ("16 GiB", 17_179_869_184.0, "b"),
            ("312 cycles", 312.0, "cycle"),
            ("1 cycle", 1.0, "cycle"),
            ("1.299.000", 1_299_000.0, ""),
            ("0,5", 0.5, ""),
            ("35 °C", 35.0, "°c"),
        ] {
            let found = Quantity::parse(text).map(|found| (found.number, found.unit));
            assert_eq!(found, Some((number, unit.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_more_than_a_number_is_none() {
        for text in [
            "",
            "n/a",
            "15.7.1",
            "26.1 (25B78)",
            "5th floor",
            "Mac 5",
            "2026-01-31",
            "1,2,3",
            "5 GB free",
            "10-20",
            "00:11:22",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
