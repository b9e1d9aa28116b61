//! Lists inside a record that hold only their beginning: read to the end and put back in place.

use anyhow::{Context, Result};

use super::client::{Caller, Client};
use super::contract::Record;
use super::lens;
use super::manifest::{Method, Nested, Paginate};
use super::template::Values;
use super::walk::{Once, Shape, Template, Walk};

/// The record with each of its nested lists complete.
pub(super) async fn complete(
    client: &Client,
    caller: Caller<'_>,
    lists: &[Nested],
    mut record: Record,
) -> Result<Record> {
    for list in lists {
        let more = format!("{}{}", list.at, list.more);
        if lens::is_true(&record, &more) {
            let complete = read_on(client, caller, list, &record).await;
            record = complete.with_context(|| format!("nested list {}", list.at))?.into();
        }
    }
    Ok(record)
}

async fn read_on(client: &Client, caller: Caller<'_>, list: &Nested, record: &str) -> Result<String> {
    let records = format!("{}{}", list.at, list.records);
    let begin = lens::list(record, &records).with_context(|| format!("has no list at {records}"))?;
    let mut all: Vec<Record> = begin.into_iter().map(Record::from).collect();
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
    let mut is_new = |element: &Record| once.add(lens::at(element, &list.field).unwrap_or(element));
    all.retain(&mut is_new);
    while let Some(page) = walk.next().await? {
        all.extend(page.records.into_iter().filter(&mut is_new));
    }
    let all = all.iter().map(|element| &**element).collect::<Vec<_>>().join(",");
    let complete = lens::replace(record, &records, &format!("[{all}]"));
    Ok(lens::replace(&complete, &format!("{}{}", list.at, list.more), "false"))
}
