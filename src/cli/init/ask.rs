//! Questions at a terminal; elsewhere what flags and files say, and a list of what they do not.

use std::fmt::Display;

use anyhow::{Result, bail};
use dialoguer::{Confirm, Input, MultiSelect, Select};

use crate::config::Usage;

/// Asks, or notes what is missing.
pub struct Asker {
    is_terminal: bool,
    /// What is proposed is taken unasked.
    yes: bool,
    missing: Vec<String>,
}

impl Asker {
    pub fn new(is_terminal: bool, yes: bool) -> Asker {
        Asker { is_terminal, yes, missing: Vec::new() }
    }

    /// Whether somebody can choose.
    pub fn can_ask(&self) -> bool {
        self.is_terminal && !self.yes
    }

    /// A text; `flag` is how it is said without a terminal. Nothing is an answer where `default` is empty.
    pub fn text(&mut self, question: &str, default: Option<&str>, flag: &str) -> Result<Option<String>> {
        match default {
            Some(default) if self.yes => return Ok(Some(default.to_owned())),
            _ if self.is_terminal => {}
            _ => {
                self.missing.push(format!("{flag:<38}{question}"));
                return Ok(None);
            }
        }
        let mut input = Input::<String>::new().with_prompt(question).allow_empty(default == Some(""));
        if let Some(default) = default.filter(|default| !default.is_empty()) {
            input = input.default(default.to_owned());
        }
        Ok(Some(input.interact_text()?.trim().to_owned()))
    }

    /// Yes or no; what is proposed where nobody can be asked.
    pub fn confirm(&self, question: &str, proposed: bool) -> Result<bool> {
        if !self.can_ask() {
            return Ok(proposed);
        }
        Ok(Confirm::new().with_prompt(question).default(proposed).interact()?)
    }

    /// Several of a list; what is proposed where nobody can be asked.
    pub fn several<T: Display + Clone>(&self, question: &str, of: &[(T, bool)]) -> Result<Vec<usize>> {
        if !self.can_ask() {
            return Ok(of.iter().enumerate().filter(|(_, (_, is_proposed))| *is_proposed).map(|(i, _)| i).collect());
        }
        let prompt = format!("{question} (space chooses, enter ends)");
        Ok(MultiSelect::new().with_prompt(prompt).items_checked(of.to_vec()).interact()?)
    }

    /// One of a list; the first where nobody can be asked.
    pub fn one(&self, question: &str, of: &[String]) -> Result<usize> {
        if !self.can_ask() {
            return Ok(0);
        }
        Ok(Select::new().with_prompt(question).items(of.to_vec()).default(0).interact()?)
    }

    /// Something only a flag or a terminal can say.
    pub fn miss(&mut self, flag: &str, what: &str) {
        self.missing.push(format!("{flag:<38}{what}"));
    }

    /// Ends where something is missing that nobody can be asked.
    pub fn ensure_complete(&self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        bail!(Usage(format!(
            "this is no terminal, and these are not said:\n  {}\nSay them by flags or in a file (--answers FILE), take what is proposed \
             with --yes, or write the commented template as it is with --template",
            self.missing.join("\n  ")
        )))
    }
}
