//! Calls of the catalogue laid out and sent straight to a tenant, with devices and secrets filled in as the server does.

use std::collections::BTreeMap;

use jamf_pro_tools::{Action, Body, Request, devices};
use serde_json::{Value, json};

use crate::arguments::table;
use crate::straight::Straight;

/// What every file that is uploaded holds.
pub(crate) const UPLOADED: &str = "Serial Number,Username\nZZNOBODY,anna\n";

/// The call that arguments make, with devices and secrets filled in as the server does.
pub(crate) async fn request(action: &Action, given: &Value, tenant: &Straight) -> Result<Request, String> {
    let checked =
        action.check(given.as_object().unwrap().clone()).map_err(|problems| problems.to_string())?;
    let mut known = BTreeMap::new();
    for device in devices::named_devices(action, &checked) {
        let id = management_id(tenant, &device).await.ok_or_else(|| format!("{device}: no such device"))?;
        known.insert(device, id);
    }
    let mut checked = checked.with_devices(action, &known);
    for (place, _) in action.secrets() {
        checked = checked.with_secret(place, &mut || secret(place));
    }
    action.request(&checked).map_err(|problems| problems.to_string())
}

fn secret(place: &str) -> Value {
    let name = place.rsplit('.').next().unwrap_or_default();
    table()["secrets"].get(name).cloned().unwrap_or_else(|| json!("simulated-Secret-1"))
}

/// The management id of a device that is named by its serial number or by kind and id.
pub(crate) async fn management_id(tenant: &Straight, device: &str) -> Option<String> {
    let (path, pointer) = match device.split_once(':') {
        Some(("mobile_device", id)) => (format!("/api/v2/mobile-devices/{id}"), "/managementId"),
        Some((_, id)) => (format!("/api/v4/computers-inventory/{id}"), "/general/managementId"),
        None => (
            format!("/api/v4/computers-inventory?filter=hardware.serialNumber=={device}"),
            "/results/0/general/managementId",
        ),
    };
    Some(tenant.read(&path).await.pointer(pointer)?.as_str()?.to_owned())
}

impl Straight {
    /// Status and body that a call of the catalogue is answered with.
    pub(crate) async fn send(&self, request: &Request) -> (u16, String) {
        let mut url = reqwest::Url::parse(&format!("{}{}", self.base, request.path)).unwrap();
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes()).unwrap();
        let made = self.http.request(method, url);
        let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        self.sent(match &request.body {
            Body::Empty => made,
            Body::Json(body) => made.header("content-type", "application/json").body(body.to_string()),
            Body::MergePatch(body) => {
                made.header("content-type", "application/merge-patch+json").body(body.to_string())
            }
            Body::Xml(body) => made.header("content-type", "application/xml").body(body.clone()),
            Body::Upload { field, path } => {
                let part = reqwest::multipart::Part::bytes(UPLOADED.as_bytes().to_vec());
                made.multipart(reqwest::multipart::Form::new().part(*field, part.file_name(file(path))))
            }
            Body::File { media_type, .. } => made.header("content-type", *media_type).body(UPLOADED),
        })
        .await
    }
}
