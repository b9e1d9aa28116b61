//! What the operator sees meanwhile: bars on a terminal, plain lines otherwise. All on standard error.

use std::io::Write;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{Outcome, StreamOutcome};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Live bars, for a terminal.
    Bars,
    /// One line per finished stream.
    Lines,
    #[default]
    Quiet,
}

/// All meters of one pull.
pub(super) struct Board {
    progress: Progress,
    bars: MultiProgress,
}

/// One stream's meter.
pub(super) struct Meter(Option<ProgressBar>);

impl Board {
    pub(super) fn new(progress: Progress) -> Board {
        Board { progress, bars: MultiProgress::new() }
    }

    pub(super) fn meter(&self, source: &str, stream: &str) -> Meter {
        if self.progress != Progress::Bars {
            return Meter(None);
        }
        let style = ProgressStyle::with_template("{spinner} {prefix:32} {pos:>9} rows  {per_sec:>14}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = self.bars.add(ProgressBar::new_spinner().with_style(style));
        bar.set_prefix(format!("{source}.{stream}"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Meter(Some(bar))
    }

    pub(super) fn done(&self, meter: &Meter, outcome: &StreamOutcome) {
        let text = match &outcome.result {
            Outcome::Ok => format!("{} rows, {} requests", outcome.rows, outcome.requests),
            Outcome::Failed(why) => format!("failed: {why}"),
            Outcome::Skipped(why) => format!("skipped: {why}"),
        };
        if let Some(bar) = &meter.0 {
            bar.finish_with_message(text);
        } else if self.progress == Progress::Lines {
            let _ = writeln!(std::io::stderr(), "{}.{}: {text}", outcome.source, outcome.stream);
        }
    }
}

impl Meter {
    pub(super) fn rows(&self, rows: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(rows);
        }
    }

    /// So many parts of all are done.
    pub(super) fn parts(&self, done: u64, all: u64) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("{done} of {all} windows"));
        }
    }

    pub(super) fn page(&self) {
        if let Some(bar) = &self.0 {
            bar.tick();
        }
    }
}
