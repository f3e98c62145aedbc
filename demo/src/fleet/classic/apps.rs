//! Apps, books, restricted and licensed software, patches, printers, and what is put on devices besides.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{dated, none, objects_with_names, with};
use crate::fleet::{Fleet, policies::CATEGORIES, scopes};

pub(super) fn collections(fleet: &Fleet) -> Vec<(&'static str, Vec<Value>)> {
    let now = fleet.options.now;
    vec![
        ("macapplications", mac_apps(fleet)),
        ("mobiledeviceapplications", mobile_apps(fleet)),
        ("ebooks", ebooks()),
        ("restrictedsoftware", restricted(fleet)),
        ("licensedsoftware", licensed(now)),
        ("patchpolicies", patch_policies(fleet)),
        (
            "patchinternalsources",
            objects_with_names(&[(
                "Jamf",
                json!({"enabled": true, "endpoint": "https://jamf-patch.example.com/v1/"}),
            )]),
        ),
        ("patchexternalsources", external_sources()),
        ("patchavailabletitles", titles(now)),
        ("printers", printers()),
        ("mobiledeviceprovisioningprofiles", provisioning_profiles()),
        ("diskencryptionconfigurations", disk_encryption()),
        ("softwareupdateservers", update_servers()),
        (
            "allowedfileextensions",
            ["mobileconfig", "pkg", "dmg", "zip", "pdf"].iter().map(|e| json!({"extension": e})).collect(),
        ),
        (
            "removablemacaddresses",
            ["02:AA:BB:CC:DD:01", "02:AA:BB:CC:DD:02"].iter().map(|a| json!({"name": a})).collect(),
        ),
    ]
}

fn category(id: usize) -> Value {
    json!({"id": id, "name": CATEGORIES.get(id - 1)})
}

/// A scope of groups, by their names.
fn scoped(fleet: &Fleet, mobile: bool, targets: &[&str], excludes: &[&str]) -> Value {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    scopes::build(mobile, [&*list(targets), &[], &*list(excludes)], &|list, name| fleet.named(list, name))
}

/// The demo's Mac apps. One is scoped to a group that nothing else uses.
fn mac_apps(fleet: &Fleet) -> Vec<Value> {
    [
        ("Keynote", "com.apple.iWork.Keynote", "14.4", 409_183_694_u64, "group:All Managed Clients"),
        ("Numbers", "com.apple.iWork.Numbers", "14.4", 409_203_825, "group:All Managed Clients"),
        ("Pages", "com.apple.iWork.Pages", "14.4", 409_201_541, "group:All Managed Clients"),
        ("Xcode", "com.apple.dt.Xcode", "26.1", 497_799_835, "group:Department: Engineering"),
        ("Microsoft Word", "com.microsoft.Word", "16.102", 462_054_704, "group:All Managed Clients"),
        ("Final Cut Pro", "com.apple.FinalCut", "11.2", 424_389_933, "group:Video suite"),
        ("Slack for Desktop", "com.tinyspeck.slackmacgap", "4.46.99", 803_453_959, "group:All Managed Clients"),
    ]
    .iter()
    .map(|(name, bundle, version, store, group)| {
        json!({
            "general": {
                "name": name, "version": version, "is_free": true, "bundle_id": bundle,
                "url": format!("https://apps.apple.com/us/app/id{store}"), "category": category(1), "site": none(),
            },
            "scope": scoped(fleet, false, &[group], &[]),
            "self_service": {
                "install_button_text": "Install", "self_service_description": "", "notification": "Self Service",
                "vpp": {"assign_vpp_device_based_licenses": true, "vpp_admin_account_id": 1},
            },
        })
    })
    .collect()
}

fn mobile_apps(fleet: &Fleet) -> Vec<Value> {
    [
        ("Self Service", "com.jamfsoftware.selfservice", "11.5.0", true, "all"),
        ("Keynote", "com.apple.Keynote", "14.4", false, "devices:All Managed iPads"),
        ("Microsoft Teams", "com.microsoft.skype.teams", "7.18", false, "devices:All Managed iPhones"),
        ("Zoom Workplace", "us.zoom.videomeetings", "6.6.5", false, "devices:All Managed iPhones"),
        ("Cart Checkout", "org.example.cart", "2.3.1", true, "devices:Cart 8"),
        ("Seesaw Class", "seesaw.shadowpuppet.classroom", "9.6", false, "devices:Cart 1"),
    ]
    .iter()
    .zip(1_usize..)
    .map(|((name, bundle, version, internal, target), at)| {
        json!({
            "general": {
                "name": name, "display_name": name, "description": "", "bundle_id": bundle, "version": version,
                "internal_app": internal, "os_type": "iOS", "category": category(1), "site": none(), "free": true,
                "deployment_type": "Install Automatically/Prompt Users to Install", "deploy_automatically": true,
                "deploy_as_managed_app": true, "remove_app_when_mdm_profile_is_removed": true, "itunes_country_region": "US",
                "itunes_store_url": if *internal { String::new() } else { format!("https://apps.apple.com/us/app/id40918{at}") },
            },
            "scope": scoped(fleet, true, &[target], &[]),
            "vpp": {"assign_vpp_device_based_licenses": !internal, "vpp_admin_account_id": if *internal { -1 } else { 1 }},
        })
    })
    .collect()
}

fn ebooks() -> Vec<Value> {
    ["Employee handbook", "Mac basics", "Emergency plan (2019)"]
        .iter()
        .zip(1_usize..)
        .map(|(name, at)| {
            json!({
                "general": {
                    "name": name, "author": "Human Resources", "version": format!("{at}.0"), "free": true, "file_type": "PDF",
                    "url": format!("https://files.example.org/books/{at}.pdf"), "category": category(12 + at), "site": none(),
                    "deployment_type": "Make Available in Self Service",
                },
                "scope": {"all_computers": at == 1, "all_mobile_devices": at == 1},
                "self_service": {"self_service_display_name": name, "install_button_text": "Get"},
            })
        })
        .collect()
}

/// Processes that are stopped; one of them matches more than was meant.
fn restricted(fleet: &Fleet) -> Vec<Value> {
    [
        ("Torrent clients", "Transmission.app", true, false, "group:All Managed Clients"),
        ("macOS beta installers", "Install macOS*beta*.app", true, true, "group:All Managed Clients"),
        ("Old Java", "java", false, false, "group:All Managed Clients"),
        ("Remote control", "TeamViewer.app", true, false, "group:Department: Finance"),
        ("Games in the lab", "Steam.app", true, true, "group:Education lab"),
    ]
    .iter()
    .map(|(name, process, exact, delete, group)| {
        json!({
            "general": {
                "name": name, "process_name": process, "match_exact_process_name": exact, "send_notification": true,
                "kill_process": true, "delete_executable": delete, "site": none(),
                "display_message": format!("{process} is not allowed on computers of Example Organization."),
            },
            "scope": scoped(fleet, false, &[group], &["group:Executives (protected)"]),
        })
    })
    .collect()
}

fn licensed(now: Timestamp) -> Vec<Value> {
    [("Microsoft Office", "Microsoft", 400), ("Adobe Creative Cloud", "Adobe", 45), ("Parallels Desktop", "Parallels", 12)]
        .iter()
        .zip(1_i64..)
        .map(|((name, publisher, count), at)| {
            let purchasing = with(
                json!({"is_perpetual": false, "is_annual": true, "po_number": format!("PO-{}", 7000 + at), "vendor": "Example Reseller"}),
                &with(dated("po_date", now, 300), &dated("license_expires", now, if at == 3 { 12 } else { -65 })),
            );
            json!({
                "general": {"name": name, "publisher": publisher, "platform": "Mac", "send_email_on_violation": at == 2, "site": none()},
                "software_definitions": [{"compare_type": "like", "name": format!("{}.app", name), "version": "*"}],
                "licenses": [{"license_type": "Standard", "license_count": count, "organization_name": "Example Organization",
                    "registered_to": "Information Technology", "serial_number_1": "CANARY-LICENSE-serial", "purchasing": purchasing}],
            })
        })
        .collect()
}

fn patch_policies(fleet: &Fleet) -> Vec<Value> {
    // The same ones, by the same ids, as the Jamf Pro API lists.
    [("Firefox pilot", 1, "145.0", "group:Update ring 1"), ("Firefox everyone", 1, "144.0", "group:All Managed Clients"), ("Chrome everyone", 2, "142.0.7444.135", "group:All Managed Clients")]
        .iter()
        .map(|(name, title, version, group)| {
            let (application, bundle) = match title {
                1 => ("Firefox.app", "org.mozilla.firefox"),
                _ => ("Google Chrome.app", "com.google.Chrome"),
            };
            json!({
                "general": {"name": name, "enabled": true, "target_version": version, "distribution_method": "prompt", "minimum_os": "12.0",
                    "kill_apps": [{"kill_app_name": application, "kill_app_bundle_id": bundle}]},
                "scope": scoped(fleet, false, &[group], &[]),
                "user_interaction": {"install_button_text": "Update", "deadlines": {"deadline_enabled": true, "deadline_period": 7},
                    "grace_period": {"grace_period_duration": 15, "notification_center_subject": "Important", "message": "Save your work."}},
                "software_title_configuration_id": title,
            })
        })
        .collect()
}

fn external_sources() -> Vec<Value> {
    let source = json!({"host_name": "patches.example.org", "port": 443, "ssl_enabled": true});
    objects_with_names(&[("Community patches", source)])
}

/// Titles that the sources offer; the id of an external source follows those of the internal ones.
fn titles(now: Timestamp) -> Vec<Value> {
    let modified = now.strftime("%Y-%m-%dT00:00:00Z").to_string();
    [
        ("Google Chrome", "Google", "142.0.7444.135", "0BC"),
        ("Mozilla Firefox", "Mozilla", "145.0", "1EF"),
        ("Zoom Workplace", "Zoom", "6.6.6", "137"),
        ("Slack", "Slack", "4.47.59", "0C4"),
    ]
    .iter()
    .map(|(name, publisher, version, id)| {
        json!({"source": 1, "app_name": name, "publisher": publisher, "current_version": version, "name_id": id, "last_modified": modified})
    })
    .collect()
}

fn printers() -> Vec<Value> {
    [
        ("Follow Me", "print.example.org/follow", "Everywhere", "Generic PostScript"),
        ("Reception Color", "10.1.0.20", "Harbour House, ground floor", "HP Color LaserJet M555"),
        ("Finance (secure)", "10.1.3.21", "Harbour House, third floor", "Kyocera ECOSYS M3655idn"),
        ("Lab A3", "10.5.0.20", "School lab", "Canon iR-ADV C3530"),
        ("Old Warehouse & Dock", "10.6.0.99", "", "Brother HL-L6400DW"),
    ]
    .iter()
    .map(|(name, address, location, model)| {
        json!({
            "name": name, "category": "Printers", "uri": format!("ipps://{address}"), "CUPS_name": name.replace([' ', '(', ')', '&'], "_"),
            "location": location, "model": model, "info": "", "notes": "", "make_default": *name == "Follow Me", "use_generic": true,
            "ppd": "", "ppd_path": "/System/Library/Frameworks/ApplicationServices.framework/Versions/A/Frameworks/PrintCore.framework/Resources/Generic.ppd",
        })
    })
    .collect()
}

fn provisioning_profiles() -> Vec<Value> {
    let profile =
        |name: &str, uuid: &str| json!({"general": {"name": name, "display_name": name, "uuid": uuid}});
    vec![
        profile("Cart Checkout Distribution", "6f0e7c3a-0000-4000-a000-000000000001"),
        profile("Kiosk Distribution (expired)", "6f0e7c3a-0000-4000-a000-000000000002"),
    ]
}

fn disk_encryption() -> Vec<Value> {
    let users = json!({"key_type": "Individual", "file_vault_enabled_users": "Current or Next User"});
    let institutional = json!({
        "key_type": "Institutional", "file_vault_enabled_users": "Management Account",
        "institutional_recovery_key": {"key": "CANARY-INSTITUTIONAL-key", "certificate_type": "PKCS12", "password": "CANARY-INSTITUTIONAL-password", "data": ""},
    });
    objects_with_names(&[("FileVault with escrow", users), ("Institutional 2018", institutional)])
}

fn update_servers() -> Vec<Value> {
    let server = json!({"ip_address": "10.1.0.30", "port": 8088, "set_system_wide": false});
    objects_with_names(&[("Updates (retired)", server)])
}
