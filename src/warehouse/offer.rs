//! What reports can show, read from the files alone: without an engine, for whoever only has to know the names.

use std::path::Path;

use anyhow::{Context, Result};

use super::catalog::{Catalog, files};
use super::header::Header;

/// Metrics and lists by name.
#[derive(Debug)]
pub struct Offer {
    pub metrics: Vec<Header>,
    pub lists: Vec<String>,
}

impl Offer {
    /// What the shipped queries and the user's offer.
    ///
    /// # Errors
    /// Names the file and line of a header that cannot be read.
    pub fn read(user: Option<&Path>) -> Result<Offer> {
        let mut offer = Offer { metrics: Vec::new(), lists: Vec::new() };
        for (file, sql) in files(user)? {
            let Some(path) = file.strip_suffix(".sql") else { continue };
            match path.split('/').collect::<Vec<_>>()[..] {
                ["metrics", ..] => {
                    offer.metrics.push(Header::parse(&sql).with_context(|| format!("queries/{file}"))?);
                }
                ["lists", name] => offer.lists.push(name.to_owned()),
                _ => {}
            }
        }
        Ok(offer)
    }

    /// The same of a catalogue.
    pub fn of(catalog: &Catalog) -> Offer {
        let lists = catalog.queries.iter().filter_map(|query| query.relation.strip_prefix("lists."));
        Offer {
            metrics: catalog.metrics.iter().map(|(header, _)| header.clone()).collect(),
            lists: lists.map(str::to_owned).collect(),
        }
    }
}
