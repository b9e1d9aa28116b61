//! Rows from something that blocks, a file or a database: it is read on a thread of its own, at most a few batches ahead of
//! whoever takes them.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::sink::Sink;

/// A batch is handed on at this many bytes or rows.
const BATCH_BYTES: usize = 1 << 20;
const BATCH_ROWS: usize = 2_000;
/// Batches read ahead.
const AHEAD: usize = 3;

/// What a reader says.
#[derive(Debug)]
pub(super) enum Item {
    /// What had to be opened is open.
    Ready,
    /// A record.
    Row(String),
    /// A record that cannot be said truthfully: where, why, and what there is of it.
    Bad { path: String, reason: String, record: String },
    /// The rows that follow are those of these days.
    Window { from: String, to: String },
    /// Everything up to here is complete: the next pull may start after this.
    Mark(String),
}

/// The reader's end.
pub(super) struct Out {
    sender: mpsc::Sender<Vec<Item>>,
    batch: Vec<Item>,
    bytes: usize,
    /// Rows handed on so far, good or bad.
    pub(super) rows: u64,
}

impl Out {
    pub(super) fn row(&mut self, record: String) -> Result<()> {
        self.rows += 1;
        self.push(record.len(), Item::Row(record))
    }

    pub(super) fn bad(&mut self, path: String, reason: String, record: String) -> Result<()> {
        self.rows += 1;
        self.push(record.len(), Item::Bad { path, reason, record })
    }

    pub(super) fn push(&mut self, bytes: usize, item: Item) -> Result<()> {
        self.batch.push(item);
        self.bytes += bytes;
        if self.bytes >= BATCH_BYTES || self.batch.len() >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    /// What had to be opened is open.
    pub(super) fn ready(&mut self) -> Result<()> {
        self.push(0, Item::Ready)?;
        self.flush()
    }

    fn flush(&mut self) -> Result<()> {
        self.bytes = 0;
        if self.batch.is_empty() {
            return Ok(());
        }
        self.sender.blocking_send(std::mem::take(&mut self.batch)).ok().context("the pull was given up")
    }
}

/// The taker's end.
pub(super) struct Feed<T> {
    batches: mpsc::Receiver<Vec<Item>>,
    end: oneshot::Receiver<Result<T>>,
}

/// How long and how much is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) deadline: Instant,
    /// The whole time that ends then, for the message.
    pub(super) seconds: f64,
    /// The longest wait for the next batch.
    pub(super) silence: Duration,
    pub(super) rows: u64,
}

/// Starts a reader. A thread, not a task: what hangs in a library is left behind, and must not hold up the end of the process.
pub(super) fn feed<T: Send + 'static>(work: impl FnOnce(&mut Out) -> Result<T> + Send + 'static) -> Result<Feed<T>> {
    let (sender, batches) = mpsc::channel(AHEAD);
    let (done, end) = oneshot::channel();
    std::thread::Builder::new()
        .name("rows".into())
        .spawn(move || {
            let mut out = Out { sender, batch: Vec::new(), bytes: 0, rows: 0 };
            let result = work(&mut out);
            let flushed = out.flush();
            drop(out);
            let _ = done.send(result.and_then(|value| flushed.map(|()| value)));
        })
        .context("cannot start a thread")?;
    Ok(Feed { batches, end })
}

impl<T> Feed<T> {
    /// The next batch, `None` after the last.
    pub(super) async fn next(&mut self, bounds: &Bounds) -> Result<Option<Vec<Item>>> {
        let until = bounds.deadline.min(Instant::now() + bounds.silence);
        match tokio::time::timeout_at(until, self.batches.recv()).await {
            Ok(batch) => Ok(batch),
            Err(_) if until == bounds.deadline => bail!("the stream's time is over ({} s)", bounds.seconds),
            Err(_) => bail!("nothing came for {} s", bounds.silence.as_secs_f64()),
        }
    }

    /// Waits until the reader is ready; if it ended instead, its error.
    pub(super) async fn ready(&mut self, bounds: &Bounds, within: Duration) -> Result<()> {
        let until = bounds.deadline.min(Instant::now() + within);
        match tokio::time::timeout_at(until, self.batches.recv()).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => (&mut self.end)
                .await
                .context("the reader stopped for no known reason")?
                .and_then(|_| bail!("ended early")),
            Err(_) => bail!("did not answer within {} s", within.as_secs_f64()),
        }
    }

    /// How it ended, once there are no more batches.
    pub(super) async fn end(&mut self) -> Result<T> {
        (&mut self.end).await.context("the reader stopped for no known reason")?
    }

    /// Everything into the sink, to the end.
    pub(super) async fn drain(mut self, sink: &mut Sink<'_>, bounds: &Bounds) -> Result<T> {
        let mut rows = 0;
        while let Some(batch) = self.next(bounds).await? {
            rows += batch.len() as u64;
            if rows > bounds.rows {
                bail!("more than {} rows (limits: rows)", bounds.rows);
            }
            for item in batch {
                take(item, sink)?;
            }
            sink.page();
        }
        self.end().await
    }
}

/// A row into the sink; what is not one is nothing here.
pub(super) fn take(item: Item, sink: &mut Sink<'_>) -> Result<()> {
    match item {
        Item::Row(record) => sink.take(record),
        Item::Bad { path, reason, record } => {
            sink.refuse(path, &reason, record);
            Ok(())
        }
        Item::Ready | Item::Window { .. } | Item::Mark(_) => Ok(()),
    }
}
