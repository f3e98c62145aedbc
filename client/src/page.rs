//! Web pages where an answer of an API was expected, and who they come from.
//!
//! The Classic API answers its errors as pages. A tenant that starts, or is under maintenance, answers a page to everything;
//! so do firewalls, sign-in services and the portals of networks that stand before it.

use crate::error::quoted;

/// Words that stand on the pages of firewalls and of services that filter requests.
const FIREWALL: [&str; 17] = [
    "access denied",
    "attention required",
    "cloudflare ray id",
    "request blocked",
    "request could not be satisfied",
    "requested url was rejected",
    "request unsuccessful. incapsula",
    "incapsula incident",
    "imperva",
    "web application firewall",
    "blocked by",
    "has been blocked",
    "have been blocked",
    "was blocked",
    "zscaler",
    "fortiguard",
    "not acceptable!",
];

/// Words that stand on pages where somebody signs in.
const SIGN_IN: [&str; 10] = [
    "login",
    "log in",
    "log on",
    "logon",
    "sign in",
    "sign-in",
    "signin",
    "single sign-on",
    "samlrequest",
    "captive portal",
];

/// Who answered with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The Classic API, for an error of its own.
    ClassicApi,
    /// A firewall or filter that refused the request.
    Firewall,
    /// A page to sign in at: the tenant's own, or one of something before it.
    SignIn,
    /// Anything else: a start or maintenance page, a web server, a balancer.
    Other,
}

/// A page where an answer was expected.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) origin: Origin,
    title: Option<String>,
}

impl Page {
    /// The page that a body is, if it is one.
    pub(crate) fn of(media_type: &str, body: &[u8]) -> Option<Self> {
        is_html(media_type, body).then(|| Self::read(body))
    }

    fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let lower = text.to_ascii_lowercase();
        let title = title(&text, &lower);
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let is_classic = title.as_deref() == Some("Status page");
        let origin = match () {
            () if is_classic => Origin::ClassicApi,
            () if has(&FIREWALL) => Origin::Firewall,
            () if has(&SIGN_IN) => Origin::SignIn,
            () => Origin::Other,
        };
        Self { origin, title }
    }

    /// What the page is, as a noun with its title.
    pub(crate) fn name(&self) -> String {
        let kind = match self.origin {
            Origin::Firewall => "the page of a firewall",
            Origin::SignIn => "a sign-in page",
            Origin::ClassicApi | Origin::Other => "a web page",
        };
        match self.title.as_deref().filter(|title| !title.is_empty()) {
            Some(title) => format!("{kind} titled {}", quoted(title, 80)),
            None => kind.to_owned(),
        }
    }

    /// The same as [`Self::name`], with its place: for an error that Jamf Pro itself did not answer.
    pub(crate) fn explain(&self) -> String {
        let place = match self.origin {
            Origin::Firewall => "a firewall or filter in front of Jamf Pro refused the request",
            Origin::SignIn => "something in front of Jamf Pro asks to sign in",
            Origin::ClassicApi | Origin::Other => {
                "the web server, or something in front of Jamf Pro, answered and not its API"
            }
        };
        format!(" The answer is {}: {place}.", self.name())
    }
}

/// Whether a body looks like a web page.
pub(crate) fn is_html(media_type: &str, body: &[u8]) -> bool {
    let start = body
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .and_then(|at| body.get(at..))
        .unwrap_or_default();
    let begins = |tag: &[u8]| start.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag));
    matches!(media_type, "text/html" | "application/xhtml+xml")
        || begins(b"<!doctype html")
        || begins(b"<html")
}

/// The useful sentence of a page of the Classic API stands in one of its paragraphs.
pub(crate) fn reason(body: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(body);
    let mut rest: &str = &page;
    while let Some((_, after)) = rest.split_once("<p>") {
        let end = after.find('<').unwrap_or(after.len());
        let sentence = after.get(..end).unwrap_or_default().trim();
        let boilerplate = [
            "You can get technical detail",
            "Please continue your visit",
            "The server has not found anything",
            "",
        ];
        if !boilerplate
            .iter()
            .any(|skip| sentence == *skip || (!skip.is_empty() && sentence.starts_with(skip)))
        {
            return Some(unescape(sentence.trim_start_matches("Error: ")));
        }
        rest = after;
    }
    None
}

fn unescape(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), |text| text.into_owned())
}

fn title(text: &str, lower: &str) -> Option<String> {
    let (_, after) = lower.split_once("<title")?;
    let (_, after) = after.split_once('>')?;
    let from = lower.len() - after.len();
    let length = after.find("</title>")?;
    text.get(from..from + length).map(|inner| unescape(inner.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(body: &str) -> Origin {
        Page::of("text/html", body.as_bytes()).unwrap().origin
    }

    #[test]
    fn pages_are_told_apart() {
        let classic = "<html><head><title>Status page</title></head><body><p>Conflict</p><p>Error: Duplicate name</p></body></html>";
        assert_eq!(origin(classic), Origin::ClassicApi);
        for page in [
            "<html><head><title>Attention Required! | Cloudflare</title></head></html>",
            "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 1</body></html>",
            "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><p>You don't have permission</p>Reference #18.1</BODY></HTML>",
            "<html><body><h1>ERROR</h1>The request could not be satisfied.</body></html>",
        ] {
            assert_eq!(origin(page), Origin::Firewall, "{page}");
        }
        for page in [
            "<!DOCTYPE html><html><head><title>Jamf Pro Login</title></head></html>",
            "<html><body><form><input name=\"SAMLRequest\"></form></body></html>",
        ] {
            assert_eq!(origin(page), Origin::SignIn, "{page}");
        }
        assert_eq!(
            origin("<html><head><title>HTTP Status 400 – Bad Request</title></head></html>"),
            Origin::Other
        );
    }

    #[test]
    fn a_title_is_quoted_and_short() {
        let page =
            format!("<html><head><title lang=\"en\">503 &lt;b&gt; {}</title></head></html>", "x".repeat(200));
        let name = Page::of("", page.as_bytes()).unwrap().name();
        assert!(name.starts_with("a web page titled \"503 <b> xxx") && name.len() < 120, "{name}");
        assert_eq!(Page::of("text/html", b"").unwrap().name(), "a web page");
        assert!(Page::of("application/json", b"{}").is_none());
        assert!(is_html("", b"  \n<HTML>"));
    }
}
