//! App Installers: titles that Jamf keeps current, and what the deployments of this tenant have done to the computers of their groups.
//! Everything is counted from the applications that the computers have.

use serde_json::{Value, json};

use super::{ComputerSection, Fleet, applications, policies};
use crate::{shapes, store::id_text, world};

/// A title: its id, name and publisher, the application that it installs, and who signs its package.
struct Title {
    id: &'static str,
    name: &'static str,
    publisher: &'static str,
    application: &'static str,
    signer: &'static str,
}

const TITLES: [Title; 5] = [
    Title {
        id: "0BC",
        name: "Google Chrome",
        publisher: "Google",
        application: "Google Chrome.app",
        signer: "Google LLC (EQHXZ8M8AV)",
    },
    Title {
        id: "1EF",
        name: "Mozilla Firefox",
        publisher: "Mozilla",
        application: "Firefox.app",
        signer: "Mozilla Corporation (43AQ936H96)",
    },
    Title {
        id: "137",
        name: "Zoom Workplace",
        publisher: "Zoom",
        application: "zoom.us.app",
        signer: "Zoom Communications, Inc. (BJ4HAAB9B3)",
    },
    Title {
        id: "26A",
        name: "Visual Studio Code",
        publisher: "Microsoft",
        application: "Visual Studio Code.app",
        signer: "Microsoft Corporation (UBF8T346G9)",
    },
    Title {
        id: "2F4",
        name: "1Password 8",
        publisher: "AgileBits",
        application: "1Password.app",
        signer: "AgileBits Inc. (2BUA8C4S2C)",
    },
];

/// A deployment: its name, the id of its title, the group, the category, whether people install it themselves, and the version that it is
/// kept at.
struct Deployment {
    name: &'static str,
    title: &'static str,
    group: &'static str,
    category: &'static str,
    by_people: bool,
    kept_at: &'static str,
}

const DEPLOYMENTS: [Deployment; 3] = [
    Deployment {
        name: "Visual Studio Code",
        title: "26A",
        group: "Department: Engineering",
        category: "Developer Tools",
        by_people: true,
        kept_at: "",
    },
    Deployment {
        name: "1Password for everyone",
        title: "2F4",
        group: "All Managed Clients",
        category: "Security",
        by_people: false,
        kept_at: "",
    },
    Deployment {
        name: "Zoom Workplace (kept at 6.6.5)",
        title: "137",
        group: "Update ring 3",
        category: "Communication",
        by_people: false,
        kept_at: "6.6.5",
    },
];

/// The rows of a list, or the objects of a collection, at a path without `/api` and version; none where it is another family's.
pub(crate) fn rows(fleet: &Fleet, path: &str) -> Option<Vec<Value>> {
    let words: Vec<&str> = path.strip_prefix("app-installers/")?.split('/').collect();
    match words.as_slice() {
        ["titles"] => Some(TITLES.iter().map(Title::row).collect()),
        ["titles", id, "versions"] => Some(TITLES.iter().find(|title| title.id == *id)?.versions()),
        ["deployments"] => Some((1..).zip(&DEPLOYMENTS).map(|(id, of)| of.row(fleet, id)).collect()),
        // One that was made after the start has done nothing yet.
        ["deployments", id, "computers"] => {
            Some(deployment(id).map(|of| of.computers(fleet)).unwrap_or_default())
        }
        _ => None,
    }
}

/// What exists once at a path, in the same way.
pub(crate) fn object(fleet: &Fleet, path: &str) -> Option<Value> {
    let id = path.strip_prefix("app-installers/deployments/")?.strip_suffix("/installation-summary")?;
    // The template is asked for before the path.
    let computers = (id != "{}").then(|| deployment(id).map(|of| of.computers(fleet)).unwrap_or_default())?;
    Some(summary(&computers))
}

fn deployment(id: &str) -> Option<&'static Deployment> {
    DEPLOYMENTS.get(id.parse::<usize>().ok()?.checked_sub(1)?)
}

impl Title {
    fn of(id: &str) -> Option<&'static Self> {
        TITLES.iter().find(|title| title.id == id)
    }

    fn latest(&self) -> (&'static str, i64) {
        applications::versions(self.application).first().copied().unwrap_or_default()
    }

    fn icon(&self) -> String {
        format!("https://ics.example.com/appinstallers/{}.png", self.id)
    }

    fn row(&self) -> Value {
        let (version, days) = self.latest();
        let (bundle, megabytes) = applications::bundle(self.application).unwrap_or_default();
        let hash = shapes::uuid(0, self.name).replace('-', "") + &shapes::uuid(1, self.name).replace('-', "");
        json!({
            "bundleId": bundle, "iconUrl": self.icon(), "id": self.id, "installationPathShared": false, "publisher": self.publisher,
            "titleName": self.name, "version": version, "architecture": "universal", "availabilityDate": world::moment(&format!("-{days}d")),
            "installerPackageHash": hash, "installerPackageHashType": "SHA256", "language": "en", "launchDaemonIncluded": false,
            "mediaSourceType": "JAMF_SERVER", "minimumOsVersion": "12.0", "notificationAvailable": true, "originalMediaSources": [],
            "originalTermsAndConditions": [], "packageSigningIdentity": format!("Developer ID Installer: {}", self.signer), "shortVersion": version,
            "sizeInBytes": u64::from(megabytes) * 1_000_000, "suppressAutoUpdate": true,
        })
    }

    fn versions(&self) -> Vec<Value> {
        let versions = applications::versions(self.application).iter();
        versions.map(|(version, _)| json!({"version": version, "mediaSourceType": "JAMF_SERVER"})).collect()
    }
}

impl Deployment {
    /// The computers of its group, with what became of the application on each.
    fn computers(&self, fleet: &Fleet) -> Vec<Value> {
        let Some(title) = Title::of(self.title) else { return Vec::new() };
        let wanted = if self.kept_at.is_empty() { title.latest().0 } else { self.kept_at };
        let row = |index: usize| {
            let general = fleet.computer_section(index, ComputerSection::General);
            let system = fleet.computer_section(index, ComputerSection::OperatingSystem);
            let version = system.get("version").and_then(Value::as_str).unwrap_or_default();
            let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
            let has = fleet.application_versions(index, |name| name == title.application);
            let has = has.first().map(|(_, version)| *version);
            let (status, error) = match (has, major) {
                (_, None) => ("IN_PROGRESS", ""),
                (_, Some(..12)) => ("UNQUALIFIED", "The computer needs macOS 12.0 or later"),
                (Some(version), _) if version == wanted => ("INSTALLED", ""),
                (None, _) if self.by_people => ("AVAILABLE", ""),
                // Most of the others have not been there since; a few tried in vain.
                (None, _) if index.is_multiple_of(7) => {
                    ("FAILED", "The package could not be downloaded: the request timed out")
                }
                _ => ("IN_PROGRESS", ""),
            };
            Some(json!({
                "id": fleet.computer_ids(index)?.0, "computerName": general.get("name"), "status": status, "error": error,
                "retryable": status == "FAILED",
            }))
        };
        fleet.members_of(self.group).into_iter().filter_map(row).collect()
    }

    fn row(&self, fleet: &Fleet, id: usize) -> Value {
        let computers = self.computers(fleet);
        let title = Title::of(self.title);
        let latest = title.map(|title| title.latest().0).unwrap_or_default();
        let wanted = if self.kept_at.is_empty() { latest } else { self.kept_at };
        let category = policies::category_id(self.category).to_string();
        let group = fleet.named("computer_groups", self.group).map(|id| id_text(&id));
        json!({
            "id": id.to_string(), "name": self.name, "enabled": true,
            "deploymentType": if self.by_people { "SELF_SERVICE" } else { "INSTALL_AUTOMATICALLY" },
            "updateBehavior": if self.kept_at.is_empty() { "AUTOMATIC" } else { "MANUAL" },
            "app": {
                "id": self.title, "bundleId": title.and_then(|title| applications::bundle(title.application)).map(|(bundle, _)| bundle),
                "iconUrl": title.map(Title::icon), "latestVersion": latest, "selectedVersion": self.kept_at, "deployedVersion": wanted,
                "versionRemoved": false, "titleAvailableInAis": true, "mediaSourceType": "JAMF_SERVER",
            },
            "site": {"id": "-1", "name": "None"}, "siteId": "-1",
            "smartGroup": {"id": group, "name": self.group}, "smartGroupId": group,
            "category": {"id": category, "name": self.category}, "categoryId": category,
            "computerStatuses": summary(&computers), "appTitleId": self.title, "installPredefinedConfigProfiles": true,
            "titleAvailableInAis": true, "triggerAdminNotifications": false, "selectedVersion": self.kept_at,
            "latestAvailableVersion": latest, "versionRemoved": false,
            "notificationSettings": {
                "notificationMessage": format!("An update of {} is ready to be installed.", title.map_or("", |title| title.name)),
                "notificationInterval": 1, "deadlineMessage": "The update is installed now.", "deadline": 24, "quitDelay": 10,
                "completeMessage": "The update is installed.", "relaunch": true, "suppress": false,
            },
            "selfServiceSettings": {
                "includeInFeaturedCategory": false, "includeInComplianceCategory": false, "forceViewDescription": false,
                "description": "", "categories": [{"id": category, "featured": false}],
            },
        })
    }
}

/// How many computers are in which state.
fn summary(computers: &[Value]) -> Value {
    let count =
        |status: &str| computers.iter().filter(|row| row.get("status") == Some(&json!(status))).count();
    json!({
        "installed": count("INSTALLED"), "available": count("AVAILABLE"), "inProgress": count("IN_PROGRESS"),
        "failed": count("FAILED"), "unqualified": count("UNQUALIFIED"),
    })
}
