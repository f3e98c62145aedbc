//! The runs of a policy on a computer: they follow from its triggers, its frequency, when it began and ended, when it must not run,
//! and from when the computer was enrolled and last checked in. Made when they are asked for, and stored nowhere.

use jiff::{
    Timestamp, ToSpan,
    civil::{Time, Weekday},
    tz::TimeZone,
};
use serde_json::Value;

use super::{
    Computer, Fleet,
    groups::CHROME_STORY,
    policies::{self, CHROME, Declaration, POLICIES},
    profiles,
};

/// One run of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) at: Timestamp,
    pub(crate) failed: bool,
}

/// Check-ins whose runs of an ongoing policy are listed.
const ONGOING: i64 = 24;

impl Fleet {
    /// The runs of a policy on a computer that is in its scope, newest first. A policy that was made since the start has none.
    pub(crate) fn policy_runs(&self, index: usize, policy: &Value) -> Vec<Run> {
        let general = |name: &str| policy.pointer(&format!("/general/{name}"));
        let id = general("id").and_then(Value::as_u64).unwrap_or_default();
        let described = usize::try_from(id).ok().and_then(|id| POLICIES.get(id.checked_sub(1)?));
        let (Some(of), Some(true)) = (described, general("enabled").and_then(Value::as_bool)) else {
            return Vec::new();
        };
        let computer = self.computer(index);
        let Some((first, last)) = self.chances(&computer, policy, of) else { return Vec::new() };
        let word = format!("policy {id}");
        let window = Window::of(policy);
        let frequency = general("frequency").and_then(Value::as_str).unwrap_or_default();
        if id == CHROME && CHROME_STORY.contains(&index) {
            // One tried once and failed; nothing runs "once per computer" a second time. The others never came to it.
            let once = CHROME_STORY.get(1) == Some(&index);
            let at = self.once(index, &word, first, last, &window);
            return at.filter(|_| once).map(|at| Run { at, failed: true }).into_iter().collect();
        }
        let fails =
            of.needs_root && !self.profiles_on(index).iter().any(|profile| profile.id == profiles::ROOT);
        let runs = match frequency {
            _ if !self.is_triggered(index, &word, of) => Vec::new(),
            _ if frequency.starts_with("Once per") => {
                let at = self.once(index, &word, first, last, &window);
                at.into_iter().flat_map(|at| self.tried(index, &word, policy, at, last)).collect()
            }
            "Ongoing" if of.is_on("check-in") => self.ongoing(index, first, last, &window),
            "Ongoing" => self.again(index, &word, of, 11, (first, last), &window),
            "Once every day" => self.again(index, &word, of, 1, (first, last), &window),
            "Once every week" => self.again(index, &word, of, 7, (first, last), &window),
            _ => self.again(index, &word, of, 30, (first, last), &window),
        };
        let mut runs: Vec<Run> =
            runs.into_iter().map(|run| Run { failed: run.failed || fails, ..run }).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.at));
        runs
    }

    /// From when until when a policy could have run on a computer.
    fn chances(
        &self,
        computer: &Computer,
        policy: &Value,
        of: &Declaration,
    ) -> Option<(Timestamp, Timestamp)> {
        // What never sent an inventory tells nothing, and what is not managed runs nothing.
        if !computer.managed() || computer.never_inventoried() {
            return None;
        }
        let enrolled = computer.enrolled();
        let since = self.options.now.checked_sub((of.since * 24).hours()).ok()?;
        let (activation, expiration) = policies::lifetime(policy);
        let first = enrolled.max(since).max(activation.unwrap_or(since));
        let last = computer.checked_in()?;
        let last = expiration.map_or(last, |expiration| expiration.min(last));
        (first < last).then_some((first, last))
    }

    /// Whether anything ever started the policy on a computer: users pick some of what Self Service offers, and an event needs somebody
    /// who calls it.
    fn is_triggered(&self, index: usize, word: &str, of: &Declaration) -> bool {
        let by_itself = ["check-in", "startup", "login", "enrollment"].iter().any(|what| of.is_on(what));
        by_itself || (of.is_on("self-service") && self.chance().percent(index, word, 30))
    }

    /// The first time that a policy could run and was allowed to, a while after it came.
    fn once(
        &self,
        index: usize,
        word: &str,
        first: Timestamp,
        last: Timestamp,
        window: &Window,
    ) -> Option<Timestamp> {
        let minutes = i64::try_from(20 + self.chance().below(index, word, 2_600)).unwrap_or_default();
        let seconds = i64::try_from(self.chance().below(index, "policy second", 60)).unwrap_or_default();
        let at = first.checked_add(minutes.minutes().seconds(seconds)).ok()?;
        window.opened(at).filter(|at| *at <= last)
    }

    /// A run, which fails in a few cases where a failure is tried again.
    fn tried(&self, index: usize, word: &str, policy: &Value, at: Timestamp, last: Timestamp) -> Vec<Run> {
        let retries = policy.pointer("/general/retry_attempts").and_then(Value::as_i64).unwrap_or_default();
        let again = at.checked_add(15.minutes()).ok().filter(|again| *again <= last);
        match again {
            Some(again) if retries > 0 && self.chance().percent(index, &format!("{word} fails"), 4) => {
                vec![Run { at, failed: true }, Run { at: again, failed: false }]
            }
            _ => vec![Run { at, failed: false }],
        }
    }

    /// A run at each of the last check-ins.
    fn ongoing(&self, index: usize, first: Timestamp, last: Timestamp, window: &Window) -> Vec<Run> {
        let run = |time: i64| {
            let place = index.wrapping_mul(31).wrapping_add(usize::try_from(time).unwrap_or_default());
            let jitter =
                i64::try_from(self.chance().below(place, "check-in jitter", 100)).unwrap_or_default();
            let at = last.checked_sub((time * 15).minutes().seconds(jitter)).ok()?;
            (at >= first && window.is_open(at)).then_some(Run { at, failed: false })
        };
        (0..ONGOING).filter_map(run).collect()
    }

    /// A run every so many days, around the same hour.
    fn again(
        &self,
        index: usize,
        word: &str,
        of: &Declaration,
        every: i64,
        (first, last): (Timestamp, Timestamp),
        window: &Window,
    ) -> Vec<Run> {
        let usual = i64::try_from(9 + self.chance().below(index, word, 8)).unwrap_or(12);
        let hour = of.hour.unwrap_or(usual);
        let many = match every {
            1 => 10,
            7 => 6,
            _ => 3,
        };
        let midnight = last.as_second() - last.as_second().rem_euclid(86_400);
        let run = |time: i64| {
            let place = index.wrapping_mul(31).wrapping_add(usize::try_from(time).unwrap_or_default());
            let seconds = i64::try_from(self.chance().below(place, word, 900)).unwrap_or_default();
            let at =
                Timestamp::from_second(midnight - time * every * 86_400 + hour * 3_600 + seconds).ok()?;
            let at = window.opened(at)?;
            let failed = self.chance().percent(place, &format!("{word} fails"), 3);
            (at >= first && at <= last).then_some(Run { at, failed })
        };
        (0..=many).filter_map(run).collect()
    }
}

/// When a policy must not run: between two times of day, on some days or on all.
struct Window {
    start: Option<Time>,
    end: Option<Time>,
    days: Vec<Weekday>,
}

impl Window {
    fn of(policy: &Value) -> Self {
        let own = |name: &str| policy.pointer(&format!("/general/date_time_limitations/{name}"));
        let time = |name: &str| Time::strptime("%I:%M %p", own(name)?.as_str()?).ok();
        let days = own("no_execute_on").and_then(Value::as_array).into_iter().flatten();
        let day = |day: &Value| {
            Some(match day.as_str()? {
                "Mon" => Weekday::Monday,
                "Tue" => Weekday::Tuesday,
                "Wed" => Weekday::Wednesday,
                "Thu" => Weekday::Thursday,
                "Fri" => Weekday::Friday,
                "Sat" => Weekday::Saturday,
                _ => Weekday::Sunday,
            })
        };
        Self {
            start: time("no_execute_start"),
            end: time("no_execute_end"),
            days: days.filter_map(day).collect(),
        }
    }

    fn is_open(&self, at: Timestamp) -> bool {
        let (Some(start), Some(end)) = (self.start, self.end) else { return true };
        let at = TimeZone::UTC.to_datetime(at);
        let today = self.days.is_empty() || self.days.contains(&at.weekday());
        !(today && start <= at.time() && at.time() < end)
    }

    /// The moment, or the end of the time that it must not run in.
    fn opened(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) {
            return Some(at);
        }
        let civil = TimeZone::UTC.to_datetime(at);
        let end = TimeZone::UTC.to_timestamp(civil.date().to_datetime(self.end?)).ok()?;
        end.checked_add(i64::from(civil.second()).seconds()).ok()
    }
}
