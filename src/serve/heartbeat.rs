//! A beat a minute. tokio-cron-scheduler freezes offsets, forgets on restart and drops ticks under load; none of that
//! matters to a beat in UTC that carries nothing.

use anyhow::{Context, Result};
use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler};

/// Stops beating when told to.
pub(super) struct Heartbeat(JobScheduler);

/// Starts beating, with one beat at once.
pub(super) async fn start() -> Result<(mpsc::Receiver<()>, Heartbeat)> {
    // One place: beats that come while the service is busy are one beat.
    let (sender, beats) = mpsc::channel(1);
    sender.try_send(())?;
    let scheduler = JobScheduler::new().await.context("cannot start the heartbeat")?;
    let job = Job::new_async("0 * * * * *", move |_, _| {
        let sender = sender.clone();
        Box::pin(async move {
            let _ = sender.try_send(());
        })
    })
    .context("cannot start the heartbeat")?;
    scheduler.add(job).await.context("cannot start the heartbeat")?;
    scheduler.start().await.context("cannot start the heartbeat")?;
    Ok((beats, Heartbeat(scheduler)))
}

impl Heartbeat {
    pub(super) async fn stop(&mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::debug!(%error, "the heartbeat did not stop by itself");
        }
    }
}
