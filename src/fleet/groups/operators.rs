//! The 21 operators of criteria, each over the values that one record has for one fact. Jamf compares text without regard to case.
//! Where Jamf documents no rule, the readings that are possible are judged, and what they do not agree on is unknown: nothing reported
//! (beside `is`, `is not`, `has` and `does not have`, which Jamf documents), the day itself in `before` and `after`, the past in `in less
//! than x days` and the future in `less than x days ago`, `15.7` beside `15.7.0`, and texts that are no number or date.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use regex::{Regex, RegexBuilder};

use super::facts::Values;
use super::moments::{Moment, date};
use super::names::ValueKind;
use super::size::{Size, ordered};
use crate::fleet::known::Known;
use crate::sanitize::text;

/// How a criterion compares, as Jamf Pro writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `has`
    Has,
    /// `does not have`
    DoesNotHave,
    /// `member of`
    MemberOf,
    /// `not member of`
    NotMemberOf,
    /// `before (yyyy-mm-dd)`
    Before,
    /// `after (yyyy-mm-dd)`
    After,
    /// `in less than x days`
    InLessThan,
    /// `in more than x days`
    InMoreThan,
    /// `more than x days ago`
    MoreThanAgo,
    /// `less than x days ago`
    LessThanAgo,
    /// `like`
    Like,
    /// `not like`
    NotLike,
    /// `greater than`
    GreaterThan,
    /// `more than`
    MoreThan,
    /// `less than`
    LessThan,
    /// `greater than or equal`
    GreaterThanOrEqual,
    /// `less than or equal`
    LessThanOrEqual,
    /// `matches regex`
    MatchesRegex,
    /// `does not match regex`
    DoesNotMatchRegex,
}

use Operator::{
    After, Before, DoesNotHave, DoesNotMatchRegex, GreaterThan, GreaterThanOrEqual, Has, InLessThan,
    InMoreThan, Is, IsNot, LessThan, LessThanAgo, LessThanOrEqual, Like, MatchesRegex, MemberOf, MoreThan,
    MoreThanAgo, NotLike, NotMemberOf,
};

/// All operators with the words that Jamf Pro has for them.
pub const OPERATORS: [(&str, Operator); 21] = [
    ("is", Is),
    ("is not", IsNot),
    ("has", Has),
    ("does not have", DoesNotHave),
    ("member of", MemberOf),
    ("not member of", NotMemberOf),
    ("before (yyyy-mm-dd)", Before),
    ("after (yyyy-mm-dd)", After),
    ("in less than x days", InLessThan),
    ("in more than x days", InMoreThan),
    ("more than x days ago", MoreThanAgo),
    ("less than x days ago", LessThanAgo),
    ("like", Like),
    ("not like", NotLike),
    ("greater than", GreaterThan),
    ("more than", MoreThan),
    ("less than", LessThan),
    ("greater than or equal", GreaterThanOrEqual),
    ("less than or equal", LessThanOrEqual),
    ("matches regex", MatchesRegex),
    ("does not match regex", DoesNotMatchRegex),
];

impl Operator {
    /// The operator of these words.
    pub fn parse(words: &str) -> Option<Self> {
        let words = words.trim();
        OPERATORS.iter().find(|(own, _)| own.eq_ignore_ascii_case(words)).map(|(_, operator)| *operator)
    }

    /// Whether it is true of a record that has no value for which its opposite is true.
    fn is_negative(self) -> bool {
        matches!(self, IsNot | DoesNotHave | NotLike | DoesNotMatchRegex)
    }
}

/// What one value is compared with.
#[derive(Debug, Clone)]
enum Comparison {
    Is(String),
    Like(String),
    Regex(Regex),
    /// The orders of value and criterion for which it is true.
    Order(&'static [Ordering], Size),
    Before(Date),
    After(Date),
    /// Days, and whether more of them.
    Ago(i64, bool),
    Ahead(i64, bool),
}

/// A comparison with what a criterion asks for.
#[derive(Debug, Clone)]
pub(super) struct Test {
    kind: ValueKind,
    operator: Operator,
    comparison: Comparison,
}

/// A text that devices report and that the tables of the fleet have as not reported.
const NOT_AVAILABLE: &str = "Not Available";

/// A regular expression larger than this is not compiled.
const LARGEST_REGEX: usize = 1 << 20;

impl Test {
    /// A test for values of a kind. Unknown where the operator does not go with what the criterion asks for.
    pub(super) fn new(kind: ValueKind, operator: Operator, wanted: &str) -> Known<Self> {
        let quoted = || text::quoted(wanted, 80);
        let days = || wanted.trim().parse::<i64>().ok().filter(|days| *days >= 0);
        let comparison = match operator {
            Is | IsNot | Has | DoesNotHave => Some(Comparison::Is(wanted.to_lowercase())),
            Like | NotLike => Some(Comparison::Like(wanted.to_lowercase())),
            MatchesRegex | DoesNotMatchRegex => {
                let regex =
                    RegexBuilder::new(wanted).case_insensitive(true).size_limit(LARGEST_REGEX).build();
                regex.ok().map(Comparison::Regex)
            }
            GreaterThan | MoreThan => Some(Comparison::Order(&[Ordering::Greater], Size::of(wanted))),
            LessThan => Some(Comparison::Order(&[Ordering::Less], Size::of(wanted))),
            GreaterThanOrEqual => {
                Some(Comparison::Order(&[Ordering::Greater, Ordering::Equal], Size::of(wanted)))
            }
            LessThanOrEqual => Some(Comparison::Order(&[Ordering::Less, Ordering::Equal], Size::of(wanted))),
            Before => date(wanted).map(Comparison::Before),
            After => date(wanted).map(Comparison::After),
            MoreThanAgo | LessThanAgo => days().map(|days| Comparison::Ago(days, operator == MoreThanAgo)),
            InMoreThan | InLessThan => days().map(|days| Comparison::Ahead(days, operator == InMoreThan)),
            MemberOf | NotMemberOf => None,
        };
        let Some(comparison) = comparison else {
            return Known::unknown(format!(
                "{} cannot be compared here in the way that a criterion asks",
                quoted()
            ));
        };
        if let (ValueKind::Words(words), Comparison::Is(wanted)) = (kind, &comparison) {
            let is_word = |word: &&str| word.to_lowercase() == *wanted;
            if !wanted.is_empty() && !words.iter().any(|(_, own)| own.iter().any(is_word)) {
                return Known::unknown(format!("{} is none of the values that are known here", quoted()));
            }
        }
        Known::Known(Self { kind, operator, comparison })
    }

    /// Whether it asks for something that is not there.
    pub(super) fn is_negative(&self) -> bool {
        self.operator.is_negative()
    }

    /// Whether it is true of a record with these values.
    pub(super) fn judge(&self, values: &Values<'_>, now: Timestamp) -> Known<bool> {
        let mut reported = values.iter().flatten().filter(|value| !value.is_empty()).peekable();
        if reported.peek().is_none() {
            return self.judge_nothing(now);
        }
        let any = Known::any(reported.map(|value| self.compare(value, now)));
        if self.is_negative() { !any } else { any }
    }

    /// Whether it is true of one row of a table.
    pub(super) fn judge_row(&self, value: Option<&str>, now: Timestamp) -> Known<bool> {
        match value.filter(|value| !value.is_empty()) {
            None => self.judge_nothing(now),
            Some(value) if self.is_negative() => !self.compare(value, now),
            Some(value) => self.compare(value, now),
        }
    }

    /// Whether it is true where nothing is reported.
    fn judge_nothing(&self, now: Timestamp) -> Known<bool> {
        const WHY: &str = "Jamf does not document what follows where nothing is reported";
        let negative = self.is_negative();
        if self.is_text_match(NOT_AVAILABLE) {
            return Known::unknown("a criterion asks for a value that the fleet keeps as not reported");
        }
        match (&self.comparison, self.operator) {
            // "Is not" includes all devices but those that have exactly the value, and nothing is what an empty value asks for.
            (Comparison::Is(wanted), Is | IsNot) => Known::Known(wanted.is_empty() != negative),
            (Comparison::Is(wanted), _) if !wanted.is_empty() => Known::Known(negative),
            (Comparison::Like(wanted), Like) if !wanted.is_empty() => Known::Known(false),
            (Comparison::Regex(regex), MatchesRegex) if !regex.is_match("") => Known::Known(false),
            // Left out, or taken as zero.
            (Comparison::Order(..), _) => Known::Known(false).agree(self.compare("0", now), || WHY.into()),
            // Left out, or taken as the beginning of time.
            (Comparison::After(_) | Comparison::Ago(_, false) | Comparison::Ahead(_, true), _) => {
                Known::Known(false)
            }
            _ => Known::unknown(WHY),
        }
    }

    /// Whether a text is as the comparison asks, where it compares texts.
    fn is_text_match(&self, text: &str) -> bool {
        match &self.comparison {
            Comparison::Is(wanted) => is_text(text, wanted),
            Comparison::Like(wanted) => has_text(text, wanted),
            Comparison::Regex(regex) => regex.is_match(text),
            _ => false,
        }
    }

    /// Whether one value is as the comparison asks, before any negation.
    fn compare(&self, value: &str, now: Timestamp) -> Known<bool> {
        match (&self.comparison, self.kind) {
            (Comparison::Order(orders, wanted), kind) => ordered(kind, orders, value, wanted),
            (
                Comparison::Before(_) | Comparison::After(_) | Comparison::Ago(..) | Comparison::Ahead(..),
                _,
            ) => self.compare_moment(value, now),
            (Comparison::Is(wanted), ValueKind::Words(_)) => {
                Known::Known(self.forms(value).any(|form| is_text(form, wanted)))
            }
            (Comparison::Is(wanted), ValueKind::Number) => {
                let same = value.trim().parse::<f64>().ok().zip(wanted.trim().parse::<f64>().ok());
                let same = same.map(|(own, other)| own.total_cmp(&other).is_eq());
                Known::Known(same.unwrap_or_else(|| is_text(value, wanted)))
            }
            (Comparison::Is(wanted), ValueKind::Moment) if wanted.is_empty() => Known::Known(false),
            (_, ValueKind::Moment) => {
                Known::unknown("the form in which Jamf Pro compares a date as text is not documented")
            }
            (Comparison::Is(wanted), _) => Known::Known(is_text(value, wanted)),
            (Comparison::Like(wanted), _) => self.of_each_form(value, |form| has_text(form, wanted)),
            (Comparison::Regex(regex), _) => self.of_each_form(value, |form| regex.is_match(form)),
        }
    }

    /// The words that Jamf Pro has for a value.
    fn forms<'a>(&self, value: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let words = match self.kind {
            ValueKind::Words(words) => words.iter().find(|(own, _)| own.eq_ignore_ascii_case(value)),
            _ => None,
        };
        let plain = words.is_none().then_some(value);
        words.into_iter().flat_map(|(_, forms)| forms.iter().copied()).chain(plain)
    }

    fn of_each_form(&self, value: &str, test: impl Fn(&str) -> bool) -> Known<bool> {
        let why = || Cow::Borrowed("Jamf Pro has several words for a value, and only some of them match");
        let judged = self.forms(value).map(|form| Known::Known(test(form)));
        judged.reduce(|one, other| one.agree(other, why)).unwrap_or(Known::Known(false))
    }

    fn compare_moment(&self, value: &str, now: Timestamp) -> Known<bool> {
        let Some(moment) = Moment::parse(value) else {
            return Known::unknown("a value that is no date is compared with one");
        };
        match self.comparison {
            Comparison::Before(limit) => moment.is_before(limit),
            Comparison::After(limit) => moment.is_after(limit),
            Comparison::Ago(days, more) => {
                let passed = now.duration_since(moment.start());
                match passed.is_negative() {
                    true if more => Known::Known(false),
                    true => Known::unknown(
                        "Jamf does not document whether a date in the future is less than x days ago",
                    ),
                    false => Known::Known((passed > hours_of(days)) == more),
                }
            }
            Comparison::Ahead(days, more) => {
                let ahead = moment.start().duration_since(now);
                match ahead.is_negative() {
                    true if more => Known::Known(false),
                    true => Known::unknown(
                        "Jamf does not document whether a date in the past is in less than x days",
                    ),
                    false => Known::Known((ahead > hours_of(days)) == more),
                }
            }
            _ => Known::Known(false),
        }
    }
}

/// Whether a text is another one, which is in small letters. Most texts are ASCII, and twenty thousand computers have millions of them.
fn is_text(text: &str, lower: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(lower) } else { text.to_lowercase() == *lower }
}

/// Whether there is another text in it, which is in small letters.
fn has_text(text: &str, lower: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(lower);
    }
    let is_there = |part: &[u8]| part.eq_ignore_ascii_case(lower.as_bytes());
    lower.is_empty() || text.as_bytes().windows(lower.len()).any(is_there)
}

fn hours_of(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days.saturating_mul(24).min(i64::from(i32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-24T12:00:00Z";

    fn judged(kind: ValueKind, values: &[&str], operator: &str, wanted: &str) -> Option<bool> {
        let operator = Operator::parse(operator).unwrap();
        let values = values.iter().map(|value| Some(Cow::Borrowed(*value))).collect();
        let Known::Known(test) = Test::new(kind, operator, wanted) else { return None };
        test.judge(&values, NOW.parse().unwrap()).value()
    }

    fn assert_all(kind: ValueKind, cases: &[(&[&str], &str, &str, Option<bool>)]) {
        for (values, operator, wanted, is) in cases {
            assert_eq!(judged(kind, values, operator, wanted), *is, "{values:?} {operator} {wanted:?}");
        }
    }

    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);

    #[test]
    fn texts_are_compared_without_regard_to_case() {
        assert_all(
            ValueKind::Text,
            &[
                (&["Anna's Mac"], "is", "anna's mac", YES),
                (&["Anna's Mac"], "is", "anna's", NO),
                (&["Anna's Mac"], "is not", "ANNA'S MAC", NO),
                (&["Anna's Mac"], "is not", "other", YES),
                (&["Anna's Mac"], "like", "NNA", YES),
                (&["Anna's Mac"], "like", "ben", NO),
                (&["Anna's Mac"], "not like", "ben", YES),
                (&["Anna's Mac"], "not like", "Anna", NO),
                (&["LAB-12"], "matches regex", "^lab-[0-9]+$", YES),
                (&["LAB-12"], "matches regex", "^[0-9]", NO),
                (&["LAB-12"], "does not match regex", "^[0-9]", YES),
                (&["LAB-12"], "does not match regex", "2$", NO),
                (&["LAB-12"], "matches regex", "(?=L)", None),
                (&["LAB-12"], "matches regex", "(", None),
                (&["Zoë"], "is", "ZOË", YES),
            ],
        );
    }

    #[test]
    fn rows_of_a_table_are_searched() {
        let rows = &["Slack.app", "Google Chrome.app"][..];
        assert_all(
            ValueKind::Text,
            &[
                (rows, "has", "google chrome.app", YES),
                (rows, "has", "Chrome", NO),
                (rows, "does not have", "Google Chrome.app", NO),
                (rows, "does not have", "Firefox.app", YES),
                (rows, "is", "Slack.app", YES),
                (rows, "is not", "Slack.app", NO),
                (rows, "like", "chrome", YES),
                (rows, "not like", "chrome", NO),
                (&[], "has", "Slack.app", NO),
                (&[], "does not have", "Slack.app", YES),
            ],
        );
    }

    #[test]
    fn what_is_not_reported_is_decided_only_where_jamf_documents_it() {
        for values in [&[][..], &[""]] {
            assert_all(
                ValueKind::Text,
                &[
                    (values, "is", "", YES),
                    (values, "is not", "", NO),
                    (values, "is", "x", NO),
                    (values, "is not", "x", YES),
                    (values, "is", "not available", None),
                    (values, "is not", "Not Available", None),
                    (values, "like", "avail", None),
                    (values, "matches regex", "^Not", None),
                    (values, "like", "x", NO),
                    (values, "not like", "x", None),
                    (values, "matches regex", "x", NO),
                    (values, "matches regex", "x*", None),
                    (values, "does not match regex", "x", None),
                ],
            );
            assert_all(
                ValueKind::Version,
                &[
                    (values, "greater than", "15.7", NO),
                    (values, "greater than or equal", "15.7", NO),
                    (values, "less than", "15.7", None),
                    (values, "less than or equal", "15.7", None),
                ],
            );
            assert_all(
                ValueKind::Moment,
                &[
                    (values, "more than x days ago", "30", None),
                    (values, "less than x days ago", "30", NO),
                    (values, "in more than x days", "30", NO),
                    (values, "in less than x days", "30", None),
                    (values, "before (yyyy-mm-dd)", "2026-11-01", None),
                    (values, "after (yyyy-mm-dd)", "2026-11-01", NO),
                    (values, "is", "", YES),
                ],
            );
        }
        assert_all(ValueKind::Text, &[(&["x"], "is", "", NO), (&["x"], "is not", "", YES)]);
    }

    #[test]
    fn versions_are_compared_part_by_part_and_numbers_as_numbers() {
        assert_all(
            ValueKind::Version,
            &[
                (&["15.6.1"], "less than", "15.7", YES),
                (&["15.10"], "less than", "15.9", NO),
                (&["15.10"], "greater than", "15.9", YES),
                (&["9.9"], "more than", "15.0", NO),
                (&["15.7"], "greater than or equal", "15.7", YES),
                (&["15.7"], "greater than", "15.7", NO),
                (&["15.7"], "less than or equal", "15.7", YES),
                (&["15.7"], "less than or equal", "15.7.0", YES),
                (&["15.7"], "less than", "15.7.0", None),
                (&["15.7"], "greater than or equal", "15.7.0", None),
                (&["15.7 beta"], "less than", "15.8", None),
                (&["15.7"], "is", "15.7.0", NO),
            ],
        );
        assert_all(
            ValueKind::Number,
            &[
                (&["8192"], "more than", "16384", NO),
                (&["8192"], "less than", "16384", YES),
                (&["45.10"], "less than", "45.9", YES),
                (&["8192"], "is", "8192.0", YES),
                (&["many"], "less than", "3", None),
            ],
        );
        assert_all(
            ValueKind::Any,
            &[(&["45.10"], "less than", "45.9", None), (&["310"], "greater than", "42", YES)],
        );
    }

    #[test]
    fn days_are_counted_from_now() {
        let (five_days_ago, in_five_days) = (&["2026-11-19T12:00:00Z"][..], &["2026-11-29T12:00:00Z"][..]);
        assert_all(
            ValueKind::Moment,
            &[
                (five_days_ago, "more than x days ago", "4", YES),
                (five_days_ago, "more than x days ago", "6", NO),
                (five_days_ago, "less than x days ago", "6", YES),
                (five_days_ago, "less than x days ago", "4", NO),
                (five_days_ago, "in more than x days", "1", NO),
                (five_days_ago, "in less than x days", "1", None),
                (in_five_days, "in less than x days", "6", YES),
                (in_five_days, "in less than x days", "4", NO),
                (in_five_days, "in more than x days", "4", YES),
                (in_five_days, "in more than x days", "6", NO),
                (in_five_days, "more than x days ago", "1", NO),
                (in_five_days, "less than x days ago", "1", None),
                (five_days_ago, "more than x days ago", "soon", None),
                (five_days_ago, "more than x days ago", "-3", None),
                (five_days_ago, "more than x days ago", "9223372036854775807", NO),
                (five_days_ago, "like", "2026-11", None),
                (&["yesterday"], "more than x days ago", "1", None),
            ],
        );
    }

    #[test]
    fn dates_are_known_a_day_away_from_the_border() {
        assert_all(
            ValueKind::Moment,
            &[
                (&["2026-11-18T09:00:00Z"], "before (yyyy-mm-dd)", "2026-11-20", YES),
                (&["2026-11-20T13:00:00Z"], "before (yyyy-mm-dd)", "2026-11-20", NO),
                (&["2026-11-20T01:00:00Z"], "before (yyyy-mm-dd)", "2026-11-20", None),
                (&["2026-11-22T00:00:00Z"], "after (yyyy-mm-dd)", "2026-11-20", YES),
                (&["2026-11-19T00:00:00Z"], "after (yyyy-mm-dd)", "2026-11-20", NO),
                (&["2026-11-20T12:00:00Z"], "after (yyyy-mm-dd)", "2026-11-20", None),
                (&["2026-11-19"], "before (yyyy-mm-dd)", "2026-11-20", YES),
                (&["2026-11-20"], "before (yyyy-mm-dd)", "2026-11-20", NO),
                (&["2026-11-20"], "after (yyyy-mm-dd)", "2026-11-20", NO),
                (&["2026-11-21"], "after (yyyy-mm-dd)", "2026-11-20", YES),
                (&["2026-11-21 08:00:00"], "before (yyyy-mm-dd)", "2026-12-20", YES),
                (&["2026-11-21"], "after (yyyy-mm-dd)", "20.11.2026", None),
            ],
        );
    }

    #[test]
    fn words_of_jamf_pro_stand_for_what_is_kept() {
        const KIND: ValueKind =
            ValueKind::Words(&[("1", &["Supervised", "Yes"]), ("0", &["Not Supervised", "No"])]);
        assert_all(
            KIND,
            &[
                (&["1"], "is", "supervised", YES),
                (&["1"], "is", "Yes", YES),
                (&["0"], "is", "Yes", NO),
                (&["0"], "is not", "Supervised", YES),
                (&["1"], "is", "1", None),
                (&["1"], "is", "Ja", None),
                (&["1"], "like", "super", None),
                (&["1"], "like", "x", NO),
                (&[], "is", "Supervised", NO),
            ],
        );
    }

    #[test]
    fn there_are_21_operators_in_the_words_of_jamf() {
        for (words, operator) in OPERATORS {
            assert_eq!(Operator::parse(words), Some(operator));
        }
        assert_eq!(Operator::parse("IS NOT"), Some(IsNot));
        assert_eq!(Operator::parse("equals"), None);
    }
}
