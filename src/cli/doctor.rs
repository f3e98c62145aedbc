//! `doctor`: what is right, what is wrong, and the cure, a line each. No secret is shown.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::terminal::Layout;
use super::{say, say_json};
use crate::config::{Config, Overrides};
use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::plan::view::Tone;

mod machine;
mod tenant;

/// So many names of a list are shown where not all are asked for.
const NAMED: usize = 3;

/// Options of `doctor`.
#[derive(Debug, Default, Args)]
#[command(
    after_help = "Exit status: 0 nothing is wrong (a line with `!` is no failure), 1 something is wrong (a line with `✗`)."
)]
pub(super) struct Options {
    /// Every name of long lists, instead of three and their number.
    #[arg(long)]
    all: bool,
    /// As JSON, with every name.
    #[arg(long)]
    json: bool,
}

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    /// It is right.
    Good,
    /// It is neither right nor wrong.
    Note,
    /// It works, and somebody should look at it.
    Mind,
    /// It does not work.
    Bad,
}

impl Grade {
    /// Its name in JSON.
    fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Mind => "warning",
            Self::Bad => "error",
        }
    }

    fn mark(self) -> (&'static str, Tone) {
        match self {
            Self::Good => ("✓", Tone::Good),
            Self::Note => ("·", Tone::Soft),
            Self::Mind => ("!", Tone::Warning),
            Self::Bad => ("✗", Tone::Danger),
        }
    }
}

/// What was found.
#[derive(Debug)]
struct Finding {
    /// The tenant that it is about; `None` for this machine.
    tenant: Option<String>,
    check: &'static str,
    grade: Grade,
    text: String,
    /// Names that belong to it, in lists with a heading each.
    lists: Vec<(String, Vec<String>)>,
    /// What to do, in the imperative.
    cure: Option<String>,
}

impl Finding {
    fn new(check: &'static str, grade: Grade, text: impl Into<String>) -> Self {
        Self { tenant: None, check, grade, text: text.into(), lists: Vec::new(), cure: None }
    }

    /// An error as a finding, with what to do.
    fn of_error(check: &'static str, grade: Grade, error: &Error) -> Self {
        Self { cure: error.cure().map(str::to_owned), ..Self::new(check, grade, error.message()) }
    }

    fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    fn list(mut self, heading: impl Into<String>, names: Vec<String>) -> Self {
        self.lists.push((heading.into(), names));
        self
    }

    /// The whole of it in one line. Of a long list the first names and the number of the others, or all.
    fn line(&self, all: bool) -> String {
        let names = |names: &[String]| match names.len().saturating_sub(NAMED) {
            more @ 1.. if !all => {
                format!(
                    "{} and {more} more",
                    names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ")
                )
            }
            _ => names.join(", "),
        };
        let lists = self.lists.iter().map(|(heading, some)| match some.as_slice() {
            [] => heading.clone(),
            some => format!("{heading} ({})", names(some)),
        });
        let text = Some(self.text.clone()).filter(|text| !text.is_empty());
        let text = text.into_iter().chain(lists).collect::<Vec<_>>().join("; ");
        match &self.cure {
            Some(cure) => format!("{}; {cure}", text.trim_end_matches('.')),
            None => text,
        }
    }

    fn as_json(&self) -> Value {
        let lists = self.lists.iter().map(|(heading, names)| json!({ "what": heading, "names": names }));
        json!({
            "tenant": self.tenant,
            "check": self.check,
            "grade": self.grade.name(),
            "text": self.text,
            "lists": lists.collect::<Value>(),
            "cure": self.cure,
        })
    }
}

/// Check everything, also where no configuration could be made of the settings. Exit status 1 when something is wrong.
pub(super) async fn run(
    loaded: Result<&Config, &Error>,
    overrides: &Overrides,
    options: &Options,
) -> Result<ExitCode, Error> {
    let mut findings = Vec::new();
    match loaded {
        Err(error) => findings.push(Finding::of_error("configuration", Grade::Bad, error)),
        Ok(config) => {
            findings.extend(machine::configuration(config, overrides));
            match Pipeline::new(config) {
                Err(error) => findings.push(Finding::of_error("configuration", Grade::Bad, &error)),
                Ok(calls) => {
                    tenants(config, &calls, &mut findings).await;
                    calls.close().await;
                }
            }
            findings.extend(machine::ports(config).await);
        }
    }
    findings.extend(machine::automatic_proxy().await);
    findings.extend(machine::clients());
    if options.json {
        say_json(&findings.iter().map(Finding::as_json).collect::<Vec<_>>());
    } else {
        say(&as_text(&findings, options.all));
    }
    let is_bad = findings.iter().any(|finding| finding.grade == Grade::Bad);
    Ok(if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The tenants, one after the other, each with its audit log.
async fn tenants(config: &Config, calls: &Pipeline, findings: &mut Vec<Finding>) {
    for tenant in calls.tenants() {
        let mut found = Vec::new();
        if let Some(warning) = config.tenants.get(tenant.name()).and_then(|tenant| tenant.secret.warning()) {
            found.push(Finding::new("secret", Grade::Mind, warning));
        }
        tenant::check(config, calls, tenant, &mut found).await;
        let of_tenant = |finding| Finding { tenant: Some(tenant.name().to_owned()), ..finding };
        findings.extend(found.into_iter().map(of_tenant));
    }
    for (name, audit) in calls.audits() {
        let finding = match audit.verify() {
            Ok(report) => {
                let text = format!("{} records, whole, in {}", report.lines, audit.path().display());
                Finding::new("audit log", Grade::Good, text)
            }
            Err(broken) => Finding::new("audit log", Grade::Bad, broken.to_string())
                .cure(format!("keep a copy of {} and find out who changed it", audit.path().display())),
        };
        findings.push(Finding { tenant: Some(name.to_owned()), ..finding });
    }
}

fn as_text(findings: &[Finding], all: bool) -> String {
    let layout = Layout::stdout();
    let line = |finding: &Finding| {
        let (mark, tone) = finding.grade.mark();
        let place = finding.tenant.as_ref().map(|tenant| format!("{tenant} ")).unwrap_or_default();
        let text = format!("{place}{}: {}", finding.check, finding.line(all));
        layout.wrap(&format!("{} ", layout.paint(tone, mark)), &text)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_counted_and_three_of_it_are_named() {
        let names = |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>();
        let finding = Finding::new("left out", Grade::Note, "").list("5: not allowed", names(5));
        let finding = finding.list("3: excluded", names(3)).list("900: `allow`", Vec::new());
        assert_eq!(
            finding.line(false),
            "5: not allowed (n0, n1, n2 and 2 more); 3: excluded (n0, n1, n2); 900: `allow`"
        );
        assert!(finding.line(true).contains("n4") && finding.as_json()["lists"][0]["names"][4] == "n4");
        let finding = Finding::new("port", Grade::Bad, "it is taken.").cure("free it");
        assert_eq!(finding.line(false), "it is taken; free it");
    }
}
