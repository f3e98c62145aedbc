//! Every computer and every mobile device of the tenant, read through both APIs, contradicts nothing: neither itself nor
//! anything else that the tenant tells. The rules hold for all of them, and name none.

mod applications;
mod dates;
mod enrollment;
mod groups;
mod hardware;
mod mobile_devices;
mod paths;
mod people;
mod places;
mod silence;

use std::{collections::HashMap, fmt::Display, time::Duration};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::{classic::json_of, client::Client};
use crate::{Options, store::id_text};

/// A device as both APIs tell it, with its past.
struct Told {
    id: String,
    /// The Jamf Pro API, with every section.
    pro: Value,
    /// The Classic API.
    classic: Value,
    /// Of computers and mobile devices alike: `computer_history` or `mobile_device_history`.
    past: Value,
}

impl Told {
    fn at(&self, pointer: &str) -> &Value {
        self.pro.pointer(pointer).unwrap_or(&Value::Null)
    }

    fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    /// A moment, or the beginning of a day.
    fn moment(&self, pointer: &str) -> Option<i64> {
        millisecond(self.text(pointer))
    }

    fn rows(&self, pointer: &str) -> &[Value] {
        rows(self.at(pointer))
    }

    /// A computer that never sent an inventory.
    fn is_silent(&self) -> bool {
        self.at("/general/reportDate").is_null()
    }
}

impl Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = [self.text("/general/name"), self.text("/general/displayName")].concat();
        write!(f, "{} {name:?}", self.id)
    }
}

/// The time of `2026-11-27T08:14:03.418Z` or `2026-11-27`, in milliseconds.
fn millisecond(text: &str) -> Option<i64> {
    let day = || format!("{text}T00:00:00Z").parse::<jiff::Timestamp>().ok();
    text.parse::<jiff::Timestamp>().ok().or_else(day).map(jiff::Timestamp::as_millisecond)
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn field<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `26.0.1` as numbers, without the zeros at its end; what is no number sorts first.
fn numbers(version: &str) -> Vec<u64> {
    let mut all: Vec<u64> = version.split('.').map(|part| part.parse().unwrap_or(0)).collect();
    while all.last() == Some(&0) {
        all.pop();
    }
    all
}

/// What the tenant tells.
struct World {
    now: i64,
    computers: Vec<Told>,
    devices: Vec<Told>,
    /// Answers by their path, those that several rules look at.
    lists: HashMap<&'static str, Vec<Value>>,
}

static WORLD: OnceCell<World> = OnceCell::const_new();

async fn world() -> &'static World {
    WORLD.get_or_init(World::read).await
}

/// Lists of the Jamf Pro API by the names that rules have for them.
const LISTS: [(&str, &str); 11] = [
    ("packages", "/api/v1/packages?page-size=500"),
    ("buildings", "/api/v1/buildings?page-size=500"),
    ("departments", "/api/v1/departments?page-size=500"),
    ("users", "/api/v1/users?page-size=2000"),
    ("computer-prestages", "/api/v3/computer-prestages?page-size=100"),
    ("mobile-device-prestages", "/api/v3/mobile-device-prestages?page-size=100"),
    ("patch-titles", "/api/v2/patch-software-title-configurations"),
    ("definitions 1", "/api/v2/patch-software-title-configurations/1/definitions"),
    ("definitions 2", "/api/v2/patch-software-title-configurations/2/definitions"),
    ("definitions 3", "/api/v2/patch-software-title-configurations/3/definitions"),
    ("attributes", "/api/v1/computer-extension-attributes?page-size=500"),
];

/// A computer without its software.
const PART: &str = "/subset/General&Location&Purchasing&Hardware&Security&ExtensionAttributes&GroupsAccounts";

/// Families of the Classic API: the path, and the name of one of its objects.
const CLASSIC: [(&str, &str, &str); 5] = [
    ("policies", "policies", "policy"),
    ("computergroups", "computer_groups", "computer_group"),
    ("mobiledevicegroups", "mobile_device_groups", "mobile_device_group"),
    ("networksegments", "network_segments", "network_segment"),
    ("advancedcomputersearches", "advanced_computer_searches", "advanced_computer_search"),
];

impl World {
    async fn read() -> Self {
        let lifetime = Duration::from_secs(3_600);
        let client = Client::new(Options { token_lifetime: lifetime, ..Options::default() }).await;
        let every = |sections: &[&str]| -> String {
            sections.iter().map(|section| format!("&section={section}")).collect()
        };
        let computers: Vec<&str> = crate::inventory::SECTIONS.iter().map(|(name, ..)| *name).collect();
        let devices: Vec<&str> = crate::inventory::MOBILE_SECTIONS.iter().map(|(name, _)| *name).collect();
        let mut lists = HashMap::new();
        for (name, path) in LISTS {
            let answer = client.get(path).await.json;
            let all = answer.get("results").unwrap_or(&answer);
            lists.insert(name, rows(all).to_vec());
        }
        for (path, list, one) in CLASSIC {
            let all = json_of(&client, &format!("/JSSResource/{path}")).await.json[list].clone();
            let mut objects = Vec::new();
            for row in rows(&all) {
                let path = format!("/JSSResource/{path}/id/{}", row["id"]);
                objects.push(json_of(&client, &path).await.json[one].clone());
            }
            assert!(!objects.is_empty(), "{path}");
            lists.insert(path, objects);
        }
        let told = async |path: String, id: &str, classic: [&str; 4]| {
            let mut told = Vec::new();
            // Whole records are large: a page of all of them would be in memory several times.
            for page in 0.. {
                let mut answer = client.get(&format!("{path}&page={page}")).await.json;
                let Value::Array(records) = answer["results"].take() else { break };
                if records.is_empty() {
                    break;
                }
                for pro in records {
                    let id = id_text(&pro[id]);
                    let [family, object, history, past] = classic;
                    // The software of all would be most of what is read; that of every tenth one is enough.
                    let number: usize = id.parse().unwrap();
                    let part = if number.is_multiple_of(10) || family != "computers" { "" } else { PART };
                    let record = format!("/JSSResource/{family}/id/{id}{part}");
                    let classic = json_of(&client, &record).await.json[object].take();
                    let history = format!("/JSSResource/{history}/id/{id}");
                    let past = json_of(&client, &history).await.json[past].take();
                    assert!(classic.is_object() && past.is_object(), "{family} {id}");
                    told.push(Told { id, pro, classic, past });
                }
            }
            told
        };
        let path = format!("/api/v4/computers-inventory?page-size=40{}", every(&computers));
        let names = ["computers", "computer", "computerhistory", "computer_history"];
        let computers = told(path, "id", names).await;
        let path = format!("/api/v2/mobile-devices/detail?page-size=40{}", every(&devices));
        let names = ["mobiledevices", "mobile_device", "mobiledevicehistory", "mobile_device_history"];
        let devices = told(path, "mobileDeviceId", names).await;
        assert_eq!((computers.len(), devices.len()), (420, 168));
        Self { now: jiff::Timestamp::now().as_millisecond(), computers, devices, lists }
    }

    fn list(&self, name: &str) -> &[Value] {
        self.lists.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Computers that sent an inventory.
    fn inventoried(&self) -> impl Iterator<Item = &Told> {
        self.computers.iter().filter(|computer| !computer.is_silent())
    }
}

/// What contradicts something, gathered, so that a rule tells all of it at once.
#[derive(Default)]
struct Rule(Vec<String>, usize);

impl Rule {
    fn holds(&mut self, holds: bool, told: impl FnOnce() -> String) {
        self.1 += 1;
        if !holds {
            self.0.push(told());
        }
    }
}

impl Drop for Rule {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        assert!(self.1 > 0, "nothing was looked at");
        let first: Vec<&String> = self.0.iter().take(12).collect();
        assert!(self.0.is_empty(), "{} of {} contradict: {first:#?}", self.0.len(), self.1);
    }
}
