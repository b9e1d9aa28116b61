//! `sandbox`: the simulated company's APIs, and its truth.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::ValueEnum;
use jiff::Timestamp;

use super::print::{self, Format};
use crate::sandbox::bench::{self, Bench};
use crate::sandbox::{API_PATHS, Company, Fault, Grain, Options, Server, Stories, System, truth, write_files};
use crate::serve::stop_signal;

#[derive(Debug, clap::Args)]
#[command(after_help = format!("Examples:
  bizreview sandbox --port 4010                       what config/bizreview.toml expects
  bizreview sandbox --fault 'support:/tickets:429:times=2'
  bizreview sandbox --bench 200000                    how fast a pull is
  bizreview sandbox --truth month --format csv        what truly happened, from the simulation's own log

APIs: {}. The credential is `sandbox`.
POST /_sandbox/clock {{\"now\": \"2026-11-23T08:00:00Z\"}} moves the simulated present.", API_PATHS.join(" ")))]
pub struct Args {
    /// Port on 127.0.0.1; 0 takes any and prints it.
    #[arg(long, default_value_t = 4010)]
    port: u16,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Weeks of history; the simulated stories need 12.
    #[arg(long, default_value_t = 110, value_parser = clap::value_parser!(u32).range(12..=520))]
    weeks: u32,
    #[arg(long, default_value_t = 400)]
    accounts: u32,
    /// all, or none for a stable company.
    #[arg(long, default_value = "all")]
    stories: Stories,
    /// Systems that are connected: billing, support, product, status.
    #[arg(long, value_delimiter = ',')]
    connected: Vec<System>,
    /// What goes wrong, as system:path:kind[:times=N|every=N]; may be repeated.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// Enforce the vendors' rate limits.
    #[arg(long)]
    rate_limits: bool,
    /// Serve so many subscriptions of 1.7 kB and nothing else, from pages made beforehand, to measure a pull against. They are held
    /// in memory, 1.9 GB a million; any credential will do, and the present is 2026-11-16T09:00:00Z (`pull --now`).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000),
        conflicts_with_all = ["seed", "weeks", "accounts", "stories", "connected", "faults", "rate_limits", "files", "truth"])]
    bench: Option<u32>,
    /// Also write the company's own CSV files into this folder.
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Print the true values of this grain and exit.
    #[arg(long, value_enum, value_name = "GRAIN")]
    truth: Option<TruthGrain>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TruthGrain {
    Week,
    Month,
}

pub async fn run(args: &Args, now: Timestamp) -> Result<u8> {
    if let Some(records) = args.bench {
        return serve_bench(records as usize, args.port).await;
    }
    let mut options = Options::new(now);
    (options.seed, options.weeks, options.accounts) = (args.seed, args.weeks, args.accounts);
    options.stories = args.stories;
    options.rate_limits = args.rate_limits;
    options.faults.clone_from(&args.faults);
    if !args.connected.is_empty() {
        options.connected.clone_from(&args.connected);
    }
    let company = tokio::task::block_in_place(|| Company::simulate(&options));
    if let Some(folder) = &args.files {
        write_files(&company, folder)?;
    }
    if let Some(grain) = args.truth {
        return print_truth(&company, grain, args.format);
    }
    // listened for before anybody is told that it is there: as process 1 of a container it is not stopped otherwise
    let stopped = stop_signal()?;
    let server = Server::start(Arc::new(company), &options, args.port).await?;
    // at once: whoever starts it may read one line and leave
    println!("listening on http://{}\ncredential: {}", server.addr, options.token);
    stopped.await;
    server.stop().await;
    Ok(0)
}

/// Until it is told to stop.
async fn serve_bench(records: usize, port: u16) -> Result<u8> {
    let stopped = stop_signal()?;
    let server = tokio::task::block_in_place(|| Bench::start(records, port))?;
    let megabytes = server.bytes() / 1_000_000;
    println!("listening on http://{}\n{records} subscriptions at {}, {megabytes} MB", server.addr, bench::PATH);
    stopped.await;
    Ok(0)
}

fn print_truth(company: &Company, grain: TruthGrain, format: Format) -> Result<u8> {
    let grain = match grain {
        TruthGrain::Week => Grain::Week,
        TruthGrain::Month => Grain::Month,
    };
    let rows = truth(company, grain).into_iter().map(|t| {
        vec![
            Some(t.metric.to_owned()),
            Some(t.period),
            Some(t.segment_name.to_owned()),
            Some(t.segment_value),
            t.numerator.map(|d| d.to_string()),
            t.denominator.map(|d| d.to_string()),
            Some(t.n.to_string()),
            t.value.map(|d| d.to_string()),
        ]
    });
    let columns = ["metric", "period", "segment_name", "segment_value", "numerator", "denominator", "n", "value"];
    print::rows(&columns, &rows.collect(), format)?;
    Ok(0)
}
