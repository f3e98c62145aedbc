//! The file name in a `Content-Disposition`, in both of its forms.

use http::HeaderMap;
use http::header::CONTENT_DISPOSITION;
use percent_encoding::percent_decode_str;

/// The file name that an answer suggests; not to be trusted. The encoded form (`filename*`) is preferred to the plain one,
/// as RFC 6266 wants it.
pub(crate) fn file_name(headers: &HeaderMap) -> Option<String> {
    // Some servers write names as plain UTF-8.
    let text = String::from_utf8_lossy(headers.get(CONTENT_DISPOSITION)?.as_bytes()).into_owned();
    let parameters = parameters(&text);
    let of = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let name = of("filename*").and_then(|value| decode(value)).or_else(|| of("filename").cloned());
    name.filter(|name| !name.trim().is_empty())
}

/// The parameters, names in lower case, values without quotes. A `;` inside quotes belongs to its value.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut pieces = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => {
                is_escaped = true;
                continue;
            }
            '"' => {
                is_quoted = !is_quoted;
                continue;
            }
            ';' if !is_quoted => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    let pair = |piece: &String| {
        let (name, value) = piece.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    pieces.iter().filter_map(pair).collect()
}

/// An encoded value of RFC 5987: character set, language, and the text with percent signs.
fn decode(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes())?;
    let (text, _, had_errors) = encoding.decode(&bytes);
    (!had_errors).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn names_are_read_in_all_their_forms() {
        for (header, expected) in [
            ("attachment; filename=report.csv", Some("report.csv")),
            ("attachment; filename=\"a; b.pkg\"", Some("a; b.pkg")),
            ("attachment; filename=\"say \\\"hi\\\".txt\"", Some("say \"hi\".txt")),
            ("attachment; FileName=\"x.txt\"; size=3", Some("x.txt")),
            (
                "attachment; filename=\"fallback.txt\"; filename*=UTF-8''B%C3%BCro%20M%C3%BCnchen.txt",
                Some("Büro München.txt"),
            ),
            ("attachment; filename*=iso-8859-1'de'B%FCro.txt", Some("Büro.txt")),
            ("attachment; filename*=broken; filename=good.txt", Some("good.txt")),
            ("inline", None),
            ("attachment; filename=\"\"", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_DISPOSITION, HeaderValue::from_static(header))]);
            assert_eq!(file_name(&headers).as_deref(), expected, "{header}");
        }
        let plain = HeaderMap::from_iter([(
            CONTENT_DISPOSITION,
            HeaderValue::from_bytes("attachment; filename=\"Büro.txt\"".as_bytes()).unwrap(),
        )]);
        assert_eq!(file_name(&plain).as_deref(), Some("Büro.txt"));
    }
}
