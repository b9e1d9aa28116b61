//! `serve`: unattended.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, bail};
use jiff::Timestamp;

use super::{Cli, config, environment_of};
use crate::config::Secrets;
use crate::extract::Progress;
use crate::pipeline::{self, Run};
use crate::schedule::Occurrence;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each report with a `cron` line is sent at its time in its own zone; a missed time is caught up within \
    36 hours.\nThe archive is shown on the address given; it has no access control yet, so it binds to this machine only."
)]
pub struct Args {
    /// Address of the archive and of /healthz and /readyz.
    #[arg(long, default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
}

pub async fn run(cli: &Cli, args: &Args, started: Timestamp) -> Result<u8> {
    let config = Arc::new(config(cli)?);
    if config.reports.values().all(|r| r.cron.is_none()) {
        bail!(crate::config::Usage("no report has a cron line: nothing would ever be sent".into()));
    }
    let environment = environment_of(config.clone(), Secrets::default(), "serve", started)?;
    let ledger = environment.ledger.clone();
    let store = config.store();
    let given = cli.now;
    let clock: crate::serve::Clock = Arc::new(move || super::clock::now(given));
    let run_clock = clock.clone();
    let run_config = config.clone();
    let run_ledger = ledger.clone();
    let report = move |name: String, occurrence: Occurrence| {
        let environment = pipeline::Environment {
            config: run_config.clone(),
            secrets: Secrets::default(),
            ledger: run_ledger.clone(),
            now: run_clock(),
            who: format!("serve, report {name} due {}", occurrence.due_at),
            patience: std::time::Duration::from_secs(3600),
        };
        async move { occurrence_run(&environment, &name, occurrence).await }
    };
    println!("serving on http://{}", args.bind);
    crate::serve::serve(config, ledger, store, args.bind, clock, report).await?;
    Ok(0)
}

async fn occurrence_run(environment: &pipeline::Environment, name: &str, occurrence: Occurrence) -> Result<()> {
    let run = Run {
        reports: vec![name.to_owned()],
        period: Some(period_of(environment, name, &occurrence)?),
        to: None,
        dry_run: false,
        again: false,
        pull: true,
        full: false,
        progress: Progress::Quiet,
        trigger: "schedule",
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
fn period_of(environment: &pipeline::Environment, name: &str, occurrence: &Occurrence) -> Result<String> {
    let calendar = crate::calendar::Calendar::new(&environment.config.company)?;
    let grain = environment.config.reports[name].grain;
    Ok(calendar.last_complete(grain, occurrence.due_at).id)
}
