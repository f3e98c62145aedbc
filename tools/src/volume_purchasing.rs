//! Volume purchasing: locations of Apple School or Business Manager with their licenses for apps and books, and the
//! subscriptions that send e-mail when licenses run out.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, patch, post, put};
use crate::args::{ById, Create, History, Id, IdOrNone, List, NoteOn, Partial, Sorted, Update};
use crate::effects::{A_NOTE, ALL_DEVICES, Affects};
use crate::joins::SITE;
use crate::secrets::Source;

/// All actions on volume purchasing.
pub static ACTIONS: &[Action] = &[
    get::<List>("volume_purchasing_location_list", "/api/v1/volume-purchasing-locations")
        .about("List volume purchasing locations with licenses bought and used, and when each service token expires.")
        .asked(&["when does the VPP token expire", "content tokens", "VPP tokens and their end"])
        .needs(&["Read Volume Purchasing Locations"])
        .filters(&["id", "name", "appleId", "email", "organizationName", "tokenExpiration", "countryCode", "locationName", "automaticallyPopulatePurchasedContent", "sendNotificationWhenNoLongerAssigned", "siteId", "siteName"])
        .brief(&["id", "name", "locationName", "totalPurchasedLicenses", "totalUsedLicenses", "tokenExpiration", "lastSyncTime"])
        .joins(&[SITE]),
    get::<ById>("volume_purchasing_location_get", "/api/v1/volume-purchasing-locations/{id}")
        .about("Get one volume purchasing location with all its apps and books; volume_purchasing_location_content_list pages them.")
        .asked(&["one VPP location"])
        .needs(&["Read Volume Purchasing Locations"]),
    post::<Create<VolumePurchasingLocation>>("volume_purchasing_location_create", "/api/v1/volume-purchasing-locations")
        .about("Create a volume purchasing location from a service token of Apple. A token that another MDM server uses is taken from it.")
        .asked(&["add a VPP location"])
        .needs(&["Create Volume Purchasing Locations"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .secret(&[(&["body.serviceToken"], Source::Person)]),
    patch::<Update<Partial<VolumePurchasingLocation>>>("volume_purchasing_location_update", "/api/v1/volume-purchasing-locations/{id}")
        .about("Change a volume purchasing location: its name, site, how it assigns, or a renewed service token. Only fields given change.")
        .asked(&["upload a new VPP token", "renew a VPP token", "new token for apps and books"])
        .needs(&["Update Volume Purchasing Locations"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .merge_patch()
        .secret(&[(&["body.serviceToken"], Source::Person)]),
    delete::<ById>("volume_purchasing_location_delete", "/api/v1/volume-purchasing-locations/{id}")
        .about("Delete a volume purchasing location; apps and books of all devices that are licensed through it lose their source.")
        .needs(&["Delete Volume Purchasing Locations"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    post::<ById>("volume_purchasing_location_reclaim", "/api/v1/volume-purchasing-locations/{id}/reclaim")
        .title("Reclaim a volume purchasing location")
        .about("Reclaim a volume purchasing location, so that this server manages it; any other MDM server that uses its token loses it.")
        .asked(&["get licenses back from devices"])
        .needs(&["Update Volume Purchasing Locations"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    post::<ById>("volume_purchasing_location_revoke_licenses", "/api/v1/volume-purchasing-locations/{id}/revoke-licenses")
        .title("Revoke all licenses of a volume purchasing location")
        .about("Revoke every license of a location that can be revoked, from all users and devices at once; apps stop working there.")
        .asked(&["take back all app licenses", "take all licenses of a location back"])
        .needs(&["Update Volume Purchasing Locations"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<History>("volume_purchasing_location_content_list", "/api/v1/volume-purchasing-locations/{id}/content")
        .title("List the content of a volume purchasing location")
        .about("List the apps and books of one volume purchasing location with licenses bought and in use.")
        .asked(&["how many app licenses are left", "licenses per app", "apps that we bought and their licenses"])
        .needs(&["Read Volume Purchasing Locations"])
        .filters(&["name", "licenseCountTotal", "licenseCountInUse", "licenseCountReported", "contentType", "pricingParam"])
        .brief(&["adamId", "name", "contentType", "licenseCountTotal", "licenseCountInUse", "licenseCountReported"]),
    get::<History>("volume_purchasing_location_history_list", "/api/v1/volume-purchasing-locations/{id}/history")
        .about("List who changed a volume purchasing location and when.")
        .needs(&["Read Volume Purchasing Locations"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<NoteOn>("volume_purchasing_location_history_note", "/api/v1/volume-purchasing-locations/{id}/history")
        .about("Write a note into the history of a volume purchasing location; nothing else changes.")
        .needs(&["Update Volume Purchasing Locations"])
        .affects(A_NOTE),
    get::<Sorted>("volume_purchasing_subscription_list", "/api/v1/volume-purchasing-subscriptions")
        .about("List volume purchasing subscriptions: e-mails to administrators about licenses, not purchases.")
        .asked(&["who gets mail about licenses", "who is mailed about app licenses"])
        .needs(&["Read Volume Purchasing Locations"])
        .sorts(&["id", "name", "enabled"])
        .brief(&["id", "name", "enabled", "triggers", "locationIds", "siteId"])
        .joins(&[SITE]),
    get::<ById>("volume_purchasing_subscription_get", "/api/v1/volume-purchasing-subscriptions/{id}")
        .about("Get one volume purchasing subscription: what it reports, for which locations, and to whom.")
        .needs(&["Read Volume Purchasing Locations"]),
    post::<Create<VolumePurchasingSubscription>>("volume_purchasing_subscription_create", "/api/v1/volume-purchasing-subscriptions")
        .about("Create a subscription that sends e-mail when licenses run out or an app leaves the App Store.")
        .asked(&["mail me when app licenses run low"])
        .needs(&["Create Volume Purchasing Locations"])
        .affects(Affects::Nothing("it sends mails about licenses")),
    put::<Update<VolumePurchasingSubscription>>("volume_purchasing_subscription_update", "/api/v1/volume-purchasing-subscriptions/{id}")
        .about("Replace a volume purchasing subscription, recipients included; fields left out are cleared.")
        .needs(&["Update Volume Purchasing Locations"])
        .affects(Affects::Nothing("it sends mails about licenses")),
    delete::<ById>("volume_purchasing_subscription_delete", "/api/v1/volume-purchasing-subscriptions/{id}")
        .about("Delete a volume purchasing subscription; its recipients get no more e-mail. Licenses stay as they are.")
        .needs(&["Delete Volume Purchasing Locations"])
        .affects(Affects::Nothing("it sends mails about licenses")),
    get::<History>("volume_purchasing_subscription_history_list", "/api/v1/volume-purchasing-subscriptions/{id}/history")
        .about("List who changed a volume purchasing subscription and when.")
        .needs(&["Read Volume Purchasing Locations"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"])
        .since("11.7"),
    post::<NoteOn>("volume_purchasing_subscription_history_note", "/api/v1/volume-purchasing-subscriptions/{id}/history")
        .about("Write a note into the history of a volume purchasing subscription; nothing else changes.")
        .needs(&["Update Volume Purchasing Locations"])
        .affects(A_NOTE)
        .since("11.7"),
];

/// A new volume purchasing location.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct VolumePurchasingLocation {
    /// Name shown in Jamf Pro; Apple's name of the location when left out.
    pub name: Option<String>,
    /// Add apps and books that are bought to Jamf Pro by themselves; false by default.
    pub automatically_populate_purchased_content: Option<bool>,
    /// Tell users when an app is no longer assigned to them; false by default.
    pub send_notification_when_no_longer_assigned: Option<bool>,
    /// Register users who have a Managed Apple Account without inviting them; false by default.
    pub auto_register_managed_users: Option<bool>,
    /// Id of its site; -1, the default, for none.
    pub site_id: Option<IdOrNone>,
    /// Service token of Apple School or Business Manager.
    pub service_token: String,
}

/// E-mail to administrators about licenses.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct VolumePurchasingSubscription {
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1))]
    pub name: String,
    /// E-mail is sent; true by default.
    pub enabled: Option<bool>,
    /// Events that it reports.
    pub triggers: Option<Vec<SubscriptionTrigger>>,
    /// Ids of the volume purchasing locations that it watches.
    pub location_ids: Option<Vec<Id>>,
    /// Administrators who get it, by their accounts in Jamf Pro.
    pub internal_recipients: Option<Vec<InternalRecipient>>,
    /// Others who get it, by their e-mail addresses.
    pub external_recipients: Option<Vec<ExternalRecipient>>,
    /// Id of its site; -1, the default, for none.
    pub site_id: Option<IdOrNone>,
}

/// What a subscription reports.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SubscriptionTrigger {
    NoMoreLicenses,
    RemovedFromAppStore,
}

/// An administrator who gets a subscription's e-mail.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct InternalRecipient {
    /// Id of the administrator's account, digits only.
    pub account_id: Id,
    /// How often; DAILY by default.
    pub frequency: Option<Frequency>,
}

/// How often a subscription sends e-mail.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Frequency {
    Daily,
}

/// Somebody without an account who gets a subscription's e-mail.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ExternalRecipient {
    /// Name that the e-mail greets.
    #[schemars(length(min = 1))]
    pub name: String,
    /// E-mail address.
    #[schemars(length(min = 1))]
    pub email: String,
}
