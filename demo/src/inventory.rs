//! Computers and mobile devices: rendered by the fleet on demand, with what was written since laid over them.
//! Keys that filters and sorts ask for are made once a field and kept.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use serde_json::{Map, Value, json};

use crate::{
    fleet::{ComputerSection, Fleet},
    paging::PageQuery,
    rsql::Key,
    state_file,
    store::{Sight, merge},
};

/// Which of the two inventories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Computers,
    MobileDevices,
}

/// Sections by the names of `section=` and of their property.
pub(crate) static SECTIONS: &[(&str, &str, ComputerSection)] = &[
    ("GENERAL", "general", ComputerSection::General),
    ("DISK_ENCRYPTION", "diskEncryption", ComputerSection::DiskEncryption),
    ("PURCHASING", "purchasing", ComputerSection::Purchasing),
    ("APPLICATIONS", "applications", ComputerSection::Applications),
    ("STORAGE", "storage", ComputerSection::Storage),
    ("USER_AND_LOCATION", "userAndLocation", ComputerSection::UserAndLocation),
    ("CONFIGURATION_PROFILES", "configurationProfiles", ComputerSection::ConfigurationProfiles),
    ("PRINTERS", "printers", ComputerSection::Printers),
    ("SERVICES", "services", ComputerSection::Services),
    ("HARDWARE", "hardware", ComputerSection::Hardware),
    ("LOCAL_USER_ACCOUNTS", "localUserAccounts", ComputerSection::LocalUserAccounts),
    ("CERTIFICATES", "certificates", ComputerSection::Certificates),
    ("ATTACHMENTS", "attachments", ComputerSection::Attachments),
    ("PACKAGE_RECEIPTS", "packageReceipts", ComputerSection::PackageReceipts),
    ("SECURITY", "security", ComputerSection::Security),
    ("OPERATING_SYSTEM", "operatingSystem", ComputerSection::OperatingSystem),
    ("LICENSED_SOFTWARE", "licensedSoftware", ComputerSection::LicensedSoftware),
    ("IBEACONS", "ibeacons", ComputerSection::Ibeacons),
    ("SOFTWARE_UPDATES", "softwareUpdates", ComputerSection::SoftwareUpdates),
    ("EXTENSION_ATTRIBUTES", "extensionAttributes", ComputerSection::ExtensionAttributes),
    ("CONTENT_CACHING", "contentCaching", ComputerSection::ContentCaching),
    ("GROUP_MEMBERSHIPS", "groupMemberships", ComputerSection::GroupMemberships),
];

/// Sections of a mobile device by the names of `section=` and of their property.
pub(crate) static MOBILE_SECTIONS: &[(&str, &str)] = &[
    ("GENERAL", "general"),
    ("HARDWARE", "hardware"),
    ("USER_AND_LOCATION", "userAndLocation"),
    ("PURCHASING", "purchasing"),
    ("SECURITY", "security"),
    ("APPLICATIONS", "applications"),
    ("EBOOKS", "ebooks"),
    ("NETWORK", "network"),
    ("SERVICE_SUBSCRIPTIONS", "serviceSubscriptions"),
    ("CERTIFICATES", "certificates"),
    ("PROFILES", "profiles"),
    ("USER_PROFILES", "userProfiles"),
    ("PROVISIONING_PROFILES", "provisioningProfiles"),
    ("SHARED_USERS", "sharedUsers"),
    ("GROUPS", "groups"),
    ("EXTENSION_ATTRIBUTES", "extensionAttributes"),
];

/// One inventory.
#[derive(Debug)]
pub(crate) struct Inventory {
    kind: Kind,
    /// Number of devices that the fleet renders; later rows were created.
    rendered: usize,
    ids: Vec<String>,
    /// The highest id so far.
    last: u64,
    index: HashMap<String, usize>,
    /// Rows that the fleet renders by management id, in lower case; made when it is first asked for.
    managed: OnceLock<HashMap<String, usize>>,
    /// What was written over a row; the whole record of a created one.
    written: HashMap<usize, Value>,
    born: HashMap<usize, Instant>,
    deleted: HashSet<usize>,
    /// Rows that were written since they were last taken.
    changed: HashSet<usize>,
    columns: Mutex<HashMap<String, Arc<Vec<Key>>>>,
}

impl Inventory {
    pub(crate) fn new(kind: Kind, fleet: &Fleet) -> Self {
        let id = |at: usize| match kind {
            Kind::Computers => fleet.computer_ids(at).map(|(id, _)| id),
            Kind::MobileDevices => {
                fleet.mobile_device(at).and_then(|d| Some(d.get("mobileDeviceId")?.as_str()?.to_owned()))
            }
        };
        let count = match kind {
            Kind::Computers => fleet.computers(),
            Kind::MobileDevices => fleet.mobile_devices(),
        };
        let ids: Vec<String> = (0..count).map(|at| id(at).unwrap_or_else(|| (at + 1).to_string())).collect();
        let index = ids.iter().enumerate().map(|(at, id)| (id.clone(), at)).collect();
        Self {
            kind,
            rendered: count,
            last: ids.iter().filter_map(|id| id.parse().ok()).max().unwrap_or(0),
            ids,
            index,
            managed: OnceLock::new(),
            written: HashMap::new(),
            born: HashMap::new(),
            deleted: HashSet::new(),
            changed: HashSet::new(),
            columns: Mutex::default(),
        }
    }

    /// The row of an id.
    pub(crate) fn find(&self, id: &str, sight: Sight) -> Option<usize> {
        self.index.get(id).copied().filter(|at| self.there(*at, sight))
    }

    /// The row of a management id.
    pub(crate) fn by_management_id(&self, fleet: &Fleet, id: &str, sight: Sight) -> Option<usize> {
        let id = id.to_lowercase();
        let id_of = |at| match self.kind {
            Kind::Computers => fleet.computer_management_id(at),
            Kind::MobileDevices => fleet.mobile_device_management_id(at).map(str::to_owned),
        };
        let rendered = || (0..self.rendered).filter_map(|at| Some((id_of(at)?.to_lowercase(), at))).collect();
        let of_created = |at: &usize| {
            let general = self.part(fleet, *at, "general");
            let own = general.get("managementId").and_then(Value::as_str).unwrap_or_default();
            !own.is_empty() && own.eq_ignore_ascii_case(&id)
        };
        let at = self.managed.get_or_init(rendered).get(&id).copied();
        at.or_else(|| (self.rendered..self.ids.len()).find(of_created)).filter(|at| self.there(*at, sight))
    }

    /// Whether the fleet renders a row; if not, it was created.
    pub(crate) fn is_rendered(&self, at: usize) -> bool {
        at < self.rendered
    }

    /// The id of a row.
    pub(crate) fn id(&self, at: usize) -> &str {
        self.ids.get(at).map_or("", String::as_str)
    }

    /// Every row that is there, by ascending id.
    pub(crate) fn rows(&self, sight: Sight) -> Vec<usize> {
        (0..self.ids.len()).filter(|at| self.there(*at, sight)).collect()
    }

    fn there(&self, at: usize, sight: Sight) -> bool {
        !self.deleted.contains(&at) && sight.sees(self.born.get(&at).copied())
    }

    /// A property of a row at the top level: a section, or `id`, `udid`.
    pub(crate) fn part(&self, fleet: &Fleet, at: usize, name: &str) -> Value {
        let mut value = match (self.kind, at < self.rendered, name) {
            (Kind::Computers, true, "udid") => {
                fleet.computer_ids(at).map_or(Value::Null, |(_, udid)| json!(udid))
            }
            (Kind::Computers, true, _) => SECTIONS
                .iter()
                .find(|(_, property, _)| *property == name)
                .map_or(Value::Null, |(_, _, section)| fleet.computer_section(at, *section)),
            (Kind::MobileDevices, true, _) => fleet
                .mobile_device(at)
                .and_then(|mut d| d.get_mut(name).map(Value::take))
                .unwrap_or(Value::Null),
            _ => Value::Null,
        };
        if name == "id" {
            return json!(self.id(at));
        }
        if let Some(patch) = self.written.get(&at).and_then(|w| w.get(name)) {
            merge(&mut value, patch);
        }
        value
    }

    /// The whole record of a row; for computers with these properties and the other sections null.
    pub(crate) fn record(&self, fleet: &Fleet, at: usize, wanted: &[&str]) -> Value {
        let mut record = Map::new();
        match self.kind {
            Kind::Computers => {
                record.insert("id".to_owned(), json!(self.id(at)));
                record.insert("udid".to_owned(), self.part(fleet, at, "udid"));
                for (_, property, _) in SECTIONS {
                    let on = wanted.contains(property);
                    let value = if on { self.part(fleet, at, property) } else { Value::Null };
                    record.insert((*property).to_owned(), value);
                }
                Value::Object(record)
            }
            Kind::MobileDevices => {
                let mut value =
                    if at < self.rendered { fleet.mobile_device(at).unwrap_or_default() } else { json!({}) };
                if let Some(patch) = self.written.get(&at) {
                    merge(&mut value, patch);
                }
                if let Value::Object(fields) = &mut value {
                    fields.insert("mobileDeviceId".to_owned(), json!(self.id(at)));
                }
                for (_, property) in MOBILE_SECTIONS {
                    if let Some(section) = value.get_mut(*property).filter(|_| !wanted.contains(property)) {
                        *section = Value::Null;
                    }
                }
                value
            }
        }
    }

    /// Filter, sort and cut: the rows of the page, and the total.
    pub(crate) fn page(&self, fleet: &Fleet, query: &PageQuery, sight: Sight) -> (Vec<usize>, usize) {
        self.page_of(fleet, query, self.rows(sight))
    }

    /// The same over some rows only.
    pub(crate) fn page_of(
        &self,
        fleet: &Fleet,
        query: &PageQuery,
        mut rows: Vec<usize>,
    ) -> (Vec<usize>, usize) {
        if let Some(filter) = &query.filter {
            let columns: HashMap<&str, Arc<Vec<Key>>> =
                filter.fields().into_iter().map(|f| (f, self.column(fleet, f))).collect();
            rows.retain(|at| {
                filter.matches(&|field: &str| {
                    Cow::Borrowed(columns.get(field).and_then(|c| c.get(*at)).unwrap_or(&Key::Null))
                })
            });
        }
        let columns: Vec<_> =
            query.sort.iter().map(|(field, down)| (self.column(fleet, field), *down)).collect();
        let total = rows.len();
        if !columns.is_empty() {
            rows.sort_by(|a, b| {
                let orders = columns.iter().map(|(column, down)| {
                    let order =
                        column.get(*a).unwrap_or(&Key::Null).order(column.get(*b).unwrap_or(&Key::Null));
                    if *down { order.reverse() } else { order }
                });
                orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            });
        }
        (rows.into_iter().skip(query.page.saturating_mul(query.size)).take(query.size).collect(), total)
    }

    /// The keys of a field for every row, made once.
    fn column(&self, fleet: &Fleet, field: &str) -> Arc<Vec<Key>> {
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new((0..self.ids.len()).map(|at| self.key(fleet, at, field)).collect());
        Arc::clone(columns.entry(field.to_owned()).or_insert_with(make))
    }

    fn key(&self, fleet: &Fleet, at: usize, field: &str) -> Key {
        let value = match self.kind {
            Kind::Computers => {
                let mut names = field.split('.');
                let top = self.part(fleet, at, names.next().unwrap_or_default());
                names.try_fold(&top, |value, name| value.get(name)).cloned()
            }
            // A mobile device's fields are named without their section.
            Kind::MobileDevices => {
                let all: Vec<&str> = MOBILE_SECTIONS.iter().map(|(_, property)| *property).collect();
                let record = self.record(fleet, at, &all);
                if let Some((section, field)) = field.split_once('.') {
                    let value = record.get(section).and_then(|section| section.get(field)).cloned();
                    return Key::of(field, &value.unwrap_or_default());
                }
                let inner =
                    || MOBILE_SECTIONS.iter().find_map(|(_, property)| record.get(property)?.get(field));
                record.get(field).or_else(inner).cloned()
            }
        };
        Key::of(field, &value.unwrap_or_default())
    }

    /// Write over a row.
    pub(crate) fn write(&mut self, fleet: &Fleet, at: usize, patch: &Value) {
        merge(self.written.entry(at).or_insert_with(|| json!({})), patch);
        self.refresh(fleet, at);
    }

    /// The rows that were written since this was last asked.
    pub(crate) fn take_changed(&mut self) -> HashSet<usize> {
        std::mem::take(&mut self.changed)
    }

    /// Replace one property of a row.
    pub(crate) fn replace(&mut self, fleet: &Fleet, at: usize, name: &str, value: Value) {
        let written = self.written.entry(at).or_insert_with(|| json!({}));
        if let Value::Object(written) = written {
            written.insert(name.to_owned(), value);
        }
        self.refresh(fleet, at);
    }

    fn refresh(&mut self, fleet: &Fleet, at: usize) {
        self.changed.insert(at);
        let fields: Vec<String> =
            self.columns.get_mut().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        for field in fields {
            let key = self.key(fleet, at, &field);
            let columns = self.columns.get_mut().unwrap_or_else(PoisonError::into_inner);
            let Some(column) = columns.get_mut(&field).map(Arc::make_mut) else { continue };
            match column.get_mut(at) {
                Some(place) => *place = key,
                None => column.push(key),
            }
        }
    }

    /// Create a row; the answer is its id.
    pub(crate) fn create(&mut self, fleet: &Fleet, record: &Value) -> String {
        self.last += 1;
        let id = self.last.to_string();
        let at = self.ids.len();
        self.ids.push(id.clone());
        self.index.insert(id.clone(), at);
        self.born.insert(at, Instant::now());
        self.written.insert(at, record.clone());
        self.refresh(fleet, at);
        id
    }

    pub(crate) fn delete(&mut self, at: usize) {
        self.deleted.insert(at);
    }

    /// What was changed since the start.
    pub(crate) fn saved(&self) -> state_file::Devices {
        let id = |at: &usize| self.id(*at).to_owned();
        let mut deleted: Vec<usize> = self.deleted.iter().copied().collect();
        deleted.sort_unstable();
        state_file::Devices {
            created: self.ids.get(self.rendered..).unwrap_or_default().to_vec(),
            written: self.written.iter().map(|(at, value)| (id(at), value.clone())).collect(),
            deleted: deleted.iter().map(id).collect(),
        }
    }

    /// Put back what was changed; this is the inventory of a fleet that nobody has changed yet.
    pub(crate) fn restore(&mut self, kept: state_file::Devices) {
        for id in kept.created {
            let at = self.ids.len();
            self.last = self.last.max(id.parse().unwrap_or(0));
            self.index.insert(id.clone(), at);
            self.born.insert(at, state_file::long_ago());
            self.ids.push(id);
        }
        let at = |id: &String| self.index.get(id).copied();
        self.written = kept.written.into_iter().filter_map(|(id, value)| Some((at(&id)?, value))).collect();
        self.deleted = kept.deleted.iter().filter_map(at).collect();
    }
}

impl Clone for Inventory {
    fn clone(&self) -> Self {
        Self {
            kind: self.kind,
            rendered: self.rendered,
            ids: self.ids.clone(),
            last: self.last,
            index: self.index.clone(),
            managed: self.managed.clone(),
            written: self.written.clone(),
            born: self.born.clone(),
            deleted: self.deleted.clone(),
            changed: self.changed.clone(),
            columns: Mutex::new(self.columns.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        }
    }
}
