//! Faults that can be switched on and off while the tenant runs. Only what is wrong and when; the answers that a
//! fault makes are in `serve`.

use std::{
    fmt,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

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

/// One way to go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The token that was sent is no longer good: JSON 401 `INVALID_TOKEN` until a new one is fetched.
    TokenExpired,
    /// JSON 401 `INVALID_TOKEN` though the token stays good.
    Unauthorized,
    /// The Classic API's HTML 401 that means "not allowed".
    ClassicNotAllowed,
    /// 403 `INVALID_PRIVILEGE`.
    Forbidden,
    /// 429.
    TooManyRequests(RetryAfter),
    /// 500 with an empty list of errors.
    EmptyError,
    /// 503 with an HTML maintenance page.
    Maintenance,
    /// 504 with an HTML page when `page-size` is above this.
    LargePage(usize),
    /// The answer waits this long.
    Slow(Duration),
    /// No answer at all.
    Hang,
    /// The connection breaks in the middle of the body.
    Cut,
    /// 200 with an HTML login page.
    LoginPage,
    /// The token endpoint does not know the secret.
    WrongSecret,
    /// Created objects stay invisible this long without the node cookie.
    NodeLag(Duration),
    /// A write is applied, then answered with an HTML 504.
    WriteThenTimeout,
    /// The Classic API deletes, then answers an HTML 400, as it does for ebooks and apps of mobile devices.
    DeleteThenBadRequest,
    /// One mobile device is broken: 500 for its page of details unless `exception-handling=LENIENT`.
    BrokenDevice,
}

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
            None => token == (self.kind == FaultKind::WrongSecret),
        }
    }
}

/// A text that names no fault.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown fault `{0}`; known: token-expired, 401, classic-401, 403, 429[=seconds|date|none], 500, 503, \
     504-large[=size], slow[=500ms], hang, cut, login-page, wrong-secret, node-lag[=60s], write-504, delete-400, \
     broken-device; each with `*count` and `@/path/prefix`"
)]
pub struct UnknownFault(String);

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
        Ok(Self { kind: kind(name, value).ok_or_else(unknown)?, next, path })
    }
}

fn kind(name: &str, value: Option<&str>) -> Option<FaultKind> {
    let time = |default: &'static str| duration(value.unwrap_or(default));
    Some(match (name, value) {
        ("429", None | Some("none")) => FaultKind::TooManyRequests(RetryAfter::None),
        ("429", Some("date")) => FaultKind::TooManyRequests(RetryAfter::Date),
        ("429", Some(seconds)) => {
            FaultKind::TooManyRequests(RetryAfter::Seconds(seconds.trim_end_matches('s').parse().ok()?))
        }
        ("504-large", size) => FaultKind::LargePage(size.unwrap_or("500").parse().ok()?),
        ("slow", _) => FaultKind::Slow(time("500ms")?),
        ("node-lag", _) => FaultKind::NodeLag(time("60s")?),
        ("token-expired", None) => FaultKind::TokenExpired,
        ("401", None) => FaultKind::Unauthorized,
        ("classic-401", None) => FaultKind::ClassicNotAllowed,
        ("403", None) => FaultKind::Forbidden,
        ("500", None) => FaultKind::EmptyError,
        ("503", None) => FaultKind::Maintenance,
        ("hang", None) => FaultKind::Hang,
        ("cut", None) => FaultKind::Cut,
        ("login-page", None) => FaultKind::LoginPage,
        ("wrong-secret", None) => FaultKind::WrongSecret,
        ("write-504", None) => FaultKind::WriteThenTimeout,
        ("delete-400", None) => FaultKind::DeleteThenBadRequest,
        ("broken-device", None) => FaultKind::BrokenDevice,
        _ => return None,
    })
}

fn duration(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(number) => number.parse().ok().map(Duration::from_millis),
        None => text.trim_end_matches('s').parse().ok().map(Duration::from_secs),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::TooManyRequests(RetryAfter::None) => f.write_str("429=none")?,
            FaultKind::TooManyRequests(RetryAfter::Date) => f.write_str("429=date")?,
            FaultKind::TooManyRequests(RetryAfter::Seconds(seconds)) => write!(f, "429={seconds}")?,
            FaultKind::LargePage(size) => write!(f, "504-large={size}")?,
            FaultKind::Slow(time) => write!(f, "slow={}ms", time.as_millis())?,
            FaultKind::NodeLag(time) => write!(f, "node-lag={}ms", time.as_millis())?,
            FaultKind::TokenExpired => f.write_str("token-expired")?,
            FaultKind::Unauthorized => f.write_str("401")?,
            FaultKind::ClassicNotAllowed => f.write_str("classic-401")?,
            FaultKind::Forbidden => f.write_str("403")?,
            FaultKind::EmptyError => f.write_str("500")?,
            FaultKind::Maintenance => f.write_str("503")?,
            FaultKind::Hang => f.write_str("hang")?,
            FaultKind::Cut => f.write_str("cut")?,
            FaultKind::LoginPage => f.write_str("login-page")?,
            FaultKind::WrongSecret => f.write_str("wrong-secret")?,
            FaultKind::DeleteThenBadRequest => f.write_str("delete-400")?,
            FaultKind::WriteThenTimeout => f.write_str("write-504")?,
            FaultKind::BrokenDevice => f.write_str("broken-device")?,
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
pub struct FaultSwitches(Mutex<Vec<Fault>>);

impl FaultSwitches {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Mutex::new(faults.0))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    }

    #[test]
    fn a_count_runs_out() {
        let switches = FaultSwitches::new("500*2".parse().unwrap());
        let hits = (0..4).filter(|_| !switches.take("/api/v1/buildings", |_| true).is_empty()).count();
        assert_eq!(hits, 2);
    }
}
