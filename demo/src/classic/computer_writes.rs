//! Writes of computers through the Classic API: what is given of a record, in the words of the Jamf Pro API.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Context, Reply, body, devices, ids, pages, references, translated, type_of, write_answer};
use crate::{
    classic::facts::Operation,
    exchange::Answer,
    inventory::Kind,
    store::{id_text, set},
};

const INVENTORY: &str = "/api/v4/computers-inventory";

/// An element of a section, and the field that it is.
type Field = (&'static str, &'static str);

/// Sections by their names in both APIs, with what can be written of each.
static SECTIONS: &[(&str, &str, &[Field])] = &[
    (
        "general",
        "general",
        &[("name", "name"), ("barcode_1", "barcode1"), ("barcode_2", "barcode2"), ("asset_tag", "assetTag")],
    ),
    (
        "location",
        "userAndLocation",
        &[
            ("username", "username"),
            ("real_name", "realname"),
            ("realname", "realname"),
            ("email_address", "email"),
            ("position", "position"),
            ("phone_number", "phone"),
            ("phone", "phone"),
            ("room", "room"),
        ],
    ),
    (
        "purchasing",
        "purchasing",
        &[
            ("is_purchased", "purchased"),
            ("is_leased", "leased"),
            ("po_number", "poNumber"),
            ("vendor", "vendor"),
            ("applecare_id", "appleCareId"),
            ("purchase_price", "purchasePrice"),
            ("purchasing_account", "purchasingAccount"),
            ("purchasing_contact", "purchasingContact"),
            ("life_expectancy", "lifeExpectancy"),
            ("po_date", "poDate"),
            ("warranty_expires", "warrantyDate"),
            ("lease_expires", "leaseDate"),
        ],
    ),
];

/// Create, change or delete.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    let [_, key, value] = parts else { return Err(pages::not_found()) };
    let row = |context: &Context<'_>, value: &str| {
        let at = devices::row_of(context, Kind::Computers, key, value).ok_or_else(pages::not_found)?;
        Ok::<_, Answer>(context.store.computers.id(at).to_owned())
    };
    match context.call.method {
        Method::DELETE => {
            let values = if *key == "id" { ids(value) } else { vec![(*value).to_owned()] };
            let gone: Vec<String> =
                values.iter().map(|value| row(context, value)).collect::<Result<_, _>>()?;
            for id in &gone {
                translated::ask(context, Method::DELETE, &format!("{INVENTORY}/{id}"), &Value::Null)?;
            }
            Ok(write_answer(&of.root, &gone, StatusCode::OK))
        }
        Method::PUT => {
            let id = row(context, value)?;
            let given = body(context.call, of)?;
            let patch = patch(context, &given)?;
            translated::ask(context, Method::PATCH, &format!("{INVENTORY}-detail/{id}"), &patch)?;
            Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
        }
        _ => {
            let given = body(context.call, of)?;
            let own = |name: &str| given.pointer(&format!("/general/{name}")).cloned().unwrap_or_default();
            if own("name").as_str().unwrap_or_default().is_empty() {
                return Err(pages::conflict("Name is required"));
            }
            let mut made = patch(context, &given)?;
            set(&mut made, "udid", own("udid"));
            let hardware = json!({"serialNumber": own("serial_number"), "macAddress": own("mac_address")});
            set(&mut made, "hardware", hardware);
            let made = translated::ask(context, Method::POST, INVENTORY, &made)?;
            let id = made.get("id").map(id_text).unwrap_or_default();
            Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
        }
    }
}

fn patch(context: &mut Context<'_>, given: &Value) -> Result<Value, Answer> {
    let mut patch = Map::new();
    for (section, of_pro, fields) in SECTIONS {
        let Some(given) = given.get(*section) else { continue };
        let known = fields.iter().filter_map(|(element, field)| {
            Some(((*field).to_owned(), given.get(*element).filter(|value| !value.is_null())?.clone()))
        });
        patch.insert((*of_pro).to_owned(), Value::Object(known.collect()));
    }
    let mut patch = Value::Object(patch);
    for (element, field, family, noun) in [
        ("department", "departmentId", "departments", "department"),
        ("building", "buildingId", "buildings", "building"),
    ] {
        let Some(name) = given.pointer(&format!("/location/{element}")).and_then(Value::as_str) else {
            continue;
        };
        let id = references::place_id(context, family, name);
        if id == "-1" && !name.is_empty() {
            return Err(pages::unmatched(noun));
        }
        if let Some(place) = patch.get_mut("userAndLocation") {
            set(place, field, if name.is_empty() { Value::Null } else { json!(id) });
        }
    }
    if let Some(general) = patch.get_mut("general") {
        if let Some(managed) = given.pointer("/general/remote_management/managed") {
            set(general, "managed", managed.clone());
        }
        if let Some(site) = given.pointer("/general/site/id") {
            set(general, "siteId", json!(id_text(site)));
        }
    }
    if let Some(rows) = given.get("extension_attributes").and_then(Value::as_array) {
        let rows = rows.iter().map(|row| attribute(context, row)).collect::<Result<Vec<_>, _>>()?;
        set(&mut patch, "extensionAttributes", json!(rows));
    }
    Ok(patch)
}

/// An attribute by its id or its name.
fn attribute(context: &Context<'_>, row: &Value) -> Result<Value, Answer> {
    let all = context.store.objects("computer-extension-attributes", context.sight);
    let same = |own: &&&Value| match row.get("id").map(id_text) {
        Some(id) if id != "0" => own.get("id").map(id_text) == Some(id),
        _ => own.get("name") == row.get("name"),
    };
    let definition = all.iter().find(same).ok_or_else(|| pages::unmatched("extension attribute"))?;
    let value = row.get("value").map(id_text).unwrap_or_default();
    Ok(json!({"definitionId": definition.get("id").map(id_text), "values": [value]}))
}
