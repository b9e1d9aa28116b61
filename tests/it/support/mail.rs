//! A small edition to send, and a mail server that misbehaves as scripted.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bizreview::config::Config;
use bizreview::deliver::archive::{EditionFiles, publish};
use bizreview::deliver::smtp::{Security, SmtpSettings, Timeouts};
use bizreview::deliver::transport::Transport;
use bizreview::deliver::{Edition, message::Letter};
use bizreview::ledger::Ledger;
use bizreview::review::edition::{Image, Rendered};
use bizreview::review::model::Review;
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn now() -> Timestamp {
    time("2026-11-23T07:00:00Z")
}

pub fn config(to: &[&str]) -> Config {
    let to: Vec<String> = to.iter().map(|a| format!("{a:?}")).collect();
    let text = format!(
        r#"
[company]
name = "Acme"
timezone = "Europe/Berlin"
currency = "EUR"
[store]
path = "store"
[mail]
from = "Reviews <reviews@acme.example>"
[operator]
email = "ops@acme.example"
[teams.support]
name = "Support"
discussion = "support-talk@acme.example"
[reports.support]
title = "Support review"
team = "support"
to = [{}]
cron = "0 8 * * MON"
metrics = ["sla/*"]
"#,
        to.join(", ")
    );
    Config::parse(&text, Path::new("/conf")).unwrap()
}

pub fn review() -> Review {
    serde_json::from_value(serde_json::json!({
        "head": {
            "report": "support", "title": "Support review", "team": "support", "team_name": "Support",
            "company": "Acme", "currency": "EUR", "currency_digits": 2, "locale": "en", "timezone": "Europe/Berlin",
            "customers": "names", "generated_at": "2026-11-23T06:55:00Z", "link": null, "reply_to": null
        },
        "period": { "id": "2026-W47", "grain": "week", "first_day": "2026-11-16", "last_day": "2026-11-22" },
        "provisional": [], "exceptions": [], "walk": null, "sections": [], "lists": [], "not_measured": [],
        "problems": [], "freshness": [], "coverage": [], "definitions": []
    }))
    .unwrap()
}

pub fn rendered() -> Rendered {
    Rendered {
        subject: "First-reply SLA 81 %, was 92 % · Support W47 (16–22 Nov)".into(),
        preheader: "Missed".into(),
        html: "<p>Größe</p><img src=\"cid:sla@review\" alt=\"81 %\"><img src=\"cid:sla@review2\" alt=\"92 %\">".into(),
        text: "First-reply SLA 81 %\n.a line that starts with a dot\n..two\nÄnderung −11 pp\n".into(),
        page: "<!doctype html><title>W47</title>".into(),
        images: vec![image("sla@review", "sla.png", 1), image("sla@review2", "sla2.png", 2)],
        data: Vec::new(),
    }
}

fn image(cid: &str, file_name: &str, seed: u8) -> Image {
    let png = b"\x89PNG\r\n\x1a\n".iter().copied().chain((0..2000_u32).map(|i| (i % 251) as u8 ^ seed)).collect();
    Image { cid: cid.into(), file_name: file_name.into(), png, alt: "81 %".into() }
}

pub fn published(store: &Path, ledger: &Ledger) -> Edition {
    let (review, rendered) = (review(), rendered());
    let files = EditionFiles { review: &review, rendered: &rendered, extra: &[] };
    let run = ledger.start_run("manual", now()).unwrap();
    publish(store, ledger, &files, run, now()).unwrap()
}

pub fn letter<'a>(config: &Config, edition: &'a Edition, rendered: &'a Rendered) -> Letter<'a> {
    Letter::of_report(config, edition, rendered, now()).unwrap()
}

pub fn smtp(port: u16) -> Transport {
    let short = Duration::from_secs(1);
    Transport::Smtp(SmtpSettings {
        host: "127.0.0.1".into(),
        port,
        security: Security::Plain,
        credentials: None,
        oauth: None,
        hello: Some("acme.example".into()),
        root_certificate: None,
        timeouts: Timeouts { connect: short, greeting: short, command: short, data: short, final_dot: short },
    })
}

/// What the server does when a command begins so, the n-th time (from 0) it does.
#[derive(Debug, Clone)]
pub enum Act {
    Say(&'static str),
    /// Says it and hangs up.
    SayAndHangUp(&'static str),
    /// Challenges with this text, and says that to whatever is answered.
    Challenge(&'static str, &'static str),
    HangUp,
    Hang,
}

pub type Rule = (&'static str, usize, Act);

/// A mail server on loopback. Whatever no rule names is answered politely; `CONNECT` names the greeting, `BODY` the message's
/// first line, `.` the final dot.
pub struct Server {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    commands: Vec<String>,
    accepted: Vec<(String, Vec<u8>)>,
}

impl Server {
    pub async fn start(rules: Vec<Rule>) -> Server {
        Server::offering("PIPELINING\r\n250 8BITMIME", rules).await
    }

    /// A polite one on a given port.
    pub async fn on(port: u16) -> Server {
        Server::listening(TcpListener::bind(("127.0.0.1", port)).await.unwrap(), "PIPELINING\r\n250 8BITMIME", vec![])
    }

    pub async fn offering(extensions: &'static str, rules: Vec<Rule>) -> Server {
        Server::listening(TcpListener::bind("127.0.0.1:0").await.unwrap(), extensions, rules)
    }

    fn listening(listener: TcpListener, extensions: &'static str, rules: Vec<Rule>) -> Server {
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (shared, rules) = (seen.clone(), Arc::new(rules));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                tokio::spawn(converse(stream, extensions, rules.clone(), shared.clone()));
            }
        });
        Server { port, seen }
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }

    /// Recipients and messages the server said yes to.
    pub fn accepted(&self) -> Vec<(String, Vec<u8>)> {
        self.seen.lock().unwrap().accepted.clone()
    }
}

async fn converse(stream: TcpStream, extensions: &str, rules: Arc<Vec<Rule>>, seen: Arc<Mutex<Seen>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let mut recipient = String::new();
    let greeting = react("CONNECT", &rules, &seen).await?.unwrap_or(said("220 test ready"));
    write.write_all(format!("{}\r\n", greeting.text).as_bytes()).await.ok()?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let command = line.trim_end().to_owned();
        let polite = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => said(&format!("250-test\r\n250-{extensions}")),
            "DATA" => said("354 go on"),
            "QUIT" => said("221 bye"),
            "AUTH" => said("235 welcome"),
            _ => said("250 ok"),
        };
        if let Some(address) = command.strip_prefix("RCPT TO:") {
            recipient = address.trim_matches(['<', '>']).to_owned();
        }
        let mut reply = react(&command, &rules, &seen).await?.unwrap_or(polite);
        write.write_all(format!("{}\r\n", reply.text).as_bytes()).await.ok()?;
        if let Some(verdict) = reply.then {
            let mut answer = String::new();
            lines.read_line(&mut answer).await.ok()?;
            seen.lock().unwrap().commands.push(format!("answer {:?}", answer.trim_end()));
            write.write_all(format!("{verdict}\r\n").as_bytes()).await.ok()?;
        }
        if reply.text.starts_with("354") {
            if react("BODY", &rules, &seen).await?.is_some() {
                return None;
            }
            let message = read_message(&mut lines).await?;
            reply = react(".", &rules, &seen).await?.unwrap_or(said("250 queued as 1"));
            if reply.text.starts_with('2') {
                seen.lock().unwrap().accepted.push((recipient.clone(), message));
            }
            write.write_all(format!("{}\r\n", reply.text).as_bytes()).await.ok()?;
        }
        if reply.is_last {
            return None;
        }
    }
}

/// What the server says.
struct Reply {
    text: String,
    /// To the answer it waits for.
    then: Option<&'static str>,
    is_last: bool,
}

fn said(text: &str) -> Reply {
    Reply { text: text.to_owned(), then: None, is_last: false }
}

/// Notes a command and applies the rule made for this time, if any. `None`: the line is cut.
async fn react(command: &str, rules: &[Rule], seen: &Mutex<Seen>) -> Option<Option<Reply>> {
    let act = {
        let mut seen = seen.lock().unwrap();
        let matching = |start: &str| command.starts_with(start);
        let rule = rules.iter().find(|(start, nth, _)| {
            matching(start) && seen.commands.iter().filter(|c| c.starts_with(start)).count() == *nth
        });
        let act = rule.map(|(_, _, act)| act.clone());
        seen.commands.push(command.to_owned());
        act
    };
    match act {
        None => Some(None),
        Some(Act::Say(text)) => Some(Some(said(text))),
        Some(Act::SayAndHangUp(text)) => Some(Some(Reply { is_last: true, ..said(text) })),
        Some(Act::Challenge(text, then)) => Some(Some(Reply { then: Some(then), ..said(text) })),
        Some(Act::HangUp) => None,
        Some(Act::Hang) => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            None
        }
    }
}

async fn read_message(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
