//! What each subcommand promises: what it prints, writes and leaves alone, and its exit code.

use crate::support::company::{Apis, Desk, NOW, REPORTS, Shipped, bizreview, free_port, said};
use crate::support::mail::Server;
use crate::support::scratch::Scratch;

const COLUMNS: &str = "metric,period,segment_name,segment_value,numerator,denominator,n,value";

#[test]
fn help_says_what_every_subcommand_does() {
    let commands = [
        "",
        "demo",
        "init",
        "check",
        "pull",
        "sources",
        "run",
        "values",
        "query",
        "accounts",
        "accounts list",
        "accounts unmatched",
        "accounts link",
        "ask",
        "comment",
        "comment list",
        "promise",
        "promise add",
        "promise done",
        "resend",
        "approve",
        "suppress",
        "links",
        "status",
        "history",
        "clean",
        "backup",
        "restore",
        "thaw",
        "forget",
        "quarantine",
        "quarantine list",
        "quarantine show",
        "quarantine retry",
        "serve",
        "healthcheck",
        "sandbox",
        "completions",
    ];
    for command in commands {
        let help = said(bizreview().args(command.split_whitespace()).arg("--help")).exits(0);
        insta::assert_snapshot!(format!("help {command}").trim().replace(' ', "_"), help.out);
        assert_eq!(help.err, "", "{command}");
    }
}

/// As in `bizreview history | head -1`.
#[test]
fn whoever_reads_only_the_first_lines_sees_no_bug() {
    let folder = Scratch::new("unread");
    let mut command = bizreview();
    command.args(["init", "reviews", "--template"]).current_dir(&*folder).env("RUST_BACKTRACE", "1");
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(141));
}

#[test]
fn completions_know_the_subcommands_of_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        said(bizreview().args(["completions", shell])).exits(0).prints(&["bizreview", "unmatched", "dry-run"]);
    }
    said(bizreview().args(["completions", "tcsh"])).exits(2).explains(&["tcsh", "bash"]);
}

// demo, init, check

fn demo(folder: &str, accounts: &str, weeks: &str) -> crate::support::company::Said {
    let arguments = ["demo", "--out", folder, "--accounts", accounts, "--weeks", weeks];
    said(bizreview().args(arguments).env("BIZREVIEW_NOW", NOW))
}

#[test]
fn a_demo_is_a_mail_and_a_page_per_report_and_a_folder_that_checks() {
    let folder = Scratch::new("demo");
    let out = folder.join("out");
    let words = demo(out.to_str().unwrap(), "60", "30").exits(0);
    let outbox = out.join("outbox").display().to_string();
    let index = out.join("store/archive/index.html").display().to_string();
    words.prints(&[&outbox, &index]);
    let mails: Vec<_> = std::fs::read_dir(out.join("outbox")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(mails.len(), REPORTS.len(), "{mails:?}");
    let index = std::fs::read_to_string(index).unwrap();
    for Shipped { name, period, .. } in REPORTS.iter() {
        let page = format!("{name}/{period}/1/index.html");
        assert!(index.contains(&page) && out.join("store/archive").join(&page).is_file(), "{page}");
    }

    let mut check = bizreview();
    check.current_dir(&out).env("BIZREVIEW_NOW", NOW);
    for secret in ["BILLING_TOKEN", "SUPPORT_TOKEN", "PRODUCT_TOKEN", "STATUS_TOKEN"] {
        check.env(secret, "sandbox");
    }
    said(check.arg("check")).exits(0).prints(&["queries", "metrics", "templates", "every secret found"]);

    // A demo may empty what a demo made, and takes nothing over from it.
    std::fs::write(out.join("outbox/of-the-first.eml"), "").unwrap();
    demo(out.to_str().unwrap(), "10", "12");
    assert!(!out.join("outbox/of-the-first.eml").exists());
    assert!(!out.join("store/archive/support/2026-W46/2").exists());
}

#[test]
fn a_demo_leaves_a_folder_of_others_alone() {
    let folder = Scratch::new("demo");
    std::fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    demo(folder.to_str().unwrap(), "10", "12").exits(2).explains(&["is not empty", "--out"]);
    let names: Vec<_> = std::fs::read_dir(&*folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["thesis.txt"]);
}

#[test]
fn init_writes_a_live_configuration_once() {
    let folder = Scratch::new("init");
    let path = folder.join("desk/bizreview.toml");
    said(bizreview().arg("init").arg(folder.join("desk")).arg("--template"))
        .exits(0)
        .prints(&[path.to_str().unwrap(), "next:"]);
    let text = std::fs::read_to_string(&path).unwrap();
    for left in ["# sandbox", "127.0.0.1:4010", "#live"] {
        assert!(!text.contains(left), "{left}");
    }
    assert!(text.contains("YOUR-COMPANY.zendesk.com"), "what was commented for live use came alive");
    bizreview::config::Config::parse(&text, &folder).unwrap();
    assert!(folder.join("desk/files").is_dir());

    std::fs::write(&path, "mine").unwrap();
    said(bizreview().arg("init").arg(folder.join("desk"))).exits(2).explains(&["exists and is left alone"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn check_opens_no_store_and_needs_no_network() {
    let desk = Desk::pulled().edit("path = \"store\"", "path = \"elsewhere\"");
    let said =
        desk.run(&["check"]).exits(0).prints(&["5 sources", &format!("{} reports", REPORTS.len()), "bind", "dir:"]);
    assert_eq!(said.err, "");
    assert!(!desk.join("elsewhere").exists() && !desk.join("outbox").exists());
}

/// One page of each stream and a greeting; nothing is left behind, no mail is begun.
#[test]
fn check_online_asks_for_first_pages_and_greets_the_mail_server() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::offering("PIPELINING\r\n250 AUTH PLAIN LOGIN", vec![]));
    let mail = format!(
        "username = \"u\"\npassword = {{ env = \"BILLING_TOKEN\" }}\ntransport = \"smtp://127.0.0.1:{}\"",
        server.port
    );
    let desk = Desk::pulled().edit("transport = \"dir:outbox\"", &mail);
    let said = desk.run(&["check", "--online"]).exits(0).prints(&["every source answers", "mail server", "is ready"]);
    // what is no mistake: one way to the operator, what DNS says of From, and readers who were never mailed
    let is_advice = |line: &str| line.starts_with("hint: ") || line.starts_with("warning: notices ");
    assert!(said.err.lines().all(is_advice), "{}", said.err);
    let commands = server.commands();
    let verbs: Vec<&str> = commands.iter().map(|c| c.split(' ').next().unwrap()).collect();
    assert_eq!(verbs, ["CONNECT", "EHLO", "AUTH", "QUIT"], "{commands:?}");

    let desk = desk.edit(&format!("127.0.0.1:{}", server.port), &format!("127.0.0.1:{}", free_port()));
    desk.run(&["check", "--online"]).exits(2).explains(&["mail server: cannot use the mail server"]);
}

/// A list that never ends says nothing against its first page; one that refuses it does.
#[test]
fn check_online_reads_no_second_page() {
    let apis = Apis::failing(&["billing:/v1/customers:endless", "status:/incidents:401"]);
    let desk = Desk::new(&apis);
    let said = desk.run(&["check", "--online"]).exits(2).explains(&["source status (statuspage)", "answered 401"]);
    assert!(!said.err.contains("billing"), "{}", said.err);
    assert!(!desk.join("store").exists());
}

#[test]
fn a_metric_that_is_off_has_no_row() {
    let off = Desk::pulled().edit("[reports.executive]", "[metrics.mrr]\nenabled = false\n\n[reports.executive]");
    off.run(&["run", "finance", "--no-pull", "--dry-run"]).exits(0);
    let text = off.read("store/dry-run/finance/2026-10/email.txt");
    let of_mrr = text.lines().find(|line| line.trim_start_matches("- ").starts_with("MRR: "));
    assert!(of_mrr.is_none() && text.contains("New MRR: "), "{of_mrr:?}");
}

#[test]
fn a_definition_changes_with_the_tables_of_the_configuration() {
    let desk = Desk::pulled();
    let definitions = |desk: &Desk| {
        desk.run(&["run", "support", "--no-pull", "--again"]).exits(0);
        let number = desk.names("store/archive/support/2026-W46").len();
        let text = desk.read(&format!("store/archive/support/2026-W46/{number}/report.json"));
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["definitions"].clone()
    };
    let before = definitions(&desk);
    assert_eq!(before, definitions(&desk), "the hour of the pull is no part of it");
    let target = "[[support.targets]]\nclock = \"resolution\"\nminutes = 60\n\n[[support.targets]]";
    assert_ne!(before, definitions(&desk.edit("[[support.targets]]", target)));
}

// values, query, accounts

#[test]
fn values_come_as_table_csv_and_json_with_the_same_columns() {
    let desk = Desk::pulled();
    let csv = desk.run(&["values", "mrr", "nrr", "--from", "2026-W45", "--format", "csv"]).exits(0).out;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], COLUMNS);
    let keys: Vec<String> = lines[1..].iter().map(|l| l.split(',').take(3).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(keys, ["mrr 2026-W45 total", "mrr 2026-W46 total", "nrr 2026-W45 total", "nrr 2026-W46 total"]);

    let json = desk.run(&["values", "mrr", "nrr", "--from", "2026-W45", "--format", "json"]).exits(0).out;
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.len(), 4);
    for (row, line) in rows.iter().zip(&lines[1..]) {
        let mut names: Vec<&str> = row.keys().map(String::as_str).collect();
        let mut expected: Vec<&str> = COLUMNS.split(',').collect();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(row["value"].as_str().unwrap(), line.rsplit(',').next().unwrap(), "the same figure in both");
    }
    assert!(rows[0]["numerator"].is_null(), "what does not apply is null, not zero");

    let table = desk.run(&["values", "mrr", "--from", "2026-W45"]).exits(0).out;
    assert_eq!(table.lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(","), COLUMNS);
    assert_eq!(table.lines().count(), 4);
}

#[test]
fn values_cut_by_segment_and_grain() {
    let desk = Desk::pulled();
    let arguments = ["values", "growth/mrr", "--grain", "month", "--from", "2026-09", "--segment", "plan", "--format"];
    let csv = desk.run(&[&arguments[..], &["csv"]].concat()).exits(0).out;
    assert!(csv.lines().count() > 3);
    assert!(csv.lines().skip(1).all(|l| l.starts_with("mrr,2026-09,plan,") || l.starts_with("mrr,2026-10,plan,")));
}

#[test]
fn query_reads_and_only_reads() {
    let desk = Desk::pulled();
    let sql = "select count(*) as accounts, 'x' as word from core.account";
    let csv = desk.run(&["query", sql, "--format", "csv"]).exits(0).out;
    assert!(csv.starts_with("accounts,word\n") && csv.trim_end().ends_with(",x"), "{csv}");
    for (sql, words) in [
        ("create table core.mine (i int)", "only SELECT"),
        ("copy (select 1) to 'out.csv'", "only SELECT"),
        ("attach 'other.db'", "only SELECT"),
        ("set threads = 1", "only SELECT"),
        ("select * from read_csv('files/targets.csv')", "read_csv"),
        ("select * from 'files/targets.csv'", "may not read files"),
        ("select 1; drop table core.account", "only SELECT"),
        ("select 1; select 2", "one SELECT"),
        ("select 1 +", "line 1"),
        ("select nmae from core.account", "name"),
    ] {
        let refused = desk.run(&["query", sql]).exits(2).explains(&["error: ", words]);
        assert_eq!(refused.out, "", "{sql}");
    }
    desk.run(&["query", sql]).exits(0);
    assert!(!desk.join("out.csv").exists() && !desk.join("other.db").exists());
}

#[test]
fn an_account_link_is_taken_up_by_the_next_pull() {
    let desk = Desk::pulled();
    let accounts = desk.run(&["accounts", "--format", "csv"]).exits(0).out;
    assert!(accounts.starts_with("account_id,name,mrr_minor,support,product\n"), "{accounts}");
    let account = accounts.lines().nth(1).unwrap().split(',').next().unwrap();
    let unmatched = || desk.run(&["accounts", "unmatched", "--format", "csv"]).exits(0).out;
    let before = unmatched();
    assert!(before.starts_with("system,external_id,name,seen\n"), "{before}");
    let stray: Vec<&str> = before.lines().nth(1).unwrap().split(',').collect();

    let words = desk.run(&["accounts", "link", stray[0], stray[1], account]).exits(0);
    words.prints(&["account_map.csv", stray[1], account, "next pull"]);
    let line = format!("{account},{},{},2026-11-16", stray[0], stray[1]);
    assert!(desk.read("files/account_map.csv").ends_with(&format!("\n{line}\n")));
    assert_eq!(unmatched(), before, "not before the pull");
    desk.run(&["pull", "files"]).exits(0);
    let after = unmatched();
    assert!(!after.contains(stray[1]), "{after}");
    assert_eq!(after.lines().count(), before.lines().count() - 1);

    desk.run(&["accounts", "link", "billling", "x", account]).exits(2).explains(&["billling", "product or crm"]);
}

// run

#[test]
fn a_dry_run_sends_and_archives_nothing() {
    let desk = Desk::pulled();
    let words = desk.run(&["run", "--dry-run"]).exits(0).prints(&["dry run"]);
    for Shipped { name, .. } in REPORTS.iter() {
        assert!(words.out.contains(&format!("dry-run/{name}/")), "{}", words.out);
    }
    let html = desk.read("store/dry-run/support/2026-W46/email.html");
    assert!(html.contains("<html"));
    assert_eq!(desk.names("outbox"), [""; 0]);
    assert!(desk.archived().is_empty(), "{:?}", desk.archived());
}

#[test]
fn a_period_is_mailed_once_unless_asked_again() {
    let desk = Desk::pulled();
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["sent", "1 of 1"]);
    let first = desk.names("outbox");
    assert_eq!(first, ["support-2026-W46-support@northwind-reports.example.eml"]);

    let again = desk.run(&["run", "support", "--no-pull"]).exits(0);
    again.prints(&["mailed before"]).explains(&["hint:", "--again", "--to"]);
    assert_eq!(desk.names("outbox"), first);
    assert!(desk.join("store/archive/support/2026-W46/2/index.html").is_file(), "archived again all the same");

    desk.run(&["run", "support", "--no-pull", "--again"]).exits(0).prints(&["1 of 1"]);
    assert_eq!(desk.names("outbox").len(), 2);

    // Another period is another mail.
    desk.run(&["run", "support", "--no-pull", "--period", "2026-W40"]).exits(0).prints(&["2026-W40", "1 of 1"]);
    let mails = desk.mails();
    let (_, mail) = mails.iter().find(|(name, _)| name.contains("2026-W40")).unwrap();
    assert!(mail.subject.contains("W40"), "{}", mail.subject);
}

#[test]
fn to_sends_only_there_with_a_marked_subject_and_does_not_count_as_mailed() {
    let desk = Desk::pulled();
    let me = "me@northwind-reports.example";
    desk.run(&["run", "support", "--no-pull", "--to", me]).exits(0).prints(&["1 of 1"]);
    let mails = desk.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].1.to, me);
    assert!(mails[0].1.subject.contains("[only to you]"), "{}", mails[0].1.subject);

    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["1 of 1"]);
    assert_eq!(desk.names("outbox").len(), 2);
}

/// A test to a reader's own address, and one whose address is part of a reader's, leave the real mail owed to everybody.
#[test]
fn a_test_to_a_reader_takes_nobody_s_mail_away() {
    let (reader, other) = ("support@northwind-reports.example", "lead@northwind-reports.example");
    let desk = Desk::pulled().edit(&format!("[\"{reader}\"]"), &format!("[\"Team <{reader}>\", \"{other}\"]"));
    desk.run(&["run", "support", "--no-pull", "--to", reader]).exits(0).prints(&["1 of 1"]);
    desk.run(&["run", "support", "--no-pull", "--to", "ead@northwind-reports.example"]).exits(0).prints(&["1 of 1"]);
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["2 of 2"]);
    let real = |to: &str| {
        let mails = desk.mails();
        mails.iter().filter(|(_, m)| m.to.contains(to) && !m.subject.contains("[only to you]")).count()
    };
    assert_eq!((real(reader), real(other)), (1, 1));
    desk.run(&["run", "support", "--no-pull", "--to", other]).exits(0).prints(&["1 of 1"]);
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["mailed before"]);
}

#[test]
fn a_reader_added_later_gets_the_period_and_the_others_do_not_get_it_twice() {
    let first = "support@northwind-reports.example";
    let desk = Desk::pulled();
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["1 of 1"]);
    let desk = desk
        .edit(&format!("[\"{first}\"]"), "[\"SUPPORT@Northwind-Reports.example\", \"port@northwind-reports.example\"]");
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["1 of 1"]);
    let mails = desk.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails.iter().filter(|(_, mail)| mail.to == "port@northwind-reports.example").count(), 1);
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["mailed before"]);
    desk.run(&["run", "support", "--no-pull", "--again"]).exits(0).prints(&["2 of 2"]);
}
