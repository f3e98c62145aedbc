//! Icons: the pictures that Self Service shows beside apps, policies and profiles.

use schemars::JsonSchema;

use crate::action::{Action, Answer, get, post};
use crate::args::{Arguments, ById, Id};
use crate::effects::Affects;

/// All actions on icons.
pub static ACTIONS: &[Action] = &[
    get::<ById>("icon_get", "/api/v1/icon/{id}")
        .about("Get the web address of one icon; the picture itself comes from icon_download.")
        .needs_none(),
    get::<IconDownload>("icon_download", "/api/v1/icon/download/{id}")
        .about("Download the picture of one Self Service icon as a file.")
        .asked(&["save the picture of a Self Service item"])
        .needs_none()
        .answers(Answer::File).impersonal(),
    post::<IconUpload>("icon_upload", "/api/v1/icon")
        .about("Upload a picture as a new icon and get its id, for use in Self Service. Icons cannot be deleted here again.")
        .asked(&["upload an app icon for Self Service", "picture for a Self Service item"])
        .needs_none()
        .affects(Affects::Nothing("nothing shows a new image until another object names it"))
        .upload("file", "file"),
];

/// Arguments of `icon_upload`.
#[derive(JsonSchema)]
pub struct IconUpload {
    /// Name of the picture in the configured folder, such as `firefox.png`.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for IconUpload {}

/// Arguments of `icon_download`.
#[derive(JsonSchema)]
pub struct IconDownload {
    /// Id of the icon, digits only.
    pub id: Id,
    /// Pixels of each side; as uploaded when left out.
    pub res: Option<IconResolution>,
    /// Whether to scale: `0`, the default, leaves the picture as it is, `1` scales it to 300 pixels.
    pub scale: Option<IconScale>,
}
impl Arguments for IconDownload {}

/// Resolutions that an icon is stored in.
#[derive(JsonSchema)]
pub enum IconResolution {
    /// As it was uploaded.
    #[schemars(rename = "original")]
    Original,
    /// 300 pixels.
    #[schemars(rename = "300")]
    Small,
    /// 512 pixels.
    #[schemars(rename = "512")]
    Large,
}

/// Whether an icon is scaled.
#[derive(JsonSchema)]
pub enum IconScale {
    /// As it is.
    #[schemars(rename = "0")]
    AsIs,
    /// Scaled to 300 pixels.
    #[schemars(rename = "1")]
    Scaled,
}
