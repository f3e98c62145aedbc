//! One extension attribute of one device, by its name.

use std::sync::Arc;

use futures::FutureExt;
use jamf_pro_tools::{Checked, Risk, rsql};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::classic_objects::not_read_back;
use super::devices::{self, Device};
use super::{Conclusion, Job, Work, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("extension_attribute_set", "devices")
        .title("Set an extension attribute")
        .about("Set one extension attribute of one computer or mobile device by the attribute's name, and read it back; smart groups that look at it follow.")
        .asked(&["write a custom field of a device"])
        .risk(Risk::Destructive),
    |work, arguments| run(work, arguments).boxed(),
)
.uses(&[
        "computer_list",
        "mobile_device_list",
        "computer_extension_attribute_list",
        "mobile_device_extension_attribute_list",
        "computer_detail_get",
        "mobile_device_detail_get",
        "computer_update",
        "mobile_device_update",
    ]);

/// Arguments of `extension_attribute_set`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// The device: serial number, name, management id, or `computer:7` or `mobile_device:7` with its Jamf id.
    #[schemars(length(min = 2, max = 200))]
    device: String,
    /// Exact name of the extension attribute.
    #[schemars(length(min = 1, max = 255))]
    attribute: String,
    /// The new value; empty to clear it. A pop-up menu takes one of its choices, a date looks like 2026-01-31 00:00:00.
    #[schemars(length(max = 10_000))]
    value: String,
}

/// What the report on a set value says beside the value as it is then.
struct ReportFacts {
    device: Device,
    name: String,
    before: Vec<String>,
    values: Vec<String>,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let device = devices::only(work, arguments.text("device").unwrap_or_default()).await?;
    let name = arguments.text("attribute").unwrap_or_default();
    let value = arguments.text("value").unwrap_or_default();
    let attribute = definition(work, &device, name).await?;
    settable(&attribute, name, value)?;
    let before = current(work, &device, name).await?;
    let values: Vec<String> = if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
    let id = device.fact("id");
    let write = if device.kind == "computer" {
        let change = json!({ "extensionAttributes": [{ "definitionId": text_at(&attribute, "id"), "values": values }] });
        work.write("computer_update", json!({ "id": id, "body": change }))?
    } else {
        let change = json!({ "name": name, "type": text_at(&attribute, "dataType"), "value": values });
        let change = json!({ "updatedExtensionAttributes": [change] });
        work.write("mobile_device_update", json!({ "id": id, "body": change }))?
    };
    let known = ReportFacts { device, name: name.to_owned(), before, values };
    Ok(write.reading(&["id"]).report_with(known, |work, known, _| report(work, known).boxed()))
}

async fn report(work: &Work<'_>, known: Arc<ReportFacts>) -> Result<Value, Error> {
    let ReportFacts { device, name, before, values } = known.as_ref();
    let later = work.later();
    let after = match work.read_back(current(&work.reading_back(&later), device, name).await) {
        Ok(after) => after,
        Err(why) => {
            return Ok(json!({
                "result": "done", "device": device.describe(), "attribute": name, "before": before, "sent": values,
                "read_back": not_read_back(&why),
            }));
        }
    };
    let kept = after == *values;
    let mut answer = json!({
        "result": if kept { "done" } else { "accepted, but it is not what was asked for" },
        "device": device.describe(), "attribute": name, "before": before, "after": after,
    });
    if let (false, Some(answer)) = (kept, answer.as_object_mut()) {
        answer.insert(
            "notes".to_owned(),
            json!([
                "the tenant may need a minute to show a change; read the device again before repeating this"
            ]),
        );
    }
    Ok(answer)
}

async fn definition(work: &Work<'_>, device: &Device, name: &str) -> Result<Value, Error> {
    let list = match device.kind {
        "computer" => "computer_extension_attribute_list",
        _ => "mobile_device_extension_attribute_list",
    };
    let filter = rsql::equals("name", name)
        .map_err(|_| Error::caller("the name of an attribute cannot hold a `*` here"))?;
    let fields = ["id", "name", "dataType", "inputType", "enabled", "popupMenuChoices"];
    let found = work.rows(list, json!({ "filter": filter.to_string() }), &fields).await?;
    found.rows.into_iter().find(|row| text_at(row, "name") == name).ok_or_else(|| {
        Error::caller(format!(
            "there is no extension attribute with the exact name `{}`; `{list}` lists them",
            crate::sanitize::text::clean(name)
        ))
    })
}

/// Values of scripts and directory attributes are collected, not set, and a pop-up menu has its choices.
fn settable(attribute: &Value, name: &str, value: &str) -> Result<(), Error> {
    let kind = text_at(attribute, "inputType");
    if !["TEXT", "POPUP"].contains(&kind.as_str()) {
        return Err(Error::caller(format!(
            "the value of `{name}` is collected ({kind}), so nobody can set it"
        )));
    }
    let choices: Vec<&str> = attribute
        .get("popupMenuChoices")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if kind == "POPUP" && !value.is_empty() && !choices.is_empty() && !choices.contains(&value) {
        return Err(Error::caller(format!("`{name}` takes one of: {}", choices.join(", "))));
    }
    Ok(())
}

/// The values that the device has now. An attribute can be shown in any section of the record.
async fn current(work: &Work<'_>, device: &Device, name: &str) -> Result<Vec<String>, Error> {
    let action = if device.kind == "computer" { "computer_detail_get" } else { "mobile_device_detail_get" };
    let record = work.send(action, json!({ "id": device.fact("id") }), &[]).await?;
    let mut lists = Vec::new();
    attributes(&record, &mut lists);
    let found = lists.into_iter().flatten().find(|attribute| text_at(attribute, "name") == name);
    let values = found.and_then(|attribute| attribute.get("values").or_else(|| attribute.get("value")));
    Ok(match values {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(value)) if !value.is_empty() => vec![value.clone()],
        _ => Vec::new(),
    })
}

fn attributes<'a>(value: &'a Value, lists: &mut Vec<&'a Vec<Value>>) {
    let Some(map) = value.as_object() else { return };
    for (name, below) in map {
        match below {
            Value::Array(list) if name == "extensionAttributes" => lists.push(list),
            below => attributes(below, lists),
        }
    }
}
