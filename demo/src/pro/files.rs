//! Answers that are files: tables, certificates, a configuration profile, metadata.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::Value;

use super::{Context, families};
use crate::{
    exchange::{Answer, escape},
    shapes,
    store::id_text,
};

/// The certificate of the built-in authority; nobody has its key.
const AUTHORITY: &str = include_str!("../../world/authority.pem");

/// One transparent pixel.
const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0,
    1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// The file at a path that is no table, of a media type; `object` is what the path above it shows.
pub(super) fn file_at(context: &Context<'_>, template: &str, media_type: &str, object: &Value) -> Answer {
    let url = &context.shared.url;
    let bytes = match media_type {
        "image/*" => return Answer::of(StatusCode::OK, "image/png", PIXEL),
        _ if template.ends_with("/download-profile") => enrollment_profile(url).into_bytes(),
        _ if template.ends_with("/sso/metadata/download") => metadata(url).into_bytes(),
        _ if template.contains("/computer-extension-attributes/") => attribute(object).into_bytes(),
        _ if media_type.contains("pem") => AUTHORITY.as_bytes().to_vec(),
        // Everything else is a certificate in its binary form.
        _ => STANDARD.decode(certificate_text()).unwrap_or_default(),
    };
    let media_type = if media_type == "*/*" { "application/octet-stream" } else { media_type };
    Answer::of(StatusCode::OK, media_type, bytes)
}

/// The certificate in base64 without lines.
fn certificate_text() -> String {
    AUTHORITY.lines().filter(|line| !line.starts_with('-')).collect()
}

/// What a device installs to enroll.
fn enrollment_profile(url: &str) -> String {
    let (outer, inner) = (shapes::uuid(0, "enrollment profile"), shapes::uuid(1, "enrollment profile"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict>\
         <key>PayloadType</key><string>com.apple.mdm</string><key>PayloadIdentifier</key><string>com.jamfsoftware.mdm-enroll.{inner}</string>\
         <key>PayloadUUID</key><string>{inner}</string><key>PayloadVersion</key><integer>1</integer><key>ServerURL</key>\
         <string>{url}/mdm/ServerURL</string><key>CheckInURL</key><string>{url}/mdm/CheckInURL</string><key>AccessRights</key>\
         <integer>8191</integer><key>SignMessage</key><true/></dict></array><key>PayloadDisplayName</key><string>MDM Profile</string>\
         <key>PayloadOrganization</key><string>Example Organization</string><key>PayloadType</key><string>Configuration</string>\
         <key>PayloadIdentifier</key><string>com.jamfsoftware.mdm.{outer}</string><key>PayloadUUID</key><string>{outer}</string>\
         <key>PayloadVersion</key><integer>1</integer></dict></plist>\n"
    )
}

/// What an identity provider is sent about the tenant.
fn metadata(url: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         entityID=\"{url}/saml/metadata\"><md:SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>\
         </ds:KeyInfo></md:KeyDescriptor><md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         Location=\"{url}/saml/SSO\" index=\"0\" isDefault=\"true\"/></md:SPSSODescriptor></md:EntityDescriptor>\n",
        certificate_text()
    )
}

/// An extension attribute as another tenant takes it.
fn attribute(object: &Value) -> String {
    let text = |name: &str| object.get(name).map(id_text).map(|text| escape(&text)).unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<extensionAttribute><displayName>{}</displayName><description>{}</description>\
         <dataType>{}</dataType><inventoryDisplay>{}</inventoryDisplay><scriptContentsMac>{}</scriptContentsMac></extensionAttribute>\n",
        text("name"),
        text("description"),
        text("dataType"),
        text("inventoryDisplayType"),
        text("scriptContents"),
    )
}

/// Names of the columns of inventory preload, with the fields of a record.
const PRELOAD: [(&str, &str); 23] = [
    ("Serial Number", "serialNumber"),
    ("Device Type", "deviceType"),
    ("Username", "username"),
    ("Full Name", "fullName"),
    ("Email Address", "emailAddress"),
    ("Phone Number", "phoneNumber"),
    ("Position", "position"),
    ("Department", "department"),
    ("Building", "building"),
    ("Room", "room"),
    ("PO Number", "poNumber"),
    ("PO Date", "poDate"),
    ("Warranty Expiration", "warrantyExpiration"),
    ("AppleCare ID", "appleCareId"),
    ("Life Expectancy", "lifeExpectancy"),
    ("Purchase Price", "purchasePrice"),
    ("Purchasing Contact", "purchasingContact"),
    ("Purchasing Account", "purchasingAccount"),
    ("Lease Expiration", "leaseExpiration"),
    ("Bar Code 1", "barCode1"),
    ("Bar Code 2", "barCode2"),
    ("Asset Tag", "assetTag"),
    ("Vendor", "vendor"),
];

/// Records of inventory preload with the columns of Jamf's template, which has no rows.
pub(super) fn preload(rows: &[Value]) -> Vec<u8> {
    let columns: Vec<_> =
        PRELOAD.iter().map(|(label, field)| ((*field).to_owned(), (*label).to_owned())).collect();
    families::csv(&columns, rows)
}

/// Rows with the columns that were asked for, or all that hold one value.
pub(super) fn csv(rows: &[Value], wanted: &[&str]) -> Vec<u8> {
    let first = rows.first().and_then(Value::as_object).into_iter().flatten();
    let plain = first.filter(|(name, value)| {
        !value.is_object() && !value.is_array() && (wanted.is_empty() || wanted.contains(&name.as_str()))
    });
    let columns: Vec<_> = plain.map(|(name, _)| (name.clone(), name.clone())).collect();
    families::csv(&columns, rows)
}
