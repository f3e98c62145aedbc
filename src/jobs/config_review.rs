//! What is wrong or left over in the configuration.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::objects::{self, Object, words};
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::view::{Needs, View};
use crate::registry::ToolDeclaration;
use crate::sanitize::text as clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("config_review", "configuration")
        .title("Review the configuration")
        .about("Review policies, profiles, apps, groups and scripts: without scope, off, expired, doubled, naming what is gone, smart groups without criteria or in a circle, credentials in scripts, at every check-in.")
        .asked(&["audit of policies without scope, disabled, expired", "passwords in scripts", "smart groups without criteria", "health check of the configuration", "health check of our configuration", "policies that are off, doubled or without scope"]),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(&[
    "policies",
    "profiles",
    "apps",
    "scripts",
    "packages",
    "groups",
    "group_criteria",
    "scoped_objects",
    "scope_entries",
    "object_references",
    "categories",
    "buildings",
    "departments",
    "computers",
]);

/// Arguments of `config_review`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// One finding, with all of its objects; all findings by default.
    finding: Option<Finding>,
    #[schemars(flatten)]
    reading: Reading,
}

/// What is found, the worst first.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Finding {
    UnsafeScript,
    SmartGroupWithoutCriteria,
    NamesWhatIsGone,
    GroupsInACircle,
    EveryCheckInOnAll,
    Expired,
    NoTargets,
    Doubled,
    SwitchedOff,
}

/// The findings in this order, with their titles for one and for several.
const FINDINGS: &[(&str, &str)] = &[
    ("unsafe_script", "scripts with a credential"),
    ("smart_group_without_criteria", "smart groups without criteria"),
    ("names_what_is_gone", "references to objects that are gone"),
    ("groups_in_a_circle", "groups in a circle"),
    ("every_check_in_on_all", "policies at every check-in on all Macs"),
    ("expired", "expired objects"),
    ("no_targets", "objects without targets"),
    ("doubled", "objects with nearly the same name"),
    ("switched_off", "objects that are switched off"),
];

/// Rows of one finding that come before those of the next one.
const FIRST: usize = 2;

/// One object with what is wrong with it.
struct Found {
    finding: &'static str,
    kind: String,
    id: String,
    name: String,
    detail: String,
}

impl Found {
    fn of(finding: &'static str, row: &Map<String, Value>, detail: String) -> Self {
        let of = |column: &str| text(row, column).to_owned();
        Self { finding, kind: of("kind"), id: of("id"), name: of("name"), detail }
    }

    fn row(&self) -> Map<String, Value> {
        Map::from_iter([
            ("finding".to_owned(), json!(self.finding)),
            ("kind".to_owned(), json!(self.kind)),
            ("id".to_owned(), json!(self.id)),
            ("name".to_owned(), json!(self.name)),
            ("detail".to_owned(), json!(Some(&self.detail).filter(|detail| !detail.is_empty()))),
        ])
    }
}

/// The tables of objects that references name.
const NAMED: &[&str] = &["scripts", "packages", "groups", "categories", "buildings", "departments"];

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let wanted = arguments.text("finding");
    let needs =
        Needs::default().groups(GroupKind::Computer).groups(GroupKind::MobileDevice).groups(GroupKind::User);
    let view = match work.view(&needs, arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let (gone, unread) = gone(work).await?;
    let mut found = of_scripts(work).await?;
    found.extend(of_groups(&view));
    found.extend(gone);
    found.extend(of_scopes(work).await?);
    found.extend(doubled(work).await?);
    found.retain(|one| wanted.is_none_or(|wanted| wanted == one.finding));
    let place = |one: &Found| FINDINGS.iter().position(|(name, _)| *name == one.finding).unwrap_or_default();
    found.sort_by_key(place);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for one in &found {
        let count = counts.entry(one.finding).or_default();
        let turn = if wanted.is_some() { 0 } else { *count / FIRST };
        rows.push((turn, one.row()));
        *count += 1;
    }
    rows.sort_by_key(|(turn, _)| *turn);
    let mut report = Report::new(verdict(&found, &counts));
    for (finding, _) in FINDINGS.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name)) {
        report = report.number(finding, counts.get(finding).copied().unwrap_or_default());
    }
    report = report.rows(rows.into_iter().map(|(_, row)| row)).resting_on_view(&view);
    if !unread.is_empty() {
        report = report.partial(format!(
            "names of {} were not compared with what is there, because not all of them could be read",
            unread.join(", ")
        ));
    }
    if counts.contains_key("no_targets") {
        report = report.note("Jamf's API does not say which users and user groups are targets of a policy: one without targets here may have some");
    }
    Ok(Conclusion::Report(report.next("`config_review` with `finding` lists all objects of one finding; `where_used` before anything is deleted")))
}

/// How many there are, and the worst.
fn verdict(found: &[Found], counts: &BTreeMap<&str, usize>) -> String {
    let Some(worst) = found.first() else {
        return "Nothing was found that is wrong or left over.".to_owned();
    };
    let parts: Vec<String> = FINDINGS
        .iter()
        .filter_map(|(name, title)| counts.get(name).map(|count| format!("{title}: {count}")))
        .collect();
    let detail = if worst.detail.is_empty() { String::new() } else { format!(" ({})", worst.detail) };
    format!(
        "{} findings. {}. The worst: the {} {}{detail}.",
        found.len(),
        parts.join("; "),
        words(&worst.kind),
        clean::quoted(&worst.name, 120)
    )
}

async fn of_scripts(work: &Work<'_>) -> Result<Vec<Found>, Error> {
    let sql = "SELECT 'script' AS kind, s.id, s.name, count(DISTINCT p.policy_id) AS policies FROM scripts s
         LEFT JOIN policy_scripts p ON p.script_id = s.id WHERE s.looks_like_secret = 1 GROUP BY s.id, s.name ORDER BY policies DESC";
    let rows = work.ask(sql, Vec::new()).await?;
    let one = |row: &Map<String, Value>| {
        let detail = format!(
            "a credential stands in its text, for everybody to read who may read scripts; run by {}",
            objects::counted(usize::try_from(count_of(row, "policies")).unwrap_or_default(), "policy")
        );
        Found::of("unsafe_script", row, detail)
    };
    Ok(rows.iter().map(one).collect())
}

/// Smart groups without criteria, and groups that ask for one another in a circle.
fn of_groups(view: &View) -> Vec<Found> {
    let mut found = Vec::new();
    for (kind, word) in [
        (GroupKind::Computer, "computer_group"),
        (GroupKind::MobileDevice, "mobile_device_group"),
        (GroupKind::User, "user_group"),
    ] {
        for group in view.groups(kind).filter(|group| group.is_smart) {
            let one = |finding, detail| Found {
                finding,
                kind: word.to_owned(),
                id: group.id.to_string(),
                name: group.name.clone(),
                detail,
            };
            let Known::Known(criteria) = &group.criteria else { continue };
            if criteria.is_empty() {
                let members = group.counted.map(|count| format!(": {count} now")).unwrap_or_default();
                found.push(one(
                    "smart_group_without_criteria",
                    format!("everything of its kind is in it{members}"),
                ));
            }
            let circle = view.building_on(kind, &group.name);
            if circle.iter().any(|other| other.id == group.id) {
                let others: Vec<String> = circle
                    .iter()
                    .filter(|other| other.id != group.id)
                    .take(3)
                    .map(|other| clean::quoted(&other.name, 80))
                    .collect();
                let by = if others.is_empty() {
                    "itself".to_owned()
                } else {
                    format!("itself by {}", others.join(", "))
                };
                found.push(one("groups_in_a_circle", format!("it asks for {by}")));
            }
        }
    }
    found
}

/// References to objects that are not there, and the kinds that could not be compared.
async fn gone(work: &Work<'_>) -> Result<(Vec<Found>, Vec<&'static str>), Error> {
    let incomplete = work
        .ask("SELECT part FROM fleet_parts WHERE complete = 0 OR missing IS NOT NULL", Vec::new())
        .await?;
    let unread: Vec<&'static str> = NAMED
        .iter()
        .copied()
        .filter(|table| incomplete.iter().any(|row| text(row, "part") == *table))
        .collect();
    let known: Vec<&str> = NAMED.iter().copied().filter(|table| !unread.contains(table)).collect();
    let all = work.objects(&known).await?;
    let kinds: BTreeSet<&str> = all.iter().map(|object| object.kind.as_str()).collect();
    let ids: BTreeSet<(&str, String)> =
        all.iter().map(|object| (object.kind.as_str(), object.id.to_string())).collect();
    let names: BTreeSet<(&str, String)> =
        all.iter().map(|object| (object.kind.as_str(), object.name.to_lowercase())).collect();
    let rows = work
        .ask(
            "SELECT from_kind AS kind, from_id AS id, from_name AS name, to_kind, to_id, to_name, role FROM object_references
             WHERE strength = 'exact' AND role <> 'belongs to'",
            Vec::new(),
        )
        .await?;
    let is_gone = |row: &&Map<String, Value>| {
        let kind = text(row, "to_kind");
        let (id, name) = (text(row, "to_id"), text(row, "to_name"));
        let is_there = match id.is_empty() {
            false => ids.contains(&(kind, id.to_owned())),
            true => names.contains(&(kind, name.to_lowercase())),
        };
        kinds.contains(kind) && !is_there
    };
    let one = |row: &Map<String, Value>| {
        let named = match (text(row, "to_name"), text(row, "to_id")) {
            ("", id) => format!("with the id {id}"),
            (name, _) => clean::quoted(name, 80),
        };
        let detail = format!(
            "its {} names the {} {named}, which is not there",
            text(row, "role"),
            words(text(row, "to_kind"))
        );
        Found::of("names_what_is_gone", row, detail)
    };
    Ok((rows.iter().filter(is_gone).map(one).collect(), unread))
}

/// Objects by their scopes, dates and switches.
async fn of_scopes(work: &Work<'_>) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    let often = work
        .ask(
            "SELECT 'policy' AS kind, p.id, p.name, p.frequency FROM policies p
             WHERE p.enabled = 1 AND p.on_check_in = 1 AND p.frequency = 'Ongoing' AND (p.expires_at IS NULL OR days_since(p.expires_at) < 0)
               AND (p.all_computers = 1 OR EXISTS (SELECT 1 FROM scope_entries e JOIN groups g ON g.id = e.entry_id AND g.kind = 'computer'
                    WHERE e.object_kind = 'policy' AND e.object_id = p.id AND e.role = 'target' AND e.type = 'computer_group'
                      AND g.members * 10 >= (SELECT count(*) FROM computers) * 9))",
            Vec::new(),
        )
        .await?;
    found.extend(often.iter().map(|row| {
        Found::of(
            "every_check_in_on_all",
            row,
            "it runs at every check-in on all or nearly all Macs".to_owned(),
        )
    }));
    let expired = work
        .ask(
            "SELECT object_kind AS kind, object_id AS id, name, date(expires_at) AS day FROM scoped_objects
             WHERE ifnull(enabled, 1) = 1 AND expires_at IS NOT NULL AND days_since(expires_at) > 0 ORDER BY expires_at",
            Vec::new(),
        )
        .await?;
    found.extend(
        expired.iter().map(|row| {
            Found::of("expired", row, format!("switched on, and expired on {}", text(row, "day")))
        }),
    );
    let unscoped = work
        .ask(
            "SELECT o.object_kind AS kind, o.object_id AS id, o.name FROM scoped_objects o WHERE ifnull(o.enabled, 1) = 1
               AND o.object_kind IN ('policy', 'macos_profile', 'mobile_profile', 'mac_app', 'mobile_device_app', 'app_installer', 'restricted_software')
               AND NOT EXISTS (SELECT 1 FROM scope_entries e WHERE e.object_kind = o.object_kind AND e.object_id = o.object_id AND e.role = 'target')
             ORDER BY o.object_kind <> 'policy', o.object_kind, lower(o.name)",
            Vec::new(),
        )
        .await?;
    found.extend(unscoped.iter().map(|row| Found::of("no_targets", row, String::new())));
    let off = work
        .ask(
            "SELECT object_kind AS kind, object_id AS id, name FROM scoped_objects WHERE enabled = 0
             ORDER BY object_kind <> 'policy', object_kind, lower(name)",
            Vec::new(),
        )
        .await?;
    found.extend(off.iter().map(|row| Found::of("switched_off", row, String::new())));
    Ok(found)
}

/// Objects of one kind whose names differ by nothing but case or a word for a copy.
async fn doubled(work: &Work<'_>) -> Result<Vec<Found>, Error> {
    let all = work.objects(&["policies", "profiles", "groups", "scripts", "packages"]).await?;
    let mut by_name: BTreeMap<(&str, String), Vec<&Object>> = BTreeMap::new();
    for object in &all {
        by_name.entry((object.kind.as_str(), without_copy(&object.name))).or_default().push(object);
    }
    let mut found = Vec::new();
    for objects in by_name.values().filter(|objects| objects.len() > 1) {
        let others = |own: &Object| {
            let rest = objects.iter().filter(|other| other.id != own.id);
            rest.map(|other| format!("{} (id {})", clean::quoted(&other.name, 80), other.id))
                .collect::<Vec<_>>()
                .join(", ")
        };
        found.extend(objects.iter().map(|object| Found {
            finding: "doubled",
            kind: object.kind.clone(),
            id: object.id.to_string(),
            name: object.name.clone(),
            detail: format!("nearly the name of {}", others(object)),
        }));
    }
    Ok(found)
}

/// A name without case and without what a copy adds to it.
fn without_copy(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let text = lower.strip_prefix("copy of ").unwrap_or(&lower);
    let text = ["(copy)", " copy"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::without_copy;

    #[test]
    fn a_copy_has_the_name_of_what_it_was_copied_from() {
        for name in ["Update Zoom", "Copy of Update Zoom", "update zoom (copy)", "Update Zoom copy"] {
            assert_eq!(without_copy(name), "update zoom");
        }
    }
}
