//! One request, answered or explained: timeouts, bounds, budgets, retries. Nothing here follows a redirect, sends a
//! referer, or says a secret.

mod call;
mod download;
mod exchange;
mod explain;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderName, HeaderValue, LINK, LOCATION, RETRY_AFTER};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

pub(super) use self::download::Validators;
use self::exchange::{Body, Exchange, exchange};
use self::explain::name;
use super::auth::Credential;
use super::budget::Budgets;
use super::contract::{Record, excerpt};
use super::divide::List;
use super::lens;
use super::manifest::{Action, Limits, Manifest, Method, Stream};
use super::problem::Problem;
use super::progress::Meter;
use super::retry::{Backoff, is_transient, reset_after, retry_after};
use super::template::Values;
use super::warnings::Warnings;
use crate::http;
use crate::http::token::Refusal;

/// The connection to one source.
pub(super) struct Client {
    http: reqwest::Client,
    pub(super) base: Url,
    credential: Credential,
    budgets: Budgets,
    slots: Semaphore,
    limits: Limits,
    now: jiff::Timestamp,
}

/// A request, complete but for the credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<String>,
}

/// What came back with a success status: JSON text.
pub(super) struct Answer {
    pub(super) text: Record,
    pub(super) link: Option<String>,
    list: List,
}

impl Answer {
    /// The texts of its records; nothing where no list is.
    pub(super) fn list(&self) -> Option<Vec<&str>> {
        self.list.as_ref()?.iter().map(|part| self.text.get(part.clone())).collect()
    }
}

/// On whose behalf a call is made.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) stream: &'a Stream,
    pub(super) group: Option<&'a str>,
    pub(super) deadline: Instant,
    pub(super) requests: &'a AtomicU64,
    pub(super) meter: &'a Meter,
    /// What must be said although it went well.
    pub(super) warnings: &'a Mutex<Warnings>,
}

impl Caller<'_> {
    pub(super) fn warn(&self, words: &str) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).add(words);
    }
}

/// A failed try: explained, and whether another may help.
struct Failed {
    problem: Problem,
    is_transient: bool,
    wait: Option<Duration>,
    /// What an answered request was signed with.
    signed: Option<HeaderValue>,
}

impl Client {
    pub(super) fn new(
        manifest: &Manifest,
        base: Url,
        credential: Credential,
        budgets: Budgets,
        values: &Values,
        now: jiff::Timestamp,
    ) -> Result<Client> {
        ensure!(http::is_private(&base), "base_url {base} must be https (plain http is for loopback only)");
        let mut headers = HeaderMap::new();
        for (name, value) in &manifest.headers {
            headers.insert(HeaderName::try_from(name.as_str())?, HeaderValue::try_from(values.fill(value)?)?);
        }
        let limits = manifest.limits.clone();
        let http = http::client(&base)?
            .default_headers(headers)
            .connect_timeout(Duration::from_secs_f64(limits.connect_seconds))
            .read_timeout(Duration::from_secs_f64(limits.read_seconds))
            .timeout(Duration::from_secs_f64(limits.request_seconds))
            .build()
            .context("cannot set up the HTTP client")?;
        let slots = Semaphore::new(manifest.concurrency);
        Ok(Client { http, base, credential, budgets, slots, limits, now })
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A message without this source's secret.
    pub(super) fn redact(&self, text: &str) -> String {
        self.credential.redact(text)
    }

    /// An address of this source: a path below the base, or a full URL that must not leave it.
    pub(super) fn address(&self, text: &str) -> Result<Url> {
        let base_path = self.base.path().trim_end_matches('/');
        let url = if let Some(path) = text.strip_prefix('/').filter(|rest| !rest.starts_with('/')) {
            let prefix = if text.starts_with(&format!("{base_path}/")) { "" } else { base_path };
            self.base.join(&format!("{prefix}/{path}"))
        } else {
            self.base.join(text)
        };
        let url = url.with_context(|| format!("{:?} is no address", excerpt(&self.redact(text))))?;
        ensure!(
            url.origin() == self.base.origin() && url.username().is_empty() && url.password().is_none(),
            "the next address leads away from {} to {}; refused",
            self.base.origin().ascii_serialization(),
            url.origin().ascii_serialization()
        );
        Ok(url)
    }

    /// Sends, waits and retries within the caller's time. `records` is where in the answer they are.
    pub(super) async fn send(&self, call: &Call, caller: Caller<'_>, records: Option<&str>) -> Result<Answer> {
        self.tried(call, caller, || self.attempt(call, caller, records).boxed()).await
    }

    async fn tried<'a, T>(
        &'a self,
        call: &'a Call,
        caller: Caller<'a>,
        attempt: impl Fn() -> BoxFuture<'a, Result<T, Failed>> + Send,
    ) -> Result<T> {
        let mut backoff = Backoff::new(&self.limits, seed(call, self.now));
        let mut renewed = false;
        loop {
            if !self.budgets.admit(caller.group, caller.deadline, |wait| caller.meter.waits(wait)).await {
                bail!(Problem::other(format!(
                    "the stream's time is over ({} s) before {} could be asked",
                    self.limits.stream_seconds,
                    name(call)
                )));
            }
            let in_group = self.budgets.slot(caller.group).await;
            let slot = self.slots.acquire().await?;
            caller.requests.fetch_add(1, Ordering::Relaxed);
            let failed = match tokio::time::timeout_at(caller.deadline, attempt()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => failed,
                Err(_) => {
                    bail!(Problem::other(format!("the stream's time is over ({} s)", self.limits.stream_seconds)))
                }
            };
            drop((slot, in_group));
            // A token may be taken back before it expires: one more is asked for, once.
            if failed.problem.status == Some(401) && !renewed && self.credential.renew(failed.signed.as_ref()).await {
                renewed = true;
                continue;
            }
            let tries = backoff.failed();
            if !failed.is_transient {
                bail!(failed.problem);
            }
            if tries >= self.limits.tries {
                bail!(failed.problem.after(tries));
            }
            let wait = failed.wait.unwrap_or_else(|| backoff.wait());
            let until = Instant::now() + wait;
            if wait.as_secs_f64() > self.limits.wait_seconds || until > caller.deadline {
                bail!(failed.problem.and(&format!("it asks to wait {} s, which is too long", wait.as_secs())));
            }
            tracing::debug!(stream = caller.stream.name, wait_ms = wait.as_millis() as u64, tries, "will try again");
            if failed.wait.is_some() {
                self.budgets.pause(caller.group, until).await;
            }
            caller.meter.waits(wait);
            tokio::time::sleep_until(until).await;
        }
    }

    async fn attempt(&self, call: &Call, caller: Caller<'_>, records: Option<&str>) -> Result<Answer, Failed> {
        let signed = self.credential.headers().await.map_err(|error| self.unsigned(call, &error))?;
        let token = signed.get(AUTHORIZATION).cloned();
        let answer = exchange(self.build(call, signed), self.limits.body_bytes, records).await;
        let Exchange { status, headers, answered_at, body } = answer.map_err(|why| self.without_answer(call, why))?;
        let header = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
        let date = header(DATE);
        let full_again = self.full_again(&headers, date, caller);
        if let Some(full_again) = full_again {
            self.budgets.pause(caller.group, answered_at + full_again).await;
        }
        let is_success = (200..300).contains(&status);
        let body = match body {
            // what a refusal says beside its status may be missing
            Err(_) if !is_success => Body::empty(),
            body => body.map_err(|why| self.without_answer(call, why))?,
        };
        let action = if is_success && !caller.manifest.has_error_codes(caller.stream) {
            None
        } else {
            let text = String::from_utf8_lossy(body.bytes());
            caller.manifest.action(caller.stream, status, |at| lens::plain_at(&text, at))
        };
        if !is_success || action.is_some() {
            let wait = header(RETRY_AFTER).and_then(|wait| retry_after(wait, date, self.now));
            return Err(Failed {
                problem: self.refused(call, status, body.bytes(), header(LOCATION)).meaning(action),
                is_transient: action.map_or(is_transient(status), |a| a == Action::Retry),
                wait: wait.or(full_again.filter(|_| status == 429)),
                signed: token,
            });
        }
        let link = header(LINK).map(str::to_owned);
        let (text, list) = self.json(call, body, records)?;
        Ok(Answer { text: text.into(), link, list })
    }

    /// How long until the API's limit is full again, where an answer says that nothing of it is left.
    fn full_again(&self, headers: &HeaderMap, date: Option<&str>, caller: Caller<'_>) -> Option<Duration> {
        let rate = caller.manifest.rate.as_ref()?;
        let text = |name: &String| headers.get(name.as_str()).and_then(|value| value.to_str().ok());
        let left = text(&rate.remaining)?.trim().parse::<f64>().ok()?;
        let wait = reset_after(text(&rate.reset)?, date, self.now)?;
        (left < 1.0).then(|| wait.min(Duration::from_secs_f64(self.limits.wait_seconds)))
    }

    /// No token to sign with: said as the token server said it, and asked for again where that may help.
    fn unsigned(&self, call: &Call, error: &anyhow::Error) -> Failed {
        let text = self.redact(&format!("{} was not asked: {error:#}", name(call)));
        let failed = Failed::for_good(Problem::other(text));
        let Some(Refusal { status, retry_after: wait, date, .. }) = error.downcast_ref() else { return failed };
        let wait = wait.as_ref().and_then(|wait| retry_after(wait, date.as_deref(), self.now));
        Failed { is_transient: status.is_none_or(is_transient), wait, ..failed }
    }

    fn build(&self, call: &Call, signed: HeaderMap) -> reqwest::RequestBuilder {
        let mut url = call.url.clone();
        {
            use secrecy::ExposeSecret;
            let secret = self.credential.query.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret()));
            let pairs = call.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(secret);
            let mut pairs = pairs.peekable();
            if pairs.peek().is_some() {
                url.query_pairs_mut().extend_pairs(pairs);
            }
        }
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let request =
            self.http.request(method, url).headers(signed).header(reqwest::header::ACCEPT, "application/json");
        match &call.body {
            Some(body) => request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.clone()),
            None => request,
        }
    }
}

impl Failed {
    fn for_good(problem: Problem) -> Failed {
        Failed { problem, is_transient: false, wait: None, signed: None }
    }
}

/// The same pull waits the same times; different requests differ.
fn seed(call: &Call, now: jiff::Timestamp) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    call.hash(&mut hasher);
    now.hash(&mut hasher);
    hasher.finish()
}
