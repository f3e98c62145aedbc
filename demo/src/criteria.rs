//! Criteria of smart groups and of saved searches, judged over what the record of a device says. One judge decides who is a member at
//! the start and after every change. Where Jamf documents neither way: `and` binds tighter than `or`, texts are compared without
//! regard to case, and an empty date is neither before nor after anything.

use std::{cell::RefCell, cmp::Ordering, collections::HashMap, rc::Rc};

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use regex::RegexBuilder;
use serde_json::Value;

use crate::{inventory::Kind, store::id_text};

/// A device that criteria are judged for. What is asked for costs something, so each section is asked for once.
pub(crate) struct Subject<'a> {
    kind: Kind,
    now: Timestamp,
    /// A section of the record by its property.
    part: &'a dyn Fn(&str) -> Value,
    /// Names and versions of the applications.
    applications: &'a dyn Fn() -> Vec<(String, String)>,
    /// The name of the building or department of an id.
    place: &'a dyn Fn(&str, &str) -> String,
    parts: RefCell<HashMap<String, Rc<Value>>>,
}

/// How a field says what a criterion asks for.
#[derive(Clone, Copy)]
enum Match {
    /// As it is written.
    Plain,
    /// Other words for some values; every other value is as it is written.
    Words(&'static [(&'static str, &'static str)]),
    /// The id of one of a family.
    Place(&'static str),
    /// One field of every row.
    Each(&'static str),
}

use Match::{Each, Place, Plain, Words};

const YES_NO: Match = Words(&[("true", "Yes"), ("false", "No")]);
const SWITCH: Match = Words(&[("true", "Enabled"), ("false", "Disabled")]);
const MANAGED: Match = Words(&[("true", "Managed"), ("false", "Unmanaged")]);
const SUPERVISED: Match = Words(&[("true", "Supervised"), ("false", "Not Supervised")]);

/// A criterion by its name in Jamf Pro, the section and the pointer of the field behind it, and how the field says it.
type Criterion = (&'static str, &'static str, &'static str, Match);

static COMPUTERS: &[Criterion] = &[
    ("Computer Name", "general", "/name", Plain),
    ("Asset Tag", "general", "/assetTag", Plain),
    ("Last Check-in", "general", "/lastCheckIn", Plain),
    ("Last Inventory Update", "general", "/reportDate", Plain),
    ("Last Enrollment", "general", "/lastEnrolledDate", Plain),
    ("MDM Profile Expiration Date", "general", "/mdmProfileExpiration", Plain),
    ("Managed", "general", "/remoteManagement/managed", MANAGED),
    ("Supervised", "general", "/supervised", SUPERVISED),
    ("User Approved MDM", "general", "/userApprovedMdm", YES_NO),
    ("Enrolled via Automated Device Enrollment", "general", "/enrolledViaAutomatedDeviceEnrollment", YES_NO),
    ("Enrollment Method: PreStage enrollment", "general", "/enrollmentMethod/objectName", Plain),
    ("IP Address", "general", "/lastIpAddress", Plain),
    ("Reported IP Address", "general", "/lastReportedIpV4", Plain),
    ("Serial Number", "hardware", "/serialNumber", Plain),
    ("Model", "hardware", "/model", Plain),
    ("Model Identifier", "hardware", "/modelIdentifier", Plain),
    ("Processor Type", "hardware", "/processorType", Plain),
    ("Architecture Type", "hardware", "/processorArchitecture", Plain),
    ("Apple Silicon", "hardware", "/appleSilicon", YES_NO),
    ("Total RAM MB", "hardware", "/totalRamMegabytes", Plain),
    ("Operating System", "operatingSystem", "/name", Plain),
    ("Operating System Name", "operatingSystem", "/name", Plain),
    ("Operating System Version", "operatingSystem", "/version", Plain),
    ("Operating System Build", "operatingSystem", "/build", Plain),
    (
        "FileVault 2 Status",
        "operatingSystem",
        "/fileVault2Status",
        Words(&[
            ("NOT_ENCRYPTED", "No Partitions Encrypted"),
            ("BOOT_ENCRYPTED", "Boot Partitions Encrypted"),
            ("ALL_ENCRYPTED", "All Partitions Encrypted"),
            ("NOT_APPLICABLE", "Not Available"),
        ]),
    ),
    (
        "FileVault 2 Individual Key Validation",
        "diskEncryption",
        "/individualRecoveryKeyValidityStatus",
        Words(&[
            ("VALID", "Valid"),
            ("INVALID", "Invalid"),
            ("UNKNOWN", "Unknown"),
            ("NOT_APPLICABLE", "Not Applicable"),
        ]),
    ),
    ("Disk Encryption Configuration", "diskEncryption", "/diskEncryptionConfigurationName", Plain),
    ("Firewall Enabled", "security", "/firewallEnabled", SWITCH),
    (
        "System Integrity Protection",
        "security",
        "/sipStatus",
        Words(&[("ENABLED", "Enabled"), ("DISABLED", "Disabled")]),
    ),
    (
        "Bootstrap Token Escrowed",
        "security",
        "/bootstrapTokenEscrowedStatus",
        Words(&[("ESCROWED", "Yes"), ("NOT_ESCROWED", "No")]),
    ),
    ("Boot Drive Available MB", "storage", "/bootDriveAvailableSpaceMegabytes", Plain),
    ("Boot Drive Percentage Full", "storage", "/disks/0/partitions/0/percentUsed", Plain),
    ("Username", "userAndLocation", "/username", Plain),
    ("Full Name", "userAndLocation", "/realname", Plain),
    ("Email Address", "userAndLocation", "/email", Plain),
    ("Position", "userAndLocation", "/position", Plain),
    ("Room", "userAndLocation", "/room", Plain),
    ("Department", "userAndLocation", "/departmentId", Place("departments")),
    ("Building", "userAndLocation", "/buildingId", Place("buildings")),
    ("Profile Name", "configurationProfiles", "", Each("displayName")),
    ("Certificate Name", "certificates", "", Each("commonName")),
    ("Packages Installed By Jamf Pro", "packageReceipts", "/installedByJamfPro", Each("")),
];

static MOBILE_DEVICES: &[Criterion] = &[
    ("Display Name", "general", "/displayName", Plain),
    ("Asset Tag", "general", "/assetTag", Plain),
    ("OS Version", "general", "/osVersion", Plain),
    ("Last Inventory Update", "general", "/lastInventoryUpdateDate", Plain),
    ("Last Enrollment", "general", "/lastEnrolledDate", Plain),
    ("Managed", "general", "/managed", MANAGED),
    ("Supervised", "general", "/supervised", SUPERVISED),
    ("Shared iPad", "general", "/sharedIpad", YES_NO),
    ("Device Ownership Type", "general", "/deviceOwnershipType", Plain),
    ("Serial Number", "hardware", "/serialNumber", Plain),
    ("Model", "hardware", "/model", Plain),
    ("Model Identifier", "hardware", "/modelIdentifier", Plain),
    ("Wi-Fi MAC Address", "hardware", "/wifiMacAddress", Plain),
    ("Username", "userAndLocation", "/username", Plain),
    ("Full Name", "userAndLocation", "/realName", Plain),
    ("Department", "userAndLocation", "/departmentId", Place("departments")),
    ("Building", "userAndLocation", "/buildingId", Place("buildings")),
    ("Warranty Expiration", "purchasing", "/warrantyExpiresDate", Plain),
    ("Lost Mode", "security", "/lostModeEnabled", SWITCH),
    (
        "Passcode Status",
        "security",
        "/passcodePresent",
        Words(&[("true", "Passcode Present"), ("false", "Passcode Not Present")]),
    ),
    (
        "Passcode Compliance",
        "security",
        "/passcodeCompliant",
        Words(&[("true", "Compliant"), ("false", "Not Compliant")]),
    ),
    ("App Name", "applications", "", Each("name")),
    ("Profile Name", "profiles", "", Each("displayName")),
];

/// Sections that the criteria of a kind of device look at, beyond the extension attributes.
fn criteria_of(kind: Kind) -> &'static [Criterion] {
    match kind {
        Kind::Computers => COMPUTERS,
        Kind::MobileDevices => MOBILE_DEVICES,
    }
}

impl<'a> Subject<'a> {
    /// A device by its record.
    pub(crate) fn new(
        kind: Kind,
        now: Timestamp,
        part: &'a dyn Fn(&str) -> Value,
        applications: &'a dyn Fn() -> Vec<(String, String)>,
        place: &'a dyn Fn(&str, &str) -> String,
    ) -> Self {
        Self { kind, now, part, applications, place, parts: RefCell::default() }
    }

    fn section(&self, name: &str) -> Rc<Value> {
        if let Some(kept) = self.parts.borrow().get(name) {
            return Rc::clone(kept);
        }
        let made = Rc::new((self.part)(name));
        self.parts.borrow_mut().insert(name.to_owned(), Rc::clone(&made));
        made
    }

    /// What the record says for a criterion; nothing when there is no such criterion.
    fn values(&self, criterion: &str) -> Option<Vec<String>> {
        match criterion {
            "Application Title" => {
                return Some((self.applications)().into_iter().map(|(name, _)| name).collect());
            }
            "Application Version" => {
                return Some((self.applications)().into_iter().map(|(_, version)| version).collect());
            }
            _ => {}
        }
        let found = criteria_of(self.kind).iter().find(|(name, ..)| name.eq_ignore_ascii_case(criterion));
        let Some((_, section, pointer, how)) = found else { return self.attribute(criterion) };
        let section = self.section(section);
        let value = section.pointer(pointer);
        Some(match (how, value) {
            (_, None | Some(Value::Null)) => Vec::new(),
            (Each(field), Some(rows)) => {
                let one = |row: &Value| row.get(field).unwrap_or(row).as_str().map(str::to_owned);
                rows.as_array().into_iter().flatten().filter_map(one).collect()
            }
            (Place(family), Some(id)) => vec![(self.place)(family, &id_text(id))],
            (Words(words), Some(value)) => {
                let plain = id_text(value);
                let word = words.iter().find(|(own, _)| *own == plain).map(|(_, word)| (*word).to_owned());
                vec![word.unwrap_or(plain)]
            }
            (Plain, Some(value)) => vec![id_text(value)],
        })
    }

    /// The values of the extension attribute of a name.
    fn attribute(&self, name: &str) -> Option<Vec<String>> {
        let rows = self.section("extensionAttributes");
        let row =
            rows.as_array()?.iter().find(|row| row.get("name").and_then(Value::as_str) == Some(name))?;
        let values = row.get("values").or_else(|| row.get("value")).and_then(Value::as_array);
        Some(values.into_iter().flatten().map(id_text).collect())
    }
}

/// Whether the criteria choose a device, `in_group` being whether it is in the group of a name. No criteria choose every device; some
/// that are not known choose none.
pub(crate) fn choose(criteria: &[Value], of: &Subject<'_>, in_group: &dyn Fn(&str) -> bool) -> bool {
    if criteria.is_empty() {
        return true;
    }
    let mut terms: Vec<(bool, bool)> = Vec::new();
    let mut at = 0;
    while let Some(row) = criteria.get(at) {
        let or = is_or(row);
        let rest = criteria.get(at..).unwrap_or_default();
        // Parentheses do not nest; one that is not closed reaches to the end.
        let many = match flag(row, "openingParen") {
            true => rest.iter().position(|row| flag(row, "closingParen")).map_or(rest.len(), |end| end + 1),
            false => 1,
        };
        let mut inner = Vec::new();
        for row in rest.iter().take(many) {
            let Some(truth) = judge(row, of, in_group) else { return false };
            inner.push((is_or(row), truth));
        }
        terms.push((or, any_of_all(&inner)));
        at += many;
    }
    any_of_all(&terms)
}

/// Truths joined to the one before by `or` or by `and`, which binds tighter.
fn any_of_all(terms: &[(bool, bool)]) -> bool {
    let (mut any, mut all) = (false, true);
    for (at, (or, truth)) in terms.iter().enumerate() {
        if at > 0 && *or {
            any |= all;
            all = true;
        }
        all &= truth;
    }
    any || (all && !terms.is_empty())
}

fn is_or(row: &Value) -> bool {
    text(row, "andOr").eq_ignore_ascii_case("or")
}

fn flag(row: &Value, name: &str) -> bool {
    row.get(name).and_then(Value::as_bool).unwrap_or_default()
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether one criterion is true of a device; nothing when its name or operator is not known.
fn judge(row: &Value, of: &Subject<'_>, in_group: &dyn Fn(&str) -> bool) -> Option<bool> {
    let (name, wanted) = (text(row, "name"), text(row, "value"));
    let operator = text(row, "searchType").to_lowercase();
    if ["computer group", "mobile device group"].contains(&name.to_lowercase().as_str()) {
        return match operator.as_str() {
            "member of" | "is" => Some(in_group(wanted)),
            "not member of" | "is not" => Some(!in_group(wanted)),
            _ => None,
        };
    }
    let values = of.values(name)?;
    let any = |test: &dyn Fn(&str) -> bool| values.iter().any(|value| test(value));
    let wanted_lower = wanted.to_lowercase();
    let same = |value: &str| value.to_lowercase() == wanted_lower;
    let is = || any(&same) || (wanted.is_empty() && values.iter().all(String::is_empty));
    let like = || any(&|value| value.to_lowercase().contains(&wanted_lower));
    let ordered = |wanted_order: &[Ordering]| {
        any(&|value| order(value, wanted).is_some_and(|found| wanted_order.contains(&found)))
    };
    let date = |test: &dyn Fn(Timestamp) -> bool| any(&|value| moment(value).is_some_and(test));
    Some(match operator.as_str() {
        "is" | "has" => is(),
        "is not" | "does not have" => !is(),
        "like" => like(),
        "not like" => !like(),
        "greater than" | "more than" => ordered(&[Ordering::Greater]),
        "less than" => ordered(&[Ordering::Less]),
        "greater than or equal" => ordered(&[Ordering::Greater, Ordering::Equal]),
        "less than or equal" => ordered(&[Ordering::Less, Ordering::Equal]),
        "matches regex" | "does not match regex" => {
            let expression = RegexBuilder::new(wanted).case_insensitive(true).build().ok()?;
            any(&|value| expression.is_match(value)) == (operator == "matches regex")
        }
        "before (yyyy-mm-dd)" => {
            let limit = moment(wanted)?;
            date(&|at| at < limit)
        }
        "after (yyyy-mm-dd)" => {
            let limit = moment(wanted)?;
            date(&|at| at > limit)
        }
        "more than x days ago" | "less than x days ago" | "in more than x days" | "in less than x days" => {
            let days: i64 = wanted.trim().parse().ok()?;
            let seconds = days.saturating_mul(86_400);
            date(&|at| {
                let ahead = at.as_second().saturating_sub(of.now.as_second());
                match operator.as_str() {
                    "more than x days ago" => ahead < seconds.saturating_neg(),
                    "less than x days ago" => ahead > seconds.saturating_neg() && ahead <= 0,
                    "in more than x days" => ahead > seconds,
                    _ => ahead < seconds && ahead >= 0,
                }
            })
        }
        _ => return None,
    })
}

/// Versions and numbers part by part: `15.7` is less than `15.7.1`, and equal to `15.7.0`.
fn order(value: &str, wanted: &str) -> Option<Ordering> {
    let parts =
        |text: &str| -> Option<Vec<u64>> { text.trim().split('.').map(|part| part.parse().ok()).collect() };
    let (mut own, mut other) = (parts(value)?, parts(wanted)?);
    let longest = own.len().max(other.len());
    own.resize(longest, 0);
    other.resize(longest, 0);
    Some(own.cmp(&other))
}

/// A moment, or the beginning of a day.
fn moment(text: &str) -> Option<Timestamp> {
    let of_day = || {
        Some(text.parse::<Date>().ok()?.to_datetime(Time::midnight()))
            .and_then(|day| TimeZone::UTC.to_timestamp(day).ok())
    };
    text.parse().ok().or_else(of_day)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(name: &str, operator: &str, value: &str) -> Value {
        json!({"name": name, "searchType": operator, "value": value, "andOr": "and"})
    }

    fn chosen(criteria: &[Value]) -> bool {
        let part = |name: &str| match name {
            "operatingSystem" => json!({"version": "15.6.1", "fileVault2Status": "NOT_ENCRYPTED"}),
            "general" => {
                json!({"lastCheckIn": "2026-11-20T12:00:00.000Z", "name": "Anna's Mac", "assetTag": null})
            }
            "userAndLocation" => json!({"departmentId": "3"}),
            "extensionAttributes" => {
                json!([{"name": "Update Ring", "values": ["Ring 1"]}, {"name": "Empty", "values": [""]}])
            }
            _ => Value::Null,
        };
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let applications = || vec![("Google Chrome.app".to_owned(), "142.0".to_owned())];
        let place = |family: &str, id: &str| format!("{family} {id}");
        let of = Subject::new(Kind::Computers, now, &part, &applications, &place);
        choose(criteria, &of, &|name| name == "Pilot")
    }

    #[test]
    fn each_operator_reads_the_record() {
        for (name, operator, value, is) in [
            ("Operating System Version", "less than", "15.7", true),
            ("Operating System Version", "less than", "15.6.1", false),
            ("Operating System Version", "less than or equal", "15.6.1", true),
            ("Operating System Version", "greater than", "9.9", true),
            ("Operating System Version", "like", "15.", true),
            ("Operating System Version", "matches regex", "^15\\.[0-6]", true),
            ("Operating System Version", "does not match regex", "^15\\.[0-6]", false),
            ("Operating System Version", "matches regex", "(", false),
            ("FileVault 2 Status", "is", "No Partitions Encrypted", true),
            ("Computer Name", "like", "ANNA", true),
            ("Computer Name", "not like", "anna", false),
            ("Asset Tag", "is", "", true),
            ("Asset Tag", "is not", "", false),
            ("Department", "is", "departments 3", true),
            ("Last Check-in", "more than x days ago", "3", true),
            ("Last Check-in", "less than x days ago", "3", false),
            ("Last Check-in", "after (yyyy-mm-dd)", "2026-11-20", true),
            ("Last Inventory Update", "more than x days ago", "3", false),
            ("Update Ring", "is", "Ring 1", true),
            ("Empty", "is not", "", false),
            ("No such attribute", "is not", "x", false),
            ("Computer Group", "member of", "Pilot", true),
            ("Computer Group", "not member of", "Pilot", false),
            ("Application Title", "does not have", "Google Chrome.app", false),
            ("Application Title", "sounds like", "Google Chrome.app", false),
        ] {
            assert_eq!(chosen(&[row(name, operator, value)]), is, "{name} {operator} {value}");
        }
        assert!(chosen(&[]));
    }

    #[test]
    fn criteria_are_joined_by_and_before_or_and_by_parentheses() {
        let (yes, no) = (row("Computer Name", "like", "Anna"), row("Computer Name", "like", "Ben"));
        let or = |mut row: Value| {
            row["andOr"] = json!("or");
            row
        };
        let with = |mut row: Value, paren: &str| {
            row[paren] = json!(true);
            row
        };
        assert!(chosen(&[yes.clone(), or(no.clone()), no.clone()]), "yes, or no and no");
        assert!(!chosen(&[no.clone(), or(yes.clone()), no.clone()]), "no, or yes and no");
        let grouped = [with(yes.clone(), "openingParen"), with(or(no.clone()), "closingParen"), no.clone()];
        assert!(!chosen(&grouped), "(yes or no) and no");
        let second = [no.clone(), with(or(no), "openingParen"), with(or(yes), "closingParen")];
        assert!(chosen(&second), "no or (no or yes)");
    }
}
