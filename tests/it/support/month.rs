//! Weeks of a service in minutes: its clock is set by hand, and it is stopped, killed and left off in between.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bizreview::config::Config;
use bizreview::ledger::Ledger;
use bizreview::ledger::occurrences::OccurrenceState::{self, Done, Failed, FirstSeen, Missed, Started};
use bizreview::schedule::{CATCH_UP, Occurrence, Phase};
use bizreview::serve::{Clock, Ended, Job, Service};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::scratch::Scratch;

/// Zones with a change of their clocks in spring and autumn, with none, with half and quarter hours, and a day ahead of others.
const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
];

/// Twenty reports: every zone at a quiet hour, and every one in the hour that clock changes skip or repeat.
fn config() -> (Config, Vec<(String, &'static str, i8)>) {
    let mut text = String::from(
        "[company]\nname = \"Acme\"\ntimezone = \"UTC\"\ncurrency = \"EUR\"\n[store]\npath = \"store\"\n\
         [mail]\nfrom = \"r@acme.example\"\n[operator]\nemail = \"ops@acme.example\"\n[teams.support]\nname = \"Support\"\n",
    );
    let mut reports = Vec::new();
    for (place, zone) in ZONES.iter().enumerate() {
        for hour in [2, 8] {
            let name = format!("r{place}_{hour}");
            text += &format!(
                "[reports.{name}]\ntitle = \"R\"\nteam = \"support\"\nto = [\"a@acme.example\"]\nmetrics = [\"sla/*\"]\n\
                 timezone = \"{zone}\"\ncron = \"30 {hour} * * *\"\n"
            );
            reports.push((name, *zone, hour));
        }
    }
    (Config::parse(&text, Path::new("/conf")).unwrap(), reports)
}

/// What a while of it came to.
#[derive(Debug, Default)]
pub struct Month {
    pub promised: usize,
    pub done: usize,
    pub missed: usize,
    pub restarts: usize,
    pub kills: usize,
    /// Resident memory at the end of each day, in kB.
    pub memory: Vec<u64>,
    pub faults: Vec<String>,
}

/// One process's life: it ends with its runtime, as `kill -9` ends a process.
struct Life {
    runtime: tokio::runtime::Runtime,
    beats: mpsc::Sender<()>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

/// What the lives have in common.
struct World {
    store: Scratch,
    config: Arc<Config>,
    now: Arc<Mutex<Timestamp>>,
    /// Sends that came to their end.
    ran: Arc<Mutex<BTreeMap<(String, Timestamp), usize>>>,
    /// While it is set, runs do not come to an end.
    stuck: Arc<Mutex<bool>>,
}

impl World {
    fn life(&self) -> Life {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ledger = Arc::new(Ledger::open(&self.store).unwrap());
        let (now, ran, stuck) = (self.now.clone(), self.ran.clone(), self.stuck.clone());
        let clock: Clock = Arc::new(move || *now.lock().unwrap());
        let work = move |job: Job| {
            let (ran, is_stuck) = (ran.clone(), *stuck.lock().unwrap());
            async move {
                if is_stuck {
                    std::future::pending::<()>().await;
                }
                if let Job::Scheduled(Occurrence { report, phase: Phase::Send, due_at, .. }) = job {
                    *ran.lock().unwrap().entry((report, due_at)).or_default() += 1;
                }
                Ok(Ended::Done)
            }
        };
        let (config, in_force) = watch::channel(self.config.clone());
        let service = Service::new(in_force, ledger, clock, work, || async { Ok(()) }).unwrap();
        let (beats, received) = mpsc::channel(1);
        let (stop, stopped) = watch::channel(false);
        let task = runtime.spawn(async move {
            let _config = config;
            service.run(received, stopped).await
        });
        Life { runtime, beats, stop, task }
    }
}

impl Life {
    /// One beat, and everything that follows from it.
    fn beat(&self) {
        self.runtime.block_on(async {
            self.beats.send(()).await.unwrap();
            for _ in 0..400 {
                tokio::task::yield_now().await;
            }
        });
    }

    fn stop(self) {
        self.stop.send(true).unwrap();
        self.runtime.block_on(self.task).unwrap().unwrap();
    }
}

/// So many days from a midnight (UTC), a beat every so many minutes.
pub fn live(from: &str, days: i64, step: i64, seed: u64) -> Month {
    let mut random = fastrand::Rng::with_seed(seed);
    let (config, reports) = config();
    let start: Timestamp = from.parse().unwrap();
    let end = start + SignedDuration::from_hours(24 * days);
    let world = World {
        store: Scratch::new("month"),
        config: Arc::new(config),
        now: Arc::new(Mutex::new(start)),
        ran: Arc::default(),
        stuck: Arc::default(),
    };
    let mut month = Month::default();
    let mut life = world.life();
    // outages: while one lasts nothing beats
    let mut outages = Vec::new();
    let mut now = start;
    while now <= end {
        *world.now.lock().unwrap() = now;
        life.beat();
        let minutes = match random.u32(..1000) {
            // stopped in an orderly way, or killed in the middle of whatever is in hand, and started again at once
            0..=5 => {
                month.restarts += 1;
                life.stop();
                life = world.life();
                step
            }
            6..=15 => {
                month.kills += 1;
                *world.stuck.lock().unwrap() = true;
                now += SignedDuration::from_mins(step);
                *world.now.lock().unwrap() = now;
                life.beat();
                drop(life);
                *world.stuck.lock().unwrap() = false;
                life = world.life();
                step
            }
            // off for hours, or for days
            16 => {
                drop(life);
                let hours = [3, 30, 60][random.usize(..3)];
                outages.push((now, now + SignedDuration::from_hours(hours)));
                month.kills += 1;
                now += SignedDuration::from_hours(hours);
                *world.now.lock().unwrap() = now;
                life = world.life();
                0
            }
            // a beat that is late, early or doubled
            _ => random.i64(1..2 * step),
        };
        let next = now + SignedDuration::from_mins(minutes);
        if next.as_second() / 86400 > now.as_second() / 86400 {
            month.memory.push(resident());
        }
        now = next;
    }
    // what is late at the end is not lost
    *world.now.lock().unwrap() = now;
    life.beat();
    life.stop();
    month.hold_against(&world, &reports, start, now, &outages);
    month
}

impl Month {
    fn hold_against(
        &mut self,
        world: &World,
        reports: &[(String, &str, i8)],
        start: Timestamp,
        end: Timestamp,
        outages: &[(Timestamp, Timestamp)],
    ) {
        let ledger = Ledger::open(&world.store).unwrap();
        let mut recorded: BTreeMap<(String, Timestamp), Vec<OccurrenceState>> = BTreeMap::new();
        for state in [Started, Done, Failed, Missed] {
            for row in ledger.occurrences(state).unwrap().into_iter().filter(|row| row.phase == Phase::Send) {
                recorded.entry((row.report, row.due_at)).or_default().push(state);
            }
        }
        assert_eq!(ledger.occurrences(FirstSeen).unwrap().len(), reports.len());
        let ran = world.ran.lock().unwrap();
        for (report, zone, hour) in reports {
            let promised = promised(zone, *hour, start, end);
            for (place, due_at) in promised.iter().copied().enumerate() {
                self.promised += 1;
                let next = promised.get(place + 1).copied().unwrap_or(Timestamp::MAX);
                // too old to be sent, or overtaken by a later one
                let may_miss = outages.iter().any(|(from, to)| {
                    (*from..=*to).contains(&due_at) && (next <= *to || to.duration_since(due_at) > CATCH_UP)
                });
                let key = (report.clone(), due_at);
                let states = recorded.remove(&key).unwrap_or_default();
                let times = ran.get(&key).copied().unwrap_or_default();
                match (states.as_slice(), times) {
                    ([Done], 1) => self.done += 1,
                    ([Missed], 0) if may_miss => self.missed += 1,
                    _ => self.faults.push(format!("{report} due {due_at}: {states:?}, ran {times} times")),
                }
            }
        }
        self.faults.extend(recorded.keys().map(|(report, at)| format!("{report} at {at} was never promised")));
    }
}

/// Half past an hour of every local day: at the end of a gap that swallows it, the first time where it is repeated.
fn promised(zone: &str, hour: i8, start: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let zone = TimeZone::get(zone).unwrap();
    let mut day = start.to_zoned(zone.clone()).date().yesterday().unwrap();
    let mut found = Vec::new();
    while day <= end.to_zoned(zone.clone()).date() {
        let wall = day.at(hour, 30, 0, 0);
        // a minute at a time: nothing of how the service finds it is used
        let mut at = day.at(0, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
        while at.to_zoned(zone.clone()).datetime() < wall {
            at += SignedDuration::from_mins(1);
        }
        if at > start && at <= end {
            found.push(at);
        }
        day = day.tomorrow().unwrap();
    }
    found
}

/// This process's memory, in kB.
fn resident() -> u64 {
    status_of(std::process::id(), "VmRSS:")
}

/// A figure of a process that the kernel tells in kB.
pub fn status_of(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
