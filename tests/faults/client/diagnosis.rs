//! `doctor`: each fault between this machine and an answer has a line with its cure, in words without those of a library.

use jamf_pro_demo::Options;
use serde_json::{Value, json};

use super::{answering, closed_port, over_tls};
use crate::proxy::Reply;
use crate::setup::{Printed, Setup};

/// Words of libraries, which no line has.
const RAW: [&str; 8] = [
    "UnknownIssuer",
    "invalid peer certificate",
    "DnsName",
    "AlertReceived",
    "fatal alert",
    "builder error",
    "peer is incompatible",
    "os error",
];

/// The findings of `doctor --json`, and whether it succeeded.
async fn findings(setup: &Setup, arguments: &[&str]) -> (bool, Vec<Value>) {
    let printed = setup.run(&[&["doctor", "--json"], arguments].concat()).await;
    let found: Vec<Value> = serde_json::from_str(&printed.stdout).unwrap_or_else(|_| panic!("{printed:?}"));
    assert_eq!(printed.success, !found.iter().any(|one| one["grade"] == "error"), "{printed:?}");
    for raw in RAW {
        assert!(!printed.text().contains(raw), "{raw}: {printed:?}");
    }
    (printed.success, found)
}

/// The text and the cure of the finding of a check with a grade.
fn text_of(found: &[Value], check: &str, grade: &str) -> String {
    let one = found.iter().find(|one| one["check"] == check && one["grade"] == grade);
    let one = one.unwrap_or_else(|| panic!("no {check} with {grade} in {found:#?}"));
    format!("{} {} {}", one["text"].as_str().unwrap(), one["lists"], one["cure"])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_right_is_said_to_be_right() {
    let setup = Setup::start().await;
    let (fine, found) = findings(&setup, &[]).await;
    assert!(fine, "{found:#?}");
    for check in ["configuration", "address", "clock", "token", "version", "privileges", "tools", "audit log"]
    {
        text_of(&found, check, "ok");
    }
    assert!(text_of(&found, "token", "ok").contains(" 59 s"), "{found:#?}");
    // The role of the tenant has every privilege.
    let role = text_of(&found, "role", "warning");
    assert!(role.contains("Send Computer Remote Wipe Command") && role.contains("--compare"), "{role}");
    let Printed { stdout: short, .. } = setup.run(&["doctor"]).await;
    let line = |text: &str| text.lines().find(|line| line.contains(" role: ")).unwrap().to_owned();
    assert!(line(&short).contains("Create API Roles") && line(&short).contains(" more)"), "{short}");
    assert!(short.lines().all(|line| line.len() < 500), "{short}");
    let Printed { stdout: long, .. } = setup.run(&["doctor", "--all"]).await;
    assert!(line(&long).len() > 1_000, "{long}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_ports_that_lead_nowhere() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_URL", "https://no-such-tenant.invalid");
    let (fine, found) = findings(&setup, &[]).await;
    let said = text_of(&found, "name", "error");
    assert!(!fine && said.contains("no-such-tenant.invalid"), "{said}");
    setup.set("JAMF_PRO_URL", &format!("http://localhost:{}", closed_port().await));
    let (fine, found) = findings(&setup, &[]).await;
    let known = text_of(&found, "name", "ok");
    assert!(!fine && known.contains("127.0.0.1"), "{known}");
    let said = text_of(&found, "address", "error");
    assert!(
        said.contains("nothing listens on that port") && said.contains("check the tenant's url"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_a_certificate_is_shown() {
    let (setup, _secured) = over_tls(json!({})).await;
    let (fine, found) = findings(&setup, &[]).await;
    let shown = text_of(&found, "certificate", "note");
    assert!(!fine && shown.contains("signed by rcgen self signed cert"), "{shown}");
    let said = text_of(&found, "address", "error");
    assert!(
        said.contains("no certificate authority that this machine trusts") && said.contains("ca_file"),
        "{said}"
    );
    let called = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(RAW.iter().all(|raw| !called.contains(raw)), "{called}");
    let (setup, _secured) = over_tls(json!({ "ca_file": "authority" })).await;
    let (fine, found) = findings(&setup, &[]).await;
    let shown = text_of(&found, "certificate", "ok");
    assert!(
        fine && shown.contains("signed by rcgen self signed cert") && shown.contains("`ca_file`"),
        "{shown}"
    );
}

/// The authorities of the system are in a file and a folder, as variables name them.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_certificate_authorities_is_told_what_it_lacks() {
    let empty = tempfile::tempdir().unwrap();
    let file = empty.path().join("none.pem");
    std::fs::write(&file, "").unwrap();
    let without = |setup: &mut Setup| {
        setup.set("SSL_CERT_FILE", file.to_str().unwrap());
        setup.set("SSL_CERT_DIR", empty.path().to_str().unwrap());
    };
    let (mut setup, _secured) = over_tls(json!({})).await;
    without(&mut setup);
    let said = setup.fails("building_get", json!({ "id": "1" })).await;
    assert!(said.contains("`ca-certificates`") && said.contains("`ca_file`"), "{said}");
    let (_, found) = findings(&setup, &[]).await;
    assert!(text_of(&found, "address", "error").contains("`ca-certificates`"), "{found:#?}");
    let (mut setup, _secured) = over_tls(json!({ "ca_file": "authority" })).await;
    without(&mut setup);
    setup.ok("building_get", json!({ "id": "1" })).await;
    // Without TLS nothing of this is needed.
    let mut setup = Setup::start().await;
    without(&mut setup);
    setup.ok("building_get", json!({ "id": "1" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_the_handshake_is_said_in_plain_words() {
    for (alert, word) in [
        (b"\x15\x03\x03\x00\x02\x02\x28", "TLS 1.2 or 1.3"),
        (b"\x15\x03\x03\x00\x02\x02\x70", "does not know this host name"),
        (b"\x15\x03\x03\x00\x02\x02\x74", "client certificate"),
        (b"\x15\x03\x03\x00\x02\x02\x31", "VPN"),
    ] {
        let mut setup = Setup::start().await;
        let (port, _) = answering(alert).await;
        setup.set("JAMF_PRO_URL", &format!("https://127.0.0.1:{port}"));
        let (fine, found) = findings(&setup, &[]).await;
        assert!(!fine && text_of(&found, "address", "error").contains(word), "{word}: {found:#?}");
        let called = setup.fails("building_get", json!({ "id": "1" })).await;
        assert!(called.contains(word) && RAW.iter().all(|raw| !called.contains(raw)), "{called}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_said_with_the_cure() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        if seen.path.contains("health-check") {
            Reply::With(200, vec![("date", "Tue, 01 Jan 2030 00:00:00 GMT".to_owned())], String::new())
        } else {
            Reply::Pass
        }
    });
    let (_, found) = findings(&setup, &[]).await;
    let said = text_of(&found, "clock", "warning");
    assert!(said.contains(" the tenant's") && said.contains("NTP"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_lacks_privileges_is_compared() {
    let privileges = ["Read Buildings", "Update Buildings", "Read Computers"].map(str::to_owned).to_vec();
    let mut setup = Setup::of(Options { privileges: Some(privileges), ..Options::default() }).await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read");
    let (fine, found) = findings(&setup, &[]).await;
    let said = text_of(&found, "privileges", "warning");
    assert!(fine && said.contains("Read Policies for ") && !said.contains("Read Computers for"), "{said}");
    assert!(text_of(&found, "role", "warning").contains("Update Buildings"), "{found:#?}");
    let compared = setup.run(&["privileges", "--compare", "--json"]).await;
    assert!(!compared.success, "{compared:?}");
    let compared = compared.json();
    assert_eq!((&compared["has"], &compared["too_much"]), (&json!(3), &json!(["Update Buildings"])));
    let lacks = compared["lacks"].as_array().unwrap();
    let scripts = lacks.iter().find(|one| one["privilege"] == "Read Policies").unwrap();
    assert!(!scripts["tools"].as_array().unwrap().is_empty(), "{compared}");
    // A recipe needs other ones.
    let lock = setup.run(&["privileges", "--recipe", "helpdesk", "--compare"]).await;
    assert!(!lock.success && lock.stdout.contains("Send Computer Remote Lock Command"), "{lock:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_clients_that_start_nothing_are_found() {
    let setup = Setup::start().await;
    let home = setup.state();
    let own = crate::binary::under_test().canonicalize().unwrap();
    let write = |name: &str, text: String| {
        let path = home.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let entry = |command: &str| {
        json!({ "mcpServers": { "jamf": { "command": command, "args": ["serve"] } } }).to_string()
    };
    write(".cursor/mcp.json", entry("/no/such/place/jamf-pro-mcp"));
    write(".gemini/settings.json", entry("jamf-pro-mcp"));
    write(".claude.json", entry(own.to_str().unwrap()));
    write(
        ".codex/config.toml",
        "[mcp_servers.jamf]\ncommand = \"npx\"\nargs = [\"-y\", \"jamf-pro-mcp\"]\n".to_owned(),
    );
    write(".codeium/windsurf/mcp_config.json", "{ not json".to_owned());
    write(".config/zed/settings.json", "{}".to_owned());
    let (fine, found) = findings(&setup, &[]).await;
    let said = |title: &str, grade: &str| {
        let is_meant = |one: &&Value| {
            one["check"] == "client" && one["grade"] == grade && one.to_string().contains(title)
        };
        found.iter().find(is_meant).unwrap_or_else(|| panic!("{title}: {found:#?}")).to_string()
    };
    let gone = said("Cursor", "error");
    assert!(!fine && gone.contains("is not there") && gone.contains(own.to_str().unwrap()), "{gone}");
    assert!(said("Gemini", "warning").contains("no absolute path"), "{found:#?}");
    assert!(said("Windsurf", "warning").contains("is no JSON"), "{found:#?}");
    said("Claude Code", "ok");
    said("Codex", "ok");
    said("Zed", "note");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_another_program_has_is_found() {
    let mut setup = Setup::start().await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    setup.set("JAMF_PRO_MCP_ALLOW", "read,destructive");
    setup.set("JAMF_PRO_MCP_APPROVALS_PORT", &port);
    let (fine, found) = findings(&setup, &[]).await;
    let said = text_of(&found, "port", "error");
    assert!(!fine && said.contains(&port) && said.contains("approvals.port"), "{said}");
    setup.set("JAMF_PRO_MCP_ALLOW", "read");
    let (fine, _) = findings(&setup, &[]).await;
    assert!(fine, "nothing takes an approval");
    setup.set("JAMF_PRO_MCP_HTTP_LISTEN", &format!("127.0.0.1:{port}"));
    drop(tokio::spawn(async move {
        while let Ok((stream, _)) = taken.accept().await {
            drop(stream)
        }
    }));
    let (fine, found) = findings(&setup, &[]).await;
    assert!(!fine && text_of(&found, "port", "error").contains("http.listen"), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_port_of_a_running_server_is_no_fault() {
    let mut setup = Setup::start().await;
    let served = crate::http::Served::start(&mut setup, &[]).await;
    let address = served.base.trim_start_matches("http://").to_owned();
    setup.set("JAMF_PRO_MCP_HTTP_LISTEN", &address);
    let (fine, found) = findings(&setup, &[]).await;
    assert!(fine && text_of(&found, "port", "ok").contains("a server answers there"), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_the_settings_are_findings_too() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "destructive");
    let (_, found) = findings(&setup, &[]).await;
    assert!(text_of(&found, "configuration", "warning").contains("`read`"), "{found:#?}");
    setup.set("JAMF_PRO_MCP_ALLOW", "read");
    setup.set("JAMF_PRO_MCP_TOOLS", "device_lock");
    let (_, found) = findings(&setup, &[]).await;
    assert!(text_of(&found, "configuration", "warning").contains("`device_lock`"), "{found:#?}");
    setup.set("JAMF_PRO_MCP_TOOLS", "device_lok");
    let (fine, found) = findings(&setup, &[]).await;
    assert!(
        !fine && text_of(&found, "configuration", "error").contains("did you mean `device_lock`"),
        "{found:#?}"
    );
    setup.unset("JAMF_PRO_MCP_TOOLS");
    setup.set("JAMF_PRO_MCP_ALLOW", "raed");
    let (fine, found) = findings(&setup, &[]).await;
    assert!(!fine && text_of(&found, "configuration", "error").contains("did you mean `read`"), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_is_named_with_what_names_it() {
    let mut setup = Setup::start().await;
    let (port, _) =
        answering(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
    setup.set("JAMF_PRO_URL", "https://tenant.example");
    setup.set("HTTPS_PROXY", &format!("http://user:hunter2@127.0.0.1:{port}"));
    let (fine, found) = findings(&setup, &[]).await;
    let said = text_of(&found, "proxy", "ok");
    assert!(
        !fine && said.contains(&format!("http://127.0.0.1:{port}")) && said.contains("HTTPS_PROXY"),
        "{said}"
    );
    assert!(!format!("{found:?}").contains("hunter2"), "{found:#?}");
    assert!(text_of(&found, "address", "error").contains("407"), "{found:#?}");
    setup.set("NO_PROXY", "tenant.example");
    let (_, found) = findings(&setup, &[]).await;
    assert!(text_of(&found, "proxy", "note").contains("NO_PROXY"), "{found:#?}");
}

/// The settings of a desktop, which a program on the path tells.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_pac_file_is_said_to_be_unread() {
    use std::os::unix::fs::PermissionsExt;
    let mut setup = Setup::start().await;
    let program = setup.state().join("gsettings");
    std::fs::write(&program, "#!/bin/sh\necho \"'auto'\"\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", setup.state().display(), std::env::var("PATH").unwrap());
    setup.set("PATH", &path);
    let (_, found) = findings(&setup, &[]).await;
    let said = text_of(&found, "proxy", "warning");
    assert!(said.contains("PAC") && said.contains("HTTPS_PROXY"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_takes_a_certificate_authority_and_writes_it() {
    let (mut setup, secured) = over_tls(json!({})).await;
    setup.unset("JAMF_PRO_MCP_CONFIG");
    setup.unset("JAMF_PRO_MCP_ALLOW");
    let secret = setup.state().join("given");
    std::fs::write(&secret, setup.tenant.client_secret()).unwrap();
    let id = setup.tenant.client_id().to_owned();
    let authority = secured.authority.to_str().unwrap();
    let arguments = [
        "setup",
        "--url",
        &secured.url,
        "--recipe",
        "observer",
        "--client-id",
        &id,
        "--secret-file",
        secret.to_str().unwrap(),
    ];
    let without = setup.run(&arguments).await;
    assert!(!without.success && without.stderr.contains("ca_file"), "{without:?}");
    let printed = setup.run(&[&arguments[..], &["--ca-file", authority]].concat()).await;
    assert!(printed.success, "{printed:?}");
    let config = std::fs::read_to_string(setup.state().join(".config/jamf-pro-mcp/config.json")).unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["ca_file"], authority);
    setup.ok("building_get", json!({ "id": "1" })).await;
}
