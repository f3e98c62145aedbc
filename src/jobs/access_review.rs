//! Who may do what in Jamf Pro: API clients with their roles and privileges, accounts, and groups of accounts.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work, explain};
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text as clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("access_review", "security")
        .title("Review who has access")
        .about("Review access to Jamf Pro: API clients with their roles and grave privileges, the gravest first, then administrator accounts and groups of accounts.")
        .asked(&["API clients with more privileges than they need", "who is an administrator of Jamf Pro", "who is an administrator in Jamf", "API clients with too many rights"]),
    |work, arguments| run(work, arguments).map(|report| report.map(Conclusion::Report)).boxed(),
)
.uses(&["account_group_get"])
.reads(&["api_clients", "api_roles", "api_role_privileges", "accounts", "account_groups", "object_references"]);

/// Arguments of `access_review`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    #[schemars(flatten)]
    reading: Reading,
}

/// Groups of accounts whose members and privileges are read, one request each.
const MOST_GROUPS: usize = 30;

/// What a grave privilege gives, and its patterns as `LIKE` takes them.
const GRAVE: &[(&str, &[&str])] = &[
    (
        "more power",
        &[
            "Create API%",
            "Update API%",
            "Delete API%",
            "Create Accounts",
            "Update Accounts",
            "Delete Accounts",
            "Create User Groups%",
            "Update SSO%",
            "Update LDAP%",
            "Update PKI",
        ],
    ),
    (
        "erases or unmanages devices",
        &[
            "Send%Wipe%",
            "Send%Erase%",
            "Send%Unmanage%",
            "Unmanage%",
            "Delete Computers",
            "Delete Mobile Devices",
        ],
    ),
    (
        "reads keys and passwords",
        &["View%Password%", "View%Recovery%", "View%Lock Pin%", "View%Key%", "View%Unlock%"],
    ),
    (
        "runs or installs on devices",
        &[
            "Create Policies",
            "Update Policies",
            "Create Scripts",
            "Update Scripts",
            "Create Packages",
            "Update Packages",
            "Create%Configuration Profiles",
            "Update%Configuration Profiles",
            "Send%Install Package%",
        ],
    ),
];

async fn run(work: &Work<'_>, _: &Checked) -> Result<Report, Error> {
    let clients = clients(work).await?;
    let accounts = work
        .ask(
            "SELECT 'account' AS kind, id, username, access_level, privilege_set, status FROM accounts
             ORDER BY upper(ifnull(privilege_set, '')) <> 'ADMINISTRATOR', upper(ifnull(status, '')) = 'DISABLED', upper(ifnull(access_level, '')) NOT LIKE 'FULL%', lower(username)",
            Vec::new(),
        )
        .await?;
    let (groups, unread) = groups(work).await?;
    let is_admin =
        |row: &&Map<String, Value>| text(row, "privilege_set").eq_ignore_ascii_case("administrator");
    let is_on = |row: &&Map<String, Value>| !text(row, "status").eq_ignore_ascii_case("disabled");
    let administrators = accounts.iter().filter(is_admin).filter(is_on).count();
    let disabled = accounts.len() - accounts.iter().filter(is_on).count();
    let grave = clients.iter().filter(|row| row.contains_key("grave")).count();
    let enabled = |row: &&Map<String, Value>| explain::is(row, "enabled") != Some(false);
    let grave_on = clients.iter().filter(enabled).filter(|row| row.contains_key("grave")).count();
    let worst = clients.first().filter(|row| row.contains_key("grave")).map(|row| {
        format!(
            " The widest: {} with {} privileges, of which {} are grave.",
            clean::quoted(text(row, "name"), 80),
            count_of(row, "privileges"),
            count_of(row, "grave_count")
        )
    });
    let answer = format!(
        "{} API clients, {grave_on} of them switched on with grave privileges; {} accounts, {administrators} of them administrators that are not disabled; {} groups of accounts.{}",
        clients.len(),
        accounts.len(),
        groups.len(),
        worst.unwrap_or_default()
    );
    let without_roles = clients.iter().filter(|row| count_of(row, "privileges") == 0).count();
    let mut report = Report::new(answer)
        .number("api_clients", clients.len())
        .number("api_clients_with_grave_privileges", grave)
        .number("api_clients_without_privileges", without_roles)
        .number("accounts", accounts.len())
        .number("administrators", administrators)
        .number("disabled_accounts", disabled)
        .number("account_groups", groups.len())
        .rows(clients)
        .rows(accounts)
        .rows(groups)
        .note("Jamf's API does not say when an API client or an account was last used")
        .note("of accounts with a custom set of privileges only the name of the set is known here: `account_get` has its privileges");
    for gap in unread {
        report = report.partial(gap);
    }
    Ok(report.next("give an API client only what it uses: `api_role_update` changes its role"))
}

/// Groups of accounts with their members and privileges, and those that could not be read.
async fn groups(work: &Work<'_>) -> Result<(Vec<Map<String, Value>>, Vec<String>), Error> {
    let sql = "SELECT 'account_group' AS kind, id, name, access_level, privilege_set FROM account_groups
         ORDER BY upper(ifnull(privilege_set, '')) <> 'ADMINISTRATOR', lower(name)";
    let (mut rows, mut unread) = (work.ask(sql, Vec::new()).await?, Vec::new());
    for row in rows.iter_mut().take(MOST_GROUPS) {
        let group = match work.send("account_group_get", json!({ "id": text(row, "id") }), &[]).await {
            Ok(group) => group,
            Err(error) => {
                unread.push(format!("members and privileges of the group {}: {error}", text(row, "name")));
                continue;
            }
        };
        let list =
            |name: &str| group.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let privileges: Vec<&str> = list("privileges").iter().filter_map(Value::as_str).collect();
        row.insert("accounts".to_owned(), json!(list("members").len()));
        row.insert("privileges".to_owned(), json!(privileges.len()));
        insert_grave(row, &privileges);
    }
    if rows.len() > MOST_GROUPS {
        unread
            .push(format!("members and privileges of {} more groups of accounts", rows.len() - MOST_GROUPS));
    }
    Ok((rows, unread))
}

/// API clients with their roles and privileges, those with most grave ones first.
async fn clients(work: &Work<'_>) -> Result<Vec<Map<String, Value>>, Error> {
    let privileges = work
        .ask(
            "SELECT DISTINCT c.id, c.name, c.enabled, r.name AS role, p.privilege FROM api_clients c
             LEFT JOIN object_references o ON o.from_kind = 'api_client' AND o.from_id = c.id AND o.to_kind = 'api_role'
             LEFT JOIN api_roles r ON lower(r.name) = lower(o.to_name) OR r.id = o.to_id
             LEFT JOIN api_role_privileges p ON p.api_role_id = r.id ORDER BY c.id, r.name, p.privilege",
            Vec::new(),
        )
        .await?;
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    let mut own: Vec<&Map<String, Value>> = Vec::new();
    let mut rest = privileges.iter().peekable();
    while let Some(row) = rest.next() {
        own.push(row);
        if rest.peek().is_none_or(|next| text(next, "id") != text(row, "id")) {
            rows.push(client(&own));
            own.clear();
        }
    }
    rows.sort_by_key(|row| {
        (
            explain::is(row, "enabled") == Some(false),
            std::cmp::Reverse(count_of(row, "grave_count")),
            std::cmp::Reverse(count_of(row, "privileges")),
        )
    });
    Ok(rows)
}

/// A client as a row, of its rows with a privilege each.
fn client(own: &[&Map<String, Value>]) -> Map<String, Value> {
    let first = own.first().copied().cloned().unwrap_or_default();
    let distinct = |column: &str| {
        let mut all: Vec<&str> =
            own.iter().map(|row| text(row, column)).filter(|text| !text.is_empty()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (roles, privileges) = (distinct("role"), distinct("privilege"));
    let mut row = Map::from_iter([
        ("kind".to_owned(), json!("api_client")),
        ("id".to_owned(), json!(text(&first, "id"))),
        ("name".to_owned(), json!(text(&first, "name"))),
        ("enabled".to_owned(), first.get("enabled").cloned().unwrap_or_default()),
        ("roles".to_owned(), json!(roles.join(", "))),
        ("privileges".to_owned(), json!(privileges.len())),
    ]);
    insert_grave(&mut row, &privileges);
    row
}

/// Say in a row how many of some privileges are grave, and what they give.
fn insert_grave(row: &mut Map<String, Value>, privileges: &[&str]) {
    let (mut grave, mut count) = (Vec::new(), 0);
    for (what, patterns) in GRAVE {
        let is_grave = |name: &&&str| patterns.iter().any(|pattern| is_like(name, pattern));
        let of: Vec<&&str> = privileges.iter().filter(is_grave).collect();
        if let Some(example) = of.first() {
            grave.push(format!("{what}: {} such as {example}", of.len()));
            count += of.len();
        }
    }
    if count > 0 {
        row.insert("grave_count".to_owned(), json!(count));
        row.insert("grave".to_owned(), json!(grave.join("; ")));
    }
}

/// Whether a privilege has the form of a pattern, in which `%` stands for anything.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = if part.is_empty() { "" } else { after };
    }
    rest.is_empty() || pattern.ends_with('%')
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_pattern_is_the_form_of_a_privilege() {
        assert!(is_like("Send Computer Remote Wipe Command", "Send%Wipe%"));
        assert!(is_like("Update macOS Configuration Profiles", "Update%Configuration Profiles"));
        assert!(!is_like("Read Computers", "Send%Wipe%"));
        assert!(!is_like("Update Policies and more", "Update Policies"));
        assert!(is_like("Update API Roles", "Update API%"));
    }
}
