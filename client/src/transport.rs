//! Why no answer came, out of the errors of the HTTP client: what lasts until somebody acts, with its cure, and what passes.
//!
//! The request for a token, the calls of a tenant and `doctor` take their words from here, so that the same fault is always
//! said the same way.

use std::error::Error as StdError;

use rustls::{AlertDescription, CertificateError};

use crate::connection::{CONNECT, NameNotFound, Route};
use crate::error::Error;

/// What the HTTP client says of a proxy that was not connected to. The type of its errors about proxies is private.
const PROXY_NOT_CONNECTED: &str = "tunnel error: failed to create underlying connection";

/// What the library says where the system has no certificate authority; its error has no type for that.
const NO_AUTHORITIES: &str = "No CA certificates were loaded";

/// What the HTTP client says of a connection that ends within the handshake.
const ENDED_IN_HANDSHAKE: &str = "tls handshake eof";

/// Why no answer came, or no whole one.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The fault is there until somebody acts, so that trying again is of no use.
    pub(crate) is_lasting: bool,
    /// The request may have left.
    pub(crate) is_sent: bool,
    /// What happened, without a full stop.
    pub(crate) cause: String,
    /// What to do about it, as a hint; empty where there is nothing but to try again.
    pub(crate) cure: String,
}

impl Fault {
    fn lasting(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { is_lasting: true, is_sent: false, cause: cause.into(), cure: cure.into() }
    }

    fn passing(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { is_lasting: false, ..Self::lasting(cause, cure) }
    }

    /// The fault as an error, for a request of which nothing is lost when it is not sent.
    pub(crate) fn error(&self) -> Error {
        let cause = self.cause.as_str();
        let error = if self.is_lasting { Error::operator(cause) } else { Error::unreachable(cause) };
        error.hint(if self.cure.is_empty() { "try again" } else { self.cure.as_str() })
    }
}

/// What an error of the HTTP client means.
pub(crate) fn fault(error: &reqwest::Error, route: &Route) -> Fault {
    let causes = causes(error);
    let is_proxy_lost = causes.iter().any(|cause| cause.to_string() == PROXY_NOT_CONNECTED);
    let mut fault = if is_proxy_lost {
        connection_fault(error, route)
    } else if let Some(fault) = causes.iter().find_map(|cause| known_fault(*cause, route)) {
        fault
    } else if error.is_connect() {
        connection_fault(error, route)
    } else {
        let cause = innermost(&causes);
        Fault {
            is_sent: true,
            ..Fault::passing(
                format!("the connection was interrupted before the answer was whole: {cause}"),
                "",
            )
        }
    };
    fault.is_sent = !error.is_connect() && !error.is_builder();
    fault
}

/// The error, its sources, and the errors that errors of input and output carry inside.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut found = vec![error];
    let mut at = 0;
    while let Some(error) = found.get(at).copied() {
        at += 1;
        // The source of an error of input and output is the source of the error inside, which it skips.
        let inside = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .map(|inside| -> &(dyn StdError + 'static) { inside });
        found.extend(inside.or_else(|| error.source()));
    }
    found
}

/// The innermost reason; the outer ones repeat the URL.
fn innermost(causes: &[&(dyn StdError + 'static)]) -> String {
    causes.last().map(ToString::to_string).unwrap_or_default()
}

fn known_fault(cause: &(dyn StdError + 'static), route: &Route) -> Option<Fault> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(tls(error, route));
    }
    if let Some(name) = cause.downcast_ref::<NameNotFound>() {
        return Some(no_name(name, route));
    }
    if cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.to_string() == ENDED_IN_HANDSHAKE) {
        return Some(Fault::passing(
            format!("{} ended the connection within the TLS handshake", route.host),
            "check the tenant's url, and what inspects or blocks TLS on the way to it",
        ));
    }
    let hyper = cause.downcast_ref::<hyper::Error>()?;
    hyper.is_parse().then(|| {
        Fault::lasting(
            format!("{} does not speak HTTP", route.host),
            "check the port of the tenant's url, and that the url begins with https:// where the port speaks TLS",
        )
    })
}

pub(crate) fn no_name(error: &NameNotFound, route: &Route) -> Fault {
    let host = &error.host;
    let is_proxy = route.proxy.as_deref().is_some_and(|proxy| proxy.contains(host.as_str()));
    let (what, cure) =
        if is_proxy { ("the proxy", "check HTTPS_PROXY") } else { ("the tenant", "check the tenant's url") };
    if error.is_passing() {
        return Fault::passing(
            format!("the host name of {what}, {host}, could not be looked up: {}", error.source),
            "check the network and the name server of this machine",
        );
    }
    Fault::lasting(
        format!(
            "{what} is not reachable: the host name {host} does not exist, or is not known in this network"
        ),
        format!("{cure}, and whether this machine needs a VPN to find the name"),
    )
}

/// Faults of TLS in plain words. What the library says of them goes into the log alone.
fn tls(error: &rustls::Error, route: &Route) -> Fault {
    let host = &route.host;
    tracing::debug!(%error, host, "TLS failed");
    match error {
        rustls::Error::InvalidCertificate(why) => certificate(why, route),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => Fault::lasting(
            format!("{host} does not speak TLS"),
            "check the port of the tenant's url: https:// needs a port that speaks TLS",
        ),
        rustls::Error::AlertReceived(alert) => refusal(*alert, host),
        rustls::Error::PeerIncompatible(_) => too_old(host),
        rustls::Error::NoApplicationProtocol => Fault::lasting(
            format!("{host} speaks TLS and does not speak HTTP"),
            "check the port of the tenant's url",
        ),
        rustls::Error::PeerMisbehaved(_) => Fault::lasting(
            format!("the TLS handshake with {host} failed: its answers break the rules of TLS"),
            "check what inspects TLS on the way to the tenant",
        ),
        _ => Fault::passing(
            format!("the TLS connection to {host} failed"),
            "try again, and check what inspects TLS on the way to the tenant if it stays so",
        ),
    }
}

/// What a server means that ends the handshake.
fn refusal(alert: AlertDescription, host: &str) -> Fault {
    use AlertDescription as Alert;
    let failed = |why: &str, cure: &str| {
        Fault::lasting(format!("the TLS handshake with {host} failed: {why}"), cure.to_owned())
    };
    match alert {
        Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::InsufficientSecurity => too_old(host),
        Alert::UnrecognisedName => failed(
            "the server does not know this host name",
            "write the tenant's url with the name that its certificate has",
        ),
        Alert::CertificateRequired
        | Alert::BadCertificate
        | Alert::NoCertificate
        | Alert::CertificateUnknown
        | Alert::UnknownCA => failed(
            "the server asks for a client certificate, which this program does not have",
            "use an address of the tenant that asks for none",
        ),
        Alert::AccessDenied => failed(
            "the server refuses this machine",
            "check what stands in front of the tenant, and whether this machine needs a VPN",
        ),
        _ => failed("the server ended it", "check the tenant's url, and what inspects TLS on the way to it"),
    }
}

fn too_old(host: &str) -> Fault {
    Fault::lasting(
        format!(
            "the TLS handshake with {host} failed: the server offers no version of TLS and no cipher that are secure"
        ),
        "have TLS 1.2 or 1.3 switched on there, or on what inspects TLS on the way to it",
    )
}

fn certificate(why: &CertificateError, route: &Route) -> Fault {
    let through = match &route.proxy {
        Some(proxy) => format!(". Requests go through the proxy {proxy}, which may sign certificates itself"),
        None => String::new(),
    };
    let authority = if route.has_ca_file {
        "name a file in `ca_file` that holds the certificate authority that signed the certificate: this one does not"
    } else {
        "if a certificate authority of your own signs it, as where TLS is inspected, name its PEM file in `ca_file`; `jamf-pro-mcp doctor` shows who signed it"
    };
    let host = &route.host;
    let (cause, cure) = match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("the certificate of {host} has expired"),
            "renew it on the tenant, or set this machine's clock if that is wrong",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (format!("the certificate of {host} is not valid yet"), "set this machine's clock if it is wrong")
        }
        CertificateError::NotValidForName => (
            format!("the certificate of {host} is for another name"),
            "write the tenant's url with the name that its certificate has",
        ),
        CertificateError::NotValidForNameContext { presented, .. } => (
            format!("the certificate of {host} is for another name{}", names(presented)),
            "write the tenant's url with the name that its certificate has",
        ),
        CertificateError::Revoked => {
            (format!("the certificate of {host} is revoked"), "have it replaced on the tenant")
        }
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
            format!(
                "the certificate of {host} is not trusted: it is that of an authority, which signs others and is none for a server"
            ),
            "have the tenant show a certificate for its name that an authority signed",
        ),
        other => (format!("the certificate of {host} is not trusted: {}", reason(other)), authority),
    };
    Fault::lasting(format!("{cause}{through}"), cure)
}

/// The names of a certificate: the library has each in the form `DnsName("example.com")`.
fn names(presented: &[String]) -> String {
    let each: Vec<&str> = presented.iter().filter_map(|name| name.split('"').nth(1)).take(5).collect();
    if each.is_empty() { String::new() } else { format!(": {}", each.join(", ")) }
}

/// Why a certificate is not trusted.
fn reason(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::UnknownIssuer => "no certificate authority that this machine trusts signed it",
        CertificateError::BadSignature => "its signature is not that of its authority",
        CertificateError::BadEncoding => "it is not well formed",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not for servers"
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "it is signed in a way that is not secure any more"
        }
        CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => {
            "whether it was revoked cannot be found out"
        }
        _ => "this system refuses it",
    }
}

/// Why the HTTP client cannot be made.
pub(crate) fn setup_error(error: &reqwest::Error) -> Error {
    let causes = causes(error);
    let last = innermost(&causes);
    if last.contains(NO_AUTHORITIES) {
        return Error::operator(
            "this machine has no certificate authorities, so the certificate of no tenant can be checked",
        )
        .hint("install the package `ca-certificates`, or name the PEM file of the authority in `ca_file`");
    }
    Error::operator(format!("the HTTP client cannot be set up: {last}"))
}

/// What a fault of a connection means.
fn plain_words(kind: std::io::ErrorKind) -> Option<&'static str> {
    use std::io::ErrorKind;
    Some(match kind {
        ErrorKind::ConnectionRefused => "nothing listens on that port (connection refused)",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
            "the connection was closed by the other side, or on the way"
        }
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
            "this machine has no way to that network"
        }
        _ => return None,
    })
}

/// No connection was made, for a reason that the error has no type for.
fn connection_fault(error: &reqwest::Error, route: &Route) -> Fault {
    let causes = causes(error);
    let last = if error.is_timeout() {
        format!("no connection within {} s", CONNECT.as_secs())
    } else {
        let kinds = causes.iter().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
        let plain = kinds.map(std::io::Error::kind).find_map(plain_words);
        plain.map_or_else(|| innermost(&causes), str::to_owned)
    };
    let Some(proxy) = &route.proxy else {
        return Fault::passing(
            format!("the tenant is not reachable: {last}"),
            "check the tenant's url and the network of this machine",
        );
    };
    let tunnel = causes.iter().map(ToString::to_string).find(|cause| cause.starts_with("tunnel error: "));
    match tunnel.as_deref() {
        Some("tunnel error: proxy authorization required") => Fault::lasting(
            format!("the proxy {proxy} asks for credentials (407)"),
            "put them into HTTPS_PROXY, as http://user:password@host:port",
        ),
        Some("tunnel error: unsuccessful") => Fault::passing(
            format!("the proxy {proxy} does not connect to {}", route.host),
            "check that the proxy permits the tenant's address",
        ),
        Some(PROXY_NOT_CONNECTED) => Fault::lasting(
            format!("the proxy {proxy} is not reachable: {last}"),
            "check HTTPS_PROXY, or name the tenant's host in NO_PROXY",
        ),
        None if error.is_timeout() => Fault::lasting(
            format!("the proxy {proxy} is not reachable, or does not connect to {}: {last}", route.host),
            "check HTTPS_PROXY, or name the tenant's host in NO_PROXY",
        ),
        _ => Fault::passing(
            format!("the tenant is not reachable through the proxy {proxy}: {last}"),
            "check HTTPS_PROXY and the network of this machine",
        ),
    }
}
