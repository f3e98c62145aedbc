//! The gateway: three tools by which a client calls what is allowed and not listed, one for each kind of harm, so that a
//! client's own rules about permission still see what happens.
//!
//! A call of one of them *is* the call that it names: it is put in its place before anything else happens. So there is no
//! second way through the gate, the audit log has the tool that was meant, and progress, cancellation, tenants and answers
//! are those of that tool.

use std::borrow::Cow;

use jamf_pro_tools::Risk;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::{BUILTINS, Builtin};
use crate::error::Error;
use crate::registry::exposure::Surface;
use crate::registry::{BuiltinDeclaration, SERVER, Tool, ToolDeclaration, wrong_arguments};

/// Calls tools that read.
pub(super) static CALL_READ: Builtin = Builtin::passing_on(
    ToolDeclaration::new::<Arguments>("call_read", SERVER)
        .about("Call any tool of risk `read` by its name, listed or not. find_tools has the names and the arguments.")
        .core(),
    &[Risk::Read],
);

/// Calls tools that change what can be put back, and send harmless commands.
pub(super) static CALL_WRITE: Builtin = Builtin::passing_on(
    ToolDeclaration::new::<Arguments>("call_write", SERVER)
        .about("Call any tool of risk `write` or `device` by its name, listed or not. find_tools has the names and the arguments.")
        .risk(Risk::Write)
        .core(),
    &[Risk::Write, Risk::Device],
);

/// Calls everything graver.
pub(super) static CALL_DESTRUCTIVE: Builtin = Builtin::passing_on(
    ToolDeclaration::new::<Arguments>("call_destructive", SERVER)
        .about("Call any tool of risk `secret`, `destructive` or `critical` by its name, listed or not. find_tools has the names and the \
     arguments.")
        .risk(Risk::Critical)
        .core(),
    &[Risk::Secret, Risk::Destructive, Risk::Critical],
);

/// Which tool, and with what.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
pub(super) struct Arguments {
    /// Name of the tool.
    #[schemars(length(min = 1, max = 64))]
    name: String,
    /// Its arguments, as its own schema has them.
    arguments: Option<Anything>,
}

/// An object that another schema describes.
pub(super) struct Anything;

impl JsonSchema for Anything {
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

/// The tool that takes calls of a class.
pub fn of_class(risk: Risk) -> Option<&'static BuiltinDeclaration> {
    let mut declarations = BUILTINS.iter().map(|builtin| &builtin.declaration);
    declarations.find(|declaration| declaration.passes_on.is_some_and(|classes| classes.contains(&risk)))
}

/// The call that a call of `own` stands for.
///
/// # Errors
/// When no such tool exists, when it is one of the server's own, or when it is allowed and of another class: then with the
/// tool that takes it. What is not allowed is put in place all the same, for the gate to refuse and to record.
pub fn inner_call(
    own: &'static BuiltinDeclaration,
    arguments: Map<String, Value>,
    surface: &Surface,
) -> Result<(Tool, Map<String, Value>), Error> {
    let checked =
        Tool::Builtin(own).check(arguments).map_err(|problems| wrong_arguments(own.tool.name, &problems))?;
    let tool = surface.registry().get(checked.text("name").unwrap_or_default())?;
    if let Tool::Builtin(_) = tool {
        let name = tool.name();
        return Err(Error::caller(format!(
            "`{name}` is called by itself and not through `{}`",
            own.tool.name
        )));
    }
    let risk = surface.most(tool);
    let fits = own.passes_on.is_some_and(|classes| classes.contains(&risk));
    if let (false, Ok(()), Some(gateway)) = (fits, surface.permits(tool), of_class(risk)) {
        return Err(Error::caller(format!(
            "`{}` is of risk class `{}`, which `{}` does not take",
            tool.name(),
            risk.as_str(),
            own.tool.name
        ))
        .hint(format!("call it by `{}`, with the same name and arguments", gateway.tool.name)));
    }
    let arguments = match checked.arguments().get("arguments") {
        Some(Value::Object(arguments)) => arguments.clone(),
        _ => Map::new(),
    };
    Ok((tool, arguments))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{Config, RiskClass};
    use crate::pipeline::registry;

    fn surface(allow: &[RiskClass]) -> Surface {
        Surface::new(registry(), &Config { allow: allow.to_vec(), ..Config::default() }, None).unwrap()
    }

    fn inner_call_of(
        own: &'static str,
        value: Value,
        surface: &Surface,
    ) -> Result<(Tool, Map<String, Value>), Error> {
        let Some(Tool::Builtin(own)) = registry().find(own) else { panic!("{own} is there") };
        inner_call(own, value.as_object().unwrap().clone(), surface)
    }

    #[test]
    fn every_class_has_one_gateway() {
        for risk in Risk::ALL {
            let gateways = BUILTINS
                .iter()
                .map(|builtin| &builtin.declaration)
                .filter(|own| own.passes_on.is_some_and(|classes| classes.contains(&risk)));
            assert_eq!(gateways.count(), 1, "{}", risk.as_str());
        }
    }

    #[test]
    fn a_call_becomes_the_one_that_it_names() {
        let surface = surface(&[RiskClass::Read]);
        let given = json!({ "name": "dock_item_get", "arguments": { "id": 7, "odd": [1] } });
        let (tool, arguments) = inner_call_of("call_read", given, &surface).unwrap();
        assert_eq!(tool.name(), "dock_item_get");
        assert_eq!(
            Value::Object(arguments),
            json!({ "id": 7, "odd": [1] }),
            "they are checked where they belong"
        );
        let text = json!({ "name": "dock_item_get", "arguments": "{\"id\": 7}" });
        assert_eq!(inner_call_of("call_read", text, &surface).unwrap().1["id"], 7);
        assert!(inner_call_of("call_read", json!({ "name": "site_list" }), &surface).unwrap().1.is_empty());
    }

    #[test]
    fn another_class_is_pointed_to_its_gateway() {
        let every = surface(&[RiskClass::Read, RiskClass::Write, RiskClass::Device, RiskClass::Destructive]);
        let of =
            |own, name: &str| inner_call_of(own, json!({ "name": name }), &every).unwrap_err().to_string();
        assert!(of("call_read", "building_create").contains("`call_write`"));
        assert!(of("call_read", "computer_erase").contains("`call_destructive`"));
        assert!(of("call_write", "building_list").contains("`call_read`"));
        assert!(of("call_write", "computer_erase").contains("`call_destructive`"));
        assert!(of("call_destructive", "blank_push_send").contains("`call_write`"));
        // What is not allowed goes to the gate, whichever gateway was tried.
        let (tool, _) = inner_call_of("call_read", json!({ "name": "account_create" }), &every).unwrap();
        assert_eq!(tool.name(), "account_create");
    }

    #[test]
    fn nothing_of_the_server_itself_is_behind_the_doors() {
        let surface = surface(&[RiskClass::Read]);
        let of = |name: &str| {
            inner_call_of("call_read", json!({ "name": name }), &surface).unwrap_err().to_string()
        };
        assert!(of("find_tools").contains("by itself"));
        assert!(of("call_read").contains("by itself"));
        assert!(of("bulding_list").contains("did you mean `building_list`"));
    }
}
