//! What refers to an object of the configuration, and what has a text in it.

use std::collections::BTreeMap;

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::objects::{self, Object, counted, plural};
use super::question::{Reading, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::fleet::references::{NEVER_READ, kinds};
use crate::fleet::store::PartStatus;
use crate::fleet::view::{Needs, Referrers, View};
use crate::registry::ToolDeclaration;
use crate::sanitize::text as clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("where_used", "configuration")
        .about("Find what refers to an object of the configuration: scopes, exclusions, criteria, policies, PreStages, nested groups, texts of scripts. For any other text, what has it in it.")
        .asked(&["what refers to this group, script or package", "what would break when this is deleted", "where is it used: target, exclusion, criterion", "which policies name this package or category", "what uses this object", "is it safe to delete this"])
        .core(),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(objects::EVERYTHING);

/// Arguments of `where_used`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name or id of the object, custom event, or any text.
    #[schemars(length(min = 1, max = 255))]
    object: String,
    /// Such as `package`, `script`, `computer_group`, `policy`, `category`, `computer_extension_attribute`, `custom_event`; any by default.
    #[schemars(length(min = 3, max = 40))]
    kind: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

/// The kind of the custom events by which policies run.
const EVENT: &str = "custom_event";

/// One way in which something is used.
struct Use {
    kind: String,
    id: String,
    name: String,
    role: &'static str,
    strength: &'static str,
    /// The group by which it is used, or where the text stands.
    through: Option<String>,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let word = arguments.text("object").unwrap_or_default();
    let kind = arguments.text("kind");
    let all = work.objects(objects::EVERYTHING).await?;
    if let Some(kind) = kind.filter(|kind| *kind != EVENT && !all.iter().any(|object| object.kind == *kind)) {
        return Err(unknown_kind(kind, &all));
    }
    let needs = Needs::default().references();
    let view = match work.view(&needs, arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let found = match kind {
        Some(EVENT) => Vec::new(),
        kind => objects::matching(&all, kind, word),
    };
    let (what, uses) = match found.as_slice() {
        [] => {
            let uses = of_text(work, &view, word).await?;
            let is_event =
                uses.iter().any(|one| one.role == "runs at this event" || one.role == "calls this event");
            if uses.is_empty() && kind.is_some_and(|kind| kind != EVENT) {
                return Err(objects::not_found(&all, kind, word, &objects::words(kind.unwrap_or("object"))));
            }
            let what = if is_event { "the custom event" } else { "the text" };
            (format!("{what} {}", clean::quoted(word, 120)), uses)
        }
        [object] => (object.describe(), of_object(work, &view, object).await?),
        _ => {
            // The error has the candidates.
            objects::only(&all, kind, word, "object")?;
            return Err(Error::internal("several objects were one"));
        }
    };
    let report = report(work, &view, &what, uses, found.is_empty()).await?;
    Ok(Conclusion::Report(match found.as_slice() {
        [object] if object.kind == "account_group" => report
            .note("the members of a group of accounts are not looked at here: `account_group_get` has them"),
        _ => report,
    }))
}

fn unknown_kind(kind: &str, all: &[Object]) -> Error {
    let mut known: Vec<&str> = all.iter().map(|object| object.kind.as_str()).chain([EVENT]).collect();
    known.sort_unstable();
    known.dedup();
    Error::caller(format!("there are no objects of the kind {}", clean::quoted(kind, 60)))
        .hint(format!("kinds with objects here: {}", known.join(", ")))
}

/// What refers to an object: what Jamf keeps, then texts, then parameters of scripts.
async fn of_object(work: &Work<'_>, view: &View, object: &Object) -> Result<Vec<Use>, Error> {
    let Referrers { exact, texts, .. } = view.referring_to(&object.kind, &object.id, &object.name);
    let mut uses: Vec<Use> = exact
        .iter()
        .map(|one| Use {
            kind: one.by.kind.to_owned(),
            id: one.by.id.to_string(),
            name: one.by.name.clone(),
            role: one.reference.role.words(),
            strength: one.reference.strength.word(),
            through: one.through.map(|group| format!("group {}", clean::quoted(&group.name, 80))),
        })
        .collect();
    uses.extend(texts.iter().map(|(by, reference)| Use {
        kind: by.kind.to_owned(),
        id: by.id.to_string(),
        name: by.name.clone(),
        role: reference.role.words(),
        strength: reference.strength.word(),
        through: None,
    }));
    uses.extend(parameters(work, &object.name).await?);
    Ok(uses)
}

/// Policies that hand a text to a script.
async fn parameters(work: &Work<'_>, word: &str) -> Result<Vec<Use>, Error> {
    let rows = work
        .ask(
            "SELECT p.id, p.name, s.name AS script FROM policy_scripts s JOIN policies p ON p.id = s.policy_id
             WHERE instr(lower(concat_ws(char(10), p4, p5, p6, p7, p8, p9, p10, p11)), lower(?1)) > 0 AND length(?1) > 3",
            vec![json!(word)],
        )
        .await?;
    let used = rows.iter().map(|row| Use {
        kind: "policy".to_owned(),
        id: text(row, "id").to_owned(),
        name: text(row, "name").to_owned(),
        role: "named in a text",
        strength: "text",
        through: Some(format!("parameter of script {}", clean::quoted(text(row, "script"), 80))),
    });
    Ok(used.collect())
}

/// Statements for what has a text in it: the kind, id and name, and where it stands.
const IN_TEXTS: &str = "
    SELECT 'script' AS kind, id, name, 'text of the script' AS place FROM scripts WHERE instr(lower(text), lower(?1)) > 0
    UNION ALL SELECT 'policy', id, name, 'command' FROM policies WHERE instr(lower(command), lower(?1)) > 0
    UNION ALL SELECT CASE kind WHEN 'mobile' THEN 'mobile_device' ELSE kind END || '_extension_attribute', id, name, 'script'
        FROM extension_attributes WHERE instr(lower(text), lower(?1)) > 0
    UNION ALL SELECT p.kind, p.id, p.name, min(s.payload_type || ' ' || s.key) FROM profile_settings s
        JOIN profiles p ON p.id = s.profile_id AND p.kind = s.kind WHERE instr(lower(s.value), lower(?1)) > 0 GROUP BY p.kind, p.id, p.name
    UNION ALL SELECT CASE g.kind WHEN 'mobile' THEN 'mobile_device' ELSE g.kind END || '_group', g.id, g.name, 'criterion ' || c.name
        FROM group_criteria c JOIN groups g ON g.id = c.group_id AND g.kind = c.kind
        WHERE instr(lower(c.value), lower(?1)) > 0 OR lower(c.name) = lower(?1)";

/// What has a text in it; for a custom event, the policies that run at it and what calls it.
async fn of_text(work: &Work<'_>, view: &View, word: &str) -> Result<Vec<Use>, Error> {
    let policies = work
        .ask("SELECT id, name FROM policies WHERE custom_event = ?1 ORDER BY name", vec![json!(word)])
        .await?;
    let mut uses: Vec<Use> = policies
        .iter()
        .map(|row| Use {
            kind: "policy".to_owned(),
            id: text(row, "id").to_owned(),
            name: text(row, "name").to_owned(),
            role: "runs at this event",
            strength: "exact",
            through: None,
        })
        .collect();
    let callers = view.callers_of_event(word);
    for row in work.ask(IN_TEXTS, vec![json!(word)]).await? {
        let (kind, name) = (text(&row, "kind"), text(&row, "name"));
        let calls = callers.iter().any(|(own, caller)| *own == kind && *caller == name);
        uses.push(Use {
            kind: kind.to_owned(),
            id: text(&row, "id").to_owned(),
            name: name.to_owned(),
            role: if calls { "calls this event" } else { "named in a text" },
            strength: "text",
            through: Some(text(&row, "place").to_owned()).filter(|_| !calls),
        });
    }
    uses.extend(parameters(work, word).await?);
    Ok(uses)
}

/// The uses as rows, with whether what uses it is in force.
async fn report(
    work: &Work<'_>,
    view: &View,
    what: &str,
    uses: Vec<Use>,
    is_text: bool,
) -> Result<Report, Error> {
    let states = states(work).await?;
    let count = |is: &dyn Fn(&Use) -> bool| uses.iter().filter(|one| is(one)).count();
    let in_texts = count(&|one| one.strength == "text");
    let through = count(&|one| one.strength == "exact" && one.through.is_some());
    let looked_at: u64 = view.rests_on().map(PartStatus::objects).sum();
    let is_whole = view.rests_on().all(PartStatus::is_complete);
    let mut report = Report::new(verdict(what, &uses, is_text, is_whole))
        .number("direct", uses.len() - in_texts - through)
        .number("through_groups", through)
        .number("in_texts", in_texts)
        .number("objects_looked_at", looked_at)
        .rows(uses.iter().map(|one| row(one, &states)))
        .resting_on_view(view);
    if uses.is_empty() {
        let never = NEVER_READ.join(", ");
        report = report.note(format!(
            "looked at: {} kinds of objects, with the texts of scripts, commands of policies, extension attributes and profiles. In no API, so \
             never looked at: {never}",
            kinds().count()
        ));
    }
    if in_texts > 0 && !is_text {
        report = report.note("a name in a text can mean something else: read the text before relying on it");
    }
    Ok(report)
}

/// One or two sentences: how many of which kind use it, and as what.
fn verdict(what: &str, uses: &[Use], is_text: bool, is_whole: bool) -> String {
    let what = if what.starts_with("the ") { what.to_owned() } else { format!("the {what}") };
    if uses.is_empty() {
        let rest = if is_whole { "" } else { ", but not everything could be read: see `partial`" };
        let verb = if is_text { "Nothing has" } else { "Nothing refers to" };
        return format!("{verb} {what}{rest}.");
    }
    let mut objects: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut roles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in uses {
        let ids = objects.entry(&one.kind).or_default();
        if !ids.contains(&one.id.as_str()) {
            ids.push(&one.id);
        }
        let own = roles.entry(&one.kind).or_default();
        if !own.contains(&one.role) {
            own.push(one.role);
        }
    }
    let parts: Vec<String> = objects
        .iter()
        .map(|(kind, ids)| {
            format!(
                "{} ({})",
                counted(ids.len(), kind),
                roles.get(kind).map(|own| own.join(", ")).unwrap_or_default()
            )
        })
        .collect();
    let total: usize = objects.values().map(Vec::len).sum();
    let least = if is_whole { "" } else { "at least " };
    let (verb, noun) =
        (if is_text { "is in" } else { "is used by" }, if total == 1 { "object" } else { "objects" });
    let first: String = what.chars().take(1).flat_map(char::to_uppercase).collect();
    let rest: String = what.chars().skip(1).collect();
    format!("{first}{rest} {verb} {least}{total} {noun}: {}.", parts.join(", "))
}

/// What is off or over, by kind and id.
async fn states(work: &Work<'_>) -> Result<BTreeMap<(String, String), &'static str>, Error> {
    let rows = work
        .ask(
            "SELECT object_kind, object_id, enabled, expires_at IS NOT NULL AND days_since(expires_at) > 0 AS is_over FROM scoped_objects
             WHERE enabled = 0 OR (expires_at IS NOT NULL AND days_since(expires_at) > 0)",
            Vec::new(),
        )
        .await?;
    let state = |row: &Map<String, Value>| {
        let is_off = row.get("enabled").and_then(Value::as_i64) == Some(0);
        let key = (text(row, "object_kind").to_owned(), text(row, "object_id").to_owned());
        (key, if is_off { "switched off" } else { "expired" })
    };
    Ok(rows.iter().map(state).collect())
}

fn row(one: &Use, states: &BTreeMap<(String, String), &'static str>) -> Map<String, Value> {
    // The name of an account is that of a person.
    let name = if matches!(one.kind.as_str(), "account" | "user") { "username" } else { "name" };
    let state = states.get(&(one.kind.clone(), one.id.clone()));
    let mut row = Map::new();
    row.insert("kind".to_owned(), json!(one.kind));
    row.insert("id".to_owned(), json!(one.id));
    row.insert(name.to_owned(), json!(one.name));
    row.insert("as".to_owned(), json!(one.role));
    row.insert("through".to_owned(), json!(one.through));
    row.insert("strength".to_owned(), json!(one.strength));
    row.insert("state".to_owned(), json!(state));
    row
}

/// The plural of the kinds of a count, such as `3 of 80 packages`.
pub(super) fn share(part: usize, whole: usize, kind: &str) -> String {
    format!("{part} of {whole} {}", plural(kind))
}
