//! Distribution points: the file shares, web servers and the cloud service that packages are downloaded from.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, patch, post, put};
use crate::args::{
    Arguments, ById, Change, Create, History, IdOrNone, Ids, List, Note, NoteOn, Nothing, Update,
};
use crate::effects::{A_NOTE, Affects, COMPUTERS};
use crate::secrets::Source;

/// Passwords that a file share distribution point is told.
const PASSWORDS: &[&str] =
    &["body.sshPassword", "body.readWritePassword", "body.readOnlyPassword", "body.httpsPassword"];

/// The same in an answer, should one ever carry them.
const HIDDEN: &[&str] = &["sshPassword", "readWritePassword", "readOnlyPassword", "httpsPassword"];

/// All actions on distribution points.
pub static ACTIONS: &[Action] = &[
    get::<List>("distribution_point_list", "/api/v1/distribution-points")
        .about("List the file share distribution points with their servers. The cloud has cloud_distribution_point_get.")
        .asked(&["file shares that serve packages", "file shares for packages"])
        .needs(&["Read Distribution Points"])
        .brief(&["id", "name", "serverName", "principal", "fileSharingConnectionType", "httpsEnabled", "backupDistributionPointId"])
        .filters(&["name", "serverName", "principal", "fileSharingConnectionType", "httpsEnabled"])
        .sorts(&["id", "name", "serverName"])
        .hides(HIDDEN)
        .since("11.23"),
    get::<ById>("distribution_point_get", "/api/v1/distribution-points/{id}")
        .about("Get one file share distribution point: server, share, HTTPS and the names of its accounts.")
        .needs(&["Read Distribution Points"])
        .hides(HIDDEN)
        .since("11.23"),
    post::<Create<DistributionPoint>>("distribution_point_create", "/api/v1/distribution-points")
        .about("Create a file share distribution point, by AFP, SMB or HTTPS; as the principal it becomes where packages come from.")
        .asked(&["add a file share for packages"])
        .needs(&["Create Distribution Points"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(PASSWORDS, Source::Person)])
        .since("11.23"),
    patch::<Update<DistributionPointChanges>>("distribution_point_update", "/api/v1/distribution-points/{id}")
        .about("Change the given fields of a file share distribution point; Macs then download their packages from there.")
        .asked(&["change the address of a file share"])
        .needs(&["Read Distribution Points", "Update Distribution Points"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(PASSWORDS, Source::Person)])
        .hides(HIDDEN)
        .since("11.23"),
    put::<Update<DistributionPoint>>("distribution_point_replace", "/api/v1/distribution-points/{id}")
        .about("Replace a file share distribution point; fields left out are cleared, and a person gives its passwords again. For single fields use distribution_point_update.")
        .needs(&["Read Distribution Points", "Update Distribution Points"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(PASSWORDS, Source::Person)])
        .hides(HIDDEN)
        .since("11.23"),
    delete::<ById>("distribution_point_delete", "/api/v1/distribution-points/{id}")
        .about("Delete a file share distribution point; Macs no longer get packages there. The files on its server stay; its passwords are lost.")
        .asked(&["remove an old file share"])
        .needs(&["Delete Distribution Points"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .since("11.23"),
    post::<Ids>("distribution_point_delete_several", "/api/v1/distribution-points/delete-multiple")
        .about("Delete several file share distribution points at once; Macs no longer get packages from any of them.")
        .needs(&["Delete Distribution Points"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .since("11.23"),
    get::<History>("distribution_point_history_list", "/api/v1/distribution-points/{id}/history")
        .about("List who changed a file share distribution point and when.")
        .needs(&["Read Distribution Points"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"])
        .since("11.23"),
    post::<NoteOn>("distribution_point_history_note", "/api/v1/distribution-points/{id}/history")
        .about("Write a note into the history of a file share distribution point; nothing else changes.")
        .needs(&["Update Distribution Points"])
        .affects(A_NOTE)
        .since("11.23"),
    get::<Nothing>("cloud_distribution_point_get", "/api/v1/cloud-distribution-point")
        .about("Get the cloud distribution point: its provider, its addresses and whether it can be reached. NONE means that there is none.")
        .asked(&["is JCDS set up", "which cloud distribution do we use", "where do our packages lie"])
        .needs(&["Read Cloud Distribution Point"])
        .hides(&["privateKey", "password"])
        .since("11.23"),
    post::<Create<CloudDistributionPoint>>("cloud_distribution_point_create", "/api/v1/cloud-distribution-point")
        .about("Create the cloud distribution point, where there is none yet. To change the present one use cloud_distribution_point_update.")
        .needs(&["Update Cloud Distribution Point"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(&["body.password", "body.privateKey"], Source::Person)])
        .hides(&["privateKey", "password"])
        .since("11.23"),
    patch::<Change<CloudDistributionPointChanges>>("cloud_distribution_point_update", "/api/v1/cloud-distribution-point")
        .about("Change the given fields of the cloud distribution point; another provider or address changes where all packages come from.")
        .needs(&["Update Cloud Distribution Point"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(&["body.password", "body.privateKey"], Source::Person)])
        .hides(&["privateKey", "password"])
        .since("11.23"),
    delete::<Nothing>("cloud_distribution_point_delete", "/api/v1/cloud-distribution-point")
        .about("Delete the cloud distribution point with the record of its files; devices get no packages or in-house apps from it any more.")
        .needs(&["Update Cloud Distribution Point"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .since("11.23"),
    get::<List>("cloud_distribution_point_file_list", "/api/v1/cloud-distribution-point/files")
        .title("List the files of the cloud distribution point")
        .about("List the files in the cloud distribution point, and whether each is ready, pending or in error.")
        .asked(&["which files are in the JCDS", "did my upload reach the cloud distribution point", "files in the cloud distribution point"])
        .needs(&["Read Cloud Distribution Point"])
        .brief(&["id", "fileName", "type", "status", "fileObjectId", "category"])
        .filters(&["fileName", "inventoryId", "type"])
        .sorts(&["id", "fileName", "inventoryId", "type"])
        .since("11.23"),
    post::<CloudDistributionPointSync>("cloud_distribution_point_sync", "/api/v1/cloud-distribution-point/refresh-inventory")
        .title("Synchronize the cloud distribution point")
        .about("Read anew which files the cloud distribution point holds, all or one, and update their status. At most once in 15 seconds.")
        .asked(&["refresh the list of files in the cloud"])
        .needs(&["Read Cloud Distribution Point"])
        .affects(Affects::Nothing("it lists the files of the distribution point again"))
        .since("11.25"),
    get::<Nothing>("cloud_distribution_point_test", "/api/v1/cloud-distribution-point/test-connection")
        .about("Test whether Jamf Pro reaches the cloud distribution point as it is set up now; nothing changes.")
        .asked(&["does the cloud distribution point work"])
        .needs(&["Read Cloud Distribution Point"])
        .since("11.23"),
    get::<Nothing>("cloud_distribution_point_capability_get", "/api/v1/cloud-distribution-point/upload-capability")
        .title("Get what the cloud distribution point can do")
        .about("Get whether the cloud distribution point takes uploads directly and is the principal one.")
        .needs_none()
        .since("11.7"),
    get::<List>("cloud_distribution_point_history_list", "/api/v1/cloud-distribution-point/history")
        .about("List who changed the cloud distribution point and when.")
        .needs(&["Read Cloud Distribution Point"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"])
        .since("11.23"),
    post::<Create<Note>>("cloud_distribution_point_history_note", "/api/v1/cloud-distribution-point/history")
        .about("Write a note into the history of the cloud distribution point; nothing else changes.")
        .needs(&["Update Cloud Distribution Point"])
        .affects(A_NOTE)
        .since("11.23"),
];

/// Arguments of `cloud_distribution_point_sync`.
#[derive(JsonSchema)]
pub struct CloudDistributionPointSync {
    /// Only this file, such as `Firefox.pkg`; all files when left out.
    #[schemars(rename = "file-name", length(min = 1, max = 255))]
    pub file_name: Option<String>,
}
impl Arguments for CloudDistributionPointSync {}

/// A file share distribution point, reached by a file share, by HTTPS or by both.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DistributionPoint {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Host name or IP address of the server.
    #[schemars(length(min = 1))]
    pub server_name: String,
    /// It is the authoritative source of all files; false by default, and only one can be.
    pub principal: Option<bool>,
    /// Id of the distribution point to use when this one fails; -1, the default, for none.
    pub backup_distribution_point_id: Option<IdOrNone>,
    /// Account that Jamf Pro copies files with, over SSH.
    pub ssh_username: Option<String>,
    /// Password of the SSH account.
    pub ssh_password: Option<String>,
    /// Path of the share on the server's own disk.
    pub local_path_to_share: Option<String>,
    /// Protocol of the file share; NONE only together with HTTPS.
    pub file_sharing_connection_type: FileSharing,
    /// Name of the share; needed with AFP or SMB.
    pub share_name: Option<String>,
    /// Windows workgroup or domain of the accounts, for SMB.
    pub workgroup: Option<String>,
    /// Port of the file share; 139 by default, AFP has 548.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u32>,
    /// Account that may write to the share; needed with AFP or SMB.
    pub read_write_username: Option<String>,
    /// Password of the account that may write.
    pub read_write_password: Option<String>,
    /// Account that Macs mount the share with; needed with AFP or SMB.
    pub read_only_username: Option<String>,
    /// Password of the account that only reads.
    pub read_only_password: Option<String>,
    /// Macs download by HTTPS, for which the server needs a certificate that they trust; false by default.
    pub https_enabled: Option<bool>,
    /// Port of HTTPS; 443 by default.
    #[schemars(range(min = 1, max = 65535))]
    pub https_port: Option<u32>,
    /// Path after the server's name, such as `Packages`; needed with HTTPS.
    pub https_context: Option<String>,
    /// Whether a download by HTTPS asks for an account; NONE by default.
    pub https_security_type: Option<HttpsSignIn>,
    /// Account of HTTPS downloads; needed with USERNAME_PASSWORD.
    pub https_username: Option<String>,
    /// Password of the account for HTTPS.
    pub https_password: Option<String>,
    /// Share the load with the backup distribution point; not possible when that is the cloud.
    pub enable_load_balancing: Option<bool>,
}

/// What to change of a file share distribution point; what is left out stays.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DistributionPointChanges {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Host name or IP address of the server.
    #[schemars(length(min = 1))]
    pub server_name: Option<String>,
    /// It is the authoritative source of all files; only one can be.
    pub principal: Option<bool>,
    /// Id of the distribution point to use when this one fails; -1 for none.
    pub backup_distribution_point_id: Option<IdOrNone>,
    /// Account that Jamf Pro copies files with, over SSH.
    pub ssh_username: Option<String>,
    /// Password of the SSH account.
    pub ssh_password: Option<String>,
    /// Path of the share on the server's own disk.
    pub local_path_to_share: Option<String>,
    /// Protocol of the file share; NONE only together with HTTPS.
    pub file_sharing_connection_type: Option<FileSharing>,
    /// Name of the share; needed with AFP or SMB.
    pub share_name: Option<String>,
    /// Windows workgroup or domain of the accounts, for SMB.
    pub workgroup: Option<String>,
    /// Port of the file share; SMB has 139 or 445, AFP has 548.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u32>,
    /// Account that may write to the share; needed with AFP or SMB.
    pub read_write_username: Option<String>,
    /// Password of the account that may write.
    pub read_write_password: Option<String>,
    /// Account that Macs mount the share with; needed with AFP or SMB.
    pub read_only_username: Option<String>,
    /// Password of the account that only reads.
    pub read_only_password: Option<String>,
    /// Macs download by HTTPS, for which the server needs a certificate that they trust.
    pub https_enabled: Option<bool>,
    /// Port of HTTPS, 443 as a rule.
    #[schemars(range(min = 1, max = 65535))]
    pub https_port: Option<u32>,
    /// Path after the server's name, such as `Packages`; needed with HTTPS.
    pub https_context: Option<String>,
    /// Whether a download by HTTPS asks for an account.
    pub https_security_type: Option<HttpsSignIn>,
    /// Account of HTTPS downloads; needed with USERNAME_PASSWORD.
    pub https_username: Option<String>,
    /// Password of the account for HTTPS.
    pub https_password: Option<String>,
    /// Share the load with the backup distribution point; not possible when that is the cloud.
    pub enable_load_balancing: Option<bool>,
}

/// Protocol of a file share.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum FileSharing {
    Afp,
    Smb,
    None,
}

/// Whether downloads by HTTPS ask for an account.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum HttpsSignIn {
    UsernamePassword,
    None,
}

/// The cloud distribution point.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CloudDistributionPoint {
    /// Provider; NONE for no cloud distribution point.
    pub cdn_type: CloudProvider,
    /// It is the authoritative source of all files; false by default.
    pub master: Option<bool>,
    /// User name at the provider; with AMAZON_S3 the access key id. Empty for JAMF_CLOUD and NONE.
    pub username: String,
    /// Password at the provider; with AMAZON_S3 the secret access key, with RACKSPACE_CLOUD_FILES the API key.
    pub password: String,
    /// Directory at AKAMAI that holds the files; needed there.
    pub directory: Option<String>,
    /// Where files go at AKAMAI, such as `ftp://example.upload.akamai.com`; needed there.
    pub upload_url: Option<String>,
    /// Where devices download from AKAMAI; needed there.
    pub download_url: Option<String>,
    /// AKAMAI asks Jamf Pro before each download; false by default.
    pub secondary_auth_required: Option<bool>,
    /// HTTP status with which Jamf Pro says yes to AKAMAI; 200 by default.
    #[schemars(range(min = 100, max = 599))]
    pub secondary_auth_status_code: Option<u32>,
    /// Seconds that such a yes is valid; 3600 by default.
    #[schemars(range(min = 1))]
    pub secondary_auth_time_to_live: Option<u32>,
    /// AMAZON_S3 hands out files by signed URLs only; false by default.
    pub require_signed_urls: Option<bool>,
    /// Id of the CloudFront key that signs URLs; needed with `requireSignedUrls`.
    pub key_pair_id: Option<String>,
    /// Seconds that a signed URL is valid; 3600 by default.
    #[schemars(range(min = 1))]
    pub expiration_seconds: Option<u32>,
    /// CloudFront's private key for signed URLs, PEM or DER, in Base64.
    pub private_key: Option<String>,
}

/// What to change of the cloud distribution point; what is left out stays.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CloudDistributionPointChanges {
    /// Provider; another one makes the files of the present one unreachable.
    pub cdn_type: Option<CloudProvider>,
    /// It is the authoritative source of all files.
    pub master: Option<bool>,
    /// User name at the provider; with AMAZON_S3 the access key id.
    pub username: Option<String>,
    /// Password at the provider; with AMAZON_S3 the secret access key, with RACKSPACE_CLOUD_FILES the API key.
    pub password: Option<String>,
    /// Directory at AKAMAI that holds the files.
    pub directory: Option<String>,
    /// Where files go at AKAMAI, such as `ftp://example.upload.akamai.com`.
    pub upload_url: Option<String>,
    /// Where devices download from AKAMAI.
    pub download_url: Option<String>,
    /// AKAMAI asks Jamf Pro before each download.
    pub secondary_auth_required: Option<bool>,
    /// HTTP status with which Jamf Pro says yes to AKAMAI.
    #[schemars(range(min = 100, max = 599))]
    pub secondary_auth_status_code: Option<u32>,
    /// Seconds that such a yes is valid.
    #[schemars(range(min = 1))]
    pub secondary_auth_time_to_live: Option<u32>,
    /// AMAZON_S3 hands out files by signed URLs only.
    pub require_signed_urls: Option<bool>,
    /// Id of the CloudFront key that signs URLs; needed with `requireSignedUrls`.
    pub key_pair_id: Option<String>,
    /// Seconds that a signed URL is valid.
    #[schemars(range(min = 1))]
    pub expiration_seconds: Option<u32>,
    /// CloudFront's private key for signed URLs, PEM or DER, in Base64.
    pub private_key: Option<String>,
}

/// Provider of a cloud distribution point.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum CloudProvider {
    None,
    JamfCloud,
    RackspaceCloudFiles,
    AmazonS3,
    Akamai,
}
