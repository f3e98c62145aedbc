//! The operating system's keychain: the macOS keychain, the Windows credential manager, the kernel's keyring on Linux.
//!
//! The kernel's keyring forgets at a restart. Where a Linux desktop has a secret service, `secret.command` with `secret-tool
//! lookup` is the better source.

use keyring_core::{CredentialStore, Entry, Error as KeyringError};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, OnceLock};

use crate::error::Error;

/// Service that entries are kept under.
const SERVICE: &str = "jamf-pro-mcp";

/// Read an entry; `account` names it.
pub(super) fn read(account: &str) -> Result<String, Error> {
    match entry(account)?.get_password() {
        Ok(password) => Ok(password),
        Err(KeyringError::NoEntry) => {
            Err(wrong(account, &format!("there is none of this name for the service {SERVICE}")))
        }
        Err(error) => Err(failed(account, &error, "read")),
    }
}

/// Write an entry, or change the one that is there. What is read back afterwards is compared.
///
/// # Errors
/// When this system has no keychain, or it does not take the secret; the error never says the secret.
pub(crate) fn write(account: &str, secret: &SecretString) -> Result<(), Error> {
    let written = entry(account)?.set_password(secret.expose_secret());
    written.map_err(|error| failed(account, &error, "written"))?;
    if SecretString::from(read(account)?).expose_secret() == secret.expose_secret() {
        return Ok(());
    }
    Err(wrong(account, "it is another one than was written"))
}

/// Remove an entry; false where there is none.
///
/// # Errors
/// When this system has no keychain, or it does not let the entry go.
pub(crate) fn clear(account: &str) -> Result<bool, Error> {
    match entry(account)?.delete_credential() {
        Ok(()) => Ok(true),
        Err(KeyringError::NoEntry) => Ok(false),
        Err(error) => Err(failed(account, &error, "removed")),
    }
}

fn entry(account: &str) -> Result<Entry, Error> {
    static STORE: OnceLock<Result<(), String>> = OnceLock::new();
    // A store that could not be started is as unusable the next time, for the same reason.
    if let Err(why) = STORE.get_or_init(|| store().map(keyring_core::set_default_store)) {
        return Err(wrong(account, why));
    }
    Entry::new(SERVICE, account).map_err(|error| failed(account, &error, "named"))
}

/// What a store says of a failure is not known to be free of what it holds.
fn failed(account: &str, error: &KeyringError, what: &str) -> Error {
    match error {
        KeyringError::NoStorageAccess(_) => {
            wrong(account, "the keychain is locked or cannot be reached from here")
        }
        _ => wrong(account, &format!("it could not be {what}")),
    }
}

fn wrong(account: &str, why: &str) -> Error {
    Error::operator(format!(
        "the keychain entry {account} could not be used: {why}; another source is `secret.file` or `secret.command`"
    ))
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<CredentialStore>, String> {
    apple_native_keyring_store::keychain::Store::new()
        .map(|store| -> Arc<CredentialStore> { store })
        .map_err(|error| error.to_string())
}

#[cfg(windows)]
fn store() -> Result<Arc<CredentialStore>, String> {
    windows_native_keyring_store::Store::new()
        .map(|store| -> Arc<CredentialStore> { store })
        .map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
fn store() -> Result<Arc<CredentialStore>, String> {
    linux_keyutils_keyring_store::Store::new()
        .map(|store| -> Arc<CredentialStore> { store })
        .map_err(|error| error.to_string())
}

#[cfg(not(any(target_os = "macos", windows, target_os = "linux")))]
fn store() -> Result<Arc<CredentialStore>, String> {
    Err("this system has no keychain that is known here".to_owned())
}
