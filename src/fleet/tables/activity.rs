//! Tables of what is under way: MDM commands and update plans.

use serde_json::{Value as Json, json};

use super::{Kind, Table, convert, id, integer, moment, of, text};

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
            text("device_kind", "client.clientType"),
            text("command", "commandType"),
            text("state", "commandState"),
            moment("sent_at", "dateSent"),
            moment("completed_at", "dateCompleted"),
            text("error_code", "commandError.errorCode"),
            text("error_text", "commandError.errorEnglishDescription|commandError.errorLocalizedDescription"),
            text("profile_id", "profileId"),
        ],
    },
    Table {
        name: "update_plans",
        about: "One row an update plan.",
        fills: &[of("update plans")],
        is_shared: false,
        columns: &[
            id("uuid"),
            text("device_id", "device.deviceId"),
            text("kind", "device.objectType"),
            text("action", "updateAction"),
            text("version_type", "versionType"),
            text("version", "specificVersion"),
            integer("max_deferrals", "maxDeferrals"),
            text("force_local", "forceInstallLocalDateTime"),
            text("state", "status.state"),
            convert("errors", Kind::Text, "status.errorReasons", joined),
        ],
    },
];

fn joined(reasons: &Json) -> Json {
    let reasons: Vec<&str> = reasons.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    json!(reasons.join(", "))
}
