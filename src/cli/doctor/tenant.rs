//! What is found of one tenant: the way to it, its certificate, its answers, and what the API role may do.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use jamf_pro_client::{Certificate, Health, Reader, Way, is_before};
use jamf_pro_tools::Risk;

use super::{Finding, Grade};
use crate::cli::privileges::{Difference, Needs};
use crate::config::Config;
use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::registry::Tool;
use crate::registry::exposure::Surface;
use crate::sanitize::text;

/// A clock that is off by more than so many seconds has tokens refused.
const SKEW: u64 = 60;

/// A certificate that ends sooner than this is worth a warning.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// Check the way, the answers and the role. What fails ends it where nothing after it can succeed.
pub(super) async fn check(config: &Config, calls: &Pipeline, tenant: &Reader, found: &mut Vec<Finding>) {
    let call = calls.own_call().client;
    let way = tenant.way();
    found.extend(proxy(&way));
    if way.first_host.trim_matches(['[', ']']).parse::<IpAddr>().is_err() {
        match tenant.addresses().await.map_err(Error::from) {
            Ok(addresses) => {
                let addresses = addresses.iter().map(ToString::to_string).collect();
                let whose = if way.proxy.is_some() { "the proxy, " } else { "" };
                let heading = format!("{whose}{} is known", way.first_host);
                found.push(Finding::new("name", Grade::Good, "").list(heading, addresses));
            }
            Err(error) => {
                found.push(Finding::of_error("name", Grade::Bad, &error));
                return;
            }
        }
    }
    let health = tenant.health(&call).await.map_err(Error::from);
    if way.is_secured {
        found.extend(tenant.certificate().await.map(|own| certificate(&own, &way, health.is_ok())));
    }
    let health = match health {
        Ok(health) => health,
        Err(error) => {
            let finding = Finding::of_error("address", Grade::Bad, &error);
            found.push(Finding { text: format!("{}: {}", tenant.address(), finding.text), ..finding });
            return;
        }
    };
    let token = tenant.sign_in(&call).await.map_err(Error::from);
    found.extend(address(tenant, &health, token.is_ok()));
    match token {
        Ok(lifetime) => found.push(accepted(lifetime)),
        Err(error) => {
            found.push(Finding::of_error("token", Grade::Bad, &error));
            return;
        }
    }
    found.push(match tenant.version(&call).await.map_err(Error::from) {
        Ok(version) => version_finding(config, &version),
        Err(error) => Finding::of_error("version", Grade::Bad, &error),
    });
    match tenant.privileges(&call).await.map_err(Error::from) {
        Ok(privileges) => found.extend(privileges_of(config, &privileges.into_iter().collect())),
        Err(error) => found.push(Finding::of_error("privileges", Grade::Bad, &error)),
    }
    found.push(match tenant.privilege_names(&call).await.map_err(Error::from) {
        Ok(names) => names_of(&names.into_iter().collect()),
        Err(error) => {
            // The role need not be allowed to read them.
            let is_role = error.is_status(401) || error.is_status(403);
            let grade = if is_role { Grade::Note } else { Grade::Bad };
            let text = format!(
                "could not compare the privileges that tools name with those that this tenant has: {}",
                error.message()
            );
            Finding { text, ..Finding::of_error("privilege names", grade, &error) }
        }
    });
}

/// Which proxy requests go through, and what names it.
fn proxy(way: &Way) -> Option<Finding> {
    if !way.is_secured {
        return None;
    }
    Some(match (&way.proxy, way.unused_variable) {
        (Some((proxy, source)), _) => {
            let source = text::line(source);
            Finding::new(
                "proxy",
                Grade::Good,
                format!("requests go through {}, which is named by {source}", text::line(proxy)),
            )
        }
        (None, Some(variable)) => Finding::new(
            "proxy",
            Grade::Note,
            format!("none: {variable} names one, and NO_PROXY exempts this tenant from it"),
        ),
        (None, None) => Finding::new("proxy", Grade::Good, "none"),
    })
}

/// Who signed the certificate: where TLS is inspected, that is the inspecting machine and not a public authority.
fn certificate(own: &Certificate, way: &Way, is_trusted: bool) -> Finding {
    let shown = format!("for {}, signed by {}", text::line(&own.subject), text::line(&own.issuer));
    let left = own.ends.duration_since(SystemTime::now()).unwrap_or_default();
    let ends = match left.as_secs() / 86_400 {
        0 if left.is_zero() => "it has ended".to_owned(),
        0 => "it ends within a day".to_owned(),
        days => format!("it ends in {days} days"),
    };
    if !is_trusted {
        return Finding::new("certificate", Grade::Note, format!("{shown}; {ends}"));
    }
    let store = "the certificate authorities of this system";
    let trusted_by = if way.has_ca_file { format!("{store} and `ca_file`") } else { store.to_owned() };
    let text = format!("{shown}, trusted by {trusted_by}; {ends}");
    if left < SOON {
        return Finding::new("certificate", Grade::Mind, text).cure("have it renewed on the tenant");
    }
    Finding::new("certificate", Grade::Good, text)
}

/// What the health check says of the address and the clock. An address that gives tokens is a tenant's, whatever its health
/// check says.
fn address(tenant: &Reader, health: &Health, gives_tokens: bool) -> Vec<Finding> {
    let address = tenant.address();
    if let Some(fault) = &health.fault {
        let grade = if gives_tokens { Grade::Mind } else { Grade::Bad };
        let finding = Finding::of_error("address", grade, &Error::from(fault.clone()));
        return vec![Finding { text: format!("{address}: {}", finding.text), ..finding }];
    }
    let secured = if address.starts_with("https://") { "over TLS" } else { "without TLS, on loopback" };
    let clock = match health.skew {
        None => Finding::new("clock", Grade::Note, "the tenant's answer has no date to compare with"),
        Some(skew) => {
            let off = skew.unsigned_abs();
            let way = if skew < 0 { "ahead of" } else { "behind" };
            match off {
                0..=1 => Finding::new("clock", Grade::Good, "as the tenant's"),
                2..=SKEW => Finding::new("clock", Grade::Good, format!("{off} s {way} the tenant's")),
                _ => Finding::new(
                    "clock",
                    Grade::Mind,
                    format!("this machine's is {off} s {way} the tenant's"),
                )
                .cure("set this machine's clock by NTP"),
            }
        }
    };
    vec![Finding::new("address", Grade::Good, format!("{address} answers, {secured}")), clock]
}

fn accepted(lifetime: Duration) -> Finding {
    let seconds = lifetime.as_secs();
    let finding = |more: &str| {
        let text =
            format!("the API client's credentials are accepted; a token is good for {seconds} s{more}");
        Finding::new("token", Grade::Good, text)
    };
    match seconds {
        0..300 => finding(". An access token lifetime of 1800 s, set in the API client, spares requests"),
        _ => finding(""),
    }
}

/// The version, and the tools that came with a later one. A hint: Jamf's documents are sparse.
fn version_finding(config: &Config, version: &str) -> Finding {
    let finding = Finding::new("version", Grade::Good, format!("Jamf Pro {}", text::line(version)));
    let Ok(surface) = Surface::new(crate::pipeline::registry(), config, None) else { return finding };
    let newer = surface.allowed_tools().filter_map(|tool| match tool {
        Tool::Action(action) => {
            action.since.filter(|since| is_before(version, since)).map(|since| (action.name, since))
        }
        Tool::Job(_) | Tool::Builtin(_) => None,
    });
    let newer: Vec<String> = newer.map(|(name, since)| format!("{name}, about {since}")).collect();
    if newer.is_empty() {
        return finding;
    }
    finding.list(format!("probably too old for {} tools", newer.len()), newer)
}

/// What the role lacks for this configuration and what it has too much of, and the tools that follow.
fn privileges_of(config: &Config, role: &BTreeSet<String>) -> Vec<Finding> {
    let Ok(surface) = Surface::new(crate::pipeline::registry(), config, None) else { return Vec::new() };
    let difference = match Needs::of(config, &surface) {
        Ok(needs) => Difference::of(&needs, role),
        Err(error) => return vec![Finding::of_error("privileges", Grade::Bad, &error)],
    };
    let further = match difference.further {
        0 => String::new(),
        count => format!("{count} more are lacking for reads that are allowed and not listed"),
    };
    let mut found = Vec::new();
    if difference.lacking.is_empty() {
        let text =
            format!("{} privileges; every tool that is expected to work has what it needs", role.len());
        let text = if further.is_empty() { text } else { format!("{text}; {further}") };
        found.push(Finding::new("privileges", Grade::Good, text));
    } else {
        let tools = |tools: &BTreeSet<&'static str>| match tools.len() {
            1..=3 => tools.iter().copied().collect::<Vec<_>>().join(", "),
            count => format!("{count} tools"),
        };
        let each = difference.lacking.iter().map(|(name, some)| format!("{name} for {}", tools(some)));
        let heading = format!("the API role lacks {} privileges", difference.lacking.len());
        let mut finding = Finding::new("privileges", Grade::Mind, "").list(heading, each.collect());
        if !further.is_empty() {
            finding = finding.list(further, Vec::new());
        }
        found.push(
            finding.cure("add them to the role in Jamf Pro; `jamf-pro-mcp privileges --compare` shows all"),
        );
    }
    if !difference.excess.is_empty() {
        let heading =
            format!("the API role has {} privileges that nothing needs here", difference.excess.len());
        found.push(
            Finding::new("role", Grade::Mind, "")
                .list(heading, difference.excess)
                .cure("take them away in Jamf Pro; `jamf-pro-mcp privileges --compare` shows all"),
        );
    }
    let changing = surface.allowed_tools().filter(|tool| tool.risk() != Risk::Read).count();
    let (allowed, listed) = (surface.allowed_tools().count(), surface.listed_tools().len());
    let text = format!("{allowed} allowed, {changing} of them change something; {listed} listed");
    found.push(Finding::new("tools", Grade::Good, text));
    if let Ok(surface) = Surface::new(crate::pipeline::registry(), config, Some(role)) {
        found.push(left_out(&surface));
    }
    found
}

/// Which tools are not offered at this tenant, and why. What `allow` leaves out is counted; it was never asked for.
fn left_out(surface: &Surface) -> Finding {
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, barred) in surface.barred_tools() {
        by_reason.entry(barred.reason()).or_default().push(name.to_owned());
    }
    let mut finding = Finding::new("left out", Grade::Note, "");
    for (reason, names) in by_reason {
        let heading = format!("{}: {reason}", names.len());
        finding = finding.list(heading, if reason.starts_with("`allow`") { Vec::new() } else { names });
    }
    if finding.lists.is_empty() {
        finding.text = "no tool".to_owned();
    }
    finding
}

/// Whether the tenant knows every privilege that a tool names; names differ from version to version, and those of MDM
/// commands are not in Jamf's document.
fn names_of(known: &BTreeSet<String>) -> Finding {
    let mut unknown = BTreeSet::new();
    let mut named = BTreeSet::new();
    for name in crate::pipeline::registry().all().flat_map(Tool::privileges) {
        named.insert(name);
        if !known.contains(name) {
            unknown.insert(name.to_owned());
        }
    }
    if unknown.is_empty() {
        let text = format!("this tenant knows all {} that tools name", named.len());
        return Finding::new("privilege names", Grade::Good, text);
    }
    let heading = format!(
        "this tenant has no privilege of {} names, which may have another name in this version",
        unknown.len()
    );
    Finding::new("privilege names", Grade::Note, "").list(heading, unknown.into_iter().collect())
}
