//! The service: what runs when, what a restart does, and what the local port answers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bizreview::config::Config;
use bizreview::ledger::Ledger;
use bizreview::ledger::occurrences::OccurrenceKey;
use bizreview::ledger::occurrences::OccurrenceState::{self, Done, Failed, FirstSeen, Missed, Started};
use bizreview::schedule::{Action, Phase};
use bizreview::serve::{Clock, Desk, Ended, Job, Service, Wish, serve_until};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};

use crate::support::mail::{config, published, time};
use crate::support::scratch::Scratch;

/// A service with a clock that is set by hand.
struct Bench {
    ledger: Arc<Ledger>,
    now: Arc<Mutex<Timestamp>>,
    ran: Arc<Mutex<Vec<Job>>>,
    chores: Arc<AtomicUsize>,
    config: watch::Sender<Arc<Config>>,
    beats: mpsc::Sender<()>,
    desk: Desk,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Bench {
    fn start(scratch: &Scratch, at: &str, run: fn() -> anyhow::Result<Ended>) -> Bench {
        Bench::with(scratch, at, config(&["ann@acme.example"]), move |_| async move { run() })
    }

    fn with<F>(scratch: &Scratch, at: &str, config: Config, run: impl Fn(&Job) -> F + Send + Sync + 'static) -> Bench
    where
        F: Future<Output = anyhow::Result<Ended>> + Send + 'static,
    {
        let ledger = Arc::new(Ledger::open(scratch).unwrap());
        let now = Arc::new(Mutex::new(time(at)));
        let (ran, chores) = (Arc::<Mutex<Vec<Job>>>::default(), Arc::<AtomicUsize>::default());
        let (config, in_force) = watch::channel(Arc::new(config));
        let (clock, jobs, count) = (now.clone(), ran.clone(), chores.clone());
        let work = move |job: Job| {
            jobs.lock().unwrap().push(job.clone());
            run(&job)
        };
        let chore = move || {
            count.fetch_add(1, Ordering::SeqCst);
            async { Ok(()) }
        };
        let clock: Clock = Arc::new(move || *clock.lock().unwrap());
        let service = Service::new(in_force, ledger.clone(), clock, work, chore).unwrap();
        let desk = service.site().desk;
        let (beats, received) = mpsc::channel(1);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(service.run(received, stopped));
        Bench { ledger, now, ran, chores, config, beats, desk, stop, task }
    }

    async fn beat(&self, at: &str) {
        *self.now.lock().unwrap() = time(at);
        self.beats.send(()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    fn ran(&self) -> Vec<(Phase, String, Action)> {
        let shown = |job: &Job| match job {
            Job::Scheduled(o) => Some((o.phase, o.due_at.to_string(), o.action)),
            Job::Wished(_) => None,
        };
        self.ran.lock().unwrap().iter().filter_map(shown).collect()
    }

    fn sent(&self) -> Vec<(String, Action)> {
        let sends = self.ran().into_iter().filter(|(phase, ..)| *phase == Phase::Send);
        sends.map(|(_, at, action)| (at, action)).collect()
    }

    fn sends(&self, state: OccurrenceState) -> usize {
        self.ledger.occurrences(state).unwrap().iter().filter(|o| o.phase == Phase::Send).count()
    }

    async fn stop(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap().unwrap();
    }
}

fn send_at(due_at: Timestamp) -> OccurrenceKey<'static> {
    OccurrenceKey { report: "support", phase: Phase::Send, due_at }
}

#[tokio::test]
async fn a_report_runs_once_at_its_time_and_not_again_after_a_restart() {
    let scratch = Scratch::new("serve");
    let bench = Bench::start(&scratch, "2026-11-20T12:00:00Z", || Ok(Ended::Done));
    for at in ["2026-11-20T12:00:00Z", "2026-11-23T06:59:30Z", "2026-11-23T07:00:30Z", "2026-11-23T07:01:30Z"] {
        bench.beat(at).await;
    }
    let promised = "2026-11-23T07:00:00Z";
    assert_eq!(
        bench.ran(),
        [(Phase::Pull, promised.into(), Action::Run), (Phase::Send, promised.into(), Action::Run)],
        "data is there before it is needed"
    );
    assert_eq!((bench.sends(FirstSeen), bench.sends(Done)), (1, 1));
    bench.stop().await;

    let bench = Bench::start(&scratch, "2026-11-23T07:02:00Z", || Ok(Ended::Done));
    bench.beat("2026-11-23T07:03:00Z").await;
    assert!(bench.ran().is_empty());
    bench.stop().await;
}

#[tokio::test]
async fn what_was_missed_while_stopped_is_sent_late_or_told() {
    let scratch = Scratch::new("serve");
    Bench::start(&scratch, "2026-11-20T12:00:00Z", || Ok(Ended::Done)).stop().await;
    // The first service was stopped before its first beat: it has noted when it first saw the report all the same.
    let bench = Bench::start(&scratch, "2026-12-01T09:00:00Z", || anyhow::bail!("no warehouse"));
    bench.beat("2026-12-01T09:00:00Z").await;
    assert_eq!(bench.sent(), [("2026-11-30T07:00:00Z".into(), Action::Run)]);
    assert_eq!((bench.sends(Missed), bench.sends(Failed)), (1, 1));
    let failed = bench.ledger.occurrences(Failed).unwrap();
    assert_eq!(failed[0].note.as_deref(), Some("no warehouse"), "why is kept for the operator");
    bench.stop().await;
}

#[tokio::test]
async fn a_panic_fails_one_run_and_an_interrupted_one_is_taken_up() {
    let scratch = Scratch::new("serve");
    let ledger = Ledger::open(&scratch).unwrap();
    let due_at = time("2026-11-23T07:00:00Z");
    assert!(ledger.claim_occurrence(send_at(due_at), due_at).unwrap());
    assert!(!ledger.claim_occurrence(send_at(due_at), due_at).unwrap(), "claimed once");
    let bench = Bench::start(&scratch, "2026-11-23T07:10:00Z", || panic!("out of figures"));
    bench.beat("2026-11-23T07:10:00Z").await;
    assert_eq!(bench.sent(), [("2026-11-23T07:00:00Z".into(), Action::Resume)]);
    assert_eq!((bench.sends(Started), bench.sends(Failed)), (0, 1));
    bench.beat("2026-11-30T07:00:00Z").await;
    assert_eq!(bench.sent().len(), 2, "the service goes on");
    bench.stop().await;
}

/// In a container every service is process 1: what the one before left open is not this one's.
#[tokio::test]
async fn a_run_left_open_by_a_process_of_the_same_number_is_over() {
    let scratch = Scratch::new("serve");
    let run = Ledger::open(&scratch).unwrap().start_run("schedule", time("2026-11-23T07:00:00Z")).unwrap();
    let bench = Bench::start(&scratch, "2026-11-23T07:10:00Z", || Ok(Ended::Done));
    bench.beat("2026-11-23T07:10:00Z").await;
    let runs = bench.ledger.runs(5).unwrap();
    assert_eq!((runs[0].run_id, runs[0].exit_code), (run, Some(1)), "{runs:?}");
    assert!(runs[0].problems[0].contains("ended in the middle"), "{runs:?}");
    bench.stop().await;
}

#[tokio::test]
async fn stopping_finishes_the_run_in_hand() {
    let scratch = Scratch::new("serve");
    let (start, due_at) = (time("2026-11-20T12:00:00Z"), "2026-11-23T07:00:00Z");
    Ledger::open(&scratch).unwrap().record_occurrence(send_at(start), FirstSeen, start).unwrap();
    let ended = Arc::new(AtomicUsize::new(0));
    let counter = ended.clone();
    let bench = Bench::with(&scratch, due_at, config(&["a@acme.example"]), move |_| {
        let counter = counter.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(Ended::Done)
        }
    });
    bench.beat(due_at).await;
    let ledger = bench.ledger.clone();
    bench.stop().await;
    assert_eq!(ended.load(Ordering::SeqCst), 1);
    assert_eq!(ledger.occurrences(Done).unwrap().len(), 1);
}

#[tokio::test]
async fn a_late_source_holds_the_send_and_is_tried_again() {
    let scratch = Scratch::new("serve");
    let bench = Bench::with(&scratch, "2026-11-23T06:59:00Z", config(&["a@acme.example"]), |job| {
        let is_send = matches!(job, Job::Scheduled(o) if o.phase == Phase::Send);
        let late = Ended::Hold("billing does not answer".into());
        static TRIES: AtomicUsize = AtomicUsize::new(0);
        let tries = if is_send { TRIES.fetch_add(1, Ordering::SeqCst) } else { 9 };
        async move { Ok(if tries < 2 { late } else { Ended::Done }) }
    });
    bench.beat("2026-11-23T06:59:00Z").await;
    for minute in 0..20 {
        bench.beat(&format!("2026-11-23T07:{minute:02}:00Z")).await;
        if minute == 7 {
            assert_eq!((bench.sends(Started), bench.sends(Done)), (1, 0), "it is claimed all the while");
            let waiting = bench.ledger.occurrences(Started).unwrap();
            let send = waiting.iter().find(|o| o.phase == Phase::Send).unwrap();
            assert_eq!(send.note.as_deref(), Some("billing does not answer"), "what it waits for can be looked up");
        }
    }
    assert_eq!(bench.sent().len(), 3, "every five minutes, no more");
    assert_eq!(bench.sends(Done), 1);
    bench.stop().await;
}

#[tokio::test]
async fn a_clock_that_was_ahead_silences_no_report() {
    let scratch = Scratch::new("serve");
    let bench = Bench::start(&scratch, "2030-01-01T00:00:00Z", || Ok(Ended::Done));
    bench.beat("2030-01-01T00:00:00Z").await;
    bench.beat("2026-11-20T12:00:00Z").await;
    bench.beat("2026-11-23T07:00:30Z").await;
    assert_eq!(bench.sent(), [("2026-11-23T07:00:00Z".into(), Action::Run)]);
    bench.stop().await;
}

#[tokio::test]
async fn what_waits_for_a_source_waits_no_longer_because_the_clock_is_set_back() {
    let scratch = Scratch::new("serve");
    let bench = Bench::start(&scratch, "2026-11-23T06:59:00Z", || Ok(Ended::Hold("no answer".into())));
    bench.beat("2026-11-23T06:59:00Z").await;
    bench.beat("2026-11-23T07:00:00Z").await;
    let before = bench.sent().len();
    bench.beat("2026-11-23T06:30:00Z").await;
    bench.beat("2026-11-23T06:31:00Z").await;
    assert!(bench.sent().len() > before, "{:?}", bench.ran());
    bench.stop().await;
}

#[tokio::test]
async fn an_end_that_could_not_be_recorded_is_recorded_at_the_next_beat() {
    let scratch = Scratch::new("serve");
    let bench = Bench::start(&scratch, "2026-11-23T06:30:00Z", || anyhow::bail!("no warehouse"));
    bench.beat("2026-11-23T06:30:00Z").await;
    let full = rusqlite::Connection::open(scratch.join("ledger.sqlite")).unwrap();
    full.execute_batch("create trigger full before update on occurrence begin select raise(abort, 'disk full'); end")
        .unwrap();
    bench.beat("2026-11-23T07:00:00Z").await;
    assert_eq!((bench.sends(Started), bench.sends(Failed)), (1, 0));
    full.execute_batch("drop trigger full").unwrap();
    bench.beat("2026-11-23T07:01:00Z").await;
    assert_eq!((bench.sends(Started), bench.sends(Failed)), (0, 1));
    assert_eq!(bench.sent().len(), 1);
    bench.stop().await;
}

#[tokio::test]
async fn one_pull_serves_all_reports_of_an_hour() {
    let scratch = Scratch::new("serve");
    let mut config = config(&["a@acme.example"]);
    let report = config.reports["support"].clone();
    for name in ["finance", "product", "sales"] {
        config.reports.insert(name.into(), report.clone());
    }
    let bench = Bench::with(&scratch, "2026-11-20T12:00:00Z", config, |_| async { Ok(Ended::Done) });
    bench.beat("2026-11-20T12:00:00Z").await;
    bench.beat("2026-11-23T06:00:00Z").await;
    assert_eq!(bench.ran().len(), 1, "{:?}", bench.ran());
    assert_eq!(bench.ledger.occurrences(Done).unwrap().len(), 4);
    bench.beat("2026-11-23T07:00:00Z").await;
    assert_eq!(bench.sent().len(), 4);
    bench.stop().await;
}

#[tokio::test]
async fn chores_go_on_beside_a_long_run() {
    let scratch = Scratch::new("serve");
    let bench = Bench::with(&scratch, "2026-11-20T12:00:00Z", config(&["a@acme.example"]), |_| async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(Ended::Done)
    });
    bench.beat("2026-11-23T07:00:00Z").await;
    let before = bench.chores.load(Ordering::SeqCst);
    bench.beat("2026-11-23T07:01:00Z").await;
    assert_eq!(bench.chores.load(Ordering::SeqCst), before + 1);
    bench.stop().await;
}

#[tokio::test]
async fn a_new_configuration_is_followed_and_a_wish_takes_its_turn() {
    let scratch = Scratch::new("serve");
    let bench = Bench::start(&scratch, "2026-11-20T12:00:00Z", || Ok(Ended::Done));
    bench.beat("2026-11-20T12:00:00Z").await;
    let mut changed = config(&["a@acme.example"]);
    changed.reports.get_mut("support").unwrap().cron = Some("0 9 * * FRI".into());
    changed.reports.insert("late".into(), changed.reports["support"].clone());
    bench.config.send_replace(Arc::new(changed));
    bench.beat("2026-11-23T07:00:00Z").await;
    assert!(bench.sent().is_empty(), "Mondays are no more");
    let wish = Wish { report: "support".into(), period: None, by: "ann@acme.example".into() };
    assert!(bench.desk.ask(wish.clone()));
    bench.beat("2026-11-27T08:00:00Z").await;
    assert_eq!(bench.sent().len(), 2);
    assert!(bench.ran.lock().unwrap().contains(&Job::Wished(wish)));
    bench.stop().await;
}

async fn get(port: u16, host: &str, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_port_shows_the_archive_and_nothing_else() {
    let scratch = Scratch::new("serve");
    let ledger = Arc::new(Ledger::open(&scratch).unwrap());
    published(&scratch, &ledger);
    let served = Served::start(&scratch, config(&["ann@acme.example"]), ledger);
    let address = served.address;
    let (port, here) = (address.port(), address.to_string());
    served.up().await;
    let index = get(port, &here, "/").await;
    assert!(index.starts_with("HTTP/1.1 200") && index.contains("/reports/support/2026-W47/1/"), "{index}");
    let lower = index.to_lowercase();
    for header in
        ["x-content-type-options: nosniff", "referrer-policy: no-referrer", "content-security-policy: default"]
    {
        assert!(lower.contains(header), "{header}: {index}");
    }
    for (path, status) in [
        ("/reports/support/2026-W47/1/index.html", 200),
        ("/reports/support/2026-W47/1/charts/sla.png", 200),
        ("/reports/support/2026-W47/2/index.html", 404),
        ("/reports/support/2026-W47/1/../../../../ledger.sqlite", 404),
        ("/reports/support/2026-W47/1/..%2f..%2f..%2f..%2fledger.sqlite", 404),
        ("/reports/support/2026-W47/1/%2fetc%2fpasswd", 404),
        ("/ledger.sqlite", 404),
        ("/healthz", 200),
        ("/readyz", 200),
    ] {
        let answer = get(port, &here, path).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
    }
    assert!(get(port, "evil.example", "/").await.starts_with("HTTP/1.1 421"));
    served.stop().await;
}

/// A service on a port of its own.
struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Served {
    fn start(scratch: &Scratch, mut config: Config, ledger: Arc<Ledger>) -> Served {
        config.store.path = scratch.to_path_buf();
        let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = probe.local_addr().unwrap();
        drop(probe);
        let (stop, stopped) = oneshot::channel::<()>();
        let service = service(config, ledger);
        let task = tokio::spawn(async move { serve_until(service, address, async { drop(stopped.await) }).await });
        Served { address, stop, task }
    }

    async fn up(&self) {
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if tokio::net::TcpStream::connect(self.address).await.is_ok() {
                break;
            }
        }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap().unwrap();
    }
}

/// A service that has nothing to do.
fn service(config: Config, ledger: Arc<Ledger>) -> Service {
    let clock: Clock = Arc::new(|| time("2026-11-24T12:00:00Z"));
    let (_, in_force) = watch::channel(Arc::new(config));
    Service::new(in_force, ledger, clock, |_| async { Ok(Ended::Done) }, || async { Ok(()) }).unwrap()
}

#[tokio::test]
async fn a_store_is_served_once() {
    let scratch = Scratch::new("serve");
    let ledger = Arc::new(Ledger::open(&scratch).unwrap());
    let first = Served::start(&scratch, config(&["ann@acme.example"]), ledger.clone());
    first.up().await;
    let second = Served::start(&scratch, config(&["ann@acme.example"]), ledger);
    let error = second.task.await.unwrap().unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    assert!(error.contains("since 2026-11-24T12:00:00Z"), "{error}");
    first.stop().await;
}

#[tokio::test]
async fn serving_needs_an_operator() {
    let scratch = Scratch::new("serve");
    let ledger = Arc::new(Ledger::open(&scratch).unwrap());
    let mut config = config(&["ann@acme.example"]);
    config.operator = None;
    config.store.path = scratch.to_path_buf();
    let error = serve_until(service(config, ledger), "127.0.0.1:0".parse().unwrap(), async {}).await.unwrap_err();
    assert!(error.to_string().contains("[operator]"), "{error}");
}
