//! What the gate says to a call of every action that is not a read, beside what it said in the first edition.
//!
//! `first_edition_verdicts.tsv` has the verdicts of the first edition's program, on the tenant and with the arguments of this test.
//! `verdict_changes.txt` has each verdict that is another one by now, below the rule that made it so. Anyone who changes a verdict says
//! why there: `VERDICTS_UPDATE=1` writes what changed into that file, below [`UNEXPLAINED`] where no rule has it yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use jamf_pro_tools::Action;
use serde_json::Value;

use super::World;
use super::every::{FreshWorlds, changing};

/// The rule of verdicts that nobody has explained yet.
const UNEXPLAINED: &str = "(say why)";

/// What the gate said to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Verdict(String);

impl Verdict {
    /// The verdict on a call: `sent`, `plan` with its risk, the devices that it affects and the approvals that it takes, or `refused`.
    async fn of(world: &World, action: &'static Action) -> Self {
        let given = world.fitting(action).await;
        let answer = world.call_as(action.name, action.name, given).await;
        let told: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let waits = told["result"].as_str().is_some_and(|result| result.contains("waiting for a person"));
        if !waits {
            return Self(if answer.is_error { "refused" } else { "sent" }.to_owned());
        }
        let plan = world.plan(&told).plan;
        // A plan that waits would make writes to what it refers to wait too.
        world.store().outdate_plan(&plan.id, "the verdict is known").unwrap();
        let devices =
            plan.reach.devices.map_or_else(|| "any number of".to_owned(), |count| count.to_string());
        Self(format!("plan, {}, {devices} devices, {} approvals", plan.risk, plan.approvals_needed))
    }
}

/// The verdicts of the first edition by the names of actions.
fn of_first_edition() -> BTreeMap<&'static str, Verdict> {
    let rows = include_str!("first_edition_verdicts.tsv").lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let mut columns = row.split('\t');
        (columns.next().unwrap(), Verdict(columns.next().unwrap().to_owned()))
    })
    .collect()
}

/// Verdicts that are other ones than those of the first edition, each with the rule that made it so.
type Changes = BTreeMap<String, (String, Verdict)>;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/gate/verdict_changes.txt")
}

fn explained() -> Changes {
    let text = std::fs::read_to_string(path()).unwrap_or_default();
    let (mut rule, mut found) = (String::new(), Changes::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            name.clone_into(&mut rule);
        } else if let Some((tool, verdict)) = line.split_once(": ") {
            found.insert(tool.to_owned(), (rule.clone(), Verdict(verdict.to_owned())));
        }
    }
    found
}

fn write(changes: &Changes) {
    let mut by_rule: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (tool, (rule, verdict)) in changes {
        by_rule.entry(rule).or_default().push(format!("{tool}: {}", verdict.0));
    }
    let mut text = String::new();
    for (rule, lines) in by_rule {
        let _ = write!(text, "# {rule}\n{}\n\n", lines.join("\n"));
    }
    std::fs::write(path(), text).unwrap();
}

/// The verdict on each of these actions, each on the tenant as it is at its start.
async fn verdicts(of: Vec<&'static Action>) -> Vec<(&'static str, Verdict)> {
    let mut found = Vec::new();
    let mut worlds = FreshWorlds::default();
    for action in of {
        let world = worlds.take().await;
        found.push((action.name, Verdict::of(&world, action).await));
        worlds.give_back(world);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_differs_from_that_of_the_first_edition_only_where_a_rule_says_why() {
    let all = changing();
    let mut workers = tokio::task::JoinSet::new();
    for part in all.chunks(all.len().div_ceil(4)).map(<[_]>::to_vec) {
        workers.spawn(verdicts(part));
    }
    let now = workers.join_all().await.concat();
    let first = of_first_edition();
    let known = explained();
    let mut changes = Changes::new();
    for (tool, verdict) in now {
        if first.get(tool) == Some(&verdict) {
            continue;
        }
        let rule = match known.get(tool) {
            Some((rule, known)) if *known == verdict => rule.clone(),
            _ => UNEXPLAINED.to_owned(),
        };
        changes.insert(tool.to_owned(), (rule, verdict));
    }
    if std::env::var_os("VERDICTS_UPDATE").is_some() {
        write(&changes);
    }
    assert_eq!(
        known, changes,
        "write the changes with VERDICTS_UPDATE=1, and say why in tests/gate/verdict_changes.txt"
    );
    let unexplained = changes.iter().filter(|(_, (rule, _))| rule == UNEXPLAINED).map(|(tool, _)| tool);
    assert_eq!(unexplained.collect::<Vec<_>>(), Vec::<&String>::new());
}
