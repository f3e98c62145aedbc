//! Who uses a device is told by one name, in the two forms that the directories have.

use std::collections::HashMap;

use serde_json::Value;

use super::{Rule, field, rows, world};

/// The name that macOS has for an account: what comes before the sign.
fn short(username: &str) -> &str {
    username.split('@').next().unwrap_or_default()
}

#[tokio::test]
async fn a_user_of_a_computer_is_known_and_logs_in_by_the_short_name() {
    let world = world().await;
    let mut rule = Rule::default();
    let users: HashMap<&str, &Value> =
        world.list("users").iter().map(|user| (field(user, "username"), user)).collect();
    let (mut long, mut plain) = (0, 0);
    for computer in &world.computers {
        let username = computer.text("/userAndLocation/username");
        if username.is_empty() {
            continue;
        }
        if username.contains('@') {
            long += 1
        } else {
            plain += 1
        }
        let user = users.get(username);
        rule.holds(user.is_some(), || format!("{computer}: {username} is no user"));
        for (place, own) in
            [("realname", "realname"), ("email", "email"), ("position", "position"), ("phone", "phone")]
        {
            let (told, known) =
                (computer.at("/userAndLocation")[place].clone(), user.map(|user| user[own].clone()));
            rule.holds(Some(&told) == known.as_ref(), || format!("{computer}: {place} is {told}, {known:?}"));
        }
        if computer.is_silent() {
            continue;
        }
        let accounts = computer.rows("/localUserAccounts");
        let account = accounts.iter().find(|account| field(account, "username") == short(username));
        rule.holds(account.is_some(), || format!("{computer}: no account of {username}"));
        let binary = computer.at("/general/lastLoggedInUsernameBinary").as_str().unwrap_or_default();
        rule.holds(accounts.iter().any(|account| field(account, "username") == binary), || {
            format!("{computer}: {binary:?} logged in without an account")
        });
        let unlocking = computer.rows("/diskEncryption/fileVault2EnabledUserNames");
        let has = |name: &Value| {
            accounts.iter().any(|own| &own["username"] == name && own["fileVault2Enabled"] == true)
        };
        rule.holds(unlocking.iter().all(has), || format!("{computer}: {unlocking:?} have no accounts"));
        let capable = computer.rows("/general/mdmCapable/capableUsers");
        rule.holds(capable.iter().all(|name| accounts.iter().any(|own| &own["username"] == name)), || {
            format!("{computer}: {capable:?} are capable without accounts")
        });
        for log in
            rows(&computer.past["policy_logs"]).iter().chain(rows(&computer.past["computer_usage_logs"]))
        {
            rule.holds(!field(log, "username").contains('@'), || format!("{computer}: {log}"));
        }
    }
    rule.holds(long > 60 && plain > 60, || {
        format!("{long} names of the one directory, {plain} of the other")
    });
}

#[tokio::test]
async fn a_user_of_a_mobile_device_is_known() {
    let world = world().await;
    let mut rule = Rule::default();
    let users: Vec<&str> = world.list("users").iter().map(|user| field(user, "username")).collect();
    for device in &world.devices {
        let username = device.text("/userAndLocation/username");
        rule.holds(username.is_empty() || users.contains(&username), || format!("{device}: {username}"));
        let shared = device.at("/general/sharedIpad") == true || device.text("/deviceType") == "tvOS";
        rule.holds(shared == username.is_empty(), || format!("{device}: shared {shared}, {username:?}"));
    }
}

#[tokio::test]
async fn the_classic_api_tells_the_same_of_every_device() {
    let world = world().await;
    let mut rule = Rule::default();
    let mut same = |told: &super::Told, pairs: &[(&str, &str)]| {
        for (classic, pro) in pairs {
            let (one, other) = (told.classic.pointer(classic).unwrap_or(&Value::Null), told.at(pro));
            // The Classic API has a number for what is not there.
            let nothing = |value: &Value| value.is_null() || value == "" || *value == -1;
            rule.holds(one == other || (nothing(one) && nothing(other)), || {
                format!("{told}: {classic} is {one}, {pro} is {other}")
            });
        }
    };
    for computer in &world.computers {
        same(
            computer,
            &[
                ("/general/name", "/general/name"),
                ("/general/serial_number", "/hardware/serialNumber"),
                ("/general/ip_address", "/general/lastIpAddress"),
                ("/general/mdm_capable", "/general/mdmCapable/capable"),
                ("/general/remote_management/managed", "/general/remoteManagement/managed"),
                ("/location/username", "/userAndLocation/username"),
                ("/location/room", "/userAndLocation/room"),
                ("/hardware/model", "/hardware/model"),
                ("/hardware/os_version", "/operatingSystem/version"),
                ("/hardware/os_build", "/operatingSystem/build"),
                ("/hardware/battery_capacity", "/hardware/batteryCapacityPercent"),
                ("/security/firewall_enabled", "/security/firewallEnabled"),
            ],
        );
    }
    for computer in world.computers.iter().filter(|computer| computer.classic["software"].is_object()) {
        same(computer, &[("/software/installed_by_casper", "/packageReceipts/installedByJamfPro")]);
    }
    for device in &world.devices {
        same(
            device,
            &[
                ("/general/name", "/general/displayName"),
                ("/general/serial_number", "/hardware/serialNumber"),
                ("/general/os_version", "/general/osVersion"),
                ("/general/os_build", "/general/osBuild"),
                ("/general/model", "/hardware/model"),
                ("/general/ip_address", "/general/ipAddress"),
                ("/location/username", "/userAndLocation/username"),
                ("/location/department", "/userAndLocation/department"),
            ],
        );
    }
}
