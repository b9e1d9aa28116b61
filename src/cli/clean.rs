//! `clean`: what is old and needed by nothing.

use anyhow::Result;

use super::print;
use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "[keep] says how long things are kept, and a manifest's retain_days or [sources.NAME.retain] how long the records of a \
    stream; `serve` cleans every night. A stream's history goes whatever reads it: what a key last was stays, tables are loaded anew, and \
    the replay of an edition that knew what is gone says so. Else, whatever its age, this stays: the latest \
    edition of a period and every edition that readers were mailed, landed records that the warehouse is rebuilt from or that the \
    replay of a kept edition reads, and the bytes of mails that are not settled."
)]
pub struct Args {
    /// Show what would go, and remove nothing.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let kept = if args.dry_run {
        pipeline::would_go(environment)?
    } else {
        tokio::task::block_in_place(|| pipeline::housekeep(environment))?
    };
    for line in &kept.listed {
        println!("{line}");
    }
    let row = |(kind, count, bytes): &(&str, u64, u64)| {
        vec![Some((*kind).to_owned()), Some(count.to_string()), Some(bytes.to_string())]
    };
    if kept.removed.is_empty() {
        println!("nothing is old enough to go");
    } else {
        let what = if args.dry_run { "would go" } else { "gone" };
        print!("{}", print::table(&[what, "count", "bytes"], &kept.removed.iter().map(row).collect()));
    }
    for problem in &kept.problems {
        eprintln!("problem: {problem}");
    }
    Ok(u8::from(!kept.problems.is_empty()))
}
