//! Resources: objects of the tenant by their address, what privileges tools take, the end of the audit log, and the pages of answers.
//!
//! A resource that is an object is read by the tool for it, through the same gate; an address is a template filled in.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rmcp::ErrorData;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::{Map, json};

use super::apps;
use super::completion::{List, Source};
use crate::call::Caller;
use crate::pipeline::{Pipeline, Waiting};
use crate::registry::Tool;

/// Records of the audit log that are shown, and among how many of the last ones they are looked for.
const TAIL: usize = 50;
const AMONG: usize = 10_000;

const SCHEME: &str = "jamf://";
const PRIVILEGES: &str = "privileges";
const AUDIT: &str = "audit";
const JSON: &str = "application/json";

/// Objects of one kind.
struct Kind {
    /// Segment of the address.
    segment: &'static str,
    title: &'static str,
    about: &'static str,
    /// The tool that reads one, by its `id`.
    tool: &'static str,
    ids: List,
}

static KINDS: &[Kind] = &[
    Kind {
        segment: "computers",
        title: "Computer",
        about: "Inventory record of one computer, by its id.",
        tool: "computer_detail_get",
        ids: List { tool: "computer_list", value: "id", name: "general.name", filter: Some("general.name") },
    },
    Kind {
        segment: "mobile-devices",
        title: "Mobile device",
        about: "Inventory record of one mobile device, by its id.",
        tool: "mobile_device_detail_get",
        ids: List {
            tool: "mobile_device_list",
            value: "mobileDeviceId",
            name: "general.displayName",
            filter: Some("displayName"),
        },
    },
    Kind {
        segment: "groups",
        title: "Group",
        about: "One group of computers or mobile devices, by its platform id.",
        tool: "group_get",
        ids: List {
            tool: "group_list",
            value: "groupPlatformId",
            name: "groupName",
            filter: Some("groupName"),
        },
    },
    Kind {
        segment: "policies",
        title: "Policy",
        about: "One policy with its scope, by its id.",
        tool: "policy_get",
        ids: List { tool: "policy_list", value: "id", name: "name", filter: None },
    },
    Kind {
        segment: "scripts",
        title: "Script",
        about: "One script with its text, by its id.",
        tool: "script_get",
        ids: List { tool: "script_list", value: "id", name: "name", filter: Some("name") },
    },
    Kind {
        segment: "macos-profiles",
        title: "macOS configuration profile",
        about: "One configuration profile for computers, by its id.",
        tool: "macos_profile_get",
        ids: List { tool: "macos_profile_list", value: "id", name: "name", filter: None },
    },
    Kind {
        segment: "mobile-profiles",
        title: "Mobile configuration profile",
        about: "One configuration profile for mobile devices, by its id.",
        tool: "mobile_profile_get",
        ids: List { tool: "mobile_profile_list", value: "id", name: "name", filter: None },
    },
];

/// The resources that are there without filling anything in.
pub(super) fn all(calls: &Pipeline) -> Vec<Resource> {
    let mut resources = vec![
        Resource::new(format!("{SCHEME}{PRIVILEGES}"), PRIVILEGES)
            .with_title("Privileges")
            .with_description("Each privilege of an API role, and the allowed tools that take it.")
            .with_mime_type(JSON),
    ];
    for tenant in tenants(calls) {
        let place = place(calls, &tenant);
        resources.push(
            Resource::new(format!("{SCHEME}{place}{AUDIT}"), format!("{AUDIT} {tenant}"))
                .with_title(format!("Audit log of {tenant}"))
                .with_description("The last records of your calls in the audit log: what was called that is not a read, and what came of it.")
                .with_mime_type("application/jsonl"),
        );
    }
    resources.extend(apps::resources());
    resources
}

/// The templates of the objects.
pub(super) fn templates(calls: &Pipeline) -> Vec<ResourceTemplate> {
    let tenant = if calls.tenants().count() > 1 { "{tenant}/" } else { "" };
    let template = |kind: &Kind| {
        ResourceTemplate::new(format!("{SCHEME}{tenant}{}/{{id}}", kind.segment), kind.segment)
            .with_title(kind.title)
            .with_description(kind.about)
            .with_mime_type(JSON)
    };
    KINDS.iter().map(template).collect()
}

/// What completes a variable of a template.
pub(super) fn source(template: &str, variable: &str) -> Option<Source> {
    let kind = KINDS.iter().find(|kind| template.ends_with(&format!("{}/{{id}}", kind.segment)))?;
    (variable == "id").then(|| Source::Lists(std::slice::from_ref(&kind.ids)))
}

/// Read one.
///
/// # Errors
/// When there is no such resource, or it may not be read.
pub(super) async fn read(
    uri: &str,
    calls: &Pipeline,
    caller: &Caller,
    waiting: &Waiting,
) -> Result<ReadResourceResult, ErrorData> {
    if let Some(page) = apps::read(uri) {
        return Ok(page);
    }
    let rest = uri.strip_prefix(SCHEME).ok_or_else(|| unknown(uri))?;
    if rest == PRIVILEGES {
        return Ok(contents(uri, privileges(calls), JSON));
    }
    let (tenant, rest) = match tenants(calls).as_slice() {
        [_] => (None, rest),
        several => {
            let (tenant, rest) = rest.split_once('/').ok_or_else(|| unknown(uri))?;
            let tenant = decode_segment(tenant).ok_or_else(|| unknown(uri))?;
            (Some(several.iter().find(|known| **known == tenant).ok_or_else(|| unknown(uri))?.clone()), rest)
        }
    };
    if rest == AUDIT {
        return Ok(contents(uri, tail(calls, tenant.as_deref(), &caller.who).await?, "application/jsonl"));
    }
    let (segment, id) = rest.split_once('/').ok_or_else(|| unknown(uri))?;
    let kind = KINDS.iter().find(|kind| kind.segment == segment).ok_or_else(|| unknown(uri))?;
    let id = decode_segment(id).ok_or_else(|| unknown(uri))?;
    let mut arguments = Map::from_iter([("id".to_owned(), json!(id))]);
    if let Some(tenant) = tenant {
        arguments.insert("tenant".to_owned(), json!(tenant));
    }
    let answer = calls.call(kind.tool, arguments, caller, waiting).await;
    match answer.error.as_ref() {
        None => Ok(contents(uri, answer.text, JSON)),
        Some(error) if error.is_status(404) => Err(missing(uri, answer.text)),
        Some(_) => Err(ErrorData::invalid_request(answer.text, None)),
    }
}

fn contents(uri: &str, text: String, media_type: &str) -> ReadResourceResult {
    ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(media_type)])
}

fn unknown(uri: &str) -> ErrorData {
    let short = crate::sanitize::text::quoted(uri, 100);
    missing(uri, format!("there is no resource {short}; list resources and their templates"))
}

fn missing(uri: &str, message: String) -> ErrorData {
    ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
}

fn decode_segment(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(String::from)
}

fn tenants(calls: &Pipeline) -> Vec<String> {
    calls.tenants().map(|tenant| tenant.name().to_owned()).collect()
}

/// The part of an address that names the tenant, where there are several.
fn place(calls: &Pipeline, tenant: &str) -> String {
    if calls.tenants().count() > 1 {
        format!("{}/", utf8_percent_encode(tenant, NON_ALPHANUMERIC))
    } else {
        String::new()
    }
}

fn privileges(calls: &Pipeline) -> String {
    let mut table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tool in calls.surface().allowed_tools() {
        for privilege in tool.privileges() {
            table.entry(privilege).or_default().push(Tool::name(tool));
        }
    }
    json!({ "privileges": table }).to_string()
}

/// The last records of the caller's own calls: those of others are none of its business.
async fn tail(calls: &Pipeline, tenant: Option<&str>, who: &str) -> Result<String, ErrorData> {
    let who = who.to_owned();
    let audit = calls.audits().find(|(name, _)| tenant.is_none_or(|tenant| tenant == *name));
    let Some(audit) = audit.map(|(_, audit)| audit.clone()) else { return Ok(String::new()) };
    let read = tokio::task::spawn_blocking(move || audit.tail_of(&who, TAIL, AMONG)).await;
    let lines = read
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(|error| ErrorData::internal_error(format!("the audit log cannot be read: {error}"), None))?;
    let redaction = calls.limits().redaction();
    let lines = lines.into_iter().map(|line| redaction.json("", line));
    let shown = lines.map(|line| crate::sanitize::text::json(&line, usize::MAX).into_owned());
    Ok(shown.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_kind_is_read_by_a_tool_that_reads_and_completed_by_a_list() {
        for kind in KINDS {
            let tool = crate::pipeline::registry().find(kind.tool).unwrap();
            assert_eq!(tool.risk(), jamf_pro_tools::Risk::Read, "{}", kind.tool);
            let schema = Value::Object((*tool.input_schema()).clone());
            assert!(schema["properties"].get("id").is_some(), "{}", kind.tool);
            let list = Value::Object(
                (*crate::pipeline::registry().find(kind.ids.tool).unwrap().input_schema()).clone(),
            );
            assert_eq!(
                list["properties"].get("filter").is_some(),
                kind.ids.filter.is_some(),
                "{}",
                kind.ids.tool
            );
        }
    }
}
