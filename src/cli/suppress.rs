//! `suppress`: who is sent no more mail of a report.

use anyhow::Result;

use super::print::{self, Format};
use crate::config::{Usage, nearest};
use crate::pipeline::Environment;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Readers unsubscribe by the link their mail program shows (List-Unsubscribe), where [mail] public_url is set. \
Whoever is here stays in [reports.NAME] to, and is mailed nothing."
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Who is sent no more mail of which report, since when, and by whose wish
    List {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Send somebody no more mail of a report
    Add { report: String, address: String },
    /// Send somebody mail of a report again
    Lift { report: String, address: String },
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let Environment { ledger, now, .. } = environment;
    match &args.action {
        Action::List { format } => {
            let rows = ledger.suppressions()?.into_iter();
            let rows =
                rows.map(|s| vec![Some(s.report), Some(s.address), Some(s.how), Some(s.suppressed_at)]).collect();
            print::rows(&["report", "address", "how", "suppressed_at"], &rows, *format)?;
        }
        Action::Add { report, address } => {
            let address = known(environment, report, address)?;
            let is_new = ledger.suppress(report, &address, "operator", *now)?;
            println!("{address} is sent no {}mail of {report}", if is_new { "more " } else { "" });
        }
        Action::Lift { report, address } => {
            let address = bare(address)?;
            if !ledger.lift_suppression(report, &address)? {
                return Err(
                    Usage(format!("{address} is not suppressed for {report}; see `bizreview suppress list`")).into()
                );
            }
            println!("{address} is sent mail of {report} again");
        }
    }
    Ok(0)
}

fn bare(text: &str) -> Result<String> {
    let mailbox: lettre::message::Mailbox =
        text.parse().map_err(|error| Usage(format!("{text:?} is not an e-mail address: {error}")))?;
    Ok(crate::deliver::message::address_of(&mailbox))
}

fn known(environment: &Environment, report: &str, address: &str) -> Result<String> {
    let reports: Vec<&str> = environment.config.reports.keys().map(String::as_str).collect();
    if !reports.contains(&report) {
        return Err(Usage(format!("report {report:?} is not in [reports]{}", nearest(report, &reports))).into());
    }
    bare(address)
}
