//! `comment`: what an owner says of a figure.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::print::{self, Format, Rows};
use crate::calendar::Calendar;
use crate::config::Usage;
use crate::deliver::reply::LONGEST;
use crate::ledger::Ledger;
use crate::ledger::voices::CommentRow;
use crate::pipeline::{self, Answered, Environment, Refused, parse_period};

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "A comment belongs to a metric and a period, and is printed with it in the next edition of every report that shows \
it. What was sent stays as it was. Of one author's comments on a figure the latest is printed; none is forgotten. Comments are \
plain text; addresses that begin with https:// become links on the page.

A file (--file) is Markdown, a heading per figure and text under it:

  # anything
  ## first_reply_sla · 2026-W46
  Two of five agents were ill until Thursday; since Friday we are five again.

  ## csat · 2026-W46 · Ben Okafor
  A comment of another author than --author says.

A mail (--from-mail, on standard input) is an answer to what `bizreview ask` sent: the address it was sent to says which figure it \
is about, and the sender must be somebody who was asked or answers for them ([teams.NAME] owner, discussion, commenters, or a \
recipient of the team's reports). Quoted text and signature are left out. Exit code 0: noted, noted before, or sent by a machine (out of \
office) and ignored; 1: not taken, with the reason for the mail server to send back. In /etc/aliases:

  reviews: \"|bizreview -c /etc/bizreview.toml comment --from-mail\"

Examples:
  bizreview comment first_reply_sla --period 2026-W46 'Two of five agents were ill until Thursday.'
  bizreview comment --file comments.md --author 'Ada Lindqvist'
  bizreview comment list --period 2026-W46"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Name of a metric
    metric: Option<String>,
    /// What there is to say of it, at most 2,000 characters
    text: Option<String>,
    /// 2026-W46, 2026-10, 2026-Q3 or 2026
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    /// Who says so (default: your user name)
    #[arg(long, default_value_t = super::person(), hide_default_value = true)]
    author: String,
    /// Take all comments of a Markdown file, or none if one of them is wrong
    #[arg(long, value_name = "FILE", conflicts_with_all = ["metric", "text", "period", "from_mail"])]
    file: Option<PathBuf>,
    /// Take the answer in a mail on standard input
    #[arg(long, conflicts_with_all = ["metric", "text", "period", "author"])]
    from_mail: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Every comment, the oldest first
    List {
        /// Only of this metric
        #[arg(long)]
        metric: Option<String>,
        /// Only of this period
        #[arg(long)]
        period: Option<String>,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    if let Some(Command::List { metric, period, format }) = &args.command {
        return list(environment, metric.as_deref(), period.as_deref(), *format);
    }
    if args.from_mail {
        return from_mail(environment);
    }
    super::named(&args.author)?;
    if let Some(path) = &args.file {
        return from_file(environment, path, &args.author);
    }
    let (Some(metric), Some(period), Some(text)) = (&args.metric, &args.period, &args.text) else {
        bail!(Usage(
            "say METRIC --period PERIOD TEXT, --file FILE or --from-mail; `comment list` shows what was said".into()
        ));
    };
    let comment = CommentRow {
        metric: metric.clone(),
        period: period.clone(),
        author: args.author.clone(),
        text: text.clone(),
        noted_at: Ledger::stamp(environment.now),
        source: "cli".into(),
        reference: None,
    };
    let known = pipeline::known_metrics(&environment.config)?;
    let is_new = pipeline::note(environment, &known, comment)?;
    println!("{metric}, {period}: {}", if is_new { "noted" } else { "said before in the same words" });
    Ok(0)
}

fn from_file(environment: &Environment, path: &Path, author: &str) -> Result<u8> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Usage(format!("cannot read {name}: {error}")))?;
    let known = pipeline::known_metrics(&environment.config)?;
    let comments = pipeline::comment_file(environment, &known, &name, &text, author)?;
    for comment in comments {
        let figure = format!("{}, {}", comment.metric, comment.period);
        let is_new = pipeline::note(environment, &known, comment).with_context(|| figure.clone())?;
        println!("{figure}: {}", if is_new { "noted" } else { "said before in the same words" });
    }
    Ok(0)
}

fn from_mail(environment: &Environment) -> Result<u8> {
    let mut bytes = Vec::new();
    // one byte more than is taken, to see that it is too long
    std::io::stdin().lock().take(LONGEST as u64 + 1).read_to_end(&mut bytes).context("cannot read the mail")?;
    match pipeline::answer(environment, &bytes) {
        Ok(Answered::Noted(comment)) => {
            println!("{}, {}: noted, says {}", comment.metric, comment.period, comment.author);
        }
        Ok(Answered::Again) => println!("noted before"),
        Ok(Answered::Ignored(why)) => eprintln!("ignored: no person sent it ({why})"),
        Err(error) if error.is::<Refused>() => {
            eprintln!("{error}");
            return Ok(1);
        }
        Err(error) => return Err(error),
    }
    Ok(0)
}

const COLUMNS: [&str; 7] = ["metric", "period", "author", "text", "noted at", "source", "in force"];

fn list(environment: &Environment, metric: Option<&str>, period: Option<&str>, format: Format) -> Result<u8> {
    let calendar = Calendar::new(&environment.config.company)?;
    let period = period.map(|p| parse_period(&calendar, p)).transpose()?;
    let all = environment.ledger.comments()?;
    let is_wanted = |row: &&CommentRow| {
        metric.is_none_or(|m| m == row.metric) && period.as_ref().is_none_or(|p| p.id == row.period)
    };
    let rows: Rows = all
        .iter()
        .enumerate()
        .filter(|(_, row)| is_wanted(row))
        .map(|(index, row)| {
            let key = |row: &CommentRow| (row.metric.clone(), row.period.clone(), row.author.clone());
            let is_latest = !all[index + 1..].iter().any(|later| key(later) == key(row));
            let text = if format == Format::Table { row.text.replace('\n', " ") } else { row.text.clone() };
            let in_force = if is_latest { "yes" } else { "no" }.to_owned();
            let [metric, period, author, at] =
                [&row.metric, &row.period, &row.author, &row.noted_at].map(|cell| Some(cell.clone()));
            vec![metric, period, author, Some(text), at, Some(row.source.clone()), Some(in_force)]
        })
        .collect();
    print::rows(&COLUMNS, &rows, format)?;
    Ok(0)
}
