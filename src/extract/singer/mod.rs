//! A Singer tap as a source: any program that writes SCHEMA, RECORD, STATE, ACTIVATE_VERSION and BATCH messages to its standard
//! output. Its records go through the same contract into the same landing files as everybody's.
//!
//! `settings` what it is told · `process`, `log` the child and its end · `lines`, `message` what it says · `catalog` what it has ·
//! `intake`, `feed`, `batch` where records go · `kept` what the next run begins with.
//!
//! Records are merged by key, so that what comes twice stands once: what was read before a failure is kept even beyond the last
//! STATE. A table that replaces another becomes true when it is whole, and no STATE is stored meanwhile.

mod batch;
mod catalog;
mod feed;
mod intake;
mod kept;
mod lines;
mod log;
mod message;
mod process;
mod settings;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use tokio::time::Instant;

use super::manifest::{Handed, Kind, Manifest, Stream, Tap, Write};
use super::progress::Meter;
use super::source::{Counts, owner, values_of};
use super::template::Values;
use super::{Chosen, Outcome, Request};
use crate::config::{Config, Secrets, Source};
use batch::Reading;
use feed::{Feed, absent};
use intake::Intake;
use kept::{CURSOR, Kept};
use lines::Lines;
use process::{Patience, Program, Running};
use settings::{Hidden, Origin, Private};

/// What `--discover` may print.
const CATALOG_BYTES: usize = 64 << 20;

/// One run of a tap.
pub(super) struct Run<'a> {
    pub(super) request: &'a Request<'a>,
    /// Of the source.
    pub(super) name: &'a str,
    /// What the source's ids begin with outside it, where they do.
    pub(super) qualifier: Option<&'a str>,
    pub(super) source: &'a Source,
    pub(super) manifest: &'a Manifest,
    pub(super) tap: &'a Tap,
    /// Settings, `{timezone}` and `{start}`.
    pub(super) values: Values,
    began: Instant,
}

/// How one stream of a run ended.
type Ended = (Counts, Outcome);

/// What a run needs besides the manifest: the program, and what it is told.
struct Equipment {
    program: PathBuf,
    private: Private,
    batch: PathBuf,
    config: PathBuf,
    hidden: Arc<Hidden>,
    patience: Patience,
}

impl<'a> Run<'a> {
    pub(super) fn new(request: &'a Request<'a>, chosen: &'a Chosen<'_>) -> Result<Run<'a>> {
        let (name, manifest) = (chosen.name, &chosen.manifest);
        let source = &request.config.sources[name];
        let tap = manifest.tap.as_ref().context("it has no [tap]")?;
        let (mut values, start) = values_of(request.config, request.now, source, manifest)?;
        values.set("start", start.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let qualifier = chosen.is_qualified.then_some(name);
        Ok(Run { request, name, qualifier, source, manifest, tap, values, began: Instant::now() })
    }

    /// The pull's time and what has passed since: the clock is an argument.
    fn finished(&self) -> String {
        (self.request.now + Duration::from_millis(self.began.elapsed().as_millis() as u64)).to_string()
    }

    fn equip(&self) -> Result<Equipment> {
        let Request { config, secrets, .. } = self.request;
        let program = settings::program(self.tap, self.source, &config.folder)?;
        let private = Private::new(&config.store(), self.name)?;
        let batch = private.batch();
        let mut values = self.values.clone();
        values.set("batch", batch.to_string_lossy());
        let owner = owner(self.name, self.manifest);
        let origin = Origin {
            tap: self.tap,
            source: self.source,
            secrets,
            values: &values,
            owner: &owner,
            folder: &config.folder,
        };
        let (told, hidden) = settings::settings(&origin)?;
        let seconds = Duration::from_secs_f64;
        let total = seconds(self.manifest.limits.stream_seconds);
        let patience = Patience {
            start: seconds(self.tap.start_seconds),
            silence: seconds(self.tap.silence_seconds),
            stop: seconds(self.tap.stop_seconds),
            deadline: self.began + total,
            total,
        };
        let config = private.write("config.json", &told.to_string())?;
        Ok(Equipment { program, private, batch, config, hidden: Arc::new(hidden), patience })
    }

    fn start(&self, with: &Equipment, args: Vec<OsString>) -> Result<Running> {
        Running::start(Program {
            path: &with.program,
            args: self.tap.args.iter().map(OsString::from).chain(args).collect(),
            folder: &self.request.config.folder,
            hidden: with.hidden.clone(),
            source: self.name,
            patience: with.patience,
        })
    }

    /// What the tap says it has, with the manifest's streams selected; nothing where it has no discovery.
    async fn discover(&self, with: &Equipment) -> Result<Option<catalog::Chosen>> {
        if self.tap.catalog == Handed::None {
            return Ok(None);
        }
        let mut running = self.start(with, vec!["--config".into(), with.config.clone().into(), "--discover".into()])?;
        let printed = match running.all(CATALOG_BYTES).await {
            Ok(printed) => running.end().await.map(|()| printed),
            Err(why) => Err(running.stop(why).await),
        };
        let printed = printed.context("--discover")?;
        catalog::choose(&String::from_utf8_lossy(&printed), &self.manifest.streams, self.tap.catalog).map(Some)
    }

    /// Reads all streams. An error means that the ledger cannot be written.
    pub(super) async fn pull(&self, meters: &[Meter]) -> Result<Vec<Ended>> {
        match self.all(meters).await {
            Ok(ended) => Ok(ended),
            Err(why) => {
                let result = Err(why);
                self.manifest.streams.iter().map(|stream| self.ended(stream, None, &result, None)).collect()
            }
        }
    }

    /// An error is that of the run as a whole, before any of its streams began.
    async fn all(&self, meters: &[Meter]) -> Result<Vec<Ended>> {
        let with = self.equip()?;
        let redacted = |error: anyhow::Error| anyhow::anyhow!("{}", with.hidden.mask(&format!("{error:#}")));
        let chosen = self.discover(&with).await.map_err(redacted)?;
        let missing: Vec<Option<String>> = self
            .manifest
            .streams
            .iter()
            .enumerate()
            .map(|(at, stream)| {
                let chosen = chosen.as_ref().filter(|chosen| chosen.ids[at].is_empty())?;
                Some(absent(stream.tap_name(), &chosen.known))
            })
            .collect();
        if self.request.first_page_only {
            if chosen.is_none() {
                self.greet(&with).await.map_err(redacted)?;
            }
            let streams = self.manifest.streams.iter().zip(missing);
            return streams.map(|(stream, why)| self.ended(stream, None, &Ok(()), why)).collect();
        }
        let wanted: Vec<usize> = (0..missing.len()).filter(|at| missing[*at].is_none()).collect();
        let keyed: Vec<OnceLock<Stream>> = missing.iter().map(|_| OnceLock::new()).collect();
        let stored = self.request.ledger.cursor_of(self.name, &self.manifest.name, CURSOR)?;
        let stored = stored.filter(|_| !self.request.full);
        let kept = Kept::parse(stored.as_deref()).context("its state cannot be read; pull it again with --full")?;
        let streams = &self.manifest.streams;
        let ids: Vec<Vec<String>> = match &chosen {
            Some(chosen) => chosen.ids.clone(),
            None => streams.iter().map(|stream| vec![stream.tap_name().to_owned()]).collect(),
        };
        let replaced = wanted.iter().filter(|at| streams[**at].write == Write::Replace);
        let replaced: Vec<&str> = replaced.flat_map(|at| &ids[*at]).map(String::as_str).collect();
        let state = kept.state_without(&replaced);
        let feeds = wanted.iter().map(|at| {
            let known = kept.streams.get(&streams[*at].name).cloned().unwrap_or_default();
            Feed::new(self, &streams[*at], &keyed[*at], &meters[*at], ids[*at].clone(), known)
        });
        let feeds = feeds.collect();
        let reading =
            Reading { folder: &with.batch, line_bytes: self.tap.line_bytes, deadline: with.patience.deadline };
        let mut intake = Intake::new(self, feeds, kept, reading, &with.hidden);
        let result = if wanted.is_empty() {
            Ok(())
        } else {
            self.read(&with, chosen.as_ref(), state.as_deref(), &mut intake).await.map_err(redacted)
        };
        intake.remarks();
        let mut feeds = intake.feeds.into_iter();
        let mut ended = Vec::new();
        for (stream, why) in streams.iter().zip(missing) {
            let feed = if why.is_none() { feeds.next() } else { None };
            ended.push(self.ended(stream, feed, &result, why)?);
        }
        Ok(ended)
    }

    /// Runs the tap to its end and takes what it says.
    async fn read(
        &self,
        with: &Equipment,
        chosen: Option<&catalog::Chosen>,
        state: Option<&str>,
        intake: &mut Intake<'_>,
    ) -> Result<()> {
        let mut args: Vec<OsString> = vec!["--config".into(), with.config.clone().into()];
        if let Some(chosen) = chosen {
            let word = if self.tap.catalog == Handed::Properties { "--properties" } else { "--catalog" };
            args.extend([word.into(), with.private.write("catalog.json", &chosen.text)?.into()]);
        }
        if let Some(state) = state {
            args.extend(["--state".into(), with.private.write("state.json", state)?.into()]);
        }
        let mut running = self.start(with, args)?;
        let mut lines = Lines::new(self.tap.line_bytes);
        let result = loop {
            match running.line(&mut lines).await {
                Ok(Some(line)) => {
                    if let Err(why) = intake.take(&line) {
                        break Err(running.stop(why).await);
                    }
                }
                Ok(None) => break running.end().await,
                Err(why) => break Err(running.stop(why).await),
            }
        };
        match result {
            Ok(()) => intake.complete(),
            // What cannot be stored either says less than what went wrong first.
            Err(why) => match intake.abandon() {
                Ok(()) => Err(why),
                Err(error) => Err(why.context(format!("{error:#}"))),
            },
        }
    }

    /// Sees that the program runs at all.
    async fn greet(&self, with: &Equipment) -> Result<()> {
        let mut running = self.start(with, vec!["--help".into()])?;
        match running.all(CATALOG_BYTES).await {
            Ok(_) => running.end().await.context("--help"),
            Err(why) => Err(running.stop(why).await),
        }
    }

    /// How a stream ended, for the ledger, too.
    fn ended(
        &self,
        stream: &Stream,
        feed: Option<Feed<'_>>,
        result: &Result<()>,
        missing: Option<String>,
    ) -> Result<Ended> {
        let is_known = feed.as_ref().is_none_or(Feed::is_known);
        let result = match (result, missing) {
            (Err(why), _) => Outcome::Failed(format!("{why:#}")),
            (Ok(()), Some(why)) if stream.optional => Outcome::Skipped(why),
            (Ok(()), Some(why)) => Outcome::Failed(why),
            (Ok(()), None) if is_known => Outcome::Ok,
            (Ok(()), None) => Outcome::Skipped("the tap ended well, but said nothing of this stream".into()),
        };
        let explained = |why: &str| format!("{}, stream {}: {why}", owner(self.name, self.manifest), stream.name);
        let (word, result) = match result {
            Outcome::Ok => ("ok", Outcome::Ok),
            Outcome::Failed(why) => ("failed", Outcome::Failed(explained(&why))),
            Outcome::Skipped(why) => ("skipped", Outcome::Skipped(explained(&why))),
        };
        let message = match &result {
            Outcome::Ok => None,
            Outcome::Failed(why) | Outcome::Skipped(why) => Some(why.as_str()),
        };
        let counts = if let Some(mut feed) = feed {
            feed.finish(word, message)?
        } else {
            let ledger = self.request.ledger;
            let pull_id = ledger.start_pull(self.name, &stream.name, &self.request.now.to_string())?;
            ledger.finish_pull(pull_id, &self.finished(), 0, 0, word, message)?;
            Counts::default()
        };
        Ok((counts, result))
    }
}

/// Where a tap goes on, in words, if that is what a cursor says.
pub(super) fn mark(cursor: &str) -> Option<String> {
    let kept = Kept::parse(Some(cursor)).ok()?;
    match kept.state {
        Some(state) => Some(format!("at the tap's own mark ({} characters)", state.get().len())),
        None => (!kept.streams.is_empty()).then(|| "the tap keeps no mark".into()),
    }
}

/// Refuses what can be known to fail before a tap is started: a program that is not there, a secret that is not set.
pub fn check_tap(config: &Config, secrets: &Secrets, name: &str, manifest: &Manifest, now: Timestamp) -> Result<()> {
    let source = &config.sources[name];
    let Some(tap) = &manifest.tap else {
        ensure!(source.tap.is_none(), "[sources.{name}.tap]: the manifest {} is of no tap", manifest.name);
        return Ok(());
    };
    if manifest.kind != Kind::Singer {
        bail!("{} is no tap's manifest", manifest.name);
    }
    let owner = owner(name, manifest);
    let (mut values, start) = values_of(config, now, source, manifest).context(owner.clone())?;
    values.set("start", start.to_string());
    values.set("batch", "");
    settings::program(tap, source, &config.folder).context(owner.clone())?;
    let origin = Origin { tap, source, secrets, values: &values, owner: &owner, folder: &config.folder };
    settings::settings(&origin).map(|_| ())
}
