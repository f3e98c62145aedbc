//! What a statement may do: read the listed views and call the listed functions, within bounds. Everything else is refused while the
//! statement is prepared, before anything runs.

use std::collections::BTreeSet;
use std::os::raw::c_int;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;

use super::surface::sql_table;

/// Steps of SQLite between two looks at the clock.
pub(super) const STEPS: c_int = 10_000;

/// The longest statement, in bytes.
pub(super) const LONGEST: usize = 20_000;

/// Bounds of SQLite's own: what one value, one expression and one statement may be. The first has room for the longest script.
const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, 4 << 20),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 20_000),
    (Limit::SQLITE_LIMIT_COLUMN, 200),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20),
    (Limit::SQLITE_LIMIT_VDBE_OP, 100_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 20),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 16),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// Functions that may be called: those that only compute, and make no value that is much larger than what they are given.
pub(super) const FUNCTIONS: &[&str] = &[
    "->",
    "->>",
    "abs",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "cume_dist",
    "date",
    "datetime",
    "days_since",
    "dense_rank",
    "first_value",
    "floor",
    "glob",
    "group_concat",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_length",
    "json_each",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_object",
    "json_quote",
    "json_tree",
    "json_type",
    "json_valid",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "lower",
    "ltrim",
    "max",
    "median",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "percentile",
    "quote",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "time",
    "timediff",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
    "version_key",
];

/// Functions that can stand where a table stands.
const TABLE_FUNCTIONS: &[&str] = &["json_each", "json_tree"];

/// Watches what one connection prepares.
#[derive(Clone)]
pub(super) struct Guard {
    secret: Arc<str>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    tables: BTreeSet<&'static str>,
    refusal: Option<String>,
}

impl Guard {
    pub(super) fn new() -> Self {
        let secret = format!("s{}", uuid::Uuid::new_v4().simple());
        Self { secret: Arc::from(secret), seen: Arc::default() }
    }

    /// The name under which the store is attached, and with which functions of the views begin.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// The tables that the prepared statements read.
    pub(super) fn tables(&self) -> BTreeSet<&'static str> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).tables.clone()
    }

    /// Why a statement was refused.
    pub(super) fn refusal(&self) -> Option<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).refusal.clone()
    }

    /// Allow nothing else on a connection from now on.
    pub(super) fn restrict(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        connection.pragma_update(None, "query_only", true)?;
        // A name in quotation marks that no column has is an error, and not a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        for (limit, value) in LIMITS {
            connection.set_limit(*limit, *value)?;
        }
        let guard = self.clone();
        connection.authorizer(Some(move |context: AuthContext<'_>| guard.judge(&context)))
    }

    fn judge(&self, context: &AuthContext<'_>) -> Authorization {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match self.reason_against(context, &mut seen) {
            None => Authorization::Allow,
            Some(reason) => {
                seen.refusal.get_or_insert(reason);
                Authorization::Deny
            }
        }
    }

    /// Why something is refused; `None` where it is allowed.
    fn reason_against(&self, context: &AuthContext<'_>, seen: &mut Seen) -> Option<String> {
        match context.action {
            AuthAction::Select | AuthAction::Recursive => None,
            AuthAction::Read { table_name, column_name } => {
                // The innermost view that reads. A common table expression can have the name of one, so that this alone proves nothing.
                let view = context.accessor.and_then(sql_table);
                seen.tables.extend(view.map(|view| view.name));
                let listed = sql_table(table_name);
                match context.database_name {
                    Some(database) if database == &*self.secret && view.is_some() => None,
                    Some("temp") if listed.is_some() => {
                        seen.tables.extend(listed.map(|table| table.name));
                        None
                    }
                    Some("main") if TABLE_FUNCTIONS.contains(&table_name) => None,
                    // A table of which no column is read, or a common table expression. Tables of the store are read by views alone, because
                    // their names are hidden.
                    _ if column_name.is_empty() && !is_internal(table_name) => {
                        seen.tables.extend(listed.map(|table| table.name));
                        None
                    }
                    _ => {
                        let name =
                            context.accessor.filter(|name| sql_table(name).is_none()).unwrap_or(table_name);
                        Some(format!("the table {name} cannot be read here"))
                    }
                }
            }
            AuthAction::Function { function_name } => {
                let name = function_name.to_ascii_lowercase();
                let is_listed = FUNCTIONS.contains(&name.as_str()) || name.starts_with(&*self.secret);
                (!is_listed).then(|| format!("the function {name} cannot be called here"))
            }
            _ => Some("only a SELECT is possible here".to_owned()),
        }
    }
}

/// Tables of SQLite itself.
fn is_internal(table: &str) -> bool {
    let table = table.to_ascii_lowercase();
    ["sqlite_", "pragma_", "dbstat"].iter().any(|beginning| table.starts_with(beginning))
}
