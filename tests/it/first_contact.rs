//! First contact: `init` asks the APIs, names what a key lacks, shows what there is to choose by, and writes what was answered.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bizreview::config::Config;

use crate::support::company::{Apis, NOW, Said, bizreview, said};
use crate::support::scratch::Scratch;
use crate::support::terminal::at_a_terminal;

const SECRET: &str = "sandbox";

/// `init` in a folder with these arguments, every secret exported.
fn init(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = bizreview();
    command.arg("init").arg("reviews").args(arguments).current_dir(folder).env("BIZREVIEW_NOW", NOW);
    command.envs(["BILLING_TOKEN", "SUPPORT_TOKEN", "PRODUCT_TOKEN"].map(|name| (name, SECRET)));
    said(&mut command)
}

/// What the simulated company answers.
fn flags(apis: &Apis) -> Vec<String> {
    let at = |source: &str, path: &str| format!("{source}.base_url=http://{}/{path}", apis.address);
    let mut flags: Vec<String> =
        ["--yes", "--name", "Acme & Sons", "--domain", "acme.example"].map(str::to_owned).to_vec();
    for source in ["billing=stripe", "support=zendesk", "product=posthog"] {
        flags.extend(["--source".to_owned(), source.to_owned()]);
    }
    let settings = [
        at("billing", "stripe"),
        at("support", "zendesk"),
        "support.username=a@acme.example".into(),
        at("product", "posthog"),
        "product.project=1".into(),
    ];
    for setting in settings {
        flags.extend(["--set".to_owned(), setting]);
    }
    flags
}

fn with<'a>(flags: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    flags.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

#[test]
fn a_company_is_known_at_the_end_of_first_contact() {
    let folder = Scratch::new("contact");
    let apis = Apis::failing(&[]);
    let flags = flags(&apis);
    let said = init(&folder, &with(&flags, &[])).exits(0);
    let said = said.prints(&[
        "Subscriptions: Read",
        "the commonest events of the last 28 days",
        "support: SLA policies",
        "support: Schedules",
        "identity: of ",
        "test mail to operations@acme.example: sent by mail",
        "wrote reviews/bizreview.toml",
    ]);
    let proposed = |name: &str| said.out.lines().any(|line| line.starts_with(name) && line.ends_with("proposed"));
    assert!(proposed("report_created") && proposed("export_run"), "{}", said.out);
    assert!(!proposed("login") && !proposed("dashboard_viewed") && !proposed("$exception"), "{}", said.out);
    let matched = said.out.lines().find(|line| line.starts_with("identity: of ")).unwrap();
    assert!(!matched.contains(" 0 are known") && matched.contains(" %)"), "{matched}");

    let text = std::fs::read_to_string(folder.join("reviews/bizreview.toml")).unwrap();
    let config = Config::parse(&text, &folder).unwrap();
    assert_eq!(config.company.name, "Acme & Sons");
    let names: Vec<&String> = config.sources.keys().collect();
    assert_eq!(names, ["billing", "files", "product", "support"]);
    assert!(config.product.meaningful_events.contains(&"report_created".to_owned()));
    // the reference stays one: its comments are where they were, what was chosen beside them
    for kept in ["# real work; logging in is not", "# IANA; weeks, months and days are cut in this zone", "# [keep]"] {
        assert!(text.contains(kept), "{kept}");
    }
    for gone in ["# sandbox", "#live", "northwind", "YOUR-"] {
        assert!(!text.contains(gone), "{gone}");
    }
    assert!(!text.contains(SECRET), "a secret is named, never written");
    assert!(!folder.join("reviews/.init-answers.toml").exists());
    let mails: Vec<_> = std::fs::read_dir(folder.join("reviews/outbox")).unwrap().collect();
    assert_eq!(mails.len(), 1);

    // what was read is not read again, and what is there is left alone
    init(&folder, &with(&flags, &[])).exits(2).explains(&["exists and is left alone"]);
}

#[test]
fn a_key_that_lacks_a_scope_is_told_which_and_a_wrong_one_what_it_must_be() {
    let folder = Scratch::new("contact");
    let apis = Apis::failing(&["billing:/v1/invoices:403", "product:/:401"]);
    let flags = flags(&apis);
    let said = init(&folder, &with(&flags, &["--no-match", "--no-mail"])).exits(1);
    said.explains(&[
        "billing: the key lacks \"Invoices: Read\": without it invoices is left out",
        "product: the key is refused",
    ])
    .explains(&["a personal API key of the project (query:read, survey:read, group:read)"])
    .prints(&["may not be read", "refuses the key"]);
    assert!(folder.join("reviews/bizreview.toml").is_file(), "what is wrong can be mended afterwards");
}

#[test]
fn without_a_terminal_what_is_missing_is_listed_and_what_was_said_is_kept() {
    let folder = Scratch::new("contact");
    init(&folder, &[]).exits(2).explains(&["--name NAME", "--source NAME=MANIFEST", "--answers FILE", "--template"]);
    let started = ["--name", "Acme", "--source", "support=zendesk"];
    init(&folder, &started).exits(2).explains(&[
        "--domain DOMAIN",
        "--set support.base_url=",
        "--set support.token_env=",
    ]);
    let kept = folder.join("reviews/.init-answers.toml");
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&kept).unwrap().contains("zendesk"));

    init(&folder, &["--set", "support.token=abc"]).exits(2).explains(&["named, not written here"]);
    init(&folder, &["--source", "billing"]).exits(2).explains(&["NAME=MANIFEST"]);
    init(&folder, &["--source", "billing=strip"]).exits(2).explains(&["stripe"]);
    std::fs::remove_file(&kept).unwrap();
    init(&folder, &started).exits(2);

    let answers = "domain = \"acme.example\"\ntimezone = \"Europe/Vienna\"\n[sources.support]\nbase_url = \"https://acme.zendesk.com\"\n";
    std::fs::write(folder.join("answers.toml"), answers).unwrap();
    let rest = ["--answers", "answers.toml", "--yes", "--offline"];
    init(&folder, &rest).exits(0).explains(&["going on with what was answered before"]);
    let text = std::fs::read_to_string(folder.join("reviews/bizreview.toml")).unwrap();
    let config = Config::parse(&text, &folder).unwrap();
    assert_eq!((config.company.name.as_str(), config.company.timezone.as_str()), ("Acme", "Europe/Vienna"));
    assert_eq!(config.sources["support"].base_url.as_deref(), Some("https://acme.zendesk.com"));
    assert!(text.contains("token = { env = \"SUPPORT_TOKEN\" }"));
}

#[test]
fn at_a_terminal_the_questions_are_asked() {
    let folder = Scratch::new("contact");
    std::fs::write(folder.join("answers.toml"), "no_more_sources = true\n").unwrap();
    // what is empty takes what is proposed
    let answers = [
        ("Name of the company", "Acme\r"),
        ("Its e-mail domain", "acme.example\r"),
        ("IANA zone", "\r"),
        ("ISO 4217 code", "eur\r"),
        ("environment variable that holds", "\r"),
        ("Who is told when something fails", "\r"),
        ("Mail goes by", "\r"),
    ];
    let arguments = "init reviews --offline --answers answers.toml --source billing=stripe";
    let Some(screen) = at_a_terminal(&folder, arguments, &answers) else { return };
    assert!(screen.contains("Name of the company") && screen.contains("environment variable that holds"), "{screen}");
    let text = std::fs::read_to_string(folder.join("reviews/bizreview.toml")).unwrap();
    let config = Config::parse(&text, &folder).unwrap();
    assert_eq!((config.company.name.as_str(), config.company.currency.as_str()), ("Acme", "eur"));
    assert!(text.contains("token = { env = \"BILLING_TOKEN\" }"), "{screen}");
}
