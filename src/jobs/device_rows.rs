//! Devices of both kinds as rows of one shape, for the statements of jobs that report on them, and what their columns mean.

use serde_json::{Map, Value, json};

use super::question::text;

/// Computers and mobile devices, managed or not. Mobile devices have no check-in: `last_seen` is the newest of the clocks that a kind has.
pub(super) const DEVICES: &str = "
    SELECT 'computer' AS kind, 'macOS' AS os, id, management_id, name, serial_number, model, os_version, managed, supervised,
        username, full_name, email, department, building, last_check_in, last_contact, last_inventory,
        nullif(max(coalesce(last_check_in, ''), coalesce(last_contact, ''), coalesce(last_inventory, '')), '') AS last_seen,
        mdm_profile_expires, user_approved_mdm, mdm_capable, ddm, warranty_date
    FROM computers
    UNION ALL
    SELECT 'mobile_device', type, id, management_id, name, serial_number, model, os_version, managed, supervised,
        username, full_name, email, department, building, NULL, last_contact, last_inventory,
        nullif(max(coalesce(last_contact, ''), coalesce(last_inventory, '')), ''),
        mdm_profile_expires, NULL, NULL, ddm, warranty_date
    FROM mobile_devices";

/// Whether the disk of a computer with an inventory is encrypted: 1, 0, or NULL where it is not said. `NOT_APPLICABLE` is for virtual machines,
/// which have no disk to encrypt.
pub(super) const IS_ENCRYPTED: &str = "
    CASE WHEN last_inventory IS NULL THEN NULL
         WHEN filevault_status IN ('BOOT_ENCRYPTED', 'ALL_ENCRYPTED') THEN 1
         WHEN filevault_status IN ('NOT_ENCRYPTED', 'SOME_ENCRYPTED') THEN 0
         WHEN filevault_status = 'NOT_APPLICABLE' THEN NULL
         ELSE filevault END";

/// Names of devices in a text, the first ones, with the number of the others.
pub(super) fn names<'a>(rows: impl IntoIterator<Item = &'a Map<String, Value>>, shown: usize) -> String {
    let all: Vec<&str> = rows.into_iter().map(|row| text(row, "name")).collect();
    let mut listed = all.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
    if all.len() > shown {
        listed.push_str(&format!(" and {} more", all.len() - shown));
    }
    listed
}

/// A row with these columns alone, in this order.
pub(super) fn with_columns(row: &Map<String, Value>, columns: &[&str]) -> Map<String, Value> {
    let value = |column: &&str| Some(((*column).to_owned(), row.get(*column)?.clone()));
    columns.iter().filter_map(value).collect()
}

/// A count with its noun: `1 Mac`, `2 Macs`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The row of a problem: what is wrong, and what to do.
pub(super) fn problem(what: impl Into<String>, cure: &str) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("problem".to_owned(), json!(what.into()));
    if !cure.is_empty() {
        row.insert("do".to_owned(), json!(cure));
    }
    row
}
