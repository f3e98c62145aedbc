//! Moments as people say them, such as `30 days ago`, as Jamf takes them.

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

/// A moment, or the start of a day, in any of the forms that Jamf writes.
pub fn moment(text: &str) -> Option<Timestamp> {
    let looks_like_one = text.len() >= 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    if !looks_like_one {
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

/// As Jamf takes a moment in a filter.
pub fn written(moment: Timestamp) -> String {
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
        let said = |text: &str| relative(text, now).map(written);
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
            assert_eq!(said(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "ago", "many days ago", "3 fortnights ago", "99999999999 days ago", "Mac 30 days ago"]
        {
            assert_eq!(said(text), None, "{text}");
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
            assert_eq!(moment(text).map(written).as_deref(), Some("2026-01-31T10:20:30Z"), "{text}");
        }
        assert_eq!(moment("2026-01-31").map(written).as_deref(), Some("2026-01-31T00:00:00Z"));
        assert_eq!(moment("26.1 (25B78)"), None);
        assert_eq!(moment("2026-13-31"), None);
    }
}
