//! Directory bindings: how policies and PreStages bind Macs to Active Directory and the like, in the Classic API.
//!
//! The body type is in the order in which Jamf writes it, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::classic_shapes::NewNamed;
use crate::effects::Affects;
use crate::secrets::Source;

/// The password of the account that binds, and its hash.
const SECRETS: &[&str] = &["password", "password_sha256"];

/// The password that a binding uses; no caller gives it.
const PASSWORD: &[&str] = &["body.password"];

/// All actions on directory bindings.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("directory_binding_list", "/JSSResource/directorybindings")
        .about("List the directory bindings with their ids.")
        .asked(&["which AD bindings exist", "Active Directory bindings"])
        .probably_needs(&["Read Directory Bindings"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("directory_binding_get", "/JSSResource/directorybindings/id/{id}")
        .also(&["/JSSResource/directorybindings/name/{name}"])
        .about("Get one directory binding: domain, account and organizational unit, without the password. Ask by id: by name Jamf may answer 500.")
        .probably_needs(&["Read Directory Bindings"])
        .hides(SECRETS),
    post::<Create<NewNamed<DirectoryBinding>>>("directory_binding_create", "/JSSResource/directorybindings/id/0")
        .about("Create a directory binding; no Mac is bound until a policy or PreStage uses it.")
        .asked(&["bind Macs to Active Directory"])
        .probably_needs(&["Create Directory Bindings"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .secret(&[(PASSWORD, Source::Person)])
        .xml("directory_binding"),
    put::<Update<Partial<NewNamed<DirectoryBinding>>>>("directory_binding_update", "/JSSResource/directorybindings/id/{id}")
        .about("Change a directory binding. What is left out stays; policies and PreStages that use it bind Macs so from then on.")
        .asked(&["change the join to Active Directory"])
        .probably_needs(&["Update Directory Bindings"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("account_maintenance/directory_bindings", "binds by it"))
        .secret(&[(PASSWORD, Source::Person)])
        .xml("directory_binding"),
    delete::<ById>("directory_binding_delete", "/JSSResource/directorybindings/id/{id}")
        .about("Delete a directory binding with its password, which cannot be put back; policies and PreStages that use it bind no Mac any more.")
        .asked(&["remove a join to Active Directory"])
        .probably_needs(&["Delete Directory Bindings"])
        .risk(Risk::Destructive)
        .affects(Affects::InPolicies("account_maintenance/directory_bindings", "binds by it")),
];

/// What a directory binding has besides its name.
#[derive(JsonSchema)]
pub struct DirectoryBinding {
    /// Its place among several; the lowest goes first.
    #[schemars(range(min = 1))]
    pub priority: Option<u32>,
    /// Domain, such as ad.example.com.
    pub domain: Option<String>,
    /// Account that binds.
    pub username: Option<String>,
    /// Its password; never given by a caller.
    pub password: Option<String>,
    /// Where the records of Macs go, such as `CN=Computers,DC=ad,DC=example,DC=com`.
    pub computer_ou: Option<String>,
    /// Kind of directory or of the software that binds.
    pub r#type: Option<BindingKind>,
}

/// A kind of directory, or of the software that binds to it.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum BindingKind {
    #[schemars(rename = "Active Directory")]
    ActiveDirectory,
    #[schemars(rename = "Open Directory")]
    OpenDirectory,
    #[schemars(rename = "PowerBroker Identity Services")]
    PowerBroker,
    #[schemars(rename = "ADmitMac")]
    AdmitMac,
    Centrify,
}
