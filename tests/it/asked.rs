//! Sources that are no API, asked before anything is pulled: a little of each file, a database's query, what a tap says it has. What
//! is started for it ends with it.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bizreview::config::{Config, Secrets};
use bizreview::extract::{Outcome, Progress, Request, Throwaway, pull};

use crate::support::company::{NOW, Said, bizreview, said, soon};
use crate::support::lone::Lone;
use crate::support::scratch::Scratch;
use crate::support::terminal::at_a_terminal;

const FILES: &str = "name = \"m\"\nkind = \"files\"\nabout = \"Lists\"\n[[streams]]\nname = \"list\"\nkey = [\"/id\"]\nwrite = \"replace\"\n\
                     required = { \"/n\" = \"integer\" }\n";

/// A company whose source is no API.
fn company(manifest: &str, source: &str) -> Lone {
    let lone = Lone::new("http://127.0.0.1:9", "", "");
    lone.write("manifests/m.toml", manifest);
    let mail = "[mail]\nfrom = \"A <a@a.example>\"\ntransport = \"dir:outbox\"\n";
    lone.edit("bizreview.toml", "[sources.s]", &format!("{mail}[sources.s]"));
    lone.edit("bizreview.toml", "base_url = \"http://127.0.0.1:9\"\ntoken = { env = \"M_TOKEN\" }\n", source);
    lone
}

#[test]
fn check_reads_the_beginning_of_a_file_however_long_it_is() {
    let lone = company(FILES, "directory = \"data\"\n");
    std::fs::create_dir(lone.folder.join("data")).unwrap();
    let path = lone.folder.join("data/list.csv");
    let mut file = std::fs::File::create(&path).unwrap();
    let rows = "1,1\n".repeat(40_000);
    file.write_all(format!("id,n\n{rows}").as_bytes()).unwrap();
    // what follows takes no room on the disk, and an hour to read
    file.set_len(1 << 40).unwrap();
    let began = Instant::now();
    said(&mut lone.command(&["check", "--online"])).exits(0).prints(&["every source answers"]);
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
    // what is wrong at its beginning, or with all of it where it is short, is told
    for (text, words) in [
        ("id\n1\n", "the column n is missing"),
        ("id,n\n1\n2\n", "line 2 has 1 cells, the header 2"),
        ("id,n\n\u{0}\n", "holds zero bytes"),
    ] {
        std::fs::write(&path, text).unwrap();
        let Outcome::Failed(why) = ask(&lone) else { panic!("{text}") };
        assert!(why.contains(words) && why.contains("list.csv"), "{why}");
    }
    std::fs::write(&path, "id,n\n1\n2,2\n").unwrap();
    assert_eq!(ask(&lone), Outcome::Ok, "one row of two is what a pull sets aside");
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(ask(&lone), Outcome::Skipped(why) if why.contains("list.csv is not there")));
}

/// How a stream answers.
fn ask(lone: &Lone) -> Outcome {
    let config = Config::load(&lone.folder.join("bizreview.toml")).unwrap();
    let store = Throwaway::new(&config, "asked").unwrap();
    let request = Request {
        config: &store.config,
        secrets: &Secrets::default(),
        ledger: store.ledger().unwrap(),
        now: NOW.parse().unwrap(),
        sources: &[],
        full: false,
        first_page_only: true,
        progress: Progress::Quiet,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(pull(&request)).unwrap().remove(0).result
}

#[test]
fn a_store_for_a_question_is_private_and_nobody_elses() {
    let lone = company(FILES, "directory = \"data\"\n");
    let config = Config::load(&lone.folder.join("bizreview.toml")).unwrap();
    let [one, other] = [(), ()].map(|()| Throwaway::new(&config, "asked").unwrap());
    let [path, others] = [&one, &other].map(|store| store.config.store());
    assert_ne!(path, others);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    let guessable = path.to_str().unwrap().ends_with(&format!("-{}", std::process::id()));
    assert!(!guessable, "{}", path.display());
    drop(one);
    assert!(!path.exists() && other.ledger().is_ok() && others.join("ledger.sqlite").exists());
}

/// A tap that notes its number, and what it was told, and then has this to say.
fn tap(folder: &Path, script: &str) {
    let path = folder.join("tap");
    std::fs::write(&path, format!("#!/bin/sh\necho $$ > {0}/pid\ncat \"$2\" > {0}/told\n{script}\n", folder.display()))
        .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const TAP: &str = "name = \"m\"\nkind = \"singer\"\nabout = \"Deals\"\n[tap]\ncommand = \"no-such-tap\"\nstart_seconds = 20\n\
                   [tap.config]\nkey = \"{token}\"\n[[streams]]\nname = \"deals\"\nwrite = \"merge\"\n";

fn is_gone(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}

#[test]
fn what_a_check_has_started_ends_with_it() {
    let lone = company(TAP, "token = { env = \"M_TOKEN\" }\ntap = { command = \"./tap\" }\n");
    tap(&lone.folder, "sleep 300");
    std::fs::create_dir(lone.folder.join("tmp")).unwrap();
    let mut command = lone.command(&["check", "--online"]);
    command.env("TMPDIR", lone.folder.join("tmp")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child: Child = command.spawn().unwrap();
    let is_told =
        || std::fs::read_to_string(lone.folder.join("told")).is_ok_and(|told| told.contains("sk_very_secret"));
    assert!(soon(90, is_told));
    let kept = || std::fs::read_dir(lone.folder.join("tmp")).unwrap().count();
    assert_eq!(kept(), 1, "what the tap is told is somewhere");
    let pid = std::fs::read_to_string(lone.folder.join("pid")).unwrap().trim().to_owned();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(kept(), 0, "and not any more");
    assert!(soon(10, || is_gone(&pid)));
}

/// `init` in a folder with manifests of its own.
fn init(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = bizreview();
    let base = ["init", "reviews", "--yes", "--name", "Acme", "--domain", "acme.example", "--no-match", "--no-mail"];
    command
        .args(base)
        .args(arguments)
        .current_dir(folder)
        .env("BIZREVIEW_NOW", NOW)
        .env("DEALS_TOKEN", "sk_very_secret");
    command.env("BASE_TOKEN", "postgresql://u:sk_very_secret@127.0.0.1:9/x");
    said(&mut command)
}

fn manifests(of: &[(&str, &str)]) -> Scratch {
    let folder = Scratch::new("asked");
    std::fs::create_dir_all(folder.join("reviews/sources")).unwrap();
    for (name, text) in of {
        std::fs::write(
            folder.join(format!("reviews/sources/{name}.toml")),
            text.replace("name = \"m\"", &format!("name = \"{name}\"")),
        )
        .unwrap();
    }
    folder
}

#[test]
fn first_contact_asks_files_databases_and_taps_too() {
    let sql = "name = \"m\"\nkind = \"sql\"\nabout = \"Warehouse\"\n[[streams]]\nname = \"rows\"\nquery = \"select 1 as id\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let folder = manifests(&[("lists", FILES), ("deal", TAP), ("base", sql)]);
    tap(
        &folder,
        "echo '{\"streams\":[{\"tap_stream_id\":\"other\",\"stream\":\"other\",\"schema\":{},\"metadata\":[]}]}'",
    );
    std::fs::create_dir_all(folder.join("reviews/lists")).unwrap();
    std::fs::write(folder.join("reviews/lists/list.csv"), "id\n1\n").unwrap();
    let sources = ["--source", "lists=lists", "--source", "deals=deal", "--source", "base=base"];
    // a driver has no proposal
    init(&folder, &sources).exits(2).explains(&["--set base.driver="]);
    let program = folder.join("tap").display().to_string();
    let told = [
        "--set".to_owned(),
        "lists.directory=lists".to_owned(),
        "--set".to_owned(),
        format!("deals.tap={program}"),
        "--set".to_owned(),
        "deals.tap.account=17".to_owned(),
        "--set".to_owned(),
        "deals.tap.other_key=env:DEALS_TOKEN".to_owned(),
        "--set".to_owned(),
        "base.driver=no_such_driver".to_owned(),
    ];
    let arguments: Vec<&str> = sources.into_iter().chain(told.iter().map(String::as_str)).collect();
    let said = init(&folder, &arguments).exits(1);
    let said = said
        .explains(&["the column n is missing", "the tap has no stream \"deals\"", "no_such_driver"])
        .prints(&["fails"]);
    assert!(!said.err.contains("sk_very_secret") && !said.out.contains("sk_very_secret"), "{}", said.err);
    let told = std::fs::read_to_string(folder.join("told")).unwrap();
    assert!(told.contains("\"account\":\"17\"") && told.contains("\"other_key\":\"sk_very_secret\""), "{told}");
    let text = std::fs::read_to_string(folder.join("reviews/bizreview.toml")).unwrap();
    for line in [
        "directory = \"lists\"",
        "driver = \"no_such_driver\"",
        "[sources.deals.tap]",
        "other_key = { env = \"DEALS_TOKEN\" }",
    ] {
        assert!(
            text.contains(line) || text.contains(&line.replacen("other_key", "\"other_key\"", 1)),
            "{line} in {text}"
        );
    }
    assert!(!folder.join("reviews/store/landing").exists(), "nothing of it is in the store");
}

#[test]
fn what_is_to_be_mended_at_a_terminal_is_asked_anew() {
    let folder = manifests(&[("lists", FILES)]);
    std::fs::create_dir_all(folder.join("reviews/lists")).unwrap();
    std::fs::write(folder.join("reviews/lists/list.csv"), "id,n\n1,2\n").unwrap();
    let answers = "name = \"Acme\"\ndomain = \"acme.example\"\ntimezone = \"UTC\"\ncurrency = \"eur\"\n\
                   operator = \"o@acme.example\"\ntransport = \"dir:outbox\"\nno_more_sources = true\nmatched = false\n\
                   mailed = false\n[sources.lists]\nmanifest = \"lists\"\ndirectory = \"nowhere\"\n";
    std::fs::write(folder.join("reviews/.init-answers.toml"), answers).unwrap();
    let answers = [("Mend it and ask again?", "y"), ("lists: folder of its files", "lists\r")];
    if at_a_terminal(&folder, "init reviews", &answers).is_none() {
        return;
    }
    let text = std::fs::read_to_string(folder.join("reviews/bizreview.toml")).unwrap();
    assert!(text.contains("directory = \"lists\"") && !text.contains("nowhere"), "{text}");
}

#[test]
fn what_was_lacking_is_told_again_to_whoever_goes_on() {
    let folder = manifests(&[("lists", FILES)]);
    std::fs::create_dir_all(folder.join("reviews/files")).unwrap();
    std::fs::write(folder.join("reviews/files/list.csv"), "id\n1\n").unwrap();
    // as an interrupted conversation leaves them
    let kept = folder.join("reviews/.init-answers.toml");
    let answers = "[sources.lists]\nmanifest = \"lists\"\ndirectory = \"files\"\nverified = true\n\
                   lacking = [\"lists: the key lacks \\\"Rows: Read\\\"\"]\n";
    std::fs::write(&kept, answers).unwrap();
    init(&folder, &["--offline"]).exits(1).explains(&["the key lacks \"Rows: Read\""]);
    std::fs::remove_file(folder.join("reviews/bizreview.toml")).unwrap();
    std::fs::write(&kept, answers).unwrap();
    // asked again, what is wrong now is told
    let said = init(&folder, &[]).exits(1);
    let said = said.explains(&["the column n is missing"]);
    assert!(!said.err.contains("Rows: Read"), "{}", said.err);
}
