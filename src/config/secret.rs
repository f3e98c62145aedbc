//! Where secrets come from, and how they are read.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jamf_pro_client::{ClientConfig, Credentials, DigestKey, Error as ClientError};
use secrecy::SecretString;
use tokio::process::Command;
use tokio::sync::oneshot;

use super::text::{bare_variable, decode, placeholder};
use super::{SecretSource, TenantConfig};
use crate::error::Error;

/// How long a command may take that prints a secret.
const PATIENCE: Duration = Duration::from_secs(20);

impl SecretSource {
    /// Read the secret. Surrounding white space is not part of it.
    ///
    /// # Errors
    /// When it cannot be read or is empty; the error says where it was looked for, never what was found.
    pub async fn read(&self) -> Result<SecretString, Error> {
        let text = match self {
            Self::Known(secret) => return Ok(secret.clone()),
            Self::Env(name) => std::env::var(name).map_err(|_| {
                Error::operator(format!("the environment variable {name} is not set, or is not text"))
            })?,
            Self::File(path) => return secret_in_file(path),
            Self::Keychain(account) => super::keychain::read(account)?,
            Self::Command(argv) => from_command(argv).await?,
        };
        let secret = text.trim_start_matches('\u{feff}').trim();
        if secret.is_empty() {
            return Err(Error::operator(format!("{self} gave nothing")));
        }
        refuse_mark(secret).map_err(|why| Error::operator(format!("{self} {why}")))?;
        Ok(SecretString::from(secret))
    }

    /// A warning for the operator, when others can read what should be a secret.
    pub fn warning(&self) -> Option<String> {
        match self {
            Self::File(path) => readable_by_others(path).then(|| {
                format!("{} can be read by other users of this machine; `chmod 600` it", path.display())
            }),
            _ => None,
        }
    }
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Keychain(account) => write!(f, "the keychain entry {account}"),
            Self::Command(argv) => write!(f, "the command {}", argv.first().map_or("", String::as_str)),
            Self::Known(_) => f.write_str("the simulated tenant"),
        }
    }
}

impl TenantConfig {
    /// What the client of this tenant is made with. `digest_key` is the key of the digests in the place of secrets.
    pub fn client(&self, name: &str, digest_key: DigestKey) -> ClientConfig {
        ClientConfig {
            name: name.to_owned(),
            label: self.label.clone(),
            url: self.url.clone(),
            client_id: self.client_id.clone(),
            credentials: Arc::new(self.secret.clone()),
            ca_file: self.ca_file.clone(),
            digest_key,
        }
    }
}

impl Credentials for SecretSource {
    /// The secret is read in a thread of its own: a keychain or a file may keep it waiting, and neither the other calls nor the end of the
    /// process wait for that.
    fn secret(&self) -> BoxFuture<'static, Result<SecretString, ClientError>> {
        let source = self.clone();
        Box::pin(async move {
            if let Self::Known(secret) = source {
                return Ok(secret);
            }
            let name = source.to_string();
            let (sender, receiver) = oneshot::channel();
            let runtime = tokio::runtime::Handle::current();
            let reader = move || {
                let _ = sender.send(runtime.block_on(source.read()));
            };
            std::thread::Builder::new().name("secret".to_owned()).spawn(reader).map_err(|error| {
                ClientError::Internal(format!("no thread could be started to read the secret: {error}"))
            })?;
            match receiver.await {
                Ok(secret) => secret.map_err(|error| ClientError::Operator(error.to_string().into())),
                Err(_) => {
                    Err(ClientError::Internal(format!("reading the secret from {name} failed unexpectedly")))
                }
            }
        })
    }

    fn source(&self) -> String {
        self.to_string()
    }
}

/// The secret in a file: its first line, without surrounding white space.
///
/// # Errors
/// When the file cannot be read or its first line is empty; the error never says what was found.
pub fn secret_in_file(path: &Path) -> Result<SecretString, Error> {
    let wrong = |why: &str| Error::operator(format!("the secret file {} {why}", path.display()));
    let read = crate::state_dir::check_secret(path).and_then(|()| std::fs::read(path));
    let bytes = read.map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let text = decode(bytes).map_err(|why| wrong(&format!("cannot be used: {why}")))?;
    let secret = text.lines().next().unwrap_or_default().trim();
    if secret.is_empty() {
        return Err(wrong("has nothing on its first line"));
    }
    refuse_mark(secret).map_err(wrong)?;
    Ok(SecretString::from(secret))
}

/// Refuse a secret that is nothing but the name of the place where the secret should have come from.
pub(crate) fn refuse_mark(secret: &str) -> Result<(), &'static str> {
    if placeholder(secret).is_some() || bare_variable(secret).is_some() {
        return Err("holds the name of a variable, such as ${NAME}, that was not replaced by its value");
    }
    Ok(())
}

/// Runs the command as it stands, without a shell; what it prints on standard error is its own affair and may hold secrets.
async fn from_command(argv: &[String]) -> Result<String, Error> {
    let [program, arguments @ ..] = argv else {
        return Err(Error::operator("`secret.command` is empty").hint("give a program and its arguments"));
    };
    let failed =
        |why: String| Error::operator(format!("the command {program}, which should print the secret, {why}"));
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(PATIENCE, output)
        .await
        .map_err(|_| failed(format!("did not end within {} s", PATIENCE.as_secs())))?
        .map_err(|error| failed(format!("could not be run: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| failed("printed something that is not text".to_owned()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Whether group or others have any access to a file.
#[cfg(unix)]
pub(super) fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Windows keeps a user's folders to the user; finer rights are not looked at.
#[cfg(not(unix))]
pub(super) fn readable_by_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::error::Kind;

    #[tokio::test]
    async fn secrets_come_from_files_and_commands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        assert_eq!(SecretSource::File(path).read().await.unwrap().expose_secret(), "s3cret");
        let echo = SecretSource::Command(vec!["printf".to_owned(), "a b\\nc".to_owned()]);
        assert_eq!(echo.read().await.unwrap().expose_secret(), "a b");
    }

    #[tokio::test]
    async fn failures_say_where_and_never_what() {
        let folder = tempfile::tempdir().unwrap();
        for source in [
            SecretSource::File(folder.path().join("none")),
            SecretSource::Env("JAMF_PRO_MCP_NO_SUCH_VARIABLE".to_owned()),
            SecretSource::Command(vec![]),
            SecretSource::Command(vec!["false".to_owned()]),
            SecretSource::Command(vec!["true".to_owned()]),
            SecretSource::Command(vec!["no-such-program-here".to_owned()]),
        ] {
            assert_eq!(source.read().await.unwrap_err().kind(), Kind::Operator, "{source}");
        }
        assert!(!format!("{:?}", SecretSource::Known("canary".into())).contains("canary"));
    }

    #[cfg(unix)]
    #[test]
    fn files_that_others_can_read_are_warned_about() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(SecretSource::File(path.clone()).warning().is_some());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(SecretSource::File(path).warning().is_none());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_others_can_change_gives_no_secret() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "x").unwrap();
        for mode in [0o666, 0o620, 0o602] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = SecretSource::File(path.clone()).read().await.unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
    }
}
