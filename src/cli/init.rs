//! `init`: a commented configuration to start from.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::config::{Config, Usage};

/// The shipped configuration: the demo's, and the reference of every key.
pub const SHIPPED: &str = include_str!("../../config/bizreview.toml");

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bizreview init reviews --name \"Acme\" --domain acme.com --timezone America/New_York\n\nThen: fill in what the file asks for, export the secrets it names, and\n  \
    bizreview -c DIR/bizreview.toml check --online\n  bizreview -c DIR/bizreview.toml run --dry-run"
)]
pub struct Args {
    /// Folder to write bizreview.toml and files/ into.
    dir: PathBuf,
    /// The company, as printed at the top of each review.
    #[arg(long, default_value = "Your Company")]
    name: String,
    /// Its e-mail domain: sender and recipients are of it.
    #[arg(long, default_value = "your-company.example")]
    domain: String,
    /// IANA zone in which its days and weeks are cut.
    #[arg(long, default_value = "Europe/Berlin")]
    timezone: String,
    /// ISO 4217 code of its currency.
    #[arg(long, default_value = "usd")]
    currency: String,
}

pub fn run(args: &Args) -> Result<u8> {
    let path = args.dir.join("bizreview.toml");
    if path.exists() {
        bail!(Usage(format!("{} exists and is left alone; choose another folder", path.display())));
    }
    let text = live(SHIPPED)
        .replace("Northwind Reports", &args.name)
        .replace("northwind-reports.example", &args.domain)
        .replace("\"Europe/Berlin\"", &format!("{:?}", args.timezone))
        .replace("currency = \"usd\"", &format!("currency = {:?}", args.currency));
    Config::parse(&text, &args.dir).map_err(|error| Usage(format!("{error:#}")))?;
    std::fs::create_dir_all(args.dir.join("files")).with_context(|| format!("cannot create {}", args.dir.display()))?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {}", path.display());
    println!("next: edit it, export the secrets it names, then `bizreview -c {} check --online`", path.display());
    Ok(0)
}

/// The shipped file for a real company: lines marked `# sandbox` go, lines beginning with `#live ` come alive.
pub fn live(shipped: &str) -> String {
    let shipped = shipped.replace("As it stands it reviews the simulated company of `bizreview sandbox`.\n# ", "");
    let kept = shipped.lines().filter(|line| !line.contains("# sandbox"));
    let mut text = String::new();
    for line in kept.map(|line| line.strip_prefix("#live ").unwrap_or(line)) {
        if !(line.is_empty() && text.ends_with("\n\n")) {
            text += line;
            text.push('\n');
        }
    }
    text
}
