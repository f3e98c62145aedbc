//! What the fleet knows, or why it does not know it. The main type is [`Known`]; for a device and a group or a scope it is
//! `Known<bool>`: in, out, or unknown for reasons.

use std::borrow::Cow;
use std::fmt;
use std::ops::Not;

/// A value, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// The value.
    Known(T),
    /// Nobody can say here, for these reasons.
    Unknown(Reasons),
}

/// Why something is not known: each reason once, in the order of the alphabet. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons(Vec<Cow<'static, str>>);

impl Reasons {
    /// One reason.
    pub fn one(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![reason.into()])
    }

    /// The reasons of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        if self != other {
            self.0.extend(other.0);
            self.0.sort();
            self.0.dedup();
        }
        self
    }

    /// Each reason.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl<T> Known<T> {
    /// Unknown for one reason.
    pub fn unknown(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unknown(Reasons::one(reason))
    }

    /// The value, where it is known.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The reasons, where it is not known.
    pub fn reasons(&self) -> Option<&Reasons> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(reasons) => Some(reasons),
        }
    }

    /// Another value made from the known one.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Known(value) => Known::Known(make(value)),
            Self::Unknown(reasons) => Known::Unknown(reasons),
        }
    }

    /// What is made of the known value, which can be unknown too.
    pub fn and_then<U>(self, make: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self {
            Self::Known(value) => make(value),
            Self::Unknown(reasons) => Known::Unknown(reasons),
        }
    }

    /// What two readings of one thing have in common: the value where both say the same, otherwise unknown. The reason `why` says
    /// which readings differ.
    #[must_use]
    pub fn agree(self, other: Self, why: impl FnOnce() -> Cow<'static, str>) -> Self
    where
        T: PartialEq,
    {
        match (self, other) {
            (Self::Known(one), Self::Known(other)) if one == other => Self::Known(one),
            (Self::Known(_), Self::Known(_)) => Self::unknown(why()),
            (Self::Unknown(one), Self::Unknown(other)) => Self::Unknown(one.and(other)),
            (Self::Unknown(reasons), _) | (_, Self::Unknown(reasons)) => Self::Unknown(reasons),
        }
    }
}

impl Known<bool> {
    /// Whether it is known to be true.
    pub fn is_true(&self) -> bool {
        *self == Self::Known(true)
    }

    /// Whether it is known to be false.
    pub fn is_false(&self) -> bool {
        *self == Self::Known(false)
    }

    /// Both: false as soon as one is false.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(false), _) | (_, Self::Known(false)) => Self::Known(false),
            (Self::Known(true), other) | (other, Self::Known(true)) => other,
            (Self::Unknown(one), Self::Unknown(other)) => Self::Unknown(one.and(other)),
        }
    }

    /// Either: true as soon as one is true.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// All of them; true when there are none.
    pub fn all(many: impl IntoIterator<Item = Self>) -> Self {
        let mut so_far = Self::Known(true);
        for one in many {
            so_far = so_far.and(one);
            if so_far.is_false() {
                break;
            }
        }
        so_far
    }

    /// Any of them; false when there are none.
    pub fn any(many: impl IntoIterator<Item = Self>) -> Self {
        !Self::all(many.into_iter().map(|one| !one))
    }
}

impl Not for Known<bool> {
    type Output = Self;

    fn not(self) -> Self {
        self.map(|is| !is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Known<bool> = Known::Known(true);
    const NO: Known<bool> = Known::Known(false);

    fn unknown(reason: &'static str) -> Known<bool> {
        Known::unknown(reason)
    }

    #[test]
    fn what_is_decided_stays_decided_beside_what_is_unknown() {
        assert_eq!(NO.and(unknown("x")), NO);
        assert_eq!(unknown("x").and(NO), NO);
        assert_eq!(YES.and(unknown("x")), unknown("x"));
        assert_eq!(unknown("x").or(YES), YES);
        assert_eq!(NO.or(unknown("x")), unknown("x"));
        assert_eq!(!unknown("x"), unknown("x"));
        assert_eq!(Known::all([YES, unknown("x"), NO]), NO);
        assert_eq!(Known::any([NO, unknown("x"), YES]), YES);
        assert_eq!((Known::all([]), Known::any([])), (YES, NO));
    }

    #[test]
    fn each_reason_is_said_once() {
        let both = unknown("b").and(unknown("a")).and(unknown("b"));
        assert_eq!(both.reasons().map(ToString::to_string).as_deref(), Some("a; b"));
        assert_eq!(both.reasons().map(|reasons| reasons.iter().count()), Some(2));
    }

    #[test]
    fn two_readings_are_known_where_they_are_the_same() {
        let why = || Cow::Borrowed("differ");
        assert_eq!(YES.agree(YES, why), YES);
        assert_eq!(YES.agree(NO, why), unknown("differ"));
        assert_eq!(YES.agree(unknown("x"), why), unknown("x"));
    }
}
