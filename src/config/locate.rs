//! Where in the file a mistake is that only validation could find.

use super::secret::blank_line;

/// The keys of a table, in the order of the file: the parser sorts them by name.
pub(super) fn keys_in_order(text: &str, table: &str) -> Vec<String> {
    let Ok(document) = toml::de::DeTable::parse(text) else { return Vec::new() };
    let Some(table) = document.get_ref().get(table).and_then(|value| value.get_ref().as_table()) else {
        return Vec::new();
    };
    let mut keys: Vec<(usize, String)> =
        table.keys().map(|key| (key.span().start, key.get_ref().to_string())).collect();
    keys.sort();
    keys.into_iter().map(|(_, key)| key).collect()
}

/// The message with the line it is about, quoted, where that can be told: validation names the table and mostly the key, as in
/// "[reports.support]: cron: …".
pub(super) fn with_line(text: &str, message: &str) -> String {
    match line_of(text, message) {
        Some((number, line)) => {
            let quoted = blank_line(&format!("{number} | {}", line.trim_end()));
            let pad = " ".repeat(number.to_string().len());
            format!("line {number}: {message}\n{pad} |\n{quoted}\n{pad} |")
        }
        None => message.to_owned(),
    }
}

/// The key's line in the named table; else one that holds what the message quotes; else the table's own.
fn line_of<'a>(text: &'a str, message: &str) -> Option<(usize, &'a str)> {
    let rest = message.strip_prefix('[')?;
    let (table, rest) = rest.split_once(']')?;
    let header = format!("[{table}]");
    let numbered = || text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let is_header = |line: &str| line.trim_start().starts_with('[');
    let mut own = numbered().skip_while(|(_, line)| without_comment(line) != header);
    let first = own.next()?;
    let body: Vec<(usize, &str)> = own.take_while(|(_, line)| !is_header(line)).collect();
    let key = rest.trim_start_matches([':', ' ']).split([':', ' ', '.']).next().unwrap_or_default();
    let assigns = |line: &str| line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
    let quotes = |line: &str| {
        let quoted = message.split('"').skip(1).step_by(2).chain(message.split(' ').filter(|word| word.contains('@')));
        quoted.filter(|part| part.len() > 2).any(|part| line.contains(part))
    };
    let by_key = body.iter().find(|(_, line)| assigns(line));
    by_key.or_else(|| body.iter().find(|(_, line)| quotes(line))).copied().or(Some(first))
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[company]\nname = \"x\"\n\n[reports.support] # ours\nteam = \"support\"\nto = [\n  \"a@x.example\",\n  \"b@y.example\",\n]\ncron = \"61 0 * * *\"\n";

    #[track_caller]
    fn check(message: &str, line: Option<usize>) {
        assert_eq!(line_of(TEXT, message).map(|(number, _)| number), line, "{message}");
    }

    #[test]
    fn a_mistake_is_found_by_table_and_key_or_by_what_is_quoted() {
        check("[reports.support]: cron: \"61 0 * * *\": field 1", Some(10));
        check("[reports.support]: recipient b@y.example is outside [mail] allowed_domains", Some(8));
        check("[reports.support]: metrics: at least one", Some(4));
        check("[company] name: too short", Some(2));
        check("[reports.other]: cron", None);
        check("something else", None);
    }

    #[test]
    fn keys_are_told_in_the_order_of_the_file() {
        let text = "[sources.b]\nx = 1\n[store]\n[sources]\na.x = 1\n[sources.\"0\"]\n[sources.b.settings]\n";
        assert_eq!(keys_in_order(text, "sources"), ["b", "a", "0"]);
        assert!(keys_in_order(text, "teams").is_empty());
    }

    #[test]
    fn the_line_is_quoted_with_its_number() {
        let text = with_line(TEXT, "[reports.support]: cron: field 1");
        assert_eq!(text, "line 10: [reports.support]: cron: field 1\n   |\n10 | cron = \"61 0 * * *\"\n   |");
    }
}
