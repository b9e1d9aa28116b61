//! Whatever is wrong from outside: configuration, APIs, files, queries, disk, mail server. Each mistake is explained with
//! what, where and what to do, has its exit code, and leaves nothing half-written; what is not concerned goes out.

use std::process::Stdio;

use crate::support::company::{Apis, Desk, Killed, REPORTS, SHIPPED, Said, bizreview, free_port, said, soon};
use crate::support::mail::{Act, Server};

// Configuration

/// `check` and `run` both refuse the configuration, before anything is opened.
#[track_caller]
fn refused(from: &str, to: &str, words: &[&str]) -> Said {
    let desk = Desk::pulled().edit(from, to);
    let before = desk.names("store");
    desk.run(&["run"]).exits(2).explains(words);
    assert_eq!(desk.names("store"), before);
    assert_eq!((desk.names("outbox"), desk.archived()), (vec![], vec![]));
    desk.run(&["check"]).exits(2).explains(&["error: "]).explains(words)
}

#[test]
fn a_mistyped_key_is_shown_with_line_caret_and_the_accepted_ones() {
    let words = ["in bizreview.toml", "line 8, column 1", "^^^^^^^^^", "unknown field `wek_start`", "`week_start`"];
    refused("week_start", "wek_start", &words);
    refused("grain = \"month\"", "grain = \"mnth\"", &["unknown variant `mnth`", "`week`, `month`, `quarter`"]);
    refused("small_number = 30", "small_number = \"30\"", &["small_number = \"30\"", "invalid type: string", "u32"]);
}

#[test]
fn a_secret_in_the_configuration_is_refused_and_not_repeated() {
    let reference = "token = { env = \"BILLING_TOKEN\" }";
    let line = SHIPPED.lines().position(|line| line.starts_with(reference)).unwrap() + 1;
    for wrong in ["token = \"sk_live_51H8\"", "tokn = \"sk_live_51H8\"", "token = \"sk_live_51H8"] {
        let said = refused(reference, wrong, &["in bizreview.toml", &format!("line {line}")]);
        assert!(!said.err.contains("sk_live_51H8"), "{}", said.err);
    }
    refused(reference, "token = \"sk_live_51H8\"", &["named, not written here", "{ env = \"VARIABLE\" }"]);
}

#[test]
fn a_target_for_a_clock_or_priority_that_does_not_exist_is_refused() {
    let target = "[[support.targets]]";
    for (key, words) in [
        ("clock = \"resolutoin\"", ["clock: \"resolutoin\"", "did you mean resolution"]),
        ("clock = \"resolution\"\npriority = \"urgnet\"", ["priority: \"urgnet\"", "did you mean urgent"]),
    ] {
        let entry = format!("[[support.targets]]\n{key}\nminutes = 60\n\n{target}");
        refused(target, &entry, &["[[support.targets]]", words[0], words[1]]);
    }
}

#[test]
fn a_segment_that_has_another_meaning_and_an_hour_for_nothing_are_refused() {
    let segments = "segments = [\"region\"]";
    refused(segments, "segments = [\"plan\"]", &["[accounts] segments", "\"plan\"", "choose another name"]);
    refused(segments, "segments = [\"region\", \"region\"]", &["[accounts] segments", "\"region\" is listed twice"]);
    refused(segments, "segments = [\"sales region\"]", &["\"sales region\"", "letters, digits, - and _"]);
    refused("owner_segment = \"owner\"", "owner_segment = \"total\"", &["[accounts] owner_segment", "\"total\""]);
    refused("hour_rate = 50", "hour_rate = 0", &["[value] hour_rate must be above 0"]);
}

#[test]
fn a_schedule_rule_says_one_kind_of_ticket_and_a_schedule_there_is() {
    let place = "# [[support.schedule_rules]]";
    for (rule, words) in [
        ("schedule = \"1\"", ["exactly one of group, brand, organization or tag", "group = ["]),
        ("schedule = \"1\"\ngroup = [\"2\"]\ntag = [\"vip\"]", ["exactly one of", "\"1\""]),
        ("schedule = \"ofice\"\ngroup = [\"2\"]", ["\"ofice\"", "neither in [support.schedules] nor an id"]),
        ("schedule = \"1\"\ngroups = [\"2\"]", ["unknown field `groups`", "group"]),
    ] {
        refused(place, &format!("[[support.schedule_rules]]\n{rule}\n\n{place}"), &words);
    }
    let desk = Desk::pulled()
        .edit(place, &format!("[[support.schedule_rules]]\nschedule = \"1\"\ntag = [\"vip\"]\n\n{place}"));
    let said = desk.run(&["run", "support", "--no-pull"]).exits(1).prints(&["1 of 1"]);
    said.explains(&["problem: [[support.schedule_rules]]", "\"1\"", "the rule is passed over"]);
}

#[test]
fn a_commitment_that_cannot_be_is_refused() {
    for (key, wrong, words) in [
        ("uptime = 0.999 ", "uptime = 99.9 ", "uptime is 99.9; write a share such as 0.999"),
        ("credit = 0.10 ", "credit = 10 ", "credit is 10; write a share such as 0.10"),
        ("# period = \"quarter\"", "period = \"fortnight\"", "use month, quarter or year"),
        (
            "# period = \"quarter\"",
            "[[operations.commitments]]\nplan = \"Scale\"\nuptime = 0.99\n#",
            "there is another one by the month",
        ),
    ] {
        refused(key, wrong, &["[[operations.commitments]] plan \"Scale\"", words]);
    }
}

#[test]
fn a_default_schedule_that_nobody_has_is_a_problem() {
    let desk = Desk::pulled().edit("# default_schedule = \"360000123\"", "default_schedule = \"ofice\"");
    let said = desk.run(&["run", "support", "--no-pull"]).exits(1).prints(&["1 of 1"]);
    said.explains(&["problem: [support] default_schedule", "\"ofice\"", "around the clock"]);
}

#[test]
fn times_and_zones_that_cannot_be_are_refused() {
    let cron = "cron = \"0 8 * * TUE\"";
    refused(cron, "cron = \"0 0 8 * * TUE\"", &["[reports.executive]", "has 6 fields", "minute hour day-of-month"]);
    refused(cron, "cron = \"0 8 1 * TUE\"", &["[reports.executive]", "day-of-month and day-of-week both"]);
    refused(cron, "cron = \"0 8 31 2 *\"", &["[reports.executive]", "never comes"]);
    let zone = "timezone = \"Europe/Berlin\"        #";
    refused(
        zone,
        "timezone = \"Europe/Berln\" #",
        &["[company] timezone", "\"Europe/Berln\" is not a time zone", "IANA"],
    );
}

#[test]
fn names_that_exist_nowhere_are_refused_with_the_near_ones() {
    refused("\"growth/*\"", "\"grwoth/*\"", &["[reports.finance] metrics", "\"grwoth/*\"", "did you mean growth/*"]);
    refused(
        "\"late_commitments\"",
        "\"late_comitments\"",
        &["[reports.executive] lists", "did you mean late_commitments"],
    );
    refused(
        "manifest = \"stripe\"",
        "manifest = \"strpe\"",
        &["[sources.billing]", "no manifest \"strpe\"", "did you mean stripe"],
    );
    refused(
        "team = \"finance\"\nto",
        "team = \"finanace\"\nto",
        &["[reports.finance]", "\"finanace\"", "did you mean finance"],
    );
}

#[test]
fn names_on_the_command_line_are_refused_with_the_near_ones() {
    let desk = Desk::pulled();
    for (arguments, words) in [
        (["run", "suport"].as_slice(), ["report \"suport\"", "did you mean support"]),
        (&["pull", "biling"], ["no source \"biling\"", "did you mean billing"]),
        (&["values", "nnr"], ["metric \"nnr\"", "nrr"]),
        (&["run", "support", "--period", "2026-W99"], ["2026-W99", "no ISO week 99"]),
        (&["run", "support", "--period", "last"], ["\"last\" is not a period", "2026-W46"]),
        (&["run", "support", "--period", "2026-W47"], ["2026-W47 is not over yet", "last complete one is 2026-W46"]),
        (&["run", "finance", "--period", "2026-11"], ["2026-11 is not over yet", "last complete one is 2026-10"]),
        (&["values", "mrr", "--from", "2026-W40", "--to", "2026-W30"], ["2026-W40 is after 2026-W30", "nothing"]),
        (&["run", "--perod", "2026-W46"], ["--perod", "--period"]),
    ] {
        desk.run(arguments).exits(2).explains(&words);
    }
    assert_eq!((desk.names("outbox"), desk.archived()), (vec![], vec![]));
}

#[test]
fn a_recipient_elsewhere_is_refused_before_anything_is_made() {
    let words = ["[reports.executive]", "board@else.example", "allowed_domains", "northwind-reports.example"];
    refused("board@northwind-reports.example", "board@else.example", &words);
    let desk = Desk::pulled();
    for address in ["eve@else.example", "not-an-address"] {
        desk.run(&["run", "--to", address]).exits(2).explains(&["--to", address]);
    }
    assert_eq!((desk.names("outbox"), desk.archived()), (vec![], vec![]));
}

#[test]
fn a_missing_configuration_says_how_to_make_one() {
    let desk = Desk::pulled();
    std::fs::remove_file(desk.join("bizreview.toml")).unwrap();
    desk.run(&["run"]).exits(2).explains(&["cannot read the configuration bizreview.toml", "bizreview init DIR"]);
}

// Sources

/// Every report is mailed and says, as stderr does, what is wrong with the named source.
#[track_caller]
fn all_go_out_naming(desk: &Desk, said: &Said, source: &str, words: &[&str]) {
    let problem = said.err.lines().find(|l| l.starts_with(&format!("problem: {source} ")));
    let problem = problem.unwrap_or_else(|| panic!("no problem of {source} in\n{}", said.err));
    for word in words {
        assert!(problem.contains(word), "{word:?} is not in {problem}");
    }
    let mails = desk.mails();
    assert_eq!(mails.len(), REPORTS.len(), "{}", said.err);
    for (name, mail) in mails {
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(text.contains(word), "{name} does not say {word:?}:\n{}", mail.text);
        }
    }
}

#[test]
fn a_missing_secret_stops_its_source_only() {
    let desk = Desk::pulled();
    let missing = ["source support", "set the environment variable SUPPORT_TOKEN"];
    let said = crate::support::company::said(desk.command(&["run"]).env_remove("SUPPORT_TOKEN")).exits(1);
    all_go_out_naming(&desk, &said, "support", &missing);
    assert_eq!(
        states(&said),
        [("billing", true), ("files", true), ("product", true), ("status", true), ("support", false)]
    );
    crate::support::company::said(desk.command(&["check"]).env_remove("SUPPORT_TOKEN")).exits(2).explains(&missing);
}

/// Source and whether all its streams loaded, from the table `run` prints.
fn states(said: &Said) -> Vec<(&str, bool)> {
    let rows = said.out.lines().skip(2).take_while(|line| !line.is_empty());
    rows.map(|line| (line.split(' ').next().unwrap(), line.ends_with("  ok"))).collect()
}

/// The shipped manifests with little patience, so that a test need not have more.
fn impatient(desk: Desk) -> Desk {
    let limits = "limits = { read_seconds = 2, tries = 2, backoff_seconds = 0.05, wait_seconds = 1, pages = 150 }";
    let manifests = [
        ("stripe", include_str!("../../config/sources/stripe.toml")),
        ("zendesk", include_str!("../../config/sources/zendesk.toml")),
        ("posthog", include_str!("../../config/sources/posthog.toml")),
        ("statuspage", include_str!("../../config/sources/statuspage.toml")),
    ];
    let desk = desk.edit("# manifests = \"sources\"", "manifests = \"sources\"");
    manifests.into_iter().fold(desk, |desk, (name, text)| {
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("limits =")).collect();
        let text = kept.join("\n").replacen("\nconcurrency", &format!("\n{limits}\nconcurrency"), 1);
        assert!(text.contains(limits));
        desk.write(&format!("sources/{name}.toml"), &text)
    })
}

/// Two broken APIs at a time: fault, and what is said of it.
#[track_caller]
fn broken(faults: [(&str, &[&str]); 2]) {
    let apis = Apis::failing(&faults.map(|(fault, _)| fault));
    let desk = impatient(Desk::new(&apis));
    let said = desk.run(&["run"]).exits(1);
    let broken = faults.map(|(fault, _)| fault.split(':').next().unwrap());
    for (source, is_ok) in states(&said) {
        assert_eq!(is_ok, !broken.contains(&source), "{source}\n{}", said.out);
    }
    for (source, (_, words)) in broken.iter().zip(faults) {
        all_go_out_naming(&desk, &said, source, words);
    }
}

#[test]
fn a_refused_key_and_a_login_page_instead_of_json() {
    broken([
        ("billing:/v1/:401", &["source billing (stripe)", "answered 401", "BILLING_TOKEN"]),
        ("status:/incidents:html", &["source status (statuspage)", "/incidents", "HTML"]),
    ]);
}

#[test]
fn a_forbidden_stream_and_a_failing_server() {
    broken([
        ("support:/tickets/cursor:403", &["source support (zendesk)", "answered 403", "left out"]),
        ("product:/query:500", &["source product (posthog)", "answered 500", "tried 2 times"]),
    ]);
}

#[test]
fn an_unknown_address_and_an_api_that_never_answers() {
    broken([
        ("billing:/v1/subscriptions:404", &["source billing (stripe)", "answered 404", "check base_url"]),
        (
            "status:/incidents:timeout",
            &["source status (statuspage)", "/incidents was not answered in time", "tried 2 times"],
        ),
    ]);
}

#[test]
fn an_api_limit_that_stays_exceeded_and_half_an_answer() {
    broken([
        ("support:/tickets/cursor:429", &["source support (zendesk)", "answered 429", "tried 2 times"]),
        ("product:/query:truncate", &["source product (posthog)", "JSON"]),
    ]);
}

#[test]
fn a_field_of_another_type_and_a_cursor_that_stands_still() {
    broken([
        ("billing:/v1/customers:wrong_type", &["billing customers", "set aside"]),
        (
            "support:/tickets/cursor:repeat_cursor",
            &["source support (zendesk)", "a cursor or address that it had given before"],
        ),
    ]);
}

#[test]
fn pages_without_end_and_a_server_that_is_overloaded() {
    broken([
        ("billing:/v1/customers:endless", &["source billing (stripe)", "still no end after 150 pages"]),
        ("product:/query:503", &["source product (posthog)", "answered 503"]),
    ]);
}

#[test]
fn a_date_that_does_not_exist_is_set_aside_and_the_rest_of_the_file_counts() {
    let desk = Desk::pulled();
    let text = desk.read("files/commitments.csv");
    let lines = text.lines().count();
    let desk = desk.write("files/commitments.csv", &format!("{text}com-x,cus_x,onboarding,2026-11-01,2026-11-31,\n"));
    let said = desk.run(&["run", "operations"]).exits(1);
    let said = said.explains(&["problem: files commitments", "1 record", "set aside"]).prints(&["1 of 1"]);
    assert!(!said.err.contains("error"), "{}", said.err);
    let counted =
        desk.run(&["query", "select count(*) as n from staging.files_commitment", "--format", "csv"]).exits(0);
    assert_eq!(counted.out, format!("n\n{}\n", lines - 1), "all but the broken one");
}

// The store

#[test]
fn a_warehouse_in_use_says_by_whom_and_since_when() {
    let desk = Desk::pulled();
    let endless = "select sum(a.range * b.range) from range(10000000) as a, range(10000000) as b";
    let holder = desk.command(&["query", endless]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let holder = Killed(holder);
    let who = format!("process {} (query, since 2026-11-16T09:00:00Z)", holder.0.id());
    assert!(soon(60, || std::fs::read_to_string(desk.join("store/warehouse.lock")).is_ok_and(|t| t.contains(&who))));
    for arguments in [["values", "mrr"].as_slice(), &["run", "support", "--no-pull"]] {
        let mut command = desk.command(arguments);
        let busy = crate::support::company::said(command.env("BIZREVIEW_WAIT_SECONDS", "1")).exits(3);
        busy.explains(&["error: ", &who, "wait for it to finish, or stop that process"]);
    }
    assert_eq!((desk.names("outbox"), desk.archived()), (vec![], vec![]));

    // A killed process leaves no lock behind.
    drop(holder);
    desk.run(&["values", "mrr"]).exits(0);
}

#[test]
fn a_damaged_warehouse_says_what_to_do_and_loses_nothing() {
    let desk = Desk::pulled();
    let figures = |desk: &Desk| desk.run(&["values", "mrr", "csat", "active_accounts", "--format", "csv"]).exits(0).out;
    let before = figures(&desk);
    let desk = desk.write("store/warehouse.duckdb", "not a database");
    let said = desk.run(&["values"]).exits(1);
    let said = said.explains(&["cannot open the warehouse", "store/warehouse.duckdb", "delete it: it is rebuilt"]);
    assert!(said.err.lines().count() <= 3, "no stack trace:\n{}", said.err);
    std::fs::remove_file(desk.join("store/warehouse.duckdb")).unwrap();
    assert_eq!(figures(&desk), before, "rebuilt from landing, without the APIs");
}

#[test]
fn a_store_that_is_a_file_is_an_error_that_names_it() {
    let desk = Desk::pulled().edit("path = \"store\"", "path = \"files/targets.csv\"");
    let before = desk.read("files/targets.csv");
    for arguments in [["run"].as_slice(), &["pull"], &["values"]] {
        desk.run(arguments).exits(1).explains(&["[store] path", "files/targets.csv", "folder"]);
    }
    assert_eq!(desk.read("files/targets.csv"), before);
}

#[test]
fn an_archive_that_cannot_be_written_sends_nothing_unarchived() {
    let desk = Desk::pulled().write("store/archive", "a file where the folder should be");
    let said = desk.run(&["run", "support", "--no-pull"]).exits(4);
    said.explains(&["problem: report support", "store/archive"]).prints(&["not sent"]);
    assert_eq!(desk.names("outbox"), [""; 0]);
    std::fs::remove_file(desk.join("store/archive")).unwrap();
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["1 of 1"]);
}

// Queries and templates of one's own

const HEADER: &str = "-- metric: mine\n-- title: Mine\n-- team: finance\n-- dimension: growth\n-- kind: outcome\n\
    -- unit: count\n-- better: higher\n-- shape: level\n-- definition: mine\n";
const BODY: &str = "select period_id, account_id, 1 as value from marts.account_mrr_at\n";

#[test]
fn a_query_of_ones_own_is_checked_before_it_counts() {
    let metric = "metrics/growth/mine.sql";
    let mut desk = Desk::pulled().edit("# queries = \"queries\"", "queries = \"queries\"");
    for (file, sql, words) in [
        ("core/mine.sql", "select * from marts.walk".to_owned(), ["marts.walk", "later layer"]),
        ("core/mine.sql", "select\n  now() as at".to_owned(), ["line 2, column 3", "function now is not allowed"]),
        ("core/mine.sql", "select current_date".to_owned(), ["current_date", "period and setting"]),
        ("core/mine.sql", "select * from read_csv('x.csv')".to_owned(), ["line 1", "read_csv"]),
        ("core/mine.sql", "select * from 'x.csv'".to_owned(), ["may not read files", "files source"]),
        ("core/mine.sql", "select * from core.acount".to_owned(), ["core.acount", "did you mean core.account"]),
        ("core/mine.sql", "select nmae from core.account".to_owned(), ["LINE 1", "nmae"]),
        ("core/mine.sql", "drop table core.account".to_owned(), ["only SELECT", "changes nothing"]),
        ("marts/mine.sql", "select 1.5::double as mrr".to_owned(), ["mrr", "floating point"]),
        ("mine.sql", "select 1".to_owned(), ["not in staging", "metrics/<dimension>/"]),
        (metric, BODY.to_owned(), ["begins with its header", "-- metric: name"]),
        (
            metric,
            format!("{}{BODY}", HEADER.replace("-- team", "-- taem")),
            ["unknown key \"taem\"", "did you mean team"],
        ),
        (metric, format!("{}{BODY}", HEADER.replace("-- shape: level\n", "")), ["the header has no", "-- shape"]),
        (metric, format!("{}{BODY}", HEADER.replace("metric: mine", "metric: nrr")), ["nrr", "already defined"]),
        (metric, format!("{HEADER}-- needs: biling\n{BODY}"), ["\"biling\"", "did you mean billing"]),
        (metric, format!("{HEADER}-- guardrail: nr\n{BODY}"), ["guardrail \"nr\" is no metric", "did you mean nrr"]),
        (metric, format!("{HEADER}-- signal: vlaue\n{BODY}"), ["header `signal: vlaue`", "value"]),
        (metric, format!("{HEADER}-- headline: ytd\n{BODY}"), ["header `headline: ytd`", "use t12m"]),
        (metric, format!("{}{BODY}", HEADER.replace("level", "split()")), ["shape: split()", "write split(name)"]),
        (
            metric,
            format!("{}{BODY}", HEADER.replace("level", "custom")),
            ["returns exactly the columns", "segment_name"],
        ),
    ] {
        desk = desk.write(&format!("queries/{file}"), &sql);
        // what cannot be read is refused by every command, and soonest by this one; what does not bind, by `check`
        let mut said = desk.run(&["values", "mrr"]);
        if said.code != Some(2) {
            said = desk.run(&["check"]).exits(2);
        }
        said.explains(&[&format!("queries/{file}")]).explains(&words);
        std::fs::remove_file(desk.join("queries").join(file)).unwrap();
    }
}

/// Support's report with one more query of one's own.
fn with_query(file: &str, sql: &str) -> Desk {
    let desk = Desk::pulled().edit("# queries = \"queries\"", "queries = \"queries\"");
    desk.write(&format!("queries/{file}"), sql)
}

#[test]
fn a_run_refuses_a_query_that_cannot_be_read() {
    let desk = with_query("checks/mine.sql", "select from where");
    for arguments in [["run", "support", "--no-pull"].as_slice(), &["values", "mrr"]] {
        desk.run(arguments).exits(2).explains(&["error: ", "queries/checks/mine.sql"]);
    }
    assert_eq!((desk.names("outbox"), desk.archived()), (vec![], vec![]));
}

/// They bind, and fail on the data there are.
#[test]
fn a_check_a_target_and_a_list_that_fail_on_the_data_are_problems_and_reports_go_out() {
    let check = "-- check: mine\n-- title: Mine\n-- severity: warn\n-- dimensions: sla\n\
        select cast(name || 'x' as integer) as number from core.account\n";
    let target = "select 'mrr' as metric, '' as segment, date '1900-01-01' as from_on, 'many' as target\n";
    let list = include_str!("../../queries/lists/late_commitments.sql");
    let list = list.replace("where ", "where cast(commitment.kind || 'x' as integer) > 0 or ");
    for (file, sql, report, words) in [
        ("checks/mine.sql", check.to_owned(), "support", ["problem: queries/checks/mine.sql", "Could not convert"]),
        ("lists/late_commitments.sql", list, "operations", ["problem: list late_commitments", "Could not convert"]),
        ("core/target.sql", target.to_owned(), "finance", ["problem: targets: mrr", "\"many\" is not a number"]),
    ] {
        let desk = with_query(file, &sql);
        desk.run(&["run", report, "--no-pull"]).exits(1).prints(&["1 of 1"]).explains(&words);
        let text = desk.mails()[0].1.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words[1]), "{text}");
    }
}

#[test]
fn a_template_of_ones_own_is_checked_before_it_is_mailed() {
    for (text, words) in [
        ("{% if review %}", ["text/body.txt", "error"]),
        ("{{ nothing_of_the_kind }}", ["text/body.txt", "nothing_of_the_kind"]),
    ] {
        let desk = Desk::pulled().edit("# templates = \"templates\"", "templates = \"templates\"");
        let desk = desk.write("templates/text/body.txt", text);
        desk.run(&["check"]).exits(2).explains(&words);
    }
    let desk = Desk::pulled().edit("# templates = \"templates\"", "templates = \"templates\"");
    let desk = desk.write("templates/email/body.html", "{{ review.head.title | safe }}");
    desk.run(&["check"]).exits(2).explains(&["email/body.html", "safe"]);
}

// Mail

#[test]
fn a_mail_server_that_refuses_everything_is_exit_4_and_leaves_the_mail_to_be_sent() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rules = (0..20).map(|nth| ("RCPT", nth, Act::Say("550 5.7.1 not from you"))).collect();
    let server = runtime.block_on(Server::start(rules));
    let desk = Desk::pulled().edit("dir:outbox", &format!("smtp://127.0.0.1:{}", server.port));
    let said = desk.run(&["run", "support", "operations", "--no-pull"]).exits(4).prints(&["not sent", "0 of 1"]);
    said.explains(&["problem: report support", "s***@northwind-reports.example is failed", "550 5.7.1 not from you"]);
    assert_eq!(server.accepted().len(), 0);
    assert!(desk.join("store/archive/support/2026-W46/1/index.html").is_file());

    let desk = desk.edit(&format!("smtp://127.0.0.1:{}", server.port), "dir:outbox");
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["1 of 1"]);
}

#[test]
fn a_period_that_reached_some_is_completed_for_the_rest_only() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rules = vec![("RCPT TO:<lead@", 0, Act::Say("550 5.1.1 not yet here"))];
    let server = runtime.block_on(Server::start(rules));
    let reader = "support@northwind-reports.example";
    let desk = Desk::pulled()
        .edit("dir:outbox", &format!("smtp://127.0.0.1:{}", server.port))
        .edit(&format!("[\"{reader}\"]"), &format!("[\"{reader}\", \"lead@northwind-reports.example\"]"));
    let said = desk.run(&["run", "support", "--no-pull"]).exits(1).prints(&["sent to some", "1 of 2"]);
    said.explains(&["l***@northwind-reports.example is failed", "550 5.1.1"]);
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["1 of 1"]);
    let accepted: Vec<String> = server.accepted().into_iter().map(|(to, _)| to).collect();
    assert_eq!(accepted, [reader, "lead@northwind-reports.example"]);
    desk.run(&["run", "support", "--no-pull"]).exits(0).prints(&["mailed before"]);
    assert_eq!(server.accepted().len(), 2);
}

/// Mail that cannot go out by the configuration's own fault is known before anything is pulled or archived.
#[test]
fn mail_that_is_set_up_wrongly_is_refused_before_anything_is_done() {
    let password =
        "username = \"u\"\npassword = { env = \"SMTP_PASSWORD_NOT_SET\" }\ntransport = \"smtp://127.0.0.1:1\"";
    for (from, to, words) in [
        ("transport = \"dir:outbox\"", password, ["[mail] transport", "SMTP_PASSWORD_NOT_SET"]),
        ("dir:outbox", "carrier-pigeon", ["[mail] transport carrier-pigeon", "use dir:PATH"]),
        ("dir:outbox", "smtp://127.0.0.1:1/x", ["[mail] transport", "nothing may follow"]),
        ("northwind-reports.example>\"", "northwind reports>\"", ["[mail] from", "not an e-mail address"]),
    ] {
        let desk = Desk::pulled().edit(from, to);
        let before = desk.names("store/landing/support");
        let said = desk.run(&["run"]).exits(2).explains(&["error: "]).explains(&words);
        assert_eq!(said.out, "");
        assert_eq!(desk.names("store/landing/support"), before);
        assert_eq!((desk.names("outbox"), desk.archived()), (vec![], vec![]));
        desk.run(&["check"]).exits(2).explains(&words);
    }
    let desk = Desk::pulled().edit("dir:outbox", "carrier-pigeon");
    desk.run(&["run", "support", "--no-pull", "--dry-run"]).exits(0);
}

#[test]
fn mail_that_could_not_be_handed_over_is_tried_by_the_next_run_and_sent_once() {
    let port = free_port();
    let desk = Desk::pulled().edit("dir:outbox", &format!("smtp://127.0.0.1:{port}"));
    let said = desk.run(&["run", "support", "--no-pull"]).exits(4).prints(&["not sent"]);
    said.explains(&["is pending", "cannot use the mail server", "127.0.0.1"]);
    // Its time has not come: the period counts as mailed, and that it is not out is still said.
    desk.run(&["run", "support", "--no-pull"]).exits(1).prints(&["mailed before"]).explains(&["is pending"]);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::on(port));
    let mut later = desk.command(&["run", "support", "--no-pull"]);
    crate::support::company::said(later.env("BIZREVIEW_NOW", "2026-11-16T10:00:00Z")).exits(0).prints(&["1 of 1"]);
    assert_eq!(server.accepted().len(), 1);
    let mut later = desk.command(&["run", "support", "--no-pull"]);
    let said = crate::support::company::said(later.env("BIZREVIEW_NOW", "2026-11-16T10:00:00Z")).exits(0);
    said.prints(&["mailed before"]);
    assert_eq!(server.accepted().len(), 1);
}

/// Its stories would lie before its first day.
#[test]
fn a_simulated_company_too_young_for_its_stories_is_refused() {
    for command in ["demo", "sandbox"] {
        said(bizreview().args([command, "--weeks", "11"])).exits(2).explains(&["--weeks", "12..=520"]);
    }
}
