//! `accounts`: who is a customer, and which ids of other systems belong to whom.

use std::io::Write;

use anyhow::{Context, Result};

use super::print::{self, Format};
use crate::calendar::Calendar;
use crate::config::{Config, Grain, Usage};
use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bizreview accounts
  bizreview accounts unmatched
  bizreview accounts link support 4112492 cus_NffrFeUfNV2Hib")]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Accounts with their MRR and the ids matched to them (the default)
    List,
    /// Ids of support and product that belong to no account
    Unmatched,
    /// Record that an id of a system belongs to an account (a line in account_map.csv)
    Link {
        /// billing, support, product or crm
        system: String,
        /// The id there: customer, organisation or group
        external_id: String,
        /// The account: a billing customer id, or a name of your own for several of them
        account: String,
    },
}

const LIST: &str = "select * from marts.account_overview order by mrr_minor desc, account_id";
const UNMATCHED: &str = "select * from core.unlinked_id order by seen desc, system, external_id";

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let sql = match &args.command {
        None | Some(Command::List) => LIST,
        Some(Command::Unmatched) => UNMATCHED,
        Some(Command::Link { system, external_id, account }) => {
            return link(environment, system, external_id, account);
        }
    };
    let calendar = Calendar::new(&environment.config.company)?;
    let periods = vec![calendar.last_complete(Grain::Week, environment.now)];
    let (opened, problems) = pipeline::up_to_date(environment, &calendar, periods)?;
    let table = opened.warehouse.query(sql)?;
    let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
    print::rows(&columns, &table.rows, args.format)?;
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}

fn link(environment: &Environment, system: &str, external_id: &str, account: &str) -> Result<u8> {
    if !["billing", "support", "product", "crm"].contains(&system) {
        return Err(Usage(format!("system {system:?}: use billing, support, product or crm")).into());
    }
    let path = map_file(&environment.config)?;
    let is_new = !path.exists();
    let zone = Calendar::new(&environment.config.company)?;
    let file = std::fs::File::options().create(true).append(true).open(&path);
    let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    if is_new {
        writer.write_record(["account", "system", "external_id", "valid_from"])?;
    }
    writer.write_record([account, system, external_id, &zone.local_date(environment.now).to_string()])?;
    file.write_all(&writer.into_inner()?)?;
    println!("{} now says that {system} {external_id} is {account}; the next pull takes it up", path.display());
    Ok(0)
}

/// The map of the first files source: the company's own corrections.
fn map_file(config: &Config) -> Result<std::path::PathBuf> {
    let source = config.sources.values().find(|s| s.directory.is_some());
    let directory = source.and_then(|s| s.directory.as_ref()).ok_or_else(|| {
        Usage(
            "no source has a directory: add [sources.files] with manifest = \"files\" and directory = \"files\"".into(),
        )
    })?;
    Ok(config.resolve(directory).join("account_map.csv"))
}
