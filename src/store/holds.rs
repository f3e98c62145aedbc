//! How much was done in the last hour, and whether a tenant is on hold. A restart refills nothing.
//!
//! A tenant has one row from its first plan on, with a mark that takes the store's key. A row that another program changed or took away is
//! a hold itself.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::seal::Seal;
use super::{Store, moment, ms};
use crate::config::GateConfig;
use crate::error::Error;
use crate::sanitize::text;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How many plans were applied since a moment, for one person or for all, secrets or everything else.
const COUNT: &str = "SELECT count(*) FROM applied LEFT JOIN plans ON plans.id = applied.plan \
                     WHERE applied.tenant = ?1 AND applied.at > ?2 AND (?3 IS NULL OR plans.who = ?3) \
                     AND (coalesce(json_extract(plans.plan, '$.risk'), '') = 'secret') = ?4";

/// A plan that is about to be applied, as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct CountedPlan<'a> {
    /// Which tenant, as [`Reader::key`](jamf_pro_client::Reader::key) says it.
    pub tenant: &'a str,
    /// Who asked for it.
    pub who: &'a str,
    /// Its id; that of its window, where all calls of the window count as one.
    pub id: &'a str,
    /// It reveals a secret.
    pub is_secret: bool,
    /// Devices that it is done to.
    pub devices: u32,
}

/// How many plans or writes are let through in a time.
struct Rate<'a> {
    what: &'static str,
    /// The one person; everybody together where there is none.
    who: Option<&'a str>,
    since: i64,
    most: u32,
    setting: &'static str,
}

impl Rate<'_> {
    fn of_person(settings: &GateConfig) -> Self {
        Self::new("plans were applied within an hour", settings.plans_an_hour, "gate.plans_an_hour")
    }

    fn of_tenant(settings: &GateConfig) -> Self {
        let most = settings.tenant_plans_an_hour;
        Self::new("plans were applied within an hour", most, "gate.tenant_plans_an_hour")
    }

    fn of_secrets(settings: &GateConfig) -> Self {
        Self::new("secrets were read within a day", settings.secrets_a_day, "gate.secrets_a_day")
    }

    fn of_writes(settings: &GateConfig) -> Self {
        let what = "changes without a plan were made within an hour";
        Self::new(what, settings.writes_an_hour, "gate.writes_an_hour")
    }

    fn new(what: &'static str, most: u32, setting: &'static str) -> Self {
        Self { what, who: None, since: 0, most, setting }
    }

    fn describe(&self, done: u32) -> String {
        let who = self.who.map(|who| format!(" for {}", text::quoted(who, 80))).unwrap_or_default();
        format!("{done} {}{who}, and `{}` is {}", self.what, self.setting, self.most)
    }
}

/// A tenant on hold: nothing but reads is sent until a person releases it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Which tenant, as [`Reader::key`](jamf_pro_client::Reader::key) says it.
    pub tenant: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub why: String,
}

impl Hold {
    /// The tenant's name in the configuration.
    pub fn name(&self) -> &str {
        self.parts().0
    }

    /// The tenant's base URL.
    pub fn address(&self) -> &str {
        self.parts().1
    }

    fn parts(&self) -> (&str, &str) {
        self.tenant.rsplit_once(" at ").unwrap_or((&self.tenant, ""))
    }
}

impl Store {
    /// Count a plan that is about to be applied. More of a person or a tenant than the settings let through put the tenant on hold, and this
    /// one waits too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn admit(&self, plan: &CountedPlan<'_>, settings: &GateConfig) -> Result<Option<Hold>, Error> {
        let (now, tenant) = (ms(Timestamp::now()), plan.tenant);
        self.write(|transaction| {
            let row = self.row_of(transaction, tenant)?;
            if let Some(hold) = row.as_ref().and_then(Row::hold) {
                return Ok(Some(hold));
            }
            let already: i64 = transaction.query_row(
                "SELECT count(*) FROM applied WHERE tenant = ?1 AND plan = ?2",
                params![tenant, plan.id],
                |row| row.get(0),
            )?;
            if already > 0 {
                // An interrupted plan that is taken up again was counted.
                return Ok(None);
            }
            // A person looked: what was before counts no more.
            let released = row.as_ref().and_then(|row| row.released).unwrap_or_default();
            let rates = if plan.is_secret {
                vec![Rate { who: Some(plan.who), since: now - DAY_MS, ..Rate::of_secrets(settings) }]
            } else {
                vec![
                    Rate { who: Some(plan.who), since: now - HOUR_MS, ..Rate::of_person(settings) },
                    Rate { who: None, since: now - HOUR_MS, ..Rate::of_tenant(settings) },
                ]
            };
            for rate in rates {
                let done: u32 = transaction.query_row(
                    COUNT,
                    params![tenant, rate.since.max(released), rate.who, plan.is_secret],
                    |row| row.get(0),
                )?;
                if done >= rate.most {
                    let why = rate.describe(done);
                    self.write_row(transaction, &Row::on_hold(tenant, now, &why))?;
                    return Ok(Some(Hold { tenant: tenant.to_owned(), since: moment(now), why }));
                }
            }
            if row.is_none() {
                self.write_row(transaction, &Row::free(tenant))?;
            }
            transaction.execute(
                "INSERT INTO applied (tenant, at, plan, devices) VALUES (?1, ?2, ?3, ?4)",
                params![tenant, now, plan.id, plan.devices],
            )?;
            Ok(None)
        })
    }

    /// Count a change without a plan that is about to be sent. More than the settings let through put the tenant on hold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn admit_write(&self, tenant: &str, who: &str, settings: &GateConfig) -> Result<Option<Hold>, Error> {
        let now = ms(Timestamp::now());
        self.write(|transaction| {
            let row = self.row_of(transaction, tenant)?;
            if let Some(hold) = row.as_ref().and_then(Row::hold) {
                return Ok(Some(hold));
            }
            let released = row.as_ref().and_then(|row| row.released).unwrap_or_default();
            transaction.execute("DELETE FROM writes WHERE at <= ?1", [now - HOUR_MS])?;
            let done: u32 = transaction.query_row(
                "SELECT count(*) FROM writes WHERE tenant = ?1 AND who = ?2 AND at > ?3",
                params![tenant, who, released],
                |row| row.get(0),
            )?;
            if done >= settings.writes_an_hour {
                let why = Rate { who: Some(who), ..Rate::of_writes(settings) }.describe(done);
                self.write_row(transaction, &Row::on_hold(tenant, now, &why))?;
                return Ok(Some(Hold { tenant: tenant.to_owned(), since: moment(now), why }));
            }
            transaction.execute(
                "INSERT INTO writes (tenant, who, at) VALUES (?1, ?2, ?3)",
                params![tenant, who, now],
            )?;
            Ok(None)
        })
    }

    /// The tenants on hold.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holds(&self) -> Result<Vec<Hold>, Error> {
        self.read(|connection| {
            let mut tenants = connection.prepare(TENANTS)?;
            let tenants: Vec<String> =
                tenants.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let mut holds = Vec::new();
            for tenant in tenants {
                holds.extend(self.row_of(connection, &tenant)?.as_ref().and_then(Row::hold));
            }
            holds.sort_by_key(|hold: &Hold| hold.since);
            Ok(holds)
        })
    }

    /// Put a tenant on hold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn hold(&self, tenant: &str, why: &str) -> Result<(), Error> {
        self.write(|transaction| {
            self.write_row(transaction, &Row::on_hold(tenant, ms(Timestamp::now()), why))
        })
    }

    /// A person releases a tenant. Returns whether it was on hold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn release(&self, tenant: &str, by: &str) -> Result<bool, Error> {
        self.write(|transaction| {
            let Some(row) = self.row_of(transaction, tenant)?.filter(|row| row.hold().is_some()) else {
                return Ok(false);
            };
            let released = Some(ms(Timestamp::now()));
            self.write_row(transaction, &Row { released, released_by: Some(by.to_owned()), ..row })?;
            Ok(true)
        })
    }

    /// Write a row with its mark.
    fn write_row(&self, connection: &Connection, row: &Row) -> rusqlite::Result<()> {
        connection.execute(
            "INSERT OR REPLACE INTO holds (tenant, since, why, released, released_by, mark) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![row.tenant, row.since, row.why, row.released, row.released_by, row.mark(&self.0.seal)?],
        )?;
        Ok(())
    }

    /// The row of a tenant; none for one of which nothing was applied yet.
    fn row_of(&self, connection: &Connection, tenant: &str) -> rusqlite::Result<Option<Row>> {
        let sql = "SELECT since, why, released, released_by, mark FROM holds WHERE tenant = ?1";
        let row = connection.query_row(sql, [tenant], |row| {
            let mark: Option<String> = row.get(4)?;
            let (since, why, released) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let row = Row {
                tenant: tenant.to_owned(),
                since,
                why,
                released,
                released_by: row.get(3)?,
                wrong: None,
            };
            let is_ours = mark.is_some_and(|mark| row.mark(&self.0.seal).is_ok_and(|own| own == mark));
            Ok(Row { wrong: (!is_ours).then_some(CHANGED), ..row })
        });
        if let Some(row) = row.optional()? {
            return Ok(Some(row));
        }
        let had_one: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM applied WHERE tenant = ?1) \
             OR EXISTS (SELECT 1 FROM plans WHERE tenant = ?1 AND state IN ('applied', 'partial', 'unknown'))",
            [tenant],
            |row| row.get(0),
        )?;
        let since = ms(Timestamp::now());
        Ok(had_one.then(|| Row { since, wrong: Some(REMOVED), ..Row::free(tenant) }))
    }
}

/// Tenants that are on hold, or may be: with a row, or with something that was applied and so with a row once.
const TENANTS: &str = "SELECT tenant FROM holds UNION SELECT tenant FROM applied \
                       UNION SELECT tenant FROM plans WHERE state IN ('applied', 'partial', 'unknown')";

/// Why a row that has no right mark is a hold.
const CHANGED: &str = "its row in the store was changed, and not by this program";

/// Why a row that is not there is a hold.
const REMOVED: &str = "its row in the store was taken away, and not by this program";

/// The row of a tenant, whether it is on hold or was.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    tenant: String,
    since: i64,
    why: String,
    /// When a person released it.
    released: Option<i64>,
    released_by: Option<String>,
    /// What another program did to it.
    wrong: Option<&'static str>,
}

impl Row {
    fn on_hold(tenant: &str, since: i64, why: &str) -> Self {
        Self { since, why: why.to_owned(), released: None, released_by: None, ..Self::free(tenant) }
    }

    /// Of a tenant that never was on hold.
    fn free(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            since: 0,
            why: String::new(),
            released: Some(0),
            released_by: None,
            wrong: None,
        }
    }

    /// The hold that it stands for; none where a person released it.
    fn hold(&self) -> Option<Hold> {
        let why = match (self.released, self.wrong) {
            (Some(_), None) => return None,
            (None, _) => self.why.clone(),
            (Some(_), Some(wrong)) => wrong.to_owned(),
        };
        Some(Hold { tenant: self.tenant.clone(), since: moment(self.since), why })
    }

    fn mark(&self, seal: &Seal) -> rusqlite::Result<String> {
        let whole = serde_json::json!([self.tenant, self.since, self.why, self.released, self.released_by]);
        let mark = seal.mark("hold", whole.to_string().as_bytes());
        mark.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

/// Write the rows, with their marks, that an older version did not: of each tenant of which something was applied, and those that were released.
pub(super) fn mark_rows(connection: &Connection, seal: &Seal) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM holds WHERE released IS NOT NULL", [])?;
    let mut tenants = connection.prepare(TENANTS)?;
    let tenants: Vec<String> = tenants.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for tenant in tenants {
        let row = Row::free(&tenant);
        connection.execute(
            "INSERT OR IGNORE INTO holds (tenant, since, why, released, mark) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![row.tenant, row.since, row.why, row.released, row.mark(seal)?],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::{Plan, Requester};
    use crate::store::tests::{plan, store};

    /// Count a plan at a tenant that lets through so many.
    fn admit(store: &Store, tenant: &str, id: &str, most: u32) -> Result<Option<Hold>, Error> {
        let settings = GateConfig { tenant_plans_an_hour: most, ..GateConfig::default() };
        store.admit(&CountedPlan { tenant, who: "anna", id, is_secret: false, devices: 1 }, &settings)
    }

    #[test]
    fn too_many_plans_an_hour_put_the_tenant_on_hold_until_a_person_releases_it() {
        let (folder, store) = store();
        assert_eq!(admit(&store, "demo", "1", 2).unwrap(), None);
        assert_eq!(admit(&store, "demo", "1", 2).unwrap(), None, "taken up again, counted once");
        assert_eq!(admit(&store, "demo", "2", 2).unwrap(), None);
        assert!(admit(&store, "demo", "3", 2).unwrap().is_some());
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert!(
            admit(&store, "demo", "4", 100).unwrap().is_some(),
            "a restart and a larger number release nothing"
        );
        assert_eq!(admit(&store, "other", "4", 2).unwrap(), None);
        assert_eq!(store.holds().unwrap().len(), 1);
        assert!(store.release("demo", "bob").unwrap());
        assert_eq!(admit(&store, "demo", "4", 2).unwrap(), None);
    }

    #[test]
    fn plans_and_secrets_of_a_person_are_counted_apart_and_so_are_their_writes() {
        let (_folder, store) = store();
        let settings =
            GateConfig { plans_an_hour: 1, secrets_a_day: 1, writes_an_hour: 2, ..GateConfig::default() };
        let admit = |tenant: &str, id: &str, who: &str, is_secret: bool| {
            store.admit(&CountedPlan { tenant, who, id, is_secret, devices: 1 }, &settings).unwrap()
        };
        for (id, risk, who) in [
            ("a", "destructive", "anna"),
            ("b", "secret", "anna"),
            ("c", "destructive", "ben"),
            ("d", "destructive", "anna"),
        ] {
            let plan = Plan { id: id.to_owned(), ..plan(risk, id) };
            let plan =
                Plan { requester: Requester { who: who.to_owned(), ..plan.requester.clone() }, ..plan };
            store.file_plan(&plan, &json!({}), id, &[]).unwrap();
        }
        assert_eq!(admit("demo", "a", "anna", false), None);
        assert_eq!(admit("demo", "b", "anna", true), None, "a secret is no plan of the other kind");
        assert_eq!(admit("demo", "c", "ben", false), None, "another person");
        let why = admit("demo", "d", "anna", false).unwrap().why;
        assert!(why.contains("anna") && why.contains("`gate.plans_an_hour` is 1"), "{why}");
        let held = store.admit_write("demo", "anna", &settings).unwrap();
        assert!(held.is_some(), "on hold is on hold for every change");
        store.release("demo", "bob").unwrap();
        // What was made in the same millisecond as the release counts as made before it.
        std::thread::sleep(std::time::Duration::from_millis(2));
        for at in 0..3 {
            let held = store.admit_write("demo", "anna", &settings).unwrap();
            assert_eq!(held.is_some(), at == 2, "{held:?}");
        }
        store.release("demo", "bob").unwrap();
        assert_eq!(store.admit_write("demo", "anna", &settings).unwrap(), None, "a person looked");
    }
}
