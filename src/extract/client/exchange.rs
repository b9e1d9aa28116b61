//! An answer, received and parsed by a task of its own: beside the connection that brings it, while whoever waits for it works on
//! a page before.

use std::string::FromUtf8Error;

use futures_util::StreamExt;
use reqwest::header::HeaderMap;
use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::super::divide::{List, divide};

/// Bodies from this size on are parsed on a thread for such work, so that others are not held up; below it, going there and back
/// takes longer than it saves.
const HUGE: usize = 1 << 20;

/// Bytes made room for because a server says that they come.
const LARGEST_ANNOUNCED: u64 = 4 << 20;

/// An answer, whatever its status.
pub(super) struct Exchange {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// When its headers were there.
    pub(super) answered_at: Instant,
    pub(super) body: Result<Body, Broken>,
}

/// A body as text, and, of a success, where its records are or what is wrong with it as JSON.
pub(super) struct Body {
    pub(super) text: Result<String, FromUtf8Error>,
    pub(super) list: Result<List, serde_json::Error>,
}

/// Why there is no whole answer.
pub(super) enum Broken {
    Http(reqwest::Error),
    TooLarge,
    Unread(JoinError),
}

/// Sends a request and reads its answer, of at most so many bytes after decompression. `records` is where in it they are. The
/// request is given up when this is dropped; a parse that has begun ends first.
pub(super) async fn exchange(
    request: reqwest::RequestBuilder,
    body_bytes: usize,
    records: Option<&str>,
) -> Result<Exchange, Broken> {
    let records = records.map(str::to_owned);
    let answer = tokio::spawn(async move {
        let response = request.send().await.map_err(Broken::Http)?;
        let (status, headers, answered_at) = (response.status(), response.headers().clone(), Instant::now());
        let body = match read(response, body_bytes).await {
            Ok(body) if status.is_success() => parsed(body, records).await,
            read => read.map(|body| Body { text: String::from_utf8(body), list: Ok(None) }),
        };
        Ok(Exchange { status: status.as_u16(), headers, answered_at, body })
    });
    AbortOnDropHandle::new(answer).await.map_err(Broken::Unread)?
}

async fn parsed(body: Vec<u8>, records: Option<String>) -> Result<Body, Broken> {
    if body.len() < HUGE {
        return Ok(Body::of(body, records.as_deref()));
    }
    tokio::task::spawn_blocking(move || Body::of(body, records.as_deref())).await.map_err(Broken::Unread)
}

/// A body within its bound, counted after decompression.
pub(super) async fn read(response: reqwest::Response, body_bytes: usize) -> Result<Vec<u8>, Broken> {
    // as large as is announced, if that is believable
    let announced = response.content_length().unwrap_or_default();
    let mut body = Vec::with_capacity(announced.min(LARGEST_ANNOUNCED) as usize);
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(Broken::Http)?;
        if body.len() + chunk.len() > body_bytes {
            return Err(Broken::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    // its records keep it for as long as one of them is kept
    body.shrink_to_fit();
    Ok(body)
}

impl Body {
    fn of(body: Vec<u8>, records: Option<&str>) -> Body {
        let text = String::from_utf8(body);
        let list = text.as_ref().map_or(Ok(None), |text| divided(bare(text), records));
        Body { text, list }
    }

    pub(super) fn empty() -> Body {
        Body { text: Ok(String::new()), list: Ok(None) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.text {
            Ok(text) => text.as_bytes(),
            Err(error) => error.as_bytes(),
        }
    }
}

/// Where the records of a JSON text are; a text that holds none is only found to be JSON.
pub(super) fn divided(text: &str, records: Option<&str>) -> Result<List, serde_json::Error> {
    match records {
        Some(pointer) => divide(text, pointer),
        None => serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| None),
    }
}

/// A body's text without what some servers put around it.
pub(super) fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}
