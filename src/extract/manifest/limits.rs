//! The words for bounds, and for what an API's refusals mean.

use serde::Deserialize;

/// So many requests in so many seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    pub requests: f64,
    #[serde(default = "sixty")]
    pub seconds: f64,
    /// Requests of the group under way at once, where fewer than the source's.
    #[serde(default)]
    pub concurrency: Option<usize>,
}

/// Headers that say how much of the API's own limit is left; the group waits when nothing is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateHeaders {
    /// Requests left.
    pub remaining: String,
    /// When there are new ones: seconds from now, or since 1970.
    pub reset: String,
}

/// Bounds; nothing the engine does is without one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    pub connect_seconds: f64,
    pub read_seconds: f64,
    /// One request, answer included.
    pub request_seconds: f64,
    /// One stream, waiting included.
    pub stream_seconds: f64,
    pub tries: u32,
    /// First wait of the backoff; it doubles.
    pub backoff_seconds: f64,
    /// Longest wait the engine accepts, also from `Retry-After`.
    pub wait_seconds: f64,
    /// Decompressed size of one answer.
    pub body_bytes: usize,
    /// Pages of one walk.
    pub pages: u64,
    /// Rows that one pull of a stream takes from files or a query.
    pub rows: u64,
    /// A file that is fetched, as it is sent.
    pub download_bytes: u64,
    /// A landing file is closed at this many bytes of records or this many records; a walk that can resume commits then.
    pub file_bytes: usize,
    pub file_rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_seconds: 10.0,
            read_seconds: 30.0,
            request_seconds: 120.0,
            stream_seconds: 6.0 * 3600.0,
            tries: 6,
            backoff_seconds: 0.5,
            wait_seconds: 900.0,
            body_bytes: 64 << 20,
            pages: 100_000,
            rows: 50_000_000,
            download_bytes: 4 << 30,
            file_bytes: 64 << 20,
            file_rows: 50_000,
        }
    }
}

/// What to do with a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Retry,
    Fail,
    /// The stream is left out with a warning that reaches the report.
    Skip,
}

/// A refusal that the answer's body tells: some APIs give 200 or 400 with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCode {
    /// Pointer to the code.
    pub at: String,
    /// Codes that are meant; `false` where a flag says that it went well.
    pub values: Vec<String>,
    pub action: Action,
}

impl ErrorCode {
    /// Whether an answer holds one of the codes; `code` looks one up.
    pub fn is_meant(&self, code: impl Fn(&str) -> Option<String>) -> bool {
        code(&self.at).is_some_and(|code| self.values.contains(&code))
    }
}

fn sixty() -> f64 {
    60.0
}
