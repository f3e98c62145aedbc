//! Whom the calls of an action affect, and where its arguments name devices: declared on the action with
//! [`crate::Action::affects`] and [`crate::Action::targets`]. A declaration says where to look; anyone who judges a call works out
//! the devices. What a call makes run, and which of its fields have an effect that is not stored, stands here too.

use serde_json::Value;

use crate::action::{Action, Risk};
use crate::object_id::ObjectId;

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// Macs.
    Computer,
    /// iPhones, iPads and Apple TVs.
    MobileDevice,
}

/// Macs alone.
pub const COMPUTERS: &[DeviceKind] = &[DeviceKind::Computer];

/// Mobile devices alone.
pub const MOBILE_DEVICES: &[DeviceKind] = &[DeviceKind::MobileDevice];

/// Devices of every kind.
pub const ALL_DEVICES: &[DeviceKind] = &[DeviceKind::Computer, DeviceKind::MobileDevice];

/// The groups that an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// Smart groups of devices of this kind.
    Smart(DeviceKind),
    /// Static groups of devices of this kind.
    Static(DeviceKind),
    /// Groups of any kind, by their platform id.
    Any,
}

/// How many devices one call may be for: classes of calls that a server bounds each by a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cap {
    /// Commands that interrupt nobody, and changes of records.
    Harmless,
    /// Commands that interrupt the work of a user.
    Restart,
    /// Commands that take a device away from its user for a time, or take a protection off it.
    Lock,
    /// Commands that lose what is on a device, its record or its management.
    Erase,
}

/// Names by which the configuration of a server protects devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Names of groups.
    Group,
    /// Names of sites.
    Site,
}

/// Where devices are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A building.
    Building,
    /// A department.
    Department,
}

/// The devices that a call of an action can affect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affects {
    /// The devices that its arguments name: see [`crate::Action::targets`].
    Targets,
    /// The device whose record it changes, with the groups and scopes that the device enters or leaves by that.
    Record,
    /// The devices of these kinds in the scope of the object, as it is and as it will be.
    Scope(&'static [DeviceKind]),
    /// The same for an object that can be switched off: `general.enabled`.
    SwitchedScope(&'static [DeviceKind]),
    /// The devices in the scope of the policy whose log is flushed.
    PolicyLog,
    /// The computers whose policy logs are flushed.
    PolicyLogs,
    /// The devices whose waiting or failed commands are flushed.
    PendingCommands,
    /// The devices that policies, PreStage enrollments and patch titles give the package to.
    Package,
    /// The devices of the policies that have the object in this place, and what a policy does with it.
    InPolicies(&'static str, &'static str),
    /// The devices that enter or leave groups, with what is scoped to those groups.
    Group(GroupKind),
    /// The devices in the building or department, with what is scoped to it.
    Place(Place),
    /// The devices of the user, with what is scoped to the user.
    User,
    /// What is scoped to the members of the group of users.
    UserGroup,
    /// What is scoped to groups of users that look at the attribute.
    UserAttribute,
    /// The devices of the users who get licenses, or are invited to take them.
    Licenses,
    /// The devices of a class.
    Class,
    /// The device that has the serial number of the new or preloaded record.
    SerialNumber,
    /// The devices of this kind that run the extension attribute, and the smart groups that look at it.
    ExtensionAttribute(DeviceKind),
    /// The serial numbers that enter or leave a PreStage enrollment for devices of this kind.
    PrestageScope(DeviceKind),
    /// The serial numbers in a PreStage enrollment for devices of this kind.
    Prestage(DeviceKind),
    /// The serial numbers in the PreStage enrollments that name the object in this field.
    InPrestages(&'static str),
    /// The smart group of an App Installers deployment.
    AppInstaller,
    /// The devices that policies patch by the title.
    PatchTitle,
    /// The devices in scopes that are limited by the object, which is in this part of them.
    Limitation(&'static str),
    /// The scope of a profile of Jamf Connect.
    ConnectProfile,
    /// The devices that Apple assigned to an Automated Device Enrollment instance.
    EnrollmentInstance,
    /// What the value of this argument decides, which is one of these.
    ByArgument(&'static str, &'static [(&'static str, Affects)]),
    /// The same as a change of another object, which has the id of the call and is read by this action.
    OfObject(&'static str, &'static Affects),
    /// Any device of these kinds.
    Any(&'static [DeviceKind]),
    /// Devices that enroll, are erased or ask from now on; none that is enrolled already.
    FutureEnrollments,
    /// No device, for this reason.
    Nothing(&'static str),
}

/// A note in a history changes nothing else.
pub const A_NOTE: Affects = Affects::Nothing("it writes a note into a history");

/// Where arguments name devices. A path has dots, and `[]` behind a list: `body.computers[].id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// Management ids.
    ManagementIds(&'static str),
    /// Jamf's ids of computers.
    Computers(&'static str),
    /// Jamf's ids of mobile devices.
    MobileDevices(&'static str),
    /// Jamf's ids of devices, and where the kind of each stands: `COMPUTER` or another.
    IdsWithKind {
        /// Where the ids stand.
        ids: &'static str,
        /// Where the kinds stand.
        kinds: &'static str,
    },
    /// The id of a group of computers.
    ComputerGroup(&'static str),
    /// The id of a group, and where its kind stands: `COMPUTER_GROUP` or another.
    GroupWithKind {
        /// Where the id stands.
        id: &'static str,
        /// Where the kind stands.
        kind: &'static str,
    },
    /// UDIDs.
    Udids(&'static str),
    /// Serial numbers, of which none need be in the inventory.
    SerialNumbers(&'static str),
    /// Ids of the tasks of a deployment, and the action that lists its tasks with their computers.
    Tasks {
        /// Where the ids stand.
        ids: &'static str,
        /// The action that lists them by the argument `id`.
        listed_by: &'static str,
    },
    /// A code that only the tenant understands.
    Code(&'static str),
}

/// Where the body of a change of a group names devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Members {
    /// The field of the body that lists them.
    pub list: &'static str,
    /// Where the id stands in an item; empty where the item is the id.
    pub id: &'static str,
    /// The list has all members that the group has afterwards. Otherwise it has devices that enter or leave, and the others stay.
    pub is_whole: bool,
}

impl Members {
    /// All members that a group has afterwards, by their ids.
    pub const fn all(list: &'static str) -> Self {
        Self { list, id: "", is_whole: true }
    }

    /// Devices that enter or leave, each by the id in this field; `selected` says which of both.
    pub const fn moved(list: &'static str, id: &'static str) -> Self {
        Self { list, id, is_whole: false }
    }

    /// The devices that a body names, each with whether it is in the group afterwards. The id is `None` where it is none. `None` where
    /// the body says nothing of members.
    pub fn named(&self, body: &Value) -> Option<Vec<(Option<ObjectId>, bool)>> {
        let items = body.get(self.list)?.as_array()?;
        let one = |item: &Value| {
            let id = if self.id.is_empty() { Some(item) } else { item.get(self.id) };
            let is_in = item.get("selected").and_then(Value::as_bool).unwrap_or(true);
            (id.and_then(ObjectId::of), is_in)
        };
        Some(items.iter().map(one).collect())
    }
}

impl Targets {
    /// The paths of the arguments that it reads.
    pub fn paths(self) -> impl Iterator<Item = &'static str> {
        let (one, other) = match self {
            Self::ManagementIds(path)
            | Self::Computers(path)
            | Self::MobileDevices(path)
            | Self::ComputerGroup(path)
            | Self::Udids(path)
            | Self::SerialNumbers(path)
            | Self::Code(path)
            | Self::Tasks { ids: path, .. } => (path, None),
            Self::IdsWithKind { ids, kinds } => (ids, Some(kinds)),
            Self::GroupWithKind { id, kind } => (id, Some(kind)),
        };
        std::iter::once(one).chain(other)
    }
}

impl Action {
    /// Where the arguments name devices. Where nothing else is declared, these devices are all that is affected.
    #[must_use]
    pub const fn targets(mut self, targets: &'static [Targets]) -> Self {
        self.targets = targets;
        if self.affects.is_none() {
            self.affects = Some(Affects::Targets);
        }
        self
    }

    /// Where the body names devices of the group that is changed. They are no targets: a device that stays in its group is not touched.
    #[must_use]
    pub const fn members(mut self, members: Members) -> Self {
        self.members = Some(members);
        self
    }

    /// Whom the calls can affect.
    #[must_use]
    pub const fn affects(mut self, affects: Affects) -> Self {
        self.affects = Some(affects);
        self
    }

    /// The action that reads the object which a call is about, where the path does not lead to it: see
    /// [`crate::Catalogue::read_before`].
    #[must_use]
    pub const fn reads_before(mut self, action: &'static str) -> Self {
        self.reads_before = Some(action);
        self
    }

    /// How many devices one call may be for, where the risk does not say it.
    #[must_use]
    pub const fn cap(mut self, cap: Cap) -> Self {
        self.cap = Some(cap);
        self
    }

    /// The class of calls whose number bounds its devices: what is declared, or what follows from its risk.
    pub fn cap_class(&self) -> Cap {
        self.cap.unwrap_or(if self.risk <= Risk::Write { Cap::Harmless } else { Cap::Restart })
    }

    /// It changes names by which the configuration of a server protects devices. Actions on groups need not say it.
    #[must_use]
    pub const fn protection(mut self, protection: Protection) -> Self {
        self.protection = Some(protection);
        self
    }

    /// The names by which devices are protected that a call can change.
    pub fn changes_protection(&self) -> Option<Protection> {
        match self.affects {
            Some(Affects::Group(_)) => Some(Protection::Group),
            _ => self.protection,
        }
    }

    /// The action whose answer shows what a call left behind, where the path does not lead to it: see
    /// [`crate::Catalogue::settled_by`].
    #[must_use]
    pub const fn read_by(mut self, action: &'static str) -> Self {
        self.read_by = Some(action);
        self
    }

    /// The action that creates anew what a call deletes, where the path does not lead to it.
    #[must_use]
    pub const fn created_by(mut self, action: &'static str) -> Self {
        self.created_by = Some(action);
        self
    }

    /// It creates an object, which its path does not say: see [`crate::Action::effect`].
    #[must_use]
    pub const fn creates(mut self) -> Self {
        self.creates = true;
        self
    }

    /// Arguments whose objects run or are installed by what is sent, each with the action that reads such an object by its id:
    /// `("body.scripts[].id", "script_get")`.
    #[must_use]
    pub const fn runs(mut self, content: &'static [(&'static str, &'static str)]) -> Self {
        self.runs = content;
        self
    }

    /// What the person who approves a call is told first, as sentences without a capital and a full stop.
    #[must_use]
    pub const fn warns(mut self, warnings: &'static [&'static str]) -> Self {
        self.warnings = warnings;
        self
    }

    /// What nobody can check before a call: the person who approves it is told.
    #[must_use]
    pub const fn leaves_unchecked(mut self, facts: &'static [&'static str]) -> Self {
        self.not_checked = facts;
        self
    }

    /// Fields, such as `body.general.redeploy_on_update`, that have an effect when they are written and are not stored.
    #[must_use]
    pub const fn acts_once(mut self, fields: &'static [&'static str]) -> Self {
        self.acts_once = fields;
        self
    }
}
