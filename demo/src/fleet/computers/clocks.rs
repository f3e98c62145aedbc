//! When things happened to a computer, in the order in which they can have: bought, entered, enrolled, reported, checked in, contacted.

use jiff::{SignedDuration, Timestamp, civil::Time, tz::Offset};

use super::{Computer, LEAVER, STOLEN, groups};

/// The silence of the older record of a Mac that has two, by its index.
const REPLACED: [(usize, i64); 2] = [(175, 62), (275, 34)];

const DAY: i64 = 24 * 60;

fn minutes_before(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(at)
}

/// So many days earlier, at a time of that day.
fn earlier(at: Timestamp, days: i64, time: Time) -> Timestamp {
    let day = Offset::UTC.to_datetime(minutes_before(at, days * DAY)).date();
    Offset::UTC.to_timestamp(day.to_datetime(time)).unwrap_or(at)
}

/// 5 on a Friday, 7 on a Sunday.
fn weekday(at: Timestamp) -> i64 {
    i64::from(Offset::UTC.to_datetime(at).weekday().to_monday_one_offset())
}

/// As Jamf writes moments.
pub(super) fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

impl Computer {
    fn draw(&self, word: &str, below: i64) -> i64 {
        let below = u64::try_from(below).unwrap_or(1);
        i64::try_from(self.chance.below(self.index, word, below)).unwrap_or_default()
    }

    /// Of the 3 % that have not been heard of for more than half a year.
    pub(super) fn is_long_silent(&self) -> bool {
        matches!(self.index % 100, 17 | 47 | 77)
    }

    /// Days that it has not checked in for, at least.
    fn silence(&self) -> i64 {
        if let Some((_, days)) = REPLACED.iter().find(|(index, _)| *index == self.index) {
            return *days;
        }
        match self.index {
            STOLEN => 0,
            LEAVER => 23,
            // The one of the Chrome story that is simply away.
            groups::CHROME_AWAY => 41,
            _ if self.is_long_silent() => 181 + self.draw("silent", 420),
            index if matches!(index % 100, 4 | 33 | 52) => 31 + self.draw("silent", 149),
            _ => match self.draw("silent", 100) {
                0..70 => 0,
                70..82 => 1,
                _ => 2 + self.draw("silent days", 5),
            },
        }
    }

    /// The last check-in; nothing where there never was one. Macs check in every quarter of an hour while somebody works.
    pub(crate) fn checked_in(&self) -> Option<Timestamp> {
        if self.never_inventoried() {
            return None;
        }
        let seconds = SignedDuration::from_secs(self.draw("second", 900));
        let fraction = if self.index % 3 == 1 { self.draw("fraction", 999) + 1 } else { 0 };
        let base = minutes_before(self.now, self.silence() * DAY);
        let base = Timestamp::from_second(base.as_second()).unwrap_or(base);
        let at = base.checked_sub(seconds).unwrap_or(base);
        let at =
            if self.index == STOLEN || self.index == groups::CHROME_AWAY { at } else { self.at_work(at) };
        at.checked_sub(SignedDuration::from_secs(1) - SignedDuration::from_millis(fraction)).ok()
    }

    /// The last moment up to another at which somebody worked: few do at night and on weekends.
    fn at_work(&self, at: Timestamp) -> Timestamp {
        let evening = |days: i64| {
            let minutes = self.draw("evening", 150);
            let hour = i8::try_from(15 + minutes / 60).unwrap_or(15);
            let minute = i8::try_from(minutes % 60).unwrap_or_default();
            let second = i8::try_from(self.draw("evening second", 60)).unwrap_or_default();
            earlier(at, days, Time::new(hour, minute, second, 0).unwrap_or(Time::midnight()))
        };
        let (day, hour) = (weekday(at), Offset::UTC.to_datetime(at).hour());
        let at_night = !(7..19).contains(&hour) && !self.chance.percent(self.index, "night", 10);
        match day {
            6 | 7 if !self.chance.percent(self.index, "weekend", 10) => evening(day - 5),
            1 if at_night && hour < 7 => evening(3),
            _ if at_night => evening(i64::from(hour < 7)),
            _ => at,
        }
    }

    /// The last inventory: every working day about noon, unless it stopped.
    pub(crate) fn reported(&self) -> Option<Timestamp> {
        *self.reported.get_or_init(|| self.report())
    }

    fn report(&self) -> Option<Timestamp> {
        let last = match self.index {
            // Inventory stopped, and check-ins go on.
            index if index % 50 == 21 => minutes_before(self.checked_in()?, 45 * DAY),
            _ => self.checked_in()?,
        };
        let minute = i8::try_from(self.draw("noon", 45)).unwrap_or_default();
        let second = i8::try_from(self.draw("noon second", 60)).unwrap_or_default();
        let noon = Time::new(12, minute, second, 0).unwrap_or(Time::midnight());
        let worked = (0..4).map(|days| earlier(last, days, noon));
        let found = worked.into_iter().find(|at| *at <= last && weekday(*at) < 6).unwrap_or(last);
        let first = self.enrolled().checked_add(SignedDuration::from_mins(4)).unwrap_or(last);
        Some(found.max(first).min(self.checked_in()?))
    }

    /// The last contact of any kind; MDM answers a little later than the check-in.
    pub(crate) fn contacted(&self) -> Option<Timestamp> {
        let checked_in = self.checked_in()?;
        let since = self.now.as_second() - checked_in.as_second();
        let later = if self.managed() { self.draw("contact", since.clamp(1, 700)) } else { 0 };
        checked_in.checked_add(SignedDuration::from_secs(later)).ok()
    }

    /// The last login, before the last check-in.
    pub(crate) fn logged_in(&self) -> Option<Timestamp> {
        // Nobody has logged in since it was taken; what runs without a login goes on.
        let since = if self.index == STOLEN { 6 * DAY } else { 0 };
        let last = minutes_before(self.checked_in()?, since);
        Some(minutes_before(last, 5 + self.draw("login", 400)).max(self.enrolled()))
    }

    /// Whole days since the last check-in; 0 where there never was one.
    pub(crate) fn days_silent(&self) -> i64 {
        self.checked_in().map_or(0, |at| (self.now.as_second() - at.as_second()) / (DAY * 60))
    }

    /// Whole days since the last inventory, 0 where there is none.
    pub(super) fn days_since_report(&self) -> i64 {
        self.reported().map_or(0, |at| (self.now.as_second() - at.as_second()) / (DAY * 60))
    }

    /// Days since it was bought, while its model was sold.
    pub(super) fn bought(&self) -> i64 {
        let record = self.of_board();
        let ((from, until), last) = (record.model().sold, record.silence() + 60);
        let last = last.max(until);
        last + record.draw("bought", (from - last).max(1))
    }

    /// Days since its record was made.
    fn entered_days(&self) -> i64 {
        match self.older_record() {
            // The new record of a Mac with another logic board: after the old one was last heard of.
            Some(old) => old.silence() - 8,
            None => self.bought() - 3 - self.draw("entered", 20),
        }
    }

    /// When its record was made.
    pub(crate) fn entered(&self) -> Timestamp {
        minutes_before(self.now, self.entered_days() * DAY + self.draw("entered at", 400))
    }

    /// When it was enrolled last: as a rule when its record was made, for a few again later.
    pub(crate) fn enrolled(&self) -> Timestamp {
        let entered = self.entered();
        let until = self.entered_days() - self.silence() - 20;
        let again = self.chance.percent(self.index, "again", 22) && until > 1;
        let days = if again { 1 + self.draw("again after", until - 1) } else { 0 };
        let later = SignedDuration::from_mins(days * DAY + 2 + self.draw("enrolled", 20));
        entered.checked_add(later).unwrap_or(entered)
    }

    /// When its MDM profile ends: it is renewed half a year before, while the Mac is there.
    pub(super) fn profile_ends(&self) -> Option<Timestamp> {
        let contact = self.contacted().filter(|_| self.managed())?;
        let days = if self.index % 97 == 20 { 9 } else { 185 + self.draw("profile", 540) };
        contact.checked_add(SignedDuration::from_hours(days * 24)).ok()
    }
}
