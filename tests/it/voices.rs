//! Owners speak: comments by command, file and mail, promises until they are kept, and the silence of who was asked.

use std::io::Write;
use std::process::{Command, Stdio};

use bizreview::render::{Renderer, audit, sample};
use bizreview::review::model::Review;

use crate::support::company::{Said, bizreview, free_port, said};
use crate::support::scratch::Scratch;
use crate::support::store::rows;

/// Monday of W03, ten o'clock in Berlin: W02 is the last complete week.
const NOW: &str = "2026-01-12T09:00:00Z";

/// A plant whose flow rate misses its target every week but the fourth.
struct Plant(Scratch);

impl Plant {
    fn new() -> Plant {
        Plant::with("")
    }

    /// With more of `[mail]`.
    fn with(mail: &str) -> Plant {
        let folder = Scratch::new("voices");
        std::fs::create_dir_all(folder.join("files")).unwrap();
        std::fs::create_dir_all(folder.join("queries/metrics/quality")).unwrap();
        let mut outcomes = String::from("outcome_id,account,recorded_on,kind,amount,currency\n");
        let monday = jiff::civil::date(2025, 12, 29);
        for (week, value) in ["9", "8", "8", "12", "7"].into_iter().enumerate() {
            let day = monday.saturating_add(jiff::Span::new().weeks(week as i64));
            outcomes += &format!("o{week},plant,{day},flow,{value},\n");
        }
        std::fs::write(folder.join("files/outcomes.csv"), outcomes).unwrap();
        let metric = |name: &str, title: &str, team: &str| {
            format!(
                "-- metric: {name}\n-- title: {title}\n-- team: {team}\n-- dimension: quality\n-- kind: driver\n\
                -- unit: number\n-- better: higher\n-- needs: outcomes\n-- shape: sum\n-- definition: {title} of a batch, summed.\n\
                select period_day.period_id, cast(null as varchar) as account_id, outcome.outcome_id as entity_id,\n\
                outcome.amount as value\n\
                from core.outcome join period_day on period_day.local_date = outcome.recorded_on\n"
            )
        };
        let folder_of = folder.join("queries/metrics/quality");
        std::fs::write(folder_of.join("flow_rate.sql"), metric("flow_rate", "Flow rate", "product")).unwrap();
        std::fs::write(folder_of.join("heat.sql"), metric("heat", "Heat", "operations")).unwrap();
        let config = format!(
            "[company]\nname = 'Plant'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n\
            [store]\npath = 'store'\nqueries = 'queries'\n[sources.files]\nmanifest = 'files'\ndirectory = 'files'\n\
            [mail]\nfrom = 'Reviews <reviews@plant.example>'\n{mail}\n\
            [teams.product]\nname = 'Product'\nowner = 'Ada Lindqvist <ada@plant.example>'\ncommenters = ['juergen@plant.example']\n\
            [teams.operations]\nname = 'Operations'\n[teams.executive]\nname = 'Executives'\n\
            [metrics.flow_rate]\ntarget = 10\n\
            [reports.product]\ntitle = 'Plant review'\nteam = 'product'\nto = ['product@plant.example']\nmetrics = ['flow_rate']\n\
            [reports.operations]\ntitle = 'Heat review'\nteam = 'operations'\nto = ['operations@plant.example']\nmetrics = ['heat']\n\
            [reports.executive]\ntitle = 'All of it'\nteam = 'executive'\nall_teams = true\nto = ['board@plant.example']\n\
            metrics = ['heat', 'flow_rate']\n"
        );
        std::fs::write(folder.join("bizreview.toml"), config).unwrap();
        let plant = Plant(folder);
        plant.at(NOW, &["pull"]).exits(0);
        plant
    }

    /// One that takes answers by mail.
    fn with_mailbox() -> Plant {
        Plant::with("reply_address = 'reviews@plant.example'")
    }

    fn command(&self, now: &str, args: &[&str]) -> Command {
        let mut command = bizreview();
        command.args(["-c", "bizreview.toml"]).args(args).current_dir(&*self.0).env("BIZREVIEW_NOW", now);
        command.env("USER", "somebody");
        command
    }

    fn at(&self, now: &str, args: &[&str]) -> Said {
        said(&mut self.command(now, args))
    }

    fn run(&self, args: &[&str]) -> Said {
        self.at(NOW, args)
    }

    /// Hands a mail over on standard input.
    fn mail(&self, now: &str, mail: &[u8]) -> Said {
        let mut command = self.command(now, &["comment", "--from-mail"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // what is too long is not read to its end
        let _ = child.stdin.take().unwrap().write_all(mail);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The file of an edition, or of its mail.
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs a report and returns its text part.
    fn text(&self, now: &str, report: &str, period: &str, number: u32) -> String {
        self.at(now, &["run", report, "--period", period, "--no-pull"]).exits(0);
        self.read(&format!("store/archive/{report}/{period}/{number}/email.txt"))
    }

    /// Headers and text of the one question in the outbox.
    fn question(&self) -> String {
        let names =
            std::fs::read_dir(self.0.join("outbox")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let asks: Vec<String> = names.filter(|name| name.starts_with("ask-")).collect();
        assert_eq!(asks.len(), 1, "{asks:?}");
        self.read(&format!("outbox/{}", asks[0]))
    }

    /// Asks, and returns the token of the answer's address.
    fn token(&self) -> String {
        self.run(&["ask", "product", "--no-pull"]).exits(0).prints(&["ada@plant.example asked about flow_rate"]);
        let mail = self.question();
        let at = mail.find("Reply-To: reviews+").expect("an address to answer to") + "Reply-To: reviews+".len();
        mail[at..].split('@').next().unwrap().to_owned()
    }

    fn comments(&self) -> Vec<String> {
        let list = rows(&self.run(&["comment", "list", "--format", "csv"]).exits(0).out);
        list.into_iter().map(|row| format!("{}: {} ({})", row["author"], row["text"], row["source"])).collect()
    }
}

// by command and file

#[test]
fn the_latest_of_an_authors_comments_is_printed_and_every_one_is_kept() {
    let plant = Plant::new();
    let say = |text: &str, author: &str| {
        plant.run(&["comment", "flow_rate", "--period", "2026-W02", text, "--author", author]).exits(0)
    };
    say("A pump was out.", "Ada");
    say("Two pumps were out.\n\nBoth run again: https://wiki.plant.example/p?a=1&b=<2>", "Ada").prints(&["noted"]);
    say("Two pumps were out.\n\nBoth run again: https://wiki.plant.example/p?a=1&b=<2>", "Ada")
        .prints(&["said before"]);
    say("The <b>supplier</b> {{ was }} late.", "Ben");
    let text = plant.text(NOW, "product", "2026-W02", 1);
    assert!(text.contains("Owner (Ada, 12 Jan): Two pumps were out. Both run again: https://wiki"), "{text}");
    assert!(text.contains("Owner (Ben, 12 Jan): The <b>supplier</b> { { was }} late."), "{text}");
    assert!(!text.contains("A pump was out."), "{text}");
    let folder = "store/archive/product/2026-W02/1";
    let (page, mail) = (plant.read(&format!("{folder}/index.html")), plant.read(&format!("{folder}/email.html")));
    assert!(
        page.contains("<a href=\"https://wiki.plant.example/p?a=1&amp;b=\" rel=\"noopener noreferrer nofollow\">"),
        "{page}"
    );
    assert!(!mail.contains("href=\"https://wiki"), "a mail links to no address that we do not know");
    for html in [&page, &mail] {
        assert!(html.contains("The &lt;b&gt;supplier&lt;/b&gt;") && !html.contains("<b>supplier"), "{html}");
    }
    assert!(!plant.text(NOW, "operations", "2026-W02", 1).contains("Owner"), "it is another figure's");

    let list = rows(&plant.run(&["comment", "list", "--period", "2026-W02", "--format", "csv"]).exits(0).out);
    let in_force: Vec<(&str, &str)> = list.iter().map(|r| (r["author"].as_str(), r["in force"].as_str())).collect();
    assert_eq!(in_force, [("Ada", "no"), ("Ada", "yes"), ("Ben", "yes")]);
    let json = plant.run(&["comment", "list", "--metric", "heat", "--format", "json"]).exits(0).out;
    assert_eq!(json.trim(), "[]");
}

#[test]
fn a_comment_on_what_does_not_exist_is_refused_with_the_near_names() {
    let plant = Plant::new();
    let say =
        |metric: &str, period: &str, text: &str| plant.run(&["comment", metric, "--period", period, text]).exits(2);
    say("flow_rat", "2026-W02", "x").explains(&["did you mean flow_rate?"]);
    say("flow_rate", "2026-W52", "x").explains(&["has not begun"]);
    say("flow_rate", "week 2", "x").explains(&["is not a period"]);
    say("flow_rate", "2026-W02", " \u{202e} ").explains(&["it says nothing"]);
    say("flow_rate", "2026-W02", &"x".repeat(2001)).explains(&["2001 characters, at most 2000"]);
    plant.run(&["comment", "flow_rate", "x"]).exits(2).explains(&["--period"]);
    assert!(plant.comments().is_empty());
}

#[test]
fn a_file_of_comments_is_taken_whole_or_not_at_all() {
    let plant = Plant::new();
    let file = "# Week 2\n\n## flow_rat · 2026-W02\nA pump.\n## flow_rate\nx\n\n## flow_rate · 2026-W99\ny\n## heat · 2026-W02\n\n";
    std::fs::write(plant.0.join("week.md"), file).unwrap();
    plant.run(&["comment", "--file", "week.md"]).exits(2).explains(&[
        "week.md:3: metric \"flow_rat\" does not exist; did you mean flow_rate?",
        "week.md:5: \"flow_rate\" is not METRIC · PERIOD",
        "week.md:8: 2026-W99: 2026 has no ISO week 99",
        "week.md:10: it says nothing",
    ]);
    std::fs::write(plant.0.join("week.md"), "words\n## heat · 2026-W02\nx").unwrap();
    plant.run(&["comment", "--file", "week.md"]).exits(2).explains(&["week.md:1: text before the first heading"]);
    assert!(plant.comments().is_empty());

    let file = "# Week 2\n\n## flow_rate · 2026-W02\nTwo pumps\nwere out.\n\n- one of ours\n\n## quality/heat | 2026-W02 | Ben\nRoutine.\n";
    std::fs::write(plant.0.join("week.md"), file).unwrap();
    let take = || plant.run(&["comment", "--file", "week.md", "--author", "Ada"]).exits(0);
    take().prints(&["flow_rate, 2026-W02: noted", "heat, 2026-W02: noted"]);
    take().prints(&["flow_rate, 2026-W02: said before"]);
    assert_eq!(plant.comments(), ["Ada: Two pumps\nwere out.\n\n- one of ours (file)", "Ben: Routine. (file)"]);
    let text = plant.text(NOW, "operations", "2026-W02", 1);
    assert!(
        text.contains("WHAT OWNERS SAY\nHeat\n- Owner (Ben, 12 Jan): Routine."),
        "no exception, and said all the same\n{text}"
    );
    plant.run(&["comment", "--file", "none.md"]).exits(2).explains(&["cannot read none.md"]);
}

// by mail

#[test]
fn an_answer_by_mail_is_the_senders_own_words_whatever_program_wrote_it() {
    let plant = Plant::with_mailbox();
    let token = plant.token();
    let fixtures: [(&str, &[u8], &str); 5] = [
        (
            "gmail",
            include_bytes!("fixtures/mail/gmail.eml"),
            "Ada Lindqvist: Two of five pumps were out until Thursday – see\nhttps://wiki.plant.example/pumps\n\nSince Friday all five run. (mail)",
        ),
        (
            "outlook",
            include_bytes!("fixtures/mail/outlook.eml"),
            "Ada Lindqvist: The supplier’s pump failed; it was replaced on Friday. (mail)",
        ),
        (
            "apple",
            include_bytes!("fixtures/mail/apple.eml"),
            "Ada Lindqvist: A valve stuck, and nobody saw it before Thursday. (mail)",
        ),
        (
            "german",
            include_bytes!("fixtures/mail/german.eml"),
            "Jürgen Groß: Zwei Pumpen fehlten für drei Tage. (mail)",
        ),
        (
            "html",
            include_bytes!("fixtures/mail/outlook_german_html_only.eml"),
            "Ada Lindqvist: Ein Lieferant kam zwei Tage zu spät – <script> ist kein Grund.\n\nSeit Freitag läuft alles. (mail)",
        ),
    ];
    for (index, (name, bytes, expected)) in fixtures.iter().enumerate() {
        let mail = answer(bytes, &token);
        plant.mail(NOW, &mail).exits(0).prints(&["flow_rate, 2026-W02: noted"]);
        let comments = plant.comments();
        assert_eq!(comments.last().unwrap(), expected, "{name}");
        plant.mail(NOW, &mail).exits(0).prints(&["noted before"]);
        assert_eq!(plant.comments().len(), index + 1, "{name}: a mail handed over twice is one comment");
    }
    let text = plant.text(NOW, "product", "2026-W02", 1);
    assert!(
        text.contains("Owner (Ada Lindqvist, 12 Jan): Ein Lieferant") && text.contains("Owner (Jürgen Groß"),
        "{text}"
    );
}

fn answer(bytes: &[u8], token: &str) -> Vec<u8> {
    let mut mail = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(5).position(|w| w == b"TOKEN") {
        mail.extend_from_slice(&rest[..at]);
        mail.extend_from_slice(token.as_bytes());
        rest = &rest[at + 5..];
    }
    mail.extend_from_slice(rest);
    mail
}

#[test]
fn a_mail_from_somebody_else_or_a_machine_or_to_nowhere_is_no_comment() {
    let plant = Plant::with_mailbox();
    let token = plant.token();
    let mail = |from: &str, to: &str, more: &str, body: &str| {
        format!(
            "From: {from}\r\nTo: {to}\r\nSubject: Re\r\nMessage-ID: <x@plant.example>\r\n{more}Content-Type: text/plain\r\n\r\n{body}\r\n"
        )
    };
    let ada = "Ada <ada@plant.example>";
    let ours = format!("reviews+{token}@plant.example");
    let refused = |mail: String, why: &str| {
        plant.mail(NOW, mail.as_bytes()).exits(1).explains(&["the mail is not taken as a comment", why]);
    };
    refused(mail("ada@plant.example <eve@evil.example>", &ours, "", "x"), "e***@evil.example was not asked");
    refused(mail("\"ada@plant.example\" <eve@evil.example>", &ours, "", "x"), "was not asked");
    refused(mail("ada@plant.example, eve@evil.example", &ours, "", "x"), "exactly one sender");
    refused(mail(ada, &ours, "From: eve@evil.example\r\n", "x"), "exactly one sender");
    let failed = "Authentication-Results: mx.plant.example; spf=fail; dmarc=fail (p=REJECT)\r\n";
    refused(mail(ada, &ours, failed, "x"), "not who it says");
    refused(mail(ada, "reviews+aaaaaaaaaaaaaaaaaaaaaaaaaa@plant.example", "", "x"), "nobody was asked");
    refused(mail(ada, "reviews@plant.example", "", "x"), "says what it is about");
    refused(mail(ada, &format!("reviews+{token}@evil.example"), "", "x"), "says what it is about");
    refused(mail(ada, &format!("{ours}, reviews+other@plant.example"), "", "x"), "2 addresses at once");
    refused(mail(ada, &ours, "", "> only\r\n> a quote\r\n-- \r\nAda"), "it says nothing");
    refused(mail(ada, &ours, "", &"word ".repeat(500)), "at most 2000");
    refused(mail(ada, &ours, "", &"x".repeat(5_000_000)), "more than 5 MB");
    for machine in ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "Return-Path: <>"] {
        let mail = mail(ada, &ours, &format!("{machine}\r\n"), "I am away.");
        plant.mail(NOW, mail.as_bytes()).exits(0).explains(&["ignored: no person sent it"]);
    }
    let away = answer(include_bytes!("fixtures/mail/out_of_office.eml"), &token);
    plant.mail(NOW, &away).exits(0).explains(&["ignored", "auto-generated"]);
    plant.mail(NOW, b"").exits(1);
    plant.mail(NOW, &[0xff; 3000]).exits(1);
    assert!(plant.comments().is_empty());
    // the same person, in upper case, by the envelope's address, not automatic
    let delivered = format!("Delivered-To: reviews+{}@plant.example\r\nAuto-Submitted: no\r\n", token.to_uppercase());
    let mail = mail("Ada <ADA@Plant.Example>", "list@plant.example", &delivered, "A pump.");
    plant.mail(NOW, mail.as_bytes()).exits(0);
    assert_eq!(plant.comments(), ["Ada Lindqvist: A pump. (mail)"]);

    let without = Plant::new();
    without.mail(NOW, mail.as_bytes()).exits(2).explains(&["[mail] reply_address is not set"]);
}

// asking

#[test]
fn an_owner_is_asked_once_about_what_needs_an_answer() {
    let plant = Plant::with_mailbox();
    plant.run(&["ask", "product", "--no-pull", "--dry-run"]).exits(0).prints(&["would be asked", "reviews+TOKEN@"]);
    assert!(!plant.0.join("outbox").exists(), "a dry run asks nobody");
    plant.run(&["ask", "product", "--no-pull"]).exits(0);
    let mail = plant.question();
    for part in ["To: ada@plant.example", "Auto-Submitted: auto-generated", "Flow rate: 8, target at least 10"] {
        assert!(mail.contains(part), "{part}\n{mail}");
    }
    assert!(!mail.contains("Heat"), "it is another team's");
    plant.run(&["ask", "product", "--no-pull"]).exits(0).prints(&["nobody needs to be asked"]);
    plant.run(&["ask", "operations", "--no-pull"]).exits(0).prints(&["nobody needs to be asked"]);
    plant.run(&["ask", "flow"]).exits(2).explains(&["is not in [reports]"]);

    // who has spoken is not asked; who cannot be reached was not
    let spoken = Plant::new();
    spoken.run(&["comment", "flow_rate", "--period", "2026-W02", "A pump."]).exits(0);
    spoken.run(&["ask", "product", "--no-pull"]).exits(0).prints(&["nobody needs to be asked"]);
    let unreachable = Plant::with(&format!("transport = 'smtp://127.0.0.1:{}'", free_port()));
    unreachable.run(&["ask", "product", "--no-pull"]).exits(4).explains(&["a***@plant.example was not asked"]);
    unreachable.run(&["run", "product", "--no-pull", "--dry-run"]).exits(0);
    let text = unreachable.read("store/dry-run/product/2026-W02/email.txt");
    assert!(!text.contains("asked"), "{text}");

    // without a mailbox the command is named, with the words of the time before
    let plain = Plant::new();
    plain.run(&["comment", "flow_rate", "--period", "2026-W01", "The first pump.", "--author", "Ada"]).exits(0);
    let asked = plain.run(&["ask", "product", "--no-pull", "--dry-run"]).exits(0);
    asked.prints(&[
        "bizreview comment flow_rate --period 2026-W02 'TEXT'",
        "Last explanation (Ada, 12 Jan, for W01): The first pump.",
    ]);
}

#[test]
fn the_readers_of_another_teams_review_are_not_asked_in_its_name() {
    let plant = Plant::new();
    plant.run(&["ask", "executive", "--no-pull", "--dry-run"]).exits(0).prints(&["ada@plant.example would be asked"]);
    let path = plant.0.join("bizreview.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let without = config.replace("owner = 'Ada Lindqvist <ada@plant.example>'\n", "");
    std::fs::write(&path, &without).unwrap();
    let said = plant.run(&["ask", "executive", "--no-pull", "--dry-run"]).exits(0);
    assert!(said.out.contains("product@plant.example would be asked") && !said.out.contains("board@"), "{}", said.out);
    let nobody = without.replace("team = 'product'\nto", "team = 'executive'\nto");
    std::fs::write(&path, nobody.replace("metrics = ['flow_rate']", "metrics = ['quality/flow_rate']")).unwrap();
    let said = plant.run(&["ask", "executive", "--no-pull"]).exits(1);
    said.explains(&["nobody can be asked about flow_rate: give [teams.product] an owner"]);
}

#[test]
fn silence_is_printed_of_who_was_asked_and_had_four_business_hours() {
    // asked on Friday at half past three: an hour and a half before the weekend
    let plant = Plant::new();
    let friday = "2026-01-16T14:30:00Z";
    let run = |now: &str, number| plant.text(now, "product", "2026-W02", number);
    let before = run(friday, 1);
    assert!(!before.contains("asked") && !before.contains("No comment"), "nobody was asked\n{before}");
    plant
        .at(friday, &["ask", "product", "--no-pull", "--period", "2026-W02"])
        .exits(0)
        .prints(&["asked about flow_rate"]);
    let early = run("2026-01-19T08:00:00Z", 2);
    assert!(early.contains("The owner was not asked in time to comment (asked 16 Jan)."), "Monday at nine\n{early}");
    let almost = run("2026-01-19T10:29:00Z", 3);
    assert!(almost.contains("not asked in time"), "3 h 59 min\n{almost}");
    let late = run("2026-01-19T10:30:00Z", 4);
    assert!(late.contains("No comment from the owner (asked 16 Jan)."), "four hours\n{late}");
    plant.at("2026-01-19T10:31:00Z", &["comment", "flow_rate", "--period", "2026-W02", "A pump."]).exits(0);
    let spoken = run("2026-01-19T10:32:00Z", 5);
    assert!(spoken.contains("Owner (somebody, 19 Jan): A pump.") && !spoken.contains("asked"), "{spoken}");
}

// frozen, and carried on

#[test]
fn what_was_sent_stays_and_later_words_are_in_the_next_edition() {
    let plant = Plant::new();
    plant.run(&["comment", "flow_rate", "--period", "2026-W02", "A pump.", "--author", "Ada"]).exits(0);
    plant.run(&["promise", "add", "Buy a pump", "--due", "2026-01-30", "--team", "product", "--owner", "Ada"]).exits(0);
    plant.text(NOW, "product", "2026-W02", 1);
    let folder = plant.0.join("store/archive/product/2026-W02/1");
    let bytes = || -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let files = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file());
        let mut files: Vec<_> = files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
        files.sort();
        files
    };
    let sent = bytes();
    let tuesday = "2026-01-13T09:00:00Z";
    plant
        .at(tuesday, &["comment", "flow_rate", "--period", "2026-W02", "Two pumps after all.", "--author", "Ada"])
        .exits(0);
    plant.at(tuesday, &["promise", "done", "1"]).exits(0);
    assert_eq!(bytes(), sent, "not a byte is different");
    plant.at(tuesday, &["run", "--as-known-in", "product/2026-W02/1"]).exits(0).prints(&[", 0 different"]);

    let again = plant.text("2026-01-13T10:00:00Z", "product", "2026-W02", 2);
    assert!(
        again.contains("Owner (Ada, 13 Jan): Two pumps after all.") && again.contains("Kept: Buy a pump"),
        "{again}"
    );
    // the third week of the same exception: the last explanation goes on
    let next = plant.text("2026-01-19T09:00:00Z", "product", "2026-W03", 1);
    assert!(next.contains("Last explanation (Ada, 13 Jan, for W02): Two pumps after all."), "{next}");
    assert!(!next.contains("A pump."), "{next}");
    // in the fourth it is over, and with it the explanation; words on the third are late ones
    let wednesday = "2026-01-21T09:00:00Z";
    plant
        .at(wednesday, &["comment", "flow_rate", "--period", "2026-W03", "The last of it.", "--author", "Ada"])
        .exits(0);
    let over = plant.text("2026-01-26T09:00:00Z", "product", "2026-W04", 1);
    assert!(!over.contains("Last explanation"), "{over}");
    assert!(over.contains("- On W03, after its edition (Ada, 21 Jan): The last of it."), "{over}");
    // missed again in the fifth: a new run, of which nothing was explained
    let anew = plant.text("2026-02-02T09:00:00Z", "product", "2026-W05", 1);
    assert!(!anew.contains("Last explanation") && !anew.contains("The last of it."), "{anew}");
}

#[test]
fn a_promise_is_carried_over_until_it_is_kept() {
    let plant = Plant::new();
    let add = |args: &[&str]| plant.run(&[&["promise", "add"], args].concat());
    add(&["Replace the first pump", "--due", "2026-01-16", "--metric", "flow_rate", "--owner", "Ada"])
        .exits(0)
        .prints(&["promise 1:"]);
    add(&["Write down\nwho is on call", "--due", "2026-01-30", "--report", "product", "--owner", "Ben"]).exits(0);
    add(&["Insulate", "--due", "2026-01-30", "--team", "operations", "--owner", "Cy"]).exits(0);
    add(&["x", "--due", "2026-01-11", "--team", "product"]).exits(2).explains(&["is past: today is 2026-01-12"]);
    add(&["x", "--due", "2026-01-30"]).exits(2).explains(&["--team, --report or --metric"]);
    add(&["x", "--due", "2026-01-30", "--team", "produkt"]).exits(2).explains(&["did you mean product?"]);
    add(&["x", "--due", "2026-01-30", "--metric", "flow"]).exits(2).explains(&["did you mean flow_rate?"]);
    add(&[" ", "--due", "2026-01-30", "--team", "product"]).exits(2).explains(&["it says nothing"]);

    let first = plant.text(NOW, "product", "2026-W02", 1);
    assert!(
        first.contains("PROMISES\n- Due in 4 days: Replace the first pump (Ada, due 16 Jan 2026 · Flow rate)"),
        "{first}"
    );
    assert!(first.contains("Due in 18 days: Write down who is on call") && !first.contains("Insulate"), "{first}");
    let second = plant.text("2026-01-19T09:00:00Z", "product", "2026-W03", 1);
    let top = second.split("WHAT NEEDS ATTENTION").next().unwrap();
    assert!(
        top.contains("Overdue promise: Replace the first pump (Ada), 3 days."),
        "right under the verdict\n{second}"
    );
    assert!(second.contains("- Overdue by 3 days: Replace the first pump"), "{second}");
    let all = plant.text("2026-01-19T09:00:00Z", "executive", "2026-W03", 1);
    assert!(["first pump", "on call", "Insulate"].iter().all(|t| all.contains(t)), "{all}");
    assert!(all.contains("· Product)") && all.contains("· Operations)"), "whose they are is said\n{all}");

    let monday = "2026-01-26T09:00:00Z";
    plant.at(monday, &["promise", "done", "1", "--on", "2026-01-11"]).exits(2).explains(&["when it was made"]);
    plant
        .at(monday, &["promise", "done", "1", "--on", "2026-01-20", "--note", "It runs."])
        .exits(0)
        .prints(&["kept on 2026-01-20"]);
    plant.at(monday, &["promise", "done", "1"]).exits(2).explains(&["kept on 2026-01-20 already"]);
    plant.at(monday, &["promise", "done", "9"]).exits(2).explains(&["there is no promise 9"]);
    let third = plant.text(monday, "product", "2026-W04", 1);
    assert!(
        third.contains(
            "- Kept 4 days late: Replace the first pump (Ada, due 16 Jan 2026, done 20 Jan 2026 · Flow rate · It runs.)"
        ),
        "{third}"
    );
    assert!(third.contains("- Due in 4 days: Write down who is on call") && !third.contains("Overdue"), "{third}");
    let fourth = plant.text("2026-02-02T09:00:00Z", "product", "2026-W05", 1);
    assert!(!fourth.contains("first pump") && fourth.contains("Overdue by 3 days: Write down"), "{fourth}");

    let json = plant.at("2026-02-02T09:00:00Z", &["promise", "list", "--format", "json"]).exits(0).out;
    let list: serde_json::Value = serde_json::from_str(&json).unwrap();
    let states: Vec<(&str, &str)> =
        list.as_array().unwrap().iter().map(|p| (p["state"].as_str().unwrap(), p["id"].as_str().unwrap())).collect();
    assert_eq!(states, [("overdue", "2"), ("overdue", "3"), ("kept", "1")]);
}

// the ledger of before

#[test]
fn a_ledger_of_the_version_before_is_taken_over_with_all_that_is_in_it() {
    let plant = Plant::new();
    let path = plant.0.join("store/ledger.sqlite");
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = std::fs::remove_file(plant.0.join("store").join(name));
    }
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("fixtures/ledger_v2.sql")).unwrap();
    old.execute_batch(
        "pragma user_version = 2; insert into churn_reason (account, churned_on, reason, author, noted_at) \
         values ('cus_1', '2026-01-05', 'too_expensive', 'Ada', '2026-01-06T09:00:00Z');",
    )
    .unwrap();
    drop(old);
    plant.run(&["comment", "flow_rate", "--period", "2026-W02", "A pump."]).exits(0);
    assert_eq!(plant.comments(), ["somebody: A pump. (cli)"]);
    let now = rusqlite::Connection::open(&path).unwrap();
    let version: i64 = now.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let reasons: i64 = now.query_row("select count(*) from churn_reason", [], |row| row.get(0)).unwrap();
    assert!(version > 2);
    assert_eq!(reasons, 1);
}

// in print

#[test]
fn words_without_end_neither_block_the_mail_nor_become_markup() {
    let named = sample::all();
    let of = |name: &str| named.iter().find(|(n, _)| *n == name).map(|(_, review)| review.clone()).unwrap();
    let review = of("voices");
    let rendered = Renderer::new(None).unwrap().render(&review).unwrap();
    assert_eq!(audit(&rendered, review.head.link.as_deref()), Vec::<String>::new());
    assert!(rendered.page.contains("href=\"https://wiki.company.example/rota\""));
    assert!(!rendered.page.contains("href=\"javascript") && !rendered.page.contains("<script"));

    let mut flooded: Review = of("sixty-metrics");
    let voices = of("voices");
    let flood = |text: &mut String| *text = "🚀<&\"{{ ".repeat(300);
    let rows: Vec<String> = flooded.sections.iter().flat_map(|s| &s.rows).map(|row| row.metric.clone()).collect();
    for metric in rows {
        let mut own = voices.comments[0].clone();
        own.metric = metric;
        for author in 0..20 {
            let mut comment = voices.comments[0].said[0].clone();
            flood(&mut comment.text);
            comment.author = format!("Author {author} {}", "<b>".repeat(20));
            own.said.push(comment);
        }
        flooded.comments.push(own);
    }
    for _ in 0..40 {
        let mut promise = voices.promises[0].clone();
        flood(&mut promise.text);
        promise.note = Some("🚀<&\"".repeat(200));
        flooded.promises.push(promise);
    }
    let rendered = Renderer::new(None).unwrap().render(&flooded).unwrap();
    assert_eq!(audit(&rendered, flooded.head.link.as_deref()), Vec::<String>::new(), "{} bytes", rendered.html.len());
    assert!(rendered.html.contains("34 more promises on the page."), "what is left out is counted");
    assert!(rendered.page.matches("🚀").count() > 20 * 300, "the page has all of it");
}
