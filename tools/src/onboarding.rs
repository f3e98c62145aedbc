//! Onboarding: what Self Service installs, in order, on a Mac that has just enrolled, while its user looks on.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, get, post, put};
use crate::args::{Change, Create, Export, Id, List, Note, Nothing, Sorted};
use crate::effects::{A_NOTE, Affects, COMPUTERS};

/// All actions on onboarding.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("onboarding_settings_get", "/api/v1/onboarding")
        .about("Get whether onboarding is on, and the apps, profiles and policies that newly enrolled Macs get by it, in order.")
        .asked(&["is Setup Manager style onboarding on", "what Macs install at onboarding", "what do new Macs get first"])
        .needs(&["Read Onboarding Configuration"])
        .since("11.7"),
    put::<Change<Onboarding>>("onboarding_settings_update", "/api/v1/onboarding")
        .about("Replace onboarding as a whole: every Mac that enrolls from now on gets these items, and none that is left out.")
        .asked(&["change the onboarding steps", "apps that Macs get first in Self Service"])
        .needs(&["Update Onboarding Configuration"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Any(COMPUTERS))
        .since("11.7"),
    get::<Sorted>("onboarding_eligible_app_list", "/api/v1/onboarding/eligible-apps")
        .about("List the apps that onboarding can take, with their scopes.")
        .needs(&["Read Onboarding Configuration"])
        .brief(&["id", "name", "scopeDescription", "siteDescription"])
        .since("11.7"),
    get::<Sorted>("onboarding_eligible_profile_list", "/api/v1/onboarding/eligible-configuration-profiles")
        .about("List the configuration profiles that onboarding can take, with their scopes.")
        .needs(&["Read Onboarding Configuration"])
        .brief(&["id", "name", "scopeDescription", "siteDescription"])
        .since("11.7"),
    get::<Sorted>("onboarding_eligible_policy_list", "/api/v1/onboarding/eligible-policies")
        .about("List the policies that onboarding can take, with their scopes.")
        .needs(&["Read Onboarding Configuration"])
        .brief(&["id", "name", "scopeDescription", "siteDescription"])
        .since("11.7"),
    get::<List>("onboarding_settings_history_list", "/api/v1/onboarding/history")
        .about("List who changed onboarding and when.")
        .needs(&["Read Onboarding Configuration"])
        .brief(&["id", "date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"])
        .since("11.7"),
    post::<Create<Note>>("onboarding_settings_history_note", "/api/v1/onboarding/history")
        .about("Write a note into the history of onboarding; nothing else changes.")
        .needs(&["Update Onboarding Configuration"])
        .affects(A_NOTE)
        .since("11.7"),
    post::<Export>("onboarding_settings_history_export", "/api/v1/onboarding/history/export")
        .about("Export the history of onboarding as CSV; changes nothing.")
        .needs(&["Read Onboarding Configuration"])
        .risk(Risk::Read)
        .answers(Answer::File)
        .since("11.7"),
];

/// What newly enrolled Macs get.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Onboarding {
    /// Newly enrolled Macs go through it; false leaves the items as they are and does nothing to Macs.
    pub enabled: bool,
    /// All of its items; those left out are removed.
    #[schemars(length(max = 1000))]
    pub onboarding_items: Vec<OnboardingItem>,
}

/// One thing that a newly enrolled Mac gets.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct OnboardingItem {
    /// Id of the item itself, to keep one that is there; left out for a new one.
    pub id: Option<Id>,
    /// Id of the policy, profile or app, as the lists of eligible ones answer; not the item's own id.
    pub entity_id: Id,
    /// What `entityId` is the id of.
    pub self_service_entity_type: OnboardingItemType,
    /// Its place in the order; lower comes first.
    pub priority: u32,
}

/// Kinds of things that onboarding installs.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum OnboardingItemType {
    OsXPolicy,
    OsXConfigProfile,
    OsXMacApp,
    OsXAppInstaller,
    OsXEbook,
    OsXPatchPolicy,
}
