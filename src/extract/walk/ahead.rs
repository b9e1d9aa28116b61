//! The next page is asked for while this one is worked on.

use std::future::poll_fn;
use std::ops::Range;
use std::pin::pin;
use std::task::Poll;

use anyhow::{Context, Result};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};

use super::{Walk, fingerprint};
use crate::extract::client::{Answer, Call, Caller, Client, LARGE};
use crate::extract::lens;

/// An answer, and where its records are.
pub(super) struct Divided {
    pub(super) answer: Answer,
    list: Option<Vec<Range<usize>>>,
}

impl Divided {
    /// Asks; a large page is divided on another thread.
    pub(super) async fn ask(
        client: &Client,
        caller: Caller<'_>,
        call: &Call,
        records: Option<&str>,
    ) -> Result<Divided> {
        let answer = client.send(call, caller).await?;
        let pointer = records.unwrap_or_default().to_owned();
        if answer.text.len() < LARGE {
            return Ok(Divided::new(answer, &pointer));
        }
        Ok(tokio::task::spawn_blocking(move || Divided::new(answer, &pointer)).await?)
    }

    fn new(answer: Answer, pointer: &str) -> Divided {
        let text = &answer.text;
        let list = lens::list(text, pointer).map(|list| {
            let begin = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
            list.into_iter().map(|part| begin(part)..begin(part) + part.len()).collect()
        });
        Divided { answer, list }
    }

    /// The records' texts; nothing where no list is.
    pub(super) fn list(&self) -> Option<Vec<&str>> {
        self.list.as_ref()?.iter().map(|part| self.answer.text.get(part.clone())).collect()
    }
}

/// An answer on its way, or there.
pub(super) struct Ahead<'a>(MaybeDone<BoxFuture<'a, Result<Divided>>>);

impl Ahead<'_> {
    pub(super) async fn answer(mut self) -> Result<Divided> {
        (&mut self.0).await;
        std::pin::Pin::new(&mut self.0).take_output().context("an answer was taken twice")?
    }
}

impl Walk<'_> {
    /// Works on a page while the next one comes. The work has to pause now and then, see [`breath`]; until it is done nothing
    /// that it waits for is held by the request ahead without going on.
    pub(in crate::extract) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        self.ask_ahead();
        let Some(Ahead(ahead)) = &mut self.ahead else { return work.await };
        let mut work = pin!(work);
        poll_fn(|context| {
            let _ = ahead.poll_unpin(context);
            work.as_mut().poll(context)
        })
        .await
    }

    /// Asks, unless [`Walk::next`] will refuse to.
    fn ask_ahead(&mut self) {
        let Some(call) = self.next.clone() else { return };
        if self.seen.contains(&fingerprint(&call)) || self.pages >= self.client.limits().pages {
            return;
        }
        let (client, caller, records) = (self.client, self.caller, self.shape.records);
        let divided = async move { Divided::ask(client, caller, &call, records).await };
        self.ahead = Some(Ahead(maybe_done(divided.boxed())));
    }
}

/// Lets the others of this task go on.
pub(in crate::extract) async fn breath() {
    let mut was_told = false;
    poll_fn(|context| {
        if was_told {
            return Poll::Ready(());
        }
        was_told = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
