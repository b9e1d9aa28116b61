//! The operator's Monday, end to end: reviews go out over a mail server that is not ours, and the service does it unattended.

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mailparse::{MailHeaderMap, ParsedMail};

use crate::support::company::{Desk, Killed, REPORTS, free_port, soon};
use crate::support::scratch::Scratch;

const SINK: &str = "/usr/sbin/smtp-sink";

/// postfix's smtp-sink, which writes what it accepted to files.
struct Sink {
    port: u16,
    folder: Scratch,
    _process: Killed,
}

impl Sink {
    /// `None`, said aloud, where postfix is not installed.
    fn start(test: &str) -> Option<Sink> {
        if !Path::new(SINK).exists() {
            println!("skipped {test}: {SINK} is missing (Debian package postfix)");
            return None;
        }
        let (folder, port) = (Scratch::new("sink"), free_port());
        let mut command = Command::new(SINK);
        if std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0) {
            command.args(["-u", "root"]);
        }
        command.current_dir(&*folder).args(["-d", "mail.", &format!("127.0.0.1:{port}"), "100"]);
        let process = Killed(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        assert!(soon(5, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()), "smtp-sink does not listen");
        Some(Sink { port, folder, _process: process })
    }

    /// What arrived: envelope recipient and message, by recipient. smtp-sink notes the envelope in lines of its own.
    fn received(&self) -> Vec<(String, Vec<u8>)> {
        let files = std::fs::read_dir(&*self.folder).unwrap().map(|entry| entry.unwrap().path());
        let mut received: Vec<(String, Vec<u8>)> = files
            .map(|path: PathBuf| std::fs::read(path).unwrap())
            .filter(|dump| !dump.is_empty())
            .map(taken_apart)
            .collect();
        received.sort();
        received
    }
}

fn taken_apart(dump: Vec<u8>) -> (String, Vec<u8>) {
    let start = dump.windows(6).position(|w| w == b"\nFrom:").map_or(0, |p| p + 1);
    let envelope = String::from_utf8_lossy(&dump[..start]).into_owned();
    let recipients: Vec<&str> = envelope.lines().filter_map(|l| l.strip_prefix("X-Rcpt-Args: <")).collect();
    assert_eq!(recipients.len(), 1, "one message per recipient:\n{envelope}");
    (recipients[0].split('>').next().unwrap().to_owned(), dump[start..].to_vec())
}

#[test]
fn monday_brings_one_complete_message_to_every_recipient() {
    let Some(sink) = Sink::start("monday_brings_one_complete_message_to_every_recipient") else { return };
    let desk = Desk::pulled().edit("dir:outbox", &format!("smtp://127.0.0.1:{}", sink.port)).edit(
        "[\"finance@northwind-reports.example\"]",
        "[\"finance@northwind-reports.example\", \"Zoë <zoe@northwind-reports.example>\"]",
    );
    desk.run(&["check"]).exits(0);
    desk.run(&["run", "--dry-run"]).exits(0);
    assert_eq!(sink.received().len(), 0, "a dry run opens no connection");
    let said = desk.run(&["run"]).exits(0).prints(&["2 of 2"]);

    assert!(soon(5, || sink.received().len() == REPORTS.len() + 1));
    let received = sink.received();
    let recipients: Vec<&str> = received.iter().map(|(to, _)| to.as_str()).collect();
    let mut expected: Vec<&str> = REPORTS.iter().flat_map(|report| &report.to).map(String::as_str).collect();
    expected.push("zoe@northwind-reports.example");
    expected.sort_unstable();
    assert_eq!(recipients, expected);
    for (recipient, bytes) in &received {
        check_message(recipient, bytes, &said.out);
    }
    // The figures of the mail are those of the archive and of `values`.
    let (_, finance) = received.iter().find(|(to, _)| to.starts_with("finance")).unwrap();
    let text = mailparse::parse_mail(finance).unwrap().subparts[0].get_body().unwrap();
    let mrr = desk.run(&["values", "mrr", "--grain", "month", "--from", "2026-10", "--format", "csv"]).exits(0).out;
    let mrr: f64 = mrr.trim_end().rsplit(',').next().unwrap().parse().unwrap();
    let (thousands, rest) = ((mrr.round() / 1000.0).floor(), mrr.round() % 1000.0);
    assert!(text.contains(&format!("{thousands},{rest:03}")), "{mrr} is not in\n{text}");

    desk.run(&["run"]).exits(0).prints(&["mailed before"]);
    assert_eq!(sink.received().len(), received.len(), "nobody gets it twice");
}

/// Subject, text, HTML, and pictures that the HTML shows, each once.
fn check_message(recipient: &str, bytes: &[u8], printed: &str) {
    let mail = mailparse::parse_mail(bytes).unwrap();
    let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
    let subject = header("Subject");
    assert!(subject.contains("W46 (9–15 Nov)") || subject.contains("October 2026"), "{subject}");
    assert!(printed.contains(&subject), "{subject} is what `run` said");
    assert!(header("To").contains(recipient), "{recipient}");
    assert_eq!(header("Auto-Submitted"), "auto-generated");

    let mut parts = Vec::new();
    leaves(&mail, &mut parts);
    let of = |kind: &str| parts.iter().filter(|p| p.ctype.mimetype == kind).collect::<Vec<_>>();
    let (texts, pages) = (of("text/plain"), of("text/html"));
    assert_eq!((texts.len(), pages.len()), (1, 1), "{recipient}");
    let (text, html) = (texts[0].get_body().unwrap(), pages[0].get_body().unwrap());
    assert!(text.lines().count() > 10 && !text.contains("{{") && !html.contains("{{"), "{text}");
    assert!(html.len() < 95_000, "{recipient}: {} bytes, and Gmail would clip it", html.len());
    let pictures = of("image/png");
    let shown = html.matches("src=\"cid:").count();
    assert_eq!(shown, pictures.len(), "{recipient}: every picture is shown once, and nothing else is loaded");
    assert_eq!(html.matches("src=").count(), shown, "{recipient}");
    for picture in pictures {
        let id = picture.headers.get_first_value("Content-ID").unwrap();
        let id = id.trim_matches(['<', '>']);
        assert!(html.contains(&format!("src=\"cid:{id}\"")), "{recipient}: {id}");
        assert!(picture.get_body_raw().unwrap().starts_with(b"\x89PNG"));
    }
}

fn leaves<'m>(mail: &'m ParsedMail<'m>, found: &mut Vec<&'m ParsedMail<'m>>) {
    if mail.subparts.is_empty() {
        found.push(mail);
    }
    for part in &mail.subparts {
        leaves(part, found);
    }
}

// Unattended

/// `serve` as a process, from an instant on.
struct Service {
    process: Killed,
    port: u16,
}

impl Service {
    fn start(desk: &Desk, now: &str) -> Service {
        let port = free_port();
        let mut command = desk.command(&["serve", "--bind", &format!("127.0.0.1:{port}")]);
        let log = std::fs::File::options().create(true).append(true).open(desk.join("log")).unwrap();
        let process = Killed(command.env("BIZREVIEW_NOW", now).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let service = Service { process, port };
        assert!(soon(20, || service.get("/healthz").is_some_and(|a| a.ends_with("ok\n"))), "{}", desk.read("log"));
        service
    }

    /// The whole answer, head and body.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// The first beat was heard.
    fn is_ready(&self) -> bool {
        soon(20, || self.get("/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")))
    }

    /// SIGTERM, as an init system sends it: it ends by itself, soon and well.
    fn stop(mut self, desk: &Desk) {
        let id = self.process.0.id().to_string();
        let asked = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(soon(15, || self.process.0.try_wait().unwrap().is_some()), "still running\n{}", desk.read("log"));
        let status = self.process.0.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", desk.read("log"));
        assert!(asked.elapsed() < Duration::from_secs(12));
    }
}

/// Support every minute, the others by hand.
fn scheduled(to: &str) -> Desk {
    let desk = Desk::pulled().edit("dir:outbox", to);
    let text = desk.read("bizreview.toml");
    let (head, reports) = text.split_once("[reports.executive]").unwrap();
    let reports: Vec<&str> = reports.lines().filter(|line| !line.starts_with("cron =")).collect();
    let reports =
        reports.join("\n").replace("title = \"Support review\"", "title = \"Support review\"\ncron = \"* * * * *\"");
    desk.write("bizreview.toml", &format!("{head}[reports.executive]{reports}\n"))
}

/// What readers were sent; the operator is told things besides.
fn to_readers(sink: &Sink) -> Vec<(String, Vec<u8>)> {
    sink.received().into_iter().filter(|(to, _)| to != "operations@northwind-reports.example").collect()
}

/// The first start owes nothing; the next one catches up what was missed meanwhile, once.
#[test]
fn the_service_sends_what_was_missed_once_and_stops_when_told() {
    let Some(sink) = Sink::start("the_service_sends_what_was_missed_once_and_stops_when_told") else { return };
    let desk = scheduled(&format!("smtp://127.0.0.1:{}", sink.port));
    let service = Service::start(&desk, "2026-11-16T08:58:10Z");
    assert!(service.is_ready(), "{}", desk.read("log"));
    let index = service.get("/").unwrap();
    assert!(index.contains("No review yet"), "{index}");
    service.stop(&desk);
    assert_eq!(to_readers(&sink).len(), 0, "a service that never ran owes nothing:\n{}", desk.read("log"));

    // Two occurrences later. Nobody was ever sent this report: its mail waits for the operator's word.
    desk.run(&["check"]).explains(&["1 recipient of scheduled reports waits for approval: bizreview approve"]);
    let service = Service::start(&desk, "2026-11-16T09:00:05Z");
    assert!(soon(60, || desk.run(&["approve"]).out.contains("2026-W46")), "{}", desk.read("log"));
    assert_eq!(to_readers(&sink).len(), 0);
    let approved = ["approved: support to support@northwind-reports.example", "1 of 1 mails that waited were sent"];
    desk.run(&["approve", "support"]).exits(0).prints(&approved);
    assert!(soon(60, || !to_readers(&sink).is_empty()), "{}", desk.read("log"));
    assert!(soon(10, || service.get("/").is_some_and(|a| a.contains("/reports/support/2026-W46/1/"))));
    let page = service.get("/reports/support/2026-W46/1/index.html").unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Support review"), "{page}");
    for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff"] {
        assert!(page.to_lowercase().contains(header), "{header}");
    }
    for outside in [
        "/reports/support/2026-W46/1/../../../../ledger.sqlite",
        "/reports/support/2026-W46/9/index.html",
        "/ledger.sqlite",
    ] {
        let answer = service.get(outside).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{outside}: {answer}");
    }
    service.stop(&desk);

    let received = to_readers(&sink);
    assert_eq!(received.len(), 1, "the latest of two missed occurrences, once:\n{}", desk.read("log"));
    assert_eq!(received[0].0, "support@northwind-reports.example");
    assert!(desk.read("log").contains("missed"), "the older one is told to the operator");

    // Started again at the same moment: all of it is recorded.
    let service = Service::start(&desk, "2026-11-16T09:00:05Z");
    assert!(service.is_ready(), "{}", desk.read("log"));
    std::thread::sleep(Duration::from_secs(2));
    service.stop(&desk);
    assert_eq!(to_readers(&sink).len(), 1);
}

#[test]
fn an_unattended_service_needs_somebody_to_tell_and_something_to_do() {
    let without = |line: &str, desk: Desk| {
        let text = desk.read("bizreview.toml");
        let kept: Vec<&str> = text.lines().filter(|l| !l.starts_with(line)).collect();
        desk.write("bizreview.toml", &kept.join("\n"))
    };
    let desk = without("cron =", Desk::pulled());
    desk.run(&["serve"]).exits(2).explains(&["no report has a cron line"]);
    let desk = without("[operator]", without("email =", Desk::pulled()));
    let bind = format!("127.0.0.1:{}", free_port());
    desk.run(&["serve", "--bind", &bind]).exits(2).explains(&["[operator] is missing", "email"]);

    // A port somebody else has is said with its address.
    let desk = Desk::pulled();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    desk.run(&["serve", "--bind", &address]).exits(1).explains(&["cannot listen on", &address]);
}
