//! Which policies hand which parameters to a script.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::objects::{self, counted};
use super::question::{Reading, text};
use super::{Conclusion, Job, Report, Work, explain, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("script_parameters", "configuration")
        .about("Show which policies run a script, and which values each hands to it as $4 to $11, with the labels of the script.")
        .asked(&["values of $4 to $11 that policies hand to a script", "values that policies pass to a script", "what is parameter 4"]),
    |work, arguments| run(work, arguments).map(|report| report.map(Conclusion::Report)).boxed(),
)
.reads(&["scripts", "policies", "policy_scripts"])
.uses(&["script_get"]);

/// Arguments of `script_parameters`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name or id of the script.
    #[schemars(length(min = 1, max = 255))]
    script: String,
    #[schemars(flatten)]
    reading: Reading,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let all = work.objects(&["scripts"]).await?;
    let script = objects::only(&all, Some("script"), arguments.text("script").unwrap_or_default(), "script")?;
    let id = script.id.to_string();
    let used = work
        .ask(
            "SELECT p.name AS policy, p.enabled, s.policy_id, s.when_run, s.p4, s.p5, s.p6, s.p7, s.p8, s.p9, s.p10, s.p11 FROM policy_scripts s JOIN policies p ON p.id = s.policy_id WHERE s.script_id = ?1
             ORDER BY p.enabled DESC, lower(p.name)",
            vec![json!(id)],
        )
        .await?;
    let labels = work.send("script_get", json!({ "id": id }), &[]).await;
    let label = |number: usize| {
        labels.as_ref().map(|own| text_at(own, &format!("parameter{number}"))).unwrap_or_default()
    };
    let labeled: Vec<usize> = (4..=11).filter(|number| !label(*number).is_empty()).collect();
    let given = |number: usize| used.iter().any(|row| !text(row, &format!("p{number}")).is_empty());
    let rows = used.iter().map(|row| {
        let mut shown = Map::from_iter([
            ("policy_id".to_owned(), json!(text(row, "policy_id"))),
            ("policy".to_owned(), json!(text(row, "policy"))),
            ("enabled".to_owned(), json!(explain::is(row, "enabled"))),
            ("when".to_owned(), json!(text(row, "when_run"))),
        ]);
        for number in (4..=11).filter(|number| given(*number) || labeled.contains(number)) {
            let name = match label(number) {
                label if label.is_empty() => format!("${number}"),
                label => format!("${number} {label}"),
            };
            let value = text(row, &format!("p{number}"));
            shown.insert(name, if value.is_empty() { Value::Null } else { json!(value) });
        }
        shown
    });
    let rows: Vec<Map<String, Value>> = rows.collect();
    let named: Vec<String> = labeled.iter().map(|number| format!("${number} {}", label(*number))).collect();
    let takes = if named.is_empty() {
        "it labels no parameters".to_owned()
    } else {
        format!("it labels {}", named.join(", "))
    };
    let answer = match used.len() {
        0 => format!("No policy runs the {}; {takes}.", script.describe()),
        count => format!("{} run the {}; {takes}.", counted(count, "policy"), script.describe()),
    };
    let mut report =
        Report::new(answer).number("policies", used.len()).number("labels", labeled.len()).rows(rows);
    let unlabeled: Vec<String> = (4..=11)
        .filter(|number| given(*number) && !labeled.contains(number))
        .map(|number| format!("${number}"))
        .collect();
    if let Err(error) = &labels {
        report = report.partial(format!("labels of the script: {error}"));
    } else if !unlabeled.is_empty() {
        report = report.note(format!(
            "values are handed over as {}, which the script has no label for",
            unlabeled.join(", ")
        ));
    }
    let missing: Vec<String> = labeled
        .iter()
        .filter(|number| used.iter().any(|row| text(row, &format!("p{number}")).is_empty()))
        .map(|number| format!("${number}"))
        .collect();
    if !missing.is_empty() {
        report = report.note(format!("some policies leave {} empty", missing.join(", ")));
    }
    Ok(if used.is_empty() { report.next("`where_used` also finds scripts that name it") } else { report })
}
