//! What a Mac is made of fits its model, and its system fits both.

use std::collections::{HashMap, HashSet};

use super::{Rule, Told, field, numbers, world};

/// Model identifiers by how they begin, with the newest macOS that Apple lets them have and the oldest that they came with.
const SYSTEMS: [(&str, u64, u64); 13] = [
    ("Mac17,", 26, 26),
    ("Mac16,", 26, 15),
    ("Mac15,", 26, 14),
    ("Mac14,3", 26, 13),
    ("Mac14,", 26, 12),
    ("Mac13,", 26, 12),
    ("MacBookPro18,", 26, 12),
    ("MacBookPro16,2", 26, 11),
    ("MacBookAir8,", 14, 11),
    ("iMac21,", 26, 11),
    ("iMac18,", 13, 11),
    ("VirtualMac2,", 26, 12),
    ("Mac", 26, 12),
];

fn is_laptop(computer: &Told) -> bool {
    computer.text("/hardware/model").starts_with("MacBook")
}

#[tokio::test]
async fn batteries_are_in_laptops_alone() {
    let world = world().await;
    let mut rule = Rule::default();
    for computer in world.inventoried() {
        let battery = !computer.at("/hardware/batteryCapacityPercent").is_null()
            && computer.at("/hardware/batteryCapacityPercent") != -1;
        rule.holds(battery == is_laptop(computer), || {
            format!("{computer}: {} with a battery: {battery}", computer.text("/hardware/model"))
        });
        for attribute in computer.rows("/extensionAttributes") {
            let value = attribute["values"][0].as_str().unwrap_or_default();
            let counts = field(attribute, "name") == "Battery Cycles" && value.ends_with(" cycles");
            rule.holds(!counts || is_laptop(computer), || format!("{computer}: {value} of a desktop"));
        }
    }
}

#[tokio::test]
async fn a_computer_that_is_named_after_a_model_is_one() {
    let world = world().await;
    let mut rule = Rule::default();
    for computer in world.inventoried() {
        let (name, model) = (computer.text("/general/name"), computer.text("/hardware/model"));
        let wanted = ["MacBook Pro", "MacBook Air", "iMac", "Mac mini", "Mac Studio", "MacBook"];
        let plain = name.replace('\u{a0}', " ");
        let named = wanted.iter().find(|word| plain.contains(*word));
        rule.holds(named.is_none_or(|word| model.starts_with(word)), || format!("{computer} is a {model}"));
    }
    let lab: HashSet<&str> = world
        .inventoried()
        .filter(|computer| computer.text("/general/name").starts_with("LAB-"))
        .map(|computer| computer.text("/hardware/model"))
        .collect();
    rule.holds(lab.len() == 1, || format!("the Macs of the lab are {lab:?}"));
}

#[tokio::test]
async fn a_system_fits_its_model_and_a_build_its_version() {
    let world = world().await;
    let mut rule = Rule::default();
    let mut builds: HashMap<Vec<u64>, HashSet<&str>> = HashMap::new();
    for computer in world.inventoried() {
        let (identifier, version) =
            (computer.text("/hardware/modelIdentifier"), computer.text("/operatingSystem/version"));
        let build = computer.text("/operatingSystem/build");
        let major = numbers(version)[0];
        let fits = SYSTEMS.iter().find(|(start, ..)| identifier.starts_with(start));
        rule.holds(fits.is_some_and(|(_, newest, oldest)| (*oldest..=*newest).contains(&major)), || {
            format!("{computer}: macOS {version} on {identifier}")
        });
        // Since macOS 11 the kernel that builds are numbered after is 9 ahead, and 1 behind since macOS 26.
        let kernel = if major < 26 { major + 9 } else { major - 1 };
        rule.holds(build.starts_with(&kernel.to_string()), || format!("{computer}: {version} is {build}"));
        builds.entry(numbers(version)).or_default().insert(build);
        let updates = computer.rows("/softwareUpdates");
        for update in updates {
            let offered = numbers(field(update, "version"));
            rule.holds(offered > numbers(version), || {
                format!("{computer}: {version} is offered {offered:?}")
            });
            rule.holds(fits.is_some_and(|(_, newest, _)| offered[0] <= *newest), || {
                format!("{computer}: {identifier} is offered {offered:?}")
            });
            let name = format!("{} {}", field(update, "name"), field(update, "packageName"));
            rule.holds(name.contains(field(update, "version")), || format!("{computer}: {name}"));
        }
        let latest = [(26, "26.1"), (15, "15.7.2"), (14, "14.8.2"), (13, "13.7.8"), (12, "12.7.6")];
        let latest = latest.iter().find(|(of, _)| *of == major).map(|(_, latest)| numbers(latest));
        // What it is offered is told by its inventory, which may be older than the update.
        let told = computer.moment("/general/reportDate").unwrap_or(0) > world.now - 20 * 86_400_000;
        let behind = told && latest.is_some_and(|latest| numbers(version) < latest);
        rule.holds(!behind || !updates.is_empty(), || {
            format!("{computer}: nothing newer than {version} is offered")
        });
    }
    for (version, builds) in builds {
        rule.holds(builds.len() == 1, || format!("macOS {version:?} has the builds {builds:?}"));
    }
}

#[tokio::test]
async fn storage_and_memory_add_up() {
    let world = world().await;
    let mut rule = Rule::default();
    for computer in world.inventoried() {
        let free = computer.at("/storage/bootDriveAvailableSpaceMegabytes").as_i64().unwrap_or(-1);
        let disk = computer.at("/storage/disks/0/sizeMegabytes").as_i64().unwrap_or(0);
        let used = computer.at("/storage/disks/0/partitions/0/percentUsed").as_i64().unwrap_or(-1);
        rule.holds(0 <= free && free < disk && (100 - free * 100 / disk - used).abs() <= 1, || {
            format!("{computer}: {free} of {disk} are free, {used} % are used")
        });
        let silicon = computer.at("/hardware/appleSilicon") == true;
        let architecture = computer.text("/hardware/processorArchitecture");
        rule.holds((architecture == "arm64") == silicon, || format!("{computer}: {architecture}"));
        let encrypted = computer.at("/diskEncryption/fileVault2Enabled") == true;
        let state = computer.text("/storage/disks/0/partitions/0/fileVault2State") == "ENCRYPTED";
        let system = computer.text("/operatingSystem/fileVault2Status") == "BOOT_ENCRYPTED";
        rule.holds(encrypted == state && state == system, || {
            format!("{computer}: {encrypted} {state} {system}")
        });
    }
}
