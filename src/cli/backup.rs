//! `backup`: everything that cannot be pulled or made again, in one folder.

use std::path::PathBuf;

use anyhow::Result;

use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "In it: the ledger (cursors, runs, editions, mails, comments, promises), landing and the archive, each file \
    with its hash, checked by opening the backup before it gets its name. The service may run meanwhile.
Not in it: the warehouse, which is rebuilt from landing, and what is not in the store: the configuration, your files/, queries, \
templates and secrets. Keep those beside it.
A backup holds customers' data. `forget` does not reach into backups: after restoring one, forget again whom you have forgotten \
since."
)]
pub struct Args {
    /// An empty folder, or one that is not there.
    dir: PathBuf,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let manifest = tokio::task::block_in_place(|| pipeline::backup(environment, &args.dir, told("backing up")))?;
    println!("{}: {} files, {} bytes, verified", args.dir.display(), manifest.files.len(), manifest.bytes());
    Ok(0)
}

/// Says every tenth how far it is, where somebody looks.
pub(super) fn told(doing: &'static str) -> impl FnMut(usize, usize) {
    use std::io::IsTerminal;
    let is_seen = std::io::stderr().is_terminal();
    let mut last = 0;
    move |done, all| {
        let tenth = (done * 10).checked_div(all).unwrap_or(10);
        if is_seen && tenth != last {
            last = tenth;
            eprintln!("{doing}: {done} of {all} files");
        }
    }
}
