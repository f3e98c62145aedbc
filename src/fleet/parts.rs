//! The parts of the fleet: what is loaded at once, by which requests, and how old it may be.

use std::time::Duration;

use serde_json::Value as Json;

use super::references;
use super::tables::{Owner, prepare};

/// How fast what a part holds goes out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Devices and users, which change by themselves.
    Inventory,
    /// Objects that people write.
    Configuration,
    /// Commands and update plans.
    Activity,
}

impl Class {
    /// The age from which a part is loaded again, unless a question says another one.
    pub const fn max_age(self) -> Duration {
        Duration::from_secs(
            60 * match self {
                Self::Inventory => 60,
                Self::Configuration => 4 * 60,
                Self::Activity => 15,
            },
        )
    }
}

/// One part.
#[derive(Debug)]
pub struct Part {
    /// Its name, such as `computers`.
    pub name: &'static str,
    /// What it holds.
    pub about: &'static str,
    /// How fast it goes out of date.
    pub class: Class,
    /// What it is loaded from.
    pub sources: &'static [Source],
}

/// Objects of one kind, and the requests that they come by.
#[derive(Debug)]
pub struct Source {
    /// Its name, which no other source has.
    pub name: &'static str,
    /// The kind of its objects, such as `computer`.
    pub kind: &'static str,
    /// The action that lists them.
    pub list: &'static str,
    /// What its rows are, such as `computers`, where its name says more than that.
    pub rows: &'static str,
    /// Arguments of the list besides the page, as a JSON object.
    pub arguments: &'static str,
    /// Where the id of an object stands in a row.
    pub id: &'static str,
    /// Rows a page.
    pub page_size: u32,
    /// Pages that are asked for at once.
    pub at_once: usize,
    /// How each object is read by itself, where the list has only ids and names.
    pub read: Option<Read>,
    /// Devices report these rows by themselves, so that nothing writes them.
    pub is_reported: bool,
    /// Further paths at which its objects are written.
    pub also_at: &'static [&'static str],
    /// What an object is turned into before its rows are made.
    pub prepare: Option<fn(&mut Json)>,
    /// The kind by which its objects refer to others, such as `computer_group`; `None` where another source reads them whole, or where
    /// they refer to nothing.
    pub referrer: Option<&'static str>,
    /// Where an object says when it was changed, by which the list can be filtered and sorted: only what was changed is read again.
    pub changed_at: Option<&'static str>,
    /// The source whose list has all objects of this kind, so that those that are gone are known.
    pub listed_by: Option<&'static str>,
}

/// How one object is read by its id.
#[derive(Debug)]
pub struct Read {
    /// The action.
    pub action: &'static str,
    /// Fields that are left out of the answer: those that the action declares as secrets, unless what is kept of them is no secret.
    pub hides: Option<&'static [&'static str]>,
}

impl Source {
    const fn new(name: &'static str, kind: &'static str, list: &'static str) -> Self {
        Self {
            name,
            kind,
            list,
            rows: name,
            arguments: "{}",
            id: "id",
            page_size: 500,
            at_once: 1,
            read: None,
            is_reported: false,
            also_at: &[],
            prepare: None,
            referrer: None,
            changed_at: None,
            listed_by: None,
        }
    }

    /// Only objects that were changed are read again, by the moment at this path; which of them are gone, another source knows.
    const fn changes_by(mut self, path: &'static str, listed_by: &'static str) -> Self {
        (self.changed_at, self.listed_by) = (Some(path), Some(listed_by));
        self
    }

    /// Its objects refer to others, by the declaration of this kind.
    const fn refers_as(mut self, kind: &'static str) -> Self {
        self.referrer = Some(kind);
        self
    }

    const fn id(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }

    /// What its rows are, where they are not what its name says.
    const fn rows(mut self, rows: &'static str) -> Self {
        self.rows = rows;
        self
    }

    /// Only devices write them.
    const fn reported(mut self) -> Self {
        self.is_reported = true;
        self
    }

    /// Its objects are written at these paths too.
    const fn also_at(mut self, paths: &'static [&'static str]) -> Self {
        self.also_at = paths;
        self
    }

    const fn with(mut self, arguments: &'static str) -> Self {
        self.arguments = arguments;
        self
    }

    /// Each object is read by itself.
    const fn read(mut self, action: &'static str) -> Self {
        self.read = Some(Read { action, hides: None });
        self
    }

    /// The same, without these fields instead of those that the action declares as secrets.
    const fn read_without(mut self, action: &'static str, hides: &'static [&'static str]) -> Self {
        self.read = Some(Read { action, hides: Some(hides) });
        self
    }

    const fn prepare(mut self, prepare: fn(&mut Json)) -> Self {
        self.prepare = Some(prepare);
        self
    }

    const fn pages(mut self, size: u32, at_once: usize) -> Self {
        self.page_size = size;
        self.at_once = at_once;
        self
    }
}

impl Source {
    /// Bring an object into the shape that its rows are made of: what it refers to and its scope are worked out here, while it is whole.
    pub fn lay_out(&self, object: &mut Json) {
        if let Some(kind) = self.referrer {
            prepare::references(kind, object);
        }
        if let Some(prepare) = self.prepare {
            prepare(object);
        }
    }

    /// The actions by which it is read.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.list).chain(self.read.as_ref().map(|read| read.action))
    }

    /// One of its objects, as the rows of tables say which one they belong to.
    pub fn owner<'a>(&self, id: &'a str) -> Owner<'a> {
        Owner { kind: self.kind, referrer: self.referrer.unwrap_or(self.kind), id }
    }

    /// The fields of an object by which it refers to others, as dotted paths.
    pub fn fields_of_references(&self) -> Vec<String> {
        self.referrer.map(references::fields).unwrap_or_default()
    }
}

/// A part of the inventory of computers.
const fn of_computers(name: &'static str, about: &'static str, sources: &'static [Source]) -> Part {
    Part { name, about, class: Class::Inventory, sources }
}

/// A part of the configuration.
const fn of_configuration(name: &'static str, about: &'static str, sources: &'static [Source]) -> Part {
    Part { name, about, class: Class::Configuration, sources }
}

/// Where records of computers are written, beside the path of their list.
const COMPUTER: &[&str] = &["/api/v4/computers-inventory-detail"];

/// Where records of mobile devices are written, beside the path of their list.
const MOBILE_DEVICE: &[&str] = &["/api/v2/mobile-devices", "/JSSResource/mobiledevices"];

/// All parts.
pub static PARTS: &[Part] = &[
    of_computers(
        "computers",
        "Computers with their hardware, system, user, security, purchasing, disks and extension attributes.",
        &[Source::new("computers", "computer", "computer_list").also_at(COMPUTER).with(
            r#"{"section":["GENERAL","HARDWARE","OPERATING_SYSTEM","USER_AND_LOCATION","DISK_ENCRYPTION","SECURITY","STORAGE","PURCHASING","EXTENSION_ATTRIBUTES"]}"#,
        )],
    ),
    of_computers(
        "applications",
        "Applications that are installed on computers.",
        &[Source::new("computer applications", "computer", "computer_list").reported().rows("computers")
            .with(r#"{"section":["GENERAL","APPLICATIONS"]}"#)
            .changes_by("general.reportDate", "computers")
            .pages(250, 2)],
    ),
    of_computers(
        "computer_local_users",
        "Local accounts of computers.",
        &[Source::new("computer local users", "computer", "computer_list").reported().rows("computers").with(r#"{"section":["LOCAL_USER_ACCOUNTS"]}"#)],
    ),
    of_computers(
        "computer_certificates",
        "Certificates on computers.",
        &[Source::new("computer certificates", "computer", "computer_list").reported().rows("computers").with(r#"{"section":["CERTIFICATES"]}"#)],
    ),
    of_computers(
        "computer_profiles",
        "Configuration profiles that are installed on computers.",
        &[Source::new("computer profiles", "computer", "computer_list").reported().rows("computers").with(r#"{"section":["CONFIGURATION_PROFILES"]}"#)],
    ),
    of_computers(
        "computer_receipts",
        "Packages that Jamf Pro installed on computers.",
        &[Source::new("computer receipts", "computer", "computer_list").reported().rows("computers").with(r#"{"section":["PACKAGE_RECEIPTS"]}"#)],
    ),
    Part {
        name: "group_members",
        about: "Groups that devices are in.",
        class: Class::Inventory,
        sources: &[
            Source::new("computer groups of devices", "computer", "computer_list").also_at(COMPUTER).rows("computers")
                .with(r#"{"section":["GROUP_MEMBERSHIPS"]}"#),
            Source::new("mobile device groups of devices", "mobile", "mobile_device_list").also_at(MOBILE_DEVICE).rows("mobile devices")
                .with(r#"{"section":["GROUPS"]}"#)
                .id("mobileDeviceId"),
        ],
    },
    Part {
        name: "mobile_devices",
        about: "Mobile devices with their hardware, system, user, security and extension attributes.",
        class: Class::Inventory,
        sources: &[Source::new("mobile devices", "mobile", "mobile_device_list").also_at(MOBILE_DEVICE)
            .with(
                r#"{"section":["GENERAL","HARDWARE","USER_AND_LOCATION","SECURITY","NETWORK","PURCHASING","EXTENSION_ATTRIBUTES"],"exception-handling":"LENIENT"}"#,
            )
            .id("mobileDeviceId")],
    },
    Part {
        name: "mobile_device_contents",
        about: "Apps, configuration profiles and certificates that are on mobile devices.",
        class: Class::Inventory,
        sources: &[Source::new("mobile device contents", "mobile", "mobile_device_list")
            .reported()
            .also_at(MOBILE_DEVICE)
            .rows("mobile devices")
            .with(r#"{"section":["APPLICATIONS","CERTIFICATES","PROFILES"],"exception-handling":"LENIENT"}"#)
            .pages(250, 1)
            .id("mobileDeviceId")],
    },
    Part {
        name: "users",
        about: "User records of Jamf Pro.",
        class: Class::Inventory,
        sources: &[Source::new("users", "user", "user_list")],
    },
    of_configuration(
        "groups",
        "Groups of computers, mobile devices and users, with the criteria of smart ones.",
        &[
            Source::new("smart computer groups", "computer", "smart_computer_group_list").prepare(prepare::smart_group),
            Source::new("static computer groups", "computer", "static_computer_group_list")
                .prepare(prepare::static_group)
                .refers_as("computer_group"),
            Source::new("smart mobile device groups", "mobile", "smart_mobile_group_list")
                .id("groupId")
                .prepare(prepare::smart_group),
            Source::new("static mobile device groups", "mobile", "static_mobile_group_list")
                .id("groupId")
                .prepare(prepare::static_group)
                .refers_as("mobile_device_group"),
            // Criteria change seldom and members often, so that a group that got a member is not read again for its criteria.
            Source::new("criteria of smart computer groups", "computer", "smart_computer_group_list").rows("smart computer groups")
                .read("smart_computer_group_get")
                .refers_as("computer_group"),
            Source::new("criteria of smart mobile device groups", "mobile", "smart_mobile_group_list").rows("smart mobile device groups")
                .id("groupId")
                .read("smart_mobile_group_get")
                .refers_as("mobile_device_group"),
            Source::new("groups on the platform", "group", "group_list").id("groupPlatformId"),
            Source::new("user groups", "user", "user_group_list").read("user_group_get").refers_as("user_group"),
        ],
    ),
    of_configuration(
        "policies",
        "Policies with their triggers, scripts, packages and scopes.",
        &[Source::new("policies", "policy", "policy_list").read("policy_get").refers_as("policy")],
    ),
    of_configuration(
        "profiles",
        "Configuration profiles with the settings of their payloads and their scopes; secrets are left out.",
        &[
            Source::new("macOS profiles", "macos_profile", "macos_profile_list")
                .read_without("macos_profile_get", &["password"])
                .refers_as("macos_profile")
                .prepare(prepare::profile),
            Source::new("mobile device profiles", "mobile_profile", "mobile_profile_list")
                .read_without("mobile_profile_get", &["password"])
                .refers_as("mobile_profile")
                .prepare(prepare::profile),
        ],
    ),
    of_configuration(
        "scripts",
        "Scripts with their texts; credentials are left out.",
        &[Source::new("scripts", "script", "script_list")
            .pages(100, 1)
            .refers_as("script")
            .prepare(prepare::script)],
    ),
    of_configuration(
        "packages",
        "Packages.",
        &[Source::new("packages", "package", "package_list").refers_as("package")],
    ),
    of_configuration(
        "extension_attributes",
        "Extension attributes of computers, mobile devices and users.",
        &[
            Source::new("computer extension attributes", "computer", "computer_extension_attribute_list")
                .refers_as("computer_extension_attribute"),
            Source::new("mobile device extension attributes", "mobile", "mobile_device_extension_attribute_list")
                .refers_as("mobile_device_extension_attribute"),
            Source::new("user extension attributes", "user", "user_extension_attribute_list")
                .refers_as("user_extension_attribute"),
        ],
    ),
    of_configuration("categories", "Categories.", &[Source::new("categories", "category", "category_list")]),
    of_configuration("buildings", "Buildings.", &[Source::new("buildings", "building", "building_list")]),
    of_configuration("departments", "Departments.", &[Source::new("departments", "department", "department_list")]),
    of_configuration("sites", "Sites.", &[Source::new("sites", "site", "site_list")]),
    of_configuration(
        "network_segments",
        "Network segments.",
        &[Source::new("network segments", "network_segment", "network_segment_list")
            .read("network_segment_get")
            .refers_as("network_segment")],
    ),
    of_configuration(
        "prestages",
        "PreStage enrollments with the serial numbers that are assigned to them.",
        &[
            Source::new("computer PreStages", "computer", "computer_prestage_list")
                .pages(100, 1)
                .read("computer_prestage_scope_get")
                .refers_as("computer_prestage"),
            Source::new("mobile device PreStages", "mobile", "mobile_device_prestage_list")
                .pages(100, 1)
                .read("mobile_device_prestage_scope_get")
                .refers_as("mobile_device_prestage"),
        ],
    ),
    of_configuration(
        "apps",
        "Apps of the App Store, in-house apps and App Installers, with their scopes.",
        &[
            Source::new("Mac apps", "mac_app", "mac_app_list").read("mac_app_get").refers_as("mac_app"),
            Source::new("mobile device apps", "mobile_device_app", "mobile_device_app_list")
                .read("mobile_device_app_get")
                .refers_as("mobile_device_app"),
            Source::new("App Installers", "app_installer", "app_installer_deployment_list")
                .read("app_installer_deployment_get")
                .refers_as("app_installer"),
        ],
    ),
    of_configuration(
        "patches",
        "Patch management software titles and patch policies with their scopes.",
        &[
            Source::new("patch titles", "patch_title", "patch_title_list").refers_as("patch_title"),
            Source::new("patch policies", "patch_policy", "patch_policy_list")
                .read("patch_policy_get")
                .refers_as("patch_policy"),
        ],
    ),
    of_configuration(
        "restricted_software",
        "Restricted software with its scope.",
        &[Source::new("restricted software", "restricted_software", "restricted_software_list")
            .read("restricted_software_get")
            .refers_as("restricted_software")],
    ),
    of_configuration(
        "searches",
        "Advanced searches of computers, mobile devices and users, with their criteria.",
        &[
            Source::new("computer searches", "computer", "computer_search_list")
                .read("computer_search_get")
                .refers_as("computer_search"),
            Source::new("mobile device searches", "mobile", "mobile_device_search_list")
                .refers_as("mobile_device_search"),
            Source::new("user searches", "user", "user_search_list").read("user_search_get").refers_as("user_search"),
        ],
    ),
    of_configuration(
        "ebooks",
        "Books with their scopes.",
        &[Source::new("ebooks", "ebook", "ebook_list").read("ebook_details_get").refers_as("ebook")],
    ),
    of_configuration(
        "volume_purchasing",
        "Assignments of volume-purchased apps and books to users, and invitations of users, with their scopes.",
        &[
            Source::new("volume purchasing assignments", "volume_purchasing_assignment", "vpp_assignment_list")
                .read("vpp_assignment_get")
                .refers_as("volume_purchasing_assignment"),
            Source::new("volume purchasing invitations", "volume_purchasing_invitation", "vpp_invitation_list")
                .read("vpp_invitation_get")
                .refers_as("volume_purchasing_invitation"),
        ],
    ),
    of_configuration(
        "classes",
        "Classes.",
        &[Source::new("classes", "class", "class_list").read("class_get").refers_as("class")],
    ),
    of_configuration(
        "printers",
        "Printers.",
        &[Source::new("printers", "printer", "printer_list").read("printer_get").refers_as("printer")],
    ),
    of_configuration(
        "webhooks",
        "Webhooks, without what they sign in with.",
        &[Source::new("webhooks", "webhook", "webhook_list").read("webhook_get").refers_as("webhook")],
    ),
    of_configuration(
        "directory_servers",
        "LDAP servers and cloud identity providers.",
        &[Source::new("directory servers", "directory_server", "ldap_server_list")
            .also_at(&["/api/v2/cloud-ldaps", "/api/v1/cloud-azure"])],
    ),
    of_configuration(
        "api_access",
        "API roles with their privileges, and API clients without their secrets.",
        &[
            Source::new("API roles", "api_role", "api_role_list"),
            Source::new("API clients", "api_client", "api_integration_list").refers_as("api_client"),
        ],
    ),
    of_configuration(
        "accounts",
        "Accounts of administrators and their groups, without passwords.",
        &[
            Source::new("accounts", "account", "account_list")
                .also_at(&["/JSSResource/accounts/userid"])
                .refers_as("account"),
            Source::new("account groups", "account_group", "account_group_list")
                .also_at(&["/JSSResource/accounts/groupid"])
                .refers_as("account_group"),
        ],
    ),
    Part {
        name: "mdm_commands",
        about: "MDM commands of the last 30 days.",
        class: Class::Activity,
        sources: &[Source::new("MDM commands", "mdm_command", "mdm_command_list")
            .with(r#"{"filter":"dateSent>{30 days ago}"}"#)
            .id("uuid")],
    },
    Part {
        name: "update_plans",
        about: "Update plans.",
        class: Class::Activity,
        sources: &[Source::new("update plans", "update_plan", "managed_software_update_plan_list")
            .id("planUuid")
            .prepare(prepare::update_plan)],
    },
    Part {
        name: "patch_devices",
        about: "Which versions of followed software titles devices have.",
        class: Class::Activity,
        sources: &[Source::new("patch reports", "patch_title", "patch_title_list")
            .reported()
            .rows("patch titles")
            .read("patch_title_report_list")],
    },
];

impl Part {
    /// The part of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        PARTS.iter().find(|part| part.name == name)
    }
}
