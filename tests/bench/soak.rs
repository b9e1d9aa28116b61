//! What the test suite has no time for: the service broken many times over, for long, and left idle.
//!
//! `cargo bench --profile dev --bench soak -- kill [COUNT] [SEED]` kills a run at so many instants (200) and prints the table.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench prints, and fails by panicking"
)]
#![allow(dead_code, reason = "the tests' support has more than this needs")]

#[path = "../it/support/mod.rs"]
mod support;

use std::time::Instant;

use support::inspect::Mail;
use support::kills::{PHASES, Reference, told};
use support::victim::Plant;

const READERS: usize = 60;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let number = |nth: usize, default: u64| arguments.get(nth).map_or(default, |text| text.parse().unwrap());
    let is_well = match arguments.first().map(String::as_str) {
        Some("kill") => kill(number(1, 200) as usize, number(2, 1)),
        _ => {
            println!("kill [COUNT] [SEED]");
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
    }
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
        line(name, row);
        sum.0 += row.0;
        sum.1 += row.1;
        sum.2 += row.2;
    }
    line("all", sum);
    println!("{faults} faults; {:.0} s", started.elapsed().as_secs_f64());
    faults == 0
}
