//! Dates of the Classic API, each of which has up to three forms in as many members of an object.

use std::borrow::Cow;

use jiff::Timestamp;

use super::is_nothing;

/// What a member has to do with a date.
pub(super) enum Date<'a> {
    /// Nothing.
    None,
    /// It is another form of a date that stands in another member.
    Elsewhere,
    /// The date stands here, under this name.
    Now(&'a str, Moment<'a>),
}

/// When it is.
pub(super) enum Moment<'a> {
    At(Timestamp),
    Never,
    AsWritten(&'a str),
}

/// `x` in the time of the server, `x_epoch` in milliseconds and `x_utc` are one date, which stands where its first form is.
pub(super) fn date_of<'a>(name: &'a str, at: usize, members: &[(Cow<'_, str>, &'a str)]) -> Date<'a> {
    let form = |name: &str| members.iter().position(|(other, _)| other == name);
    let base = name.strip_suffix("_epoch").or_else(|| name.strip_suffix("_utc")).unwrap_or(name);
    let (plain, epoch, utc) = (form(base), form(&format!("{base}_epoch")), form(&format!("{base}_utc")));
    let raw = |at: Option<usize>| at.and_then(|at| members.get(at)).map(|(_, raw)| *raw);
    let is_scalar = |at: Option<usize>| raw(at).is_none_or(|raw| !raw.starts_with(['{', '[']));
    if (epoch.is_none() && utc.is_none()) || ![plain, epoch, utc].into_iter().all(is_scalar) {
        return Date::None;
    }
    if [plain, epoch, utc].into_iter().flatten().min() != Some(at) {
        return Date::Elsewhere;
    }
    // Alone it is a field of its own, which is written under the same name.
    let shown = if plain.is_none() && epoch.is_none() { name } else { base };
    // A day is no moment: as one it would be the day before for half of the world.
    let is_day = raw(plain).is_some_and(|raw| {
        raw.len() == 12
            && raw.bytes().enumerate().all(|(at, byte)| match at {
                0 | 11 => byte == b'"',
                5 | 8 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    });
    let moment = if is_day { None } else { moment(raw(epoch), raw(utc)) };
    Date::Now(
        shown,
        match (moment, raw(plain).or(raw(utc)).filter(|raw| !is_nothing(raw))) {
            (Some(moment), _) => Moment::At(moment),
            (None, Some(raw)) => Moment::AsWritten(raw),
            (None, None) => Moment::Never,
        },
    )
}

fn moment(epoch: Option<&str>, utc: Option<&str>) -> Option<Timestamp> {
    /// Milliseconds below this would be of the year 1973; it is seconds then.
    const SECONDS: i64 = 100_000_000_000;
    let number = epoch.and_then(|raw| raw.trim_matches('"').parse::<i64>().ok()).filter(|number| *number > 0);
    let from_epoch = number.and_then(|number| match number {
        ..SECONDS => Timestamp::from_second(number).ok(),
        _ => Timestamp::from_millisecond(number).ok(),
    });
    from_epoch.or_else(|| {
        let text: String = serde_json::from_str(utc?).ok()?;
        let parsed = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", &text);
        parsed.and_then(|parsed| parsed.to_timestamp()).or_else(|_| text.parse()).ok()
    })
}
