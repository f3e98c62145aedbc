//! Tables of what people write: groups, policies, profiles, scripts, packages, apps and what they refer to.

use serde_json::{Value as Json, json};

use super::{
    Kind, Table, boolean, convert, each, free, id, id_at, integer, kind, moment, name_of, of, read_at,
    referrer, text,
};
use crate::sanitize::personal::Personal::{Network, Person};

/// The sources of groups.
const GROUPS: &[super::Fill] = &[
    of("smart computer groups"),
    of("static computer groups"),
    of("smart mobile device groups"),
    of("static mobile device groups"),
    of("user groups"),
];

/// The sources of what has a scope, and others, each with a list in its objects; with the objects themselves where the list has no name.
macro_rules! of_scoped {
    ($each:literal $(, $other:literal)* $(,)?) => {
        &[
            each("policies", $each),
            each("macOS profiles", $each),
            each("mobile device profiles", $each),
            each("Mac apps", $each),
            each("mobile device apps", $each),
            each("App Installers", $each),
            each("restricted software", $each),
            each("patch policies", $each),
            each("ebooks", $each),
            each("computer PreStages", $each),
            each("mobile device PreStages", $each),
            each("volume purchasing assignments", $each),
            each("volume purchasing invitations", $each),
            $(each($other, $each),)*
        ]
    };
}

/// The sources of advanced searches.
const SEARCHES: &[super::Fill] =
    &[of("computer searches"), of("mobile device searches"), of("user searches")];

/// The columns of criteria; `owner` is the id of the group or the search that has them.
const fn criteria(owner: &'static str) -> [super::Column; 9] {
    [
        id(owner),
        kind("kind"),
        integer("position", "priority"),
        text("and_or", "andOr|and_or"),
        boolean("open_paren", "openingParen|opening_paren"),
        text("name", "name"),
        text("operator", "searchType|search_type"),
        convert("value", Kind::RawText, "", criterion_value),
        boolean("close_paren", "closingParen|closing_paren"),
    ]
}

/// The tables.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "groups",
        about: "One row a group of computers, mobile devices or users.",
        fills: GROUPS,
        is_shared: false,
        columns: &[
            id("id"),
            kind("kind"),
            text("name", "name|groupName"),
            boolean("smart", "is_smart"),
            id_at("site_id", "siteId|site.id"),
            integer("members", "membershipCount|count"),
        ],
    },
    Table {
        name: "platform_groups",
        about: "One row a group of computers or mobile devices with the id that Jamf's platform has for it.",
        fills: &[of("groups on the platform")],
        is_shared: false,
        columns: &[
            id("platform_id"),
            convert("kind", Kind::Text, "groupType", kind_of_group),
            id_at("group_id", "groupJamfProId"),
        ],
    },
    Table {
        name: "group_criteria",
        about: "One row a criterion of a smart group.",
        fills: &[
            each("criteria of smart computer groups", "criteria"),
            each("criteria of smart mobile device groups", "criteria"),
            each("user groups", "criteria"),
        ],
        is_shared: false,
        columns: &criteria("group_id"),
    },
    Table {
        name: "user_group_members",
        about: "One row a user in a user group.",
        fills: &[each("user groups", "users")],
        is_shared: false,
        columns: &[id("group_id"), id_at("user_id", "id"), text("username", "username").personal(Person)],
    },
    Table {
        name: "searches",
        about: "One row an advanced search of computers, mobile devices or users.",
        fills: SEARCHES,
        is_shared: false,
        columns: &[id("id"), kind("kind"), text("name", "name"), id_at("site_id", "siteId|site.id")],
    },
    Table {
        name: "search_criteria",
        about: "One row a criterion of an advanced search.",
        fills: &[
            each("computer searches", "criteria"),
            each("mobile device searches", "criteria"),
            each("user searches", "criteria"),
        ],
        is_shared: false,
        columns: &criteria("search_id"),
    },
    Table {
        name: "policies",
        about: "One row a policy.",
        fills: &[of("policies")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "general.name"),
            boolean("enabled", "general.enabled"),
            text("category", "general.category.name"),
            convert("site", Kind::Text, "general.site", none_is_null),
            text("trigger", "general.trigger"),
            boolean("on_check_in", "general.trigger_checkin"),
            boolean("on_login", "general.trigger_login"),
            boolean("on_startup", "general.trigger_startup"),
            boolean("on_enrollment", "general.trigger_enrollment_complete"),
            boolean("on_network_change", "general.trigger_network_state_changed"),
            text("custom_event", "general.trigger_other"),
            text("frequency", "general.frequency"),
            boolean("self_service", "self_service.use_for_self_service"),
            moment("starts_at", "general.date_time_limitations.activation_date"),
            moment("expires_at", "general.date_time_limitations.expiration_date"),
            integer("retry_attempts", "general.retry_attempts"),
            free("command", "files_processes.run_command"),
            convert("runs_command", Kind::Boolean, "files_processes.run_command", is_given),
            convert("reboots", Kind::Boolean, "reboot", reboots),
            boolean("updates_inventory", "maintenance.recon"),
            boolean("all_computers", "scope.all_computers"),
            convert("targets", Kind::Integer, "scope_entries", targets),
            read_at("read_at"),
        ],
    },
    Table {
        name: "policy_scripts",
        about: "One row a script that a policy runs.",
        fills: &[each("policies", "scripts")],
        is_shared: false,
        columns: &[
            id("policy_id"),
            id_at("script_id", "id"),
            text("name", "name"),
            text("when_run", "priority"),
            free("p4", "parameter4"),
            free("p5", "parameter5"),
            free("p6", "parameter6"),
            free("p7", "parameter7"),
            free("p8", "parameter8"),
            free("p9", "parameter9"),
            free("p10", "parameter10"),
            free("p11", "parameter11"),
        ],
    },
    Table {
        name: "policy_packages",
        about: "One row a package that a policy installs.",
        fills: &[each("policies", "package_configuration.packages")],
        is_shared: false,
        columns: &[
            id("policy_id"),
            id_at("package_id", "id"),
            text("name", "name"),
            text("action", "action"),
        ],
    },
    Table {
        name: "profiles",
        about: "One row a configuration profile for computers or mobile devices.",
        fills: &[of("macOS profiles"), of("mobile device profiles")],
        is_shared: false,
        columns: &[
            id("id"),
            kind("kind"),
            text("name", "general.name"),
            text("level", "general.level"),
            text("distribution", "general.distribution_method|general.deployment_method"),
            text("category", "general.category.name"),
            text("payload_types", "payload_types"),
            boolean("all_devices", "scope.all_computers|scope.all_mobile_devices"),
            convert("self_service", Kind::Boolean, "general", in_self_service),
            convert("site", Kind::Text, "general.site", none_is_null),
            read_at("read_at"),
        ],
    },
    Table {
        name: "profile_settings",
        about: "One row a setting in a payload of a profile; secrets are left out.",
        fills: &[each("macOS profiles", "settings"), each("mobile device profiles", "settings")],
        is_shared: false,
        columns: &[
            id("profile_id"),
            kind("kind"),
            text("payload_type", "payload_type"),
            text("key", "key"),
            free("value", "value"),
        ],
    },
    Table {
        name: "scoped_objects",
        about: "One row an object that has a scope: a policy, a profile, an app, a PreStage enrollment, and what else is for some devices or people.",
        fills: of_scoped!(""),
        is_shared: false,
        columns: &[
            id("object_id"),
            referrer("object_kind"),
            text("name", "object_name"),
            boolean("enabled", "deployment.is_enabled"),
            boolean("only_offered", "deployment.is_only_offered"),
            moment("starts_at", "general.date_time_limitations.activation_date"),
            moment("expires_at", "general.date_time_limitations.expiration_date"),
            read_at("read_at"),
        ],
    },
    Table {
        name: "scope_entries",
        about: "One row an entry in the scope of an object.",
        fills: of_scoped!("scope_entries"),
        is_shared: false,
        columns: &[
            id("object_id"),
            referrer("object_kind"),
            text("role", "role"),
            text("type", "type"),
            id_at("entry_id", "entry_id"),
            text("name", "name").personal(Person),
        ],
    },
    Table {
        name: "object_references",
        about: "One row a way in which an object refers to another. Texts that call a policy by its custom event refer to that event.",
        fills: of_scoped!(
            "references",
            "static computer groups",
            "static mobile device groups",
            "criteria of smart computer groups",
            "criteria of smart mobile device groups",
            "user groups",
            "computer searches",
            "mobile device searches",
            "user searches",
            "scripts",
            "packages",
            "computer extension attributes",
            "mobile device extension attributes",
            "user extension attributes",
            "network segments",
            "patch titles",
            "classes",
            "printers",
            "webhooks",
            "API clients",
            "accounts",
            "account groups",
        ),
        is_shared: false,
        columns: &[
            referrer("from_kind"),
            id("from_id"),
            text("from_name", "from_name").personal(Person),
            text("to_kind", "kind"),
            id_at("to_id", "id"),
            free("to_name", "name").personal(Person),
            text("role", "role"),
            text("strength", "strength"),
        ],
    },
    Table {
        name: "scripts",
        about: "One row a script; credentials in its text are left out.",
        fills: &[of("scripts")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "name"),
            text("category", "categoryName"),
            text("priority", "priority"),
            free("text", "scriptContents"),
            text("digest", "digest"),
            boolean("looks_like_secret", "looks_like_secret"),
        ],
    },
    Table {
        name: "packages",
        about: "One row a package.",
        fills: &[of("packages")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "packageName"),
            text("file_name", "fileName"),
            id_at("category_id", "categoryId"),
            name_of("category", "category_list", "categoryId"),
            integer("size_bytes", "size"),
            text("sha256", "sha256"),
            text("sha3_512", "sha3512"),
            text("md5", "md5"),
            text("transfer_status", "cloudTransferStatus"),
        ],
    },
    Table {
        name: "extension_attributes",
        about: "One row an extension attribute of computers, mobile devices or users; credentials in its script are left out.",
        fills: &[
            of("computer extension attributes"),
            of("mobile device extension attributes"),
            of("user extension attributes"),
        ],
        is_shared: false,
        columns: &[
            id("id"),
            kind("kind"),
            text("name", "name"),
            text("data_type", "dataType"),
            text("input_type", "inputType"),
            boolean("enabled", "enabled"),
            free("text", "scriptContents"),
        ],
    },
    Table {
        name: "categories",
        about: "One row a category.",
        fills: &[of("categories")],
        is_shared: false,
        columns: &[id("id"), text("name", "name"), integer("priority", "priority")],
    },
    Table {
        name: "buildings",
        about: "One row a building.",
        fills: &[of("buildings")],
        is_shared: false,
        columns: &[id("id"), text("name", "name")],
    },
    Table {
        name: "departments",
        about: "One row a department.",
        fills: &[of("departments")],
        is_shared: false,
        columns: &[id("id"), text("name", "name")],
    },
    Table {
        name: "sites",
        about: "One row a site.",
        fills: &[of("sites")],
        is_shared: false,
        columns: &[id("id"), text("name", "name")],
    },
    Table {
        name: "network_segments",
        about: "One row a network segment.",
        fills: &[of("network segments")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "name"),
            text("starting_address", "starting_address").personal(Network),
            text("ending_address", "ending_address").personal(Network),
        ],
    },
    Table {
        name: "prestages",
        about: "One row a PreStage enrollment.",
        fills: &[of("computer PreStages"), of("mobile device PreStages")],
        is_shared: false,
        columns: &[
            id("id"),
            kind("kind"),
            text("name", "displayName"),
            boolean("is_default", "defaultPrestage"),
            id_at("site_id", "enrollmentSiteId"),
            boolean("requires_authentication", "requireAuthentication"),
            id_at("enrollment_customization_id", "enrollmentCustomizationId"),
        ],
    },
    Table {
        name: "apps",
        about: "One row an app of the App Store, an in-house app or an App Installer.",
        fills: &[of("Mac apps"), of("mobile device apps"), of("App Installers")],
        is_shared: false,
        columns: &[
            id("id"),
            kind("kind"),
            text("name", "general.name|name"),
            text("bundle_id", "general.bundle_id|app.bundleId"),
            text("version", "general.version|app.deployedVersion"),
            text("category", "general.category.name|category.name"),
            text("deployment", "general.deployment_type|deploymentType"),
            boolean("enabled", "enabled"),
            id_at("group_id", "smartGroup.id|smartGroupId"),
        ],
    },
    Table {
        name: "patch_titles",
        about: "One row a patch management software title.",
        fills: &[of("patch titles")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "displayName"),
            text("publisher", "softwareTitlePublisher"),
            id_at("software_title_id", "softwareTitleId"),
        ],
    },
    Table {
        name: "patch_policies",
        about: "One row a patch policy.",
        fills: &[of("patch policies")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "general.name"),
            boolean("enabled", "general.enabled"),
            text("target_version", "general.target_version"),
            text("distribution", "general.distribution_method"),
            id_at("patch_title_id", "software_title_configuration_id"),
            read_at("read_at"),
        ],
    },
    Table {
        name: "restricted_software",
        about: "One row a restricted software record.",
        fills: &[of("restricted software")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "general.name"),
            text("process_name", "general.process_name"),
            boolean("kills_process", "general.kill_process"),
            boolean("deletes_application", "general.delete_executable"),
        ],
    },
];

/// The value of a criterion as it stands: an empty one is a value too.
fn criterion_value(criterion: &Json) -> Json {
    match criterion.get("value") {
        Some(Json::Number(number)) => json!(number.to_string()),
        Some(value) => value.clone(),
        None => Json::Null,
    }
}

/// The kind of a group as the other tables of groups have it.
fn kind_of_group(kind: &Json) -> Json {
    match kind.as_str().map(str::to_ascii_uppercase).as_deref() {
        Some("COMPUTER") => json!("computer"),
        Some("MOBILE" | "MOBILE_DEVICE") => json!("mobile"),
        _ => Json::Null,
    }
}

/// The name of a site or category; that of what has none is `None`.
fn none_is_null(object: &Json) -> Json {
    let is_none = object.get("id").is_none_or(|id| id == "-1" || id == -1);
    if is_none { Json::Null } else { object.get("name").cloned().unwrap_or_default() }
}

/// How many entries are targets of a scope; nothing where it is for everybody.
fn targets(entries: &Json) -> Json {
    let entries: Vec<&Json> = entries.as_array().into_iter().flatten().collect();
    let targets = || entries.iter().filter(|entry| entry.get("role").is_some_and(|role| role == "target"));
    let is_all = targets().any(|entry| entry.get("type").is_some_and(|kind| kind == "all"));
    if is_all { Json::Null } else { json!(targets().count()) }
}

fn is_given(text: &Json) -> Json {
    text.as_str().map_or(Json::Null, |text| json!(!text.trim().is_empty()))
}

/// Whether a policy restarts a computer, with or without a user who is logged in.
fn reboots(reboot: &Json) -> Json {
    let choices: Vec<&str> = ["no_user_logged_in", "user_logged_in"]
        .into_iter()
        .filter_map(|name| reboot.get(name)?.as_str())
        .collect();
    if choices.is_empty() {
        Json::Null
    } else {
        json!(choices.iter().any(|choice| *choice != "Do not restart"))
    }
}

fn in_self_service(general: &Json) -> Json {
    let method =
        ["distribution_method", "deployment_method"].into_iter().find_map(|name| general.get(name)?.as_str());
    method.map_or(Json::Null, |method| json!(method.contains("Self Service")))
}
