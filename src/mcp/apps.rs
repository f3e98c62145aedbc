//! Pages that a client shows beside the answer of a tool, by the extension MCP Apps (`io.modelcontextprotocol/ui`, SEP-1865, revision
//! 2026-01-26), and the same pages as one file for `report`. The main functions are `read` and [`report`].
//!
//! A page gets the answer that the model gets and nothing besides: it calls no tool, asks for no address and decides nothing. Which
//! tools have one is said in the list of tools whatever the client can do, because the list depends on no connection; clients without the
//! extension pass over it. All of a page is in one text: its policy admits its own style and script by their hashes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{MetaObject, ReadResourceResult, Resource, ResourceContents};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::registry::App;

/// The key under which the extension keeps what it knows of a tool or a resource.
pub(super) const META: &str = "ui";

const MEDIA_TYPE: &str = "text/html;profile=mcp-app";

const PAGES: [App; 3] = [App::Fleet, App::Device, App::Plan];

const TEMPLATE: &str = include_str!("apps/page.html");
const STYLES: [&str; 2] = [include_str!("../../pages/style.css"), include_str!("apps/style.css")];
const SCRIPTS: [&str; 4] = [
    include_str!("../../pages/element.js"),
    include_str!("apps/cards.js"),
    include_str!("apps/host.js"),
    include_str!("apps/page.js"),
];

/// What a page shows first: nothing, until its client passes the answer on, or the answers of a report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// What it is about, and when it was made.
    pub heading: String,
    /// The answers, as text.
    pub answers: Vec<Answered>,
}

/// An answer with its page.
#[derive(Debug, Clone, Serialize)]
pub struct Answered {
    page: &'static str,
    text: String,
}

impl Answered {
    /// The text that a tool answered, for the page of that tool.
    pub fn new(app: App, text: String) -> Self {
        Self { page: name(app), text }
    }
}

const fn name(app: App) -> &'static str {
    match app {
        App::Fleet => "fleet",
        App::Device => "device",
        App::Plan => "plan",
    }
}

const fn title(app: App) -> &'static str {
    match app {
        App::Fleet => "Fleet overview",
        App::Device => "Device",
        App::Plan => "Plan",
    }
}

fn address(app: App) -> String {
    format!("ui://jamf-pro-mcp/{}", name(app))
}

/// What the list of tools says of the page of a tool.
pub(super) fn of_tool(app: App) -> Value {
    json!({ "resourceUri": address(app) })
}

/// The pages as resources.
pub(super) fn resources() -> impl Iterator<Item = Resource> {
    PAGES.into_iter().map(|app| {
        Resource::new(address(app), format!("page {}", name(app)))
            .with_title(title(app))
            .with_description("A page that clients with MCP Apps show beside an answer; it holds no data.")
            .with_mime_type(MEDIA_TYPE)
    })
}

/// The page of an address.
pub(super) fn read(uri: &str) -> Option<ReadResourceResult> {
    let app = PAGES.into_iter().find(|app| address(*app) == uri)?;
    let mut meta = MetaObject::default();
    // It asks for no other origin and no permission of the browser, and has borders of its own.
    meta.0.insert(META.to_owned(), json!({ "prefersBorder": false }));
    let page = html(title(app), name(app), None);
    let contents = ResourceContents::text(page, uri).with_mime_type(MEDIA_TYPE).with_meta(meta);
    Some(ReadResourceResult::new(vec![contents]))
}

/// A report as one file.
pub fn report(report: &Report) -> String {
    html(&report.heading, "", Some(report))
}

/// A page that waits for the answer of a tool, or shows those of a report.
fn html(title: &str, page: &str, report: Option<&Report>) -> String {
    // Browsers read every end of a line as one character, and hash what they read.
    let joined = |parts: &[&str]| parts.join("\n").replace("\r\n", "\n");
    let (style, script) = (joined(&STYLES), joined(&SCRIPTS).replace("\nexport ", "\n"));
    // Nothing in it can end the element that it stands in.
    let data = json!({ "page": page, "report": report }).to_string().replace('<', "\\u003c");
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(&style)
    );
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let mut page = String::with_capacity(TEMPLATE.len() + style.len() + script.len() + data.len() + 512);
    let mut rest = TEMPLATE;
    // Each part once, in the order of the page: what is filled in is not searched for further places.
    for (place, part) in
        [("{policy}", policy), ("{title}", title), ("{style}", style), ("{data}", data), ("{script}", script)]
    {
        let (before, behind) = rest.split_once(place).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(&part);
        rest = behind;
    }
    page.push_str(rest);
    page
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::registry;

    #[test]
    fn a_page_is_whole_and_asks_for_nothing() {
        for app in PAGES {
            let page = html(title(app), name(app), None);
            for place in ["{policy}", "{title}", "{style}", "{data}", "{script}", "\nexport ", "\nimport "] {
                assert!(!page.contains(place), "{place}");
            }
            for outside in ["src=", "href=\"http", "@import", "url(", "innerHTML", "insertAdjacentHTML"] {
                assert!(!page.contains(outside), "{outside}");
            }
            assert!(page.contains("default-src 'none'") && page.len() < 40_000, "{}", page.len());
        }
    }

    #[test]
    fn what_an_answer_says_ends_no_element() {
        let hostile = "</script><script>document.title='owned'</script><!--";
        let answers = vec![Answered::new(App::Fleet, hostile.to_owned())];
        let page = report(&Report { heading: hostile.to_owned(), answers });
        assert!(!page.contains(hostile) && !page.contains("<script>document"), "{page}");
        assert_eq!(page.matches("</script>").count(), 2);
    }

    #[test]
    fn the_tools_that_answer_with_what_a_page_shows_name_it() {
        let of = |name: &str| registry().find(name).unwrap().app();
        assert_eq!(
            [of("fleet_overview"), of("device_report"), of("computer_list"), of("policy_update")],
            [Some(App::Fleet), Some(App::Device), None, None]
        );
        for tool in
            ["plan_status", "plan_apply", "plan_calls", "undo_apply", "call_destructive", "device_lock"]
        {
            assert_eq!(of(tool), Some(App::Plan), "{tool}");
        }
    }
}
