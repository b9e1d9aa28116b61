//! A store that has something to pull and to send to many readers, and the binary run on copies of it until it is killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::company::{Apis, Desk, NOW, SHIPPED, soon};
use super::sink::{Sink, Stage};

/// When the store was pulled last: there is a weekend to pull.
const THEN: &str = "2026-11-13T09:00:00Z";
/// When it is pulled next.
pub const LATER: &str = "2026-11-17T09:00:00Z";
pub const REPORT: &str = "support";
pub const PERIOD: &str = "2026-W46";

/// The store, its sources, and the mail server it sends to.
pub struct Plant {
    desk: Desk,
    pub apis: Apis,
    pub later: Apis,
    pub sink: Sink,
    pub readers: usize,
}

impl Plant {
    /// One report for so many readers, its schedule seen by the service and nothing owed yet.
    pub fn new(readers: usize) -> Plant {
        let (apis, later, sink) = (Apis::failing(&[]), Apis::failing(&[]), Sink::start());
        later.set_clock(LATER);
        apis.set_clock(THEN);
        let desk = Desk::new(&apis);
        std::fs::write(desk.join("bizreview.toml"), config(&apis.address, sink.port, readers)).unwrap();
        desk.run_at(THEN, &["pull"]).exits(0);
        desk.run_at(THEN, &["values", "mrr"]).exits(0);
        let mut service = desk.command(&["serve", "--bind", "127.0.0.1:0"]);
        let mut service = service.env("BIZREVIEW_NOW", THEN).stderr(Stdio::null()).spawn().unwrap();
        let is_seen = || ask(&desk.join("store"), "select count(*) from occurrence") != ["0"];
        assert!(soon(20, is_seen), "the service has not seen its report");
        terminate(&service);
        service.wait().unwrap();
        apis.set_clock(NOW);
        Plant { desk, apis, later, sink, readers }
    }

    pub fn copy(&self) -> Desk {
        Desk::copy_of(&self.desk)
    }
}

fn config(apis: &str, port: u16, readers: usize) -> String {
    let shipped = SHIPPED.split("[reports.executive]").next().unwrap();
    let readers: Vec<String> = (1..=readers).map(|n| format!("\"reader{n}@northwind-reports.example\"")).collect();
    let report = format!(
        "[reports.{REPORT}]\ntitle = \"Support review\"\nteam = \"support\"\nto = [{}]\ncron = \"0 8 * * MON\"\n\
         metrics = [\"first_reply_sla\", \"backlog\"]\nlists = [\"oldest_open_tickets\"]\n",
        readers.join(", ")
    );
    shipped.replace("127.0.0.1:4010", apis).replace(
        "transport = \"dir:outbox\"",
        &format!("transport = \"smtp://127.0.0.1:{port}\"\napprove_recipients = false"),
    ) + &report
}

/// Asks a process to end.
pub fn terminate(process: &Child) {
    signal(process, "-TERM");
}

fn signal(process: &Child, name: &str) {
    let id = process.id().to_string();
    assert!(std::process::Command::new("kill").args([name, &id]).status().unwrap().success());
}

/// The first column of a query on a ledger.
pub fn ask(store: &Path, sql: &str) -> Vec<String> {
    let ledger = rusqlite::Connection::open(store.join("ledger.sqlite")).unwrap();
    ledger.busy_timeout(Duration::from_secs(10)).unwrap();
    let Ok(mut query) = ledger.prepare(sql) else { return Vec::new() };
    let text = |row: &rusqlite::Row<'_>| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(n) => n.to_string(),
            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        })
    };
    query.query_map([], text).unwrap().map(Result::unwrap).collect()
}

/// Whether nobody is writing to a ledger.
pub fn is_writable(store: &Path) -> bool {
    let ledger = rusqlite::Connection::open(store.join("ledger.sqlite")).unwrap();
    ledger.busy_timeout(Duration::ZERO).unwrap();
    ledger.execute_batch("begin immediate; rollback").is_ok()
}

/// What tells from outside how far a run is.
#[derive(Debug, Clone)]
pub enum Sign {
    Start,
    /// So many landing files that were not there before.
    Landing(usize),
    /// It has the warehouse.
    Lock,
    /// The nth message that contains this.
    Line(&'static str, usize),
    /// The edition is being written.
    Draft,
    /// The edition is in its place.
    Edition,
    /// The mail server is at this stage for the nth time; whether it keeps a message in hand.
    Mail(Stage, usize, bool),
}

/// A sign, and how long after it.
#[derive(Debug, Clone)]
pub struct Moment(pub Sign, pub Duration);

/// A process on its way.
pub struct Running {
    child: Child,
    pub started: Instant,
    lines: Receiver<(Instant, String)>,
    pub said: Vec<(Instant, String)>,
    store: PathBuf,
    landed: usize,
}

impl Running {
    pub fn start(desk: &Desk, arguments: &[&str]) -> Running {
        Running::start_at(desk, NOW, arguments)
    }

    pub fn start_at(desk: &Desk, now: &str, arguments: &[&str]) -> Running {
        let store = desk.join("store");
        let landed = landing_files(&store);
        let mut command = desk.command(arguments);
        command.env("BIZREVIEW_NOW", now);
        let child = command.arg("-vv").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        Running::watch(child, store, landed)
    }

    fn watch(mut child: Child, store: PathBuf, landed: usize) -> Running {
        let (sender, lines) = channel();
        let pipe = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in pipe.lines().map_while(Result::ok) {
                let _ = sender.send((Instant::now(), line));
            }
        });
        Running { child, started: Instant::now(), lines, said: Vec::new(), store, landed }
    }

    /// Kills it (SIGKILL) at the moment; `false` when it had ended by itself before.
    pub fn kill_at(&mut self, moment: &Moment, sink: &Sink) -> bool {
        let held = match moment.0 {
            Sign::Mail(stage, nth, keeps) => Some(sink.trap(stage, nth, keeps)),
            _ => None,
        };
        let is_there = |running: &mut Running| match &moment.0 {
            Sign::Mail(..) => held.as_ref().is_some_and(|held| held.reached.try_recv().is_ok()),
            sign => running.shows(sign),
        };
        while !is_there(self) {
            if self.child.try_wait().unwrap().is_some() || self.started.elapsed() > Duration::from_mins(2) {
                let _ = self.child.kill();
                let _ = self.child.wait();
                sink.disarm();
                return false;
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        std::thread::sleep(moment.1);
        let in_time = self.child.try_wait().unwrap().is_none();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // only now may a server that was stopped go on
        drop(held);
        sink.disarm();
        in_time
    }

    /// Waits for a sign; `false` when it ended before.
    pub fn comes_to(&mut self, sign: &Sign) -> bool {
        while !self.shows(sign) {
            if !self.is_alive() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Stops it where it is until it is resumed.
    pub fn pause(&self) {
        signal(&self.child, "-STOP");
    }

    pub fn resume(&self) {
        signal(&self.child, "-CONT");
    }

    fn shows(&mut self, sign: &Sign) -> bool {
        self.said.extend(self.lines.try_iter());
        let edition = self.store.join("archive").join(REPORT).join(PERIOD);
        match sign {
            Sign::Start => true,
            Sign::Landing(files) => landing_files(&self.store) >= self.landed + files,
            Sign::Lock => std::fs::read_to_string(self.store.join("warehouse.lock"))
                .is_ok_and(|text| text.starts_with(&format!("process {} ", self.child.id()))),
            Sign::Line(part, nth) => self.said.iter().filter(|(_, line)| line.contains(part)).count() > *nth,
            Sign::Draft => edition.join(format!(".tmp-{}", self.child.id())).exists(),
            Sign::Edition => edition.join("1").exists(),
            Sign::Mail(..) => false,
        }
    }

    /// Lets it come to its end.
    pub fn end(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        while let Ok(line) = self.lines.recv() {
            self.said.push(line);
        }
        Ended { code: status.code(), said: std::mem::take(&mut self.said) }
    }

    /// Asks it to stop once this is so, and lets it.
    pub fn end_when(self, is_so: impl FnMut() -> bool) -> Ended {
        let in_time = soon(120, is_so);
        terminate(&self.child);
        let ended = self.end();
        assert!(in_time, "it did not come to that in two minutes: {}", ended.text());
        ended
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Ended {
    pub code: Option<i32>,
    pub said: Vec<(Instant, String)>,
}

impl Ended {
    pub fn text(&self) -> String {
        self.said.iter().flat_map(|(_, line)| [line.as_str(), "\n"]).collect()
    }
}

fn landing_files(store: &Path) -> usize {
    let below =
        |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect::<Vec<_>>();
    let streams = below(&store.join("landing")).into_iter().flat_map(|source| below(&source));
    streams.map(|stream| below(&stream).len()).sum()
}
