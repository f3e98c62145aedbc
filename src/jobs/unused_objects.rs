//! Objects of the configuration that nothing refers to.

use std::collections::BTreeMap;

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jamf_pro_tools::object_id::ObjectId;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::objects::Object;
use super::question::{Reading, count_of, text};
use super::where_used::share;
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::fleet::references::NEVER_READ;
use crate::fleet::store::PartStatus;
use crate::fleet::view::{Needs, View};
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("unused_objects", "configuration")
        .about("List packages, scripts, groups, extension attributes, categories, buildings, departments, printers, network segments and API roles that nothing refers to, of one kind or all.")
        .asked(&["scripts, packages and groups that nobody uses", "clean up: what is not used anywhere", "clean up Jamf", "packages or scripts that nothing uses"]),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(READS);

/// The tables of the kinds, of what refers to them, and of the devices that have places.
const READS: &[&str] = &[
    "packages",
    "scripts",
    "groups",
    "extension_attributes",
    "categories",
    "buildings",
    "departments",
    "network_segments",
    "printers",
    "api_roles",
    "object_references",
    "computers",
    "mobile_devices",
];

/// Arguments of `unused_objects`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Which kind; all by default.
    kind: Option<Kind>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Kinds of which unused objects are found.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Kind {
    Package,
    Script,
    ComputerGroup,
    MobileDeviceGroup,
    UserGroup,
    ComputerExtensionAttribute,
    MobileDeviceExtensionAttribute,
    UserExtensionAttribute,
    Category,
    Building,
    Department,
    NetworkSegment,
    Printer,
    ApiRole,
}

/// The kinds in the order of their rows, and whether a name in a text counts as a use: names of places and categories are words of any
/// text.
const KINDS: &[(&str, bool)] = &[
    ("package", true),
    ("script", true),
    ("computer_group", true),
    ("mobile_device_group", true),
    ("user_group", true),
    ("computer_extension_attribute", true),
    ("mobile_device_extension_attribute", true),
    ("user_extension_attribute", true),
    ("category", false),
    ("building", false),
    ("department", false),
    ("network_segment", false),
    ("printer", true),
    ("api_role", false),
];

/// Rows of one kind that come before those of the next one.
const FIRST: usize = 3;

/// How an object is used.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Usage {
    /// Something refers to it.
    Used,
    /// Only groups ask for it, and nothing uses those.
    ByUnusedGroups(String),
    /// Nothing does.
    Unused,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let wanted = arguments.text("kind");
    let kinds: Vec<(&'static str, bool)> =
        KINDS.iter().copied().filter(|(kind, _)| wanted.is_none_or(|wanted| wanted == *kind)).collect();
    let view = match work.view(&Needs::default().references(), arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let all = work.objects(READS).await?;
    let facts = Facts::read(work).await?;
    let mut rows = Vec::new();
    let mut shares = Vec::new();
    let mut report_numbers = Vec::new();
    for (kind, counts_texts) in kinds {
        let of_kind: Vec<&Object> = all.iter().filter(|object| object.kind == kind).collect();
        let usages = usages(&view, kind, counts_texts, &of_kind, &facts);
        let mut unused: Vec<(&Object, Usage)> =
            of_kind.iter().copied().zip(usages).filter(|(_, usage)| *usage != Usage::Used).collect();
        unused.sort_by_key(|(object, _)| (std::cmp::Reverse(facts.size(object)), object.name.to_lowercase()));
        if !of_kind.is_empty() {
            if !unused.is_empty() {
                shares.push(share(unused.len(), of_kind.len(), kind));
            }
            report_numbers.push((kind, unused.len()));
        }
        // Of all kinds the first rows come first, so that an answer has some of each.
        rows.extend(
            unused.iter().enumerate().map(|(at, (object, usage))| (at / FIRST, row(object, usage, &facts))),
        );
    }
    rows.sort_by_key(|(turn, _)| *turn);
    let rows: Vec<Map<String, Value>> = rows.into_iter().map(|(_, row)| row).collect();
    let is_whole = view.rests_on().all(PartStatus::is_complete);
    let answer = match (rows.len(), is_whole) {
        (0, true) => "Everything is referred to by something.".to_owned(),
        (0, false) => "Nothing unused was found, but not everything could be read: see `partial`.".to_owned(),
        (_, true) => format!("Nothing refers to {}.", shares.join(", ")),
        (_, false) => format!(
            "Nothing that could be read refers to {}. What could not be read may: see `partial`, and delete nothing because of this answer.",
            shares.join(", ")
        ),
    };
    let unused_mb: u64 = rows.iter().map(|row| count_of(row, "size_mb")).sum();
    let mut report = Report::new(answer);
    for (kind, count) in report_numbers {
        report = report.number(kind, count);
    }
    if unused_mb > 0 {
        report = report.number("unused_packages_mb", unused_mb);
    }
    let report = report
        .rows(rows)
        .resting_on_view(&view)
        .note(format!("in no API, so never looked at: {}", NEVER_READ.join(", ")))
        .next("`where_used` says of one object what was looked at; deleting takes a person's approval");
    Ok(Conclusion::Report(with_notes(report, wanted)))
}

/// What must be known of the kinds before something is deleted.
fn with_notes(report: Report, wanted: Option<&str>) -> Report {
    let is_wanted = |part: &str| wanted.is_none_or(|kind| kind.contains(part));
    let mut report = report;
    if is_wanted("extension_attribute") {
        report = report.note(
            "people may read the values of an extension attribute in inventory, though nothing refers to it",
        );
    }
    if is_wanted("building") || is_wanted("department") {
        report = report.note("a building or department with devices counts as used");
    }
    if is_wanted("script") || is_wanted("package") || is_wanted("group") {
        report = report
            .note("a name in the text of a script, command, extension attribute or profile counts as a use");
    }
    report
}

/// How each object of a kind is used.
fn usages(
    view: &View,
    kind: &'static str,
    counts_texts: bool,
    objects: &[&Object],
    facts: &Facts,
) -> Vec<Usage> {
    let named: Vec<(&'static str, ObjectId, &str)> =
        objects.iter().map(|object| (kind, object.id.clone(), object.name.as_str())).collect();
    let texts = if counts_texts { view.named_in_texts(&named) } else { vec![Vec::new(); named.len()] };
    let mut found = Vec::new();
    for (object, texts) in objects.iter().zip(texts) {
        let exact = view.referring_to(kind, &object.id, &object.name).exact;
        let is_group = |by: &str| by.ends_with("_group") && by != "account_group";
        let groups: Vec<&str> = exact
            .iter()
            .filter(|one| is_group(one.by.kind) && one.by.id != object.id)
            .map(|one| one.by.name.as_str())
            .collect();
        let is_used =
            exact.iter().any(|one| !is_group(one.by.kind)) || !texts.is_empty() || facts.has_devices(object);
        found.push(match (is_used, groups.first()) {
            (true, _) => Usage::Used,
            // An attribute that a criterion asks for decides who is in a group, which people may look at.
            (false, Some(_)) if !kind.ends_with("_group") => Usage::Used,
            (false, Some(first)) => Usage::ByUnusedGroups((*first).to_owned()),
            (false, None) => Usage::Unused,
        });
    }
    found
}

/// What else is known of objects: sizes of packages, members of groups, places that devices have.
struct Facts {
    sizes: BTreeMap<String, u64>,
    members: BTreeMap<(String, String), (u64, bool)>,
    places: BTreeMap<(String, String), u64>,
    inputs: BTreeMap<(String, String), String>,
}

impl Facts {
    async fn read(work: &Work<'_>) -> Result<Self, Error> {
        let sizes = work
            .ask(
                "SELECT id, size_bytes / 1000000 AS mb FROM packages WHERE size_bytes IS NOT NULL",
                Vec::new(),
            )
            .await?;
        let groups = work
            .ask(
                "SELECT CASE kind WHEN 'mobile' THEN 'mobile_device' ELSE kind END || '_group' AS kind, id, members, smart FROM groups",
                Vec::new(),
            )
            .await?;
        let places = work
            .ask(
                "WITH devices AS (SELECT building_id, department_id FROM computers UNION ALL SELECT building_id, department_id FROM mobile_devices)
                 SELECT 'building' AS kind, building_id AS id, count(*) AS devices FROM devices WHERE building_id IS NOT NULL GROUP BY 2
                 UNION ALL SELECT 'department', department_id, count(*) FROM devices WHERE department_id IS NOT NULL GROUP BY 2",
                Vec::new(),
            )
            .await?;
        let inputs = work
            .ask(
                "SELECT CASE kind WHEN 'mobile' THEN 'mobile_device' ELSE kind END || '_extension_attribute' AS kind, id, input_type FROM extension_attributes",
                Vec::new(),
            )
            .await?;
        let key = |row: &Map<String, Value>| (text(row, "kind").to_owned(), text(row, "id").to_owned());
        let is_smart = |row: &Map<String, Value>| row.get("smart").and_then(Value::as_i64) == Some(1);
        Ok(Self {
            sizes: sizes.iter().map(|row| (text(row, "id").to_owned(), count_of(row, "mb"))).collect(),
            members: groups.iter().map(|row| (key(row), (count_of(row, "members"), is_smart(row)))).collect(),
            places: places.iter().map(|row| (key(row), count_of(row, "devices"))).collect(),
            inputs: inputs.iter().map(|row| (key(row), text(row, "input_type").to_owned())).collect(),
        })
    }

    fn key(object: &Object) -> (String, String) {
        (object.kind.clone(), object.id.to_string())
    }

    /// Megabytes of a package.
    fn size(&self, object: &Object) -> u64 {
        let own = self.sizes.get(&object.id.to_string()).filter(|_| object.kind == "package");
        own.copied().unwrap_or_default()
    }

    fn has_devices(&self, object: &Object) -> bool {
        self.places.contains_key(&Self::key(object))
    }
}

fn row(object: &Object, usage: &Usage, facts: &Facts) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("kind".to_owned(), json!(object.kind));
    row.insert("id".to_owned(), json!(object.id.to_string()));
    row.insert("name".to_owned(), json!(object.name));
    let size = facts.size(object);
    if size > 0 {
        row.insert("size_mb".to_owned(), json!(size));
    }
    if let Some((members, is_smart)) = facts.members.get(&Facts::key(object)) {
        row.insert("members".to_owned(), json!(members));
        row.insert("smart".to_owned(), json!(is_smart));
    }
    if let Some(input) = facts.inputs.get(&Facts::key(object)).filter(|input| !input.is_empty()) {
        row.insert("input_type".to_owned(), json!(input));
    }
    if let Usage::ByUnusedGroups(group) = usage {
        row.insert(
            "note".to_owned(),
            json!(format!("only groups ask for it that nothing uses, such as {group}")),
        );
    }
    row
}
