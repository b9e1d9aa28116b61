//! The review of one customer, for those who are about to meet it: found by any of its ids, measured, judged by the same checks,
//! archived under a name of its own, and mailed to nobody unless an address is named.

pub(super) mod find;
mod promises;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::behind;
use super::known::Known;
use super::measure::Warehoused;
use super::publish::{Sent, SentState, unsent_problem, write_preview};
use super::{Environment, Summary, ensure_over, material, open, parse_period, pull, pull_problems, volume};
use crate::calendar::{Calendar, Period, Window};
use crate::config::{Grain, Usage};
use crate::deliver::archive::{self, Named};
use crate::deliver::message::Letter;
use crate::deliver::outbox::{enqueue, send_pending};
use crate::deliver::transport::Transport;
use crate::extract::Progress;
use crate::ledger::deliveries::DeliveryState;
use crate::render::{Renderer, audit};
use crate::review::account::{AccountReview, Body, Match, Section as Printed, safe_name};
use crate::review::edition::Rendered;
use crate::review::model::{NotMeasured, Problem, ReviewPeriod};
use crate::review::phrase::Phrase;
use crate::warehouse::account::{Asked, Section};
use crate::warehouse::checks::Severity;
use crate::warehouse::directory::Directory;
use crate::warehouse::inputs::Horizon;

/// The report's name on the command line; no report of the configuration may have it.
pub const NAME: &str = "account";

/// What the editions' names begin with: no name of a configured report has a dot.
pub(super) const PREFIX: &str = "account.";

/// Files of an edition: name and bytes.
type Files = Vec<(String, Vec<u8>)>;

/// Months of history.
const MONTHS: usize = 12;

/// Whose review, and what becomes of it.
#[derive(Debug, Clone)]
pub struct AccountRun {
    /// An account's id, the id of it in any system, or its exact name.
    pub customer: String,
    /// `None`: the last complete month.
    pub period: Option<String>,
    /// Mail it there; nowhere otherwise.
    pub to: Option<String>,
    /// Render, archive nothing, send nothing.
    pub dry_run: bool,
    pub pull: bool,
    pub progress: Progress,
}

/// Makes it.
pub async fn account(environment: &Environment, run: &AccountRun) -> Result<Summary> {
    let calendar = Calendar::new(&environment.config.company)?;
    let period = match &run.period {
        Some(text) => parse_period(&calendar, text)?,
        None => calendar.last_complete(Grain::Month, environment.now),
    };
    ensure_over(environment, &calendar, &period)?;
    if let Some(address) = &run.to {
        let config = &environment.config;
        config.check_recipient(address).map_err(|e| Usage(format!("--to: {e:#}")))?;
        // what is said of a customer must not reach it by a slip of the hand
        if config.mail.allowed_domains.is_empty() {
            bail!(Usage(
                "--to: a customer's review goes to the company's own people only: set [mail] allowed_domains".into()
            ));
        }
    }
    let transport = match &run.to {
        Some(_) if !run.dry_run => Some(super::transport(environment)?),
        _ => None,
    };
    let run_id = environment.ledger.start_run("manual", environment.now)?;
    let result = line(environment, run, run_id, &calendar, &period, transport.as_ref()).await;
    let (exit_code, problems) = match &result {
        Ok(summary) => {
            (summary.exit_code, summary.problems.iter().map(|p| format!("{}: {}", p.subject, p.message)).collect())
        }
        Err(error) => (1, vec![format!("{error:#}")]),
    };
    environment.ledger.finish_run(run_id, exit_code, &problems, environment.now)?;
    result
}

async fn line(
    environment: &Environment,
    run: &AccountRun,
    run_id: i64,
    calendar: &Calendar,
    period: &Period,
    transport: Option<&Transport>,
) -> Result<Summary> {
    let pulled = if run.pull { pull(environment, &[], false, run.progress).await? } else { Vec::new() };
    let problems = pull_problems(&pulled);
    let (mut review, common) = tokio::task::block_in_place(|| make(environment, calendar, period, run, problems))?;
    if !run.dry_run {
        review.link = link(environment, &review)?;
    }
    let config = &environment.config;
    let renderer = Renderer::new(config.store.templates.as_ref().map(|p| config.resolve(p)).as_deref())?;
    let rendered = renderer.render_account(&review)?;
    let findings = audit(&rendered, review.link.as_deref());
    anyhow::ensure!(findings.is_empty(), "the review did not pass its audit: {}", findings.join("; "));
    let mut sent = Sent {
        notes: Vec::new(),
        report: review.report.clone(),
        period: period.id.clone(),
        subject: rendered.subject.clone(),
        folder: None,
        is_provisional: !review.provisional.is_empty(),
        state: SentState::DryRun,
        deliveries: Vec::new(),
        problems: Vec::new(),
    };
    let mut dry_run_folder = None;
    if run.dry_run {
        let folder = config.store().join("dry-run");
        sent.folder = Some(write_preview(&rendered, &[], &folder, &review.report, &period.id)?);
        dry_run_folder = Some(folder);
    } else {
        let files = archive::contents(serde_json::to_vec_pretty(&review)?, &rendered, &common)?;
        publish(environment, run, run_id, &review, &rendered, files, transport, &mut sent).await?;
    }
    let mut problems = review.problems;
    problems.extend(sent.problems.iter().cloned());
    let exit_code = match (sent.state, problems.is_empty()) {
        (SentState::Failed, _) => 4,
        (_, false) => 1,
        _ => 0,
    };
    Ok(Summary { pulled, sent: vec![sent], problems, exit_code, dry_run_folder })
}

#[expect(clippy::too_many_arguments, reason = "the end of the line: everything meets here")]
async fn publish(
    environment: &Environment,
    run: &AccountRun,
    run_id: i64,
    review: &AccountReview,
    rendered: &Rendered,
    files: Files,
    transport: Option<&Transport>,
    sent: &mut Sent,
) -> Result<()> {
    let Environment { config, ledger, now, .. } = environment;
    let named = Named {
        report: &review.report,
        period: &review.period.id,
        is_provisional: sent.is_provisional,
        subject: &rendered.subject,
    };
    let edition = archive::publish_files(&config.store(), ledger, &named, &files, run_id, *now)?;
    sent.folder = Some(edition.path.clone());
    sent.state = SentState::Archived;
    let (Some(address), Some(transport)) = (&run.to, transport) else { return Ok(()) };
    let letter = Letter::to_one(config, &edition, rendered, address, *now)?;
    enqueue(ledger, &letter, transport, *now)?;
    sent.deliveries = send_pending(ledger, transport, &[edition.edition_id], *now).await?;
    let is_out = sent.deliveries.iter().all(|d| d.state == DeliveryState::Sent) && !sent.deliveries.is_empty();
    sent.state = if is_out { SentState::Sent } else { SentState::Failed };
    let held = ledger.deliveries(edition.edition_id)?.into_iter().filter(|d| d.state != DeliveryState::Sent);
    sent.problems.extend(held.map(|d| unsent_problem(&review.report, &d.recipient, d.state, d.response.as_deref())));
    Ok(())
}

fn link(environment: &Environment, review: &AccountReview) -> Result<Option<String>> {
    let Some(url) = &environment.config.mail.public_url else { return Ok(None) };
    let number = environment.ledger.next_edition_number(&review.report, &review.period.id)?;
    let (report, period) = (&review.report, &review.period.id);
    Ok(Some(format!("{}/reports/{report}/{period}/{number}/index.html", url.trim_end_matches('/'))))
}

/// The part that holds the warehouse.
fn make(
    environment: &Environment,
    calendar: &Calendar,
    period: &Period,
    run: &AccountRun,
    mut problems: Vec<Problem>,
) -> Result<(AccountReview, Files)> {
    let months = months(calendar, period);
    let opened = open(environment)?;
    let known = Known::now(environment, &[])?;
    let year = calendar.window(period, Window::Trailing12);
    let mut periods: BTreeSet<Period> = months.iter().cloned().collect();
    periods.extend(months.first().map(|first| calendar.previous(first)));
    periods.extend([period.clone(), calendar.previous(period), year.clone()]);
    let periods: Vec<Period> = periods.into_iter().collect();
    let horizon = Horizon { probes: calendar.probes(&periods), ..known.horizon_of(periods) };
    problems.extend(super::measure::prepare(&opened, environment, calendar, &horizon, known.last_batch)?);
    let directory = opened.warehouse.directory()?;
    let id = find::find(&directory, &run.customer)?;
    let previous = calendar.previous(period);
    let asked = Asked { account: &id, period: &period.id, previous: &previous.id, year: &year.id, months: &months };
    opened.warehouse.ask(&asked)?;
    let mut review = blank(environment, calendar, &directory, &id, period, problems)?;
    fill(environment, &opened, &directory, &mut review)?;
    review.promises = promises::promises(environment, &opened, period, &id, &mut review.problems)?;
    Ok((review, behind::common(environment, &known)?))
}

/// The months up to the period's end, oldest first.
fn months(calendar: &Calendar, period: &Period) -> Vec<Period> {
    let mut last = calendar.containing(Grain::Month, period.last_day());
    if last.end_on > period.end_on {
        last = calendar.previous(&last);
    }
    let mut months: Vec<Period> =
        std::iter::successors(Some(last), |month| Some(calendar.previous(month))).take(MONTHS).collect();
    months.reverse();
    months
}

/// The review without its sections.
fn blank(
    environment: &Environment,
    calendar: &Calendar,
    directory: &Directory,
    id: &str,
    period: &Period,
    problems: Vec<Problem>,
) -> Result<AccountReview> {
    let config = &environment.config;
    let currency = config.currency();
    let previous = calendar.previous(period);
    let freshness = material::freshness(environment)?;
    let mut provisional = material::late_sources(&freshness, calendar.start_of(period.end_on)?);
    let sources = config.sources.iter().filter(|(_, s)| s.enabled).map(|(name, _)| name.as_str()).collect();
    provisional.extend(volume::anomalies(&environment.ledger.volumes()?, &sources));
    Ok(AccountReview {
        report: report_of(id),
        company: config.company.name.clone(),
        currency_digits: crate::review::money::digits(&currency),
        currency,
        locale: config.company.locale.clone(),
        timezone: config.company.timezone.clone(),
        generated_at: environment.now.to_string(),
        link: None,
        account_id: id.to_owned(),
        name: directory.names.get(id).cloned().unwrap_or_else(|| id.to_owned()),
        period: printed(period),
        previous: printed(&previous),
        provisional,
        sections: Vec::new(),
        promises: Vec::new(),
        matches: matches(directory, id),
        not_measured: Vec::new(),
        problems,
        freshness,
    })
}

fn printed(period: &Period) -> ReviewPeriod {
    ReviewPeriod {
        id: period.id.clone(),
        grain: period.grain.name().to_owned(),
        first_day: period.start_on,
        last_day: period.last_day(),
    }
}

/// The name that reviews of an account are archived under.
pub(super) fn report_of(id: &str) -> String {
    format!("{PREFIX}{}", safe_name(id, &digest(id)))
}

fn digest(id: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(id.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        use std::fmt::Write as _;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn matches(directory: &Directory, account: &str) -> Vec<Match> {
    let of = |system: &str| Match {
        system: system.to_owned(),
        ids: directory
            .links
            .iter()
            .filter(|(of, _, whose, _)| of == system && whose == account)
            .map(|(_, id, _, method)| (id.clone(), method.clone()))
            .collect(),
        is_connected: directory.links.iter().any(|(of, ..)| of == system)
            || directory.unlinked.iter().any(|(of, _)| of == system),
    };
    ["billing", "support", "product"].map(of).to_vec()
}

/// Runs the sections; one that fails is a problem, and what a check forbids is not printed.
fn fill(
    environment: &Environment,
    opened: &Warehoused,
    directory: &Directory,
    review: &mut AccountReview,
) -> Result<()> {
    let Warehoused { warehouse, catalog } = opened;
    let met = warehouse.needs_met(catalog)?;
    let checks = warehouse.checks(catalog);
    let problem = |subject: String, message: String| Problem { subject, message };
    review.problems.extend(checks.broken.into_iter().map(|(file, m)| problem(format!("queries/{file}"), m)));
    let mut withheld: BTreeMap<String, String> = BTreeMap::new();
    for check in checks.failures {
        if check.rows > 0 {
            let found = format!("{} ({} found: {})", check.title, check.rows, check.sample);
            review.problems.push(problem(format!("check {}", check.check), found));
        }
        match check.severity {
            Severity::Withhold => withheld.extend(check.dimensions.iter().map(|d| (d.clone(), check.title.clone()))),
            Severity::Provisional => review.provisional.push(Phrase::Plain(check.title)),
            Severity::Warn => {}
        }
    }
    for section in Section::all(catalog)? {
        if let Some(need) = section.unmet(catalog, &met) {
            leave_out(&mut review.not_measured, &section, &need.name, &need.why, &need.how);
            continue;
        }
        if let Some(system) =
            section.matched.as_deref().filter(|system| !is_matched(directory, system, &review.account_id))
        {
            let why = format!("no id of {system} is matched to this customer");
            let how = format!("bizreview accounts link {system} ID {}", review.account_id);
            leave_out(&mut review.not_measured, &section, "", &why, &how);
            continue;
        }
        let body = match withheld.get(&section.dimension) {
            Some(check) => Ok(Body::Unknown(check.clone())),
            None => warehouse.section(&section, crate::review::money::digits(&environment.config.currency())),
        };
        match body {
            Ok(body) => review.sections.push(Printed {
                name: section.name,
                title: section.title,
                note: section.note,
                audience: section.audience,
                body,
            }),
            Err(error) => review.problems.push(problem(format!("section {}", section.name), format!("{error:#}"))),
        }
    }
    Ok(())
}

fn is_matched(directory: &Directory, system: &str, account: &str) -> bool {
    directory.links.iter().any(|(of, _, whose, _)| of == system && whose == account)
}

/// Each reason once, with all that it concerns.
fn leave_out(left_out: &mut Vec<NotMeasured>, section: &Section<'_>, need: &str, why: &str, how: &str) {
    let (title, id) = (section.title.clone(), format!("section-{}", section.name));
    match left_out.iter_mut().find(|group| group.why == why) {
        Some(group) => {
            group.titles.push(title);
            group.ids.push(id);
        }
        None => left_out.push(NotMeasured {
            titles: vec![title],
            ids: vec![id],
            need: need.to_owned(),
            why: why.to_owned(),
            how: how.to_owned(),
        }),
    }
}
