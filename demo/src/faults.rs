//! Faults that can be switched on and off while the tenant runs. Only what is wrong and when; the answers that a
//! fault makes are in `serve`.

use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::SignedDuration;

/// What `Retry-After` of a 429 holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// No header.
    None,
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date one second ahead.
    Date,
}

/// How a body is written, and what its header says of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8 behind a byte order mark.
    Bom,
    /// UTF-16, big-endian, behind a byte order mark.
    Utf16,
    /// ISO-8859-1; `?` for what it does not have.
    Latin1,
}

/// One way to go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "`KNOWN` says what each does")]
pub enum FaultKind {
    TokenExpired,
    Unauthorized,
    ClassicNotAllowed,
    Forbidden,
    Firewall,
    TooManyRequests(RetryAfter),
    /// At most so many requests in a second.
    RateLimit(usize),
    EmptyError,
    Maintenance,
    /// The largest `page-size` that is answered.
    LargePage(usize),
    /// How long the answer waits.
    Slow(Duration),
    /// How long the body takes.
    SlowBody(Duration),
    Hang,
    Cut,
    Truncated,
    LoginPage,
    /// The media type of the header; `None`: no header.
    ContentType(Option<String>),
    Charset(Charset),
    /// How far the clock of the tenant is ahead.
    Clock(SignedDuration),
    WrongSecret,
    /// How long created objects stay invisible without the node cookie.
    NodeLag(Duration),
    /// How long smart groups take to follow a change.
    Recalculation(Duration),
    WriteThenTimeout,
    WriteThenError,
    DeleteThenBadRequest,
    BrokenDevice,
    UpdatesOff,
}

/// A fault as people write it.
#[derive(Debug)]
pub struct FaultDeclaration {
    /// Its name in `--faults`.
    pub name: &'static str,
    /// The value that stands for none, behind `=`; empty where it takes no value.
    pub value: &'static str,
    /// What it does, as a sentence without its end.
    pub what: &'static str,
    read: fn(&str) -> Option<FaultKind>,
}

/// A fault that takes no value.
macro_rules! plain {
    ($name:literal, $kind:ident, $what:literal) => {
        FaultDeclaration {
            name: $name,
            value: "",
            what: $what,
            read: |value| value.is_empty().then_some(FaultKind::$kind),
        }
    };
}

/// Every fault there is.
pub static KNOWN: &[FaultDeclaration] = &[
    plain!(
        "token-expired",
        TokenExpired,
        "The token that was sent is revoked: JSON 401 `INVALID_TOKEN`, until the client gets a new one"
    ),
    plain!("401", Unauthorized, "JSON 401 `INVALID_TOKEN`, though the token stays good"),
    plain!("classic-401", ClassicNotAllowed, "The Classic API's HTML 401 that means \"not allowed\""),
    plain!("403", Forbidden, "403 `INVALID_PRIVILEGE`, or the Classic API's HTML page"),
    plain!("firewall", Firewall, "403 with the HTML page of a web application firewall"),
    FaultDeclaration {
        name: "429",
        value: "none",
        what: "429; `Retry-After` is absent (`none`), a number of seconds or a `date`",
        read: |value| {
            Some(FaultKind::TooManyRequests(match value {
                "none" => RetryAfter::None,
                "date" => RetryAfter::Date,
                seconds => RetryAfter::Seconds(seconds.trim_end_matches('s').parse().ok()?),
            }))
        },
    },
    FaultDeclaration {
        name: "rate-limit",
        value: "10",
        what: "429 with `Retry-After: 1` for more than so many requests in a second",
        read: |value| value.parse().ok().map(FaultKind::RateLimit),
    },
    plain!("500", EmptyError, "500 with an empty list of errors"),
    plain!("503", Maintenance, "503 with an HTML maintenance page"),
    FaultDeclaration {
        name: "504-large",
        value: "500",
        what: "504 with an HTML page where `page-size` is above this",
        read: |value| value.parse().ok().map(FaultKind::LargePage),
    },
    FaultDeclaration {
        name: "slow",
        value: "500ms",
        what: "The answer waits this long",
        read: |value| duration(value).map(FaultKind::Slow),
    },
    FaultDeclaration {
        name: "slow-body",
        value: "2s",
        what: "The headers come at once, the body a little at a time over this long",
        read: |value| duration(value).map(FaultKind::SlowBody),
    },
    plain!("hang", Hang, "No answer at all"),
    plain!("cut", Cut, "The connection breaks in the middle of the body"),
    plain!("truncated", Truncated, "Half of the body, as if it were the whole"),
    plain!("login-page", LoginPage, "200 with an HTML login page"),
    FaultDeclaration {
        name: "content-type",
        value: "text/html",
        what: "The right body under this media type; `none` is no header",
        read: |value| {
            let is_type = value.parse::<http::HeaderValue>().is_ok() && !value.is_empty();
            is_type.then(|| FaultKind::ContentType(Some(value.to_owned()).filter(|kind| kind != "none")))
        },
    },
    FaultDeclaration {
        name: "charset",
        value: "bom",
        what: "The body as UTF-8 behind a byte order mark (`bom`), as `utf-16` or as `iso-8859-1`",
        read: |value| {
            Some(FaultKind::Charset(match value {
                "bom" => Charset::Bom,
                "utf-16" => Charset::Utf16,
                "iso-8859-1" => Charset::Latin1,
                _ => return None,
            }))
        },
    },
    FaultDeclaration {
        name: "clock",
        value: "10m",
        what: "The clock of the tenant is ahead by this, or behind (`-10m`): the header `Date`, and when tokens of users end",
        read: |value| signed(value).map(FaultKind::Clock),
    },
    plain!("wrong-secret", WrongSecret, "The token endpoint does not know the secret"),
    FaultDeclaration {
        name: "node-lag",
        value: "60s",
        what: "Two nodes: created objects stay invisible this long to who does not send the cookie of the node back",
        read: |value| duration(value).map(FaultKind::NodeLag),
    },
    FaultDeclaration {
        name: "recalculation",
        value: "30s",
        what: "Smart groups follow new criteria and changes of devices only after this long",
        read: |value| duration(value).map(FaultKind::Recalculation),
    },
    plain!("write-504", WriteThenTimeout, "A write is applied, then answered with an HTML 504"),
    plain!("write-500", WriteThenError, "A write is applied, then answered with a 500 that says nothing"),
    plain!(
        "delete-400",
        DeleteThenBadRequest,
        "The Classic API deletes, then answers an HTML 400, as it does for ebooks and apps of mobile devices"
    ),
    plain!(
        "broken-device",
        BrokenDevice,
        "One mobile device is broken: 500 for its page of details unless `exception-handling=LENIENT`"
    ),
    plain!(
        "updates-off",
        UpdatesOff,
        "503 for plans of software updates, as if their feature toggle were off"
    ),
];

/// A fault, for how many requests, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The number of requests that it still hits; `None` is always.
    pub next: Option<u32>,
    /// Only paths that begin so; `None` is every path but the token's.
    pub path: Option<String>,
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, next: None, path: None }
    }
}

impl Fault {
    /// The same fault for the next `count` requests only.
    pub fn times(mut self, count: u32) -> Self {
        self.next = Some(count);
        self
    }

    /// The same fault for paths that begin with `prefix` only.
    pub fn at(mut self, prefix: impl Into<String>) -> Self {
        self.path = Some(prefix.into());
        self
    }

    fn hits(&self, path: &str) -> bool {
        let token = path.contains("/oauth/token");
        match &self.path {
            Some(prefix) => path.starts_with(prefix.as_str()),
            None => match self.kind {
                // The whole server has the wrong time.
                FaultKind::Clock(_) => true,
                FaultKind::WrongSecret => token,
                _ => !token,
            },
        }
    }
}

/// A text that names no fault.
#[derive(Debug, thiserror::Error)]
#[error("unknown fault `{0}`; known: {names}; each with `*count` and `@/path/prefix`", names = forms().join(", "))]
pub struct UnknownFault(String);

/// How each fault is written, such as `slow[=500ms]`.
fn forms() -> Vec<String> {
    KNOWN.iter().map(FaultDeclaration::form).collect()
}

impl FaultDeclaration {
    /// How it is written, such as `slow[=500ms]`.
    pub fn form(&self) -> String {
        let Self { name, value, .. } = self;
        if value.is_empty() { (*name).to_owned() } else { format!("{name}[={value}]") }
    }
}

/// `name[=value][*count][@/path/prefix]`, for example `429=2*3@/api/v1/buildings`.
impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownFault(text.to_owned());
        let (rest, path) =
            text.trim().split_once('@').map_or((text.trim(), None), |(r, p)| (r, Some(p.to_owned())));
        let (rest, next) = match rest.split_once('*') {
            Some((rest, count)) => (rest, Some(count.parse().map_err(|_| unknown())?)),
            None => (rest, None),
        };
        let (name, value) = rest.split_once('=').map_or((rest, None), |(n, v)| (n, Some(v)));
        let known = KNOWN.iter().find(|known| known.name == name).ok_or_else(unknown)?;
        Ok(Self { kind: (known.read)(value.unwrap_or(known.value)).ok_or_else(unknown)?, next, path })
    }
}

/// A number with `ms`, `s`, `m` or `h`; seconds where it has none.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

/// The same with `+` or `-`, of at most ten years, so that no moment leaves the calendar.
fn signed(text: &str) -> Option<SignedDuration> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let length = SignedDuration::try_from(duration(rest)?).ok()?;
    (length <= SignedDuration::from_hours(10 * 365 * 24)).then(|| length * sign)
}

impl FaultKind {
    /// Its name in `--faults`.
    pub(crate) fn name(&self) -> &'static str {
        self.name_and_value().0
    }

    /// Its name, and its value where it takes one.
    fn name_and_value(&self) -> (&'static str, Option<String>) {
        let time = |time: &Duration| Some(format!("{}ms", time.as_millis()));
        match self {
            Self::TokenExpired => ("token-expired", None),
            Self::Unauthorized => ("401", None),
            Self::ClassicNotAllowed => ("classic-401", None),
            Self::Forbidden => ("403", None),
            Self::Firewall => ("firewall", None),
            Self::TooManyRequests(RetryAfter::None) => ("429", Some("none".to_owned())),
            Self::TooManyRequests(RetryAfter::Date) => ("429", Some("date".to_owned())),
            Self::TooManyRequests(RetryAfter::Seconds(seconds)) => ("429", Some(seconds.to_string())),
            Self::RateLimit(most) => ("rate-limit", Some(most.to_string())),
            Self::EmptyError => ("500", None),
            Self::Maintenance => ("503", None),
            Self::LargePage(size) => ("504-large", Some(size.to_string())),
            Self::Slow(wait) => ("slow", time(wait)),
            Self::SlowBody(wait) => ("slow-body", time(wait)),
            Self::Hang => ("hang", None),
            Self::Cut => ("cut", None),
            Self::Truncated => ("truncated", None),
            Self::LoginPage => ("login-page", None),
            Self::ContentType(kind) => {
                ("content-type", Some(kind.clone().unwrap_or_else(|| "none".to_owned())))
            }
            Self::Charset(Charset::Bom) => ("charset", Some("bom".to_owned())),
            Self::Charset(Charset::Utf16) => ("charset", Some("utf-16".to_owned())),
            Self::Charset(Charset::Latin1) => ("charset", Some("iso-8859-1".to_owned())),
            Self::Clock(ahead) => ("clock", Some(format!("{}s", ahead.as_secs()))),
            Self::WrongSecret => ("wrong-secret", None),
            Self::NodeLag(lag) => ("node-lag", time(lag)),
            Self::Recalculation(delay) => ("recalculation", time(delay)),
            Self::WriteThenTimeout => ("write-504", None),
            Self::WriteThenError => ("write-500", None),
            Self::DeleteThenBadRequest => ("delete-400", None),
            Self::BrokenDevice => ("broken-device", None),
            Self::UpdatesOff => ("updates-off", None),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = self.kind.name_and_value();
        f.write_str(name)?;
        if let Some(value) = value {
            write!(f, "={value}")?;
        }
        if let Some(count) = self.next {
            write!(f, "*{count}")?;
        }
        self.path.as_ref().map_or(Ok(()), |path| write!(f, "@{path}"))
    }
}

/// Several faults, as `--faults` takes them: `429*2,504-large,slow=500ms`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl FromStr for Faults {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = text.split(',').map(str::trim).filter(|w| !w.is_empty());
        words.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// The faults of a running tenant.
#[derive(Debug, Default)]
pub struct FaultSwitches {
    on: Mutex<Vec<Fault>>,
    /// When the requests of the last second came that a rate limit let through.
    recent: Mutex<VecDeque<Instant>>,
}

impl FaultSwitches {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { on: Mutex::new(faults.0), recent: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more request in this second is more than `most`; one that is not is counted.
    pub(crate) fn exceeds(&self, most: usize) -> bool {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|at| at.elapsed() < Duration::from_secs(1));
        let exceeds = recent.len() >= most;
        if !exceeds {
            recent.push_back(Instant::now());
        }
        exceeds
    }

    /// Exactly these from now on.
    pub fn set(&self, faults: Faults) {
        *self.lock() = faults.0;
    }

    /// One more.
    pub fn add(&self, fault: impl Into<Fault>) {
        self.lock().push(fault.into());
    }

    /// None any more.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What is on now, with the counts that are left.
    pub fn current(&self) -> Faults {
        Faults(self.lock().clone())
    }

    /// The first fault that hits this request; it uses up one of its count, later ones keep theirs.
    pub(crate) fn take_first(&self, path: &str, wants: impl Fn(&FaultKind) -> bool) -> Option<FaultKind> {
        let mut faults = self.lock();
        let at = faults.iter().position(|fault| fault.hits(path) && wants(&fault.kind))?;
        let fault = faults.get_mut(at)?;
        let kind = fault.kind.clone();
        if let Some(count) = &mut fault.next {
            *count = count.saturating_sub(1);
            if *count == 0 {
                faults.remove(at);
            }
        }
        Some(kind)
    }

    /// Every fault that hits this request: `wants` picks, a fault that hits uses up one of its count.
    pub(crate) fn take(&self, path: &str, wants: impl Fn(&FaultKind) -> bool) -> Vec<FaultKind> {
        let mut hit = Vec::new();
        self.lock().retain_mut(|fault| {
            if !fault.hits(path) || !wants(&fault.kind) {
                return true;
            }
            hit.push(fault.kind.clone());
            match &mut fault.next {
                Some(count) => {
                    *count = count.saturating_sub(1);
                    *count > 0
                }
                None => true,
            }
        });
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_it_is_written() {
        for text in ["429=2*3@/api/v1/buildings", "504-large=500", "slow=250ms", "429=date", "write-504*1"] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        let faults: Faults = "429,504-large,slow=500ms".parse().unwrap();
        assert_eq!(faults.0.len(), 3);
        assert!("428".parse::<Faults>().unwrap_err().to_string().contains("429"));
        for wrong in
            ["slow=", "slow=3x", "slow=-3s", "401=1", "429=", "clock=99999999h", "charset=", "content-type="]
        {
            assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_known_fault_has_a_name_of_its_own_and_keeps_it() {
        for (at, known) in KNOWN.iter().enumerate() {
            assert!(KNOWN.iter().skip(at + 1).all(|other| other.name != known.name), "{}", known.name);
            let fault: Fault = known.name.parse().unwrap();
            assert_eq!(fault.kind.name_and_value().0, known.name);
            assert_eq!(fault.to_string().parse::<Fault>().unwrap(), fault, "{}", known.name);
        }
        assert_eq!("clock=-2h".parse::<Fault>().unwrap().to_string(), "clock=-7200s");
    }

    #[test]
    fn a_count_runs_out() {
        let switches = FaultSwitches::new("500*2".parse().unwrap());
        let hits = (0..4).filter(|_| !switches.take("/api/v1/buildings", |_| true).is_empty()).count();
        assert_eq!(hits, 2);
    }
}
