//! Models of Macs, the releases of macOS, and which of them run on which. Facts of Apple's; ages are in days before the moment that
//! the fleet is as of.

use super::{Computer, LAB, VIRTUAL};

/// A model of a Mac.
#[derive(Debug)]
pub(crate) struct Model {
    pub(super) name: &'static str,
    /// What macOS calls a new Mac of it.
    pub(super) family: &'static str,
    pub(super) identifier: &'static str,
    pub(super) board: &'static str,
    pub(super) processor: &'static str,
    pub(super) cores: u32,
    pub(super) silicon: bool,
    /// The newest macOS that it runs, and the version that it came with.
    newest: u32,
    first: (u32, u32),
    /// It was sold from so many days ago until so many days ago.
    pub(super) sold: (i64, i64),
    weight: u64,
}

impl Model {
    pub(super) fn is_laptop(&self) -> bool {
        self.family.starts_with("MacBook")
    }

    pub(super) fn is_virtual(&self) -> bool {
        self.weight == 0
    }
}

macro_rules! models {
    ($($name:literal, $family:literal, $identifier:literal, $board:literal, $processor:literal, $cores:literal, $silicon:literal,
        $newest:literal, $first:expr, $sold:expr, $weight:literal;)*) => {
        [$(Model {
            name: $name, family: $family, identifier: $identifier, board: $board, processor: $processor, cores: $cores,
            silicon: $silicon, newest: $newest, first: $first, sold: $sold, weight: $weight,
        }),*]
    };
}

#[rustfmt::skip]
static MODELS: [Model; 13] = models![
    "MacBook Pro (14-inch, Nov 2023)", "MacBook Pro", "Mac15,3", "J504AP", "Apple M3", 8, true, 26, (14, 1), (740, 390), 18;
    "MacBook Air (M2, 2022)", "MacBook Air", "Mac14,2", "J413AP", "Apple M2", 8, true, 26, (12, 4), (1200, 260), 20;
    "MacBook Air (13-inch, M4, 2025)", "MacBook Air", "Mac16,12", "J713AP", "Apple M4", 10, true, 26, (15, 3), (255, 0), 14;
    "MacBook Pro (16-inch, 2021)", "MacBook Pro", "MacBookPro18,1", "J316sAP", "Apple M1 Pro", 10, true, 26, (12, 0), (1480, 1030), 12;
    "iMac (24-inch, M1, 2021)", "iMac", "iMac21,1", "J456AP", "Apple M1", 8, true, 26, (11, 3), (1640, 750), 8;
    "Mac mini (2023)", "Mac mini", "Mac14,3", "J473AP", "Apple M2", 8, true, 26, (13, 2), (1030, 390), 6;
    "Mac Studio (2022)", "Mac Studio", "Mac13,1", "J375cAP", "Apple M1 Max", 10, true, 26, (12, 3), (1340, 900), 2;
    "MacBook Pro (13-inch, 2020, Four Thunderbolt 3 ports)", "MacBook Pro", "MacBookPro16,2", "J214kAP", "Intel Core i5", 4, false, 26, (10, 15), (2020, 1500), 7;
    "MacBook Air (Retina, 13-inch, 2019)", "MacBook Air", "MacBookAir8,2", "J140aAP", "Intel Core i5", 2, false, 14, (10, 14), (2330, 2070), 5;
    "iMac (Retina 5K, 27-inch, 2017)", "iMac", "iMac18,3", "Mac-BE088AF8C5EB4FA2", "Intel Core i7", 4, false, 13, (10, 12), (3000, 2400), 4;
    "MacBook Pro (14-inch, M4, 2024)", "MacBook Pro", "Mac16,1", "J604AP", "Apple M4", 10, true, 26, (15, 1), (380, 30), 6;
    "MacBook Air (M1, 2020)", "MacBook Air", "MacBookAir10,1", "J313AP", "Apple M1", 8, true, 26, (11, 0), (1820, 620), 8;
    "Apple Virtual Machine 1", "Mac", "VirtualMac2,1", "VMA2MACOSAP", "Apple M1 (Virtual)", 4, true, 26, (12, 0), (900, 0), 0;
];

/// Places of models in the list above.
const PRO_14: usize = 0;
const AIR_M2: usize = 1;
const IMAC: usize = 4;
const MINI: usize = 5;
const STUDIO: usize = 6;
const VIRTUAL_MACHINE: usize = 12;

/// Models of Macs that a name, a role or a file of the world tells.
const FIXED: [(usize, usize); 10] = [
    (0, PRO_14),
    (3, AIR_M2),
    (19, PRO_14),
    (31, STUDIO),
    (40, MINI),
    (59, AIR_M2),
    (66, AIR_M2),
    (150, IMAC),
    (151, IMAC),
    (205, PRO_14),
];

/// A release of macOS.
#[derive(Debug)]
pub(crate) struct Release {
    pub(super) version: &'static str,
    pub(super) build: &'static str,
    /// Days since it came out.
    age: i64,
}

const fn release(version: &'static str, build: &'static str, age: i64) -> Release {
    Release { version, build, age }
}

/// Newest first within each major version.
static RELEASES: [Release; 29] = [
    release("26.1", "25B78", 25),
    release("26.0.1", "25A362", 61),
    release("26.0", "25A354", 75),
    release("15.7.2", "24G325", 25),
    release("15.7.1", "24G231", 61),
    release("15.6.1", "24G90", 100),
    release("15.5", "24F74", 197),
    release("15.4.1", "24E263", 222),
    release("15.3.2", "24D81", 258),
    release("15.3.1", "24D70", 287),
    release("15.1.1", "24B91", 370),
    release("15.0.1", "24A348", 416),
    release("14.8.2", "23J126", 25),
    release("14.8.1", "23J30", 61),
    release("14.7.8", "23H730", 97),
    release("14.7", "23H124", 434),
    release("14.6.1", "23G93", 470),
    release("14.5", "23F79", 555),
    release("14.3.1", "23D60", 650),
    release("14.2.1", "23C71", 700),
    release("14.1", "23B74", 760),
    release("13.7.8", "22H730", 97),
    release("13.7.2", "22H313", 350),
    release("13.6.9", "22G830", 475),
    release("13.6", "22G120", 795),
    release("13.4.1", "22F82", 880),
    release("12.7.6", "21H1320", 480),
    release("12.7.1", "21G920", 760),
    release("12.5.1", "21G83", 1190),
];

/// Runs the beta of the next release.
const BETA: usize = 19;
static BETA_RELEASE: Release = release("26.2", "25C5031i", 4);
/// Has a Rapid Security Response.
pub(super) const RESPONSE: usize = 66;

/// The first two numbers of a version.
fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// The name of a major version.
fn called(major: u32) -> &'static str {
    match major {
        12 => "Monterey",
        13 => "Ventura",
        14 => "Sonoma",
        15 => "Sequoia",
        _ => "Tahoe",
    }
}

impl Computer {
    pub(super) fn model(&self) -> &'static Model {
        let index = self.twin().unwrap_or(self.index);
        let fixed = FIXED.iter().find(|(at, _)| *at == index).map(|(_, model)| *model);
        let fixed = fixed.or_else(|| LAB.contains(&index).then_some(IMAC));
        let fixed = fixed.or_else(|| VIRTUAL.contains(&index).then_some(VIRTUAL_MACHINE));
        if let Some(model) = fixed.and_then(|model| MODELS.get(model)) {
            return model;
        }
        // What has been silent for long is no newer than its last sign of life.
        let fits = |model: &&Model| !self.is_long_silent() || model.sold.0 > 700;
        let weight = |model: &'static Model| model.weight;
        let all = MODELS.iter().filter(fits).map(weight).sum();
        let mut roll = self.chance.below(index, "model", all);
        for model in MODELS.iter().filter(fits) {
            if roll < model.weight {
                return model;
            }
            roll -= model.weight;
        }
        &MODELS[0]
    }

    /// Releases that its model runs and that were out when it last reported, newest first.
    fn releases(&self) -> impl Iterator<Item = &'static Release> {
        let (model, age) = (self.model(), self.days_since_report());
        RELEASES.iter().filter(move |release| {
            let version = numbers(release.version);
            version.0 <= model.newest && version >= model.first && release.age >= age
        })
    }

    /// What it runs; nothing where it never reported.
    pub(super) fn release(&self) -> Option<&'static Release> {
        *self.release.get_or_init(|| self.running())
    }

    fn running(&self) -> Option<&'static Release> {
        self.reported()?;
        match self.index {
            BETA => return Some(&BETA_RELEASE),
            RESPONSE => return RELEASES.iter().find(|release| release.version == "13.4.1"),
            _ => {}
        }
        let wanted = match self.chance.below(self.index, "os", 100) {
            0..45 => 26,
            45..75 => 15,
            75..92 => 14,
            92..98 => 13,
            _ => 12,
        };
        let all: Vec<&Release> = self.releases().collect();
        let major = |release: &&Release| numbers(release.version).0;
        // The next older major version that it can have, or else the oldest one that it came with.
        let older = all.iter().map(major).filter(|own| *own <= wanted).max();
        let chosen = older.or_else(|| all.iter().map(major).min())?;
        let of: Vec<&Release> = all.into_iter().filter(|release| major(release) == chosen).collect();
        let place = match self.chance.below(self.index, "patch", 100) {
            0..50 => 0,
            50..75 => 1,
            75..90 => 2,
            _ => 3,
        };
        of.get(place).or(of.last()).copied()
    }

    /// The version of its macOS as it reports it: a few add a zero.
    pub(crate) fn os_version(&self) -> String {
        let Some(release) = self.release() else { return String::new() };
        let short = release.version.matches('.').count() == 1 && self.index != BETA;
        let zero = if short && self.index % 29 == 3 { ".0" } else { "" };
        format!("{}{zero}", release.version)
    }

    /// The first number of its macOS, 0 where it never reported.
    pub(super) fn os_major(&self) -> u32 {
        self.release().map_or(0, |release| numbers(release.version).0)
    }

    /// The newest releases that it was offered when it last reported: of its major version, and of the newest that it can run.
    pub(super) fn offered(&self) -> Vec<(String, &'static Release)> {
        let Some(own) = self.release().filter(|_| self.index != BETA) else { return Vec::new() };
        let major = numbers(own.version).0;
        let newer = |release: &&Release| release.age < own.age;
        let minor = self.releases().filter(newer).find(|release| numbers(release.version).0 == major);
        let newest = self.releases().max_by_key(|release| (numbers(release.version).0, -release.age));
        let upgrade = newest.filter(|release| numbers(release.version).0 > major);
        let named = |release: &'static Release| {
            let major = numbers(release.version).0;
            (format!("macOS {} {}", called(major), release.version), release)
        };
        minor.into_iter().chain(upgrade).map(named).collect()
    }
}
