//! Files in Jamf Pro: which may be attached, and attaching them, in the Classic API. Files of computers are in the
//! Jamf Pro API, `computer_attachment_create`.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post};
use crate::args::{Arguments, ById, Create, Id, Name, Whole};
use crate::effects::{ALL_DEVICES, Affects, COMPUTERS, MOBILE_DEVICES};

/// The devices of a file, by the object that it belongs to: attachments stay in Jamf Pro, an icon is shown to the devices in its scope.
const UPLOADS: &[(&str, Affects)] = &[
    ("mobiledevices", ATTACHMENT),
    ("enrollmentprofiles", ATTACHMENT),
    ("peripherals", ATTACHMENT),
    ("printers", Affects::InPolicies("printers", "installs it")),
    ("policies", Affects::OfObject("policy_get", &Affects::SwitchedScope(COMPUTERS))),
    ("ebooks", Affects::OfObject("ebook_details_get", &Affects::Scope(ALL_DEVICES))),
    ("mobiledeviceapplicationsicon", APP),
    ("mobiledeviceapplicationsipa", APP),
    (
        "diskencryptionconfigurations",
        Affects::InPolicies("disk_encryption/disk_encryption_configuration_id", "encrypts by it"),
    ),
];

const ATTACHMENT: Affects = Affects::Nothing("an attachment stays in Jamf Pro");

const APP: Affects = Affects::OfObject("mobile_device_app_get", &Affects::Scope(MOBILE_DEVICES));

/// All actions on files and on which are allowed.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("allowed_file_extension_list", "/JSSResource/allowedfileextensions")
        .about("List the file extensions that may be attached to objects in Jamf Pro, with their ids.")
        .asked(&["which file types can be attached", "which attachments may be uploaded"])
        .probably_needs(&["Read Allowed File Extension"])
        .brief(&["id", "extension"]),
    get::<ExtensionGet>("allowed_file_extension_get", "/JSSResource/allowedfileextensions/id/{id}")
        .also(&["/JSSResource/allowedfileextensions/extension/{extension}"])
        .about("Get one allowed file extension, by id or by the extension itself: whether such files may be attached.")
        .probably_needs(&["Read Allowed File Extension"]),
    post::<Create<AllowedExtension>>("allowed_file_extension_create", "/JSSResource/allowedfileextensions/id/0")
        .about("Create an allowed file extension, so that such files may be attached to objects in Jamf Pro.")
        .asked(&["allow uploads of another file type"])
        .probably_needs(&["Create Allowed File Extension"])
        .affects(Affects::Nothing("it says which files may be attached to records"))
        .xml("allowed_file_extension"),
    delete::<ById>("allowed_file_extension_delete", "/JSSResource/allowedfileextensions/id/{id}")
        .about("Delete an allowed file extension; such files may not be attached any more, and those that are attached stay.")
        .probably_needs(&["Delete Allowed File Extension"])
        .affects(Affects::Nothing("it says which files may be attached to records")),
    post::<FileUpload>("file_upload", "/JSSResource/fileuploads/{resource}/{idType}/{id}")
        .about("Upload a file of the configured folder to an object: attachment, icon, the file of an in-house app, a recovery key. For computers use computer_attachment_create.")
        .asked(&["upload an icon or an attachment to a Jamf object", "upload a file to an object"])
        .probably_needs(&["Create File Attachments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::ByArgument("resource", UPLOADS))
        .upload("file", "name"),
];

/// One allowed extension: by its id or by itself.
#[derive(JsonSchema)]
pub struct ExtensionGet {
    /// Id of the allowed extension, digits only.
    pub id: Option<Id>,
    /// The extension without its dot, such as pdf.
    pub extension: Option<Name>,
}
impl Arguments for ExtensionGet {}

/// An extension that files may have.
#[derive(JsonSchema)]
pub struct AllowedExtension {
    /// The extension without its dot, such as pdf.
    #[schemars(length(min = 1, max = 255))]
    pub extension: String,
}

/// Arguments of `file_upload`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct FileUpload {
    /// What the file belongs to: its icon for policies, ebooks and mobiledeviceapplicationsicon, the app itself for mobiledeviceapplicationsipa, the key for diskencryptionconfigurations, an attachment for the others.
    pub resource: UploadTo,
    /// Always `id`: a name could mean several objects.
    pub id_type: UploadKey,
    /// Id of the object, digits only.
    pub id: Id,
    /// Name of the file in the configured folder.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for FileUpload {}

/// What a file may belong to.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum UploadTo {
    MobileDevices,
    EnrollmentProfiles,
    Printers,
    Peripherals,
    Policies,
    Ebooks,
    MobileDeviceApplicationsIcon,
    MobileDeviceApplicationsIpa,
    DiskEncryptionConfigurations,
}

/// How the object of a file is named.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the name is Jamf's own")]
pub enum UploadKey {
    Id,
}
