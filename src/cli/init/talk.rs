//! The questions, in their order: the company, its sources, what they offer to choose from, how customers match, mail.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::answers::{Answers, SourceAnswer, is_name};
use super::ask::Asker;
use super::{look, write};
use crate::cli::print::{self, Rows};
use crate::config::{Config, Secrets, Usage};
use crate::extract::contact::{self, Answer, Answered};
use crate::extract::manifest::{Kind, Need};
use crate::extract::{Catalog, Manifest, Request};
use crate::pipeline::{self, Environment};

/// A conversation under way.
pub struct Talk<'a> {
    pub folder: &'a Path,
    pub answers: Answers,
    pub asker: Asker,
    pub catalog: Catalog,
    pub now: Timestamp,
    /// Nothing is asked of any API.
    pub is_offline: bool,
    /// What is not as it should be, though the configuration is written.
    pub problems: Vec<String>,
}

impl Talk<'_> {
    /// Everything, each answer kept as it is given.
    pub async fn hold(&mut self) -> Result<()> {
        self.company()?;
        self.sources()?;
        self.mail_settings()?;
        self.asker.ensure_complete()?;
        self.keep()?;
        if self.is_offline {
            self.problems.extend(self.answers.sources.values().flat_map(|source| source.lacking.clone()));
        } else {
            self.verify().await?;
            look::look(self).await?;
            self.identity().await?;
            self.test_mail().await?;
        }
        Ok(())
    }

    /// Answers so far, for whoever goes on.
    pub fn keep(&self) -> Result<()> {
        self.answers.keep(self.folder)
    }

    fn company(&mut self) -> Result<()> {
        let Talk { answers, asker, .. } = self;
        for (answer, question, default, flag) in [
            (&mut answers.name, "Name of the company, as printed at the top of each review", None, "--name NAME"),
            (&mut answers.domain, "Its e-mail domain: sender and recipients are of it", None, "--domain DOMAIN"),
            (&mut answers.timezone, "IANA zone in which its days are cut", Some("Europe/Berlin"), "--timezone ZONE"),
            (&mut answers.currency, "ISO 4217 code of its currency", Some("usd"), "--currency CODE"),
        ] {
            if answer.is_none() {
                *answer = asker.text(question, default, flag)?;
            }
        }
        self.keep()
    }

    fn sources(&mut self) -> Result<()> {
        let names: Vec<String> = self.answers.sources.keys().cloned().collect();
        for name in names {
            self.complete(&name, false)?;
        }
        if self.asker.can_ask() && self.answers.no_more_sources != Some(true) {
            let offered: Vec<(String, String)> =
                self.catalog.names().into_iter().filter_map(|name| self.offer(name)).collect();
            for (manifest, about) in offered {
                if self.asker.confirm(&format!("Connect {about} ({manifest})?"), false)? {
                    let name = self.name_of(&manifest, &about)?;
                    let answer = SourceAnswer { manifest, ..SourceAnswer::default() };
                    self.answers.sources.insert(name.clone(), answer);
                    self.complete(&name, false)?;
                }
            }
            self.answers.no_more_sources = Some(true);
            self.keep()?;
        } else if self.answers.sources.is_empty() && !self.asker.can_ask() && self.answers.no_more_sources != Some(true)
        {
            let known = self.catalog.names().join(", ");
            self.asker.miss("--source NAME=MANIFEST", &format!("what to connect, of {known}"));
        }
        Ok(())
    }

    /// What a source is to be called: a name of its own.
    fn name_of(&mut self, manifest: &str, about: &str) -> Result<String> {
        let proposed = about.to_lowercase().split(' ').next().unwrap_or_default().to_owned();
        let proposed = if self.is_free(&proposed) { proposed } else { manifest.to_owned() };
        loop {
            let name = self.asker.text("Name of this source", Some(&proposed), "")?.unwrap_or_else(|| proposed.clone());
            if self.is_free(&name) {
                return Ok(name);
            }
            println!("! {name:?} is taken, or not made of a-z, 0-9 and _ alone");
        }
    }

    fn is_free(&self, name: &str) -> bool {
        is_name(name) && !self.answers.sources.contains_key(name)
    }

    /// What a manifest is offered as: those that need a key.
    fn offer(&self, name: &str) -> Option<(String, String)> {
        let manifest = self.catalog.get(name).ok()?;
        let is_known = self.answers.sources.values().any(|source| source.manifest == name);
        (manifest.needs_secret() && !manifest.about.is_empty() && !is_known)
            .then(|| (name.to_owned(), manifest.about.clone()))
    }

    /// What a source needs and was not said; where it is asked anew, all of it, and what was said is proposed.
    fn complete(&mut self, name: &str, is_anew: bool) -> Result<()> {
        let Some(mut source) = self.answers.sources.get(name).cloned() else { return Ok(()) };
        let manifest =
            self.catalog.get(&source.manifest).map_err(|error| Usage(format!("--source {name}: {error:#}")))?.clone();
        let flag = |key: &str| format!("--set {name}.{key}=…");
        self.complete_kind(name, &manifest, &mut source, is_anew)?;
        if manifest.kind == Kind::Rest
            && manifest.base_url.is_none()
            && manifest.needs_secret()
            && (is_anew || source.base_url.is_none())
        {
            let question = format!("{name}: address of its API, https://…");
            source.base_url = self.asker.text(&question, source.base_url.as_deref(), &flag("base_url"))?;
        }
        match manifest.username().filter(|_| is_anew || source.username.is_none()) {
            Some(Need::Always) => {
                let question = format!("{name}: user name the key belongs to");
                source.username = self.asker.text(&question, source.username.as_deref(), &flag("username"))?;
            }
            // without one the key goes as a token of its own
            Some(Need::Maybe) if self.asker.can_ask() => {
                let question = format!("{name}: user name the key belongs to (none for a token that needs none)");
                let said = source.username.as_deref().or(Some(""));
                source.username = self.asker.text(&question, said, "")?.filter(|name| !name.is_empty());
            }
            _ => {}
        }
        for (key, setting) in manifest.settings.iter().filter(|(_, setting)| setting.default.is_none()) {
            let said = source.settings.get(key).cloned();
            if is_anew || said.is_none() {
                let question = format!("{name}: {}", setting.about);
                if let Some(value) = self.asker.text(&question, said.as_deref(), &flag(key))? {
                    source.settings.insert(key.clone(), value);
                }
            }
        }
        if manifest.needs_secret() && (is_anew || (source.token_env.is_none() && source.token_file.is_none())) {
            self.complete_key(name, &manifest, &mut source)?;
        }
        self.answers.sources.insert(name.to_owned(), source);
        self.keep()
    }

    /// Where its key is.
    fn complete_key(&mut self, name: &str, manifest: &Manifest, source: &mut SourceAnswer) -> Result<()> {
        let question = format!("{name}: environment variable that holds {}, or file:PATH", key_words(manifest));
        let in_file = source.token_file.take().map(|path| format!("file:{}", path.display()));
        let said = source.token_env.take().or(in_file);
        let proposed = said.unwrap_or_else(|| format!("{}_TOKEN", name.to_uppercase()));
        match self.asker.text(&question, Some(&proposed), &format!("--set {name}.token_env=…"))? {
            Some(text) => match text.strip_prefix("file:") {
                Some(path) => source.token_file = Some(path.into()),
                None => source.token_env = Some(text),
            },
            None => source.token_env = None,
        }
        Ok(())
    }

    /// What only files, a database or a tap need.
    fn complete_kind(
        &mut self,
        name: &str,
        manifest: &Manifest,
        source: &mut SourceAnswer,
        is_anew: bool,
    ) -> Result<()> {
        let flag = |key: &str| format!("--set {name}.{key}=…");
        let is_elsewhere = manifest.base_url.is_some() || source.base_url.is_some();
        match manifest.kind {
            Kind::Files if !is_elsewhere && (is_anew || source.directory.is_none()) => {
                let question = format!("{name}: folder of its files, beside bizreview.toml");
                let said = source.directory.as_ref().map(|path| path.display().to_string());
                let said = said.unwrap_or_else(|| "files".to_owned());
                source.directory = self.asker.text(&question, Some(&said), &flag("directory"))?.map(Into::into);
            }
            Kind::Sql if manifest.database.driver.is_none() && (is_anew || source.driver.is_none()) => {
                let question = format!("{name}: ADBC driver, a name it is installed under or the path of a library");
                source.driver = self.asker.text(&question, source.driver.as_deref(), &flag("driver"))?;
            }
            Kind::Singer if (is_anew || source.tap.is_none()) && self.asker.can_ask() => {
                let command = manifest.tap.as_ref().map_or("", |tap| tap.command.as_str());
                let question = format!("{name}: program of the tap, a name on the PATH or a path");
                let said = source.tap.as_deref().unwrap_or(command);
                source.tap = self.asker.text(&question, Some(said), "")?.filter(|program| program != command);
                let question = format!("{name}: more keys of its configuration, KEY=VALUE KEY=env:VARIABLE (or none)");
                let keys = self.asker.text(&question, Some(""), "")?.unwrap_or_default();
                for (key, value) in keys.split_whitespace().filter_map(|pair| pair.split_once('=')) {
                    source.tap_config.insert(key.to_owned(), value.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn mail_settings(&mut self) -> Result<()> {
        let domain = self.answers.domain.clone().unwrap_or_default();
        let proposed = format!("operations@{domain}");
        let Talk { answers, asker, .. } = self;
        for (answer, question, default, flag) in [
            (
                &mut answers.operator,
                "Who is told when something fails, and gets a test mail now",
                proposed.as_str(),
                "--operator ADDRESS",
            ),
            (
                &mut answers.transport,
                "Mail goes by smtp://HOST:587, smtps://HOST:465, or to a folder",
                "dir:outbox",
                "--transport WAY",
            ),
        ] {
            if answer.is_none() {
                *answer = asker.text(question, Some(default), flag)?;
            }
        }
        self.keep()
    }

    /// The configuration as it would be written now.
    pub fn config(&self) -> Result<Config> {
        let text = write::config(super::SHIPPED, &self.answers, &self.catalog)?;
        let folder = std::path::absolute(self.folder)?;
        Config::parse(&text, &folder).map_err(|error| {
            let file = self.folder.join(super::answers::FILE);
            Usage(format!(
                "these answers make no configuration: {error:#}\nsay it right by a flag, or mend {}",
                file.display()
            ))
            .into()
        })
    }

    /// The same as an environment, whose store is the company's own.
    pub fn environment(&self) -> Result<Environment> {
        crate::cli::environment_of(Arc::new(self.config()?), Secrets::default(), "init", self.now)
    }

    /// Asks each stream of each source once, and says what the key lacks.
    async fn verify(&mut self) -> Result<()> {
        let names: Vec<String> = self.answers.sources.keys().cloned().collect();
        for name in names {
            while self.answers.sources[&name].verified != Some(true) {
                let environment = self.environment()?;
                let secrets = Secrets::default();
                let found = contact::verify(&request(&environment, &secrets, &[]), &name).await;
                let manifest = self.catalog.get(&self.answers.sources[&name].manifest)?.clone();
                let problems = match &found {
                    Ok(answered) => said_of_key(&name, &manifest, answered),
                    Err(error) if !self.asker.can_ask() => {
                        return Err(Usage(format!("{error:#}; --offline asks no API")).into());
                    }
                    Err(error) => vec![format!("{error:#}")],
                };
                if let Ok(answered) = &found {
                    println!("\n{name} ({})", manifest.name);
                    print!("{}", table_of(answered));
                }
                for problem in &problems {
                    println!("! {problem}");
                }
                if !problems.is_empty() && self.asker.can_ask() && self.asker.confirm("Mend it and ask again?", true)? {
                    self.complete(&name, true)?;
                    continue;
                }
                if let Some(source) = self.answers.sources.get_mut(&name) {
                    source.verified = Some(true);
                    source.lacking.clone_from(&problems);
                }
                self.problems.extend(problems);
            }
            self.keep()?;
        }
        Ok(())
    }

    /// Reads what customers are called everywhere, and says how many match.
    async fn identity(&mut self) -> Result<()> {
        if self.answers.sources.is_empty() || self.answers.matched.is_some() {
            return Ok(());
        }
        let question = "Read customers, organisations and groups now, to see how they match?";
        let is_wanted = self.asker.confirm(question, true)?;
        self.answers.matched = Some(is_wanted);
        if is_wanted {
            let environment = self.environment()?;
            let secrets = Secrets::default();
            let mut asked = request(&environment, &secrets, &[]);
            asked.progress = print::bars();
            asked.first_page_only = false;
            let outcomes = contact::pull_customers(&asked).await?;
            let failed = pipeline::pull_problems(&outcomes);
            self.problems.extend(failed.iter().map(|problem| format!("{}: {}", problem.subject, problem.message)));
            let identity = tokio::task::block_in_place(|| pipeline::identity(&environment))?;
            print!("\n{}", look::identity_words(&identity));
        }
        self.keep()
    }

    async fn test_mail(&mut self) -> Result<()> {
        let operator = self.answers.operator.clone().unwrap_or_default();
        if self.answers.mailed.is_some() || !self.asker.confirm(&format!("Send a test mail to {operator}?"), true)? {
            return Ok(());
        }
        let config = self.config()?;
        for (route, sent) in pipeline::test_notice(&config, &Secrets::default(), self.now).await? {
            match sent {
                Ok(()) => println!("\ntest mail to {operator}: sent by {route} ({})", config.mail.transport),
                Err(error) => self.problems.push(format!("the test mail was not sent: {error:#}")),
            }
        }
        self.answers.mailed = Some(true);
        self.keep()
    }
}

/// A pull's request of these surroundings.
pub fn request<'a>(environment: &'a Environment, secrets: &'a Secrets, sources: &'a [String]) -> Request<'a> {
    Request {
        config: &environment.config,
        secrets,
        ledger: &environment.ledger,
        now: environment.now,
        sources,
        full: false,
        first_page_only: true,
        progress: crate::extract::Progress::Quiet,
    }
}

fn key_words(manifest: &Manifest) -> String {
    let scopes = manifest.scopes().join(", ");
    match (manifest.key_kind.is_empty(), scopes.is_empty()) {
        (true, true) => "its key".into(),
        (true, false) => format!("its key ({scopes})"),
        (false, true) => manifest.key_kind.clone(),
        (false, false) => format!("{} ({scopes})", manifest.key_kind),
    }
}

fn table_of(answered: &[Answered]) -> String {
    let row = |one: &Answered| {
        let words = match &one.answer {
            Answer::Ok => "answers".to_owned(),
            Answer::BadKey(_) => "refuses the key".to_owned(),
            Answer::Forbidden(_) => "may not be read".to_owned(),
            Answer::Failed(_) if one.is_optional => "is not there; it is optional".to_owned(),
            Answer::Failed(_) => "fails".to_owned(),
        };
        vec![Some(one.stream.clone()), one.scope.clone(), Some(words)]
    };
    let rows: Rows = answered.iter().map(row).collect();
    print::table(&["stream", "scope", "the API"], &rows)
}

/// What is wrong with a key, each thing once.
fn said_of_key(name: &str, manifest: &Manifest, answered: &[Answered]) -> Vec<String> {
    let mut problems = Vec::new();
    let bad = answered.iter().find_map(|one| if let Answer::BadKey(why) = &one.answer { Some(why) } else { None });
    if let Some(why) = bad {
        problems.push(format!("{name}: the key is refused; it must be {}: {why}", key_words(manifest)));
    }
    let mut lacking: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in answered.iter().filter(|one| matches!(one.answer, Answer::Forbidden(_))) {
        let scope = one.scope.as_deref().unwrap_or("a permission");
        match lacking.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, streams)) => streams.push(&one.stream),
            None => lacking.push((scope, vec![&one.stream])),
        }
    }
    for (scope, streams) in lacking {
        problems.push(format!("{name}: the key lacks {scope:?}: without it {} is left out", streams.join(", ")));
    }
    for one in answered.iter().filter(|one| !one.is_optional) {
        if let Answer::Failed(why) = &one.answer
            && !problems.contains(why)
        {
            problems.push(why.clone());
        }
    }
    problems
}
