//! What the configuration forbids besides: the kill switch, the pinned tenant, tickets, protected devices, the sandbox, and how
//! much at once. Everything fails closed: what is not known counts against the call.

use std::path::Path;

use jamf_pro_tools::{Action, Cap, Protection};
use serde_json::{Map, Value};

use super::draft::Draft;
use super::fleet::FleetDevice;
use crate::canonical::canonical;
use crate::config::GateConfig;
use crate::error::Error;
use crate::plan::{Confirmation, Reach};
use crate::registry::Tool;
use crate::registry::exposure::matches;

fn refusal(why: String) -> Error {
    Error::not_allowed(format!("{why} Only the person who runs the server can change that"))
}

/// Whether anything but reads is possible at all, at this tenant, with this ticket.
///
/// # Errors
/// Why not.
pub(super) fn check_writes_possible(
    settings: &GateConfig,
    switch: &Path,
    tenant: &str,
    ticket: Option<&str>,
) -> Result<(), Error> {
    if is_switched_off(switch) {
        return Err(refusal(format!(
            "the kill switch is on ({} is there, or cannot be looked for): only reads are possible.",
            switch.display()
        )));
    }
    if let Some(pinned) = settings.pinned_tenant.as_deref().filter(|pinned| *pinned != tenant) {
        return Err(refusal(format!(
            "`gate.pinned_tenant` is `{pinned}`, and every other tenant is read only."
        )));
    }
    let Some(pattern) = &settings.ticket else { return Ok(()) };
    match ticket {
        None => Err(Error::not_allowed(
            "what changes anything needs the number of a change ticket here, as the argument `ticket`"
                .to_owned(),
        )
        .hint("ask the person for it; do not make one up")),
        Some(ticket) if matches_ticket(pattern, ticket) => Ok(()),
        Some(_) => Err(Error::not_allowed("the `ticket` is not one as they are numbered here")
            .hint("ask the person for it; do not make one up")),
    }
}

/// Whether the kill switch is on. A folder that is gone or cannot be looked into may have had the file.
fn is_switched_off(switch: &Path) -> bool {
    // A link that leads nowhere is there too.
    match switch.symlink_metadata() {
        Ok(_) => true,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            !switch.parent().is_some_and(|folder| folder.is_dir())
        }
        Err(_) => true,
    }
}

/// Whether a ticket fits its pattern: `*` is anything, `#` a digit.
fn matches_ticket(pattern: &str, ticket: &str) -> bool {
    let digits: String = ticket.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
    let pattern: String = pattern.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
    ticket.len() <= 64 && !ticket.trim().is_empty() && matches(&pattern, &digits)
}

/// Whether these devices may be touched by anything grave.
///
/// # Errors
/// Which may not, and why.
pub(super) fn check_devices<'a>(
    settings: &GateConfig,
    devices: impl Iterator<Item = &'a FleetDevice>,
) -> Result<(), Error> {
    for device in devices {
        let target = &device.target;
        if let Some(why) = protection_of(settings, device) {
            return Err(refusal(format!(
                "{} {} ({}) is protected: {why}.",
                target.kind.replace('_', " "),
                target.serial,
                target.name
            )));
        }
        if let Some(sandbox) = &settings.sandbox
            && !device.groups.iter().any(|(_, name)| name == sandbox)
        {
            return Err(refusal(format!(
                "{} {} ({}) is not in the group of `gate.sandbox`.",
                target.kind.replace('_', " "),
                target.serial,
                target.name
            )));
        }
    }
    Ok(())
}

fn protection_of(settings: &GateConfig, device: &FleetDevice) -> Option<&'static str> {
    let same = |list: &[String], text: &str| list.iter().any(|item| same_name(item, text));
    // A device whose serial number or groups are not known may be one of them.
    let nameless = device.target.serial.is_empty() && !settings.protected_serials.is_empty();
    if nameless || same(&settings.protected_serials, &device.target.serial) {
        return Some("`gate.protected_serials`");
    }
    if device.groups.iter().any(|(_, name)| same(&settings.protected_groups, name)) {
        return Some("`gate.protected_groups`");
    }
    if same(&settings.protected_sites, &device.site) {
        return Some("`gate.protected_sites`");
    }
    let name = canonical(&device.target.name);
    let named = settings.protected_names.iter().any(|pattern| matches(&canonical(pattern), &name));
    named.then_some("`gate.protected_names`")
}

/// Whether a group may be changed, or deleted: not one that says which devices may be touched.
///
/// # Errors
/// Why not.
pub(super) fn check_group(settings: &GateConfig, name: &str) -> Result<(), Error> {
    let is = |other: &String| same_name(other, name);
    let setting = match () {
        () if settings.sandbox.as_ref().is_some_and(is) => "gate.sandbox",
        () if settings.protected_groups.iter().any(is) => "gate.protected_groups",
        () => return Ok(()),
    };
    Err(refusal(format!(
        "`{setting}` names this group, so that a person changes it in Jamf Pro and nobody here."
    )))
}

/// What may refer to a group that changes and is in no API that is read here, unless the operator says that there is none.
pub(super) fn unread_platform(settings: &GateConfig, draft: &Draft) -> Option<String> {
    let is_unread = draft.impact.group.is_some() && settings.platform.is_none();
    is_unread.then(|| {
        "Blueprints and compliance benchmarks, which may scope to this group and are not in these APIs (set `gate.platform` to `none` where \
         there are none)"
            .to_owned()
    })
}

/// Whether a call keeps its hands off what says which devices may be touched: no second group of such a name, and no such site by
/// another name.
///
/// # Errors
/// Why not.
pub(super) fn check_protection(
    settings: &GateConfig,
    action: &Action,
    arguments: &Map<String, Value>,
) -> Result<(), Error> {
    let body = arguments.get("body");
    let text = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_str);
    match action.changes_protection() {
        Some(Protection::Group) => {
            ["name", "groupName"].into_iter().filter_map(text).try_for_each(|name| check_group(settings, name))
        }
        Some(Protection::Site) if !settings.protected_sites.is_empty() => Err(refusal(
            "`gate.protected_sites` goes by the names of sites, so that a person changes sites in Jamf Pro and nobody here.".to_owned(),
        )),
        Some(Protection::Site) | None => Ok(()),
    }
}

/// Whether people would take two names for the same, in whichever form their letters are encoded.
fn same_name(one: &str, other: &str) -> bool {
    canonical(one.trim()) == canonical(other.trim())
}

/// Whether protected devices or a sandbox are configured, so that what is reached must be known.
pub(super) fn must_know(settings: &GateConfig) -> bool {
    settings.sandbox.is_some()
        || !settings.protected_serials.is_empty()
        || !settings.protected_groups.is_empty()
        || !settings.protected_sites.is_empty()
        || !settings.protected_names.is_empty()
}

/// The class of calls whose number bounds the devices of a tool.
fn cap_class(tool: Tool) -> Cap {
    match tool {
        Tool::Action(action) => action.cap_class(),
        Tool::Job(_) | Tool::Builtin(_) => Cap::Harmless,
    }
}

/// How many devices a call of a class may be for, and the setting that says it.
fn cap(settings: &GateConfig, class: Cap) -> (u32, &'static str) {
    match class {
        Cap::Erase => (settings.erase_devices, "gate.erase_devices"),
        Cap::Lock => (settings.lock_devices, "gate.lock_devices"),
        Cap::Restart => (settings.restart_devices, "gate.restart_devices"),
        Cap::Harmless => (settings.harmless_devices, "gate.harmless_devices"),
    }
}

/// Whether a call is for few enough devices.
///
/// # Errors
/// Which setting it is for too many for.
pub(super) fn check_cap(settings: &GateConfig, tool: Tool, devices: usize) -> Result<(), Error> {
    let (most, name) = cap(settings, cap_class(tool));
    if devices <= usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(());
    }
    Err(Error::not_allowed(format!(
        "`{}` would be done to {devices} devices, and `{name}` is {most} a call.",
        tool.name()
    ))
    .hint(format!("call it for {most} of them, and for the others in further calls")))
}

/// The same for calls that are approved together, each a tool with the number of its devices: calls of one class count as one.
///
/// # Errors
/// Which setting they are for too many for.
pub(super) fn check_caps(settings: &GateConfig, calls: &[(Tool, usize)]) -> Result<(), Error> {
    for class in [Cap::Erase, Cap::Lock, Cap::Restart, Cap::Harmless] {
        let of_class = calls.iter().filter(|(tool, _)| cap_class(*tool) == class);
        let devices: usize = of_class.map(|(_, devices)| devices).sum();
        let (most, name) = cap(settings, class);
        if devices > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(Error::not_allowed(format!(
                "these calls would be done to {devices} devices together, and `{name}` is {most} a plan."
            ))
            .hint("propose fewer of them at once"));
        }
    }
    Ok(())
}

/// Whether a call affects no larger share of the devices than the operator lets any call affect, of computers and of mobile devices. What
/// affects more than that as it is may be changed: that takes more approvals, and is not refused. Devices count that are managed and were in
/// contact lately, so that a record which is only written makes no share smaller.
///
/// # Errors
/// When it newly affects more.
pub(super) fn check_share(settings: &GateConfig, tool: Tool, reach: &Reach) -> Result<(), Error> {
    let percent = settings.hard_percent;
    for kind in reach.kinds.iter().filter(|kind| kind.devices.is_some()) {
        let is_more =
            |count: u64| count.saturating_mul(100) > kind.recent_fleet.saturating_mul(u64::from(percent));
        if is_more(kind.recent) && !is_more(kind.recent_already) {
            return Err(refusal(format!(
                "`{}` {}: {} of {} {} that were in contact within 30 days are more than `gate.hard_percent`, which is {percent}.",
                tool.name(),
                reach.sentence,
                kind.recent,
                kind.recent_fleet,
                kind.plural()
            )));
        }
    }
    Ok(())
}

/// What a person types to approve a call: the number of devices, where it affects many through what it changes.
pub(super) fn confirmation(settings: &GateConfig, draft: &Draft) -> Confirmation {
    match draft.reach.devices.filter(|_| draft.targets.is_empty() && is_many(settings, &draft.reach)) {
        Some(devices) => {
            Confirmation { what: "the number of affected devices".to_owned(), expected: devices.to_string() }
        }
        None => draft.confirmation.clone(),
    }
}

/// Whether so many devices are affected that a person types their number.
pub(super) fn is_many(settings: &GateConfig, reach: &Reach) -> bool {
    reach.counted().is_some_and(|devices| devices > u64::from(settings.type_number_above))
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;
    use jamf_pro_tools::object_id::ObjectId;

    use super::*;
    use crate::plan::{KindReach, Target};

    fn device(serial: &str, name: &str) -> FleetDevice {
        FleetDevice {
            target: Target {
                kind: "computer".to_owned(),
                id: "7".to_owned(),
                management_id: String::new(),
                name: name.to_owned(),
                serial: serial.to_owned(),
                owner: String::new(),
                model: String::new(),
                last_contact: String::new(),
                ..Target::default()
            },
            is_managed: true,
            site: "Berlin".to_owned(),
            groups: vec![(ObjectId::parse("3"), "Executives".to_owned())],
            building: None,
            department: None,
        }
    }

    #[test]
    fn protected_devices_are_found_by_serial_group_site_and_name() {
        let list = |text: &str| vec![text.to_owned()];
        let cases = [
            GateConfig { protected_serials: list("c02xx"), ..GateConfig::default() },
            GateConfig { protected_groups: list("executives"), ..GateConfig::default() },
            GateConfig { protected_sites: list("BERLIN"), ..GateConfig::default() },
            GateConfig { protected_names: list("ceo-*"), ..GateConfig::default() },
            GateConfig { sandbox: Some("Sandbox".to_owned()), ..GateConfig::default() },
        ];
        for settings in cases {
            assert!(must_know(&settings));
            assert!(check_devices(&settings, [device("C02XX", "CEO-1")].iter()).is_err(), "{settings:?}");
        }
        let sandbox = GateConfig { sandbox: Some("Executives".to_owned()), ..GateConfig::default() };
        assert!(check_devices(&sandbox, [device("C02XX", "x")].iter()).is_ok());
        let serials = GateConfig { protected_serials: list("other"), ..GateConfig::default() };
        assert!(check_devices(&serials, [device("C02XX", "x")].iter()).is_ok());
        assert!(check_devices(&serials, [device("", "x")].iter()).is_err(), "it may be that one");
    }

    #[test]
    fn tickets_are_numbers_and_not_words() {
        for (pattern, ticket, right) in [
            ("CHG#######", "CHG0012345", true),
            ("CHG#######", "CHG001234", false),
            ("CHG#######", "CHGxxxxxxx", false),
            ("JIRA-*", "JIRA-7", true),
            ("*", "", false),
        ] {
            assert_eq!(matches_ticket(pattern, ticket), right, "{pattern} {ticket}");
        }
    }

    #[test]
    fn the_kill_switch_and_the_pinned_tenant_close_the_door() {
        let folder = tempfile::tempdir().unwrap();
        let switch = folder.path().join("STOP");
        let settings = GateConfig { pinned_tenant: Some("test".to_owned()), ..GateConfig::default() };
        assert!(check_writes_possible(&settings, &switch, "test", None).is_ok());
        assert!(check_writes_possible(&settings, &switch, "prod", None).is_err());
        std::fs::write(&switch, "").unwrap();
        assert!(
            check_writes_possible(&settings, &switch, "test", None)
                .unwrap_err()
                .to_string()
                .contains("kill switch")
        );
    }

    #[test]
    fn a_share_is_refused_only_where_it_is_new() {
        let settings = GateConfig::default();
        let check = |already: u64, devices: Option<u64>| {
            let action = Catalogue::get().find("policy_update").unwrap();
            let kind = |name: &str, devices: Option<u64>, fleet: u64| KindReach {
                kind: name.to_owned(),
                devices,
                fleet,
                recent: devices.unwrap_or_default(),
                recent_already: already,
                recent_fleet: fleet,
            };
            let kinds =
                vec![kind("computer", devices, 420), kind("mobile_device", devices.map(|_| 0), 10_000)];
            check_share(&settings, Tool::Action(action), &Reach { devices, kinds, ..Reach::default() })
        };
        assert!(check(0, Some(210)).is_ok());
        let refused = check(0, Some(211)).unwrap_err().to_string();
        assert!(
            refused.contains("gate.hard_percent") && refused.contains("211 of 420 computers"),
            "{refused}"
        );
        assert!(check(200, Some(420)).is_err());
        assert!(check(211, Some(420)).is_ok(), "it affects as many already");
        assert!(check(0, None).is_ok(), "that takes a second approval");
    }

    #[test]
    fn each_class_of_calls_has_its_cap() {
        let settings = GateConfig::default();
        let check = |tool: &str, devices: usize| {
            check_cap(&settings, Tool::Action(Catalogue::get().find(tool).unwrap()), devices)
        };
        for (tools, most) in [
            (&["computer_erase", "device_erase", "computer_delete", "mobile_device_unmanage"][..], 1),
            (&["device_lock", "lost_mode_enable", "device_shut_down", "passcode_clear"], 5),
            (&["device_restart", "remote_desktop_enable"], 50),
            (&["blank_push_send", "mdm_profile_renew"], 1_000),
        ] {
            for tool in tools {
                assert!(check(tool, most).is_ok() && check(tool, most + 1).is_err(), "{tool}");
            }
        }
    }
}
