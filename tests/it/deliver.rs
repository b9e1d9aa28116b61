//! An edition on its way: archive, MIME, folder, and SMTP with everything that goes wrong there.

use std::collections::BTreeMap;

use bizreview::config::Secrets;
use bizreview::deliver::archive::{EditionFiles, publish};
use bizreview::deliver::outbox::{DeliveryOutcome, enqueue, send_pending};
use bizreview::deliver::smtp::Security;
use bizreview::deliver::transport::Transport;
use bizreview::deliver::without_address;
use bizreview::ledger::Ledger;
use bizreview::ledger::deliveries::DeliveryState::{self, Failed, Pending, Sending, Sent, Uncertain};
use bizreview::review::edition::DataFile;
use jiff::SignedDuration;
use mailparse::{MailHeaderMap, ParsedMail};

use crate::support::mail::{Act, Server, config, letter, now, published, rendered, review, smtp};
use crate::support::scratch::Scratch;

const THREE: [&str; 3] = ["ann@acme.example", "Bob <bob@acme.example>", "cy@acme.example"];

/// A store with one edition, enqueued on a transport.
struct Outbox {
    _scratch: Scratch,
    ledger: Ledger,
    transport: Transport,
    edition_id: i64,
}

impl Outbox {
    fn new(to: &[&str], transport: Transport) -> Outbox {
        let scratch = Scratch::new("outbox");
        let ledger = Ledger::open(&scratch).unwrap();
        let edition = published(&scratch, &ledger);
        let rendered = rendered();
        let letter = letter(&config(to), &edition, &rendered);
        enqueue(&ledger, &letter, &transport, now()).unwrap();
        // A second time changes nothing.
        enqueue(&ledger, &letter, &transport, now()).unwrap();
        let edition_id = edition.edition_id;
        Outbox { _scratch: scratch, ledger, transport, edition_id }
    }

    async fn send(&self) -> Vec<DeliveryOutcome> {
        self.send_after(0).await
    }

    async fn send_after(&self, minutes: i64) -> Vec<DeliveryOutcome> {
        let at = now() + SignedDuration::from_mins(minutes);
        send_pending(&self.ledger, &self.transport, &[self.edition_id], at).await.unwrap()
    }

    #[track_caller]
    fn check(&self, expected: &[DeliveryState]) {
        let rows = self.ledger.deliveries(self.edition_id).unwrap();
        let states: Vec<DeliveryState> = rows.iter().map(|r| r.state).collect();
        assert_eq!(states, expected, "{rows:#?}");
    }

    fn bytes(&self, nth: usize) -> Vec<u8> {
        let row = &self.ledger.deliveries(self.edition_id).unwrap()[nth];
        self.ledger.delivery_bytes(row.delivery_id).unwrap().unwrap()
    }
}

// The message

fn leaves<'m>(mail: &'m ParsedMail<'m>, found: &mut Vec<(String, &'m ParsedMail<'m>)>, depth: &str) {
    let path = format!("{depth}/{}", mail.ctype.mimetype);
    found.push((path.clone(), mail));
    for part in &mail.subparts {
        leaves(part, found, &path);
    }
}

#[test]
fn a_message_is_text_html_and_its_pictures() {
    let outbox = Outbox::new(&THREE, smtp(1));
    let bytes = outbox.bytes(1);
    assert!(bytes.is_ascii() && !bytes.windows(2).any(|w| w[1] == b'\n' && w[0] != b'\r'));
    assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998));

    let mail = mailparse::parse_mail(&bytes).unwrap();
    let mut parts = Vec::new();
    leaves(&mail, &mut parts, "");
    let structure: Vec<&str> = parts.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        structure,
        [
            "/multipart/alternative",
            "/multipart/alternative/text/plain",
            "/multipart/alternative/multipart/related",
            "/multipart/alternative/multipart/related/text/html",
            "/multipart/alternative/multipart/related/image/png",
            "/multipart/alternative/multipart/related/image/png",
        ]
    );
    let rendered = rendered();
    assert_eq!(parts[1].1.get_body().unwrap().replace("\r\n", "\n").trim_end(), rendered.text.trim_end());
    assert_eq!(parts[3].1.get_body().unwrap().trim_end(), rendered.html);
    for (part, image) in parts[4..].iter().zip(&rendered.images) {
        assert_eq!(part.1.get_body_raw().unwrap(), image.png);
        assert_eq!(part.1.headers.get_first_value("Content-ID").unwrap(), format!("<{}>", image.cid));
    }
}

#[test]
fn attachments_stand_beside_the_words_and_only_those_that_are_asked_for() {
    let scratch = Scratch::new("attached");
    let ledger = Ledger::open(&scratch).unwrap();
    let edition = published(&scratch, &ledger);
    let mut rendered = rendered();
    for (name, is_attached) in [("data.xlsx", true), ("data.csv", true), ("list-movers.csv", false)] {
        let bytes = format!("{name}: äöü\r\n\0").into_bytes();
        rendered.data.push(DataFile { name: name.into(), bytes, is_attached });
    }
    let config = config(&["ann@acme.example"]);
    let letter = letter(&config, &edition, &rendered);
    let bytes = letter.compose(&"ann@acme.example".parse().unwrap()).unwrap().bytes;
    assert_eq!(bytes, letter.compose(&"ann@acme.example".parse().unwrap()).unwrap().bytes, "the same bytes");
    let mail = mailparse::parse_mail(&bytes).unwrap();
    assert_eq!(mail.ctype.mimetype, "multipart/mixed");
    let kinds: Vec<&str> = mail.subparts.iter().map(|part| part.ctype.mimetype.as_str()).collect();
    let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(kinds, ["multipart/alternative", sheet, "text/csv"]);
    for (part, file) in mail.subparts[1..].iter().zip(&rendered.data) {
        let disposition = part.get_content_disposition();
        assert_eq!(disposition.disposition, mailparse::DispositionType::Attachment);
        assert_eq!(disposition.params["filename"], format!("support-2026-W47-{}", file.name));
        assert_eq!(part.get_body_raw().unwrap(), file.bytes, "{}", file.name);
    }
}

#[test]
fn headers_say_who_what_and_that_it_is_automatic() {
    let outbox = Outbox::new(&THREE, smtp(1));
    let bytes = outbox.bytes(1);
    let mail = mailparse::parse_mail(&bytes).unwrap();
    let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
    assert_eq!(header("From"), "Reviews <reviews@acme.example>");
    assert_eq!(header("To"), "Bob <bob@acme.example>");
    assert_eq!(header("Reply-To"), "support-talk@acme.example");
    assert_eq!(header("Subject"), rendered().subject);
    assert_eq!(header("Date"), "Mon, 23 Nov 2026 08:00:00 +0100");
    assert_eq!(header("List-Id"), "<support.reviews.acme.example>");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    let rows = outbox.ledger.deliveries(outbox.edition_id).unwrap();
    assert_eq!(header("Message-ID"), rows[1].message_id);
    assert!(rows[1].message_id.ends_with("@acme.example>"));
    assert_ne!(rows[0].message_id, rows[1].message_id);
    let names: Vec<String> = mail.headers.iter().map(mailparse::MailHeader::get_key).collect();
    let unique: std::collections::BTreeSet<String> = names.iter().map(|n| n.to_lowercase()).collect();
    assert_eq!(names.len(), unique.len(), "{names:?}");
    assert!(!names.iter().any(|n| n.starts_with("X-")));
}

#[test]
fn the_same_edition_gives_the_same_bytes() {
    let (first, second) = (Outbox::new(&THREE, smtp(1)), Outbox::new(&THREE, smtp(2)));
    assert_eq!(first.bytes(0), second.bytes(0));
}

#[test]
fn hostile_names_and_subjects_stay_one_line() {
    let scratch = Scratch::new("hostile");
    let ledger = Ledger::open(&scratch).unwrap();
    let mut edition = published(&scratch, &ledger);
    edition.subject = "Up 3 %\r\nBcc: all@evil.example\r\n\r\n<b>\u{2028}\u{202e}x\u{0}".into();
    let mut rendered = rendered();
    rendered.images[0].file_name = "a\r\nX-Evil: 1\".png".into();
    let config = config(&["ann@acme.example"]);
    let letter = letter(&config, &edition, &rendered);
    let ann = "ann@acme.example".parse().unwrap();
    for name in ["Ann\r\nBcc: all@evil.example", "\"A\\\", <x@evil.example>", "\u{7}", &"Ä".repeat(300)] {
        let to = lettre::message::Mailbox::new(Some(name.into()), lettre::Address::clone(&ann));
        let bytes = letter.compose(&to).unwrap().bytes;
        let mail = mailparse::parse_mail(&bytes).unwrap();
        for forbidden in ["Bcc", "X-Evil"] {
            assert!(mail.headers.get_first_value(forbidden).is_none(), "{name:?}");
        }
        assert_eq!(mail.headers.get_first_value("Subject").unwrap(), "Up 3 % Bcc: all@evil.example <b> x");
        assert_eq!(mail.headers.get_all_values("To").len(), 1);
        let to = mailparse::addrparse_header(mail.headers.get_first_header("To").unwrap()).unwrap();
        assert_eq!(to.extract_single_info().map(|i| i.addr).as_deref(), Some("ann@acme.example"), "{name:?}");
        let mut parts = Vec::new();
        leaves(&mail, &mut parts, "");
        assert!(parts.iter().all(|(_, p)| p.headers.get_first_value("X-Evil").is_none()));
    }
}

#[test]
fn recipients_outside_the_allowed_domains_are_refused_at_the_envelope() {
    let scratch = Scratch::new("domains");
    let ledger = Ledger::open(&scratch).unwrap();
    let edition = published(&scratch, &ledger);
    let rendered = rendered();
    let mut config = config(&["ann@acme.example"]);
    config.mail.allowed_domains = vec!["acme.example".into()];
    let letter = letter(&config, &edition, &rendered);
    let error = letter.to(&config, &["eve@evil.example".into()]).unwrap_err();
    assert!(error.to_string().contains("allowed_domains"), "{error}");
}

// The folder

#[tokio::test]
async fn the_folder_gets_one_private_file_per_recipient() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Scratch::new("eml");
    let outbox = Outbox::new(&THREE, Transport::Directory(folder.join("out")));
    let outcomes = outbox.send().await;
    outbox.check(&[Sent, Sent, Sent]);
    for (nth, outcome) in outcomes.iter().enumerate() {
        let path = outcome.path.as_ref().unwrap();
        assert_eq!(std::fs::read(path).unwrap(), outbox.bytes(nth));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let mut names: Vec<_> = std::fs::read_dir(folder.join("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names[0], "support-2026-W47-ann@acme.example.eml");
    assert_eq!(names.len(), 3);
    assert!(outbox.send().await.is_empty(), "nothing is left to send");
}

#[tokio::test]
async fn an_unwritable_folder_postpones() {
    let folder = Scratch::new("eml");
    std::fs::write(folder.join("out"), "a file where the folder should be").unwrap();
    let outbox = Outbox::new(&THREE[..1], Transport::Directory(folder.join("out")));
    let outcomes = outbox.send().await;
    assert!(outcomes[0].response.as_ref().unwrap().contains("out"), "{outcomes:?}");
    outbox.check(&[Pending]);
    std::fs::remove_file(folder.join("out")).unwrap();
    outbox.send_after(1).await;
    outbox.check(&[Sent]);
}

// SMTP

#[tokio::test]
async fn three_recipients_get_three_messages_over_one_connection() {
    let server = Server::start(vec![]).await;
    let outbox = Outbox::new(&THREE, smtp(server.port));
    let outcomes = outbox.send().await;
    outbox.check(&[Sent, Sent, Sent]);
    assert_eq!(outcomes[0].response.as_deref(), Some("250 queued as 1"));
    assert_eq!(server.connections(), 1);
    for (nth, (recipient, message)) in server.accepted().iter().enumerate() {
        assert_eq!(*recipient, ["ann@acme.example", "bob@acme.example", "cy@acme.example"][nth]);
        assert_eq!(*message, outbox.bytes(nth), "byte for byte, dots included");
    }
}

#[tokio::test]
async fn one_refused_recipient_does_not_touch_the_others() {
    let server = Server::start(vec![("RCPT TO:<bob", 0, Act::Say("550 5.1.1 no such user"))]).await;
    let outbox = Outbox::new(&THREE, smtp(server.port));
    let outcomes = outbox.send().await;
    outbox.check(&[Sent, Failed, Sent]);
    assert_eq!(outcomes[1].response.as_deref(), Some("550 5.1.1 no such user"));
    assert_eq!((server.connections(), server.accepted().len()), (1, 2));
    assert!(outbox.send_after(10_000).await.is_empty(), "failed is final");
}

#[test]
fn an_answer_that_repeats_the_address_is_shown_without_it() {
    let said = without_address("550 5.1.1 <bob@acme.example>: nobody", "bob@acme.example");
    assert_eq!(said, "550 5.1.1 <b***@acme.example>: nobody");
}

#[tokio::test]
async fn greylisting_waits_and_tries_again() {
    let server = Server::start(vec![("RCPT TO:<ann", 0, Act::Say("450 4.2.0 come back later"))]).await;
    let outbox = Outbox::new(&THREE[..2], smtp(server.port));
    outbox.send().await;
    outbox.check(&[Pending, Sent]);
    assert!(outbox.send().await.is_empty(), "not before its time");
    assert_eq!(outbox.ledger.editions_to_send(now()).unwrap(), [0_i64; 0]);
    assert_eq!(outbox.ledger.editions_to_send(now() + SignedDuration::from_mins(1)).unwrap(), [outbox.edition_id]);
    outbox.send_after(1).await;
    outbox.check(&[Sent, Sent]);
    assert_eq!(server.accepted().len(), 2);
}

#[tokio::test]
async fn patience_ends() {
    let rules = (0..20).map(|nth| ("RCPT", nth, Act::Say("451 4.3.0 not today"))).collect();
    let server = Server::start(rules).await;
    let outbox = Outbox::new(&THREE[..1], smtp(server.port));
    for round in 0..11 {
        outbox.check(&[Pending]);
        assert_eq!(outbox.send_after(round * 1000).await.len(), 1);
    }
    outbox.check(&[Failed]);
}

#[tokio::test]
async fn a_line_cut_before_the_message_is_tried_again_at_once() {
    for phase in ["MAIL", "RCPT", "DATA"] {
        let server = Server::start(vec![(phase, 1, Act::HangUp)]).await;
        let outbox = Outbox::new(&THREE, smtp(server.port));
        outbox.send().await;
        outbox.check(&[Sent, Sent, Sent]);
        assert_eq!((server.connections(), server.accepted().len()), (2, 3), "{phase}");
    }
}

#[tokio::test]
async fn a_server_that_says_421_is_asked_again() {
    let server = Server::start(vec![("MAIL", 1, Act::Say("421 4.7.0 too many messages"))]).await;
    let outbox = Outbox::new(&THREE, smtp(server.port));
    outbox.send().await;
    outbox.check(&[Sent, Sent, Sent]);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_line_cut_after_the_final_dot_is_uncertain_and_held() {
    for act in [Act::HangUp, Act::Hang] {
        let server = Server::start(vec![(".", 1, act)]).await;
        let outbox = Outbox::new(&THREE, smtp(server.port));
        outbox.send().await;
        outbox.check(&[Sent, Uncertain, Sent]);
        assert!(outbox.send_after(10_000).await.is_empty(), "held");
        assert_eq!(server.accepted().len(), 2);

        let held = outbox.ledger.deliveries_in(Uncertain).unwrap();
        assert!(outbox.ledger.release_delivery(held[0].delivery_id, now()).unwrap());
        outbox.send().await;
        outbox.check(&[Sent, Sent, Sent]);
        let accepted: BTreeMap<_, _> = server.accepted().into_iter().collect();
        assert_eq!(accepted["bob@acme.example"], outbox.bytes(1), "the same bytes, the same Message-ID");
    }
}

#[tokio::test]
async fn an_answer_to_the_final_dot_is_a_verdict() {
    let rules = vec![(".", 0, Act::Say("554 5.7.1 spam")), (".", 1, Act::Say("452 4.3.1 disk full"))];
    let server = Server::start(rules).await;
    let outbox = Outbox::new(&THREE, smtp(server.port));
    outbox.send().await;
    outbox.check(&[Failed, Pending, Sent]);
    assert_eq!(server.connections(), 1);
    let attempts: Vec<u32> = outbox.ledger.deliveries(outbox.edition_id).unwrap().iter().map(|r| r.attempts).collect();
    assert_eq!(attempts, [1, 1, 1]);
}

#[tokio::test]
async fn a_silent_server_is_given_up_phase_by_phase() {
    for phase in ["EHLO", "MAIL", "RCPT", "DATA"] {
        let rules = (0..9).map(|nth| (phase, nth, Act::Hang)).collect();
        let server = Server::start(rules).await;
        let outbox = Outbox::new(&THREE[..1], smtp(server.port));
        let outcomes = tokio::time::timeout(std::time::Duration::from_secs(4), outbox.send()).await.unwrap();
        outbox.check(&[Pending]);
        assert!(outcomes[0].response.as_ref().unwrap().contains("no answer within"), "{phase}: {outcomes:?}");
    }
}

#[tokio::test]
async fn an_unreachable_server_postpones_everything() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let outbox = Outbox::new(&THREE, smtp(port));
    let outcomes = outbox.send().await;
    outbox.check(&[Pending, Pending, Pending]);
    assert!(outcomes[2].response.as_ref().unwrap().contains("cannot use the mail server"), "{outcomes:?}");
    assert!(outbox.send().await.is_empty(), "not before its time");
}

#[tokio::test]
async fn what_a_dead_sender_left_is_uncertain() {
    let server = Server::start(vec![]).await;
    let outbox = Outbox::new(&THREE[..2], smtp(server.port));
    let first = outbox.ledger.deliveries(outbox.edition_id).unwrap()[0].delivery_id;
    assert!(outbox.ledger.claim_delivery(first, now()).unwrap());
    outbox.check(&[Sending, Pending]);
    outbox.send().await;
    outbox.check(&[Uncertain, Sent]);
    assert_eq!(server.accepted().len(), 1);
}

#[tokio::test]
async fn two_senders_at_once_send_once() {
    let server = Server::start(vec![]).await;
    let outbox = Outbox::new(&THREE, smtp(server.port));
    let (a, b) = tokio::join!(outbox.send(), outbox.send());
    assert_eq!((a.len() + b.len(), server.accepted().len()), (3, 3));
    outbox.check(&[Sent, Sent, Sent]);
}

#[tokio::test]
async fn another_machine_never_gets_mail_or_password_in_clear() {
    let server = Server::offering("AUTH PLAIN LOGIN\r\n250 8BITMIME", vec![]).await;
    let Transport::Smtp(mut settings) = smtp(server.port) else { unreachable!() };
    settings.security = Security::StartTls;
    settings.credentials = Some(("user".to_owned(), "hunter2".to_owned()).into());
    let outbox = Outbox::new(&THREE[..1], Transport::Smtp(settings));
    let outcomes = outbox.send().await;
    outbox.check(&[Pending]);
    let reason = outcomes[0].response.as_ref().unwrap();
    assert!(reason.contains("STARTTLS") && !reason.contains("hunter2"), "{reason}");
    assert!(!server.commands().iter().any(|c| c.starts_with("AUTH") || c.starts_with("MAIL")));
}

#[tokio::test]
async fn signing_in_uses_what_the_server_offers() {
    for (offered, expected) in [("AUTH PLAIN LOGIN", "AUTH PLAIN "), ("AUTH LOGIN", "AUTH LOGIN")] {
        let extensions: &'static str = format!("{offered}\r\n250 8BITMIME").leak();
        let server = Server::offering(extensions, vec![]).await;
        let Transport::Smtp(mut settings) = smtp(server.port) else { unreachable!() };
        settings.credentials = Some(("user".to_owned(), "hunter2".to_owned()).into());
        let outbox = Outbox::new(&THREE[..1], Transport::Smtp(settings));
        outbox.send().await;
        outbox.check(&[Sent]);
        assert!(server.commands().iter().any(|c| c.starts_with(expected)), "{:?}", server.commands());
    }
}

#[tokio::test]
async fn a_refused_password_postpones_and_is_not_shown() {
    let server = Server::offering("AUTH PLAIN\r\n250 8BITMIME", vec![("AUTH", 0, Act::Say("535 5.7.8 wrong"))]).await;
    let Transport::Smtp(mut settings) = smtp(server.port) else { unreachable!() };
    settings.credentials = Some(("user".to_owned(), "hunter2".to_owned()).into());
    let outbox = Outbox::new(&THREE[..1], Transport::Smtp(settings));
    let outcomes = outbox.send().await;
    outbox.check(&[Pending]);
    let reason = outcomes[0].response.as_ref().unwrap();
    assert!(reason.contains("signing in") && reason.contains("535 5.7.8 wrong"), "{reason}");
}

/// A server that is not ours: postfix's smtp-sink, which writes what it accepted to files.
#[tokio::test]
async fn a_real_mail_server_gets_the_same_bytes() {
    let sink = "/usr/sbin/smtp-sink";
    if !std::path::Path::new(sink).exists() {
        println!("skipped: {sink} is missing (Debian package postfix)");
        return;
    }
    let folder = Scratch::new("sink");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut command = std::process::Command::new(sink);
    if std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
        command.args(["-u", "root"]);
    }
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let child = Killed(
        command.current_dir(&*folder).args(["-d", "mail.", &format!("127.0.0.1:{port}"), "10"]).spawn().unwrap(),
    );
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let Transport::Smtp(mut settings) = smtp(port) else { unreachable!() };
    settings.timeouts = bizreview::deliver::smtp::Timeouts::default();
    let outbox = Outbox::new(&THREE, Transport::Smtp(settings));
    let outcomes = outbox.send().await;
    drop(child);
    assert!(outcomes.iter().all(|o| o.state == Sent), "{outcomes:?}");

    let mut received: Vec<Vec<u8>> = std::fs::read_dir(&*folder)
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .filter(|dump| !dump.is_empty())
        .collect();
    let mut sent: Vec<Vec<u8>> = (0..3).map(|nth| without_cr(&outbox.bytes(nth))).collect();
    // smtp-sink precedes each message with lines of its own (X-…, Received) and keeps a line end after it.
    for dump in &mut received {
        let plain = without_cr(dump);
        let start = plain.windows(6).position(|w| w == b"\nFrom:").map_or(0, |p| p + 1);
        *dump = plain[start..].trim_ascii_end().to_vec();
    }
    for mail in &mut sent {
        *mail = mail.trim_ascii_end().to_vec();
    }
    received.sort();
    sent.sort();
    assert_eq!(received.len(), 3);
    assert!(
        received == sent,
        "{}\n=====\n{}",
        String::from_utf8_lossy(&received[0]),
        String::from_utf8_lossy(&sent[0])
    );
}

/// Ends a program with the test, however that ends.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn without_cr(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|b| *b != b'\r').collect()
}

// The archive

#[test]
fn an_edition_is_complete_and_numbered() {
    let store = Scratch::new("archive");
    let ledger = Ledger::open(&store).unwrap();
    let (review, rendered) = (review(), rendered());
    let extra = [("config/bizreview.toml".to_owned(), b"[company]".to_vec())];
    let files = EditionFiles { review: &review, rendered: &rendered, extra: &extra };
    let run = ledger.start_run("manual", now()).unwrap();
    for number in 1..=2 {
        let edition = publish(&store, &ledger, &files, run, now()).unwrap();
        assert_eq!(edition.number, number);
        assert_eq!(edition.path, store.join(format!("archive/support/2026-W47/{number}")));
        let names: Vec<String> =
            ledger.edition_files(edition.edition_id).unwrap().into_iter().map(|f| f.name).collect();
        let expected = [
            "charts/sla.png",
            "charts/sla2.png",
            "config/bizreview.toml",
            "email.html",
            "email.txt",
            "index.html",
            "report.json",
        ];
        assert_eq!(names, expected);
        assert!(names.iter().all(|name| edition.path.join(name).is_file()));
        let html = std::fs::read_to_string(edition.path.join("email.html")).unwrap();
        assert!(html.contains("\"charts/sla.png\"") && html.contains("\"charts/sla2.png\""), "{html}");
    }
    let index = std::fs::read_to_string(store.join("archive/index.html")).unwrap();
    assert!(index.contains("support/2026-W47/2/index.html"));
    assert_eq!(ledger.editions(Some("support")).unwrap().len(), 2);
}

#[test]
fn nothing_half_written_is_left() {
    let store = Scratch::new("archive");
    let ledger = Ledger::open(&store).unwrap();
    let (review, rendered) = (review(), rendered());
    let run = ledger.start_run("manual", now()).unwrap();
    // `charts` as a file, then as a folder: writing fails in the middle of the edition.
    let extra = [("notes".to_owned(), vec![1]), ("notes/more".to_owned(), vec![2])];
    let files = EditionFiles { review: &review, rendered: &rendered, extra: &extra };
    let error = format!("{:#}", publish(&store, &ledger, &files, run, now()).unwrap_err());
    assert!(error.contains("was not published"), "{error}");
    let folder = store.join("archive/support/2026-W47");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert!(ledger.editions(None).unwrap().is_empty());

    // What a killed publisher left is swept, listed or not yet renamed.
    std::fs::create_dir_all(folder.join(".tmp-1/charts")).unwrap();
    let half = store.join("archive/.index.html.1.tmp");
    std::fs::write(&half, "<ul>").unwrap();
    std::fs::create_dir_all(folder.join("1")).unwrap();
    std::fs::write(folder.join("1/half"), "x").unwrap();
    let edition = published(&store, &ledger);
    assert_eq!(edition.number, 1);
    assert!(!folder.join(".tmp-1").exists() && !folder.join("1/half").exists() && !half.exists());
}

#[test]
fn an_unwritable_archive_is_an_error_and_nothing_else() {
    let store = Scratch::new("archive");
    let ledger = Ledger::open(&store).unwrap();
    std::fs::write(store.join("archive"), "a file where the folder should be").unwrap();
    let (review, rendered) = (review(), rendered());
    let files = EditionFiles { review: &review, rendered: &rendered, extra: &[] };
    let error = format!("{:#}", publish(&store, &ledger, &files, 1, now()).unwrap_err());
    assert!(error.contains("archive"), "{error}");
    assert!(ledger.editions(None).unwrap().is_empty());
}

#[test]
fn names_that_leave_the_edition_are_refused() {
    let store = Scratch::new("archive");
    let ledger = Ledger::open(&store).unwrap();
    let (review, rendered) = (review(), rendered());
    for name in ["../x", "/etc/x", "a/../../x", "", "a//b", ".hidden", "a\\b", "index.html"] {
        let extra = [(name.to_owned(), vec![1])];
        let files = EditionFiles { review: &review, rendered: &rendered, extra: &extra };
        publish(&store, &ledger, &files, 1, now()).unwrap_err();
    }
    assert!(ledger.editions(None).unwrap().is_empty());
}

#[test]
fn the_default_transport_is_a_folder_beside_the_configuration() {
    let transport = Transport::open(&config(&["ann@acme.example"]), &Secrets::default()).unwrap();
    assert_eq!(transport.label(), "dir:/conf/outbox");
}
