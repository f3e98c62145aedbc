//! API access: the roles and clients (API integrations) that programs use Jamf Pro with.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, List, Nothing, Update};
use crate::effects::Affects;

/// All actions on API access.
pub static ACTIONS: &[Action] = &[
    get::<List>("api_integration_list", "/api/v1/api-integrations")
        .title("List API clients")
        .about("List API clients with their roles, and whether they are enabled; secrets are never shown.")
        .asked(&["which API clients exist", "what integrations talk to our Jamf API", "API clients and when their secrets end"])
        .needs(&["Read API Integrations"])
        .brief(&["id", "displayName", "enabled", "authorizationScopes", "appType", "clientId"])
        .filters(&["id", "displayName"])
        .sorts(&["id", "displayName"]),
    post::<Create<ApiIntegration>>("api_integration_create", "/api/v1/api-integrations")
        .title("Create an API client")
        .about("Create an API client with API roles. It cannot sign in until api_integration_credentials_create makes its secret.")
        .asked(&["make an API client for a script", "new client id for an integration", "credentials for a script that calls Jamf"])
        .needs(&["Create API Integrations"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices")),
    get::<ById>("api_integration_get", "/api/v1/api-integrations/{id}")
        .title("Get an API client")
        .about("Get one API client with its roles, client id and the lifetime of its tokens.")
        .needs(&["Read API Integrations"]),
    put::<Update<ApiIntegration>>("api_integration_update", "/api/v1/api-integrations/{id}")
        .title("Change an API client")
        .about("Replace an API client; programs that use it gain or lose power, or access altogether. Fields left out are cleared.")
        .asked(&["disable an API client", "give an API client another role"])
        .needs(&["Update API Integrations"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices")),
    delete::<ById>("api_integration_delete", "/api/v1/api-integrations/{id}")
        .title("Delete an API client")
        .about("Delete an API client for good; every program that signs in with it loses access, perhaps this one too.")
        .asked(&["remove an old integration's API client", "remove an API client"])
        .needs(&["Delete API Integrations"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices")),
    post::<ById>(
        "api_integration_credentials_create",
        "/api/v1/api-integrations/{id}/client-credentials",
    )
    .title("Create a new client secret")
    .plan_title("Create a new secret of the API client {object}")
        .about("Create a new client secret for an API client. The one before stops working and its programs are locked out; the answer leaves the secret out.")
        .asked(&["rotate the client secret", "get a secret for an API client", "new secret for an API client"])
    .needs(&["Create API Integrations"])
    .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices"))
    .hides(&["clientSecret"])
    .gives_secret(&[("clientId", "client id"), ("clientSecret", "client secret")]),
    get::<List>("api_role_list", "/api/v1/api-roles")
        .about("List API roles; ask for the field privileges to see what each one may do.")
        .asked(&["which API roles exist", "overview of roles for API clients", "roles for API clients"])
        .needs(&["Read API Roles"])
        .brief(&["id", "displayName"])
        .filters(&["id", "displayName"])
        .sorts(&["id", "displayName"]),
    post::<Create<ApiRole>>("api_role_create", "/api/v1/api-roles")
        .about("Create an API role from privileges; api_integration_update gives it to a client.")
        .asked(&["define a role for API access", "role with few privileges for an integration"])
        .needs(&["Create API Roles"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices")),
    get::<ById>("api_role_get", "/api/v1/api-roles/{id}")
        .about("Get one API role with all of its privileges.")
        .asked(&["which rights does this API role have"])
        .needs(&["Read API Roles"]),
    put::<Update<ApiRole>>("api_role_update", "/api/v1/api-roles/{id}")
        .about("Replace an API role; privileges becomes its whole list, and every client with the role gains or loses power.")
        .asked(&["add a privilege to an API role", "API client gets 403, give it more rights", "change the privileges of a role"])
        .needs(&["Update API Roles"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices")),
    delete::<ById>("api_role_delete", "/api/v1/api-roles/{id}")
        .about("Delete an API role; clients that have it lose its privileges.")
        .needs(&["Delete API Roles"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it gives or takes rights in Jamf Pro, not on devices")),
    get::<Nothing>("api_role_privilege_list", "/api/v1/api-role-privileges")
        .about("List the exact names of all privileges that an API role can have; api_role_privilege_search finds a few.")
        .asked(&["exact spelling of Jamf privileges", "every privilege there is", "all privileges by name"])
        .needs(&["Read API Roles"]),
    get::<PrivilegeSearch>("api_role_privilege_search", "/api/v1/api-role-privileges/search")
        .title("Search for API privileges")
        .about("Search for privileges of API roles by a part of their names, such as Flush.")
        .needs(&["Read API Roles"]),
];

/// Which privileges to look for.
#[derive(JsonSchema)]
pub struct PrivilegeSearch {
    /// A part of the privilege's name, or all of it.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Most names to answer with; 15 by default.
    #[schemars(range(min = 1, max = 2000))]
    pub limit: Option<u32>,
}
impl Arguments for PrivilegeSearch {}

/// An API role.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ApiRole {
    /// Name by which API clients refer to the role; unique.
    pub display_name: String,
    /// Everything that it allows, in the exact words of api_role_privilege_list.
    pub privileges: Vec<String>,
}

/// An API client, which Jamf calls an API integration.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ApiIntegration {
    /// Display names of its API roles, not their ids; their privileges add up.
    pub authorization_scopes: Vec<String>,
    /// Name shown in Jamf Pro; unique.
    pub display_name: String,
    /// Whether it can sign in.
    pub enabled: Option<bool>,
    /// Seconds that each of its access tokens is valid.
    pub access_token_lifetime_seconds: Option<u32>,
}
