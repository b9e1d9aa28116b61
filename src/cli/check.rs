//! `check`: everything that can be known to be wrong before a run.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::{Cli, config};
use crate::calendar::Calendar;
use crate::config::{Config, Grain, Secrets, Usage};
use crate::deliver::key::Key;
use crate::deliver::transport::Transport;
use crate::deliver::webhook::Webhook;
use crate::extract::{self, Throwaway};
use crate::ledger::Ledger;
use crate::pipeline;
use crate::render::{Logo, Renderer};
use crate::warehouse::inputs::Horizon;
use crate::warehouse::{Offer, Warehouse};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Binds every query against an empty schema, renders every template with sample data, parses every \
    manifest and looks for every secret. With --online it also signs in to each source and to the mail server, and asks DNS what it \
    says of the address mail is from (SPF, DKIM, DMARC); what DNS does not answer is a hint, never an error."
)]
pub struct Args {
    /// Also ask each source for its first page and the mail server for a greeting.
    #[arg(long)]
    pub online: bool,
    /// Send the operator a test notice by every route there is.
    #[arg(long, requires = "online")]
    pub notice: bool,
}

pub async fn run(cli: &Cli, args: &Args, now: Timestamp) -> Result<u8> {
    let config = config(cli)?;
    println!("configuration  {} sources, {} reports", config.sources.len(), config.reports.len());
    let mut findings = Vec::new();
    let mut part = |name: &str, result: Result<String>| match result {
        Ok(words) => println!("{name:<14} {words}"),
        Err(error) => findings.push(format!("{name}: {error:#}")),
    };
    part("queries", queries(&config, now));
    part("templates", templates(&config));
    part("sources", sources(&config, now));
    part("mail", mail(&config));
    part("web", web(&config));
    part("operator", operator(&config));
    if args.online {
        part("online", online(&config, now).await);
        part("mail server", tokio::task::block_in_place(|| mail_server(&config)));
        tokio::task::block_in_place(|| sender(&config));
    }
    if args.notice {
        part("notice", tokio::task::block_in_place(|| notice(&config, now)));
    }
    if config.operator.is_none() {
        eprintln!("hint: [operator] is not set; `serve` will refuse to start without somebody to tell when it fails");
    }
    for hint in readers(&config) {
        eprintln!("hint: {hint}");
    }
    if findings.is_empty() {
        return Ok(0);
    }
    Err(Usage(findings.join("\nerror: ")).into())
}

/// Who is told, by which routes, with their secrets found.
fn operator(config: &Config) -> Result<String> {
    let Some(operator) = &config.operator else { return Ok("nobody".into()) };
    let mut routes = vec![operator.email.clone()];
    for (key, name, reference) in
        [("[operator] webhook", "webhook", &operator.webhook), ("[operator] ping", "ping when on time", &operator.ping)]
    {
        if let Some(reference) = reference {
            Webhook::open(reference, key, config, &Secrets::default())?;
            routes.push(name.to_owned());
        }
    }
    if operator.webhook.is_none() && config.mail.transport.starts_with("smtp") {
        eprintln!(
            "warning: notices to the operator go out by [mail] transport alone, which may be what failed: set [operator] webhook"
        );
    }
    Ok(routes.join(", "))
}

/// What DNS says of From: hints.
fn sender(config: &Config) {
    if !config.mail.transport.starts_with("smtp") {
        return;
    }
    match tokio::runtime::Handle::current().block_on(crate::deliver::sender::look_up(config, None)) {
        Err(error) => eprintln!("hint: SPF, DKIM and DMARC of [mail] from are unknown: {error:#}"),
        Ok(findings) => {
            for finding in findings {
                if finding.is_fine {
                    println!("{:<14} {}", finding.name, finding.words);
                } else {
                    eprintln!("hint: {}: {}", finding.name, finding.words);
                }
            }
        }
    }
}

/// A test notice by every route.
fn notice(config: &Config, now: Timestamp) -> Result<String> {
    let secrets = Secrets::default();
    let sending = crate::pipeline::test_notice(config, &secrets, now);
    let results = tokio::runtime::Handle::current().block_on(sending)?;
    let failed: Vec<String> =
        results.iter().filter_map(|(route, sent)| Some(format!("{route}: {:#}", sent.as_ref().err()?))).collect();
    anyhow::ensure!(failed.is_empty(), "{}", failed.join("\nerror: notice: "));
    Ok(format!("sent by {}", results.iter().map(|(route, _)| *route).collect::<Vec<_>>().join(" and ")))
}

fn queries(config: &Config, now: Timestamp) -> Result<String> {
    let calendar = Calendar::new(&config.company)?;
    let warehouse = Warehouse::empty()?;
    let catalog = warehouse.catalog(config.store.queries.as_ref().map(|p| config.resolve(p)).as_deref())?;
    let periods = vec![calendar.last_complete(Grain::Week, now)];
    warehouse.bind_all(&catalog, config, &calendar, &Horizon::new(periods, now))?;
    for name in config.metrics.keys() {
        let known: Vec<&str> = catalog.metrics.iter().map(|(h, _)| h.metric.as_str()).collect();
        anyhow::ensure!(
            known.contains(&name.as_str()),
            "[metrics.{name}]: no such metric{}",
            crate::config::nearest(name, &known)
        );
    }
    for (header, _) in &catalog.metrics {
        let is_targeted = config.metrics.get(&header.metric).is_some_and(|settings| settings.target.is_some());
        if is_targeted && header.guardrail.is_none() {
            eprintln!(
                "hint: [metrics.{0}] has a target and no guardrail: name in its file's header what must not get worse for it",
                header.metric
            );
        }
    }
    pipeline::check_reports(config, &Offer::of(&catalog), config.reports.keys())?;
    Ok(format!("{} bind, {} of them metrics", catalog.queries.len(), catalog.metrics.len()))
}

/// Whether every metric and list that reports name exists. Opens no warehouse: a service that waits for Monday needs none.
pub fn names_of_reports(config: &Config) -> Result<()> {
    let offer = Offer::read(config.store.queries.as_ref().map(|p| config.resolve(p)).as_deref())?;
    pipeline::check_reports(config, &offer, config.reports.keys())
}

fn templates(config: &Config) -> Result<String> {
    let folder = config.store.templates.as_ref().map(|p| config.resolve(p));
    // a report goes out without a logo that cannot be read, so that this is no error
    let logo =
        config.company.logo.as_ref().map(|p| Logo::read(&config.resolve(p))).transpose().unwrap_or_else(|error| {
            eprintln!("warning: [company] logo: {error:#}; reports go out without it");
            None
        });
    let renderer = Renderer::new(folder.as_deref())?.with_logo(logo);
    renderer.check_locale(&config.company.locale).context("[company]")?;
    for (name, report) in &config.reports {
        renderer.check_locale(config.locale(report)).with_context(|| format!("[reports.{name}]"))?;
    }
    renderer.check()?;
    Ok("render with sample data".into())
}

fn sources(config: &Config, now: Timestamp) -> Result<String> {
    let folder = config.store.manifests.as_ref().map(|p| config.resolve(p));
    let catalog = extract::Catalog::load(folder.as_deref())?;
    let (mut streams, mut missing) = (0, Vec::new());
    for (name, source) in config.sources.iter().filter(|(_, s)| s.enabled) {
        let manifest = catalog.get(&source.manifest).with_context(|| format!("[sources.{name}]"))?;
        streams += manifest.streams.len();
        extract::retain::check(config, name, manifest)?;
        if let Err(error) = extract::check_tap(config, &Secrets::default(), name, manifest, now) {
            missing.push(format!("{error:#}"));
            continue;
        }
        for secret in source.token.iter().chain(source.secrets.values()) {
            if let Err(error) = Secrets::default().resolve(secret, &format!("source {name}"), &config.folder) {
                missing.push(format!("{error:#}"));
            }
        }
    }
    anyhow::ensure!(missing.is_empty(), "{}", missing.join("\nerror: "));
    Ok(format!("{streams} streams, every secret found"))
}

fn mail(config: &Config) -> Result<String> {
    Ok(Transport::open(config, &Secrets::default())?.label())
}

/// Who waits for the operator's approval, and what nobody reads any more, as far as the ledger is there and can be read.
fn readers(config: &Config) -> Vec<String> {
    let store = config.store();
    let ledger = store.join("ledger.sqlite").is_file().then(|| Ledger::open(&store).ok()).flatten();
    let waiting = pipeline::unapproved_in(config, ledger.as_ref()).unwrap_or_default();
    let mut hints: Vec<String> =
        (!waiting.is_empty()).then(|| super::approve::hint(waiting.len())).into_iter().collect();
    let unread = ledger.and_then(|ledger| pipeline::unread(config, &ledger).ok()).unwrap_or_default();
    hints.extend(unread.iter().map(|name| {
        format!("nobody receives {name}: every reader unsubscribed (bizreview suppress list); name another in [reports.{name}] to")
    }));
    hints
}

/// The key, where the company keeps it itself; the store's own is made when it is needed.
fn web(config: &Config) -> Result<String> {
    if config.web.key.is_some() {
        Key::of(config)?;
    }
    let readers = config.web.link_days;
    Ok(match &config.mail.public_url {
        Some(url) => format!("{url}, links in mails open their edition for {readers} days"),
        None => "no public_url: mails have no links".into(),
    })
}

/// Asks each stream for its first page; a throw-away store notes how that went.
async fn online(config: &Config, now: Timestamp) -> Result<String> {
    let store = Throwaway::new(config, "check")?;
    let request = extract::Request {
        config: &store.config,
        secrets: &Secrets::default(),
        ledger: store.ledger()?,
        now,
        sources: &[],
        full: false,
        first_page_only: true,
        progress: super::print::bars(),
    };
    let problems = pipeline::pull_problems(&extract::pull(&request).await?);
    let words: Vec<String> = problems.into_iter().map(|p| format!("{}: {}", p.subject, p.message)).collect();
    anyhow::ensure!(words.is_empty(), "{}", words.join("\nerror: "));
    Ok("every source answers".into())
}

/// Connects, encrypts and signs in; no mail is begun.
fn mail_server(config: &Config) -> Result<String> {
    let transport = Transport::open(config, &Secrets::default())?;
    tokio::runtime::Handle::current().block_on(transport.greet())?;
    Ok(match transport {
        Transport::Directory(_) => "none: mail goes to a folder".into(),
        Transport::Smtp(_) => "is ready for mail".into(),
    })
}
