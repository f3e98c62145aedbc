//! Accounts, groups of users, classes, invitations, searches, and peripherals.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{dated, entry, none, objects_with_names, with};
use crate::fleet::{Fleet, computers::Computer, short_name};

pub(super) fn collections(fleet: &Fleet) -> Vec<(&'static str, Vec<Value>)> {
    let now = fleet.options.now;
    vec![
        ("account_users", accounts()),
        ("account_groups", account_groups()),
        ("usergroups", user_groups(fleet)),
        ("userextensionattributes", user_attributes()),
        ("advancedusersearches", user_searches()),
        ("classes", classes(fleet)),
        ("computerinvitations", computer_invitations(now)),
        ("mobiledeviceinvitations", mobile_invitations(now)),
        ("mobiledeviceenrollmentprofiles", enrollment_profiles()),
        ("peripherals", peripherals(now)),
        ("peripheraltypes", peripheral_types()),
        ("vppassignments", assignments()),
        ("vppinvitations", vpp_invitations()),
    ]
}

const PRIVILEGES: [&str; 4] = ["Read Computers", "Read Mobile Devices", "Read Policies", "Update Computers"];

fn accounts() -> Vec<Value> {
    let account = |set: &str, enabled: &str| {
        json!({"directory_user": false, "enabled": enabled, "access_level": "Full Access", "privilege_set": set, "site": none(),
            "privileges": {"jss_objects": if set == "Custom" { PRIVILEGES.to_vec() } else { Vec::new() }},
            "password": "CANARY-ACCOUNT-password"})
    };
    objects_with_names(&[
        (
            "it-admin",
            with(
                account("Administrator", "Enabled"),
                &json!({"full_name": "IT Admin", "email": "it@example.org", "email_address": "it@example.org"}),
            ),
        ),
        (
            "helpdesk",
            with(
                account("Custom", "Enabled"),
                &json!({"full_name": "Helpdesk", "email": "help@example.org", "email_address": "help@example.org"}),
            ),
        ),
        ("auditor", with(account("Auditor", "Enabled"), &json!({"full_name": "Auditor"}))),
        ("old-consultant", with(account("Administrator", "Disabled"), &json!({"full_name": "Left in 2021"}))),
    ])
}

fn account_groups() -> Vec<Value> {
    let group = |set: &str, members: Value| {
        json!({"access_level": "Full Access", "privilege_set": set, "site": none(), "members": members,
            "privileges": {"jss_objects": PRIVILEGES}})
    };
    objects_with_names(&[
        ("Helpdesk", group("Custom", json!([entry(2, "helpdesk")]))),
        ("Site admins", group("Enrollment Only", json!([]))),
    ])
}

pub(in crate::fleet) fn user_groups(fleet: &Fleet) -> Vec<Value> {
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<Value> {
        let users = fleet.collections.get("users").into_iter().flatten();
        let own =
            |user: &Value, name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let chosen = users.filter(|user| wanted(&short_name(&own(user, "username"))));
        chosen
            .map(|user| {
                json!({"id": own(user, "id").parse::<u64>().unwrap_or(0), "username": own(user, "username"),
                    "full_name": own(user, "realname"), "phone_number": own(user, "phone"), "email_address": own(user, "email")})
            })
            .collect()
    };
    let fixed = |users: Vec<Value>| json!({"is_smart": false, "is_notify_on_change": false, "site": none(), "criteria": [], "users": users});
    let smart = json!({"is_smart": true, "is_notify_on_change": false, "site": none(), "users": of(&|_| true),
        "criteria": [{"name": "Email Address", "priority": 0, "and_or": "and", "search_type": "like", "value": "example"}]});
    objects_with_names(&[
        ("Teachers", fixed(Vec::new())),
        ("Contractors", fixed(of(&|user| fleet.in_directory("Contractors", user)))),
        ("Users with an example address", smart),
    ])
}

fn user_attributes() -> Vec<Value> {
    let attribute = |kind: &str, choices: Value| json!({"description": "", "data_type": "String", "input_type": {"type": kind, "popup_choices": choices}});
    objects_with_names(&[
        ("Cost centre", attribute("Text Field", json!([]))),
        ("Contract", attribute("Pop-up Menu", json!(["Permanent", "Temporary"]))),
    ])
}

/// The saved searches for computers, with what each finds.
pub(crate) fn computer_searches(fleet: &Fleet) -> Vec<Value> {
    let criterion = |name: &str, operator: &str, value: &str| {
        vec![json!({"name": name, "priority": 0, "and_or": "and", "search_type": operator, "value": value,
            "opening_paren": false, "closing_paren": false})]
    };
    let searches = [
        ("Not seen for 30 days", criterion("Last Check-in", "more than x days ago", "30")),
        ("Firewall off", criterion("Firewall Enabled", "is", "Disabled")),
        ("Nobody knows why", criterion("Application Title", "has", "OldThing.app")),
    ];
    let criteria = searches.each_ref().map(|(_, criteria)| crate::classic::criteria_of_pro(criteria));
    let row = |index: &usize| {
        let of = fleet.computer(*index);
        json!({"id": Computer::id(*index), "name": of.name(), "udid": of.udid(), "Computer_Name": of.name()})
    };
    let mut rows = Vec::new();
    for ((name, criteria), found) in searches.into_iter().zip(fleet.found(&criteria)) {
        let computers: Vec<Value> = found.iter().map(row).collect();
        let search = json!({"view_as": "Standard Web Page", "sort_1": "", "sort_2": "", "sort_3": "", "site": none(),
            "criteria": criteria, "display_fields": [{"name": "Computer Name"}, {"name": "Serial Number"}],
            "computers": computers});
        rows.push((name, search));
    }
    objects_with_names(&rows)
}

fn user_searches() -> Vec<Value> {
    objects_with_names(&[(
        "Users without a device",
        json!({"site": none(), "criteria": [{"name": "Computers", "priority": 0, "and_or": "and", "search_type": "is", "value": "0"}],
            "display_fields": [{"name": "Username"}], "users": []}),
    )])
}

fn classes(fleet: &Fleet) -> Vec<Value> {
    let device = |index: usize| {
        let device = fleet.mobile_device(index)?;
        let own = |at: &str| device.pointer(at).cloned().unwrap_or_default();
        Some(
            json!({"name": own("/general/displayName"), "udid": own("/general/udid"), "wifi_mac_address": own("/hardware/wifiMacAddress")}),
        )
    };
    let class = |students: &[&str], teacher: &str, times: Value| {
        json!({"source": "N/A", "description": "", "site": none(), "students": students, "teachers": [teacher], "meeting_times": times,
            "mobile_devices": (0..8).filter_map(device).collect::<Vec<_>>()})
    };
    let time = |days: &str, start: u32, end: u32| json!({"days": days, "start_time": start, "end_time": end});
    objects_with_names(&[
        ("Biology 8a", class(&["s.abel", "t.bauer"], "vera.costa", json!([time("M W F", 800, 845)]))),
        ("Art 9", class(&[], "wei.duarte", json!([time("T", 1000, 1130), time("Th", 1000, 1130)]))),
    ])
}

fn computer_invitations(now: Timestamp) -> Vec<Value> {
    (1..=3_i64)
        .map(|at| {
            with(
                json!({"invitation": format!("{}{:036}", at, 7_001 * at), "invitation_type": if at == 1 { "URL" } else { "USER_INITIATED_EMAIL" },
                    "invitation_status": "PENDING", "multiple_users_allowed": at == 1, "times_used": at * 4, "ssh_username": "ladmin",
                    "ssh_password": "CANARY-INVITATION-password", "hide_account": true, "lock_down_ssh": true, "site": none(),
                    "keep_existing_site_membership": false}),
                &dated("expiration_date", now, if at == 2 { 40 } else { -30 }),
            )
        })
        .collect()
}

fn mobile_invitations(now: Timestamp) -> Vec<Value> {
    (1..=2_i64)
        .map(|at| {
            with(
                json!({"invitation": format!("{}{:036}", at + 3, 9_001 * at), "invitation_type": "USER_INITIATED_EMAIL", "subject": "Enroll your device",
                    "sent_to": format!("team{at}@example.org"), "sent_from": "it@example.org", "reply_to": "it@example.org", "message": "Follow the link.",
                    "last_action": if at == 1 { "Invitation used" } else { "Invitation sent" }, "multiple_uses_allowed": false, "site": none()}),
                &with(dated("expiration_date", now, -14), &dated("date_sent", now, 3)),
            )
        })
        .collect()
}

fn enrollment_profiles() -> Vec<Value> {
    let profile = |name: &str, at: u32| {
        json!({"general": {"name": name, "description": "", "udid": format!("0D5F2C00-0000-4000-A000-00000000000{at}"),
            "invitation": format!("{at}{:036}", 77)}, "location": {"department": "", "building": "Harbour House"},
            "purchasing": {"is_purchased": true, "vendor": "Example Reseller"}})
    };
    vec![profile("Apple Configurator cart", 1), profile("Loan desk", 2)]
}

fn peripherals(now: Timestamp) -> Vec<Value> {
    let peripheral = |kind: &str, code: &str, computer: usize| {
        let purchasing = with(
            json!({"is_purchased": true, "vendor": "Example Reseller", "po_number": "PO-5100", "life_expectancy": 5}),
            &with(dated("po_date", now, 700), &dated("warranty_expires", now, -395)),
        );
        json!({"general": {"type": kind, "bar_code_1": code, "bar_code_2": "", "computer_id": computer,
                "fields": [{"name": "Model", "value": "U2723QE"}]},
            "location": {"username": "", "building": "Harbour House", "room": "1.04"}, "purchasing": purchasing, "attachments": []})
    };
    vec![
        peripheral("Display", "P-0001", 1),
        peripheral("Display", "P-0002", 2),
        peripheral("Camera", "P-0077", 0),
    ]
}

fn peripheral_types() -> Vec<Value> {
    let fields = json!({"fields": [{"name": "Model", "type": "text", "order": 1, "choices": []},
        {"name": "Size", "type": "menu", "order": 2, "choices": ["24", "27", "32"]}]});
    objects_with_names(&[("Display", fields), ("Camera", json!({"fields": []}))])
}

fn assignments() -> Vec<Value> {
    let apps = json!([{"adam_id": 361_285_480, "name": "Keynote"}]);
    vec![
        json!({"general": {"name": "Teachers' apps", "vpp_admin_account_id": 1, "vpp_admin_account_name": "Headquarters"},
        "ios_apps": apps, "mac_apps": [], "ebooks": [], "scope": {"all_jss_users": false, "jss_user_groups": [entry(1, "Teachers")]}}),
    ]
}

fn vpp_invitations() -> Vec<Value> {
    vec![
        json!({"general": {"name": "Join Apps and Books", "vpp_account": {"id": 1}, "distribution_method": "Send emails", "subject": "Your apps",
            "message": "Accept the invitation.", "sender_name": "Information Technology", "sender_email_address": "it@example.org", "require_login": true},
        "scope": {"all_jss_users": false, "jss_user_groups": [entry(1, "Teachers")]},
        "invitation_usage": [{"id": 1, "name": "vera.costa", "email_address": "vera.costa@example.org", "status": "Accepted", "vpp_account": "Headquarters"}]}),
    ]
}
