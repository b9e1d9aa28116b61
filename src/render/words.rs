//! The words of a language: one Fluent file a language (`templates/locales/*.ftl`) holds its sentences, separators, names of
//! months and the order of currency and number. A region's file lies over its language's, and that over English, so that a
//! file may be as short as two separators.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::text::slug;

/// Prefixes of messages that name what comes with the data: metrics, lists, sections of an account, needs, columns, reasons.
const DATA: [&str; 5] = ["metric-", "list-", "section-", "need-", "term-"];
/// Longest part of a text that its id is made of.
const LONGEST_TERM: usize = 60;
/// What is written where no file of a language says otherwise.
pub(super) const BASE: &str = "en";

/// Arguments of a sentence: `args!["value" => text, "count" => 3]`. Numbers choose plurals; what is printed is text.
macro_rules! args {
    ($($name:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "a sentence may have none")]
        let mut args = fluent_bundle::FluentArgs::new();
        $(args.set($name, $value);)*
        args
    }};
}
pub(super) use args;

/// A file of words, as it was found.
#[derive(Debug, Clone)]
pub(super) struct Locale {
    /// `de`, `de-CH`.
    pub(super) name: String,
    /// For messages: `locales/de.ftl`, or the path of a user's.
    pub(super) place: String,
    pub(super) source: String,
}

/// One language, ready to speak.
pub(super) struct Words {
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({:?})", self.bundle.locales)
    }
}

impl Words {
    /// The words of a BCP 47 tag, from every file there is, a user's after the shipped ones: English for a language without one.
    pub(super) fn of(tag: &str, files: &[Locale]) -> Result<Words> {
        let wanted: LanguageIdentifier = tag.parse().with_context(|| format!("{tag:?} is not a language tag"))?;
        let language = wanted.language.as_str().to_owned();
        let has_words = files.iter().any(|f| f.name == language);
        let mut bundle = FluentBundle::new_concurrent(vec![if has_words { wanted.clone() } else { BASE.parse()? }]);
        bundle.set_use_isolating(false);
        let mut layers = vec![BASE.to_owned(), language, wanted.to_string()];
        layers.dedup();
        for layer in layers {
            for file in files.iter().filter(|f| f.name.eq_ignore_ascii_case(&layer)) {
                bundle.add_resource_overriding(parse(file)?);
            }
        }
        Ok(Words { bundle })
    }

    /// A sentence or word by its id. An id nobody wrote shows as itself: a test and `check` see to it that there is none.
    pub(super) fn say(&self, id: &str, args: &FluentArgs<'_>) -> String {
        self.find(id, args).unwrap_or_else(|| id.to_owned())
    }

    /// A sentence, where the language has one for this id.
    pub(super) fn find(&self, id: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        Some(self.bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned())
    }

    /// A message's attribute, where the language has it: `metric-mrr.definition`.
    pub(super) fn attribute(&self, id: &str, attribute: &str) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.get_attribute(attribute)?.value();
        Some(self.bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    }

    /// A name that comes with the data, such as a metric's title: translated where the language has it, else as it is.
    pub(super) fn term(&self, kind: &str, text: &str) -> String {
        self.find(&term_id(kind, text), &FluentArgs::new()).unwrap_or_else(|| text.to_owned())
    }

    /// As [`Words::say`] for templates: an id nobody wrote or an argument that is missing is an error.
    pub(super) fn try_say(&self, id: &str, args: &FluentArgs<'_>) -> Result<String> {
        let message = self.bundle.get_message(id).and_then(|m| m.value());
        let pattern = message.with_context(|| format!("no language file has the message {id:?}"))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        ensure!(errors.is_empty(), "message {id:?}: {}", errors[0]);
        Ok(text)
    }

    #[cfg(test)]
    pub(super) fn shipped(tag: &str) -> Words {
        Words::of(tag, &super::templates::Sources::shipped().unwrap().locales).unwrap()
    }
}

/// What a language file calls a text that comes with the data.
pub(super) fn term_id(kind: &str, text: &str) -> String {
    let slug: String = slug(text).chars().take(LONGEST_TERM).collect();
    format!("{kind}-{}", slug.trim_end_matches('-'))
}

/// Refuses a tag that is none, or of whose language there is no file.
pub(super) fn ensure_known(tag: &str, files: &[Locale]) -> Result<()> {
    let names: BTreeSet<&str> = files.iter().map(|f| f.name.as_str()).collect();
    let wanted: Option<LanguageIdentifier> = tag.parse().ok();
    let is_known = wanted.is_some_and(|w| names.contains(w.language.as_str()));
    ensure!(
        is_known,
        "locale {tag:?} is no language there are words for; there are {} (a file locales/{tag}.ftl in [store] templates brings another)",
        names.into_iter().collect::<Vec<_>>().join(", ")
    );
    Ok(())
}

/// Reads a language file; a mistake in it names the line.
fn parse(file: &Locale) -> Result<FluentResource> {
    FluentResource::try_new(file.source.clone()).or_else(|(_, errors)| {
        let Some(error) = errors.first() else { bail!("{} cannot be read", file.place) };
        let line = file.source.get(..error.pos.start).map_or(0, |before| before.matches('\n').count()) + 1;
        bail!("{}, line {line}: {}", file.place, error.kind)
    })
}

/// Every message must be one that English has, with no argument English does not get; what names data is free.
pub(super) fn check(files: &[Locale]) -> Result<()> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files.iter().filter(|f| f.name == BASE) {
        for (id, _, arguments) in messages(&file.source) {
            known.entry(id).or_insert(arguments);
        }
    }
    for file in files {
        parse(file)?;
        for (id, line, arguments) in messages(&file.source) {
            if DATA.iter().any(|kind| id.starts_with(kind)) {
                continue;
            }
            let Some(given) = known.get(&id) else {
                bail!("{}, line {line}: no review prints a message {id:?}", file.place)
            };
            if let Some(stranger) = arguments.difference(given).next() {
                bail!("{}, line {line}: {id} is not given ${stranger}", file.place);
            }
        }
    }
    Ok(())
}

/// Ids, lines and arguments of a file's messages; a message that is mentioned counts as its own arguments.
fn messages(source: &str) -> Vec<(String, usize, BTreeSet<String>)> {
    let mut found: Vec<(String, usize, BTreeSet<String>)> = Vec::new();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    for (number, line) in source.lines().enumerate() {
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with(|c: char| c.is_ascii_alphabetic())
            && let Some((id, _)) = line.split_once('=')
        {
            found.push((id.trim().to_owned(), number + 1, BTreeSet::new()));
        }
        let Some((_, _, arguments)) = found.last_mut() else { continue };
        let names = line.split('$').skip(1).map(|rest| rest.chars().take_while(|c| is_name(*c)).collect::<String>());
        arguments.extend(names);
        if line.contains("{ grain }") {
            arguments.insert("grain".to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<Locale> {
        let file = |name: &str, source: &str| Locale {
            name: name.to_owned(),
            place: format!("locales/{name}.ftl"),
            source: source.to_owned(),
        };
        vec![
            file(
                "en",
                "hello = Hello { $name }\nweeks = { $n ->\n    [one] a week\n   *[other] { $n } weeks\n }\npoint = .\n",
            ),
            file("de", "hello = Hallo { $name }\npoint = ,\nterm-too-few = zu wenige\n"),
            file("de-CH", "point = .\n"),
            file("de", "hello = Servus { $name }\n"),
        ]
    }

    #[test]
    fn a_region_lies_over_its_language_that_over_english_and_a_users_file_over_ours() {
        let say = |tag: &str, id: &str| Words::of(tag, &files()).unwrap().say(id, &args!["name" => "Ada", "n" => 1]);
        assert_eq!(say("de-CH", "hello"), "Servus Ada");
        assert_eq!((say("de-CH", "point"), say("de-AT", "point")), (".".into(), ",".into()));
        assert_eq!((say("de", "weeks"), say("ja", "hello")), ("a week".into(), "Hello Ada".into()));
        let german = Words::of("de", &files()).unwrap();
        assert_eq!(
            (german.term("term", "Too few"), german.term("term", "Other")),
            ("zu wenige".into(), "Other".into())
        );
    }

    #[test]
    fn mistakes_in_a_language_file_name_their_line() {
        let with = |source: &str| {
            let mut files = files();
            files.push(Locale { name: "de".into(), place: "mine/de.ftl".into(), source: source.to_owned() });
            format!("{:#}", check(&files).unwrap_err())
        };
        assert!(check(&files()).is_ok());
        assert!(with("a = b\nc = { $\n").starts_with("mine/de.ftl, line 2:"));
        assert_eq!(with("\nhullo = x\n"), "mine/de.ftl, line 2: no review prints a message \"hullo\"");
        assert_eq!(with("hello = { $nam }\n"), "mine/de.ftl, line 1: hello is not given $nam");
    }

    #[test]
    fn a_missing_argument_or_message_is_an_error_in_templates() {
        let words = Words::of("en", &files()).unwrap();
        assert!(words.try_say("hello", &FluentArgs::new()).unwrap_err().to_string().contains("hello"));
        assert!(words.try_say("nothing", &FluentArgs::new()).is_err());
    }

    #[test]
    fn shipped_language_files_agree_with_english() {
        check(&super::super::templates::Sources::shipped().unwrap().locales).unwrap();
    }
}
