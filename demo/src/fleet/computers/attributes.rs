//! Extension attributes of computers, and what scripts and people put into them.

use serde_json::{Value, json};

use super::{Computer, STOLEN, clocks::written, groups};

/// An attribute: its name, where the value comes from, the choices of a menu, the type of its values, what it is for.
struct Attribute(&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

/// In the order of their ids.
const ATTRIBUTES: [Attribute; 22] = [
    Attribute("Battery Cycles", "SCRIPT", &[], "STRING", ""),
    Attribute("Update Ring", "POPUP", &["Ring 1", "Ring 2", "Ring 3"], "STRING", ""),
    Attribute("Browser Exception", "TEXT", &[], "STRING", ""),
    Attribute("Last Backup", "SCRIPT", &[], "STRING", ""),
    Attribute("Local Notes", "TEXT", &[], "STRING", ""),
    Attribute("Battery Condition", "SCRIPT", &[], "STRING", "Asks ioreg; not on every macOS."),
    Attribute("Directory Department", "LDAP", &[], "STRING", "As the directory has it."),
    Attribute("Asset Owner (old)", "TEXT", &[], "STRING", "Nobody fills this in any more."),
    Attribute("Rosetta", "SCRIPT", &[], "STRING", ""),
    Attribute("Secure Token Users", "SCRIPT", &[], "STRING", ""),
    Attribute("Uptime Days", "SCRIPT", &[], "INTEGER", ""),
    Attribute("Wi-Fi Network", "SCRIPT", &[], "STRING", ""),
    Attribute("Admin Accounts", "SCRIPT", &[], "STRING", ""),
    Attribute("Last Restart", "SCRIPT", &[], "DATE", ""),
    Attribute("Endpoint Agent", "SCRIPT", &[], "STRING", ""),
    Attribute("Java", "SCRIPT", &[], "STRING", ""),
    Attribute("Lease End", "TEXT", &[], "STRING", "Typed in by the loan desk."),
    Attribute("Monitor Serial", "TEXT", &[], "STRING", ""),
    Attribute("Time Machine", "SCRIPT", &[], "STRING", ""),
    Attribute("Local Admin Count", "SCRIPT", &[], "INTEGER", ""),
    Attribute("Kiosk Location", "TEXT", &[], "STRING", ""),
    Attribute("zz Old: Casper Share", "TEXT", &[], "STRING", ""),
];

/// The type of an attribute's values as inventory names it, which is not how the definition names it.
const fn in_inventory(of: &str) -> &str {
    match of.as_bytes() {
        b"DATE" => "DATE_TIME",
        _ => of,
    }
}

/// The definitions of the extension attributes of computers.
pub(in crate::fleet) fn definitions() -> Vec<Value> {
    let one = |(at, Attribute(name, kind, choices, of, about)): (usize, &Attribute)| {
        json!({
            "id": (at + 1).to_string(), "name": name, "description": about, "dataType": of, "enabled": !name.starts_with("zz"),
            "inputType": if *kind == "LDAP" { "DIRECTORY_SERVICE_ATTRIBUTE_MAPPING" } else { kind },
            "inventoryDisplayType": "EXTENSION_ATTRIBUTES", "popupMenuChoices": choices,
            "scriptContents": if *kind == "SCRIPT" { json!("#!/bin/sh\necho \"<result></result>\"\n") } else { Value::Null },
            "ldapAttributeMapping": if *kind == "LDAP" { json!("department") } else { Value::Null },
            "ldapExtensionAttributeAllowed": *kind == "LDAP", "manageExistingData": null,
        })
    };
    ATTRIBUTES.iter().enumerate().map(one).collect()
}

impl Computer {
    pub(super) fn extension_attributes(&self) -> Vec<Value> {
        let row = |(at, Attribute(name, kind, choices, of, about)): (usize, &Attribute)| {
            // What a script tells comes with an inventory.
            let told = *kind != "SCRIPT" || !self.never_inventoried();
            let value = if told { self.attribute(name) } else { None };
            json!({
                "definitionId": (at + 1).to_string(), "name": name, "description": about, "enabled": !name.starts_with("zz"), "multiValue": false,
                "values": value.into_iter().collect::<Vec<_>>(), "dataType": in_inventory(of), "options": choices, "inputType": kind,
            })
        };
        ATTRIBUTES.iter().enumerate().map(row).collect()
    }

    /// The value of an attribute; nothing where nothing was ever put there.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let words = |some: &[&str]| self.chance.one(self.index, name, some).map(|word| (*word).to_owned());
        let often = |percent: u64| self.chance.percent(self.index, name, percent);
        let admins = 1 + u64::from(self.is_admin()) + u64::from(self.has_old_account());
        match name {
            "Battery Cycles" if self.index % 13 == 6 || !self.model().is_laptop() => Some("Not Available".to_owned()),
            "Battery Cycles" => Some(format!("{} cycles", 20 + self.index % 700)),
            "Update Ring" => Some(format!("Ring {}", self.index % 3 + 1)),
            "Browser Exception" => {
                let stale = groups::CHROME_STORY.first() == Some(&self.index);
                Some(if stale { "kiosk (2024)" } else { "" }.to_owned())
            }
            "Last Backup" if self.index.is_multiple_of(7) => Some("yesterday, I think".to_owned()),
            "Last Backup" | "Last Restart" => {
                let days = self.chance.below(self.index, name, 9);
                let hours = jiff::SignedDuration::from_hours(i64::try_from(days).unwrap_or(0) * 24 + 3);
                let at = self.reported()?.checked_sub(hours).ok()?;
                let at = at.max(self.enrolled());
                Some(if name == "Last Backup" { written(at) } else { at.strftime("%Y-%m-%d %H:%M:%S").to_string() })
            }
            "Local Notes" if self.index == 5 => Some("\u{1b}[2J\u{7}line\u{0}one\u{202e}".to_owned()),
            "Local Notes" if self.index == STOLEN => {
                Some("Reported stolen (train, bag taken). Police reference 26/4471. Do NOT wipe before IT Security says so.".to_owned())
            }
            "Local Notes" => Some(String::new()),
            "Battery Condition" => self.battery_condition(),
            "Directory Department" => self.owner().map(|owner| owner.directory_department.to_owned()),
            "Rosetta" if self.model().silicon => words(&["installed", "installed", "installed", "not installed"]),
            "Rosetta" => Some("not needed".to_owned()),
            "Secure Token Users" => Some(if self.encryption().is_on() { self.main_account() } else { String::new() }),
            "Uptime Days" => Some(self.chance.below(self.index, name, 40).to_string()),
            "Wi-Fi Network" => {
                let (seen, own) = self.addresses()?;
                Some(if seen == own { "Example-Corp" } else { "Home-5G" }.to_owned())
            }
            "Admin Accounts" => {
                let owner = self.is_admin().then(|| self.main_account());
                let old = self.has_old_account().then(|| "casperadmin".to_owned());
                let all: Vec<String> = [Some("ladmin".to_owned()), owner, old].into_iter().flatten().collect();
                Some(all.join(", "))
            }
            "Local Admin Count" => Some(admins.to_string()),
            "Endpoint Agent" => words(&["running", "running", "running", "Running", "not installed", "running "]),
            "Java" => words(&["", "", "17.0.13", "1.8.0_431", "The operation couldn\u{2019}t be completed."]),
            "Lease End" if self.index.is_multiple_of(5) => words(&["31.12.2027", "2027-12-31", "end of Q1 27", "12/31/27", "?"]),
            "Monitor Serial" if often(20) => Some(format!("CN-{}", self.chance.hex(self.index, "monitor", 8))),
            "Time Machine" => words(&["0", "0", "1", "error"]),
            "Kiosk Location" if [150, 151].contains(&self.index) => Some("Reception".to_owned()),
            _ => None,
        }
    }

    /// What the script found: the same in several spellings, nothing, or what the shell said instead.
    fn battery_condition(&self) -> Option<String> {
        if !self.model().is_laptop() {
            return Some(String::new());
        }
        let (good, plain) = if self.battery_is_worn() {
            ("Service Recommended", "service recommended")
        } else {
            ("Normal", "normal")
        };
        let told = match self.chance.below(self.index, "battery condition", 100) {
            0..70 => good,
            70..85 => plain,
            85..93 => "",
            _ => "/Library/Application Support/JAMF/tmp/Battery Condition: line 3: ioreg: command not found",
        };
        Some(told.to_owned())
    }
}
