//! `serve`: unattended.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use tokio::sync::watch;

use super::{Cli, config};
use crate::config::{Config, Secrets, Usage};
use crate::deliver::Stop;
use crate::deliver::transport::Transport;
use crate::serve::{self, Clock, Service, Surroundings};

/// The fault of a configuration that was refused while running.
const CONFIGURATION: &str = "configuration";

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each report with a `cron` line is sent at its time in its own zone. Data is pulled an hour before (pull_before), owners are \
    asked where draft_before says how long before, and a source that cannot be pulled holds the send for an hour at most \
    (deadline); then it goes out and says what is late. For a week after it, what changed since is looked for daily and mailed \
    if it matters. A time that was missed is caught up within 36 hours (catch_up); older ones are told to the operator.

SIGHUP reads the configuration again; one with a mistake is refused, and the old one stays in force. SIGTERM finishes the \
    mail in hand and ends within ten seconds; what was not finished is taken up at the next start. `bizreview run` works beside \
    it: whoever comes second waits for the warehouse. /healthz says that it lives, /readyz that it does its work.

Bound to this machine, and without [mail] public_url or [web.proxy], the archive can be read by whoever uses this machine. \
    Otherwise people read what is theirs: the recipients of a report its editions; the owner and commenters of its team also \
    comment and promise; [operator] runs it, too ([web] names others). A mail's link opens its own edition; for more one signs \
    in with a mailed link, or with one that `bizreview links sign-in` prints."
)]
pub struct Args {
    /// Address of the archive and of /healthz and /readyz.
    #[arg(long, default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
    /// Listen beyond this machine although nothing encrypts what is sent
    #[arg(long)]
    insecure: bool,
}

pub async fn run(cli: &Cli, args: &Args, started: Timestamp) -> Result<u8> {
    let config = config(cli)?;
    ready(&config, args.bind, args.insecure)?;
    let ledger = super::open_ledger(&config)?;
    let clock: Clock = Arc::new(super::clock::running_from(cli.now));
    tracing::debug!(%started, "the service starts");
    let (current, in_force) = watch::channel(Arc::new(config));
    let stop = Stop::default();
    let at_start = in_force.borrow().clone();
    let surroundings = Surroundings {
        config: in_force.clone(),
        secrets: Secrets::default(),
        ledger: ledger.clone(),
        clock: clock.clone(),
        stop: stop.clone(),
        random: crate::deliver::key::unguessable,
    };
    let for_chores = surroundings.clone();
    let (book, time) = (ledger.clone(), clock.clone());
    // what is in force now was taken
    book.note_fault(CONFIGURATION, None, time())?;
    let service = Service::new(
        in_force,
        ledger,
        clock,
        move |job| serve::work(surroundings.clone(), job),
        move || serve::chores(for_chores.clone()),
    )?;
    eprintln!("{} reports are scheduled; the archive is on http://{}", service.reports(), args.bind);
    let waiting = crate::pipeline::unapproved_in(&at_start, Some(&book))?;
    if !waiting.is_empty() {
        eprintln!("hint: {}", super::approve::hint(waiting.len()));
    }
    let (path, bind, insecure) = (cli.config.clone(), args.bind, args.insecure);
    tokio::spawn(serve::reload_on(
        serve::hangups()?,
        current,
        move || load(&path, bind, insecure),
        move |why| {
            if let Err(error) = book.note_fault(CONFIGURATION, why, time()) {
                tracing::error!(error = format!("{error:#}"), "cannot note that the configuration was refused");
            }
        },
    ));
    let signal = serve::stop_signal()?;
    let ending = async move {
        signal.await;
        stop.raise();
    };
    serve::serve_until(service, args.bind, ending).await?;
    Ok(0)
}

/// The configuration as a start would take it.
fn load(path: &Path, bind: SocketAddr, is_insecure: bool) -> Result<Config> {
    let config = Config::load(path)?;
    ready(&config, bind, is_insecure)?;
    Ok(config)
}

/// Refuses what would fail on the first Monday: known before anything is started.
fn ready(config: &Config, bind: SocketAddr, is_insecure: bool) -> Result<()> {
    let usage = |error: anyhow::Error| Usage(format!("{error:#}"));
    if config.reports.values().all(|r| r.cron.is_none()) {
        bail!(Usage("no report has a cron line: nothing would ever be sent".into()));
    }
    serve::ensure_operator(config)?;
    Transport::open(config, &Secrets::default()).map_err(usage)?;
    serve::ensure_guarded(config, bind, is_insecure)?;
    super::check::names_of_reports(config).context("the reports' queries")?;
    Ok(())
}
