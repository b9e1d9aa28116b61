//! What a walk asks, and where in the answer it finds what it wants.

use anyhow::Result;

use crate::extract::client::{Call, Client};
use crate::extract::manifest::{Method, Paginate, Param, Stream};
use crate::extract::template::Values;

/// A request's text with its placeholders.
#[derive(Clone, Copy)]
pub(in crate::extract) struct Template<'a> {
    pub(in crate::extract) method: Method,
    pub(in crate::extract) path: &'a str,
    pub(in crate::extract) params: &'a std::collections::BTreeMap<String, Param>,
    pub(in crate::extract) body: Option<&'a serde_json::Value>,
    pub(in crate::extract) sql: Option<&'a str>,
}

impl Template<'_> {
    /// The request with every placeholder filled.
    pub(in crate::extract) fn call(&self, client: &Client, values: &Values) -> Result<Call> {
        let path = values.fill_path(self.path)?;
        let mut url = client.address(&path)?;
        let mut query: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        url.set_query(None);
        for (name, param) in self.params {
            for value in param.values() {
                query.push((name.clone(), values.fill(&value)?));
            }
        }
        let mut values = values.clone();
        if let Some(sql) = self.sql {
            values.set("sql", values.fill(sql)?);
        }
        let body = self.body.map(|body| values.fill_json(body)).transpose()?.map(|body| body.to_string());
        Ok(Call { method: self.method, url, query, body })
    }
}

/// Which part of an answer are records, and how the next page is found.
#[derive(Clone, Copy)]
pub(in crate::extract) struct Shape<'a> {
    pub(in crate::extract) records: Option<&'a str>,
    pub(in crate::extract) columns: Option<&'a str>,
    /// The API's own count of the list.
    pub(in crate::extract) total: Option<&'a str>,
    /// What identifies a record; nothing where readings cannot be compared.
    pub(in crate::extract) key: &'a [String],
    pub(in crate::extract) paginate: &'a Paginate,
}

impl<'a> Shape<'a> {
    /// Where an answer has its records: itself, unless said.
    pub(super) fn list(&self) -> &'a str {
        self.records.unwrap_or_default()
    }

    pub(in crate::extract) fn of(stream: &'a Stream) -> Shape<'a> {
        Shape {
            records: stream.records.as_deref(),
            columns: stream.columns.as_deref(),
            total: stream.total.as_deref(),
            key: &stream.key,
            paginate: stream.paginate.as_ref().unwrap_or(&Paginate::Single),
        }
    }
}
