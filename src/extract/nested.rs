//! Lists inside a record that hold only their beginning: read to the end and put back in place.

use anyhow::{Context, Result};

use super::client::{Caller, Client};
use super::lens;
use super::manifest::{Method, Nested, Paginate};
use super::template::Values;
use super::walk::{Once, Shape, Template, Walk};

/// The record with each of its nested lists complete.
pub(super) async fn complete(
    client: &Client,
    caller: Caller<'_>,
    lists: &[Nested],
    mut record: String,
) -> Result<String> {
    for list in lists {
        let more = format!("{}{}", list.at, list.more);
        if lens::is_true(&record, &more) {
            record =
                read_on(client, caller, list, &record).await.with_context(|| format!("nested list {}", list.at))?;
        }
    }
    Ok(record)
}

async fn read_on(client: &Client, caller: Caller<'_>, list: &Nested, record: &str) -> Result<String> {
    let records = format!("{}{}", list.at, list.records);
    let mut all: Vec<String> = lens::list(record, &records)
        .with_context(|| format!("has no list at {records}"))?
        .into_iter()
        .map(str::to_owned)
        .collect();
    let url = lens::plain_at(record, &format!("{}{}", list.at, list.url)).context("names no address for its rest")?;
    let last = all.last().and_then(|last| lens::plain_at(last, &list.field)).context("has more but begins empty")?;
    let address = client.address(&url)?;
    let mut params = list.params.clone();
    for (name, value) in address.query_pairs() {
        params.insert(name.into_owned(), super::manifest::Param::One(value.into_owned()));
    }
    let paginate = Paginate::LastId { param: list.param.clone(), field: list.field.clone(), more: list.more.clone() };
    let template = Template { method: Method::Get, path: address.path(), params: &params, body: None, sql: None };
    let shape = Shape { records: Some(&list.records), columns: None, total: None, key: &[], paginate: &paginate };
    let mut walk = Walk::new(client, caller, template, shape, Values::default())?;
    walk.resume(&last);
    // where the last element is gone meanwhile, the list is read from its beginning
    let mut once = Once::default();
    let mut is_new = |element: &String| once.add(lens::at(element, &list.field).unwrap_or(element));
    all.retain(&mut is_new);
    while let Some(page) = walk.next().await? {
        all.extend(page.records.into_iter().filter(&mut is_new));
    }
    let complete = lens::replace(record, &records, &format!("[{}]", all.join(",")));
    Ok(lens::replace(&complete, &format!("{}{}", list.at, list.more), "false"))
}
