//! Secrets on their way to a person: encrypted until the person confirms to have them, and then erased.

use jiff::Timestamp;
use rusqlite::params;
use secrecy::{ExposeSecret, SecretString};

use super::{Store, moment, ms};
use crate::error::Error;

/// A secret that is being shown.
#[derive(Debug)]
pub struct Secret {
    /// Which one it is, for [`Store::erase_secrets`].
    pub id: String,
    /// What it is: "device lock PIN", "local administrator password".
    pub label: String,
    /// The device that it belongs to, in words.
    pub device: String,
    /// The secret.
    pub value: SecretString,
}

/// What is known of a secret without looking at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretStatus {
    /// What it is.
    pub label: String,
    /// The device that it belongs to, in words.
    pub device: String,
    /// When it was kept.
    pub made: Timestamp,
    /// When it was shown last, and to whom.
    pub shown: Option<(Timestamp, String)>,
    /// Whether it is still there: nobody has confirmed to have it.
    pub is_kept: bool,
}

impl Store {
    /// Keep a secret for the person who approved the plan.
    ///
    /// # Errors
    /// When it cannot be written; then whatever it is the secret of must not be sent.
    pub fn keep_secret(
        &self,
        tenant: &str,
        plan: &str,
        label: &str,
        device: &str,
        value: &SecretString,
    ) -> Result<(), Error> {
        let id = super::random_id();
        let sealed = self.0.seal.seal(&about(&id), value.expose_secret().as_bytes())?;
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO secrets (id, tenant, plan, label, device, sealed, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![id, tenant, plan, label, device, sealed, ms(Timestamp::now())],
            )?;
            Ok(())
        })
    }

    /// What secrets a plan has, shown or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn secrets_of(&self, plan: &str) -> Result<Vec<SecretStatus>, Error> {
        self.read(|connection| {
            let mut found =
                connection.prepare("SELECT label, device, made, shown, shown_to, sealed IS NOT NULL FROM secrets WHERE plan = ?1 ORDER BY made, rowid")?;
            let found = found.query_map([plan], |row| {
                let (shown, to): (Option<i64>, Option<String>) = (row.get(3)?, row.get(4)?);
                Ok(SecretStatus {
                    label: row.get(0)?,
                    device: row.get(1)?,
                    made: moment(row.get(2)?),
                    shown: shown.map(|at| (moment(at), to.unwrap_or_default())),
                    is_kept: row.get(5)?,
                })
            })?;
            found.collect()
        })
    }

    /// The secrets of a plan that nobody has confirmed to have, for showing them now. They stay until [`Self::erase_secrets`]: an answer can
    /// be lost on its way. One that cannot be decrypted stays as well, and does not hold up the others.
    ///
    /// # Errors
    /// When it cannot be written who sees them, or none of them can be decrypted.
    pub fn show_secrets(&self, plan: &str, to: &str) -> Result<Vec<Secret>, Error> {
        type SecretRow = (String, String, String, Vec<u8>);
        let found: Vec<SecretRow> = self.read(|connection| {
            let mut found = connection.prepare(
                "SELECT id, label, device, sealed FROM secrets WHERE plan = ?1 AND sealed IS NOT NULL ORDER BY made, rowid",
            )?;
            let found = found.query_map([plan], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            found.collect()
        })?;
        let (mut secrets, mut failed) = (Vec::new(), None);
        for (id, label, device, sealed) in found {
            match self.0.seal.unseal(&about(&id), &sealed) {
                Ok(plain) => {
                    let value = SecretString::from(String::from_utf8_lossy(&plain).into_owned());
                    secrets.push(Secret { id, label, device, value });
                }
                Err(error) => {
                    tracing::error!(plan, secret = label, %error, "a secret cannot be shown");
                    failed = Some(error);
                }
            }
        }
        if let (true, Some(error)) = (secrets.is_empty(), failed) {
            return Err(error);
        }
        self.write(|transaction| {
            secrets.iter().try_for_each(|secret| {
                transaction
                    .execute(
                        "UPDATE secrets SET shown = ?2, shown_to = ?3 WHERE id = ?1",
                        params![secret.id, ms(Timestamp::now()), to],
                    )
                    .map(|_| ())
            })
        })?;
        Ok(secrets)
    }

    /// Erase secrets that a person confirms to have. Answers how many there still were.
    ///
    /// # Errors
    /// When it cannot be written; then they are still there.
    pub fn erase_secrets(&self, plan: &str, ids: &[String]) -> Result<usize, Error> {
        self.write(|transaction| {
            let mut erased = 0;
            for id in ids {
                erased += transaction.execute(
                    "UPDATE secrets SET sealed = NULL WHERE id = ?1 AND plan = ?2 AND sealed IS NOT NULL",
                    params![id, plan],
                )?;
            }
            Ok(erased)
        })
    }

    /// The plans with secrets that nobody has confirmed to have, each with how many and since when, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unconfirmed_secrets(&self) -> Result<Vec<(String, u32, Timestamp)>, Error> {
        self.read(|connection| {
            let mut kept = connection.prepare(
                "SELECT plan, count(*), min(made) FROM secrets WHERE sealed IS NOT NULL GROUP BY plan ORDER BY min(made)",
            )?;
            let kept = kept.query_map([], |row| Ok((row.get(0)?, row.get(1)?, moment(row.get(2)?))))?;
            kept.collect()
        })
    }
}

fn about(id: &str) -> String {
    format!("secret {id}")
}
