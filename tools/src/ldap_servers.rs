//! LDAP servers: directories of the organization's own that Jamf Pro asks who people are, in the Classic API. The list of
//! all directories, and the cloud identity providers, are in `directory_services`.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, ByIdOrName, Create, Id, Name, Partial, Update};
use crate::effects::{ALL_DEVICES, Affects};
use crate::secrets::Source;

/// The password that Jamf Pro binds with.
const SECRETS: &[&str] = &["password"];

/// All actions on LDAP servers.
pub static ACTIONS: &[Action] = &[
    get::<ByIdOrName>("ldap_server_get", "/JSSResource/ldapservers/id/{id}")
        .also(&["/JSSResource/ldapservers/name/{name}"])
        .about("Get one LDAP server by id or name: its host, sign-in and all mappings, without the password. The list is ldap_server_list.")
        .asked(&["settings of an LDAP directory"])
        .probably_needs(&["Read LDAP Servers"])
        .hides(SECRETS),
    get::<Lookup>("ldap_server_lookup", "/JSSResource/ldapservers/id/{id}/user/{user}")
        .also(&[
            "/JSSResource/ldapservers/id/{id}/group/{group}",
            "/JSSResource/ldapservers/id/{id}/group/{group}/user/{user}",
        ])
        .title("Look up a user or a group in an LDAP server")
        .about("Ask one LDAP server, live, for a user, for a group, or with both whether the user is in the group, as scopes ask it. Changes nothing.")
        .asked(&["look a user up in the directory", "find a person in the directory"])
        .probably_needs(&["Read LDAP Servers"]),
    post::<Create<LdapServer>>("ldap_server_create", "/JSSResource/ldapservers/id/0")
        .about("Create an LDAP server: anyone it names can be given access to Jamf Pro and to enrollment. Try it with ldap_server_lookup.")
        .asked(&["connect Active Directory by LDAP", "connect an LDAP directory"])
        .probably_needs(&["Create LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .hides(SECRETS)
        .secret(&[(&["body.connection.account.password"], Source::Person)])
        .xml("ldap_server"),
    put::<Update<Partial<LdapServer>>>("ldap_server_update", "/JSSResource/ldapservers/id/{id}")
        .about("Change an LDAP server; a wrong host, sign-in or mapping locks out those who sign in through it, or lets others in. Parts left out stay.")
        .probably_needs(&["Update LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .hides(SECRETS)
        .secret(&[(&["body.connection.account.password"], Source::Person)])
        .xml("ldap_server"),
    delete::<ById>("ldap_server_delete", "/JSSResource/ldapservers/id/{id}")
        .about("Delete an LDAP server: accounts that sign in through it are locked out, and scopes by its users and groups fail. Its password is lost.")
        .probably_needs(&["Delete LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
];

/// What to ask an LDAP server for.
#[derive(JsonSchema)]
pub struct Lookup {
    /// Id of the LDAP server, digits only.
    pub id: Id,
    /// User name to look for.
    pub user: Option<Name>,
    /// Group to look for; with `user`, the group that the user may be in.
    pub group: Option<Name>,
}
impl Arguments for Lookup {}

/// A new LDAP server, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct LdapServer {
    /// Where it is and how to sign in there.
    pub connection: Connection,
    /// Which attributes say what of users and groups.
    pub mappings_for_users: Option<Mappings>,
}

/// Where an LDAP server is and how to sign in there.
#[derive(JsonSchema)]
pub struct Connection {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Host name or address.
    #[schemars(length(min = 1, max = 255))]
    pub hostname: String,
    /// Kind of directory.
    pub server_type: Option<ServerType>,
    /// Port; 389 or 636 as a rule.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u32>,
    /// Encrypt the connection.
    pub use_ssl: Option<bool>,
    /// How Jamf Pro signs in.
    pub authentication_type: Option<Authentication>,
    /// What Jamf Pro signs in with.
    pub account: Option<BindAccount>,
    /// Seconds until a connection is given up.
    #[schemars(range(min = 1, max = 600))]
    pub open_close_timeout: Option<u32>,
    /// Seconds until a search is given up.
    #[schemars(range(min = 1, max = 600))]
    pub search_timeout: Option<u32>,
    /// What to do with referrals; the directory decides by default.
    pub referral_response: Option<Referral>,
    /// Find people by a part of their names.
    pub use_wildcards: Option<bool>,
}

/// What Jamf Pro signs in to a directory with.
#[derive(JsonSchema)]
pub struct BindAccount {
    /// Distinguished name, such as `CN=Jamf,CN=Users,DC=example,DC=com`.
    pub distinguished_username: Option<String>,
    /// Its password; never given by a caller.
    pub password: Option<String>,
}

/// A kind of directory.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ServerType {
    #[schemars(rename = "Active Directory")]
    ActiveDirectory,
    #[schemars(rename = "Open Directory")]
    OpenDirectory,
    #[schemars(rename = "eDirectory")]
    EDirectory,
    Custom,
}

/// How Jamf Pro signs in to a directory.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Authentication {
    #[schemars(rename = "simple")]
    Simple,
    #[schemars(rename = "CRAM-MD5")]
    CramMd5,
    #[schemars(rename = "DIGEST-MD5")]
    DigestMd5,
    #[schemars(rename = "none")]
    None,
}

/// What is done with referrals to other directories.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Referral {
    Ignore,
    Follow,
}

/// Which attributes of a directory say what of users and groups.
#[derive(JsonSchema)]
pub struct Mappings {
    /// Of users.
    pub user_mappings: Option<UserMappings>,
    /// Of groups.
    pub user_group_mappings: Option<GroupMappings>,
    /// Of who is in which group.
    pub user_group_membership_mappings: Option<MembershipMappings>,
}

/// Which attributes say what of users.
#[derive(JsonSchema)]
pub struct UserMappings {
    /// Whether an entry has all of the object classes or any.
    pub map_object_class_to_any_or_all: Option<AllOrAny>,
    /// Object classes, with commas between.
    pub object_classes: Option<String>,
    /// Where the search starts, such as `DC=example,DC=com`.
    pub search_base: Option<String>,
    /// How deep it goes.
    pub search_scope: Option<SearchScope>,
    /// Attribute of the id.
    pub map_user_id: Option<String>,
    /// Attribute of the user name.
    pub map_username: Option<String>,
    /// Attribute of the full name.
    pub map_realname: Option<String>,
    /// Attribute of the e-mail address.
    pub map_email_address: Option<String>,
    /// Text put after it, such as `@example.com`.
    pub append_to_email_results: Option<String>,
    /// Attribute of the department.
    pub map_department: Option<String>,
    /// Attribute of the building.
    pub map_building: Option<String>,
    /// Attribute of the room.
    pub map_room: Option<String>,
    /// Attribute of the phone number.
    pub map_telephone: Option<String>,
    /// Attribute of the position.
    pub map_position: Option<String>,
    /// Attribute of the UUID.
    pub map_user_uuid: Option<String>,
}

/// Which attributes say what of groups.
#[derive(JsonSchema)]
pub struct GroupMappings {
    /// Whether an entry has all of the object classes or any.
    pub map_object_class_to_any_or_all: Option<AllOrAny>,
    /// Object classes, with commas between.
    pub object_classes: Option<String>,
    /// Where the search starts, such as `DC=example,DC=com`.
    pub search_base: Option<String>,
    /// How deep it goes.
    pub search_scope: Option<SearchScope>,
    /// Attribute of the id.
    pub map_group_id: Option<String>,
    /// Attribute of the name.
    pub map_group_name: Option<String>,
    /// Attribute of the UUID.
    pub map_group_uuid: Option<String>,
}

/// How a directory says who is in which group.
#[derive(JsonSchema)]
pub struct MembershipMappings {
    /// Where memberships are kept.
    pub user_group_membership_stored_in: Option<StoredIn>,
    /// Attribute of a user that names the groups.
    pub map_group_membership_to_user_field: Option<String>,
    /// Text put after a user name in a group.
    pub append_to_username: Option<String>,
    /// Groups are named by their distinguished names.
    pub use_dn: Option<bool>,
    /// Groups in groups count.
    pub recursive_lookups: Option<bool>,
    /// An attribute of a group names its users.
    pub map_user_membership_to_group_field: Option<bool>,
    /// Users are named by their distinguished names.
    pub map_user_membership_use_dn: Option<bool>,
    /// Whether an entry has all of the object classes or any.
    pub map_object_class_to_any_or_all: Option<AllOrAny>,
    /// Object classes, with commas between.
    pub object_classes: Option<String>,
    /// Where the search starts, such as `DC=example,DC=com`.
    pub search_base: Option<String>,
    /// How deep it goes.
    pub search_scope: Option<SearchScope>,
    /// Attribute of the user name in a group.
    pub username: Option<String>,
    /// Attribute of the id of a group.
    pub group_id: Option<String>,
    /// Ask the directory to compare, instead of reading all members.
    pub user_group_membership_use_ldap_compare: Option<bool>,
}

/// All of several, or any.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AllOrAny {
    All,
    Any,
}

/// How deep a search goes.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SearchScope {
    #[schemars(rename = "All Subtrees")]
    AllSubtrees,
    #[schemars(rename = "First Level Only")]
    FirstLevelOnly,
}

/// Where a directory keeps memberships.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum StoredIn {
    #[schemars(rename = "user object")]
    UserObject,
    #[schemars(rename = "group object")]
    GroupObject,
}
