//! The tap as a child process: never without a bound in time, never alive after us, never a zombie.
//!
//! It has a process group of its own, so that its children end with it; it sees no variable of ours but the few that programs
//! need, as ours hold other sources' secrets.

use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep_until, timeout};

use super::lines::{Line, Lines};
use super::log::Log;
use super::settings::Hidden;

/// What is read at once.
const CHUNK: usize = 64 << 10;
/// How long its children may keep its output open after it has ended.
const LEFTOVERS: Duration = Duration::from_secs(2);
/// What of our own surroundings a tap sees.
const VARIABLES: [&str; 20] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "XDG_CACHE_HOME",
];

/// How long the tap may take for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) start: Duration,
    pub(super) silence: Duration,
    pub(super) stop: Duration,
    /// When everything must be over.
    pub(super) deadline: Instant,
    /// How long "everything" was, for the error.
    pub(super) total: Duration,
}

/// What is run.
pub(super) struct Program<'a> {
    pub(super) path: &'a Path,
    pub(super) args: Vec<OsString>,
    /// Where it runs.
    pub(super) folder: &'a Path,
    pub(super) hidden: Arc<Hidden>,
    /// For the log.
    pub(super) source: &'a str,
    pub(super) patience: Patience,
}

/// A tap on its way. Dropped, it is killed with its children.
pub(super) struct Running {
    name: String,
    child: Child,
    group: Group,
    stdout: ChildStdout,
    log: Log,
    patience: Patience,
    started: Instant,
    heard: Option<Instant>,
    ended: Option<(ExitStatus, Instant)>,
    chunk: Vec<u8>,
}

/// All processes the tap started, unless they left its group.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }

    fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    pub(super) fn start(program: Program<'_>) -> Result<Running> {
        let name = program.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut command = Command::new(program.path);
        command
            .args(&program.args)
            .current_dir(program.folder)
            .env_clear()
            .envs(VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot start {}", program.path.display()))?;
        let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        let stdout = child.stdout.take().context("the tap has no standard output")?;
        let stderr = child.stderr.take().context("the tap has no standard error")?;
        let log = Log::listen(stderr, program.hidden, program.source.to_owned());
        Ok(Running {
            name,
            child,
            group,
            stdout,
            log,
            patience: program.patience,
            started: Instant::now(),
            heard: None,
            ended: None,
            chunk: vec![0; CHUNK],
        })
    }

    /// The next line of its output; nothing at its end.
    pub(super) async fn line(&mut self, lines: &mut Lines) -> Result<Option<Line>> {
        loop {
            if let Some(line) = lines.pop() {
                return Ok(Some(line));
            }
            match self.read().await? {
                0 => return Ok(lines.rest()),
                read => lines.feed(&self.chunk[..read]),
            }
        }
    }

    /// Everything it prints, up to a bound.
    pub(super) async fn all(&mut self, bound: usize) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            match self.read().await? {
                0 => return Ok(all),
                read => all.extend_from_slice(&self.chunk[..read]),
            }
            ensure!(all.len() <= bound, "{} printed more than {} MB", self.name, bound >> 20);
        }
    }

    /// Reads what is there into the chunk; nothing at the end of its output.
    async fn read(&mut self) -> Result<usize> {
        let waiting = Instant::now();
        // One that never pauses is bounded, too.
        ensure!(waiting < self.patience.deadline, "{}", self.too_long());
        loop {
            let (until, why) = self.limit(waiting);
            tokio::select! {
                biased;
                read = self.stdout.read(&mut self.chunk) => {
                    let read = read.with_context(|| format!("cannot read what {} prints", self.name))?;
                    self.heard = Some(Instant::now());
                    return Ok(read);
                }
                status = self.child.wait(), if self.ended.is_none() => {
                    let status = status.with_context(|| format!("cannot wait for {}", self.name))?;
                    self.ended = Some((status, Instant::now()));
                }
                () = sleep_until(until) => {
                    if self.limit(waiting).0 > Instant::now() {
                        continue; // it was heard meanwhile, on standard error
                    }
                    match why {
                        Some(why) => bail!("{why}"),
                        // It has ended, and one of its children still holds its output.
                        None => return Ok(0),
                    }
                }
            }
        }
    }

    /// Until when there is patience with it, and what is wrong then.
    fn limit(&self, waiting: Instant) -> (Instant, Option<String>) {
        let (name, patience) = (&self.name, &self.patience);
        let logged = self.log.heard();
        let (until, why) = match (self.ended, self.heard.max(logged)) {
            (Some((_, at)), heard) => (heard.map_or(at, |heard| heard.max(at)) + LEFTOVERS, None),
            (None, None) => {
                let why = format!("{name} said nothing in its first {} seconds", patience.start.as_secs_f64());
                (self.started + patience.start, Some(why))
            }
            (None, Some(heard)) => {
                let why = format!("{name} said nothing for {} seconds", patience.silence.as_secs_f64());
                (heard.max(waiting) + patience.silence, Some(why))
            }
        };
        if patience.deadline < until {
            return (patience.deadline, Some(self.too_long()));
        }
        (until, why)
    }

    fn too_long(&self) -> String {
        format!("{} has not ended in {} seconds", self.name, self.patience.total.as_secs_f64())
    }

    /// After the end of its output: how it ended. A failure repeats the end of its log.
    pub(super) async fn end(mut self) -> Result<()> {
        let status = match self.ended {
            Some((status, _)) => Some(status),
            None => timeout(self.patience.stop, self.child.wait()).await.ok().transpose()?,
        };
        let Some(status) = status else {
            let why =
                format!("{} closed its output, but did not end in {} s", self.name, self.patience.stop.as_secs_f64());
            return Err(self.stop(anyhow!(why)).await);
        };
        self.group.kill();
        // What it wrote before its end is in the pipe.
        self.log.end(LEFTOVERS).await;
        ensure!(status.success(), "{} {}{}", self.name, ending(status), self.log.last_words());
        Ok(())
    }

    /// Ends it in good order or by force, and says why.
    pub(super) async fn stop(mut self, why: anyhow::Error) -> anyhow::Error {
        if self.ended.is_none() {
            self.group.signal(Signal::TERM);
            let drain = async {
                // A program that waits for a reader would not hear the signal.
                let (mut sink, mut rest) = (tokio::io::sink(), &mut self.stdout);
                let _ = tokio::io::copy(&mut rest, &mut sink).await;
                std::future::pending::<()>().await;
            };
            tokio::select! {
                _ = self.child.wait() => {}
                () = drain => {}
                () = tokio::time::sleep(self.patience.stop) => {}
            }
        }
        self.group.kill();
        let _ = self.child.wait().await;
        self.log.end(LEFTOVERS).await;
        let words = self.log.last_words();
        if words.is_empty() { why } else { anyhow!("{why:#}{words}") }
    }
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended, nobody knows how".into(),
    }
}
