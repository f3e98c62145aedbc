//! Settings that exist once. What the Jamf Pro API has too is kept there.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Context, Reply, body, pages, render, translated, type_of, xml};
use crate::{
    classic::facts::Operation,
    exchange::Answer,
    store::{merge, set},
};

/// An element, and where the same value is in the Jamf Pro API.
type Field = (&'static str, &'static str);

/// Settings by their paths in both APIs, and how a change is sent.
static SHARED: &[(&str, &str, Method, &[Field])] = &[
    (
        "computercheckin",
        "/api/v3/check-in",
        Method::PUT,
        &[
            ("check_in_frequency", "/checkInFrequency"),
            ("create_startup_script", "/createStartupScript"),
            ("log_startup_event", "/startupLog"),
            ("check_for_policies_at_startup", "/startupPolicies"),
            ("ensure_ssh_is_enabled", "/startupSsh"),
            ("create_login_logout_hooks", "/createHooks"),
            ("log_username", "/hookLog"),
            ("check_for_policies_at_login_logout", "/hookPolicies"),
        ],
    ),
    (
        "gsxconnection",
        "/api/v1/gsx-connection",
        Method::PATCH,
        &[("enabled", "/enabled"), ("username", "/username"), ("account_number", "/serviceAccountNo")],
    ),
    (
        "smtpserver",
        "/api/v2/smtp-server",
        Method::PUT,
        &[
            ("enabled", "/enabled"),
            ("host", "/connectionSettings/host"),
            ("port", "/connectionSettings/port"),
            ("timeout", "/connectionSettings/connectionTimeout"),
            ("send_from_name", "/senderSettings/displayName"),
            ("send_from_email", "/senderSettings/emailAddress"),
            ("username", "/basicAuthCredentials/username"),
        ],
    ),
];

/// The activation code and the organization as the Jamf Pro API left them, which shows neither: the place, its field, the element here.
const ACTIVATION: &[(&str, &str, &str)] = &[
    ("api/activation-code", "activationCode", "code"),
    ("api/activation-code/organization-name", "organizationName", "organization_name"),
];

/// What the caller may do, as the first scripts asked for it.
pub(super) fn own_rights(context: &mut Context<'_>, operation: &'static Operation) -> Reply {
    let of = type_of(operation)?;
    let institution = context.store.singles.get("classic/activationcode").cloned();
    let institution = institution.unwrap_or_else(|| at_first("activationcode"));
    let made = json!({
        "privileges": context.grant.privileges(), "version": context.shared.version_text, "product": "Jamf Pro",
        "license_type": "Subscription", "institution": institution.get("organization_name"),
    });
    Ok(render(context.call, of, &of.shape.fill_in(made)))
}

/// Read or change settings.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, path: &str) -> Reply {
    let of = type_of(operation)?;
    let key = format!("classic/{path}");
    let mut settings = context.store.singles.get(&key).cloned().unwrap_or_else(|| at_first(path));
    settings = of.shape.fill_in(settings);
    let shared = SHARED.iter().find(|(own, ..)| *own == path);
    let known = match shared {
        Some((_, api, ..)) => translated::ask(context, Method::GET, api, &Value::Null)?,
        None => Value::Null,
    };
    for (element, field) in shared.into_iter().flat_map(|(_, _, _, fields)| fields.iter()) {
        if let Some(value) = known.pointer(field).filter(|value| !value.is_null()) {
            set(&mut settings, element, value.clone());
        }
    }
    if path == "activationcode" {
        for (other, field, element) in ACTIVATION {
            let written = context.store.singles.remove(*other);
            written.as_ref().and_then(|written| written.get(*field)).into_iter().for_each(|value| {
                set(&mut settings, element, value.clone());
            });
        }
        context.store.singles.insert(key.clone(), settings.clone());
    }
    if context.call.method == Method::GET {
        return Ok(render(context.call, of, &settings));
    }
    if context.call.method != Method::PUT {
        return Err(pages::not_found());
    }
    let given = body(context.call, of)?;
    if let Some((_, api, method, fields)) = shared {
        let mut object = known;
        for (element, field) in *fields {
            if let (Some(value), Some(place)) = (given.get(*element), object.pointer_mut(field)) {
                *place = of_kind(value, place);
            }
        }
        translated::ask(context, method.clone(), api, &object)?;
    }
    merge(&mut settings, &given);
    context.store.singles.insert(key, of.shape.fill_in(settings));
    let text = xml::outcome(&of.root, &[]);
    Ok(Answer::of(StatusCode::CREATED, "application/xml;charset=UTF-8", text))
}

/// A value of the kind that stood there: the APIs differ in what is a number.
fn of_kind(value: &Value, before: &Value) -> Value {
    match (value, before) {
        (Value::String(text), Value::Number(_)) => json!(text.parse::<i64>().unwrap_or(0)),
        (Value::Number(number), Value::String(_)) => json!(number.to_string()),
        _ => value.clone(),
    }
}

fn at_first(path: &str) -> Value {
    match path {
        "activationcode" => {
            json!({"organization_name": "Example Organization", "code": "CANARY-ACTIVATION-CODE"})
        }
        "computerinventorycollection" => json!({
            "local_user_accounts": true, "home_directory_sizes": false, "hidden_accounts": false, "printers": true,
            "active_services": true, "mobile_device_app_purchasing_info": false, "computer_location_information": true,
            "package_receipts": true, "available_software_updates": true, "inclue_applications": true, "inclue_fonts": false,
            "inclue_plugins": false, "applications": [{"path": "/Applications/Utilities", "platform": "Mac"}],
            "fonts": [], "plugins": [],
        }),
        "gsxconnection" => json!({"uri": "https://partner-connect.example.com/api", "region": "EMEA"}),
        "smtpserver" => {
            json!({"password": "CANARY-SMTP-password", "authorization_required": true, "tls": true})
        }
        _ => json!({}),
    }
}
