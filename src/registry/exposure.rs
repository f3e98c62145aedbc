//! Which tools are allowed, and which of them are listed.
//!
//! Allowed is what the configuration switches on, less what it excludes, less what the API role plainly cannot do. Listed is
//! the part of it that a client is shown. Neither depends on who is connected, nor on the tenant being up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use jamf_pro_tools::Risk;
use jamf_pro_tools::check::nearest;
use serde_json::{Map, Value, json};

use super::{JOBS, Registry, SERVER, Tool};
use crate::config::{Config, RiskClass};
use crate::error::Error;

/// The toolset that is listed when nothing else is said.
pub const CORE: &str = "core";

/// The toolset of everything.
pub const ALL: &str = "all";

/// Why a tool is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// Its risk class is not in `allow`.
    Risk(Risk),
    /// `exclude_tools` names it.
    Excluded,
    /// The API role has none of the privileges that it needs.
    Privilege,
}

impl Bar {
    /// What bars it, in a few words that name the setting.
    pub fn reason(self) -> String {
        match self {
            Self::Risk(risk) => format!("`allow` does not have `{}`", risk.as_str()),
            Self::Excluded => "`exclude_tools` names it".to_owned(),
            Self::Privilege => "the API role has none of its privileges".to_owned(),
        }
    }

    /// The refusal of a tool that is barred: it names the setting and who can change it, and asks for no other way.
    fn refusal(self, tool: Tool) -> Error {
        let name = tool.name();
        Error::not_allowed(match self {
            Self::Risk(risk) => format!(
                "`{name}` is not allowed here: it is of risk class `{0}`, and `allow` in the configuration of this server does not have \
                 `{0}`. Only the person who runs the server can change that.",
                risk.as_str()
            ),
            Self::Excluded => format!(
                "`{name}` is not allowed here: `exclude_tools` in the configuration of this server names it. Only the \
                 person who runs the server can change that."
            ),
            Self::Privilege => format!(
                "`{name}` is not possible here: the API role of this server has none of the privileges that it takes ({}). An \
                 administrator of Jamf Pro can add them to the role.",
                tool.privileges().join(", ")
            ),
        })
    }
}

/// The tools of one configuration.
#[derive(Debug, Clone)]
pub struct Surface {
    registry: &'static Registry,
    allowed: BTreeMap<&'static str, Allowed>,
    barred: BTreeMap<&'static str, Bar>,
    excluded: Arc<BTreeSet<&'static str>>,
    listed: Vec<Tool>,
    tenants: Vec<String>,
    classes: Vec<RiskClass>,
    /// What changes anything takes the number of a change ticket.
    needs_tickets: bool,
    privileges: Option<BTreeSet<String>>,
}

/// A tool that is allowed.
#[derive(Debug, Clone)]
struct Allowed {
    tool: Tool,
    /// Its schema with what is added to it here, made when it is first asked for: a list of hundreds of tools copies none.
    schema: OnceLock<Arc<Map<String, Value>>>,
}

/// The class to allow for a tool that is barred by its classes.
fn missing(tool: Tool) -> Risk {
    let classes = tool.risks();
    let own = tool.risk();
    if classes.contains(&own) { own } else { classes.first().copied().unwrap_or(own) }
}

impl Surface {
    /// Work out what is allowed and listed. `privileges` is what the API role may do as last known; nothing known bars
    /// nothing.
    ///
    /// # Errors
    /// When the configuration names a tool, pattern or toolset that does not exist; the error has the nearest right name.
    pub fn new(
        registry: &'static Registry,
        config: &Config,
        privileges: Option<&BTreeSet<String>>,
    ) -> Result<Self, Error> {
        let excluded = names_of(registry, "exclude_tools", &config.exclude_tools)?;
        let added = names_of(registry, "tools", &config.tools)?;
        let toolsets = toolsets(&config.toolsets)?;
        let mut surface = Self {
            registry,
            allowed: BTreeMap::new(),
            barred: BTreeMap::new(),
            excluded: Arc::default(),
            listed: Vec::new(),
            tenants: config.tenants.keys().cloned().collect(),
            classes: config.allow.clone(),
            needs_tickets: config.gate.ticket.is_some(),
            privileges: privileges.cloned(),
        };
        for tool in registry.all() {
            let barred = if excluded.contains(tool.name()) {
                Some(Bar::Excluded)
            } else if !tool.risks().iter().any(|risk| config.allow.contains(&class(*risk))) {
                Some(Bar::Risk(missing(tool)))
            } else if privileges.is_some_and(|known| lacks_all(tool, known)) {
                Some(Bar::Privilege)
            } else {
                None
            };
            match barred {
                Some(barred) => {
                    surface.barred.insert(tool.name(), barred);
                }
                None => {
                    surface.allowed.insert(tool.name(), Allowed { tool, schema: OnceLock::new() });
                    if added.contains(tool.name()) || in_toolsets(tool, &toolsets) {
                        surface.listed.push(tool);
                    }
                }
            }
        }
        surface.excluded = Arc::new(excluded);
        Ok(surface)
    }

    /// The names of the tools that the configuration excludes.
    pub fn excluded(&self) -> &Arc<BTreeSet<&'static str>> {
        &self.excluded
    }

    /// All tools, allowed or not.
    pub fn registry(&self) -> &'static Registry {
        self.registry
    }

    /// Whether the configuration allows a class.
    pub fn admits(&self, risk: Risk) -> bool {
        self.classes.contains(&class(risk))
    }

    /// Whether a call of a tool that was judged to be of a class is allowed: as that, or as something graver that the tool can do.
    pub fn admits_as(&self, tool: Tool, judged: Risk) -> bool {
        tool.risks().into_iter().any(|risk| risk >= judged && self.admits(risk))
    }

    /// The most that a call of a tool can do here: what is graver than what is allowed is refused when it is judged.
    pub fn most(&self, tool: Tool) -> Risk {
        tool.risks().into_iter().filter(|risk| self.admits(*risk)).max().unwrap_or_else(|| tool.risk())
    }

    /// The listed tools, sorted by name.
    pub fn listed_tools(&self) -> &[Tool] {
        &self.listed
    }

    /// Whether a tool is listed.
    pub fn lists(&self, tool: Tool) -> bool {
        self.listed.binary_search_by_key(&tool.name(), |listed| listed.name()).is_ok()
    }

    /// The allowed tools, sorted by name.
    pub fn allowed_tools(&self) -> impl Iterator<Item = Tool> + '_ {
        self.allowed.values().map(|allowed| allowed.tool)
    }

    /// Whether a tool may be called; otherwise why not.
    ///
    /// # Errors
    /// Why it is barred.
    pub fn permits(&self, tool: Tool) -> Result<(), Bar> {
        match self.barred.get(tool.name()) {
            Some(barred) => Err(*barred),
            None => Ok(()),
        }
    }

    /// Whether a tool may be called at all.
    ///
    /// # Errors
    /// [`Error::not_allowed`], worded as a refusal.
    pub fn admit(&self, tool: Tool) -> Result<(), Error> {
        self.permits(tool).map_err(|barred| barred.refusal(tool))
    }

    /// The tools that are not allowed with their reasons, sorted by name.
    pub fn barred_tools(&self) -> impl Iterator<Item = (&'static str, Bar)> + '_ {
        self.barred.iter().map(|(name, barred)| (*name, *barred))
    }

    /// The privileges of a tool that the API role does not have, as last known. A tool may work without some of them.
    pub fn lacking(&self, tool: Tool) -> Vec<&'static str> {
        let Some(known) = &self.privileges else { return Vec::new() };
        tool.privileges().into_iter().filter(|name| !known.contains(*name)).collect()
    }

    /// The schema that callers are shown: the tool's own, with a tenant to choose where there is more than one.
    pub fn input_schema(&self, tool: Tool) -> Arc<Map<String, Value>> {
        match self.allowed.get(tool.name()) {
            Some(allowed) => allowed.schema.get_or_init(|| self.schema(tool)).clone(),
            None => self.schema(tool),
        }
    }

    fn schema(&self, tool: Tool) -> Arc<Map<String, Value>> {
        let mut schema = tool.input_schema();
        let mut added = Vec::new();
        if self.tenants.len() > 1 && tool.is_of_tenant() {
            added.push((
                "tenant",
                json!({ "type": "string", "enum": self.tenants, "description": "Which Jamf Pro tenant." }),
                true,
            ));
        }
        if !matches!(tool, Tool::Builtin(_)) && tool.risk() >= Risk::Secret {
            let reason = json!({ "type": "string", "maxLength": 500, "description": "Why, for the person who decides." });
            added.push(("reason", reason, tool.risk() == Risk::Secret));
        }
        if self.needs_tickets && !matches!(tool, Tool::Builtin(_)) && tool.risk() > Risk::Read {
            let ticket = json!({ "type": "string", "maxLength": 64, "description": "Number of the change ticket, as the person gave it." });
            added.push(("ticket", ticket, true));
        }
        for (name, property, required) in added {
            let schema = Arc::make_mut(&mut schema);
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                properties.insert(name.to_owned(), property);
            }
            if !required {
                continue;
            }
            match schema.get_mut("required") {
                Some(Value::Array(names)) => names.push(json!(name)),
                _ => {
                    schema.insert("required".to_owned(), json!([name]));
                }
            }
        }
        schema
    }
}

/// The class that the configuration knows a risk by.
pub fn class(risk: Risk) -> RiskClass {
    match risk {
        Risk::Read => RiskClass::Read,
        Risk::Device => RiskClass::Device,
        Risk::Write => RiskClass::Write,
        Risk::Secret => RiskClass::Secret,
        Risk::Destructive => RiskClass::Destructive,
        Risk::Critical => RiskClass::Critical,
    }
}

/// Whether a list of privileges means all or any of them is not documented, so only having none of them bars.
fn lacks_all(tool: Tool, known: &BTreeSet<String>) -> bool {
    let privileges = tool.privileges();
    !privileges.is_empty() && !privileges.iter().any(|name| known.contains(*name))
}

fn in_toolsets(tool: Tool, toolsets: &BTreeSet<&str>) -> bool {
    if let Tool::Builtin(builtin) = tool
        && builtin.is_gateway
    {
        // Where everything is listed, nothing has to be looked up.
        return !toolsets.contains(ALL);
    }
    let (toolset, family) = tool.family();
    toolsets.contains(ALL)
        || (tool.is_core() && (toolsets.contains(CORE) || matches!(tool, Tool::Builtin(_))))
        || toolsets.contains(toolset)
        || toolsets.contains(family)
}

/// Names of toolsets: the two general ones, those of the catalogue, and its resource files one by one.
pub fn toolset_names() -> BTreeSet<&'static str> {
    let families = jamf_pro_tools::TOOLSETS.iter().flat_map(|family| [family.toolset, family.name]);
    families.chain([CORE, ALL, JOBS, SERVER]).collect()
}

fn toolsets(wanted: &[String]) -> Result<BTreeSet<&str>, Error> {
    let known = toolset_names();
    let mut found = BTreeSet::new();
    for name in wanted {
        if let Some((former, now)) = jamf_pro_tools::FORMER_TOOLSETS.iter().find(|(former, _)| former == name)
        {
            tracing::warn!("`toolsets` has `{former}`, which is called `{now}` now; write `{now}`");
            found.insert(*now);
            continue;
        }
        if !known.contains(name.as_str()) {
            let meant = nearest(name, known.iter().copied())
                .map_or_else(|| ".".to_owned(), |name| format!("; did you mean `{name}`?"));
            let all = known.iter().copied().collect::<Vec<_>>().join(", ");
            return Err(Error::operator(format!(
                "`toolsets` has `{name}`, which is no toolset{meant} Known: {all}"
            )));
        }
        found.insert(name.as_str());
    }
    Ok(found)
}

/// The tools that names and patterns such as `building_*` stand for.
fn names_of(
    registry: &Registry,
    setting: &str,
    patterns: &[String],
) -> Result<BTreeSet<&'static str>, Error> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let matching = || registry.all().map(Tool::name).filter(|name| matches(pattern, name));
        let known = matching().next().is_some() || registry.find(pattern).is_some();
        if !known {
            let meant =
                registry.nearest(pattern).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            return Err(Error::operator(format!(
                "`{setting}` has `{pattern}`, which matches no tool{meant}"
            )));
        }
        found.extend(matching());
        found.extend(registry.find(pattern).map(Tool::name));
    }
    Ok(found)
}

/// Whether a name matches a pattern in which `*` stands for anything.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::registry;

    fn names(config: &Config) -> Vec<&'static str> {
        Surface::new(registry(), config, None)
            .unwrap()
            .listed_tools()
            .iter()
            .map(|tool| tool.name())
            .collect()
    }

    #[test]
    fn reading_is_all_that_is_on_by_default() {
        let surface = Surface::new(registry(), &Config::default(), None).unwrap();
        assert!(surface.allowed_tools().all(|tool| tool.risk() == Risk::Read));
        assert!(surface.listed_tools().iter().all(|tool| tool.is_core()));
        let create = registry().find("building_create").unwrap();
        assert_eq!(surface.permits(create), Err(Bar::Risk(Risk::Write)));
        let undo = registry().find("undo_list").unwrap();
        assert_eq!(
            surface.permits(undo),
            Err(Bar::Risk(Risk::Write)),
            "it reads, and is of no use to who only reads"
        );
    }

    #[test]
    fn exclusion_wins_over_everything() {
        let config = Config {
            toolsets: vec![ALL.to_owned()],
            tools: vec!["building_list".to_owned()],
            exclude_tools: vec!["building_*".to_owned()],
            ..Config::default()
        };
        assert!(names(&config).iter().all(|name| !name.starts_with("building_")));
        let surface = Surface::new(registry(), &config, None).unwrap();
        assert_eq!(surface.permits(registry().find("building_list").unwrap()), Err(Bar::Excluded));
    }

    #[test]
    fn names_that_are_not_known_stop_the_start() {
        let of = |config: &Config| Surface::new(registry(), config, None).unwrap_err().to_string();
        assert!(
            of(&Config { toolsets: vec!["cor".to_owned()], ..Config::default() })
                .contains("did you mean `core`")
        );
        assert!(
            of(&Config { tools: vec!["bulding_list".to_owned()], ..Config::default() })
                .contains("did you mean `building_list`")
        );
        assert!(
            of(&Config { exclude_tools: vec!["zzz*".to_owned()], ..Config::default() })
                .contains("matches no tool")
        );
        assert!(
            of(&Config { exclude_tools: vec!["bulding_*".to_owned()], ..Config::default() })
                .contains("did you mean `building_")
        );
    }

    #[test]
    fn a_role_without_any_privilege_of_an_action_bars_it() {
        let config = Config { toolsets: vec![ALL.to_owned()], ..Config::default() };
        let known = BTreeSet::from(["Read Computers".to_owned()]);
        let surface = Surface::new(registry(), &config, Some(&known)).unwrap();
        assert_eq!(surface.permits(registry().find("building_list").unwrap()), Err(Bar::Privilege));
    }

    #[test]
    fn a_toolset_keeps_the_name_that_it_had_before() {
        let of = |toolset: &str| names(&Config { toolsets: vec![toolset.to_owned()], ..Config::default() });
        for (former, now) in jamf_pro_tools::FORMER_TOOLSETS {
            assert_eq!(of(former), of(now));
            assert!(of(former).contains(&"building_list"), "{former}");
        }
    }

    /// A client that needs no toolset of ours still finds its way to everything.
    #[test]
    fn the_gateway_is_listed_unless_everything_is() {
        let of = |toolset: &str| names(&Config { toolsets: vec![toolset.to_owned()], ..Config::default() });
        for toolset in [CORE, "devices", "settings"] {
            let names = of(toolset);
            assert!(names.contains(&"find_tools") && names.contains(&"call_read"), "{toolset}: {names:?}");
        }
        let all = of(ALL);
        assert!(!all.contains(&"find_tools") && !all.contains(&"call_read"));
        let allowed =
            Surface::new(registry(), &Config { toolsets: vec![ALL.to_owned()], ..Config::default() }, None)
                .unwrap();
        let gateways = allowed
            .allowed_tools()
            .filter(|tool| matches!(tool, Tool::Builtin(builtin) if builtin.is_gateway))
            .count();
        assert_eq!(
            all.len() + gateways,
            allowed.allowed_tools().count(),
            "everything else that is allowed is listed"
        );
    }

    #[test]
    fn several_tenants_are_an_argument() {
        let mut config = Config::default();
        for name in ["prod", "test"] {
            let tenant = json!({ "url": "https://x.example", "client_id": "x", "secret": { "env": "X" } });
            config.tenants.insert(name.to_owned(), serde_json::from_value(tenant).unwrap());
        }
        let surface = Surface::new(registry(), &config, None).unwrap();
        let schema = Value::Object((*surface.input_schema(registry().find("building_get").unwrap())).clone());
        assert_eq!(schema["properties"]["tenant"]["enum"], json!(["prod", "test"]));
        assert_eq!(schema["required"], json!(["id", "tenant"]));
    }

    #[test]
    fn patterns_are_stars() {
        assert!(
            matches("building_*", "building_list")
                && matches("*_list", "building_list")
                && matches("*", "x")
                && matches("b*_l*t", "building_list")
        );
        assert!(!matches("building", "building_list") && !matches("building_*", "buildings"));
    }
}
