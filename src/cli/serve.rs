//! `serve`: unattended.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use jiff::Timestamp;

use super::{Cli, config};
use crate::calendar::Calendar;
use crate::config::{Secrets, Usage};
use crate::extract::Progress;
use crate::pipeline::{self, Environment, Run};
use crate::schedule::{Action, Occurrence};
use crate::serve::{Clock, Service, ensure_guarded, serve_until, stop_signal};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each report with a `cron` line is sent at its time in its own zone; a missed time is caught up within \
    36 hours.\nThe archive is shown on the address given. Bound to this machine, and without [mail] public_url or [web.proxy], it can be read \
    by whoever uses this machine. Otherwise people read what is theirs: the recipients of a report its editions, the owner and \
    commenters of its team also comment and promise, [operator] runs it ([web] names others). A mail's link opens its own \
    edition; for more one signs in with a mailed link."
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
    let config = Arc::new(config(cli)?);
    if config.reports.values().all(|r| r.cron.is_none()) {
        bail!(Usage("no report has a cron line: nothing would ever be sent".into()));
    }
    ensure_guarded(&config, args.bind, args.insecure)?;
    let ledger = super::open_ledger(&config)?;
    let clock: Clock = Arc::new(super::clock::running_from(cli.now));
    tracing::debug!(%started, "the service starts");
    let surroundings = {
        let (config, ledger, clock) = (config.clone(), ledger.clone(), clock.clone());
        move |who: String| Environment {
            config: config.clone(),
            secrets: Secrets::default(),
            ledger: ledger.clone(),
            now: clock(),
            who,
            patience: Duration::from_hours(1),
        }
    };
    let for_retry = surroundings.clone();
    let report = move |name: String, occurrence: Occurrence| {
        let environment = surroundings(format!("serve, report {name} due {}", occurrence.due_at));
        async move { occurrence_run(&environment, &name, &occurrence).await }
    };
    let service = Service::new(&config, ledger.clone(), clock, report)?.retry(move || {
        let environment = for_retry("serve, mail".into());
        async move { pipeline::send_due(&environment).await.map(|_| ()) }
    });
    eprintln!("{} reports are scheduled; the archive is on http://{}", service.reports(), args.bind);
    let (_, current) = tokio::sync::watch::channel(config);
    serve_until(service, current, args.bind, stop_signal()?).await?;
    Ok(0)
}

/// One report for one occurrence. An interrupted one whose mails are in the outbox already is finished by sending those.
async fn occurrence_run(environment: &Environment, name: &str, occurrence: &Occurrence) -> Result<()> {
    let period = period_of(environment, name, occurrence)?;
    if occurrence.action == Action::Resume && pipeline::was_mailed(environment, name, &period)? {
        pipeline::send_due(environment).await?;
        return Ok(());
    }
    let run = Run {
        reports: vec![name.to_owned()],
        period: Some(period),
        to: None,
        dry_run: false,
        again: false,
        correct: false,
        force: None,
        pdf: None,
        pull: true,
        full: false,
        progress: Progress::Quiet,
        trigger: "schedule",
        due_at: Some(occurrence.due_at),
    };
    let summary = pipeline::run(environment, &run).await?;
    for problem in &summary.problems {
        tracing::warn!(report = name, subject = problem.subject, "{}", problem.message);
    }
    if summary.exit_code == 4 {
        bail!("report {name} could not be sent");
    }
    Ok(())
}

/// The period a late run is about is the one that was complete when it was due.
fn period_of(environment: &Environment, name: &str, occurrence: &Occurrence) -> Result<String> {
    let calendar = Calendar::new(&environment.config.company)?;
    let grain = environment.config.reports[name].grain;
    Ok(calendar.last_complete(grain, occurrence.due_at).id)
}
