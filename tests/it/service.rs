//! The service as a process: what it does at which moment, how it is told, and what it refuses to start with.

use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use bizreview::ledger::Ledger;
use bizreview::ledger::occurrences::OccurrenceState::{self, Done, Failed, Missed, Started};

use crate::support::company::{Desk, free_port};
use crate::support::mail::Server;

const ANN: &str = "ann@northwind-reports.example";

/// `bizreview serve` of a desk, from a moment on.
struct Served {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Served {
    fn start(desk: &Desk, now: &str, notify: Option<&std::path::Path>) -> Served {
        let port = free_port();
        let mut command = desk.command(&["-v", "serve", "--bind", &format!("127.0.0.1:{port}")]);
        let log = desk.join("serve.log");
        command.env("BIZREVIEW_NOW", now).stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap());
        if let Some(socket) = notify {
            command.env("NOTIFY_SOCKET", socket);
        }
        let served = Served { child: command.spawn().unwrap(), port, log };
        Served::wait("a port", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        served
    }

    #[track_caller]
    fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
        let patience = Instant::now() + Duration::from_mins(1);
        while !is_so() {
            assert!(Instant::now() < patience, "no {what} after a minute");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it has said so far.
    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// SIGTERM; what it said, once it has ended well.
    fn stop(mut self) -> String {
        let asked = Instant::now();
        self.signal("-TERM");
        let status = self.child.wait().unwrap();
        let said = self.said();
        assert!(status.success(), "{status}: {said}");
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        said
    }
}

/// Phases of the operations review in a state, with their promised moments.
fn recorded(desk: &Desk, state: OccurrenceState) -> Vec<(&'static str, String)> {
    let ledger = Ledger::open(&desk.join("store")).unwrap();
    let rows = ledger.occurrences(state).unwrap();
    rows.into_iter().filter(|o| o.report == "operations").map(|o| (o.phase.as_str(), o.due_at.to_string())).collect()
}

/// Serves from `now` until a phase is recorded in a state.
fn serve_until(desk: &Desk, now: &str, state: OccurrenceState, phase: &(&str, String)) -> String {
    let served = Served::start(desk, now, None);
    Served::wait(phase.0, || recorded(desk, state).contains(phase));
    // what is begun at once is begun by now
    std::thread::sleep(Duration::from_millis(300));
    served.stop()
}

/// The operations review alone, on Tuesdays, to one reader, its owner asked on Mondays.
fn weekly(server: &Server) -> Desk {
    let desk = Desk::pulled()
        .edit("dir:outbox", &format!("smtp://127.0.0.1:{}", server.port))
        .edit("team = \"operations\"\nto = [\"operations@northwind-reports.example\"]\ncron = \"0 8 * * MON\"", &format!(
            "team = \"operations\"\nto = [\"{ANN}\"]\ncron = \"0 8 * * TUE\"\ndraft_before = \"1d\"\npull_before = \"1h\""
        ));
    // no other report is due
    let text = desk.read("bizreview.toml");
    let kept: Vec<&str> = text
        .lines()
        .filter(|l| {
            !(l.starts_with("cron = \"0 8 * * MON\"") || l.starts_with("cron = \"0 8 * * TUE\"              #"))
        })
        .collect();
    let desk = desk.write("bizreview.toml", &kept.join("\n"));
    // nobody was ever sent it: its first mail would wait for the operator's word
    desk.run(&["approve", "operations"]).exits(0).prints(&["approved: operations to "]);
    desk
}

/// What the reader got; the operator is told things besides.
fn mails_to_ann(server: &Server) -> Vec<Vec<u8>> {
    server.accepted().into_iter().filter(|(to, _)| to == ANN).map(|(_, mail)| mail).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_asked_about_held_for_a_late_source_sent_and_followed_up() {
    let server = Server::start(vec![]).await;
    tokio::task::block_in_place(|| {
        let desk = weekly(&server).write("files/commitments.csv", &crate::correct::promises(10));
        Served::start(&desk, "2026-11-15T12:00:00Z", None).stop();

        serve_until(&desk, "2026-11-16T07:00:10Z", Done, &("draft", "2026-11-17T07:00:00Z".into()));
        let asked = mails_to_ann(&server).len();
        assert!(asked > 0, "owners are asked a day before, at eight");
        serve_until(&desk, "2026-11-17T07:00:05Z", Done, &("send", "2026-11-17T07:00:00Z".into()));
        let first = "2026-11-17T07:00:00Z".to_owned();
        assert_eq!(recorded(&desk, Done), [("draft", first.clone()), ("send", first.clone())]);
        assert_eq!(mails_to_ann(&server).len(), asked + 1);

        // a week later the status page cannot be reached in the morning
        let text = desk.read("bizreview.toml");
        let mut addresses = text.lines().filter_map(|l| l.split_once("base_url = \"")?.1.split('"').next());
        let address = addresses.find(|a| a.ends_with("/statuspage")).unwrap().to_owned();
        let closed = address.replace("/statuspage", "/nowhere");
        let desk = desk.edit(&address, &closed);
        let promised = ("send", "2026-11-24T07:00:00Z".to_owned());
        let served = Served::start(&desk, "2026-11-24T07:00:05Z", None);
        Served::wait("hold", || served.said().contains("waits"));
        assert!(recorded(&desk, Started).contains(&promised));
        let said = served.stop();
        assert!(said.contains("why=\"status "), "{said}");
        assert_eq!(mails_to_ann(&server).len(), asked + 1, "nobody is sent half a review within the deadline");

        let said = serve_until(&desk, "2026-11-24T08:00:05Z", Done, &promised);
        assert!(said.contains("taking up what was interrupted"), "{said}");
        let mails = mails_to_ann(&server);
        assert_eq!(mails.len(), asked + 2);
        let mail = String::from_utf8_lossy(&mails[asked + 1]).replace("=\r\n", "");
        assert!(mail.contains("rovisional"), "{mail}");

        // it is back: a day later its reader is told what is complete now, once
        let desk = desk.edit(&closed, &address);
        serve_until(&desk, "2026-11-25T07:00:05Z", Done, &("correct", "2026-11-25T07:00:00Z".into()));
        let mails = mails_to_ann(&server);
        assert_eq!(mails.len(), asked + 3, "{:?}", recorded(&desk, Failed));
        assert!(String::from_utf8_lossy(&mails[asked + 2]).contains("Subject: Re: "));
        serve_until(&desk, "2026-11-27T07:00:05Z", Done, &("correct", "2026-11-27T07:00:00Z".into()));
        assert_eq!(mails_to_ann(&server).len(), asked + 3);

        // weeks asleep: the last one is late, but not too late; the others are told
        serve_until(&desk, "2026-12-15T12:00:00Z", Done, &("send", "2026-12-15T07:00:00Z".into()));
        let missed = ["2026-12-01T07:00:00Z", "2026-12-08T07:00:00Z"].map(|at| ("send", at.to_owned()));
        assert_eq!(recorded(&desk, Missed), missed);
    });
}

#[test]
fn a_configuration_with_a_mistake_is_refused_while_running_and_the_old_one_stays() {
    let desk = Desk::pulled();
    let good = desk.read("bizreview.toml");
    let socket = desk.join("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let told = |part: &str| {
        let mut buffer = [0; 4096];
        loop {
            let length =
                systemd.recv(&mut buffer).unwrap_or_else(|error| panic!("systemd is not told {part}: {error}"));
            if String::from_utf8_lossy(&buffer[..length]).contains(part) {
                return;
            }
        }
    };
    let served = Served::start(&desk, "2026-11-15T12:00:00Z", Some(&socket));
    told("READY=1");
    told("WATCHDOG=1");
    let desk = desk.write("bizreview.toml", "{ nonsense");
    served.signal("-HUP");
    told("RELOADING=1");
    told("refused");
    let operator = "[operator]                        # told when something fails; `serve` needs it\nemail = \"operations@northwind-reports.example\"";
    assert!(good.contains(operator));
    let desk = desk.write("bizreview.toml", &good.replace(operator, ""));
    served.signal("-HUP");
    told("refused");
    let desk = desk.write("bizreview.toml", &good.replace("0 8 * * TUE", "0 9 * * WED"));
    served.signal("-HUP");
    told("was read again");
    assert!(TcpStream::connect(("127.0.0.1", served.port)).is_ok());
    let said = served.stop();
    told("STOPPING=1");
    assert!(said.contains("the new configuration is refused; the old one stays in force"), "{said}");
    assert!(said.contains("the new configuration is in force"), "{said}");
    drop(desk);
}

#[test]
fn what_would_fail_on_monday_is_refused_at_the_start() {
    let mut desk = Desk::pulled();
    let good = desk.read("bizreview.toml");
    for (from, to, parts) in [
        ("cron = \"0 8 * * TUE\"", "cron = \"0 8 * * TUESDAY\"", &["line ", "field 5, the day of week", "TUESDAY"][..]),
        (
            "cron = \"0 8 * * TUE\"",
            "cron = \"61 8 * * TUE\"",
            &["[reports.executive]", "field 1, the minute", "0 to 59"],
        ),
        ("timezone = \"Europe/Berlin\"\ndraft", "timezone = \"Europe/Bärlin\"\ndraft", &["timezone", "IANA", "line "]),
        ("to = [\"board@northwind-reports.example\"]", "to = []", &["at least one recipient", "line "]),
        ("board@northwind", "board@elsewhere", &["outside [mail] allowed_domains", "line "]),
        (
            "[operator]                        # told when something fails; `serve` needs it\nemail = \"operations@northwind-reports.example\"",
            "",
            &["[operator] is missing"],
        ),
        ("draft_before = \"1d\"", "draft_before = \"-1d\"", &["draft_before", "such as \"1d\""]),
        ("dir:outbox", "smtp://", &["[mail] transport"]),
        ("\"mrr\", \"nrr\", \"gross", "\"mrrr\", \"nrr\", \"gross", &["mrrr", "did you mean"]),
    ] {
        assert!(good.contains(from), "{from}");
        desk = desk.write("bizreview.toml", &good.replace(from, to));
        let said = desk.run(&["serve", "--bind", "127.0.0.1:0"]).exits(2);
        for part in parts {
            assert!(said.err.contains(part), "{to}: {:?} does not say {part}", said.err);
        }
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let desk = desk.write("bizreview.toml", &good);
    let address = taken.local_addr().unwrap().to_string();
    desk.run(&["serve", "--bind", &address]).exits(1).explains(&[&address, "--bind chooses another"]);
}
