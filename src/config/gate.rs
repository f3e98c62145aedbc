//! Settings of the gate: who may approve what, how much at once, and what is never touched.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What the gate lets through, and who must have approved it. Whatever is not sure is refused.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// Tools of the class `critical` that may be called, named one by one; no patterns.
    pub critical: Vec<String>,
    /// Whether approvals by a question of the client (MCP elicitation) count; only until a passkey is enrolled, and never for
    /// `critical`.
    pub elicitation: Option<bool>,
    /// Whether approvals in a terminal count; only until a passkey is enrolled, and never for `critical`.
    pub terminal: Option<bool>,
    /// Where there is only one approver: minutes that a `critical` plan waits after one passkey, instead of a second approval.
    pub critical_delay_minutes: Option<u32>,
    /// Minutes that a plan can be approved and applied.
    #[schemars(range(min = 1, max = 1_440))]
    pub plan_minutes: u32,
    /// Longest window for a command, in minutes.
    #[schemars(range(min = 1, max = 1_440))]
    pub window_minutes: u32,
    /// Longest window for secrets of one device, in minutes.
    #[schemars(range(min = 1, max = 1_440))]
    pub grant_minutes: u32,
    /// Tools whose plans two different people must approve, by name; `*` stands for anything, as in `*_erase`.
    pub two_people: Vec<String>,
    /// Affected devices above which a person types their number to approve.
    pub type_number_above: u32,
    /// Affected devices above which a plan takes a second approval, and so does a plan whose devices cannot be worked out. `null`: no
    /// number of devices takes one.
    pub second_approval_above: Option<u32>,
    /// Where only one person can approve: minutes between their first and their second approval.
    #[schemars(range(min = 5, max = 1_440))]
    pub second_approval_minutes: u32,
    /// Share of the known devices, in percent, above which a call is refused that newly affects so many.
    #[schemars(range(min = 1, max = 100))]
    pub hard_percent: u32,
    /// Most devices of one plan that erases, unmanages or deletes.
    #[schemars(range(min = 1, max = 20))]
    pub erase_devices: u32,
    /// Most devices of one plan that locks them, shuts them down or takes a passcode off.
    pub lock_devices: u32,
    /// Most devices of one plan of any other kind, such as a restart.
    pub restart_devices: u32,
    /// Most devices of one call that takes no plan, such as a blank push.
    pub harmless_devices: u32,
    /// Plans of one person that are applied within an hour before the tenant is put on hold, which only an approver releases.
    pub plans_an_hour: u32,
    /// The same for the plans of all people together.
    pub tenant_plans_an_hour: u32,
    /// Secrets that one person asks for within a day before the tenant is put on hold.
    pub secrets_a_day: u32,
    /// Changes without a plan that one person makes within an hour before the tenant is put on hold.
    pub writes_an_hour: u32,
    /// Whether the tenant has a Jamf platform account, with Blueprints and compliance benchmarks that may scope to groups: `none` where it has
    /// none. Unless that is said, a plan for a change of a group says that they were not checked.
    pub platform: Option<Platform>,
    /// Devices that nothing but reads is done to, by serial number.
    pub protected_serials: Vec<String>,
    /// Groups whose members nothing but reads is done to, by name; the groups themselves are changed by no call.
    pub protected_groups: Vec<String>,
    /// Sites whose devices nothing but reads is done to, by name.
    pub protected_sites: Vec<String>,
    /// Names of devices that nothing but reads is done to, as patterns such as `EXEC-*`.
    pub protected_names: Vec<String>,
    /// Only devices of this group, by name, can be reached by anything but reads.
    pub sandbox: Option<String>,
    /// The one tenant, by its name here, that may be changed; the others are read only.
    pub pinned_tenant: Option<String>,
    /// What changes anything needs a `ticket` that fits this pattern, in which `*` stands for anything and `#` for a digit.
    pub ticket: Option<String>,
    /// While this file exists only reads are possible; `STOP` in the state folder by default.
    #[schemars(with = "Option<super::values::PathText>")]
    pub kill_switch: Option<PathBuf>,
    /// Seconds in which the same call by the same caller is answered with the first one's outcome.
    pub repeat_seconds: u32,
    /// Days that plans, undo copies and secrets that nobody looked at are kept.
    #[schemars(range(min = 1, max = 3_650))]
    pub keep_days: u32,
}

/// Which Jamf platform account a tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// None: no Blueprints and no compliance benchmarks.
    None,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self {
            critical: Vec::new(),
            elicitation: None,
            terminal: None,
            critical_delay_minutes: None,
            plan_minutes: 60,
            window_minutes: 240,
            grant_minutes: 30,
            two_people: Vec::new(),
            type_number_above: 50,
            second_approval_above: Some(500),
            second_approval_minutes: 60,
            hard_percent: 50,
            erase_devices: 1,
            lock_devices: 5,
            restart_devices: 50,
            harmless_devices: 1_000,
            plans_an_hour: 10,
            tenant_plans_an_hour: 20,
            secrets_a_day: 20,
            writes_an_hour: 200,
            platform: None,
            protected_serials: Vec::new(),
            protected_groups: Vec::new(),
            protected_sites: Vec::new(),
            protected_names: Vec::new(),
            sandbox: None,
            pinned_tenant: None,
            ticket: None,
            kill_switch: None,
            repeat_seconds: 120,
            keep_days: 90,
        }
    }
}

impl GateConfig {
    /// The narrower of what holds and what was read again. A sandbox, a pinned tenant, a pattern of tickets or a kill switch that is
    /// set already stays as it is until the next start: another one is not a narrower one.
    #[must_use]
    pub fn narrowed(&self, newer: &Self) -> Self {
        let both = |here: &[String], there: &[String]| {
            let more = there.iter().filter(|item| !here.contains(item));
            here.iter().chain(more).cloned().collect::<Vec<_>>()
        };
        let may = |here: Option<bool>, there: Option<bool>| match (here, there) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (None, _) | (_, None) => None,
            (Some(true), Some(true)) => Some(true),
        };
        Self {
            critical: self.critical.iter().filter(|tool| newer.critical.contains(tool)).cloned().collect(),
            elicitation: may(self.elicitation, newer.elicitation),
            terminal: may(self.terminal, newer.terminal),
            // Without a delay it takes two people.
            critical_delay_minutes: self
                .critical_delay_minutes
                .zip(newer.critical_delay_minutes)
                .map(|(here, there)| here.max(there)),
            plan_minutes: self.plan_minutes.min(newer.plan_minutes),
            window_minutes: self.window_minutes.min(newer.window_minutes),
            grant_minutes: self.grant_minutes.min(newer.grant_minutes),
            two_people: both(&self.two_people, &newer.two_people),
            type_number_above: self.type_number_above.min(newer.type_number_above),
            // Without a number none takes a second approval.
            second_approval_above: match (self.second_approval_above, newer.second_approval_above) {
                (Some(here), Some(there)) => Some(here.min(there)),
                (here, there) => here.or(there),
            },
            second_approval_minutes: self.second_approval_minutes.max(newer.second_approval_minutes),
            hard_percent: self.hard_percent.min(newer.hard_percent),
            erase_devices: self.erase_devices.min(newer.erase_devices),
            lock_devices: self.lock_devices.min(newer.lock_devices),
            restart_devices: self.restart_devices.min(newer.restart_devices),
            harmless_devices: self.harmless_devices.min(newer.harmless_devices),
            plans_an_hour: self.plans_an_hour.min(newer.plans_an_hour),
            tenant_plans_an_hour: self.tenant_plans_an_hour.min(newer.tenant_plans_an_hour),
            secrets_a_day: self.secrets_a_day.min(newer.secrets_a_day),
            writes_an_hour: self.writes_an_hour.min(newer.writes_an_hour),
            platform: self.platform.filter(|_| self.platform == newer.platform),
            protected_serials: both(&self.protected_serials, &newer.protected_serials),
            protected_groups: both(&self.protected_groups, &newer.protected_groups),
            protected_sites: both(&self.protected_sites, &newer.protected_sites),
            protected_names: both(&self.protected_names, &newer.protected_names),
            sandbox: self.sandbox.clone().or_else(|| newer.sandbox.clone()),
            pinned_tenant: self.pinned_tenant.clone().or_else(|| newer.pinned_tenant.clone()),
            ticket: self.ticket.clone().or_else(|| newer.ticket.clone()),
            kill_switch: self.kill_switch.clone(),
            repeat_seconds: self.repeat_seconds.max(newer.repeat_seconds),
            keep_days: self.keep_days,
        }
    }

    /// Numbers that make no sense, and a kill switch that nobody could use, stop the start.
    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |text: String| Err(Error::operator(text));
        if let Some(switch) = &self.kill_switch
            && let Err(why) = usable_switch(switch)
        {
            return wrong(format!("`gate.kill_switch` is {}: {why}", switch.display()));
        }
        for (name, number, least, most) in [
            ("plan_minutes", self.plan_minutes, 1, 1_440),
            ("window_minutes", self.window_minutes, 1, 1_440),
            ("grant_minutes", self.grant_minutes, 1, 1_440),
            ("second_approval_minutes", self.second_approval_minutes, 5, 1_440),
            ("hard_percent", self.hard_percent, 1, 100),
            ("erase_devices", self.erase_devices, 1, 20),
            ("keep_days", self.keep_days, 1, 3_650),
        ] {
            if !(least..=most).contains(&number) {
                return wrong(format!("`gate.{name}` is {number}; it must be from {least} to {most}"));
            }
        }
        if let Some(unfit) = self.two_people.iter().find(|pattern| pattern.trim().is_empty()) {
            return wrong(format!("`gate.two_people` has `{unfit}`, which names no tool"));
        }
        if let Some(minutes) = self.critical_delay_minutes.filter(|minutes| *minutes < 5) {
            return wrong(format!(
                "`gate.critical_delay_minutes` is {minutes}; a delay that nobody can use to object is none: 5 at least"
            ));
        }
        Ok(())
    }
}

/// Whether the file could be put there, and would be seen.
fn usable_switch(switch: &Path) -> Result<(), String> {
    if switch.is_dir() {
        return Err("that is a folder; name the file that stops changes while it is there".to_owned());
    }
    let folder = switch.parent().ok_or("it is in no folder")?;
    match std::fs::read_dir(folder) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(format!("its folder cannot be looked into ({error}); make the folder, or name another file"))
        }
    }
}
