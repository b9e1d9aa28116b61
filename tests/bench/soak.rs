//! What the test suite has no time for: the service broken many times over, for long, and left idle.
//!
//! `cargo bench --profile dev --bench soak -- kill [COUNT] [SEED]` kills a run at so many instants (200) and prints the table;
//! `disk [late]` runs out of space at ever later moments of a run; `idle [SECONDS]` measures a service that has nothing to do, before and
//! after a run; `resume [COUNT] [SEED]` kills one long pull at so many instants and tells where each next one goes on; `month [SEED]`
//! lives thirty days with twenty reports around each change of the clocks. `TESTED_BINARY=PATH` breaks another binary than the one
//! just built.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench prints, and fails by panicking"
)]
#![allow(dead_code, reason = "the tests' support has more than this needs")]

mod resume;
#[path = "../it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use resume::trace;
use support::inspect::{self, Mail};
use support::island::on_full_disk;
use support::kills::{PHASES, Reference, told};
use support::month::{live, status_of};
use support::sink::Stage;
use support::victim::{Plant, REPORT, Running, ask};
use support::world::Kind;

const READERS: usize = 60;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let number = |nth: usize, default: u64| arguments.get(nth).map_or(default, |text| text.parse().unwrap());
    let is_well = match arguments.first().map(String::as_str) {
        Some("disk") => disk(arguments.get(1).is_some_and(|a| a == "late")),
        Some("idle") => idle(number(1, 60)),
        Some("month") => month(number(1, 1)),
        Some("resume") => {
            [Kind::Since, Kind::LastId].into_iter().all(|kind| trace(kind, number(1, 25) as usize, number(2, 1)))
        }
        Some("kill") => kill(number(1, 200) as usize, number(2, 1)),
        _ => {
            println!("kill [COUNT] [SEED] | resume [COUNT] [SEED] | disk [late] | idle [SECONDS] | month [SEED]");
            true
        }
    };
    std::process::exit(i32::from(!is_well));
}

fn kill(count: usize, seed: u64) -> bool {
    let started = Instant::now();
    let plant = Plant::new(READERS);
    let reference = Reference::new(&plant);
    let plan = reference.plan(count, seed, READERS);
    println!("a store is made in {:.0} s; {} kills, seed {seed}", started.elapsed().as_secs_f64(), plan.len());
    let mut table: Vec<(usize, usize, Mail)> = vec![(0, 0, Mail::default()); PHASES.len()];
    let mut faults = 0;
    for (nth, kill) in plan.iter().enumerate() {
        let outcome = reference.kill(&plant, kill, nth % 8 == 0);
        let phase = PHASES.iter().position(|(name, _)| *name == kill.phase).unwrap();
        table[phase].0 += 1;
        table[phase].1 += usize::from(!outcome.hit);
        table[phase].2 += outcome.mail;
        faults += outcome.faults.len();
        for fault in &outcome.faults {
            println!("FAULT {}: {fault}", told(kill));
        }
        if nth + 1 == plan.len() || nth % 20 == 19 {
            print(&table);
            println!("{faults} faults; {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    faults == 0
}

fn print(table: &[(usize, usize, Mail)]) {
    println!(
        "\n{:<18} {:>6} {:>7} {:>11} {:>10} {:>11} {:>10} {:>5}",
        "phase", "kills", "missed", "recipients", "delivered", "duplicates", "uncertain", "lost"
    );
    let mut sum = (0, 0, Mail::default());
    let line = |name: &str, (kills, missed, mail): (usize, usize, Mail)| {
        println!(
            "{name:<18} {kills:>6} {missed:>7} {:>11} {:>10} {:>11} {:>10} {:>5}",
            mail.readers, mail.delivered, mail.duplicates, mail.uncertain, mail.lost
        );
    };
    for ((name, _), row) in PHASES.iter().zip(table) {
        line(name, *row);
        sum.0 += row.0;
        sum.1 += row.1;
        sum.2 += row.2;
    }
    line("all", sum);
}

/// Space on the store's disk, in kB.
const SPACES: [u64; 22] = [
    0, 8, 32, 64, 128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 10_240, 12_288, 16_384, 24_576,
    32_768, 65_536,
];

/// From when there is no more than that, as a shell tells it.
const WHENS: [(&str, &str); 4] = [
    ("start", "true"),
    ("archive", "grep -q marts.walk then.err"),
    ("enqueue", "[ -e store/archive/support/2026-W46/1 ]"),
    ("sending", "[ -e go ]"),
];

fn disk(only_late: bool) -> bool {
    let plant = Plant::new(READERS);
    let mut faults = 0;
    println!(
        "{:<8} {:>9} {:>5} {:>5} {:>9} {:>10}  what was said",
        "from", "kB free", "exit", "then", "delivered", "duplicates"
    );
    let from_start = SPACES.map(|free| (WHENS[0], free)).into_iter().filter(|_| !only_late);
    let later = WHENS[1..].iter().flat_map(|when| [0, 64, 1024, 4096].map(|free| (*when, free)));
    for ((name, when), free) in from_start.chain(later) {
        plant.sink.forget();
        let desk = plant.copy();
        let held = (name == "sending").then(|| plant.sink.trap(Stage::Open, 20, true));
        let go = (desk.join("go"), desk.join("filled"));
        let holder = std::thread::spawn(move || {
            if let Some(held) = held {
                held.reached.recv().unwrap();
                std::fs::write(&go.0, "").unwrap();
                assert!(support::company::soon(20, || go.1.exists()));
            }
        });
        let Some(told) = on_full_disk(&desk, free, when, &["-vv", "run", REPORT]) else { return false };
        holder.join().unwrap();
        let store = desk.join("store");
        let (mail, mut wrong) = inspect::mail(&store, READERS, &plant.sink.accepted());
        wrong.extend(inspect::ledger(&store));
        wrong.extend(inspect::archive(&store));
        wrong.extend(inspect::landing(&store));
        let code = |code: Option<i32>| code.map_or("-".to_owned(), |code| code.to_string());
        println!(
            "{name:<8} {free:>9} {:>5} {:>5} {:>9} {:>10}",
            code(told.then.code),
            code(told.after.code),
            mail.delivered,
            mail.duplicates
        );
        let text = told.then.err.lines().filter(|line| !line.contains("INFO") && !line.contains("DEBUG"));
        text.take(12).for_each(|line| println!("            {line}"));
        if told.after.code != Some(0) {
            let text = told.after.err.lines().filter(|line| !line.contains("INFO") && !line.contains("DEBUG"));
            text.take(12).for_each(|line| println!("      after: {line}"));
        }
        for fault in &wrong {
            println!("FAULT {free} kB: {fault}");
        }
        faults += wrong.len();
    }
    println!("{faults} faults");
    faults == 0
}

fn idle(seconds: u64) -> bool {
    let plant = Plant::new(READERS);
    let desk = plant.copy();
    let store = desk.join("store");
    // its report is due while it runs
    let service = Running::start_at(&desk, "2026-11-16T06:58:00Z", &["serve", "--bind", "127.0.0.1:0"]);
    std::thread::sleep(Duration::from_secs(5));
    println!("{:<16} {:>8} {:>8} {:>8} {:>16}", "", "RSS MB", "anon MB", "peak MB", "CPU ms a minute");
    let mut largest: u64 = 0;
    let mut measure = |name: &str| {
        let before = ticks(service.id());
        std::thread::sleep(Duration::from_secs(seconds));
        let spent = (ticks(service.id()) - before) * 10 * 60 / seconds;
        let of = |name| status_of(service.id(), name);
        let rss = of("VmRSS:");
        largest = largest.max(rss);
        let mb = |kb: u64| kb as f64 / 1024.0;
        println!("{name:<16} {:>8.1} {:>8.1} {:>8.1} {spent:>16}", mb(rss), mb(of("RssAnon:")), mb(of("VmHWM:")));
    };
    measure("idle");
    let is_done =
        || ask(&store, "select count(*) from occurrence where phase = 'send' and state in ('done', 'failed')") != ["0"];
    let in_time = support::company::soon(400, is_done);
    println!("{}", if in_time { "a run is over" } else { "no run came" });
    std::thread::sleep(Duration::from_secs(10));
    measure("after a run");
    let ended = service.end_when(|| true);
    println!("{}", ended.text().lines().filter(|l| !l.contains("DEBUG")).take(20).collect::<Vec<_>>().join("\n"));
    in_time && largest <= 40 * 1024
}

/// User and system time, in hundredths of a second.
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn month(seed: u64) -> bool {
    println!(
        "{:<12} {:>8} {:>6} {:>7} {:>9} {:>6} {:>7} {:>11} {:>12}",
        "30 days from", "promised", "done", "missed", "restarts", "kills", "faults", "MB at day 1", "MB at day 30"
    );
    let mut is_well = true;
    for from in ["2026-03-10", "2026-10-20"] {
        let month = live(&format!("{from}T00:00:00Z"), 30, 5, seed);
        let mb = |kb: Option<&u64>| kb.map_or(0.0, |kb| *kb as f64 / 1024.0);
        println!(
            "{from:<12} {:>8} {:>6} {:>7} {:>9} {:>6} {:>7} {:>11.1} {:>12.1}",
            month.promised,
            month.done,
            month.missed,
            month.restarts,
            month.kills,
            month.faults.len(),
            mb(month.memory.first()),
            mb(month.memory.last())
        );
        month.faults.iter().take(20).for_each(|fault| println!("FAULT {fault}"));
        is_well &= month.faults.is_empty();
    }
    is_well
}
