//! User extension attributes: facts of an organization's own about users, in the Classic API. Those of devices are in
//! `computer_extension_attributes` and `mobile_device_extension_attributes`.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::effects::Affects;

/// All actions on user extension attributes.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("user_extension_attribute_list", "/JSSResource/userextensionattributes")
        .about("List the extension attributes that users have, with their ids; devices have others.")
        .asked(&["custom fields of people"])
        .probably_needs(&["Read User Extension Attributes"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("user_extension_attribute_get", "/JSSResource/userextensionattributes/id/{id}")
        .also(&["/JSSResource/userextensionattributes/name/{name}"])
        .about("Get one extension attribute of users by id or name: its type and, for a menu, its choices.")
        .probably_needs(&["Read User Extension Attributes"]),
    post::<Create<UserExtensionAttribute>>(
        "user_extension_attribute_create",
        "/JSSResource/userextensionattributes/id/0",
    )
    .about("Create an extension attribute that every user then has, empty at first.")
        .asked(&["new custom field for people"])
    .probably_needs(&["Create User Extension Attributes"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
    .xml("user_extension_attribute"),
    put::<Update<Partial<UserExtensionAttribute>>>(
        "user_extension_attribute_update",
        "/JSSResource/userextensionattributes/id/{id}",
    )
    .about("Change an extension attribute of users; values that do not fit a new type can be lost. Fields left out stay.")
    .probably_needs(&["Update User Extension Attributes"])
    .risk(Risk::Destructive)
    .at_least(Risk::Write)
        .affects(Affects::UserAttribute)
    .xml("user_extension_attribute"),
    delete::<ById>("user_extension_attribute_delete", "/JSSResource/userextensionattributes/id/{id}")
        .about("Delete an extension attribute of users with all its values; smart user groups and searches that ask for it break.")
        .probably_needs(&["Delete User Extension Attributes"])
        .risk(Risk::Destructive)
        .affects(Affects::UserAttribute),
];

/// A new extension attribute of users, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct UserExtensionAttribute {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Type of its values; String by default.
    pub data_type: Option<DataType>,
    /// How a value is entered.
    pub input_type: Option<InputType>,
}

/// Type of the values of an extension attribute.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DataType {
    String,
    Integer,
    Date,
}

/// How a value is entered.
#[derive(JsonSchema)]
pub struct InputType {
    /// A field or a menu; a field by default.
    #[schemars(rename = "type")]
    pub kind: Option<InputKind>,
    /// Choices of a menu.
    #[schemars(length(max = 1000), extend("x-item" = "choice"))]
    pub popup_choices: Option<Vec<String>>,
}

/// A field or a menu.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum InputKind {
    #[schemars(rename = "Text Field")]
    TextField,
    #[schemars(rename = "Pop-up Menu")]
    PopUpMenu,
}
