//! What owners said and promised, put into reviews: known by now, frozen with the edition.

use anyhow::Result;
use jiff::Timestamp;

use super::Environment;
use crate::calendar::{Calendar, OpeningHours, Period};
use crate::config::Config;
use crate::ledger::deliveries::DeliveryState;
use crate::ledger::voices::{AskRow, PromiseRow};
use crate::review::model::{Comment, OwnerPromise, Review, Standing};
use crate::review::voice::{Voices, comments, sort, standing};

/// Everything said, promised and asked by now.
pub struct Heard {
    /// Metric and comment, oldest first.
    pub comments: Vec<(String, Comment)>,
    pub promises: Vec<PromiseRow>,
    /// Those whose mail was accepted.
    pub asks: Vec<AskRow>,
    hours: OpeningHours,
}

impl Heard {
    /// Reads the ledger; what was noted after now (a replay's now is the past) is not known.
    pub fn now(environment: &Environment, calendar: &Calendar) -> Result<Heard> {
        let Environment { config, ledger, now, .. } = environment;
        let mut comments = Vec::new();
        for row in ledger.comments()? {
            let noted_at: Timestamp = row.noted_at.parse()?;
            if noted_at <= *now {
                let said_on = calendar.local_date(noted_at);
                let comment = Comment { period: row.period, author: row.author, text: row.text, said_on, noted_at };
                comments.push((row.metric, comment));
            }
        }
        let mut promises = ledger.promises()?;
        promises.retain(|p| p.made_at <= *now);
        for promise in promises.iter_mut().filter(|p| p.done_at.is_some_and(|at| at > *now)) {
            (promise.done_on, promise.done_at, promise.done_note) = (None, None, None);
        }
        let mut asks = ledger.asks()?;
        asks.retain(|ask| ask.asked_at.is_some_and(|at| at <= *now));
        let hours = OpeningHours::of("company", &config.company.office())?;
        Ok(Heard { comments, promises, asks, hours })
    }

    /// Puts into a review what it may print.
    pub fn attach(
        &self,
        environment: &Environment,
        calendar: &Calendar,
        period: &Period,
        review: &mut Review,
    ) -> Result<()> {
        let asks: Vec<(String, Timestamp)> = self
            .asks
            .iter()
            .filter(|ask| ask.period == period.id)
            .filter_map(|ask| Some((ask.metric.clone(), ask.asked_at?)))
            .collect();
        let voices = Voices {
            calendar,
            hours: &self.hours,
            period,
            now: environment.now,
            comments: &self.comments,
            asks: &asks,
            previous_edition: previous_edition(environment, &review.head.report, &calendar.previous(period))?,
        };
        let previous = voices.previous_edition;
        review.comments = comments(&voices, review);
        review.promises = self.promises_of(environment, calendar, period, &review.head.report, previous);
        Ok(())
    }

    /// The promises a report shows: open, or kept since its period began or its readers last heard of them.
    fn promises_of(
        &self,
        environment: &Environment,
        calendar: &Calendar,
        period: &Period,
        report: &str,
        previous: Option<Timestamp>,
    ) -> Vec<OwnerPromise> {
        let config = &environment.config;
        let today = calendar.local_date(environment.now);
        let is_fresh = |p: &&PromiseRow| {
            let is_news = p.done_at.zip(previous).is_some_and(|(done, heard)| done > heard);
            is_news || p.done_on.is_none_or(|day| day >= period.start_on)
        };
        let own = self.promises.iter().filter(|p| is_shown_in(config, p, report)).filter(is_fresh);
        let mut promises: Vec<OwnerPromise> = own.map(|p| owner_promise(config, p, today)).collect();
        sort(&mut promises);
        promises
    }
}

/// A team's promise is shown in the team's reports, a report's in that one; and all of them where all teams are reviewed.
pub fn is_shown_in(config: &Config, promise: &PromiseRow, report: &str) -> bool {
    let Some(shown) = config.reports.get(report) else { return false };
    let is_own = match (&promise.made.report, &promise.made.team) {
        (Some(name), _) => name == report,
        (None, Some(team)) => *team == shown.team,
        (None, None) => false,
    };
    is_own || shown.all_teams
}

/// A promise as it stands on a day.
pub fn owner_promise(config: &Config, promise: &PromiseRow, today: jiff::civil::Date) -> OwnerPromise {
    let made = &promise.made;
    let of_report = made.report.as_ref().map(|r| config.reports.get(r).map_or_else(|| r.clone(), |r| r.title.clone()));
    let of_team = made.team.as_ref().map(|t| config.teams.get(t).map_or_else(|| t.clone(), |t| t.name.clone()));
    let (standing, days): (Standing, u32) = standing(made.due_on, promise.done_on, today);
    OwnerPromise {
        id: promise.promise_id,
        text: made.text.clone(),
        owner: made.owner.clone(),
        made_for: of_report.or(of_team).unwrap_or_default(),
        metric: made.metric.clone(),
        made_on: promise.made_at.to_zoned(zone(config)).date(),
        due_on: made.due_on,
        done_on: promise.done_on,
        note: promise.done_note.clone(),
        standing,
        days,
    }
}

fn zone(config: &Config) -> jiff::tz::TimeZone {
    // checked when the configuration was read
    jiff::tz::TimeZone::get(&config.company.timezone).unwrap_or(jiff::tz::TimeZone::UTC)
}

/// When the latest edition of a period that its readers were mailed was made, so far.
fn previous_edition(environment: &Environment, report: &str, period: &Period) -> Result<Option<Timestamp>> {
    let mut latest: Option<Timestamp> = None;
    for edition in environment.ledger.editions(Some(report))?.iter().filter(|e| e.period == period.id) {
        let mail = environment.ledger.deliveries(edition.edition_id)?;
        if !mail.iter().any(|d| !d.is_test && d.state != DeliveryState::Failed) {
            continue;
        }
        let made: Timestamp = edition.created_at.parse()?;
        latest = latest.max(Some(made).filter(|at| *at <= environment.now));
    }
    Ok(latest)
}
