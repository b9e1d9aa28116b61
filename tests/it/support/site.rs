//! Pages over real HTTP: a store with editions, comments and mails, and a client that sends exactly what it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::{Extension, Router};
use bizreview::config::Config;
use bizreview::deliver::archive::{EditionFiles, publish};
use bizreview::ledger::Ledger;
use bizreview::ledger::deliveries::NewDelivery;
use bizreview::ledger::judgements::PublishedRow;
use bizreview::ledger::voices::CommentRow;
use bizreview::render::{Renderer, sample};
use bizreview::review::model::Review;
use bizreview::serve::{Desk, Limits, Role, Site, Visitor, listen_within, pages};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

use super::mail::time;
use super::scratch::Scratch;

/// A Monday, after the week that most of these editions are about.
pub const NOW: &str = "2026-11-16T09:00:00Z";

const CONFIG: &str = r#"
[company]
name = "Acme"
timezone = "Europe/Berlin"
currency = "USD"
[store]
path = "store"
[mail]
from = "Reviews <reviews@acme.example>"
[operator]
email = "ops@acme.example"
[sources.billing]
manifest = "stripe"
token = { env = "T" }
[teams.support]
name = "Support"
[teams.finance]
name = "Finance"
[reports.support]
title = "Support review"
team = "support"
to = ["ann@acme.example", "bob@acme.example"]
cron = "0 8 * * MON"
metrics = ["sla/*"]
[reports.finance]
title = "Finance review"
team = "finance"
to = ["cfo@acme.example"]
metrics = ["growth/*"]
"#;

/// A store and what is in it.
pub struct Company {
    pub scratch: Scratch,
    pub ledger: Arc<Ledger>,
    pub config: Config,
    renderer: Renderer,
}

impl Company {
    pub fn new() -> Company {
        Company::with("", "")
    }

    /// With one text of the configuration replaced.
    pub fn with(from: &str, to: &str) -> Company {
        let scratch = Scratch::new("pages");
        let text = if from.is_empty() { CONFIG.to_owned() } else { CONFIG.replace(from, to) };
        let mut config = Config::parse(&text, Path::new("/conf")).unwrap();
        config.store.path = scratch.to_path_buf();
        let ledger = Arc::new(Ledger::open(&scratch).unwrap());
        Company { scratch, ledger, config, renderer: Renderer::new(None).unwrap() }
    }

    /// A sample review, its metrics named as metrics are.
    pub fn review(name: &str, report: &str, period: &str) -> Review {
        let (_, review) = sample::all().into_iter().find(|(n, _)| *n == name).unwrap();
        let mut json = serde_json::to_string(&review).unwrap();
        for dimension in ["sla", "quality", "churn", "growth"] {
            json = json.replace(&format!("\"{dimension}/"), &format!("\"{dimension}_"));
        }
        let mut review: Review = serde_json::from_str(&json).unwrap();
        report.clone_into(&mut review.head.report);
        period.clone_into(&mut review.period.id);
        review.head.link = None;
        review
    }

    /// Publishes a review, with rows of its first metric, and notes its figures.
    pub fn publish(&self, review: &Review, at: &str) -> i64 {
        let now = time(at);
        let mut rendered = self.renderer.render(review).unwrap();
        rendered.images.clear();
        let extra = [
            ("rows/sample.csv".to_owned(), b"account\nBig Customer\n".to_vec()),
            ("config.toml".to_owned(), b"to = \"ann@acme.example\"".to_vec()),
        ];
        let files = EditionFiles { review, rendered: &rendered, extra: &extra };
        let run = self.ledger.start_run("manual", now).unwrap();
        let edition = publish(&self.scratch, &self.ledger, &files, run, now).unwrap();
        let rows = review.sections.iter().flat_map(|s| &s.rows);
        let figure = |row: &bizreview::review::model::Row| PublishedRow {
            metric: row.metric.clone(),
            period: review.period.id.clone(),
            value: row.value,
            hash: "h".into(),
            sql_hash: "s".into(),
            number: edition.number,
            edition_period: review.period.id.clone(),
        };
        let figures: Vec<PublishedRow> = rows.map(figure).collect();
        self.ledger.record_published(edition.edition_id, &figures).unwrap();
        self.ledger.finish_run(run, 0, &[], now).unwrap();
        edition.edition_id
    }

    /// Puts a mail of an edition in the outbox.
    pub fn mail(&self, edition_id: i64, recipient: &str, at: &str) -> i64 {
        let delivery = NewDelivery {
            edition_id,
            recipient: recipient.into(),
            sender: "reviews@acme.example".into(),
            message_id: format!("<{edition_id}.{recipient}>"),
            transport: "smtp://mail.acme.example".into(),
            is_test: false,
            is_held: false,
            sha256: "x".into(),
            mime: b"x".to_vec(),
        };
        self.ledger.enqueue_deliveries([Ok(delivery)], time(at)).unwrap()[0]
    }

    pub fn comment(&self, metric: &str, period: &str, author: &str, text: &str, at: &str) {
        let comment = CommentRow {
            metric: metric.into(),
            period: period.into(),
            author: author.into(),
            text: text.into(),
            noted_at: at.into(),
            source: "cli".into(),
            reference: None,
        };
        self.ledger.note_comment(&comment).unwrap();
    }

    pub fn site(&self, at: &str) -> Site {
        let now = time(at);
        let (_, config) = watch::channel(Arc::new(self.config.clone()));
        let (_, beat) = watch::channel(Some(now));
        Site::new(config, self.ledger.clone(), Arc::new(move || now), beat, Desk::open().0)
    }

    /// Serves the pages to one visitor.
    pub async fn served_to(&self, visitor: Visitor) -> Served {
        self.served_at(NOW, visitor).await
    }

    pub async fn served_at(&self, at: &str, visitor: Visitor) -> Served {
        let router = pages::routes().layer(Extension(visitor)).with_state(Arc::new(self.site(at)));
        Served::start(router, Limits::default()).await
    }
}

/// Somebody with a role in some reports, signed in.
pub fn somebody(roles: &[(&str, Role)]) -> Visitor {
    let roles: BTreeMap<String, Role> = roles.iter().map(|(report, role)| ((*report).to_owned(), *role)).collect();
    Visitor::with_roles(Some("ann@acme.example".into()), true, roles)
}

/// A server on a port of its own.
pub struct Served {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    pub task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Served {
    pub async fn start(router: Router, limits: Limits) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(listen_within(listener, router, async { drop(stopped.await) }, limits));
        Served { address, stop: Some(stop), task }
    }

    /// Tells it to stop; it may take a moment.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"").await
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        // it may answer and close before it has read all of a large body
        let _ = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        Answer::parse(&bytes)
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        self
    }

    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Answer {
        let body = plain(&self.body);
        for part in parts {
            assert!(body.contains(&plain(part)), "{part:?} is not in\n{}", shown(&body));
        }
        self
    }

    #[track_caller]
    pub fn silent_of(self, parts: &[&str]) -> Answer {
        let body = plain(&self.body);
        for part in parts {
            assert!(!body.contains(&plain(part)), "{part:?} is in\n{}", shown(&body));
        }
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// A page without its style.
fn shown(body: &str) -> &str {
    body.split_once("<main").map_or(body, |(_, main)| main)
}

/// Links of a page to the same host.
pub fn links(page: &str) -> Vec<String> {
    let raw = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    raw.map(|href| href.replace("&amp;", "&").replace("&#x3D;", "=")).collect()
}

/// The moment as a timestamp, for tables that take one.
pub fn at(text: &str) -> Timestamp {
    time(text)
}
