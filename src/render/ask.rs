//! The mail that asks an owner for comments on the exceptions of a draft.

use serde::Serialize;
use tera::Context;

use anyhow::Result;

use super::format::Format;
use super::story::ExceptionView;
use super::text::{clean, shorten};
use super::voice::OwnerView;
use super::words::args;
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
    recipient: String,
    questions: Vec<QuestionView>,
}

impl Renderer {
    /// Renders the mail to one person: subject, HTML and text; it has no page and no pictures.
    pub fn ask(&self, review: &Review, questions: &[Question<'_>], recipient: &str) -> Result<Rendered> {
        let language = self.language(&review.head.locale)?;
        let head = &review.head;
        let f = Format::new(language.words.clone(), &head.currency, head.currency_digits);
        let whole = view::build(review, &language.words);
        let told = view::exceptions(review, &f);
        let views: Vec<QuestionView> = questions
            .iter()
            .filter_map(|question| {
                let (_, exception) = told.iter().find(|(e, _)| e.metric == question.exception.metric)?;
                Some(question_view(review, &f, question, exception, &whole.period))
            })
            .collect();
        let first = views.first().map(|q| shorten(&q.exception.headline, 90)).unwrap_or_default();
        let (title, period) = (shorten(&clean(&head.title), 50), whole.period.clone());
        let subject = match views.len().saturating_sub(1) {
            0 => f.say("ask-subject", &args!["headline" => first, "title" => title, "period" => period]),
            more => {
                let more = args!["headline" => first, "title" => title, "period" => period, "more" => more];
                f.say("ask-subject-more", &more)
            }
        };
        let intro = f.say("ask-intro", &args!["title" => whole.title.clone(), "period" => whole.period.clone()]);
        let recipient = clean(recipient);
        let ask = AskView { subject: text::plain_spaces(&subject), intro, recipient, questions: views };
        let mut context = Context::new();
        context.insert("v", &whole);
        context.insert("ask", &ask);
        Ok(Rendered {
            data: Vec::new(),
            html: compact(&self.fill(&language.tera, templates::ASK, &context)?),
            text: tidy(&text::plain_spaces(&self.fill(&language.tera, templates::ASK_TEXT, &context)?)),
            page: String::new(),
            preheader: ask.intro.clone(),
            subject: ask.subject,
            images: Vec::new(),
        })
    }

    /// Renders the questions of a sample, for `check`.
    pub(super) fn check_ask(&self, review: &Review) -> Result<Rendered> {
        let address = Some("reviews+token@company.example");
        let ask = |(index, exception)| Question { exception, answer_to: address.filter(|_| index == 0) };
        let questions: Vec<Question<'_>> = review.exceptions.iter().enumerate().map(ask).collect();
        self.ask(review, &questions, "owner@company.example")
    }
}

fn question_view(
    review: &Review,
    f: &Format,
    question: &Question<'_>,
    exception: &ExceptionView,
    period: &str,
) -> QuestionView {
    let subject = format!("{} · {period}", exception.headline);
    let link = |to: &str| format!("mailto:{to}?subject={}", encoded(&subject));
    let metric = asked_metric(question.exception);
    QuestionView {
        answer_to: question.answer_to.unwrap_or_default().to_owned(),
        link: question.answer_to.map(link).unwrap_or_default(),
        command: format!("bizreview comment {metric} --period {} 'TEXT'", review.period.id),
        last: voice::last_words(review, question.exception, f),
        exception: exception.clone(),
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
