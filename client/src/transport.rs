//! Why no answer came, out of the errors of the HTTP client: what lasts until somebody acts, with its cure, and what passes.
//!
//! The request for a token, the calls of a tenant and `doctor` take their words from here, so that the same fault is always
//! said the same way.

use std::error::Error as StdError;

use rustls::CertificateError;

use crate::connection::{CONNECT, NameNotFound, Route};
use crate::error::Error;

/// What the HTTP client says of a proxy that was not connected to. The type of its errors about proxies is private.
const PROXY_NOT_CONNECTED: &str = "tunnel error: failed to create underlying connection";

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
        return tls(error, route);
    }
    if let Some(name) = cause.downcast_ref::<NameNotFound>() {
        return Some(no_name(name, route));
    }
    let hyper = cause.downcast_ref::<hyper::Error>()?;
    hyper.is_parse().then(|| {
        Fault::lasting(
            format!("{} does not speak HTTP", route.host),
            "check the port of the tenant's url, and that the url begins with https:// where the port speaks TLS",
        )
    })
}

fn no_name(error: &NameNotFound, route: &Route) -> Fault {
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

fn tls(error: &rustls::Error, route: &Route) -> Option<Fault> {
    let host = &route.host;
    Some(match error {
        rustls::Error::InvalidCertificate(why) => certificate(why, route),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => Fault::lasting(
            format!("{host} does not speak TLS"),
            "check the port of the tenant's url: https:// needs a port that speaks TLS",
        ),
        rustls::Error::AlertReceived(_)
        | rustls::Error::PeerIncompatible(_)
        | rustls::Error::PeerMisbehaved(_)
        | rustls::Error::NoApplicationProtocol => Fault::lasting(
            format!("the TLS handshake with {host} failed: {error}"),
            "check the tenant's url, and what inspects TLS on the way to it",
        ),
        _ => return None,
    })
}

fn certificate(why: &CertificateError, route: &Route) -> Fault {
    let through = match &route.proxy {
        Some(proxy) => format!(". Requests go through the proxy {proxy}, which may sign certificates itself"),
        None => String::new(),
    };
    let authority = if route.has_ca_file {
        "name a file in `ca_file` that holds the certificate authority that signed the certificate: this one does not"
    } else {
        "if a certificate authority of your own signs it, name its PEM file in `ca_file`"
    };
    let host = &route.host;
    let (cause, cure) = match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("the certificate of {host} has expired"),
            "renew it on the tenant, or set this machine's clock if that is wrong".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("the certificate of {host} is not valid yet"),
            "set this machine's clock if it is wrong".to_owned(),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("the certificate of {host} is for another name: {why}"),
            "write the tenant's url with the name that its certificate has".to_owned(),
        ),
        CertificateError::Revoked => {
            (format!("the certificate of {host} is revoked"), "have it replaced on the tenant".to_owned())
        }
        _ => (format!("the certificate of {host} is not trusted: {why}"), authority.to_owned()),
    };
    Fault::lasting(format!("{cause}{through}"), cure)
}

/// No connection was made, for a reason that the error has no type for.
fn connection_fault(error: &reqwest::Error, route: &Route) -> Fault {
    let causes = causes(error);
    let last = if error.is_timeout() {
        format!("no connection within {} s", CONNECT.as_secs())
    } else {
        innermost(&causes)
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
