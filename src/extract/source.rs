//! One source's pull: opened once, its streams side by side, each ending in an outcome of its own.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio::time::Instant;
use url::Url;

use super::asked::asked;
use super::auth::{Credential, Owner};
use super::budget::Budgets;
use super::catalog::rollup;
use super::client::{Caller, Client};
use super::feed::Bounds;
use super::landing::{self, Landing};
use super::manifest::{Action, Kind, Manifest, Stream, Write};
use super::problem::action_of;
use super::progress::{Board, Meter};
use super::sink::{Names, Sink};
use super::state::State;
use super::stream::Reader;
use super::template::Values;
use super::{Chosen, Outcome, Request, StreamOutcome, expect, files, retain, singer, sql};
use crate::config::{Config, Source, nearest};

/// How often and how long a pull waits for another that has its source.
const MOMENTS: u32 = 20;
const MOMENT: Duration = Duration::from_millis(50);

/// A source that is ready to be read.
pub(super) struct Open<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) name: &'a str,
    /// What its ids begin with outside it, where they do.
    pub(super) qualifier: Option<&'a str>,
    source: &'a Source,
    pub(super) manifest: &'a Manifest,
    values: Values,
    start: Timestamp,
    pub(super) zone: TimeZone,
    /// Of an API.
    pub(super) client: Option<Client>,
    /// Of a database.
    database: Option<sql::Database>,
}

/// What a stream's pull counted, whether or not it went well.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) quarantined: u64,
    pub(super) requests: u64,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// Pulls all streams of one source. An error means that the store cannot be written.
pub(super) async fn pull(request: &Request<'_>, source: &Chosen<'_>, board: &Board) -> Result<Vec<StreamOutcome>> {
    let (name, manifest) = (source.name, &source.manifest);
    let store = request.config.store();
    let Some(_lock) = lock_soon(&store, name).await? else {
        return refuse(request, name, manifest, board, "another pull of this source is running");
    };
    for stream in &manifest.streams {
        landing::sweep(&store, request.ledger, name, &stream.name)?;
    }
    if manifest.kind == Kind::Singer {
        return tap(request, source, board).await;
    }
    let open = match open(request, source) {
        Ok(open) => open,
        Err(error) => return refuse(request, name, manifest, board, &format!("{error:#}")),
    };
    let streams = manifest.streams.iter().map(|stream| open.stream(stream, board));
    let outcomes = futures_util::future::join_all(streams).await;
    outcomes.into_iter().collect()
}

/// A tap's one run feeds all streams.
async fn tap(request: &Request<'_>, source: &Chosen<'_>, board: &Board) -> Result<Vec<StreamOutcome>> {
    let (name, manifest) = (source.name, &source.manifest);
    let run = match singer::Run::new(request, source) {
        Ok(run) => run,
        Err(error) => return refuse(request, name, manifest, board, &format!("{error:#}")),
    };
    let meters: Vec<Meter> = manifest.streams.iter().map(|stream| board.meter(name, &stream.name)).collect();
    let ended = run.pull(&meters).await?;
    let outcomes = manifest.streams.iter().zip(&meters).zip(ended).map(|((stream, meter), (mut counts, result))| {
        if result == Outcome::Ok {
            let unmet = expect::unmet(&stream.expect, request.ledger, name, &stream.name, request.now)?;
            counts.warnings.extend(unmet);
        }
        let outcome = outcome(name, manifest, stream, &counts, result);
        meter.done(&outcome);
        Ok(outcome)
    });
    outcomes.collect()
}

/// Every stream fails for the same reason.
fn refuse(
    request: &Request<'_>,
    name: &str,
    manifest: &Manifest,
    board: &Board,
    why: &str,
) -> Result<Vec<StreamOutcome>> {
    let owner = owner(name, manifest);
    let why = if why.starts_with(&owner) { why.to_owned() } else { format!("{owner}: {why}") };
    let mut outcomes = Vec::new();
    for stream in &manifest.streams {
        let now = request.now.to_string();
        let pull_id = request.ledger.start_pull(name, &stream.name, &now)?;
        request.ledger.finish_pull(pull_id, &now, 0, 0, "failed", Some(&why))?;
        let outcome = outcome(name, manifest, stream, &Counts::default(), Outcome::Failed(why.clone()));
        board.meter(name, &stream.name).done(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// A source as errors name it.
pub(super) fn owner(name: &str, manifest: &Manifest) -> String {
    format!("source {name} ({})", manifest.name)
}

pub(super) fn outcome(
    name: &str,
    manifest: &Manifest,
    stream: &Stream,
    counts: &Counts,
    result: Outcome,
) -> StreamOutcome {
    StreamOutcome {
        source: name.into(),
        manifest: manifest.name.clone(),
        stream: stream.name.clone(),
        rows: counts.rows,
        requests: counts.requests,
        quarantined: counts.quarantined,
        warnings: counts.warnings.clone(),
        notes: counts.notes.clone(),
        optional: stream.optional,
        result,
    }
}

/// Two pulls of one source would sweep each other's files.
pub(super) fn lock(store: &Path, name: &str) -> Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = store.join("landing").join(name);
    crate::ledger::private_folder(&folder)?;
    let path = folder.join(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// The same, after a wait for who has it for a moment only: small files that become one take no longer.
pub(super) async fn lock_soon(store: &Path, name: &str) -> Result<Option<File>> {
    for _ in 0..MOMENTS {
        if let Some(lock) = lock(store, name)? {
            return Ok(Some(lock));
        }
        tokio::time::sleep(MOMENT).await;
    }
    lock(store, name)
}

pub(super) fn open<'a>(request: &'a Request<'a>, chosen: &'a Chosen<'_>) -> Result<Open<'a>> {
    let config = request.config;
    let Chosen { name, manifest, is_qualified } = chosen;
    let qualifier = is_qualified.then_some(*name);
    let source = &config.sources[*name];
    let zone = TimeZone::get(&config.company.timezone)?;
    let (values, start) = values_of(config, request.now, source, manifest)?;
    let mut open =
        Open { request, name, qualifier, source, manifest, values, start, zone, client: None, database: None };
    match manifest.kind {
        Kind::Rest => open.client = Some(connect(&open)?),
        Kind::Sql => {
            let (values, owner) = (&open.values, owner(name, manifest));
            open.database = Some(sql::Database::new(manifest, source, values, request.secrets, &owner, config)?);
        }
        Kind::Files | Kind::Singer => {}
    }
    Ok(open)
}

/// The settings as placeholders, and the first moment of history.
pub(super) fn values_of(
    config: &Config,
    now: Timestamp,
    source: &Source,
    manifest: &Manifest,
) -> Result<(Values, Timestamp)> {
    let mut values = Values::default();
    values.set("timezone", config.company.timezone.as_str());
    for (setting, meaning) in &manifest.settings {
        match source.settings.get(setting).or(meaning.default.as_ref()) {
            Some(value) => values.set(setting, value.as_str()),
            None => bail!("settings: {setting} is missing ({})", meaning.about),
        }
    }
    // a default may be made of other settings
    for (setting, meaning) in manifest.settings.iter().filter(|(name, _)| !source.settings.contains_key(*name)) {
        if let Some(default) = &meaning.default {
            let filled = values.fill(default)?;
            values.set(setting, filled);
        }
    }
    for setting in source.settings.keys().filter(|name| *name != "start_date") {
        if !manifest.settings.contains_key(setting) {
            let known: Vec<&str> = manifest.settings.keys().map(String::as_str).chain(["start_date"]).collect();
            bail!("settings: {setting:?} is unknown{}", nearest(setting, &known));
        }
    }
    let start = match source.settings.get("start_date") {
        Some(text) => {
            let date: jiff::civil::Date =
                text.parse().with_context(|| format!("settings: start_date {text:?} is not a date like 2025-01-31"))?;
            date.to_zoned(TimeZone::get(&config.company.timezone)?)?.timestamp()
        }
        None => now - (i64::from(manifest.history_days) * 24).hours(),
    };
    Ok((values, start))
}

fn connect(open: &Open<'_>) -> Result<Client> {
    let (source, manifest) = (open.source, open.manifest);
    let base = source.base_url.as_deref().or(manifest.base_url.as_deref()).context("base_url is missing")?;
    let base = Url::parse(&open.values.fill(base)?).with_context(|| format!("base_url {base:?} is no address"))?;
    connect_to(open, base)
}

fn connect_to(open: &Open<'_>, base: Url) -> Result<Client> {
    let (source, manifest, request) = (open.source, open.manifest, open.request);
    for group in source.budget.keys().filter(|group| *group != "default") {
        let known: Vec<&str> = manifest.budget.keys().map(String::as_str).collect();
        if !manifest.budget.contains_key(group) {
            bail!("budget: {group:?} is unknown{}", nearest(group, &known));
        }
    }
    let owner = owner(open.name, manifest);
    let owner = Owner { name: open.name, source, words: &owner, config: request.config, secrets: request.secrets };
    let credential = Credential::new(&manifest.auth, &open.values, &owner)?;
    let budgets = Budgets::new(manifest, &source.budget);
    Client::new(manifest, base, credential, budgets, &open.values, request.now)
}

impl Open<'_> {
    /// One stream, from its cursor to its outcome. An error means that the ledger cannot be written.
    async fn stream(&self, stream: &Stream, board: &Board) -> Result<StreamOutcome> {
        let (ledger, now) = (self.request.ledger, self.request.now);
        let meter = board.meter(self.name, &stream.name);
        let began = Instant::now();
        let pull_id = ledger.start_pull(self.name, &stream.name, &now.to_string())?;
        let mut counts = Counts::default();
        let (source, qualifier) = (self.name, self.qualifier);
        let names = Names { source, qualifier, manifest: self.manifest, stream, pull_id, now };
        let store = self.request.config.store();
        let result = match Landing::new(&store, self.name, &stream.name, pull_id, now, &self.manifest.limits) {
            Ok(landing) => {
                let mut sink = Sink::new(names, ledger, landing, &meter)?;
                let result = self.read(stream, &mut sink, &mut counts).await;
                counts.rows = sink.rows;
                counts.quarantined = sink.quarantined;
                counts.warnings = sink.warnings.words();
                if matches!(result, Ok(None)) && !self.request.first_page_only {
                    counts.notes.extend(sink.close()?);
                    for note in &counts.notes {
                        tracing::info!(source = self.name, stream = stream.name, "{note}");
                    }
                    let unmet = expect::unmet(&stream.expect, ledger, self.name, &stream.name, now)?;
                    counts.warnings.extend(unmet);
                }
                result
            }
            Err(error) => Err(error),
        };
        let result = match result {
            Ok(None) => Outcome::Ok,
            Ok(Some(why)) => Outcome::Skipped(self.explain(stream, &why)),
            Err(error) => {
                let why = self.explain(stream, &format!("{error:#}"));
                match action_of(&error) {
                    Some(Action::Skip) => Outcome::Skipped(why),
                    _ => Outcome::Failed(why),
                }
            }
        };
        let (word, message) = match &result {
            Outcome::Ok => ("ok", None),
            Outcome::Failed(why) => ("failed", Some(why.as_str())),
            Outcome::Skipped(why) => ("skipped", Some(why.as_str())),
        };
        // The clock is an argument; what has passed since is measured.
        let finished = now + Duration::from_millis(began.elapsed().as_millis() as u64);
        ledger.finish_pull(pull_id, &finished.to_string(), counts.rows, counts.requests, word, message)?;
        let outcome = outcome(self.name, self.manifest, stream, &counts, result);
        meter.done(&outcome);
        Ok(outcome)
    }

    /// Reads a stream into its sink; text if it was left out.
    async fn read<'s>(
        &'s self,
        stream: &'s Stream,
        sink: &mut Sink<'s>,
        counts: &mut Counts,
    ) -> Result<Option<String>> {
        let stored = self.request.ledger.cursor_of(self.name, &self.manifest.name, &stream.name)?;
        let stored = stored.filter(|_| !self.request.full);
        let mut state =
            State::parse(stored.as_deref()).context("its cursor cannot be read; pull it again with --full")?;
        let sql = self.sql_of(stream)?;
        let asked = asked(self.manifest, stream, sql.as_deref(), &self.values)?;
        for (words, count) in state.ask(asked, self.manifest, stream)? {
            sink.warnings.count(&words.replace("SOURCE", self.name), count);
        }
        match self.manifest.kind {
            Kind::Rest | Kind::Singer => {}
            Kind::Files => return self.files(stream, state, sink, counts).await,
            Kind::Sql => return self.query(stream, state, sink).await,
        }
        let client = self.client.as_ref().context("the source is not connected")?;
        let reader = self.reader(client, stream, sink.meter())?;
        let result =
            if self.request.first_page_only { reader.first_page().await } else { reader.pull(state, sink).await };
        counts.requests = reader.requests.load(Ordering::Relaxed);
        reader.say_warnings(sink);
        result.map(|()| None)
    }

    /// What reads a stream.
    pub(super) fn reader<'b>(&'b self, client: &'b Client, stream: &'b Stream, meter: &'b Meter) -> Result<Reader<'b>> {
        Ok(Reader {
            client,
            manifest: self.manifest,
            stream,
            sql: self.sql_of(stream)?,
            values: self.values.clone(),
            start: self.start_of(stream),
            zone: self.zone.clone(),
            now: self.request.now,
            deadline: Instant::now() + Duration::from_secs_f64(self.manifest.limits.stream_seconds),
            requests: AtomicU64::new(0),
            meter,
            warnings: Mutex::default(),
            once: Mutex::default(),
        })
    }

    async fn files<'s>(
        &'s self,
        stream: &'s Stream,
        state: State,
        sink: &mut Sink<'s>,
        counts: &mut Counts,
    ) -> Result<Option<String>> {
        let config = self.request.config;
        let bounds = self.bounds();
        let folder = self.source.directory.as_ref().map(|folder| config.resolve(folder));
        let job = files::Job { stream, values: &self.values, folder, bounds };
        let Some(url) = files::address(self.manifest, stream, self.source, &self.values)? else {
            if self.request.first_page_only {
                return job.first().await;
            }
            return job.local(state, sink).await;
        };
        let client = connect_to(self, url.join("/")?)?;
        let (requests, warnings) = (AtomicU64::new(0), Mutex::default());
        let caller = Caller {
            manifest: self.manifest,
            stream,
            group: stream.group.as_deref(),
            deadline: bounds.deadline,
            requests: &requests,
            meter: sink.meter(),
            warnings: &warnings,
        };
        let temporary = config.store().join("landing").join(self.name).join(&stream.name).join("download.tmp");
        let first_page_only = self.request.first_page_only;
        let remote = files::Remote { client: &client, url, caller, temporary, first_page_only };
        let result = job.remote(&remote, state, sink).await;
        counts.requests = requests.load(Ordering::Relaxed);
        result
    }

    async fn query(&self, stream: &Stream, state: State, sink: &mut Sink<'_>) -> Result<Option<String>> {
        let database = self.database.as_ref().context("the source has no database")?;
        let text = stream.query.clone().or(self.sql_of(stream)?).context("it has no query")?;
        let job = sql::Job {
            database,
            stream,
            text,
            values: &self.values,
            start: self.start_of(stream),
            zone: self.zone.clone(),
            now: self.request.now,
            bounds: self.bounds(),
        };
        if self.request.first_page_only { job.check().await } else { job.pull(state, sink).await }.map(|()| None)
    }

    /// The text of the file that its `sql` names.
    fn sql_of(&self, stream: &Stream) -> Result<Option<String>> {
        let config = self.request.config;
        let queries = config.store.queries.as_ref().map(|path| config.resolve(path));
        stream.sql.as_deref().map(|name| rollup(queries.as_deref(), name)).transpose()
    }

    fn bounds(&self) -> Bounds {
        let limits = &self.manifest.limits;
        Bounds {
            deadline: Instant::now() + Duration::from_secs_f64(limits.stream_seconds),
            seconds: limits.stream_seconds,
            silence: Duration::from_secs_f64(limits.request_seconds),
            rows: limits.rows,
        }
    }

    /// The first moment of a stream's history.
    fn start_of(&self, stream: &Stream) -> Timestamp {
        // events and days that would go at once are not asked for
        let kept = retain::days(self.source, stream).and_then(|days| i32::try_from(days).ok());
        let kept = kept.filter(|_| matches!(stream.write, Write::Append | Write::ReplaceWindow));
        let deepest = stream.history_days.into_iter().chain(kept).min();
        let deepest = deepest.map(|days| self.request.now - (i64::from(days) * 24).hours());
        deepest.map_or(self.start, |deepest| deepest.max(self.start))
    }

    pub(super) fn explain(&self, stream: &Stream, why: &str) -> String {
        let why = self.client.as_ref().map_or_else(|| why.to_owned(), |client| client.redact(why));
        let why = self.database.as_ref().map_or_else(|| why.clone(), |database| database.redact(&why));
        format!("{}, stream {}: {why}", owner(self.name, self.manifest), stream.name)
    }
}
