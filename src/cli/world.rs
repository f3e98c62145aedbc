//! Which configuration, tenants and state a command works with: what two commands disagree on when they see different tenants.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::terminal::{Layout, cell};
use super::{say, say_json};
use crate::config::{Config, Overrides, file_of};
use crate::error::Error;
use crate::plan::view::Tone;

/// Show the settings.
pub(super) fn show(config: &Config, overrides: &Overrides, as_json: bool) -> Result<ExitCode, Error> {
    let world = World::of(config, overrides)?;
    if as_json {
        say_json(&world.as_json(config));
    } else {
        say(&world.as_text(config));
    }
    Ok(ExitCode::SUCCESS)
}

/// Say on standard error which world a command works with, where a person reads it.
pub(super) fn tell(config: &Config, overrides: &Overrides) {
    let layout = Layout::stderr();
    if layout.is_for_person()
        && let Ok(world) = World::of(config, overrides)
    {
        super::warn(&layout.paint(Tone::Soft, &layout.wrap("", &world.in_a_line())));
    }
}

/// Where a command finds things.
struct World {
    file: String,
    state: String,
    tenants: Vec<(String, String)>,
    page: Option<String>,
}

impl World {
    fn of(config: &Config, overrides: &Overrides) -> Result<Self, Error> {
        let file = match (&config.file, file_of(overrides)) {
            (Some(file), _) => file.display().to_string(),
            (None, Some(file)) => format!("none ({} is not there)", file.display()),
            (None, None) => "none".to_owned(),
        };
        let label =
            |label: &Option<String>| label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
        let tenants = config.tenants.iter();
        let tenants =
            tenants.map(|(name, tenant)| (name.clone(), format!("{}{}", tenant.url, label(&tenant.label))));
        Ok(Self {
            file,
            state: config.state_folder()?.display().to_string(),
            tenants: tenants.collect(),
            page: config.approvals.where_people_find_it().filter(|_| config.needs_approvals()),
        })
    }

    fn in_a_line(&self) -> String {
        let tenants: Vec<String> =
            self.tenants.iter().map(|(name, url)| format!("{name} at {url}")).collect();
        let tenants = if tenants.is_empty() { "none".to_owned() } else { tenants.join(", ") };
        format!("configuration {}; tenant {tenants}; state {}", self.file, self.state)
    }

    fn as_text(&self, config: &Config) -> String {
        let layout = Layout::stdout();
        let mut lines = vec![
            layout.wrap("Configuration  ", &self.file),
            layout.wrap("State          ", &self.state),
            layout.wrap(
                "Approvals      ",
                self.page.as_deref().unwrap_or("not needed: nothing that takes one is allowed"),
            ),
        ];
        for (name, url) in &self.tenants {
            lines.push(layout.wrap("Tenant         ", &format!("{name}: {url}")));
        }
        if self.tenants.is_empty() {
            lines.push("Tenant         none".to_owned());
        }
        lines.push(layout.wrap("Allowed        ", &cell(&json!(config.allow))));
        lines.push(String::new());
        let header = ["setting", "value", "from"].map(str::to_owned);
        let rows = config.settings.iter();
        let rows: Vec<Vec<String>> = rows
            .map(|setting| vec![setting.name.clone(), setting.value.clone(), setting.from.clone()])
            .collect();
        if !rows.is_empty() {
            lines.push(layout.table(&header, &rows));
            lines.push(String::new());
        }
        lines.push("All other settings are as they are by default.".to_owned());
        lines.join("\n")
    }

    fn as_json(&self, config: &Config) -> Value {
        let tenants = self.tenants.iter().map(|(name, url)| json!({ "name": name, "url": url }));
        let settings = config.settings.iter();
        let settings =
            settings.map(|one| json!({ "setting": one.name, "value": one.value, "from": one.from }));
        json!({
            "configuration": config.file,
            "state": self.state,
            "approvals": self.page,
            "tenants": tenants.collect::<Value>(),
            "allow": config.allow,
            "settings": settings.collect::<Value>(),
        })
    }
}
