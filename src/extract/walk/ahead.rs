//! The next pages are read while this one is worked on: a cursor is known only when its page is there, so that whoever waited with
//! the next request until the work is done would never have both under way for long.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};

use super::{Page, Walk};
use crate::extract::client::{Answer, Call, Caller, Client};

/// Pages that wait are together hardly larger: as many small ones as smooth out what one or the other side takes longer, and of
/// large ones one.
const WAITING_BYTES: usize = 1 << 20;

/// A request and its answer, on its way or there.
pub(super) struct Asked<'a>(MaybeDone<BoxFuture<'a, (Call, Result<Answer>)>>);

impl<'a> Asked<'a> {
    pub(super) fn new(client: &'a Client, caller: Caller<'a>, call: Call, records: &'a str) -> Asked<'a> {
        let answer = async move {
            let answer = client.send(&call, caller, Some(records)).await;
            (call, answer)
        };
        Asked(maybe_done(answer.boxed()))
    }

    /// Waits for the answer, which is taken once. Whoever gives the wait up can wait again.
    pub(super) async fn answer(&mut self) -> Option<(Call, Result<Answer>)> {
        (&mut self.0).await;
        Pin::new(&mut self.0).take_output()
    }
}

/// What was read and is not yet taken: pages, and last an end or an error.
#[derive(Default)]
pub(super) struct Ahead {
    read: VecDeque<Result<Option<Page>>>,
    bytes: usize,
}

impl Ahead {
    pub(super) fn take(&mut self) -> Option<Result<Option<Page>>> {
        let read = self.read.pop_front()?;
        self.bytes -= bytes(&read);
        Some(read)
    }

    fn add(&mut self, read: Result<Option<Page>>) {
        self.bytes += bytes(&read);
        self.read.push_back(read);
    }

    fn is_enough(&self) -> bool {
        self.bytes >= WAITING_BYTES || matches!(self.read.back(), Some(Ok(None) | Err(_)))
    }
}

fn bytes(read: &Result<Option<Page>>) -> usize {
    read.as_ref().ok().and_then(Option::as_ref).map_or(0, |page| page.bytes)
}

impl Walk<'_> {
    /// Works on a page while the next ones come. The work has to pause now and then, see [`breath`]; until it is done nothing
    /// that it waits for is held by a request ahead without going on.
    pub(in crate::extract) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut reading = pin!(maybe_done(self.read_ahead()));
        let mut work = pin!(work);
        poll_fn(|context| {
            let _ = reading.as_mut().poll(context);
            work.as_mut().poll(context)
        })
        .await
    }

    async fn read_ahead(&mut self) {
        while !self.ahead.is_enough() {
            let read = self.step().await;
            self.ahead.add(read);
        }
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
