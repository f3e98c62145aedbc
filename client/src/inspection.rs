//! What can be found out of the way to a tenant, for a person who looks for a fault: names, proxies, certificates. Nothing here sends a
//! secret, and no call depends on it.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use tokio::time::timeout;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use crate::connection::{self, CONNECT, NameNotFound};
use crate::error::Error;
use crate::health::HEALTH;
use crate::send::Client;
use crate::transport;

/// How long the certificate is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way that requests take to a tenant.
#[derive(Debug, Clone)]
pub struct Way {
    /// The host that requests are sent to first: the proxy, or the tenant.
    pub first_host: String,
    /// The proxy, without its credentials, and what names it: a variable of the environment, or the settings of the system.
    pub proxy: Option<(String, &'static str)>,
    /// The variable that names a proxy which is not used, because `NO_PROXY` names the tenant's host or the tenant is on this machine.
    pub unused_variable: Option<&'static str>,
    /// Requests are encrypted.
    pub is_secured: bool,
    /// A certificate authority of the operator's own is trusted, beside those of the system.
    pub has_ca_file: bool,
}

/// A certificate of a server. Its texts are as the server sent them: the person who shows them cleans them first.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The name of the authority that signed it.
    pub issuer: String,
    /// The name that it is for.
    pub subject: String,
    /// When it ends.
    pub ends: SystemTime,
}

pub(crate) fn way(client: &Client) -> Way {
    let route = &client.route;
    let proxy = route.proxy.clone().zip(route.proxy_source);
    let url = proxy.as_ref().map_or(client.address.as_str(), |(proxy, _)| proxy);
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    Way {
        first_host: host.unwrap_or_default(),
        unused_variable: connection::variable_of_proxy().filter(|_| proxy.is_none()),
        proxy,
        is_secured: client.address.as_str().starts_with("https://"),
        has_ca_file: route.has_ca_file,
    }
}

pub(crate) async fn addresses(client: &Client) -> Result<Vec<IpAddr>, Error> {
    let host = way(client).first_host;
    // An address of IPv6 stands in brackets in a URL.
    let plain = host.trim_matches(['[', ']']).to_owned();
    let found = timeout(CONNECT, tokio::net::lookup_host((plain, 0))).await;
    let found = found.unwrap_or_else(|_| Err(std::io::Error::other("temporary failure: no answer in time")));
    match found {
        Ok(found) => {
            let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            Ok(addresses)
        }
        Err(source) => Err(transport::no_name(&NameNotFound { host, source }, &client.route).error()),
    }
}

pub(crate) async fn certificate(client: &Client) -> Option<Certificate> {
    let way = way(client);
    // A proxy that is spoken to over TLS gets its credentials only when its own certificate is trusted.
    let is_through_tls = way.proxy.as_ref().is_some_and(|(proxy, _)| proxy.starts_with("https://"));
    if !way.is_secured || is_through_tls {
        return None;
    }
    let shown = Arc::new(OnceLock::new());
    let tls = rustls::ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Refuser { shown: shown.clone() }))
        .with_no_client_auth();
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(PATIENCE)
        .retry(reqwest::retry::never())
        .tls_backend_preconfigured(tls);
    // It always fails, at the certificate at the latest.
    let _ = builder.build().ok()?.get(client.address.join(HEALTH, &[]).ok()?).send().await;
    read(shown.get()?)
}

/// Keeps the first certificate that a server shows, and refuses it whatever it is: the handshake ends there, and no request is sent.
#[derive(Debug)]
struct Refuser {
    shown: Arc<OnceLock<Vec<u8>>>,
}

impl ServerCertVerifier for Refuser {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let _ = self.shown.set(end_entity.to_vec());
        Err(refused())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(refused())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(refused())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

fn refused() -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let ends = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
    Some(Certificate {
        issuer: name(certificate.issuer()),
        subject: name(certificate.subject()),
        ends: SystemTime::UNIX_EPOCH + Duration::from_secs(ends),
    })
}

/// The common name, and the organization where it says more; the whole name where it has neither.
fn name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().find_map(|part| part.as_str().ok());
    let organization = name.iter_organization().find_map(|part| part.as_str().ok());
    match (common, organization) {
        (Some(common), Some(organization)) if !common.contains(organization) => {
            format!("{common} ({organization})")
        }
        (Some(one), _) | (None, Some(one)) => one.to_owned(),
        (None, None) => name.to_string(),
    }
}
