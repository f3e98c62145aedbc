//! The HTTP client of one tenant: certificates, proxies, name lookups, and how long a silent connection is kept.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::Address;
use crate::config::ClientConfig;
use crate::error::Error;
use crate::transport;

/// How long a connection may take to be made, with its name lookup and its TLS handshake.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// An idle connection is closed after this time; load balancers forget theirs after 60 s without a word.
const IDLE: Duration = Duration::from_secs(30);

/// A connection is asked for a sign of life this often, and is given up when none comes: a laptop that slept, or changed its
/// network, holds a connection that nobody answers any more.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_PATIENCE: Duration = Duration::from_secs(5);

/// Variables that name the proxy of a tenant, in the order in which they are looked at.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The way that requests take to a tenant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Route {
    /// Host and port of the tenant.
    pub(crate) host: String,
    /// The proxy that requests go through, without its credentials.
    pub(crate) proxy: Option<String>,
    /// What names the proxy: a variable of the environment, or the settings of the system.
    pub(crate) proxy_source: Option<&'static str>,
    /// A certificate authority of the operator's own is trusted already.
    pub(crate) has_ca_file: bool,
}

/// A host name that could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("the host name {host} could not be looked up: {source}")]
pub(crate) struct NameNotFound {
    pub(crate) host: String,
    pub(crate) source: std::io::Error,
}

impl NameNotFound {
    /// Whether the lookup itself failed, so that the name may exist.
    pub(crate) fn is_passing(&self) -> bool {
        let text = self.source.to_string().to_ascii_lowercase();
        // The resolver of the C library has no error of its own for this in the standard library.
        text.contains("temporary failure") || text.contains("try again") || text.contains("temporarily")
    }
}

/// Looks names up as the operating system does, and says which name was not found.
struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: std::io::Result<Vec<SocketAddr>> =
                tokio::net::lookup_host((host.as_str(), 0)).await.map(Iterator::collect);
            match found {
                Ok(found) => Ok(Box::new(found.into_iter()) as Addrs),
                Err(source) => Err(NameNotFound { host, source }.into()),
            }
        })
    }
}

/// The HTTP client of a tenant, made at its first request: it reads every certificate authority of the system, for which the start of a
/// server does not wait. Cloning is free.
#[derive(Clone)]
pub(crate) struct Http(Arc<LazyLock<Result<reqwest::Client, Error>, MakeClient>>);

type MakeClient = Box<dyn FnOnce() -> Result<reqwest::Client, Error> + Send>;

impl Http {
    fn new(builder: reqwest::ClientBuilder) -> Self {
        let make = move || builder.build().map_err(|error| transport::setup_error(&error));
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }

    /// The client.
    ///
    /// # Errors
    /// When it cannot be made, such as where the system has no certificate authorities.
    pub(crate) fn get(&self) -> Result<&reqwest::Client, Error> {
        (**self.0).as_ref().map_err(Clone::clone)
    }
}

/// The HTTP client for a tenant, and the way that its requests take.
pub(crate) fn connect(address: &Address, config: &ClientConfig) -> Result<(Http, Route), Error> {
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    check_proxies()?;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("jamf-pro-mcp/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .dns_resolver(Names)
        .pool_max_idle_per_host(5)
        .pool_idle_timeout(IDLE)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE_PATIENCE)
        .http2_keep_alive_while_idle(true)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    let mut route = Route { host: address.host(), has_ca_file: config.ca_file.is_some(), ..Route::default() };
    if address.as_str().starts_with("http://") {
        // Loopback: a proxy for the outside world has no business there, and no certificate is looked at.
        builder = builder.no_proxy().tls_certs_only([]);
    } else if let Some((proxy, source)) = proxy_of(address) {
        (route.proxy, route.proxy_source) = (Some(proxy), Some(source));
    }
    if let Some(path) = &config.ca_file {
        let wrong = |why: String| Error::operator(format!("ca_file {}: {why}", path.display()));
        let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|_| wrong("is not a PEM file of certificates".to_owned()))?;
        if certificates.is_empty() {
            return Err(wrong("holds no certificate".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    Ok((Http::new(builder), route))
}

/// The proxy that requests to this address go through, without its credentials, and what names it.
fn proxy_of(address: &Address) -> Option<(String, &'static str)> {
    // The same rules as those of the HTTP client, which does not tell what it found.
    let target = address.as_str().parse().ok()?;
    let proxy = Matcher::from_system().intercept(&target)?.uri().to_string();
    let from_variables = Matcher::from_env().intercept(&target).map(|own| own.uri().to_string());
    let is_from_variable = from_variables.as_ref() == Some(&proxy);
    let source = variable_of_proxy().filter(|_| is_from_variable).unwrap_or("the settings of the system");
    Some((proxy.trim_end_matches('/').to_owned(), source))
}

/// The variable that names a proxy.
pub(crate) fn variable_of_proxy() -> Option<&'static str> {
    let is_set = |variable: &&str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    PROXY_VARIABLES.into_iter().find(is_set)
}

/// A proxy that cannot be used would be passed over without a word, and requests would go out by a way that nobody chose.
fn check_proxies() -> Result<(), Error> {
    for variable in PROXY_VARIABLES {
        let Some(value) = std::env::var_os(variable) else { continue };
        check_proxy(variable, &value.to_string_lossy())?;
    }
    Ok(())
}

fn check_proxy(variable: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Ok(());
    }
    // The value is not shown: it may hold a password.
    let wrong = |why: &str| {
        Error::operator(format!("the environment variable {variable} {why}"))
            .hint("give the proxy as http://host:port, or unset the variable")
    };
    let proxy = Matcher::builder().all(value.to_owned()).build();
    let Some(proxy) = proxy.intercept(&http::Uri::from_static("https://tenant.example")) else {
        return Err(wrong("is not the URL of a proxy"));
    };
    if !matches!(proxy.uri().scheme_str(), Some("http" | "https")) {
        return Err(wrong("names a SOCKS proxy, which this server cannot use"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_no_url_is_refused_without_showing_it() {
        for good in [
            "",
            "http://proxy.example:3128",
            "proxy.example:3128",
            "https://u:p%40ss@proxy.example",
            "http://10.0.0.1:8080/",
        ] {
            assert!(check_proxy("HTTPS_PROXY", good).is_ok(), "{good}");
        }
        for bad in [
            "not a url",
            "hunter2 secret",
            "socks5://proxy.example:1080",
            "ftp://proxy.example",
            "http://",
            "${PROXY}",
            "http://${PROXY}:80",
            "/proxy",
        ] {
            let error = check_proxy("HTTPS_PROXY", bad).unwrap_err().to_string();
            assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter2"), "{bad}: {error}");
        }
    }
}
