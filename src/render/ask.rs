//! The mail that asks an owner for comments on the exceptions of a draft.

use serde::Serialize;
use tera::Context;

use anyhow::Result;

use super::story::ExceptionView;
use super::text::{clean, shorten, slug};
use super::voice::OwnerView;
use super::{Renderer, compact, templates, text, tidy, view, voice};
use crate::review::edition::Rendered;
use crate::review::model::{Exception, Review};
use crate::review::voice::asked_metric;

/// One thing to ask.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub exception: &'a Exception,
    /// Address that notes an answer; without one the command is named.
    pub answer_to: Option<&'a str>,
}

/// What the templates print of it.
#[derive(Debug, Serialize)]
struct QuestionView {
    exception: ExceptionView,
    answer_to: String,
    link: String,
    command: String,
    last: Option<OwnerView>,
}

/// What is said around the questions.
#[derive(Debug, Serialize)]
struct AskView {
    subject: String,
    intro: String,
    why: &'static str,
    answer: &'static str,
    command: &'static str,
    questions: Vec<QuestionView>,
}

const WHY: &str = "What you say is printed with the figure, as you say it. That you were asked and said nothing is printed too, \
    once you had four business hours.";
const ANSWER: &str = "Answer to";
const COMMAND: &str = "Answer with";

impl Renderer {
    /// Renders the mail: subject, HTML and text; it has no page and no pictures.
    pub fn ask(&self, review: &Review, questions: &[Question<'_>]) -> Result<Rendered> {
        let whole = view::build(review);
        let told = view::exceptions(review);
        let mut views = Vec::new();
        for question in questions {
            let found = told.iter().find(|(e, _)| e.metric == question.exception.metric);
            let Some((_, exception)) = found else { continue };
            let metric = asked_metric(question.exception);
            let subject = format!("{} · {}", exception.headline, whole.period);
            views.push(QuestionView {
                answer_to: question.answer_to.unwrap_or_default().to_owned(),
                link: question
                    .answer_to
                    .map(|to| format!("mailto:{to}?subject={}", encoded(&subject)))
                    .unwrap_or_default(),
                command: format!("bizreview comment {metric} --period {} 'TEXT'", review.period.id),
                last: voice::last_words(review, question.exception),
                exception: exception.clone(),
            });
        }
        let first = views.first().map(|q| q.exception.headline.clone()).unwrap_or_default();
        let more = if views.len() > 1 { format!(" and {} more", views.len() - 1) } else { String::new() };
        let ask = AskView {
            subject: text::plain_spaces(&format!(
                "Your comment, please: {}{more} · {} {}",
                shorten(&first, 90),
                shorten(&clean(&review.head.title), 50),
                whole.period
            )),
            intro: format!("The draft of the {}, {}, tells this of what you answer for.", whole.title, whole.period),
            why: WHY,
            answer: ANSWER,
            command: COMMAND,
            questions: views,
        };
        let mut context = Context::new();
        context.insert("v", &whole);
        context.insert("ask", &ask);
        Ok(Rendered {
            html: compact(&self.fill(templates::ASK, &context)?),
            text: tidy(&text::plain_spaces(&self.fill(templates::ASK_TEXT, &context)?)),
            page: String::new(),
            preheader: ask.intro.clone(),
            subject: ask.subject,
            images: Vec::new(),
        })
    }

    /// Renders the questions of a sample, for `check`.
    pub(super) fn check_ask(&self, review: &Review) -> Result<Rendered> {
        let address = format!("reviews+{}@company.example", slug("token"));
        let ask = |(index, exception)| Question { exception, answer_to: Some(address.as_str()).filter(|_| index == 0) };
        let questions: Vec<Question<'_>> = review.exceptions.iter().enumerate().map(ask).collect();
        self.ask(review, &questions)
    }
}

/// For a `mailto:` link: everything but letters and digits as `%XX`.
fn encoded(text: &str) -> String {
    let plain = text::plain_spaces(text);
    plain.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
