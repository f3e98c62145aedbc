//! JSON Web Token configurations: the keys that devices' requests for in-house apps and books are signed with, in the
//! Classic API.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, Create, Partial, Update, Whole};
use crate::effects::Affects;
use crate::secrets::Source;

/// The signing key.
const SECRETS: &[&str] = &["encryption_key"];

/// All actions on JSON Web Token configurations.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("json_web_token_configuration_list", "/JSSResource/jsonwebtokenconfigurations")
        .about("List the configurations of the tokens that in-house apps and books are fetched with, without their keys.")
        .asked(&["JSON web tokens for in-house content"])
        .probably_needs(&["Read JSON Web Token Configuration"])
        .brief(&["id", "name"])
        .hides(SECRETS),
    get::<ById>("json_web_token_configuration_get", "/JSSResource/jsonwebtokenconfigurations/id/{id}")
        .about("Get one configuration of tokens for in-house apps and books: whether it is on and how long a token holds. Its key is left out.")
        .probably_needs(&["Read JSON Web Token Configuration"])
        .hides(SECRETS),
    post::<Create<TokenConfiguration>>(
        "json_web_token_configuration_create",
        "/JSSResource/jsonwebtokenconfigurations/id/0",
    )
    .about("Create a configuration of tokens for in-house apps and books; the server that has them must know its key.")
    .probably_needs(&["Create JSON Web Token Configuration"])
    .risk(Risk::Critical)
        .affects(Affects::Nothing("it signs tokens for other programs"))
    .hides(SECRETS)
    .secret(&[(&["body.encryption_key"], Source::Person)])
    .xml("json_web_token_configuration"),
    put::<Update<Partial<TokenConfiguration>>>(
        "json_web_token_configuration_update",
        "/JSSResource/jsonwebtokenconfigurations/id/{id}",
    )
    .about("Change a configuration of tokens; in-house apps and books install on no device while it does not fit their server. Fields left out stay.")
    .probably_needs(&["Update JSON Web Token Configuration"])
    .risk(Risk::Critical)
        .affects(Affects::Nothing("it signs tokens for other programs"))
    .hides(SECRETS)
    .secret(&[(&["body.encryption_key"], Source::Person)])
    .xml("json_web_token_configuration"),
    delete::<ById>(
        "json_web_token_configuration_delete",
        "/JSSResource/jsonwebtokenconfigurations/id/{id}",
    )
    .about("Delete a configuration of tokens with its key, for good; in-house apps and books behind it install on no device.")
    .probably_needs(&["Delete JSON Web Token Configuration"])
    .risk(Risk::Critical)
        .affects(Affects::Nothing("it signs tokens for other programs")),
];

/// A new configuration, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct TokenConfiguration {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Make no tokens.
    pub disabled: Option<bool>,
    /// The signing key; never given by a caller.
    pub encryption_key: Option<String>,
    /// Minutes that a token holds; 5 by default.
    #[schemars(range(min = 1, max = 1440))]
    pub token_expiry: Option<u32>,
}
