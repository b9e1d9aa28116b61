//! Sentences made where a review is put together, said in the reader's language when it is rendered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A sentence by its id in the language files and what stands in it; or text as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Phrase {
    /// What comes with the data in English, such as a check's title; and every sentence of editions made before there were ids.
    Plain(String),
    Said {
        id: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        args: BTreeMap<String, Arg>,
    },
}

/// What stands in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Arg {
    /// Chooses between one and many.
    Count(u64),
    /// A name or an id.
    Text(String),
    /// RFC 3339, printed in the company's zone.
    Moment {
        moment: String,
    },
    Phrase(Box<Phrase>),
}

impl Phrase {
    /// The sentence of an id.
    pub fn of(id: &str) -> Phrase {
        Phrase::Said { id: id.to_owned(), args: BTreeMap::new() }
    }

    /// With one more argument.
    #[must_use]
    pub fn with(mut self, name: &str, arg: impl Into<Arg>) -> Phrase {
        if let Phrase::Said { args, .. } = &mut self {
            args.insert(name.to_owned(), arg.into());
        }
        self
    }
}

impl From<u64> for Arg {
    fn from(count: u64) -> Arg {
        Arg::Count(count)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Arg {
        Arg::Text(text.to_owned())
    }
}

impl From<Phrase> for Arg {
    fn from(phrase: Phrase) -> Arg {
        Arg::Phrase(Box::new(phrase))
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Phrase {
        Phrase::Plain(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_read_back_and_so_do_the_sentences_of_older_editions() {
        let phrase = Phrase::of("late-source")
            .with("source", "billing")
            .with("n", 2)
            .with("at", Arg::Moment { moment: "2026-11-16T06:00:00Z".into() })
            .with("cause", Phrase::of("cause-rates"));
        let json = serde_json::to_string(&phrase).unwrap();
        assert_eq!(serde_json::from_str::<Phrase>(&json).unwrap(), phrase, "{json}");
        assert_eq!(
            serde_json::from_str::<Phrase>("\"exchange rates changed\"").unwrap(),
            "exchange rates changed".into()
        );
    }
}
