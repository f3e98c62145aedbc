//! The text of an answer as UTF-8, whatever marks and encodings what stands before a tenant puts on it.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::HeaderValue;

/// The body as UTF-8: without a byte order mark, and decoded where the answer says another encoding. A body that is UTF-8
/// already stays as it is, because headers that claim another encoding of it are wrong more often than right.
pub(crate) fn utf8(content_type: Option<&HeaderValue>, body: Bytes) -> Bytes {
    if let Some((encoding, mark)) = Encoding::for_bom(&body) {
        let rest = body.slice(mark..);
        return if encoding == UTF_8 { rest } else { decode(encoding, &rest) };
    }
    if std::str::from_utf8(&body).is_ok() {
        return body;
    }
    match content_type.and_then(charset).or_else(|| declared_encoding(&body)) {
        Some(encoding) if encoding != UTF_8 => decode(encoding, &body),
        _ => body,
    }
}

fn decode(encoding: &'static Encoding, body: &[u8]) -> Bytes {
    encoding.decode_without_bom_handling(body).0.into_owned().into()
}

/// The `charset` of a content type.
fn charset(value: &HeaderValue) -> Option<&'static Encoding> {
    let text = value.to_str().ok()?;
    text.split(';')
        .skip(1)
        .find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']))
        })
        .and_then(|label| Encoding::for_label(label.as_bytes()))
}

/// The encoding that an XML document declares in its first line.
fn declared_encoding(body: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(body.get(..200).unwrap_or(body));
    let (_, rest) = head.trim_start().strip_prefix("<?xml")?.split_once("encoding=")?;
    let label = rest.get(1..)?.split(['"', '\'']).next()?;
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &'static str, body: &[u8]) -> String {
        let header = HeaderValue::from_static(content_type);
        String::from_utf8(utf8(Some(&header), Bytes::copy_from_slice(body)).to_vec()).unwrap()
    }

    #[test]
    fn marks_and_encodings_are_taken_off() {
        let expected = r#"{"name":"Büro"}"#;
        let utf16: Vec<u8> = expected.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        for (content_type, body) in [
            ("application/json", expected.as_bytes().to_vec()),
            ("application/json", with_mark(b"\xef\xbb\xbf", expected.as_bytes())),
            ("application/json", with_mark(b"\xff\xfe", &utf16)),
            ("application/json;charset=ISO-8859-1", b"{\"name\":\"B\xfcro\"}".to_vec()),
            ("application/json; Charset=\"windows-1252\"", b"{\"name\":\"B\xfcro\"}".to_vec()),
            // The header is wrong: the text is UTF-8.
            ("application/json;charset=ISO-8859-1", expected.as_bytes().to_vec()),
        ] {
            assert_eq!(read(content_type, &body), expected, "{content_type}");
        }
    }

    #[test]
    fn a_document_may_declare_its_encoding() {
        let body = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><name>B\xfcro</name>";
        assert!(read("application/xml", body).ends_with("<name>Büro</name>"));
    }

    #[test]
    fn what_says_nothing_stays_as_it_is() {
        let body = Bytes::from_static(b"{\"name\":\"B\xfcro\"}");
        assert_eq!(utf8(None, body.clone()), body);
        assert_eq!(utf8(Some(&HeaderValue::from_static("a/b;charset=nonsense")), body.clone()), body);
    }
}
