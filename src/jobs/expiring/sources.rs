//! By when the tenant's own connections and certificates expire, read live: the fleet keeps none of it.

use futures::future::join_all;
use futures::{FutureExt as _, join};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::jobs::device_rows::counted;
use crate::jobs::{Work, text_at};

/// The actions that [`connections`] takes.
pub(in crate::jobs) const ACTIONS: &[&str] = &[
    "notification_list",
    "device_enrollment_list",
    "volume_purchasing_location_list",
    "certificate_authority_active_get",
    "supervision_identity_list",
    "sso_certificate_get",
    "gsx_connection_get",
];

/// Something with an end.
#[derive(Debug)]
pub(in crate::jobs) struct Expiry {
    pub(in crate::jobs) what: String,
    end: End,
    cure: String,
}

/// When something ends.
#[derive(Debug, Clone, Copy)]
enum End {
    At(Timestamp),
    /// Jamf alerts, without a date: it is over, or it soon is.
    Alert {
        is_over: bool,
    },
}

impl Expiry {
    /// Something that ends at a moment or a date as Jamf writes them; `None` where it has none.
    pub(in crate::jobs) fn at(what: String, at: &str, cure: &str) -> Option<Self> {
        let at = at.parse::<Timestamp>().ok().or_else(|| {
            let date: Date = at.parse().ok()?;
            TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok()
        })?;
        Some(Self { what, end: End::At(at), cure: cure.to_owned() })
    }

    /// Whole days until its end, those that have begun counted; zero or less where it is over.
    pub(in crate::jobs) fn days_left(&self) -> i64 {
        match self.end {
            End::At(at) => {
                let seconds = at.as_second() - Timestamp::now().as_second();
                if seconds <= 0 { seconds / 86_400 } else { (seconds + 86_399) / 86_400 }
            }
            End::Alert { is_over } => i64::from(!is_over),
        }
    }

    pub(in crate::jobs) fn row(&self) -> Map<String, Value> {
        let left = self.days_left();
        let (state, date) = match self.end {
            End::At(at) if left <= 0 => {
                (format!("expired {} ago", counted(left.unsigned_abs(), "day")), Some(at))
            }
            End::At(at) => (format!("expires in {}", counted(left.unsigned_abs(), "day")), Some(at)),
            End::Alert { is_over: true } => ("expired or revoked, as Jamf alerts".to_owned(), None),
            End::Alert { is_over: false } => ("expires soon, as Jamf alerts".to_owned(), None),
        };
        let date = date.map(|at| at.strftime("%Y-%m-%d").to_string());
        let row = json!({ "what": self.what, "state": state, "date": date, "do": self.cure });
        row.as_object().cloned().unwrap_or_default()
    }
}

/// What could be read, and what could not.
type Found = (Vec<Expiry>, Vec<String>);

/// Everything of the tenant itself that has an end.
pub(in crate::jobs) async fn connections(work: &Work<'_>) -> Found {
    let sources = [
        alerts(work).boxed(),
        list(work, "device_enrollment_list", &["name", "tokenExpirationDate"], |row| {
            let what = format!("Automated Device Enrollment token of {}", text_at(row, "name"));
            let cure = "renew it in Apple Business or School Manager, then device_enrollment_token_update; until then no new device enrolls";
            Expiry::at(what, &text_at(row, "tokenExpirationDate"), cure)
        })
        .boxed(),
        list(work, "volume_purchasing_location_list", &["name", "tokenExpiration"], |row| {
            let what = format!("volume purchasing token of {}", text_at(row, "name"));
            let cure = "download a new service token from Apple, then volume_purchasing_location_update; until then no app is assigned";
            Expiry::at(what, &text_at(row, "tokenExpiration"), cure)
        })
        .boxed(),
        list(work, "supervision_identity_list", &["displayName", "expirationDate"], |row| {
            let what = format!("supervision identity {}", text_at(row, "displayName"));
            Expiry::at(what, &text_at(row, "expirationDate"), "make a new one, or delete it where nothing uses it")
        })
        .boxed(),
    ];
    let objects = async {
        join!(
            object(work, "certificate_authority_active_get", |answer| {
                let end = answer.get("notAfter").and_then(Value::as_i64);
                let end = end.and_then(|seconds| Timestamp::from_second(seconds).ok())?;
                let what = "active certificate authority of Jamf Pro".to_owned();
                Expiry::at(
                    what,
                    &end.to_string(),
                    "renew it in the PKI settings; devices then renew their MDM profiles",
                )
            }),
            object(work, "sso_certificate_get", |answer| {
                let end = text_at(answer, "keystoreDetails.expiration");
                Expiry::at(
                    "certificate of single sign-on".to_owned(),
                    &end,
                    "replace it, with the identity provider informed",
                )
            }),
            object(work, "gsx_connection_get", |answer| {
                let end = answer
                    .get("gsxKeystore")
                    .and_then(|store| store.get("expirationEpoch"))
                    .and_then(Value::as_i64);
                let end = end.filter(|end| *end > 0).and_then(|end| Timestamp::from_millisecond(end).ok())?;
                Expiry::at(
                    "certificate of the GSX connection".to_owned(),
                    &end.to_string(),
                    "ask Apple for a new one",
                )
            }),
        )
    };
    let (lists, (authority, sign_on, gsx)) = join!(join_all(sources), objects);
    let mut all: Found = Default::default();
    for (found, gaps) in lists.into_iter().chain([authority, sign_on, gsx]) {
        all.0.extend(found);
        all.1.extend(gaps);
    }
    all
}

async fn list(work: &Work<'_>, action: &str, fields: &[&str], expiry: fn(&Value) -> Option<Expiry>) -> Found {
    match work.rows(action, json!({}), fields).await {
        Ok(found) => (found.rows.iter().filter_map(expiry).collect(), found.notes),
        Err(error) => (Vec::new(), vec![format!("{action}: {error}")]),
    }
}

async fn object(work: &Work<'_>, action: &str, expiry: fn(&Value) -> Option<Expiry>) -> Found {
    match work.send(action, json!({}), &[]).await {
        Ok(answer) => (expiry(&answer).into_iter().collect(), Vec::new()),
        Err(error) if is_absent(&error) => Default::default(),
        Err(error) => (Vec::new(), vec![format!("{action}: {error}")]),
    }
}

/// Whether the tenant has none of what was asked for.
fn is_absent(error: &Error) -> bool {
    matches!(error.kind(), crate::error::Kind::Jamf(404))
}

/// Alerts of what no other list has a date for.
async fn alerts(work: &Work<'_>) -> Found {
    let found = match work.rows("notification_list", json!({}), &["type"]).await {
        Ok(found) => found,
        Err(error) => return (Vec::new(), vec![format!("notification_list: {error}")]),
    };
    let alert = |row: &Value| {
        let kind = text_at(row, "type");
        let (what, cure) = match kind.as_str() {
            "PUSH_CERT_EXPIRED" | "PUSH_CERT_WILL_EXPIRE" | "APNS_CERT_REVOKED" => (
                "push certificate (APNs)",
                "renew it with the same Apple account that made it; with another one every device has to enroll again",
            ),
            "PUSH_PROXY_CERT_EXPIRED" => {
                ("push proxy certificate", "renew it in the settings of push certificates")
            }
            "VPP_TOKEN_REVOKED" => ("volume purchasing token", "download a new service token from Apple"),
            "TOMCAT_SSL_CERT_EXPIRED" | "TOMCAT_SSL_CERT_WILL_EXPIRE" => {
                ("web certificate of the Jamf Pro server", "renew it before devices stop trusting the server")
            }
            "CLOUD_LDAP_CERT_EXPIRED" | "CLOUD_LDAP_CERT_WILL_EXPIRE" => {
                ("certificate of the cloud identity provider", "upload a new one")
            }
            "SSO_IDP_CERT_EXPIRED" | "SSO_IDP_CERT_WILL_EXPIRE" => {
                ("certificate of the identity provider for single sign-on", "load its new metadata")
            }
            "MDM_EXTERNAL_SIGNING_CERTIFICATE_EXPIRED"
            | "MDM_EXTERNAL_SIGNING_CERTIFICATE_EXPIRING"
            | "MDM_EXTERNAL_SIGNING_CERTIFICATE_EXPIRING_TODAY" => {
                ("external signing certificate of MDM", "renew it")
            }
            _ => return None,
        };
        let is_over = kind.ends_with("_EXPIRED") || kind.ends_with("_REVOKED");
        Some(Expiry { what: what.to_owned(), end: End::Alert { is_over }, cure: cure.to_owned() })
    };
    (found.rows.iter().filter_map(alert).collect(), found.notes)
}
