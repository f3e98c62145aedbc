//! The tenant's address: what people write, normalized and checked.

use url::Url;

use crate::error::Error;

/// A tenant's base URL without a trailing slash, such as `https://example.jamfcloud.com` or `https://host:8443/jamf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(String);

impl Address {
    /// Takes what an admin would paste: with or without scheme, trailing slash, `/api` or `/JSSResource`.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        // What may hold a password, or a key in a query, is not printed.
        let shown = if text.contains(['@', '?', '#']) { "" } else { text.trim() };
        let shown = if shown.is_empty() { String::new() } else { format!(" `{shown}`") };
        let wrong = |why: &str| Error::operator(format!("the tenant's url{shown} {why}"));
        let trimmed = text.trim();
        let with_scheme =
            if trimmed.contains("://") { trimmed.to_owned() } else { format!("https://{trimmed}") };
        let url = Url::parse(&with_scheme).map_err(|error| wrong(&format!("is not a URL: {error}")))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("has no host name"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user name or password").hint("use an API client"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must not have a query or a fragment"));
        }
        let gateway =
            |name: &str| host == name || host.strip_suffix(name).is_some_and(|sub| sub.ends_with('.'));
        if gateway("api.jamfcloud.com") || gateway("apigw.jamf.com") {
            return Err(wrong("is the Platform API gateway, which takes other credentials")
                .hint("use the tenant's own address, such as https://example.jamfcloud.com"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(wrong("must begin with https://; plain http is for loopback alone")),
            _ => return Err(wrong("must begin with https://")),
        }
        let mut path = url.path().trim_end_matches('/');
        for api in ["/api", "/JSSResource"] {
            path = path.strip_suffix(api).unwrap_or(path).trim_end_matches('/');
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{}://{host}{port}{path}", url.scheme())))
    }

    /// As it is shown to people.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host, and its port where that is not the usual one.
    pub(crate) fn host(&self) -> String {
        let rest = self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default().to_owned()
    }

    /// The URL of a path that is already encoded. It stays below the address, whatever the path.
    pub(crate) fn join(&self, path: &str, query: &[(String, String)]) -> Result<Url, Error> {
        let mut url = Url::parse(&format!("{}{path}", self.0))
            .map_err(|error| Error::Internal(format!("{path} cannot be part of a URL: {error}")))?;
        if !url.as_str().starts_with(&self.0) || !url.path().ends_with(path) {
            return Err(Error::Internal(format!("{path} leads away from the tenant")));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_understood() {
        for (given, expected) in [
            ("https://example.jamfcloud.com", "https://example.jamfcloud.com"),
            (" example.jamfcloud.com/ ", "https://example.jamfcloud.com"),
            ("HTTPS://Example.JamfCloud.com/api/", "https://example.jamfcloud.com"),
            ("https://example.com/JSSResource", "https://example.com"),
            ("https://host:8443/jamf/", "https://host:8443/jamf"),
            ("https://host/jamf/api", "https://host/jamf"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:5", "http://[::1]:5"),
        ] {
            assert_eq!(Address::parse(given).unwrap().as_str(), expected, "{given}");
        }
    }

    #[test]
    fn what_cannot_be_a_tenant_is_refused() {
        for given in [
            "",
            "http://example.com",
            "ftp://example.com",
            "https://user:pw@example.com",
            "https://example.com/?x=1",
            "https://example.com/#x",
            "https://us.api.jamfcloud.com",
            "https://eu.apigw.jamf.com",
            "https://apigw.jamf.com/api",
            "https://",
            "http://localhost.evil.example",
        ] {
            assert!(Address::parse(given).is_err(), "{given}");
        }
    }

    #[test]
    fn paths_and_queries_stay_below_the_address() {
        let address = Address::parse("https://host:8443/jamf").unwrap();
        let query = [("filter".to_owned(), "a==\"b+c;d&e\"".to_owned())];
        let url = address.join("/api/v1/buildings/..%2Fx", &query).unwrap();
        assert_eq!(
            url.as_str(),
            "https://host:8443/jamf/api/v1/buildings/..%2Fx?filter=a%3D%3D%22b%2Bc%3Bd%26e%22"
        );
        assert!(address.join("/api/v1/../../../x", &[]).is_err());
        assert!(address.join("/api/v1/%2e%2e/x", &[]).is_err());
    }
}
