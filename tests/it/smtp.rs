//! Mail servers with every fault there is: what becomes of each mail, after how many attempts, and what the operator reads.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bizreview::config::{Config, Secrets};
use bizreview::deliver::outbox::{enqueue, send_pending};
use bizreview::deliver::smtp::{Security, SmtpSettings, Timeouts};
use bizreview::deliver::transport::Transport;
use bizreview::ledger::Ledger;
use bizreview::ledger::deliveries::DeliveryState::{self, Failed, Pending, Sent, Uncertain};
use bizreview::review::edition::{Attachment, DataFile, Enclose, Rendered};
use jiff::{SignedDuration, Timestamp};
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::company::{Killed, free_port, soon};
use crate::support::mail::{Act, Rule, Server, config, letter, now, published, rendered, smtp};
use crate::support::scratch::Scratch;
use crate::support::tls::{Authority, TlsServer, self_signed};

const SOON: Duration = Duration::from_millis(300);

/// A server on loopback, reached with little patience.
fn hasty(port: u16) -> SmtpSettings {
    let Transport::Smtp(mut settings) = smtp(port) else { unreachable!() };
    settings.timeouts = Timeouts { connect: SOON, greeting: SOON, command: SOON, data: SOON, final_dot: SOON };
    settings
}

/// An edition's mail to some readers.
struct Outbox {
    ledger: Ledger,
    edition_id: i64,
    _scratch: Scratch,
}

impl Outbox {
    fn new(to: &[&str], rendered: &Rendered, transport: &Transport) -> Outbox {
        let scratch = Scratch::new("smtp");
        let ledger = Ledger::open(&scratch).unwrap();
        let edition = published(&scratch, &ledger);
        enqueue(&ledger, &letter(&config(to), &edition, rendered), transport, now()).unwrap();
        Outbox { ledger, edition_id: edition.edition_id, _scratch: scratch }
    }

    async fn send(&self, transport: &Transport, minutes: i64) {
        let at = now() + SignedDuration::from_mins(minutes);
        send_pending(&self.ledger, transport, &[self.edition_id], at).await.unwrap();
    }

    fn states(&self) -> Vec<DeliveryState> {
        self.ledger.deliveries(self.edition_id).unwrap().iter().map(|row| row.state).collect()
    }

    fn reason(&self, nth: usize) -> String {
        self.ledger.deliveries(self.edition_id).unwrap()[nth].response.clone().unwrap_or_default()
    }
}

fn readers(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("reader{n}@acme.example")).collect()
}

async fn outcome(transport: &Transport, to: &[String], rendered: &Rendered) -> Outbox {
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let outbox = Outbox::new(&to, rendered, transport);
    outbox.send(transport, 0).await;
    outbox
}

/// What a fault is to leave: states, attempts and, of the first mail that is not sent, a part of the reason.
struct Fault {
    name: &'static str,
    rules: Vec<Rule>,
    readers: usize,
    states: Vec<DeliveryState>,
    attempts: Vec<u32>,
    reason: &'static str,
    /// Bytes of a picture that makes the message too large for any buffer on the way.
    bulk: usize,
}

fn fault(
    name: &'static str,
    rules: Vec<Rule>,
    states: &[DeliveryState],
    attempts: &[u32],
    reason: &'static str,
) -> Fault {
    let (states, attempts) = (states.to_vec(), attempts.to_vec());
    Fault { name, rules, readers: states.len(), states, attempts, reason, bulk: 0 }
}

fn always(command: &'static str, act: Act) -> Vec<Rule> {
    (0..99).map(|nth| (command, nth, act.clone())).collect()
}

fn faults() -> Vec<Fault> {
    let mut all = vec![
        fault("greylists", vec![("RCPT", 0, Act::Say("451 4.7.1 try later"))], &[Pending, Sent], &[1, 1], "451 4.7.1"),
        fault("hangs at the greeting", always("CONNECT", Act::Hang), &[Pending], &[1], "no answer within"),
        fault("hangs at EHLO", always("EHLO", Act::Hang), &[Pending], &[1], "no answer within"),
        fault("hangs at MAIL", always("MAIL", Act::Hang), &[Pending], &[1], "MAIL: no answer within"),
        fault("hangs at RCPT", always("RCPT", Act::Hang), &[Pending], &[1], "RCPT: no answer within"),
        fault("hangs at DATA", always("DATA", Act::Hang), &[Pending], &[1], "DATA: no answer within"),
        fault("hangs after the dot", vec![(".", 0, Act::Hang)], &[Uncertain, Sent], &[1, 1], "no answer within"),
        fault("drops before DATA, once", vec![("DATA", 0, Act::HangUp)], &[Sent, Sent], &[1, 1], ""),
        fault("drops before DATA, always", always("DATA", Act::HangUp), &[Pending], &[1], "DATA"),
        fault("drops after the dot", vec![(".", 0, Act::HangUp)], &[Uncertain, Sent], &[1, 1], "the server hung up"),
        fault("refuses at the dot", vec![(".", 0, Act::Say("554 5.6.0 no"))], &[Failed, Sent], &[1, 1], "554 5.6.0 no"),
        fault(
            "greets with garbage",
            always("CONNECT", Act::Say("SSH-2.0-OpenSSH_9.9")),
            &[Pending],
            &[1],
            "cannot use",
        ),
        fault("greets with 554", always("CONNECT", Act::Say("554 no service")), &[Pending], &[1], "554 no service"),
        fault("says 421 at MAIL, once", vec![("MAIL", 1, Act::SayAndHangUp("421 busy"))], &[Sent; 3], &[1; 3], ""),
        fault("says 421 at MAIL, always", always("MAIL", Act::SayAndHangUp("421 busy")), &[Pending], &[1], "421 busy"),
        fault(
            "says 421 at the dot",
            vec![(".", 0, Act::SayAndHangUp("421 busy"))],
            &[Pending, Sent],
            &[1, 1],
            "421 busy",
        ),
        fault("closes after each mail", always(".", Act::SayAndHangUp("250 ok")), &[Sent; 10], &[1; 10], ""),
        fault("breaks for everybody", always("RCPT", Act::HangUp), &[Pending; 6], &[1; 6], "RCPT"),
    ];
    let mut tenth =
        fault("5xx for one of ten", vec![("RCPT", 4, Act::Say("550 5.1.1 nobody"))], &[Sent; 10], &[1; 10], "550");
    tenth.states[4] = Failed;
    all.push(tenth);
    let mut middle = fault("drops in the message, once", vec![("BODY", 0, Act::HangUp)], &[Sent], &[2], "");
    middle.bulk = 12_000_000;
    all.push(middle);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_leaves_each_mail_in_a_known_state() {
    println!("{:<28} {:<28} {:<12} {:>6}  what the operator reads", "fault", "mails", "attempts", "ms");
    for fault in faults() {
        let server = Server::start(fault.rules).await;
        let mut rendered = rendered();
        if fault.bulk > 0 {
            rendered.images[0].png = vec![7; fault.bulk];
        }
        let started = Instant::now();
        let transport = Transport::Smtp(SmtpSettings {
            timeouts: Timeouts {
                final_dot: if fault.bulk > 0 { Duration::from_secs(10) } else { SOON },
                ..hasty(1).timeouts
            },
            ..hasty(server.port)
        });
        let outbox = outcome(&transport, &readers(fault.readers), &rendered).await;
        let took = started.elapsed();
        let rows = outbox.ledger.deliveries(outbox.edition_id).unwrap();
        let attempts: Vec<u32> = rows.iter().map(|row| row.attempts).collect();
        let reason = rows.iter().find(|row| row.state != Sent).and_then(|row| row.response.clone()).unwrap_or_default();
        let counted = |state: DeliveryState| {
            let count = rows.iter().filter(|row| row.state == state).count();
            (count > 0).then(|| format!("{count} {}", state.as_str()))
        };
        let mails: Vec<String> = [Sent, Pending, Failed, Uncertain].into_iter().filter_map(counted).collect();
        println!("{:<28} {:<28} {attempts:<12?} {:>6}  {reason}", fault.name, mails.join(", "), took.as_millis());
        assert_eq!(outbox.states(), fault.states, "{}: {rows:#?}", fault.name);
        assert_eq!(attempts, fault.attempts, "{}", fault.name);
        assert!(
            reason.contains(fault.reason) && reason.is_empty() == fault.reason.is_empty(),
            "{}: {reason}",
            fault.name
        );
        assert!(took < Duration::from_secs(8), "{}: {took:?}", fault.name);
        // what the server has, it has once, and nobody is told it has what it has not
        let mut accepted: Vec<String> = server.accepted().into_iter().map(|(to, _)| to).collect();
        accepted.sort();
        let mut sent: Vec<String> = rows.iter().filter(|r| r.state == Sent).map(|r| r.recipient.clone()).collect();
        sent.sort();
        assert_eq!(accepted, sent, "{}", fault.name);
    }
}

/// The same of a server that is not ours: postfix's smtp-sink.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_servers_faults_leave_the_same() {
    const SINK: &str = "/usr/sbin/smtp-sink";
    if !std::path::Path::new(SINK).exists() {
        println!("skipped: {SINK} is missing (Debian package postfix)");
        return;
    }
    for (flag, command, state) in [
        ("-r", "RCPT", Pending),
        ("-f", "RCPT", Failed),
        ("-r", ".", Pending),
        ("-f", ".", Failed),
        ("-q", "CONNECT", Pending),
        ("-q", "DATA", Pending),
        ("-q", ".", Uncertain),
        ("-c", "", Sent),
    ] {
        let port = free_port();
        let mut sink = std::process::Command::new(SINK);
        if std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
            sink.args(["-u", "root"]);
        }
        sink.arg(flag).args((!command.is_empty()).then_some(command)).args([&format!("127.0.0.1:{port}"), "10"]);
        sink.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let _sink = Killed(sink.spawn().unwrap());
        assert!(soon(5, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()), "smtp-sink does not listen");
        let Transport::Smtp(settings) = smtp(port) else { unreachable!() };
        let outbox = outcome(&Transport::Smtp(settings), &readers(2), &rendered()).await;
        println!("smtp-sink {flag} {command}: {:?} {}", outbox.states(), outbox.reason(0));
        assert_eq!(outbox.states(), [state, state], "{flag} {command}: {}", outbox.reason(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for settings in [hasty(port), SmtpSettings { host: "host.invalid".into(), ..hasty(25) }] {
        let transport = Transport::Smtp(settings);
        let outbox = outcome(&transport, &readers(3), &rendered()).await;
        assert_eq!(outbox.states(), [Pending; 3]);
        println!("{}: {}", transport.label(), outbox.reason(0));
        assert!(outbox.reason(2).contains("cannot use the mail server"), "{}", outbox.reason(2));
    }
    // and gets it once it is there
    let outbox = outcome(&Transport::Smtp(hasty(port)), &readers(2), &rendered()).await;
    let server = Server::on(port).await;
    outbox.send(&Transport::Smtp(hasty(port)), 1).await;
    assert_eq!((outbox.states(), server.connections()), (vec![Sent, Sent], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_breaks_again_and_again_is_left_alone_for_this_time() {
    let server = Server::start(always(".", Act::HangUp)).await;
    let transport = Transport::Smtp(hasty(server.port));
    let outbox = outcome(&transport, &readers(6), &rendered()).await;
    assert_eq!(outbox.states(), [Uncertain, Uncertain, Uncertain, Pending, Pending, Pending]);
    assert!(outbox.reason(5).contains("broke off 3 times in a row"), "{}", outbox.reason(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_spaced_out_and_end() {
    let server = Server::start(always("MAIL", Act::Say("451 4.3.0 not today"))).await;
    let transport = Transport::Smtp(hasty(server.port));
    let outbox = outcome(&transport, &readers(1), &rendered()).await;
    let (mut at, mut pauses) = (0, Vec::new());
    while let Some(next) = outbox.ledger.deliveries(outbox.edition_id).unwrap()[0].next_attempt_at.clone() {
        let next: Timestamp = next.parse().unwrap();
        let minutes = next.duration_since(now()).as_mins();
        outbox.send(&transport, minutes - 1).await;
        pauses.push(minutes - at);
        at = minutes;
        outbox.send(&transport, at).await;
    }
    assert_eq!(pauses, [1, 5, 15, 30, 60, 120, 240, 480, 600, 600]);
    assert_eq!(outbox.states(), [Failed]);
    let tried = server.commands().iter().filter(|c| c.starts_with("MAIL")).count();
    assert_eq!(tried, pauses.len() + 1, "never before its time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_readers_are_served_over_one_connection() {
    let server = Server::start(vec![]).await;
    let Transport::Smtp(settings) = smtp(server.port) else { unreachable!() };
    let started = Instant::now();
    let outbox = outcome(&Transport::Smtp(settings), &readers(1000), &rendered()).await;
    let took = started.elapsed();
    assert_eq!((server.connections(), server.accepted().len()), (1, 1000));
    assert!(outbox.states().iter().all(|state| *state == Sent));
    println!("1000 readers: {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// A workbook of this size goes along.
fn heavy(bytes: usize) -> Rendered {
    let mut rendered = rendered();
    rendered.data.push(DataFile { name: "data.xlsx".into(), bytes: vec![5; bytes], is_attached: false });
    let enclose = Enclose { kinds: vec![Attachment::Xlsx], limit: 30_000_000 };
    enclose.choose(&mut rendered.data);
    rendered
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_attachment_goes_through_where_the_server_takes_it() {
    let rendered = heavy(20_000_000);
    let patient = |port| {
        let Transport::Smtp(mut settings) = smtp(port) else { unreachable!() };
        settings.timeouts.final_dot = Duration::from_mins(1);
        Transport::Smtp(settings)
    };
    for extensions in ["SIZE 52428800\r\n250 8BITMIME", "SIZE\r\n250 8BITMIME", "SIZE 0\r\n250 8BITMIME"] {
        let server = Server::offering(extensions, vec![]).await;
        let transport = patient(server.port);
        let outbox = outcome(&transport, &readers(1), &rendered).await;
        assert_eq!(outbox.states(), [Sent], "{}", outbox.reason(0));
        let row = &outbox.ledger.deliveries(outbox.edition_id).unwrap()[0];
        let bytes = outbox.ledger.delivery_bytes(row.delivery_id).unwrap().unwrap();
        assert!(server.accepted()[0].1 == bytes, "byte for byte");
        assert!(
            server.commands().iter().any(|c| c.ends_with(&format!("SIZE={}", bytes.len()))),
            "{:?}",
            server.commands()
        );
    }
    let server = Server::offering("SIZE 10240000\r\n250 8BITMIME", vec![]).await;
    let transport = patient(server.port);
    let outbox = outcome(&transport, &readers(1), &rendered).await;
    assert_eq!(outbox.states(), [Failed]);
    assert!(outbox.reason(0).contains("MB and the server takes 10.2 MB at most (SIZE)"), "{}", outbox.reason(0));
    assert!(outbox.reason(0).contains("attachment_limit"), "{}", outbox.reason(0));
    assert!(!server.commands().iter().any(|c| c.starts_with("MAIL") || c.starts_with("DATA")), "nothing was begun");
    // above the report's own limit it stays beside the page
    let mut data = vec![DataFile { name: "data.xlsx".into(), bytes: vec![5; 20_000_000], is_attached: false }];
    Enclose { kinds: vec![Attachment::Xlsx], limit: 5_000_000 }.choose(&mut data);
    assert!(!data[0].is_attached);
}

// TLS

#[tokio::test(flavor = "multi_thread")]
async fn only_a_right_certificate_gets_mail() {
    let (authority, other) = (Authority::new("acme"), Authority::new("other"));
    for security in [Security::StartTls, Security::Tls] {
        for (name, shown, reason) in [
            ("right", authority.certificate("localhost"), ""),
            ("another name's", authority.certificate("mail.elsewhere.example"), "not valid for name"),
            ("expired", authority.expired("localhost"), "expired"),
            ("self-signed", self_signed("localhost", "nobody but itself"), "[mail] root_certificate"),
            ("another authority's", other.certificate("localhost"), "[mail] root_certificate"),
        ] {
            let server = TlsServer::start(shown, security == Security::Tls);
            let transport = Transport::Smtp(SmtpSettings {
                host: "localhost".into(),
                security,
                root_certificate: Some(authority.pem.clone().into_bytes()),
                credentials: None,
                ..patient_settings(server.port)
            });
            let outbox = outcome(&transport, &readers(2), &rendered()).await;
            println!("{security:?}, {name}: {:?} {}", outbox.states(), outbox.reason(0));
            if reason.is_empty() {
                assert_eq!((outbox.states(), server.accepted()), (vec![Sent, Sent], 2));
                continue;
            }
            assert_eq!((outbox.states(), server.accepted()), (vec![Pending, Pending], 0), "{name}");
            let said = outbox.reason(0).to_lowercase();
            assert!(said.contains(&reason.to_lowercase()), "{name}: {said}");
            assert!(!server.commands().iter().any(|c| c.starts_with("MAIL") || c.starts_with("AUTH")), "{name}");
        }
    }
}

fn patient_settings(port: u16) -> SmtpSettings {
    let Transport::Smtp(mut settings) = smtp(port) else { unreachable!() };
    settings.timeouts.greeting = Duration::from_secs(5);
    settings.timeouts.connect = Duration::from_secs(5);
    settings
}

/// `[mail]` with these lines, below a folder.
fn written(folder: &Scratch, mail: &str) -> Config {
    let text = format!(
        "[company]\nname = \"x\"\ntimezone = \"UTC\"\ncurrency = \"EUR\"\n[store]\npath = \"s\"\n\
         [mail]\nfrom = \"r@acme.example\"\n{mail}"
    );
    Config::parse(&text, folder).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_is_named_by_its_file() {
    let (folder, authority) = (Scratch::new("root"), Authority::new("acme"));
    std::fs::write(folder.join("root.pem"), &authority.pem).unwrap();
    let server = TlsServer::start(authority.certificate("localhost"), true);
    let address = format!("transport = \"smtps://localhost:{}\"\n", server.port);
    let open = |mail: &str| Transport::open(&written(&folder, &format!("{address}{mail}")), &Secrets::default());
    let error = format!("{:#}", open("").unwrap().greet().await.unwrap_err());
    assert!(error.contains("UnknownIssuer") && error.contains("[mail] root_certificate"), "{error}");
    open("root_certificate = \"root.pem\"").unwrap().greet().await.unwrap();
    std::fs::write(folder.join("empty.pem"), "nothing\n").unwrap();
    for (file, part) in [("missing.pem", "missing.pem"), ("empty.pem", "no certificate in PEM")] {
        let error = format!("{:#}", open(&format!("root_certificate = \"{file}\"")).unwrap_err());
        assert!(error.contains("[mail] root_certificate") && error.contains(part), "{error}");
    }
}

// XOAUTH2

const OFFERS: &str = "AUTH PLAIN XOAUTH2\r\n250 8BITMIME";

/// The string of the n-th AUTH command.
fn shown(server: &Server, nth: usize) -> String {
    let commands = server.commands();
    let line = commands.iter().filter_map(|c| c.strip_prefix("AUTH XOAUTH2 ")).nth(nth).map(str::to_owned);
    let line = line.unwrap_or_else(|| panic!("{commands:?}"));
    String::from_utf8(STANDARD.decode(line).unwrap()).unwrap()
}

fn with_oauth(folder: &Scratch, port: u16, tokens: &MockServer, more: &str) -> anyhow::Result<Transport> {
    let secrets = Secrets::default().with("CLIENT", "hush-client").with("REFRESH", "hush-refresh");
    let mail = format!(
        "transport = \"smtp://127.0.0.1:{port}\"\n[mail.oauth]\ntoken_url = \"{}/token\"\nclient_id = \"app\"\n\
         user = \"reviews@acme.example\"\n{more}",
        tokens.uri()
    );
    Transport::open(&written(folder, &mail), &secrets)
}

const CLIENT: &str = "client_secret = { env = \"CLIENT\" }\nscope = \"https://outlook.office365.com/.default\"";

fn token(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(serde_json::json!({ "access_token": text, "expires_in": 3600, "token_type": "Bearer" }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signs_in_and_is_kept_for_the_next_connection() {
    let (folder, tokens) = (Scratch::new("oauth"), MockServer::start().await);
    let asked = Mock::given(method("POST")).and(path("/token"));
    asked
        .and(body_string_contains("grant_type=client_credentials"))
        .and(body_string_contains("client_secret=hush-client"))
        .and(body_string_contains("scope=https%3A%2F%2Foutlook.office365.com%2F.default"))
        .respond_with(token("first"))
        .expect(1)
        .mount(&tokens)
        .await;
    let server = Server::offering(OFFERS, always(".", Act::SayAndHangUp("250 ok"))).await;
    let transport = with_oauth(&folder, server.port, &tokens, CLIENT).unwrap();
    let outbox = outcome(&transport, &readers(3), &rendered()).await;
    assert_eq!((outbox.states(), server.connections()), (vec![Sent; 3], 3), "{}", outbox.reason(0));
    for nth in 0..3 {
        assert_eq!(shown(&server, nth), "user=reviews@acme.example\u{1}auth=Bearer first\u{1}\u{1}");
    }
    let printed = format!("{transport:?}");
    assert!(!printed.contains("hush") && !printed.contains("first"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_exchanged() {
    let (folder, tokens) = (Scratch::new("oauth"), MockServer::start().await);
    Mock::given(method("POST"))
        .and(body_string_contains("grant_type=refresh_token"))
        .and(body_string_contains("refresh_token=hush-refresh"))
        .respond_with(token("mine"))
        .expect(1)
        .mount(&tokens)
        .await;
    let server = Server::offering(OFFERS, vec![]).await;
    let transport = with_oauth(&folder, server.port, &tokens, "refresh_token = { env = \"REFRESH\" }").unwrap();
    transport.greet().await.unwrap();
    assert!(shown(&server, 0).contains("Bearer mine"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_that_was_kept_is_renewed_once() {
    let (folder, tokens) = (Scratch::new("oauth"), MockServer::start().await);
    Mock::given(method("POST")).respond_with(token("old")).up_to_n_times(1).mount(&tokens).await;
    Mock::given(method("POST")).respond_with(token("new")).mount(&tokens).await;
    let why: &'static str = format!("334 {}", STANDARD.encode("{\"status\":\"401\",\"schemes\":\"bearer\"}")).leak();
    let refusal = Act::Challenge(why, "535 5.7.8 not accepted");
    // the second connection's first sign-in is refused: the token was revoked meanwhile
    let rules = vec![(".", 0, Act::SayAndHangUp("250 ok")), ("AUTH", 1, refusal.clone())];
    let server = Server::offering(OFFERS, rules).await;
    let transport = with_oauth(&folder, server.port, &tokens, CLIENT).unwrap();
    let outbox = outcome(&transport, &readers(2), &rendered()).await;
    assert_eq!(outbox.states(), [Sent, Sent], "{}", outbox.reason(1));
    assert!(shown(&server, 1).contains("Bearer old") && shown(&server, 2).contains("Bearer new"));
    assert!(server.commands().contains(&"answer \"\"".to_owned()), "the challenge is answered with nothing");

    // a fresh one that is refused is refused
    let server = Server::offering(OFFERS, always("AUTH", refusal)).await;
    let transport = with_oauth(&folder, server.port, &tokens, CLIENT).unwrap();
    let outbox = outcome(&transport, &readers(2), &rendered()).await;
    assert_eq!(outbox.states(), [Pending, Pending]);
    let reason = outbox.reason(0);
    println!("{reason}");
    assert!(reason.contains("signing in") && reason.contains("535 5.7.8 not accepted (status 401)"), "{reason}");
    assert_eq!(server.commands().iter().filter(|c| c.starts_with("AUTH")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_tokens_is_said_without_them() {
    let folder = Scratch::new("oauth");
    let large = "x".repeat(100_000);
    for (answer, part) in [
        (
            ResponseTemplate::new(401).set_body_json(serde_json::json!({
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret hush-client provided.\r\nTrace ID: 1"
            })),
            "invalid_client AADSTS7000215: Invalid client secret *** provided.",
        ),
        (ResponseTemplate::new(503).set_body_string("<html>"), "503"),
        (ResponseTemplate::new(200).set_body_json(serde_json::json!({})), "without an access_token"),
        (ResponseTemplate::new(200).set_body_string(large), "longer than any token"),
        (ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/"), "302"),
    ] {
        let tokens = MockServer::start().await;
        Mock::given(method("POST")).respond_with(answer).mount(&tokens).await;
        let server = Server::offering(OFFERS, vec![]).await;
        let transport = with_oauth(&folder, server.port, &tokens, CLIENT).unwrap();
        let outbox = outcome(&transport, &readers(1), &rendered()).await;
        let reason = outbox.reason(0);
        assert_eq!(outbox.states(), [Pending], "{reason}");
        assert!(reason.contains(part) && !reason.contains("hush"), "{reason}");
        assert!(!server.commands().iter().any(|c| c.starts_with("AUTH") || c.starts_with("MAIL")));
    }
    // a server without it, and settings that cannot be
    let tokens = MockServer::start().await;
    let server = Server::offering("AUTH PLAIN LOGIN\r\n250 8BITMIME", vec![]).await;
    let transport = with_oauth(&folder, server.port, &tokens, CLIENT).unwrap();
    let error = format!("{:#}", transport.greet().await.unwrap_err());
    assert!(error.contains("does not offer XOAUTH2"), "{error}");
    let oauth = |url: &str, more: &str| {
        let mail = format!(
            "transport = \"smtp://mail.example\"\n{more}\n[mail.oauth]\ntoken_url = \"{url}\"\nclient_id = \"app\"\nuser = \"u\"\n\
             client_secret = {{ env = \"CLIENT\" }}"
        );
        let secrets = Secrets::default().with("CLIENT", "hush-client");
        format!("{:#}", Transport::open(&written(&folder, &mail), &secrets).unwrap_err())
    };
    assert!(oauth("http://login.example/token", "").contains("must be https"));
    assert!(
        oauth("https://login.example/token", "username = \"u\"\npassword = { env = \"CLIENT\" }").contains("exclude")
    );
    let error = with_oauth(&folder, 1, &tokens, "").unwrap_err();
    assert!(format!("{error:#}").contains("client_secret is missing"), "{error:#}");
}
