//! From one page to the next: the only place that knows the kinds of pagination (pure).

use anyhow::{Context, Result, bail, ensure};

use super::contract::Record;
use super::lens;
use super::manifest::{KeyColumn, Paginate};

/// An answered page.
pub(super) struct Place<'a> {
    pub(super) said: &'a Said<'a>,
    pub(super) records: &'a [Record],
    pub(super) link: Option<&'a str>,
}

/// What a page says beside its records, which are most of it.
pub(super) struct Said<'a> {
    page: &'a str,
    around: String,
}

impl<'a> Said<'a> {
    /// `list` is of this page.
    pub(super) fn new(page: &'a str, list: &[&'a str]) -> Said<'a> {
        Said { page, around: lens::around(page, list) }
    }

    pub(super) fn at(&self, pointer: &str) -> Option<&str> {
        lens::at(&self.around, pointer).or_else(|| lens::at(self.page, pointer))
    }

    pub(super) fn plain_at(&self, pointer: &str) -> Option<String> {
        self.at(pointer).and_then(lens::plain)
    }
}

/// What follows a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    End,
    /// The same request with one parameter changed.
    Param {
        name: String,
        value: String,
    },
    /// The same request with a counter raised.
    NextPage {
        name: String,
    },
    /// Another address.
    Address(String),
    /// The same query after this key.
    After(String),
}

/// The step after a page, and where a later walk could resume. `so_far` counts the walk's records, this page included.
pub(super) fn step(paginate: &Paginate, page: &Place<'_>, so_far: u64) -> Result<(Step, Option<String>)> {
    let change = |name: &String, value: &str| Step::Param { name: name.clone(), value: value.into() };
    Ok(match paginate {
        Paginate::Single => (Step::End, None),
        Paginate::LastId { param, field, more } => {
            let last = page.records.last().and_then(|record| lens::plain_at(record, field));
            match (flag(page.said, more)?, last) {
                (false, last) => (Step::End, last),
                (true, Some(last)) => (change(param, &last), Some(last)),
                (true, None) => bail!("the API says there are more, but gave no record to go on from"),
            }
        }
        Paginate::Cursor { param, at, end, more, .. } => {
            let cursor = page.said.plain_at(at).filter(|cursor| !cursor.is_empty());
            let is_end = match (end, more) {
                (Some(end), _) => flag(page.said, end)?,
                (None, Some(more)) => !flag(page.said, more)?,
                (None, None) => cursor.is_none(),
            };
            match (is_end, cursor) {
                (true, cursor) => (Step::End, cursor),
                (false, Some(cursor)) => (change(param, &cursor), Some(cursor)),
                (false, None) => bail!("the API says there are more, but gave no cursor at {at:?}"),
            }
        }
        Paginate::NextUrl { at } => match page.said.at(at) {
            Some(next) => match lens::plain(next).filter(|next| !next.is_empty()) {
                Some(next) => (Step::Address(next.clone()), Some(next)),
                None => (Step::End, None),
            },
            None => bail!("the answer has nothing at {at:?}, which would say whether there are more"),
        },
        Paginate::LinkHeader => match page.link.and_then(next_link) {
            Some(next) => (Step::Address(next.clone()), Some(next)),
            None => (Step::End, None),
        },
        Paginate::Page { param, more, .. } => {
            let is_more = match more {
                // an empty page may stand in the middle: the number goes on
                Some(more) => flag(page.said, more)?,
                None => !page.records.is_empty(),
            };
            (if is_more { Step::NextPage { name: param.clone() } } else { Step::End }, None)
        }
        Paginate::Offset { param, more, .. } => {
            (if counted(page, more.as_deref())? { change(param, &so_far.to_string()) } else { Step::End }, None)
        }
        Paginate::Keyset { columns, .. } => match page.records.last() {
            Some(last) => (Step::After(after(columns, last)?), None),
            None => (Step::End, None),
        },
    })
}

fn flag(said: &Said<'_>, pointer: &str) -> Result<bool> {
    match said.at(pointer) {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => bail!("the answer has no true or false at {pointer:?}, which would say whether there are more"),
    }
}

fn counted(page: &Place<'_>, more: Option<&str>) -> Result<bool> {
    let Some(more) = more else { return Ok(!page.records.is_empty()) };
    let more = flag(page.said, more)?;
    ensure!(!(more && page.records.is_empty()), "the API says there are more, but gave an empty page");
    Ok(more)
}

/// `(a, b) > ('x', 'y')`: standard row comparison.
fn after(columns: &[KeyColumn], last: &str) -> Result<String> {
    let mut literals = Vec::with_capacity(columns.len());
    for column in columns {
        let value = lens::plain_at(last, &format!("/{}", column.name))
            .with_context(|| format!("column {} of the last row is missing or null", column.name))?;
        let quoted = format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
        literals.push(column.literal.replace("{}", &quoted));
    }
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    Ok(format!("({}) > ({})", names.join(", "), literals.join(", ")))
}

/// The address marked `rel="next"` in a `Link` header.
fn next_link(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some(open) = rest.find('<') {
        let (address, tail) = rest[open + 1..].split_once('>')?;
        let params = tail.split('<').next().unwrap_or_default();
        let is_next = params.split([';', ',']).any(|param| {
            param.trim().split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
            })
        });
        if is_next {
            return Some(address.to_owned());
        }
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after_page(paginate: &str, text: &str, records: &[&str]) -> Result<(Step, Option<String>)> {
        let paginate: Paginate = toml::from_str(paginate)?;
        let records: Vec<Record> = records.iter().map(|&r| r.into()).collect();
        step(&paginate, &Place { said: &Said::new(text, &[]), records: &records, link: None }, records.len() as u64)
    }

    #[test]
    fn only_the_apis_own_signal_ends_a_walk() {
        let cursor = "kind='cursor'\nparam='cursor'\nat='/after'\nend='/end'";
        let (step, resume) = after_page(cursor, r#"{"after":"x","end":false}"#, &[]).unwrap();
        assert_eq!(step, Step::Param { name: "cursor".into(), value: "x".into() });
        assert_eq!(resume.as_deref(), Some("x"));
        assert_eq!(after_page(cursor, r#"{"after":"y","end":true}"#, &[]).unwrap(), (Step::End, Some("y".into())));
        assert!(after_page(cursor, r#"{"after":"y"}"#, &[]).is_err());
        let last_id = "kind='last_id'\nparam='after'\nmore='/more'";
        assert!(after_page(last_id, r#"{"more":true}"#, &[]).is_err());
        let page = "kind='page'\nparam='page'";
        assert_eq!(after_page(page, "[1]", &["1"]).unwrap().0, Step::NextPage { name: "page".into() });
        assert_eq!(after_page(page, "[]", &[]).unwrap().0, Step::End);
    }

    #[test]
    fn a_keyset_goes_on_after_the_last_row_whatever_it_holds() {
        let keyset = "kind='keyset'\nlimit=2\ncolumns=[{name='day',literal='toDate({})'},{name='who'}]";
        let (step, _) = after_page(keyset, "{}", &[r#"{"day":"2026-01-02","who":"o'br\\ien"}"#]).unwrap();
        assert_eq!(step, Step::After(r"(day, who) > (toDate('2026-01-02'), 'o\'br\\ien')".into()));
    }

    #[test]
    fn link_headers() {
        let header = r#"<https://a/?p=1>; rel="prev", <https://a/?p=3>; title="x"; rel="next last""#;
        assert_eq!(next_link(header).as_deref(), Some("https://a/?p=3"));
        assert_eq!(next_link(r#"<https://a/>; rel="prev""#), None);
    }

    proptest! {
        #[test]
        fn any_link_header_is_read(header in "[<>;, a-z=\"/]{0,60}") {
            let _ = next_link(&header);
        }

        #[test]
        fn the_next_link_is_found_among_others(
            address in "https://a/[a-z0-9?=&,;%/]{0,20}",
            others in prop::collection::vec("<[a-z,;=/ ]{0,12}>( ?; ?[a-z]{1,5}=\"?[a-mo-z ,]{0,6}\"?){0,2}", 0..4),
            at in any::<prop::sample::Index>(),
            rel in prop::sample::select(vec!["rel=next", "rel=\"next\"", "REL=\"prev Next\"", "title=\"x\"; rel=\"next\""]),
        ) {
            let mut links = others;
            links.insert(at.index(links.len() + 1), format!("<{address}>; {rel}"));
            prop_assert_eq!(next_link(&links.join(", ")), Some(address));
        }
    }
}
