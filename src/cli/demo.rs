//! `demo`: a simulated company from its APIs to its mails, on this machine alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::{init, print};
use crate::config::{Config, Secrets, Usage};
use crate::pipeline::{self, Run};
use crate::sandbox::{Company, Options, Server, write_files};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Afterwards, in the folder: archive/ (open index.html in a browser), outbox/ (one .eml per mail), \
    bizreview.toml (the configuration used), files/ (the company's own CSV files)."
)]
pub struct Args {
    /// Where to put everything.
    #[arg(long, default_value = "bizreview-demo", value_name = "DIR")]
    out: PathBuf,
    /// Another seed is another company.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Weeks of history; the simulated stories need 12.
    #[arg(long, default_value_t = 110, value_parser = clap::value_parser!(u32).range(12..=520))]
    weeks: u32,
    /// About how many customers ever joined.
    #[arg(long, default_value_t = 400)]
    accounts: u32,
}

/// The port the shipped configuration names.
const SHIPPED_ADDRESS: &str = "127.0.0.1:4010";
/// Marks a folder that a demo made and a later one may empty.
const MARK: &str = ".bizreview-demo";

pub async fn run(args: &Args, now: Timestamp) -> Result<u8> {
    prepare_folder(&args.out)?;
    let mut options = Options::new(now);
    (options.seed, options.weeks, options.accounts) = (args.seed, args.weeks, args.accounts);
    eprintln!("simulating {} customers over {} weeks", options.accounts, options.weeks);
    let company = tokio::task::block_in_place(|| Company::simulate(&options));
    let company = Arc::new(company);
    write_files(&company, &args.out.join("files"))?;
    std::fs::write(args.out.join("bizreview.toml"), init::SHIPPED).context("cannot write bizreview.toml")?;
    let server = Server::start(company, &options, 0).await.context("cannot start the simulated APIs")?;
    eprintln!("billing, support, product and status APIs answer on http://{}", server.addr);
    let summary = review(args, &server, &options.token, now).await;
    server.stop().await;
    let summary = summary?;
    super::run::show(&summary);
    let out = std::path::absolute(&args.out)?;
    println!("mails: {}", out.join("outbox").display());
    println!("archive: {}", out.join("store/archive/index.html").display());
    Ok(summary.exit_code as u8)
}

async fn review(args: &Args, server: &Server, token: &str, now: Timestamp) -> Result<pipeline::Summary> {
    let text = init::SHIPPED.replace(SHIPPED_ADDRESS, &server.addr.to_string());
    let config = Config::parse(&text, &std::path::absolute(&args.out)?).context("the shipped configuration")?;
    let secrets = ["BILLING_TOKEN", "SUPPORT_TOKEN", "PRODUCT_TOKEN", "STATUS_TOKEN"]
        .iter()
        .fold(Secrets::default(), |secrets, name| secrets.with(name, token));
    let environment = super::environment_of(Arc::new(config), secrets, "demo", now)?;
    let run = Run { progress: print::progress(), ..Run::plain("demo") };
    pipeline::run(&environment, &run).await
}

fn prepare_folder(folder: &Path) -> Result<()> {
    let is_ours = folder.join(MARK).exists();
    if folder.exists() && !is_ours && folder.read_dir()?.next().is_some() {
        bail!(Usage(format!("{} is not empty and not a demo's: choose another folder with --out", folder.display())));
    }
    if is_ours {
        for name in ["store", "outbox", "files", "bizreview.toml"] {
            let path = folder.join(name);
            let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            if let Err(error) = removed
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
        }
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    std::fs::write(folder.join(MARK), "a later demo may empty this folder\n")?;
    Ok(())
}
