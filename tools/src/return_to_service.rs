//! Return to Service configurations: the Wi-Fi profile by which a device gets back online and enrolls by itself after it
//! was erased.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, Create, Id, Update, Whole};
use crate::effects::Affects;

/// All actions on Return to Service configurations.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("return_to_service_list", "/api/v1/return-to-service")
        .about("List Return to Service configurations and the Wi-Fi profile that each gives to erased devices.")
        .asked(&["Return to Service configurations", "setups to make iPads ready after a wipe"])
        .needs(&["View Return To Service Configurations"])
        .brief(&["id", "displayName", "wifiProfileId"])
        .since("11.7"),
    get::<ById>("return_to_service_get", "/api/v1/return-to-service/{id}")
        .about("Get one Return to Service configuration.")
        .needs(&["View Return To Service Configurations"])
        .since("11.7"),
    post::<Create<ReturnToService>>("return_to_service_create", "/api/v1/return-to-service")
        .about("Create a Return to Service configuration; no device is erased by it, an erase command may then name it.")
        .asked(&["set up Return to Service for iPads", "erase an iPad and make it ready again at once"])
        .needs(&["Edit Return To Service Configurations"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .since("11.7"),
    put::<Update<ReturnToService>>("return_to_service_update", "/api/v1/return-to-service/{id}")
        .about("Replace a Return to Service configuration; fields left out are cleared. A wrong Wi-Fi profile leaves erased devices offline.")
        .needs(&["Edit Return To Service Configurations"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments)
        .since("11.7"),
    delete::<ById>("return_to_service_delete", "/api/v1/return-to-service/{id}")
        .about("Delete a Return to Service configuration; devices erased after that may not find a network by themselves.")
        .needs(&["Delete Return To Service Configurations"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments)
        .since("11.7"),
];

/// A Return to Service configuration.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ReturnToService {
    /// Name shown in Jamf Pro; give one, or it is called `false`.
    pub display_name: Option<String>,
    /// Id of the mobile device configuration profile with the Wi-Fi network to join after an erase.
    pub wifi_profile_id: Option<Id>,
}
