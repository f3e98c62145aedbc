//! MDM commands: what Jamf Pro asks a device to do through Apple, one action for each kind, and what became of it.
//!
//! Every command is *queued*: 201 says that Jamf Pro has written it down, and the device does it when it next answers.
//! `mdm_command_list` tells what became of it.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, get, post};
use crate::args::{Arguments, Command, Create, Device, Id, PlainCommand};
use crate::classic_scope::Target;
use crate::effects::{Cap, DeviceKind, Targets};
use crate::secrets::{RecordSecret, Source};

/// All that Jamf's document names for any command; each kind takes a privilege of its own besides.
const COMMANDS: &[&str] = &["View MDM command information in Jamf Pro API"];

/// Where every command is sent.
const PATH: &str = "/api/v2/mdm/commands";

/// Where the Classic API takes a command for several mobile devices.
///
/// The commands here are those that the Jamf Pro API has no counterpart of; Jamf's documents since 11.30 call them deprecated,
/// without naming one.
const CLASSIC_PATH: &str = "/JSSResource/mobiledevicecommands/command";

/// What clears the passcode of a mobile device.
const UNLOCK_TOKEN: RecordSecret = RecordSecret {
    kind: DeviceKind::MobileDevice,
    read_by: "mobile_device_detail_get",
    places: &["unlockToken", "ios.unlockToken", "tvos.unlockToken", "watchOs.unlockToken"],
    label: "unlock token",
};

/// All actions on MDM commands.
pub static ACTIONS: &[Action] = &[
    get::<CommandList>("mdm_command_list", PATH)
        .about("List MDM commands and whether devices acknowledged, postponed or refused them. Takes a filter always, such as the uuid of a command just queued.")
        .asked(&["is a command still pending", "did the lock command arrive", "failed MDM commands today", "what was sent to a device and is it done", "status of a lock or wipe"])
        .needs(COMMANDS)
        .brief(&[
            "uuid",
            "commandType",
            "commandState",
            "client.managementId",
            "dateSent",
            "dateCompleted",
            "commandError.errorEnglishDescription",
        ])
        .filters(&[
            "uuid",
            "clientManagementId",
            "command",
            "status",
            "clientType",
            "dateSent",
            "validAfter",
            "dateCompleted",
            "profileId",
            "profileIdentifier",
            "active",
        ])
        .core(),
    post::<BlankPushSend>("blank_push_send", "/api/v2/mdm/blank-push")
        .title("Send a blank push")
        .about("Send a blank push, so that devices come and fetch the commands that wait. The answer lists the devices for which it failed.")
        .asked(&["wake a device with a push", "poke a Mac that ignores MDM", "nudge devices to fetch pending commands", "device does not react, poke it", "wake up a device so that it fetches commands"])
        .needs(COMMANDS)
        .also_needs(&["Send Blank Pushes to Mobile Devices"])
        .risk(Risk::Device)
        .targets(&[Targets::ManagementIds("body.clientManagementIds[]")])
        .since("11.23"),
    post::<ProfileRenew>("mdm_profile_renew", "/api/v1/mdm/renew-profile")
        .title("Renew MDM profiles")
        .about("Queue the renewal of the MDM profile and its identity certificate on devices, named by UDID. The answer lists those not processed.")
        .asked(&["MDM profile expires soon", "renew the MDM certificate of a device", "MDM profile about to end"])
        .needs(&["Send Command to Renew MDM Profile"])
        .risk(Risk::Device)
        .targets(&[Targets::Udids("body.udids[]")]),
    post::<PackageDeploy>("package_deploy", "/api/v1/deploy-package")
        .title("Deploy a package by MDM")
        .about("Queue the install of a signed package, from any web address and as root, on Macs or a whole group, with no scope that bounds it. A policy with the package is safer.")
        .asked(&["install an enterprise pkg by MDM", "install a package by MDM at once"])
        .read_by("mdm_command_list")
        .needs(&["Send Computer Remote Command to Install Package"])
        .risk(Risk::Critical)
        .targets(&[Targets::Computers("body.devices[]"), Targets::ComputerGroup("body.groupId")]),
    // Locking, losing, erasing.
    post::<Command<DeviceLock>>("device_lock", PATH)
        .title("Lock a device")
        .about("Queue a lock. A Mac restarts to a screen that opens only with the PIN, and unsaved work is lost; a mobile device locks its screen and opens by passcode.")
        .asked(&["lock a stolen laptop", "stolen MacBook", "freeze a device with a PIN", "lock a Mac or iPad now", "lock screen with a PIN and message", "block a device until it is found"])
        .cap(Cap::Lock)
        .needs(COMMANDS)
        .also_needs(&["Send Computer Remote Lock Command", "Send Mobile Device Remote Lock Command"])
        .command("DEVICE_LOCK")
        .risk(Risk::Destructive)
        .secret(&[(&["body.pin"], Source::Pin("device lock PIN"))])
        .leaves_unchecked(&["whether the device is on and reaches Apple: the lock waits until it is"])
        .since("11.7"),
    post::<Command<DeviceErase>>("device_erase", PATH)
        .title("Erase devices")
        .about("Queue an erase of Macs or mobile devices: everything on them is lost for good. For one device prefer computer_erase or mobile_device_erase.")
        .asked(&["wipe many devices at once", "erase several iPads", "wipe a device before giving it away"])
        .cap(Cap::Erase)
        .needs(COMMANDS)
        .also_needs(&["Send Computer Remote Wipe Command", "Send Mobile Device Remote Wipe Command"])
        .command("ERASE_DEVICE")
        .risk(Risk::Destructive)
        .secret(&[
            (&["body.pin"], Source::Pin("PIN after the erase")),
            (&[
                "body.returnToService.mdmProfileData",
                "body.returnToService.wifiProfileData",
                "body.returnToService.bootstrapToken",
            ], Source::Person),
        ])
        .warns(&["everything on the device is lost, without warning to its user"])
        .since("11.7"),
    post::<Command<DeviceRestart>>("device_restart", PATH)
        .title("Restart a device")
        .about("Queue a restart of Macs and supervised mobile devices; work that is not saved is lost. notifyUser asks the user of a Mac instead.")
        .asked(&["reboot a Mac remotely", "restart a hung iPad", "reboot a Mac from afar"])
        .needs(COMMANDS)
        .also_needs(&["Send Computer Restart Command", "Send Mobile Device Restart Device Command"])
        .command("RESTART_DEVICE")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<PlainCommand>("device_shut_down", PATH)
        .title("Shut down a device")
        .about("Queue a shutdown of Macs and supervised mobile devices: they take no command until somebody presses the button. To have them back use device_restart.")
        .asked(&["power off devices for the holidays", "turn an iPad off remotely", "power a device down"])
        .cap(Cap::Lock)
        .needs(COMMANDS)
        .also_needs(&["Send Computer Shut Down Command", "Send Mobile Device Shut Down Command"])
        .command("SHUT_DOWN_DEVICE")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<Command<LostMode>>("lost_mode_enable", PATH)
        .title("Put a device into lost mode")
        .about("Queue lost mode for supervised iPhones and iPads: nobody can use them and they can be located, until lost_mode_disable. Not for Macs.")
        .asked(&["student lost an iPad", "iPad left in a taxi", "Lost Mode on", "track a missing iPhone", "phone left in a taxi"])
        .cap(Cap::Lock)
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Lost Mode Command"])
        .command("ENABLE_LOST_MODE")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<PlainCommand>("lost_mode_disable", PATH)
        .title("End lost mode")
        .about("Queue the end of lost mode: supervised iPhones and iPads that were lost or stolen open to anyone who holds them and are not located further.")
        .asked(&["found the lost iPad", "turn Lost Mode off", "found the iPad again, end lost mode"])
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Lost Mode Command"])
        .command("DISABLE_LOST_MODE")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<PlainCommand>("lost_mode_sound_play", PATH)
        .title("Play a sound on a lost device")
        .about("Queue a sound, to find supervised iPhones and iPads in lost mode; works only while lost_mode_enable holds.")
        .asked(&["make the lost iPad ring", "make a lost iPad ring", "beep so that I can find it"])
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Lost Mode Command"])
        .command("PLAY_LOST_MODE_SOUND")
        .risk(Risk::Device)
        .since("11.7"),
    post::<PlainCommand>("device_location_request", PATH)
        .title("Ask lost devices for their location")
        .about("Queue a request for where supervised iPhones and iPads in lost mode are: where a person is. The place appears in their inventory, not in the answer.")
        .asked(&["where is the lost iPad", "GPS position of an iPad", "map position of a missing device"])
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Lost Mode Command"])
        .command("DEVICE_LOCATION")
        .risk(Risk::Secret)
        .since("11.7"),
    // Passcodes, passwords and accounts.
    post::<Command<PasscodeClear>>("passcode_clear", PATH)
        .title("Clear the passcode of a device")
        .about("Queue the removal of the passcode of one iPhone, iPad, watch or Vision Pro a call: anyone who holds it can open it. Not for Macs.")
        .asked(&["user forgot the iPhone passcode", "unlock an iPad without the code", "iPad code forgotten", "let a user back into a locked iPhone"])
        .cap(Cap::Lock)
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Remove Passcode Command"])
        .command("CLEAR_PASSCODE")
        .risk(Risk::Destructive)
        .secret(&[(&["body.unlockToken"], Source::Record(UNLOCK_TOKEN))])
        .since("11.7"),
    post::<PlainCommand>("restrictions_password_clear", PATH)
        .title("Clear the Screen Time passcode")
        .about("Queue the removal of the Screen Time passcode, and the restrictions that its user set, from supervised iPhones and iPads. The passcode of the device stays.")
        .asked(&["user forgot the Screen Time code", "Screen Time code forgotten"])
        .cap(Cap::Lock)
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Remove Restrictions Password Command"])
        .command("CLEAR_RESTRICTIONS_PASSWORD")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<Command<RecoveryLock>>("recovery_lock_set", PATH)
        .title("Set a recovery lock")
        .about("Queue a new password, made for the call and not given here, that Macs with Apple silicon ask for before recovery.")
        .asked(&["set a recovery lock on Apple silicon", "rotate the recoveryOS password", "firmware password for Apple silicon Macs"])
        .cap(Cap::Lock)
        .needs(COMMANDS)
        .also_needs(&["Send Set Recovery Lock Command"])
        .command("SET_RECOVERY_LOCK")
        .risk(Risk::Destructive)
        .secret(&[(&["body.newPassword"], Source::Password("recovery lock password"))])
        .since("11.7"),
    post::<Command<RecoveryLockCheck>>("recovery_lock_verify", PATH)
        .title("Check a recovery lock password")
        .about("Queue a check whether a password opens the recovery lock of Macs with Apple silicon. Changes nothing; recovery_lock_set changes it.")
        .asked(&["is the recovery lock password right", "is the recovery lock password still right"])
        .cap(Cap::Lock)
        .needs(COMMANDS)
        .also_needs(&["Send Verify Recovery Lock Command"])
        .command("VERIFY_RECOVERY_LOCK")
        .risk(Risk::Secret)
        .secret(&[(&["body.password"], Source::Person)])
        .since("11.7"),
    post::<Command<AutoAdminPassword>>("auto_admin_password_set", PATH)
        .title("Set the password of the automated enrollment admin")
        .about("Queue a new password for the admin account that automated enrollment made on one Mac; the old one stops. Where LAPS runs, use local_admin_password_set.")
        .asked(&["new password for the PreStage admin", "change the automated enrollment admin password", "password of the administrator that a PreStage makes"])
        .needs(COMMANDS)
        .command("SET_AUTO_ADMIN_PASSWORD")
        .risk(Risk::Destructive)
        .secret(&[(&["body.password"], Source::Password("administrator password"))])
        .since("11.7"),
    post::<PlainCommand>("user_log_out", PATH)
        .title("Log out the user of a Shared iPad")
        .about("Queue the log-out of the person who uses a Shared iPad; open work may be lost, and no command arrives for two minutes after. Not for Macs.")
        .asked(&["log the student out of a Shared iPad", "sign a user out of a shared iPad"])
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Shared iPad Commands"])
        .command("LOG_OUT_USER")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<Command<UserDelete>>("user_delete_from_device", PATH)
        .title("Delete an account from devices")
        .about("Queue the deletion of one account, or all, with its data from Shared iPads, or of one account from supervised Macs. What is not synced is lost for good.")
        .asked(&["delete a student's account on a Shared iPad", "free space on a Shared iPad", "delete a user's data on a shared iPad"])
        .cap(Cap::Erase)
        .needs(COMMANDS)
        .also_needs(&["Send Computer Delete User Account Command", "Send Mobile Device Shared iPad Commands"])
        .command("DELETE_USER")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<Command<UserUnlock>>("user_account_unlock", PATH)
        .title("Unlock a local account")
        .about("Queue the unlock of a local account on Macs that too many wrong passwords locked; its password stays as it is.")
        .asked(&["user typed the Mac password wrong too often", "Jamf account is locked"])
        .needs(COMMANDS)
        .also_needs(&["Send Computer Unlock User Account Command"])
        .command("UNLOCK_USER_ACCOUNT")
        .risk(Risk::Destructive)
        .since("11.7"),
    // Remote access, screens and settings.
    post::<PlainCommand>("remote_desktop_enable", PATH)
        .title("Turn Remote Management on")
        .plan_title("Turn on Remote Management on {devices}")
        .about("Queue Remote Management on for Macs: from then on screens can be watched and controlled over the network. End it with remote_desktop_disable.")
        .asked(&["turn on ARD for a Mac", "allow screen sharing for support", "allow screen sharing on a Mac"])
        .needs(COMMANDS)
        .also_needs(&["Send Computer Remote Desktop Command"])
        .command("ENABLE_REMOTE_DESKTOP")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<PlainCommand>("remote_desktop_disable", PATH)
        .title("Turn Remote Management off")
        .about("Queue Remote Management off for Macs: nobody can watch or control their screens any more, and open sessions end.")
        .asked(&["turn off remote management on a Mac", "stop screen sharing on a Mac"])
        .needs(COMMANDS)
        .also_needs(&["Send Computer Remote Desktop Command"])
        .command("DISABLE_REMOTE_DESKTOP")
        .risk(Risk::Device)
        .since("11.7"),
    post::<Command<MirroringRequest>>("mirroring_request", PATH)
        .title("Ask a device to mirror its screen")
        .about("Queue a prompt to the user of a Mac, iPhone or iPad to show its screen on an AirPlay receiver, where others see it. Name the receiver or give its address.")
        .asked(&["show a screen on an Apple TV"])
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Mirroring Command"])
        .command("REQUEST_MIRRORING")
        .risk(Risk::Destructive)
        .secret(&[(&["body.password"], Source::Person)])
        .since("11.7"),
    post::<PlainCommand>("mirroring_stop", PATH)
        .title("Stop screen mirroring")
        .about("Queue the end of AirPlay mirroring on supervised iPhones and iPads and on Macs.")
        .asked(&["stop showing a screen on an Apple TV"])
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Mirroring Command"])
        .command("STOP_MIRRORING")
        .risk(Risk::Device)
        .since("11.7"),
    post::<Command<DeviceSettings>>("device_settings_set", PATH)
        .title("Change settings on devices")
        .about("Queue settings once: name, Bluetooth, roaming, hotspot, time zone, app attributes. The user may change most back; turning a network off can cut a device off.")
        .asked(&["turn Bluetooth on remotely", "give an iPad another name remotely", "set the time zone of devices", "set the Bluetooth or time zone of devices", "change the name of a device"])
        .needs(COMMANDS)
        .also_needs(&["Send Application Attributes Command", "Send Computer Bluetooth Command", "Send Mobile Device Bluetooth Command", "Send Mobile Device Set Device Name Command", "Send Mobile Device Personal Hotspot Command", "Send Mobile Device Enable Data Roaming Command", "Send Mobile Device Disable Data Roaming Command", "Send Mobile Device Enable Voice Roaming Command", "Send Mobile Device Disable Voice Roaming Command", "Send Set Timezone Command", "Send Software Update Settings Command", "Send Update Passcode Lock Grace Period Command", "Send Mobile Device Shared Device Configuration Commands", "Send Mobile Device Diagnostics and Usage Reporting and App Analytics Commands", "Send Enable Bootstrap Token Command", "Send Disable Bootstrap Token Command", "Send Computer Set Activation Lock Command", "Send Mobile Device Set Activation Lock Command"])
        .command("SETTINGS")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<Command<CellularPlans>>("cellular_plans_refresh", PATH)
        .title("Refresh eSIM plans")
        .about("Queue the fetch of eSIM plans by iPhones and iPads from a server; a wrong server can leave a device without its mobile network.")
        .asked(&["load a new eSIM plan"])
        .needs(COMMANDS)
        .also_needs(&["Send Mobile Device Refresh Cellular Plans Command"])
        .command("REFRESH_CELLULAR_PLANS")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<Command<RedemptionCode>>("app_redemption_code_apply", PATH)
        .title("Apply an app redemption code")
        .about("Queue a redemption code for an app whose install waits for one on one iPhone or iPad; the code is spent.")
        .needs(COMMANDS)
        .also_needs(&["Send Apply Redemption Code Command"])
        .command("APPLY_REDEMPTION_CODE")
        .risk(Risk::Destructive)
        .since("11.7"),
    post::<Command<LogCollection>>("enhanced_log_collection_start", PATH)
        .title("Collect logs for AppleCare")
        .about("Queue the collection of deep logs on supervised devices and their upload to AppleCare, which asked for it and gave a token. End it with enhanced_log_collection_cancel.")
        .asked(&["collect logs for AppleCare", "collect logs from a device"])
        .needs(COMMANDS)
        .command("TRIGGER_ENHANCED_LOG_COLLECTION")
        .risk(Risk::Destructive)
        .secret(&[(&["body.appleCareToken"], Source::Person)])
        .since("11.7"),
    post::<PlainCommand>("enhanced_log_collection_cancel", PATH)
        .title("Cancel the collection of logs for AppleCare")
        .about("Queue the end of a collection of deep logs for AppleCare that runs on supervised devices; what was already sent stays with Apple.")
        .asked(&["stop collecting logs"])
        .needs(COMMANDS)
        .command("CANCEL_ENHANCED_LOG_COLLECTION")
        .risk(Risk::Device)
        .since("11.7"),
    post::<Command<DeclarativeData>>("declarative_management_send", PATH)
        .title("Send declarative management tokens")
        .about("Queue declarative management with tokens of your own. To have one device fetch its declarations anew use ddm_sync, which is harmless.")
        .asked(&["switch declarative management on for devices"])
        .needs(COMMANDS)
        .also_needs(&["Send Declarative Management Command"])
        .command("DECLARATIVE_MANAGEMENT")
        .risk(Risk::Destructive)
        .since("11.7"),
    // Questions, whose answers go into the inventory.
    post::<Command<InformationRequest>>("device_information_request", PATH)
        .title("Ask devices for information")
        .about("Queue questions about devices by Apple's names, such as BatteryLevel. What they answer goes into the inventory, not into this answer.")
        .asked(&["ask a device for its battery level", "ask a device for new inventory"])
        .needs(COMMANDS)
        .also_needs(&["Send Device Information Command"])
        .command("DEVICE_INFORMATION")
        .risk(Risk::Device)
        .since("11.7"),
    post::<PlainCommand>("security_info_request", PATH)
        .title("Ask devices for their security state")
        .about("Queue a request for the state of encryption, passcode, firewall and the like; it goes into the inventory.")
        .asked(&["refresh the encryption status", "ask a device about its encryption now"])
        .needs(COMMANDS)
        .command("SECURITY_INFO")
        .risk(Risk::Device)
        .since("11.7"),
    post::<Command<ProfileListRequest>>("profile_list_request", PATH)
        .title("Ask devices for their profiles")
        .about("Queue a request for the configuration profiles that devices have installed; the list goes into the inventory.")
        .asked(&["ask a device which profiles it has", "ask a device which profiles it has now"])
        .needs(COMMANDS)
        .command("PROFILE_LIST")
        .risk(Risk::Device)
        .since("11.7"),
    post::<Command<ProvisioningListRequest>>("provisioning_profile_list_request", PATH)
        .title("Ask devices for their provisioning profiles")
        .about("Queue a request for the provisioning profiles, by which apps made in-house run, that devices have installed.")
        .needs(COMMANDS)
        .command("PROVISIONING_PROFILE_LIST")
        .risk(Risk::Device)
        .since("11.7"),
    post::<PlainCommand>("certificate_list_request", PATH)
        .title("Ask devices for their certificates")
        .about("Queue a request for the certificates that devices have installed; the list goes into the inventory.")
        .asked(&["ask a device for its certificates"])
        .needs(COMMANDS)
        .command("CERTIFICATE_LIST")
        .risk(Risk::Device)
        .since("11.7"),
    post::<Command<InstalledAppsRequest>>("installed_apps_request", PATH)
        .title("Ask devices for their apps")
        .about("Queue a request for the apps that devices have, managed or not; the list goes into the inventory.")
        .asked(&["refresh the app list of an iPad", "ask a device which apps it has now"])
        .needs(COMMANDS)
        .command("INSTALLED_APPLICATION_LIST")
        .risk(Risk::Device)
        .since("11.7"),
    post::<Command<ManagedAppsRequest>>("managed_apps_request", PATH)
        .title("Ask devices for their managed apps")
        .about("Queue a request for the state of the apps that management installed; for all apps use installed_apps_request.")
        .asked(&["did the managed apps install on an iPad", "ask an iPad for its managed apps"])
        .needs(COMMANDS)
        .command("MANAGED_APPLICATION_LIST")
        .risk(Risk::Device)
        .since("11.7"),
    post::<PlainCommand>("managed_media_request", PATH)
        .title("Ask devices for their managed books")
        .about("Queue a request for the books that management installed on iPhones and iPads.")
        .needs(COMMANDS)
        .command("MANAGED_MEDIA_LIST")
        .risk(Risk::Device)
        .since("11.7"),
    post::<PlainCommand>("managed_apps_validate", PATH)
        .title("Validate the in-house apps of devices")
        .about("Queue a check of the provisioning profiles of managed in-house apps on mobile devices, so that they go on opening.")
        .needs(COMMANDS)
        .command("VALIDATE_APPLICATIONS")
        .risk(Risk::Device)
        .since("11.7"),
    // What only the Classic API has.
    post::<Create<InventoryUpdate>>("mobile_device_inventory_update", CLASSIC_PATH)
        .title("Update the inventory of mobile devices")
        .about("Queue an update of the whole inventory of mobile devices, named by their Jamf ids; it is there once they answer. Jamf calls it deprecated and has nothing in its place yet.")
        .asked(&["refresh iPad inventory", "ask an iPad for fresh inventory"])
        .probably_needs(&["Send Inventory Requests to Mobile Devices"])
        .risk(Risk::Device)
        .targets(&[Targets::MobileDevices("body.mobile_devices[].id")])
        .xml("mobile_device_command"),
    post::<Create<WallpaperSet>>("mobile_device_wallpaper_set", CLASSIC_PATH)
        .title("Set the wallpaper of mobile devices")
        .about("Queue a wallpaper for supervised iPhones and iPads, named by their Jamf ids; the one that they have is lost. The picture is one of icon_upload. Deprecated, with nothing in its place.")
        .asked(&["set the iPad wallpaper", "background picture of iPads"])
        .probably_needs(&["Send Mobile Device Set Wallpaper Command"])
        .risk(Risk::Destructive)
        .targets(&[Targets::MobileDevices("body.mobile_devices[].id")])
        .xml("mobile_device_command"),
];

/// Arguments of `mdm_command_list`.
#[derive(JsonSchema)]
pub struct CommandList {
    /// Page, counted from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub page: Option<u32>,
    /// Rows a page.
    #[schemars(range(min = 1, max = 2000))]
    pub page_size: Option<u32>,
    /// Order, such as `dateSent:desc`; the oldest first by default.
    pub sort: Option<Vec<String>>,
    /// RSQL, such as `clientManagementId==…;status==Pending`; dates take only gt, lt, ge and le.
    #[schemars(length(min = 1, max = 8000))]
    pub filter: String,
}
impl Arguments for CommandList {
    const ROWS: Rows = Rows::Paged;
}

/// Arguments of `blank_push_send`.
#[derive(JsonSchema)]
pub struct BlankPushSend {
    /// Whom to send it to.
    pub body: BlankPush,
}
impl Arguments for BlankPushSend {}

/// Devices to send a blank push to.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct BlankPush {
    /// Devices, each by its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    #[schemars(length(min = 1, max = 200), extend("x-unique" = true))]
    pub client_management_ids: Vec<Device>,
}

/// Arguments of `mdm_profile_renew`.
#[derive(JsonSchema)]
pub struct ProfileRenew {
    /// Whose profile is renewed.
    pub body: Udids,
}
impl Arguments for ProfileRenew {}

/// Devices whose MDM profile is renewed.
#[derive(JsonSchema)]
pub struct Udids {
    /// UDIDs of computers and mobile devices, as the inventory has them; neither ids nor management ids.
    #[schemars(length(min = 1, max = 200), extend("x-unique" = true))]
    pub udids: Vec<String>,
}

/// Arguments of `package_deploy`.
#[derive(JsonSchema)]
pub struct PackageDeploy {
    /// Answer with the commands that were queued and the devices that took none, each with why.
    pub verbose: Option<bool>,
    /// The package and where it goes.
    pub body: PackageInstall,
}
impl Arguments for PackageDeploy {}

/// A package and where it goes: devices or a group.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-exactly-one-of" = ["devices", "groupId"]))]
pub struct PackageInstall {
    /// The package.
    pub manifest: PackageManifest,
    /// Let management remove the app again, where it is one.
    pub install_as_managed: Option<bool>,
    /// Ids of computers, as numbers; prefer this to a group, which may have grown since.
    #[schemars(length(min = 1, max = 200), extend("x-unique" = true))]
    pub devices: Option<Vec<u64>>,
    /// Id of a computer group; every Mac in it at the time gets the package. Not beside devices.
    pub group_id: Option<Id>,
}

/// What a command says about a package.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PackageManifest {
    /// Where Macs download the package, without signing in: an https address of a signed .pkg.
    pub url: String,
    /// Hash of the package in hexadecimal digits; a Mac refuses a package with another.
    pub hash: String,
    /// How the hash was made; prefer SHA256.
    pub hash_type: HashType,
    /// Address of a small icon, 57 by 57 pixels.
    pub display_image_url: Option<String>,
    /// Address of a large icon, 512 by 512 pixels.
    pub full_size_image_url: Option<String>,
    /// Bundle id of what is installed, such as `com.example.app`.
    pub bundle_id: String,
    /// Version of what is installed.
    pub bundle_version: String,
    /// Second line shown below the title.
    pub subtitle: Option<String>,
    /// Name shown during the install.
    pub title: String,
    /// Size of the package in bytes.
    pub size_in_bytes: u64,
}

/// How the hash of a package was made.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum HashType {
    Md5,
    Sha256,
}

/// How a device is locked.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceLock {
    /// Text on the lock screen; a mobile device shows it only if it has a passcode.
    pub message: Option<String>,
    /// Phone number on the lock screen, for anyone who finds it.
    pub phone_number: Option<String>,
    /// Six digits that open a locked Mac; made by the server.
    pub pin: Option<String>,
}

/// How a device is erased.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceErase {
    /// Keep the eSIM plan of an iPhone or iPad; false by default, and then the plan is gone.
    pub preserve_data_plan: Option<bool>,
    /// Leave out setup by a nearby device after the erase of an iPhone or iPad; false by default.
    pub disallow_proximity_setup: Option<bool>,
    /// Six digits that an Intel Mac asks for afterwards; made by the server.
    #[schemars(length(min = 6, max = 6))]
    pub pin: Option<String>,
    /// What a Mac with T2 or Apple silicon does when it cannot simply erase content and settings.
    pub obliteration_behavior: Option<ObliterationBehavior>,
    /// Have an iPhone or iPad set itself up again without anybody there.
    pub return_to_service: Option<ReturnToService>,
}

/// What a Mac does when it cannot erase content and settings.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Apple's own")]
pub enum ObliterationBehavior {
    Default,
    DoNotObliterate,
    ObliterateWithWarning,
    Always,
}

/// How a device sets itself up again after an erase.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ReturnToService {
    /// Set the device up again by itself.
    pub enabled: bool,
    /// Enrollment profile to install afterwards, in base64.
    pub mdm_profile_data: Option<String>,
    /// Wi-Fi profile to join a network with, in base64; it may hold the network's password.
    pub wifi_profile_data: Option<String>,
    /// Bootstrap token, in base64.
    pub bootstrap_token: Option<String>,
}

/// How a device restarts.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceRestart {
    /// Build the kernel cache anew, for kernel extensions; macOS 11 and later.
    pub rebuild_kernel_cache: Option<bool>,
    /// Paths of kernel extensions to add, with rebuildKernelCache; those already found when left out.
    pub kext_paths: Option<Vec<String>>,
    /// Ask the user of a Mac, who may refuse, instead of restarting at once.
    pub notify_user: Option<bool>,
}

/// What a lost device shows.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-some-of" = ["lostModeMessage", "lostModePhone"]))]
pub struct LostMode {
    /// Text on the lock screen; needed without a phone number.
    pub lost_mode_message: Option<String>,
    /// Phone number on the lock screen that a finder can call; needed without a message.
    pub lost_mode_phone: Option<String>,
    /// Text at the foot of the lock screen.
    pub lost_mode_footnote: Option<String>,
}

/// What opens a device without its passcode.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PasscodeClear {
    /// Token that the device left with Jamf Pro, so name one device a call; fetched by the server.
    pub unlock_token: String,
}

/// A new recovery lock.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct RecoveryLock {
    /// The new password; made by the server.
    pub new_password: Option<String>,
}

/// A password to try on the recovery lock.
#[derive(JsonSchema)]
pub struct RecoveryLockCheck {
    /// The password to try.
    #[schemars(length(min = 1))]
    pub password: Option<String>,
}

/// A new password for the admin account of automated enrollment.
#[derive(JsonSchema)]
pub struct AutoAdminPassword {
    /// GUID of the account, as local_admin_password_account_list has it; each Mac has its own, so name one Mac a call.
    pub guid: Option<String>,
    /// The new password; made by the server.
    #[schemars(length(min = 1))]
    pub password: Option<String>,
}

/// Whose account is deleted.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-exactly-one-of" = ["userName", "deleteAllUsers"]))]
pub struct UserDelete {
    /// Account to delete; needed unless all are.
    pub user_name: Option<String>,
    /// Delete on a Shared iPad even what is not synced to iCloud yet; that data is lost.
    pub force_deletion: Option<bool>,
    /// Delete every account of a Shared iPad; userName is then left out.
    pub delete_all_users: Option<bool>,
}

/// Whose account is unlocked.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct UserUnlock {
    /// Short name of the local account on the Mac.
    #[schemars(length(min = 1))]
    pub user_name: String,
}

/// Where a screen is shown.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-some-of" = ["destinationDeviceId", "destinationName"]))]
pub struct MirroringRequest {
    /// Hardware address of the AirPlay receiver, such as `aa:bb:cc:dd:ee:ff`; wins over the name. Not from tvOS 18 on.
    pub destination_device_id: Option<String>,
    /// Name of the AirPlay receiver.
    pub destination_name: Option<String>,
    /// Password of the receiver.
    pub password: Option<String>,
    /// Seconds to search for the receiver, 10 to 300; 30 by default.
    #[schemars(range(min = 10, max = 300))]
    pub scan_time: Option<u32>,
}

/// Where eSIM plans come from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CellularPlans {
    /// Address of the carrier's eSIM server.
    #[schemars(length(min = 1, max = 2048))]
    pub esim_server_url: String,
}

/// A code for an app.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct RedemptionCode {
    /// Bundle id of the app that waits for the code.
    pub identifier: Option<String>,
    /// The code; it is spent by this, so name one device a call.
    pub redemption_code: Option<String>,
}

/// What AppleCare gave for a collection of logs.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct LogCollection {
    /// Token from AppleCare, which also decides whether the user is asked.
    #[schemars(length(min = 1))]
    pub apple_care_token: String,
}

/// Data for declarative management.
#[derive(JsonSchema)]
pub struct DeclarativeData {
    /// Apple's tokens response as JSON in base64; the device then fetches the declarations that it names.
    pub data: Option<String>,
}

/// What is asked about a device.
#[derive(JsonSchema)]
pub struct InformationRequest {
    /// Apple's names of the facts wanted, such as `DeviceName`, `OSVersion` or `IsSupervised`.
    #[schemars(length(min = 1))]
    pub queries: Option<Vec<String>>,
}

/// Which configuration profiles are asked about.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ProfileListRequest {
    /// Only those that management installed; all by default.
    pub managed_only: Option<bool>,
}

/// Which provisioning profiles are asked about.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ProvisioningListRequest {
    /// Only those that management installed; all by default.
    pub managed_only: Option<bool>,
}

/// Which apps are asked about, and what of them.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct InstalledAppsRequest {
    /// Bundle ids of the apps; all apps when left out.
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub identifiers: Option<Vec<String>>,
    /// Only apps that management installed; all by default.
    pub managed_apps_only: Option<bool>,
    /// Facts wanted of each app; Apple's usual ones when left out.
    pub items: Option<Vec<AppFact>>,
}

/// A fact about an installed app.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Apple's own")]
pub enum AppFact {
    AdHocCodeSigned,
    AppStoreVendable,
    BetaApp,
    BundleSize,
    DeviceBasedVpp,
    DistributorIdentifier,
    DynamicSize,
    ExternalVersionIdentifier,
    HasUpdateAvailable,
    Identifier,
    Installing,
    AppClip,
    Validated,
    Name,
    ShortVersion,
    Version,
}

/// Which managed apps are asked about.
#[derive(JsonSchema)]
pub struct ManagedAppsRequest {
    /// Bundle ids of the apps; all managed apps when left out.
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub identifiers: Option<Vec<String>>,
}

/// Settings that a device takes once; those left out stay as they are.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceSettings {
    /// Macs may leave a bootstrap token; macOS 11 and later see to it themselves.
    pub bootstrap_token_allowed: Option<bool>,
    /// Bluetooth on or off; off cuts keyboards and mice off. Mobile devices must be supervised.
    pub bluetooth: Option<bool>,
    /// Share the use of apps with developers; Shared iPad.
    pub app_analytics: Option<AppAnalytics>,
    /// Send diagnostics to Apple; Shared iPad.
    pub diagnostic_submission: Option<DiagnosticSubmission>,
    /// Mobile data abroad; on turns voice roaming on too and may cost money.
    pub data_roaming: Option<DataRoaming>,
    /// Apps that open links, calls and messages.
    pub default_applications: Option<DefaultApplications>,
    /// Calls abroad; off turns data roaming off too.
    pub voice_roaming: Option<VoiceRoaming>,
    /// Share the mobile network with other devices.
    pub personal_hotspot: Option<PersonalHotspot>,
    /// Most users kept on a Shared iPad; only before its first user.
    pub maximum_resident_users: Option<u32>,
    /// New name of the device; one name for all devices of the call.
    pub device_name: Option<String>,
    /// What a managed app may do.
    pub application_attributes: Option<ApplicationAttributes>,
    /// Room on a Shared iPad; give one of the two.
    pub shared_device_configuration: Option<SharedDeviceConfiguration>,
    /// Managed configuration of one app, in place of the one it has.
    pub application_configuration: Option<ApplicationConfiguration>,
    /// Time zone by its IANA name, such as `Europe/Berlin`.
    pub time_zone: Option<String>,
    /// Which updates a user is offered.
    pub software_update_settings: Option<SoftwareUpdateSettings>,
    /// Seconds after which a locked Shared iPad asks for the passcode.
    pub passcode_lock_grace_period: Option<u32>,
    /// A user who turns Find My on ties a supervised device to their Apple Account.
    pub activation_lock_allowed_while_supervised: Option<bool>,
}

/// Whether the use of apps is shared.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AppAnalytics {
    EnableAppAnalytics,
    DisableAppAnalytics,
}

/// Whether diagnostics are sent.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DiagnosticSubmission {
    EnableDiagnosticSubmission,
    DisableDiagnosticSubmission,
}

/// Whether there is mobile data abroad.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DataRoaming {
    EnableDataRoaming,
    DisableDataRoaming,
}

/// Whether there are calls abroad.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum VoiceRoaming {
    EnableVoiceRoaming,
    DisableVoiceRoaming,
}

/// Whether the mobile network is shared.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PersonalHotspot {
    EnablePersonalHotspot,
    DisablePersonalHotspot,
}

/// Apps that open links, calls and messages.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DefaultApplications {
    /// Bundle id of the browser.
    pub web_browser: Option<String>,
    /// Bundle id of the app for calls.
    pub calling: Option<String>,
    /// Bundle id of the app for messages.
    pub messaging: Option<String>,
}

/// What a managed app may do.
#[derive(JsonSchema)]
pub struct ApplicationAttributes {
    /// Bundle id of the managed app.
    pub identifier: Option<String>,
    /// The attributes; left out, those it has are taken away.
    pub attributes: Option<AppAttributes>,
}

/// Attributes of a managed app.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AppAttributes {
    /// UUID of the per-app VPN.
    pub vpn_uuid: Option<String>,
    /// Domains tied to the app.
    pub associated_domains: Option<Vec<String>>,
    /// The user may remove the app; true by default.
    pub removable: Option<bool>,
    /// Check domains at the domain itself and not at Apple.
    pub enable_direct_downloads: Option<bool>,
    /// UUID of the content filter.
    pub content_filter_uuid: Option<String>,
    /// UUID of the DNS proxy.
    pub dns_proxy_uuid: Option<String>,
    /// Name of the 5G network slice.
    pub cellular_slice_uuid: Option<String>,
    /// UUID of the relay.
    pub relay_uuid: Option<String>,
    /// Lock the screen after Tap to Pay.
    pub tap_to_pay_screen_lock: Option<bool>,
    /// The user may hide the app.
    pub hideable: Option<bool>,
    /// The user may lock the app.
    pub lockable: Option<bool>,
}

/// Room on a Shared iPad.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-exactly-one-of" = ["quotaSize", "residentUsers"]))]
pub struct SharedDeviceConfiguration {
    /// Megabytes for each user.
    pub quota_size: Option<u32>,
    /// Users that the room is divided among.
    pub resident_users: Option<u32>,
}

/// Managed configuration of one app.
#[derive(JsonSchema)]
pub struct ApplicationConfiguration {
    /// Property list with the configuration; left out, the one it has is taken away.
    pub configuration: Option<String>,
    /// Bundle id of the managed app.
    pub identifier: Option<String>,
}

/// Which updates a user is offered.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SoftwareUpdateSettings {
    /// The newest version, the oldest still supported, or both.
    pub recommendation_cadence: Option<RecommendationCadence>,
}

/// Which versions a user is offered.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum RecommendationCadence {
    AllowAllUpdates,
    OnlyAllowLeastCurrentUpdate,
    OnlyAllowMostCurrentUpdate,
}

/// An update of the inventory of mobile devices, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct InventoryUpdate {
    /// The command.
    pub general: InventoryUpdateCommand,
    /// The mobile devices, by their ids.
    #[schemars(length(min = 1, max = 200), extend("x-item" = "mobile_device"))]
    pub mobile_devices: Vec<Target>,
}

/// The command to update the inventory.
#[derive(JsonSchema)]
pub struct InventoryUpdateCommand {
    /// Its name.
    pub command: UpdateInventory,
}

/// The name of the command to update the inventory.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum UpdateInventory {
    UpdateInventory,
}

/// A wallpaper for mobile devices, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct WallpaperSet {
    /// The command.
    pub general: WallpaperCommand,
    /// The mobile devices, by their ids.
    #[schemars(length(min = 1, max = 200), extend("x-item" = "mobile_device"))]
    pub mobile_devices: Vec<Target>,
}

/// The command to set a wallpaper, and the picture.
#[derive(JsonSchema)]
pub struct WallpaperCommand {
    /// Its name.
    pub command: Wallpaper,
    /// Where: 1 for the lock screen, 2 for the Home Screen, 3 for both.
    #[schemars(range(min = 1, max = 3))]
    pub wallpaper_setting: u32,
    /// Id of an icon in Jamf Pro, which is the picture.
    pub wallpaper_id: u32,
}

/// The name of the command to set a wallpaper.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Wallpaper {
    Wallpaper,
}
