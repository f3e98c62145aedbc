//! What became of a policy on the computers in its scope, read from their histories.

use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use jamf_pro_tools::Checked;
use jamf_pro_tools::object_id::ObjectId;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::explain_policy::{logs_of, minute};
use super::objects;
use super::question::{Reading, percent, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::view::{Needs, View};
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("policy_results", "configuration")
        .about("Read what became of one policy on the Macs in its scope: completed, failed or no log entry, from their histories now. A sample of a large scope, and says how much of it.")
        .asked(&["where did this policy fail", "results of a policy on all Macs", "on which Macs did a policy fail", "did a policy run everywhere"]),
    |work, arguments| run(work, arguments).boxed(),
)
.reads(&["policies", "groups", "scoped_objects", "computers", "group_members"])
.uses(&["computer_history_get"]);

/// Arguments of `policy_results`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name or id of the policy.
    #[schemars(length(min = 1, max = 255))]
    policy: String,
    /// Macs whose history is read, one request each; 40 by default.
    #[schemars(range(min = 1, max = 200))]
    sample: Option<u32>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Histories that are read where the caller names no number.
const SAMPLE: u32 = 40;

/// Histories that are read at once.
const AT_ONCE: usize = 4;

/// After this time no further history is asked for.
const TIME: Duration = Duration::from_secs(20);

/// What the history of one computer says.
enum Read {
    /// The newest entry, in words, and whether it failed; nothing where there is none.
    Log(Option<(bool, String)>),
    /// It could not be read.
    Failed(String),
    /// There was no time for it.
    Late,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let all = work.objects(&["policies"]).await?;
    let word = arguments.text("policy").unwrap_or_default();
    let policy = objects::only(&all, Some("policy"), word, "policy")?;
    let needs = Needs::default().devices(GroupKind::Computer).scopes();
    let view = match work.view(&needs, arguments).await? {
        Ok(view) => view,
        Err(not_yet) => return Ok(Conclusion::Answer(not_yet)),
    };
    let scope = managed_in_scope(work, &view, &policy.id).await?;
    let sample = usize::try_from(arguments.number("sample").unwrap_or(SAMPLE)).unwrap_or(usize::MAX);
    let chosen: Vec<Map<String, Value>> = spread(&scope, sample).into_iter().cloned().collect();
    let id = &policy.id;
    let until = Instant::now() + TIME;
    let read: Vec<(Map<String, Value>, Read)> = futures::stream::iter(chosen)
        .map(|row| async move {
            let read = history(work, &row, id, until).await;
            (row, read)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let report = report(&policy.describe(), &read, scope.len());
    Ok(Conclusion::Report(report.resting_on_view(&view)))
}

/// The managed computers that can be in the scope, those that checked in last first.
async fn managed_in_scope(
    work: &Work<'_>,
    view: &View,
    policy: &ObjectId,
) -> Result<Vec<Map<String, Value>>, Error> {
    let affected = match view.devices_in_scope("policy", policy) {
        Known::Known(affected) => affected,
        Known::Unknown(reasons) => {
            return Err(Error::unreachable(format!(
                "who is in the scope of the policy is not known: {reasons}"
            )));
        }
    };
    let sql = "SELECT id, name, serial_number, last_check_in FROM computers WHERE managed = 1 ORDER BY last_check_in DESC";
    let mut rows = work.ask(sql, Vec::new()).await?;
    rows.retain(|row| {
        let id = ObjectId::parse(text(row, "id"));
        id.is_some_and(|id| {
            let key = (GroupKind::Computer, id);
            affected.devices.contains(&key) || affected.unknown.contains_key(&key)
        })
    });
    Ok(rows)
}

/// So many of some rows, at even distances, so that a sample has those that are seldom there too.
fn spread<T>(rows: &[T], count: usize) -> Vec<&T> {
    if rows.len() <= count {
        return rows.iter().collect();
    }
    (0..count).filter_map(|at| rows.get(at * rows.len() / count)).collect()
}

async fn history(work: &Work<'_>, row: &Map<String, Value>, policy: &ObjectId, until: Instant) -> Read {
    if Instant::now() >= until {
        return Read::Late;
    }
    let arguments = json!({ "id": text(row, "id"), "subset": "PolicyLogs" });
    match work.send("computer_history_get", arguments, &[]).await {
        Ok(history) => {
            let logs = logs_of(&history, policy);
            Read::Log(logs.first().map(|log| (log.is_failed, minute(log.at))))
        }
        Err(error) => Read::Failed(error.to_string()),
    }
}

fn report(name: &str, read: &[(Map<String, Value>, Read)], scope: usize) -> Report {
    let count = |is: &dyn Fn(&Read) -> bool| read.iter().filter(|(_, read)| is(read)).count();
    let failed = count(&|read| matches!(read, Read::Log(Some((true, _)))));
    let completed = count(&|read| matches!(read, Read::Log(Some((false, _)))));
    let none = count(&|read| matches!(read, Read::Log(None)));
    let unread = count(&|read| matches!(read, Read::Failed(_) | Read::Late));
    let looked = read.len() - unread;
    let how = match looked == scope {
        true => format!("all {scope} managed Macs in its scope"),
        false => format!(
            "{looked} of {scope} managed Macs in its scope ({}), a sample",
            percent(looked as u64, scope as u64)
        ),
    };
    let mut report = Report::new(format!(
        "The {name}: of {how}, the last run completed on {completed} and failed on {failed}; {none} have no log entry."
    ))
    .number("in_scope", scope)
    .number("read", looked)
    .number("completed", completed)
    .number("failed", failed)
    .number("no_entry", none);
    for rank in 0..2 {
        let rows = read.iter().filter_map(|(row, read)| match (rank, read) {
            (0, Read::Log(Some((true, at)))) => Some(with_result(row, "failed", Some(at))),
            (1, Read::Log(None)) => Some(with_result(row, "no log entry", None)),
            _ => None,
        });
        report = report.rows(rows.collect::<Vec<_>>());
    }
    let mut errors: Vec<&str> = read
        .iter()
        .filter_map(|(_, read)| if let Read::Failed(error) = read { Some(error.as_str()) } else { None })
        .collect();
    errors.dedup();
    if let Some(first) = errors.first() {
        report = report.partial(format!(
            "histories of {} Macs could not be read: {first}",
            count(&|read| matches!(read, Read::Failed(_)))
        ));
    }
    let late = count(&|read| matches!(read, Read::Late));
    if late > 0 {
        report = report.partial(format!("there was no time to read the histories of {late} more Macs"));
    }
    if looked < scope {
        report = report
            .note("Jamf has no list of the results of a policy: the history of each Mac is one request. The figures are of the Macs that were read")
            .next("a larger `sample` reads more Macs, 200 at most");
    }
    report
        .note("flushed logs are gone: no log entry can mean that it never ran or that its log was flushed")
        .next("`explain_policy` with `device` says why one Mac has no log entry or failed")
}

fn with_result(row: &Map<String, Value>, result: &str, at: Option<&String>) -> Map<String, Value> {
    let mut row = row.clone();
    row.insert("result".to_owned(), json!(result));
    row.insert("at".to_owned(), json!(at));
    row
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn a_sample_is_spread_over_all_rows() {
        let rows: Vec<usize> = (0..10).collect();
        assert_eq!(spread(&rows, 4), [&0, &2, &5, &7]);
        assert_eq!(spread(&rows, 20).len(), 10);
    }
}
