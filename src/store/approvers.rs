//! People with a passkey: public keys alone, so that anyone who can read the store still cannot approve.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{Store, moment, ms};
use crate::error::Error;
use crate::plan::digest;

/// Minutes that an enrollment code holds.
const CODE_MINUTES: i64 = 10;

/// Characters of an enrollment code: none that is read for another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A person's passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Credential id, as the page writes it.
    pub credential: String,
    /// The person. Two passkeys of the same name are one person.
    pub name: String,
    /// Public key, as the page understands it.
    pub public_key: Vec<u8>,
    /// Signature counter as last seen; 0 where the passkey has none.
    pub counter: u32,
    /// When it was enrolled.
    pub enrolled: Timestamp,
    /// Who let it in.
    pub voucher: Voucher,
    /// The account that calls of this person come from: the principal of a token, or the user of the operating system. Empty for a person who
    /// makes no calls; `None` for a passkey that an earlier version enrolled.
    pub principal: Option<String>,
    /// When it last approved something.
    pub used: Option<Timestamp>,
    /// When it was taken away.
    pub removed: Option<Timestamp>,
}

impl Approver {
    /// Hash over what a passkey is and whose, as its enrollment is recorded.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.credential, &self.name, &self.public_key, self.principal.as_deref())
    }
}

/// The same of a passkey that is about to be enrolled.
pub(crate) fn fingerprint(
    credential: &str,
    name: &str,
    public_key: &[u8],
    principal: Option<&str>,
) -> String {
    let public_key = &String::from_utf8_lossy(public_key);
    match principal {
        Some(principal) => digest(&["passkey of an account", credential, name, public_key, principal]),
        // As earlier versions recorded it.
        None => digest(&["passkey", credential, name, public_key]),
    }
}

/// Who let a passkey in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    /// A code from the terminal: possible while there is no passkey.
    Code,
    /// A passkey that was there already, and what proves it.
    Passkey {
        /// Its credential id.
        credential: String,
        /// Its signed answer.
        proof: String,
    },
}

impl Store {
    /// The passkeys that count now, the earliest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn approvers(&self) -> Result<Vec<Approver>, Error> {
        Ok(self.all_approvers()?.into_iter().filter(|approver| approver.removed.is_none()).collect())
    }

    /// Every passkey there ever was, those that were taken away too, the earliest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn all_approvers(&self) -> Result<Vec<Approver>, Error> {
        let found: Vec<Approver> = self.read(|connection| {
            let mut found = connection.prepare(
                "SELECT credential, name, public_key, counter, enrolled, voucher, used, removed, principal FROM approvers ORDER BY enrolled, rowid",
            )?;
            let found = found.query_map([], |row| {
                let voucher: String = row.get(5)?;
                Ok(Approver {
                    credential: row.get(0)?,
                    name: row.get(1)?,
                    public_key: row.get(2)?,
                    counter: row.get(3)?,
                    enrolled: moment(row.get(4)?),
                    voucher: serde_json::from_str(&voucher).unwrap_or(Voucher::Code),
                    principal: row.get(8)?,
                    used: row.get::<_, Option<i64>>(6)?.map(moment),
                    removed: row.get::<_, Option<i64>>(7)?.map(moment),
                })
            })?;
            found.collect()
        })?;
        self.0.saw_passkeys.fetch_or(!found.is_empty(), Ordering::Relaxed);
        Ok(found)
    }

    /// Whether this process ever saw a passkey in the store.
    pub(crate) fn saw_passkeys(&self) -> bool {
        self.0.saw_passkeys.load(Ordering::Relaxed)
    }

    /// Enroll a passkey. With [`Voucher::Code`] only while none counts; with [`Voucher::Passkey`] only when that one does.
    /// Returns whether it was enrolled. The caller has checked code or proof.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn enroll(
        &self,
        credential: &str,
        name: &str,
        public_key: &[u8],
        counter: u32,
        voucher: &Voucher,
        principal: Option<&str>,
    ) -> Result<bool, Error> {
        let text = serde_json::to_string(voucher).map_err(|error| Error::internal(error.to_string()))?;
        let by = match voucher {
            Voucher::Code => None,
            Voucher::Passkey { credential, .. } => Some(credential.as_str()),
        };
        self.write(|transaction| {
            let put = transaction.execute(
                "INSERT INTO approvers (credential, name, public_key, counter, enrolled, voucher, principal) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?8 WHERE CASE WHEN ?7 IS NULL \
                 THEN NOT EXISTS (SELECT 1 FROM approvers WHERE removed IS NULL) \
                 ELSE EXISTS (SELECT 1 FROM approvers WHERE removed IS NULL AND credential = ?7) END ON CONFLICT DO NOTHING",
                params![credential, name, public_key, counter, ms(Timestamp::now()), text, by, principal],
            )?;
            Ok(put == 1)
        })
    }

    /// Take a passkey away. It stays on record.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remove_approver(&self, credential: &str) -> Result<bool, Error> {
        self.write(|transaction| {
            let put = transaction.execute(
                "UPDATE approvers SET removed = ?2 WHERE credential = ?1 AND removed IS NULL",
                params![credential, ms(Timestamp::now())],
            )?;
            Ok(put == 1)
        })
    }

    /// Note that a passkey was used. `false` when its counter has not gone up: it may have been copied, and must not count.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_use(&self, credential: &str, counter: u32) -> Result<bool, Error> {
        self.write(|transaction| {
            let put = transaction.execute(
                "UPDATE approvers SET counter = ?2, used = ?3 WHERE credential = ?1 AND removed IS NULL \
                 AND (?2 > counter OR (?2 = 0 AND counter = 0))",
                params![credential, counter, ms(Timestamp::now())],
            )?;
            Ok(put == 1)
        })
    }

    /// A code for enrolling the first passkey; it holds for ten minutes, once, and ends the codes before it. `principal` is the account that
    /// calls of the person come from.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new_enrollment_code(&self, principal: &str) -> Result<String, Error> {
        let code = random_code()?;
        let now = ms(Timestamp::now());
        self.write(|transaction| {
            transaction.execute("DELETE FROM codes", [])?;
            transaction.execute(
                "INSERT INTO codes (hash, made, expires, principal) VALUES (?1, ?2, ?3, ?4)",
                params![hash_of(&code), now, now + CODE_MINUTES * 60_000, principal],
            )?;
            Ok(())
        })?;
        Ok(code)
    }

    /// Use an enrollment code up; answers the account that it was made for. `None` when it is wrong, old or used; five wrong ones end the
    /// code.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn use_enrollment_code(&self, code: &str) -> Result<Option<String>, Error> {
        let (hash, now) = (hash_of(code), ms(Timestamp::now()));
        self.write(|transaction| {
            let right = transaction
                .query_row(
                    "DELETE FROM codes WHERE hash = ?1 AND expires > ?2 AND coalesce(used, 0) < 5 RETURNING principal",
                    params![hash, now],
                    |row| row.get(0),
                )
                .optional()?;
            if right.is_none() {
                transaction.execute("UPDATE codes SET used = coalesce(used, 0) + 1", [])?;
            }
            Ok(right)
        })
    }

    /// Whether there is a code that can be used.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_enrollment_code(&self) -> Result<bool, Error> {
        let now = ms(Timestamp::now());
        self.read(|connection| {
            let found: Option<i64> = connection
                .query_row("SELECT 1 FROM codes WHERE expires > ?1 AND coalesce(used, 0) < 5", [now], |row| {
                    row.get(0)
                })
                .optional()?;
            Ok(found.is_some())
        })
    }
}

/// Twelve characters, 60 bits, that a person can read out and type.
pub(crate) fn random_code() -> Result<String, Error> {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(format!("no random numbers: {error}")))?;
    let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
    Ok(letters.map(|letter| char::from(*letter)).collect())
}

/// The store keeps no code, and one is as good in small letters and with spaces.
fn hash_of(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    digest(&["enrollment code", &plain.to_uppercase()])
}
