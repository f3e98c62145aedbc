//! Rows of the fleet that join the rows of lists, by an id: what a policy does, how a group is made, how many objects refer to a script.
//! Each is one statement over the tables that statements read, so that redaction holds for it. Which list has which columns of them is
//! declared with the actions (`jamf_pro_tools::joins`).

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::access::FleetReader;
use super::parts::{PARTS, Part, Source};
use super::references;
use super::sql::Bounds;
use crate::error::Error;

/// Rows that join the rows of a list.
#[derive(Debug)]
pub struct JoinedRows {
    /// Their name, such as `policies`.
    pub name: &'static str,
    /// What is loaded for them.
    parts: Parts,
    /// The statement, whose first column is the id, with `?1` in the place of the kind. `{places}` stands for the types of entries of scopes
    /// that are called by their names, `{all}` for what an entry of everybody is called.
    sql: &'static str,
    /// The kind of object that the statement is about.
    kind: &'static str,
    /// The oldest that the rows may be, where that is not what their parts say.
    max_age: Option<Duration>,
}

/// What is loaded for rows.
#[derive(Debug)]
enum Parts {
    Named(&'static [&'static str]),
    /// Everything that can refer to objects of the kind, and these parts.
    ReferringTo(&'static [&'static str], &'static [&'static str]),
}

/// Time for a statement, and its rows.
const BOUNDS: Bounds = Bounds { rows: 200_000, characters: 64 * 1024 * 1024, time: Duration::from_secs(10) };

/// Commands change by the minute, and a list of profiles says how old its count of failures is.
const OLDEST_FAILURES: Duration = Duration::from_secs(4 * 60 * 60);

/// Entries of a scope that go by a place or a group of devices, which have names that say something.
const PLACES: &str =
    "('computer_group', 'mobile_device_group', 'building', 'department', 'network_segment', 'class')";

/// The scope of each object of the kind `?1` in a line: its targets, limitations and exclusions, four of each by their names.
macro_rules! with_scopes {
    ($rest:literal) => {
        concat!(
            "WITH labels AS (
                SELECT object_id, role, CASE WHEN type = 'all' THEN 1 WHEN type IN {places} THEN 2 ELSE 3 END AS place,
                    CASE WHEN type = 'all' THEN {all}
                         WHEN type IN {places} THEN name
                         ELSE count(*) || ' ' || replace(type, '_', ' ') || CASE WHEN count(*) > 1 THEN 's' ELSE '' END END AS label
                FROM scope_entries WHERE object_kind = ?1
                GROUP BY object_id, role, type, CASE WHEN type IN {places} OR type = 'all' THEN name ELSE '' END
            ), numbered AS (
                SELECT object_id, role, label, row_number() OVER (PARTITION BY object_id, role ORDER BY place, label) AS number,
                    count(*) OVER (PARTITION BY object_id, role) AS labels
                FROM labels
            ), roles AS (
                SELECT object_id, role, group_concat(label, ', ' ORDER BY number) FILTER (WHERE number <= 4)
                    || CASE WHEN max(labels) > 4 THEN ' and ' || (max(labels) - 4) || ' more' ELSE '' END AS entries
                FROM numbered GROUP BY object_id, role
            ), scopes AS (
                SELECT object_id AS id, coalesce(max(CASE WHEN role = 'target' THEN entries END), 'no target named')
                    || coalesce('; limited to ' || max(CASE WHEN role = 'limitation' THEN entries END), '')
                    || coalesce('; without ' || max(CASE WHEN role = 'exclusion' THEN entries END), '') AS scope
                FROM roles GROUP BY object_id
            )",
            $rest
        )
    };
}

const POLICIES: &str = with_scopes!(
    ", content AS (
        SELECT policy_id, 1 AS place, 'package ' || name AS label FROM policy_packages
        UNION ALL SELECT policy_id, 2, 'script ' || name FROM policy_scripts
        UNION ALL SELECT id, 3, 'a command' FROM policies WHERE runs_command
        UNION ALL SELECT id, 4, 'an inventory update' FROM policies WHERE updates_inventory
        UNION ALL SELECT id, 5, 'a restart' FROM policies WHERE reboots
    ), runs AS (
        SELECT policy_id AS id, group_concat(label, ', ' ORDER BY place, label) AS runs FROM content GROUP BY policy_id
    )
    SELECT id, enabled, category, site, nullif(substr(
            CASE WHEN on_check_in THEN ', check-in' ELSE '' END || CASE WHEN on_enrollment THEN ', enrollment' ELSE '' END
            || CASE WHEN on_login THEN ', login' ELSE '' END || CASE WHEN on_startup THEN ', startup' ELSE '' END
            || CASE WHEN on_network_change THEN ', network change' ELSE '' END || coalesce(', event ' || custom_event, '')
            || CASE WHEN self_service THEN ', Self Service' ELSE '' END, 3), '') AS triggers,
        frequency, coalesce(scope, 'no target named') AS scope, targets, runs, self_service, starts_at, expires_at
    FROM policies LEFT JOIN scopes USING (id) LEFT JOIN runs USING (id)"
);

const PROFILES: &str = with_scopes!(
    " SELECT id, payload_types, level, distribution, coalesce(scope, 'no target named') AS scope, category, site, self_service
    FROM profiles LEFT JOIN scopes USING (id) WHERE kind = ?1"
);

/// A device counts while the last command for the profile on it failed.
const FAILURES: &str = "
    SELECT profile_id AS id, count(*) AS failed FROM (
        SELECT profile_id, device_kind, management_id, state, row_number() OVER (PARTITION BY profile_id, management_id ORDER BY sent_at DESC) AS number
        FROM mdm_commands WHERE profile_id IS NOT NULL AND (device_kind LIKE 'COMPUTER%') = (?1 = 'computer')
    ) WHERE number = 1 AND state IN ('ERROR', 'FAILED', 'COMMAND_FORMAT_ERROR') GROUP BY profile_id";

/// The criteria of each smart group in a line. One without criteria has every device, which a reader must not miss; whether criteria were
/// read at all, the part says.
macro_rules! with_criteria {
    ($rest:literal) => {
        concat!(
            "WITH parts AS (
                SELECT group_id, kind, position, CASE WHEN position > 0 THEN coalesce(and_or, 'and') || ' ' ELSE '' END
                    || CASE WHEN open_paren THEN '(' ELSE '' END || name || ' ' || coalesce(operator, '') || ' '
                    || CASE WHEN value = '' THEN 'nothing' ELSE coalesce(value, 'something that is not shown') END
                    || CASE WHEN close_paren THEN ')' ELSE '' END AS criterion
                FROM group_criteria
            ), lines AS (
                SELECT group_id, kind, group_concat(criterion, ' ' ORDER BY position) AS line FROM parts GROUP BY group_id, kind
            ), described AS (
                SELECT groups.id, groups.kind, members, smart, CASE
                    WHEN line IS NOT NULL THEN line
                    WHEN smart AND (SELECT complete FROM fleet_parts WHERE part = 'groups')
                        THEN 'none: every ' || CASE groups.kind WHEN 'mobile' THEN 'mobile device' ELSE groups.kind END || ' is in it' END AS criteria
                FROM groups LEFT JOIN lines ON lines.group_id = groups.id AND lines.kind = groups.kind
            )",
            $rest
        )
    };
}

const GROUPS: &str = with_criteria!(" SELECT id, members, criteria FROM described WHERE kind = ?1");

const PLATFORM_GROUPS: &str = with_criteria!(
    " SELECT platform_id AS id, members, criteria FROM platform_groups
    JOIN described ON described.id = platform_groups.group_id AND described.kind = platform_groups.kind
    WHERE ?1 IS NOT NULL"
);

/// How many objects refer to each object of the kind `?1`. Criteria say the name of what they ask for, and no id.
macro_rules! with_uses {
    ($rest:literal) => {
        concat!(
            "WITH named(kind, id, name) AS (
                SELECT CASE kind WHEN 'mobile' THEN 'mobile_device' ELSE kind END || '_group', id, lower(name) FROM groups
                UNION SELECT 'script', id, lower(name) FROM scripts
                UNION SELECT 'package', id, lower(name) FROM packages
                UNION SELECT 'package', id, lower(file_name) FROM packages
            ), pairs AS (
                SELECT to_kind AS kind, to_id AS id, from_kind, from_id FROM object_references
                WHERE strength = 'exact' AND to_id IS NOT NULL
                UNION
                SELECT named.kind, named.id, from_kind, from_id FROM object_references
                JOIN named ON named.kind = to_kind AND named.name = lower(to_name)
                WHERE strength = 'exact' AND to_id IS NULL
            ), uses AS (
                SELECT kind, id, count(*) AS used_by FROM pairs WHERE kind <> from_kind OR id <> from_id GROUP BY kind, id
            )",
            $rest
        )
    };
}

const USES: &str = with_uses!(" SELECT id, used_by FROM uses WHERE kind = ?1");

const USES_OF_PLATFORM_GROUPS: &str = with_uses!(
    " SELECT platform_id AS id, used_by FROM platform_groups
    JOIN uses ON uses.id = group_id AND uses.kind = CASE platform_groups.kind WHEN 'mobile' THEN 'mobile_device' ELSE 'computer' END || '_group'
    WHERE ?1 IS NOT NULL"
);

const fn rows(
    name: &'static str,
    parts: &'static [&'static str],
    kind: &'static str,
    sql: &'static str,
) -> JoinedRows {
    JoinedRows { name, parts: Parts::Named(parts), sql, kind, max_age: None }
}

const fn names(name: &'static str, parts: &'static [&'static str], sql: &'static str) -> JoinedRows {
    rows(name, parts, "", sql)
}

const fn uses(
    name: &'static str,
    kinds: &'static [&'static str],
    own: &'static [&'static str],
    kind: &'static str,
    sql: &'static str,
) -> JoinedRows {
    JoinedRows { name, parts: Parts::ReferringTo(kinds, own), sql, kind, max_age: None }
}

const fn failures(name: &'static str, kind: &'static str) -> JoinedRows {
    JoinedRows { max_age: Some(OLDEST_FAILURES), ..rows(name, &["mdm_commands"], kind, FAILURES) }
}

/// All of them.
pub static JOINED: &[JoinedRows] = &[
    rows("policies", &["policies"], "policy", POLICIES),
    rows("macOS profiles", &["profiles"], "macos_profile", PROFILES),
    rows("mobile device profiles", &["profiles"], "mobile_profile", PROFILES),
    failures("failures of macOS profiles", "computer"),
    failures("failures of mobile device profiles", "mobile"),
    rows("computer groups", &["groups"], "computer", GROUPS),
    rows("mobile device groups", &["groups"], "mobile", GROUPS),
    rows("user groups", &["groups"], "user", GROUPS),
    rows("groups on the platform", &["groups"], "group", PLATFORM_GROUPS),
    uses("uses of computer groups", &["computer_group"], &["groups"], "computer_group", USES),
    uses("uses of mobile device groups", &["mobile_device_group"], &["groups"], "mobile_device_group", USES),
    uses("uses of user groups", &["user_group"], &["groups"], "user_group", USES),
    uses(
        "uses of groups on the platform",
        &["computer_group", "mobile_device_group"],
        &["groups"],
        "group",
        USES_OF_PLATFORM_GROUPS,
    ),
    uses("uses of scripts", &["script"], &["scripts"], "script", USES),
    uses("uses of packages", &["package"], &["packages"], "package", USES),
    names("categories", &["categories"], "SELECT id, name FROM categories WHERE ?1 IS NOT NULL"),
    names("sites", &["sites"], "SELECT id, name FROM sites WHERE ?1 IS NOT NULL"),
    names("buildings", &["buildings"], "SELECT id, name FROM buildings WHERE ?1 IS NOT NULL"),
    names("departments", &["departments"], "SELECT id, name FROM departments WHERE ?1 IS NOT NULL"),
];

impl JoinedRows {
    /// The rows of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        JOINED.iter().find(|rows| rows.name == name)
    }

    /// What is loaded for them.
    pub fn parts(&self) -> Vec<&'static Part> {
        let is_wanted = |part: &&Part| match self.parts {
            Parts::Named(names) => names.contains(&part.name),
            Parts::ReferringTo(kinds, own) => {
                let refers = |source: &Source| {
                    source.referrer.is_some_and(|by| kinds.iter().any(|kind| references::can_refer(by, kind)))
                };
                own.contains(&part.name) || part.sources.iter().any(refers)
            }
        };
        PARTS.iter().filter(is_wanted).collect()
    }

    /// The oldest that they may be; as each part allows where it is `None`.
    pub const fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// The rows by their ids, each with its values by the names of the columns. What is loaded for them must have been brought up to date.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(
        &self,
        reader: &FleetReader,
    ) -> Result<(Vec<String>, HashMap<String, Vec<Value>>), Error> {
        // A redacted name of a place says nothing; a number does.
        let (places, all) = match reader.is_redacted() {
            true => ("('')", "'all'"),
            false => (PLACES, "replace(replace(name, '_jss', ''), '_', ' ')"),
        };
        let sql = self.sql.replace("{places}", places).replace("{all}", all);
        let answer = reader.answer_prepared(&sql, vec![json!(self.kind)], BOUNDS).await?;
        let rows = answer.rows.into_iter().filter_map(|mut row| {
            let id = row.first()?.as_str()?.to_owned();
            row.remove(0);
            Some((id, row))
        });
        let rows = rows.collect();
        Ok((answer.columns.into_iter().skip(1).collect(), rows))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jamf_pro_tools::Catalogue;

    use super::*;

    /// Lists are declared in another package: what they name must be here.
    #[test]
    fn every_list_joins_rows_that_there_are() {
        let mut joined = BTreeSet::new();
        for action in Catalogue::get().actions() {
            for join in action.joins {
                let rows = JoinedRows::find(join.rows);
                let rows = rows.unwrap_or_else(|| panic!("{}: there are no rows {}", action.name, join.rows));
                assert!(!rows.parts().is_empty(), "{} have no part", rows.name);
                joined.insert(rows.name);
            }
        }
        let all: BTreeSet<&str> = JOINED.iter().map(|rows| rows.name).collect();
        assert_eq!(joined, all, "rows that no list joins");
    }

    #[test]
    fn only_what_can_refer_to_a_kind_is_loaded_for_its_uses() {
        let parts = |name: &str| -> BTreeSet<&str> {
            JoinedRows::find(name).unwrap().parts().iter().map(|part| part.name).collect()
        };
        assert_eq!(parts("uses of scripts"), BTreeSet::from(["policies", "scripts"]));
        let packages = parts("uses of packages");
        for part in ["policies", "prestages", "patches", "packages", "groups", "searches"] {
            assert!(packages.contains(part), "{part} can refer to a package");
        }
        assert!(!packages.contains("profiles"), "{packages:?}");
        let groups = parts("uses of computer groups");
        for part in ["policies", "profiles", "apps", "webhooks", "restricted_software", "groups", "searches"]
        {
            assert!(groups.contains(part), "{part} can refer to a computer group");
        }
    }
}
