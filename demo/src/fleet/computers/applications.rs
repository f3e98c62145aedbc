//! Applications: one table of what there is, and of each Mac only which of it is installed in which version, worked out from its index.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Computer, groups, people};

/// What there is.
struct Application {
    name: &'static str,
    bundle: &'static str,
    folder: &'static str,
    from_store: bool,
    megabytes: u32,
    on: On,
    versions: Vec<(&'static str, i64)>,
}

/// Which Macs have it.
#[derive(PartialEq)]
enum On {
    /// It comes with macOS; its versions are those of the major versions of macOS, and where there is none it does not come.
    System,
    /// So many of a hundred.
    Some(u64),
    Managed,
    Chrome,
    /// Those whose licenses the engineers and the video suite have.
    Engineering,
    Video,
}

/// Tab-separated: which Macs have it (`system`, `managed`, `chrome`, `engineering`, `video` or a percentage), name, bundle id, folder, megabytes, `store` or
/// nothing, versions. A version is written with the major version of macOS that it comes with, or with the days since it came out.
static TABLE: &str = include_str!("../../../world/applications.tsv");

static ALL: LazyLock<Vec<Application>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(read).collect()
});

fn read(line: &'static str) -> Option<Application> {
    let mut parts = line.split('\t');
    let on = match parts.next()? {
        "system" => On::System,
        "managed" => On::Managed,
        "chrome" => On::Chrome,
        "engineering" => On::Engineering,
        "video" => On::Video,
        percent => On::Some(percent.parse().ok()?),
    };
    let (name, bundle, folder) = (parts.next()?, parts.next()?, parts.next()?);
    let (megabytes, from_store) = (parts.next()?.parse().ok()?, parts.next()? == "store");
    let version = |text: &'static str| {
        let (version, number) = text.split_once('@').unwrap_or((text, "9999"));
        (version, number.parse().unwrap_or(9_999))
    };
    let versions = parts.next()?.split(' ').map(version).collect();
    Some(Application { name, bundle, folder, from_store, megabytes, on, versions })
}

/// The versions of an application with the days since each came out, newest first.
pub(crate) fn versions(name: &str) -> &'static [(&'static str, i64)] {
    ALL.iter()
        .find(|application| application.name == name)
        .map(|own| own.versions.as_slice())
        .unwrap_or_default()
}

/// The bundle id of an application and its megabytes.
pub(crate) fn bundle(name: &str) -> Option<(&'static str, u32)> {
    ALL.iter()
        .find(|application| application.name == name)
        .map(|application| (application.bundle, application.megabytes))
}

impl Computer {
    /// The Macs without Chrome: those of its story, those that no policy reaches, and those of which nothing is known.
    pub(crate) fn has_chrome(&self) -> bool {
        !self.never_inventoried() && self.managed() && !groups::CHROME_STORY.contains(&self.index)
    }

    /// The version of the application at a place of the table; nothing where it is not installed.
    fn version_of(&self, at: usize, application: &Application, age: i64) -> Option<&'static str> {
        if application.on == On::System {
            let major = i64::from(self.os_major());
            return application.versions.iter().find(|(_, own)| *own == major).map(|(version, _)| *version);
        }
        let there = match application.on {
            On::Some(percent) => {
                self.chance.percent(self.index.wrapping_mul(977).wrapping_add(at), "app", percent)
            }
            On::Managed => self.managed(),
            On::Chrome => self.has_chrome(),
            On::Engineering => self.managed() && self.department() == Some(people::ENGINEERING),
            On::Video => self.managed() && self.index % groups::VIDEO.0 == groups::VIDEO.1,
            On::System => false,
        };
        if !there {
            return None;
        }
        // None that came out after its last inventory, and not always the newest of the others.
        let out = application.versions.iter().filter(|(_, days)| *days >= age);
        let place = match self.chance.below(self.index.wrapping_mul(977).wrapping_add(at), "version", 100) {
            0..45 => 0,
            45..67 => 1,
            67..82 => 2,
            82..92 => 3,
            _ => 4,
        };
        let out: Vec<&'static str> = out.map(|(version, _)| *version).collect();
        let last = || application.versions.last().map(|(version, _)| *version);
        // Far behind are only those that nobody has heard of for long.
        let behind = place.min(out.len().saturating_sub(1)).min(4);
        out.get(behind).copied().or_else(last)
    }

    fn installed(&self) -> impl Iterator<Item = (&'static Application, &'static str)> {
        let age = self.days_since_report();
        let there = !self.never_inventoried();
        let all = ALL.iter().enumerate().filter(move |_| there);
        all.filter_map(move |(at, application)| Some((application, self.version_of(at, application, age)?)))
    }

    /// Names and versions of the applications that are installed, those with a name that is wanted.
    pub(crate) fn application_versions(
        &self,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&'static str, &'static str)> {
        let age = self.days_since_report();
        let there = !self.never_inventoried();
        let all = ALL.iter().enumerate().filter(move |(_, application)| there && wanted(application.name));
        all.filter_map(move |(at, application)| {
            Some((application.name, self.version_of(at, application, age)?))
        })
    }

    pub(super) fn applications(&self) -> Value {
        let row = |(application, version): (&Application, &str)| {
            json!({
                "name": application.name, "path": format!("{}/{}", application.folder, application.name), "version": version,
                "cfBundleShortVersionString": version, "cfBundleVersion": version, "macAppStore": application.from_store,
                "sizeMegabytes": application.megabytes, "bundleId": application.bundle, "updateAvailable": false, "externalVersionId": "0",
            })
        };
        self.installed().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_an_application() {
        assert_eq!(ALL.len(), TABLE.lines().filter(|line| !line.starts_with('#')).count());
        for application in ALL.iter() {
            assert!(application.name.ends_with(".app"), "{}", application.name);
            assert!(
                application.folder.starts_with('/') && !application.folder.ends_with('/'),
                "{}",
                application.folder
            );
            let unknown = application.versions.iter().any(|(version, days)| version.is_empty() || *days < 0);
            assert!(!unknown && application.bundle.contains('.'), "{}", application.name);
            let newest_first = application.versions.windows(2).all(|pair| pair[0].1 <= pair[1].1);
            assert!(newest_first || application.on == On::System, "{}", application.name);
        }
    }
}
