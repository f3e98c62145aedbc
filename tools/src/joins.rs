//! Columns that a list has from the fleet: rows that the server keeps of the tenant join the rows of the list by an id. Many lists of Jamf
//! have ids and names alone; the fleet knows the rest.

use crate::action::Action;

/// Rows of the fleet that join the rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join {
    /// The name by which the server knows the rows, such as `policies`.
    pub rows: &'static str,
    /// Where the id by which they join stands in a row of the list, as a dotted path.
    pub id: &'static str,
    /// The columns.
    pub columns: &'static [JoinedColumn],
    /// It is the name of what the id stands for, which is answered wherever the id is.
    pub is_name: bool,
}

/// A column that a list has from the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinedColumn {
    /// The dotted path at which a row of the list has it.
    pub path: &'static str,
    /// Its name in the rows of the fleet.
    pub column: &'static str,
    /// What it holds.
    pub kind: JoinedKind,
}

/// What a column from the fleet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinedKind {
    /// Text.
    Text,
    /// True or false.
    Flag,
    /// A number.
    Number,
    /// How many there are; 0 where the fleet is whole and has no row.
    Count,
    /// A moment in UTC.
    Moment,
}

impl JoinedKind {
    /// The kind as the shapes of Jamf's answers write it.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Flag => "boolean",
            Self::Number | Self::Count => "integer",
            Self::Moment => "date-time",
        }
    }
}

/// Rows of the fleet that join by the id at a path.
pub(crate) const fn join(rows: &'static str, id: &'static str, columns: &'static [JoinedColumn]) -> Join {
    Join { rows, id, columns, is_name: false }
}

/// The name of what the id at a path stands for; `columns` has the path of the name alone.
const fn name(rows: &'static str, id: &'static str, columns: &'static [JoinedColumn]) -> Join {
    Join { rows, id, columns, is_name: true }
}

const fn column(path: &'static str, kind: JoinedKind) -> JoinedColumn {
    JoinedColumn { path, column: path, kind }
}

const fn named(path: &'static str) -> JoinedColumn {
    JoinedColumn { path, column: "name", kind: JoinedKind::Text }
}

/// The category of a row.
pub(crate) const CATEGORY: Join = name("categories", "categoryId", &[named("category")]);

/// The site of a row.
pub(crate) const SITE: Join = name("sites", "siteId", &[named("site")]);

/// The site of the general section of a record.
pub(crate) const SITE_OF_RECORD: Join = name("sites", "general.siteId", &[named("general.site")]);

/// The site that devices get at enrollment.
pub(crate) const SITE_OF_ENROLLMENT: Join = name("sites", "enrollmentSiteId", &[named("enrollmentSite")]);

/// The department of the user of a device.
pub(crate) const DEPARTMENT: Join =
    name("departments", "userAndLocation.departmentId", &[named("userAndLocation.department")]);

/// The building of the user of a device.
pub(crate) const BUILDING: Join =
    name("buildings", "userAndLocation.buildingId", &[named("userAndLocation.building")]);

/// The department that devices get at enrollment.
pub(crate) const DEPARTMENT_OF_ENROLLMENT: Join =
    name("departments", "locationInformation.departmentId", &[named("locationInformation.department")]);

/// The building that devices get at enrollment.
pub(crate) const BUILDING_OF_ENROLLMENT: Join =
    name("buildings", "locationInformation.buildingId", &[named("locationInformation.building")]);

/// How many objects refer to a row.
pub(crate) const USED_BY: &[JoinedColumn] = &[column("used_by", JoinedKind::Count)];

/// What is known of a policy.
pub(crate) const POLICY: &[JoinedColumn] = &[
    column("enabled", JoinedKind::Flag),
    column("category", JoinedKind::Text),
    column("site", JoinedKind::Text),
    column("triggers", JoinedKind::Text),
    column("frequency", JoinedKind::Text),
    column("scope", JoinedKind::Text),
    column("targets", JoinedKind::Number),
    column("runs", JoinedKind::Text),
    column("self_service", JoinedKind::Flag),
    column("starts_at", JoinedKind::Moment),
    column("expires_at", JoinedKind::Moment),
];

/// What is known of a configuration profile.
pub(crate) const PROFILE: &[JoinedColumn] = &[
    column("payload_types", JoinedKind::Text),
    column("level", JoinedKind::Text),
    column("distribution", JoinedKind::Text),
    column("scope", JoinedKind::Text),
    column("category", JoinedKind::Text),
    column("site", JoinedKind::Text),
    column("self_service", JoinedKind::Flag),
];

/// On how many devices the last commands to install or remove a profile failed.
pub(crate) const FAILED: &[JoinedColumn] = &[column("failed", JoinedKind::Count)];

/// What is known of a group.
pub(crate) const GROUP: &[JoinedColumn] =
    &[column("members", JoinedKind::Number), column("criteria", JoinedKind::Text)];

/// What is known of a group in a list that says how many members it has.
pub(crate) const CRITERIA: &[JoinedColumn] = &[column("criteria", JoinedKind::Text)];

impl Action {
    /// Columns of a list from the fleet; a list answers by default with those that [`Action::brief`] names.
    #[must_use]
    pub const fn joins(mut self, joins: &'static [Join]) -> Self {
        self.joins = joins;
        self
    }

    /// The join that a path of its rows comes from, and the column; `None` where Jamf answers it.
    pub fn joined(&self, path: &str) -> Option<(&'static Join, &'static JoinedColumn)> {
        let columns = |join: &'static Join| join.columns.iter().map(move |column| (join, column));
        self.joins.iter().flat_map(columns).find(|(_, column)| column.path == path)
    }
}
