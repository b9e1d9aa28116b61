//! A store with one archived edition, its mail in the outbox, and the configuration that goes with it.

use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use bizreview::config::{Config, Secrets};
use bizreview::deliver::message::Letter;
use bizreview::deliver::outbox::enqueue;
use bizreview::deliver::transport::Transport;
use bizreview::deliver::{Edition, Stop};
use bizreview::ledger::Ledger;
use bizreview::ledger::deliveries::{DeliveryRow, DeliveryState};
use bizreview::pipeline::Environment;
use jiff::SignedDuration;

use super::mail::{now, published, rendered};
use super::scratch::Scratch;

pub struct Post {
    pub ledger: Arc<Ledger>,
    pub edition: Edition,
    to: Vec<String>,
    mail: String,
    pub secrets: Secrets,
    pub scratch: Scratch,
}

impl Post {
    /// Nothing is in the outbox yet. `mail` are lines of `[mail]`, `transport` among them.
    pub fn new(to: &[&str], mail: &str) -> Post {
        let scratch = Scratch::new("post");
        let ledger = Arc::new(Ledger::open(&scratch.join("store")).unwrap());
        let edition = published(&scratch.join("store"), &ledger);
        let to = to.iter().map(|a| (*a).to_owned()).collect();
        let post = Post { ledger, edition, to, mail: mail.to_owned(), secrets: Secrets::default(), scratch };
        post.write();
        post
    }

    fn write(&self) -> PathBuf {
        let path = self.scratch.join("bizreview.toml");
        std::fs::write(&path, self.text()).unwrap();
        path
    }

    fn text(&self) -> String {
        format!(
            r#"
[company]
name = "Acme"
timezone = "Europe/Berlin"
currency = "EUR"
[store]
path = "store"
[operator]
email = "ops@acme.example"
[teams.support]
name = "Support"
[teams.finance]
name = "Finance"
[reports.support]
title = "Support review"
team = "support"
to = {:?}
cron = "0 8 * * MON"
metrics = ["sla/*"]
[mail]
from = "Reviews <reviews@acme.example>"
{}
"#,
            self.to, self.mail
        )
    }

    /// The same store under another list of readers or other lines of `[mail]`.
    pub fn reconfigured(&mut self, to: &[&str], mail: &str) {
        self.to = to.iter().map(|a| (*a).to_owned()).collect();
        mail.clone_into(&mut self.mail);
        self.write();
    }

    pub fn config(&self) -> Config {
        Config::parse(&self.text(), &self.scratch).unwrap()
    }

    pub fn environment(&self, minutes: i64) -> Environment {
        self.environment_of(self.config(), minutes)
    }

    pub fn environment_of(&self, config: Config, minutes: i64) -> Environment {
        Environment {
            config: Arc::new(config),
            secrets: self.secrets.clone(),
            ledger: self.ledger.clone(),
            now: now() + SignedDuration::from_mins(minutes),
            who: "a test".into(),
            patience: Duration::from_secs(1),
            stop: Stop::default(),
        }
    }

    /// Puts the edition's mail in the outbox, of the readers who match held.
    pub fn enqueue(&self, is_held: impl Fn(&str) -> bool) {
        let (config, rendered) = (self.config(), rendered());
        let mut letter = Letter::of_report(&config, &self.edition, &rendered, now()).unwrap();
        letter.waiting = self.to.iter().filter(|a| is_held(a)).cloned().collect();
        let transport = Transport::open(&config, &self.secrets).unwrap();
        enqueue(&self.ledger, &letter, &transport, now()).unwrap();
    }

    pub fn rows(&self) -> Vec<DeliveryRow> {
        self.ledger.deliveries(self.edition.edition_id).unwrap()
    }

    #[track_caller]
    pub fn check(&self, expected: &[DeliveryState]) {
        let rows = self.rows();
        let states: Vec<DeliveryState> = rows.iter().map(|r| r.state).collect();
        assert_eq!(states, expected, "{rows:#?}");
    }

    /// The command line on this store, a day later.
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let path = self.write();
        let output: Output =
            tokio::task::block_in_place(|| super::store::bizreview(&path, "2026-11-24T07:00:00Z", arguments));
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap(), said)
    }
}
