//! A run is killed at a moment of its own, started again until it ends, and its store held against one that was left alone.

use std::time::Duration;

use super::company::{Desk, NOW};
use super::inspect::{self, Mail, differences};
use super::sink::Stage;
use super::victim::{LATER, Moment, PERIOD, Plant, REPORT, Running, Sign, ask};

/// Phases of a run, with how many of two hundred kills belong to each.
pub const PHASES: [(&str, usize); 7] = [
    ("pull", 30),
    ("load, build", 35),
    ("measure, render", 30),
    ("archive", 20),
    ("enqueue", 15),
    ("sending, else", 20),
    ("DATA to its reply", 50),
];

/// One kill, and how the work goes on.
#[derive(Debug, Clone)]
pub struct Kill {
    pub phase: &'static str,
    pub moment: Moment,
    /// Killed once more at this moment when it is started again.
    pub again: Option<Moment>,
    /// By the service instead of by hand.
    pub served: bool,
}

/// How long the phases of an undisturbed run took, and what it left.
pub struct Reference {
    times: Times,
    records: Vec<String>,
    cursors: Vec<String>,
    staging: Vec<String>,
    words: String,
    published: Vec<String>,
    next: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    pull: Duration,
    load: Duration,
    render: Duration,
    archive: Duration,
    enqueue: Duration,
}

/// What one kill came to.
pub struct Outcome {
    pub mail: Mail,
    /// Whether it hit: the process was alive.
    pub hit: bool,
    pub faults: Vec<String>,
}

const RUN: [&str; 2] = ["run", REPORT];
const SERVE: [&str; 3] = ["serve", "--bind", "127.0.0.1:0"];

impl Reference {
    /// One run that nobody kills.
    pub fn new(plant: &Plant) -> Reference {
        plant.sink.forget();
        let desk = plant.copy();
        let running = Running::start(&desk, &RUN);
        let started = running.started;
        let ended = running.end();
        assert_eq!(ended.code, Some(0), "{}", ended.text());
        let at = |part: &str| ended.said.iter().find(|(_, line)| line.contains(part)).map(|(at, _)| *at - started);
        let built = ended.said.iter().filter(|(_, line)| line.contains("built")).map(|(at, _)| *at - started).max();
        let (loaded, built, archived) = (at("loaded").unwrap(), built.unwrap(), at("edition archived").unwrap());
        let contact = plant.sink.first_contact().unwrap() - started;
        let times = Times {
            pull: loaded.mul_f64(0.7),
            load: loaded.mul_f64(0.3),
            render: archived.saturating_sub(built),
            archive: Duration::from_millis(25),
            enqueue: contact.saturating_sub(archived),
        };
        let store = desk.join("store");
        let (mail, faults) = inspect::mail(&store, plant.readers, &plant.sink.accepted());
        let all = plant.readers;
        assert_eq!(mail, Mail { readers: all, delivered: all, ..Mail::default() });
        assert!(faults.is_empty(), "{faults:?}");
        let (records, cursors) = (inspect::records(&store), inspect::cursors(&store));
        let (staging, words) = (inspect::staging(&store), inspect::words(&store));
        let published = inspect::published(&store);
        let next = next_pull(plant, desk);
        Reference { times, records, cursors, staging, words, published, next }
    }

    /// One kill of each kind that differs in what it leaves.
    pub fn one_each(&self, seed: u64, readers: usize) -> Vec<Kill> {
        let mut random = fastrand::Rng::with_seed(seed);
        let kinds = [(0, 2), (1, 4), (2, 0), (3, 0), (4, 1), (5, 3), (6, 1), (6, 2), (6, 3), (6, 4)];
        let kill = |(phase, nth): (usize, usize)| {
            let (phase, _) = PHASES[phase];
            let moment = self.moment(phase, nth, &mut random, readers);
            Kill { phase, moment, again: None, served: nth == 4 }
        };
        kinds.into_iter().map(kill).collect()
    }

    #[allow(dead_code, reason = "what the soak does")]
    /// So many kills, each phase with its share, at random moments within it and in random order.
    pub fn plan(&self, total: usize, seed: u64, readers: usize) -> Vec<Kill> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut kills = Vec::new();
        for (phase, share) in PHASES {
            for nth in 0..(share * total).div_ceil(200) {
                let moment = self.moment(phase, nth, &mut random, readers);
                let again = (nth % 5 == 4).then(|| self.moment(phase, nth + 1, &mut random, readers));
                kills.push(Kill { phase, moment, again, served: nth % 4 == 3 });
            }
        }
        random.shuffle(&mut kills);
        kills
    }

    fn moment(&self, phase: &str, nth: usize, random: &mut fastrand::Rng, readers: usize) -> Moment {
        let mut within = |limit: Duration| limit.mul_f64(random.f64());
        let Times { pull, load, render, archive, enqueue } = self.times;
        let now = Duration::ZERO;
        let mail = 1 + nth * 7 % readers.saturating_sub(2).max(1);
        match (phase, nth % 5) {
            ("pull", 0 | 1) => Moment(Sign::Start, within(pull)),
            ("pull", _) => Moment(Sign::Landing(1 + nth % 9), within(Duration::from_millis(4))),
            ("load, build", 0 | 1) => Moment(Sign::Lock, within(load)),
            ("load, build", 2) => Moment(Sign::Line("loaded", 0), within(Duration::from_millis(20))),
            ("load, build", _) => Moment(Sign::Line("built", nth * 2), within(Duration::from_millis(5))),
            ("measure, render", _) => Moment(Sign::Line("marts.walk", 0), within(render.mul_f64(0.7))),
            ("archive", 0..=2) => Moment(Sign::Draft, within(archive)),
            ("archive", 3) => Moment(Sign::Edition, now),
            ("archive", _) => Moment(Sign::Edition, within(archive)),
            ("enqueue", 0) => Moment(Sign::Line("edition archived", 0), now),
            ("enqueue", _) => Moment(Sign::Line("edition archived", 0), within(enqueue)),
            ("sending, else", 0) => Moment(Sign::Mail(Stage::Hello, 0, true), now),
            ("sending, else", 1 | 2) => Moment(Sign::Mail(Stage::Rcpt, mail, true), now),
            ("sending, else", 3) => Moment(Sign::Mail(Stage::Answered, mail, true), within(Duration::from_millis(3))),
            ("sending, else", _) => {
                Moment(Sign::Mail(Stage::Answered, readers - 1, true), within(Duration::from_millis(3)))
            }
            (_, 0) => Moment(Sign::Mail(Stage::Data, mail, true), now),
            (_, 1) => Moment(Sign::Mail(Stage::Open, mail, true), within(Duration::from_millis(2))),
            (_, 2) => Moment(Sign::Mail(Stage::Body, mail, nth.is_multiple_of(2)), now),
            (_, 3) => Moment(Sign::Mail(Stage::Dot, mail, true), now),
            (_, _) => Moment(Sign::Mail(Stage::Dot, mail, false), now),
        }
    }

    /// Kills, starts again, looks. `thorough` also pulls what comes next.
    pub fn kill(&self, plant: &Plant, kill: &Kill, thorough: bool) -> Outcome {
        plant.sink.forget();
        let desk = plant.copy();
        let store = desk.join("store");
        let arguments: &[&str] = if kill.served { &SERVE } else { &RUN };
        let mut hit = Running::start(&desk, arguments).kill_at(&kill.moment, &plant.sink);
        if let Some(moment) = &kill.again {
            hit |= Running::start(&desk, arguments).kill_at(moment, &plant.sink);
        }
        let mut faults = Vec::new();
        let ended = if kill.served {
            let is_done = || {
                ask(&store, "select count(*) from occurrence where phase = 'send' and state in ('done', 'failed')")
                    != ["0"]
                    && ask(&store, "select count(*) from delivery where state in ('pending', 'sending')") == ["0"]
            };
            Running::start(&desk, arguments).end_when(is_done)
        } else {
            Running::start(&desk, arguments).end()
        };
        let (mail, wrong) = inspect::mail(&store, plant.readers, &plant.sink.accepted());
        faults.extend(wrong);
        if !kill.served && mail.uncertain > 0 && !(ended.code == Some(1) && ended.text().contains("is uncertain")) {
            faults.push(format!("uncertain mail is not told: exit {:?}\n{}", ended.code, ended.text()));
        }
        if !kill.served && mail.uncertain == 0 && ended.code != Some(0) {
            faults.push(format!("it ended with {:?}\n{}", ended.code, ended.text()));
        }
        faults.extend(inspect::ledger(&store));
        faults.extend(inspect::archive(&store));
        faults.extend(inspect::landing(&store));
        faults.extend(differences("records", &self.records, &inspect::records(&store)));
        faults.extend(differences("staging", &self.staging, &inspect::staging(&store)));
        faults.extend(differences("published", &self.published, &inspect::published(&store)));
        if !kill.served {
            // the service's clock runs
            faults.extend(differences("cursors", &self.cursors, &inspect::cursors(&store)));
            faults.extend(inspect::different_lines(&self.words, &inspect::words(&store)));
        }
        if thorough {
            let held = plant.sink.accepted().len();
            desk.run(&["run", REPORT, "--no-pull"]);
            if plant.sink.accepted().len() != held {
                faults.push("another run sends again".into());
            }
            faults.extend(differences("next pull", &self.next, &next_pull(plant, desk)));
        }
        if mail.duplicates + mail.lost > 0 {
            faults.push(format!("{mail:?}"));
        }
        Outcome { mail, hit, faults }
    }
}

/// What is there after the next day's pull.
fn next_pull(plant: &Plant, desk: Desk) -> Vec<String> {
    let desk = desk.edit(&plant.apis.address, &plant.later.address);
    let said = desk.run_at(LATER, &["pull"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    inspect::records(&desk.join("store"))
}

/// The moment a kill is about, in words.
pub fn told(kill: &Kill) -> String {
    let by = if kill.served { "serve" } else { "run" };
    let again = kill.again.as_ref().map_or_else(String::new, |again| format!(", again at {again:?}"));
    format!("{} ({by}, {NOW}, {PERIOD}): {:?}{again}", kill.phase, kill.moment)
}
