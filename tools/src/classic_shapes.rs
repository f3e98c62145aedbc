//! Shapes that many objects of the Classic API share: references by id or name, scopes, Self Service, purchasing.
//!
//! Fields are in the order in which Jamf writes them, which is the order that the XML must have. What only one family
//! has is in that family's file.

use schemars::JsonSchema;

use crate::args::{Arguments, Date, Id, Name};

/// One object: by its id or by its name.
#[derive(JsonSchema)]
pub struct ByIdOrName {
    /// Id of the object, digits only.
    pub id: Option<Id>,
    /// Name of the object, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
}
impl Arguments for ByIdOrName {}

/// A new object: its name, and the rest of it.
#[derive(JsonSchema)]
pub struct NewNamed<T> {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: T,
}

/// What an object becomes; fields left out stay.
#[derive(JsonSchema)]
pub struct NamedChange<T> {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// The rest.
    #[schemars(flatten)]
    pub rest: T,
}

/// An object by its id or its name; the id wins.
#[derive(JsonSchema)]
pub struct IdOrName {
    /// Id; -1 for none.
    #[schemars(range(min = -1))]
    pub id: Option<i64>,
    /// Name.
    pub name: Option<String>,
}

/// An object by its id.
#[derive(JsonSchema)]
pub struct Target {
    /// Id.
    pub id: u32,
}

/// A directory user by name.
#[derive(JsonSchema)]
pub struct Named {
    /// User name.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// An icon that Jamf Pro already has.
#[derive(JsonSchema)]
pub struct Icon {
    /// Id of the icon, as icon_upload answers it.
    pub id: u32,
}

/// A category of Self Service.
#[derive(JsonSchema)]
pub struct SelfServiceCategory {
    /// Id.
    pub id: Option<u32>,
    /// Show it there; else Jamf drops it.
    pub display_in: Option<bool>,
    /// Feature it there.
    pub feature_in: Option<bool>,
}

/// Where users are told of something new in Self Service.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Notification {
    #[schemars(rename = "Self Service")]
    SelfService,
    #[schemars(rename = "Self Service and Notification Center")]
    NotificationCenter,
}

/// Licences of volume purchasing.
#[derive(JsonSchema)]
pub struct Licences {
    /// Assign a licence to each device.
    pub assign_vpp_device_based_licenses: Option<bool>,
    /// Id of the volume purchasing location; -1 for none.
    #[schemars(range(min = -1))]
    pub vpp_admin_account_id: Option<i64>,
}

/// How an app or ebook reaches its scope.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DeploymentType {
    #[schemars(rename = "Make Available in Self Service")]
    SelfService,
    #[schemars(rename = "Install Automatically/Prompt Users to Install")]
    InstallAutomatically,
}

/// Limits of the scope of an app or ebook.
#[derive(JsonSchema)]
pub struct AppLimitations {
    /// Directory users.
    #[schemars(extend("x-item" = "user"))]
    pub users: Option<Vec<Named>>,
    /// Directory groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub user_groups: Option<Vec<Target>>,
    /// Network segments.
    #[schemars(extend("x-item" = "network_segment"))]
    pub network_segments: Option<Vec<Target>>,
}

/// Which users something is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct UserScope {
    /// Every user that Jamf Pro knows; then no groups.
    pub all_jss_users: Option<bool>,
    /// Users.
    #[schemars(extend("x-item" = "user"))]
    pub jss_users: Option<Vec<Target>>,
    /// User groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub jss_user_groups: Option<Vec<Target>>,
    /// Only for these of them.
    pub limitations: Option<UserLimitations>,
    /// Not for these.
    pub exclusions: Option<UserExclusions>,
}

/// Limits of a scope of users.
#[derive(JsonSchema)]
pub struct UserLimitations {
    /// Directory groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub user_groups: Option<Vec<Target>>,
}

/// Exceptions from a scope of users.
#[derive(JsonSchema)]
pub struct UserExclusions {
    /// Users.
    #[schemars(extend("x-item" = "user"))]
    pub jss_users: Option<Vec<Target>>,
    /// User groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub jss_user_groups: Option<Vec<Target>>,
    /// Directory groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub user_groups: Option<Vec<DirectoryGroup>>,
}

/// A directory group by name.
#[derive(JsonSchema)]
pub struct DirectoryGroup {
    /// Name in the directory.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// Who has a device and where it is.
#[derive(JsonSchema)]
pub struct Location {
    /// User name.
    pub username: Option<String>,
    /// Full name.
    pub real_name: Option<String>,
    /// Mail address.
    pub email_address: Option<String>,
    /// Position in the organisation.
    pub position: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Name of the department.
    pub department: Option<String>,
    /// Name of the building.
    pub building: Option<String>,
    /// Room.
    pub room: Option<String>,
}

/// How a device was bought or leased.
#[derive(JsonSchema)]
pub struct Purchasing {
    /// Bought.
    pub is_purchased: Option<bool>,
    /// Leased.
    pub is_leased: Option<bool>,
    /// Number of the purchase order.
    pub po_number: Option<String>,
    /// Who sold it.
    pub vendor: Option<String>,
    /// AppleCare agreement.
    pub applecare_id: Option<String>,
    /// Price, as text.
    pub purchase_price: Option<String>,
    /// Account it was bought with.
    pub purchasing_account: Option<String>,
    /// Day of the purchase order, such as 2026-01-31.
    pub po_date: Option<Date>,
    /// Day the warranty ends.
    pub warranty_expires: Option<Date>,
    /// Day the lease ends.
    pub lease_expires: Option<Date>,
    /// Years it is expected to last.
    #[schemars(range(min = 0, max = 100))]
    pub life_expectancy: Option<u32>,
    /// Person to ask about it.
    pub purchasing_contact: Option<String>,
}
