//! An authenticator in software, for tests: it makes passkeys and signs with them, as a browser would answer.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::base64url;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// One passkey with its private key.
#[derive(Clone)]
pub(crate) struct Authenticator {
    id: [u8; 16],
    key: SigningKey,
    /// Signatures made so far; 0 for one that does not count.
    pub(crate) counter: u32,
    /// Whether it asks for a PIN or a fingerprint.
    pub(crate) verifies: bool,
}

impl Authenticator {
    /// A new one. `seed` makes it different from others.
    pub(crate) fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed.max(1); 32]).unwrap();
        Self { id: [seed; 16], key, counter: 0, verifies: true }
    }

    /// What a browser answers to a request for a new passkey.
    pub(crate) fn create(&self, options: &Value, origin: &str) -> Value {
        let client_data = client_data("webauthn.create", &options["publicKey"], origin);
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let mut public = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32];
        public.extend_from_slice(x);
        public.extend_from_slice(&[0x22, 0x58, 32]);
        public.extend_from_slice(y);
        let mut data = self.data(options["publicKey"]["rp"]["id"].as_str().unwrap(), HAS_CREDENTIAL);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 16]);
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&public);
        let mut attestation = vec![0xa3];
        attestation.extend_from_slice(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend_from_slice(&data);
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": { "attestationObject": base64url(&attestation), "clientDataJSON": base64url(&client_data), "transports": ["internal"] },
        })
    }

    /// What a browser answers to a request to sign.
    pub(crate) fn sign(&mut self, options: &Value, origin: &str) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let client_data = client_data("webauthn.get", &options["publicKey"], origin);
        let data = self.data(options["publicKey"]["rpId"].as_str().unwrap(), 0);
        let mut signed = data.clone();
        signed.extend_from_slice(&Sha256::digest(&client_data));
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "authenticatorData": base64url(&data),
                "clientDataJSON": base64url(&client_data),
                "signature": base64url(signature.to_der().as_bytes()),
                "userHandle": null,
            },
        })
    }

    fn data(&self, site: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(site.as_bytes()).to_vec();
        data.push(USER_PRESENT | verified | flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }
}

fn client_data(kind: &str, options: &Value, origin: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false })
        .to_string()
        .into_bytes()
}
