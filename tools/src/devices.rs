//! Devices among the arguments: a caller names one by what is at hand, Jamf wants its management id.
//!
//! Which arguments name devices, the schema says (`x-device`). Looking them up takes a tenant and is done by somebody else,
//! between [`named_devices`] and [`Checked::with_devices`]; a request is laid out only when nothing is left to look up.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::action::Action;
use crate::check::{Checked, Problem};
use crate::patterns::is_uuid;

/// The devices of a call that are not named by their management id yet, each once.
pub fn named_devices(action: &Action, arguments: &Checked) -> Vec<String> {
    all(action, arguments).into_iter().filter(|device| !is_uuid(device)).collect()
}

/// The devices of a call, each once.
pub fn all(action: &Action, arguments: &Checked) -> Vec<String> {
    let mut found = Vec::new();
    let mut arguments = arguments.clone();
    each(action, &mut arguments, &mut |device, _| {
        if !found.contains(device) {
            found.push(device.clone());
        }
    });
    found
}

/// A problem for each device that was not looked up.
pub(crate) fn unresolved_devices(action: &Action, arguments: &Checked) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut arguments = arguments.clone();
    each(action, &mut arguments, &mut |device, path| {
        if !is_uuid(device) {
            let message = "is not known to be a device; give its management id, serial number, or `computer:7` or `mobile_device:7` \
                           with its Jamf id";
            problems.push(Problem::new(path, message).with_value(&Value::String(device.clone())));
        }
    });
    problems
}

impl Checked {
    /// The same arguments with devices by their management ids.
    #[must_use]
    pub fn with_devices(&self, action: &Action, management_ids: &BTreeMap<String, String>) -> Self {
        let mut arguments = self.clone();
        each(action, &mut arguments, &mut |device, _| {
            if let Some(id) = management_ids.get(device) {
                id.clone_into(device);
            }
        });
        arguments
    }
}

fn each(action: &Action, arguments: &mut Checked, visit: &mut dyn FnMut(&mut String, &str)) {
    let compiled = action.compiled_schema();
    if compiled.names_devices {
        below(&compiled.internal, arguments.arguments_mut(), "", visit);
    }
}

fn below(
    schema: &Map<String, Value>,
    given: &mut Map<String, Value>,
    path: &str,
    visit: &mut dyn FnMut(&mut String, &str),
) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if let (Some(value), Some(property)) = (given.get_mut(name), property.as_object()) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            one(property, value, &path, visit);
        }
    }
}

fn one(schema: &Map<String, Value>, value: &mut Value, path: &str, visit: &mut dyn FnMut(&mut String, &str)) {
    match value {
        Value::String(text) if schema.contains_key("x-device") => visit(text, path),
        Value::Object(map) => below(schema, map, path, visit),
        Value::Array(items) => {
            let Some(schema) = schema.get("items").and_then(Value::as_object) else { return };
            for (at, item) in items.iter_mut().enumerate() {
                one(schema, item, &format!("{path}[{at}]"), visit);
            }
        }
        _ => {}
    }
}
