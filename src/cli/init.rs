//! `init`: a commented configuration to start from.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The shipped configuration: the demo's, and the reference of every key.
pub const SHIPPED: &str = include_str!("../../config/bizreview.toml");

#[derive(Debug, clap::Args)]
#[command(after_help = "Then: fill in what the file asks for, export the secrets it names, and\n  \
    bizreview -c DIR/bizreview.toml check --online\n  bizreview -c DIR/bizreview.toml run --dry-run")]
pub struct Args {
    /// Folder to write bizreview.toml and files/ into.
    dir: PathBuf,
}

pub fn run(args: &Args) -> Result<u8> {
    let path = args.dir.join("bizreview.toml");
    if path.exists() {
        bail!("{} exists and is left alone; choose another folder", path.display());
    }
    std::fs::create_dir_all(args.dir.join("files")).with_context(|| format!("cannot create {}", args.dir.display()))?;
    std::fs::write(&path, live(SHIPPED)).with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {}", path.display());
    println!("next: edit it, export the secrets it names, then `bizreview -c {} check --online`", path.display());
    Ok(0)
}

/// The shipped file for a real company: lines marked `# sandbox` go, lines beginning with `#live ` come alive.
pub fn live(shipped: &str) -> String {
    let lines = shipped.lines().filter(|line| !line.contains("# sandbox"));
    lines.map(|line| line.strip_prefix("#live ").unwrap_or(line).to_owned() + "\n").collect()
}
