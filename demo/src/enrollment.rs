//! The end of an enrollment: what a device has no longer, once it has carried out that it is erased or unmanaged.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    inventory::Kind,
    store::{Sight, Store, client_of},
};

/// Created objects included, whichever node was asked.
const EVERYTHING: Sight = Sight { lag: std::time::Duration::ZERO, pinned: true };

/// Whether a command ends the enrollment of the device that carries it out.
pub(crate) fn is_ended_by(command: &str) -> bool {
    ["ERASE_DEVICE", "REMOVE_MDM_PROFILE", "UNMANAGE_DEVICE"].contains(&command)
}

/// A device has carried out a command that ends its enrollment: nobody manages it, its profiles are gone, and what still waited for it
/// never comes to it.
pub(crate) fn end(store: &mut Store, management_id: &str, command: &str, at: Timestamp) {
    let moment = at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let fleet = std::sync::Arc::clone(&store.fleet);
    for kind in [Kind::Computers, Kind::MobileDevices] {
        let inventory = match kind {
            Kind::Computers => &mut store.computers,
            Kind::MobileDevices => &mut store.mobile_devices,
        };
        let Some(row) = inventory.by_management_id(&fleet, management_id, EVERYTHING) else { continue };
        match kind {
            Kind::Computers => {
                let general = json!({
                    "remoteManagement": {"managed": false}, "mdmCapable": {"capable": false, "capableUsers": []},
                    "userApprovedMdm": false, "declarativeDeviceManagementEnabled": false, "mdmProfileExpiration": null,
                    "lastContact": moment,
                });
                inventory.write(&fleet, row, &json!({"general": general}));
                inventory.replace(&fleet, row, "configurationProfiles", json!([]));
            }
            Kind::MobileDevices => {
                let general = json!({
                    "managed": false, "declarativeDeviceManagementEnabled": false, "mdmProfileExpirationDate": null,
                    "lastContactDate": moment,
                });
                let patch = json!({"general": general, "security": {"lostModeEnabled": false}});
                inventory.write(&fleet, row, &patch);
                inventory.replace(&fleet, row, "profiles", json!([]));
                if command == "ERASE_DEVICE" {
                    inventory.replace(&fleet, row, "applications", json!([]));
                }
            }
        }
    }
    let waits = |command: &Value| {
        let state = command.get("commandState").and_then(Value::as_str).unwrap_or_default();
        ["PENDING", "NOT_NOW"].contains(&state) && client_of(command).as_deref() == Some(management_id)
    };
    store.queued.retain(|command| !waits(command));
}
