//! Questions in SQL: by a client and by a person, from what the tenant answered, with its age.

use jamf_pro_mcp::config::Redaction;

use super::processes::command;
use super::*;

async fn world(change: impl FnOnce(&mut jamf_pro_mcp::config::Config)) -> World {
    world_of(Options { computers: 40, ..Options::default() }, change).await
}

#[tokio::test]
async fn a_question_loads_what_it_reads_and_nothing_else() {
    let world = world(|_| {}).await;
    let sql = "SELECT d.name, count(*) AS computers FROM computers c JOIN departments d ON d.id = c.department_id GROUP BY 1 ORDER BY 2 DESC";
    let answer = world.ok("fleet_query", json!({ "sql": sql })).await;
    assert_eq!(answer["columns"], json!(["name", "computers"]));
    let is_in_one = json!([["departmentId", "not_empty"], ["departmentId", "ne", "-1"]]);
    let of_list = world.ok("computer_list", json!({ "where": is_in_one, "page_size": 1 })).await;
    let counted: u64 = answer["rows"].as_array().unwrap().iter().map(|row| row[1].as_u64().unwrap()).sum();
    assert_eq!(json!(counted), of_list["total"], "{answer}");
    let ages: Vec<&String> = answer["as_of"].as_object().unwrap().keys().collect();
    assert_eq!(ages, ["computers", "departments"]);
    let parts = world
        .ok(
            "fleet_query",
            json!({ "sql": "SELECT part FROM fleet_parts WHERE as_of IS NOT NULL ORDER BY 1" }),
        )
        .await;
    assert_eq!(parts["rows"], json!([["computers"], ["departments"]]));
    let sent = world.sent("GET", "/api/v4/computers-inventory");
    world.ok("fleet_query", json!({ "sql": sql })).await;
    assert_eq!(world.sent("GET", "/api/v4/computers-inventory"), sent, "it is new enough");
    world.ok("fleet_query", json!({ "sql": "SELECT count(*) FROM computers", "refresh": true })).await;
    assert!(world.sent("GET", "/api/v4/computers-inventory") > sent);
}

#[tokio::test]
async fn what_could_not_be_read_is_said() {
    let world = world(|_| {}).await;
    world.faults("403@/api/v1/departments");
    let answer = world.ok("fleet_query", json!({ "sql": "SELECT count(*) FROM departments" })).await;
    assert!(answer["partial"][0].as_str().unwrap().contains("departments"), "{answer}");
}

#[tokio::test]
async fn what_is_excluded_off_or_wrong_is_refused() {
    let world = world(|config| config.exclude_tools = vec!["account_list".to_owned()]).await;
    let refused = world.fails("fleet_query", json!({ "sql": "SELECT * FROM accounts" })).await;
    assert!(refused.contains("`exclude_tools`") && refused.contains("account_list"), "{refused}");
    let refused = world.fails("fleet_query", json!({ "sql": "DELETE FROM computers" })).await;
    assert!(refused.contains("only a SELECT"), "{refused}");
    let off = world_of(Options { computers: 5, ..Options::default() }, |config| {
        config.fleet.storage = FleetStorage::Off;
    });
    let refused = off.await.fails("fleet_query", json!({ "sql": "SELECT 1" })).await;
    assert!(refused.contains("`fleet.storage` is `off`"), "{refused}");
}

#[tokio::test]
async fn nobody_is_named_where_the_configuration_redacts() {
    let world = world(|config| config.redaction = Redaction::Pseudonymous).await;
    let whole = world_of(Options { computers: 40, ..Options::default() }, |_| {}).await;
    let sql = json!({ "sql": "SELECT username, email, name, ip_address, extension_attributes FROM computers WHERE username IS NOT NULL" });
    let named = whole.ok("fleet_query", sql.clone()).await;
    let shown = world.ok("fleet_query", sql).await.to_string();
    for row in named["rows"].as_array().unwrap() {
        let username = row[0].as_str().unwrap();
        assert!(username.len() < 4 || !shown.contains(&format!("\"{username}\"")), "{username}");
        assert!(!shown.contains(row[1].as_str().unwrap_or("no e-mail address")), "{row}");
    }
    assert!(shown.contains("person-") && shown.contains("personal fields are pseudonyms"), "{shown}");
}

#[tokio::test]
async fn a_person_gets_a_table_csv_or_json() {
    let world = world(|_| {}).await;
    let run = async |arguments: &[&str]| {
        let output = command(&world, arguments).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    let sql = "SELECT 'a,b' AS one, count(*) AS computers FROM computers";
    let (is_done, out, err) = run(&["query", sql, "--csv"]).await;
    assert!(is_done, "{err}");
    assert_eq!(out.trim(), "one,computers\n\"a,b\",40");
    assert!(err.contains("computers as of"), "{err}");
    let (_, out, _) = run(&["query", sql]).await;
    assert!(out.contains("COMPUTERS") && out.contains("1 row"), "{out}");
    let (_, out, _) = run(&["query", sql, "--json"]).await;
    let answer: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["rows"], json!([["a,b", 40]]));
    let (is_done, _, err) = run(&["query", "SELECT serialnumber FROM computers"]).await;
    assert!(!is_done && err.contains("did you mean `serial_number`?"), "{err}");
    let (_, out, _) = run(&["query", "--describe", "computers"]).await;
    assert!(out.contains("\"boot_free_mb\": \"megabytes\""), "{out}");
    let (_, out, _) = run(&["completions", "bash"]).await;
    assert!(out.contains("computer_local_users"), "shells complete the names of tables");
}
