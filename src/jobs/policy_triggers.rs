//! Custom events: the policies that run at them, and what calls them.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::objects::words;
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work, explain};
use crate::error::Error;
use crate::fleet::view::Needs;
use crate::registry::ToolDeclaration;
use crate::sanitize::text as clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("policy_triggers", "configuration")
        .title("Show the custom events of policies")
        .about("List custom events with the policies that run at them and the scripts, extension attributes, policies and profiles that call them; events that nobody calls, and calls that no policy answers.")
        .asked(&["custom triggers and what calls them", "which policy runs at a custom event", "which policies run at a custom event", "what runs at check-in or login"]),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(&["policies", "scripts", "extension_attributes", "profiles", "profile_settings", "object_references"]);

/// Arguments of `policy_triggers`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// One custom event; all by default.
    #[schemars(length(min = 1, max = 255))]
    event: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Kinds of objects whose texts can call policies.
const CALLERS: &[&str] =
    &["policy", "script", "computer_extension_attribute", "macos_profile", "mobile_profile"];

/// What is known of one event.
#[derive(Default)]
struct Event {
    policies: Vec<String>,
    /// Some policy that runs at it is switched on.
    is_answered: bool,
    callers: Vec<String>,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let wanted = arguments.text("event");
    let view = match work.view(&Needs::default().references_of(CALLERS), arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let policies = work
        .ask("SELECT id, name, custom_event, enabled, on_check_in FROM policies WHERE custom_event IS NOT NULL ORDER BY name", Vec::new())
        .await?;
    let calls = work
        .ask("SELECT DISTINCT to_name, from_kind, from_name FROM object_references WHERE to_kind = 'custom_event' ORDER BY 1, 2, 3", Vec::new())
        .await?;
    let mut events: BTreeMap<String, Event> = BTreeMap::new();
    for row in &policies {
        let is_on = explain::is(row, "enabled") == Some(true);
        let event = events.entry(text(row, "custom_event").to_owned()).or_default();
        let off = if is_on { "" } else { ", switched off" };
        event.policies.push(format!(
            "{} (id {}{off})",
            clean::quoted(text(row, "name"), 80),
            text(row, "id")
        ));
        event.is_answered |= is_on;
    }
    for row in &calls {
        let caller = caller(text(row, "from_kind"), text(row, "from_name"));
        events.entry(text(row, "to_name").to_owned()).or_default().callers.push(caller);
    }
    for (name, event) in &mut events {
        // A profile or a script can have an event in its text without the words of a call.
        let mut callers: BTreeSet<String> = event.callers.drain(..).collect();
        callers.extend(view.callers_of_event(name).into_iter().map(|(kind, own)| caller(kind, own)));
        event.callers = callers.into_iter().collect();
    }
    if let Some(wanted) = wanted {
        events.retain(|name, _| name == wanted);
    }
    let uncalled = events.values().filter(|event| event.callers.is_empty()).count();
    let unanswered = events.values().filter(|event| !event.is_answered && !event.callers.is_empty()).count();
    let both = events.len() - uncalled - unanswered;
    let answer = match (wanted, events.len()) {
        (Some(wanted), 0) => format!(
            "No policy runs at the custom event {}, and nothing that was read calls it.",
            clean::quoted(wanted, 80)
        ),
        _ => format!(
            "{} custom events: {both} with a policy and a caller, {uncalled} that nothing calls, {unanswered} that are called and no policy that is switched on answers.",
            events.len()
        ),
    };
    let mut rows: Vec<(u8, Map<String, Value>)> =
        events.iter().map(|(name, event)| row(name, event)).collect();
    rows.sort_by_key(|(place, _)| *place);
    let many = policies.iter().filter(|row| count_of(row, "on_check_in") == 1).count();
    let mut report = Report::new(answer)
        .number("events", events.len())
        .number("not_called", uncalled)
        .number("not_answered", unanswered)
        .rows(rows.into_iter().map(|(_, row)| row))
        .resting_on_view(&view)
        .note("scripts inside packages, people in the terminal and other programs can call an event too: they are in no API");
    if many > 0 && wanted.is_none() {
        report = report.number("policies_also_at_check_in", many);
    }
    Ok(Conclusion::Report(report))
}

fn caller(kind: &str, name: &str) -> String {
    format!("{} {}", words(kind), clean::quoted(name, 80))
}

/// An event as a row; what is wrong comes first.
fn row(name: &str, event: &Event) -> (u8, Map<String, Value>) {
    let (place, problem) = match (event.is_answered, event.policies.is_empty(), event.callers.is_empty()) {
        (_, true, _) => (0, Some("no policy runs at it")),
        (false, false, false) => (0, Some("its policies are switched off")),
        (_, false, true) => (1, Some("nothing that was read calls it")),
        (true, false, false) => (2, None),
    };
    let list = |all: &[String]| if all.is_empty() { Value::Null } else { json!(all.join(", ")) };
    let row = Map::from_iter([
        ("event".to_owned(), json!(name)),
        ("problem".to_owned(), json!(problem)),
        ("policies".to_owned(), list(&event.policies)),
        ("called_by".to_owned(), list(&event.callers)),
    ]);
    (place, row)
}
