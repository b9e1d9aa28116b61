//! The next page is asked for while this one is worked on.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use anyhow::{Context, Result};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};

use super::{Walk, fingerprint};
use crate::extract::client::Answer;

/// An answer on its way, or there.
pub(super) struct Ahead<'a>(MaybeDone<BoxFuture<'a, Result<Answer>>>);

impl Ahead<'_> {
    pub(super) async fn answer(mut self) -> Result<Answer> {
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
        let (client, caller, records) = (self.client, self.caller, self.shape.list());
        let answer = async move { client.send(&call, caller, Some(records)).await };
        self.ahead = Some(Ahead(maybe_done(answer.boxed())));
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
