//! Networks, directories, webhooks, listeners, and keys.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{none, objects_with_names, with};
use crate::fleet::network;

pub(super) fn collections(now: Timestamp) -> Vec<(&'static str, Vec<Value>)> {
    let checked_in = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
    vec![
        ("networksegments", segments()),
        ("ibeacons", beacons()),
        ("webhooks", webhooks()),
        ("ldapservers", ldap()),
        ("directorybindings", bindings()),
        (
            "infrastructuremanager",
            vec![json!({
                "name": "infra.example.org", "hostname": "infra.example.org", "uuid": "3b1d0c52-0000-4000-a000-000000000001",
                "last_check_in": checked_in, "last_reported_ip": "10.1.0.40", "operating_system": "Ubuntu", "operating_system_version": "24.04",
                "recurring_check_in_frequency": 30,
            })],
        ),
        (
            "healthcarelistener",
            vec![json!({
                "name": "Ward devices", "enabled": false, "infratructure_manager_id": 1, "port": 8080, "single_ips": "10.1.0.41", "range_ips": "",
            })],
        ),
        (
            "healthcarelistenerrule",
            vec![json!({
                "name": "Lock on discharge", "hcl_id": 1, "adt_message": "ADT^A03", "adt_message_field": "PV1-3", "device_inventory_field": 1,
                "mdm_command": "DeviceLock", "operating_system": "iPhone", "notification_enabled": true, "notification_threshold": 5,
                "notification_emails": ["ward@example.org"],
            })],
        ),
        (
            "jsonwebtokenconfigurations",
            objects_with_names(&[(
                "In-house app downloads",
                json!({
                    "disabled": false, "token_expiry": 10, "encryption_key": "CANARY-JWT-key",
                }),
            )]),
        ),
    ]
}

/// One of each building, and some that put nothing in any; one of them lies around all others, as it does.
pub(in crate::fleet) fn segments() -> Vec<Value> {
    let segment = |(name, net, building): (&str, usize, &str)| {
        json!({"name": name, "starting_address": format!("10.{net}.0.0"), "ending_address": format!("10.{net}.255.255"), "building": building,
            "department": "", "distribution_server": "", "distribution_point": "", "url": "", "swu_server": "",
            "override_buildings": !building.is_empty(), "override_departments": false})
    };
    let mut all: Vec<Value> = network::of_buildings().map(|(name, net)| segment((name, net, name))).collect();
    all.extend([("Schools", network::SCHOOLS, ""), ("VPN", network::VPN, "")].map(segment));
    let around = segment(("Home and abroad", 0, ""));
    all.push(with(around, &json!({"starting_address": "0.0.0.0", "ending_address": "255.255.255.255"})));
    all
}

fn beacons() -> Vec<Value> {
    let beacon =
        |minor: &str| json!({"uuid": "E2C56DB5-0000-4000-A000-000000000001", "major": "1", "minor": minor});
    objects_with_names(&[("Lab desk", beacon("1")), ("Reception", beacon("2"))])
}

fn webhooks() -> Vec<Value> {
    let hook = |event: &str, path: &str, enabled: bool| {
        json!({"event": event, "url": format!("https://hooks.example.org/{path}"), "content_type": "application/json", "enabled": enabled,
            "connection_timeout": 5, "read_timeout": 2, "authentication_type": "NONE"})
    };
    let signed =
        json!({"authentication_type": "BASIC", "username": "jamf", "password": "CANARY-WEBHOOK-password"});
    objects_with_names(&[
        ("Tickets for new computers", with(hook("ComputerAdded", "tickets", true), &signed)),
        ("Smart group changes", hook("SmartGroupComputerMembershipChange", "groups", true)),
        ("Inventory to warehouse", hook("ComputerInventoryCompleted", "warehouse", true)),
        ("Old chat bot", hook("RestAPIOperation", "chat-2021", false)),
    ])
}

fn ldap() -> Vec<Value> {
    let server = |name: &str, host: &str, kind: &str| {
        json!({
            "connection": {
                "name": name, "hostname": host, "server_type": kind, "port": 636, "use_ssl": true, "authentication_type": "simple",
                "account": {"distinguished_username": "CN=jamf,OU=Services,DC=example,DC=org", "password": "CANARY-LDAP-password"},
                "open_close_timeout": 15, "search_timeout": 60, "referral_response": "ignore", "use_wildcards": true,
            },
            "mappings_for_users": {
                "user_mappings": {"map_object_class_to_any_or_all": "all", "object_classes": "person,user", "search_base": "DC=example,DC=org",
                    "search_scope": "All Subtrees", "map_user_id": "uSNCreated", "map_username": "sAMAccountName", "map_realname": "displayName",
                    "map_email_address": "mail", "map_department": "department", "map_user_uuid": "objectGUID"},
                "user_group_mappings": {"map_object_class_to_any_or_all": "all", "object_classes": "group", "search_base": "DC=example,DC=org",
                    "search_scope": "All Subtrees", "map_group_id": "uSNCreated", "map_group_name": "name", "map_group_uuid": "objectGUID"},
                "user_group_membership_mappings": {"user_group_membership_stored_in": "user object", "use_dn": true, "recursive_lookups": true},
            },
        })
    };
    vec![
        server("example.org", "dc1.example.org", "Active Directory"),
        server("schools.example.org (old)", "od.schools.example.org", "Open Directory"),
    ]
}

fn bindings() -> Vec<Value> {
    objects_with_names(&[(
        "example.org binding",
        json!({"priority": 1, "domain": "example.org", "username": "svc-bind", "password": "CANARY-BINDING-password",
            "computer_ou": "CN=Computers,DC=example,DC=org", "type": "Active Directory", "site": none()}),
    )])
}
