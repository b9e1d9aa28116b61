//! `forget`: a customer's right to be forgotten.

use anyhow::Result;

use super::print;
use crate::pipeline::{self, Environment, Forget, Words};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The customer is left out of landing, quarantine, warehouse and the ledger's texts; its names and ids are \
    replaced by [erased] in archived editions, which say so and keep the figures they published; mails that name it lose their \
    bytes. What the sources still send of it does not land again. An interrupted run is finished by the next, or by --resume.
Start with --dry-run: it shows every name and id that is looked for, and where. A name that is also a common word is replaced \
wherever it stands as a word.
Comments and promises that name the customer are shown, and the erasure waits: --comments replaces the names, --keep-comments \
leaves them.

Not erased: mails that were delivered, backups that were made (after restoring one, forget again), the source systems (erase the \
customer there), your own files/ and bizreview.toml, what records of other customers say of it when they land anew, pictures in \
editions, and the published totals, which are the company's own. \
A person who uses several customers' accounts is only forgotten with the one named.

Examples:
  bizreview forget --customer cus_NffrFeUfNV2Hib --dry-run
  bizreview forget --customer cus_NffrFeUfNV2Hib --reason 'request of 12 November'
  bizreview forget --resume --comments"
)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command line")]
pub struct Args {
    /// An account's id, its id in any system, or its exact name
    #[arg(long, value_name = "ID", required_unless_present = "resume", conflicts_with = "resume")]
    customer: Option<String>,
    /// Finish an erasure that was interrupted, or that waits for comments to be read
    #[arg(long)]
    resume: bool,
    /// Show what would be touched, and touch nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace names in comments and promises, too
    #[arg(long, conflicts_with = "keep_comments")]
    comments: bool,
    /// Leave comments and promises as they are: somebody has read them
    #[arg(long)]
    keep_comments: bool,
    /// Kept with the record of the erasure. Do not name the customer in it
    #[arg(long)]
    reason: Option<String>,
    /// Who does it (default: your user name)
    #[arg(long, default_value_t = super::person(), hide_default_value = true)]
    author: String,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    // a look changes nothing, and who began an erasure is known
    if !args.dry_run && !args.resume {
        super::named(&args.author)?;
    }
    let request = Forget {
        customer: args.customer.clone(),
        dry_run: args.dry_run,
        words: match (args.comments, args.keep_comments) {
            (true, _) => Words::Redact,
            (_, true) => Words::Keep,
            _ => Words::Ask,
        },
        author: args.author.clone(),
        reason: args.reason.clone(),
    };
    let done = tokio::task::block_in_place(|| pipeline::forget(environment, &request))?;
    if let Some(before) = &done.before {
        println!("forgotten already, on {} by {}; nothing is left to do", before.finished_at, before.author);
        return Ok(0);
    }
    let row = |(one, other): &(String, String)| vec![Some(one.clone()), Some(other.clone())];
    if args.dry_run {
        print!("{}", print::table(&["looked for", ""], &done.looked_for.iter().map(row).collect()));
    }
    let place = if args.dry_run { "would be touched" } else { "touched" };
    print!("{}", print::table(&[place, ""], &done.touched.iter().map(row).collect()));
    for text in &done.naming {
        println!("{} {}: {}", text.table, text.id, text.text);
    }
    for problem in &done.problems {
        eprintln!("problem: {problem}");
    }
    if !args.dry_run {
        eprintln!("hint: delivered mails, backups already made and the source systems still know the customer");
    }
    Ok(u8::from(!done.problems.is_empty()))
}
