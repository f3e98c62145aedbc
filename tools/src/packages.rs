//! Packages: the installers that policies, PreStages and MDM put on computers; what is known of each, and its file.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{
    Arguments, ById, Create, Export, History, HistoryExport, Id, IdOrNone, Ids, List, NoteOn, Update,
};
use crate::effects::{A_NOTE, Affects};
use crate::joins::{CATEGORY, USED_BY, join};

/// All actions on packages.
pub static ACTIONS: &[Action] = &[
    get::<List>("package_list", "/api/v1/packages")
        .about("List packages with file name, category, size and how many objects use each; cloudTransferStatus tells whether the file has arrived in the cloud.")
        .asked(&["which installers do we have", "packages nobody cleaned up", "size of our packages", "packages with size and category", "which packages does nobody use"])
        .needs(&["Read Packages"])
        .filters(&["id", "fileName", "packageName", "categoryId", "info", "notes", "manifestFileName", "cloudTransferStatus"])
        .brief(&["id", "packageName", "fileName", "category", "size", "cloudTransferStatus", "used_by"])
        .joins(&[CATEGORY, join("uses of packages", "id", USED_BY)])
        .since("11.7")
        .core(),
    get::<ById>("package_get", "/api/v1/packages/{id}")
        .about("Get what Jamf knows of one package: options, requirements, checksums, manifest. The file itself cannot be fetched here.")
        .asked(&["file name and hash of a package"])
        .needs(&["Read Packages"])
        .since("11.7"),
    post::<Create<Package>>("package_create", "/api/v1/packages")
        .about("Create a package's record, without its file; send the file with package_upload afterwards. Nothing installs it yet.")
        .asked(&["register a pkg"])
        .needs(&["Create Packages"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Package)
        .since("11.7"),
    put::<Update<Package>>("package_update", "/api/v1/packages/{id}")
        .about("Replace a package's record; fields left out are cleared. Policies that install it follow, and installers run as root.")
        .asked(&["rename a package", "change the category of a package", "name or category of a package"])
        .needs(&["Update Packages"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Package)
        .since("11.7"),
    delete::<ById>("package_delete", "/api/v1/packages/{id}")
        .about("Delete a package; policies and PreStages that install it do so no more. Computers that have it keep it.")
        .asked(&["remove an installer we no longer use", "throw away an installer"])
        .needs(&["Delete Packages"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Package)
        .since("11.7"),
    post::<Ids>("package_delete_several", "/api/v1/packages/delete-multiple")
        .about("Delete several packages at once, without a way back; whatever installs them does so no more.")
        .needs(&["Delete Packages"])
        .risk(Risk::Critical)
        .affects(Affects::Package)
        .since("11.7"),
    post::<Export>("package_export", "/api/v1/packages/export")
        .about("Export the list of packages as CSV; the files are not part of it.")
        .asked(&["packages as a CSV"])
        .needs(&["Read Packages"])
        .risk(Risk::Read)
        .answers(Answer::File)
        .since("11.7"),
    post::<PackageUpload>("package_upload", "/api/v1/packages/{id}/upload")
        .about("Upload a package's file, streamed from the configured folder; it may be large and take long. Replaces the file that policies install as root.")
        .asked(&["upload a pkg to Jamf", "new installer file for a package", "add a pkg file to Jamf"])
        .needs(&["Update Packages", "Read Packages"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Package)
        .upload("file", "file")
        .since("11.7"),
    post::<PackageManifestUpload>("package_manifest_upload", "/api/v1/packages/{id}/manifest")
        .about("Upload a package's manifest, used where MDM or a PreStage installs it instead of a policy; a wrong one breaks those installations.")
        .asked(&["manifest for installing by MDM"])
        .needs(&["Update Packages", "Read Packages"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Package)
        .upload("file", "file")
        .since("11.7"),
    delete::<ById>("package_manifest_delete", "/api/v1/packages/{id}/manifest")
        .about("Delete a package's manifest; MDM and PreStages that install by it may fail afterwards. The package itself stays.")
        .needs(&["Update Packages", "Read Packages"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Package)
        .since("11.7"),
    get::<History>("package_history_list", "/api/v1/packages/{id}/history")
        .about("List who changed a package and when.")
        .needs(&["Read Packages"])
        .brief(&["id", "date", "username", "note", "details"])
        .since("11.7"),
    post::<NoteOn>("package_history_note", "/api/v1/packages/{id}/history")
        .about("Write a note into the history of a package; nothing else changes.")
        .needs(&["Update Packages"])
        .affects(A_NOTE)
        .since("11.7"),
    post::<HistoryExport>("package_history_export", "/api/v1/packages/{id}/history/export")
        .about("Export the history of one package as CSV.")
        .needs(&["Read Packages"])
        .risk(Risk::Read)
        .answers(Answer::File)
        .since("11.7"),
    get::<JamfPackageGet>("jamf_package_get", "/api/v2/jamf-package")
        .about("Get the versions of Jamf Protect or Jamf Connect that Jamf offers, with the addresses to download them from.")
        .asked(&["download link of Jamf Connect or Protect"])
        .needs(&["Jamf Packages Action"]),
];

/// Arguments of `package_upload`.
#[derive(JsonSchema)]
pub struct PackageUpload {
    /// Id of the package, from package_create or package_list; digits only.
    pub id: Id,
    /// Name of the installer in the configured folder; name it as the package's `fileName`.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for PackageUpload {}

/// Arguments of `package_manifest_upload`.
#[derive(JsonSchema)]
pub struct PackageManifestUpload {
    /// Id of the package, digits only.
    pub id: Id,
    /// Name of the manifest, a property list, in the configured folder.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for PackageManifestUpload {}

/// Arguments of `jamf_package_get`.
#[derive(JsonSchema)]
pub struct JamfPackageGet {
    /// Which of Jamf's own applications.
    pub application: JamfApplication,
}
impl Arguments for JamfPackageGet {}

/// An application of Jamf that Jamf Pro offers the installers of.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum JamfApplication {
    Protect,
    Connect,
}

/// What Jamf knows of a package, apart from its file.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Package {
    /// Name shown in Jamf Pro; unique.
    pub package_name: String,
    /// Name of the file on the distribution point, with its ending.
    pub file_name: String,
    /// Id of its category; -1 for none.
    pub category_id: IdOrNone,
    /// What it is for, shown to administrators.
    pub info: Option<String>,
    /// Notes for administrators.
    pub notes: Option<String>,
    /// Order of installing among several packages; 1 goes first.
    #[schemars(range(min = 0))]
    pub priority: i64,
    /// Versions of macOS it installs on, separated by commas; empty for all.
    pub os_requirements: Option<String>,
    /// Copy what it brings for home folders into the template for new users.
    pub fill_user_template: bool,
    /// Copy what it brings for home folders into every existing home folder.
    pub fill_existing_users: Option<bool>,
    /// Install only where Software Update offers it.
    pub swu: Option<bool>,
    /// Computers must restart after installing it.
    pub reboot_required: bool,
    /// Tell the user of a self-healing.
    pub self_heal_notify: Option<bool>,
    /// What to do when it is damaged; `nothing` unless self-healing is used.
    pub self_healing_action: Option<String>,
    /// It installs macOS itself.
    pub os_install: bool,
    /// Serial number of the software's license.
    pub serial_number: Option<String>,
    /// Id of the package that it belongs to.
    pub parent_package_id: Option<Id>,
    /// Folder of the file, for installers made of several parts.
    pub base_path: Option<String>,
    /// Adobe installers: no automatic updates.
    pub suppress_updates: bool,
    /// Adobe installers: install beside running applications.
    pub ignore_conflicts: Option<bool>,
    /// Adobe installers: keep out of the Dock.
    pub suppress_from_dock: bool,
    /// Adobe installers: skip the license agreement.
    pub suppress_eula: bool,
    /// Adobe installers: skip registration.
    pub suppress_registration: bool,
    /// Adobe installers: language, such as `en_US`.
    pub install_language: Option<String>,
    /// MD5 of the file, in hexadecimal.
    pub md5: Option<String>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: Option<String>,
    /// SHA3-512 of the file, in hexadecimal.
    pub sha3512: Option<String>,
    /// Algorithm of `hashValue`, such as `MD5`.
    pub hash_type: Option<String>,
    /// Checksum that computers verify the file with.
    pub hash_value: Option<String>,
    /// Version of macOS that it installs.
    pub os_installer_version: Option<String>,
    /// Text of the manifest; package_manifest_upload sends a file.
    pub manifest: Option<String>,
    /// Name of the manifest's file.
    pub manifest_file_name: Option<String>,
    /// Format of the file as Jamf noted it; keep what package_get tells.
    pub format: Option<String>,
}
