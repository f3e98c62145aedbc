//! Where objects of each kind refer to others: one declaration a kind, paths into the answers of the API that has it.

use super::Role;
use crate::fleet::groups::GroupKind;
use crate::fleet::scope::Role as ScopeRole;

/// A kind of object.
pub(super) struct Kind {
    /// Such as `policy`.
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
    /// Whether it has a scope, in any shape.
    pub(super) has_scope: bool,
    /// Whom its criteria choose, where it has some.
    pub(super) criteria: Option<GroupKind>,
    /// Paths of texts that can name objects.
    pub(super) texts: &'static [&'static str],
}

/// A place in an object that refers to another.
pub(super) struct Field {
    /// Dotted, `[]` for each of a list: an id, or an object with `id` and `name`.
    pub(super) path: &'static str,
    /// The kind of what is referred to.
    pub(super) kind: &'static str,
    pub(super) role: Role,
    /// The value is a name and no id.
    pub(super) is_name: bool,
}

const fn field(path: &'static str, kind: &'static str, role: Role) -> Field {
    Field { path, kind, role, is_name: false }
}

const fn named(path: &'static str, kind: &'static str, role: Role) -> Field {
    Field { path, kind, role, is_name: true }
}

const NOTHING: Kind = Kind { name: "", fields: &[], has_scope: false, criteria: None, texts: &[] };

const fn scoped(name: &'static str, fields: &'static [Field]) -> Kind {
    Kind { name, fields, has_scope: true, ..NOTHING }
}

const fn chosen(name: &'static str, of: GroupKind) -> Kind {
    Kind { name, fields: &[SITE, SITE_ID], criteria: Some(of), ..NOTHING }
}

const fn plain(name: &'static str, fields: &'static [Field]) -> Kind {
    Kind { name, fields, ..NOTHING }
}

use Role::{BelongsTo, EnrollsWith, Installs, Runs, Uses};

const TARGET: Role = Role::InScope(ScopeRole::Target);

/// A group whose kind the event of a webhook says.
pub(super) const GROUP_OF_EVENT: &str = "group";

/// Parts of the names of events of webhooks, and the kind of group that they are about.
pub(super) static GROUPS_OF_EVENTS: &[(&str, &str)] = &[
    ("SmartGroupComputer", "computer_group"),
    ("SmartGroupMobileDevice", "mobile_device_group"),
    ("SmartGroupUser", "user_group"),
];

/// Kinds that criteria refer to by the name of an attribute.
const ATTRIBUTES: [&str; 3] =
    ["computer_extension_attribute", "mobile_device_extension_attribute", "user_extension_attribute"];

const CATEGORY_OF_GENERAL: Field = field("general.category", "category", BelongsTo);
const SITE_OF_GENERAL: Field = field("general.site", "site", BelongsTo);
const SELF_SERVICE: Field = field("self_service.self_service_categories[]", "category", BelongsTo);
const CATEGORY_ID: Field = field("categoryId", "category", BelongsTo);
const SITE: Field = field("site", "site", BelongsTo);
const SITE_ID: Field = field("siteId", "site", BelongsTo);
const LOCATION: Field = field("general.vpp.vpp_admin_account_id", "volume_purchasing_location", Uses);
const LOCATION_OF_APP: Field = field("vpp.vpp_admin_account_id", "volume_purchasing_location", Uses);
const LOCATION_IN_SELF_SERVICE: Field =
    field("self_service.vpp.vpp_admin_account_id", "volume_purchasing_location", Uses);

const OF_POLICIES: &[Field] = &[
    CATEGORY_OF_GENERAL,
    SITE_OF_GENERAL,
    SELF_SERVICE,
    field("scripts[]", "script", Runs),
    field("package_configuration.packages[]", "package", Installs),
    field("printers[]", "printer", Installs),
    field("dock_items[]", "dock_item", Installs),
    field("account_maintenance.directory_bindings[]", "directory_binding", Uses),
    field("disk_encryption.disk_encryption_configuration_id", "disk_encryption_configuration", Uses),
    field(
        "disk_encryption.remediate_disk_encryption_configuration_id",
        "disk_encryption_configuration",
        Uses,
    ),
    named("package_configuration.distribution_point", "distribution_point", Uses),
    named("general.override_default_settings.distribution_point", "distribution_point", Uses),
    field("self_service.self_service_icon", "icon", Uses),
];

const OF_APPS: &[Field] = &[
    CATEGORY_OF_GENERAL,
    SITE_OF_GENERAL,
    SELF_SERVICE,
    LOCATION,
    LOCATION_OF_APP,
    LOCATION_IN_SELF_SERVICE,
];

const OF_MOBILE_PRESTAGES: &[Field] = &[
    field("deviceEnrollmentProgramInstanceId", "device_enrollment", EnrollsWith),
    field("enrollmentCustomizationId", "enrollment_customization", EnrollsWith),
    field("enrollmentSiteId", "site", BelongsTo),
    SITE_ID,
    field("locationInformation.departmentId", "department", Uses),
    field("locationInformation.buildingId", "building", Uses),
    field("prestageInstalledProfileIds[]", "mobile_profile", Installs),
];

const OF_COMPUTER_PRESTAGES: &[Field] = &[
    field("deviceEnrollmentProgramInstanceId", "device_enrollment", EnrollsWith),
    field("enrollmentCustomizationId", "enrollment_customization", EnrollsWith),
    field("enrollmentSiteId", "site", BelongsTo),
    SITE_ID,
    field("locationInformation.departmentId", "department", Uses),
    field("locationInformation.buildingId", "building", Uses),
    field("customPackageDistributionPointId", "distribution_point", Uses),
    field("customPackageIds[]", "package", Installs),
    field("prestageInstalledProfileIds[]", "macos_profile", Installs),
    field("pssoConfigProfileId", "macos_profile", Installs),
];

const OF_CLASSES: &[Field] = &[
    SITE,
    field("mobile_device_group", "mobile_device_group", TARGET),
    field("mobile_device_groups[]", "mobile_device_group", TARGET),
    field("mobile_device_group_ids[]", "mobile_device_group", TARGET),
    field("student_group_ids[]", "user_group", TARGET),
    field("teacher_group_ids[]", "user_group", TARGET),
    field("student_ids[]", "user", TARGET),
    field("teacher_ids[]", "user", TARGET),
];

const OF_LICENSES: &[Field] = &[
    field("general.vpp_admin_account_id", "volume_purchasing_location", Uses),
    field("general.vpp_account", "volume_purchasing_location", Uses),
];

static KINDS: &[Kind] = &[
    Kind { texts: &["files_processes.run_command"], ..scoped("policy", OF_POLICIES) },
    Kind {
        texts: &["general.payloads"],
        ..scoped("macos_profile", &[CATEGORY_OF_GENERAL, SITE_OF_GENERAL, SELF_SERVICE])
    },
    Kind {
        texts: &["general.payloads"],
        ..scoped("mobile_profile", &[CATEGORY_OF_GENERAL, SITE_OF_GENERAL, SELF_SERVICE])
    },
    scoped("mac_app", OF_APPS),
    scoped("mobile_device_app", OF_APPS),
    scoped("ebook", OF_APPS),
    scoped("restricted_software", &[SITE_OF_GENERAL]),
    scoped(
        "patch_policy",
        &[
            field("software_title_configuration_id", "patch_title", Uses),
            field("softwareTitleConfigurationId", "patch_title", Uses),
        ],
    ),
    plain("patch_title", &[CATEGORY_ID, SITE_ID, field("packages[].packageId", "package", Installs)]),
    scoped(
        "app_installer",
        &[
            CATEGORY_ID,
            SITE_ID,
            field("category", "category", BelongsTo),
            SITE,
            field("selfServiceSettings.categories[]", "category", BelongsTo),
        ],
    ),
    scoped("computer_prestage", OF_COMPUTER_PRESTAGES),
    scoped("mobile_device_prestage", OF_MOBILE_PRESTAGES),
    scoped("volume_purchasing_assignment", OF_LICENSES),
    scoped("volume_purchasing_invitation", OF_LICENSES),
    chosen("computer_group", GroupKind::Computer),
    chosen("mobile_device_group", GroupKind::MobileDevice),
    chosen("user_group", GroupKind::User),
    chosen("computer_search", GroupKind::Computer),
    chosen("mobile_device_search", GroupKind::MobileDevice),
    chosen("user_search", GroupKind::User),
    Kind {
        texts: &["scriptContents", "script_contents"],
        ..plain("script", &[CATEGORY_ID, named("category", "category", BelongsTo)])
    },
    plain("package", &[CATEGORY_ID, named("category", "category", BelongsTo)]),
    plain("printer", &[named("category", "category", BelongsTo)]),
    Kind { texts: &["scriptContents", "input_type.script"], ..plain("computer_extension_attribute", &[]) },
    plain("mobile_device_extension_attribute", &[]),
    plain("user_extension_attribute", &[]),
    plain(
        "network_segment",
        &[
            named("building", "building", Uses),
            named("department", "department", Uses),
            named("distribution_point", "distribution_point", Uses),
            named("distribution_server", "distribution_point", Uses),
            named("swu_server", "software_update_server", Uses),
        ],
    ),
    plain("class", OF_CLASSES),
    plain("webhook", &[field("smart_group_id", GROUP_OF_EVENT, Uses)]),
    plain("api_client", &[named("authorizationScopes[]", "api_role", Uses)]),
    plain(
        "account",
        &[
            SITE,
            SITE_ID,
            field("groups[]", "account_group", BelongsTo),
            field("ldapServerId", "directory_server", Uses),
        ],
    ),
    plain(
        "account_group",
        &[
            SITE,
            SITE_ID,
            field("ldap_server", "directory_server", Uses),
            field("ldapServerId", "directory_server", Uses),
        ],
    ),
];

/// The names of all kinds that are declared.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// The names of all kinds that refer to others, and of those that they refer to.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let referred = KINDS.iter().flat_map(|kind| kind.fields).map(|field| field.kind);
    kinds().chain(referred).chain(GROUPS_OF_EVENTS.iter().map(|(_, kind)| *kind)).chain(ATTRIBUTES)
}

pub(super) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
