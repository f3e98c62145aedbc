//! Text of configuration and secret files: a byte order mark is skipped, and text that is not UTF-8 is refused with its name.

/// The text of a file.
///
/// # Errors
/// Why it is not text; what it holds is never said.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, &'static str> {
    const UTF_16: &str = "it is UTF-16 text; save it as UTF-8";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err(UTF_16);
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text; save it as UTF-8")?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The mark that a program which starts this server should have put a value in the place of, such as `${HOME}` or `%APPDATA%`. What
/// stands between its ends is said only where it is a plain name, because a default in it may be a secret.
pub(super) fn placeholder(text: &str) -> Option<String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '(' | ')' | '.' | ':'))
            && name.len() <= 64
    };
    if let Some((_, rest)) = text.split_once("${") {
        let name =
            rest.split_once('}').map(|(name, _)| name).filter(|name| is_name(name) && !name.contains(':'));
        return Some(format!("${{{}}}", name.unwrap_or("…")));
    }
    let mut parts = text.split('%').skip(1).peekable();
    while let Some(part) = parts.next() {
        // Two hexadecimal digits are a byte of an address.
        let is_byte = part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit());
        if parts.peek().is_some() && is_name(part) && !is_byte {
            return Some(format!("%{part}%"));
        }
    }
    None
}

/// The whole of a text that is nothing but the name of a variable, such as `$HOME`.
pub(super) fn bare_variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_encodings_are_skipped_or_refused() {
        assert_eq!(decode("\u{feff}{}".into()), Ok("{}".to_owned()));
        assert_eq!(decode("ä".into()), Ok("ä".to_owned()));
        for bytes in [&b"\xff\xfe{\0"[..], b"\xfe\xff\0{", b"{\0}\0"] {
            assert!(decode(bytes.to_vec()).unwrap_err().contains("UTF-16"));
        }
        assert!(decode(b"\xe4".to_vec()).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn what_was_not_expanded_is_found_and_nothing_else() {
        for (text, found) in [
            ("${HOME}/stop", "${HOME}"),
            ("a${user_config.state}b", "${user_config.state}"),
            ("${SECRET:-hunter2}", "${…}"),
            ("${unclosed", "${…}"),
            ("%APPDATA%\\x", "%APPDATA%"),
            ("C:\\%ProgramFiles(x86)%", "%ProgramFiles(x86)%"),
        ] {
            assert_eq!(placeholder(text).as_deref(), Some(found), "{text}");
        }
        for text in ["100 % of 20 %", "https://a.example/%C3%A4%C3%B6", "EXEC-*", "$5", "50%", "a$b{c}", "%%"]
        {
            assert_eq!(placeholder(text), None, "{text}");
        }
        assert_eq!(bare_variable("$JAMF_SECRET"), Some("$JAMF_SECRET"));
        assert!(
            bare_variable("$5").is_none() && bare_variable("a$B").is_none() && bare_variable("$").is_none()
        );
    }
}
