//! The words of a language: one Fluent file a language (`templates/locales/*.ftl`) holds its sentences, separators, names of
//! months and the order of currency and number. A region's file lies over its language's, and that over English, so that a
//! file may be as short as two separators.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// What is written where no file of a language says otherwise.
const BASE: &str = "en";

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
    /// The words of a BCP 47 tag, from every language file by name (`de`, `de-CH`): English for a language without one.
    pub(super) fn of(tag: &str, files: &BTreeMap<String, String>) -> Result<Words> {
        let wanted: LanguageIdentifier = tag.parse().with_context(|| format!("{tag:?} is not a language tag"))?;
        let language = wanted.language.as_str().to_owned();
        let has_language = files.contains_key(&language);
        let plurals = if has_language { wanted.clone() } else { BASE.parse()? };
        let mut bundle = FluentBundle::new_concurrent(vec![plurals]);
        bundle.set_use_isolating(false);
        let mut layers = vec![BASE.to_owned(), language, wanted.to_string()];
        layers.dedup();
        for name in layers {
            let Some(source) = files.get(&name) else { continue };
            bundle.add_resource_overriding(parse(&name, source)?);
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

    /// As [`Words::say`], and what is wrong with the id or its arguments is an error.
    pub(super) fn try_say(&self, id: &str, args: &FluentArgs<'_>) -> Result<String> {
        let message = self.bundle.get_message(id).and_then(|m| m.value());
        let pattern = message.with_context(|| format!("no language file has the message {id:?}"))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        ensure!(errors.is_empty(), "message {id:?}: {}", errors[0]);
        Ok(text)
    }
}

/// Reads a language file; a mistake in it names the line.
fn parse(name: &str, source: &str) -> Result<FluentResource> {
    FluentResource::try_new(source.to_owned()).or_else(|(_, errors)| {
        let Some(error) = errors.first() else { bail!("locales/{name}.ftl cannot be read") };
        let line = source.get(..error.pos.start).map_or(0, |before| before.matches('\n').count()) + 1;
        bail!("locales/{name}.ftl, line {line}: {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> BTreeMap<String, String> {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        BTreeMap::from([
            file(
                "en",
                "hello = Hello { $name }\nweeks = { $n ->\n    [one] a week\n   *[other] { $n } weeks\n }\npoint = .\n",
            ),
            file("de", "hello = Hallo { $name }\npoint = ,\n"),
            file("de-CH", "point = .\n"),
        ])
    }

    #[test]
    fn a_region_lies_over_its_language_and_that_over_english() {
        let say = |tag: &str, id: &str| Words::of(tag, &files()).unwrap().say(id, &args!["name" => "Ada", "n" => 1]);
        assert_eq!(say("de-CH", "hello"), "Hallo Ada");
        assert_eq!((say("de-CH", "point"), say("de-AT", "point")), (".".into(), ",".into()));
        assert_eq!((say("de", "weeks"), say("ja", "hello")), ("a week".into(), "Hello Ada".into()));
    }

    #[test]
    fn a_mistake_in_a_language_file_names_its_line_and_a_missing_argument_its_message() {
        let broken = BTreeMap::from([("en".to_owned(), "a = b\nc = { $\n".to_owned())]);
        assert!(format!("{:#}", Words::of("en", &broken).unwrap_err()).contains("locales/en.ftl, line 2"));
        let words = Words::of("en", &files()).unwrap();
        assert!(words.try_say("hello", &FluentArgs::new()).unwrap_err().to_string().contains("hello"));
        assert!(words.try_say("nothing", &FluentArgs::new()).is_err());
    }
}
