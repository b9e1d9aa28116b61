//! Queries through an ADBC driver on a real PostgreSQL server: every type to the last digit, what is new only, and what goes
//! wrong in words without secrets.

use std::process::{Command, Stdio};

use bizreview::extract::{Manifest, Outcome};

use crate::support::postgres::{self, PASSWORD, Server};
use crate::support::pull::{Company, NOW, failure, landed};

fn database() -> String {
    format!(
        "kind = \"sql\"\nlimits = {{ connect_seconds = 20, request_seconds = 60 }}\n[database]\ndriver = \"{}\"\n\
         session = [\"set default_transaction_read_only = on\", \"set timezone = 'UTC'\"]\n",
        postgres::driver().display()
    )
}

fn company(server: &Server, test: &str, stream: &str) -> Company {
    let manifest = format!("{}[[streams]]\nname = \"rows\"\n{stream}", database());
    Company::new(&format!("sql-{test}"), &manifest, "token = { env = \"DATABASE\" }\n")
        .with_secret("DATABASE", &server.address(PASSWORD))
}

/// A query that reads what is new by a column.
fn by(column: &str, table: &str, more: &str) -> String {
    format!(
        "query = \"select * from {table} where {column} > cast({{after}} as {more} order by {column} limit {{limit}}\"\n\
         key = [\"/id\"]\nwrite = \"merge\"\n"
    )
}

/// Every type of PostgreSQL, and what a record says of a value of it.
const TYPES: &[(&str, &str)] = &[
    ("32767::int2", "32767"),
    ("(-2147483648)::int4", "-2147483648"),
    ("9223372036854775807::int8", "9223372036854775807"),
    ("1.1::float4", "1.1"),
    ("0.1::float8 + 0.2", "0.30000000000000004"),
    ("12345678901234567890.1234567890::numeric", "\"12345678901234567890.1234567890\""),
    ("0.00::numeric(9,2)", "\"0.00\""),
    ("-0.05::numeric", "\"-0.05\""),
    ("1e-20::numeric", "\"0.00000000000000000001\""),
    ("1e30::numeric", "\"1000000000000000000000000000000\""),
    ("true", "true"),
    ("e'a\"b\\n\\u00e4'::text", "\"a\\\"b\\nä\""),
    ("''::text", "\"\""),
    ("'ab'::varchar(9)", "\"ab\""),
    ("'ab'::char(4)", "\"ab  \""),
    ("'ab'::name", "\"ab\""),
    ("'\\x00ff'::bytea", "\"AP8=\""),
    ("'2026-02-28'::date", "\"2026-02-28\""),
    ("'12:34:56.789012'::time", "\"12:34:56.789012\""),
    ("'24:00'::time", "\"24:00:00\""),
    ("'2026-03-29 02:30:00.000001'::timestamp", "\"2026-03-29T02:30:00.000001\""),
    ("'2026-03-29 03:30:00+02'::timestamptz", "\"2026-03-29T01:30:00Z\""),
    ("'1 year 2 mons 3 days 04:05:06.7'::interval", "\"P14M3DT14706.7S\""),
    ("'{\"a\": 1.10}'::json", "\"{\\\"a\\\": 1.10}\""),
    ("'{\"a\": 1.10}'::jsonb", "\"{\\\"a\\\": 1.10}\""),
    ("'5f0c3a6e-1111-4222-8333-0123456789ab'::uuid", "\"5f0c3a6e-1111-4222-8333-0123456789ab\""),
    ("array[1,null]::int8[]", "[1,null]"),
    ("array['a','b\"']", "[\"a\",\"b\\\"\"]"),
    ("array[1.50,2]::numeric[]", "[\"1.50\",\"2\"]"),
    ("null::text", "null"),
    ("'12.50'::money::numeric", "\"12.50\""),
    ("'10.0.0.1'::inet::text", "\"10.0.0.1/32\""),
];

#[tokio::test]
async fn every_type_comes_to_the_last_digit() {
    let Some(server) = postgres::server() else { return };
    let columns: Vec<String> = TYPES.iter().enumerate().map(|(i, (value, _))| format!("{value} as c{i}")).collect();
    let stream =
        format!("query = '''select 1 as id, {}'''\nkey = [\"/id\"]\nwrite = \"replace\"\n", columns.join(", "));
    let company = company(server, "types", &stream);
    landed(company.pull().await);
    let expected: Vec<String> = TYPES.iter().enumerate().map(|(i, (_, text))| format!("\"c{i}\":{text}")).collect();
    assert_eq!(company.records("rows"), [format!("{{\"id\":1,{}}}", expected.join(","))]);
}

#[tokio::test]
async fn what_cannot_be_said_truly_is_set_aside_or_refused() {
    let Some(server) = postgres::server() else { return };
    let values = [
        ("'NaN'::float8", "is NaN, which is no number"),
        ("'Infinity'::float4", "is inf, which is no number"),
        ("'NaN'::numeric", "is nan, which is no number"),
        ("'infinity'::date", "lies outside the years 1 to 9999"),
        ("'0044-03-15 BC'::date", "lies outside the years 1 to 9999"),
        ("'-infinity'::timestamptz", "lies outside the years 1 to 9999"),
        ("'infinity'::timestamp", "lies outside the years 1 to 9999"),
    ];
    for (value, reason) in values {
        let stream = format!("query = '''select 1 as id, {value} as v'''\nkey = [\"/id\"]\nwrite = \"merge\"\n");
        let company = company(server, "aside", &stream);
        let outcome = company.pull().await;
        assert_eq!((&outcome.result, outcome.rows, outcome.quarantined), (&Outcome::Ok, 0, 1), "{value}");
        let aside = company.quarantined().remove(0);
        assert_eq!((aside.json_path.as_str(), aside.key.as_deref()), ("/v", Some("1")));
        assert_eq!(aside.reason, format!("{reason}; only reading it anew mends that"));
    }
    for (value, kind) in [
        ("'10.0.0.1'::inet", "inet"),
        ("'12:00+02'::timetz", "timetz"),
        ("b'1'::bit", "bit"),
        ("'(1,2)'::point", "point"),
    ] {
        let stream = format!("query = '''select 1 as id, {value} as v'''\nkey = [\"/id\"]\nwrite = \"merge\"\n");
        let company = company(server, "opaque", &stream);
        let said = format!("column v: is of the type {kind}, of which only raw bytes come: make it text in the query");
        for why in [failure(&company.check().await), failure(&company.pull().await.result)] {
            assert!(why.contains(&said), "{why}");
        }
    }
}

#[tokio::test]
async fn only_what_is_new_by_a_column_is_read_and_rows_of_one_time_are_never_lost() {
    let Some(server) = postgres::server() else { return };
    server.run(
        "create table changed (id int8 primary key, v text, updated_at timestamptz);
         insert into changed select i, 'x', '2026-03-01 00:00+00'::timestamptz + (i / 7) * interval '1 microsecond' from generate_series(1, 50) i",
    );
    let words = "incremental = { kind = \"column\", column = \"updated_at\", limit = 5, first = \"2026-01-01\" }\n";
    let company = company(server, "new", &format!("{}{words}", by("updated_at", "changed", "timestamptz)")));
    assert_eq!(company.check().await, Outcome::Ok);
    assert_eq!(landed(company.pull().await), 50, "seven rows of each time, five to a query");
    let mut keys: Vec<i64> = company.keys("rows").iter().map(|key| key.parse().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, (1..=50).collect::<Vec<_>>(), "each once");
    assert_eq!(landed(company.pull().await), 0, "nothing is new");
    // At the very time of the newest row, one more; another one changes; one is deleted, which no query by time can show.
    server.run(
        "insert into changed select 51, 'late', max(updated_at) from changed;
         update changed set v = 'y', updated_at = '2026-03-02' where id = 3;
         delete from changed where id = 4",
    );
    assert_eq!(landed(company.pull().await), 2);
    let records = company.records("rows");
    assert!(records[50].contains("\"id\":51") && records[51].contains("\"v\":\"y\""), "{:?}", &records[50..]);
    assert!(records.iter().any(|record| record.contains("\"id\":4,")), "the deletion is invisible");
    let outcome = company.try_pull(NOW, true, false).await.unwrap().remove(0);
    assert_eq!(landed(outcome), 50, "--full reads all there is");
}

#[tokio::test]
async fn a_column_may_be_a_number_a_date_or_a_time_without_a_zone_and_looks_back() {
    let Some(server) = postgres::server() else { return };
    server.run(
        "create table counted (id int8, day date, at timestamp);
         insert into counted select i, date '2026-03-01' + i::int, timestamp '2026-03-01' + i * interval '1 minute' from generate_series(1, 30) i",
    );
    for (column, kind, first, lookback, late, found) in [
        ("id", "bigint)", "0", 10, "insert into counted values (25, '2026-01-01', '2026-01-01')", 1),
        ("day", "date)", "2026-01-31", 3, "insert into counted values (98, '2026-03-29', '2026-01-01')", 1),
        ("at", "timestamp)", "2026-01-31", 600, "insert into counted values (99, '2026-01-01', '2026-03-01 00:25')", 1),
        ("at", "timestamp)", "2026-01-31", 60, "insert into counted values (100, '2026-01-01', '2026-03-01 00:10')", 0),
    ] {
        let words = format!(
            "incremental = {{ kind = \"column\", column = \"{column}\", limit = 7, first = \"{first}\", lookback = {lookback} }}\n"
        );
        let company =
            company(server, &format!("by-{column}-{lookback}"), &format!("{}{words}", by(column, "counted", kind)));
        assert!(landed(company.pull().await) >= 30, "{column}");
        server.run(late);
        assert_eq!(landed(company.pull().await), found, "{column}: what became visible late");
        assert_eq!(landed(company.pull().await), 0, "{column}");
    }
    let company =
        company(server, "unordered", &by("id", "counted", "bigint)").replace("order by id", "order by id desc"));
    company.manifest(&format!(
        "{}[[streams]]\nname = \"rows\"\n{}incremental = {{ kind = \"column\", column = \"id\", first = \"0\" }}\n",
        database(),
        by("id", "counted", "bigint)").replace("order by id", "order by id desc")
    ));
    let why = failure(&company.pull().await.result);
    assert!(why.contains("not in the order of id: end the query with order by id"), "{why}");
}

#[tokio::test]
async fn days_are_replaced_and_a_whole_query_lands_only_when_it_differs() {
    let Some(server) = postgres::server() else { return };
    server.run("create table used (day date, account text, n int); insert into used select date '2026-03-10' - i, 'a', i from generate_series(0, 40) i");
    let windows = "query = \"select * from used where day >= cast({from} as date) and day < cast({to} as date) order by day\"\n\
                   key = [\"/day\", \"/account\"]\nwrite = \"replace_window\"\n\
                   incremental = { kind = \"window\", step_days = 20, lookback_days = 2 }\n";
    let mut company = company(server, "windows", windows);
    company.source += "[sources.s.settings]\nstart_date = \"2026-02-01\"\n";
    assert_eq!(landed(company.pull().await), 38);
    server.run("update used set n = 100 where day >= '2026-03-09'");
    assert_eq!(landed(company.pull().await), 3, "the last two days and today");
    let batches = company.ledger().batches("m", "rows").unwrap();
    let windows: Vec<_> =
        batches.iter().map(|b| (b.window_from.as_deref().unwrap(), b.window_to.as_deref().unwrap())).collect();
    assert_eq!(windows, [("2026-02-01", "2026-02-21"), ("2026-02-21", "2026-03-11"), ("2026-03-08", "2026-03-11")]);

    let company = self::company(
        server,
        "whole",
        "query = \"select * from used order by day;\"\nkey = [\"/day\"]\nwrite = \"replace\"\n",
    );
    assert_eq!(landed(company.pull().await), 41);
    assert_eq!(landed(company.pull().await), 0, "the same rows do not land again");
    server.run("delete from used");
    assert_eq!(landed(company.pull().await), 0);
    assert_eq!(company.ledger().batches("m", "rows").unwrap().len(), 2, "that there is nothing has landed");
}

#[tokio::test]
async fn values_are_bound_and_never_become_part_of_the_query() {
    let Some(server) = postgres::server() else { return };
    let evil = "x'; drop table victims; --";
    server
        .run("create table victims (id int, name text); insert into victims values (1, 'x''; drop table victims; --')");
    let stream = "query = \"select id, name from victims where name = {wanted}\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let mut company = company(server, "bound", "query = \"select 1\"\nwrite = \"replace\"\n");
    company.manifest(&format!(
        "{}[settings]\nwanted = {{ about = \"a name\" }}\n[[streams]]\nname = \"rows\"\n{stream}",
        database()
    ));
    company.source += &format!("[sources.s.settings]\nwanted = \"{evil}\"\n");
    assert_eq!(landed(company.pull().await), 1);
    company.manifest(&format!("{}[[streams]]\nname = \"rows\"\n{stream}", database()));
    company.source = company.source.split("[sources.s.settings]").next().unwrap().to_owned();
    let why = failure(&company.pull().await.result);
    assert!(why.contains("the placeholder {wanted} has no value"), "{why}");
}

#[tokio::test]
async fn nothing_can_be_written_and_rows_without_a_key_are_set_aside() {
    let Some(server) = postgres::server() else { return };
    server.run("create table kept (id int); insert into kept values (1), (null), (2); grant all on kept to reader");
    let writing = "query = \"with gone as (delete from kept returning id) select id from gone\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let why = failure(&company(server, "writes", writing).pull().await.result);
    assert!(why.contains("read-only transaction"), "{why}");
    assert_eq!(server.run("select count(*) from kept"), "3");
    let company = company(server, "null-keys", "query = \"select id from kept\"\nkey = [\"/id\"]\nwrite = \"merge\"\n");
    let outcome = company.pull().await;
    assert_eq!((outcome.rows, outcome.quarantined), (2, 1));
    assert_eq!(company.quarantined()[0].reason, "has no key");
}

#[tokio::test]
async fn a_connection_that_dies_keeps_what_came_before_and_goes_on_from_there() {
    let Some(server) = postgres::server() else { return };
    server.run(
        "create table broken (id int8); insert into broken select i from generate_series(1, 40) i;
         create table fuse (burns bool); insert into fuse values (true);
         create function dies(id int8) returns bool language sql volatile as
           $$ select case when id = 25 and (select burns from fuse) then pg_terminate_backend(pg_backend_pid()) else true end $$",
    );
    let stream = "query = \"select id from (select id from broken where id > cast({after} as bigint) order by id limit {limit}) as next where dies(id)\"\n\
                  key = [\"/id\"]\nwrite = \"merge\"\nincremental = { kind = \"column\", column = \"id\", limit = 10, first = \"0\" }\n";
    let company = company(server, "dies", stream);
    let why = failure(&company.pull().await.result);
    assert!(why.contains("the query failed") || why.contains("the query broke off"), "{why}");
    assert!(why.contains("terminating connection") || why.contains("server closed the connection"), "{why}");
    assert!(!why.contains(PASSWORD), "{why}");
    let kept = company.keys("rows").len();
    assert!((10..25).contains(&kept), "{kept} rows came before");
    server.run("update fuse set burns = false");
    let rows = landed(company.pull().await);
    assert_eq!(kept as u64 + rows, 40, "on from there, nothing twice");
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_stopped_in_the_database() {
    let Some(server) = postgres::server() else { return };
    let company = company(server, "slow", "query = \"select 1\"\nwrite = \"replace\"\n");
    let head = database().replace("request_seconds = 60", "request_seconds = 0.5");
    company.manifest(&format!("{head}[[streams]]\nname = \"rows\"\nquery = \"select 1 as id from pg_sleep(600) as slowly\"\nwrite = \"replace\"\n"));
    let why = failure(&company.pull().await.result);
    assert!(why.contains("nothing came for 0.5 s"), "{why}");
    for _ in 0..100 {
        if server.run("select count(*) from pg_stat_activity where query like '%slowly%' and usename = 'reader' and state = 'active'") == "0" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it still runs");
}

#[tokio::test]
async fn what_goes_wrong_is_said_with_the_databases_words_and_without_secrets() {
    let Some(server) = postgres::server() else { return };
    let good = "query = \"select 1 as id\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let wrong = "hush-hush/42";
    let company = company(server, "wrong", good).with_secret("DATABASE", &server.address(wrong));
    let why = failure(&company.pull().await.result);
    assert!(why.contains("password authentication failed for user \"reader\""), "{why}");
    assert!(!why.contains("hush"), "{why}");
    let raw = server.address("x").replace(":x@", &format!(":{wrong}@"));
    let company = company.with_secret("DATABASE", &raw);
    let why = failure(&company.pull().await.result);
    assert!(why.contains("write it as %2F") && !why.contains("hush"), "{why}");

    for (query, said) in [
        ("select id from nowhere", "relation \"nowhere\" does not exist"),
        ("selec 1", "only select and with"),
        ("select 1 as id; select 2", "more than one statement"),
        ("select 1 as other", "the column id is missing"),
        ("select 1 as id, 2 as id", "the column id is there twice"),
    ] {
        let stream = format!("query = '''{query}'''\nkey = [\"/id\"]\nwrite = \"merge\"\n");
        let company = self::company(server, "errors", &stream);
        for why in [failure(&company.check().await), failure(&company.pull().await.result)] {
            assert!(why.contains(said) && !why.contains(PASSWORD), "{query}: {why}");
        }
    }
    let company = self::company(
        server,
        "late-error",
        "query = \"select 1 / (5000 - i) as id from generate_series(1, 9000) i\"\nwrite = \"replace\"\n",
    );
    let why = failure(&company.pull().await.result);
    assert!(why.contains("division by zero"), "{why}");
    assert!(company.records("rows").is_empty(), "half of a table is nothing");
}

#[tokio::test]
async fn a_driver_that_is_missing_says_how_to_get_it() {
    let stream = "[[streams]]\nname = \"rows\"\nquery = \"select 1\"\nwrite = \"replace\"\n";
    for (driver, said) in
        [("drivers/none.so", "drivers/none.so is not there"), ("no_such_adbc_driver", "cannot be loaded")]
    {
        let manifest = format!("kind = \"sql\"\n[database]\ninstall = \"pip install it\"\n{stream}");
        let source = format!("token = {{ env = \"DATABASE\" }}\ndriver = \"{driver}\"\n");
        let company = Company::new("sql-no-driver", &manifest, &source).with_secret("DATABASE", "some://u:hush@h/x");
        let why = failure(&company.pull().await.result);
        assert!(why.contains(said) && why.contains("pip install it; name its library by driver"), "{why}");
        assert!(!why.contains("hush"), "{why}");
    }
}

#[test]
fn a_manifest_of_queries_is_checked_before_anything_is_asked() {
    for (words, said) in [
        ("write = \"replace\"\n", "give query = "),
        ("query = \"select 1\"\nwrite = \"merge\"\n", "key: write = \"merge\" needs one"),
        (
            "query = \"select 1\"\nkey = [\"/id\"]\nwrite = \"merge\"\nincremental = { kind = \"column\", column = \"id\" }\n",
            "does not hold {after}",
        ),
        (
            "query = \"select 1\"\nwrite = \"replace_window\"\nincremental = { kind = \"window\", step_days = 1, lookback_days = 1 }\n",
            "does not hold {from}",
        ),
        ("query = \"select 1\"\npath = \"/x\"\nwrite = \"replace\"\n", "has no path"),
        (
            "query = \"select 1\"\nwrite = \"replace\"\n[database]\noptions = { uri = \"postgresql://u:p@h/x\" }\n",
            "uri is a secret",
        ),
        (
            "query = \"select 1\"\nwrite = \"replace\"\n[database]\noptions = { \"db.Password\" = \"p\" }\n",
            "is a secret",
        ),
    ] {
        let text = format!("name = \"m\"\nkind = \"sql\"\n[[streams]]\nname = \"rows\"\n{words}");
        let error = format!("{:#}", Manifest::parse(&text, "m.toml").unwrap_err());
        assert!(error.contains(said), "{words}: {error}");
    }
}

/// The most memory a program held, in megabytes, and whether it ended well.
fn peak(mut command: Command) -> (u64, bool) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (status, mut most) = (format!("/proc/{}/status", child.id()), 0);
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return (most >> 10, status.success());
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_million_rows_fit_into_little_memory() {
    let Some(server) = postgres::server() else { return };
    let stream = "query = \"select i as id, md5(i::text) as v, i::numeric / 8 as n, timestamp '2026-01-01' + i * interval '1 second' as at from generate_series(1, 1000000) i\"\n\
                  key = [\"/id\"]\nwrite = \"replace\"\n";
    let company = company(server, "million", stream);
    company.write(
        "bizreview.toml",
        format!(
            "[company]\nname = \"A\"\ntimezone = \"Europe/Berlin\"\ncurrency = \"eur\"\n\
             [store]\npath = \"store\"\nmanifests = \"manifests\"\n[sources.s]\n{}",
            company.source
        ),
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_bizreview"));
    command.arg("--config").arg(company.folder.join("bizreview.toml")).args(["--now", NOW, "pull"]);
    let (megabytes, is_well) = peak({
        command.env("DATABASE", server.address(PASSWORD));
        command
    });
    let rows: u64 = company.ledger().batches("m", "rows").unwrap().iter().map(|batch| batch.rows).sum();
    println!("{rows} rows, at most {megabytes} MB");
    assert!(is_well && rows == 1_000_000, "{rows} rows");
    assert!(megabytes < 300, "{megabytes} MB");
}
