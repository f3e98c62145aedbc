//! Accounts: the administrators who sign in to Jamf Pro, their groups and their sessions. People that devices belong to
//! are in `users`.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, ByIdOrName, Create, Id, List, Name, Nothing, Partial, Update, Whole};
use crate::classic_scope::Target;
use crate::effects::Affects;
use crate::joins::SITE;
use crate::secrets::Source;
use crate::sites::InSite;

/// Fields that Jamf filters and sorts accounts by.
const FIELDS: &[&str] = &[
    "id",
    "lastPasswordChange",
    "failedLoginAttempts",
    "username",
    "realname",
    "email",
    "phone",
    "ldapServerId",
    "distinguishedName",
    "siteId",
    "privilegeLevel",
    "changePasswordOnNextLogin",
    "accountStatus",
];

/// Fields that Jamf filters and sorts groups of accounts by.
const GROUP_FIELDS: &[&str] = &["id", "name", "siteId", "ldapServerId"];

/// What no answer on accounts may carry.
const SECRETS: &[&str] = &["plainPassword", "password", "password_sha256"];

/// All actions on accounts.
pub static ACTIONS: &[Action] = &[
    get::<List>("account_list", "/api/v1/accounts")
        .about("List accounts that administrators sign in to Jamf Pro with; people that devices belong to are in user_list.")
        .asked(&["who can sign in to the Jamf console", "all admin accounts", "standard logins on our instance", "who can sign in to Jamf"])
        .needs(&["Read Accounts"])
        .brief(&["id", "username", "realname", "email", "accessLevel", "privilegeLevel", "accountStatus"])
        .joins(&[SITE])
        .filters(FIELDS)
        .sorts(FIELDS)
        .hides(SECRETS)
        .since("11.23"),
    post::<Create<Account>>("account_create", "/api/v1/accounts")
        .about("Create an administrator account. Without accessLevel and privilegeLevel it has full power over the tenant.")
        .asked(&["add a Jamf admin login", "give a new colleague access to Jamf Pro", "make a read-only auditor account", "another administrator for Jamf"])
        .needs(&["Create Accounts"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices"))
        .hides(SECRETS)
        .secret(&[(&["body.plainPassword"], Source::Person)])
        .since("11.23"),
    get::<ById>("account_get", "/api/v1/accounts/{id}")
        .about("Get one administrator account with its level of access, status and failed sign-ins.")
        .asked(&["is this admin account disabled", "access level of one admin"])
        .needs(&["Read Accounts"])
        .hides(SECRETS)
        .since("11.23"),
    put::<Update<Account>>("account_update", "/api/v1/accounts/{id}")
        .about("Replace an administrator account; it can gain power or be locked out. Fields left out are cleared or set to their defaults.")
        .asked(&["lock out an admin account", "change the access level of a login", "reset the password of a Jamf administrator"])
        .needs(&["Update Accounts"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices"))
        .hides(SECRETS)
        .secret(&[(&["body.plainPassword"], Source::Person)])
        .since("11.27"),
    delete::<ById>("account_delete", "/api/v1/accounts/{id}")
        .about("Delete an administrator account for good; everyone and everything that signs in with it is locked out.")
        .asked(&["remove the login of an admin who left", "delete a Jamf console account", "remove a Jamf administrator"])
        .needs(&["Delete Accounts"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices"))
        .since("11.23"),
    get::<Whole>("account_privilege_list", "/api/user")
        .about("List all administrator accounts with their groups and privileges in each site; account_list can filter.")
        .asked(&["who is a full administrator", "audit of everybody's rights in Jamf"])
        .needs(&["Read Accounts"])
        .brief(&["id", "username", "realName", "email", "accessLevel", "privilegeSet"]),
    get::<List>("account_group_list", "/api/v1/account-groups")
        .about("List groups of administrator accounts with their level of access; devices and users have other groups.")
        .asked(&["which admin groups do we have in Jamf", "list the login groups", "groups of Jamf administrators"])
        .needs(&["Read Account Groups"])
        .brief(&["id", "name", "accessLevel", "privilegeLevel", "siteId", "ldapServerId"])
        .joins(&[SITE])
        .filters(GROUP_FIELDS)
        .sorts(GROUP_FIELDS)
        .since("11.27"),
    get::<ById>("account_group_get", "/api/v1/account-groups/{id}")
        .about("Get one group of administrator accounts with its members and privileges.")
        .needs(&["Read Account Groups"])
        .since("11.27"),
    get::<Nothing>("last_login_get", "/api/v1/last-login")
        .title("Get the last sign-in")
        .about("Get the time of the latest sign-in to Jamf Pro, by anybody.")
        .asked(&["when did I sign in last"])
        .needs(&["Read Last Login"])
        .since("11.27"),
    get::<Whole>("account_session_list", "/api/v1/user-sessions/active")
        .title("List open sessions")
        .about("List who is signed in to Jamf Pro now, since when, and from which address and browser.")
        .asked(&["who is logged in to Jamf right now", "open admin sessions", "who is using the console now"])
        .needs(&["Read User"])
        .brief(&["username", "creationTime", "lastAccessedTime", "ipAddress", "userAgent"])
        .hides(&["sessionId"])
        .since("11.27"),
    get::<Nothing>("account_session_count_get", "/api/v1/user-sessions/count")
        .title("Get the number of open sessions")
        .about("Get how many accounts are signed in to Jamf Pro now; account_session_list names them.")
        .needs(&["Read User"])
        .since("11.27"),
    get::<AccountByIdOrName>("account_privileges_get", "/JSSResource/accounts/userid/{id}")
        .also(&["/JSSResource/accounts/username/{username}"])
        .about("Get one administrator account by id or user name with every single privilege that it has; account_get has its status and sign-ins.")
        .asked(&["what is this admin allowed to do", "privileges of a console user", "what may this administrator do"])
        .probably_needs(&["Read Accounts"])
        .hides(SECRETS),
    put::<Update<AccountPrivileges>>("account_privileges_update", "/JSSResource/accounts/userid/{id}")
        .about("Change what an administrator account may do, privilege by privilege: it gains power or loses it. For its name, mail and status use account_update.")
        .asked(&["give an administrator more rights"])
        .probably_needs(&["Update Accounts"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices"))
        .hides(SECRETS)
        .xml("account"),
    get::<ByIdOrName>("account_group_privileges_get", "/JSSResource/accounts/groupid/{id}")
        .also(&["/JSSResource/accounts/groupname/{name}"])
        .about("Get what a group of administrator accounts may do, area by area, as account_group_update takes it; by id or name.")
        .probably_needs(&["Read Accounts"])
        .hides(SECRETS),
    post::<Create<AccountGroup>>("account_group_create", "/JSSResource/accounts/groupid/0")
        .about("Create a group of administrator accounts: all of its members get its privileges.")
        .asked(&["group of Jamf administrators"])
        .read_by("account_group_list")
        .probably_needs(&["Create Accounts"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices"))
        .xml("group"),
    put::<Update<Partial<AccountGroup>>>("account_group_update", "/JSSResource/accounts/groupid/{id}")
        .about("Change a group of administrator accounts: its members gain power or lose it. Fields left out stay; a list that is given replaces the whole list.")
        .probably_needs(&["Update Accounts"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices"))
        .xml("group"),
    delete::<ById>("account_group_delete", "/JSSResource/accounts/groupid/{id}")
        .about("Delete a group of administrator accounts; those whose access comes from it alone are locked out.")
        .probably_needs(&["Delete Accounts"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices")),
];

/// An account that an administrator signs in with.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Account {
    /// Password of a local account.
    pub plain_password: Option<String>,
    /// Name to sign in with; unique among accounts.
    pub username: Option<String>,
    /// Full name of the person.
    pub realname: Option<String>,
    /// E-mail address that Jamf Pro writes to.
    pub email: Option<String>,
    /// Phone number, as free text.
    pub phone: Option<String>,
    /// Id of the directory server that the account comes from; -1, the default, for a local account.
    #[schemars(range(min = -1))]
    pub ldap_server_id: Option<i64>,
    /// Where the account is in that directory; empty for a local account.
    pub distinguished_name: Option<String>,
    /// Id of the site that SiteAccess is limited to; -1, the default, for none.
    #[schemars(range(min = -1))]
    pub site_id: Option<i64>,
    /// Where its privileges hold: everywhere (the default), in one site, or as its groups say.
    pub access_level: Option<AccessLevel>,
    /// What it may do; ADMINISTRATOR, which is everything, when left out.
    pub privilege_level: Option<PrivilegeLevel>,
    /// Make the person choose a new password at the next sign-in.
    pub change_password_on_next_login: Option<bool>,
    /// Whether it can sign in; Enabled by default.
    pub account_status: Option<AccountStatus>,
    /// DEFAULT signs in with Jamf Pro or a directory, FEDERATED through single sign-on; DEFAULT when left out.
    pub account_type: Option<AccountType>,
}

/// Where the privileges of an account hold.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AccessLevel {
    FullAccess,
    SiteAccess,
    GroupBasedAccess,
}

/// What an account may do.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PrivilegeLevel {
    Administrator,
    Auditor,
    Enrollment,
    Custom,
}

/// Whether an account can sign in.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AccountStatus {
    Enabled,
    Disabled,
}

/// How an account signs in.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AccountType {
    Default,
    Federated,
}

/// One administrator account: by its id or by its user name.
#[derive(JsonSchema)]
pub struct AccountByIdOrName {
    /// Id of the account, digits only.
    pub id: Option<Id>,
    /// Name that it signs in with.
    pub username: Option<Name>,
}
impl Arguments for AccountByIdOrName {}

/// What an account may do; fields left out stay.
#[derive(JsonSchema)]
pub struct AccountPrivileges {
    /// Where its privileges hold.
    pub access_level: Option<ClassicAccessLevel>,
    /// What it may do; only `Custom` heeds `privileges`.
    pub privilege_set: Option<PrivilegeSet>,
    /// The site that `Site Access` is limited to.
    pub site: Option<InSite>,
    /// All single privileges of a custom set.
    pub privileges: Option<Privileges>,
}

/// A new group of accounts, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct AccountGroup {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Where its privileges hold.
    pub access_level: ClassicAccessLevel,
    /// What its members may do; only `Custom` heeds `privileges`.
    pub privilege_set: PrivilegeSet,
    /// The site that `Site Access` is limited to.
    pub site: Option<InSite>,
    /// All single privileges of a custom set.
    pub privileges: Option<Privileges>,
    /// All of its members, by the ids of their accounts.
    #[schemars(length(max = 1000), extend("x-item" = "user"))]
    pub members: Option<Vec<Target>>,
}

/// Where the privileges of an account or group hold, as the Classic API says it.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ClassicAccessLevel {
    #[schemars(rename = "Full Access")]
    Full,
    #[schemars(rename = "Site Access")]
    Site,
    #[schemars(rename = "Group Access")]
    Group,
}

/// What an account or group may do, as the Classic API says it.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PrivilegeSet {
    Administrator,
    Auditor,
    #[schemars(rename = "Enrollment Only")]
    EnrollmentOnly,
    Custom,
}

/// Single privileges, by Jamf's names, such as `Read Computers`.
#[derive(JsonSchema)]
pub struct Privileges {
    /// On objects.
    #[schemars(length(max = 1000), extend("x-item" = "privilege"))]
    pub jss_objects: Option<Vec<String>>,
    /// On settings.
    #[schemars(length(max = 1000), extend("x-item" = "privilege"))]
    pub jss_settings: Option<Vec<String>>,
    /// Actions of the server and commands to devices.
    #[schemars(length(max = 1000), extend("x-item" = "privilege"))]
    pub jss_actions: Option<Vec<String>>,
    /// In Recon.
    #[schemars(length(max = 1000), extend("x-item" = "privilege"))]
    pub recon: Option<Vec<String>>,
    /// In Jamf Admin.
    #[schemars(length(max = 1000), extend("x-item" = "privilege"))]
    pub casper_admin: Option<Vec<String>>,
    /// In Jamf Remote.
    #[schemars(length(max = 1000), extend("x-item" = "privilege"))]
    pub casper_remote: Option<Vec<String>>,
    /// In Jamf Imaging.
    #[schemars(length(max = 1000), extend("x-item" = "privilege"))]
    pub casper_imaging: Option<Vec<String>>,
}
