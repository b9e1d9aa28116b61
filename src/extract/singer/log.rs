//! What a tap says on standard error: passed on to our log line by line, without secrets, its end kept for the error.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::lines::{Line, Lines};
use super::settings::Hidden;

/// What is read at once.
const CHUNK: usize = 16 << 10;
/// Lines that an error repeats, and of each so much.
const LAST_WORDS: usize = 5;
const LAST_LENGTH: usize = 300;
/// Longest line.
const LINE_BYTES: usize = 8 << 10;
/// Lines that are passed on; the rest is counted.
const LOGGED: u64 = 10_000;

/// A tap's log, listened to until this is dropped.
pub(super) struct Log {
    said: Arc<Mutex<Said>>,
    listener: JoinHandle<()>,
}

#[derive(Default)]
struct Said {
    heard: Option<Instant>,
    last: VecDeque<String>,
}

impl Log {
    pub(super) fn listen(stderr: ChildStderr, hidden: Arc<Hidden>, source: String) -> Log {
        let said = Arc::new(Mutex::new(Said::default()));
        Log { said: said.clone(), listener: tokio::spawn(listen(stderr, said, hidden, source)) }
    }

    /// When it last said something.
    pub(super) fn heard(&self) -> Option<Instant> {
        locked(&self.said).heard
    }

    /// Waits for what is still in the pipe.
    pub(super) async fn end(&mut self, patience: Duration) {
        let _ = timeout(patience, &mut self.listener).await;
    }

    /// Its end, to be put behind an error.
    pub(super) fn last_words(&self) -> String {
        let said = locked(&self.said);
        let lines: Vec<&str> = said.last.iter().map(String::as_str).collect();
        if lines.is_empty() { String::new() } else { format!("; its last words: {}", lines.join(" | ")) }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

fn locked(said: &Mutex<Said>) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(mut stderr: ChildStderr, said: Arc<Mutex<Said>>, hidden: Arc<Hidden>, source: String) {
    let (mut lines, mut chunk, mut count) = (Lines::new(LINE_BYTES), vec![0; CHUNK], 0_u64);
    loop {
        let read = stderr.read(&mut chunk).await.unwrap_or(0);
        locked(&said).heard = Some(Instant::now());
        lines.feed(&chunk[..read]);
        while let Some(line) = lines.pop().or_else(|| if read == 0 { lines.rest() } else { None }) {
            let (Line::Whole(bytes) | Line::TooLong(bytes)) = line;
            let text = readable(&hidden.mask(&String::from_utf8_lossy(&bytes)));
            if text.trim().is_empty() {
                continue;
            }
            count += 1;
            if count <= LOGGED {
                tracing::info!(source, "{text}");
            }
            let last = &mut locked(&said).last;
            last.push_back(text.chars().take(LAST_LENGTH).collect());
            if last.len() > LAST_WORDS {
                last.pop_front();
            }
        }
        if read == 0 {
            break;
        }
    }
    if count > LOGGED {
        tracing::info!(source, lines = count - LOGGED, "more of its log was not passed on");
    }
}

/// A text as a terminal and a log may show it.
pub(super) fn readable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
