//! Who is in a scope: targets, less exclusions, narrowed by limitations. The main type is [`Scope`], which has what either API calls a
//! scope in one shape; [`Device`] is one device as scopes ask for it.
//!
//! Some of it is never known from here: limitations, and exclusions by directory user, directory group, network segment or iBeacon,
//! go by the person and the network at the time. They only narrow. So there are two answers for a device: [`Scope::reach`] is whether it
//! can be in the scope at all (targets less exclusions, which is "at most"), [`Scope::holds`] whether it is in it.

mod effect;
mod read;

use jamf_pro_tools::object_id::ObjectId;

pub(in crate::fleet) use effect::hides_users;
pub use effect::{Affected, Deployment, DeviceKey, Effect, merged};
pub(in crate::fleet) use read::switch;

use super::groups::GroupKind;
use super::known::{Known, Reasons};
use crate::sanitize::text;

/// What an entry of a scope does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Who is named gets it.
    Target,
    /// Of the targets, only who is named gets it.
    Limitation,
    /// Who is named does not get it.
    Exclusion,
}

/// What an entry of a scope names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// All computers, all mobile devices, or all users of Jamf Pro.
    All(GroupKind),
    /// A computer.
    Computer,
    /// A mobile device.
    MobileDevice,
    /// A device by its serial number, in a PreStage enrollment.
    SerialNumber,
    /// A group of computers.
    ComputerGroup,
    /// A group of mobile devices.
    MobileDeviceGroup,
    /// A building.
    Building,
    /// A department.
    Department,
    /// A user of Jamf Pro.
    User,
    /// A user group of Jamf Pro.
    UserGroup,
    /// A network segment.
    NetworkSegment,
    /// An iBeacon region.
    Ibeacon,
    /// A user of a directory, or a local one.
    DirectoryUser,
    /// A group of a directory.
    DirectoryGroup,
    /// A class.
    Class,
}

impl Role {
    /// The word for the role.
    pub fn word(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Limitation => "limitation",
            Self::Exclusion => "exclusion",
        }
    }

    /// The role of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Target, Self::Limitation, Self::Exclusion].into_iter().find(|role| role.word() == word)
    }
}

impl EntryKind {
    /// All kinds.
    pub(in crate::fleet) const ALL: [Self; 17] = [
        Self::All(GroupKind::Computer),
        Self::All(GroupKind::MobileDevice),
        Self::All(GroupKind::User),
        Self::Computer,
        Self::MobileDevice,
        Self::SerialNumber,
        Self::ComputerGroup,
        Self::MobileDeviceGroup,
        Self::Building,
        Self::Department,
        Self::User,
        Self::UserGroup,
        Self::NetworkSegment,
        Self::Ibeacon,
        Self::DirectoryUser,
        Self::DirectoryGroup,
        Self::Class,
    ];

    /// The kind of a word. What stands for all devices or people says in its name for which.
    pub fn of_word(word: &str, name: &str) -> Option<Self> {
        let is_it = |kind: &Self| match kind {
            Self::All(of) => word == kind.word() && name == switch(*of),
            _ => word == kind.word(),
        };
        Self::ALL.into_iter().find(is_it)
    }

    /// The word for the kind.
    pub fn word(self) -> &'static str {
        match self {
            Self::All(_) => "all",
            Self::Computer => "computer",
            Self::MobileDevice => "mobile_device",
            Self::SerialNumber => "serial_number",
            Self::ComputerGroup => "computer_group",
            Self::MobileDeviceGroup => "mobile_device_group",
            Self::Building => "building",
            Self::Department => "department",
            Self::User => "user",
            Self::UserGroup => "user_group",
            Self::DirectoryUser => "directory_user",
            Self::DirectoryGroup => "directory_group",
            Self::NetworkSegment => "network_segment",
            Self::Ibeacon => "ibeacon",
            Self::Class => "class",
        }
    }

    /// Whether it goes by a person.
    pub fn is_of_people(self) -> bool {
        matches!(
            self,
            Self::All(GroupKind::User)
                | Self::User
                | Self::UserGroup
                | Self::DirectoryUser
                | Self::DirectoryGroup
                | Self::Class
        )
    }

    /// Whether only the moment decides: who is logged in, and in which network.
    fn is_of_the_moment(self) -> bool {
        matches!(self, Self::DirectoryUser | Self::DirectoryGroup | Self::NetworkSegment | Self::Ibeacon)
    }
}

/// One entry of a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// What it does.
    pub role: Role,
    /// What it names.
    pub kind: EntryKind,
    /// The id, where the tenant says one.
    pub id: Option<ObjectId>,
    /// The name, or nothing. Of a serial number it is the serial number.
    pub name: String,
}

impl Entry {
    /// Whether it names an object of the id, or of the name where it has no id itself.
    pub fn names(&self, id: Option<&ObjectId>, name: &str) -> bool {
        match (&self.id, id) {
            (Some(own), Some(id)) => own == id,
            (Some(_), None) => false,
            (None, _) => !name.is_empty() && self.name.eq_ignore_ascii_case(name),
        }
    }

    /// Whether who is named by it can change when a user changes: it names the user by one of these names, or groups of users, or all
    /// of them.
    pub fn depends_on_user(&self, names: &[&str]) -> bool {
        match self.kind {
            EntryKind::User | EntryKind::DirectoryUser => {
                names.iter().any(|name| self.name.eq_ignore_ascii_case(name))
            }
            kind => kind.is_of_people(),
        }
    }

    /// In words, such as `the computer_group "Pilot"`.
    fn describe(&self) -> String {
        let name = match (&self.id, self.name.is_empty()) {
            (Some(id), true) => id.to_string(),
            _ => text::quoted(&self.name, 80),
        };
        format!("the {} {name}", self.kind.word().replace('_', " "))
    }
}

/// A scope in one shape: whom an object is for. What is in no entry is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Its entries, each once, in order.
    pub entries: Vec<Entry>,
    /// Jamf Pro can have Jamf users and user groups among the targets that the API does not say: of policies, patch policies and
    /// restricted software.
    pub may_hide_users: bool,
}

/// A device, as far as scopes ask.
pub struct Device<'a> {
    /// A computer or a mobile device.
    pub kind: GroupKind,
    /// Its Jamf id.
    pub id: ObjectId,
    /// Its serial number.
    pub serial_number: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its building: id and name, where each is known. `None` where it has none.
    pub building: Option<Place<'a>>,
    /// Its department.
    pub department: Option<Place<'a>>,
    /// The user name of its owner. `None` where it has none.
    pub username: Option<&'a str>,
    /// Whether it, or its owner, is in the group that an entry names.
    pub is_in_group: &'a dyn Fn(&Entry) -> Known<bool>,
}

/// A building or a department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// Its id, where it is known.
    pub id: Option<ObjectId>,
    /// Its name, where it is known.
    pub name: Option<&'a str>,
}

impl Scope {
    /// A scope of these entries.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        entries.sort();
        entries.dedup();
        Self { entries, may_hide_users: false }
    }

    /// The entries with a role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.role == role)
    }

    /// The scope with entries added and others removed, which an entry of the same role and kind names by id or by name.
    #[must_use]
    pub fn changed(&self, added: &[Entry], removed: &[Entry]) -> Self {
        let goes = |entry: &&Entry| {
            let is_it = |gone: &Entry| {
                (gone.role, gone.kind) == (entry.role, entry.kind)
                    && gone.names(entry.id.as_ref(), &entry.name)
            };
            !removed.iter().any(is_it)
        };
        let stays = self.entries.iter().filter(goes).cloned();
        Self { may_hide_users: self.may_hide_users, ..Self::new(stays.chain(added.iter().cloned())) }
    }

    /// Whether a device can be in the scope at all: it is a target, and no exclusion that goes by the device keeps it out.
    pub fn reach(&self, device: &Device<'_>) -> Known<bool> {
        let mut targets = self.with_role(Role::Target).peekable();
        if targets.peek().is_none() && self.may_hide_users {
            return Known::unknown(
                "the scope names no targets, and Jamf may not say which users and user groups are targets",
            );
        }
        let target = Known::any(targets.map(|entry| device.is_named_by(entry)));
        let exclusions = self.with_role(Role::Exclusion).filter(|entry| !entry.kind.is_of_the_moment());
        target.and(!Known::any(exclusions.map(|entry| device.is_named_by(entry))))
    }

    /// Whether a device is in the scope.
    pub fn holds(&self, device: &Device<'_>) -> Known<bool> {
        let reach = self.reach(device);
        match self.narrowings() {
            Some(reasons) => reach.and(Known::Unknown(reasons)),
            None => reach,
        }
    }

    /// Why fewer devices are in the scope than it can reach, where that is so.
    pub fn narrowings(&self) -> Option<Reasons> {
        let narrow = |entry: &&Entry| match entry.role {
            Role::Target => false,
            Role::Limitation => true,
            Role::Exclusion => entry.kind.is_of_the_moment(),
        };
        let said = self.entries.iter().filter(narrow).map(|entry| {
            let what = if entry.role == Role::Limitation { "limits it to" } else { "excludes" };
            Reasons::one(format!("the scope {what} {}, which can only make it fewer", entry.describe()))
        });
        said.reduce(Reasons::and)
    }

    /// The targets that other devices may enter later. `is_smart` says of the entry of a group whether it is a smart one; a group of
    /// which it is not known counts as one.
    pub fn dynamic_targets(&self, is_smart: &dyn Fn(&Entry) -> Known<bool>) -> Vec<&Entry> {
        let is_dynamic = |entry: &&Entry| match entry.kind {
            EntryKind::Computer | EntryKind::MobileDevice | EntryKind::SerialNumber => false,
            EntryKind::ComputerGroup | EntryKind::MobileDeviceGroup => !is_smart(entry).is_false(),
            _ => true,
        };
        self.with_role(Role::Target).filter(is_dynamic).collect()
    }

    /// Whether devices can enter or leave the scope when a user changes: an entry names the user by one of these names, or groups of
    /// users, or all of them.
    pub fn depends_on_user(&self, names: &[&str]) -> bool {
        self.entries.iter().any(|entry| entry.depends_on_user(names))
    }

    /// What a person should know of the scope beside who is in it.
    pub fn notes(&self) -> Vec<&'static str> {
        let hides = self.may_hide_users && self.with_role(Role::Target).next().is_some();
        let note = "Jamf may not say which users and user groups are targets besides";
        hides.then_some(note).into_iter().collect()
    }
}

impl Device<'_> {
    /// Whether an entry names the device, its place, its owner or a group of theirs.
    pub fn is_named_by(&self, entry: &Entry) -> Known<bool> {
        let is_mac = self.kind == GroupKind::Computer;
        let is_mobile = self.kind == GroupKind::MobileDevice;
        match entry.kind {
            EntryKind::All(GroupKind::User) => Known::Known(self.username.is_some()),
            EntryKind::All(kind) => Known::Known(kind == self.kind),
            EntryKind::Computer => Known::Known(is_mac && entry.names(Some(&self.id), self.name)),
            EntryKind::MobileDevice => Known::Known(is_mobile && entry.names(Some(&self.id), self.name)),
            EntryKind::SerialNumber => Known::Known(entry.name.eq_ignore_ascii_case(self.serial_number)),
            EntryKind::ComputerGroup if !is_mac => Known::Known(false),
            EntryKind::MobileDeviceGroup if !is_mobile => Known::Known(false),
            EntryKind::UserGroup if self.username.is_none() => Known::Known(false),
            EntryKind::ComputerGroup | EntryKind::MobileDeviceGroup | EntryKind::UserGroup => {
                (self.is_in_group)(entry)
            }
            EntryKind::Building => in_place(entry, self.building.as_ref()),
            EntryKind::Department => in_place(entry, self.department.as_ref()),
            EntryKind::User => self.is_of(entry),
            EntryKind::DirectoryUser
            | EntryKind::DirectoryGroup
            | EntryKind::NetworkSegment
            | EntryKind::Ibeacon => Known::unknown(format!(
                "{} depends on who is logged in and on the network at the time",
                entry.describe()
            )),
            EntryKind::Class => Known::unknown(format!("who is in {} was not read", entry.describe())),
        }
    }

    /// Whether its owner is the user of an entry.
    fn is_of(&self, entry: &Entry) -> Known<bool> {
        let Some(username) = self.username else { return Known::Known(false) };
        if entry.name.is_empty() {
            return Known::unknown(format!("the name of {} is not known", entry.describe()));
        }
        let short = |name: &str| name.split('@').next().unwrap_or_default().to_lowercase();
        match () {
            () if username.eq_ignore_ascii_case(&entry.name) => Known::Known(true),
            () if short(username) == short(&entry.name) => Known::unknown(format!(
                "the owner of the device has nearly the name of {}, with or without its domain",
                entry.describe()
            )),
            () => Known::Known(false),
        }
    }
}

fn in_place(entry: &Entry, place: Option<&Place<'_>>) -> Known<bool> {
    let Some(place) = place else { return Known::Known(false) };
    match (&entry.id, &place.id, place.name) {
        (Some(own), Some(there), _) => Known::Known(own == there),
        (_, _, Some(name)) if !entry.name.is_empty() => Known::Known(entry.name.eq_ignore_ascii_case(name)),
        _ => {
            Known::unknown(format!("{} could not be compared with the place of the device", entry.describe()))
        }
    }
}

#[cfg(test)]
mod tests;
