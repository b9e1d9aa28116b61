//! `pull --from`: history asked for again, in windows, beside the cursor.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use bizreview::config::{Config, Secrets};
use bizreview::extract::backfill::{Stretch, backfill, plan};
use bizreview::extract::{Outcome, Progress, Request, StreamOutcome, pull};
use bizreview::ledger::Ledger;
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::company::Desk;
use crate::support::scratch::Scratch;

const MANIFEST: &str = r#"
name = "m"
limits = { backoff_seconds = 0.01, tries = 1 }

[[streams]]
name = "days"
path = "/days"
params = { from = "{from}", to = "{to}" }
records = "/data"
key = ["/day"]
write = "replace_window"
incremental = { kind = "window", step_days = 10, lookback_days = 1 }

[[streams]]
name = "notes"
path = "/notes"
records = "/data"
key = ["/id"]
write = "append"
paginate = { kind = "single" }
incremental = { kind = "since", param = "since", field = "/at" }

[[streams]]
name = "kinds"
path = "/kinds"
records = "/data"
write = "replace"
"#;

struct Company {
    folder: Scratch,
    server: MockServer,
    /// The API fails for windows from the 21st on.
    fails: &'static AtomicBool,
}

impl Company {
    async fn new(fails: &'static AtomicBool) -> Company {
        let server = MockServer::start().await;
        let days = |request: &wiremock::Request| {
            let param = |name: &str| request.url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
            let from = param("from").unwrap();
            if fails.load(Ordering::SeqCst) && from.as_str() >= "2026-01-21" {
                return ResponseTemplate::new(500);
            }
            ResponseTemplate::new(200).set_body_json(json!({"data": [{"day": from}]}))
        };
        Mock::given(path("/days")).respond_with(days).mount(&server).await;
        // 1767225600 is 2026-01-01
        let notes = json!({"data": [
            {"id": "new", "at": 1_773_000_000}, {"id": "late", "at": 1_772_900_000}, {"id": "old", "at": 1_767_400_000},
        ]});
        Mock::given(path("/notes")).respond_with(ResponseTemplate::new(200).set_body_json(notes)).mount(&server).await;
        let kinds = ResponseTemplate::new(200).set_body_json(json!({"data": [{"kind": "a"}]}));
        Mock::given(path("/kinds")).respond_with(kinds).mount(&server).await;
        let folder = Scratch::new("backfill");
        std::fs::create_dir(folder.join("manifests")).unwrap();
        std::fs::write(folder.join("manifests/m.toml"), MANIFEST).unwrap();
        Company { folder, server, fails }
    }

    fn config(&self) -> Config {
        let text = format!(
            "[company]\nname = \"A\"\ntimezone = \"Europe/Berlin\"\ncurrency = \"eur\"\n\
             [store]\npath = \"store\"\nmanifests = \"manifests\"\n[sources.s]\nmanifest = \"m\"\nbase_url = \"{}\"\n\
             settings = {{ start_date = \"2026-03-01\" }}\n",
            self.server.uri()
        );
        Config::parse(&text, &self.folder).unwrap()
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(&self.folder.join("store")).unwrap()
    }

    async fn with<T>(&self, run: impl AsyncFnOnce(&Request<'_>) -> T) -> T {
        let (config, ledger, secrets) = (self.config(), self.ledger(), Secrets::default());
        let request = Request {
            config: &config,
            secrets: &secrets,
            ledger: &ledger,
            now: "2026-03-10T12:00:00Z".parse().unwrap(),
            sources: &[],
            full: false,
            first_page_only: false,
            progress: Progress::Quiet,
        };
        run(&request).await
    }

    async fn asked(&self, path: &str) -> Vec<String> {
        let asked = self.server.received_requests().await.unwrap();
        asked.iter().filter(|r| r.url.path() == path).map(|r| r.url.query().unwrap_or_default().to_owned()).collect()
    }

    fn batches(&self, stream: &str) -> Vec<PathBuf> {
        let batches = self.ledger().batches("m", stream).unwrap();
        batches.iter().map(|batch| self.folder.join("store").join(&batch.path)).collect()
    }
}

fn stretch() -> Stretch {
    Stretch { from: "2026-01-01".parse().unwrap(), to: Some("2026-02-05".parse().unwrap()) }
}

fn outcome<'a>(outcomes: &'a [StreamOutcome], stream: &str) -> &'a StreamOutcome {
    outcomes.iter().find(|outcome| outcome.stream == stream).unwrap()
}

#[tokio::test]
async fn an_interrupted_stretch_goes_on_and_the_cursor_stays() {
    static FAILS: AtomicBool = AtomicBool::new(false);
    let company = Company::new(&FAILS).await;
    company.with(async |request| pull(request).await.unwrap()).await;
    let cursor = company.ledger().cursor("s", "days").unwrap().expect("a cursor");
    let fresh = company.ledger().last_extraction().unwrap();
    let before = company.asked("/days").await.len();

    let planned = company.with(async |request| plan(request, stretch()).unwrap()).await;
    let words: Vec<String> = planned.iter().map(|one| format!("{} {:?}", one.stream, one.what)).collect();
    assert!(words[0].contains("4 windows of 10 days, 2026-01-01 to 2026-02-05"), "{words:?}");
    assert!(words[1].contains("since = 2026-01-01"), "{words:?}");
    assert!(words[2].contains("Err") && words[2].contains("whole list"), "{words:?}");
    assert_eq!(company.asked("/days").await.len(), before, "a preview asks nothing");

    company.fails.store(true, Ordering::SeqCst);
    let first = company.with(async |request| backfill(request, stretch()).await.unwrap()).await;
    assert!(matches!(&outcome(&first, "days").result, Outcome::Failed(why) if why.contains("500")), "{first:?}");
    assert_eq!(outcome(&first, "days").rows, 2, "windows that were read are kept");
    assert!(matches!(outcome(&first, "kinds").result, Outcome::Skipped(_)));
    assert_eq!(outcome(&first, "notes").rows, 1, "the records after the stretch are left out");
    let planned = company.with(async |request| plan(request, stretch()).unwrap()).await;
    assert!(planned[0].goes_on.as_ref().unwrap().contains("windows before 2026-01-21 are done"), "{planned:?}");

    company.fails.store(false, Ordering::SeqCst);
    let asked = company.asked("/days").await.len();
    let second = company.with(async |request| backfill(request, stretch()).await.unwrap()).await;
    assert_eq!((&outcome(&second, "days").result, outcome(&second, "days").rows), (&Outcome::Ok, 2));
    let later = &company.asked("/days").await[asked..];
    assert_eq!(later, ["from=2026-01-21&to=2026-01-31", "from=2026-01-31&to=2026-02-06"]);

    let ledger = company.ledger();
    assert_eq!(
        ledger.cursor("s", "days").unwrap().as_deref(),
        Some(cursor.as_str()),
        "the next pull begins where it would have"
    );
    assert_eq!(ledger.last_extraction().unwrap(), fresh, "old history is no fresh data");
    assert!(company.batches("days").len() >= 5);
    // once done, the same asked again begins anew
    let planned = company.with(async |request| plan(request, stretch()).unwrap()).await;
    assert_eq!(planned[0].goes_on, None);
}

#[test]
fn history_is_pulled_by_hand_and_what_cannot_says_why() {
    let desk = Desk::pulled();
    let ledger = || Ledger::open(&desk.join("store")).unwrap();
    let cursors = || -> Vec<_> {
        let streams = [("billing", "customers"), ("billing", "events"), ("product", "usage_day")];
        streams.iter().map(|(source, stream)| ledger().cursor(source, stream).unwrap()).collect()
    };
    let before = cursors();
    let mrr = desk.run(&["values", "mrr", "--format", "csv"]).exits(0).out;
    let preview =
        desk.run(&["pull", "product", "billing", "--from", "2026-08-01", "--to", "2026-09-15", "--dry-run"]).exits(0);
    preview
        .prints(&["2 windows of 31 days, 2026-08-01 to 2026-09-15", "its list with created[gte] = 2026-08-01"])
        .prints(&["nothing: every pull reads the whole list"]);
    let done = desk.run(&["pull", "product", "billing", "--from", "2026-08-01", "--to", "2026-09-15"]).exits(0);
    done.prints(&["usage_day", "ok", "left out: every pull reads the whole list"]);
    assert_eq!(cursors(), before);
    assert_eq!(desk.run(&["values", "mrr", "--format", "csv"]).exits(0).out, mrr, "what is known twice counts once");
    desk.run(&["pull", "--from", "2027-01-01"]).exits(2).explains(&["is after"]);
    desk.run(&["pull", "--from", "2026-01-01", "--full"]).exits(2);
    desk.run(&["pull", "--to", "2026-01-01"]).exits(2).explains(&["--from"]);
}

#[tokio::test]
async fn lists_of_changed_parents_are_asked_for_as_their_parents_are() {
    static FAILS: AtomicBool = AtomicBool::new(false);
    let company = Company::new(&FAILS).await;
    let lines = "[[streams]]\nname = \"lines\"\npath = \"/notes/{parent}/lines\"\nrecords = \"/data\"\nkey = [\"/id\"]\n\
                 write = \"merge\"\nparent = { stream = \"notes\", field = \"/id\", changed = true }\n";
    std::fs::write(company.folder.join("manifests/m.toml"), format!("{MANIFEST}\n{lines}")).unwrap();
    let body = ResponseTemplate::new(200).set_body_json(json!({"data": [{"id": "line"}]}));
    Mock::given(path("/notes/old/lines")).respond_with(body).mount(&company.server).await;
    let outcomes = company.with(async |request| backfill(request, stretch()).await.unwrap()).await;
    let lines = outcome(&outcomes, "lines");
    assert_eq!((&lines.result, lines.rows), (&Outcome::Ok, 1), "of the one that is within the stretch");
}
