//! A record for people to read: one member a line, as received, with the place that is meant marked.

use std::fmt::Write;

use super::lens;

/// Levels that are laid out; what is deeper stays on its line.
const LEVELS: usize = 32;
/// What stands before the marked line.
const MARK: &str = "> ";

/// The record, laid out, the value at `pointer` marked; where it is missing, what should hold it.
pub fn shown(record: &str, pointer: &str) -> String {
    let text = record.trim();
    let mut marked = pointer.to_owned();
    while !marked.is_empty() && lens::at(text, &marked).is_none() {
        marked.truncate(marked.rfind('/').unwrap_or_default());
    }
    let mut out = String::new();
    let mut writer = Writer { out: &mut out, marked: &marked };
    writer.value(text, "", "", 0, "");
    if marked != pointer {
        let _ = writeln!(out, "{MARK}{pointer} is not there");
    }
    out
}

struct Writer<'a> {
    out: &'a mut String,
    marked: &'a str,
}

impl Writer<'_> {
    fn value(&mut self, text: &str, name: &str, here: &str, level: usize, comma: &str) {
        let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
        let parts = if level < LEVELS { lens::parts(text) } else { None };
        match parts {
            Some(parts) if !parts.is_empty() => {
                let (open, close) = if text.starts_with('{') { ('{', '}') } else { ('[', ']') };
                self.line(here, level, &format!("{name}{open}"));
                let last = parts.len() - 1;
                for (index, (step, value)) in parts.into_iter().enumerate() {
                    let member = if open == '{' { lens::quote(&step) } else { String::new() };
                    let step = step.replace('~', "~0").replace('/', "~1");
                    let comma = if index == last { "" } else { "," };
                    self.value(value, &member, &format!("{here}/{step}"), level + 1, comma);
                }
                self.line("-", level, &format!("{close}{comma}"));
            }
            _ => self.line(here, level, &format!("{name}{text}{comma}")),
        }
    }

    /// A record of somebody else's making must not speak to the terminal.
    fn line(&mut self, here: &str, level: usize, text: &str) {
        let mark = if here == self.marked && !here.is_empty() { MARK } else { "  " };
        let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let _ = writeln!(self.out, "{mark}{}{text}", "  ".repeat(level));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_place_is_marked_and_numbers_stay_as_they_came() {
        let record = r#"{"id":1,"a/b":{"n":[1.10,"x"]},"e":{}}"#;
        let text = shown(record, "/a~1b/n/1");
        assert_eq!(
            text,
            "  {\n    \"id\": 1,\n    \"a/b\": {\n      \"n\": [\n        1.10,\n>       \"x\"\n      ]\n    },\n    \"e\": {}\n  }\n"
        );
        assert!(shown(record, "/e/gone").ends_with(">   \"e\": {}\n  }\n> /e/gone is not there\n"));
        assert_eq!(shown("not,json\u{1b}[2J", ""), "  not,json\u{fffd}[2J\n");
    }

    proptest! {
        #[test]
        fn any_text_is_shown(record in "\\PC{0,60}", pointer in "(/[a-z0-9~]{0,3}){0,3}") {
            prop_assert!(shown(&record, &pointer).lines().count() > 0);
        }

        #[test]
        fn any_depth_is_shown(depth in 0_usize..3000) {
            let record = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            prop_assert!(shown(&record, "/0/0").lines().count() <= 2 * LEVELS + 1);
        }
    }
}
