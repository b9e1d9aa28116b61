//! Lists that belong to records of another stream: read for every parent, or for those that the parent's own list says are new.
//!
//! A stream of the second kind keeps a place of its own in the parent's list, so that its rows and its place become true together
//! and neither waits for the other's pull.

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt};

use super::contract::Record;
use super::lens;
use super::manifest::{Parent, Stream};
use super::sink::Sink;
use super::stream::Reader;
use super::walk::Once;

/// Lists read side by side; the source's budget bounds them further.
const AT_ONCE: usize = 8;

impl Reader<'_> {
    /// The lists of every parent there is.
    pub(super) async fn all_children(&self, parent: &Parent, sink: &mut Sink<'_>) -> Result<()> {
        let mut walk = self.walk_of(self.manifest.stream(&parent.stream)?, self.values.clone())?;
        let mut once = Once::default();
        while let Some(mut page) = walk.next().await? {
            page.records.retain(|record| once.add(lens::at(record, &parent.field).unwrap_or(record)));
            self.children_of(parent, &page.records, sink).await?;
        }
        Ok(())
    }

    /// The lists of these parents, in their order.
    pub(super) async fn children_of(&self, parent: &Parent, parents: &[Record], sink: &mut Sink<'_>) -> Result<()> {
        let keys = parents.iter().map(|record| {
            let key = lens::at(record, &parent.field).filter(|key| lens::plain(key).is_some());
            key.map(str::to_owned).with_context(|| format!("a record of {} has no {}", parent.stream, parent.field))
        });
        let keys: Vec<String> = keys.collect::<Result<_>>()?;
        let lists = keys.into_iter().map(|key| async move { self.children(self.stream, &key).await });
        let mut lists = futures_util::stream::iter(lists).buffered(AT_ONCE);
        while let Some(records) = lists.try_next().await? {
            for record in records {
                sink.take(record)?;
            }
            sink.page();
        }
        Ok(())
    }

    /// One parent's list, each record with its parent's key.
    async fn children(&self, stream: &Stream, key: &str) -> Result<Vec<String>> {
        let mut values = self.values.clone();
        values.set("parent", lens::plain(key).unwrap_or_default());
        let mut walk = self.walk_of(stream, values)?;
        let mut records = Vec::new();
        while let Some(page) = walk.next().await? {
            for record in page.records {
                records.push(lens::with_member(&self.complete(record).await?, "_parent", key));
            }
        }
        Ok(records)
    }
}
