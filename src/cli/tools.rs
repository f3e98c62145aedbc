//! `tools` and `privileges`: what there is, and what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use jamf_pro_tools::{Api, Risk};
use serde_json::{Value, json};

use super::say;
use crate::config::Config;
use crate::error::Error;
use crate::registry::Tool;
use crate::registry::exposure::Surface;

/// Options of `tools`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The whole catalogue, whatever this configuration allows and lists.
    #[arg(long)]
    all: bool,
    /// Everything about each tool, as JSON.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// A reference in Markdown.
    #[arg(long)]
    markdown: bool,
}

/// Print the tools.
pub(super) fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let surface = Surface::new(crate::pipeline::registry(), config, None)?;
    let tools: Vec<Tool> = if options.all {
        crate::pipeline::registry().all().collect()
    } else {
        surface.listed_tools().to_vec()
    };
    say(&match (options.json, options.markdown) {
        (true, _) => {
            let described: Vec<Value> = tools.iter().map(|tool| description(*tool, &surface)).collect();
            serde_json::to_string_pretty(&described).unwrap_or_default()
        }
        (_, true) => markdown(&tools),
        _ => tools
            .iter()
            .map(|tool| format!("{:<48} {:<12} {}", tool.name(), tool.risk().as_str(), tool.about()))
            .collect::<Vec<_>>()
            .join("\n"),
    });
    Ok(ExitCode::SUCCESS)
}

fn description(tool: Tool, surface: &Surface) -> Value {
    let mut described = json!({
        "name": tool.name(),
        "title": tool.title(),
        "about": tool.about(),
        "risk": tool.risk().as_str(),
        "privileges": tool.privileges(),
        "privilegesWorkedOut": tool.privileges_are_worked_out(),
        "toolset": tool.family().0,
        "core": tool.is_core(),
        "inputSchema": *surface.input_schema(tool),
    });
    let kind = match tool {
        Tool::Action(action) => json!({
            "kind": "action",
            "api": match action.api() { Api::Pro => "pro", Api::Classic => "classic" },
            "method": action.method.as_str(),
            "path": action.path,
        }),
        Tool::Job(job) => json!({ "kind": "job", "calls": job.uses }),
        Tool::Builtin(builtin) => {
            json!({ "kind": "server", "callsToolsOfRisk": builtin.passes_on.map(words) })
        }
    };
    if let (Value::Object(described), Value::Object(kind)) = (&mut described, kind) {
        described.extend(kind);
    }
    described
}

fn words(classes: &'static [Risk]) -> Vec<&'static str> {
    classes.iter().map(|class| class.as_str()).collect()
}

fn markdown(tools: &[Tool]) -> String {
    let mut families: BTreeMap<&str, Vec<Tool>> = BTreeMap::new();
    for tool in tools {
        families.entry(tool.family().1).or_default().push(*tool);
    }
    let mut text = format!(
        "# Tools\n\n{} tools. `risk` is the most that a call can do; `core` tools are listed by default.\n",
        tools.len()
    );
    for (family, tools) in families {
        text.push_str(&format!("\n## {}\n\n| tool | what it does | risk | privileges | call |\n| --- | --- | --- | --- | --- |\n", family.replace('_', " ")));
        for tool in tools {
            let worked_out = if tool.privileges_are_worked_out() { " (probably)" } else { "" };
            let privileges = format!("{}{worked_out}", tool.privileges().join(", "));
            let core = if tool.is_core() { " (core)" } else { "" };
            let call = match tool {
                Tool::Action(action) => format!("`{} {}`", action.method.as_str(), action.path),
                Tool::Job(job) => {
                    job.uses.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                }
                Tool::Builtin(builtin) => builtin
                    .passes_on
                    .map(|classes| format!("any tool of risk {}", words(classes).join(", ")))
                    .unwrap_or_default(),
            };
            text.push_str(&format!(
                "| `{}`{core} | {} | {} | {privileges} | {call} |\n",
                tool.name(),
                tool.about(),
                tool.risk().as_str(),
            ));
        }
    }
    text
}

/// Print the privileges that the listed tools need, or all that are allowed, for making the API role.
pub(super) fn privileges(config: &Config, all: bool) -> Result<ExitCode, Error> {
    let surface = Surface::new(crate::pipeline::registry(), config, None)?;
    let wanted = surface.allowed_tools().filter(|tool| all || surface.lists(*tool));
    let needed: BTreeSet<&str> = wanted.flat_map(Tool::privileges).collect();
    say(&needed.into_iter().collect::<Vec<_>>().join("\n"));
    Ok(ExitCode::SUCCESS)
}
