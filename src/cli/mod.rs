//! The command line: one subcommand per file, thin. Data goes to stdout, messages to stderr, and an error is printed once.
//!
//! Exit codes: 0 fine · 1 done with problems · 2 bad usage or configuration · 3 warehouse busy · 4 nothing could be sent.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the command line is where printing happens")]

mod accounts;
mod approve;
mod ask;
mod backup;
mod baseline;
mod check;
mod churn;
mod clean;
mod clock;
mod comment;
mod demo;
mod explain;
mod forget;
mod healthcheck;
mod history;
mod init;
mod interrupt;
mod links;
mod print;
mod promise;
mod pull;
mod quarantine;
mod query;
mod resend;
mod restore;
mod run;
mod sandbox;
mod serve;
mod signals;
mod sources;
mod status;
mod suppress;
mod values;

use std::io::IsTerminal;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::config::{Config, Secrets, Usage};
use crate::ledger::Ledger;
use crate::pipeline::Environment;
use crate::warehouse::Busy;

/// Scheduled business reviews: billing, support and product data in, one honest review per accountable team out.
///
/// Try it without any account: `bizreview demo`. Go live: `bizreview init DIR`, then `check`, `run --dry-run`, `serve`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Configuration file.
    #[arg(short, long, global = true, default_value = "bizreview.toml", env = "BIZREVIEW_CONFIG")]
    config: PathBuf,
    /// How messages are written to stderr.
    #[arg(long, global = true, value_enum, default_value_t)]
    log_format: LogFormat,
    /// More messages: -v what is done, -vv every step.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Take this instant for the present, as in tests and replays (RFC 3339).
    #[arg(long, global = true, hide = true, env = "BIZREVIEW_NOW")]
    now: Option<Timestamp>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 fine · 1 done, with problems printed · 2 bad usage or configuration · \
    3 the warehouse is in use by another process · 4 nothing could be sent";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a company, pull its APIs, and write one review per team: no account, no configuration, no network
    Demo(demo::Args),
    /// Write a commented configuration for your company into a folder
    Init(init::Args),
    /// Check the configuration, every query and every template, without data
    Check(check::Args),
    /// Pull what is new from the sources
    Pull(pull::Args),
    /// Show sources and streams: how fresh, where the next pull goes on; and which there are to connect
    Sources(sources::Args),
    /// Show records that were set aside, and land those that are well by now
    Quarantine(quarantine::Args),
    /// Pull, measure, render and send reviews once: ad hoc, or any past period
    Run(run::Args),
    /// Send mail of a period that is not out, or may not be, as it was fixed in the outbox
    Resend(resend::Args),
    /// Show which recipients wait for their first mail to be approved, or approve them
    Approve(approve::Args),
    /// Show who unsubscribed from a report, take somebody off, or put them back
    Suppress(suppress::Args),
    /// Print metric values
    Values(values::Args),
    /// Open one figure: definition, SQL, comparisons, what moved it, and the rows behind it
    Explain(explain::Args),
    /// Show process charts: which figures are signals, and which routine variation
    Signals(signals::Args),
    /// Show what process charts are judged by, or accept a new baseline with a reason
    Baseline(baseline::Args),
    /// Ask owners for comments on the exceptions of a draft
    Ask(ask::Args),
    /// Say something of a figure, as the one who answers for it
    Comment(comment::Args),
    /// Promise to do something, say that it was done, or show what is due
    Promise(promise::Args),
    /// Show why accounts left, or note a reason
    Churn(churn::Args),
    /// Run a read-only SQL query on the warehouse
    Query(query::Args),
    /// Show accounts and how systems' ids were matched to them
    Accounts(accounts::Args),
    /// Remove what is old and needed by nothing
    Clean(clean::Args),
    /// Copy ledger, landing and archive to a folder, verified
    Backup(backup::Args),
    /// Make a store of a backup; nothing is sent from it before `thaw`
    Restore(restore::RestoreArgs),
    /// Let mail leave again after a restore, saying what was sent since the backup
    Thaw(restore::ThawArgs),
    /// Forget a customer: leave it out of everything that is kept
    Forget(forget::Args),
    /// Send every report at its scheduled time, and show the archive
    Serve(serve::Args),
    /// Show who may read what on the web and who is signed in, call an address's links back, or sign in without mail
    Links(links::Args),
    /// Show how everything stands: next due, last runs, undelivered mail, stale sources, and what needs you
    Status(status::Args),
    /// Show what ran, what came of it, and who was sent what
    History(history::Args),
    /// Ask a running service whether it is ready, as a container's health check
    Healthcheck(healthcheck::Args),
    /// Serve the simulated company's APIs, to try a configuration against
    Sandbox(sandbox::Args),
    /// Print a completion script for your shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

/// Parses the command line, runs it, prints an error if there is one, and says how it went.
pub fn main() -> ExitCode {
    end_with_the_reader();
    let cli = Cli::parse();
    start_log(&cli);
    match execute(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            let is_usage = error.downcast_ref::<Usage>().is_some()
                || error.chain().any(|e| e.is::<Usage>() || e.is::<crate::ledger::Newer>());
            ExitCode::from(if is_usage {
                2
            } else if Busy::is_behind(&error) {
                3
            } else {
                1
            })
        }
    }
}

/// Whoever reads the output may have seen enough (`| head`): then the program ends as if by SIGPIPE, and has no bug to tell of.
fn end_with_the_reader() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let words = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
        if words.starts_with("failed printing to stdout") && words.contains("Broken pipe") {
            std::process::exit(141);
        }
        told(panic);
    }));
}

/// A token server is given half a minute to answer.
const SIGNING_IN: Duration = Duration::from_secs(31);

/// A command's own work, a pull's streams above all, runs on the thread that waits for it: it has one worker fewer than there are
/// cores, as one too many is woken for nothing. What a service does runs on its workers.
pub fn runtime(is_service: bool) -> std::io::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let workers = if is_service { cores } else { cores.saturating_sub(1).max(1) };
    tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()
}

fn execute(cli: &Cli) -> Result<u8> {
    let now = clock::now(cli.now);
    let runtime = runtime(matches!(cli.command, Command::Serve(_) | Command::Sandbox(_)))?;
    let code = runtime.block_on(async {
        let code = match &cli.command {
            Command::Demo(args) => demo::run(args, now).await,
            Command::Init(args) => interrupt::until_asked_to_end(Box::pin(init::run(args, now))).await,
            Command::Check(args) => interrupt::until_asked_to_end(Box::pin(check::run(cli, args, now))).await,
            Command::Pull(args) => {
                interrupt::until_asked_to_end(Box::pin(pull::run(&environment(cli, "pull", now)?, args))).await
            }
            Command::Sources(args) => sources::run(cli, args, now),
            Command::Quarantine(args) => quarantine::run(&environment(cli, "quarantine", now)?, args),
            Command::Run(args) => {
                interrupt::until_asked_to_end(Box::pin(run::run(&environment(cli, "run", now)?, args))).await
            }
            Command::Resend(args) => resend::run(&environment(cli, "resend", now)?, args).await,
            Command::Approve(args) => approve::run(&environment(cli, "approve", now)?, args).await,
            Command::Suppress(args) => suppress::run(&environment(cli, "suppress", now)?, args),
            Command::Values(args) => values::run(&environment(cli, "values", now)?, args),
            Command::Explain(args) => explain::run(&environment(cli, "explain", now)?, args),
            Command::Signals(args) => signals::run(&environment(cli, "signals", now)?, args),
            Command::Baseline(args) => baseline::run(&environment(cli, "baseline", now)?, args),
            Command::Ask(args) => {
                let asking = ask::run(environment(cli, "ask", now)?, args, || clock::now(cli.now));
                interrupt::until_asked_to_end(Box::pin(asking)).await
            }
            Command::Comment(args) => comment::run(&environment(cli, "comment", now)?, args),
            Command::Promise(args) => promise::run(&environment(cli, "promise", now)?, args),
            Command::Churn(args) => churn::run(&environment(cli, "churn", now)?, args),
            Command::Query(args) => query::run(&environment(cli, "query", now)?, args),
            Command::Accounts(args) => accounts::run(&environment(cli, "accounts", now)?, args),
            Command::Clean(args) => clean::run(&environment(cli, "clean", now)?, args),
            Command::Backup(args) => backup::run(&environment(cli, "backup", now)?, args),
            Command::Restore(args) => restore::restore(cli, args, now),
            Command::Thaw(args) => restore::thaw(cli, args, now),
            Command::Forget(args) => forget::run(&environment(cli, "forget", now)?, args),
            Command::Serve(args) => serve::run(cli, args, now).await,
            Command::Links(args) => links::run(&environment(cli, "links", now)?, args),
            Command::Status(args) => status::run(&environment(cli, "status", now)?, args),
            Command::History(args) => history::run(&environment(cli, "history", now)?, args),
            Command::Healthcheck(args) => healthcheck::run(args),
            Command::Sandbox(args) => sandbox::run(args, now).await,
            Command::Completions { shell } => {
                clap_complete::generate(*shell, &mut Cli::command(), "bizreview", &mut std::io::stdout());
                Ok(0)
            }
        };
        // the service has had its time
        let patience = if matches!(cli.command, Command::Serve(_)) { Duration::from_millis(500) } else { SIGNING_IN };
        crate::extract::signed_in(patience).await;
        code
    });
    // a query still running must not hold the exit
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

/// Who is at the keyboard, as far as the system knows: what somebody says is kept with their name.
fn person() -> String {
    ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}

/// Refuses words of nobody: where the system knows no user (cron, containers), a name must be given.
fn named(author: &str) -> Result<()> {
    if author.trim().is_empty() {
        return Err(Usage("no user name is set here (USER, LOGNAME): add --author NAME".into()).into());
    }
    Ok(())
}

/// Reads the configuration; a mistake in it is a usage error.
fn config(cli: &Cli) -> Result<Config> {
    Config::load(&cli.config).map_err(|error| Usage(format!("{error:#}")).into())
}

fn environment(cli: &Cli, command: &str, now: Timestamp) -> Result<Environment> {
    environment_of(Arc::new(config(cli)?), Secrets::default(), command, now)
}

fn environment_of(config: Arc<Config>, secrets: Secrets, command: &str, now: Timestamp) -> Result<Environment> {
    let ledger = open_ledger(&config)?;
    Ok(Environment {
        config,
        secrets,
        ledger,
        now,
        who: format!("{command}, since {now:.0}"),
        patience: Duration::from_secs(
            std::env::var("BIZREVIEW_WAIT_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(60),
        ),
        stop: crate::deliver::Stop::default(),
    })
}

fn open_ledger(config: &Config) -> Result<Arc<Ledger>> {
    let ledger = Ledger::open(&config.store()).with_context(|| {
        format!(
            "[store] path {} must be a folder this user can write to, on a disk with space left",
            config.store.path.display()
        )
    })?;
    Ok(Arc::new(ledger))
}

fn start_log(cli: &Cli) {
    let default = match cli.verbose {
        0 => "warn",
        1 => "bizreview=info,warn",
        _ => "bizreview=debug,info",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("BIZREVIEW_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    // a journal or a container's log is no terminal
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let log = log.with_ansi(colour);
    match cli.log_format {
        LogFormat::Json => log.json().init(),
        LogFormat::Text => log.compact().without_time().init(),
    }
}
