//! A billing API (Stripe's shape) on the loopback interface whose pages were made before anybody asks, to measure against. Threads
//! and bytes only, so that it is not the limit. It asks for no credential.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};

/// Where it is below its address, as in the whole sandbox; `/v1` alone will do, too.
pub const PATH: &str = "/stripe";
/// Records of a page.
pub const PAGE: usize = 100;

/// Bytes of a request's head at most.
const HEAD: u64 = 1 << 16;
/// How long a connection may say nothing.
const SILENCE: Duration = Duration::from_mins(5);

/// Unix seconds of the present.
const PRESENT: usize = 1_794_819_600;

/// Subscriptions, changes of them, and, below `/empty`, an account that has only the changes. Serves until the process ends.
#[derive(Debug)]
pub struct Bench {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Whole answers, with their heads.
    pages: Vec<Vec<u8>>,
    records: usize,
    /// Subscriptions that have changed, and how often.
    changed: AtomicUsize,
    times: AtomicUsize,
}

/// A subscription's id: as random as the API's, and known by its number.
pub fn id(number: usize) -> String {
    format!("sub_{number:08}{}", noise(number, 16))
}

fn noise(seed: usize, length: usize) -> String {
    let mut random = fastrand::Rng::with_seed(seed as u64);
    (0..length).map(|_| random.alphanumeric()).collect()
}

/// One subscription that has changed so many times: about 1.7 kB, three of twenty with a second item.
pub fn record(number: usize, times: usize) -> String {
    let (id, created) = (id(number), 1_700_000_000 + 1_000_000 - number);
    let mut items = item(number, 0, &id, created, times);
    let mut count = 1;
    if number % 20 < 3 {
        let _ = write!(items, ",{}", item(number, 1, &id, created, times));
        count = 2;
    }
    let (customer, invoice) = (noise(number + 1_000_000_000, 24), noise(number + 2_000_000_000, 24));
    format!(
        r#"{{"id":"{id}","object":"subscription","automatic_tax":{{"enabled":false,"liability":null,"disabled_reason":null}},"billing_cycle_anchor":{created},"cancel_at":null,"cancel_at_period_end":false,"canceled_at":null,"cancellation_details":{{"comment":null,"feedback":null,"reason":null}},"collection_method":"charge_automatically","created":{created},"currency":"usd","customer":"cus_{customer}","days_until_due":null,"default_payment_method":null,"default_source":null,"default_tax_rates":[],"description":null,"discounts":[],"ended_at":null,"items":{{"object":"list","data":[{items}],"has_more":false,"total_count":{count},"url":"/v1/subscription_items?subscription={id}"}},"latest_invoice":"in_{invoice}","livemode":true,"metadata":{{}},"on_behalf_of":null,"pause_collection":null,"pending_update":null,"schedule":null,"start_date":{created},"status":"active","test_clock":null,"transfer_data":null,"trial_end":null,"trial_start":null}}"#
    )
}

fn item(number: usize, nth: usize, subscription: &str, created: usize, times: usize) -> String {
    let (id, plan, amount) = (noise(number * 2 + nth + 3_000_000_000, 24), number % 40, 1000 + number % 40 * 100);
    let quantity = 1 + number % 30 + times;
    format!(
        r#"{{"id":"si_{id}","object":"subscription_item","created":{created},"current_period_end":1765000000,"current_period_start":1762408000,"discounts":[],"metadata":{{}},"price":{{"id":"price_{plan:08}AbCdEf","object":"price","active":true,"billing_scheme":"per_unit","created":1690000000,"currency":"usd","livemode":true,"metadata":{{}},"product":"prod_{plan:08}","recurring":{{"interval":"month","interval_count":1,"meter":null,"trial_period_days":null,"usage_type":"licensed"}},"tiers_mode":null,"transform_quantity":null,"type":"recurring","unit_amount":{amount},"unit_amount_decimal":"{amount}"}},"quantity":{quantity},"subscription":"{subscription}","tax_rates":[]}}"#
    )
}

impl Bench {
    /// Makes the pages, and serves them on a port of the loopback interface, any free one for 0.
    pub fn start(records: usize, port: u16) -> Result<Bench> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| format!("cannot listen on port {port}"))?;
        let addr = listener.local_addr().context("the listener has no address")?;
        let pages = (0..records.div_ceil(PAGE)).map(|page| {
            let end = records.min((page + 1) * PAGE);
            let all: Vec<String> = (page * PAGE..end).map(|number| record(number, 0)).collect();
            answer(&list("/v1/subscriptions", &all.join(","), end < records))
        });
        let shared =
            Shared { pages: pages.collect(), records, changed: AtomicUsize::new(0), times: AtomicUsize::new(0) };
        let shared = Arc::new(shared);
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // a connection that breaks is its caller's to notice
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Ok(Bench { addr, shared })
    }

    /// All records, one a line.
    pub fn lines(&self) -> String {
        (0..self.shared.records).fold(String::new(), |text, number| text + &record(number, 0) + "\n")
    }

    /// Bytes of all pages.
    pub fn bytes(&self) -> usize {
        self.shared.pages.iter().map(Vec::len).sum()
    }

    /// The next so many subscriptions change.
    pub fn change(&self, count: usize) {
        self.shared.changed.store(count, Ordering::SeqCst);
        self.shared.times.fetch_add(1, Ordering::SeqCst);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        let mut line = String::new();
        loop {
            let mut head = reader.by_ref().take(HEAD);
            line.clear();
            head.read_line(&mut line)?;
            let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
            while !line.trim_end().is_empty() {
                line.clear();
                head.read_line(&mut line)?;
            }
            // not even an empty line: the connection is closed, or says too much
            if line.is_empty() {
                return Ok(());
            }
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            // as the whole sandbox has it
            let path = path.strip_prefix(PATH).unwrap_or(path);
            let made;
            let page = match path {
                "/v1/subscriptions" if !query.contains("created") => {
                    let after = query.split('&').find_map(|pair| pair.strip_prefix("starting_after="));
                    let next = after.map_or(Some(0), |id| number_of(id).map(|number| number / PAGE + 1));
                    next.and_then(|next| self.pages.get(next))
                }
                _ => None,
            };
            let page = if let Some(page) = page {
                page
            } else {
                made = self.other(path, query);
                &made
            };
            writer.write_all(page)?;
        }
    }

    /// What is asked for seldom, made when it is.
    fn other(&self, path: &str, query: &str) -> Vec<u8> {
        if matches!(path, "/v1/events" | "/empty/v1/events") && query.contains("subscription.updated") {
            return self.events(query);
        }
        match path.strip_prefix("/v1/subscriptions/").and_then(number_of) {
            Some(number) => answer(&record(number, self.times.load(Ordering::SeqCst))),
            None => none(path),
        }
    }

    /// What has changed, newest first.
    fn events(&self, query: &str) -> Vec<u8> {
        let (changed, times) = (self.changed.load(Ordering::SeqCst), self.times.load(Ordering::SeqCst));
        // the stream of the events themselves asks for many types at once: here only what changed counts
        if query.matches("types").count() > 8 || query.contains("starting_after") {
            return none("/v1/events");
        }
        if changed == 0 {
            return answer(&list("/v1/events", &event(0, 0), false));
        }
        let events: Vec<String> = (0..changed).map(|number| event(number, times)).collect();
        answer(&list("/v1/events", &events.join(","), false))
    }
}

/// The number of a subscription's id.
fn number_of(id: &str) -> Option<usize> {
    id.strip_prefix("sub_")?.get(..8)?.parse().ok()
}

fn event(number: usize, times: usize) -> String {
    let (created, id) = (PRESENT - 3600 + times * 60, id(number));
    format!(
        r#"{{"id":"evt_{times:04}{number:08}","object":"event","created":{created},"type":"customer.subscription.updated","data":{{"object":{{"id":"{id}","object":"subscription"}}}}}}"#
    )
}

fn list(path: &str, data: &str, has_more: bool) -> String {
    format!(r#"{{"object":"list","data":[{data}],"has_more":{has_more},"url":"{path}"}}"#)
}

fn none(path: &str) -> Vec<u8> {
    answer(&list(path, "", false))
}

fn answer(body: &str) -> Vec<u8> {
    let mut whole =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    whole.push_str(body);
    whole.into_bytes()
}
