//! Tables of what is under way: MDM commands, update plans, and which versions of followed titles devices have. Names of devices beside
//! them are those that the fleet knew when they were read.

use serde_json::{Value as Json, json};

use super::{
    DEVICE_IDS, DEVICE_NAMES, DEVICE_NAMES_BY_ID, Kind, Table, convert, each, id, id_at, integer, moment,
    name_of, of, text,
};
use crate::sanitize::personal::Personal::Person;

/// The tables.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "mdm_commands",
        about: "One row an MDM command of the last 30 days.",
        fills: &[of("MDM commands")],
        is_shared: false,
        columns: &[
            id("uuid"),
            text("management_id", "client.managementId"),
            name_of("device_id", DEVICE_IDS, "client.managementId"),
            text("device_kind", "client.clientType"),
            name_of("device_name", DEVICE_NAMES, "client.managementId"),
            text("command", "commandType"),
            text("state", "commandState"),
            moment("sent_at", "dateSent"),
            moment("completed_at", "dateCompleted"),
            text("error_code", "commandError.errorCode"),
            text("error_text", "commandError.errorEnglishDescription|commandError.errorLocalizedDescription"),
            id_at("profile_id", "profileId"),
        ],
    },
    Table {
        name: "update_plans",
        about: "One row an update plan.",
        fills: &[of("update plans")],
        is_shared: false,
        columns: &[
            id("uuid"),
            id_at("device_id", "device.deviceId"),
            text("kind", "device.objectType"),
            name_of("device_name", DEVICE_NAMES_BY_ID, "device_key"),
            text("action", "updateAction"),
            text("version_type", "versionType"),
            text("version", "specificVersion"),
            integer("max_deferrals", "maxDeferrals"),
            text("force_local", "forceInstallLocalDateTime"),
            text("state", "status.state"),
            convert("errors", Kind::Text, "status.errorReasons", joined),
        ],
    },
    Table {
        name: "patch_devices",
        about: "One row a device and patch management software title that it has, with its version.",
        fills: &[each("patch reports", "rows")],
        is_shared: false,
        columns: &[
            id("patch_title_id"),
            id_at("device_id", "deviceId"),
            text("device_name", "computerName"),
            text("username", "username").personal(Person),
            text("os_version", "operatingSystemVersion"),
            text("version", "version"),
            moment("last_contact", "lastContactTime"),
        ],
    },
];

fn joined(reasons: &Json) -> Json {
    let reasons: Vec<&str> = reasons.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    json!(reasons.join(", "))
}
