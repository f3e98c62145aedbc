//! Moments and days that criteria compare, in whichever zone the server of the tenant is.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::fleet::known::Known;

/// A date such as `2026-11-29`.
pub(super) fn date(text: &str) -> Option<Date> {
    text.trim().parse().ok()
}

/// A moment or a whole day.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moment {
    At(Timestamp),
    On(Date),
}

impl Moment {
    /// A moment in UTC, with or without zone, or a date.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() == 10 {
            return date(text).map(Self::On);
        }
        let at = text.parse::<Timestamp>().ok().or_else(|| {
            let local = text.parse::<jiff::civil::DateTime>().ok()?;
            TimeZone::UTC.to_timestamp(local).ok()
        });
        at.map(Self::At)
    }

    /// When it begins.
    pub(super) fn start(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::On(date) => midnight(date),
        }
    }

    /// Whether it is before a day.
    pub(super) fn is_before(self, limit: Date) -> Known<bool> {
        match self {
            Self::On(date) => Known::Known(date < limit),
            Self::At(at) => within(at, midnight(limit), midnight(limit), "before").map(|is_later| !is_later),
        }
    }

    /// Whether it is after a day.
    pub(super) fn is_after(self, limit: Date) -> Known<bool> {
        match self {
            Self::On(date) => Known::Known(date > limit),
            Self::At(at) => within(at, midnight(limit), midnight(limit.tomorrow().unwrap_or(limit)), "after"),
        }
    }
}

/// Whether a moment is later than a border that lies between two moments, whichever zone the server of the tenant is in.
fn within(at: Timestamp, first: Timestamp, last: Timestamp, operator: &str) -> Known<bool> {
    let first = first.saturating_sub(SignedDuration::from_hours(14)).unwrap_or(first);
    let last = last.saturating_add(SignedDuration::from_hours(12)).unwrap_or(last);
    match () {
        () if at >= last => Known::Known(true),
        () if at < first => Known::Known(false),
        () => Known::unknown(format!(
            "the date lies within a day of the one in `{operator}`, and neither the time zone nor whether that day counts is documented"
        )),
    }
}

fn midnight(date: Date) -> Timestamp {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    TimeZone::UTC.to_timestamp(midnight).unwrap_or(Timestamp::UNIX_EPOCH)
}
