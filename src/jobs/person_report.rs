//! Everything that a person has: computers, mobile devices and the user record, with the state of each.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jamf_pro_tools::check::nearest;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::{DEVICES, IS_ENCRYPTED, counted};
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work};
use crate::canonical::canonical;
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text::clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("person_report", "devices")
        .title("What a person has")
        .about("List all computers and mobile devices of a person, by user name, full name or e-mail, with the state of each, the user record and user groups.")
        .asked(&["devices of a user", "what hardware has somebody", "which laptop and phone does an employee use", "hardware that is assigned to a user", "what does one employee have", "devices and problems of a colleague"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "users", "mdm_commands", "user_group_members", "groups"]);

/// Arguments of `person_report`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// User name, full name or e-mail, whole.
    #[schemars(length(min = 2, max = 200))]
    person: String,
    #[schemars(flatten)]
    reading: Reading,
}

/// Everybody whom a device or a user record names.
const PEOPLE: &str = "
    SELECT username, full_name, email, department FROM computers WHERE username IS NOT NULL OR email IS NOT NULL OR full_name IS NOT NULL
    UNION SELECT username, full_name, email, department FROM mobile_devices
        WHERE username IS NOT NULL OR email IS NOT NULL OR full_name IS NOT NULL
    UNION SELECT username, full_name, email, NULL FROM users";

/// One person, by everything that names them.
#[derive(Default)]
pub(super) struct Person {
    /// User names as they are written, by the form in which they are compared; e-mail addresses too.
    usernames: BTreeMap<String, String>,
    emails: BTreeMap<String, String>,
    pub(super) full_name: String,
    department: String,
}

impl Person {
    /// Whether a row names this person: by the user name, with or without its domain, or by the e-mail address.
    pub(super) fn is_named_by(&self, row: &Map<String, Value>) -> bool {
        let (username, email) = (canonical(text(row, "username")), canonical(text(row, "email")));
        let is_same = |known: &String| {
            known == &username || is_of_domain(known, &username) || is_of_domain(&username, known)
        };
        (!username.is_empty() && self.usernames.keys().any(is_same))
            || (!email.is_empty() && self.emails.contains_key(&email))
    }

    fn add(&mut self, row: &Map<String, Value>) {
        for (own, column) in [(&mut self.usernames, "username"), (&mut self.emails, "email")] {
            let known = text(row, column);
            if !known.is_empty() {
                own.entry(canonical(known)).or_insert_with(|| known.to_owned());
            }
        }
        for (own, column) in [(&mut self.full_name, "full_name"), (&mut self.department, "department")] {
            if own.is_empty() {
                text(row, column).clone_into(own);
            }
        }
    }
}

/// Whether a user name is another one with a domain behind it.
fn is_of_domain(long: &str, short: &str) -> bool {
    !short.is_empty() && long.strip_prefix(short).is_some_and(|rest| rest.starts_with('@'))
}

/// The persons of rows, each once.
fn persons(rows: &[Map<String, Value>]) -> Vec<Person> {
    let mut persons: Vec<Person> = Vec::new();
    for row in rows {
        let at = persons.iter().position(|person| person.is_named_by(row));
        let place = at.unwrap_or(persons.len());
        if at.is_none() {
            persons.push(Person::default());
        }
        if let Some(person) = persons.get_mut(place) {
            person.add(row);
        }
    }
    persons
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    match find(work, arguments.text("person").unwrap_or_default()).await? {
        Found::One(person) => of_person(work, &person).await,
        Found::Several(candidates) => {
            Ok(candidates.next("`person_report` with the user name or e-mail address of the right one"))
        }
    }
}

/// Whom a name means.
pub(super) enum Found {
    /// One person.
    One(Person),
    /// Several: who they are.
    Several(Box<Report>),
}

/// The person of a user name, full name or e-mail address.
pub(super) async fn find(work: &Work<'_>, query: &str) -> Result<Found, Error> {
    let query = query.trim();
    let wanted = canonical(query);
    let people = work.ask(PEOPLE, Vec::new()).await?;
    let texts = |row: &Map<String, Value>| {
        ["username", "full_name", "email"].map(|column| canonical(text(row, column)))
    };
    let is_meant = |row: &&Map<String, Value>| {
        let [username, full_name, email] = texts(row);
        username == wanted || full_name == wanted || email == wanted || is_of_domain(&username, &wanted)
    };
    let meant: Vec<Map<String, Value>> = people.iter().filter(is_meant).cloned().collect();
    let mut found = persons(&meant);
    // A user record, or another device, can name the same person by other texts.
    for row in &people {
        for person in &mut found {
            if person.is_named_by(row) {
                person.add(row);
            }
        }
    }
    let several = (found.len() > 1).then(|| candidates(query, &found));
    match (several, found.pop()) {
        (Some(several), _) => Ok(Found::Several(Box::new(several))),
        (None, Some(person)) => Ok(Found::One(person)),
        (None, None) => Err(nobody(query, &wanted, &people)),
    }
}

/// The error where nobody is meant, with those who come near.
fn nobody(query: &str, wanted: &str, people: &[Map<String, Value>]) -> Error {
    let columns = ["username", "full_name", "email"];
    let known = || {
        people.iter().flat_map(|row| columns.map(|column| text(row, column))).filter(|text| !text.is_empty())
    };
    let mut near: BTreeSet<&str> = known().filter(|text| canonical(text).contains(wanted)).take(10).collect();
    near.extend(nearest(query, known()));
    let hint = match near.is_empty() {
        true => "give the whole user name, full name or e-mail address; `device_find` searches by serial number and name of a device too".to_owned(),
        false => format!("near it: {}", near.into_iter().take(10).collect::<Vec<_>>().join(", ")),
    };
    Error::caller(format!(
        "nobody has the user name, full name or e-mail address `{}` on a computer, a mobile device or a user record",
        clean(query)
    ))
    .hint(hint)
}

/// The answer where several persons are meant: who they are, and nothing of theirs.
fn candidates(query: &str, several: &[Person]) -> Report {
    let row = |person: &Person| {
        let list = |texts: &BTreeMap<String, String>| texts.values().cloned().collect::<Vec<_>>().join(", ");
        let row = json!({
            "username": list(&person.usernames), "full_name": person.full_name, "email": list(&person.emails),
            "department": person.department,
        });
        row.as_object().cloned().unwrap_or_default()
    };
    Report::new(format!("`{}` is {} people. Ask which one is meant.", clean(query), several.len()))
        .number("people", several.len())
        .rows(several.iter().map(row))
}

async fn of_person(work: &Work<'_>, person: &Person) -> Result<Report, Error> {
    let sql = format!(
        "SELECT d.kind, d.id, d.name, d.serial_number, d.model, d.os, d.os_version, d.managed, d.department, d.building,
             d.last_seen, days_since(d.last_seen) AS days, d.username, d.email, days_since(d.mdm_profile_expires) AS profile,
             c.encrypted, c.filevault_key_valid, m.lost_mode, w.failed, w.waiting
         FROM ({DEVICES}) d
         LEFT JOIN (SELECT id, filevault_key_valid, {IS_ENCRYPTED} AS encrypted FROM computers) c ON d.kind = 'computer' AND c.id = d.id
         LEFT JOIN (SELECT id, lost_mode FROM mobile_devices) m ON d.kind = 'mobile_device' AND m.id = d.id
         LEFT JOIN (SELECT management_id, sum(state IN ('ERROR', 'FAILED')) AS failed, sum(state IN ('PENDING', 'NOT_NOW')) AS waiting
                    FROM mdm_commands GROUP BY management_id) w ON w.management_id = d.management_id
         WHERE d.username IS NOT NULL OR d.email IS NOT NULL
         ORDER BY d.kind, d.last_seen DESC"
    );
    let devices: Vec<Map<String, Value>> =
        work.ask(sql, Vec::new()).await?.into_iter().filter(|row| person.is_named_by(row)).collect();
    let records =
        work.ask("SELECT id, username, full_name, email, phone, position FROM users", Vec::new()).await?;
    let record = records.into_iter().find(|row| person.is_named_by(row));
    let groups = match &record {
        Some(record) => {
            let sql = "SELECT g.name FROM user_group_members m JOIN groups g ON g.id = m.group_id AND g.kind = 'user'
                       WHERE m.user_id = ?1 ORDER BY g.name";
            work.ask(sql, vec![json!(text(record, "id"))]).await?
        }
        None => Vec::new(),
    };
    Ok(report(person, &devices, record, &groups))
}

fn report(
    person: &Person,
    devices: &[Map<String, Value>],
    record: Option<Map<String, Value>>,
    groups: &[Map<String, Value>],
) -> Report {
    let of_kind = |kind: &str| devices.iter().filter(|row| text(row, "kind") == kind).count();
    let rows: Vec<Map<String, Value>> = devices.iter().map(with_state).collect();
    let troubled = rows.iter().filter(|row| text(row, "state") != "no problem known").count();
    let name = if person.full_name.is_empty() { "This person" } else { &person.full_name };
    let answer = format!(
        "{name} has {} and {}; {} of these {} something wrong.",
        counted(of_kind("computer") as u64, "computer"),
        counted(of_kind("mobile_device") as u64, "mobile device"),
        troubled,
        if troubled == 1 { "has" } else { "have" },
    );
    let mut report = Report::new(answer)
        .number("computers", of_kind("computer"))
        .number("mobile_devices", of_kind("mobile_device"))
        .number("with_problems", troubled)
        .rows(rows);
    report = match record {
        Some(record) => report.section("user_record", Value::Object(record)),
        None => report.note("there is no user record with this user name or e-mail address"),
    };
    let groups: Vec<&str> = groups.iter().map(|row| text(row, "name")).collect();
    let mut names: Vec<&str> =
        devices.iter().map(|row| text(row, "username")).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > 1 {
        report = report.note("the devices name the person by several user names, with and without a domain");
    }
    report
        .section("user_groups", json!(groups))
        .next("`device_report` with a serial number has everything on one device; `offboard_person` prepares a departure")
}

/// A device with its state in words.
fn with_state(row: &Map<String, Value>) -> Map<String, Value> {
    let number = |column: &str| row.get(column).and_then(Value::as_f64);
    let is = |column: &str, value: i64| row.get(column).and_then(Value::as_i64) == Some(value);
    let mut state: Vec<String> = Vec::new();
    let mut note = |is_true: bool, words: &str| {
        if is_true {
            state.push(words.to_owned());
        }
    };
    note(is("lost_mode", 1), "Lost Mode is on");
    note(is("managed", 0), "not managed");
    note(text(row, "last_seen").is_empty(), "never sent an inventory");
    note(number("days").is_some_and(|days| days > 30.0), "silent for more than 30 days");
    note(number("profile").is_some_and(|days| days >= 0.0), "MDM profile expired");
    note(
        number("profile").is_some_and(|days| (-30.0..0.0).contains(&days)),
        "MDM profile expires within 30 days",
    );
    note(is("encrypted", 0), "FileVault off");
    note(is("encrypted", 1) && text(row, "filevault_key_valid") == "INVALID", "recovery key invalid");
    let (failed, waiting) = (count_of(row, "failed"), count_of(row, "waiting"));
    note(failed > 0, &format!("{} failed", counted(failed, "MDM command")));
    note(waiting > 0, &format!("{} waiting", counted(waiting, "MDM command")));
    let mut shown = super::device_rows::with_columns(
        row,
        &["kind", "id", "name", "serial_number", "model", "os_version", "department", "last_seen"],
    );
    let words = if state.is_empty() { "no problem known".to_owned() } else { state.join("; ") };
    shown.insert("state".to_owned(), json!(words));
    shown
}
