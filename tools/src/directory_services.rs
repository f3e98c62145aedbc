//! Directory services: LDAP servers, Microsoft Entra and Google, which tell Jamf Pro who people are and which groups
//! they are in.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{
    Arguments, ById, Create, Export, History, Id, Name, NoteOn, Nothing, Sorted, Update, Whole,
};
use crate::effects::{A_NOTE, ALL_DEVICES, Affects};
use crate::secrets::Source;

/// All actions on directory services.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("ldap_server_list", "/api/v1/ldap/servers")
        .about("List the directories in use, LDAP servers and cloud identity providers together, with their ids.")
        .asked(&["which LDAP servers are connected", "connections to directories"])
        .needs(&["Read LDAP Servers"])
        .brief(&["id", "name"]),
    get::<LdapGroupList>("ldap_group_list", "/api/v1/ldap/groups")
        .about("List directory groups whose name contains a text, each with the directory that it is in.")
        .asked(&["search a directory group", "search groups of the directory"])
        .needs(&["Read LDAP Servers"])
        .brief(&["id", "name", "ldapServerId", "uuid", "distinguishedName"]),
    get::<ById>("ldap_server_mappings_get", "/api/v1/classic-ldap/{id}")
        .about("Get which LDAP attributes one LDAP server takes user and group facts from. Entra and Google have their own actions.")
        .needs(&["Read LDAP Servers"]),
    get::<Sorted>("cloud_idp_list", "/api/v1/cloud-idp")
        .about("List the cloud identity providers, Entra and Google, with their ids.")
        .asked(&["which cloud identity providers are connected", "is Entra ID or Google hooked up", "Entra and Google connections"])
        .needs(&["Read LDAP Servers"])
        .brief(&["id", "displayName", "enabled", "providerName"]),
    get::<ById>("cloud_idp_get", "/api/v1/cloud-idp/{id}")
        .about("Get the name and kind of one cloud identity provider; entra_idp_get or google_idp_get has its settings.")
        .needs(&["Read LDAP Servers"]),
    post::<Export>("cloud_idp_export", "/api/v1/cloud-idp/export")
        .about("Export the list of cloud identity providers as CSV.")
        .needs(&["Read LDAP Servers"])
        .risk(Risk::Read)
        .answers(Answer::File),
    get::<History>("cloud_idp_history_list", "/api/v1/cloud-idp/{id}/history")
        .about("List who changed a cloud identity provider and when.")
        .needs(&["Read LDAP Servers"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<NoteOn>("cloud_idp_history_note", "/api/v1/cloud-idp/{id}/history")
        .about("Write a note into the history of a cloud identity provider; nothing else changes.")
        .needs(&["Update LDAP Servers"])
        .affects(A_NOTE),
    post::<Search<UserSearch>>("cloud_idp_user_test", "/api/v1/cloud-idp/{id}/test-user")
        .title("Test the lookup of a user at a cloud identity provider")
        .about("Test the lookup of a user in a cloud identity provider: what Jamf Pro finds of them. Nothing changes.")
        .asked(&["does the IdP lookup of a user work", "can Jamf find this user in Entra"])
        .needs(&["Read LDAP Servers"])
        .risk(Risk::Read),
    post::<Search<GroupSearch>>("cloud_idp_group_test", "/api/v1/cloud-idp/{id}/test-group")
        .title("Test the lookup of a group at a cloud identity provider")
        .about("Test the lookup of a group in a cloud identity provider: what Jamf Pro finds of it. Nothing changes.")
        .needs(&["Read LDAP Servers"])
        .risk(Risk::Read),
    post::<Search<MembershipSearch>>("cloud_idp_membership_test", "/api/v1/cloud-idp/{id}/test-user-membership")
        .title("Test a membership at a cloud identity provider")
        .about("Test whether a cloud identity provider has a user in a group, as limitations of scopes ask it. Nothing changes.")
        .asked(&["is a user in a directory group"])
        .needs(&["Read LDAP Servers"])
        .risk(Risk::Read),
    get::<ById>("entra_idp_get", "/api/v1/cloud-azure/{id}")
        .about("Get the settings of one Microsoft Entra provider: its tenant, mappings and how groups are looked up.")
        .asked(&["our Azure AD connection", "Entra attribute mappings"])
        .needs(&["Read LDAP Servers"]),
    get::<Nothing>("entra_idp_defaults_get", "/api/v1/cloud-azure/defaults/server-configuration")
        .about("Get the settings and mappings that a new Microsoft Entra provider starts with.")
        .needs(&["Read LDAP Servers"]),
    post::<Create<EntraProvider>>("entra_idp_create", "/api/v1/cloud-azure")
        .about("Create a Microsoft Entra provider, a directory of people who sign in and are in scopes; a person must first consent in Entra.")
        .asked(&["connect Jamf with Entra ID"])
        .needs(&["Create LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.server.code"], Source::Person)]),
    put::<Update<EntraProviderUpdate>>("entra_idp_update", "/api/v1/cloud-azure/{id}")
        .about("Replace the settings of a Microsoft Entra provider; who may sign in and who is in scope can change. Fields left out are cleared.")
        .needs(&["Update LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    delete::<ById>("entra_idp_delete", "/api/v1/cloud-azure/{id}")
        .about("Delete a Microsoft Entra provider: its people cannot sign in, limitations by its groups break, and its consent is lost.")
        .needs(&["Delete LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<ById>("google_idp_get", "/api/v2/cloud-ldaps/{id}")
        .about("Get the settings of one Google provider: server, mappings, and until when its certificate is valid.")
        .needs(&["Read LDAP Servers"]),
    get::<GoogleDefaults>("google_idp_defaults_get", "/api/v2/cloud-ldaps/defaults/{provider}/server-configuration")
        .about("Get the server settings that a new Google provider starts with; google_idp_mapping_defaults_get has the mappings.")
        .needs(&["Read LDAP Servers"]),
    get::<GoogleDefaults>("google_idp_mapping_defaults_get", "/api/v2/cloud-ldaps/defaults/{provider}/mappings")
        .about("Get the mappings of users and groups that a new Google provider starts with.")
        .needs(&["Read LDAP Servers"]),
    post::<Create<GoogleProvider>>("google_idp_create", "/api/v2/cloud-ldaps")
        .about("Create a Google provider, a directory of people who sign in and are in scopes, with the keystore that Google made for it.")
        .asked(&["connect Jamf with Google"])
        .needs(&["Create LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.server.keystore.password", "body.server.keystore.fileBytes"], Source::Person)]),
    put::<Update<GoogleProviderUpdate>>("google_idp_update", "/api/v2/cloud-ldaps/{id}")
        .about("Replace the settings of a Google provider; who may sign in and who is in scope can change. Fields left out are cleared.")
        .needs(&["Update LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.server.keystore.password", "body.server.keystore.fileBytes"], Source::Person)]),
    delete::<ById>("google_idp_delete", "/api/v2/cloud-ldaps/{id}")
        .about("Delete a Google provider: its people cannot sign in, limitations by its groups break, and its keystore is lost.")
        .needs(&["Delete LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<ById>("google_idp_mappings_get", "/api/v2/cloud-ldaps/{id}/mappings")
        .about("Get which LDAP attributes a Google provider takes user and group facts from.")
        .needs(&["Read LDAP Servers"]),
    put::<Update<GoogleMappings>>("google_idp_mappings_update", "/api/v2/cloud-ldaps/{id}/mappings")
        .about("Replace all mappings of a Google provider; a wrong one empties its groups, and with them scopes and sign-in.")
        .needs(&["Update LDAP Servers"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<ById>("google_idp_connection_test", "/api/v2/cloud-ldaps/{id}/connection/status")
        .about("Test whether Jamf Pro reaches a Google provider with its present settings; nothing changes.")
        .needs(&["Read LDAP Servers"]),
    get::<ById>("google_idp_bind_pool_get", "/api/v2/cloud-ldaps/{id}/connection/bind")
        .about("Get counts of the connections over which a Google provider checks sign-ins, failed ones included.")
        .needs(&["Read LDAP Servers"]),
    get::<ById>("google_idp_search_pool_get", "/api/v2/cloud-ldaps/{id}/connection/search")
        .about("Get counts of the connections over which a Google provider is searched, failed ones included.")
        .needs(&["Read LDAP Servers"]),
    post::<Create<Keystore>>("google_idp_keystore_validate", "/api/v1/ldap-keystore/verify")
        .about("Validate a Google provider's keystore before it is used: whom it names and until when it is valid. Nothing is stored.")
        .needs(&["Create LDAP Servers"])
        .risk(Risk::Read)
        .secret(&[(&["body.password", "body.fileBytes"], Source::Person)]),
];

/// Arguments of `ldap_group_list`.
#[derive(JsonSchema)]
pub struct LdapGroupList {
    /// Part of the group's name.
    #[schemars(length(min = 1, max = 255))]
    pub q: Option<String>,
}
impl Arguments for LdapGroupList {
    const ROWS: Rows = Rows::Whole;
}

/// A search in a cloud identity provider.
#[derive(JsonSchema)]
pub struct Search<T> {
    /// Id of the cloud identity provider, from cloud_idp_list.
    pub id: Id,
    /// Whom or what to look up.
    pub body: T,
}
impl<T: JsonSchema> Arguments for Search<T> {}

/// Which user to look up.
#[derive(JsonSchema)]
pub struct UserSearch {
    /// User name as the mapping of the user name has it, such as `mia@example.com`.
    #[schemars(length(min = 1))]
    pub username: String,
}

/// Which group to look up.
#[derive(JsonSchema)]
pub struct GroupSearch {
    /// Name of the group in the directory.
    #[schemars(length(min = 1))]
    pub groupname: String,
}

/// Whether this user is in this group.
#[derive(JsonSchema)]
pub struct MembershipSearch {
    /// User name as the mapping of the user name has it, such as `mia@example.com`.
    #[schemars(length(min = 1))]
    pub username: String,
    /// Name of the group in the directory.
    #[schemars(length(min = 1))]
    pub groupname: String,
}

/// A new Microsoft Entra provider.
#[derive(JsonSchema)]
pub struct EntraProvider {
    /// Its name and kind.
    #[schemars(rename = "cloudIdPCommon")]
    pub common: EntraName,
    /// Its tenant, and how people and groups are looked up there.
    pub server: EntraServer,
}

/// Name and kind of a new Microsoft Entra provider.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EntraName {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: String,
    /// Microsoft Entra, by its former name.
    pub provider_name: EntraKind,
}

/// The kind that Microsoft Entra providers have.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EntraKind {
    Azure,
}

/// Tenant of a Microsoft Entra provider, and how people and groups are looked up there.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EntraServer {
    /// Id of the Entra tenant, a UUID.
    pub tenant_id: String,
    /// Jamf Pro looks people up there.
    pub enabled: bool,
    /// Which Entra attributes the facts come from.
    pub mappings: EntraMappings,
    /// Seconds after which a search is given up.
    #[schemars(range(min = 5, max = 600))]
    pub search_timeout: u32,
    /// Groups within groups count at single sign-on.
    pub transitive_membership_enabled: bool,
    /// Entra attribute by which single sign-on finds the user, such as `userPrincipalName`.
    pub transitive_membership_user_field: String,
    /// Groups within groups count in all lookups but single sign-on.
    pub transitive_directory_membership_enabled: bool,
    /// Work memberships out with fewer questions to Entra; single sign-on is as before.
    pub membership_calculation_optimization_enabled: Option<bool>,
    /// Code that Entra gave when an administrator consented; valid once.
    pub code: String,
    /// Microsoft's public cloud, or the one for the government of the United States.
    pub r#type: Option<EntraCloud>,
}

/// Microsoft's cloud that a tenant is in.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EntraCloud {
    Public,
    GccHigh,
}

/// What a Microsoft Entra provider becomes.
#[derive(JsonSchema)]
pub struct EntraProviderUpdate {
    /// Its name and kind.
    #[schemars(rename = "cloudIdPCommon")]
    pub common: EntraNameUpdate,
    /// How people and groups are looked up.
    pub server: EntraServerUpdate,
}

/// Name and kind of a Microsoft Entra provider.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EntraNameUpdate {
    /// Id of the provider, the same as in the path.
    pub id: Id,
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: String,
    /// Microsoft Entra, by its former name.
    pub provider_name: EntraKind,
}

/// How people and groups are looked up in Microsoft Entra; the tenant stays.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EntraServerUpdate {
    /// Id of the server, as entra_idp_get gives it.
    pub id: Id,
    /// Jamf Pro looks people up there.
    pub enabled: bool,
    /// Which Entra attributes the facts come from.
    pub mappings: EntraMappings,
    /// Seconds after which a search is given up.
    #[schemars(range(min = 5, max = 600))]
    pub search_timeout: u32,
    /// Groups within groups count at single sign-on.
    pub transitive_membership_enabled: bool,
    /// Entra attribute by which single sign-on finds the user, such as `userPrincipalName`.
    pub transitive_membership_user_field: String,
    /// Groups within groups count in all lookups but single sign-on.
    pub transitive_directory_membership_enabled: bool,
    /// Work memberships out with fewer questions to Entra; single sign-on is as before.
    pub membership_calculation_optimization_enabled: Option<bool>,
}

/// Which Entra attributes the facts come from; an empty text takes none.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EntraMappings {
    /// Attribute with a user's id, as a rule `id`.
    pub user_id: String,
    /// Attribute with the user name, as a rule `userPrincipalName`.
    pub user_name: String,
    /// Attribute with the full name, as a rule `displayName`.
    pub real_name: String,
    /// Attribute with the e-mail address, as a rule `mail`.
    pub email: String,
    /// Attribute with the department, as a rule `department`.
    pub department: String,
    /// Attribute with the building, such as `companyName`.
    pub building: String,
    /// Attribute with the room, such as `officeLocation`.
    pub room: String,
    /// Attribute with the phone number, such as `mobilePhone`.
    pub phone: String,
    /// Attribute with the position, as a rule `jobTitle`.
    pub position: String,
    /// Attribute with a group's id, as a rule `id`.
    pub group_id: String,
    /// Attribute with a group's name, as a rule `displayName`.
    pub group_name: String,
}

/// Defaults of which provider.
#[derive(JsonSchema)]
pub struct GoogleDefaults {
    /// The provider's name: `GOOGLE`.
    pub provider: Name,
}
impl Arguments for GoogleDefaults {}

/// A new Google provider.
#[derive(JsonSchema)]
pub struct GoogleProvider {
    /// Its name and kind.
    #[schemars(rename = "cloudIdPCommon")]
    pub common: GoogleName,
    /// How Google is reached.
    pub server: GoogleServer,
    /// Which LDAP attributes the facts come from; Google's defaults when left out.
    pub mappings: Option<GoogleMappings>,
}

/// Name and kind of a new Google provider.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GoogleName {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: String,
    /// Google's secure LDAP.
    pub provider_name: GoogleKind,
}

/// The kind that Google providers have.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum GoogleKind {
    Google,
}

/// How Google is reached.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GoogleServer {
    /// Host name, as a rule `ldap.google.com`.
    pub server_url: String,
    /// Jamf Pro looks people up there.
    pub enabled: bool,
    /// Domain of the people, such as `example.com`.
    pub domain_name: String,
    /// Port: 636 for LDAPS, 389 for START_TLS.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u32,
    /// Certificate and private key that Google made for Jamf Pro.
    pub keystore: Keystore,
    /// Seconds after which a connection is given up.
    #[schemars(range(min = 5, max = 600))]
    pub connection_timeout: u32,
    /// Seconds after which a search is given up.
    #[schemars(range(min = 5, max = 600))]
    pub search_timeout: u32,
    /// Searches also find entries that match only in part.
    pub use_wildcards: bool,
    /// How the connection is encrypted.
    pub connection_type: LdapEncryption,
    /// Work memberships out with fewer questions to the directory.
    pub membership_calculation_optimization_enabled: Option<bool>,
}

/// How an LDAP connection is encrypted.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum LdapEncryption {
    Ldaps,
    StartTls,
}

/// A keystore: certificate and private key in one file.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Keystore {
    /// Password of the file.
    pub password: String,
    /// The PKCS #12 file, in Base64.
    pub file_bytes: String,
    /// Name of the file, such as `keystore.p12`.
    #[schemars(length(min = 1))]
    pub file_name: String,
}

/// What a Google provider becomes.
#[derive(JsonSchema)]
pub struct GoogleProviderUpdate {
    /// Its name and kind.
    #[schemars(rename = "cloudIdPCommon")]
    pub common: GoogleNameUpdate,
    /// How Google is reached.
    pub server: GoogleServerUpdate,
    /// Which LDAP attributes the facts come from.
    pub mappings: Option<GoogleMappings>,
}

/// Name and kind of a Google provider.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GoogleNameUpdate {
    /// Id of the provider, the same as in the path.
    pub id: Id,
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: String,
    /// Google's secure LDAP.
    pub provider_name: GoogleKind,
}

/// How Google is reached from now on.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GoogleServerUpdate {
    /// Host name, as a rule `ldap.google.com`.
    pub server_url: String,
    /// Jamf Pro looks people up there.
    pub enabled: bool,
    /// Domain of the people, such as `example.com`.
    pub domain_name: String,
    /// Port: 636 for LDAPS, 389 for START_TLS.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u32,
    /// A new certificate and private key; the present ones stay when left out.
    pub keystore: Option<Keystore>,
    /// Seconds after which a connection is given up.
    #[schemars(range(min = 1))]
    pub connection_timeout: u32,
    /// Seconds after which a search is given up.
    #[schemars(range(min = 1))]
    pub search_timeout: u32,
    /// Searches also find entries that match only in part.
    pub use_wildcards: bool,
    /// How the connection is encrypted.
    pub connection_type: LdapEncryption,
    /// Work memberships out with fewer questions to the directory.
    pub membership_calculation_optimization_enabled: Option<bool>,
}

/// Which LDAP attributes the facts of users and groups come from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GoogleMappings {
    /// Where users are and what is known of them.
    pub user_mappings: UserMappings,
    /// Where groups are and what is known of them.
    pub group_mappings: GroupMappings,
    /// How a user's groups are found.
    pub membership_mappings: MembershipMappings,
}

/// Where users are, and which attributes their facts come from; an empty text takes none.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct UserMappings {
    /// Whether an entry needs any or all of the classes.
    pub object_class_limitation: ObjectClassLimitation,
    /// Classes of user entries, such as `inetOrgPerson`; several by commas.
    pub object_classes: String,
    /// Where the search begins, such as `ou=Users`.
    pub search_base: String,
    /// How deep the search goes.
    pub search_scope: SearchScope,
    /// A second place to search; none by default.
    pub additional_search_base: Option<String>,
    /// Attribute with a user's id, such as `mail`.
    #[schemars(rename = "userID")]
    pub user_id: String,
    /// Attribute with the user name, such as `uid`.
    pub username: String,
    /// Attribute with the full name, such as `displayName`.
    pub real_name: String,
    /// Attribute with the e-mail address, such as `mail`.
    pub email_address: String,
    /// Attribute with the department, such as `departmentNumber`.
    pub department: String,
    /// Attribute with the building.
    pub building: String,
    /// Attribute with the room.
    pub room: String,
    /// Attribute with the phone number.
    pub phone: String,
    /// Attribute with the position, such as `title`.
    pub position: String,
    /// Attribute that never changes for a user, such as `uid`.
    pub user_uuid: String,
}

/// Where groups are, and which attributes their facts come from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GroupMappings {
    /// Whether an entry needs any or all of the classes.
    pub object_class_limitation: ObjectClassLimitation,
    /// Classes of group entries, such as `groupOfNames`; several by commas.
    pub object_classes: String,
    /// Where the search begins, such as `ou=Groups`.
    pub search_base: String,
    /// How deep the search goes.
    pub search_scope: SearchScope,
    /// Attribute with a group's id, such as `cn`.
    #[schemars(rename = "groupID")]
    pub group_id: String,
    /// Attribute with a group's name, such as `cn`.
    pub group_name: String,
    /// Attribute that never changes for a group, such as `gidNumber`.
    pub group_uuid: String,
}

/// How a user's groups are found.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MembershipMappings {
    /// Attribute of a user that names their groups, such as `memberOf`.
    pub group_membership_mapping: String,
}

/// Whether an entry needs any or all of the classes.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ObjectClassLimitation {
    AnyObjectClasses,
    AllObjectClasses,
}

/// How deep a search goes.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SearchScope {
    AllSubtrees,
    FirstLevelOnly,
}
