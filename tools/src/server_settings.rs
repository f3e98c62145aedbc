//! Server settings: activation code, cache, mail, sign-in page, server address, impact alerts and certificate of Jamf Pro.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, get, patch, post, put};
use crate::args::{Arguments, Change, Create, Export, List, Note, Nothing, Sorted};
use crate::effects::{A_NOTE, ALL_DEVICES, Affects};
use crate::secrets::Source;

/// What a history shows by default.
const HISTORY: &[&str] = &["id", "date", "username", "note", "details"];

/// What no answer on the mail server may carry.
const SMTP_SECRETS: &[&str] = &["password", "clientSecret"];

/// All actions on server settings.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("activation_code_get", "/JSSResource/activationcode")
        .title("Get the organization's name")
        .about("Get the name of the organization that the activation code belongs to. The code itself, which is a credential, is left out.")
        .asked(&["organization name of our license", "license key of our Jamf server"])
        .probably_needs(&["Read Activation Code"])
        .hides(&["code"]),
    put::<Change<ActivationCode>>("activation_code_update", "/api/v1/activation-code")
        .title("Replace the activation code")
        .about("Replace the code that licenses this tenant; a wrong one stops Jamf Pro for everybody.")
        .reads_before("activation_code_get")
        .asked(&["enter a new activation code", "put in the renewed Jamf license", "enter a new license key for Jamf"])
        .read_by("activation_code_get")
        .needs(&["Update Activation Code"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.activationCode"], Source::Person)])
        .since("11.7"),
    get::<List>("activation_code_history_list", "/api/v1/activation-code/history")
        .about("List who changed the activation code or the organization's name, and when.")
        .needs(&["Read Activation Code"])
        .brief(HISTORY)
        .filters(&["id", "username", "date", "note", "details"])
        .sorts(&["id", "username", "date", "note", "details"])
        .since("11.23"),
    post::<Create<Note>>("activation_code_history_note", "/api/v1/activation-code/history")
        .about("Write a note into the history of the activation code; nothing else changes.")
        .needs(&["Update Activation Code"])
        .affects(A_NOTE)
        .since("11.23"),
    post::<Export>("activation_code_history_export", "/api/v1/activation-code/history/export")
        .about("Export the history of the activation code as CSV; changes nothing.")
        .needs(&["Read Activation Code"])
        .risk(Risk::Read)
        .answers(Answer::File)
        .since("11.23"),
    patch::<Change<OrganizationName>>(
        "organization_name_update",
        "/api/v1/activation-code/organization-name",
    )
    .title("Change the organization's name")
        .about("Change the organization's name that belongs to the activation code; the code itself stays.")
    .reads_before("activation_code_get")
        .asked(&["name of our organization in Jamf"])
    .needs(&["Update Activation Code"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(ALL_DEVICES))
    .since("11.23"),
    get::<Nothing>("cache_settings_get", "/api/v1/cache-settings")
        .about("Get how the Jamf Pro server caches: its kind, lifetimes and Memcached endpoints.")
        .asked(&["caching of the Jamf server"])
        .needs(&["Read Cache"]),
    put::<Change<CacheSettings>>("cache_settings_update", "/api/v1/cache-settings")
        .about("Replace the server's cache settings; wrong ones can take the tenant down. Fields left out are cleared.")
        .needs(&["Update Cache"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<Nothing>("smtp_server_get", "/api/v2/smtp-server")
        .title("Get mail server settings")
        .about("Get how Jamf Pro sends e-mail: server, sender and kind of sign-in, without its secrets.")
        .asked(&["how does Jamf send mail", "mail server of Jamf"])
        .needs(&["Read SMTP Server"])
        .hides(SMTP_SECRETS)
        .since("11.7"),
    put::<SmtpServerUpdate>("smtp_server_update", "/api/v2/smtp-server")
        .title("Change mail server settings")
        .about("Replace how Jamf Pro sends e-mail; all of its mail goes another way, or stops. Secrets in place cannot be read back. Try it with smtp_server_test.")
        .asked(&["change the mail relay", "change the mail server"])
        .needs(&["Update SMTP Server"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it is the server through which Jamf Pro sends mail"))
        .merge_patch()
        .hides(SMTP_SECRETS)
        .secret(&[(&[
            "body.basicAuthCredentials.password",
            "body.graphApiCredentials.clientSecret",
            "body.googleMailCredentials.clientSecret",
        ], Source::Person)])
        .since("11.7"),
    get::<Nothing>("smtp_server_auth_types_get", "/api/v2/smtp-server/allowed-auth-types")
        .about("Get which kinds of sign-in this tenant allows for its mail server, whatever is set up now.")
        .needs(&["Read SMTP Server"])
        .since("11.32"),
    get::<List>("smtp_server_history_list", "/api/v1/smtp-server/history")
        .about("List who changed the mail server's settings and when.")
        .needs(&["Read SMTP Server"])
        .brief(HISTORY)
        .filters(&["username", "date", "note", "details"])
        .since("11.7"),
    post::<Create<Note>>("smtp_server_history_note", "/api/v1/smtp-server/history")
        .about("Write a note into the history of the mail server; nothing else changes.")
        .needs(&["Update SMTP Server"])
        .affects(A_NOTE)
        .since("11.7"),
    post::<Create<TestMail>>("smtp_server_test", "/api/v1/smtp-server/test")
        .title("Send a test e-mail")
        .about("Send a test e-mail through the mail server that is set up; changes no setting.")
        .asked(&["test mail from Jamf"])
        .needs(&["Read SMTP Server"])
        .affects(Affects::Nothing("it sends one mail"))
        .since("11.7"),
    get::<Nothing>("login_customization_get", "/api/v1/login-customization")
        .title("Get the text of the sign-in page")
        .about("Get the disclaimer that people see before they sign in to Jamf Pro, and whether it is on.")
        .asked(&["banner text on the Jamf login page", "disclaimer on the sign-in page"])
        .needs_none()
        .since("11.7"),
    put::<Change<LoginDisclaimer>>("login_customization_update", "/api/v1/login-customization")
        .title("Change the text of the sign-in page")
        .about("Replace the disclaimer that people see before they sign in to Jamf Pro; fields left out are cleared.")
        .asked(&["message on the sign-in page of Jamf"])
        .needs(&["Update Login Disclaimer"])
        .affects(Affects::Nothing("administrators see it when they sign in"))
        .since("11.7"),
    get::<Nothing>("server_url_get", "/api/v1/jamf-pro-server-url")
        .title("Get the address of the server")
        .about("Get the address at which devices and people reach Jamf Pro.")
        .asked(&["address of our Jamf server", "address of the Jamf server"])
        .needs(&["Read JSS URL"]),
    put::<Change<ServerUrl>>("server_url_update", "/api/v1/jamf-pro-server-url")
        .title("Change the address of the server")
        .about("Replace the address of Jamf Pro; with a wrong one enrolled devices lose the server. Refused where Jamf Cloud manages it.")
        .asked(&["the Jamf server gets another address"])
        .needs(&["Update JSS URL"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<Sorted>("server_url_history_list", "/api/v1/jamf-pro-server-url/history")
        .about("List who changed the address of Jamf Pro and when.")
        .needs(&["Read JSS URL"])
        .brief(HISTORY),
    post::<Create<Note>>("server_url_history_note", "/api/v1/jamf-pro-server-url/history")
        .about("Write a note into the history of the server's address; nothing else changes.")
        .needs(&["Update JSS URL"])
        .affects(A_NOTE),
    get::<Nothing>("impact_alert_settings_get", "/api/v1/impact-alert-notification-settings")
        .about("Get whether Jamf Pro warns administrators of the impact of what they are about to save.")
        .asked(&["are we warned of big scopes", "warning before large changes"])
        .needs(&["Read Impact Alert Notification Settings"])
        .since("11.23"),
    put::<Change<ImpactAlertSettings>>(
        "impact_alert_settings_update",
        "/api/v1/impact-alert-notification-settings",
    )
    .about("Replace when Jamf Pro warns administrators of the impact of a change; switching it off removes a guard for everybody.")
        .asked(&["warn administrators before large changes"])
    .needs(&["Update Impact Alert Notification Settings"])
    .risk(Risk::Critical)
        .affects(Affects::Nothing("only administrators see the alerts"))
    .since("11.23"),
    post::<Nothing>("tomcat_certificate_create", "/api/settings/issueTomcatSslCertificate")
        .about("Create a TLS certificate for the Jamf Pro server from Jamf's own CA and replace the one in use; clients may stop trusting the server. On-premises only.")
        .asked(&["new TLS certificate for the on-premises server", "TLS certificate of the Jamf server"])
        .creates()
        .needs(&["Update Apache Tomcat Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<Nothing>("slasa_get", "/api/v1/slasa")
        .title("Get whether the license agreement is accepted")
        .about("Get whether the organization has accepted Jamf's license and service agreement (SLASA).")
        .asked(&["did we accept the license agreement", "did we accept the Jamf terms"])
        .needs_none()
        .since("11.7"),
];

/// The code that licenses a tenant.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ActivationCode {
    /// 32 letters and digits, with or without hyphens.
    #[schemars(length(min = 32, max = 39))]
    pub activation_code: String,
}

/// The organization that a tenant is licensed to.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct OrganizationName {
    /// Name that Jamf Pro shows for the organization.
    pub organization_name: String,
}

/// How the server caches.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CacheSettings {
    /// Name of these settings; `cache configuration` by default.
    pub name: Option<String>,
    /// Kind of cache: `ehcache` in the memory of each server, `memcached` shared by a cluster.
    pub cache_type: String,
    /// Seconds until an entry is dropped.
    pub time_to_live_seconds: i32,
    /// Seconds without use until an entry is dropped.
    pub time_to_idle_seconds: Option<i32>,
    /// Seconds until an answer of a directory service is dropped.
    pub directory_time_to_live_seconds: Option<i32>,
    /// Most memory that Ehcache takes, as text; `null` for its own limit.
    pub ehcache_max_bytes_local_heap: Option<String>,
    /// UUID that Jamf Pro made for this cache; take it from cache_settings_get and keep it.
    pub cache_unique_id: String,
    /// The Memcached endpoints are an Amazon ElastiCache.
    pub elasticache: Option<bool>,
    /// All Memcached servers; an empty list with Ehcache.
    pub memcached_endpoints: Vec<MemcachedEndpoint>,
}

/// A Memcached server.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MemcachedEndpoint {
    /// Name shown in Jamf Pro.
    pub name: Option<String>,
    /// Where it is on the network.
    pub host_name: Option<String>,
    /// TCP port that it listens on.
    pub port: Option<i64>,
    /// Whether the server uses it.
    pub enabled: Option<bool>,
    /// Id of the cache settings that it belongs to.
    pub jss_cache_configuration_id: Option<i64>,
}

/// Arguments of `smtp_server_update`.
#[derive(JsonSchema)]
pub struct SmtpServerUpdate {
    /// State of the last Google authorization; needed only when Google Mail accounts are added.
    #[schemars(rename = "oauth-state")]
    pub oauth_state: Option<String>,
    /// What to change them to.
    pub body: SmtpServer,
}
impl Arguments for SmtpServerUpdate {}

/// How Jamf Pro sends e-mail.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmtpServer {
    /// Whether Jamf Pro sends e-mail at all.
    pub enabled: bool,
    /// How it signs in; the credentials of that kind go with it.
    pub authentication_type: SmtpAuthentication,
    /// The mail server, for NONE and BASIC.
    pub connection_settings: Option<SmtpConnection>,
    /// Whom mail comes from.
    pub sender_settings: SmtpSender,
    /// Account on the mail server, for BASIC.
    pub basic_auth_credentials: Option<SmtpBasicCredentials>,
    /// App in Microsoft Entra ID, for GRAPH_API.
    pub graph_api_credentials: Option<SmtpGraphCredentials>,
    /// OAuth client at Google, for GOOGLE_MAIL.
    pub google_mail_credentials: Option<SmtpGoogleCredentials>,
}

/// How Jamf Pro signs in to a mail server.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SmtpAuthentication {
    None,
    Basic,
    GraphApi,
    GoogleMail,
}

/// Where the mail server is.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmtpConnection {
    /// Host name or IP address.
    pub host: String,
    /// TCP port; 25 is usual without encryption, 465 or 587 with it.
    pub port: i64,
    /// How the connection is encrypted; NONE sends everything in clear.
    pub encryption_type: SmtpEncryption,
    /// Seconds to wait for the server; 5 is Jamf's default.
    pub connection_timeout: i64,
}

/// How the connection to a mail server is encrypted.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SmtpEncryption {
    #[schemars(rename = "NONE")]
    None,
    #[schemars(rename = "SSL")]
    Ssl,
    #[schemars(rename = "TLS_1")]
    Tls1,
    #[schemars(rename = "TLS_1_1")]
    Tls11,
    #[schemars(rename = "TLS_1_2")]
    Tls12,
    #[schemars(rename = "TLS_1_3")]
    Tls13,
}

/// Whom mail comes from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmtpSender {
    /// Name that recipients see; `Jamf Pro Server` by default.
    pub display_name: Option<String>,
    /// Address that mail is sent from.
    pub email_address: String,
}

/// An account on a mail server.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmtpBasicCredentials {
    /// Name to sign in with.
    pub username: String,
    /// Password to sign in with.
    pub password: String,
}

/// An app that sends through Microsoft Graph.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmtpGraphCredentials {
    /// Id of the directory in Microsoft Entra ID, a UUID.
    pub tenant_id: String,
    /// Application id of the app, a UUID.
    pub client_id: String,
    /// Client secret of the app.
    pub client_secret: String,
}

/// An OAuth client that sends through Google Mail.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmtpGoogleCredentials {
    /// Client id, which ends in `.apps.googleusercontent.com`.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Google accounts to send with; each must have been authorized in a browser.
    pub authentications: Option<Vec<SmtpGoogleAccount>>,
}

/// A Google account that mail is sent with.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmtpGoogleAccount {
    /// Address of the account.
    pub email_address: String,
}

/// Where a test e-mail goes.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct TestMail {
    /// One address, of somebody who expects the mail.
    pub recipient_email: String,
}

/// What people see before they sign in.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct LoginDisclaimer {
    /// Whether the disclaimer is shown.
    pub include_custom_disclaimer: bool,
    /// Heading above the text.
    pub disclaimer_heading: Option<String>,
    /// The text itself.
    pub disclaimer_main_text: Option<String>,
    /// Label of the button that accepts it, such as `Accept`.
    pub action_text: Option<String>,
}

/// Where Jamf Pro is reached.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ServerUrl {
    /// Whole address with scheme and port, such as `https://jamf.example.com:8443`.
    pub url: String,
}

/// When administrators are warned before they save.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ImpactAlertSettings {
    /// Warn before changes to what scopes are made of: groups and classes. Jamf's default is true.
    pub scopeable_objects_alert_enabled: bool,
    /// Also make the administrator type a code first; only with that warning. Jamf's default is false.
    pub scopeable_objects_confirmation_code_enabled: bool,
    /// Warn before changes to what is deployed: policies, profiles, apps, updates. Jamf's default is true.
    pub deployable_objects_alert_enabled: bool,
    /// Also make the administrator type a code first; only with that warning. Jamf's default is false.
    pub deployable_objects_confirmation_code_enabled: bool,
}
