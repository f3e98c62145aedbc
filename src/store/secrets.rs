//! Secrets on their way to a person: encrypted until they are shown, once, and then gone.

use jiff::Timestamp;
use rusqlite::params;
use secrecy::{ExposeSecret, SecretString};

use super::{Store, moment, ms};
use crate::error::Error;

/// A secret that is being shown.
#[derive(Debug)]
pub struct Secret {
    /// What it is: "device lock PIN", "local administrator password".
    pub label: String,
    /// The device that it belongs to, in words.
    pub device: String,
    /// The secret.
    pub value: SecretString,
}

/// What is known of a secret without looking at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What it is.
    pub label: String,
    /// The device that it belongs to, in words.
    pub device: String,
    /// When it was kept.
    pub made: Timestamp,
    /// When it was shown, and to whom; it is gone since.
    pub shown: Option<(Timestamp, String)>,
}

impl Store {
    /// Keep a secret for whoever approved the plan.
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
    pub fn secrets_of(&self, plan: &str) -> Result<Vec<Waiting>, Error> {
        self.read(|connection| {
            let mut found =
                connection.prepare("SELECT label, device, made, shown, shown_to FROM secrets WHERE plan = ?1 ORDER BY made, rowid")?;
            let found = found.query_map([plan], |row| {
                let (shown, to): (Option<i64>, Option<String>) = (row.get(3)?, row.get(4)?);
                Ok(Waiting {
                    label: row.get(0)?,
                    device: row.get(1)?,
                    made: moment(row.get(2)?),
                    shown: shown.map(|at| (moment(at), to.unwrap_or_default())),
                })
            })?;
            found.collect()
        })
    }

    /// Take the secrets of a plan that were not shown yet. They are gone from the store when this returns: show them.
    ///
    /// # Errors
    /// When it cannot be written; then they are still there.
    pub fn show_secrets(&self, plan: &str, to: &str) -> Result<Vec<Secret>, Error> {
        type Found = (String, String, String, Vec<u8>);
        let found: Vec<Found> = self.write(|transaction| {
            let mut found = transaction.prepare(
                "SELECT id, label, device, sealed FROM secrets WHERE plan = ?1 AND shown IS NULL AND sealed IS NOT NULL ORDER BY made, rowid",
            )?;
            let found = found.query_map([plan], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            let found = found.collect::<rusqlite::Result<Vec<Found>>>()?;
            transaction.execute(
                "UPDATE secrets SET shown = ?2, shown_to = ?3, sealed = NULL WHERE plan = ?1 AND shown IS NULL",
                params![plan, ms(Timestamp::now()), to],
            )?;
            Ok(found)
        })?;
        let mut secrets = Vec::new();
        for (id, label, device, sealed) in found {
            let plain = self.0.seal.unseal(&about(&id), &sealed)?;
            secrets.push(Secret {
                label,
                device,
                value: SecretString::from(String::from_utf8_lossy(&plain).into_owned()),
            });
        }
        Ok(secrets)
    }
}

fn about(id: &str) -> String {
    format!("secret {id}")
}
