//! The mail that tells the operator what failed. English: it is for whoever runs the program, not for a review's readers.

use anyhow::Result;
use serde::Serialize;
use tera::Context;

use super::text::{clean, shorten};
use super::{Renderer, compact, templates, tidy, words};
use crate::review::edition::Rendered;

/// Causes told one by one; the rest is counted.
const TOLD: usize = 12;

/// What is to be told, the worst first.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    pub company: String,
    /// What lasts.
    pub items: Vec<NoticeItem>,
    /// What is no longer so, a sentence each.
    pub ended: Vec<String>,
    /// Folder the commands are for.
    pub folder: String,
}

/// One cause.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeItem {
    /// One sentence: what failed.
    pub what: String,
    /// "since Mon 23 Nov 2026 08:01 CET", "still so, …".
    pub since: String,
    /// What went out all the same; may be empty.
    pub anyway: String,
    /// What to do, in words.
    pub todo: String,
    /// What to type.
    pub commands: Vec<String>,
}

/// Both parts of the mail print this.
#[derive(Debug, Serialize)]
struct NoticeView {
    company: String,
    subject: String,
    items: Vec<NoticeItem>,
    more: usize,
    ended: Vec<String>,
    folder: String,
}

impl Renderer {
    /// Renders a notice: subject, HTML and text; it has no page and no pictures.
    pub fn notice(&self, notice: &Notice) -> Result<Rendered> {
        let language = self.language(words::BASE)?;
        let view = view(notice);
        let subject = view.subject.clone();
        let mut context = Context::new();
        context.insert("n", &view);
        Ok(Rendered {
            html: compact(&self.fill(&language.tera, templates::NOTICE, &context)?),
            text: tidy(&self.fill(&language.tera, templates::NOTICE_TEXT, &context)?),
            preheader: view.items.first().map(|item| item.todo.clone()).unwrap_or_default(),
            subject,
            page: String::new(),
            images: Vec::new(),
            data: Vec::new(),
        })
    }

    /// Renders a sample, for `check`.
    pub(super) fn check_notice(&self) -> Result<Rendered> {
        let item = NoticeItem {
            what: "2 mails of support 2026-W47 may or may not have arrived: <a***@company.example>".into(),
            since: "since Mon 23 Nov 2026 08:01 CET".into(),
            anyway: "4 of 6 readers have it.".into(),
            todo: "Ask one of them, then send it again or leave it.".into(),
            commands: vec!["bizreview resend support 2026-W47 --uncertain".into()],
        };
        self.notice(&Notice {
            company: "Company & Sons".into(),
            items: vec![item.clone(), NoticeItem { commands: Vec::new(), anyway: String::new(), ..item }],
            ended: vec!["source billing is stale (since Mon 23 Nov 2026 08:01 CET)".into()],
            folder: "/reviews".into(),
        })
    }
}

fn view(notice: &Notice) -> NoticeView {
    let plain = |item: &NoticeItem| NoticeItem {
        what: shorten(&clean(&item.what), 600),
        since: clean(&item.since),
        anyway: clean(&item.anyway),
        todo: clean(&item.todo),
        commands: item.commands.iter().map(|command| clean(command)).collect(),
    };
    let ended: Vec<String> = notice.ended.iter().map(|text| shorten(&clean(text), 300)).collect();
    let first = match notice.items.first() {
        Some(item) => shorten(&clean(&item.what), 110),
        None => format!("No longer so: {}", ended.first().map_or_else(String::new, |text| shorten(text, 100))),
    };
    let told = notice.items.len() + if notice.items.is_empty() { ended.len() } else { 0 };
    let more = told.saturating_sub(1);
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    let company = shorten(&clean(&notice.company), 40);
    NoticeView {
        subject: format!("{first}{more} · bizreview at {company}"),
        company,
        items: notice.items.iter().take(TOLD).map(plain).collect(),
        more: notice.items.len().saturating_sub(TOLD),
        ended,
        folder: clean(&notice.folder),
    }
}
