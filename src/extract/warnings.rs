//! What a pull must say although it went well: each once, with how often it came.

use std::collections::BTreeMap;

/// Words, by how often they were true.
#[derive(Debug, Clone, Default)]
pub(super) struct Warnings(BTreeMap<String, u64>);

impl Warnings {
    pub(super) fn add(&mut self, words: &str) {
        self.count(words, 1);
    }

    pub(super) fn count(&mut self, words: &str, times: u64) {
        if times > 0 {
            *self.0.entry(words.to_owned()).or_default() += times;
        }
    }

    /// In words, `{n}` being the count.
    pub(super) fn words(&self) -> Vec<String> {
        self.0.iter().map(|(words, count)| words.replace("{n}", &count.to_string())).collect()
    }
}
