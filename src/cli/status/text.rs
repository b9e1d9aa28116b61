//! The status in words, eighty columns wide.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{ReportStatus, Status};
use crate::cli::print;
use crate::pipeline::{moment, size};

/// Columns of a terminal.
const WIDTH: usize = 80;

pub(super) fn text(status: &Status, zone: &TimeZone) -> String {
    let mut out = format!("{} ({})\n", moment(status.at, zone), status.zone);
    out += &match (status.service.is_held, &status.service.last) {
        (true, Some(holder)) => line("service", holder),
        (_, Some(_)) => line("service", "not running"),
        (_, None) => line("service", "never ran here"),
    };
    if let (true, Some(holder)) = (status.warehouse.is_held, &status.warehouse.last) {
        out += &line("warehouse", &format!("in use by {holder}"));
    }
    out += &format!("\n{}\n", if status.needs_you.is_empty() { "Nothing needs you." } else { "NEEDS YOU" });
    for (index, cause) in status.needs_you.iter().enumerate() {
        let number = format!("{:>2}. ", index + 1);
        let since =
            if cause.since == status.at { String::new() } else { format!(" (since {})", moment(cause.since, zone)) };
        out += &wrapped(&format!("{}{since}", cause.what), &number, "    ");
        if !cause.anyway.is_empty() {
            out += &wrapped(&cause.anyway, "    ", "    ");
        }
        out += &wrapped(&cause.todo, "    ", "    ");
        for command in &cause.commands {
            out += &format!("      {command}\n");
        }
    }
    out += "\n";
    let rows = status.reports.iter().map(|report| row(report, zone)).collect();
    out += &print::table(&["report", "next due", "last run", "outcome", "edition", "has it"], &rows);
    for report in &status.reports {
        if let Some(why) = report.last_run.as_ref().and_then(|run| run.waits_for.as_deref()) {
            out += &wrapped(&format!("{} waits: {why}", report.report), "", "  ");
        }
    }
    if !status.sources.is_empty() {
        out += "\n";
        let rows = status.sources.iter().map(|source| {
            let state = source.failure.as_ref().map(|why| {
                let why: String = why.chars().take(44).collect();
                format!("last try failed: {}", why.lines().next().unwrap_or_default())
            });
            vec![
                Some(source.source.clone()),
                source.pulled_at.map(|at| short(at, zone)),
                Some(state.unwrap_or_else(|| if source.pulled_at.is_some() { "ok" } else { "not pulled yet" }.into())),
            ]
        });
        out += &print::table(&["source", "last pulled well", "state"], &rows.collect());
        let aside: u64 = status.sources.iter().map(|source| source.set_aside).sum();
        if aside > 0 {
            out += &wrapped(&format!("{aside} records are set aside: bizreview quarantine"), "", "  ");
        }
    }
    out += "\n";
    let disk = &status.disk;
    let free = disk.free.map(|free| format!("; {} free", size(free))).unwrap_or_default();
    let [landing, archive, ledger, warehouse] = [disk.landing, disk.archive, disk.ledger, disk.warehouse].map(size);
    let used = format!("landing {landing}, archive {archive}, ledger {ledger}, warehouse {warehouse}{free}");
    out + &wrapped(&used, &format!("{:<11}", "disk"), &" ".repeat(11))
}

fn line(name: &str, words: &str) -> String {
    format!("{name:<11}{words}\n")
}

fn row(report: &ReportStatus, zone: &TimeZone) -> Vec<Option<String>> {
    let edition = report.last_edition.as_ref().map(|e| {
        let mark = if e.is_provisional { " prov." } else { "" };
        format!("{}/{}{mark}", e.period, e.number)
    });
    let readers: usize = report.mail.values().sum();
    let out = report.mail.get("sent").copied().unwrap_or_default();
    vec![
        Some(report.report.clone()),
        report.next_due.map(|at| short(at, zone)),
        report.last_run.as_ref().map(|run| short(run.at, zone)),
        report.last_run.as_ref().map(|run| run.outcome.to_owned()),
        edition,
        (readers > 0).then(|| format!("{out} of {readers}")),
    ]
}

/// A moment without its year and zone, which the first line names.
fn short(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %b %H:%M").to_string()
}

/// Words on lines of at most [`WIDTH`] columns.
fn wrapped(text: &str, first: &str, next: &str) -> String {
    let mut out = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out += &line;
            out.push('\n');
            next.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    out + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_stay_whole_and_lines_short() {
        let text = "word ".repeat(40);
        let out = wrapped(&text, " 1. ", "    ");
        assert!(out.lines().all(|line| line.chars().count() <= WIDTH) && out.lines().count() == 3, "{out}");
        assert_eq!(wrapped(&"x".repeat(90), "- ", "  "), format!("- {}\n", "x".repeat(90)));
    }
}
