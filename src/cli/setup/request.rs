//! One page for the person who may make API roles: what is asked for, by the console or by the API.

use jamf_pro_client::{client_body, role_body};

use crate::cli::recipes::Rights;

/// What is asked for.
pub(super) struct Request<'a> {
    /// The tenant.
    pub(super) url: &'a str,
    /// The recipe, and what it is for.
    pub(super) recipe: (&'a str, &'a str),
    /// The name of the role and of the client.
    pub(super) name: &'a str,
    pub(super) rights: &'a Rights,
}

impl Request<'_> {
    /// The page in Markdown.
    pub(super) fn page(&self) -> String {
        let Self { url, recipe: (recipe, about), name, rights } = self;
        let privileges: Vec<String> = rights.privileges.iter().cloned().collect();
        let list: String = privileges.iter().map(|name| format!("- {name}\n")).collect();
        let changes = if rights.tools.is_empty() && recipe == &"observer" {
            "It reads and changes nothing.".to_owned()
        } else {
            "Whatever is graver than a read waits for a person, who sees what it would do and approves it."
                .to_owned()
        };
        let pretty = |value| serde_json::to_string_pretty(&value).unwrap_or_default();
        format!(
            "# An API client for jamf-pro-mcp at {url}\n\n\
             jamf-pro-mcp is a server on one person's machine through which an AI agent uses Jamf Pro. It talks to this tenant alone.\n\
             This client is for the recipe **{recipe}**: {about} {changes}\n\n\
             Please make one API role and one API client, and send back the **client ID** and, by a way that is fit for passwords, the **client \
             secret**.\n\n\
             ## In the console\n\n\
             1. Settings, System, *API roles and clients*, tab *API Roles*, *New*.\n\
             2. Display name `{name}`, the privileges below, *Save*. A name that this version of Jamf Pro does not list is left out.\n\
             3. Tab *API Clients*, *New*: display name `{name}`, API role `{name}`, access token lifetime 1800 seconds, *Enable API client*, *Save*.\n\
             4. *Generate client secret*. Jamf Pro shows the secret once.\n\n\
             ## Privileges ({count})\n\n{list}\n\
             ## By the API\n\n\
             `POST {url}/api/v1/api-roles`\n\n```json\n{role}\n```\n\n\
             `POST {url}/api/v1/api-integrations`\n\n```json\n{client}\n```\n\n\
             `POST {url}/api/v1/api-integrations/ID/client-credentials`, with the `id` of the answer before, answers `clientId` and `clientSecret`.\n\n\
             ## To end it\n\nDisable or delete the API client `{name}`. Tokens that it has are good for 30 minutes at most.\n",
            count = privileges.len(),
            role = pretty(role_body(name, &privileges)),
            client = pretty(client_body(name, name)),
        )
    }
}
