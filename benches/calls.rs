//! Speed and memory, as ratios within one run. Nothing here fails for being slow; `docs/performance.md` keeps what was seen.
//!
//! `cargo bench --bench calls` for all of it, `-- --quick` for a look, `-- fleet` for one measurement. With `BENCH_BEFORE=PATH` it compares with the older release
//! build at that path, and does nothing else.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints, and ends when something is wrong"
)]

mod compare;
mod fleet;
mod processes;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jamf_pro_client::Projection;
use jamf_pro_client::project::page;
use processes::{SERVER, Session, Tenant, median, state};
use serde_json::{Value, json};

/// What callers over HTTP show.
const TOKEN: &str = "a-token-of-the-benches-0123456789abcdef";

struct Size {
    starts: usize,
    calls: usize,
    soak: usize,
    fleet: usize,
    kept: usize,
    pairs: usize,
    lists: usize,
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick" || argument == "--test");
    let size = if quick {
        Size { starts: 5, calls: 200, soak: 2_000, fleet: 5_000, kept: 500, pairs: 3, lists: 50 }
    } else {
        Size { starts: 20, calls: 2_000, soak: 400_000, fleet: 100_000, kept: 20_000, pairs: 24, lists: 300 }
    };
    println!(
        "machine: {} cores; {}",
        std::thread::available_parallelism().unwrap(),
        if quick { "quick" } else { "full" }
    );
    let tenant = Tenant::start(420);
    if let Some(before) = std::env::var_os("BENCH_BEFORE") {
        return compare::run(Path::new(&before), &size, &tenant);
    }
    let measurements: [(&str, &dyn Fn()); 8] = [
        ("projection", &projection),
        ("starts", &|| starts(&size, &tenant)),
        ("call", &|| proxied_call(&size, &tenant)),
        ("listing", &|| listing(&size, &tenant)),
        ("transports", &|| transports(&size, &tenant)),
        ("soak", &|| soak(&size, &tenant)),
        ("walk", &|| walk(&size)),
        ("fleet", &|| fleet::run(size.kept)),
    ];
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let names: Vec<&str> = measurements.iter().map(|(name, _)| *name).collect();
    let unknown = wanted.iter().find(|wanted| !names.contains(&wanted.as_str()));
    assert!(unknown.is_none(), "there is no measurement {unknown:?}; they are {}", names.join(", "));
    for (name, measure) in
        measurements.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|one| one == name))
    {
        let begun = Instant::now();
        measure();
        println!("{name}: measured in {:.0} s", begun.elapsed().as_secs_f64());
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// 2,000 computers of 3.6 kB, eight fields of each.
fn projection() {
    let applications: Vec<Value> = (0..22).map(|at| json!({ "name": format!("Application {at}.app"), "version": "1.2.3", "bundleId": "org.example.application", "path": "/Applications" })).collect();
    let row = |id: usize| {
        json!({
            "id": id.to_string(), "udid": "01234567-89AB-CDEF-0123-456789ABCDEF",
            "general": { "name": format!("Mac {id}"), "lastCheckIn": "2026-01-01T00:00:00Z", "assetTag": null, "platform": "Mac", "supervised": true, "site": { "id": "-1", "name": "None" } },
            "hardware": { "serialNumber": format!("ZZ{id:08}"), "model": "MacBook Pro", "modelIdentifier": "Mac15,3", "totalRamMegabytes": 16384, "macAddress": "02:00:00:00:00:00" },
            "operatingSystem": { "version": "26.1", "build": "25B78" }, "userAndLocation": { "username": "u", "email": "u@example.org", "departmentId": "1" },
            "diskEncryption": { "fileVault2Enabled": true }, "applications": applications,
        })
    };
    let body =
        serde_json::to_vec(&json!({ "totalCount": 2000, "results": (0..2000).map(row).collect::<Vec<_>>() }))
            .unwrap();
    let fields = [
        "id",
        "general.name",
        "general.lastCheckIn",
        "hardware.serialNumber",
        "hardware.model",
        "operatingSystem.version",
        "userAndLocation.username",
        "diskEncryption.fileVault2Enabled",
    ];
    let projection = Projection::new(&fields, &[], &[]);
    let streamed = median(
        (0..15)
            .map(|_| {
                let (begun, mut out) = (Instant::now(), String::new());
                let mut sink = |row: &str, _: Option<&str>| {
                    out.push_str(row);
                    true
                };
                let found = page(&body, &projection, &mut projection.tally(), &mut sink).unwrap();
                assert_eq!(found.rows, 2000);
                begun.elapsed()
            })
            .collect(),
    );
    let tree = median(
        (0..7)
            .map(|_| {
                let begun = Instant::now();
                let value: Value = serde_json::from_slice(&body).unwrap();
                let rows: Vec<Value> = value["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| {
                        let pairs = fields.iter().map(|field| {
                            (
                                (*field).to_owned(),
                                field.split('.').fold(row, |value, name| &value[name]).clone(),
                            )
                        });
                        Value::Object(pairs.collect())
                    })
                    .collect();
                assert!(!serde_json::to_string(&rows).unwrap().is_empty());
                begun.elapsed()
            })
            .collect(),
    );
    println!(
        "projection of a page of 2,000 computers ({:.1} MB): {:.1} ms; through serde_json::Value {:.1} ms; ratio {:.1}",
        body.len() as f64 / 1e6,
        streamed.as_secs_f64() * 1e3,
        tree.as_secs_f64() * 1e3,
        tree.as_secs_f64() / streamed.as_secs_f64()
    );
}

/// The example beside the benches: built when it is not there.
fn bare() -> Command {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--example", "bare-server"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success());
    Command::new(Path::new(SERVER).with_file_name("examples").join("bare-server"))
}

fn starts(size: &Size, tenant: &Tenant) {
    let (mut bare_times, mut ours, mut everything) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.starts {
        bare_times.push(Session::start(bare()).started);
        ours.push(Session::product(tenant, &[]).started);
        everything.push(Session::product(tenant, &["--toolsets", "all"]).started);
    }
    let (bare, ours, everything) = (median(bare_times), median(ours), median(everything));
    println!(
        "start to `initialize`: {:.1} ms, with every tool {:.1} ms; the bare SDK {:.1} ms; over it {:.1} ms",
        ours.as_secs_f64() * 1e3,
        everything.as_secs_f64() * 1e3,
        bare.as_secs_f64() * 1e3,
        everything.saturating_sub(bare).as_secs_f64() * 1e3
    );
}

/// What a call costs beside the same page fetched directly on a kept connection.
fn proxied_call(size: &Size, tenant: &Tenant) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        tenant.environment[1].1, tenant.environment[2].1
    );
    let token = || {
        let request = client
            .post(format!("{}/api/v1/oauth/token", tenant.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.clone());
        let text = runtime.block_on(async { request.send().await.unwrap().text().await.unwrap() });
        serde_json::from_str::<Value>(&text).unwrap()["access_token"].as_str().unwrap().to_owned()
    };
    let mut server = Session::product(tenant, &[]);
    for (name, path, tool, arguments) in [
        ("1 building", "/api/v1/buildings/1", "building_get", json!({ "id": 1 })),
        (
            "100 computers",
            "/api/v4/computers-inventory?page-size=100&section=GENERAL&section=HARDWARE&section=OPERATING_SYSTEM&section=USER_AND_LOCATION",
            "computer_list",
            json!({ "page_size": 100 }),
        ),
    ] {
        let token = token();
        let url = format!("{}{path}", tenant.url());
        let (mut direct, mut ours, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..size.calls / 2 {
            let begun = Instant::now();
            bytes = runtime.block_on(async {
                client.get(&url).bearer_auth(&token).send().await.unwrap().bytes().await.unwrap().len()
            });
            direct.push(begun.elapsed());
            let begun = Instant::now();
            server.call(tool, arguments.clone());
            ours.push(begun.elapsed());
        }
        let (direct_p50, direct_p99) = (percentile(&mut direct, 50), percentile(&mut direct, 99));
        let (ours_p50, ours_p99) = (percentile(&mut ours, 50), percentile(&mut ours, 99));
        println!(
            "a call for {name} ({:.0} kB): {:.0} µs (p99 {:.0}); the bare GET {:.0} µs (p99 {:.0}); over it {:.0} µs; ratio {:.2}",
            bytes as f64 / 1e3,
            micros(ours_p50),
            micros(ours_p99),
            micros(direct_p50),
            micros(direct_p99),
            micros(ours_p50.saturating_sub(direct_p50)),
            micros(ours_p50) / micros(direct_p50)
        );
    }
}

fn listing(size: &Size, tenant: &Tenant) {
    let mut server = Session::product(
        tenant,
        &["--toolsets", "all", "--allow", "read,write,device,secret,destructive,critical"],
    );
    let (mut tools, mut bytes, mut pages) = (0, 0, 0);
    let times = (0..size.calls / 20 + 5).map(|_| {
        let begun = Instant::now();
        let whole = server.whole_list();
        let time = begun.elapsed();
        tools = whole.iter().map(|page| page.matches("\"inputSchema\"").count()).sum();
        bytes = whole.iter().map(String::len).sum();
        pages = whole.len();
        time
    });
    let time = median(times.collect());
    println!(
        "tools/list of the whole catalogue ({tools} tools, {pages} pages, {:.0} kB): {:.2} ms",
        bytes as f64 / 1e3,
        time.as_secs_f64() * 1e3
    );
}

/// Calls a second that answer without the tenant: what the server itself takes.
fn transports(size: &Size, tenant: &Tenant) {
    let refused = json!({ "name": "building_get", "arguments": { "id": "x" } });
    let mut server = Session::product(tenant, &[]);
    let begun = Instant::now();
    let window = 64.min(size.calls);
    (0..window).for_each(|_| server.send("tools/call", &refused));
    for _ in window..size.calls * 10 {
        server.receive();
        server.send("tools/call", &refused);
    }
    (0..window).for_each(|_| drop(server.receive()));
    let stdio = (size.calls * 10) as f64 / begun.elapsed().as_secs_f64();
    println!("calls a second that need no tenant, 64 at once on stdio: {stdio:.0}");
    drop(server);

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(SERVER);
    command
        .args(["serve", "--http", &format!("127.0.0.1:{port}")])
        .envs(tenant.environment.clone())
        .env("JAMF_PRO_MCP_STATE", state(Path::new(SERVER)))
        .env("JAMF_PRO_MCP_HTTP_TOKEN", TOKEN)
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let base = format!("http://127.0.0.1:{port}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        while client.get(format!("{base}/healthz")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut modern = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": refused });
        modern["params"]["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" } });
        let modern_rate = over_http(&client, &base, &modern, &[("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "building_get")], size.calls).await;
        let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } } });
        let answer = request(&client, &base, &hello, &[]).send().await.unwrap();
        let session = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        request(&client, &base, &ready, &[("mcp-session-id", &session)]).send().await.unwrap();
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": refused });
        let session_rate = over_http(&client, &base, &call, &[("mcp-session-id", &session), ("mcp-protocol-version", "2025-11-25")], size.calls).await;
        let sse_rate = over_sse(&client, &base, &hello, &ready, &call, size.calls).await;
        println!("the same over HTTP, 16 at once: 2026-07-28 {modern_rate:.0}, one session {session_rate:.0}, the older SSE {sse_rate:.0}");
    });
    let _ = child.kill();
    let _ = child.wait();
}

fn request(
    client: &reqwest::Client,
    base: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> reqwest::RequestBuilder {
    let mut request = client
        .post(format!("{base}/mcp"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .bearer_auth(TOKEN);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.to_string())
}

async fn over_http(
    client: &reqwest::Client,
    base: &str,
    body: &Value,
    headers: &[(&str, &str)],
    calls: usize,
) -> f64 {
    let begun = Instant::now();
    let workers = (0..16).map(|worker| async move {
        for number in 0..calls / 16 {
            let mut body = body.clone();
            body["id"] = json!(worker * 1_000_000 + number);
            let answer = request(client, base, &body, headers).send().await.unwrap();
            assert!(answer.status().is_success());
            answer.bytes().await.unwrap();
        }
    });
    futures::future::join_all(workers).await;
    (calls / 16 * 16) as f64 / begun.elapsed().as_secs_f64()
}

async fn over_sse(
    client: &reqwest::Client,
    base: &str,
    hello: &Value,
    ready: &Value,
    call: &Value,
    calls: usize,
) -> f64 {
    let mut stream = client.get(format!("{base}/sse")).bearer_auth(TOKEN).send().await.unwrap();
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let endpoint = format!("{base}{}", first.lines().find_map(|line| line.strip_prefix("data: ")).unwrap());
    let send = |body: String| {
        let request = client.post(&endpoint).bearer_auth(TOKEN).header("content-type", "application/json");
        request.body(body).send()
    };
    send(hello.to_string()).await.unwrap();
    stream.chunk().await.unwrap();
    send(ready.to_string()).await.unwrap();
    let begun = Instant::now();
    let read = async {
        let (mut seen, mut rest) = (0, String::new());
        while seen < calls / 16 * 16 {
            rest.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
            // An event ends with an empty line, and a piece of the stream ends anywhere.
            while let Some(end) = rest.find("\n\n") {
                seen += usize::from(rest[..end].contains("event: message"));
                rest.drain(..end + 2);
            }
        }
    };
    let workers = (0..16).map(|worker| {
        let send = &send;
        async move {
            for number in 0..calls / 16 {
                let mut body = call.clone();
                body["id"] = json!(worker * 1_000_000 + number + 10);
                send(body.to_string()).await.unwrap();
            }
        }
    });
    futures::join!(read, futures::future::join_all(workers));
    (calls / 16 * 16) as f64 / begun.elapsed().as_secs_f64()
}

/// Resident memory at rest and after many calls.
fn soak(size: &Size, tenant: &Tenant) {
    let mut server = Session::product(tenant, &["--toolsets", "all"]);
    server.ask("tools/list", json!({}));
    let idle = server.memory("VmRSS");
    for _ in 0..1_000 {
        server.call("building_get", json!({ "id": 1 }));
    }
    let warm = server.memory("VmRSS");
    let window = 32;
    let call = json!({ "name": "building_get", "arguments": { "id": 1 } });
    (0..window).for_each(|_| server.send("tools/call", &call));
    for _ in window..size.soak {
        server.receive();
        server.send("tools/call", &call);
    }
    (0..window).for_each(|_| drop(server.receive()));
    let after = server.memory("VmRSS");
    println!(
        "resident memory with every tool: at rest {idle:.1} MiB, after 1,000 calls {warm:.1} MiB, after {} more {after:.1} MiB; ratio {:.2}",
        size.soak,
        after / warm
    );
}

/// A large fleet, page by page, into answers that are capped; the tenant is a process of its own.
fn walk(size: &Size) {
    let tenant = Tenant::start(size.fleet);
    let mut server = Session::product(&tenant, &[]);
    let begun = Instant::now();
    let (mut rows, mut calls, mut arguments) = (0, 0, json!({ "all": true, "sort": "id:asc" }));
    while rows < size.fleet {
        let answer: Value = serde_json::from_str(&server.call("computer_list", arguments.clone())).unwrap();
        let answer: Value =
            serde_json::from_str(answer["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
        rows += answer["rows"].as_array().unwrap().len();
        calls += 1;
        let Some(next) = answer["next"].as_object() else { break };
        rows -= usize::try_from(next.get("first_rows_repeat").and_then(Value::as_u64).unwrap_or(0)).unwrap();
        arguments =
            json!({ "all": true, "sort": "id:asc", "page": next["page"], "page_size": next["page_size"] });
    }
    println!(
        "{rows} computers walked in {calls} capped answers: {:.1} s, at most {:.1} MiB resident",
        begun.elapsed().as_secs_f64(),
        server.memory("VmHWM")
    );
}
