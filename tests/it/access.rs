//! Who may see and do what on the web: links of mails, signing in, forms, and everything that is tried against them.

#![allow(clippy::large_futures, reason = "a test waits for one thing at a time")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bizreview::config::{Config, Secrets};
use bizreview::deliver::archive::{EditionFiles, publish};
use bizreview::deliver::message::Letter;
use bizreview::deliver::outbox::{enqueue, send_pending};
use bizreview::deliver::transport::Transport;
use bizreview::ledger::Ledger;
use bizreview::render::{Renderer, sample};
use bizreview::review::edition::Rendered;
use bizreview::review::model::Review;
use bizreview::serve::{Clock, Ended, Job, Service, Wish, serve_until};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{oneshot, watch};

use crate::browser::Tools;
use crate::support::company::{bizreview, said, soon};
use crate::support::http::{Answer, Browser};
use crate::support::mail::time;
use crate::support::scratch::Scratch;

const HOST: &str = "reviews.acme.example";
/// An edition of each report, and the period of both.
const OWN: &str = "/reports/support/2026-W46/1";
const OTHER: &str = "/reports/sales/2026-W46/1";

/// A service with two reports, one edition each, mailed to their readers.
struct House {
    scratch: Scratch,
    config: Config,
    ledger: Arc<Ledger>,
    now: Arc<Mutex<Timestamp>>,
    wishes: Arc<Mutex<Vec<Wish>>>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

fn text(mail: &str, web: &str) -> String {
    format!(
        r#"
[company]
name = "Acme"
timezone = "Europe/Berlin"
currency = "USD"
[store]
path = "store"
[mail]
from = "Reviews <reviews@acme.example>"
{mail}
[operator]
email = "Olga Operator <olga@acme.example>"
[web]
{web}
[teams.support]
name = "Support"
owner = "Ada Lindqvist <ada@acme.example>"
[teams.sales]
name = "Sales"
[reports.support]
title = "Support review"
team = "support"
to = ["Ann <ann@acme.example>", "bob@acme.example"]
cron = "0 8 * * MON"
metrics = ["sla/*"]
[reports.sales]
title = "Sales review"
team = "sales"
to = ["sam@acme.example"]
cron = "0 8 * * MON"
metrics = ["growth/*"]
"#
    )
}

impl House {
    async fn public() -> House {
        House::new(&format!("public_url = \"https://{HOST}\""), "").await
    }

    async fn new(mail: &str, web: &str) -> House {
        let scratch = Scratch::new("access");
        let config = text(mail, web);
        std::fs::write(scratch.join("bizreview.toml"), &config).unwrap();
        let config = Config::parse(&config, &scratch).unwrap();
        let ledger = Arc::new(Ledger::open(&config.store()).unwrap());
        let now = time("2026-11-23T07:00:00Z");
        for report in ["support", "sales"] {
            mailed(&config, &ledger, report, now).await;
        }
        let (clock_now, wishes) = (Arc::new(Mutex::new(now)), Arc::new(Mutex::new(Vec::new())));
        let (shared, heard) = (clock_now.clone(), wishes.clone());
        let clock: Clock = Arc::new(move || *shared.lock().unwrap());
        let (_, in_force) = watch::channel(Arc::new(config.clone()));
        let work = move |job| {
            if let Job::Wished(wish) = job {
                heard.lock().unwrap().push(wish);
            }
            // so that the next ones wait
            async { tokio::time::sleep(Duration::from_mins(1)).await }
        };
        let work = move |job| {
            let done = work(job);
            async move {
                done.await;
                Ok(Ended::Done)
            }
        };
        let service = Service::new(in_force, ledger.clone(), clock, work, || async { Ok(()) }).unwrap();
        let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = probe.local_addr().unwrap();
        drop(probe);
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move { serve_until(service, address, async { drop(stopped.await) }).await });
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                break;
            }
        }
        House { scratch, config, ledger, now: clock_now, wishes, address, _stop: stop }
    }

    fn browser(&self) -> Browser {
        let is_public = self.config.mail.public_url.as_ref().is_some_and(|url| url.contains(HOST));
        Browser::new(self.address, if is_public { HOST } else { "localhost" })
    }

    fn later(&self, minutes: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_mins(minutes);
    }

    /// Mails of the folder, oldest first, without those that are being written.
    fn files(&self) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(self.scratch.join("outbox")).unwrap().map(|file| file.unwrap());
        let whole = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "eml"));
        let mut files: Vec<_> = whole.map(|file| (file.metadata().unwrap().modified().unwrap(), file.path())).collect();
        files.sort();
        files.into_iter().map(|(_, path)| std::fs::read(path).unwrap()).collect()
    }

    /// Mails of the folder by whom they are to, oldest first.
    fn mails(&self) -> Vec<(String, String)> {
        let read = self.files().into_iter().map(|bytes| {
            let mail = mailparse::parse_mail(&bytes).unwrap();
            let to = mailparse::MailHeaderMap::get_first_value(&mail.headers[..], "To").unwrap();
            (to, mail.subparts[0].get_body().unwrap().replace("\r\n", "\n"))
        });
        read.collect()
    }

    /// Paths of every link of every mail, those of headers too.
    fn all_links(&self) -> Vec<String> {
        let leave = self.files().into_iter().filter_map(|bytes| {
            let (headers, _) = mailparse::parse_headers(&bytes).unwrap();
            let value = mailparse::MailHeaderMap::get_first_value(&headers[..], "List-Unsubscribe")?;
            Some(value.trim_matches(['<', '>']).to_owned())
        });
        let words = self.mails().into_iter().map(|(_, words)| words);
        words.chain(leave).flat_map(|words| links(&words)).collect()
    }

    /// Paths of the links of all mails to somebody, oldest first.
    fn links(&self, to: &str) -> Vec<String> {
        let own = self.mails().into_iter().filter(|(of, _)| of.contains(to));
        own.flat_map(|(_, words)| links(&words)).collect()
    }

    /// The path of the link that opens the edition mailed to somebody.
    fn link(&self, to: &str) -> String {
        self.links(to).into_iter().find(|path| path.starts_with("/r/")).unwrap()
    }

    /// Everything the ledger knows.
    fn known(&self) -> BTreeMap<String, Vec<String>> {
        let db = rusqlite::Connection::open(self.ledger.path()).unwrap();
        let mut tables = db.prepare("select name from sqlite_schema where type = 'table' order by name").unwrap();
        let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let rows = |table: &String| {
            let mut query = db.prepare(&format!("select * from {table}")).unwrap();
            let columns = query.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                Ok((0..columns).map(|i| format!("{:?}", row.get_ref(i).unwrap())).collect::<Vec<_>>().join(" "))
            };
            query.query_map([], row).unwrap().map(Result::unwrap).collect::<Vec<String>>()
        };
        tables.iter().map(|table| (table.clone(), rows(table))).collect()
    }

    /// A browser that is signed in by mail.
    async fn signed_in(&self, address: &str) -> Browser {
        let mut browser = self.browser();
        let path = self.sign_in_link(&mut browser, address).await;
        assert_eq!(browser.fill(&path, &path, &[]).await.location(), "/");
        browser
    }

    async fn sign_in_link(&self, browser: &mut Browser, address: &str) -> String {
        let before = self.links(address).len();
        assert_eq!(browser.fill("/sign-in", "/sign-in", &[("address", address)]).await.location(), "/sign-in/sent");
        assert!(soon(5, || self.links(address).len() > before), "no mail to {address}");
        self.links(address).into_iter().rfind(|path| path.starts_with("/sign-in/")).unwrap()
    }
}

/// An edition with the addresses of its page, and what it looks like: drawn once for all tests.
fn edition(report: &str, title: &str, base: Option<&str>) -> (Review, Rendered) {
    static DRAWN: LazyLock<Mutex<BTreeMap<String, (Review, Rendered)>>> = LazyLock::new(Mutex::default);
    let mut drawn = DRAWN.lock().unwrap();
    let make = || {
        let mut review = sample::full();
        report.clone_into(&mut review.head.report);
        report.clone_into(&mut review.head.team);
        title.clone_into(&mut review.head.title);
        review.head.link = base.map(|url| format!("{url}/reports/{report}/2026-W46/1/index.html"));
        let rendered = Renderer::new(None).unwrap().render(&review).unwrap();
        for row in review.sections.iter_mut().flat_map(|section| &mut section.rows) {
            row.metric = row.metric.rsplit('/').next().unwrap().to_owned();
        }
        (review, rendered)
    };
    drawn.entry(format!("{report} {base:?}")).or_insert_with(make).clone()
}

/// Publishes a report's edition and mails it.
async fn mailed(config: &Config, ledger: &Ledger, report: &str, now: Timestamp) {
    let (review, rendered) = edition(report, &config.reports[report].title, config.mail.public_url.as_deref());
    let extra = [("rows/mrr.csv".to_owned(), b"account,value\nacme,1\n".to_vec())];
    let files = EditionFiles { review: &review, rendered: &rendered, extra: &extra };
    let run = ledger.start_run("manual", now).unwrap();
    let edition = publish(&config.store(), ledger, &files, run, now).unwrap();
    let letter = Letter::of_report(config, &edition, &rendered, now).unwrap();
    for recipient in &letter.recipients {
        assert_eq!(letter.compose(recipient).unwrap(), letter.compose(recipient).unwrap(), "the same bytes");
    }
    let transport = Transport::open(config, &Secrets::default()).unwrap();
    enqueue(ledger, &letter, &transport, now).unwrap();
    send_pending(ledger, &transport, &[edition.edition_id], now).await.unwrap();
}

/// Paths of the links of a text.
fn links(words: &str) -> Vec<String> {
    let urls = words.split_whitespace().filter(|word| word.starts_with("http"));
    urls.filter_map(|url| url.splitn(4, '/').nth(3).map(|path| format!("/{path}"))).collect()
}

fn is_sign_in(answer: &Answer) -> bool {
    answer.status == 303 && answer.header("location").starts_with("/sign-in")
}

// Links of mails

#[tokio::test(flavor = "multi_thread")]
async fn a_mails_link_opens_its_edition_to_its_reader_and_leaves_the_address_bar() {
    let house = House::public().await;
    let link = house.link("ann@");
    assert_ne!(link, house.link("bob@"), "everybody has a link of their own");
    let mut ann = house.browser();
    let answer = ann.get(&link).await;
    assert_eq!(answer.location(), format!("{OWN}/"));
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let cookie = answer.header("set-cookie");
    for part in ["__Secure-reading=", &format!("; Path={OWN}; HttpOnly; SameSite=Lax; Secure; Max-Age=43200")] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = link.strip_prefix("/r/").unwrap();
    let page = ann.get(&format!("{OWN}/index.html")).await.is(200);
    assert!(!page.body.contains(token) && page.header("referrer-policy") == "no-referrer");
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
    ann.get(&format!("{OWN}/data.xlsx")).await.is(200);
    ann.get(&format!("{OWN}/nothing.html")).await.is(404);
    // and nothing else
    for path in ["/", &format!("{OTHER}/index.html"), "/reports/support/2026-W46/2/index.html", "/reports/support/"] {
        assert!(is_sign_in(&ann.get(path).await), "{path}");
    }
    for path in [&format!("{OWN}/rows/mrr.csv"), &format!("{OWN}/comment"), "/reports/support/promises"] {
        assert!(is_sign_in(&ann.get(path).await), "{path}");
    }
    // the page that is archived for all names nobody
    let archived = std::fs::read_to_string(house.config.store().join("archive/support/2026-W46/1/email.html")).unwrap();
    assert!(archived.contains(&format!("https://{HOST}{OWN}/index.html")) && !archived.contains("/r/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_foreign_and_revoked_links_open_nothing_and_look_alike() {
    let house = House::public().await;
    let link = house.link("ann@");
    let elsewhere = House::public().await.link("ann@");
    let (body, signature) = link.strip_prefix("/r/").unwrap().split_once('.').unwrap();
    let (other_body, other_signature) = house
        .link("sam@")
        .strip_prefix("/r/")
        .unwrap()
        .split_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let unknown = house.browser().get("/r/abc").await.is(404).lasting();
    for forged in [
        format!("/r/{body}.{other_signature}"),
        format!("/r/{other_body}.{signature}"),
        format!("/r/{body}."),
        format!("/r/{body}"),
        format!("/r/{}.{signature}", &body[..body.len() - 4]),
        elsewhere,
    ] {
        assert_eq!(house.browser().get(&forged).await.lasting(), unknown, "{forged}");
    }
    // a cookie that was not given is worth as little
    let mut forger = house.browser();
    let of_sales = house.link("sam@").strip_prefix("/r/").unwrap().to_owned();
    forger.cookies.push(("__Secure-reading".into(), of_sales, "/".into()));
    assert!(is_sign_in(&forger.get(&format!("{OWN}/index.html")).await), "a link of another report");
    forger.get(&format!("{OTHER}/index.html")).await.is(200);

    let mut ann = house.browser();
    ann.get(&link).await.is(303);
    ann.get(&format!("{OWN}/index.html")).await.is(200);
    assert_eq!(house.ledger.revoke("ANN@acme.example", time("2026-11-23T08:00:00Z")).unwrap(), 0);
    assert!(is_sign_in(&ann.get(&format!("{OWN}/index.html")).await), "at once, also where it was used before");
    assert_eq!(house.browser().get(&link).await.lasting(), unknown);
    house.browser().get(&house.link("bob@")).await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_its_edition_also_to_who_is_signed_in_as_somebody_else() {
    let house = House::public().await;
    let mut sam = house.signed_in("sam@acme.example").await;
    sam.get(&format!("{OWN}/")).await.is(404);
    assert_eq!(sam.get(&house.link("ann@")).await.location(), format!("{OWN}/"));
    let page = sam.get(&format!("{OWN}/")).await.is(200);
    assert!(!page.body.contains(&format!("{OWN}/comment")), "to read, and nothing else");
    for path in [format!("{OWN}/rows/mrr.csv"), format!("{OWN}/comment"), "/reports/support/".into()] {
        sam.get(&path).await.is(404);
    }
    sam.get(&format!("{OTHER}/")).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_by_a_link_what_was_replaced_is_told() {
    let house = House::public().await;
    let mut ann = house.browser();
    ann.get(&house.link("ann@")).await.is(303);
    let page = ann.get(&format!("{OWN}/")).await.is(200).shows(&["<span class=\"bz-now\">W46 (9–15 Nov"]);
    assert!(!page.body.contains("newer edition"));
    mailed(&house.config, &house.ledger, "support", time("2026-11-23T08:00:00Z")).await;
    ann.get(&format!("{OWN}/")).await.is(200).shows(&["newer edition", "href=\"/reports/support/2026-W46/2/\""]);
    assert!(is_sign_in(&ann.get("/reports/support/2026-W46/2/").await), "it has a link of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_offers_a_fresh_one_to_its_still_listed_owner_only() {
    let house = House::public().await;
    let (link, token_of_bob) = (house.link("ann@"), house.link("bob@"));
    let mut ann = house.browser();
    ann.get(&link).await.is(303);
    house.later(14 * 24 * 60);
    assert!(is_sign_in(&ann.get(&format!("{OWN}/index.html")).await), "the cookie ends with the link");
    let known = house.known();
    ann.get(&link).await.is(410).shows(&["This link is over", "14 days"]);
    let token = ann.get(&link).await.token();
    let sent = ann.post(&link, &[("token", &token)]).await.is(200).lasting();
    assert!(soon(5, || house.links("ann@").len() == 2));
    assert_eq!(house.known(), known, "nothing is kept of links");
    let fresh = house.links("ann@").pop().unwrap();
    assert_eq!(house.browser().get(&fresh).await.location(), format!("{OWN}/"));
    // called back: the same answer, and no mail
    house.ledger.revoke("bob@acme.example", *house.now.lock().unwrap()).unwrap();
    let mut bob = house.browser();
    let token = bob.get(&token_of_bob).await.is(410).token();
    assert_eq!(bob.post(&token_of_bob, &[("token", &token)]).await.lasting(), sent);
    // and at most five an hour
    for _ in 0..8 {
        house.later(1);
        let token = ann.get(&link).await.token();
        assert_eq!(ann.post(&link, &[("token", &token)]).await.lasting(), sent);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!((house.links("ann@").len(), house.links("bob@").len()), (1 + 5, 1), "{:?}", house.mails());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_fetches_every_link_twice_changes_nothing_and_uses_nothing_up() {
    let house = House::public().await;
    let mut ada = house.browser();
    let sign_in = house.sign_in_link(&mut ada, "ada@acme.example").await;
    let known = house.known();
    let all = house.all_links();
    assert_eq!(all.len(), 2 * 3 + 1, "{all:?}");
    for _ in 0..2 {
        for path in &all {
            let mut scanner = house.browser();
            let answer = scanner.get(path).await;
            assert!(answer.status == 200 || answer.status == 303, "{path}: {answer:?}");
            scanner.send("HEAD", path, "").await;
        }
    }
    assert_eq!(house.known(), known);
    ada.fill(&sign_in, &sign_in, &[]).await.is(303);
    ada.get(&format!("{OWN}/comment")).await.is(200);
}

// Signing in

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once_and_in_time_with_a_cookie_of_its_own() {
    let house = House::public().await;
    let mut ada = house.browser();
    // whoever has set a cookie before her knows nothing of her session
    ada.cookies.push(("__Host-session".into(), "fixed".into(), "/".into()));
    let link = house.sign_in_link(&mut ada, "Ada@acme.example").await;
    let token = ada.get(&link).await.shows(&["Sign in on this device"]).token();
    let answer = ada.post(&link, &[("token", &token), ("to", "//evil.example/")]).await;
    assert_eq!(answer.location(), "/", "never to another host");
    let session = ada.cookies.iter().find(|(name, ..)| name == "__Host-session").unwrap().1.clone();
    assert!(session.len() == 64 && session != "fixed");
    let cookies: Vec<&str> =
        answer.headers.iter().filter(|(n, _)| n == "set-cookie").map(|(_, v)| v.as_str()).collect();
    assert!(
        cookies.iter().any(|c| c.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=43200")),
        "{cookies:?}"
    );
    assert!(!format!("{:?}", house.known()).contains(&session), "the ledger keeps a hash of it");
    ada.get(&format!("{OWN}/index.html")).await.is(200);
    ada.get("/").await.is(200).shows(&["support/2026-W46"]);

    let mut again = house.browser();
    again.fill(&link, &link, &[]).await.is(403).shows(&["used before"]);
    let mut late = house.browser();
    let link = house.sign_in_link(&mut late, "ada@acme.example").await;
    house.later(16);
    late.fill(&link, &link, &[]).await.is(403);

    // out: the cookie is worth nothing, also to whoever kept it
    let mut thief = ada.clone();
    assert_eq!(ada.fill("/sign-out", "/sign-out", &[]).await.location(), "/sign-in");
    assert!(is_sign_in(&thief.get("/").await));
    // over after twelve hours
    let mut ada = house.signed_in("ada@acme.example").await;
    house.later(11 * 60 + 59);
    ada.get("/").await.is(200);
    house.later(1);
    assert!(is_sign_in(&ada.get("/").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_which_addresses_are_known() {
    let house = House::public().await;
    let before = house.mails().len();
    let mut answers = Vec::new();
    for address in ["ada@acme.example", "eve@acme.example", "x@elsewhere.example"] {
        let mut browser = house.browser();
        let answer = browser.fill("/sign-in", "/sign-in", &[("address", address)]).await.lasting();
        let page = browser.get("/sign-in/sent").await.lasting();
        answers.push((answer, page));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert!(soon(5, || house.mails().len() > before));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(house.mails().len(), before + 1);
    // what is typed is shown again, as text
    for typed in ["<script>alert(1)</script>", "a@b\r\nBcc: eve@acme.example", "Ann <ann@acme.example>", ""] {
        let answer = house.browser().fill("/sign-in", "/sign-in", &[("address", typed)]).await.is(422);
        assert!(!answer.body.contains("<script>") && answer.body.contains("is not an e-mail address"), "{typed}");
    }
    assert_eq!(house.mails().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_too_often_is_asked_to_wait() {
    let house = House::new(&format!("public_url = \"https://{HOST}\""), "proxy = { peers = [\"127.0.0.1\"] }").await;
    let mut eve = house.browser().with("X-Forwarded-For", "10.9.9.9, 203.0.113.7");
    let token = eve.get("/sign-in").await.token();
    let before = house.mails().len();
    for nth in 0..20 {
        eve.post("/sign-in", &[("address", "ada@acme.example"), ("token", &token)]).await.is(303);
        eve = eve.with("X-Forwarded-For", &format!("10.9.9.{nth}, 203.0.113.7"));
    }
    eve.post("/sign-in", &[("address", "ada@acme.example"), ("token", &token)]).await.is(429);
    for nth in 0..31 {
        let answer = eve.get("/r/forged").await;
        assert_eq!(answer.status, if nth < 30 { 404 } else { 429 });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(house.mails().len(), before + 5, "five an hour to one address");
    // others are served meanwhile
    let mut ann = house.browser().with("X-Forwarded-For", "203.0.113.8");
    ann.fill("/sign-in", "/sign-in", &[("address", "ann@acme.example")]).await.is(303);
    house.later(61);
    eve.get("/r/forged").await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_word_counts_from_listed_peers_only() {
    let web = |peer: &str| format!("proxy = {{ peers = [\"{peer}\"], header = \"X-Forwarded-Email\" }}");
    let house = House::new("", &web("127.0.0.1")).await;
    let mut ada = house.browser().with("X-Forwarded-Email", "Ada@acme.example");
    ada.get(&format!("{OWN}/index.html")).await.is(200);
    ada.fill(&format!("{OWN}/comment"), &format!("{OWN}/comment"), &[("metric", "mrr"), ("text", "Ours.")])
        .await
        .is(303);
    assert_eq!(house.ledger.comments().unwrap()[0].author, "Ada Lindqvist");
    assert!(is_sign_in(&house.browser().get(&format!("{OWN}/index.html")).await), "without its word nobody is local");
    for forged in ["eve@acme.example", "", "ada@acme.example, olga@acme.example"] {
        let answer = house.browser().with("X-Forwarded-Email", forged).get(&format!("{OWN}/index.html")).await;
        assert_ne!(answer.status, 200, "{forged}");
    }
    let mut two = house.browser().with("X-Forwarded-Email", "ada@acme.example");
    two.headers.push(("x-forwarded-email", "olga@acme.example".into()));
    assert_ne!(two.get("/").await.status, 200, "two identities are none");

    let house = House::new("", &web("10.0.0.5")).await;
    let mut eve = house.browser().with("X-Forwarded-Email", "ada@acme.example").with("X-Forwarded-For", "10.0.0.5");
    assert!(is_sign_in(&eve.get(&format!("{OWN}/index.html")).await));
}

// What whose is

#[tokio::test(flavor = "multi_thread")]
async fn each_sees_their_own_reports_and_the_others_do_not_exist() {
    let house = House::public().await;
    let mut ann = house.signed_in("ann@acme.example").await;
    let index = ann.get("/").await.is(200);
    assert!(index.body.contains("support/2026-W46") && !index.body.contains("sales/"));
    ann.get(&format!("{OWN}/index.html")).await.is(200);
    let rows = ann.get(&format!("{OWN}/rows/mrr.csv")).await.is(200);
    assert_eq!(
        (rows.body.as_str(), rows.header("content-type")),
        ("account,value\nacme,1\n", "text/csv; charset=utf-8")
    );
    let nothing = ann.get("/reports/nothing/2026-W46/1/index.html").await.is(404).lasting();
    for path in ["/index.html", "/data.xlsx", "/rows/mrr.csv", "/report.json", "/comment", "/nothing"] {
        assert_eq!(ann.get(&format!("{OTHER}{path}")).await.lasting(), nothing, "{path}");
    }
    for path in ["/reports/sales", "/reports/sales/", "/reports/sales/promises", "/reports/sales/run"] {
        assert_eq!(ann.get(path).await.lasting(), nothing, "{path}");
    }
    // a viewer does not comment, an owner does not run, an operator does all
    ann.get(&format!("{OWN}/comment")).await.is(403).shows(&["answer for the review"]);
    ann.get("/reports/support/run").await.is(403);
    let page = ann.get("/reports/support/promises").await.is(200);
    assert!(!page.body.contains("<form"));
    let mut ada = house.signed_in("ada@acme.example").await;
    ada.get(&format!("{OWN}/comment")).await.is(200);
    ada.get("/reports/support/run").await.is(403).shows(&["asked for by operators"]);
    let token = ada.get("/reports/support/promises").await.token();
    ada.post("/reports/support/run", &[("token", &token)]).await.is(403);
    let mut olga = house.signed_in("olga@acme.example").await;
    for path in [format!("{OTHER}/index.html"), format!("{OTHER}/comment"), "/reports/sales/run".into()] {
        olga.get(&path).await.is(200);
    }
    assert!(house.wishes.lock().unwrap().is_empty());
    // an address that is on no list any more
    let mut sam = house.signed_in("sam@acme.example").await;
    let nothing = sam.get("/reports/nothing/2026-W46/1/index.html").await.is(404).lasting();
    assert_eq!(sam.get(&format!("{OWN}/index.html")).await.lasting(), nothing);
    // pages offer each what is theirs to do
    let comment = format!("href=\"{OWN}/comment\"");
    ada.get(&format!("{OWN}/")).await.is(200).shows(&[&comment, "href=\"/reports/support/promises\"", "/sign-out"]);
    assert!(!ann.get(&format!("{OWN}/")).await.is(200).body.contains(&comment));
    olga.get("/reports/support/").await.is(200).shows(&["href=\"/reports/support/run\""]);
    assert!(!ada.get("/reports/support/").await.is(200).body.contains("/reports/support/run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_the_service_itself_is_told_to_this_machine_only() {
    let house = House::public().await;
    house.later(10);
    let mut near = Browser::new(house.address, "localhost");
    let mut far = house.browser();
    near.get("/metrics").await.is(200).shows(&["bizreview_ready 0"]);
    far.get("/metrics").await.is(403);
    near.get("/readyz").await.is(503).shows(&["no heartbeat"]);
    assert_eq!(far.get("/readyz").await.is(503).body, "not ready\n");
    assert_eq!(far.get("/healthz").await.is(200).body, "ok\n");
    // what browsers ask for by themselves leads nobody to sign in
    far.get("/favicon.ico").await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_path_is_made_of_it_leads_to_listed_files_only() {
    let house = House::public().await;
    let mut ann = house.signed_in("ann@acme.example").await;
    for path in [
        format!("{OWN}/../../../sales/2026-W46/1/index.html"),
        format!("{OWN}/..%2f..%2f..%2fsales%2f2026-W46%2f1%2findex.html"),
        format!("{OWN}/%2e%2e/%2e%2e/%2e%2e/sales/2026-W46/1/index.html"),
        format!("{OWN}/rows%2fmrr.csv"),
        format!("{OWN}/rows/../../../../../keys/web"),
        format!("{OWN}/..%5c..%5cindex.html"),
        format!("{OWN}//etc/passwd"),
        format!("{OWN}/%00"),
        format!("{OWN}/config.toml"),
        format!("{OWN}/rows.parquet"),
        "/reports/support/2026-W46/-1/index.html".into(),
        "/reports/support/2026-W46/4294967296/index.html".into(),
        "/reports/../keys/web".into(),
        "/reports/account.cus_1/2026-W46/1/index.html".into(),
        "/keys/web".into(),
    ] {
        let answer = ann.get(&path).await;
        assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
        // and a reading link's holder gets no further
        let mut reader = house.browser();
        reader.get(&house.link("bob@")).await.is(303);
        let answer = reader.get(&path).await;
        assert!([400, 404].contains(&answer.status) || is_sign_in(&answer), "{path}: {answer:?}");
    }
}

// Forms

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_not_sent_from_here_changes_nothing() {
    let house = House::public().await;
    let mut ada = house.signed_in("ada@acme.example").await;
    let path = format!("{OWN}/comment");
    let token = ada.get(&path).await.token();
    let others = house.signed_in("olga@acme.example").await.get(&path).await.token();
    assert_ne!(token, others);
    let known = house.known();
    let fields =
        |token: &str| vec![("metric", "mrr".to_owned()), ("text", "Not mine.".to_owned()), ("token", token.to_owned())];
    let mut tries = vec![("", "", String::new()), ("", "", others), ("", "", format!("{token}x"))];
    tries.push(("Origin", "https://evil.example", token.clone()));
    tries.push(("Origin", "https://reviews.acme.example.evil.example", token.clone()));
    tries.push(("Sec-Fetch-Site", "cross-site", token.clone()));
    tries.push(("Sec-Fetch-Site", "same-site", token.clone()));
    for (name, value, token) in tries {
        let mut browser = if name.is_empty() { ada.clone() } else { ada.clone().with(name, value) };
        let fields = fields(&token);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        browser.post(&path, &fields).await.is(403).shows(&["Nothing was changed"]);
        browser.post("/reports/support/promises", &fields).await.is(403);
        browser.post("/sign-out", &fields).await.is(403);
    }
    // another kind of body is no form
    let mut json = ada.clone();
    json.headers.push(("Content-Type", "text/plain".into()));
    assert_ne!(json.post(&path, &[("token", &token)]).await.status, 303);
    assert_eq!(house.known(), known);
    // a stranger's form is sent nowhere
    let mut stranger = house.browser();
    let token_of_stranger = stranger.get("/sign-in").await.token();
    stranger.post(&path, &[("token", &token_of_stranger)]).await.is(403);
    // and what was sent from here is taken, as browsers of today say it
    let mut browser = ada.clone().with("Origin", "null").with("Sec-Fetch-Site", "same-origin");
    browser.post(&path, &[("metric", "mrr"), ("text", "Mine."), ("token", &token)]).await.is(303);
    let mut browser = ada.clone().with("Origin", &format!("https://{HOST}"));
    browser.post(&path, &[("metric", "mrr"), ("text", "Mine, too."), ("token", &token)]).await.is(303);
    assert_eq!(house.ledger.comments().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_comments_as_at_the_command_line_and_sees_it() {
    let house = House::public().await;
    let mut ada = house.signed_in("ada@acme.example").await;
    let path = format!("{OWN}/comment");
    let page = ada.get(&format!("{path}?metric=csat")).await.is(200);
    assert!(page.body.contains("<option value=\"csat\" selected>"), "{}", page.body);
    assert!(page.header("content-security-policy").contains("form-action 'self'"));
    assert!(!page.header("content-security-policy").contains("script"));
    assert!(
        ada.get(&format!("{OWN}/index.html")).await.header("content-security-policy").contains("form-action 'none'")
    );

    let words = "Two of five were ill.\r\n\r\n<b>Back</b> on Monday: https://acme.example/a";
    let answer = ada.fill(&path, &path, &[("metric", "csat"), ("text", words)]).await;
    assert_eq!(answer.location(), format!("{path}?metric=csat&noted=new"));
    let page = ada.get(answer.location()).await.is(200).shows(&["Noted.", "Ada Lindqvist, 23 Nov 2026"]);
    assert!(page.body.contains("&lt;b&gt;Back&lt;/b&gt;") && !page.body.contains("<b>Back"));
    let comment = house.ledger.comments().unwrap().pop().unwrap();
    assert_eq!(
        (comment.metric.as_str(), comment.period.as_str(), comment.source.as_str()),
        ("csat", "2026-W46", "web")
    );
    assert_eq!(comment.text, "Two of five were ill.\n\n<b>Back</b> on Monday: https://acme.example/a");
    assert_eq!(comment.reference.as_deref(), Some("ada@acme.example"));
    let again = ada.fill(&path, &path, &[("metric", "csat"), ("text", words)]).await;
    ada.get(again.location()).await.shows(&["the same words"]);

    // what is wrong is said, and what was typed is kept
    let long = format!("  first\n\n{}", "ö".repeat(2_000));
    let answer = ada.fill(&path, &path, &[("metric", "csat"), ("text", &long)]).await.is(422);
    answer.shows(&["2007 characters, at most 2000", &"ö".repeat(2_000), "<option value=\"csat\" selected>"]);
    ada.fill(&path, &path, &[("metric", "csat"), ("text", " \n ")]).await.is(422).shows(&["it says nothing"]);
    ada.fill(&path, &path, &[("metric", "arr\r\nX: y"), ("text", "a")]).await.is(422).shows(&["does not exist"]);
    let odd = [("metric", "a\r\nX: y/csat"), ("text", words)];
    assert_eq!(ada.fill(&path, &path, &odd).await.location(), format!("{path}?metric=csat&noted=same"));
    assert_eq!(house.ledger.comments().unwrap().len(), 1);
    ada.get("/reports/support/2026-W46/9/comment").await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_promises_and_says_when_it_is_done() {
    let house = House::public().await;
    let mut ada = house.signed_in("ada@acme.example").await;
    let path = "/reports/support/promises";
    ada.get(path).await.is(200).shows(&["value=\"Ada Lindqvist\""]);
    let promise = |due: &'static str, metric: &'static str, text: &'static str| {
        [("text", text), ("owner", "Ada Lindqvist"), ("due", due), ("metric", metric), ("for", "report")]
    };
    let answer = ada.fill(path, path, &promise("2026-12-01", "csat", "Hire <two>")).await;
    assert_eq!(answer.location(), format!("{path}?now=made"));
    ada.get(answer.location()).await.shows(&[
        "Promised.",
        "Hire &lt;two&gt;",
        "Due in 8 days · Ada Lindqvist · 1 Dec 2026",
    ]);
    let made = &house.ledger.promises().unwrap()[0].made;
    assert_eq!(
        (made.report.as_deref(), made.team.as_deref(), made.metric.as_deref()),
        (Some("support"), None, Some("csat"))
    );
    for (due, metric, text, complaint) in [
        ("2026-11-22", "csat", "Kept text", "2026-11-22 is past: today is 2026-11-23"),
        ("soon", "csat", "Kept text", "is not a day"),
        ("2026-12-01", "nope", "Kept text", "does not exist"),
        ("2026-12-01", "csat", " ", "it says nothing"),
    ] {
        let answer = ada.fill(path, path, &promise(due, metric, text)).await.is(422);
        answer.shows(&[complaint, &format!("value=\"{}\"", text.trim()), "value=\"report\" selected"]);
    }
    assert_eq!(house.ledger.promises().unwrap().len(), 1);

    // one of another report is not hers to close
    let mut olga = house.signed_in("olga@acme.example").await;
    let of_team = [("text", "Call all"), ("owner", "Sam"), ("due", "2026-12-01"), ("metric", ""), ("for", "team")];
    olga.fill("/reports/sales/promises", "/reports/sales/promises", &of_team).await.is(303);
    let token = ada.get(path).await.token();
    ada.post(&format!("{path}/2/done"), &[("token", &token)]).await.is(404);
    let answer = ada.post(&format!("{path}/1/done"), &[("token", &token), ("note", "It runs.")]).await;
    ada.get(answer.location()).await.shows(&["Noted as done", "Done · Ada Lindqvist · 23 Nov 2026", "It runs."]);
    ada.post(&format!("{path}/1/done"), &[("token", &token)]).await.is(422).shows(&["kept on 2026-11-23 already"]);
    assert_eq!(house.ledger.promises().unwrap().iter().filter(|p| p.done_on.is_some()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_asks_for_runs_until_too_many_wait() {
    let house = House::public().await;
    let mut olga = house.signed_in("olga@acme.example").await;
    let path = "/reports/support/run";
    olga.get(path).await.is(200).shows(&["Run Support review now", "2026-W47", "those of its 2 readers"]);
    let answer = olga.fill(path, path, &[("period", "2026-W46")]).await;
    assert_eq!(answer.location(), format!("{path}?asked=2026-W46"));
    olga.get(answer.location()).await.shows(&["waits for its turn"]);
    for (period, complaint) in [("2026-W49", "has not begun"), ("last week", "last week")] {
        olga.fill(path, path, &[("period", period)]).await.is(422).shows(&[complaint, &format!("value=\"{period}\"")]);
    }
    assert!(soon(5, || !house.wishes.lock().unwrap().is_empty()));
    let wish = house.wishes.lock().unwrap()[0].clone();
    assert_eq!((wish.report.as_str(), wish.period.as_deref()), ("support", Some("2026-W46")));
    assert_eq!(wish.by, "olga@acme.example");
    let token = olga.get(path).await.token();
    let mut refused = None;
    for _ in 0..100 {
        let answer = olga.post(path, &[("token", &token), ("period", "2026-W46")]).await;
        if answer.status != 303 {
            refused = Some(answer);
            break;
        }
    }
    if let Some(answer) = refused {
        answer.is(503).shows(&["Too many runs wait", "value=\"2026-W46\""]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_ten_megabytes_is_not_read() {
    let house = House::public().await;
    let mut ada = house.signed_in("ada@acme.example").await;
    let path = format!("{OWN}/comment");
    let token = ada.get(&path).await.token();
    let known = house.known();
    let answer = ada.send("POST", &path, &format!("token={token}&metric=mrr&text={}", "x".repeat(10_000_000))).await;
    assert!(answer.status == 413 || answer.status == 0, "{answer:?}");
    let answer = ada.send("POST", &path, &format!("token={token}&metric=mrr&text={}", "x".repeat(70_000))).await;
    assert!(answer.status == 413 || answer.status == 0, "{answer:?}");
    assert_eq!(house.known(), known);
    ada.get(&path).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_of_ones_own_reads_without_and_writes_with_signing_in() {
    let house = House::new("", "").await;
    assert!(house.mails().iter().all(|(_, words)| !words.contains("http")), "no link without public_url");
    let mut browser = house.browser();
    browser.get("/").await.is(200).shows(&["support/2026-W46", "sales/2026-W46"]);
    browser.get(&format!("{OWN}/rows/mrr.csv")).await.is(200);
    let path = format!("{OWN}/comment");
    assert_eq!(browser.get(&path).await.location(), format!("/sign-in?to={path}"));
    let printed = said(bizreview().args(["-c"]).arg(house.scratch.join("bizreview.toml")).args([
        "--now",
        "2026-11-23T07:00:00Z",
        "links",
        "sign-in",
        "ada@acme.example",
        "--at",
        &format!("http://{}", house.address),
    ]))
    .exits(0);
    let link = links(&printed.out).pop().unwrap();
    let answer = browser.fill(&link, &link, &[("to", &path)]).await;
    assert_eq!(answer.location(), path);
    assert!(browser.cookies.iter().any(|(name, ..)| name == "session"));
    browser.fill(&path, &path, &[("metric", "csat"), ("text", "Said here.")]).await.is(303);
    // what a proxy hands on that nobody has told of comes from elsewhere
    for name in ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"] {
        let mut stranger = house.browser().with(name, "192.0.2.7");
        assert!(is_sign_in(&stranger.get(&format!("{OWN}/index.html")).await), "{name}");
    }
    // who may not comment may still read what the machine reads
    browser.get(&format!("{OTHER}/index.html")).await.is(200);
    browser.get(&format!("{OTHER}/comment")).await.is(403);
}

// In a browser

#[derive(serde::Deserialize)]
struct Seen {
    records: Vec<Page>,
    requests: Vec<Asked>,
}

#[derive(serde::Deserialize)]
struct Page {
    name: String,
    url: String,
    text: String,
    overflow: f64,
    violations: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Asked {
    method: String,
    url: String,
    referer: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_owner_and_operator_find_their_way_in_a_browser() {
    let Some(tools) = Tools::find("reader_owner_and_operator_find_their_way_in_a_browser") else { return };
    let house = House::new("public_url = \"http://localhost:8090\"", "").await;
    let (mut ada, mut olga) = (house.browser(), house.browser());
    let owner = house.sign_in_link(&mut ada, "ada@acme.example").await;
    let operator = house.sign_in_link(&mut olga, "olga@acme.example").await;
    let shots = std::env::var_os("BIZREVIEW_SHOTS").map(std::path::PathBuf::from);
    if let Some(folder) = &shots {
        std::fs::create_dir_all(folder).unwrap();
    }
    let manifest = house.scratch.join("manifest.json");
    let link = house.link("ann@");
    let content = serde_json::json!({
        "chromium": tools.chromium, "shots": shots, "base": format!("http://{}", house.address), "link": link,
        "signIns": {"owner": owner, "operator": operator}, "edition": OWN, "report": "/reports/support",
    });
    std::fs::write(&manifest, content.to_string()).unwrap();
    let seen: Seen = tokio::task::block_in_place(|| tools.node("access.mjs", &[&manifest]));
    let page = |name: &str| seen.records.iter().find(|page| page.name == name).unwrap();
    for (name, words) in [
        ("edition-by-link", "Support review"),
        ("sign-in", "there is no password"),
        ("sign-in-sent", "a mail with a link is on its way"),
        ("unknown-link", "There is nothing here"),
        ("sign-in-step", "Sign in on this device"),
        ("comment", "Comment · Support review · W46"),
        ("comment-noted", "Since Friday <all> are back."),
        ("promise-made", "Hire a second support team"),
        ("promise-kept", "It starts on 7 December."),
        ("run", "Run Support review now"),
        ("run-wrong", "2026-W99"),
        ("run-asked", "It waits for its turn"),
        ("signed-out", "there is no password"),
    ] {
        assert!(page(name).text.contains(words), "{name}: {}", page(name).text);
    }
    assert_eq!(page("edition-by-link").url, format!("http://{}{OWN}/", house.address));
    let faults: Vec<String> = seen
        .records
        .iter()
        .filter(|page| page.name != "edition-by-link" && page.name != "signed-in")
        .filter(|page| page.overflow > 0.0 || !page.violations.is_empty())
        .map(|page| format!("{}: {} px too wide, {}", page.name, page.overflow, page.violations.join("; ")))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let token = link.strip_prefix("/r/").unwrap();
    for asked in &seen.requests {
        assert_eq!(asked.referer, "", "{} {}", asked.method, asked.url);
        assert!(!asked.url.contains(token) || asked.url.ends_with(&link), "{}", asked.url);
    }
    assert_eq!((house.ledger.comments().unwrap().len(), house.ledger.promises().unwrap().len()), (1, 1));
    assert_eq!(house.wishes.lock().unwrap().len(), 1);
}

// The command line

fn cli(folder: &Path, arguments: &[&str]) -> crate::support::company::Said {
    let mut command = bizreview();
    command.arg("-c").arg(folder.join("bizreview.toml")).args(["--now", "2026-11-23T07:00:00Z"]).args(arguments);
    said(&mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_shown_and_called_back_at_the_keyboard() {
    let house = House::public().await;
    let mut ann = house.signed_in("ann@acme.example").await;
    cli(&house.scratch, &["links"]).exits(0).prints(&["ann@acme.example", "session", "2026-11-23T19:00:00Z"]);
    cli(&house.scratch, &["links", "roles", "ada@acme.example"])
        .exits(0)
        .prints(&["reads, comments, promises", "nothing"]);
    let told = cli(&house.scratch, &["links", "revoke", "Ann@acme.example"]).exits(0);
    told.prints(&["every link sent until now is void, and 1 sessions ended"]);
    assert!(is_sign_in(&ann.get("/").await));
    house.browser().get(&house.link("ann@")).await.is(404);
    cli(&house.scratch, &["links"]).exits(0).prints(&["called back"]);
    cli(&house.scratch, &["links", "sign-in", "eve@acme.example"])
        .exits(2)
        .explains(&["may not see anything", "[web]"]);
    cli(&house.scratch, &["links", "revoke", "Ann <ann@acme.example>"])
        .exits(2)
        .explains(&["not a bare e-mail address"]);
    let link = cli(&house.scratch, &["links", "sign-in", "ann@acme.example"]).exits(0);
    link.prints(&[&format!("https://{HOST}/sign-in/")]);
}

#[test]
fn what_would_leave_the_door_open_is_refused_at_check_and_at_start() {
    let folder = Scratch::new("access");
    let write = |mail: &str, web: &str| std::fs::write(folder.join("bizreview.toml"), text(mail, web)).unwrap();
    let refused = |mail: &str, web: &str, parts: &[&str]| {
        write(mail, web);
        for command in [&["check"][..], &["serve", "--bind", "127.0.0.1:0"]] {
            cli(&folder, command).exits(2).explains(parts);
        }
    };
    std::fs::write(folder.join("weak"), "0123456789abcdef").unwrap();
    refused("", "key = { file = \"weak\" }", &["[web] key has 16 bytes", "32"]);
    refused("", "key = { env = \"BIZREVIEW_NO_SUCH\" }", &["[web] key needs a secret", "BIZREVIEW_NO_SUCH"]);
    refused("", "key = \"0123456789abcdef0123456789abcdef\"", &["a secret is named, not written here"]);
    refused("", "viewers = [\"everybody\"]", &["[web] viewers", "everybody"]);
    refused("", "owners = [\"@\"]", &["[web] owners", "@domain"]);
    refused(
        "allowed_domains = [\"acme.example\"]",
        "viewers = [\"@evil.example\"]",
        &["outside [mail] allowed_domains"],
    );
    refused("", "session_hours = 0", &["session_hours is 0"]);
    refused("", "proxy = { peers = [] }", &["[web.proxy] peers"]);
    refused("", "proxy = { peers = [\"everywhere\"] }", &["peers"]);
    refused("", "proxy = { peers = [\"127.0.0.1\"], header = \"a: b\" }", &["not the name of a header"]);
    refused("public_url = \"https://acme.example/reviews\"", "", &["at the top of a host"]);
    refused("public_url = \"javascript:alert(1)\"", "", &["public_url"]);
    write("", "");
    cli(&folder, &["serve", "--bind", "0.0.0.0:0"]).exits(2).explains(&["in the clear", "public_url", "--insecure"]);
    refused("public_url = \"http://reviews.acme.example\"", "", &["links in mails are https"]);
    assert!(!folder.join("store/serve.lock").exists(), "nothing was started");
}
