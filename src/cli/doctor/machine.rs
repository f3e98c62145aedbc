//! What is found on this machine: the settings, the ports, the entries of clients, and a PAC file that is not read.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::timeout;

use super::{Finding, Grade};
use crate::cli::clients::{self, Started};
use crate::config::{Config, Overrides, RiskClass, file_of};
use crate::registry::exposure::Surface;
use crate::sanitize::text;

/// How long another process may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the settings come from, and what in them will not do what somebody meant by it.
pub(super) fn configuration(config: &Config, overrides: &Overrides) -> Vec<Finding> {
    let mut found = Vec::new();
    let text = match (&config.file, file_of(overrides)) {
        (Some(file), _) => format!("from {}", file.display()),
        (None, Some(file)) => format!("no file ({} is not there)", file.display()),
        (None, None) => "no file".to_owned(),
    };
    found.push(Finding::new("configuration", Grade::Good, text));
    let mut mind = |text: String, cure: &str| {
        let finding = Finding::new("configuration", Grade::Mind, text);
        found.push(if cure.is_empty() { finding } else { finding.cure(cure) });
    };
    config.warnings.iter().for_each(|warning| mind(warning.clone(), ""));
    if config.file.is_some() {
        let names = ["url", "client_id", "secret"];
        let from_variables = config.settings.iter().filter(|one| names.contains(&one.name.as_str()));
        let from_variables: Vec<&str> =
            from_variables.filter_map(|one| one.from.strip_prefix("the environment variable ")).collect();
        if !from_variables.is_empty() {
            mind(
                format!(
                    "{} is set here and wins over the configuration file; a client that starts the server may not have it",
                    from_variables.join(", ")
                ),
                "unset it, or take the setting out of the file",
            );
        }
    }
    if !config.allow.contains(&RiskClass::Read) {
        mind(
            "`allow` does not have `read`, so nothing can be read".to_owned(),
            "add `read` to `allow`, beside the others",
        );
    }
    if let Ok(surface) = Surface::new(crate::pipeline::registry(), config, None) {
        let registry = crate::pipeline::registry();
        let barred = config.tools.iter().filter_map(|name| registry.find(name));
        let barred = barred.filter_map(|tool| Some((tool.name(), surface.permits(tool).err()?)));
        for (name, barred) in barred {
            mind(
                format!("`tools` names `{name}`, which is not offered: {}", barred.reason()),
                "change one of the two",
            );
        }
    }
    if config.tenants.len() > 1 && config.tenants.values().any(|tenant| tenant.label.is_none()) {
        mind(
            "there are several tenants, and not each has a `label`".to_owned(),
            "give each one, such as `prod` or `test`: it stands in every answer",
        );
    }
    found
}

/// Whether the ports that this configuration takes are free, or taken by a server of this program.
pub(super) async fn ports(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let state = config.state_folder().unwrap_or_default();
    if config.needs_approvals() && config.approvals.page {
        found.push(approvals_port(config.approvals.port, config.approvals.is_served(&state)).await);
    }
    if let Some(address) = &config.http.listen
        && let Ok(address) = address.replace("localhost:", "127.0.0.1:").parse::<SocketAddr>()
        && address.port() != 0
    {
        found.push(http_port(address).await);
    }
    found
}

async fn approvals_port(port: u16, is_served: bool) -> Finding {
    if is_served {
        let text = format!("{port}, of the approvals page: a running server serves it");
        return Finding::new("port", Grade::Good, text);
    }
    for address in
        [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))]
    {
        if let Some(why) = why_not_free(address).await {
            return Finding::new(
                "port",
                Grade::Bad,
                format!("{port}, of the approvals page, {why}, so that nothing can be approved there"),
            )
            .cure("end the program that has it, or set `approvals.port` to a free one: passkeys that are enrolled belong to their port");
        }
    }
    Finding::new("port", Grade::Good, format!("{port}, of the approvals page, is free"))
}

async fn http_port(address: SocketAddr) -> Finding {
    match why_not_free(address).await {
        None => Finding::new("port", Grade::Good, format!("{address}, of `http.listen`, is free")),
        Some(_) if is_ours(address).await => {
            Finding::new("port", Grade::Good, format!("{address}, of `http.listen`: a server answers there"))
        }
        Some(why) => Finding::new("port", Grade::Bad, format!("{address}, of `http.listen`, {why}"))
            .cure("end the program that has it, or set `http.listen` to another port"),
    }
}

/// Why an address cannot be listened on. A machine without IPv6 has no such address, which is no fault.
async fn why_not_free(address: SocketAddr) -> Option<&'static str> {
    match TcpListener::bind(address).await.err()?.kind() {
        std::io::ErrorKind::AddrInUse => Some("is taken by another program"),
        std::io::ErrorKind::PermissionDenied => Some("may not be taken by this user"),
        std::io::ErrorKind::AddrNotAvailable if address.is_ipv4() => Some("is no address of this machine"),
        _ => None,
    }
}

/// Whether a server of this program answers there, by its probe.
async fn is_ours(address: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = timeout(PATIENCE, asked).await;
    matches!(answer, Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"))
}

/// The entries of this program in the files of the clients that are on this machine.
pub(super) fn clients() -> Vec<Finding> {
    let Ok(clients) = clients::started() else { return Vec::new() };
    let (mut found, mut without) = (Vec::new(), Vec::new());
    for client in clients {
        let file = client.file.display();
        match client.entries {
            Err(why) => found.push(
                Finding::new("client", Grade::Mind, format!("{}: {file} {why}", client.title))
                    .cure("set the file right: the client cannot read it either"),
            ),
            Ok(entries) if entries.is_empty() => without.push(client.title.to_owned()),
            Ok(entries) => {
                found.extend(entries.iter().map(|entry| {
                    let finding = of_entry(entry);
                    let name = text::line(&entry.name);
                    Finding {
                        text: format!("{}: `{name}` in {file} {}", client.title, finding.text),
                        ..finding
                    }
                }));
            }
        }
    }
    if !without.is_empty() {
        let text = "on this machine and without an entry of this program";
        found.push(Finding::new("client", Grade::Note, "").list(text, without));
    }
    found
}

fn of_entry(entry: &Started) -> Finding {
    let own = clients::program().unwrap_or_default();
    let write = format!("write {} as its command", own.display());
    let command = text::line(&entry.command);
    let path = Path::new(&entry.command);
    if !entry.is_direct {
        return Finding::new("client", Grade::Good, format!("starts this program by {command}"));
    }
    if !path.is_absolute() {
        return Finding::new(
            "client",
            Grade::Mind,
            format!("starts {command}, which is no absolute path: a client with a window may not find it"),
        )
        .cure(write);
    }
    let Ok(place) = path.canonicalize() else {
        return Finding::new("client", Grade::Bad, format!("starts {command}, which is not there"))
            .cure(write);
    };
    if own.canonicalize().is_ok_and(|own| own != place) {
        return Finding::new(
            "client",
            Grade::Mind,
            format!("starts another copy of this program, {command}"),
        )
        .cure(format!("keep one of the two, or {write}"));
    }
    let file = entry.arguments.iter().skip_while(|argument| *argument != "--config").nth(1);
    if let Some(file) = file.filter(|file| !Path::new(file).is_file()) {
        let text = format!("names the configuration file {}, which is not there", text::line(file));
        return Finding::new("client", Grade::Bad, text).cure("set `--config` in its arguments right");
    }
    let is_demo = entry.arguments.iter().any(|argument| argument == "--demo");
    let what = if is_demo { "this program with the simulated tenant" } else { "this program" };
    Finding::new("client", Grade::Good, format!("starts {what}"))
}

/// A PAC file in the settings of the system: it is a program that is not run here, so that requests may go another way than those of browsers.
pub(super) async fn automatic_proxy() -> Option<Finding> {
    let is_set = match std::env::consts::OS {
        "macos" => is_on_in_scutil(&output("/usr/sbin/scutil", &["--proxy"]).await?),
        "windows" => {
            const SETTINGS: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
            output("reg", &["query", SETTINGS, "/v", "AutoConfigURL"]).await?.contains("AutoConfigURL")
        }
        _ => output("gsettings", &["get", "org.gnome.system.proxy", "mode"]).await?.contains("auto"),
    };
    is_set.then(|| {
        Finding::new("proxy", Grade::Mind, "the settings of the system name a PAC file, which is not read")
            .cure(
                "set HTTPS_PROXY to the proxy that the PAC file gives for the tenant's host, if it gives one",
            )
    })
}

/// Whether the output of `scutil --proxy` has an automatic configuration or discovery switched on.
fn is_on_in_scutil(text: &str) -> bool {
    let is_on = |line: &str| {
        let mut parts = line.split(':').map(str::trim);
        let name = parts.next().unwrap_or_default();
        matches!(name, "ProxyAutoConfigEnable" | "ProxyAutoDiscoveryEnable") && parts.next() == Some("1")
    };
    text.lines().any(is_on)
}

/// What a program of the system prints; `None` where it is not there or fails.
async fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pac_file_is_seen_in_what_macos_prints() {
        let settings = "<dictionary> {\n  HTTPSEnable : 0\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://x/p.pac\n}";
        assert!(is_on_in_scutil(settings));
        assert!(!is_on_in_scutil(&settings.replace("ConfigEnable : 1", "ConfigEnable : 0")));
    }
}
