//! Objects that both APIs have: kept once, as the Jamf Pro API shows them, and put into the words of the Classic API here.

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Context, Reply, body, devices, ids, objects, pages, references, render, text, type_of, write_answer,
};
use crate::{
    classic::facts::{Operation, Shape, Type},
    exchange::{Answer, Call},
    inventory::Kind,
    pro,
    store::{id_text, set},
};

/// How a value differs between the APIs.
enum Difference {
    Same,
    /// The words of the Classic API and of the Jamf Pro API.
    Words(&'static [(&'static str, &'static str)]),
    /// A category by its name here, by its id there.
    Category,
    /// A site by id and name here, by its id there.
    Site,
    /// A list of objects with a name here, a list of names there.
    Names,
    Criteria,
    /// A name here, at two places there.
    FileName,
    /// Written and never shown.
    Secret,
}

use Difference::{Category, Criteria, FileName, Names, Same, Secret, Site, Words};

/// An element, the field behind it, and how they differ.
type Field = (&'static str, &'static str, Difference);

struct Family {
    path: &'static str,
    /// The path in the Jamf Pro API.
    api: &'static str,
    /// Its name in the store, where the fleet keeps it.
    kept: &'static str,
    change: Method,
    fields: &'static [Field],
}

static FAMILIES: &[Family] = &[
    Family {
        path: "buildings",
        api: "/api/v1/buildings",
        kept: "buildings",
        change: Method::PUT,
        fields: &[("name", "name", Same)],
    },
    Family {
        path: "departments",
        api: "/api/v1/departments",
        kept: "departments",
        change: Method::PUT,
        fields: &[("name", "name", Same)],
    },
    Family {
        path: "categories",
        api: "/api/v1/categories",
        kept: "categories",
        change: Method::PUT,
        fields: &[("name", "name", Same), ("priority", "priority", Same)],
    },
    Family { path: "scripts", api: "/api/v1/scripts", kept: "scripts", change: Method::PUT, fields: SCRIPT },
    Family { path: "users", api: "/api/v1/users", kept: "users", change: Method::PUT, fields: USER },
    Family { path: "packages", api: "/api/v1/packages", kept: "", change: Method::PUT, fields: PACKAGE },
    Family {
        path: "dockitems",
        api: "/api/v1/dock-items",
        kept: "",
        change: Method::PUT,
        fields: &[
            ("name", "name", Same),
            ("type", "type", Words(&[("App", "APP"), ("File", "FILE"), ("Folder", "FOLDER")])),
            ("path", "path", Same),
            ("contents", "contents", Same),
        ],
    },
    Family {
        path: "distributionpoints",
        api: "/api/v1/distribution-points",
        kept: "",
        change: Method::PUT,
        fields: DISTRIBUTION_POINT,
    },
    Family {
        path: "computerextensionattributes",
        api: "/api/v1/computer-extension-attributes",
        kept: "",
        change: Method::PUT,
        fields: COMPUTER_ATTRIBUTE,
    },
    Family {
        path: "mobiledeviceextensionattributes",
        api: "/api/v1/mobile-device-extension-attributes",
        kept: "",
        change: Method::PUT,
        fields: MOBILE_ATTRIBUTE,
    },
    Family {
        path: "advancedmobiledevicesearches",
        api: "/api/v1/advanced-mobile-device-searches",
        kept: "",
        change: Method::PUT,
        fields: &[
            ("name", "name", Same),
            ("criteria", "criteria", Criteria),
            ("display_fields", "displayFields", Names),
            ("site", "siteId", Site),
        ],
    },
    Family {
        path: "vppaccounts",
        api: "/api/v1/volume-purchasing-locations",
        kept: "",
        change: Method::PATCH,
        fields: VPP_ACCOUNT,
    },
];

static SCRIPT: &[Field] = &[
    ("name", "name", Same),
    ("category", "categoryName", Category),
    ("filename", "name", FileName),
    ("info", "info", Same),
    ("notes", "notes", Same),
    ("priority", "priority", Words(&[("After", "AFTER"), ("Before", "BEFORE"), ("At Reboot", "AT_REBOOT")])),
    ("parameters.parameter4", "parameter4", Same),
    ("parameters.parameter5", "parameter5", Same),
    ("parameters.parameter6", "parameter6", Same),
    ("parameters.parameter7", "parameter7", Same),
    ("parameters.parameter8", "parameter8", Same),
    ("parameters.parameter9", "parameter9", Same),
    ("parameters.parameter10", "parameter10", Same),
    ("parameters.parameter11", "parameter11", Same),
    ("os_requirements", "osRequirements", Same),
    ("script_contents", "scriptContents", Same),
];

static USER: &[Field] = &[
    ("name", "username", Same),
    ("full_name", "realname", Same),
    ("email", "email", Same),
    ("email_address", "email", Same),
    ("phone_number", "phone", Same),
    ("position", "position", Same),
    ("enable_custom_photo_url", "enableCustomPhotoUrl", Same),
    ("custom_photo_url", "customPhotoUrl", Same),
];

static PACKAGE: &[Field] = &[
    ("name", "packageName", Same),
    ("filename", "fileName", Same),
    ("category", "categoryId", Category),
    ("info", "info", Same),
    ("notes", "notes", Same),
    ("priority", "priority", Same),
    ("reboot_required", "rebootRequired", Same),
    ("fill_user_template", "fillUserTemplate", Same),
    ("fill_existing_users", "fillExistingUsers", Same),
    ("os_requirements", "osRequirements", Same),
    ("hash_type", "hashType", Same),
    ("hash_value", "hashValue", Same),
];

static DISTRIBUTION_POINT: &[Field] = &[
    ("name", "name", Same),
    ("ip_address", "serverName", Same),
    ("is_master", "principal", Same),
    ("connection_type", "fileSharingConnectionType", Same),
    ("share_name", "shareName", Same),
    ("workgroup_or_domain", "workgroup", Same),
    ("share_port", "port", Same),
    ("read_only_username", "readOnlyUsername", Same),
    ("read_only_password", "readOnlyPassword", Secret),
    ("read_write_username", "readWriteUsername", Same),
    ("read_write_password", "readWritePassword", Secret),
    ("local_path", "localPathToShare", Same),
    ("ssh_username", "sshUsername", Same),
    ("enable_load_balancing", "enableLoadBalancing", Same),
    ("http_downloads_enabled", "httpsEnabled", Same),
    ("port", "httpsPort", Same),
    ("context", "httpsContext", Same),
    ("http_username", "httpsUsername", Same),
    ("http_password", "httpsPassword", Secret),
];

const DATA_TYPES: Difference = Words(&[("String", "STRING"), ("Integer", "INTEGER"), ("Date", "DATE")]);

const DISPLAYS: Difference = Words(&[
    ("General", "GENERAL"),
    ("Hardware", "HARDWARE"),
    ("Operating System", "OPERATING_SYSTEM"),
    ("User and Location", "USER_AND_LOCATION"),
    ("Purchasing", "PURCHASING"),
    ("Extension Attributes", "EXTENSION_ATTRIBUTES"),
]);

static COMPUTER_ATTRIBUTE: &[Field] = &[
    ("name", "name", Same),
    ("enabled", "enabled", Same),
    ("description", "description", Same),
    ("data_type", "dataType", DATA_TYPES),
    ("inventory_display", "inventoryDisplayType", DISPLAYS),
    (
        "input_type.type",
        "inputType",
        Words(&[
            ("Text Field", "TEXT"),
            ("script", "SCRIPT"),
            ("Pop-up Menu", "POPUP"),
            ("LDAP Mapping", "DIRECTORY_SERVICE_ATTRIBUTE_MAPPING"),
        ]),
    ),
    ("input_type.script", "scriptContents", Same),
    ("input_type.popup_choices", "popupMenuChoices", Same),
];

static MOBILE_ATTRIBUTE: &[Field] = &[
    ("name", "name", Same),
    ("description", "description", Same),
    ("data_type", "dataType", DATA_TYPES),
    ("date_type", "dataType", DATA_TYPES),
    ("inventory_display", "inventoryDisplayType", DISPLAYS),
    (
        "input_type.type",
        "inputType",
        Words(&[
            ("Text Field", "TEXT"),
            ("Pop-up Menu", "POPUP"),
            ("LDAP Attribute Mapping", "DIRECTORY_SERVICE_ATTRIBUTE_MAPPING"),
        ]),
    ),
    ("input_type.popup_choices", "popupMenuChoices", Same),
];

static VPP_ACCOUNT: &[Field] = &[
    ("name", "name", Same),
    ("apple_id", "appleId", Same),
    ("contact", "email", Same),
    ("account_name", "organizationName", Same),
    ("country", "countryCode", Same),
    ("service_token", "serviceToken", Secret),
    ("expiration_date", "tokenExpiration", Same),
    ("site", "siteId", Site),
    ("populate_catalog_from_vpp_content", "automaticallyPopulatePurchasedContent", Same),
    ("notify_disassociation", "sendNotificationWhenNoLongerAssigned", Same),
    ("auto_register_managed_users", "autoRegisterManagedUsers", Same),
];

fn family(path: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.path == path)
}

/// Whether the objects of a path are kept by the Jamf Pro API.
pub(super) fn has(path: &str) -> bool {
    family(path).is_some()
}

/// The objects of a path as they are kept, in the words of whichever API keeps them.
pub(super) fn objects<'s>(context: &'s mut Context<'_>, path: &str) -> Vec<&'s Value> {
    let sight = context.sight;
    let Some(family) = family(path) else {
        return context.store.objects(objects::store_name(path), sight);
    };
    if !family.kept.is_empty() {
        return context.store.objects(family.kept, sight);
    }
    let call = context.call;
    let key = family.api.replace("/v1/", "/");
    let key = key.trim_start_matches('/');
    pro::others::collection(&mut context.pro(call), family.api, key);
    context.store.objects(key, sight)
}

/// Answer a path of one of the families.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let Some((path, rest)) = parts.split_first() else { return Err(pages::not_found()) };
    let family = family(path).ok_or_else(pages::not_found)?;
    let of = type_of(operation)?;
    match (context.call.method.as_str(), rest) {
        ("GET", []) => {
            let all: Vec<Value> = objects(context, path).into_iter().cloned().collect();
            let row = |object: &Value| objects::row(&to_classic(context, family, object), &of.shape);
            let rows = all.iter().map(row).collect();
            Ok(render(context.call, of, &rows))
        }
        ("GET", [key, value]) => {
            let object = find(context, family, key, value)?;
            let mut classic = to_classic(context, family, &object);
            if family.path == "advancedmobiledevicesearches" {
                fill_members(context, &object, &mut classic);
            }
            if let Shape::List(_) = of.shape {
                return Ok(render(context.call, of, &json!([objects::row(&classic, &of.shape)])));
            }
            Ok(render(context.call, of, &of.shape.fill_in(classic)))
        }
        ("POST", [_, _]) => create(context, family, of),
        ("PUT", [key, value]) => {
            let object = find(context, family, key, value)?;
            change(context, family, of, object)
        }
        ("DELETE", [key, value]) => {
            let values = if *key == "id" { ids(value) } else { vec![(*value).to_owned()] };
            let found: Result<Vec<Value>, Answer> =
                values.iter().map(|value| find(context, family, key, value)).collect();
            let found: Vec<String> = found?.iter().map(id_of).collect();
            for id in &found {
                ask(context, Method::DELETE, &format!("{}/{id}", family.api), &Value::Null)?;
            }
            Ok(write_answer(&of.root, &found, StatusCode::OK))
        }
        _ => Err(pages::not_found()),
    }
}

/// The mobile devices that a search finds now.
fn fill_members(context: &mut Context<'_>, search: &Value, shown: &mut Value) {
    let criteria = search.get("criteria").cloned().unwrap_or_default();
    let call = context.call;
    let ids = pro::groups::members_by_criteria(&context.pro(call), Kind::MobileDevices, &criteria);
    let rows = ids.iter().filter_map(|id| devices::row_of(context, Kind::MobileDevices, "id", id));
    let row = |at: usize| {
        let of = devices::names(context, Kind::MobileDevices, at);
        json!({"id": of.id, "name": of.name, "udid": of.udid, "Display_Name": of.name})
    };
    let rows: Value = rows.map(row).collect();
    set(shown, "mobile_devices", rows);
}

fn id_of(object: &Value) -> String {
    object.get("id").map(id_text).unwrap_or_default()
}

fn find(context: &mut Context<'_>, family: &Family, key: &str, value: &str) -> Result<Value, Answer> {
    let same = |object: &&Value| match key {
        "id" => id_of(object) == value,
        "email" => text(object, "email").eq_ignore_ascii_case(value),
        _ => references::name_of(object).eq_ignore_ascii_case(value),
    };
    objects(context, family.path).into_iter().find(same).cloned().ok_or_else(pages::not_found)
}

/// Set a value at a dotted path.
fn set_at(object: &mut Value, path: &str, value: Value) {
    match path.split_once('.') {
        None => set(object, path, value),
        Some((head, rest)) => {
            if object.get(head).is_none_or(|inner| !inner.is_object()) {
                set(object, head, Value::Object(Map::new()));
            }
            object.get_mut(head).into_iter().for_each(|inner| set_at(inner, rest, value.clone()));
        }
    }
}

fn get<'v>(object: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(object, |value, name| value.get(name))
}

/// An object in the words of the Classic API.
fn to_classic(context: &mut Context<'_>, family: &Family, object: &Value) -> Value {
    let mut made = json!({"id": id_of(object).parse::<u64>().unwrap_or(0)});
    for (element, field, how) in family.fields {
        let Some(value) = get(object, field) else { continue };
        let shown = match how {
            Secret => continue,
            Same | FileName if value.is_null() => continue,
            Same | FileName => value.clone(),
            Words(words) => {
                let given = value.as_str().unwrap_or_default();
                let word = words.iter().find(|(_, pro)| *pro == given).or_else(|| words.first());
                json!(word.map(|(classic, _)| *classic))
            }
            Category if field.ends_with("Id") => json!(references::place(context, "categories", value)),
            Category => json!(value),
            Site => references::site(context, value),
            Names => value.as_array().into_iter().flatten().map(|name| json!({"name": name})).collect(),
            Criteria => references::criteria(Some(value), false),
        };
        set_at(&mut made, element, shown);
    }
    made
}

/// What a body says, in the words of the Jamf Pro API.
fn to_pro(
    context: &mut Context<'_>,
    family: &Family,
    given: &Value,
    object: &mut Value,
) -> Result<(), Answer> {
    for (element, field, how) in family.fields {
        let Some(value) = get(given, element) else { continue };
        let value = match how {
            FileName => continue,
            Same | Secret => value.clone(),
            Words(words) => {
                let given = value.as_str().unwrap_or_default();
                let word = words.iter().find(|(classic, _)| *classic == given).or_else(|| words.first());
                json!(word.map(|(_, pro)| *pro))
            }
            Category => {
                let name = value.as_str().unwrap_or_default();
                let none = name.is_empty() || name.eq_ignore_ascii_case("No category assigned");
                let id =
                    if none { "-1".to_owned() } else { references::place_id(context, "categories", name) };
                if !none && id == "-1" {
                    return Err(pages::unmatched("category"));
                }
                set(object, "categoryName", json!(if none { "NONE" } else { name }));
                set_at(object, "categoryId", json!(id));
                continue;
            }
            Site => json!(value.get("id").map_or_else(|| "-1".to_owned(), id_text)),
            Names => {
                let names = value.as_array().into_iter().flatten();
                names.filter_map(|row| row.get("name").cloned()).collect()
            }
            Criteria => references::criteria(Some(value), true),
        };
        set_at(object, field, value);
    }
    Ok(())
}

fn create(context: &mut Context<'_>, family: &Family, of: &Type) -> Reply {
    let mut given = body(context.call, of)?;
    references::settle(context, &mut given, &of.shape)?;
    let missing = of.needed.iter().find(|name| text(&given, name).trim().is_empty());
    if let Some(missing) = missing {
        return Err(pages::conflict(&format!("{missing} is required")));
    }
    unique(context, family, text(&given, "name"), None)?;
    let mut object = json!({});
    to_pro(context, family, &given, &mut object)?;
    let made = ask(context, Method::POST, family.api, &object)?;
    Ok(write_answer(&of.root, &[id_of(&made)], StatusCode::CREATED))
}

fn change(context: &mut Context<'_>, family: &Family, of: &Type, mut object: Value) -> Reply {
    let id = id_of(&object);
    let mut given = body(context.call, of)?;
    references::settle(context, &mut given, &of.shape)?;
    unique(context, family, text(&given, "name"), Some(&id))?;
    to_pro(context, family, &given, &mut object)?;
    ask(context, family.change.clone(), &format!("{}/{id}", family.api), &object)?;
    Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
}

fn unique(context: &mut Context<'_>, family: &Family, name: &str, own: Option<&str>) -> Result<(), Answer> {
    let same = |object: &&Value| {
        references::name_of(object).eq_ignore_ascii_case(name) && own != Some(id_of(object).as_str())
    };
    match !name.is_empty() && objects(context, family.path).iter().any(same) {
        true => Err(pages::conflict("Duplicate name")),
        false => Ok(()),
    }
}

/// Ask the Jamf Pro API of the same tenant; its errors become pages.
pub(super) fn ask(
    context: &mut Context<'_>,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value, Answer> {
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let call = Call::new(method, path, "", HeaderMap::new(), bytes);
    let answer = pro::allowed(&mut context.pro(&call));
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.status {
        status if status.is_success() => Ok(told),
        StatusCode::NOT_FOUND => Err(pages::not_found()),
        StatusCode::FORBIDDEN => Err(pages::not_allowed()),
        _ => {
            let reason = told.pointer("/errors/0/description").and_then(Value::as_str);
            Err(pages::conflict(reason.unwrap_or("Unable to update the database")))
        }
    }
}
