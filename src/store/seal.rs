//! Encryption of what is secret in the store: secrets to be shown once, secrets typed with an approval, copies to undo with.
//!
//! The key is in a file beside the store that only its owner can read. It keeps what is in the store out of backups and
//! copies of the database, and from nobody who can read the user's files.

use std::path::Path;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

use crate::error::Error;
use crate::state_dir;

const NONCE_BYTES: usize = 24;

/// Seals and opens, under one key.
pub(super) struct Seal(XChaCha20Poly1305, Zeroizing<Vec<u8>>);

impl Seal {
    /// With the key in this folder, made by the first process that needs it.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let key = state_dir::key(folder).map_err(|error| {
            Error::operator(format!(
                "the key {} of the store cannot be used: {error}",
                folder.join("key").display()
            ))
        })?;
        let marks = hmac(key.bytes(), b"marks")?;
        Ok(Self(XChaCha20Poly1305::new(&Key::from(*key.bytes())), Zeroizing::new(marks)))
    }

    /// A mark of something that nobody without the key can make, or try guesses against; lower-case hex.
    pub(super) fn mark(&self, about: &str, text: &[u8]) -> Result<String, Error> {
        let length = u64::try_from(about.len()).unwrap_or(u64::MAX).to_be_bytes();
        let whole = Zeroizing::new([length.as_slice(), about.as_bytes(), text].concat());
        Ok(hex::encode(hmac(self.1.as_slice(), &whole)?))
    }

    /// A key for one use outside the store. Nobody can work out another key from it.
    pub(super) fn derive(&self, usage: &str) -> Result<[u8; 32], Error> {
        let key = hmac(self.1.as_slice(), &[b"key for ", usage.as_bytes()].concat())?;
        key.try_into().map_err(|_| Error::internal("a key of the store has a wrong length"))
    }

    /// Encrypt, bound to what it is: it opens under the same `about` alone.
    pub(super) fn seal(&self, about: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)
            .map_err(|error| Error::internal(format!("no random numbers: {error}")))?;
        let sealed = self.0.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: about.as_bytes() });
        let sealed = sealed.map_err(|_| Error::internal("the store could not encrypt"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypt what was sealed under the same `about`.
    pub(super) fn unseal(&self, about: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let wrong = || {
            Error::operator(
                "something in the store cannot be decrypted: it was changed, or the key beside the store is another one",
            )
        };
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(wrong)?;
        let plain = self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: about.as_bytes() });
        plain.map(Zeroizing::new).map_err(|_| wrong())
    }
}

fn hmac(key: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| Error::internal(error.to_string()))?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().to_vec())
}
