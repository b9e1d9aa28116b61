//! A walk: page after page of one list, until the API itself says that it ends. Repetition and endlessness are errors.

mod again;
mod ahead;
mod shape;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, Result, bail, ensure};

use self::again::Reading;
pub(super) use self::again::{Once, is_numbered};
pub(super) use self::ahead::breath;
use self::ahead::{Ahead, Asked};
pub(super) use self::shape::{Shape, Template};
use super::client::{Answer, Call, Caller, Client};
use super::contract::{Record, excerpt};
use super::lens;
use super::manifest::Paginate;
use super::paginate::{self, Said, Step};
use super::template::Values;

/// One page's records, each as received.
pub(super) struct Page {
    pub(super) records: Vec<Record>,
    /// Where a later walk can go on after this page.
    pub(super) resume: Option<String>,
    /// How much of the memory it keeps, about: its records are parts of its text, or larger where rows were made records.
    bytes: usize,
    /// Records of the list up to its end, of how many, where the API says.
    parts: Option<(u64, u64)>,
    /// What follows it begins a step after where the API would go on.
    is_stuck: bool,
}

/// One second held more records than the API gives at once.
pub(super) const STUCK: &str = "{n} times more records shared one second than the API gives at once; it was gone past, records of \
                                that second may be missing";

/// What becomes of a walk whose list is longer than the API lets anybody read; [`Walk::is_full`] tells afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    Fail,
    /// It ends as soon as it is known: the list is asked for in parts instead.
    End,
    /// It is read as far as the API lets, and goes on elsewhere.
    EndAtBound,
}

/// A walk under way.
pub(super) struct Walk<'a> {
    client: &'a Client,
    caller: Caller<'a>,
    template: Template<'a>,
    shape: Shape<'a>,
    values: Values,
    first_values: Values,
    /// Given with the first request only.
    start_param: Option<String>,
    /// Given with every request besides what the template says.
    given: Vec<(String, String)>,
    /// The beginning of the list, where a walk starts over.
    first: Call,
    next: Option<Call>,
    /// It began after what an earlier walk had read.
    is_resumed: bool,
    restarts: u32,
    reading: Reading,
    /// A request on its way.
    asked: Option<Asked<'a>>,
    /// What was read ahead.
    ahead: Ahead,
    seen: HashSet<u64>,
    pages: u64,
    records: u64,
    when_full: WhenFull,
    is_full: bool,
    /// Seconds by which a cursor that is a time goes on where the API repeats it; how often that was.
    step_seconds: i64,
    pub(super) stuck: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        client: &'a Client,
        caller: Caller<'a>,
        template: Template<'a>,
        shape: Shape<'a>,
        mut values: Values,
    ) -> Result<Walk<'a>> {
        if let Paginate::Keyset { limit, .. } = shape.paginate {
            values.set("limit", limit.to_string());
            values.set("keyset", "1 = 1");
        }
        let mut call = template.call(client, &values)?;
        if let Paginate::Page { param, first, .. } = shape.paginate {
            call.set(param, &first.to_string());
        }
        let (first, next) = (call.clone(), Some(call));
        Ok(Walk {
            client,
            caller,
            template,
            shape,
            first_values: values.clone(),
            values,
            start_param: None,
            given: Vec::new(),
            first,
            next,
            is_resumed: false,
            restarts: 0,
            reading: Reading::default(),
            asked: None,
            ahead: Ahead::default(),
            seen: HashSet::new(),
            pages: 0,
            records: 0,
            when_full: WhenFull::Fail,
            is_full: false,
            step_seconds: 0,
            stuck: 0,
        })
    }

    /// Adds or replaces a parameter.
    pub(super) fn set(&mut self, param: &str, value: &str) {
        self.given.push((param.to_owned(), value.to_owned()));
        if let Some(call) = &mut self.next {
            call.set(param, value);
            self.first = call.clone();
        }
    }

    /// Adds a parameter's values to those of the first request.
    pub(super) fn add(&mut self, param: &str, values: &[String]) {
        if let Some(call) = &mut self.next {
            call.query.extend(values.iter().map(|value| (param.to_owned(), value.clone())));
            self.first = call.clone();
        }
    }

    /// Whether this parameter is the one that carries the cursor.
    pub(super) fn is_cursor(&self, name: &str) -> bool {
        matches!(self.shape.paginate, Paginate::Cursor { param, .. } if param == name)
    }

    /// Adds a parameter that no later request repeats.
    pub(super) fn start(&mut self, param: &str, value: &str) {
        self.start_param = Some(param.to_owned());
        self.set(param, value);
    }

    /// Starts after a page that an earlier walk has finished; whether this kind of walk can.
    pub(super) fn resume(&mut self, at: &str) -> bool {
        let Some(call) = &mut self.next else { return false };
        match self.shape.paginate {
            Paginate::LastId { param, .. } | Paginate::Cursor { param, .. } => {
                if let Some(start) = self.start_param.as_ref().filter(|start| *start != param) {
                    call.unset(start);
                }
                call.set(param, at);
            }
            Paginate::NextUrl { .. } | Paginate::LinkHeader => {
                let Ok(url) = self.client.address(at) else { return false };
                *call = Call { url, query: Vec::new(), ..call.clone() };
            }
            _ => return false,
        }
        self.is_resumed = true;
        true
    }

    /// What is done at the bound of a list that is longer.
    pub(super) fn when_full(&mut self, when_full: WhenFull) {
        self.when_full = when_full;
    }

    /// Where the API gives the time it was asked with as the next one, so many seconds further on it is asked again.
    pub(super) fn step_when_stuck(&mut self, seconds: i64) {
        self.step_seconds = seconds;
    }

    /// Whether the walk ended before the list did.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// The next page, or nothing after the last one. A list whose place is gone, or that may have slid under its reader, is read
    /// again from its beginning: whoever takes the records takes each once.
    pub(super) async fn next(&mut self) -> Result<Option<Page>> {
        loop {
            let read = match self.ahead.take() {
                Some(read) => read,
                None => self.step().await,
            };
            match read {
                Err(error) if self.starts_over(&error) => self.begin_again(),
                Ok(Some(page)) => return Ok(Some(self.handed_on(page))),
                read => return read,
            }
        }
    }

    /// Only what is taken counts: what was read ahead may be asked for again by the next pull.
    fn handed_on(&mut self, page: Page) -> Page {
        self.stuck += u64::from(page.is_stuck);
        if let Some((records, total)) = page.parts {
            self.caller.meter.parts(records, total);
        }
        page
    }

    /// Reads one page. Whoever gives this up loses nothing: what was asked for is waited for the next time.
    async fn step(&mut self) -> Result<Option<Page>> {
        if self.asked.is_none() {
            self.ask()?;
        }
        let Some(asked) = &mut self.asked else { return Ok(None) };
        let answered = asked.answer().await;
        self.asked = None;
        let (call, answer) = answered.context("an answer was taken twice")?;
        self.arrived(call, answer?)
    }

    /// Sends the next request, if there is one.
    fn ask(&mut self) -> Result<()> {
        let Some(call) = self.next.take() else { return Ok(()) };
        let path = call.url.path();
        ensure!(
            self.seen.insert(fingerprint(&call)),
            "{path}: the API gave a cursor or address that it had given before; the walk would never end"
        );
        let bound = self.client.limits().pages;
        self.pages += 1;
        ensure!(self.pages <= bound, "{path}: still no end after {bound} pages");
        self.asked = Some(Asked::new(self.client, self.caller, call, self.shape.list()));
        Ok(())
    }

    /// Takes the answer to a request, and finds the next one.
    fn arrived(&mut self, call: Call, answer: Answer) -> Result<Option<Page>> {
        let path = call.url.path().to_owned();
        let (records, said) = self.records_of(&answer).with_context(|| path.clone())?;
        self.records += records.len() as u64;
        let kept = records.iter().map(|record| record.len()).sum::<usize>().max(answer.text.len());
        let total = self.shape.total.and_then(|total| said.plain_at(total)?.parse().ok());
        let parts = total.map(|total| (self.records, total));
        // A counter always changes: where the API ignores it, only the content tells.
        ensure!(
            !is_numbered(self.shape.paginate) || records.is_empty() || self.seen.insert(fingerprint(&records)),
            "{path}: the API gave the same page twice; the walk would never end"
        );
        let place = paginate::Place { said: &said, records: &records, link: answer.link.as_deref() };
        let (mut step, resume) =
            paginate::step(self.shape.paginate, &place, self.records).with_context(|| path.clone())?;
        let mut page = Page { records, resume, bytes: kept, parts, is_stuck: false };
        if self.ends_short(&said, &step, page.records.len() as u64) {
            let bound = self.shape.paginate.at_most().unwrap_or_default();
            ensure!(
                self.when_full != WhenFull::Fail,
                "{path}: the list is longer than the {bound} records that the API gives of one"
            );
            self.is_full = true;
            return Ok(Some(page));
        }
        self.unstick(&call, &mut step, &mut page);
        // an address may carry the secret, and no cursor may
        page.resume.take_if(|resume| self.client.redact(resume) != *resume);
        self.note(&page.records);
        if step == Step::End {
            self.ended(&said);
            return Ok(Some(page));
        }
        self.next = match step {
            Step::End => None,
            Step::Param { name, value } => {
                let mut call = call;
                if let Some(start) = self.start_param.as_ref().filter(|start| **start != name) {
                    call.unset(start);
                }
                call.set(&name, &value);
                Some(call)
            }
            Step::NextPage { name } => {
                let mut call = call;
                let page: u64 = call.get(&name).and_then(|page| page.parse().ok()).unwrap_or(1);
                call.set(&name, &(page + 1).to_string());
                Some(call)
            }
            Step::Address(address) => {
                let url = self.client.address(&address)?;
                Some(Call { url, query: Vec::new(), ..call })
            }
            Step::After(keyset) => {
                self.values.set("keyset", keyset);
                let mut call = self.template.call(self.client, &self.values)?;
                for (param, value) in self.given.iter().filter(|(param, _)| Some(param) != self.start_param.as_ref()) {
                    call.set(param, value);
                }
                Some(call)
            }
        };
        Ok(Some(page))
    }

    /// Makes the step a little longer where it would ask the same again.
    fn unstick(&self, call: &Call, step: &mut Step, page: &mut Page) {
        let Step::Param { name, value } = step else { return };
        if self.step_seconds <= 0 || call.get(name).as_ref() != Some(value) {
            return;
        }
        if let Ok(second) = value.parse::<i64>() {
            *value = (second + self.step_seconds).to_string();
            page.is_stuck = true;
        }
        page.resume = Some(value.clone());
    }

    /// Whether the list is longer than the API lets anybody read: it says so with its first page, or the next one would be past
    /// the bound.
    fn ends_short(&self, said: &Said<'_>, step: &Step, records: u64) -> bool {
        let Some(bound) = self.shape.paginate.at_most() else { return false };
        let total = || self.shape.total.and_then(|total| said.plain_at(total)?.parse::<u64>().ok());
        let is_known_early = self.when_full != WhenFull::EndAtBound && total().is_some_and(|total| total > bound);
        *step != Step::End && (is_known_early || self.records + records > bound)
    }

    /// A page's records, and what it says beside them.
    fn records_of<'t>(&self, page: &'t Answer) -> Result<(Vec<Record>, Said<'t>)> {
        let (text, pointer) = (&*page.text, self.shape.list());
        let Some(list) = page.list() else {
            let what = lens::at(text, pointer);
            if pointer.is_empty() && text.starts_with('{') {
                return Ok((vec![page.text.clone()], Said::new(text, &[])));
            }
            bail!("the answer has no list at {pointer:?} but {}", excerpt(&self.client.redact(what.unwrap_or(text))));
        };
        let said = Said::new(text, &list);
        let Some(columns) = self.shape.columns else {
            return Ok((list.into_iter().map(|record| page.text.slice_ref(record)).collect(), said));
        };
        let names: Option<Vec<String>> = lens::list(text, columns)
            .with_context(|| format!("the answer names no columns at {columns:?}"))?
            .into_iter()
            .map(lens::plain)
            .collect();
        let names = names.context("a column has no name")?;
        // A row of another length is handed on as it is, and quarantined.
        let record = |row| lens::zip(&names, row).map_or_else(|| page.text.slice_ref(row), Record::from);
        let records = list.into_iter().map(record).collect();
        Ok((records, said))
    }
}

fn fingerprint(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
