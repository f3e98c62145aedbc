//! What an agent is for, and so what its API role may do and what its server allows. Privileges come from the declarations of the tools.

use std::collections::BTreeSet;

use clap::ValueEnum;
use jamf_pro_tools::{Action, Risk};

use crate::config::{Config, RiskClass};
use crate::error::Error;
use crate::registry::Tool;
use crate::registry::exposure::{Surface, class};

/// What an agent is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Recipe {
    /// Reads, and changes nothing.
    Observer,
    /// Reads, locks, restarts, clears passcodes, finds lost devices, and shows recovery keys and passwords to a person who approves.
    Helpdesk,
    /// Reads, flushes and renews what hangs, and keeps the members of static groups.
    Janitor,
    /// Reads, and plans software updates.
    Updater,
    /// Reads, makes and changes policies, scripts, packages, profiles and groups, within a group for trials; deletes nothing.
    Author,
}

/// What a recipe comes to.
#[derive(Debug, Clone)]
pub(super) struct Rights {
    /// The classes for `allow`.
    pub(super) allow: Vec<RiskClass>,
    /// The tools that are listed beside the usual ones.
    pub(super) tools: Vec<String>,
    /// The tools that the classes would allow and the recipe is not for.
    pub(super) exclude_tools: Vec<String>,
    /// The privileges of the API role.
    pub(super) privileges: BTreeSet<String>,
}

impl Rights {
    /// The configuration with them.
    pub(super) fn config(&self) -> Config {
        Config {
            allow: self.allow.clone(),
            tools: self.tools.clone(),
            exclude_tools: self.exclude_tools.clone(),
            ..Config::default()
        }
    }
}

/// What an author makes and changes, in Jamf's words.
const OBJECTS: [&str; 12] = [
    "Policies",
    "Scripts",
    "Packages",
    "macOS Configuration Profiles",
    "iOS Configuration Profiles",
    "Smart Computer Groups",
    "Static Computer Groups",
    "Smart Mobile Device Groups",
    "Static Mobile Device Groups",
    "Computer Extension Attributes",
    "Categories",
    "Patch Policies",
];

/// What no author does.
const DELETIONS: &str = "*_delete*";

impl Recipe {
    /// All of them, in the order of what they can do.
    pub(super) const ALL: [Self; 5] =
        [Self::Observer, Self::Helpdesk, Self::Janitor, Self::Updater, Self::Author];

    /// Its name and what it is for, as `--help` has them.
    pub(super) fn words(self) -> (String, String) {
        let value = self.to_possible_value();
        let name = value.as_ref().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let about = value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default();
        (name, about)
    }

    /// The tools beside those that read.
    const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Observer | Self::Author => &[],
            Self::Helpdesk => &[
                "device_lock",
                "device_restart",
                "lost_mode_enable",
                "lost_mode_disable",
                "lost_mode_sound_play",
                "device_location_request",
                "passcode_clear",
                "blank_push_send",
                "local_admin_password_get",
                "computer_filevault_get",
                "computer_lock_pin_get",
                "computer_recovery_lock_get",
            ],
            Self::Janitor => &[
                "mdm_command_flush_computers",
                "mdm_profile_renew",
                "computer_framework_redeploy",
                "blank_push_send",
                "group_members_change",
            ],
            Self::Updater => {
                &["managed_software_update_plan_create", "managed_software_update_plan_create_for_group"]
            }
        }
    }

    /// Privileges that its tools name, and that it does without.
    pub(super) const fn without(self) -> &'static [&'static str] {
        match self {
            // Members are changed in static groups; what a smart group asks for is not.
            Self::Janitor => &["Update Smart Computer Groups", "Update Smart Mobile Device Groups"],
            _ => &[],
        }
    }

    /// The recipe that a configuration follows: it allows the same, and lists and excludes at least the tools that the recipe does.
    ///
    /// # Errors
    /// When a tool that a recipe names is not there.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, Error> {
        for recipe in Self::ALL {
            let rights = recipe.rights()?;
            let is_same = rights.allow.iter().all(|class| config.allow.contains(class))
                && config.allow.iter().all(|class| rights.allow.contains(class));
            if is_same
                && rights.tools.iter().all(|name| config.tools.contains(name))
                && rights.exclude_tools.iter().all(|name| config.exclude_tools.contains(name))
            {
                return Ok(Some(recipe));
            }
        }
        Ok(None)
    }

    /// Whether changes must be held to one group of devices.
    pub(super) fn needs_sandbox(self) -> bool {
        self == Self::Author
    }

    /// What it comes to.
    ///
    /// # Errors
    /// When a tool that it names is not there.
    pub(super) fn rights(self) -> Result<Rights, Error> {
        let registry = crate::pipeline::registry();
        let reading = Surface::new(registry, &Config::default(), None)?;
        let listed = reading.listed_tools().iter().flat_map(|tool| tool.privileges());
        let mut privileges: BTreeSet<String> = listed.map(str::to_owned).collect();
        let mut allow = vec![RiskClass::Read];
        let mut named = BTreeSet::new();
        for name in self.tools() {
            let tool = registry.get(name)?;
            named.insert(tool.name());
            privileges.extend(tool.privileges().into_iter().map(str::to_owned));
            if !allow.contains(&class(tool.risk())) {
                allow.push(class(tool.risk()));
            }
        }
        let mut exclude_tools = Vec::new();
        if self == Self::Author {
            let each = OBJECTS.iter().flat_map(|kind| [format!("Create {kind}"), format!("Update {kind}")]);
            privileges.extend(each);
            allow.extend([RiskClass::Write, RiskClass::Destructive]);
            exclude_tools.push(DELETIONS.to_owned());
        }
        privileges.retain(|name| !self.without().contains(&name.as_str()));
        let config =
            Config { allow: allow.clone(), exclude_tools: exclude_tools.clone(), ..Config::default() };
        let surface = Surface::new(registry, &config, Some(&privileges))?;
        let is_for = |action: &Action| {
            let mut needed = action.all_privileges();
            named.contains(action.name)
                || (self == Self::Author && needed.all(|name| privileges.contains(name)))
        };
        let is_barred = |tool: &Tool| match tool {
            Tool::Action(action) => action.risk != Risk::Read && !is_for(action),
            Tool::Job(job) => {
                tool.risk() != Risk::Read
                    && !named.contains(tool.name())
                    && job.actions().any(|action| action.risk != Risk::Read && !is_for(action))
            }
            Tool::Builtin(_) => false,
        };
        exclude_tools.extend(surface.allowed_tools().filter(is_barred).map(|tool| tool.name().to_owned()));
        let tools = named.into_iter().map(str::to_owned).collect();
        Ok(Rights { allow, tools, exclude_tools, privileges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tools that change or reveal something under a recipe, with the role that it makes.
    fn tools(recipe: Recipe) -> BTreeSet<&'static str> {
        let rights = recipe.rights().unwrap();
        let registry = crate::pipeline::registry();
        let surface = Surface::new(registry, &rights.config(), Some(&rights.privileges)).unwrap();
        let changing = surface.allowed_tools().filter(|tool| tool.risk() != Risk::Read);
        changing.filter(|tool| !matches!(tool, Tool::Builtin(_))).map(Tool::name).collect()
    }

    #[test]
    fn an_observer_changes_and_reveals_nothing() {
        assert_eq!(tools(Recipe::Observer), BTreeSet::new());
        let rights = Recipe::Observer.rights().unwrap();
        for privilege in &rights.privileges {
            assert!(
                privilege.starts_with("Read ") || privilege == "View MDM command information in Jamf Pro API",
                "{privilege}"
            );
        }
    }

    #[test]
    fn a_recipe_allows_the_tools_that_it_names_and_no_others() {
        for recipe in [Recipe::Helpdesk, Recipe::Janitor, Recipe::Updater] {
            let (offered, named) = (tools(recipe), recipe.tools());
            for name in named {
                assert!(offered.contains(name), "{recipe:?} lacks {name}");
            }
            let registry = crate::pipeline::registry();
            for name in offered.iter().filter(|name| !named.contains(name)) {
                // A job that comes to calls of these tools.
                assert!(matches!(registry.get(name).unwrap(), Tool::Job(_)), "{recipe:?} has {name}");
            }
        }
    }

    #[test]
    fn no_recipe_erases_deletes_or_gives_rights() {
        for recipe in Recipe::ALL {
            let rights = recipe.rights().unwrap();
            for word in ["Wipe", "Delete ", "Accounts", "API Roles", "API Integrations", "Unmanage"] {
                let mut grave =
                    rights.privileges.iter().filter(|name| name.contains(word) && !name.starts_with("Read "));
                assert_eq!(grave.next(), None, "{recipe:?}");
            }
            assert!(!rights.allow.contains(&RiskClass::Critical), "{recipe:?}");
            assert!(
                !tools(recipe).iter().any(|name| name.contains("delete") || name.contains("erase")),
                "{recipe:?}"
            );
        }
        assert!(
            tools(Recipe::Author).contains("policy_create")
                && tools(Recipe::Author).contains("script_update")
        );
    }

    #[test]
    fn a_recipe_says_what_it_is_for() {
        for recipe in Recipe::ALL {
            let (name, about) = recipe.words();
            assert!(!name.is_empty() && about.starts_with("Reads"), "{name}: {about}");
        }
    }
}
