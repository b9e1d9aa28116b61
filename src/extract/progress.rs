//! What the operator sees meanwhile: bars on a terminal, plain lines otherwise. All on standard error.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{Outcome, StreamOutcome};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Live bars, for a terminal.
    Bars,
    /// One line per finished stream, and one a minute for those that take long.
    Lines,
    #[default]
    Quiet,
}

/// Between two lines of a stream that takes long.
const LINE_EVERY: Duration = Duration::from_mins(1);
/// Shorter waits are not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// All meters of one pull.
pub(super) struct Board {
    progress: Progress,
    bars: MultiProgress,
}

/// One stream's meter.
pub(super) struct Meter {
    shown: Shown,
    name: String,
    began: Instant,
    rows: AtomicU64,
    pages: AtomicU64,
    /// Parts done and all of them: records of a list with a known total, or windows.
    done: AtomicU64,
    all: AtomicU64,
    told_at: Mutex<Instant>,
}

enum Shown {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

impl Board {
    pub(super) fn new(progress: Progress) -> Board {
        Board { progress, bars: MultiProgress::new() }
    }

    pub(super) fn meter(&self, source: &str, stream: &str) -> Meter {
        let name = format!("{source}.{stream}");
        let shown = match self.progress {
            Progress::Bars => Shown::Bar(self.bar(&name)),
            Progress::Lines => Shown::Lines,
            Progress::Quiet => Shown::Nothing,
        };
        Meter::new(shown, name)
    }

    fn bar(&self, name: &str) -> ProgressBar {
        let style = ProgressStyle::with_template("{spinner} {prefix:32} {pos:>9} rows  {per_sec:>14}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = self.bars.add(ProgressBar::new_spinner().with_style(style));
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

impl Meter {
    /// The stream's pull is over.
    pub(super) fn done(&self, outcome: &StreamOutcome) {
        let text = match &outcome.result {
            Outcome::Ok => format!("{} rows, {} requests", outcome.rows, outcome.requests),
            // not everybody has it: that is no news
            Outcome::Skipped(_) if outcome.optional && matches!(self.shown, Shown::Lines) => return,
            Outcome::Failed(why) => format!("failed: {why}"),
            Outcome::Skipped(why) => format!("left out: {why}"),
        };
        match &self.shown {
            Shown::Bar(bar) => bar.finish_with_message(text),
            Shown::Lines => self.line(&text),
            Shown::Nothing => {}
        }
    }

    fn new(shown: Shown, name: String) -> Meter {
        let began = Instant::now();
        let zero = || AtomicU64::new(0);
        let told_at = Mutex::new(began);
        Meter { shown, name, began, rows: zero(), pages: zero(), done: zero(), all: zero(), told_at }
    }

    /// For whoever shows nothing.
    pub(super) fn quiet() -> Meter {
        Meter::new(Shown::Nothing, String::new())
    }

    pub(super) fn rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        if let Shown::Bar(bar) = &self.shown {
            bar.inc(rows);
        }
    }

    /// A page is done.
    pub(super) fn page(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.tell("");
    }

    /// So many parts of all are done: windows, or records of a known total.
    pub(super) fn parts(&self, done: u64, all: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
    }

    /// Nothing is asked for so long, as the API admits no more or wants to be left alone.
    pub(super) fn waits(&self, wait: Duration) {
        if wait >= WORTH_TELLING {
            self.tell(&format!(", waits {} s for the API's limit", wait.as_secs()));
        }
    }

    fn tell(&self, also: &str) {
        match &self.shown {
            Shown::Bar(bar) => bar.set_message(format!("{}{also}", self.standing())),
            Shown::Lines => {
                let mut told_at = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
                if told_at.elapsed() >= LINE_EVERY {
                    *told_at = Instant::now();
                    let (rows, minutes) = (self.rows.load(Ordering::Relaxed), self.began.elapsed().as_secs() / 60);
                    self.line(&format!("{rows} rows, {} after {minutes} min{also}", self.standing()));
                }
            }
            Shown::Nothing => {}
        }
    }

    /// `12 pages, 40 % done, about 3 min to go`
    fn standing(&self) -> String {
        let pages = self.pages.load(Ordering::Relaxed);
        let (done, all) = (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed));
        let ahead = to_go(self.began.elapsed(), done, all);
        format!("{pages} {}{ahead}", if pages == 1 { "page" } else { "pages" })
    }

    fn line(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{}: {text}", self.name);
    }
}

/// How much is done and how long the rest takes at this rate; nothing where it is not known.
fn to_go(elapsed: Duration, done: u64, all: u64) -> String {
    if all == 0 || done == 0 {
        return String::new();
    }
    let done = done.min(all);
    let rest = elapsed.as_secs_f64() * (all - done) as f64 / done as f64;
    let time = match rest {
        rest if rest < 1.0 => String::new(),
        rest if rest < 90.0 => format!(", about {rest:.0} s to go"),
        rest if rest < 5400.0 => format!(", about {:.0} min to go", rest / 60.0),
        rest => format!(", about {:.0} h to go", rest / 3600.0),
    };
    format!(", {} % done{time}", done * 100 / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_by_what_was_done() {
        let minute = Duration::from_mins(1);
        assert_eq!(to_go(minute, 0, 0), "");
        assert_eq!(to_go(minute, 0, 10), "");
        assert_eq!(to_go(minute, 5, 10), ", 50 % done, about 60 s to go");
        assert_eq!(to_go(minute, 1, 10), ", 10 % done, about 9 min to go");
        assert_eq!(to_go(minute, 1, 1000), ", 0 % done, about 17 h to go");
        assert_eq!(to_go(minute, 12, 10), ", 100 % done");
    }
}
