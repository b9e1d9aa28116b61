//! The service: what runs when, what a restart does, and what the local port answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bizreview::config::Config;
use bizreview::ledger::Ledger;
use bizreview::ledger::runs::OccurrenceState::{self, Done, Failed, FirstSeen, Missed, Started};
use bizreview::schedule::{Action, Occurrence};
use bizreview::serve::{Clock, Service, serve_until};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};

use crate::support::mail::{config, published, time};
use crate::support::scratch::Scratch;

/// A service with a clock that is set by hand.
struct Bench {
    ledger: Arc<Ledger>,
    now: Arc<Mutex<Timestamp>>,
    ran: Arc<Mutex<Vec<Occurrence>>>,
    beats: mpsc::Sender<()>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Bench {
    fn start(scratch: &Scratch, at: &str, run: fn() -> anyhow::Result<()>) -> Bench {
        let ledger = Arc::new(Ledger::open(scratch).unwrap());
        let now = Arc::new(Mutex::new(time(at)));
        let shared = now.clone();
        let clock: Clock = Arc::new(move || *shared.lock().unwrap());
        let ran = Arc::new(Mutex::new(Vec::new()));
        let list = ran.clone();
        let service = Service::new(&config(&["ann@acme.example"]), ledger.clone(), clock, move |_, occurrence| {
            list.lock().unwrap().push(occurrence);
            async move { run() }
        });
        let (beats, received) = mpsc::channel(1);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(service.unwrap().run(received, stopped));
        Bench { ledger, now, ran, beats, stop, task }
    }

    async fn beat(&self, at: &str) {
        *self.now.lock().unwrap() = time(at);
        self.beats.send(()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    fn ran(&self) -> Vec<(String, Action)> {
        self.ran.lock().unwrap().iter().map(|o| (o.due_at.to_string(), o.action)).collect()
    }

    fn count(&self, state: OccurrenceState) -> usize {
        self.ledger.occurrences(state).unwrap().len()
    }

    async fn stop(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_report_runs_once_at_its_time_and_not_again_after_a_restart() {
    let scratch = Scratch::new("serve");
    let bench = Bench::start(&scratch, "2026-11-20T12:00:00Z", || Ok(()));
    for at in ["2026-11-20T12:00:00Z", "2026-11-23T06:59:30Z", "2026-11-23T07:00:30Z", "2026-11-23T07:01:30Z"] {
        bench.beat(at).await;
    }
    assert_eq!(bench.ran(), [("2026-11-23T07:00:00Z".into(), Action::Run)]);
    assert_eq!((bench.count(FirstSeen), bench.count(Done)), (1, 1));
    bench.stop().await;

    let bench = Bench::start(&scratch, "2026-11-23T07:02:00Z", || Ok(()));
    bench.beat("2026-11-23T07:03:00Z").await;
    assert!(bench.ran().is_empty());
    bench.stop().await;
}

#[tokio::test]
async fn what_was_missed_while_stopped_is_sent_late_or_told() {
    let scratch = Scratch::new("serve");
    Bench::start(&scratch, "2026-11-20T12:00:00Z", || Ok(())).stop().await;
    // The first service was stopped before its first beat: it has noted when it first saw the report all the same.
    let bench = Bench::start(&scratch, "2026-12-01T09:00:00Z", || anyhow::bail!("no warehouse"));
    bench.beat("2026-12-01T09:00:00Z").await;
    assert_eq!(bench.ran(), [("2026-11-30T07:00:00Z".into(), Action::Run)]);
    assert_eq!((bench.count(Missed), bench.count(Failed)), (1, 1));
    bench.stop().await;
}

#[tokio::test]
async fn a_panic_fails_one_run_and_an_interrupted_one_is_taken_up() {
    let scratch = Scratch::new("serve");
    let ledger = Ledger::open(&scratch).unwrap();
    let due_at = time("2026-11-23T07:00:00Z");
    assert!(ledger.claim_occurrence("support", due_at, due_at).unwrap());
    assert!(!ledger.claim_occurrence("support", due_at, due_at).unwrap(), "claimed once");
    let bench = Bench::start(&scratch, "2026-11-23T07:10:00Z", || panic!("out of figures"));
    bench.beat("2026-11-23T07:10:00Z").await;
    assert_eq!(bench.ran(), [("2026-11-23T07:00:00Z".into(), Action::Resume)]);
    assert_eq!((bench.count(Started), bench.count(Failed)), (0, 1));
    bench.beat("2026-11-30T07:00:00Z").await;
    assert_eq!(bench.ran().len(), 2, "the service goes on");
    bench.stop().await;
}

#[tokio::test]
async fn stopping_finishes_the_run_in_hand() {
    let scratch = Scratch::new("serve");
    let ledger = Arc::new(Ledger::open(&scratch).unwrap());
    let (start, due_at) = (time("2026-11-20T12:00:00Z"), time("2026-11-23T07:00:00Z"));
    ledger.record_occurrence("support", start, FirstSeen, start).unwrap();
    let ended = Arc::new(AtomicUsize::new(0));
    let counter = ended.clone();
    let service = Service::new(&config(&["a@acme.example"]), ledger.clone(), Arc::new(move || due_at), move |_, _| {
        let counter = counter.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    })
    .unwrap();
    let (beats, received) = mpsc::channel(1);
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(service.run(received, stopped));
    beats.send(()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(true).unwrap();
    task.await.unwrap().unwrap();
    assert_eq!(ended.load(Ordering::SeqCst), 1);
    assert_eq!(ledger.occurrences(Done).unwrap().len(), 1);
}

/// The configuration in force, its store in the scratch folder.
fn of_store(mut config: Config, scratch: &Scratch) -> watch::Receiver<Arc<Config>> {
    config.store.path = scratch.to_path_buf();
    watch::channel(Arc::new(config)).1
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
    let config = config(&["ann@acme.example"]);
    let at = time("2026-11-24T12:00:00Z");
    let service = Service::new(&config, ledger, Arc::new(move || at), |_, _| async { Ok(()) }).unwrap();
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = probe.local_addr().unwrap();
    drop(probe);
    let (stop, stopped) = oneshot::channel::<()>();
    let config = of_store(config, &scratch);
    let served =
        tokio::spawn(async move { serve_until(service, config, address, async { drop(stopped.await) }).await });
    let (port, here) = (address.port(), address.to_string());
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            break;
        }
    }
    let index = get(port, &here, "/").await;
    assert!(index.starts_with("HTTP/1.1 200") && index.contains("reports/support/2026-W47/1/index.html"), "{index}");
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
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn serving_needs_an_operator() {
    let scratch = Scratch::new("serve");
    let ledger = Arc::new(Ledger::open(&scratch).unwrap());
    let mut config = config(&["ann@acme.example"]);
    config.operator = None;
    let clock: Clock = Arc::new(|| time("2026-11-24T12:00:00Z"));
    let service = Service::new(&config, ledger, clock, |_, _| async { Ok(()) }).unwrap();
    let address = "127.0.0.1:0".parse().unwrap();
    let error = serve_until(service, of_store(config, &scratch), address, async {}).await.unwrap_err();
    assert!(error.to_string().contains("[operator]"), "{error}");
}
