//! Who calls: over HTTP anyone who shows a token, on the command line and on stdio the user of the operating system.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::callers::{Client, Served};
use crate::http::{Served as Sessions, call};
use crate::setup::Setup;

const ANNA: &str = "anna-token-0123456789abcdef0123456789";
const BEN: &str = "ben-token-0123456789abcdef0123456789ab";

/// A setup with token files for two callers, and everything allowed that a person approves.
async fn two_callers() -> Setup {
    let mut setup = Setup::start().await;
    let files = [("anna", ANNA), ("ben", BEN)].map(|(name, token)| {
        let file = setup.state().join(name);
        std::fs::write(&file, format!("{token}\n")).unwrap();
        json!({ "name": name, "file": file })
    });
    let config = setup.state().join("config.json");
    let text = json!({ "http": { "tokens": files }, "toolsets": ["all"] });
    std::fs::write(&config, text.to_string()).unwrap();
    setup.set("JAMF_PRO_MCP_CONFIG", config.to_str().unwrap());
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
    setup.set("JAMF_PRO_MCP_APPROVALS_PAGE", "no");
    setup
}

fn clients(server: &Served) -> (Client, Client) {
    (server.client(Some(ANNA)), server.client(Some(BEN)))
}

/// Serial numbers of managed Macs.
async fn serials(client: &Client) -> Vec<String> {
    let wish = json!({ "fields": ["hardware.serialNumber"], "where": [["general.remoteManagement.managed", "eq", true]], "page_size": 10 });
    let listed = client.ok("computer_list", wish).await;
    let rows = listed["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| row["hardware"]["serialNumber"].as_str().unwrap_or_else(|| panic!("{row}")).to_owned())
        .collect()
}

fn restart(serial: &str) -> Value {
    json!({ "devices": [serial], "body": {} })
}

/// Answer the question about a plan.
async fn answer(client: &Client, tool: &str, arguments: &Value, action: &str, typed: &str) -> Value {
    let mut call = json!({ "name": tool, "arguments": arguments });
    let asked = client.ask("tools/call", call.clone()).await;
    assert!(asked["inputRequests"].is_object(), "{asked}");
    call["requestState"] = asked["requestState"].clone();
    call["inputResponses"] = json!({ "approval": { "action": action, "content": { "typed": typed } } });
    client.ask("tools/call", call).await
}

fn text(result: &Value) -> String {
    result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{result}")).to_owned()
}

/// The records of the audit log.
fn records(setup: &Setup) -> Vec<Value> {
    let log = std::fs::read_to_string(setup.state().join("audit/default.jsonl")).unwrap();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn over_http_every_request_shows_a_token_on_loopback_too() {
    let setup = Setup::start().await;
    let server = setup.http(&[]).await;
    for (method, path) in [
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("DELETE", "/mcp"),
        ("GET", "/sse"),
        ("POST", "/messages?sessionId=x"),
    ] {
        for token in [None, Some("wrong"), Some("")] {
            let mut request = server.request(method, path);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            assert_eq!(
                request.send().await.unwrap().status(),
                StatusCode::UNAUTHORIZED,
                "{method} {path} {token:?}"
            );
        }
    }
    assert_eq!(server.request("GET", "/healthz").send().await.unwrap().status(), StatusCode::OK);

    // One was made, for its owner alone, and the log says where it is and not what it is.
    let path = setup.state().join("http-token");
    let token = std::fs::read_to_string(&path).unwrap().trim().to_owned();
    assert!(token.len() >= 32, "{token}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(
        server.log().contains(path.to_str().unwrap()) && !server.log().contains(&token),
        "{}",
        server.log()
    );
    let client = server.client(Some(&token));
    assert_eq!(client.ok("computer_list", json!({ "page_size": 1 })).await["total"], 420);
    client.ok("building_create", json!({ "body": { "name": "Annex" } })).await;
    let by: Vec<Value> = records(&setup).iter().map(|record| record["who"].clone()).collect();
    assert_eq!(by, ["default", "default"]);
    drop(server);
    let again = setup.http(&[]).await;
    again.client(Some(&token)).ok("computer_list", json!({ "page_size": 1 })).await;
}

/// Anyone who guesses waits for each answer.
#[tokio::test]
async fn an_answer_to_a_wrong_token_is_held_back() {
    let setup = Setup::start().await;
    let server = setup.http(&[]).await;
    for (method, path) in [("POST", "/mcp"), ("GET", "/sse")] {
        let begun = std::time::Instant::now();
        let guess = "0123456789abcdef0123456789abcdef0123456x";
        let answer = server.request(method, path).bearer_auth(guess).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
        assert!(begun.elapsed() >= Duration::from_millis(200), "{method} {path}: {:?}", begun.elapsed());
    }
    assert!(server.log().contains("wrong bearer token"), "{}", server.log());
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_asks_for_no_token() {
    let setup = Setup::start().await;
    let server = setup.http(&[]).await;
    for (method, path) in [
        ("GET", "/.well-known/oauth-protected-resource"),
        ("GET", "/.well-known/oauth-protected-resource/mcp"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/openid-configuration/mcp"),
        ("GET", "/mcp/.well-known/openid-configuration"),
        ("POST", "/register"),
        ("GET", "/authorize"),
        ("GET", "/none"),
    ] {
        let answer = server.request(method, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
        assert!(answer.headers().get("www-authenticate").is_none(), "{method} {path}");
    }
}

#[tokio::test]
async fn without_a_token_nothing_but_reads_is_possible_and_only_on_loopback() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive,secret");
    setup.set("JAMF_PRO_MCP_TOOLSETS", "all");
    setup.set("JAMF_PRO_MCP_HTTP_OPEN", "true");
    setup.set("JAMF_PRO_MCP_APPROVALS_PAGE", "no");
    setup.set("JAMF_PRO_MCP_HTTP_ALLOWED_ORIGINS", "http://localhost:6274");
    let server = setup.http(&[]).await;
    let client = server.client(None);
    assert_eq!(client.ok("computer_list", json!({ "page_size": 1 })).await["total"], 420);
    let said = client.fails("building_create", json!({ "body": { "name": "Annex" } })).await;
    assert!(said.contains("not allowed"), "{said}");
    let said = client
        .fails(
            "call_write",
            json!({ "tool": "building_create", "arguments": { "body": { "name": "Annex" } } }),
        )
        .await;
    assert!(said.contains("not allowed"), "{said}");
    client.fails("computer_filevault_get", json!({ "id": "1" })).await;
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 0);
    let tools = client.tools().await;
    assert!(tools.contains(&"building_list".to_owned()));
    for hidden in
        ["building_create", "blank_push_send", "device_erase", "plan_apply", "plan_window", "undo_apply"]
    {
        assert!(!tools.contains(&hidden.to_owned()), "{hidden} is listed");
    }
    for (origin, is_refused) in [
        ("http://localhost:6274", false),
        ("http://localhost:3000", true),
        ("http://127.0.0.1:6274", true),
        ("https://evil.example", true),
        ("null", true),
    ] {
        let answer = server.request("POST", "/mcp").header("origin", origin).send().await.unwrap();
        assert_eq!(answer.status() == StatusCode::FORBIDDEN, is_refused, "{origin}: {}", answer.status());
    }
    drop(server);
    let said = setup.http_fails("0.0.0.0:0").await;
    assert!(said.contains("http.open"), "{said}");
    setup.set("JAMF_PRO_MCP_HTTP_TOKEN", ANNA);
    let said = setup.http_fails("127.0.0.1:0").await;
    assert!(said.contains("http.open") && !said.contains(ANNA), "{said}");
}

#[tokio::test]
async fn a_token_that_was_replaced_is_refused_at_once() {
    let mut setup = Setup::start().await;
    let single = setup.state().join("single");
    std::fs::write(&single, ANNA).unwrap();
    setup.set("JAMF_PRO_MCP_HTTP_TOKEN_FILE", single.to_str().unwrap());
    let file = setup.state().join("ben");
    std::fs::write(&file, BEN).unwrap();
    setup.set("JAMF_PRO_MCP_HTTP_TOKENS", &format!("ben={}", file.display()));
    let server = setup.http(&[]).await;
    let status = async |token: &str| server.client(Some(token)).answered("tools/list", json!({})).await.0;
    assert_eq!((status(ANNA).await, status(BEN).await), (StatusCode::OK, StatusCode::OK));
    for (file, old, new) in [(&single, ANNA, "0"), (&file, BEN, "1")] {
        let new = new.repeat(40);
        std::fs::write(file, &new).unwrap();
        assert_eq!((status(old).await, status(&new).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
        std::fs::remove_file(file).unwrap();
        assert_eq!(status(&new).await, StatusCode::UNAUTHORIZED);
    }
    assert!(server.log().contains("wrong bearer token"), "{}", server.log());
    assert!(server.log().contains("`http.token` is the older setting"), "{}", server.log());
    assert!(!server.log().contains(ANNA) && !server.log().contains(BEN), "{}", server.log());
}

#[tokio::test]
async fn tokens_that_make_two_callers_one_stop_the_start() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("token");
    std::fs::write(&file, ANNA).unwrap();
    let file = file.to_str().unwrap();
    for (tokens, why) in [
        (format!("anna={file},ben={file}"), "same bearer token"),
        (format!("anna={file},anna={file}"), "twice"),
        (format!("anna (uid 0)={file}"), "letters, digits"),
        (format!("={file}"), "is empty"),
        (file.to_owned(), "JAMF_PRO_MCP_HTTP_TOKENS"),
        ("anna=/no/such/file".to_owned(), "/no/such/file"),
    ] {
        setup.set("JAMF_PRO_MCP_HTTP_TOKENS", &tokens);
        let said = setup.http_fails("127.0.0.1:0").await;
        assert!(said.contains(why) && !said.contains(ANNA), "{tokens}: {said}");
    }
}

#[tokio::test]
async fn two_callers_share_no_plan_and_no_repeated_answer() {
    let setup = two_callers().await;
    let server = setup.http(&[]).await;
    let (anna, ben) = clients(&server);
    let serials = serials(&anna).await;

    let waits = anna.ok("device_restart", restart(&serials[0])).await;
    let plan = json!({ "plan": waits["plan"] });
    assert!(plan["plan"].is_string(), "{waits}");
    assert_eq!(anna.ok("plan_status", json!({})).await["open"], 1);
    assert_eq!(ben.ok("plan_status", json!({})).await["open"], 0);
    for tool in ["plan_status", "plan_apply"] {
        let said = ben.fails(tool, plan.clone()).await;
        assert!(said.contains("no plan of this id"), "{said}");
    }
    let other = ben.ok("device_restart", restart(&serials[0])).await;
    assert_ne!(other["plan"], plan["plan"]);

    // The same write of two callers is two wishes.
    let annex = json!({ "body": { "name": "Annex" } });
    anna.ok("building_create", annex.clone()).await;
    let (_, said) = ben.call("building_create", annex.clone()).await;
    assert!(!said.contains("NOT made a second time"), "{said}");
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 2);
    let who: Vec<Value> = records(&setup)
        .iter()
        .filter(|record| record["tool"] == "building_create")
        .map(|record| record["who"].clone())
        .collect();
    assert!(who.contains(&json!("anna")) && who.contains(&json!("ben")), "{who:?}");
}

#[tokio::test]
async fn nobody_undoes_a_change_of_another_caller() {
    let setup = two_callers().await;
    let server = setup.http(&[]).await;
    let (anna, ben) = clients(&server);
    anna.ok("building_update", json!({ "id": "1", "body": { "name": "Renamed" } })).await;
    let mine = anna.ok("undo_list", json!({})).await;
    let copy = json!({ "copy": mine["copies"][0]["copy"] });
    assert!(copy["copy"].is_string(), "{mine}");
    assert_eq!(ben.ok("undo_list", json!({})).await["shown"], 0);
    let said = ben.fails("undo_apply", copy.clone()).await;
    assert!(said.contains("no copy of this id"), "{said}");
    assert!(anna.ok("undo_apply", copy).await["plan"].is_string());
}

#[tokio::test]
async fn a_window_and_a_rejection_are_of_the_caller_who_asked() {
    let setup = two_callers().await;
    let server = setup.http(&[]).await;
    let (mut anna, mut ben) = clients(&server);
    (anna.elicits, ben.elicits) = (true, true);
    let serials = serials(&anna).await;
    let wish = json!({
        "tools": ["device_restart"], "arguments": { "body": {} }, "devices": [serials[1]], "minutes": 60, "reason": "The lab is refreshed",
    });
    let opened = answer(&anna, "plan_window", &wish, "accept", &serials[1]).await;
    assert!(!text(&opened).contains("waiting for a person"), "{opened}");
    let approved: Vec<Value> =
        records(&setup).into_iter().filter(|record| record["phase"] == "approved").collect();
    assert_eq!(approved.len(), 1);
    assert_eq!(
        (&approved[0]["who"], &approved[0]["approvers"]),
        (&json!("anna"), &json!(["anna by elicitation"]))
    );

    let commands = || setup.proxy.count("POST", "/api/v2/mdm/commands");
    let wishes = |serial: &str| json!({ "name": "device_restart", "arguments": restart(serial) });
    let asked = ben.ask("tools/call", wishes(&serials[1])).await;
    assert!(asked["inputRequests"].is_object() && commands() == 0, "{asked}");
    let asked = ben.ask("tools/call", wishes(&serials[0])).await;
    assert!(asked["inputRequests"].is_object() && commands() == 0, "{asked}");
    anna.ok("device_restart", restart(&serials[1])).await;
    assert_eq!(commands(), 1);

    // A question that was put to one caller is answered by that caller alone.
    let mut stolen = wishes(&serials[0]);
    stolen["requestState"] = asked["requestState"].clone();
    stolen["inputResponses"] =
        json!({ "approval": { "action": "accept", "content": { "typed": serials[0] } } });
    let refused = anna.ask("tools/call", stolen).await;
    assert_eq!(refused["isError"], true, "{refused}");

    // Nor does one caller's rejection bar the other.
    let wanted = json!({ "devices": [serials[3]], "body": {} });
    answer(&anna, "device_restart", &wanted, "decline", "").await;
    let again = anna.ask("tools/call", json!({ "name": "device_restart", "arguments": wanted })).await;
    assert!(text(&again).contains("rejected"), "{again}");
    let asked = ben.ask("tools/call", json!({ "name": "device_restart", "arguments": wanted })).await;
    assert!(asked["inputRequests"].is_object(), "{asked}");
}

/// Who the records of the audit log are of.
fn who(setup: &Setup) -> Vec<String> {
    let mut who: Vec<String> =
        records(setup).iter().map(|record| record["who"].as_str().unwrap().to_owned()).collect();
    who.dedup();
    who
}

#[tokio::test]
async fn the_user_of_the_operating_system_is_known_by_id_whatever_the_environment_says() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
    setup.set("JAMF_PRO_MCP_APPROVALS_PAGE", "no");
    setup.set("USER", "anna");
    setup.set("LOGNAME", "anna");
    setup.ok("building_create", json!({ "body": { "name": "Annex" } })).await;
    let managed = json!([["general.remoteManagement.managed", "eq", true]]);
    let wish = json!({ "fields": ["hardware.serialNumber"], "where": managed, "page_size": 1 });
    let listed = setup.ok("computer_list", wish).await;
    let plan = setup
        .ok("device_restart", restart(listed["rows"][0]["hardware"]["serialNumber"].as_str().unwrap()))
        .await;
    let mut session = setup.stdio().await;
    setup.unset("USER");
    setup.unset("LOGNAME");
    session.call("building_create", json!({ "body": { "name": "Other" } })).await;
    setup.set("USER", "root; ben");
    // All processes of one user are one principal.
    assert_eq!(setup.ok("plan_status", json!({ "plan": plan["plan"] })).await["plan"], plan["plan"]);
    let (failed, said) = session.call("plan_status", json!({ "plan": plan["plan"] })).await;
    assert!(!failed, "{said}");
    let who = who(&setup);
    assert_eq!(who.len(), 1, "{who:?}");
    let id = std::process::Command::new("id").arg("-u").output().unwrap();
    let id = String::from_utf8(id.stdout).unwrap();
    assert!(who[0].contains(&format!("uid {}", id.trim())) && !who[0].contains("anna"), "{who:?}");
}

#[tokio::test]
async fn a_caller_reads_the_records_of_its_own_calls_alone() {
    let setup = two_callers().await;
    let server = setup.http(&[]).await;
    let (anna, ben) = clients(&server);
    anna.ok("building_create", json!({ "body": { "name": "Annex" } })).await;
    ben.ok("building_create", json!({ "body": { "name": "Barn" } })).await;
    for (client, own, other) in [(&anna, "Annex", "Barn"), (&ben, "Barn", "Annex")] {
        let read = client.ask("resources/read", json!({ "uri": "jamf://audit" })).await;
        let shown = read["contents"][0]["text"].as_str().unwrap();
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(shown.contains(own) && !shown.contains(other), "{shown}");
    }
}

#[tokio::test]
async fn the_streams_of_a_token_end_when_it_is_replaced_or_removed() {
    const NEW: &str = "another-token-0123456789abcdef0123456789";
    for removed in [false, true] {
        let mut setup = Setup::start().await;
        let mut served = Sessions::start(&mut setup, &[]).await;
        let session = served.session("2025-11-25").await;
        let (mut stream, (mut sse, endpoint)) = (served.stream(&session).await, served.sse().await);
        let file = setup.state().join("caller-token");
        if removed {
            std::fs::remove_file(&file).unwrap()
        } else {
            std::fs::write(&file, NEW).unwrap()
        }
        let ends = async { (stream.next().await, sse.next().await) };
        let ended = tokio::time::timeout(Duration::from_secs(20), ends).await.expect("the streams end");
        assert!(ended.0.is_none() && ended.1.is_none(), "{ended:?}");
        let refused = served.in_session(&session, &call(3, "building_list", json!({}))).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let refused = served.request(reqwest::Method::POST, &endpoint).body("{}").send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        if !removed {
            served.token = NEW.to_owned();
            let answer = served.call_in(&session, "building_list", json!({})).await;
            assert!(answer["result"].is_object(), "the same principal goes on: {answer}");
        }
    }
}
