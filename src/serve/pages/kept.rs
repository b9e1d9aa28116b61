//! What the pages keep between two requests: little, and nothing that cannot be made again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::ledger::runs::EditionRow;
use crate::render::Renderer;
use crate::review::model::Review;

/// Pages made at once; more wait.
const PAGES: usize = 8;
/// Searches at once, which read many files.
const SEARCHES: usize = 2;
/// How long the size of the store is believed.
const SIZES: SignedDuration = SignedDuration::from_mins(5);

/// See the module.
pub struct Kept {
    renderer: Mutex<Option<(Arc<Config>, Arc<Renderer>)>>,
    titles: Mutex<BTreeMap<String, (i64, Titles)>>,
    sizes: Mutex<Option<(Timestamp, Sizes)>>,
    pub(super) pages: Arc<Semaphore>,
    pub(super) searches: Arc<Semaphore>,
}

/// Names and titles of metrics.
pub(in crate::serve) type Titles = Arc<Vec<(String, String)>>;
/// Bytes by part of the store.
pub(super) type Sizes = Arc<BTreeMap<String, u64>>;

impl Default for Kept {
    fn default() -> Kept {
        Kept {
            renderer: Mutex::default(),
            titles: Mutex::default(),
            sizes: Mutex::default(),
            pages: Arc::new(Semaphore::new(PAGES)),
            searches: Arc::new(Semaphore::new(SEARCHES)),
        }
    }
}

impl Kept {
    /// Templates and words of the configuration in force; a reload reads them again.
    pub fn renderer(&self, config: &Arc<Config>) -> Result<Arc<Renderer>> {
        let mut kept = self.renderer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, renderer)) = &*kept
            && Arc::ptr_eq(of, config)
        {
            return Ok(renderer.clone());
        }
        let own = config.store.templates.as_ref().map(|folder| config.resolve(folder));
        let renderer = Arc::new(Renderer::new(own.as_deref())?);
        *kept = Some((config.clone(), renderer.clone()));
        Ok(renderer)
    }

    /// The metrics that an edition shows, in its order. Of a report those of one edition are kept, its newest as a rule.
    pub(in crate::serve) fn titles(&self, store: &Path, edition: &EditionRow) -> Titles {
        let kept = self.titles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, titles)) = kept.get(&edition.report).filter(|(id, _)| *id == edition.edition_id) {
            return titles.clone();
        }
        drop(kept);
        let titles: Titles = Arc::new(read(store, edition).map_or_else(Vec::new, |printed: Printed| {
            let rows = printed.sections.into_iter().flat_map(|s| s.rows);
            rows.map(|row| (row.metric, row.title)).collect()
        }));
        let mut kept = self.titles.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(edition.report.clone(), (edition.edition_id, titles.clone()));
        titles
    }

    /// How large the store is.
    pub(super) fn sizes(&self, store: &Path, now: Timestamp) -> Sizes {
        let mut kept = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, sizes)) = &*kept
            && now.duration_since(*at).abs() < SIZES
        {
            return sizes.clone();
        }
        let mut sizes = BTreeMap::new();
        for entry in std::fs::read_dir(store).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let part = name.split('.').next().unwrap_or_default().to_owned();
            *sizes.entry(part).or_default() += bytes_of(&entry);
        }
        let sizes = Arc::new(sizes);
        *kept = Some((now, sizes.clone()));
        sizes
    }
}

/// What an edition was made of; `None` where it cannot be read (any more).
pub(super) fn review_of(store: &Path, edition: &EditionRow) -> Option<Review> {
    read(store, edition)
}

/// What every edition says of its metrics, however old it is.
#[derive(Deserialize)]
struct Printed {
    sections: Vec<PrintedSection>,
}

#[derive(Deserialize)]
struct PrintedSection {
    rows: Vec<PrintedRow>,
}

#[derive(Deserialize)]
struct PrintedRow {
    metric: String,
    title: String,
}

fn read<T: DeserializeOwned>(store: &Path, edition: &EditionRow) -> Option<T> {
    let bytes = std::fs::read(store.join(&edition.path).join("report.json")).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Links are not followed.
fn bytes_of(entry: &std::fs::DirEntry) -> u64 {
    let Ok(kind) = entry.metadata() else { return 0 };
    if !kind.is_dir() {
        return kind.len();
    }
    std::fs::read_dir(entry.path()).into_iter().flatten().flatten().map(|inner| bytes_of(&inner)).sum()
}
