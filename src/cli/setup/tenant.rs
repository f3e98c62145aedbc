//! A tenant that is being set up: its address, its credentials, and where its secret is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jamf_pro_client::{Call, ClientConfig, DigestKey, Reader};
use secrecy::{ExposeSecret, SecretString};

use crate::cli::recipes::Rights;
use crate::cli::secret;
use crate::config::SecretSource;
use crate::error::Error;

/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client's clock that is off by more than so many seconds has its tokens refused.
const SKEW: i64 = 60;

/// A tenant that answers.
pub(super) struct Tenant {
    url: String,
    ca_file: Option<PathBuf>,
}

impl Tenant {
    /// The tenant at an address as a person writes it, and what its health check said.
    ///
    /// # Errors
    /// When nothing that is a tenant answers there, with the cure.
    pub(super) async fn find(url: &str, ca_file: Option<PathBuf>) -> Result<(Self, String), Error> {
        let mut tenant = Self { url: url.trim().to_owned(), ca_file };
        let reader = Reader::new(&tenant.config("none", SecretString::default()))?;
        tenant.url = reader.address().to_owned();
        let health = reader.health(&Call::new("setup", PATIENCE)).await?;
        if let Some(fault) = health.fault {
            return Err(fault.into());
        }
        let clock = match health.skew.unwrap_or_default() {
            skew if skew.abs() <= SKEW => "the clocks agree".to_owned(),
            skew => format!("this machine's clock is {} s off: set it by NTP", skew.abs()),
        };
        let said = format!("{} answers; {clock}.", tenant.url);
        Ok((tenant, said))
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The certificate authority of the operator's own.
    pub(super) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// Whether an address that was configured is that of another tenant.
    pub(super) fn is_another(&self, url: &str) -> bool {
        let other = Self { url: url.to_owned(), ca_file: None };
        let address = Reader::new(&other.config("none", SecretString::default()));
        address.map_or(true, |reader| reader.address() != self.url)
    }

    /// What a client of it is made with.
    pub(super) fn config(&self, client_id: &str, secret: SecretString) -> ClientConfig {
        ClientConfig {
            name: "setup".to_owned(),
            label: None,
            url: self.url.clone(),
            client_id: client_id.to_owned(),
            credentials: Arc::new(secret),
            ca_file: self.ca_file.clone(),
            // Nothing that it reads here has secrets in it.
            digest_key: DigestKey::new([0; 32]),
        }
    }
}

/// Sign in as the new client, and compare what it may do with what it is for: lines with whether they are good.
///
/// # Errors
/// When the credentials are not taken.
pub(super) async fn test(config: &ClientConfig, rights: &Rights) -> Result<Vec<(bool, String)>, Error> {
    let reader = Reader::new(config)?;
    let call = Call::new("setup", PATIENCE);
    let tested = async {
        reader.sign_in(&call).await?;
        let version = reader.version(&call).await?;
        let known = reader.privileges(&call).await?;
        Ok::<_, jamf_pro_client::Error>((version, known))
    };
    let tested = tested.await;
    reader.close().await;
    let (version, known) = tested?;
    let mut said = vec![(
        true,
        format!("The tenant takes the credentials: Jamf Pro {version}, {} privileges.", known.len()),
    )];
    let lacking: Vec<&str> = rights
        .privileges
        .iter()
        .map(String::as_str)
        .filter(|name| !known.iter().any(|own| own == name))
        .collect();
    if !lacking.is_empty() {
        said.push((
            false,
            format!(
                "The API role lacks {} of the privileges of the request: {}.",
                lacking.len(),
                lacking.join(", ")
            ),
        ));
    }
    Ok(said)
}

/// Where the secret of a tenant is kept, and why there.
pub(super) fn usual_place(file: &Path, tenant: &Tenant) -> (SecretSource, &'static str) {
    if cfg!(any(target_os = "macos", windows)) {
        let host = tenant.url.split_once("://").map_or(tenant.url.as_str(), |(_, rest)| rest);
        return (SecretSource::Keychain(host.to_owned()), "");
    }
    (
        SecretSource::File(file.with_file_name("secret")),
        ", which you alone can read: the keyring of the Linux kernel forgets secrets at a restart",
    )
}

/// Keep the secret of a tenant: in the keychain, and in a file of its own where that does not work. Where it is, and why there.
///
/// # Errors
/// When it cannot be kept at all.
pub(super) fn keep(
    file: &Path,
    tenant: &Tenant,
    given: &SecretString,
) -> Result<(SecretSource, String), Error> {
    let (place, why) = usual_place(file, tenant);
    let Err(error) = secret::keep(&place, given) else { return Ok((place, why.to_owned())) };
    let SecretSource::Keychain(_) = place else { return Err(error) };
    let other = SecretSource::File(file.with_file_name("secret"));
    debug_assert!(!given.expose_secret().is_empty());
    secret::keep(&other, given)?;
    Ok((other, format!(", which you alone can read: {error}")))
}
