//! What each kind of object with a scope does on devices: when a policy runs, what an app takes and removes, what is lost with a profile.
//! The main function is [`describe`].

use jamf_pro_tools::object_id::ObjectId;
use serde_json::json;

use super::scope::ScopeChange;
use super::{Impact, Sets};
use crate::error::Error;
use crate::fleet::{self, scope::Deployment};
use crate::gate::fleet::{COMPUTER, Count, FleetDevice, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};
use crate::payloads::lifelines;
use crate::sanitize::text;

/// Longest name or event that is shown.
const NAME: usize = 80;

/// Minutes between the check-ins of a Mac, where the tenant does not say it.
const CHECK_IN_MINUTES: &str = "15";

/// What there is to know of a change of something with a scope.
pub(super) struct Known<'a> {
    pub(super) change: &'a ScopeChange<'a>,
    /// The state that it will be in.
    pub(super) is: Option<&'a Deployment>,
    pub(super) sets: &'a Sets,
    /// The devices that it comes to afterwards.
    pub(super) members: &'a [FleetDevice],
}

/// Say what the change does by the kind of its object; what is graver comes before what is said already.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn describe(work: &Work<'_>, known: &Known<'_>, impact: &mut Impact) -> Result<(), Error> {
    match known.change.kind() {
        "policy" => return policy(work, known, impact).await,
        "patch_policy" => patch_policy(known, impact),
        "mobile_device_app" | "mac_app" => app(known, impact),
        kind @ ("macos_profile" | "mobile_profile") => return profile(work, kind, known, impact).await,
        _ => {}
    }
    Ok(())
}

/// Triggers of a policy, each with its words. What is triggered by an event is told with that.
const TRIGGERS: &[(&str, &str)] = &[
    ("trigger_checkin", "at check-in"),
    ("trigger_login", "at login"),
    ("trigger_startup", "at startup"),
    ("trigger_enrollment_complete", "after enrollment"),
    ("trigger_network_state_changed", "when the network changes"),
];

async fn policy(work: &Work<'_>, known: &Known<'_>, impact: &mut Impact) -> Result<(), Error> {
    let Some(after) = known.change.after.as_ref().filter(|_| known.is.is_some_and(|is| is.is_enabled)) else {
        return Ok(());
    };
    if !known.sets.has_any_to_run() {
        return Ok(());
    }
    let of = |field: &str| text_at(after, &format!("general.{field}"));
    let frequency = Some(of("frequency")).filter(|frequency| !frequency.is_empty());
    let frequency = frequency.unwrap_or_else(|| "Once per computer".to_owned());
    let triggers: Vec<&str> =
        TRIGGERS.iter().filter(|(field, _)| of(field) == "true").map(|(_, words)| *words).collect();
    if of("trigger_checkin") == "true" && frequency == "Ongoing" {
        let (count, minutes) = (Count::of(&COMPUTER, known.members).managed, check_in_minutes(work).await?);
        let macs = if count == 1 { "Mac" } else { "Macs" };
        impact
            .warnings
            .insert(0, format!("runs every {minutes} minutes on {count} {macs}: Ongoing at check-in"));
    } else if !triggers.is_empty() {
        impact.warnings.push(format!(
            "runs {}, with the frequency {}",
            triggers.join(" and "),
            text::quoted(&frequency, NAME)
        ));
    }
    if frequency.starts_with("Once per") && known.change.before.is_some() {
        impact.not_checked.push(format!(
            "which computers have it in their logs already: with the frequency {} it runs on those no more, so the numbers are at most",
            text::quoted(&frequency, NAME)
        ));
    }
    let event = of("trigger_other");
    if !event.is_empty() && event != "false" {
        custom_event(work, &event, impact).await?;
    }
    Ok(())
}

async fn check_in_minutes(work: &Work<'_>) -> Result<String, Error> {
    match work.send("check_in_settings_get", json!({}), &[]).await {
        Ok(settings) => {
            let minutes = text_at(&settings, "checkInFrequency");
            Ok(if minutes.is_empty() { CHECK_IN_MINUTES.to_owned() } else { minutes })
        }
        Err(error) if error.is_of_jamf() => Ok(CHECK_IN_MINUTES.to_owned()),
        Err(error) => Err(error),
    }
}

/// Where a custom event is called. A policy with one runs when something says so, which may be in no text that is read.
async fn custom_event(work: &Work<'_>, event: &str, impact: &mut Impact) -> Result<(), Error> {
    let shown = text::quoted(event, NAME);
    let callers = match work.configuration().await {
        Ok(view) => view.callers_of_event(event),
        Err(_) if work.lacks_fleet() => {
            impact.not_checked.push(format!("what calls the event {shown}, because the fleet is off"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let name =
        |(kind, name): &(&str, &str)| format!("{} {}", kind.replace('_', " "), text::quoted(name, NAME));
    let names: Vec<String> = callers.iter().map(name).collect();
    impact.warnings.push(match names.is_empty() {
        true => format!(
            "runs when something calls the event {shown}; no script, extension attribute or profile does"
        ),
        false => format!("runs when something calls the event {shown}: {}", names.join(", ")),
    });
    impact
        .not_checked
        .push(format!("whether scripts inside packages call the event {shown}: they are not read"));
    Ok(())
}

fn patch_policy(known: &Known<'_>, impact: &mut Impact) {
    let Some(after) = known.change.after.as_ref().filter(|_| known.is.is_some_and(|is| is.is_enabled)) else {
        return;
    };
    let version = text_at(after, "general.target_version");
    if version.is_empty() || !known.sets.has_any_to_run() {
        return;
    }
    let is_down = text_at(after, "general.allow_downgrade") == "true";
    let which = if is_down { "another version than" } else { "an older version than" };
    impact.warnings.push(format!(
        "installs only where {which} {} is installed, so the numbers are at most",
        text::quoted(&version, NAME)
    ));
}

fn app(known: &Known<'_>, impact: &mut Impact) {
    let states = || known.change.before.into_iter().chain(known.change.after.as_ref());
    let is = |field: &str| states().any(|object| text_at(object, field) == "true");
    let (gains, loses) = (known.sets.gains(), known.sets.loses());
    let by_device = "vpp.assign_vpp_device_based_licenses";
    if !gains.is_empty() && (is(by_device) || is(&format!("self_service.{by_device}"))) {
        impact.warnings.push(
            "takes a license for each device that gets it, and is not installed where none is left"
                .to_owned(),
        );
    }
    if !loses.is_empty() && is("general.deploy_as_managed_app") {
        impact
            .warnings
            .insert(0, "removes the managed app, with its data, from each device that loses it".to_owned());
    }
}

/// What devices lose with a profile that Wi-Fi, VPN or certificates come from.
async fn profile(work: &Work<'_>, kind: &str, known: &Known<'_>, impact: &mut Impact) -> Result<(), Error> {
    let Some(before) = known.change.before.filter(|_| !known.sets.loses().is_empty()) else { return Ok(()) };
    let Some(id) = ObjectId::at(before, "general.id") else { return Ok(()) };
    let view = match work.configuration().await {
        Ok(view) => view,
        Err(_) if work.lacks_fleet() => {
            impact.not_checked.push("which payloads are lost with it, because the fleet is off".to_owned());
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let types = match view.object(kind, &id) {
        fleet::known::Known::Known(object) => object.payload_types.clone().unwrap_or_default(),
        fleet::known::Known::Unknown(reasons) => {
            impact.not_checked.push(format!("which payloads are lost with it: {reasons}"));
            return Ok(());
        }
    };
    let lost = lifelines(types.split(',').map(str::trim));
    let devices = [&COMPUTER, &MOBILE_DEVICE].map(|kind| Count::of(kind, known.sets.loses()).managed);
    impact.warnings.splice(0..0, loss(&lost, "profile", Some(devices.iter().sum())));
    Ok(())
}

/// What devices lose of Wi-Fi, VPN and certificates by a change, or with a whole profile. `devices` is how many of them, where that is known.
pub(in crate::gate) fn loss(lost: &[&str], by: &str, devices: Option<u64>) -> Option<String> {
    if lost.is_empty() {
        return None;
    }
    let who = match devices {
        Some(1) => ": 1 device".to_owned(),
        Some(devices) => format!(": {devices} devices"),
        None => ", and".to_owned(),
    };
    Some(format!(
        "devices LOSE {} with this {by}{who} may no longer reach what needs them",
        lost.join(" and ")
    ))
}
