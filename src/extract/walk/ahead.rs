//! The next pages are read while this one is worked on: a cursor is known only when its page is there, so that whoever waited with
//! the next request until the work is done would never have both under way for long.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use anyhow::{Context, Result};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};

use super::{Page, Walk};
use crate::extract::client::{Answer, Call, Caller, Client};

/// Pages that wait are together hardly larger: as many small ones as smooth out what one or the other side takes longer, and of
/// large ones one.
const WAITING_BYTES: usize = 1 << 20;

/// A request, and its answer, on its way or there.
pub(super) struct Asked<'a> {
    pub(super) call: Call,
    answer: MaybeDone<BoxFuture<'a, Result<Answer>>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(client: &'a Client, caller: Caller<'a>, call: Call, records: &'a str) -> Asked<'a> {
        let sent = call.clone();
        let answer = async move { client.send(&sent, caller, Some(records)).await };
        Asked { call, answer: maybe_done(answer.boxed()) }
    }

    /// Waits for the answer.
    pub(super) async fn answered(&mut self) {
        (&mut self.answer).await;
    }

    /// The request and its answer, which is there.
    pub(super) fn taken(mut self) -> (Call, Result<Answer>) {
        let answer = Pin::new(&mut self.answer).take_output();
        (self.call, answer.context("an answer was taken before it came").flatten())
    }
}

/// Pages that were read and are not yet taken, and what came after them, which is an end or an error.
#[derive(Default)]
pub(super) struct Ahead {
    pages: VecDeque<Page>,
    bytes: usize,
    last: Option<Result<()>>,
}

impl Ahead {
    pub(super) fn take(&mut self) -> Option<Result<Option<Page>>> {
        match self.pages.pop_front() {
            Some(page) => {
                self.bytes -= page.bytes;
                Some(Ok(Some(page)))
            }
            None => self.last.take().map(|last| last.map(|()| None)),
        }
    }

    fn add(&mut self, read: Result<Option<Page>>) {
        match read {
            Ok(Some(page)) => {
                self.bytes += page.bytes;
                self.pages.push_back(page);
            }
            last => self.last = Some(last.map(|_| ())),
        }
    }

    fn is_enough(&self) -> bool {
        self.last.is_some() || self.bytes >= WAITING_BYTES
    }
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
