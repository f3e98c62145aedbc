//! Single sign-on: how administrators and users sign in to Jamf Pro, enrollment and Self Service through an identity
//! provider, by SAML or by OpenID Connect, and the ways around it.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{Arguments, Base64, Change, Create, List, Note, Nothing, Whole};
use crate::effects::{A_NOTE, ALL_DEVICES, Affects};
use crate::secrets::Source;

/// All actions on single sign-on.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("sso_settings_get", "/api/v3/sso")
        .about("Get the single sign-on settings: SAML or OIDC, identity provider, where it is asked for, and whether it may be bypassed.")
        .asked(&["how is single sign-on set up", "how do people sign in to Jamf"])
        .needs(&["Read SSO Settings"])
        .hides(&["managementHint"])
        .since("11.23"),
    put::<Change<SsoSettings>>("sso_settings_update", "/api/v3/sso")
        .about("Replace all single sign-on settings; a mistake locks every administrator out or lets others in. Fields left out are cleared.")
        .asked(&["move SSO to another IdP", "sign-in by Okta or Entra"])
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.enrollmentSsoConfig.managementHint"], Source::Person)])
        .hides(&["managementHint"])
        .since("11.23"),
    post::<Nothing>("sso_disable", "/api/v3/sso/disable")
        .title("Turn off single sign-on")
        .about("Disable single sign-on for the whole tenant; people without a Jamf Pro password can no longer sign in. Refused while it is depended on.")
        .reads_before("sso_settings_get")
        .asked(&["turn single sign-on off"])
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .since("11.23"),
    get::<Whole>("sso_dependency_list", "/api/v3/sso/dependencies")
        .about("List the enrollment customizations that ask for single sign-on; the id is in hyperlink.")
        .needs(&["Read SSO Settings"])
        .brief(&["name", "humanReadableName", "hyperlink"])
        .since("11.23"),
    get::<List>("sso_settings_history_list", "/api/v3/sso/history")
        .about("List who changed the single sign-on settings and when.")
        .needs(&["Read SSO Settings"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"])
        .since("11.23"),
    post::<Create<Note>>("sso_settings_history_note", "/api/v3/sso/history")
        .about("Write a note into the history of the single sign-on settings; nothing else changes.")
        .needs(&["Update SSO Settings"])
        .affects(A_NOTE)
        .since("11.23"),
    get::<Nothing>("sso_metadata_download", "/api/v3/sso/metadata/download")
        .about("Get Jamf Pro's SAML metadata as XML, which the identity provider is set up with.")
        .asked(&["SAML metadata for the IdP", "SAML metadata for the identity provider"])
        .needs(&["Read SSO Settings"])
        .answers(Answer::Text).impersonal()
        .since("11.23"),
    get::<Nothing>("sso_oidc_broker_settings_get", "/api/v3/sso/oidc-broker-config")
        .about("Get how Jamf's sign-in service talks to the identity provider by OIDC; not its secret or key.")
        .needs(&["Read SSO Settings"])
        .hides(&["clientSecret", "privateKeyJwt"])
        .since("11.32"),
    put::<Change<OidcBrokerSettings>>("sso_oidc_broker_settings_update", "/api/v3/sso/oidc-broker-config")
        .about("Replace how Jamf's sign-in service talks to the identity provider by OIDC; a mistake locks every administrator out.")
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.clientSecret", "body.privateKeyJwt"], Source::Person)])
        .hides(&["clientSecret", "privateKeyJwt"])
        .since("11.32"),
    get::<Nothing>("sso_certificate_get", "/api/v2/sso/cert")
        .about("Get the certificate that Jamf Pro signs SAML requests with: subject, issuer and when it expires; not its key.")
        .asked(&["when does the SAML certificate expire", "certificate for sign-in and its end"])
        .needs(&["Read SSO Settings"]),
    post::<Nothing>("sso_certificate_generate", "/api/v2/sso/cert")
        .about("Generate a new certificate to sign SAML requests with, in place of the old; sign-in may fail until the identity provider has it.")
        .asked(&["new certificate for sign-in"])
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    put::<Change<SsoKeystore>>("sso_certificate_update", "/api/v2/sso/cert")
        .about("Replace the certificate that SAML requests are signed with by a keystore of one's own; read it with sso_certificate_parse first.")
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.keystoreFile", "body.keystorePassword", "body.password"], Source::Person)]),
    delete::<Nothing>("sso_certificate_delete", "/api/v2/sso/cert")
        .about("Delete the certificate that SAML requests are signed with, key included; an identity provider that wants signatures lets nobody in.")
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<Nothing>("sso_certificate_download", "/api/v2/sso/cert/download")
        .about("Save the public certificate that SAML requests are signed with, for the identity provider; its key stays in Jamf Pro.")
        .needs(&["Read SSO Settings"])
        .answers(Answer::File).impersonal(),
    post::<ParseKeystore>("sso_certificate_parse", "/api/v2/sso/cert/parse")
        .title("Read a single sign-on keystore")
        .about("Read the type and the keys of a keystore, as sso_certificate_update asks for them; stores nothing.")
        .needs(&["Update SSO Settings"])
        .risk(Risk::Read)
        .secret(&[(&["body.keystoreFile", "body.keystorePassword"], Source::Person)])
        .hides(&["keystoreFile"]),
    get::<Nothing>("sso_failover_get", "/api/v1/sso/failover")
        .title("Show the single sign-on failover URL")
        .about("Reveal the failover URL, where a Jamf Pro password signs in around single sign-on, and when it was made.")
        .asked(&["login URL when SSO is down", "sign in when SSO is down"])
        .needs(&["Read SSO Settings"])
        .risk(Risk::Secret)
        .affects(Affects::Nothing("it is a way for administrators to sign in")),
    post::<Nothing>("sso_failover_generate", "/api/v1/sso/failover/generate")
        .title("Generate a new single sign-on failover URL")
        .about("Generate a new failover URL; the old one, which may be all that is at hand in a lock-out, stops. sso_failover_get reveals the new.")
        .asked(&["new emergency address for sign-in"])
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it is a way for administrators to sign in"))
        .hides(&["failoverUrl"])
        .gives_secret(&[("failoverUrl", "failover URL")]),
    post::<Nothing>("oidc_certificate_generate", "/api/v1/oidc/generate-certificate")
        .about("Generate a new key to sign OIDC messages with, in place of the old; sign-in through Jamf Account may fail until it is known there.")
        .asked(&["new certificate for OpenID"])
        .needs(&["Update SSO Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it signs answers of the sign-in service"))
        .since("11.23"),
    get::<Nothing>("oidc_public_key_get", "/api/v1/oidc/public-key")
        .about("Get the public key that Jamf Pro's OIDC messages are checked with, as a JSON Web Key Set.")
        .needs_none()
        .since("11.23"),
];

/// Arguments of `sso_certificate_parse`.
#[derive(JsonSchema)]
pub struct ParseKeystore {
    /// The keystore to look at.
    pub body: KeystoreFile,
}
impl Arguments for ParseKeystore {}

/// A file with certificates and private keys.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct KeystoreFile {
    /// Password of the file.
    pub keystore_password: String,
    /// The file in Base64.
    pub keystore_file: String,
    /// Name of the file, such as `sso.p12`.
    pub keystore_file_name: String,
}

/// A keystore, and which of its keys signs.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SsoKeystore {
    /// Password of the file.
    pub keystore_password: String,
    /// The file in Base64.
    pub keystore_file: String,
    /// Name of the file, such as `sso.p12`.
    pub keystore_file_name: String,
    /// Keys of the file, as sso_certificate_parse lists them.
    pub keys: Option<Vec<SsoKey>>,
    /// Alias of the key to sign with, one of `keys`.
    pub key: String,
    /// Password of that key, which may be another than the file's.
    pub password: String,
    /// Kind of the file, as sso_certificate_parse tells it.
    pub r#type: KeystoreType,
    /// Where the keystore comes from; UPLOADED for a file of one's own.
    pub keystore_setup_type: Option<KeystoreSource>,
}

/// A key in a keystore.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SsoKey {
    /// Alias of the key.
    pub id: Option<String>,
    /// The key can be used to sign.
    pub valid: Option<bool>,
}

/// Kind of a keystore.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum KeystoreType {
    Pkcs12,
    Jks,
    None,
}

/// Where a keystore comes from.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum KeystoreSource {
    None,
    Uploaded,
    Generated,
}

/// How Jamf's sign-in service talks to an identity provider.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct OidcBrokerSettings {
    /// How the service identifies itself; another one than before needs its credential in the same call.
    pub client_auth_method: ClientAuthentication,
    /// Claim of the token that names the user, such as `email`; cleared when left out.
    pub product_username_claim: Option<String>,
    /// What of a Jamf Pro account that claim is compared with.
    pub product_user_mapping: UserMapping,
    /// The identity provider's discovery document, which ends in `/.well-known/openid-configuration`.
    pub discovery_url: String,
    /// Client id that the identity provider gave out.
    pub client_id: String,
    /// Scopes to ask for, such as `openid` and `profile`.
    #[schemars(length(min = 1))]
    pub scopes: Vec<String>,
    /// Client secret; the stored one stays when left out.
    pub client_secret: Option<String>,
    /// Private key; the stored one stays when left out.
    pub private_key_jwt: Option<String>,
    /// Sign in this way at all.
    pub enabled: bool,
}

/// How a client identifies itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ClientAuthentication {
    ClientSecret,
    PrivateKeyJwt,
}

/// All settings of single sign-on.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SsoSettings {
    /// OIDC is through Jamf Account; OIDC_WITH_SAML is OIDC for administrators, SAML for users.
    pub configuration_type: SsoKind,
    /// OIDC; needed with SAML too.
    pub oidc_settings: OidcSettings,
    /// SAML; needed with OIDC too.
    pub saml_settings: SamlSettings,
    /// Ask for it when users enroll devices.
    pub sso_for_enrollment_enabled: bool,
    /// Let everybody choose the ordinary sign-in page instead.
    pub sso_bypass_allowed: bool,
    /// Ask for it at all.
    pub sso_enabled: bool,
    /// Ask for it in Self Service on Macs.
    pub sso_for_mac_os_self_service_enabled: bool,
    /// Ask for it in account-driven enrollment, through an app.
    pub enrollment_sso_for_account_driven_enrollment_enabled: bool,
    /// Settings of that app.
    pub enrollment_sso_config: Option<EnrollmentSso>,
    /// Let only one group of users enroll.
    pub group_enrollment_access_enabled: bool,
    /// Name of that group.
    pub group_enrollment_access_name: Option<String>,
}

/// Single sign-on in account-driven enrollment.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EnrollmentSso {
    /// Hosts of the identity provider, such as `example.okta.com`.
    pub hosts: Option<Vec<String>>,
    /// Key by which the identity provider takes a device for managed; cleared when left out.
    pub management_hint: Option<String>,
}

/// Settings of SAML.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SamlSettings {
    /// Take assertions of any age; false by default, and safer so.
    pub token_expiration_disabled: Option<bool>,
    /// Take the user from an attribute, not from NameID; false by default.
    pub user_attribute_enabled: Option<bool>,
    /// Attribute that names the user.
    pub user_attribute_name: Option<String>,
    /// What of a Jamf Pro account the user is compared with.
    pub user_mapping: Option<UserMapping>,
    /// Attribute that names the user's groups; `http://schemas.xmlsoap.org/claims/Group` by default.
    pub group_attribute_name: Option<String>,
    /// Part of an LDAP name that names the group, such as `CN`; empty for plain names.
    pub group_rdn_key: Option<String>,
    /// Which identity provider it is.
    pub idp_provider_type: Option<IdentityProvider>,
    /// Where its metadata is, when the source is URL.
    pub idp_url: Option<String>,
    /// Entity id of Jamf Pro, which ends in `/saml/metadata`.
    pub entity_id: Option<String>,
    /// Name of the metadata file, when the source is FILE.
    pub metadata_file_name: Option<String>,
    /// Name of the identity provider, when its type is OTHER.
    pub other_provider_type_name: Option<String>,
    /// The metadata file in Base64, when the source is FILE.
    pub federation_metadata_file: Option<Base64>,
    /// Where its metadata comes from.
    pub metadata_source: Option<MetadataSource>,
    /// Minutes that an assertion is good for; 480 by default.
    pub session_timeout: Option<i64>,
}

/// Where metadata comes from.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MetadataSource {
    Url,
    File,
    Unknown,
}

/// An identity provider.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum IdentityProvider {
    Adfs,
    Okta,
    Google,
    Shibboleth,
    Onelogin,
    Ping,
    Centrify,
    Azure,
    Other,
}

/// Settings of OIDC.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct OidcSettings {
    /// What of a Jamf Pro account the user is compared with.
    pub user_mapping: UserMapping,
    /// Let people sign in with a Jamf ID; true by default.
    pub jamf_id_authentication_enabled: Option<bool>,
    /// Claim of the token that is taken for the user's name.
    pub username_attribute_claim_mapping: Option<UserMapping>,
}

/// What a user is compared with.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum UserMapping {
    Username,
    Email,
}

/// Kind of single sign-on.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SsoKind {
    Saml,
    Oidc,
    OidcWithSaml,
}
