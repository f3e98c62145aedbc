//! App requests: the form in Self Service by which people ask for an App Store app, and who decides.

use schemars::JsonSchema;

use crate::action::{Action, delete, get, post, put};
use crate::args::{ById, Change, Create, Nothing, Update, Whole};
use crate::effects::Affects;

/// All actions on app requests.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("app_request_field_list", "/api/v1/app-request/form-input-fields")
        .about("List the questions on the form by which people ask for an app.")
        .asked(&["questions that users answer when they request an app"])
        .needs(&["Read App Request Settings"])
        .brief(&["id", "title", "description", "priority"]),
    get::<ById>("app_request_field_get", "/api/v1/app-request/form-input-fields/{id}")
        .about("Get one question of the app request form by its id.")
        .needs(&["Read App Request Settings"]),
    post::<Create<AppRequestField>>("app_request_field_create", "/api/v1/app-request/form-input-fields")
        .about("Create a question on the app request form; everybody who asks for an app sees it.")
        .needs(&["Update App Request Settings"])
        .affects(Affects::Nothing("it says who is asked for apps, and installs none")),
    put::<Update<AppRequestField>>("app_request_field_update", "/api/v1/app-request/form-input-fields/{id}")
        .about("Replace one question of the app request form; a description that is left out is cleared.")
        .needs(&["Update App Request Settings"])
        .affects(Affects::Nothing("it says who is asked for apps, and installs none")),
    put::<Change<Vec<AppRequestField>>>("app_request_fields_replace", "/api/v1/app-request/form-input-fields")
        .about("Replace all questions of the app request form at once; those not given are deleted. app_request_field_update changes one.")
        .needs(&["Update App Request Settings"])
        .affects(Affects::Nothing("it says who is asked for apps, and installs none")),
    delete::<ById>("app_request_field_delete", "/api/v1/app-request/form-input-fields/{id}")
        .about("Delete one question of the app request form.")
        .needs(&["Update App Request Settings"])
        .affects(Affects::Nothing("it says who is asked for apps, and installs none")),
    get::<Nothing>("app_request_settings_get", "/api/v1/app-request/settings")
        .about("Get whether people may ask for apps, who may, and who decides.")
        .asked(&["may users ask for apps", "may users request apps"])
        .needs(&["Read App Request Settings"]),
    put::<Change<AppRequestSettings>>("app_request_settings_update", "/api/v1/app-request/settings")
        .about("Replace who may ask for apps and who decides; fields left out are cleared. Turning it off takes the form from everybody.")
        .asked(&["let users request apps"])
        .needs(&["Update App Request Settings"])
        .affects(Affects::Nothing("it says who is asked for apps, and installs none")),
];

/// Who may ask for apps, and who decides.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AppRequestSettings {
    /// People may ask for apps.
    pub is_enabled: Option<bool>,
    /// Country code of the App Store to choose from, or `deviceLocale` for that of each device.
    pub app_store_locale: Option<String>,
    /// Id of the user group whose members may ask.
    #[schemars(range(min = -1))]
    pub requester_user_group_id: Option<i64>,
    /// E-mail addresses of those who approve.
    pub approver_emails: Option<Vec<String>>,
}

/// A question on the app request form.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AppRequestField {
    /// The question's heading, such as `Quantity`.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Explanation below the heading.
    pub description: Option<String>,
    /// Place on the form; 1 comes first.
    #[schemars(range(min = 1, max = 255))]
    pub priority: i64,
}
