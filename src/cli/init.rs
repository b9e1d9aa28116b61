//! `init`: first contact. Asks source by source, verifies keys, shows what there is to choose by, and writes a commented configuration;
//! or writes the commented template as it is.

mod answers;
mod ask;
mod look;
mod talk;
mod write;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use self::answers::{Answers, SourceAnswer};
use self::ask::Asker;
use self::talk::Talk;
use super::print;
use crate::config::{Config, Usage};
use crate::extract::Catalog;
use crate::review::model::Problem;

/// The shipped configuration: the demo's, and the reference of every key.
pub const SHIPPED: &str = include_str!("../../config/bizreview.toml");

/// Folder of the company's own manifests, beside the configuration.
const OWN: &str = "sources";

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Asks at a terminal, and goes on where it was interrupted. Secrets are never asked for nor kept: only the name of the variable or the \
file that holds each.\n\nExamples:\n  bizreview init reviews\n  bizreview init reviews --template                        every key, commented; nothing is asked\n  \
bizreview init reviews --name Acme --domain acme.com --yes \\\n    --source billing=MANIFEST --source support=MANIFEST \\\n    \
--set support.base_url=https://acme.example --set support.username=you@acme.com\n\nManifests of your own are taken from DIR/sources. `bizreview sources --available` \
lists those there are. Then:\n  bizreview -c DIR/bizreview.toml check\n  bizreview -c DIR/bizreview.toml run --dry-run"
)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command line")]
pub struct Args {
    /// Folder to write bizreview.toml and files/ into.
    dir: PathBuf,
    /// Write the commented template as it is: no question, no request.
    #[arg(long, conflicts_with_all = ["source", "set", "answers", "yes"])]
    template: bool,
    /// The company, as printed at the top of each review.
    #[arg(long)]
    name: Option<String>,
    /// Its e-mail domain: sender and recipients are of it.
    #[arg(long)]
    domain: Option<String>,
    /// IANA zone in which its days and weeks are cut.
    #[arg(long)]
    timezone: Option<String>,
    /// ISO 4217 code of its currency.
    #[arg(long)]
    currency: Option<String>,
    /// A source to connect, by the name it is to have and its manifest; several times.
    #[arg(long, value_name = "NAME=MANIFEST", value_parser = answers::source)]
    source: Vec<(String, String)>,
    /// What a source needs: base_url, username, token_env, token_file, directory (of files), driver (of a database), tap (its program),
    /// tap.KEY (of its configuration: text, env:VARIABLE, file:PATH), or a setting of its manifest.
    #[arg(long, value_name = "SOURCE.KEY=VALUE", value_parser = answers::setting)]
    set: Vec<(String, String, String)>,
    /// Events that mean a customer did real work; proposed from the product's own unless given.
    #[arg(long, value_name = "EVENT,…", value_delimiter = ',')]
    events: Option<Vec<String>>,
    /// dir:PATH, smtp://HOST:587 or smtps://HOST:465.
    #[arg(long, value_name = "WAY")]
    transport: Option<String>,
    /// Who is told when something fails, and gets the test mail.
    #[arg(long, value_name = "ADDRESS")]
    operator: Option<String>,
    /// Answers in a file, as an interrupted `init` keeps them; flags go before them.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Take what is proposed; only what has no proposal is asked or must be said.
    #[arg(long)]
    yes: bool,
    /// Ask no API and send no mail.
    #[arg(long)]
    offline: bool,
    /// Do not read customers to see how they match.
    #[arg(long)]
    no_match: bool,
    /// Send no test mail.
    #[arg(long)]
    no_mail: bool,
}

pub async fn run(args: &Args, now: Timestamp) -> Result<u8> {
    let path = args.dir.join("bizreview.toml");
    if path.exists() {
        bail!(Usage(format!("{} exists and is left alone; choose another folder", path.display())));
    }
    if args.template {
        return template(args, &path);
    }
    std::fs::create_dir_all(args.dir.join("files")).with_context(|| format!("cannot create {}", args.dir.display()))?;
    let catalog = Catalog::load(own_manifests(&args.dir).as_deref())?;
    let mut answers = said(args)?;
    answers.manifests = own_manifests(&args.dir).map(|_| OWN.to_owned());
    if let Some(file) = &args.answers {
        answers = answers.over(Answers::read(file)?);
    }
    if let Some(before) = Answers::resume(&args.dir)? {
        eprintln!("going on with what was answered before ({}/{})", args.dir.display(), answers::FILE);
        answers = answers.over(before);
    }
    // what was wrong may be mended meanwhile
    for source in answers.sources.values_mut().filter(|source| !source.lacking.is_empty()) {
        source.verified = None;
    }
    let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let asker = Asker::new(is_terminal, args.yes);
    let mut talk =
        Talk { folder: &args.dir, answers, asker, catalog, now, is_offline: args.offline, problems: Vec::new() };
    talk.hold().await?;
    let text = write::config(SHIPPED, &talk.answers, &talk.catalog)?;
    talk.config()?;
    put(&path, &text)?;
    Answers::discard(&args.dir);
    let problems: Vec<Problem> =
        talk.problems.iter().map(|why| Problem { subject: "first contact".into(), message: why.clone() }).collect();
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}

/// The shipped file for a real company, as it is.
fn template(args: &Args, path: &Path) -> Result<u8> {
    let or = |given: &Option<String>, default: &str| Some(given.clone().unwrap_or_else(|| default.to_owned()));
    let answers = Answers {
        name: or(&args.name, "Your Company"),
        domain: or(&args.domain, "your-company.example"),
        timezone: or(&args.timezone, "Europe/Berlin"),
        currency: or(&args.currency, "usd"),
        ..Answers::default()
    };
    let text = write::config(SHIPPED, &answers, &Catalog::load(None)?)?;
    Config::parse(&text, &args.dir).map_err(|error| Usage(format!("{error:#}")))?;
    std::fs::create_dir_all(args.dir.join("files")).with_context(|| format!("cannot create {}", args.dir.display()))?;
    put(path, &text)?;
    Ok(0)
}

fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {}", path.display());
    println!("next: edit it, export the secrets it names, then `bizreview -c {} check --online`", path.display());
    Ok(())
}

/// The company's own manifests, where it has some already.
fn own_manifests(folder: &Path) -> Option<PathBuf> {
    Some(folder.join(OWN)).filter(|path| path.is_dir())
}

/// What the flags say.
fn said(args: &Args) -> Result<Answers> {
    let mut answers = Answers {
        name: args.name.clone(),
        domain: args.domain.clone(),
        timezone: args.timezone.clone(),
        currency: args.currency.clone(),
        transport: args.transport.clone(),
        operator: args.operator.clone(),
        meaningful_events: args.events.clone(),
        matched: args.no_match.then_some(false),
        mailed: args.no_mail.then_some(false),
        ..Answers::default()
    };
    for (name, manifest) in &args.source {
        answers.sources.insert(name.clone(), SourceAnswer { manifest: manifest.clone(), ..SourceAnswer::default() });
    }
    for (name, key, value) in &args.set {
        let source = answers.sources.entry(name.clone()).or_default();
        match key.as_str() {
            "base_url" => source.base_url = Some(value.clone()),
            "username" => source.username = Some(value.clone()),
            "directory" => source.directory = Some(value.into()),
            "driver" => source.driver = Some(value.clone()),
            "tap" => source.tap = Some(value.clone()),
            "token_env" => source.token_env = Some(value.clone()),
            "token_file" => source.token_file = Some(value.into()),
            "token" => bail!(Usage(format!(
                "--set {name}.token: a secret is named, not written here: token_env=VARIABLE or token_file=PATH"
            ))),
            key => match key.strip_prefix("tap.") {
                Some(key) => drop(source.tap_config.insert(key.to_owned(), value.clone())),
                None => drop(source.settings.insert(key.to_owned(), value.clone())),
            },
        }
    }
    Ok(answers)
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
