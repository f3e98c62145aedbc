//! What a client finds and reaches: the gateway, reading by path, and several tenants side by side.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::call::Caller;
use jamf_pro_mcp::config::{Config, RiskClass, SecretSource, TenantConfig};
use jamf_pro_mcp::pipeline::{Pipeline, ToolResult, Waiting, registry};
use jamf_pro_mcp::registry::Tool;
use jamf_pro_mcp::registry::exposure::Bar;
use serde_json::{Value, json};
use tempfile::TempDir;

struct World {
    tenants: Vec<Tenant>,
    calls: Pipeline,
    config: Config,
    state: TempDir,
}

fn settings(tenant: &Tenant, label: Option<&str>) -> TenantConfig {
    TenantConfig {
        url: tenant.url(),
        client_id: tenant.client_id().to_owned(),
        secret: SecretSource::Known(tenant.client_secret().into()),
        label: label.map(str::to_owned),
        ca_file: None,
    }
}

impl World {
    async fn new(tenants: Vec<(&str, Options)>, change: impl FnOnce(&mut Config)) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut config = Config { state: Some(state.path().to_owned()), ..Config::default() };
        let mut started = Vec::new();
        for (name, options) in tenants {
            let tenant = Tenant::start(options).await.unwrap();
            config.tenants.insert(name.to_owned(), settings(&tenant, Some(&format!("{name}-label"))));
            started.push(tenant);
        }
        change(&mut config);
        Self { calls: Pipeline::new(&config).unwrap(), tenants: started, config, state }
    }

    async fn one(change: impl FnOnce(&mut Config)) -> Self {
        Self::new(vec![("demo", Options::default())], change).await
    }

    async fn two(change: impl FnOnce(&mut Config)) -> Self {
        let smaller = Options { computers: 40, seed: 2, ..Options::default() };
        Self::new(vec![("prod", Options::default()), ("test", smaller)], change).await
    }

    async fn call_as(&self, tool: &str, arguments: Value, waiting: &Waiting) -> ToolResult {
        let caller = Caller { who: Arc::from("tester"), client: None, transport: "cli", session: None };
        self.calls.call(tool, arguments.as_object().unwrap().clone(), &caller, waiting).await
    }

    async fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        self.call_as(tool, arguments, &Waiting::default()).await
    }

    async fn text(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        assert!(!answer.is_error, "{tool}: {}", answer.text);
        answer.text
    }

    async fn ok(&self, tool: &str, arguments: Value) -> Value {
        serde_json::from_str(&self.text(tool, arguments).await).unwrap()
    }

    async fn refusal(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        assert!(answer.is_error, "{tool}: {}", answer.text);
        answer.text
    }

    /// Method and path of everything that a tenant received, but for tokens.
    fn received(&self, at: usize) -> Vec<String> {
        let entries = self.tenants[at].log().entries();
        entries
            .iter()
            .map(|entry| format!("{} {}", entry.method, entry.path))
            .filter(|line| !line.contains("token"))
            .collect()
    }

    fn audited(&self) -> String {
        fn all(folder: &Path, text: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                match entry.path() {
                    path if path.is_dir() => all(&path, text),
                    path => text.push_str(&std::fs::read_to_string(path).unwrap_or_default()),
                }
            }
        }
        let mut text = String::new();
        all(self.state.path(), &mut text);
        text
    }
}

#[tokio::test]
async fn what_is_not_listed_is_found_and_called() {
    let world = World::one(|_| {}).await;
    let found =
        world.ok("find_tools", json!({ "query": "supervision identities for Apple Configurator" })).await;
    let first = &found["tools"][0];
    assert_eq!(first["name"], "supervision_identity_list", "{found}");
    assert_eq!((&first["allowed"], &first["call"]), (&json!(true), &json!("call_read")));
    assert_eq!(first["arguments"]["type"], "object");
    assert!(first["privileges"].as_array().is_some_and(|privileges| !privileges.is_empty()));
    let arguments = json!({ "page_size": 1, "fields": ["id"] });
    let by_gateway =
        world.ok("call_read", json!({ "name": "supervision_identity_list", "arguments": arguments })).await;
    let directly = world.ok("supervision_identity_list", arguments).await;
    assert_eq!(by_gateway["rows"], directly["rows"]);
    assert!(by_gateway["rows"].as_array().is_some_and(|rows| rows.len() == 1), "{by_gateway}");
}

#[tokio::test]
async fn a_question_is_answered_with_twelve_short_entries() {
    let world = World::one(|config| config.allow = vec![RiskClass::Read, RiskClass::Write]).await;
    let found = world.ok("find_tools", json!({ "query": "printers and packages" })).await;
    let tools = found["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 12, "{found}");
    let whole = tools.iter().filter(|tool| tool.get("arguments").is_some()).count();
    assert_eq!(whole, 3, "{found}");
    for tool in tools {
        assert!(tool["title"].as_str().is_some_and(|title| !title.is_empty()), "{tool}");
        assert!(tool.get("arguments").is_some() || tool.get("privileges").is_none(), "{tool}");
    }
    // A change of a printer is a plain write or takes a plan, by what the printer is used for.
    for (name, allowed) in [("printer_update", json!("judged per call")), ("printer_list", json!(true))] {
        assert_eq!(world.ok("find_tools", json!({ "name": name })).await["allowed"], allowed, "{name}");
    }
}

#[tokio::test]
async fn what_is_found_fits() {
    let world = World::one(|config| config.answer_characters = 2_000).await;
    let text =
        world.text("find_tools", json!({ "query": "list everything about settings", "limit": 30 })).await;
    assert!(text.len() <= 2_000, "{}", text.len());
    let found: Value = serde_json::from_str(&text).unwrap();
    assert!(found["tools"].as_array().is_some_and(|tools| tools.len() > 2), "{found}");
    assert!(found["notes"][0].as_str().unwrap().starts_with("cut: "), "{found}");
}

#[tokio::test]
async fn one_tool_is_told_whole() {
    let world = World::one(|config| config.exclude_tools = vec!["building_*".to_owned()]).await;
    let tool = world.ok("find_tools", json!({ "name": "computer_erase" })).await;
    assert_eq!((&tool["risk"], &tool["allowed"]), (&json!("destructive"), &json!(false)));
    assert!(tool["barred_by"].as_str().unwrap().contains("`allow` does not have `destructive`"), "{tool}");
    assert!(tool["arguments"]["properties"]["id"].is_object());
    let excluded = world.ok("find_tools", json!({ "name": "building_list" })).await;
    assert!(excluded["barred_by"].as_str().unwrap().contains("`exclude_tools`"), "{excluded}");
    let listed = world.ok("find_tools", json!({ "name": "computer_list" })).await;
    assert_eq!(listed["call"], "by its own name");
    assert!(world.refusal("find_tools", json!({ "name": "computer_lst" })).await.contains("`computer_list`"));
    assert!(world.refusal("find_tools", json!({})).await.contains("`query`"));
    let nothing = world.ok("find_tools", json!({ "query": "qqqq zzzz" })).await;
    assert!(nothing["notes"][0].as_str().unwrap().contains("nothing fits"), "{nothing}");
    assert!(world.received(0).is_empty(), "it is offline");
}

#[tokio::test]
async fn the_gateway_is_no_way_round() {
    let world = World::one(|config| {
        config.allow.push(RiskClass::Write);
        config.exclude_tools = vec!["category_delete".to_owned()];
    })
    .await;
    let gateway =
        |tool: &str, name: &str| (tool.to_owned(), json!({ "name": name, "arguments": { "id": "1" } }));
    let (tool, arguments) = gateway("call_read", "category_delete");
    assert!(world.refusal(&tool, arguments).await.contains("`exclude_tools`"));
    let (tool, arguments) = gateway("call_write", "computer_erase");
    assert!(world.refusal(&tool, arguments).await.contains("not allowed"));
    let (tool, arguments) = gateway("call_destructive", "computer_erase");
    let said = world.refusal(&tool, arguments).await;
    assert!(said.contains("`critical`"), "{said}");
    let (tool, arguments) = gateway("call_read", "category_update");
    assert!(world.refusal(&tool, arguments).await.contains("`call_write`"));
    let (tool, arguments) = gateway("call_read", "find_tools");
    assert!(world.refusal(&tool, arguments).await.contains("by itself"));
    assert!(world.received(0).is_empty(), "nothing was sent: {:?}", world.received(0));
    assert!(
        world.audited().contains("computer_erase"),
        "a refusal is recorded under the tool that was meant"
    );

    let wrong = json!({ "name": "category_create", "arguments": { "body": { "nam": "x", "priority": 9 } } });
    let said = world.refusal("call_write", wrong).await;
    assert!(said.contains("`category_create`") && said.contains("did you mean `name`"), "{said}");
    let right = json!({ "name": "category_create", "arguments": { "body": { "name": "By gateway", "priority": 9 } } });
    world.ok("call_write", right).await;
    assert!(world.received(0).contains(&"POST /api/v1/categories".to_owned()));
    let audited = world.audited();
    assert!(audited.contains("category_create") && !audited.contains("\"call_write\""), "{audited}");
}

#[tokio::test]
async fn the_doors_follow_the_configuration() {
    let allowed = async |change: fn(&mut Config)| {
        let world = World::one(change).await;
        let surface = world.calls.surface();
        let of = |name: &str| {
            let tool = registry().find(name).unwrap();
            (surface.permits(tool).is_ok(), surface.lists(tool))
        };
        [of("find_tools"), of("call_read"), of("call_write"), of("call_destructive")]
    };
    let (both, none) = ((true, true), (false, false));
    assert_eq!(allowed(|_| {}).await, [both, both, none, none]);
    assert_eq!(allowed(|config| config.allow.push(RiskClass::Device)).await, [both, both, both, none]);
    assert_eq!(allowed(|config| config.allow.push(RiskClass::Secret)).await, [both, both, none, both]);
    assert_eq!(
        allowed(|config| config.toolsets = vec!["devices".to_owned()]).await,
        [both, both, none, none]
    );
    let all = allowed(|config| config.toolsets = vec!["all".to_owned()]).await;
    assert_eq!(all, [(true, false), (true, false), none, none]);
    let excluded = allowed(|config| config.exclude_tools = vec!["call_*".to_owned()]).await;
    assert_eq!(excluded, [both, none, none, none]);
    let world = World::one(|config| config.exclude_tools = vec!["call_read".to_owned()]).await;
    let said = world.refusal("call_read", json!({ "name": "site_list" })).await;
    assert!(said.contains("`exclude_tools`"), "{said}");
}

#[tokio::test]
async fn progress_and_giving_up_pass_through() {
    let slow =
        Options { faults: "slow=300ms@/api/v4/computers-inventory".parse().unwrap(), ..Options::default() };
    let world = World::new(vec![("demo", slow)], |_| {}).await;
    let steps = Arc::new(Mutex::new(Vec::new()));
    let told = steps.clone();
    let waiting = Waiting {
        progress: Some(Arc::new(move |step: jamf_pro_client::Step| told.lock().unwrap().push(step.done))),
        ..Waiting::default()
    };
    let arguments = json!({ "page_size": 100, "all": true, "fields": ["id"], "format": "csv" });
    let walk = json!({ "name": "computer_list", "arguments": arguments });
    assert!(!world.call_as("call_read", walk.clone(), &waiting).await.is_error);
    assert!(steps.lock().unwrap().len() > 1, "{steps:?}");

    let waiting = Waiting::default();
    let (answer, ()) = tokio::join!(world.call_as("call_read", walk, &waiting), async {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        waiting.cancelled.cancel();
    });
    assert!(answer.text.contains("cancelled"), "{}", answer.text);
}

#[tokio::test]
async fn a_newer_tenants_paths_are_read_without_their_secrets() {
    let world = World::one(|_| {}).await;
    let desks =
        world.text("api_get", json!({ "path": "/api/v1/lending-desks", "query": { "page-size": 2 } })).await;
    let parsed: Value = serde_json::from_str(&desks).unwrap();
    assert_eq!(parsed["results"].as_array().map(Vec::len), Some(2), "{desks}");
    assert_eq!(parsed["results"][0]["terminal"]["model"], "iPad");
    assert!(!desks.contains("CANARY"), "{desks}");
    let one = world.ok("api_get", json!({ "path": "v1/lending-desks/2", "fields": ["name"] })).await;
    assert_eq!(one, json!({ "name": "Reception" }));
    let lockers = world.ok("api_get", json!({ "path": "/JSSResource/lendinglockers" })).await;
    assert_eq!(lockers[1], json!({ "id": "2", "name": "Reception" }), "as the Jamf Pro API has it");
    let locker = world.text("api_get", json!({ "path": "/JSSResource/lendinglockers/id/2" })).await;
    assert!(locker.contains("Reception") && !locker.contains("CANARY"), "{locker}");
    let documents = || world.received(0).iter().filter(|line| line.contains("/api/schema")).count();
    assert_eq!(documents(), 1, "the document is fetched once");
    // And once for all processes.
    let again = Pipeline::new(&world.config).unwrap();
    let caller = Caller { who: Arc::from("tester"), client: None, transport: "cli", session: None };
    let arguments = json!({ "path": "/api/v1/lending-desks/1" }).as_object().unwrap().clone();
    assert!(!again.call("api_get", arguments, &caller, &Waiting::default()).await.is_error);
    assert_eq!(documents(), 1);
}

#[tokio::test]
async fn reading_by_path_is_no_way_round() {
    let world = World::one(|_| {}).await;
    let said = async |path: &str| world.refusal("api_get", json!({ "path": path })).await;
    assert!(said("/api/v1/buildings/1").await.contains("`building_get`"));
    assert!(said("/JSSResource/policies/id/1").await.contains("`policy_get`"));
    assert!(said("/JSSResource/lendinglocker").await.contains("did you mean `/JSSResource/lendinglockers`"));
    assert!(said("/api/v4/computers-inventory/filevault").await.contains("on purpose"));
    assert!(said("/api/v1/lending-desks/1/recovery-code").await.contains("secret"));
    assert!(said("/api/v1/lending-desk").await.contains("did you mean `/api/v1/lending-desks`"));
    assert!(said("/api/v1/lending-desks/../buildings").await.contains("another path"));
    assert!(said("https://evil.example/api/v1/lending-desks").await.contains("`path`"));
    let query = |query: Value| json!({ "path": "/api/v1/lending-desks", "query": query });
    assert!(world.refusal("api_get", query(json!({ "x": 1 }))).await.contains("known: page, page-size"));
    // What is left out of the answer is not found and not ordered by.
    for telling in
        [json!({ "filter": "terminal.accessToken==C*" }), json!({ "sort": "terminal.accessToken:asc" })]
    {
        assert!(world.refusal("api_get", query(telling)).await.contains("not passed on"));
    }
    let sent: Vec<String> = world.received(0).into_iter().filter(|line| line.contains("/api/v")).collect();
    assert!(sent.iter().all(|line| line.ends_with("jamf-pro-version")), "{sent:?}");
}

#[tokio::test]
async fn every_answer_names_its_tenant() {
    let files = tempfile::tempdir().unwrap();
    let folder = files.path().to_owned();
    let world = World::two(|config| {
        config.allow.push(RiskClass::Write);
        config.files = Some(folder);
    })
    .await;
    for (tool, arguments) in [
        ("computer_list", json!({ "page_size": 1 })),
        ("computer_list", json!({ "page_size": 1, "format": "csv" })),
        ("building_get", json!({ "id": "1" })),
        ("script_download", json!({ "id": "1" })),
        ("category_create", json!({ "body": { "name": "Both", "priority": 9 } })),
        ("health_check_get", json!({})),
        ("device_find", json!({ "query": "C02" })),
        ("api_get", json!({ "path": "/api/v1/lending-desks" })),
        ("call_read", json!({ "name": "certificate_authority_active_der_download", "arguments": {} })),
        ("building_get", json!({ "id": "99999" })),
    ] {
        for tenant in ["prod", "test"] {
            let mut arguments = arguments.clone();
            let place = if tool == "call_read" { &mut arguments["arguments"] } else { &mut arguments };
            place["tenant"] = json!(tenant);
            let answer = world.call(tool, arguments).await;
            let start: String = answer.text.chars().take(60).collect();
            assert!(start.contains(&format!("{tenant} ({tenant}-label)")), "{tool}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn no_call_reaches_another_tenant() {
    let world = World::two(|_| {}).await;
    for (tool, arguments) in [
        ("computer_list", json!({ "tenant": "test" })),
        ("call_read", json!({ "name": "building_list", "arguments": { "tenant": "test" } })),
        ("api_get", json!({ "path": "/api/v1/lending-desks", "tenant": "test" })),
    ] {
        world.text(tool, arguments).await;
    }
    assert!(world.received(0).is_empty(), "{:?}", world.received(0));
    assert!(world.received(1).len() >= 3);
    let before = world.received(1).len();
    for tenant in
        [json!(null), json!("Prod"), json!("prod "), json!("https://evil.example"), json!(["prod"]), json!(0)]
    {
        let said = world.refusal("computer_list", json!({ "tenant": tenant })).await;
        assert!(said.contains("one of prod, test"), "{said}");
        let said =
            world.refusal("api_get", json!({ "path": "/api/v1/lending-desks", "tenant": tenant })).await;
        assert!(said.contains("one of prod, test"), "{said}");
    }
    assert!(world.refusal("computer_list", json!({})).await.contains("`tenant` is required"));
    let beside = json!({ "name": "building_list", "tenant": "test" });
    assert!(world.refusal("call_read", beside).await.contains("`tenant`"));
    for key in ["url", "base_url", "client_id", "host"] {
        let said =
            world.refusal("computer_list", json!({ "tenant": "test", key: "https://evil.example" })).await;
        assert!(said.contains("is not known"), "{said}");
    }
    assert!(world.received(0).is_empty() && world.received(1).len() == before);
    let schema = world.calls.surface().input_schema(registry().find("api_get").unwrap());
    assert_eq!(schema["properties"]["tenant"]["enum"], json!(["prod", "test"]));
    let schema = world.calls.surface().input_schema(registry().find("find_tools").unwrap());
    assert!(schema["properties"].get("tenant").is_none(), "it asks no tenant");
}

#[tokio::test]
async fn a_role_that_cannot_is_not_offered_what_it_cannot() {
    let role = |names: &[&str]| Options {
        privileges: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Options::default()
    };
    let barred =
        |world: &World, name: &str| world.calls.surface().permits(registry().find(name).unwrap()).err();
    let world = World::new(vec![("demo", role(&["Read Computers"]))], |_| {}).await;
    assert_eq!(barred(&world, "building_list"), None, "nothing is known yet");
    world.calls.refresh_privileges().await;
    assert_eq!(barred(&world, "building_list"), Some(Bar::Privilege));
    assert_eq!(barred(&world, "computer_list"), None);
    let told = world.ok("find_tools", json!({ "name": "building_list" })).await;
    assert_eq!(told["role_lacks"], json!(["Read Buildings"]), "{told}");
    // Known from the last time, with the tenant down or not.
    let again = Pipeline::new(&world.config).unwrap();
    assert!(again.surface().permits(registry().find("building_list").unwrap()).is_err());

    // What any of several may do is offered.
    let tenants = vec![("prod", role(&["Read Computers"])), ("test", role(&["Read Buildings"]))];
    let world = World::new(tenants, |_| {}).await;
    world.calls.refresh_privileges().await;
    assert_eq!(barred(&world, "building_list"), None);
    assert_eq!(barred(&world, "category_list"), Some(Bar::Privilege));
    let said = world.refusal("building_list", json!({ "tenant": "prod" })).await;
    assert!(said.contains("Read Buildings") && said.contains("prod"), "{said}");
}

#[tokio::test]
async fn everything_stays_listed_while_the_tenant_is_down() {
    let mut config = Config { state: Some(tempfile::tempdir().unwrap().keep()), ..Config::default() };
    let nobody = json!({ "url": "http://127.0.0.1:1", "client_id": "x", "secret": { "env": "PATH" } });
    config.tenants.insert("down".to_owned(), serde_json::from_value(nobody).unwrap());
    let calls = Pipeline::new(&config).unwrap();
    let before = calls.surface().listed_tools().len();
    calls.refresh_privileges().await;
    assert_eq!(calls.surface().listed_tools().len(), before);
    assert!(calls.surface().barred_tools().all(|(_, barred)| barred != Bar::Privilege));
}

#[tokio::test]
async fn what_a_tenant_is_too_old_for_is_said_and_comes_last() {
    let old = Options { version: "11.20.0".to_owned(), ..Options::default() };
    let world = World::new(vec![("demo", old)], |_| {}).await;
    let newest = registry()
        .all()
        .filter_map(|tool| match tool {
            Tool::Action(action) => action.since.map(|since| (since, action.name)),
            _ => None,
        })
        .find(|(since, _)| jamf_pro_client::is_before("11.20.0", since));
    let Some((_, name)) = newest else { return };
    let told = world.ok("find_tools", json!({ "name": name })).await;
    assert!(told.get("version").is_none(), "its version is not known yet: {told}");
    world.ok("server_version_get", json!({})).await;
    world.calls.refresh_privileges().await;
    let told = world.ok("find_tools", json!({ "name": name })).await;
    assert!(told["version"].as_str().unwrap().contains("probably too old"), "{told}");
    let found = world.ok("find_tools", json!({ "query": name.replace('_', " "), "limit": 10 })).await;
    let notes: Vec<bool> =
        found["tools"].as_array().unwrap().iter().map(|tool| tool.get("version").is_some()).collect();
    assert!(notes.is_sorted(), "{found}");
}
