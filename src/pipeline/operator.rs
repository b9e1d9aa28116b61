//! The operator is told: what the ledger says must be known and each route has not told yet goes out by mail and by webhook, each on
//! its own. What a route told is recorded when it was taken, so that a crash or a dead route loses nothing and repeats nothing.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::causes::{Cause, causes, moment};
use super::{Environment, ping};
use crate::config::{Config, Operator, SecretRef, Secrets};
use crate::deliver::message::address_of;
use crate::deliver::note::{Handed, Note};
use crate::deliver::transport::Transport;
use crate::deliver::webhook::Webhook;
use crate::ledger::notices::{NoticeRow, Seen};
use crate::render::{Notice, NoticeItem, Renderer, audit};
use crate::review::edition::Rendered;

/// What lasts is told again after this long.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// What gets worse, after this long.
const WORSE: SignedDuration = SignedDuration::from_mins(10);
/// Whatever the mail server does, the next beat comes.
const MAIL_PATIENCE: Duration = Duration::from_secs(90);

/// A way to the operator.
pub const MAIL: &str = "mail";
/// Another.
pub const WEBHOOK: &str = "webhook";
/// Not to the operator: to whoever watches that editions come.
pub const PING: &str = "ping";

/// Tells the operator what must be told and was not, by every route there is, and fetches the ping for what was on time. To be called
/// at every beat and after every run; a call that finds a route in use by another leaves it to that one.
pub async fn tell_operator(environment: &Environment) -> Result<()> {
    let Some(operator) = &environment.config.operator else { return Ok(()) };
    let now = causes(environment, Some(std::process::id())).context("what the operator must know")?;
    let seen: Vec<Seen<'_>> =
        now.iter().map(|c| Seen { cause: &c.key, summary: &c.what, since: c.since, weight: c.weight }).collect();
    environment.ledger.see_causes(&seen, environment.now)?;
    let sender = Sender { config: &environment.config, secrets: &environment.secrets, now: environment.now };
    let (mail, webhook, ping) = tokio::join!(
        route(environment, MAIL, &now, |letter| sender.mail(operator, letter)),
        async {
            match &operator.webhook {
                Some(reference) => route(environment, WEBHOOK, &now, |letter| sender.post(reference, letter)).await,
                None => Ok(()),
            }
        },
        send_ping(environment, operator.ping.as_ref()),
    );
    let failed: Vec<String> = [(MAIL, mail), (WEBHOOK, webhook), (PING, ping)]
        .into_iter()
        .filter_map(|(name, result)| Some(format!("{name}: {:#}", result.err()?)))
        .collect();
    let untold =
        environment.ledger.notices(environment.now)?.iter().any(|n| n.resolved_at.is_none() && n.told.is_empty());
    if untold && !failed.is_empty() {
        tracing::error!("the operator cannot be told: {}; `bizreview status` shows what of", failed.join("; "));
    } else {
        for failure in failed {
            tracing::warn!("a way to the operator fails: {failure}");
        }
    }
    Ok(())
}

/// Sends a test by every route, and says how each did.
pub async fn test_notice(
    config: &Config,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<Vec<(&'static str, Result<()>)>> {
    let operator = config.operator.as_ref().context("[operator] is not set: there is nobody to tell")?;
    let sender = Sender { config, secrets, now };
    let letter = Letter {
        items: vec![NoticeItem {
            what: "This is a test: notices reach you this way".into(),
            since: format!("sent {}", moment(now, &zone(config)?)),
            anyway: String::new(),
            todo: "Nothing to do. What goes wrong later is told like this. How everything stands:".into(),
            commands: vec!["bizreview status".into()],
        }],
        ended: Vec::new(),
        key: format!("test {now}"),
    };
    let mut results = vec![(MAIL, sender.mail(operator, letter.clone()).await)];
    if let Some(reference) = &operator.webhook {
        results.push((WEBHOOK, sender.post(reference, letter).await));
    }
    Ok(results)
}

/// What one message says.
#[derive(Debug, Clone)]
struct Letter {
    items: Vec<NoticeItem>,
    ended: Vec<String>,
    /// The same words under the same key are the same mail.
    key: String,
}

/// What of a letter is recorded once it was taken.
struct Owed {
    letter: Letter,
    causes: Vec<(i64, i64)>,
    ended: Vec<i64>,
}

/// Tells by one route what it has not told yet; nothing if there is nothing, or if another call is at it.
async fn route<F>(environment: &Environment, name: &str, causes: &[Cause], send: impl FnOnce(Letter) -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let Environment { ledger, now, .. } = environment;
    let Some(_sole) = sole(environment, name)? else { return Ok(()) };
    let Some(owed) = owed(environment, name, causes)? else { return Ok(()) };
    ledger.record_route_try(name, *now)?;
    let sent = send(owed.letter).await;
    if sent.is_ok() {
        ledger.record_told(name, &owed.causes, &owed.ended, *now)?;
    }
    ledger.record_route(name, sent.as_ref().err().map(|e| format!("{e:#}")).as_deref(), *now)?;
    sent
}

async fn send_ping(environment: &Environment, reference: Option<&SecretRef>) -> Result<()> {
    let Some(reference) = reference else { return Ok(()) };
    let Environment { ledger, now, .. } = environment;
    let Some(_sole) = sole(environment, PING)? else { return Ok(()) };
    let owed = ping::owed(environment).context("what was on time")?;
    if owed.is_empty() {
        return Ok(());
    }
    ledger.record_route_try(PING, *now)?;
    let told = match Webhook::open(reference, "[operator] ping", &environment.config, &environment.secrets) {
        Ok(hook) => ping::tell(environment, &hook, &owed).await,
        Err(error) => Err(error),
    };
    ledger.record_route(PING, told.as_ref().err().map(|e| format!("{e:#}")).as_deref(), *now)?;
    told
}

/// One call at a time per route, across processes; the kernel lets go with the process.
fn sole(environment: &Environment, name: &str) -> Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = environment.config.store().join(format!("notice-{name}.lock"));
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// What a route is to tell now: what is new to it, got worse, or has lasted another day, and what ended that it told of.
fn owed(environment: &Environment, route: &str, causes: &[Cause]) -> Result<Option<Owed>> {
    let zone = zone(&environment.config)?;
    let notices = environment.ledger.notices(environment.now)?;
    let open: BTreeMap<&str, &NoticeRow> =
        notices.iter().filter(|n| n.resolved_at.is_none()).map(|n| (n.cause.as_str(), n)).collect();
    let mut owed = Owed {
        letter: Letter { items: Vec::new(), ended: Vec::new(), key: String::new() },
        causes: Vec::new(),
        ended: Vec::new(),
    };
    for cause in causes {
        let Some(notice) = open.get(cause.key.as_str()) else { continue };
        let told = notice.told.get(route);
        let how = match told {
            None if cause.is_settling => continue,
            None => "since",
            Some(told) if cause.weight > told.told_weight && environment.now.duration_since(told.told_at) >= WORSE => {
                "worse than before; since"
            }
            Some(told) if cause.lasts && environment.now.duration_since(told.told_at) >= AGAIN => "still so, since",
            Some(_) => continue,
        };
        owed.letter.items.push(NoticeItem {
            what: cause.what.clone(),
            since: format!("{how} {}", moment(notice.since, &zone)),
            anyway: cause.anyway.clone(),
            todo: cause.todo.clone(),
            commands: cause.commands.clone(),
        });
        owed.causes.push((notice.notice_id, cause.weight));
    }
    let is_owed_end = |n: &&NoticeRow| n.told.get(route).is_some_and(|told| told.end_told_at.is_none());
    for notice in notices.iter().filter(|n| n.resolved_at.is_some()).filter(is_owed_end) {
        owed.letter.ended.push(format!("{} (since {})", notice.summary, moment(notice.since, &zone)));
        owed.ended.push(notice.notice_id);
    }
    // the same words of the same causes are one mail, however often it is tried
    let names = owed
        .causes
        .iter()
        .map(|(id, weight)| format!("{id}/{weight}"))
        .chain(owed.ended.iter().map(|id| format!("{id}.")));
    owed.letter.key = names.collect::<Vec<_>>().join(" ");
    let is_empty = owed.causes.is_empty() && owed.ended.is_empty();
    Ok((!is_empty).then_some(owed))
}

impl Letter {
    fn notice(self, config: &Config) -> Notice {
        Notice {
            company: config.company.name.clone(),
            items: self.items,
            ended: self.ended,
            folder: config.folder.display().to_string(),
        }
    }

    /// For a chat: the same, shorter.
    fn text(&self, config: &Config) -> String {
        let mut lines = vec![format!("bizreview at {}", config.company.name)];
        for item in &self.items {
            lines.push(format!("• {} ({})", item.what, item.since));
            lines.extend(
                [&item.anyway, &item.todo].into_iter().filter(|text| !text.is_empty()).map(|text| format!("  {text}")),
            );
            lines.extend(item.commands.iter().map(|command| format!("  `{command}`")));
        }
        lines.extend(self.ended.iter().map(|text| format!("• No longer so: {text}")));
        lines.join("\n")
    }
}

/// What a letter is sent with.
#[derive(Clone, Copy)]
struct Sender<'a> {
    config: &'a Config,
    secrets: &'a Secrets,
    now: Timestamp,
}

impl Sender<'_> {
    /// To the operator's address.
    async fn mail(self, operator: &Operator, letter: Letter) -> Result<()> {
        let transport = Transport::open(self.config, self.secrets)?;
        let recipient = address_of(&operator.email.parse().context("[operator] email")?);
        let key = format!("notice\n{}", letter.key);
        let rendered = self.rendered(letter)?;
        let note = Note {
            rendered: &rendered,
            recipient: &recipient,
            reply_to: None,
            key: format!("{key}\n{}", rendered.text),
            name: "notice".into(),
            zone: zone(self.config)?,
            date: self.now,
        };
        let patience = MAIL_PATIENCE.as_secs();
        match tokio::time::timeout(MAIL_PATIENCE, note.to_operator(self.config, &transport)).await {
            Ok(handed) => match handed? {
                Handed::Accepted => Ok(()),
                Handed::Not(why) => bail!("{why}"),
            },
            Err(_) => bail!("the mail server did not take it within {patience} s"),
        }
    }

    /// To a chat.
    async fn post(self, reference: &SecretRef, letter: Letter) -> Result<()> {
        let hook = Webhook::open(reference, "[operator] webhook", self.config, self.secrets)?;
        hook.post(&letter.text(self.config)).await
    }

    /// A notice that cannot be rendered by the company's own templates goes out by the shipped ones.
    fn rendered(self, letter: Letter) -> Result<Rendered> {
        let notice = letter.notice(self.config);
        let own = self.config.store.templates.as_ref().map(|path| self.config.resolve(path));
        let by = |templates: Option<&Path>| {
            let rendered = Renderer::new(templates)?.notice(&notice)?;
            let findings = audit(&rendered, None);
            ensure!(findings.is_empty(), "the notice did not pass its audit: {}", findings.join("; "));
            Ok(rendered)
        };
        match by(own.as_deref()) {
            Err(error) if own.is_some() => {
                tracing::warn!(error = format!("{error:#}"), "the notice is rendered with the shipped templates");
                by(None)
            }
            result => result,
        }
    }
}

fn zone(config: &Config) -> Result<TimeZone> {
    TimeZone::get(&config.company.timezone).context("[company] timezone")
}
