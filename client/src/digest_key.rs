//! Digests that stand in the place of secrets: whether a secret is still the same can be seen, and what it is cannot.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::zeroize::Zeroizing;
use serde_json::{Error, Value};
use sha2::Sha256;

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Bytes of a digest that are written: enough that no two secrets have the same one.
const DIGEST_BYTES: usize = 16;

/// The key of the digests that a [`Reader`](crate::Reader) puts in the place of secret fields. Without the key nobody can try guesses against
/// a digest, so a PIN of six digits is safe too. Digests can be compared as long as the key is the same.
#[derive(Clone)]
pub struct DigestKey(Zeroizing<[u8; KEY_BYTES]>);

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DigestKey").finish_non_exhaustive()
    }
}

impl DigestKey {
    /// A key that is kept elsewhere, so that digests can be compared with those of another process.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// What stands in the place of a secret, as JSON. A field without a value stays so: `null`, and the empty text.
    ///
    /// # Errors
    /// When the value is not JSON.
    pub(crate) fn replacement(&self, raw: &str) -> Result<String, Error> {
        // Equal values are written in several ways; one of them is taken.
        let value = Zeroizing::new(serde_json::from_str::<Value>(raw)?.to_string());
        if matches!(value.as_str(), "null" | "\"\"") {
            return Ok(value.to_string());
        }
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_slice()).map_err(<Error as serde::de::Error>::custom)?;
        mac.update(value.as_bytes());
        let digest = mac.finalize().into_bytes();
        let shown = digest.get(..DIGEST_BYTES).unwrap_or(&digest);
        Ok(format!("\"digest:{}\"", hex::encode(shown)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_secrets_have_equal_digests_under_one_key_alone() {
        let (key, other) = (DigestKey::new([1; KEY_BYTES]), DigestKey::new([2; KEY_BYTES]));
        let digest = key.replacement(r#""caf\u00e9""#).unwrap();
        assert_eq!(digest, key.replacement("\"café\"").unwrap());
        assert_ne!(digest, key.replacement("\"cafe\"").unwrap());
        assert_ne!(digest, other.replacement("\"café\"").unwrap());
        assert!(digest.starts_with("\"digest:") && digest.len() == 41, "{digest}");
        assert_eq!(key.replacement(" null").unwrap(), "null");
        assert_eq!(key.replacement("\"\"").unwrap(), "\"\"");
        assert!(key.replacement("{").is_err());
        assert!(!format!("{key:?}").contains('1'));
    }
}
