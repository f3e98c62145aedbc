//! `tools` and `privileges`: what there is, and what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use jamf_pro_tools::{Action, Api, Catalogue};
use serde_json::{Value, json};

use super::say;
use crate::config::Config;
use crate::error::Error;
use crate::surface::Surface;

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
    let surface = Surface::new(config, None)?;
    let actions: Vec<&'static Action> =
        if options.all { Catalogue::get().actions().collect() } else { surface.listed().to_vec() };
    say(&match (options.json, options.markdown) {
        (true, _) => {
            let described: Vec<Value> = actions.iter().map(|action| described(action, &surface)).collect();
            serde_json::to_string_pretty(&described).unwrap_or_default()
        }
        (_, true) => markdown(&actions),
        _ => actions
            .iter()
            .map(|action| format!("{:<44} {:<12} {}", action.name, action.risk.as_str(), action.about))
            .collect::<Vec<_>>()
            .join("\n"),
    });
    Ok(ExitCode::SUCCESS)
}

fn described(action: &Action, surface: &Surface) -> Value {
    json!({
        "name": action.name,
        "title": action.title(),
        "about": action.about,
        "kind": "action",
        "api": match action.api() { Api::Pro => "pro", Api::Classic => "classic" },
        "method": action.method.as_str(),
        "path": action.path,
        "risk": action.risk.as_str(),
        "privileges": action.all_privileges().collect::<Vec<_>>(),
        "privilegesWorkedOut": action.privileges_worked_out || !action.also_needs.is_empty(),
        "toolset": Catalogue::get().family(action).map(|family| family.toolset),
        "core": action.core,
        "inputSchema": *surface.input_schema(action),
    })
}

fn markdown(actions: &[&'static Action]) -> String {
    let mut families: BTreeMap<&str, Vec<&Action>> = BTreeMap::new();
    for action in actions {
        families
            .entry(Catalogue::get().family(action).map_or("", |family| family.name))
            .or_default()
            .push(action);
    }
    let mut text = format!(
        "# Tools\n\n{} tools. `risk` is the most that a call can do; `core` tools are listed by default.\n",
        actions.len()
    );
    for (family, actions) in families {
        text.push_str(&format!("\n## {}\n\n| tool | what it does | risk | privileges | call |\n| --- | --- | --- | --- | --- |\n", family.replace('_', " ")));
        for action in actions {
            let privileges = format!(
                "{}{}",
                action.all_privileges().collect::<Vec<_>>().join(", "),
                if action.privileges_worked_out || !action.also_needs.is_empty() {
                    " (probably)"
                } else {
                    ""
                }
            );
            let core = if action.core { " (core)" } else { "" };
            text.push_str(&format!(
                "| `{}`{core} | {} | {} | {privileges} | `{} {}` |\n",
                action.name,
                action.about,
                action.risk.as_str(),
                action.method.as_str(),
                action.path
            ));
        }
    }
    text
}

/// Print the privileges that the listed tools need, or all that are allowed, for making the API role.
pub(super) fn privileges(config: &Config, all: bool) -> Result<ExitCode, Error> {
    let surface = Surface::new(config, None)?;
    let wanted = surface.allowed().filter(|action| all || surface.lists(action));
    let needed: BTreeSet<&str> = wanted.flat_map(Action::all_privileges).collect();
    say(&needed.into_iter().collect::<Vec<_>>().join("\n"));
    Ok(ExitCode::SUCCESS)
}
