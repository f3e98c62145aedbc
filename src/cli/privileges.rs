//! `privileges`: what an API role must be able to do for a configuration or a recipe, and what the role of a tenant lacks or has too much of.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use jamf_pro_client::{Reader, role_body};
use jamf_pro_tools::{Action, Catalogue, Risk};
use serde_json::{Value, json};

use super::recipes::Recipe;
use super::terminal::{Layout, cell};
use super::{query, say, say_json};
use crate::builtin::fleet_query;
use crate::config::Config;
use crate::error::Error;
use crate::fleet::sql;
use crate::pipeline::Pipeline;
use crate::plan::view::Tone;
use crate::registry::Tool;
use crate::registry::exposure::Surface;

/// Options of `privileges`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jamf-pro-mcp privileges\n  jamf-pro-mcp privileges --recipe helpdesk --role-body\n  jamf-pro-mcp privileges --compare\n\n\
                  Exit status of --compare: 0 the role has what is needed, 1 it lacks something."
)]
pub(super) struct Options {
    /// For a recipe of `setup`, instead of this configuration.
    #[arg(long, value_enum)]
    recipe: Option<Recipe>,
    /// For the reads too that are allowed and not listed: a client calls them by their names, as `find_tools` tells them.
    #[arg(long, conflicts_with = "recipe")]
    all: bool,
    /// Compare with the API role of the tenant: what it lacks, and what it has too much of.
    #[arg(long)]
    compare: bool,
    /// The tenant to compare with, when there are several.
    #[arg(long, value_name = "NAME", requires = "compare")]
    tenant: Option<String>,
    /// Print the body for `POST /api/v1/api-roles`, with this name of the role [default: jamf-pro-mcp].
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "jamf-pro-mcp", conflicts_with_all = ["compare", "json"])]
    role_body: Option<String>,
    /// As JSON, each privilege with the tools that need it.
    #[arg(long)]
    json: bool,
}

impl Options {
    /// Whether it asks a tenant.
    pub(super) fn compares(&self) -> bool {
        self.compare
    }
}

/// Privileges that give more power, or lose devices.
const GRAVE: [&str; 9] = [
    "Create API Roles",
    "Update API Roles",
    "Create API Integrations",
    "Update API Integrations",
    "Create Accounts",
    "Update Accounts",
    "Send Computer Remote Wipe Command",
    "Send Mobile Device Remote Wipe Command",
    "Delete Computers",
];

/// Privileges by name, each with the tools that need it.
type Needed = BTreeMap<String, BTreeSet<&'static str>>;

/// What a configuration needs of an API role.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// For the tools that are listed, and for all that is allowed and graver than a read.
    pub(super) expected: Needed,
    /// For reads that are allowed and not listed, and for tables of the fleet that no listed job reads.
    further: Needed,
}

impl Needs {
    /// What a configuration needs. One that follows a recipe allows more by its classes than the recipe is for, and leaves the rest to the role:
    /// of what changes something, only what the recipe grants all privileges for is expected to work.
    ///
    /// # Errors
    /// When a recipe names a tool that is not there.
    pub(super) fn of(config: &Config, surface: &Surface) -> Result<Self, Error> {
        let recipe = Recipe::of(config)?;
        let rights = recipe.map(Recipe::rights).transpose()?;
        let is_meant = |tool: Tool| match &rights {
            Some(rights) => tool.privileges().iter().all(|name| rights.privileges.contains(*name)),
            None => true,
        };
        let mut needs = Self::default();
        for tool in surface.allowed_tools() {
            if surface.lists(tool) || tool.risk() != Risk::Read && is_meant(tool) {
                needs.add(tool.name(), tool.privileges(), true);
            } else if tool.risk() == Risk::Read {
                needs.add(tool.name(), tool.privileges(), false);
            }
        }
        if surface.permits(fleet_query::tool()).is_ok() {
            let actions = sql::sql_tables().iter().flat_map(|table| sql::actions_of(table.name));
            let actions = actions.filter_map(|name| Catalogue::get().find(name));
            needs.add(fleet_query::tool().name(), actions.flat_map(Action::all_privileges).collect(), false);
        }
        if let (Some(recipe), Some(rights)) = (recipe, rights) {
            needs.expected.retain(|name, _| !recipe.without().contains(&name.as_str()));
            for name in rights.privileges {
                needs.expected.entry(name).or_default();
            }
        }
        Ok(needs)
    }

    fn add(&mut self, tool: &'static str, privileges: Vec<&'static str>, is_expected: bool) {
        let needed = if is_expected { &mut self.expected } else { &mut self.further };
        for name in privileges {
            needed.entry(name.to_owned()).or_default().insert(tool);
        }
    }

    /// Those that only reads need which are not listed.
    fn only_further(&self) -> impl Iterator<Item = &String> {
        self.further.keys().filter(|name| !self.expected.contains_key(*name))
    }

    /// All of them, with every tool that needs each.
    fn all(mut self) -> Needed {
        for (name, tools) in self.further {
            self.expected.entry(name).or_default().extend(tools);
        }
        self.expected
    }
}

/// How an API role differs from what a configuration needs.
#[derive(Debug)]
pub(super) struct Difference {
    /// Privileges that the role lacks, with the tools that need them.
    pub(super) lacking: Needed,
    /// How many more it lacks for reads that are allowed and not listed.
    pub(super) further: usize,
    /// Privileges that the role has and nothing that is allowed needs, the gravest first.
    pub(super) excess: Vec<String>,
}

impl Difference {
    /// Compare a role with what is needed. A list of privileges of an operation of Jamf may mean all of them or any, which Jamf does not
    /// document; so a tool that works without some of them is named too.
    pub(super) fn of(needs: &Needs, role: &BTreeSet<String>) -> Self {
        let lacking = needs.expected.iter().filter(|(name, _)| !role.contains(*name));
        let needed = |name: &String| needs.expected.contains_key(name) || needs.further.contains_key(name);
        let mut excess: Vec<String> = role.iter().filter(|name| !needed(name)).cloned().collect();
        let rank = |privilege: &String| match privilege.as_str() {
            grave if GRAVE.contains(&grave) => 0,
            reading if reading.starts_with("Read ") => 2,
            _ => 1,
        };
        excess.sort_by_key(rank);
        Self {
            lacking: lacking.map(|(name, tools)| (name.clone(), tools.clone())).collect(),
            further: needs.only_further().filter(|name| !role.contains(*name)).count(),
            excess,
        }
    }
}

/// The needs that are asked for, and whose they are in words.
fn needs(config: &Config, options: &Options) -> Result<(String, Needs), Error> {
    let of = |config: &Config| Needs::of(config, &Surface::new(crate::pipeline::registry(), config, None)?);
    if let Some(recipe) = options.recipe {
        return Ok((format!("the recipe {}", recipe.words().0), of(&recipe.rights()?.config())?));
    }
    let follows = match Recipe::of(config)? {
        Some(recipe) => format!(" as the recipe {} does", recipe.words().0),
        None => String::new(),
    };
    Ok((format!("this configuration, which allows {}{follows}", cell(&json!(config.allow))), of(config)?))
}

/// Print the privileges.
pub(super) fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let (whose, needs) = needs(config, options)?;
    let further = needs.only_further().count();
    let needed = if options.all { needs.all() } else { needs.expected };
    let names: Vec<String> = needed.keys().cloned().collect();
    if let Some(name) = &options.role_body {
        say_json(&role_body(name, &names));
    } else if options.json {
        say_json(&json!({
            "recipe": options.recipe.map(|recipe| recipe.words().0),
            "allow": if options.recipe.is_none() { json!(config.allow) } else { Value::Null },
            "privileges": as_json(&needed),
        }));
    } else {
        say(&names.join("\n"));
    }
    let layout = Layout::stderr();
    if layout.is_for_person() {
        let mut note = format!("{} privileges for {whose}.", names.len());
        if further > 0 && !options.all && options.recipe.is_none() {
            note.push_str(&format!(" {further} more for reads that are allowed and not listed: --all."));
        }
        super::warn(&layout.paint(Tone::Soft, &layout.wrap("", &note)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Compare with the API role of the tenant. Exit status 1 when it lacks something.
pub(super) async fn compare(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let (whose, mut needs) = needs(config, options)?;
    let calls = Pipeline::new(config)?;
    let compared = async {
        let tenant: &Reader = query::tenant(&calls, options.tenant.as_deref())?;
        let role = tenant.privileges(&calls.own_call().client).await?;
        Ok::<_, Error>((tenant.name().to_owned(), role.into_iter().collect::<BTreeSet<String>>()))
    };
    let compared = compared.await;
    calls.close().await;
    let (tenant, role) = compared?;
    if options.all {
        needs = Needs { expected: needs.all(), further: Needed::new() };
    }
    let difference = Difference::of(&needs, &role);
    if options.json {
        say_json(&json!({
            "tenant": tenant,
            "recipe": options.recipe.map(|recipe| recipe.words().0),
            "has": role.len(),
            "lacks": as_json(&difference.lacking),
            "lacks_for_reads_not_listed": difference.further,
            "too_much": difference.excess,
        }));
    } else {
        say(&as_text(&tenant, &whose, role.len(), &difference));
    }
    Ok(if difference.lacking.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(needed: &Needed) -> Value {
    needed.iter().map(|(name, tools)| json!({ "privilege": name, "tools": tools })).collect()
}

fn as_text(tenant: &str, whose: &str, count: usize, difference: &Difference) -> String {
    let layout = Layout::stdout();
    let Difference { lacking, further, excess } = difference;
    let mut lines = vec![
        layout.wrap("", &format!("The API role of {tenant} has {count} privileges, compared with {whose}.")),
    ];
    lines.push(String::new());
    if lacking.is_empty() {
        lines.push(layout.paint(Tone::Good, "✓ It has what is needed."));
    } else {
        let heading = format!("✗ It lacks {} privileges; add them to the role in Jamf Pro:", lacking.len());
        lines.push(layout.paint(Tone::Danger, &layout.wrap("", &heading)));
        let tools = |tools: &BTreeSet<&str>| tools.iter().copied().collect::<Vec<_>>().join(", ");
        lines.extend(lacking.iter().map(|(name, some)| layout.wrap(&format!("  {name}  "), &tools(some))));
    }
    if *further > 0 {
        let note = format!(
            "{further} more are lacking for reads that are allowed and not listed: --all shows them."
        );
        lines.push(layout.paint(Tone::Soft, &layout.wrap("", &note)));
    }
    if !excess.is_empty() {
        let heading = format!(
            "! It has {} privileges that nothing needs here; take them away in Jamf Pro:",
            excess.len()
        );
        lines.extend([String::new(), layout.paint(Tone::Warning, &layout.wrap("", &heading))]);
        lines.extend(excess.iter().map(|name| format!("  {name}")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The configuration and the role that `setup` makes for a recipe fit each other.
    #[test]
    fn a_recipe_grants_what_its_configuration_needs_and_no_more() {
        for recipe in Recipe::ALL {
            let rights = recipe.rights().unwrap();
            let config = rights.config();
            assert_eq!(Recipe::of(&config).unwrap(), Some(recipe));
            let surface = Surface::new(crate::pipeline::registry(), &config, None).unwrap();
            let difference = Difference::of(&Needs::of(&config, &surface).unwrap(), &rights.privileges);
            assert!(difference.excess.is_empty(), "{recipe:?}: {difference:?}");
            assert!(difference.lacking.is_empty(), "{recipe:?}: {difference:?}");
            let more = BTreeSet::from(["Send Computer Remote Wipe Command".to_owned()]);
            let needs = Needs::of(&config, &surface).unwrap();
            assert_eq!(Difference::of(&needs, &more).excess.len(), 1, "{recipe:?} has no use for it");
        }
    }

    #[test]
    fn what_is_allowed_decides() {
        let of = |allow: &[crate::config::RiskClass]| {
            let config = Config { allow: allow.to_vec(), ..Config::default() };
            Needs::of(&config, &Surface::new(crate::pipeline::registry(), &config, None).unwrap()).unwrap()
        };
        use crate::config::RiskClass::{Destructive, Read};
        let (reading, locking) = (of(&[Read]), of(&[Read, Destructive]));
        let lock = "Send Computer Remote Lock Command";
        assert!(!reading.expected.contains_key(lock) && locking.expected[lock].contains("device_lock"));
        // What a table of the fleet is read from is needed too.
        assert!(reading.further["Read API Roles"].contains("fleet_query"));
        let role =
            BTreeSet::from(["Create API Roles", "Read Buildings", "Update Buildings"].map(str::to_owned));
        let difference = Difference::of(&reading, &role);
        assert_eq!(difference.excess, ["Create API Roles", "Update Buildings"]);
        assert!(difference.lacking.contains_key("Read Computers") && difference.further > 0);
    }
}
