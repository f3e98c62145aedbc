//! Tables of who and what is connected to a tenant: books, licenses, classes, printers, webhooks, directories, API roles and clients,
//! accounts. No secret of theirs is kept.

use serde_json::{Value as Json, json};

use super::{Kind, Table, boolean, convert, each, id, id_at, kind, of, read_at, text};
use crate::sanitize::personal::Personal::Person;

/// The tables.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "ebooks",
        about: "One row a book.",
        fills: &[of("ebooks")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "general.name|name"),
            text("author", "general.author"),
            text("version", "general.version"),
            text("deployment", "general.deployment_type"),
            text("category", "general.category.name"),
            read_at("read_at"),
        ],
    },
    Table {
        name: "volume_purchasing",
        about: "One row an assignment of volume-purchased apps and books to users, or an invitation of users.",
        fills: &[of("volume purchasing assignments"), of("volume purchasing invitations")],
        is_shared: false,
        columns: &[
            id("id"),
            kind("kind"),
            text("name", "general.name|name"),
            id_at("location_id", "general.vpp_admin_account_id|general.vpp_account.id"),
            read_at("read_at"),
        ],
    },
    Table {
        name: "classes",
        about: "One row a class.",
        fills: &[of("classes")],
        is_shared: false,
        columns: &[id("id"), text("name", "name"), text("source", "source"), read_at("read_at")],
    },
    Table {
        name: "printers",
        about: "One row a printer.",
        fills: &[of("printers")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "name"),
            text("category", "category"),
            text("model", "model"),
            text("location", "location"),
            read_at("read_at"),
        ],
    },
    Table {
        name: "webhooks",
        about: "One row a webhook, without what it signs in with.",
        fills: &[of("webhooks")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "name"),
            boolean("enabled", "enabled"),
            text("event", "event"),
            convert("host", Kind::Text, "url", host),
            text("authentication", "authentication_type"),
            id_at("group_id", "smart_group_id"),
            read_at("read_at"),
        ],
    },
    Table {
        name: "directory_servers",
        about: "One row an LDAP server or cloud identity provider.",
        fills: &[of("directory servers")],
        is_shared: false,
        columns: &[id("id"), text("name", "name")],
    },
    Table {
        name: "api_roles",
        about: "One row an API role.",
        fills: &[of("API roles")],
        is_shared: false,
        columns: &[id("id"), text("name", "displayName")],
    },
    Table {
        name: "api_role_privileges",
        about: "One row an API role and privilege that it gives.",
        fills: &[each("API roles", "privileges")],
        is_shared: false,
        columns: &[id("api_role_id"), text("privilege", "")],
    },
    Table {
        name: "api_clients",
        about: "One row an API client, without its secret. Its roles are among what it refers to.",
        fills: &[of("API clients")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "displayName"),
            text("client_id", "clientId"),
            boolean("enabled", "enabled"),
            text("app_type", "appType"),
        ],
    },
    Table {
        name: "accounts",
        about: "One row an account that an administrator signs in to Jamf Pro with.",
        fills: &[of("accounts")],
        is_shared: false,
        columns: &[
            id("id"),
            text("username", "username").personal(Person),
            text("full_name", "realname").personal(Person),
            text("email", "email").personal(Person),
            text("access_level", "accessLevel"),
            text("privilege_set", "privilegeLevel"),
            text("status", "accountStatus"),
            id_at("site_id", "siteId"),
        ],
    },
    Table {
        name: "account_groups",
        about: "One row a group of accounts of administrators.",
        fills: &[of("account groups")],
        is_shared: false,
        columns: &[
            id("id"),
            text("name", "name"),
            text("access_level", "accessLevel"),
            text("privilege_set", "privilegeLevel"),
            id_at("site_id", "siteId"),
            id_at("directory_server_id", "ldapServerId"),
        ],
    },
];

/// The host of an address. The rest of it can hold a credential.
fn host(url: &Json) -> Json {
    let host = url.as_str().and_then(|url| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next()?;
        Some(authority.rsplit('@').next().unwrap_or_default())
    });
    json!(host)
}
