//! Parts of the scopes, exclusions, limitations and Self Service sections of Classic objects, each in the order of Jamf's schemas.

use schemars::JsonSchema;

use crate::classic_shapes::{DirectoryGroup, Icon};

/// Computers, by their ids or by their groups.
#[derive(JsonSchema)]
pub struct ComputerTargets {
    /// Computers.
    #[schemars(extend("x-item" = "computer"))]
    pub computers: Option<Vec<Target>>,
    /// Computer groups.
    #[schemars(extend("x-item" = "computer_group"))]
    pub computer_groups: Option<Vec<Target>>,
}

/// Mobile devices, by their ids or by their groups.
#[derive(JsonSchema)]
pub struct MobileDeviceTargets {
    /// Mobile devices.
    #[schemars(extend("x-item" = "mobile_device"))]
    pub mobile_devices: Option<Vec<Target>>,
    /// Mobile device groups.
    #[schemars(extend("x-item" = "mobile_device_group"))]
    pub mobile_device_groups: Option<Vec<Target>>,
}

/// Buildings and departments, by their ids.
#[derive(JsonSchema)]
pub struct Places {
    /// Buildings.
    #[schemars(extend("x-item" = "building"))]
    pub buildings: Option<Vec<Target>>,
    /// Departments.
    #[schemars(extend("x-item" = "department"))]
    pub departments: Option<Vec<Target>>,
}

/// Users and user groups of Jamf Pro's own list, by their ids.
#[derive(JsonSchema)]
pub struct UserTargets {
    /// Users of Jamf Pro's own list.
    #[schemars(extend("x-item" = "user"))]
    pub jss_users: Option<Vec<Target>>,
    /// User groups of Jamf Pro.
    #[schemars(extend("x-item" = "user_group"))]
    pub jss_user_groups: Option<Vec<Target>>,
}

/// Users and groups of the directory, by their names.
#[derive(JsonSchema)]
pub struct DirectoryPeople {
    /// Directory users.
    #[schemars(extend("x-item" = "user"))]
    pub users: Option<Vec<Named>>,
    /// Directory groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub user_groups: Option<Vec<DirectoryGroup>>,
}

/// What Self Service shows of an object, and where.
#[derive(JsonSchema)]
pub struct Offer {
    /// Text of the button.
    pub install_button_text: Option<String>,
    /// Description.
    pub self_service_description: Option<String>,
    /// Show the description before it runs or is installed.
    pub force_users_to_view_description: Option<bool>,
    /// Icon.
    pub self_service_icon: Option<Icon>,
    /// Whether the first page shows it.
    pub feature_on_main_page: Option<bool>,
    /// Its categories.
    #[schemars(extend("x-item" = "category"))]
    pub self_service_categories: Option<Vec<SelfServiceCategory>>,
}

/// The message with which users are notified of an object in Self Service.
#[derive(JsonSchema)]
pub struct NotificationText {
    /// Heading of the notification.
    pub notification_subject: Option<String>,
    /// Text of the notification.
    pub notification_message: Option<String>,
}

/// Limits of a scope.
#[derive(JsonSchema)]
pub struct Limitations {
    /// Users and groups of the directory, by their names.
    #[schemars(flatten)]
    pub directory: DirectoryPeople,
    /// Network segments.
    #[schemars(extend("x-item" = "network_segment"))]
    pub network_segments: Option<Vec<Target>>,
    /// iBeacons.
    #[schemars(extend("x-item" = "ibeacon"))]
    pub ibeacons: Option<Vec<Target>>,
}

/// Exceptions from a scope.
#[derive(JsonSchema)]
pub struct Exclusions {
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// People of the directory, network segments and iBeacons, as a limit has them.
    #[schemars(flatten)]
    pub limits: Limitations,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
}

/// By its id.
#[derive(JsonSchema)]
pub struct Target {
    /// Id of the object.
    pub id: u32,
}

/// By name.
#[derive(JsonSchema)]
pub struct Named {
    /// User name.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// One category.
#[derive(JsonSchema)]
pub struct SelfServiceCategory {
    /// Id of the object.
    pub id: Option<u32>,
    /// Show it there; else Jamf drops it.
    pub display_in: Option<bool>,
    /// Feature it there.
    pub feature_in: Option<bool>,
}
