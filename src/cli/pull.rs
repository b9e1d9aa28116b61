//! `pull`: what is new from the sources, into landing.

use anyhow::Result;

use super::print;
use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bizreview pull\n  bizreview pull billing support\n  bizreview pull billing --full"
)]
pub struct Args {
    /// Names under [sources]; all that are enabled by default.
    sources: Vec<String>,
    /// Read everything again, not only what is new.
    #[arg(long)]
    full: bool,
}

pub async fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let outcomes = pipeline::pull(environment, &args.sources, args.full, print::progress()).await?;
    print!("{}", print::pulled(&outcomes));
    print::notes(&outcomes);
    let problems = pipeline::pull_problems(&outcomes);
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}
