//! What reaches a computer, and reports over computers: management, applications, their usage, changes of hardware and software,
//! saved searches as reports.

use indexmap::IndexMap;
use jiff::{ToSpan, civil::Date, tz::Offset};
use serde_json::{Value, json};

use super::{Context, Reply, dates, devices, objects, pages, reach::Reach, render, subset, text, type_of};
use crate::{
    classic::facts::{Operation, Type},
    exchange::Answer,
    fleet::policies,
    inventory::Kind,
    pro::patches,
    store::{id_text, set},
};

/// The longest time that a report goes over.
const LONGEST: i32 = 400;

/// Answer a path.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    match parts {
        ["computerreports"] => {
            let rows = context.store.objects("advancedcomputersearches", context.sight);
            Ok(render(context.call, of, &rows.into_iter().map(|r| objects::row(r, &of.shape)).collect()))
        }
        ["computerreports", key, value] => report(context, of, key, value),
        ["computerapplications", "application", name, rest @ ..] => Ok(applications(context, of, name, rest)),
        ["computerapplicationusage", key, value, range] => usage(context, of, key, value, range),
        ["computerhardwaresoftwarereports", key, value, range, rest @ ..] => {
            changes(context, of, [key, value, range], rest.last().copied())
        }
        ["computermanagement", key, value, rest @ ..] => management(context, of, key, value, rest),
        _ => Err(pages::not_found()),
    }
}

fn computer(context: &Context<'_>, key: &str, value: &str) -> Result<usize, Answer> {
    devices::row_of(context, Kind::Computers, key, value).ok_or_else(pages::not_found)
}

/// What the scopes of everything that is scoped bring to a computer.
fn management(context: &mut Context<'_>, of: &Type, key: &str, value: &str, rest: &[&str]) -> Reply {
    let at = computer(context, key, value)?;
    let names = devices::names(context, Kind::Computers, at);
    let reach = Reach::of(context, Kind::Computers, at);
    let store = &*context.store;
    let scoped = |family: &str, row: &dyn Fn(&Value) -> Value| -> Value {
        let all = store.objects(family, context.sight).into_iter();
        let on = |o: &&Value| o.pointer("/general/enabled").and_then(Value::as_bool).unwrap_or(true);
        let now = jiff::Timestamp::now();
        all.filter(on).filter(|o| !policies::is_over(o, now)).filter(|o| reach.holds(o)).map(row).collect()
    };
    let general = |object: &Value, name: &str| object.pointer(&format!("/general/{name}")).cloned();
    let named = |object: &Value| json!({"id": general(object, "id"), "name": general(object, "name")});
    let groups = |smart: bool| -> Value {
        let all = store.objects("computer_groups", context.sight).into_iter();
        let kind = |g: &&Value| g.get("isSmart").and_then(Value::as_bool).unwrap_or_default() == smart;
        let own = all.filter(kind).filter(|g| reach.in_group(&g.get("id").map(id_text).unwrap_or_default()));
        own.map(|g| {
            let id: u64 = g.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
            json!({"id": id, "name": text(g, "name")})
        })
        .collect()
    };
    let policy = |object: &Value| {
        let mut row = named(object);
        set(&mut row, "trigger", json!(policies::trigger(object.get("general").unwrap_or(&Value::Null))));
        row
    };
    let mut made = json!({
        "general": devices::general(&names),
        "policies": scoped("policies", &policy),
        "ebooks": scoped("ebooks", &named),
        "mac_app_store_apps": scoped("macapplications", &named),
        "os_x_configuration_profiles": scoped("osx_configuration_profiles", &named),
        "restricted_software": scoped("restrictedsoftware", &named),
        "patch_policies": scoped("patchpolicies", &named),
        "smart_groups": groups(true),
        "static_groups": groups(false),
        "patch_reporting_software_titles": titles(context, at),
    });
    match rest {
        ["patchfilter", filter] => {
            let rows = made.get_mut("patch_reporting_software_titles").and_then(Value::as_array_mut);
            if let Some(rows) = rows {
                rows.retain(|row| text(row, "name").to_lowercase().contains(&filter.to_lowercase()));
            }
            made = subset(&made, "patch_reporting_software_titles");
        }
        [.., "subset", names] => {
            return Ok(render(context.call, of, &subset(&of.shape.fill_in(made), names)));
        }
        _ => {}
    }
    Ok(render(context.call, of, &made))
}

/// Versions of what has patch titles.
fn titles(context: &Context<'_>, at: usize) -> Value {
    let apps = devices::part(context, Kind::Computers, at, "applications");
    let row = |app: &Value| {
        let latest = patches::latest(text(app, "name"))?;
        let name = text(app, "name").strip_suffix(".app")?;
        Some(json!({"name": name, "latest_version": latest, "installed_version": text(app, "version")}))
    };
    apps.as_array().into_iter().flatten().filter_map(row).collect()
}

/// Which computers have an application, by version.
fn applications(context: &Context<'_>, of: &Type, name: &str, rest: &[&str]) -> Answer {
    let wanted_version = match rest {
        ["version", version, ..] => Some(version.to_lowercase()),
        _ => None,
    };
    let like = |own: &str, wanted: &str| {
        let bare = wanted.trim_end_matches('*');
        own == wanted || (bare.len() < wanted.len() && own.starts_with(bare)) || wanted == "*"
    };
    let name = name.to_lowercase();
    let mut versions: IndexMap<String, Vec<Value>> = IndexMap::new();
    let named = |own: &str| {
        let own = own.to_lowercase();
        like(&own, &name) || own.strip_suffix(".app").is_some_and(|own| like(own, &name))
    };
    let computers = &context.store.computers;
    // Records of which the fleet knows nothing have no applications.
    for at in computers.rows(context.sight).into_iter().filter(|at| computers.is_rendered(*at)) {
        for (_, version) in context.store.fleet.application_versions(at, named) {
            if wanted_version.as_ref().is_none_or(|wanted| like(&version.to_lowercase(), wanted)) {
                let of = devices::names(context, Kind::Computers, at);
                let row = json!({"id": of.id, "name": of.name, "udid": of.udid, "serial_number": of.serial, "mac_address": of.mac});
                versions.entry(version.to_owned()).or_default().push(row);
            }
        }
    }
    versions.sort_keys();
    let mut unique: IndexMap<String, &Value> = IndexMap::new();
    for row in versions.values().flatten() {
        unique.entry(row.get("id").map(id_text).unwrap_or_default()).or_insert(row);
    }
    let rows: Vec<Value> = versions
        .iter()
        .map(|(number, computers)| json!({"number": number, "computers": computers}))
        .collect();
    let unique: Vec<&Value> = unique.into_values().collect();
    render(context.call, of, &json!({"versions": rows, "unique_computers": unique}))
}

/// The two days of a path, the first not after the second.
fn range(text: &str) -> Result<(Date, Date), Answer> {
    let (start, end) = text.split_once('_').ok_or_else(pages::bad_request)?;
    let day = |text: &str| text.parse::<Date>().map_err(|_| pages::bad_request());
    let (start, end) = (day(start)?, day(end)?);
    let longest = start.checked_add(LONGEST.days()).map_err(|_| pages::bad_request())?;
    if end < start || end > longest { Err(pages::bad_request()) } else { Ok((start, end)) }
}

fn days(start: Date, end: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(start), |day| day.tomorrow().ok()).take_while(move |day| *day <= end)
}

/// Minutes that applications were open, day by day, up to the last contact.
fn usage(context: &Context<'_>, of: &Type, key: &str, value: &str, dates: &str) -> Reply {
    let at = computer(context, key, value)?;
    let (start, end) = range(dates)?;
    let apps = devices::part(context, Kind::Computers, at, "applications");
    let fleet = &context.store.fleet;
    let last = Offset::UTC.to_datetime(fleet.last_seen(at)).date();
    let first = last.checked_sub(90.days()).unwrap_or(last);
    let rows = days(start, end)
        .filter(|day| *day <= last && *day >= first && day.weekday().to_monday_one_offset() < 6);
    let row = |day: Date| {
        let number = usize::try_from(day.day_of_year()).unwrap_or_default();
        let used = apps.as_array().into_iter().flatten().take(6).filter_map(|app| {
            let name = text(app, "name");
            let minutes = fleet.minutes(at, name, number);
            (minutes > 30).then(|| {
                json!({"name": name, "version": text(app, "version"), "foreground": minutes / 3, "open": minutes})
            })
        });
        json!({"date": day.to_string().replace('-', "/"), "apps": used.collect::<Vec<_>>()})
    };
    Ok(render(context.call, of, &rows.map(row).collect()))
}

/// Changes of hardware and software between two days.
fn changes(context: &Context<'_>, of: &Type, path: [&str; 3], names: Option<&str>) -> Reply {
    let [key, value, days] = path;
    let at = computer(context, key, value)?;
    range(days)?;
    let part = |name: &str| devices::part(context, Kind::Computers, at, name);
    let (hardware, system, storage) = (part("hardware"), part("operatingSystem"), part("storage"));
    let moment = context.store.fleet.last_seen(at);
    let dated = |rest: Value| {
        let mut made = json!({});
        if let Value::Object(fields) = &mut made {
            dates::set_at(fields, "date_time", Some(moment));
            fields.extend(rest.as_object().cloned().unwrap_or_default());
        }
        made
    };
    let own = |name: &str| hardware.get(name).cloned().unwrap_or_else(|| json!(0));
    let apps = part("applications");
    let app = apps.get(at % 7).cloned().unwrap_or_default();
    let whole = json!({
        "hardware_report": dated(json!({
            "make": text(&hardware, "make"), "model_identifier": text(&hardware, "modelIdentifier"),
            "serial_number": text(&hardware, "serialNumber"), "processor_count": own("processorCount"),
            "core_count": own("coreCount"), "processor_speed_mhz": own("processorSpeedMhz"),
            "total_ram_mb": own("totalRamMegabytes"), "open_ram_slots": own("openRamSlots"), "NIC_speed": "n/a",
            "optical_drive": "", "service_pack": "",
            "operating_system": format!("{} {}", text(&system, "name"), text(&system, "version")),
            "total_harddrive_size": storage.pointer("/disks/0/sizeMegabytes").map(id_text).unwrap_or_default(),
            "boot_partition_used_percent": storage.pointer("/disks/0/partitions/0/percentUsed"),
        })),
        "software_report": dated(json!({"name": text(&app, "name"), "path": text(&app, "path"),
            "version": text(&app, "version"), "type": "Added"})),
        "font_report": {}, "plugin_report": {},
    });
    let whole = of.shape.fill_in(whole);
    // A subset is called `Fonts`, what it holds `font_report`.
    let report = |name: &str| format!("{}_report", name.trim_end_matches('s'));
    let names = names.map(|names| names.split('&').map(report).collect::<Vec<_>>().join("&"));
    Ok(render(context.call, of, &names.map_or_else(|| whole.clone(), |names| subset(&whole, &names))))
}

/// The computers that a saved search finds.
fn report(context: &Context<'_>, of: &Type, key: &str, value: &str) -> Reply {
    let searches = context.store.objects("advancedcomputersearches", context.sight);
    let same = |s: &&Value| s.get(key).map(id_text).is_some_and(|own| own.eq_ignore_ascii_case(value));
    let found = searches.into_iter().find(same).ok_or_else(pages::not_found)?;
    let rows = found.get("computers").and_then(Value::as_array).into_iter().flatten();
    let rows = rows.map(|row| json!({"id": row.get("id"), "Computer_Name": row.get("name")}));
    Ok(render(context.call, of, &rows.collect()))
}

/// Families of objects with a scope, and the kinds of devices that it can hold.
const SCOPED: [(&str, &[Kind]); 8] = [
    ("policies", &[Kind::Computers]),
    ("osx_configuration_profiles", &[Kind::Computers]),
    ("mobile_device_configuration_profiles", &[Kind::MobileDevices]),
    ("macapplications", &[Kind::Computers]),
    ("mobiledeviceapplications", &[Kind::MobileDevices]),
    ("ebooks", &[Kind::Computers, Kind::MobileDevices]),
    ("restrictedsoftware", &[Kind::Computers]),
    ("patchpolicies", &[Kind::Computers]),
];

/// The ids of the devices in the scope of objects, of one family and one id where they are given.
pub(crate) fn scopes(context: &Context<'_>, family: Option<&str>, id: Option<&str>) -> Value {
    let store = &*context.store;
    let of = |kind: Kind| -> Vec<Reach> {
        let rows = devices::inventory(context, kind).rows(context.sight);
        rows.into_iter().map(|at| Reach::of(context, kind, at)).collect()
    };
    let (computers, mobile_devices) = (of(Kind::Computers), of(Kind::MobileDevices));
    let mut found = Vec::new();
    for (name, kinds) in SCOPED.into_iter().filter(|(name, _)| family.is_none_or(|family| family == *name)) {
        for object in store.objects(name, context.sight) {
            let general = |field: &str| object.pointer(&format!("/general/{field}"));
            let own = general("id").or_else(|| object.get("id")).map(id_text).unwrap_or_default();
            if id.is_some_and(|id| id != own) {
                continue;
            }
            let held = |kind: Kind, reaches: &[Reach]| -> Vec<String> {
                let holds = |reach: &&Reach| kinds.contains(&kind) && reach.holds(object);
                reaches.iter().filter(holds).map(|reach| reach.id().to_owned()).collect()
            };
            found.push(json!({
                "family": name, "id": own, "name": general("name"), "enabled": general("enabled"),
                "computers": held(Kind::Computers, &computers),
                "mobileDevices": held(Kind::MobileDevices, &mobile_devices),
            }));
        }
    }
    json!({ "scopes": found })
}
