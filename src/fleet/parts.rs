//! The parts of the fleet: what is loaded at once, by which requests, and how old it may be.

use std::time::Duration;

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
#[derive(Debug, PartialEq, Eq)]
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
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, which no other source has.
    pub name: &'static str,
    /// The kind of its objects, such as `computer`.
    pub kind: &'static str,
    /// The action that lists them.
    pub list: &'static str,
    /// Arguments of the list besides the page, as a JSON object.
    pub arguments: &'static str,
    /// Where the id of an object stands in a row.
    pub id: &'static str,
    /// Rows a page.
    pub page_size: u32,
    /// Pages that are asked for at once.
    pub at_once: usize,
}

impl Source {
    const fn new(name: &'static str, kind: &'static str, list: &'static str) -> Self {
        Self { name, kind, list, arguments: "{}", id: "id", page_size: 500, at_once: 1 }
    }

    const fn id(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }

    const fn with(mut self, arguments: &'static str) -> Self {
        self.arguments = arguments;
        self
    }

    const fn pages(mut self, size: u32, at_once: usize) -> Self {
        self.page_size = size;
        self.at_once = at_once;
        self
    }
}

/// A part of the inventory of computers.
const fn of_computers(name: &'static str, about: &'static str, sources: &'static [Source]) -> Part {
    Part { name, about, class: Class::Inventory, sources }
}

/// All parts.
pub static PARTS: &[Part] = &[
    of_computers(
        "computers",
        "Computers with their hardware, system, user, security, purchasing, disks and extension attributes.",
        &[Source::new("computers", "computer", "computer_list").with(
            r#"{"section":["GENERAL","HARDWARE","OPERATING_SYSTEM","USER_AND_LOCATION","DISK_ENCRYPTION","SECURITY","STORAGE","PURCHASING","EXTENSION_ATTRIBUTES"]}"#,
        )],
    ),
    of_computers(
        "applications",
        "Applications that are installed on computers.",
        &[Source::new("computer applications", "computer", "computer_list")
            .with(r#"{"section":["APPLICATIONS"]}"#)
            .pages(250, 2)],
    ),
    of_computers(
        "computer_local_users",
        "Local accounts of computers.",
        &[Source::new("computer local users", "computer", "computer_list").with(r#"{"section":["LOCAL_USER_ACCOUNTS"]}"#)],
    ),
    of_computers(
        "computer_certificates",
        "Certificates on computers.",
        &[Source::new("computer certificates", "computer", "computer_list").with(r#"{"section":["CERTIFICATES"]}"#)],
    ),
    of_computers(
        "computer_profiles",
        "Configuration profiles that are installed on computers.",
        &[Source::new("computer profiles", "computer", "computer_list").with(r#"{"section":["CONFIGURATION_PROFILES"]}"#)],
    ),
    Part {
        name: "group_members",
        about: "Groups that devices are in.",
        class: Class::Inventory,
        sources: &[
            Source::new("computer groups of devices", "computer", "computer_list")
                .with(r#"{"section":["GROUP_MEMBERSHIPS"]}"#),
            Source::new("mobile device groups of devices", "mobile_device", "mobile_device_list")
                .with(r#"{"section":["GROUPS"]}"#)
                .id("mobileDeviceId"),
        ],
    },
    Part {
        name: "mobile_devices",
        about: "Mobile devices with their hardware, system, user, security and extension attributes.",
        class: Class::Inventory,
        sources: &[Source::new("mobile devices", "mobile_device", "mobile_device_list")
            .with(
                r#"{"section":["GENERAL","HARDWARE","USER_AND_LOCATION","SECURITY","NETWORK","PURCHASING","EXTENSION_ATTRIBUTES"],"exception-handling":"LENIENT"}"#,
            )
            .id("mobileDeviceId")],
    },
    Part {
        name: "users",
        about: "User records of Jamf Pro.",
        class: Class::Inventory,
        sources: &[Source::new("users", "user", "user_list")],
    },
];

impl Part {
    /// The part of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PARTS.iter().find(|part| part.name == name)
    }
}
