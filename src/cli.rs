//! The command line: what is asked for, with which configuration, and the exit status.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, FromArgMatches, Parser, Subcommand};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::audit::Logs;
use crate::config::{self, Config, FleetStorage, Overrides};
use crate::error::{Error, Kind};
use crate::plan::view::Tone;

mod approvals;
mod audit;
mod call;
mod clients;
mod completion;
mod configuration;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod enroll;
mod fleet;
mod logging;
mod privileges;
mod query;
mod recipes;
mod recovery;
mod report;
mod secret;
mod serve;
mod settings_file;
mod setup;
mod terminal;
mod tools;
#[cfg(feature = "demo")]
mod tour;
#[cfg(feature = "demo")]
mod trial;
mod typed;
mod world;

/// Exit status of a call that became a plan, which waits for a person.
const WAITS: u8 = 3;

/// Exit status of a command that was interrupted.
const INTERRUPTED: u8 = 130;

/// MCP server for Jamf Pro: gives AI agents the actions of Jamf Pro as typed tools.
#[derive(Debug, Parser)]
#[command(
    name = "jamf-pro-mcp",
    version,
    long_version = env!("JAMF_PRO_BUILD"),
    about,
    after_long_help = environment_help(),
    subcommand_negates_reqs = true
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    serve: serve::Options,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Args)]
struct Common {
    /// Configuration file; the platform's configuration folder has the usual one.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Risk classes that may be called: read, device, write, secret, destructive, critical.
    #[arg(long, value_name = "CLASS,…", value_delimiter = ',', global = true)]
    allow: Option<Vec<String>>,
    /// Toolsets to list: core, all, or names such as devices.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', global = true)]
    toolsets: Option<Vec<String>>,
    /// Further tools to list, by name or pattern.
    #[arg(long, value_name = "TOOL,…", value_delimiter = ',', global = true)]
    tools: Option<Vec<String>>,
    /// Tools that are never offered, by name or pattern.
    #[arg(long, value_name = "TOOL,…", value_delimiter = ',', global = true)]
    exclude_tools: Option<Vec<String>>,
    /// Log filter, such as `info` or `jamf_pro_mcp=debug`.
    #[arg(long, value_name = "FILTER", global = true)]
    log: Option<String>,
    /// File to log to, for hosts that throw standard error away.
    #[arg(long, value_name = "FILE", global = true)]
    log_file: Option<PathBuf>,
    /// Use the simulated tenant that is built in, instead of a real one.
    #[arg(long, global = true)]
    demo: bool,
    #[cfg(feature = "demo")]
    #[command(flatten)]
    simulated: demo::TenantOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP on standard input and output, or over HTTP (the default command).
    Serve(serve::Options),
    /// Make one call from the shell, through the same gate as a client.
    Call(call::Options),
    /// List the tools.
    Tools(tools::Options),
    /// Check the way to the tenant, its answers, the API role, the settings, the clients and the ports, and say what to do.
    Doctor(doctor::Options),
    /// Print the privileges that an API role needs for this configuration or for a recipe, and compare them with those of the tenant's.
    Privileges(privileges::Options),
    /// Plans that wait for a person: list, show, approve, reject.
    Approvals(approvals::Options),
    /// Show or prove the audit log.
    Audit(audit::Options),
    /// What is kept of a tenant's devices and configuration: status, refresh, clear.
    Fleet(fleet::Options),
    /// Answer one SELECT over what is kept of a tenant, or list its tables.
    Query(query::Options),
    /// Write the fleet overview, and the report on a device, into one HTML file.
    Report(report::Options),
    /// Show the settings with where each comes from; write the configuration of a tenant into a file, and say what differs between two.
    Config(configuration::Options),
    /// Run the simulated tenant alone, or take a tour of it.
    #[cfg(feature = "demo")]
    Demo(demo::Options),
    /// Connect a tenant and the MCP clients of this machine; `setup undo` takes the clients' entries out.
    Setup(setup::Options),
    /// Keep a secret in the keychain or in a file, or remove it.
    Secret(secret::Options),
    /// Connect the MCP clients of this machine with the simulated tenant.
    #[cfg(feature = "demo")]
    Try(trial::Options),
    /// Print the JSON Schema of the configuration file.
    ConfigSchema {
        /// The settings as a page in Markdown instead.
        #[arg(long)]
        markdown: bool,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write a manual page for each command into a folder, as packages have them.
    Man {
        /// The folder, which is there already.
        folder: PathBuf,
    },
}

/// Options that a command has no use for: its help leaves them out. They are taken all the same, because scripts may give them to every
/// command.
fn without_use(command: &str) -> Vec<&'static str> {
    const FILES: [&str; 3] = ["config", "log", "log_file"];
    const OFFERED: [&str; 4] = ["allow", "toolsets", "tools", "exclude_tools"];
    const SIMULATED: [&str; 6] = ["demo", "computers", "seed", "state", "faults", "jamf_version"];
    match command {
        "config-schema" | "completions" | "man" | "secret" | "try" => {
            [&FILES[..], &OFFERED, &SIMULATED].concat()
        }
        "setup" => [&["log", "log_file"][..], &OFFERED, &SIMULATED].concat(),
        "demo" => [&FILES[..], &OFFERED, &["demo"]].concat(),
        "approvals" | "audit" => [&OFFERED[..], &SIMULATED].concat(),
        "tools" => SIMULATED.to_vec(),
        "fleet" | "query" | "report" | "config" => OFFERED.to_vec(),
        _ => Vec::new(),
    }
}

/// The command line, where the help of each command has what it can use.
fn command_line() -> clap::Command {
    let mut command = <Cli as clap::CommandFactory>::command();
    let global: Vec<clap::Arg> = command.get_arguments().filter(|own| own.is_global_set()).cloned().collect();
    for sub in command.get_subcommands_mut() {
        let without_use = without_use(sub.get_name());
        let hidden: Vec<&clap::Arg> =
            global.iter().filter(|own| without_use.contains(&own.get_id().as_str())).collect();
        hide(sub, &hidden);
    }
    command
}

fn hide(command: &mut clap::Command, arguments: &[&clap::Arg]) {
    for sub in command.get_subcommands_mut() {
        hide(sub, arguments);
    }
    let own: Vec<clap::Arg> = arguments.iter().map(|own| (*own).clone().hide(true)).collect();
    *command = std::mem::take(command).args(own);
}

fn environment_help() -> String {
    format!(
        "Options come from the defaults, the configuration file, the environment and flags, the later winning.\n\nEnvironment: {}",
        config::environment_names().join(", ")
    )
}

/// Run the command line of this process.
pub fn main() -> ExitCode {
    run(std::env::args_os().collect())
}

fn run(arguments: Vec<OsString>) -> ExitCode {
    let parsed =
        command_line().try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to clap too; it knows where each belongs.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let command = cli.command.unwrap_or(Command::Serve(cli.serve));
    let failure = match command {
        Command::Config(_) => ExitCode::from(configuration::NOT_COMPARED),
        _ => ExitCode::FAILURE,
    };
    perform(&cli.common, command).unwrap_or_else(|error| {
        say_error(&error);
        if error.kind() == Kind::Cancelled { ExitCode::from(INTERRUPTED) } else { failure }
    })
}

/// Say what went wrong. Nobody is left to tell when that cannot be written either.
fn say_error(error: &Error) {
    let layout = terminal::Layout::stderr();
    warn(&layout.wrap(&format!("{}: ", layout.paint(Tone::Danger, "jamf-pro-mcp")), &error.to_string()));
}

/// Write a line to standard error, where nobody is left to tell when that fails.
fn warn(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Print a result. A reader that has seen enough, as `head` has, is no error.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        say_error(&Error::operator(format!("standard output cannot be written: {error}")));
    }
}

/// Print facts as JSON: the one way of every command that has `--json`.
fn say_json(facts: &impl serde::Serialize) {
    match serde_json::to_string_pretty(facts) {
        Ok(text) => say(&text),
        Err(error) => say_error(&Error::internal(error)),
    }
}

fn perform(common: &Common, command: Command) -> Result<ExitCode, Error> {
    match &command {
        Command::ConfigSchema { markdown } => {
            let schema = || serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap_or_default();
            say(&if *markdown { config::markdown() } else { schema() });
            return Ok(ExitCode::SUCCESS);
        }
        Command::Man { folder } => {
            return clap_mangen::generate_to(command_line(), folder).map(|()| ExitCode::SUCCESS).map_err(
                |error| {
                    Error::operator(format!(
                        "manual pages cannot be written into {}: {error}",
                        folder.display()
                    ))
                },
            );
        }
        Command::Completions { shell } => {
            say(&completion::script(*shell));
            return Ok(ExitCode::SUCCESS);
        }
        #[cfg(feature = "demo")]
        Command::Demo(options) => return runtime(2)?.block_on(demo::run(&common.simulated, options)),
        #[cfg(feature = "demo")]
        Command::Try(options) => return trial::run(options),
        Command::Secret(options) => return secret::run(options),
        Command::Setup(options) => return runtime(2)?.block_on(setup::run(&overrides(common), options)),
        // Two files need no tenant.
        Command::Config(options) if options.is_about_files() => {
            return Ok(runtime(1)?.block_on(configuration::run(
                &Config::default(),
                &Overrides::default(),
                options,
            )));
        }
        _ => {}
    }
    #[cfg(feature = "demo")]
    if common.simulated.is_given() && !common.demo {
        return Err(Error::operator(
            "--computers, --seed, --state, --faults and --jamf-version are for the simulated tenant",
        )
        .hint("add --demo, or leave them out"));
    }
    let mut overrides = overrides(common);
    if let Command::Serve(options) = &command {
        options.override_config(&mut overrides);
    }
    if common.demo {
        // The tenant is filled in once it runs; whatever the file or the environment says of a tenant is not used.
        overrides.values.push(("/url", Value::Null));
        overrides.values.push(("/client_id", Value::Null));
        overrides.values.push(("/secret", Value::Null));
        overrides.values.push(("/label", Value::Null));
        overrides.values.push(("/ca_file", Value::Null));
        overrides.values.push(("/tenants", json!({})));
    }
    let mut config = match (config::load(&overrides), &command) {
        (Ok(config), _) => config,
        (Err(error), Command::Doctor(options)) => {
            return runtime(1)?.block_on(doctor::run(Err(&error), &overrides, options));
        }
        (Err(error), _) => return Err(error),
    };
    if common.demo {
        apart(&mut config)?;
    }
    logging::start(&config)?;
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    if let Command::Call(options) = &command
        && let Some(helped) = call::help(options, &config)
    {
        return helped;
    }
    if !common.demo && !matches!(command, Command::Serve(_) | Command::Config(_)) {
        world::tell(&config, &overrides);
    }
    match command {
        Command::Tools(options) => tools::run(&config, &options),
        Command::Privileges(options) if !options.compares() => privileges::run(&config, &options),
        Command::Audit(options) => audit::run(&config, &options),
        Command::Approvals(options) => approvals::run(&config, &options),
        command => {
            let workers = if config.http.listen.is_some() {
                std::thread::available_parallelism().map_or(2, |cores| cores.get().min(4))
            } else {
                2
            };
            let runtime = runtime(workers)?;
            let result = runtime.block_on(online(common, config, overrides, command));
            // A blocking read of standard input may never end.
            runtime.shutdown_background();
            result
        }
    }
}

/// The folder below the state folder for what `--demo` remembers.
const TRIALS: &str = "demo";

/// What the simulated tenant remembers, and its approvals page, are apart from those of real tenants. Where `state` names a folder that
/// real tenants have too, their servers alone have the page.
fn apart(config: &mut Config) -> Result<(), Error> {
    let state = config.state_folder()?;
    // The next simulated tenant has another address, and nobody would ask for this one's fleet again.
    if config.fleet.storage == FleetStorage::Disk {
        config.fleet.storage = FleetStorage::Memory;
    }
    if config.state.is_none() {
        config.state = Some(state.join("demo"));
        // The port behind it is that of `demo`.
        config.approvals.port = config.approvals.port.checked_add(2).unwrap_or(1024);
    } else if Logs::in_folder(&state).names().iter().any(|name| name != "demo") {
        (config.approvals.page, config.approvals.name) = (false, None);
    }
    Ok(())
}

/// Commands that talk to a tenant.
async fn online(
    common: &Common,
    mut config: Config,
    overrides: Overrides,
    command: Command,
) -> Result<ExitCode, Error> {
    let _tenant = tenant(common, &mut config).await?;
    match command {
        Command::Serve(options) => serve::run(&config, overrides, &options).await,
        Command::Call(options) => call::run(&config, &options).await,
        Command::Doctor(options) => doctor::run(Ok(&config), &overrides, &options).await,
        Command::Privileges(options) => privileges::compare(&config, &options).await,
        Command::Fleet(options) => fleet::run(&config, &options).await,
        Command::Query(options) => query::run(&config, &options).await,
        Command::Report(options) => report::run(&config, &options).await,
        Command::Config(options) => Ok(configuration::run(&config, &overrides, &options).await),
        _ => Ok(ExitCode::SUCCESS),
    }
}

#[cfg(feature = "demo")]
async fn tenant(common: &Common, config: &mut Config) -> Result<Option<jamf_pro_demo::Tenant>, Error> {
    if !common.demo {
        return Ok(None);
    }
    let tenant = common.simulated.start(0).await?;
    tracing::info!(control = tenant.control_url(), "the simulated tenant runs");
    config.tenants.insert("demo".to_owned(), demo::tenant_config(&tenant));
    Ok(Some(tenant))
}

#[cfg(not(feature = "demo"))]
async fn tenant(common: &Common, _config: &mut Config) -> Result<Option<()>, Error> {
    if common.demo {
        return Err(
            Error::operator("this build has no simulated tenant").hint("build it with the feature `demo`")
        );
    }
    Ok(None)
}

fn runtime(workers: usize) -> Result<Runtime, Error> {
    Builder::new_multi_thread()
        .worker_threads(workers.max(1))
        // As much as the main thread has: working out what a deletion reaches nests deeper than the default holds without optimization.
        .thread_stack_size(8 * 1024 * 1024)
        .enable_all()
        .build()
        .map_err(|error| Error::operator(format!("the runtime cannot be started: {error}")))
}

fn overrides(common: &Common) -> Overrides {
    let mut overrides = Overrides { file: common.config.clone(), values: Vec::new() };
    let lists = [
        ("/allow", &common.allow),
        ("/toolsets", &common.toolsets),
        ("/tools", &common.tools),
        ("/exclude_tools", &common.exclude_tools),
    ];
    for (place, list) in lists {
        if let Some(list) = list {
            overrides.values.push((place, json!(list)));
        }
    }
    if let Some(filter) = &common.log {
        overrides.values.push(("/log/filter", json!(filter)));
    }
    if let Some(file) = &common.log_file {
        overrides.values.push(("/log/file", json!(file)));
    }
    overrides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command_line().debug_assert();
    }

    #[test]
    fn no_flag_takes_a_secret() {
        let command = command_line();
        let all = command.get_subcommands().chain([&command]).flat_map(|command| command.get_arguments());
        for argument in all {
            let name = argument.get_id().as_str();
            assert!(!["secret", "password", "token"].iter().any(|word| name.contains(word)), "{name}");
        }
    }

    #[test]
    fn a_trial_stands_in_the_place_of_no_real_page() {
        let usual = Config::default();
        let mut alone = Config::default();
        apart(&mut alone).unwrap();
        assert_eq!(alone.state_folder().unwrap(), usual.state_folder().unwrap().join("demo"));
        assert_ne!(alone.approvals.port, usual.approvals.port);

        let folder = tempfile::tempdir().unwrap();
        let mut named = Config { state: Some(folder.path().to_owned()), ..Config::default() };
        std::fs::create_dir(folder.path().join("audit")).unwrap();
        for (log, page) in [("demo.jsonl", true), ("demo.000000000007.jsonl", true), ("real.jsonl", false)] {
            std::fs::write(folder.path().join("audit").join(log), "").unwrap();
            apart(&mut named).unwrap();
            assert_eq!(named.approvals.page, page, "{log}");
        }
    }
}
