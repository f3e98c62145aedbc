//! Who of a group is ready for a version of the operating system, and what blocks the others.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jamf_pro_tools::check::nearest;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::counted;
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work};
use crate::canonical::canonical;
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text::clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("update_ring", "patch")
        .title("Readiness of a group for an update")
        .about("Say which devices of a group can take a version of macOS or iOS, which have it, and what blocks the others: silence, disk, bootstrap token, a plan under way.")
        .asked(&["devices of a group ready for a macOS version", "what blocks an update in a group", "who in a ring cannot take the update", "update a test group to the next macOS", "which devices can be updated and which not"]),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["groups", "group_members", "computers", "mobile_devices", "update_plans"]);

/// Arguments of `update_ring`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// The group of computers or mobile devices, by its name or id.
    #[schemars(length(min = 1, max = 255))]
    group: String,
    /// The version to update to, such as `26.1`.
    #[schemars(length(min = 1, max = 40))]
    version: String,
    #[schemars(flatten)]
    reading: Reading,
}

/// Free megabytes below which an update of macOS does not install for certain, and one of iOS.
const ROOM_MACOS: u32 = 25_000;
const ROOM_IOS: u32 = 8_000;

/// Members of the group `?1` of the kind `?2` with what blocks the version `?3`, as flags in the order in which they matter.
fn members() -> String {
    format!(
        "SELECT d.*, coalesce(version_key(d.os_version) >= version_key(?3), 0) AS has_it, d.os_version IS NULL AS no_version,
             days_since(d.last_seen) > 30 OR d.last_seen IS NULL AS silent,
             coalesce(days_since(d.mdm_profile_expires) >= 0, 0) AS profile_expired,
             coalesce(u.plans, 0) AS plans
         FROM (
             SELECT id, name, serial_number, username, os_version, managed, coalesce(supervised = 0, 0) AS unsupervised, last_check_in AS last_seen,
                 mdm_profile_expires, coalesce(boot_free_mb < {ROOM_MACOS}, 0) AS little_room,
                 coalesce(apple_silicon = 1 AND bootstrap_token_escrowed = 'NOT_ESCROWED', 0) AS no_token, ddm
             FROM computers WHERE ?2 = 'computer'
             UNION ALL
             SELECT id, name, serial_number, username, os_version, managed, coalesce(supervised = 0, 0), last_contact, mdm_profile_expires,
                 coalesce(free_mb < {ROOM_IOS}, 0), 0, ddm
             FROM mobile_devices WHERE ?2 = 'mobile') d
         JOIN group_members g ON g.kind = ?2 AND g.group_id = ?1 AND g.device_id = d.id
         LEFT JOIN (SELECT device_id, count(*) AS plans FROM update_plans
             WHERE (kind = 'COMPUTER') = (?2 = 'computer') AND state NOT IN ('PlanFailed', 'PlanException', 'PlanCompleted', 'PlanCanceled')
             GROUP BY device_id) u ON u.device_id = d.id"
    )
}

/// What blocks a device: the column, its words, what to do.
const BLOCKS: [(&str, &str, &str); 7] = [
    ("unmanaged", "not managed", "enroll again"),
    ("no_version", "no inventory", "enroll again"),
    ("profile_expired", "MDM profile expired", "enroll again"),
    ("unsupervised", "not supervised", "enroll by ADE"),
    ("no_token", "bootstrap token not escrowed", "escrow it"),
    ("little_room", "too little free space", "free space"),
    ("silent", "silent for more than 30 days", "bring it online"),
];

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let group = group_of(work, arguments.text("group").unwrap_or_default()).await?;
    let version = arguments.text("version").unwrap_or_default();
    let parameters = vec![json!(text(&group, "id")), json!(text(&group, "kind")), json!(version)];
    let members = members();
    let sql = format!("SELECT *, managed = 0 AS unmanaged FROM ({members}) ORDER BY name");
    let devices = work.ask(sql, parameters).await?;
    Ok(report(text(&group, "name"), version, &devices))
}

/// The one group of devices of a name or id.
async fn group_of(work: &Work<'_>, word: &str) -> Result<Map<String, Value>, Error> {
    let groups =
        work.ask("SELECT id, kind, name FROM groups WHERE kind <> 'user' ORDER BY name", Vec::new()).await?;
    let wanted = canonical(word);
    let by_name: Vec<_> = groups.iter().filter(|row| canonical(text(row, "name")) == wanted).collect();
    let found = if by_name.is_empty() {
        groups.iter().filter(|row| text(row, "id") == word.trim()).collect()
    } else {
        by_name
    };
    let named = |row: &&Map<String, Value>| {
        format!("{} (id {}, {})", text(row, "name"), text(row, "id"), text(row, "kind"))
    };
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let near = nearest(word, groups.iter().map(|row| text(row, "name")));
            let error = Error::caller(format!(
                "no group of computers or mobile devices has the name or id `{}`",
                clean(word)
            ));
            Err(match near {
                Some(near) => error.hint(format!("the nearest name is `{near}`")),
                None => error.hint("`computer_group_list` and `mobile_device_group_list` have all"),
            })
        }
        several => {
            Err(Error::caller(format!("`{}` is {} groups", clean(word), several.len())).hint(format!(
                "name the right one by its name: {}",
                several.iter().map(named).collect::<Vec<_>>().join("; ")
            )))
        }
    }
}

fn report(group: &str, version: &str, devices: &[Map<String, Value>]) -> Report {
    let is = |column: &'static str| move |row: &&Map<String, Value>| count_of(row, column) > 0;
    let blocks = |row: &Map<String, Value>| {
        BLOCKS.iter().filter(|(column, _, _)| count_of(row, column) > 0).collect::<Vec<_>>()
    };
    let (done, open): (Vec<_>, Vec<_>) = devices.iter().partition(is("has_it"));
    let (planned, open): (Vec<_>, Vec<_>) = open.into_iter().partition(is("plans"));
    let (blocked, eligible): (Vec<_>, Vec<_>) = open.into_iter().partition(|row| !blocks(row).is_empty());
    let mut reasons: Vec<String> = Vec::new();
    for (column, words, _) in BLOCKS {
        let count = blocked.iter().filter(|row| count_of(row, column) > 0).count();
        if count > 0 {
            reasons.push(format!("{words} {count}"));
        }
    }
    let answer = format!(
        "Of {} in {group}, {} can take {version}, {} have it, {} have a plan under way and {} are blocked{}.",
        counted(devices.len() as u64, "device"),
        eligible.len(),
        done.len(),
        planned.len(),
        blocked.len(),
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
    );
    let row = |device: &Map<String, Value>, state: &str, step: &str| {
        let mut row = super::device_rows::with_columns(
            device,
            &["name", "serial_number", "username", "os_version", "last_seen"],
        );
        row.insert("state".to_owned(), json!(state));
        row.insert("do".to_owned(), json!(step));
        row
    };
    let blocked_rows = blocked.iter().map(|device| {
        let blocks = blocks(device);
        let words: Vec<&str> = blocks.iter().map(|(_, words, _)| *words).collect();
        row(device, &words.join(", "), blocks.first().map(|(_, _, step)| *step).unwrap_or_default())
    });
    let planned_rows = planned.iter().map(|device| row(device, "plan under way", "wait: update_plan_status"));
    let eligible_rows = eligible.iter().map(|device| row(device, "can take it", "plan the update"));
    Report::new(answer)
        .number("devices", devices.len())
        .number("eligible", eligible.len())
        .number("have_it", done.len())
        .number("plan_under_way", planned.len())
        .number("blocked", blocked.len())
        .rows(blocked_rows.chain(planned_rows).chain(eligible_rows))
        .note(format!(
            "free space counts as too little below {} GB on Macs and {} GB on mobile devices; whether a model runs {version} is not known here",
            ROOM_MACOS / 1_000,
            ROOM_IOS / 1_000
        ))
        .next("`managed_software_update_plan_create_for_group` plans the update for the whole group, `managed_software_update_plan_create` for single devices")
}
