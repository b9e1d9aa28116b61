//! The operator is told: once per cause, by every route, with what to type; and the ping stays silent unless editions were on time.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bizreview::config::{Config, Operator, SecretRef, Secrets};
use bizreview::deliver::Stop;
use bizreview::deliver::outbox::enqueue;
use bizreview::deliver::webhook::{Patience, Webhook};
use bizreview::ledger::Ledger;
use bizreview::ledger::deliveries::{DeliveryState, Settlement};
use bizreview::ledger::occurrences::{OccurrenceKey, OccurrenceState};
use bizreview::pipeline::{Environment, settle_late, tell_operator};
use bizreview::schedule::Phase;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::company::{bizreview, free_port, said};
use crate::support::mail::{Act, Server, config, letter, now, published, rendered, smtp, time};
use crate::support::scratch::Scratch;

const SECRET: &str = "T0K3N-hunter2";

/// A store, an operator with a webhook and a ping, and a present.
struct Desk {
    scratch: Scratch,
    ledger: Arc<Ledger>,
    config: Config,
    chat: MockServer,
    watcher: MockServer,
}

impl Desk {
    /// Mail goes to a port of this machine; the chat and the watcher take everything.
    async fn new(smtp_port: u16) -> Desk {
        let scratch = Scratch::new("operator");
        let ledger = Arc::new(Ledger::open(&scratch).unwrap());
        let (chat, watcher) = (MockServer::start().await, MockServer::start().await);
        let mut config = config(&["ann@acme.example"]);
        config.store.path = scratch.to_path_buf();
        config.mail.transport = format!("smtp://127.0.0.1:{smtp_port}");
        config.mail.allowed_domains = vec!["acme.example".into()];
        config.operator = Some(Operator {
            email: "Ops <ops@elsewhere.example>".into(),
            webhook: Some(SecretRef::Env("HOOK".into())),
            ping: Some(SecretRef::Env("PING".into())),
        });
        let desk = Desk { scratch, ledger, config, chat, watcher };
        desk.chat_answers(ResponseTemplate::new(200)).await;
        Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).mount(&desk.watcher).await;
        desk
    }

    async fn chat_answers(&self, answer: ResponseTemplate) {
        self.chat.reset().await;
        Mock::given(method("POST")).respond_with(answer).mount(&self.chat).await;
    }

    fn environment(&self, minutes: i64) -> Environment {
        let address = |server: &MockServer| format!("{}/{SECRET}", server.uri());
        Environment {
            config: Arc::new(self.config.clone()),
            secrets: Secrets::default().with("HOOK", &address(&self.chat)).with("PING", &address(&self.watcher)),
            ledger: self.ledger.clone(),
            now: after(minutes),
            who: "a test".into(),
            patience: Duration::from_secs(1),
            stop: Stop::default(),
        }
    }

    /// A beat so many minutes after eight o'clock on Monday.
    async fn beat(&self, minutes: i64) {
        tell_operator(&self.environment(minutes)).await.unwrap();
    }

    /// An edition of W47 in the outbox for these readers, each mail in a state.
    fn mails(&self, readers: &[(&str, DeliveryState)], at: i64) {
        let edition = published(&self.scratch, &self.ledger);
        let rendered = rendered();
        let to: Vec<&str> = readers.iter().map(|(reader, _)| *reader).collect();
        let config = config(&to);
        let mut letter = letter(&config, &edition, &rendered);
        let held = readers.iter().filter(|(_, state)| *state == DeliveryState::Held);
        letter.waiting = held.map(|(reader, _)| (*reader).to_owned()).collect();
        enqueue(&self.ledger, &letter, &smtp(1), now()).unwrap();
        for (row, (_, state)) in self.ledger.deliveries(edition.edition_id).unwrap().iter().zip(readers) {
            self.settle(row.delivery_id, *state, at);
        }
    }

    fn settle(&self, delivery_id: i64, state: DeliveryState, at: i64) {
        if matches!(state, DeliveryState::Held | DeliveryState::Pending) {
            return;
        }
        let response = Some(format!("550 5.1.1 <ann@acme.example> is {}", state.as_str()));
        let end = Settlement { state, response, next_attempt_at: None, counts: true };
        self.ledger.settle_delivery(delivery_id, &end, after(at)).unwrap();
    }

    /// The promised moment of support, in a state since so many minutes after it.
    fn promised(&self, state: OccurrenceState, note: Option<&str>, at: i64) {
        let key = OccurrenceKey { report: "support", phase: Phase::Send, due_at: now() };
        self.ledger.claim_occurrence(key, now()).unwrap();
        self.ledger.settle_occurrence(key, state, note, after(at)).unwrap();
    }

    /// A finished run of the promised moment.
    fn ran(&self, exit_code: i32, problems: &[&str]) {
        let key = OccurrenceKey { report: "support", phase: Phase::Send, due_at: now() };
        let run = self.ledger.start_run("schedule", now()).unwrap();
        self.ledger.link_occurrence(key, run).unwrap();
        let problems: Vec<String> = problems.iter().map(|p| (*p).to_owned()).collect();
        self.ledger.finish_run(run, exit_code, &problems, after(1)).unwrap();
    }

    /// What was posted to the chat.
    async fn posted(&self) -> Vec<String> {
        let requests = self.chat.received_requests().await.unwrap();
        let text =
            |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap()["text"].as_str().unwrap().into();
        requests.iter().map(|request| text(&request.body)).collect()
    }

    async fn pings(&self) -> usize {
        self.watcher.received_requests().await.unwrap().len()
    }

    /// The command line on this store.
    fn command(&self, args: &[&str], minutes: i64) -> crate::support::company::Said {
        let hook = format!("{}/{SECRET}", self.chat.uri());
        let path = self.scratch.join("bizreview.toml");
        let text = self
            .config
            .text
            .replace("path = \"store\"", "path = \".\"")
            .replace("email = \"ops@acme.example\"", "email = \"ops@elsewhere.example\"\nwebhook = { env = \"HOOK\" }");
        let transport = format!("[mail]\ntransport = {:?}", self.config.mail.transport);
        std::fs::write(&path, text.replace("[mail]", &transport)).unwrap();
        let mut command = bizreview();
        command.arg("-c").arg(path).args(args).env("HOOK", hook).env("BIZREVIEW_NOW", after(minutes).to_string());
        said(&mut command)
    }
}

/// Minutes after the promised moment, Monday at eight in Berlin.
fn after(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// Subject and text part of a mail.
fn read(mail: &[u8]) -> (String, String) {
    use mailparse::MailHeaderMap;
    let mail = mailparse::parse_mail(mail).unwrap();
    (mail.headers.get_first_value("Subject").unwrap(), mail.subparts[0].get_body().unwrap().replace("\r\n", "\n"))
}

// What is told

#[tokio::test]
async fn an_uncertain_mail_is_told_at_the_next_beat_with_the_command_that_settles_it() {
    let server = Server::start(vec![]).await;
    let desk = Desk::new(server.port).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Uncertain), ("bob@acme.example", DeliveryState::Sent)], 1);
    desk.beat(2).await;
    let mails = server.accepted();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].0, "ops@elsewhere.example", "the operator may be outside allowed_domains");
    let (subject, text) = read(&mails[0].1);
    assert!(subject.contains("1 mail of support 2026-W47 may or may not have arrived"), "{subject}");
    insta::assert_snapshot!("notice_uncertain", text.replace(&desk.config.folder.display().to_string(), "FOLDER"));
    let posted = desk.posted().await;
    assert_eq!(posted.len(), 1);
    assert!(posted[0].contains("`bizreview resend support 2026-W47 --uncertain`"), "{}", posted[0]);
    for text in [&text, &posted[0]] {
        assert!(text.contains("a***@acme.example") && !text.contains("ann@acme"), "{text}");
    }
}

#[tokio::test]
async fn ten_refused_recipients_are_one_notice_that_comes_again_next_day_or_when_it_gets_worse() {
    let server = Server::start(vec![]).await;
    let desk = Desk::new(server.port).await;
    let readers: Vec<String> = (0..11).map(|i| format!("r{i}@acme.example")).collect();
    let state = |i: usize| if i < 10 { DeliveryState::Failed } else { DeliveryState::Pending };
    let readers: Vec<(&str, DeliveryState)> = readers.iter().enumerate().map(|(i, r)| (r.as_str(), state(i))).collect();
    desk.mails(&readers[..10], 1);
    for minutes in [2, 3, 4, 600] {
        desk.beat(minutes).await;
    }
    assert_eq!((server.accepted().len(), desk.posted().await.len()), (1, 1), "one cause, told once");
    let (_, text) = read(&server.accepted()[0].1);
    assert!(text.contains("10 mails") && text.contains("and 5 more") && text.contains("--only-failed"), "{text}");
    assert!(text.contains("550 5.1.1 <a***@acme.example>"), "the server's words, masked: {text}");

    desk.beat(2 + 24 * 60).await;
    assert_eq!(server.accepted().len(), 2);
    assert!(read(&server.accepted()[1].1).1.contains("still so, since"), "told again each day");

    desk.mails(&[("eleven@acme.example", DeliveryState::Failed)], 2 + 24 * 60);
    desk.beat(3 + 24 * 60).await;
    assert_eq!(server.accepted().len(), 2, "not at once");
    desk.beat(20 + 24 * 60).await;
    assert!(read(&server.accepted()[2].1).1.contains("worse than before"), "and when it gets worse");
}

#[tokio::test]
async fn a_review_that_was_not_sent_says_what_to_type_and_its_end_is_told() {
    let server = Server::start(vec![]).await;
    let desk = Desk::new(server.port).await;
    desk.promised(OccurrenceState::Failed, Some("opening the warehouse: it is not a database"), 1);
    desk.beat(2).await;
    let (subject, text) = read(&server.accepted()[0].1);
    assert!(subject.starts_with("Not sent: support 2026-W47, due Mon 23 Nov 2026 08:00 CET"), "{subject}");
    assert!(
        text.contains("it is not a database") && text.contains("bizreview run support --period 2026-W47"),
        "{text}"
    );

    desk.mails(&[("ann@acme.example", DeliveryState::Sent)], 30);
    desk.beat(31).await;
    desk.beat(32).await;
    let mails = server.accepted();
    assert_eq!(mails.len(), 2, "the end is told once");
    let (subject, text) = read(&mails[1].1);
    assert!(subject.starts_with("No longer so: Not sent: support 2026-W47"), "{subject}");
    assert!(text.contains("(since Mon 23 Nov 2026 08:00 CET)"), "{text}");
    assert!(desk.posted().await[1].contains("No longer so"));
}

#[tokio::test]
async fn what_a_run_printed_as_a_problem_is_told_once_for_all_reports_when_they_are_through() {
    let server = Server::start(vec![]).await;
    let mut desk = Desk::new(server.port).await;
    let other = desk.config.reports["support"].clone();
    desk.config.reports.insert("late".into(), other);
    desk.promised(OccurrenceState::Done, None, 1);
    desk.ran(1, &["billing customers: 401: the key is not accepted", "report support: mail to a***@x is failed: no"]);
    desk.mails(&[("ann@acme.example", DeliveryState::Sent)], 1);
    let second = OccurrenceKey { report: "late", phase: Phase::Send, due_at: now() };
    desk.ledger.claim_occurrence(second, after(1)).unwrap();
    desk.beat(2).await;
    assert_eq!(server.accepted().len(), 0, "another report is still at work, and may say the same");
    let run = desk.ledger.start_run("schedule", after(2)).unwrap();
    desk.ledger.link_occurrence(second, run).unwrap();
    let problems = ["billing customers: 401: the key is not accepted".to_owned()];
    desk.ledger.finish_run(run, 1, &problems, after(3)).unwrap();
    desk.ledger.settle_occurrence(second, OccurrenceState::Done, None, after(3)).unwrap();
    desk.beat(4).await;
    desk.beat(5 + 24 * 60).await;
    let mails = server.accepted();
    assert_eq!(mails.len(), 1, "what happened is told once");
    let (subject, text) = read(&mails[0].1);
    assert!(subject.contains("401: the key is not accepted") && !subject.contains("more)"), "{subject}");
    assert!(text.contains("late, support") && text.contains("--period 2026-W47 --correct"), "{text}");
}

#[tokio::test]
async fn missed_reviews_are_one_cause_and_mail_that_waits_is_another() {
    let server = Server::start(vec![]).await;
    let desk = Desk::new(server.port).await;
    for due_at in ["2026-11-09T07:00:00Z", "2026-11-16T07:00:00Z"] {
        let key = OccurrenceKey { report: "support", phase: Phase::Send, due_at: time(due_at) };
        desk.ledger.record_occurrence(key, OccurrenceState::Missed, now()).unwrap();
    }
    desk.mails(&[("ann@acme.example", DeliveryState::Pending), ("bob@acme.example", DeliveryState::Pending)], 1);
    desk.beat(2).await;
    let (subject, text) = read(&server.accepted()[0].1);
    assert!(subject.starts_with("Nothing was running when 2 reviews were due"), "{subject}");
    for period in ["2026-W45", "2026-W46"] {
        assert!(text.contains(&format!("bizreview run support --period {period}")), "{text}");
    }
    assert!(!text.contains("2026-W47"), "a quarter of an hour is no delay: {text}");
    desk.beat(62).await;
    let (subject, text) = read(&server.accepted()[1].1);
    assert!(subject.contains("2 mails cannot be handed over: support 2026-W47 (2)"), "{subject}");
    assert!(text.contains("bizreview check --online"), "{text}");
}

#[tokio::test]
async fn new_readers_wait_for_a_word_and_who_left_is_no_failure() {
    let server = Server::start(vec![]).await;
    let desk = Desk::new(server.port).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Sent), ("new@acme.example", DeliveryState::Held)], 1);
    desk.mails(&[("gone@acme.example", DeliveryState::Pending)], 1);
    let left = desk.ledger.unsettled_mail().unwrap();
    assert_eq!(left.len(), 2);
    let gone = desk.ledger.deliveries_in(DeliveryState::Pending).unwrap()[0].delivery_id;
    assert!(desk.ledger.withdraw_delivery(gone, "unsubscribed", after(2)).unwrap());
    desk.beat(3).await;
    assert_eq!(server.accepted().len(), 1);
    let (subject, text) = read(&server.accepted()[0].1);
    assert!(
        subject.starts_with("1 mail of support 2026-W47 waits for your approval of who gets it: n***@acme.example"),
        "{subject}"
    );
    assert!(text.contains("bizreview approve support") && !text.contains("g***@"), "{text}");
}

#[tokio::test]
async fn a_source_is_stale_when_pulling_it_failed_for_too_long_and_not_between_two_reviews() {
    let server = Server::start(vec![]).await;
    let mut desk = Desk::new(server.port).await;
    let source = r#"{ "manifest": "stripe" }"#;
    desk.config.sources.insert("billing".into(), serde_json::from_str(source).unwrap());
    let pull = |at: Timestamp, outcome: &str, message: Option<&str>| {
        let at = at.to_string();
        let id = desk.ledger.start_pull("billing", "customers", &at).unwrap();
        desk.ledger.finish_pull(id, &at, 10, 1, outcome, message).unwrap();
    };
    pull(after(-7 * 24 * 60), "ok", None);
    desk.beat(0).await;
    assert_eq!(server.accepted().len(), 0, "nobody tried");
    pull(after(1), "failed", Some("401 for ann@acme.example"));
    desk.beat(2).await;
    let (subject, text) = read(&server.accepted()[0].1);
    assert!(subject.starts_with("Source billing was last pulled well Mon 16 Nov 2026 08:00 CET: 401"), "{subject}");
    assert!(text.contains("bizreview pull billing") && !text.contains("ann@"), "{text}");
    pull(after(3), "ok", None);
    desk.beat(4).await;
    assert!(read(&server.accepted()[1].1).0.starts_with("No longer so: Source billing"));
}

#[tokio::test]
async fn an_interrupted_run_is_told_and_so_is_its_end() {
    let server = Server::start(vec![]).await;
    let desk = Desk::new(server.port).await;
    let key = OccurrenceKey { report: "support", phase: Phase::Send, due_at: now() };
    desk.ledger.claim_occurrence(key, now()).unwrap();
    let run = desk.ledger.start_run("schedule", now()).unwrap();
    desk.ledger.link_occurrence(key, run).unwrap();
    desk.beat(1).await;
    assert_eq!(server.accepted().len(), 0, "it is at work");
    let again = desk.ledger.start_run("schedule", after(5)).unwrap();
    desk.beat(6).await;
    let (subject, text) = read(&server.accepted()[0].1);
    assert!(subject.starts_with("The run of support was interrupted") && text.contains("bizreview history"), "{text}");
    desk.ledger.link_occurrence(key, again).unwrap();
    desk.ledger.finish_run(again, 0, &[], after(7)).unwrap();
    desk.beat(8).await;
    assert!(read(&server.accepted()[1].1).0.starts_with("No longer so: The run"));
    desk.beat(80).await;
    let (subject, _) = read(&server.accepted()[2].1);
    assert!(subject.starts_with("Still not out: support 2026-W47"), "claimed, and nobody finished it: {subject}");
}

// By which route

#[tokio::test(flavor = "multi_thread")]
async fn with_the_mail_server_down_the_webhook_tells_and_the_mail_follows_once_it_is_back() {
    let port = free_port();
    let desk = Desk::new(port).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Uncertain)], 1);
    desk.beat(2).await;
    desk.beat(3).await;
    assert_eq!(desk.posted().await.len(), 1, "told at once, and once");
    let routes = desk.ledger.routes().unwrap();
    let mail = routes.iter().find(|r| r.route == "mail").unwrap();
    assert_eq!(mail.failed_at, Some(after(2)), "{routes:?}");
    desk.command(&["status"], 3).exits(1).prints(&["Notices by mail were not taken", "--uncertain"]);

    let server = Server::on(port).await;
    desk.beat(4).await;
    desk.beat(5).await;
    assert_eq!((server.accepted().len(), desk.posted().await.len()), (1, 1));
    assert!(desk.ledger.routes().unwrap().iter().all(|r| r.failed_at.is_none()));
}

#[tokio::test]
async fn a_route_that_stays_dead_is_told_by_the_other() {
    let desk = Desk::new(free_port()).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Uncertain)], 1);
    for minutes in [2, 3, 13, 14] {
        desk.beat(minutes).await;
    }
    let posted = desk.posted().await;
    assert_eq!(posted.len(), 2, "{posted:#?}");
    assert!(posted[1].contains("Notices by mail were not taken") && !posted[1].contains("uncertain"), "{}", posted[1]);
}

#[tokio::test]
async fn killed_between_mail_and_webhook_neither_is_told_twice() {
    let server = Server::start(vec![]).await;
    let desk = Desk::new(server.port).await;
    desk.chat_answers(ResponseTemplate::new(200).set_delay(Duration::from_mins(1))).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Uncertain)], 1);
    let environment = desk.environment(2);
    let telling = tokio::spawn(async move { tell_operator(&environment).await });
    let is_mailed = || desk.ledger.notices(after(2)).unwrap().iter().any(|n| n.told.contains_key("mail"));
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(25)).await;
        if is_mailed() {
            break;
        }
    }
    assert!(is_mailed(), "the mail does not wait for the chat");
    telling.abort();
    let _ = telling.await;
    desk.chat_answers(ResponseTemplate::new(200)).await;
    desk.beat(3).await;
    desk.beat(4).await;
    assert_eq!((server.accepted().len(), desk.posted().await.len()), (1, 1));
}

#[tokio::test]
async fn a_mail_tried_again_is_the_same_mail() {
    let rules = vec![(".", 0, Act::HangUp)];
    let server = Server::start(rules).await;
    let desk = Desk::new(server.port).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Uncertain)], 1);
    desk.beat(2).await;
    desk.beat(3).await;
    desk.beat(4).await;
    let mails = server.accepted();
    assert_eq!(mails.len(), 1);
    let again = Desk::new(server.port).await;
    again.mails(&[("ann@acme.example", DeliveryState::Uncertain)], 1);
    again.beat(9).await;
    let ids: Vec<String> = server.accepted().iter().map(|(_, mail)| message_id(mail)).collect();
    assert_eq!(ids[0], ids[1], "its Message-ID is made of what it says");
}

fn message_id(mail: &[u8]) -> String {
    use mailparse::MailHeaderMap;
    mailparse::parse_mail(mail).unwrap().headers.get_first_value("Message-ID").unwrap()
}

#[tokio::test]
async fn a_webhook_that_hangs_fails_or_leads_elsewhere_is_bounded_and_never_named() {
    let chat = MockServer::start().await;
    let elsewhere = MockServer::start().await;
    let url = format!("{}/{SECRET}", chat.uri());
    let patience = Patience { request: Duration::from_millis(200), pause: Duration::from_millis(10) };
    let hook = Webhook::to(SecretString::from(url), patience).unwrap();
    let to = format!("{}/other", elsewhere.uri());
    for (answer, says, tries) in [
        (ResponseTemplate::new(200).set_delay(Duration::from_secs(30)), "no answer in time, 3 times", 3),
        (ResponseTemplate::new(500), "500 Internal Server Error, 3 times", 3),
        (ResponseTemplate::new(404), "404", 1),
        (ResponseTemplate::new(302).insert_header("Location", to.as_str()), "leads elsewhere", 1),
    ] {
        chat.reset().await;
        Mock::given(method("POST")).respond_with(answer).mount(&chat).await;
        let began = Instant::now();
        let error = format!("{:#}", hook.post("hello").await.unwrap_err());
        assert!(began.elapsed() < Duration::from_secs(5), "{error}");
        assert!(error.contains(says) && !error.contains(SECRET), "{error}");
        assert_eq!(chat.received_requests().await.unwrap().len(), tries, "{error}");
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty(), "nothing is followed");
    let gone = format!("http://127.0.0.1:{}/{SECRET}", free_port());
    let error = format!("{:#}", Webhook::to(SecretString::from(gone), patience).unwrap().get().await.unwrap_err());
    assert!(error.contains("cannot be reached") && !error.contains(SECRET), "{error}");
}

/// Whatever is logged while the guard lives.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_can_be_told_it_is_logged_without_the_secrets() {
    let desk = Desk::new(free_port()).await;
    desk.chat_answers(ResponseTemplate::new(404)).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Uncertain)], 1);
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    desk.beat(2).await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("ERROR") && log.contains("the operator cannot be told"), "{log}");
    // what the HTTP client itself says at the most talkative level is not ours, and is off unless asked for
    let own: String = log.lines().filter(|line| line.contains("bizreview")).collect();
    assert!(!own.contains(SECRET) && !own.contains("ann@acme"), "{own}");
    let said = desk.command(&["-vv", "check", "--online", "--notice"], 3).exits(2);
    for text in [&said.out, &said.err] {
        assert!(!text.contains(SECRET), "{text}");
    }
    said.explains(&["notice: mail:", "webhook: it answered 404"]);
    desk.chat_answers(ResponseTemplate::new(200)).await;
    let server = Server::start(vec![]).await;
    let desk =
        Desk { config: Config { mail: Desk::new(server.port).await.config.mail, ..desk.config.clone() }, ..desk };
    desk.command(&["check", "--online", "--notice"], 3).exits(0).prints(&["sent by mail and webhook"]);
    assert!(desk.posted().await[0].contains("This is a test"));
}

// On time

#[tokio::test]
async fn the_ping_tells_of_delivery_on_time_once_and_is_tried_until_it_is_heard() {
    let desk = Desk::new(free_port()).await;
    desk.watcher.reset().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(404)).mount(&desk.watcher).await;
    desk.promised(OccurrenceState::Started, None, 0);
    desk.beat(1).await;
    assert_eq!(desk.pings().await, 0, "a service that lives and works has delivered nothing yet");
    desk.mails(&[("ann@acme.example", DeliveryState::Sent), ("bob@acme.example", DeliveryState::Sent)], 3);
    desk.promised(OccurrenceState::Done, None, 3);
    desk.beat(4).await;
    assert_eq!(desk.pings().await, 1);
    desk.watcher.reset().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(204)).mount(&desk.watcher).await;
    for minutes in [5, 6, 7] {
        desk.beat(minutes).await;
    }
    assert_eq!(desk.pings().await, 1, "tried again until it was heard, and no more");
}

#[tokio::test]
async fn a_send_whose_mail_went_out_at_the_second_try_is_done_and_on_time() {
    let desk = Desk::new(free_port()).await;
    desk.mails(&[("ann@acme.example", DeliveryState::Pending)], 0);
    desk.promised(OccurrenceState::Failed, Some("nothing could be sent: 451 greylisted"), 0);
    settle_late(&desk.environment(1)).unwrap();
    desk.beat(1).await;
    assert_eq!(desk.ledger.occurrences(OccurrenceState::Failed).unwrap().len(), 1);
    assert!(desk.posted().await[0].contains("cannot be handed over"));
    let mail = desk.ledger.deliveries_in(DeliveryState::Pending).unwrap();
    desk.settle(mail[0].delivery_id, DeliveryState::Sent, 2);
    settle_late(&desk.environment(2)).unwrap();
    let done = desk.ledger.occurrences(OccurrenceState::Done).unwrap();
    assert!(done[0].note.as_deref().unwrap().contains("greylisted"), "{done:?}");
    desk.beat(2).await;
    assert_eq!(desk.pings().await, 1);
}

#[tokio::test]
async fn a_review_that_waits_or_that_nobody_began_is_seen_at_a_glance() {
    let desk = Desk::new(free_port()).await;
    let seen = OccurrenceKey { report: "support", phase: Phase::Send, due_at: after(-600) };
    desk.ledger.record_occurrence(seen, OccurrenceState::FirstSeen, after(-600)).unwrap();
    desk.command(&["status"], 60).exits(0).prints(&["Nothing needs you."]);
    desk.command(&["status"], 80).exits(1).prints(&["Still not out: support 2026-W47, due Mon 23 Nov 2026 08:00"]);
    let due = OccurrenceKey { due_at: now(), ..seen };
    desk.ledger.claim_occurrence(due, now()).unwrap();
    desk.ledger.note_waiting(due, "zendesk tickets: 503").unwrap();
    let waits = desk.command(&["status"], 30).exits(0);
    waits.prints(&["support waits: zendesk tickets: 503"]);
    desk.command(&["history"], 30).exits(0).prints(&["send of support due", "started: zendesk tickets: 503"]);
    desk.command(&["status"], 80).exits(1).prints(&["Still not out: support 2026-W47", "zendesk tickets: 503"]);
}

#[tokio::test]
async fn the_ping_is_silent_after_a_late_a_partial_or_a_failed_delivery() {
    use DeliveryState::{Failed, Pending, Sent, Uncertain};
    let late = [("ann@acme.example", Sent, 200)].as_slice();
    for readers in [
        late,
        &[("ann@acme.example", Sent, 3), ("bob@acme.example", Failed, 3)],
        &[("ann@acme.example", Sent, 3), ("bob@acme.example", Uncertain, 3)],
        &[("ann@acme.example", Sent, 3), ("bob@acme.example", Pending, 3)],
    ] {
        let desk = Desk::new(free_port()).await;
        for (reader, state, at) in readers {
            desk.mails(&[(reader, *state)], *at);
        }
        desk.promised(OccurrenceState::Done, None, 3);
        for minutes in [4, 201, 2000] {
            desk.beat(minutes).await;
        }
        assert_eq!(desk.pings().await, 0, "{readers:?}");
    }
    // one that is on time says nothing as long as another that was due is not
    let mut desk = Desk::new(free_port()).await;
    let other = desk.config.reports["support"].clone();
    desk.config.reports.insert("other".into(), other);
    desk.mails(&[("ann@acme.example", Sent)], 3);
    desk.promised(OccurrenceState::Done, None, 3);
    let other = OccurrenceKey { report: "other", phase: Phase::Send, due_at: now() };
    desk.ledger.claim_occurrence(other, now()).unwrap();
    desk.beat(4).await;
    desk.ledger.settle_occurrence(other, OccurrenceState::Failed, Some("no"), after(5)).unwrap();
    desk.beat(6).await;
    assert_eq!(desk.pings().await, 0);
}

// At a glance

#[tokio::test]
async fn status_and_history_say_how_everything_stands_and_what_needs_somebody() {
    let desk = Desk::new(free_port()).await;
    let fine = desk.command(&["status"], -60).exits(0);
    assert!(fine.out.contains("Nothing needs you.") && fine.out.contains("never ran here"), "{}", fine.out);
    desk.promised(OccurrenceState::Done, None, 1);
    desk.mails(
        &[
            ("ann@acme.example", DeliveryState::Uncertain),
            ("bob@acme.example", DeliveryState::Failed),
            ("cy@acme.example", DeliveryState::Sent),
        ],
        1,
    );
    desk.ran(1, &["billing customers: 401: the key is not accepted, which is a longer story than one line can tell"]);
    std::fs::write(desk.scratch.join("serve.lock"), "process 4711 (serve, since 2026-11-20T07:00:00Z)").unwrap();
    let status = desk.command(&["status"], 10).exits(1).out;
    let (steady, _) = status.split_once("\ndisk ").unwrap();
    assert!(status.lines().all(|line| line.chars().count() <= 80), "{status}");
    insta::assert_snapshot!("status", steady);
    let json = desk.command(&["status", "--json"], 10).exits(1).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["reports"][0]["next_due"], "2026-11-30T07:00:00Z");
    assert_eq!(json["reports"][0]["mail"], serde_json::json!({ "failed": 1, "sent": 1, "uncertain": 1 }));
    assert_eq!(json["service"]["is_held"], false);

    let history = desk.command(&["history", "support"], 10).exits(0).out;
    insta::assert_snapshot!("history", history);
    let json = desk.command(&["history", "--json", "--limit", "1"], 10).exits(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["runs"].as_array().unwrap().len(), &json["runs"][0]["took"]), (1, &60.into()));
    desk.command(&["history", "suport"], 10).exits(2).explains(&["did you mean support?"]);
}

#[tokio::test]
async fn status_knows_a_service_that_lives() {
    let desk = Desk::new(free_port()).await;
    let lock = std::fs::File::create(desk.scratch.join("serve.lock")).unwrap();
    lock.lock().unwrap();
    std::fs::write(desk.scratch.join("serve.lock"), "process 4711 (serve, since 2026-11-20T07:00:00Z)").unwrap();
    desk.command(&["status"], -60).exits(0).prints(&["service    process 4711 (serve, since 2026-11-20T07:00:00Z)"]);
    drop(lock);
    desk.command(&["status"], -60).exits(1).prints(&["The service is not running", "bizreview serve"]);
}

#[test]
fn mistakes_of_the_operators_block_are_refused_without_a_word_of_the_secret() {
    let text = config(&["ann@acme.example"]).text;
    for (from, to, says) in [
        ("ops@acme.example", "ops at acme", "[operator] email \"ops at acme\" is not an e-mail address"),
        (
            "email = \"ops@acme.example\"",
            "email = \"ops@acme.example\"\nwebhook = \"https://chat/hunter2\"",
            "named, not written",
        ),
        (
            "email = \"ops@acme.example\"",
            "email = \"ops@acme.example\"\nping = \"https://chat/hunter2\"",
            "named, not written",
        ),
        ("[operator]", "dkim_selector = \"a b\"\n[operator]", "dkim_selector"),
    ] {
        let error = format!("{:#}", Config::parse(&text.replace(from, to), Path::new("/conf")).unwrap_err());
        assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn check_warns_of_a_single_way_out_and_of_secrets_that_are_none() {
    let text = config(&["ann@acme.example"]).text.replace("[mail]", "[mail]\ntransport = \"smtp://127.0.0.1\"");
    let scratch = Scratch::new("operator");
    let path = scratch.join("bizreview.toml");
    let check = |text: &str| {
        std::fs::write(&path, text).unwrap();
        said(bizreview().arg("-c").arg(&path).arg("check").env("HOOK", "http://chat.example/hunter2"))
    };
    check(&text).exits(0).explains(&["warning: notices", "[operator] webhook"]);
    let hooked = "email = \"ops@acme.example\"\nwebhook = { env = \"HOOK\" }";
    let said = check(&text.replace("email = \"ops@acme.example\"", hooked)).exits(2);
    assert!(!said.err.contains("hunter2") && !said.err.contains("warning: notices"), "{}", said.err);
    said.explains(&["operator: [operator] webhook", "https"]);
}

// DNS

/// A name server on loopback that knows some TXT records.
async fn name_server(records: &'static [(&'static str, &'static [&'static str])]) -> SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let _ = socket.send_to(&answer(&buffer[..length], records), from).await;
        }
    });
    address
}

/// The question, and a TXT record for every text known of its name.
fn answer(query: &[u8], records: &[(&str, &[&str])]) -> Vec<u8> {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let length = query[at] as usize;
        labels.push(String::from_utf8_lossy(&query[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    let question = &query[12..at + 5];
    let name = labels.join(".");
    let texts = records.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, texts)| texts);
    let flags = if texts.is_empty() { [0x81, 0x83] } else { [0x81, 0x80] };
    let mut reply = [&query[..2], &flags, &[0, 1, 0, texts.len() as u8, 0, 0, 0, 0], question].concat();
    for text in texts {
        // in two strings, as long keys are
        let (first, second) = text.split_at(text.len() / 2);
        let data: Vec<u8> = [first, second].iter().flat_map(|s| [&[s.len() as u8], s.as_bytes()].concat()).collect();
        reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
        reply.extend(data);
    }
    reply
}

#[tokio::test]
async fn dns_says_who_may_send_in_the_name_of_from() {
    let mut config = config(&["ann@acme.example"]);
    config.mail.from = "Reviews <reviews@mail.acme.example>".into();
    config.mail.dkim_selector = Some("s1".into());
    let server = name_server(&[
        ("mail.acme.example", &["site-verification=1", "v=spf1 include:relay.example -all"]),
        ("s1._domainkey.mail.acme.example", &["v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC"]),
        ("_dmarc.acme.example", &["v=DMARC1; p=none; sp=reject"]),
    ])
    .await;
    let findings = bizreview::deliver::sender::look_up(&config, Some(server)).await.unwrap();
    let words: Vec<(&str, bool)> = findings.iter().map(|f| (f.name, f.is_fine)).collect();
    assert_eq!(words, [("SPF", true), ("DKIM", true), ("DMARC", true)], "{findings:?}");
    assert!(findings[2].words.contains("acme.example asks to reject"), "the policy for its subdomains: {findings:?}");

    config.mail.from = "reviews@other.example".into();
    let findings = bizreview::deliver::sender::look_up(&config, Some(server)).await.unwrap();
    assert!(findings.iter().all(|f| !f.is_fine && f.words.contains(" has no ")), "{findings:?}");

    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let began = Instant::now();
    let findings = bizreview::deliver::sender::look_up(&config, Some(silent.local_addr().unwrap())).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert!(findings.iter().all(|f| f.words.starts_with("unknown: DNS does not answer")), "{findings:?}");
}
