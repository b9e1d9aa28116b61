//! `links`: who may see what on the web, who is signed in, and an end to it.

use anyhow::Result;

use super::print::{self, Format, Rows};
use crate::config::{Config, Usage};
use crate::pipeline::Environment;
use crate::serve::{Role, link_for, role_of};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A link in a mail opens its one edition to whom it was mailed, for [web] link_days. Whoever signs in stays so for [web] \
session_hours. `revoke` ends both for an address at once; mails sent to it afterwards have working links again, so take it off the reports, \
too, if it should have none.

Examples:
  bizreview links
  bizreview links revoke ann@example.com
  bizreview links sign-in ops@example.com --at http://127.0.0.1:8090"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Sessions, unused links to sign in, and addresses that were called back (the default)
    Show,
    /// What an address may do with each report
    Roles {
        /// Bare e-mail address
        address: String,
    },
    /// Void every link an address was sent until now, and end its sessions
    Revoke {
        /// Bare e-mail address
        address: String,
    },
    /// Print a link that signs an address in once, within 15 minutes
    SignIn {
        /// Bare e-mail address
        address: String,
        /// Where the service is (default: [mail] public_url, else http://127.0.0.1:8090)
        #[arg(long, value_name = "URL")]
        at: Option<String>,
    },
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let Environment { config, ledger, now, .. } = environment;
    match &args.command {
        None | Some(Command::Show) => show(environment, args.format)?,
        Some(Command::Roles { address }) => roles(config, &bare(address)?, args.format)?,
        Some(Command::Revoke { address }) => {
            let ended = ledger.revoke(&bare(address)?, *now)?;
            println!("{address}: every link sent until now is void, and {ended} sessions ended");
        }
        Some(Command::SignIn { address, at }) => {
            let base = at.as_deref().or(config.mail.public_url.as_deref()).unwrap_or("http://127.0.0.1:8090");
            println!("{}", link_for(config, ledger, address, base, *now)?);
            eprintln!("it works once, within 15 minutes, in any browser: show it to nobody else");
        }
    }
    Ok(0)
}

fn bare(address: &str) -> Result<String> {
    let parsed: lettre::Address =
        address.parse().map_err(|e| Usage(format!("{address:?} is not a bare e-mail address: {e}")))?;
    Ok(parsed.to_string())
}

fn show(environment: &Environment, format: Format) -> Result<()> {
    let Environment { ledger, now, .. } = environment;
    let mut rows: Rows = Vec::new();
    for pass in ledger.passes(*now)? {
        rows.push([pass.address, pass.kind, pass.made_at, pass.expires_at].map(Some).to_vec());
    }
    for (address, at) in ledger.revocations()? {
        rows.push(vec![Some(address), Some("called back".into()), Some(at), None]);
    }
    print::rows(&["address", "what", "since", "until"], &rows, format)
}

fn roles(config: &Config, address: &str, format: Format) -> Result<()> {
    let name = |role| match role {
        Role::None => "nothing",
        Role::Viewer => "reads",
        Role::Owner => "reads, comments, promises",
        Role::Operator => "reads, comments, promises, runs, sees deliveries",
    };
    let rows: Rows = config
        .reports
        .iter()
        .map(|(key, report)| {
            vec![Some(key.clone()), Some(report.title.clone()), Some(name(role_of(config, address, key)).to_owned())]
        })
        .collect();
    print::rows(&["report", "title", "may"], &rows, format)
}
