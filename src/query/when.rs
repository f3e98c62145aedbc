//! Moments as people say them, such as `30 days ago`, as Jamf takes them.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

/// The moment that a text means, when it is one in words: `now`, `today`, `yesterday`, `30 days ago`, `in 2 weeks`.
pub fn relative(text: &str, now: Timestamp) -> Option<Timestamp> {
    let now = Offset::UTC.to_datetime(now);
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let moment = match words.as_slice() {
        ["now"] => now,
        ["today"] => now.date().to_datetime(Time::midnight()),
        ["yesterday"] => now.date().to_datetime(Time::midnight()).checked_sub(Span::new().days(1)).ok()?,
        ["tomorrow"] => now.date().to_datetime(Time::midnight()).checked_add(Span::new().days(1)).ok()?,
        [number, unit, "ago"] => now.checked_sub(span(number, unit)?).ok()?,
        ["in", number, unit] | [number, unit, "from", "now"] => now.checked_add(span(number, unit)?).ok()?,
        _ => return None,
    };
    Offset::UTC.to_timestamp(moment).ok()
}

fn span(number: &str, unit: &str) -> Option<Span> {
    let number: i64 = match number {
        "a" | "an" | "one" => 1,
        digits => digits.parse().ok().filter(|number| (0..=100_000).contains(number))?,
    };
    let span = Span::new();
    match unit.strip_suffix('s').unwrap_or(unit) {
        "second" => span.try_seconds(number),
        "minute" => span.try_minutes(number),
        "hour" => span.try_hours(number),
        "day" => span.try_days(number),
        "week" => span.try_weeks(number),
        "month" => span.try_months(number),
        "year" => span.try_years(number),
        _ => return None,
    }
    .ok()
}

/// The moments that a text stands for: one moment, or all of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first of them.
    pub from: Timestamp,
    /// The first after them; none for a single moment.
    pub to: Option<Timestamp>,
}

impl Period {
    /// One moment.
    pub fn at(moment: Timestamp) -> Self {
        Self { from: moment, to: None }
    }

    /// A day in UTC.
    fn of_day(day: Date) -> Option<Self> {
        let start = |day: Date| Offset::UTC.to_timestamp(day.to_datetime(Time::midnight())).ok();
        Some(Self { from: start(day)?, to: Some(start(day.tomorrow().ok()?)?) })
    }

    /// Whether it is all of a day.
    pub fn is_day(&self) -> bool {
        self.to.is_some()
    }

    /// Whether a moment is one of them.
    pub fn holds(&self, moment: Timestamp) -> bool {
        self.order(moment).is_eq()
    }

    /// How a moment stands to them: before all, one of them, or after all.
    pub fn order(&self, moment: Timestamp) -> Ordering {
        match self.to {
            _ if moment < self.from => Ordering::Less,
            Some(to) if moment < to => Ordering::Equal,
            None if moment == self.from => Ordering::Equal,
            _ => Ordering::Greater,
        }
    }

    /// Whether it begins and ends with a second.
    pub fn is_in_seconds(&self) -> bool {
        self.from.subsec_nanosecond() == 0
    }

    /// The first second that begins after it.
    pub fn end_in_seconds(&self) -> Timestamp {
        let next =
            |moment: Timestamp| Timestamp::from_second(second_of(moment).as_second().saturating_add(1));
        self.to.unwrap_or_else(|| next(self.from).unwrap_or(self.from))
    }

    /// The same without a part of a second, as words such as `30 days ago` mean it.
    fn in_seconds(self) -> Self {
        let whole = |moment: Timestamp| Timestamp::from_second(moment.as_second()).unwrap_or(moment);
        Self { from: whole(self.from), to: self.to.map(whole) }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_day() { f.write_str(&written_day(self.from)) } else { write!(f, "{}", self.from) }
    }
}

/// What a text means when it is a moment or a day, in the forms that Jamf writes. A moment without a zone is in UTC.
pub fn period(text: &str) -> Option<Period> {
    let text = text.trim();
    if text.len() == 10 {
        return Period::of_day(looks_like_one(text).then(|| text.parse().ok())??);
    }
    moment(text).map(Period::at)
}

/// What a text means when it is in words: `now`, `30 days ago`; `today` and `yesterday` are days.
pub fn period_in_words(text: &str, now: Timestamp) -> Option<Period> {
    let moment = relative(text, now)?;
    let is_day = matches!(text.trim().to_lowercase().as_str(), "today" | "yesterday" | "tomorrow");
    if is_day {
        Period::of_day(Offset::UTC.to_datetime(moment).date())
    } else {
        Some(Period::at(moment).in_seconds())
    }
}

/// The moment of a number of seconds or milliseconds since 1970; the Classic API writes both.
pub fn epoch(number: f64) -> Option<Timestamp> {
    let milliseconds = if number.abs() >= 1e11 { number } else { number * 1e3 };
    #[expect(
        clippy::as_conversions,
        reason = "a number out of range is cut, and refused by what it is made into"
    )]
    let milliseconds = milliseconds.round() as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}

/// The second that a moment is in.
pub fn second_of(moment: Timestamp) -> Timestamp {
    let within = Period::at(moment).is_in_seconds();
    let second = if within || moment.as_second() >= 0 { moment.as_second() } else { moment.as_second() - 1 };
    Timestamp::from_second(second).unwrap_or(moment)
}

fn looks_like_one(text: &str) -> bool {
    text.len() >= 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-")
}

/// A moment, or the start of a day, in any of the forms that Jamf writes, to the last part of a second.
pub fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !looks_like_one(text) {
        return None;
    }
    if text.len() == 10 {
        let day: Date = text.parse().ok()?;
        return Offset::UTC.to_timestamp(day.to_datetime(Time::midnight())).ok();
    }
    // The Classic API writes `+0000` and leaves the zone out elsewhere, where it means UTC.
    let colon = text.len().checked_sub(2).filter(|at| {
        text.get(at.saturating_sub(3)..).is_some_and(|zone| {
            zone.starts_with(['+', '-'])
                && zone.len() == 5
                && zone.get(1..).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        })
    });
    let text = match colon.and_then(|at| text.split_at_checked(at)) {
        Some((head, tail)) => format!("{head}:{tail}"),
        None => text.to_owned(),
    };
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

/// As Jamf takes a moment in a filter: to the second.
pub fn jamf_moment(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// As Jamf takes a day in a filter.
pub fn written_day(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_moments() {
        let now: Timestamp = "2026-03-31T12:30:00Z".parse().unwrap();
        let moment = |text: &str| relative(text, now).map(jamf_moment);
        for (text, expected) in [
            ("now", "2026-03-31T12:30:00Z"),
            ("Today", "2026-03-31T00:00:00Z"),
            ("yesterday", "2026-03-30T00:00:00Z"),
            ("30 days ago", "2026-03-01T12:30:00Z"),
            ("an hour ago", "2026-03-31T11:30:00Z"),
            ("1 month ago", "2026-02-28T12:30:00Z"),
            ("in 2 weeks", "2026-04-14T12:30:00Z"),
            ("90 minutes from now", "2026-03-31T14:00:00Z"),
        ] {
            assert_eq!(moment(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "ago", "many days ago", "3 fortnights ago", "99999999999 days ago", "Mac 30 days ago"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_read_as_jamf_writes_them() {
        for text in [
            "2026-01-31T10:20:30Z",
            "2026-01-31T10:20:30.000Z",
            "2026-01-31T11:20:30+01:00",
            "2026-01-31T10:20:30.000+0000",
            "2026-01-31 10:20:30",
        ] {
            assert_eq!(moment(text).map(jamf_moment).as_deref(), Some("2026-01-31T10:20:30Z"), "{text}");
        }
        assert_eq!(moment("2026-01-31").map(jamf_moment).as_deref(), Some("2026-01-31T00:00:00Z"));
        assert_eq!(moment("26.1 (25B78)"), None);
        assert_eq!(moment("2026-13-31"), None);
    }

    #[test]
    fn a_day_is_all_of_its_moments() {
        let day = period("2026-01-31").unwrap();
        let order = |text: &str| day.order(moment(text).unwrap());
        assert_eq!(order("2026-01-30T23:59:59.999Z"), Ordering::Less);
        assert_eq!(order("2026-01-31T00:00:00Z"), Ordering::Equal);
        assert_eq!(order("2026-01-31T23:59:59.999Z"), Ordering::Equal);
        assert_eq!(order("2026-02-01T00:00:00Z"), Ordering::Greater);
        assert_eq!((day.to_string().as_str(), day.is_in_seconds()), ("2026-01-31", true));
        let now: Timestamp = "2026-03-31T12:30:00.5Z".parse().unwrap();
        assert_eq!(period_in_words("yesterday", now).unwrap(), period("2026-03-30").unwrap());
        assert_eq!(period_in_words("30 days ago", now).unwrap().to_string(), "2026-03-01T12:30:00Z");
        assert_eq!(period("2026-01-31T10:20:30.272Z").unwrap().to_string(), "2026-01-31T10:20:30.272Z");
        assert_eq!(period("31.01.2026"), None);
    }

    #[test]
    fn seconds_and_milliseconds_since_1970_are_moments() {
        let expected = moment("2026-01-31T10:00:00Z");
        assert_eq!(epoch(1_769_853_600.0), expected);
        assert_eq!(epoch(1_769_853_600_000.0), expected);
        assert_eq!(second_of(moment("2026-01-31T10:00:00.999Z").unwrap()), expected.unwrap());
        assert_eq!(epoch(f64::MAX), None);
    }
}
