use std::path::Path;

use serde_json::json;

use super::*;
use crate::config::{FleetStorage, Redaction as Profile};
use crate::fleet::parts::Part;
use crate::fleet::store::{Page, Record};
use crate::fleet::tables::Names;

const BOUNDS: Bounds = Bounds { rows: 1_000, characters: 40_000, time: Duration::from_secs(10) };

/// Two computers with applications, an attribute that names a person, and a script that does.
fn store(storage: FleetStorage, state: &Path) -> Store {
    let store = Store::open(state, "t at http://localhost", storage, 14).unwrap().unwrap();
    let computer = |id: &str, name: &str, user: &str, os: &str| {
        json!({
            "id": id,
            "general": { "name": name, "remoteManagement": { "managed": true }, "lastCheckIn": "2026-01-01T00:00:00Z" },
            "userAndLocation": { "username": user },
            "operatingSystem": { "version": os },
            "extensionAttributes": [
                { "definitionId": "3", "name": "Battery Cycles", "dataType": "INTEGER", "values": ["7"] },
                { "definitionId": "4", "name": "Last user", "dataType": "STRING", "values": [user] },
                { "definitionId": "5", "name": "Owner phone", "dataType": "INTEGER", "values": ["5551234"] },
            ],
            "applications": [{ "name": "Chrome.app", "version": os, "path": format!("/Users/{user}/Chrome.app") }],
        })
    };
    let computers = [
        computer("1", "Quirin Qualm's MacBook Pro", "quirin.qualm", "9.2"),
        computer("2", "lab-2", "lab", "10.0"),
    ];
    let script = json!({ "id": "1", "name": "notify", "scriptContents": "mail quirin.qualm@example.com" });
    for (part, objects) in
        [("computers", &computers[..]), ("applications", &computers), ("scripts", &[script])]
    {
        let source = &Part::find(part).unwrap().sources[0];
        let lease = store.lease(source.name).unwrap().unwrap();
        let load = store.begin(source, Duration::from_secs(60)).unwrap();
        let objects: Vec<Record> = objects
            .iter()
            .map(|json| {
                let mut json = json.clone();
                source.lay_out(&mut json);
                Record { id: json["id"].as_str().unwrap().to_owned(), json, row_digest: None }
            })
            .collect();
        let next_offset = objects.len() as u64;
        let page = Page {
            objects: Box::new(objects.into_iter()),
            read_at: "2026-11-29T07:00:00Z".to_owned(),
            revision: store.revision().unwrap(),
            next_offset,
            total: Some(next_offset),
        };
        assert!(store.keep(&lease, &load, page, &Names::default()).unwrap());
        assert!(store.finish(&lease, &load, None).unwrap());
    }
    store
}

fn in_memory() -> Store {
    store(FleetStorage::Memory, Path::new("/nowhere"))
}

fn question(sql: &str, profile: Profile) -> Question {
    let state = tempfile::tempdir().unwrap();
    let redaction = Redaction::open(profile, state.path()).unwrap();
    Question {
        sql: sql.to_owned(),
        parameters: Vec::new(),
        redaction,
        bounds: BOUNDS,
        cancelled: CancellationToken::new(),
    }
}

fn ask(store: &Store, sql: &str) -> Result<Answer, Error> {
    question(sql, Profile::Full).answer(store)
}

fn rows(store: &Store, sql: &str) -> Json {
    json!(ask(store, sql).unwrap_or_else(|error| panic!("{sql}: {error}")).rows)
}

fn refusal(store: &Store, sql: &str) -> String {
    match ask(store, sql) {
        Ok(answer) => panic!("{sql}: {answer:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn tables_are_joined_grouped_and_sorted() {
    let state = tempfile::tempdir().unwrap();
    for store in [in_memory(), store(FleetStorage::Disk, state.path())] {
        let sql = "SELECT c.name, a.version FROM computers c JOIN computer_applications a ON a.computer_id = c.id ORDER BY version_key(a.version)";
        assert_eq!(rows(&store, sql), json!([["Quirin Qualm's MacBook Pro", "9.2"], ["lab-2", "10.0"]]));
        let sql = "SELECT name, sum(installations) AS n FROM applications GROUP BY name";
        assert_eq!(ask(&store, sql).unwrap().columns, ["name", "n"]);
        assert_eq!(rows(&store, sql), json!([["Chrome.app", 2]]));
        assert_eq!(
            rows(&store, "SELECT count(*) FROM computers WHERE days_since(last_check_in) > 30"),
            json!([[2]])
        );
        let sql = "SELECT extension_attributes ->> '$.\"Battery Cycles\"' FROM computers WHERE id = '1'";
        assert_eq!(rows(&store, sql), json!([["7"]]));
        let sql = "SELECT count(*) FROM computers, json_each(extension_attributes) AS e WHERE e.key LIKE 'Battery%'";
        assert_eq!(rows(&store, sql), json!([[2]]));
        let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT count(*) FROM n";
        assert_eq!(rows(&store, sql), json!([[5]]));
        let sql = "WITH names AS (SELECT name FROM computers) SELECT count(*) FROM names -- comment";
        assert_eq!(rows(&store, sql), json!([[2]]));
        let sql = "SELECT part, rows FROM fleet_parts WHERE as_of IS NOT NULL ORDER BY part";
        assert_eq!(rows(&store, sql), json!([["applications", 2], ["computers", 2], ["scripts", 1]]));
    }
}

#[test]
fn parameters_are_values_and_never_a_part_of_the_statement() {
    let store = in_memory();
    let asked = |sql: &str, parameters: Vec<Json>| {
        let question = Question { parameters, ..question(sql, Profile::Full) };
        json!(question.answer(&store).unwrap().rows)
    };
    let sql = "SELECT count(*) FROM computers WHERE name = ?1";
    assert_eq!(asked(sql, vec![json!("lab-2")]), json!([[1]]));
    assert_eq!(asked(sql, vec![json!("x' OR '1' = '1")]), json!([[0]]));
    assert_eq!(
        asked("SELECT ?1, ?2, ?3, ?4", vec![json!(7), json!(1.5), json!(true), Json::Null]),
        json!([[7, 1.5, 1, null]])
    );
}

#[test]
fn a_statement_names_the_parts_that_it_reads() {
    let store = in_memory();
    let parts = |sql: &str| {
        let tables = question(sql, Profile::Full).tables(&store).unwrap();
        let mut parts: Vec<_> = tables.iter().flat_map(|table| &table.parts).map(|part| part.name).collect();
        parts.sort_unstable();
        parts.join(" ")
    };
    assert_eq!(parts("SELECT 1"), "");
    assert_eq!(parts("SELECT count(*) FROM computers"), "computers");
    assert_eq!(
        parts("SELECT name FROM computers WHERE id IN (SELECT computer_id FROM computer_applications)"),
        "applications computers"
    );
    assert_eq!(parts("SELECT name FROM applications"), "applications");
    assert_eq!(
        parts("WITH a AS (SELECT * FROM policies) SELECT count(*) FROM a JOIN scripts"),
        "policies scripts"
    );
    assert_eq!(parts("SELECT EXISTS (SELECT 1 FROM groups)"), "groups");
    assert_eq!(
        parts("SELECT name FROM computers UNION SELECT name FROM mobile_devices"),
        "computers mobile_devices"
    );
    assert_eq!(parts("SELECT * FROM fleet_parts"), "");
}

#[test]
fn nothing_but_a_select_over_the_listed_tables_is_possible() {
    let store = in_memory();
    for sql in [
        "",
        "-- nothing",
        "DELETE FROM computers",
        "INSERT INTO computers (id) VALUES ('9')",
        "UPDATE computers SET name = 'x'",
        "REPLACE INTO computers (id) VALUES ('9')",
        "WITH x AS (SELECT 1) DELETE FROM computers",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t AS SELECT 1",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TEMP TRIGGER t INSTEAD OF DELETE ON computers BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE temp.t USING fts5(a)",
        "DROP VIEW computers",
        "ALTER TABLE computers RENAME TO c",
        "ATTACH '/etc/passwd' AS p",
        "ATTACH ':memory:' AS p",
        "DETACH main",
        "PRAGMA database_list",
        "PRAGMA query_only = 0",
        "PRAGMA table_info(computers)",
        "VACUUM",
        "VACUUM INTO 'copy.sqlite'",
        "ANALYZE",
        "REINDEX",
        "BEGIN",
        "SAVEPOINT s",
        "EXPLAIN SELECT 1",
        "EXPLAIN QUERY PLAN SELECT * FROM computers",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW computers",
        "SELECT * FROM sqlite_master",
        "SELECT count(*) FROM sqlite_schema",
        "SELECT * FROM temp.sqlite_master",
        "SELECT sql FROM sqlite_temp_schema",
        "SELECT * FROM pragma_database_list",
        "SELECT count(*) FROM pragma_database_list",
        "SELECT * FROM pragma_function_list()",
        "SELECT * FROM dbstat",
        "SELECT count(*) FROM dbstat",
        "SELECT * FROM bytecode('SELECT 1')",
        "SELECT * FROM sqlite_stmt",
        "SELECT * FROM fts5vocab",
        "SELECT * FROM main.computers",
        "SELECT * FROM fleet_sources",
        "SELECT count(*) FROM fleet_objects",
        "SELECT * FROM _computer_applications",
        "SELECT count(*) FROM _computer_applications_links",
        "SELECT load_extension('x.so')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('x', 'y')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT sqlite_version()",
        "SELECT sqlite_compileoption_get(1)",
        "SELECT randomblob(1000000000)",
        "SELECT zeroblob(1000000000)",
        "SELECT hex(zeroblob(1000000000))",
        "SELECT printf('%.*c', 1000000000, 'x')",
        "SELECT format('%1000000000d', 1)",
        "SELECT last_insert_rowid()",
        "SELECT name FROM computers WHERE id = ?1",
        "SELECT \"nothing of this name\" FROM computers",
        "VALUES (load_extension('x'))",
    ] {
        let error = refusal(&store, sql);
        assert!(error.len() < 1_500, "{sql}: {error}");
        assert!(!error.contains("/nowhere") && !error.contains("memdb"), "{sql}: {error}");
    }
    assert_eq!(rows(&store, "SELECT count(*) FROM computers"), json!([[2]]));
}

/// The name of a common table expression is the accessor that SQLite tells the authorizer, as that of a view is.
#[test]
fn a_name_that_shadows_a_table_opens_nothing() {
    let store = in_memory();
    for sql in [
        "WITH computer_applications AS (SELECT * FROM _computer_applications) SELECT * FROM computer_applications",
        "WITH computers AS (SELECT * FROM main.computers) SELECT * FROM computers",
        "WITH fleet_parts AS (SELECT * FROM fleet_objects) SELECT * FROM fleet_parts",
        "WITH computers AS (SELECT sql FROM sqlite_master) SELECT * FROM computers",
        "WITH computers AS (SELECT sql FROM temp.sqlite_master) SELECT * FROM computers",
        "SELECT * FROM (SELECT sql FROM sqlite_temp_master) AS computers",
    ] {
        refusal(&store, sql);
    }
    let sql = "WITH computers AS (SELECT 'mine' AS name) SELECT name FROM computers";
    assert_eq!(rows(&store, sql), json!([["mine"]]));
}

#[test]
fn what_takes_too_long_or_becomes_too_large_ends() {
    let store = in_memory();
    let fast = |sql: &str| {
        let mut question = question(sql, Profile::Full);
        question.bounds = Bounds { rows: 10, characters: 2_000, time: Duration::from_millis(300) };
        question.answer(&store)
    };
    for sql in [
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000) SELECT count(*) FROM n a, n b, n c",
    ] {
        let error = fast(sql).unwrap_err().to_string();
        assert!(error.contains("took longer"), "{sql}: {error}");
    }
    for sql in [
        "SELECT replace(hex(replace(hex(replace(hex('aaaaaaaaaa'), '6', 'xxxxxxxxxxxxxxxxxxxx')), '7', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')), '8', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')",
        "WITH RECURSIVE n(x) AS (SELECT 'aaaaaaaaaaaaaaaa' UNION ALL SELECT x || x FROM n) SELECT max(length(x)) FROM n",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000) SELECT length(group_concat('aaaaaaaaaaaaaaaaaaaaaaaa')) FROM n",
    ] {
        // Some are small enough to be answered; none takes the memory of the process.
        if let Err(error) = fast(sql) {
            let error = error.to_string();
            assert!(error.contains("too large") || error.contains("took longer"), "{sql}: {error}");
        }
    }
    let answer =
        fast("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n").unwrap();
    assert_eq!((answer.rows.len(), answer.has_more), (10, true));
    let long = fast("SELECT replace(hex(replace(hex('aaaaaaaaaa'), '6', 'xxxxxxxxxxxxxxxxxxxx')), '7', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyy')").unwrap();
    assert!(long.rows[0][0].as_str().unwrap().chars().count() <= 1_100, "{long:?}");
    let stopped = question(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        Profile::Full,
    );
    stopped.cancelled.cancel();
    assert!(matches!(stopped.answer(&store).unwrap_err().kind(), crate::error::Kind::Cancelled));
    for sql in [
        format!("SELECT {}1{}", "(".repeat(3_000), ")".repeat(3_000)),
        format!("SELECT 1{}", " + 1".repeat(2_000)),
        format!("SELECT 1 WHERE {}", "NOT ".repeat(4_000)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(100)),
        format!("SELECT {}", "x".repeat(30_000)),
        format!("SELECT * FROM {}", vec!["computers"; 80].join(", ")),
    ] {
        assert!(ask(&store, &sql).is_err());
    }
}

#[test]
fn what_is_personal_is_seen_by_no_condition_sort_or_function() {
    let store = in_memory();
    for profile in [Profile::Pseudonymous, Profile::Aggregate] {
        let state = tempfile::tempdir().unwrap();
        let redaction = Redaction::open(profile, state.path()).unwrap();
        let asked = |sql: &str| {
            let question = Question { redaction: redaction.clone(), ..question(sql, Profile::Full) };
            question.answer(&store).map(|answer| json!(answer.rows).to_string())
        };
        for sql in [
            "SELECT * FROM computers",
            "SELECT * FROM computer_extension_attributes",
            "SELECT * FROM computer_applications",
            "SELECT * FROM scripts",
            "SELECT substr(username, 1, 40), upper(name), hex(username) FROM computers ORDER BY username",
            "SELECT username AS u FROM computers UNION SELECT text FROM scripts",
            "SELECT group_concat(username), json_group_array(name) FROM computers",
            "SELECT value FROM computers, json_each(extension_attributes)",
            "WITH c AS (SELECT name, username FROM computers) SELECT * FROM c",
            "SELECT substr(text, 6, 12) FROM scripts",
        ] {
            let shown = asked(sql).unwrap().to_lowercase();
            let hex = hex::encode("quirin");
            assert!(
                !shown.contains("quirin") && !shown.contains("5551234") && !shown.contains(&hex),
                "{sql}: {shown}"
            );
        }
        for condition in [
            "username = 'quirin.qualm'",
            "username LIKE 'quirin%'",
            "substr(username, 1, 1) = 'q'",
            "instr(lower(name), 'quirin') > 0",
            "name GLOB 'Quirin*'",
            "extension_attributes LIKE '%qualm%'",
            "id IN (SELECT device_id FROM computer_extension_attributes WHERE value = 'quirin.qualm' OR number = 5551234)",
            "EXISTS (SELECT 1 FROM computer_applications WHERE path LIKE '%quirin%')",
            "EXISTS (SELECT 1 FROM scripts WHERE text LIKE '%quirin%')",
            "username BETWEEN 'quirin' AND 'quirio'",
        ] {
            let found = asked(&format!("SELECT count(*) FROM computers WHERE {condition}")).unwrap();
            assert_eq!(found, "[[0]]", "{condition}");
        }
        assert_eq!(
            asked("SELECT count(DISTINCT username) FROM computers").unwrap() == "[[2]]",
            profile == Profile::Pseudonymous
        );
        let battery = "SELECT number, extension_attributes ->> '$.\"Battery Cycles\"' FROM computer_extension_attributes a JOIN computers c ON c.id = a.device_id WHERE a.name = 'Battery Cycles' LIMIT 1";
        assert_eq!(asked(battery).unwrap(), "[[7.0,\"7\"]]", "what is nobody's is shown");
    }
}

#[test]
fn an_error_says_what_to_write_instead() {
    let store = in_memory();
    for (sql, hint) in [
        ("SELECT serialnumber FROM computers", "did you mean `serial_number`?"),
        ("SELECT c.kernel FROM computers c", "`computers` has id, udid"),
        ("SELECT * FROM computer", "did you mean `computers`?"),
        ("SELECT versionkey(os_version) FROM computers", "did you mean `version_key`?"),
        ("SELECT name FROM computers WHERE", "incomplete input"),
        ("SELECT * FROM sqlite_master", "`fleet_schema`"),
        ("PRAGMA table_list", "only a SELECT"),
        ("SELECT randomblob(3)", "the function randomblob cannot be called here"),
    ] {
        let error = refusal(&store, sql);
        assert!(error.contains(hint), "{sql}: {error}");
    }
}

#[test]
fn versions_are_in_the_order_of_their_numbers() {
    let key = |text| functions::version_key(text);
    let sorted = ["9", "9.2", "10", "10.0.1", "10.0.1b", "10.2 (25B78)", "15.7", "15.10", "26"];
    for pair in sorted.windows(2) {
        assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
    }
    assert_eq!(key("14"), key("14.0"));
    assert_eq!((key("unknown"), key("")), (None, None));
}

#[test]
fn every_table_has_an_example_that_runs() {
    let store = in_memory();
    for table in sql_tables() {
        let question = question(table.example, Profile::Full);
        let read = question.tables(&store).unwrap_or_else(|error| panic!("{}: {error}", table.name));
        assert!(read.iter().any(|read| read.name == table.name), "{}", table.name);
        question.answer(&store).unwrap_or_else(|error| panic!("{}: {error}", table.name));
    }
    let all: Vec<&str> = sql_tables().iter().map(|table| table.name).collect();
    assert!(describe(&all).is_ok());
    assert!(describe(&["computer"]).unwrap_err().to_string().contains("did you mean `computers`?"));
    assert!(overview().to_string().len() < 16_000, "{}", overview().to_string().len());
}

/// `TABLES_UPDATE=1` writes it.
#[test]
fn the_document_of_the_tables_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables.md");
    if std::env::var_os("TABLES_UPDATE").is_some() {
        std::fs::write(&path, markdown()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == markdown(), "write it by TABLES_UPDATE=1 cargo test --lib the_document_of_the_tables");
}
