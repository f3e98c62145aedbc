//! Users: the people that devices belong to, and the static groups of them.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, List, Update, Whole};
use crate::effects::Affects;

/// All actions on users.
pub static ACTIONS: &[Action] = &[
    get::<UserList>("user_list", "/api/v1/users")
        .about("List users, the people that devices belong to; not the accounts of administrators.")
        .asked(&["search people by name", "all users known to Jamf", "people in Jamf"])
        .needs(&["Read User"])
        .brief(&["id", "username", "realname", "email", "position"])
        .since("11.26")
        .core(),
    get::<ById>("user_get", "/api/v1/users/{id}")
        .about("Get one user by id. Their devices come from computer_list and mobile_device_list, filtered by username.")
        .asked(&["mail address and phone of a user in Jamf", "devices and details of one person"])
        .needs(&["Read User"])
        .since("11.26"),
    post::<UserCreate>("user_create", "/api/v1/users")
        .about("Create a user, somebody that devices can belong to.")
        .asked(&["add a person"])
        .needs(&["Create User"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .since("11.26"),
    put::<Update<User>>("user_update", "/api/v1/users/{id}")
        .about("Replace a user's facts; fields left out are cleared.")
        .asked(&["change a person's e-mail", "mail address or phone of a person"])
        .needs(&["Update User"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::User)
        .since("11.26"),
    delete::<ById>("user_delete", "/api/v1/users/{id}")
        .about("Delete a user; their devices stay, without a user. App licenses assigned to the user are taken back.")
        .asked(&["delete a person who left", "delete a person"])
        .needs(&["Delete User"])
        .risk(Risk::Destructive)
        .affects(Affects::User)
        .since("11.26"),
    post::<ById>("user_smart_groups_recalculate", "/api/v1/users/{id}/recalculate-smart-groups")
        .title("Recalculate the smart groups of a user")
        .about("Work out anew which smart user groups one user is in; what is scoped to them follows.")
        .needs(&["Update Smart User Groups"])
        .affects(Affects::User),
    get::<Whole>("static_user_group_list", "/api/v1/static-user-groups")
        .about("List static user groups.")
        .asked(&["static groups of people"])
        .needs(&["Read Static User Groups"])
        .brief(&["id", "name"]),
    get::<ById>("static_user_group_get", "/api/v1/static-user-groups/{id}")
        .about("Get one static user group by its id.")
        .needs(&["Read Static User Groups"]),
];

/// Arguments of `user_list`.
#[derive(JsonSchema)]
pub struct UserList {
    /// Answer with ids of Jamf's platform instead of the tenant's own.
    pub platform: Option<bool>,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for UserList {
    const ROWS: Rows = Rows::Paged;
}

/// Arguments of `user_create`.
#[derive(JsonSchema)]
pub struct UserCreate {
    /// Answer with an id of Jamf's platform instead of the tenant's own.
    pub platform: Option<bool>,
    /// The new user.
    pub body: User,
}
impl Arguments for UserCreate {}

/// A user.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct User {
    /// Name to sign in with; unique.
    #[schemars(length(min = 1, max = 255))]
    pub username: String,
    /// Full name.
    pub realname: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Use a photo of one's own.
    pub enable_custom_photo_url: Option<bool>,
    /// Where that photo is.
    pub custom_photo_url: Option<String>,
    /// Managed Apple Account.
    pub managed_apple_id: Option<String>,
}
