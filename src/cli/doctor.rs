//! `doctor`: what is right, what is wrong, and the cure, a line each. No secret is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use jamf_pro_client::{Health, Reader, is_before};
use jamf_pro_tools::Risk;
use serde_json::{Value, json};

use super::say;
use super::terminal::Layout;
use crate::config::Config;
use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::plan::view::Tone;
use crate::registry::Tool;
use crate::registry::exposure::Surface;

/// Options of `doctor`.
#[derive(Debug, Default, Args)]
pub(super) struct Options {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Privileges that no role for an agent should have.
const GRAVE: [&str; 9] = [
    "Create API Roles",
    "Update API Roles",
    "Create API Integrations",
    "Update API Integrations",
    "Create Accounts",
    "Update Accounts",
    "Send Computer Remote Wipe Command",
    "Send Mobile Device Remote Wipe Command",
    "Delete Computers",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Good,
    Mind,
    Bad,
}

struct Finding {
    tenant: String,
    what: &'static str,
    grade: Grade,
    text: String,
}

/// Check everything. Exit status 1 when something is wrong.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let calls = Pipeline::new(config)?;
    let mut findings = Vec::new();
    for tenant in calls.tenants() {
        if let Some(warning) = config.tenants.get(tenant.name()).and_then(|tenant| tenant.secret.warning()) {
            findings.push(finding(tenant, "secret", Grade::Mind, warning));
        }
        check(config, &calls, tenant, &mut findings).await;
    }
    for (name, audit) in calls.audits() {
        let (grade, text) = match audit.verify() {
            Ok(report) => {
                (Grade::Good, format!("{} records, whole, in {}", report.lines, audit.path().display()))
            }
            Err(broken) => (
                Grade::Bad,
                format!("{broken}; keep a copy of {} and find out who changed it", audit.path().display()),
            ),
        };
        findings.push(Finding { tenant: name.to_owned(), what: "audit log", grade, text });
    }
    calls.close().await;
    say(&if options.json { as_json(&findings) } else { as_text(&findings) });
    let bad = findings.iter().any(|finding| finding.grade == Grade::Bad);
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn finding(tenant: &Reader, what: &'static str, grade: Grade, text: String) -> Finding {
    Finding { tenant: tenant.name().to_owned(), what, grade, text }
}

async fn check(config: &Config, calls: &Pipeline, tenant: &Reader, findings: &mut Vec<Finding>) {
    let mut add = |what, grade, text| findings.push(finding(tenant, what, grade, text));
    let call = calls.own_call().client;
    let health = match tenant.health(&call).await.map_err(Error::from) {
        Ok(health) => health,
        Err(error) => {
            add("address", Grade::Bad, format!("{}: {error}", tenant.address()));
            return;
        }
    };
    let token = tenant.sign_in(&call).await.map_err(Error::from);
    for (what, grade, text) in address(tenant, &health, token.is_ok()) {
        add(what, grade, text);
    }
    match token {
        Ok(()) => add("token", Grade::Good, "the API client's credentials are accepted".to_owned()),
        Err(error) => {
            add("token", Grade::Bad, error.to_string());
            return;
        }
    }
    match tenant.version(&call).await.map_err(Error::from) {
        Ok(version) => {
            let newer = newer_than(config, &version).map(|newer| format!("; {newer}")).unwrap_or_default();
            add("version", Grade::Good, format!("Jamf Pro {version}{newer}"));
        }
        Err(error) => add("version", Grade::Bad, error.to_string()),
    }
    match tenant.privileges(&call).await.map_err(Error::from) {
        Ok(privileges) => privileges_of(config, privileges.into_iter().collect(), &mut add),
        Err(error) => add("privileges", Grade::Bad, error.to_string()),
    }
    let (grade, text) = match tenant.privilege_names(&call).await.map_err(Error::from) {
        Ok(names) => names_of(&names.into_iter().collect()),
        Err(error) => {
            // The role need not be allowed to read them.
            let is_role = error.is_status(401) || error.is_status(403);
            let text = format!(
                "could not compare the privileges that tools name with those that this tenant has: {error}"
            );
            (if is_role { Grade::Mind } else { Grade::Bad }, text)
        }
    };
    add("privilege names", grade, text);
}

/// What the health check says of the address and the clock. An address that gives tokens is a tenant's, whatever its health
/// check says.
fn address(tenant: &Reader, health: &Health, gives_tokens: bool) -> Vec<(&'static str, Grade, String)> {
    let address = tenant.address();
    if let Some(fault) = &health.fault {
        let grade = if gives_tokens { Grade::Mind } else { Grade::Bad };
        return vec![("address", grade, format!("{address}: {}", Error::from(fault.clone())))];
    }
    let secured = if address.starts_with("https://") { "over TLS" } else { "without TLS, on loopback" };
    let skew = health.skew;
    let clock = match skew.abs() {
        0..=60 => ("clock", Grade::Good, format!("{skew} s from the tenant's")),
        _ => ("clock", Grade::Mind, format!("{skew} s from the tenant's; set this machine's clock by NTP")),
    };
    vec![("address", Grade::Good, format!("{address} answers, {secured}")), clock]
}

/// Whether the tenant knows every privilege that a tool names; names differ from version to version, and those of MDM
/// commands are not in Jamf's document.
fn names_of(known: &BTreeSet<String>) -> (Grade, String) {
    let mut unknown: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut named = BTreeSet::new();
    for tool in crate::pipeline::registry().all() {
        for name in tool.privileges() {
            named.insert(name);
            if !known.contains(name) {
                unknown.entry(name).or_default().push(tool.name());
            }
        }
    }
    if unknown.is_empty() {
        return (Grade::Good, format!("this tenant knows all {} that tools name", named.len()));
    }
    let each = unknown.iter().map(|(name, tools)| format!("{name} (for {})", tools.join(", ")));
    let each = each.collect::<Vec<_>>().join("; ");
    (
        Grade::Mind,
        format!("this tenant has no privilege of the name {each}. It may have another name in this version."),
    )
}

fn privileges_of(
    config: &Config,
    known: BTreeSet<String>,
    add: &mut impl FnMut(&'static str, Grade, String),
) {
    let Ok(surface) = Surface::new(crate::pipeline::registry(), config, None) else { return };
    let mut lacking: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut unlisted = 0;
    for tool in surface.allowed_tools() {
        for name in tool.privileges().into_iter().filter(|name| !known.contains(*name)) {
            if surface.lists(tool) {
                lacking.entry(name).or_default().push(tool.name());
            } else {
                unlisted += 1;
            }
        }
    }
    let others = match unlisted {
        0 => String::new(),
        count => format!(
            " {count} more are lacking for tools that are allowed and not listed (`jamf-pro-mcp privileges --all`)."
        ),
    };
    if lacking.is_empty() {
        let message = format!("{} privileges; every listed tool has what it needs.{others}", known.len());
        add("privileges", Grade::Good, message);
    } else {
        let each = lacking.iter().map(|(name, tools)| format!("{name} (for {})", tools.join(", ")));
        let message = format!(
            "the API role lacks {}.{others} Add them to the role in Jamf Pro.",
            each.collect::<Vec<_>>().join("; ")
        );
        add("privileges", Grade::Mind, message);
    }
    let grave: Vec<&str> = GRAVE.into_iter().filter(|name| known.contains(*name)).collect();
    if !grave.is_empty() {
        add(
            "role",
            Grade::Mind,
            format!(
                "the API role can do more than an agent should: {}; take these away in Jamf Pro",
                grave.join(", ")
            ),
        );
    }
    let writes = surface.allowed_tools().filter(|tool| tool.risk() != Risk::Read).count();
    add(
        "tools",
        Grade::Good,
        format!(
            "{} allowed, {} of them change something; {} listed",
            surface.allowed_tools().count(),
            writes,
            surface.listed_tools().len()
        ),
    );
    if let Ok(surface) = Surface::new(crate::pipeline::registry(), config, Some(&known)) {
        add("left out", Grade::Good, left_out(&surface));
    }
}

/// Which tools are not offered at this tenant, and why. What `allow` leaves out is counted; it was never asked for.
fn left_out(surface: &Surface) -> String {
    let mut by_reason: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, barred) in surface.barred_tools() {
        by_reason.entry(barred.reason()).or_default().push(name);
    }
    let each = by_reason.iter().map(|(reason, names)| {
        if reason.starts_with("`allow`") {
            format!("{}: {reason}", names.len())
        } else {
            format!("{}: {reason} ({})", names.len(), names.join(", "))
        }
    });
    let each = each.collect::<Vec<_>>().join("; ");
    if each.is_empty() { "no tool".to_owned() } else { each }
}

/// Tools that came with a later version than the tenant has. A hint: Jamf's documents are sparse.
fn newer_than(config: &Config, version: &str) -> Option<String> {
    let surface = Surface::new(crate::pipeline::registry(), config, None).ok()?;
    let newer = surface.allowed_tools().filter_map(|tool| match tool {
        Tool::Action(action) => {
            action.since.filter(|since| is_before(version, since)).map(|since| (action.name, since))
        }
        Tool::Job(_) | Tool::Builtin(_) => None,
    });
    let newer: Vec<String> = newer.map(|(name, since)| format!("{name} (about {since})")).collect();
    (!newer.is_empty()).then(|| format!("probably too old for {}", newer.join(", ")))
}

fn as_text(findings: &[Finding]) -> String {
    let layout = Layout::stdout();
    let line = |finding: &Finding| {
        let (mark, tone) = match finding.grade {
            Grade::Good => ("✓", Tone::Good),
            Grade::Mind => ("!", Tone::Warning),
            Grade::Bad => ("✗", Tone::Danger),
        };
        let text = format!("{} {}: {}", finding.tenant, finding.what, finding.text);
        layout.wrap(&format!("{} ", layout.paint(tone, mark)), &text)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn as_json(findings: &[Finding]) -> String {
    let entry = |finding: &Finding| {
        let grade = match finding.grade {
            Grade::Good => "ok",
            Grade::Mind => "warning",
            Grade::Bad => "error",
        };
        json!({ "tenant": finding.tenant, "check": finding.what, "grade": grade, "text": finding.text })
    };
    serde_json::to_string_pretty(&findings.iter().map(entry).collect::<Value>()).unwrap_or_default()
}
