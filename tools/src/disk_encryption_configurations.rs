//! Disk encryption configurations: how policies turn on FileVault, in the Classic API.
//!
//! The body type is in the order in which Jamf writes it, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::classic_shapes::NewNamed;
use crate::effects::Affects;
use crate::policies::KeyType;

/// The institutional recovery key, which opens every disk it was used for, and its password.
const SECRETS: &[&str] = &["password", "password_sha256", "key", "data"];

/// All actions on disk encryption configurations.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("disk_encryption_configuration_list", "/JSSResource/diskencryptionconfigurations")
        .about("List the disk encryption configurations with their ids.")
        .asked(&["FileVault configurations we have", "FileVault setups for policies"])
        .probably_needs(&["Read Disk Encryption Configurations"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("disk_encryption_configuration_get", "/JSSResource/diskencryptionconfigurations/id/{id}")
        .also(&["/JSSResource/diskencryptionconfigurations/name/{name}"])
        .about("Get one disk encryption configuration, by id or name: kind of recovery key and who may unlock. An institutional key itself is left out.")
        .probably_needs(&["Read Disk Encryption Configurations"])
        .hides(SECRETS),
    post::<Create<NewNamed<DiskEncryptionConfiguration>>>("disk_encryption_configuration_create", "/JSSResource/diskencryptionconfigurations/id/0")
        .about("Create a disk encryption configuration; no Mac is encrypted until a policy applies it. An institutional key follows with file_upload.")
        .asked(&["new FileVault setup for a policy"])
        .probably_needs(&["Create Disk Encryption Configurations"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("disk_encryption_configuration"),
    put::<Update<Partial<NewNamed<DiskEncryptionConfiguration>>>>("disk_encryption_configuration_update", "/JSSResource/diskencryptionconfigurations/id/{id}")
        .about("Change a disk encryption configuration; policies that use it encrypt Macs so from then on. Macs that are encrypted stay as they are.")
        .probably_needs(&["Update Disk Encryption Configurations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("disk_encryption/disk_encryption_configuration_id", "encrypts by it"))
        .xml("disk_encryption_configuration"),
    delete::<ById>("disk_encryption_configuration_delete", "/JSSResource/diskencryptionconfigurations/id/{id}")
        .about("Delete a disk encryption configuration with its institutional key, which Jamf cannot bring back; policies that use it encrypt no more.")
        .probably_needs(&["Delete Disk Encryption Configurations"])
        .risk(Risk::Destructive)
        .affects(Affects::InPolicies("disk_encryption/disk_encryption_configuration_id", "encrypts by it")),
];

/// What a disk encryption configuration has besides its name.
#[derive(JsonSchema)]
pub struct DiskEncryptionConfiguration {
    /// Kind of recovery key.
    pub key_type: Option<KeyType>,
    /// Who may unlock the disk.
    pub file_vault_enabled_users: Option<EnabledUsers>,
}

/// Who may unlock a disk.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EnabledUsers {
    #[schemars(rename = "Current or Next User")]
    CurrentOrNextUser,
    #[schemars(rename = "Management Account")]
    ManagementAccount,
}
