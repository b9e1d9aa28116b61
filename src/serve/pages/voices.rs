//! What owners said and promised, as the ledger has it now: an edition keeps what was known when it was made.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::Asked;
use crate::calendar::Calendar;
use crate::pipeline::{is_shown_in, owner_promise};
use crate::render::{OwnerPromiseView, Piece, Speech, one_line};
use crate::review::voice::sort;

/// Words on one figure.
#[derive(Debug, Serialize)]
pub(super) struct Said {
    /// Of the metric and of its page; empty where that goes without saying.
    pub metric: String,
    pub href: String,
    /// "Ada, W46, 16 Nov 2026, 08:30".
    pub who: String,
    pub paragraphs: Vec<Vec<Piece>>,
}

/// Which comments.
pub(super) struct Which<'a> {
    /// Name and title of each.
    pub metrics: &'a [(String, String)],
    /// Of this period only.
    pub period: Option<&'a str>,
    /// Noted later only.
    pub after: Option<Timestamp>,
}

/// Comments, the newest first, at most `limit`. Of a metric, period and author only the latest counts.
pub(super) fn comments(asked: &Asked, speech: &Speech, which: &Which<'_>, limit: usize) -> Result<Vec<Said>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for comment in asked.site.ledger.comments()?.into_iter().rev() {
        let Some((metric, title)) = which.metrics.iter().find(|(metric, _)| *metric == comment.metric) else {
            continue;
        };
        let is_late = which.after.is_none_or(|at| comment.noted_at.parse::<Timestamp>().is_ok_and(|noted| noted > at));
        if which.period.is_some_and(|period| comment.period != period) || !is_late || found.len() >= limit {
            continue;
        }
        if seen.insert((comment.metric.clone(), comment.period.clone(), comment.author.clone())) {
            let at = speech.moment(&comment.noted_at, &asked.config.company.timezone);
            let period = speech.period_name(&comment.period);
            found.push(Said {
                metric: speech.metric_title(metric, title),
                href: format!("/metric/{}", super::encoded(metric)),
                who: format!("{} · {} · {at}", one_line(&comment.author), one_line(&period)),
                paragraphs: speech.paragraphs(&comment.text),
            });
        }
    }
    Ok(found)
}

/// The promises a report shows, where they stand today: open ones, and those kept in the last weeks.
pub(super) fn promises(asked: &Asked, speech: &Speech, report: &str) -> Result<Vec<OwnerPromiseView>> {
    let today = Calendar::new(&asked.config.company)?.local_date(asked.site.now());
    let month_ago = today.saturating_sub(jiff::Span::new().days(31));
    let all = asked.site.ledger.promises()?;
    let own = all.iter().filter(|p| is_shown_in(&asked.config, p, report));
    let fresh = own.filter(|p| p.done_on.is_none_or(|day| day >= month_ago));
    let mut promises: Vec<_> = fresh.map(|p| owner_promise(&asked.config, p, today)).collect();
    sort(&mut promises);
    Ok(promises.iter().map(|p| speech.promise(p)).collect())
}
