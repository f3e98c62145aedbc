//! Everything that expires: the connections to Apple, certificates, policies with an end, and what devices have.

mod sources;

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

pub(super) use sources::{ACTIONS, Expiry, connections};

use super::device_rows::{DEVICES, counted, names};
use super::question::{Reading, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("expiring", "settings")
        .title("What expires")
        .about("List what has expired or expires soon: push certificate, ADE and volume purchasing tokens, CAs, MDM profiles and certificates of devices, policies, warranties.")
        .asked(&["tokens and certificates that run out", "what has to be renewed soon", "certificates and tokens that end soon", "what expires next", "push certificate and Apple tokens"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "computer_certificates", "mobile_device_certificates", "policies"])
.uses(ACTIONS);

/// Arguments of `expiring`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Within so many days; 30 by default.
    #[schemars(range(min = 1, max = 3650))]
    days: Option<u32>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Devices that are named of a group.
const NAMED: usize = 5;

/// Groups of devices by what of theirs expires: what it is, SQL with one row a device (`?1` is the number of days), what to do.
const OF_DEVICES: [(&str, &str, &str); 4] = [
    (
        "MDM profile",
        "SELECT name, mdm_profile_expires AS at FROM (DEVICES) WHERE managed = 1 AND mdm_profile_expires IS NOT NULL",
        "mdm_profile_renew while they are in contact; expired ones enroll again. mdm_health names all",
    ),
    (
        "certificate on computers",
        "SELECT c.name, min(x.expires) AS at FROM computer_certificates x JOIN computers c ON c.id = x.computer_id
         WHERE c.managed = 1 AND days_since(x.expires) >= -?1 GROUP BY c.id",
        "device certificates are renewed with the MDM profile; others come by their profiles again",
    ),
    (
        "certificate on mobile devices",
        "SELECT c.name, min(x.expires) AS at FROM mobile_device_certificates x JOIN mobile_devices c ON c.id = x.device_id
         WHERE c.managed = 1 AND days_since(x.expires) >= -?1 GROUP BY c.id",
        "device certificates are renewed with the MDM profile; others come by their profiles again",
    ),
    // Warranties that ended are history, and would hide what can still be acted on.
    (
        "warranty",
        "SELECT name, warranty_date AS at FROM (DEVICES) WHERE managed = 1 AND days_since(warranty_date) <= 0",
        "report defects before it ends",
    ),
];

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let days = arguments.number("days").unwrap_or(30);
    let (mut found, gaps) = connections(work).await;
    let policies = work
        .ask(
            "SELECT id, name, expires_at AS at FROM policies WHERE enabled = 1 AND expires_at IS NOT NULL",
            Vec::new(),
        )
        .await?;
    found.extend(policies.iter().filter_map(|row| {
        let what = format!("policy {} (id {})", text(row, "name"), text(row, "id"));
        Expiry::at(what, text(row, "at"), "policy_disable where it is over, or a new end where it is not")
    }));
    found.retain(|expiry| expiry.days_left() <= i64::from(days));
    let mut rows: Vec<(i64, Map<String, Value>)> =
        found.iter().map(|expiry| (expiry.days_left(), expiry.row())).collect();
    let mut affected = 0;
    for (what, sql, cure) in OF_DEVICES {
        let sql = format!(
            "SELECT name, at, at <= ?2 AS is_over FROM ({}) WHERE days_since(at) >= -?1 ORDER BY at DESC",
            sql.replace("(DEVICES)", &format!("({DEVICES})"))
        );
        let devices = work.ask(sql, vec![json!(days), json!(now())]).await?;
        affected += devices.len();
        for is_over in [true, false] {
            let of_group: Vec<&Map<String, Value>> = devices
                .iter()
                .filter(|row| row.get("is_over").and_then(Value::as_i64) == Some(i64::from(is_over)))
                .collect();
            rows.extend(group(what, &of_group, cure));
        }
    }
    // What is over comes first, and of it what is over the shortest: it is what somebody may not have seen yet.
    rows.sort_by_key(|(left, _)| (*left > 0, left.abs()));
    let expired = rows.iter().filter(|(left, _)| *left <= 0).count();
    let report = report(rows.into_iter().map(|(_, row)| row).collect(), expired, days, affected);
    Ok(gaps.into_iter().fold(report, Report::partial))
}

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// One row for the devices of which the same has expired, or expires: the one that is nearest to now says when.
fn group(what: &str, devices: &[&Map<String, Value>], cure: &str) -> Option<(i64, Map<String, Value>)> {
    let is_over = devices.first()?.get("is_over").and_then(Value::as_i64) == Some(1);
    // The rows are in falling order: of what is over the latest comes first, of what is to come the last one is the next.
    let nearest = if is_over { devices.first()? } else { devices.last()? };
    let count = devices.len() as u64;
    let expiry = Expiry::at(format!("{what}: {}", counted(count, "device")), text(nearest, "at"), cure)?;
    let mut row = expiry.row();
    row.insert("devices".to_owned(), json!(names(devices.iter().rev().copied(), NAMED)));
    Some((expiry.days_left(), row))
}

fn report(rows: Vec<Map<String, Value>>, expired: usize, days: u32, affected: usize) -> Report {
    let first = rows.first().map(|row| format!(" First: {}.", text(row, "what"))).unwrap_or_default();
    let answer = match rows.len() {
        0 => format!("Nothing has expired, and nothing expires within {days} days."),
        all => format!("{expired} expired already, and {} within {days} days.{first}", expire(all - expired)),
    };
    Report::new(answer)
        .number("expired", expired)
        .number("within_days", rows.len() - expired)
        .number("devices_affected", affected)
        .rows(rows)
        .note("Jamf tells no date for the push certificate before it alerts, and API clients have no end; ended warranties are left out")
}

fn expire(count: usize) -> String {
    if count == 1 { "1 expires".to_owned() } else { format!("{count} expire") }
}
