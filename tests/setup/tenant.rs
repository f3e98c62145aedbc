//! `setup` at a simulated tenant on a port: the request, the sign-in of an administrator, credentials that are there, and what it writes.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
#[cfg(target_os = "linux")]
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::home::{Home, files, program};

/// A tenant alone, and what it printed.
struct Demo {
    child: Child,
    said: HashMap<String, String>,
}

impl Demo {
    fn start(home: &Home) -> Self {
        let mut command = home.command(&["demo", "--port", "0"]);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = HashMap::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let (name, value) = line.split_once('=').unwrap();
            said.insert(name.to_owned(), value.to_owned());
            if name == "DEMO_CONTROL" {
                break;
            }
        }
        Self { child, said }
    }

    fn get(&self, name: &str) -> &str {
        self.said.get(name).unwrap_or_else(|| panic!("{name} is not in {:?}", self.said))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config(home: &Home) -> Value {
    serde_json::from_str(&home.read(".config/jamf-pro-mcp/config.json")).unwrap()
}

#[cfg(unix)]
fn mode(home: &Home, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    home.path(name).metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn an_administrator_signs_in_once_and_everything_is_made() {
    let (home, demo) = (Home::new(), Demo::start(&Home::new()));
    home.write(".claude.json", "{}");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let before = json!({
        "label": "mine", "gate": { "plan_minutes": 7 }, "tools": ["building_list"], "approvals": { "port": free },
    });
    home.write(".config/jamf-pro-mcp/config.json", &before.to_string());
    let url = demo.get("JAMF_PRO_URL");
    let arguments =
        ["setup", "--url", url, "--recipe", "helpdesk", "--admin", demo.get("DEMO_USER"), "--client", "all"];
    let said = home.run_with(&arguments, &format!("{}\n", demo.get("DEMO_PASSWORD")));
    assert_eq!(said.status, 0, "{}", said.text);
    assert!(said.text.contains("approvals enroll` makes its code"), "{}", said.text);
    let config = config(&home);
    assert_eq!((&config["url"], &config["label"]), (&json!(url), &json!("mine")));
    assert_eq!(config["gate"]["plan_minutes"], 7);
    assert_eq!(config["allow"], json!(["read", "destructive", "device", "secret"]), "{config}");
    assert!(config["tools"].as_array().unwrap().contains(&json!("device_lock")), "{config}");
    let secret = config["secret"]["file"].as_str().map(|path| std::fs::read_to_string(path).unwrap());
    for hidden in [Some(demo.get("DEMO_PASSWORD")), secret.as_deref().map(str::trim)].into_iter().flatten() {
        assert!(!said.text.contains(hidden), "{}", said.text);
        for (path, bytes) in files(&home.path(".")) {
            let holds = String::from_utf8_lossy(&bytes).contains(hidden);
            assert!(
                !holds || path.file_name().is_some_and(|name| name == "secret"),
                "{} has it",
                path.display()
            );
        }
    }
    #[cfg(unix)]
    {
        assert_eq!(mode(&home, ".config/jamf-pro-mcp/config.json"), 0o600);
        if secret.is_some() {
            assert_eq!(mode(&home, ".config/jamf-pro-mcp/secret"), 0o600);
        }
    }
    let kept = home.read(".config/jamf-pro-mcp/config.json.before-jamf-pro-mcp");
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), before);
    let claude: Value = serde_json::from_str(&home.read(".claude.json")).unwrap();
    assert_eq!(claude["mcpServers"]["jamf"]["command"], program());
    assert_eq!(claude["mcpServers"]["jamf"]["args"], json!(["serve"]));
    // The role does what the recipe is for, and no more.
    let listed = home.run(&["call", "computer_list", "{\"page_size\":2}"]);
    assert!(listed.status == 0 && listed.text.contains("\"total\":420"), "{}", listed.text);
    let roles = home.run(&["call", "api_role_list", "{\"fields\":[\"displayName\",\"privileges\"]}"]);
    assert!(
        roles.text.contains("jamf-pro-mcp helpdesk")
            && roles.text.contains("Send Computer Remote Lock Command"),
        "{}",
        roles.text
    );
    let compared = home.run(&["privileges", "--compare", "--json"]);
    assert!(compared.status == 0 && compared.text.contains("\"too_much\": []"), "{}", compared.text);
    let doctor = home.run(&["doctor"]);
    let is_fitting = !doctor.text.contains(" role: ") && doctor.text.contains("every tool that is expected");
    assert!(doctor.status == 0 && is_fitting, "{}", doctor.text);
    let body = home.run(&["privileges", "--recipe", "helpdesk", "--role-body", "Helpdesk"]);
    let body: Value = serde_json::from_str(&body.text).unwrap();
    assert_eq!(body["displayName"], "Helpdesk");
    assert!(body["privileges"].as_array().unwrap().contains(&json!("Send Computer Remote Lock Command")));
    let erase = home.run(&["call", "device_erase", "{}"]);
    assert!(erase.status == 1 && erase.text.contains("exclude_tools"), "{}", erase.text);

    // The account is signed out, and another role takes another name.
    let tokens = tokens_of(&demo);
    assert!(!tokens.contains("\"of\":\"user\""), "{tokens}");
    let again = home.run_with(&arguments, &format!("{}\n", demo.get("DEMO_PASSWORD")));
    assert!(again.status == 0 && again.text.contains("`jamf-pro-mcp helpdesk 2`"), "{}", again.text);
}

/// The tokens that the tenant knows, by its control.
fn tokens_of(demo: &Demo) -> String {
    use std::io::{Read, Write};
    let control = demo.get("DEMO_CONTROL").trim_start_matches("http://").trim_end_matches('/');
    let (address, path) = control.split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET /{path}/tokens HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.contains("\"tokens\""), "{text}");
    text.replace(' ', "")
}

#[test]
fn credentials_that_are_there_are_tested_before_anything_is_written() {
    let (home, demo) = (Home::new(), Demo::start(&Home::new()));
    let path = home.write("given", "not-the-secret\n");
    let (url, id) = (demo.get("JAMF_PRO_URL"), demo.get("JAMF_PRO_CLIENT_ID"));
    let arguments = [
        "setup",
        "--url",
        url,
        "--recipe",
        "observer",
        "--client-id",
        id,
        "--secret-file",
        path.to_str().unwrap(),
    ];
    let before = files(&home.path("."));
    let wrong = home.run(&arguments);
    assert_eq!((wrong.status, files(&home.path("."))), (1, before), "{}", wrong.text);
    assert!(!wrong.text.contains("not-the-secret"), "{}", wrong.text);
    std::fs::write(&path, demo.get("JAMF_PRO_CLIENT_SECRET")).unwrap();
    let said = home.run(&arguments);
    assert!(said.status == 0 && said.text.contains("--client NAME"), "{}", said.text);
    assert_eq!(config(&home)["allow"], json!(["read"]));
    let state = home.run(&["config", "show"]);
    assert!(
        state.text.contains(url) && !state.text.contains(demo.get("JAMF_PRO_CLIENT_SECRET")),
        "{}",
        state.text
    );
}

#[test]
fn a_request_waits_for_the_person_who_may_and_a_dry_run_writes_nothing() {
    let (home, demo) = (Home::new(), Demo::start(&Home::new()));
    let url = demo.get("JAMF_PRO_URL");
    let dry = home.run(&["setup", "--url", url, "--recipe", "janitor", "--client", "cursor", "--dry-run"]);
    assert_eq!((dry.status, files(&home.path(".")).len()), (0, 0), "{}", dry.text);
    for shown in ["Flush MDM Commands", "+  \"client_id\"", "+      \"args\"", "POST "] {
        assert!(dry.text.contains(shown), "{shown}: {}", dry.text);
    }
    let said = home.run(&["setup", "--url", url, "--recipe", "janitor"]);
    assert_eq!(said.status, 3, "{}", said.text);
    let page = home.read("jamf-pro-mcp-request.md");
    assert_eq!(files(&home.path(".")).len(), 1);
    let bodies: Vec<Value> = page
        .split("```json")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).unwrap())
        .collect();
    let [role, client] = bodies.as_slice() else { panic!("{page}") };
    let privileges = role["privileges"].as_array().unwrap();
    for privilege in privileges {
        assert!(page.contains(&format!("- {}\n", privilege.as_str().unwrap())), "{privilege}");
    }
    assert!(privileges.contains(&json!("Send Command to Renew MDM Profile")), "{page}");
    assert!(!privileges.contains(&json!("Update Smart Computer Groups")), "{page}");
    assert_eq!(client["authorizationScopes"], json!([role["displayName"]]));
}

#[test]
fn what_cannot_go_on_says_why() {
    let (home, demo) = (Home::new(), Demo::start(&Home::new()));
    let url = demo.get("JAMF_PRO_URL");
    let wrong =
        home.run_with(&["setup", "--url", url, "--recipe", "observer", "--admin", "dana"], "hunter2\n");
    assert!(
        wrong.status == 1 && wrong.text.contains("SSO") && !wrong.text.contains("hunter2"),
        "{}",
        wrong.text
    );
    for (arguments, why) in [
        (vec!["setup"], "--url"),
        (vec!["setup", "--url", url], "--recipe"),
        (vec!["setup", "--url", url, "--recipe", "author"], "--sandbox"),
        (vec!["setup", "--url", "http://example.com", "--recipe", "observer"], "https://"),
        (vec!["setup", "--url", "http://127.0.0.1:9", "--recipe", "observer"], "not reachable"),
    ] {
        let said = home.run(&arguments);
        assert!(said.status == 1 && said.text.contains(why), "{arguments:?}: {}", said.text);
    }
    assert_eq!(files(&home.path(".")), Vec::new());
    home.write(".config/jamf-pro-mcp/config.json", "{\"tenants\":{\"a\":{\"url\":\"https://a.example\"}}}");
    let several = home.run(&["setup", "--url", url, "--recipe", "observer"]);
    assert!(several.status == 1 && several.text.contains("--config FILE"), "{}", several.text);
}

/// A person at a terminal ends `setup` with a passkey: the page is served until somebody has enrolled one.
#[cfg(target_os = "linux")]
#[test]
fn setup_serves_the_page_on_which_the_first_passkey_is_enrolled() {
    use std::io::{Read, Write};
    let (home, demo) = (Home::new(), Demo::start(&Home::new()));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    home.write(".config/jamf-pro-mcp/config.json", &json!({ "approvals": { "port": port } }).to_string());
    let secret = home.write("given", demo.get("DEMO_PASSWORD"));
    let command = format!(
        "'{}' setup --url {} --recipe helpdesk --admin {} --client cursor",
        program(),
        demo.get("JAMF_PRO_URL"),
        demo.get("DEMO_USER")
    );
    let mut terminal = home.here(Path::new("script"));
    terminal.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut said = String::new();
    let mut until = |said: &mut String, text: &str| {
        let mut bytes = [0; 4096];
        while !said.contains(text) {
            let count = output.read(&mut bytes).unwrap();
            assert!(count > 0, "no {text:?} in {said}");
            said.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    };
    until(&mut said, "not kept): ");
    input.write_all(format!("{}\n", home.read("given")).as_bytes()).unwrap();
    std::fs::remove_file(secret).unwrap();
    until(&mut said, "n for later: ");
    input.write_all(b"\n").unwrap();
    until(&mut said, "It holds for ten minutes");
    let code = said.split("type the code ").nth(1).unwrap();
    assert!(
        code.split('.').next().unwrap().chars().filter(char::is_ascii_alphanumeric).count() == 12,
        "{said}"
    );
    // The page is there while it waits.
    let answered = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
        let request =
            format!("GET /approvals HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer.starts_with("HTTP/1.1 200")
    });
    assert!(answered, "{said}");
    let store = jamf_pro_mcp::store::Store::open(&home.path(".local/state/jamf-pro-mcp")).unwrap();
    let code = jamf_pro_mcp::store::Voucher::Code;
    assert!(store.enroll("passkey:dana", "Dana", b"key", 0, &code, None).unwrap());
    until(&mut said, "Ask in the client:");
    assert!(said.contains("A passkey is enrolled"), "{said}");
    assert!(child.wait().unwrap().success(), "{said}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "the page is still served");
}
