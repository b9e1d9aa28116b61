//! Corrections: those who were mailed a figure that has changed are told, once, in reply, and only what changed.

use std::collections::BTreeMap;
use std::path::Path;

use bizreview::render::{Renderer, audit, sample};

use crate::support::company::{Desk, NOW, Said};
use crate::support::mail::{Act, Rule, Server};

/// Of forty promises due in W46, thirty were kept; the last of them was to be delivered on the 13th.
pub fn promises(late: usize) -> String {
    let head = "commitment_id,account,kind,promised_on,due_on,delivered_on\n".to_owned();
    (0..40).fold(head, |text, n| {
        let delivered = if n < late { "2026-11-14" } else { "2026-11-10" };
        text + &format!("com-{n},cus_{n},delivery,2026-10-20,2026-11-11,{delivered}\n")
    })
}

const ANN: &str = "ann@northwind-reports.example";
const BOB: &str = "bob@northwind-reports.example";

/// A mail as it arrived.
struct Received {
    to: String,
    headers: BTreeMap<String, String>,
    text: String,
    html: String,
}

fn parse((to, bytes): &(String, Vec<u8>)) -> Received {
    let mail = mailparse::parse_mail(bytes).unwrap();
    let headers = mail.headers.iter().map(|h| (h.get_key(), h.get_value())).collect();
    let html = mail.subparts.get(1).map(|part| {
        let html = part.subparts.first().unwrap_or(part);
        html.get_body().unwrap()
    });
    Received { to: to.clone(), headers, text: mail.subparts[0].get_body().unwrap(), html: html.unwrap_or_default() }
}

/// A desk with two readers of the operations review, ten of whose promises were broken, mailed by a server of its own.
struct Case {
    desk: Desk,
    server: Server,
}

impl Case {
    async fn mailed(rules: Vec<Rule>) -> Case {
        let server = Server::start(rules).await;
        let desk = tokio::task::block_in_place(|| {
            let desk = Desk::pulled()
                .edit("dir:outbox", &format!("smtp://127.0.0.1:{}", server.port))
                .edit(
                    "team = \"operations\"\nto = [\"operations@northwind-reports.example\"]",
                    &format!("team = \"operations\"\nto = [\"{ANN}\", \"{BOB}\"]"),
                )
                .write("files/commitments.csv", &promises(10));
            desk.run(&["pull", "files"]).exits(0);
            desk.run(&["run", "operations", "--no-pull"]);
            desk
        });
        Case { desk, server }
    }

    /// The company learns that more promises were broken.
    fn learn(self, late: usize) -> Case {
        let desk = self.desk.write("files/commitments.csv", &promises(late));
        tokio::task::block_in_place(|| desk.run(&["pull", "files"]).exits(0));
        Case { desk, ..self }
    }

    fn run_at(&self, now: &str, arguments: &[&str]) -> Said {
        tokio::task::block_in_place(|| self.desk.run_at(now, arguments))
    }

    fn correct_at(&self, now: &str) -> Said {
        self.run_at(now, &["run", "operations", "--period", "2026-W46", "--no-pull", "--correct"])
    }

    fn received(&self) -> Vec<Received> {
        self.server.accepted().iter().map(parse).collect()
    }

    fn editions(&self) -> Vec<String> {
        self.desk.names("store/archive/operations/2026-W46")
    }
}

/// Only the changes, and harmless whatever a record is called.
#[test]
fn a_correction_says_what_changed_and_nothing_else() {
    let renderer = Renderer::new(None).unwrap();
    let (_, review) = sample::all().into_iter().find(|(name, _)| *name == "corrected").unwrap();
    let whole = renderer.render(&review).unwrap();
    let mail = renderer.correction(&review, review.correction.as_ref().unwrap(), &whole.page).unwrap();
    assert_eq!(audit(&mail, review.head.link.as_deref()), Vec::<String>::new());
    assert!(mail.html.contains("&lt;b&gt;tick_1&lt;/b&gt;") && mail.html.len() < 10_000, "{}", mail.html.len());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("render/corrected");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("correction.html"), &mail.html).unwrap();
    std::fs::write(folder.join("page.html"), &whole.page).unwrap();
    insta::assert_snapshot!("correction_text", format!("{}\n\n{}", mail.subject, mail.text));

    // a subject as long as subjects may be is answered with all of it
    let mut long = review.correction.clone().unwrap();
    long.subject = "x".repeat(200);
    let mail = renderer.correction(&review, &long, &whole.page).unwrap();
    assert_eq!(
        (mail.subject.clone(), audit(&mail, review.head.link.as_deref())),
        (format!("Re: {}", long.subject), vec![])
    );
}

const NEXT_DAY: &str = "2026-11-17T09:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn who_was_mailed_is_told_what_changed_in_reply_and_once() {
    let case = Case::mailed(vec![]).await;
    let originals = case.received();
    assert_eq!(originals.len(), 2);
    let case = case.learn(20);
    case.correct_at(NEXT_DAY).exits(0).prints(&["sent", "2 of 2", "Re: "]);

    let corrections: Vec<Received> = case.received().into_iter().skip(2).collect();
    assert_eq!(corrections.len(), 2);
    for correction in &corrections {
        let original = originals.iter().find(|o| o.to == correction.to).unwrap();
        let header = |mail: &Received, name: &str| mail.headers.get(name).cloned().unwrap_or_default();
        assert_eq!(header(correction, "Subject"), format!("Re: {}", header(original, "Subject")));
        assert_eq!(header(correction, "In-Reply-To"), header(original, "Message-ID"), "their own mail, nobody else's");
        assert_eq!(header(correction, "References"), header(original, "Message-ID"));
        assert_ne!(header(correction, "Message-ID"), header(original, "Message-ID"));
        for part in [&correction.text, &correction.html] {
            assert!(part.contains("75.0\u{a0}% → ") || part.contains("75.0 % → "), "{part}");
            assert!(part.contains("10 records changed"), "{part}");
            assert!(
                !part.contains("Data behind this") && !part.contains("DATA BEHIND THIS"),
                "only the changes: {part}"
            );
        }
    }
    // the page is the whole edition, with the changes on top
    let page = case.desk.read("store/archive/operations/2026-W46/2/index.html");
    let (changes, scorecard) = (page.find("What changed").unwrap(), page.find("Scorecard").unwrap());
    assert!(changes < scorecard && page.contains("10 records changed"));
    assert!(Path::new(&*case.desk).join("store/archive/operations/2026-W46/2/correction.html").exists());

    // what comes later is not mailed again
    let case = case.learn(30);
    case.correct_at("2026-11-18T09:00:00Z")
        .exits(0)
        .prints(&["not mailed"])
        .explains(&["edition 1 was corrected by mail before (edition 2)", "the next edition lists"]);
    assert_eq!(case.received().len(), 4);
    // … the next week tells it, against what readers were told last
    case.run_at("2026-11-23T09:00:00Z", &["run", "operations", "--period", "2026-W47", "--no-pull"]);
    let review: serde_json::Value =
        serde_json::from_str(&case.desk.read("store/archive/operations/2026-W47/1/report.json")).unwrap();
    let restated = review["restatements"].as_array().unwrap();
    let of = restated.iter().find(|r| r["metric"] == "on_time_delivery").unwrap();
    assert_eq!((of["old"].as_str(), of["new"].as_str()), (Some("0.5"), Some("0.25")), "{restated:?}");
    assert_eq!(of["edition"]["number"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unchanged_small_or_too_late_is_not_mailed_and_says_so() {
    let case = Case::mailed(vec![]).await;
    case.correct_at(NEXT_DAY).exits(0).prints(&["not mailed"]).explains(&["there is nothing to correct"]);
    assert_eq!(case.editions(), ["1"], "nothing changed, nothing is made");

    let case = case.learn(20);
    case.correct_at("2026-11-23T09:00:01Z").exits(0).explains(&["more than seven days ago", "the next edition lists"]);
    assert_eq!(case.received().len(), 2);
    assert_eq!(case.editions(), ["1", "2"], "the edition is made, with the changes on its page");

    // a look beforehand mails nothing either
    let look = ["run", "operations", "--period", "2026-W46", "--no-pull", "--correct", "--dry-run"];
    case.run_at(NEXT_DAY, &look).exits(0).explains(&["a correction would be mailed"]);
    assert!(case.desk.read("store/dry-run/operations/2026-W46/correction.txt").contains("10 records changed"));
    assert_eq!((case.received().len(), case.editions().len()), (2, 2));
    // what was held was published to nobody: within the week it is still mailed, against what people have
    case.correct_at(NEXT_DAY).exits(0).prints(&["2 of 2"]);
    assert_eq!(case.received().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_got_the_original_gets_no_correction() {
    let rules = vec![("RCPT TO:<bob@", 0, Act::Say("550 5.1.1 nobody of that name"))];
    let case = Case::mailed(rules).await;
    let got: Vec<String> = case.received().into_iter().map(|m| m.to).collect();
    assert_eq!(got, [ANN]);
    let case = case.learn(20);
    case.correct_at(NEXT_DAY).exits(0).prints(&["1 of 1"]);
    let got: Vec<String> = case.received().into_iter().map(|m| m.to).collect();
    assert_eq!(got, [ANN, ANN]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_longer_a_reader_gets_no_correction() {
    let case = Case::mailed(vec![]).await.learn(20);
    let desk = case.desk.edit(&format!("to = [\"{ANN}\", \"{BOB}\"]"), &format!("to = [\"{ANN}\"]"));
    let case = Case { desk, ..case };
    case.correct_at(NEXT_DAY).exits(0).prints(&["1 of 1"]).explains(&["no longer a reader"]);
    assert_eq!(case.received().last().unwrap().to, ANN);
}

#[test]
fn what_was_never_mailed_cannot_be_corrected() {
    let desk = Desk::pulled();
    let correct = ["run", "operations", "--no-pull", "--correct"];
    desk.run(&correct).exits(2).explains(&["was not mailed to anybody", "without --correct"]);
    desk.run_at(NOW, &["run", "operations", "--no-pull", "--to", ANN]).exits(0);
    desk.run(&correct).exits(2).explains(&["was not mailed to anybody"]);
    desk.run(&["run", "operations", "--correct", "--again"]).exits(2);
}
