//! The words for reading on: pages within a pull, and where the next pull starts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ByColumn, Param};

/// How one page leads to the next, and what says that it was the last.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paginate {
    /// One answer is all.
    #[default]
    Single,
    /// `param` takes the last record's `field`, until `more` is false.
    LastId {
        param: String,
        #[serde(default = "id")]
        field: String,
        more: String,
    },
    /// `param` takes the text at `at`, until `end` is true, `more` is false, or, with neither, until there is no text.
    Cursor {
        param: String,
        at: String,
        #[serde(default)]
        end: Option<String>,
        #[serde(default)]
        more: Option<String>,
        /// Records the API gives of one list; see [`Paginate::at_most`].
        #[serde(default)]
        at_most: Option<u64>,
    },
    /// The address at `at`, until it is null. Only the source's own host is followed.
    NextUrl { at: String },
    /// The `Link` header's `rel="next"`.
    LinkHeader,
    /// Counted pages, until `more` is false, or an empty page where the API gives no other sign.
    Page {
        param: String,
        #[serde(default = "one")]
        first: u64,
        #[serde(default)]
        more: Option<String>,
        #[serde(default)]
        at_most: Option<u64>,
    },
    /// Counted records, ended like pages.
    Offset {
        param: String,
        #[serde(default)]
        more: Option<String>,
        #[serde(default)]
        at_most: Option<u64>,
    },
    /// `{keyset}` continues after the last row's columns; ends at an empty page.
    Keyset { columns: Vec<KeyColumn>, limit: u64 },
}

impl Paginate {
    /// Records the API gives of one list, however long it is. A longer one is asked for in halves of its window or again from
    /// its last time; where neither can be, it is an error, never a list cut short.
    pub fn at_most(&self) -> Option<u64> {
        match self {
            Paginate::Cursor { at_most, .. } | Paginate::Page { at_most, .. } | Paginate::Offset { at_most, .. } => {
                *at_most
            }
            _ => None,
        }
    }
}

/// A column of a keyset, in its order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyColumn {
    pub name: String,
    /// The literal; `{}` is the quoted value.
    #[serde(default = "as_is")]
    pub literal: String,
}

/// Where the next pull starts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Incremental {
    /// At the beginning; landed only when something differs.
    #[default]
    Full,
    /// At the last page's cursor (with `paginate` cursor); the first pull gives `start_param` instead.
    Cursor {
        start_param: String,
        #[serde(default)]
        format: Format,
        /// The API refuses starts nearer to now than this.
        #[serde(default)]
        margin_seconds: i64,
        /// Things that last (people): the first pull reads them from the beginning, whatever the company's `start_date`.
        #[serde(default)]
        whole_history: bool,
        /// A cursor that is a time (seconds) stands still where one second fills more than a page: then so many seconds further
        /// on, with a counted warning. Without it that is an error.
        #[serde(default)]
        step_seconds: i64,
    },
    /// `param` takes the largest `field` seen, less the lookback.
    Since {
        param: String,
        field: String,
        /// How the parameter is written, and the field where it differs.
        #[serde(default)]
        format: Format,
        #[serde(default)]
        field_format: Option<Format>,
        #[serde(default)]
        lookback_seconds: i64,
        /// The first pull asks from the history's start; otherwise it gives no `param`.
        #[serde(default)]
        from_start: bool,
        #[serde(default)]
        order: Order,
    },
    /// Days `{from}` to `{to}` (exclusive) in steps, the last ones again with each pull, more of them once a month.
    Window {
        step_days: i32,
        lookback_days: i32,
        #[serde(default)]
        monthly_lookback_days: i32,
        /// Parameters that take the window's beginning and end: midnights of the company's zone.
        #[serde(default)]
        since_param: Option<String>,
        #[serde(default)]
        until_param: Option<String>,
        #[serde(default)]
        format: Format,
    },
    /// Changes say which records to read again; a full list where their history does not reach back.
    ChangeFeed(ChangeFeed),
    /// After the largest value of a column seen, in its order (of a query).
    Column(ByColumn),
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    #[default]
    NewestFirst,
    /// Every page may become the cursor, and a list that is too long is asked for again from its last time.
    OldestFirst,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Unix,
    /// Milliseconds since 1970.
    UnixMs,
    Rfc3339,
    Date,
}

/// The list of changes of a source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    pub path: String,
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    pub records: String,
    pub paginate: Paginate,
    /// Parameter that selects types, and how many one request may name.
    pub types_param: String,
    pub types_per_request: usize,
    /// Pointers into a change: its type and its Unix time.
    pub kind_field: String,
    pub time_field: String,
    /// Parameter for "not before".
    pub since_param: String,
    /// Changes become visible late: how far each pull looks back.
    pub lookback_seconds: i64,
    /// Older marks force a full list: the feed forgets.
    pub max_age_days: i32,
    #[serde(default)]
    pub group: Option<String>,
}

/// A stream that follows the feed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeFeed {
    pub changes: Vec<Changed>,
    /// Path of one record, with `{id}`.
    pub get: String,
    #[serde(default)]
    pub get_params: BTreeMap<String, Param>,
    /// Change types after which the record is gone.
    #[serde(default)]
    pub deleted: Vec<String>,
    /// `object` of a tombstone.
    pub object: String,
    /// Where the feed has never shown anything: the list's own "created since".
    #[serde(default)]
    pub list_since: Option<ListSince>,
}

/// Which changes concern a stream, and where they name the record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    pub types: Vec<String>,
    pub id: String,
}

/// A list's parameter and field for the time of creation (Unix).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSince {
    pub param: String,
    pub field: String,
}

fn id() -> String {
    "/id".into()
}
fn one() -> u64 {
    1
}
fn as_is() -> String {
    "{}".into()
}
