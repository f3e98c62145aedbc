//! Jamf's own documents of the Jamf Pro API as judges of what a tenant answers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

/// The documents, each with the schemas that its operations refer to.
pub(crate) struct Documents(Vec<Value>);

/// Where real tenants answer null though the document does not say so: path of the field in the schema `Type.field`.
const NULL: &[&str] = &[
    // What a device has not told, or what did not happen yet.
    "ComputerCertificate.username",
    "ComputerConfigurationProfile.username",
    "ComputerGeneralV4.assetTag",
    "ComputerGeneralV4.barcode1",
    "ComputerGeneralV4.barcode2",
    "ComputerGeneralV4.distributionPoint",
    "ComputerGeneralV4.lastCheckIn",
    "ComputerGeneralV4.lastCloudBackupDate",
    "ComputerGeneralV4.lastContact",
    "ComputerGeneralV4.lastIpAddress",
    "ComputerGeneralV4.lastReportedIpV4",
    "ComputerGeneralV4.lastReportedIpV6",
    "ComputerGeneralV4.mdmProfileExpiration",
    "ComputerGeneralV4.reportDate",
    "ComputerHardware.batteryCapacityPercent",
    "ComputerHardware.provisioningUdid",
    "ComputerHardware.smcVersion",
    "ComputerSecurity.lastAttestationAttempt",
    "ComputerSecurity.lastSuccessfulAttestation",
    "DeviceEnrollmentDevice.profileAssignTime",
    "DeviceEnrollmentDevice.profilePushTime",
    "InventoryListMobileDevice.lastCloudBackupDate",
    "ManagedSoftwareUpdateStatus.nextScheduledInstall",
    "MobileDeviceDetailsV2.lastContactTimestamp",
    "MobileDeviceGeneral.enrollmentMethodPrestage",
    "MobileDeviceIosGeneral.lastCloudBackupDate",
    "PurchasingV2.poDate",
    "PurchasingV2.leaseDate",
    "PurchasingV2.leaseExpiresDate",
    "PurchasingV2.warrantyDate",
    "PurchasingV2.warrantyExpiresDate",
    // Sections that were not asked for.
    "ComputerInventoryV4.*",
    "MobileDeviceInventory.*",
    "MobileDeviceIosInventory.*",
    "MobileDeviceTvOsInventory.*",
    "MobileDeviceVisionOsInventory.*",
    "MobileDeviceWatchOsInventory.*",
    // What does not apply to this object.
    "CloudLdapKeystore.expirationDate",
    "ComputerExtensionAttributes.ldapAttributeMapping",
    "ComputerExtensionAttributes.manageExistingData",
    "MobileDeviceExtensionAttributes.ldapAttributeMapping",
    // Secrets are not shown.
    "CloudDistributionPoint.password",
    "GsxConnection.token",
    "GsxKeystore.keystorePassword",
    "SmtpBasicCredentials.password",
    "SmtpGoogleMailCredentials.clientSecret",
    "SmtpGraphApiCredentials.clientSecret",
];

/// Values that real tenants answer and that the document leaves out of an enum: type and value.
const MORE: &[(&str, &str)] = &[
    // The list filters on the profile that a command installs.
    ("MdmCommandType", "INSTALL_PROFILE"),
    ("MdmCommandType", "INSTALL_APPLICATION"),
    ("MdmCommandType", "REMOVE_PROFILE"),
];

fn is_null_at(place: &str) -> bool {
    NULL.iter().any(|known| {
        *known == place || known.strip_suffix('*').is_some_and(|family| place.starts_with(family))
    })
}

impl Documents {
    /// The documents in the folder that `JAMF_SPEC_DIR` names; none where it names none.
    pub(crate) fn open() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("JAMF_SPEC_DIR")?);
        let names = [
            "jamf-pro-openapi-11.30.2.json",
            "jamf-pro-openapi-11.32.0-additions.json",
            "jamf-pro-app-installers.json",
        ];
        let read =
            |name: &str| serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap();
        Some(Self(names.map(read).to_vec()))
    }

    /// The first thing that is wrong with an answer; none where the document has no schema for it.
    pub(crate) fn fault(&self, method: &str, path: &str, status: u16, answer: &Value) -> Option<String> {
        let path = template(path.strip_prefix("/api")?);
        let (document, schema) = self.0.iter().find_map(|document| {
            let (_, operations) =
                document["paths"].as_object()?.iter().find(|(known, _)| template(known) == path)?;
            let operation = operations.get(method.to_lowercase())?;
            Some((document, json_schema(operation, status)))
        })?;
        let schema = match schema {
            Ok(schema) => schema?,
            Err(known) => return Some(format!("status {status}, the document has {known}")),
        };
        let mut needed = BTreeSet::new();
        let mut root = plain(schema, "");
        referred(schema, document, &mut needed);
        let types: Map<String, Value> = needed
            .iter()
            .map(|name| (name.clone(), plain(&document["components"]["schemas"][name], name)))
            .collect();
        root["components"] = json!({ "schemas": types });
        let validator = jsonschema::draft7::new(&root).unwrap();
        let fault = validator.iter_errors(answer).next()?;
        let text: String = fault.to_string().chars().take(200).collect();
        Some(format!("{}: {text} ({})", fault.instance_path(), fault.schema_path()))
    }
}

/// The schema of a status, none where it is no JSON; the statuses that there are where it is not one of them.
fn json_schema(operation: &Value, status: u16) -> Result<Option<&Value>, String> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let mut known = responses.filter(|(code, _)| code.starts_with('2'));
    let wanted = status.to_string();
    match known.clone().find(|(code, _)| **code == wanted) {
        Some((_, response)) => {
            let content = response["content"].as_object().into_iter().flatten();
            Ok(content
                .filter(|(kind, _)| kind.contains("json"))
                .find_map(|(_, content)| content.get("schema")))
        }
        None if known.clone().next().is_none() => Ok(None),
        None => Err(known.by_ref().map(|(code, _)| code.as_str()).collect::<Vec<_>>().join(", ")),
    }
}

fn template(path: &str) -> String {
    let words = path.split('/').map(|word| if word.starts_with('{') { "{}" } else { word });
    words.collect::<Vec<_>>().join("/")
}

/// OpenAPI's schema as JSON Schema; `nullable` becomes a type of its own.
fn plain(schema: &Value, at: &str) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(|item| plain(item, at)).collect(),
        Value::Object(fields) => {
            let aside = ["example", "xml", "discriminator", "externalDocs", "description", "default"];
            // A property may have the name of a keyword.
            let mut made = Map::new();
            for (name, field) in fields {
                if name == "properties" && field.is_object() {
                    let properties = field.as_object().unwrap().iter();
                    let properties =
                        properties.map(|(name, field)| (name.clone(), plain(field, &format!("{at}.{name}"))));
                    made.insert(name.clone(), Value::Object(properties.collect()));
                } else if !aside.contains(&name.as_str()) {
                    made.insert(name.clone(), plain(field, at));
                }
            }
            let nullable = made.remove("nullable") == Some(json!(true)) || is_null_at(at);
            if let Some(mapping) = schema["discriminator"]["mapping"].as_object() {
                let name = &schema["discriminator"]["propertyName"].as_str().unwrap();
                let kinds = mapping.iter().map(|(value, to)| {
                    json!({ "if": { "properties": { *name: { "const": value } } }, "then": { "$ref": to } })
                });
                let known: Vec<&String> = mapping.keys().collect();
                made.remove("oneOf");
                made.insert("allOf".to_owned(), kinds.collect());
                made.insert("properties".to_owned(), json!({ *name: { "enum": known } }));
            }
            let more = MORE.iter().filter(|(name, _)| *name == at).map(|(_, value)| json!(value));
            if let Some(Value::Array(values)) = made.get_mut("enum") {
                values.extend(more);
            }
            let made = Value::Object(made);
            if nullable { json!({ "anyOf": [made, { "type": "null" }] }) } else { made }
        }
        other => other.clone(),
    }
}

fn referred(schema: &Value, document: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| referred(item, document, found)),
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
            if let Some(name) = name.filter(|name| found.insert((*name).to_owned())) {
                referred(&document["components"]["schemas"][name], document, found);
            }
            fields.values().for_each(|field| referred(field, document, found));
        }
        _ => {}
    }
}
