//! Patch management as the Jamf Pro API tells it: what the computers really have installed, counted by title.

use serde_json::{Value, json};

use super::Context;
use crate::fleet::{ComputerSection, Fleet, applications};

/// A title of `demo/world/software.json`: its id, and the application that it is about.
struct Title {
    configuration: &'static str,
    name: &'static str,
    application: &'static str,
}

const TITLES: [Title; 3] = [
    Title { configuration: "1", name: "Mozilla Firefox", application: "Firefox.app" },
    Title { configuration: "2", name: "Google Chrome", application: "Google Chrome.app" },
    Title { configuration: "3", name: "Zoom Workplace", application: "zoom.us.app" },
];

impl Title {
    fn of(configuration: &str) -> Option<&'static Self> {
        TITLES.iter().find(|title| title.configuration == configuration)
    }

    /// The computers that have the application, with the version.
    fn installed(&self, fleet: &Fleet) -> Vec<(usize, &'static str)> {
        let version = |index| {
            let found = fleet.application_versions(index, |name| name == self.application);
            Some((index, found.first()?.1))
        };
        (0..fleet.computers()).filter_map(version).collect()
    }

    /// Its versions with the days since each was released, newest first.
    fn versions(&self) -> &'static [(&'static str, i64)] {
        applications::versions(self.application)
    }

    fn latest(&self) -> (&'static str, i64) {
        self.versions().first().copied().unwrap_or_default()
    }
}

/// The newest version of an application that has a title.
pub(crate) fn latest(application: &str) -> Option<&'static str> {
    TITLES.iter().find(|title| title.application == application).map(|title| title.latest().0)
}

/// The versions of the title of a configuration with the days since each was released, newest first; none of a title that nobody
/// releases.
pub(crate) fn versions_of(configuration: &str) -> &'static [(&'static str, i64)] {
    Title::of(configuration).map(Title::versions).unwrap_or_default()
}

/// The computers that have the application of a configuration, with the version.
pub(crate) fn installed(fleet: &Fleet, configuration: &str) -> Vec<(usize, &'static str)> {
    Title::of(configuration).map(|title| title.installed(fleet)).unwrap_or_default()
}

/// The rows of a list below a title, where the path is one.
pub(crate) fn rows(context: &Context<'_>, template: &str, path: &str) -> Option<Vec<Value>> {
    let title = title_of(path)?;
    let fleet = &context.store.fleet;
    let (_, part) = template.split_once("/patch-software-title-configurations/{}/")?;
    match part {
        "patch-summary/versions" => Some(versions(title, fleet)),
        "patch-report" => Some(report(context, title)),
        "definitions" => Some(definitions(title)),
        _ => None,
    }
}

/// What exists once below a title, where the path is one.
pub(crate) fn single(context: &Context<'_>, template: &str, path: &str) -> Option<Value> {
    if !template.ends_with("/patch-software-title-configurations/{}/patch-summary") {
        return None;
    }
    let title = title_of(path)?;
    let installed = title.installed(&context.store.fleet);
    let (latest, days) = title.latest();
    let current = installed.iter().filter(|(_, version)| *version == latest).count();
    Some(json!({
        "softwareTitleId": title.configuration, "softwareTitleConfigurationId": title.configuration, "title": title.name,
        "latestVersion": latest, "releaseDate": crate::world::moment(&format!("-{days}d")), "upToDate": current,
        "outOfDate": installed.len() - current, "onDashboard": true,
    }))
}

fn title_of(path: &str) -> Option<&'static Title> {
    let (_, rest) = path.split_once("patch-software-title-configurations/")?;
    Title::of(rest.split('/').next()?)
}

fn versions(title: &Title, fleet: &Fleet) -> Vec<Value> {
    let installed = title.installed(fleet);
    let row = |(order, (version, _)): (usize, &(&str, i64))| {
        let on = installed.iter().filter(|(_, has)| has == version).count();
        json!({"absoluteOrderId": order.to_string(), "version": version, "onVersion": on})
    };
    title.versions().iter().enumerate().map(row).collect()
}

fn definitions(title: &Title) -> Vec<Value> {
    let row = |(order, (version, days)): (usize, &(&str, i64))| {
        json!({
            "version": version, "minimumOperatingSystem": "12.0", "releaseDate": crate::world::moment(&format!("-{days}d")),
            "rebootRequired": false, "killApps": [{"appName": title.application}], "standalone": true,
            "absoluteOrderId": order.to_string(),
        })
    };
    title.versions().iter().enumerate().map(row).collect()
}

fn report(context: &Context<'_>, title: &Title) -> Vec<Value> {
    let fleet = &context.store.fleet;
    let name_of = |family: &str, id: &Value| {
        let objects = context.store.objects(family, context.sight);
        objects
            .iter()
            .find(|object| object.get("id") == Some(id))
            .and_then(|object| object.get("name").cloned())
    };
    let row = |(index, version): (usize, &'static str)| {
        let general = fleet.computer_section(index, ComputerSection::General);
        let place = fleet.computer_section(index, ComputerSection::UserAndLocation);
        let system = fleet.computer_section(index, ComputerSection::OperatingSystem);
        let field = |of: &Value, name: &str| of.get(name).cloned().unwrap_or_default();
        json!({
            "computerName": field(&general, "name"), "deviceId": fleet.computer_ids(index).map(|(id, _)| id),
            "username": field(&place, "username"), "operatingSystemVersion": field(&system, "version"),
            "lastContactTime": field(&general, "lastCheckIn"),
            "buildingName": name_of("buildings", &field(&place, "buildingId")).unwrap_or(json!("")),
            "departmentName": name_of("departments", &field(&place, "departmentId")).unwrap_or(json!("")),
            "siteName": general.pointer("/site/name").cloned().unwrap_or(json!("None")), "version": version,
        })
    };
    title.installed(fleet).into_iter().map(row).collect()
}
