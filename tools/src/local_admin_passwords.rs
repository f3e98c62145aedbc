//! Local admin passwords: LAPS, the managed passwords of admin accounts on Macs, each Mac's own and changed by itself.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, get, put};
use crate::args::{Arguments, Change, Device, Name, Nothing, Whole};
use crate::effects::{Affects, COMPUTERS, Targets};
use crate::secrets::Source;

/// All actions on local admin passwords.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("local_admin_password_pending_list", "/api/v2/local-admin-password/pending-rotations")
        .title("List pending LAPS rotations")
        .about("List the accounts whose password is to change and whose Mac has not done so yet.")
        .asked(&["LAPS rotations that still wait", "LAPS rotations that have not arrived"])
        .needs(&["View Local Admin Password"])
        .brief(&["lapsUser.clientManagementId", "lapsUser.username", "lapsUser.userSource", "lapsUser.guid", "createdDate"]),
    get::<Accounts>("local_admin_password_account_list", "/api/v2/local-admin-password/{clientManagementId}/accounts")
        .title("List the LAPS accounts of a computer")
        .about("List the admin accounts of one Mac whose password is managed, with their GUIDs; no password is told.")
        .asked(&["which local admins are under LAPS on a Mac", "which local administrator accounts does LAPS manage"])
        .needs(&["View Local Admin Password"])
        .brief(&["clientManagementId", "username", "guid", "userSource"]),
    get::<Account>("local_admin_password_get", "/api/v2/local-admin-password/{clientManagementId}/account/{username}/password")
        .title("Show a LAPS password")
        .plan_title("Show the LAPS password of {username} on {devices}")
        .about("Reveal the current password of an admin account on one Mac. The look is recorded, and the password changes some time after it.")
        .asked(&["LAPS password of a Mac", "local administrator password for support", "password of the local administrator", "LAPS of one Mac"])
        .needs(&["View Local Admin Password"])
        .risk(Risk::Secret)
        .targets(&[Targets::ManagementIds("clientManagementId")]),
    get::<AccountByGuid>("local_admin_password_get_by_guid", "/api/v2/local-admin-password/{clientManagementId}/account/{username}/{guid}/password")
        .title("Show the LAPS password of one account")
        .plan_title("Show the LAPS password of {username} on {devices}")
        .about("Reveal the current password of an admin account on one Mac where several share a name. The look is recorded, and the password changes some time after it.")
        .needs(&["View Local Admin Password"])
        .risk(Risk::Secret)
        .targets(&[Targets::ManagementIds("clientManagementId")])
        .since("11.7"),
    get::<AccountRows>("local_admin_password_audit_list", "/api/v2/local-admin-password/{clientManagementId}/account/{username}/audit")
        .title("List who saw a LAPS password")
        .plan_title("List who saw the LAPS password of {username} on {devices}")
        .about("Reveal every password that was seen of an admin account on one Mac, old ones too, and who saw it. Who looked alone: local_admin_password_event_list.")
        .asked(&["who viewed a LAPS password", "who looked at a LAPS password"])
        .needs(&["View Local Admin Password Audit History"])
        .risk(Risk::Secret)
        .targets(&[Targets::ManagementIds("clientManagementId")])
        .brief(&["password", "dateLastSeen", "expirationTime", "audits"]),
    get::<AccountRowsByGuid>("local_admin_password_audit_list_by_guid", "/api/v2/local-admin-password/{clientManagementId}/account/{username}/{guid}/audit")
        .title("List who saw the LAPS password of one account")
        .plan_title("List who saw the LAPS password of {username} on {devices}")
        .about("Reveal every password that was seen of one of several admin accounts of a name on one Mac, and who saw it. Who looked alone: local_admin_password_event_list.")
        .needs(&["View Local Admin Password Audit History"])
        .risk(Risk::Secret)
        .targets(&[Targets::ManagementIds("clientManagementId")])
        .brief(&["password", "dateLastSeen", "expirationTime", "audits"])
        .since("11.7"),
    get::<AccountRows>("local_admin_password_history_list", "/api/v2/local-admin-password/{clientManagementId}/account/{username}/history")
        .about("List when the password of an admin account on one Mac was made, last seen and changed, and whether that worked; no password is told.")
        .asked(&["earlier LAPS passwords and when they changed"])
        .needs(&["View Local Admin Password Audit History"])
        .brief(&["createdDate", "dateLastSeen", "expirationTime", "rotationStatus"]),
    get::<AccountRowsByGuid>("local_admin_password_history_list_by_guid", "/api/v2/local-admin-password/{clientManagementId}/account/{username}/{guid}/history")
        .title("List the LAPS history of one account")
        .about("List when the password of one of several admin accounts of a name on one Mac was made, last seen and changed; no password is told.")
        .needs(&["View Local Admin Password Audit History"])
        .brief(&["createdDate", "dateLastSeen", "expirationTime", "rotationStatus"])
        .since("11.7"),
    get::<Accounts>("local_admin_password_event_list", "/api/v2/local-admin-password/{clientManagementId}/history")
        .title("List LAPS events of a computer")
        .about("List who looked at passwords of one Mac's admin accounts and when they changed, all accounts together; no password is told.")
        .needs(&["View Local Admin Password Audit History"])
        .brief(&["username", "eventType", "eventTime", "viewedBy", "userSource"])
        .since("11.7"),
    put::<SetPasswords>("local_admin_password_set", "/api/v2/local-admin-password/{clientManagementId}/set-password")
        .title("Set a LAPS password")
        .about("Queue new passwords, made for the call and not given here, for admin accounts of one Mac; the old ones stop working once the Mac has them.")
        .asked(&["set a LAPS password manually", "give the local administrator another password"])
        .read_by("local_admin_password_event_list")
        .needs(&["Send Local Admin Password Command"])
        .risk(Risk::Destructive)
        .targets(&[Targets::ManagementIds("clientManagementId")])
        .secret(&[(&["body.lapsUserPasswordList.password"], Source::Password("local administrator password"))])
        .hides(&["password"]),
    get::<Nothing>("local_admin_password_settings_get", "/api/v2/local-admin-password/settings")
        .title("Get LAPS settings")
        .about("Get whether Jamf Pro manages local admin passwords by itself, and how soon they change.")
        .asked(&["is LAPS on", "rotation time of admin passwords", "is LAPS on and how often does it rotate"])
        .needs(&["Read User-Initiated Enrollment", "Update Local Admin Password Settings"]),
    put::<Change<Settings>>("local_admin_password_settings_update", "/api/v2/local-admin-password/settings")
        .title("Change LAPS settings")
        .about("Replace whether local admin passwords are managed on the whole fleet and how soon they change. Turned on, every Mac that can is given a new password.")
        .asked(&["switch LAPS on", "rotate the admin password after viewing", "how often LAPS passwords change"])
        .needs(&["Update Local Admin Password Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS)),
];

/// The accounts of one Mac.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Accounts {
    /// Mac: its management id, serial number, or `computer:7` with its Jamf id.
    pub client_management_id: Device,
}
impl Arguments for Accounts {
    const ROWS: Rows = Rows::Whole;
}

/// One account of one Mac.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Account {
    /// Mac: its management id, serial number, or `computer:7` with its Jamf id.
    pub client_management_id: Device,
    /// Short name of the account; where several share it, the one that MDM made counts.
    pub username: Name,
}
impl Arguments for Account {}

/// One account of one Mac, where several share a name.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AccountByGuid {
    /// Mac: its management id, serial number, or `computer:7` with its Jamf id.
    pub client_management_id: Device,
    /// Short name of the account.
    pub username: Name,
    /// GUID of the account, as local_admin_password_account_list has it.
    pub guid: Name,
}
impl Arguments for AccountByGuid {}

/// What is recorded of one account of one Mac.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AccountRows {
    /// Mac: its management id, serial number, or `computer:7` with its Jamf id.
    pub client_management_id: Device,
    /// Short name of the account; where several share it, the one that MDM made counts.
    pub username: Name,
}
impl Arguments for AccountRows {
    const ROWS: Rows = Rows::Whole;
}

/// What is recorded of one account of one Mac, where several share a name.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AccountRowsByGuid {
    /// Mac: its management id, serial number, or `computer:7` with its Jamf id.
    pub client_management_id: Device,
    /// Short name of the account.
    pub username: Name,
    /// GUID of the account, as local_admin_password_account_list has it.
    pub guid: Name,
}
impl Arguments for AccountRowsByGuid {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `local_admin_password_set`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SetPasswords {
    /// Mac: its management id, serial number, or `computer:7` with its Jamf id.
    pub client_management_id: Device,
    /// Whose passwords are set.
    pub body: NewPasswords,
}
impl Arguments for SetPasswords {}

/// Accounts and their new passwords.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewPasswords {
    /// The accounts, each once.
    #[schemars(length(min = 1, max = 20))]
    pub laps_user_password_list: Vec<NewPassword>,
}

/// An account and its new password.
#[derive(JsonSchema)]
pub struct NewPassword {
    /// Short name of the account, as local_admin_password_account_list has it.
    pub username: String,
    /// The new password; made by the server.
    pub password: String,
}

/// How local admin passwords are managed.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Settings {
    /// Give every Mac that can a password of its own, without anybody asking.
    pub auto_deploy_enabled: bool,
    /// Seconds after a look at which a password changes, such as 3600.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub password_rotation_time: u32,
    /// Change passwords from time to time even if nobody looks.
    pub auto_rotate_enabled: bool,
    /// Seconds after which a password changes that nobody looked at, such as 7776000 for 90 days.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub auto_rotate_expiration_time: u32,
}
