//! A list that changes while it is read, served by every kind of pagination the engine knows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bizreview::extract::StreamOutcome;
use serde_json::{Value, json};

use super::lone::Lone;
use super::wire::{Asked, Reply, Wire};

/// How the API leads from page to page, and how the stream reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Single,
    LastId,
    Cursor,
    NextUrl,
    LinkHeader,
    Page,
    PageMore,
    Offset,
    OffsetMore,
    Keyset,
    /// Newest first from a lower bound.
    Since,
    /// The API's own cursor, kept from pull to pull.
    Incremental,
    /// Days, each window by keyset.
    Windows,
    /// A full list, and then the feed of changes.
    Feed,
    /// A list inside a record.
    Nested,
    /// A list per parent.
    Parents,
}

pub const KINDS: [Kind; 16] = [
    Kind::Single,
    Kind::LastId,
    Kind::Cursor,
    Kind::NextUrl,
    Kind::LinkHeader,
    Kind::Page,
    Kind::PageMore,
    Kind::Offset,
    Kind::OffsetMore,
    Kind::Keyset,
    Kind::Since,
    Kind::Incremental,
    Kind::Windows,
    Kind::Feed,
    Kind::Nested,
    Kind::Parents,
];

impl Kind {
    /// The order of the list changes when a record does.
    pub fn is_by_change(self) -> bool {
        use Kind::{Cursor, Incremental, LinkHeader, NextUrl, Offset, OffsetMore, Page, PageMore};
        matches!(self, Cursor | NextUrl | LinkHeader | Page | PageMore | Offset | OffsetMore | Incremental)
    }

    /// Each pull knows the whole list.
    pub fn is_full(self) -> bool {
        !matches!(self, Kind::Since | Kind::Incremental | Kind::Feed | Kind::Windows)
    }

    /// More than one request.
    pub fn has_pages(self) -> bool {
        self != Kind::Single
    }

    pub fn manifest(self) -> String {
        let list = |write: &str, rest: &str| {
            format!(
                "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"{write}\"\n{rest}\n"
            )
        };
        let last_id = "paginate = { kind = \"last_id\", param = \"after\", more = \"/more\" }";
        let keyset = "method = \"POST\"\npaginate = { kind = \"keyset\", limit = 2, columns = [{ name = \"id\" }] }";
        let cursor = "paginate = { kind = \"cursor\", param = \"after\", at = \"/next\", more = \"/more\" }";
        match self {
            Kind::Single => list("replace", ""),
            Kind::LastId => list("replace", last_id),
            Kind::Cursor => list("replace", cursor),
            Kind::NextUrl => list("replace", "paginate = { kind = \"next_url\", at = \"/next\" }"),
            Kind::LinkHeader => list("replace", "paginate = { kind = \"link_header\" }"),
            Kind::Page => list("replace", "paginate = { kind = \"page\", param = \"page\" }"),
            Kind::PageMore => list("replace", "paginate = { kind = \"page\", param = \"page\", more = \"/more\" }"),
            Kind::Offset => list("replace", "paginate = { kind = \"offset\", param = \"offset\" }"),
            Kind::OffsetMore => {
                list("replace", "paginate = { kind = \"offset\", param = \"offset\", more = \"/more\" }")
            }
            Kind::Keyset => {
                list("replace", &format!("{keyset}\nbody = {{ q = \"2000-01-01 2100-01-01 {{keyset}}\" }}"))
            }
            Kind::Since => list(
                "merge",
                &format!(
                    "{last_id}\nincremental = {{ kind = \"since\", param = \"since\", field = \"/created\", lookback_seconds = 3 }}"
                ),
            ),
            Kind::Incremental => {
                list("merge", &format!("{cursor}\nincremental = {{ kind = \"cursor\", start_param = \"since\" }}"))
            }
            Kind::Windows => list(
                "replace_window",
                &format!(
                    "{keyset}\nbody = {{ q = \"{{from}} {{to}} {{keyset}}\" }}\n\
                     incremental = {{ kind = \"window\", step_days = 31, lookback_days = 7 }}"
                ),
            ),
            Kind::Feed => {
                let feed = "[feed]\npath = \"/events\"\nrecords = \"/data\"\npaginate = { kind = \"last_id\", param = \"after\", more = \"/more\" }\n\
                            types_param = \"types\"\ntypes_per_request = 20\nkind_field = \"/type\"\ntime_field = \"/created\"\n\
                            since_param = \"since\"\nlookback_seconds = 600\nmax_age_days = 29\n";
                let follows = "[streams.incremental]\nkind = \"change_feed\"\nobject = \"thing\"\nget = \"/list/{id}\"\n\
                               changes = [{ types = [\"changed\"], id = \"/data/id\" }]\n\
                               list_since = { param = \"since\", field = \"/created\" }";
                format!("{feed}{}", list("merge", &format!("{last_id}\n{follows}")))
            }
            Kind::Nested => list("replace", "nested = [{ at = \"/lines\", more = \"/more\", param = \"after\" }]"),
            Kind::Parents => {
                let parents = list("merge", "").replace("\"list\"", "\"parents\"").replace("\"/list\"", "\"/parents\"");
                let child = list("replace", &format!("{last_id}\nparent = {{ stream = \"parents\" }}"));
                parents
                    + &child
                        .replace("\"/list\"", "\"/parents/{parent}/list\"")
                        .replace("[\"/id\"]", "[\"/_parent\", \"/id\"]")
            }
        }
    }
}

/// What happens to the list between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Add,
    DeleteOldest,
    DeleteNewest,
    /// The record the next page is asked for after.
    DeleteLastServed,
    /// One of the first page.
    DeleteFirstServed,
    /// One not read yet takes the newest place, if the list is in the order of changes.
    TouchOldest,
    TouchNewest,
}

pub const CHANGES: [Change; 7] = [
    Change::Add,
    Change::DeleteOldest,
    Change::DeleteNewest,
    Change::DeleteLastServed,
    Change::DeleteFirstServed,
    Change::TouchOldest,
    Change::TouchNewest,
];

#[derive(Debug, Clone)]
struct Row {
    id: u64,
    state: u64,
}

/// The list, oldest first, and what happens to it.
#[derive(Debug, Default)]
pub struct World {
    rows: Vec<Row>,
    made: u64,
    /// Requests for pages so far.
    pub asked: usize,
    /// Before the answer to this request for a page.
    pub change: Option<(usize, Change)>,
    served: Vec<u64>,
    pub page_size: usize,
}

pub type Shared = Arc<Mutex<World>>;

impl World {
    pub fn of(rows: u64, page_size: usize) -> Shared {
        let mut world = World { page_size, ..World::default() };
        (0..rows).for_each(|_| world.add());
        Arc::new(Mutex::new(world))
    }

    pub fn add(&mut self) {
        self.made += 1;
        self.rows.push(Row { id: self.made, state: 0 });
    }

    /// Id and state of every record.
    pub fn truth(&self) -> BTreeMap<String, u64> {
        self.rows.iter().map(|row| (name(row.id), row.state)).collect()
    }

    pub fn apply(&mut self, change: Change, is_by_change: bool) {
        let at = |served: Option<&u64>| self.rows.iter().position(|row| Some(&row.id) == served);
        match change {
            Change::Add => self.add(),
            Change::DeleteOldest => drop(self.rows.remove(0)),
            Change::DeleteNewest => drop(self.rows.pop()),
            Change::DeleteLastServed => drop(at(self.served.last()).map(|at| self.rows.remove(at))),
            Change::DeleteFirstServed => drop(at(self.served.first()).map(|at| self.rows.remove(at))),
            Change::TouchOldest | Change::TouchNewest => {
                let at = if change == Change::TouchOldest { 0 } else { self.rows.len() - 1 };
                self.rows[at].state += 1;
                if is_by_change {
                    let row = self.rows.remove(at);
                    self.rows.push(row);
                }
            }
        }
    }

    /// The answer of a kind to a request for a page.
    pub fn answer(&mut self, kind: Kind, base: &str, asked: &Asked) -> Reply {
        match asked.path.as_str() {
            "/events" => return Reply::json(json!({"data": [], "more": false})),
            "/parents" => return Reply::json(json!({"data": [{"id": "p0"}, {"id": "p1"}]})),
            path if kind == Kind::Nested && path == "/list" => {
                let lines = self.newest_first(None, |_| true).expect("the first page");
                let body: Value = lines;
                return Reply::json(json!({"data": [{"id": "all",
                    "lines": {"data": body["data"], "more": body["more"], "url": "/lines"}}]}));
            }
            _ => {}
        }
        self.asked += 1;
        if let Some((_, change)) = self.change.take_if(|(at, _)| *at == self.asked) {
            self.apply(change, kind.is_by_change());
        }
        let after = asked.param("after");
        match kind {
            Kind::Single => self.all(),
            Kind::LastId | Kind::Feed | Kind::Nested => or_gone(self.newest_first(after, |_| true)),
            Kind::Since => {
                let since: u64 = asked.param("since").map_or(0, |since| since.parse().unwrap());
                or_gone(self.newest_first(after, |row| created(row) >= since))
            }
            Kind::Parents => {
                let odd = u64::from(asked.path.contains("p1"));
                or_gone(self.newest_first(after, |row| row.id % 2 == odd))
            }
            Kind::Cursor | Kind::Incremental => self.by_change(after, |cursor, more| {
                Reply::json(json!({"data": Value::Null, "next": cursor, "more": more}))
            }),
            Kind::NextUrl => self.by_change(after, |cursor, more| {
                let next = more.then(|| format!("{base}/list?after={cursor}"));
                Reply::json(json!({"data": Value::Null, "next": next}))
            }),
            Kind::LinkHeader => self.by_change(after, |cursor, more| {
                let reply = Reply::json(json!({"data": Value::Null}));
                if more { reply.with("link", &format!("<{base}/list?after={cursor}>; rel=\"next\"")) } else { reply }
            }),
            Kind::Page | Kind::PageMore => {
                let page: usize = asked.param("page").unwrap().parse().unwrap();
                self.slice((page - 1) * self.page_size)
            }
            Kind::Offset | Kind::OffsetMore => {
                self.slice(asked.param("offset").map_or(0, |offset| offset.parse().unwrap()))
            }
            Kind::Keyset | Kind::Windows => self.keyset(&asked.body),
        }
    }

    fn newest_first(&mut self, after: Option<&str>, is_in: impl Fn(&Row) -> bool) -> Option<Value> {
        let all: Vec<Row> = self.rows.iter().rev().filter(|row| is_in(row)).cloned().collect();
        let from = match after {
            Some(after) => all.iter().position(|row| name(row.id) == after)? + 1,
            None => 0,
        };
        let (data, more) = self.cut(&all[from..]);
        Some(json!({"data": data, "more": more}))
    }

    /// In the order of changes: the cursor names a change, and what changes later comes later.
    fn by_change(&mut self, after: Option<&str>, shape: impl Fn(&str, bool) -> Reply) -> Reply {
        // a cursor holds the place of what was served: rows after the last of those that still stand there
        let seen: Vec<(u64, u64)> = after.map_or_else(Vec::new, |cursor| {
            cursor
                .split('_')
                .map(|pair| pair.split_once('-').unwrap())
                .map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap()))
                .collect()
        });
        let rest: Vec<Row> = self.rows.iter().filter(|row| !seen.contains(&(row.id, row.state))).cloned().collect();
        let (data, more) = self.cut(&rest);
        let served = rest.iter().take(data.len()).map(|row| (row.id, row.state));
        let cursor: Vec<String> =
            seen.iter().copied().chain(served).map(|(id, state)| format!("{id}-{state}")).collect();
        let mut reply = shape(&cursor.join("_"), more);
        if let super::wire::Body::Whole(body) = &mut reply.body {
            let mut value: Value = serde_json::from_slice(body).unwrap();
            value["data"] = json!(data);
            *body = value.to_string().into_bytes();
        }
        reply
    }

    /// By number, newest first.
    fn slice(&mut self, from: usize) -> Reply {
        let all: Vec<Row> = self.rows.iter().rev().cloned().collect();
        let (data, more) = self.cut(all.get(from..).unwrap_or_default());
        Reply::json(json!({"data": data, "more": more, "total": self.rows.len()}))
    }

    fn keyset(&mut self, body: &str) -> Reply {
        let asked: Value = serde_json::from_str(body).unwrap();
        let text = asked["q"].as_str().unwrap();
        let (from, to) = (&text[..10], &text[11..21]);
        let after = text.split_once("> ('").map(|(_, rest)| rest.trim_end_matches("')").to_owned());
        let mut rest: Vec<Row> = self.rows.clone();
        rest.sort_by_key(|row| row.id);
        rest.retain(|row| after.as_ref().is_none_or(|after| name(row.id) > *after));
        rest.retain(|row| (from..to).contains(&day(row).as_str()));
        let (data, _) = self.cut(&rest);
        Reply::json(json!({"data": data}))
    }

    fn all(&mut self) -> Reply {
        let all = self.rows.clone();
        Reply::json(json!({"data": all.iter().map(shown).collect::<Vec<_>>()}))
    }

    fn cut(&mut self, rest: &[Row]) -> (Vec<Value>, bool) {
        let page = &rest[..rest.len().min(self.page_size)];
        self.served.extend(page.iter().map(|row| row.id));
        (page.iter().map(shown).collect(), rest.len() > page.len())
    }
}

fn or_gone(page: Option<Value>) -> Reply {
    page.map_or_else(|| Reply::status(400), Reply::json)
}

fn name(id: u64) -> String {
    format!("r{id:05}")
}

fn created(row: &Row) -> u64 {
    1_700_000_000 + row.id
}

fn day(row: &Row) -> String {
    format!("2026-{:02}-{:02}", 1 + row.id % 2, 1 + row.id % 28)
}

fn shown(row: &Row) -> Value {
    json!({"id": name(row.id), "created": created(row), "day": day(row), "state": row.state})
}

/// A world behind a server and a company that reads it.
pub struct Scene {
    pub kind: Kind,
    pub world: Shared,
    pub wire: Wire,
    pub lone: Lone,
}

/// What a server does instead of answering: by the count of requests.
pub type Mischief = dyn Fn(&Asked, Reply) -> Reply + Send + Sync;

impl Scene {
    pub fn new(kind: Kind, rows: u64, limits: &str) -> Scene {
        Scene::with(kind, World::of(rows, 2), limits, Box::new(|_, reply| reply))
    }

    pub fn with(kind: Kind, world: Shared, limits: &str, mischief: Box<Mischief>) -> Scene {
        let shared = Arc::clone(&world);
        let wire = Wire::serve(move |asked| {
            let host = asked.headers.iter().find(|(name, _)| name == "host").map_or("", |(_, host)| host.as_str());
            let reply = shared.lock().unwrap().answer(kind, &format!("http://{host}"), asked);
            mischief(asked, reply)
        });
        let lone = Lone::new(&wire.url(), limits, &kind.manifest());
        Scene { kind, world, wire, lone }
    }

    pub fn pull(&self) -> StreamOutcome {
        self.lone.pull()
    }

    /// Id and state of every row that is known after a load; a row that is there twice is there twice.
    pub fn known(&self) -> Vec<(String, u64)> {
        let rows = self.lone.known("list").into_iter().map(|(_, record)| record);
        let rows: Vec<Value> = match self.kind {
            Kind::Nested => rows.flat_map(|record| record["lines"]["data"].as_array().unwrap().clone()).collect(),
            _ => rows.collect(),
        };
        let mut known: Vec<(String, u64)> =
            rows.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row["state"].as_u64().unwrap())).collect();
        known.sort();
        known
    }

    pub fn truth(&self) -> Vec<(String, u64)> {
        self.world.lock().unwrap().truth().into_iter().collect()
    }
}
