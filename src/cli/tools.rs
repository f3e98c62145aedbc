//! `tools`: what there is, and what each tool is for.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use jamf_pro_tools::{Api, Risk};
use serde_json::{Value, json};

use super::terminal::Layout;
use super::{say, say_json};
use crate::config::Config;
use crate::error::Error;
use crate::plan::view::Tone;
use crate::registry::Tool;
use crate::registry::exposure::Surface;

/// Options of `tools`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jamf-pro-mcp tools\n  jamf-pro-mcp tools computer_list\n  jamf-pro-mcp tools --all --json"
)]
pub(super) struct Options {
    /// One tool: what it does, its arguments, and whether it is allowed.
    #[arg(value_name = "NAME", conflicts_with_all = ["all", "markdown"])]
    name: Option<String>,
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
    if let Some(name) = &options.name {
        if options.json {
            let tool = crate::pipeline::registry().get(name)?;
            say_json(&description(tool, &surface));
            return Ok(ExitCode::SUCCESS);
        }
        return describe(config, name);
    }
    let tools: Vec<Tool> = if options.all {
        crate::pipeline::registry().all().collect()
    } else {
        surface.listed_tools().to_vec()
    };
    match (options.json, options.markdown) {
        (true, _) => {
            say_json(&tools.iter().map(|tool| description(*tool, &surface)).collect::<Vec<Value>>());
        }
        (_, true) => say(&markdown(&tools)),
        _ => say(&list(&tools)),
    }
    Ok(ExitCode::SUCCESS)
}

/// The tools with their risks, each with what it does below it.
fn list(tools: &[Tool]) -> String {
    let layout = Layout::stdout();
    let each = tools.iter().map(|tool| {
        let risk = layout.paint(tone(tool.risk()), tool.risk().as_str());
        format!("{}  {risk}\n{}", layout.strong(tool.name()), layout.wrap("    ", tool.about()))
    });
    each.collect::<Vec<_>>().join("\n")
}

/// The color of a risk class.
fn tone(risk: Risk) -> Tone {
    match risk {
        Risk::Read => Tone::Good,
        Risk::Write | Risk::Device => Tone::Plain,
        Risk::Secret | Risk::Destructive => Tone::Warning,
        Risk::Critical => Tone::Danger,
    }
}

/// Print what one tool does, for a person: its risk, whether it is allowed, its privileges, its arguments.
pub(super) fn describe(config: &Config, name: &str) -> Result<ExitCode, Error> {
    let surface = Surface::new(crate::pipeline::registry(), config, None)?;
    let tool = crate::pipeline::registry().get(name)?;
    let layout = Layout::stdout();
    let barred = surface.barred_tools().find(|(own, _)| *own == tool.name());
    let allowed = match barred {
        Some((_, barred)) => layout.paint(Tone::Warning, &format!("no: {}", barred.reason())),
        None if tool.risk() == Risk::Read => layout.paint(Tone::Good, "yes"),
        None => "judged call by call; `preview_change` says what a call would do".to_owned(),
    };
    let privileges = match tool.privileges().as_slice() {
        [] => "none of its own".to_owned(),
        some => some.join(", "),
    };
    let mut lines = vec![
        layout.strong(&format!("{}: {}", tool.name(), tool.title())),
        layout.wrap("", tool.about()),
        String::new(),
        layout.wrap("Risk        ", &layout.paint(tone(tool.risk()), tool.risk().as_str())),
        layout.wrap("Allowed     ", &allowed),
        layout.wrap("Privileges  ", &privileges),
        String::new(),
    ];
    let schema = surface.input_schema(tool);
    let arguments = arguments_of(&Value::Object((*schema).clone()), "", true);
    if arguments.is_empty() {
        lines.push("It takes no arguments.".to_owned());
    } else {
        lines.push(layout.table(&["argument", "type", "what it is"].map(str::to_owned), &arguments));
    }
    lines.extend([String::new(), layout.wrap("", &format!("jamf-pro-mcp call {} '{{…}}'", tool.name()))]);
    say(&lines.join("\n"));
    Ok(ExitCode::SUCCESS)
}

/// The arguments of a schema by their paths, each with its type and what it is; those that must be there say so.
fn arguments_of(schema: &Value, path: &str, is_needed: bool) -> Vec<Vec<String>> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut rows = Vec::new();
    for (name, of) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_required = required.contains(&name.as_str());
        let about = of.get("description").and_then(Value::as_str).unwrap_or_default();
        let must = if is_required && is_needed { "required. " } else { "" };
        let items = of.get("items").filter(|items| items.get("properties").is_some());
        rows.push(vec![path.clone(), type_of(of), format!("{must}{about}")]);
        rows.extend(arguments_of(of, &path, is_required && is_needed));
        if let Some(items) = items {
            rows.extend(arguments_of(items, &format!("{path}[]"), is_required && is_needed));
        }
    }
    rows
}

/// The type of an argument in words, with its choices.
fn type_of(schema: &Value) -> String {
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let text = |choice: &Value| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned);
        return choices.iter().map(text).collect::<Vec<_>>().join(" | ");
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => match schema.get("items") {
            Some(items) => format!("list of {}", type_of(items)),
            None => "list".to_owned(),
        },
        Some(own) => own.to_owned(),
        None => "any".to_owned(),
    }
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
