//! Tables for people, CSV and JSON for programs.

use anyhow::Result;
use clap::ValueEnum;

use crate::extract::{Outcome, Progress, StreamOutcome};
use crate::review::model::Problem;

/// Output formats of data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Csv,
    Json,
}

/// Rows of text; `None` prints as nothing (CSV), null (JSON) or a dash (table).
pub type Rows = Vec<Vec<Option<String>>>;

/// Writes rows to stdout.
pub fn rows(columns: &[&str], rows: &Rows, format: Format) -> Result<()> {
    match format {
        Format::Table => print!("{}", table(columns, rows)),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(std::io::stdout());
            writer.write_record(columns)?;
            for row in rows {
                writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or("")))?;
            }
            writer.flush()?;
        }
        Format::Json => {
            let objects: Vec<serde_json::Map<String, serde_json::Value>> = rows
                .iter()
                .map(|row| columns.iter().zip(row).map(|(c, v)| ((*c).to_owned(), serde_json::json!(v))).collect())
                .collect();
            println!("{}", serde_json::to_string_pretty(&objects)?);
        }
    }
    Ok(())
}

/// Columns aligned, numbers to the right.
pub fn table(columns: &[&str], rows: &Rows) -> String {
    let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".into());
    let width = |i: usize| {
        let longest = rows.iter().map(|r| cell(&r[i]).chars().count()).max().unwrap_or(0);
        longest.max(columns[i].chars().count())
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let is_number = |i: usize| {
        let mut cells = rows.iter().filter_map(|r| r[i].as_deref()).peekable();
        cells.peek().is_some() && cells.all(|c| c.parse::<f64>().is_ok())
    };
    let right: Vec<bool> = (0..columns.len()).map(is_number).collect();
    let line = |cells: Vec<String>| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(i, text)| {
                let gap = " ".repeat(widths[i] - text.chars().count());
                if right[i] { format!("{gap}{text}") } else { format!("{text}{gap}") }
            })
            .collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(columns.iter().map(|c| (*c).to_owned()).collect());
    text += &line(widths.iter().map(|w| "─".repeat(*w)).collect());
    for row in rows {
        text += &line(row.iter().map(cell).collect());
    }
    text
}

/// Problems to stderr, one line each.
pub fn problems(problems: &[Problem]) {
    for problem in problems {
        eprintln!("problem: {}: {}", problem.subject, problem.message);
    }
}

/// What a pull has to tell that is no problem, to stderr.
pub fn notes(outcomes: &[StreamOutcome]) {
    for outcome in outcomes {
        for note in &outcome.notes {
            eprintln!("note: {} {}: {note}", outcome.source, outcome.stream);
        }
    }
}

/// Bars on a terminal, lines elsewhere.
pub fn progress() -> Progress {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() { Progress::Bars } else { Progress::Lines }
}

/// Bars on a terminal, nothing elsewhere: for what is over in seconds.
pub fn bars() -> Progress {
    Some(progress()).filter(|progress| *progress == Progress::Bars).unwrap_or_default()
}

/// One line per source: records, requests, how it went.
pub fn pulled(outcomes: &[StreamOutcome]) -> String {
    let mut sources: Vec<&str> = outcomes.iter().map(|o| o.source.as_str()).collect();
    sources.dedup();
    let rows: Rows = sources
        .iter()
        .map(|source| {
            let streams: Vec<_> = outcomes.iter().filter(|o| o.source == *source).collect();
            let failed = streams.iter().filter(|o| matches!(o.result, Outcome::Failed(_))).count();
            let skipped = streams.iter().filter(|o| matches!(o.result, Outcome::Skipped(_)) && !o.optional).count();
            let set_aside: u64 = streams.iter().map(|o| o.quarantined).sum();
            let state = match (failed, skipped) {
                (0, 0) if set_aside > 0 => format!("{set_aside} records set aside"),
                (0, 0) => "ok".to_owned(),
                (0, s) => format!("{s} of {} streams left out", streams.len()),
                (f, _) if f == streams.len() => "failed".to_owned(),
                (f, _) => format!("{f} of {} streams failed", streams.len()),
            };
            let sum = |count: fn(&StreamOutcome) -> u64| streams.iter().map(|o| count(o)).sum::<u64>().to_string();
            vec![
                Some((*source).to_owned()),
                Some(streams[0].manifest.clone()),
                Some(sum(|o| o.rows)),
                Some(sum(|o| o.requests)),
                Some(state),
            ]
        })
        .collect();
    table(&["source", "manifest", "records", "requests", "state"], &rows)
}
